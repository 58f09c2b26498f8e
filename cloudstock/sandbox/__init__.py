"""The three marketplaces as a seller's machine meets them, over one made-up world.

Written from the marketplaces' contracts alone: it shares no code with the program, so that one
reading of a contract cannot excuse a mistake in the other.
"""

from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.world import World

__all__ = ["Sandbox", "World"]
