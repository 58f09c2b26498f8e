"""What is wrong with an exchange is found, and nothing else; on a specification made up for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.judge import Exchange, judge
from tests.contracts.made_up import exchange, spec

GOOD_SHELF: dict[str, Any] = {
    "id": 2**40,
    "kind": "WOOD",
    "state": "done",
    "made": "2026-11-23T10:00:00.5Z",
    "colour": None,
    "notes": {"anything": "at all"},
    "open": {"whatever": 1},
    "length": 2.5,
}


def wrong(given: Exchange, marketplace: str = "wildberries") -> set[tuple[str, str, str]]:
    return {(v.side, v.where, v.rule) for v in judge(spec(marketplace), given)}


def test_a_good_exchange_has_no_violation() -> None:
    assert wrong(exchange(query="limit=50&ids=1,2")) == set()
    assert wrong(exchange(query="limit=50&ids=1&ids=2")) == set()
    assert wrong(exchange(status=200, answer=GOOD_SHELF)) == set()
    assert wrong(exchange("POST", "/shelves", query="", body={"shelves": [GOOD_SHELF]})) == set()


def test_a_path_without_parts_goes_before_one_with_parts() -> None:
    # It takes no parameter, so the one that the other needs is unknown.
    assert wrong(exchange(path="/shelves/first")) == {("request", "?limit", "unknown")}


@pytest.mark.parametrize(
    ("given", "where", "rule"),
    [
        (exchange(path="/cupboards"), "", "unknown"),
        (exchange("PUT"), "", "unknown"),
        (exchange(path="/shelves/oak"), "/shelf", "type"),
        (exchange(query=""), "?limit", "required"),
        (exchange(query="limit=51"), "?limit", "maximum"),
        (exchange(query="limit=many"), "?limit", "type"),
        (exchange(query="limit=5&page=2"), "?page", "unknown"),
        (exchange(query="limit=5&ids=1,2,3"), "?ids", "maxItems"),
        (exchange(query="limit=5&ids=1,x"), "?ids[]", "type"),
        (exchange(body={}), "", "body"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(given: Exchange, where: str, rule: str) -> None:
    assert wrong(given) == {("request", where, rule)}


def test_a_header_that_is_missing_is_told() -> None:
    given = exchange()
    bare = Exchange(given.method, given.path, given.query, {}, b"", given.status, {}, given.answer)
    assert wrong(bare) == {("request", "header Key", "required")}


@pytest.mark.parametrize(
    ("body", "where", "rule"),
    [
        (None, "", "required"),
        ([], "", "type"),
        ({}, "shelves", "required"),
        ({"shelves": [], "sise": 5}, "sise", "unknown"),
        ({"shelves": [], "size": 0}, "size", "exclusiveMinimum"),
        ({"shelves": [], "size": 101}, "size", "maximum"),
        ({"shelves": [], "size": "5"}, "size", "type"),
        ({"shelves": [{"id": 1}, {"id": 2}, {"id": 3}]}, "shelves", "maxItems"),
        ({"shelves": [{"id": 1}, {"kind": "WOOD"}]}, "shelves[].id", "required"),
        ({"shelves": [{"id": 1, "lenght": 2}]}, "shelves[].lenght", "unknown"),
    ],
)
def test_what_is_wrong_with_a_body_is_told(body: object, where: str, rule: str) -> None:
    assert wrong(exchange("POST", "/shelves", query="", body=body)) == {("request", where, rule)}


def test_a_body_must_be_called_json() -> None:
    given = exchange("POST", "/shelves", query="", body={"shelves": []}, **{"content-type": "text"})
    assert wrong(given) == {("request", "header Content-Type", "const")}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("id", 2**63, "format"),
        ("id", "12", "type"),
        ("id", None, "type"),
        ("kind", "wood", "enum"),
        ("state", "broken", "enum"),
        ("made", "2026-11-23 10:00", "format"),
        ("made", "2026-11-23T10:00:00", "format"),
        ("made", "2026-13-23T10:00:00Z", "format"),
        ("colour", "GREEN", "enum"),
        ("notes", {"a": 1}, "type"),
        ("weight", 1, "unknown"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(name: str, value: object, rule: str) -> None:
    given = exchange(status=200, answer=GOOD_SHELF | {name: value})
    where = f"{name}.a" if name == "notes" else name
    assert wrong(given) == {("answer", where, rule)}


def test_an_answer_with_a_status_that_nobody_told_of_is_wrong() -> None:
    assert wrong(exchange(status=409, answer={})) == {("answer", "", "status")}
    assert wrong(exchange("POST", "/shelves", query="", body={"shelves": []}, status=409)) == set()


def test_an_answer_without_content_has_no_body_and_one_with_content_has_one() -> None:
    assert wrong(exchange(status=204, answer={})) == {("answer", "", "body")}
    assert wrong(exchange(status=200)) == {("answer", "", "json")}


def test_only_answers_of_ozon_may_have_nulls_and_numbers_as_text() -> None:
    loose = GOOD_SHELF | {"id": "12", "length": None}
    assert wrong(exchange(status=200, answer=loose), "ozon") == set()
    assert wrong(exchange(status=200, answer=GOOD_SHELF | {"id": "x"}), "ozon") == {
        ("answer", "id", "format")
    }
    given = exchange("POST", "/shelves", query="", body={"shelves": [loose]})
    assert wrong(given, "ozon") == {
        ("request", "shelves[].id", "type"),
        ("request", "shelves[].length", "type"),
    }
