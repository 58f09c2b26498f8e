"""What takes long is had at once, and newer soon."""

from __future__ import annotations

import threading

import pytest

from cloudstock.errors import Busy
from cloudstock.web.gathered import TIMES, Gathered


def at_rest() -> None:
    """Wait for what is being gathered."""
    for thread in threading.enumerate():
        if thread.name == "gathering":
            thread.join()


def test_what_was_gathered_last_is_had_while_newer_is_on_its_way() -> None:
    now, free = [0.0], threading.Event()
    gathered: Gathered[int, str] = Gathered(wait_s=0.01, monotonic=lambda: now[0])

    def slow(value: str) -> str:
        assert free.wait(60)
        now[0] += 2.0
        return value

    assert gathered.get(7, lambda: slow("old")) == (None, True)
    # Nothing else is begun meanwhile.
    assert gathered.get(30, pytest.fail) == (None, True)
    free.set()
    at_rest()
    assert gathered.get(7, pytest.fail) == ("old", False)
    free.clear()
    now[0] += 2.0 * TIMES
    assert gathered.get(7, lambda: slow("new")) == ("old", True)
    free.set()
    at_rest()
    assert gathered.get(7, pytest.fail) == ("new", False)


def test_what_goes_wrong_is_told_to_who_waits_for_it() -> None:
    gathered: Gathered[int, str] = Gathered(wait_s=60.0)

    def fails() -> str:
        raise Busy("somebody writes")

    for _ in range(2):
        with pytest.raises(Busy):
            gathered.get(7, fails)
    assert gathered.get(7, lambda: "well") == ("well", False)
