"""What an article or a barcode in a cell is, and why it may not be what was meant."""

from __future__ import annotations

import re
from collections.abc import Collection

from cloudstock.language import mark, spoken, tr
from cloudstock.sheets.layout.quantities import AS_TEXT
from cloudstock.sheets.reading.grid import Cell, Kind

# What a spreadsheet makes of 3-4, of 12E3 and of a long barcode, in a text that it saved.
MONTHS = (
    "янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct"
    "|nov|dec|січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру"
)
POWER = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,3}")
SPOILED = re.compile(
    rf"(?P<date>[0-9]{{1,2}}[ .\-/]({MONTHS})[а-яії]*\.?([ .\-/][0-9]{{2,4}})?"
    rf"|({MONTHS})[.\-][0-9]{{2}}"
    r"|[0-9]{2}[./][0-9]{2}[./](19|20)[0-9]{2}|(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}( [0-9:]+)?)"
    rf"|(?P<power>{POWER.pattern})|#[^\s]*[!?]|#N/A|#Н/Д",
    re.IGNORECASE,
)
# How such a cell begins, and `="00045"`: most articles do not.
SUSPECTS = frozenset("0123456789#=") | frozenset(MONTHS.split("|"))
# What a beginning is, and how many are remembered.
CLEAR, SUSPECT, STARTS_MAX = "clear", "suspect", 4096
FLOAT = re.compile(r"([0-9]{6,})[.,]0+")

DOUBTS = {
    Kind.NUMBER: mark("the cell holds a number: zeros before it, if there were any, are lost"),
    Kind.DATE: mark("the cell holds a date"),
    Kind.BOOLEAN: mark("the cell holds yes or no"),
    Kind.FORMULA: mark("the cell holds a formula whose value the file does not have"),
    Kind.ERROR: mark("the cell holds an error"),
}
LOOKS_LIKE_DATE = mark("it looks like a date that a spreadsheet made of an article")
LOOKS_LIKE_POWER = mark("it looks like a number that a spreadsheet shortened")
LOOKS_LIKE_ERROR = mark("it looks like an error of a spreadsheet")


class Starts(dict[str, str]):
    """What the first three signs of an article say of it: CLEAR, SUSPECT, or "": nothing."""

    def __init__(self, others: Collection[str], is_text: bool) -> None:
        """`others`: how rows begin that may be no data; `is_text`: the file has texts alone."""
        super().__init__()
        self._others = others
        self._is_text = is_text

    def __missing__(self, start: str) -> str:
        if len(self) > STARTS_MAX:
            self.clear()
        meaning = CLEAR
        if not start or start[0].isspace() or start[:2].casefold() in self._others:
            meaning = ""
        elif self._is_text and (start[0] in SUSPECTS or start.lower() in SUSPECTS):
            meaning = SUSPECT
        return self.setdefault(str(start), meaning)


class Articles:
    """Articles and barcodes of one sheet, while its rows are read."""

    def __init__(self, is_text: bool) -> None:
        """`is_text`: the file knows no kinds of cells."""
        self._is_text = is_text
        # Whether one proves that a spreadsheet changed the column of a text file: then each article
        # of digits in it is doubtful, too.
        self.damaged = False

    def suspect(self, article: str) -> tuple[str, str]:
        """Return an article of a text, and why it is doubtful ("" where it is not)."""
        if article.startswith("="):
            return _unwrapped(article), ""
        match = SPOILED.fullmatch(article)
        if match is None:
            return article, ""
        self.damaged = True
        if match["power"]:
            return article, spoken(LOOKS_LIKE_POWER)
        return article, spoken(LOOKS_LIKE_DATE if match["date"] else LOOKS_LIKE_ERROR)

    def barcode(self, cell: str) -> str:
        """Return barcodes without the blanks, the ".0" and the guards that programs add."""
        barcode = cell.strip()
        if barcode.isdigit():
            return barcode
        if self._is_text:
            barcode = _unwrapped(barcode)
            self.damaged |= POWER.fullmatch(barcode) is not None
        number = FLOAT.fullmatch(barcode)
        return number[1] if number else barcode


def doubt(article: Cell) -> str:
    """Return why an article is doubtful that is more than text."""
    if article.kind is Kind.NUMBER and article.shown != article:
        return tr(
            "the cell holds the number {number} and shows {shown}",
            number=str(article),
            shown=article.shown,
        )
    return spoken(DOUBTS[article.kind])


def _unwrapped(cell: str) -> str:
    """Return 00045 for `="00045"`."""
    match = AS_TEXT.fullmatch(cell)
    return match[1].strip() if match else cell


def inside(name: str, before: str) -> str:
    """Return the article that stands in a name after some words; "" where they do not."""
    at = name.casefold().find(before.casefold())
    words = name[at + len(before) :].split(maxsplit=1) if at >= 0 else []
    return words[0].strip(",;()") if words else ""
