"""show-stock's one question, against the same said row by row; and its two forms alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.render import as_json
from cloudstock.render.stock import stock_json
from cloudstock.store import Store
from cloudstock.store.views.paging import Page
from cloudstock.store.views.stock import Wanted, WarehouseStock, stock, stock_lines

# Id 0 is the quarantine, which begins empty.
SHELVES = {0: "quarantine", 1: "main", 2: "annex", 3: "zone"}
ACCOUNTS = {1: "wb", 2: "ozon"}
SKUS = ("A", "B", "C")
# (account, its warehouse): the shelf that feeds it; ("ozon", "gone") is not configured any more.
FEEDS = {(1, "507"): 1, (2, "1"): 1, (2, "2"): 2, (2, "3"): 3}
MOMENTS = ("2026-11-23T10:00:00.000000Z", "2026-11-23T10:00:00.250000Z")

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
units = st.integers(-3, 9)


@dataclass
class Book:
    """What lies where, by product; and what listings show."""

    has_main: bool
    # (product number, shelf id): on hand, reserved, whether it was counted.
    stock: dict[tuple[int, int], tuple[int, int, bool]]
    names: list[str]
    buffers: list[int | None]
    # (account, article, archived, products, windows by warehouse).
    listings: list[tuple[int, str, bool, set[int], dict[str, tuple[Any, ...]]]]


told_at = st.just((None, None)) | st.tuples(st.integers(0, 9), st.sampled_from(MOMENTS))
# Target; pushed, and when; seen, reserved, and when.
window = st.tuples(st.none() | st.integers(0, 9), told_at, told_at).map(
    lambda w: (w[0], *w[1], w[2][0], 1, w[2][1])
)
listings = st.tuples(
    st.sampled_from(list(ACCOUNTS)),
    words,
    st.booleans(),
    st.sets(st.integers(0, 2), max_size=2),
    st.dictionaries(st.sampled_from(["507", "1", "2", "3", "gone"]), window, max_size=3),
)
books = st.builds(
    Book,
    has_main=st.booleans(),
    stock=st.dictionaries(
        st.tuples(st.integers(0, 2), st.sampled_from(list(SHELVES))),
        st.tuples(units, st.integers(0, 3), st.booleans()),
        max_size=6,
    ),
    names=st.lists(words, min_size=3, max_size=3),
    buffers=st.lists(st.none() | st.integers(0, 4), min_size=3, max_size=3),
    listings=st.lists(listings, max_size=5),
)


def put(store: Store, book: Book) -> None:
    """Write a book into an empty database."""
    db = store.connection
    for number, name in SHELVES.items():
        if number and (number != 1 or book.has_main):
            db.execute("INSERT INTO warehouse (id, name) VALUES (?, ?)", (number, name))
    db.executemany(
        "INSERT INTO account (id, name, marketplace) VALUES (?, ?, 'ozon')", ACCOUNTS.items()
    )
    for (account, external), shelf in FEEDS.items():
        if shelf != 1 or book.has_main:
            db.execute(
                "INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id,"
                " buffer, share_percent, ceiling) VALUES (?, ?, ?, 0, 100, 999)",
                (account, external, shelf),
            )
    for number, sku in enumerate(SKUS):
        db.execute(
            "INSERT INTO product (id, sku, name, buffer) VALUES (?, ?, ?, ?)",
            (number, sku, book.names[number], book.buffers[number]),
        )
    for (product, shelf), (on_hand, reserved, counted) in book.stock.items():
        if shelf != 1 or book.has_main:
            db.execute(
                "INSERT INTO stock VALUES (?, ?, ?, ?, ?, NULL)",
                (product, shelf, on_hand, reserved, MOMENTS[0] if counted else None),
            )
    for number, (account, offer, archived, products, windows) in enumerate(book.listings):
        db.execute(
            "INSERT INTO listing (id, account_id, external_id, offer_id, name, archived, link,"
            " catalog_seen_at) VALUES (?, ?, ?, ?, '', ?, 'none', '')",
            (number, account, str(number), offer, archived),
        )
        for product in products:
            db.execute("INSERT INTO component VALUES (?, ?, 1)", (number, product))
        for external, shown in windows.items():
            db.execute(
                "INSERT INTO listing_stock (listing_id, external_warehouse, account_id,"
                " target, pushed,"
                " pushed_at, seen, seen_reserved, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, external, account, *shown),
            )


Row = tuple[str, str, int | None, int, int | None, int, list[tuple[Any, ...]]]


def expected(book: Book, buffer: int, accounts: tuple[str, ...], *, quarantine: bool) -> list[Row]:
    """Tell the same, shelf by shelf.

    (article, shelf, on hand, reserved, available, oversold, windows)
    """
    told: list[Row] = []
    feeds = {k: v for k, v in FEEDS.items() if v != 1 or book.has_main}
    for product, sku in enumerate(SKUS):
        held = {
            shelf: stock
            for (of, shelf), stock in book.stock.items()
            if of == product and (shelf != 1 or book.has_main)
        }
        windows: dict[int, list[tuple[Any, ...]]] = {}
        for account, offer, archived, products, shown in book.listings:
            wanted = not accounts or ACCOUNTS[account] in accounts
            if product in products and not archived and wanted:
                for external, numbers in shown.items():
                    if (account, external) in feeds:
                        windows.setdefault(feeds[account, external], []).append(
                            (ACCOUNTS[account], offer, external, *numbers)
                        )
        if accounts and not windows:
            continue
        shelves = held.keys() | windows.keys()
        if not shelves - {0}:
            shelves = {*shelves, 1}
        for shelf in sorted(shelves, key=SHELVES.__getitem__):
            if shelf == 0 and not quarantine:
                continue
            on_hand, reserved, counted = held.get(shelf, (0, 0, False))
            known = counted or (shelf == 0 and shelf in held)
            own = book.buffers[product]
            kept = buffer if own is None else own
            told.append(
                (
                    sku,
                    SHELVES[shelf],
                    on_hand if known else None,
                    reserved,
                    max(0, on_hand - reserved - kept) if known else None,
                    max(0, reserved - on_hand) if known else 0,
                    sorted(windows.get(shelf, []), key=lambda w: w[:3]),
                )
            )
    return told


def told(row: WarehouseStock) -> Row:
    def stored(moment: Any) -> Any:
        return moment and moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

    windows = [
        (*x[:5], stored(x.pushed_at), x.seen, x.seen_reserved, stored(x.seen_at))
        for x in row.listings
    ]
    return (row.sku, row.warehouse, row.on_hand, row.reserved, row.available, row.oversold, windows)


@given(
    book=books,
    buffer=st.integers(0, 3),
    accounts=st.sampled_from([(), ("ozon",), ("wb",), ("ozon", "wb")]),
    quarantine=st.booleans(),
    part=st.tuples(st.integers(0, 5), st.integers(0, 5)),
)
def test_any_book_is_told_as_it_is(
    book: Book, buffer: int, accounts: tuple[str, ...], quarantine: bool, part: tuple[int, int]
) -> None:
    with Store.open_empty() as store:
        put(store, book)
        store.arrangement.set_default_buffer(buffer)
        db = store.connection
        rows = expected(book, buffer, accounts, quarantine=quarantine)
        wanted = Wanted(accounts=accounts, all_warehouses=quarantine)
        found = list(stock(db, wanted))
        assert [told(r) for r in found] == rows
        for shelf in ("main", "annex", "quarantine"):
            own = expected(book, buffer, accounts, quarantine=quarantine or shelf == "quarantine")
            only = Wanted(accounts=accounts, warehouse=shelf, all_warehouses=quarantine)
            assert [told(r) for r in stock(db, only)] == [r for r in own if r[1] == shelf]
        for sku in SKUS:
            one = Wanted(accounts=accounts, skus=[sku], all_warehouses=quarantine)
            assert [told(r) for r in stock(db, one)] == [r for r in rows if r[0] == sku]
        limit, offset = part
        page = Wanted(
            accounts=accounts,
            all_warehouses=quarantine,
            page=Page("-sku", limit, offset),
        )
        backwards = sorted(rows, key=lambda r: r[0], reverse=True)
        until = offset + limit if limit else None
        assert [told(r) for r in stock(db, page)] == backwards[offset:until]
        lines = [json.loads(line) for line in stock_lines(db, wanted)]
        for line in lines:
            # Sorted as texts, in which signs such as quotes are written with two.
            line["listings"].sort(key=json.dumps)
        assert lines == [as_written(r) for r in found]


def as_written(row: WarehouseStock) -> dict[str, Any]:
    """Return a record as JSON has it."""
    return {
        "sku": row.sku,
        "name": row.name,
        "warehouse": row.warehouse,
        "on_hand": row.on_hand,
        "reserved": row.reserved,
        "available": row.available,
        "listings": sorted(
            (
                {
                    **x._asdict(),
                    "pushed_at": as_json.utc(x.pushed_at),
                    "seen_at": as_json.utc(x.seen_at),
                    "waits": as_json.plain(x.waits),
                }
                for x in row.listings
            ),
            key=json.dumps,
        ),
    }


@given(name=words)
def test_a_name_does_nothing_to_a_terminal(name: str) -> None:
    with Store.open_empty() as store:
        store.connection.execute("INSERT INTO product (sku, name) VALUES ('A', ?)", (name,))
        written = "".join(stock_json(stock_lines(store.connection, Wanted())))
    assert json.loads(written)[0]["name"] == name
    # Escaped alike wherever JSON is told.
    assert as_json.text(name) in written


@pytest.mark.parametrize("rows", [0, 1, 499, 500, 501, 1001])
def test_the_array_is_whole_however_it_is_cut(rows: int) -> None:
    def lines() -> Iterator[str]:
        return (json.dumps({"n": n}) for n in range(rows))

    assert json.loads("".join(stock_json(lines()))) == [{"n": n} for n in range(rows)]


def test_beyond_ascii_is_escaped_where_stdout_takes_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as out:
        monkeypatch.setattr("sys.stdout", out)
        (written, end) = stock_json(['{"name":"Кружка 🙂"}'])
    assert (written + end).isascii()
    assert json.loads(written + end) == [{"name": "Кружка 🙂"}]
