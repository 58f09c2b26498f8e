"""Every policy before the same buyers, with readings every 1, 5 and 15 minutes.

The demand: 1,000 products that together sell 5,000 units a day, 45 % of them through the first
marketplace, 35 % through the second, 20 % through the third. Products follow a Pareto law of which
a fifth make four fifths of all sales: half of the products sell less than about one and a half a
day in all marketplaces together. Each does better or worse in each marketplace than the average
product. Buyers come independently (Poisson), each for one unit. A delivery brings four weeks'
sales and is ordered when a week's are left, which it takes to come: half of the time too late. A
seller with a buffer orders it as much earlier. `adaptive` and `split` know the rates only as
counted in 30 days before. A push takes 5 seconds to be applied; under `split` it is taken for
certain 16 minutes after it was acknowledged, and units move by the steps that the program takes.

What is measured: how many of 1,000 orders are of units that are not there, and how many of 100
buyers come to a listing that shows none while there are units: all who come while a buffer is the
last that is left, as well as those who come to the other windows while one shows the last unit.

The day with promotions: each of those products is asked for 50 times as much in one hour of it. The
warehouse has at most what is sold in that hour when it begins, and half of it is delivered in the
middle. Also measured: how long a delivered unit is shown nowhere, beside what lags allow. Nothing
can be shown before the first reading after the delivery is acknowledged; and a listing that is
divided and shows something when it is raised is promised that twice, until its marketplace has told
its orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from cloudstock.render.simulation import oversold, turned_away
from cloudstock.simulate.demand import Promotion
from cloudstock.simulate.model import RULES, Outcome, Rule
from cloudstock.simulate.trial import Trade, try_rules

PARTS = (0.45, 0.35, 0.20)
# Rules by name.
BY_NAME = {rule.name: rule for rule in RULES}
BUFFERS = ("share", "buffer 1", "buffer 2", "buffer 3")
# How late each marketplace may show a number, or tell an order: Ozon, Wildberries, Yandex.Market.
MARGINS_S = (660.0, 120.0, 960.0)
# What `adaptive` should reach in a day with promotions, read every minute.
FEWER_IN_PROMOTIONS = 5
# The same in a month.
FEWER = 10
PART_OF_BUFFER = 0.1


def trade(*, products: int, a_day: float, interval_s: float, days: float) -> Trade:
    """Return the trade of the docstring above, larger or smaller."""
    return Trade((tuple(a_day * part for part in PARTS),), interval_s, days, drawn=products)


def promotions(*, products: int, a_day: float, interval_s: float) -> Trade:
    """Return the day with promotions of the docstring above."""
    return Trade(
        (tuple(a_day * part for part in PARTS),),
        interval_s,
        1.0,
        drawn=products,
        margins_s=MARGINS_S,
        promotion=Promotion(),
    )


def run(
    trade: Trade, seeds: int, *, processes: int, rules: Sequence[Rule] = RULES
) -> dict[str, Outcome]:
    """Return what came of each rule over all seeds."""
    one = partial(try_rules, trade, rules=rules)
    total = {rule.name: Outcome() for rule in rules}
    with ProcessPoolExecutor(processes) as pool:
        for outcomes in pool.map(one, [[seed] for seed in range(1, seeds + 1)]):
            for name, outcome in outcomes.items():
                total[name].add(outcome)
    return total


@dataclass(frozen=True, slots=True)
class Verdict:
    """How `adaptive` stands against sharing, and against the buffer that oversells as much."""

    oversold_share: float
    oversold_adaptive: float
    turned_away_adaptive: float
    # Of the fixed buffer with equal oversell: between two buffers in proportion, as if the larger
    # one were kept for so many of the products.
    turned_away_buffer: float

    @property
    def fewer(self) -> float:
        """How many times fewer units `adaptive` oversells than `share`."""
        return self.oversold_share / self.oversold_adaptive

    @property
    def part(self) -> float:
        """The buyers whom `adaptive` turns away, as a part of those whom the buffer does."""
        return self.turned_away_adaptive / self.turned_away_buffer

    @property
    def reached(self) -> bool:
        """Whether both aims are."""
        return self.fewer >= FEWER and self.part < PART_OF_BUFFER


def verdict(outcomes: Mapping[str, Outcome]) -> Verdict:
    """Return how `adaptive` stands."""
    adaptive = outcomes["adaptive"]
    buffers = [outcomes[name] for name in BUFFERS if name in outcomes]
    return Verdict(
        oversold(outcomes["share"]),
        oversold(adaptive),
        turned_away(adaptive),
        equal_buffer(
            [(oversold(o), turned_away(o)) for o in buffers],
            oversold(adaptive),
        ),
    )


def equal_buffer(buffers: Sequence[tuple[float, float]], wanted: float) -> float:
    """Return the second figure of a buffer whose first is `wanted`, between two in proportion.

    Buffers come from the smallest; where even the largest has more, its own figure is returned.
    """
    for (more, first), (less, second) in pairwise(buffers):
        if more >= wanted >= less:
            way = (more - wanted) / (more - less) if more > less else 1.0
            return first + way * (second - first)
    return buffers[-1][1]


def table(minutes: Sequence[float], found: Sequence[Mapping[str, Outcome]]) -> Iterator[str]:
    """Yield the lines of the README's table."""
    heads = "".join(
        f" {m:g} min: oversold of 1,000 orders | turned away of 100 buyers |" for m in minutes
    )
    yield f"| policy |{heads}"
    yield "| --- |" + " ---: | ---: |" * len(minutes)
    for name in found[0]:
        cells = "".join(
            f" {_figure(oversold(o[name]))} | {turned_away(o[name]):.2f} |" for o in found
        )
        yield f"| {_code(name)} |{cells}"


def promoted(minutes: Sequence[float], found: Sequence[Mapping[str, Outcome]]) -> Iterator[str]:
    """Yield a table of the day with promotions."""
    yield (
        "| interval | policy | oversold of 1,000 orders | times fewer | turned away of 100 buyers |"
        " a delivered unit hidden for | lags allow |"
    )
    yield "| ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for m, outcomes in zip(minutes, found, strict=True):
        for name in ("share", "adaptive", "split"):
            o = outcomes[name]
            fewer = oversold(outcomes["share"]) / oversold(o) if oversold(o) else None
            yield (
                f"| {m:g} min | `{name}` | {_figure(oversold(o))} |"
                f" {'' if fewer is None else f'{fewer:.1f}'} | {turned_away(o):.2f} |"
                f" {o.delivered_hidden_s / o.delivered:.0f} s | {allowed_s(name, o):.0f} s |"
            )


def allowed_s(name: str, outcome: Outcome) -> float:
    """Return for how long lags may hide a delivered unit, on average, under a policy."""
    unread_s = outcome.delivered_unread_s / outcome.delivered
    told_s = sum(part * margin for part, margin in zip(PARTS, MARGINS_S, strict=True))
    return unread_s + (told_s if name == "split" else 0.0)


def frontier(rows: Sequence[tuple[float, float, Verdict]]) -> Iterator[str]:
    """Yield a table of how `adaptive` stands, by units sold a day and minutes between readings."""
    yield (
        "| units a day | interval | oversold of 1,000 orders: `share` | `adaptive` | times fewer |"
        " turned away of 100 buyers: `adaptive` | a buffer that oversells as much | part |"
    )
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for a_day, minutes, v in rows:
        yield (
            f"| {a_day:,.0f} | {minutes:g} min | {_figure(v.oversold_share)} |"
            f" {_figure(v.oversold_adaptive)} | {v.fewer:.1f} | {v.turned_away_adaptive:.2f} |"
            f" {v.turned_away_buffer:.2f} | {v.part:.3f} |"
        )


def _figure(value: float) -> str:
    if value == 0:
        return "0"
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _code(name: str) -> str:
    return f"`{name}`" if " " not in name else f"`share` with {name}"
