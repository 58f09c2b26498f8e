"""The marketplaces' limits as token buckets, in compressed time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """A published limit: so many a second, and so many at once after a pause."""

    group: str
    per_s: float
    burst: float
    # What a refused request (4xx) costs instead of 1.
    refused_cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """How a bucket stands after a request."""

    allowed: bool
    remaining: float
    # Real seconds until one more is allowed, and until the bucket is full.
    retry_s: float
    reset_s: float


class Buckets:
    """All buckets, by (who, group)."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._levels: dict[tuple[str, str], tuple[float, datetime]] = {}

    def take(self, who: str, rate: Rate, now: datetime, cost: float = 1.0) -> Taken:
        """Take `cost` tokens if there are as many; else take nothing."""
        level = self._level(who, rate, now)
        # A thousandth less than a whole token is rounding, not a breach.
        allowed = level + 1e-3 >= min(cost, rate.burst)
        if allowed:
            level -= cost
        self._levels[who, rate.group] = (level, now)
        return self._taken(rate, level, allowed=allowed)

    def charge(self, who: str, rate: Rate, now: datetime, cost: float) -> None:
        """Take `cost` more tokens, down to an empty bucket."""
        level = max(0.0, self._level(who, rate, now) - cost)
        self._levels[who, rate.group] = (level, now)

    def _level(self, who: str, rate: Rate, now: datetime) -> float:
        level, at = self._levels.get((who, rate.group), (rate.burst, now))
        passed = max(0.0, (now - at).total_seconds())
        return min(rate.burst, level + passed * rate.per_s * self._speed)

    def _taken(self, rate: Rate, level: float, *, allowed: bool) -> Taken:
        per_s = rate.per_s * self._speed
        return Taken(
            allowed=allowed,
            remaining=max(0.0, math.floor(level)),
            retry_s=max(0.0, (1 - level) / per_s),
            reset_s=max(0.0, (rate.burst - level) / per_s),
        )
