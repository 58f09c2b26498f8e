"""adopt-stock: what cabinets show of products that were never counted, taken as a first count."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from cloudstock.changes import names
from cloudstock.changes.change import Change, Confirmed, Counted, Sku
from cloudstock.changes.counts import CountRequest, CountResult, Quantity
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import AS_SHOWN, ChangeKind
from cloudstock.errors import UsageProblem
from cloudstock.language import tr, trn
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from cloudstock.store.views import product_id

# A number that was read longer ago is none of now.
FRESH = timedelta(hours=1)

# What lies there by the word of each account: the least that its listings may show, and what its
# own open orders hold. NULL: its listings differ, or what they show was not read lately.
_NUMBERS = """
    SELECT p.sku, a.name AS account,
        iif(count(*) = count(shows) AND min(shows) = max(shows)
            AND count(DISTINCT external_warehouse) = 1, min(shows), NULL)
        + coalesce((SELECT sum(x.reserved) FROM allocation x
            CROSS JOIN order_line ol ON ol.id = x.order_line_id
            CROSS JOIN orders o ON o.id = ol.orders_id WHERE x.product_id = p.id
            AND x.warehouse_id = :warehouse AND x.reserved > 0 AND o.account_id = a.id), 0) AS units
    FROM (SELECT c.product_id, s.account_id, s.external_warehouse,
            CASE WHEN s.seen_at >= :fresh_since THEN iif(s.leader_id IS NULL, s.low, s.seen)
                -- Of what shows none a later reading had no record, as before.
                WHEN s.seen = 0 AND s.seen_at < r.read_until THEN 0 END * c.units AS shows
        FROM account_warehouse w
        CROSS JOIN listing_stock s ON s.account_id = w.account_id
            AND s.external_warehouse = w.external_warehouse
        CROSS JOIN listing l ON l.id = s.listing_id AND l.offered
        CROSS JOIN component c ON c.listing_id = s.listing_id
        LEFT JOIN cursor r ON r.account_id = s.account_id AND r.job = 'reserves'
            AND r.read_until >= :fresh_since
        LEFT JOIN stock st ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id
        WHERE w.warehouse_id = :warehouse AND s.target IS NULL AND st.on_hand IS NULL
            AND (:skus IS NULL OR c.product_id IN (SELECT id FROM product WHERE sku IN
                (SELECT value FROM json_each(:skus))))
            AND NOT EXISTS (SELECT 1 FROM component o WHERE o.listing_id = c.listing_id
                AND o.product_id <> c.product_id))
    CROSS JOIN product p ON p.id = product_id
    CROSS JOIN account a ON a.id = account_id
    WHERE :accounts IS NULL OR a.name IN (SELECT value FROM json_each(:accounts))
    GROUP BY p.id, a.id
    ORDER BY p.sku, a.name
"""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A product of which there is not one number, by account; None: it has not one itself."""

    sku: str
    numbers: Mapping[str, int | None]

    def __str__(self) -> str:
        numbers = ", ".join(
            f"{account}: {tr('unclear') if units is None else units}"
            for account, units in self.numbers.items()
        )
        return f"{self.sku} ({numbers})"


@dataclass(frozen=True, slots=True)
class AdoptResult:
    """What was counted, and what cannot be without somebody's word."""

    counts: tuple[CountResult, ...]
    unclear: tuple[Unclear, ...]


class AdoptRequest(Change, frozen=True, kw_only=True):
    """Takes what cabinets show of products never counted as their first count.

    On hand is what a cabinet shows and what its own open orders hold: what others sold is taken
    off it. Where the cabinets' numbers differ somebody names one of them.
    """

    result: ClassVar[type] = AdoptResult
    # None: all.
    accounts: tuple[str, ...] | None = None
    # Empty: all of which something is shown.
    skus: tuple[Sku, ...] = ()
    warehouse: Counted = None
    yes: Confirmed = False

    def act(self, store: Store, *, now: datetime, configured: Collection[str] = ()) -> AdoptResult:
        """Count them; raises `UsageProblem` where one that was named has not one number.

        Raises `Unconfirmed` for numbers that are very large.
        """
        with recorded(store, ChangeKind.ADOPTION, dry_run=self.dry_run, now=now):
            numbers = self._numbers(store, configured, now=now)
            clear = {sku: n for sku, by in numbers.items() if (n := _one(by)) is not None}
            unclear = [Unclear(sku, by) for sku, by in numbers.items() if sku not in clear]
            if self.skus:
                _refuse(store, self.skus, numbers, unclear)
            counts: tuple[CountResult, ...] = ()
            if clear:
                counts = CountRequest(
                    counts=tuple(Quantity(sku, units) for sku, units in clear.items()),
                    warehouse=self.warehouse,
                    note=AS_SHOWN,
                    yes=self.yes,
                ).act(store, now=now, configured=configured)
            return AdoptResult(counts, tuple(unclear))

    def _numbers(
        self, store: Store, configured: Collection[str], *, now: datetime
    ) -> dict[str, dict[str, int | None]]:
        """Return the number of each product by account, where any is shown or the product named."""
        rows = store.connection.execute(
            _NUMBERS,
            {
                "warehouse": names.warehouse(store, self.warehouse, configured)[0],
                "fresh_since": to_iso(now - FRESH),
                "skus": json.dumps(self.skus) if self.skus else None,
                "accounts": None if self.accounts is None else json.dumps(self.accounts),
            },
        )
        numbers: dict[str, dict[str, int | None]] = {}
        for sku, account, units in rows:
            numbers.setdefault(sku, {})[account] = units
        return {s: by for s, by in numbers.items() if self.skus or any(n != 0 for n in by.values())}


def _one(by_account: Mapping[str, int | None]) -> int | None:
    """Return the number on which all agree, None where there is none."""
    different = set(by_account.values())
    return different.pop() if len(different) == 1 else None


def _refuse(
    store: Store, skus: Collection[str], numbers: Collection[str], unclear: Collection[Unclear]
) -> None:
    """Raise `UsageProblem` where of any of the named products there is not one number."""
    problems = []
    for sku in skus:
        if sku not in numbers:
            product_id(store.connection, sku)
            problems.append(tr("{sku} was counted, or no cabinet offers it by itself", sku=sku))
    problems += no_one_number(unclear)
    if problems:
        raise UsageProblem("\n".join([*problems, tr("nothing was changed")]))


def no_one_number(unclear: Collection[Unclear]) -> list[str]:
    """Return of which products there is not one number, and what to do, in lines; empty: of none.

    What is to do is the same for all, and said once.
    """
    if not unclear:
        return []
    advice = trn(
        "There is not one number of {n} product; name one account (`--account`), read the"
        " cabinets anew (`cloudstock poll-reserves`), or count it:",
        "There is not one number of {n} products; name one account (`--account`), read the"
        " cabinets anew (`cloudstock poll-reserves`), or count them:",
        len(unclear),
    )
    return [advice, *(f"  {one}" for one in unclear)]
