"""The installed program against the sandbox: real processes, real HTTP over loopback."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudstock.changes.backup import create
from cloudstock.config.loading import load
from cloudstock.jobs.commands import run_job
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from tests.system.loaded import Loaded

# Published limits are per minute; at this speed a minute lasts a fifth of a second.
SPEED = 300.0
KEPT = ("CLOUDSTOCK_LANG", "LANG", "TZ", "SSL_CERT_FILE")


@cache
def loaded() -> Loaded:
    """The program, loaded once for all tests of this process."""
    return Loaded()


def in_a_fork(
    command: Sequence[str], folder: Path, env: Mapping[str, str], files: Sequence[int]
) -> Callable[[], int]:
    """Start a command at a terminal (`terminal.Start`) without loading the program anew."""
    return loaded().start(command[1:], folder=folder, env=env, files=files, timeout_s=120)


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shop:
    """A seller's folder with a configuration and a database, and the sandbox it is for."""

    folder: Path
    url: str
    world: World
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Certificates would take longer to load than most tests take.
        self.http = httpx.Client(base_url=self.url, trust_env=False, verify=False, timeout=30)
        if not (self.folder / "cloudstock.db").exists():
            create(self.folder / "cloudstock.db")

    # ------------------------------------------------------------ the program

    def command(self, *words: str) -> list[str]:
        """Return the installed program's command line."""
        return [str(Path(sys.executable).with_name("cloudstock")), *words]

    def run(self, *words: str, stdin: str | None = None, expect: int | None = 0) -> Ended:
        """Run the program in the seller's folder, in a process of its own."""
        result = Ended(
            *loaded().run(
                words,
                folder=self.folder,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **self.env},
                stdin=stdin,
                timeout_s=120,
            )
        )
        if expect is not None:
            assert result.code == expect, f"{words}\n{result.out}\n{result.err}"
        return result

    def arrange(self, *jobs: str) -> None:
        """Run jobs in this process: for what a test finds, not for what it tries.

        Most of what a job costs is the start of the program.
        """
        config = load(self.folder / "config.yaml", self.env).configuration
        for job in jobs:
            result = run_job(job, config)
            assert result.ok, (job, [a.error for a in result.accounts])

    def open(self, quantity: int) -> None:
        """Read everything, count so many of each product, and show them."""
        self.arrange("pull-catalog", "poll-orders", "poll-returns")
        self.count_everything(quantity)
        self.arrange("sync")

    def stock(self) -> dict[str, Any]:
        """Return `show-stock --json` by sku, of the main warehouse."""
        rows = self.run("show-stock", "--json").json
        return {r["sku"]: r for r in rows if r["warehouse"] == "main"}

    # ------------------------------------------------------------ the world

    def ask(self, path: str) -> Any:
        answer = self.http.get(f"/_sandbox/{path}")
        answer.raise_for_status()
        return answer.json()

    def tell(self, verb: str, /, **body: Any) -> Any:
        answer = self.http.post(f"/_sandbox/{verb}", json=body)
        assert answer.status_code < 300, f"{verb} {body}: {answer.status_code} {answer.text}"
        return answer.json()

    def buys(self, account: str, *lines: tuple[str, int], **also: Any) -> list[str] | None:
        """A buyer orders; None where the marketplace does not show that many."""
        body = {"account": account, "lines": [{"sku": s, "quantity": q} for s, q in lines], **also}
        answer = self.http.post("/_sandbox/orders", json=body)
        if answer.status_code == 409:
            return None
        assert answer.status_code < 300, answer.text
        return [str(i) for i in answer.json()["orders"]]

    def order(self, account: str, order_id: str, do: str, **also: Any) -> Any:
        return self.tell(f"orders/{account}/{order_id}", do=do, **also)

    def skus(self) -> list[str]:
        """Return the products that every account offers, sorted."""
        offered: dict[str, set[str]] = {}
        for listing in self.ask("shown")["listings"]:
            if not listing["archived"]:
                offered.setdefault(listing["sku"], set()).add(listing["account"])
        most = max(map(len, offered.values()))
        return sorted(sku for sku, accounts in offered.items() if len(accounts) == most)

    def truth(self) -> dict[str, Any]:
        return dict(self.ask("truth")["products"])

    def breaches(self) -> list[Any]:
        return list(self.ask("requests")["breaches"])

    def count_everything(self, quantity: int) -> None:
        """Tell the truth to the world and to the program."""
        skus = sorted(self.truth())
        for sku in skus:
            self.world.count(sku, quantity)
        sheet = "sku,quantity\n" + "".join(f"{sku},{quantity}\n" for sku in skus)
        # The same sheet may come again.
        self.run("import-stock", "-", "--yes", stdin=sheet)

    def story(self, sku: str) -> str:
        """Return all that the program can tell of a product, for a failing test."""
        commands = (["show-history", sku], ["show-orders", "--sku", sku], ["show-returns"])
        return "\n".join(self.run(*c, expect=None).out for c in commands)

    def assert_true(self) -> None:
        """The book equals the world, and every window shows exactly what is available."""
        truth, stock = self.truth(), self.stock()
        for sku, real in truth.items():
            book = (stock[sku]["on_hand"], stock[sku]["reserved"])
            assert book == (real["on_hand"], real["reserved"]), self.story(sku)
        shown = self.ask("shown")["listings"]
        checked = 0
        for listing in shown:
            if listing["archived"]:
                continue
            real = truth[listing["sku"]]
            available = max(0, real["on_hand"] - real["reserved"])
            assert listing["free"] == available, (listing, real)
            checked += 1
        assert checked > 0


@pytest.fixture
def world() -> World:
    return World.standard(products=60, speed=SPEED, seed=1)


@contextmanager
def a_shop_in(
    folder: Path, world: World, *, env: dict[str, str] | None = None, also: str = ""
) -> Iterator[Shop]:
    """Serve a world to a seller's folder; `also`: more of its configuration."""
    sandbox = Sandbox(world)
    with serve(sandbox) as url:
        config = folder / "config.yaml"
        config.touch(mode=0o600)
        config.write_text(sandbox.config_text(url) + also)
        shop = Shop(folder, url, world, env or {})
        with shop.http:
            yield shop


@pytest.fixture
def shop(tmp_path: Path, world: World) -> Iterator[Shop]:
    folder = tmp_path / "seller"
    folder.mkdir()
    env = {k: v for k, v in os.environ.items() if k in KEPT}
    with a_shop_in(folder, world, env=env) as shop:
        yield shop


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    """Catalog pulled, everything counted (ten of each), everything pushed."""
    shop.open(10)
    return shop
