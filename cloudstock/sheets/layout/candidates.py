"""Rows of a file that may be the header of its table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.answers import OTHERS, Answers
from cloudstock.sheets.layout import quantities, vocabulary
from cloudstock.sheets.layout.records import Quantity, Role
from cloudstock.sheets.layout.titles import in_one_line, index_of, titled
from cloudstock.sheets.layout.vocabulary import CERTAIN, OTHER, Meaning, folded
from cloudstock.sheets.reading.grid import Cell, Document, Row, Sheet

# The header is looked for in so many rows, and may have so many itself.
FIRST_ROWS = 30
SPAN_MAX = 3
# Rows under it that show what a column holds.
SAMPLE = 50
# No table of stock is wider; every title is held against all others.
TITLES_MAX = 1_000
YES_NO = {"true", "false", "yes", "no", "да", "нет", "так", "ні"}
LATIN = re.compile(r"[A-Za-z]{1,3}")


class Header:
    """A header as it may be meant: rows of a sheet, and the titles that they make of columns."""

    def __init__(
        self,
        sheet: Sheet,
        lines: Sequence[int],
        parts: Sequence[tuple[str, ...]],
        sample: Sequence[Row],
        *,
        above: Sequence[Row] = (),
        feed: bool = False,
    ) -> None:
        self.sheet = sheet
        self.lines = tuple(lines)
        self.parts = list(parts)
        while self.parts and not self.parts[-1]:
            self.parts.pop()
        self.sample = sample
        self._above = above
        self.feed = feed

    @cached_property
    def meanings(self) -> list[Meaning | None]:
        """What each title says."""
        meanings = [vocabulary.meaning(parts) for parts in self.parts]
        lowest = [folded(parts[-1]) if parts else "" for parts in self.parts]
        if self.feed:
            # Marketplaces take an offer's id for the seller's article.
            return [
                Meaning(Role.SKU) if title in {"id", "@id"} else meaning
                for title, meaning in zip(lowest, meanings, strict=True)
            ]
        if any(vocabulary.OF_OZON.search(title) for title in lowest):
            # The cabinet's own number.
            return [
                OTHER if title == "sku" and "артикул" in lowest else meaning
                for title, meaning in zip(lowest, meanings, strict=True)
            ]
        return meanings

    @cached_property
    def titles(self) -> list[str]:
        """Each title: its lowest part, with those above where other columns have the same."""
        lowest = [in_one_line(parts[-1]) if parts else "" for parts in self.parts]
        names = [folded(title) for title in lowest]
        return [
            " / ".join(map(in_one_line, parts)) if parts and names.count(name) > 1 else title
            for parts, title, name in zip(self.parts, lowest, names, strict=True)
        ]

    def of_role(self, role: Role) -> list[int]:
        """Return the columns whose titles say so."""
        return [i for i, m in enumerate(self.meanings) if m is not None and m.role is role]

    @cached_property
    def group_column(self) -> int | None:
        """The column whose cells name a warehouse, and under it products: "Склад / Товар"."""
        for i, parts in enumerate(self.parts):
            meaning = self.meanings[i]
            if meaning is None or meaning.role is not Role.NAME:
                continue
            above = [vocabulary.meaning((part,)) for part in parts[:-1]]
            if any(m is not None and m.role is Role.WAREHOUSE for m in above):
                return i
        return None

    @cached_property
    def warehouse(self) -> str:
        """The one warehouse that stands above it; "" where there is none, or several."""
        names = set()
        for row in self._above:
            cells = [in_one_line(cell) for cell in row.cells if cell.strip()]
            for at, cell in enumerate(cells):
                match = vocabulary.LETTERHEAD.fullmatch(cell)
                if match is not None:
                    names.add(match[1].strip() or "".join(cells[at + 1 : at + 2]))
        names = {name for name in names if folded(name) not in vocabulary.ALL_OF_THEM}
        return names.pop() if len(names) == 1 else ""

    @property
    def physical_lines(self) -> tuple[int, ...]:
        """Its rows; in a text, each line of titles that are broken over several."""
        if self.sheet.name or not self.lines:
            return self.lines
        breaks = sum(part.count("\n") for parts in self.parts for part in parts)
        return tuple(range(self.lines[0], self.lines[-1] + breaks + 1))

    def named(self, title: str) -> list[int]:
        """Return the columns that a user calls so: by title, by its last part, or by letter."""
        wanted = folded(re.sub(r"\s*/\s*", " / ", title))
        whole = [re.sub(r"\s*/\s*", " / ", folded(" / ".join(parts))) for parts in self.parts]
        last = [folded(parts[-1]) if parts else "" for parts in self.parts]
        for names in (whole, [re.sub(r"\s*/\s*", " / ", name) for name in last]):
            columns = [i for i, name in enumerate(names) if name and name == wanted]
            if columns:
                return columns
        letter = LATIN.fullmatch(title.strip())
        if letter and (index := index_of(letter[0])) < max(len(self.parts), self.sampled_width):
            return [index]
        return []

    @cached_property
    def sampled_width(self) -> int:
        """How many columns the rows under it have."""
        return max((len(row.cells) for row in self.sample), default=0)

    def matches(self, answers: Answers) -> tuple[int, int]:
        """Return how many columns that the user named are here, and how much of a table it is."""
        named = sum(len(self.named(titled(t)[0])) == 1 for t in answers.columns.values())
        key = bool(self.of_role(Role.SKU) or self.of_role(Role.BARCODE))
        return named, 2 * key + bool(self.of_role(Role.QUANTITY))

    def is_header(self, answers: Answers) -> bool:
        """Tell whether enough of it is known: a sentence may hold one word of a title."""
        named, known_roles = self.matches(answers)
        if (answers.columns and named) or answers.header_row is not None:
            return True
        certain = any(
            m.role in {Role.SKU, Role.BARCODE} and m.sure == CERTAIN for m in self.meanings if m
        )
        titles = (
            sum(map(bool, self.parts)) if certain else sum(m is not None for m in self.meanings)
        )
        return known_roles > 0 and titles > 1

    def score(self, answers: Answers) -> tuple[int, ...]:
        """Return how good a header it makes: more is better."""
        of_roles = [t for t, m in zip(self.titles, self.meanings, strict=True) if m and m.role]
        names = [folded(title) for title in of_roles]
        roles = {m.role for m in self.meanings if m is not None}
        return (
            self.is_header(answers),
            *self.matches(answers),
            Role.WAREHOUSE in roles or self.group_column is not None,
            # Two titles that are the same are one row too few.
            len(set(names)) - len(names),
            not self.goes_on,
            len(roles),
            -len(self.lines),
            sum(m is not None for m in self.meanings),
        )

    @cached_property
    def goes_on(self) -> bool:
        """Whether the row below holds titles still: some stand under a merged one."""
        below = self.sample[0] if self.sample else None
        if not self.lines or below is None or below.line != self.lines[-1] + 1:
            return False
        keys = [*self.of_role(Role.SKU), *self.of_role(Role.BARCODE)]
        if not _is_of_titles(below) or any(_cell(below, i) for i in keys):
            return False
        if sum(bool(cell.strip()) for cell in below.cells) < 2:
            return False
        titled = [bool(parts) for parts in self.parts]
        merged = (i for i in range(1, len(below.cells)) if not titled[i : i + 1] or not titled[i])
        return any(_cell(below, i) and any(titled[:i]) for i in merged)

    def values(self, column: int) -> list[str]:
        """Return what the rows under it have in a column."""
        cells = (row.cells[column] for row in self.sample if column < len(row.cells))
        return [cell for cell in cells if cell.strip()]

    def holds_counts(self, column: int) -> bool:
        """Tell whether a column holds quantities, and words at most where one may stand."""
        values = self.values(column)
        words = [value for value in values if not quantities.is_counted(value)]
        return len(words) < len(values) and len(set(words)) <= 2

    def tells_apart(self, column: int) -> bool:
        """Tell whether no two rows have the same in a column, and few have nothing."""
        values = self.values(column)
        whole = all(quantities.read(value)[0] is not Quantity.FRACTION for value in values)
        return whole and len(set(values)) == len(values) > len(self.sample) / 2

    def holds_yes_or_no(self, column: int) -> bool:
        """Tell whether a column says nothing but whether there is any."""
        values = {value.casefold() for value in self.values(column)}
        return bool(values) and values <= YES_NO


def candidates(document: Document, answers: Answers) -> list[Header]:
    """Return the best header of each sheet that may be meant."""
    sheets = _sheets(document, answers)
    if document.elements:
        parts = [(title,) if title else () for title in document.elements]
        return [Header(s, (), parts, list(islice(s.rows(), SAMPLE)), feed=True) for s in sheets]
    headers = []
    empty = True
    for sheet in sheets:
        candidates = list(_candidates(sheet, answers))
        if candidates:
            empty = False
            headers.append(max(candidates, key=lambda header: header.score(answers)))
    if empty:
        raise UsageProblem(
            tr(
                "{name} is empty; expected a header {expected} and a row per product",
                name=document.name,
                expected="sku,quantity",
            )
        )
    return headers


def _sheets(document: Document, answers: Answers) -> list[Sheet]:
    if answers.sheet in (None, OTHERS):
        return list(document.sheets)
    names = [sheet.name for sheet in document.sheets]
    wanted = folded(answers.sheet or "")
    for sheet in document.sheets:
        if folded(sheet.name) == wanted:
            return [sheet]
    raise UsageProblem(
        tr(
            "{name}: there is no visible sheet {sheet}; it has {sheets}",
            name=document.name,
            sheet=repr(answers.sheet),
            sheets=", ".join(map(repr, names)),
        )
    )


def _candidates(sheet: Sheet, answers: Answers) -> Iterator[Header]:
    """Yield every header that the first rows of a sheet may be; of equals the first is meant."""
    rows = [_narrow(row) for row in islice(sheet.rows(), FIRST_ROWS + SAMPLE)]
    last = answers.header_row
    if last == 0:
        # No header at all: columns are told by their letters.
        yield Header(sheet, (), [], rows[:SAMPLE])
        return
    if answers.columns and all(LATIN.fullmatch(title) for title in answers.columns.values()):
        # Perhaps there is none: letters need no titles.
        yield Header(sheet, (), [], rows[:SAMPLE])
    if last is not None and all(row.line != last for row in rows):
        rows = list(_around(sheet, last))
    for start in range(len(rows) if last is not None else min(FIRST_ROWS, len(rows))):
        for end in range(start + 1, min(start + SPAN_MAX, len(rows)) + 1):
            span = rows[start:end]
            if end - start > 1 and not _goes_on(span[-1], span[-2]):
                break
            if last is None or span[-1].line == last:
                lines = [row.line for row in span]
                yield Header(
                    sheet, lines, _parts(span), rows[end : end + SAMPLE], above=rows[:start]
                )


def _narrow(row: Row) -> Row:
    return row if len(row.cells) <= TITLES_MAX else row._replace(cells=row.cells[:TITLES_MAX])


def _around(sheet: Sheet, line: int) -> list[Row]:
    """Return the rows about one that stands further down."""
    rows: list[Row] = []
    for row in sheet.rows():
        rows.append(_narrow(row))
        if row.line < line:
            del rows[:-SPAN_MAX]
        elif len(rows) > SPAN_MAX + SAMPLE:
            break
    if all(row.line != line for row in rows):
        raise UsageProblem(tr("row {row} is empty; it cannot be the header", row=line))
    return rows


def _goes_on(row: Row, above: Row) -> bool:
    """Tell whether a row may be the lower one of a header: nothing in it is data."""
    return (
        row.line == above.line + 1
        and _is_of_titles(row)
        and not any(
            cell.strip() and _is_product(title) and vocabulary.meaning([cell]) is None
            for cell, title in zip(row.cells, above.cells, strict=False)
        )
    )


def _is_product(title: str) -> bool:
    """Tell whether what stands below a title is a product, if it is no title itself."""
    meaning = vocabulary.meaning([title])
    return meaning is not None and meaning.role in {Role.SKU, Role.BARCODE, Role.NAME}


def _is_of_titles(row: Row) -> bool:
    return not any(
        isinstance(cell, Cell) or quantities.is_counted(cell) or len(cell) > vocabulary.TITLE_MAX
        for cell in row.cells
    )


def _cell(row: Row, column: int) -> str:
    return row.cells[column].strip() if column < len(row.cells) else ""


def _parts(span: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return the titles of each column from above, those of merged cells over all of them."""
    width = max(len(row.cells) for row in span)
    levels: list[list[str]] = []
    for row in reversed(span):
        level = [cell.strip() for cell in row.cells] + [""] * (width - len(row.cells))
        if levels:
            below = [any(lower[i] for lower in levels) for i in range(width)]
            for i in range(1, width):
                # A title that is merged over several columns stands in the first of them.
                if not level[i] and below[i]:
                    level[i] = level[i - 1]
        levels.append(level)
    return [tuple(level[i] for level in reversed(levels) if level[i]) for i in range(width)]


def place_of(document: Document, header: Header) -> str:
    """Return where a header stands, for people."""
    parts = [document.name]
    if len(document.sheets) > 1 and header.sheet.name:
        parts.append(tr("sheet {sheet}", sheet=header.sheet.name))
    if header.lines:
        parts.append(tr("row {row}", row=header.lines[-1]))
    return ": ".join(parts)
