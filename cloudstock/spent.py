"""Where the time of a run goes, by account: requests, answers, waits and writing.

As with progress, whoever does the work reports it here, and nobody hands it from function to
function. Tasks that an account's work begins report to the same account.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter


@dataclass(slots=True)
class Spent:
    """What one account, or a run beside its accounts, has spent so far; times in seconds."""

    requests: int = 0
    # From a request to its answer; several may be on their way at once.
    answers_s: float = 0.0
    # For a limit, and before asking again.
    waits_s: float = 0.0
    transactions: int = 0
    writing_s: float = 0.0

    def facts(self) -> dict[str, float]:
        """Return it as the log tells it."""
        return {
            "requests": self.requests,
            "answers_s": round(self.answers_s, 3),
            "waits_s": round(self.waits_s, 3),
            "transactions": self.transactions,
            "writing_s": round(self.writing_s, 3),
        }


_current: ContextVar[Spent | None] = ContextVar("spent", default=None)


@contextmanager
def by(spent: Spent) -> Iterator[None]:
    """Count what is done within, and in tasks begun within, as spent by `spent`."""
    before = _current.set(spent)
    try:
        yield
    finally:
        _current.reset(before)


def asked(seconds: float) -> None:
    """Report a request, and how long its answer took."""
    if (spent := _current.get()) is not None:
        spent.requests += 1
        spent.answers_s += seconds


def waited(seconds: float) -> None:
    """Report a wait."""
    if (spent := _current.get()) is not None:
        spent.waits_s += seconds


@contextmanager
def writing() -> Iterator[None]:
    """Report a transaction that is within."""
    if (spent := _current.get()) is None:
        yield
        return
    began = perf_counter()
    try:
        yield
    finally:
        spent.transactions += 1
        spent.writing_s += perf_counter() - began
