"""The copies of a database that lie beside it from before a newer program changed its tables.

The way back to the former version: it takes such a copy by `cloudstock restore`.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from cloudstock.logs import event
from cloudstock.writing import beside, folder_of, take_name

log = logging.getLogger("cloudstock.database")

# The newest ones; older ones are deleted once a new one is whole.
COPIES_KEPT = 3


def copy_of(database: Path, schema: int) -> Path:
    """Return where the copy of a database at a step of the schema lies."""
    return database.with_name(f"{database.name}.schema-{schema}")


def keep(database: Path, schema: int) -> None:
    """Copy a database to `NAME.schema-N` beside it (mode 0600), and say so in the log.

    `schema`: the step that it is at. The caller holds its write lock, so that nothing is written
    between this and what changes it. One of the same name is replaced: the tables were at that
    step again. Raises OSError or `sqlite3.Error`; then no copy has changed.
    """
    target = copy_of(database, schema)
    with beside(target) as partial:
        uri = f"file:{quote(bytes(database.absolute()))}?mode=ro"
        with (
            # Of its own: one that holds the write lock cannot be copied from.
            closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as source,
            closing(sqlite3.connect(partial, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            # One file, for whoever takes it from here.
            copy.execute("PRAGMA journal_mode = DELETE")
        with folder_of(target) as folder:
            take_name(partial.name, target.name, folder, replace=True)
    event(log, logging.WARNING, "database.copied", schema=schema, copy=target)
    _delete_old(target.parent, re.compile(re.escape(database.name) + r"\.schema-(\d+)"))


def _delete_old(folder: Path, name: re.Pattern[str]) -> None:
    copies = [
        (int(match[1]), path)
        for path in folder.iterdir()
        if (match := name.fullmatch(path.name)) and path.is_file() and not path.is_symlink()
    ]
    for _, path in sorted(copies)[:-COPIES_KEPT]:
        path.unlink(missing_ok=True)
