"""Writing stock: Market answers a batch as a whole, so a refused item has to be found.

There are two methods for the same thing, one for cabinets whose warehouses are grouped and one
for all others; what is common to both is here.

Source: Yandex.Market Partner API, PUT /v2/campaigns/{campaignId}/offers/stocks and
POST /v3/businesses/{businessId}/offers/stocks/update, checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.errors import MarketplaceError
from cloudstock.language import tr
from cloudstock.marketplaces.connection import Answer
from cloudstock.marketplaces.pushing import Batch, Sending
from cloudstock.marketplaces.yandex_market import facts
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.parse import tell_unless
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
# Asks who else is to write; None: nobody, or it was asked before.
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

    `again` is asked where a batch is refused and no item is named: a cabinet that has changed
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
    return (*outcomes, *await sending.run())


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
    """How a push of one warehouse goes on after an answer."""

    def __init__(
        self, client: Client, writer: Writer, batches: Iterable[Batch], again: Again
    ) -> None:
        self._client = client
        self._writer = writer
        self._again = again
        self._stamped = True
        # A 400 leaves the whole batch unapplied.
        self._items = Sending(batches, refusals_max=facts.REFUSALS_MAX, partly_applied=False)

    async def run(self) -> tuple[PushOutcome, ...]:
        """Send until every item has an outcome; raises as `Sending.run` does."""
        return await self._items.run(self._send)

    async def _send(self, batch: Batch) -> None:
        answer = await self._writer.send(batch, stamped=self._stamped)
        if answer.status == _BAD_REQUEST:
            await self._refused(batch, answer)
        else:
            self._client.check_ok(answer, self._client.http.decode(answer, Done).status)
            self._items.settle(batch, Verdict.ACCEPTED)

    async def _refused(self, batch: Batch, answer: Answer) -> None:
        """Find what spoils a refused batch, and send the rest again."""
        errors = self._client.http.decode(answer, Failure).errors or ()
        met = self._client.met(answer.endpoint)
        for error in errors:
            tell_unless(met, ERROR_CODES, "errors.code", error.code or "")
        message = " ".join(error.message or "" for error in errors)
        if _SHOP_REFUSED in message:
            raise MarketplaceError(
                tr(
                    "{name}: Market takes no stock for this shop ({words}); see `cloudstock check`",
                    name=self._client.account.name,
                    words=_SHOP_REFUSED,
                )
            )
        self._items.refusals += 1
        if self._stamped and any(words in message for words in _STAMP_REFUSED):
            self._send_unstamped(batch)
            return
        reasons = {u.key.external_id: e for u in batch if (e := _about(u, errors)) is not None}
        if not reasons and await self._changed_writer():
            self._items.again(batch)
        elif not reasons and len(batch) > 1:
            self._items.halves(batch)
        else:
            for update in batch:
                reason = reasons.get(update.key.external_id)
                if reason is not None or len(batch) == 1:
                    self._refuse(update, reason or (errors[0] if errors else ErrorItem()))
            if len(batch) > 1:
                self._items.again(tuple(u for u in batch if u.key.external_id not in reasons))

    async def _changed_writer(self) -> bool:
        """Tell whether the cabinet is served by another method now, and use it then."""
        other = await self._again()
        if other is not None:
            self._writer = other
        return other is not None

    def _send_unstamped(self, batch: Batch) -> None:
        """Send numbers that are seconds old as holding now; older ones must be computed anew."""
        self._stamped = False
        now = self._client.clock.now()
        young = tuple(u for u in batch if now - u.computed_at <= facts.UNSTAMPED_AGE_MAX)
        self._items.again(young)
        words = tr("Market's clock and this machine's disagree")
        old = [u for u in batch if now - u.computed_at > facts.UNSTAMPED_AGE_MAX]
        self._items.settle(old, Verdict.LATER, "STALE", words, 0.0)

    def _refuse(self, update: StockUpdate, error: ErrorItem) -> None:
        clean = self._client.http.clean
        message = clean(error.message or "") or tr("refused without a reason")
        self._items.settle([update], Verdict.REFUSED, clean(error.code or ""), message)


def _about(update: StockUpdate, errors: Iterable[ErrorItem]) -> ErrorItem | None:
    """Return the error that quotes this item's article: `Duplicate shop-sku 'A-1' for …`."""
    quoted = f"'{update.key.external_id}'"
    return next((error for error in errors if quoted in (error.message or "")), None)
