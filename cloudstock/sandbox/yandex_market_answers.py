"""How all of Market's methods answer: the envelope, moments, words chosen by number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from cloudstock.sandbox.request import (
    Response,
    json_response,
)
from cloudstock.sandbox.yandex_market_forms import (
    MOSCOW,
)

T = TypeVar("T")


def ok(result: object) -> Response:
    """Return an answer in the envelope of success."""
    return json_response(200, {"status": "OK", "result": result})


def pick(words: Sequence[T], number: int) -> T:
    """Return the word of an order or return with this number."""
    # Two numbers are drawn for an order, so that the last bit of its own hardly changes.
    return words[number // 2 % len(words)]


def stamp(when: datetime) -> str:
    """Return a moment as Market writes it."""
    return when.astimezone(MOSCOW).isoformat(timespec="seconds")
