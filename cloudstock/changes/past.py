"""Counts that were made before they are entered: what to ask first, and what then follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cloudstock.domain.changes import TAKEN_BACK
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.language import tr
from cloudstock.language.local import when
from cloudstock.store import Store, taking_back
from cloudstock.store.times import to_iso

# Lines of a question that name products.
NAMED = 20


def check_moment(at: datetime, now: datetime) -> None:
    """Raise `UsageProblem` where a count would be of the future."""
    if at > now:
        raise UsageProblem(
            tr(
                "{moment} is yet to come; a count is of now or before",
                moment=when(at, seconds=True),
            )
        )


def ask(reasons: Sequence[str]) -> None:
    """Raise `Unconfirmed` where there are reasons to ask before anything is changed."""
    if reasons:
        raise Unconfirmed("\n".join(reasons))


def some(lines: Iterable[str], count: int) -> list[str]:
    """Return the first lines of `count`, and how many more there are."""
    first = [line for line, _ in zip(lines, range(NAMED), strict=False)]
    more = [tr("and {n} more", n=count - len(first))] if count > len(first) else []
    return [*first, *more]


def counted_later(sku: str, warehouse: str, counted_at: datetime, at: datetime) -> str:
    """Return why a count is doubtful: another was made after it."""
    return tr(
        "{sku} was counted in {warehouse} on {later}, after {at}; the count of {at} would take"
        " its place",
        sku=sku,
        warehouse=warehouse,
        later=when(counted_at, seconds=True),
        at=when(at, seconds=True),
    )


def unread_orders(store: Store, warehouse_id: int, at: datetime) -> list[str]:
    """Return why counts of a moment are doubtful: nobody knows what left just after it.

    What had left before an account's orders were first read is taken to have left when the order
    was made.
    """
    rows = store.connection.execute(
        "SELECT a.name, k.first_at FROM account a LEFT JOIN cursor k ON k.account_id = a.id"
        " AND k.job = 'orders' WHERE a.id IN (SELECT account_id FROM account_warehouse"
        " WHERE warehouse_id = ?) AND (k.first_at IS NULL OR k.first_at > ?) ORDER BY a.name",
        (warehouse_id, to_iso(at)),
    )
    return [
        tr(
            "the orders of {account} were not read yet on {at}, so not all that left since then is"
            " known",
            account=r["name"],
            at=when(at, seconds=True),
        )
        for r in rows
    ]


def take_back(
    store: Store, product_id: int, warehouse_id: int, at: datetime, *, now: datetime
) -> None:
    """Take the counts back that were made after `at`, so that one of then can take their place.

    What they had found to be gone already is booked as the shipments that it was.
    """
    places = [(product_id, warehouse_id, at)]
    taking_back.counts_after(store.connection, places, note=TAKEN_BACK, now=now)
