"""What is typed as one word and means a value: numbers with a sign, and since when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import typer

from cloudstock.domain import grammar
from cloudstock.language import tr

# Nothing that a marketplace still tells is older.
_LONGEST = timedelta(days=3_660)
# In an hour; nobody watches more.
_RATE_MAX = 36_000


def whole_number(text: str) -> int:
    """Return a signed whole number; raises `typer.BadParameter` for anything else."""
    number = grammar.whole_number(text)
    if number is None:
        raise typer.BadParameter(tr("{text!r} is not a whole number", text=text))
    return number


def since(text: str) -> date | datetime:
    """Return so long ago in UTC, or a time as it is written: naive without a zone.

    Which clock that is tells the configuration, which is not read yet.

    Raises `typer.BadParameter` for anything else, and for what lies more than ten years back.
    """
    span = grammar.duration(text)
    if span is not None and not timedelta(0) < span <= _LONGEST:
        raise typer.BadParameter(
            tr("{text!r} must be more than 0 and at most ten years", text=text)
        )
    moment = grammar.wall_time(text) if span is None else datetime.now(UTC) - span
    if moment is None:
        raise typer.BadParameter(
            tr("{text!r} is neither a span (30d, 12h, 90m) nor a date (2026-11-01)", text=text)
        )
    return moment


def every(text: str) -> timedelta:
    """Return the time between two rounds; raises `typer.BadParameter`."""
    span = grammar.duration(text)
    if span is None or not timedelta(seconds=1) <= span <= timedelta(hours=1):
        raise typer.BadParameter(
            tr("{text!r} is not a time such as 10s or 1m, up to 1h", text=text)
        )
    return span


def sku_and_units(text: str) -> tuple[str, int | None]:
    """Return what `SKU` or `SKU=UNITS` names; an article may itself hold an = sign."""
    sku, separator, units = text.rpartition("=")
    number = grammar.units(units) if separator else None
    return (text, None) if number is None else (sku, number)


def per_hour(text: str) -> float:
    """Return how often in an hour: `30/h`, `2/m`, `1/s`, at most ten in a second.

    Raises `typer.BadParameter` for anything else.
    """
    number, separator, unit = text.partition("/")
    times, every = grammar.decimal(number), grammar.duration(f"1{unit}")
    rate = None if times is None or every is None else times * (timedelta(hours=1) / every)
    if not separator or rate is None or not 0 < rate <= _RATE_MAX:
        raise typer.BadParameter(
            tr("{text!r} is no rate; expected 30/h, 2/m, at most 10/s", text=text)
        )
    return rate


def address(text: str) -> str:
    """Return an address that may be asked; raises `typer.BadParameter`."""
    from cloudstock.config.texts import ADDRESS
    from cloudstock.config.yamlfile import Unfit

    try:
        return ADDRESS.plain(text)
    except Unfit as unfit:
        raise typer.BadParameter(str(unfit)) from unfit
