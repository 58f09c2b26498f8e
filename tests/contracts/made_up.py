"""A specification of three methods, made up, for tests of what judges by specifications."""

from __future__ import annotations

import json
from typing import Any

from tests.contracts.judge import Exchange
from tests.contracts.texts import Spec

_SHELF = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "kind": {"type": "string", "enum": ["WOOD", "STEEL"]},
        "state": {"type": "string", "description": "State:\n- `new` — new;\n- `old` или `done`."},
        "made": {"type": "string", "format": "date-time", "nullable": True},
        "colour": {"allOf": [{"$ref": "#/components/schemas/Colour"}], "nullable": True},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        "open": {"type": "object"},
    },
}
_TEXT: dict[str, Any] = {
    "paths": {
        "/shelves/{shelf}": {
            "get": {
                "parameters": [
                    {
                        "name": "shelf",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer"},
                    },
                    {"$ref": "#/components/parameters/Limit"},
                    {
                        "name": "ids",
                        "in": "query",
                        "schema": {"type": "array", "maxItems": 2, "items": {"type": "integer"}},
                    },
                    {"name": "Key", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/LongShelf"}
                            }
                        }
                    },
                    "204": {},
                },
            }
        },
        "/shelves/first": {"get": {"responses": {"204": {}}}},
        "/shelves": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["shelves"],
                                "properties": {
                                    "shelves": {
                                        "type": "array",
                                        "maxItems": 2,
                                        "items": {"$ref": "#/components/schemas/LongShelf"},
                                    },
                                    "size": {
                                        "type": "integer",
                                        "minimum": 0,
                                        "exclusiveMinimum": True,
                                        "maximum": 100,
                                    },
                                },
                            }
                        }
                    },
                },
                "responses": {"default": {}},
            }
        },
    },
    "components": {
        "parameters": {
            "Limit": {
                "name": "limit",
                "in": "query",
                "required": True,
                "schema": {"type": "integer", "minimum": 1, "maximum": 50},
            }
        },
        "schemas": {
            "Colour": {"type": "string", "enum": ["RED", "BLUE"]},
            "Shelf": _SHELF,
            "LongShelf": {
                "allOf": [
                    {"$ref": "#/components/schemas/Shelf"},
                    {"type": "object", "properties": {"length": {"type": "number"}}},
                ]
            },
        },
    },
}


def spec(marketplace: str = "wildberries") -> Spec:
    """Return it; the marketplace decides what is peculiar to one."""
    return Spec(marketplace, _TEXT)


def exchange(
    method: str = "GET",
    path: str = "/shelves/7",
    *,
    query: str = "limit=5",
    body: object = None,
    status: int = 204,
    answer: object = None,
    **headers: str,
) -> Exchange:
    """Return an exchange in which nothing is wrong unless a test says so."""
    return Exchange(
        method,
        path,
        tuple(
            (name, value)
            for name, _, value in (part.partition("=") for part in query.split("&") if part)
        ),
        {"key": "k", "content-type": "application/json"} | headers,
        b"" if body is None else json.dumps(body).encode(),
        status,
        {},
        b"" if answer is None else json.dumps(answer).encode(),
    )
