"""Finds the one table of a file: its sheet, its header, and what each column is for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import islice

from cloudstock.errors import UsageProblem
from cloudstock.language import mark, spoken, tr, trn
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.layout import quantities, vocabulary
from cloudstock.sheets.layout.records import Column, Layout, Quantity, Role
from cloudstock.sheets.layout.vocabulary import CERTAIN, OTHER, Meaning, folded
from cloudstock.sheets.questions import About, Option, Question
from cloudstock.sheets.reading.grid import Cell, Document, Row, Sheet

# The header is looked for in so many rows, and may have so many itself.
FIRST_ROWS = 30
SPAN_MAX = 3
# Rows under it that show what a column holds.
SAMPLE = 50
SHOWN = 3
YES_NO = {"true", "false", "yes", "no", "да", "нет", "так", "ні"}
LATIN = re.compile(r"[A-Za-z]{1,3}")
# An article inside a name: "Кружка, арт. KR-0401 (шт.)".
INSIDE = re.compile(r"\b(арт\.|артикул:?|art\.|sku:?)\s*\S", re.IGNORECASE)
BEFORE = re.compile(r"(.*?)\s*\[(.+?)\s*\*\]", re.DOTALL)
ROLES = {
    Role.SKU: mark("the article"),
    Role.QUANTITY: mark("the quantity"),
    Role.BARCODE: mark("the barcode"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What of a file is clear, and what only its user knows."""

    # None: no table. A column that a question is open about is not in it.
    layout: Layout | None
    questions: tuple[Question, ...] = ()


def find(document: Document, answers: Answers) -> Found:
    """Return where the table of a file stands, and what the file leaves open of that.

    Raises `UsageProblem` for a file without rows, for an answer that names no sheet, row or column
    of it, and for a sheet of ours that has a column twice.
    """
    headers = _headers(document, answers)
    best = max((h.found(answers) for h in headers), default=(0, 0))
    headers = [h for h in headers if h.found(answers) == best and h.is_header(answers)]
    if len(headers) > 1:
        headers = [h for h in headers if h.sample] or headers[:1]
    if not headers:
        return Found(None, (_no_header(document, answers),))
    if len(headers) > 1:
        return Found(None, (_which_sheet(document, headers),))
    return _Assignment(document, headers[0], answers).found()


# ---------------------------------------------------------------- headers


class _Header:
    """A header as it may be meant: rows of a sheet, and the titles that they make of columns."""

    def __init__(
        self,
        sheet: Sheet,
        lines: Sequence[int],
        parts: Sequence[tuple[str, ...]],
        sample: Sequence[Row],
        *,
        feed: bool = False,
    ) -> None:
        self.sheet = sheet
        self.lines = tuple(lines)
        self.parts = list(parts)
        while self.parts and not self.parts[-1]:
            self.parts.pop()
        self.sample = sample
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
        lowest = [_line(parts[-1]) if parts else "" for parts in self.parts]
        names = [folded(title) for title in lowest]
        return [
            " / ".join(map(_line, parts)) if parts and names.count(name) > 1 else title
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
        if letter and (index := _index(letter[0])) < max(len(self.parts), self.sampled_width):
            return [index]
        return []

    @cached_property
    def sampled_width(self) -> int:
        """How many columns the rows under it have."""
        return max((len(row.cells) for row in self.sample), default=0)

    def found(self, answers: Answers) -> tuple[int, int]:
        """Return how many columns that the user named are here, and how much of a table it is."""
        said = sum(len(self.named(_titled(t)[0])) == 1 for t in answers.columns.values())
        key = bool(self.of_role(Role.SKU) or self.of_role(Role.BARCODE))
        return said, 2 * key + bool(self.of_role(Role.QUANTITY))

    def is_header(self, answers: Answers) -> bool:
        """Tell whether enough of it is known: a sentence may hold one word of a title."""
        said, known = self.found(answers)
        if (answers.columns and said) or answers.header_row is not None:
            return True
        certain = any(
            m.role in {Role.SKU, Role.BARCODE} and m.sure == CERTAIN for m in self.meanings if m
        )
        titles = (
            sum(map(bool, self.parts)) if certain else sum(m is not None for m in self.meanings)
        )
        return known > 0 and titles > 1

    def score(self, answers: Answers) -> tuple[int, ...]:
        """Return how good a header it makes: more is better."""
        known = [t for t, m in zip(self.titles, self.meanings, strict=True) if m and m.role]
        names = [folded(title) for title in known]
        roles = {m.role for m in self.meanings if m is not None}
        return (
            self.is_header(answers),
            *self.found(answers),
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


def _headers(document: Document, answers: Answers) -> list[_Header]:
    """Return the best header of each sheet that may be meant."""
    sheets = _sheets(document, answers)
    if document.elements:
        parts = [(title,) if title else () for title in document.elements]
        return [_Header(s, (), parts, list(islice(s.rows(), SAMPLE)), feed=True) for s in sheets]
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
    if answers.sheet is None:
        return list(document.sheets)
    names = [sheet.name for sheet in document.sheets]
    wanted = folded(answers.sheet)
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


def _candidates(sheet: Sheet, answers: Answers) -> Iterator[_Header]:
    """Yield every header that the first rows of a sheet may be; of equals the first is meant."""
    rows = list(islice(sheet.rows(), FIRST_ROWS + SAMPLE))
    last = answers.header_row
    if last == 0:
        # No header at all: columns are told by their letters.
        yield _Header(sheet, (), [], rows[:SAMPLE])
        return
    if answers.columns and all(LATIN.fullmatch(said) for said in answers.columns.values()):
        # Perhaps there is none: letters need no titles.
        yield _Header(sheet, (), [], rows[:SAMPLE])
    if last is not None and all(row.line != last for row in rows):
        rows = list(_around(sheet, last))
    for start in range(len(rows) if last is not None else min(FIRST_ROWS, len(rows))):
        for end in range(start + 1, min(start + SPAN_MAX, len(rows)) + 1):
            span = rows[start:end]
            if end - start > 1 and not _goes_on(span[-1], span[-2]):
                break
            if last is None or span[-1].line == last:
                lines = [row.line for row in span]
                yield _Header(sheet, lines, _parts(span), rows[end : end + SAMPLE])


def _around(sheet: Sheet, line: int) -> list[Row]:
    """Return the rows about one that stands further down."""
    rows: list[Row] = []
    for row in sheet.rows():
        rows.append(row)
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


# ---------------------------------------------------------------- columns


class _Assignment:
    """What each column of a header is for."""

    def __init__(self, document: Document, header: _Header, answers: Answers) -> None:
        self._document = document
        self._header = header
        self._answers = answers
        self._questions: list[Question] = []
        self._columns: dict[Role, Column] = {}

    def found(self) -> Found:
        """Return the layout, and questions about what is not certain."""
        header, answers = self._header, self._answers
        plain = self._is_plain()
        self._take_said()
        ours = self._is_ours()
        for index, role in enumerate(self._own()) if ours else ():
            if role is not None:
                self._take_first(role, [index])
        key = self._key()
        self._name()
        self._quantity()
        self._warehouse()
        used = {column.index for column in self._columns.values()}
        titles = tuple(header.titles)
        return Found(
            Layout(
                sheet=header.sheet.name,
                header_rows=header.physical_lines,
                columns=self._columns,
                others=tuple(t for i, t in enumerate(titles) if t and i not in used),
                key=key,
                plain=plain and not answers.columns,
                grouped=header.group_column is not None
                and Role.WAREHOUSE in self._columns
                and self._columns[Role.WAREHOUSE].index == header.group_column,
                width=len(titles) or header.sampled_width,
                titles=tuple(tuple(filter(None, map(folded, p))) for p in header.parts),
                comma_is_decimal=self._is_cyrillic(),
            ),
            tuple(self._questions),
        )

    def _own(self) -> list[Role | None]:
        return [
            vocabulary.OUR_OWN.get(folded(parts[-1])) if len(parts) == 1 else None
            for parts in self._header.parts
        ]

    def _is_ours(self) -> bool:
        """Tell whether every title is one of our own sheets', and none is there twice."""
        own = self._own()
        titled = [role for role, parts in zip(own, self._header.parts, strict=True) if parts]
        known = set(titled)
        return (
            None not in known
            and {Role.SKU, Role.QUANTITY} <= known
            and len(known) == len(titled)
            and not self._header.feed
        )

    def _is_plain(self) -> bool:
        """Tell whether the header is that of our export; raises where it has a column twice."""
        titles = [folded(parts[-1]) for parts in self._header.parts if parts]
        if not {Role.SKU, Role.QUANTITY} <= set(titles) <= set(Role) or self._header.feed:
            return False
        for title in titles:
            if titles.count(title) > 1:
                second = len(titles) - titles[::-1].index(title)
                raise UsageProblem(
                    tr(
                        "{name}: line {line}, column {column}: is there twice, the second time in"
                        " field {at}",
                        name=self._document.name,
                        line=self._header.lines[-1],
                        column=title,
                        at=second,
                    )
                )
        return True

    def _is_cyrillic(self) -> bool:
        quantity = self._columns.get(Role.QUANTITY)
        titles = [quantity.title] if quantity else self._header.titles
        return self._header.feed or any(re.search("[а-яіїєґ]", folded(t)) for t in titles)

    def _take_said(self) -> None:
        for name, said in self._answers.columns.items():
            title, before = _titled(said)
            columns = self._header.named(title)
            if not columns:
                raise UsageProblem(self._no_column(name, title))
            if len(columns) > 1:
                raise UsageProblem(
                    tr(
                        "{name}: several columns are called {title}; say which: {options}",
                        name=self._document.name,
                        title=repr(title),
                        options=", ".join(self._map(name, i) for i in columns),
                    )
                )
            self._columns[Role(name)] = replace(self._column(columns[0]), before=before)

    def _no_column(self, role: str, title: str) -> str:
        titles = [t for t in self._header.titles if t]
        near = get_close_matches(folded(title), map(folded, titles), n=1)
        hint = next((t for t in titles if near and folded(t) == near[0]), "")
        return tr(
            "{name}: there is no column {title} for {role}{hint}; it has {titles}",
            name=self._document.name,
            title=repr(title),
            role=role,
            hint=tr("; did you mean {near}?", near=repr(hint)) if hint else "",
            titles=", ".join(map(repr, titles)) or tr("no titles"),
        )

    def _column(self, index: int) -> Column:
        titles = self._header.titles
        title = titles[index] if index < len(titles) else ""
        return Column(index, title or _letter(index))

    def _take_first(self, role: Role, columns: Sequence[int]) -> None:
        """Take the first of the surest columns: nothing depends on it but words."""
        if role not in self._columns and columns:
            meanings = self._header.meanings
            best = max(columns, key=lambda i: _sure(meanings[i]))
            self._columns[role] = self._column(best)

    def _key(self) -> Role:
        """Find the article and the barcode; return which of them names the product."""
        if self._answers.key == Role.BARCODE:
            self._choose(Role.BARCODE)
            if Role.BARCODE not in self._columns and not self._questions:
                self._ask(About.BARCODE, Role.BARCODE, [])
            skus = self._surest(Role.SKU)
            if len(skus) == 1:
                self._take_first(Role.SKU, skus)
            return Role.BARCODE
        filled = [i for i in self._header.of_role(Role.BARCODE) if self._header.values(i)]
        self._take_first(Role.BARCODE, filled or self._header.of_role(Role.BARCODE))
        self._choose(Role.SKU)
        if Role.SKU in self._columns or self._questions:
            return Role.SKU
        if Role.BARCODE in self._columns and self._answers.key is None:
            return Role.BARCODE
        self._ask_key()
        return Role.SKU

    def _surest(self, role: Role) -> list[int]:
        columns = self._header.of_role(role)
        sure = max((_sure(self._header.meanings[i]) for i in columns), default=0)
        return [i for i in columns if _sure(self._header.meanings[i]) == sure]

    def _choose(self, role: Role) -> None:
        """Take the one column that is surest of a role, or ask."""
        if role in self._columns:
            return
        columns = self._surest(role)
        if len(columns) > 1 and not self._header.feed:
            columns = [i for i in columns if self._header.values(i)] or columns
        elif columns and self._header.sample and not self._header.values(columns[0]):
            # A column of articles that nobody fills, and codes beside it.
            columns = [i for i in self._header.of_role(role) if self._header.values(i)] or columns
            if columns != self._surest(role):
                self._ask(About(role.value), role, [*self._surest(role), *columns])
                return
        if len(columns) == 1:
            self._columns[role] = self._column(columns[0])
        elif columns:
            self._ask(About(role.value), role, columns)

    def _name(self) -> None:
        taken = {column.index for role, column in self._columns.items() if role is Role.SKU}
        names = [i for i in self._header.of_role(Role.NAME) if i not in taken]
        self._take_first(Role.NAME, names)

    def _warehouse(self) -> None:
        header = self._header
        named = [i for i in header.of_role(Role.WAREHOUSE) if not header.holds_counts(i)]
        if not named and header.group_column is not None and Role.WAREHOUSE not in self._columns:
            index = header.group_column
            self._columns[Role.WAREHOUSE] = Column(index, _line(header.parts[index][0]))
        self._take_first(Role.WAREHOUSE, named)

    def _quantity(self) -> None:
        if Role.QUANTITY in self._columns:
            return
        header = self._header
        columns = self._quantities()
        at_marketplace = any(vocabulary.AT_MARKETPLACE.search(folded(t)) for t in header.titles)
        if len(columns) == 1 and not at_marketplace and header.of_role(Role.QUANTITY):
            self._columns[Role.QUANTITY] = self._column(columns[0])
            return
        words = ""
        if at_marketplace:
            words = tr(
                "it looks like a report of what lies in a marketplace's own warehouses: that is"
                " not the seller's stock"
            )
        elif not header.of_role(Role.QUANTITY):
            words = tr("no title says that it is a quantity")
        self._ask(About.QUANTITY, Role.QUANTITY, columns, words)

    def _quantities(self) -> list[int]:
        """Return the columns that may be the quantity."""
        header = self._header
        taken = {column.index for column in self._columns.values()}
        named = set(header.of_role(Role.QUANTITY)) - taken
        unnamed = {
            i for i, m in enumerate(header.meanings) if m is None and header.parts[i]
        } - taken
        places = {i for i in unnamed if vocabulary.is_place(header.parts[i])} | set(
            header.of_role(Role.WAREHOUSE)
        )
        named = {i for i in named if not header.holds_yes_or_no(i)} or named
        totals = any(m.total for i in named if (m := header.meanings[i]) is not None)
        # Beside a sum over warehouses stand these; without any quantity each of them may be it.
        more = unnamed | places if totals or header.feed or not named else places
        if header.feed and named:
            # A shop's points are a part of its sum, and few tell of them.
            more = {i for i in more if not header.titles[i].startswith("outlet ")}
        return sorted(named | {i for i in more - taken if header.holds_counts(i)})

    def _ask_key(self) -> None:
        """Ask for the article where no column has it: it may stand inside a name."""
        header, options = self._header, []
        for index in range(len(header.parts)):
            values = header.values(index)
            title = self._called(index)
            inside = next(filter(None, map(INSIDE.search, values)), None)
            if inside is not None:
                words = tr("what follows {words} in {title}", words=repr(inside[1]), title=title)
                said = f"{title} [{inside[1]} *]"
                options.append(Option(words, _map(Role.SKU, said), {"columns": {"sku": said}}))
            if index not in header.of_role(Role.QUANTITY) and header.tells_apart(index):
                options.append(self._option(Role.SKU, index))
        self._questions.append(
            Question(
                About.SKU,
                tr(
                    "{place}: no column of articles or barcodes; it has {titles}",
                    place=self._place(),
                    titles=", ".join(repr(t) for t in self._header.titles if t) or tr("no titles"),
                ),
                options=tuple(options),
            )
        )

    def _place(self) -> str:
        return _place(self._document, self._header)

    def _ask(self, about: About, role: Role, columns: Sequence[int], words: str = "") -> None:
        columns = list(dict.fromkeys(columns))
        titles = ", ".join(repr(self._column(i).title) for i in columns)
        if columns:
            text = trn(
                "{place}: {count} column may be {role}: {titles}",
                "{place}: {count} columns may be {role}: {titles}",
                len(columns),
                place=self._place(),
                count=len(columns),
                role=spoken(ROLES[role]),
                titles=titles,
            )
        else:
            text = tr(
                "{place}: no column may be {role}; it has {titles}",
                place=self._place(),
                role=spoken(ROLES[role]),
                titles=", ".join(repr(t) for t in self._header.titles if t),
            )
        self._questions.append(
            Question(
                about,
                f"{text}; {words}" if words else text,
                options=tuple(self._option(role, i) for i in columns),
            )
        )

    def _option(self, role: Role, index: int) -> Option:
        column = self._column(index)
        shown = ", ".join(self._header.values(index)[:SHOWN]) or tr("empty")
        words = f"{column.title} ({shown})"
        meaning = self._header.meanings[index] if index < len(self._header.meanings) else None
        if meaning is not None and meaning.available:
            words += tr("; what is reserved seems to be taken off: --means available")
        said = self._called(index)
        return Option(words, _map(role, said), {"columns": {role.value: said}})

    def _called(self, index: int) -> str:
        """Return what a column is called so that no other is meant: its title, or its letter."""
        title = self._column(index).title
        return title if self._header.named(title) == [index] else _letter(index)

    def _map(self, role: str, index: int) -> str:
        return _map(role, self._called(index))


def _sure(meaning: Meaning | None) -> int:
    return meaning.sure if meaning is not None else 0


def _titled(said: str) -> tuple[str, str]:
    """Return the title, and the words before the article in its cells: "Товар [арт. *]"."""
    match = BEFORE.fullmatch(said)
    return (match[1], match[2]) if match else (said, "")


def _map(role: str, title: str) -> str:
    return f"--map {shlex.quote(f'{role}={title}')}"


def _line(title: str) -> str:
    """Return a title as one line."""
    return " ".join(title.split())


def _letter(index: int) -> str:
    """Return what a spreadsheet calls a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _index(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


# ---------------------------------------------------------------- questions about the whole file


def _place(document: Document, header: _Header) -> str:
    """Return where a header stands, for people."""
    parts = [document.name]
    if len(document.sheets) > 1 and header.sheet.name:
        parts.append(tr("sheet {sheet}", sheet=header.sheet.name))
    if header.lines:
        parts.append(tr("row {row}", row=header.lines[-1]))
    return ": ".join(parts)


def _which_sheet(document: Document, headers: Sequence[_Header]) -> Question:
    options: list[Option] = []
    for header in headers:
        title = header.sheet.name
        words = f"{title} ({', '.join(t for t in header.titles if t)})"
        options.append(Option(words, f"--sheet {shlex.quote(title)}", {"sheet": title}))
    return Question(
        About.SHEET,
        tr(
            "{name}: {count} sheets have a table of stock: {sheets}",
            name=document.name,
            count=len(headers),
            sheets=", ".join(repr(header.sheet.name) for header in headers),
        ),
        options=tuple(options),
    )


def _no_header(document: Document, answers: Answers) -> Question:
    said: Mapping[str, str] = answers.columns
    titles = ", ".join(map(repr, said.values()))
    return Question(
        About.SKU,
        tr(
            "{name}: no header with {titles} in the first {count} rows; name its row with"
            " --header-row, its columns with --map, or by letters (--map sku=A) where there are"
            " no titles",
            name=document.name,
            titles=titles or tr("an article and a quantity"),
            count=FIRST_ROWS,
        ),
    )
