"""What an account answered lately, in the database, so that the next run need not ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudstock.domain.moments import elapsed
from cloudstock.jobs.booking import compressed
from cloudstock.marketplaces.base import Recent
from cloudstock.marketplaces.clock import Clock
from cloudstock.settings import Account
from cloudstock.store import Store


class RecentAnswers:
    """The answers of one account; see `Recent`. Never used inside a transaction of the store."""

    def __init__(self, store: Store, clock: Clock, account: Account) -> None:
        self._store = store
        self._clock = clock
        self._account = account
        # Its name may pass to another row while a run with an older configuration is under way.
        self._account_id = store.catalog.account_ids()[account.name]

    def recall(self, what: str, *, age_max_s: float) -> str | None:
        """Return what was kept last, if it is not older than so many seconds of pace 1."""
        kept = self._store.cursors.get(self._account_id, what)
        if kept.finished_at is None:
            return None
        age = elapsed(kept.finished_at, self._clock.now())
        return kept.value if age <= compressed(self._account, age_max_s) else None

    def keep(self, what: str, answer: str | None) -> None:
        """Keep an answer, given now."""
        with self._store.transaction():
            self._store.cursors.keep(self._account_id, what, answer, now=self._clock.now())


if TYPE_CHECKING:
    _: type[Recent] = RecentAnswers
