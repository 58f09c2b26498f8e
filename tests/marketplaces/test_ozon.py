"""Ozon: documented answers beside the records expected of them, and the walks through its lists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderLine,
    OrderRef,
    PushOutcome,
    Return,
    ReturnStep,
    ShownStock,
    Step,
    StockKey,
    StockUpdate,
    Verdict,
    Window,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    ConfigurationError,
    MarketplaceError,
    RequestRefused,
    Throttled,
)
from cloudstock.marketplaces.base import Page
from cloudstock.marketplaces.opening import open_marketplace
from cloudstock.marketplaces.ozon import Ozon, facts, parse, wire
from cloudstock.marketplaces.ozon.statuses import RETURN_STEPS, STEPS, return_step_of
from cloudstock.marketplaces.pace import Pace
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.marketplaces.clocks import START, JumpingClock
from tests.marketplaces.ozon_cabinet import (
    OTHER_WAREHOUSE,
    WAREHOUSE,
    Cabinet,
    posting,
    product,
    returned,
)

T = TypeVar("T")
SAMPLES = Path(__file__).parent / "samples" / "ozon"
MUG_KEYS = ("sku:2600000013", "offer:MUG-01")


def sample(name: str, kind: type[T]) -> T:
    return msgspec.json.decode((SAMPLES / f"{name}.json").read_bytes(), type=kind, strict=False)


def account(*warehouses: str, **also: Any) -> Account:
    return Account(
        "ozon-main",
        "ozon",
        tuple(WarehouseLink(w, "main") for w in warehouses or (str(WAREHOUSE),)),
        options={"client_id": "123456"},
        secrets={"api_key": Secret("the-key")},
        **also,
    )


def using(
    cabinet: Cabinet, work: Callable[[Ozon], Any], *, of: Account | None = None, clock: Any = None
) -> Any:
    async def run() -> Any:
        ozon = Ozon(
            of or account(),
            clock=clock or JumpingClock(),
            pace=Pace(),
            transport=cabinet.transport(),
        )
        try:
            return await work(ozon)
        finally:
            await ozon.aclose()

    return asyncio.run(run())


async def all_of(pages: AsyncIterator[Page[T]]) -> list[T]:
    return [record async for page in pages for record in page.records]


LAST_HOUR = Window(START - timedelta(hours=2), START)


# Documented answers


def test_postings_of_the_list() -> None:
    fresh, delivering, cancelled = (
        parse.parse_order(p, now=START) for p in sample("postings_list", wire.PostingsPage).postings
    )
    assert fresh == Order(
        order_id="48215077-0011-1",
        step=Step.OPEN,
        status="awaiting_packaging/posting_created",
        created_at=datetime(2026, 11, 23, 11, 2, 10, tzinfo=UTC),
        lines=(OrderLine("2600000013", MUG_KEYS, 2, "MUG-01"),),
        warehouse_id="22142605386000",
        left_shelf=False,
        handle="48215077-0011",
    )
    left_at = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    assert (delivering.step, delivering.left_shelf) == (Step.SHIPPED, True)
    assert delivering.shipped_at == left_at
    assert [(x.line_id, x.quantity) for x in delivering.lines] == [
        ("2600000013", 3),
        ("2600000029", 1),
    ]
    # Assembled (`cancelled_after_ship`) but never handed over: on the shelf.
    assert (cancelled.step, cancelled.left_shelf) == (Step.CANCELLED, False)
    assert cancelled.gives_back is None


def test_a_posting_by_itself() -> None:
    raw = sample("posting_get", wire.PostingAnswer).result
    assert parse.parse_order(raw, now=START).status == "awaiting_deliver/posting_in_carriage"


def test_a_product_has_all_its_keys() -> None:
    (row,) = sample("products_list", wire.ProductsPage).result.items
    (card,) = sample("product_info_list", wire.ProductInfos).items
    assert parse.parse_listing(row, card, archived=False) == Listing(
        external_id="1000000007",
        offer_id="MUG-01",
        name="Mug, blue",
        barcodes=("OZN2600000013", "4607000000132"),
        keys=(
            "product:1000000007",
            "sku:2600000013",
            "sku:2600000015",
            "sku:2600000014",
            "offer:MUG-01",
        ),
    )
    assert parse.parse_listing(row, None, archived=True).archived


def test_returns_of_goods_that_ozon_holds_are_none_of_ours() -> None:
    received, waiting, fbo = (
        parse.parse_return(r) for r in sample("returns_list", wire.ReturnsPage).returns
    )
    assert received == Return(
        return_id="1000000007",
        step=ReturnStep.RECEIVED,
        status="ReceivedBySeller",
        quantity=1,
        order_id="48215077-0011-1",
        listing_keys=MUG_KEYS,
        offer_id="MUG-01",
        created_at=datetime(2026, 11, 19, 8, tzinfo=UTC),
        received_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    )
    assert waiting is not None
    assert (waiting.step, waiting.received_at) == (ReturnStep.EXPECTED, None)
    assert waiting.replaces == "1000000001"
    assert fbo is None


def test_stock_is_what_can_be_ordered() -> None:
    (row,) = sample("warehouse_stocks", wire.WarehouseStocksPage).stocks
    shown = parse.parse_stock(row, warehouse_id="1")
    assert shown == ShownStock(("product:1000000007", *MUG_KEYS), "1", free=7, reserved=3)
    bare = msgspec.structs.replace(row, free_stock=None)
    assert parse.parse_stock(bare, warehouse_id="1") == shown
    told = msgspec.json.encode(bare).replace(b'"reserved":3', b'"reserved":11')
    with pytest.raises(msgspec.ValidationError, match="11 reserved of 10 present"):
        msgspec.json.decode(told, type=wire.StockRow)


def test_warehouses_tell_why_they_take_no_stock() -> None:
    main, old = sample("warehouses", wire.WarehousesPage).warehouses or ()
    assert parse.parse_warehouse(main) == MarketplaceWarehouse("22142605386000", "Main")
    assert parse.parse_warehouse(old).unusable == "archived"
    assert (
        parse.parse_warehouse(msgspec.structs.replace(old, status="odd")).unusable == "status odd"
    )
    paused = msgspec.structs.replace(main, pause_at="2026-11-20T00:00:00Z")
    assert parse.parse_warehouse(paused).unusable == "paused"


# What the words mean

STATUS_CASES = [
    # status, handed over, rFBS -> step, left shelf
    ("awaiting_registration", False, False, Step.OPEN, False),
    ("awaiting_deliver", False, False, Step.OPEN, False),
    ("acceptance_in_progress", False, False, Step.OPEN, False),
    ("acceptance_in_progress", True, False, Step.SHIPPED, True),
    ("sent_by_seller", False, True, Step.SHIPPED, None),
    ("driver_pickup", False, False, Step.SHIPPED, None),
    ("delivering", True, False, Step.SHIPPED, True),
    ("not_accepted", True, False, Step.SHIPPED, True),
    ("arbitration", False, False, Step.UNKNOWN, None),
    ("client_arbitration", True, False, Step.UNKNOWN, True),
    ("delivered", True, False, Step.DELIVERED, True),
    ("cancelled", False, False, Step.CANCELLED, False),
    ("cancelled", False, True, Step.CANCELLED, None),
    ("cancelled", True, False, Step.CANCELLED, True),
    ("cancelled_from_split_pending", False, False, Step.REPLACED, None),
    ("teleported", False, False, Step.UNKNOWN, None),
]


@pytest.mark.parametrize(("status", "handed_over", "rfbs", "step", "left_shelf"), STATUS_CASES)
def test_what_a_status_means(
    status: str, handed_over: bool, rfbs: bool, step: Step, left_shelf: bool | None
) -> None:
    raw = wire.Posting(
        posting_number="1-1-1",
        status=status,
        products=(),
        delivering_date=START if handed_over else None,
        tpl_integration_type="non_integrated" if rfbs else "ozon",
    )
    order = parse.parse_order(raw, now=START)
    assert (order.step, order.left_shelf, order.status) == (step, left_shelf, status)


def test_every_documented_status_has_a_meaning() -> None:
    tried = {case[0] for case in STATUS_CASES}
    assert tried - STEPS.keys() == {"teleported"}


@pytest.mark.parametrize("scheme", ["FBO", "fbp"])
def test_goods_that_ozon_holds_move_nothing(scheme: str) -> None:
    raw = wire.Posting("1-1-1", "awaiting_packaging", (), delivery_schema=scheme)
    assert "shelf" in (parse.parse_order(raw, now=START).ignored or "")


def test_a_posting_not_yet_processed_was_made_just_now() -> None:
    raw = wire.Posting("1-1-1", "awaiting_registration", ())
    assert parse.parse_order(raw, now=START).created_at == START


def test_only_one_word_means_that_a_return_is_back() -> None:
    received = [w for w, step in RETURN_STEPS.items() if step is ReturnStep.RECEIVED]
    assert received == ["ReceivedBySeller"]
    assert return_step_of("ApprovedByOzon") is ReturnStep.EXPECTED
    assert return_step_of("Vaporised") is ReturnStep.UNKNOWN


# Catalogue


def test_the_catalogue_is_whole_over_pages_and_archive() -> None:
    cabinet = Cabinet(products=[product(n, archived=n % 5 == 0) for n in range(25)], page=4)
    listings = using(cabinet, lambda o: all_of(o.catalog(None)))
    assert sorted(x.offer_id for x in listings) == sorted(f"ART-{n}" for n in range(25))
    assert sum(x.archived for x in listings) == 5
    assert all(x.name == f"Product {x.offer_id}" and x.barcodes for x in listings)


def test_an_empty_catalogue_is_an_answer() -> None:
    assert using(Cabinet(), lambda o: all_of(o.catalog(None))) == []


# Orders


def test_orders_are_found_by_start_of_processing_and_by_change() -> None:
    long_ago = (START - timedelta(days=90)).isoformat()
    cabinet = Cabinet(
        postings=[
            posting("1-0001-1"),
            posting("2-0001-1", in_process_at=long_ago, status="delivered"),
            posting("3-0001-1", in_process_at=long_ago, _changed_at=long_ago),
        ]
    )
    orders = using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))
    assert [o.order_id for o in orders] == ["1-0001-1", "2-0001-1"]


def test_orders_come_over_many_pages_once_each() -> None:
    cabinet = Cabinet(postings=[posting(f"{n}-0001-1") for n in range(50)], page=7)
    orders = using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))
    assert len(orders) == len({o.order_id for o in orders}) == 50


def test_a_posting_that_changes_during_the_walk_comes_again() -> None:
    changing = posting("1-0001-1")
    cabinet = Cabinet(postings=[changing])

    async def work(ozon: Ozon) -> list[Step]:
        steps = []
        async for page in ozon.orders(LAST_HOUR):
            steps += [o.step for o in page.records]
            changing["status"] = "cancelled"
        return steps

    assert using(cabinet, work) == [Step.OPEN, Step.CANCELLED]


def test_a_window_of_years_is_read_in_spans_that_ozon_allows() -> None:
    old = (START - timedelta(days=800)).isoformat()
    cabinet = Cabinet(postings=[posting("1-0001-1", in_process_at=old, _changed_at=old)])
    window = Window(START - timedelta(days=1000), START)
    assert len(using(cabinet, lambda o: all_of(o.orders(window)))) == 1


def ref(number: str, days: float = 1, handle: str | None = None) -> OrderRef:
    made = START - timedelta(days=days)
    return OrderRef(number, made, number.rpartition("-")[0] if handle is None else handle)


def test_orders_are_asked_again_by_order_number_however_old() -> None:
    made = {1: 1.0, 2: 100.0, 3: 700.0}
    cabinet = Cabinet(
        postings=[
            posting(f"{n}-0001-1", in_process_at=(START - timedelta(days=d)).isoformat())
            for n, d in made.items()
        ]
        + [posting("4-0001-1", _listed=False)]
    )
    refs = [ref(f"{n}-0001-1", d) for n, d in made.items()]
    refs += [ref("4-0001-1", handle=""), ref("5-0001-1")]
    orders = using(cabinet, lambda o: all_of(o.orders_again(refs)))
    assert sorted(o.order_id for o in orders) == ["1-0001-1", "2-0001-1", "3-0001-1", "4-0001-1"]
    # One by one is the slow lane: only what the list does not tell.
    assert {b["posting_number"] for b in cabinet.asked("/v3/posting/fbs/get")} == {
        "3-0001-1",
        "4-0001-1",
        "5-0001-1",
    }
    assert len(cabinet.asked("/v4/posting/fbs/list")) == 1


def test_many_orders_are_asked_again_in_full_batches() -> None:
    cabinet = Cabinet(postings=[posting(f"{n}-0001-1") for n in range(250)])
    refs = [ref(f"{n}-0001-1") for n in range(250)]
    assert len(using(cabinet, lambda o: all_of(o.orders_again(refs)))) == 250
    assert len(cabinet.requests) == 3


def test_no_orders_to_ask_again_is_no_request() -> None:
    cabinet = Cabinet()
    assert using(cabinet, lambda o: all_of(o.orders_again([]))) == []
    assert cabinet.requests == []


# Returns


def test_returns_by_change_and_by_order() -> None:
    old = {"status": {"sys_name": "MovingToSeller"}, "change_moment": "2026-01-01T00:00:00Z"}
    cabinet = Cabinet(
        returns=[returned(n) for n in range(1, 30)]
        + [returned(n, visual=old) for n in range(30, 100)],
        page=10,
    )
    refs = [ref(f"{n}-0001-1") for n in range(30, 95)]
    got = using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, refs)))
    assert sorted(int(r.return_id) for r in got) == list(range(1, 95))


# Stocks


def two_warehouses() -> Cabinet:
    cabinet = Cabinet(products=[product(n) for n in range(10)], page=3)
    for n in range(10):
        cabinet.stocks[1_000_000_000 + n, WAREHOUSE] = (n, 2)
        cabinet.stocks[1_000_000_000 + n, OTHER_WAREHOUSE] = (100, 0)
    return cabinet


def key(number: int, warehouse: str = str(WAREHOUSE)) -> StockKey:
    return StockKey(str(1_000_000_000 + number), f"ART-{number}", warehouse)


@pytest.mark.parametrize("keys", [None, [key(n) for n in range(10)]], ids=["all", "by-key"])
def test_stock_is_read_for_configured_warehouses_only(keys: list[StockKey] | None) -> None:
    shown = using(two_warehouses(), lambda o: all_of(o.read_stock(keys)))
    assert {(s.listing_keys[0], s.warehouse_id, s.free, s.reserved) for s in shown} == {
        (f"product:{1_000_000_000 + n}", str(WAREHOUSE), n, 2) for n in range(10)
    }


def test_stock_of_every_configured_warehouse_is_read() -> None:
    both = account(str(WAREHOUSE), str(OTHER_WAREHOUSE))
    shown = using(two_warehouses(), lambda o: all_of(o.read_stock(None)), of=both)
    assert len(shown) == 20


def test_an_account_need_not_name_its_only_warehouse() -> None:
    cabinet = two_warehouses()
    shown = using(cabinet, lambda o: all_of(o.read_stock(None)), of=account(""))
    assert {s.warehouse_id for s in shown} == {""}
    cabinet.warehouses.append(cabinet.warehouses[0] | {"warehouse_id": OTHER_WAREHOUSE})
    with pytest.raises(ConfigurationError, match="name the warehouse"):
        using(cabinet, lambda o: all_of(o.read_stock(None)), of=account(""))
    with pytest.raises(ConfigurationError, match="not a warehouse number"):
        using(cabinet, lambda o: all_of(o.read_stock(None)), of=account("Main"))


# Pushing


def updates(*numbers: int, warehouse: str = str(WAREHOUSE)) -> list[StockUpdate]:
    return [StockUpdate(key(n, warehouse), 50 + n, START) for n in numbers]


def verdicts(outcomes: tuple[PushOutcome, ...]) -> dict[str, Verdict]:
    return {o.update.key.offer_id: o.verdict for o in outcomes}


def test_results_are_matched_by_ids_and_read_by_their_codes() -> None:
    cabinet = Cabinet()
    body = (SAMPLES / "stocks_answer.json").read_bytes()
    cabinet.instead["/v2/products/stocks"] = [lambda _: httpx.Response(200, content=body)]
    names = {"MUG-01": 1000000007, "CUP-07": 1000000008, "POT-02": 1000000009, "LID-03": 1000000010}
    pushed = [
        StockUpdate(StockKey(str(i), name, str(WAREHOUSE)), 5, START) for name, i in names.items()
    ]
    outcomes = using(
        cabinet, lambda o: o.push(pushed), of=account(pace=2.0, base_url="http://[::1]")
    )
    by_name = {o.update.key.offer_id: o for o in outcomes}
    assert verdicts(outcomes) == {
        "MUG-01": Verdict.ACCEPTED,
        "CUP-07": Verdict.LATER,
        "POT-02": Verdict.REFUSED,
        "LID-03": Verdict.UNKNOWN,
    }
    assert by_name["CUP-07"].retry_after_s == 15
    assert (by_name["POT-02"].code, by_name["POT-02"].message) == ("SOMETHING_NEW", "Nobody knows")


def test_what_is_sent_is_absolute_and_by_product_id() -> None:
    cabinet = two_warehouses()
    assert set(verdicts(using(cabinet, lambda o: o.push(updates(1, 2)))).values()) == {
        Verdict.ACCEPTED
    }
    assert cabinet.stocks[1_000_000_001, WAREHOUSE] == (51, 0)
    assert cabinet.asked("/v2/products/stocks") == [
        {
            "stocks": [
                {"product_id": 1_000_000_000 + n, "warehouse_id": WAREHOUSE, "stock": 50 + n}
                for n in (1, 2)
            ]
        }
    ]


def test_an_item_that_spoils_the_batch_is_sorted_out() -> None:
    cabinet = two_warehouses()
    cabinet.poison = {1_000_000_002, 1_000_000_004}
    outcomes = using(cabinet, lambda o: o.push(updates(1, 2, 3, 4, 5)))
    assert verdicts(outcomes) == {
        "ART-1": Verdict.ACCEPTED,
        "ART-2": Verdict.REFUSED,
        "ART-3": Verdict.ACCEPTED,
        "ART-4": Verdict.REFUSED,
        "ART-5": Verdict.ACCEPTED,
    }
    # Each is named alone, and costs one more.
    assert len(cabinet.requests) == 3


def test_a_batch_of_spoilers_has_an_end() -> None:
    cabinet = two_warehouses()
    cabinet.poison = set(range(1_000_000_000, 1_000_000_100))
    outcomes = using(cabinet, lambda o: o.push(updates(*range(40))))
    assert len(outcomes) == 40
    assert set(verdicts(outcomes).values()) == {Verdict.REFUSED, Verdict.UNKNOWN}
    assert len(cabinet.requests) == facts.REFUSALS_MAX


def test_a_request_refused_for_no_item_is_an_error() -> None:
    cabinet = two_warehouses()
    cabinet.instead["/v2/products/stocks"] = [
        lambda _: httpx.Response(400, json={"code": 3, "message": "bad day"})
    ]
    with pytest.raises(RequestRefused, match="bad day"):
        using(cabinet, lambda o: o.push(updates(1)))


def test_too_often_after_a_lost_answer_tells_nothing() -> None:
    """The first sending may have been applied though its answer never came."""
    cabinet = two_warehouses()
    cabinet.refused = {1_000_000_001: "TOO_MANY_REQUESTS"}
    assert verdicts(using(cabinet, lambda o: o.push(updates(1)))) == {"ART-1": Verdict.LATER}
    cabinet.instead["/v2/products/stocks"] = [lambda _: httpx.Response(504)]
    assert verdicts(using(cabinet, lambda o: o.push(updates(1)))) == {"ART-1": Verdict.UNKNOWN}


def test_the_pushes_of_a_minute_stay_within_eighty() -> None:
    clock, cabinet = JumpingClock(), two_warehouses()
    times: list[datetime] = []

    async def work(ozon: Ozon) -> None:
        for _ in range(200):
            await ozon.push(updates(1))
            times.append(clock.now())

    using(cabinet, work, clock=clock)
    for n, first in enumerate(times):
        assert sum(first <= t < first + timedelta(minutes=1) for t in times[n:]) <= 80


# Checks and errors


def test_check_tells_which_warehouses_there_are_and_what_is_wrong() -> None:
    cabinet = Cabinet()
    cabinet.warehouses.append(
        {"warehouse_id": OTHER_WAREHOUSE, "name": "Old", "status": "disabled", "pause_at": None}
    )
    report = using(cabinet, lambda o: o.check())
    assert [w.warehouse_id for w in report.warehouses] == [str(WAREHOUSE), str(OTHER_WAREHOUSE)]
    assert report.findings == ()
    report = using(cabinet, lambda o: o.check(), of=account(str(OTHER_WAREHOUSE), "77"))
    assert ["archived" in f.message for f in report.findings] == [True, False]
    assert "knows no warehouse 77" in report.findings[1].message


def refuse(status: int, code: int, message: str) -> Callable[[Any], httpx.Response]:
    return lambda _: httpx.Response(status, json={"code": code, "message": message, "details": []})


def test_check_reads_nothing_that_the_job_reads() -> None:
    cabinet = Cabinet()
    assert using(cabinet, lambda o: o.check()).findings == ()
    assert [path for path, _ in cabinet.requests] == ["/v2/warehouse/list"]


@pytest.mark.parametrize(
    ("status", "message"),
    [(503, "Circle is open"), (429, "circle is open"), (403, "Circle is open")],
)
def test_a_closed_method_is_left_alone_for_minutes(status: int, message: str) -> None:
    cabinet = Cabinet()
    cabinet.instead["/v1/returns/list"] = [refuse(status, 8, message)]
    with pytest.raises(Throttled) as caught:
        using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert caught.value.wait_s == facts.CIRCLE_OPEN_S
    assert len(cabinet.requests) == 1


def test_a_used_up_second_passes() -> None:
    cabinet = Cabinet(returns=[returned(1)])
    limit = "You have reached request rate limit per second"
    cabinet.instead["/v1/returns/list"] = [refuse(429, 8, limit)]
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))) == 1


WALKS: dict[str, Callable[[Ozon], Any]] = {
    "/v3/product/list": lambda o: all_of(o.catalog(None)),
    "/v4/posting/fbs/list": lambda o: all_of(o.orders(LAST_HOUR)),
    "/v1/returns/list": lambda o: all_of(o.returns(LAST_HOUR, [])),
    "/v1/product/info/warehouse/stocks": lambda o: all_of(o.read_stock(None)),
    "/v2/product/info/stocks-by-warehouse/fbs": lambda o: all_of(o.read_stock([key(1)])),
    "/v2/warehouse/list": lambda o: o.warehouses(),
}


@pytest.mark.parametrize("path", WALKS)
def test_a_page_sent_again_and_again_is_an_error(path: str) -> None:
    again = {
        "/v3/product/list": {"result": {"items": [product(1)], "last_id": "x"}},
        "/v4/posting/fbs/list": {
            "postings": [posting("1-0001-1")],
            "has_next": True,
            "cursor": "x",
        },
        "/v1/returns/list": {"returns": [returned(1)], "has_next": True},
        "/v1/product/info/warehouse/stocks": {"stocks": [], "has_next": True, "cursor": "x"},
        "/v2/product/info/stocks-by-warehouse/fbs": {
            "products": [],
            "has_next": True,
            "cursor": "x",
        },
        "/v2/warehouse/list": {"warehouses": [], "has_next": True, "cursor": "x"},
    }[path]
    cabinet = Cabinet(products=[product(1)])
    cabinet.instead[path] = [lambda _: httpx.Response(200, json=again)] * 9
    with pytest.raises(AnswerNotUnderstood, match="same page"):
        using(cabinet, WALKS[path])
    assert len(cabinet.asked(path)) == 2


@pytest.mark.parametrize("path", WALKS)
@pytest.mark.parametrize("body", [b"{}", b"<html>", b"", b'{"result": null}', b"[" * 99999])
def test_answers_outside_the_contract_are_told_by_their_endpoint(path: str, body: bytes) -> None:
    cabinet = Cabinet(products=[product(1)])
    cabinet.instead[path] = [lambda _: httpx.Response(200, content=body)]
    with pytest.raises(AnswerNotUnderstood, match=path):
        using(cabinet, WALKS[path])


@pytest.mark.parametrize("path", WALKS)
def test_the_key_is_in_no_error(path: str) -> None:
    cabinet = Cabinet(products=[product(1)])
    cabinet.instead[path] = [refuse(400, 3, "your key the-key is not welcome")]
    with pytest.raises(MarketplaceError) as caught:
        using(cabinet, WALKS[path])
    assert "the-key" not in repr(caught.value)
    assert "***" in str(caught.value)


def test_it_is_opened_by_its_name() -> None:
    marketplace = open_marketplace(account(), clock=JumpingClock(), pace=Pace())
    assert isinstance(marketplace, Ozon)
    with pytest.raises(ConfigurationError, match="ebay"):
        open_marketplace(Account("x", "ebay", ()), clock=JumpingClock(), pace=Pace())
