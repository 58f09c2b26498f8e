"""Market's catalogue, and stock, read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.records import Account, Offer, OfferStock
from cloudstock.sandbox.request import (
    Check,
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
    text,
    whole,
)
from cloudstock.sandbox.world import World
from cloudstock.sandbox.yandex_market_answers import ok, stamp
from cloudstock.sandbox.yandex_market_forms import (
    OFFER_STATUSES,
    Key,
    article,
    body_of,
    offers_alone,
    one_page,
    page_limit,
    some,
)
from cloudstock.sandbox.yandex_market_shops import (
    MARKET_WAREHOUSE,
    RETURNS_WAREHOUSE,
    Campaign,
    Shops,
)

COUNT_MAX = 2_000_000_000
VALUE_AGE_MAX = timedelta(hours=24)

# Counted in data: items returned, SKUs sent.
STOCKS_READ = Rate("stocks, items returned", 100_000 / 60, 100_000)
STOCKS_WRITE = Rate("stocks, SKUs sent", 100_000 / 60, 100_000)

# Spends from a limit counted in data: the call, the limit, whose, how much; the answer of refusal
# where there is not enough.
Spend = Callable[[Call, Rate, str, int], Response | None]


@dataclass(frozen=True, slots=True)
class Update:
    """One written number: what, where, how many, and the moment it holds for."""

    sku: str
    warehouse: int
    count: int
    value_at: datetime


class Goods:
    """What the methods of the catalogue and of stock answer."""

    def __init__(self, world: World, shops: Shops, spend: Spend) -> None:
        self._world = world
        self._shops = shops
        self._spend = spend

    # ------------------------------------------------------------ catalog

    def mappings(self, call: Call) -> Response:
        """POST /v2/businesses/{business}/offer-mappings."""
        only_query(call.request, "limit", "pageToken", "page_token", "language")
        checks: dict[str, Check] = {
            "offerIds": some(article, 100),
            "cardStatuses": some(text),
            "categoryIds": some(whole(1)),
            "vendorNames": some(text),
            "tags": some(text),
            "archived": boolean,
        }
        body = fields("", body_of(call, required=False), checks)
        cabinet = self._shops.business(call)
        limit = page_limit(call, default=50, most=100, truncates=True)
        skus = offers_alone(call, body)
        sellers: dict[str, list[Account]] = {}
        for account in cabinet:
            for sku in account.offers:
                sellers.setdefault(sku, []).append(account)
        if skus is not None:
            mappings = [self._mapping(sku, sellers[sku]) for sku in sellers if sku in skus]
            return ok({"offerMappings": mappings, "paging": {}})
        archived = body.get("archived", False)
        rows = [(sku, sku) for sku in sellers if _archived(sku, sellers[sku]) == archived]
        if body.keys() & {"categoryIds", "vendorNames", "tags", "cardStatuses"}:
            rows = []
        page, paging = one_page(call, rows, limit)
        mappings = [self._mapping(sku, sellers[sku]) for sku in page]
        return ok({"offerMappings": mappings, "paging": paging})

    def _mapping(self, sku: str, accounts: list[Account]) -> dict[str, Any]:
        product = self._world.products[sku]
        shops = [
            {"campaignId": int(a.credentials["campaign_id"]), "status": _status(a, a.offers[sku])}
            for a in accounts
        ]
        shops += [
            {"campaignId": int(a.credentials["campaign_id"]) + 1, "status": "PUBLISHED"}
            for a in accounts
            if a.offers[sku].held_there
        ]
        offer = {
            "offerId": sku,
            "name": product.name,
            **({"barcodes": list(product.barcodes)} if product.barcodes else {}),
            "archived": _archived(sku, accounts),
            "cardStatus": "HAS_CARD_CAN_UPDATE",
            "campaigns": shops,
        }
        return {
            "offer": offer,
            "mapping": {"marketSku": 100500000 + accounts[0].offers[sku].number},
        }

    def offers(self, call: Call) -> Response:
        """POST /v2/campaigns/{campaign}/offers."""
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "offerIds": some(article, 200),
            "statuses": some(one_of(*OFFER_STATUSES)),
            "categoryIds": some(whole(1)),
            "vendorNames": some(text),
            "tags": some(text),
        }
        body = fields("", body_of(call), checks)
        campaign = self._shops.campaign(call)
        limit = page_limit(call, default=100, most=200)
        skus = offers_alone(call, body)
        rows: list[tuple[Key, dict[str, Any]]] = []
        for sku, offer in campaign.account.offers.items():
            if campaign.fulfilled_by_market and not offer.held_there:
                continue
            status = _status(campaign.account, offer)
            if (skus is None or sku in skus) and status in body.get("statuses", (status,)):
                rows.append((sku, {"offerId": sku, "status": status}))
        if skus is not None:
            return ok({"offers": [row for _, row in rows], "paging": {}})
        if body.keys() & {"categoryIds", "vendorNames", "tags"}:
            rows = []
        page, paging = one_page(call, rows, limit)
        return ok({"offers": page, "paging": paging})

    # ------------------------------------------------------------ stocks: read

    def read(self, call: Call) -> Response:
        """POST /v2/campaigns/{campaign}/offers/stocks."""
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "stocksWarehouseId": whole(1),
            "archived": boolean,
            "offerIds": some(article, 500),
            "hasStocks": boolean,
            "withTurnover": boolean,
        }
        body = fields("", body_of(call, required=False), checks)
        campaign = self._shops.by_shop(call)
        if not campaign.fulfilled_by_market and body.keys() & {"hasStocks", "withTurnover"}:
            raise Wrong(400, "hasStocks and withTurnover are for goods at Market only")
        if "hasStocks" in body and "stocksWarehouseId" not in body:
            raise Wrong(400, "Missing field stocksWarehouseId")
        limit = page_limit(call, default=50, most=100, truncates=True)
        offers, paging = self._chosen_offers(call, [campaign.account], body, limit)
        places: dict[int, list[dict[str, Any]]] = {}
        for _, offer in offers:
            for place, row in self._stock_rows(campaign, offer):
                if place == body.get("stocksWarehouseId", place):
                    places.setdefault(place, []).append(row)
        items = sum(len(rows) for rows in places.values())
        refusal = self._spend(call, STOCKS_READ, str(campaign.id), items)
        if refusal is not None:
            return refusal
        warehouses = [{"warehouseId": place, "offers": rows} for place, rows in places.items()]
        return ok({"warehouses": warehouses, "paging": paging})

    def _chosen_offers(
        self, call: Call, sellers: Sequence[Account], body: Mapping[str, Any], limit: int
    ) -> tuple[list[tuple[Account, Offer]], dict[str, str]]:
        """Return the offers of shops that sell one stock, each with the first shop that has it."""
        skus = offers_alone(call, body, beside=("partnerWarehouseId",))
        offers = {s: (a, o) for a in reversed(sellers) for s, o in a.offers.items()}
        if skus is not None:
            return [pair for sku, pair in offers.items() if sku in skus], {}
        archived = body.get("archived", False)
        rows = [(sku, pair) for sku, pair in offers.items() if pair[1].archived == archived]
        return one_page(call, rows, limit)

    def _stock_rows(self, campaign: Campaign, offer: Offer) -> Iterable[tuple[int, dict[str, Any]]]:
        """Return an offer's rows by warehouse: the seller's own, and Market's."""
        if campaign.fulfilled_by_market:
            if offer.held_there:
                yield MARKET_WAREHOUSE, _market_row(offer.sku, offer.held_there)
            return
        for warehouse in campaign.account.warehouses:
            row = self._stock_row(offer, campaign.account.stock[warehouse, offer.sku])
            if row is not None:
                yield warehouse, row
        if offer.held_there:
            # Returns that nobody fetched lie at Market and are told in the same answer.
            yield RETURNS_WAREHOUSE, _market_row(offer.sku, 1)

    def _stock_row(self, offer: Offer, stock: OfferStock) -> dict[str, Any] | None:
        free = self._world.readable_free(stock)
        if free is None:
            # What was never set is absent, or stands there without any number.
            return {"offerId": offer.sku, "stocks": []} if offer.number % 2 else None
        counts = {"FIT": free + stock.reserved, "FREEZE": stock.reserved, "AVAILABLE": free}
        stocks = [
            {"type": name, "count": count}
            for name, count in counts.items()
            # A type that is absent means 0.
            if count or name == "FIT"
        ]
        row: dict[str, Any] = {"offerId": offer.sku, "stocks": stocks}
        if stock.value_at is not None:
            row["updatedAt"] = stamp(stock.value_at)
        return row

    def read_v3(self, call: Call) -> Response:
        """POST /v3/businesses/{business}/offers/stocks."""
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "partnerWarehouseId": whole(1),
            "archived": boolean,
            "offerIds": some(article, 500),
        }
        body = fields("", body_of(call), checks, required=("partnerWarehouseId",))
        warehouse = body["partnerWarehouseId"]
        owners = _owners(self._shops.ungrouped(call), warehouse)
        limit = page_limit(call, default=50, most=100, truncates=True)
        offers, paging = self._chosen_offers(call, owners, body, limit)
        rows = [self._stock_row(o, a.stock[warehouse, o.sku]) for a, o in offers]
        page = [row for row in rows if row is not None]
        return ok({"partnerWarehouseId": warehouse, "offers": page, "paging": paging})

    # ------------------------------------------------------------ stocks: write

    def write(self, call: Call) -> Response:
        """PUT /v2/campaigns/{campaign}/offers/stocks."""
        only_query(call.request)
        item = nested({"count": whole(0, COUNT_MAX), "updatedAt": moment}, required=("count",))
        sku = nested(
            {"sku": article, "items": array(item, low=1, high=1)}, required=("sku", "items")
        )
        checks: dict[str, Check] = {"skus": array(sku, low=1, high=2000)}
        body = fields("", body_of(call), checks, required=("skus",))
        campaign = self._shops.by_shop(call)
        if campaign.fulfilled_by_market:
            raise Wrong(400, "Campaign type is not allowed")
        now = self._world.now()
        warehouse = campaign.account.warehouses[0]
        updates = [
            Update(s["sku"], warehouse, s["items"][0]["count"], s["items"][0].get("updatedAt", now))
            for s in body["skus"]
        ]
        refusal = self._spend(call, STOCKS_WRITE, str(campaign.id), len(updates))
        return refusal or self._apply(call, [campaign.account], updates)

    def write_v3(self, call: Call) -> Response:
        """POST /v3/businesses/{business}/offers/stocks/update."""
        only_query(call.request)
        item = nested(
            {
                "sku": article,
                "partnerWarehouseId": whole(1),
                "count": whole(0, COUNT_MAX),
                "updatedAt": moment,
            },
            required=("sku", "partnerWarehouseId", "count"),
        )
        checks: dict[str, Check] = {"skuItems": array(item, low=1, high=2000)}
        body = fields("", body_of(call), checks, required=("skuItems",))
        now = self._world.now()
        updates = [
            Update(i["sku"], i["partnerWarehouseId"], i["count"], i.get("updatedAt", now))
            for i in body["skuItems"]
        ]
        return self._apply(call, self._shops.ungrouped(call), updates)

    def _apply(self, call: Call, cabinet: list[Account], updates: list[Update]) -> Response:
        """Take all numbers, or none of them."""
        owners = {u.warehouse: _owners(cabinet, u.warehouse) for u in updates}
        seen: set[tuple[str, int]] = set()
        now = self._world.now()
        for update in updates:
            if (update.sku, update.warehouse) in seen:
                raise Wrong(
                    400, f"Duplicate shop-sku '{update.sku}' for warehouse {update.warehouse}"
                )
            seen.add((update.sku, update.warehouse))
            if update.value_at > now:
                raise Wrong(400, f"Stock for '{update.sku}' should not be in the future")
            if now - update.value_at > VALUE_AGE_MAX:
                raise Wrong(400, f"Stock for '{update.sku}' should not be older than a day")
        sellers = [
            next((a for a in owners[u.warehouse] if u.sku in a.offers), None) for u in updates
        ]
        if None in sellers:
            # Which of them is not said.
            raise Wrong(400, "Unknown shop-sku in the request")
        fault = call.fault
        if fault is not None and fault.kind == "refuse_items":
            some = updates[: max(1, round(len(updates) * fault.share))]
            raise Wrong(400, f"Stock cannot be updated for {len(some)} shop-skus")
        if fault is not None and fault.kind == "ignore_write":
            return json_response(200, {"status": "OK"})
        for update, account in zip(updates, sellers, strict=True):
            assert account is not None
            held = account.stock[update.warehouse, update.sku].value_at
            # An older number than the held one is dropped behind an OK.
            if held is None or update.value_at >= held:
                self._world.show(
                    account.name,
                    update.warehouse,
                    update.sku,
                    update.count,
                    value_at=update.value_at,
                )
        return json_response(200, {"status": "OK"})


def _status(account: Account, offer: Offer) -> str:
    if offer.archived:
        return "ARCHIVED"
    free = any(account.stock[w, offer.sku].free for w in account.warehouses)
    return "PUBLISHED" if free else "NO_STOCKS"


def _archived(sku: str, accounts: Iterable[Account]) -> bool:
    return all(a.offers[sku].archived for a in accounts)


def _market_row(sku: str, count: int) -> dict[str, Any]:
    """What Market holds itself: the types overlap, and one of them cannot be sold."""
    stocks = [
        {"type": "FIT", "count": count},
        {"type": "AVAILABLE", "count": count},
        {"type": "DEFECT", "count": 1},
    ]
    return {"offerId": sku, "stocks": stocks}


def _owners(cabinet: list[Account], warehouse: int) -> list[Account]:
    owners = [account for account in cabinet if warehouse in account.warehouses]
    if not owners:
        raise Wrong(404, f"Warehouse not found: {warehouse}")
    return owners
