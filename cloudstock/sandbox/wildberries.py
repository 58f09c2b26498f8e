"""Wildberries seller API as a stock synchroniser meets it; all of its hosts at one address.

One order is one unit of one size. Orders of an account's `dbs_warehouses` are DBS orders, which
have lists and words of their own; all others are FBS.

Source: dev.wildberries.ru, OpenAPI `items`, `orders_fbs`, `dbs`, `analytics`, `communications`,
`general` of 2026-08 to 2026-10, checked 2026-11-23.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeVar

from cloudstock.sandbox.fake import Call, Handler, Route
from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.request import (
    Check,
    Request,
    Response,
    Wrong,
    array,
    boolean,
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
from cloudstock.sandbox.world import Account, Order, Return, World

MOSCOW = timezone(timedelta(hours=3))

# Limits: refill a second, bucket, and what a 4xx costs. One bucket for each group and seller.
WAREHOUSES = Rate("seller warehouses", 5, 20, 10)
STOCKS = Rate("stocks", 5, 20, 10)
STOCKS_DELETE = Rate("stocks: delete", 1 / 6, 2, 10)
FBS = Rate("FBS orders", 5, 20, 10)
DBS = Rate("DBS orders", 5, 20, 10)
CARDS_LIST = Rate("cards list", 1 / 0.6, 5)
CONTENT = Rate("content", 1 / 0.6, 5)
ITEM_RETURNS = Rate("item-returns", 1 / 60, 10)
CLAIMS = Rate("claims", 1 / 3, 10)
FEED = Rate("order-feed", 1 / 60, 1)
SELLER_STOCKS = Rate("stocks-report seller-warehouses", 1 / 20, 1)
WB_STOCKS = Rate("stocks-report wb-warehouses", 1 / 20, 1)
SELLER_INFO = Rate("seller-info", 1 / 60, 10)
PING = Rate("ping", 1 / 10, 3)

AMOUNT_MAX = 100_000
BATCH_MAX = 1000
WINDOW_MAX = timedelta(days=30)
RETURNS_WINDOW_MAX = timedelta(days=31)
FEED_AGE_MAX = timedelta(days=31)
CLAIMS_AGE_MAX = timedelta(days=14)
# The list holds three months; what is older is in the archive.
LIST_AGE_MAX = timedelta(days=92)
# A time in seconds is not one in milliseconds.
SECONDS_MAX = 4_102_444_800
ID_MAX = 2**62

# A token's categories are bits of its mask.
CONTENT_BIT, ANALYTICS_BIT, MARKETPLACE_BIT, RETURNS_BIT, READ_ONLY_BIT = 1, 2, 4, 11, 30

WB_WAREHOUSE = -999999

# The world's states as (supplierStatus, wbStatus). Where Wildberries has several pairs for one
# state, an order's number chooses, so that all of them are met and each order keeps its own.
FBS_WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "new": (("new", "waiting"),),
    "confirmed": (("confirm", "waiting"),),
    "packed": (("confirm", "waiting"),),
    "shipped": (("complete", "sorted"), ("complete", "waiting"), ("complete", "ready_for_pickup")),
    "delivered": (("complete", "sold"),),
    "cancelled": (
        ("cancel", "canceled"),
        ("new", "declined_by_client"),
        ("confirm", "canceled"),
    ),
    "cancelled_away": (("complete", "canceled"), ("complete", "defect")),
    "refused": (("complete", "canceled_by_client"),),
}
DBS_WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "new": (("new", "waiting"),),
    "confirmed": (("confirm", "waiting"),),
    "packed": (("confirm", "waiting"),),
    "shipped": (("deliver", "waiting"), ("deliver", "ready_for_pickup")),
    "delivered": (("receive", "sold"),),
    "cancelled": (("cancel", "canceled"), ("cancel", "declined_by_client")),
    "cancelled_away": (("cancel_missed_call", "canceled_by_missed_call"),),
    "refused": (("reject", "canceled_by_client"),),
}
FINISHED = ("delivered", "cancelled", "cancelled_away", "refused")
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
TITLES = {
    400: "bad request",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    415: "unsupported media type",
    429: "too many requests",
}

T = TypeVar("T")
BySku = Mapping[str, tuple[Card, Size]]
Shape = Callable[[Wrong], Mapping[str, object]]


class WildberriesFake:
    """Wildberries' door to the world."""

    marketplace = "wildberries"

    def __init__(self, world: World) -> None:
        self._world = world
        self._cards = Cards(world)
        stocks, dbs = "/api/v3/stocks/{warehouse}", "/api/v3/dbs/orders"
        analytics = "/api/analytics/v1"
        self.routes: tuple[Route, ...] = (
            self._route("GET", "/ping", self._ping, PING, None),
            self._route("GET", "/api/v1/seller-info", self._seller, SELLER_INFO, None),
            self._route("GET", "/api/v3/warehouses", self._warehouses, WAREHOUSES),
            *self._content_routes(),
            self._route("POST", stocks, self._read, STOCKS),
            self._route("PUT", stocks, self._write, STOCKS, writes=True),
            self._route("DELETE", stocks, self._delete, STOCKS_DELETE, writes=True),
            self._route("GET", "/api/v3/orders/new", self._new, FBS),
            self._route("GET", "/api/v3/orders", self._orders, FBS),
            self._route("POST", "/api/v3/orders/status", self._statuses, FBS),
            self._route("GET", "/api/v3/supplies/orders/reshipment", self._reshipment, FBS),
            self._route(
                "GET",
                "/api/marketplace/v3/fbs/orders/archive",
                self._archive,
                FBS,
                shape=_archive_shape,
            ),
            self._route("GET", f"{dbs}/new", self._dbs_new, DBS),
            self._route("GET", dbs, self._dbs_finished, DBS),
            self._route(
                "POST",
                "/api/marketplace/v3/dbs/orders/status/info",
                self._dbs_statuses,
                DBS,
                shape=_dbs_shape,
            ),
            *(
                self._route(method, path, how, rate, ANALYTICS_BIT, shape=_analytics_shape)
                for method, path, how, rate in (
                    ("GET", f"{analytics}/item-returns", self._item_returns, ITEM_RETURNS),
                    ("POST", f"{analytics}/order-feed", self._feed, FEED),
                    (
                        "POST",
                        f"{analytics}/stocks-report/seller-warehouses",
                        self._seller_stocks,
                        SELLER_STOCKS,
                    ),
                    (
                        "POST",
                        f"{analytics}/stocks-report/wb-warehouses",
                        self._wb_stocks,
                        WB_STOCKS,
                    ),
                )
            ),
            self._route(
                "GET", "/api/v1/claims", self._claims, CLAIMS, RETURNS_BIT, shape=_analytics_shape
            ),
        )

    def _content_routes(self) -> tuple[Route, ...]:
        path = "/content/v2/get/cards"
        return (
            self._route(
                "POST", f"{path}/list", self._list, CARDS_LIST, CONTENT_BIT, shape=_content_shape
            ),
            self._route(
                "POST", f"{path}/trash", self._trash, CONTENT, CONTENT_BIT, shape=_content_shape
            ),
        )

    def _route(
        self,
        method: str,
        path: str,
        handler: Handler,
        rate: Rate,
        category: int | None = MARKETPLACE_BIT,
        *,
        writes: bool = False,
        shape: Shape | None = None,
    ) -> Route:
        """A method with its limit, the token's category, and the shape of its host's errors."""
        shaped = shape or _marketplace_shape

        def guarded(call: Call) -> Response:
            _may(call.account, category, writes=writes)
            try:
                return handler(call)
            except Wrong as wrong:
                answer = json_response(wrong.status, shaped(wrong))
                answer.breach = wrong.message
                return answer

        return Route(method, path, guarded, (rate,))

    # ------------------------------------------------------------ credentials and envelope

    def authenticate(self, request: Request) -> Account:
        """The token, raw or as Bearer."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            raise Wrong(401, "empty Authorization header")
        for account in self._world.accounts.values():
            if account.marketplace == self.marketplace and account.credentials["token"] == token:
                claims = _claims_of(account)
                if claims["exp"] <= self._world.now().timestamp():
                    raise Wrong(401, "access token expired")
                if claims.get("t"):
                    raise Wrong(401, "a test token is for the test hosts only")
                return account
        raise Wrong(401, "access token is malformed or unknown")

    def error(self, wrong: Wrong) -> Response:
        """The gateway's shape: what it refuses before a host has seen the request."""
        return self._problem(wrong.status, wrong.message)

    def _problem(self, status: int, detail: str) -> Response:
        title = TITLES.get(status, "error")
        answer = json_response(
            status,
            {
                "title": title,
                "detail": detail,
                "code": "07e4668e-ac2a5aef",
                "requestId": "7b80f7e6a1",
                "origin": "s2s-api-auth",
                "status": status,
                "statusText": title.title(),
                "timestamp": _seconds(self._world.now()),
            },
        )
        answer.headers["Content-Type"] = "application/problem+json"
        return answer

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """429: whole seconds to wait, the bucket's size, seconds until it is full."""
        del call
        answer = self._problem(429, f"Limited by global limiter, per seller: {rate.group}")
        answer.headers["X-Ratelimit-Retry"] = str(max(1, math.ceil(retry_s)))
        answer.headers["X-Ratelimit-Limit"] = f"{rate.burst:.0f}"
        answer.headers["X-Ratelimit-Reset"] = str(max(1, math.ceil(reset_s)))
        return answer

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Normal answers tell the tokens left."""
        del rate, reset_s
        response.headers["X-Ratelimit-Remaining"] = f"{remaining:.0f}"

    # ------------------------------------------------------------ identity and places

    def _ping(self, call: Call) -> Response:
        only_query(call.request)
        return json_response(200, {"TS": _seconds(self._world.now()), "Status": "OK"})

    def _seller(self, call: Call) -> Response:
        only_query(call.request)
        name = f"Seller {call.account.name}"
        sid = _claims_of(call.account)["sid"]
        return json_response(
            200, {"name": name, "sid": sid, "tin": "7700000000", "tradeMark": name, "country": "RU"}
        )

    def _warehouses(self, call: Call) -> Response:
        only_query(call.request)
        account = call.account
        return json_response(
            200,
            [
                {
                    "id": warehouse,
                    "name": f"Склад {n}",
                    "officeId": 15,
                    "cargoType": 1,
                    "deliveryType": 2 if warehouse in account.dbs_warehouses else 1,
                    "isDeleting": False,
                    "isProcessing": warehouse in account.processing,
                }
                for n, warehouse in enumerate(account.warehouses, start=1)
            ],
        )

    # ------------------------------------------------------------ cards

    def _list(self, call: Call) -> Response:
        if call.request.query.get("locale", "ru") not in ("ru", "en", "zh"):
            raise Wrong(400, "locale: ru, en or zh is due")
        only_query(call.request, "locale")
        known: dict[str, Check] = {
            "withPhoto": whole(-1, 2),
            "textSearch": text,
            "tagIDs": array(whole()),
            "objectIDs": array(whole()),
            "brands": array(text),
            "imtID": whole(),
            "allowedCategoriesOnly": boolean,
        }
        asked = _card_settings(call, known, "updatedAt")
        only = asked.get("filter", {})
        cards = [c for c in self._cards.of(call.account).cards if not c.trashed]
        if only.get("withPhoto") == 2 or any(only.get(k) for k in ("tagIDs", "objectIDs")):
            # Every card here has its photos, and none has tags.
            cards = []
        if only.get("brands") and "Sandbox" not in only["brands"]:
            cards = []
        if "imtID" in only:
            cards = [c for c in cards if _imt_id(c) == only["imtID"]]
        return self._cards_page(call, self._matching(cards, only), asked, "updatedAt")

    def _trash(self, call: Call) -> Response:
        if call.request.query.get("locale", "ru") not in ("ru", "en", "zh"):
            raise Wrong(400, "locale: ru, en or zh is due")
        only_query(call.request, "locale")
        asked = _card_settings(call, {"textSearch": text}, "trashedAt")
        cards = [c for c in self._cards.of(call.account).cards if c.trashed]
        found = self._matching(cards, asked.get("filter", {}))
        return self._cards_page(call, found, asked, "trashedAt")

    def _matching(self, cards: list[Card], only: Mapping[str, Any]) -> list[Card]:
        wanted = only.get("textSearch")
        if not wanted:
            return cards
        return [
            c
            for c in cards
            if wanted in (c.vendor_code, str(c.nm_id))
            or any(wanted in self._barcodes(s) for s in c.sizes)
        ]

    def _cards_page(
        self, call: Call, cards: list[Card], asked: Mapping[str, Any], time: str
    ) -> Response:
        """A page by time and nmID; `total` counts the page, not the catalogue."""
        ascending = asked.get("sort", {}).get("ascending", False)
        cards = cards if ascending else cards[::-1]
        cursor = asked.get("cursor", {})
        if (time in cursor) != ("nmID" in cursor):
            raise Wrong(400, f"{time} and nmID go together")
        if time in cursor:
            after = (cursor[time], cursor["nmID"])
            cards = [c for c in cards if (c.position > after if ascending else c.position < after)]
        page = cards[: cursor.get("limit", 10)]
        # An empty page has no position.
        end: dict[str, object] = {"total": len(page)}
        if page:
            end |= {time: stamp(page[-1].changed_at), "nmID": page[-1].nm_id}
        if _served_twice(call) and page:
            # A position just before the page: from there it comes again.
            before = page[0].nm_id + (-1 if ascending else 1)
            end |= {time: stamp(page[0].changed_at), "nmID": before}
        return json_response(200, {"cards": [self._card(c, time) for c in page], "cursor": end})

    def _barcodes(self, size: Size) -> list[str]:
        return list(self._world.products[size.offer.sku].barcodes)

    def _card(self, card: Card, time: str) -> dict[str, Any]:
        sizes = [
            {
                "chrtID": size.chrt_id,
                "techSize": size.tech_size,
                "wbSize": "",
                "skus": self._barcodes(size),
            }
            for size in card.sizes
        ]
        return {
            "nmID": card.nm_id,
            "imtID": _imt_id(card),
            "vendorCode": card.vendor_code,
            "title": self._world.products[card.sizes[0].offer.sku].name,
            "brand": "Sandbox",
            "needKiz": False,
            "sizes": sizes,
            "createdAt": "2026-08-01T09:00:00Z",
            time: stamp(card.changed_at),
        }

    # ------------------------------------------------------------ stocks

    def _place(self, call: Call) -> int:
        named = call.parts["warehouse"]
        if not named.isdecimal():
            raise Wrong(400, f"warehouse {named} is not a number", "IncorrectParameter")
        if int(named) not in call.account.warehouses:
            raise Wrong(404, f"warehouse {named} not found", "NotFound")
        return int(named)

    def _chrt_ids(self, call: Call) -> list[int]:
        only_query(call.request)
        known: dict[str, Check] = {"chrtIds": array(whole(1), low=1, high=BATCH_MAX)}
        ids: list[int] = fields("", read_json(call.request), known, required=("chrtIds",))[
            "chrtIds"
        ]
        return ids

    def _read(self, call: Call) -> Response:
        place, asked = self._place(call), self._chrt_ids(call)
        sizes = self._cards.of(call.account).sizes
        rows = []
        for chrt_id in dict.fromkeys(asked):
            if chrt_id in sizes:
                free = call.account.shown[place, sizes[chrt_id][1].offer.sku].free
                # What was never set, or was deleted, is absent.
                if free is not None:
                    rows.append({"chrtId": chrt_id, "amount": free})
        return json_response(200, {"stocks": rows})

    def _write(self, call: Call) -> Response:
        only_query(call.request)
        place = self._place(call)
        item = nested_loosely({"chrtId": whole(1), "amount": whole(0)})
        known: dict[str, Check] = {"stocks": array(item, low=1, high=BATCH_MAX)}
        rows = fields("", read_json(call.request), known, required=("stocks",))["stocks"]
        if place in call.account.processing:
            raise Wrong(406, "The warehouse is processing", "WarehouseStocksUpdateBlock")
        # Names are not checked: 204 all the same, and nothing changes.
        named = [row for row in rows if row.keys() == {"chrtId", "amount"}]
        amounts = {row["chrtId"]: row["amount"] for row in named}
        if len(amounts) < len(named):
            raise Wrong(400, "a chrtId stands twice in the batch", "IncorrectRequestBody")
        complaints = self._complaints(call, amounts)
        if complaints:
            # A complaint about one item, and nothing of the batch is taken.
            answer = json_response(409, complaints)
            answer.breach = ", ".join(str(c["code"]) for c in complaints)
            return answer
        if call.fault is None or call.fault.kind != "ignore_write":
            sizes = self._cards.of(call.account).sizes
            for chrt_id, amount in amounts.items():
                self._world.show(call.account.name, place, sizes[chrt_id][1].offer.sku, amount)
        strange = len(rows) - len(named)
        breach = f"{strange} items with other names than chrtId and amount" if strange else None
        return Response(204, breach=breach)

    def _complaints(self, call: Call, amounts: Mapping[int, int]) -> list[dict[str, object]]:
        """Return the array of a 409, grouped by code; empty where all items can be taken."""
        sizes = self._cards.of(call.account).sizes
        grouped: dict[str, list[int]] = {}
        fault = call.fault
        if fault is not None and fault.kind == "refuse_items":
            some = max(1, round(len(amounts) * fault.share))
            grouped["CargoWarehouseRestrictionSGT"] = list(amounts)[:some]
        for chrt_id, amount in amounts.items():
            if chrt_id not in sizes:
                grouped.setdefault("NotFound", []).append(chrt_id)
            elif amount > AMOUNT_MAX:
                grouped.setdefault("UploadDataLimit", []).append(chrt_id)
        return [
            {
                "code": code,
                "message": f"Stocks cannot be updated: {code}",
                "data": [{"sku": "", "chrtId": i, "amount": amounts[i]} for i in ids],
            }
            for code, ids in grouped.items()
        ]

    def _delete(self, call: Call) -> Response:
        place, asked = self._place(call), self._chrt_ids(call)
        if place in call.account.processing:
            raise Wrong(409, "The warehouse is processing", "StoreIsProcessing")
        sizes = self._cards.of(call.account).sizes
        if any(chrt_id not in sizes for chrt_id in asked):
            raise Wrong(404, "Not found", "NotFound")
        if call.fault is None or call.fault.kind != "ignore_write":
            for chrt_id in asked:
                call.account.shown[place, sizes[chrt_id][1].offer.sku].free = None
        return Response(204)

    # ------------------------------------------------------------ orders: FBS

    def _told(self, account: Account) -> list[Order]:
        """Orders from the seller's own warehouses: those of Wildberries' are in no list."""
        return [o for o in self._world.visible_orders(account.name) if not o.held_there]

    def _fbs(self, account: Account) -> list[Order]:
        return [o for o in self._told(account) if o.warehouse not in account.dbs_warehouses]

    def _dbs(self, account: Account) -> list[Order]:
        return [o for o in self._told(account) if o.warehouse in account.dbs_warehouses]

    def _new(self, call: Call) -> Response:
        only_query(call.request)
        orders = self._fbs(call.account)
        return json_response(200, {"orders": self._new_rows(call.account, orders, FBS_WORDS)})

    def _new_rows(
        self,
        account: Account,
        orders: Iterable[Order],
        words: Mapping[str, tuple[tuple[str, str], ...]],
    ) -> list[dict[str, Any]]:
        """Only what is new: what anybody confirmed is gone from here, though not from the shelf."""
        cards = self._cards.of(account).by_sku
        return [
            self._row(account, o, cards)
            for o in orders
            if o.state == "new" and _words(o, words)[0] == "new"
        ]

    def _orders(self, call: Call) -> Response:
        account, request, now = call.account, call.request, self._world.now()
        limit, after = _page_asked(request)
        default_start = int((now - WINDOW_MAX).timestamp())
        start = query_int(request, "dateFrom", 0, SECONDS_MAX, default_start)
        end = query_int(request, "dateTo", 0, SECONDS_MAX, int(now.timestamp()))
        _within(start, end)
        orders = [
            o
            for o in self._fbs(account)
            if start <= int(o.created_at.timestamp()) <= end and now - o.created_at <= LIST_AGE_MAX
        ]
        return self._orders_page(call, orders, limit, after)

    def _orders_page(self, call: Call, orders: Iterable[Order], limit: int, after: int) -> Response:
        rest = sorted((o for o in orders if int(o.order_id) > after), key=lambda o: o.number)
        page = rest[:limit]
        cards = self._cards.of(call.account).by_sku
        rows = []
        for order in page:
            row = self._row(call.account, order, cards)
            if order.state not in ("new", "cancelled"):
                row["supplyId"] = f"WB-GI-{order.basket}"
            rows.append(row)
        following = int(page[-1].order_id) if len(rest) > limit else 0
        if _served_twice(call):
            # No order has the number 1: asked from there, the first page comes again.
            following = after or 1
        return json_response(200, {"next": following, "orders": rows})

    def _row(self, account: Account, order: Order, cards: BySku) -> dict[str, Any]:
        card, size = cards[order.lines[0].sku]
        by_seller = order.warehouse in account.dbs_warehouses
        row: dict[str, Any] = {
            "id": int(order.order_id),
            "rid": _rid(order),
            "orderUid": f"165918930_{order.basket:x}",
            "createdAt": _seconds(order.created_at),
            "article": card.vendor_code,
            "nmId": card.nm_id,
            "chrtId": size.chrt_id,
            # One of the size's barcodes: the one that was sold.
            "skus": self._barcodes(size)[:1],
            "warehouseId": order.warehouse,
            "officeId": 15,
            "deliveryType": "dbs" if by_seller else "fbs",
            "isZeroOrder": False,
            "price": 101400,
            "currencyCode": 643,
            "cargoType": 1,
            "crossBorderType": 0,
            "options": {"isB2B": False},
        }
        if by_seller:
            row["groupId"] = f"{order.basket:08x}-0000-4000-8000-000000000000"
        return row

    def _statuses(self, call: Call) -> Response:
        only_query(call.request)
        known: dict[str, Check] = {"orders": array(whole(1), low=1, high=BATCH_MAX)}
        asked = fields("", read_json(call.request), known, required=("orders",))["orders"]
        orders = {int(o.order_id): o for o in self._fbs(call.account)}
        rows = []
        for order_id in dict.fromkeys(asked):
            if order_id in orders:
                supplier, own = _words(orders[order_id], FBS_WORDS)
                rows.append(
                    {
                        "id": order_id,
                        "supplierStatus": supplier,
                        "wbStatus": own,
                        "isCancellable": own == "waiting" and supplier in ("new", "confirm"),
                        "isTransferable": own == "waiting" and supplier == "complete",
                    }
                )
        return json_response(200, {"orders": rows})

    def _reshipment(self, call: Call) -> Response:
        """Orders whose raw status ends in `/reshipment`: handed over, and not accepted."""
        only_query(call.request)
        rows = [
            {"supplyID": f"WB-GI-{o.basket}", "orderID": int(o.order_id)}
            for o in self._fbs(call.account)
            if (o.status or "").endswith("/reshipment")
        ]
        return json_response(200, {"orders": rows})

    def _archive(self, call: Call) -> Response:
        request, now = call.request, self._world.now()
        only_query(request, "year", "month", "next", "limit")
        year, month = query_int(request, "year", 2000, 2100), query_int(request, "month", 1, 12)
        limit = query_int(request, "limit", 100, 1000)
        after = query_int(request, "next", 0, ID_MAX, 0)
        rest = [
            o
            for o in sorted(self._fbs(call.account), key=lambda o: o.number)
            if (o.created_at.year, o.created_at.month) == (year, month)
            and now - o.created_at > LIST_AGE_MAX
            and int(o.order_id) > after
        ]
        page = rest[:limit]
        cards = self._cards.of(call.account).by_sku
        rows = []
        for order in page:
            row = self._row(call.account, order, cards)
            product = {name: row.pop(name) for name in ("article", "chrtId", "nmId", "skus")}
            supplier, own = _words(order, FBS_WORDS)
            status = {"supplierStatus": supplier, "wbStatus": own}
            rows.append({**row, "product": product, "status": status})
        following = int(page[-1].order_id) if len(rest) > limit else None
        return json_response(200, {"next": following, "orders": rows})

    # ------------------------------------------------------------ orders: DBS

    def _dbs_new(self, call: Call) -> Response:
        only_query(call.request)
        orders = self._dbs(call.account)
        return json_response(200, {"orders": self._new_rows(call.account, orders, DBS_WORDS)})

    def _dbs_finished(self, call: Call) -> Response:
        """Only what has ended: open ones beyond `new` are in no list at all."""
        limit, after = _page_asked(call.request)
        start = query_int(call.request, "dateFrom", 0, SECONDS_MAX)
        end = query_int(call.request, "dateTo", 0, SECONDS_MAX)
        _within(start, end)
        orders = [
            o
            for o in self._dbs(call.account)
            if o.state in FINISHED and start <= int(o.created_at.timestamp()) <= end
        ]
        return self._orders_page(call, orders, limit, after)

    def _dbs_statuses(self, call: Call) -> Response:
        only_query(call.request)
        known: dict[str, Check] = {"ordersIds": array(whole(1), low=1, high=BATCH_MAX)}
        asked = fields("", read_json(call.request), known, required=("ordersIds",))["ordersIds"]
        orders = {int(o.order_id): o for o in self._dbs(call.account)}
        rows: list[dict[str, object]] = []
        for order_id in dict.fromkeys(asked):
            if order_id in orders:
                supplier, own = _words(orders[order_id], DBS_WORDS)
                rows.append({"orderId": order_id, "supplierStatus": supplier, "wbStatus": own})
            else:
                missing = [{"code": 404, "detail": "NotFound"}]
                rows.append({"orderId": order_id, "errors": missing})
        return json_response(200, {"orders": rows})

    # ------------------------------------------------------------ what comes back

    def _back(self, account: Account) -> list[tuple[Return, Order]]:
        """Units on their way back through Wildberries; DBS ones come by the seller's courier."""
        fbs = {o.order_id: o for o in self._fbs(account)}
        returns = self._world.returns_of(account.name)
        return [(r, fbs[r.order_id]) for r in returns if r.order_id in fbs]

    def _item_returns(self, call: Call) -> Response:
        request = call.request
        only_query(request, "dateFrom", "dateTo", "status", "limit", "offset")
        start, end = _query_day(request, "dateFrom"), _query_day(request, "dateTo")
        if not timedelta() <= end - start <= RETURNS_WINDOW_MAX:
            raise Wrong(400, "the period is 31 days at most")
        status = request.query.get("status")
        if status not in (None, "active", "archive"):
            raise Wrong(400, "status: active or archive is due")
        limit = query_int(request, "limit", 0, 1000, 1000)
        offset = query_int(request, "offset", 0, ID_MAX, 0)
        found = [
            (item, order)
            for item, order in self._back(call.account)
            if start <= _moscow(order.created_at).date() <= end
            and status in (None, "archive" if item.state in ("received", "lost") else "active")
        ]
        if not found:
            return Response(204)
        page = found[offset : offset + limit]
        cards = self._cards.of(call.account).by_sku
        rows = [self._item_return(item, order, cards) for item, order in page]
        return json_response(200, {"count": len(found), "report": rows})

    def _item_return(self, item: Return, order: Order, cards: BySku) -> dict[str, Any]:
        card, size = cards[item.sku]
        ready = item.changed_at if item.state == "arrived" else item.received_at
        return {
            "orderId": int(item.order_id),
            "srid": f"mp.{item.number:x}.r",
            "nmId": card.nm_id,
            # A barcode, whatever the name says.
            "sku": next(iter(self._barcodes(size)), ""),
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

    def _claims(self, call: Call) -> Response:
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
                        "srid": _rid(order),
                        "dt": _zoneless(item.created_at),
                        "dt_update": _zoneless(item.changed_at),
                    }
                )
        return json_response(200, {"claims": rows[offset : offset + limit], "total": len(rows)})

    # ------------------------------------------------------------ reports

    def _feed(self, call: Call) -> Response:
        only_query(call.request)
        ids = array(whole(1), high=1000)
        known: dict[str, Check] = {
            "selectedPeriod": nested({"start": moment, "end": moment}, required=("start",)),
            "pagination": nested(
                {"offset": whole(0), "limit": whole(1, 10000), "snapshotTime": moment}
            ),
            "nmIds": ids,
            "subjectIds": array(whole(1), high=50),
            "brandNames": array(text, high=50),
            "tagIds": array(whole(1), high=50),
        }
        body = fields("", read_json(call.request), known, required=("selectedPeriod",))
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
        told = {
            "snapshotTime": stamp(snapshot),
            "currency": "RUB",
            "orders": [self._feed_row(o, cards) for o in orders[offset : offset + limit]],
        }
        return json_response(200, {"data": told})

    def _feed_row(self, order: Order, cards: BySku) -> dict[str, Any]:
        card, size = cards[order.lines[0].sku]
        status, cancelled = FEED_WORDS.get(order.state, ("created", None))
        returns = self._world.returns_of(order.account)
        if any(r.order_id == order.order_id and r.kind == "client" for r in returns):
            status = "return"
        row = {
            "nmId": card.nm_id,
            "chrtId": size.chrt_id,
            "srid": _rid(order),
            "status": status,
            "statusTime": _moscow(order.changed_at).isoformat(timespec="seconds"),
            "isMp": not order.held_there,
        }
        if cancelled is not None:
            row["cancelType"] = cancelled
        return row

    def _stocks_asked(self, call: Call) -> tuple[Callable[[Card, Size], bool], slice]:
        only_query(call.request)
        known: dict[str, Check] = {
            "nmIds": array(whole(1), high=1000),
            "chrtIds": array(whole(1), high=1000),
            "limit": whole(1, 250_000),
            "offset": whole(0),
        }
        body = fields("", read_json(call.request) if call.request.body else {}, known)
        cards, sizes = body.get("nmIds"), body.get("chrtIds")

        def wanted(card: Card, size: Size) -> bool:
            return (not cards or card.nm_id in cards) and (not sizes or size.chrt_id in sizes)

        offset = body.get("offset", 0)
        return wanted, slice(offset, offset + body.get("limit", 250_000))

    def _stocks_report(self, rows: list[dict[str, object]], part: slice) -> Response:
        page = rows[part]
        return json_response(200, {"data": {"items": page}}) if page else Response(204)

    def _seller_stocks(self, call: Call) -> Response:
        wanted, part = self._stocks_asked(call)
        rows: list[dict[str, object]] = []
        for card, size in self._cards.of(call.account).sizes.values():
            for warehouse in call.account.warehouses if wanted(card, size) else ():
                free = call.account.shown[warehouse, size.offer.sku].free
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

    def _wb_stocks(self, call: Call) -> Response:
        """Wildberries' own stock of the seller's goods: never the seller's shelf."""
        wanted, part = self._stocks_asked(call)
        rows: list[dict[str, object]] = [
            {
                "nmId": card.nm_id,
                "chrtId": size.chrt_id,
                "warehouseId": WB_WAREHOUSE,
                "warehouseName": "Склад WB",
                "regionName": "Центральный",
                "quantity": size.offer.held_there,
                "inWayToClient": 0,
                "inWayFromClient": 0,
            }
            for card, size in self._cards.of(call.account).sizes.values()
            if wanted(card, size) and size.offer.held_there
        ]
        return self._stocks_report(rows, part)


# ---------------------------------------------------------------- tokens


def _claims_of(account: Account) -> dict[str, Any]:
    part = account.credentials["token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _may(account: Account, category: int | None, *, writes: bool) -> None:
    """Raise `Wrong` where the token lacks the category, or may not write."""
    mask = int(_claims_of(account)["s"])
    if category is not None and not mask >> category & 1:
        raise Wrong(401, "token scope not allowed")
    if writes and mask >> READ_ONLY_BIT & 1:
        raise Wrong(403, "the token is read only")


# ---------------------------------------------------------------- shapes of errors


def _marketplace_shape(wrong: Wrong) -> Mapping[str, object]:
    code = wrong.code or ("IncorrectRequestBody" if wrong.status == 400 else "IncorrectRequest")
    return {"code": code, "message": wrong.message}


def _content_shape(wrong: Wrong) -> Mapping[str, object]:
    return {"data": None, "error": True, "errorText": wrong.message, "additionalErrors": None}


def _analytics_shape(wrong: Wrong) -> Mapping[str, object]:
    return {
        "title": TITLES.get(wrong.status, "error"),
        "detail": wrong.message,
        "requestId": "7b80f7e6a1",
        "origin": "analytics-open-api",
    }


def _archive_shape(wrong: Wrong) -> Mapping[str, object]:
    where = {"location": "query", "message": wrong.message, "value": None}
    return {**_analytics_shape(wrong), "errors": [where]}


def _dbs_shape(wrong: Wrong) -> Mapping[str, object]:
    return {
        "title": TITLES.get(wrong.status, "error"),
        "detail": {"message": wrong.message},
        "requestId": "7b80f7e6a1",
        "origin": "dbs-public-api",
    }


# ---------------------------------------------------------------- what is asked


def nested_loosely(known: Mapping[str, Check]) -> Check:
    """An object whose known fields are checked and whose other names are let through."""

    def read(where: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(400, f"{where}: an object is due", "IncorrectRequestBody")
        if "sku" in value:
            raise Wrong(400, "stocks are no longer updated by sku", "SKUUploadDisabled")
        return {
            name: known[name](f"{where}.{name}", part) if name in known else part
            for name, part in value.items()
        }

    return read


def _card_settings(call: Call, known: Mapping[str, Check], time: str) -> dict[str, Any]:
    cursor = nested({"limit": whole(1, 100), time: _card_moment, "nmID": whole(0)})
    settings = nested(
        {"sort": nested({"ascending": boolean}), "filter": nested(known), "cursor": cursor}
    )
    body = fields("", read_json(call.request), {"settings": settings}, required=("settings",))
    asked: dict[str, Any] = body["settings"]
    return asked


def _card_moment(where: str, value: Any) -> datetime:
    return moment(where, value).astimezone(UTC)


def _page_asked(request: Request) -> tuple[int, int]:
    only_query(request, "limit", "next", "dateFrom", "dateTo")
    return query_int(request, "limit", 1, 1000), query_int(request, "next", 0, ID_MAX)


def _within(start: int, end: int) -> None:
    """Raise `Wrong` for a period that is reversed or longer than 30 days."""
    if not 0 <= end - start <= WINDOW_MAX.total_seconds():
        raise Wrong(400, "dateFrom and dateTo are 30 days apart at most", "IncorrectParameter")


def _query_day(request: Request, name: str) -> date:
    raw = request.query.get(name, "")
    try:
        day = datetime.strptime(raw, "%Y-%m-%d").replace(tzinfo=MOSCOW).date()
    except ValueError:
        raise Wrong(400, f"{name}: a day like 2026-11-23 is due") from None
    if day.isoformat() != raw:
        raise Wrong(400, f"{name}: a day like 2026-11-23 is due")
    return day


def _served_twice(call: Call) -> bool:
    return call.fault is not None and call.fault.kind == "duplicate_page"


# ---------------------------------------------------------------- what is told


def _pick(words: Sequence[T], number: int) -> T:
    # Two numbers are drawn for an order, so that the last bit of its own hardly changes.
    return words[number // 2 % len(words)]


def _words(order: Order, words: Mapping[str, tuple[tuple[str, str], ...]]) -> tuple[str, str]:
    """Both statuses; a raw one is `supplierStatus`, or both with a stroke between."""
    supplier, own = _pick(words[order.state], order.number)
    if order.status is not None:
        parts = order.status.split("/")
        return parts[0], parts[1] if len(parts) > 1 else own
    return supplier, own


def _rid(order: Order) -> str:
    return f"mp.{order.number:x}.0.0"


def _imt_id(card: Card) -> int:
    return card.nm_id - 100_000_000


def _moscow(when: datetime) -> datetime:
    return when.astimezone(MOSCOW)


def _zoneless(when: datetime | None) -> str | None:
    return None if when is None else f"{_moscow(when):%Y-%m-%dT%H:%M:%S}"


def _seconds(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
