"""Rows of a workbook on their way from the process that reads it to the one that asked for it.

Each visible sheet is a private file of frames: four bytes of length, then rows as MessagePack.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from cloudstock.sheets.reading.grid import Cell, Kind, Row

# XLSX and ODS have no more.
ROWS_MAX = 1_048_576
COLUMNS_MAX = 16_384
SHEETS_MAX = 1_000
# Those left out before a cell are written, too.
CELLS_MAX = 50_000_000
FRAME_ROWS = 64
FRAME_BYTES_MAX = 32 << 20
SPOOL_MAX = 1 << 30
# Of what libraries say, which quotes the file.
REASON_MAX = 200

ZIP = b"PK\x03\x04"

KINDS = tuple(Kind)
NUMBER, DATE, BOOLEAN, FORMULA, ERROR = range(len(KINDS))

# Text, or the place of its kind in `KINDS`, its text, and what is shown where that is not its text.
RawCell = str | tuple[int, str, str]


class TooLarge(Exception):
    """More than a sheet of stock ever holds."""


class Refused(Exception):
    """A file that is not read: the problem and the reason of a `Report`."""

    def __init__(self, problem: str, reason: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.reason = reason


class Report(msgspec.Struct):
    """What became of a file, or is known of it so far."""

    # "XLSX", "XLS, Windows-1251".
    form: str = ""
    # Names of the visible sheets.
    sheets: list[str] = []
    # "", or: archive, binary, password, encoding, large, slow, ended (by a signal), missing (a
    # library), system, broken.
    problem: str = ""
    # Bytes of a text, as Latin-1; the signal; the name of the library; the system's number of the
    # error; what the library said.
    reason: str = ""
    # False: the last sheet has only begun.
    is_whole: bool = False


class Spool:
    """Where the sheets of a workbook are written to."""

    def __init__(self, folder: Path, begun: Callable[[Sequence[str]], object]) -> None:
        """`begun` is given the names of all sheets where the last one begins, if that is known."""
        self.names: list[str] = []
        self._begun = begun
        self._folder = folder
        self._file: BinaryIO | None = None
        self._rows: list[tuple[int, list[RawCell], bool]] = []
        # Of all sheets: they may all be one part of the file.
        self._cells = self._bytes = 0
        self._encode = msgspec.msgpack.Encoder().encode

    def sheet(self, name: str, *, is_last: bool = False) -> None:
        """Begin a sheet; `is_last`: certainly no other follows."""
        self.close()
        if len(self.names) == SHEETS_MAX:
            raise TooLarge
        file = sheet_file(self._folder, len(self.names))
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self.names.append(name)
        if is_last:
            self._begun(self.names)

    def row(self, line: int, cells: list[RawCell], hidden: bool) -> None:
        """Write a row, without empty cells at its end; one that holds nothing is left out."""
        self._cells += len(cells)
        if self._cells > CELLS_MAX:
            raise TooLarge
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            return
        last = cells[-1]
        if type(last) is str and not last.strip() and not _holds_something(cells):
            return
        self._rows.append((line, cells, hidden))
        if len(self._rows) == FRAME_ROWS:
            self._flush()

    def close(self) -> None:
        """Finish the last sheet."""
        if self._file is not None:
            try:
                self._flush()
            finally:
                self._file.close()
                self._file = None

    def _flush(self) -> None:
        frame = self._encode(self._rows)
        self._bytes += len(frame)
        if len(frame) > FRAME_BYTES_MAX or self._bytes > SPOOL_MAX:
            raise TooLarge
        assert self._file is not None
        self._file.write(len(frame).to_bytes(4, "big"))
        self._file.write(frame)
        self._rows.clear()


class SpooledSheet:
    """A sheet that is written by a `Spool`, perhaps at this moment."""

    def __init__(self, file: Path, name: str, goes_on: Callable[[], bool]) -> None:
        """`goes_on` waits a moment, and tells whether any sheet of the workbook still grows.

        It raises what is wrong with the workbook.
        """
        self.name = name
        self._file = file
        self._goes_on = goes_on

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something, from the first one at each call.

        Ends when the whole workbook was read well; raises what is wrong with it.
        """
        with self._file.open("rb") as spool:
            while head := self._read(spool, 4):
                frame = self._read(spool, int.from_bytes(head, "big"))
                for line, cells, hidden in _decode(frame):
                    yield Row(line, [c if isinstance(c, str) else _cell(*c) for c in cells], hidden)

    def _read(self, spool: BinaryIO, size: int) -> bytes:
        """Return so many bytes, waited for where they are yet to come; b"" at the end."""
        data, may_grow = spool.read(size), True
        while len(data) < size and may_grow:
            # What was written before its end is read after it.
            may_grow = self._goes_on()
            data += spool.read(size - len(data))
        return data


def _cell(kind: int, text: str, shown: str) -> Cell:
    return Cell(text, KINDS[kind], shown)


def cpu_seconds(size: int) -> int:
    """Return how long a file of so many bytes may take: a few times what an honest one does."""
    return 20 + 2 * (size >> 20)


def sheet_file(folder: Path, number: int) -> Path:
    """Return where the rows of a sheet are."""
    return folder / f"{number}.rows"


def _holds_something(cells: list[RawCell]) -> bool:
    return any(not isinstance(cell, str) or cell.strip() for cell in reversed(cells))


_decode = msgspec.msgpack.Decoder(list[tuple[int, list[RawCell], bool]]).decode
