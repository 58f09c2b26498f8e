"""Ozon: FBS and rFBS, where the goods lie with the seller.

What is asked (this file), by which requests and walks (`client`), what the answers look like
(`wire`), what they mean (`parse`, `statuses`), and the contract's numbers (`facts`).

Source: Ozon Seller API 2026-09-22.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Unpack

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderRef,
    PushOutcome,
    Return,
    SeenStock,
    StockKey,
    StockUpdate,
    TimeRange,
)
from cloudstock.errors import CredentialsRefused, RequestRefused
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.checking import warehouse_findings
from cloudstock.marketplaces.ozon import checking, facts, parse, wire
from cloudstock.marketplaces.ozon.client import Client
from cloudstock.marketplaces.ozon.pushing import push_stocks
from cloudstock.marketplaces.ozon.warehouses import Warehouses
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.marketplaces.walks import Remembered, batches
from cloudstock.settings import Account

_NOT_FOUND = 404


class Ozon:
    """One seller of Ozon; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._client = Client(account, around)
        self._warehouses = Warehouses(self._client)
        self._key: wire.RolesAnswer | None = None
        # That postings of the last day were looked through once more.
        self._late = Remembered(self._client.recent, "ozon-late", str)

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return facts.TRAITS

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of Ozon's clock."""
        return self._client.http.server_clock

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.http.aclose()

    # Identity

    async def check(self) -> CheckReport:
        """Ask for the key's roles, the seller and the warehouses.

        POST /v1/roles, POST /v1/seller/info, POST /v2/warehouse/list.
        """
        key = await self._roles()
        seller = await checking.seller_of(self._client)
        warehouses = await self._warehouses.ask()
        findings = [
            *checking.role_findings(key.roles, rfbs=bool(await self._warehouses.deliver())),
            *warehouse_findings(self._client.account, warehouses),
        ]
        return CheckReport(seller, warehouses, tuple(findings))

    async def credentials_end(self) -> datetime | None:
        """When the key ends: POST /v1/roles."""
        key = await self._roles()
        return parse.moment(key.expires_at, "expires_at", self._client.met(facts.ROLES))

    async def _roles(self) -> wire.RolesAnswer:
        if self._key is None:
            try:
                self._key = await self._client.call(facts.ROLES, wire.RolesAnswer, wire.NoRequest())
            except RequestRefused:
                # Nothing is concluded from a method that is not there.
                self._key = wire.RolesAnswer()
        return self._key

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's FBS and rFBS warehouses: POST /v2/warehouse/list."""
        return await self._warehouses.ask()

    # Catalogue

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """All products, then the archived ones: POST /v3/product/list and /v3/product/info/list.

        Ozon keeps no order of changes, so `cursor` is not used and every walk is whole.
        """
        del cursor
        async for page in self._products("ALL"):
            yield page
        async for page in self._products("ARCHIVED"):
            yield page

    async def _products(self, visibility: wire.Visibility) -> AsyncIterator[Page[Listing]]:
        only = wire.ProductsFilter(visibility)
        archived = visibility == "ARCHIVED"
        async for page in self._client.pages(
            facts.PRODUCTS,
            lambda last_id: wire.ProductsRequest(only, last_id, facts.PRODUCTS_PER_PAGE),
            wire.ProductsPage,
            # The last page may have a `last_id`; an empty page follows it then.
            lambda page: (page.result.last_id or None) if page.result.items else None,
        ):
            rows = page.result.items
            if not rows:
                return
            by_id = await self._cards(rows)
            yield Page(
                self._client.records(
                    facts.PRODUCTS,
                    rows,
                    lambda row, met, by_id=by_id: parse.parse_listing(  # type: ignore[misc]
                        row, by_id.get(row.product_id), met, archived=archived
                    ),
                )
            )

    async def _cards(self, rows: Iterable[wire.ProductRow]) -> dict[int | None, wire.ProductInfo]:
        ids = tuple(str(row.product_id) for row in rows if row.product_id)
        if not ids:
            return {}
        cards = await self._client.call(
            facts.PRODUCT_INFOS, wire.ProductInfos, wire.ProductInfoRequest(ids)
        )
        return {card.id: card for card in cards.items if card.id is not None}

    # Orders

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Postings that began to be processed in the time range, then older ones changed in it.

        POST /v4/posting/fbs/list twice over: since/to are about the start of processing, so a
        change of an older posting is found only with a wide span and `last_changed_status_date`.
        In a short time range a posting comes again only if it has changed meanwhile; in a long one
        what changes while it is read is left to the next reading.
        """
        until = time_range.until + facts.AHEAD
        since = time_range.since
        if self._late.recall(age_max_s=facts.LATE_EVERY_S) is None:
            since -= facts.LATE
        short = time_range.until - time_range.since <= facts.SHORT_RANGE
        latest: dict[str, Order] | None = {} if short else None
        async for page in self._client.postings(wire.PostingsFilter(since, until)):
            yield self._news(page, latest)
        changed = wire.PostingsFilter(
            since=min(until - facts.POSTINGS_PERIOD, since),
            to=until if short else since,
            last_changed_status_date=wire.Period(time_range.since, until),
        )
        async for page in self._client.postings(changed):
            yield self._news(page, latest)
        self._late.keep("read")

    def _news(self, page: wire.PostingsPage, latest: dict[str, Order] | None) -> Page[Order]:
        """Return the orders of a page but for those that came before as they are now."""
        orders = {order.order_id: order for order in self._orders(page.postings or ())}
        if latest is None:
            return Page(tuple(orders.values()))
        fresh = tuple(o for o in orders.values() if latest.get(o.order_id) != o)
        latest.update(orders)
        return Page(fresh)

    def _orders(self, rows: Sequence[wire.Posting]) -> tuple[Order, ...]:
        now = self._client.now()
        return self._client.records(
            facts.POSTINGS, rows, lambda raw, met: parse.parse_order(raw, met, now=now)
        )

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these postings, a hundred order numbers a request.

        What does not come back that way (it is too old for a list) is asked for one by one, which
        Ozon bears twice a second.
        """
        until = self._client.now() + facts.AHEAD
        oldest = until - facts.POSTINGS_PERIOD + facts.POSTINGS_SLACK
        listed = sorted((r for r in refs if r.created_at > oldest), key=lambda r: r.created_at)
        missing = {ref.order_id for ref in refs}
        for batch in batches(listed, facts.ORDER_NUMBERS_PER_REQUEST):
            only = wire.PostingsFilter(
                since=batch[0].created_at - facts.POSTINGS_SLACK,
                to=until,
                order_numbers=tuple(dict.fromkeys(parse.order_number(ref) for ref in batch)),
            )
            async for page in self._client.postings(only):
                orders = self._orders(page.postings or ())
                missing -= {order.order_id for order in orders}
                yield Page(orders)
        for posting_number in sorted(missing):
            posting = await self._posting(posting_number)
            if posting is not None:
                yield Page(self._orders((posting,)))

    async def _posting(self, posting_number: str) -> wire.Posting | None:
        try:
            answer = await self._client.call(
                facts.POSTING,
                wire.PostingAnswer,
                wire.PostingRequest(posting_number),
                facts.POSTING_LIMIT,
            )
        except RequestRefused as problem:
            if problem.status != _NOT_FOUND:
                raise
            return None
        return answer.result

    # Returns

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns whose status changed in the time range, then those of the orders in `refs`.

        POST /v1/returns/list, FBS only. What buyers send back to a seller who delivers himself
        goes by claim and comes first: POST /v2/returns/rfbs/list, all claims of the last months.
        """
        async for claims in self._claims(time_range, refs):
            yield claims
        changed = wire.ReturnsPeriod(time_range.since, time_range.until + facts.AHEAD)
        async for rows in self._client.returns(
            wire.ReturnsFilter(visual_status_change_moment=changed)
        ):
            yield self._returns(rows)
        numbers = tuple(dict.fromkeys(ref.order_id for ref in refs))
        for batch in batches(numbers, facts.RETURN_POSTINGS_PER_REQUEST):
            async for rows in self._client.returns(wire.ReturnsFilter(posting_numbers=batch)):
                yield self._returns(rows)

    def _returns(self, rows: Sequence[wire.ReturnRow]) -> Page[Return]:
        ours = [row for row in rows if not parse.is_held(row)]
        return Page(self._client.records(facts.RETURNS, ours, parse.parse_return))

    async def _claims(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        delivers = await self._warehouses.deliver()
        if delivers is False:
            return
        until = time_range.until + facts.AHEAD
        oldest = min([time_range.since, *(ref.created_at for ref in refs)])
        since = max(min(oldest, until - facts.CLAIMS_PERIOD), until - facts.POSTINGS_PERIOD)
        only = wire.ClaimsFilter(wire.ClaimsPeriod(since, until))
        try:
            async for rows in self._client.claims(only):
                both = await self._in_both_lists(rows)
                yield Page(
                    self._client.records(
                        facts.CLAIMS,
                        rows,
                        lambda raw, met, both=both: parse.parse_claim(  # type: ignore[misc]
                            raw, met, replaces=both
                        ),
                    )
                )
        except CredentialsRefused:
            # A key that opens neither warehouses nor claims says nothing of how goods are sold.
            if delivers:
                raise

    async def _in_both_lists(self, claims: Sequence[wire.ClaimRow]) -> dict[tuple[str, str], str]:
        """Return the ids of the returns that are also in POST /v1/returns/list.

        Whether claims come there too is said nowhere.
        """
        return_ids: dict[tuple[str, str], str] = {}
        numbers = tuple(dict.fromkeys(c.posting_number for c in claims if c.posting_number))
        for batch in batches(numbers, facts.RETURN_POSTINGS_PER_REQUEST):
            async for rows in self._client.returns(wire.ReturnsFilter(posting_numbers=batch)):
                for row in rows:
                    product = row.product or wire.ReturnProduct()
                    for name in parse.claim_names(
                        row.posting_number, product.sku, product.offer_id
                    ):
                        return_ids[name] = str(row.id)
        return return_ids

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """What buyers can order and what is reserved, in the configured warehouses.

        Everything by POST /v1/product/info/warehouse/stocks, one warehouse after another; some
        listings by POST /v2/product/info/stocks-by-warehouse/fbs. Both know FBS and rFBS only.
        """
        own = self._warehouses.own()
        if keys is None:
            for warehouse_id in own:
                async for page in self._warehouse_stocks(warehouse_id):
                    yield self._seen_stock(facts.WAREHOUSE_STOCKS, page.stocks, own)
            return
        offers = tuple(dict.fromkeys(key.offer_id for key in keys))
        for batch in batches(offers, facts.OFFERS_PER_REQUEST):
            async for some in self._offer_stocks(batch):
                yield self._seen_stock(facts.OFFER_STOCKS, some.products, own)

    def _warehouse_stocks(self, warehouse_id: int) -> AsyncIterator[wire.WarehouseStocksPage]:
        return self._client.pages(
            facts.WAREHOUSE_STOCKS,
            lambda cursor: wire.WarehouseStocksRequest(warehouse_id, facts.STOCKS_PER_PAGE, cursor),
            wire.WarehouseStocksPage,
            lambda page: page.following(len(page.stocks or ()), facts.STOCKS_PER_PAGE),
        )

    def _offer_stocks(self, offers: tuple[str, ...]) -> AsyncIterator[wire.OfferStocksPage]:
        return self._client.pages(
            facts.OFFER_STOCKS,
            lambda cursor: wire.OfferStocksRequest(offers, facts.STOCKS_PER_PAGE, cursor),
            wire.OfferStocksPage,
            lambda page: page.following(len(page.products or ()), facts.STOCKS_PER_PAGE),
        )

    def _seen_stock(
        self, path: str, rows: Sequence[wire.StockRow] | None, own: dict[int, str]
    ) -> Page[SeenStock]:
        named = []
        for row in rows or ():
            if row.warehouse_id is None:
                self._client.met(path)("warehouse_id", "", left_out=True)
            elif row.warehouse_id in own:
                named.append(row)
        return Page(
            self._client.records(
                path,
                named,
                lambda row, met: parse.parse_stock(
                    row, met, warehouse_id=own[row.warehouse_id or 0]
                ),
            )
        )

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities: POST /v2/products/stocks.

        `stock` is what can be ordered, without the units that Ozon holds for orders. A batch that
        is refused as a whole over one item it names is sent again without it.
        """
        own = {name: number for number, name in self._warehouses.own().items()}
        return await push_stocks(self._client, own, updates)


_PROVEN: type[Marketplace] = Ozon
