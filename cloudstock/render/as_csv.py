"""Answers as CSV for spreadsheets and programs: a header, then rows as they come.

A cell that a spreadsheet would run as a formula begins with an apostrophe, as in exported sheets.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from cloudstock.language import spoken, tr
from cloudstock.language.local import local
from cloudstock.render.as_json import utc
from cloudstock.render.text import strip_controls
from cloudstock.sheets.form import BOM, Form, separator
from cloudstock.sheets.guards import escape_formula


class _Line:
    """Hands a row back as it would be written."""

    def write(self, row: str) -> str:
        """Return the row."""
        return row


def document(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    form: Form = Form.PROGRAMS,
    *,
    to_file: bool = False,
) -> Iterator[str]:
    """Yield the lines, `header` being names in JSON; unknown is an empty cell.

    `to_file`: they do not go to standard output, which may be a terminal.
    """
    excel = form is Form.EXCEL
    # Carriage returns stand in quotes only where the line end has one, too.
    writer = csv.writer(_Line(), delimiter=separator(form), lineterminator="\r\n")
    terminal = not to_file and sys.stdout.isatty()
    if excel and not terminal:
        yield BOM
    yield _ended(writer.writerow([title(name) for name in header] if excel else header))
    for row in rows:
        if excel:
            row = [_for_people(value) for value in row]
        yield _ended(writer.writerow([_cell(value, terminal=terminal) for value in row]))


def title(name: str) -> str:
    """Return what a column is called in the language in use, by its name in JSON."""
    return spoken(name.replace("_", " "), "column")


def _for_people(value: object) -> object:
    if isinstance(value, datetime):
        # Excel takes it for a moment in every language.
        return f"{local(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    return value


def _ended(row: object) -> str:
    return str(row).removesuffix("\r\n") + "\n"


def _cell(value: object, *, terminal: bool) -> object:
    if value is None or type(value) is int:
        return value
    if isinstance(value, str):
        # A NUL is the one character that no CSV carries.
        return escape_formula(strip_controls(value) if terminal else value.replace("\0", ""))
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        value = tuple(f"{name} {number}" for name, number in value.items())
    if isinstance(value, tuple):
        return _cell(" + ".join(map(str, value)), terminal=terminal)
    return value
