"""What the program makes of a sample, and where that differs from what is known of the file."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import NamedTuple

from cloudstock.errors import UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.counting import Found
from cloudstock.sheets.importing import import_stock
from cloudstock.sheets.layout.header import find
from cloudstock.sheets.layout.records import Column as Placed
from cloudstock.sheets.layout.records import Record, Role
from cloudstock.sheets.layout.rows import Rows
from cloudstock.sheets.questions import About, Question, Undecided
from cloudstock.sheets.reading.grid import Document, column_letters
from cloudstock.sheets.reading.opening import opened
from cloudstock.store import Store
from tests.builders import NOW, account, arrange, contents, listing, offer
from tests.samples.expected import Answered, Column, Row, Sample


def database(folder: Path, products: Sequence[tuple[str, str, str]]) -> Path:
    """Make a database of products, each with its barcode; none is counted."""
    path = folder / "products.db"
    with Store.open(path, create=True) as store:
        mine = arrange(store, account())["ozon-main"]
        page = (listing(sku, barcode, name=name) for sku, name, barcode in products)
        offer(store, mine, *page)
    return path


def differences(
    sample: Sample, products: Path, folder: Path, *, short: bool = False
) -> Iterator[str]:
    """Yield in words how a file is read otherwise than it should be.

    `products`: as `database` made it; `folder`: an empty one to work in; `short`: of columns that
    may be the quantity the first one only.
    """
    columns = sample.quantities[:1] if short else sample.quantities
    for column in columns:
        yield from _of_layout(sample, column, folder)
    yield from _unanswered(sample, products, folder)
    for column in columns:
        if sample.outcome != "import" and not _is_not_read(sample):
            yield from _asked(sample, column, products, folder)
    for answered in sample.answered():
        if answered.answers == Answers() and not answered.open:
            # So it was tried already.
            continue
        for difference in _answered(sample, answered, products, folder):
            yield f"{answered.text}: {difference}"


def _is_not_read(sample: Sample) -> bool:
    """Tell whether a file is refused for its form, whatever is said."""
    return {About.FORMAT} == sample.asked_of_columns and sample.outcome == "refuse"


# ---------------------------------------------------------------- what stands where


def _of_layout(sample: Sample, column: Column, folder: Path) -> Iterator[str]:
    answers = sample.columns(column.title)
    try:
        with opened(sample.path, answers=answers, folder=folder) as document:
            yield from _of_document(sample, column, document, answers)
    except UsageProblem as problem:
        if not _is_not_read(sample):
            yield f"cannot be opened: {problem}"


def _of_document(
    sample: Sample, column: Column, document: Document, answers: Answers
) -> Iterator[str]:
    layout = find(document, answers).layout
    if layout is None:
        yield f"no table found, quantity in {column.title!r}"
        return
    if sample.sheet is not None and layout.sheet != sample.sheet:
        yield f"sheet {layout.sheet!r}, expected {sample.sheet!r}"
    header_rows = tuple(sample.text.get("header_rows", ()))
    # A cell of several lines makes a header of several: the program names the first one.
    if layout.header_rows != header_rows and layout.header_rows != header_rows[:1]:
        yield f"header in {layout.header_rows}, expected {header_rows}"
    roles = {Role.SKU, Role.BARCODE, Role.WAREHOUSE, Role.NAME, Role.QUANTITY}
    # A feed has a column of quantities for each warehouse.
    roles -= {Role.WAREHOUSE} if document.elements else set()
    # The article stands inside the name.
    roles -= {Role.NAME} if "sku_inside" in sample.text else set()
    for role in sorted(roles):
        letter = column.letter if role is Role.QUANTITY else sample.letter(role)
        placed = layout.columns.get(role)
        if letter is not None and not _is_at(placed, letter, document):
            yield f"{role} in {placed}, expected {letter}"
    rows = list(Rows(document, layout, answers).records())
    expected = sample.rows(column)
    lines = {row.line for row in expected}
    of_data = [record for record in rows if record.line in lines or not record.group]
    if [r.line for r in of_data] != [r.line for r in expected]:
        yield f"rows {[r.line for r in of_data]}, expected {[r.line for r in expected]}"
        return
    for record, row in zip(of_data, expected, strict=True):
        for what in _of_row(record, row, sample):
            yield f"row {row.line}, {column.title!r}: {what}"


def _is_at(placed: Placed | None, letter: str, document: Document) -> bool:
    """Tell whether a column is where it should be; groups have none."""
    if placed is None:
        return False
    if document.elements:
        return document.elements[placed.index] == placed.title
    return column_letters(placed.index) == letter


def _of_row(record: Record, row: Row, sample: Sample) -> Iterator[str]:
    pairs: dict[str, tuple[object, object]] = {
        "kind": (record.kind, row.kind),
        "hidden": (record.hidden, row.hidden),
        "warehouse": (record.warehouse, row.warehouse),
    }
    if row.units is not None:
        pairs["units"] = (record.units, row.units)
    if not row.sku.startswith("="):
        pairs["sku"] = (record.sku, row.sku)
    if row.barcode and "barcode_as" not in sample.text:
        pairs["barcode"] = (record.barcode, row.barcode)
    for what, (is_, due) in pairs.items():
        if is_ != due:
            yield f"{what} {is_!r}, expected {due!r}"


# ---------------------------------------------------------------- what is asked and counted


class _Asked(NamedTuple):
    """The rows that questions are about."""

    # Those that are named.
    first: frozenset[int]
    count: int

    def is_of(self, lines: Collection[int]) -> bool:
        """Tell whether it is about just these rows."""
        return self.count == len(lines) and self.first <= set(lines)


NOT_ASKED = _Asked(frozenset(), 0)


class _Imported:
    """One import into a database of its own."""

    def __init__(self, sample: Sample, answers: Answers, products: Path, folder: Path) -> None:
        path = folder / "trial.db"
        shutil.copyfile(products, path)
        self.problem: UsageProblem | None = None
        self.found: Found | None = None
        ours = sample.warehouses.values()
        with Store.open(path) as store:
            before = contents(store)
            try:
                self.found = import_stock(
                    store, sample.path, answers=answers, now=NOW, yes=True, configured=[*ours]
                ).found
            except UsageProblem as problem:
                self.problem = problem
            self.is_changed = contents(store) != before
        with closing(connect(path)) as connection:
            self.counts = frozenset(
                connection.execute(
                    "SELECT p.sku, w.name, c.quantity FROM count c"
                    " JOIN product p ON p.id = c.product_id"
                    " JOIN warehouse w ON w.id = c.warehouse_id"
                ).fetchall()
            )
        path.unlink()

    @property
    def asked(self) -> dict[About, _Asked]:
        """What it asks, by what it is about."""
        return _by_about(self.problem.questions if isinstance(self.problem, Undecided) else ())

    @property
    def noted(self) -> dict[About, _Asked]:
        """What it says though it needs no answer."""
        if isinstance(self.problem, Undecided):
            return _by_about(self.problem.remarks)
        return _by_about(self.found.remarks if self.found is not None else ())

    def unchanged(self) -> Iterator[str]:
        """Yield what is wrong with a refusal."""
        if self.problem is None:
            yield "is imported, expected a question"
        if self.is_changed:
            yield "the database was changed"


def _by_about(questions: Iterable[Question]) -> dict[About, _Asked]:
    asked: dict[About, _Asked] = {}
    for question in questions:
        first, count = asked.get(question.about, NOT_ASKED)
        asked[question.about] = _Asked(first | {*question.rows}, count + question.count)
    return asked


def _unanswered(sample: Sample, products: Path, folder: Path) -> Iterator[str]:
    """Yield what is wrong where nothing is said."""
    imported = _Imported(sample, Answers(), products, folder)
    due = {*sample.asked_of_columns, *sample.asked(sample.quantities[0])}
    if not due:
        yield from _of_counts(imported, next(sample.answered()).counts)
        return
    for difference in imported.unchanged():
        yield f"nothing said: {difference}"
    if sample.outcome == "ask" and not isinstance(imported.problem, Undecided):
        yield f"nothing said: no question, but {imported.problem}"
    if (
        len(sample.quantities) > 1
        and sample.outcome == "ask"
        and About.QUANTITY not in imported.asked
    ):
        yield "nothing said: does not ask for the quantity"
    for about in imported.asked.keys() - due - {About.QUANTITY}:
        yield f"nothing said: asks about {about} in {sorted(imported.asked[about].first)}"


def _asked(sample: Sample, column: Column, products: Path, folder: Path) -> Iterator[str]:
    """Yield what is wrong with the questions about rows."""
    answers = sample.columns(column.title)
    due = sample.asked(column)
    if answers.quotes:
        due.pop(About.QUOTE, None)
    imported = _Imported(sample, answers, products, folder)
    said = f"quantity in {column.title!r}"
    for difference in imported.unchanged() if due else ():
        yield f"{said}: {difference}"
    for about, lines in sample.noted.items():
        if not imported.noted.get(about, NOT_ASKED).is_of(lines):
            yield f"{said}: does not say that {about} in {sorted(lines)}"
    for about in sorted({*due, *imported.asked}):
        asked = imported.asked.get(about, NOT_ASKED)
        rows = due.get(about, set())
        if not asked.is_of(rows) and (about in due or about not in sample.asked_of_columns):
            named = f"{asked.count} rows, {sorted(asked.first)}"
            yield f"{said}: asks about {about} in {named}, expected {sorted(rows)}"


def _answered(sample: Sample, answered: Answered, products: Path, folder: Path) -> Iterator[str]:
    imported = _Imported(sample, answered.answers, products, folder)
    if answered.open:
        yield from imported.unchanged()
        # Of rows that name one product the first one is not the one that is open.
        twice = imported.asked.get(About.TWICE, NOT_ASKED).first
        lines = {line for asked in imported.asked.values() for line in asked.first}
        if lines - {*sorted(twice)[:1]} != set(answered.open):
            yield f"open {sorted(lines)}, expected {answered.open}"
    elif imported.problem is not None:
        if not _is_not_read(sample):
            yield f"refused: {imported.problem}"
    else:
        yield from _of_counts(imported, answered.counts)


def _of_counts(imported: _Imported, due: Collection[tuple[str, str, int]]) -> Iterator[str]:
    if imported.problem is not None:
        yield f"refused: {imported.problem}"
    for row in sorted(imported.counts - set(due)):
        yield f"counts {row}"
    for row in sorted(set(due) - imported.counts):
        yield f"does not count {row}"
