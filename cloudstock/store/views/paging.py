"""Which part of a list, in which order: said once for every list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Page(NamedTuple):
    """A part of a list."""

    # A key of the list; with a minus before it from the end. "": as the list comes.
    sort: str = ""
    # 0: no limit.
    limit: int = 0
    # Rows that are left out before it.
    offset: int = 0

    def order(self, keys: Mapping[str, str], default: str) -> str:
        """Return the ORDER BY terms; `keys`: the SQL of each key, what is unknown comes last.

        `default`: terms that make every order complete, and are the order where none was asked
        for. The caller has seen to it that the key is one of `keys`.
        """
        if not self.sort:
            return default
        key = self.sort.removeprefix("-")
        way = " DESC" if self.sort.startswith("-") else ""
        if keys[key] == default:
            # Then there is an index for it.
            return f"{default}{way}"
        return f"{keys[key]}{way} NULLS LAST, {default}"

    def bounds(self) -> tuple[int, int]:
        """Return what LIMIT and OFFSET are given."""
        return self.limit or -1, self.offset


EVERYTHING = Page()
