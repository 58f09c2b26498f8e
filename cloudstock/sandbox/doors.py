"""How each marketplace of the world is asked, and how it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from cloudstock.sandbox.calling import CallForm
from cloudstock.sandbox.fake import Fake
from cloudstock.sandbox.kinds import modules
from cloudstock.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Doors:
    """The `DOORS` of each module that is named in `kinds`."""

    # What answers to its addresses.
    fake: Callable[[World], Fake]
    # How it calls when something happens to an order; None: it does not.
    calls: CallForm | None = None


@cache
def doors() -> Mapping[str, Doors]:
    """Return those of all marketplaces by their names."""
    return {name: module.DOORS for name, module in modules()}
