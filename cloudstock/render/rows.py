"""The rows of a list as its declaration has them: a table, CSV, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from cloudstock.language import spoken
from cloudstock.lists.declared import Column, List, R
from cloudstock.render import as_csv, as_json
from cloudstock.render.console import Styled
from cloudstock.render.text import NOTHING, UNKNOWN, when


def table(wanted: List[R], rows: Iterable[R], *, now: datetime) -> Iterator[str]:
    """Yield a table with a line for each row, and for each of its parts; `empty` for none."""
    from cloudstock.render import tables

    columns = [tables.Column(spoken(c.label), c.number, c.folds) for c in wanted.columns]
    dated = any(c.name.endswith("_at") for c in wanted.columns)
    lines = (line for row in rows for line in _lines(wanted, row))
    return tables.table(columns, lines, empty=spoken(wanted.empty), now=now if dated else None)


def _lines(wanted: List[R], row: R) -> Iterator[tuple[str, ...]]:
    # The row's own cells stand in the first of its lines.
    own = [None if c.of_part else _cell(c, row) for c in wanted.columns]
    for part in wanted.parts_of(row):
        yield tuple(
            _cell(column, part) if cell is None else cell
            for column, cell in zip(wanted.columns, own, strict=True)
        )
        own = [None if cell is None else "" for cell in own]


def _cell(column: Column[Any], row: Any) -> str:
    value = column.value(row)
    if isinstance(value, datetime):
        return when(value)
    if value is None or value == "":
        return UNKNOWN if column.unknown else NOTHING if value is None else ""
    return str(value) if column.style is None else Styled(str(value), column.style(row))


def csv(wanted: List[R], rows: Iterable[R]) -> Iterator[str]:
    """Yield CSV; what is made of several things stands in one cell."""
    return as_csv.document(
        _names(wanted), (tuple(flat.values()) for row in rows for flat in _flat(wanted, row))
    )


def json(wanted: List[R], rows: Iterable[R]) -> Iterator[str]:
    """Yield a JSON array, a row a line."""
    encode = msgspec.json.Encoder().encode
    things = (flat for row in rows for flat in _flat(wanted, row)) if wanted.parts else rows
    return as_json.array_of_written(encode(thing).decode() for thing in things)


def _names(wanted: List[R]) -> list[str]:
    names = [name for name in wanted.row.__struct_fields__ if name != wanted.parts]
    return names + list(wanted.no_part.__struct_fields__ if wanted.no_part is not None else ())


def _flat(wanted: List[R], row: R) -> Iterator[Mapping[str, object]]:
    """Yield a row as a mapping of names to values, once for each of its parts."""
    own = {name: getattr(row, name) for name in row.__struct_fields__ if name != wanted.parts}
    if not wanted.parts:
        yield own
        return
    for part in wanted.parts_of(row):
        yield own | msgspec.structs.asdict(part)
