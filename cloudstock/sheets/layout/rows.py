"""Yields the rows of data of the one table of a file, and counts what it passes over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from operator import itemgetter
from typing import NamedTuple

from cloudstock.sheets.answers import Answers
from cloudstock.sheets.layout import quantities, vocabulary
from cloudstock.sheets.layout.articles import CLEAR, SUSPECT, SUSPECTS, Articles, Starts, inside
from cloudstock.sheets.layout.articles import doubt as doubt_of
from cloudstock.sheets.layout.candidates import SAMPLE
from cloudstock.sheets.layout.records import SHEET_LINES, Layout, Quantity, Record, Role
from cloudstock.sheets.layout.vocabulary import folded
from cloudstock.sheets.reading.grid import Cell, Document, Row, Sheet

STRAYS_MAX = 20
# A column belongs to every product where so many of its cells are filled.
FILLED = 0.8
HINTS_MAX = 3
# Groups in groups.
TITLES_MAX = 8

# The title of what a feed says of whether a thing can be bought.
AVAILABLE = ("available",)

ORDER = (
    Role.SKU,
    Role.QUANTITY,
    Role.WAREHOUSE,
    Role.NAME,
    Role.BARCODE,
    Role.BUFFER,
    Role.MINIMUM,
    Role.WAS,
    Role.AS_OF,
)
# What most sheets tell.
PLAIN = (Role.SKU, Role.QUANTITY, Role.WAREHOUSE, Role.NAME)


# A record of the fields as they are.
_RECORD: Callable[[type[Record], tuple[object, ...]], Record] = tuple.__new__


class Passed(StrEnum):
    """Why a row is no data."""

    EMPTY = "empty"
    GROUP = "group"
    TOTAL = "total"
    HEADER = "header-again"
    HINT = "hint"


class Stray(NamedTuple):
    """A cell under no title."""

    line: int
    # 0-based.
    column: int
    cell: str


@dataclass(slots=True)
class _Title:
    """A row without article, and what was counted below it."""

    record: Record
    rows: int = 0
    sum: int = 0


class Noted:
    """Rows of which something is said: the first ones, and how many there are."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.count = 0

    def add(self, line: int) -> None:
        """Note one more."""
        self.count += 1
        if len(self.lines) < STRAYS_MAX:
            self.lines.append(line)


class Rows:
    """The rows of a table while they are read."""

    def __init__(self, document: Document, layout: Layout, answers: Answers) -> None:
        """Read with `layout`, as `header.find` returned it for the same file and answers."""
        self._layout = layout
        self._answers = answers
        first = layout.sheet, max(layout.header_rows, default=0)
        sheets = {sheet.name: sheet for sheet in document.sheets}
        # Each with the last row of its header.
        self._sheets = [(sheets[name], last) for name, last in (first, *layout.more)]
        # A text has no kinds of cells, and may be guarded against formulas by apostrophes.
        self._is_text = not layout.sheet
        # Rows that were passed over, by reason.
        self.passed: Counter[Passed] = Counter()
        # The first cells under no title, and how many there are.
        self.strays: list[Stray] = []
        self.stray_count = 0
        self._articles = Articles(self._is_text)
        # What a feed counts, though it says that it cannot be bought.
        self.unavailable = Noted()
        self._companions = self._find_companions()

    @property
    def damaged(self) -> bool:
        """Whether an article so far proves that a spreadsheet changed the column of a text."""
        return self._articles.damaged

    def records(self) -> Iterator[Record]:
        """Yield the rows of data in the order of the file; those without article may come later."""
        if self._layout.plain:
            return self._plain()
        # Where other columns are filled for products alone, they tell titles apart.
        return self._judged() if len(self._companions) > 1 else self._without_sums(self._judged())

    # ---------------------------------------------------------------- rows

    def _body(self) -> Iterator[Row]:
        """Return the rows below the header, of several sheets one after the other."""
        if len(self._sheets) == 1:
            return _below(*self._sheets[0])
        return (
            row._replace(line=row.line + number * SHEET_LINES)
            for number, (sheet, last) in enumerate(self._sheets)
            for row in _below(sheet, last)
        )

    def _watched(self) -> Iterator[Row]:
        """Return the rows below the header, and note those of a feed that contradict themselves."""
        if self._layout.header_rows or AVAILABLE not in self._layout.titles:
            return self._body()
        return self._compared()

    def _compared(self) -> Iterator[Row]:
        available = self._layout.titles.index(AVAILABLE)
        quantity = self._layout.columns.get(Role.QUANTITY)
        for row in self._body():
            if quantity is not None and _cell(row.cells, available).casefold() == "false":
                _, units = quantities.read(_cell(row.cells, quantity.index))
                if units:
                    self.unavailable.add(row.line)
            yield row

    def _plain(self) -> Iterator[Record]:
        """Yield each row that holds anything: a sheet of ours has no other."""
        record, width, ordinary = self._reading(), self._layout.width, self._ordinary()
        for line, cells, hidden in self._body():
            made = ordinary(line, cells, hidden)
            if made is not None:
                yield made
                continue
            if len(cells) > width:
                self._note_strays(line, cells)
            if not (cells and cells[0]) and not any(cell.strip() for cell in cells):
                self.passed[Passed.EMPTY] += 1
                continue
            yield record(line, cells, hidden)

    def _judged(self) -> Iterator[Record]:
        """Yield the rows of data of a sheet in which others stand, too."""
        record, width, ordinary = self._reading(), self._layout.width, self._ordinary()
        group, hints, is_first = "", 0, True
        for line, cells, hidden in self._watched():
            made = None if is_first else ordinary(line, cells, hidden)
            if made is not None:
                yield made._replace(warehouse=group) if group else made
                continue
            if len(cells) > width:
                self._note_strays(line, cells)
                cells = cells[:width]
            if not any(cell.strip() for cell in cells):
                self.passed[Passed.EMPTY] += 1
                continue
            if is_first and hints < HINTS_MAX and self._is_hint(cells):
                self.passed[Passed.HINT] += 1
                hints += 1
                continue
            is_numbers, is_first = is_first and _numbers_columns(cells), False
            reason = self._reason(cells)
            if reason is Passed.GROUP and self._layout.grouped:
                group = _cell(cells, self._layout.columns[Role.WAREHOUSE].index)
            if reason is not None:
                self.passed[reason] += 1
                continue
            made = record(line, cells, hidden)
            if group:
                made = made._replace(warehouse=group)
            if is_numbers or (made.sku and self._may_be_group(cells, made)):
                made = made._replace(group=True)
            yield made

    def _without_sums(self, records: Iterator[Record]) -> Iterator[Record]:
        """Leave out rows without article that count what rows below them do: titles of groups.

        No other row without article is left out: it may be a product that lacks one.
        """
        titles: list[_Title] = []
        for record in records:
            if record.sku or record.barcode:
                for title in titles:
                    title.rows += 1
                    title.sum += record.units or 0
                yield record
            elif record.units is None:
                yield record
            else:
                titles, ended = self._ended(titles, TITLES_MAX)
                yield from ended
                titles.append(_Title(record))
        _, ended = self._ended(titles, 0)
        yield from ended

    def _ended(self, titles: Sequence[_Title], most: int) -> tuple[list[_Title], list[Record]]:
        """Return those that may go on, at most so many, and the records that are no titles."""
        going, ended = [], []
        for title in titles:
            if title.rows and title.sum == title.record.units:
                self.passed[Passed.GROUP] += 1
            elif title.sum > (title.record.units or 0):
                ended.append(title.record)
            else:
                going.append(title)
        beyond = len(going) - min(len(going), most)
        return going[beyond:], [*ended, *(title.record for title in going[:beyond])]

    def _ordinary(self) -> Callable[[int, Sequence[str], bool], Record | None]:
        """Return what makes, at little cost, the records of most rows; None for any other row."""
        columns, width = self._layout.columns, self._layout.width
        key, record = columns.get(self._layout.key), self._reading()
        if key is None or key.before:
            return lambda _line, _cells, _hidden: None
        # Of two at least, so that it returns a tuple.
        filled = itemgetter(key.index, key.index, *self._companions)
        least, starts = max((key.index, *self._companions)) + 1, self._starts(key.index)

        def ordinary(line: int, cells: Sequence[str], hidden: bool) -> Record | None:
            if not least <= len(cells) <= width or "" in filled(cells):
                return None
            return record(line, cells, hidden) if starts[cells[key.index][:3]] else None

        if not {Role.SKU, Role.QUANTITY} <= set(columns) <= set(PLAIN):
            return ordinary
        # Most sheets tell of nothing else.
        places = [columns.get(role, key).index for role in PLAIN]
        arranged, most, read = itemgetter(*places), max(*places, least - 1), self._quantity_reader()
        named, located = Role.NAME in columns, Role.WAREHOUSE in columns
        is_text, number, companions = self._is_text, Quantity.NUMBER, self._companions

        def plain(line: int, cells: Sequence[str], hidden: bool) -> Record | None:
            if hidden or not most < len(cells) <= width or (companions and "" in filled(cells)):
                return ordinary(line, cells, hidden)
            sku, quantity, warehouse, name = arranged(cells)
            start = starts[sku[:3]]
            if start is not CLEAR and (start is not SUSPECT or not sku.isdigit()):
                return ordinary(line, cells, hidden)
            kind, units = read(quantity)
            if (
                kind is not number
                or sku != sku.strip()
                or not (is_text or _is_plain(sku, quantity))
            ):
                return record(line, cells, hidden)
            # fmt: off
            return _RECORD(Record, (
                line, sku, "", "", units, kind, quantity, warehouse.strip() if located else "",
                False, False, name if named else "", "", "", "", "", "",
            ))
            # fmt: on

        return plain

    def _starts(self, index: int) -> Starts:
        """Return what the beginnings of articles, which stand in a column, are."""
        if self._layout.plain:
            return Starts((), self._is_text)
        # A row that sums up, or repeats the header, has an article that begins so.
        titles = self._layout.titles
        titled = titles[index] if index < len(titles) else ()
        return Starts({title[:2] for title in titled} | vocabulary.SUMS_BEGIN, self._is_text)

    def _note_strays(self, line: int, cells: Sequence[str]) -> None:
        for column in range(self._layout.width, len(cells)):
            if cells[column].strip():
                self.stray_count += 1
                if len(self.strays) < STRAYS_MAX:
                    self.strays.append(Stray(line, column, cells[column]))

    # ---------------------------------------------------------------- what is no data

    def _reason(self, cells: Sequence[str]) -> Passed | None:
        """Return why a row is certainly no data; None where it is, or may be."""
        article = self._named_by(cells)
        if self._repeats_header(cells):
            return Passed.HEADER
        first = article or next(cell.strip() for cell in cells if cell.strip())
        if vocabulary.TOTAL.fullmatch(first.casefold()) or (
            vocabulary.SUMS.match(first.casefold())
            and not (article and self._companions and self._accompanied(cells))
        ):
            return Passed.TOTAL
        if article:
            return None
        key = self._layout.columns.get(self._layout.key)
        if self._layout.grouped or (key is not None and key.before):
            return Passed.GROUP
        at = next(i for i, cell in enumerate(cells) if cell.strip())
        others = [i for i in self._companions if i != at]
        lacks = others and not any(_cell(cells, i) for i in others)
        kinds = {quantities.read(cell)[0] for cell in self._counts(cells)}
        if kinds <= {Quantity.EMPTY}:
            return Passed.GROUP
        if kinds <= {Quantity.EMPTY, Quantity.WORD} and not others:
            return Passed.GROUP
        # A subtotal; else a product that lacks its article.
        return Passed.GROUP if lacks else None

    def _named_by(self, cells: Sequence[str]) -> str:
        """Return what names the product of a row, its article or its barcode."""
        columns = self._layout.columns
        for role in (self._layout.key, Role.SKU, Role.BARCODE):
            column = columns.get(role)
            cell = _cell(cells, column.index) if column is not None else ""
            if column is not None and column.before:
                cell = inside(cell, column.before)
            if cell:
                return cell
        return ""

    def _counts(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells that may be the quantity."""
        quantity = self._layout.columns.get(Role.QUANTITY)
        return cells if quantity is None else [_cell(cells, quantity.index)]

    def _accompanied(self, cells: Sequence[str]) -> int:
        """Return how many of the columns that every product fills are filled."""
        return sum(bool(_cell(cells, i)) for i in self._companions)

    def _may_be_group(self, cells: Sequence[str], record: Record) -> bool:
        """Tell whether what stands in the place of an article may be a title or a footer."""
        if not self._companions:
            return False
        filled = self._accompanied(cells)
        wordy = not any(character.isdigit() for character in record.sku)
        if record.kind is Quantity.EMPTY:
            return not filled or (wordy and 2 * filled <= len(self._companions))
        return not filled and (wordy or len(self._companions) > 1)

    def _repeats_header(self, cells: Sequence[str]) -> bool:
        parts = self._layout.titles
        repeated = filled = 0
        for title, cell in zip(parts, cells, strict=False):
            if title and cell:
                filled += 1
                # Most cells are told apart by their beginning.
                if any(cell.strip()[:1].casefold() == part[0] for part in title):
                    repeated += folded(cell) in title
        return filled > 1 and 2 * repeated > filled

    def _is_hint(self, cells: Sequence[str]) -> bool:
        """Tell whether a row under the header says how to fill the columns."""
        columns = self._layout.columns
        roles = [role for role in (self._layout.key, Role.QUANTITY) if role in columns]
        texts = [_cell(cells, columns[role].index) for role in roles]
        hints = any(vocabulary.HINT.search(text.casefold()) for text in texts)
        return hints and not any(character.isdigit() for character in "".join(texts))

    def _is_words(self, cell: str) -> bool:
        """Tell whether a cell is a text that counts nothing; a workbook knows texts of digits."""
        if isinstance(cell, Cell) or not cell.strip():
            return False
        return not self._is_text or not quantities.is_counted(cell)

    def _find_companions(self) -> tuple[int, ...]:
        """Return the columns of text, beside the key, that every product fills."""
        if self._layout.plain:
            return ()
        columns = self._layout.columns
        # Groups have nothing but a title, and sums.
        named = [
            row.cells
            for row in islice(self._body(), SAMPLE)
            if self._named_by(row.cells) and sum(map(self._is_words, row.cells)) > 1
        ]
        named = [cells for cells in named if not self._repeats_header(cells)]
        # A row may well name no warehouse.
        roles = (self._layout.key, Role.QUANTITY, Role.WAREHOUSE)
        taken = {columns[role].index for role in roles if role in columns}
        companions = []
        for i in range(self._layout.width):
            filled = [cells[i] for cells in named if _cell(cells, i)]
            texts = [value for value in filled if self._is_words(value)]
            mostly_text = len(texts) >= FILLED * len(filled)
            if i not in taken and mostly_text and len(filled) > len(named) / 2:
                companions.append(i)
        return tuple(companions)

    # ---------------------------------------------------------------- cells

    def _reading(self) -> Callable[[int, Sequence[str], bool], Record]:
        """Return what makes the record of a row."""
        columns = self._layout.columns
        places = [columns[role].index if role in columns else -1 for role in ORDER]
        arranged, most = itemgetter(*places), max(places) + 2
        is_text, read = self._is_text, self._quantity_reader()
        before = columns[Role.SKU].before if Role.SKU in columns else ""
        suspect, barcode_of = self._articles.suspect, self._articles.barcode

        def record(line: int, cells: Sequence[str], hidden: bool) -> Record:
            # For the columns that the table does not have, and those that the row lacks.
            padded = (*cells, "")
            if len(padded) < most:
                padded += ("",) * (most - len(padded))
            sku, quantity, warehouse, name, barcode, buffer, minimum, was, as_of = arranged(padded)
            article, doubt = sku.strip(), ""
            if not is_text:
                quantity = _floor(quantity)
                if type(sku) is Cell:
                    doubt = doubt_of(sku)
            elif article[:1] in SUSPECTS or article[:3].lower() in SUSPECTS:
                article, doubt = suspect(article)
            if before:
                article = inside(article, before)
            kind, units = read(quantity)
            if barcode:
                barcode = barcode_of(barcode)
            # fmt: off
            return _RECORD(Record, (
                line, article, doubt, barcode, units, kind, quantity, warehouse.strip(), hidden,
                False, name, buffer, minimum, was, as_of, sku if sku != article else "",
            ))
            # fmt: on

        return record

    def _quantity_reader(self) -> Callable[[str], quantities.Reading]:
        comma_is_decimal = self._layout.comma_is_decimal
        return quantities.read if comma_is_decimal else quantities.read_of_any_country


def _below(sheet: Sheet, last: int) -> Iterator[Row]:
    rows = iter(sheet.rows())
    first = next((row for row in rows if row[0] > last), None)
    return chain((first,), rows) if first is not None else iter(())


def _is_plain(article: str, quantity: str) -> bool:
    """Tell whether nothing is odd about how a workbook holds an article and a quantity."""
    is_shown = type(quantity) is Cell and quantity.shown != quantity
    return type(article) is str and not is_shown


def _floor(quantity: str) -> str:
    """Return a quantity as it is shown where its format makes it one at least: 9 as "9+"."""
    if type(quantity) is Cell and quantity.shown != quantity:
        kind, _units = quantities.read(quantity.shown)
        return quantity.shown if kind is Quantity.AT_LEAST else quantity
    return quantity


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _numbers_columns(cells: Sequence[str]) -> bool:
    """Tell whether a row under the header may number the columns: 1, 2, 3."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 2 and filled == [str(i) for i in range(1, len(filled) + 1)]
