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
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from cloudstock.sandbox.calling import CallForm, names_itself
from cloudstock.sandbox.doors import Doors
from cloudstock.sandbox.fake import Call, Handler, Route
from cloudstock.sandbox.kinds import Kind
from cloudstock.sandbox.limits import Buckets, Rate
from cloudstock.sandbox.records import Account, Order
from cloudstock.sandbox.request import (
    Request,
    Response,
    Wrong,
    json_response,
)
from cloudstock.sandbox.world import World
from cloudstock.sandbox.yandex_market_answers import stamp
from cloudstock.sandbox.yandex_market_goods import STOCKS_READ, STOCKS_WRITE, Goods
from cloudstock.sandbox.yandex_market_orders import Orders
from cloudstock.sandbox.yandex_market_returns import Returns
from cloudstock.sandbox.yandex_market_shops import Shops

BODY_BYTES_MAX = 512 * 1024
PARALLEL_MAX = 4
PARALLEL_ORDERS_MAX = 6


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

# What a token must be allowed for: any one of these.
_EVERYTHING, _EVERYTHING_READ = "ALL_METHODS", "ALL_METHODS_READ_ONLY"
_GOODS, _GOODS_READ = "OFFERS_AND_CARDS_MANAGEMENT", "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY"
_SALES = "INVENTORY_AND_ORDER_PROCESSING"
CATALOG = frozenset({_EVERYTHING, _EVERYTHING_READ, _GOODS, _GOODS_READ})
CATALOG_WRITE = frozenset({_EVERYTHING, _GOODS})
TRADE = frozenset({_EVERYTHING, _EVERYTHING_READ, _SALES, f"{_SALES}_READ_ONLY"})
TRADE_LISTS = TRADE | {"FINANCE_AND_ACCOUNTING"}


class YandexMarketFake:
    """Yandex.Market's door to the world."""

    marketplace = "yandex_market"

    def __init__(self, world: World) -> None:
        self._world = world
        self._data = Buckets(world.speed)
        self._shops = shops = Shops(world, self.marketplace)
        self._orders = orders = Orders(world, shops)
        goods, returns = Goods(world, shops, self._spend), Returns(world, shops)
        b, c = "/v2/businesses/{business}", "/v2/campaigns/{campaign}"
        b1, b3 = "/v1/businesses/{business}", "/v3/businesses/{business}"
        self.routes: tuple[Route, ...] = (
            self._route("POST", "/v2/auth/token", shops.token, TOKEN),
            self._route("GET", "/v2/campaigns", shops.campaigns, CAMPAIGNS),
            self._route("GET", c, shops.one_campaign, CAMPAIGN),
            self._route("GET", "/v2/warehouses", shops.market_places, MARKET_WAREHOUSES, TRADE),
            self._route("GET", f"{b}/warehouses", shops.places_dying, WAREHOUSES_DYING, TRADE),
            self._route("POST", f"{b}/warehouses", shops.places, WAREHOUSES, TRADE),
            self._route("POST", f"{b3}/warehouses", shops.places_v3, WAREHOUSES_V3, TRADE),
            self._route("POST", f"{b}/offer-mappings", goods.mappings, MAPPINGS, CATALOG),
            self._route("POST", f"{c}/offers", goods.offers, OFFERS, CATALOG),
            self._route("POST", f"{c}/offers/stocks", goods.read, STOCKS_READ, CATALOG),
            self._route("PUT", f"{c}/offers/stocks", goods.write, STOCKS_WRITE, CATALOG_WRITE),
            self._route("POST", f"{b3}/offers/stocks", goods.read_v3, STOCKS_READ_V3, CATALOG),
            self._route(
                "POST",
                f"{b3}/offers/stocks/update",
                goods.write_v3,
                STOCKS_WRITE_V3,
                CATALOG_WRITE,
            ),
            self._route("POST", f"{b1}/orders", orders.orders, ORDERS, TRADE_LISTS),
            self._route("GET", f"{c}/orders", orders.orders_dying, ORDERS_DYING, TRADE_LISTS),
            self._route(
                "GET", f"{c}/orders/{{order}}", orders.order_dying, ORDER_DYING, TRADE_LISTS
            ),
            self._route("GET", f"{c}/returns", returns.returns, RETURNS, TRADE),
            self._route(
                "GET", f"{c}/orders/{{order}}/returns/{{return}}", returns.one_return, RETURN, TRADE
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
        return (self._orders.orders, self._orders.orders_dying, self._orders.order_dying)

    # ------------------------------------------------------------ credentials and envelope

    def authenticate(self, request: Request) -> Account:
        """The Api-Key header; all accounts of a cabinet may share one token."""
        key = request.headers.get("api-key")
        if not key:
            raise Wrong(401, "Credentials are not specified")
        sharers = [a for a in self._shops.own_accounts() if a.credentials["api_key"] == key]
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


def _call_of_order(account: Account, order: Order, what: str) -> dict[str, Any]:
    words = {"new": "ORDER_CREATED", "cancelled": "ORDER_CANCELLED"}
    return {
        "notificationType": words.get(what, "ORDER_STATUS_UPDATED"),
        "orderId": int(order.order_id),
        "campaignId": int(account.credentials["campaign_id"]),
        "items": [{"offerId": line.sku, "count": line.left} for line in order.lines],
        "createdAt": stamp(order.created_at),
    }


CALLS = CallForm(
    ping=lambda now: {"notificationType": "PING", "time": stamp(now)},
    order=_call_of_order,
    accepts=lambda _, answer: names_itself(answer),
)

KIND = Kind(
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
DOORS = Doors(YandexMarketFake, CALLS)
