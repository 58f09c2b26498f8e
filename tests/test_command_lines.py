"""What command lines mean, and what a start does not load."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.cli import SECTIONS
from cloudstock.cli.app import app, parse
from cloudstock.cli.command import Choice
from cloudstock.domain.records import Step
from cloudstock.domain.transition import How
from tests.benchmarks.data import Shape, build
from tests.benchmarks.lean import lean
from tests.benchmarks.pushing import ROUNDS_PACE

NAMES = [name for _, _, names in SECTIONS for name in names]
PROGRAM: Any = typer.main.get_command(app)
# Every option there is, and words that stand for values, arguments and mistakes.
OPTIONS = sorted(
    {
        o
        for name in NAMES
        for p in PROGRAM.get_command(None, name).params
        for o in p.opts
        if "-" in o
    }
)
VALUES = ("MUG-01", "12", "-3", "+4", "1.5", "30d", "2026-11-01", "a=b", "x.csv", "open", "json")
MISTAKES = (
    "",
    "-",
    "--",
    "-qv",
    "--nope",
    "--json=1",
    "-q=1",
    "zz",
    "1e3",
    "\N{MINUS SIGN}3",
    "\0",
)
WORDS = st.one_of(
    *map(st.sampled_from, (OPTIONS, VALUES, MISTAKES)),
    st.builds("{}={}".format, st.sampled_from(OPTIONS), st.sampled_from(VALUES)),
)
LINES = st.builds(
    lambda before, name, after: [*before, name, *after],
    st.lists(WORDS, max_size=3),
    st.sampled_from([*NAMES, "nope"]),
    st.lists(WORDS, max_size=8),
)


def meaning(line: list[str]) -> Choice:
    choice = parse(line)
    assert isinstance(choice, Choice), f"this line is refused: {line}"
    return choice


@given(LINES)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_line_is_a_command_or_a_mistake_that_is_told(
    capsys: pytest.CaptureFixture[str], line: list[str]
) -> None:
    choice = parse(line)
    out, err = capsys.readouterr()
    if isinstance(choice, Choice):
        assert (choice.run.command in line, out, err) == (True, "", "")
    elif choice:
        assert (choice, out, len(re.findall("(?m)^Error: ", err))) == (2, "", 1)
    else:
        assert "--help" in out


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("show-stock", {"skus": None, "limit": None, "csv": False}),
        ("show-stock MUG-01 CUP-02 --limit 5", {"skus": ["MUG-01", "CUP-02"], "limit": 5}),
        ("show-stock -- -3", {"skus": ["-3"]}),
        ("sync --wait 5 --full --yes", {"wait": 5.0, "full": True, "yes": True, "since": None}),
        ("sync --wait 0.5 --wait 7.25", {"wait": 7.25}),
        ("sync --since 2026-11-01T00:00Z", {"since": datetime(2026, 11, 1, tzinfo=UTC)}),
        ("show-orders --open --step open --step shipped", {"step": [Step.OPEN, Step.SHIPPED]}),
        ("products --sort -available --search=a=b", {"sort": "-available", "search": "a=b"}),
        ("set-stock MUG 12 --note twice --note again", {"quantity": 12, "note": "again"}),
        ("set-stock --warehouse attic MUG +12", {"quantity": 12, "warehouse": "attic"}),
        ("set-stock MUG 12 --at 2026-11-01T00:00Z", {"at": datetime(2026, 11, 1, tzinfo=UTC)}),
        ("set-stock MUG 12 CUP 5 --note x", {"quantity": 12, "more": ["CUP", "5"]}),
        ("adjust-stock MUG -3 CUP -2 --reason -1", {"change": -3, "reason": "-1"}),
        (
            "adjust-stock MUG \N{MINUS SIGN}3 CUP -2 --reason x",
            {"change": -3, "more": ["CUP", "-2"]},
        ),
        ("move-stock MUG 5 --from main --to attic CUP 2", {"source": "main", "target": "attic"}),
        ("rename-warehouse main north", {"old": "main", "new": "north"}),
        ("add-warehouse north", {"name": "north"}),
        ("close-order N1 --reopen", {"order_id": "N1", "reopen": True}),
        ("adopt-stock MUG CUP", {"skus": ["MUG", "CUP"], "warehouse": None}),
        ("close-account north --without-push", {"name": "north", "without_push": True}),
        ("pause-account north --resume", {"name": "north", "resume": True}),
        ("close-warehouse 507 --reopen", {"warehouse": "507", "reopen": True}),
        ("hide-product A B --show", {"skus": ["A", "B"], "show": True}),
        ("remove-warehouse mian", {"name": "mian"}),
        ("undo", {"change": None, "note": ""}),
        ("undo 12 --note wrong", {"change": 12, "note": "wrong"}),
        ("set-policy --default MUG CUP", {"words": ["MUG", "CUP"], "default": True}),
        ("set-policy MUG split --how gradual", {"how": How.GRADUAL, "hours": ""}),
        ("set-policy MUG split --hours 02:00-05:00", {"how": How.STRICT, "hours": "02:00-05:00"}),
        ("set-buffer MUG CUP 2", {"words": ["MUG", "CUP", "2"], "default": False}),
        ("set-buffer --default MUG", {"words": ["MUG"], "default": True}),
        ("set-minimum BAG 20", {"words": ["BAG", "20"], "default": False}),
        ("import-stock -", {"file": "-", "warehouse": None, "at": None, "yes": False}),
        (
            "import-stock f --map sku=A=B --map quantity=C --word no=0 --update buffers,names",
            {
                "columns": [("sku", "A=B"), ("quantity", "C")],
                "words": [("no", "0")],
                "update": ("buffers", "names"),
            },
        ),
        ("import-stock --source a --skip-unknown --header-row 7", {"file": None, "header_row": 7}),
        ("import-stock f --at 2026-11-01T00:00Z", {"at": datetime(2026, 11, 1, tzinfo=UTC)}),
        ("link-listing L A=2 B --account x", {"listing": "L", "products": ["A=2", "B"]}),
        ("backup --force copy.db", {"file": Path("copy.db"), "force": True}),
        ("schedule --cron --install", {"cron": True, "systemd": False, "install": True}),
        ("init --base-url http://127.0.0.1:1/", {"base_url": "http://127.0.0.1:1"}),
        ("sandbox --port 0 --speed 10", {"port": 0, "products": 60, "speed": 10.0}),
        ("simulate --sales 3 --sales 4.5 --interval 15m", {"sales": [3, 4.5], "interval": 900.0}),
    ],
)
def test_a_command_is_called_with_values_of_their_types(line: str, values: dict[str, Any]) -> None:
    choice = meaning(line.split())
    got = {name: choice.act.keywords[name] for name in values}
    assert got == values
    assert [type(v) for v in got.values()] == [type(v) for v in values.values()]


COMMON = {
    "config": ["--config", "c.yaml"],
    "json": ["--json"],
    "quiet": ["-q"],
    "verbose": ["--verbose"],
    "log_format": ["--log-format=json"],
    "language": ["--lang", "ru"],
    "accounts": ["--account", "x"],
}


@pytest.mark.parametrize("name", COMMON)
def test_an_option_of_all_commands_stands_before_or_after_the_name(name: str) -> None:
    others = [w for other, words in COMMON.items() if other != name for w in words]
    before = meaning([*COMMON[name], "sync", *others]).run.common
    after = meaning([*others, "sync", *COMMON[name]]).run.common
    assert before == after
    assert all(getattr(after, each) for each in COMMON)


def test_accounts_of_both_places_are_taken_together() -> None:
    line = ["--account", "x", "sync", "--account", "y", "--account", "x"]
    assert meaning(line).run.common.accounts == ["x", "y"]


def test_what_stands_after_the_name_beats_what_stands_before_it() -> None:
    line = ["--config", "a", "--log-format", "json", "sync", "--config=b", "--log-format=text"]
    common = meaning(line).run.common
    assert (common.config, common.log_format) == (Path("b"), "text")


def test_looking_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """Cron and people start the program often."""
    needless = (
        "rich",
        "httpx",
        "asyncio",
        "ssl",
        "tenacity",
        "msgspec",
        "sqlite_utils",
        "cloudstock.jobs",
        "cloudstock.lists",
        "cloudstock.domain.transition",
    )
    for words in (["show-stock", "--json"], ["show-stock", "SKU-00000001"]):
        *shown, loaded = _run(words, needless, _book(tmp_path / words[-1]))
        assert loaded == "[]"
        assert "SKU-00000001" in "".join(shown)


def test_a_round_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """Cron starts one each minute; what it reads back loads no more."""
    needless = (
        "rich",
        "sqlite_utils",
        "cloudstock.changes",
        "cloudstock.jobs.check",
        "cloudstock.jobs.closing",
        "cloudstock.lists",
        "cloudstock.store.troubles.finder",
        "cloudstock.store.troubles.table",
    )
    with lean(2) as url:
        *told, loaded = _run(["sync"], needless, _book(tmp_path, url))
    assert loaded == "[]"
    assert [line.endswith("read 2") for line in told] == [True] * 3


def _run(words: list[str], needless: tuple[str, ...], folder: Path) -> list[str]:
    """Run a command, and return the lines it writes, then which of these modules it has loaded."""
    program = (
        f"import sys; from cloudstock.__main__ import main; main({words!r});"
        f" print([m for m in {needless!r} if m in sys.modules])"
    )
    # As in a pipe: what runs tests in several processes says how wide a terminal is.
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()


def _book(folder: Path, url: str | None = None) -> Path:
    pace = 1.0 if url is None else ROUNDS_PACE
    build(folder, Shape(products=2, accounts=3, base_url=url, pace=pace))
    return folder
