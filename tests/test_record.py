"""--record: what the installed program writes down, and what it takes out of it.

A proxy stands between the program and the sandbox and puts people and secrets into every answer,
wherever a marketplace could have them. Nobody may be found in the file, and what is left must be
enough to be read again.
"""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from cloudstock.cli.app import app
from cloudstock.errors import Exit
from cloudstock.marketplaces.anonymous import Anonymizer
from cloudstock.redaction import Redactor
from cloudstock.sandbox.world import World
from cloudstock.settings import BEATING as COMMANDS
from tests.contracts.judge import Exchange
from tests.contracts.proxy import proxy
from tests.marketplaces.planted import ADDRESSES, EMAILS, EVERYTHING, NAMES, PHONES, found
from tests.marketplaces.test_anonymous import KEPTS
from tests.system.conftest import SPEED, Shop, a_shop_in
from tests.test_secrets import Seller, seller, world

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")
__all__ = ["seller", "world"]


class Planter:
    """Puts people into answers: into fields of theirs, into new fields, names and sentences."""

    def __init__(self) -> None:
        self.planted = 0

    def __call__(self, exchange: Exchange) -> bytes:
        try:
            value = json.loads(exchange.answer)
        except ValueError:
            return exchange.answer
        return json.dumps(self._value(value), ensure_ascii=self.planted % 2 == 0).encode()

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(x) for x in value]
        if not isinstance(value, dict):
            return value
        changed = {k: self._value(v) for k, v in value.items()}
        for key in ("message", "title", "detail", "errorText"):
            if isinstance(changed.get(key), str) and "vendorCode" not in changed:
                changed[key] = f"{changed[key]}: {self._plant()}"
        # Of a warehouse, a shop, a seller; goods beside an article are goods.
        if isinstance(changed.get("name"), str) and not {"offer_id", "offerId"} & set(changed):
            changed["name"] = self._plant()
        person = {"name": self._plant(), "phone": self._plant(), "id": 79165550137}
        return changed | {
            "addressee": person,
            "buyer": {"firstName": self._plant(), "lastName": self._plant()},
            "customer": {**person, "address": {"address_tail": self._plant(), "latitude": 55.9}},
            "delivery_notes": [self._plant(), {"text": self._plant()}],
            "userInfo": {"fio": self._plant()},
            "comment": self._plant(),
            "contactPhone": 79165550137,
            "inn": 772816897563,
        }

    def _plant(self) -> str:
        self.planted += 1
        every = (NAMES, PHONES, ADDRESSES, EMAILS, EVERYTHING)
        return " - ".join(values[self.planted % len(values)] for values in every)


@contextmanager
def planted(seller: Seller) -> Iterator[Planter]:
    """Let every answer go through a planter."""
    plant = Planter()
    with proxy(seller.shop.url, lambda _: None, plant) as url:
        seller.configure(url)
        yield plant


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def asked(path: Path) -> list[Any]:
    return [line for line in lines(path) if "method" in line]


# ---------------------------------------------------------------- nobody in it


def test_nobody_is_found_in_the_record_of_any_command(seller: Seller) -> None:
    shop = seller.shop
    with planted(seller) as plant:
        shop.run("pull-catalog", "--record", "first.jsonl")
        shop.run("poll-orders")
        shop.count_everything(10)
        shop.run("sync")
        for n, account in enumerate(ACCOUNTS):
            assert shop.buys(account, (shop.skus()[n], 1))
        for command in COMMANDS:
            path = shop.folder / f"{command}.jsonl"
            shop.run(command, "--record", path.name, expect=None)
            assert {line["account"] for line in asked(path)} == set(ACCOUNTS), command
            assert lines(path)[0]["command"] == command
            assert lines(path)[-1]["end"] == {"exchanges": len(asked(path)), "whole": True}
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    files = sorted(shop.folder.glob("*.jsonl"))
    assert len(files) == 1 + len(COMMANDS)
    for path in files:
        assert found(path.read_text(encoding="utf-8")) == [], path
    assert plant.planted > 1000


FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 403},
    {"kind": "status", "status": 400},
    {"kind": "status", "status": 500},
    {"kind": "throttle", "seconds": 0.1},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "garble"},
    {"kind": "drop_after"},
    {"kind": "refuse_items"},
)


def test_trouble_is_recorded_and_nobody_with_it(seller: Seller) -> None:
    shop = seller.shop
    with planted(seller):
        shop.open(10)
        for n, fault in enumerate(FAULTS):
            shop.http.delete("/_sandbox/faults")
            for account in ACCOUNTS:
                shop.tell("faults", account=account, times=3, **fault)
            shop.run("push-stocks", "--full", "--record", f"{n}.jsonl", expect=None)
    for n, fault in enumerate(FAULTS):
        path = shop.folder / f"{n}.jsonl"
        assert found(path.read_text(encoding="utf-8")) == [], fault
        told = asked(path)
        if fault["kind"] == "status":
            told = [x for x in told if x.get("status") == fault["status"]]
        elif fault["kind"] == "throttle":
            told = [x for x in told if x.get("status") in (420, 429)]
        elif fault["kind"] == "drop_after":
            told = [x for x in told if "error" in x]
        assert {x["account"] for x in told} == set(ACCOUNTS), fault
        if fault.get("status") == 500:
            assert {x["attempt"] for x in told} >= {1, 2}


# ---------------------------------------------------------------- enough in it


def test_what_is_kept_is_enough_to_read_the_same(tmp_path: Path) -> None:
    """One shop reads the answers, another only what a record would keep of them."""
    books = []
    for form in ("plain", "kept"):
        world = World.standard(products=20, speed=SPEED, seed=1)
        folder = tmp_path / form
        folder.mkdir()
        with (
            a_shop_in(folder, world) as shop,
            proxy(shop.url, lambda _: None, KEEP[form]) as address,
        ):
            config = folder / "config.yaml"
            config.write_text(config.read_text().replace(shop.url, address))
            books.append(_life(shop))
    assert books[0] == books[1]
    assert any(row["reserved"] for row in books[0]["show-stock"])
    assert books[0]["show-orders"]


def _life(shop: Shop) -> dict[str, Any]:
    """Live a little; return what the book tells, without what depends on the moment."""
    shop.open(10)
    for n, account in enumerate(ACCOUNTS):
        (order, *_) = shop.buys(account, (shop.skus()[n], 2)) or ()
        assert order
    (shipped, *_) = shop.buys("ym-main", (shop.skus()[3], 1)) or ()
    for do in ("ship", "refuse"):
        shop.order("ym-main", shipped, do)
    shop.run("sync")
    shop.run("poll-reserves")
    told = {}
    for look in ("show-stock", "show-orders", "show-returns", "listings"):
        told[look] = _without_moments(shop.run(look, "--json").json)
    for row in told["show-stock"]:
        # A product is called as the account that was read first calls it.
        del row["name"]
    for row in told["listings"]:
        # And listings are numbered as their accounts were read, side by side.
        del row["listing_id"]
    told["listings"].sort(key=lambda row: (row["account"], row["external_id"]))
    return told


def _without_moments(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_without_moments(x) for x in value), key=json.dumps)
    if isinstance(value, dict):
        # What was sent and seen last depends on how near to the push an order was made.
        timely = ("_at", "pushed", "seen", "seen_reserved")
        return {k: _without_moments(v) for k, v in value.items() if not k.endswith(timely)}
    return value


def _kept(exchange: Exchange) -> bytes:
    if not exchange.answer:
        return exchange.answer
    if "client-id" in exchange.headers:
        of = "ozon"
    else:
        of = "wildberries" if "authorization" in exchange.headers else "yandex_market"
    one = Anonymizer(KEPTS[of], Redactor(), b"one record")
    return json.dumps(one.body(exchange.answer)).encode()


KEEP = {"plain": lambda exchange: exchange.answer, "kept": _kept}


# ---------------------------------------------------------------- the option


def test_every_command_that_meets_a_marketplace_can_record() -> None:
    program: Any = typer.main.get_command(app)
    made = {name: program.get_command(None, name) for name in program.list_commands(None)}
    recording = {name for name, c in made.items() if "record" in {p.name for p in c.params}}
    assert recording == {*COMMANDS, "close-account", "close-warehouse"}


def test_closing_can_be_recorded(seller: Seller) -> None:
    seller.shop.run("close-account", "wb-main", "--record", "report.jsonl")
    assert {line["account"] for line in asked(seller.shop.folder / "report.jsonl")} == {"wb-main"}


def test_a_file_that_is_there_is_never_replaced_and_nothing_is_done(seller: Seller) -> None:
    shop = seller.shop
    shop.run("pull-catalog", "--record", "report.jsonl")
    before = (shop.folder / "report.jsonl").read_bytes()
    asked_before = len(shop.ask("requests")["requests"])
    ended = shop.run("sync", "--record", "report.jsonl", expect=Exit.USAGE)
    assert "report.jsonl is there already" in ended.err
    assert (shop.folder / "report.jsonl").read_bytes() == before
    assert len(shop.ask("requests")["requests"]) == asked_before


def test_what_was_recorded_is_told(seller: Seller) -> None:
    shop = seller.shop
    ended = shop.run("pull-catalog", "--record", "report.jsonl")
    count = len(asked(shop.folder / "report.jsonl"))
    assert f"Recorded {count} requests and their answers in report.jsonl." in ended.out
    assert "look through it before you send it" in ended.out
    told = shop.run("poll-orders", "--record", "other.jsonl", "--json")
    assert told.json["ok"]
    assert shop.run("poll-orders", "--record", "third.jsonl", "--quiet").out == ""


BOUNDED = """
import sys
from cloudstock.__main__ import main
from cloudstock.marketplaces import record
record.BYTES_MAX = 20_000
sys.exit(main(sys.argv[1:]))
"""


def test_where_something_is_missing_the_command_goes_on_and_says_so(seller: Seller) -> None:
    shop = seller.shop
    words = ("pull-catalog", "--record", "report.jsonl")
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, *words],
        cwd=shop.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(shop.folder), **shop.env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.OK, done.stderr
    assert "the record report.jsonl is not whole: it would be longer than" in done.stderr
    assert shop.stock()
    path = shop.folder / "report.jsonl"
    assert path.stat().st_size <= 20_000
    assert lines(path)[-1] == {"end": {"exchanges": len(asked(path)), "whole": False}}


def test_the_book_has_no_marketplace_to_record(seller: Seller) -> None:
    ended = seller.shop.run("check", "--database", "--record", "x.jsonl", expect=Exit.USAGE)
    assert "nothing to record" in ended.err
    assert not (seller.shop.folder / "x.jsonl").exists()


def test_nobody_there_is_recorded_too(seller: Seller) -> None:
    seller.configure("http://127.0.0.1:9")
    ended = seller.shop.run("poll-orders", "--record", "report.jsonl", expect=Exit.TRY_LATER)
    assert "Recorded" in ended.out
    failures = asked(seller.shop.folder / "report.jsonl")
    assert {line["account"] for line in failures} == set(ACCOUNTS)
    assert all("connection failed" in line["error"] for line in failures)
    assert "status" not in failures[0]


def test_a_run_that_cannot_begin_leaves_no_file(seller: Seller) -> None:
    """Another holds the lock: the same command line works a minute later."""
    from cloudstock.lock import run_lock

    with run_lock(seller.shop.folder / "cloudstock.db", "sync", wait_s=0):
        words = ("sync", "--record", "report.jsonl", "--wait", "0")
        seller.shop.run(*words, expect=Exit.TRY_LATER)
        assert not (seller.shop.folder / "report.jsonl").exists()


# ---------------------------------------------------------------- words that nobody knows


def test_a_word_that_nobody_knows_is_kept_told_and_recorded(seller: Seller) -> None:
    shop = seller.shop

    def strange(exchange: Exchange) -> bytes:
        if not exchange.path.endswith("/orders"):
            return exchange.answer
        return exchange.answer.replace(b'"PENDING"', b'"MOON_PHASE"')

    with proxy(shop.url, lambda _: None, strange) as url:
        seller.configure(url)
        shop.open(10)
        sku = shop.skus()[0]
        assert shop.buys("ym-main", (sku, 2))
        shop.run("sync", "--record", "report.jsonl")
        checked = shop.run("check", "--account", "ym-main", "--record", "check.jsonl", expect=None)
    place = "POST /v1/businesses/{id}/orders"
    surprise = {"account": "ym-main", "place": place, "field": "status", "word": "MOON_PHASE"}
    for name in ("report.jsonl", "check.jsonl"):
        assert {"surprise": surprise} in lines(shop.folder / name)
    assert 'status "MOON_PHASE"' in " ".join(checked.out.split())
    assert "--record" in checked.out
    # Nothing is guessed.
    assert shop.stock()[sku]["reserved"] == 2
    state = shop.run("status", "--json", expect=Exit.FAILED).json
    (account,) = [a for a in state["accounts"] if a["account"] == "ym-main"]
    (word,) = account["unknown_words"]
    assert {k: word[k] for k in ("place", "field", "word")} == {
        k: surprise[k] for k in ("place", "field", "word")
    }
    assert word["times"] >= 2
    assert word["first_at"] <= word["last_at"]
    assert [a["unknown_words"] for a in state["accounts"] if a is not account] == [[], []]
    (finding,) = [f for f in state["notable"] if f["kind"] == "unknown_word"]
    assert finding["account"] == "ym-main"
    # It is the order that is wrong.
    assert "unknown_order" in {f["kind"] for f in state["wrong"]}
    for language, words in (("en", "is not known"), ("ru", "неизвестно 1 слово площадки")):
        told = " ".join(shop.run("--lang", language, "status", expect=Exit.FAILED).out.split())
        assert told.count("ym-main: 1 word" if language == "en" else f"ym-main: {words}") == 1
        assert words in told
        assert "MOON_PHASE" in told


# By path: the list of orders, and what no order can be read without.
ORDER_LISTS = {
    "/v4/posting/fbs/list": ("postings", "posting_number"),
    "/api/v3/orders/new": ("orders", "id"),
    "/orders": ("orders", "orderId"),
}


def test_an_order_that_cannot_be_read_is_wrong_and_recorded(seller: Seller) -> None:
    """It holds units that nobody reserves: nothing may be green meanwhile."""
    shop = seller.shop

    def headless(exchange: Exchange) -> bytes:
        for path, (rows, name) in ORDER_LISTS.items():
            if exchange.path.endswith(path) and exchange.status == 200:
                answer = json.loads(exchange.answer)
                if answer.get(rows):
                    whole = answer[rows][0]
                    answer[rows].append({k: v for k, v in whole.items() if k != name})
                return json.dumps(answer).encode()
        return exchange.answer

    with proxy(shop.url, lambda _: None, headless) as url:
        seller.configure(url)
        shop.open(10)
        for n, account in enumerate(ACCOUNTS):
            assert shop.buys(account, (shop.skus()[n], 1))
        shop.run("sync", "--record", "report.jsonl")
        checked = shop.run("check", "--json", expect=Exit.FAILED).json
    recorded = [x["surprise"] for x in lines(shop.folder / "report.jsonl") if "surprise" in x]
    assert {x["account"] for x in recorded if x.get("left_out")} == set(ACCOUNTS)
    for account in checked["accounts"]:
        assert "could not be read" in account["error"]["message"], account
    state = shop.run("status", "--json", expect=Exit.FAILED).json
    wrong = [f for f in state["wrong"] if f["kind"] == "left_out"]
    assert {f["account"] for f in wrong} == set(ACCOUNTS)
    in_russian = " ".join(shop.run("--lang", "ru", "status", expect=Exit.FAILED).out.split())
    assert in_russian.count("в ответах, и того, к чему") == len(ACCOUNTS)
