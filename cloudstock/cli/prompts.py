"""What a person at the terminal is asked. Whoever ends the input instead (Ctrl-D) says no."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from cloudstock import progress
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, spoken, tr

T = TypeVar("T")

YES = (mark("y", "answer"), mark("yes", "answer"))
NO = (mark("n", "answer"), mark("no", "answer"))


def line(question: str, *, default: str = "", hidden: bool = False) -> str:
    """Ask on stderr; return what is typed, `default` where that is nothing.

    `hidden`: it is not shown while it is typed. Raises `UsageProblem` where the input ends.
    """
    offered = f" [{default}]" if default else ""
    prompt = f"{question}{offered}: "
    with progress.hidden():
        try:
            return (_typed_unseen(prompt) if hidden else _typed(prompt)) or default
        except EOFError:
            sys.stderr.write("\n")
            raise UsageProblem(tr("no answer was given, so nothing was changed")) from None
        except UnicodeDecodeError:
            raise UsageProblem(tr("expected text in UTF-8")) from None


def confirm(question: str) -> bool:
    """Ask whether to go on; nothing typed is no. Raises as `line` does."""
    yes, no = ([spoken(word, "answer") for word in words] for words in (YES, NO))
    while True:
        typed = line(f"{question} [{yes[0]}/{no[0].upper()}]").casefold()
        if typed in {*yes, *YES}:
            return True
        if typed in {"", *no, *NO}:
            return False
        sys.stderr.write(tr("{yes} or {no}?", yes=yes[1], no=no[1]) + "\n")


def value(question: str, read: Callable[[str], T], *, default: str = "") -> T:
    """Ask until `read` takes what is typed; it raises `ValueError` with what was expected."""
    while True:
        typed = line(question, default=default)
        if not typed:
            continue
        try:
            return read(typed)
        except ValueError as reason:
            sys.stderr.write(f"{reason}\n")


def _typed(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        raise EOFError
    return typed.strip()


def _typed_unseen(prompt: str) -> str:
    from getpass import getpass

    return getpass(prompt, sys.stderr)
