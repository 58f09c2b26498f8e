"""Cuts time ranges into what one request may ask for."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from cloudstock.domain.records import TimeRange
from cloudstock.marketplaces.wildberries import facts


def second_slices(
    time_range: TimeRange, longest: timedelta = facts.ORDERS_SLICE
) -> Iterator[tuple[int, int]]:
    """Cut a time range into parts that one request may span, as Unix seconds, oldest first."""
    since = int(time_range.since.timestamp())
    until = -int(-time_range.until.timestamp() // 1)
    step = int(longest.total_seconds())
    while since < until:
        yield since, min(since + step, until)
        since += step


def live_slices(time_range: TimeRange) -> Iterator[tuple[int, int]]:
    """Cut a time range of the FBS list, which holds three months, into parts, as Unix seconds.

    A part that begins before the list does is answered with nothing. The days on which that may
    happen are parts of their own, so that no other is lost with them.
    """
    begins, certain = live_edges(time_range.until)
    since = max(time_range.since, begins)
    edge = min(max(since, certain), time_range.until)
    if since < edge:
        yield from second_slices(TimeRange(since, edge), facts.LIVE_EDGE)
    yield from second_slices(TimeRange(edge, time_range.until + facts.ORDERS_AHEAD))


def live_edges(now: datetime) -> tuple[datetime, datetime]:
    """Return since when FBS orders may be in the list, and since when they certainly are."""
    by_months = months_before(now, facts.LIVE_MONTHS)
    by_days = now - timedelta(days=facts.LIVE_DAYS)
    return min(by_months, by_days) - facts.LIVE_EDGE, max(by_months, by_days) + facts.LIVE_EDGE


def day_slices(since: datetime, until: datetime) -> Iterator[tuple[date, date]]:
    """Cut a time range into Moscow's days, both ends included, newest first."""
    last = until.astimezone(facts.MOSCOW).date()
    earliest = since.astimezone(facts.MOSCOW).date()
    for _ in range(facts.RETURNS_SLICES_MAX):
        first = max(earliest, last - timedelta(days=facts.RETURNS_SLICE_DAYS - 1))
        yield first, last
        last = first - timedelta(days=1)
        if last < earliest:
            return


def months_before(moment: datetime, months: int) -> datetime:
    """Return the same time `months` earlier, or on that month's last day if it is too short."""
    index = moment.year * 12 + moment.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def months_of(since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    """Months that hold some moment of [since, until], oldest first."""
    index, end = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    while index <= end:
        yield index // 12, index % 12 + 1
        index += 1
