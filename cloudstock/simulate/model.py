"""One product under one policy: every buyer, every reading, every push.

Each pair is a marketplace's own counter: it shows the number last pushed, less its own sales
since. Every `interval_s` the orders of all pairs are read at the same moment and what follows
from them is pushed; `delay_s` later the pushes are applied, and undo what was sold meanwhile
there, as absolute numbers do. A unit sold that was not there is oversold, and that order is
cancelled. Each buyer takes one unit, and does not come back or look elsewhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import NamedTuple

from cloudstock.domain.division import enough_for, sold_more_than
from cloudstock.domain.policies import (
    ROUNDS_TO_MOVE,
    SCARCE_RISK,
    Contender,
    Policy,
    allotments,
    is_scarce,
)
from cloudstock.domain.rates import LATELY, fastest
from cloudstock.domain.shifting import Held, steps


class Rush(NamedTuple):
    """A promotion: more buyers for a while; seconds from the beginning."""

    begins_s: float
    ends_s: float
    # So many times as many buyers come.
    times: float


@dataclass(frozen=True, slots=True)
class Product:
    """One product's supply and demand; times in seconds from the beginning."""

    # When a buyer comes, and to which pair (0, 1, …), in order of time.
    buyers: Sequence[tuple[float, int]]
    # Buyers per second, on average, who come to each pair.
    rates: Sequence[float]
    # Units sold per second through each pair, as the database measured them before.
    measured: Sequence[float]
    # Units at the beginning.
    stock: int
    # Units of each delivery.
    delivery: int
    # One is ordered when no more than so many units can still be sold, and comes so much later.
    reorder_at: int
    delivered_after_s: float
    rush: Rush | None = None
    # When the first delivery comes that nobody need order.
    delivered_s: float = inf

    def rate(self, pair: int, at: float) -> float:
        """Return the buyers per second who come to a pair at a moment, on average."""
        rush = self.rush
        more = rush is not None and rush.begins_s <= at < rush.ends_s
        return self.rates[pair] * (rush.times if rush is not None and more else 1.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """How pairs share units: a policy, and a buffer that each takes off (under `share`)."""

    name: str
    policy: Policy
    buffer: int = 0
    # From what risk on `priority` and `adaptive` call stock scarce.
    scarce_risk: float = SCARCE_RISK


RULES = (
    Rule("share", Policy.SHARE),
    Rule("buffer 1", Policy.SHARE, 1),
    Rule("buffer 2", Policy.SHARE, 2),
    Rule("buffer 3", Policy.SHARE, 3),
    Rule("split", Policy.SPLIT),
    Rule("priority", Policy.PRIORITY),
    Rule("adaptive", Policy.ADAPTIVE),
)


@dataclass(frozen=True, slots=True)
class Times:
    """When things happen, in seconds."""

    # From one reading of orders to the next.
    interval_s: float
    # From a reading to the acknowledgement of what was pushed after it.
    delay_s: float = 5.0
    # So much later may a marketplace show a number that it acknowledged, or tell an order: what a
    # divided pair may sell is certain only after that. Sixteen minutes are the slowest of ours.
    margin_s: float = 960.0
    # The same of each pair; empty: that of all.
    margins_s: Sequence[float] = ()
    # When the first reading is.
    first_s: float = 0.0


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    # Buyers who came, orders taken, and those of them that nothing was left for.
    buyers: int = 0
    orders: int = 0
    oversold: int = 0
    # So many were to be expected. Whenever the last unit is sold, what follows until pairs show
    # none is chance: its mean is taken, which tells more from fewer days than the count.
    oversold_expected: float = 0.0
    # Buyers who came to a pair that showed none while units were available.
    hidden: int = 0
    # Numbers sent to marketplaces.
    pushes: int = 0
    # Units delivered, and the seconds for which each of them was hidden beside those that were
    # before, together; of these, the ones until the first reading after it was acknowledged:
    # sooner nothing can be shown.
    delivered: int = 0
    delivered_hidden_s: float = 0.0
    delivered_unread_s: float = 0.0

    def add(self, other: Outcome) -> None:
        """Add what came of another product."""
        self.buyers += other.buyers
        self.orders += other.orders
        self.oversold += other.oversold
        self.oversold_expected += other.oversold_expected
        self.hidden += other.hidden
        self.pushes += other.pushes
        self.delivered += other.delivered
        self.delivered_hidden_s += other.delivered_hidden_s
        self.delivered_unread_s += other.delivered_unread_s


def simulate(product: Product, rule: Rule, times: Times) -> Outcome:
    """Return what comes of one product under `rule`."""
    run = _Run(product, rule, times)
    for at, pair in product.buyers:
        if run.wakes_at <= at:
            run.advance(at)
        run.sell(at, pair)
    run.outcome.buyers = len(product.buyers)
    return run.outcome


@dataclass(slots=True, eq=False)
class _Pair:
    """The marketplace's counter, and what the database knows of it."""

    # With so many left, its sales move no unit from others.
    enough: int
    margin_s: float
    showing: int = 0
    # The most that it may still sell that the database has not read.
    promised: int = 0
    # The most that it can show, if the last push is applied: that number less its later sales.
    most: int = 0
    # The least that it can show: also less those that may have come before the push.
    least: int = 0
    # A reading from this moment on covers the last push.
    covered_from_s: float = 0.0


class _Lately:
    """What was sold through each pair in each of the last spans."""

    def __init__(self, pairs: int) -> None:
        self._sales: list[deque[tuple[float, int]]] = [deque() for _ in LATELY]
        self._sold = [[0] * len(LATELY) for _ in range(pairs)]

    def sell(self, at: float, index: int, most: float) -> bool:
        """Count a sale; return whether its pair, or another, may sell faster now than `most`."""
        faster = False
        for number, (span, sales) in enumerate(zip(LATELY, self._sales, strict=True)):
            sales.append((at, index))
            self._sold[index][number] += 1
            if len(sales) >= span.enough:
                begins = len(sales) == span.enough
                faster |= begins or self._sold[index][number] > most * span.seconds
        return faster

    def rates(self, at: float, measured: Sequence[float]) -> list[float]:
        """Return the units sold per second through each pair, as known at a moment."""
        for number, (span, sales) in enumerate(zip(LATELY, self._sales, strict=True)):
            while sales and sales[0][0] < at - span.seconds:
                self._sold[sales.popleft()[1]][number] -= 1
        telling = [len(sales) for sales in self._sales]
        return [
            max(rate, fastest(LATELY, sold, telling))
            for rate, sold in zip(measured, self._sold, strict=True)
        ]


class _Run:
    def __init__(self, product: Product, rule: Rule, times: Times) -> None:
        self.product, self.rule, self.times = product, rule, times
        self.outcome = Outcome()
        self.scarce = False
        self.round_s = times.interval_s + times.delay_s
        margins = times.margins_s or [times.margin_s] * len(product.measured)
        self.pairs = [_Pair(enough=0, margin_s=margin) for margin in margins]
        self.divides = rule.policy is Policy.SPLIT
        self.lately = None if rule.policy is Policy.SHARE else _Lately(len(self.pairs))
        # As the database knows them at the last reading, and those that are reckoned with between.
        self.rates = self.most_rates = list(product.measured)
        self._reckon()
        # Of a delivery that is not yet on sale: the units hidden before it, and its own since when.
        self.hidden_before, self.waiting, self.waiting_since = 0, 0, 0.0
        # The last interval in which sales were only counted, the pairs that sold, the pushes.
        self.interval, self.sold_in, self.counted = -1, 0, 0
        self.available = product.stock
        self.free = 0
        self.delivered_at = product.delivered_s
        self.reads_at = times.first_s
        self.applied_at = inf
        self.sent: Sequence[tuple[_Pair, int]] = ()
        self.ample: dict[tuple[int, bool], bool] = {}
        self.wakes_at = self.reads_at
        if self.delivered_at == inf:
            self._reorder(0.0)
        self._sleep()

    def sell(self, at: float, index: int) -> None:
        """Let a buyer come to a pair."""
        pair = self.pairs[index]
        if not pair.showing:
            self.outcome.hidden += self.available > 0
            return
        pair.showing -= 1
        self.outcome.orders += 1
        pair.promised -= 1
        pair.least -= 1
        if at > pair.covered_from_s:
            pair.most -= 1
        sold_out = self.available == 1
        if self.available:
            self.available -= 1
        else:
            self.outcome.oversold += 1
        if self.delivered_at == inf:
            self._reorder(at)
        if self.lately is not None and self.lately.sell(at, index, self.most_rates[index]):
            self._expect(self.lately.rates(at, self.product.measured))
        if self.divides:
            # What was held back before still is, unless this pair is now low enough to be raised,
            # or perhaps empty.
            if pair.most < max(pair.enough, self.free) or pair.least <= 0:
                self._read_after(at)
        elif self.available > self.ample_above:
            self._count(at, index)
        elif self.reads_at == inf:
            self._read_after(at)
        if sold_out:
            self.outcome.oversold_expected += self._still_sold(at)
        if self.waiting:
            self._wait(at)

    def _still_sold(self, at: float) -> float:
        """Return how many units pairs will sell, on average, until they show none.

        They go on showing what they show until the next reading is acknowledged; a push under way
        is as good as done.
        """
        showing = [pair.showing for pair in self.pairs]
        for pair, number in self.sent:
            showing[self.pairs.index(pair)] = number
        until = self.reads_at + self.times.delay_s
        return sum(
            _mean_sold(self.product.rate(pair, at) * (until - at), number)
            for pair, number in enumerate(showing)
            if number
        )

    def _expect(self, rates: Sequence[float]) -> None:
        """Reckon with more from now on where it sells faster than was reckoned with."""
        if any(rate > most for rate, most in zip(rates, self.most_rates, strict=True)):
            # Twice as much, so that it is not reckoned after each sale.
            self.most_rates = [
                max(most, 2 * rate if rate > most else rate)
                for rate, most in zip(rates, self.most_rates, strict=True)
            ]
            self._reckon()

    def _reckon(self) -> None:
        horizon_s = ROUNDS_TO_MOVE * self.round_s
        for pair, rate in zip(self.pairs, self.most_rates, strict=True):
            pair.enough = enough_for(rate * horizon_s)
        self.ample_above = self.rule.buffer + self._ample()

    def _hidden(self) -> int:
        return max(0, self.available - sum(pair.showing for pair in self.pairs))

    def _wait(self, at: float) -> None:
        """Count how long units of the last delivery waited; once none does, that is over."""
        self.outcome.delivered_hidden_s += self.waiting * (at - self.waiting_since)
        more = self._hidden() - self.hidden_before
        self.waiting = max(0, min(more, self.product.delivery))
        self.waiting_since = at

    def _ample(self) -> int:
        """Return the units above which nothing can happen but pushes of the same to all.

        More than that are never sold between two readings, and `adaptive` shares them.
        """
        expected = sum(self.most_rates) * self.round_s
        enough = enough_for(4 * expected + 1)
        if self.rule.policy in (Policy.PRIORITY, Policy.ADAPTIVE):
            contenders = [
                replace(c, scarce=True)
                for c in self._contenders([None] * len(self.pairs), self.most_rates)
            ]
            while is_scarce(
                enough,
                contenders,
                interval_s=self.round_s,
                scarce_risk=self.rule.scarce_risk,
            ):
                enough *= 2
        return enough

    def _count(self, at: float, index: int) -> None:
        """Count the pushes that follow from a sale while stock is ample; nothing else changes.

        Pairs go on showing what they showed: whether a hundred or ninety is shown matters not.
        """
        interval = int((at - self.times.first_s) / self.times.interval_s)
        if interval != self.interval:
            self.interval, self.sold_in, counted = interval, 0, 0
        else:
            counted = self.counted
        self.sold_in |= 1 << index
        # A pair that alone sold shows the right number by itself.
        several = self.sold_in & self.sold_in - 1 != 0
        self.counted = len(self.pairs) - (not several)
        self.outcome.pushes += self.counted - counted

    def advance(self, until: float) -> None:
        """Do what is due before a moment."""
        while self.wakes_at <= until:
            now = self.wakes_at
            if now == self.applied_at:
                for pair, number in self.sent:
                    pair.showing = number
                self.sent = ()
                self.applied_at = inf
                if self.waiting:
                    self._wait(now)
            elif now == self.delivered_at:
                self.hidden_before = self._hidden()
                self.available += self.product.delivery
                self.delivered_at = inf
                self._reorder(now)
                self._read_after(now)
                unread_s = self.reads_at + self.times.delay_s - now
                self.outcome.delivered += self.product.delivery
                self.outcome.delivered_unread_s += self.product.delivery * unread_s
                self.waiting, self.waiting_since = self.product.delivery, now
            else:
                self._read(now)
            self._sleep()

    def _sleep(self) -> None:
        self.wakes_at = min(self.applied_at, self.delivered_at, self.reads_at)

    def _read_after(self, at: float) -> None:
        times = self.times
        number = ceil((at - times.first_s) / times.interval_s)
        self.reads_at = min(self.reads_at, times.first_s + number * times.interval_s)
        self._sleep()

    def _reorder(self, at: float) -> None:
        if self.available - self.rule.buffer <= self.product.reorder_at:
            self.delivered_at = at + self.product.delivered_after_s
            self._sleep()

    def _read(self, now: float) -> None:
        """Read all orders, and push what follows."""
        self.reads_at = inf
        if self.lately is not None:
            rates = self.lately.rates(now, self.product.measured)
            if rates != self.rates:
                self.rates = rates
                self.ample.clear()
        if self.rule.policy is Policy.SPLIT:
            self._divide(now)
            return
        if self.interval == int((now - self.times.first_s) / self.times.interval_s + 0.5) - 1:
            self.outcome.pushes -= self.counted
            self.interval, self.counted = -1, 0
        numbers = self._numbers()
        sent = [
            (pair, number)
            for pair, number in zip(self.pairs, numbers, strict=True)
            if pair.showing != number
        ]
        if sent:
            self._send(now, sent)

    def _numbers(self) -> Sequence[int]:
        """Return what each pair should show where nothing is promised."""
        if self.rule.policy is Policy.SHARE:
            return [max(0, self.available - self.rule.buffer)] * len(self.pairs)
        state = self.available, self.scarce
        if self.ample.get(state):
            self.scarce = False
            return [self.available] * len(self.pairs)
        result = allotments(
            self.available,
            self._contenders([pair.showing for pair in self.pairs], self.rates),
            interval_s=self.round_s,
            scarce_risk=self.rule.scarce_risk,
        )
        self.ample[state] = not result.scarce
        self.scarce = result.scarce
        return list(result.listings.values())

    def _contenders(self, showing: Sequence[int | None], rates: Sequence[float]) -> list[Contender]:
        return [
            Contender(index, self.rule.policy, 1, index, rate, showing=number, scarce=self.scarce)
            for index, (rate, number) in enumerate(zip(rates, showing, strict=True))
        ]

    def _divide(self, now: float) -> None:
        """Push the next steps of a division, as the program takes them: see `domain.shifting`.

        What a pair may still sell is what it was promised before and the new number, until a
        reading covers the push. Then its stock is read, too, where the database is not sure of it.
        """
        for pair in self.pairs:
            if now >= pair.covered_from_s:
                pair.promised = min(pair.promised, pair.most)
                if pair.most != pair.showing:
                    pair.most = pair.least = pair.showing
                    pair.covered_from_s = now + pair.margin_s
        free = self.available - sum(pair.promised for pair in self.pairs)
        assert free >= 0, "listings may sell more than there is"
        result = allotments(
            self.available,
            self._contenders([pair.most for pair in self.pairs], self.rates),
            interval_s=self.round_s,
        )
        assert self.lately is not None
        rushes = self.lately.rates(now, [0.0] * len(self.pairs))
        held = [
            Held(
                key=index,
                parts={0: 1},
                part=result.listings[index],
                promised=pair.promised,
                bound=pair.most,
                low=max(0, pair.least),
                high=pair.most,
                covered=now >= pair.covered_from_s,
                settle_s=pair.margin_s,
                lasts_s=pair.most / rush if pair.most and rush else None,
            )
            for index, (pair, rush) in enumerate(zip(self.pairs, rushes, strict=True))
        ]
        if any(not pair.right for pair in held):
            numbers = steps({0: self.available}, held)
            if numbers:
                self._send(
                    now, [(pair, numbers[i]) for i, pair in enumerate(self.pairs) if i in numbers]
                )
        self.free = self.available - sum(pair.promised for pair in self.pairs)
        # Until then nothing can follow but from sales and deliveries.
        covering = [pair.covered_from_s for pair in self.pairs if now < pair.covered_from_s]
        if covering:
            self._read_after(min(covering))

    def _send(self, now: float, sent: Sequence[tuple[_Pair, int]]) -> None:
        self.outcome.pushes += len(sent)
        self.sent = sent
        self.applied_at = now + self.times.delay_s
        for pair, number in sent:
            pair.promised += number
            pair.most = pair.least = number
            pair.covered_from_s = self.applied_at + pair.margin_s


def _mean_sold(expected: float, showing: int) -> float:
    """Return how many of `showing` units are sold to `expected` buyers who come by chance."""
    return sum(sold_more_than(number, expected) for number in range(min(showing, 40)))
