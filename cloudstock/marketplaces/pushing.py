"""Sends a push again without what was refused, until each of its items has an outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.errors import MarketplaceError, Throttled
from cloudstock.language import tr

Batch = tuple[StockUpdate, ...]


class Sending:
    """The batches of a push that are still to be sent, and what is known of the items.

    `refusals_max`: how often a batch may be refused over single items. `partly_applied`: a batch
    that was refused may have been applied in part; else what was not sent at last never was.
    """

    def __init__(
        self, batches: Iterable[Batch], *, refusals_max: int, partly_applied: bool = True
    ) -> None:
        self._waiting: deque[Batch] = deque(batches)
        self._refusals_max = refusals_max
        self._partly_applied = partly_applied
        # How often a batch was refused so far.
        self.refusals = 0
        self._outcomes: list[PushOutcome] = []

    async def run(self, send: Callable[[Batch], Awaitable[None]]) -> tuple[PushOutcome, ...]:
        """Send every batch; `send` settles its items, or puts some of them back `again`.

        Raises what `send` raises as long as nothing is known of any item; later failures leave
        UNKNOWN what was sent and has no answer.
        """
        while self._waiting:
            if self.refusals >= self._refusals_max:
                words = tr(
                    "{refusals} batches were refused over single items", refusals=self.refusals
                )
                self._give_up(Verdict.UNKNOWN, "TOO_MANY_REFUSALS", words)
                break
            batch = self._waiting.popleft()
            try:
                await send(batch)
            except MarketplaceError as problem:
                if not self._outcomes:
                    raise
                self.settle(batch, Verdict.UNKNOWN, problem.kind, str(problem))
                if self._partly_applied:
                    self._give_up(Verdict.UNKNOWN, problem.kind, str(problem))
                else:
                    wait_s = problem.wait_s if isinstance(problem, Throttled) else None
                    self._give_up(Verdict.LATER, problem.kind, str(problem), wait_s)
        return tuple(self._outcomes)

    def settle(
        self,
        updates: Iterable[StockUpdate],
        verdict: Verdict,
        code: str = "",
        message: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        """Give items one outcome."""
        self.take(all_of(updates, verdict, code, message, retry_after_s))

    def take(self, outcomes: Iterable[PushOutcome]) -> None:
        """Take the outcomes of items."""
        self._outcomes += outcomes

    def again(self, *batches: Batch) -> None:
        """Put batches back, to be sent next, in this order; empty ones are left out."""
        self._waiting.extendleft(batch for batch in reversed(batches) if batch)

    def halves(self, batch: Batch) -> None:
        """Put back a batch that was refused without a name, to find the item over which."""
        middle = len(batch) // 2
        self.again(batch[:middle], batch[middle:])

    def _give_up(
        self, verdict: Verdict, code: str, message: str, retry_after_s: float | None = None
    ) -> None:
        while self._waiting:
            self.settle(self._waiting.popleft(), verdict, code, message, retry_after_s)


def all_of(
    updates: Iterable[StockUpdate],
    verdict: Verdict,
    code: str = "",
    message: str = "",
    retry_after_s: float | None = None,
) -> tuple[PushOutcome, ...]:
    """Return one outcome for all of these."""
    return tuple(PushOutcome(u, verdict, code, message, retry_after_s) for u in updates)
