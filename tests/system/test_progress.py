"""What takes long shows how far it is, at a terminal only, and leaves nothing of it there."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from cloudstock.render.progress import first_word
from cloudstock.sandbox.world import World
from tests import terminal
from tests.system.conftest import SPEED, Shop, a_shop_in, in_a_fork
from tests.terminal import Seen

BARS = "━╸╺"
# A command, and what its bars tell: a name and a count.
LONG = (
    ("pull-catalog", (r"ozon-main: catalog .* 60/\d\d ", r"ym-main: catalog .* 59/\d\d ")),
    ("poll-orders --since 30d", (r"ozon-main: orders .* 1/1 ",)),
    ("poll-reserves", (r"ozon-main: reserves .* (\d\d)/\1 ", r"ym-main: reserves .* \d\d/\d\d ")),
    ("export-stock stock.csv", (r"stock\.csv .* 62/62 ",)),
    ("import-stock sheet.csv", (r"sheet\.csv: rows read .* 62/62 ", r"rows counted .* 62/62 ")),
    ("push-stocks --full", (r"ozon-main: push .* (\d\d)/\1 ", r"wb-main: push .* (\d\d)/\1 ")),
    ("report --output report.html", (r"report: sections .* 12/12 ",)),
    ("backup copy.db", (r"cloudstock\.db: KB copied .* (\d\d\d)/\1 ",)),
    ("check --database", (r"cloudstock\.db: checks .* 8/8 ",)),
    ("simulate --sales 9 --sales 5 --seeds 2", (r"simulate: products tried .* 2/2 ",)),
)


def at_terminal(shop: Shop, command: str, **also: Any) -> Seen:
    """Run a command of the shop's with a terminal before it."""
    words = shop.command(*command.split())
    return terminal.at_terminal(words, folder=shop.folder, env=shop.env, start=in_a_fork, **also)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An open shop in which nothing is done that another test could miss."""
    world = World.standard(products=60, speed=SPEED, seed=1)
    env = {"CLOUDSTOCK_LANG": "en"}
    with a_shop_in(tmp_path_factory.mktemp("watched"), world, env=env) as shop:
        shop.open(10)
        yield shop


def assert_no_bar(text: str) -> None:
    assert not set(text) & set(BARS), text
    assert "\x1b" not in text


def test_what_takes_long_shows_its_name_and_count_and_leaves_nothing(open_shop: Shop) -> None:
    assert open_shop.buys("ozon-main", (open_shop.skus()[0], 1))
    counts = "".join(f"{sku},10\n" for sku in open_shop.truth())
    (open_shop.folder / "sheet.csv").write_text(f"sku,quantity\n{counts}")
    for command, bars in LONG:
        seen = at_terminal(open_shop, command)
        assert seen.code == 0, (command, seen.screen)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", seen.written)
        for bar in bars:
            assert re.search(bar, plain), (command, bar, plain)
        # A rate, and for how long it will go on.
        assert re.search(r"\d/s", plain), (command, plain)
        for line in seen.screen:
            assert_no_bar(line)
    for command in ("pull-catalog", "import-stock sheet.csv --yes", "check --database"):
        ended = open_shop.run(*command.split())
        assert_no_bar(ended.out + ended.err)


@pytest.mark.parametrize("command", ["sync --quiet", "sync --log-format json"])
def test_who_wants_no_bar_gets_none(watched: Shop, command: str) -> None:
    assert_no_bar(at_terminal(watched, command).written)


def test_json_for_a_program_comes_without_a_bar(watched: Shop) -> None:
    seen = at_terminal(watched, "poll-reserves --json", piped=True)
    assert seen.code == 0
    assert seen.written == ""
    assert '"command": "poll-reserves"' in seen.out


def test_a_bar_on_stderr_leaves_a_piped_answer_alone(watched: Shop) -> None:
    seen = at_terminal(watched, "poll-reserves", piped=True)
    assert re.search("ozon-main: reserves", seen.written)
    assert_no_bar(seen.out)
    assert [line.split()[0] for line in seen.out.splitlines()] == [
        "ozon-main",
        "wb-main",
        "ym-main",
    ]


def test_the_log_goes_above_the_bars_line_by_line(watched: Shop) -> None:
    seen = at_terminal(watched, "poll-reserves -v")
    assert set(seen.written) & set(BARS)
    told = [line for line in " ".join(seen.screen).split("20") if "http.answer" in line]
    assert len(told) >= 3
    for line in seen.screen:
        assert_no_bar(line)
    # Each event is whole, however the terminal folded it.
    together = " ".join(seen.screen)
    events = re.findall(
        r'DEBUG http\.answer account=[\w-]+ endpoint="[^"]+" status=200 ms=\d+ attempt=1', together
    )
    assert len(events) == together.count("http.answer") >= 3


def test_what_fails_gives_the_terminal_back(watched: Shop) -> None:
    """The cursor is shown again and no bar is left, however the work ends."""
    (watched.folder / "stock.csv").write_text("sku,quantity\n" + "NOPE,1,9\n" * 9)
    seen = at_terminal(watched, "import-stock stock.csv")
    assert seen.code == 2
    assert re.search(r"stock\.csv: rows read", seen.written)
    assert seen.written.count("\x1b[?25l") == seen.written.count("\x1b[?25h") >= 1
    assert all(line.startswith("cloudstock: stock.csv") for line in seen.screen[:1])
    assert_no_bar("".join(seen.screen))


def test_a_round_tells_a_terminal_what_happened_and_a_pipe_counts_as_ever(open_shop: Shop) -> None:
    sku = open_shop.skus()[0]
    assert open_shop.buys("ozon-main", (sku, 2))
    told = re.split(r"  +", at_terminal(open_shop, "poll-orders").screen[0])
    assert told[:2] == ["ordered", "ozon-main"]
    assert told[2].startswith(f"2 × {sku} (order ")
    assert at_terminal(open_shop, "poll-orders").screen == ["Nothing new."]
    assert at_terminal(open_shop, "poll-orders --quiet").screen == []
    assert open_shop.buys("ozon-main", (sku, 1))
    assert "ordered" not in open_shop.run("poll-orders", "--dry-run").out
    answer = open_shop.run("poll-orders", "--json").json
    (event,) = answer["events"]
    assert (event["kind"], event["account"]) == ("ordered", "ozon-main")
    assert event["goods"] == [{"article": sku, "quantity": 1, "before": None}]
    assert open_shop.run("poll-orders").out.splitlines()[0] == "ozon-main  orders 2"


def test_a_terminal_that_can_only_write_gets_words_and_no_escapes(
    watched: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(watched.env, "TERM", "dumb")
    seen = at_terminal(watched, "push-stocks --full")
    assert seen.code == 0
    assert_no_bar(seen.written)
    assert not set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") & set(seen.written)
    # What comes within a moment of the words before is not told any more.
    assert re.match(r"push-stocks|[a-z]+-main: \w+", seen.written)


class Watched(io.StringIO):
    """A terminal that tells when something is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


def test_the_program_is_there_before_it_has_read_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", there := Watched())
    monkeypatch.setenv("TERM", "xterm")
    with first_word(["status"]):
        # However long that takes.
        assert there.written.wait(terminal.HANGS_S)
    assert terminal.screen(there.getvalue()) == []
    assert there.getvalue().startswith("cloudstock ...")


@pytest.mark.parametrize("line", ["", "status -h", "sync -vq", "status --json", "sync --quiet"])
def test_help_and_answers_for_programs_begin_without_a_word(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr("sys.stderr", Watched())
    monkeypatch.setenv("TERM", "xterm")
    before = threading.active_count()
    with first_word(line.split()):
        assert threading.active_count() <= before, "somebody draws"


# A command that asks, and its question.
ASKING = (
    ("web --hash-password", "Password: "),
    ("import-stock early.csv", "Do it all the same? [y/N]: "),
    ("import-stock twice.csv", "Which: "),
)


@pytest.fixture(scope="module")
def asked_shop(watched: Shop) -> Shop:
    """With sheets about which there is something to ask."""
    watched.run("export-stock", "all.csv")
    rows = (watched.folder / "all.csv").read_text().splitlines()
    for sku, sheet in zip(watched.skus(), ("early.csv", "russian.csv"), strict=False):
        watched.run("set-stock", sku, "11")
        (row,) = (row for row in rows if row.startswith(f"{sku},10,"))
        text = f"{rows[0]}\n{row.replace(',10,', ',13,', 1)}\n"
        (watched.folder / sheet).write_text(text)
    (watched.folder / "twice.csv").write_text(f"sku,stock,stock\n{watched.skus()[0]},1,2\n")
    return watched


@pytest.mark.parametrize(("command", "question"), ASKING)
def test_whoever_ends_the_input_at_a_question_changes_nothing(
    asked_shop: Shop, command: str, question: str
) -> None:
    before = asked_shop.stock()
    seen = at_terminal(asked_shop, command, answers=[(question, "\x04")])
    assert seen.code == 2
    assert seen.screen[-1] == "cloudstock: no answer was given, so nothing was changed"
    assert "Traceback" not in seen.written
    assert asked_shop.stock() == before


def test_questions_are_answered_in_the_language_in_use(
    asked_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(asked_shop.env, "CLOUDSTOCK_LANG", "ru")
    question = "Всё равно сделать? [д/Н]: "
    answers = [(question, "может быть\n"), ("да или нет?", "Д\n")]
    seen = at_terminal(asked_shop, "import-stock russian.csv", answers=answers)
    assert seen.code == 0, seen.screen
    assert seen.written.count(question) == 2
    assert asked_shop.stock()[asked_shop.skus()[1]]["on_hand"] == 13
