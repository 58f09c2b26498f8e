"""The three marketplaces behind one address: a plain function over values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from cloudstock.sandbox.calling import Caller
from cloudstock.sandbox.control import PREFIX, Control
from cloudstock.sandbox.doors import doors
from cloudstock.sandbox.fake import Gateway, claims
from cloudstock.sandbox.faults import Fault, Faults, spoiled
from cloudstock.sandbox.limits import Buckets
from cloudstock.sandbox.records import Account
from cloudstock.sandbox.request import (
    BODY_BYTES_MAX,
    Logged,
    Request,
    Response,
    Wrong,
    json_response,
)
from cloudstock.sandbox.world import World

T = TypeVar("T")


class Sandbox:
    """The world with a door for each marketplace."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        forms = {name: own.calls for name, own in doors().items() if own.calls is not None}
        self.caller = Caller(world, forms)
        self.log: list[Logged] = []
        buckets = Buckets(world.speed)
        self._gateways = tuple(Gateway(own.fake(world), world, buckets) for own in doors().values())
        self._control = Control(world, self.faults, self.caller, self.log, self.config_text)
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        """Answer one request, one at a time."""
        door = self._control.answer if request.path.startswith(PREFIX) else self._trade
        return self.between_requests(lambda: door(request))

    def between_requests(self, act: Callable[[], T]) -> T:
        """Do something in the world while no request is answered; return what it returns."""
        with self._lock:
            return act()

    def _trade(self, request: Request) -> Response:
        gateway = self._gateway(request)
        account = gateway.account_of(request) if gateway is not None else None
        name = account.name if account is not None else None
        fault = self.faults.take(name, request)
        if gateway is None:
            answer = json_response(404, {"message": "no marketplace has this address"})
            answer.breach = "no marketplace has this address"
        elif len(request.body) > BODY_BYTES_MAX:
            answer = gateway.fake.error(Wrong(413, "the request is too long"))
            answer.breach = "the request is too long"
        else:
            answer = self._faulty(gateway, request, fault)
        self.log.append(
            Logged(
                len(self.log) + 1,
                name,
                request.method,
                request.path,
                answer.status,
                self.world.now().isoformat(),
                None if fault is not None and fault.kind == "refuse_items" else answer.breach,
            )
        )
        return answer

    def _gateway(self, request: Request) -> Gateway | None:
        """Whose request it is: by its credentials, else by its path."""
        for gateway in self._gateways:
            if claims(gateway.fake, request) and gateway.account_of(request) is not None:
                return gateway
        return next((d for d in self._gateways if claims(d.fake, request)), None)

    def _faulty(self, gateway: Gateway, request: Request, fault: Fault | None) -> Response:
        match fault.kind if fault is not None else None:
            case "drop_before":
                return Response(0, dropped=True)
            case "status":
                return gateway.fake.error(Wrong(fault.status if fault else 500, "as ordered"))
            case "html":
                page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
                return Response(502, page, {"Content-Type": "text/html"})
            case "empty":
                return Response(fault.status if fault else 500)
            case _:
                answer = gateway.answer(request, fault)
                return answer if fault is None else spoiled(fault, answer)

    def config_text(self, base_url: str) -> str:
        """A ready configuration for the program under trial."""
        lines = [
            "# Made by the sandbox: made-up accounts, strict contracts, compressed time.",
            "database: cloudstock.db",
            "accounts:",
        ]
        for account in self.world.accounts.values():
            lines += [f"  {account.name}:", f"    marketplace: {account.marketplace}"]
            lines += [f'    {k}: "{v}"' for k, v in account.credentials.items()]
            lines.append(_warehouses(account))
            # In full: YAML takes 1e+06 for text.
            lines += [f"    base_url: {base_url}", f"    pace: {float(self.world.speed)}"]
        return "\n".join(lines) + "\n"


def _warehouses(account: Account) -> str:
    """Several warehouses are fed from one in equal parts."""
    places = account.warehouses
    if len(places) == 1:
        return f"    warehouses: {{{places[0]}: main}}"
    share = 100 // len(places)
    links = ", ".join(f"{w}: {{from: main, share: {share}%}}" for w in places)
    return f"    warehouses: {{{links}}}"
