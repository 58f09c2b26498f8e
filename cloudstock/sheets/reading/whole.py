"""Takes a file whole: a private copy of one that nobody is writing."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO

from cloudstock.domain.changes import STANDARD_INPUT
from cloudstock.errors import Unfinished, UsageProblem
from cloudstock.language import system_words, tr

CHUNK = 1 << 20
# No file of stock is larger; an endless stream would fill the disk.
BYTES_MAX = 1 << 30
# A file that is being written is looked at again so often, for so many seconds.
STEP_S = 0.25
PATIENCE_S = 5.0
# Where the system cannot tell whether somebody writes a file, one is at rest that was not touched
# for so many seconds.
UNTOUCHED_S = 2.0
# And one that a program keeps open for writing: spreadsheets do so as long as they show it, and
# network drives say so of every file.
OPEN_S = 10.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A private copy of a whole file."""

    path: Path
    # What the file is called in messages; always text that can be printed and stored.
    name: str
    # The same for the same content.
    digest: str
    # When the file was written last; None for a stream.
    written_at: datetime | None


def display_name(file: str | Path) -> str:
    r"""Return what a file is called in messages; bytes that are no UTF-8 are told as \xd0."""
    if str(file) == STANDARD_INPUT:
        return tr("standard input")
    name = os.fsencode(file).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)


def kept_name(name: str) -> str:
    """Return by what a file is known later, in whichever language: without its folder."""
    return STANDARD_INPUT if name == display_name(STANDARD_INPUT) else Path(name).name


def copied(
    file: str | Path,
    folder: Path,
    *,
    streams: bool = True,
    pause: Callable[[float], None] = time.sleep,
) -> Copy:
    """Copy a file into `folder`, readable to nobody else; `-` is standard input.

    `streams`: pipes and devices are read, too; `pause`: how to wait. Raises `Unfinished` where the
    file does not come to rest within seconds, `UsageProblem` where it cannot be read.
    """
    name = display_name(file)
    try:
        if str(file) == STANDARD_INPUT:
            return _stream(sys.stdin.buffer, name, folder)
        path, steps, unchanged, before = Path(file), int(PATIENCE_S / STEP_S), 0.0, None
        for _ in range(steps):
            with _opened(path) as source:
                status = os.fstat(source.fileno())
                if not (streams or stat.S_ISREG(status.st_mode)):
                    raise no_file(name)
                if stat.S_ISFIFO(path.lstat().st_mode) and not _is_written_to(source):
                    break
                if not stat.S_ISREG(status.st_mode):
                    return _stream(source, name, folder)
                mark = _mark(status)
                unchanged = unchanged + STEP_S if mark == before else 0.0
                before = mark
                if _is_at_rest(source, status, unchanged):
                    copy, digest, size = _write(source, name, folder)
                    if size == status.st_size and mark == _mark(path.stat()):
                        written_at = datetime.fromtimestamp(status.st_mtime, UTC)
                        return Copy(copy, name, digest, written_at)
                    copy.unlink()
            pause(STEP_S)
    except OSError as error:
        raise UsageProblem(f"{name}: {system_words(error)}") from error
    raise Unfinished(
        tr(
            "{file} is still being written; nothing was changed. Try again when it is whole:"
            " programs write to another name first and rename, or close the file",
            file=name,
        )
    )


def no_file(name: str) -> UsageProblem:
    """Return the error of a name that is none of a file."""
    return UsageProblem(tr("{file} is no file but a folder, a pipe or a device", file=name))


def _opened(path: Path) -> BinaryIO:
    """Open a file, or a pipe; one that nobody writes to would be waited for, for ever."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except BlockingIOError:
        # A file server lent it out, and now asks for it back.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")


def _is_written_to(pipe: BinaryIO) -> bool:
    """Tell whether anything comes through a pipe that lies in a folder, waiting for a while.

    What a shell puts in its place (`/dev/fd/63`) has somebody at its other end.
    """
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(PATIENCE_S * 1000))


def _stream(source: BinaryIO, name: str, folder: Path) -> Copy:
    copy, digest, _ = _write(source, name, folder)
    return Copy(copy, name, digest, None)


def _write(source: BinaryIO, name: str, folder: Path) -> tuple[Path, str, int]:
    """Copy to the end; return the copy, its digest and its bytes."""
    # Its mode is 0600.
    descriptor, copy = tempfile.mkstemp(prefix="input-", dir=folder)
    hashed, size = sha256(), 0
    with os.fdopen(descriptor, "wb") as out:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > BYTES_MAX:
                raise UsageProblem(
                    tr("{file} is larger than {most:,} bytes", file=name, most=BYTES_MAX)
                )
            hashed.update(chunk)
            out.write(chunk)
    return Path(copy), hashed.hexdigest(), size


def _mark(status: os.stat_result) -> tuple[int, ...]:
    """Return what changes when a file is written, or another takes its name."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _is_at_rest(source: IO[bytes], status: os.stat_result, unchanged: float) -> bool:
    """Tell whether a file is whole, as far as the system knows; `unchanged`: seconds looked at."""
    written = _is_being_written(source)
    if written is False:
        return True
    # A clock that is ahead, of a file server, says nothing.
    age = max(time.time() - status.st_mtime, unchanged)
    if status.st_mtime > time.time():
        age = unchanged
    return age >= (OPEN_S if written else UNTOUCHED_S)


def _is_being_written(source: IO[bytes]) -> bool | None:
    """Tell whether any process has the file open for writing; None where nobody can say.

    Linux gives a lease for reading only on a file that nobody writes.
    """
    if sys.platform != "linux":
        return None
    try:
        # Who opens it in this very moment makes a signal; this one means nothing.
        fcntl.fcntl(source, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):
        # Another user's file, or a file system without leases.
        return None
    with suppress(OSError):
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
