"""Numbered steps from an empty file to today's schema, all in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from typing import NamedTuple

from cloudstock.errors import DatabaseError
from cloudstock.language import tr

# Marks the file as ours ("clst"), so that another program's database is refused.
APPLICATION_ID = 0x636C7374

# The newest step.
LATEST = 44
# Steps in order; a step that has been released is never edited.
STEPS = ("schema.sql", *(f"schema_{number}.sql" for number in range(2, LATEST + 1)))


class Part(NamedTuple):
    """A table, an index, a view or a trigger."""

    kind: str
    name: str
    # What made it.
    sql: str


def migrate(
    connection: sqlite3.Connection,
    name: str,
    *,
    steps: int = LATEST,
    before: Callable[[int], object] | None = None,
) -> None:
    """Bring the schema up to date, or to an older step; `name` is the file's, for messages.

    `before`: called once with the step that a database with tables is at, before they are changed
    and while nobody else can write. Safe beside other processes: whoever comes second waits and
    finds nothing to do. Raises `DatabaseError` for another program's file or one written by a newer
    version.
    """
    if version_of(connection, name) >= steps:
        return
    # Costs 6 ms, which no ordinary start needs.
    from importlib.resources import files

    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been first.
        version = version_of(connection, name)
        if before is not None and 0 < version < steps:
            before(version)
        for step in STEPS[version:steps]:
            script = files(__package__).joinpath(step).read_text(encoding="utf-8")
            for statement in _statements(script):
                connection.execute(statement)
        if version < steps:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {steps}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@cache
def schema(steps: int = LATEST) -> frozenset[Part]:
    """Return what the schema of today, or of an older step, is made of."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, "", steps=steps)
        return parts(connection)


def parts(connection: sqlite3.Connection) -> frozenset[Part]:
    """Return what a database's schema is made of, but for what SQLite keeps there for itself.

    Nor the two tables that Litestream marks its place by, which docs/operations.md deploys. Blanks
    and quotes differ with the version of SQLite that has rewritten a statement.
    """
    rows = connection.execute(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\' AND NOT (type = 'table' AND name IN ('_litestream_lock', '_litestream_seq'))"
    )
    return frozenset(
        Part(kind, name, " ".join(sql.replace('"', "").split())) for kind, name, sql in rows
    )


def version_of(connection: sqlite3.Connection, name: str) -> int:
    """Return the step that a database is at; raises `DatabaseError` as `migrate` does."""
    # In this order: whoever makes it at this moment writes all three at once.
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if application_id != APPLICATION_ID and not (empty and application_id == 0 and version == 0):
        raise DatabaseError(
            tr(
                "{name} is a database of another program; name another file as `database:`",
                name=name,
            )
        )
    if version > len(STEPS):
        raise DatabaseError(
            tr(
                "{name} was written by a newer cloudstock (schema {version}, this one"
                " knows {count}); install that version",
                name=name,
                version=version,
                count=len(STEPS),
            )
        )
    return version


def _statements(script: str) -> list[str]:
    """Split a script into statements: triggers hold semicolons of their own."""
    statements, lines = [], []
    for line in script.splitlines():
        lines.append(line)
        candidate = "\n".join(lines)
        if line.rstrip().endswith(";") and sqlite3.complete_statement(candidate):
            statements.append(candidate)
            lines = []
    return statements
