"""What people and programs read: inert, aligned, streamed, at every width."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cloudstock import jobs
from cloudstock.errors import Exit
from cloudstock.jobs.results import AccountResult, Failure, JobResult, PlannedPush
from cloudstock.jobs.sending import COUNTED
from cloudstock.lists.history import HISTORY, HistoryRow
from cloudstock.lists.orders import ORDERS, OrderItem, OrderRow
from cloudstock.lists.returns import RETURNS, ReturnRow
from cloudstock.render import as_json, results
from cloudstock.render import rows as forms
from cloudstock.render.console import Styled, paragraph
from cloudstock.render.explanation import explanation_text
from cloudstock.render.health import findings, health_json, health_sentence, health_table
from cloudstock.render.stock import stock_table
from cloudstock.render.tables import Column, table
from cloudstock.render.text import ORDINARY, _patterns, strip_controls, when, zone
from cloudstock.store.troubles.finder import Trouble
from cloudstock.store.troubles.kind import Severity
from cloudstock.store.views.explanation import (
    Counted,
    Explanation,
    ListingTerms,
    Moved,
    Part,
    Push,
    Refusal,
    Reservation,
    WarehouseTerms,
)
from cloudstock.store.views.health import AccountState, Health, JobState
from cloudstock.store.views.stock import ListingStock, Waits, WarehouseStock

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ACCOUNTS = ("ozon-main", "wb-main", "ym-main")
EVIL = "Mug [/bold] \x1b[31mred\x1b[0m\u202e\x9b2J\n\x07бел\u200bый"


@pytest.fixture(autouse=True)
def in_moscow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    monkeypatch.setenv("TZ", "Europe/Moscow")
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def listing(account: str, target: int | None, pushed: int | None, seen: int | None) -> ListingStock:
    return ListingStock(
        account,
        "MUG-01",
        "1020000",
        target,
        pushed,
        None if pushed is None else NOW,
        seen,
        None if seen is None else 2,
        None if seen is None else NOW,
    )


def shelf(sku: str = "MUG-01", name: str = "Mug, blue", **also: object) -> WarehouseStock:
    listings = tuple(
        listing(a, *numbers)
        for a, numbers in zip(ACCOUNTS, [(9, 9, 9), (9, 12, 12), (None, None, 3)], strict=True)
    )
    values: dict[str, object] = {"on_hand": 12, "reserved": 2, "available": 9, "oversold": 0}
    values["listings"] = listings
    return WarehouseStock(sku, name, "main", **(values | also))  # type: ignore[arg-type]


def widest(text: str) -> int:
    return max(map(len, text.splitlines()))


# ---------------------------------------------------------------- text


def test_what_needs_no_second_look_is_inert_and_one_cell_wide() -> None:
    control, blank = _patterns()
    for c in ORDINARY:
        assert cell_len(c) == 1, c
        assert control.sub("", blank.sub(" ", c)) == c
        assert json.loads(as_json.text(c)) == c
        assert as_json.text(c) in (f'"{c}"', f'"\\{c}"')


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = strip_controls(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs")]
    assert not [c for c in shown if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLI", "PDF")]
    assert strip_controls(shown) == shown


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd", "Po", "Sc"])))
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert strip_controls(text) == text


def test_moments_are_local_and_the_zone_is_told_once() -> None:
    assert when(NOW) == "2026-11-23 13:00"
    assert zone(NOW) == "MSK (UTC+03:00)"
    assert when(None) == "—"


# ---------------------------------------------------------------- JSON


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none())))
def test_arrays_are_json_and_inert(rows: list[dict[str, object]]) -> None:
    written = "".join(as_json.array(json.dumps(row, ensure_ascii=False) for row in rows))
    assert not [c for c in written if unicodedata.category(c) == "Cc" and c != "\n"]
    assert not set(written) & set("\u202e\u2028\ufeff\x9b")
    plain = json.loads(written)
    assert len(plain) == len(rows)
    if all(not any(0xD800 <= ord(c) < 0xE000 for c in str(r)) for r in rows):
        assert plain == rows


def test_an_array_is_written_as_its_rows_come() -> None:
    def rows() -> Iterator[str]:
        yield from ["1"] * as_json.BLOCK
        raise RuntimeError

    pieces = as_json.array(rows())
    assert next(pieces) == "[\n" + ",\n".join(["1"] * as_json.BLOCK)


# ---------------------------------------------------------------- tables


def test_the_stock_table_at_80_columns(narrow: None) -> None:
    text = "".join(stock_table([shelf()], ACCOUNTS, warehouses=False))
    assert widest(text) <= 80
    head, row = text.splitlines()[0], text.splitlines()[2]
    assert head.split() == ["SKU", "Name", "On", "hand", "Reserved", "Available", *ACCOUNTS]
    assert row.split() == ["MUG-01", "Mug,", "blue", "12", "2", "9", "9", "9/12/12", "?/—/3"]
    # Numbers end where their titles end.
    assert row.index("12") + 2 == head.index("On hand") + 7
    assert "unknown" in text
    # Titles that are too wide for all to stand in one line stand in two.
    stacked = "".join(
        stock_table([shelf(sku="MUG-01/XXL-RED")], ACCOUNTS, warehouses=False)
    ).splitlines()
    assert stacked[1].split() == ["SKU", "Name", "hand", "served", "able", *ACCOUNTS]


@pytest.mark.parametrize(
    ("target", "pushed", "seen", "shown"),
    [(9, 9, 5, "9"), (7, 9, 5, "7/9/(5)"), (9, 9, None, "9/9/—")],
)
def test_a_reading_from_before_the_last_push_does_not_count(
    narrow: None, target: int, pushed: int, seen: int | None, shown: str
) -> None:
    old = listing("ozon-main", target, pushed, seen)._replace(
        seen_at=None if seen is None else NOW - timedelta(minutes=5),
    )
    text = "".join(stock_table([shelf(listings=(old,))], ["ozon-main"], warehouses=False))
    assert text.splitlines()[2].split()[-1] == shown
    assert ("seen before the last push" in " ".join(text.split())) == ("(" in shown)


def test_many_accounts_get_a_line_each_where_columns_do_not_fit(narrow: None) -> None:
    accounts = [f"cabinet-number-{n}" for n in range(6)]
    row = shelf(listings=tuple(listing(a, 9, 9, 8) for a in accounts))
    text = "".join(stock_table([row], accounts, warehouses=True))
    assert widest(text) <= 80
    body = [x for x in text.splitlines() if "cabinet" in x]
    # Only what is there is explained.
    assert "unknown" not in text
    assert len(body) == 6
    assert body[0].split()[:5] == ["MUG-01", "main", "12", "2", "9"]
    assert body[5].split()[1:] == ["9", "9", "8"]


def test_the_same_accounts_are_columns_at_200(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    accounts = [f"cabinet-number-{n}" for n in range(6)]
    row = shelf(listings=tuple(listing(a, 9, 9, 8) for a in accounts))
    text = "".join(stock_table([row], accounts, warehouses=True))
    assert widest(text) <= 200
    assert len([x for x in text.splitlines() if "9/9/8" in x]) == 1


def test_below_one_another_where_no_columns_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "".join(stock_table([shelf()], ACCOUNTS, warehouses=False))
    assert widest(text) <= 40
    assert text.splitlines()[:5] == [
        "MUG-01  Mug, blue",
        "  12 on hand, 2 reserved, 9 available",
        "  ozon-main  9",
        "  wb-main    9/12/12",
        "  ym-main    ?/—/3",
    ]


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_each_hindrance_has_a_mark_that_is_explained_where_it_is(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    def told(**also: object) -> str:
        x = listing("ozon-main", 9, 9, 9)._replace(**also)  # type: ignore[arg-type]
        table = stock_table([shelf(listings=(x,))], ["ozon-main"], warehouses=False)
        return " ".join("".join(table).split())

    marks = {
        "× refused by the marketplace": told(refused=True),
        "~ not raised: orders were not read lately": told(stale=True),
        "… not its part yet: the orders of wb-main must": told(
            waits=Waits(("wb-main",), None, None)
        ),
    }
    for explained, text in marks.items():
        assert f" 9{explained[0]} " in text
        assert explained in text
        assert not any(other in text for other in marks if other != explained)
    assert not any(explained in told() for explained in marks)


def test_a_mark_has_its_colour_only_where_colours_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key, value in (("COLUMNS", "80"), ("TERM", "xterm")):
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    refused = shelf(listings=(listing("ozon-main", 9, 9, 9)._replace(refused=True),))

    def red() -> bool:
        text = "".join(stock_table([refused], ["ozon-main"], warehouses=False))
        assert "9×" in text
        return "\x1b[31m" in text

    assert red()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not red()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not red()


def test_a_long_name_ends_where_its_column_does_and_is_whole_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def text(columns: str | None) -> str:
        if columns is not None:
            monkeypatch.setenv("COLUMNS", columns)
        return "".join(stock_table([shelf(name="A mug of a " * 9)], ACCOUNTS, warehouses=False))

    assert "A mug of a " * 8 in text(None)
    assert "…" in text("80")
    assert len([line for line in text("80").splitlines() if "mug" in line]) == 1
    # With room enough titles stand in one line, too.
    assert "On hand  Reserved  Available" in text("200")
    assert "A mug of a " * 8 in text("200")


def test_oversold_is_marked_and_the_mark_explained(narrow: None) -> None:
    text = "".join(
        stock_table([shelf(reserved=15, available=0, oversold=3)], ACCOUNTS, warehouses=False)
    )
    assert " 0! " in text
    assert "oversold" in text


def test_names_from_outside_are_inert_and_are_no_markup(narrow: None) -> None:
    text = "".join(stock_table([shelf(name=EVIL)], ACCOUNTS, warehouses=False))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[/bold]" in "".join(
        stock_table([shelf(name="Mug [/bold] 1")], ACCOUNTS, warehouses=False)
    )


def test_a_long_table_is_written_block_by_block(narrow: None) -> None:
    asked = 0

    def rows() -> Iterator[tuple[str, ...]]:
        nonlocal asked
        for asked in range(10_000):
            yield (f"MUG-{asked:05}", str(asked))

    pieces = table((Column("SKU"), Column("On hand", number=True)), rows())
    next(pieces)
    assert asked < 600
    lines = "".join(pieces).splitlines()
    assert lines[-1].split() == ["MUG-09999", "9999"]
    assert not any("SKU" in x for x in lines)


def test_a_long_table_leaves_room_for_what_is_longer_further_down(narrow: None) -> None:
    columns = (Column("SKU", folds=True), Column("Name", folds=True), Column("Sold", number=True))
    rows = [(f"MUG-{n}", f"A mug called {n}", str(n)) for n in range(2_000)]
    lines = "".join(table(columns, rows)).splitlines()
    assert len(lines) == 2 + len(rows)
    assert max(map(len, lines)) in (79, 80)
    assert len("".join(table(columns, rows[:3])).splitlines()[1]) < 40


ARTICLE = "ARTICLE-" + "0123456789" * 12


def test_at_a_terminal_words_are_folded_and_numbers_are_whole(narrow: None) -> None:
    columns = (Column("SKU", folds=True), Column("Name", folds=True), Column("Sold", number=True))
    text = "".join(table(columns, [(ARTICLE, "long " * 40, "123456789012"), ("B", "short", "1")]))
    lines = text.splitlines()
    assert widest(text) <= 80
    assert "123456789012" in lines[2]
    assert "".join(line.split("  ")[0].split(" ")[0] for line in lines[2:-1]) == ARTICLE
    assert text.count("long") == 40
    assert lines[-1].split() == ["B", "short", "1"]
    assert lines[-1].index("short") == lines[2].index("long")


def test_where_numbers_do_not_fit_side_by_side_they_stand_below_one_another_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    columns = [Column("Name", folds=True), *(Column(f"n{n}", number=True) for n in range(5))]
    rows = [("word " * 9, *(["1234567890"] * 5)), ("other", "1", "", "2", "", "")]
    text = "".join(table(columns, rows))
    assert text.count("1234567890") == 5
    assert widest(text) <= 40
    assert text.splitlines()[-2:] == ["other", "  n0 1, n2 2"]


def test_what_another_column_says_too_is_left_out_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    columns = (Column("Job"), Column("Last", spare=True), Column("Age", number=True))
    assert "".join(table(columns, [("orders", "x" * 40, "1 s")])).splitlines()[-1] == "orders  1 s"
    assert "x" * 20 in "".join(table(columns, [("orders", "x" * 20, "1 s")]))
    named = (Column("Name", folds=True), *columns)
    row = ("a name of some words", "orders", "x" * 20, "1 s")
    assert "".join(table(named, [row])).splitlines()[-1] == f"{row[0]}  orders  1 s"


def test_in_a_pipe_a_row_is_a_line_and_nothing_is_cut() -> None:
    columns = (Column("SKU", folds=True), Column("On\nhand", number=True), Column("Note"))
    rows = [(ARTICLE, "1\n2", "long " * 99), ("Кружка\n[red]", Styled("0!", "wrong"), "\x1b[2J")]
    assert "".join(table(columns, rows)).splitlines() == [
        f"{'SKU':128}  On hand  Note",
        f"{ARTICLE}  {'1 2':>7}  {'long ' * 98}long",
        f"{'Кружка [red]':128}  {'0!':>7}  [2J",
    ]


def test_a_colour_is_seen_at_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("MUG-01", Styled("0!", "wrong"))]
    columns = (Column("SKU"), Column("Available", number=True))
    assert "\x1b" not in "".join(table(columns, rows)) + paragraph("text", "wrong")
    for key, value in (("COLUMNS", "80"), ("FORCE_COLOR", "1"), ("TERM", "xterm")):
        monkeypatch.setenv(key, value)
    assert "\x1b" not in "".join(table(columns, rows)) + paragraph("text", "wrong")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[31m       0!\x1b[0m" in "".join(table(columns, rows))
    assert paragraph("[red]text", "wrong") == "\x1b[31m[red]text\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in "".join(table(columns, rows)) + paragraph("text", "wrong")


def test_no_rows_no_table() -> None:
    assert not list(table((Column("SKU"),), []))


# ---------------------------------------------------------------- documents


def order(**also: object) -> OrderRow:
    values: dict[str, object] = {
        "account": "ozon-main",
        "order_id": "12345678-0001-1",
        "step": "open",
        "status": "awaiting_packaging",
        "created_at": NOW,
        "seen_at": NOW,
        "cancelled_at": None,
        "warehouse": "main",
        "ignored": None,
        "items": (
            OrderItem("1", "MUG-01", "MUG-01", ("MUG-01",), 2, 2, 0),
            OrderItem("2", "SET-1", None, ("CUP-02", "MUG-01"), 1, 2, 0),
            OrderItem("3", "STRAY", None, (), 1, 0, 0),
        ),
    }
    return OrderRow(**(values | also))  # type: ignore[arg-type]


def test_orders_have_a_line_for_each_product(narrow: None) -> None:
    text = "".join(forms.table(ORDERS, [order()], now=NOW))
    assert widest(text) <= 80
    lines = text.splitlines()[2:5]
    assert "12345678-0001-1" in lines[0]
    assert "2026-11-23 13:00" in lines[0]
    assert "STRAY (not linked)" in lines[2]
    assert "MSK" in text


def test_orders_json_has_a_row_for_each_line() -> None:
    rows = json.loads("".join(forms.json(ORDERS, [order(), order(items=())])))
    assert [(r["sku"], r["skus"], r["quantity"]) for r in rows] == [
        ("MUG-01", ["MUG-01"], 2),
        (None, ["CUP-02", "MUG-01"], 1),
        (None, [], 1),
        (None, [], 0),
    ]
    assert all(r["order_id"] == "12345678-0001-1" for r in rows)


@pytest.mark.parametrize(
    ("also", "told"),
    [
        ({"step": "unknown", "status": "to_the_moon"}, "unknown: to_the_moon"),
        ({"ignored": "a test order"}, "ignored: a test order"),
        ({"warehouse": None}, "not from here"),
        ({"step": "cancelled", "items": (OrderItem(off=4, away=3),)}, "cancelled, 3 not back"),
    ],
)
def test_what_is_odd_about_an_order_is_told(
    monkeypatch: pytest.MonkeyPatch, also: dict[str, object], told: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert told in "".join(forms.table(ORDERS, [order(**also)], now=NOW))


def test_returns_and_history(narrow: None) -> None:
    row = ReturnRow(
        "ym-main", "R-1", "YM-1", "received", "done", "MUG-01", ("MUG-01",), 2, None, NOW, NOW,
        0, 0, 2, False,
    )  # fmt: skip
    text = "".join(forms.table(RETURNS, [row], now=NOW))
    assert widest(text) <= 80
    assert text.splitlines()[2].split()[-2:] == ["2", "2"]
    entry = HistoryRow(NOW, NOW, "main", -3, "shipment", "order:ozon-main:1:1", EVIL, 9)
    text = "".join(forms.table(HISTORY, [entry], now=NOW))
    assert widest(text) <= 80
    assert "-3" in text
    assert "\x1b" not in text
    assert "Nothing was booked" in "".join(forms.table(HISTORY, [], now=NOW))


# ---------------------------------------------------------------- explain


def window(**also: object) -> ListingTerms:
    values: dict[str, object] = {
        "account": "ozon-main",
        "offer_id": "MUG-01",
        "external_id": "77",
        "external_warehouse": "1020000",
        "warehouse": "main",
        "link": "auto",
        "archived": False,
        "gone_at": None,
        "follows": False,
        "closed_at": None,
        "parts": (Part("MUG-01", 1, 12, 2, 1, "account", 9, 9),),
        "share_percent": 100,
        "max_quantity": None,
        "ceiling": 999_999,
        "target": 9,
        "differs": False,
        "drift": False,
        "low": 9,
        "high": 9,
        "believed_at": NOW,
        "pushed": 9,
        "pushed_at": NOW,
        "seen": 9,
        "seen_reserved": 2,
        "seen_at": NOW,
        "due_at": None,
        "hold_until": None,
        "refusal": None,
        "in_flight": False,
        "pushes": (Push(9, NOW, "accepted", "", "", NOW),),
        "stale": (),
    }
    return ListingTerms(**(values | also))  # type: ignore[arg-type]


def told(*windows: ListingTerms, **also: object) -> str:
    terms = WarehouseTerms(
        "main",
        Counted(15, NOW, "first count"),
        (Moved("shipment", -3, 2),),
        12,
        2,
        1,
        9,
        0,
        (Reservation("ozon-main", "12345678-0001-1", "1", 2, "open", "new", NOW),),
    )
    values: dict[str, object] = {
        "sold_per_day": None,
        "lasts_days": None,
        "sku": "MUG-01",
        "name": EVIL,
        "buffer": None,
        "minimum": None,
        "barcodes": ("4607000000132",),
        "warehouses": (terms,),
        "listings": windows,
    }
    explanation = Explanation(**(values | also))  # type: ignore[arg-type]
    return "".join(explanation_text(explanation, now=NOW))


def test_an_explanation_shows_every_term() -> None:
    text = told(window())
    assert "\x1b" not in text
    for term in (
        "counted      15  on 2026-11-23 13:00, first count",
        "shipment     -3  2 movements since",
        "= on hand    12",
        "reserved     -2",
        "                 2 for ozon-main 12345678-0001-1, made 2026-11-23 13:00",
        "buffer       -1  the default of all accounts",
        "= available   9",
        "12 on hand - 2 reserved - 1 buffer (the account's) = 9",
        "seen              9  on 2026-11-23 13:00, 2 held for orders",
        "sent              9  on 2026-11-23 13:00: accepted 2026-11-23 13:00",
    ):
        assert f"\n  {term}\n" in text, term


def test_at_a_terminal_an_explanation_is_framed_and_what_is_wrong_is_red(
    narrow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = window(refusal=Refusal("E", f"{EVIL} [red]", NOW, 3), offer_id=f"MUG{EVIL}")
    text = told(refused)
    assert widest(text) <= 80
    assert "\x1b" not in text
    frames = [line[:1] + line[-1:] for line in text.splitlines()]
    assert frames.count("╭╮") == frames.count("╰╯") == 2
    assert "╭─ In the warehouse main ─" in text
    assert "│ counted      15  on 2026-11-23 13:00, first count " in text
    assert "[red]" in text
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b[31mset aside: refused" in told(refused)


@pytest.mark.parametrize(
    ("also", "words"),
    [
        ({"target": None}, "unknown stock"),
        ({"archived": True, "target": None}, "archived"),
        ({"gone_at": NOW, "target": None}, "gone from the catalog"),
        ({"target": 5, "max_quantity": 5}, "capped by max_quantity"),
        ({"low": 5, "high": 9}, "5..9"),
        ({"low": None, "high": None, "believed_at": None}, "nothing is known"),
        ({"in_flight": True}, "no answer yet"),
        ({"seen": 20, "drift": True}, "more than was sent"),
        ({"refusal": Refusal("E", "blocked", NOW, 3), "due_at": NOW}, "refused on"),
        ({"refusal": Refusal("E", "blocked", NOW, 3)}, "3 times in a row"),
        ({"hold_until": NOW}, "units for unknown orders"),
        ({"low": 5, "high": 5, "differs": True, "stale": ("wb-main",)}, "the orders of wb-main"),
        ({"pushes": ()}, "never pushed"),
        ({"pushes": (Push(9, NOW, None, "", "", None),)}, "no answer"),
        ({"pushes": (Push(9, NOW, "refused", "E1", "too big", NOW),)}, "(E1: too big)"),
    ],
)
def test_what_hinders_a_listing_is_told(also: dict[str, object], words: str) -> None:
    assert words in told(window(**also))


def test_what_was_never_counted_is_explained() -> None:
    assert (
        "never counted"
        in told(warehouses=(WarehouseTerms("main", None, (), None, 0, 0, None, 0, ()),)).lower()
    )
    assert "set-stock MUG-01" in told(warehouses=())
    assert "No listing is linked" in told()


# ---------------------------------------------------------------- status and jobs


def trouble(kind: str, account: str | None = None) -> Trouble:
    severity = Severity.NOTABLE if kind in ("pending", "waiting", "closed") else Severity.WRONG
    return Trouble(kind, account, "", "", None, severity)


@pytest.mark.parametrize(
    ("wrong", "notable", "sentence"),
    [
        ((), (), "All is well: 2 accounts, last sync 40 s ago."),
        (
            (),
            (trouble("waiting", "a"), trouble("closed", "b")),
            "All is well: 2 accounts, last sync 40 s ago; 1 waits by itself; 1 thing to know.",
        ),
        # Of one account and kind it is one thing, however many listings.
        ((trouble("refused", "a"), trouble("refused", "a")), (), "1 thing needs you."),
        (
            (trouble("refused", "a"), trouble("refused", "b"), trouble("oversold")),
            (trouble("pending", "a"), trouble("waiting", "a"), trouble("closed", "a")),
            "3 things need you, 2 wait by themselves, 1 thing to know.",
        ),
    ],
)
def test_status_begins_with_how_all_is(
    wrong: tuple[Trouble, ...], notable: tuple[Trouble, ...], sentence: str
) -> None:
    def synced(name: str, job: str, seconds: int) -> AccountState:
        at = NOW - timedelta(seconds=seconds)
        # Orders that were read later end no round.
        read = JobState("orders", NOW, NOW, None, None)
        return AccountState(name, "ozon", NOW, (read, JobState(job, at, NOW, None, None)))

    accounts = (synced("a", "push", 40), synced("b", "watch", 9))
    assert health_sentence(Health(accounts, wrong, notable), now=NOW) == sentence
    fresh = (*accounts, AccountState("c", "ozon", None, ()))
    assert "not all of them synced yet" in health_sentence(Health(fresh, (), ()), now=NOW)


def test_status_tells_jobs_and_troubles(narrow: None) -> None:
    jobs = (
        JobState("orders", NOW - timedelta(minutes=5), NOW, None, None),
        JobState("push", None, NOW, "unreachable", "no answer"),
    )
    wrong = tuple(
        Trouble("refused", "wb-main", f"MUG-{n} was refused: {EVIL}", "", None, Severity.WRONG)
        for n in range(15)
    )
    health = Health(
        (AccountState("wb-main", "wildberries", NOW, jobs), AccountState("new", "ozon", None, ())),
        wrong,
        (),
    )
    text = "".join(health_table(health, now=NOW)) + "".join(findings(wrong, "Wrong now:", "wrong"))
    assert widest(text) <= 80
    assert "\x1b" not in text
    assert "5 min" in text
    assert "never" in text
    assert text.count("was refused") == 10
    assert "5 more refused" in text
    plain = json.loads("".join(health_json(health, now=NOW)))
    assert plain["ok"] is False
    assert plain["accounts"][0]["jobs"][0]["age_s"] == 300
    assert plain["accounts"][0]["jobs"][1]["error"] == {
        "kind": "unreachable",
        "message": "no answer",
    }
    assert len(plain["wrong"]) == 15


RESULT = JobResult(
    "sync",
    (
        AccountResult("ozon-main", None, {"orders": 12, "new": 3, "held": 0}, ("ozon-main: hi",)),
        AccountResult("wb", Failure("unreachable", "wb: no answer", Exit.TRY_LATER), {"orders": 1}),
        AccountResult("ym-main", None, {}),
    ),
    ("the whole",),
    (PlannedPush("ozon-main", EVIL, "1", None, None, 5, "lower"),),
)


def test_a_job_is_told_in_a_line_for_each_account() -> None:
    assert list(results.summary(RESULT)) == [
        "ozon-main  orders 12, new 3",
        "  hi",
        "ym-main    nothing new",
        "the whole",
    ]
    assert list(results.failures(RESULT)) == ["wb: no answer"]


def test_a_job_that_left_something_wrong_is_told_in_red(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (("COLUMNS", "40"), ("TERM", "xterm")):
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    right = AccountResult("ozon-main", None, {"pushed": 3})
    wrong = AccountResult("wb", None, {"pushed": 3, "refused": 1}, ("a long note. " * 9,))
    assert list(results.summary(JobResult("sync", (right, wrong)))) == [
        "ozon-main  pushed 3",
        "\x1b[31mwb         pushed 3, refused 1\x1b[0m",
        # Not folded: a secret in two halves would pass who looks for it.
        "\x1b[33m  " + "a long note. " * 9 + "\x1b[0m",
    ]


def test_every_count_that_a_job_makes_is_told_in_words() -> None:
    source = "".join(path.read_text() for path in Path(jobs.__file__).parent.glob("*.py"))
    counted = re.findall(r"counts\[\"(\w+)\"\]|\bCounter\((\w+)=", source)
    names = {a or b for a, b in counted} | set(COUNTED.values())
    assert len(names) > 30
    assert {name.replace("_", " ") for name in names} <= set(results.COUNTS)


def test_a_job_as_json() -> None:
    plain = json.loads("".join(results.job_json(RESULT, dry_run=False)))
    assert plain == {
        "command": "sync",
        "ok": False,
        "accounts": [
            {
                "account": "ozon-main",
                "ok": True,
                "error": None,
                "counts": {"orders": 12, "new": 3, "held": 0},
            },
            {
                "account": "wb",
                "ok": False,
                "error": {"kind": "unreachable", "message": "wb: no answer"},
                "counts": {"orders": 1},
            },
            {"account": "ym-main", "ok": True, "error": None, "counts": {}},
        ],
        "notes": ["the whole", "ozon-main: hi"],
    }
    planned = json.loads("".join(results.job_json(RESULT, dry_run=True)))["planned"]
    assert planned[0]["quantity"] == 5


def test_what_a_dry_run_would_send_is_a_table(narrow: None) -> None:
    text = "".join(results.planned(RESULT.planned or ()))
    assert widest(text) <= 80
    assert "\x1b" not in text
    assert "?" in text
    assert "Nothing would be pushed" in "".join(results.planned(()))
