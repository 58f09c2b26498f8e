"""The same database as for changes."""

from tests.changes.conftest import store

__all__ = ["store"]
