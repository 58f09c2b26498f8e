"""In which encoding a text file is, where that is certain; else it is asked."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cloudstock.errors import Unfinished, UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.questions import About, Question, settling, undecided
from cloudstock.sheets.reading import alphabets

CHUNK = 500_000
# Of a line so many bytes are shown.
EVIDENCE_MAX = 200

# What `--encoding` takes, and how each is called.
NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1251": "Windows-1251",
    "cp866": "CP866",
    "koi8-r": "KOI8-R",
    "cp1252": "Windows-1252",
}


def encoding_of(path: Path, file: str, answer: str | None) -> str:
    """Return the encoding in which the whole file is certainly text.

    `answer`: what the user calls it. Raises `Undecided` where it is not certain, `Unfinished` where
    the file ends within a letter, `UsageProblem` where it is another than `answer`.
    """
    with path.open("rb") as start:
        mark = start.read(3)
    if answer is not None:
        encoding = encoding_called(answer)
        wrong = _undecodable(path, encoding)
        if wrong is not None:
            raise UsageProblem(
                tr(
                    "{file}: line {line}: not {encoding}",
                    file=file,
                    line=wrong.line,
                    encoding=NAMES[encoding],
                )
            )
        return encoding + "-sig" * (encoding == "utf-8")
    encoding = "utf-16" if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    wrong = _undecodable(path, encoding)
    if wrong is None:
        return encoding + "-sig" * (encoding == "utf-8")
    certain: str | None = None
    possible: list[str] = []
    if encoding == "utf-8" and mark != codecs.BOM_UTF8:
        certain, possible = alphabets.readings(_chunks(path))
    if certain in ("cp1251", "cp866"):
        return certain
    if wrong.is_cut:
        raise Unfinished(
            tr(
                "{file}: line {line} ends within a letter: the file is not whole; nothing was"
                " changed",
                file=file,
                line=wrong.line,
            )
        )
    raise undecided(_which(path, file, wrong.line, possible))


def encoding_called(name: str) -> str:
    """Return which of `NAMES` is meant; raises `UsageProblem` where none is."""
    try:
        encoding = codecs.lookup(name).name.removesuffix("-sig")
    except (LookupError, ValueError):
        encoding = ""
    if encoding not in NAMES:
        raise UsageProblem(
            tr(
                "encoding {encoding!r} is not known; expected one of {expected}",
                encoding=name,
                expected=", ".join(NAMES),
            )
        )
    return encoding


def _which(path: Path, file: str, line: int, possible: Sequence[str]) -> Question:
    """Ask which encoding a file has; `line`: the first one that is no UTF-8."""
    with path.open("rb") as source:
        for _ in range(line - 1):
            while (piece := source.readline(CHUNK)) and not piece.endswith(b"\n"):
                pass
        shown = source.readline(EVIDENCE_MAX).rstrip()
    options = [
        settling(
            "encoding",
            e,
            tr("it is {encoding}: {text}", encoding=NAMES[e], text=shown.decode(e, "replace")),
        )
        for e in possible
    ]
    text = tr(
        "{file}: line {line}: not UTF-8 text, and not certainly Russian text in Windows-1251; save"
        " it as CSV UTF-8",
        file=file,
        line=line,
    )
    return Question(About.ENCODING, text, rows=(line,), count=1, options=options)


class _Wrong(NamedTuple):
    """Where a file does not decode."""

    line: int
    # Only the last letter lacks its end.
    is_cut: bool


def _undecodable(path: Path, encoding: str) -> _Wrong | None:
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    for chunk in _chunks(path):
        try:
            decoder.decode(chunk)
        except UnicodeError as error:
            # The decoder's own bytes are those it kept from the chunk before: no newline in them.
            read = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            return _Wrong(lines + read.count(b"\n"), is_cut=False)
        lines += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return _Wrong(lines, is_cut=True)
    return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
