"""import-stock: many counts at once, as a sheet; whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cloudstock.changes import names, past
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import ChangeKind
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.settings import Secret
from cloudstock.sheets import counting, questions, sums, timing
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.cells import Reading
from cloudstock.sheets.counting import Difference, Found, ImportResult
from cloudstock.sheets.deciding import Sheet
from cloudstock.sheets.layout import header
from cloudstock.sheets.layout.records import Layout, Role
from cloudstock.sheets.layout.rows import Rows
from cloudstock.sheets.problems import Problems, places, quoted
from cloudstock.sheets.reading.grid import Document
from cloudstock.sheets.reading.opening import opened
from cloudstock.sheets.reading.whole import Copy, kept_name
from cloudstock.sheets.remarks import remarks
from cloudstock.sheets.scratch import fill, scratch
from cloudstock.sheets.sums import Sums
from cloudstock.store import Store, sources
from cloudstock.store.sources import Taken

# A look at what a sheet would change, in the order of articles.
Look = Callable[[Iterator[Difference]], object]
NOTHING_SAID = Answers()


def import_stock(
    store: Store,
    file: str | Path | Copy,
    *,
    answers: Answers = NOTHING_SAID,
    source: str | None = None,
    streams: bool = True,
    now: datetime,
    at: datetime | None = None,
    yes: bool = False,
    dry_run: bool = False,
    configured: Collection[str] = (),
    secrets: Collection[Secret] = (),
    look: Look | None = None,
) -> ImportResult:
    """Count every row of a sheet; `-` is standard input, a `Copy` one that was sent.

    Its numbers are of the moment `at`; else of that in column `as_of`; else those of a source's
    file of when it was written, and all others of `now`. What moved since is reckoned with. A row
    whose quantity is that of column `was` is no count.

    `source`: the name of the file as one that comes again and again. It is not taken again while it
    is the same and read as before, and a later count of a product stands. `streams`: the file may
    be a pipe or a device. `configured`: warehouses that the configuration names and the database
    may not know yet. `secrets`: what no row may hold. `look` is given what is changed.

    Raises `UsageProblem` with every problem by its place (the first 20), `Undecided` with every
    question that the file leaves open, `Unfinished` for one that is still being written; nothing is
    changed then. Raises `Unconfirmed`, without `yes`, for a file that was imported before, for
    rows that are older than the last count of their product (those that tell no time are as old as
    the file), and for changes beyond reason: see `sums`. Memory does not grow with the file.
    """
    if at is not None:
        past.check_moment(at, now)
    warehouses = names.countable_warehouses(store, configured)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudstock-")))
        opening = opened(file, answers=answers, folder=folder, streams=streams)
        document = stack.enter_context(opening)
        if source is not None:
            if not yes and _is_taken(store, source, document, answers):
                return ImportResult(unchanged=True)
            at = at or min(now, document.written_at or now)
        stack.enter_context(scratch(store.connection, folder))
        read = _read(store, document, answers, warehouses, now=now, at=at)
        read.decide(secrets)
        kind = ChangeKind.IMPORT if source is None else ChangeKind.SOURCE
        subject = kept_name(document.name)
        with recorded(store, kind, dry_run=dry_run, now=now, subject=subject):
            result = _carried_out(
                store, read, answers, source=source, now=now, at=at, yes=yes, look=look
            )
    return result


class _Read:
    """A file whose rows are in `sheet.row`."""

    def __init__(
        self,
        document: Document,
        layout: Layout,
        rows: Rows,
        reading: Reading,
        sheet: Sheet,
        problems: Problems,
        open_questions: tuple[questions.Question, ...],
    ) -> None:
        self.document = document
        self.layout = layout
        self.rows = rows
        self.reading = reading
        self.sheet = sheet
        self.problems = problems
        self._open_questions = open_questions
        self._remarks: tuple[questions.Question, ...] = ()

    def decide(self, secrets: Collection[Secret]) -> None:
        """Raise what is wrong with the file, and what it leaves open; else return."""
        connection = self.sheet.connection
        self._note_strays()
        if self.reading.tells_time:
            timing.leave_untouched(connection)
        open_questions = [*self._open_questions, *self.sheet.questions()]
        counting.note_unfit(connection, self.reading.updates, secrets, self.problems)
        self._remarks = tuple(remarks(self.rows))
        self.problems.check([questions.text_of(question) for question in open_questions])
        if open_questions:
            raise questions.undecided(*open_questions, remarks=self._remarks)
        empty = "SELECT NOT EXISTS (SELECT 1 FROM sheet.row UNION ALL SELECT 1 FROM sheet.passed)"
        if connection.execute(empty).fetchone()[0]:
            raise UsageProblem(
                tr(
                    "{file}: a header and nothing below it; expected a row per product",
                    file=self.document.name,
                )
            )

    def _note_strays(self) -> None:
        """Take cells under no title for mistakes where they may be a part of a number."""
        if not self.layout.plain and (self.layout.sheet or self.document.elements):
            return
        for stray in self.rows.strays:
            self.problems.add(
                stray.line,
                stray.column,
                tr(
                    "{cell} stands under no header; expected {count} fields (one that holds"
                    " the separator, in quotes)",
                    cell=quoted(stray.cell),
                    count=self.layout.width,
                ),
            )

    def contents(self) -> Found:
        """Return what was found in the file, and what of it was passed over."""
        passed = {reason.value: count for reason, count in self.rows.passed.items()}
        for why, count in self.sheet.connection.execute(
            "SELECT why, sum(rows) FROM sheet.passed GROUP BY why ORDER BY why"
        ):
            passed[why] = passed.get(why, 0) + count
        return Found(
            self.document.form,
            ", ".join([self.layout.sheet, *(name for name, _ in self.layout.more)]),
            self.layout.header_rows,
            {role.value: column.title for role, column in self.layout.columns.items()},
            passed,
            self._remarks,
        )


def _read(
    store: Store,
    document: Document,
    answers: Answers,
    warehouses: Collection[str],
    *,
    now: datetime,
    at: datetime | None,
) -> _Read:
    """Read the rows of a file into `sheet.row`; raises where it has no table."""
    table = header.find(document, answers)
    layout = table.layout
    if layout is None:
        raise questions.undecided(*table.questions)
    rows = Rows(document, layout, answers)
    problems = Problems(document.name, places(document, layout))
    reading = Reading(rows.records(), layout, answers, warehouses, problems, now=now, at=at)
    # Into a file of its own first: a long sheet keeps nobody from the database.
    whole = document.open_column is None
    fill(store.connection, document.name, reading, whole=whole)
    sheet = Sheet(
        store.connection,
        document.name,
        layout,
        answers,
        problems.place,
        warehouses,
        damaged=rows.damaged,
        open_column=document.open_column,
    )
    return _Read(document, layout, rows, reading, sheet, problems, table.questions)


def _carried_out(
    store: Store,
    read: _Read,
    answers: Answers,
    *,
    source: str | None,
    now: datetime,
    at: datetime | None,
    yes: bool,
    look: Look | None,
) -> ImportResult:
    """Ask what is to be asked before anything is changed, then count."""
    connection, document = store.connection, read.document
    if answers.means == "available":
        counting.add_reserved(connection)
    if answers.missing == "zero":
        if document.is_part:
            raise UsageProblem(
                tr(
                    "{file} says that it holds changes only, so what it does not name is not"
                    " gone; let that keep its number (`--missing keep`)",
                    file=document.name,
                )
            )
        counting.count_missing(connection, at)
    if source is not None:
        timing.leave_counted_later(connection)
    made = sums.sums(connection)
    if not yes:
        written_at = None if source is not None else document.written_at
        reasons = timing.reasons(
            store, document.name, document.digest, at=at, written_at=written_at
        )
        past.ask([*reasons, *sums.doubtful_changes(connection, document.name, made)])
    if read.reading.tells_time:
        timing.reckon(store, now=now)
        made = sums.sums(connection)
    contents = replace(read.contents(), not_in_file=sums.not_in_file(connection, made))
    updates = read.reading.updates
    if look is not None:
        look(counting.differences(connection, updates))
    updated = counting.update_products(store, updates)
    counting.count(store, document.name, now)
    if source is not None:
        _remember(store, source, document, answers, made, at or now, now)
    timing.remember(connection, kept_name(document.name), document.digest, now=now)
    store.targets.refresh()
    return ImportResult(
        rows=made.rows,
        first_counted=made.first_counted,
        changed=made.changed,
        emptied=made.emptied,
        left_uncounted=made.left_uncounted,
        untouched=made.untouched,
        units_added=made.units_added,
        units_removed=made.units_removed,
        names=updated.get(Role.NAME, 0),
        barcodes=updated.get(Role.BARCODE, 0),
        buffers=updated.get(Role.BUFFER, 0),
        minimums=updated.get(Role.MINIMUM, 0),
        moved_since=tuple(timing.moved_since(connection)),
        found=contents,
    )


# ---------------------------------------------------------------- sources


def _is_taken(store: Store, source: str, document: Document, answers: Answers) -> bool:
    """Tell whether this content was taken last, read as now."""
    last = sources.taken(store.connection, source)
    return last is not None and (last.digest, last.answers) == (
        document.digest,
        _fingerprint(answers),
    )


def _remember(
    store: Store,
    source: str,
    document: Document,
    answers: Answers,
    made: Sums,
    written_at: datetime,
    now: datetime,
) -> None:
    what = Taken(
        kept_name(document.name),
        document.digest,
        _fingerprint(answers),
        written_at,
        now,
        made.rows,
        made.changed,
    )
    sources.remember(store.connection, source, what)


def _fingerprint(answers: Answers) -> str:
    return sha256(repr(answers).encode()).hexdigest()[:16]
