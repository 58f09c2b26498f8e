"""A seller's cabinet on Yandex.Market in memory, strict where the contract sets a bound.

It serves what the sandbox does not: groups of warehouses, crooked clocks, refusals that name
nobody, methods that are being switched off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime

import httpx

from cloudstock.marketplaces.clock import Clock
from tests.marketplaces.cabinet import AnsweringCabinet, Json, Request

MOSCOW = timezone(timedelta(hours=3))
BUSINESS, CAMPAIGN, OTHER_CAMPAIGN = 700100, 22003300, 22003301
WAREHOUSE, OTHER_WAREHOUSE, RETURNS_WAREHOUSE = 900400, 900401, 300

ORDER_FILTERS = {"orderIds", "campaignIds", "dates", "fake"}
DATE_FILTERS = {"creationDateFrom", "creationDateTo", "updateDateFrom", "updateDateTo"}


class RefusedError(Exception):
    """A 400 in Market's words."""


def must(condition: bool, words: str) -> None:
    if not condition:
        raise RefusedError(words)


@dataclass
class Cabinet(AnsweringCabinet):
    """State, and the rules by which it answers."""

    clock: Clock
    # Market's clock minus the test's.
    skew: timedelta = timedelta(0)
    tells_time: bool = True
    # How old its Date headers are.
    stale: timedelta = timedelta(0)
    scopes: list[str] = field(default_factory=lambda: ["ALL_METHODS"])
    campaigns: list[Json] = field(default_factory=list)
    warehouses: list[Json] = field(default_factory=list)
    # As POST /v3/businesses/{businessId}/warehouses tells them; None: those of `warehouses`, each
    # with the model FBS.
    partner_warehouses: list[Json] | None = None
    offers: list[Json] = field(default_factory=list)
    orders: list[Json] = field(default_factory=list)
    returns: list[Json] = field(default_factory=list)
    # (warehouse, sku) -> types and counts.
    stocks: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)
    held_since: dict[tuple[int, str], datetime] = field(default_factory=dict)
    # Articles that spoil a batch: named in the answer, or not.
    named: set[str] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)
    page_size: int = 100

    def now(self) -> datetime:
        return self.clock.now() + self.skew

    def headers(self) -> dict[str, str]:
        if not self.tells_time:
            return {}
        return {"Date": format_datetime(self.now() - self.stale, usegmt=True)}

    def check(self, raw: httpx.Request) -> None:
        assert raw.headers["api-key"] == "ACMA:key:1"

    def answer(self, request: Request) -> httpx.Response:
        try:
            return httpx.Response(200, json=self._answer(request), headers=self.headers())
        except RefusedError as problem:
            return error(400, "BAD_REQUEST", str(problem), headers=self.headers())

    def _answer(self, request: Request) -> Json:
        must(request.size <= 512_000, "The request is too big")
        campaign, business = f"/v2/campaigns/{CAMPAIGN}", f"businesses/{BUSINESS}"
        routes = {
            ("POST", "/v2/auth/token"): self._token,
            ("GET", "/v2/campaigns"): self._campaigns,
            ("POST", f"/v2/{business}/warehouses"): self._warehouses,
            ("POST", f"/v3/{business}/warehouses"): self._partner_warehouses,
            ("POST", f"/v2/{business}/offer-mappings"): self._mappings,
            ("POST", f"/v1/{business}/orders"): self._orders,
            ("GET", f"{campaign}/returns"): self._returns,
            ("POST", f"{campaign}/offers/stocks"): self._campaign_stocks,
            ("PUT", f"{campaign}/offers/stocks"): self._campaign_update,
            ("POST", f"/v3/{business}/offers/stocks"): self._warehouse_stocks,
            ("POST", f"/v3/{business}/offers/stocks/update"): self._warehouse_update,
        }
        assert (request.method, request.path) in routes, f"no such method: {request}"
        return routes[request.method, request.path](request)

    def _page(self, request: Request, rows: Sequence[Json], limit_max: int) -> tuple[Json, Json]:
        assert set(request.params) <= {"limit", "pageToken", "fromDate", "toDate", "orderIds"}
        asked = int(request.params.get("limit", 50))
        assert asked <= limit_max, "more is cut silently, or refused"
        size = min(asked, self.page_size)
        start = int(request.params.get("pageToken", "p0")[1:])
        more = start + size < len(rows)
        paging = {"nextPageToken": f"p{start + size}"} if more else {}
        return list(rows[start : start + size]), paging

    def _token(self, request: Request) -> Json:
        assert request.body is None
        key = {"name": "stock", "authScopes": self.scopes}
        return {"status": "OK", "result": {"apiKey": key}}

    def _campaigns(self, request: Request) -> Json:
        rows, paging = self._page(request, self.campaigns, 100)
        return {"campaigns": rows, "paging": paging}

    def _warehouses(self, request: Request) -> Json:
        assert set(request.body) <= {"components", "campaignIds"}
        rows, paging = self._page(request, self.warehouses, 30)
        return {"status": "OK", "result": {"warehouses": rows, "paging": paging}}

    def _partner_warehouses(self, request: Request) -> Json:
        assert request.body == {}
        must(not self.grouped, "The method serves no cabinet with groups of warehouses")
        rows, paging = self._page(request, self.partners, 30)
        return {"status": "OK", "result": {"warehouses": rows, "paging": paging}}

    @property
    def partners(self) -> list[Json]:
        if self.partner_warehouses is not None:
            return self.partner_warehouses
        models = [{"placementType": "FBS", "apiAvailability": "AVAILABLE"}]
        return [{"id": w["id"], "name": w["name"], "models": models} for w in self.warehouses]

    def _mappings(self, request: Request) -> Json:
        assert set(request.body) <= {"archived"}
        archived = request.body.get("archived", False)
        rows = [{"offer": o} for o in self.offers if o.get("archived", False) == archived]
        page, paging = self._page(request, rows, 100)
        return {"status": "OK", "result": {"offerMappings": page, "paging": paging}}

    def _orders(self, request: Request) -> Json:
        body = request.body
        assert set(body) <= ORDER_FILTERS
        for name, value in body.items():
            if isinstance(value, list):
                must(bool(value) and len(value) == len(set(value)), f"Invalid {name}")
        must(len(body.get("orderIds", ())) <= 50, "Limit exceeded")
        found = [o for o in self.orders if self._matches(o, body)]
        page, paging = self._page(request, found, 50)
        return {"orders": page, "paging": paging}

    def _matches(self, order: Json, body: Json) -> bool:
        dates = body.get("dates", {})
        assert set(dates) <= DATE_FILTERS
        today = self.now().astimezone(MOSCOW).date()
        first = date.fromisoformat(dates.get("creationDateFrom", str(today - timedelta(days=30))))
        end = date.fromisoformat(dates.get("creationDateTo", str(today)))
        must((end - first).days <= 30, "Too long time period. Maximum is '30' days")
        made = datetime.fromisoformat(order["creationDate"]).astimezone(MOSCOW).date()
        changed = datetime.fromisoformat(order.get("updateDate", order["creationDate"]))
        span = [dates.get(name) for name in ("updateDateFrom", "updateDateTo")]
        since, until = (datetime.fromisoformat(text) if text else None for text in span)
        if since and until:
            must(until - since <= timedelta(days=30), "Too long time period. Maximum is '30' days")
        return (
            ("orderIds" in body or first <= made < end)
            and (since is None or since <= changed)
            and (until is None or changed < until)
            and order["orderId"] in body.get("orderIds", [order["orderId"]])
            and order["campaignId"] in body.get("campaignIds", [order["campaignId"]])
        )

    def _returns(self, request: Request) -> Json:
        ids = [int(i) for i in request.params.get("orderIds", "").split(",") if i]
        must(len(ids) <= 50, "Limit exceeded")
        rows = [r for r in self.returns if not ids or r["orderId"] in ids]
        if "fromDate" in request.params:
            first = date.fromisoformat(request.params["fromDate"])
            end = date.fromisoformat(request.params["toDate"])
            rows = [
                r
                for r in rows
                if first <= datetime.fromisoformat(r["updateDate"]).astimezone(MOSCOW).date() < end
            ]
        page, paging = self._page(request, rows, 100)
        return {"status": "OK", "result": {"returns": page, "paging": paging}}

    @property
    def grouped(self) -> bool:
        return any("groupInfo" in w for w in self.warehouses)

    def _offer_rows(self, warehouse: int, offer_ids: Sequence[str] | None) -> list[Json]:
        return [
            {"offerId": sku, "stocks": [{"type": t, "count": n} for t, n in counts.items()]}
            for (at, sku), counts in self.stocks.items()
            if at == warehouse and (offer_ids is None or sku in offer_ids)
        ]

    def _campaign_stocks(self, request: Request) -> Json:
        body = request.body
        self._serves_shops()
        assert set(body) in ({"stocksWarehouseId"}, {"offerIds"}), "offers are asked for alone"
        ids = body.get("offerIds")
        must(ids is None or (0 < len(ids) <= 500 and not request.params), "Limit exceeded")
        # Market's returns warehouse stands in the answer whatever was asked for.
        rows = [
            (at, row) for at in (RETURNS_WAREHOUSE, WAREHOUSE) for row in self._offer_rows(at, ids)
        ]
        page, paging = (rows, {}) if ids is not None else self._page(request, rows, 100)
        warehouses = [
            {"warehouseId": at, "offers": [row for there, row in page if there == at]}
            for at in dict.fromkeys(there for there, _ in page)
        ]
        return {"status": "OK", "result": {"warehouses": warehouses, "paging": paging}}

    def _warehouse_stocks(self, request: Request) -> Json:
        body = request.body
        must(not self.grouped, "The method serves no cabinet with groups of warehouses")
        assert set(body) <= {"partnerWarehouseId", "offerIds"}
        ids = body.get("offerIds")
        must(ids is None or (0 < len(ids) <= 500 and not request.params), "Limit exceeded")
        at = body["partnerWarehouseId"]
        rows = self._offer_rows(at, ids)
        page, paging = (rows, {}) if ids is not None else self._page(request, rows, 100)
        result = {"partnerWarehouseId": at, "offers": page, "paging": paging}
        return {"status": "OK", "result": result}

    def _serves_shops(self) -> None:
        # A cabinet that the newer methods do not know has no others to use.
        served = self.grouped or not self.partners
        must(served, "The method serves cabinets with groups of warehouses only")

    def _campaign_update(self, request: Request) -> Json:
        assert set(request.body) == {"skus"}
        self._serves_shops()
        rows = []
        for row in request.body["skus"]:
            assert set(row) == {"sku", "items"}
            (item,) = row["items"]
            rows.append((row["sku"], WAREHOUSE, item))
        return self._update(rows)

    def _warehouse_update(self, request: Request) -> Json:
        assert set(request.body) == {"skuItems"}
        must(not self.grouped, "The method serves no cabinet with groups of warehouses")
        return self._update(
            [
                (row.pop("sku"), row.pop("partnerWarehouseId"), row)
                for row in map(dict, request.body["skuItems"])
            ]
        )

    def _update(self, rows: Sequence[tuple[str, int, Json]]) -> Json:
        must(0 < len(rows) <= 2000, "Limit exceeded")
        assert len({(sku, at) for sku, at, _ in rows}) == len(rows)
        for sku, _, item in rows:
            assert set(item) <= {"count", "updatedAt"}
            stamp = self._stamp(item)
            must(stamp <= self.now(), f"Stock for '{sku}' should not be in the future")
            old = stamp < self.now() - timedelta(days=1)
            must(not old, f"Stock for '{sku}' should not be older than a day")
            must(sku not in self.named, f"Shop-sku '{sku}' is not fit")
            must(sku not in self.poison, "Something is wrong")
        for sku, at, item in rows:
            stamp = self._stamp(item)
            if stamp >= self.held_since.get((at, sku), stamp):
                self.held_since[at, sku] = stamp
                freeze = self.stocks.get((at, sku), {}).get("FREEZE", 0)
                n = item["count"]
                self.stocks[at, sku] = {"FIT": n + freeze, "FREEZE": freeze, "AVAILABLE": n}
        return {"status": "OK"}

    def _stamp(self, item: Json) -> datetime:
        text = item.get("updatedAt")
        return datetime.fromisoformat(text) if text else self.now()


def error(
    status: int, code: str, message: str, *, headers: dict[str, str] | None = None
) -> httpx.Response:
    body = {"status": "ERROR", "errors": [{"code": code, "message": message}]}
    return httpx.Response(status, json=body, headers=headers)
