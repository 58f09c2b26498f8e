"""The options of lists: their order, their part, and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from typer import Option

from cloudstock.cli.run import Run
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.form import Form
from cloudstock.store.views.paging import Page

# Rows of a table where nobody says how many; JSON and CSV have all of them.
LIMIT = 100
# Rows of a page, and pages: what is multiplied of them is still a number for SQLite.
NUMBER_MAX = 1_000_000_000

Csv = Annotated[bool, Option("--csv", help="Print CSV.")]


class Spreadsheet(StrEnum):
    """Whom a CSV may be for."""

    EXCEL = "excel"


For = Annotated[
    Spreadsheet | None,
    Option("--for", help="Print CSV as Excel opens it in the language in use."),
]
Limit = Annotated[
    int | None,
    Option(
        "--limit",
        metavar="N",
        min=0,
        max=NUMBER_MAX,
        help="Lines to show; 0: all.",
        show_default=f"{LIMIT}; JSON and CSV: all",
    ),
]
LimitAll = Annotated[
    int | None,
    Option(
        "--limit", metavar="N", min=0, max=NUMBER_MAX, help="Lines to show.", show_default="all"
    ),
]
PageNumber = Annotated[
    int | None,
    Option("--page", metavar="N", min=1, max=NUMBER_MAX, help="Page number.", show_default="1"),
]


def sort_option(*keys: str) -> Any:
    """Return the option that names one of these keys, with a minus from the end."""

    def key(text: str) -> str:
        if text.removeprefix("-") in keys:
            return text
        raise typer.BadParameter(
            tr(
                "{key} is no key to sort by; expected {keys}, with a minus before it from the end",
                key=repr(text),
                keys=", ".join(keys),
            )
        )

    def offered() -> list[str]:
        return [*keys, *(f"-{key}" for key in keys)]

    return Option(
        "--sort",
        metavar="KEY",
        parser=key,
        help=f"By {', '.join(keys)}; -KEY from the end.",
        autocompletion=offered,
    )


def csv_form(csv: bool, for_: Spreadsheet | None) -> Form | None:
    """Return which CSV these options ask for; None: none."""
    if for_ is not None:
        return Form.EXCEL
    return Form.PROGRAMS if csv else None


def page_of(
    run: Run,
    *,
    sort: str | None,
    limit: int | None,
    page: int | None,
    csv: Form | None,
    usual: int = LIMIT,
) -> Page:
    """Return the part of the list that is asked for; `usual`: rows of a table, 0 for all.

    Raises `UsageProblem` for what contradicts itself.
    """
    if csv is not None and run.common.json:
        raise UsageProblem(tr("--json and --csv are two forms of one answer; choose one"))
    most = limit if limit is not None else 0 if csv is not None or run.common.json else usual
    if page is not None and not most:
        most = LIMIT
        if limit == 0:
            raise UsageProblem(tr("--limit 0 has one page only; name a limit, or no page"))
    return Page(sort or "", most, most * ((page or 1) - 1))


T = TypeVar("T")


class Part(Iterator[T]):
    """The rows of a page, counted as they pass; knows whether there are more."""

    def __init__(self, read: Callable[[Page], Iterator[T]], page: Page) -> None:
        self._page = page
        # One more than asked for tells whether there is another page.
        further = page.limit + 1 if page.limit else 0
        self._rows = read(Page(page.sort, further, page.offset))
        self.count = 0
        self.more = False

    def __next__(self) -> T:
        row = next(self._rows)
        if self._page.limit and self.count == self._page.limit:
            self.more = True
            raise StopIteration
        self.count += 1
        return row

    def tell(self, run: Run) -> None:
        """Tell a person which rows these were, where they were not all."""
        if self.more or (self._page.offset and self.count):
            first = self._page.offset + 1
            rows = tr("Rows {first} to {last}.", first=first, last=first + self.count - 1)
            if self.more:
                number = self._page.offset // self._page.limit + 2
                rows = tr(
                    "{rows} --page {number} shows the next, --limit 0 all.",
                    rows=rows,
                    number=number,
                )
            run.tell(rows)
