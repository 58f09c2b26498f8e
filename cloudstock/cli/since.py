"""How people say since when: `30d`, `12h`, `90m`, `2026-11-01`, `2026-11-01T08:30`."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudstock.cli.command import NotUnderstood
from cloudstock.domain import grammar
from cloudstock.language import tr

# Nothing that a marketplace still tells is older.
_LONGEST = timedelta(days=3_660)


def since(text: str) -> timedelta | datetime:
    """Return how long ago, or the aware UTC moment; a moment without a zone is local time.

    Raises `NotUnderstood` for anything else, and for what lies more than ten years back.
    """
    span = grammar.duration(text)
    if span is not None and not timedelta(0) < span <= _LONGEST:
        raise NotUnderstood(tr("{text!r} must be more than 0 and at most ten years", text=text))
    found = span or grammar.moment(text)
    if found is None:
        raise NotUnderstood(
            tr("{text!r} is neither a span (30d, 12h, 90m) nor a date (2026-11-01)", text=text)
        )
    return found


def as_moment(value: object, now: datetime) -> datetime | None:
    """Return the moment that a parsed `since` stands for; None: none was given.

    Parameters are declared as text, the only type that typer parses by a function of ours in
    every version; what arrives is what `since` returned.
    """
    assert value is None or isinstance(value, timedelta | datetime)
    return now - value if isinstance(value, timedelta) else value
