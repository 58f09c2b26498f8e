"""Wildberries' reports: what comes back, what was sold, what is shown.

Source: dev.wildberries.ru, OpenAPI `analytics`, `reports`, `communications` of 2026-08 to 2026-10,
checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.records import Account, Order, Return
from cloudstock.sandbox.request import (
    Check,
    Request,
    Response,
    Wrong,
    array,
    fields,
    json_response,
    moment,
    nested,
    only_query,
    query_int,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.wildberries_cards import Card, Cards, Size, stamp
from cloudstock.sandbox.wildberries_families import rid_of
from cloudstock.sandbox.wildberries_tasks import ID_MAX, BySku, Tasks
from cloudstock.sandbox.world import World

MOSCOW = timezone(timedelta(hours=3))

ITEM_RETURNS = Rate("item-returns", 1 / 60, 10)
CLAIMS = Rate("claims", 1 / 3, 10)
FEED = Rate("order-feed", 1 / 60, 1)
SELLER_STOCKS = Rate("stocks-report seller-warehouses", 1 / 20, 1)
WB_STOCKS = Rate("stocks-report wb-warehouses", 1 / 20, 1)

RETURNS_RANGE_MAX = timedelta(days=31)
FEED_AGE_MAX = timedelta(days=31)
CLAIMS_AGE_MAX = timedelta(days=14)

WB_WAREHOUSE = -999999
WB_WAREHOUSE_NAME = "Склад WB"

RETURN_WORDS = {
    "moving": "В пути в пвз",
    "arrived": "Готов к выдаче",
    "received": "Выдано",
    "lost": "Утилизирован",
}
RETURN_TYPES = {
    "client": "Возврат по заявке покупателя",
    "refused": "Отказ при получении",
    "cancelled": "Возврат заблокированного товара",
}
FEED_WORDS: Mapping[str, tuple[str, str | None]] = {
    "delivered": ("buyout", None),
    "cancelled": ("cancel", "app"),
    "cancelled_away": ("cancel", "expire"),
    "refused": ("cancel", "receipt"),
}


class Reports:
    """The reports of all sellers."""

    def __init__(self, world: World, cards: Cards, tasks: Tasks) -> None:
        self._world = world
        self._cards = cards
        self._tasks = tasks

    # ------------------------------------------------------------ what comes back

    def _back(self, account: Account) -> list[tuple[Return, Order]]:
        """Units on their way back through Wildberries; DBS ones come by the seller's courier."""
        fbs = {o.order_id: o for o in self._tasks.of(account, "fbs")}
        returns = self._world.returns_of(account.name)
        return [(r, fbs[r.order_id]) for r in returns if r.order_id in fbs]

    def item_returns(self, call: Call) -> Response:
        """GET /api/analytics/v1/item-returns: 204 where there is nothing."""
        request = call.request
        only_query(request, "dateFrom", "dateTo", "status", "limit", "offset")
        start, end = _query_day(request, "dateFrom"), _query_day(request, "dateTo")
        if not timedelta() <= end - start <= RETURNS_RANGE_MAX:
            raise Wrong(400, "the period is 31 days at most")
        status = request.query.get("status")
        if status not in (None, "active", "archive"):
            raise Wrong(400, "status: active or archive is due")
        limit = query_int(request, "limit", 0, 1000, 1000)
        offset = query_int(request, "offset", 0, ID_MAX, 0)
        returns = [
            (item, order)
            for item, order in self._back(call.account)
            if start <= _moscow(order.created_at).date() <= end
            and status in (None, "archive" if item.state in ("received", "lost") else "active")
        ]
        if not returns:
            return Response(204)
        page = returns[offset : offset + limit]
        cards = self._cards.of(call.account).by_sku
        rows = [self._item_return(item, order, cards) for item, order in page]
        return json_response(200, {"count": len(returns), "report": rows})

    def _item_return(self, item: Return, order: Order, cards: BySku) -> dict[str, Any]:
        card, size = cards[item.sku]
        ready = item.changed_at if item.state == "arrived" else item.received_at
        return {
            "orderId": int(item.order_id),
            "srid": f"mp.{item.number:x}.r",
            "nmId": card.nm_id,
            # A barcode, whatever the name says.
            "sku": next(iter(self._world.products[size.offer.sku].barcodes), ""),
            "techSize": size.tech_size,
            "shkId": 23000000000 + item.number,
            "stickerId": str(33000000000 + item.number),
            "returnType": RETURN_TYPES[item.kind],
            "returnStatus": RETURN_WORDS[item.state],
            "orderDt": f"{_moscow(order.created_at):%Y-%m-%d}",
            "readyToReturnDt": _zoneless(ready),
            "expiredDt": None if ready is None else _zoneless(ready + timedelta(days=14)),
            "completedDt": _zoneless(item.received_at),
            "dstOfficeId": 310105,
            "dstOfficeAddress": "Подольск",
            "brand": "Sandbox",
            "subjectName": "Товары",
            "kiz": None,
        }

    def claims(self, call: Call) -> Response:
        """GET /api/v1/claims: buyers' requests of the last 14 days."""
        request, now = call.request, self._world.now()
        only_query(request, "is_archive", "id", "limit", "offset", "nm_id")
        if request.query.get("is_archive") not in ("true", "false"):
            raise Wrong(400, "is_archive: true or false is due")
        archived = request.query["is_archive"] == "true"
        limit = query_int(request, "limit", 1, 200, 50)
        offset = query_int(request, "offset", 0, ID_MAX, 0)
        nm_id = query_int(request, "nm_id", 1, ID_MAX, 0)
        cards = self._cards.of(call.account).by_sku
        rows = []
        for item, order in self._back(call.account):
            card, _ = cards[item.sku]
            claim_id = f"{item.number:08x}-0000-4000-8000-000000000000"
            if (
                item.kind == "client"
                and now - item.created_at <= CLAIMS_AGE_MAX
                and archived == (item.state in ("received", "lost"))
                and nm_id in (0, card.nm_id)
                and request.query.get("id", claim_id) == claim_id
            ):
                rows.append(
                    {
                        "id": claim_id,
                        "status": 2,
                        "status_ex": 10,
                        "nm_id": card.nm_id,
                        "srid": rid_of(order),
                        "dt": _zoneless(item.created_at),
                        "dt_update": _zoneless(item.changed_at),
                    }
                )
        return json_response(200, {"claims": rows[offset : offset + limit], "total": len(rows)})

    # ------------------------------------------------------------ reports

    def feed(self, call: Call) -> Response:
        """POST /api/analytics/v1/order-feed: by the time of the current status, newest first."""
        only_query(call.request)
        ids = array(whole(1), high=1000)
        checks: dict[str, Check] = {
            "selectedPeriod": nested({"start": moment, "end": moment}, required=("start",)),
            "pagination": nested(
                {"offset": whole(0), "limit": whole(1, 10000), "snapshotTime": moment}
            ),
            "nmIds": ids,
            "subjectIds": array(whole(1), high=50),
            "brandNames": array(text, high=50),
            "tagIds": array(whole(1), high=50),
        }
        body = fields("", read_json(call.request), checks, required=("selectedPeriod",))
        now = self._world.now()
        start, end = body["selectedPeriod"]["start"], body["selectedPeriod"].get("end", now)
        if end < start or now - start > FEED_AGE_MAX:
            raise Wrong(
                400, "selectedPeriod: 31 days back at most, and the end not before the start"
            )
        page = body.get("pagination", {})
        offset, limit = page.get("offset", 0), page.get("limit", 50)
        if (offset > 0) != ("snapshotTime" in page):
            raise Wrong(400, "snapshotTime goes with an offset above 0, and with no other")
        snapshot = page.get("snapshotTime", now)
        orders = [
            o
            for o in self._world.visible_orders(call.account.name)
            if start <= o.changed_at <= min(end, snapshot)
        ]
        orders.sort(key=lambda o: (o.changed_at, o.number), reverse=True)
        cards = self._cards.of(call.account).by_sku
        task = {
            "snapshotTime": stamp(snapshot),
            "currency": "RUB",
            "orders": [self._feed_row(o, cards) for o in orders[offset : offset + limit]],
        }
        return json_response(200, {"data": task})

    def _feed_row(self, order: Order, cards: BySku) -> dict[str, Any]:
        card, size = cards[order.lines[0].sku]
        status, cancelled = FEED_WORDS.get(order.state, ("created", None))
        returns = self._world.returns_of(order.account)
        if any(r.order_id == order.order_id and r.kind == "client" for r in returns):
            status = "return"
        row = {
            "nmId": card.nm_id,
            "chrtId": size.chrt_id,
            "srid": rid_of(order),
            "createdAt": _moscow(order.created_at).isoformat(timespec="seconds"),
            "updatedAt": _moscow(order.changed_at).isoformat(timespec="seconds"),
            "status": status,
            "warehouseName": (
                WB_WAREHOUSE_NAME if order.held_there else f"Склад {order.warehouse}"
            ),
            "warehouseRegion": "" if order.held_there else "Центральный",
            "isMp": not order.held_there,
            "destinationCity": "Москва",
            "destinationDistrict": "Центральный",
            "sellerPrice": 1014,
            "isB2b": False,
        }
        if cancelled is not None:
            row["cancelType"] = cancelled
        return row

    def _stocks_wanted(self, call: Call) -> tuple[Callable[[Card, Size], bool], slice]:
        only_query(call.request)
        checks: dict[str, Check] = {
            "nmIds": array(whole(1), high=1000),
            "chrtIds": array(whole(1), high=1000),
            "limit": whole(1, 250_000),
            "offset": whole(0),
        }
        body = fields("", read_json(call.request) if call.request.body else {}, checks)
        cards, sizes = body.get("nmIds"), body.get("chrtIds")

        def wanted(card: Card, size: Size) -> bool:
            return (not cards or card.nm_id in cards) and (not sizes or size.chrt_id in sizes)

        offset = body.get("offset", 0)
        return wanted, slice(offset, offset + body.get("limit", 250_000))

    def _stocks_report(self, rows: list[dict[str, object]], part: slice) -> Response:
        page = rows[part]
        return json_response(200, {"data": {"items": page}}) if page else Response(204)

    def seller_stocks(self, call: Call) -> Response:
        """POST …/stocks-report/seller-warehouses."""
        wanted, part = self._stocks_wanted(call)
        rows: list[dict[str, object]] = []
        for card, size in self._cards.of(call.account).sizes.values():
            for warehouse in call.account.warehouses if wanted(card, size) else ():
                free = call.account.stock[warehouse, size.offer.sku].free
                if free is not None:
                    rows.append(
                        {
                            "nmId": card.nm_id,
                            "chrtId": size.chrt_id,
                            "warehouseId": warehouse,
                            "warehouseName": f"Склад {warehouse}",
                            "regionName": "Центральный",
                            "quantity": free,
                        }
                    )
        return self._stocks_report(rows, part)

    def wb_stocks(self, call: Call) -> Response:
        """Wildberries' own stock of the seller's goods, which the seller does not hold."""
        wanted, part = self._stocks_wanted(call)
        rows: list[dict[str, object]] = [
            {
                "nmId": card.nm_id,
                "chrtId": size.chrt_id,
                "warehouseId": WB_WAREHOUSE,
                "warehouseName": WB_WAREHOUSE_NAME,
                "regionName": "Центральный",
                "quantity": size.offer.held_there,
                "inWayToClient": 0,
                "inWayFromClient": 0,
            }
            for card, size in self._cards.of(call.account).sizes.values()
            if wanted(card, size) and size.offer.held_there
        ]
        return self._stocks_report(rows, part)


def _query_day(request: Request, name: str) -> date:
    raw = request.query.get(name, "")
    try:
        day = datetime.strptime(raw, "%Y-%m-%d").replace(tzinfo=MOSCOW).date()
    except ValueError:
        raise Wrong(400, f"{name}: a day like 2026-11-23 is due") from None
    if day.isoformat() != raw:
        raise Wrong(400, f"{name}: a day like 2026-11-23 is due")
    return day


def _moscow(when: datetime) -> datetime:
    return when.astimezone(MOSCOW)


def _zoneless(when: datetime | None) -> str | None:
    return None if when is None else f"{_moscow(when):%Y-%m-%dT%H:%M:%S}"
