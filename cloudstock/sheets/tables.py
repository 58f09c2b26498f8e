"""What tables of every form have in common: a header, rows under it, and problems told by place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter

from cloudstock.errors import UsageProblem
from cloudstock.language import tr

PROBLEMS_MAX = 20


def quoted(cell: str) -> str:
    """Return a cell in quotes for a message, cut where it is long."""
    return repr(cell if len(cell) <= 40 else f"{cell[:40]}…")


class Problems:
    """What is wrong with a file: all of it counted, the first ones told."""

    def __init__(self, name: str) -> None:
        self._name = name
        # How a place is called, by line and column; a workbook has cells.
        self.place: Callable[[int, str], str] = _place
        self._lines: list[tuple[int, str]] = []
        self._count = 0

    def add(self, line: int, column: str, message: str) -> None:
        """Note what is wrong on a line; `column` is empty where it is the line as a whole."""
        self._count += 1
        self._lines.append((line, f"{self._name}: {self.place(line, column)}: {message}"))
        if len(self._lines) >= 2 * PROBLEMS_MAX:
            self._keep_first()

    def _keep_first(self) -> None:
        self._lines.sort(key=lambda line: line[0])
        del self._lines[PROBLEMS_MAX:]

    def __bool__(self) -> bool:
        return self._count > 0

    def check(self) -> None:
        """Raise `UsageProblem` with what was found, a line each; return where all is well."""
        if not self._count:
            return
        self._keep_first()
        lines = [message for _, message in self._lines]
        if self._count > len(lines):
            lines.append(
                tr(
                    "{name}: and {count:,} more problems",
                    name=self._name,
                    count=self._count - len(lines),
                )
            )
        raise UsageProblem("\n".join([*lines, tr("nothing was changed")]))


def _place(line: int, column: str) -> str:
    return (
        tr("line {line}, column {column}", line=line, column=column)
        if column
        else tr("line {line}", line=line)
    )


# One line of a table: its number, and its cells as written in the order of the columns asked for;
# those of missing columns are empty. A plain tuple, for there may be millions.
Row = tuple[int, tuple[str, ...]]


class Headed(ABC):
    """A table with a header; its forms read the cells."""

    # Which column stands where, "" where none does; filled by the form.
    columns: tuple[str, ...]

    def __init__(
        self,
        *,
        columns: Mapping[str, Sequence[str]],
        required: Sequence[str],
        problems: Problems,
    ) -> None:
        """`columns`: every column with the other names it may have in a header, in lower case."""
        self._columns = columns
        self._required = required
        self._problems = problems
        expected = ",".join(required)
        optional = ",".join(c for c in columns if c not in required)
        self._expected = f"{expected}[,{optional}]" if optional else expected

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the rows in order; those that cannot be read become problems instead."""

    def _arrangement(self) -> Callable[[list[str]], tuple[str, ...]]:
        """Return what puts a row's cells, and an empty one after them, in the order asked for."""
        places = [
            self.columns.index(c) if c in self.columns else len(self.columns) for c in self._columns
        ]
        if len(places) == 1:
            return lambda cells: (cells[places[0]],)
        return itemgetter(*places)

    def _stray(self, cells: Sequence[str]) -> int | None:
        """Return where a row has text that no column of the header stands for."""
        for at, cell in enumerate(cells):
            if cell.strip() and (at >= len(self.columns) or not self.columns[at]):
                return at
        return None

    def _tell_stray(self, line: int, at: int, cell: str) -> None:
        self._problems.add(
            line,
            str(at + 1),
            tr(
                "{cell} stands under no header; expected {count} fields (one that holds"
                " the separator, in quotes)",
                cell=quoted(cell),
                count=len(self.columns),
            ),
        )

    def _header(self, line: int, cells: Sequence[str]) -> tuple[str, ...]:
        """Return which column each cell of the header names, "" for none.

        Raises `UsageProblem` where it cannot be used.
        """
        columns: list[str] = []
        for at, cell in enumerate(cells, start=1):
            column = self._column(cell)
            if column is None:
                self._problems.add(
                    line,
                    quoted(cell.strip()),
                    tr("is not known; expected {expected}", expected=self._expected),
                )
            elif column and column in columns:
                self._problems.add(
                    line, column, tr("is there twice, the second time in field {at}", at=at)
                )
            columns.append(column or "")
        for column in self._required:
            if column not in columns:
                self._problems.add(
                    line,
                    column,
                    tr("is missing; expected a header {expected}", expected=self._expected),
                )
        # Without its columns nothing in the table means anything.
        self._problems.check()
        while columns and not columns[-1]:
            columns.pop()
        return tuple(columns)

    def _column(self, cell: str) -> str | None:
        """Return which column a header cell names; "" for an empty cell, None if unknown."""
        name = " ".join(cell.casefold().replace("ё", "е").split())
        if not name:
            return ""
        for column, aliases in self._columns.items():
            if name == column or name in aliases:
                return column
        return None
