"""One request and its answer against the specification: what is wrong with them, and where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsonschema import ValidationError

from tests.contracts.schemas import Schema
from tests.contracts.texts import Operation, Spec

REQUEST, ANSWER = "request", "answer"
_VALUE_MAX = 80


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    # In the order of the address.
    query: tuple[tuple[str, str], ...]
    # Names in lower case.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int
    answer_headers: Mapping[str, str] = field(repr=False)
    answer: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Violation:
    """One difference between an exchange and the specification."""

    marketplace: str
    # Method and path, as in "POST /v1/returns/list".
    operation: str
    # `REQUEST` or `ANSWER`.
    side: str
    # As in "postings[].status"; "?limit" in the query, "" for the whole.
    where: str
    # The word of JSON Schema that is broken; "unknown" for a field or an operation, "status".
    rule: str
    # What was expected, and the value in short.
    message: str = field(compare=False)


def judge(spec: Spec, exchange: Exchange) -> Iterator[Violation]:
    """Yield everything in which an exchange is not as the specification says."""
    yield from judge_request(spec, exchange)
    operation = spec.operation(exchange.method, exchange.path)
    if operation is not None:
        yield from _violations(operation, ANSWER, _answer(operation, exchange))


def judge_request(spec: Spec, exchange: Exchange) -> Iterator[Violation]:
    """Yield everything in which a request is not as the specification says."""
    operation = spec.operation(exchange.method, exchange.path)
    if operation is None:
        name = f"{exchange.method} {exchange.path}"
        yield Violation(
            spec.marketplace, name, REQUEST, "", "unknown", "the specification has no such method"
        )
    else:
        yield from _violations(operation, REQUEST, _request(operation, exchange))


def _violations(operation: Operation, side: str, found: Found) -> Iterator[Violation]:
    for where, rule, message in found:
        yield Violation(operation.marketplace, str(operation), side, where, rule, message)


Found = Iterator[tuple[str, str, str]]


def _request(operation: Operation, exchange: Exchange) -> Found:
    given = operation.pattern.fullmatch(exchange.path)
    assert given is not None
    query: dict[str, list[str]] = {}
    for name, value in exchange.query:
        query.setdefault(name, []).append(value)
    values: Mapping[str, Mapping[str, Sequence[str]]] = {
        "path": {name: [value] for name, value in given.groupdict().items()},
        "query": query,
        "header": {name: [value] for name, value in exchange.headers.items()},
    }
    marks = {"path": "/", "query": "?", "header": "header "}
    for parameter in operation.parameters:
        name, place = parameter["name"], parameter["in"]
        key = name.lower() if place == "header" else name
        raw = values[place].get(key)
        if raw is None:
            if parameter.get("required"):
                yield f"{marks[place]}{name}", "required", "it is required"
            continue
        schema = operation.spec.components.resolved(parameter["schema"])
        value = _read(schema, raw)
        at = f"{marks[place]}{name}"
        yield from against(operation.spec, schema, value, answer=False, at=at)
    known = {p["name"] for p in operation.parameters if p["in"] == "query"}
    for name in query.keys() - known:
        yield f"?{name}", "unknown", f"no such parameter; there are {', '.join(sorted(known))}"
    yield from _request_body(operation, exchange)


def _request_body(operation: Operation, exchange: Exchange) -> Found:
    schema = operation.request_schema
    if schema is None:
        if exchange.body:
            yield "", "body", "it takes no body"
        return
    if not exchange.body:
        if operation.body_required:
            yield "", "required", "a body is required"
        return
    if "application/json" not in exchange.headers.get("content-type", ""):
        yield "header Content-Type", "const", "application/json is due"
    yield from _json(operation.spec, schema, exchange.body, answer=False)


def _answer(operation: Operation, exchange: Exchange) -> Found:
    if operation.answer(exchange.status) is None:
        known = ", ".join(operation.text["responses"])
        yield "", "status", f"{exchange.status} is none of {known}"
        return
    schema = operation.answer_schema(exchange.status)
    if schema is None:
        if exchange.answer and exchange.status == 204:
            yield "", "body", f"{exchange.status} has no body"
        return
    yield from _json(operation.spec, schema, exchange.answer, answer=True)


def _json(spec: Spec, schema: Schema, body: bytes, *, answer: bool) -> Found:
    # More than half of what is asked and answered comes again, word for word.
    key = (id(spec.validator(schema, answer=answer)), body)
    if key not in spec.judged:
        spec.judged[key] = tuple(_judged(spec, schema, body, answer=answer))
    yield from spec.judged[key]


def _judged(spec: Spec, schema: Schema, body: bytes, *, answer: bool) -> Found:
    try:
        value = json.loads(body)
    except ValueError:
        yield "", "json", f"JSON is due, not {_short(body.decode(errors='replace'))}"
        return
    yield from against(spec, schema, value, answer=answer)


def against(spec: Spec, schema: Schema, value: object, *, answer: bool, at: str = "") -> Found:
    """Yield where a value breaks a schema, the rule that it breaks, and what was expected."""
    for error in spec.validator(schema, answer=answer).iter_errors(value):
        for leaf in _leaves(error):
            yield from _told(leaf, at)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Where one of several forms is due, what is wrong with the one that fits best."""
    if not error.context:
        yield error
        return
    branches: dict[object, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    # Nullable things are `anyOf` with null, which is never what was meant.
    meant = [b for b in branches.values() if not _is_null_branch(b)] or list(branches.values())
    for inner in min(meant, key=len):
        yield from _leaves(inner)


def _is_null_branch(errors: list[ValidationError]) -> bool:
    return len(errors) == 1 and errors[0].validator_value == "null"


def _told(error: ValidationError, at: str) -> Found:
    where = at + _path(error.absolute_path)
    rule = str(error.validator)
    value: Any = error.instance
    match rule:
        case "additionalProperties":
            known = set(error.schema.get("properties", ()))
            for name in sorted(value.keys() - known):
                yield _under(where, name), "unknown", f"no such field, {_short(value[name])}"
        case "required":
            for name in error.validator_value:
                if name not in value:
                    yield _under(where, name), "required", "it is required"
        case _:
            due = json.dumps(error.validator_value, ensure_ascii=False)
            yield where, rule, f"{rule} {_short(due, 200)}, not {_short(value)}"


def _path(parts: Any) -> str:
    path = "".join("[]" if isinstance(p, int) else f".{p}" for p in parts)
    return path.removeprefix(".")


def _under(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _short(value: object, most: int = _VALUE_MAX) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else f"{text[:most]}…"


def _read(schema: Schema, raw: Sequence[str]) -> object:
    """Return a parameter's value as its schema wants it; text where it cannot be read so."""
    if schema.get("type") == "array":
        # Repeated or with commas: the three say neither, and take both.
        return [_scalar(schema["items"], part) for text in raw for part in text.split(",")]
    return _scalar(schema, raw[-1])


def _scalar(schema: Schema, text: str) -> object:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return text
