"""Wildberries: what its answers mean, and the walks through them."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
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
    CloudstockError,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Unreachable,
)
from cloudstock.marketplaces.base import CheckReport, Page
from cloudstock.marketplaces.pace import Left, Pace
from cloudstock.marketplaces.wildberries import Wildberries, facts, left, parse, throttle_wait, wire
from cloudstock.marketplaces.wildberries.statuses import Family, fate
from cloudstock.marketplaces.wildberries.token import read_token
from cloudstock.marketplaces.wildberries.windows import (
    day_slices,
    months_before,
    months_of,
    second_slices,
)
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.marketplaces.clocks import JumpingClock
from tests.marketplaces.wildberries_cabinet import NOW, Cabinet, CabinetTask, Request

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


def account(*warehouse_ids: str, the_token: str = GOOD_TOKEN, **options: str) -> Account:
    return Account(
        name="wb-main",
        marketplace="wildberries",
        warehouses=tuple(WarehouseLink(w, "main") for w in warehouse_ids or ("658434",)),
        options={"article": "{vendorCode}/{techSize}", **options},
        secrets={"token": Secret(the_token)},
    )


def wildberries(cabinet: Cabinet, the_account: Account | None = None) -> Wildberries:
    cabinet.warehouses = cabinet.warehouses or [WAREHOUSE]
    return Wildberries(
        the_account or account(),
        clock=JumpingClock(NOW),
        pace=Pace(None),
        transport=cabinet.transport(),
    )


async def _gather(pages: AsyncIterator[Page[R]]) -> list[Page[R]]:
    return [page async for page in pages]


def pages_of(pages: AsyncIterator[Page[R]]) -> list[Page[R]]:
    return asyncio.run(_gather(pages))


def records_of(pages: AsyncIterator[Page[R]]) -> list[R]:
    return [record for page in pages_of(pages) for record in page.records]


def last(days: float) -> Window:
    return Window(NOW - timedelta(days=days), NOW)


# What the status words mean: the table of the contract, "what moves stock"


@pytest.mark.parametrize(
    ("family", "supplier", "wb", "step", "left_shelf"),
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
        (Family.DBS, "cancel", "canceled", Step.CANCELLED, False),
        (Family.DBS, "cancel_missed_call", "canceled_by_missed_call", Step.CANCELLED, None),
    ],
)
def test_both_status_words_are_read_together(
    family: Family, supplier: str, wb: str, step: Step, left_shelf: bool | None
) -> None:
    assert (fate(family, supplier, wb).step, fate(family, supplier, wb).left_shelf) == (
        step,
        left_shelf,
    )


@pytest.mark.parametrize(
    ("supplier", "wb", "left_shelf"),
    [
        ("confirm", "lost_in_space", False),
        ("complete", "lost_in_space", True),
        ("brand_new_word", "waiting", None),
        ("", "", None),
    ],
)
def test_words_never_seen_before_are_unknown_and_kept(
    supplier: str, wb: str, left_shelf: bool | None
) -> None:
    task = wire.Task(id=1, created_at=NOW, chrt_id=5)
    order = parse.parse_order(task, Family.FBS, supplier_status=supplier, wb_status=wb)
    assert order.step is Step.UNKNOWN
    assert order.status == f"{supplier}/{wb}"
    assert order.left_shelf is left_shelf


# Answers and records


def test_every_size_of_a_card_is_a_listing_of_its_own() -> None:
    answer = msgspec.json.decode(sample("cards_list"), type=wire.CardsAnswer)
    listings = [
        listing
        for card in answer.cards or ()
        for listing in parse.parse_card(card, article="{vendorCode}/{techSize}", archived=False)
    ]
    assert listings == [
        Listing(
            external_id="501000931",
            offer_id="ART-132",
            name="Ремень",
            barcodes=("2004000000132", "4607000000132"),
            keys=("chrt:501000931", "barcode:2004000000132", "barcode:4607000000132"),
        ),
        Listing(
            external_id="9007199254740993",
            offer_id="BELT-05/M",
            name="Ремень кожаный, M",
            barcodes=("4607000000501",),
            keys=("chrt:9007199254740993", "barcode:4607000000501"),
        ),
        Listing(
            external_id="501000942",
            offer_id="BELT-05/L",
            name="Ремень кожаный, L",
            keys=("chrt:501000942",),
        ),
    ]


def test_a_card_in_the_trash_is_an_archived_listing() -> None:
    answer = msgspec.json.decode(sample("cards_trash"), type=wire.CardsAnswer)
    (card,) = answer.cards or ()
    (listing,) = parse.parse_card(card, article="{vendorCode}/{techSize}", archived=True)
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
    order = parse.parse_order(
        answer.orders[0], Family.FBS, supplier_status="confirm", wb_status="waiting"
    )
    assert order == Order(
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
        left_shelf=False,
        handle='{"f":"fbs","c":501000931,"w":658434,"a":"ART-132","s":["2004000000132"]}',
    )


def test_a_handle_brings_the_whole_order_back() -> None:
    answer = msgspec.json.decode(sample("orders_new"), type=wire.NewTasks)
    words = {"supplier_status": "complete", "wb_status": "sorted"}
    order = parse.parse_order(answer.orders[0], Family.DBS, **words)
    family, task = parse.recall_task(OrderRef(order.order_id, order.created_at, order.handle))
    assert parse.parse_order(task, family, **words) == order


def test_an_order_without_a_size_is_known_by_its_barcode() -> None:
    task = wire.Task(id=1, created_at=NOW, skus=("46001",))
    order = parse.parse_order(task, Family.FBS, supplier_status="new", wb_status="waiting")
    assert order.lines[0].listing_keys == ("barcode:46001",)
    assert parse.recall_task(OrderRef("1", NOW, order.handle)) == (Family.FBS, task)


@pytest.mark.parametrize("handle", ["", "{}", '{"f":"fbw","c":1}', "[1]", '{"f":"fbs","c":"x"}'])
def test_a_damaged_handle_names_the_order_and_the_way_out(handle: str) -> None:
    with pytest.raises(CloudstockError, match=r"order 77 .*--since"):
        parse.recall_task(OrderRef("77", NOW, handle))


def test_an_order_of_the_archive_has_its_status_and_a_day() -> None:
    page = msgspec.json.decode(sample("orders_archive"), type=wire.ArchivePage)
    order = parse.parse_archived_order(page.orders[0])
    assert (order.order_id, order.step, order.status) == (
        "1234567890",
        Step.DELIVERED,
        "complete/sold",
    )
    assert order.created_at == datetime(2026, 5, 3, 21, 0, tzinfo=UTC)
    assert order.lines[0].listing_keys == ("chrt:501000931", "barcode:2004000000132")


def test_a_return_is_received_only_when_the_seller_was_handed_it() -> None:
    page = msgspec.json.decode(sample("item_returns"), type=wire.ReturnsPage)
    returns = [parse.parse_return(row, now=NOW) for row in page.report]
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
            received_at=datetime(2026, 11, 21, 22, 30, 0, 999999, tzinfo=UTC),
        ),
    ]


def test_a_bare_day_is_its_last_moment_so_that_a_count_of_that_morning_is_older() -> None:
    yesterday = wire.ReturnRow(srid="a.r", completed_dt="2026-11-22")
    today = wire.ReturnRow(srid="b.r", completed_dt="2026-11-23")
    assert parse.parse_return(yesterday, now=NOW).received_at == datetime(
        2026, 11, 22, 20, 59, 59, 999999, tzinfo=UTC
    )
    assert parse.parse_return(today, now=NOW).received_at == NOW


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"sku": "1"}, "neither srid nor shkId"),
        ({"srid": "a.r", "completedDt": "вчера"}, "'вчера' is neither a time nor a day"),
        ({"srid": "a.r", "completedDt": "9999-12-31"}, "in the year 9999"),
    ],
    ids=["no id", "no time", "no time of ours"],
)
def test_a_return_that_cannot_be_told_apart_or_dated_is_an_error(
    row: dict[str, str], words: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"{words}.* at `\$\[0\]`"):
        msgspec.json.decode(msgspec.json.encode([row]), type=list[wire.ReturnRow])


def test_warehouses_whose_orders_are_not_read_are_unusable() -> None:
    raw = msgspec.json.decode(sample("warehouses"), type=tuple[wire.Warehouse, ...])
    assert [parse.parse_warehouse(item) for item in raw] == [
        MarketplaceWarehouse("658434", "Подольск, склад 1"),
        MarketplaceWarehouse("658435", "Доставка сами"),
        MarketplaceWarehouse(
            "658436", "Курьер WB", "DBW (Wildberries' courier): its orders are not read"
        ),
        MarketplaceWarehouse(
            "658437", "Самовывоз", "pick-up at the seller: its orders are not read"
        ),
        MarketplaceWarehouse("658438", "Старый", "being deleted"),
    ]


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"x-ratelimit-retry": "3"}, 3.0),
        (429, {}, None),
        (429, {"x-ratelimit-retry": "soon"}, None),
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
def test_slices_of_orders_cover_the_window_within_30_calendar_days_each(
    since: datetime, length: timedelta
) -> None:
    slices = list(second_slices(Window(since, since + length)))
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
def test_slices_of_returns_cover_the_window_within_31_days_each(
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
        "warning: the token ends on 2026-11-26",
    ]:
        assert expected in text


def test_check_finds_warehouses_that_are_missing_unusable_or_busy() -> None:
    cabinet = Cabinet(warehouses=json.loads(sample("warehouses")))
    report = checked(cabinet, account("658434", "658435", "658436", "658438", "1"))
    assert [finding.level for finding in report.findings] == ["warning", "error", "error", "error"]
    text = " ".join(finding.message for finding in report.findings)
    assert "658435 is being updated" in text
    assert "658436 (Курьер WB): DBW" in text
    assert "658438 (Старый): being deleted" in text
    assert "no warehouse 1;" in text


def test_check_tells_a_right_that_the_server_denies() -> None:
    cabinet = Cabinet()

    def denied(request: Request) -> httpx.Response:
        return httpx.Response(401, json={"title": "unauthorized", "status": 401})

    cabinet.override["GET", "/ping"] = denied
    messages = [finding.message for finding in checked(cabinet).findings]
    assert any("does not open Content" in message for message in messages)
    assert any("does not open Analytics" in message for message in messages)


def test_a_token_that_does_not_work_at_all_is_refused_credentials() -> None:
    cabinet = Cabinet()
    cabinet.override["GET", "/api/v3/warehouses"] = lambda _: httpx.Response(
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


def test_a_cursor_of_another_version_means_a_whole_walk() -> None:
    cabinet = Cabinet(cards=[card(1)])
    assert len(records_of(wildberries(cabinet).catalog("2026-01-01"))) == 1


def test_a_page_that_leads_back_to_itself_ends_the_walk_with_an_error() -> None:
    cabinet = Cabinet()
    cards = [card(number) for number in range(1, 101)]
    cabinet.override["POST", "/content/v2/get/cards/list"] = lambda _: httpx.Response(
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


def test_orders_of_the_window_come_in_every_state_each_once() -> None:
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


def test_a_long_window_is_walked_in_slices_and_pages() -> None:
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
    assert all(int(r.params["dateFrom"]) >= int(edge) for r in cabinet.asked("/api/v3/orders"))
    months = {(r.params["year"], r.params["month"]) for r in cabinet.asked(ARCHIVE)}
    assert months == {("2026", str(month)) for month in range(5, 9)}


def test_a_short_window_asks_for_no_archive() -> None:
    cabinet = Cabinet()
    pages_of(wildberries(cabinet).orders(last(60)))
    assert cabinet.asked(ARCHIVE) == []


def test_dbs_orders_are_asked_for_where_the_seller_has_such_a_warehouse() -> None:
    tasks = [
        CabinetTask(1, 10, family="dbs", warehouse_id=658435),
        CabinetTask(2, 10, family="dbs", warehouse_id=658435, supplier="receive", wb="sold"),
        CabinetTask(3, 10, family="dbs", warehouse_id=658435, supplier="reject", wb="canceled"),
    ]
    fbs_only = Cabinet(tasks=tasks)
    assert records_of(wildberries(fbs_only).orders(last(1))) == []
    both = Cabinet(tasks=tasks, warehouses=[WAREHOUSE, DBS_WAREHOUSE])
    orders = by_id(records_of(wildberries(both).orders(last(1))))
    assert {key: order.step for key, order in orders.items()} == {
        "1": Step.OPEN,
        "2": Step.DELIVERED,
        "3": Step.CANCELLED,
    }
    assert orders["1"].warehouse_id == "658435"


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
    assert order.left_shelf is None


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


def test_a_list_of_orders_that_does_not_move_on_is_an_error() -> None:
    cabinet = Cabinet()
    rows = [CabinetTask(number, 10).listed() for number in range(1, 1001)]
    cabinet.override["GET", "/api/v3/orders"] = lambda _: httpx.Response(
        200, json={"next": 1000, "orders": rows}
    )
    with pytest.raises(AnswerNotUnderstood, match="same page twice"):
        pages_of(wildberries(cabinet).orders(last(1)))


def test_null_is_an_empty_list_but_a_missing_list_is_no_answer() -> None:
    cabinet = Cabinet()
    new = ("GET", "/api/v3/orders/new")
    cabinet.override[new] = lambda _: httpx.Response(200, json={"orders": None})
    assert records_of(wildberries(cabinet).orders(last(1))) == []
    cabinet.override[new] = lambda _: httpx.Response(200, json={})
    with pytest.raises(AnswerNotUnderstood, match="orders"):
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


def test_returns_served_twice_are_an_error() -> None:
    cabinet = Cabinet()
    rows = [return_row(number) for number in range(1, 1001)]
    cabinet.override["GET", "/api/analytics/v1/item-returns"] = lambda _: httpx.Response(
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
        ShownStock(("chrt:10",), "658434", 5),
        ShownStock(("chrt:11",), "658434", 0),
        ShownStock(("chrt:10",), "658435", 7),
    ]


def test_stock_is_read_a_thousand_sizes_at_a_time() -> None:
    cabinet = Cabinet(stocks={("658434", number): number for number in range(1, 2500)})
    shown = records_of(wildberries(cabinet).read_stock(key(n) for n in range(1, 2500)))
    assert len(shown) == 2499
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 3


def test_a_negative_amount_is_not_understood() -> None:
    cabinet = Cabinet(stocks={("658434", 10): -1})
    with pytest.raises(AnswerNotUnderstood):
        pages_of(wildberries(cabinet).read_stock([key(10)]))


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


def test_refusals_without_end_are_bounded_and_leave_the_rest_unknown() -> None:
    cabinet = Cabinet(poison=set(range(1000)))
    outcomes = pushed(cabinet, [update(number, 1) for number in range(1000)])
    assert len(cabinet.asked("/api/v3/stocks/658434")) == facts.REFUSALS_MAX
    assert (Verdict.UNKNOWN, "TooManyRefusals") in outcomes.values()


@pytest.mark.parametrize(
    ("status", "body", "wait_s"),
    [
        (409, [{"code": "StoreIsProcessing", "message": "wait"}], facts.PROCESSING_RETRY_S),
        (406, {"code": "WarehouseStocksUpdateBlock", "message": "wait"}, facts.BLOCKED_RETRY_S),
    ],
)
def test_a_busy_warehouse_means_later(status: int, body: Any, wait_s: float) -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = lambda _: httpx.Response(status, json=body)
    outcomes = asyncio.run(wildberries(cabinet).push([update(10, 3), update(11, 1)]))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.LATER}
    assert {outcome.retry_after_s for outcome in outcomes} == {wait_s}
    assert len(cabinet.asked("/api/v3/stocks/658434")) == 1


def test_a_banned_seller_is_told_so() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = lambda _: httpx.Response(
        406, json={"code": "StatusNotAcceptable", "message": "banned"}
    )
    with pytest.raises(MarketplaceError, match="StatusNotAcceptable"):
        pushed(cabinet, [update(10, 3)])


def test_quantities_out_of_range_are_refused_and_not_sent() -> None:
    cabinet = Cabinet()
    outcomes = pushed(cabinet, [update(10, 100_001), update(11, 100_000)])
    assert outcomes == {"10": (Verdict.REFUSED, "UploadDataLimit"), "11": ACCEPTED}


@pytest.mark.parametrize("kind", [3, 5, 77])
def test_nothing_is_sent_to_a_warehouse_whose_orders_are_not_read(kind: int) -> None:
    cabinet = Cabinet(warehouses=[{"id": 658434, "name": "x", "deliveryType": kind}])
    assert pushed(cabinet, [update(10, 3)]) == {"10": (Verdict.REFUSED, "WarehouseUnusable")}
    assert cabinet.asked("/api/v3/stocks/658434") == []


def test_an_unknown_warehouse_is_told() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = lambda _: httpx.Response(
        404, json={"code": "NotFound", "message": "no such warehouse"}
    )
    with pytest.raises(RequestRefused):
        pushed(cabinet, [update(10, 3)])


def after_one(
    first: Callable[[Request], httpx.Response], then: Callable[[Request], httpx.Response]
) -> Callable[[Request], httpx.Response]:
    answers = iter([first])
    return lambda request: next(answers, then)(request)


def test_a_failure_after_a_refusal_leaves_the_rest_unknown() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = after_one(
        lambda _: httpx.Response(
            409, json=[{"code": "NotFound", "message": "gone", "data": [{"chrtId": 10}]}]
        ),
        lambda _: httpx.Response(500),
    )
    outcomes = pushed(cabinet, [update(10, 3), update(11, 1)])
    assert outcomes["10"] == (Verdict.REFUSED, "NotFound")
    assert outcomes["11"][0] is Verdict.UNKNOWN


def test_a_push_without_any_answer_raises() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = lambda _: httpx.Response(502, text="<html>")
    with pytest.raises(Unreachable):
        pushed(cabinet, [update(10, 3)])


def test_a_conflict_that_says_nothing_is_not_understood() -> None:
    cabinet = Cabinet()
    cabinet.override["PUT", "/api/v3/stocks/658434"] = lambda _: httpx.Response(409, text="<html>")
    with pytest.raises(AnswerNotUnderstood):
        pushed(cabinet, [update(10, 3)])


def test_conflicts_of_the_contract_name_their_items() -> None:
    refusals = parse.parse_refusals(sample("stocks_conflict"))
    assert refusals is not None
    assert [(r.code, [i.chrt_id for i in r.data or ()]) for r in refusals] == [
        ("NotFound", [501999999]),
        ("CargoWarehouseRestrictionMGT", [501999998]),
    ]


# Trouble


def test_a_throttled_request_waits_as_long_as_it_is_told() -> None:
    cabinet = Cabinet(tasks=[CabinetTask(1, 10)], warehouses=[WAREHOUSE])
    cabinet.override["GET", "/api/v3/orders/new"] = after_one(
        lambda _: httpx.Response(
            429, headers={"X-Ratelimit-Retry": "17"}, json={"title": "too many requests"}
        ),
        lambda _: httpx.Response(200, json={"orders": [cabinet.tasks[0].listed()]}),
    )
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
    cabinet.override["GET", "/api/v3/orders/new"] = lambda _: httpx.Response(200, text=body)
    with pytest.raises(AnswerNotUnderstood, match=r"wb-main: GET /api/v3/orders/new"):
        pages_of(wildberries(cabinet).orders(last(1)))


def test_pages_before_the_one_that_fails_stand() -> None:
    cabinet = Cabinet(
        tasks=[CabinetTask(1, 10), CabinetTask(2, 10, supplier="confirm")],
    )
    cabinet.override["GET", "/api/v3/orders"] = lambda _: httpx.Response(503)

    told: list[str] = []

    async def read() -> None:
        async for page in wildberries(cabinet).orders(last(1)):
            told.extend(order.order_id for order in page.records)

    with pytest.raises(Unreachable):
        asyncio.run(read())
    assert told == ["1"]
