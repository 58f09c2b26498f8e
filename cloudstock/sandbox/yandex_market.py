"""Yandex.Market Partner API as a stock synchroniser meets it.

Source: yandex.ru/dev/market/partner-api, checked 2026-11-23.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime
from math import ceil
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
    one_of,
    only_query,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.world import Account, Offer, Order, Return, Shown, World

T = TypeVar("T")

MOSCOW = timezone(timedelta(hours=3))
BODY_MAX = 512 * 1024
COUNT_MAX = 2_000_000_000
VALUE_AGE_MAX = timedelta(days=1)
CREATION_SPAN_MAX = timedelta(days=30)

CAMPAIGNS = Rate("campaigns", 1000 / 3600, 1000)
WAREHOUSES = Rate("business warehouses", 100 / 3600, 100)
MARKET_WAREHOUSES = Rate("market warehouses", 100 / 3600, 100)
MAPPINGS = Rate("offer-mappings", 100 / 60, 100)
OFFERS = Rate("campaign offers", 1000 / 60, 1000)
STOCKS_READ = Rate("stocks read", 1000 / 60, 1000)
STOCKS_READ_V3 = Rate("stocks read v3", 500 / 60, 500)
STOCKS_WRITE = Rate("stocks write", 50 / 60, 50)
STOCKS_WRITE_V3 = Rate("stocks write v3", 50 / 60, 50)
ORDERS = Rate("business orders", 10000 / 3600, 10000)
RETURNS = Rate("campaign returns", 5000 / 3600, 5000)
ONE_RETURN = Rate("one return", 7000 / 3600, 7000)
TOKEN = Rate("auth token", 100 / 60, 100)

STATUS_WORDS = {
    "new": ("PROCESSING", "STARTED"),
    "confirmed": ("PROCESSING", "STARTED"),
    "packed": ("PROCESSING", "READY_TO_SHIP"),
    "shipped": ("DELIVERY", "DELIVERY_SERVICE_RECEIVED"),
    "delivered": ("DELIVERED", "DELIVERY_SERVICE_DELIVERED"),
    "cancelled": ("CANCELLED", "USER_CHANGED_MIND"),
    "cancelled_away": ("CANCELLED", "DELIVERY_SERVICE_UNDELIVERED"),
    "refused": ("CANCELLED", "USER_REFUSED_PRODUCT"),
}
SHIPMENT_WORDS = {
    "moving": "IN_TRANSIT",
    "arrived": "READY_FOR_PICKUP",
    "received": "PICKED",
    "lost": "LOST",
}
PROGRAMS = ("FBY", "FBS", "DBS", "EXPRESS", "LAAS")
STATUSES = (
    "PLACING",
    "RESERVED",
    "UNPAID",
    "PENDING",
    "PROCESSING",
    "DELIVERY",
    "PICKUP",
    "DELIVERED",
    "CANCELLED",
    "PARTIALLY_RETURNED",
    "RETURNED",
    "UNKNOWN",
)


class YandexMarketFake:
    """Yandex.Market's door to the world."""

    marketplace = "yandex_market"

    def __init__(self, world: World) -> None:
        self._world = world
        c, b = "/v2/campaigns/{campaign}", "/v2/businesses/{business}"
        v3 = "/v3/businesses/{business}"
        methods: tuple[tuple[str, str, Handler, Rate], ...] = (
            ("POST", "/v2/auth/token", self._token, TOKEN),
            ("GET", "/v2/campaigns", self._campaigns, CAMPAIGNS),
            ("GET", "/v2/warehouses", self._market_warehouses, MARKET_WAREHOUSES),
            ("POST", f"{b}/warehouses", self._warehouses, WAREHOUSES),
            ("POST", f"{v3}/warehouses", self._warehouses_v3, WAREHOUSES),
            ("POST", f"{b}/offer-mappings", self._mappings, MAPPINGS),
            ("POST", f"{c}/offers", self._offers, OFFERS),
            ("POST", f"{c}/offers/stocks", self._read, STOCKS_READ),
            ("PUT", f"{c}/offers/stocks", self._write, STOCKS_WRITE),
            ("POST", f"{v3}/offers/stocks", self._read_v3, STOCKS_READ_V3),
            ("POST", f"{v3}/offers/stocks/update", self._write_v3, STOCKS_WRITE_V3),
            ("POST", "/v1/businesses/{business}/orders", self._orders, ORDERS),
            ("GET", f"{c}/returns", self._returns, RETURNS),
            ("GET", f"{c}/orders/{{order}}/returns/{{return_id}}", self._one_return, ONE_RETURN),
            ("GET", f"{c}/orders", self._dying, ORDERS),
            ("GET", f"{b}/warehouses", self._dying, WAREHOUSES),
        )
        self.routes = tuple(Route(m, path, how, (rate,)) for m, path, how, rate in methods)

    # ------------------------------------------------------------ envelope

    def authenticate(self, request: Request) -> Account:
        """The Api-Key, and that what the path names is its own."""
        key = request.headers.get("api-key")
        if key is None:
            raise Wrong(401, "Credentials are not specified", "UNAUTHORIZED")
        if len(request.body) > BODY_MAX:
            raise Wrong(400, "The request is too big", "BAD_REQUEST")
        account = next(
            (
                a
                for a in self._world.accounts.values()
                if a.marketplace == self.marketplace and a.credentials["api_key"] == key
            ),
            None,
        )
        if account is None:
            raise Wrong(401, "Api-Key token is invalid", "UNAUTHORIZED")
        business = re.search(r"/businesses/([^/]+)", request.path)
        if business and business[1] != account.credentials["business_id"]:
            raise Wrong(403, "Access denied", "FORBIDDEN")
        campaign = re.search(r"/campaigns/([^/]+)", request.path)
        own = account.credentials["campaign_id"]
        if campaign and campaign[1] not in (own, str(int(own) + 1)):
            raise Wrong(404, f"Campaign not found: {campaign[1]}", "NOT_FOUND")
        return account

    def error(self, wrong: Wrong) -> Response:
        """The envelope of errors."""
        codes = {400: "BAD_REQUEST", 404: "NOT_FOUND", 420: "LIMIT_EXCEEDED"}
        code = wrong.code or codes.get(wrong.status, "ERROR")
        errors = [{"code": code, "message": wrong.message}]
        return json_response(wrong.status, {"status": "ERROR", "errors": errors})

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """420, with the moment from which it goes on, in whole seconds."""
        del reset_s, call
        answer = self.error(
            Wrong(420, f"Hit rate limit of {rate.burst:g} requests for resource {rate.group}")
        )
        until = self._world.now() + timedelta(seconds=ceil(retry_s))
        answer.headers["X-RateLimit-Resource-Limit"] = f"{rate.burst:g}"
        answer.headers["X-RateLimit-Resource-Remaining"] = "0"
        answer.headers["X-RateLimit-Resource-Until"] = format_datetime(until, usegmt=True)
        return answer

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Every answer tells its resource's limit."""
        until = self._world.now() + timedelta(seconds=ceil(reset_s))
        response.headers.setdefault("X-RateLimit-Resource-Limit", f"{rate.burst:g}")
        response.headers.setdefault("X-RateLimit-Resource-Remaining", f"{remaining:g}")
        response.headers.setdefault(
            "X-RateLimit-Resource-Until", format_datetime(until, usegmt=True)
        )

    def _dying(self, call: Call) -> Response:
        """Still answered, but nobody should ask any more."""
        answer = json_response(200, {"orders": [], "paging": {}})
        answer.breach = f"deprecated: {call.request.method} {call.request.path}"
        return answer

    # ------------------------------------------------------------ identity and places

    def _token(self, call: Call) -> Response:
        only_query(call.request)
        key = {"name": f"sandbox-{call.account.number}", "authScopes": ["all-methods"]}
        return _ok({"apiKey": key})

    def _campaigns(self, call: Call) -> Response:
        only_query(call.request, "pageToken", "limit", "page", "pageSize")
        own = call.account.credentials
        business = {"id": int(own["business_id"]), "name": f"Sandbox {call.account.number}"}
        rows = [
            {
                "id": int(own["campaign_id"]) + n,
                "domain": f"Sandbox {placement}",
                "business": business,
                "placementType": placement,
                "apiAvailability": "AVAILABLE",
            }
            for n, placement in enumerate(("FBS", "FBY"))
        ]
        return json_response(200, {"campaigns": rows, "paging": {}})

    def _market_warehouses(self, call: Call) -> Response:
        only_query(call.request, "campaignId")
        return _ok({"warehouses": [{"id": 172, "name": "Яндекс.Маркет (Царицыно)"}]})

    def _warehouses(self, call: Call) -> Response:
        only_query(call.request, "pageToken", "limit")
        known: dict[str, Check] = {
            "components": array(one_of("ADDRESS", "STATUS"), low=1, unique=True),
            "campaignIds": array(whole(1), low=1, high=25, unique=True),
        }
        asked = fields("", _optional(call.request), known)
        campaign = int(call.account.credentials["campaign_id"])
        rows = []
        for warehouse in call.account.warehouses:
            if campaign not in asked.get("campaignIds", [campaign]):
                continue
            row: dict[str, Any] = {
                "id": warehouse,
                "name": "Main",
                "campaignId": campaign,
                "express": False,
            }
            if call.account.group is not None:
                row["groupInfo"] = {"id": 1, "name": call.account.group}
            if "STATUS" in asked.get("components", ()):
                row["status"] = {"status": "OTHER"}
            rows.append(row)
        return _ok({"warehouses": rows, "paging": {}})

    def _warehouses_v3(self, call: Call) -> Response:
        only_query(call.request, "pageToken", "limit", "page_token")
        self._no_groups(call.account)
        known: dict[str, Check] = {
            "warehouseIds": array(whole(1), low=1, unique=True),
            "components": array(one_of("ADDRESS"), low=1, unique=True),
        }
        asked = fields("", _optional(call.request), known)
        model = {"placementType": "FBS", "apiAvailability": "AVAILABLE"}
        rows = [
            {"id": w, "name": "Main", "models": [model]}
            for w in call.account.warehouses
            if w in asked.get("warehouseIds", [w])
        ]
        return _ok({"warehouses": rows, "paging": {}})

    def _no_groups(self, account: Account) -> None:
        if account.group is not None:
            raise Wrong(400, "the cabinet has warehouse groups: use v2")

    # ------------------------------------------------------------ catalog

    def _mappings(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "offerIds": array(text, low=1, high=100, unique=True),
            "cardStatuses": array(text, low=1, unique=True),
            "categoryIds": array(whole(1), low=1, unique=True),
            "vendorNames": array(text, low=1, unique=True),
            "tags": array(text, low=1, unique=True),
            "archived": boolean,
        }
        only_query(call.request, "pageToken", "page_token", "limit", "language")
        asked = fields("", _optional(call.request), known)
        alone = "offerIds" in asked and (len(asked) > 1 or "pageToken" in call.request.query)
        if alone:
            raise Wrong(400, "offerIds goes alone")
        campaign = int(call.account.credentials["campaign_id"])
        offers = [
            o
            for o in call.account.offers.values()
            if (o.sku in asked["offerIds"] if "offerIds" in asked else None)
            or ("offerIds" not in asked and o.archived == asked.get("archived", False))
        ]
        page, token = _page(call, offers, default=50, most=100)
        rows = [
            {
                "offer": {
                    "offerId": o.sku,
                    "name": self._world.products[o.sku].name,
                    "barcodes": list(self._world.products[o.sku].barcodes),
                    "archived": o.archived,
                    "cardStatus": "HAS_CARD_CAN_NOT_UPDATE",
                    "campaigns": [{"campaignId": campaign, "status": _offer_status(o)}],
                },
                "mapping": {"marketSku": 100000000 + o.number},
            }
            for o in page
        ]
        return _ok({"paging": token, "offerMappings": rows})

    def _offers(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "offerIds": array(text, low=1, high=200, unique=True),
            "statuses": array(text, low=1, unique=True),
            "categoryIds": array(whole(1), low=1, unique=True),
            "vendorNames": array(text, low=1, unique=True),
            "tags": array(text, low=1, unique=True),
        }
        only_query(call.request, "pageToken", "page_token", "limit")
        asked = fields("", read_json(call.request), known)
        if "offerIds" in asked and len(asked) > 1:
            raise Wrong(400, "offerIds goes alone")
        offers = [
            o
            for o in call.account.offers.values()
            if o.sku in asked.get("offerIds", [o.sku])
            and _offer_status(o) in asked.get("statuses", [_offer_status(o)])
        ]
        page, token = _page(call, offers, default=100, most=200)
        rows = [{"offerId": o.sku, "status": _offer_status(o)} for o in page]
        return _ok({"paging": token, "offers": rows})

    # ------------------------------------------------------------ stock, read

    def _read(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "stocksWarehouseId": whole(1),
            "archived": boolean,
            "offerIds": array(text, low=1, high=500, unique=True),
            "hasStocks": boolean,
            "withTurnover": boolean,
        }
        only_query(call.request, "pageToken", "page_token", "limit")
        asked = fields("", _optional(call.request), known)
        if asked.get("withTurnover") or "hasStocks" in asked:
            raise Wrong(400, "for FBY and LaaS only")
        offers = self._chosen(call, asked)
        paged = "offerIds" not in asked
        page, token = _page(call, offers, default=50, most=100) if paged else (offers, {})
        rows = []
        for warehouse in call.account.warehouses:
            if asked.get("stocksWarehouseId") in (None, warehouse):
                told = [self._stock(call.account, warehouse, o) for o in page]
                rows.append({"warehouseId": warehouse, "offers": told})
        # Unclaimed returns lie in a warehouse of Market's own.
        unclaimed = [o for o in page if o.held_there]
        if unclaimed:
            held = [
                {"offerId": o.sku, "stocks": [{"type": "FIT", "count": o.held_there}]}
                for o in unclaimed
            ]
            rows.append({"warehouseId": 172, "offers": held})
        return _ok({"paging": token, "warehouses": rows})

    def _read_v3(self, call: Call) -> Response:
        self._no_groups(call.account)
        known: dict[str, Check] = {
            "partnerWarehouseId": whole(1),
            "archived": boolean,
            "offerIds": array(text, low=1, high=500, unique=True),
        }
        only_query(call.request, "pageToken", "page_token", "limit")
        asked = fields("", read_json(call.request), known, required=("partnerWarehouseId",))
        warehouse = asked["partnerWarehouseId"]
        if warehouse not in call.account.warehouses:
            raise Wrong(404, f"Warehouse not found: {warehouse}")
        offers = self._chosen(call, asked)
        paged = "offerIds" not in asked
        page, token = _page(call, offers, default=50, most=100) if paged else (offers, {})
        told = [self._stock(call.account, warehouse, o) for o in page]
        return _ok({"partnerWarehouseId": warehouse, "offers": told, "paging": token})

    def _chosen(self, call: Call, asked: dict[str, Any]) -> list[Offer]:
        everything = call.account.offers.values()
        if "offerIds" in asked:
            if "archived" in asked or "pageToken" in call.request.query:
                raise Wrong(400, "offerIds goes without archived and paging")
            return [o for o in everything if o.sku in asked["offerIds"]]
        return [o for o in everything if o.archived == asked.get("archived", False)]

    def _stock(self, account: Account, warehouse: int, offer: Offer) -> dict[str, Any]:
        shown = account.shown[warehouse, offer.sku]
        free = self._world.told_free(shown)
        if free is None:
            return {"offerId": offer.sku, "stocks": []}
        # A type that is absent is zero.
        counts = (("FIT", free + shown.reserved), ("FREEZE", shown.reserved), ("AVAILABLE", free))
        told: dict[str, Any] = {
            "offerId": offer.sku,
            "stocks": [{"type": kind, "count": n} for kind, n in counts if n],
        }
        if shown.written_at is not None:
            told["updatedAt"] = _local(shown.written_at)
        return told

    # ------------------------------------------------------------ stock, write

    def _write(self, call: Call) -> Response:
        item = nested({"count": whole(0, COUNT_MAX), "updatedAt": moment}, required=("count",))
        row = nested({"sku": text, "items": array(item, low=1, high=1)}, required=("sku", "items"))
        asked = fields(
            "", read_json(call.request), {"skus": array(row, low=1, high=2000)}, required=("skus",)
        )
        warehouse = call.account.warehouses[0]
        if call.parts["campaign"] != call.account.credentials["campaign_id"]:
            raise Wrong(400, "Campaign type is not allowed")
        rows = [
            (r["sku"], warehouse, r["items"][0]["count"], r["items"][0].get("updatedAt"))
            for r in asked["skus"]
        ]
        return self._take(call, rows)

    def _write_v3(self, call: Call) -> Response:
        self._no_groups(call.account)
        row = nested(
            {
                "sku": text,
                "partnerWarehouseId": whole(1),
                "count": whole(0, COUNT_MAX),
                "updatedAt": moment,
            },
            required=("sku", "partnerWarehouseId", "count"),
        )
        known: dict[str, Check] = {"skuItems": array(row, low=1, high=2000)}
        asked = fields("", read_json(call.request), known, required=("skuItems",))
        rows = [
            (r["sku"], r["partnerWarehouseId"], r["count"], r.get("updatedAt"))
            for r in asked["skuItems"]
        ]
        return self._take(call, rows)

    def _take(self, call: Call, rows: Sequence[tuple[str, int, int, datetime | None]]) -> Response:
        """All or nothing: a batch with one wrong item is not applied."""
        account, now = call.account, self._world.now()
        refuse = call.fault is not None and call.fault.kind == "refuse_items"
        seen = set()
        for n, (sku, warehouse, _, value_at) in enumerate(rows):
            if (sku, warehouse) in seen:
                raise Wrong(400, f"Duplicate shop-sku '{sku}' for warehouse {warehouse}")
            seen.add((sku, warehouse))
            if warehouse not in account.warehouses:
                raise Wrong(404, f"Warehouse not found: {warehouse}")
            if sku not in account.offers or (refuse and n == 0):
                raise Wrong(400, f"Unknown shop-sku '{sku}'")
            if value_at is not None and value_at > now:
                raise Wrong(400, f"Stock for '{sku}' should not be in the future")
            if value_at is not None and now - value_at > VALUE_AGE_MAX:
                raise Wrong(400, f"Stock for '{sku}' should not be older than a day")
        if call.fault is None or call.fault.kind != "ignore_write":
            for sku, warehouse, count, value_at in rows:
                shown = account.shown[warehouse, sku]
                if not _is_newer(shown, value_at):
                    continue
                self._world.show(account.name, warehouse, sku, count, value_at=value_at)
        return json_response(200, {"status": "OK"})

    # ------------------------------------------------------------ orders

    def _orders(self, call: Call) -> Response:
        day = _day_field
        known: dict[str, Check] = {
            "orderIds": array(whole(1), low=1, high=50, unique=True),
            "externalOrderIds": array(text, low=1, high=50, unique=True),
            "programTypes": array(one_of(*PROGRAMS), low=1, unique=True),
            "campaignIds": array(whole(1), low=1, high=50, unique=True),
            "statuses": array(one_of(*STATUSES), low=1, unique=True),
            "substatuses": array(text, low=1, unique=True),
            "sourcePlatforms": array(text, low=1, unique=True),
            "fake": boolean,
            "waitingForCancellationApprove": boolean,
            "dates": nested(
                {
                    "creationDateFrom": day,
                    "creationDateTo": day,
                    "shipmentDateFrom": day,
                    "shipmentDateTo": day,
                    "updateDateFrom": moment,
                    "updateDateTo": moment,
                }
            ),
        }
        only_query(call.request, "pageToken", "page_token", "limit")
        asked = fields("", read_json(call.request), known)
        found = [
            o for o in self._world.visible_orders(call.account.name) if self._fits(call, o, asked)
        ]
        page, token = _page(call, found, default=50, most=50)
        rows = [self._told(call.account, o) for o in page]
        return json_response(200, {"orders": rows, "paging": token})

    def _fits(self, call: Call, order: Order, asked: dict[str, Any]) -> bool:
        told = self._told(call.account, order)
        if "orderIds" in asked and told["orderId"] not in asked["orderIds"]:
            return False
        dates = asked.get("dates", {})
        now = self._world.now().astimezone(MOSCOW)
        made = order.created_at.astimezone(MOSCOW).date()
        low = dates.get("creationDateFrom")
        high = dates.get("creationDateTo")
        if low is None and high is None and "orderIds" not in asked:
            low = now.date() - CREATION_SPAN_MAX
        span = (high or now.date()) - (low or (high or now.date()) - CREATION_SPAN_MAX)
        if span > CREATION_SPAN_MAX or span < timedelta():
            raise Wrong(400, "Too long time period. Maximum is '30' days")
        return (
            (low is None or made >= low)
            and (high is None or made < high)
            and dates.get("updateDateFrom", order.changed_at) <= order.changed_at
            and (order.changed_at < dates["updateDateTo"] if "updateDateTo" in dates else True)
            and told["programType"] in asked.get("programTypes", PROGRAMS)
            and told["campaignId"] in asked.get("campaignIds", [told["campaignId"]])
            and told["status"] in asked.get("statuses", [told["status"]])
            and order.fake is asked.get("fake", order.fake)
        )

    def _told(self, account: Account, order: Order) -> dict[str, Any]:
        status, substatus = STATUS_WORDS[order.state]
        if order.status is not None:
            status, _, substatus = order.status.partition("/")
        campaign = int(account.credentials["campaign_id"])
        items = []
        for line in order.lines:
            item: dict[str, Any] = {
                "id": order.number * 100 + line.number,
                "offerId": line.sku,
                "offerName": self._world.products[line.sku].name,
                "count": line.quantity,
            }
            if line.cancelled:
                left = [{"status": "CREATED", "count": line.left}] if line.left else []
                item["itemStatuses"] = [*left, {"status": "CANCELLED", "count": line.cancelled}]
            items.append(item)
        return {
            "orderId": int(order.order_id),
            "campaignId": campaign + order.held_there,
            "programType": "FBY" if order.held_there else "FBS",
            "status": status,
            "substatus": substatus,
            "creationDate": _local(order.created_at),
            "updateDate": _local(order.changed_at),
            "paymentType": "PREPAID",
            "paymentMethod": "YANDEX",
            "fake": order.fake,
            "items": items,
            "delivery": {
                "type": "DELIVERY",
                "serviceName": "Market",
                "deliveryServiceId": 1,
                "deliveryPartnerType": "YANDEX_MARKET",
                "dates": {"fromDate": f"{order.created_at:%Y-%m-%d}"},
                "warehouseId": str(order.warehouse),
            },
        }

    # ------------------------------------------------------------ what comes back

    def _returns(self, call: Call) -> Response:
        request = call.request
        only_query(
            request,
            "pageToken",
            "page_token",
            "limit",
            "fromDate",
            "toDate",
            "orderIds",
            "statuses",
            "shipmentStatuses",
            "type",
        )
        low, high = _day_query(request, "fromDate"), _day_query(request, "toDate")
        orders = [i for i in request.query.get("orderIds", "").split(",") if i]
        if len(orders) > 50:
            raise Wrong(400, "Limit exceeded")
        found = []
        for item in self._world.returns_of(call.account.name):
            changed = item.changed_at.astimezone(MOSCOW).date()
            if (low and changed < low) or (high and changed >= high):
                continue
            if orders and item.order_id not in orders:
                continue
            found.append(item)
        page, token = _page(call, found, default=50, most=100)
        return _ok({"paging": token, "returns": [self._told_return(r) for r in page]})

    def _one_return(self, call: Call) -> Response:
        for item in self._world.returns_of(call.account.name):
            if (item.order_id, item.return_id) == (call.parts["order"], call.parts["return_id"]):
                return _ok(self._told_return(item))
        raise Wrong(404, "Return not found")

    def _told_return(self, item: Return) -> dict[str, Any]:
        shipment = SHIPMENT_WORDS[item.state]
        instance = {"status": shipment, "stockType": "FIT"}
        told: dict[str, Any] = {
            "id": int(item.return_id),
            "orderId": int(item.order_id),
            "returnType": "RETURN" if item.kind == "client" else "UNREDEEMED",
            "creationDate": _local(item.created_at),
            "updateDate": _local(item.changed_at),
            "shipmentStatus": shipment,
            "shipmentRecipientType": "SHOP",
            "fastReturn": False,
            "items": [
                {
                    "shopSku": item.sku,
                    "count": item.quantity,
                    "instances": [instance] * item.quantity if item.state == "received" else [],
                }
            ],
        }
        if item.kind == "client":
            told["refundStatus"] = "REFUNDED"
        return told


def _ok(result: object) -> Response:
    return json_response(200, {"status": "OK", "result": result})


def _optional(request: Request) -> Any:
    """A body that may be left out."""
    return read_json(request) if request.body else {}


def _offer_status(offer: Offer) -> str:
    return "ARCHIVED" if offer.archived else "PUBLISHED"


def _is_newer(shown: Shown, value_at: datetime | None) -> bool:
    """An older value than the one held is ignored behind an OK."""
    return value_at is None or shown.value_at is None or value_at >= shown.value_at


def _page(
    call: Call, rows: Iterable[T], *, default: int, most: int
) -> tuple[list[T], dict[str, str]]:
    """A page and its paging object; too large a limit is cut silently."""
    query = call.request.query
    raw = query.get("limit", str(default))
    if not re.fullmatch(r"\d{1,9}", raw) or int(raw) < 1:
        raise Wrong(400, f"limit: {raw}")
    limit = min(int(raw), most)
    token = query.get("pageToken", query.get("page_token", ""))
    start = 0
    if token:
        try:
            start = int(base64.urlsafe_b64decode(token))
        except (ValueError, binascii.Error):
            raise Wrong(400, "pageToken is not one that was given") from None
    everything = list(rows)
    page = everything[start : start + limit]
    end = start + len(page)
    if end >= len(everything):
        return page, {}
    if call.fault is not None and call.fault.kind == "duplicate_page" and token:
        return page, {"nextPageToken": token}
    return page, {"nextPageToken": base64.urlsafe_b64encode(str(end).encode()).decode()}


def _day_field(where: str, value: Any) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise Wrong(400, f"{where}: a day like 2026-11-23 is due")
    return date.fromisoformat(value)


def _day_query(request: Request, name: str) -> date | None:
    value = request.query.get(name)
    return None if value is None else _day_field(name, value)


def _local(when: datetime) -> str:
    """Moscow time with its offset, whole seconds."""
    return when.astimezone(MOSCOW).isoformat(timespec="seconds")
