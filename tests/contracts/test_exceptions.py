"""Exceptions cover what they say, and one that nothing needs is told."""

from __future__ import annotations

from dataclasses import replace

from tests.contracts.exceptions import ALLOWED, Allowed, sort_out
from tests.contracts.judge import ANSWER, Violation

RED = Violation("ozon", "POST /v1/shelves", ANSWER, "shelves[].colour", "enum", "RED")
EXCEPTION = Allowed("ozon", "POST /v1/*", ANSWER, "shelves[].colour", "enum", "why not")


def test_an_exception_covers_its_kind_and_no_other() -> None:
    others = [
        replace(RED, marketplace="wildberries"),
        replace(RED, operation="POST /v2/shelves"),
        replace(RED, side="request"),
        replace(RED, where="shelves.colour"),
        replace(RED, rule="type"),
    ]
    verdict = sort_out([RED, RED, *others], [EXCEPTION])
    assert verdict.allowed == {EXCEPTION: 2}
    assert verdict.violations == dict.fromkeys(others, 1)
    assert verdict.needless == ()


def test_an_exception_that_nothing_needs_is_told() -> None:
    needless = replace(EXCEPTION, where="shelves[].size")
    assert sort_out([RED], [EXCEPTION, needless]).needless == (needless,)


def test_every_exception_has_a_reason() -> None:
    assert all(len(allowed.reason) > 20 for allowed in ALLOWED)
