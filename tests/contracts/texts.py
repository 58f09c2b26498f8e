"""The three specifications: where they lie, and the operation of a method and a path.

The files are OpenAPI 3.0 in JSON, `ozon.json`, `wildberries.json` and `yandex_market.json`, in a
folder that is given by `--specs`, by the variable CLOUDSTOCK_SPECS, or lies beside the checkout.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.contracts.completions import complete
from tests.contracts.schemas import FORMATS, Components, Schema

MARKETPLACES = ("ozon", "wildberries", "yandex_market")
VARIABLE = "CLOUDSTOCK_SPECS"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "specs"
METHODS = ("get", "post", "put", "patch", "delete")


def folder() -> Path | None:
    """Return where the specifications are; None where this machine has none."""
    place = Path(os.environ.get(VARIABLE) or BESIDE)
    return place if all((place / f"{name}.json").is_file() for name in MARKETPLACES) else None


WHY_NOT = f"no specifications: neither {VARIABLE} nor ../shared/specs is a folder with all three"


@dataclass(frozen=True)
class Operation:
    """One method of one marketplace's API."""

    spec: Spec = field(repr=False)
    method: str
    # As in the specification, with `{name}` parts.
    path: str
    text: Mapping[str, Any] = field(repr=False)

    @property
    def marketplace(self) -> str:
        """Whose it is."""
        return self.spec.marketplace

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What matches a path of this operation, with its parts by name."""
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))

    @cached_property
    def parameters(self) -> tuple[Schema, ...]:
        """Its parameters, references resolved."""
        return tuple(self.spec.part(p) for p in self.text.get("parameters", ()))

    @cached_property
    def request_schema(self) -> Schema | None:
        """The schema of its JSON body; None where it takes none."""
        content = self.text.get("requestBody", {}).get("content", {})
        schema: Schema | None = content.get("application/json", {}).get("schema")
        return schema

    @property
    def body_required(self) -> bool:
        """Must a body be sent?"""
        return bool(self.text.get("requestBody", {}).get("required"))

    def answer(self, status: int) -> Schema | None:
        """Return what is said of answers with this status; None where nothing is."""
        answers = self.text["responses"]
        found = answers.get(str(status), answers.get("default"))
        return None if found is None else self.spec.part(found)

    def answer_schema(self, status: int) -> Schema | None:
        """Return the schema of a JSON answer with this status; None where there is no body."""
        content = (self.answer(status) or {}).get("content", {})
        # Wildberries has problem+json, and `plain/text` with a schema.
        schemas = [kind["schema"] for kind in content.values() if "schema" in kind]
        return schemas[0] if schemas else None


class Spec:
    """One marketplace's specification."""

    def __init__(self, marketplace: str, text: Mapping[str, Any]) -> None:
        self.marketplace = marketplace
        self._text = complete(marketplace, text)
        named = self._text["components"]["schemas"]
        self.components = Components(named)
        # Ozon's text has no `nullable` at all, while its own examples are full of nulls and of
        # numbers as text: only its answers are read so, requests have to be as the text says.
        self.answers = Components(named, proto=marketplace == "ozon")
        self.operations = tuple(
            Operation(self, method.upper(), path, what)
            for path, methods in self._text["paths"].items()
            for method, what in methods.items()
            if method in METHODS
        )
        self._validators: dict[tuple[str, bool], Draft202012Validator] = {}
        # What is wrong with a body, by the id of the validator, which stays.
        self.judged: dict[tuple[int, bytes], tuple[tuple[str, str, str], ...]] = {}

    @property
    def schemas(self) -> Mapping[str, Schema]:
        """The named schemas, as in the text."""
        named: Mapping[str, Schema] = self._text["components"]["schemas"]
        return named

    def part(self, value: Schema) -> Schema:
        """Return a parameter or an answer; a reference is followed."""
        while "$ref" in value:
            found: Any = self._text
            for name in value["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            value = found
        return value

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request is for; one without `{parts}` goes first."""
        fitting = [
            o
            for o in self.operations
            if o.method == method.upper() and o.pattern.fullmatch(path) is not None
        ]
        return min(fitting, key=lambda o: o.path.count("{"), default=None)

    def validator(self, schema: Schema, *, answer: bool) -> Draft202012Validator:
        """Return a validator of an OpenAPI schema of this specification."""
        key = (json.dumps(schema, sort_keys=True), answer)
        if key not in self._validators:
            components = self.answers if answer else self.components
            self._validators[key] = Draft202012Validator(
                {**components.converted(schema), "$defs": components.defs},
                format_checker=FORMATS,
            )
        return self._validators[key]


def load(place: Path) -> dict[str, Spec]:
    """Read all three; raises OSError and ValueError for files that are not there or no JSON."""
    return {
        name: Spec(name, json.loads((place / f"{name}.json").read_text(encoding="utf-8")))
        for name in MARKETPLACES
    }
