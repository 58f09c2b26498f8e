"""Made-up answers go through the adapters."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.contracts.feeding import Feeder, _smaller, _without
from tests.contracts.needed import NEEDED, REFUSED
from tests.contracts.texts import Spec


def test_what_is_true_to_the_schemas_is_read(specs: Mapping[str, Spec]) -> None:
    feeder = Feeder(specs, seed=11)
    try:
        feeder.feed(8)
        feeder.look_for_needs()
    finally:
        feeder.close()
    assert dict(feeder.complaints) == {}
    assert feeder.needless() == []
    assert len(feeder.fed) > 40


@pytest.mark.parametrize(
    ("path", "there", "left"),
    [
        ("rows", True, {"more": True}),
        ("rows[].id", True, {"rows": [{}, {"id": 2}], "more": True}),
        ("rows[].name", False, {"rows": [{"id": 1}, {"id": 2}], "more": True}),
        ("lines[].id", False, {"rows": [{"id": 1}, {"id": 2}], "more": True}),
    ],
)
def test_a_field_is_taken_away(path: str, there: bool, left: object) -> None:
    value = {"rows": [{"id": 1}, {"id": 2}], "more": True}
    assert _without(value, path.split(".")) is there
    assert value == left


def test_a_field_of_a_bare_list_is_taken_away() -> None:
    value = [{"id": 1}, {"id": 2}]
    assert _without(value, ["[]", "id"])
    assert value == [{}, {"id": 2}]


def test_smaller_values_have_one_part_less() -> None:
    smaller = list(_smaller({"a": [1, 2], "b": {"c": 3}}))
    assert smaller[0] == {"b": {"c": 3}}
    assert {"a": [2], "b": {"c": 3}} in smaller
    assert {"a": [1, 2], "b": {}} in smaller
    assert len(smaller) == 5


def test_every_exception_has_a_reason() -> None:
    assert all(len(row.reason) > 20 for row in (*NEEDED, *REFUSED))
