"""What is to be said of a file though nothing has to be answered: it is counted all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudstock.language import tr, trn
from cloudstock.sheets.layout.records import SHEET_LINES
from cloudstock.sheets.layout.rows import Rows
from cloudstock.sheets.problems import quoted
from cloudstock.sheets.questions import About, Question

SHOWN = 3


def remarks(rows: Rows) -> Iterator[Question]:
    """Yield what is to be said of rows that were read."""
    if count := rows.unavailable.count:
        text = trn(
            "{n} row has a count and is marked as not available; the count is taken ({lines})",
            "{n} rows have counts and are marked as not available; the counts are taken ({lines})",
            count,
            lines=_named(rows.unavailable.lines, count),
        )
        yield Question(About.AVAILABLE, text, rows.unavailable.lines, count)
    if count := rows.stray_count:
        lines = [stray.line % SHEET_LINES for stray in rows.strays]
        text = trn(
            "{n} cell stands under no title and was passed over: {cell} ({lines})",
            "{n} cells stand under no title and were passed over: {cell} ({lines})",
            count,
            cell=quoted(rows.strays[0].cell),
            lines=_named(lines, count),
        )
        yield Question(About.STRAY, text, lines, count)


def _named(lines: Sequence[int], count: int) -> str:
    """Return the first rows in words."""
    first = ", ".join(map(str, dict.fromkeys(lines[:SHOWN])))
    return tr("rows {lines}", lines=f"{first}, …" if count > SHOWN else first)
