"""Made-up values are true to their schemas, and odd in every way that a schema allows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest

from tests.contracts.judge import against
from tests.contracts.made_up import spec
from tests.contracts.making import NEW_FIELD, NEW_WORD, Maker
from tests.contracts.texts import Spec

SHELF = {"$ref": "#/components/schemas/LongShelf"}
SHELVES = {"type": "object", "properties": {"shelves": {"type": "array", "items": SHELF}}}


def made(own: Spec, schema: dict[str, Any], times: int, **how: Any) -> Iterator[Any]:
    maker = Maker(own.answers.defs, Random(1))
    for _ in range(times):
        yield maker.make(own.answers.converted(schema), **how)


def wrong(own: Spec, schema: dict[str, Any], value: object) -> list[tuple[str, str]]:
    """What is not true to the schema, new fields and new words aside."""
    return [
        (where, rule)
        for where, rule, message in against(own, schema, value, answer=True)
        if NEW_FIELD not in where and NEW_WORD not in message
    ]


@pytest.mark.parametrize("marketplace", ["ozon", "wildberries"])
def test_values_are_true_to_their_schema(marketplace: str) -> None:
    own = spec(marketplace)
    for value in made(own, SHELVES, 200):
        assert wrong(own, SHELVES, value) == [], value


def test_values_are_odd() -> None:
    rows = [row for value in made(spec("ozon"), SHELVES, 200) for row in value.get("shelves") or ()]
    assert any("kind" not in row for row in rows)
    assert any(NEW_FIELD in row for row in rows)
    for name, odd in (
        ("kind", NEW_WORD),
        ("made", None),
        ("colour", None),
        ("id", 2**63 - 1),
        ("id", str(2**63 - 1)),
    ):
        assert any(row.get(name, "") == odd for row in rows), (name, odd)


def test_what_is_kept_is_there() -> None:
    kept = {"shelves", "shelves[].kind", "shelves[].colour"}
    rows = 0
    for value in made(spec("ozon"), SHELVES, 100, keep=kept.__contains__):
        for row in value["shelves"]:
            assert None not in (row["kind"], row["colour"])
            rows += 1
    assert rows > 100


def test_known_ids_are_used() -> None:
    ids = {
        str(row.get("id"))
        for value in made(spec(), SHELVES, 50, hints={"id": ["41", "42"]})
        for row in value.get("shelves", ())
    }
    assert {"41", "42"} < ids


def test_one_seed_makes_one_history() -> None:
    assert list(made(spec(), SHELVES, 20)) == list(made(spec(), SHELVES, 20))


def test_answers_of_every_method_can_be_made(specs: Mapping[str, Spec]) -> None:
    for own in specs.values():
        for operation in own.operations:
            schema = operation.answer_schema(200)
            if schema is not None:
                for value in made(own, schema, 4):
                    assert wrong(own, schema, value) == [], json.dumps(value)
