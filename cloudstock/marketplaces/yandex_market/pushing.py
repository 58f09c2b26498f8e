"""Writing stock: Market answers a batch as a whole, so a refused item has to be found.

There are two methods for the same thing, one for cabinets whose warehouses are grouped and one
for all others; what is common to both is here.

Source: Yandex.Market Partner API, PUT /v2/campaigns/{campaignId}/offers/stocks and
POST /v3/businesses/{businessId}/offers/stocks/update, checked 2026-11-29.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.errors import MarketplaceError, Throttled
from cloudstock.language import tr
from cloudstock.marketplaces.http import Answer
from cloudstock.marketplaces.yandex_market import facts
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.statuses import ERROR_CODES
from cloudstock.marketplaces.yandex_market.wire import (
    CampaignUpdate,
    Done,
    ErrorItem,
    Failure,
    Sku,
    SkuCount,
    SkuItem,
    WarehouseUpdate,
)

Batch = tuple[StockUpdate, ...]

_JSON = msgspec.json.Encoder()
_OK, _BAD_REQUEST = 200, 400
# Market's words for an `updatedAt` that it does not take: our two clocks disagree, the item is
# fine.
_STAMP_REFUSED = ("should not be in the future", "should not be older than")
# Words that speak of the shop and of no item.
_SHOP_REFUSED = "Campaign type is not allowed"


@dataclass(frozen=True, slots=True)
class CampaignWriter:
    """Writes a campaign's stock; the method names no warehouse, because a campaign has one."""

    client: Client

    def rows(self, updates: Iterable[StockUpdate], *, stamped: bool) -> tuple[Sku, ...]:
        """Return items as they are sent."""
        stamps = _Stamps(self.client, stamped=stamped)
        return tuple(
            Sku(u.key.external_id, (SkuCount(u.quantity, stamps[u.computed_at]),)) for u in updates
        )

    async def send(self, batch: Batch, *, stamped: bool) -> Answer:
        """PUT /v2/campaigns/{campaignId}/offers/stocks."""
        return await self.client.fetch(
            "PUT",
            f"/v2/campaigns/{self.client.campaign_id}/offers/stocks",
            limit=facts.CAMPAIGN_UPDATE_LIMIT,
            cost=len(batch),
            body=CampaignUpdate(self.rows(batch, stamped=stamped)),
            ok=(_OK, _BAD_REQUEST),
        )


@dataclass(frozen=True, slots=True)
class WarehouseWriter:
    """Writes the stock of one warehouse, in cabinets without groups of warehouses."""

    client: Client
    warehouse_id: int

    def rows(self, updates: Iterable[StockUpdate], *, stamped: bool) -> tuple[SkuItem, ...]:
        """Return items as they are sent."""
        stamps = _Stamps(self.client, stamped=stamped)
        return tuple(
            SkuItem(u.key.external_id, self.warehouse_id, u.quantity, stamps[u.computed_at])
            for u in updates
        )

    async def send(self, batch: Batch, *, stamped: bool) -> Answer:
        """POST /v3/businesses/{businessId}/offers/stocks/update."""
        return await self.client.fetch(
            "POST",
            f"/v3/businesses/{self.client.business_id}/offers/stocks/update",
            limit=facts.WAREHOUSE_UPDATE_LIMIT,
            body=WarehouseUpdate(self.rows(batch, stamped=stamped)),
            ok=(_OK, _BAD_REQUEST),
        )


Writer = CampaignWriter | WarehouseWriter
# Asks who else is to write; None: nobody.
Again = Callable[[], Awaitable[Writer | None]]


class _Stamps(dict[datetime, str | None]):
    """`updatedAt` by when a number was computed: by Market's clock, a little before.

    So a request that arrives late does not undo a newer one. Market takes no moment that is still
    to come, and behind an OK it passes over one that is older than what it holds. The numbers of a
    push were mostly computed at one moment.
    """

    def __init__(self, client: Client, *, stamped: bool) -> None:
        self._client = client
        self._stamped = stamped

    def __missing__(self, computed_at: datetime) -> str | None:
        stamp = self[computed_at] = self._stamp(computed_at) if self._stamped else None
        return stamp

    def _stamp(self, computed_at: datetime) -> str:
        client = self._client
        margin = timedelta(seconds=facts.STAMP_MARGIN_S / max(1.0, client.account.pace))
        at = client.http.server_clock.at(min(computed_at, client.clock.now()) - margin)
        return at.astimezone(UTC).isoformat(timespec="milliseconds")


async def push_stocks(
    client: Client, writer: Writer, updates: Sequence[StockUpdate], again: Again
) -> tuple[PushOutcome, ...]:
    """Show these quantities; one outcome per update.

    `again` is asked once, where a batch is refused and no item is named: a cabinet that has changed
    is served by another method. Raises what a request raises as long as nothing is known of any
    item; later failures leave the rest unknown.
    """
    now = client.clock.now()
    outcomes: list[PushOutcome] = []
    sendable: list[StockUpdate] = []
    for update in updates:
        outcome = _unfit(update, now)
        if outcome is None:
            sendable.append(update)
        else:
            outcomes.append(outcome)
    sending = _Sending(client, writer, _bodies(writer, sendable), again)
    try:
        await sending.run()
    except MarketplaceError as problem:
        if not sending.outcomes:
            raise
        sending.give_up(problem)
    return (*outcomes, *sending.outcomes)


def _unfit(update: StockUpdate, now: datetime) -> PushOutcome | None:
    """Return the outcome of an item that cannot be sent as it is, None if it can."""
    if not 0 <= update.quantity <= facts.COUNT_MAX:
        return PushOutcome(
            update,
            Verdict.REFUSED,
            "QUANTITY",
            tr("Market takes 0 to {most} units", most=facts.COUNT_MAX),
        )
    if now - update.computed_at > facts.STAMP_AGE_MAX:
        return PushOutcome(
            update,
            Verdict.LATER,
            "STALE",
            tr("the number was computed a day ago: Market takes no such number"),
            retry_after_s=0.0,
        )
    return None


def _bodies(writer: Writer, updates: Sequence[StockUpdate]) -> Iterator[Batch]:
    """Cut a batch so that each part fits into one request body."""
    rows = writer.rows(updates, stamped=True)
    if 0 < len(rows) <= facts.SKUS_PER_UPDATE and len(_JSON.encode(rows)) <= facts.BODY_MAX:
        yield tuple(updates)
        return
    part: list[StockUpdate] = []
    size = 0
    for update, item in zip(updates, rows, strict=True):
        row = len(_JSON.encode(item)) + 1
        if part and (size + row > facts.BODY_MAX or len(part) == facts.SKUS_PER_UPDATE):
            yield tuple(part)
            part, size = [], 0
        part.append(update)
        size += row
    if part:
        yield tuple(part)


class _Sending:
    """The parts of a push that are still to be sent, and what is known of the others."""

    def __init__(
        self, client: Client, writer: Writer, batches: Iterable[Batch], again: Again
    ) -> None:
        self._client = client
        self._writer = writer
        self._again: Again | None = again
        self._waiting: deque[Batch] = deque(batches)
        # The part that was sent last and is not settled: it may have been applied.
        self._in_flight: Batch = ()
        self._refusals = 0
        self._stamped = True
        self.outcomes: list[PushOutcome] = []

    async def run(self) -> None:
        """Send until every item has an outcome or the refusals have become too many."""
        while self._waiting:
            if self._refusals >= facts.REFUSALS_MAX:
                self._settle_waiting(
                    Verdict.UNKNOWN,
                    "TOO_MANY_REFUSALS",
                    tr(
                        "Market refused {refusals} batches over single items",
                        refusals=self._refusals,
                    ),
                )
                return
            batch = self._in_flight = self._waiting.popleft()
            answer = await self._writer.send(batch, stamped=self._stamped)
            if answer.status == _BAD_REQUEST:
                await self._refused(batch, answer)
            else:
                self._accepted(batch, answer)
            self._in_flight = ()

    def give_up(self, problem: MarketplaceError) -> None:
        """Settle what no answer tells of: what was sent is unknown, the rest was never sent."""
        words = str(problem)
        self.outcomes += _all(self._in_flight, Verdict.UNKNOWN, problem.kind, words)
        wait_s = problem.wait_s if isinstance(problem, Throttled) else None
        self._settle_waiting(Verdict.LATER, problem.kind, words, wait_s)

    def _accepted(self, batch: Batch, answer: Answer) -> None:
        self._client.check_ok(answer, self._client.http.decode(answer, Done).status)
        self.outcomes += _all(batch, Verdict.ACCEPTED)

    async def _refused(self, batch: Batch, answer: Answer) -> None:
        """A 400 leaves the whole batch unapplied; find what spoils it and send the rest again."""
        errors = self._client.http.decode(answer, Failure).errors or ()
        codes = (error.code or "" for error in errors)
        self._client.met(
            answer.endpoint, (("errors.code", code) for code in codes if code not in ERROR_CODES)
        )
        said = " ".join(error.message or "" for error in errors)
        if _SHOP_REFUSED in said:
            raise MarketplaceError(
                tr(
                    "{name}: Market takes no stock for this shop ({words}); see `cloudstock check`",
                    name=self._client.account.name,
                    words=_SHOP_REFUSED,
                )
            )
        self._refusals += 1
        if self._stamped and any(words in said for words in _STAMP_REFUSED):
            self._send_unstamped(batch)
            return
        reasons = {u.key.external_id: e for u in batch if (e := _about(u, errors)) is not None}
        if not reasons and await self._changed_writer():
            self._waiting.appendleft(batch)
            return
        self._sort_out(batch, errors, reasons)

    async def _changed_writer(self) -> bool:
        """Tell, once, whether the cabinet is served by another method now, and use it then."""
        again, self._again = self._again, None
        other = None if again is None else await again()
        if other is not None:
            self._writer = other
        return other is not None

    def _sort_out(
        self, batch: Batch, errors: Sequence[ErrorItem], reasons: Mapping[str, ErrorItem]
    ) -> None:
        """Settle what is refused by name and send the rest again; in halves where none is named."""
        if len(batch) == 1:
            (update,) = batch
            error = reasons.get(update.key.external_id) or (errors[0] if errors else ErrorItem())
            self.outcomes += self._refusal(update, error)
            return
        if reasons:
            for update in batch:
                if update.key.external_id in reasons:
                    self.outcomes += self._refusal(update, reasons[update.key.external_id])
            rest = tuple(u for u in batch if u.key.external_id not in reasons)
            if rest:
                self._waiting.appendleft(rest)
            return
        middle = len(batch) // 2
        self._waiting.extendleft([batch[middle:], batch[:middle]])

    def _send_unstamped(self, batch: Batch) -> None:
        """Send numbers that are seconds old as holding now; older ones must be computed anew."""
        self._stamped = False
        now = self._client.clock.now()
        young = tuple(u for u in batch if now - u.computed_at <= facts.UNSTAMPED_AGE_MAX)
        old = tuple(u for u in batch if now - u.computed_at > facts.UNSTAMPED_AGE_MAX)
        if young:
            self._waiting.appendleft(young)
        words = tr("Market's clock and this machine's disagree")
        self.outcomes += _all(old, Verdict.LATER, "STALE", words, 0.0)

    def _refusal(self, update: StockUpdate, error: ErrorItem) -> tuple[PushOutcome, ...]:
        clean = self._client.http.clean
        message = clean(error.message or "") or tr("refused without a reason")
        return _all((update,), Verdict.REFUSED, clean(error.code or ""), message)

    def _settle_waiting(
        self, verdict: Verdict, code: str, message: str, retry_after_s: float | None = None
    ) -> None:
        while self._waiting:
            batch = self._waiting.popleft()
            self.outcomes += _all(batch, verdict, code, message, retry_after_s)


def _about(update: StockUpdate, errors: Iterable[ErrorItem]) -> ErrorItem | None:
    """Return the error that quotes this item's article: `Duplicate shop-sku 'A-1' for …`."""
    quoted = f"'{update.key.external_id}'"
    return next((error for error in errors if quoted in (error.message or "")), None)


def _all(
    updates: Iterable[StockUpdate],
    verdict: Verdict,
    code: str = "",
    message: str = "",
    retry_after_s: float | None = None,
) -> tuple[PushOutcome, ...]:
    return tuple(PushOutcome(u, verdict, code, message, retry_after_s) for u in updates)
