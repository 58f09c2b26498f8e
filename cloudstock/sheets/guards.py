"""Apostrophes that keep a spreadsheet from running texts of a CSV file as formulas."""

from __future__ import annotations

import re

# Where a spreadsheet may begin a cell. Excel set to Russian takes a semicolon for the separator,
# and quotes for nothing where they do not begin a cell: then a cell of ours may end in its middle.
_BEGINS = r"(?:^|(?<=[;\t\r\n]))"
# What it would run as a formula there, wide forms of the signs included; and what `escape_formula`
# made harmless already.
_RUNS = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
GUARD = "'"
FORMULA = re.compile(rf"{_BEGINS}(?={GUARD}*{_RUNS})")
GUARDED = re.compile(rf"{_BEGINS}{GUARD}(?={GUARD}*{_RUNS})")


def escape_formula(cell: str) -> str:
    """Return a text cell with apostrophes before what a spreadsheet would take for a formula."""
    return FORMULA.sub(GUARD, cell)


def unguarded(cell: str) -> str:
    """Return the cell that `escape_formula` was given."""
    return GUARDED.sub("", cell)
