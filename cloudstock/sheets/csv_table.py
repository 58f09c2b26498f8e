"""Reads a CSV table that a person or a spreadsheet wrote: only where its meaning is certain.

Knows bytes, separators and columns; what the cells mean is the caller's.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.tables import Headed, Problems, Row

# No line of a stock sheet is longer; without a bound a file of one line would fill the memory.
LINE_MAX = 1_000_000
CHUNK = 1 << 20
SEPARATORS = (",", ";", "\t")

# Windows-1251 assigns a character to nearly every byte, so "it decodes" proves nothing: only
# Russian letters and the signs that go with them are taken for text.
RUSSIAN = re.compile(r"[\x09\x0a\x0d\x20-\x7eА-Яа-яЁё\u00a0«»„“”‘’…–—•№§©®™°±·µ€¤¬]*")
# What Russian text in KOI8-R looks like when taken for Windows-1251: "кРУЖКА".
INVERTED = re.compile(r"(?<![А-Яа-яЁё])[а-яё][А-ЯЁ]{2,}")
# Words that hold a Russian letter, and those of no other alphabet.
ANY_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]*+[А-Яа-яЁё][A-Za-zА-Яа-яЁё]*")
RUSSIAN_WORD = re.compile(r"(?<![A-Za-zА-Яа-яЁё])[А-Яа-яЁё]+(?![A-Za-zА-Яа-яЁё])")


class Table(Headed):
    """A CSV table with a header, read as a stream."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        columns: Mapping[str, Sequence[str]],
        required: Sequence[str],
        problems: Problems,
    ) -> None:
        """Read the header of a seekable `file` called `name`.

        `columns`: every column with the other names it may have in a header, in lower case.
        Raises `UsageProblem` where the file is not text or the header cannot be used.
        """
        super().__init__(columns=columns, required=required, problems=problems)
        self._name = name
        encoding = _encoding(file, name)
        self._tame = _is_tame(file)
        file.seek(0)
        self._lines_read = 0
        # Of what was read of the row at hand.
        self._row_size = 0
        # Seen so far: asking every cell of a long sheet would take longer than reading it.
        self._has_nul = False
        self._text = io.TextIOWrapper(file, encoding=encoding, newline="")
        self._header_line, header = self._first_line()
        self._separator = self._sniff(header)
        self.columns = self._header(self._header_line, _cells(header, self._separator))

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order; those that cannot be read become problems instead."""
        lines = self._text if self._tame else self._of_rows()
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        width, arranged = len(self.columns), self._arrangement()
        # Then a row of just so many cells has none that stands under no header.
        headed = all(self.columns)
        following = self._header_line + 1
        try:
            for cells in reader:
                line, following = following, self._header_line + reader.line_num + 1
                self._row_size = 0
                if not (cells and cells[0].strip()) and not any(cell.strip() for cell in cells):
                    continue
                if self._has_nul and any("\0" in cell for cell in cells):
                    self._tell_nul(line, cells)
                    continue
                if len(cells) != width or not headed:
                    stray = self._stray(cells)
                    if stray is not None:
                        self._tell_stray(line, stray, cells[stray])
                        continue
                    cells = [*cells[:width], *[""] * (width - len(cells))]
                # For the columns that the table does not have.
                cells.append("")
                yield line, arranged(cells)
        except csv.Error as error:
            self._problems.add(following, "", _broken(error))

    def _tell_nul(self, line: int, cells: Sequence[str]) -> None:
        at = next(i for i, cell in enumerate(cells) if "\0" in cell)
        column = self.columns[at] if at < len(self.columns) else ""
        self._problems.add(line, column or str(at + 1), tr("a NUL byte; expected plain text"))

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(LINE_MAX + 1):
            self._lines_read += 1
            if len(line) > LINE_MAX:
                raise self._too_long()
            if "\0" in line:
                self._has_nul = True
            yield line

    def _of_rows(self) -> Iterator[str]:
        """Yield lines as long as their row, of which quotes may make one of all, has an end."""
        for line in self._lines():
            self._row_size += len(line)
            if self._row_size > LINE_MAX:
                raise self._too_long()
            yield line

    def _too_long(self) -> UsageProblem:
        return UsageProblem(
            tr(
                "{name}: line {line}: more than {most:,} characters;"
                " expected {expected}, a product on each line",
                name=self._name,
                line=self._lines_read,
                most=LINE_MAX,
                expected=self._expected,
            )
        )

    def _first_line(self) -> tuple[int, str]:
        for number, line in enumerate(self._lines(), start=1):
            if line.strip(" \t\r\n,;"):
                return number, line
        raise UsageProblem(
            tr(
                "{name} is empty; expected a header {expected} and a row per product",
                name=self._name,
                expected=self._expected,
            )
        )

    def _sniff(self, header: str) -> str:
        """Return the separator that makes the most of the header's names."""

        def fitting(separator: str) -> int:
            return sum(bool(self._column(cell)) for cell in _cells(header, separator))

        return max(SEPARATORS, key=fitting)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return [line]


def _broken(error: csv.Error) -> str:
    words = str(error)
    if "end of data" in words or "field limit" in words:
        return tr("a quote opened here is never closed")
    if "expected after" in words:
        return tr(
            "text after a closing quote; expected the separator (a quote inside is written twice)"
        )
    return tr("not CSV: {words}", words=words)


def _encoding(file: BinaryIO, name: str) -> str:
    """Return the encoding in which the whole file is certainly text."""
    start = file.read(4)
    if start.startswith(b"PK\x03\x04"):
        raise UsageProblem(
            tr(
                "{name} is a workbook (XLSX); name it .xlsx, or save the sheet as CSV UTF-8",
                name=name,
            )
        )
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageProblem(tr("{name} is UTF-16 text; save it as CSV UTF-8", name=name))
    wrong = _undecodable(file, codecs.getincrementaldecoder("utf-8")())
    if wrong is None:
        return "utf-8-sig"
    russian = start[:3] != codecs.BOM_UTF8 and _is_russian(file)
    if russian:
        return "cp1251"
    raise UsageProblem(
        tr(
            "{name}: line {wrong}: not UTF-8 text, and not certainly Russian text in"
            " Windows-1251; save it as CSV UTF-8. Nothing was changed",
            name=name,
            wrong=wrong,
        )
    )


def _is_tame(file: BinaryIO) -> bool:
    """Tell whether nothing can be too long or a NUL: then no line need be looked at.

    May be False of a file that is; of most files it is True.
    """
    file.seek(0)
    while chunk := file.read(LINE_MAX // 2):
        if b"\0" in chunk or b'"' in chunk or (len(chunk) == LINE_MAX // 2 and b"\n" not in chunk):
            return False
    return True


def _undecodable(file: BinaryIO, decoder: codecs.IncrementalDecoder) -> int | None:
    """Return the first line with bytes that do not decode; None if all do."""
    file.seek(0)
    lines = 1
    while chunk := file.read(CHUNK):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            # The decoder's own bytes are those it kept from the chunk before: no newline in them.
            return lines + error.object[: error.start].count(b"\n")
        lines += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return lines
    return None


def _is_russian(file: BinaryIO) -> bool:
    """Tell whether the file is Russian text in Windows-1251 beyond doubt."""
    russian = mixed = letters = stray = 0
    for piece in _whole_lines(file):
        try:
            words = piece.decode("cp1251")
        except UnicodeDecodeError:
            return False
        if RUSSIAN.fullmatch(words) is None or INVERTED.search(words):
            return False
        pure = len(RUSSIAN_WORD.findall(words))
        russian += pure
        mixed += len(ANY_WORD.findall(words)) - pure
        damaged = piece.decode("utf-8", errors="replace")
        replaced = damaged.count("\ufffd")
        stray += replaced
        letters += sum(not c.isascii() for c in damaged) - replaced
    # Western text becomes words of two alphabets, damaged UTF-8 is mostly whole letters.
    return russian >= mixed and stray > letters


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file in pieces that cut no word; a line without end is cut all the same."""
    file.seek(0)
    rest = b""
    while chunk := file.read(CHUNK):
        lines, newline, rest = (rest + chunk).rpartition(b"\n")
        yield lines + newline
        if len(rest) > LINE_MAX:
            yield rest
            rest = b""
    yield rest
