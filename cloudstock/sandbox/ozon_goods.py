"""Ozon's warehouses, products and their stock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.ozon_answers import (
    one_page,
    product_id,
    read_token,
    sku_id,
    token,
    written,
)
from cloudstock.sandbox.ozon_rest import whole_card
from cloudstock.sandbox.records import Account, Offer, OfferStock
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    array,
    fields,
    int64_text,
    json_response,
    nested,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.world import World

PAIR_INTERVAL_S = 30.0
STOCK_MAX = 999_999
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


class Goods:
    """What the methods of warehouses, products and stock answer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._opened = world.now()
        # When each product-warehouse pair was last updated.
        self._updated: dict[tuple[str, int, str], datetime] = {}

    def warehouses(self, call: Call) -> Response:
        """Answer a page of the warehouses."""
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
        page, cursor, more = one_page(call, rows, body)
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

    def products(self, call: Call) -> Response:
        """Answer a page of the products."""
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
        page = [o for o in offers if product_id(o) > start][: body.get("limit", 1000)]
        if call.fault is not None and call.fault.kind == "duplicate_page" and page:
            last_id = body.get("last_id", "")
        else:
            last_id = token([product_id(page[-1])]) if page else ""
        return json_response(
            200,
            {
                "result": {
                    "items": [
                        {
                            "product_id": product_id(o),
                            "offer_id": o.sku,
                            "sku": sku_id(o),
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

    def infos(self, call: Call) -> Response:
        """Answer the cards of some products."""
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
        of = {"offer_id": _article, "product_id": product_id, "sku": sku_id}[given[0]]
        offers = [o for o in call.account.offers.values() if of(o) in wanted]
        return json_response(200, {"items": [self._info(call.account, o) for o in offers]})

    def _info(self, account: Account, offer: Offer) -> dict[str, Any]:
        product = self._world.products[offer.sku]
        held = [{**row, "source": row["type"]} for row in _totals_of(account, offer)]
        stocks = [{k: row[k] for k in ("source", "sku", "present", "reserved")} for row in held]
        card = {
            "id": product_id(offer),
            "offer_id": offer.sku,
            "sku": sku_id(offer),
            "name": product.name,
            "barcodes": [*product.barcodes, f"OZN{sku_id(offer)}"],
            "is_archived": offer.archived,
            "is_autoarchived": False,
            "is_kgt": False,
            "is_discounted": False,
            "statuses": {"status": "price_sent", "is_created": True},
            "stocks": {"stocks": stocks, "has_stock": any(row["present"] for row in stocks)},
            "sources": [{"sku": sku_id(offer), "source": "SDS"}],
        }
        return whole_card(card, made_at=written(self._opened))

    # ------------------------------------------------------------ stock

    def totals(self, call: Call) -> Response:
        """Answer a page of stock by scheme."""
        ids = {"offer_id": array(text, high=1000), "product_id": array(int64_text, high=1000)}
        only = nested({**ids, "visibility": text, "with_quant": nested({})})
        checks: dict[str, Check] = {"filter": only, "limit": whole(1, 1000), "cursor": text}
        body = fields("", read_json(call.request), checks, required=("filter", "limit"))
        offers = _chosen(call.account, body["filter"])
        page, cursor, _ = one_page(call, offers, body)
        items = [
            {
                "product_id": product_id(offer),
                "offer_id": offer.sku,
                "stocks": _totals_of(call.account, offer),
            }
            for offer in page
        ]
        return json_response(
            200, {"items": items, "total": len(offers), "cursor": cursor if page else ""}
        )

    def by_warehouse(self, call: Call) -> Response:
        """Answer the stock of some products in all warehouses."""
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
                sku_id(call.account.offers[sku]) in wanted_skus
                if wanted_skus
                else sku in wanted_articles
            )
        ]
        page, cursor, more = one_page(call, rows, body)
        products = [self._stock_row(call.account, w, sku) for w, sku in page]
        return json_response(200, {"products": products, "has_next": more, "cursor": cursor})

    def one_warehouse(self, call: Call) -> Response:
        """Answer a page of the stock of one warehouse."""
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
        page, cursor, more = one_page(call, rows, body)
        now = self._world.now()
        stocks = [
            {
                **self._stock_row(call.account, w, sku),
                "updated_at": written(call.account.stock[w, sku].written_at or now),
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
            "product_id": product_id(offer),
            "sku": sku_id(offer),
            "warehouse_id": warehouse,
            "warehouse_name": f"Warehouse {warehouse % 100}",
            "present": free + stock.reserved,
            "reserved": stock.reserved,
            "free_stock": free,
        }

    def fbo(self, call: Call) -> Response:
        """Answer a page of the stock that Ozon holds."""
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
            if o.held_there and (not (articles or skus) or o.sku in articles or sku_id(o) in skus)
        ]
        page, cursor, more = one_page(call, rows, body)
        products = [
            {"offer_id": o.sku, "sku": sku_id(o), "present": o.held_there, "reserved": 0}
            for o in page
        ]
        return json_response(200, {"products": products, "has_next": more, "cursor": cursor})

    def write(self, call: Call) -> Response:
        """Show the numbers that are sent, each or why not."""
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
            by_id = (o for o in account.offers.values() if product_id(o) == row["product_id"])
            offer = next(by_id, None)
        warehouse = row["warehouse_id"]
        complaint = self._complaint(account, offer, warehouse, row["stock"], now, refused=refused)
        if complaint is None and offer is not None:
            self._updated[account.name, warehouse, offer.sku] = now
            if call.fault is None or call.fault.kind != "ignore_write":
                self._world.show(account.name, warehouse, offer.sku, row["stock"])
        return {
            "warehouse_id": warehouse,
            "product_id": product_id(offer) if offer else row.get("product_id", 0),
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


def _share(call: Call, count: int) -> int:
    fault = call.fault
    return round(count * fault.share) if fault is not None and fault.kind == "refuse_items" else 0


def _chosen(account: Account, only: dict[str, Any]) -> list[Offer]:
    """The filter of products: one group of identifiers, or a visibility."""
    groups: tuple[tuple[str, Callable[[Offer], object]], ...] = (
        ("offer_id", _article),
        ("product_id", product_id),
        ("skus", sku_id),
    )
    given = [(name, of) for name, of in groups if only.get(name)]
    if len(given) > 1:
        raise Wrong(400, "one group of identifiers at a time")
    offers = sorted(account.offers.values(), key=product_id)
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
        "sku": sku_id(offer),
        "shipment_type": "SHIPMENT_TYPE_GENERAL",
        "warehouse_ids": [],
    }


def _article(offer: Offer) -> str:
    return offer.sku


def _product_position(last_id: str) -> int:
    return int(read_token(last_id, 1)[0]) if last_id else 0
