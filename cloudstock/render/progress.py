"""Progress bars on stderr, where that is a terminal with somebody before it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cloudstock import progress
from cloudstock.language import tr
from cloudstock.render.text import strip_controls, whole

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress, TaskID

BAR_WIDTH = 24


def bars(*, quiet: bool, json: bool, log_format: str) -> AbstractContextManager[None]:
    """Show bars for what is done within, where a person watches.

    Not under --quiet, nor where the answer or the log is for a program, nor under cron.
    """
    watched = (
        sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
        and not quiet
        and log_format != "json"
        and (not json or sys.stdout.isatty())
    )
    return progress.drawn_by(_Bars() if watched else None)


class _Bar:
    """Counts; looked at some times a second by who draws."""

    def __init__(self, bars: _Bars, name: str) -> None:
        self.name = strip_controls(name)
        self.done = 0
        self.total: int | None = None
        self.task: TaskID | None = None
        self._bars = bars

    def expect(self, n: int) -> None:
        self.total = (self.total or 0) + n
        self._bars.show(self)

    def advance(self, n: int) -> None:
        self.done += n
        if self.task is None and n:
            self._bars.show(self)


class _Bars:
    """Bars below each other, from the first that counts anything to the end of the last."""

    def __init__(self) -> None:
        self._open: list[_Bar] = []
        self._drawn: list[_Bar] = []
        self._display: Progress | None = None

    def start(self, name: str) -> _Bar:
        bar = _Bar(self, name)
        self._open.append(bar)
        return bar

    def show(self, bar: _Bar) -> None:
        if self._display is None:
            self._display = _display(self._drawn)
            self._display.start()
        if bar.task is None:
            bar.task = self._display.add_task(bar.name, total=None, count="", rate="")
            self._drawn.append(bar)

    def end(self, bar: progress.Bar) -> None:
        assert isinstance(bar, _Bar)
        bar.total = bar.done
        self._open.remove(bar)
        if not self._open and self._display is not None:
            self._display.stop()
            self._display = None
            self._drawn.clear()


def _display(bars: list[_Bar]) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    class Display(Progress):
        def get_renderables(self) -> Iterable[RenderableType]:
            for bar in bars:
                assert bar.task is not None
                total = "" if bar.total is None else f"/{whole(bar.total)}"
                self.update(
                    bar.task,
                    completed=bar.done,
                    total=bar.total,
                    count=f"{whole(bar.done)}{total}",
                )
            for task in self.tasks:
                speed = task.speed or task.completed / (task.elapsed or 1)
                task.fields["rate"] = tr("{n}/s", n=whole(round(speed)))
            return super().get_renderables()

    # The log goes above the bars. What is written to stdout may be for a program.
    return Display(
        TextColumn("{task.description}", markup=False),
        BarColumn(BAR_WIDTH),
        TextColumn("{task.fields[count]}", markup=False, justify="right"),
        TextColumn("{task.fields[rate]}", markup=False, justify="right"),
        TimeRemainingColumn(compact=True),
        console=Console(file=sys.stderr),
        transient=True,
        redirect_stdout=False,
    )
