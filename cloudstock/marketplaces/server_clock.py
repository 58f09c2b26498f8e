"""How far a marketplace's clock is ahead of this machine's, as its `Date` headers tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A `Date` header tells a moment up to this long ago: it is cut to seconds, and servers make a new
# one once a second.
DATE_AGE_MAX_S = 2.0


@dataclass(slots=True)
class ServerClock:
    """What the answers of one account told of the marketplace's clock.

    `before_s` is what earlier runs measured, which holds until the first answer comes.
    """

    before_s: float | None = None
    # The way takes time, too: each answer tells no more than two bounds. The best are kept.
    least_s: float | None = None
    most_s: float | None = None

    def saw(self, date: datetime, *, sent_at: datetime, received_at: datetime) -> None:
        """Learn from an answer: it was made between its request and its coming."""
        least_s = (date - received_at).total_seconds()
        most_s = (date - sent_at).total_seconds() + DATE_AGE_MAX_S
        if self.least_s is not None and self.most_s is not None:
            least_s, most_s = max(self.least_s, least_s), min(self.most_s, most_s)
        if least_s > most_s:
            # One of the clocks was set meanwhile: only this answer still tells.
            least_s = (date - received_at).total_seconds()
            most_s = (date - sent_at).total_seconds() + DATE_AGE_MAX_S
        self.least_s, self.most_s = least_s, most_s

    @property
    def measured_s(self) -> float | None:
        """Seconds that the marketplace's clock is ahead of ours, whole; None: no answer told.

        Two clocks that may be equal are taken to be, and what earlier runs measured holds while it
        may be true: by an estimate that falls with each slow answer, a number computed later would
        bear an earlier time than the one before it, and be passed over. An estimate with parts of
        seconds would differ from one run to the next, and moments told in whole seconds would look
        exact.
        """
        if self.least_s is None or self.most_s is None:
            return None
        if self.most_s >= 0.0 and self.least_s <= DATE_AGE_MAX_S:
            return 0.0
        if self.before_s is not None and self.least_s <= self.before_s <= self.most_s:
            return self.before_s
        return float(round(self.least_s))

    @property
    def ahead(self) -> timedelta:
        """What is to be added to a moment of ours to get the marketplace's."""
        seconds = self.before_s if self.measured_s is None else self.measured_s
        return timedelta(seconds=seconds or 0.0)

    @property
    def error(self) -> timedelta:
        """How wrong a translated moment may be: not at all where the clocks are taken as equal.

        Where every answer was slow, the bounds are as far apart as the quickest of them took.
        """
        ahead_s = self.ahead.total_seconds()
        if not ahead_s:
            return timedelta()
        error_s = DATE_AGE_MAX_S
        if self.least_s is not None and self.most_s is not None:
            error_s = max(error_s, ahead_s - self.least_s, self.most_s - ahead_s)
        return timedelta(seconds=error_s)

    def at(self, moment: datetime) -> datetime:
        """Return what the marketplace's clock shows at a moment of ours."""
        return moment + self.ahead

    def ours(self, moment: datetime) -> datetime:
        """Return what our clock shows at a moment of the marketplace's."""
        return moment - self.ahead
