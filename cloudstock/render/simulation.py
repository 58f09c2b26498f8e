"""What came of each policy in a trial: a table, and the same as bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from cloudstock.language import tr, trn
from cloudstock.language.local import decimal
from cloudstock.render import as_json
from cloudstock.render.console import takes_unicode, width
from cloudstock.render.tables import Column, table

if TYPE_CHECKING:
    from cloudstock.simulate.model import Outcome
    from cloudstock.simulate.sample import Sample

BAR_MAX = 50


def oversold(outcome: Outcome) -> float:
    """Return how many of 1,000 orders are of units that are not there, on average."""
    return 1_000 * outcome.oversold_expected / outcome.orders if outcome.orders else 0.0


def turned_away(outcome: Outcome) -> float:
    """Return how many of 100 buyers came to a listing that showed none while there were units."""
    return 100 * outcome.hidden / outcome.buyers if outcome.buyers else 0.0


def simulation_json(
    sample: Sample, outcomes: Mapping[str, Outcome], *, seeds: int
) -> Iterator[str]:
    """Yield one JSON document."""
    return as_json.document(
        {
            "command": "simulate",
            "ok": True,
            "products": sample.products,
            "products_sold": sample.of,
            "listings": [
                {"name": name, "sales_per_day": round(sum(r[i] for r in sample.trade.a_day), 4)}
                for i, name in enumerate(sample.sellers)
            ],
            "interval_s": sample.trade.interval_s,
            "days": sample.trade.days,
            "seeds": seeds,
            "delivery_days": sample.trade.supply.delivery_days,
            "delivered_after_days": sample.trade.supply.delivered_after_days,
            "policies": [
                {
                    "policy": name,
                    "buyers": o.buyers,
                    "orders": o.orders,
                    "oversold": o.oversold,
                    "oversold_expected": round(o.oversold_expected, 6),
                    "oversold_per_1000_orders": round(oversold(o), 6),
                    "turned_away": o.hidden,
                    "turned_away_percent": round(turned_away(o), 4),
                    "pushes": o.pushes,
                }
                for name, o in outcomes.items()
            ],
        }
    )


def simulation_text(
    sample: Sample, outcomes: Mapping[str, Outcome], *, seeds: int
) -> Iterator[str]:
    """Yield what was tried, the table, the bars, and what the words mean."""
    yield _tried(sample, seeds) + "\n\n"
    columns = (
        Column(tr("Policy")),
        Column(tr("Oversold of\n1,000 orders"), number=True),
        Column(tr("Turned away of\n100 buyers"), number=True),
        Column(tr("Orders\na day"), number=True),
        Column(tr("Pushes\na day"), number=True),
    )
    simulated_days = sample.trade.days * seeds
    yield from table(
        columns,
        (
            (
                name,
                _number(oversold(o)),
                _number(turned_away(o)),
                decimal(o.orders / simulated_days),
                decimal(o.pushes / simulated_days),
            )
            for name, o in outcomes.items()
        ),
    )
    yield from _bars(tr("Oversold of 1,000 orders"), outcomes, oversold)
    yield from _bars(tr("Turned away of 100 buyers"), outcomes, turned_away)
    yield "\n"
    yield (
        tr(
            "Oversold: ordered, and not there. Turned away: came to a listing that"
            "\nshowed none while there were units. Under priority, who is named first"
            "\nranks first."
        )
        + "\n"
    )


def _tried(sample: Sample, seeds: int) -> str:
    a_day = sum(sum(rates) for rates in sample.trade.a_day)
    parts = [
        trn("1 product", "{n} products", sample.products),
        trn("1 marketplace", "{n} marketplaces", len(sample.sellers)),
        tr("{number} units a day", number=decimal(a_day, 1 if a_day % 1 else 0)),
    ]
    tried = [
        tr("Orders read every {time}", time=_span(sample.trade.interval_s)),
        trn("1 day", "{n} days", int(sample.trade.days)),
        trn("once", "{n} times", seeds),
    ]
    line = ", ".join(parts) + "."
    if sample.of > sample.products:
        line += " " + tr(
            "They are every {n}th of {all} that were sold.",
            n=-(-sample.of // sample.products),
            all=sample.of,
        )
    return f"{line}\n{', '.join(tried)}."


def _span(seconds: float) -> str:
    if seconds % 3_600 == 0:
        return tr("{n} h", n=int(seconds // 3_600))
    if seconds % 60 == 0:
        return tr("{n} min", n=int(seconds // 60))
    return tr("{n} s", n=int(seconds))


def _number(value: float) -> str:
    """Return a number of three places; what is smaller is not passed off as nothing."""
    if value == 0:
        return "0"
    return f"<{decimal(0.001, 3)}" if value < 0.001 else decimal(value, 3)


def _bars(
    title: str, outcomes: Mapping[str, Outcome], figure: Callable[[Outcome], float]
) -> Iterator[str]:
    figures = {name: figure(o) for name, o in outcomes.items()}
    most = max(figures.values())
    names = max(map(len, figures))
    room = max(10, min(BAR_MAX, (width() or 100) - names - 12))
    yield f"\n{title}\n"
    for name, value in figures.items():
        bar = _bar(value / most * room if most else 0.0)
        yield f"  {name:{names}}  {bar}{' ' if bar else ''}{_number(value)}\n"


def _bar(length: float) -> str:
    """Return a bar in eighths of a character where the terminal has them."""
    if length <= 0:
        return ""
    if not takes_unicode():
        return "#" * max(1, round(length))
    eighths = max(1, round(length * 8))
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]
