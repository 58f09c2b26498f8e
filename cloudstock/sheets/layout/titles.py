"""How titles of columns, and columns without one, are written and given."""

from __future__ import annotations

import re
import shlex

BEFORE = re.compile(r"(.*?)\s*\[(.+?)\s*\*\]", re.DOTALL)


def titled(called: str) -> tuple[str, str]:
    """Return the title, and the words before the article in its cells: "Товар [арт. *]"."""
    match = BEFORE.fullmatch(called)
    return (match[1], match[2]) if match else (called, "")


def map_option(role: str, title: str) -> str:
    """Return the option that says what a column is for."""
    return f"--map {shlex.quote(f'{role}={title}')}"


def in_one_line(title: str) -> str:
    """Return a title as one line."""
    return " ".join(title.split())


def letter_of(index: int) -> str:
    """Return what a spreadsheet calls a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def index_of(letters: str) -> int:
    """Return which column a spreadsheet calls so: A is 0."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
