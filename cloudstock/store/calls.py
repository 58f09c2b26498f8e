"""When an account's marketplace called, how often, and when and why a call was refused last."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from cloudstock.store.cursors import Cursors

# The value of the first is how many were taken, of the second why the last one was refused, of the
# third how many were.
_TAKEN, _REFUSED, _REFUSALS = "called", "call-refused", "calls-refused"


class CallsSeen(NamedTuple):
    """What came of an account's calls; None: none ever came, none was ever refused."""

    taken_at: datetime | None = None
    refused_at: datetime | None = None
    # Why, as a person reads it.
    why: str | None = None
    taken: int = 0
    refused: int = 0

    @property
    def hindered(self) -> bool:
        """True where the last that came was refused."""
        at, taken_at = self.refused_at, self.taken_at
        return at is not None and (taken_at is None or taken_at < at)

    def then(self, later: CallsSeen) -> CallsSeen:
        """Return both together."""
        last = later if later.refused_at is not None else self
        return CallsSeen(
            later.taken_at or self.taken_at,
            last.refused_at,
            last.why,
            self.taken + later.taken,
            self.refused + later.refused,
        )


NO_CALLS = CallsSeen()


def calls_seen(connection: sqlite3.Connection, account_id: int) -> CallsSeen:
    """Return what is kept of an account's calls."""
    taken, refused, refusals = (
        Cursors(connection).get(account_id, what) for what in (_TAKEN, _REFUSED, _REFUSALS)
    )
    return CallsSeen(
        taken.finished_at,
        refused.finished_at,
        refused.value,
        # An earlier version did not count them.
        int(taken.value or 0),
        int(refusals.value or 0),
    )


def keep_calls(connection: sqlite3.Connection, account_id: int, seen: CallsSeen) -> None:
    """Keep what came since then; what did not come leaves what is kept. In a transaction."""
    cursors, now = Cursors(connection), calls_seen(connection, account_id).then(seen)
    if seen.taken_at is not None:
        cursors.keep(account_id, _TAKEN, str(now.taken), now=seen.taken_at)
    if seen.refused_at is not None:
        cursors.keep(account_id, _REFUSED, seen.why, now=seen.refused_at)
        cursors.keep(account_id, _REFUSALS, str(now.refused), now=seen.refused_at)
