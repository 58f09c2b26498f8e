"""Two readers of the command line, one meaning: what is read quickly is what typer reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.cli import Commands, program, quick
from cloudstock.cli.command import Choice

COMMANDS = Commands()
# Every option there is, and words that stand for values, arguments and mistakes.
OPTIONS = sorted(
    {
        name
        for own in COMMANDS.values()
        for p in [*own.own_parameters(), *own.common_parameters()]
        for name in getattr(p.annotation.__metadata__[0], "names", ())
    }
)
VALUES = (
    "MUG-01",
    "12",
    "-3",
    "+4",
    "1.5",
    "30d",
    "2026-11-01",
    "a=b",
    "x.csv",
    "open",
    "json",
    "-",
)
MISTAKES = ("", "--", "-qv", "--nope", "--help", "-h", "--version", "--json=1", "-q=1", "zz", "1e3")
WORDS = st.one_of(
    st.sampled_from(OPTIONS),
    st.sampled_from(VALUES),
    st.builds("{}={}".format, st.sampled_from(OPTIONS), st.sampled_from(VALUES)),
    st.sampled_from(MISTAKES),
)
PAIRS = st.tuples(st.sampled_from(OPTIONS), st.sampled_from(VALUES))
LINES = st.tuples(
    st.lists(st.one_of(WORDS.map(lambda w: (w,)), PAIRS), max_size=2),
    st.sampled_from([*COMMANDS, "nope"]),
    st.lists(st.one_of(WORDS.map(lambda w: (w,)), PAIRS), max_size=5),
).map(lambda t: [*(w for g in t[0] for w in g), t[1], *(w for g in t[2] for w in g)])


SHOW = "import sys; from cloudstock.__main__ import main; main(['show-stock', '--json'])"


def meaning(choice: Choice | int) -> object:
    """Return all that a choice says; types too, for 30 is not 30.0 to everybody."""
    assert isinstance(choice, Choice), f"typer refuses this line: {choice}"
    assert choice.run is not None
    assert choice.act is not None
    return choice.run.command, choice.run.common, {k: (type(v), v) for k, v in choice.given.items()}


@given(LINES)
@settings(max_examples=300)
def test_what_is_read_quickly_is_what_typer_reads(line: list[str]) -> None:
    chosen = quick.parse(line, COMMANDS)
    if chosen is not None:
        assert meaning(chosen) == meaning(program.parse(line, COMMANDS)), line


@pytest.mark.parametrize(
    "line",
    [
        "show-stock",
        "show-stock MUG-01 CUP-02 --account a --account b --json",
        "--config c.yaml --account a show-stock --account b --account a",
        "--log-format json sync --quiet -v --config=other.yaml --log-format=text",
        "sync --wait 5 --dry-run --since 30d --full --yes",
        "sync --wait 0.5 --wait 7.25",
        "show-orders --open --step open --step shipped --limit 5 --limit 0",
        "set-stock MUG-01 12 --note twice --note again",
        "set-stock --warehouse main MUG-01 +12",
        "set-stock MUG-01 12 CUP-02 5 --note twice",
        "move-stock MUG-01 5 --from main --to attic CUP-02 2",
        "set-policy MUG-01 CUP-02 split --dry-run",
        "set-policy --default MUG-01",
        "import-stock - --warehouse main",
        "link-listing L A=2 B --account x",
        "backup --force copy.db",
        "demo --keep folder --width 100",
        "sandbox --port 0 --products 5 --speed 10",
    ],
)
def test_ordinary_lines_need_no_typer(line: str) -> None:
    words = line.split()
    chosen = quick.parse(words, COMMANDS)
    assert chosen is not None
    assert meaning(chosen) == meaning(program.parse(words, COMMANDS))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--help",
        "show-stock --help",
        "show-stock --nope",
        "show-stock -qv",
        "show-stock --json=1",
        "show-stock --account",
        "show-stock --account --json",
        "show-stock -- MUG-01",
        "show-orders --step nope",
        "show-orders --limit 1.5",
        "sync --wait 3601",
        "sync --since tomorrow",
        "sync twice",
        "set-stock MUG-01",
        "adjust-stock MUG-01 -3 --reason broken",
        "no-such-command",
    ],
)
def test_whatever_else_is_left_to_typer(line: str) -> None:
    assert quick.parse(line.split(), COMMANDS) is None


def test_looking_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """Cron and people start the program often; each of these costs as much as the answer."""
    needless = (
        "typer",
        "rich",
        "pydantic",
        "httpx",
        "asyncio",
        "ssl",
        "subprocess",
        "sqlite_utils",
    )
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{SHOW}; print([m for m in {needless!r} if m in sys.modules])",
        ],
        cwd=_book(tmp_path),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines()[-1] == "[]"
    assert '"sku"' in told.stdout


def _book(folder: Path) -> Path:
    from tests.benchmarks.data import Shape, build

    build(folder, Shape(products=2, accounts=3))
    return folder
