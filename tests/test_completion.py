"""Shells complete commands, options and what the book knows; hostile articles stay words."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
import typer

from cloudstock.__main__ import main
from cloudstock.cli import SECTIONS
from cloudstock.cli.app import app
from cloudstock.cli.bash_line import BashLine
from cloudstock.cli.completion import Words
from cloudstock.store import Store
from tests.acting import set_stock
from tests.builders import NOW, listing
from tests.store.trade import trade
from tests.test_cli import folder

__all__ = ["folder"]

BREAKS = " \t\n\"'><=;|&(:"
SCRIPTS = {
    shell: (files("cloudstock.cli") / f"completion.{shell}").read_text(encoding="utf-8")
    for shell in ("bash", "zsh", "fish")
}
EVIL = ("$(touch gone)", "; touch gone", "`touch gone`", "a*b", "it's", 'say "x"', "A:B=C D")


@pytest.fixture
def book(folder: Path) -> Path:
    """Mugs, cups and pots, and articles that a shell would obey."""
    with trade(folder) as town, town.store.transaction():
        shop = town.store.catalog.account_ids()["ozon-main"]
        town.store.catalog.save_listings(
            shop, [listing(sku) for sku in (*EVIL, "\x1b[2J", "two\nlines", "кружка")], now=NOW
        )
        town.store.catalog.link(shop)
        set_stock(town.store, "POT", 4, now=town.clock.now())
    return folder / "book.db"


def offered(*words: str) -> list[str]:
    program = typer.main.get_command(app)
    return Words(program, {}, "cloudstock", "").offers(words[:-1], words[-1])


# ---------------------------------------------------------------- what is offered


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("show-h", ["show-history"]),
        ("--js", ["--json"]),
        ("explain MU", ["MUG"]),
        ("--json explain MU", ["MUG"]),
        ("show-stock MUG CU", ["CUP"]),
        ("set-stock MUG 1 CU", ["CUP"]),
        ("set-stock MUG ", []),
        ("set-stock MUG 1 CUP ", []),
        ("set-policy M", ["MUG"]),
        ("set-policy spl", []),
        ("set-policy MUG CU", ["CUP"]),
        ("set-policy MUG CUP spl", ["split"]),
        ("set-policy MUG split ", []),
        ("set-policy MUG split --how g", ["gradual"]),
        ("set-policy --default MUG sh", []),
        ("link-listing --account wb-main PO", ["POT"]),
        ("link-listing POT CU", ["CUP"]),
        ("link-listing POT CUP MU", ["MUG"]),
        ("explain к", ["кружка"]),
        ("explain -- MU", ["MUG"]),
        ("explain MUG M", []),
        ("sync --account y", ["ym-main"]),
        ("--account w", ["wb-main"]),
        ("sync --account=y", ["--account=ym-main"]),
        ("set-stock --warehouse m", ["main"]),
        ("move-stock --from m", ["main"]),
        ("rename-warehouse m", ["main"]),
        ("remove-warehouse m", ["main"]),
        ("set-policy MU", ["MUG"]),
        ("set-policy MUG CUP sp", ["split"]),
        ("hide-product CUP MU", ["MUG"]),
        ("show-changes --kind co", ["correction", "count"]),
        ("undo ", ["1"]),
        ("show-orders --step s", ["shipped"]),
        ("products --sort -a", ["-available", "-away"]),
        ("products --sort=o", ["--sort=on_hand"]),
        ("completion f", ["fish"]),
        ("sync --si", ["--since"]),
        ("sync --wait 5 --fu", ["--full"]),
        ("nope MU", []),
        ("sync --since ", []),
        ("import-stock st", []),
    ],
)
def test_what_a_word_may_become(book: Path, line: str, expected: list[str]) -> None:
    assert offered(*line.split(" ")) == expected


def test_all_commands_are_offered_first() -> None:
    assert offered("") == sorted(name for _, _, names in SECTIONS for name in names)


def test_what_no_line_can_hold_is_not_offered(book: Path) -> None:
    found = offered("explain", "")
    assert set(EVIL) < set(found)
    assert not [sku for sku in found if "\x1b" in sku or "\n" in sku]


def test_only_so_many_are_offered(book: Path) -> None:
    with Store.open(book) as store, store.transaction():
        store.connection.executemany(
            "INSERT INTO product (sku) VALUES (?)", [(f"N-{n:04}",) for n in range(1000)]
        )
    assert len(offered("explain", "N-")) == 200
    assert offered("explain", "N-099")[0] == "N-0990"


def test_a_returned_unit_that_waits_is_offered(folder: Path) -> None:
    from tests.store.trade import sell_and_return

    with trade(folder, sell_and_return) as town:
        assert offered("receive-return", "") == []
        town.shops["ym-main"].hand_over("R-1")
        town.run("returns")
    assert offered("receive-return", "") == ["R-1"]


def test_an_order_that_is_awaited_is_offered(folder: Path) -> None:
    from tests.store.trade import cancel_on_its_way, sell_and_return

    with trade(folder, sell_and_return) as town:
        assert offered("close-order", "") == []
        cancel_on_its_way(town)
    assert offered("close-order", "") == ["YM-1"]


@pytest.mark.parametrize("trouble", ["no book", "no configuration", "broken", "no variable"])
def test_it_is_silent_where_something_is_missing(
    folder: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "config.yaml"
    if trouble == "no configuration":
        config.unlink()
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    elif trouble == "broken":
        config.write_text("accounts: [", encoding="utf-8")
    elif trouble == "no variable":
        config.write_text(
            config.read_text("utf-8").replace("a-key-that-nobody-may-see", "${NO_SUCH_KEY}"),
            encoding="utf-8",
        )
    assert offered("explain", "MU") == []
    # A key is not needed to know the accounts.
    known = trouble in ("no book", "no variable")
    assert offered("--account", "oz") == (["ozon-main"] if known else [])
    assert not (folder / "book.db").exists()


def test_the_book_may_lie_in_a_folder_of_any_name(
    book: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = folder / os.fsdecode(b"100%20 sure? #1 \xd1\x8f \xff")
    odd.mkdir()
    for file in (book, folder / "config.yaml"):
        file.rename(odd / file.name)
    monkeypatch.chdir(odd)
    assert offered("explain", "MU") == ["MUG"]


def test_nothing_is_loaded_or_written_that_is_not_needed(book: Path) -> None:
    before = book.read_bytes()
    needless = ("rich", "httpx", "asyncio", "ssl", "sqlite_utils")
    program = (
        "import sys; from cloudstock.__main__ import main; code = main()\n"
        f"print([m for m in {needless!r} if m in sys.modules], code)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, "explain", "MU"],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "_CLOUDSTOCK_COMPLETE": "words",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "MUG\n[] 0\n"
    assert told.stderr == ""
    assert book.read_bytes() == before


def test_the_scripts_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert main(["completion", shell]) == 0
        assert capsys.readouterr().out == SCRIPTS[shell]


# ---------------------------------------------------------------- bash's own words


@pytest.mark.parametrize(
    ("line", "words", "unfinished", "kept"),
    [
        ("cloudstock ", ("cloudstock",), "", ""),
        ("cloudstock explain MU", ("cloudstock", "explain"), "MU", ""),
        ("cloudstock explain 'a b", ("cloudstock", "explain"), "a b", ""),
        ('cloudstock explain "a b" c', ("cloudstock", "explain", "a b"), "c", ""),
        (r"cloudstock a\ b\:c:d", ("cloudstock",), "a b:c:d", "a b:c:"),
        ("cloudstock --account=oz", ("cloudstock",), "--account=oz", "--account="),
        (r'cloudstock "a\"b\c', ("cloudstock",), 'a"b\\c', ""),
        ("cloudstock '' x", ("cloudstock", ""), "x", ""),
        ("", (), "", ""),
    ],
)
def test_a_line_is_read_as_bash_reads_it(
    line: str, words: tuple[str, ...], unfinished: str, kept: str
) -> None:
    read = BashLine.read(line, breaks=BREAKS)
    assert (read.words, read.unfinished, read.kept) == (words, unfinished, kept)


def test_the_cursor_ends_the_line() -> None:
    line = "cloudstock explain кру | wc"
    at = len(b"cloudstock explain " + "кру".encode())
    read = BashLine.of({"COMP_LINE": line, "COMP_POINT": str(at), "COMP_WORDBREAKS": BREAKS})
    assert (read.words, read.unfinished) == (("cloudstock", "explain"), "кру")


# ---------------------------------------------------------------- the shells themselves


@pytest.fixture
def installed(book: Path) -> Path:
    """The seller's folder, with a program of this name in it that the shells find first."""
    program = book.parent / "bin" / "cloudstock"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{Path(__file__).parents[1]}"'
        f' exec "{sys.executable}" -m cloudstock "$@"\n'
    )
    program.chmod(0o755)
    return book.parent


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{home / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }


class Typist:
    """Types at a shell and reads what it answers."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._seen = ""

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def until(self, pattern: str) -> re.Match[str]:
        """Read until what was not read before holds this; fails after a minute of silence."""
        while (match := re.search(pattern, self._seen)) is None:
            ready, _, _ = select.select([self._terminal], [], [], 60)
            assert ready, f"{pattern!r} did not come: {self._seen!r}"
            self._seen += os.read(self._terminal, 65536).decode(errors="replace")
        self._seen = self._seen[match.end() :]
        return match


@contextmanager
def shell(home: Path, *command: str) -> Iterator[Typist]:
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    running = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env=environment(home),
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Typist(ours)
    finally:
        running.kill()
        running.wait(timeout=30)
        os.close(ours)


def completed(home: Path, typed: str) -> list[str]:
    """The words of a line that bash completed at TAB, as the program gets them."""
    (home / "completion.bash").write_text(SCRIPTS["bash"])
    (home / "shown").unlink(missing_ok=True)
    with shell(home, "bash", "--norc", "--noprofile", "-i") as typist:
        typist.type("bind 'set enable-bracketed-paste off'; set +o history; PS1='ready> '\n")
        typist.until("ready> ")
        # The completed line is not run: a function of its name takes its words.
        typist.type(". ./completion.bash; echo sourced-$((40+2))\n")
        typist.until("sourced-42")
        typist.until("ready> ")
        typist.type(f"{typed}\t")
        # What is typed after the TAB waits until the completion has been made.
        typist.type(
            "\x01shown() { printf '%s\\0' \"$@\" > shown; }; shown \x05; echo done-$((40+2))\n"
        )
        typist.until("done-42")
    return (home / "shown").read_text().split("\0")[:-1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cloudstock show-h", ["cloudstock", "show-history"]),
        ("cloudstock explain MU", ["cloudstock", "explain", "MUG"]),
        ("cloudstock explain '$(t", ["cloudstock", "explain", "$(touch gone)"]),
        ('cloudstock explain "a', ["cloudstock", "explain", "a*b"]),
        (r"cloudstock explain \$", ["cloudstock", "explain", "$(touch gone)"]),
        (r"cloudstock explain \;", ["cloudstock", "explain", "; touch gone"]),
        (r"cloudstock explain \`", ["cloudstock", "explain", "`touch gone`"]),
        ("cloudstock explain it", ["cloudstock", "explain", "it's"]),
        ("cloudstock explain say", ["cloudstock", "explain", 'say "x"']),
        ("cloudstock explain A:B=", ["cloudstock", "explain", "A:B=C D"]),
        ("cloudstock explain кр", ["cloudstock", "explain", "кружка"]),
        ("cloudstock sync --account=oz", ["cloudstock", "sync", "--account=ozon-main"]),
        ("cloudstock import-stock config.y", ["cloudstock", "import-stock", "config.yaml"]),
        ("cloudstock explain NOPE", ["cloudstock", "explain", "NOPE"]),
    ],
)
def test_bash_completes_a_line(installed: Path, typed: str, words: list[str]) -> None:
    assert completed(installed, typed) == words
    assert not (installed / "gone").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cloudstock explain MU", ["MUG"]),
        ("cloudstock show-h", ["show-history"]),
        ("cloudstock explain 'it", ["it's"]),
        ("cloudstock --account wb-main link-listing PO", ["POT"]),
    ],
)
def test_fish_completes_a_line(installed: Path, typed: str, words: list[str]) -> None:
    told = subprocess.run(
        ["fish", "--no-config", "-c", f'{SCRIPTS["fish"]}\ncomplete -C "{typed}"'],
        cwd=installed,
        env=environment(installed),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.partition("\t")[0] for line in told.stdout.splitlines()] == words


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cloudstock explain MU", ["cloudstock", "explain", "MUG"]),
        ("cloudstock show-h", ["cloudstock", "show-history"]),
        (r"cloudstock explain \$", ["cloudstock", "explain", "$(touch gone)"]),
        ("cloudstock explain it", ["cloudstock", "explain", "it's"]),
    ],
)
def test_zsh_completes_a_line(installed: Path, typed: str, words: list[str]) -> None:
    (installed / "completion.zsh").write_text(SCRIPTS["zsh"])
    with shell(installed, "zsh", "-f", "-i") as typist:
        typist.type("unsetopt zle_bracketed_paste; PS1='ready> '; bindkey -e\n")
        typist.type(". ./completion.zsh; echo sourced-$((40+2))\n")
        typist.until("sourced-42")
        typist.until("ready> ")
        typist.type(f"{typed}\t")
        typist.type(
            "\x01shown() { printf '%s\\0' \"$@\" > shown }; shown \x05; echo done-$((40+2))\n"
        )
        typist.until("done-42")
    assert (installed / "shown").read_text().split("\0")[:-1] == words
    assert not (installed / "gone").exists()
