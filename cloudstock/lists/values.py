"""What people write for the value of a filter, in an address, a form or a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cloudstock.domain import grammar
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.lists.declared import Filter, Kind, List

# Nothing that a marketplace still tells is older.
_LONGEST = timedelta(days=3_660)


def given_by(
    wanted: List[Any], values: Mapping[str, Sequence[str]], *, now: datetime
) -> dict[str, object]:
    """Return the filters of a list that are given, by name; what is empty is not given.

    Raises `UsageProblem` for a value that cannot be, or a missing one.
    """
    given: dict[str, object] = {}
    for one in wanted.filters:
        written = [text for text in values.get(one.name, ()) if text.strip()]
        if not written:
            if one.required:
                raise UsageProblem(
                    tr("the address is incomplete: {name} is missing", name=one.name)
                )
            continue
        read = [value_of(one, text, now=now) for text in written]
        given[one.name] = read if one.several else read[-1]
    return given


def value_of(one: Filter, text: str, *, now: datetime) -> object:
    """Return the value that a text stands for; raises `UsageProblem`."""
    match one.kind:
        case Kind.YES:
            if text not in ("true", "false"):
                raise UsageProblem(tr("{name}: expected true or false", name=one.name))
            return text == "true"
        case Kind.NUMBER:
            number = grammar.units(text)
            if number is None:
                raise UsageProblem(tr("{name}: expected a whole number", name=one.name))
            return number
        case Kind.CHOICE:
            choices = tuple(one.choices or ())
            if text not in choices:
                raise UsageProblem(
                    tr(
                        "{name}: expected one of {words}",
                        name=one.name,
                        words=", ".join(choices),
                    )
                )
            return text
        case Kind.MOMENT:
            return moment_of(text, now=now)
        case _:
            return text


def moment_of(text: str, *, now: datetime) -> datetime:
    """Return the aware UTC moment that `30d`, `12h`, `90m`, `2026-11-01` or `2026-11-01T08:30` is.

    Raises `UsageProblem` for anything else, and for what lies more than ten years back.
    """
    span = grammar.duration(text)
    if span is not None and not timedelta(0) < span <= _LONGEST:
        raise UsageProblem(tr("{text!r} must be more than 0 and at most ten years", text=text))
    moment = grammar.moment(text) if span is None else now - span
    if moment is None:
        raise UsageProblem(
            tr("{text!r} is neither a span (30d, 12h, 90m) nor a date (2026-11-01)", text=text)
        )
    return moment
