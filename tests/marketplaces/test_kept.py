"""The lists of kept fields, held against the marketplaces' own specifications."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cloudstock.marketplaces.anonymous import Anonymizer, Kept
from cloudstock.redaction import Redactor
from cloudstock.settings import Secret
from tests.contracts.texts import WHY_NOT, folder
from tests.marketplaces.planted import ADDRESSES, EMAILS, EVERYTHING, NAMES, PHONES, found
from tests.marketplaces.test_anonymous import KEPTS
from tests.secrets_sought import OZON_KEY, WB_SIGNATURE, YM_KEY

# Fields that hold ids of goods, orders, warehouses and pages, as a reader of the specifications
# tells them by their names.
IDS = re.compile(
    r"(?:.*_)?(?:id|ids|sku|skus|cursor|number|numbers|total|article|next)"
    r"|\w+(?:Id|Ids|ID|Sku|Token|_token|UUID)|(?:items\.)?barcodes?|vendorCode|rid|srid|techSize|wbSize"
    # Wildberries' places in lists of cards, which are moments.
    r"|updatedAt|trashedAt"
)
TITLES = re.compile(r"(?:cards|items|products?|offer|initialItems)\.(?:title|name|offerName)")

# ---------------------------------------------------------------- nothing of anybody


class Planter:
    """Makes answers of a specification, with people and secrets wherever a text may be."""

    def __init__(self, text: dict[str, Any], kept: Kept) -> None:
        self._schemas = text.get("components", {}).get("schemas", {})
        self._kept = kept
        self._turn = 0
        # How many texts were planted.
        self.planted = 0

    def value(self, schema: Any, name: str = "", parent: str = "", deep: int = 0) -> Any:
        schema = self._resolved(schema)
        if deep > 12:
            return None
        for word in ("oneOf", "anyOf"):
            if schema.get(word):
                schema = self._resolved(schema[word][0])
        kind = schema.get("type")
        if "properties" in schema or kind == "object" or "additionalProperties" in schema:
            return self._object(schema, name, deep)
        if kind == "array" or "items" in schema:
            return [self.value(schema.get("items", {}), name, parent, deep + 1) for _ in range(2)]
        if kind in ("integer", "number"):
            return 79165550137 if re.search("(?i)phone|inn$|tin$", name) else 7
        if kind == "boolean":
            return True
        return self._text(schema, name, parent)

    def _resolved(self, schema: Any) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
        if "allOf" in schema:
            merged: dict[str, Any] = {**schema, "properties": dict(schema.get("properties") or {})}
            for part in merged.pop("allOf"):
                inner = self._resolved(part)
                merged["properties"] |= inner.get("properties") or {}
                merged = {**inner, **merged}
            return merged
        return dict(schema)

    def _object(self, schema: dict[str, Any], name: str, deep: int) -> dict[str, Any]:
        members = {
            key: self.value(inner, key, name, deep + 1)
            for key, inner in (schema.get("properties") or {}).items()
        }
        # A field of tomorrow, and a map whose keys are people.
        return members | {"addedTomorrow": self._plant(), "contact": 79165550137, NAMES[0]: 1}

    def _text(self, schema: dict[str, Any], name: str, parent: str) -> str:
        if schema.get("enum"):
            return str(schema["enum"][0])
        if "date" in str(schema.get("format", "")):
            return "2026-11-29T10:00:00Z"
        harmless = {f"{parent}.{name}", name} & (self._kept.ids | self._kept.titles)
        return "A-1" if harmless else self._plant()

    def _plant(self) -> str:
        self.planted += 1
        self._turn += 1
        every = (NAMES, PHONES, ADDRESSES, EMAILS, EVERYTHING)
        return " - ".join(values[self._turn % len(values)] for values in every)


def answers(text: dict[str, Any], planter: Planter) -> Iterator[tuple[str, Any]]:
    """Yield every request and answer of a specification."""
    for path, operations in text["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "delete", "patch"):
                continue
            bodies = [operation.get("requestBody"), *operation["responses"].values()]
            for body in filter(None, bodies):
                for content in (body.get("content") or {}).values():
                    yield f"{method} {path}", planter.value(content.get("schema", {}))


@pytest.mark.skipif(folder() is None, reason=WHY_NOT)
@pytest.mark.parametrize("marketplace", sorted(KEPTS))
def test_nobody_is_found_in_any_answer_of_the_specification(marketplace: str) -> None:
    specs = folder()
    assert specs is not None
    text = json.loads((specs / f"{marketplace}.json").read_text(encoding="utf-8"))
    kept = KEPTS[marketplace]
    planter = Planter(text, kept)
    one = Anonymizer(kept, Redactor([Secret(s) for s in (OZON_KEY, WB_SIGNATURE, YM_KEY)]), b"s")
    count = 0
    for operation, answer in answers(text, planter):
        raw = json.dumps(answer, ensure_ascii=False).encode()
        assert found(json.dumps(one.body(raw), ensure_ascii=False)) == [], operation
        count += 1
    assert count > 40
    assert planter.planted > 500


@pytest.mark.parametrize("marketplace", sorted(KEPTS))
def test_what_is_kept_as_it_is_has_the_name_of_an_id_or_of_goods(marketplace: str) -> None:
    kept = KEPTS[marketplace]
    assert [name for name in sorted(kept.ids) if not IDS.fullmatch(name)] == []
    assert [name for name in sorted(kept.titles) if not TITLES.fullmatch(name)] == []
    lists = (kept.ids, kept.words, kept.titles, kept.sentences, kept.people)
    names = [name for one in lists for name in one]
    assert len(names) == len(set(names)), "a field is listed twice"
