"""All rules tried on the same buyers, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from cloudstock import progress
from cloudstock.simulate.demand import Promotion, Supply, catalogue, product
from cloudstock.simulate.model import RULES, Outcome, Rule, Times, simulate


@dataclass(frozen=True, slots=True)
class Trade:
    """What is sold, and how often orders are read."""

    # Units a day through each pair: of each product, or of all `drawn` products together.
    a_day: Sequence[Sequence[float]]
    interval_s: float
    days: float = 30.0
    # From a reading until what follows from it is shown; less than the interval.
    delay_s: float = 5.0
    supply: Supply = field(default_factory=Supply)
    # So many products are drawn anew for every seed, a heavy tail; 0: those of `a_day`, as given.
    drawn: int = 0
    # How late each pair's marketplace may show a number or tell an order; empty: as the slowest.
    margins_s: Sequence[float] = ()
    # Of every product, in the first day.
    promotion: Promotion | None = None

    @property
    def buyers(self) -> float:
        """Return how many buyers come, on average, in one seed."""
        days = self.days + (self.promotion.share_of_day() if self.promotion else 0.0)
        return days * sum(sum(rates) for rates in self.a_day)


def try_rules(
    trade: Trade, seeds: Sequence[int], rules: Sequence[Rule] = RULES
) -> dict[str, Outcome]:
    """Return what comes of each rule, by its name, over all seeds.

    Every rule meets the same buyers; so do other intervals, and other rules, with the same seeds.
    """
    outcomes = {rule.name: Outcome() for rule in rules}
    progress.expect(len(seeds) * (trade.drawn or len(trade.a_day)))
    for seed in seeds:
        random = Random(seed)  # noqa: S311 - buyers, not secrets
        products = catalogue(random, trade.drawn, trade.a_day[0]) if trade.drawn else trade.a_day
        for a_day in products:
            one = product(random, a_day, trade.supply, days=trade.days, promotion=trade.promotion)
            times = Times(
                interval_s=trade.interval_s,
                delay_s=trade.delay_s,
                margins_s=trade.margins_s,
                first_s=random.random() * trade.interval_s,
            )
            for rule in rules:
                outcomes[rule.name].add(simulate(one, rule, times))
            progress.advance()
    return outcomes
