"""How far something long has come, for whoever watches.

Who works reports it; who shows it is chosen once, by the command line. As with the log, nobody
hands it from function to function, and where nobody watches nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from cloudstock import spent

T = TypeVar("T")

# Shorter waits are the ordinary pace.
NOTICED_S = 1.0


class Bar(Protocol):
    """Counts one piece of work."""

    def expect(self, n: int) -> None:
        """There is so much more of it than was known."""

    def advance(self, n: int) -> None:
        """So much more of it is done."""


class Progress(Protocol):
    """Shows pieces of work, several at a time."""

    def start(self, name: str, lasts_s: float | None = None) -> Bar:
        """Begin to show a piece of work; `name`: a text from anywhere.

        `lasts_s`: how long it will last, where that is known and nothing is counted.
        """

    def end(self, bar: Bar) -> None:
        """A piece of work is over, however it ended."""

    def interrupt(self) -> None:
        """Make room for a line of the log."""

    def hidden(self, written: str) -> AbstractContextManager[None]:
        """Show nothing within; `written`: the last of what is written there meanwhile."""


_watching: ContextVar[Progress | None] = ContextVar("watching", default=None)
_bar: ContextVar[Bar | None] = ContextVar("bar", default=None)


@contextmanager
def drawn_by(progress: Progress | None) -> Iterator[None]:
    """Show what this thread does, and the tasks it begins, by `progress`; None: do not."""
    before = _watching.set(progress)
    try:
        yield
    finally:
        _watching.reset(before)


@contextmanager
def work(name: str, total: int | None = None) -> Iterator[None]:
    """Report a piece of work: within, `advance` counts it; `total`: how much it is, where known."""
    progress = _watching.get()
    if progress is None:
        yield
        return
    bar = progress.start(name)
    before = _bar.set(bar)
    try:
        if total is not None:
            bar.expect(total)
        yield
    finally:
        _bar.reset(before)
        progress.end(bar)


@contextmanager
def waiting(reason: str, seconds: float) -> Iterator[None]:
    """Tell what is waited for within, if that is long enough to be noticed."""
    spent.waited(seconds)
    progress = _watching.get()
    if progress is None or seconds < NOTICED_S:
        yield
        return
    bar = progress.start(reason, seconds)
    try:
        yield
    finally:
        progress.end(bar)


def interrupt() -> None:
    """Make room on stderr for a line of the log, or of what went wrong."""
    if (progress := _watching.get()) is not None:
        progress.interrupt()


@contextmanager
def hidden(written: str = "\n") -> Iterator[None]:
    """Leave the terminal to something else within: an answer, a question, a server's life.

    `written`: the last of what stands there afterwards.
    """
    progress = _watching.get()
    if progress is None:
        yield
        return
    with progress.hidden(written):
        yield


def counted(items: Iterable[T]) -> Iterable[T]:
    """Return the items; as each is taken, one more of the piece of work at hand is done."""
    bar = _bar.get()
    return items if bar is None else _counted(items, bar)


def _counted(items: Iterable[T], bar: Bar) -> Iterator[T]:
    for item in items:
        yield item
        bar.advance(1)


def expect(n: int) -> None:
    """Tell that the piece of work at hand is so much more."""
    if (bar := _bar.get()) is not None:
        bar.expect(n)


def advance(n: int = 1) -> None:
    """Tell that so much more of the piece of work at hand is done."""
    if (bar := _bar.get()) is not None:
        bar.advance(n)
