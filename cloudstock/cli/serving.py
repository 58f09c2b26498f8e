"""sandbox: the fake marketplaces as a server until somebody stops it, and a hand in it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from cloudstock import progress
from cloudstock.addresses import is_loopback
from cloudstock.cli.run import Run
from cloudstock.errors import CloudstockError, ConfigurationError, Exit, UsageProblem
from cloudstock.language import mark, spoken, system_words, tr
from cloudstock.language.local import local
from cloudstock.sandbox.demo import SEED
from cloudstock.sandbox.hand import Hand, NoSandbox, NotDone
from cloudstock.sandbox.live import Buyers, Event, open_shop
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import run_forever, wait_forever
from cloudstock.sandbox.world import World
from cloudstock.writing import made

PORT = 8080
# Of one order by hand.
UNITS_MAX = 1000

EVENTS = {
    "order": mark("a buyer orders {quantity} × {sku}: order {number}"),
    "cancel": mark("order {number} is cancelled"),
    "ship": mark("order {number} has left the warehouse"),
    "deliver": mark("order {number} is delivered"),
    "refuse": mark("order {number} is refused at the counter and comes back"),
    "return": mark("a buyer sends order {number} back"),
    "receive": mark("return {number} is handed to the seller: {quantity} × {sku}"),
}


class Chance(NamedTuple):
    """What buyers who come by themselves follow."""

    per_hour: float
    seed: int


def serve_sandbox(
    run: Run,
    *,
    port: int | None,
    products: int,
    speed: float,
    write: Path | None,
    chance: Chance | None,
) -> int:
    """Serve on loopback until Ctrl-C or SIGTERM, which is its ordinary end.

    Prints a configuration for it, or writes it to `write`. `chance`: buyers come by it, and what
    they do is told on stderr. Raises `UsageProblem` where that file is there already or cannot be
    written.
    """
    world = World.standard(products=products, speed=speed, seed=SEED)
    sandbox = Sandbox(world)
    meanwhile: Callable[[], None] = wait_forever
    if chance is not None:
        open_shop(world, seed=chance.seed)
        buyers = Buyers(world, seed=chance.seed, per_hour=chance.per_hour)

        def meanwhile() -> None:
            _trade(run, sandbox, buyers)

    def ready(url: str) -> None:
        text = sandbox.config_text(url)
        if write is None:
            run.answer([text])
        else:
            _write(write, text)
            run.tell(tr("{write} is written; try: cloudstock --config {write} sync", write=write))
        # Before anybody reads it through a pipe, the server is up.
        sys.stdout.flush()
        _log(tr("serving on {url}; Ctrl-C ends it", url=url))

    number = PORT if port is None else port
    try:
        with progress.hidden():
            run_forever(sandbox, "127.0.0.1", number, ready, meanwhile)
    except OSError as error:
        raise UsageProblem(
            tr("port {port}: {reason}; name another", port=number, reason=system_words(error))
        ) from error
    return Exit.OK


def _trade(run: Run, sandbox: Sandbox, buyers: Buyers) -> None:
    """Let buyers come, each at its time, until interrupted."""
    begun = time.monotonic()
    while True:
        time.sleep(max(0.0, begun + buyers.due_s - time.monotonic()))
        event = sandbox.between_requests(buyers.happen)
        if event is not None and not run.common.quiet:
            now = local(datetime.now(UTC))
            _log(f"{now:%H:%M:%S}  {event.account}: {_sentence(event)}")


def _sentence(event: Event) -> str:
    return spoken(EVENTS[event.verb]).format(
        number=event.number, sku=event.sku, quantity=event.quantity
    )


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _write(path: Path, text: str) -> None:
    try:
        with made(path) as file:
            file.write(text.encode())
    except FileExistsError:
        raise UsageProblem(tr("{path} exists and is not written over", path=path)) from None
    except OSError as error:
        raise UsageProblem(f"{path}: {system_words(error)}") from error


# ---------------------------------------------------------------- by hand


def do_by_hand(
    run: Run, action: str, account: str, what: str, quantity: int, *, port: int | None
) -> int:
    """Do something in a sandbox that runs.

    `action`: order, cancel, ship, deliver, return; `what`: the article for an order, else the
    order's number. Raises `CloudstockError` where none runs or it refuses.
    """
    hand = Hand(f"http://127.0.0.1:{port}" if port else _address(run, account))
    try:
        hand.find()
        events = _done(hand, action, account, what, quantity)
    except NoSandbox:
        raise CloudstockError(
            tr(
                "no sandbox runs at {url}; `cloudstock sandbox --live` starts one, --port names it",
                url=hand.url,
            )
        ) from None
    except NotDone as refused:
        raise CloudstockError(
            tr("the sandbox refuses: {reason}", reason=_refusal(refused))
        ) from None
    run.done(*(f"{account}: {_sentence(event)}" for event in events), events=events)
    return Exit.OK


def _refusal(refused: NotDone) -> str:
    """Return why the sandbox refuses, in the language in use; what is seldom met is in English."""
    values = {n: spoken(v, "order") if n == "state" else v for n, v in refused.values.items()}
    return spoken(refused.text).format(**values) or str(refused)


def _done(hand: Hand, action: str, account: str, what: str, quantity: int) -> list[Event]:
    match action:
        case "order":
            line = {"sku": what, "quantity": quantity}
            orders = hand.post("orders", account=account, lines=[line])["orders"]
            # Where each unit is an order of its own there are as many.
            each = quantity // len(orders)
            return [Event("order", account, number, what, each) for number in orders]
        case "return":
            numbers = hand.post("returns", account=account, order=what)["returns"]
            received = [_received(hand, account, number) for number in numbers]
            return [Event("return", account, what), *received]
        case _:
            hand.post(f"orders/{quote(account, '')}/{quote(what, '')}", do=action)
            return [Event(action, account, what)]


def _received(hand: Hand, account: str, number: str) -> Event:
    done = hand.post(f"returns/{quote(account, '')}/{number}", do="receive")
    hand.post("restock", sku=done["sku"], quantity=done["quantity"])
    return Event("receive", account, number, done["sku"], done["quantity"])


def _address(run: Run, account: str) -> str:
    """Return where the configuration says that the account's marketplace is, else the usual port.

    A sandbox's own configuration says so, and where it has no such account the sandbox says which
    there are; where there is another configuration, or none, it does not matter.
    """
    places: dict[str, str] = {}
    with suppress(ConfigurationError):
        places = {
            own.name: own.base_url
            for own in run.config.accounts
            if own.base_url and is_loopback(own.base_url)
        }
    return places.get(account) or next(iter(places.values()), f"http://127.0.0.1:{PORT}")
