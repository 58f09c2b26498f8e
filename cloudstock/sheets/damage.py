"""Articles that a spreadsheet took for a date or a number, and what they may have been."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import product as combinations

# Of products: their articles are numbers with zeros before, which a spreadsheet takes off.
WITH_ZEROS = "sku >= '0' AND sku < '1' AND sku NOT GLOB '*[^0-9]*' AND ltrim(sku, '0') <> ''"
_DAY = re.compile(r"(?:[0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T].*)?")
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})[ .\-/]([^\W\d_]{3})[^\W\d_]*\.?(?:[ .\-/][0-9]{2,4})?")
_POWER = re.compile(r"([0-9]+(?:[.,][0-9]+)?)[eE]\+?([0-9]{1,3})")
_MONTHS = {
    month: number
    for months in (
        "янв,фев,мар,апр,май,июн,июл,авг,сен,окт,ноя,дек",
        "jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec",
        "січ,лют,бер,кві,тра,чер,лип,сер,вер,жов,лис,гру",
    )
    for number, month in enumerate(months.split(","), start=1)
} | {"мая": 5}


def has_zeros(connection: sqlite3.Connection) -> bool:
    """Tell whether articles of products begin with zeros that a spreadsheet takes off."""
    row = connection.execute(f"SELECT EXISTS (SELECT 1 FROM product WHERE {WITH_ZEROS})")
    return bool(row.fetchone()[0])


def restored(article: str) -> set[str]:
    """Return the articles that a spreadsheet may have made a date or a power of."""
    article = article.strip()
    articles: set[str] = set()
    if match := _DAY.fullmatch(article):
        articles |= set(_of_date(int(match[2]), int(match[1])))
    elif match := _DAY_AND_MONTH.fullmatch(article):
        month = _MONTHS.get(match[2].casefold()[:3])
        articles |= set(_of_date(int(match[1]), month)) if month else set()
    elif match := _POWER.fullmatch(article):
        articles |= set(_of_power(match[1].replace(",", "."), int(match[2])))
    elif article.isdecimal() and article.endswith("0"):
        articles |= set(_of_power(article, 0))
    return articles - {article}


def _of_date(day: int, month: int) -> Iterator[str]:
    """Yield `3-4`, `03.04` and the like, in the two orders that people write."""
    for first, second in ((day, month), (month, day)):
        forms: Sequence[Sequence[str]] = [(str(n), f"{n:02}") for n in (first, second)]
        for sign, one, other in combinations("-./", *forms):
            yield f"{one}{sign}{other}"


def _of_power(number: str, power: int) -> Iterator[str]:
    """Yield `12E3` and the like: whole numbers before the letter that make the same."""
    whole, _, fraction = number.partition(".")
    digits, zeros = (whole + fraction).lstrip("0"), power - len(fraction)
    while digits.endswith("0"):
        digits, zeros = digits[:-1], zeros + 1
    for shift in range(max(0, zeros) + 1):
        for letter in "Ee":
            yield f"{digits}{'0' * shift}{letter}{zeros - shift}"
