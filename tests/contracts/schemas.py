"""OpenAPI 3.0 schemas as JSON Schemas that are closed: a field that is not named is wrong.

The marketplaces ignore unknown fields of requests, silently, so a misspelt one does nothing; and
an unknown field in an answer of the sandbox is one that nobody will ever get from the real API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from jsonschema import FormatChecker

Schema = dict[str, Any]

DEFS = "#/$defs/"
_COMPONENTS = "#/components/schemas/"
# What is kept of a schema as it is; all else is descriptions, or handled by name.
_PLAIN = (
    "type",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "uniqueItems",
    "required",
    "multipleOf",
)
# - `word` — what it means; several words may share a line.
_LINE = re.compile(r"(?:^|\s)[-*] *((?:`[^`\n]+`(?:,| или)? *)+)", re.MULTILINE)
_WORD = re.compile(r"`([^`]+)`")


class Components:
    """The named schemas of one specification.

    `proto`: values are told as proto3 JSON tells them, whatever the text says of types: what is not
    there may be null, and a 64-bit number may come as text.
    """

    def __init__(self, named: Mapping[str, Schema], *, proto: bool = False) -> None:
        self._named = named
        self._proto = proto
        # Every named schema, converted.
        self.defs: dict[str, Schema] = {
            name: self.converted(schema) for name, schema in named.items()
        }

    def converted(self, schema: Schema) -> Schema:
        """Return an OpenAPI 3.0 schema as a JSON Schema of draft 2020-12, closed."""
        if "$ref" in schema:
            # In OpenAPI 3.0 nothing beside a reference counts.
            return {"$ref": DEFS + schema["$ref"].removeprefix(_COMPONENTS)}
        if "allOf" in schema:
            schema = self.merged(schema)
        result = {k: schema[k] for k in _PLAIN if k in schema}
        if self._proto and schema.get("format") in ("int64", "uint64"):
            result["type"] = ["integer", "string"]
        if "items" in schema:
            result["items"] = self.converted(schema["items"])
        self._words(schema, result)
        if schema.get("type") == "string" and isinstance(schema.get("example"), str):
            result["examples"] = [schema["example"]]
        for word in ("oneOf", "anyOf"):
            if word in schema:
                result[word] = [self.converted(s) for s in schema[word]]
        self._exclusive(schema, result)
        self._members(schema, result)
        return _nullable(result) if schema.get("nullable") else result

    def merged(self, schema: Schema) -> Schema:
        """Return one schema that says what the parts of an `allOf` say together."""
        parts = [self.resolved(part) for part in schema["allOf"]]
        result: Schema = {}
        for part in (*parts, {k: v for k, v in schema.items() if k != "allOf"}):
            for word, value in part.items():
                if word == "properties":
                    result["properties"] = {**result.get("properties", {}), **value}
                elif word == "required":
                    result["required"] = sorted({*result.get("required", ()), *value})
                else:
                    result[word] = value
        return result

    def resolved(self, schema: Schema) -> Schema:
        """Return what a reference stands for, and the parts of an `allOf` as one."""
        while "$ref" in schema:
            schema = self._named[schema["$ref"].removeprefix(_COMPONENTS)]
        return self.merged(schema) if "allOf" in schema else schema

    def _words(self, schema: Schema, result: Schema) -> None:
        """Take the words that only a description lists for an `enum`."""
        if schema.get("type") == "array" and result.get("items") == {"type": "string"}:
            result = result["items"]
        elif schema.get("type") != "string" or schema.keys() & {"enum", "format"}:
            return
        words = listed_words(schema)
        if len(words) > 1:
            # What has no word yet is told as an empty text.
            result["enum"] = [*words, *([""] if self._proto else [])]

    def _exclusive(self, schema: Schema, result: Schema) -> None:
        for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if schema.get(word) is True:
                result[word] = result.pop(bound)

    def _members(self, schema: Schema, result: Schema) -> None:
        further = schema.get("additionalProperties")
        if "properties" in schema:
            result.setdefault("type", "object")
            result["properties"] = {k: self._member(v) for k, v in schema["properties"].items()}
            result["additionalProperties"] = False
        if isinstance(further, dict):
            result["additionalProperties"] = self.converted(further)
        elif further is not None:
            result["additionalProperties"] = further

    def _member(self, schema: Schema) -> Schema:
        converted = self.converted(schema)
        return _nullable(converted) if self._proto else converted


def listed_words(schema: Schema) -> list[str]:
    """Return the words that a description lists, as in "- `word` — what it means"."""
    lines = _LINE.findall(schema.get("description", ""))
    return list(dict.fromkeys(word for line in lines for word in _WORD.findall(line)))


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind is not None:
        kinds = [kind] if isinstance(kind, str) else kind
        also: Schema = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, "type": [*kinds, "null"], **also}
    if not schema:
        return schema
    return {"anyOf": [schema, {"type": "null"}]}


# ---------------------------------------------------------------- formats

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)


def _text(pattern: str) -> Callable[[object], bool]:
    known = re.compile(pattern)
    return lambda value: not isinstance(value, str) or known.fullmatch(value) is not None


def _whole(low: int, high: int) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        if isinstance(value, str):
            return re.fullmatch(r"-?\d+", value) is not None and low <= int(value) <= high
        return isinstance(value, bool) or not isinstance(value, int) or low <= value <= high

    return check


def _date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if _DATE_TIME.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


# The formats that the three specifications use and that say something of the value.
FORMATS = FormatChecker(formats=())
for _name, _check in (
    ("date-time", _date_time),
    ("date", _date),
    ("date-dd-MM-yyyy", _text(r"\d\d-\d\d-\d{4}")),
    ("date-dd-MM-yyyy-HH-mm-ss", _text(r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d")),
    ("int32", _whole(-(2**31), 2**31 - 1)),
    ("int64", _whole(-(2**63), 2**63 - 1)),
    ("uint32", _whole(0, 2**32 - 1)),
    ("uint64", _whole(0, 2**64 - 1)),
    ("UUID", _text(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
):
    FORMATS.checks(_name)(_check)
