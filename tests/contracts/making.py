"""Values made up by chance that are true to a schema, the odd ones before the usual ones.

`hypothesis-jsonschema` would be the package for it; its last version does not work with today's
Hypothesis, and refuses recursive schemas. The schemas here use few words, and what is made must
also make sense: no text says that a quantity is not negative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from tests.contracts.schemas import DEFS, Schema

# What no schema says and every marketplace means, by the names of fields. All else may be
# anything that its schema allows.
UNITS = re.compile(
    r"(?i)(quantity|count|amount|present|reserved|free_stock|total)$"
)  # not fewer than none, and not more than the world holds
IDS = re.compile(r"(^id|_id|Id|ID|sku|rid)$")  # counted from 1
NAMES = re.compile(r"(posting_number|order_number|offer_id|srid)$")  # not two alike
UNITS_MAX = 1_000_000
DAY_ONE = datetime(2016, 1, 1, tzinfo=UTC)
DAYS = 6000

DEPTH_MAX = 12
LONG_DEPTH_MAX = 4
NEW_WORD = "SOMETHING_NEW"
NEW_FIELD = "something_new"
TEXTS = (
    "",
    "0",
    "a",
    "Кружка",
    "Mug, large: 0.5 l",
    "  spaces  ",
    "=1+2",
    'quote " and \\ back',
    "two\nlines\tand a tab",
    "\u200b\u202e\ufeff",
    "🙂" * 3,
    "x" * 300,
)
FORMS = (
    ("date-time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    ("local", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    ("date", r"\d{4}-\d\d-\d\d"),
)
ZONES = (UTC, timezone(timedelta(hours=3)), timezone(timedelta(hours=-11, minutes=-30)))


@dataclass(frozen=True, slots=True)
class Mood:
    """How likely each odd thing is, in one answer."""

    absent: float
    null: float
    # Fields and words that no text knows.
    new_fields: float
    new_words: float
    # A 64-bit number as text, where it may come so.
    as_text: float
    # Most items of a list.
    items_max: int

    @classmethod
    def by(cls, chance: Random) -> Mood:
        """Choose one."""
        return cls(
            absent=chance.choice((0.0, 0.0, 0.1, 0.5, 1.0)),
            null=chance.choice((0.0, 0.0, 0.1, 0.5, 1.0)),
            new_fields=chance.choice((0.0, 0.0, 0.5)),
            new_words=chance.choice((0.0, 0.0, 0.2)),
            as_text=chance.choice((0.0, 0.5, 1.0)),
            items_max=chance.choice((1, 2, 3, 3, 20)),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a value something is made."""

    # As in "orders[].id".
    where: str
    # The last name of it.
    name: str
    depth: int

    def member(self, name: str) -> Place:
        """Return the place of a field."""
        return Place(f"{self.where}.{name}" if self.where else name, name, self.depth + 1)

    def item(self) -> Place:
        """Return the place of a list's items."""
        return Place(f"{self.where}[]", self.name, self.depth + 1)


class Maker:
    """Makes values of converted schemas; one seed makes one history."""

    def __init__(self, defs: Mapping[str, Schema], chance: Random) -> None:
        self._defs = defs
        self._chance = chance
        self._mood = Mood.by(chance)
        self._made = 0
        self._keep: Callable[[str], bool] = lambda where: False
        self._hints: Mapping[str, Sequence[str]] = {}

    def make(
        self,
        schema: Schema,
        *,
        keep: Callable[[str], bool] = lambda where: False,
        hints: Mapping[str, Sequence[str]] | None = None,
    ) -> Any:
        """Return a value in a mood of its own.

        `keep`: fields, as in "orders[].id", that are there and not null, whatever the mood.
        `hints`: by the name of a field, ids that somebody knows; half of its values are such.
        """
        self._mood = Mood.by(self._chance)
        self._keep = keep
        self._hints = hints or {}
        return self._value(schema, Place("", "", 0))

    def _happens(self, likely: float) -> bool:
        return likely > 0 and self._chance.random() < likely

    def _value(self, schema: Schema, place: Place) -> Any:
        while "$ref" in schema:
            schema = self._defs[schema["$ref"].removeprefix(DEFS)]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self._one_of(schema, word, place)
        kinds = schema.get("type") or self._chance.choice(("string", "integer", "boolean"))
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if "null" in kinds:
            if self._is_null(place):
                return None
            kinds.remove("null")
        if "enum" in schema:
            return self._word(schema)
        if kinds == ["integer", "string"]:
            kinds = ["string" if self._happens(self._mood.as_text) else "integer"]
            if kinds == ["string"]:
                return str(self._whole(schema, place.name))
        make: Callable[[Schema, Place], Any] = getattr(self, f"_{kinds[0]}")
        return make(schema, place)

    def _is_null(self, place: Place) -> bool:
        if self._keep(place.where):
            return False
        return place.depth > DEPTH_MAX or self._happens(self._mood.null)

    def _one_of(self, schema: Schema, word: str, place: Place) -> Any:
        """Return a value of one branch; null as often as the mood has it."""
        branches = [b for b in schema[word] if b.get("type") != "null"]
        if len(branches) < len(schema[word]) and self._is_null(place):
            return None
        branch = self._chance.choice(branches)
        rest = {k: v for k, v in schema.items() if k != word}
        if "properties" in rest and "properties" not in branch:
            # It only says which fields there have to be.
            required = sorted({*rest.get("required", ()), *branch.get("required", ())})
            return self._value({**rest, "required": required}, place)
        return self._value(branch, place)

    # ------------------------------------------------------------ kinds

    def _object(self, schema: Schema, place: Place) -> dict[str, Any]:
        members: Mapping[str, Schema] = schema.get("properties", {})
        required = schema.get("required", ())
        made = {}
        for name, part in members.items():
            there = place.member(name)
            if name in required or self._keep(there.where) or not self._is_absent(there):
                made[name] = self._value(part, there)
        further = schema.get("additionalProperties")
        if isinstance(further, dict) and further:
            made[f"key {self._next()}"] = self._value(further, place.member("key"))
        if self._happens(self._mood.new_fields):
            made[NEW_FIELD] = self._chance.choice((None, 7, "text", [], {"a": [1]}, True))
        return made

    def _is_absent(self, place: Place) -> bool:
        return place.depth > DEPTH_MAX or self._happens(self._mood.absent)

    def _array(self, schema: Schema, place: Place) -> list[Any]:
        low = schema.get("minItems", 0)
        # Long lists in long lists would be slow, and no different.
        most = min(self._mood.items_max, 20 if place.depth < LONG_DEPTH_MAX else 2)
        high = min(schema.get("maxItems", 10**6), low + most)
        count = low if place.depth > DEPTH_MAX else self._chance.randint(low, max(low, high))
        items = [self._value(schema.get("items", {}), place.item()) for _ in range(count)]
        if schema.get("uniqueItems"):
            items = [x for n, x in enumerate(items) if x not in items[:n]]
        return items

    def _string(self, schema: Schema, place: Place) -> str:
        known = self._hints.get(place.name)
        if known and self._happens(0.5):
            return self._chance.choice(known)
        form = schema.get("format") or _form(schema.get("examples", ("",))[0])
        match form:
            case "date-time":
                return self._moment()
            case "local":
                return f"{self._day():%Y-%m-%dT%H:%M:%S}"
            case "date":
                return f"{self._day():%Y-%m-%d}"
            case "date-dd-MM-yyyy":
                return f"{self._day():%d-%m-%Y}"
            case "date-dd-MM-yyyy-HH-mm-ss":
                return f"{self._day():%d-%m-%Y %H:%M:%S}"
            case "time":
                return f"{self._day():%H:%M}"
            case "UUID":
                return f"{self._chance.getrandbits(32):08x}-0000-4000-8000-000000000000"
            case "int64" | "uint64":
                return str(self._whole(schema, place.name))
        if NAMES.search(place.name):
            return f"№ {self._next()}/{self._chance.choice('abc')}"
        return self._text(schema)

    def _text(self, schema: Schema) -> str:
        text = self._chance.choice(TEXTS)
        if "pattern" in schema:
            known = re.compile(schema["pattern"])
            text = text if known.fullmatch(text) else "AB" if known.fullmatch("AB") else "art. 1"
        if len(text) < schema.get("minLength", 0):
            text += "x" * schema["minLength"]
        return text[: schema.get("maxLength", len(text))]

    def _integer(self, schema: Schema, place: Place) -> int:
        return self._whole(schema, place.name)

    def _whole(self, schema: Schema, name: str) -> int:
        known = self._hints.get(name)
        if known and self._happens(0.5):
            return int(self._chance.choice(known))
        bits = {"int32": 31, "uint32": 32}.get(schema.get("format", ""), 63)
        low = 0 if schema.get("format", "").startswith("uint") else -(2**bits)
        high = 2**bits - 1
        if UNITS.search(name):
            low, high = 0, UNITS_MAX
        elif IDS.search(name):
            # Every other is one that nothing else has.
            low = self._next() + 10**15 if high > 10**15 and self._happens(0.5) else 1
        low = max(low, schema.get("minimum", low), schema.get("exclusiveMinimum", low - 1) + 1)
        high = min(high, schema.get("maximum", high))
        low = min(low, high)
        usual = max(low, min(high, self._chance.randint(1, 10 ** self._chance.randint(1, 12))))
        return self._chance.choice((low, high, usual, usual, usual, max(low, min(high, 0))))

    def _number(self, schema: Schema, place: Place) -> float:
        name = place.name
        if UNITS.search(name) or IDS.search(name) or schema.keys() & {"minimum", "format"}:
            return self._whole(schema, name)
        low = schema.get("exclusiveMinimum", -1.5) + 0.5
        return self._chance.choice((max(0, low), max(1, low), 12.5, 99.99, 1e15, low))

    def _boolean(self, schema: Schema, place: Place) -> bool:
        del schema, place
        return self._chance.random() < 0.5

    # ------------------------------------------------------------ parts

    def _word(self, schema: Schema) -> Any:
        words = [w for w in schema["enum"] if w is not None]
        if self._happens(self._mood.new_words) and isinstance(words[0], str):
            return NEW_WORD
        return self._chance.choice(words)

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _day(self) -> datetime:
        return DAY_ONE + timedelta(seconds=self._chance.randrange(DAYS * 86_400))

    def _moment(self) -> str:
        moment = self._day()
        digits = self._chance.choice((0, 0, 3, 6, 9))
        fraction = f".{self._chance.randrange(10**digits):0{digits}}" if digits else ""
        zone = self._chance.choice(ZONES)
        text = moment.astimezone(zone).strftime(f"%Y-%m-%dT%H:%M:%S{fraction}%z")
        return text.replace("+0000", "Z") if zone is UTC else f"{text[:-2]}:{text[-2:]}"


def _form(example: str) -> str:
    """Return the format of a text that has none, by its example."""
    for form, pattern in FORMS:
        if re.fullmatch(pattern, example):
            return form
    return ""
