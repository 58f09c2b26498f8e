"""Reads CSV, TSV and Excel's Unicode text: only where its meaning is certain."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO

from cloudstock.errors import UsageProblem
from cloudstock.language import mark, spoken, tr
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.guards import GUARD, unguarded
from cloudstock.sheets.questions import About, Option, Question, Undecided, settling, undecided
from cloudstock.sheets.reading.encodings import NAMES, encoding_of
from cloudstock.sheets.reading.grid import Row
from cloudstock.sheets.reading.spool import COLUMNS_MAX

# No line of a stock sheet is longer; without a bound a file of one line would fill the memory.
LINE_MAX = 1_000_000
CHUNK = LINE_MAX // 2
# A comma stands in numbers and titles too, and a bar in names: where several make as even a table,
# the first of these does.
SEPARATORS = ("\t", ";", ",", "|")
# Lines from which the separator and the shape of rows are learned.
LEARNED_FROM = 200
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)

# Programs of MS-DOS end a text with it.
END_OF_DOS = "\x1a"
# Of the rows that a question concerns, so many are named.
ROWS_NAMED = 20

# In bytes of any encoding; the wide forms begin with \xef, or hold \xff.
_PERHAPS_GUARDED = re.compile(rb"'\0?[=+\-@\t\r\n\xef\xff']|\0'")

# By what `csv` says of it.
_NOT_CLOSED = mark(
    "{file}: line {line}: a quote opened here is not closed within {most:,} characters"
)
_BROKEN = {
    "field limit": _NOT_CLOSED,
    "end of data": mark("{file}: line {line}: a quote opened here is never closed"),
    "expected after": mark(
        "{file}: line {first}: text after a closing quote (in line {last}); expected the"
        " separator (a quote inside is written twice)"
    ),
}
_LONG_CELL = mark(
    "{file}: line {line}: a cell of more than {most:,} characters; expected an article, a number,"
    " a name"
)
_NOT_CSV = mark("{file}: line {line}: not CSV: {words}")

_NUMBER = re.compile(r"[<>~]?\s*-?\d[\d\s\u00a0.,]*\+?")
# In place of one, "нет"; in a sentence a blank follows a comma.
_WORD = re.compile(r"[^\W\d_]+")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Text:
    """A text file as one sheet. Apostrophes that `escape_formula` put there are taken off."""

    name = ""
    elements: Sequence[str] = ()
    is_part = False
    made_at = None
    open_column: int | None = None

    def __init__(self, path: Path, file: str, answers: Answers, _folder: Path) -> None:
        """`path`: a private copy that stays; `file`: what the file is called in messages.

        Raises `Undecided` where its encoding is not certain, `Unfinished` where it ends within a
        letter, `UsageProblem` where it is no text.
        """
        self._path, self._file = path, file
        self._encoding = encoding_of(path, file, answers.encoding)
        self._quotes = answers.quotes
        self._quoting: Literal[0, 3] = (
            csv.QUOTE_NONE if answers.quotes == "none" else csv.QUOTE_MINIMAL
        )
        self._survey()
        with self._open() as text:
            lines = list(_first(self._lines(text)))
        separator_line = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
        # Lines before the table, which say how it is read.
        self._before = 1 if separator_line else 0
        del lines[: self._before]
        self._separator = separator_line[1] if separator_line else self._sniff(lines)
        self._shape = _Shape(self._parsed(lines, self._separator), self._separator)
        if self._is_open:
            self.open_column = self._last_column()

    @property
    def form(self) -> str:
        """What it is, in words."""
        name = NAMES[self._encoding.removesuffix("-sig")]
        if self._separator == "\t":
            return tr("text in {encoding}, separated by tabs", encoding=name)
        return tr(
            'CSV in {encoding}, separated by "{separator}"',
            encoding=name,
            separator=self._separator,
        )

    def place(self, row: int, column: int) -> str:
        """Return how a place is told; `column` from 0."""
        return tr("line {line}, column {column}", line=row, column=column + 1)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something, with the physical line where each begins.

        Raises `Undecided` where a quote swallows lines, `UsageProblem` for a NUL and an endless
        line.
        """
        made, guarded = tuple.__new__, self._is_guarded
        for line, cells in self._cells():
            if not 1 < len(cells) <= COLUMNS_MAX or not cells[-1] or cells[-1].isspace():
                cells = self._trimmed(cells)
                if not cells:
                    continue
            if guarded:
                cells = [unguarded(cell) if GUARD in cell else cell for cell in cells]
            # A `Row`, made in half the time.
            yield made(Row, (line, cells, False))

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each row, and the line where it begins."""
        with self._open() as text:
            for _ in range(self._before):
                text.readline(LINE_MAX)
            lines = text if self._is_tame else self._of_rows(self._lines(text, self._before))
            reader = csv.reader(
                lines, delimiter=self._separator, quoting=self._quoting, strict=True
            )
            self._following = self._before + 1
            try:
                # A row is a line there.
                numbered = enumerate(reader, self._following)
                yield from numbered if self._is_tame else self._numbered(reader)
            except csv.Error as error:
                last = self._before + reader.line_num
                first = last if self._is_tame else self._following
                raise self._broken(str(error), first, last) from error

    def _numbered(self, reader: Any) -> Iterator[tuple[int, list[str]]]:
        self._row_size = 0
        for cells in reader:
            line, self._following = self._following, self._before + 1 + reader.line_num
            self._row_size = 0
            if self._following - line > 1 and self._quotes is None:
                self._check_swallowed(line, self._following - 1, cells)
            yield line, cells

    def _trimmed(self, cells: list[str]) -> list[str]:
        """Take empty cells off the end of a row."""
        if len(cells) > COLUMNS_MAX:
            raise UsageProblem(
                tr("{file}: more than {most:,} columns", file=self._file, most=COLUMNS_MAX)
            )
        while cells and (not cells[-1] or cells[-1].isspace()):
            cells.pop()
        return [] if cells == [END_OF_DOS] else cells

    # ---------------------------------------------------------------- lines

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._encoding, newline="")

    def _survey(self) -> None:
        """Look at all bytes once, so that rows need not be looked at one by one."""
        ends = True
        self._is_tame, self._is_guarded, newlines = True, False, 0
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                count = chunk.count(b"\n")
                newlines += count
                # No line, and no row of several, can be too long, and nothing is a NUL.
                endless = not count and len(chunk) == CHUNK
                if endless or b"\0" in chunk or (self._quoting != csv.QUOTE_NONE and b'"' in chunk):
                    self._is_tame = False
                if not self._is_guarded and b"'" in chunk:
                    self._is_guarded = _PERHAPS_GUARDED.search(chunk) is not None
                # An apostrophe may be the last byte of a chunk.
                self._is_guarded |= chunk.endswith((b"'", b"'\0"))
                ends = chunk.endswith((b"\n", b"\n\0", b"\r", b"\r\0", END_OF_DOS.encode()))
        self._is_open, self._has_quote = newlines > 0 and not ends, False

    def _last_column(self) -> int:
        """Return the column that the last line may lack the end of; 0 where it is cut for sure.

        A quote at its end closes the cell: nothing of the line is lost then.
        """
        with self._open() as text:
            last = deque(self._lines(text), 1)[0]
        cells = next(self._parsed([last], self._separator), (0, []))[1]
        if len(cells) != self._shape.length:
            return 0
        return len(cells) - (not last.endswith('"'))

    def _lines(self, text: TextIO, before: int = 0) -> Iterator[str]:
        number = before
        while line := text.readline(LINE_MAX + 1):
            number += 1
            if len(line) > LINE_MAX:
                raise self._too_long(number)
            if "\0" in line:
                raise UsageProblem(
                    tr(
                        "{file}: line {line}: a NUL byte; expected plain text",
                        file=self._file,
                        line=number,
                    )
                )
            yield line

    def _of_rows(self, lines: Iterator[str]) -> Iterator[str]:
        """Yield lines as long as their row, of which quotes may make one of all, has an end."""
        for number, line in enumerate(lines, start=self._before + 1):
            self._row_size += len(line)
            self._has_quote = self._quoting != csv.QUOTE_NONE and '"' in line
            if self._row_size > LINE_MAX:
                raise self._too_long(number)
            yield line

    def _too_long(self, number: int) -> UsageProblem:
        return UsageProblem(
            tr(
                "{file}: line {line}: more than {most:,} characters; expected a product on each"
                " line",
                file=self._file,
                line=number,
                most=LINE_MAX,
            )
        )

    def _parsed(self, lines: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
        """Yield how many lines each row has, and its cells; ends where it cannot be read."""
        reader, before = csv.reader(lines, delimiter=separator, quoting=self._quoting), 0
        try:
            for cells in reader:
                yield reader.line_num - before, cells
                before = reader.line_num
        except csv.Error:
            return

    def _sniff(self, lines: Sequence[str]) -> str:
        """Return the separator that makes our own titles, else the most rows of one length."""
        for separator in SEPARATORS:
            # Names in a sheet of ours may hold whatever separates other sheets.
            titles = next(self._parsed(lines[:1], separator), (0, []))[1]
            if {"sku", "quantity"} <= {title.strip().casefold() for title in titles}:
                return separator

        def fitting(separator: str) -> int:
            lengths = Counter(len(cells) for _, cells in self._parsed(lines, separator))
            return max((n for length, n in lengths.items() if length > 1), default=0)

        most = {separator: fitting(separator) for separator in SEPARATORS}
        best = max(SEPARATORS, key=lambda separator: most[separator])
        return best if most[best] else ","

    # ---------------------------------------------------------------- quotes

    def _check_swallowed(self, first: int, last: int, cells: Sequence[str]) -> None:
        """Raise `Undecided` where a row of several lines holds what looks like rows."""
        if self._shape.counts_rows(cells) < 2:
            return
        shown = next((cell for cell in cells if _LINE_END.search(cell)), "")
        raise self._quote(
            first,
            last,
            tr(
                "{file}: line {first}: a quote opened here is closed in line {last}, and the lines"
                " between look like rows of their own: {cell}",
                file=self._file,
                first=first,
                last=last,
                cell=repr(shown if len(shown) <= 80 else f"{shown[:80]}…"),
            ),
            settling("quotes", "csv"),
        )

    def _broken(self, words: str, first: int, last: int) -> UsageProblem:
        """Return the error of what `csv` refuses with `words`, between two lines."""
        sentence = next((s for part, s in _BROKEN.items() if part in words), _NOT_CSV)
        if sentence is _NOT_CLOSED and first == last and not self._has_quote:
            sentence = _LONG_CELL
        text = spoken(sentence).format(
            file=self._file,
            line=first,
            first=first,
            last=last,
            most=csv.field_size_limit(),
            words=words,
        )
        if sentence in (_NOT_CSV, _LONG_CELL):
            return UsageProblem(text)
        return self._quote(first, last, text)

    def _quote(self, first: int, last: int, text: str, *more: Option) -> Undecided:
        return undecided(
            Question(
                About.QUOTE,
                text,
                rows=range(first, min(last, first + ROWS_NAMED - 1) + 1),
                count=last - first + 1,
                options=(settling("quotes", "none"), *more),
            )
        )


class _Shape:
    """What rows of one line have in common."""

    def __init__(self, rows: Iterator[tuple[int, list[str]]], separator: str) -> None:
        self._separator = separator
        single = [cells for lines, cells in rows if lines == 1]
        lengths = Counter(len(cells) for cells in single if len(cells) > 1)
        self.length = lengths.most_common(1)[0][0] if lengths else 0
        columns = list(zip(*(c for c in single if len(c) == self.length), strict=True))
        # Columns of numbers, with what stands in them besides.
        self._numbers = {
            at: set(column)
            for at, column in enumerate(columns)
            if 2 * sum(_NUMBER.fullmatch(cell.strip()) is not None for cell in column) > len(column)
        }

    def counts_rows(self, cells: Sequence[str]) -> int:
        """Return how many lines of a row would be rows themselves if quotes meant nothing."""
        return sum(map(self._is_row, _LINE_END.split(self._separator.join(cells))))

    def _is_row(self, line: str) -> bool:
        fields = line.split(self._separator)
        if len(fields) != self.length:
            return False
        cells = [(fields[at].strip('"'), seen) for at, seen in self._numbers.items()]
        return all(
            not cell.strip()
            or cell in seen
            or _NUMBER.fullmatch(cell.strip())
            or _WORD.fullmatch(cell)
            for cell, seen in cells
        )


def _first(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines from which a file is learned: a line is one, however long it is."""
    size = 0
    for _, line in zip(range(LEARNED_FROM), lines, strict=False):
        size += len(line)
        yield line
        if size > LINE_MAX:
            return
