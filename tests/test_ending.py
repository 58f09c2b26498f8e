"""A run is asked to end by SIGTERM, and an interruption that something swallowed comes again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from cloudstock.ending import Ending

# Far longer than the interruption may take to come again: reached only where it is lost for good.
HANG_S = 30.0


class Referred:
    """Something that a weak reference can tell the end of."""


@pytest.fixture(
    autouse=True,
    params=[signal.default_int_handler, signal.SIG_IGN, signal.SIG_DFL],
    ids=["SIGINT heard", "SIGINT ignored", "SIGINT ends it"],
)
def _of_interrupts(request: pytest.FixtureRequest) -> Iterator[None]:
    """As at a terminal, as a shell starts its background jobs, and where nobody hears."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def wait() -> None:
    threading.Event().wait(HANG_S)


def terminated() -> None:
    terminate()
    wait()


def test_sigterm_interrupts() -> None:
    with Ending() as ending, pytest.raises(KeyboardInterrupt):
        terminated()
    assert ending.terminated


def test_an_interruption_that_was_not_asked_for_by_sigterm_is_told_as_one() -> None:
    """One that a finalizer drops comes again by the alarm."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    it = Referred()
    with Ending() as ending:
        reference = weakref.ref(it, interrupted)
        del it
        with pytest.raises(KeyboardInterrupt):
            wait()
    assert reference() is None
    assert not ending.terminated


def test_what_a_finalizer_drops_comes_again_and_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # As the import system's own weak references are: what is raised in them, Python drops.
    dropped = False

    def last_words(_: object) -> None:
        nonlocal dropped
        dropped = True
        terminate()
        for _turn in range(1_000):
            "the signal is heard between two of these"

    it = Referred()
    with Ending() as ending:
        reference = weakref.ref(it, last_words)
        del it
        with pytest.raises(KeyboardInterrupt):
            wait()
    assert reference() is None
    assert dropped
    assert ending.terminated
    assert capsys.readouterr().err == ""


def test_what_is_taken_for_anothers_comes_again() -> None:
    with Ending() as ending:
        with suppress(KeyboardInterrupt):
            terminated()
        with pytest.raises(KeyboardInterrupt):
            wait()
    assert ending.terminated


def test_a_cancellation_that_a_library_took_for_its_own_comes_again() -> None:
    async def deaf() -> None:
        try:
            terminate()
            await asyncio.sleep(HANG_S)
        except asyncio.CancelledError:
            await asyncio.sleep(HANG_S)

    with Ending() as ending, pytest.raises(KeyboardInterrupt):
        asyncio.run(deaf())
    assert ending.terminated


def test_other_dropped_errors_are_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(dropped.exc_type))

    def fail(_: object) -> None:
        raise ValueError

    with Ending():
        it = Referred()
        reference = weakref.ref(it, fail)
        del it
    assert reference() is None
    assert told == [ValueError]


def test_all_is_as_before_afterwards() -> None:
    def state() -> tuple[object, ...]:
        return (
            signal.getsignal(signal.SIGTERM),
            signal.getsignal(signal.SIGALRM),
            signal.getitimer(signal.ITIMER_REAL),
            sys.unraisablehook,
        )

    before = state()
    with pytest.raises(KeyboardInterrupt), Ending():
        terminated()
    assert state() == before
