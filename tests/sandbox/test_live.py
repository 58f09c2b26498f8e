"""A shop that lives: buyers by a seed, as a process that is watched, and a hand in it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.cli.serving import EVENTS
from cloudstock.errors import Exit
from cloudstock.sandbox.hand import Hand
from cloudstock.sandbox.live import Buyers, Event, open_shop
from cloudstock.sandbox.world import World
from tests.sandbox.driving import small_world
from tests.system.conftest import Ended, loaded

# However slow the machine is.
PATIENCE_S = 300.0
PROGRAM = str(Path(sys.executable).with_name("cloudstock"))


def a_day(world: World, seed: int, things: int = 2000) -> list[Event]:
    open_shop(world, seed=seed)
    buyers = Buyers(world, seed=seed, per_hour=60)
    times, events = [], []
    for _ in range(things):
        times.append(buyers.due_s)
        if (event := buyers.happen()) is not None:
            events.append(event)
    assert times == sorted(times)
    return events


def test_the_same_seed_is_the_same_day() -> None:
    first, again, other = (a_day(small_world(), seed) for seed in (7, 7, 8))
    assert first == again != other


def test_all_that_buyers_may_do_happens_and_none_takes_what_is_not_shown() -> None:
    world = small_world()
    happened = Counter(event.verb for event in a_day(world, 1))
    assert set(happened) == set(EVENTS)
    assert all(
        s.free is None or s.free >= 0 for a in world.accounts.values() for s in a.stock.values()
    )
    assert {o.state for o in world.orders.values()} >= {"cancelled", "delivered", "refused"}
    assert "received" in {r.state for r in world.returns.values()}


def test_buyers_wait_where_nothing_is_shown() -> None:
    world = small_world()
    buyers = Buyers(world, seed=1, per_hour=60)
    assert [buyers.happen() for _ in range(50)] == [None] * 50
    world.show("ozon-main", world.account("ozon-main").warehouses[0], "BAG-08", 1)
    event = buyers.happen()
    assert event is not None
    assert (event.verb, event.account, event.sku, event.quantity) == (
        "order",
        "ozon-main",
        "BAG-08",
        1,
    )


def test_what_a_hand_did_to_an_order_is_not_done_again() -> None:
    world = small_world()
    open_shop(world, seed=1)
    buyers = Buyers(world, seed=1, per_hour=60)
    event = buyers.happen()
    assert event is not None
    world.do(event.account, event.number, "cancel")
    later = [buyers.happen() for _ in range(100)]
    assert [e for e in later if e is not None and e.number == event.number] == []


# ---------------------------------------------------------------- as processes


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with the configuration of a sandbox where two orders a second are placed."""
    line = "sandbox --live --port 0 --rate 2/s --seed 3 --speed 300 --write config.yaml"
    with subprocess.Popen(
        [PROGRAM, *line.split()],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        assert "serving on http://127.0.0.1:" in server.stderr.readline()
        # Buyers come by themselves; more of them than the hand makes orders.
        orders = 0
        while orders < 3:
            orders += "-main: a buyer orders" in (line := server.stderr.readline())
            assert re.match(r"\d\d:\d\d:\d\d  \w+-main: ", line)
        yield tmp_path
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, "Traceback" in err) == (Exit.OK, False)


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.defpath, "HOME": str(folder), "CLOUDSTOCK_LANG": "en"}


def run(folder: Path, *words: str, expect: int = 0) -> Ended:
    answer = loaded().run(
        words, folder=folder, env=environment(folder), stdin=None, timeout_s=PATIENCE_S
    )
    ended = Ended(*answer)
    assert ended.code == expect, ended.err
    return ended


def most_shown(folder: Path, account: str) -> str:
    """An article that buyers cannot have taken all of before the next request."""
    url = re.search(r"base_url: (\S+)", (folder / "config.yaml").read_text())
    assert url is not None
    listings = json.loads(Hand(url[1]).get("shown"))["listings"]
    own = [x for x in listings if x["account"] == account and x["free"] is not None]
    return str(max(own, key=lambda x: int(x["free"]))["sku"])


def test_a_living_sandbox_is_traded_with_and_ordered_from_by_hand(folder: Path) -> None:
    for line in ("create-database", "pull-catalog", "poll-reserves", "adopt-stock"):
        account = ["--account", "ozon-main"] if line == "adopt-stock" else []
        run(folder, line, *account)
    run(folder, "push-stocks", "--yes")
    sku = most_shown(folder, "wb-main")
    told = json.loads(run(folder, "--json", "sandbox", "order", "wb-main", sku, "2").out)
    # Wildberries makes an order of each unit.
    assert [e["quantity"] for e in told["events"]] == [1, 1]
    number = told["events"][0]["number"]
    run(folder, "sync", "--yes")
    orders = json.loads(run(folder, "show-orders", "--json").out)
    assert {e["number"] for e in told["events"]} < {o["order_id"] for o in orders}
    for action, says in (
        ("deliver", f"wb-main: order {number} is delivered\n"),
        ("return", f"wb-main: a buyer sends order {number} back\n"),
    ):
        assert says in run(folder, "sandbox", action, "wb-main", number).out
    assert (
        "is on its way back"
        in run(folder, "sandbox", "return", "wb-main", number, expect=Exit.FAILED).err
    )
    assert (
        "no order no-such"
        in run(folder, "sandbox", "cancel", "wb-main", "no-such", expect=Exit.FAILED).err
    )
    # It says so itself, in the language of who asks.
    for words, says in (
        (("order", "wb-other", sku), "нет кабинета wb-other; есть ozon-main, wb-main, ym-main"),
        (("cancel", "wb-main", number), f"заказ {number}: доставлен"),
    ):
        line = ("--lang", "ru", "sandbox", *words)
        assert says in run(folder, *line, expect=Exit.FAILED).err


def test_where_no_sandbox_runs_it_is_said(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = ("sandbox", "order", "ozon-main", "BAG-04", "--port", port)
    ended = run(tmp_path, *words, expect=Exit.FAILED)
    assert ended.err.startswith(f"cloudstock: no sandbox runs at http://127.0.0.1:{port}; ")


@pytest.mark.parametrize(
    "line",
    ["order ozon-main", "cancel", "order a b 0", "--rate 30/h", "--live --rate 30", "buy a b"],
)
def test_a_deed_that_is_not_whole_is_wrong_usage(tmp_path: Path, line: str) -> None:
    assert run(tmp_path, "sandbox", *line.split(), expect=Exit.USAGE).out == ""
