"""Writing stock: one refused size spoils its whole batch, so the batch is sent again without it.

Source: Wildberries seller API, PUT /api/v3/stocks/{warehouseId}, checked 2026-11-29.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from cloudstock.domain.records import MarketplaceWarehouse, PushOutcome, StockUpdate, Verdict
from cloudstock.errors import AnswerNotUnderstood, MarketplaceError, RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.http import Answer, Http
from cloudstock.marketplaces.wildberries import facts
from cloudstock.marketplaces.wildberries.parse import Met, Refusal, parse_refusals
from cloudstock.marketplaces.wildberries.statuses import REFUSALS, About
from cloudstock.marketplaces.wildberries.wire import StockItem, StocksUpdate
from cloudstock.settings import Account

_ACCEPTED, _BLOCKED, _CONFLICT = 204, 406, 409
_RETRY_S = {_BLOCKED: facts.BLOCKED_RETRY_S, _CONFLICT: facts.PROCESSING_RETRY_S}


async def push_stocks(
    account: Account,
    http: Http,
    updates: Sequence[StockUpdate],
    *,
    warehouses: Iterable[MarketplaceWarehouse],
    met: Met,
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
        return _all(updates, Verdict.REFUSED, "WarehouseUnusable", reason)
    outcomes = [
        PushOutcome(
            update,
            Verdict.REFUSED,
            "UploadDataLimit",
            tr("Wildberries takes 0 to {most} units", most=facts.AMOUNT_MAX),
        )
        for update in updates
        if not 0 <= update.quantity <= facts.AMOUNT_MAX
    ]
    sendable = tuple(u for u in updates if 0 <= u.quantity <= facts.AMOUNT_MAX)
    if not sendable:
        return tuple(outcomes)
    sending = _Sending(account, http, warehouse_id, sendable, met)
    try:
        await sending.run()
    except MarketplaceError as problem:
        if not sending.outcomes:
            raise
        sending.give_up(problem)
    return (*outcomes, *sending.outcomes)


class _Sending:
    """The batches of one warehouse that are still to be sent, and what is known of the others."""

    def __init__(
        self,
        account: Account,
        http: Http,
        warehouse_id: str,
        updates: Sequence[StockUpdate],
        met: Met,
    ) -> None:
        self._account = account
        self._http = http
        self._met = met
        self._path = f"/api/v3/stocks/{warehouse_id}"
        self._waiting: deque[tuple[StockUpdate, ...]] = deque([tuple(updates)])
        self._refusals = 0
        self.outcomes: list[PushOutcome] = []

    async def run(self) -> None:
        """Send until every item has an outcome or the refusals have become too many."""
        while self._waiting:
            batch = self._waiting[0]
            if self._refusals >= facts.REFUSALS_MAX:
                self._settle_rest(
                    Verdict.UNKNOWN,
                    "TooManyRefusals",
                    tr(
                        "Wildberries refused {refusals} batches in a row over single items",
                        refusals=self._refusals,
                    ),
                )
                return
            answer = await self._put(batch)
            again: tuple[tuple[StockUpdate, ...], ...] = ()
            if answer.status == _ACCEPTED:
                self.outcomes += _all(batch, Verdict.ACCEPTED)
            else:
                again = self._refused(batch, answer)
            # Only now: what was not understood leaves its batch among the unsettled.
            self._waiting.popleft()
            self._waiting.extendleft(reversed(again))

    def give_up(self, problem: MarketplaceError) -> None:
        """Settle what was not sent to its end: a refused batch may have been applied in part."""
        self._settle_rest(Verdict.UNKNOWN, problem.kind, str(problem))

    async def _put(self, batch: Sequence[StockUpdate]) -> Answer:
        items = tuple(StockItem(int(u.key.external_id), u.quantity) for u in batch)
        return await self._http.fetch(
            "PUT",
            self._path,
            limit=facts.STOCKS_LIMIT,
            body=StocksUpdate(items),
            ok=(_ACCEPTED, _BLOCKED, _CONFLICT),
        )

    def _refused(
        self, batch: tuple[StockUpdate, ...], answer: Answer
    ) -> tuple[tuple[StockUpdate, ...], ...]:
        """Settle what a 406 or 409 says of the batch, by its codes; return what to send again."""
        self._refusals += 1
        refusals = parse_refusals(answer.body)
        about = [REFUSALS.get(refusal.code) for refusal in refusals]
        for refusal, known in zip(refusals, about, strict=True):
            if known is None:
                self._met("code", refusal.code)
        by_kind = dict(zip(reversed(about), reversed(refusals), strict=True))
        if About.SELLER in by_kind:
            raise MarketplaceError(
                tr(
                    "{name}: Wildberries takes no stock from this seller ({words}); see"
                    " the seller's cabinet",
                    name=self._account.name,
                    words=self._words(by_kind[About.SELLER]),
                )
            )
        if About.WAREHOUSE in by_kind:
            wait_s = _RETRY_S[answer.status] / self._account.pace
            self.outcomes += self._told(batch, Verdict.LATER, by_kind[About.WAREHOUSE], wait_s)
            return ()
        if About.REQUEST in by_kind or answer.status == _BLOCKED:
            # The first is the one that says most: of a 406 with a code that nobody knows, too.
            reason = by_kind.get(About.REQUEST) or next(iter(refusals), Refusal("", ""))
            raise self._request_refused(answer, reason)
        return self._conflict(batch, refusals)

    def _request_refused(self, answer: Answer, reason: Refusal) -> RequestRefused:
        said = ", ".join(w for w in (str(answer.status), self._words(reason)) if w)
        return RequestRefused(
            tr(
                "{where} refused the request ({said})",
                where=f"{self._account.name}: PUT {self._path}",
                said=said,
            ),
            status=answer.status,
            code=self._http.clean(reason.code),
            body=answer.body,
        )

    def _conflict(
        self, batch: tuple[StockUpdate, ...], refusals: Sequence[Refusal]
    ) -> tuple[tuple[StockUpdate, ...], ...]:
        """Settle the items that a 409 names; return what to send again."""
        if not refusals:
            raise AnswerNotUnderstood(
                tr(
                    "{name}: PUT {path} answered 409 without saying why",
                    name=self._account.name,
                    path=self._path,
                )
            )
        reasons = _by_item(refusals)
        rest = tuple(u for u in batch if u.key.external_id not in reasons)
        for update in batch:
            reason = reasons.get(update.key.external_id)
            if reason is not None:
                self.outcomes += self._told([update], Verdict.REFUSED, reason)
        if len(rest) < len(batch):
            return (rest,) if rest else ()
        if len(batch) == 1:
            self.outcomes += self._told(batch, Verdict.REFUSED, refusals[0])
            return ()
        # Some refusals name nobody: halving finds the item.
        middle = len(batch) // 2
        return batch[:middle], batch[middle:]

    def _told(
        self,
        batch: Iterable[StockUpdate],
        verdict: Verdict,
        refusal: Refusal,
        retry_after_s: float | None = None,
    ) -> tuple[PushOutcome, ...]:
        code, message = self._http.clean(refusal.code), self._http.clean(refusal.message)
        return _all(batch, verdict, code, message, retry_after_s)

    def _words(self, refusal: Refusal) -> str:
        words = (refusal.code, refusal.message)
        return self._http.clean(": ".join(word for word in words if word))

    def _settle_rest(self, verdict: Verdict, code: str, message: str) -> None:
        while self._waiting:
            self.outcomes += _all(self._waiting.popleft(), verdict, code, message)


def _by_item(refusals: Iterable[Refusal]) -> Mapping[str, Refusal]:
    return {str(chrt_id): refusal for refusal in refusals for chrt_id in refusal.chrt_ids}


def _all(
    updates: Iterable[StockUpdate],
    verdict: Verdict,
    code: str = "",
    message: str = "",
    retry_after_s: float | None = None,
) -> tuple[PushOutcome, ...]:
    return tuple(PushOutcome(u, verdict, code, message, retry_after_s) for u in updates)
