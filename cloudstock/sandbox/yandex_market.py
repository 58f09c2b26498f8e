"""Yandex.Market Partner API as a stock synchroniser meets it.

A cabinet (business) holds a campaign for each account and, beside each, a campaign whose goods lie
in Market's own warehouse (FBY): its orders stand in the same list, and its stock is not the
seller's.

Source: api.partner.market.yandex.ru, OpenAPI of 2026-07-29 with notes to 2026-09, pages of 2026-08
to 2026-11, checked 2026-11-29.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

from cloudstock.sandbox.fake import Call, Handler, Route
from cloudstock.sandbox.kinds import Kind
from cloudstock.sandbox.limits import Buckets, Rate
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
    text,
    whole,
)
from cloudstock.sandbox.world import Account, Line, Offer, OfferStock, Order, Return, World
from cloudstock.sandbox.yandex_market_forms import (
    DYING_FILTERS,
    MOSCOW,
    OFFER_STATUSES,
    ORDER_FILTERS,
    RETURN_FILTERS,
    ROW_FILTERS,
    SHIPMENT_STATUSES,
    STATUSES,
    Key,
    article,
    body_of,
    dying_filter,
    fits,
    moscow_day,
    offers_alone,
    one_page,
    order_filter,
    page_limit,
    path_id,
    query_day,
    query_ids,
    query_words,
    some,
)

BODY_BYTES_MAX = 512 * 1024
COUNT_MAX = 2_000_000_000
VALUE_AGE_MAX = timedelta(hours=24)
PARALLEL_MAX = 4
PARALLEL_ORDERS_MAX = 6

# Market's own places: goods it stores for the seller, and returns nobody has fetched.
MARKET_WAREHOUSE = 172
RETURNS_WAREHOUSE = 303

# Published limits; a bucket holds a whole period's allowance.
CAMPAIGNS = Rate("campaigns", 1000 / 3600, 1000)
CAMPAIGN = Rate("campaign", 5000 / 3600, 5000)
TOKEN = Rate("token", 100 / 3600, 100)
WAREHOUSES_DYING = Rate("warehouses (GET)", 100 / 60, 100)
WAREHOUSES = Rate("warehouses", 100 / 3600, 100)
WAREHOUSES_V3 = Rate("warehouses v3", 100 / 3600, 100)
MARKET_WAREHOUSES = Rate("Market's warehouses", 100 / 3600, 100)
MAPPINGS = Rate("offer-mappings", 100 / 60, 100)
OFFERS = Rate("offers", 1000 / 60, 1000)
STOCKS_READ_V3 = Rate("stocks v3", 500 / 60, 500)
STOCKS_WRITE_V3 = Rate("stocks update v3", 50 / 60, 50)
ORDERS = Rate("orders", 10000 / 3600, 10000)
ORDERS_DYING = Rate("orders v2", 10000 / 3600, 10000)
ORDER_DYING = Rate("order v2", 10000 / 3600, 10000)
RETURNS = Rate("returns", 5000 / 3600, 5000)
RETURN = Rate("return", 7000 / 3600, 7000)
# Counted in data: items returned, SKUs sent.
STOCKS_READ = Rate("stocks, items returned", 100_000 / 60, 100_000)
STOCKS_WRITE = Rate("stocks, SKUs sent", 100_000 / 60, 100_000)

# What a token must be allowed for: any one of these.
_EVERYTHING, _EVERYTHING_READ = "ALL_METHODS", "ALL_METHODS_READ_ONLY"
_GOODS, _GOODS_READ = "OFFERS_AND_CARDS_MANAGEMENT", "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY"
_SALES = "INVENTORY_AND_ORDER_PROCESSING"
CATALOG = frozenset({_EVERYTHING, _EVERYTHING_READ, _GOODS, _GOODS_READ})
CATALOG_WRITE = frozenset({_EVERYTHING, _GOODS})
TRADE = frozenset({_EVERYTHING, _EVERYTHING_READ, _SALES, f"{_SALES}_READ_ONLY"})
TRADE_LISTS = TRADE | {"FINANCE_AND_ACCOUNTING"}

# The world's states in Market's words. Where Market has several words for one state, an order's
# number chooses among them, so that all of them are met and each order keeps its own.
WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "new": (
        ("PROCESSING", "STARTED"),
        ("PENDING", "AWAIT_CONFIRMATION"),
        ("UNPAID", "AWAIT_PAYMENT"),
    ),
    "confirmed": (("PROCESSING", "STARTED"),),
    "packed": (("PROCESSING", "READY_TO_SHIP"),),
    "shipped": (
        ("PROCESSING", "SHIPPED"),
        ("DELIVERY", "DELIVERY_SERVICE_RECEIVED"),
        ("PICKUP", "PICKUP_SERVICE_RECEIVED"),
    ),
    "delivered": (("DELIVERED", "DELIVERY_SERVICE_DELIVERED"),),
    "cancelled": (
        ("CANCELLED", "USER_CHANGED_MIND"),
        ("CANCELLED", "SHOP_FAILED"),
        ("CANCELLED", "USER_NOT_PAID"),
    ),
    "cancelled_away": (
        ("CANCELLED", "DELIVERY_SERVICE_UNDELIVERED"),
        ("CANCELLED", "PICKUP_EXPIRED"),
    ),
    "refused": (("CANCELLED", "USER_REFUSED_PRODUCT"),),
    "replaced": (("CANCELLED", "REPLACING_ORDER"),),
}
# Shops that deliver themselves, or by a courier within hours, go through other stages: the first
# tell nothing of packing, the others are "in delivery" while the courier is only looked for.
PROGRAM_WORDS: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "DBS": {
        "packed": (("PROCESSING", "STARTED"),),
        "shipped": (
            ("DELIVERY", "DELIVERY_SERVICE_RECEIVED"),
            ("DELIVERY", "USER_RECEIVED"),
            ("PICKUP", "PICKUP_SERVICE_RECEIVED"),
        ),
    },
    "EXPRESS": {
        "packed": (
            ("PROCESSING", "READY_TO_SHIP"),
            ("DELIVERY", "COURIER_SEARCH"),
            ("DELIVERY", "COURIER_ARRIVED_TO_SENDER"),
        ),
        "shipped": (("DELIVERY", "COURIER_RECEIVED"),),
    },
}
ITEM_WORDS = {
    "shipped": "SHIPPED",
    "delivered": "DELIVERED_TO_BUYER",
    "cancelled_away": "REJECTED",
    "refused": "REJECTED",
}
RETURN_WORDS: Mapping[str, tuple[str, ...]] = {
    "moving": ("CREATED", "RECEIVED", "IN_TRANSIT"),
    "arrived": ("READY_FOR_PICKUP",),
    "received": ("PICKED",),
    "lost": ("LOST",),
}

# Words that a single unit of a return has in common with the whole.
UNIT_WORDS = (
    "CREATED",
    "RECEIVED",
    "IN_TRANSIT",
    "READY_FOR_PICKUP",
    "PICKED",
    "CANCELLED",
    "LOST",
    "UTILIZED",
    "PREPARED_FOR_UTILIZATION",
    "NOT_IN_DEMAND",
)

_ADDRESS = {"city": "Москва", "gps": {"latitude": 55.75, "longitude": 37.62}}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A shop of the cabinet: an account's own, or the one of Market's warehouse beside it."""

    id: int
    account: Account
    # FBS, DBS, EXPRESS or FBY.
    program: str

    @property
    def placement(self) -> str:
        """The model as campaigns tell it, which know no Express."""
        return "FBS" if self.program == "EXPRESS" else self.program

    @property
    def fulfilled_by_market(self) -> bool:
        """True where the goods lie at Market."""
        return self.program == "FBY"


@dataclass(frozen=True, slots=True)
class Update:
    """One written number: what, where, how many, and the moment it holds for."""

    sku: str
    warehouse: int
    count: int
    value_at: datetime


class YandexMarketFake:
    """Yandex.Market's door to the world."""

    marketplace = "yandex_market"

    def __init__(self, world: World) -> None:
        self._world = world
        self._data = Buckets(world.speed)
        self._opened = world.now()
        b, c = "/v2/businesses/{business}", "/v2/campaigns/{campaign}"
        b1, b3 = "/v1/businesses/{business}", "/v3/businesses/{business}"
        self.routes: tuple[Route, ...] = (
            self._route("POST", "/v2/auth/token", self._token, TOKEN),
            self._route("GET", "/v2/campaigns", self._campaigns, CAMPAIGNS),
            self._route("GET", c, self._one_campaign, CAMPAIGN),
            self._route("GET", "/v2/warehouses", self._market_places, MARKET_WAREHOUSES, TRADE),
            self._route("GET", f"{b}/warehouses", self._places_dying, WAREHOUSES_DYING, TRADE),
            self._route("POST", f"{b}/warehouses", self._places, WAREHOUSES, TRADE),
            self._route("POST", f"{b3}/warehouses", self._places_v3, WAREHOUSES_V3, TRADE),
            self._route("POST", f"{b}/offer-mappings", self._mappings, MAPPINGS, CATALOG),
            self._route("POST", f"{c}/offers", self._offers, OFFERS, CATALOG),
            self._route("POST", f"{c}/offers/stocks", self._read, STOCKS_READ, CATALOG),
            self._route("PUT", f"{c}/offers/stocks", self._write, STOCKS_WRITE, CATALOG_WRITE),
            self._route("POST", f"{b3}/offers/stocks", self._read_v3, STOCKS_READ_V3, CATALOG),
            self._route(
                "POST",
                f"{b3}/offers/stocks/update",
                self._write_v3,
                STOCKS_WRITE_V3,
                CATALOG_WRITE,
            ),
            self._route("POST", f"{b1}/orders", self._orders, ORDERS, TRADE_LISTS),
            self._route("GET", f"{c}/orders", self._orders_dying, ORDERS_DYING, TRADE_LISTS),
            self._route(
                "GET", f"{c}/orders/{{order}}", self._order_dying, ORDER_DYING, TRADE_LISTS
            ),
            self._route("GET", f"{c}/returns", self._returns, RETURNS, TRADE),
            self._route(
                "GET", f"{c}/orders/{{order}}/returns/{{return}}", self._return, RETURN, TRADE
            ),
        )

    def _route(
        self,
        method: str,
        path: str,
        handler: Handler,
        rate: Rate,
        scopes: frozenset[str] | None = None,
    ) -> Route:
        parallel = PARALLEL_ORDERS_MAX if handler in self._order_reads() else PARALLEL_MAX

        def guarded(call: Call) -> Response:
            if call.request.parallel > parallel:
                raise Wrong(420, f"Hit rate limit of {parallel} parallel requests for {path}")
            if scopes is not None and not scopes & set(call.account.scopes):
                raise Wrong(403, f"Access denied: one of {', '.join(sorted(scopes))} is due")
            if len(call.request.body) > BODY_BYTES_MAX:
                raise Wrong(400, "The request is too big")
            return handler(call)

        # A shop's methods are counted by shop, a cabinet's by cabinet, whoever asks.
        counted_by = next(
            (part for part in ("campaign", "business") if f"{{{part}}}" in path), None
        )
        return Route(method, path, guarded, (rate,), counted_by)

    def _order_reads(self) -> tuple[Handler, ...]:
        return (self._orders, self._orders_dying, self._order_dying)

    # ------------------------------------------------------------ credentials and envelope

    def authenticate(self, request: Request) -> Account:
        """The Api-Key header; all accounts of a cabinet may share one token."""
        key = request.headers.get("api-key")
        if not key:
            raise Wrong(401, "Credentials are not specified")
        sharers = [a for a in self._own_accounts() if a.credentials["api_key"] == key]
        if sharers:
            shop = re.match(r"/v2/campaigns/(\d+)", request.path)
            named = shop[1] if shop is not None else None
            return next((a for a in sharers if a.credentials["campaign_id"] == named), sharers[0])
        if not re.fullmatch(r"ACMA:[^:]+:[^:]+", key):
            raise Wrong(401, "Api-Key token format is invalid")
        raise Wrong(401, "Api-Key token is invalid")

    def error(self, wrong: Wrong) -> Response:
        """Market's envelope of errors."""
        codes = {
            400: "BAD_REQUEST",
            401: "UNAUTHORIZED",
            403: "FORBIDDEN",
            404: "NOT_FOUND",
            405: "METHOD_NOT_ALLOWED",
            415: "UNSUPPORTED_MEDIA_TYPE",
            420: "LIMIT_EXCEEDED",
        }
        code = wrong.code or codes.get(wrong.status, "UNKNOWN")
        error = {"code": code, "message": wrong.message}
        return json_response(wrong.status, {"status": "ERROR", "errors": [error]})

    def throttled(self, rate: Rate, retry_s: float, reset_s: float, call: Call) -> Response:
        """420, and the moment from which one more request is taken."""
        del reset_s
        period = "MINUTE" if rate.burst / rate.per_s < 600 else "HOUR"
        entity = next((f"{k} {v}" for k, v in call.parts.items() if k != "order"), "token")
        answer = self.error(
            Wrong(
                420,
                f"Hit rate limit of {rate.burst:g} requests per {period} for resource"
                f" {rate.group} for {entity}",
            )
        )
        self.tell_limits(answer, rate, 0, retry_s)
        return answer

    def tell_limits(self, response: Response, rate: Rate, remaining: float, reset_s: float) -> None:
        """Add the limit, what is left of it, and the moment it is whole again (GMT, seconds)."""
        if response.status == 420 and "parallel" in response.body.decode():
            # An excess of requests at once has no moment at which it ends.
            return
        seconds = math.ceil(self._world.now().timestamp() + reset_s)
        until = format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)
        for name, value in (
            ("Limit", f"{rate.burst:.0f}"),
            ("Remaining", f"{remaining:.0f}"),
            ("Until", until),
        ):
            response.headers.setdefault(f"X-RateLimit-Resource-{name}", value)

    def _spend(self, call: Call, rate: Rate, who: str, items: int) -> Response | None:
        """Spend from a limit counted in data; the answer of refusal where there is not enough."""
        taken = self._data.take(who, rate, self._world.now(), cost=items)
        if taken.allowed:
            return None
        answer = self.throttled(rate, items / (rate.per_s * self._world.speed), 0, call)
        answer.breach = f"more than {rate.group} allows"
        return answer

    # ------------------------------------------------------------ who is asked

    def _own_accounts(self) -> list[Account]:
        return [a for a in self._world.accounts.values() if a.marketplace == self.marketplace]

    def _cabinet(self, account: Account) -> list[Account]:
        business = account.credentials["business_id"]
        return [a for a in self._own_accounts() if a.credentials["business_id"] == business]

    def _all_campaigns(self, accounts: Iterable[Account]) -> list[Campaign]:
        campaigns = []
        for account in accounts:
            own = int(account.credentials["campaign_id"])
            campaigns += [
                Campaign(own, account, account.program),
                Campaign(own + 1, account, "FBY"),
            ]
        return campaigns

    def _campaign(self, call: Call) -> Campaign:
        named = path_id(call, "campaign")
        for campaign in self._all_campaigns(self._cabinet(call.account)):
            if campaign.id == named:
                if not campaign.account.api_open:
                    raise Wrong(403, f"API for campaign {named} disabled")
                return campaign
        if any(c.id == named for c in self._all_campaigns(self._own_accounts())):
            raise Wrong(403, "Access denied")
        raise Wrong(404, f"Campaign not found: {named}")

    def _business(self, call: Call) -> list[Account]:
        named = path_id(call, "business")
        if str(named) == call.account.credentials["business_id"]:
            return self._cabinet(call.account)
        if any(str(named) == a.credentials["business_id"] for a in self._own_accounts()):
            raise Wrong(403, "Access denied")
        raise Wrong(404, f"Business not found: {named}")

    def _ungrouped(self, call: Call) -> list[Account]:
        """The cabinet, for methods that serve none with groups."""
        cabinet = self._business(call)
        if any(a.group is not None for a in cabinet):
            raise Wrong(400, "The method is not available to a cabinet with warehouse groups")
        return cabinet

    def _by_shop(self, call: Call) -> Campaign:
        """The shop, for methods that serve goods at Market, and cabinets with groups only.

        A cabinet whose warehouses the newer methods do not know has no others to use.
        """
        campaign = self._campaign(call)
        cabinet = self._cabinet(call.account)
        served = campaign.fulfilled_by_market or any(a.group is not None for a in cabinet)
        if not served and any(a.listed for a in cabinet):
            raise Wrong(400, "The method is available to a cabinet with warehouse groups only")
        return campaign

    # ------------------------------------------------------------ discovery

    def _token(self, call: Call) -> Response:
        only_query(call.request)
        key = {"name": f"sandbox {call.account.name}", "authScopes": list(call.account.scopes)}
        return _ok({"apiKey": key})

    def _campaigns(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        limit = page_limit(call, default=100, most=100)
        shops = self._all_campaigns(self._cabinet(call.account))
        page, paging = one_page(call, [(c.id, self._campaign_row(c)) for c in shops], limit)
        return json_response(200, {"campaigns": page, "paging": paging})

    def _one_campaign(self, call: Call) -> Response:
        only_query(call.request)
        return json_response(200, {"campaign": self._campaign_row(self._campaign(call))})

    def _campaign_row(self, campaign: Campaign) -> dict[str, Any]:
        own = campaign.account
        return {
            "id": campaign.id,
            "domain": f"{own.name} {campaign.program}",
            "business": {
                "id": int(own.credentials["business_id"]),
                "name": f"Business of {own.name}",
            },
            "placementType": campaign.placement,
            "apiAvailability": "AVAILABLE" if own.api_open else "MANUALLY_DISABLED",
        }

    def _market_places(self, call: Call) -> Response:
        only_query(call.request, "campaignId")
        places = [
            {"id": MARKET_WAREHOUSE, "name": "Яндекс.Маркет (Софьино)"},
            {"id": RETURNS_WAREHOUSE, "name": "Яндекс.Маркет (возвраты)"},
        ]
        return _ok({"warehouses": places})

    def _places(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "components": some(one_of("ADDRESS", "STATUS")),
            "campaignIds": some(whole(1), 25),
        }
        body = fields("", body_of(call, required=False), checks)
        cabinet = self._business(call)
        limit = page_limit(call, default=15, most=30)
        only = body.get("campaignIds")
        rows: list[tuple[Key, dict[str, Any]]] = []
        for account in cabinet:
            campaign_id = int(account.credentials["campaign_id"])
            if only is None or campaign_id in only:
                rows += [
                    (f"{w:019}/{campaign_id:019}", self._place(account, w, body))
                    for w in account.warehouses
                ]
        page, paging = one_page(call, rows, limit)
        return _ok({"warehouses": page, "paging": paging})

    def _place(self, account: Account, warehouse: int, body: Mapping[str, Any]) -> dict[str, Any]:
        place: dict[str, Any] = {
            "id": warehouse,
            "name": f"Склад {account.name}",
            "campaignId": int(account.credentials["campaign_id"]),
            "express": account.program == "EXPRESS",
        }
        if account.group is not None:
            place["groupInfo"] = {"id": _group_id(account.group), "name": account.group}
        if "ADDRESS" in body.get("components", ()):
            place["address"] = _ADDRESS
        if "STATUS" in body.get("components", ()):
            place["status"] = {"status": "OTHER"}
        return place

    def _places_dying(self, call: Call) -> Response:
        only_query(call.request)
        cabinet = self._business(call)
        groups: dict[str, list[dict[str, Any]]] = {}
        alone = []
        for account in cabinet:
            for warehouse in account.warehouses:
                place = self._place(account, warehouse, {})
                place.pop("groupInfo", None)
                if account.group is None:
                    alone.append(place)
                else:
                    groups.setdefault(account.group, []).append(place)
        grouped = [
            {"name": name, "mainWarehouse": places[0], "warehouses": places}
            for name, places in groups.items()
        ]
        answer = _ok({"warehouses": alone, "warehouseGroups": grouped})
        answer.breach = "deprecated: GET warehouses, off from 2027-04-05"
        return answer

    def _places_v3(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "warehouseIds": some(whole(1)),
            "components": some(one_of("ADDRESS")),
        }
        body = fields("", body_of(call, required=False), checks)
        cabinet = self._ungrouped(call)
        limit = page_limit(call, default=15, most=30)
        only = body.get("warehouseIds")
        places: dict[int, dict[str, Any]] = {}
        for account in cabinet:
            for warehouse in account.warehouses if account.listed else ():
                if only is not None and warehouse not in only:
                    continue
                # A warehouse where several shops sell, each by a model of its own, is told once.
                place = places.setdefault(
                    warehouse, {"id": warehouse, "name": f"Склад {account.name}", "models": []}
                )
                if "ADDRESS" in body.get("components", ()):
                    place["address"] = _ADDRESS
                state = "AVAILABLE" if account.api_open else "MANUALLY_DISABLED"
                place["models"].append({"placementType": account.program, "apiAvailability": state})
        page, paging = one_page(call, list(places.items()), limit)
        return _ok({"warehouses": page, "paging": paging})

    # ------------------------------------------------------------ catalog

    def _mappings(self, call: Call) -> Response:
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
        cabinet = self._business(call)
        limit = page_limit(call, default=50, most=100, truncates=True)
        skus = offers_alone(call, body)
        sellers: dict[str, list[Account]] = {}
        for account in cabinet:
            for sku in account.offers:
                sellers.setdefault(sku, []).append(account)
        if skus is not None:
            mappings = [self._mapping(sku, sellers[sku]) for sku in sellers if sku in skus]
            return _ok({"offerMappings": mappings, "paging": {}})
        archived = body.get("archived", False)
        rows = [(sku, sku) for sku in sellers if _archived(sku, sellers[sku]) == archived]
        if body.keys() & {"categoryIds", "vendorNames", "tags", "cardStatuses"}:
            rows = []
        page, paging = one_page(call, rows, limit)
        mappings = [self._mapping(sku, sellers[sku]) for sku in page]
        return _ok({"offerMappings": mappings, "paging": paging})

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

    def _offers(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "offerIds": some(article, 200),
            "statuses": some(one_of(*OFFER_STATUSES)),
            "categoryIds": some(whole(1)),
            "vendorNames": some(text),
            "tags": some(text),
        }
        body = fields("", body_of(call), checks)
        campaign = self._campaign(call)
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
            return _ok({"offers": [row for _, row in rows], "paging": {}})
        if body.keys() & {"categoryIds", "vendorNames", "tags"}:
            rows = []
        page, paging = one_page(call, rows, limit)
        return _ok({"offers": page, "paging": paging})

    # ------------------------------------------------------------ stocks: read

    def _read(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "stocksWarehouseId": whole(1),
            "archived": boolean,
            "offerIds": some(article, 500),
            "hasStocks": boolean,
            "withTurnover": boolean,
        }
        body = fields("", body_of(call, required=False), checks)
        campaign = self._by_shop(call)
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
        return _ok({"warehouses": warehouses, "paging": paging})

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
            row["updatedAt"] = _stamp(stock.value_at)
        return row

    def _read_v3(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "partnerWarehouseId": whole(1),
            "archived": boolean,
            "offerIds": some(article, 500),
        }
        body = fields("", body_of(call), checks, required=("partnerWarehouseId",))
        warehouse = body["partnerWarehouseId"]
        owners = _owners(self._ungrouped(call), warehouse)
        limit = page_limit(call, default=50, most=100, truncates=True)
        offers, paging = self._chosen_offers(call, owners, body, limit)
        rows = [self._stock_row(o, a.stock[warehouse, o.sku]) for a, o in offers]
        page = [row for row in rows if row is not None]
        return _ok({"partnerWarehouseId": warehouse, "offers": page, "paging": paging})

    # ------------------------------------------------------------ stocks: write

    def _write(self, call: Call) -> Response:
        only_query(call.request)
        item = nested({"count": whole(0, COUNT_MAX), "updatedAt": moment}, required=("count",))
        sku = nested(
            {"sku": article, "items": array(item, low=1, high=1)}, required=("sku", "items")
        )
        checks: dict[str, Check] = {"skus": array(sku, low=1, high=2000)}
        body = fields("", body_of(call), checks, required=("skus",))
        campaign = self._by_shop(call)
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

    def _write_v3(self, call: Call) -> Response:
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
        return self._apply(call, self._ungrouped(call), updates)

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

    # ------------------------------------------------------------ orders

    def _visible_orders(self, accounts: Iterable[Account]) -> list[tuple[Campaign, Order]]:
        """Return the cabinet's orders of all shops, those of goods at Market included."""
        orders = []
        for campaign in self._all_campaigns(accounts):
            account = campaign.account
            orders += [
                (campaign, order)
                for order in self._world.visible_orders(account.name)
                if order.held_there == campaign.fulfilled_by_market
            ]
            if campaign.fulfilled_by_market:
                orders += [
                    (campaign, self._order_at_market(campaign, offer))
                    for offer in account.offers.values()
                    if offer.held_there
                ]
        return sorted(orders, key=lambda x: x[1].number)

    def _order_at_market(self, campaign: Campaign, offer: Offer) -> Order:
        """An order that Market serves from its own warehouse, made a day before the opening."""
        number = -offer.number
        at = self._opened - timedelta(days=1)
        return Order(
            order_id=str(39000000000 + offer.number),
            number=number,
            account=campaign.account.name,
            warehouse=MARKET_WAREHOUSE,
            lines=[Line(1, offer.sku, 1)],
            created_at=at,
            changed_at=at,
            status_at=at,
            visible_from=at,
            basket=number,
            state="confirmed",
            held_there=True,
        )

    def _orders(self, call: Call) -> Response:
        only_query(call.request, "limit", "pageToken", "page_token")
        body = fields("", body_of(call), ORDER_FILTERS)
        cabinet = self._business(call)
        limit = page_limit(call, default=50, most=50, truncates=True)
        wanted = order_filter(body, self._world.now())
        rows: list[tuple[Key, dict[str, Any]]] = []
        for campaign, order in self._visible_orders(cabinet):
            if not wanted(order):
                continue
            row = self._order_row(campaign, order)
            if all(row[name] in body.get(many, (row[name],)) for many, name in ROW_FILTERS):
                rows.append((order.number, row))
        if "externalOrderIds" in body or body.get("waitingForCancellationApprove"):
            rows = []
        page, paging = one_page(call, rows, limit)
        return json_response(200, {"orders": page, "paging": paging})

    def _words(self, order: Order) -> tuple[str, str]:
        if order.status is not None:
            status, _, substatus = order.status.partition("/")
            return status, substatus or "UNKNOWN"
        if order.state == "delivered":
            back = sum(r.quantity for r in self._returns_of_order(order))
            if back:
                whole_order = back >= sum(line.left for line in order.lines)
                status = "RETURNED" if whole_order else "PARTIALLY_RETURNED"
                return status, "DELIVERY_SERVICE_DELIVERED"
        program = self._world.account(order.account).program
        words = PROGRAM_WORDS.get(program, {}).get(order.state, WORDS[order.state])
        return _pick(words, order.number)

    def _returns_of_order(self, order: Order) -> list[Return]:
        returns = self._world.returns_of(order.account)
        return [r for r in returns if r.order_id == order.order_id]

    def _order_row(self, campaign: Campaign, order: Order) -> dict[str, Any]:
        status, substatus = self._words(order)
        changes = [order.changed_at, *(r.created_at for r in self._returns_of_order(order))]
        return {
            "orderId": int(order.order_id),
            "campaignId": campaign.id,
            "programType": campaign.program,
            "status": status,
            "substatus": substatus,
            "sourcePlatform": "MARKET",
            "creationDate": _stamp(order.created_at),
            "updateDate": _stamp(max(changes)),
            "paymentType": "PREPAID",
            "paymentMethod": "YANDEX",
            "fake": order.fake,
            "items": [self._item(order, line) for line in order.lines],
            "delivery": {
                "type": "DELIVERY",
                "serviceName": "Market",
                "deliveryServiceId": 1,
                "deliveryPartnerType": "SHOP" if campaign.program == "DBS" else "YANDEX_MARKET",
                "dates": {"fromDate": f"{moscow_day(order.created_at) + timedelta(days=2)}"},
                "warehouseId": str(order.warehouse),
            },
            "cancelRequested": False,
        }

    def _item(self, order: Order, line: Line) -> dict[str, Any]:
        item = {
            "id": 700000000000 + order.number * 100 + line.number,
            "offerId": line.sku,
            "offerName": self._world.products[line.sku].name,
            "count": line.left,
        }
        if _pick((False, True), order.number):
            # Of half of the orders, cancelled units stay counted and are told by their status.
            item["count"] = line.quantity
            statuses = {"CANCELLED": line.cancelled}
            if order.state == "cancelled":
                statuses["CANCELLED"] = line.quantity
            elif order.state in ITEM_WORDS:
                statuses[ITEM_WORDS[order.state]] = line.left
            counts = [{"status": word, "count": count} for word, count in statuses.items() if count]
            if counts:
                # The contract knows no empty list of them.
                item["itemStatuses"] = counts
        return item

    # ------------------------------------------------------------ orders, the dying methods

    def _orders_dying(self, call: Call) -> Response:
        request = call.request
        only_query(request, *DYING_FILTERS)
        campaign = self._campaign(call)
        limit = page_limit(call, default=50, most=50, truncates=True)
        wanted = dying_filter(request, self._world.now())
        statuses = query_words(request, "status", STATUSES)
        substatuses = query_words(request, "substatus", None)
        rows: list[tuple[Key, dict[str, Any]]] = []
        for shop, order in self._visible_orders([campaign.account]):
            if shop != campaign or not wanted(order):
                continue
            row = self._dying_row(shop, order)
            if fits(row["status"], statuses) and fits(row["substatus"], substatuses):
                rows.append((order.number, row))
        page, paging = one_page(call, rows, limit)
        answer = json_response(200, {"orders": page, "paging": paging})
        answer.breach = "deprecated: GET orders, off from 2027-04-12"
        return answer

    def _order_dying(self, call: Call) -> Response:
        only_query(call.request)
        campaign = self._campaign(call)
        named = path_id(call, "order")
        for shop, order in self._visible_orders([campaign.account]):
            if shop == campaign and int(order.order_id) == named:
                answer = json_response(200, {"order": self._dying_row(shop, order)})
                answer.breach = "deprecated: GET order, off from 2027-04-12"
                return answer
        raise Wrong(404, f"Order not found: {named}")

    def _dying_row(self, campaign: Campaign, order: Order) -> dict[str, Any]:
        row = self._order_row(campaign, order)
        return {
            "id": row["orderId"],
            "status": row["status"],
            "substatus": row["substatus"],
            "creationDate": f"{order.created_at.astimezone(MOSCOW):%d-%m-%Y %H:%M:%S}",
            "updatedAt": f"{order.changed_at.astimezone(MOSCOW):%d-%m-%Y %H:%M:%S}",
            "fake": order.fake,
            "items": [
                {k: item[k] for k in ("id", "offerId", "offerName", "count")}
                for item in row["items"]
            ],
        }

    # ------------------------------------------------------------ what comes back

    def _returns(self, call: Call) -> Response:
        request = call.request
        only_query(request, *RETURN_FILTERS)
        campaign = self._campaign(call)
        limit = page_limit(call, default=50, most=100, truncates=True)
        start = query_day(request, "fromDate", "%Y-%m-%d")
        end = query_day(request, "toDate", "%Y-%m-%d")
        order_ids = query_ids(request, "orderIds", 50)
        money = query_words(request, "statuses", None)
        shipment = query_words(request, "shipmentStatuses", SHIPMENT_STATUSES)
        kind = request.query.get("type")
        if kind not in (None, "RETURN", "UNREDEEMED"):
            raise Wrong(400, f"Invalid type: {kind}")
        rows: list[tuple[Key, dict[str, Any]]] = []
        for item in self._returns_at(campaign):
            row = self._return_row(item)
            day = moscow_day(item.changed_at)
            if (
                (start is None or start <= day)
                and (end is None or day < end)
                and (order_ids is None or row["orderId"] in order_ids)
                and fits(row.get("refundStatus"), money)
                and fits(row.get("shipmentStatus"), shipment)
                and kind in (None, row["returnType"])
            ):
                rows.append((item.number, row))
        page, paging = one_page(call, rows, limit)
        return _ok({"returns": page, "paging": paging})

    def _return(self, call: Call) -> Response:
        only_query(call.request)
        campaign = self._campaign(call)
        order_id, return_id = call.parts["order"], call.parts["return"]
        for item in self._returns_at(campaign):
            if (item.order_id, item.return_id) == (order_id, return_id):
                return _ok(self._return_row(item))
        raise Wrong(404, f"Return not found: {return_id}")

    def _returns_at(self, campaign: Campaign) -> list[Return]:
        name = campaign.account.name
        return [
            r
            for r in self._world.returns_of(name)
            if self._world.orders[name, r.order_id].held_there == campaign.fulfilled_by_market
        ]

    def _return_row(self, item: Return) -> dict[str, Any]:
        """One return. Raw words are "SHIPMENT/MONEY"; what is empty there is not told."""
        from_buyer = item.kind == "client"
        shipment = _pick(RETURN_WORDS[item.state], item.number)
        money = "REFUNDED" if from_buyer else ""
        if item.status is not None:
            shipment, _, money = item.status.partition("/")
        row: dict[str, Any] = {
            "id": int(item.return_id),
            "orderId": int(item.order_id),
            "returnType": "RETURN" if from_buyer else "UNREDEEMED",
            "creationDate": _stamp(item.created_at),
            "updateDate": _stamp(item.changed_at),
            "fastReturn": False,
            "items": [{"shopSku": item.sku, "count": item.quantity}],
        }
        if shipment:
            row |= {"shipmentStatus": shipment, "shipmentRecipientType": "SHOP"}
        if shipment in UNIT_WORDS:
            unit = {"status": shipment, "stockType": "FIT"}
            row["items"][0]["instances"] = [unit] * item.quantity
        if money:
            row["refundStatus"] = money
        return row


# ---------------------------------------------------------------- answers


def _ok(result: object) -> Response:
    return json_response(200, {"status": "OK", "result": result})


def _pick(words: Sequence[T], number: int) -> T:
    # Two numbers are drawn for an order, so that the last bit of its own hardly changes.
    return words[number // 2 % len(words)]


def _stamp(when: datetime) -> str:
    return when.astimezone(MOSCOW).isoformat(timespec="seconds")


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


def _group_id(name: str) -> int:
    return 1 + zlib.crc32(name.encode()) % 1_000_000


def _owners(cabinet: list[Account], warehouse: int) -> list[Account]:
    owners = [account for account in cabinet if warehouse in account.warehouses]
    if not owners:
        raise Wrong(404, f"Warehouse not found: {warehouse}")
    return owners


KIND = Kind(
    fake=YandexMarketFake,
    prefix="ym",
    credentials=lambda number, _: {
        "api_key": f"ACMA:sandbox{number}:key{number}",
        "business_id": str(700100 + number),
        "campaign_id": str(22003300 + 10 * number),
    },
    warehouses=lambda number, _: [900400 + 10 * number],
    order_id=lambda number: str(40000000000 + number),
    gives_back=True,
    keeps_packed=True,
    shares_stock=True,
)
