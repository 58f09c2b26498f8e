"""What a made-up answer says, read without the adapters, beside what they made of it.

Only what has one meaning is compared: which orders, returns, listings and numbers there are, and
how many units. Rows whose id stands twice in an answer say nothing that could be compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cloudstock.domain.records import Listing, Order, Return, SeenStock, Step
from cloudstock.marketplaces.fields import UNITS_MAX
from tests.contracts.making import NEW_WORD
from tests.contracts.visits import Scene

Records = list[Any]
# What the answer says, the records, whose they are, and the body of the question; sentences about
# what was misread.
Reading = Callable[[Any, Records, Scene, str], Iterator[str]]


def _rows(value: Any, *path: str) -> list[Any]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return [row for row in value or () if row is not None]


def _once(rows: Iterable[Any], name: str) -> Iterator[tuple[str, Any]]:
    """Yield rows whose id stands once, with the id as text."""
    told = [(str(row[name]), row) for row in rows if row.get(name) is not None]
    times = Counter(key for key, _ in told)
    yield from ((key, row) for key, row in told if times[key] == 1)


def _is_count(value: Any) -> bool:
    """No shelf holds more: what cannot be a number of units is left out."""
    return value is not None and 0 <= int(value) <= UNITS_MAX


def _units(rows: Iterable[Any], name: str) -> int:
    return sum(int(row[name]) for row in rows)


# ---------------------------------------------------------------- orders


def _orders(records: Records) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = {}
    for record in records:
        if isinstance(record, Order):
            found.setdefault(record.order_id, []).append(record)
    return found


def _ozon_postings(rows: list[Any], records: Records) -> Iterator[str]:
    orders = _orders(records)
    for number, row in _once(rows, "posting_number"):
        told = orders.get(number, [])
        products = row.get("products")
        if not number or products is None or not all(map(_is_ordered, products)):
            # It cannot be told what was ordered.
            continue
        units = _units(products, "quantity")
        if units > UNITS_MAX:
            continue
        if not any(sum(line.quantity for line in o.lines) == units for o in told):
            yield f"posting {number}: {units} units, not {told}"
        if row.get("status") in (NEW_WORD, None, "") and not any(
            o.step is Step.UNKNOWN for o in told
        ):
            yield f"posting {number}: its status is not known, and {told}"


def _is_ordered(product: Any) -> bool:
    named = bool(product.get("offer_id")) or int(product.get("sku") or 0) != 0
    return named and _is_count(product.get("quantity"))


def _ozon_list(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    yield from _ozon_postings(_rows(value, "postings"), records)


def _ozon_posting(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    yield from _ozon_postings([value["result"]], records)


def _wildberries_tasks(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    orders = _orders(records)
    for number, row in _once(_rows(value, "orders"), "id"):
        told = orders.get(number, [])
        if not told:
            yield f"task {number} is not among the orders"
        elif sum(line.quantity for line in told[-1].lines) != 1:
            yield f"task {number} is not of one unit: {told}"
        if row.get("chrtId") and told:
            key = f"chrt:{row['chrtId']}"
            if not any(key in line.listing_keys for o in told for line in o.lines):
                yield f"task {number} is not of {key}: {told}"


def _wildberries_statuses(name: str) -> Reading:
    def reading(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
        orders = _orders(records)
        for number, row in _once(_rows(value, "orders"), name):
            if number not in question:
                continue
            words = (row.get("supplierStatus") or "", row.get("wbStatus") or "")
            told = orders.get(number, [])
            if told and NEW_WORD in words and not any(o.step is Step.UNKNOWN for o in told):
                yield f"task {number} is {words}, which nobody knows, and {told}"
            if (
                told
                # What is longer is not shown whole.
                and all(word.isalpha() and len(word) < 50 for word in words)
                and not any("/".join(words) in o.status for o in told)
            ):
                yield f"task {number} is {words}, not {told}"

    return reading


def _yandex_orders(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    orders = _orders(records)
    for number, row in _once(_rows(value, "orders"), "orderId"):
        told = orders.get(number, [])
        most = _units(row["items"], "count")
        another = str(row.get("campaignId")) != scene.account.options["campaign_id"]
        if another or row["status"] == "PLACING":
            # Another shop's, or none yet.
            continue
        if not told:
            # Orders of goods at Market are none.
            if row.get("programType") in ("FBS", "DBS", "EXPRESS"):
                yield f"order {number} is left out"
        elif not any(sum(line.quantity for line in o.lines) <= most for o in told):
            yield f"order {number}: {most} units at most, not {told}"
        elif row["status"] == NEW_WORD and not any(o.step is Step.UNKNOWN for o in told):
            yield f"order {number}: its status is not known, and {told}"


# ---------------------------------------------------------------- things that come back


def _returns(records: Records) -> dict[str, list[Return]]:
    found: dict[str, list[Return]] = {}
    for record in records:
        if isinstance(record, Return):
            found.setdefault(record.return_id.partition("/")[0], []).append(record)
    return found


def _ozon_returns(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    returns = _returns(records)
    for number, row in _once(_rows(value, "returns"), "id"):
        told = returns.get(number, [])
        product = row.get("product") or {}
        if not _is_count(product.get("quantity")):
            continue
        units = int(product["quantity"])
        if (row.get("schema") or "").lower() in ("fbs", "rfbs") and [r.quantity for r in told] != [
            units
        ]:
            yield f"return {number}: {units} units, not {told}"


def _yandex_returns(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    returns = _returns(records)
    for number, row in _once(_rows(value, "result", "returns"), "id"):
        told = returns.get(number, [])
        most = _units(row["items"], "count")
        if sum(r.quantity for r in told) > most:
            yield f"return {number}: {most} units at most, not {told}"
        if {r.offer_id for r in told} != {item["shopSku"] for item in row["items"]}:
            yield f"return {number}: other articles in {told}"


def _wildberries_returns(
    value: Any, records: Records, scene: Scene, question: str
) -> Iterator[str]:
    returns = _returns(records)
    rows = [row for row in _rows(value, "report") if row.get("srid")]
    for number, row in _once(rows, "srid"):
        told = returns.get(number.partition("/")[0], [])
        if not told:
            yield f"return {number} is left out"
        elif row["completedDt"] and told[0].received_at is None:
            yield f"return {number} was received at {row['completedDt']}, not {told}"


# ---------------------------------------------------------------- listings and numbers


def _listings(path: tuple[str, ...], inner: str, name: str, also: str = "") -> Reading:
    """Every row (of every `inner` list of a row, where one is named) is a listing by its id.

    `also`: what a row has to have besides, to be one.
    """

    def reading(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
        told = {record.external_id for record in records if isinstance(record, Listing)}
        rows = _rows(value, *path)
        if inner:
            rows = [part for row in rows for part in _rows(row, inner)]
        for row in rows:
            if also and not row.get(also):
                continue
            # No id is 0.
            if row.get(name) not in (None, 0, "0") and str(row[name]) not in told:
                yield f"{name} {row[name]} is not among the listings"

    return reading


def _shown(records: Records) -> dict[tuple[str, str], list[SeenStock]]:
    found: dict[tuple[str, str], list[SeenStock]] = {}
    for record in records:
        if isinstance(record, SeenStock):
            for key in record.listing_keys:
                found.setdefault((record.warehouse_id, key), []).append(record)
    return found


def _ozon_stocks(name: str) -> Reading:
    def reading(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
        shown = _shown(records)
        own = {link.warehouse_id for link in scene.account.warehouses}
        for number, row in _once(_rows(value, name), "product_id"):
            place, key = str(row.get("warehouse_id")), f"product:{number}"
            numbers = [row.get(n) for n in ("present", "reserved", "free_stock")]
            if place not in own or None in numbers[:2]:
                continue
            present, reserved, free = (None if n is None else int(n) for n in numbers)
            assert present is not None
            assert reserved is not None
            due = present - reserved if free is None else free
            told = [(s.free, s.reserved) for s in shown.get((place, key), [])]
            if _is_count(due) and _is_count(reserved) and (due, reserved) not in told:
                yield f"{key} in {place}: {due} free and {reserved} reserved, not {told}"

    return reading


def _wildberries_stocks(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    told: dict[str, list[int]] = {}
    for (_, key), shown in _shown(records).items():
        told.setdefault(key, []).extend(s.free for s in shown)
    for number, row in _once(_rows(value, "stocks"), "chrtId"):
        if row.get("amount") is not None and row["amount"] not in told.get(f"chrt:{number}", ()):
            yield f"chrt:{number}: {row['amount']} free, not {told.get(f'chrt:{number}')}"


def _yandex_stock(rows: list[Any], place: str, records: Records) -> Iterator[str]:
    shown = _shown(records)
    for number, row in _once(rows, "offerId"):
        stocks = _rows(row, "stocks")
        kinds = Counter(stock["type"] for stock in stocks)
        if kinds["AVAILABLE"] != 1:
            continue
        (due,) = (int(stock["count"]) for stock in stocks if stock["type"] == "AVAILABLE")
        told = [s.free for s in shown.get((place, f"offer:{number}"), [])]
        if due not in told:
            yield f"{number} in {place}: {due} free, not {told}"


def _yandex_stocks(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    own = {link.warehouse_id for link in scene.account.warehouses}
    for place, row in _once(_rows(value, "result", "warehouses"), "warehouseId"):
        if place in own:
            yield from _yandex_stock(_rows(row, "offers"), place, records)


def _yandex_stocks_v3(value: Any, records: Records, scene: Scene, question: str) -> Iterator[str]:
    place = scene.account.warehouses[0].warehouse_id
    yield from _yandex_stock(_rows(value, "result", "offers"), place, records)


READINGS: Mapping[tuple[str, str], Reading] = {
    ("ozon", "POST /v4/posting/fbs/list"): _ozon_list,
    ("ozon", "POST /v3/posting/fbs/get"): _ozon_posting,
    ("ozon", "POST /v1/returns/list"): _ozon_returns,
    ("ozon", "POST /v3/product/list"): _listings(("result", "items"), "", "product_id", "offer_id"),
    ("ozon", "POST /v1/product/info/warehouse/stocks"): _ozon_stocks("stocks"),
    ("ozon", "POST /v2/product/info/stocks-by-warehouse/fbs"): _ozon_stocks("products"),
    ("wildberries", "GET /api/v3/orders/new"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/orders"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/dbs/orders/new"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/dbs/orders"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/dbw/orders/new"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/dbw/orders"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/click-collect/orders/new"): _wildberries_tasks,
    ("wildberries", "GET /api/v3/click-collect/orders"): _wildberries_tasks,
    ("wildberries", "GET /api/marketplace/v3/fbs/orders/archive"): _wildberries_tasks,
    ("wildberries", "POST /api/v3/orders/status"): _wildberries_statuses("id"),
    ("wildberries", "POST /api/v3/dbw/orders/status"): _wildberries_statuses("id"),
    (
        "wildberries",
        "POST /api/marketplace/v3/click-collect/orders/status/info",
    ): _wildberries_statuses("orderId"),
    (
        "wildberries",
        "POST /api/marketplace/v3/dbs/orders/status/info",
    ): _wildberries_statuses("orderId"),
    ("wildberries", "GET /api/analytics/v1/item-returns"): _wildberries_returns,
    ("wildberries", "POST /content/v2/get/cards/list"): _listings(("cards",), "sizes", "chrtID"),
    ("wildberries", "POST /content/v2/get/cards/trash"): _listings(("cards",), "sizes", "chrtID"),
    ("wildberries", "POST /api/v3/stocks/{warehouseId}"): _wildberries_stocks,
    ("yandex_market", "POST /v1/businesses/{businessId}/orders"): _yandex_orders,
    ("yandex_market", "GET /v2/campaigns/{campaignId}/returns"): _yandex_returns,
    ("yandex_market", "POST /v2/campaigns/{campaignId}/offers/stocks"): _yandex_stocks,
    ("yandex_market", "POST /v3/businesses/{businessId}/offers/stocks"): _yandex_stocks_v3,
}
