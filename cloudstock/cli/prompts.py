"""What a person at the terminal is asked. Whoever ends the input instead (Ctrl-D) says no."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Callable, Sequence
from contextlib import suppress
from select import select
from typing import TypeVar

from cloudstock import progress
from cloudstock.domain import grammar
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, spoken, tr
from cloudstock.render.text import strip_controls

T = TypeVar("T")

YES = (mark("y", "answer"), mark("yes", "answer"))
NO = (mark("n", "answer"), mark("no", "answer"))


class Ended(UsageProblem):
    """Somebody ended the input instead of an answer."""


def say(*lines: str) -> None:
    """Tell what belongs to a question."""
    progress.interrupt()
    sys.stderr.write("".join(f"{strip_controls(line)}\n" for line in lines))


def line(question: str, *, default: str = "", hidden: bool = False) -> str:
    """Ask on stderr; return what is typed, `default` where that is nothing.

    `hidden`: it is not shown while it is typed, and keeps the blanks around it. Raises `Ended`
    where the input ends, and tells whoever interrupts it the same.
    """
    offered = f" [{default}]" if default else ""
    prompt = strip_controls(f"{question}{offered}: ")
    with progress.hidden():
        try:
            return (_typed_unseen(prompt) if hidden else _typed(prompt).strip()) or default
        except EOFError:
            sys.stderr.write("\n")
            raise Ended(_unanswered()) from None
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            raise KeyboardInterrupt(_unanswered()) from None
        except UnicodeDecodeError:
            raise UsageProblem(tr("expected text in UTF-8")) from None


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask whether to go on; nothing typed is the default. Raises as `line` does."""
    yes, no = ([spoken(word, "answer") for word in words] for words in (YES, NO))
    while True:
        offered = f"{yes[0].upper()}/{no[0]}" if default else f"{yes[0]}/{no[0].upper()}"
        typed = line(f"{question} [{offered}]").casefold()
        if not typed:
            return default
        if typed in {*yes, *YES}:
            return True
        if typed in {*no, *NO}:
            return False
        sys.stderr.write(tr("{yes} or {no}?", yes=yes[1], no=no[1]) + "\n")


def value(
    question: str,
    read: Callable[[str], T],
    *,
    default: str = "",
    hidden: bool = False,
    optional: bool = False,
) -> T:
    """Ask until `read` takes what is typed; it raises `ValueError` with what was expected.

    `optional`: it is given "", too, where nothing is typed.
    """
    while True:
        typed = line(question, default=default, hidden=hidden).strip()
        if not typed and not optional:
            continue
        try:
            return read(typed)
        except ValueError as reason:
            sys.stderr.write(f"{reason}\n")


def chosen(question: str, options: Sequence[str]) -> int:
    """Return the place of the option that is chosen; the first where nothing is typed."""
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

    return value(question, read, default="1")


def _unanswered() -> str:
    return tr("no answer was given, so nothing was changed")


def _typed(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    if sys.stdin.isatty():
        _wait_for_line()
    typed = sys.stdin.readline()
    if not typed:
        raise EOFError
    return typed.rstrip("\r\n")


def _wait_for_line() -> None:
    """Wait until a line is typed at the terminal, or a signal ends the waiting.

    Python only notes a signal that comes just before it begins to read, and acts on it when a line
    is there: Ctrl-C, pressed as the question appears, would do nothing until Enter.
    """
    signalled, signals = os.pipe()
    os.set_blocking(signals, False)
    before = signal.set_wakeup_fd(signals)
    try:
        select([sys.stdin, signalled], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(signalled)
        os.close(signals)


def _typed_unseen(prompt: str) -> str:
    """Return what is typed and not shown; what was typed before, or is left over, is forgotten."""
    shown = termios.tcgetattr(sys.stdin)
    unseen = shown.copy()
    unseen[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, unseen)
        typed = _typed(prompt)
        # An empty line with more behind it is not Enter, but how something pasted begins.
        while not typed.strip() and select([sys.stdin], [], [], 0)[0]:
            typed = _typed("")
        # Enter was not shown, either.
        sys.stderr.write("\n")
        return typed
    finally:
        # Where it has gone nothing is shown any more.
        with suppress(termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, shown)
