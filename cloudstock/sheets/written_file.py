"""Files that take their name only when they are whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cloudstock.errors import UsageProblem
from cloudstock.language import system_words


@contextmanager
def written(file: str | Path) -> Iterator[BinaryIO]:
    """Open a file that takes its name only when it is whole; devices are written as they are."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                yield device
            return
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        # A new sheet is a document like any other of its user's: readable as the umask says, to be
        # handed on. One in the place of another is open to nobody more, not while it grows either.
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(part, flags, 0o666 if mode is None else 0o600)
            with os.fdopen(descriptor, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            if mode is not None:
                part.chmod(mode)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageProblem(f"{file}: {system_words(error)}") from error
