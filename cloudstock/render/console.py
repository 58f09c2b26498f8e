"""Where answers go: as wide and as coloured as a terminal is; into a pipe as plain lines, uncut."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Self

from cloudstock.render.text import inert

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

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


def width() -> int | None:
    """Return how many characters a line may have; None where nothing limits it.

    A terminal does, and COLUMNS where somebody has set it, also for a pipe.
    """
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit():
        from shutil import get_terminal_size

        return max(WIDTH_MIN, get_terminal_size().columns)
    return None


def console() -> Console:
    """Return the console of stdout; colours are rich's to decide, by the terminal and NO_COLOR."""
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=sys.stdout,
        width=width(),
        theme=Theme(STYLES),
        markup=False,
        emoji=False,
        highlight=False,
    )


def printed(*things: RenderableType) -> str:
    """Return what a terminal shows of renderables, one below the other; never cut."""
    terminal = console()
    with terminal.capture() as capture:
        for thing in things:
            terminal.print(thing, crop=False)
    return "\n".join(line.rstrip(" ") for line in capture.get().split("\n"))


def paragraph(text: str, style: str = "", *, indent: int = 0) -> str:
    """Return a text from anywhere as lines: one in a pipe, folded and coloured at a terminal."""
    if width() is None:
        return " " * indent + inert(text) + "\n"
    from rich.padding import Padding
    from rich.text import Text

    return printed(Padding(Text(inert(text), style), (0, 0, 0, indent)))
