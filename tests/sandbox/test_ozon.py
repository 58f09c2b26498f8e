"""Ozon's fake keeps to its contract: what it refuses, and what it tells.

Source: Ozon Seller API 2026-09-22.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.sandbox.ozon import OzonFake
from cloudstock.sandbox.request import Response
from cloudstock.sandbox.server import Sandbox
from tests.sandbox.driving import START, Clock, Machine, small_world

WAREHOUSES = "/v2/warehouse/list"
PRODUCTS = "/v3/product/list"
INFOS = "/v3/product/info/list"
TOTALS = "/v4/product/info/stocks"
BY_WAREHOUSE = "/v2/product/info/stocks-by-warehouse/fbs"
ONE_WAREHOUSE = "/v1/product/info/warehouse/stocks"
FBO = "/v1/product/info/stocks-by-warehouse/fbo"
WRITE = "/v2/products/stocks"
POSTINGS = "/v4/posting/fbs/list"
UNFULFILLED = "/v4/posting/fbs/unfulfilled/list"
POSTING = "/v3/posting/fbs/get"
RETURNS = "/v1/returns/list"
CLAIMS = "/v2/returns/rfbs/list"
ROLES = "/v1/roles"
SELLER = "/v1/seller/info"

DAY = {"since": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"}
CUTOFF = {"cutoff_from": "2026-11-20T00:00:00Z", "cutoff_to": "2026-12-20T00:00:00Z"}


def utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Cabinet(Machine):
    """A seller's machine at Ozon's door."""

    clock: Clock

    def post(self, path: str, body: Any, **headers: str) -> Response:
        return self.send("POST", path, body, **headers)

    def ask(self, path: str, **body: Any) -> Any:
        answer = self.post(path, body)
        assert answer.status == 200, answer.body.decode()
        return json.loads(answer.body)

    def refused(self, status: int, path: str, body: Any, **headers: str) -> str:
        """Return the message of a refusal, which has Ozon's form and is a breach."""
        answer = self.post(path, body, **headers)
        assert answer.status == status, answer.body.decode()
        told = json.loads(answer.body)
        assert set(told) == {"code", "message", "details"}
        assert isinstance(told["code"], int)
        assert self.sandbox.log[-1].why
        return str(told["message"])

    def row(self, stock: Any = 5, **changed: Any) -> dict[str, Any]:
        made = {"offer_id": self.sku, "stock": stock, "warehouse_id": self.place, **changed}
        return {k: v for k, v in made.items() if v is not ...}

    def push(self, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.ask(WRITE, stocks=list(rows))["result"])

    def codes(self, *rows: dict[str, Any]) -> list[str]:
        told = self.push(*rows)
        assert all(r["updated"] is not bool(r["errors"]) for r in told)
        return [e["code"] for r in told for e in r["errors"]]

    def walk(self, path: str, rows: str, body: dict[str, Any]) -> list[list[Any]]:
        """All pages of a list with `has_next` and a cursor."""
        pages, cursor = [], ""
        for _ in range(100):
            told = self.ask(path, **body, cursor=cursor)
            pages.append(told[rows])
            cursor = told["cursor"]
            if not told["has_next"]:
                return pages
        raise AssertionError("the walk does not end")

    def postings(self, **chosen: Any) -> list[Any]:
        window = {"since": "2026-10-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"}
        return list(self.ask(POSTINGS, filter={**window, **chosen}, limit=100)["postings"])

    def posting(self, number: str) -> Any:
        return self.ask(POSTING, posting_number=number)["result"]

    def returned(self, **chosen: Any) -> list[Any]:
        return list(self.ask(RETURNS, filter=chosen, limit=500)["returns"])


def cabinet(**how: Any) -> Cabinet:
    clock = Clock()
    made = Cabinet(Sandbox(small_world(clock, **how)))
    made.clock = clock
    return made


@pytest.fixture
def ozon() -> Cabinet:
    return cabinet()


# ---------------------------------------------------------------- ground rules


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"client_id": "999999"}, 403),
        ({"api_key": "wrong"}, 403),
        ({"api_key": ""}, 403),
        ({"client_id": "100002"}, 403),
    ],
)
def test_wrong_credentials_are_refused(ozon: Cabinet, headers: dict[str, str], status: int) -> None:
    ozon.refused(status, PRODUCTS, {"filter": {}, "limit": 1}, **headers)
    assert ozon.sandbox.log[-1].account is None


def test_a_request_without_credentials_is_refused(ozon: Cabinet) -> None:
    sandbox = ozon.sandbox
    nobody = Machine(sandbox, "wb-main")
    answer = nobody.send("POST", PRODUCTS, {"filter": {}, "limit": 1})
    assert (answer.status, json.loads(answer.body)["code"]) == (401, 16)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(ozon: Cabinet, kind: str) -> None:
    ozon.refused(415, PRODUCTS, {"filter": {}, "limit": 1}, content_type=kind)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"limit": NaN}', b"\xff\xfe", b"null"])
def test_a_body_that_is_no_json_object_is_refused(ozon: Cabinet, raw: bytes) -> None:
    ozon.refused(400, PRODUCTS, raw)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_every_method_is_post(ozon: Cabinet, method: str) -> None:
    assert ozon.send(method, WRITE, {"stocks": [ozon.row()]}).status == 405
    assert ozon.stock() == (None, 0)


@pytest.mark.parametrize(
    "path",
    [
        "/v3/posting/fbs/list",
        "/v3/posting/fbs/unfulfilled/list",
        "/v1/warehouse/list",
        "/v1/product/info/stocks-by-warehouse/fbs",
        "/v1/delivery-method/list",
        "/v1/product/import/stocks",
        "/v3/product/info/stocks",
        "/v3/returns/company/fbs",
        "/v3/returns/company/fbo",
        "/v2/product/list",
        "/v2/product/info",
        "/v2/product/info/list",
    ],
)
def test_methods_that_are_off_are_off(ozon: Cabinet, path: str) -> None:
    assert "switched off" in ozon.refused(404, path, {})


def test_answers_name_the_request(ozon: Cabinet) -> None:
    assert ozon.post(PRODUCTS, {"filter": {}, "limit": 1}).headers["x-o3-trace-id"]


WELL_ASKED: dict[str, dict[str, Any]] = {
    WAREHOUSES: {"limit": 100},
    PRODUCTS: {"filter": {"visibility": "ALL"}, "last_id": "", "limit": 1000},
    INFOS: {"offer_id": ["MUG-01"]},
    TOTALS: {"filter": {}, "limit": 1000, "cursor": ""},
    BY_WAREHOUSE: {"limit": 1000, "offer_id": ["MUG-01"]},
    ONE_WAREHOUSE: {"warehouse_id": 22142605386010, "limit": 1000},
    FBO: {"limit": 100},
    WRITE: {"stocks": [{"offer_id": "MUG-01", "stock": 7, "warehouse_id": 22142605386010}]},
    POSTINGS: {"filter": DAY, "limit": 100, "cursor": "", "sort_dir": "ASC"},
    UNFULFILLED: {"filter": CUTOFF, "limit": 100},
    POSTING: {"posting_number": "48215077-0011-1"},
    RETURNS: {"filter": {"return_schema": "FBS"}, "limit": 500, "last_id": 0},
    CLAIMS: {"filter": {"group_state": ["All"]}, "limit": 100, "last_id": 0},
    ROLES: {},
    SELLER: {},
}
REQUIRED = [
    (WAREHOUSES, "limit"),
    (PRODUCTS, "limit"),
    (TOTALS, "filter"),
    (TOTALS, "limit"),
    (BY_WAREHOUSE, "limit"),
    (BY_WAREHOUSE, "offer_id"),
    (INFOS, "offer_id"),
    (ONE_WAREHOUSE, "warehouse_id"),
    (ONE_WAREHOUSE, "limit"),
    (WRITE, "stocks"),
    (POSTINGS, "filter"),
    (POSTINGS, "limit"),
    (UNFULFILLED, "filter"),
    (POSTING, "posting_number"),
    (RETURNS, "limit"),
    (CLAIMS, "limit"),
]


@pytest.mark.parametrize("path", [p for p in WELL_ASKED if p != POSTING])
def test_a_question_as_documented_is_answered(ozon: Cabinet, path: str) -> None:
    assert ozon.post(path, WELL_ASKED[path]).status == 200
    assert ozon.breaches() == []


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        *((path, {"offset": 0}) for path in WELL_ASKED),
        *((path, {"a.b[0]": {}}) for path in WELL_ASKED),
        (PRODUCTS, {"filter": {"sku": [1]}}),
        (TOTALS, {"filter": {"skus": [1]}}),
        (TOTALS, {"last_id": ""}),
        (POSTINGS, {"filter": {**DAY, "status": "delivered"}}),
        (POSTINGS, {"filter": {**DAY, "last_changed_status_date": {"since": DAY["since"]}}}),
        (POSTINGS, {"with": {"related_postings": True}}),
        (POSTINGS, {"dir": "ASC"}),
        (CLAIMS, {"filter": {"created_at": {"since": DAY["since"]}}}),
        (RETURNS, {"filter": {"logistic_return_date": {"from": DAY["since"]}}}),
    ],
)
def test_a_field_that_the_method_does_not_have_is_dropped(
    ozon: Cabinet, path: str, changed: dict[str, Any]
) -> None:
    good = ozon.post(path, WELL_ASKED[path])
    ozon.clock.pass_by(minutes=1)
    answer = ozon.post(path, {**WELL_ASKED[path], **changed})
    assert answer.status == good.status
    assert ozon.breaches()[-1]["why"].startswith("unknown field ")


def test_a_misspelt_field_of_an_item_does_nothing(ozon: Cabinet) -> None:
    ozon.push(ozon.row(3))
    ozon.clock.pass_by(minutes=1)
    ozon.push(ozon.row(2), ozon.row(4, warehouse=1, offer_id=ozon.skus[1]))
    assert ozon.stock(ozon.skus[1])[0] == 4
    assert [b["why"] for b in ozon.breaches()] == ["unknown field stocks[1].warehouse"]


@pytest.mark.parametrize(("path", "name"), REQUIRED)
@pytest.mark.parametrize("missing", [True, False])
def test_a_required_field_is_required(ozon: Cabinet, path: str, name: str, missing: bool) -> None:
    body = {k: v for k, v in WELL_ASKED[path].items() if k != name}
    ozon.refused(400, path, body if missing else {**body, name: None})


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (WAREHOUSES, {"limit": 0}),
        (WAREHOUSES, {"limit": 201}),
        (WAREHOUSES, {"limit": "100"}),
        (WAREHOUSES, {"cursor": 0}),
        (PRODUCTS, {"limit": 1001}),
        (PRODUCTS, {"limit": 10.0}),
        (PRODUCTS, {"limit": True}),
        (PRODUCTS, {"last_id": 0}),
        (PRODUCTS, {"last_id": "nowhere"}),
        (PRODUCTS, {"filter": []}),
        (PRODUCTS, {"filter": {"visibility": "EVERYTHING"}}),
        (PRODUCTS, {"filter": {"offer_id": "MUG-01"}}),
        (PRODUCTS, {"filter": {"offer_id": [1]}}),
        (PRODUCTS, {"filter": {"offer_id": ["x"] * 1001}}),
        (PRODUCTS, {"filter": {"offer_id": ["x"], "product_id": [1]}}),
        (INFOS, {"product_id": [1]}),
        (INFOS, {"offer_id": ["x"] * 1001}),
        (INFOS, {"offer_id": []}),
        (TOTALS, {"limit": 1001}),
        (BY_WAREHOUSE, {"offer_id": "MUG-01"}),
        (BY_WAREHOUSE, {"limit": 1001}),
        (ONE_WAREHOUSE, {"warehouse_id": "main"}),
        (PRODUCTS, {"filter": {"offer_id": []}}),
        (INFOS, {"offer_id": ["x"] * 600, "sku": [1] * 401}),
        (BY_WAREHOUSE, {"sku": [1]}),
        (BY_WAREHOUSE, {"offer_id": ["x"] * 1001}),
        (ONE_WAREHOUSE, {"limit": 1001}),
        (POSTINGS, {"limit": 101}),
        (POSTINGS, {"limit": 1000}),
        (POSTINGS, {"filter": {**DAY, "order_numbers": ["1-1"] * 101}}),
        (POSTINGS, {"filter": {**DAY, "warehouse_ids": [1] * 1001}}),
        (POSTINGS, {"filter": {**DAY, "delivery_method_ids": [1] * 1001}}),
        (POSTINGS, {"filter": {**DAY, "provider_ids": [1] * 1001}}),
        (POSTINGS, {"filter": {**DAY, "integration_type_flow": ["rfbs"]}}),
        (UNFULFILLED, {"limit": 101}),
        (UNFULFILLED, {"limit": 0}),
        (UNFULFILLED, {"filter": {**CUTOFF, "warehouse_ids": [1] * 1001}}),
        (POSTINGS, {"limit": 0}),
        (POSTINGS, {"cursor": "nowhere"}),
        (POSTINGS, {"cursor": 5}),
        (POSTINGS, {"sort_dir": "up"}),
        (POSTINGS, {"filter": {"since": DAY["since"]}}),
        (POSTINGS, {"filter": {"to": DAY["to"]}}),
        (POSTINGS, {"filter": {**DAY, "since": "2026-11-23"}}),
        (POSTINGS, {"filter": {**DAY, "since": "2026-11-23T00:00:00"}}),
        (POSTINGS, {"filter": {**DAY, "since": 1763856000}}),
        (POSTINGS, {"filter": {**DAY, "since": "2025-11-20T00:00:00Z"}}),
        (POSTINGS, {"filter": {"since": DAY["to"], "to": DAY["since"]}}),
        (POSTINGS, {"filter": {**DAY, "statuses": "delivered"}}),
        (POSTINGS, {"filter": {**DAY, "statuses": ["gone"]}}),
        (UNFULFILLED, {"filter": {}}),
        (UNFULFILLED, {"filter": {"cutoff_from": CUTOFF["cutoff_from"]}}),
        (
            UNFULFILLED,
            {
                "filter": {
                    **CUTOFF,
                    "delivering_date_from": DAY["since"],
                    "delivering_date_to": DAY["to"],
                }
            },
        ),
        (UNFULFILLED, {"filter": {**CUTOFF, "delivering_date_to": DAY["to"]}}),
        (UNFULFILLED, {"filter": {**CUTOFF, "cutoff_from": "2024-01-01T00:00:00Z"}}),
        (POSTING, {"posting_number": 48215077}),
        (CLAIMS, {"limit": 0}),
        (CLAIMS, {"last_id": "none"}),
        (CLAIMS, {"filter": {"group_state": ["Old"]}}),
        (RETURNS, {"limit": 501}),
        (RETURNS, {"limit": 0}),
        (RETURNS, {"last_id": "none"}),
        (RETURNS, {"filter": {"return_schema": "Fbs"}}),
        (RETURNS, {"filter": {"posting_numbers": ["x"] * 51}}),
        (RETURNS, {"filter": {"compensation_status_id": 5}}),
        (
            RETURNS,
            {"filter": {"logistic_return_date": {}, "visual_status_change_moment": {}}},
        ),
    ],
)
def test_wrong_types_limits_and_windows_are_refused(
    ozon: Cabinet, path: str, changed: dict[str, Any]
) -> None:
    ozon.refused(400, path, {**WELL_ASKED[path], **changed})


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["MUG-01", "ASC", "2026-11-23T00:00:00Z", "ALL", "FBS", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["since", "to", "offer_id", "statuses", "stock", "time_from"]), inner
        )
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(path=st.sampled_from(list(WELL_ASKED)), data=st.data())
def test_no_body_whatever_brings_it_down(path: str, data: st.DataObject) -> None:
    ozon = cabinet(products=3)
    good = WELL_ASKED[path]
    name = data.draw(st.sampled_from([*good, "cursor", "filter", "limit"]))
    body = {**good, name: data.draw(JUNK)}
    answer = ozon.post(path, body)
    assert answer.status in (200, 400, 404)
    json.loads(answer.body)


# ---------------------------------------------------------------- warehouses


def test_warehouses_have_long_ids_and_come_in_pages() -> None:
    ozon = cabinet(warehouses=3)
    rows = [w for page in ozon.walk(WAREHOUSES, "warehouses", {"limit": 2}) for w in page]
    assert [w["warehouse_id"] for w in rows] == ozon.account.warehouses
    assert all(w["warehouse_id"] > 2**32 for w in rows)
    assert {w["status"] for w in rows} == {"created"}
    assert all(w["is_rfbs"] is False and w["pause_at"] is None for w in rows)


def test_warehouses_by_id_numbers_and_texts_alike() -> None:
    ozon = cabinet(warehouses=3)
    first, _, third = ozon.account.warehouses
    told = ozon.ask(WAREHOUSES, limit=10, warehouse_ids=[str(first), third])["warehouses"]
    assert [w["warehouse_id"] for w in told] == [first, third]


def test_warehouses_are_asked_for_rarely(ozon: Cabinet) -> None:
    for _ in range(2):
        ozon.ask(WAREHOUSES, limit=10)
    ozon.refused(429, WAREHOUSES, {"limit": 10})
    ozon.clock.pass_by(seconds=60)
    ozon.ask(WAREHOUSES, limit=10)


def test_a_paused_warehouse_says_so_and_takes_no_stock(ozon: Cabinet) -> None:
    ozon.account.processing.add(ozon.place)
    (told,) = ozon.ask(WAREHOUSES, limit=10)["warehouses"]
    assert told["status"] != "created"
    assert ozon.codes(ozon.row()) == ["WAREHOUSE_NOT_FOUND"]


# ---------------------------------------------------------------- catalogue


def test_the_catalogue_ends_with_an_empty_page(ozon: Cabinet) -> None:
    found, last_id, sizes = [], "", []
    for _ in range(20):
        told = ozon.ask(PRODUCTS, filter={"visibility": "ALL"}, limit=5, last_id=last_id)["result"]
        sizes.append(len(told["items"]))
        if not told["items"]:
            assert told["last_id"] == ""
            break
        found += told["items"]
        last_id = told["last_id"]
    assert sizes[-1] == 0
    assert [p["offer_id"] for p in found] == ozon.skus
    assert told["total"] == len(ozon.skus)


def test_archived_cards_are_a_list_of_their_own(ozon: Cabinet) -> None:
    def articles(**chosen: Any) -> list[str]:
        told = ozon.ask(PRODUCTS, filter=chosen, limit=1000)["result"]["items"]
        return [p["offer_id"] for p in told]

    (archived,) = articles(visibility="ARCHIVED")
    assert archived not in articles(visibility="ALL")
    assert archived not in articles()
    # With identifiers visibility does not count.
    assert articles(offer_id=[archived], visibility="ALL") == [archived]


def test_cards_are_found_by_any_of_their_ids(ozon: Cabinet) -> None:
    (card,) = ozon.ask(PRODUCTS, filter={"offer_id": [ozon.sku]}, limit=1)["result"]["items"]
    for name, value in (("product_id", card["product_id"]), ("skus", str(card["sku"]))):
        told = ozon.ask(PRODUCTS, filter={name: [value]}, limit=1)["result"]["items"]
        assert [p["offer_id"] for p in told] == [ozon.sku]


def test_visibility_by_stock(ozon: Cabinet) -> None:
    ozon.stocked()
    for word, sells in (("IN_SALE", True), ("EMPTY_STOCK", False)):
        told = ozon.ask(PRODUCTS, filter={"visibility": word}, limit=1000)["result"]["items"]
        assert (ozon.sku in [p["offer_id"] for p in told]) is sells


def test_what_a_card_tells(ozon: Cabinet) -> None:
    ozon.stocked()
    ozon.bought((ozon.sku, 3))
    (card,) = ozon.ask(INFOS, offer_id=[ozon.sku, "no-such"])["items"]
    product = ozon.world.products[ozon.sku]
    assert card["offer_id"] == ozon.sku
    assert card["name"] == product.name
    assert set(product.barcodes) < set(card["barcodes"])
    assert card["statuses"]["status"] == "price_sent"
    assert card["is_archived"] is False
    assert card["sources"][0]["sku"] == card["sku"]
    fbs = next(s for s in card["stocks"]["stocks"] if s["source"] == "fbs")
    assert (fbs["present"], fbs["reserved"]) == (10, 3)


def test_identifiers_of_one_kind_only(ozon: Cabinet) -> None:
    ozon.refused(400, INFOS, {"offer_id": ["a"], "sku": [1]})
    (card,) = ozon.ask(INFOS, offer_id=[ozon.sku])["items"]
    assert ozon.ask(INFOS, sku=[card["sku"]]) == ozon.ask(INFOS, product_id=[str(card["id"])])


# ---------------------------------------------------------------- reading stock


def test_present_counts_reserved_units_and_free_does_not(ozon: Cabinet) -> None:
    ozon.stocked()
    ozon.bought((ozon.sku, 3))
    (row,) = ozon.ask(BY_WAREHOUSE, limit=10, offer_id=[ozon.sku])["products"]
    assert (row["present"], row["reserved"], row["free_stock"]) == (10, 3, 7)
    assert (row["offer_id"], row["warehouse_id"]) == (ozon.sku, ozon.place)
    (whole,) = ozon.ask(ONE_WAREHOUSE, limit=10, warehouse_id=str(ozon.place))["stocks"]
    assert whole.pop("updated_at")
    assert row.pop("warehouse_name")
    assert whole == row


def test_what_was_never_set_has_no_row(ozon: Cabinet) -> None:
    assert ozon.ask(BY_WAREHOUSE, limit=10, offer_id=[ozon.sku])["products"] == []
    assert ozon.ask(ONE_WAREHOUSE, limit=10, warehouse_id=ozon.place)["stocks"] == []
    ozon.push(ozon.row(0))
    assert len(ozon.ask(BY_WAREHOUSE, limit=10, offer_id=[ozon.sku])["products"]) == 1


def test_totals_hold_the_units_at_ozon_too(ozon: Cabinet) -> None:
    ozon.stocked()
    ozon.bought((ozon.sku, 3))
    (item,) = ozon.ask(TOTALS, filter={"offer_id": [ozon.sku]}, limit=1)["items"]
    rows = {s["type"]: (s["present"], s["reserved"]) for s in item["stocks"]}
    assert rows == {"fbs": (10, 3), "fbo": (4, 0)}
    (fbo,) = ozon.ask(FBO, limit=10, offer_ids=[ozon.sku])["products"]
    assert fbo["present"] == 4


def test_totals_add_up_the_warehouses_of_a_scheme() -> None:
    ozon = cabinet(warehouses=3)
    first, second, own = ozon.account.warehouses
    ozon.account.dbs_warehouses.add(own)
    ozon.push(*(ozon.row(n, warehouse_id=w) for n, w in ((1, first), (2, second), (4, own))))
    (item,) = ozon.ask(TOTALS, filter={"offer_id": [ozon.sku]}, limit=1)["items"]
    rows = {s["type"]: s["present"] for s in item["stocks"]}
    assert rows == {"fbs": 3, "rfbs": 4, "fbo": 4}


def test_totals_go_on_until_an_empty_page(ozon: Cabinet) -> None:
    found, cursor = [], ""
    for _ in range(20):
        told = ozon.ask(TOTALS, filter={}, limit=5, cursor=cursor)
        assert "has_next" not in told
        if not told["items"]:
            break
        found += [i["offer_id"] for i in told["items"]]
        cursor = told["cursor"]
    assert (told["items"], told["cursor"]) == ([], "")
    assert sorted(found) == sorted(ozon.skus)


def test_the_last_page_carries_a_cursor_too(ozon: Cabinet) -> None:
    ozon.stocked(*ozon.skus)
    told = ozon.ask(ONE_WAREHOUSE, limit=1000, warehouse_id=ozon.place)
    assert (told["has_next"], bool(told["cursor"])) == (False, True)
    pages = ozon.walk(ONE_WAREHOUSE, "stocks", {"limit": 5, "warehouse_id": ozon.place})
    assert sorted(r["offer_id"] for page in pages for r in page) == sorted(ozon.skus)


def test_an_unknown_warehouse_is_not_read(ozon: Cabinet) -> None:
    ozon.refused(404, ONE_WAREHOUSE, {"warehouse_id": 1, "limit": 10})


def test_a_cursor_belongs_to_its_question(ozon: Cabinet) -> None:
    ozon.stocked(*ozon.skus)
    cursor = ozon.ask(BY_WAREHOUSE, limit=2, offer_id=ozon.skus[:5])["cursor"]
    ozon.ask(BY_WAREHOUSE, limit=2, offer_id=ozon.skus[:5], cursor=cursor)
    other = {"limit": 2, "offer_id": ozon.skus[:6], "cursor": cursor}
    assert "cursor" in ozon.refused(400, BY_WAREHOUSE, other)


# ---------------------------------------------------------------- writing stock


def test_a_push_sets_what_is_free_and_keeps_what_is_held(ozon: Cabinet) -> None:
    ozon.stocked()
    ozon.bought((ozon.sku, 3))
    (told,) = ozon.push(ozon.row(2))
    assert told["updated"] is True
    assert told["errors"] == []
    assert (told["offer_id"], told["warehouse_id"]) == (ozon.sku, ozon.place)
    assert isinstance(told["product_id"], int)
    assert ozon.stock() == (2, 3)
    (row,) = ozon.ask(BY_WAREHOUSE, limit=10, offer_id=[ozon.sku])["products"]
    assert (row["present"], row["free_stock"]) == (5, 2)


def test_results_come_in_an_order_of_their_own(ozon: Cabinet) -> None:
    skus = ozon.skus[:3]
    told = ozon.push(*(ozon.row(1, offer_id=s) for s in skus))
    assert sorted(r["offer_id"] for r in told) == sorted(skus)
    assert [r["offer_id"] for r in told] != skus


@pytest.mark.parametrize("rows", [0, 101])
def test_a_batch_has_one_to_a_hundred_rows(ozon: Cabinet, rows: int) -> None:
    ozon.refused(400, WRITE, {"stocks": [ozon.row()] * rows})
    assert ozon.stock() == (None, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"stock": -1},
        {"stock": "5"},
        {"stock": 5.0},
        {"stock": True},
        {"stock": None},
        {"stock": ...},
        {"warehouse_id": ...},
        {"warehouse_id": "main"},
        {"offer_id": ...},
        {"offer_id": 5},
    ],
)
def test_one_bad_row_spoils_the_whole_request(ozon: Cabinet, changed: dict[str, Any]) -> None:
    good = ozon.row(offer_id=ozon.skus[1])
    ozon.refused(400, WRITE, {"stocks": [good, ozon.row(**changed)]})
    assert ozon.stock(ozon.skus[1]) == (None, 0)


def test_errors_of_rows_come_with_200_and_spoil_no_other_row(ozon: Cabinet) -> None:
    archived = next(s for s, o in ozon.account.offers.items() if o.archived)
    rows = [
        ozon.row(3),
        ozon.row(offer_id="no-such"),
        ozon.row(offer_id=ozon.skus[1], warehouse_id=1),
        ozon.row(1_000_000, offer_id=ozon.skus[2]),
        ozon.row(offer_id=archived),
    ]
    assert sorted(ozon.codes(*rows)) == [
        "NOT_FOUND_ERROR",
        "PRODUCT_IS_ARCHIVED",
        "STOCK_TOO_BIG",
        "WAREHOUSE_NOT_FOUND",
    ]
    assert ozon.stock() == (3, 0)
    assert ozon.breaches() == []


def test_the_greatest_stock(ozon: Cabinet) -> None:
    assert ozon.codes(ozon.row(999_999)) == []


def test_by_product_id_and_where_both_come_the_article_counts(ozon: Cabinet) -> None:
    first, second = ozon.skus[:2]
    cards = ozon.ask(INFOS, offer_id=[first])["items"]
    by_id = ozon.row(4, offer_id=..., product_id=cards[0]["id"])
    assert ozon.push(by_id)[0]["offer_id"] == first
    ozon.push(ozon.row(6, offer_id=second, product_id=cards[0]["id"]))
    assert (ozon.stock(first), ozon.stock(second)) == ((4, 0), (6, 0))


def test_a_pair_is_updated_once_in_thirty_seconds(ozon: Cabinet) -> None:
    assert ozon.codes(ozon.row(5)) == []
    ozon.clock.pass_by(seconds=29.9)
    assert ozon.codes(ozon.row(6)) == ["TOO_MANY_REQUESTS"]
    assert ozon.stock() == (5, 0)
    # What was refused does not begin the wait anew.
    ozon.clock.pass_by(seconds=0.1)
    assert ozon.codes(ozon.row(6)) == []
    assert ozon.stock() == (6, 0)


def test_the_same_value_again_meets_the_rule_too(ozon: Cabinet) -> None:
    assert ozon.codes(ozon.row(5), ozon.row(5)) == ["TOO_MANY_REQUESTS"]


def test_the_rule_is_for_a_pair_of_one_account() -> None:
    clock = Clock()
    sandbox = Sandbox(small_world(clock, accounts=("ozon-a", "ozon-b"), warehouses=2))
    first, second = Cabinet(sandbox, "ozon-a"), Cabinet(sandbox, "ozon-b")
    assert first.codes(first.row(5)) == []
    assert first.codes(first.row(5, warehouse_id=first.account.warehouses[1])) == []
    assert first.codes(first.row(5, offer_id=first.skus[1])) == []
    assert second.codes(second.row(5)) == []


def test_the_rule_runs_as_fast_as_the_world() -> None:
    ozon = cabinet(speed=60.0)
    assert ozon.codes(ozon.row(5)) == []
    ozon.clock.pass_by(seconds=0.4)
    assert ozon.codes(ozon.row(6)) == ["TOO_MANY_REQUESTS"]
    ozon.clock.pass_by(seconds=0.1)
    assert ozon.codes(ozon.row(6)) == []


def test_a_repeat_after_a_lost_answer_meets_the_rule_for_it_was_applied(ozon: Cabinet) -> None:
    ozon.tell("faults", kind="drop_after", path="stocks")
    assert ozon.post(WRITE, {"stocks": [ozon.row(5)]}).dropped
    assert ozon.codes(ozon.row(5)) == ["TOO_MANY_REQUESTS"]
    assert ozon.stock() == (5, 0)


# ---------------------------------------------------------------- postings


def test_what_a_new_posting_tells(ozon: Cabinet) -> None:
    ozon.stocked(*ozon.skus[:2])
    (number,) = ozon.bought((ozon.skus[0], 2), (ozon.skus[1], 1))
    (told,) = ozon.postings()
    alone = ozon.posting(number)
    # By itself it tells more, prices otherwise, and no scheme.
    differs = ("products", "delivery_schema", "delivery_method")
    same = {k: v for k, v in told.items() if k not in differs}
    assert same == {k: alone[k] for k in same}
    assert told["delivery_method"].items() <= alone["delivery_method"].items()
    assert [p["price"] for p in alone["products"]] == ["590.00", "590.00"]
    assert [p["price"]["amount"] for p in told["products"]] == ["590.00", "590.00"]
    assert told["posting_number"] == number
    assert number.startswith(told["order_number"] + "-")
    assert (told["status"], told["substatus"]) == ("awaiting_packaging", "posting_created")
    assert told["in_process_at"] == "2026-11-23T09:00:00.000Z"
    assert told["delivering_date"] is None
    assert told["parent_posting_number"] == ""
    assert told["delivery_method"]["warehouse_id"] == ozon.place
    lines = [(p["offer_id"], p["quantity"]) for p in told["products"]]
    assert lines == [(ozon.skus[0], 2), (ozon.skus[1], 1)]
    assert all(isinstance(p["sku"], int) for p in told["products"])
    assert told["cancellation"]["cancelled_after_ship"] is False
    assert not any("changed" in name for name in told)


@pytest.mark.parametrize(
    ("verbs", "status", "left", "after_ship"),
    [
        ([], "awaiting_packaging", False, False),
        (["pack"], "awaiting_deliver", False, False),
        (["ship"], "delivering", True, False),
        (["deliver"], "delivered", True, False),
        (["cancel"], "cancelled", False, False),
        # Cancelled after assembly, on the shelf all the same.
        (["pack", "cancel"], "cancelled", False, True),
        (["ship", "cancel"], "cancelled", True, True),
        (["refuse"], "cancelled", True, True),
        (["ship", "back"], "awaiting_packaging", False, False),
    ],
)
def test_a_postings_life(
    ozon: Cabinet, verbs: list[str], status: str, left: bool, after_ship: bool
) -> None:
    ozon.stocked()
    (number,) = ozon.bought()
    for verb in verbs:
        ozon.clock.pass_by(minutes=1)
        ozon.happens(number, verb)
    told = ozon.posting(number)
    assert told["status"] == status
    assert (told["delivering_date"] is not None) is left
    assert told["cancellation"]["cancelled_after_ship"] is after_ship
    assert bool(told["cancellation"]["cancellation_type"]) is (status == "cancelled")


def test_postings_of_the_sellers_own_delivery() -> None:
    ozon = cabinet(warehouses=2)
    own = ozon.account.warehouses[1]
    ozon.account.dbs_warehouses.add(own)
    ozon.tell("stock", account=ozon.name, sku=ozon.sku, quantity=5, warehouse=own)
    (number,) = ozon.bought(warehouse=own)
    ozon.happens(number, "ship")
    told = ozon.posting(number)
    assert (told["status"], told["integration_type_flow"]) == ("sent_by_seller", "non_integrated")
    assert told["delivery_method"]["warehouse_id"] == own
    (row,) = ozon.postings()
    # The scheme tells of which kind the SKU is, and never who delivers.
    assert row["delivery_schema"] == "fbs"


def test_a_status_never_seen_before_is_told_as_it_is(ozon: Cabinet) -> None:
    ozon.stocked()
    (number,) = ozon.bought()
    ozon.happens(number, "set_status", status="awaiting_moonrise")
    assert ozon.posting(number)["status"] == "awaiting_moonrise"


def test_a_posting_of_which_a_part_was_cancelled_shrinks(ozon: Cabinet) -> None:
    ozon.stocked(*ozon.skus[:2])
    (number,) = ozon.bought((ozon.skus[0], 2), (ozon.skus[1], 1))
    ozon.clock.pass_by(hours=1)
    lines = [{"sku": ozon.skus[0], "quantity": 1}, {"sku": ozon.skus[1], "quantity": 1}]
    ozon.happens(number, "cancel", lines=lines)
    told = ozon.posting(number)
    assert told["status"] == "awaiting_packaging"
    assert [(p["offer_id"], p["quantity"]) for p in told["products"]] == [(ozon.skus[0], 1)]
    # The status is the same, so a question for changed statuses does not find it.
    since = {"from": utc(ozon.clock.now - timedelta(minutes=1)), "to": utc(ozon.clock.now)}
    assert ozon.postings(last_changed_status_date=since) == []


def test_a_split_replaces_the_posting_and_keeps_its_units(ozon: Cabinet) -> None:
    ozon.stocked()
    (number,) = ozon.bought((ozon.sku, 3))
    made = ozon.happens(number, "split", lines=[{"sku": ozon.sku, "quantity": 1}])["orders"]
    told = {p["posting_number"]: p for p in ozon.postings()}
    assert told[number]["status"] == "cancelled_from_split_pending"
    assert {told[c]["parent_posting_number"] for c in made} == {number}
    assert len({told[c]["order_number"] for c in [number, *made]}) == 1
    assert sum(p["quantity"] for c in made for p in told[c]["products"]) == 3
    related = ozon.ask(POSTING, posting_number=number, **{"with": {"related_postings": True}})
    numbers = related["result"]["related_postings"]["related_posting_numbers"]
    assert sorted(numbers) == sorted(made)
    assert ozon.stock() == (7, 3)


def test_an_unknown_posting_is_404_and_one_not_told_yet_too(ozon: Cabinet) -> None:
    ozon.stocked()
    (hidden,) = ozon.bought(visible_from=utc(START + timedelta(hours=1)))
    for number in (hidden, "1-1-1"):
        assert ozon.post(POSTING, {"posting_number": number}).status == 404
    assert ozon.postings() == []


def test_goods_held_by_ozon_are_in_no_list_of_postings(ozon: Cabinet) -> None:
    (number,) = ozon.bought(held_there=True)
    assert ozon.postings() == []
    assert ozon.ask(UNFULFILLED, filter=CUTOFF, limit=10)["postings"] == []
    assert ozon.post(POSTING, {"posting_number": number}).status == 404


def test_another_accounts_postings_are_nobody_elses() -> None:
    sandbox = Sandbox(small_world(accounts=("ozon-a", "ozon-b")))
    first, second = Cabinet(sandbox, "ozon-a"), Cabinet(sandbox, "ozon-b")
    first.stocked()
    (number,) = first.bought()
    assert second.postings() == []
    assert second.post(POSTING, {"posting_number": number}).status == 404


def test_the_window_is_about_the_start_of_processing(ozon: Cabinet) -> None:
    ozon.stocked()
    (old,) = ozon.bought(created_at="2026-11-10T12:00:00Z")
    ozon.happens(old, "ship")
    assert ozon.postings(since="2026-11-22T00:00:00Z") == []
    for edge in ({"since": "2026-11-10T12:00:00Z"}, {"to": "2026-11-10T12:00:00Z"}):
        assert [p["posting_number"] for p in ozon.postings(**edge)] == [old]
    changed = {"from": utc(START - timedelta(minutes=5)), "to": utc(START)}
    found = ozon.postings(last_changed_status_date=changed)
    assert [p["posting_number"] for p in found] == [old]


def test_a_year_may_be_asked_for_at_once(ozon: Cabinet) -> None:
    ozon.postings(since="2025-12-31T00:00:00Z", to="2026-12-31T00:00:00Z")
    assert ozon.breaches() == []


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"statuses": ["awaiting_packaging"]}, {"new"}),
        ({"statuses": ["awaiting_packaging", "delivering"]}, {"new", "sent"}),
        ({"statuses": []}, {"new", "sent"}),
        ({"warehouse_ids": ["22142605386010"]}, {"new", "sent"}),
        ({"warehouse_ids": [1]}, set()),
        ({"delivery_method_ids": [1]}, set()),
        ({"provider_ids": [1]}, set()),
        ({"integration_type_flow": ["aggregator"]}, set()),
        ({"is_blr_traceable": True}, set()),
        ({"order_numbers": ["1-1"]}, set()),
        ({"order_id": 1}, set()),
    ],
)
def test_every_filter_is_applied(ozon: Cabinet, chosen: dict[str, Any], found: set[str]) -> None:
    ozon.stocked()
    (new,), (sent,) = ozon.bought(), ozon.bought()
    ozon.happens(sent, "ship")
    names = {new: "new", sent: "sent"}
    assert {names[p["posting_number"]] for p in ozon.postings(**chosen)} == found


def test_filters_by_order(ozon: Cabinet) -> None:
    ozon.stocked()
    (first,), _ = ozon.bought(), ozon.bought()
    told = ozon.posting(first)
    for chosen in ({"order_id": str(told["order_id"])}, {"order_numbers": [told["order_number"]]}):
        assert [p["posting_number"] for p in ozon.postings(**chosen)] == [first]


def several(ozon: Cabinet, count: int = 7) -> list[str]:
    ozon.stocked(quantity=100)
    made = []
    for n in range(count):
        made += ozon.bought(created_at=utc(START - timedelta(minutes=60 - 5 * n)))
    return made


@pytest.mark.parametrize(("word", "step"), [("ASC", 1), ("asc", 1), ("DESC", -1), ("desc", -1)])
@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_pages_in_both_directions(ozon: Cabinet, word: str, step: int, limit: int) -> None:
    made = several(ozon)
    pages = ozon.walk(POSTINGS, "postings", {"filter": DAY, "limit": limit, "sort_dir": word})
    assert [p["posting_number"] for page in pages for p in page] == made[::step]
    assert all(len(page) == limit for page in pages[:-1])


def test_the_last_page_of_postings_has_a_cursor_and_no_next(ozon: Cabinet) -> None:
    several(ozon)
    told = ozon.ask(POSTINGS, filter=DAY, limit=7)
    assert (told["has_next"], bool(told["cursor"])) == (False, True)


def test_what_turns_up_behind_the_cursor_is_missed_by_that_walk_and_shifts_nothing(
    ozon: Cabinet,
) -> None:
    made = several(ozon)
    first = ozon.ask(POSTINGS, filter=DAY, limit=3)
    (late,) = ozon.bought(created_at=utc(START - timedelta(minutes=59)))
    (new,) = ozon.bought()
    rest = ozon.ask(POSTINGS, filter=DAY, limit=100, cursor=first["cursor"])
    assert [p["posting_number"] for p in rest["postings"]] == [*made[3:], new]
    again = ozon.ask(POSTINGS, filter=DAY, limit=100)
    assert late in [p["posting_number"] for p in again["postings"]]


@pytest.mark.parametrize(
    "changed",
    [
        {"filter": {**DAY, "to": "2026-11-25T00:00:00Z"}},
        {"filter": {**DAY, "statuses": ["delivered"]}},
        {"sort_dir": "DESC"},
    ],
)
def test_filter_and_order_stay_through_a_walk(ozon: Cabinet, changed: dict[str, Any]) -> None:
    several(ozon)
    body = {"filter": DAY, "limit": 3, "sort_dir": "ASC"}
    cursor = ozon.ask(POSTINGS, **body)["cursor"]
    ozon.refused(400, POSTINGS, {**body, "cursor": cursor, **changed})
    ozon.ask(POSTINGS, **{**body, "cursor": cursor, "limit": 5})


def test_unfulfilled_are_those_whose_units_are_on_the_shelf(ozon: Cabinet) -> None:
    made = several(ozon, 5)
    for number, verb in zip(made, ("pack", "ship", "deliver", "cancel"), strict=False):
        ozon.happens(number, verb)
    told = ozon.ask(UNFULFILLED, filter=CUTOFF, limit=10)["postings"]
    assert [p["posting_number"] for p in told] == [made[0], made[4]]
    cutoff = told[1]["shipment_date"]
    only = ozon.ask(UNFULFILLED, filter={"cutoff_from": cutoff, "cutoff_to": cutoff}, limit=10)
    assert [p["posting_number"] for p in only["postings"]] == [made[4]]


def test_one_posting_at_a_time_is_a_slow_lane(ozon: Cabinet) -> None:
    ozon.stocked()
    (number,) = ozon.bought()
    for _ in range(2):
        ozon.posting(number)
    ozon.refused(429, POSTING, {"posting_number": number})
    ozon.clock.pass_by(seconds=0.5)
    ozon.posting(number)


# ---------------------------------------------------------------- what comes back


def delivered(ozon: Cabinet, *lines: tuple[str, int]) -> str:
    ozon.stocked(*(s for s, _ in lines or ((ozon.sku, 1),)))
    (number,) = ozon.bought(*lines)
    ozon.happens(number, "deliver")
    return number


def test_what_a_return_tells(ozon: Cabinet) -> None:
    number = delivered(ozon, (ozon.sku, 3))
    lines = [{"sku": ozon.sku, "quantity": 2}]
    (made,) = ozon.tell("returns", account=ozon.name, order=number, lines=lines)["returns"]
    (told,) = ozon.returned()
    # Int64 comes as text here, as in the official example.
    assert told["id"] == made
    assert isinstance(told["product"]["sku"], str)
    assert (told["product"]["offer_id"], told["product"]["quantity"]) == (ozon.sku, 2)
    assert told["posting_number"] == number
    assert (told["type"], told["schema"]) == ("ClientReturn", "Fbs")
    assert told["visual"]["status"]["sys_name"] == "MovingToSeller"
    assert told["logistic"]["final_moment"] is None


@pytest.mark.parametrize(
    ("verbs", "word", "back"),
    [
        (["transit"], "MovingToSeller", False),
        (["arrive"], "ArrivedAtReturnPlace", False),
        (["arrive", "receive"], "ReceivedBySeller", True),
        (["lose"], "Utilized", False),
    ],
)
def test_the_way_of_a_return(ozon: Cabinet, verbs: list[str], word: str, back: bool) -> None:
    number = delivered(ozon)
    (made,) = ozon.tell("returns", account=ozon.name, order=number)["returns"]
    for verb in verbs:
        ozon.clock.pass_by(minutes=5)
        ozon.tell(f"returns/{ozon.name}/{made}", do=verb)
    (told,) = ozon.returned()
    assert told["visual"]["status"]["sys_name"] == word
    assert told["visual"]["change_moment"] == f"{ozon.clock.now:%Y-%m-%dT%H:%M:%S}.000Z"
    assert (told["logistic"]["final_moment"] is not None) is back
    # Whatever Ozon says, the shelf has it only when the seller puts it there.
    assert ozon.truth(ozon.sku)["on_hand"] == 9


@pytest.mark.parametrize(
    ("verbs", "word"),
    [(["refuse"], "FullReturn"), (["ship", "cancel"], "Cancellation")],
)
def test_types_of_returns(ozon: Cabinet, verbs: list[str], word: str) -> None:
    ozon.stocked()
    (number,) = ozon.bought()
    made = [ozon.happens(number, verb)["returns"] for verb in verbs][-1]
    if not made:
        ozon.tell("returns", account=ozon.name, order=number)
    assert [r["type"] for r in ozon.returned()] == [word]


def test_fbo_returns_come_in_the_same_list_unless_left_out(ozon: Cabinet) -> None:
    (number,) = ozon.bought(held_there=True)
    ozon.happens(number, "deliver")
    ozon.tell("returns", account=ozon.name, order=number)
    assert [r["schema"] for r in ozon.returned()] == ["Fbo"]
    assert ozon.returned(return_schema="FBS") == []
    assert len(ozon.returned(return_schema="FBO")) == 1


def test_a_return_that_changed_is_found_by_its_change_under_its_old_id(ozon: Cabinet) -> None:
    number = delivered(ozon)
    (made,) = ozon.tell("returns", account=ozon.name, order=number)["returns"]
    ozon.clock.pass_by(days=3)
    lately = {
        "time_from": utc(ozon.clock.now - timedelta(hours=1)),
        "time_to": utc(ozon.clock.now + timedelta(hours=1)),
    }
    assert ozon.returned(visual_status_change_moment=lately) == []
    ozon.tell(f"returns/{ozon.name}/{made}", do="receive")
    assert [r["id"] for r in ozon.returned(visual_status_change_moment=lately)] == [made]
    assert ozon.returned(logistic_return_date=lately) == []


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"posting_numbers": ["1-1-1"]}, 0),
        ({"offer_id": "no-such"}, 0),
        ({"order_id": 5}, 0),
        ({"visual_status_name": "MovingToSeller"}, 1),
        ({"visual_status_name": "Utilized"}, 0),
        ({"warehouse_id": "22142605386010"}, 1),
        ({"warehouse_id": 1}, 0),
        ({"barcode": "none"}, 0),
        ({"product_name": "none"}, 0),
        ({"compensation_status_id": 1}, 0),
        ({"return_schema": "FBS"}, 1),
        ({}, 1),
    ],
)
def test_every_filter_of_returns_is_applied(
    ozon: Cabinet, chosen: dict[str, Any], count: int
) -> None:
    ozon.tell("returns", account=ozon.name, order=delivered(ozon))
    assert len(ozon.returned(**chosen)) == count


def test_returns_go_on_from_the_last_id(ozon: Cabinet) -> None:
    for _ in range(5):
        ozon.tell("returns", account=ozon.name, order=delivered(ozon))
    found: list[int] = []
    for _ in range(9):
        told = ozon.ask(RETURNS, limit=2, last_id=str(found[-1]) if found else 0)
        assert "last_id" not in told
        found += [int(r["id"]) for r in told["returns"]]
        if not told["has_next"]:
            break
    assert len(set(found)) == len(found) == 5


@pytest.mark.parametrize(("number", "word"), [(1, "Sent"), (4, "DecompensationSent")])
def test_returns_by_the_status_of_their_compensation(ozon: Cabinet, number: int, word: str) -> None:
    ozon.tell("returns", account=ozon.name, order=delivered(ozon))
    (item,) = ozon.world.returns.values()
    item.compensation = number
    (told,) = ozon.returned(compensation_status_id=number)
    assert told["compensation_status"]["status"]["sys_name"] == word
    assert ozon.returned(compensation_status_id=2) == []


def test_a_return_may_have_any_word(ozon: Cabinet) -> None:
    (made,) = ozon.tell("returns", account=ozon.name, order=delivered(ozon))["returns"]
    ozon.clock.pass_by(minutes=5)
    ozon.tell(f"returns/{ozon.name}/{made}", do="set_status", status="DisputeOpened")
    (told,) = ozon.returned(visual_status_name="DisputeOpened")
    assert told["visual"]["status"]["sys_name"] == "DisputeOpened"
    assert told["visual"]["change_moment"] == f"{ozon.clock.now:%Y-%m-%dT%H:%M:%S}.000Z"
    ozon.tell(f"returns/{ozon.name}/{made}", do="receive")
    assert [r["visual"]["status"]["sys_name"] for r in ozon.returned()] == ["ReceivedBySeller"]


def self_delivered(ozon: Cabinet) -> str:
    own = ozon.account.warehouses[1]
    ozon.account.dbs_warehouses.add(own)
    ozon.tell("stock", account=ozon.name, sku=ozon.sku, quantity=5, warehouse=own)
    (number,) = ozon.bought(warehouse=own)
    ozon.happens(number, "deliver")
    return number


def test_what_a_buyer_sends_back_to_a_seller_who_delivers_goes_by_claim() -> None:
    ozon = cabinet(warehouses=2)
    number = self_delivered(ozon)
    (made,) = ozon.tell("returns", account=ozon.name, order=number)["returns"]
    assert ozon.returned() == []
    (claim,) = ozon.ask(CLAIMS, limit=100)["returns"]
    assert (claim["return_id"], claim["posting_number"]) == (int(made), number)
    assert claim["state"]["state"] == "OnWay"
    assert "quantity" not in claim["product"]
    ozon.tell(f"returns/{ozon.name}/{made}", do="receive")
    (claim,) = ozon.ask(CLAIMS, limit=100, filter={"group_state": ["Checkout"]})["returns"]
    assert claim["state"]["state"] == "ReceivedBySeller"
    # A buyer who did not take the goods made no claim.
    other = self_delivered(ozon)
    ozon.tell("returns", account=ozon.name, order=other, type="refused")
    assert len(ozon.returned()) == 1


def test_claims_go_on_from_the_last_id() -> None:
    ozon = cabinet(warehouses=2)
    for _ in range(5):
        ozon.tell("returns", account=ozon.name, order=self_delivered(ozon))
    found: list[int] = []
    while page := ozon.ask(CLAIMS, limit=2, **({"last_id": found[-1]} if found else {}))["returns"]:
        found += [r["return_id"] for r in page]
    assert len(set(found)) == len(found) == 5
    since = {"from": utc(START), "to": utc(START)}
    assert len(ozon.ask(CLAIMS, limit=9, filter={"created_at": since})["returns"]) == 5


# ---------------------------------------------------------------- the key

READING = [p for p in WELL_ASKED if p != WRITE]


def test_a_key_tells_its_end_and_what_its_roles_open(ozon: Cabinet) -> None:
    told = ozon.ask(ROLES)
    assert told["expires_at"] == utc(START + timedelta(days=180)).replace("Z", ".000Z")
    (role,) = told["roles"]
    assert role["name"] == "Admin"
    assert set(WELL_ASKED) <= set(role["methods"])


def test_a_key_that_has_ended_opens_nothing(ozon: Cabinet) -> None:
    ozon.tell("key", account=ozon.name, ends=utc(START + timedelta(days=1)))
    ozon.ask(WAREHOUSES, limit=1)
    ozon.clock.pass_by(days=1)
    for path, body in WELL_ASKED.items():
        assert "deactivated" in ozon.refused(403, path, body)


def test_a_key_that_only_reads_refuses_to_write(ozon: Cabinet) -> None:
    ozon.tell("key", account=ozon.name, roles=[{"name": "Readers", "methods": READING}])
    for path in READING:
        if path != POSTING:
            assert ozon.post(path, WELL_ASKED[path]).status == 200, path
    answer = ozon.post(WRITE, WELL_ASKED[WRITE])
    assert (answer.status, json.loads(answer.body)) == (
        403,
        {
            "code": 7,
            "message": "Api-Key is missing a required role for a method",
            "details": [],
        },
    )
    assert ozon.stock() == (None, 0)
    # Whatever a key may do, it may be asked.
    ozon.tell("key", account=ozon.name, roles=[])
    assert ozon.ask(ROLES)["roles"] == []
    assert "required role" in ozon.refused(403, WAREHOUSES, {"limit": 1})


def test_the_cabinet_names_its_seller(ozon: Cabinet) -> None:
    assert ozon.ask(SELLER)["company"]["name"] == "Seller of ozon-main"


# ---------------------------------------------------------------- limits


def test_every_answer_tells_what_is_left_and_a_refusal_when_to_come_again(ozon: Cabinet) -> None:
    answer = ozon.post(WAREHOUSES, {"limit": 1})
    assert answer.headers["Ratelimit-Remaining"] == "1"
    ozon.post(WAREHOUSES, {"limit": 1})
    refused = ozon.post(WAREHOUSES, {"limit": 1})
    assert refused.status == 429
    assert (refused.headers["Retry-After"], refused.headers["Ratelimit-Remaining"]) == ("60", "0")


@pytest.mark.parametrize("path", [POSTINGS, UNFULFILLED])
@pytest.mark.parametrize("limit", [0, -1, 101, 1000])
def test_a_page_of_postings_holds_a_hundred(ozon: Cabinet, path: str, limit: int) -> None:
    message = ozon.refused(400, path, {**WELL_ASKED[path], "limit": limit})
    assert message.startswith("Request validation error: invalid PostingFbs")
    assert message.endswith(".Limit: value must be inside range (0, 100]")


# ---------------------------------------------------------------- the whole of it


def test_methods_of_the_contract_are_all_there(ozon: Cabinet) -> None:
    paths = {r.path for r in OzonFake(ozon.world).routes}
    assert set(WELL_ASKED) <= paths


def test_a_day_at_ozon(ozon: Cabinet) -> None:
    """What a careful client would do ends with the truth on show."""
    ozon.tell("count", sku=ozon.sku, quantity=10)
    ozon.push(ozon.row(10))
    (kept,), (sent,), (gone,) = (ozon.bought((ozon.sku, 2)) for _ in range(3))
    ozon.happens(sent, "ship")
    ozon.happens(gone, "cancel")
    truth = ozon.truth(ozon.sku)
    assert truth == {"on_hand": 8, "reserved": 2, "available": 6, "oversold": 0}
    (row,) = ozon.ask(BY_WAREHOUSE, limit=10, offer_id=[ozon.sku])["products"]
    assert (row["free_stock"], row["reserved"]) == (6, 2)
    assert ozon.posting(kept)["status"] == "awaiting_packaging"
    assert ozon.breaches() == []
