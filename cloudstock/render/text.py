"""Words, numbers and moments as people read them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache

from cloudstock.language import mark, spoken
from cloudstock.language.local import NO_BREAK_SPACE
from cloudstock.language.local import NOTHING as NOTHING
from cloudstock.language.local import signed as signed
from cloudstock.language.local import when as when
from cloudstock.language.local import whole as whole
from cloudstock.language.local import zone as zone

UNKNOWN = "?"

# What needs no second look: printable, obeyed by no terminal, and one cell wide.
ORDINARY = frozenset(
    [
        *map(chr, range(0x20, 0x7F)),
        *map(chr, range(0xA1, 0xAD)),
        *map(chr, range(0xAE, 0x180)),
        *map(chr, range(0x400, 0x483)),
        *"–—‘’‚“”„…№",
        NO_BREAK_SPACE,
    ]
)


def is_ordinary(text: str) -> bool:
    """Tell whether a text has nothing to strip and is as wide as it is long, at a glance."""
    return (text.isascii() and text.isprintable()) or ORDINARY.issuperset(text)


def strip_controls(text: str) -> str:
    """Return text on one line, without anything that a terminal would obey."""
    if is_ordinary(text):
        return text
    control, blank = _patterns()
    return control.sub("", blank.sub(" ", text))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    from cloudstock.domain.texts import UNSEEN

    return re.compile(UNSEEN), re.compile(r"[\t\n\r\f\v\x85\u2028\u2029]+")


def number(value: int | None) -> str:
    """Return a quantity; `?` where it is unknown."""
    return UNKNOWN if value is None else whole(value)


AGES = (mark("d", "age"), mark("h", "age"), mark("min", "age"), mark("s", "age"))


def age(span: timedelta) -> str:
    """Return a span as people say it: 40 s, 5 min, 3 h, 2 d."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or (seconds >= size and not seconds % size):
            return f"{seconds // size} {spoken(unit, 'age')}"
    return f"{seconds} {spoken('s', 'age')}"
