"""What is wrong with a file, told by its places."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudstock.errors import UsageProblem
from cloudstock.language import tr, trn
from cloudstock.sheets.layout.records import SHEET_LINES, Layout, Role
from cloudstock.sheets.reading.grid import Document

PROBLEMS_MAX = 20
SHOWN_MAX = 40


def quoted(cell: str) -> str:
    """Return a cell in quotes for a message, cut where it is long."""
    return repr(str(cell) if len(cell) <= SHOWN_MAX else f"{cell[:SHOWN_MAX]}…")


def places(document: Document, layout: Layout) -> Callable[[int, Role | int], str]:
    """Return what tells a place by its row and its column's role, or number from 0."""

    def place(line: int, column: Role | int) -> str:
        number, line = divmod(line, SHEET_LINES)
        if not layout.more:
            return in_sheet(line, column)
        sheet = (layout.sheet, *(name for name, _ in layout.more))[number]
        return f"{tr('sheet {sheet}', sheet=repr(sheet))}: {in_sheet(line, column)}"

    def in_sheet(line: int, column: Role | int) -> str:
        if not isinstance(column, Role):
            return document.place(line, column)
        if column not in layout.columns:
            return tr("row {line}", line=line)
        header = layout.columns[column]
        title = " ".join(header.title.split())
        return f"{document.place(line, header.index)} ({title})"

    return place


class Problems:
    """What is wrong with a file: all of it counted, the first ones told."""

    def __init__(self, name: str, place: Callable[[int, Role | int], str]) -> None:
        self._name = name
        self.place = place
        self._lines: list[tuple[int, str]] = []
        self._count = 0

    def add(self, line: int, column: Role | int, message: str) -> None:
        """Note what is wrong in a row, in the column of this role or number (from 0)."""
        self._count += 1
        self._lines.append((line, f"{self._name}: {self.place(line, column)}: {message}"))
        if len(self._lines) >= 2 * PROBLEMS_MAX:
            self._keep_first()

    def _keep_first(self) -> None:
        self._lines.sort(key=lambda line: line[0])
        del self._lines[PROBLEMS_MAX:]

    def check(self, more: Sequence[str] = ()) -> None:
        """Raise `UsageProblem` with what was found, a line each; return where all is well.

        `more`: what else is to be told then.
        """
        if not self._count:
            return
        self._keep_first()
        lines = [message for _, message in self._lines]
        if self._count > len(lines):
            lines.append(
                trn(
                    "{name}: and {n} more problem",
                    "{name}: and {n} more problems",
                    self._count - len(lines),
                    name=self._name,
                )
            )
        raise UsageProblem("\n".join([*lines, *more, tr("nothing was changed")]))
