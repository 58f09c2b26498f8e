"""Yandex.Market: what its answers mean, the walks through them, and writing stock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    CloudstockError,
    ConfigurationError,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.marketplaces.base import CheckReport
from cloudstock.marketplaces.pace import Pace
from cloudstock.marketplaces.yandex_market import facts, parse, wire
from cloudstock.marketplaces.yandex_market.adapter import YandexMarket
from cloudstock.marketplaces.yandex_market.ranges import day_slices, update_slices
from cloudstock.sandbox.world import World
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.marketplaces.cabinet import Request
from tests.marketplaces.clocks import START, JumpingClock
from tests.marketplaces.contract import (
    SPEED,
    AllStockContract,
    Reader,
    SandboxBench,
    UnitsTogetherContract,
    by_sku,
    sandbox_bench,
    visit,
)
from tests.marketplaces.reading import Notebook, Words, known, records_of
from tests.marketplaces.yandex_cabinet import (
    BUSINESS,
    CAMPAIGN,
    OTHER_CAMPAIGN,
    OTHER_WAREHOUSE,
    RETURNS_WAREHOUSE,
    WAREHOUSE,
    Cabinet,
    error,
)

SAMPLES = Path(__file__).parent / "samples" / "yandex_market"
ORDERS_PATH = f"/v1/businesses/{BUSINESS}/orders"
UPDATE_PATH = f"/v3/businesses/{BUSINESS}/offers/stocks/update"
CAMPAIGN_STOCKS_PATH = f"/v2/campaigns/{CAMPAIGN}/offers/stocks"
WAREHOUSES_PATH = f"/v2/businesses/{BUSINESS}/warehouses"
PARTNER_WAREHOUSES_PATH = f"/v3/businesses/{BUSINESS}/warehouses"

T = TypeVar("T")
R = TypeVar("R")


def sample(name: str, listed: wire.Listed[R]) -> tuple[R, ...]:
    """Return the rows of a documented answer."""
    answer = msgspec.json.decode((SAMPLES / f"{name}.json").read_bytes())
    rows = (answer["result"] if listed.wrapped else answer)[listed.field]
    return tuple(msgspec.convert(row, listed.row) for row in rows)


def account(*warehouse_ids: str, pace: float = 1.0, **options: str) -> Account:
    return Account(
        name="ym-main",
        marketplace="yandex_market",
        warehouses=tuple(WarehouseLink(w, "main") for w in warehouse_ids or (str(WAREHOUSE),)),
        pace=pace,
        options={"business_id": str(BUSINESS), "campaign_id": str(CAMPAIGN), **options},
        secrets={"api_key": Secret("ACMA:key:1")},
    )


def warehouse(id_: int = WAREHOUSE, campaign: int = CAMPAIGN, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": "Main", "campaignId": campaign, "express": False, **more}


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def cabinet(clock: JumpingClock) -> Cabinet:
    return Cabinet(
        clock,
        campaigns=[
            {
                "id": CAMPAIGN,
                "domain": "Shop FBS",
                "business": {"id": BUSINESS, "name": "Shop"},
                "placementType": "FBS",
                "apiAvailability": "AVAILABLE",
            }
        ],
        warehouses=[warehouse(), warehouse(OTHER_WAREHOUSE, OTHER_CAMPAIGN)],
    )


def group_all(cabinet: Cabinet) -> None:
    for row in cabinet.warehouses:
        row["groupInfo"] = {"id": 77, "name": "Shared"}


def shop(cabinet: Cabinet, the_account: Account | None = None, **around: Any) -> YandexMarket:
    return YandexMarket(
        the_account or account(),
        clock=cabinet.clock,
        pace=Pace(None),
        transport=cabinet.transport(),
        **around,
    )


def last(days: float, now: datetime = START) -> TimeRange:
    return TimeRange(now - timedelta(days=days), now)


# What stands for the stock of the configured warehouse.
STOCK = f"{BUSINESS}/warehouse {WAREHOUSE}"


def update(sku: str, quantity: int, at: datetime = START, link: str = "") -> StockUpdate:
    return StockUpdate(StockKey(sku, sku, link or str(WAREHOUSE)), quantity, at)


def push(market: YandexMarket, *updates: StockUpdate) -> dict[str, PushOutcome]:
    outcomes = asyncio.run(market.push(updates))
    assert sorted(o.update.key.external_id for o in outcomes) == sorted(
        u.key.external_id for u in updates
    ), "one outcome per update"
    return {o.update.key.external_id: o for o in outcomes}


def verdicts(outcomes: dict[str, PushOutcome]) -> dict[str, Verdict]:
    return {sku: outcome.verdict for sku, outcome in outcomes.items()}


def order_row(id_: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "orderId": id_,
        "campaignId": CAMPAIGN,
        "programType": "FBS",
        "status": "PROCESSING",
        "substatus": "STARTED",
        "creationDate": (START - timedelta(hours=1)).isoformat(),
        "fake": False,
        "items": [{"id": id_ * 10, "offerId": "SKU-1", "offerName": "Drill", "count": 2}],
        "delivery": {"warehouseId": str(WAREHOUSE)},
    } | more


def order(**more: Any) -> Order:
    raw = msgspec.convert(order_row(**more), wire.Order)
    return parse.parse_order(raw, Words(), warehouse_id=str(WAREHOUSE))


# What the status words mean: the table of the contract, "what moves stock"


@pytest.mark.parametrize(
    ("status", "substatus", "step", "left_warehouse", "gives_back"),
    [
        ("RESERVED", "", Step.OPEN, False, None),
        ("UNPAID", "AWAIT_PAYMENT", Step.OPEN, False, None),
        ("PENDING", "AWAIT_CONFIRMATION", Step.OPEN, False, None),
        ("PROCESSING", "STARTED", Step.OPEN, False, None),
        ("PROCESSING", "READY_TO_SHIP", Step.OPEN, False, None),
        ("PROCESSING", "A_NEW_WORD", Step.OPEN, False, None),
        ("PROCESSING", "SHIPPED", Step.SHIPPED, True, None),
        ("DELIVERY", "DELIVERY_SERVICE_RECEIVED", Step.SHIPPED, True, None),
        # A courier of the last mile: only that of Express comes to the seller.
        ("DELIVERY", "COURIER_SEARCH", Step.SHIPPED, True, None),
        ("PROCESSING", "COURIER_SEARCH", Step.OPEN, False, None),
        # A word that is a reason, too, gives none where nothing is cancelled.
        ("PROCESSING", "COURIER_NOT_FOUND", Step.OPEN, False, None),
        ("CANCELLED", "COURIER_RECEIVED", Step.CANCELLED, None, None),
        ("PICKUP", "", Step.SHIPPED, True, None),
        ("DELIVERED", "", Step.DELIVERED, True, None),
        ("PARTIALLY_RETURNED", "", Step.DELIVERED, True, None),
        ("RETURNED", "", Step.DELIVERED, True, None),
        ("CANCELLED", "USER_NOT_PAID", Step.CANCELLED, False, True),
        ("CANCELLED", "PENDING_EXPIRED", Step.CANCELLED, False, True),
        ("CANCELLED", "USER_CHANGED_MIND", Step.CANCELLED, None, None),
        ("CANCELLED", "SHOP_FAILED", Step.CANCELLED, None, None),
        ("CANCELLED", "USER_REFUSED_QUALITY", Step.CANCELLED, None, None),
        ("CANCELLED", "PICKUP_EXPIRED", Step.CANCELLED, True, False),
        ("CANCELLED", "SORTING_CENTER_LOST", Step.CANCELLED, True, False),
        ("UNKNOWN", "", Step.UNKNOWN, None, None),
        ("A_NEW_WORD", "STARTED", Step.UNKNOWN, None, None),
    ],
)
def test_status_words(
    status: str, substatus: str, step: Step, left_warehouse: bool | None, gives_back: bool | None
) -> None:
    found = order(status=status, substatus=substatus)
    assert (found.step, found.left_warehouse, found.gives_back) == (
        step,
        left_warehouse,
        gives_back,
    )
    assert found.status == (f"{status}/{substatus}" if substatus else status)


def test_orders_of_the_sample() -> None:
    raws = sample("orders", wire.ORDERS)
    assert [parse.parse_order(raw, known, warehouse_id="900400") for raw in raws] == [
        Order(
            order_id="40000000001",
            step=Step.OPEN,
            status="PROCESSING/STARTED",
            created_at=datetime(2026, 11, 23, 6, 58, 11, tzinfo=UTC),
            lines=(OrderLine("700000000001", ("offer:SKU-1",), 2, "SKU-1"),),
            warehouse_id="900400",
            left_warehouse=False,
            changed_at=datetime(2026, 11, 23, 6, 58, 12, tzinfo=UTC),
        ),
        Order(
            order_id="40000000002",
            step=Step.OPEN,
            status="PROCESSING/READY_TO_SHIP",
            created_at=datetime(2026, 11, 22, 20, 30, tzinfo=UTC),
            lines=(
                OrderLine("700000000002", ("offer:0557722",), 2, "0557722"),
                OrderLine("700000000003", ("offer:557722",), 1, "557722"),
            ),
            warehouse_id="900400",
            left_warehouse=False,
            changed_at=datetime(2026, 11, 23, 5, 0, tzinfo=UTC),
        ),
        Order(
            order_id="40000000003",
            step=Step.SHIPPED,
            status="DELIVERY/DELIVERY_SERVICE_RECEIVED",
            created_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
            lines=(OrderLine("700000000004", ("offer:SKU-1",), 1, "SKU-1"),),
            warehouse_id="900400",
            left_warehouse=True,
            ignored="goods held by Market (FBY)",
        ),
    ]


def test_a_test_order_is_ignored() -> None:
    assert order(fake=True).ignored == "a test order"


@pytest.mark.parametrize(
    ("status", "count", "units", "quantity"),
    [
        ("PROCESSING", 3, {}, 3),
        ("PROCESSING", 3, {"CANCELLED": 1}, 2),
        ("PROCESSING", 3, {"CREATED": 2, "CANCELLED": 1}, 2),
        # Taken out of the order, and of `count` too.
        ("PROCESSING", 2, {"CREATED": 2, "CANCELLED": 1}, 2),
        ("PROCESSING", 1, {"CANCELLED": 1}, 0),
        # More states than units: no more are ordered than it says.
        ("PROCESSING", 2, {"CREATED": 3}, 2),
        ("DELIVERY", 3, {"SHIPPED": 2, "CANCELLED": 1}, 2),
        # What is refused or comes back has left all the same.
        ("DELIVERED", 3, {"DELIVERED_TO_BUYER": 1, "REJECTED": 2}, 3),
        ("CANCELLED", 3, {"CANCELLED": 1, "REJECTED": 2}, 2),
        # The units only repeat that the order is cancelled.
        ("CANCELLED", 3, {"CANCELLED": 3}, 3),
    ],
)
def test_units_cancelled_out_of_an_order_are_not_ordered(
    status: str, count: int, units: dict[str, int], quantity: int
) -> None:
    item = {
        "id": 1,
        "offerId": "A",
        "count": count,
        "itemStatuses": [{"status": word, "count": n} for word, n in units.items()] or None,
    }
    (line,) = order(status=status, substatus="", items=[item]).lines
    assert line.quantity == quantity


@pytest.mark.parametrize(
    ("word", "count", "left"),
    [("REJECTED", 1, True), ("REJECTED", 0, None), ("CREATED", 1, None), ("A_NEW_WORD", 1, None)],
)
def test_a_unit_handed_over_proves_that_a_cancelled_order_had_left(
    word: str, count: int, left: bool | None
) -> None:
    units = [{"status": word, "count": count}]
    item = {"id": 1, "offerId": "A", "count": 1, "itemStatuses": units}
    assert order(status="CANCELLED", substatus="CUSTOM", items=[item]).left_warehouse is left


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_word_is_too_strange(status: str, substatus: str) -> None:
    assert order(status=status, substatus=substatus).step in Step


def test_a_time_without_an_offset_is_not_understood() -> None:
    with pytest.raises(msgspec.ValidationError, match="creationDate"):
        order(creationDate="2026-11-23T09:58:11")


def test_listings_of_the_sample() -> None:
    rows = sample("offer_mappings", wire.MAPPINGS)
    offers = [row.offer for row in rows if row.offer is not None]
    told = [
        parse.parse_listing(row.offer, CAMPAIGN, known, cards=row.showcase_urls)
        for row in rows
        if row.offer is not None
    ]
    assert [record for record in told if record] == [
        Listing(
            "SKU-1",
            "SKU-1",
            "Drill",
            ("4600000000015",),
            ("offer:SKU-1",),
            card_url="https://market.yandex.ru/card/drill/100500",
            picture_url="https://shop.example/2.jpg",
        ),
        # Archived goods may be in no shop any more: known as archived, they are not pushed.
        Listing("OLD-1", "OLD-1", "Lamp", (), ("offer:OLD-1",), archived=True),
    ]
    assert parse.parse_listing(offers[0], OTHER_CAMPAIGN, known).archived
    nowhere = wire.Offer("NEW-1", name="Not offered yet")
    assert parse.parse_listing(nowhere, CAMPAIGN, known) is None


def test_stocks_of_the_sample() -> None:
    answer = msgspec.json.decode((SAMPLES / "campaign_stocks.json").read_bytes())
    rows = msgspec.convert(answer["result"]["warehouses"][1]["offers"], list[wire.OfferStocks])
    assert [parse.parse_stock(row, "900400", known) for row in rows] == [
        SeenStock(("offer:SKU-1",), "900400", free=7, reserved=3),
        SeenStock(("offer:SKU-2",), "900400", free=0, reserved=0),
        SeenStock(("offer:SKU-3",), "900400", free=0, reserved=2),
    ]


def test_returns_of_the_sample() -> None:
    found = [r for raw in sample("returns", wire.RETURNS) for r in parse.parse_returns(raw, known)]
    picked_at = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert found == [
        Return(
            return_id="9000000001/SKU-1",
            step=ReturnStep.RECEIVED,
            status="RETURN/PICKED",
            quantity=1,
            order_id="40000000001",
            listing_keys=("offer:SKU-1",),
            offer_id="SKU-1",
            created_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
            changed_at=picked_at,
        ),
        # One of two units was handed over, and it is faulty.
        Return(
            return_id="9000000001/0557722",
            step=ReturnStep.RECEIVED,
            status="RETURN/PICKED",
            quantity=1,
            order_id="40000000001",
            listing_keys=("offer:0557722",),
            offer_id="0557722",
            created_at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
            changed_at=picked_at,
            condition="DEFECT",
        ),
        Return(
            return_id="9000000002/SKU-2",
            step=ReturnStep.EXPECTED,
            status="UNREDEEMED/READY_FOR_PICKUP",
            quantity=3,
            order_id="40000000002",
            listing_keys=("offer:SKU-2",),
            offer_id="SKU-2",
            created_at=datetime(2026, 11, 21, 7, 0, tzinfo=UTC),
            changed_at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
        ),
        # The buyer keeps it.
        Return(
            return_id="9000000003/SKU-3",
            step=ReturnStep.NEVER,
            status="RETURN/REFUNDED",
            quantity=1,
            order_id="40000000003",
            listing_keys=("offer:SKU-3",),
            offer_id="SKU-3",
            created_at=datetime(2026, 11, 21, 7, 0, tzinfo=UTC),
            changed_at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
        ),
    ]


def returned(*units: tuple[str | None, str | None], **more: Any) -> Return:
    instances = [{"status": status, "stockType": kind} for status, kind in units]
    raw = {
        "id": 1,
        "orderId": 2,
        "returnType": "RETURN",
        "items": [{"shopSku": "A", "count": len(units), "instances": instances or None}],
    } | more
    (record,) = parse.parse_returns(msgspec.convert(raw, wire.Return), Words())
    return record


@pytest.mark.parametrize(
    ("shipment", "step"),
    [
        ("CREATED", ReturnStep.EXPECTED),
        # By the carrier, not by the seller.
        ("RECEIVED", ReturnStep.EXPECTED),
        ("IN_TRANSIT", ReturnStep.EXPECTED),
        ("READY_FOR_PICKUP", ReturnStep.EXPECTED),
        ("PICKED", ReturnStep.RECEIVED),
        ("LOST", ReturnStep.NEVER),
        ("EXPIRED", ReturnStep.NEVER),
        ("CANCELLED", ReturnStep.NEVER),
        ("NOT_IN_DEMAND", ReturnStep.NEVER),
        ("UTILIZED", ReturnStep.NEVER),
        ("PREPARED_FOR_UTILIZATION", ReturnStep.NEVER),
        ("FULFILMENT_RECEIVED", ReturnStep.NEVER),
        ("READY_FOR_EXPROPRIATION", ReturnStep.NEVER),
        ("RECEIVED_FOR_EXPROPRIATION", ReturnStep.NEVER),
        ("UNKNOWN", ReturnStep.UNKNOWN),
        ("A_NEW_WORD", ReturnStep.UNKNOWN),
    ],
)
def test_return_words(shipment: str, step: ReturnStep) -> None:
    items = [{"shopSku": "A", "count": 2}]
    found = returned(shipmentStatus=shipment, items=items)
    assert (found.step, found.quantity) == (step, 2)


@pytest.mark.parametrize(
    ("refund", "step"),
    [
        ("STARTED_BY_USER", ReturnStep.UNDECIDED),
        ("REFUND_IN_PROGRESS", ReturnStep.UNDECIDED),
        ("WAITING_FOR_DECISION", ReturnStep.UNDECIDED),
        ("DECISION_MADE", ReturnStep.UNDECIDED),
        ("PREMODERATION_DISPUTE", ReturnStep.UNDECIDED),
        ("PREMODERATION_DECISION_WAITING", ReturnStep.UNDECIDED),
        ("PREMODERATION_DECISION_MADE", ReturnStep.UNDECIDED),
        ("PREMODERATION_SELECT_DELIVERY", ReturnStep.UNDECIDED),
        ("FAILED", ReturnStep.UNDECIDED),
        ("REFUNDED", ReturnStep.NEVER),
        ("REFUNDED_WITH_BONUSES", ReturnStep.NEVER),
        ("REFUNDED_BY_SHOP", ReturnStep.NEVER),
        ("COMPLETE_WITHOUT_REFUND", ReturnStep.NEVER),
        ("CANCELLED", ReturnStep.NEVER),
        ("REJECTED", ReturnStep.NEVER),
        ("UNKNOWN", ReturnStep.UNKNOWN),
        ("A_NEW_WORD", ReturnStep.UNKNOWN),
        # Nothing at all is told: it is not over.
        (None, ReturnStep.UNDECIDED),
    ],
)
def test_money_decides_about_a_return_whose_way_is_not_told(
    refund: str | None, step: ReturnStep
) -> None:
    items = [{"shopSku": "A", "count": 1}]
    assert returned(refundStatus=refund, items=items).step is step
    assert returned(refundStatus=refund, items=items, fastReturn=True).step is ReturnStep.NEVER
    # Where the way of the units is told, the money says nothing of them.
    moving = returned(refundStatus=refund, items=items, shipmentStatus="IN_TRANSIT")
    assert moving.step is ReturnStep.EXPECTED


@pytest.mark.parametrize(
    ("units", "step", "quantity", "condition"),
    [
        ([("PICKED", "FIT"), ("PICKED", "FIT")], ReturnStep.RECEIVED, 2, None),
        ([("PICKED", "FIT"), ("LOST", None)], ReturnStep.RECEIVED, 1, None),
        ([("LOST", None), ("EXPROPRIATED", None)], ReturnStep.NEVER, 2, None),
        ([("IN_TRANSIT", "FIT"), ("UTILIZED", "DEFECT")], ReturnStep.EXPECTED, 1, "DEFECT"),
        ([("A_NEW_WORD", "FIT"), ("IN_TRANSIT", "FIT")], ReturnStep.UNKNOWN, 1, None),
        # A state that nobody knows is no reason to sell it again.
        ([("PICKED", "A_NEW_WORD"), ("PICKED", "FIT")], ReturnStep.RECEIVED, 2, "A_NEW_WORD"),
        # Not all units are told of: the return's own word decides.
        ([("IN_TRANSIT", "FIT"), (None, "PART_MISSING")], ReturnStep.RECEIVED, 2, "PART_MISSING"),
    ],
)
def test_units_of_a_return_decide_where_all_are_told_of(
    units: list[tuple[str | None, str | None]],
    step: ReturnStep,
    quantity: int,
    condition: str | None,
) -> None:
    found = returned(*units, shipmentStatus="PICKED")
    assert (found.step, found.quantity, found.condition) == (step, quantity, condition)
    # What buyers keep comes back in no unit.
    kept = returned(*units, shipmentStatus="PICKED", fastReturn=True)
    assert (kept.step, kept.quantity) == (ReturnStep.NEVER, len(units))


def test_an_article_in_two_rows_of_a_return_is_one_record() -> None:
    items = [{"shopSku": "A", "count": 1}, {"shopSku": "A", "count": 2}]
    assert returned(shipmentStatus="PICKED", items=items).quantity == 3


# Windows


@given(
    st.integers(1_580_000_000, 1_790_000_000).map(lambda s: datetime.fromtimestamp(s + 0.5, UTC)),
    st.timedeltas(timedelta(0), timedelta(days=200)),
)
def test_slices_cover_a_time_range_without_gaps(since: datetime, length: timedelta) -> None:
    time_range = TimeRange(since, since + length)
    spans = list(update_slices(time_range))
    assert spans[0][0] <= time_range.since
    # Whatever Market's clock shows, the newest is among them.
    assert spans[-1][1] is None
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    ends = [(first, end or time_range.until) for first, end in spans]
    assert all(timedelta(0) <= end - first <= timedelta(days=29) for first, end in ends)
    first, final = time_range.since.date(), time_range.until.date()
    days = list(day_slices(first, final, 30))
    assert days[0][0] == first
    assert days[-1][1] == final + timedelta(days=1)
    assert all(a[1] == b[0] for a, b in pairwise(days))
    assert all(1 <= (end - day).days <= 30 for day, end in days)


@pytest.mark.parametrize("value", ["", "abc", "0", "-5", "١٢"])
def test_ids_must_be_numbers(cabinet: Cabinet, value: str) -> None:
    with pytest.raises(ConfigurationError, match="business_id"):
        shop(cabinet, account(business_id=value))


def check(cabinet: Cabinet, the_account: Account | None = None) -> CheckReport:
    return asyncio.run(shop(cabinet, the_account).check())


def test_a_good_account_has_no_findings(cabinet: Cabinet) -> None:
    cabinet.skew = timedelta(seconds=40)
    report = check(cabinet)
    assert report == CheckReport(
        seller="Shop, Shop FBS",
        warehouses=(MarketplaceWarehouse(str(WAREHOUSE), "Main", group=STOCK),),
    )
    assert check(cabinet, account("")).findings == ()


@pytest.mark.parametrize(
    ("scopes", "lacks"),
    [
        (["ALL_METHODS_READ_ONLY"], ["writing stock"]),
        (["INVENTORY_AND_ORDER_PROCESSING"], ["the catalogue", "writing stock"]),
        (["OFFERS_AND_CARDS_MANAGEMENT"], ["orders and returns"]),
        (["all-methods:read-only"], ["lacks the access OFFERS_AND_CARDS_MANAGEMENT;"]),
        (["OFFERS_AND_CARDS_MANAGEMENT", "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY"], []),
    ],
)
def test_missing_scopes_are_findings(cabinet: Cabinet, scopes: list[str], lacks: list[str]) -> None:
    cabinet.scopes = scopes
    findings = check(cabinet).findings
    assert len(findings) == len(lacks)
    assert all(part in f.message for part, f in zip(lacks, findings, strict=True))
    assert all(f.level == "error" for f in findings)


@pytest.mark.parametrize(
    ("campaign", "words"),
    [
        ({"placementType": "FBY"}, "goods that Market holds"),
        ({"placementType": "LAAS"}, "goods that Market holds"),
        ({"apiAvailability": "MANUALLY_DISABLED"}, "closed the API"),
        ({"business": {"id": 5, "name": "Other"}}, "belongs to cabinet 5"),
        ({"id": 1}, "no shop"),
    ],
)
def test_a_wrong_shop_is_an_error(cabinet: Cabinet, campaign: dict[str, Any], words: str) -> None:
    cabinet.campaigns[0] |= campaign
    (finding,) = check(cabinet).findings
    assert finding.level == "error"
    assert words in finding.message


@pytest.mark.parametrize(
    ("links", "rows", "level", "words"),
    [
        (["5"], [warehouse()], "error", "no warehouse 5"),
        ([""], [], "error", "just one warehouse"),
        ([""], [warehouse(), warehouse(901)], "error", "just one warehouse"),
        (
            [""],
            [warehouse(status={"status": "DISABLED_MANUALLY"})],
            "warning",
            "switched off",
        ),
    ],
)
def test_wrong_warehouses_are_findings(
    cabinet: Cabinet, links: list[str], rows: list[dict[str, Any]], level: str, words: str
) -> None:
    cabinet.warehouses = rows
    (finding,) = check(cabinet, account(*links)).findings
    assert finding.level == level
    assert words in finding.message


def test_a_token_that_may_not_see_warehouses_is_a_finding(cabinet: Cabinet) -> None:
    cabinet.override["POST", WAREHOUSES_PATH] = error(403, "FORBIDDEN", "Access denied")
    (finding,) = check(cabinet).findings
    assert "warehouses cannot be read" in finding.message


def test_groups_of_warehouses_are_told(cabinet: Cabinet) -> None:
    group_all(cabinet)
    assert asyncio.run(shop(cabinet).warehouses()) == (
        MarketplaceWarehouse(
            str(WAREHOUSE),
            "Main",
            group=f"{BUSINESS}/group 77",
            shops=(str(OTHER_CAMPAIGN),),
        ),
    )


# Which methods serve which cabinet


def model(placement: str, state: str = "AVAILABLE") -> dict[str, str]:
    return {"placementType": placement, "apiAvailability": state}


def partner(id_: int, *models: dict[str, str]) -> dict[str, Any]:
    return {"id": id_, "name": "Main", "models": list(models)}


def asked_in_order(cabinet: Cabinet) -> list[str]:
    return [f"{r.method} {r.path}" for r in cabinet.requests]


WRITTEN_BY_SHOP, WRITTEN_BY_WAREHOUSE = f"PUT {CAMPAIGN_STOCKS_PATH}", f"POST {UPDATE_PATH}"


def test_a_cabinet_with_groups_is_never_asked_by_the_newer_methods(cabinet: Cabinet) -> None:
    cabinet.warehouses[1]["groupInfo"] = {"id": 77, "name": "Others"}
    assert verdicts(push(shop(cabinet), update("A", 3))) == {"A": Verdict.ACCEPTED}
    assert asked_in_order(cabinet) == [
        "GET /v2/campaigns",
        f"POST {WAREHOUSES_PATH}",
        WRITTEN_BY_SHOP,
    ]


@pytest.mark.parametrize(
    ("placement", "models"),
    [
        ("FBS", [model("FBS")]),
        # Campaigns know no Express.
        ("FBS", [model("EXPRESS")]),
        ("DBS", [model("FBS", "MANUALLY_DISABLED"), model("DBS")]),
        ("FBS", [model("FBS", "DISABLED_BY_INACTIVITY"), model("EXPRESS")]),
    ],
)
def test_a_warehouse_serves_a_shop_by_a_model_that_is_open(
    cabinet: Cabinet, placement: str, models: list[dict[str, str]]
) -> None:
    cabinet.campaigns[0]["placementType"] = placement
    cabinet.partner_warehouses = [
        partner(OTHER_WAREHOUSE, model("DBS")),
        partner(WAREHOUSE, *models),
    ]
    assert verdicts(push(shop(cabinet), update("A", 3))) == {"A": Verdict.ACCEPTED}
    assert asked_in_order(cabinet)[-2:] == [
        f"POST {PARTNER_WAREHOUSES_PATH}",
        WRITTEN_BY_WAREHOUSE,
    ]
    assert check(cabinet).findings == ()


@pytest.mark.parametrize(
    ("models", "why"),
    [
        ([model("DBS")], "not set up for FBS"),
        ([], "not set up for FBS"),
        ([model("DBS"), model("FBS", "MANUALLY_DISABLED")], "MANUALLY_DISABLED"),
        ([model("FBS", "A_NEW_STATE")], "A_NEW_STATE"),
    ],
)
def test_a_warehouse_without_an_open_model_of_the_shop_is_refused_in_words(
    cabinet: Cabinet, models: list[dict[str, str]], why: str
) -> None:
    cabinet.partner_warehouses = [partner(WAREHOUSE, *models)]
    outcome = push(shop(cabinet), update("A", 3))["A"]
    assert outcome.verdict is Verdict.REFUSED
    assert why in outcome.message
    (place,) = asyncio.run(shop(cabinet).warehouses())
    assert place.unusable == outcome.message
    (finding,) = check(cabinet).findings
    assert (finding.level, why in finding.message) == ("error", True)
    assert not {WRITTEN_BY_SHOP, WRITTEN_BY_WAREHOUSE} & set(asked_in_order(cabinet))


def test_a_warehouse_that_the_newer_list_lacks_is_refused_in_words(cabinet: Cabinet) -> None:
    cabinet.partner_warehouses = [partner(OTHER_WAREHOUSE, model("FBS"))]
    assert push(shop(cabinet), update("A", 3))["A"].verdict is Verdict.REFUSED


def test_a_cabinet_that_only_the_older_methods_know_is_served_by_them(cabinet: Cabinet) -> None:
    cabinet.partner_warehouses = []
    assert verdicts(push(shop(cabinet), update("A", 3))) == {"A": Verdict.ACCEPTED}
    assert asked_in_order(cabinet)[-1] == WRITTEN_BY_SHOP
    (shown,) = records_of(shop(cabinet).read_stock(None))
    assert shown.free == 3


def test_a_cabinet_that_only_the_newer_methods_know_is_served_by_them(cabinet: Cabinet) -> None:
    cabinet.partner_warehouses = [
        partner(WAREHOUSE, model("FBS")),
        partner(OTHER_WAREHOUSE, model("DBS")),
    ]
    cabinet.warehouses = []
    assert verdicts(push(shop(cabinet), update("A", 3))) == {"A": Verdict.ACCEPTED}
    cabinet.override["POST", WAREHOUSES_PATH] = error(
        400, "BAD_REQUEST", "The method serves cabinets with groups only"
    )
    (place,) = asyncio.run(shop(cabinet, account("")).warehouses())
    assert place.warehouse_id == str(WAREHOUSE)
    assert verdicts(push(shop(cabinet), update("A", 4))) == {"A": Verdict.ACCEPTED}


def test_a_cabinet_that_no_method_knows_is_refused_in_words(cabinet: Cabinet) -> None:
    cabinet.warehouses = []
    outcome = push(shop(cabinet), update("A", 3))["A"]
    assert (outcome.verdict, outcome.message) == (
        Verdict.REFUSED,
        f"the shop has no warehouse {WAREHOUSE}",
    )


@pytest.mark.parametrize("path", [WAREHOUSES_PATH, PARTNER_WAREHOUSES_PATH])
@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (error(420, "X", "Hit rate limit of 100 requests per HOUR"), Throttled),
        (error(503, "X", "Later"), Unreachable),
        (error(403, "FORBIDDEN", "Access denied"), CredentialsRefused),
        (httpx.Response(200, text="<html>"), AnswerNotUnderstood),
    ],
)
def test_what_goes_wrong_in_asking_never_leads_to_another_method(
    cabinet: Cabinet, path: str, response: httpx.Response, kind: type[MarketplaceError]
) -> None:
    cabinet.override["POST", path] = response
    with pytest.raises(kind):
        push(shop(cabinet), update("A", 3))
    assert not cabinet.stocks
    assert not {WRITTEN_BY_SHOP, WRITTEN_BY_WAREHOUSE} & set(asked_in_order(cabinet))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (error(420, "X", "Hit rate limit of 100 requests per HOUR"), Throttled),
        (error(503, "X", "Later"), Unreachable),
    ],
)
def test_what_was_known_yesterday_serves_while_the_question_is_not_answered(
    cabinet: Cabinet, clock: JumpingClock, response: httpx.Response, kind: type[MarketplaceError]
) -> None:
    recent = Notebook(clock)
    push(shop(cabinet, recent=recent), update("A", 1, clock.now()))
    clock.moment += timedelta(hours=20)
    cabinet.override["POST", WAREHOUSES_PATH] = response
    push(shop(cabinet, recent=recent), update("A", 2, clock.now()))
    assert cabinet.stocks[WAREHOUSE, "A"]["AVAILABLE"] == 2
    clock.moment += timedelta(hours=20)
    with pytest.raises(kind):
        push(shop(cabinet, recent=recent), update("A", 3, clock.now()))


def test_where_a_shop_has_several_warehouses_none_is_taken_for_the_one(cabinet: Cabinet) -> None:
    cabinet.warehouses.append(warehouse(OTHER_WAREHOUSE))
    one = StockUpdate(StockKey("A", "A", ""), 3, START)
    (outcome,) = push(shop(cabinet, account("")), one).values()
    assert (outcome.verdict, outcome.message) == (Verdict.REFUSED, "name the shop's warehouse")
    assert not cabinet.stocks


def test_a_warehouse_that_was_missing_is_there_for_the_next_reading(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    recent = Notebook(clock)
    cabinet.stocks[WAREHOUSE, "A"] = {"AVAILABLE": 3}
    ours, others = cabinet.warehouses
    for there, shown in (([others], 0), ([ours, others], 1)):
        cabinet.warehouses = there
        market = shop(cabinet, recent=recent)
        assert len(records_of(market.read_stock(None))) == shown


def test_a_warehouse_that_was_closed_is_asked_about_before_it_is_refused(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    recent = Notebook(clock)
    for state, verdict in (("MANUALLY_DISABLED", "refused"), ("AVAILABLE", "accepted")):
        cabinet.partner_warehouses = [partner(WAREHOUSE, model("FBS", state))]
        outcomes = push(shop(cabinet, recent=recent), update("A", 3, clock.now()))
        assert outcomes["A"].verdict == Verdict(verdict)


def test_after_a_refusal_that_rests_on_it_the_cabinet_is_asked_about_anew(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    recent = Notebook(clock)
    cabinet.override["POST", UPDATE_PATH] = [error(404, "NOT_FOUND", "No such method")]
    with pytest.raises(RequestRefused):
        push(shop(cabinet, recent=recent), update("A", 3, clock.now()))
    push(shop(cabinet, recent=recent), update("A", 3, clock.now()))
    assert len(cabinet.asked(WAREHOUSES_PATH)) == 2


@pytest.mark.parametrize("changed", [False, True])
def test_whether_a_cabinet_has_changed_is_asked_once_and_then_what_spoils_is_looked_for(
    cabinet: Cabinet, clock: JumpingClock, changed: bool
) -> None:
    recent = Notebook(clock)
    push(shop(cabinet, recent=recent), update("A", 1, clock.now()))
    if changed:
        group_all(cabinet)
    cabinet.requests.clear()
    cabinet.poison = {"A-1"}
    updates = [update(f"A-{n}", n, clock.now()) for n in (1, 2)]
    outcomes = push(shop(cabinet, recent=recent), *updates)
    assert verdicts(outcomes) == {"A-1": Verdict.REFUSED, "A-2": Verdict.ACCEPTED}
    written = {WRITTEN_BY_SHOP, WRITTEN_BY_WAREHOUSE}
    writes = [r for r in asked_in_order(cabinet) if r in written]
    # Both together, once more by the method that serves it now, and each by itself.
    assert len(writes) == (4 if changed else 3)


@pytest.mark.parametrize("grouped_first", [False, True])
def test_a_cabinet_that_has_changed_is_asked_anew_within_the_push(
    cabinet: Cabinet, clock: JumpingClock, grouped_first: bool
) -> None:
    recent = Notebook(clock)
    if grouped_first:
        group_all(cabinet)
    push(shop(cabinet, recent=recent), update("A", 1, clock.now()))
    for row in cabinet.warehouses:
        row.pop("groupInfo", None)
    if not grouped_first:
        group_all(cabinet)
    cabinet.requests.clear()
    updates = [update(f"A-{n}", n, clock.now()) for n in range(50)]
    outcomes = push(shop(cabinet, recent=recent), *updates)
    assert set(verdicts(outcomes).values()) == {Verdict.ACCEPTED}
    by_shop, by_warehouse = WRITTEN_BY_SHOP, WRITTEN_BY_WAREHOUSE
    first, then = (by_shop, by_warehouse) if grouped_first else (by_warehouse, by_shop)
    writes = [r for r in asked_in_order(cabinet) if r in (by_shop, by_warehouse)]
    assert writes == [first, then]


def test_warehouses_that_show_one_stock_are_one_group(cabinet: Cabinet) -> None:
    """By their group, or by being one warehouse in which several shops sell."""
    other = account(campaign_id=str(OTHER_CAMPAIGN))
    cabinet.campaigns.append({**cabinet.campaigns[0], "id": OTHER_CAMPAIGN, "placementType": "DBS"})
    cabinet.warehouses = [warehouse(), warehouse(campaign=OTHER_CAMPAIGN)]
    cabinet.partner_warehouses = [partner(WAREHOUSE, model("FBS"), model("DBS"))]
    groups = [asyncio.run(shop(cabinet, a).warehouses())[0].group for a in (account(), other)]
    assert groups == [STOCK, STOCK]


# Catalogue


def offer(sku: str, *campaigns: int, **more: Any) -> dict[str, Any]:
    places = [{"campaignId": c, "status": "PUBLISHED"} for c in campaigns]
    return {"offerId": sku, "name": f"Good {sku}", "campaigns": places, **more}


def test_the_catalogue_is_complete_and_only_of_this_shop(cabinet: Cabinet) -> None:
    cabinet.page_size = 7
    cabinet.offers = [offer(f"A-{n}", CAMPAIGN, OTHER_CAMPAIGN) for n in range(20)]
    cabinet.offers += [offer("ELSEWHERE", OTHER_CAMPAIGN)]
    cabinet.offers += [offer(f"OLD-{n}", CAMPAIGN, archived=True) for n in range(9)]
    found = records_of(shop(cabinet).catalog(None))
    assert {x.offer_id for x in found if not x.archived} == {f"A-{n}" for n in range(20)}
    assert {x.offer_id for x in found if x.archived} == {f"OLD-{n}" for n in range(9)}


def test_a_page_that_leads_back_is_not_followed(cabinet: Cabinet) -> None:
    cabinet.override["POST", f"/v2/businesses/{BUSINESS}/offer-mappings"] = httpx.Response(
        200, content=(SAMPLES / "offer_mappings.json").read_bytes()
    )
    with pytest.raises(AnswerNotUnderstood, match="same page twice"):
        records_of(shop(cabinet).catalog(None))
    assert len(cabinet.requests) == 2


# Orders


def test_a_time_range_finds_what_was_made_in_it_and_what_changed_in_it(cabinet: Cabinet) -> None:
    def at(days: float) -> str:
        return (START - timedelta(days=days)).isoformat()

    cabinet.orders = [
        order_row(1, creationDate=at(0), updateDate=at(0)),
        # Made today and never touched: a query by change might not know it.
        order_row(2, creationDate=at(0.01)),
        order_row(3, creationDate=at(20), updateDate=at(0.001)),
        order_row(4, creationDate=at(20), updateDate=at(5)),
        order_row(5, campaignId=OTHER_CAMPAIGN),
        order_row(6, programType="FBY"),
        order_row(7, status="PLACING"),
        # A model that nobody knows yet may well be the seller's own.
        order_row(8, programType="A_NEW_MODEL"),
        order_row(9, programType=None),
    ]
    cabinet.orders += [order_row(n) for n in range(100, 230)]
    found = records_of(shop(cabinet).orders(last(0.02)))
    expected = {"1", "2", "3", "8", "9", *(str(n) for n in range(100, 230))}
    assert {o.order_id for o in found if o.ignored is None} == expected
    assert {o.order_id for o in found} == {*expected, "6"}


@given(
    created=st.floats(0, 150),
    updated=st.floats(0, 150),
    days=st.floats(0, 120),
    hour=st.integers(0, 23),
)
def test_no_order_of_a_time_range_is_missed(
    created: float, updated: float, days: float, hour: int
) -> None:
    clock = JumpingClock(START.replace(hour=hour))
    now = clock.now()
    made, changed = (now - timedelta(days=x) for x in (created, min(created, updated)))
    row = order_row(1, creationDate=made.isoformat(), updateDate=changed.isoformat())
    cabinet = Cabinet(clock, orders=[row])
    time_range = last(days, now)
    expected = made >= time_range.since or (changed >= time_range.since and created < 29 + days)
    assert bool(records_of(shop(cabinet).orders(time_range))) or not expected


def test_orders_are_asked_again_by_fifty_whatever_their_age(cabinet: Cabinet) -> None:
    long_ago = (START - timedelta(days=400)).isoformat()
    cabinet.orders = [order_row(n, creationDate=long_ago) for n in range(1, 121)]
    cabinet.orders[0]["campaignId"] = OTHER_CAMPAIGN
    refs = [OrderRef(str(n), START) for n in range(1, 130)]
    found = records_of(shop(cabinet).orders_again(refs))
    assert {o.order_id for o in found} == {str(n) for n in range(2, 121)}
    assert len(cabinet.requests) == 3


@pytest.mark.parametrize(
    ("order_status", "packed"),
    [
        ({"substatus": "READY_TO_SHIP"}, True),
        ({"substatus": "STARTED"}, False),
        ({"substatus": "PACKAGING"}, False),
        (
            {
                "programType": "EXPRESS",
                "status": "DELIVERY",
                "substatus": "COURIER_ARRIVED_TO_SENDER",
            },
            True,
        ),
    ],
)
def test_the_statuses_of_packed_orders_are_told_as_data(
    cabinet: Cabinet, order_status: dict[str, str], packed: bool
) -> None:
    """Cancelled from there, Market does not put the units back into what it shows."""
    found = order(**order_status)
    assert found.step is Step.OPEN
    assert (found.status in shop(cabinet).traits.keeps_cancelled) is packed


@pytest.mark.parametrize(
    ("links", "named", "told"),
    [
        ([str(WAREHOUSE)], str(WAREHOUSE), str(WAREHOUSE)),
        ([str(WAREHOUSE)], None, str(WAREHOUSE)),
        # The seller's own word for it.
        ([str(WAREHOUSE)], "wh-main", str(WAREHOUSE)),
        # Another of the seller's warehouses: the book decides.
        ([str(WAREHOUSE)], str(OTHER_WAREHOUSE), str(OTHER_WAREHOUSE)),
        ([""], str(WAREHOUSE), ""),
        ([""], "wh-main", ""),
    ],
)
def test_orders_name_their_warehouse_as_the_configuration_does(
    cabinet: Cabinet, links: list[str], named: str | None, told: str
) -> None:
    cabinet.orders = [order_row(1, delivery={"warehouseId": named} if named else {})]
    (found,) = records_of(shop(cabinet, account(*links)).orders(last(1)))
    assert found.warehouse_id == told


# Returns


def return_row(id_: int, order_id: int, days: float, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "orderId": order_id,
        "returnType": "UNREDEEMED",
        "shipmentStatus": "IN_TRANSIT",
        "creationDate": (START - timedelta(days=days + 1)).isoformat(),
        "updateDate": (START - timedelta(days=days)).isoformat(),
        "items": [{"shopSku": "A", "count": 1}],
    } | more


def test_returns_of_the_time_range_and_those_still_expected(cabinet: Cabinet) -> None:
    cabinet.page_size = 3
    cabinet.returns = [return_row(n, n, days=n) for n in range(1, 120)]
    expected = [OrderRef(str(n), START) for n in range(20, 100)]
    found = records_of(shop(cabinet).returns(last(40), expected))
    assert {r.order_id for r in found} == {str(n) for n in range(1, 100)}
    by_id = [r for r in cabinet.asked("/returns") if "orderIds" in r.params]
    asked = {i for r in by_id for i in r.params["orderIds"].split(",")}
    assert asked == {str(n) for n in range(41, 100)}, "what the time range told is not asked again"


def test_returns_of_today_are_not_left_out(cabinet: Cabinet) -> None:
    cabinet.returns = [return_row(1, 1, days=0)]
    assert len(records_of(shop(cabinet).returns(last(0.001), []))) == 1


# Reading stock


def test_stock_of_the_configured_warehouse_only(cabinet: Cabinet) -> None:
    cabinet.page_size = 4
    for n in range(10):
        cabinet.stocks[WAREHOUSE, f"A-{n}"] = {"FIT": n + 2, "FREEZE": 2, "AVAILABLE": n}
        cabinet.stocks[RETURNS_WAREHOUSE, f"A-{n}"] = {"FIT": 50, "AVAILABLE": 50}
    expected = [SeenStock((f"offer:A-{n}",), str(WAREHOUSE), n, 2) for n in range(10)]
    assert records_of(shop(cabinet).read_stock(None)) == expected
    keys = [StockKey(f"A-{n}", f"A-{n}", str(WAREHOUSE)) for n in (1, 3)]
    assert records_of(shop(cabinet).read_stock(keys)) == [expected[1], expected[3]]


def test_stock_of_a_group_is_read_by_campaign_with_what_is_held_for_all_its_shops(
    cabinet: Cabinet,
) -> None:
    group_all(cabinet)
    cabinet.page_size = 4
    for n in range(10):
        cabinet.stocks[WAREHOUSE, f"A-{n}"] = {"FIT": n + 2, "FREEZE": 2, "AVAILABLE": n}
        cabinet.stocks[RETURNS_WAREHOUSE, f"A-{n}"] = {"FIT": 50, "AVAILABLE": 50}
    expected = [SeenStock((f"offer:A-{n}",), "", n, 2) for n in range(10)]
    assert records_of(shop(cabinet, account("")).read_stock(None)) == expected
    keys = [StockKey(f"A-{n}", f"A-{n}", "") for n in (1, 3)]
    assert records_of(shop(cabinet, account("")).read_stock(keys)) == [expected[1], expected[3]]


def test_what_is_shown_in_other_warehouses_is_not_asked_for(cabinet: Cabinet) -> None:
    cabinet.stocks[WAREHOUSE, "A"] = cabinet.stocks[WAREHOUSE, "B"] = {"AVAILABLE": 3}
    keys = [StockKey("A", "A", str(WAREHOUSE)), StockKey("B", "B", str(OTHER_WAREHOUSE))]
    (shown,) = records_of(shop(cabinet).read_stock(keys))
    assert shown.listing_keys == ("offer:A",)


def test_many_keys_are_read_in_batches(cabinet: Cabinet) -> None:
    for n in range(1200):
        cabinet.stocks[WAREHOUSE, f"A-{n}"] = {"AVAILABLE": n}
    keys = [StockKey(f"A-{n}", f"A-{n}", str(WAREHOUSE)) for n in range(1200)]
    assert len(records_of(shop(cabinet).read_stock(iter(keys)))) == 1200
    assert len(cabinet.asked(f"/v3/businesses/{BUSINESS}/offers/stocks")) == 3
    group_all(cabinet)
    assert len(records_of(shop(cabinet).read_stock(iter(keys)))) == 1200
    assert len(cabinet.asked(CAMPAIGN_STOCKS_PATH)) == 3


# Writing stock


@pytest.mark.parametrize("grouped", [False, True])
def test_a_push_shows_in_the_next_reading(cabinet: Cabinet, grouped: bool) -> None:
    if grouped:
        group_all(cabinet)
    market = shop(cabinet)
    outcomes = push(market, update("A", 7), update("B", 0))
    assert set(verdicts(outcomes).values()) == {Verdict.ACCEPTED}
    shown = {s.listing_keys[0]: s.free for s in records_of(shop(cabinet).read_stock(None))}
    assert shown == {"offer:A": 7, "offer:B": 0}
    assert bool(cabinet.asked("/update")) is not grouped


def test_an_unknown_warehouse_is_refused(cabinet: Cabinet) -> None:
    outcomes = push(shop(cabinet, account("5")), update("A", 3, link="5"))
    assert outcomes["A"].verdict is Verdict.REFUSED
    assert "5" in outcomes["A"].message
    assert not cabinet.stocks


@pytest.mark.parametrize("skew_s", [-86_000.0, -45.7, -0.4, 0.0, 0.9, 30.0, 90_000.0])
def test_stamps_are_by_markets_clock_and_never_in_its_future(
    cabinet: Cabinet, clock: JumpingClock, skew_s: float
) -> None:
    cabinet.skew = timedelta(seconds=skew_s)
    assert verdicts(push(shop(cabinet), update("A", 7, clock.now()))) == {"A": Verdict.ACCEPTED}
    (request,) = cabinet.asked("/update")
    stamp = datetime.fromisoformat(request.body["skuItems"][0]["updatedAt"])
    assert timedelta(0) <= cabinet.now() - stamp <= timedelta(seconds=4)


def test_a_slow_answer_does_not_spoil_what_is_known_of_markets_clock(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    cabinet.skew = timedelta(seconds=50)
    market = shop(cabinet)
    push(market, update("A", 1, clock.now()))

    def slow(_: Request) -> httpx.Response:
        headers = cabinet.headers()
        clock.moment += timedelta(seconds=20)
        return httpx.Response(200, json={"orders": []}, headers=headers)

    cabinet.override["POST", ORDERS_PATH] = slow
    records_of(market.orders(last(1)))
    push(market, update("A", 2, clock.now()))
    stamp = cabinet.asked("/update")[-1].body["skuItems"][0]["updatedAt"]
    assert cabinet.now() - datetime.fromisoformat(stamp) <= timedelta(seconds=4)


def test_of_two_runs_in_one_second_the_later_one_is_shown(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    clock.moment += timedelta(seconds=0.1)
    push(shop(cabinet), update("A", 7, clock.now()))
    clock.moment += timedelta(seconds=0.2)
    # A header made a second ago by a server that saves work.
    cabinet.stale = timedelta(seconds=1)
    push(shop(cabinet), update("A", 0, clock.now()))
    assert cabinet.stocks[WAREHOUSE, "A"]["AVAILABLE"] == 0


def test_a_late_push_does_not_undo_a_newer_one(cabinet: Cabinet, clock: JumpingClock) -> None:
    market = shop(cabinet)
    computed_at = clock.now()
    clock.moment += timedelta(seconds=20)
    push(market, update("A", 5, clock.now()))
    push(market, update("A", 9, computed_at))
    assert cabinet.stocks[WAREHOUSE, "A"]["AVAILABLE"] == 5


def test_where_market_takes_no_stamp_the_number_goes_without_one(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    cabinet.tells_time = False
    cabinet.skew = timedelta(minutes=-10)
    outcomes = push(shop(cabinet), update("A", 7, clock.now()), update("B", 8, clock.now()))
    assert set(verdicts(outcomes).values()) == {Verdict.ACCEPTED}
    first, second = cabinet.asked("/update")
    assert "updatedAt" in first.body["skuItems"][0]
    assert "updatedAt" not in second.body["skuItems"][0]


def test_where_no_number_is_taken_with_a_stamp_or_without_that_has_an_end(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    cabinet.override["POST", UPDATE_PATH] = error(
        400, "BAD_REQUEST", "Stock should not be in the future"
    )
    outcomes = push(shop(cabinet), update("A", 7, clock.now()), update("B", 8, clock.now()))
    assert set(verdicts(outcomes).values()) == {Verdict.REFUSED}
    # With stamps, without, and each by itself.
    assert len(cabinet.asked("/update")) == 4


def test_a_number_of_a_clock_that_was_set_back_is_stamped_as_of_now(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    outcomes = push(shop(cabinet), update("A", 7, clock.now() + timedelta(hours=1)))
    assert verdicts(outcomes) == {"A": Verdict.ACCEPTED}
    (request,) = cabinet.asked("/update")
    assert datetime.fromisoformat(request.body["skuItems"][0]["updatedAt"]) <= cabinet.now()


def test_no_request_holds_more_numbers_than_market_takes(cabinet: Cabinet) -> None:
    number = facts.SKUS_PER_UPDATE + 1
    outcomes = push(shop(cabinet), *(update(f"A-{n}", 1) for n in range(number)))
    assert set(verdicts(outcomes).values()) == {Verdict.ACCEPTED}
    assert len(cabinet.asked("/update")) == 2


def test_an_old_number_is_never_sent_as_holding_now(cabinet: Cabinet, clock: JumpingClock) -> None:
    cabinet.tells_time = False
    cabinet.skew = timedelta(hours=-3)
    # Every number is told of, and none twice.
    youngest, oldest = facts.UNSTAMPED_AGE_MAX, facts.UNSTAMPED_AGE_MAX + timedelta(seconds=1)
    ages = {"A": timedelta(hours=1), "B": timedelta(0), "C": youngest, "D": oldest}
    now = clock.now()
    outcomes = push(shop(cabinet), *(update(sku, 7, now - age) for sku, age in ages.items()))
    accepted, later = Verdict.ACCEPTED, Verdict.LATER
    assert verdicts(outcomes) == {"A": later, "B": accepted, "C": accepted, "D": later}


@pytest.mark.parametrize(("seconds", "verdict"), [(0, "accepted"), (1, "later"), (90_000, "later")])
def test_a_number_of_yesterday_is_computed_again(
    cabinet: Cabinet, clock: JumpingClock, seconds: int, verdict: str
) -> None:
    made_at = clock.now() - facts.STAMP_AGE_MAX - timedelta(seconds=seconds)
    assert verdicts(push(shop(cabinet), update("A", 7, made_at))) == {"A": Verdict(verdict)}
    assert bool(cabinet.stocks) is (verdict == "accepted")


def test_a_quantity_market_does_not_take_is_refused_alone(cabinet: Cabinet) -> None:
    outcomes = push(shop(cabinet), update("A", facts.COUNT_MAX + 1), update("B", facts.COUNT_MAX))
    assert verdicts(outcomes) == {"A": Verdict.REFUSED, "B": Verdict.ACCEPTED}


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("spoilt", ["named", "poison"])
def test_what_spoils_a_batch_is_found_and_the_rest_is_shown(
    cabinet: Cabinet, grouped: bool, spoilt: str
) -> None:
    if grouped:
        group_all(cabinet)
    setattr(cabinet, spoilt, {"A-17", "A-1800"})
    outcomes = push(shop(cabinet), *(update(f"A-{n}", n) for n in range(2000)))
    refused = {sku: o for sku, o in outcomes.items() if o.verdict is not Verdict.ACCEPTED}
    assert {"A-17", "A-1800"} <= refused.keys()
    if spoilt == "poison":
        # Each takes eleven halvings: the bound is reached, and nothing is guessed.
        assert all(o.verdict in (Verdict.REFUSED, Verdict.UNKNOWN) for o in refused.values())
        assert len(refused) < 200
    else:
        assert verdicts(refused) == dict.fromkeys(["A-17", "A-1800"], Verdict.REFUSED)
        # Market names one at a time.
        assert len(cabinet.asked("/stocks") + cabinet.asked("/update")) <= 3
    assert refused["A-17"].verdict is Verdict.REFUSED
    assert refused["A-17"].message
    shown = {sku for at, sku in cabinet.stocks if at == WAREHOUSE}
    assert shown == outcomes.keys() - refused.keys()


def test_refusals_of_everything_come_to_an_end(cabinet: Cabinet) -> None:
    cabinet.override["POST", UPDATE_PATH] = error(400, "BAD_REQUEST", "No")
    outcomes = push(shop(cabinet), *(update(f"A-{n}", n) for n in range(2000)))
    assert set(verdicts(outcomes).values()) == {Verdict.REFUSED, Verdict.UNKNOWN}
    assert len(cabinet.asked("/update")) == facts.REFUSALS_MAX


def test_a_shop_that_takes_no_stock_is_told_as_such(cabinet: Cabinet) -> None:
    group_all(cabinet)
    cabinet.override["PUT", CAMPAIGN_STOCKS_PATH] = error(
        400, "BAD_REQUEST", "Campaign type is not allowed"
    )
    with pytest.raises(MarketplaceError, match="takes no stock"):
        push(shop(cabinet), update("A", 1), update("B", 2))
    assert len(cabinet.asked("/stocks")) == 1


def test_long_articles_are_sent_in_bodies_that_market_takes(cabinet: Cabinet) -> None:
    outcomes = push(shop(cabinet), *(update(f"{n:04}" + "Ж" * 250, n) for n in range(2000)))
    assert set(verdicts(outcomes).values()) == {Verdict.ACCEPTED}
    assert len(cabinet.asked("/update")) > 1
    assert all(request.size <= 500 * 1024 for request in cabinet.requests)


def test_a_lost_answer_leaves_what_was_sent_unknown_and_the_rest_for_later(
    cabinet: Cabinet,
) -> None:
    def only_the_first(_: Request) -> httpx.Response | None:
        return None if len(cabinet.asked("/update")) == 1 else httpx.Response(502, text="<html>")

    cabinet.override["POST", UPDATE_PATH] = only_the_first
    updates = [update(f"{n:04}" + "Ж" * 250, n) for n in range(2000)]
    found = [o.verdict for o in asyncio.run(shop(cabinet).push(updates))]
    assert set(found) == {Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.LATER}
    assert found.count(Verdict.ACCEPTED) == len(cabinet.stocks)


def test_an_answer_that_is_not_ok_is_not_taken_for_an_acceptance(cabinet: Cabinet) -> None:
    cabinet.override["POST", UPDATE_PATH] = httpx.Response(200, json={"status": "ERROR"})
    with pytest.raises(AnswerNotUnderstood):
        push(shop(cabinet), update("A", 1))


# Answers that are odd, and words that nobody knows


def test_words_that_no_table_knows_are_told_with_their_place(cabinet: Cabinet) -> None:
    surprises = Words()
    market = shop(cabinet, surprises=surprises)
    units = [{"status": "NEW_UNIT", "count": 1}]
    item = {"id": 1, "offerId": "A", "count": 1, "itemStatuses": units}
    cabinet.orders = [
        order_row(
            1, status="NEW_STATUS", substatus="NEW_SUB", programType="NEW_MODEL", items=[item]
        )
    ]
    (found,) = records_of(market.orders(last(0.1)))
    assert (found.step, found.ignored) == (Step.UNKNOWN, None)
    instances = [{"status": "NEW_STATE", "stockType": "NEW_STOCK"}]
    cabinet.returns = [
        return_row(
            1,
            1,
            days=0,
            returnType="NEW_TYPE",
            refundStatus="NEW_MONEY",
            shipmentStatus="NEW_WAY",
            items=[{"shopSku": "A", "count": 1, "instances": instances}],
        )
    ]
    records_of(market.returns(last(0.1), []))
    cabinet.offers = [offer("A", CAMPAIGN) | {"campaigns": [{"campaignId": 1, "status": "NEW_O"}]}]
    records_of(market.catalog(None))
    cabinet.campaigns[0]["apiAvailability"] = "NEW_API"
    cabinet.stocks[WAREHOUSE, "A"] = {"AVAILABLE": 3, "NEW_TYPE": 1}
    records_of(market.read_stock(None))
    cabinet.override["POST", UPDATE_PATH] = error(400, "NEW_CODE", "No")
    push(market, update("A", 1))
    told = {(place.rpartition("/")[2], field, word) for place, field, word in surprises}
    assert told == {
        ("orders", "status", "NEW_STATUS"),
        ("orders", "substatus", "NEW_SUB"),
        ("orders", "programType", "NEW_MODEL"),
        ("orders", "items.itemStatuses.status", "NEW_UNIT"),
        ("returns", "returnType", "NEW_TYPE"),
        ("returns", "refundStatus", "NEW_MONEY"),
        ("returns", "shipmentStatus", "NEW_WAY"),
        ("returns", "items.instances.status", "NEW_STATE"),
        ("returns", "items.instances.stockType", "NEW_STOCK"),
        ("offer-mappings", "campaigns.status", "NEW_O"),
        ("campaigns", "apiAvailability", "NEW_API"),
        ("stocks", "stocks.type", "NEW_TYPE"),
        ("update", "errors.code", "NEW_CODE"),
    }


def test_a_row_that_cannot_be_read_is_told_and_holds_back_no_other(cabinet: Cabinet) -> None:
    surprises = Words()
    market = shop(cabinet, surprises=surprises)
    good = [order_row(n) for n in (1, 2)]
    without_id = order_row(3)
    del without_id["orderId"]
    odd = [without_id, order_row(4, creationDate="yesterday"), order_row(5, items=[{"id": 1}])]
    cabinet.override["POST", ORDERS_PATH] = httpx.Response(
        200, json={"orders": [good[0], *odd, good[1]]}
    )
    found = records_of(market.orders_again([OrderRef("1", START)]))
    assert [o.order_id for o in found] == ["1", "2"]
    assert [field for _, field, _ in surprises] == [
        "orders.orderId",
        "orders.creationDate",
        "orders.items.offerId",
    ]
    # Where none can be read, it is the contract that has changed.
    cabinet.override["POST", ORDERS_PATH] = httpx.Response(200, json={"orders": odd})
    with pytest.raises(AnswerNotUnderstood, match="orderId"):
        records_of(market.orders_again([OrderRef("1", START)]))


def test_ids_may_be_text_and_what_is_not_needed_may_be_absent_or_null(cabinet: Cabinet) -> None:
    row = order_row(7, orderId="7", campaignId=str(CAMPAIGN), updateDate=None, programType=None)
    row |= {"delivery": {"warehouseId": None}, "new": {"field": [1]}, "fake": None}
    row["items"] = [{"id": "70", "offerId": "A", "count": "2", "itemStatuses": None}]
    cabinet.override["POST", ORDERS_PATH] = httpx.Response(
        200, json={"orders": [row], "paging": None}
    )
    (found,) = records_of(shop(cabinet).orders_again([OrderRef("7", START)]))
    assert (found.order_id, found.lines[0].quantity) == ("7", 2)
    cabinet.override["GET", f"/v2/campaigns/{CAMPAIGN}/returns"] = httpx.Response(
        200,
        json={
            "status": "OK",
            "result": {
                "returns": [{"id": 1, "orderId": 7, "items": [], "returnType": "RETURN"}],
            },
        },
    )
    assert records_of(shop(cabinet).returns(last(0.1), [])) == []


def test_numbers_that_cannot_be_are_told_and_bounded(cabinet: Cabinet) -> None:
    surprises = Words()
    market = shop(cabinet, surprises=surprises)
    cabinet.stocks[WAREHOUSE, "A"] = {"AVAILABLE": -3, "FREEZE": 2}
    assert records_of(market.read_stock(None)) == [
        SeenStock(("offer:A",), str(WAREHOUSE), free=0, reserved=2)
    ]
    assert [(field, word) for _, field, word in surprises] == [("stocks.count", "-3")]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"status": "OK"}, "result"),
        ({"status": "OK", "result": {}}, "returns"),
        ({"status": "ERROR", "result": {"returns": []}}, "status"),
    ],
)
def test_an_answer_without_its_list_is_no_empty_list(
    cabinet: Cabinet, answer: dict[str, Any], problem: str
) -> None:
    cabinet.override["GET", f"/v2/campaigns/{CAMPAIGN}/returns"] = httpx.Response(200, json=answer)
    with pytest.raises(AnswerNotUnderstood, match=problem):
        records_of(shop(cabinet).returns(last(0.1), []))


def test_where_only_fit_is_told_what_is_free_follows_from_it() -> None:
    stocks = (wire.StockCount("FIT", 7), wire.StockCount("FREEZE", 3))
    assert parse.parse_stock(wire.OfferStocks("A", stocks), "1", Words()).free == 4


# What goes wrong on the way


@pytest.mark.parametrize("grouped", [False, True])
def test_a_key_that_only_reads_is_told_what_it_lacks(cabinet: Cabinet, grouped: bool) -> None:
    if grouped:
        group_all(cabinet)
    denied = error(403, "FORBIDDEN", "Access denied")
    cabinet.override["PUT", CAMPAIGN_STOCKS_PATH] = denied
    cabinet.override["POST", UPDATE_PATH] = denied
    with pytest.raises(CredentialsRefused, match=r"OFFERS_AND_CARDS_MANAGEMENT$"):
        push(shop(cabinet), update("A", 1))


def test_a_closed_shop_says_nothing_of_the_key(cabinet: Cabinet) -> None:
    cabinet.override["GET", f"/v2/campaigns/{CAMPAIGN}/returns"] = error(
        403, "FORBIDDEN", f"API for campaign {CAMPAIGN} is disabled"
    )
    with pytest.raises(RequestRefused, match="is disabled"):
        records_of(shop(cabinet).returns(last(0.1), []))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (error(401, "UNAUTHORIZED", "Api-Key token is invalid"), CredentialsRefused),
        (error(403, "FORBIDDEN", "Access denied"), CredentialsRefused),
        (error(404, "NOT_FOUND", "Campaign not found: 1"), RequestRefused),
        (error(423, "LOCKED", "The shop is being moved"), Unreachable),
        (httpx.Response(502, text="<html>Bad gateway</html>"), Unreachable),
        (httpx.Response(200, text='{"orders": ['), AnswerNotUnderstood),
        (httpx.Response(200, json={"orders": [{"orderId": "1"}]}), AnswerNotUnderstood),
        (httpx.Response(200, json={"paging": {}}), AnswerNotUnderstood),
        (httpx.Response(200, text="<html>"), AnswerNotUnderstood),
        (error(420, "X", "Hit rate limit of 4 parallel requests"), Throttled),
    ],
)
def test_trouble_is_told_as_what_it_is(
    cabinet: Cabinet, response: httpx.Response, kind: type[CloudstockError]
) -> None:
    cabinet.override["POST", ORDERS_PATH] = response
    with pytest.raises(CloudstockError) as caught:
        records_of(shop(cabinet).orders(last(1)))
    assert type(caught.value) is kind
    # A key that is none lacks no access.
    assert ("this needs the access" in str(caught.value)) is (response.status_code == 403)
    assert "ym-main" in str(caught.value)
    assert "ACMA" not in str(caught.value)


def test_a_420_is_waited_out_by_markets_clock(cabinet: Cabinet, clock: JumpingClock) -> None:
    cabinet.skew = timedelta(hours=5)
    until = (cabinet.now() + timedelta(seconds=12)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {**cabinet.headers(), "X-RateLimit-Resource-Until": until}
    cabinet.override["POST", ORDERS_PATH] = [error(420, "X", "Hit", headers=headers)]
    cabinet.orders = [order_row(1)]
    assert len(records_of(shop(cabinet).orders(last(1)))) == 1
    assert timedelta(seconds=12) <= clock.now() - START <= timedelta(seconds=15)


def test_a_limit_that_others_used_up_is_waited_out_before_a_420(
    cabinet: Cabinet, clock: JumpingClock
) -> None:
    until = (cabinet.now() + timedelta(seconds=12)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    told = {"X-RateLimit-Resource-Remaining": "0", "X-RateLimit-Resource-Until": until}
    headers = {**cabinet.headers(), **told}
    page = {"orders": [], "paging": {"nextPageToken": "p0"}}
    cabinet.override["POST", ORDERS_PATH] = [httpx.Response(200, headers=headers, json=page)]
    cabinet.orders = [order_row(1)]
    assert len(records_of(shop(cabinet).orders(last(1)))) == 1
    assert timedelta(seconds=12) <= clock.now() - START <= timedelta(seconds=15)


def test_a_method_that_is_being_switched_off_is_no_bad_token(cabinet: Cabinet) -> None:
    gone = error(403, "FORBIDDEN", "The method is deprecated and is occasionally forbidden")
    cabinet.override["POST", ORDERS_PATH] = [gone, gone]
    cabinet.orders = [order_row(1)]
    assert len(records_of(shop(cabinet).orders(last(1)))) == 1


def test_traits_are_the_contracts(cabinet: Cabinet) -> None:
    traits = shop(cabinet).traits
    assert (traits.push_batch, traits.settle_s) == (2000, 900.0)
    assert traits.reports_reserved
    assert traits.walks_stock


class TestYandexMarket(UnitsTogetherContract, AllStockContract):
    """The common contract, against the sandbox."""

    account = "ym-main"
    writes = "offers/stocks/update"
    lists = "/orders"

    def test_refused_items_do_not_hold_back_the_rest(self, bench: SandboxBench) -> None:
        """Market names nobody, so what spoils the batch has to be found."""
        skus = bench.skus()[:6]
        now = bench.clock.now()
        updates = [update(sku, 8, now, bench.warehouse_id) for sku in [*skus, "NOT-IN-THE-SHOP"]]

        async def work(reader: Reader) -> dict[str, Verdict]:
            return by_sku(await reader.marketplace.push(updates))

        expected = {**dict.fromkeys(skus, Verdict.ACCEPTED), "NOT-IN-THE-SHOP": Verdict.REFUSED}
        assert visit(bench, work) == expected
        assert [bench.shown(sku) for sku in skus] == [8] * 6
        # Market was right to reject these.
        bench.breaches = list  # type: ignore[method-assign]


def test_a_cabinet_with_groups_is_served_by_the_campaigns_methods(tmp_path: Path) -> None:
    world = World.standard(products=8, speed=SPEED, accounts=["ym-main"])
    world.accounts["ym-main"].group = "Shared"
    with sandbox_bench("ym-main", tmp_path, world) as bench:
        skus = bench.skus()[:2]
        visit(bench, lambda r: r.push({skus[0]: 6, skus[1]: 0}))
        bench.buy(skus[0], 2)

        async def work(reader: Reader) -> None:
            (place,) = await reader.marketplace.warehouses()
            assert place.group is not None
            stock = await reader.stock(*[await reader.listing(sku) for sku in skus])
            assert {sku: (s.free, s.reserved) for sku, s in stock.items()} == {
                skus[0]: (4, 2),
                skus[1]: (0, 0),
            }
            assert (await reader.marketplace.check()).findings == ()

        visit(bench, work)
        assert bench.breaches() == []
