"""How people write numbers, durations and moments: one grammar for every place where they do.

Each function returns None for what is not written so; whoever asks says what was expected, and sets
the bounds. Nothing is guessed: no thousands' signs, no fractions, no digits of other scripts.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, timedelta

from cloudstock.language.local import utc

# Far above any stock, far below what SQLite and JSON hold exactly.
DIGITS_MAX = 12
UNITS_MAX = 10**DIGITS_MAX - 1
_WHOLE = re.compile(rf"[+-]?[0-9]{{1,{DIGITS_MAX}}}")
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?|\.[0-9]{1,12}")
# As Russian writes it.
_BY_DOTS = re.compile(
    r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:[ T]+([0-9]{2}:[0-9]{2}(?::[0-9]{2})?[-+:0-9Z]*))?"
)
_DURATION = re.compile(r"([0-9]{1,9})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def whole_number(text: str) -> int | None:
    """Return `12`, `+3`, `-3`; the minus sign of typesetters is one, too."""
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    return int(plain) if _WHOLE.fullmatch(plain) else None


def units(text: str) -> int | None:
    """Return `12`: a whole number without a sign."""
    return whole_number(text) if text.strip().isdigit() else None


def decimal(text: str) -> float | None:
    """Return `0.5`, `2`, `.5`: 0 or more, with a point."""
    plain = text.strip()
    return float(plain) if _DECIMAL.fullmatch(plain) else None


def duration(text: str) -> timedelta | None:
    """Return `45s`, `30m`, `2h`, `1d`, `2w`, in letters of either case."""
    match = _DURATION.fullmatch(text.strip().lower())
    try:
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else None
    except OverflowError:
        return None


def wall_time(text: str) -> date | datetime | None:
    """Return `2026-11-01`, `2026-11-01T08:30`, `01.11.2026 08:30`, `2026-11-01T08:30:00Z`.

    A day alone is a date; a time without a zone is naive.
    """
    plain = text.strip()
    if match := _BY_DOTS.fullmatch(plain):
        day, month, year, clock = match.groups(default="")
        plain = f"{year}-{month:0>2}-{day:0>2}{'T' if clock else ''}{clock}"
    for kind in (date, datetime):
        with suppress(ValueError):
            return kind.fromisoformat(plain)
    return None


def moment(text: str) -> datetime | None:
    """Return the UTC moment of a time as `wall_time` reads it; a day is its first moment.

    Without a zone it is by the clock on the wall. Raises `UsageProblem` where that clock shows it
    twice, or never.
    """
    wall = wall_time(text)
    try:
        return None if wall is None else utc(wall)
    except OverflowError:
        return None
