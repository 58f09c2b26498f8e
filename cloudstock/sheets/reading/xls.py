"""XLS of Excel 5 to 2003, read by xlrd, which is an optional extra.

What a number's format says is read here, not by xlrd, which goes by the format's number where 1C
counts its own from 50. Excel 95 writes texts in the code page of its system, and old 1C does not
say in which: they are Windows-1251 where whole words are Cyrillic that way, as no text of another
code page's is.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from cloudstock.sheets.reading.numbers import BUILT_IN_DATES, Format, format_of, numeric, plain
from cloudstock.sheets.reading.spool import BOOLEAN, ERROR, FORMULA, NUMBER, RawCell, Refused, Spool

EMPTY, TEXT, _, _, LOGICAL, FAULT, BLANK = range(7)
UNICODE_SINCE = 80
CYRILLIC = "cp1251"
# Code pages that are said, or meant, where a program knows none.
LATIN = (None, 1252, 28591)
# How many bytes of texts tell their code page.
ENOUGH = 1 << 16
# A workbook with a password holds this stream instead.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_WORD = re.compile(r"[^\W\d_]+")
_BOF, _EOF, _FORMULA_RECORD = 0x0809, 0x000A, 0x0006
_CALCULATE_ON_LOAD = 2


def read(path: Path, out: Spool, encoding: str | None) -> str:
    """Write the visible sheets to a spool, and return what form it is.

    `encoding`: of the texts, where the file is older than Unicode. Raises `Refused` for one with a
    password and where that cannot be told, `ModuleNotFoundError`, and whatever xlrd raises over a
    file that is broken.
    """
    xlrd = import_module("xlrd")
    with open(os.devnull, "w") as log:  # noqa: PTH123 - it has no path of ours
        opened = partial(
            xlrd.open_workbook,
            str(path),
            logfile=log,
            formatting_info=True,
            on_demand=True,
            ragged_rows=True,
            # Programs that export claim sectors of it for streams that nobody reads, too.
            ignore_workbook_corruption=True,
        )
        try:
            book = opened(encoding_override=encoding)
        except xlrd.XLRDError as error:
            if "encrypted" in str(error) or ENCRYPTED in path.read_bytes():
                raise Refused("password") from error
            raise
        is_older = book.biff_version < UNICODE_SINCE
        if is_older and not encoding and book.codepage in LATIN and _is_cyrillic(book):
            book = opened(encoding_override=CYRILLIC)
        for at in range(book.nsheets):
            sheet = book.sheet_by_index(at)
            if not sheet.visibility:
                out.sheet(sheet.name)
                _Sheet(book, sheet).read(out)
            book.unload_sheet(at)
    return f"XLS, {_called(book.encoding)}" if is_older else "XLS"


def _called(encoding: str) -> str:
    return re.sub(r"^cp(125\d)$", r"Windows-\1", encoding)


# ---------------------------------------------------------------- code page


def _texts(book: Any) -> Iterator[bytes]:
    """Yield the texts of a workbook as its bytes."""
    for at, name in enumerate(book.sheet_names()):
        yield name.encode(book.encoding, "replace")
        sheet = book.sheet_by_index(at)
        for row in range(sheet.nrows):
            for cell in sheet.row(row):
                if cell.ctype == TEXT:
                    yield cell.value.encode(book.encoding, "replace")


def _is_cyrillic(book: Any) -> bool:
    """Tell whether the words that are not ASCII are wholly Cyrillic as Windows-1251.

    Raises `Refused` where some are and others are not, and no code page is said.
    """
    cyrillic = others = size = 0
    evidence = b""
    for text in _texts(book):
        if text.isascii():
            continue
        evidence = evidence or text
        size += len(text)
        for word in _WORD.findall(text.decode(CYRILLIC, "replace")):
            if not word.isascii():
                whole = all("\u0400" <= letter <= "\u04ff" for letter in word)
                # A letter alone is one in any language.
                cyrillic, others = cyrillic + (whole and len(word) > 1), others + (not whole)
        if size > ENOUGH:
            break
    if book.codepage is None and 0 < others <= 9 * cyrillic <= 81 * others:
        raise Refused("encoding", evidence.decode("latin-1"))
    return cyrillic > 9 * others


# ---------------------------------------------------------------- cells


class _Sheet:
    def __init__(self, book: Any, sheet: Any) -> None:
        self._sheet = sheet
        self._faults = import_module("xlrd").error_text_from_code
        self._since_1904 = book.datemode == 1
        self._formats = _formats(book)
        position = book._sh_abs_posn[sheet.number]  # noqa: SLF001 - said nowhere else
        self._unknown = _not_worked_out(book.mem, position)

    def read(self, out: Spool) -> None:
        sheet = self._sheet
        for row in range(sheet.nrows):
            kinds, values = sheet.row_types(row), sheet.row_values(row)
            cells = [
                self._cell(row, column, kind, value)
                for column, (kind, value) in enumerate(zip(kinds, values, strict=True))
            ]
            info = sheet.rowinfo_map.get(row)
            out.row(row + 1, cells, bool(info and info.hidden))

    def _cell(self, row: int, column: int, kind: int, value: Any) -> RawCell:
        if kind == TEXT:
            return str(value)
        if kind in (EMPTY, BLANK):
            return ""
        if kind == LOGICAL:
            return BOOLEAN, "TRUE" if value else "FALSE", ""
        if kind == FAULT:
            return ERROR, self._faults.get(value, f"#{value}"), ""
        if (row, column) in self._unknown:
            return FORMULA, "=", ""
        form = self._formats[self._sheet.cell_xf_index(row, column)]
        text = plain(value)
        if form is None:
            return NUMBER, text, ""
        return numeric(text, form, since_1904=self._since_1904)


def _formats(book: Any) -> list[Format | None]:
    """Return what the style of each number does to a number."""
    formats: list[Format | None] = []
    for style in book.xf_list:
        key = style.format_key
        written = book.format_map.get(key)
        # xlrd fills in what the file does not define.
        if written in book.format_list:
            formats.append(format_of(written.format_str))
        else:
            formats.append(Format(is_date=True) if key in BUILT_IN_DATES else None)
    return formats


def _not_worked_out(stream: Any, position: int) -> set[tuple[int, int]]:
    """Return the row and column of formulas whose stored nought stands for no value.

    Libraries that cannot work them out write it, and that it is to be done when the file is opened.
    """
    places: set[tuple[int, int]] = set()
    depth = 0
    while position + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        position += 4
        if record == _BOF:
            depth += 1
        elif record == _EOF:
            depth -= 1
            if not depth:
                break
        elif record == _FORMULA_RECORD and length >= 16:
            row, column, _style, result, flags = struct.unpack_from("<HHH8sH", stream, position)
            if flags & _CALCULATE_ON_LOAD and not any(result):
                places.add((row, column))
        position += length
    return places
