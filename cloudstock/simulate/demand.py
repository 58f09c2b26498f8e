"""Buyers and deliveries for the model, from rates of sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt
from random import Random

from cloudstock.simulate.model import Product, Rush

DAY_S = 86_400.0
MEASURED_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class Supply:
    """How stock comes, in days."""

    # What a delivery lasts on average.
    delivery_days: float = 28.0
    # From ordering it to its coming.
    delivered_after_days: float = 7.0


@dataclass(frozen=True, slots=True)
class Promotion:
    """An hour in which buyers come to a product as never before, once in its first day."""

    times: float = 50.0
    lasts_s: float = 3_600.0

    def share_of_day(self) -> float:
        """Return how many days' sales it brings."""
        return self.times * self.lasts_s / DAY_S


# The hour begins between these, so that the whole of it and what follows are in the day.
_BEGINS_H = (8.0, 20.0)


def product(
    random: Random,
    a_day: Sequence[float],
    supply: Supply,
    *,
    days: float,
    promotion: Promotion | None = None,
) -> Product:
    """Return a product that sells `a_day` units through each pair, and its buyers.

    Buyers come independently of each other (Poisson). A delivery is ordered when what is left
    would last until it comes, so it comes too late half of the time. The warehouse begins somewhere
    within such a cycle. The database's rates are what it would have counted in 30 days before: they
    are off by chance, as in life.

    `promotion`: there is about as much as is sold in the hour or less, and half of that is
    delivered in the middle of it; nothing else.
    """
    total = sum(a_day)
    delivery = max(1, round(total * supply.delivery_days))
    usual = Product(
        buyers=_buyers(random, a_day, days * DAY_S),
        rates=[rate / DAY_S for rate in a_day],
        measured=[
            _poisson(random, rate * MEASURED_DAYS) / (MEASURED_DAYS * DAY_S) for rate in a_day
        ],
        stock=random.randint(0, delivery),
        delivery=delivery,
        reorder_at=round(total * supply.delivered_after_days),
        delivered_after_s=supply.delivered_after_days * DAY_S,
    )
    return usual if promotion is None else _promoted(random, usual, promotion)


def _promoted(random: Random, usual: Product, promotion: Promotion) -> Product:
    begins_s = random.uniform(*_BEGINS_H) * 3_600.0
    rush = Rush(begins_s, begins_s + promotion.lasts_s, promotion.times)
    more = [rate * DAY_S * (promotion.times - 1) for rate in usual.rates]
    buyers = [(begins_s + at, pair) for at, pair in _buyers(random, more, promotion.lasts_s)]
    before = sum(usual.rates) * begins_s
    sold = sum(usual.rates) * promotion.times * promotion.lasts_s
    return replace(
        usual,
        buyers=sorted([*usual.buyers, *buyers]),
        stock=round(before) + random.randint(0, max(1, round(sold))),
        delivery=max(1, round(sold / 2)),
        reorder_at=-1,
        rush=rush,
        delivered_s=begins_s + promotion.lasts_s / 2,
    )


def catalogue(random: Random, products: int, a_day: Sequence[float]) -> list[list[float]]:
    """Return the rates of products that together sell `a_day` units through each pair.

    A heavy tail: products follow a Pareto law of which a fifth make four fifths of all sales
    (exponent 1.16), and each does better or worse in each pair than the average product does
    (lognormal, sigma 0.5).
    """
    raw = []
    for _ in range(products):
        size = random.paretovariate(1.16)
        raw.append([size * rate * random.lognormvariate(0.0, 0.5) for rate in a_day])
    sums = [sum(rates[i] for rates in raw) for i in range(len(a_day))]
    return [
        [
            rate * wanted / all_ if all_ else 0.0
            for rate, wanted, all_ in zip(rates, a_day, sums, strict=True)
        ]
        for rates in raw
    ]


def _buyers(random: Random, a_day: Sequence[float], length_s: float) -> list[tuple[float, int]]:
    buyers = []
    for pair, rate in enumerate(a_day):
        if rate <= 0:
            continue
        at = random.expovariate(rate / DAY_S)
        while at < length_s:
            buyers.append((at, pair))
            at += random.expovariate(rate / DAY_S)
    buyers.sort()
    return buyers


def _poisson(random: Random, expected: float) -> int:
    """Return a Poisson number: exactly for few, by the normal law for many."""
    if expected > 50:
        return max(0, round(random.gauss(expected, sqrt(expected))))
    number, left = 0, random.random()
    chance = exp(-expected)
    while left > chance and number < 1_000:
        left -= chance
        number += 1
        chance *= expected / number
    return number
