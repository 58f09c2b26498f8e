"""Workbooks, read by another process: whatever a file does to it, this one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from cloudstock.errors import CloudstockError, UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.sheets.questions import About, Question, settling, undecided
from cloudstock.sheets.reading.grid import Sheet
from cloudstock.sheets.reading.spool import (
    REASON_MAX,
    ZIP,
    Report,
    SpooledSheet,
    cpu_seconds,
    sheet_file,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel 2 to 95 without a container: the record that all of them begin with.
BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00")
BIFF8 = b"\x09\x08\x10\x00"
# By the clock, on a busy machine, for a second that it may work.
SECONDS_MAX = 6
# What a Python needs of the environment; keys and passwords are no business of a file's.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE")


class Book(NamedTuple):
    """A workbook as it was read."""

    # "XLSX", "XLS", "XLS, Windows-1251", "ODS".
    form: str
    # Visible ones, in order.
    sheets: Sequence[Sheet]


def is_workbook(head: bytes) -> bool:
    """Tell by its first 8 bytes whether a file is for `read_workbook`."""
    return head.startswith((ZIP, OLE, *BIFF, BIFF8))


def read_workbook(path: Path, name: str, folder: Path, *, encoding: str | None = None) -> Book:
    """Read a file that `is_workbook`, whole, into private files in `folder`, which must stay.

    `name`: what the file is called in messages; `encoding`: that of its texts where its form leaves
    it open (Excel 95).

    Raises `UsageProblem` for what is no workbook, is broken or beyond reason; `CloudstockError`
    where a library is missing.
    """
    spool = Path(tempfile.mkdtemp(prefix="sheets-", dir=folder))
    report = _report(path, spool, encoding or "")
    if report.problem:
        raise _problem(report, name)
    if not report.sheets:
        raise UsageProblem(tr("{file} has no visible sheet", file=name))
    sheets = [SpooledSheet(sheet_file(spool, at), s) for at, s in enumerate(report.sheets)]
    return Book(report.form, sheets)


def _report(path: Path, spool: Path, encoding: str) -> Report:
    environment = {
        key: value
        for key, value in os.environ.items()
        if key in _ENVIRONMENT or key.startswith("PYTHON")
    }
    module = "cloudstock.sheets.reading.worker"
    try:
        worker = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", module, str(path), str(spool), encoding],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=SECONDS_MAX * cpu_seconds(path.stat().st_size),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Report(problem="slow")
    if worker.returncode == -signal.SIGXCPU:
        return Report(problem="slow")
    if worker.returncode < 0:
        return Report(problem="ended", reason=signal.Signals(-worker.returncode).name)
    try:
        return msgspec.json.decode(worker.stdout, type=Report)
    except msgspec.DecodeError:
        # It may have had no memory left to tell that.
        last = worker.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if last == MemoryError.__name__:
            return Report(problem="large")
        return Report(problem="ended", reason=repr(last[:REASON_MAX]))


def _question(name: str, text: bytes) -> Question:
    """Ask what the texts of an old workbook are; `text`: one of them."""
    options = [
        settling(
            "encoding",
            encoding,
            tr("it is {encoding}: {text}", encoding=called, text=text.decode(encoding, "replace")),
        )
        for encoding, called in (("cp1251", "Windows-1251"), ("cp1252", "Windows-1252"))
    ]
    words = tr("{file} does not tell the encoding of its texts; save it as XLSX", file=name)
    return Question(About.ENCODING, words, options=options)


def _problem(report: Report, name: str) -> CloudstockError:
    if report.problem == "encoding":
        return undecided(_question(name, report.reason.encode("latin-1")))
    if report.problem == "missing":
        from cloudstock.installed import how_to_add

        return CloudstockError(
            tr(
                "{module} not installed; run: {command}",
                module=report.reason,
                command=how_to_add("sheets"),
            )
        )
    if report.problem == "system":
        number = int(report.reason)
        return CloudstockError(f"{name}: {system_words(OSError(number, os.strerror(number)))}")
    if report.problem == "broken":
        return UsageProblem(
            tr(
                "{file} cannot be read as {form} ({reason}); open and save it again, or save it"
                " as CSV UTF-8",
                file=name,
                form=report.form,
                reason=repr(report.reason),
            )
        )
    sentences = {
        "archive": tr("{file} is an archive without a sheet; unpack it first", file=name),
        "binary": tr("{file} is a binary workbook (XLSB); save it as XLSX", file=name),
        "password": tr("{file} has a password; save it as XLSX without one", file=name),
        "large": tr(
            "{file} unpacks to more than a stock sheet ever holds; save the sheet alone, or as"
            " CSV UTF-8",
            file=name,
        ),
        "ended": tr(
            "{file} ends the program that reads it ({reason}); open it, and save the sheet alone as"
            " XLSX or CSV UTF-8",
            file=name,
            reason=report.reason,
        ),
        "slow": tr(
            "{file} takes too long to read; save the sheet alone as XLSX, or as CSV UTF-8",
            file=name,
        ),
    }
    return UsageProblem(sentences[report.problem])
