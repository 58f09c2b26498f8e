"""What is wrong now, by the table of troubles."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudstock.domain.work import Job
from cloudstock.language import spoken
from cloudstock.settings import Account, Configuration
from cloudstock.store.accounts import Accounts
from cloudstock.store.times import to_iso
from cloudstock.store.troubles.kind import Severity
from cloudstock.store.troubles.table import (
    AWAITED,
    CREDENTIALS_END_SOON,
    DAY,
    IN_FLIGHT,
    KINDS,
    WALK_LASTS,
    kind_of,
)

# What is known of the columns that are no facts.
_NO_FACTS = ("subject", "opens", "notable")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to know or to mend."""

    # A fixed word: 'failed', 'never_polled', 'stale', 'refused', 'drift', 'oversold' ...
    kind: str
    # None: of the warehouses, not of one account.
    account: str | None
    # What is so, and what to do.
    message: str
    # What to do; '': nothing.
    advice: str
    # Where it can be looked into on the web; None: nowhere.
    page: str | None
    severity: Severity

    @property
    def wrong(self) -> bool:
        """False where it is only worth knowing."""
        return self.severity is not Severity.NOTABLE

    @property
    def settles(self) -> bool:
        """True where it goes on by itself."""
        return kind_of(self.kind).settles

    @property
    def label(self) -> str:
        """Its kind as people read it."""
        return spoken(kind_of(self.kind).label, "finding")


class Troubles:
    """What is wrong with some accounts, and with the warehouses, at one moment."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        config: Configuration,
        *,
        now: datetime,
        accounts: Sequence[Account] | None = None,
    ) -> None:
        """Look at `accounts`, or at all that are configured.

        Inside a snapshot that began before `now`, or what is written meanwhile lies ahead.
        """
        self._db = connection
        accounts = config.accounts if accounts is None else accounts
        self._places = {a.name: n for n, a in enumerate(accounts)}
        left_out_since, unknown_since = Accounts(connection).words_count_since(now)
        self._values: Mapping[str, object] = {
            "accounts": json.dumps({a.name: int(a.push) for a in accounts}),
            "configured": json.dumps([a.name for a in config.accounts]),
            "warehouses": json.dumps(
                [[a.name, w.warehouse_id] for a in config.accounts for w in a.warehouses]
            ),
            "jobs": json.dumps(list(Job)),
            # Before when their numbers are too old.
            "sources": json.dumps(
                {
                    name: to_iso(now - source.stale_after)
                    for name, source in config.sources.items()
                    if source.stale_after is not None
                }
            ),
            "now": to_iso(now),
            "fresh_since": to_iso(now - config.max_poll_age),
            "in_flight_since": to_iso(now - IN_FLIGHT),
            "day_before": to_iso(now - DAY),
            "walk_since": to_iso(now - WALK_LASTS),
            "awaited_since": to_iso(now - AWAITED),
            "ends_before": to_iso(now + CREDENTIALS_END_SOON),
            "left_out_since": left_out_since,
            "unknown_since": unknown_since,
        }

    def found(self, *names: str) -> tuple[Trouble, ...]:
        """Return the troubles of these kinds, or of all, with how bad each is.

        By account, as they are configured; then what is of the warehouses, and of no account that
        is configured. Bounded by the number of troubles, not of products.
        """
        troubles = []
        for kind in KINDS:
            if names and kind.name not in names:
                continue
            for facts in self.facts(kind.name):
                severity = Severity.NOTABLE if facts.get("notable") else kind.severity
                account, words = facts.get("account"), kind.words(facts)
                troubles.append(Trouble(kind.name, account, *words, kind.page, severity))
        return tuple(sorted(troubles, key=self._place))

    def _place(self, trouble: Trouble) -> int:
        if trouble.account is None:
            return len(self._places)
        return self._places.get(trouble.account, len(self._places) + 1)

    def facts(self, name: str, *, most: int = -1) -> Iterator[dict[str, Any]]:
        """Yield what is known of each trouble of a kind, at most so many; as the columns are."""
        kind = kind_of(name)
        query = f"SELECT * FROM ({kind.query}) ORDER BY {', '.join(kind.order)} LIMIT {most}"
        for row in self._db.execute(query, self._values):
            yield dict(zip(row.keys(), row, strict=True))

    def count(self, name: str) -> int:
        """Return how many troubles of a kind there are."""
        row = self._db.execute(
            f"SELECT count(*) FROM ({kind_of(name).query})", self._values
        ).fetchone()
        return int(row[0])

    def events(self, name: str) -> tuple[str, Mapping[str, object]]:
        """Return a query of (subject, facts, opens) of a kind that people are told of.

        `facts` is a JSON object; `opens` as the kind's query has it.
        """
        query = kind_of(name).query
        names = [c[0] for c in self._db.execute(f"{query} LIMIT 0", self._values).description]
        facts = ", ".join(f"'{n}', {n}" for n in names if n not in _NO_FACTS)
        opens = "opens" if "opens" in names else "1"
        events = (
            f"SELECT subject, json_object({facts}), {opens} FROM ({query})"
            f" WHERE {opens} IS NOT NULL"
        )
        return events, self._values
