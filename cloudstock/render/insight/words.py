"""Numbers as a report tells them."""

from __future__ import annotations

from cloudstock.language import local, tr
from cloudstock.language.local import NOTHING, whole


def decimal(value: float) -> str:
    """Return a number with as many decimals as it deserves."""
    return whole(round(value)) if value >= 100 or not value else local.decimal(value)


def decimal_or_nothing(value: float | None) -> str:
    """Return a number; a dash for what is not known."""
    return NOTHING if value is None else decimal(value)


def percent(share: float | None) -> str:
    """Return a share; a dash of nothing."""
    return NOTHING if share is None else local.per_cent(share)


def seconds(value: float | None) -> str:
    """Return a time; a dash for none."""
    if value is None:
        return NOTHING
    return tr("{n} s", n=decimal(value)) if value < 120 else tr("{n} min", n=decimal(value / 60))
