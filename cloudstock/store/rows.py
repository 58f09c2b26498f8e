"""From rows of the database to typed records."""

from __future__ import annotations

import sqlite3
from typing import TypeVar

import msgspec

Record = TypeVar("Record")


def record(kind: type[Record], row: sqlite3.Row, **more: object) -> Record:
    """Return a row as a record: a field has the column of its name, or what `more` says.

    Moments, words of enumerations, and 0 or 1 where yes or no is meant are read as such; columns
    without a field are passed over. Raises `msgspec.ValidationError` for a row that is none. For
    rows that people look at: where there may be a million, a tuple is made by hand.
    """
    return msgspec.convert(dict(row) | more, kind, strict=False)
