"""Ozon Seller API as a stock synchroniser meets it: every method is POST with a JSON body.

Source: Ozon Seller API 2026-09-22; what it says of errors and limits, its guides, and clients of
live cabinets.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from cloudstock.sandbox.calling import CallForm, names_itself
from cloudstock.sandbox.doors import Doors
from cloudstock.sandbox.fake import Call, Handler, Route
from cloudstock.sandbox.kinds import Kind
from cloudstock.sandbox.limits import Rate
from cloudstock.sandbox.ozon_answers import error, sku_id, written
from cloudstock.sandbox.ozon_goods import Goods
from cloudstock.sandbox.ozon_postings import Postings
from cloudstock.sandbox.ozon_rest import forgiving
from cloudstock.sandbox.ozon_returns import Returns
from cloudstock.sandbox.records import Account, Order
from cloudstock.sandbox.request import (
    Request,
    Response,
    Wrong,
    fields,
    json_response,
    read_json,
)
from cloudstock.sandbox.world import World

# 50 requests a second over all methods of a Client-Id.
ALL = Rate("all methods", 50.0, 50.0)
# 80 a minute.
STOCKS = Rate("/v2/products/stocks", 80 / 60, 80.0)
# Once a minute; the second version's text is silent, a second request in a burst passes.
WAREHOUSES = Rate("/v2/warehouse/list", 1 / 60, 2.0)
# Undocumented, about two a second.
POSTING = Rate("/v3/posting/fbs/get", 2.0, 2.0)


class OzonFake:
    """Ozon's door to the world."""

    marketplace = "ozon"

    def __init__(self, world: World) -> None:
        self._world = world
        goods, postings, returns = Goods(world), Postings(world), Returns(world)
        methods: dict[str, tuple[Handler, tuple[Rate, ...]]] = {
            "/v2/warehouse/list": (goods.warehouses, (ALL, WAREHOUSES)),
            "/v3/product/list": (goods.products, (ALL,)),
            "/v3/product/info/list": (goods.infos, (ALL,)),
            "/v4/product/info/stocks": (goods.totals, (ALL,)),
            "/v2/product/info/stocks-by-warehouse/fbs": (goods.by_warehouse, (ALL,)),
            "/v1/product/info/warehouse/stocks": (goods.one_warehouse, (ALL,)),
            "/v1/product/info/stocks-by-warehouse/fbo": (goods.fbo, (ALL,)),
            "/v2/products/stocks": (goods.write, (ALL, STOCKS)),
            "/v4/posting/fbs/list": (postings.postings, (ALL,)),
            "/v4/posting/fbs/unfulfilled/list": (postings.unfulfilled, (ALL,)),
            "/v3/posting/fbs/get": (postings.posting, (ALL, POSTING)),
            "/v1/returns/list": (returns.returns, (ALL,)),
            "/v2/returns/rfbs/list": (returns.claims, (ALL,)),
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
        return error(wrong)

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
                "expires_at": written(ends) if ends else None,
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


def _call_of_order(account: Account, order: Order, what: str) -> dict[str, Any]:
    words = {"new": "TYPE_NEW_POSTING", "cancelled": "TYPE_POSTING_CANCELLED"}
    return {
        "message_type": words.get(what, "TYPE_STATE_CHANGED"),
        "posting_number": order.order_id,
        "products": [
            {
                "sku": sku_id(account.offers[line.sku]),
                "offer_id": line.sku,
                "quantity": line.left,
            }
            for line in order.lines
        ],
        "in_process_at": written(order.created_at),
        "warehouse_id": order.warehouse,
        "seller_id": int(account.credentials["client_id"]),
    }


def _accepted(call: dict[str, Any], answer: Any) -> bool:
    if call["message_type"] == "TYPE_PING":
        return names_itself(answer)
    return bool(answer == {"result": True})


CALLS = CallForm(
    ping=lambda now: {"message_type": "TYPE_PING", "time": written(now)},
    order=_call_of_order,
    accepts=_accepted,
)

KIND = Kind(
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
DOORS = Doors(OzonFake, CALLS)
