"""What is at work, on stderr, where that is a terminal with somebody before it.

Nobody waits for longer than a moment without a sign: what counts is shown at once, anything else
as soon as nothing was seen for `PATIENCE_S`. It goes away before anything else is written.
"""

from __future__ import annotations

import os
import re
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING

from cloudstock import progress
from cloudstock.language import tr
from cloudstock.render.console import rich_text
from cloudstock.render.text import strip_controls, whole

if TYPE_CHECKING:
    from rich.live import Live

BAR_WIDTH = 24
# For so long nothing may be seen before what is at work is shown.
PATIENCE_S = 0.3
LOOK_EVERY_S = 0.1
DOT_EVERY_S = 0.8
REFRESH_PER_S = 5
# Words of a command line with which nothing is to be shown before the answer.
_SILENT = re.compile("-[a-zA-Z]*[hq][a-zA-Z]*|--help|--version|--quiet|(--log-format=)?json")


@contextmanager
def bars(command: str, *, quiet: bool, json: bool, log_format: str) -> Iterator[None]:
    """Show what is done within, where a person watches.

    Not under --quiet, nor where the answer or the log is for a program, nor under cron.
    """
    watched = (
        sys.stderr.isatty()
        and not quiet
        and log_format != "json"
        and (not json or sys.stdout.isatty())
    )
    if not watched:
        # Whoever reads `check` through a pipe may wonder, too; cron runs it with --quiet.
        tells_waits = command == "check" and not (quiet or json or log_format == "json")
        with progress.drawn_by(_Waits() if tells_waits else None):
            yield
        return
    watch = _Dots(command) if os.environ.get("TERM") == "dumb" else _Bars(command)
    with progress.drawn_by(watch), watch:
        yield


@contextmanager
def first_word(arguments: Sequence[str]) -> Iterator[None]:
    """Show a person that the program is there while it reads what they typed.

    It is loaded meanwhile, which takes longer than a moment where others are at work.
    """
    watched = (
        sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
        and arguments
        # Neither help nor an answer for a program, nor silence where it is asked for.
        and not any(_SILENT.fullmatch(word) for word in arguments)
        and ("--json" not in arguments or sys.stdout.isatty())
    )
    watch = _Word() if watched else None
    with progress.drawn_by(watch), watch or nullcontext():
        yield


class _Bar:
    """Counts, or lasts for a time that is known; looked at some times a second by who draws."""

    def __init__(self, watch: _Watch, name: str, lasts_s: float | None = None) -> None:
        self.name = strip_controls(name)
        self.done = 0
        self.total: int | None = None
        self.lasts_s = lasts_s
        self._began = time.monotonic()
        self._watch = watch

    def expect(self, n: int) -> None:
        self.total = (self.total or 0) + n
        self._watch.show(self)

    def advance(self, n: int) -> None:
        if not self.done and self.total is None and n:
            self._watch.show(self)
        self.done += n

    def state(self) -> tuple[float | None, str, str, str]:
        """Return what part of it is done, its count, its rate, and how long it will go on."""
        passed_s = time.monotonic() - self._began
        if self.lasts_s is not None:
            left_s = max(0.0, self.lasts_s - passed_s)
            return passed_s / self.lasts_s, "", "", tr("{n} s", n=round(left_s))
        if not self.done and self.total is None:
            return None, "", "", ""
        rate = self.done / max(passed_s, 0.001)
        per_s = tr("{n}/s", n=whole(round(rate)))
        if self.total is None:
            return None, whole(self.done), per_s, ""
        left = int(max(0, self.total - self.done) / rate) if rate else None
        minutes = "" if left is None else f"{left // 60:02}:{left % 60:02}"
        share = self.done / max(self.total, self.done, 1)
        return share, f"{whole(self.done)}/{whole(self.total)}", per_s, minutes


class _Watch(ABC):
    """What is at work, and a thread that shows it once nothing else was seen for a moment."""

    def __init__(self, command: str) -> None:
        # What is shown where no piece of work has begun.
        self._whole = _Bar(self, command)
        self._open: list[_Bar] = []
        self._lock = RLock()
        self._hidden = 0
        # A line of the answer has no end yet: nothing is drawn behind it.
        self._within_line = False
        self._seen_at = time.monotonic()
        self._over = Event()

    def __enter__(self) -> None:
        Thread(target=self._look, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with self._lock:
            self._hidden += 1
            self._clear()

    def start(self, name: str, lasts_s: float | None = None) -> _Bar:
        bar = _Bar(self, name, lasts_s)
        with self._lock:
            self._open.append(bar)
        return bar

    def end(self, bar: progress.Bar) -> None:
        assert isinstance(bar, _Bar)
        bar.total = bar.done
        with self._lock:
            self._open.remove(bar)
            if not self._open:
                self._clear()
                self._seen_at = time.monotonic()

    @contextmanager
    def hidden(self, written: str) -> Iterator[None]:
        with self._lock:
            self._hidden += 1
            self._clear()
        try:
            yield
        finally:
            with self._lock:
                self._hidden -= 1
                self._within_line = not written.endswith("\n")
                self._seen_at = time.monotonic()

    def interrupt(self) -> None:
        """Make room for a line on stderr."""
        with self._lock:
            self._clear()
            self._seen_at = time.monotonic()

    def show(self, counting: _Bar | None = None) -> None:
        with self._lock:
            if not (self._hidden or self._within_line):
                self._draw(counting)

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            if time.monotonic() - self._seen_at >= PATIENCE_S:
                self.show()

    @abstractmethod
    def _draw(self, counting: _Bar | None) -> None:
        """Show what is at work, if it is not shown; also one that is over in a moment."""

    @abstractmethod
    def _clear(self) -> None:
        """Leave nothing of it on the screen."""


class _Waits:
    """A line on stderr for each time that is waited for."""

    def start(self, name: str, lasts_s: float | None = None) -> _Waits:
        if lasts_s is not None:
            line = tr("{reason}, {n} s", reason=strip_controls(name), n=round(lasts_s))
            sys.stderr.write(f"cloudstock: {line}\n")
        return self

    def end(self, bar: progress.Bar) -> None:
        """Nothing is shown that could go away."""

    def expect(self, n: int) -> None:
        """Nothing is counted."""

    def advance(self, n: int) -> None:
        """Nothing is counted."""

    def interrupt(self) -> None:
        """Lines stand in nobody's way."""

    def hidden(self, written: str) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()


class _Bars(_Watch):
    """Bars below each other."""

    _display: Live | None = None

    def __init__(self, command: str) -> None:
        super().__init__(command)
        # In the order in which they came, each once.
        self._drawn: dict[_Bar, None] = {}

    def interrupt(self) -> None:
        """Lines go above the bars."""

    def _draw(self, counting: _Bar | None) -> None:
        if self._display is None:
            self._drawn.clear()
            self._display = _display(self._rows)
            self._display.start()
        if counting is not None:
            self._drawn[counting] = None

    def _clear(self) -> None:
        if self._display is not None:
            self._display.stop()
            self._display = None

    def _rows(self) -> list[_Bar]:
        """Return what is at work, and what has counted beside it and is done.

        Called by whoever draws, without the lock, which may be waiting for the drawing to end.
        """
        at_work = [*self._open]
        self._drawn |= dict.fromkeys(at_work)
        rows = [bar for bar in [*self._drawn] if bar in at_work or bar.total]
        return rows or [self._whole]


class _Word(_Watch):
    """The program's name, until what draws bars is loaded."""

    _shown = False

    def __init__(self) -> None:
        super().__init__("cloudstock ...")

    def _draw(self, counting: _Bar | None) -> None:
        del counting
        if not self._shown:
            self._shown = True
            sys.stderr.write(self._whole.name)
            sys.stderr.flush()

    def _clear(self) -> None:
        if self._shown:
            self._shown = False
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


class _Dots(_Watch):
    """What is at work as words and dots, for terminals that can do no more than write."""

    _line = ""
    _dotted_at = 0.0

    def _draw(self, counting: _Bar | None) -> None:
        del counting
        bars = [*self._open] or [self._whole]
        line = ", ".join(bar.name for bar in bars)
        now = time.monotonic()
        if now - self._dotted_at < DOT_EVERY_S:
            return
        if line == self._line:
            sys.stderr.write(".")
        else:
            self._clear()
            sys.stderr.write(line)
        self._line, self._dotted_at = line, now
        sys.stderr.flush()

    def _clear(self) -> None:
        if self._line:
            sys.stderr.write("\n")
            self._line = ""


def _display(rows: Callable[[], list[_Bar]]) -> Live:
    from rich.console import Console
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.spinner import Spinner
    from rich.table import Table

    console = Console(file=sys.stderr)
    # It moves also where nothing counts on: whoever looks sees that the program is alive.
    spinner = Spinner("dots" if "utf" in console.encoding.lower() else "line", style="green")

    def drawn() -> Table:
        table = Table.grid(padding=(0, 1))
        for column in range(6):
            table.add_column(no_wrap=True, justify="right" if column > 2 else "left")
        for bar in rows():
            share, *words = bar.state()
            line = ProgressBar(1.0, share or 0.0, width=BAR_WIDTH, pulse=share is None)
            table.add_row(spinner, rich_text(bar.name), line, *words)
        return table

    # The log goes above the bars. What is written to stdout may be for a program.
    return Live(
        get_renderable=drawn,
        console=console,
        refresh_per_second=REFRESH_PER_S,
        transient=True,
        redirect_stdout=False,
    )
