"""How the program makes a file: nothing that stands in its place leads it astray.

A link, a pipe or another user's file of the same name is neither followed nor opened, and gives no
mode: the folder is opened, a file is made in it under a name that nobody knows, and takes its own
name when it is whole.
"""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
# As the umask says: for documents, which are made to be handed on.
DOCUMENT = 0o666

_PARTIAL = ".partial"
# A file that is younger may be about to be locked.
_FRESH_S = 60.0


@contextmanager
def made(path: Path, *, mode: int = PRIVATE, replace: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes its name when it is whole; that of another only to `replace` it.

    It is open to nobody else while it grows. A document in the place of one of ours is open to
    nobody more than that was. Raises OSError, `FileExistsError` among them; nothing is left then.
    """
    with folder_of(path) as folder:
        part = f".{path.name}.{secrets.token_hex(8)}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, mode, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as out:
                umasked = stat.S_IMODE(os.fstat(descriptor).st_mode)
                os.fchmod(descriptor, PRIVATE)
                yield out
                out.flush()
                if mode != PRIVATE:
                    os.fchmod(descriptor, umasked & _mode_of_ours(path.name, folder))
                os.fsync(descriptor)
            take_name(part, path.name, folder, replace=replace)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=folder)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Yield a new file in the target's folder (mode 0600), removed if it is still there then.

    For what another library writes by a file's name. Raises OSError.
    """
    folder = target.absolute().parent
    _clear_abandoned(folder, target.name)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", suffix=_PARTIAL, dir=folder)
    try:
        # Tells others that it is being written. Where nothing can be locked, nobody can take it
        # for abandoned either. SQLite's own locks are of another kind.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Path(name)
    finally:
        _remove(Path(name))
        os.close(descriptor)


def _clear_abandoned(folder: Path, name: str) -> None:
    """Remove what killed commands left half-written: files that nobody holds any more."""
    for path in folder.glob(f".{glob.escape(name)}-*{_PARTIAL}"):
        # Not of our making, still being written, or on a file system without locks.
        with suppress(OSError):
            state = path.lstat()
            # Another command may have made it a moment ago, and lock it in the next.
            if stat.S_ISREG(state.st_mode) and time.time() - state.st_mtime >= _FRESH_S:
                held = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(path)
                finally:
                    os.close(held)


def _remove(partial: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{partial}{suffix}").unlink(missing_ok=True)


@contextmanager
def folder_of(path: Path) -> Iterator[int]:
    """Open the folder of a file."""
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


def take_name(part: str, name: str, folder: int, *, replace: bool) -> None:
    """Give a whole file of an open folder its name; raises `FileExistsError` without `replace`."""
    places = {"src_dir_fd": folder, "dst_dir_fd": folder}
    if not replace:
        try:
            os.link(part, name, follow_symlinks=False, **places)
        except FileExistsError:
            raise
        except OSError:
            # No hard links there, as on memory sticks.
            if name in os.listdir(folder):
                raise FileExistsError(name) from None
            replace = True
    if replace:
        os.replace(part, name, **places)  # noqa: PTH105 - pathlib knows no open folders
    os.fsync(folder)


def _mode_of_ours(name: str, folder: int) -> int:
    """Return the mode of a file of ours that has a name already; all bits where there is none."""
    with suppress(OSError):
        state = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid():
            return stat.S_IMODE(state.st_mode)
    return 0o777
