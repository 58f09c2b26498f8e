"""Wildberries seller API as a stock synchroniser meets it; all of its hosts at one address.

Here are credentials and the cabinet; cards, stocks, orders and reports are in modules of their own.

Source: dev.wildberries.ru, OpenAPI `items`, `orders_fbs`, `dbs`, `orders_dbw`, `in_store_pickup`,
`analytics`, `communications`, `general` of 2026-08 to 2026-10, checked 2026-11-29.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cloudstock.sandbox.doors import Doors
from cloudstock.sandbox.fake import Call, Handler, Route
from cloudstock.sandbox.kinds import Kind
from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.records import Account
from cloudstock.sandbox.request import (
    Request,
    Response,
    Wrong,
    json_response,
    only_query,
)
from cloudstock.sandbox.wildberries_cards import Cards
from cloudstock.sandbox.wildberries_content import Content
from cloudstock.sandbox.wildberries_families import (
    DBS,
    DBS_CANCEL,
    DBW,
    FAMILIES,
    FBS,
    FBS_CANCEL,
    PICKUP_STATUS,
    family_of,
    seconds,
)
from cloudstock.sandbox.wildberries_reports import (
    CLAIMS,
    FEED,
    ITEM_RETURNS,
    SELLER_STOCKS,
    WB_STOCKS,
    Reports,
)
from cloudstock.sandbox.wildberries_stocks import Stocks, chrt_ids
from cloudstock.sandbox.wildberries_supplies import Supplies
from cloudstock.sandbox.wildberries_tasks import Tasks
from cloudstock.sandbox.world import World

# Limits: refill a second, bucket, and what a 4xx costs. One bucket for each group and seller.
WAREHOUSES = Rate("seller warehouses", 5, 20, 10)
STOCKS = Rate("stocks", 5, 20, 10)
STOCKS_DELETE = Rate("stocks: delete", 1 / 6, 2, 10)
CARDS_LIST = Rate("cards list", 1 / 0.6, 5)
CONTENT = Rate("content", 1 / 0.6, 5)
SELLER_INFO = Rate("seller-info", 1 / 60, 10)
SUBSCRIPTIONS = Rate("subscriptions", 1 / 60, 10)
PING = Rate("ping", 1 / 10, 3)

# A token's categories are bits of its mask; `acc` is its type.
CONTENT_BIT, ANALYTICS_BIT, MARKETPLACE_BIT, RETURNS_BIT, READ_ONLY_BIT = 1, 2, 4, 11, 30
SERVICE = 4

TITLES = {
    400: "bad request",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    415: "unsupported media type",
    429: "too many requests",
}

Shape = Callable[[Wrong], Mapping[str, object]]
JSON, PROBLEM = "application/json", "application/problem+json"


class WildberriesFake:
    """Wildberries' door to the world."""

    marketplace = "wildberries"

    def __init__(self, world: World) -> None:
        self._world = world
        self._cards = Cards(world)
        self._tasks = Tasks(world, self._cards)
        self._reports = Reports(world, self._cards, self._tasks)
        path, stocks = "/api/v3/stocks/{warehouse}", Stocks(world, self._cards)
        self.routes: tuple[Route, ...] = (
            self._route("GET", "/ping", self._ping, PING, None),
            self._route("GET", "/api/v1/seller-info", self._seller, SELLER_INFO, None),
            self._route(
                "GET", "/api/common/v1/subscriptions", self._subscriptions, SUBSCRIPTIONS, None
            ),
            self._route("GET", "/api/v3/warehouses", self._warehouses, WAREHOUSES),
            self._route("GET", "/api/v3/offices", self._offices, WAREHOUSES),
            *self._content_routes(),
            self._route("POST", path, stocks.read, STOCKS),
            self._route("PUT", path, stocks.write, STOCKS, writes=True),
            self._route("DELETE", path, stocks.delete, STOCKS_DELETE, writes=True),
            *self._list_routes(),
            *self._fbs_routes(),
            *self._family_routes(),
            *self._report_routes(),
        )

    def _list_routes(self) -> tuple[Route, ...]:
        """New orders and the list, alike in all families but for what FBS's list holds."""
        tasks = self._tasks
        routes = []
        for name, family in FAMILIES.items():
            listed = tasks.listed if name == "fbs" else tasks.finished(name)
            routes.append(self._route("GET", f"{family.path}/new", tasks.new(name), family.rate))
            routes.append(self._route("GET", family.path, listed, family.rate))
        return tuple(routes)

    def _fbs_routes(self) -> tuple[Route, ...]:
        tasks, supplies = self._tasks, Supplies(self._world, self._tasks)
        fbs, newer = "/api/v3/orders", "/api/marketplace/v3"
        supply = f"{newer}/fbs/supplies/{{supply}}"
        return (
            self._route("POST", f"{fbs}/status", tasks.statuses("fbs"), FBS),
            self._route("POST", f"{fbs}/status/history", tasks.history, FBS),
            self._route("PATCH", f"{fbs}/{{order}}/cancel", tasks.cancel, FBS_CANCEL, writes=True),
            self._route("GET", "/api/v3/supplies/orders/reshipment", tasks.reshipment, FBS),
            self._route("GET", "/api/v3/supplies", supplies.all, FBS),
            self._route("GET", "/api/v3/supplies/{supply}", supplies.one, FBS),
            self._route("GET", f"{newer}/supplies/{{supply}}/order-ids", supplies.order_ids, FBS),
            self._route("PATCH", f"{supply}/orders/transfer", supplies.transfer, FBS, writes=True),
            self._route(
                "GET",
                f"{newer}/fbs/orders/archive",
                tasks.archive,
                FBS,
                shape=_archive_shape,
                errors=PROBLEM,
            ),
            self._route("GET", f"{newer}/fbs/settings/autoreturns", self._autoreturns, FBS),
            self._route(
                "POST",
                f"{newer}/fbs/settings/autoreturns/items",
                self._autoreturn_items,
                FBS,
                shape=_autoreturns_shape,
                errors=PROBLEM,
            ),
        )

    def _family_routes(self) -> tuple[Route, ...]:
        tasks, newer = self._tasks, "/api/marketplace/v3"
        dbs, pickup = f"{newer}/dbs/orders", f"{newer}/click-collect/orders"
        return (
            self._route("POST", "/api/v3/dbs/groups/info", tasks.dbs_groups, DBS),
            self._route(
                "POST", f"{dbs}/status/info", tasks.status_info("dbs"), DBS, shape=_dbs_shape
            ),
            self._route(
                "POST",
                f"{dbs}/status/cancel",
                tasks.dbs_cancel,
                DBS_CANCEL,
                shape=_dbs_shape,
                writes=True,
            ),
            self._route("POST", "/api/v3/dbw/orders/status", tasks.statuses("dbw"), DBW),
            self._route(
                "POST",
                f"{pickup}/status/info",
                tasks.status_info("pickup"),
                PICKUP_STATUS,
                shape=_pickup_shape,
            ),
        )

    def _report_routes(self) -> tuple[Route, ...]:
        reports, analytics = self._reports, "/api/analytics/v1"
        stocks = f"{analytics}/stocks-report"
        return (
            *(
                self._route(method, path, how, rate, ANALYTICS_BIT, shape=_analytics_shape)
                for method, path, how, rate in (
                    ("GET", f"{analytics}/item-returns", reports.item_returns, ITEM_RETURNS),
                    ("POST", f"{analytics}/order-feed", reports.feed, FEED),
                    ("POST", f"{stocks}/seller-warehouses", reports.seller_stocks, SELLER_STOCKS),
                    ("POST", f"{stocks}/wb-warehouses", reports.wb_stocks, WB_STOCKS),
                )
            ),
            self._route(
                "GET",
                "/api/v1/claims",
                reports.claims,
                CLAIMS,
                RETURNS_BIT,
                shape=_analytics_shape,
            ),
        )

    def _content_routes(self) -> tuple[Route, ...]:
        path, content = "/content/v2/get/cards", Content(self._world, self._cards)
        return (
            self._route(
                "POST",
                f"{path}/list",
                content.listed,
                CARDS_LIST,
                CONTENT_BIT,
                shape=_content_shape,
            ),
            self._route(
                "POST",
                f"{path}/trash",
                content.trash,
                CONTENT,
                CONTENT_BIT,
                shape=_content_shape,
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
        errors: str = JSON,
    ) -> Route:
        """A method with its limit, the token's category, and the form of its host's errors."""
        shaped = shape or _marketplace_shape

        def guarded(call: Call) -> Response:
            _check_scope(call.account, category)
            try:
                if writes:
                    _check_writing(call.account)
                return handler(call)
            except Wrong as wrong:
                answer = json_response(wrong.status, shaped(wrong), Content_Type=errors)
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
                "timestamp": seconds(self._world.now()),
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
        return json_response(200, {"TS": seconds(self._world.now()), "Status": "OK"})

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
                    "deliveryType": FAMILIES[family_of(account, warehouse)].delivery_type,
                    "isDeleting": False,
                    "isProcessing": warehouse in account.processing,
                }
                for n, warehouse in enumerate(account.warehouses, start=1)
            ],
        )

    def _subscriptions(self, call: Call) -> Response:
        """GET /api/common/v1/subscriptions: who never had one gets an empty answer."""
        only_query(call.request)
        if _claims_of(call.account)["acc"] != SERVICE:
            answer = self._problem(403, "for service tokens")
            answer.breach = "for service tokens"
            return answer
        return Response(200)

    def _offices(self, call: Call) -> Response:
        only_query(call.request)
        office = {
            "address": "Подольск, ул. Троицкая",
            "name": "Подольск",
            "city": "Подольск",
            "id": 15,
            "longitude": 37.5,
            "latitude": 55.4,
            "cargoType": 1,
            "deliveryType": 1,
            "federalDistrict": "Центральный",
            "selected": True,
        }
        return json_response(200, [office])

    def _autoreturns(self, call: Call) -> Response:
        only_query(call.request)
        return json_response(200, {"type": "allToPickupPoint"})

    def _autoreturn_items(self, call: Call) -> Response:
        sizes = self._cards.of(call.account).sizes
        results: list[dict[str, object]] = []
        for chrt_id in dict.fromkeys(chrt_ids(call)):
            if chrt_id in sizes:
                row = {"success": True, "type": "byPickupPoint", "changeable": True}
            else:
                row = {"error": [{"code": 404, "detail": "NotFound"}]}
            results.append({"chrtId": chrt_id, **row})
        return json_response(200, {"results": results})


# ---------------------------------------------------------------- tokens


def _claims_of(account: Account) -> dict[str, Any]:
    part = account.credentials["token"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _check_scope(account: Account, category: int | None) -> None:
    """Raise `Wrong` where the token lacks the category: the gateway's refusal."""
    if category is not None and not int(_claims_of(account)["s"]) >> category & 1:
        raise Wrong(401, "token scope not allowed")


def _check_writing(account: Account) -> None:
    """Raise `Wrong` where the token may only read: the host's refusal."""
    if int(_claims_of(account)["s"]) >> READ_ONLY_BIT & 1:
        raise Wrong(403, "the token is read only", "AccessDenied")


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
    return {
        **_analytics_shape(wrong),
        "origin": "marketplace-public-api",
        "code": wrong.code or "BadRequest",
        "status": wrong.status,
        "errors": [where],
    }


def _autoreturns_shape(wrong: Wrong) -> Mapping[str, object]:
    return {"title": wrong.code or "IncorrectRequestBody", "detail": wrong.message}


def _dbs_shape(wrong: Wrong) -> Mapping[str, object]:
    return {
        "title": TITLES.get(wrong.status, "error"),
        "detail": {"message": wrong.message},
        "requestId": "7b80f7e6a1",
        "origin": "dbs-public-api",
    }


def _pickup_shape(wrong: Wrong) -> Mapping[str, object]:
    return {**_dbs_shape(wrong), "origin": "market-public-api"}


def _token(now: datetime, number: int) -> str:
    """A token as Wildberries makes them, signed by nobody: content, analytics, marketplace, ..."""

    def part(value: dict[str, object]) -> str:
        raw = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    categories = sum(1 << bit for bit in (1, 2, 4, 5, 11))
    claims = {
        "acc": 3,
        "exp": int((now + timedelta(days=170)).timestamp()),
        "s": categories,
        "sid": f"00000000-0000-4000-8000-{number:012}",
        "t": False,
    }
    return f"{part({'alg': 'ES256', 'typ': 'JWT'})}.{part(claims)}.c2FuZGJveA"


KIND = Kind(
    prefix="wb",
    credentials=lambda number, now: {"token": _token(now, number)},
    warehouses=lambda number, count: [658430 + 10 * number + w for w in range(count)],
    order_id=lambda number: str(5632000000 + number),
    gives_back=False,
    single_units=True,
    archives=False,
)
DOORS = Doors(WildberriesFake)
