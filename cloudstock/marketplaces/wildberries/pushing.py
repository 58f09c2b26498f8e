"""Writing stock: one refused size spoils its whole batch, so the batch is sent again without it.

Source: Wildberries seller API, PUT /api/v3/stocks/{warehouseId}, checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cloudstock.domain.records import MarketplaceWarehouse, PushOutcome, StockUpdate, Verdict
from cloudstock.errors import AnswerNotUnderstood, MarketplaceError, RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.connection import Answer
from cloudstock.marketplaces.pushing import Batch, Sending, all_of
from cloudstock.marketplaces.wildberries import facts
from cloudstock.marketplaces.wildberries.client import Client
from cloudstock.marketplaces.wildberries.parse import Refusal, parse_refusals
from cloudstock.marketplaces.wildberries.statuses import REFUSALS, About
from cloudstock.marketplaces.wildberries.wire import StockItem, StocksUpdate

_ACCEPTED, _BLOCKED, _CONFLICT = 204, 406, 409
_RETRY_S = {_BLOCKED: facts.BLOCKED_RETRY_S, _CONFLICT: facts.PROCESSING_RETRY_S}


async def push_stocks(
    client: Client, updates: Sequence[StockUpdate], warehouses: Iterable[MarketplaceWarehouse]
) -> tuple[PushOutcome, ...]:
    """Show these quantities in their one warehouse; one outcome per update.

    Raises MarketplaceError where Wildberries has blocked the seller, and whatever a request
    raises as long as nothing is known of any item; later failures leave the rest UNKNOWN.
    """
    warehouse_id = updates[0].key.warehouse_id
    assert all(update.key.warehouse_id == warehouse_id for update in updates)
    closed = next((w.unusable for w in warehouses if w.warehouse_id == warehouse_id), None)
    if closed is not None:
        reason = tr(
            "warehouse {warehouse_id} takes no stock from here: {closed}",
            warehouse_id=warehouse_id,
            closed=closed,
        )
        return all_of(updates, Verdict.REFUSED, "WarehouseUnusable", reason)
    unfit = [u for u in updates if not 0 <= u.quantity <= facts.AMOUNT_MAX]
    words = tr("Wildberries takes 0 to {most} units", most=facts.AMOUNT_MAX)
    outcomes = all_of(unfit, Verdict.REFUSED, "UploadDataLimit", words)
    fit = tuple(u for u in updates if 0 <= u.quantity <= facts.AMOUNT_MAX)
    return (*outcomes, *await _Sending(client, warehouse_id, fit).run())


class _Sending:
    """How a push of one warehouse goes on after an answer."""

    def __init__(self, client: Client, warehouse_id: str, updates: Batch) -> None:
        self._client = client
        self._path = f"/api/v3/stocks/{warehouse_id}"
        # A batch that was refused may have been applied in part.
        self._items = Sending([updates] if updates else [], refusals_max=facts.REFUSALS_MAX)

    async def run(self) -> tuple[PushOutcome, ...]:
        """Send until every item has an outcome; raises as `Sending.run` does."""
        return await self._items.run(self._send)

    async def _send(self, batch: Batch) -> None:
        answer = await self._client.http.fetch(
            "PUT",
            self._path,
            limit=facts.STOCKS_LIMIT,
            body=StocksUpdate(tuple(StockItem(int(u.key.external_id), u.quantity) for u in batch)),
            ok=(_ACCEPTED, _BLOCKED, _CONFLICT),
        )
        if answer.status == _ACCEPTED:
            self._items.settle(batch, Verdict.ACCEPTED)
        else:
            self._refused(batch, answer)

    def _refused(self, batch: Batch, answer: Answer) -> None:
        """Settle what a 406 or 409 says of the batch, by its codes; put back what to send again."""
        self._items.refusals += 1
        refusals = parse_refusals(answer.body)
        about = [REFUSALS.get(refusal.code) for refusal in refusals]
        met = self._client.met("PUT /api/v3/stocks/{warehouseId}")
        for refusal, subject in zip(refusals, about, strict=True):
            if subject is None:
                met("code", refusal.code)
        by_kind = dict(zip(reversed(about), reversed(refusals), strict=True))
        if About.SELLER in by_kind:
            raise MarketplaceError(
                tr(
                    "{name}: Wildberries takes no stock from this seller ({words}); see"
                    " the seller's cabinet",
                    name=self._client.account.name,
                    words=self._words(by_kind[About.SELLER]),
                )
            )
        if About.WAREHOUSE in by_kind:
            wait_s = _RETRY_S[answer.status] / self._client.account.pace
            self._settle(batch, Verdict.LATER, by_kind[About.WAREHOUSE], wait_s)
            return
        if About.REQUEST in by_kind or answer.status == _BLOCKED:
            # The first is the one that says most: of a 406 with a code that nobody knows, too.
            reason = by_kind.get(About.REQUEST) or next(iter(refusals), Refusal("", ""))
            raise self._request_refused(answer, reason)
        self._conflict(batch, refusals)

    def _request_refused(self, answer: Answer, reason: Refusal) -> RequestRefused:
        words = ", ".join(w for w in (str(answer.status), self._words(reason)) if w)
        return RequestRefused(
            tr(
                "{where} refused the request ({reason})",
                where=f"{self._client.account.name}: PUT {self._path}",
                reason=words,
            ),
            status=answer.status,
            code=self._client.http.clean(reason.code),
            body=answer.body,
        )

    def _conflict(self, batch: Batch, refusals: Sequence[Refusal]) -> None:
        """Settle the items that a 409 names; put back what to send again."""
        if not refusals:
            raise AnswerNotUnderstood(
                tr(
                    "{name}: PUT {path} answered 409 without saying why",
                    name=self._client.account.name,
                    path=self._path,
                )
            )
        reasons = _by_item(refusals)
        rest = tuple(u for u in batch if u.key.external_id not in reasons)
        for update in batch:
            reason = reasons.get(update.key.external_id)
            if reason is not None:
                self._settle([update], Verdict.REFUSED, reason)
        if len(rest) < len(batch):
            self._items.again(rest)
        elif len(batch) == 1:
            self._settle(batch, Verdict.REFUSED, refusals[0])
        else:
            # Some refusals name nobody: halving finds the item.
            self._items.halves(batch)

    def _settle(
        self,
        batch: Iterable[StockUpdate],
        verdict: Verdict,
        refusal: Refusal,
        retry_after_s: float | None = None,
    ) -> None:
        clean = self._client.http.clean
        self._items.settle(
            batch, verdict, clean(refusal.code), clean(refusal.message), retry_after_s
        )

    def _words(self, refusal: Refusal) -> str:
        words = (refusal.code, refusal.message)
        return self._client.http.clean(": ".join(word for word in words if word))


def _by_item(refusals: Iterable[Refusal]) -> Mapping[str, Refusal]:
    return {str(chrt_id): refusal for refusal in refusals for chrt_id in refusal.chrt_ids}
