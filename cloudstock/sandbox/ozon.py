"""Ozon Seller API as a stock synchroniser meets it: every method is POST with a JSON body.

Source: Ozon Seller API (docs.ozon.ru/api/seller), checked 2026-11-23.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
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
    int64_text,
    json_response,
    moment,
    nested,
    one_of,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.world import Account, Line, Offer, Order, Return, World

T = TypeVar("T")

# 50 requests a second over all methods of a Client-Id.
ALL = Rate("all methods", 50.0, 50.0)
# 80 a minute.
STOCKS = Rate("/v2/products/stocks", 80 / 60, 80.0)
# Once a minute; the second version's text is silent, a second request in a burst passes.
WAREHOUSES = Rate("/v2/warehouse/list", 1 / 60, 2.0)
# Undocumented, about two a second.
POSTING = Rate("/v3/posting/fbs/get", 2.0, 2.0)

PAIR_INTERVAL_S = 30.0
STOCK_MAX = 999_999
PERIOD_MAX = timedelta(days=366)

GRPC = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 415: 3, 429: 8, 500: 13}

STATUSES = (
    "awaiting_registration",
    "acceptance_in_progress",
    "awaiting_approve",
    "awaiting_packaging",
    "awaiting_deliver",
    "arbitration",
    "client_arbitration",
    "delivering",
    "driver_pickup",
    "delivered",
    "cancelled",
    "not_accepted",
    "sent_by_seller",
    "awaiting_verification",
    "cancelled_from_split_pending",
)
# The world's words in Ozon's: (status, substatus).
POSTING_WORDS = {
    "new": ("awaiting_packaging", "posting_created"),
    "confirmed": ("awaiting_packaging", "posting_created"),
    "packed": ("awaiting_deliver", "posting_in_carriage"),
    "shipped": ("delivering", "posting_on_way_to_city"),
    "delivered": ("delivered", "posting_received"),
    "cancelled": ("cancelled", "posting_canceled"),
    "cancelled_away": ("cancelled", "posting_canceled"),
    "refused": ("cancelled", "posting_canceled"),
    "replaced": ("cancelled_from_split_pending", "posting_split_pending"),
}
RETURN_WORDS = {
    "moving": "MovingToSeller",
    "arrived": "ArrivedAtReturnPlace",
    "received": "ReceivedBySeller",
    "lost": "Utilized",
}
RETURN_TYPES = {"client": "ClientReturn", "refused": "FullReturn", "cancelled": "Cancellation"}

_PERIOD = nested({"from": moment, "to": moment})
_RETURN_PERIOD = nested({"time_from": moment, "time_to": moment})


class OzonFake:
    """Ozon's door to the world."""

    marketplace = "ozon"

    def __init__(self, world: World) -> None:
        self._world = world
        # When each product-warehouse pair was last updated.
        self._updated: dict[tuple[str, int, str], datetime] = {}
        methods: dict[str, tuple[Handler, tuple[Rate, ...]]] = {
            "/v2/warehouse/list": (self._warehouses, (ALL, WAREHOUSES)),
            "/v3/product/list": (self._products, (ALL,)),
            "/v3/product/info/list": (self._infos, (ALL,)),
            "/v4/product/info/stocks": (self._totals, (ALL,)),
            "/v2/product/info/stocks-by-warehouse/fbs": (self._by_warehouse, (ALL,)),
            "/v1/product/info/warehouse/stocks": (self._one_warehouse, (ALL,)),
            "/v1/product/info/stocks-by-warehouse/fbo": (self._fbo, (ALL,)),
            "/v2/products/stocks": (self._write, (ALL, STOCKS)),
            "/v4/posting/fbs/list": (self._postings, (ALL,)),
            "/v4/posting/fbs/unfulfilled/list": (self._unfulfilled, (ALL,)),
            "/v3/posting/fbs/get": (self._posting, (ALL, POSTING)),
            "/v1/returns/list": (self._returns, (ALL,)),
        }
        gone = (
            "/v3/posting/fbs/list",
            "/v3/posting/fbs/unfulfilled/list",
            "/v1/warehouse/list",
            "/v1/product/info/stocks-by-warehouse/fbs",
            "/v1/delivery-method/list",
            "/v1/product/import/stocks",
            "/v3/product/info/stocks",
            "/v3/returns/company/fbs",
            "/v2/product/list",
            "/v2/product/info",
        )
        self.routes = (
            *(Route("POST", path, how, rates) for path, (how, rates) in methods.items()),
            *(Route("POST", path, self._gone, (ALL,)) for path in gone),
        )

    # ------------------------------------------------------------ envelope

    def authenticate(self, request: Request) -> Account:
        """Client-Id and Api-Key, both."""
        client_id = request.headers.get("client-id")
        key = request.headers.get("api-key")
        if client_id is None or key is None:
            raise Wrong(401, "Client-Id and Api-Key headers are required")
        for account in self._world.accounts.values():
            own = account.credentials
            if account.marketplace == self.marketplace and own["client_id"] == client_id:
                if own["api_key"] == key:
                    return account
                raise Wrong(403, "Invalid Api-Key, please contact support")
        raise Wrong(403, "Client-Id not found")

    def error(self, wrong: Wrong) -> Response:
        """The gRPC envelope."""
        body = {"code": GRPC.get(wrong.status, 2), "message": wrong.message, "details": []}
        return json_response(wrong.status, body)

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """429; Retry-After is not documented and not sent."""
        del retry_s, reset_s, call
        message = "You have reached request rate limit per second"
        return self.error(Wrong(429, f"{message} ({rate.group})"))

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Ozon tells no limits, only a name for the request."""
        del rate, remaining, reset_s
        response.headers["x-o3-trace-id"] = "5e8f0c0ffee00000"

    def _gone(self, call: Call) -> Response:
        raise Wrong(404, f"method {call.request.path} is switched off")

    # ------------------------------------------------------------ warehouses and products

    def _warehouses(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "limit": whole(1, 200),
            "cursor": text,
            "warehouse_ids": array(int64_text),
        }
        asked = fields("", read_json(call.request), known, required=("limit",))
        wanted = set(asked.get("warehouse_ids", call.account.warehouses))
        rows = [w for w in call.account.warehouses if w in wanted]
        page, cursor, more = _page(rows, asked.get("cursor", ""), asked["limit"])
        return json_response(
            200,
            {
                "warehouses": [
                    {
                        "warehouse_id": w,
                        "name": f"Warehouse {w % 100}",
                        "status": "created",
                        "is_rfbs": False,
                        "is_kgt": False,
                        "is_express": False,
                        "pause_at": None,
                    }
                    for w in page
                ],
                "has_next": more,
                "cursor": cursor if more else "",
            },
        )

    def _products(self, call: Call) -> Response:
        ids = {"offer_id": array(text, high=1000), "product_id": array(int64_text, high=1000)}
        only = nested({**ids, "skus": array(int64_text, high=1000), "visibility": text})
        known: dict[str, Check] = {"filter": only, "last_id": text, "limit": whole(1, 1000)}
        asked = fields("", read_json(call.request), known, required=("filter", "limit"))
        offers = _chosen(call.account, asked["filter"])
        start = _position(asked.get("last_id", ""))
        page = [o for o in offers if _product_id(o) > start][: asked["limit"]]
        if call.fault is not None and call.fault.kind == "duplicate_page" and page:
            last_id = asked.get("last_id", "")
        else:
            last_id = _token(_product_id(page[-1])) if page else ""
        return json_response(
            200,
            {
                "result": {
                    "items": [
                        {
                            "product_id": _product_id(o),
                            "offer_id": o.sku,
                            "sku": _sku_id(o),
                            "archived": o.archived,
                            "has_fbo_stocks": o.held_there > 0,
                            "has_fbs_stocks": True,
                            "is_discounted": False,
                            "quants": [],
                        }
                        for o in page
                    ],
                    "total": len(offers),
                    "last_id": last_id,
                }
            },
        )

    def _infos(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "offer_id": array(text),
            "product_id": array(int64_text),
            "sku": array(int64_text),
        }
        asked = fields("", read_json(call.request), known)
        given = [name for name in known if asked.get(name)]
        if len(given) != 1:
            raise Wrong(400, "identifiers of one kind are required")
        wanted = asked[given[0]]
        if len(wanted) > 1000:
            raise Wrong(400, "at most 1000 identifiers")
        of = {"offer_id": _article, "product_id": _product_id, "sku": _sku_id}[given[0]]
        offers = [o for o in call.account.offers.values() if of(o) in set(wanted)]
        return json_response(200, {"items": [self._info(o) for o in offers]})

    def _info(self, offer: Offer) -> dict[str, Any]:
        product = self._world.products[offer.sku]
        return {
            "id": _product_id(offer),
            "offer_id": offer.sku,
            "sku": _sku_id(offer),
            "name": product.name,
            "barcodes": [*product.barcodes, f"OZN{_sku_id(offer)}"],
            "is_archived": offer.archived,
            "is_autoarchived": False,
            "is_kgt": False,
            "is_discounted": False,
            "statuses": {"status": "price_sent", "is_created": True},
            "stocks": {"stocks": [], "has_stock": False},
            "sources": [{"sku": _sku_id(offer), "source": "sds"}],
        }

    # ------------------------------------------------------------ stock

    def _totals(self, call: Call) -> Response:
        ids = {"offer_id": array(text, high=1000), "product_id": array(int64_text, high=1000)}
        only = nested({**ids, "visibility": text, "with_quant": nested({})})
        known: dict[str, Check] = {"filter": only, "limit": whole(1, 1000), "cursor": text}
        asked = fields("", read_json(call.request), known, required=("filter", "limit"))
        offers = _chosen(call.account, asked["filter"])
        page, cursor, _ = _page(offers, asked.get("cursor", ""), asked["limit"])
        items = []
        for offer in page:
            rows = [s for (_, sku), s in call.account.shown.items() if sku == offer.sku]
            reserved = sum(s.reserved for s in rows)
            free = sum(s.free or 0 for s in rows)
            stocks = [_total("fbs", free + reserved, reserved, offer)]
            if offer.held_there:
                stocks.append(_total("fbo", offer.held_there, 0, offer))
            items.append(
                {"product_id": _product_id(offer), "offer_id": offer.sku, "stocks": stocks}
            )
        return json_response(
            200, {"items": items, "total": len(offers), "cursor": cursor if page else ""}
        )

    def _by_warehouse(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "limit": whole(1, 1000),
            "cursor": text,
            "offer_id": array(text, high=1000),
            "sku": array(int64_text, high=1000),
        }
        asked = fields("", read_json(call.request), known, required=("limit",))
        wanted_articles = set(asked.get("offer_id", ()))
        wanted_skus = set(asked.get("sku", ()))
        if not wanted_articles and not wanted_skus:
            raise Wrong(400, "offer_id or sku is required")
        rows = [
            (w, sku)
            for (w, sku), shown in call.account.shown.items()
            if shown.free is not None
            and (sku in wanted_articles or _sku_id(call.account.offers[sku]) in wanted_skus)
        ]
        page, cursor, more = _page(rows, asked.get("cursor", ""), asked["limit"])
        products = [self._stock_row(call.account, w, sku) for w, sku in page]
        return json_response(200, {"products": products, "has_next": more, "cursor": cursor})

    def _one_warehouse(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "warehouse_id": int64_text,
            "limit": whole(1, 1000),
            "cursor": text,
        }
        required = ("warehouse_id", "limit")
        asked = fields("", read_json(call.request), known, required=required)
        warehouse = asked["warehouse_id"]
        if warehouse not in call.account.warehouses:
            raise Wrong(404, f"warehouse {warehouse} not found")
        rows = [
            k for k, s in call.account.shown.items() if k[0] == warehouse and s.free is not None
        ]
        page, cursor, more = _page(rows, asked.get("cursor", ""), asked["limit"])
        stocks = [
            {**self._stock_row(call.account, w, sku), "updated_at": _at(self._world.now())}
            for w, sku in page
        ]
        # The example ends with a cursor that is not empty.
        return json_response(200, {"stocks": stocks, "has_next": more, "cursor": cursor})

    def _stock_row(self, account: Account, warehouse: int, sku: str) -> dict[str, Any]:
        shown, offer = account.shown[warehouse, sku], account.offers[sku]
        free = self._world.told_free(shown) or 0
        return {
            "offer_id": sku,
            "product_id": _product_id(offer),
            "sku": _sku_id(offer),
            "warehouse_id": warehouse,
            "warehouse_name": f"Warehouse {warehouse % 100}",
            "present": free + shown.reserved,
            "reserved": shown.reserved,
            "free_stock": free,
        }

    def _fbo(self, call: Call) -> Response:
        known: dict[str, Check] = {
            "limit": whole(1, 1000),
            "cursor": text,
            "offer_ids": array(text, high=1000),
            "skus": array(int64_text, high=1000),
        }
        asked = fields("", read_json(call.request), known, required=("limit",))
        rows = [o for o in call.account.offers.values() if o.held_there]
        page, cursor, more = _page(rows, asked.get("cursor", ""), asked["limit"])
        products = [{"offer_id": o.sku, "present": o.held_there, "reserved": 0} for o in page]
        return json_response(200, {"products": products, "has_next": more, "cursor": cursor})

    def _write(self, call: Call) -> Response:
        item = nested(
            {
                "offer_id": text,
                "product_id": int64_text,
                "stock": whole(0),
                "warehouse_id": int64_text,
            }
        )
        asked = fields(
            "",
            read_json(call.request),
            {"stocks": array(item, low=1, high=100)},
            required=("stocks",),
        )
        for n, row in enumerate(asked["stocks"]):
            for name in ("stock", "warehouse_id"):
                if name not in row:
                    raise Wrong(
                        400,
                        "Request validation error: invalid ProductsStocksRequest."
                        f"Stocks[{n}]: missing {name}",
                    )
            if "offer_id" not in row and "product_id" not in row:
                raise Wrong(
                    400, f"Request validation error: invalid ProductsStocksRequest.Stocks[{n}]"
                )
        refused = _share(call, len(asked["stocks"]))
        result = [
            self._write_one(call, row, refused=n < refused) for n, row in enumerate(asked["stocks"])
        ]
        # Results come in an order of their own.
        return json_response(200, {"result": result[::-1]})

    def _write_one(self, call: Call, row: dict[str, Any], *, refused: bool) -> dict[str, Any]:
        account, now = call.account, self._world.now()
        offer = next(
            (
                o
                for o in account.offers.values()
                if (o.sku == row["offer_id"] if "offer_id" in row else None)
                or ("offer_id" not in row and _product_id(o) == row.get("product_id"))
            ),
            None,
        )
        warehouse = row["warehouse_id"]
        complaint = self._complaint(account, offer, warehouse, row["stock"], now, refused=refused)
        if complaint is None and offer is not None:
            self._updated[account.name, warehouse, offer.sku] = now
            if call.fault is None or call.fault.kind != "ignore_write":
                self._world.show(account.name, warehouse, offer.sku, row["stock"])
        return {
            "warehouse_id": warehouse,
            "product_id": _product_id(offer) if offer else row.get("product_id", 0),
            "offer_id": offer.sku if offer else row.get("offer_id", ""),
            "updated": complaint is None,
            "errors": [] if complaint is None else [complaint],
        }

    def _complaint(
        self,
        account: Account,
        offer: Offer | None,
        warehouse: int,
        stock: int,
        now: datetime,
        *,
        refused: bool,
    ) -> dict[str, str] | None:
        def said(code: str, message: str) -> dict[str, str]:
            return {"code": code, "message": message}

        if offer is None:
            return said("NOT_FOUND_ERROR", "Product not found")
        if refused:
            return said("PRICE_IS_NOT_SENT", "Price is not sent")
        if warehouse not in account.warehouses:
            return said("WAREHOUSE_NOT_FOUND", "Warehouse not found")
        if offer.archived:
            return said("product_is_not_created", "The product is archived")
        if stock > STOCK_MAX:
            return said("STOCK_TOO_BIG", "Stock is too big")
        before = self._updated.get((account.name, warehouse, offer.sku))
        interval = timedelta(seconds=PAIR_INTERVAL_S / self._world.speed)
        if before is not None and now - before < interval:
            return said("TOO_MANY_REQUESTS", "Stock is updated too frequently")
        return None

    # ------------------------------------------------------------ postings

    def _postings(self, call: Call) -> Response:
        only = nested(
            {
                "since": moment,
                "to": moment,
                "last_changed_status_date": _PERIOD,
                "statuses": array(one_of(*STATUSES)),
                "warehouse_ids": array(int64_text),
                "delivery_method_ids": array(int64_text),
                "provider_ids": array(int64_text),
                "order_id": int64_text,
                "order_numbers": array(text),
                "integration_type_flow": array(text),
                "is_blr_traceable": boolean,
            },
            required=("since", "to"),
        )
        asked = fields("", read_json(call.request), _listing_fields(only), required=_LIST_NEEDS)
        chosen = asked["filter"]
        if chosen["to"] < chosen["since"] or chosen["to"] - chosen["since"] > PERIOD_MAX:
            raise Wrong(400, "period is too long or turned round: PERIOD_IS_TOO_LONG")
        changed = chosen.get("last_changed_status_date", {})
        orders = [
            o
            for o in self._visible(call)
            if chosen["since"] <= o.created_at <= chosen["to"]
            and changed.get("from", o.changed_at) <= o.changed_at <= changed.get("to", o.changed_at)
            and _fits(o, chosen)
        ]
        return self._posting_page(call, orders, asked)

    def _unfulfilled(self, call: Call) -> Response:
        only = nested(
            {
                "cutoff_from": moment,
                "cutoff_to": moment,
                "delivering_date_from": moment,
                "delivering_date_to": moment,
                "last_changed_status_date": _PERIOD,
                "statuses": array(one_of(*STATUSES)),
                "warehouse_ids": array(int64_text),
            }
        )
        asked = fields("", read_json(call.request), _listing_fields(only), required=_LIST_NEEDS)
        chosen = asked["filter"]
        cutoff = "cutoff_from" in chosen and "cutoff_to" in chosen
        delivering = "delivering_date_from" in chosen and "delivering_date_to" in chosen
        if cutoff == delivering:
            raise Wrong(400, "either cutoff or delivering_date, both ends")
        orders = [o for o in self._visible(call) if o.on_shelf and _fits(o, chosen)]
        return self._posting_page(call, orders, asked)

    def _posting_page(self, call: Call, orders: Sequence[Order], asked: dict[str, Any]) -> Response:
        if asked.get("sort_dir", "ASC").upper() == "DESC":
            orders = orders[::-1]
        page, cursor, more = _page(orders, asked.get("cursor", ""), asked["limit"])
        if call.fault is not None and call.fault.kind == "duplicate_page" and more:
            cursor = asked.get("cursor", "")
        rows = [self._told(call.account, o) for o in page]
        return json_response(200, {"postings": rows, "has_next": more, "cursor": cursor})

    def _posting(self, call: Call) -> Response:
        extras = (
            "analytics_data",
            "barcodes",
            "financial_data",
            "legal_info",
            "product_exemplars",
            "related_postings",
            "translit",
        )
        known: dict[str, Check] = {
            "posting_number": text,
            "with": nested(dict.fromkeys(extras, boolean)),
        }
        asked = fields("", read_json(call.request), known, required=("posting_number",))
        for order in self._visible(call):
            if order.order_id == asked["posting_number"]:
                return json_response(200, {"result": self._told(call.account, order)})
        answer = self.error(Wrong(404, "POSTING_NOT_FOUND"))
        # A posting that is not told yet is nobody's fault.
        answer.breach = None
        return answer

    def _visible(self, call: Call) -> list[Order]:
        """FBO orders come from other methods."""
        return [o for o in self._world.visible_orders(call.account.name) if not o.held_there]

    def _told(self, account: Account, order: Order) -> dict[str, Any]:
        status, substatus = POSTING_WORDS[order.state]
        cancelled = order.state in ("cancelled", "cancelled_away", "refused")
        lines = [line for line in order.lines if line.left]
        return {
            "posting_number": order.order_id,
            "order_id": 24000000000 + order.basket,
            "order_number": _order_number(order),
            "parent_posting_number": order.parent or "",
            "status": order.status or status,
            "substatus": "" if order.status else substatus,
            "in_process_at": _at(order.created_at),
            "shipment_date": _at(order.created_at + timedelta(days=1)),
            "delivering_date": _at(order.handed_over_at) if order.handed_over_at else None,
            "delivery_method": {
                "id": order.warehouse,
                "name": "Ozon",
                "warehouse_id": order.warehouse,
                "warehouse": f"Warehouse {order.warehouse % 100}",
            },
            "tpl_integration_type": "ozon",
            "integration_type_flow": "ozon",
            "delivery_schema": "fbs",
            "products": [self._product_line(account, line) for line in lines],
            "cancellation": {
                "cancel_reason_id": 352 if cancelled else 0,
                "cancel_reason": "",
                "cancellation_type": "client" if cancelled else "",
                "cancellation_initiator": "",
                "cancelled_after_ship": cancelled and order.packed,
                "affect_cancellation_rating": False,
            },
        }

    def _product_line(self, account: Account, line: Line) -> dict[str, Any]:
        return {
            "offer_id": line.sku,
            "sku": _sku_id(account.offers[line.sku]),
            "quantity": line.left,
            "name": self._world.products[line.sku].name,
            "price": {"amount": "590.00", "currency": "RUB"},
        }

    # ------------------------------------------------------------ what comes back

    def _returns(self, call: Call) -> Response:
        windows = (
            "logistic_return_date",
            "storage_tariffication_start_date",
            "visual_status_change_moment",
        )
        only = nested(
            {
                **dict.fromkeys(windows, _RETURN_PERIOD),
                "order_id": int64_text,
                "posting_numbers": array(text, high=50),
                "product_name": text,
                "offer_id": text,
                "visual_status_name": text,
                "warehouse_id": int64_text,
                "barcode": text,
                "return_schema": one_of("FBS", "FBO"),
                "compensation_status_id": whole(1, 4),
            }
        )
        known: dict[str, Check] = {"limit": whole(1, 500), "last_id": int64_text, "filter": only}
        asked = fields("", read_json(call.request), known, required=("limit",))
        chosen = asked.get("filter", {})
        if sum(w in chosen for w in windows) > 1:
            raise Wrong(400, "only one of the date filters may be used")
        found = sorted(
            (r for r in self._world.returns_of(call.account.name) if _return_fits(r, chosen)),
            key=lambda r: r.number,
        )
        rest = [r for r in found if int(r.return_id) > asked.get("last_id", 0)]
        page = rest[: asked["limit"]]
        rows = [self._told_return(call.account, r) for r in page]
        return json_response(200, {"returns": rows, "has_next": len(rest) > len(page)})

    def _told_return(self, account: Account, item: Return) -> dict[str, Any]:
        order = self._world.orders[account.name, item.order_id]
        return {
            # Int64 comes as text in the documented example.
            "id": item.return_id,
            "type": RETURN_TYPES[item.kind],
            "schema": "Fbs",
            "posting_number": item.order_id,
            "order_id": str(24000000000 + order.basket),
            "order_number": _order_number(order),
            "source_id": None,
            "product": {
                "offer_id": item.sku,
                "sku": str(_sku_id(account.offers[item.sku])),
                "name": self._world.products[item.sku].name,
                "quantity": item.quantity,
            },
            "logistic": {
                "return_date": _at(item.created_at),
                "final_moment": _at(item.received_at) if item.received_at else None,
            },
            "visual": {
                "status": {
                    "id": 3 if item.state == "arrived" else 15,
                    "sys_name": RETURN_WORDS[item.state],
                    "display_name": item.state,
                },
                "change_moment": _at(item.changed_at),
            },
            "compensation_status": None,
        }


_LIST_NEEDS = ("filter", "limit")


def _listing_fields(only: Check) -> dict[str, Check]:
    names = ("analytics_data", "barcodes", "financial_data", "legal_info")
    return {
        "filter": only,
        "limit": whole(1, 1000),
        "cursor": text,
        "sort_dir": one_of("ASC", "DESC", "asc", "desc"),
        "with": nested(dict.fromkeys(names, boolean)),
        "translit": boolean,
    }


def _fits(order: Order, chosen: dict[str, Any]) -> bool:
    status = order.status or POSTING_WORDS[order.state][0]
    return (
        (not chosen.get("statuses") or status in chosen["statuses"])
        and (not chosen.get("warehouse_ids") or order.warehouse in chosen["warehouse_ids"])
        and (not chosen.get("order_numbers") or _order_number(order) in chosen["order_numbers"])
    )


def _return_fits(item: Return, chosen: dict[str, Any]) -> bool:
    changed = chosen.get("visual_status_change_moment", {})
    made = chosen.get("logistic_return_date", {})
    return (
        chosen.get("return_schema", "FBS") == "FBS"
        and changed.get("time_from", item.changed_at)
        <= item.changed_at
        <= changed.get("time_to", item.changed_at)
        and made.get("time_from", item.created_at)
        <= item.created_at
        <= made.get("time_to", item.created_at)
        and (not chosen.get("posting_numbers") or item.order_id in chosen["posting_numbers"])
        and chosen.get("offer_id") in (None, item.sku)
    )


def _share(call: Call, count: int) -> int:
    fault = call.fault
    return round(count * fault.share) if fault is not None and fault.kind == "refuse_items" else 0


def _chosen(account: Account, only: dict[str, Any]) -> list[Offer]:
    """The filter of products: one group of identifiers, or a visibility."""
    groups: tuple[tuple[str, Callable[[Offer], object]], ...] = (
        ("offer_id", _article),
        ("product_id", _product_id),
        ("skus", _sku_id),
    )
    given = [(name, of) for name, of in groups if only.get(name)]
    if len(given) > 1:
        raise Wrong(400, "one group of identifiers at a time")
    offers = sorted(account.offers.values(), key=_product_id)
    if given:
        name, of = given[0]
        return [o for o in offers if of(o) in set(only[name])]
    visibility = only.get("visibility", "ALL")
    if visibility not in ("ALL", "ARCHIVED", "VISIBLE", "INVISIBLE", "EMPTY_STOCK", "IN_SALE"):
        raise Wrong(400, f"unknown visibility {visibility}")
    return [o for o in offers if o.archived == (visibility == "ARCHIVED")]


def _total(kind: str, present: int, reserved: int, offer: Offer) -> dict[str, Any]:
    return {
        "type": kind,
        "present": present,
        "reserved": reserved,
        "sku": _sku_id(offer),
        "shipment_type": "SHIPMENT_TYPE_GENERAL",
        "warehouse_ids": [],
    }


def _article(offer: Offer) -> str:
    return offer.sku


def _product_id(offer: Offer) -> int:
    return 1000000000 + offer.number


def _sku_id(offer: Offer) -> int:
    return 2600000000 + offer.number


def _order_number(order: Order) -> str:
    return order.order_id.rpartition("-")[0]


def _at(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(position)]).encode()).decode()


def _position(token: str) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))[0])
    except (ValueError, IndexError, TypeError):
        raise Wrong(400, f"{token} is no position of this list") from None


def _page(rows: Iterable[T], cursor: str, limit: int) -> tuple[list[T], str, bool]:
    """A page from a cursor on; the last page carries a cursor too."""
    everything = list(rows)
    start = _position(cursor)
    page = everything[start : start + limit]
    end = start + len(page)
    return page, _token(end), end < len(everything)
