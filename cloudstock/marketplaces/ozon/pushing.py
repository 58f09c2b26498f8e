"""Writing stock to Ozon: one request, a verdict on each of its items.

Source: Ozon Seller API 2026-09-22, POST /v2/products/stocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.errors import RequestRefused
from cloudstock.marketplaces.connection import Answer
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.marketplaces.ozon.client import Client
from cloudstock.marketplaces.pushing import Batch, Sending

# "invalid ProductsStocksRequest.Stocks[3]: ..." names the item that spoils the batch.
_SPOILER = re.compile(r"Stocks\[(\d{1,3})\]")


async def push_stocks(
    client: Client, own: Mapping[str, int], updates: Sequence[StockUpdate]
) -> tuple[PushOutcome, ...]:
    """Send `updates` and return one outcome each.

    `own` holds Ozon's warehouse number by the configured name. A batch that is refused as a whole
    over an item it names is sent again without it, a bounded number of times. Raises only where
    nothing is known of any item.
    """
    sending = Sending([tuple(updates)], refusals_max=facts.REFUSALS_MAX)

    async def send(batch: Batch) -> None:
        items = tuple(_item(update, own[update.key.warehouse_id]) for update in batch)
        try:
            answer = await client.http.fetch(
                "POST",
                facts.WRITE_STOCKS,
                limit=facts.STOCKS_LIMIT,
                body=wire.StocksRequest(items),
            )
        except RequestRefused as problem:
            spoiler = _spoiler(problem, len(batch))
            if spoiler is None:
                raise
            sending.refusals += 1
            sending.settle([batch[spoiler]], Verdict.REFUSED, problem.code, str(problem))
            sending.again(batch[:spoiler] + batch[spoiler + 1 :])
        else:
            sending.take(_outcomes(client, batch, items, answer))

    return await sending.run(send)


def _item(update: StockUpdate, warehouse_id: int) -> wire.StockItem:
    # By product_id: a seller can change an offer_id, and economy products share one.
    return wire.StockItem(
        product_id=int(update.key.external_id), warehouse_id=warehouse_id, stock=update.quantity
    )


def _spoiler(problem: RequestRefused, count: int) -> int | None:
    """Return the place of the item over which a whole request was refused."""
    place = _SPOILER.search(parse.parse_error(problem.status, problem.body).message)
    return int(place[1]) if place and int(place[1]) < count else None


def _outcomes(
    client: Client, updates: Batch, items: Sequence[wire.StockItem], received: Answer
) -> list[PushOutcome]:
    """Match by product and warehouse: the order of results is not promised."""
    answer = client.http.decode(received, wire.StocksAnswer)
    by_product = {(r.product_id, r.warehouse_id): r for r in answer.result}
    by_offer = {(r.offer_id, r.warehouse_id): r for r in answer.result if not r.product_id}
    interval_s = facts.PUSH_INTERVAL_S / max(1.0, client.account.pace)
    met = client.met(facts.WRITE_STOCKS)
    return [
        parse.parse_outcome(
            update,
            by_product.get((item.product_id, item.warehouse_id))
            or by_offer.get((update.key.offer_id, item.warehouse_id)),
            met,
            interval_s=interval_s,
            repeated=received.attempts > 1,
            clean=client.http.clean,
        )
        for update, item in zip(updates, items, strict=True)
    ]
