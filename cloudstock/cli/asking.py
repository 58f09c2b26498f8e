"""Questions to a person at the terminal, on stderr; what is typed wrong is asked for again.

Ctrl-C and Ctrl-D raise `typer.Abort`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

from cloudstock.domain import grammar
from cloudstock.language import tr
from cloudstock.render.text import strip_controls

Answer = TypeVar("Answer")


def say(*lines: str) -> None:
    """Tell what belongs to the questions."""
    for line in lines:
        typer.echo(strip_controls(line), err=True)


def ask(
    question: str, read: Callable[[str], Answer], *, default: str = "", hidden: bool = False
) -> Answer:
    """Return what `read` makes of an answer, nothing typed being `default`.

    `read` raises ValueError, with what is due in its message.
    """
    shown = f"{question} [{default}]" if default else question
    while True:
        typed = typer.prompt(
            strip_controls(shown),
            default="",
            show_default=False,
            hide_input=hidden,
            value_proc=str,
            err=True,
        )
        try:
            return read(typed.strip() or default)
        except ValueError as unfit:
            say(f"  {unfit}")


def agreed(question: str, *, default: bool) -> bool:
    """Return whether somebody agrees."""
    yes, no = tr("y yes").split(), tr("n no").split()
    marks = "/".join((yes[0].upper() if default else yes[0], no[0] if default else no[0].upper()))

    def read(typed: str) -> bool:
        word = typed.casefold()
        if word in ("", *yes, "y", "yes"):
            return bool(word) or default
        if word in (*no, "n", "no"):
            return False
        raise ValueError(tr("expected {yes} or {no}", yes=yes[0], no=no[0]))

    return ask(f"{question} [{marks}]", read)


def chosen(question: str, options: Sequence[str]) -> int:
    """Return which of some options is chosen, by its place; the first where nothing is typed."""
    return several(question, options, most=1)[0]


def several(question: str, options: Sequence[str], *, most: int | None = None) -> list[int]:
    """Return the places of the options that are chosen; `most`: no more than so many."""
    say(*(f"  {number}) {option}" for number, option in enumerate(options, start=1)))

    def read(typed: str) -> list[int]:
        numbers = [grammar.whole_number(word) for word in typed.replace(",", " ").split()]
        places = [n - 1 for n in numbers if n is not None and 1 <= n <= len(options)]
        if len(places) < len(numbers) or not 1 <= len(set(places)) <= (most or len(options)):
            raise ValueError(
                tr("expected a number from {least} to {most:,}", least=1, most=len(options))
            )
        return list(dict.fromkeys(places))

    return ask(question, read, default="1")
