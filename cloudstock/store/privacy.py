"""Who may read or change the files of the database: its owner alone."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

# It, the lock of runs, and how fast marketplaces are asked.
_LASTING = ("", ".lock", "-pace")
# SQLite's journals, which take the mode of what they are of.
_PASSING = ("-wal", "-shm", "-pace-wal", "-pace-shm")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_to_others(database: Path) -> list[Path]:
    """Return those of a database's files that other users of the machine may read or change."""
    return [path for path, mode in _modes(database, _LASTING) if mode & _OTHERS]


def close_to_others(database: Path) -> list[Path]:
    """Make them their owner's alone; return those that were not, and could be made so."""
    closed = []
    for path, mode in _modes(database, _LASTING + _PASSING):
        if mode & _OTHERS:
            # Whoever is not its owner can only tell of it.
            with suppress(PermissionError):
                path.chmod(mode & ~_OTHERS)
                closed.append(path)
    return closed


def _modes(database: Path, suffixes: tuple[str, ...]) -> list[tuple[Path, int]]:
    modes = []
    for suffix in suffixes:
        path = Path(f"{database}{suffix}")
        with suppress(OSError):
            modes.append((path, stat.S_IMODE(path.stat().st_mode)))
    return modes
