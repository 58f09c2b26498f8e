"""The demo: the main job by the real commands, against the built-in marketplaces."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudstock import PROGRAM
from cloudstock.language import in_use, mark, spoken, tr
from cloudstock.sandbox.hand import Hand, NotDone
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from cloudstock.writing import DOCUMENT, made

# A minute of the marketplaces' limits lasts a tenth of a second.
SPEED = 600.0
PRODUCTS = 12
# Which goods there are.
SEED = 5
COUNTED = 8
COMMAND_TIMEOUT_S = 60.0

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")


REFUSED = mark(
    "A buyer who wants {count} more of {sku} on Wildberries is told that there are not so many."
)
SERVED = mark("A buyer who wants {count} more of {sku} on Wildberries is SERVED, WRONGLY.")


class DemoFailed(Exception):
    """A step of the demo did not end as it must; the message shows what the command said."""


# Runs a command in a folder, with variables beside those of the environment; returns its exit code,
# what it wrote to stdout, and to stderr.
Command = Callable[[Sequence[str], Path, Mapping[str, str]], tuple[int, str, str]]


def in_a_process(
    words: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> tuple[int, str, str]:
    """Run the program itself."""
    ended = subprocess.run(  # noqa: S603 - our own program with our own words
        [*PROGRAM, *words],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def run_demo(
    out: Callable[[str], None],
    *,
    width: int | None = None,
    keep: Path | None = None,
    command: Command = in_a_process,
) -> int:
    """Trade for a while in a temporary folder and tell what happened; return the exit code.

    `keep`: a folder to leave the configuration and the database in. Raises `DemoFailed`.
    """
    with ExitStack() as stack:
        world = World.standard(products=PRODUCTS, speed=SPEED, seed=SEED)
        url = stack.enter_context(serve(Sandbox(world)))
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudstock-")))
        else:
            keep.mkdir(parents=True, exist_ok=True)
            folder = keep
        return _Demo(out, folder, Hand(url), width, command).run()


@dataclass(frozen=True, slots=True)
class _Demo:
    out: Callable[[str], None]
    folder: Path
    hand: Hand
    # Of the terminal; None: into a pipe, where nothing is cut.
    width: int | None
    command: Command

    def run(self) -> int:
        self._open_the_shop()
        sku = self._buyers_come()
        self._orders_end(sku)
        return self._compare_with_the_world()

    # ------------------------------------------------------------ the story

    def _open_the_shop(self) -> None:
        self.out(
            tr("Three marketplaces are open on this machine, made up but strict. No keys needed.")
        )
        config = self.folder / "config.yaml"
        with made(config, replace=True) as file:
            file.write(self.hand.get("config"))
        if not (self.folder / "cloudstock.db").exists():
            self._command("create-database", show=False)
        self._command("pull-catalog")
        self._command("poll-orders", show=False)
        self._command("poll-returns", show=False)
        self.out("\n" + tr("The warehouse is counted: {counted} of each.", counted=COUNTED))
        lines = ["sku,quantity"]
        for sku in self._skus():
            self.hand.post("count", sku=sku, quantity=COUNTED)
            lines.append(f"{sku},{COUNTED}")
        with made(self.folder / "stock.csv", mode=DOCUMENT, replace=True) as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
        self._command("import-stock", "stock.csv")
        self._command("push-stocks")
        self._table(tr("Before:"))

    def _buyers_come(self) -> str:
        sku, second, third = self._skus()[:3]
        self.out(
            "\n"
            + tr(
                "Buyers come: 2 of {sku} on Ozon, 1 on Wildberries, 3 on"
                " Yandex.Market; a basket of {second} and {third} on Ozon.",
                sku=sku,
                second=second,
                third=third,
            )
        )
        self._buy("ozon-main", (sku, 2))
        self._buy("wb-main", (sku, 1))
        self._buy("ym-main", (sku, 3))
        self._buy("ozon-main", (second, 1), (third, 4))
        self._command("sync")
        self._table(tr("After:"))
        refused = self._buy("wb-main", (sku, COUNTED - 5))
        self.out(spoken(REFUSED if refused is None else SERVED).format(count=COUNTED - 5, sku=sku))
        return sku

    def _orders_end(self, sku: str) -> None:
        self.out("\n" + tr("The Ozon order is shipped and delivered, the one on Yandex cancelled."))
        orders = self._orders()
        ozon = next(o for o in orders if o["account"] == "ozon-main" and o["sku"] == sku)
        yandex = next(o for o in orders if o["account"] == "ym-main")
        self._order(ozon, "ship")
        self._order(ozon, "deliver")
        self._order(yandex, "cancel")
        self._command("sync")
        self.out("\n" + tr("One of the two units comes back and is handed to the seller."))
        answer = self.hand.post(
            "returns",
            account="ozon-main",
            order=ozon["order_id"],
            lines=[{"sku": sku, "quantity": 1}],
        )
        return_id = str(answer["returns"][0])
        self.hand.post(f"returns/ozon-main/{return_id}", do="receive")
        self._command("poll-returns")
        self.out(tr("It waits in quarantine until somebody has looked at it."))
        waiting = json.loads(self._command("show-returns", "--json", show=False))
        self._command("receive-return", waiting[0]["return_id"])
        self.hand.post("restock", sku=sku, quantity=1)
        self._command("sync")
        self._table(tr("At the end:"))
        self._command("show-history", sku)

    def _compare_with_the_world(self) -> int:
        truth = json.loads(self.hand.get("truth"))["products"]
        stock = {
            row["sku"]: row
            for row in json.loads(self._command("show-stock", "--json", show=False))
            if row["warehouse"] == "main"
        }
        wrong = [
            sku
            for sku, real in truth.items()
            if (stock[sku]["on_hand"], stock[sku]["reserved"])
            != (real["on_hand"], real["reserved"])
        ]
        listings = json.loads(self.hand.get("shown"))["listings"]
        false = [
            x
            for x in listings
            if x["free"] is not None
            and x["free"] != max(0, truth[x["sku"]]["on_hand"] - truth[x["sku"]]["reserved"])
        ]
        oversold = sum(real["oversold"] for real in truth.values())
        breaches = json.loads(self.hand.get("requests"))["breaches"]
        self.out(
            "\n"
            + tr(
                "Compared with the made-up world: {right} of {products} products are"
                " counted right, {true} of {listings} listings show what is"
                " available, {oversold} units oversold, {breaches} requests broke a"
                " contract.",
                right=len(truth) - len(wrong),
                products=len(truth),
                true=len(listings) - len(false),
                listings=len(listings),
                oversold=oversold,
                breaches=len(breaches),
            )
        )
        if wrong or false or oversold or breaches:
            raise DemoFailed(
                tr(
                    "that is not as it must be: {wrong} {false} {breaches}",
                    wrong=wrong,
                    false=false,
                    breaches=breaches,
                )
            )
        self.out(tr("Next: `cloudstock init`; `cloudstock help start` tells the rest."))
        return 0

    # ------------------------------------------------------------ means

    def _command(self, *words: str, show: bool = True) -> str:
        """Run a real command in the folder; show it and its answer as a terminal would."""
        if show:
            self.out("\n" + f"$ cloudstock {shlex.join(words)}")
        columns = "" if self.width is None else str(self.width)
        code, answer, problems = self.command(
            words, self.folder, {"COLUMNS": columns, "CLOUDSTOCK_LANG": in_use()}
        )
        if code != 0:
            raise DemoFailed(
                tr(
                    "{words} exited {returncode}\n{stderr}",
                    words=shlex.join(words),
                    returncode=code,
                    stderr=problems,
                )
            )
        if show:
            for line in answer.rstrip().splitlines():
                self.out(line)
        return answer

    def _table(self, title: str) -> None:
        self.out(f"\n{title}")
        self._command("show-stock", *self._skus()[:4])

    def _skus(self) -> list[str]:
        return sorted(json.loads(self.hand.get("truth"))["products"])

    def _orders(self) -> list[dict[str, Any]]:
        """The open orders, one row a line."""
        orders: list[dict[str, Any]] = json.loads(
            self._command("show-orders", "--open", "--json", show=False)
        )
        return orders

    def _buy(self, account: str, *lines: tuple[str, int]) -> list[str] | None:
        body = {"account": account, "lines": [{"sku": s, "quantity": n} for s, n in lines]}
        try:
            answer = self.hand.post("orders", **body)
        except NotDone:
            # 409: the marketplace does not show that many.
            return None
        return [str(i) for i in answer["orders"]]

    def _order(self, order: dict[str, Any], do: str) -> None:
        self.hand.post(f"orders/{order['account']}/{order['order_id']}", do=do)
