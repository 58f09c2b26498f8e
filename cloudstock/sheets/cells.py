"""What the records of a sheet mean, row by row: as the user says, and as this program writes them.

What is open then is asked by SQL, of all rows at once: `deciding`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from cloudstock.changes import names
from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.domain import grammar
from cloudstock.domain.texts import is_fit
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.answers import OTHERS, SKIP, Answers
from cloudstock.sheets.layout.records import NUMBERS, Layout, Quantity, Record, Role
from cloudstock.sheets.problems import Problems, quoted
from cloudstock.store.times import to_iso

BETWEEN_BARCODES = re.compile(r"[|,;\s]+")
# What spreadsheets make of a long barcode that they took for a number.
SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]+")
# The column of a sheet and what `Answers.update` calls it.
UPDATES: Mapping[str, Role] = {
    "names": Role.NAME,
    "barcodes": Role.BARCODE,
    "buffers": Role.BUFFER,
    "minimums": Role.MINIMUM,
}
# Rows that are handed on together.
BATCH = 1000
_CERTAIN = {Quantity.NUMBER, Quantity.ONE_READING}
# Cells whose meaning is remembered.
QUANTITIES_MAX = 4096
# What stands for the warehouse of a row that names none, where nobody knows which is meant.
UNNAMED = "-"
# Why a row is passed over, beside the kinds of quantities.
HIDDEN, ELSEWHERE, UNKNOWN = "hidden", "warehouse", "unknown"


class Batch(NamedTuple):
    """Rows of a sheet for the database."""

    # Line, article, units and warehouse, where nothing else is to be said of a row.
    plain: list[tuple[int, str, int, str]]
    # Line, article as written and without blanks, units and warehouse of the others; then
    # `Reading.columns`. "" is nothing.
    others: list[tuple[object, ...]]


class Reading:
    """A sheet while its records are given their meaning."""

    def __init__(
        self,
        records: Iterable[Record],
        layout: Layout,
        answers: Answers,
        warehouses: Collection[str],
        problems: Problems,
        *,
        now: datetime,
        at: datetime | None = None,
    ) -> None:
        """`warehouses`: those that may be counted; `at`: when all was counted, whatever rows say.

        Raises `UsageProblem` for an answer that names no warehouse of ours.
        """
        self._records = records
        self._answers = answers
        self._problems = problems
        self._now = now
        # When all rows were counted; "": they say so themselves, or it is now.
        self.at = to_iso(at) or ""
        self._places = Places(answers, warehouses, layout.warehouse)
        there = set(layout.columns)
        self._was = Role.WAS in there
        self.by_article = Role.SKU in there and _key(layout, answers) is not Role.BARCODE
        # What of a product is changed: as the user says, and the sheet has it.
        self.updates = {role for role in _updated(answers) if role in there}
        # Whether a row may be found by its barcode, or changes those of its product.
        self._has_barcodes = Role.BARCODE in there
        # Whether each row says when it was counted, or that it was not; whether the time is known.
        self._tells_times = bool({Role.WAS, Role.AS_OF} & there)
        self.tells_time = at is not None or self._tells_times
        # Units of a quantity that is no number, why there are none, and why it is passed over.
        self._quantities: dict[tuple[str, int | None], tuple[int | str, str, str]] = {}
        self._moments: dict[str, str] = {}
        # Whether plain rows of products that are not ours need not be looked at again.
        self.skips_unknown = answers.skip_unknown and self.by_article
        self._words = {word.casefold(): what for word, what in answers.words.items()}

    @property
    def columns(self) -> list[str]:
        """The columns of `sheet.row` that `others` fill after the first ones."""
        return [
            "kind",
            "cell",
            "doubt",
            "hidden",
            "titled",
            "theirs",
            "left_out",
            *(["name"] if Role.NAME in self.updates else []),
            *(["barcodes"] if self._has_barcodes else []),
            *(role.value for role in NUMBERS if role in self.updates),
            *(["untouched", "at"] if self.tells_time else []),
        ]

    def batches(self) -> Iterator[Batch]:
        """Yield all rows, some at a time."""
        plain = not (self._has_barcodes or self.updates or self._tells_times)
        number, certain = Quantity.NUMBER, self._places.certain
        records = iter(self._records)
        while read := list(islice(records, BATCH)):
            batch = Batch([], [])
            for record in read:
                # fmt: off
                (
                    line, sku, doubt, _, units, kind, _, theirs, hidden, group,
                    _, _, _, _, _, written,
                ) = record
                # fmt: on
                if plain and kind is number and not (doubt or hidden or group or written):
                    warehouse = certain.get(theirs)
                    if warehouse is not None and units is not None:
                        # Most rows of most sheets.
                        batch.plain.append((line, sku, units, warehouse))
                        continue
                batch.others.append(self._row(record))
            yield batch

    def _row(self, record: Record) -> tuple[object, ...]:
        line, theirs, hidden = record.line, record.warehouse, record.hidden
        place = self._places.by_name.get(theirs) or self._places.ours(theirs)
        quantity, open_kind, left_out = self._units(record.kind, record.cell, record.units)
        untouched = self.tells_time and self._untouched(record)
        if untouched:
            # Below zero, where more left than was known of, is exported and never counted.
            open_kind, left_out = "", ""
        if hidden and self._answers.hidden == SKIP:
            left_out = HIDDEN
        return (
            line,
            record.written or record.sku,
            record.sku,
            quantity,
            place[0],
            open_kind,
            record.cell if open_kind or hidden else "",
            record.doubt,
            int(hidden and self._answers.hidden is None),
            int(record.group),
            place[1],
            place[2] or left_out,
            *((self._name(record),) if Role.NAME in self.updates else ()),
            *((self._barcodes(line, record.barcode),) if self._has_barcodes else ()),
            *(self._number(record, role) for role in NUMBERS if role in self.updates),
            *((int(untouched), self.at or self._moment(record)) if self.tells_time else ()),
        )

    # ---------------------------------------------------------------- quantities

    def _units(self, kind: Quantity, cell: str, units: int | None) -> tuple[int | str, str, str]:
        """Return the units of a row, why they are open, and why it is passed over; "": nothing."""
        if units is not None and kind in _CERTAIN:
            return units, "", ""
        key = cell, units
        settled = self._quantities.get(key)
        if settled is None:
            settled = self._quantities[key] = self._settled(kind, cell, units)
            if len(self._quantities) > QUANTITIES_MAX:
                self._quantities.clear()
        return settled

    def _settled(self, kind: Quantity, cell: str, floor: int | None) -> tuple[int | str, str, str]:
        answers = self._answers
        word = cell.strip().casefold()
        answered: Mapping[Quantity, str | None] = {
            Quantity.EMPTY: answers.empty,
            Quantity.AT_LEAST: answers.more_than,
            Quantity.WORD: self._words.get(word, self._words.get(OTHERS)),
            Quantity.FRACTION: answers.fraction,
            Quantity.BELOW_ZERO: answers.below_zero,
        }
        what = answered.get(kind)
        if what is None:
            return "", kind.value, ""
        if what == SKIP:
            return "", "", kind.value
        if what == "zero":
            return 0, "", ""
        assert what != "floor" or floor is not None, "what is at least something has a floor"
        return floor if what == "floor" and floor is not None else int(what), "", ""

    def _untouched(self, record: Record) -> bool:
        """Tell whether a row is as it was exported."""
        if not self._was:
            return False
        was = record.was.strip()
        if not was:
            return record.kind is Quantity.EMPTY
        exported = grammar.whole_number(was)
        if exported is None:
            self._problems.add(record.line, Role.WAS, _not_whole(was))
            return False
        return grammar.whole_number(record.cell.strip()) == exported

    def _name(self, record: Record) -> str:
        if not is_fit(record.name):
            trouble = tr("a character that cannot be stored; expected plain text")
            self._problems.add(record.line, Role.NAME, trouble)
            return ""
        return record.name if record.name.strip() else ""

    def _number(self, record: Record, role: Role) -> int | str:
        cell: str = getattr(record, role).strip()
        if not cell:
            return ""
        units = grammar.units(cell)
        if units is None or units > QUANTITY_MAX:
            self._problems.add(record.line, role, _not_whole(cell))
            return 0
        return units

    # ---------------------------------------------------------------- the rest

    def _moment(self, record: Record) -> str:
        cell = record.as_of
        moment = self._moments.get(cell, "")
        if moment or not cell.strip():
            return moment
        counted_at, unclear = None, ""
        try:
            counted_at = grammar.moment(cell)
        except UsageProblem as problem:
            unclear = str(problem)
        if unclear:
            trouble = unclear
        elif counted_at is None:
            trouble = tr(
                "{cell} is not a time; expected 2026-11-30T09:00",
                cell=quoted(cell.strip()),
            )
        elif counted_at > self._now:
            trouble = tr("{cell} is yet to come", cell=quoted(cell.strip()))
        else:
            return self._moments.setdefault(cell, to_iso(counted_at))
        self._problems.add(record.line, Role.AS_OF, trouble)
        return moment

    def _barcodes(self, line: int, cell: str) -> str:
        """Return the barcodes of a cell as a JSON array."""
        if cell.isdigit():
            return f'["{cell}"]'
        if not cell.strip():
            return ""
        barcodes = [b for b in BETWEEN_BARCODES.split(cell) if b]
        shortened = next((b for b in (cell, *barcodes) if SHORTENED.fullmatch(b)), None)
        if shortened is not None and Role.BARCODE in self.updates:
            self._problems.add(
                line,
                Role.BARCODE,
                tr(
                    "{barcode!r} is a barcode that a spreadsheet shortened; format the"
                    " column as text and enter it again",
                    barcode=shortened,
                ),
            )
        return json.dumps([shortened] if shortened else barcodes)


class Places:
    """Which of our warehouses a row counts, by the name that its file has."""

    def __init__(self, answers: Answers, warehouses: Collection[str], above: str = "") -> None:
        """`above`: the name that stands above the table; "": none does.

        Raises `UsageProblem` for an answer that names none of ours.
        """
        self._above = above
        self._allowed = warehouses
        self._mapped = answers.warehouses
        self._usual = answers.warehouse
        named = {answers.warehouse, *answers.warehouses.values()} - {None, SKIP}
        for name in sorted(filter(None, named)):
            trouble = names.warehouse_trouble(name, warehouses)
            if trouble is not None:
                raise UsageProblem(trouble)
        # Ours, the file's name where that is open, why rows of it are passed over.
        self.by_name: dict[str, tuple[str, str, str]] = {}
        # Ours alone, where nothing is open.
        self.certain: dict[str, str] = {}

    def ours(self, theirs: str) -> tuple[str, str, str]:
        """Return our warehouse, or in the second place a name that is open; then why it is not."""
        of_row, theirs = theirs, theirs or self._above
        name = self._mapped.get(theirs)
        if name is None and theirs in self._allowed:
            name = theirs
        if name is None and theirs:
            name = self._mapped.get(OTHERS, self._usual)
        # Whatever a whole file calls the only one that there is.
        if name is None and not of_row and (not theirs or len(self._allowed) == 1):
            name = names.meant(self._usual, self._allowed)
        if name == SKIP:
            place = ("", "", ELSEWHERE)
        elif name is None:
            place = ("", theirs or UNNAMED, "")
        else:
            place = (name, "", "")
            self.certain[of_row] = name
        return self.by_name.setdefault(of_row, place)


def _key(layout: Layout, answers: Answers) -> Role:
    return Role(answers.key) if answers.key else layout.key


def _updated(answers: Answers) -> Iterator[Role]:
    for what in answers.update:
        yield UPDATES[what]


def _not_whole(cell: str) -> str:
    return tr(
        "{cell} {fault}; expected a whole number from 0 to {most:,}",
        cell=quoted(cell),
        fault=_fault(cell),
        most=QUANTITY_MAX,
    )


def _fault(cell: str) -> str:
    if re.fullmatch(r"-[0-9]+([.,][0-9]+)?", cell):
        return tr("is below zero")
    if re.fullmatch(r"[0-9]+[.,][0-9]+", cell):
        return tr("is a fraction")
    if re.fullmatch(r"[0-9]+", cell):
        return tr("is too large")
    return tr("is not a whole number")
