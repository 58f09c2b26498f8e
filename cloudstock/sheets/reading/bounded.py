"""Workbooks, read by another process: whatever a file does to it, this one goes on."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from cloudstock.errors import CloudstockError, UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.sheets.questions import About, Question, settling, undecided
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
# How long rows that are not there yet are waited for at a time: the process writes some at once.
MOMENT_S = 0.005
PIPE_BYTES = 1 << 16
# What a Python needs of the environment; keys and passwords are no business of a file's.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE")


def is_workbook(head: bytes) -> bool:
    """Tell by its first 8 bytes whether a file is a workbook, for a `Book`."""
    return head.startswith((ZIP, OLE, *BIFF, BIFF8))


class Book:
    """A workbook while a process of its own reads it.

    Its sheets are there as soon as the last one has begun: their rows end when all was read well.
    """

    def __init__(self, path: Path, name: str, folder: Path, *, encoding: str | None = None) -> None:
        """Read a file that `is_workbook` into private files in `folder`, which must stay.

        `name`: what the file is called in messages; `encoding`: that of its texts where its form
        leaves it open (Excel 95).

        Raises, as `finish` and the rows of its sheets do, `UsageProblem` for what is no workbook,
        is broken or beyond reason; `CloudstockError` where a library is missing.
        """
        self._name = name
        self._until = time.monotonic() + SECONDS_MAX * cpu_seconds(path.stat().st_size)
        self._out = b""
        # What became of the file; None: it is being read.
        self._end: Report | None = None
        spool = Path(tempfile.mkdtemp(prefix="sheets-", dir=folder))
        environment = {
            key: value
            for key, value in os.environ.items()
            if key in _ENVIRONMENT or key.startswith("PYTHON")
        }
        module = "cloudstock.sheets.reading.worker"
        self._errors = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - `close` closes it
        self._worker = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", module, str(path), str(spool), encoding or ""],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
        )
        try:
            report = self._begun()
        except BaseException:
            self.close()
            raise
        # "XLSX", "XLS", "XLS, Windows-1251", "ODS".
        self.form = report.form
        # Visible ones, in order.
        self.sheets = [
            SpooledSheet(sheet_file(spool, at), sheet, self._goes_on)
            for at, sheet in enumerate(report.sheets)
        ]

    def finish(self) -> None:
        """Wait until all was read well."""
        while self._goes_on():
            pass

    def close(self) -> None:
        """End the process, if it still reads."""
        self._worker.kill()
        self._worker.communicate()
        self._errors.close()

    def _begun(self) -> Report:
        """Return what is known of the file where its last sheet has begun, or all was read."""
        while self._end is None and b"\n" not in self._out:
            self._listen()
        if self._end is not None:
            return self._checked(self._end)
        return msgspec.json.decode(self._out.partition(b"\n")[0], type=Report)

    def _goes_on(self) -> bool:
        """Wait for a moment; tell whether the file is still being read."""
        if self._end is None:
            self._listen()
        return self._end is None or not self._checked(self._end)

    def _checked(self, report: Report) -> Report:
        if report.problem:
            raise _problem(report, self._name)
        if not report.sheets:
            raise UsageProblem(tr("{file} has no visible sheet", file=self._name))
        return report

    def _listen(self) -> None:
        """Wait for a moment for what the process says; note its end."""
        out = self._worker.stdout
        assert out is not None, "it is a pipe"
        waiting = select.poll()
        waiting.register(out, select.POLLIN)
        if waiting.poll(MOMENT_S * 1000):
            piece = os.read(out.fileno(), PIPE_BYTES)
            self._out += piece
            if piece:
                return
        elif time.monotonic() < self._until:
            return
        try:
            code = self._worker.wait(max(0.0, self._until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._end = Report(problem="slow")
        else:
            self._end = self._report(code)

    def _report(self, code: int) -> Report:
        """Return the last word of the process, or what its end tells."""
        if code == -signal.SIGXCPU:
            return Report(problem="slow")
        if code < 0:
            return Report(problem="ended", reason=signal.Signals(-code).name)
        with suppress(msgspec.DecodeError):
            report = msgspec.json.decode(self._out.rstrip().rpartition(b"\n")[2], type=Report)
            if report.is_whole:
                return report
        # It may have had no memory left to tell that.
        self._errors.seek(0)
        last = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
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
