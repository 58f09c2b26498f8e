"""What a user says of a file: on the command line, at a terminal's question, or once as a source.

Each is declared here once; the options of `import-stock` and the keys under `sources:` are made of
these declarations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from cloudstock.config import keys as config_keys
from cloudstock.config.keys import ListOf, MapOf, keys_of
from cloudstock.config.types import JUST_NUMBERS, JUST_TEXT, TEXT, YES_NO, Type, choice, whole
from cloudstock.domain import grammar
from cloudstock.language import mark, spoken, tr
from cloudstock.sheets.layout.records import Role

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
SKIP = "skip"
# In place of a word or a warehouse: all others; of a sheet: all that have the same titles.
OTHERS = "*"
UPDATABLE = ("names", "barcodes", "buffers", "minimums")
# A workbook has no more.
ROWS_MAX = 1_048_576
# The options that are not called as their keys are.
OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"columns": "--map", "words": "--word", "warehouses": "--map-warehouse"}
)


def _units_or(*words: str) -> Type[str]:
    """Units, or one of a few words; as text."""

    def parse(text: str) -> str:
        if text not in words and grammar.units(text) is None:
            raise ValueError
        return text

    return Type(
        lambda: tr("a number of units, or {words}", words=tr(" or ").join(words)),
        f"[0-9]+|{'|'.join(map(re.escape, words))}",
        parse,
        JUST_NUMBERS | JUST_TEXT,
        quotable=False,
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """How a file is read; nothing said: only what has one reading is taken."""

    # Role of a column -> its title, "title / title" of a header of two rows, or its letter.
    columns: Mapping[str, str] = config_keys.key(
        MapOf(choice(*Role), TEXT, mark("columns")),
        NOTHING,
        "which column of the file is which, by its title or its letter",
        example="{sku: Артикул, quantity: Доступно}",
    )
    sheet: str | None = config_keys.key(
        TEXT,
        None,
        "the sheet to read, where a workbook has several; * is all of them as one table, where"
        " their titles are the same",
        example="TDSheet",
    )
    # Its last row, where it has several.
    header_row: int | None = config_keys.key(
        whole(0, ROWS_MAX),
        None,
        "the row in which the titles stand, from 1; 0: there are none, and columns are named by"
        " their letters",
        example="7",
    )
    key: str | None = config_keys.key(
        choice("sku", "barcode"),
        None,
        "what names the product. sku: articles name the products; barcode: barcodes name the"
        " products. Without it: the article where it is a product's, else the barcode",
        example="barcode",
    )
    skip_unknown: bool = config_keys.key(
        YES_NO, False, "rows of products that you do not have are passed over"
    )
    missing: str = config_keys.key(
        choice("keep", "zero"),
        "keep",
        "your products that the file does not name. keep: they stay as they are; zero: there is"
        " none of them in the warehouse that the file counts",
    )
    empty: str | None = config_keys.key(
        choice("zero", SKIP),
        None,
        "a row without a quantity. zero: count as 0; skip: skip these rows",
        example=SKIP,
    )
    more_than: str | None = config_keys.key(
        _units_or("floor", SKIP),
        None,
        "what 10+ or > 5000 counts. floor: count the number as written; skip: skip these rows; or a"
        " number of units for all of them",
        example="floor",
    )
    words: Mapping[str, str] = config_keys.key(
        MapOf(TEXT, _units_or(SKIP), mark("words")),
        NOTHING,
        "what a word in place of a quantity counts: a number of units, or skip; * is every other"
        " word",
        example="{нет: 0, есть: 1}",
    )
    below_zero: str | None = config_keys.key(
        choice("zero", SKIP),
        None,
        "a quantity below zero. zero: count as 0; skip: skip these rows",
        example="zero",
    )
    fraction: str | None = config_keys.key(
        choice(SKIP),
        None,
        "a quantity that is no whole number, such as 12.96. skip: skip these rows",
        example=SKIP,
    )
    hidden: str | None = config_keys.key(
        choice("count", SKIP),
        None,
        "rows that are hidden, by a filter for example. count: count hidden rows, too; skip: skip"
        " hidden rows",
        example=SKIP,
    )
    doubtful: str | None = config_keys.key(
        choice("as-written", "as-perhaps", SKIP),
        None,
        "an article that a spreadsheet may have changed, or a last line that may be cut."
        " as-written: take them as written; as-perhaps: count what may be meant; skip: skip these"
        " rows",
        example=SKIP,
    )
    means: str = config_keys.key(
        choice("on-hand", "available"),
        "on-hand",
        "whether units that orders reserve are in the numbers. on-hand: they are; available: they"
        " were taken off",
    )
    sum_rows: bool = config_keys.key(
        YES_NO, False, "rows of one product in one warehouse are added up"
    )
    warehouse: str | None = config_keys.key(
        TEXT, None, "your warehouse of every row that names none of yours", example="main"
    )
    warehouses: Mapping[str, str] = config_keys.key(
        MapOf(TEXT, TEXT, mark("warehouses by name")),
        NOTHING,
        "the file's names of warehouses and yours, or skip; * is every other one",
        example="{Основной склад: main, Брак: skip}",
    )
    quotes: str | None = config_keys.key(
        choice("none", "csv"),
        None,
        "how quotes are read in a text file. none: quotes mean nothing in this file; csv: quotes"
        " enclose a cell, even one of several lines that look like rows",
        example="none",
    )
    encoding: str | None = config_keys.key(
        TEXT, None, "how a text file writes its letters, where it is not plain", example="cp1251"
    )
    update: tuple[str, ...] = config_keys.key(
        ListOf(choice(*UPDATABLE)),
        (),
        "what else of a product the file changes. names: its name; barcodes: its barcodes;"
        " buffers: its buffer; minimums: its minimum",
        example="[names, barcodes]",
    )

    def over(self, others: Answers) -> Answers:
        """Return these answers with the others' wherever these say nothing."""
        usual = Answers()
        given: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                given[field.name] = {**getattr(others, field.name), **value}
            elif value != getattr(usual, field.name):
                given[field.name] = value
        return replace(others, **given)


class Told(NamedTuple):
    """What is told of a field of `Answers`, in the language in use."""

    what: str
    # Each word that it takes, and what it does; none: its values are no words.
    words: Mapping[str, str]
    # What may be said besides, and what holds where nothing is said.
    rest: str


def told(field: str) -> Told:
    """Return what the help of a field tells: "what. word: what it does; word: …. Without it: …"."""
    (key,) = (key for key in keys_of(Answers) if key.field == field)
    what, *sentences = spoken(key.help).split(". ")
    parts = sentences[0].split("; ") if sentences else []
    words = dict(part.split(": ", 1) for part in parts if ": " in part)
    rest = [part for part in parts if ": " not in part]
    return Told(what, words, ". ".join([*rest, *sentences[1:]]))


def option_of(field: str) -> str:
    """Return the option of `import-stock` that says what a field of `Answers` does."""
    return OPTIONS.get(field, f"--{field.replace('_', '-')}")
