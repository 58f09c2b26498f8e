"""ODS, as LibreOffice, Google and others write it.

Cells and rows that are equal and follow each other are written once, with how often; a sheet often
ends in a million empty rows as one element. A cell has its value and what is shown for it.
"""

from __future__ import annotations

import re
from typing import Any

from cloudstock.sheets.reading.numbers import digits
from cloudstock.sheets.reading.parts import Parts, hardened
from cloudstock.sheets.reading.spool import (
    BOOLEAN,
    COLUMNS_MAX,
    DATE,
    ERROR,
    FORMULA,
    NUMBER,
    ROWS_MAX,
    RawCell,
    Refused,
    Spool,
)

TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = "content.xml"
MANIFEST = "META-INF/manifest.xml"

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TABLE, _TEXT, _STYLE = (
    f"{_OASIS}{name}:1.0 " for name in ("office", "table", "text", "style")
)
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_SHEET, _ROW, _SHAPES = (f"{_TABLE}{name}" for name in ("table", "table-row", "shapes"))
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_PARAGRAPH = f"{_TEXT}p"
_SIGNS = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_SIGNS_REPEATED = f"{_TEXT}c"
_COLUMNS_REPEATED, _ROWS_REPEATED = (f"{_TABLE}number-{n}-repeated" for n in ("columns", "rows"))
_KIND, _CALC_KIND, _VALUE = f"{_OFFICE}value-type", f"{_CALC}value-type", f"{_OFFICE}value"
_FORMULA = f"{_TABLE}formula"
_BLANKS = re.compile(r"[ \t\r\n]+")
# OpenOffice gives it the value 0, and shows it: #DIV/0!, Err:502, Ошибка:502.
_ERROR = re.compile(r"#|[^\W\d]+:\d{3}$")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


def is_one(parts: Parts) -> bool:
    """Tell whether an archive is an ODS."""
    return parts.head("mimetype").startswith(TYPE)


def read(parts: Parts, out: Spool) -> None:
    """Write the visible sheets to a spool.

    Raises `Refused` for one with a password, else whatever a file that is broken makes us raise.
    """
    encrypted: list[str] = []
    if MANIFEST in parts:
        parts.elements(
            MANIFEST, lambda tag, _: encrypted.append(tag) if tag == "encryption-data" else None
        )
    if encrypted:
        raise Refused("password")
    _Content(out).read(parts)


class _Content:
    """Handlers of the part that holds the sheets, and no more of it than the row at hand."""

    def __init__(self, out: Spool) -> None:
        self._out = out
        self._depth = 0
        self._hidden_styles: set[str] = set()
        self._style = ""
        # How deep the visible sheet, the cell and the paragraph in it are that are at hand.
        self._sheet_at = self._cell_at = self._paragraph_at = 0
        # The depth of a picture or a note, of which nothing is read.
        self._aside_at = 0

    def read(self, parts: Parts) -> None:
        parser: Any = hardened(" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parts.parse(CONTENT, parser)

    # ------------------------------------------------------------ elements

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._aside_at:
            return
        if self._cell_at:
            self._start_in_cell(tag, attributes)
        elif self._sheet_at:
            if tag in _CELLS:
                self._start_cell(attributes)
            elif tag == _ROW:
                self._start_row(attributes)
            elif tag == _SHAPES:
                self._aside_at = self._depth
        elif tag == _SHEET:
            self._start_sheet(attributes)
        elif tag == f"{_STYLE}style":
            self._style = attributes.get(f"{_STYLE}name", "")
        elif tag == f"{_STYLE}table-properties" and attributes.get(f"{_TABLE}display") == "false":
            self._hidden_styles.add(self._style)

    def _end(self, tag: str) -> None:
        depth = self._depth
        self._depth -= 1
        if self._aside_at:
            if depth == self._aside_at:
                self._aside_at = 0
        elif depth == self._paragraph_at:
            self._paragraph_at = 0
            text = "".join(self._data)
            self._paragraphs.append(text.removesuffix(" ") if self._ends_blank else text)
        elif depth == self._cell_at:
            self._cell_at = 0
            self._add(self._cell())
        elif depth == self._sheet_at:
            self._sheet_at = 0
        elif self._sheet_at and tag == _ROW:
            self._end_row()

    # ------------------------------------------------------------ sheets and rows

    def _start_sheet(self, attributes: dict[str, str]) -> None:
        if attributes.get(f"{_TABLE}style-name") in self._hidden_styles:
            self._aside_at = self._depth
            return
        self._sheet_at = self._depth
        self._line = 0
        self._out.sheet(attributes.get(f"{_TABLE}name", ""))

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._times = _count(attributes, _ROWS_REPEATED)
        # "collapse" by hand, "filter" by a filter.
        self._hidden = attributes.get(f"{_TABLE}visibility", "visible") != "visible"
        self._cells: list[RawCell] = []
        self._column = 0

    def _end_row(self) -> None:
        first = self._line + 1
        self._line += self._times
        if self._line > ROWS_MAX:
            raise ValueError(f"<table-row> {self._line}")
        if self._cells:
            for line in range(first, self._line + 1):
                self._out.row(line, self._cells, self._hidden)

    # ------------------------------------------------------------ cells

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell_at = self._depth
        self._attributes = attributes
        self._paragraphs: list[str] = []

    def _add(self, cell: RawCell) -> None:
        times = _count(self._attributes, _COLUMNS_REPEATED)
        if self._column + times > COLUMNS_MAX:
            if cell != "":
                raise ValueError(f"<table-cell> {self._column + times}")
        elif cell != "":
            if self._column > len(self._cells):
                self._cells.extend([""] * (self._column - len(self._cells)))
            self._cells.extend([cell] * times)
        self._column += times

    def _cell(self) -> RawCell:
        attributes = self._attributes
        kind = attributes.get(_KIND) or attributes.get(_CALC_KIND, "")
        shown = "\n".join(self._paragraphs)
        formula = attributes.get(_FORMULA)
        if attributes.get(_CALC_KIND) == "error" or (formula and _ERROR.match(shown)):
            return ERROR, shown, ""
        if not kind:
            # A text without a type was written by none of the known.
            return (FORMULA, formula.removeprefix("of:"), "") if formula else shown
        if kind in ("float", "percentage", "currency"):
            text = digits(attributes[_VALUE])
            return NUMBER, text, "" if shown == text else shown
        if kind == "date":
            return DATE, attributes[f"{_OFFICE}date-value"].removesuffix("T00:00:00"), shown
        if kind == "time":
            return DATE, _time(attributes[f"{_OFFICE}time-value"]), shown
        if kind == "boolean":
            return BOOLEAN, attributes[f"{_OFFICE}boolean-value"].upper(), shown
        return attributes.get(f"{_OFFICE}string-value", shown)

    # ------------------------------------------------------------ text

    def _start_in_cell(self, tag: str, attributes: dict[str, str]) -> None:
        sign = _SIGNS.get(tag)
        if not self._paragraph_at:
            if tag == _PARAGRAPH and self._depth == self._cell_at + 1:
                self._paragraph_at = self._depth
                self._data: list[str] = []
                self._ends_blank = False
            else:
                # A note, a picture, a sheet within.
                self._aside_at = self._depth
        elif sign is not None:
            times = _count(attributes, _SIGNS_REPEATED)
            self._data.append(sign * min(times, COLUMNS_MAX))
            self._ends_blank = False
        elif not tag.startswith(_TEXT):
            self._aside_at = self._depth

    def _characters(self, data: str) -> None:
        if not self._paragraph_at or self._aside_at:
            return
        text = _BLANKS.sub(" ", data)
        if text[0] == " " and (self._ends_blank or not self._data):
            text = text[1:]
        self._data.append(text)
        self._ends_blank = text.endswith(" ") or (not text and self._ends_blank)


def _count(attributes: dict[str, str], name: str) -> int:
    """Return how often something stands there; raises `ValueError`."""
    text = attributes.get(name)
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise ValueError(f"{name.rpartition(' ')[2]}={text!r}")
    return int(text)


def _time(text: str) -> str:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(repr(text))
    return ":".join(match[part].zfill(2) for part in (1, 2, 3))
