"""Where answers go: as wide and as coloured as a terminal is; into a pipe as plain lines, uncut."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Self

from cloudstock.render.text import strip_controls

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

# What a colour means; nothing is coloured for its looks.
STYLES = {"wrong": "red", "notable": "yellow", "good": "green", "soft": "dim"}
WIDTH_MIN = 40


class Styled(str):
    """A text with one of `STYLES`, which only a terminal shows."""

    __slots__ = ("style",)
    style: str

    def __new__(cls, text: str, style: str) -> Self:
        """Return the text; an empty style is none."""
        made = super().__new__(cls, text)
        made.style = style
        return made


def takes_unicode() -> bool:
    """Tell whether stdout takes more than ASCII."""
    return "utf" in (sys.stdout.encoding or "").lower()


def width() -> int | None:
    """Return how many characters a line may have; None where nothing limits it.

    A terminal does, and COLUMNS where somebody has set it, also for a pipe.
    """
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        from shutil import get_terminal_size

        return max(WIDTH_MIN, get_terminal_size().columns)
    return None


def console() -> Console:
    """Return the console of stdout; colours are rich's to decide, at a terminal only."""
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=sys.stdout,
        width=width(),
        # Whatever FORCE_COLOR says: what reads a pipe takes no escape codes.
        force_terminal=None if sys.stdout.isatty() else False,
        theme=Theme(STYLES),
        markup=False,
        emoji=False,
        highlight=False,
    )


def printed(thing: RenderableType, *, folded: bool = True) -> str:
    """Return what a terminal shows of something; never cut."""
    terminal = console()
    with terminal.capture() as capture:
        terminal.print(thing, crop=False, soft_wrap=not folded)
    return "\n".join(line.rstrip(" ") for line in capture.get().split("\n"))


def styled(text: str, style: str) -> str:
    """Return one line as a terminal shows it in a style; a pipe gets the text."""
    if not style or width() is None:
        return strip_controls(text)
    return printed(rich_text(Styled(text, style)), folded=False).removesuffix("\n")


def paragraph(text: str, style: str = "", *, indent: int = 0) -> str:
    """Return a text from anywhere as lines: one in a pipe, folded and coloured at a terminal."""
    if width() is None:
        return " " * indent + strip_controls(text) + "\n"
    from rich.padding import Padding

    return printed(Padding(rich_text(Styled(text, style)), (0, 0, 0, indent)))


# A label, a value, and where that comes from.
Term = tuple[str, str, str]


def panel(title: str, rows: Sequence[Term | str], style: str = "") -> str:
    """Return terms, each part in its column, and sentences under a title.

    At a terminal in a frame of that style.
    """
    if width() is None:
        terms = [row for row in rows if not isinstance(row, str)]
        labels, values = (max((len(term[i]) for term in terms), default=0) for i in (0, 1))
        lines = [
            row if isinstance(row, str) else f"{row[0]:{labels}}  {row[1]:>{values}}  {row[2]}"
            for row in rows
        ]
        return (
            strip_controls(title)
            + "\n"
            + "".join(f"  {strip_controls(line).rstrip()}\n" for line in lines)
        )
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table

    point = "\N{BULLET}" if takes_unicode() else "*"
    parts: list[Table] = []
    for sentence, some in groupby(rows, lambda row: isinstance(row, str)):
        parts.append(Table.grid(padding=(0, 1 if sentence else 2, 0, 0)))
        for row in some:
            parts[-1].add_row(*map(rich_text, (point, row) if isinstance(row, str) else row))
        if not sentence:
            parts[-1].columns[1].justify = "right"
    heading = rich_text(Styled(title, style))
    return printed(Panel(Group(*parts), title=heading, title_align="left", border_style=style))


def rich_text(text: str, *, stacked: bool = False) -> Text:
    """Return a text from anywhere as rich shows it: nothing in it is markup.

    `stacked`: its lines are kept; else it is one.
    """
    from rich.text import Text

    clean = "\n".join(map(strip_controls, text.split("\n"))) if stacked else strip_controls(text)
    return Text(clean, text.style if isinstance(text, Styled) else "")
