"""What takes long shows how far it is, at a terminal only, and leaves nothing of it there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from contextlib import suppress
from typing import NamedTuple

import pytest

from tests.system.conftest import Shop

SIZE = (24, 100)
CONTROL = re.compile(r"\x1b\[\??([0-9;]*)([A-Za-z])|\r|\n")
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


class Seen(NamedTuple):
    code: int
    # All that was written to the terminal, and what a person has before them in the end.
    written: str
    screen: list[str]
    # What went into a pipe instead.
    out: str


def screen(written: str) -> list[str]:
    """Return the lines that a terminal shows after all that was written to it."""
    lines, row, column, place = [""], 0, 0, 0
    while place < len(written):
        match = CONTROL.match(written, place)
        if match is None:
            following = CONTROL.search(written, place)
            end = len(written) if following is None else following.start()
            text = written[place:end]
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column, place = column + len(text), end
            continue
        place = match.end()
        if match[0] == "\r":
            column = 0
        elif match[0] == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif match[2] == "A":
            row -= int(match[1] or 1)
        elif match[2] == "K":
            assert match[1] == "2"
            lines[row] = ""
        else:
            # Colours; the cursor hidden, and shown again.
            assert match[2] in "mhl", match[0]
    return [line.rstrip() for line in lines if line.strip()]


def at_terminal(shop: Shop, command: str, *, piped: bool = False, typed: str = "") -> Seen:
    """Run a command with a terminal before it; `piped`: its answer goes to a program."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    with subprocess.Popen(
        shop.command(*command.split()),
        cwd=shop.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(shop.folder), "TERM": "xterm", **shop.env},
        stdin=theirs,
        stdout=subprocess.PIPE if piped else theirs,
        stderr=theirs,
        text=True,
    ) as running:
        os.close(theirs)
        written = b""
        # Reading fails when whoever wrote to the terminal has gone.
        with suppress(OSError):
            while piece := os.read(ours, 65536):
                written += piece
        os.close(ours)
        out = "" if running.stdout is None else running.stdout.read()
    text = written.decode().replace("\u00a0", " ")
    return Seen(running.returncode, text, screen(text), out)


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
def test_who_wants_no_bar_gets_none(open_shop: Shop, command: str) -> None:
    assert_no_bar(at_terminal(open_shop, command).written)


def test_json_for_a_program_comes_without_a_bar(open_shop: Shop) -> None:
    seen = at_terminal(open_shop, "poll-reserves --json", piped=True)
    assert seen.code == 0
    assert seen.written == ""
    assert '"command": "poll-reserves"' in seen.out


def test_a_bar_on_stderr_leaves_a_piped_answer_alone(open_shop: Shop) -> None:
    seen = at_terminal(open_shop, "poll-reserves", piped=True)
    assert re.search("ozon-main: reserves", seen.written)
    assert_no_bar(seen.out)
    assert [line.split()[0] for line in seen.out.splitlines()] == [
        "ozon-main",
        "wb-main",
        "ym-main",
    ]


def test_the_log_goes_above_the_bars_line_by_line(open_shop: Shop) -> None:
    seen = at_terminal(open_shop, "poll-reserves -v")
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


def test_what_fails_gives_the_terminal_back(open_shop: Shop) -> None:
    """The cursor is shown again and no bar is left, however the work ends."""
    (open_shop.folder / "stock.csv").write_text("sku,quantity\n" + "NOPE,1,9\n" * 9)
    seen = at_terminal(open_shop, "import-stock stock.csv")
    assert seen.code == 2
    assert re.search(r"stock\.csv: rows read", seen.written)
    assert seen.written.count("\x1b[?25l") == seen.written.count("\x1b[?25h") == 1
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
