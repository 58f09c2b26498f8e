"""Opens a file of stock by what it holds, whatever its name."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cloudstock.errors import Unfinished
from cloudstock.language import mark, spoken, tr
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.questions import About, Question, undecided
from cloudstock.sheets.reading.bounded import Book, is_workbook
from cloudstock.sheets.reading.encodings import encoding_called
from cloudstock.sheets.reading.feeds import Feed
from cloudstock.sheets.reading.grid import Document, Sheet, column_letters
from cloudstock.sheets.reading.text import Text
from cloudstock.sheets.reading.whole import Copy, copied

HEAD = 8192
# A feed that was made before is not believed to tell when.
SENT_WITHIN = timedelta(days=1)
ZIP = b"PK\x03\x04"
# Where an archive lists what is in it: at its end, before a comment of 65,535 bytes at most.
ZIP_END = b"PK\x05\x06"
ZIP_END_MAX = 65_557

_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\0?\s*\0?<")
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\s|<\?.*?\?>|<!--.*?-->)*"
    rb"<(?:!doctype\s+html|html|head|meta|title|body|table|style|div|center|font|tr)\b",
    re.IGNORECASE | re.DOTALL,
)
_ARCHIVE = mark("{file} is an archive; unpack it")
_NO_TABLE = mark("{file} is no table (it begins as {form} does); give the table as CSV or XLSX")
# What begins so is no table, and what it is where that helps.
_OTHERS = {
    b"Rar!": _ARCHIVE,
    b"7z\xbc\xaf": _ARCHIVE,
    b"\x1f\x8b": _ARCHIVE,
    b"MOXCEL": mark("{file} is a spreadsheet of 1C (MXL); save it from 1C as XLSX"),
    b"%PDF": _NO_TABLE,
    b"{\\rtf": _NO_TABLE,
    b"MIME-Version": _NO_TABLE,
    b"SQLite format 3": _NO_TABLE,
    b"\x89PNG": _NO_TABLE,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is open: a `Document`."""

    name: str
    form: str
    digest: str
    written_at: datetime | None
    sheets: Sequence[Sheet]
    place: Callable[[int, int], str]
    elements: Sequence[str] = ()
    is_part: bool = False
    open_column: int | None = None
    # What is still being read, of a workbook.
    book: Book | None = None


@contextmanager
def opened(
    file: str | Path | Copy,
    *,
    answers: Answers,
    folder: Path,
    streams: bool = True,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Document]:
    """Open a file; `-` is standard input. A copy that was made already is read as it is.

    `folder` is private, and takes copies that must stay while the document is used; `streams`:
    pipes and devices are read, too; `pause`: how to wait for a file that is being written.

    Raises `Unfinished` for a file that is being written or lacks its end, `Undecided` where it can
    be read in two ways, `UsageProblem` where it cannot be read.
    """
    copy = file if isinstance(file, Copy) else copied(file, folder, streams=streams, pause=pause)
    document = _document(copy, answers, folder)
    if document.book is None:
        yield document
        return
    with closing(document.book) as book:
        try:
            yield document
        except Exception:
            # What is wrong with the whole file goes before what its first rows leave open.
            book.finish()
            raise


def _document(copy: Copy, answers: Answers, folder: Path) -> Opened:
    """Return what a private copy holds; raises as `opened` does."""
    with copy.path.open("rb") as source:
        head = source.read(HEAD)
    if is_workbook(head):
        if head.startswith(ZIP):
            _check_end(copy)
        encoding = answers.encoding and encoding_called(answers.encoding)
        book = Book(copy.path, copy.name, folder, encoding=encoding)
        return Opened(
            copy.name, book.form, copy.digest, copy.written_at, book.sheets, _cell, book=book
        )
    for start, words in _OTHERS.items():
        if head.startswith(start):
            form = start.decode("ascii", "ignore").strip("{\\")
            text = spoken(words).format(file=copy.name, form=form)
            raise undecided(Question(About.FORMAT, text))
    if _HTML.match(head.replace(b"\0", b"")):
        text = tr(
            "{file} is a web page (HTML), not a workbook; open it in a spreadsheet and save it as"
            " XLSX",
            file=copy.name,
        )
        raise undecided(Question(About.FORMAT, text))
    sheet = (Feed if _MARKUP.match(head) else Text)(copy.path, copy.name, answers, folder)
    return Opened(
        copy.name,
        sheet.form,
        copy.digest,
        _made_at(copy.written_at, sheet.made_at),
        [sheet],
        sheet.place,
        sheet.elements,
        sheet.is_part,
        sheet.open_column,
    )


def _made_at(written_at: datetime | None, made_at: datetime | None) -> datetime | None:
    """Return when the numbers of a file were true: as it says itself, if that may be.

    Between, it was sent. A date of long ago was never set, one to come is of another time zone.
    """
    if written_at is None or made_at is None:
        return written_at
    return made_at if timedelta() <= written_at - made_at <= SENT_WITHIN else written_at


def _cell(row: int, column: int) -> str:
    return tr("cell {cell}", cell=f"{column_letters(column)}{row}")


def _check_end(copy: Copy) -> None:
    """Raise `Unfinished` for an archive without its end."""
    with copy.path.open("rb") as source:
        source.seek(max(0, source.seek(0, os.SEEK_END) - ZIP_END_MAX))
        if ZIP_END not in source.read():
            raise Unfinished(
                tr("{file} lacks its end: it is not whole; nothing was changed", file=copy.name)
            )
