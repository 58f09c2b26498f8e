"""Wildberries seller API as a stock synchroniser meets it; all of its hosts at one address.

Source: dev.wildberries.ru, checked 2026-11-23.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

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
    nested,
    only_query,
    query_int,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.world import Account, Offer, Order, Return, World

MOSCOW = timezone(timedelta(hours=3))

WAREHOUSES = Rate("seller warehouses", 5.0, 20.0, 10.0)
STOCKS = Rate("stocks", 5.0, 20.0, 10.0)
STOCKS_DELETE = Rate("stocks: delete", 1 / 6, 2.0, 10.0)
ORDERS = Rate("FBS orders", 5.0, 20.0, 10.0)
DBS_ORDERS = Rate("DBS orders", 5.0, 20.0, 10.0)
CARDS = Rate("cards list", 1 / 0.6, 5.0)
CONTENT = Rate("content", 1 / 0.6, 5.0)
ITEM_RETURNS = Rate("item-returns", 1 / 60, 10.0)
CLAIMS = Rate("claims", 1 / 3, 10.0)
SELLER_INFO = Rate("seller-info", 1 / 60, 10.0)
PING = Rate("ping", 0.1, 3.0)

AMOUNT_MAX = 100_000
WINDOW_MAX = timedelta(days=30)
LIST_AGE_MAX = timedelta(days=92)
RETURNS_WINDOW_MAX = timedelta(days=31)

# Bits of a token's categories.
CONTENT_BIT, ANALYTICS_BIT, MARKETPLACE_BIT, RETURNS_BIT = 1, 2, 4, 11

# The world's words in those of the seller and of Wildberries.
STATUS_WORDS = {
    "new": ("new", "waiting"),
    "confirmed": ("confirm", "waiting"),
    "packed": ("confirm", "waiting"),
    "shipped": ("complete", "sorted"),
    "delivered": ("complete", "sold"),
    "cancelled": ("cancel", "canceled"),
    "cancelled_away": ("complete", "canceled"),
    "refused": ("complete", "canceled_by_client"),
}
RETURN_WORDS = {
    "moving": "В пути в пвз",
    "arrived": "Готов к выдаче",
    "received": "Выдано",
    "lost": "Утилизирован",
}


class WildberriesFake:
    """Wildberries' door to the world."""

    marketplace = "wildberries"

    def __init__(self, world: World) -> None:
        self._world = world
        get: dict[str, tuple[Handler, Rate]] = {
            "/ping": (self._ping, PING),
            "/api/v1/seller-info": (self._seller, SELLER_INFO),
            "/api/v3/warehouses": (self._warehouses, WAREHOUSES),
            "/api/v3/orders/new": (self._new, ORDERS),
            "/api/v3/orders": (self._orders, ORDERS),
            "/api/v3/supplies/orders/reshipment": (self._reshipment, ORDERS),
            "/api/marketplace/v3/fbs/orders/archive": (self._archive, ORDERS),
            "/api/v3/dbs/orders/new": (self._no_orders, DBS_ORDERS),
            "/api/v3/dbs/orders": (self._no_orders, DBS_ORDERS),
            "/api/analytics/v1/item-returns": (self._returns, ITEM_RETURNS),
            "/api/v1/claims": (self._claims, CLAIMS),
        }
        post: dict[str, tuple[Handler, Rate]] = {
            "/content/v2/get/cards/list": (self._cards, CARDS),
            "/content/v2/get/cards/trash": (self._trash, CONTENT),
            "/api/v3/stocks/{warehouse}": (self._read, STOCKS),
            "/api/v3/orders/status": (self._statuses, ORDERS),
            "/api/marketplace/v3/dbs/orders/status/info": (self._dbs_statuses, DBS_ORDERS),
        }
        self.routes = (
            *(Route("GET", path, how, (rate,)) for path, (how, rate) in get.items()),
            *(Route("POST", path, how, (rate,)) for path, (how, rate) in post.items()),
            Route("PUT", "/api/v3/stocks/{warehouse}", self._write, (STOCKS,)),
            Route("DELETE", "/api/v3/stocks/{warehouse}", self._delete, (STOCKS_DELETE,)),
        )

    # ------------------------------------------------------------ envelope

    def authenticate(self, request: Request) -> Account:
        """The token, raw or as Bearer."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for account in self._world.accounts.values():
            if account.marketplace == self.marketplace and account.credentials["token"] == token:
                self._may(request, token)
                return account
        raise Wrong(401, "token problem; the token is malformed or unknown")

    def _may(self, request: Request, token: str) -> None:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        if claims["exp"] < self._world.now().timestamp():
            raise Wrong(401, "token expired")
        path, bits = request.path, claims["s"]
        needed = MARKETPLACE_BIT
        if path.startswith("/content/"):
            needed = CONTENT_BIT
        elif path.startswith("/api/analytics/"):
            needed = ANALYTICS_BIT
        elif path == "/api/v1/claims":
            needed = RETURNS_BIT
        elif path in ("/ping", "/api/v1/seller-info"):
            return
        if not bits >> needed & 1:
            raise Wrong(403, "token scope not allowed")
        if bits >> 30 & 1 and request.method in ("PUT", "DELETE", "PATCH"):
            raise Wrong(403, "token is read only")

    def error(self, wrong: Wrong) -> Response:
        """The gateway's shape for keys and limits, the marketplace's for the rest."""
        if wrong.status in (401, 403, 429):
            return self._problem(wrong.status, wrong.message)
        return json_response(
            wrong.status, {"code": wrong.code or "IncorrectRequest", "message": wrong.message}
        )

    def _problem(self, status: int, detail: str, **headers: str) -> Response:
        titles = {401: "unauthorized", 403: "forbidden", 429: "too many requests"}
        answer = json_response(
            status,
            {
                "title": titles.get(status, "error"),
                "detail": detail,
                "code": "07e4668e--sandbox",
                "requestId": "0",
                "origin": "s2s-api-auth-marketplace",
                "status": status,
                "statusText": titles.get(status, "error"),
                "timestamp": self._world.now().isoformat(),
            },
            **headers,
        )
        answer.headers["Content-Type"] = "application/problem+json"
        return answer

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """429 with the bucket's headers; whole seconds at speed 1."""
        del call
        return self._problem(
            429,
            f"limit of {rate.group}",
            X_Ratelimit_Retry=self._seconds(retry_s),
            X_Ratelimit_Limit=str(int(rate.burst)),
            X_Ratelimit_Reset=self._seconds(reset_s),
        )

    def _seconds(self, seconds: float) -> str:
        """Compressed time has no whole seconds."""
        return f"{seconds:.3f}" if self._world.speed > 1 else str(int(-(-seconds // 1)))

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Normal answers tell the tokens left."""
        del rate, reset_s
        response.headers.setdefault("X-Ratelimit-Remaining", str(int(remaining)))

    # ------------------------------------------------------------ identity and places

    def _ping(self, call: Call) -> Response:
        only_query(call.request)
        return json_response(200, {"TS": self._world.now().isoformat(), "Status": "OK"})

    def _seller(self, call: Call) -> Response:
        only_query(call.request)
        name = f"Sandbox seller {call.account.number}"
        sid = f"00000000-0000-4000-8000-{call.account.number:012}"
        return json_response(
            200, {"name": name, "sid": sid, "tin": "0", "tradeMark": name, "country": "RU"}
        )

    def _warehouses(self, call: Call) -> Response:
        only_query(call.request)
        return json_response(
            200,
            [
                {
                    "id": warehouse,
                    "name": f"Склад {warehouse % 100}",
                    "officeId": 15,
                    "cargoType": 1,
                    "deliveryType": 1,
                    "isDeleting": False,
                    "isProcessing": False,
                }
                for warehouse in call.account.warehouses
            ],
        )

    # ------------------------------------------------------------ cards

    def _cards(self, call: Call) -> Response:
        if set(call.request.query) - {"locale"}:
            raise Wrong(400, "unknown parameter")
        only = nested(
            {
                "withPhoto": whole(-1, 2),
                "textSearch": text,
                "tagIDs": array(whole()),
                "objectIDs": array(whole()),
                "brands": array(text),
                "imtID": whole(),
                "allowedCategoriesOnly": boolean,
            }
        )
        cursor = nested({"limit": whole(1, 100), "updatedAt": text, "nmID": whole()})
        settings = nested(
            {"sort": nested({"ascending": boolean}), "filter": only, "cursor": cursor}
        )
        asked = fields("", read_json(call.request), {"settings": settings}, required=("settings",))
        asked = asked["settings"]
        cards = self._by_card(call.account)
        ascending = asked.get("sort", {}).get("ascending", False)
        rows = sorted(cards.items(), key=lambda c: c[1][0].number, reverse=not ascending)
        at = asked.get("cursor", {})
        if ("updatedAt" in at) != ("nmID" in at):
            raise Wrong(400, "updatedAt and nmID go together")
        told = [self._card(name, offers) for name, offers in rows]
        if "nmID" in at:
            place = next((n for n, c in enumerate(told) if c["nmID"] == at["nmID"]), None)
            if place is None or told[place]["updatedAt"] != at["updatedAt"]:
                raise Wrong(400, "the cursor is not one that was given")
            told = told[place + 1 :]
        page = told[: at.get("limit", 10)]
        end: dict[str, Any] = {"total": len(page)}
        if page:
            end |= {"updatedAt": page[-1]["updatedAt"], "nmID": page[-1]["nmID"]}
        if call.fault is not None and call.fault.kind == "duplicate_page" and "nmID" in at:
            end |= {"updatedAt": at["updatedAt"], "nmID": at["nmID"]}
        return json_response(200, {"cards": page, "cursor": end})

    def _trash(self, call: Call) -> Response:
        cursor = nested({"limit": whole(1, 100), "trashedAt": text, "nmID": whole()})
        only = nested({"textSearch": text})
        settings = nested(
            {"sort": nested({"ascending": boolean}), "filter": only, "cursor": cursor}
        )
        fields("", read_json(call.request), {"settings": settings}, required=("settings",))
        return json_response(200, {"cards": [], "cursor": {"total": 0}})

    def _by_card(self, account: Account) -> dict[str, list[Offer]]:
        cards: dict[str, list[Offer]] = {}
        for offer in account.offers.values():
            cards.setdefault(offer.sku.split("/")[0], []).append(offer)
        return cards

    def _card(self, name: str, offers: list[Offer]) -> dict[str, Any]:
        number = offers[0].number
        return {
            "nmID": _nm_id(offers[0]),
            "imtID": 117000000 + number,
            "vendorCode": name,
            "title": self._world.products[offers[0].sku].name,
            "brand": "Sandbox",
            "needKiz": False,
            "sizes": [
                {
                    "chrtID": _chrt_id(offer),
                    "techSize": offer.sku.partition("/")[2] or "0",
                    "wbSize": "",
                    "skus": list(self._world.products[offer.sku].barcodes),
                }
                for offer in offers
            ],
            "createdAt": "2026-08-01T09:00:00Z",
            # Bulk uploads share one moment; trailing zeros of the fraction are cut.
            "updatedAt": f"2026-09-01T00:{number // 20 % 60:02}:00.96577Z",
        }

    # ------------------------------------------------------------ stock

    def _place(self, call: Call) -> int:
        named = call.parts["warehouse"]
        if not named.isdigit() or int(named) not in call.account.warehouses:
            raise Wrong(404, f"warehouse {named} not found", "NotFound")
        return int(named)

    def _read(self, call: Call) -> Response:
        place = self._place(call)
        known: dict[str, Check] = {"chrtIds": array(whole(1), low=1, high=1000)}
        asked = fields("", read_json(call.request), known, required=("chrtIds",))
        sizes = self._sizes(call.account)
        rows = []
        for chrt_id in asked["chrtIds"]:
            offer = sizes.get(chrt_id)
            shown = call.account.shown[place, offer.sku] if offer is not None else None
            if shown is not None and shown.free is not None:
                rows.append({"chrtId": chrt_id, "amount": shown.free})
        return json_response(200, {"stocks": rows})

    def _sizes(self, account: Account) -> dict[int, Offer]:
        return {_chrt_id(o): o for o in account.offers.values()}

    def _write(self, call: Call) -> Response:
        place = self._place(call)
        body = read_json(call.request)
        rows = body.get("stocks") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not 1 <= len(rows) <= 1000:
            raise Wrong(400, "stocks: 1..1000 items", "IncorrectRequestBody")
        sizes = self._sizes(call.account)
        complaints: dict[str, list[dict[str, Any]]] = {}
        taken: dict[int, int] = {}
        strange = 0
        for row in rows:
            if not isinstance(row, dict):
                raise Wrong(400, "stocks: objects are due", "IncorrectRequestBody")
            if "sku" in row:
                raise Wrong(400, "uploading by sku is switched off", "SKUUploadDisabled")
            if set(row) != {"chrtId", "amount"}:
                # Names are not checked: 204, and nothing is changed.
                strange += 1
                continue
            chrt_id, amount = whole(1)("chrtId", row["chrtId"]), whole(0)("amount", row["amount"])
            item = {"sku": "", "chrtId": chrt_id, "amount": amount}
            if chrt_id not in sizes:
                complaints.setdefault("NotFound", []).append(item)
            elif amount > AMOUNT_MAX:
                complaints.setdefault("UploadDataLimit", []).append(item)
            if chrt_id in taken:
                raise Wrong(400, f"chrtId {chrt_id} twice", "IncorrectRequestBody")
            taken[chrt_id] = amount
        self._refuse_some(call, taken, complaints)
        if complaints:
            answer = json_response(
                409, [{"code": c, "message": c, "data": rows} for c, rows in complaints.items()]
            )
            answer.breach = None if call.fault is not None else f"409 {', '.join(complaints)}"
            return answer
        if call.fault is None or call.fault.kind != "ignore_write":
            for chrt_id, amount in taken.items():
                self._world.show(call.account.name, place, sizes[chrt_id].sku, amount)
        breach = f"{strange} items with names that the contract does not have" if strange else None
        return Response(204, breach=breach)

    def _refuse_some(
        self, call: Call, taken: dict[int, int], complaints: dict[str, list[dict[str, Any]]]
    ) -> None:
        if call.fault is None or call.fault.kind != "refuse_items":
            return
        some = list(taken.items())[: max(1, round(len(taken) * call.fault.share))]
        complaints["CargoWarehouseRestrictionSGT"] = [
            {"sku": "", "chrtId": chrt_id, "amount": amount} for chrt_id, amount in some
        ]

    def _delete(self, call: Call) -> Response:
        place = self._place(call)
        known: dict[str, Check] = {"chrtIds": array(whole(1), low=1, high=1000)}
        asked = fields("", read_json(call.request), known, required=("chrtIds",))
        sizes = self._sizes(call.account)
        for chrt_id in asked["chrtIds"]:
            if chrt_id not in sizes:
                raise Wrong(404, "not found", "NotFound")
            call.account.shown[place, sizes[chrt_id].sku].free = None
        return Response(204)

    # ------------------------------------------------------------ orders

    def _of(self, call: Call) -> list[Order]:
        """Orders of the seller's own warehouses: those of Wildberries' are in no list."""
        return [o for o in self._world.visible_orders(call.account.name) if not o.held_there]

    def _new(self, call: Call) -> Response:
        only_query(call.request)
        rows = [self._told(call.account, o) for o in self._of(call) if o.state == "new"]
        return json_response(200, {"orders": rows})

    def _orders(self, call: Call) -> Response:
        request = call.request
        only_query(request, "limit", "next", "dateFrom", "dateTo")
        limit, after = query_int(request, "limit", 1, 1000), query_int(request, "next", 0, 2**62)
        now = self._world.now()
        latest = int((now + timedelta(days=2)).timestamp())
        start = query_int(request, "dateFrom", 0, latest, int((now - WINDOW_MAX).timestamp()))
        end = query_int(request, "dateTo", 0, 2**33, int(now.timestamp()) + 1)
        if end < start or timedelta(seconds=end - start) > WINDOW_MAX:
            raise Wrong(400, "at most 30 days in one request", "IncorrectParameter")
        rows = [
            o
            for o in self._of(call)
            if start <= o.created_at.timestamp() <= end
            and now - o.created_at <= LIST_AGE_MAX
            and int(o.order_id) > after
        ]
        rows.sort(key=lambda o: o.number)
        page = rows[:limit]
        told = [self._told(call.account, o, supply=True) for o in page]
        following = int(page[-1].order_id) if page else 0
        if call.fault is not None and call.fault.kind == "duplicate_page" and after:
            following = after
        return json_response(200, {"next": following, "orders": told})

    def _archive(self, call: Call) -> Response:
        request = call.request
        only_query(request, "year", "month", "next", "limit")
        year, month = query_int(request, "year", 2000, 2100), query_int(request, "month", 1, 12)
        limit, after = (
            query_int(request, "limit", 100, 1000),
            query_int(request, "next", 0, 2**62, 0),
        )
        now = self._world.now()
        rows = [
            o
            for o in self._of(call)
            if (o.created_at.year, o.created_at.month) == (year, month)
            and now - o.created_at > LIST_AGE_MAX
            and int(o.order_id) > after
        ]
        page = rows[:limit]
        told = []
        for order in page:
            supplier, own = self._words(order)
            row = self._told(call.account, order)
            product = {k: row.pop(k) for k in ("article", "chrtId", "nmId", "skus")}
            status = {"supplierStatus": supplier, "wbStatus": own}
            told.append({**row, "product": product, "status": status})
        more = len(rows) > len(page)
        following = int(page[-1].order_id) if more else None
        return json_response(200, {"next": following, "orders": told})

    def _reshipment(self, call: Call) -> Response:
        only_query(call.request)
        return json_response(200, {"orders": []})

    def _no_orders(self, call: Call) -> Response:
        del call
        return json_response(200, {"next": 0, "orders": []})

    def _told(self, account: Account, order: Order, *, supply: bool = False) -> dict[str, Any]:
        offer = account.offers[order.lines[0].sku]
        row = {
            "id": int(order.order_id),
            "rid": f"mp.{order.number:x}.0.0",
            "orderUid": f"165918930_{order.basket:x}",
            "createdAt": _seconds(order.created_at),
            "article": offer.sku.split("/")[0],
            "nmId": _nm_id(self._by_card(account)[offer.sku.split("/")[0]][0]),
            "chrtId": _chrt_id(offer),
            "skus": list(self._world.products[offer.sku].barcodes),
            "warehouseId": order.warehouse,
            "officeId": 15,
            "deliveryType": "fbs",
            "isZeroOrder": False,
            "price": 101400,
            "currencyCode": 643,
            "cargoType": 1,
            "crossBorderType": 0,
            "options": {"isB2B": False},
        }
        if supply and order.state not in ("new", "cancelled"):
            row["supplyId"] = f"WB-GI-{order.basket}"
        return row

    def _words(self, order: Order) -> tuple[str, str]:
        supplier, own = STATUS_WORDS[order.state]
        if order.status is not None:
            supplier, _, given = order.status.partition("/")
            own = given or own
        return supplier, own

    def _statuses(self, call: Call) -> Response:
        known: dict[str, Check] = {"orders": array(whole(1), low=1, high=1000)}
        asked = fields("", read_json(call.request), known, required=("orders",))
        by_id = {int(o.order_id): o for o in self._of(call)}
        rows = []
        for order_id in asked["orders"]:
            order = by_id.get(order_id)
            if order is None:
                continue
            supplier, own = self._words(order)
            rows.append(
                {
                    "id": order_id,
                    "supplierStatus": supplier,
                    "wbStatus": own,
                    "isCancellable": order.on_shelf,
                    "isTransferable": order.state == "shipped",
                }
            )
        return json_response(200, {"orders": rows})

    def _dbs_statuses(self, call: Call) -> Response:
        known: dict[str, Check] = {"ordersIds": array(whole(1), low=1, high=1000)}
        asked = fields("", read_json(call.request), known, required=("ordersIds",))
        missing = [{"code": 404, "detail": "NotFound"}]
        rows = [{"orderId": i, "errors": missing} for i in asked["ordersIds"]]
        return json_response(200, {"orders": rows})

    # ------------------------------------------------------------ what comes back

    def _returns(self, call: Call) -> Response:
        request = call.request
        only_query(request, "dateFrom", "dateTo", "status", "limit", "offset")
        start, end = _day(request, "dateFrom"), _day(request, "dateTo")
        if end < start or end - start > RETURNS_WINDOW_MAX:
            raise Wrong(400, "at most 31 days in one request")
        limit, offset = (
            query_int(request, "limit", 0, 1000, 1000),
            query_int(request, "offset", 0, 2**31, 0),
        )
        found = [
            r
            for r in self._world.returns_of(call.account.name)
            if start.date() <= r.created_at.astimezone(MOSCOW).date() <= end.date()
        ]
        if not found:
            return Response(204)
        page = found[offset : offset + limit]
        return json_response(
            200, {"count": len(found), "report": [self._told_return(call.account, r) for r in page]}
        )

    def _told_return(self, account: Account, item: Return) -> dict[str, Any]:
        offer = account.offers[item.sku]
        order = self._world.orders[account.name, item.order_id]
        return {
            "orderId": int(item.order_id),
            "srid": f"mp.{item.number:x}.r",
            "nmId": _nm_id(offer),
            "sku": self._world.products[item.sku].barcodes[0],
            "techSize": offer.sku.partition("/")[2] or "0",
            "shkId": 23000000000 + item.number,
            "stickerId": str(33000000000 + item.number),
            "returnType": "Возврат заблокированного товара",
            "returnStatus": RETURN_WORDS[item.state],
            "orderDt": f"{order.created_at.astimezone(MOSCOW):%Y-%m-%d}",
            "readyToReturnDt": _zoneless(item.changed_at) if item.state == "arrived" else None,
            "expiredDt": None,
            "completedDt": _zoneless(item.received_at) if item.received_at else None,
            "dstOfficeId": 310105,
            "dstOfficeAddress": "Подольск",
            "brand": "Sandbox",
            "subjectName": "Товары",
            "kiz": None,
        }

    def _claims(self, call: Call) -> Response:
        only_query(call.request, "is_archive", "id", "limit", "offset", "nm_id")
        if call.request.query.get("is_archive") not in ("true", "false"):
            raise Wrong(400, "is_archive is required")
        return json_response(200, {"claims": [], "total": 0})


def _day(request: Request, name: str) -> datetime:
    try:
        return datetime.strptime(request.query.get(name, ""), "%Y-%m-%d").replace(tzinfo=MOSCOW)
    except ValueError:
        raise Wrong(400, f"{name}: a day like 2026-11-23 is due") from None


def _zoneless(when: datetime) -> str:
    return f"{when.astimezone(MOSCOW):%Y-%m-%dT%H:%M:%S}"


def _seconds(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _nm_id(offer: Offer) -> int:
    return 217000000 + offer.number


def _chrt_id(offer: Offer) -> int:
    return 501000000 + offer.number
