"""The command line from the words to the exit code."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from cloudstock import docs
from cloudstock.__main__ import main
from cloudstock.changes.backup import create
from cloudstock.cli import SECTIONS
from cloudstock.cli.app import Program, parse
from cloudstock.cli.command import Choice, Command
from cloudstock.cli.parsers import since, whole_number
from cloudstock.config.loading import schema
from cloudstock.installed import how_to_add
from cloudstock.lock import run_lock
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.store.trade import ACCOUNTS, CONFIG, sell_and_return, trade

COMMANDS = {name: module for _, module, names in SECTIONS for name in names}
SECRETS = ("a-key-that-nobody-may-see", "a-token-that-nobody-may-see")


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A seller's folder with a configuration and no book yet."""
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    config.chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def begun(folder: Path) -> Path:
    """The same with a new database."""
    create(folder / "book.db")
    return folder


@pytest.fixture
def cli(folder: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    def run(*words: str, expect: int = 0) -> Ended:
        capsys.readouterr()
        code = main(words)
        told = capsys.readouterr()
        for secret in SECRETS:
            assert secret not in told.out + told.err
        assert code == expect, f"{words}: {code}\n{told.out}\n{told.err}"
        return Ended(code, told.out, told.err)

    return run


@pytest.fixture
def book(folder: Path) -> Path:
    """Mugs reserved and shipped, one of them on its way back."""
    with trade(folder, sell_and_return):
        pass
    return folder / "book.db"


def made(name: str) -> Command:
    """A command as typer has it."""
    command = Program(name="cloudstock").get_command(None, name)
    assert isinstance(command, Command)
    return command


def process(*words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cloudstock", *words],
        text=True,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        **options,
    )


# ---------------------------------------------------------------- words


def test_the_help_reads_well_at_80_columns(cli: Cli) -> None:
    out = cli("--help").out
    assert max(map(len, out.splitlines())) <= 80
    for name in COMMANDS:
        assert re.search(rf"(?m)^│ {name} +\S", out)
    for code in ("0 ", "1 ", "2 ", "75 ", "77 ", "78 ", "130 "):
        assert f"\n   {code}" in out
    assert "-completion" not in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(cli: Cli, name: str) -> None:
    out = cli(name, "--help").out
    assert not re.search(r"<(str|int|float|path)>|<list\[str", out), "types of Python's"
    assert max(map(len, out.splitlines())) <= 80
    assert "Example" in out
    assert f"   cloudstock {name}" in out or f"| cloudstock {name}" in out
    assert "…" not in out
    assert cli(name, "-h").out == out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_a_command_line_that_is_understood(folder: Path, name: str) -> None:
    for example in made(name).examples:
        words = shlex.split(example, comments=True)
        words = words[words.index("cloudstock") + 1 :]
        end = next((n for n, word in enumerate(words) if word in ("|", ">")), None)
        choice = parse(words[:end])
        assert isinstance(choice, Choice), example
        assert choice.run.command == name


def test_whatever_changes_something_can_be_rehearsed() -> None:
    of = {module: names for _, module, names in SECTIONS}
    looks = {
        *(
            "check",
            "demo",
            "sandbox",
            "export-stock",
            "sources",
            "backup",
            "completion",
            "simulate",
            "web",
            "help",
        ),
        *of["cloudstock.cli.look"],
        *of["cloudstock.cli.insight"],
        *of["cloudstock.cli.lists"],
    }
    for name in COMMANDS.keys() - looks:
        assert "dry_run" in {p.name for p in made(name).params}, name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nope"], "No such command 'nope'"),
        (["shw-stock"], "Did you mean 'show-stock'"),
        (["adjust-stock", "MUG", "-3", "--raeson", "x"], "--reason"),
        (["adjust-stock", "MUG", "-3"], "Missing option '--reason'"),
        (["adjust-stock", "MUG", "three", "--reason", "x"], "'three' is not a whole number"),
        (["set-stock", "MUG"], "Missing argument 'N'"),
        (["sync", "--since", "yesterday"], "neither a span"),
        (["sync", "--log-format", "xml"], "xml"),
        (["sync", "--wait", "soon"], "--wait"),
        (["sync", "extra"], "unexpected extra argument"),
        (["show-orders", "--step", "lost"], "'--step': 'lost' is not one of 'open',"),
        (["show-orders", "--limit", "-1"], "'--limit': expected at least 0"),
        (["show-orders", "--limit", "1.5"], "'--limit': expected a whole number"),
        (["sync", "--wait", "3601"], "'--wait': expected at most 3600"),
        (["sync", "--dryrun"], "No such option: --dryrun (Possible options: --dry-run)"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_done(
    cli: Cli, folder: Path, words: list[str], told: str
) -> None:
    ended = cli(*words, expect=2)
    assert ended.out == ""
    assert told in ended.err
    assert not (folder / "book.db").exists()


def test_no_words_show_the_help(cli: Cli) -> None:
    ended = cli(expect=2)
    assert (ended.out, "Usage: cloudstock" in ended.err) == ("", True)


def test_the_version(cli: Cli) -> None:
    from cloudstock import __version__

    assert cli("--version").out == f"cloudstock {__version__}\n"


def test_the_manual_speaks_the_language_in_use(cli: Cli) -> None:
    topics = cli("help").out.splitlines()
    assert [line.split()[0] for line in topics] == docs.topics()
    assert cli("help", "start", "--lang", "ru").out == docs.page("start", "ru")
    assert cli("help", "counting").out == docs.page("counting")
    english = cli("help", "changelog", "--lang", "ru").out
    assert english == f"> Эта страница пока только на английском.\n\n{docs.page('changelog')}"


def test_since_so_long_ago_is_a_moment() -> None:
    before = datetime.now(UTC)
    moment = since("90M")
    assert before <= moment + timedelta(minutes=90) <= datetime.now(UTC)
    assert since("2026-11-01T08:30+03:00") == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parser", "words"),
    [
        *((since, words) for words in ("0d", "11y", "5000d", "2026-13-01")),
        *((whole_number, words) for words in ("", "1.5", "--", "9" * 13)),
    ],
)
def test_what_is_no_value_is_a_mistake(parser: Callable[[str], object], words: str) -> None:
    with pytest.raises(typer.BadParameter):
        parser(words)


# ---------------------------------------------------------------- configuration and book


def test_init_writes_a_configuration_once(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = cli("init", "--config", "new.yaml", "--dry-run").out
    assert not (folder / "new.yaml").exists()
    assert "new.yaml is written" in cli("init", "--config", "new.yaml").out
    new = folder / "new.yaml"
    assert new.stat().st_mode & 0o777 == 0o600
    assert new.read_text(encoding="utf-8") == shown
    assert "not written over" in cli("--config", "new.yaml", "init", expect=2).err


def test_init_prints_the_schema_and_writes_nothing(cli: Cli, folder: Path) -> None:
    before = sorted(folder.iterdir())
    assert json.loads(cli("init", "--schema", "--config", "new.yaml").out) == schema()
    assert sorted(folder.iterdir()) == before


def test_a_configuration_that_cannot_be_used(cli: Cli, folder: Path) -> None:
    (folder / "config.yaml").write_text("accounts: {a: {marketplace: moon}, b: 5}", "utf-8")
    ended = cli("show-stock", expect=78)
    assert ended.out == ""
    assert "config.yaml:1: accounts.a.marketplace" in ended.err
    assert all(line.startswith("cloudstock: ") for line in ended.err.splitlines())


def test_no_configuration_at_all(cli: Cli, folder: Path) -> None:
    (folder / "config.yaml").unlink()
    assert "cloudstock init" in cli("status", expect=78).err


def test_looking_before_there_is_a_book(cli: Cli, folder: Path) -> None:
    assert "create-database" in cli("show-stock", expect=78).err
    assert not (folder / "book.db").exists()


def test_an_account_that_is_not_configured(cli: Cli, book: Path) -> None:
    ended = cli("show-stock", "--account", "ozon-mian", expect=2)
    assert "ozon-mian" in ended.err
    assert "ozon-main" in ended.err


def test_another_programs_database(cli: Cli, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "book.db")) as other:
        other.execute("CREATE TABLE theirs (x)")
    assert "another program" in cli("show-stock", expect=1).err


def test_problems_as_json_lines(cli: Cli, book: Path) -> None:
    ended = cli("show-stock", "NOPE", "--log-format", "json", expect=2)
    line = json.loads(ended.err)
    assert (line["level"], line["kind"]) == ("error", "usage")
    assert "NOPE" in line["message"]


def test_a_bug_shows_its_traceback_without_secrets(
    cli: Cli, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Iterator[object]:
        raise ZeroDivisionError(SECRETS[0])

    monkeypatch.setattr("cloudstock.store.views.stock.stock", broken)
    ended = cli("show-stock", expect=1)
    assert "Traceback" in ended.err
    assert "ZeroDivisionError" in ended.err


# ---------------------------------------------------------------- looking


def test_show_stock(cli: Cli, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = cli("show-stock").out
    assert "\x1b" not in out
    mug = next(x for x in out.splitlines() if x.startswith("MUG"))
    assert mug.split()[-6:-3] == ["9", "2", "6"]
    assert [x.split()[0] for x in cli("show-stock", "POT").out.splitlines()[2:3]] == ["POT"]


def test_show_stock_json(cli: Cli, book: Path) -> None:
    rows = cli("show-stock", "--json").json
    assert [r["sku"] for r in rows] == ["CUP", "MUG", "POT"]
    assert [(r["on_hand"], r["reserved"], r["available"]) for r in rows] == [
        (9, 0, 8),
        (9, 2, 6),
        (None, 0, None),
    ]
    assert [x["account"] for x in rows[0]["listings"]] == list(ACCOUNTS)
    (one,) = cli("--json", "show-stock", "CUP", "--account", "wb-main").json
    assert [x["account"] for x in one["listings"]] == ["wb-main"]


def test_targets_follow_the_shelf_before_any_push(cli: Cli, book: Path) -> None:
    with Store.open(book) as store, store.transaction():
        product = store.catalog.product("CUP")
        assert product is not None
        store.ledger.count(
            product, store.ledger.warehouse("main"), 4, now=datetime.now(UTC), note=""
        )
    (cup,) = cli("show-stock", "CUP", "--json").json
    assert {x["target"] for x in cup["listings"]} == {3}


def test_an_empty_book_says_what_to_do(cli: Cli, begun: Path) -> None:
    assert "pull-catalog" in cli("show-stock").out
    assert cli("show-stock", "--json").json == []


def test_an_unknown_article(cli: Cli, book: Path) -> None:
    assert "did you mean MUG" in cli("explain", "MUGG", expect=2).err


def test_show_orders(cli: Cli, book: Path) -> None:
    assert [r["order_id"] for r in cli("show-orders", "--open", "--json").json] == ["OZ-1"]
    out = cli("show-orders", "--limit", "1").out
    assert "YM-1" in out
    assert "OZ-1" not in out
    assert "--limit 0" in out
    assert "OZ-1" in cli("show-orders", "--limit", "0", "--step", "open").out
    assert cli("show-orders", "--since", "2099-01-01", "--json").json == []
    assert "No such orders" in cli("show-orders", "--unknown").out


def test_show_returns_history_and_explain(cli: Cli, book: Path) -> None:
    (row,) = cli("show-returns", "--expected", "--json").json
    assert (row["return_id"], row["waiting"]) == ("R-1", 0)
    assert "R-1" in cli("show-returns").out
    assert [r["total"] for r in cli("show-history", "MUG", "--json").json] == [10, 9]
    assert "shipment" in cli("show-history", "MUG").out
    assert "OZ-1" in cli("explain", "MUG").out
    told = cli("explain", "MUG", "--json").json
    assert told["warehouses"][0]["reservations"][0]["order_id"] == "OZ-1"
    assert told["listings"][0]["pushes"][0]["verdict"] == "accepted"


def test_status_exits_1_when_something_is_wrong(cli: Cli, book: Path) -> None:
    with Store.open(book) as store:
        # Read just now, by the clock that the command itself reads.
        now = datetime.now(UTC)
        for account_id in store.catalog.account_ids().values():
            store.cursors.finish(account_id, "orders", began_at=now, read_until=now, now=now)
    # Orders are read, but nothing was pushed for days.
    assert cli("status", expect=1).out.startswith("3 things need you.\n")
    with Store.open(book) as store:
        store.connection.execute("UPDATE run SET ended_at = ? WHERE job = 'push'", (to_iso(now),))
    good = cli("status")
    assert re.match(r"All is well: 3 accounts, last sync \d+ s ago; 3 wait", good.out)
    assert "orders" in good.out
    assert cli("status", "--quiet").out == ""
    assert cli("status", "--json").json["ok"] is True
    with Store.open(book) as store:
        store.connection.execute("UPDATE orders SET step = 'unknown' WHERE order_id = 'OZ-1'")
    bad = cli("status", expect=1)
    assert bad.out.startswith("1 thing needs you, 3 wait by themselves.\n")
    assert "Wrong now" in bad.out
    assert cli("status", "--json", expect=1).json["wrong"][0]["kind"] == "unknown_order"
    quiet = cli("status", "--quiet", expect=1)
    assert quiet.out == ""
    assert "OZ-1" in quiet.err


# ---------------------------------------------------------------- the shelf


def test_a_count_and_a_correction(cli: Cli, book: Path) -> None:
    assert cli("set-stock", "POT", "5", "--note", "first").out == (
        "POT in main: 5 on hand (never counted before)\n"
    )
    assert cli("adjust-stock", "POT", "-3", "--reason", "broken").out == (
        "POT in main: 2 on hand (was 5, -3)\n"
    )
    assert cli("adjust-stock", "--reason", "found", "POT", "+1").out.endswith("(was 2, +1)\n")
    assert cli("adjust-stock", "POT", "--reason", "-1", "--", "-1").code == 0
    history = cli("show-history", "POT", "--json").json
    assert [(r["quantity"], r["note"]) for r in history] == [
        (5, "first"),
        (-3, "broken"),
        (1, "found"),
        (-1, "-1"),
    ]
    assert "cannot be taken away" in cli("adjust-stock", "POT", "-9", "--reason", "x", expect=2).err
    assert "cannot lie in a warehouse" in cli("set-stock", "POT", "-5", expect=2).err


def test_several_counts_in_one_line(cli: Cli, book: Path) -> None:
    assert cli("set-stock", "POT", "5", "CUP", "3", "--note", "monday").out == (
        "POT in main: 5 on hand (never counted before)\nCUP in main: 3 on hand (was 9, -6)\n"
    )
    told = cli("adjust-stock", "POT", "-3", "CUP", "+1", "--reason", "found", "--json").json
    assert [(c["sku"], c["before"], c["after"]) for c in told["counts"]] == [
        ("POT", 5, 2),
        ("CUP", 3, 4),
    ]
    assert (told["command"], told["ok"], told["dry_run"]) == ("adjust-stock", True, False)


def taken_again(book: Path, at: datetime | None) -> None:
    """From when on the marketplaces take another number of each listing."""
    with closing(sqlite3.connect(book)) as other, other:
        other.execute("UPDATE listing_stock SET due_at = ?", (to_iso(at),))


def test_a_product_is_given_a_policy_of_its_own(cli: Cli, book: Path) -> None:
    taken_again(book, None)
    first, ozon, *others, last = cli(
        "set-policy", "MUG", "CUP", "split", "--dry-run"
    ).out.splitlines()
    assert first == "MUG: split (was as each account says)"
    # The one whose orders tell soonest sells on while the others are emptied.
    later = "from about [-0-9]+ [:0-9]+ on"
    assert re.fullmatch(f"  ozon-main MUG: shows 7, 0 {later}, 3 {later}", ozon)
    assert re.fullmatch(f"  wb-main MUG: shows 9, 0 at the next push, 1 {later}", others[0])
    assert "CUP: split (was as each account says)" in others
    assert any(line.startswith("  other ways: ") and "`--how gradual`" in line for line in others)
    assert any(
        re.match(r"  6 units less are shown for a while, 0 of 6 in all, until about 20", line)
        for line in others
    ), others
    assert last == "Dry run: nothing was changed."
    quick = cli("set-policy", "MUG", "split", "--how", "quick", "--dry-run").out
    assert "ozon-main MUG: shows 7, 3 at the next push\n" in quick
    # Nine, nine and eight were shown and may be sold unread, and six after that; six are there.
    assert "until the orders of all are read, 26 units could be sold twice at most" in quick
    assert "policy" not in cli("explain", "MUG").out
    told = cli("set-policy", "MUG", "CUP", "split", "--json").json
    cup = told["policies"][1]
    ozon = cup.pop("listings")[0]
    (together,) = cup.pop("together")
    assert datetime.fromisoformat(together.pop("until")) > datetime.now(UTC)
    assert together == {"warehouse": "main", "available": 8, "now": 8, "least": 1, "last": 8}
    assert cup == {
        "sku": "CUP",
        "before": None,
        "after": "split",
        "how": "strict",
        "oversold_at_most": 0,
    }
    assert [a["quantity"] for a in ozon.pop("ahead")] == [0, 1]
    assert datetime.fromisoformat(ozon.pop("until")) > datetime.now(UTC)
    assert ozon == {
        "account": "ozon-main",
        "offer_id": "CUP",
        "external_warehouse": "1",
        "shows": 9,
        "target": 1,
        "warehouse": "main",
        "units": 1,
        "divided": True,
    }
    assert "split  the product's; its units are divided" in cli("explain", "MUG").out
    quota = cli("explain", "MUG", "--json").json["listings"][0]["quota"]
    assert (quota["policy"], quota["policy_source"]) == ("split", "product")
    told_lines = cli("set-policy", "MUG", "--default").out.splitlines()
    assert told_lines[0] == "MUG: shared as each account says (was split)"
    assert told_lines[1] == "  ozon-main MUG: shows 7, 6 at the next push"
    assert "policy" not in cli("explain", "MUG").out


@pytest.mark.parametrize("policy", ["split", "share"])
def test_a_number_that_its_marketplace_takes_later_is_not_of_the_next_push(
    cli: Cli, book: Path, policy: str
) -> None:
    taken_again(book, None)
    told = cli("set-policy", "MUG", policy, "--dry-run").out
    assert re.search(r"wb-main MUG: shows 9, \d at the next push", told), told
    taken_again(book, datetime.now(UTC) + timedelta(minutes=5))
    told = cli("set-policy", "MUG", policy, "--dry-run").out
    assert re.search(r"wb-main MUG: shows 9, \d from about 20", told), told


def test_units_of_a_product_are_kept_back(cli: Cli, book: Path) -> None:
    told = cli("set-buffer", "MUG", "CUP", "2", "--dry-run").out.splitlines()
    assert told == [
        "MUG: buffer 2 (was as each account says)",
        "CUP: buffer 2 (was as each account says)",
        "Dry run: nothing was changed.",
    ]
    told = cli("set-buffer", "MUG", "2", "--json").json
    assert told["buffers"] == [{"sku": "MUG", "before": None, "after": 2}]
    assert cli("products", "--search", "MUG", "--json").json[0]["buffer"] == 2
    change = cli("show-changes", "--kind", "buffer", "--json").json[0]
    assert (change["sku"], change["blocked"]) == ("MUG", None)
    assert "(buffer) is undone" in cli("undo", str(change["number"])).out
    assert cli("products", "--search", "MUG", "--json").json[0]["buffer"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("set-buffer MUG", "name the products and then the number"),
        ("set-buffer MUG two", "name the products and then the number"),
        ("set-buffer MUG 9999999999", "expected a number from 0 to 1,000,000,000"),
        ("set-buffer NONE 2", "NONE"),
        ("set-policy MUG", "name the products and then the policy"),
        ("set-policy MUG splt", "'splt' is no policy; expected one of share, split"),
        ("set-policy MUG NONE split", "NONE"),
        ("set-policy MUG split --hours 25:00-26:00", "'25:00-26:00' are no hours of the day"),
        ("set-policy MUG split --how quick --hours 02:00-05:00", "hours are for strict alone"),
        ("set-policy MUG split --how slow", "slow"),
        ("set-policy MUG MUG split", "MUG is named twice"),
    ],
)
def test_a_policy_that_cannot_be_changes_nothing(
    cli: Cli, book: Path, words: str, told: str
) -> None:
    ended = cli(*words.split(), expect=2)
    assert (ended.out, told in ended.err) == ("", True), ended.err
    assert cli("explain", "MUG", "--json").json["listings"][0]["quota"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("set-stock POT 5 CUP", "CUP is the last word, without its number"),
        ("set-stock POT 5 CUP many MUG 1.5", "CUP: 'many' is not a whole number"),
        ("set-stock POT 5 CUP many MUG 1.5", "MUG: '1.5' is not a whole number"),
        ("set-stock POT 5 KUP 3 MUG -1", "'KUP'"),
        ("set-stock POT 5 KUP 3 MUG -1", "-1 units cannot lie in a warehouse"),
        ("adjust-stock CUP -1 POT -1 --reason x", "POT was never counted"),
        ("move-stock CUP 1 --from main --to attic", "no warehouse 'attic'"),
        ("move-stock CUP 1 --from main", "Missing option '--to'"),
        ("move-stock CUP 1 MUG --from main --to attic", "MUG is the last word"),
    ],
)
def test_of_several_all_are_taken_or_none(cli: Cli, book: Path, words: str, told: str) -> None:
    before = cli("show-stock", "--json").json
    ended = cli(*words.split(), expect=2)
    assert ended.out == ""
    assert told in ended.err
    assert cli("show-stock", "--json").json == before


def test_units_move_between_shelves(cli: Cli, book: Path, folder: Path) -> None:
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("{1: main}", "{1: main, 2: attic}", 1))
    cli("set-stock", "CUP", "0", "--warehouse", "attic")
    words = ("move-stock", "CUP", "4", "--from", "main", "--to", "attic")
    assert cli(*words, "--dry-run").out == (
        "CUP: 4 moved; main has 5 on hand (was 9), attic has 4 (was 0)\n"
        "Dry run: nothing was changed.\n"
    )
    (told,) = cli(*words, "--json").json["moves"]
    assert (told["from_after"], told["to_after"]) == (5, 4)
    rows = cli("show-history", "CUP", "--json").json
    assert [(r["warehouse"], r["quantity"], r["kind"]) for r in rows[-2:]] == [
        ("main", -4, "move"),
        ("attic", 4, "move"),
    ]
    assert re.findall(r"move +([+-]\d) ", cli("explain", "CUP").out) == ["+4", "-4"]


def test_a_rehearsed_count_changes_nothing(cli: Cli, book: Path) -> None:
    out = cli("set-stock", "POT", "5", "--dry-run").out
    assert "5 on hand" in out
    assert "nothing was changed" in out
    assert cli("show-stock", "POT", "--json").json[0]["on_hand"] is None


def test_a_count_as_json(cli: Cli, book: Path) -> None:
    assert cli("set-stock", "CUP", "7", "--json").json == {
        "command": "set-stock",
        "ok": True,
        "dry_run": False,
        "sku": "CUP",
        "warehouse": "main",
        "before": 9,
        "after": 7,
        "difference": -2,
        "at": None,
        "moved_since": 0,
    }
    assert cli("set-stock", "CUP", "7", "--quiet").out == ""


def test_an_older_count_is_asked_about(cli: Cli, book: Path) -> None:
    """Where nobody sits at a terminal it is refused, with the word that confirms it."""
    cli("set-stock", "CUP", "7")
    older = ("set-stock", "CUP", "8", "--at", "2026-01-02")
    refused = cli(*older, expect=2).err
    assert "CUP was counted in main on" in refused
    assert "add --yes" in refused
    assert cli("show-stock", "CUP", "--json").json[0]["on_hand"] == 7
    # One of then has left since.
    counted = cli(*older, "--yes", "--json").json
    assert (counted["before"], counted["moved_since"], counted["after"]) == (7, -1, 7)
    assert "yet to come" in cli("set-stock", "CUP", "9", "--at", "2050-01-01", expect=2).err


def test_sheets_go_round(cli: Cli, book: Path, folder: Path) -> None:
    sheet = cli("export-stock", "-").out
    assert sheet.splitlines()[0].startswith("sku,quantity")
    assert "stock.csv: 3 rows, 1 of them never counted" in cli("export-stock", "stock.csv").out
    written = (folder / "stock.csv").read_text(encoding="utf-8")
    assert [x[: x.rindex(",")] for x in written.splitlines()] == [
        x[: x.rindex(",")] for x in sheet.splitlines()
    ]
    assert "2 as exported, no counts" in cli("import-stock", "stock.csv").out
    (folder / "stock.csv").write_text("sku;quantity\nCUP;2\nPOT;4\n", encoding="utf-8")
    assert "2 rows counted" in cli("import-stock", "stock.csv", "--dry-run").out
    assert cli("import-stock", "stock.csv", "--json").json["rows"] == 2
    assert [r["on_hand"] for r in cli("show-stock", "--json").json] == [2, 9, 4]
    assert "the same was imported on" in cli("import-stock", "stock.csv", expect=2).err
    assert cli("import-stock", "stock.csv", "--yes").code == 0
    (folder / "stock.csv").write_text("sku,quantity\nCUP,many\n", encoding="utf-8")
    assert "many" in cli("import-stock", "stock.csv", expect=2).err


def test_bundles_are_linked_by_hand(cli: Cli, book: Path) -> None:
    out = cli("link-listing", "POT", "MUG=2", "CUP", "--account", "ozon-main").out
    assert out == "ozon-main POT: CUP + 2 x MUG (was POT)\n"
    (pot,) = [
        x for x in cli("show-stock", "MUG", "--json").json[0]["listings"] if x["offer_id"] == "POT"
    ]
    assert pot["target"] == 3
    out = cli("unlink-listing", "POT", "--account", "ozon-main").out
    assert "linked to no product; it shows 0 from the next push on" in out
    assert "--account" in cli("unlink-listing", "POT", expect=2).err


def test_returns_are_put_away(cli: Cli, folder: Path) -> None:
    with trade(folder, sell_and_return) as town:
        town.shops["ym-main"].hand_over("R-1")
        town.run("returns")
    assert cli("receive-return", "R-1", "--dry-run").code == 0
    assert "1 MUG put in the warehouse main" in cli("receive-return", "R-1").out
    assert cli("show-stock", "MUG", "--json").json[0]["on_hand"] == 10
    assert "is done" in cli("receive-return", "R-1", expect=2).err


# ---------------------------------------------------------------- jobs


def test_every_account_unreachable_is_try_again_later(cli: Cli, begun: Path) -> None:
    ended = cli("poll-orders", "--json", "--quiet", expect=75)
    told = ended.json
    assert (told["command"], told["ok"]) == ("poll-orders", False)
    assert [a["account"] for a in told["accounts"]] == list(ACCOUNTS)
    assert {a["error"]["kind"] for a in told["accounts"]} == {"unreachable"}
    problems = [x for x in ended.err.splitlines() if x.startswith("cloudstock: ")]
    assert len(problems) == 3


def test_check_warns_of_a_database_on_a_network_file_system(
    cli: Cli, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = begun / "mounts"
    mounts.write_text(f"40 31 0:51 / {begun} rw - nfs4 nas:/export rw\n")
    monkeypatch.setattr("cloudstock.store.file_systems.MOUNTS", mounts)
    assert "network file system (nfs4)" in " ".join(cli("check", expect=75).out.split())


def test_quiet_prints_problems_only_and_on_stderr(cli: Cli, begun: Path) -> None:
    ended = cli("poll-orders", "--account", "wb-main", "--quiet", expect=75)
    assert ended.out == ""
    assert "wb-main" in ended.err


def test_a_second_run_is_told_who_holds_the_lock(cli: Cli, begun: Path) -> None:
    with run_lock(begun / "book.db", "poll-orders", wait_s=0):
        ended = cli("sync", "--wait", "0", expect=75)
    assert "poll-orders" in ended.err
    assert ended.out == ""


# ---------------------------------------------------------------- processes


def test_ctrl_c_while_a_command_is_loaded_is_told_like_any_other(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cloudstock.cli.app.import_module", interrupted)
    assert "stopped" in cli("status", expect=128 + signal.SIGINT).err


def test_a_reader_that_has_gone_is_no_error(book: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for words in (
        ("--version",),
        ("show-stock",),
        ("export-stock", "-"),
        ("show-orders", "--json"),
    ):
        running = process(*words, stdout=writer)
        _, err = running.communicate(timeout=30)
        assert (running.returncode, err) == (128 + signal.SIGPIPE, ""), words
    os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_answer_that_cannot_be_written_is_told(book: Path) -> None:
    with Path("/dev/full").open("w") as full:
        for words in (("show-stock",), ("export-stock", "-")):
            running = process(*words, stdout=full)
            _, err = running.communicate(timeout=30)
            assert running.returncode == 1
            assert err.startswith("cloudstock: the answer could not be written")
            assert err.count("\n") == 1


def test_a_closed_stdout_is_no_bug(book: Path) -> None:
    words = f"{shlex.quote(sys.executable)} -m cloudstock show-stock >&-"
    ended = subprocess.run(
        ["/bin/sh", "-c", words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"]
)
def test_a_signal_ends_a_run_cleanly(begun: Path, number: signal.Signals, code: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        port = silent.getsockname()[1]
        config = begun / "config.yaml"
        config.write_text(CONFIG.replace(":9\n", f":{port}\n"), encoding="utf-8")
        # Background jobs of a shell, as the tests may be one, hand on that SIGINT is ignored.
        running = process(
            "poll-orders",
            stdout=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        # It has asked and waits for an answer that never comes.
        asked, _ = silent.accept()
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
        asked.close()
    assert running.returncode == code, err
    assert out == ""
    assert "stopped" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_the_fake_needs_its_extra(folder: Path) -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None; from cloudstock.__main__ import main;"
        " sys.exit(main(['sandbox']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert ended.returncode == 1
    assert ended.stderr == (f"cloudstock: uvicorn not installed; run: {how_to_add('sandbox')}\n")
