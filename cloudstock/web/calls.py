"""Calls of the marketplaces: somebody has ordered.

Nothing of a call is believed. One that comes by an account's secret address, from where its
marketplace calls, only marks the account: `called.py` reads its orders as cron would, with the key.
So lost, repeated, late and forged calls change nothing but the moment. Nothing here meets the
database, so that the answer waits for nobody.
"""

from __future__ import annotations

import base64
import hmac
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import NamedTuple, cast

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cloudstock.addresses import is_loopback, is_loopback_host, is_within
from cloudstock.language import tr
from cloudstock.logs import event
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import Call, Calls
from cloudstock.redaction import Secret
from cloudstock.settings import Account, Configuration
from cloudstock.web.guard import address_of
from cloudstock.web.site import Site

log = logging.getLogger("cloudstock.web")

PREFIX = "/calls/"
# One order of a hundred lines is 20 KiB.
BODY_BYTES_MAX = 256 * 1024
# Of one address: so many at once, and so many a second after them.
BURST, PER_S = 200.0, 20.0


def calls_of(account: Account) -> Calls | None:
    """Return how an account's marketplace calls; None: it does not."""
    module, _, name = MARKETPLACES[account.marketplace].calls.partition(":")
    return cast("Calls", getattr(import_module(module), name)) if module else None


def path_of(key: Secret, account: Account) -> str:
    """Return the secret path of an account; another key, or another cabinet, has another."""
    whose = f"{account.marketplace} {account.cabinet}".encode()
    digest = hmac.digest(key.reveal().encode(), b"calls:" + whose, "sha256")
    return PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


class _Refused(Exception):
    """A call that is not taken: its HTTP status, and why, as a person reads it later."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(slots=True)
class _Rate:
    """How many more calls an address takes now."""

    left: float = BURST
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.at) * PER_S)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class _Place(NamedTuple):
    """An address that is called."""

    account: Account
    calls: Calls
    # The accounts that may be called for by it, itself first.
    shared: tuple[Account, ...]
    rate: _Rate


class CallTaker:
    """Middleware before everything else: calls have no visitor, no session and no form."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site
        self._config: Configuration | None = None
        self._places: dict[str, _Place] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, or hand a request on."""
        key = self._site.config.web.calls
        if scope["type"] != "http" or key is None or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        answer = await self._answer(scope, receive, key)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, key: Secret) -> Response:
        now = datetime.now(UTC)
        place = self._place(scope["path"], key)
        if place is None:
            # Of an account that was added a moment ago: the configuration is looked at.
            self._site.called.look()
            return Response(status_code=404)
        address = address_of(scope, self._site.config.web.proxies)
        try:
            account, call = await self._taken(scope, receive, place, address)
        except _Refused as refused:
            name = place.account.name
            event(log, logging.WARNING, "web.call_refused", account=name, why=refused.why)
            self._site.called.refuse(name, now, refused.why)
            headers = {"allow": "POST"} if refused.status == 405 else {}
            return _json(place.calls.refused(refused.status, str(refused)), refused.status, headers)
        self._site.called.mark(account.name, now, orders=call.orders)
        return _json(place.calls.taken(call, now))

    def _place(self, path: str, key: Secret) -> _Place | None:
        config = self._site.config
        if config is not self._config:
            self._places = dict(_places(config, key, self._places))
            self._config = config
        return self._places.get(path)

    async def _taken(
        self, scope: Scope, receive: Receive, place: _Place, address: str
    ) -> tuple[Account, Call]:
        """Return whom a call is for, and what it says; raises `_Refused`."""
        if scope["method"] != "POST":
            raise _Refused(405, tr("it was no POST"))
        if not self._may_call(place, address):
            raise _Refused(
                403,
                tr(
                    "{address} is none of the marketplace's addresses; behind a proxy name it in"
                    " `web.proxies`",
                    address=address,
                ),
            )
        if not place.rate.take():
            raise _Refused(429, tr("too many came at once"))
        body = await _body(receive)
        try:
            call = place.calls.read(body)
        except (ValueError, RecursionError):
            raise _Refused(400, tr("it was none that can be read")) from None
        for account in place.shared:
            if _is_for(account, call):
                return account, call
        raise _Refused(403, tr("it was for another cabinet or shop"))

    def _may_call(self, place: _Place, address: str) -> bool:
        networks = (*place.calls.networks, *self._site.config.web.calls_from)
        base_url = place.account.base_url
        # The sandbox, or a bridge to the marketplace, is where the account's requests go.
        here = base_url is not None and is_loopback(base_url) and is_loopback_host(address)
        return here or is_within(address, networks)


def _places(
    config: Configuration, key: Secret, before: dict[str, _Place]
) -> list[tuple[str, _Place]]:
    places = []
    for account in config.accounts:
        calls = calls_of(account)
        if calls is None:
            continue
        path = path_of(key, account)
        rate = before[path].rate if path in before else _Rate()
        places.append((path, _Place(account, calls, _sharers(config, account, calls), rate)))
    return places


def _sharers(config: Configuration, account: Account, calls: Calls) -> tuple[Account, ...]:
    name = calls.shared_by
    others = (
        other
        for other in config.accounts
        if name
        and other is not account
        and other.marketplace == account.marketplace
        and other.options.get(name) == account.options.get(name)
    )
    return account, *others


def _is_for(account: Account, call: Call) -> bool:
    return all(account.options.get(name) == value for name, value in call.settings.items())


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Refused(400, tr("it broke off"))
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise _Refused(413, tr("it was too long"))
        more = bool(message.get("more_body"))
    return bytes(body)


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    kept = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(body), status, kept, "application/json")
