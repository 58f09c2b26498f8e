"""Reads lists: what is asked of a declaration becomes SQL here, and nowhere else.

Rows come straight from SQLite, so that a million need no memory. A page begins after the last row
of the one before it (or ends before its first), so that the thousandth costs what the first does.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Generic, NamedTuple, get_args, get_type_hints

import msgspec

from cloudstock.domain.texts import is_fit
from cloudstock.domain.warehouses import MAIN
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.lists.declared import Filter, Kind, List, R, Row, Total
from cloudstock.store.times import from_iso, to_iso
from cloudstock.store.views import product_id

# Words of a search beyond these narrow nothing that a person could have meant.
WORDS_MAX = 8
WORD_LENGTH_MAX = 100
# Above every character that a barcode or an article may hold.
LAST = "\U0010ffff"
# Moments that are kept, to be made once: a push and a reading give thousands of rows the same.
MOMENTS_KEPT = 1024

Given = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """A part of a list, and where to go on from it."""

    rows: tuple[R, ...]
    # What `after` is given for the rows after these, `before` for those before; None: there are
    # none.
    next: str | None
    previous: str | None


class NoSuchPage(UsageProblem):
    """A place in a list that none of our pages has named."""


def rows(
    connection: sqlite3.Connection,
    wanted: List[R],
    given: Given | None = None,
    *,
    sort: str = "",
    limit: int = 0,
    offset: int = 0,
) -> Iterator[R]:
    """Yield the rows for which all that is given holds.

    `sort`: a key of the list, with a minus from the end; "": its own order. `limit`: 0 is none.

    Raises `UsageProblem` where a filter names a product or a warehouse that there is not.
    """
    query = _Query(connection, wanted, given or {})
    for values in query.read(_order(wanted, sort), limit, offset):
        yield query.row(values)


def page(
    connection: sqlite3.Connection,
    wanted: List[R],
    given: Given | None = None,
    *,
    sort: str = "",
    limit: int,
    after: str | None = None,
    before: str | None = None,
) -> Page[R]:
    """Return a page: the first, or the one after or before a place that another page named.

    Raises `NoSuchPage` for a place of no page, else as `rows` does.
    """
    query = _Query(connection, wanted, given or {})
    order = _order(wanted, sort)
    backwards = before is not None and after is None
    if backwards:
        order = [term.reversed() for term in order]
    place = before if backwards else after
    if place is not None:
        query.go_on(order, _values(place, len(order)))
    lines = list(query.read(order, limit + 1, 0))
    more = len(lines) > limit
    del lines[limit:]
    if backwards:
        lines.reverse()
    ends = [_place(values[len(query.fields) :]) for values in (lines[:1] + lines[-1:])]
    further = place is not None and bool(lines)
    return Page(
        tuple(query.row(values) for values in lines),
        next=ends[-1] if (further if backwards else more) else None,
        previous=ends[0] if (more if backwards else further) else None,
    )


def count(connection: sqlite3.Connection, wanted: List[R], given: Given | None = None) -> int:
    """Return how many rows there are for which all that is given holds."""
    query = _Query(connection, wanted, given or {})
    return int(query.execute(f"SELECT count(*) FROM (SELECT 1 {query.from_where()})").fetchone()[0])


# ---------------------------------------------------------------- columns


class _Field(NamedTuple):
    """A field of a row: its SQL, and what makes its value of SQL's; None: it is the same."""

    sql: str
    value: Callable[[Any], Any] | None


@cache
def _fields(kind: type[Row]) -> dict[str, _Field]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        name: _Field(hints[name].__metadata__[0], _reader(hints[name].__origin__))
        for name in kind.__struct_fields__
    }


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    members = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    (kind,) = (k for k in members if k is not NoneType)
    if kind in (str, int, float):
        return None
    if kind is bool:
        return bool
    if kind is datetime:
        return lru_cache(MOMENTS_KEPT)(from_iso)
    return msgspec.json.Decoder(kind).decode


# ---------------------------------------------------------------- order and places


class _Term(NamedTuple):
    """A term of ORDER BY."""

    sql: str
    descending: bool = False

    def reversed(self) -> _Term:
        return _Term(self.sql, not self.descending)

    def __str__(self) -> str:
        return f"{self.sql}{' DESC' if self.descending else ''}"


def _order(wanted: List[R], sort: str) -> list[_Term]:
    """Return the terms of an order, which is complete; unknown comes last."""
    key = sort.removeprefix("-")
    if not key or wanted.sorts[key] == wanted.order[0]:
        # Then there is an index for it.
        descending = sort.startswith("-") if key else wanted.descending
        return [_Term(sql, descending) for sql in wanted.order]
    sql = wanted.sorts[key]
    own = [_Term(term, wanted.descending) for term in wanted.order]
    return [_Term(f"(({sql}) IS NULL)"), _Term(sql, sort.startswith("-")), *own]


def _place(values: Sequence[object]) -> str:
    """Return the place of a row, as an address carries it."""
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _values(place: str, terms: int) -> list[Any]:
    try:
        values = json.loads(urlsafe_b64decode(place.encode() + b"=" * (-len(place) % 4)))
    except (NotBase64, UnicodeError, ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != terms
        or not all(v is None or isinstance(v, str | int | float) for v in values)
        or not all(is_fit(v) for v in values if isinstance(v, str))
        or not all(isfinite(v) for v in values if isinstance(v, float))
        or any(isinstance(v, int) and abs(v) >= 2**63 for v in values)
    ):
        raise NoSuchPage(tr("there is no such page of the list"))
    return values


# ---------------------------------------------------------------- the question


class _Query(Generic[R]):
    """A question, as it becomes SQL."""

    def __init__(self, connection: sqlite3.Connection, wanted: List[R], given: Given) -> None:
        self._connection = connection
        self._wanted = wanted
        self._source, self._of_one = wanted.source, wanted.of_one
        self._where = [wanted.where]
        self._having = list[str]()
        self._bound = dict[str, object]()
        self.fields = _fields(wanted.row)
        self._read = [(i, f.value) for i, f in enumerate(self.fields.values()) if f.value]
        unknown = given.keys() - {f.name for f in wanted.filters}
        assert not unknown, f"{wanted.name} has no filter {unknown}"
        for one in wanted.filters:
            value = given.get(one.name)
            if value is None or value is False or value in ("", (), []):
                (self._having if one.grouped else self._where).append(one.otherwise)
            else:
                self._narrow(one, value)

    def _narrow(self, one: Filter, value: Any) -> None:
        if one.source and self._source == self._wanted.source:
            self._source, self._of_one = one.source, one.of_one
        conditions = self._having if one.grouped else self._where
        if one.kind is Kind.SEARCH:
            conditions += self._words(one, value)
            return
        conditions.append(one.sql)
        if one.several:
            self._bound[one.name] = json.dumps([self._value(one, v) for v in value])
        elif one.kind is not Kind.YES:
            self._bound[one.name] = self._value(one, value)

    def _value(self, one: Filter, value: Any) -> object:
        match one.kind:
            case Kind.SKU:
                return product_id(self._connection, value)
            case Kind.WAREHOUSE:
                return _warehouse_id(self._connection, value)
            case Kind.MOMENT:
                return to_iso(value)
            case _:
                return value

    def _words(self, one: Filter, value: str) -> Iterator[str]:
        for number, word in enumerate(value.split()[:WORDS_MAX]):
            cut = word[:WORD_LENGTH_MAX]
            names = {name: f"{name}{number}" for name in ("pattern", "word", "end")}
            self._bound |= zip(names.values(), (anywhere(cut), cut, cut + LAST), strict=True)
            yield one.sql.format_map({name: f":{bound}" for name, bound in names.items()})

    def go_on(self, order: Sequence[_Term], values: Sequence[Any]) -> None:
        """Leave out everything up to the row that has these values."""
        names = [f"place{n}" for n in range(len(values))]
        self._bound |= zip(names, values, strict=True)
        if len(order) == len(self._wanted.order):
            self._where += _beyond(order, names, values)
        else:
            grouped = self._wanted.group and (
                not self._wanted.alone or isinstance(order[1].sql, Total)
            )
            (self._having if grouped else self._where).append(_beyond_mixed(order, names))

    def from_where(self, *further: str) -> str:
        """Return FROM and what follows it, up to the order, with further conditions."""
        grouping = ""
        if self._wanted.group:
            grouping = (
                f" GROUP BY {self._wanted.group} HAVING {' AND '.join(self._having or ['true'])}"
            )
        return f"FROM {self._source} WHERE {' AND '.join([*further, *self._where])}{grouping}"

    def read(self, order: Sequence[_Term], limit: int, offset: int) -> Iterator[tuple[Any, ...]]:
        """Return the values of the fields, and those of the order's terms after them."""
        columns = [*(f"{f.sql} AS {name}" for name, f in self.fields.items())]
        columns += [term.sql for term in order]
        ordered = f" ORDER BY {', '.join(map(str, order))}"
        part = f"{ordered} LIMIT {limit or -1} OFFSET {offset}"
        where = self.from_where()
        own = ", ".join(self._wanted.order)
        sorted_here = len(order) > len(self._wanted.order) or self._source != self._wanted.source
        if limit and (sorted_here or set(self._having) - {"true"}):
            # What tells rows apart is sorted, and groups are narrowed by what narrows them; whole
            # rows are made of those on the page only.
            if self._of_one:
                where = self._of_alone(order)
                part = f" LIMIT {limit} OFFSET {offset}"
            where = self.from_where(f"({own}) IN (SELECT {own} {where}{part})")
            part = ordered
        return self.execute(f"SELECT {', '.join(columns)} {where}{part}")

    def _of_alone(self, order: Sequence[_Term]) -> str:
        """Return the same up to the limit, of what is grouped, without its groups."""

        def alone(sql: str) -> str:
            return f"(SELECT {sql} FROM {self._of_one})"

        terms = [
            str(_Term(alone(t.sql) if isinstance(t.sql, Total) else t.sql, t.descending))
            for t in order
        ]
        if len(order) > len(self._wanted.order):
            # Told apart by one look at the value, not by two.
            _, value, *own = terms
            ends = "FIRST" if order[0].descending else "LAST"
            terms = [f"{value} NULLS {ends}", *own]
        conditions = [*self._where, *(alone(sql) for sql in self._having if sql != "true")]
        return (
            f"FROM {self._wanted.alone} WHERE {' AND '.join(conditions)}"
            f" ORDER BY {', '.join(terms)}"
        )

    def execute(self, sql: str) -> sqlite3.Cursor:
        cursor = self._connection.cursor()
        # There may be millions.
        cursor.row_factory = None
        return cursor.execute(sql, self._bound)

    def row(self, values: Sequence[Any]) -> R:
        """Return the row of values that `read` returned."""
        own = list(values[: len(self.fields)])
        for place, made in self._read:
            own[place] = made(own[place])
        return self._wanted.row(*own)


def _beyond(order: Sequence[_Term], names: Sequence[str], values: Sequence[Any]) -> Iterator[str]:
    """Yield conditions for rows after one in a list's own order, of one direction and no NULL."""
    way = "<" if order[0].descending else ">"
    terms, places = ", ".join(t.sql for t in order), ", ".join(f":{n}" for n in names)
    yield f"({terms}) {way} ({places})"
    # The same, less exactly, for an index of the first table, and of the one that is walked for
    # each of its rows.
    yield f"{order[0].sql} {way}= :{names[0]}"
    if len(order) > 1:
        # Above every text and number is a blob.
        least = "''" if isinstance(values[1], str) else str(-(2**63))
        end = "x''" if order[0].descending else least
        yield f"{order[1].sql} {way}= iif({order[0].sql} = :{names[0]}, :{names[1]}, {end})"


def _beyond_mixed(order: Sequence[_Term], names: Sequence[str]) -> str:
    """Return the condition for rows after one, where terms have directions of their own."""
    cases = []
    for n, (term, name) in enumerate(zip(order, names, strict=True)):
        same = [f"{t.sql} IS :{x}" for t, x in zip(order[:n], names[:n], strict=True)]
        cases.append(" AND ".join([*same, f"{term.sql} {'<' if term.descending else '>'} :{name}"]))
    return f"({' OR '.join(f'({case})' for case in cases)})"


def _warehouse_id(connection: sqlite3.Connection, name: str) -> int:
    ids = {str(r[1]): int(r[0]) for r in connection.execute("SELECT id, name FROM warehouse")}
    # There is one, whether or not anything was ever in it.
    ids.setdefault(MAIN, -1)
    if name not in ids:
        raise UsageProblem(
            tr(
                "there is no warehouse {name!r}; known: {warehouses}",
                name=name,
                warehouses=", ".join(sorted(ids)),
            )
        )
    return ids[name]


def anywhere(word: str) -> str:
    """Return the GLOB pattern of what holds a word, in capitals or not.

    SQLite's own LIKE knows capitals of Latin letters only, and a function of ours is ten times as
    slow.
    """
    return f"*{''.join(map(_either_case, word))}*"


def _either_case(character: str) -> str:
    cases = {character, character.lower(), character.upper()}
    both = "".join(sorted(c for c in cases if len(c) == 1))
    # In brackets what a pattern would obey is itself.
    return f"[{both}]" if len(both) > 1 or both in "*?[" else both
