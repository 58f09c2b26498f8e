"""What a list is made of, as data: the rows, where they come from, what may be asked of them.

`reading` turns a declaration and what is asked into SQL; the terminal, the browser and the API read
their options, forms and parameters from the same declaration. Texts are marked for translation
where they stand, and translated by whoever shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

# A value of a cell: text as it is, a number, a moment, or a part of each line of a stack.
Cell = str | int | datetime | None


class Row(Struct, frozen=True):
    """A row of a list: its fields are the names in JSON, CSV and the API.

    Each field is annotated with its SQL. What is neither text, number, yes or no, nor a moment is
    JSON in SQL: `parts: Annotated[tuple[Part, ...], "(SELECT json_group_array(...))"]`.
    """


R = TypeVar("R", bound=Row)


class Kind(StrEnum):
    """What the value of a filter is."""

    YES = "yes"
    NUMBER = "number"
    TEXT = "text"
    # One of its `choices`.
    CHOICE = "choice"
    # A date, a moment, or how long ago.
    MOMENT = "moment"
    # Words that a row must hold.
    SEARCH = "search"
    ACCOUNT = "account"
    # An article that there must be; SQL is given the product's id.
    SKU = "sku"
    # A warehouse of the seller's that there must be; SQL is given its id.
    WAREHOUSE = "warehouse"


class Filter(NamedTuple):
    """One condition that may be asked for; all that are asked for must hold."""

    # `--its-name` in the terminal, `its_name` in an address.
    name: str
    help: str
    # A condition that speaks of the value as `:name`, of several as the JSON array `:name`. Of a
    # search it holds for each word: {pattern} finds it anywhere, {word} and {end} bound what
    # begins with it.
    sql: str
    kind: Kind = Kind.YES
    several: bool = False
    required: bool = False
    choices: type[StrEnum] | None = None
    # Holds where it is not asked for.
    otherwise: str = "true"
    # It speaks of what is known after grouping.
    grouped: bool = False
    # Other tables to walk: from the few rows that hold it to the many.
    source: str = ""
    # What a group has by them; "": such pages are made of groups.
    of_one: str = ""


class Total(str):
    """SQL of what is known of a group, as the value of a key to sort by."""

    __slots__ = ()


class Column(NamedTuple, Generic[R]):
    """A column of the table."""

    # Of a field of the row, or of its parts.
    name: str
    label: str
    # What stands in it, where that is not the field itself; of a part where it is the part's.
    written: Callable[[Any], Cell] | None = None
    number: bool = False
    # Words, which go on in the next line where room is short.
    folds: bool = False
    # None means that it is unknown, and not that there is nothing.
    unknown: bool = False
    # A terminal has no room for it where the first rows say nothing there.
    seldom: bool = False
    # A terminal leaves it out where words had no room beside it.
    spare: bool = False
    # One for each part of a row.
    of_part: bool = False
    # What it means: "wrong", "notable", "good", "soft", or "" for nothing in particular.
    style: Callable[[Any], str] | None = None

    def value(self, row: Any) -> Cell:
        """Return what stands in it for a row, or for a part of one."""
        value = getattr(row, self.name) if self.written is None else self.written(row)
        return " + ".join(map(str, value)) or None if isinstance(value, tuple) else value


class Tab(NamedTuple):
    """A list that the browser offers: a name, and what it asks for."""

    label: str
    given: Mapping[str, object] = MappingProxyType({})
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class List(Generic[R]):
    """One list."""

    # In addresses, and the key of its rows in the API.
    name: str
    title: str
    row: type[R]
    # FROM; may speak of filters that are required.
    source: str
    # SQL of the terms that order the rows, and tell every two of them apart.
    order: tuple[str, ...]
    # Key -> SQL; what is unknown comes last either way.
    sorts: Mapping[str, str]
    filters: tuple[Filter, ...]
    columns: tuple[Column[R], ...]
    # What is said where there are no rows.
    empty: str
    # What a terminal tells below them; "": nothing.
    below: str = ""
    # The last in `order` comes first.
    descending: bool = False
    # Holds for every row.
    where: str = "true"
    # GROUP BY; the terms of `order` do not depend on it.
    group: str = ""
    # Where there is one: FROM of what is grouped, a row for each group, and that of what a group
    # has for one of these. Pages that are sorted are looked for by them, with no group made.
    alone: str = ""
    of_one: str = ""
    # The field whose parts get a row each where rows are flat: in tables, CSV and the terminal's
    # JSON; and a part of which there is nothing, for rows that have none.
    parts: str = ""
    no_part: Struct | None = None
    # The first is what the browser shows where nothing is asked for.
    tabs: Mapping[str, Tab] = field(default_factory=dict)
    # What keys to sort by are called that no column is of.
    sort_titles: Mapping[str, str] = field(default_factory=dict)
    # Targets must be computed before it is read.
    of_targets: bool = False

    def parts_of(self, row: R) -> tuple[Any, ...]:
        """Return the parts that get a row each where rows are flat; one that is the row itself."""
        return (getattr(row, self.parts) or (self.no_part,)) if self.parts else (row,)
