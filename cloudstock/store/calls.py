"""When an account's marketplace last called, and when a call was last refused, and why."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from cloudstock.store.cursors import Cursors

_TAKEN, _REFUSED = "called", "call-refused"


class CallsSeen(NamedTuple):
    """What came of an account's calls; None: none ever came, none was ever refused."""

    taken_at: datetime | None = None
    refused_at: datetime | None = None
    # Why, as a person reads it.
    why: str | None = None

    @property
    def hindered(self) -> bool:
        """True where the last that came was refused."""
        at, taken_at = self.refused_at, self.taken_at
        return at is not None and (taken_at is None or taken_at < at)


NO_CALLS = CallsSeen()


def calls_seen(connection: sqlite3.Connection, account_id: int) -> CallsSeen:
    """Return what is kept of an account's calls."""
    cursors = Cursors(connection)
    refused = cursors.get(account_id, _REFUSED)
    taken = cursors.get(account_id, _TAKEN)
    return CallsSeen(taken.finished_at, refused.finished_at, refused.value)


def keep_calls(connection: sqlite3.Connection, account_id: int, seen: CallsSeen) -> None:
    """Keep what came since then; what did not come leaves what is kept. In a transaction."""
    cursors = Cursors(connection)
    if seen.taken_at is not None:
        cursors.keep(account_id, _TAKEN, None, now=seen.taken_at)
    if seen.refused_at is not None:
        cursors.keep(account_id, _REFUSED, seen.why, now=seen.refused_at)
