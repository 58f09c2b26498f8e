"""What the specifications leave out and other parts of them, or their examples, tell.

Each with the reason why it may be taken from there. Everything else is as it is written.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Completion:
    """A part of a specification that is replaced, unless the text has come to say it itself."""

    marketplace: str
    # Keys from the document's root to the part.
    where: tuple[str, ...]
    part: Mapping[str, Any]
    reason: str


_SCHEMAS = ("components", "schemas")
_IDS = "the text says a list; the request's example has strings in it"

_RESHIPMENT = (
    *("paths", "/api/v3/supplies/orders/reshipment", "get", "responses", "200"),
    *("content", "application/json", "schema", "properties", "orders", "items", "properties"),
)

COMPLETIONS = (
    Completion(
        "ozon",
        (*_SCHEMAS, "posting.v4.PostingFbsListResponse", "properties", "postings"),
        {
            "type": "array",
            "items": {
                "allOf": [
                    {
                        "$ref": "#/components/schemas/"
                        "posting.v4.PostingFbsUnfulfilledListResponse.Postings"
                    },
                    # Of those that are not fulfilled only some words are listed.
                    {"properties": {"status": {"type": "string"}}},
                ]
            },
        },
        "the text calls it a list and no more; its example's rows are those of unfulfilled/list",
    ),
    Completion(
        "ozon",
        (*_SCHEMAS, "productv3GetProductListResponseResult", "properties", "items"),
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "archived": {"type": "boolean"},
                    "has_fbo_stocks": {"type": "boolean"},
                    "has_fbs_stocks": {"type": "boolean"},
                    "is_discounted": {"type": "boolean"},
                    "offer_id": {"type": "string"},
                    "product_id": {"type": "integer", "format": "int64"},
                    "quants": {"type": "array", "items": {"type": "object"}},
                    "sku": {"type": "integer", "format": "int64"},
                },
            },
        },
        "the text calls it a list and no more; rows as in the answer's example",
    ),
    *(
        Completion(
            "ozon",
            (*_SCHEMAS, schema, "properties", name),
            {"type": "array", "items": {"type": "string"}, **bounds},
            _IDS,
        )
        for schema, names, bounds in (
            (
                "productv3GetProductListRequestFilter",
                ("offer_id", "product_id", "skus"),
                {"minItems": 1, "maxItems": 1000},
            ),
            ("productv4Filter", ("offer_id", "product_id"), {"maxItems": 1000}),
        )
        for name in names
    ),
    Completion(
        "wildberries",
        (*_RESHIPMENT, "orderID"),
        {"type": "integer", "format": "int64"},
        "the text gives no type; a number in the example, as the same id is everywhere else",
    ),
    Completion(
        "wildberries",
        (*_RESHIPMENT, "supplyID"),
        {"type": "string"},
        "the text gives no type; a text in the example",
    ),
)


def complete(marketplace: str, text: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a copy of a specification with its gaps filled."""
    filled = copy.deepcopy(dict(text))
    for completion in COMPLETIONS:
        if completion.marketplace != marketplace:
            continue
        part: Any = filled
        for key in completion.where:
            part = part.get(key, {})
        if not {"type", "items", "$ref", "allOf"} & part.keys():
            part.update(completion.part)
    return filled
