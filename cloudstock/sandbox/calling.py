"""Calls that marketplaces make by themselves: over real HTTP, to whoever asked for them.

What happens is told in the order in which it happens, one call at a time; how each was answered is
kept. A call that fails is not repeated: whoever lost it must live without it.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from cloudstock.addresses import is_loopback
from cloudstock.sandbox.records import Account, Order, Refused
from cloudstock.sandbox.world import World

# As long as the more patient of the marketplaces waits.
TIMEOUT_S = 10.0
KEPT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class CallForm:
    """How one marketplace calls."""

    # What it says when somebody enters an address, by its clock.
    ping: Callable[[datetime], dict[str, Any]]
    # What it says of an order: "new", "cancelled", else "changed".
    order: Callable[[Account, Order, str], dict[str, Any]]
    # Is this the answer to what was said?
    accepts: Callable[[dict[str, Any], Any], bool]


@dataclass(frozen=True, slots=True)
class Called:
    """One call, and how it was answered; a status of 0: it was not."""

    account: str
    body: dict[str, Any]
    status: int
    accepted: bool
    ms: float


class Caller:
    """Tells whoever asked for it what happens in the world.

    `forms`: how each marketplace calls that does.
    """

    def __init__(self, world: World, forms: Mapping[str, CallForm]) -> None:
        self._world = world
        self._forms = forms
        self._urls: dict[str, str] = {}
        self._waiting: queue.Queue[tuple[Account, dict[str, Any]]] = queue.Queue()
        self._thread: threading.Thread | None = None
        self.log: list[Called] = []

    def subscribe(self, account: str, url: str) -> None:
        """Call this address, on this machine, from now on; "": none.

        As the cabinets do, it is tried first: `Refused` where it is not answered as it should be.
        """
        own = self._world.account(account)
        form = self._forms.get(own.marketplace)
        if form is None:
            raise Refused(f"{own.marketplace} calls nobody")
        if not url:
            self._urls.pop(account, None)
            return
        if not is_loopback(url):
            raise Refused("the sandbox calls this machine only")
        called = self._call(own, url, form.ping(self._world.now()))
        if not called.accepted:
            raise Refused(f"{called.status}: this is no answer to {called.body}", conflict=True)
        self._urls[account] = url
        self._world.happens = self._happened

    def join(self) -> None:
        """Wait until everybody has been told what happened so far."""
        self._waiting.join()

    def _happened(self, account: Account, order: Order, what: str) -> None:
        if account.name not in self._urls:
            return
        form = self._forms[account.marketplace]
        self._waiting.put((account, form.order(account, order, what)))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="calls")
            self._thread.start()

    def _work(self) -> None:
        while True:
            account, body = self._waiting.get()
            url = self._urls.get(account.name)
            if url is not None:
                self._call(account, url, body)
            self._waiting.task_done()

    def _call(self, account: Account, url: str, body: dict[str, Any]) -> Called:
        request = Request(  # noqa: S310 - a loopback address
            url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        begun, answer = time.perf_counter(), None
        try:
            # No proxy stands between a machine and itself.
            with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_S) as reply:
                status, answer = reply.status, json.loads(reply.read())
        except HTTPError as error:
            status = error.code
        except (OSError, HTTPException, ValueError):
            status = 0
        accepted = status == 200 and self._forms[account.marketplace].accepts(body, answer)
        ms = (time.perf_counter() - begun) * 1000
        called = Called(account.name, body, status, accepted, ms)
        self.log = [*self.log[-KEPT_MAX:], called]
        return called


def names_itself(answer: Any) -> bool:
    """Tell whether an answer has version, name and time, as both marketplaces want to be told."""
    names = ("version", "name", "time")
    return isinstance(answer, dict) and all(isinstance(answer.get(n), str) for n in names)
