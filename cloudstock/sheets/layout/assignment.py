"""What each column under a header is for, and what only the user knows of that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from cloudstock.errors import UsageProblem
from cloudstock.language import mark, spoken, tr, trn
from cloudstock.sheets.answers import Answers, option_of
from cloudstock.sheets.layout import vocabulary
from cloudstock.sheets.layout.candidates import Header, place_of
from cloudstock.sheets.layout.records import Column, Layout, Role
from cloudstock.sheets.layout.titles import in_one_line, letter_of, map_option, titled
from cloudstock.sheets.layout.vocabulary import Meaning, folded
from cloudstock.sheets.questions import About, Option, Question
from cloudstock.sheets.reading.grid import Document

# Values of a column that an option shows.
SHOWN = 3
# An article inside a name: "Кружка, арт. KR-0401 (шт.)".
INSIDE = re.compile(r"\b(арт\.|артикул:?|art\.|sku:?)\s*\S", re.IGNORECASE)
ROLES = {
    Role.SKU: mark("the article"),
    Role.QUANTITY: mark("the quantity"),
    Role.BARCODE: mark("the barcode"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """What of a file is clear, and what only its user knows."""

    # None: no table. A column that a question is open about is not in it.
    layout: Layout | None
    questions: tuple[Question, ...] = ()


class Assignment:
    """What each column of a header is for."""

    def __init__(self, document: Document, header: Header, answers: Answers) -> None:
        self._document = document
        self._header = header
        self._answers = answers
        self._questions: list[Question] = []
        self._columns: dict[Role, Column] = {}

    def table(self) -> Table:
        """Return the layout, and questions about what is not certain."""
        header, answers = self._header, self._answers
        plain = self._is_plain()
        self._take_answered()
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
        return Table(
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
                warehouse="" if Role.WAREHOUSE in self._columns else header.warehouse,
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
        roles = set(titled)
        return (
            None not in roles
            and {Role.SKU, Role.QUANTITY} <= roles
            and len(roles) == len(titled)
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

    def _take_answered(self) -> None:
        for name, called in self._answers.columns.items():
            title, before = titled(called)
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
        return Column(index, title or letter_of(index))

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
            self._columns[Role.WAREHOUSE] = Column(index, in_one_line(header.parts[index][0]))
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
                called = f"{title} [{inside[1]} *]"
                option = map_option(Role.SKU, called)
                options.append(Option(words, option, {"columns": {"sku": called}}))
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
        return place_of(self._document, self._header)

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
        words, hint = f"{column.title} ({shown})", ""
        meaning = self._header.meanings[index] if index < len(self._header.meanings) else None
        if meaning is not None and meaning.available:
            words += tr("; what is reserved seems to be taken off")
            hint = f": {option_of('means')} available"
        called = self._called(index)
        return Option(words, map_option(role, called), {"columns": {role.value: called}}, hint)

    def _called(self, index: int) -> str:
        """Return what a column is called so that no other is meant: its title, or its letter."""
        title = self._column(index).title
        return title if self._header.named(title) == [index] else letter_of(index)

    def _map(self, role: str, index: int) -> str:
        return map_option(role, self._called(index))


def _sure(meaning: Meaning | None) -> int:
    return meaning.sure if meaning is not None else 0
