"""The OpenAPI document of `/api/v1`, and the page that shows it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloudstock import __version__
from cloudstock.language import filled, in_use, mark, spoken
from cloudstock.web import api_types as t
from cloudstock.web import pages
from cloudstock.web.api import OPERATIONS, Operation, Query
from cloudstock.web.replies import json_reply

REFERENCE = "#/components/schemas/{name}"

_KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "integer", "minimum": 0},
    "yes": {"type": "boolean"},
}

# Where something is said.
SAYS = ("description", "summary")

# What every request may be answered instead.
_TROUBLES = {
    "400": mark("the address or the JSON cannot be read"),
    "401": mark("no password or token, or a wrong one"),
    "403": mark("asked by another site's page, or without its token"),
    "413": mark("longer than 1 MiB"),
    "422": mark("it cannot be done; nothing was changed"),
    "429": mark("too many wrong passwords"),
    "503": mark("the database is in use or cannot be opened; try again"),
}


def document() -> dict[str, Any]:
    """Return the document, made of the types that requests are read by and answers written by.

    What it says stands in the language in use.
    """
    return _document(in_use())


@cache
def _document(_language: str) -> dict[str, Any]:
    types = [o.answer for o in OPERATIONS] + [o.body for o in OPERATIONS if o.body] + [t.Failed]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation, by_type)
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "cloudstock",
            "version": __version__,
            "description": mark(
                "One physical stock on Ozon, Wildberries and Yandex.Market: what the database"
                " knows, and what a person may do to it. Moments are UTC; null is unknown, never"
                " zero."
            ),
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": mark("web.token of the configuration"),
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": mark("any user name, and the password"),
                },
            },
        },
    }
    return {name: _spoken(part) for name, part in made.items()}


def _spoken(part: Any) -> Any:
    """Return a part of the document with what it says in the language in use."""
    if isinstance(part, list):
        return [_spoken(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: "\n\n".join(map(spoken, paragraphs(of)))
        if name in SAYS and isinstance(of, str)
        else _spoken(of)
        for name, of in part.items()
    }


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring, each in one line, as catalogues have them."""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def _described(operation: Operation, schemas: dict[type, Any]) -> dict[str, Any]:
    answer = {"application/json": {"schema": schemas[operation.answer]}}
    failed = {"application/json": {"schema": schemas[t.Failed]}}
    troubles = dict(_TROUBLES)
    if operation.body is t.SyncRequest:
        troubles["409"] = mark("a round is at work already")
    described: dict[str, Any] = {
        "operationId": operation.endpoint.__name__,
        "summary": operation.title,
        "responses": {
            str(operation.status): {"description": mark("done"), "content": answer},
            **{s: {"description": why, "content": failed} for s, why in sorted(troubles.items())},
        },
    }
    if operation.query:
        described["parameters"] = [_parameter(q) for q in operation.query]
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[operation.body]}},
        }
    return described


def _parameter(query: Query) -> dict[str, Any]:
    schema = _KINDS[query.kind] | ({"enum": list(query.choices)} if query.choices else {})
    return {
        "name": query.name,
        "in": "query",
        "required": query.required,
        "description": filled(spoken(query.help), query.facts),
        "schema": {"type": "array", "items": schema} if query.several else schema,
    }


def document_json(_request: Request) -> Response:
    """The document."""
    return json_reply(document())


def page(request: Request) -> Response:
    """Show the document as a page of our own."""
    description = document()
    operations = [
        {
            "method": method.upper(),
            "path": f"/api/v1{path}",
            "title": described["summary"],
            "parameters": described.get("parameters", ()),
            "body": _body_text(described, description),
            "answer": _name(next(iter(described["responses"].values()))["content"]),
        }
        for path, methods in description["paths"].items()
        for method, described in methods.items()
    ]
    schemas = {
        name: json.dumps(schema, indent=2, ensure_ascii=False)
        for name, schema in sorted(description["components"]["schemas"].items())
    }
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return pages.filled(request, "api.html", operations=operations, schemas=schemas, origin=origin)


def _body_text(described: dict[str, Any], description: dict[str, Any]) -> str | None:
    if "requestBody" not in described:
        return None
    name = _name(described["requestBody"]["content"])
    return json.dumps(description["components"]["schemas"][name], indent=2, ensure_ascii=False)


def _name(content: dict[str, Any]) -> str:
    return str(content["application/json"]["schema"]["$ref"]).rpartition("/")[2]


ROUTES = [Route("/api", page), Route("/api/v1/openapi.json", document_json)]
