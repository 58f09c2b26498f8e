"""The three marketplaces behind one address: a plain function over values, and it served."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from cloudstock.addresses import is_loopback_place
from cloudstock.sandbox.calling import Caller
from cloudstock.sandbox.control import PREFIX, Control
from cloudstock.sandbox.fake import Gateway, claims
from cloudstock.sandbox.faults import Fault, Faults, spoiled
from cloudstock.sandbox.kinds import kinds
from cloudstock.sandbox.limits import Buckets
from cloudstock.sandbox.records import Account
from cloudstock.sandbox.request import Request, Response, Wrong, json_response
from cloudstock.sandbox.world import World

# The longest body that is read; a full batch of any marketplace is far below.
BODY_BYTES_MAX = 8 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered."""

    n: int
    account: str | None
    method: str
    path: str
    status: int
    at: str
    # How the request broke the contract; None: it did not, or a fault was ordered.
    why: str | None


class Sandbox:
    """The world with a door for each marketplace."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.caller = Caller(world)
        self.log: list[Logged] = []
        buckets = Buckets(world.speed)
        self._gateways = tuple(
            Gateway(kind.fake(world), world, buckets) for kind in kinds().values()
        )
        self._control = Control(self)
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


# ---------------------------------------------------------------- served

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def asgi_app(sandbox: Sandbox) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the sandbox as an ASGI application."""

    busy: Counter[tuple[str | None, str | None]] = Counter()

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more and len(body) <= BODY_BYTES_MAX:
            message = await receive()
            if message["type"] == "http.disconnect":
                # Half a request is no request.
                return
            body += message.get("body", b"")
            more = bool(message.get("more_body"))
        request = Request(
            scope["method"],
            scope["path"],
            dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]},
            body,
        )
        if not is_loopback_place(request.headers.get("host", "")):
            # A page whose name suddenly leads here (DNS rebinding) is told nothing.
            await send({"type": "http.response.start", "status": 421, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        # Limits on requests at once count by key and by the shop or cabinet in the path.
        number = re.search(r"/(\d+)", request.path)
        entity = (request.headers.get("api-key"), number[1] if number is not None else None)
        busy[entity] += 1
        try:
            answer = await asyncio.to_thread(
                sandbox.handle, replace(request, parallel=busy[entity])
            )
            if answer.delay_s:
                await asyncio.sleep(answer.delay_s)
        finally:
            busy[entity] -= 1
        # By the world's clock, which need not be this machine's.
        date = format_datetime(sandbox.world.now(), usegmt=True)
        headers = [(k.encode(), v.encode()) for k, v in {"Date": date, **answer.headers}.items()]
        if answer.dropped:
            # More is promised than comes: the server closes the connection half-way.
            headers = [(b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            return
        length = str(len(answer.body)).encode()
        if answer.status != 204:
            headers.append((b"content-length", length))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    return app


def check_loopback(host: str) -> None:
    """Refuse to serve to anybody but this machine."""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not this machine: the sandbox serves loopback addresses only")


@contextmanager
def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread; yields the base address, stops when left."""
    import uvicorn

    check_loopback(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small packets at once only where the protocol is named: 40 ms a request.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        server = uvicorn.Server(_uvicorn_config(sandbox))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        url_host = f"[{host}]" if ":" in host else host
        try:
            yield f"http://{url_host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def wait_forever() -> None:
    """Do nothing until interrupted."""
    threading.Event().wait()


def run_forever(
    sandbox: Sandbox,
    host: str,
    port: int,
    ready: Callable[[str], None],
    meanwhile: Callable[[], None] = wait_forever,
) -> None:
    """Serve until interrupted; `ready` is told the base address, then `meanwhile` is done."""
    with serve(sandbox, host, port) as url:
        ready(url)
        try:
            meanwhile()
        except KeyboardInterrupt:
            return


def _uvicorn_config(sandbox: Sandbox) -> Any:
    import uvicorn

    return uvicorn.Config(
        asgi_app(sandbox),
        log_config=None,
        log_level="critical",
        lifespan="off",
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
