"""Ozon Seller API as a stock synchroniser meets it: every method is POST with a JSON body.

Source: Ozon Seller API 2026-09-22; what it says of errors and limits, its guides, and clients of
live cabinets.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cloudstock.sandbox.fake import Call, Handler, Route
from cloudstock.sandbox.kinds import Kind
from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.ozon_rest import forgiving, whole_card, whole_posting
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
from cloudstock.sandbox.world import Account, Line, Offer, OfferStock, Order, Return, World

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
# From a posting's beginning to the moment it has to be assembled by.
ASSEMBLY = timedelta(days=1)
# Ozon's own delivery service.
PROVIDER_ID = 24
STOCK_MAX = 999_999
PERIOD_MAX = timedelta(days=366)
# Of both lists of postings; ids of a filter.
POSTINGS_MAX = 100
IDS_MAX = 1000
NUMBERS_MAX = 100

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
FLOWS = (
    "ozon",
    "aggregator",
    "non_integrated",
    "3pl_tracking",
    "hybrid",
    "hybrid_aggregator",
    "hybrid_non_integrated",
    "hybrid_3pl_tracking",
    "click_and_collect",
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
COMPENSATION_WORDS = {1: "Sent", 2: "Received", 3: "Canceled", 4: "DecompensationSent"}
# A buyer's claim for an order that the seller delivered himself: (group_state, state).
CLAIM_WORDS = {
    "moving": ("delivering", "OnWay"),
    "arrived": ("delivering", "ArrivedAtWarehouse"),
    "received": ("checkout", "ReceivedBySeller"),
    "lost": ("rejected", "Rejected"),
}
CLAIM_GROUPS = ("All", "New", "Delivering", "Checkout", "Arbitration", "Approved", "Rejected")

VISIBILITIES = (
    "ALL",
    "VISIBLE",
    "INVISIBLE",
    "EMPTY_STOCK",
    "NOT_MODERATED",
    "MODERATED",
    "DISABLED",
    "STATE_FAILED",
    "READY_TO_SUPPLY",
    "VALIDATION_STATE_PENDING",
    "VALIDATION_STATE_FAIL",
    "VALIDATION_STATE_SUCCESS",
    "TO_SUPPLY",
    "IN_SALE",
    "REMOVED_FROM_SALE",
    "OVERPRICED",
    "CRITICALLY_OVERPRICED",
    "EMPTY_BARCODE",
    "BARCODE_EXISTS",
    "QUARANTINE",
    "ARCHIVED",
    "OVERPRICED_WITH_STOCK",
    "PARTIAL_APPROVED",
    "AUTO_ARCHIVED",
    "MANUAL_ARCHIVED",
    "SEASONAL_AUTO_ARCHIVED",
    "VISIBLE_WITH_FBO_STOCK",
)


_PERIOD = nested({"from": moment, "to": moment})
_RETURN_PERIOD = nested({"time_from": moment, "time_to": moment})


class OzonFake:
    """Ozon's door to the world."""

    marketplace = "ozon"

    def __init__(self, world: World) -> None:
        self._world = world
        self._opened = world.now()
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
            "/v2/returns/rfbs/list": (self._claims, (ALL,)),
            "/v1/roles": (self._roles, (ALL,)),
            "/v1/seller/info": (self._seller, (ALL,)),
        }
        self._methods = tuple(methods)
        gone = (
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
        )
        self.routes = (
            *(Route("POST", path, forgiving(how), rates) for path, (how, rates) in methods.items()),
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
                if own["api_key"] != key:
                    raise Wrong(403, "Invalid Api-Key, please check the key and try again")
                self._may(account, request)
                return account
        raise Wrong(403, "Client-Id not found")

    def _may(self, account: Account, request: Request) -> None:
        """Refuse a key that has ended, and methods that none of its roles opens."""
        if account.key_ends is not None and self._world.now() >= account.key_ends:
            raise Wrong(403, "Api-key is deactivated, use another one or generate a new one")
        opened = {m for methods in self._roles_of(account).values() for m in methods}
        if request.path in self._methods and request.path not in opened | {"/v1/roles"}:
            raise Wrong(403, "Api-Key is missing a required role for a method")

    def _roles_of(self, account: Account) -> dict[str, tuple[str, ...]]:
        return {"Admin": self._methods} if account.roles is None else account.roles

    def error(self, wrong: Wrong) -> Response:
        """The gRPC envelope."""
        body = {"code": GRPC.get(wrong.status, 2), "message": wrong.message, "details": []}
        return json_response(wrong.status, body)

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """429, with the seconds to wait."""
        del reset_s, call
        message = "You have reached request rate limit per second"
        answer = self.error(Wrong(429, f"{message} ({rate.group})"))
        # Whole seconds; where time is compressed they would be far too long.
        whole_s = self._world.speed == 1
        answer.headers["Retry-After"] = f"{math.ceil(retry_s)}" if whole_s else f"{retry_s:.3f}"
        answer.headers["Ratelimit-Remaining"] = "0"
        return answer

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Every answer tells what is left of the method's limit, and a name for the request."""
        del rate, reset_s
        response.headers["Ratelimit-Remaining"] = f"{remaining:.0f}"
        response.headers["x-o3-trace-id"] = "5e8f0c0ffee00000"

    # ------------------------------------------------------------ the key

    def _roles(self, call: Call) -> Response:
        if call.request.body:
            fields("", read_json(call.request), {})
        ends = call.account.key_ends
        return json_response(
            200,
            {
                "expires_at": _at(ends) if ends else None,
                "roles": [
                    {"name": name, "methods": list(methods)}
                    for name, methods in self._roles_of(call.account).items()
                ],
            },
        )

    def _seller(self, call: Call) -> Response:
        if call.request.body:
            fields("", read_json(call.request), {})
        return json_response(
            200,
            {
                "company": {
                    "name": f"Seller of {call.account.name}",
                    "legal_name": f"Made-up Trade {call.account.number}",
                    "country": "RU",
                    "currency": "RUB",
                    "inn": "",
                    "ogrn": "",
                    "ownership_form": "",
                    "tax_system": "UNKNOWN",
                },
                "ratings": [],
                "subscription": {"is_premium": False, "type": "UNSPECIFIED"},
            },
        )

    def _gone(self, call: Call) -> Response:
        raise Wrong(404, f"obsolete method cannot be used: {call.request.path} is switched off")

    # ------------------------------------------------------------ warehouses and products

    def _warehouses(self, call: Call) -> Response:
        checks: dict[str, Check] = {
            "limit": whole(1, 200),
            "cursor": text,
            "warehouse_ids": array(int64_text),
        }
        body = fields("", read_json(call.request), checks, required=("limit",))
        account = call.account
        # An empty list is no filter: proto3 cannot tell it from an absent one.
        wanted = set(body.get("warehouse_ids") or account.warehouses)
        rows = [w for w in account.warehouses if w in wanted]
        page, cursor, more = _page(call, rows, body)
        return json_response(
            200,
            {
                "warehouses": [
                    {
                        "warehouse_id": w,
                        "name": f"Warehouse {w % 100}",
                        "status": "disabled_due_to_limit" if w in account.processing else "created",
                        "warehouse_type": "",
                        "is_rfbs": w in account.dbs_warehouses,
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
        ids = {
            "offer_id": array(text, low=1, high=1000),
            "product_id": array(int64_text, low=1, high=1000),
        }
        only = nested({**ids, "skus": array(int64_text, low=1, high=1000), "visibility": text})
        checks: dict[str, Check] = {"filter": only, "last_id": text, "limit": whole(1, 1000)}
        body = fields("", read_json(call.request), checks)
        chosen = body.get("filter", {})
        offers = _chosen(call.account, chosen)
        # Only a filter by ids goes without a limit.
        if "limit" not in body and not any(chosen.get(name) for name in (*ids, "skus")):
            raise Wrong(400, "missing field limit")
        start = _product_position(body.get("last_id", ""))
        page = [o for o in offers if _product_id(o) > start][: body.get("limit", 1000)]
        if call.fault is not None and call.fault.kind == "duplicate_page" and page:
            last_id = body.get("last_id", "")
        else:
            last_id = _token([_product_id(page[-1])]) if page else ""
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
        checks: dict[str, Check] = {
            "offer_id": array(text),
            "product_id": array(int64_text),
            "sku": array(int64_text),
        }
        body = fields("", read_json(call.request), checks)
        given = [name for name in checks if body.get(name)]
        if sum(len(body[name]) for name in given) > 1000:
            raise Wrong(400, "at most 1000 identifiers")
        if len(given) != 1:
            raise Wrong(400, "identifiers of one kind are required")
        wanted = set(body[given[0]])
        of = {"offer_id": _article, "product_id": _product_id, "sku": _sku_id}[given[0]]
        offers = [o for o in call.account.offers.values() if of(o) in wanted]
        return json_response(200, {"items": [self._info(call.account, o) for o in offers]})

    def _info(self, account: Account, offer: Offer) -> dict[str, Any]:
        product = self._world.products[offer.sku]
        held = [{**row, "source": row["type"]} for row in _totals_of(account, offer)]
        stocks = [{k: row[k] for k in ("source", "sku", "present", "reserved")} for row in held]
        card = {
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
            "stocks": {"stocks": stocks, "has_stock": any(row["present"] for row in stocks)},
            "sources": [{"sku": _sku_id(offer), "source": "SDS"}],
        }
        return whole_card(card, made_at=_at(self._opened))

    # ------------------------------------------------------------ stock

    def _totals(self, call: Call) -> Response:
        ids = {"offer_id": array(text, high=1000), "product_id": array(int64_text, high=1000)}
        only = nested({**ids, "visibility": text, "with_quant": nested({})})
        checks: dict[str, Check] = {"filter": only, "limit": whole(1, 1000), "cursor": text}
        body = fields("", read_json(call.request), checks, required=("filter", "limit"))
        offers = _chosen(call.account, body["filter"])
        page, cursor, _ = _page(call, offers, body)
        items = [
            {
                "product_id": _product_id(offer),
                "offer_id": offer.sku,
                "stocks": _totals_of(call.account, offer),
            }
            for offer in page
        ]
        return json_response(
            200, {"items": items, "total": len(offers), "cursor": cursor if page else ""}
        )

    def _by_warehouse(self, call: Call) -> Response:
        checks: dict[str, Check] = {
            "limit": whole(1, 1000),
            "cursor": text,
            "offer_id": array(text, high=1000),
            "sku": array(int64_text, high=1000),
        }
        body = fields("", read_json(call.request), checks, required=("limit",))
        wanted_articles = set(body.get("offer_id", ()))
        wanted_skus = set(body.get("sku", ()))
        if bool(wanted_articles) == bool(wanted_skus):
            raise Wrong(400, "one of offer_id and sku is required")
        rows = [
            (w, sku)
            for (w, sku), stock in call.account.stock.items()
            if stock.free is not None
            and (
                _sku_id(call.account.offers[sku]) in wanted_skus
                if wanted_skus
                else sku in wanted_articles
            )
        ]
        page, cursor, more = _page(call, rows, body)
        products = [self._stock_row(call.account, w, sku) for w, sku in page]
        return json_response(200, {"products": products, "has_next": more, "cursor": cursor})

    def _one_warehouse(self, call: Call) -> Response:
        checks: dict[str, Check] = {
            "warehouse_id": int64_text,
            "limit": whole(1, 1000),
            "cursor": text,
        }
        required = ("warehouse_id", "limit")
        body = fields("", read_json(call.request), checks, required=required)
        warehouse = body["warehouse_id"]
        if warehouse not in call.account.warehouses:
            raise Wrong(404, f"warehouse {warehouse} not found")
        rows = [
            k for k, s in call.account.stock.items() if k[0] == warehouse and s.free is not None
        ]
        page, cursor, more = _page(call, rows, body)
        now = self._world.now()
        stocks = [
            {
                **self._stock_row(call.account, w, sku),
                "updated_at": _at(call.account.stock[w, sku].written_at or now),
            }
            for w, sku in page
        ]
        for row in stocks:
            del row["warehouse_name"]
        # The example ends with a cursor that is not empty.
        return json_response(200, {"stocks": stocks, "has_next": more, "cursor": cursor})

    def _stock_row(self, account: Account, warehouse: int, sku: str) -> dict[str, Any]:
        stock, offer = account.stock[warehouse, sku], account.offers[sku]
        free = stock.free or 0
        return {
            "offer_id": sku,
            "product_id": _product_id(offer),
            "sku": _sku_id(offer),
            "warehouse_id": warehouse,
            "warehouse_name": f"Warehouse {warehouse % 100}",
            "present": free + stock.reserved,
            "reserved": stock.reserved,
            "free_stock": free,
        }

    def _fbo(self, call: Call) -> Response:
        checks: dict[str, Check] = {
            "limit": whole(1, 1000),
            "cursor": text,
            "offer_ids": array(text, high=1000),
            "skus": array(int64_text, high=1000),
        }
        body = fields("", read_json(call.request), checks, required=("limit",))
        articles, skus = set(body.get("offer_ids", ())), set(body.get("skus", ()))
        rows = [
            o
            for o in call.account.offers.values()
            if o.held_there and (not (articles or skus) or o.sku in articles or _sku_id(o) in skus)
        ]
        page, cursor, more = _page(call, rows, body)
        products = [
            {"offer_id": o.sku, "sku": _sku_id(o), "present": o.held_there, "reserved": 0}
            for o in page
        ]
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
        body = fields(
            "",
            read_json(call.request),
            {"stocks": array(item, low=1, high=100)},
            required=("stocks",),
        )
        for n, row in enumerate(body["stocks"]):
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
        refused = _share(call, len(body["stocks"]))
        result = [
            self._write_one(call, row, refused=n < refused) for n, row in enumerate(body["stocks"])
        ]
        # Results come in an order of their own.
        return json_response(200, {"result": result[::-1]})

    def _write_one(self, call: Call, row: dict[str, Any], *, refused: bool) -> dict[str, Any]:
        account, now = call.account, self._world.now()
        # Where both come, offer_id counts.
        if "offer_id" in row:
            offer = account.offers.get(row["offer_id"])
        else:
            by_id = (o for o in account.offers.values() if _product_id(o) == row["product_id"])
            offer = next(by_id, None)
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
        def refusal(code: str, message: str) -> dict[str, str]:
            return {"code": code, "message": message}

        if offer is None:
            return refusal("NOT_FOUND_ERROR", "Product not found")
        if refused:
            return refusal("PRICE_IS_NOT_SENT", "Price is not sent")
        if warehouse not in account.warehouses or warehouse in account.processing:
            return refusal("WAREHOUSE_NOT_FOUND", "Warehouse not found")
        if offer.archived:
            return refusal("PRODUCT_IS_ARCHIVED", "The product is archived")
        if stock > STOCK_MAX:
            return refusal("STOCK_TOO_BIG", "Stock is too big")
        before = self._updated.get((account.name, warehouse, offer.sku))
        interval = timedelta(seconds=PAIR_INTERVAL_S / self._world.speed)
        if before is not None and now - before < interval:
            return refusal("TOO_MANY_REQUESTS", "Stock is updated too frequently")
        return None

    # ------------------------------------------------------------ postings

    def _postings(self, call: Call) -> Response:
        only = nested(
            {
                "since": moment,
                "to": moment,
                "last_changed_status_date": _PERIOD,
                "statuses": array(one_of(*STATUSES)),
                "warehouse_ids": array(int64_text, high=IDS_MAX),
                "delivery_method_ids": array(int64_text, high=IDS_MAX),
                "provider_ids": array(int64_text, high=IDS_MAX),
                "order_id": int64_text,
                "order_numbers": array(text, high=NUMBERS_MAX),
                "integration_type_flow": array(one_of(*FLOWS)),
                "is_blr_traceable": boolean,
            },
            required=("since", "to"),
        )
        checks = _listing_fields(only, "PostingFbsListRequest")
        body = fields("", read_json(call.request), checks, required=_LIST_NEEDS)
        chosen = body["filter"]
        if chosen["to"] < chosen["since"] or chosen["to"] - chosen["since"] > PERIOD_MAX:
            raise Wrong(400, "period is too long or turned round: PERIOD_IS_TOO_LONG")
        orders = [
            o
            for o in self._visible(call)
            if chosen["since"] <= o.created_at <= chosen["to"]
            and self._fits(call.account, o, chosen)
        ]
        return self._posting_page(call, orders, body)

    def _unfulfilled(self, call: Call) -> Response:
        only = nested(
            {
                "cutoff_from": moment,
                "cutoff_to": moment,
                "delivering_date_from": moment,
                "delivering_date_to": moment,
                "last_changed_status_date": _PERIOD,
                "statuses": array(one_of(*STATUSES)),
                "warehouse_ids": array(int64_text, high=IDS_MAX),
                "delivery_method_ids": array(int64_text, high=IDS_MAX),
                "provider_ids": array(int64_text, high=IDS_MAX),
            }
        )
        checks = _listing_fields(only, "PostingFbsUnfulfilledListRequest")
        body = {"limit": POSTINGS_MAX, **fields("", read_json(call.request), checks)}
        # The text lets it be left out, and the server then finds no period in it.
        chosen = body.get("filter", {})
        ends = tuple(n for n in sorted(chosen) if n.startswith(("cutoff_", "delivering_date_")))
        if ends not in (
            ("cutoff_from", "cutoff_to"),
            ("delivering_date_from", "delivering_date_to"),
        ):
            raise Wrong(400, "either cutoff or delivering_date, both ends")
        first, last = (chosen[n] for n in ends)
        if last < first or last - first > PERIOD_MAX:
            raise Wrong(400, "period is too long or turned round: PERIOD_IS_TOO_LONG")
        # What has not left has no date of delivery yet: the planned one is that of shipment.
        orders = [
            o
            for o in self._visible(call)
            if o.in_warehouse
            and first <= o.created_at + ASSEMBLY <= last
            and self._fits(call.account, o, chosen)
        ]
        return self._posting_page(call, orders, body)

    def _posting_page(self, call: Call, orders: list[Order], body: dict[str, Any]) -> Response:
        """A page after the cursor: a keyset over (in_process_at, id), so that postings which
        appear or change during a walk shift no others.
        """
        backwards = body.get("sort_dir", "ASC").upper() == "DESC"
        orders.sort(key=_place_in_list, reverse=backwards)
        given = body.get("cursor", "")
        if given:
            at, number, *what = _read_token(given, 3)
            if what != [_question(body)]:
                raise Wrong(400, "the cursor belongs to another filter or order")
            after = (at, number)
            orders = [
                o
                for o in orders
                if (_place_in_list(o) < after if backwards else _place_in_list(o) > after)
            ]
        page = orders[: body["limit"]]
        more = len(orders) > len(page)
        cursor = _token([*_place_in_list(page[-1]), _question(body)]) if page else given
        if _is_twice(call) and more:
            cursor = given
        rows = [self._posting_row(call.account, o) for o in page]
        return json_response(200, {"postings": rows, "has_next": more, "cursor": cursor})

    def _fits(self, account: Account, order: Order, chosen: dict[str, Any]) -> bool:
        status = order.status or self._words(account, order)[0]
        changed = chosen.get("last_changed_status_date", {})
        changed_at = order.status_at or order.created_at

        def among(name: str, value: object) -> bool:
            return not chosen.get(name) or value in chosen[name]

        return (
            changed.get("from", changed_at) <= changed_at <= changed.get("to", changed_at)
            and among("statuses", status)
            and among("warehouse_ids", order.warehouse)
            and among("delivery_method_ids", order.warehouse)
            and among("provider_ids", PROVIDER_ID)
            and among("order_numbers", _order_number(order))
            and among("integration_type_flow", _flow(account, order))
            and chosen.get("order_id") in (None, 0, _order_id(order))
            and not chosen.get("is_blr_traceable")
        )

    def _words(self, account: Account, order: Order) -> tuple[str, str]:
        if order.state == "shipped" and order.warehouse in account.dbs_warehouses:
            return "sent_by_seller", "posting_transferred_to_courier_service"
        return POSTING_WORDS[order.state]

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
        checks: dict[str, Check] = {
            "posting_number": text,
            "with": nested(dict.fromkeys(extras, boolean)),
        }
        body = fields("", read_json(call.request), checks, required=("posting_number",))
        visible = self._visible(call)
        order = next((o for o in visible if o.order_id == body["posting_number"]), None)
        if order is not None:
            posting = self._detail(call.account, order)
            if body.get("with", {}).get("related_postings"):
                others = [
                    o.order_id
                    for o in visible
                    if _order_number(o) == _order_number(order) and o is not order
                ]
                posting["related_postings"] = {"related_posting_numbers": others}
            return json_response(200, {"result": posting})
        answer = self.error(Wrong(404, "POSTING_NOT_FOUND"))
        # A posting that is not told yet is nobody's fault.
        answer.breach = None
        return answer

    def _visible(self, call: Call) -> list[Order]:
        """FBO orders come from other methods."""
        return [o for o in self._world.visible_orders(call.account.name) if not o.held_there]

    def _posting_row(self, account: Account, order: Order) -> dict[str, Any]:
        status, substatus = self._words(account, order)
        cancelled = order.state in ("cancelled", "cancelled_away", "refused")
        lines = [line for line in order.lines if line.left]
        return {
            "posting_number": order.order_id,
            "order_id": _order_id(order),
            "order_number": _order_number(order),
            "parent_posting_number": order.parent or "",
            "status": order.status or status,
            "substatus": "" if order.status else substatus,
            "in_process_at": _at(order.created_at),
            "shipment_date": _at(order.created_at + ASSEMBLY),
            "delivering_date": _at(order.handed_over_at) if order.handed_over_at else None,
            "delivery_method": {
                "id": order.warehouse,
                "name": "Ozon",
                "warehouse_id": order.warehouse,
                "warehouse": f"Warehouse {order.warehouse % 100}",
            },
            "tpl_integration_type": _flow(account, order),
            "integration_type_flow": _flow(account, order),
            # Of which kind the SKU is, whoever delivers; as the example spells it.
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

    def _detail(self, account: Account, order: Order) -> dict[str, Any]:
        """A posting by itself: other fields than a row of a list."""
        posting = self._posting_row(account, order)
        del posting["delivery_schema"]
        posting["fact_delivery_date"] = None
        for product in posting["products"]:
            price = product.pop("price")
            product |= {"price": price["amount"], "currency_code": price["currency"]}
        return whole_posting(posting)

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
        periods = (
            "logistic_return_date",
            "storage_tariffication_start_date",
            "visual_status_change_moment",
        )
        only = nested(
            {
                **dict.fromkeys(periods, _RETURN_PERIOD),
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
        checks: dict[str, Check] = {"limit": whole(1, 500), "last_id": int64_text, "filter": only}
        body = fields("", read_json(call.request), checks, required=("limit",))
        chosen = body.get("filter", {})
        if sum(w in chosen for w in periods) > 1:
            raise Wrong(400, "only one of the date filters may be used")
        items = sorted(
            (
                r
                for r in self._world.returns_of(call.account.name)
                if not self._is_claim(call.account, r) and self._return_fits(r, chosen)
            ),
            key=lambda r: r.number,
        )
        last_id = 0 if _is_twice(call) else body.get("last_id", 0)
        rest = [r for r in items if int(r.return_id) > last_id]
        page = rest[: body["limit"]]
        rows = [self._return_row(call.account, r) for r in page]
        return json_response(200, {"returns": rows, "has_next": len(rest) > len(page)})

    def _return_fits(self, item: Return, chosen: dict[str, Any]) -> bool:
        changed = chosen.get("visual_status_change_moment", {})
        made = chosen.get("logistic_return_date", {})
        order = self._world.orders[item.account, item.order_id]
        product = self._world.products[item.sku]
        wanted: tuple[tuple[str, object], ...] = (
            ("return_schema", "FBO" if order.held_there else "FBS"),
            ("order_id", _order_id(order)),
            ("offer_id", item.sku),
            ("product_name", product.name),
            ("visual_status_name", item.status or RETURN_WORDS[item.state]),
            ("compensation_status_id", item.compensation),
            ("warehouse_id", order.warehouse),
        )
        return (
            changed.get("time_from", item.changed_at)
            <= item.changed_at
            <= changed.get("time_to", item.changed_at)
            and made.get("time_from", item.created_at)
            <= item.created_at
            <= made.get("time_to", item.created_at)
            and (not chosen.get("posting_numbers") or item.order_id in chosen["posting_numbers"])
            and all(chosen.get(name) in (None, value) for name, value in wanted)
            and chosen.get("barcode") in (None, *product.barcodes)
            # No storage is paid for.
            and "storage_tariffication_start_date" not in chosen
        )

    def _return_row(self, account: Account, item: Return) -> dict[str, Any]:
        order = self._world.orders[account.name, item.order_id]
        return {
            # Int64 comes as text in the documented example.
            "id": item.return_id,
            "type": RETURN_TYPES[item.kind],
            # Not spelled as in the filter.
            "schema": "Fbo" if order.held_there else "Fbs",
            "posting_number": item.order_id,
            "order_id": str(_order_id(order)),
            "order_number": _order_number(order),
            "source_id": None,
            "product": {
                "offer_id": item.sku,
                "sku": str(_sku_id(account.offers[item.sku])),
                "name": self._world.products[item.sku].name,
                "quantity": item.quantity,
            },
            "place": {"id": "23869688194000", "name": "СЦ_ВОЗВРАТЫ", "address": ""},
            "target_place": {"id": "23869688194000", "name": "СЦ_ВОЗВРАТЫ", "address": ""},
            "logistic": {
                "return_date": _at(item.created_at),
                "final_moment": _at(item.received_at) if item.received_at else None,
                "cancelled_with_compensation_moment": None,
                "technical_return_moment": None,
            },
            "visual": {
                "status": {
                    "id": 3 if item.state == "arrived" else 15,
                    "sys_name": item.status or RETURN_WORDS[item.state],
                    "display_name": item.state,
                },
                "change_moment": _at(item.changed_at),
            },
            "compensation_status": self._compensation(item),
        }

    def _compensation(self, item: Return) -> dict[str, Any] | None:
        if item.compensation is None:
            return None
        word = COMPENSATION_WORDS[item.compensation]
        status = {"id": item.compensation, "sys_name": word, "display_name": word}
        return {"status": status, "change_moment": _at(item.changed_at)}

    # ------------------------------------------------------------ claims

    def _is_claim(self, account: Account, item: Return) -> bool:
        """What a buyer sends back to a seller who delivered himself, goes by claim."""
        order = self._world.orders[account.name, item.order_id]
        return item.kind == "client" and order.warehouse in account.dbs_warehouses

    def _claims(self, call: Call) -> Response:
        only = nested(
            {
                "offer_id": text,
                "posting_number": text,
                "group_state": array(one_of(*CLAIM_GROUPS)),
                "created_at": _PERIOD,
            }
        )
        checks: dict[str, Check] = {"limit": whole(1, 1000), "last_id": int64_text, "filter": only}
        body = fields("", read_json(call.request), checks, required=("limit",))
        chosen = body.get("filter", {})
        last_id = 0 if _is_twice(call) else body.get("last_id", 0)
        items = sorted(
            (
                r
                for r in self._world.returns_of(call.account.name)
                if self._is_claim(call.account, r)
                and int(r.return_id) > last_id
                and self._claim_fits(r, chosen)
            ),
            key=lambda r: r.number,
        )
        rows = [self._claim_row(call.account, r) for r in items[: body["limit"]]]
        return json_response(200, {"returns": rows})

    def _claim_fits(self, item: Return, chosen: dict[str, Any]) -> bool:
        made = chosen.get("created_at", {})
        groups = {g.lower() for g in chosen.get("group_state", ())} - {"all"}
        return (
            made.get("from", item.created_at) <= item.created_at <= made.get("to", item.created_at)
            and chosen.get("offer_id") in (None, item.sku)
            and chosen.get("posting_number") in (None, item.order_id)
            and (not groups or CLAIM_WORDS[item.state][0] in groups)
        )

    def _claim_row(self, account: Account, item: Return) -> dict[str, Any]:
        order = self._world.orders[account.name, item.order_id]
        group, word = CLAIM_WORDS[item.state]
        return {
            "return_id": int(item.return_id),
            "return_number": f"RET-{item.number}",
            "posting_number": item.order_id,
            "order_number": _order_number(order),
            "created_at": _at(item.created_at),
            "product": {
                "offer_id": item.sku,
                "sku": _sku_id(account.offers[item.sku]),
                "name": self._world.products[item.sku].name,
                "price": 590,
                "currency_code": "RUB",
            },
            "state": {
                "group_state": group,
                "state": item.status or word,
                "state_name": item.state,
                # Empty, whatever became of the money.
                "money_return_state_name": "",
            },
        }


_LIST_NEEDS = ("filter", "limit")


def _listing_fields(only: Check, request: str) -> dict[str, Check]:
    # The last one is in the example and in no schema.
    names = ("analytics_data", "barcodes", "financial_data", "legal_info", "translit")

    def limit(where: str, value: Any) -> int:
        number = int(whole()(where, value))
        if not 0 < number <= POSTINGS_MAX:
            bounds = f"value must be inside range (0, {POSTINGS_MAX}]"
            raise Wrong(400, f"Request validation error: invalid {request}.Limit: {bounds}")
        return number

    return {
        "filter": only,
        "limit": limit,
        "cursor": text,
        "sort_dir": one_of("ASC", "DESC", "asc", "desc"),
        "with": nested(dict.fromkeys(names, boolean)),
        "translit": boolean,
    }


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
        wanted = set(only[name])
        # With identifiers visibility does not count: archived ones come too.
        return [o for o in offers if of(o) in wanted]
    visibility = only.get("visibility", "ALL")
    if visibility not in VISIBILITIES:
        raise Wrong(400, f"unknown visibility {visibility}")
    chosen = [o for o in offers if o.archived == (visibility == "ARCHIVED")]
    sells = {sku for (_, sku), stock in account.stock.items() if stock.free}
    match visibility:
        case "EMPTY_STOCK" | "INVISIBLE" | "TO_SUPPLY":
            return [o for o in chosen if o.sku not in sells]
        case "IN_SALE" | "VISIBLE":
            return [o for o in chosen if o.sku in sells]
        case _:
            return chosen


def _totals_of(account: Account, offer: Offer) -> list[dict[str, Any]]:
    """Rows of one offer by scheme; Ozon's own units are among them."""
    by_scheme: dict[str, list[OfferStock]] = {}
    for warehouse in account.warehouses:
        # Only totals tell rFBS by its name.
        scheme = "rfbs" if warehouse in account.dbs_warehouses else "fbs"
        by_scheme.setdefault(scheme, []).append(account.stock[warehouse, offer.sku])
    rows = []
    for scheme, places in by_scheme.items():
        reserved = sum(s.reserved for s in places)
        free = sum(s.free or 0 for s in places)
        rows.append(_total(scheme, free + reserved, reserved, offer))
    if offer.held_there:
        rows.append(_total("fbo", offer.held_there, 0, offer))
    return rows


def _total(kind: str, present: int, reserved: int, offer: Offer) -> dict[str, Any]:
    return {
        "type": kind,
        "present": present,
        "reserved": reserved,
        "sku": _sku_id(offer),
        "shipment_type": "SHIPMENT_TYPE_GENERAL",
        "warehouse_ids": [],
    }


def _is_twice(call: Call) -> bool:
    return call.fault is not None and call.fault.kind == "duplicate_page"


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


def _order_id(order: Order) -> int:
    return 24000000000 + order.basket


def _flow(account: Account, order: Order) -> str:
    return "non_integrated" if order.warehouse in account.dbs_warehouses else "ozon"


# ---------------------------------------------------------------- pages


def _place_in_list(order: Order) -> tuple[str, int]:
    return _at(order.created_at), order.number


def _token(position: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _read_token(token: str, parts: int) -> list[Any]:
    try:
        position = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        position = None
    kinds = {1: [int], 2: [int, str], 3: [str, int, str]}[parts]
    if not isinstance(position, list) or [type(p) for p in position] != kinds:
        raise Wrong(400, f"{token} is no position of this list")
    return position


def _product_position(last_id: str) -> int:
    return int(_read_token(last_id, 1)[0]) if last_id else 0


def _question(body: dict[str, Any]) -> str:
    """A short name of everything that may not change from page to page."""
    rest = {k: v for k, v in body.items() if k not in ("cursor", "limit")}
    written = json.dumps(rest, sort_keys=True, default=str)
    return hashlib.sha256(written.encode(errors="replace")).hexdigest()[:12]


def _page(call: Call, rows: Iterable[T], body: dict[str, Any]) -> tuple[list[T], str, bool]:
    """A page from a cursor on; the last page carries a cursor too."""
    everything = list(rows)
    given, start = body.get("cursor", ""), 0
    if given:
        start, question = _read_token(given, 2)
        if question != _question(body) or start < 0:
            raise Wrong(400, "the cursor belongs to another question")
    page = everything[start : start + body["limit"]]
    end = start + len(page)
    more = end < len(everything)
    if _is_twice(call) and more:
        return page, given, more
    return page, _token([end, _question(body)]), more


KIND = Kind(
    fake=OzonFake,
    prefix="ozon",
    credentials=lambda number, _: {
        "client_id": f"{100000 + number}",
        "api_key": f"sandbox-ozon-key-{number}",
    },
    warehouses=lambda number, count: [22142605386000 + 10 * number + w for w in range(count)],
    order_id=lambda number: f"{48215000 + number}-{number:04}-1",
    gives_back=True,
    splits=True,
    key_lives=timedelta(days=180),
)
