"""Ozon: documented answers beside the records expected of them, and the walks through its lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
    SeenStock,
    Step,
    StockKey,
    StockUpdate,
    TimeRange,
    Verdict,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    ConfigurationError,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.marketplaces.opening import open_marketplace
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.marketplaces.ozon.adapter import Ozon
from cloudstock.marketplaces.ozon.statuses import (
    CLAIM_STEPS,
    INTEGRATION_TYPES,
    ITEM_ERRORS,
    RETURN_STEPS,
    STEPS,
)
from cloudstock.marketplaces.pace import Pace
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.marketplaces.cabinet import Request
from tests.marketplaces.clocks import START, JumpingClock
from tests.marketplaces.contract import all_of
from tests.marketplaces.ozon_cabinet import (
    METHODS,
    OTHER_WAREHOUSE,
    WAREHOUSE,
    Cabinet,
    at,
    claim,
    posting,
    product,
    returned,
)
from tests.marketplaces.reading import Notebook, Words, known

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


def order_of(**raw: Any) -> tuple[Order | None, Words]:
    """Return the order of a posting, and what nobody knows in it."""
    met = Words()
    row = {"posting_number": "1-0001-1", "status": "awaiting_packaging", "products": []} | raw
    decoded = msgspec.convert(row, wire.Posting, strict=False)
    return parse.parse_order(decoded, met, now=START), met


def return_of(**raw: Any) -> tuple[Return | None, Words]:
    met = Words()
    told = msgspec.convert(returned(1) | raw, wire.ReturnRow, strict=False)
    return parse.parse_return(told, met), met


def using(
    cabinet: Cabinet,
    work: Callable[[Ozon], Any],
    *,
    of: Account | None = None,
    clock: Any = None,
    recent: Any = None,
    surprises: Any = None,
) -> Any:
    async def run() -> Any:
        ozon = Ozon(
            of or account(),
            clock=clock or JumpingClock(),
            pace=Pace(),
            transport=cabinet.transport(),
            recent=recent,
            surprises=surprises,
        )
        try:
            return await work(ozon)
        finally:
            await ozon.aclose()

    return asyncio.run(run())


LAST_HOUR = TimeRange(START - timedelta(hours=2), START)


# Documented answers


def test_postings_of_the_list() -> None:
    fresh, delivering, cancelled = (
        parse.parse_order(p, known, now=START)
        for p in sample("postings_list", wire.PostingsPage).postings or ()
    )
    assert delivering is not None
    assert cancelled is not None
    assert fresh == Order(
        order_id="48215077-0011-1",
        step=Step.OPEN,
        status="awaiting_packaging/posting_created",
        created_at=datetime(2026, 11, 23, 11, 2, 10, tzinfo=UTC),
        lines=(OrderLine("2600000013", MUG_KEYS, 2, "MUG-01"),),
        warehouse_id="22142605386000",
        left_warehouse=False,
        handle="48215077-0011",
    )
    left_at = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    assert (delivering.step, delivering.left_warehouse) == (Step.SHIPPED, True)
    assert delivering.shipped_at == left_at
    assert [(x.line_id, x.quantity) for x in delivering.lines] == [
        ("2600000013", 3),
        ("2600000029", 1),
    ]
    # Assembled (`cancelled_after_ship`) but never handed over: on the shelf.
    assert (cancelled.step, cancelled.left_warehouse) == (Step.CANCELLED, False)
    assert cancelled.gives_back is None


def test_a_posting_by_itself() -> None:
    raw = sample("posting_get", wire.PostingAnswer).result
    order = parse.parse_order(raw, known, now=START)
    assert order is not None
    assert order.status == "awaiting_deliver/posting_in_carriage"


def test_a_product_has_all_its_keys() -> None:
    (row,) = sample("products_list", wire.ProductsPage).result.items or ()
    (card,) = sample("product_info_list", wire.ProductInfos).items
    assert parse.parse_listing(row, card, known, archived=False) == Listing(
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
        card_url="https://www.ozon.ru/product/2600000013/",
        picture_url="https://ir.ozone.ru/s3/multimedia-4/6804736960.jpg",
    )
    old = parse.parse_listing(row, None, known, archived=True)
    assert old is not None
    assert old.archived
    for word in ("is_archived", "is_autoarchived"):
        gone = msgspec.structs.replace(card, **{word: True})
        listing = parse.parse_listing(row, gone, known, archived=False)
        assert listing is not None
        assert listing.archived
    # The card tells the article of now.
    renamed = msgspec.structs.replace(card, offer_id="MUG-02")
    listing = parse.parse_listing(row, renamed, known, archived=False)
    assert listing is not None
    assert (listing.offer_id, listing.keys[-1]) == ("MUG-02", "offer:MUG-02")


def test_returns_of_goods_that_ozon_holds_are_none_of_ours() -> None:
    rows = sample("returns_list", wire.ReturnsPage).returns or ()
    assert [parse.is_held(row) for row in rows] == [False, False, True]
    received, waiting = (parse.parse_return(row, known) for row in rows[:2])
    assert received == Return(
        return_id="1000000007",
        step=ReturnStep.RECEIVED,
        status="ReceivedBySeller",
        quantity=1,
        order_id="48215077-0011-1",
        listing_keys=MUG_KEYS,
        offer_id="MUG-01",
        created_at=datetime(2026, 11, 19, 8, tzinfo=UTC),
        changed_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        received_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    )
    assert waiting is not None
    assert (waiting.step, waiting.received_at) == (ReturnStep.EXPECTED, None)
    assert waiting.replaces == "1000000001"


def test_stock_is_what_can_be_ordered() -> None:
    (row,) = sample("warehouse_stocks", wire.WarehouseStocksPage).stocks or ()
    shown = parse.parse_stock(row, known, warehouse_id="1")
    assert shown == SeenStock(("product:1000000007", *MUG_KEYS), "1", free=7, reserved=3)
    bare = msgspec.structs.replace(row, free_stock=None)
    assert parse.parse_stock(bare, known, warehouse_id="1") == shown
    # What is reserved need not be told; what can be ordered must.
    silent = msgspec.structs.replace(row, reserved=None, present=None)
    assert parse.parse_stock(silent, known, warehouse_id="1") == SeenStock(
        ("product:1000000007", *MUG_KEYS), "1", free=7, reserved=None
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"free_stock": None, "reserved": 11}, "free_stock"),
        ({"free_stock": -1}, "free_stock"),
        ({"free_stock": 2**31}, "free_stock"),
        ({"free_stock": 2**63 - 1}, "free_stock"),
        ({"free_stock": None, "present": None}, "free_stock"),
        ({"product_id": None, "sku": None, "offer_id": None}, "product_id"),
    ],
)
def test_numbers_that_cannot_be_are_no_reading(changed: dict[str, Any], field: str) -> None:
    (row,) = sample("warehouse_stocks", wire.WarehouseStocksPage).stocks or ()
    met = Words()
    odd = msgspec.structs.replace(row, **changed)
    assert parse.parse_stock(odd, met, warehouse_id="1") is None
    assert [f for f, _ in met] == [field]


@pytest.mark.parametrize("reserved", [-1, 2**31])
def test_a_reserve_that_cannot_be_is_not_told(reserved: int) -> None:
    (row,) = sample("warehouse_stocks", wire.WarehouseStocksPage).stocks or ()
    met = Words()
    odd = msgspec.structs.replace(row, reserved=reserved)
    shown = parse.parse_stock(odd, met, warehouse_id="1")
    assert shown is not None
    assert (shown.free, shown.reserved, met) == (7, None, [("reserved", str(reserved))])


def test_warehouses_tell_why_they_take_no_stock() -> None:
    main, old = sample("warehouses", wire.WarehousesPage).warehouses or ()
    met = Words()

    def unusable(raw: wire.Warehouse) -> str | None:
        warehouse = parse.parse_warehouse(raw, met)
        assert warehouse is not None
        return warehouse.unusable

    assert parse.parse_warehouse(main, met) == MarketplaceWarehouse("22142605386000", "Main")
    assert unusable(old) == "archived"
    assert unusable(msgspec.structs.replace(main, pause_at="2026-11-20T00:00:00Z")) == "paused"
    assert met == []
    assert unusable(msgspec.structs.replace(old, status="odd")) == "status odd"
    assert parse.parse_warehouse(msgspec.structs.replace(old, warehouse_id=None), met) is None
    assert met == [("status", "odd"), ("warehouse_id", "")]


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
    ("arbitration", False, False, Step.DISPUTED, None),
    ("client_arbitration", True, False, Step.DISPUTED, True),
    ("delivered", True, False, Step.DELIVERED, True),
    ("cancelled", False, False, Step.CANCELLED, False),
    ("cancelled", False, True, Step.CANCELLED, None),
    ("cancelled", True, False, Step.CANCELLED, True),
    ("cancelled_from_split_pending", False, False, Step.REPLACED, None),
    ("teleported", False, False, Step.UNKNOWN, None),
]


@pytest.mark.parametrize(("status", "handed_over", "rfbs", "step", "left_warehouse"), STATUS_CASES)
def test_what_a_status_means(
    status: str, handed_over: bool, rfbs: bool, step: Step, left_warehouse: bool | None
) -> None:
    order, met = order_of(
        status=status,
        delivering_date=START.isoformat() if handed_over else None,
        tpl_integration_type="non_integrated" if rfbs else "ozon",
    )
    assert order is not None
    assert met == ([("status", status)] if status == "teleported" else [])
    assert (order.step, order.left_warehouse, order.status) == (step, left_warehouse, status)


def test_every_documented_status_has_a_meaning() -> None:
    tried = {case[0] for case in STATUS_CASES}
    assert tried - STEPS.keys() == {"teleported"}


@pytest.mark.parametrize("also", [{"delivery_schema": "FBO"}, {"integration_type_flow": "FBP"}])
def test_goods_in_a_warehouse_of_others_move_nothing(also: dict[str, str]) -> None:
    order, met = order_of(**also)
    assert order is not None
    assert "not in a warehouse of the seller" in (order.ignored or "")
    assert met == []


@pytest.mark.parametrize("scheme", ["SDS", "FBS", "fbs", "Crossborder", "", None])
def test_the_scheme_tells_of_which_kind_the_sku_is_and_no_more(scheme: str | None) -> None:
    order, met = order_of(status="cancelled", delivery_schema=scheme)
    assert order is not None
    assert (order.ignored, order.left_warehouse, met) == (None, False, [])


def test_a_substatus_never_seen_is_told_of_and_changes_nothing() -> None:
    order, met = order_of(substatus="posting_on_the_moon")
    assert order is not None
    assert (order.step, order.status) == (Step.OPEN, "awaiting_packaging/posting_on_the_moon")
    assert met == [("substatus", "posting_on_the_moon")]


def test_a_scheme_never_seen_counts_and_is_told_of() -> None:
    order, met = order_of(delivery_schema="FBQ")
    assert order is not None
    assert order.ignored is None
    assert met == [("delivery_schema", "fbq")]


@pytest.mark.parametrize(
    ("flow", "tpl", "left", "told"),
    [
        ("ozon", "ozon", False, []),
        ("ozon", None, False, []),
        (None, None, False, []),
        *((flow, "ozon", None, []) for flow, own in INTEGRATION_TYPES.items() if own),
        # As the text of the other field spells it.
        ("ozon", "hybryd", None, []),
        # What nobody knows proves nothing.
        ("drones", "ozon", None, [("integration_type_flow", "drones")]),
        ("ozon", "drones", None, [("tpl_integration_type", "drones")]),
    ],
)
def test_where_the_seller_hands_over_a_cancellation_proves_nothing(
    flow: str | None, tpl: str | None, left: bool | None, told: list[tuple[str, str]]
) -> None:
    order, met = order_of(status="cancelled", integration_type_flow=flow, tpl_integration_type=tpl)
    assert order is not None
    assert (order.step, order.left_warehouse, met) == (Step.CANCELLED, left, told)


def test_a_posting_not_yet_processed_was_made_just_now() -> None:
    for unset in (None, "", "0001-01-01T00:00:00Z"):
        order, met = order_of(status="awaiting_registration", in_process_at=unset)
        assert order is not None
        assert (order.created_at, met) == (START, [])


def test_moments_are_utc_with_or_without_saying_so() -> None:
    for told in ("2026-11-23T11:02:10.123456789Z", "2026-11-23T14:02:10.123456+03:00"):
        order, met = order_of(in_process_at=told)
        assert order is not None
        assert order.created_at == datetime(2026, 11, 23, 11, 2, 10, 123456, tzinfo=UTC)
        assert met == []
    order, met = order_of(in_process_at="yesterday", delivering_date="soon", status="cancelled")
    assert order is not None
    # Something stands there, so the units were handed over.
    assert (order.created_at, order.left_warehouse, order.shipped_at) == (START, True, None)
    assert sorted(met) == [("delivering_date", "soon"), ("in_process_at", "yesterday")]


def test_either_date_of_delivery_tells_that_units_left() -> None:
    unset = "0001-01-01T00:00:00Z"
    for other in (None, "", unset):
        dates = {"delivering_date": other, "fact_delivery_date": START.isoformat()}
        order, _ = order_of(status="cancelled", **dates)
        assert order is not None
        assert (order.left_warehouse, order.shipped_at) == (True, START)
    order, met = order_of(status="cancelled", delivering_date=unset, fact_delivery_date=unset)
    assert order is not None
    assert (order.left_warehouse, order.shipped_at, met) == (False, None, [])


@pytest.mark.parametrize(
    "broken",
    [
        {"posting_number": None},
        {"posting_number": ""},
        {"products": None},
        {"products": [{"offer_id": "MUG-01", "sku": 1}]},
        {"products": [{"offer_id": "MUG-01", "sku": 1, "quantity": -1}]},
        {"products": [{"quantity": 1}]},
        {"products": [{"sku": 1, "quantity": 2**30}, {"sku": 1, "quantity": 2**30}]},
    ],
)
def test_a_posting_that_tells_not_what_was_ordered_is_told_of(broken: dict[str, Any]) -> None:
    """It is no order of nothing, which would free what its lines have reserved."""
    order, met = order_of(**broken)
    assert order is None
    assert len(met) == 1


# Returns: word, final moment, compensated by `logistic`, by status, target place -> step
FINAL, SORTING, FULFILMENT = "2026-11-22T09:30:00Z", "СЦ_Львовский_Возвраты", "ХОРУГВИНО_РФЦ"
EXPECTED, UNDECIDED, NEVER = ReturnStep.EXPECTED, ReturnStep.UNDECIDED, ReturnStep.NEVER
RECEIVED = ReturnStep.RECEIVED
RETURN_CASES = [
    ("ReceivedBySeller", None, None, None, None, RECEIVED),
    ("ReceivedBySeller", FINAL, FINAL, "Received", FULFILMENT, RECEIVED),
    # Money and claims say nothing of the goods; a final moment does.
    *((w, None, None, None, None, s) for w, s in RETURN_STEPS.items()),
    ("MoneyReturned", FINAL, None, None, SORTING, RECEIVED),
    ("DisputeOpened", FINAL, None, None, None, RECEIVED),
    ("CompensationRejected", FINAL, None, None, SORTING, RECEIVED),
    ("Rejected", FINAL, None, None, None, RECEIVED),
    # But at Ozon's own warehouse it is another's.
    ("DisputeOpened", FINAL, None, None, FULFILMENT, UNDECIDED),
    ("MoneyReturned", FINAL, None, None, FULFILMENT, EXPECTED),
    # Words that say where the goods are know it best.
    ("ReturnedToOzon", FINAL, None, None, None, NEVER),
    ("MovingToOzon", FINAL, None, None, None, EXPECTED),
    ("Utilized", FINAL, None, None, None, NEVER),
    ("Utilizing", FINAL, None, None, None, NEVER),
    ("ArrivedAtReturnPlace", FINAL, None, None, SORTING, EXPECTED),
    ("MovingToSeller", FINAL, None, None, SORTING, EXPECTED),
    # What was paid for does not come back.
    ("WaitingCompensation", None, FINAL, None, None, NEVER),
    ("CompensationOffered", None, None, "Sent", None, NEVER),
    ("MovingToSeller", None, None, "Received", None, NEVER),
    ("DisputeOpened", FINAL, None, "Received", SORTING, RECEIVED),
    # Nor was it, where the payment was stopped or taken back.
    ("WaitingCompensation", None, FINAL, "Canceled", None, UNDECIDED),
    ("MovingToSeller", None, FINAL, "DecompensationSent", None, EXPECTED),
    # A moment that was never set, or cannot be.
    ("MoneyReturned", "9999-12-31T23:59:59-12:00", None, None, None, EXPECTED),
    ("DisputeOpened", "0001-01-01T00:00:00Z", "", None, None, UNDECIDED),
]


@pytest.mark.parametrize(("word", "final", "paid_at", "paid", "place", "step"), RETURN_CASES)
def test_what_a_return_means(
    word: str,
    final: str | None,
    paid_at: str | None,
    paid: str | None,
    place: str | None,
    step: ReturnStep,
) -> None:
    item, met = return_of(
        visual={"status": {"sys_name": word}, "change_moment": "2026-11-23T08:00:00Z"},
        logistic={"final_moment": final, "cancelled_with_compensation_moment": paid_at},
        compensation_status={"status": {"sys_name": paid}} if paid else None,
        target_place={"name": place} if place else None,
    )
    assert item is not None
    assert (item.step, item.status) == (step, word)
    assert met == ([("final_moment", final)] if final and final.startswith("9999") else [])
    assert item.changed_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    if step is not RECEIVED:
        assert item.received_at is None
    else:
        last = datetime(2026, 11, 22, 9, 30, tzinfo=UTC) if final else item.changed_at
        assert item.received_at == last


def test_a_word_never_seen_is_unknown_whatever_stands_beside_it() -> None:
    item, met = return_of(
        visual={"status": {"sys_name": "Vaporised"}},
        logistic={"final_moment": FINAL},
        compensation_status={"status": {"sys_name": "Halved"}},
    )
    assert item is not None
    assert (item.step, item.received_at) == (ReturnStep.UNKNOWN, None)
    assert sorted(met) == [
        ("compensation_status.status.sys_name", "Halved"),
        ("visual.status.sys_name", "Vaporised"),
    ]
    # A word about the money that nobody knows takes nothing from what the moments say.
    item, met = return_of(
        logistic={"cancelled_with_compensation_moment": FINAL},
        compensation_status={"status": {"sys_name": "Halved"}},
    )
    assert item is not None
    assert (item.step, met) == (NEVER, [("compensation_status.status.sys_name", "Halved")])
    item, met = return_of(visual=None)
    assert item is not None
    assert (item.step, met) == (ReturnStep.UNKNOWN, [("visual.status.sys_name", "")])


@pytest.mark.parametrize(
    ("scheme", "step", "told"),
    [
        ("FBS", EXPECTED, []),
        ("rFBS", EXPECTED, []),
        (None, EXPECTED, []),
        ("FBX", ReturnStep.UNKNOWN, [("schema", "fbx")]),
    ],
)
def test_schemes_of_returns(
    scheme: str | None, step: ReturnStep, told: list[tuple[str, str]]
) -> None:
    item, met = return_of(schema=scheme)
    assert item is not None
    assert (item.step, met) == (step, told)


@pytest.mark.parametrize(
    "broken",
    [{"id": None}, {"product": None}, {"product": {"sku": 1}}, {"product": {"quantity": -1}}],
)
def test_a_return_that_tells_not_what_came_is_told_of(broken: dict[str, Any]) -> None:
    item, met = return_of(**broken)
    assert item is None
    assert len(met) == 1


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


def test_a_time_range_of_years_is_read_in_spans_that_ozon_allows() -> None:
    old = (START - timedelta(days=800)).isoformat()
    cabinet = Cabinet(postings=[posting("1-0001-1", in_process_at=old, _changed_at=old)])
    time_range = TimeRange(START - timedelta(days=1000), START)
    assert len(using(cabinet, lambda o: all_of(o.orders(time_range)))) == 1


def test_the_newest_are_read_whatever_this_machines_clock_says() -> None:
    """Two minutes slow, and before the first answer nobody can know it."""
    later = (START + timedelta(minutes=2)).isoformat()
    old = (START - timedelta(days=30)).isoformat()
    cabinet = Cabinet(
        postings=[
            posting("1-0001-1", in_process_at=later, _changed_at=later),
            posting("2-0001-1", in_process_at=old, _changed_at=later),
        ],
        returns=[
            returned(3, visual={"status": {"sys_name": "MovingToSeller"}, "change_moment": later})
        ],
    )
    orders = using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))
    assert [o.order_id for o in orders] == ["1-0001-1", "2-0001-1"]
    again = using(cabinet, lambda o: all_of(o.orders_again([ref("1-0001-1", days=-0.001)])))
    assert [o.order_id for o in again] == ["1-0001-1"]
    assert cabinet.asked("/v3/posting/fbs/get") == []
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))) == 1


def test_a_posting_that_was_paid_late_is_found_under_its_old_time() -> None:
    """The start of processing was empty, and is told as of hours ago; nothing else changed."""
    old = (START - timedelta(hours=20)).isoformat()
    long_ago = (START - timedelta(days=20)).isoformat()
    cabinet = Cabinet(postings=[posting("1-0001-1", in_process_at=old, _changed_at=long_ago)])
    recent = Notebook(JumpingClock())
    for found in (1, 0):
        orders = using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)), recent=recent)
        assert len(orders) == found
    # Not at each reading, but now and then.
    recent.clear()
    assert len(using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)), recent=recent)) == 1


def test_periods_are_cut_where_ozon_finds_them_too_long() -> None:
    old = (START - timedelta(days=80)).isoformat()
    cabinet = Cabinet(
        postings=[posting(f"{n}-0001-1", in_process_at=old, _changed_at=old) for n in range(3)],
        period=timedelta(days=30),
    )
    recent = Notebook(JumpingClock())
    first = TimeRange(START - timedelta(days=90), START)
    assert len(using(cabinet, lambda o: all_of(o.orders(first)), recent=recent)) == 3
    spans = [
        (at(b["filter"]["since"]), at(b["filter"]["to"]))
        for b in cabinet.asked("/v4/posting/fbs/list")
    ]
    # Refused once, then never again: not by the next run either.
    assert [to - since > cabinet.period for since, to in spans].count(True) == 1
    cabinet.requests.clear()
    assert len(using(cabinet, lambda o: all_of(o.orders(first)), recent=recent)) == 3
    assert all(
        at(b["filter"]["to"]) - at(b["filter"]["since"]) <= cabinet.period
        for b in cabinet.asked("/v4/posting/fbs/list")
    )
    refs = [ref(f"{n}-0001-1", days=80) for n in range(3)]
    cabinet.requests.clear()
    assert len(using(cabinet, lambda o: all_of(o.orders_again(refs)))) == 3
    assert cabinet.asked("/v3/posting/fbs/get") == []


def test_a_period_that_is_always_too_long_is_refused() -> None:
    cabinet = Cabinet(period=timedelta(days=1))
    with pytest.raises(RequestRefused, match="PERIOD_IS_TOO_LONG"):
        using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))
    assert len(cabinet.requests) == 2


def minute(number: int) -> str:
    return (START - timedelta(hours=1) + timedelta(seconds=number)).isoformat()


def postings_answer(rows: list[Any], *, more: bool, cursor: str = "x") -> Any:
    told = {"postings": rows, "has_next": more, "cursor": cursor}
    return httpx.Response(200, json=told)


def test_a_list_that_brings_nothing_new_has_ended() -> None:
    """Whatever it says of a next page: a cursor that comes back leads to no more."""
    rows = [posting(f"{n}-0001-1", in_process_at=minute(n)) for n in range(3)]
    cabinet = Cabinet(postings=rows)
    cabinet.override["POST", "/v4/posting/fbs/list"] = [postings_answer(rows, more=True)] * 3
    orders = using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))
    assert [o.order_id for o in orders] == [r["posting_number"] for r in rows]


@pytest.mark.parametrize("reached", [1, 2])
def test_a_list_that_stands_still_is_taken_up_where_it_stopped(reached: int) -> None:
    """The same cursor comes for ever: it leads to no more than so many pages."""
    rows = [posting(f"{n:03}-0001-1", in_process_at=minute(n)) for n in range(250)]
    cabinet = Cabinet(postings=rows)

    def stuck(request: Request) -> httpx.Response:
        since = at(request.body["filter"]["since"])
        left = [r for r in rows if datetime.fromisoformat(r["in_process_at"]) >= since]
        start = 100 * (reached - 1) if request.body["cursor"] else 0
        page, more = left[start : start + 100], len(left) > start + 100
        return postings_answer(page, more=more, cursor="same")

    cabinet.override["POST", "/v4/posting/fbs/list"] = [stuck] * 9
    orders = using(cabinet, lambda o: all_of(o.orders(TimeRange(START - timedelta(days=9), START))))
    assert len({o.order_id for o in orders}) == 250


def test_a_list_that_stands_still_at_one_moment_is_an_error() -> None:
    rows = [posting(f"{n:03}-0001-1", in_process_at=minute(0)) for n in range(100)]
    cabinet = Cabinet(postings=rows)
    cabinet.override["POST", "/v4/posting/fbs/list"] = [postings_answer(rows, more=True)] * 9
    with pytest.raises(AnswerNotUnderstood, match="same page"):
        using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))
    assert len(cabinet.requests) == 3


def test_empty_pages_have_an_end() -> None:
    cabinet = Cabinet()
    cabinet.override["POST", "/v4/posting/fbs/list"] = [postings_answer([], more=True)] * 9
    assert using(cabinet, lambda o: all_of(o.orders(LAST_HOUR))) == []


def test_a_full_page_that_says_nothing_of_the_next_is_not_the_last() -> None:
    rows = [posting(f"{n:03}-0001-1", in_process_at=minute(n)) for n in range(130)]
    cabinet = Cabinet(postings=rows)
    cabinet.override["POST", "/v4/posting/fbs/list"] = [
        httpx.Response(200, json={"postings": rows[:100], "cursor": "100"})
    ]
    assert len(using(cabinet, lambda o: all_of(o.orders(LAST_HOUR)))) == 130


def test_a_long_first_reading_keeps_nothing_in_mind() -> None:
    days = timedelta(days=60)
    cabinet = Cabinet(
        postings=[
            posting(f"{n:03}-0001-1", in_process_at=(START - days / 250 * n).isoformat())
            for n in range(250)
        ]
    )
    orders = using(cabinet, lambda o: all_of(o.orders(TimeRange(START - days, START))))
    assert len({o.order_id for o in orders}) == 250
    spans = [b["filter"] for b in cabinet.asked("/v4/posting/fbs/list")]
    # What the first walk has read is not walked once more for its changes.
    (changed,) = [s for s in spans if "last_changed_status_date" in s]
    assert at(changed["to"]) <= START - days


def test_what_is_no_order_is_told_of_and_the_others_are_read() -> None:
    rows = [posting("1-0001-1"), posting("2-0001-1", products=None), posting("3-0001-1")]
    met = Words()
    orders = using(Cabinet(postings=rows), lambda o: all_of(o.orders(LAST_HOUR)), surprises=met)
    assert [o.order_id for o in orders] == ["1-0001-1", "3-0001-1"]
    assert set(met) == {("POST /v4/posting/fbs/list", "products.quantity", "")}


def test_a_page_of_which_nothing_is_understood_is_another_contract() -> None:
    rows = [posting(f"{n}-0001-1", products=None) for n in range(2)]
    with pytest.raises(AnswerNotUnderstood, match="POST /v4/posting/fbs/list answered 2 rows"):
        using(Cabinet(postings=rows), lambda o: all_of(o.orders(LAST_HOUR)))
    # One row by itself may be odd.
    assert using(Cabinet(postings=rows[:1]), lambda o: all_of(o.orders(LAST_HOUR))) == []


def test_words_that_no_table_knows_are_told_with_their_place() -> None:
    cabinet = two_warehouses()
    cabinet.postings = [posting("1-0001-1", status="teleported\x1b[31m")]
    visual = {"status": {"sys_name": "Vaporised"}, "change_moment": START.isoformat()}
    cabinet.returns = [returned(1, visual=visual)]
    cabinet.warehouses[0]["status"] = "asleep"
    cabinet.refused = {1_000_000_001: "BAD_MOOD"}
    met = Words()

    async def work(ozon: Ozon) -> None:
        await all_of(ozon.orders(LAST_HOUR))
        await all_of(ozon.returns(LAST_HOUR, [ref("1-0001-1")]))
        await ozon.warehouses()
        await ozon.push(updates(1))

    using(cabinet, work, surprises=met)
    assert set(met) == {
        ("POST /v4/posting/fbs/list", "status", "teleported[31m"),
        ("POST /v1/returns/list", "visual.status.sys_name", "Vaporised"),
        ("POST /v2/warehouse/list", "status", "asleep"),
        ("POST /v2/products/stocks", "result.errors.code", "BAD_MOOD"),
    }


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


def test_a_posting_that_tells_another_time_of_making_is_in_the_list_all_the_same() -> None:
    """Its processing was begun anew; by its own number it would be the slow lane."""
    late = posting("1-0001-1", in_process_at=(START - timedelta(days=1, hours=20)).isoformat())
    cabinet = Cabinet(postings=[late])
    assert len(using(cabinet, lambda o: all_of(o.orders_again([ref("1-0001-1")])))) == 1
    assert cabinet.asked("/v3/posting/fbs/get") == []


def test_a_posting_is_asked_for_by_the_order_that_it_named() -> None:
    """Its own number need not begin with that."""
    named = posting("7-0001-1", order_number="555")
    cabinet = Cabinet(postings=[named])
    for handle, slow in (("555", 0), ("", 1)):
        refs = [ref("7-0001-1", handle=handle)]
        assert len(using(cabinet, lambda o, refs=refs: all_of(o.orders_again(refs)))) == 1
        assert len(cabinet.asked("/v3/posting/fbs/get")) == slow


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


def test_returns_of_a_page_that_begins_with_its_greatest_id_are_asked_for_once() -> None:
    cabinet = Cabinet(returns=[returned(n) for n in range(1, 100)], page=10)
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))) == 99
    # One page more, that of which is known by then in what order they come.
    assert len(cabinet.asked("/v1/returns/list")) == 11


@pytest.mark.parametrize("newest_first", [False, True])
def test_returns_are_walked_in_whatever_order_they_come(newest_first: bool) -> None:
    """A position is the id of the last one loaded; whether ids rise or fall is not said."""
    ids = sorted(range(1, 26), reverse=newest_first)
    cabinet = Cabinet()

    def page(request: Request) -> httpx.Response:
        last = request.body["last_id"]
        start = ids.index(last) + 1 if last else 0
        rows = [returned(n) for n in ids[start : start + 10]]
        return httpx.Response(200, json={"returns": rows, "has_next": start + 10 < len(ids)})

    cabinet.override["POST", "/v1/returns/list"] = [page] * 9
    got = using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert [int(r.return_id) for r in got] == ids
    assert len(cabinet.asked("/v1/returns/list")) == 3


def rfbs_cabinet(**also: Any) -> Cabinet:
    cabinet = Cabinet(**also)
    cabinet.warehouses[0]["is_rfbs"] = True
    return cabinet


def test_claims_are_read_where_the_seller_delivers_and_only_there() -> None:
    claims = [claim(n) for n in range(1, 230)]
    cabinet = rfbs_cabinet(claims=claims)
    got = using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert sorted(r.return_id for r in got) == sorted(f"rfbs:{n}" for n in range(1, 230))
    # No position at first.
    assert ["last_id" in b for b in cabinet.asked("/v2/returns/rfbs/list")] == [False, True, True]
    cabinet = Cabinet(claims=claims)
    assert using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, []))) == []
    assert cabinet.asked("/v2/returns/rfbs/list") == []
    # Of the warehouses only the configured ones count.
    cabinet.warehouses.append(cabinet.warehouses[0] | {"warehouse_id": 7, "is_rfbs": True})
    assert using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, []))) == []
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])), of=account("7"))) == 229


def test_which_warehouses_are_rfbs_is_asked_once_a_day() -> None:
    cabinet, recent = rfbs_cabinet(claims=[claim(1)]), Notebook(JumpingClock())
    for _ in range(2):
        assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])), recent=recent)) == 1
    assert len(cabinet.asked("/v2/warehouse/list")) == 1


def test_where_nobody_knows_which_warehouses_are_rfbs_returns_are_not_taken_for_all() -> None:
    cabinet, clock = rfbs_cabinet(claims=[claim(1)]), JumpingClock()
    recent = Notebook(clock)

    def read() -> list[Return]:
        return using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])), recent=recent)

    assert len(read()) == 1
    cabinet.override["POST", "/v2/warehouse/list"] = httpx.Response(503)
    # As it was known, for some time.
    clock.moment += timedelta(seconds=facts.RFBS_FOR_MOST_S)
    assert len(read()) == 1
    clock.moment += timedelta(seconds=1)
    with pytest.raises(Unreachable):
        read()


def test_a_claim_as_a_return() -> None:
    (got,) = using(rfbs_cabinet(claims=[claim(5)]), lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert got == Return(
        return_id="rfbs:5",
        step=ReturnStep.EXPECTED,
        status="OnWay",
        quantity=1,
        order_id="5-0001-1",
        listing_keys=MUG_KEYS,
        offer_id="MUG-01",
        created_at=START - timedelta(days=3),
    )


@pytest.mark.parametrize("word", [*CLAIM_STEPS, "Vaporised"])
def test_what_a_claim_means(word: str) -> None:
    raw = msgspec.convert(claim(1, state={"state": word}), wire.ClaimRow, strict=False)
    met = Words()
    item = parse.parse_claim(raw, met, replaces={})
    assert item is not None
    assert item.step is CLAIM_STEPS.get(word, ReturnStep.UNKNOWN)
    assert met == ([] if word in CLAIM_STEPS else [("state.state", word)])
    assert (item.step is ReturnStep.RECEIVED) is (word == "ReceivedBySeller")


@pytest.mark.parametrize(("told", "units"), [(3, 3), (None, 1), (0, 1), (-1, 1), (2**31, 1)])
def test_a_claim_is_for_one_unit_unless_it_says_otherwise(told: int | None, units: int) -> None:
    raw = msgspec.convert(claim(1), wire.ClaimRow, strict=False)
    assert raw.product is not None
    product = msgspec.structs.replace(raw.product, quantity=told)
    item = parse.parse_claim(msgspec.structs.replace(raw, product=product), known, replaces={})
    assert item is not None
    assert item.quantity == units


def test_claims_are_asked_for_no_further_back_than_ozon_allows() -> None:
    cabinet = rfbs_cabinet()
    using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [ref("1-0001-1", days=900)])))
    (asked,) = cabinet.asked("/v2/returns/rfbs/list")
    made = asked["filter"]["created_at"]
    assert at(made["to"]) - at(made["from"]) == facts.POSTINGS_PERIOD


def test_a_claim_by_itself_is_no_array() -> None:
    cabinet = rfbs_cabinet()
    cabinet.override["POST", "/v2/returns/rfbs/list"] = [
        httpx.Response(200, json={"returns": claim(5)})
    ]
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))) == 1


def test_what_is_in_both_lists_is_known_to_be_one() -> None:
    cabinet = rfbs_cabinet(
        claims=[claim(1), claim(2)], returns=[returned(77, posting_number="1-0001-1")]
    )
    got = using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert {r.return_id: r.replaces for r in got} == {"rfbs:1": "77", "rfbs:2": None, "77": None}
    # The claim is told first: what it stands for must be known when the other is booked.
    assert [r.return_id for r in got] == ["rfbs:1", "rfbs:2", "77"]


def test_claims_of_old_orders_are_read_while_they_are_open() -> None:
    old = claim(1, created_at=(START - timedelta(days=120)).isoformat())
    cabinet = rfbs_cabinet(claims=[old])
    assert using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, []))) == []
    refs = [ref("1-0001-1", days=125)]
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, refs)))) == 1


def test_a_key_that_opens_neither_warehouses_nor_claims_reads_returns() -> None:
    cabinet = Cabinet(returns=[returned(1)])
    for path in ("/v2/warehouse/list", "/v2/returns/rfbs/list"):
        cabinet.override["POST", path] = [refuse(403, 7, "Api-Key is missing a required role")]
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))) == 1
    # Where it opens claims, they are read: whether there are any is not known.
    cabinet = rfbs_cabinet(returns=[returned(1)], claims=[claim(2)])
    cabinet.override["POST", "/v2/warehouse/list"] = [refuse(403, 7, "missing a required role")]
    got = using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert [r.return_id for r in got] == ["rfbs:2", "1"]
    cabinet = rfbs_cabinet(returns=[returned(1)])
    cabinet.override["POST", "/v2/returns/rfbs/list"] = [refuse(403, 7, "missing a required role")]
    with pytest.raises(CredentialsRefused, match="POST /v2/returns/rfbs/list"):
        using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))


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


def test_a_warehouse_that_is_no_number_is_a_mistake_in_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match="not a warehouse number"):
        using(two_warehouses(), lambda o: all_of(o.read_stock(None)), of=account("Main"))


# Pushing


def updates(*numbers: int, warehouse: str = str(WAREHOUSE)) -> list[StockUpdate]:
    return [StockUpdate(key(n, warehouse), 50 + n, START) for n in numbers]


def verdicts(outcomes: tuple[PushOutcome, ...]) -> dict[str, Verdict]:
    return {o.update.key.offer_id: o.verdict for o in outcomes}


def test_results_are_matched_by_ids_and_read_by_their_codes() -> None:
    cabinet = Cabinet()
    body = (SAMPLES / "stocks_answer.json").read_bytes()
    cabinet.override["POST", "/v2/products/stocks"] = [httpx.Response(200, content=body)]
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


@pytest.mark.parametrize("code", [*ITEM_ERRORS, "BAD_MOOD", ""])
def test_the_verdict_of_each_code(code: str) -> None:
    cabinet = two_warehouses()
    body = {
        "product_id": 1_000_000_001,
        "warehouse_id": WAREHOUSE,
        "updated": False,
        "errors": [{"code": code, "message": "so it is"}],
    }
    cabinet.override["POST", "/v2/products/stocks"] = [httpx.Response(200, json={"result": [body]})]
    met = Words()
    (outcome,) = using(cabinet, lambda o: o.push(updates(1)), surprises=met)
    assert outcome.verdict is ITEM_ERRORS.get(code, Verdict.REFUSED)
    assert len(met) == (code not in ITEM_ERRORS)
    told = outcome.verdict is not Verdict.ACCEPTED
    assert (outcome.code, outcome.message) == ((code, "so it is") if told else ("", ""))
    assert (outcome.retry_after_s is not None) is (outcome.verdict is Verdict.LATER)


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([{"code": "INTERNAL", "message": "Stock is updated too frequently"}], Verdict.LATER),
        ([{"message": "stock is updated TOO FREQUENTLY, wait"}], Verdict.LATER),
        ([{"code": "SKU_STOCK_NOT_CHANGE"}, {"code": "STOCK_TOO_BIG"}], Verdict.REFUSED),
        ([{"code": "STOCK_TOO_BIG"}, {"code": "TOO_MANY_REQUESTS"}], Verdict.LATER),
        ([{}], Verdict.REFUSED),
        ([], Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ],
)
def test_the_verdict_of_several_errors(errors: Any, verdict: Verdict) -> None:
    cabinet = two_warehouses()
    body = {"product_id": 1_000_000_001, "warehouse_id": WAREHOUSE, "errors": errors}
    cabinet.override["POST", "/v2/products/stocks"] = [httpx.Response(200, json={"result": [body]})]
    (outcome,) = using(cabinet, lambda o: o.push(updates(1)))
    assert outcome.verdict is verdict


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


@pytest.mark.parametrize("words", ["bad day", "invalid Stocks[1]: there is none"])
def test_a_request_refused_for_no_item_is_an_error(words: str) -> None:
    cabinet = two_warehouses()
    cabinet.override["POST", "/v2/products/stocks"] = [refuse(400, 3, words)]
    with pytest.raises(RequestRefused, match=words.split("[")[0]):
        using(cabinet, lambda o: o.push(updates(1)))


def test_too_often_after_a_lost_answer_tells_nothing() -> None:
    """The first sending may have been applied though its answer never came."""
    cabinet = two_warehouses()
    cabinet.refused = {1_000_000_001: "TOO_MANY_REQUESTS"}
    assert verdicts(using(cabinet, lambda o: o.push(updates(1)))) == {"ART-1": Verdict.LATER}
    cabinet.override["POST", "/v2/products/stocks"] = [httpx.Response(504)]
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
    assert "no warehouse 77" in report.findings[1].message


def refuse(status: int, code: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, "details": []})


def test_check_reads_nothing_that_the_job_reads() -> None:
    cabinet = Cabinet()
    report = using(cabinet, lambda o: o.check())
    assert (report.seller, report.findings) == ("Mug Trade", ())
    assert [r.path for r in cabinet.requests] == [
        "/v1/roles",
        "/v1/seller/info",
        "/v2/warehouse/list",
    ]


def roles(*lacking: str, name: str = "Warehouse API") -> list[dict[str, Any]]:
    """Two roles that together open everything but some methods."""
    opened = [m for m in METHODS if m not in lacking]
    return [{"name": name, "methods": opened[::2]}, {"name": "Other", "methods": opened[1::2]}]


def findings(cabinet: Cabinet) -> list[str]:
    found = using(cabinet, lambda o: o.check()).findings
    assert {f.level for f in found} <= {"error"}
    return [f.message for f in found]


def test_a_key_of_several_roles_may_do_what_any_of_them_opens() -> None:
    assert findings(Cabinet(roles=roles())) == []
    # The example of the text names beginnings.
    beginnings = ["/v1/posting", "/v1", "/v2/", "/v3/product", "/v3/posting", "/v4/posting/fbs"]
    assert findings(Cabinet(roles=[{"name": "Admin", "methods": beginnings}])) == []
    # Where no method is named, nothing is known.
    assert findings(Cabinet(roles=[{"name": "Admin"}, {"name": None, "methods": []}])) == []
    silent = Cabinet()
    silent.override["POST", "/v1/roles"] = [refuse(404, 5, "no such method")]
    assert findings(silent) == []


def test_a_key_that_only_reads_cannot_push() -> None:
    (message,) = findings(Cabinet(roles=roles("/v2/products/stocks")))
    assert message.startswith("the key may only read: stock cannot be pushed with it")
    assert "Warehouse API, Other" in message
    assert "POST /v2/products/stocks" in message


@pytest.mark.parametrize(
    ("opened", "may"), [("/v2/products", True), ("/v2/products/", True), ("/v2/products/st", False)]
)
def test_a_role_may_name_the_beginning_of_a_method_but_no_part_of_a_word(
    opened: str, may: bool
) -> None:
    told = roles("/v2/products/stocks")
    told[0]["methods"].append(opened)
    assert any("may only read" in f for f in findings(Cabinet(roles=told))) is not may


def test_rights_that_are_missing_are_named_with_their_methods() -> None:
    lacking = ("/v4/posting/fbs/list", "/v1/returns/list", "/v2/products/stocks")
    write, read = findings(Cabinet(roles=roles(*lacking)))
    assert "may only read" in write
    assert "POST /v4/posting/fbs/list (orders), POST /v1/returns/list (returns)" in read
    assert "/v3/product" not in read


def test_claims_are_missed_only_where_the_seller_delivers() -> None:
    cabinet = Cabinet(roles=roles("/v2/returns/rfbs/list"))
    assert findings(cabinet) == []
    cabinet.warehouses[0]["is_rfbs"] = True
    (message,) = findings(cabinet)
    assert "POST /v2/returns/rfbs/list (returns)" in message


def test_a_seller_whose_name_may_not_be_asked_for_is_nameless() -> None:
    cabinet = Cabinet()
    cabinet.override["POST", "/v1/seller/info"] = [
        refuse(403, 7, "Api-Key is missing a required role")
    ]
    assert using(cabinet, lambda o: o.check()).seller == ""


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ("2026-12-01T09:54:23.296Z", datetime(2026, 12, 1, 9, 54, 23, 296000, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_the_end_of_the_key(told: str | None, end: datetime | None) -> None:
    cabinet = Cabinet(key_ends=told)
    assert using(cabinet, lambda o: o.credentials_end()) == end
    assert [r.path for r in cabinet.requests] == ["/v1/roles"]


def test_a_dead_key_is_an_error() -> None:
    cabinet = Cabinet()
    cabinet.override["POST", "/v1/roles"] = [refuse(403, 7, "Api-key is deactivated")]
    with pytest.raises(CredentialsRefused, match="deactivated"):
        using(cabinet, lambda o: o.check())


@pytest.mark.parametrize(
    ("status", "message"),
    [(503, "Circle is open"), (429, "circle is open"), (403, "Circle is open")],
)
def test_a_closed_method_is_left_alone_for_minutes(status: int, message: str) -> None:
    cabinet = Cabinet()
    cabinet.override["POST", "/v1/returns/list"] = [refuse(status, 8, message)]
    with pytest.raises(Throttled) as caught:
        using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))
    assert caught.value.wait_s == facts.CIRCLE_OPEN_S
    assert len(cabinet.asked("/v1/returns/list")) == 1


def test_ozon_says_how_long_to_wait_and_what_is_left() -> None:
    cabinet, clock = Cabinet(returns=[returned(1)]), JumpingClock()
    limit = "You have reached request rate limit per second"
    cabinet.override["POST", "/v1/returns/list"] = [
        httpx.Response(429, json={"code": 8, "message": limit}, headers={"Retry-After": "7"})
    ]
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])), clock=clock)) == 1
    assert clock.now() >= START + timedelta(seconds=7)
    # Others use the key, too: little is left of the 50 a second.
    rows = [posting(f"{n:04}-0001-1", in_process_at=minute(n)) for n in range(1000)]
    busy, clock = Cabinet(postings=rows), JumpingClock()
    answer = busy._v4_posting_fbs_list
    busy.override["POST", "/v4/posting/fbs/list"] = [
        lambda request: httpx.Response(
            200, json=answer(request.body), headers={"Ratelimit-Remaining": "0"}
        )
    ] * 9
    assert len(using(busy, lambda o: all_of(o.orders(LAST_HOUR)), clock=clock)) == 1000
    alone = JumpingClock()
    using(Cabinet(postings=rows), lambda o: all_of(o.orders(LAST_HOUR)), clock=alone)
    assert clock.now() > alone.now()


def test_a_used_up_second_passes() -> None:
    cabinet = Cabinet(returns=[returned(1)])
    limit = "You have reached request rate limit per second"
    cabinet.override["POST", "/v1/returns/list"] = [refuse(429, 8, limit)]
    assert len(using(cabinet, lambda o: all_of(o.returns(LAST_HOUR, [])))) == 1


WALKS: dict[str, Callable[[Ozon], Any]] = {
    "/v3/product/list": lambda o: all_of(o.catalog(None)),
    "/v4/posting/fbs/list": lambda o: all_of(o.orders(LAST_HOUR)),
    "/v1/returns/list": lambda o: all_of(o.returns(LAST_HOUR, [])),
    "/v1/product/info/warehouse/stocks": lambda o: all_of(o.read_stock(None)),
    "/v2/product/info/stocks-by-warehouse/fbs": lambda o: all_of(o.read_stock([key(1)])),
    "/v2/warehouse/list": lambda o: o.warehouses(),
}


@pytest.mark.parametrize("path", [p for p in WALKS if p != "/v4/posting/fbs/list"])
def test_a_page_sent_again_and_again_is_an_error(path: str) -> None:
    again = {
        "/v3/product/list": {"result": {"items": [product(1)], "last_id": "x"}},
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
    cabinet.override["POST", path] = [httpx.Response(200, json=again)] * 9
    with pytest.raises(AnswerNotUnderstood, match="same page"):
        using(cabinet, WALKS[path])
    assert len(cabinet.asked(path)) == 2


@pytest.mark.parametrize("path", WALKS)
@pytest.mark.parametrize("body", [b"{}", b"<html>", b"", b'{"result": null}', b"[" * 99999])
def test_answers_outside_the_contract_are_told_by_their_endpoint(path: str, body: bytes) -> None:
    cabinet = Cabinet(products=[product(1)])
    cabinet.override["POST", path] = [httpx.Response(200, content=body)]
    with pytest.raises(AnswerNotUnderstood, match=path):
        using(cabinet, WALKS[path])


@pytest.mark.parametrize("path", WALKS)
def test_the_key_is_in_no_error(path: str) -> None:
    cabinet = Cabinet(products=[product(1)])
    cabinet.override["POST", path] = [refuse(400, 3, "your key the-key is not welcome")]
    with pytest.raises(MarketplaceError) as caught:
        using(cabinet, WALKS[path])
    assert "the-key" not in repr(caught.value)
    assert "***" in str(caught.value)


def test_it_is_opened_by_its_name() -> None:
    marketplace = open_marketplace(account(), clock=JumpingClock(), pace=Pace())
    assert isinstance(marketplace, Ozon)
    with pytest.raises(ConfigurationError, match="ebay"):
        open_marketplace(Account("x", "ebay", ()), clock=JumpingClock(), pace=Pace())
