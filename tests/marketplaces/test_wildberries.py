"""Wildberries: what its answers mean, and the walks through them."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.moments import DAY, EXACT
from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    OrderRef,
    Return,
    ReturnStep,
    SeenStock,
    Step,
    StockKey,
    StockUpdate,
    TimeRange,
    Verdict,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    CloudstockError,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Unreachable,
)
from cloudstock.marketplaces.base import CheckReport
from cloudstock.marketplaces.pace import Left, Pace
from cloudstock.marketplaces.wildberries import facts, parse, wire
from cloudstock.marketplaces.wildberries.adapter import Wildberries
from cloudstock.marketplaces.wildberries.client import left, throttle_wait
from cloudstock.marketplaces.wildberries.ranges import (
    day_slices,
    live_edges,
    months_before,
    months_of,
    second_slices,
)
from cloudstock.marketplaces.wildberries.statuses import FATES, REFUSALS, About, Family, fate
from cloudstock.marketplaces.wildberries.token import read_token
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.marketplaces.cabinet import Request
from tests.marketplaces.clocks import JumpingClock
from tests.marketplaces.reading import Notebook, Words, known, pages_of, records_of
from tests.marketplaces.wildberries_cabinet import FAMILIES, NOW, Cabinet, CabinetTask

SAMPLES = Path(__file__).parent / "samples" / "wildberries"

R = TypeVar("R")


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def token(**payload: Any) -> str:
    middle = urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{middle}.c2lnbmF0dXJl"


ALL_RIGHTS = (1 << 1) | (1 << 2) | (1 << 4)
GOOD_TOKEN = token(
    exp=int((NOW + timedelta(days=100)).timestamp()), s=ALL_RIGHTS, acc=3, t=False, sid="x"
)
WAREHOUSE = {"id": 658434, "name": "FBS", "deliveryType": 1}
DBS_WAREHOUSE = {"id": 658435, "name": "DBS", "deliveryType": 2}
# Each kind of delivery, in a warehouse of its own.
OTHER_WAREHOUSES = {
    "dbs": DBS_WAREHOUSE,
    "dbw": {"id": 658436, "name": "DBW", "deliveryType": 3},
    "pickup": {"id": 658437, "name": "pick-up", "deliveryType": 5},
}


def account(*warehouse_ids: str, the_token: str = GOOD_TOKEN, **options: str) -> Account:
    return Account(
        name="wb-main",
        marketplace="wildberries",
        warehouses=tuple(WarehouseLink(w, "main") for w in warehouse_ids or ("658434",)),
        options={"article": "{vendorCode}/{techSize}", **options},
        secrets={"token": Secret(the_token)},
    )


def wildberries(cabinet: Cabinet, the_account: Account | None = None, **around: Any) -> Wildberries:
    cabinet.warehouses = cabinet.warehouses or [WAREHOUSE]
    around = {"clock": JumpingClock(NOW), "pace": Pace(None), **around}
    return Wildberries(the_account or account(), transport=cabinet.transport(), **around)


def last(days: float) -> TimeRange:
    return TimeRange(NOW - timedelta(days=days), NOW)


# What the status words mean: the table of the contract, "what moves stock"


@pytest.mark.parametrize(
    ("family", "supplier", "wb", "step", "left_warehouse"),
    [
        (Family.FBS, "new", "waiting", Step.OPEN, False),
        (Family.FBS, "confirm", "waiting", Step.OPEN, False),
        (Family.FBS, "new", "declined_by_client", Step.CANCELLED, False),
        (Family.FBS, "confirm", "declined_by_client", Step.CANCELLED, False),
        (Family.FBS, "cancel", "canceled", Step.CANCELLED, False),
        (Family.FBS, "cancel", "waiting", Step.CANCELLED, False),
        (Family.FBS, "confirm", "canceled", Step.CANCELLED, False),
        (Family.FBS, "confirm", "defect", Step.CANCELLED, False),
        (Family.FBS, "complete", "waiting", Step.SHIPPED, True),
        (Family.FBS, "complete", "sorted", Step.SHIPPED, True),
        (Family.FBS, "complete", "ready_for_pickup", Step.SHIPPED, True),
        (Family.FBS, "complete", "sold", Step.DELIVERED, True),
        (Family.FBS, "complete", "canceled_by_client", Step.CANCELLED, True),
        (Family.FBS, "complete", "canceled", Step.CANCELLED, True),
        (Family.FBS, "complete", "defect", Step.CANCELLED, True),
        (Family.FBS, "complete", "canceled_by_carrier", Step.CANCELLED, True),
        (Family.FBS, "cancel_carrier", "canceled_by_carrier", Step.CANCELLED, None),
        (Family.DBS, "new", "waiting", Step.OPEN, False),
        (Family.DBS, "confirm", "waiting", Step.OPEN, False),
        (Family.DBS, "deliver", "waiting", Step.SHIPPED, True),
        (Family.DBS, "receive", "sold", Step.DELIVERED, True),
        (Family.DBS, "reject", "canceled_by_client", Step.CANCELLED, True),
        (Family.DBS, "reject", "canceled", Step.CANCELLED, True),
        (Family.DBS, "cancel", "canceled", Step.CANCELLED, False),
        (Family.DBS, "cancel_missed_call", "canceled_by_missed_call", Step.CANCELLED, None),
    ],
)
def test_both_status_words_are_read_together(
    family: Family, supplier: str, wb: str, step: Step, left_warehouse: bool | None
) -> None:
    assert (fate(family, supplier, wb).step, fate(family, supplier, wb).left_warehouse) == (
        step,
        left_warehouse,
    )


def test_every_pair_of_a_familys_words_has_its_row() -> None:
    """Which words there are is held against the contract in tests/contracts."""
    for family, rows in FATES.items():
        words = {frozenset(row) for row in rows.values()}
        assert len(words) == 1, family


SCANS = ("sorted", "ready_for_pickup", "postponed_delivery", "sent_to_carrier")


@pytest.mark.parametrize("wb", [*SCANS, "accepted_by_carrier", "sold"])
def test_a_scan_proves_that_a_cancelled_unit_left_and_is_told_as_a_contradiction(wb: str) -> None:
    met = Words()
    cabinet = Cabinet(tasks=[CabinetTask(1, 10, supplier="cancel", wb=wb)])
    (order,) = records_of(wildberries(cabinet, surprises=met).orders(last(1)))
    assert order.step is (Step.DELIVERED if wb == "sold" else Step.SHIPPED)
    assert order.left_warehouse is True
    assert met == [("POST /api/v3/orders/status", "supplierStatus/wbStatus", f"cancel/{wb}")]


@pytest.mark.parametrize(
    ("supplier", "wb", "transferable", "unscanned"),
    [
        ("complete", "waiting", False, True),
        ("complete", "waiting", True, True),
        ("complete", "sorted", False, False),
        # Whatever the words: Wildberries itself says that it can be put back.
        ("complete", "postponed_delivery", True, True),
        # Days after the supply was closed, and perhaps never in it.
        ("complete", "canceled", False, True),
        ("complete", "canceled_by_client", False, False),
        ("confirm", "waiting", False, False),
        # It was not handed over: nothing waits for a scan.
        ("confirm", "waiting", True, False),
        ("cancel", "canceled", False, False),
        ("cancel", "canceled", True, False),
    ],
)
def test_a_hand_over_is_the_sellers_word_until_wildberries_scans_it(
    supplier: str, wb: str, transferable: bool, unscanned: bool
) -> None:
    task = CabinetTask(1, 10, supplier=supplier, wb=wb, transferable=transferable)
    (order,) = records_of(wildberries(Cabinet(tasks=[task])).orders(last(1)))
    assert order.unscanned is unscanned


@pytest.mark.parametrize(
    ("supplier", "wb", "left_warehouse", "unknown"),
    [
        ("confirm", "lost_in_space", False, [("wbStatus", "lost_in_space")]),
        ("complete", "lost_in_space", True, [("wbStatus", "lost_in_space")]),
        ("brand_new_word", "waiting", None, [("supplierStatus", "brand_new_word")]),
        ("", "", None, [("supplierStatus", ""), ("wbStatus", "")]),
    ],
)
def test_words_never_seen_before_are_unknown_kept_and_told(
    supplier: str, wb: str, left_warehouse: bool | None, unknown: list[tuple[str, object]]
) -> None:
    met: list[tuple[str, object]] = []
    task = parse.Task(id=1, created_at=NOW, chrt_id=5)
    words = parse.Words(supplier, wb)
    order = parse.parse_order(task, Family.FBS, words, lambda *one: met.append(one))
    assert order.step is Step.UNKNOWN
    assert order.status == f"{supplier}/{wb}"
    assert order.left_warehouse is left_warehouse
    assert met == unknown


# Answers and records


def test_every_size_of_a_card_is_a_listing_of_its_own() -> None:
    answer = msgspec.json.decode(sample("cards_list"), type=wire.CardsAnswer)
    listings = [
        listing
        for card in answer.cards or ()
        for listing in parse.parse_card(
            card, known, article="{vendorCode}/{techSize}", archived=False
        )
    ]
    assert listings == [
        Listing(
            external_id="501000931",
            offer_id="ART-132",
            name="Ремень",
            barcodes=("2004000000132", "4607000000132"),
            keys=(
                "chrt:501000931",
                "barcode:2004000000132",
                "barcode:4607000000132",
                "nm:217000397",
                "article:ART-132",
            ),
            card_url="https://www.wildberries.ru/catalog/217000397/detail.aspx",
            picture_url="https://basket-10.wbbasket.ru/vol2170/part217000/217000397/images/c246x328/1.webp",
        ),
        Listing(
            external_id="9007199254740993",
            offer_id="BELT-05/M",
            name="Ремень кожаный, M",
            barcodes=("4607000000501",),
            keys=("chrt:9007199254740993", "barcode:4607000000501"),
            card_url="https://www.wildberries.ru/catalog/217000398/detail.aspx",
        ),
        Listing(
            external_id="501000942",
            offer_id="BELT-05/L",
            name="Ремень кожаный, L",
            keys=("chrt:501000942",),
            card_url="https://www.wildberries.ru/catalog/217000398/detail.aspx",
        ),
    ]


def test_a_card_in_the_trash_is_an_archived_listing() -> None:
    answer = msgspec.json.decode(sample("cards_trash"), type=wire.CardsAnswer)
    (card,) = answer.cards or ()
    (listing,) = parse.parse_card(card, known, article="{vendorCode}/{techSize}", archived=True)
    assert listing.archived
    assert (listing.offer_id, listing.name) == ("OLD-1", "OLD-1")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{vendorCode}/{techSize}", "A{techSize}/42"),
        ("{techSize}-{vendorCode}", "42-A{techSize}"),
        ("wb:{vendorCode}", "wb:A{techSize}"),
    ],
)
def test_the_article_template_knows_two_names_and_fills_them_once(
    template: str, expected: str
) -> None:
    assert parse.fill_article(template, vendor_code="A{techSize}", tech_size="42") == expected


def test_an_order_is_one_unit_of_one_size() -> None:
    answer = msgspec.json.decode(sample("orders_new"), type=wire.NewTasks)
    task = parse.parse_task(answer.orders[0], Family.FBS, known, now=NOW)
    assert task is not None
    words = parse.Words("confirm", "waiting")
    assert parse.parse_order(task, Family.FBS, words, known) == Order(
        order_id="5632000001",
        step=Step.OPEN,
        status="confirm/waiting",
        created_at=datetime(2026, 11, 23, 4, 0, tzinfo=UTC),
        lines=(
            OrderLine(
                line_id="1",
                listing_keys=("chrt:501000931", "barcode:2004000000132"),
                quantity=1,
                offer_id="ART-132",
            ),
        ),
        warehouse_id="658434",
        left_warehouse=False,
        handle=(
            '{"f":"fbs","c":501000931,"w":658434,"a":"ART-132","s":["2004000000132"],"n":217000397}'
        ),
    )


@pytest.mark.parametrize("family", Family)
def test_a_handle_brings_the_whole_order_back(family: Family) -> None:
    answer = msgspec.json.decode(sample("orders_new"), type=wire.NewTasks)
    task = parse.parse_task(answer.orders[0], Family.FBS, known, now=NOW)
    assert task is not None
    words = parse.Words("confirm", "waiting")
    order = parse.parse_order(task, family, words, known)
    recalled = parse.recall_task(OrderRef(order.order_id, order.created_at, order.handle))
    assert recalled == (family, task)
    assert parse.parse_order(recalled[1], family, words, known) == order


def test_an_order_without_a_size_is_known_by_its_barcode() -> None:
    task = parse.Task(id=1, created_at=NOW, nm_id=7, article="A", skus=("46001",))
    order = parse.parse_order(task, Family.FBS, parse.Words("new", "waiting"), known)
    assert order.lines[0].listing_keys == ("barcode:46001",)
    assert parse.recall_task(OrderRef("1", NOW, order.handle)) == (Family.FBS, task)


def size_of(number: int, *others: int, vendor_code: str = "ART", size: str = "0") -> list[Listing]:
    sizes = tuple(wire.CardSize(n, f"{size}{i or ''}") for i, n in enumerate((number, *others)))
    raw = wire.Card(nm_id=7, vendor_code=vendor_code, title="Mug", sizes=sizes)
    return list(parse.parse_card(raw, known, article="{vendorCode}/{techSize}", archived=False))


@pytest.mark.parametrize(
    ("task", "keys"),
    [
        (parse.Task(id=1, created_at=NOW, article="ART"), ("article:ART",)),
        (parse.Task(id=1, created_at=NOW, nm_id=7), ("nm:7",)),
        (parse.Task(id=1, created_at=NOW, nm_id=7, article="ART"), ("nm:7", "article:ART")),
        # It may be a size that the catalogue has not told yet, so the card does not stand for it.
        (parse.Task(id=1, created_at=NOW, chrt_id=9, nm_id=7, article="ART"), ("chrt:9",)),
        (parse.Task(id=1, created_at=NOW), ()),
    ],
)
def test_an_order_with_neither_size_nor_barcode_is_known_by_its_card(
    task: parse.Task, keys: tuple[str, ...]
) -> None:
    order = parse.parse_order(task, Family.FBS, parse.Words("new", "waiting"), known)
    assert order.lines[0].listing_keys == keys
    assert parse.recall_task(OrderRef("1", NOW, order.handle)) == (Family.FBS, task)


@pytest.mark.parametrize("size", ["0", "42"])
def test_a_card_stands_for_its_size_only_where_it_has_one(size: str) -> None:
    (only,) = size_of(10, size=size)
    assert {"nm:7", "article:ART"} <= set(only.keys)
    for listing in size_of(10, 11, size=size):
        assert not {"nm:7", "article:ART"} & set(listing.keys)


@pytest.mark.parametrize("handle", ["", "{}", '{"f":"fbw","c":1}', "[1]", '{"f":"fbs","c":"x"}'])
def test_a_damaged_handle_names_the_order_and_the_way_out(handle: str) -> None:
    with pytest.raises(CloudstockError, match=r"order 77 .*--since"):
        parse.recall_task(OrderRef("77", NOW, handle))


def test_an_order_of_the_archive_has_its_status_and_a_day() -> None:
    page = msgspec.json.decode(sample("orders_archive"), type=wire.ArchivePage)
    order = parse.parse_archived_order(page.orders[0], known, now=NOW)
    assert order is not None
    assert (order.order_id, order.step, order.status) == (
        "1234567890",
        Step.DELIVERED,
        "complete/sold",
    )
    assert order.created_at == datetime(2026, 5, 3, 21, 0, tzinfo=UTC)
    assert order.lines[0].listing_keys == ("chrt:501000931", "barcode:2004000000132")


def test_a_return_is_received_only_when_the_seller_was_handed_it() -> None:
    page = msgspec.json.decode(sample("item_returns"), type=wire.ReturnsPage)
    returns = [parse.parse_return(row, known, now=NOW) for row in page.report]
    assert returns == [
        Return(
            return_id="mp.3f1c.r",
            step=ReturnStep.EXPECTED,
            status="В пути в пвз / Возврат заблокированного товара",
            quantity=1,
            order_id="5632000001",
            listing_keys=("barcode:2004000000132",),
            created_at=datetime(2026, 11, 20, 20, 59, 59, 999999, tzinfo=UTC),
        ),
        Return(
            return_id="23411783473",
            step=ReturnStep.RECEIVED,
            status="Выдано / Возврат неопознанного товара",
            quantity=1,
            order_id="5632000002",
            listing_keys=("barcode:2004000000132",),
            created_at=datetime(2026, 11, 20, 20, 59, 59, 999999, tzinfo=UTC),
            received_at=datetime(2026, 11, 21, 22, 30, tzinfo=UTC),
        ),
    ]


def returned(**row: str | None) -> Return:
    item = parse.parse_return(wire.ReturnRow(srid="a.r", **row), known, now=NOW)
    assert item is not None
    return item


def test_a_return_handed_over_is_told_in_seconds_or_days() -> None:
    """What that leaves open is for the book to settle, see `domain/moments.py`."""
    day, second = returned(completed_dt="2026-11-22"), returned(completed_dt="2026-11-22T01:30:00")
    assert (day.received_at, day.resolution) == (datetime(2026, 11, 21, 21, tzinfo=UTC), DAY)
    at = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    assert (second.received_at, second.resolution) == (at, EXACT)


def test_a_unit_ordered_back_on_a_day_had_left_by_its_end() -> None:
    """A count of that morning must not take for history what left in its afternoon."""
    before = returned(order_dt="2026-11-22").created_at
    assert before == datetime(2026, 11, 22, 20, 59, 59, 999999, tzinfo=UTC)
    assert returned(order_dt="2026-11-23").created_at == NOW


def test_a_return_that_cannot_be_told_apart_is_told() -> None:
    met: list[tuple[object, ...]] = []
    row = wire.ReturnRow(sku="1")
    told = parse.parse_return(row, lambda *one, **how: met.append((*one, how)), now=NOW)
    assert told is None
    assert met == [("srid", None, {"left_out": True})]


@pytest.mark.parametrize("text", ["вчера", "9999-12-31"])
def test_a_return_handed_over_at_a_time_that_cannot_be_read_is_received_now(text: str) -> None:
    met: list[tuple[str, object]] = []
    row = wire.ReturnRow(srid="a.r", completed_dt=text, order_dt=text)
    item = parse.parse_return(row, lambda *one: met.append(one), now=NOW)
    assert item is not None
    assert (item.step, item.received_at) == (ReturnStep.RECEIVED, NOW)
    assert item.created_at is None
    assert met == [("completedDt", text), ("orderDt", text)]


def test_warehouses_of_every_delivery_are_usable_and_of_others_are_not() -> None:
    met: list[tuple[str, object]] = []
    raw = msgspec.json.decode(sample("warehouses"), type=tuple[wire.Warehouse, ...])
    found = [parse.parse_warehouse(item, lambda *one: met.append(one)) for item in raw]
    assert found == [
        MarketplaceWarehouse("658434", "Подольск, склад 1"),
        MarketplaceWarehouse("658435", "Доставка сами"),
        MarketplaceWarehouse("658436", "Курьер WB"),
        MarketplaceWarehouse("658437", "Самовывоз"),
        MarketplaceWarehouse("658438", "Старый", "being deleted"),
        MarketplaceWarehouse("658439", "Дирижабль", "delivery type 7: its orders are not read"),
    ]
    assert met == [("deliveryType", 7)]


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"x-ratelimit-retry": "3"}, 3.0),
        (429, {}, None),
        (429, {"x-ratelimit-retry": "soon"}, None),
        (429, {"x-ratelimit-retry": "0"}, 0.0),
        (429, {"x-ratelimit-retry": "-1"}, None),
        (429, {"x-ratelimit-retry": "nan"}, None),
        (500, {"x-ratelimit-retry": "3"}, None),
    ],
)
def test_the_wait_of_a_429_is_in_its_own_header(
    status: int, headers: dict[str, str], wait_s: float | None
) -> None:
    assert throttle_wait(status, headers) == wait_s


@pytest.mark.parametrize(
    ("told", "tokens"), [("17", 17), ("0", 0), ("", None), ("-1", None), ("9" * 40, None)]
)
def test_an_answer_tells_what_the_bucket_still_holds(told: str, tokens: int | None) -> None:
    assert left({"x-ratelimit-remaining": told}) == (None if tokens is None else Left(tokens))
    assert left({}) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"code": "IncorrectRequest", "message": "no"}, ("IncorrectRequest", "no")),
        ({"title": "too many", "detail": "limited", "code": "07e"}, ("07e", "too many: limited")),
        ({"data": None, "error": True, "errorText": "Access denied"}, ("", "Access denied")),
        ({"title": "Bad", "detail": {}, "origin": "dbs-public-api"}, ("", "Bad")),
        (["x"], ("", "")),
    ],
)
def test_errors_are_told_in_whichever_shape_a_host_has(body: Any, words: tuple[str, str]) -> None:
    refusal = parse.parse_error(400, json.dumps(body).encode())
    assert (refusal.code, refusal.message) == words


# Windows

MOMENTS = st.integers(0, 2 * 366 * 86_400_000).map(
    lambda ms: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


@given(since=MOMENTS, length=st.timedeltas(timedelta(0), timedelta(days=200)))
def test_slices_of_orders_cover_the_time_range_within_30_calendar_days_each(
    since: datetime, length: timedelta
) -> None:
    slices = list(second_slices(TimeRange(since, since + length)))
    if not slices:
        assert length == timedelta(0)
        return
    assert slices[0][0] <= since.timestamp()
    assert slices[-1][1] >= (since + length).timestamp()
    for (_, end), (start, _) in pairwise(slices):
        assert end == start
    for start, end in slices:
        days = datetime.fromtimestamp(end, UTC).date() - datetime.fromtimestamp(start, UTC).date()
        assert days < timedelta(days=30)


@given(since=MOMENTS, length=st.timedeltas(timedelta(0), timedelta(days=120)))
def test_slices_of_returns_cover_the_time_range_within_31_days_each(
    since: datetime, length: timedelta
) -> None:
    slices = list(day_slices(since, since + length))
    moscow = facts.MOSCOW
    assert slices[0][1] == (since + length).astimezone(moscow).date()
    assert slices[-1][0] == since.astimezone(moscow).date()
    for (first, _), (_, before) in pairwise(slices):
        assert before == first - timedelta(days=1)
    assert all(timedelta(0) <= end - first <= timedelta(days=30) for first, end in slices)


def test_returns_reach_back_four_slices_at_most() -> None:
    slices = list(day_slices(NOW - timedelta(days=900), NOW))
    assert len(slices) == 4
    assert slices[-1][0] == date(2026, 11, 23) - timedelta(days=4 * 31 - 1)


def test_three_months_before_a_long_month_end() -> None:
    assert months_before(datetime(2026, 5, 31, tzinfo=UTC), 3) == datetime(2026, 2, 28, tzinfo=UTC)
    assert months_before(datetime(2026, 1, 15, tzinfo=UTC), 3) == datetime(2025, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "may_be", "certainly_are"),
    [
        # Three months are longer than ninety days, and shorter.
        ("2026-11-23", "2026-08-22", "2026-08-26"),
        ("2026-05-01", "2026-01-30", "2026-02-02"),
    ],
)
def test_a_list_of_three_months_begins_a_day_beside_either_meaning(
    now: str, may_be: str, certainly_are: str
) -> None:
    edges = live_edges(datetime.fromisoformat(f"{now}T00:00Z"))
    assert [str(edge.date()) for edge in edges] == [may_be, certainly_are]


def test_months_run_over_the_turn_of_the_year() -> None:
    since, until = datetime(2025, 11, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert list(months_of(since, until)) == [(2025, 11), (2025, 12), (2026, 1), (2026, 2)]


# The token


def test_a_token_tells_its_rights_and_its_end() -> None:
    facts_of = read_token(Secret(GOOD_TOKEN))
    assert facts_of is not None
    assert facts_of.expires_at == NOW + timedelta(days=100)
    assert facts_of.missing == ()
    assert (facts_of.read_only, facts_of.test, facts_of.basic) == (False, False, False)


def test_a_bearer_prefix_is_no_part_of_the_token() -> None:
    assert read_token(Secret(f"Bearer {GOOD_TOKEN}")) == read_token(Secret(GOOD_TOKEN))


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "a.!!!.c", token(exp=10**20), token(s="x")])
def test_what_is_no_token_tells_nothing_and_breaks_nothing(text: str) -> None:
    assert read_token(Secret(text)) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_token(text: str) -> None:
    read_token(Secret(f"a.{text}.c"))


# check


def checked(cabinet: Cabinet, the_account: Account | None = None) -> CheckReport:
    return asyncio.run(wildberries(cabinet, the_account).check())


def test_check_tells_the_seller() -> None:
    report = checked(Cabinet())
    assert report.seller == "Mugs"
    assert report.findings == ()
    assert report.warehouses == (MarketplaceWarehouse("658434", "FBS"),)


def test_check_finds_what_is_wrong_with_the_token() -> None:
    ending = int((NOW + timedelta(days=3)).timestamp())
    weak = token(exp=ending, s=(1 << 4) | (1 << 30), acc=2, t=True)
    findings = checked(Cabinet(), account(the_token=weak)).findings
    text = "\n".join(f"{finding.level}: {finding.message}" for finding in findings)
    for expected in [
        "error: the token lacks Content",
        "error: the token lacks Analytics",
        "error: the token may only read",
        "error: this is a token of the test circuit",
    ]:
        assert expected in text


def test_a_token_of_the_test_circuit_is_right_where_that_is_asked() -> None:
    weak = account(the_token=token(s=ALL_RIGHTS, acc=3, t=True))
    assert len(checked(Cabinet(), weak).findings) == 1
    assert checked(Cabinet(), replace(weak, base_url="http://127.0.0.1:9")).findings == ()


def test_check_finds_warehouses_that_are_missing_unusable_or_busy() -> None:
    cabinet = Cabinet(warehouses=json.loads(sample("warehouses")))
    report = checked(cabinet, account("658434", "658435", "658439", "658438", "1"))
    assert [finding.level for finding in report.findings] == [
        "error",
        "error",
        "error",
        "warning",
        "warning",
    ]
    text = " ".join(finding.message for finding in report.findings)
    assert "658435 is being updated" in text
    assert "658439 (Дирижабль): delivery type 7" in text
    assert "658438 (Старый): being deleted" in text
    assert "no warehouse 1;" in text


def test_of_a_warehouse_that_takes_no_stock_it_is_not_told_that_it_will_soon() -> None:
    going = WAREHOUSE | {"isDeleting": True, "isProcessing": True}
    (finding,) = checked(Cabinet(warehouses=[going])).findings
    assert "being deleted" in finding.message


def test_a_right_that_cannot_be_asked_about_now_is_asked_about_later() -> None:
    cabinet = Cabinet()
    busy = httpx.Response(429, headers={"X-Ratelimit-Retry": "7200"}, json={"title": "too many"})
    cabinet.override["GET", "/ping"] = busy
    findings = checked(cabinet).findings
    assert [f.waits for f in findings] == [True, True]
    assert all("could not be asked now" in f.message for f in findings)


def test_check_tells_that_orders_under_way_are_in_no_list_of_other_deliveries() -> None:
    def warned(*links: str) -> list[str]:
        cabinet = Cabinet(warehouses=json.loads(sample("warehouses")))
        return [
            f.message for f in checked(cabinet, account(*links)).findings if "under" in f.message
        ]

    assert warned("658434") == []
    (message,) = warned("658434", "658436", "658437")
    assert "658436, 658437" in message


def test_check_tells_a_right_that_the_server_denies() -> None:
    cabinet = Cabinet()

    cabinet.override["GET", "/ping"] = httpx.Response(
        401, json={"title": "unauthorized", "status": 401}
    )
    messages = [finding.message for finding in checked(cabinet).findings]
    assert any("does not open Content" in message for message in messages)
    assert any("does not open Analytics" in message for message in messages)


def test_a_token_that_does_not_work_at_all_is_refused_credentials() -> None:
    cabinet = Cabinet()
    cabinet.override["GET", "/api/v3/warehouses"] = httpx.Response(
        401, json={"title": "unauthorized", "detail": GOOD_TOKEN, "status": 401}
    )
    with pytest.raises(CredentialsRefused) as caught:
        checked(cabinet)
    assert GOOD_TOKEN not in str(caught.value)


# Catalogue


def card(number: int, when: str = "updatedAt", at: str = "2026-09-01T00:00:00.5Z") -> Any:
    return {
        "nmID": number,
        "vendorCode": f"V-{number}",
        "title": f"Mug {number}",
        "sizes": [{"chrtID": number * 10, "techSize": "0", "skus": [f"46{number}"]}],
        when: at,
    }


def test_the_catalogue_is_walked_whole_and_the_trash_after_it() -> None:
    cabinet = Cabinet(
        cards=[card(number) for number in range(1, 251)], trash=[card(900, "trashedAt")]
    )
    pages = pages_of(wildberries(cabinet).catalog(None))
    listings = [listing for page in pages for listing in page.records]
    assert [listing.external_id for listing in listings] == [
        *(str(number * 10) for number in range(1, 251)),
        "9000",
    ]
    assert [listing.archived for listing in listings] == [False] * 250 + [True]


def test_the_catalogue_goes_on_from_its_cursor_in_both_lists() -> None:
    cabinet = Cabinet(cards=[card(1), card(2)], trash=[card(900, "trashedAt")])
    cursor = pages_of(wildberries(cabinet).catalog(None))[-1].cursor
    assert cursor is not None
    assert records_of(wildberries(cabinet).catalog(cursor)) == []
    cabinet.cards.append(card(1, at="2026-09-02T00:00:00Z"))
    cabinet.trash.append(card(2, "trashedAt", at="2026-09-02T00:00:00Z"))
    pages = pages_of(wildberries(cabinet).catalog(cursor))
    changed = [listing for page in pages for listing in page.records]
    assert [(listing.external_id, listing.archived) for listing in changed] == [
        ("10", False),
        ("20", True),
    ]
    # An empty page keeps the place.
    again = pages_of(wildberries(cabinet).catalog(pages[-1].cursor))
    assert [page.records for page in again] == [(), ()]
    assert again[-1].cursor == pages[-1].cursor


def test_every_page_of_the_catalogue_is_a_place_to_go_on_from() -> None:
    cabinet = Cabinet(cards=[card(number) for number in range(1, 251)])
    first = pages_of(wildberries(cabinet).catalog(None))[0]
    rest = records_of(wildberries(cabinet).catalog(first.cursor))
    assert len(first.records) + len(rest) == 250


@pytest.mark.parametrize("form", ["2026-01-01", '{"cards":["2026-09-01T00:00:00.5Z",1]}'])
def test_a_cursor_of_another_version_means_a_whole_walk(form: str) -> None:
    """Also one that could be read: what it stands for was made of cards in another way."""
    cabinet = Cabinet(cards=[card(1)])
    assert len(records_of(wildberries(cabinet).catalog(form))) == 1


def test_a_page_that_leads_back_to_itself_ends_the_walk_with_an_error() -> None:
    cabinet = Cabinet()
    cards = [card(number) for number in range(1, 101)]
    cabinet.override["POST", "/content/v2/get/cards/list"] = httpx.Response(
        200,
        json={"cards": cards, "cursor": {"total": 100, "updatedAt": "2026-09-01", "nmID": 100}},
    )
    with pytest.raises(AnswerNotUnderstood, match="same page twice"):
        pages_of(wildberries(cabinet).catalog(None))


# Orders


ARCHIVE = "/api/marketplace/v3/fbs/orders/archive"


def by_id(orders: Sequence[Order]) -> dict[str, Order]:
    assert len({order.order_id for order in orders}) == len(orders), "an order was told twice"
    return {order.order_id: order for order in orders}


def test_orders_of_the_time_range_come_in_every_state_each_once() -> None:
    cabinet = Cabinet(
        tasks=[
            CabinetTask(1, 10),
            CabinetTask(2, 10, supplier="confirm"),
            CabinetTask(3, 11, supplier="complete", wb="sold"),
            CabinetTask(4, 11, supplier="new", wb="declined_by_client"),
            # New ones are told however old they are.
            CabinetTask(5, 12, created_at=NOW - timedelta(days=20)),
            CabinetTask(6, 12, supplier="confirm", created_at=NOW - timedelta(days=20)),
        ]
    )
    orders = by_id(records_of(wildberries(cabinet).orders(last(1))))
    assert {key: order.step for key, order in orders.items()} == {
        "1": Step.OPEN,
        "2": Step.OPEN,
        "3": Step.DELIVERED,
        "4": Step.CANCELLED,
        "5": Step.OPEN,
    }
    assert all(order.gives_back is None for order in orders.values())


def test_a_long_time_range_is_walked_in_slices_and_pages() -> None:
    cabinet = Cabinet(
        tasks=[
            CabinetTask(number, 10, supplier="complete", created_at=NOW - timedelta(days=40))
            for number in range(1, 2002)
        ]
        + [CabinetTask(5000, 10, supplier="confirm", created_at=NOW - timedelta(days=80))]
    )
    orders = by_id(records_of(wildberries(cabinet).orders(last(85))))
    assert len(orders) == 2002
    assert len(cabinet.asked("/api/v3/orders")) == 3 + 2
    assert len(cabinet.asked("/api/v3/orders/status")) == 3 + 1


def test_orders_made_before_the_last_three_months_come_from_the_archive() -> None:
    old = NOW - timedelta(days=150)
    cabinet = Cabinet(
        tasks=[
            CabinetTask(1, 10, supplier="confirm", created_at=NOW - timedelta(days=60)),
            *(
                CabinetTask(
                    number, 11, supplier="complete", wb="sold", created_at=old, archived=True
                )
                for number in range(100, 1200)
            ),
        ]
    )
    orders = by_id(records_of(wildberries(cabinet).orders(last(200))))
    assert len(orders) == 1101
    assert orders["100"].step is Step.DELIVERED
    edge = months_before(NOW, 3).timestamp()
    for request in cabinet.asked("/api/v3/orders"):
        since, until = int(request.params["dateFrom"]), int(request.params["dateTo"])
        # Where it is doubtful whether the list still holds it, a request is lost with a day only.
        assert since >= edge + 86_400 or until - since <= 86_400
    months = {(r.params["year"], r.params["month"]) for r in cabinet.asked(ARCHIVE)}
    assert months == {("2026", str(month)) for month in range(5, 9)}


def test_a_month_of_the_archive_may_begin_a_day_sooner_or_later() -> None:
    """By whose clock is said nowhere."""
    cabinet = Cabinet()
    since = datetime(2026, 6, 1, 12, tzinfo=UTC)
    pages_of(wildberries(cabinet).orders(TimeRange(since, NOW)))
    assert [r.params["month"] for r in cabinet.asked(ARCHIVE)] == ["5", "6", "7", "8"]


def test_a_day_at_the_edge_of_the_list_takes_no_other_day_with_it() -> None:
    """A list that begins before the last three months is empty, whatever else lies in it."""
    made = [NOW - timedelta(days=days) for days in (91, 90, 89, 70, 5)]
    cabinet = Cabinet(
        tasks=[
            CabinetTask(n, 10, supplier="confirm", created_at=at) for n, at in enumerate(made, 1)
        ]
    )
    # Ours is a little slow, so that three months ago lies a little too early, too.
    time_range = TimeRange(NOW - timedelta(days=200), NOW - timedelta(minutes=2))
    orders = by_id(records_of(wildberries(cabinet).orders(time_range)))
    assert orders.keys() == {"1", "2", "3", "4", "5"}


def test_orders_are_asked_for_beyond_now_in_every_family() -> None:
    """This machine's clock may be slow: the newest order was made after what it calls now."""
    cabinet = Cabinet(
        tasks=[
            CabinetTask(n, 10, supplier="confirm" if f == "fbs" else "cancel", family=f)
            for n, f in enumerate(FAMILIES, 1)
        ],
        warehouses=[WAREHOUSE, *OTHER_WAREHOUSES.values()],
    )
    for task in cabinet.tasks:
        task.created_at = NOW
    time_range = TimeRange(NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    assert len(records_of(wildberries(cabinet).orders(time_range))) == len(FAMILIES)


def test_the_first_family_is_read_though_no_warehouse_is_of_it() -> None:
    """It has the archive, and what was ordered before the warehouse went."""
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)], warehouses=[DBS_WAREHOUSE])
    assert len(records_of(wildberries(cabinet).orders(last(1)))) == 1


def test_a_short_time_range_asks_for_no_archive() -> None:
    cabinet = Cabinet()
    pages_of(wildberries(cabinet).orders(last(60)))
    assert cabinet.asked(ARCHIVE) == []


@pytest.mark.parametrize("family", OTHER_WAREHOUSES)
def test_a_familys_orders_are_read_where_the_seller_has_such_a_warehouse(family: str) -> None:
    warehouse = OTHER_WAREHOUSES[family]
    place = warehouse["id"]
    tasks = [
        CabinetTask(1, 10, family=family, warehouse_id=place),
        CabinetTask(2, 10, family=family, warehouse_id=place, supplier="receive", wb="sold"),
        CabinetTask(3, 10, family=family, warehouse_id=place, supplier="cancel", wb="canceled"),
        # Open ones beyond `new` are in no list, but are followed by id.
        CabinetTask(4, 10, family=family, warehouse_id=place, supplier="confirm"),
    ]
    fbs_only = Cabinet(tasks=tasks)
    assert records_of(wildberries(fbs_only).orders(last(1))) == []
    assert fbs_only.asked(f"{FAMILIES[family][0]}/new") == []
    both = Cabinet(tasks=tasks, warehouses=[WAREHOUSE, warehouse])
    orders = by_id(records_of(wildberries(both).orders(last(1))))
    assert {key: order.step for key, order in orders.items()} == {
        "1": Step.OPEN,
        "2": Step.DELIVERED,
        "3": Step.CANCELLED,
    }
    assert orders["1"].warehouse_id == str(place)
    tasks[0].supplier = "confirm"
    (again,) = records_of(wildberries(both).orders_again(refs_of([orders["1"]])))
    assert (again.status, again.step) == ("confirm/waiting", Step.OPEN)
    assert (again.lines, again.handle) == (orders["1"].lines, orders["1"].handle)


def test_what_lies_at_the_sellers_counter_is_reserved_until_the_buyer_has_it() -> None:
    for supplier, wb, step, gone in (
        ("prepare", "ready_for_pickup", Step.OPEN, False),
        ("receive", "waiting", Step.DELIVERED, True),
        ("reject", "canceled_by_client", Step.CANCELLED, False),
        ("cancel_shelf_life", "canceled", Step.CANCELLED, False),
    ):
        now = fate(Family.PICKUP, supplier, wb)
        assert (now.step, now.left_warehouse) == (step, gone), supplier


def refs_of(orders: Sequence[Order]) -> list[OrderRef]:
    return [OrderRef(order.order_id, order.created_at, order.handle) for order in orders]


def test_open_orders_are_followed_by_id_in_both_families_and_full_batches() -> None:
    cabinet = Cabinet(
        tasks=[
            *(CabinetTask(number, 10 + number % 3) for number in range(1, 1502)),
            CabinetTask(9000, 10, family="dbs"),
        ],
        warehouses=[WAREHOUSE, DBS_WAREHOUSE],
    )
    before = records_of(wildberries(cabinet).orders(last(1)))
    cabinet.requests.clear()
    for task in cabinet.tasks:
        task.supplier = "deliver" if task.family == "dbs" else "complete"
    after = records_of(wildberries(cabinet).orders_again(refs_of(before)))
    assert len(cabinet.asked("/api/v3/orders/status")) == 2
    assert len(cabinet.asked("/api/marketplace/v3/dbs/orders/status/info")) == 1
    assert {order.step for order in after} == {Step.SHIPPED}
    known, now_known = by_id(before), by_id(after)
    assert known.keys() == now_known.keys()
    for key, order in known.items():
        assert now_known[key].lines == order.lines
        assert now_known[key].warehouse_id == order.warehouse_id
        assert now_known[key].created_at == order.created_at
        assert now_known[key].handle == order.handle


def test_orders_without_an_answer_are_left_out_when_asked_again() -> None:
    cabinet = Cabinet(
        tasks=[CabinetTask(1, 10), CabinetTask(2, 10), CabinetTask(3, 10, family="dbs")],
        warehouses=[WAREHOUSE, DBS_WAREHOUSE],
    )
    refs = refs_of(records_of(wildberries(cabinet).orders(last(1))))
    cabinet.tasks = cabinet.tasks[:1]
    assert [o.order_id for o in records_of(wildberries(cabinet).orders_again(refs))] == ["1"]


def test_a_listed_order_without_a_status_is_unknown_rather_than_missing() -> None:
    cabinet = Cabinet(tasks=[CabinetTask(1, 10, silent=True)])
    (order,) = records_of(wildberries(cabinet).orders(last(1)))
    assert order.step is Step.UNKNOWN
    assert order.left_warehouse is None


def test_orders_not_scanned_at_the_hand_over_are_open_until_they_are() -> None:
    cabinet = Cabinet(
        tasks=[
            CabinetTask(1, 10, supplier="complete"),
            CabinetTask(2, 10, supplier="complete"),
            # The list still holds it although Wildberries has it by now.
            CabinetTask(3, 10, supplier="complete", wb="sorted"),
        ],
        reship={1, 3},
    )
    orders = by_id(records_of(wildberries(cabinet).orders(last(1))))
    assert {key: order.step for key, order in orders.items()} == {
        "1": Step.OPEN,
        "2": Step.SHIPPED,
        "3": Step.SHIPPED,
    }
    assert orders["1"].status == "complete/waiting, to be shipped again"
    (again,) = records_of(wildberries(cabinet).orders_again(refs_of([orders["1"]])))
    assert again == orders["1"]


def test_the_reshipment_list_costs_one_request_a_reading_and_none_without_need() -> None:
    path = "/api/v3/supplies/orders/reshipment"
    idle = Cabinet(tasks=[CabinetTask(1, 10)])
    pages_of(wildberries(idle).orders(last(1)))
    assert idle.asked(path) == []
    busy = Cabinet(tasks=[CabinetTask(n, 10, supplier="complete") for n in range(1, 2500)])
    pages_of(wildberries(busy).orders(last(1)))
    assert len(busy.asked(path)) == 1
    # Only what goes to Wildberries' own warehouses is shipped again.
    fetched = CabinetTask(1, 10, family="dbw")
    others = Cabinet(tasks=[fetched], warehouses=[WAREHOUSE, OTHER_WAREHOUSES["dbw"]])
    refs = refs_of(records_of(wildberries(others).orders(last(1))))
    fetched.supplier = "complete"
    (order,) = records_of(wildberries(others).orders_again(refs))
    assert (order.status, others.asked(path)) == ("complete/waiting", [])


def test_a_list_of_orders_that_does_not_move_on_is_an_error() -> None:
    cabinet = Cabinet()
    rows = [CabinetTask(number, 10).listed() for number in range(1, 1001)]
    cabinet.override["GET", "/api/v3/orders"] = httpx.Response(
        200, json={"next": 1000, "orders": rows}
    )
    with pytest.raises(AnswerNotUnderstood, match="same page twice"):
        pages_of(wildberries(cabinet).orders(last(1)))


def test_null_is_an_empty_list_but_a_missing_list_is_no_answer() -> None:
    cabinet = Cabinet()
    new = ("GET", "/api/v3/orders/new")
    cabinet.override[new] = httpx.Response(200, json={"orders": None})
    assert records_of(wildberries(cabinet).orders(last(1))) == []
    cabinet.override[new] = httpx.Response(200, json={})
    with pytest.raises(AnswerNotUnderstood, match="orders"):
        pages_of(wildberries(cabinet).orders(last(1)))


# Answers that lack what the contract does not require


def answers(**body: Any) -> httpx.Response:
    return httpx.Response(200, json=body)


NEW = ("GET", "/api/v3/orders/new")
STATUSES = ("POST", "/api/v3/orders/status")


def test_an_order_without_a_number_is_told_and_takes_no_other_with_it() -> None:
    met = Words()
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)])
    rows = [{"chrtId": 10}, {"id": None}, {"id": 0}, cabinet.tasks[0].listed()]
    cabinet.override[NEW] = answers(orders=rows)
    (order,) = records_of(wildberries(cabinet, surprises=met).orders(last(1)))
    assert order.order_id == "1"
    place = "GET /api/v3/orders/new"
    assert [m for m in met if m[1] == "id"] == [
        (place, "id", ""),
        (place, "id", ""),
        (place, "id", "0"),
    ]


@pytest.mark.parametrize("when", [None, "soon", "9999-12-31T23:59:59Z", "2026-11-23T09:00:00"])
def test_an_order_that_does_not_tell_when_it_was_made_was_made_now(when: str | None) -> None:
    met = Words()
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)])
    cabinet.override[NEW] = answers(orders=[{"id": 1, "chrtId": 10, "createdAt": when}])
    adapter = wildberries(cabinet, surprises=met)
    (order,) = records_of(adapter.orders(last(1)))
    assert (order.step, order.created_at) == (Step.OPEN, NOW)
    assert met == [("GET /api/v3/orders/new", "createdAt", when or "")]


def test_ids_told_as_text_and_fields_never_heard_of_change_nothing() -> None:
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)])
    row = cabinet.tasks[0].listed() | {"id": "1", "chrtId": "10", "mood": {"good": True}}
    cabinet.override[NEW] = answers(orders=[row], weather="fine")
    plain = Cabinet(tasks=cabinet.tasks)
    assert records_of(wildberries(cabinet).orders(last(1))) == records_of(
        wildberries(plain).orders(last(1))
    )


def test_a_status_without_words_or_number_is_unknown_and_told() -> None:
    met = Words()
    cabinet = Cabinet(tasks=[CabinetTask(1, 10), CabinetTask(2, 10)])
    cabinet.override[STATUSES] = answers(
        orders=[{"supplierStatus": "new"}, {"id": 1}, {"id": 2, "supplierStatus": "confirm"}]
    )
    adapter = wildberries(cabinet, surprises=met)
    orders = by_id(records_of(adapter.orders(last(1))))
    assert {k: (o.step, o.left_warehouse) for k, o in orders.items()} == {
        "1": (Step.UNKNOWN, None),
        "2": (Step.UNKNOWN, False),
    }
    place = "POST /api/v3/orders/status"
    assert set(met) == {
        (place, "id", ""),
        (place, "supplierStatus", ""),
        (place, "wbStatus", ""),
    }
    # Nothing is learned of what nothing is said of.
    again = records_of(adapter.orders_again(refs_of(list(orders.values()))))
    assert [order.order_id for order in again] == ["2"]


def test_a_full_page_that_does_not_say_where_the_next_begins_is_an_error() -> None:
    """Taken for the last one, it would hide the orders after it."""
    cabinet = Cabinet()
    rows = [CabinetTask(number, 10).listed() for number in range(1, 1001)]
    cabinet.override["GET", "/api/v3/orders"] = answers(orders=rows)
    with pytest.raises(AnswerNotUnderstood, match="where the next one begins"):
        pages_of(wildberries(cabinet).orders(last(1)))
    cabinet.override["GET", "/api/v3/orders"] = answers(orders=rows, next=0)
    assert len(records_of(wildberries(cabinet).orders(last(1)))) == 1000


def test_an_archived_order_that_tells_little_is_read_as_far_as_it_goes() -> None:
    met = Words()
    cabinet = Cabinet(warehouses=[WAREHOUSE])
    cabinet.override["GET", ARCHIVE] = answers(orders=[{"id": 7}, {}], next=None)
    orders = records_of(wildberries(cabinet, surprises=met).orders(last(120)))
    assert {(o.order_id, o.step, o.lines[0].listing_keys) for o in orders} == {
        ("7", Step.UNKNOWN, ())
    }
    assert {name for _, name, _ in met} == {"id", "createdAt", "supplierStatus", "wbStatus"}


def test_an_unknown_kind_of_delivery_is_told() -> None:
    met = Words()
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)], warehouses=[WAREHOUSE, {"id": 5, "name": "x"}])
    cabinet.override[NEW] = answers(orders=[cabinet.tasks[0].listed() | {"deliveryType": "drone"}])
    adapter = wildberries(cabinet, surprises=met)
    assert len(records_of(adapter.orders(last(1)))) == 1
    assert met == [("GET /api/v3/orders/new", "deliveryType", "drone")]
    warehouses = asyncio.run(adapter.warehouses())
    assert warehouses[1].unusable == "delivery type ?: its orders are not read"
    assert met[1:] == [("GET /api/v3/warehouses", "deliveryType", "")]


def test_cards_that_lack_much_are_listings_as_far_as_they_go() -> None:
    met = Words()
    cabinet = Cabinet()
    cabinet.override["POST", "/content/v2/get/cards/list"] = answers(
        cards=[
            {"nmID": 1},
            {"sizes": [{"chrtID": 10}]},
            {"nmID": 2, "vendorCode": "A", "sizes": [{"techSize": "M"}, {"chrtID": 11}]},
        ]
    )
    listings = records_of(wildberries(cabinet, surprises=met).catalog(None))
    assert [(x.external_id, x.offer_id, x.archived) for x in listings] == [
        ("10", "", False),
        ("11", "A/0", False),
    ]
    place = "POST /content/v2/get/cards/list"
    assert met == [(place, "sizes", ""), (place, "chrtID", "")]


def test_the_catalogue_goes_on_from_its_last_card_where_no_position_is_told() -> None:
    cabinet = Cabinet()
    rows = [card(number) for number in range(1, 151)]

    def page(request: Request) -> httpx.Response:
        after = request.body["settings"]["cursor"].get("nmID", 0)
        return httpx.Response(200, json={"cards": [c for c in rows if c["nmID"] > after][:100]})

    cabinet.override["POST", "/content/v2/get/cards/list"] = page
    assert len(records_of(wildberries(cabinet).catalog(None))) == 150
    for row in rows:
        del row["updatedAt"]
    with pytest.raises(AnswerNotUnderstood, match="where the next one begins"):
        pages_of(wildberries(cabinet).catalog(None))


def test_a_service_that_wants_money_is_told_as_it_says_it() -> None:
    words = "wb solution for business has insufficient funds"
    cabinet = Cabinet()

    def unpaid(_: Request) -> httpx.Response:
        return httpx.Response(402, json={"title": "payment required", "detail": words})

    cabinet.override["GET", "/api/v1/seller-info"] = unpaid
    (finding,) = checked(cabinet).findings
    assert finding.level == "warning"
    assert words in finding.message
    cabinet.override[NEW] = unpaid
    with pytest.raises(RequestRefused, match=words):
        pages_of(wildberries(cabinet).orders(last(1)))


# Returns


def return_row(number: int, **changes: Any) -> Any:
    return {
        "orderId": number,
        "srid": f"mp.{number}.r",
        "sku": "2004000000132",
        "shkId": number,
        "returnType": "",
        "returnStatus": "",
        "orderDt": "2026-11-20",
        "completedDt": None,
    } | changes


def test_no_returns_are_no_error() -> None:
    assert records_of(wildberries(Cabinet()).returns(last(90), [])) == []
    # Counted, and gone by the time that they are to be told.
    cabinet = Cabinet()
    cabinet.override["GET", "/api/analytics/v1/item-returns"] = httpx.Response(
        200, json={"count": 5, "report": []}
    )
    assert records_of(wildberries(cabinet).returns(last(1), [])) == []


def test_a_basic_token_reads_the_only_slice_each_time() -> None:
    basic = account(the_token=token(s=ALL_RIGHTS, acc=1))
    cabinet, kept = Cabinet(returns=[return_row(1)]), Notebook(JumpingClock(NOW))
    for _ in range(3):
        adapter = wildberries(cabinet, basic, recent=kept)
        assert len(records_of(adapter.returns(last(5), []))) == 1


def test_returns_are_paged_by_offset_and_sliced_by_days() -> None:
    cabinet = Cabinet(
        returns=[return_row(number) for number in range(1, 1502)]
        + [return_row(9000, orderDt="2026-09-01", completedDt="2026-11-22T10:00:00")]
    )
    returns = records_of(wildberries(cabinet).returns(last(90), []))
    assert len({item.return_id for item in returns}) == 1502
    assert [i.return_id for i in returns if i.step is ReturnStep.RECEIVED] == ["mp.9000.r"]
    offsets = [r.params["offset"] for r in cabinet.asked("/api/analytics/v1/item-returns")]
    assert offsets == ["0", "1000", "0", "0"]


def test_returns_reach_back_to_the_orders_that_are_still_expected() -> None:
    cabinet = Cabinet(returns=[return_row(1, orderDt="2026-08-25")])
    assert records_of(wildberries(cabinet).returns(last(30), [])) == []
    ref = OrderRef("1", NOW - timedelta(days=100))
    assert len(records_of(wildberries(cabinet).returns(last(30), [ref]))) == 1


def test_a_basic_token_reads_one_slice_at_a_time_each_in_its_turn() -> None:
    """It may ask twice an hour, and never twice at once."""
    basic = account(the_token=token(s=ALL_RIGHTS, acc=1))
    days = ("2026-11-20", "2026-10-20", "2026-09-01", "2026-08-26")
    cabinet = Cabinet(returns=[return_row(n, orderDt=day) for n, day in enumerate(days, 1)])
    cabinet.warehouses = [WAREHOUSE]
    pace, clock = Pace(None), JumpingClock(NOW)
    kept = Notebook(clock)
    found = []
    for _ in range(6):
        adapter = Wildberries(
            basic, clock=clock, pace=pace, transport=cabinet.transport(), recent=kept
        )
        assert adapter.traits.returns_interval_s == 1800
        time_range = TimeRange(NOW - timedelta(days=90), NOW)
        found.append([item.return_id for item in records_of(adapter.returns(time_range, []))])
        clock.moment += timedelta(minutes=32)
    newest, second = ["mp.1.r"], ["mp.2.r"]
    assert found == [newest, second, newest, ["mp.3.r", "mp.4.r"], newest, second]
    assert len(cabinet.asked("/api/analytics/v1/item-returns")) == 6


def test_returns_served_twice_are_an_error() -> None:
    cabinet = Cabinet()
    rows = [return_row(number) for number in range(1, 1001)]
    cabinet.override["GET", "/api/analytics/v1/item-returns"] = httpx.Response(
        200, json={"count": 3000, "report": rows}
    )
    with pytest.raises(AnswerNotUnderstood, match="same page twice"):
        pages_of(wildberries(cabinet).returns(last(1), []))


# Stocks


def key(chrt_id: int, warehouse_id: str = "658434") -> StockKey:
    return StockKey(str(chrt_id), f"ART-{chrt_id}", warehouse_id)


def update(chrt_id: int, quantity: int, warehouse_id: str = "658434") -> StockUpdate:
    return StockUpdate(key(chrt_id, warehouse_id), quantity, NOW)


def test_stock_is_read_per_configured_warehouse_and_what_has_no_record_is_absent() -> None:
    cabinet = Cabinet(
        stocks={("658434", 10): 5, ("658435", 10): 7, ("658434", 11): 0},
        warehouses=[WAREHOUSE, DBS_WAREHOUSE],
    )
    keys = [key(10), key(11), key(12), key(10, "658435"), key(10, "1")]
    shown = records_of(wildberries(cabinet, account("658434", "658435")).read_stock(keys))
    assert shown == [
        SeenStock(("chrt:10",), "658434", 5),
        SeenStock(("chrt:11",), "658434", 0),
        SeenStock(("chrt:10",), "658435", 7),
    ]
    # Nobody asks what is shown elsewhere.
    assert cabinet.asked("/api/v3/stocks/1") == []


def test_stock_is_read_a_thousand_sizes_at_a_time() -> None:
    cabinet = Cabinet(stocks={("658434", number): number for number in range(1, 2500)})
    shown = records_of(wildberries(cabinet).read_stock(key(n) for n in range(1, 2500)))
    assert len(shown) == 2499
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 3


@pytest.mark.parametrize("amount", [-1, None, 2**31])
def test_an_amount_that_is_none_leaves_that_listing_unread_and_is_told(amount: int) -> None:
    cabinet = Cabinet(stocks={("658434", 10): amount, ("658434", 11): 3})
    met = Words()
    shown = records_of(wildberries(cabinet, surprises=met).read_stock([key(10), key(11)]))
    assert shown == [SeenStock(("chrt:11",), "658434", 3)]
    word = "" if amount is None else str(amount)
    assert met == [("POST /api/v3/stocks/{warehouseId}", "amount", word)]


def pushed(
    cabinet: Cabinet, updates: Sequence[StockUpdate], the_account: Account | None = None
) -> dict[str, tuple[Verdict, str]]:
    outcomes = asyncio.run(wildberries(cabinet, the_account).push(updates))
    assert sorted(o.update.key.external_id for o in outcomes) == sorted(
        u.key.external_id for u in updates
    ), "one outcome per update"
    return {o.update.key.external_id: (o.verdict, o.code) for o in outcomes}


ACCEPTED = (Verdict.ACCEPTED, "")


def test_a_push_shows_the_quantities_it_was_given() -> None:
    cabinet = Cabinet(stocks={("658434", 10): 5})
    assert pushed(cabinet, [update(10, 3), update(11, 0)]) == {"10": ACCEPTED, "11": ACCEPTED}
    assert cabinet.stocks == {("658434", 10): 3, ("658434", 11): 0}


def test_refused_items_do_not_block_the_rest() -> None:
    cabinet = Cabinet(refused={501: "NotFound", 502: "CargoWarehouseRestrictionMGT"})
    outcomes = pushed(cabinet, [update(number, 1) for number in range(500, 510)])
    assert outcomes.pop("501") == (Verdict.REFUSED, "NotFound")
    assert outcomes.pop("502") == (Verdict.REFUSED, "CargoWarehouseRestrictionMGT")
    assert set(outcomes.values()) == {ACCEPTED}
    assert len(cabinet.stocks) == 8
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 2


def test_an_item_that_spoils_the_batch_unnamed_is_found() -> None:
    cabinet = Cabinet(poison={137})
    outcomes = pushed(cabinet, [update(number, 1) for number in range(1000)])
    assert outcomes.pop("137") == (Verdict.REFUSED, "ProductPropertyConflict")
    assert set(outcomes.values()) == {ACCEPTED}
    assert len(cabinet.stocks) == 999
    # A thousand are halved ten times at most, and both halves sent.
    assert len(cabinet.asked("/api/v3/stocks/658434")) <= 1 + 2 * 10


def test_named_and_unnamed_refusals_of_one_batch_are_both_found() -> None:
    cabinet = Cabinet(poison={3}, refused={5: "NotFound"})
    outcomes = pushed(cabinet, [update(number, 1) for number in range(8)])
    assert outcomes["3"] == (Verdict.REFUSED, "ProductPropertyConflict")
    assert outcomes["5"] == (Verdict.REFUSED, "NotFound")
    assert len(cabinet.stocks) == 6


def test_where_all_are_refused_by_name_none_is_sent_again() -> None:
    cabinet = Cabinet(refused={501: "NotFound", 502: "NotFound"})
    outcomes = pushed(cabinet, [update(501, 1), update(502, 1)])
    assert set(outcomes.values()) == {(Verdict.REFUSED, "NotFound")}
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 1


def test_refusals_without_end_are_bounded_and_leave_the_rest_unknown() -> None:
    cabinet = Cabinet(poison=set(range(1000)))
    outcomes = pushed(cabinet, [update(number, 1) for number in range(1000)])
    assert len(cabinet.asked("/api/v3/stocks/658434")) == facts.REFUSALS_MAX
    assert (Verdict.UNKNOWN, "TOO_MANY_REFUSALS") in outcomes.values()


@pytest.mark.parametrize(
    ("status", "body", "wait_s"),
    [
        (409, [{"code": "StoreIsProcessing", "message": "wait"}], facts.PROCESSING_RETRY_S),
        (406, {"code": "WarehouseStocksUpdateBlock", "message": "wait"}, facts.BLOCKED_RETRY_S),
    ],
)
@pytest.mark.parametrize("pace", [0.5, 1.0, 4.0])
def test_a_busy_warehouse_means_later(status: int, body: Any, wait_s: float, pace: float) -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = httpx.Response(status, json=body)
    adapter = wildberries(cabinet, replace(account(), pace=pace))
    outcomes = asyncio.run(adapter.push([update(10, 3), update(11, 1)]))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.LATER}
    assert {outcome.retry_after_s for outcome in outcomes} == {wait_s / pace}
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 1


PUT = ("PUT", "/api/v3/stocks/658434")
# What `data` may be beside a list of items.
DATA: list[Any] = [..., None, {}, {"skuTest1": ""}, {"nested": [1, {"chrtId": 10}]}]


def refusing(status: int, code: str | None, data: Any = ..., *, listed: bool = False) -> Cabinet:
    """A cabinet whose every stock update is refused; the body is an array if `listed`."""
    group: Any = {"message": "words of theirs"}
    if code is not None:
        group["code"] = code
    if data is not ...:
        group["data"] = data
    cabinet = Cabinet()
    body = [group] if listed else group
    cabinet.override[PUT] = httpx.Response(status, json=body)
    return cabinet


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("status", [406, 409])
def test_only_a_ban_is_told_as_a_ban(status: int, data: Any, listed: bool) -> None:
    banned = refusing(status, "StatusNotAcceptable", data, listed=listed)
    with pytest.raises(MarketplaceError, match="takes no stock from this seller"):
        pushed(banned, [update(10, 3)])
    for code in ("WarehouseStocksUpdateBlock", "StoreIsProcessing"):
        busy = refusing(status, code, data, listed=listed)
        assert pushed(busy, [update(10, 3)]) == {"10": (Verdict.LATER, code)}
        assert len(busy.asked("/api/v3/stocks/658434")) == 1


@pytest.mark.parametrize("code", ["SKUUploadDisabled", "IncorrectRequestBody", "IncorrectRequest"])
@pytest.mark.parametrize("status", [400, 406, 409])
def test_a_request_that_is_wrong_itself_is_not_sent_in_halves(status: int, code: str) -> None:
    cabinet = refusing(status, code, None, listed=status == 409)
    with pytest.raises(RequestRefused, match=f"{status}, {code}: words of theirs"):
        pushed(cabinet, [update(n, 3) for n in range(10)])
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 1


def test_of_several_reasons_of_a_kind_the_first_is_told() -> None:
    cabinet = Cabinet()
    codes = ("NotFound", "IncorrectRequest", "IncorrectParameter")
    cabinet.override[PUT] = httpx.Response(409, json=[{"code": c, "message": "no"} for c in codes])
    with pytest.raises(RequestRefused, match="409, IncorrectRequest: no"):
        pushed(cabinet, [update(10, 3)])


@pytest.mark.parametrize("code", ["BrandNew", "", None])
def test_a_406_that_nobody_knows_is_an_error_in_its_own_words(code: str | None) -> None:
    met = Words()
    cabinet = refusing(406, code)
    with pytest.raises(
        RequestRefused, match=r"PUT .* refused the request \(406, .*words"
    ) as caught:
        asyncio.run(wildberries(cabinet, surprises=met).push([update(10, 3)]))
    assert "seller" not in str(caught.value)
    assert met == [("PUT /api/v3/stocks/{warehouseId}", "code", code or "")]


ABOUT_ITEMS = sorted(code for code, about in REFUSALS.items() if about is About.ITEM)


@pytest.mark.parametrize("code", ABOUT_ITEMS)
def test_every_code_about_an_item_spares_the_others(code: str) -> None:
    named = Cabinet(refused={501: code})
    assert pushed(named, [update(500, 1), update(501, 1)]) == {
        "500": ACCEPTED,
        "501": (Verdict.REFUSED, code),
    }


def test_a_code_about_an_item_that_nobody_knows_is_told() -> None:
    met = Words()
    cabinet = Cabinet(refused={501: "TooPretty"})
    outcomes = asyncio.run(
        wildberries(cabinet, surprises=met).push([update(500, 1), update(501, 1)])
    )
    assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED, Verdict.REFUSED}
    assert met == [("PUT /api/v3/stocks/{warehouseId}", "code", "TooPretty")]


def test_items_named_by_barcode_alone_are_found_by_halves() -> None:
    """Older forms of the refusal name no chrtId."""
    cabinet = Cabinet()

    def answer(request: Request) -> httpx.Response:
        bad = [r for r in request.body["stocks"] if r["chrtId"] == 3]
        data = [{"sku": "46003", "amount": r["amount"]} for r in bad]
        body = [{"code": "NotFound", "message": "Not found", "data": data}]
        return httpx.Response(409, json=body) if bad else httpx.Response(204)

    cabinet.override[PUT] = answer
    outcomes = pushed(cabinet, [update(n, 1) for n in range(8)])
    assert outcomes.pop("3") == (Verdict.REFUSED, "NotFound")
    assert set(outcomes.values()) == {ACCEPTED}


def test_quantities_out_of_range_are_refused_and_not_sent() -> None:
    cabinet = Cabinet()
    outcomes = pushed(cabinet, [update(10, 100_001), update(11, 100_000)])
    assert outcomes == {"10": (Verdict.REFUSED, "UploadDataLimit"), "11": ACCEPTED}


@pytest.mark.parametrize("kind", [4, 77, None])
def test_nothing_is_sent_to_a_warehouse_whose_orders_are_not_read(kind: int) -> None:
    cabinet = Cabinet(warehouses=[{"id": 658434, "name": "x", "deliveryType": kind}])
    assert pushed(cabinet, [update(10, 3)]) == {"10": (Verdict.REFUSED, "WarehouseUnusable")}
    assert cabinet.asked("/api/v3/stocks/658434") == []


GOING = WAREHOUSE | {"isDeleting": True}


@pytest.mark.parametrize(("before", "asked"), [(WAREHOUSE, 1), (DBS_WAREHOUSE, 2), (GOING, 2)])
def test_warehouses_are_remembered_unless_they_stood_in_the_way(
    before: dict[str, Any], asked: int
) -> None:
    cabinet, clock = Cabinet(warehouses=[before]), JumpingClock(NOW)
    recent = Notebook(clock)

    def push() -> None:
        asyncio.run(wildberries(cabinet, recent=recent, clock=clock).push([update(10, 3)]))

    push()
    cabinet.warehouses, cabinet.stocks = [WAREHOUSE], {}
    clock.moment += timedelta(seconds=facts.WAREHOUSES_AGE_MAX_S)
    push()
    assert cabinet.stocks == {("658434", 10): 3}
    assert len(cabinet.asked("/api/v3/warehouses")) == asked


def test_who_asks_for_warehouses_is_told_of_now_and_not_what_is_remembered() -> None:
    cabinet, recent = Cabinet(), Notebook(JumpingClock(NOW))
    asyncio.run(wildberries(cabinet, recent=recent).push([update(10, 3)]))
    cabinet.warehouses = [WAREHOUSE, DBS_WAREHOUSE]

    async def both() -> int:
        adapter = wildberries(cabinet, recent=recent)
        await adapter.push([update(10, 3)])
        return len(await adapter.warehouses())

    assert asyncio.run(both()) == 2


def test_after_a_refusal_that_rests_on_them_warehouses_are_asked_for_anew() -> None:
    cabinet, recent = Cabinet(), Notebook(JumpingClock(NOW))
    cabinet.override["PUT", "/api/v3/stocks/658434"] = [
        httpx.Response(404, json={"code": "NotFound", "message": "no such warehouse"})
    ]
    with pytest.raises(RequestRefused):
        asyncio.run(wildberries(cabinet, recent=recent).push([update(10, 3)]))
    asyncio.run(wildberries(cabinet, recent=recent).push([update(10, 3)]))
    assert len(cabinet.asked("/api/v3/warehouses")) == 2


def test_an_unknown_warehouse_is_told() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = httpx.Response(
        404, json={"code": "NotFound", "message": "no such warehouse"}
    )
    with pytest.raises(RequestRefused):
        pushed(cabinet, [update(10, 3)])


def test_a_failure_after_a_refusal_leaves_the_rest_unknown() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = [
        httpx.Response(
            409, json=[{"code": "NotFound", "message": "gone", "data": [{"chrtId": 10}]}]
        ),
        *[httpx.Response(500)] * 99,
    ]
    outcomes = pushed(cabinet, [update(10, 3), update(11, 1)])
    assert outcomes["10"] == (Verdict.REFUSED, "NotFound")
    assert outcomes["11"][0] is Verdict.UNKNOWN


def test_a_push_without_any_answer_raises() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = httpx.Response(502, text="<html>")
    with pytest.raises(Unreachable):
        pushed(cabinet, [update(10, 3)])


def test_a_conflict_that_says_nothing_is_not_understood() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = httpx.Response(409, text="<html>")
    with pytest.raises(AnswerNotUnderstood):
        pushed(cabinet, [update(10, 3)])


def test_conflicts_of_the_contract_name_their_items() -> None:
    refusals = parse.parse_refusals(sample("stocks_conflict"))
    assert [(r.code, r.chrt_ids) for r in refusals] == [
        ("NotFound", {501999999}),
        ("CargoWarehouseRestrictionMGT", {501999998}),
    ]


# Trouble


def test_a_throttled_request_waits_as_long_as_it_is_told() -> None:
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)], warehouses=[WAREHOUSE])
    cabinet.override["GET", "/api/v3/orders/new"] = [
        httpx.Response(
            429, headers={"X-Ratelimit-Retry": "17"}, json={"title": "too many requests"}
        )
    ]
    clock = JumpingClock(NOW)
    shop = Wildberries(account(), clock=clock, pace=Pace(None), transport=cabinet.transport())
    assert [order.order_id for order in records_of(shop.orders(last(1)))] == ["1"]
    assert clock.now() - NOW >= timedelta(seconds=17)


def test_refused_batches_are_paid_for_tenfold() -> None:
    cabinet = Cabinet(poison=set(range(1000)), warehouses=[WAREHOUSE])
    clock = JumpingClock(NOW)
    shop = Wildberries(
        account(),
        clock=clock,
        pace=Pace(None),
        transport=cabinet.transport(),
        deadline=NOW + timedelta(hours=1),
    )
    asyncio.run(shop.push([update(number, 1) for number in range(1000)]))
    # The last one is not waited for, and the bucket of twenty was full before the first.
    owed = 10 * (facts.REFUSALS_MAX - 2) - 20
    assert clock.now() - NOW >= timedelta(seconds=owed / facts.STOCKS_LIMIT.per_s)


@pytest.mark.parametrize(
    "body", ['{"orders": [{"id": 1', "<html>", "[]", '{"orders": [{"id": "x"}]}']
)
def test_garbled_answers_name_the_account_and_the_endpoint(body: str) -> None:
    cabinet = Cabinet()
    cabinet.override["GET", "/api/v3/orders/new"] = httpx.Response(200, text=body)
    with pytest.raises(AnswerNotUnderstood, match=r"wb-main: GET /api/v3/orders/new"):
        pages_of(wildberries(cabinet).orders(last(1)))


def test_pages_before_the_one_that_fails_stand() -> None:
    cabinet = Cabinet(
        tasks=[CabinetTask(1, 10), CabinetTask(2, 10, supplier="confirm")],
    )
    cabinet.override["GET", "/api/v3/orders"] = httpx.Response(503)

    told: list[str] = []

    async def read() -> None:
        async for page in wildberries(cabinet).orders(last(1)):
            told.extend(order.order_id for order in page.records)

    with pytest.raises(Unreachable):
        asyncio.run(read())
    assert told == ["1"]
