"""Writing stock to Ozon: one request, a verdict on each of its items.

Source: Ozon Seller API 2026-09-22, POST /v2/products/stocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.errors import MarketplaceError, RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.http import Answer, Http
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.settings import Account

# "invalid ProductsStocksRequest.Stocks[3]: ..." names the item that spoils the batch.
_SPOILER = re.compile(r"Stocks\[(\d{1,3})\]")


async def push_stocks(
    account: Account,
    http: Http,
    own: Mapping[str, int],
    updates: Sequence[StockUpdate],
    met: parse.Met,
) -> tuple[PushOutcome, ...]:
    """Send `updates` and return one outcome each.

    `own` holds Ozon's warehouse number by the configured name. A batch that is refused as a whole
    over an item it names is sent again without it, a bounded number of times. Raises only where
    nothing is known of any item.
    """
    outcomes: list[PushOutcome] = []
    rest = list(updates)
    for _ in range(facts.REFUSALS_MAX):
        if not rest:
            return tuple(outcomes)
        items = tuple(_item(update, own[update.key.warehouse_id]) for update in rest)
        try:
            answer = await http.fetch(
                "POST",
                facts.WRITE_STOCKS,
                limit=facts.STOCKS_LIMIT,
                body=wire.StocksRequest(items),
            )
            return (*outcomes, *_verdicts(account, http, rest, items, answer, met))
        except MarketplaceError as problem:
            spoiler = _spoiler(problem, len(rest))
            if spoiler is not None:
                outcomes.append(_outcome(rest.pop(spoiler), Verdict.REFUSED, problem))
            elif outcomes:
                return (*outcomes, *(_outcome(u, Verdict.UNKNOWN, problem) for u in rest))
            else:
                raise
    many = MarketplaceError(
        tr("{name}: the batch was refused over many other items", name=account.name)
    )
    return (*outcomes, *(_outcome(u, Verdict.UNKNOWN, many) for u in rest))


def _item(update: StockUpdate, warehouse_id: int) -> wire.StockItem:
    # By product_id: a seller can change an offer_id, and economy products share one.
    return wire.StockItem(
        product_id=int(update.key.external_id), warehouse_id=warehouse_id, stock=update.quantity
    )


def _spoiler(problem: MarketplaceError, count: int) -> int | None:
    """Return the place of the item over which a whole request was refused."""
    if not isinstance(problem, RequestRefused):
        return None
    found = _SPOILER.search(parse.parse_error(problem.status, problem.body).message)
    return int(found[1]) if found and int(found[1]) < count else None


def _outcome(update: StockUpdate, verdict: Verdict, problem: MarketplaceError) -> PushOutcome:
    code = problem.code if isinstance(problem, RequestRefused) else problem.kind
    return PushOutcome(update, verdict, code, str(problem))


def _verdicts(
    account: Account,
    http: Http,
    updates: Sequence[StockUpdate],
    items: Sequence[wire.StockItem],
    received: Answer,
    met: parse.Met,
) -> Iterable[PushOutcome]:
    """Match by product and warehouse: the order of results is not promised."""
    answer = http.decode(received, wire.StocksAnswer)
    by_product = {(r.product_id, r.warehouse_id): r for r in answer.result if r.product_id}
    by_offer = {(r.offer_id, r.warehouse_id): r for r in answer.result if not r.product_id}
    interval_s = facts.PUSH_INTERVAL_S / max(1.0, account.pace)
    for update, item in zip(updates, items, strict=True):
        result = by_product.get((item.product_id, item.warehouse_id)) or by_offer.get(
            (update.key.offer_id, item.warehouse_id)
        )
        yield parse.parse_outcome(
            update,
            result,
            met,
            interval_s=interval_s,
            repeated=received.attempts > 1,
            clean=http.clean,
        )
