"""What is known of each file of the folder: `expected.json`, whose `about` explains it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudstock.sheets.answers import Answers
from cloudstock.sheets.layout.records import Quantity
from cloudstock.sheets.questions import About

VARIABLE = "CLOUDSTOCK_SAMPLES"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "samples"
WHY_NOT = f"no samples: neither {VARIABLE} nor ../shared/samples is a folder with expected.json"

# Kinds of cells that are a question.
KINDS = {
    About.EMPTY: Quantity.EMPTY,
    About.AT_LEAST: Quantity.AT_LEAST,
    About.WORD: Quantity.WORD,
    About.FRACTION: Quantity.FRACTION,
    About.BELOW_ZERO: Quantity.BELOW_ZERO,
    About.FORMULA: Quantity.FORMULA,
}
# What is counted without a word, and is to be said all the same.
NOTED = (About.AVAILABLE, About.STRAY)


def folder() -> Path | None:
    """Return where the samples are; None where this machine has none."""
    place = Path(os.environ.get(VARIABLE) or BESIDE)
    return place if (place / "expected.json").is_file() else None


@dataclass(frozen=True)
class Column:
    """A column that may tell the quantity."""

    # Its letter; of XML its element.
    letter: str
    title: str


@dataclass(frozen=True)
class Row:
    """A row of data, for one column of quantities."""

    line: int
    sku: str
    barcode: str
    warehouse: str
    kind: Quantity
    units: int | None
    hidden: bool
    # The product that it certainly is.
    product: str | None
    doubtful: bool
    by_barcode: bool


@dataclass(frozen=True)
class Answered:
    """What a user says of a file, and what is counted then."""

    text: str
    answers: Answers
    counts: frozenset[tuple[str, str, int]]
    left_out: tuple[int, ...]
    # Rows still undecided; then nothing is counted.
    open: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """One file."""

    path: Path
    text: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        """`import`, `ask` or `refuse`."""
        return str(self.text["outcome"])

    @property
    def sheet(self) -> str | None:
        """The title of its sheet; None where it has none."""
        return self.text.get("sheet") if self.path.suffix in {".xlsx", ".xls", ".ods"} else ""

    @property
    def quantities(self) -> list[Column]:
        """The columns that may tell the quantity, the likely one first."""
        given = self.text["columns"]["quantity"]
        return [Column(*c) for c in (given if isinstance(given[0], list) else [given])]

    def letter(self, role: str) -> str | None:
        """Return the letter of a column; None where the file has none."""
        column = self.text["columns"].get(role)
        return None if column is None else str(column[0])

    @property
    def warehouses(self) -> dict[str, str]:
        """The file's names of warehouses, and what they are called here."""
        names = dict.fromkeys(str(r["warehouse"]) for r in self.text["rows"] if "warehouse" in r)
        return {name: f"w{number}" for number, name in enumerate(names, start=1)}

    def rows(self, column: Column) -> list[Row]:
        """Return the rows of data, with the quantities of a column.

        What names nothing and holds nothing may be passed over.
        """
        rows = [self._row(row, column) for row in self.text["rows"]]
        return [r for r in rows if r.sku or r.barcode or r.kind is not Quantity.EMPTY]

    def _row(self, row: Mapping[str, Any], column: Column) -> Row:
        key = column.letter if column.letter in row.get("cells", ()) else column.title
        cell = row["cells"].get(key) if "cells" in row else row.get("cell")
        kind = row["kinds"].get(key) if "kinds" in row else row.get("kind")
        empty = cell is None or not str(cell).strip()
        if kind is None:
            kind = Quantity.EMPTY if empty else Quantity.NUMBER
        if "cells" in row and key in row.get("quantities", ()):
            units = row["quantities"][key]
        else:
            units = row.get("quantity", None if empty else cell)
        sku, barcode = row.get("sku"), str(row.get("barcode") or "").strip()
        product = row.get("product", sku)
        return Row(
            row["row"],
            "" if sku is None else str(sku),
            barcode,
            str(row.get("warehouse", "")),
            Quantity(str(kind).replace(" ", "-")),
            None if units is None else int(float(units)),
            bool(row.get("hidden")),
            product,
            bool(row.get("doubtful")),
            product is not None and product != sku,
        )

    # ------------------------------------------------------------ what is asked

    def asked(self, column: Column) -> dict[About, set[int]]:
        """Return what must be asked once the columns are settled: rows by what it is about."""
        rows = self.rows(column)
        asked = {about: {r.line for r in rows if r.kind is kind} for about, kind in KINDS.items()}
        asked[About.HIDDEN] = {r.line for r in rows if r.hidden}
        for about, lines in self._by_rows():
            if about not in asked and about not in NOTED:
                asked[about] = lines
        doubtful = {r.line for r in rows if r.doubtful} - asked.get(About.CUT, set())
        asked[About.SKU] = asked.get(About.SKU, set()) | doubtful
        return {about: lines for about, lines in asked.items() if lines}

    @property
    def noted(self) -> dict[About, set[int]]:
        """Return what must be said, though no answer is needed."""
        return {about: lines for about, lines in self._by_rows() if about in NOTED}

    def _by_rows(self) -> Iterator[tuple[About, set[int]]]:
        for ask in self.text["ask"]:
            if "rows" in ask:
                yield About(ask["about"].replace(" ", "-")), set(ask["rows"])

    @property
    def asked_of_columns(self) -> set[About]:
        """What must be asked before rows are looked at."""
        return {
            About(ask["about"].replace(" ", "-")) for ask in self.text["ask"] if "rows" not in ask
        }

    # ------------------------------------------------------------ what is answered

    def columns(self, quantity: str | None = None) -> Answers:
        """Return what settles the columns, and no more: quantities stand under this title."""
        said: dict[str, str] = {}
        if quantity is not None and len(self.quantities) > 1:
            said["quantity"] = quantity
        if "sku_inside" in self.text:
            title, _, before = self.text["sku_inside"].partition(", after ")
            said["sku"] = f"{title} [{before.strip('`').strip()} *]"
        elif any(a["about"] == "sku" and "options" in a for a in self.text["ask"]):
            said["sku"] = self.text["columns"]["sku"][1]
        quotes = any("quotes" in answer["said"] for answer in self.text["answers"])
        return Answers(columns=said, quotes="none" if quotes else None)

    def answered(self) -> Iterator[Answered]:
        """Yield what may be said, and what is counted then."""
        for answer in self.text["answers"]:
            said = answer["said"]
            yield Answered(
                json.dumps(said, ensure_ascii=False),
                self._answers(said, answer["counts"]),
                frozenset(
                    (sku, self.warehouses[warehouse] if warehouse else "main", units)
                    for sku, warehouse, units in answer["counts"]
                ),
                tuple(answer.get("left_out", ())),
                tuple(answer.get("open", ())),
            )

    def _answers(self, said: Mapping[str, Any], counts: Sequence[Sequence[Any]]) -> Answers:
        """Return what a user says, as the program has it."""
        skip = set(said.get("skip", ()))

        def settled(key: str, value: object) -> str | None:
            return "skip" if key in skip else None if value is None else str(value)

        words = {word: str(units) for word, units in said.get("words", {}).items()}
        if "word" in skip:
            words["*"] = "skip"
        columns = self.columns(said.get("quantity"))
        doubtful = said.get("doubtful")
        meant = doubtful == "as perhaps"
        by_barcode = any(r.by_barcode for r in self.rows(self.quantities[0]))
        hidden = any(r.hidden for r in self.rows(self.quantities[0]))
        return Answers(
            columns=columns.columns,
            quotes=columns.quotes,
            # Which of the two names the product where they disagree.
            key="barcode" if by_barcode else None,
            # One that nobody can mean is unknown.
            skip_unknown="unknown" in skip or (meant and "doubtful" in skip),
            empty=settled("empty", "zero" if said.get("empty") == 0 else None),
            more_than=settled("at least", "floor" if said.get("at_least") else None),
            words=words,
            below_zero=settled("below zero", "zero" if said.get("below_zero") == 0 else None),
            fraction=settled("fraction", None),
            # Who says nothing of them counts them, as a spreadsheet's own sums do.
            hidden=settled("hidden", "count" if hidden else None),
            doubtful=doubtful.replace(" ", "-") if doubtful else settled("doubtful", None),
            sum_rows=bool(said.get("sum")),
            **self._warehouses(said, counts),
        )

    def _warehouses(
        self, said: Mapping[str, Any], counts: Sequence[Sequence[Any]]
    ) -> dict[str, Any]:
        """Return what is said of warehouses: all into one, or each into its own."""
        only = said.get("only", {}).get("warehouse")
        into = {
            name: "skip" if only not in {None, name} else own
            for name, own in self.warehouses.items()
        }
        named = any(warehouse for _, warehouse, _ in counts)
        if named or not into:
            return {"warehouses": into}
        if only is not None:
            return {"warehouses": {**into, only: "main"}}
        return {"warehouse": "main"} if said.get("sum") else {"warehouses": into}


def samples(place: Path) -> tuple[list[Sample], list[tuple[str, str, str]]]:
    """Return the files of a folder, and the products that they are about."""
    text = json.loads((place / "expected.json").read_text(encoding="utf-8"))
    found = [Sample(place / name, of) for name, of in sorted(text["files"].items())]
    return found, [tuple(product) for product in text["book"]]
