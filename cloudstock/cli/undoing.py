"""The command that takes back what was changed by hand."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from cloudstock.changes.change import help_of
from cloudstock.changes.undoing import UndoRequest
from cloudstock.cli import values
from cloudstock.cli.change import Note, make_change
from cloudstock.cli.command import command
from cloudstock.cli.parsers import whole_number
from cloudstock.cli.run import Run


@command(
    "cloudstock undo --dry-run",
    "cloudstock undo",
    'cloudstock undo 12 --note "wrong box"',
    dry_run=True,
)
def undo(
    run: Run,
    change: Annotated[
        int | None,
        Argument(
            metavar="CHANGE",
            help=help_of(UndoRequest, "change"),
            parser=whole_number,
            show_default="the last one",
            autocompletion=values.changes,
        ),
    ] = None,
    note: Note = "",
) -> int:
    """Take back the last change by hand, or the one of that number.

    Counts, corrections, moves, sheets, links, policies and buffers, what was hidden or paused;
    `show-changes` lists them. Nothing is deleted: movements are added. What was sold meanwhile
    stays sold: the count before is entered again, and what moved since then comes off it. An undo
    can be undone by its number.
    """
    wanted = UndoRequest(change=change, note=note, dry_run=run.common.dry_run)
    return make_change(run, wanted)
