"""What was last taken of each source: a stock file that comes again and again."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from cloudstock.store.times import from_iso, to_iso


@dataclass(frozen=True, slots=True)
class Taken:
    """What was last taken of a source."""

    file: str
    # What tells its content, and how it was read, from every other.
    digest: str
    answers: str
    written_at: datetime
    taken_at: datetime
    # Products and warehouses counted; of those, on hand was another number.
    counted: int
    changed: int


def taken(connection: sqlite3.Connection, name: str) -> Taken | None:
    """Return what was last taken of a source, None where nothing was."""
    row = connection.execute("SELECT * FROM source WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    return Taken(
        row["file"],
        row["digest"],
        row["answers"],
        from_iso(row["written_at"]),
        from_iso(row["taken_at"]),
        row["counted"],
        row["changed"],
    )


def remember(connection: sqlite3.Connection, name: str, what: Taken) -> None:
    """Keep what was taken of a source, in place of what was before."""
    connection.execute(
        "INSERT OR REPLACE INTO source (name, file, digest, answers, written_at, taken_at, counted,"
        " changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            name,
            what.file,
            what.digest,
            what.answers,
            to_iso(what.written_at),
            to_iso(what.taken_at),
            what.counted,
            what.changed,
        ),
    )
