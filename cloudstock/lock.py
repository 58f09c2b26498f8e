"""One writing run at a time, by a lock that the kernel lets go when its process dies.

The file beside the database is never deleted: a process that opened it a moment before would go
on to lock a file that no other can see.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cloudstock.errors import Busy, DatabaseError
from cloudstock.language import system_words, tr

# How often a waiting run looks again; flock itself cannot wait with a bound.
RETRY_S = 0.05
# A line of a process id, a blank and a command, and one of the mark; more is not ours.
HOLDER_BYTES = 200
FILE_BYTES = 256
# The byte that those who wait share a lock on; no file has it.
_QUEUE = 1 << 40


class Held:
    """A lock that is held, and the mark that stays in its file for the next who holds it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._mark = _lines(descriptor)[1]

    @property
    def mark(self) -> str:
        """What was last written; '' at first."""
        return self._mark

    @mark.setter
    def mark(self, mark: str) -> None:
        self._mark = mark
        self.write(_lines(self._descriptor)[0])

    @property
    def is_wanted(self) -> bool:
        """True while another process waits for it, whether or not this one waited before."""
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _QUEUE)
        except OSError:
            return True
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, _QUEUE)
        return False

    def write(self, holder: str) -> None:
        """Write who holds it; '': nobody any more."""
        name = holder.encode(errors="replace")[:HOLDER_BYTES]
        text = name + (f"\n{self._mark}".encode() if self._mark else b"")
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)


@contextmanager
def run_lock(
    database: Path,
    command: str,
    *,
    wait_s: float,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Held]:
    """Hold `<database>.lock` (mode 0600) for the length of the block.

    `command` is what others are told while they wait. Raises `Busy`, naming the holder's process
    and command, where it is still held after `wait_s` seconds; `DatabaseError` where the file
    cannot be opened.
    """
    path = database.with_name(database.name + ".lock")
    descriptor = _open(path)
    try:
        ends = monotonic() + wait_s
        while not _taken(descriptor):
            left = ends - monotonic()
            if left <= 0:
                raise Busy(
                    tr(
                        "{holder} works on {database}; try again later",
                        holder=_holder(descriptor),
                        database=database,
                    )
                )
            _stand_in_queue(descriptor)
            sleep(min(RETRY_S, left))
        held = Held(descriptor)
        held.write(f"{os.getpid()} {command}")
        try:
            yield held
        finally:
            # So that nobody is told of a run that is over.
            held.write("")
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        hint = ""
        if error.errno == errno.EACCES and path.exists():
            hint = tr("; it belongs to another user, run as the one who made it")
        raise DatabaseError(f"{path}: {system_words(error)}{hint}") from error


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stand_in_queue(descriptor: int) -> None:
    """Let who holds it see that another waits; the next try does where this one cannot."""
    with suppress(OSError):
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _QUEUE)


def _lines(descriptor: int) -> tuple[str, str]:
    """Return who holds it, and the mark."""
    text = os.pread(descriptor, FILE_BYTES, 0).decode(errors="replace")
    holder, _, mark = text.partition("\n")
    return holder, mark


def _holder(descriptor: int) -> str:
    # Empty for the moment between taking the lock and writing one's name.
    pid, _, command = _lines(descriptor)[0].partition(" ")
    if not pid.isdigit():
        return tr("another run")
    name = "".join(c for c in command if c.isprintable())
    return tr("another run ({name}, process {pid})", name=name, pid=pid)
