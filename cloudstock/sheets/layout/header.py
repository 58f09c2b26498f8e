"""Finds the one table of a file: its sheet, its header, and what each column is for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloudstock.language import tr
from cloudstock.sheets.answers import OTHERS, Answers
from cloudstock.sheets.layout.assignment import Assignment, Table
from cloudstock.sheets.layout.candidates import FIRST_ROWS, Header, candidates
from cloudstock.sheets.questions import About, Option, Question
from cloudstock.sheets.reading.grid import Document


def find(document: Document, answers: Answers) -> Table:
    """Return where the table of a file stands, and what the file leaves open of that.

    Raises `UsageProblem` for a file without rows, for an answer that names no sheet, row or column
    of it, and for a sheet of ours that has a column twice.
    """
    headers = candidates(document, answers)
    best = max((h.matches(answers) for h in headers), default=(0, 0))
    headers = [h for h in headers if h.matches(answers) == best and h.is_header(answers)]
    if len(headers) > 1:
        headers = [h for h in headers if h.sample] or headers[:1]
    if not headers:
        return Table(None, (_no_header(document, answers),))
    if len(headers) > 1 and not (answers.sheet == OTHERS and _is_one_table(headers)):
        return Table(None, (_which_sheet(document, headers),))
    table = Assignment(document, headers[0], answers).table()
    if table.layout is None or len(headers) == 1:
        return table
    more = tuple((h.sheet.name, h.lines[-1]) for h in headers[1:])
    return replace(table, layout=table.layout._replace(more=more))


def _is_one_table(headers: Sequence[Header]) -> bool:
    """Tell whether sheets have the same titles, so that a table may go on from one to the next."""
    first = headers[0]
    return all(
        h.lines and (h.titles, h.warehouse) == (first.titles, first.warehouse) for h in headers
    )


def _which_sheet(document: Document, headers: Sequence[Header]) -> Question:
    options: list[Option] = []
    for header in headers:
        title = header.sheet.name
        words = f"{title} ({', '.join(t for t in header.titles if t)})"
        options.append(Option(words, f"--sheet {shlex.quote(title)}", {"sheet": title}))
    if _is_one_table(headers):
        words = tr("all of them, as one table")
        options.append(Option(words, f"--sheet {shlex.quote(OTHERS)}", {"sheet": OTHERS}))
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
    columns: Mapping[str, str] = answers.columns
    titles = ", ".join(map(repr, columns.values()))
    return Question(
        About.SKU,
        tr(
            "{name}: no header with {titles} in the first {count} rows; name its row"
            " (`--header-row`), its columns (`--map`), or, where there are no titles, their"
            " letters (`--map sku=A`)",
            name=document.name,
            titles=titles or tr("an article and a quantity"),
            count=FIRST_ROWS,
        ),
    )
