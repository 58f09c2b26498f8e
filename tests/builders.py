"""Accounts, listings, orders and counts in a line each, for tests of the book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import settings

from cloudstock.domain.records import Listing, Order, OrderLine, Step
from cloudstock.jobs.booking import BookingContext, book_orders
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Account, StockPolicy, WarehouseLink
from cloudstock.store import Store
from tests.memory import MEMORY_TRAITS

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def after(**parts: float) -> datetime:
    """Return a moment so much after `NOW` (before it, with negative parts)."""
    return NOW + timedelta(**parts)


def examples(number: int) -> int:
    """Return how many of so many examples the profile has tried: all, or with `few` a fifth."""
    return number * settings().max_examples // settings.get_profile("default").max_examples


def account(
    name: str = "ozon-main",
    marketplace: str = "ozon",
    warehouses: Sequence[tuple[str, str] | tuple[str, str, int]] = (("1", "main"),),
    **policy: int | None,
) -> Account:
    """Return an account; warehouses are (external id, shelf[, share])."""
    links = tuple(WarehouseLink(*w) for w in warehouses)
    return Account(name, marketplace, links, policy=StockPolicy(**policy))  # type: ignore[arg-type]


def arrange(store: Store, *accounts: Account, now: datetime = NOW) -> dict[str, int]:
    """Bring accounts into the book; return their ids by name."""
    ceilings = {name: m.quantity_max for name, m in MARKETPLACES.items()}
    with store.transaction():
        return store.arrangement.arrange(accounts, ceilings=ceilings, now=now).ids


def listing(
    offer_id: str,
    *barcodes: str,
    external_id: str | None = None,
    name: str | None = None,
    archived: bool = False,
    keys: tuple[str, ...] | None = None,
) -> Listing:
    """Return a listing that orders name by `offer:ARTICLE`."""
    return Listing(
        external_id=f"id-{offer_id}" if external_id is None else external_id,
        offer_id=offer_id,
        name=f"The {offer_id}" if name is None else name,
        barcodes=barcodes,
        keys=(f"offer:{offer_id}",) if keys is None else keys,
        archived=archived,
    )


def offer(store: Store, account_id: int, *listings: Listing | str, now: datetime = NOW) -> None:
    """Save a page of listings as pull-catalog does; a text is an article."""
    page = [listing(x) if isinstance(x, str) else x for x in listings]
    with store.transaction():
        store.catalog.save_listings(account_id, page, now=now)
        store.catalog.link(account_id)


def listing_id(store: Store, account_id: int, offer_id: str) -> int:
    """Return the row id of an account's listing by its article."""
    row = store.connection.execute(
        "SELECT id FROM listing WHERE account_id = ? AND offer_id = ?", (account_id, offer_id)
    ).fetchone()
    return int(row[0])


def made_of(store: Store, account_id: int, offer_id: str) -> dict[str, int]:
    """Return what a listing is linked to: units by article."""
    rows = store.connection.execute(
        "SELECT p.sku, c.units FROM component c JOIN product p ON p.id = c.product_id"
        " WHERE c.listing_id = ?",
        (listing_id(store, account_id, offer_id),),
    )
    return {r[0]: r[1] for r in rows}


def product(store: Store, sku: str) -> int:
    """Return a product's id; it must be there."""
    found = store.catalog.product(sku)
    assert found is not None, f"{sku} is not in the book"
    return found


def count(
    store: Store, sku: str, quantity: int, *, warehouse: str = "main", now: datetime = NOW
) -> None:
    """Count a product."""
    with store.transaction():
        shelf = store.ledger.warehouse(warehouse)
        store.ledger.count(product(store, sku), shelf, quantity, now=now)


def level(store: Store, sku: str, warehouse: str = "main") -> tuple[int | None, int]:
    """Return (on hand, reserved) of a product on a shelf."""
    found = store.ledger.level(product(store, sku), store.ledger.warehouse(warehouse))
    return found.on_hand, found.reserved


def lying(store: Store, sku: str, warehouse: str) -> int:
    """Return the sum of the movements of a product on a shelf, counted or not."""
    row = store.connection.execute(
        "SELECT coalesce(sum(quantity), 0) FROM movement WHERE product_id = ? AND warehouse_id = ?",
        (product(store, sku), store.ledger.warehouse(warehouse)),
    ).fetchone()
    return int(row[0])


def order(
    order_id: str,
    lines: dict[str, int],
    step: Step = Step.OPEN,
    *,
    created_at: datetime = NOW,
    left_warehouse: bool | None = None,
    warehouse_id: str | None = "1",
    shipped_at: datetime | None = None,
) -> Order:
    """Return an order of articles."""
    return Order(
        order_id=order_id,
        step=step,
        status=step.value,
        created_at=created_at,
        lines=tuple(OrderLine(o, (f"offer:{o}",), n, o) for o, n in lines.items()),
        warehouse_id=warehouse_id,
        left_warehouse=left_warehouse,
        shipped_at=shipped_at,
    )


def booking(
    store: Store, owner: Account, *, now: datetime = NOW, watched_since: datetime | None = None
) -> BookingContext:
    """Return what booking needs to know of an account of the book."""
    ids = store.catalog.account_ids()
    return BookingContext(store, owner, ids[owner.name], MEMORY_TRAITS, now, watched_since)


def book(
    store: Store,
    owner: Account,
    *orders: Order,
    now: datetime = NOW,
    watched_since: datetime | None = None,
) -> None:
    """Book a page of orders as poll-orders does."""
    with store.transaction():
        book_orders(booking(store, owner, now=now, watched_since=watched_since), orders)


def targets(store: Store, account_id: int) -> dict[tuple[str, str], int | None]:
    """Compute targets; return them by (article, marketplace warehouse)."""
    with store.transaction():
        store.targets.refresh()
    rows = store.connection.execute(
        "SELECT l.offer_id, s.external_warehouse, s.target FROM listing_stock s JOIN listing l"
        " ON l.id = s.listing_id WHERE s.account_id = ?",
        (account_id,),
    )
    return {(r[0], r[1]): r[2] for r in rows}


def ledger(store: Store) -> list[tuple[str, str, int, str]]:
    """Return the whole ledger: (article, shelf, signed units, kind), in order."""
    rows = store.connection.execute(
        "SELECT p.sku, w.name, m.quantity, m.kind FROM movement m"
        " JOIN product p ON p.id = m.product_id JOIN warehouse w ON w.id = m.warehouse_id"
        " ORDER BY m.id"
    )
    return [tuple(r) for r in rows]


def contents(store: Store) -> str:
    """Return all that the book holds, to see whether anything changed."""
    return "\n".join(store.connection.iterdump())
