"""A seller's machine, buyers and a clock that moves when told, for tests of the sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cloudstock.sandbox.request import Request, Response
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.world import World

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Time stands still unless somebody lets it pass."""

    now: datetime = START
    # Every look at the clock takes this long.
    tick: timedelta = timedelta()

    def __call__(self) -> datetime:
        self.now += self.tick
        return self.now

    def pass_by(self, **much: float) -> None:
        self.now += timedelta(**much)


def small_world(clock: Clock | None = None, **how: Any) -> World:
    return World.standard(**({"products": 12, "clock": clock or Clock()} | how))


class Machine:
    """Sends requests to the sandbox as a program would, and moves its world."""

    def __init__(self, sandbox: Sandbox, account: str = "ozon-main") -> None:
        self.sandbox, self.world, self.name = sandbox, sandbox.world, account
        self.account = self.world.account(account)
        self.place = self.account.warehouses[0]
        self.skus = [s for s, o in self.account.offers.items() if not o.archived]
        self.sku = self.skus[0]

    def headers(self) -> dict[str, str]:
        """Return the headers that the account's marketplace wants."""
        own = self.account.credentials
        match self.account.marketplace:
            case "ozon":
                return {"client-id": own["client_id"], "api-key": own["api_key"]}
            case "wildberries":
                return {"authorization": own["token"]}
            case _:
                return {"api-key": own["api_key"]}

    def send(
        self, method: str, path: str, body: Any = None, *, parallel: int = 1, **headers: str
    ) -> Response:
        """Send anything; `body` is JSON unless it is bytes; `headers` replace the right ones."""
        parts = urlsplit(path)
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        kind = {} if body is None else {"content-type": "application/json"}
        sent = {**kind, **self.headers(), **named}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return self.sandbox.handle(Request(method, parts.path, query, sent, raw, parallel))

    def control(self, method: str, verb: str, /, **body: Any) -> tuple[int, Any]:
        """Use a control verb, without any credentials; return its status and answer."""
        parts = urlsplit(f"/_sandbox/{verb}")
        raw = json.dumps(body).encode() if method == "POST" else b""
        sent = {"content-type": "application/json", "host": "127.0.0.1:8080"}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        answer = self.sandbox.handle(Request(method, parts.path, query, sent, raw))
        return answer.status, json.loads(answer.body)

    def tell(self, verb: str, /, **body: Any) -> Any:
        status, told = self.control("POST", verb, **body)
        assert status == 200, told
        return told

    def look(self, verb: str) -> Any:
        status, told = self.control("GET", verb)
        assert status == 200, told
        return told

    def truth(self, sku: str) -> dict[str, int]:
        return dict(self.look("truth")["products"][sku])

    def breaches(self) -> list[Any]:
        return list(self.look("requests")["breaches"])

    def stocked(self, *skus: str, quantity: int = 10) -> None:
        """So many of each are on the shelf and shown by the account."""
        for sku in skus or (self.sku,):
            self.tell("count", sku=sku, quantity=quantity)
            self.tell("stock", account=self.name, sku=sku, quantity=quantity)

    def bought(self, *lines: tuple[str, int], **how: Any) -> list[str]:
        """A buyer orders; one of the first article unless told what."""
        wanted = [{"sku": s, "quantity": n} for s, n in lines or ((self.sku, 1),)]
        return list(self.tell("orders", account=self.name, lines=wanted, **how)["orders"])

    def happens(self, order_id: str, do: str, **how: Any) -> Any:
        return self.tell(f"orders/{self.name}/{order_id}", do=do, **how)

    def stock(self, sku: str | None = None) -> tuple[int | None, int]:
        """What buyers can order of an article, and what is held for them."""
        stock = self.account.stock[self.place, sku or self.sku]
        return stock.free, stock.reserved
