"""Cuts time ranges into what one request may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from cloudstock.domain.records import TimeRange
from cloudstock.marketplaces.yandex_market import facts


def moscow_day(moment: datetime) -> date:
    """Return the day that it is in Moscow then."""
    return moment.astimezone(facts.MOSCOW).date()


def day_slices(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    """Cut [first, last] into spans of at most `days` days, each with its end left out."""
    end = last + timedelta(days=1)
    while first < end:
        until = min(first + timedelta(days=days), end)
        yield first, until
        first = until


def last_day(until: datetime) -> date:
    """Return the day of Moscow with which a time range ends that is to reach this moment.

    Market takes days that are still to come, so that no clock, wrong by an hour at midnight, leaves
    out what has just been made.
    """
    return moscow_day(until + facts.AHEAD)


def update_slices(time_range: TimeRange) -> Iterator[tuple[datetime, datetime | None]]:
    """Cut a time range into spans of whole seconds, each with its end left out, oldest first.

    The last one has no end: it reaches whatever Market's clock shows.
    """
    since = time_range.since.replace(microsecond=0)
    while time_range.until - since > facts.UPDATE_SLICE:
        until = since + facts.UPDATE_SLICE
        yield since, until
        since = until
    yield since, None
