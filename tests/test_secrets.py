"""No credential leaves the program but in the headers of its requests.

The installed program lives its ordinary life and its troubles with distinctive credentials; then
everything that it said and wrote is searched for them, in every usual encoding.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import itertools
import json
import pickle
import re
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cloudstock import errors
from cloudstock.changes.backup import create
from cloudstock.changes.past import ask
from cloudstock.config.loading import load
from cloudstock.jobs.commands import run_job
from cloudstock.jobs.results import JobResult
from cloudstock.lock import run_lock
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.opening import SystemClock, open_marketplace
from cloudstock.marketplaces.pace import Limit, Pace
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from cloudstock.settings import Account, Secret
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.reading.opening import opened
from cloudstock.store import Store
from tests.acting import set_stock
from tests.secrets_sought import OZON_KEY, WB_SIGNATURE, YM_KEY, Search, forms
from tests.system.conftest import SPEED, Ended, Shop

ACCOUNTS = ("ozon-main", "wb-main", "ym-main")
SEARCH = Search({"ozon": OZON_KEY, "wb": WB_SIGNATURE, "ym": YM_KEY})
# Where the seller put them.
OWN = ("config.yaml", "ozon.key")
# Ways to run a command that tell the most.
LOUD = (("-v",), ("-v", "--log-format", "json"), ("-v", "--json"), ("--quiet",))
LOOKS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("show-stock",),
    ("show-orders",),
    ("show-returns",),
    ("check", "--database"),
    ("export-stock", "-"),
)
JOBS = ("check", "pull-catalog", "poll-orders", "poll-returns", "poll-reserves", "push-stocks")


@dataclass
class Seller:
    """A shop with distinctive credentials: one in a file, one in a variable, one in the text."""

    shop: Shop

    def configure(self, url: str) -> None:
        """Write the configuration; every account's address is `url`."""
        text = self.shop.http.get("/_sandbox/config").text
        text = re.sub("base_url: .*", f"base_url: {url}", text)
        text = re.sub(r"    api_key: .*Oz0n.*", "    api_key_file: ozon.key", text)
        text = re.sub(r"    token: .*", "    token: ${PLANTED_WB_TOKEN}", text)
        (self.shop.folder / "config.yaml").write_text(text)
        (self.shop.folder / "config.yaml").chmod(0o600)

    def run(self, *words: str, expect: int | None = None) -> Ended:
        """Run a command; neither its answer nor its log nor any file may hold a secret."""
        ended = self.shop.run(*words, expect=expect)
        self.search(ended, words)
        return ended

    def search(self, ended: Ended, words: tuple[str, ...]) -> None:
        assert SEARCH.found(ended.out) == [], words
        assert SEARCH.found(ended.err) == [], words
        assert list(SEARCH.files(self.shop.folder, but=OWN)) == [], words

    def run_all(self) -> None:
        """Run every job in every loud way, and look."""
        for job, loud in zip((*JOBS, *["sync"] * len(LOUD)), itertools.cycle(LOUD), strict=False):
            self.run(job, *loud)
        for look in LOOKS:
            self.run(*look)
            self.run(*look, "--json")


@pytest.fixture
def world() -> World:
    world = World.standard(products=20, speed=SPEED, seed=1)
    ozon, wildberries, yandex = (world.accounts[name].credentials for name in ACCOUNTS)
    ozon["api_key"] = OZON_KEY
    wildberries["token"] = re.sub(r"[^.]*$", WB_SIGNATURE, wildberries["token"])
    yandex["api_key"] = YM_KEY
    return world


@pytest.fixture
def seller(tmp_path: Path, world: World) -> Iterator[Seller]:
    with serve(Sandbox(world)) as url:
        folder = tmp_path / "seller"
        folder.mkdir()
        (folder / "ozon.key").write_text(OZON_KEY + "\n")
        (folder / "ozon.key").chmod(0o600)
        token = world.accounts["wb-main"].credentials["token"]
        seller = Seller(Shop(folder, url, world, {"PLANTED_WB_TOKEN": token}))
        with seller.shop.http:
            seller.configure(url)
            yield seller


@pytest.fixture
def open_seller(seller: Seller) -> Seller:
    """Everything counted (ten of each) and shown."""
    seller.shop.open(10)
    return seller


@contextmanager
def reader(book: Path) -> Iterator[None]:
    """Keep a reader in the book, so that its journal keeps all that is written meanwhile.

    A process of its own: whoever closes a file here, once read, would end its lock.
    """
    words = (
        "import sqlite3, sys; book = sqlite3.connect(sys.argv[1], isolation_level=None);"
        " book.execute('BEGIN'); book.execute('SELECT count(*) FROM run').fetchone();"
        " print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", words, str(book)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()


# ---------------------------------------------------------------- the search itself


@pytest.mark.parametrize("secret", [OZON_KEY, WB_SIGNATURE, YM_KEY])
def test_the_search_finds_what_it_looks_for(tmp_path: Path, secret: str) -> None:
    raw = secret.encode()
    told = [
        f"key {secret}".encode(),
        quote(f"?key={secret}&x", safe="").encode(),
        json.dumps({"key": f"a{secret}b"}).encode(),
        json.dumps({"key": f"a{secret[::-1]}b"}).encode(),
        repr([f"a{secret}b"]).encode(),
        f"{secret}"[:40].encode(),
        *(base64.b64encode(b"user:"[:n] + raw + b" and more") for n in range(6)),
        *(base64.urlsafe_b64encode(b"user:"[:n] + raw + b" and more") for n in range(6)),
    ]
    for n, text in enumerate(told):
        (tmp_path / "file").write_bytes(b"\0\xff" + text + b"\n")
        assert list(SEARCH.files(tmp_path)), told[n]
    assert SEARCH.found("nothing of the kind: Secret(***)") == []
    assert len(forms(secret)) > 20


# ---------------------------------------------------------------- a life


def test_an_ordinary_life_leaves_no_trace(seller: Seller) -> None:
    shop = seller.shop
    for job in ("pull-catalog", "poll-orders", "poll-returns"):
        seller.run(job, expect=0)
    shop.count_everything(10)
    seller.run("sync", expect=0)
    sku = shop.skus()[0]
    with reader(shop.folder / "cloudstock.db"):
        assert shop.buys("ozon-main", (sku, 2))
        (order,) = shop.buys("ym-main", (sku, 1)) or ()
        for do in ("ship", "refuse"):
            shop.order("ym-main", order, do)
        seller.run_all()
        assert (shop.folder / "cloudstock.db-wal").stat().st_size > 0
        assert (shop.folder / "cloudstock.db-shm").exists()
        seller.run("sync", "--dry-run", "-v")
        seller.run("explain", sku)
        seller.run("explain", sku, "--json")
        seller.run("show-history", sku)
        seller.run("set-stock", sku, "7", "-v")
        seller.run("adjust-stock", sku, "+1", "--reason", "found", "-v")
        seller.run("export-stock", "stock.csv")
        seller.run("backup", "copy.db", "--json", expect=0)
        seller.run("check", "--database", "--repair")
    seller.run("restore", "copy.db", "-v", expect=0)
    seller.run("sync", "-v", expect=0)
    kept = {p.name for p in shop.folder.iterdir()}
    assert {"cloudstock.db", "cloudstock.db-pace", "cloudstock.db.lock", "copy.db"} <= kept
    # The keys were really in use: every account was answered.
    told = shop.ask("requests")["requests"]
    assert {r["account"] for r in told if r["status"] == 200} == set(ACCOUNTS)


def test_the_arguments_of_a_running_command_hold_no_secret(open_seller: Seller) -> None:
    shop = open_seller.shop
    shop.tell("faults", kind="delay", seconds=0.5, times=3)
    running = subprocess.Popen(
        shop.command("sync", "-v"),
        cwd=shop.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(shop.folder), **shop.env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert running.stderr is not None
    # It has begun to ask once it tells of an answer.
    first = running.stderr.readline()
    words = Path(f"/proc/{running.pid}/cmdline").read_bytes()
    title = Path(f"/proc/{running.pid}/comm").read_bytes()
    _, rest = running.communicate(timeout=60)
    assert b"sync" in words
    assert SEARCH.found(words + title) == []
    assert SEARCH.found(first + rest) == []


# ---------------------------------------------------------------- troubles


FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 403},
    {"kind": "status", "status": 400},
    {"kind": "wrong_key"},
    {"kind": "throttle", "seconds": 0.1},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "garble"},
    {"kind": "drop_after"},
    {"kind": "refuse_items"},
)


def test_troubles_leave_no_trace(open_seller: Seller) -> None:
    shop = open_seller.shop
    for fault, loud in zip(FAULTS, itertools.cycle(LOUD), strict=False):
        shop.http.delete("/_sandbox/faults")
        for account in ACCOUNTS:
            shop.tell("faults", account=account, times=6, **fault)
        open_seller.run("push-stocks", "--full", *loud)
        open_seller.run("check", *loud)
    open_seller.run("status")
    open_seller.run("explain", shop.skus()[0], "--json")


def test_nobody_there_leaves_no_trace(open_seller: Seller) -> None:
    open_seller.configure("http://127.0.0.1:9")
    for loud in LOUD[:2]:
        assert open_seller.run("sync", *loud).code == errors.Exit.TRY_LATER
    open_seller.run("status")


def test_a_key_in_names_and_articles_stays_out_of_the_book(open_seller: Seller) -> None:
    """Whoever runs the cabinet, or a proxy before it, may repeat what it was sent."""
    for account, key in (("ozon-main", OZON_KEY), ("ym-main", YM_KEY)):
        open_seller.shop.tell(
            "products",
            sku=f"ECHO-{account}",
            name=f"Mug {key}",
            barcodes=[f"{account}{key}"],
            accounts=[account],
        )
    with reader(open_seller.shop.folder / "cloudstock.db"):
        open_seller.run("pull-catalog", "-v")
        stock = open_seller.run("show-stock", "--json").json
    named = [r["name"] for r in stock if r["sku"].startswith("ECHO")]
    assert named == ["Mug ***", "Mug ***"]


class _Echo(BaseHTTPRequestHandler):
    """Answers with whatever credentials it was sent, in every place of an answer."""

    statuses = itertools.cycle((401, 403, 404, 400, 409, 200, 301, 418))
    heard: list[str]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        names = ("Api-Key", "Authorization")
        key = next(filter(None, (self.headers.get(n) for n in names)), "none")
        _Echo.heard.append(key)
        hidden = "\u200b".join(key)
        text = f"key {key} ({quote(key, safe='')}) {key!r} {json.dumps(key)} is wrong; {hidden}"
        body = {
            "code": key,
            "message": text,
            "title": key,
            "detail": text,
            "status": key,
            "errors": [{"code": key, "message": text}],
            "result": {"items": key},
            key: 1,
        }
        raw = json.dumps(body, ensure_ascii=False).replace("/", "\\/").encode()
        self.send_response(next(self.statuses), "as ordered")
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Location", f"http://127.0.0.1:9/{quote(key, safe='')}")
        self.send_header("x-o3-trace-id", key)
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def echo() -> Iterator[str]:
    _Echo.heard = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_server_that_repeats_the_key_tells_it_to_nobody(open_seller: Seller) -> None:
    with echo() as url, reader(open_seller.shop.folder / "cloudstock.db"):
        open_seller.configure(url)
        for job, loud in zip((*JOBS, "sync", "sync"), itertools.cycle(LOUD), strict=False):
            ended = open_seller.run(job, *loud)
            assert "Traceback" not in ended.err
    assert {OZON_KEY, YM_KEY} <= set(_Echo.heard)
    said = open_seller.run("status").out + open_seller.run("status", "--json").out
    assert "***" in said


@pytest.mark.parametrize(
    ("table", "log_format"),
    [("run", "text"), ("run", "json"), ("orders", "text"), ("cursor", "json")],
)
def test_a_crash_tells_all_about_itself_but_the_keys(
    open_seller: Seller, table: str, log_format: str
) -> None:
    """A constraint of the book breaks: where that is a bug of ours a traceback is due."""
    shop = open_seller.shop
    keys = (OZON_KEY, shop.env["PLANTED_WB_TOKEN"], YM_KEY)
    words = f"{' and '.join(keys)} \x1b[2J\ncloudstock: all is well"
    with closing(sqlite3.connect(shop.folder / "cloudstock.db")) as book:
        for verb in ("INSERT", "UPDATE"):
            told = words.replace("'", "''")
            book.execute(
                f"CREATE TRIGGER planted_{verb} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{told}'); END"
            )
        book.commit()
    assert shop.buys("ozon-main", (shop.skus()[0], 1))
    ended = shop.run("sync", "-v", "--log-format", log_format, expect=None)
    # WAL and book hold the planted trigger itself.
    said = ended.out + ended.err
    assert SEARCH.found(said) == []
    assert "\x1b" not in said
    assert not any(line == "cloudstock: all is well" for line in said.splitlines())
    assert ended.code == errors.Exit.FAILED
    assert "Traceback" in ended.err
    assert "***" in ended.err
    if log_format == "json":
        assert all(json.loads(line)["level"] for line in ended.err.splitlines())


@pytest.mark.parametrize("place", ["marketplace", "client_id", "base_url", "returns", "nokey"])
def test_a_configuration_error_quotes_no_key(seller: Seller, place: str) -> None:
    key = "0296d4f2-70a1-4c09-b507-904fd05567b9"
    path = seller.shop.folder / "config.yaml"
    lines = [x for x in path.read_text().splitlines() if not x.startswith(f"    {place}:")]
    at = lines.index("  ozon-main:") + 1
    value = f"http://{key}.example" if place == "base_url" else key
    texts = (f'"{value}"', f"[{value}]", f"{{{value}: 1}}", f'"{value}', f"${{{value}}}")
    for text in texts:
        path.write_text("\n".join([*lines[:at], f"    {place}: {text}", *lines[at:]]) + "\n")
        ended = seller.run("check", "-v", "--log-format", "json")
        assert key not in ended.out + ended.err
        assert "Traceback" not in ended.err
        # A key in the place of a client id is only known to be wrong by who is asked.
        assert ended.code == errors.Exit.CONFIGURATION or text == f'"{key}"'
        assert ended.code != errors.Exit.OK


# ---------------------------------------------------------------- values and errors


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(OZON_KEY)
    account = Account("a", "ozon", (), secrets={"api_key": secret})
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", "%s" % secret, repr(account)]  # noqa: UP031
    assert SEARCH.found("\n".join(shown)) == []
    for take in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars):
        with pytest.raises(TypeError) as caught:
            take(secret)  # type: ignore[operator]
        assert SEARCH.found(str(caught.value)) == []


LIMIT = Limit("all", per_s=1000.0, burst=1000)


def _account(url: str, **secrets: str) -> Account:
    return Account(
        "ozon-main",
        "ozon",
        (),
        base_url=url,
        # As in a trial: waits are a thousandth of the real ones.
        pace=1000.0,
        options={"client_id": "1"},
        secrets={name: Secret(value) for name, value in secrets.items()} or {"k": Secret(OZON_KEY)},
    )


def _fetch(url: str, *statuses: int, ok: tuple[int, ...] = (200,)) -> None:
    """Ask an address that answers with these statuses, and with the key."""
    _Echo.statuses = itertools.cycle(statuses or (200,))
    account = _account(url)

    async def ask() -> None:
        http = Http(
            account,
            base_url=url,
            headers={"Api-Key": account.secrets["k"]},
            around={"clock": SystemClock(), "pace": Pace()},
        )
        try:
            await http.call("GET", "/things", limit=LIMIT, answer=list[int], ok=ok)
        finally:
            await http.aclose()

    asyncio.run(ask())


def _config(folder: Path, **changes: str) -> Path:
    path = folder / "config.yaml"
    settings = {"marketplace": "ozon", "client_id": "'1'", "warehouses": "{1: main}"}
    settings |= {"api_key": json.dumps(OZON_KEY), **changes}
    body = "".join(f"    {k}: {v}\n" for k, v in settings.items())
    path.write_text(f"database: book.db\naccounts:\n  ozon-main:\n{body}")
    path.chmod(0o600)
    return path


def _job(folder: Path, url: str, command: str) -> JobResult:
    config = load(_config(folder, base_url=url, pace="1000"), {}).configuration
    return run_job(command, config)


def _other_program(folder: Path, _: str) -> None:
    (folder / "book.db").write_bytes(f"no book: {OZON_KEY}".encode() * 99)
    with Store.open(folder / "book.db"):
        raise AssertionError("it was opened")


def _locked_twice(folder: Path, _: str) -> None:
    with run_lock(folder / "b", "sync", wait_s=0), run_lock(folder / "b", "sync", wait_s=0):
        raise AssertionError("two runs at once")


def _missing(folder: Path, _: str) -> None:
    _job(folder, "http://127.0.0.1:9", "sync")


def _unknown(folder: Path, _: str) -> None:
    with Store.open(folder / "book.db", create=True) as store:
        set_stock(store, "NOPE", 1, now=SystemClock().now())


def _cut(folder: Path, _: str) -> None:
    (folder / "offers.xml").write_text(f"<yml_catalog><shop>{OZON_KEY}")
    with opened(folder / "offers.xml", answers=Answers(), folder=folder):
        raise AssertionError("it is whole")


def _header(_: Path, url: str) -> None:
    account = _account(url, api_key=f"{OZON_KEY}\n{YM_KEY}")
    open_marketplace(account, clock=SystemClock(), pace=Pace())


# Each as it is really raised.
RAISED: list[tuple[type[errors.CloudstockError], Callable[[Path, str], object]]] = [
    (errors.Unreachable, lambda _, url: _fetch(url, 500)),
    (errors.Unreachable, lambda *_: _fetch("http://127.0.0.1:9")),
    (errors.Throttled, lambda _, url: _fetch(url, 429)),
    (errors.CredentialsRefused, lambda _, url: _fetch(url, 401)),
    (errors.CredentialsRefused, lambda _, url: _fetch(url, 403)),
    (errors.RequestRefused, lambda _, url: _fetch(url, 404)),
    (errors.RequestRefused, lambda _, url: _fetch(url, 409)),
    (errors.AnswerNotUnderstood, lambda _, url: _fetch(url, 200)),
    (errors.AnswerNotUnderstood, lambda _, url: _fetch(url, 302)),
    (errors.AnswerNotUnderstood, lambda _, url: _fetch(url, 204)),
    (errors.ConfigurationError, _header),
    (errors.ConfigurationError, lambda f, _: load(_config(f, api_key=f"[{YM_KEY}]"), {})),
    (errors.ConfigurationError, lambda f, _: load(_config(f, api_key=f'"{YM_KEY}'), {})),
    (errors.ConfigurationError, lambda f, _: load(_config(f, api_key=f'"{YM_KEY} "'), {})),
    (errors.ConfigurationError, lambda f, _: load(_config(f, client_id=f"{{{YM_KEY}: 1}}"), {})),
    (errors.DatabaseError, _other_program),
    (errors.DatabaseMissing, _missing),
    (errors.Unconfirmed, lambda *_: ask(["older than the last count"])),
    (errors.Busy, _locked_twice),
    (errors.UsageProblem, _unknown),
    (errors.Unfinished, _cut),
]
# Families: what is raised under their own name has fixed words and numbers of ours only, or ends
# in a job's result, which the runs above search. A catalogue that is suddenly empty quotes nothing.
FAMILIES = {errors.CloudstockError, errors.MarketplaceError, errors.DoubtfulAnswer}


def test_every_error_is_tried() -> None:
    every = {x for x in vars(errors).values() if isinstance(x, type) and issubclass(x, Exception)}
    assert {kind for kind, _ in RAISED} | FAMILIES == every


@pytest.mark.parametrize(("kind", "cause"), RAISED, ids=lambda x: getattr(x, "__name__", ""))
def test_an_error_as_raised_holds_no_secret(
    tmp_path: Path, kind: type[errors.CloudstockError], cause: Callable[[Path, str], object]
) -> None:
    with echo() as url, pytest.raises(kind) as caught:
        cause(tmp_path, url)
    error: BaseException | None = caught.value
    assert type(error) is kind
    told = "".join(traceback.format_exception(caught.value, chain=True))
    assert SEARCH.found(told) == []
    while error is not None:
        parts = (repr(error), str(error), repr(error.args), repr(getattr(error, "__notes__", "")))
        assert SEARCH.found("\n".join(parts)) == [], type(error)
        assert SEARCH.found(repr(vars(error))) == [], type(error)
        error = error.__cause__ or error.__context__


def test_a_job_that_fails_keeps_no_secret_in_its_result(tmp_path: Path) -> None:
    create(tmp_path / "book.db")
    for command in ("check", "poll-orders", "pull-catalog"):
        _Echo.statuses = itertools.cycle((403, 400, 401))
        with echo() as url:
            result = _job(tmp_path, url, command)
        assert not result.ok
        assert SEARCH.found(repr(result)) == []
    assert list(SEARCH.files(tmp_path, but=OWN)) == []
