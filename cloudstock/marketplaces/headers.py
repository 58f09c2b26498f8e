"""Reads what answers' headers tell: moments, waits, counts. None for what is not understood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cloudstock.marketplaces.fields import UNITS_MAX, YEARS


def http_date(text: str) -> datetime | None:
    """Return the moment that a header such as `Date` tells, None for what is none.

    A zone of "-0000" means UTC (RFC 5322, 3.3). No clock that is worth asking shows another
    century, and moments at the ends of the calendar cannot be counted on from.
    """
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.year not in YEARS:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, given as a number or as a date."""
    value = headers.get("retry-after", "").strip()
    try:
        return float(value)
    except ValueError:
        moment = http_date(value)
        return None if moment is None else (moment - now).total_seconds()


def count(headers: Mapping[str, str], name: str) -> int | None:
    """Return the whole number, zero or more, that a header tells."""
    text = headers.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(UNITS_MAX))):
        return None
    return int(text)
