"""Independent clients from PyPI, driven against the sandbox.

    python -m tests.contracts --clients

They are installed into a virtual environment of their own, in the user's cache folder, and make the
calls that work on the real API: what does not work here is a mistake of the sandbox, or of the
client. Their types are read from the marketplaces' texts by other people than ours.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cloudstock.sandbox.records import Account
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World

PACKAGES = {
    "ozon-sdk": "ozon-sdk==0.2.0",
    "ozonapi-async": "ozonapi-async==0.89.0",
    "wildberries-sdk": "wildberries-sdk==0.1.177",
}
DRIVER = Path(__file__).with_name("clients_driver.py")
TIMEOUT_S = 180.0
SPEED = 600.0
OLD = timedelta(days=120)

# What a client cannot do with any server, and why: (client, call) -> reason.
OWN_FAULTS: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Made:
    """A call of a client, and what went wrong with it."""

    client: str
    call: str
    # "" where nothing did.
    wrong: str

    @property
    def excused(self) -> str:
        """Why it may go wrong; "" where it may not."""
        return OWN_FAULTS.get((self.client, self.call), "")


class NotInstalledError(Exception):
    """The clients cannot be had here."""


def drive() -> Iterator[Made]:
    """Drive every client; yield each of its calls. Raises NotInstalledError."""
    python = _installed()
    for client, marketplace in (
        ("ozon-sdk", "ozon"),
        ("ozonapi-async", "ozon"),
        ("wildberries-sdk", "wildberries"),
    ):
        world = _world()
        (account,) = (a for a in world.accounts.values() if a.marketplace == marketplace)
        with serve(Sandbox(world)) as url:
            done = subprocess.run(
                [python, DRIVER, client, url, json.dumps(_facts(world, account))],
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        for line in done.stdout.splitlines():
            told = json.loads(line) if line.startswith('{"call"') else None
            if told is not None:
                yield Made(client, told["call"], told["wrong"])
        if done.returncode:
            yield Made(client, "all", f"ended with {done.returncode}: {done.stderr[-500:]}")


def _world() -> World:
    """An account of each marketplace with every way of delivery, in the middle of its trade."""
    names = ("ozon-main", "wb-main")
    world = World.standard(products=8, speed=SPEED, accounts=names, warehouses=4)
    now = datetime.now(UTC)
    for account in world.accounts.values():
        _, courier, counter, own = account.warehouses
        account.dbs_warehouses.add(own)
        if account.marketplace == "wildberries":
            account.courier_warehouses.add(courier)
            account.pickup_warehouses.add(counter)
        skus = [s for s, o in account.offers.items() if not o.archived]
        for place in account.warehouses:
            for sku in skus:
                world.show(account.name, place, sku, 20)
            for n, verb in enumerate((None, "confirm", "pack", "ship", "deliver", "cancel")):
                basket = [(skus[n], 2), (skus[n + 1], 1)]
                for order in world.place(account.name, basket, warehouse=place, force=True):
                    if verb is not None:
                        world.do(account.name, order.order_id, verb)
                    if verb == "deliver":
                        world.start_return(account.name, order.order_id, None)
        for order in world.place(account.name, [(skus[0], 1)], force=True, created_at=now - OLD):
            world.do(account.name, order.order_id, "deliver")
    return world


def _facts(world: World, account: Account) -> dict[str, Any]:
    """Return what a client must be told of an account."""
    orders = [o for (name, _), o in world.orders.items() if name == account.name]
    old, now = datetime.now(UTC) - OLD, datetime.now(UTC)
    facts: dict[str, Any] = {
        **account.credentials,
        "warehouses": account.warehouses,
        "articles": [s for s, o in account.offers.items() if not o.archived],
        "orders": [o.order_id for o in orders if o.warehouse not in account.dbs_warehouses],
        "dbs_orders": [o.order_id for o in orders if o.warehouse in account.dbs_warehouses],
        "dbw_orders": [o.order_id for o in orders if o.warehouse in account.courier_warehouses],
        "pickup_orders": [o.order_id for o in orders if o.warehouse in account.pickup_warehouses],
        "old": [old.year, old.month],
        "from": f"{now - timedelta(days=29):%Y-%m-%d}",
        "to": f"{now:%Y-%m-%d}",
    }
    if account.marketplace == "wildberries":
        # Imported late: what the sandbox calls the sizes of its cards is its own matter.
        from cloudstock.sandbox.wildberries_cards import Cards
        from cloudstock.sandbox.wildberries_families import supply_of

        unscanned = next(
            o for o in orders if o.state == "shipped" and o.warehouse == account.warehouses[0]
        )
        unscanned.status = "complete/waiting"
        facts["unscanned"], facts["supply"] = unscanned.order_id, supply_of(unscanned)
        facts["sizes"] = [size.chrt_id for _, size in Cards(world).of(account).sizes.values()]
    return facts


def _installed() -> Path:
    """Return the Python of an environment with the clients, made where there is none yet."""
    wanted = "\n".join(sorted(PACKAGES.values()))
    mark = hashlib.sha256(f"{sys.version}\n{wanted}".encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "cloudstock-contracts" / mark
    python, whole = folder / "bin" / "python", folder / "whole"
    if whole.exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *PACKAGES.values()],
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode:
        raise NotInstalledError(f"pip ended with {done.returncode}")
    whole.touch()
    return python


def lines(calls: list[Made]) -> Iterator[str]:
    """What is to be read; the figures last."""
    for made in calls:
        if made.wrong:
            why = f" ({made.excused})" if made.excused else ""
            yield f"{made.client}: {made.call}: {made.wrong}{why}"
    clients = {made.client for made in calls}
    wrong = sum(1 for made in calls if made.wrong and not made.excused)
    excused = sum(1 for made in calls if made.excused)
    yield f"clients: {len(clients)}, calls: {len(calls)}, wrong: {wrong}, excused: {excused}"
