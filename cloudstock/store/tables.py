"""The tables as sqlite-utils has them: what is seldom written is said by it, not in SQL.

What runs each minute says its SQL by hand: loading sqlite-utils costs 70 ms, where all that such a
run does takes 430. So does what sqlite-utils has no word for.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def tables(connection: sqlite3.Connection) -> Database:
    """Return the database of a connection that is prepared already.

    Write inside `Store.transaction`: there its own transactions are savepoints. Outside they begin
    deferred, and one that reads and then writes fails beside another writer.
    """
    from sqlite_utils import Database

    return Database(connection, recursive_triggers=False, execute_plugins=False)
