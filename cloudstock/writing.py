"""How the program makes a file: nothing that stands in its place leads it astray.

A link, a pipe or another user's file of the same name is neither followed nor opened, and gives no
mode: the folder is opened, a file is made in it under a name that nobody knows, and takes its own
name when it is whole.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
# As the umask says: for documents, which are made to be handed on.
DOCUMENT = 0o666


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
