"""Moments and numbers as people write and read them: by the language in use and the time zone.

The one place that knows how: what is stored, logged as JSON or told to scripts is UTC in ISO 8601,
and numbers are digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from cloudstock.errors import UsageProblem
from cloudstock.language import in_use, spoken, tr

NOTHING = "\N{EM DASH}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

YEAR = 365

# None: this machine's.
_zone: tzinfo | None = None


def use_zone(name: str | None) -> None:
    """Tell times in a zone from here on, in this process; None: in this machine's.

    Raises `KeyError` or `ValueError` for what is no zone.
    """
    global _zone
    _zone = None if name is None else zone_of(name)


def zone_of(name: str) -> tzinfo:
    """Return an IANA zone, of the system or of tzdata; raises `KeyError` or `ValueError`."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except OSError as error:
        # The name of a folder, or of a file that nobody may read.
        raise ValueError(name) from error


def local(moment: datetime) -> datetime:
    """Return an aware moment by the clock on the wall."""
    return moment.astimezone(_zone)


def utc(wall: date | datetime) -> datetime:
    """Return the UTC moment of a time, by the clock on the wall where it has no offset.

    A day is its first moment.

    Raises `UsageProblem` where that clock shows it twice, or never: no one moment is meant.
    """
    if not isinstance(wall, datetime):
        return midnight(wall)
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = _both(wall)
    if first == second:
        return first
    written = f"{wall:%Y-%m-%dT%H:%M}"
    if first > second:
        raise UsageProblem(
            tr("{time} was never: the clocks were put forward over it", time=written)
        )
    raise UsageProblem(
        tr(
            "{time} came twice, as the clocks were put back; write which: {first} or {second}",
            time=written,
            first=f"{written}{_offset(local(first))}",
            second=f"{written}{_offset(local(second))}",
        )
    )


def midnight(day: date) -> datetime:
    """Return the UTC moment that a day of the wall's calendar begins with."""
    return _both(datetime.combine(day, time()))[0]


def _both(wall: datetime) -> tuple[datetime, datetime]:
    """Return the UTC moments of a wall's time before and after a change of its clock."""
    first, second = (wall.replace(tzinfo=_zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


# ---------------------------------------------------------------- moments


def when(moment: datetime | None, *, seconds: bool = False) -> str:
    """Return a moment without its zone, which tables tell once; its offset where it came twice."""
    if moment is None:
        return NOTHING
    here = local(moment)
    clock = f"{here:%H:%M:%S}" if seconds else f"{here:%H:%M}"
    first, second = _both(here)
    return f"{day(here)} {clock}{_offset(here) if first < second else ''}"


def day(date: date) -> str:
    """Return a date as the language writes it."""
    return f"{date:%d.%m.%Y}" if in_use() == "ru" else f"{date:%Y-%m-%d}"


def short_day(date: date) -> str:
    """Return a date without its year, as the language writes it."""
    return f"{date:%d.%m}" if in_use() == "ru" else f"{date:%m-%d}"


def zone(moment: datetime) -> str:
    """Return the zone of a time's year, for a table's legend: both names where clocks change."""
    seasons = [local(moment + timedelta(days=days)) for days in (0, 91, 182, 273)]
    times = sorted({f"{t:%z}": t for t in seasons}.values(), key=lambda t: f"{t:%z}")
    offsets = [_offset(t).replace("+00:00", "") for t in times]
    written = f"UTC{'/'.join(filter(None, offsets))}"
    names = [t.tzname() or "" for t in times]
    return f"{'/'.join(names)} ({written})" if _are_names(names) else written


def _are_names(names: list[str]) -> bool:
    return all(map(str.isalpha, names)) and names != ["UTC"]


def _offset(here: datetime) -> str:
    text = f"{here:%z}"
    return f"{text[:3]}:{text[3:5]}"


# ---------------------------------------------------------------- numbers


def whole(value: int) -> str:
    """Return a whole number in groups of three."""
    # Most are: a table asks thousands of times.
    if -1000 < value < 1000:
        return str(value)
    return _as_spoken(f"{value:,}")


def signed(value: int) -> str:
    """Return a difference with its sign."""
    return _as_spoken(f"{value:+,}")


def decimal(value: float, places: int = 1) -> str:
    """Return a number with so many decimals."""
    return _as_spoken(f"{value:,.{places}f}")


def lasting(days: float) -> str:
    """Return for how many days something lasts, as far as anybody can tell."""
    return tr("over a year") if days > YEAR else decimal(days)


def per_cent(share: float, places: int = 1) -> str:
    """Return a share, 1 is all of it, in per cent."""
    sign = f"{NO_BREAK_SPACE}%" if in_use() == "ru" else "%"
    return f"{decimal(share * 100, places)}{sign}"


def _as_spoken(number: str) -> str:
    if in_use() != "ru":
        return number
    return number.replace(",", NO_BREAK_SPACE).replace(".", ",")


# ---------------------------------------------------------------- in sentences


def done(counts: Mapping[str, int]) -> str:
    """Return what a job did, as the commands tell it; "": nothing."""
    return ", ".join(
        f"{spoken(name.replace('_', ' '), 'count')} {n}" for name, n in counts.items() if n
    )


class _Moment:
    """In a sentence: `{at}` is the moment with its zone, `{at:day}` its date alone."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def __format__(self, spec: str) -> str:
        here = local(self._moment)
        return day(here) if spec == "day" else f"{when(here)} {here:%Z}"


class _Number(int):
    """In a sentence: `{n:,}` is a number in groups."""

    def __format__(self, spec: str) -> str:
        return whole(int(self)) if spec == "," else int.__format__(self, spec)


def filled(message: str, values: Mapping[str, object]) -> str:
    """Return a message of ours with the values that it names, as people write them."""
    return message.format(**{name: _in_words(value) for name, value in values.items()})


def _in_words(value: object) -> object:
    if isinstance(value, datetime):
        return _Moment(value)
    return _Number(value) if type(value) is int else value
