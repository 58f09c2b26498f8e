"""Documents that the program writes: sheets and pages."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from cloudstock import progress
from cloudstock.domain.texts import UNSEEN
from cloudstock.errors import UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.writing import DOCUMENT, made

# What stands there is the system's, and is written as it is.
_DEVICES = (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd"))


@contextmanager
def written(file: str | Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """Open a document; `-` is standard output. It takes its name only when it is whole.

    Devices, and pipes that somebody reads, are written as they are. What has the name already is
    replaced by `force` only; a link is never followed. What goes to a terminal moves no cursor of
    it. Raises `UsageProblem`, before anything is written where the name is taken.
    """
    if str(file) == "-":
        with progress.hidden() if sys.stdout.isatty() else nullcontext():
            yield _shown(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    path = Path(file)
    try:
        device = _device(path)
        if device is None:
            if not force:
                _refuse_taken(path)
            with made(path, mode=DOCUMENT, replace=force) as out:
                yield out
        else:
            with os.fdopen(device, "wb") as out:
                yield _shown(out)
    except FileExistsError:
        raise UsageProblem(
            tr("{target} exists; name another file, or replace it with --force", target=file)
        ) from None
    except OSError as error:
        raise UsageProblem(f"{file}: {system_words(error)}") from error


def _refuse_taken(path: Path) -> None:
    """Raise `FileExistsError` before work is done in vain; `made` does where one comes later."""
    if os.path.lexists(path):
        raise FileExistsError(path)


def _device(path: Path) -> int | None:
    """Open what is no file and can be written; None: a file is to be made."""
    if path.absolute().parent in _DEVICES and path.exists():
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        mode = path.lstat().st_mode
        if stat.S_ISCHR(mode):
            return os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        if not stat.S_ISFIFO(mode):
            return None
        # One that nobody reads would be waited for without end.
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENXIO, errno.ELOOP, errno.EACCES):
            return None
        raise
    os.set_blocking(descriptor, True)
    return descriptor


def _shown(out: BinaryIO) -> BinaryIO:
    return _Terminal(out) if out.isatty() else out


class _Terminal(io.BytesIO):
    """Writes whole texts to a terminal, without anything that it would obey."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__()
        self._out = out

    def write(self, text: object) -> int:
        """Write a text in UTF-8."""
        assert isinstance(text, bytes)
        lines = text.decode("utf-8", "replace").split("\n")
        return self._out.write("\n".join(re.sub(UNSEEN, "", line) for line in lines).encode())
