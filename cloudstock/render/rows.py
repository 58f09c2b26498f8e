"""The rows of a list as its declaration has them: a table, CSV, JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

import msgspec
from msgspec.structs import asdict, astuple

from cloudstock.language import spoken
from cloudstock.lists.declared import Column, List, R
from cloudstock.render import as_csv, as_json
from cloudstock.render.console import Styled
from cloudstock.render.text import NOTHING, UNKNOWN, when, whole
from cloudstock.sheets.form import Form


def table(wanted: List[R], rows: Iterable[R], *, now: datetime) -> Iterator[str]:
    """Yield a table with a line for each row, and for each of its parts; `empty` for none."""
    from cloudstock.render import tables

    source = iter(rows)
    first = list(islice(source, tables.BLOCK))
    shown = [c for c in wanted.columns if not c.seldom or any(map(c.value, first))]
    columns = [tables.Column(spoken(c.label), c.number, c.folds, spare=c.spare) for c in shown]
    dated = any(c.name.endswith("_at") for c in shown)
    lines = (line for row in chain(first, source) for line in _lines(wanted, shown, row))
    yield from tables.table(columns, lines, empty=spoken(wanted.empty), now=now if dated else None)
    if wanted.below and first:
        yield spoken(wanted.below) + "\n"


def _lines(wanted: List[R], columns: Sequence[Column[R]], row: R) -> Iterator[tuple[str, ...]]:
    # The row's own cells stand in the first of its lines.
    own = [None if c.of_part else _cell(c, row) for c in columns]
    for part in wanted.parts_of(row):
        yield tuple(
            _cell(column, part) if cell is None else cell
            for column, cell in zip(columns, own, strict=True)
        )
        own = [None if cell is None else "" for cell in own]


def _cell(column: Column[Any], row: Any) -> str:
    value = column.value(row)
    if isinstance(value, datetime):
        return when(value)
    if value is None or value == "":
        return UNKNOWN if column.unknown else NOTHING if value is None else ""
    if column.number and isinstance(value, int):
        value = whole(value)
    return str(value) if column.style is None else Styled(str(value), column.style(row))


# Columns of one answer beyond those of its list.
More = Mapping[str, Callable[[R], object]]


def csv(
    wanted: List[R],
    rows: Iterable[R],
    form: Form,
    more: More[R] | None = None,
    *,
    to_file: bool = False,
) -> Iterator[str]:
    """Yield CSV; what is made of several things stands in one cell. See `as_csv.document`."""
    names = [name for name in wanted.row.__struct_fields__ if name != wanted.parts]
    if wanted.no_part is not None:
        names += wanted.no_part.__struct_fields__
    lines: Iterable[tuple[object, ...]] = map(astuple, rows)
    if wanted.parts or more or form is Form.EXCEL:
        words = form is Form.EXCEL
        lines = (tuple(flat.values()) for flat in _flat(wanted, rows, more or {}, words=words))
    return as_csv.document([*names, *(more or ())], lines, form, to_file=to_file)


def json(wanted: List[R], rows: Iterable[R], more: More[R] | None = None) -> Iterator[str]:
    """Yield a JSON array, a row a line."""
    encode = msgspec.json.Encoder().encode
    things = _flat(wanted, rows, more or {}) if wanted.parts or more else rows
    return as_json.array(encode(thing).decode() for thing in things)


def _flat(
    wanted: List[R], rows: Iterable[R], more: More[R], *, words: bool = False
) -> Iterator[Mapping[str, object]]:
    """Yield rows as mappings of names to values, one for each of a row's parts.

    `words`: what the table has words for is in its words.
    """
    names = [name for name in wanted.row.__struct_fields__ if name != wanted.parts]
    worded = [c for c in wanted.columns if words and c.written is not None]
    of_row = [c for c in worded if not c.of_part and c.name in names]
    of_part = [c for c in worded if c.of_part]
    for row in rows:
        own = {name: getattr(row, name) for name in names}
        # Numbers stay numbers.
        own |= {c.name: c.value(row) for c in of_row if type(own[c.name]) is not int}
        beyond = {name: value(row) for name, value in more.items()}
        if not wanted.parts:
            yield own | beyond
            continue
        for part in wanted.parts_of(row):
            yield own | asdict(part) | {c.name: c.value(part) for c in of_part} | beyond
