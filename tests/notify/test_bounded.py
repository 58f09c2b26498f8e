"""Calls that keep nobody waiting, and whose errors tell no address."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cloudstock.notify.bounded import NotTaken, within


def raising(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_each_call_is_told_of_by_itself_and_strange_words_are_not() -> None:
    hangs = threading.Event()
    calls = [
        lambda: None,
        raising(NotTaken("answered 500")),
        raising(ValueError("https://bot.example/s3cret is no address")),
        lambda: (hangs.wait(), None)[1],
    ]
    try:
        failures = within(0.5, calls)
    finally:
        hangs.set()
    assert failures == [None, "answered 500", "ValueError", "no answer in 0.5 s"]
    assert within(0.5, []) == []
