"""What a cell of a quantity says: how many, or why that is not certain."""

from __future__ import annotations

import re
from functools import lru_cache

from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.domain import grammar
from cloudstock.sheets.layout.records import Quantity

# Cells that are remembered: most sheets hold the same few again and again.
REMEMBERED = 4096

Reading = tuple[Quantity, int | None]

# Blanks that no eye sees, a byte order mark among them.
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), " ")
PIECES = re.compile(
    r"(?<=[0-9+])\s*(?:шт(?:ук[аи]?)?|ед(?:иниц[аы]?)?|од(?:иниц[ія]?)?|pcs?|pieces?|units?|ea)\.?$"
)
SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{EM DASH}": "-"})
# `="5"`: how some programs keep a spreadsheet from changing a cell.
AS_TEXT = re.compile(r'="([^"]*)"')
FLOOR = re.compile(
    r"(?:>=?|≥|более|больше|свыше|не менее|от|более чем|больше чем|понад|більше|більш ніж|не менше"
    r"|більше ніж|від|over|more than|at least|above)\s*(?P<after>[0-9][0-9\s]*)\+?"
    r"|(?P<before>[0-9][0-9\s]*)(?:\s*\+|\s+(?:и|або|та|or)\s+(?:более|больше|більше|more))"
)
# Thousands are told apart by blanks, apostrophes, or the sign that does not begin the fraction.
SPACED = re.compile(r"[0-9]{1,3}(?:[\s'’][0-9]{3})+(?P<fraction>[.,][0-9]+)?")
PLAIN = re.compile(r"[0-9]+(?P<fraction>[.,][0-9]+)?")
MARKED = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3}){2,}|[0-9]{1,3}(?:\.[0-9]{3}){2,}"
    r"|[0-9]{1,3}(?:,[0-9]{3})+(?P<point>\.[0-9]+)|[0-9]{1,3}(?:\.[0-9]{3})+(?P<comma>,[0-9]+)"
)
# 1,234 is more than a thousand to an American, little more than one to a Russian; 1.234 to others.
EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


@lru_cache(REMEMBERED)
def read(cell: str) -> Reading:
    """Return how a cell tells a quantity, and the units where that is certain (else None).

    AT_LEAST has its floor. 1,000 is one.
    """
    return _read(cell, comma_is_decimal=True)


@lru_cache(REMEMBERED)
def read_of_any_country(cell: str) -> Reading:
    """Return the same where nobody knows whether 1,000 and 1.000 are one: words then."""
    return _read(cell, comma_is_decimal=False)


def _read(cell: str, *, comma_is_decimal: bool) -> Reading:
    if cell.isdecimal() and cell.isascii():
        return _counted(cell, Quantity.NUMBER)
    text = cell.translate(INVISIBLE).strip()
    if not text:
        return Quantity.EMPTY, None
    wrapped = AS_TEXT.fullmatch(text)
    if wrapped:
        kind, units = _read(wrapped[1], comma_is_decimal=comma_is_decimal)
        return (Quantity.ONE_READING if kind is Quantity.NUMBER else kind), units
    if text.startswith("="):
        return Quantity.FORMULA, None
    number = PIECES.sub("", text.casefold().translate(SIGNS)).strip()
    if number == cell.strip() and number.isdecimal() and number.isascii():
        return _counted(number, Quantity.NUMBER)
    return _number(number, comma_is_decimal=comma_is_decimal)


def _number(number: str, *, comma_is_decimal: bool) -> Reading:
    """Read a cell that is more than digits; its signs are plain ones, its letters small."""
    floor = FLOOR.fullmatch(number)
    if floor:
        return _counted(floor["after"] or floor["before"], Quantity.AT_LEAST)
    below = number.startswith("-")
    positive = number.removeprefix("-").lstrip()
    if EITHER.fullmatch(positive) and not comma_is_decimal:
        return Quantity.WORD, None
    match = SPACED.fullmatch(positive) or MARKED.fullmatch(positive) or PLAIN.fullmatch(positive)
    if match is None:
        return Quantity.WORD, None
    fraction = next((group for group in match.groups() if group), "")
    if fraction.strip(".,0"):
        return (Quantity.BELOW_ZERO if below else Quantity.FRACTION), None
    kind, units = _counted(positive.removesuffix(fraction), Quantity.ONE_READING)
    if below and units:
        return Quantity.BELOW_ZERO, None
    return kind, units


def _counted(digits: str, kind: Quantity) -> Reading:
    """Return the units that digits say; a number that no stock has says nothing."""
    units = grammar.units("".join(re.findall("[0-9]", digits)))
    if units is None or units > QUANTITY_MAX:
        return Quantity.WORD, None
    return kind, units


def is_counted(cell: str) -> bool:
    """Tell whether a cell holds a quantity, be it one that needs a word more."""
    return read(cell)[0] not in {Quantity.EMPTY, Quantity.WORD, Quantity.FORMULA}
