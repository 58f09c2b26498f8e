"""Ozon: FBS and rFBS, where the goods lie with the seller.

What is asked (this file), what the answers look like (`wire`), what they mean (`parse`,
`statuses`), and the contract's numbers (`facts`).

Source: Ozon Seller API (docs.ozon.ru/api/seller), checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar, Unpack

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderRef,
    PushOutcome,
    Return,
    ShownStock,
    StockKey,
    StockUpdate,
    Window,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    ConfigurationError,
    RequestRefused,
)
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.marketplaces.ozon.checking import check_account
from cloudstock.marketplaces.ozon.pushing import push_stocks
from cloudstock.marketplaces.pace import Limit
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.settings import Account

__all__ = ["Ozon"]

T = TypeVar("T")
A = TypeVar("A")

_NOT_FOUND = 404

_WAREHOUSES = "/v2/warehouse/list"


class Ozon:
    """One seller of Ozon; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._account = account
        self._clock = around["clock"]
        self._http = Http(
            account,
            base_url=facts.HOST,
            headers={
                "Client-Id": account.options["client_id"],
                "Api-Key": account.secrets["api_key"],
            },
            around=around,
            classify=parse.parse_error,
            # Int64 comes as a number or as text, by method and by mood.
            strict=False,
        )
        self._own: dict[int, str] | None = None

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return facts.TRAITS

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of Ozon's clock."""
        return self._http.server_clock

    async def aclose(self) -> None:
        """Close connections."""
        await self._http.aclose()

    # Identity

    async def check(self) -> CheckReport:
        """Ask for the warehouses and look at the configured ones."""
        return await check_account(self._account, self.warehouses)

    async def credentials_end(self) -> datetime | None:
        """Not asked for."""
        return None

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's FBS and rFBS warehouses: POST /v2/warehouse/list."""
        found: list[MarketplaceWarehouse] = []
        async for page in self._pages(
            _WAREHOUSES,
            "",
            lambda cursor: wire.WarehousesRequest(facts.WAREHOUSES_PER_PAGE, cursor),
            wire.WarehousesPage,
            lambda page: page.cursor if page.has_next else None,
            limit=facts.WAREHOUSES_LIMIT,
        ):
            found += [parse.parse_warehouse(raw) for raw in page.warehouses or ()]
        return tuple(found)

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
        async for page in self._pages(
            facts.PRODUCTS,
            "",
            lambda last_id: wire.ProductsRequest(only, last_id, facts.PRODUCTS_PER_PAGE),
            wire.ProductsPage,
            # The last page may have a `last_id`; an empty page follows it then.
            lambda page: (page.result.last_id or None) if page.result.items else None,
        ):
            rows = page.result.items
            if not rows:
                return
            cards = await self._http.call(
                "POST",
                "/v3/product/info/list",
                limit=facts.GENERAL_LIMIT,
                answer=wire.ProductInfos,
                body=wire.ProductInfoRequest(tuple(str(row.product_id) for row in rows)),
            )
            by_id = {card.id: card for card in cards.items}
            archived = visibility == "ARCHIVED"
            yield Page(
                tuple(
                    parse.parse_listing(row, by_id.get(row.product_id), archived=archived)
                    for row in rows
                )
            )

    # Orders

    async def orders(self, window: Window) -> AsyncIterator[Page[Order]]:
        """Postings that began to be processed in the window, then older ones that changed in it.

        POST /v4/posting/fbs/list twice over: since/to are about the start of processing, so a
        change of an older posting is found only with a wide span and `last_changed_status_date`.
        A posting comes again only if it has changed meanwhile.
        """
        told: dict[str, Order] = {}
        for since, until in _slices(window):
            async for page in self._postings(wire.PostingsFilter(since, until)):
                yield self._news(page, told)
        changed = wire.PostingsFilter(
            since=window.until - facts.POSTINGS_PERIOD,
            to=window.until,
            last_changed_status_date=wire.Period(window.since, window.until),
        )
        async for page in self._postings(changed):
            yield self._news(page, told)

    def _news(self, page: wire.PostingsPage, told: dict[str, Order]) -> Page[Order]:
        now = self._clock.now()
        orders = {raw.posting_number: parse.parse_order(raw, now=now) for raw in page.postings}
        fresh = tuple(o for o in orders.values() if told.get(o.order_id) != o)
        told.update(orders)
        return Page(fresh)

    def _postings(self, only: wire.PostingsFilter) -> AsyncIterator[wire.PostingsPage]:
        return self._pages(
            facts.POSTINGS,
            "",
            lambda cursor: wire.PostingsRequest(only, facts.POSTINGS_PER_PAGE, cursor),
            wire.PostingsPage,
            lambda page: page.cursor if page.has_next else None,
        )

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these postings, a hundred order numbers a request.

        What does not come back that way (it is too old for a list) is asked for one by one, which
        Ozon bears twice a second.
        """
        now = self._clock.now()
        oldest = now - facts.POSTINGS_PERIOD + facts.POSTINGS_SLACK
        listed = sorted((r for r in refs if r.created_at > oldest), key=lambda r: r.created_at)
        missing = {ref.order_id for ref in refs}
        for batch in _batches(listed, facts.ORDER_NUMBERS_PER_REQUEST):
            only = wire.PostingsFilter(
                since=batch[0].created_at - facts.POSTINGS_SLACK,
                to=now,
                order_numbers=tuple(dict.fromkeys(parse.order_number(ref) for ref in batch)),
            )
            async for page in self._postings(only):
                orders = tuple(parse.parse_order(raw, now=now) for raw in page.postings)
                missing -= {order.order_id for order in orders}
                yield Page(orders)
        for posting_number in sorted(missing):
            posting = await self._posting(posting_number)
            if posting is not None:
                yield Page((parse.parse_order(posting, now=self._clock.now()),))

    async def _posting(self, posting_number: str) -> wire.Posting | None:
        try:
            answer = await self._http.call(
                "POST",
                "/v3/posting/fbs/get",
                limit=facts.POSTING_LIMIT,
                answer=wire.PostingAnswer,
                body=wire.PostingRequest(posting_number),
            )
        except RequestRefused as problem:
            if problem.status != _NOT_FOUND:
                raise
            return None
        return answer.result

    # Returns

    async def returns(
        self, window: Window, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns whose status changed in the window, then those of the orders in `refs`.

        POST /v1/returns/list, FBS only.
        """
        changed = wire.ReturnsPeriod(window.since, window.until)
        async for page in self._returned(wire.ReturnsFilter(visual_status_change_moment=changed)):
            yield page
        numbers = tuple(dict.fromkeys(ref.order_id for ref in refs))
        for batch in _batches(numbers, facts.RETURN_POSTINGS_PER_REQUEST):
            async for page in self._returned(wire.ReturnsFilter(posting_numbers=tuple(batch))):
                yield page

    async def _returned(self, only: wire.ReturnsFilter) -> AsyncIterator[Page[Return]]:
        async for page in self._pages(
            facts.RETURNS,
            0,
            lambda last_id: wire.ReturnsRequest(only, facts.RETURNS_PER_PAGE, last_id),
            wire.ReturnsPage,
            # The answer names no position. Rows are not promised to be sorted.
            lambda page: max((r.id for r in page.returns), default=0) if page.has_next else None,
        ):
            parsed = (parse.parse_return(raw) for raw in page.returns)
            yield Page(tuple(item for item in parsed if item is not None))

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[ShownStock]]:
        """What buyers can order and what is reserved, in the configured warehouses.

        Everything by POST /v1/product/info/warehouse/stocks, one warehouse after another; some
        listings by POST /v2/product/info/stocks-by-warehouse/fbs. Both know FBS and rFBS only.
        """
        own = await self._own_warehouses()
        if keys is None:
            for warehouse_id in own:
                async for page in self._warehouse_stocks(warehouse_id):
                    yield self._shown(page.stocks, own)
            return
        offers = tuple(dict.fromkeys(key.offer_id for key in keys))
        for batch in _batches(offers, facts.OFFERS_PER_REQUEST):
            async for some in self._offer_stocks(tuple(batch)):
                yield self._shown(some.products, own)

    def _warehouse_stocks(self, warehouse_id: int) -> AsyncIterator[wire.WarehouseStocksPage]:
        return self._pages(
            "/v1/product/info/warehouse/stocks",
            "",
            lambda cursor: wire.WarehouseStocksRequest(warehouse_id, facts.STOCKS_PER_PAGE, cursor),
            wire.WarehouseStocksPage,
            lambda page: page.cursor if page.has_next else None,
        )

    def _offer_stocks(self, offers: tuple[str, ...]) -> AsyncIterator[wire.OfferStocksPage]:
        return self._pages(
            "/v2/product/info/stocks-by-warehouse/fbs",
            "",
            lambda cursor: wire.OfferStocksRequest(offers, facts.STOCKS_PER_PAGE, cursor),
            wire.OfferStocksPage,
            lambda page: page.cursor if page.has_next else None,
        )

    def _shown(self, rows: Iterable[wire.StockRow], own: dict[int, str]) -> Page[ShownStock]:
        return Page(
            tuple(
                parse.parse_stock(row, warehouse_id=own[row.warehouse_id])
                for row in rows
                if row.warehouse_id in own
            )
        )

    async def _own_warehouses(self) -> dict[int, str]:
        """Return Ozon's warehouse ids and how the configuration calls them.

        Raises ConfigurationError where a warehouse is not a number, or none is named and the
        seller has not just one.
        """
        if self._own is None:
            names = [link.warehouse_id for link in self._account.warehouses]
            if names == [""]:
                usable = [w.warehouse_id for w in await self.warehouses() if not w.unusable]
                if len(usable) != 1:
                    raise ConfigurationError(
                        tr(
                            "{name}: name the warehouse in `warehouses`; Ozon has {usable}",
                            name=self._account.name,
                            usable=", ".join(usable) or tr("none that takes stock"),
                        )
                    )
                self._own = {int(usable[0]): ""}
            else:
                self._own = {self._number(name): name for name in names}
        return self._own

    def _number(self, warehouse_id: str) -> int:
        if not (warehouse_id.isascii() and warehouse_id.isdigit()):
            raise ConfigurationError(
                tr(
                    "{name}: {warehouse_id!r} in `warehouses` is not a warehouse number of"
                    " Ozon's; `cloudstock check` lists them",
                    name=self._account.name,
                    warehouse_id=warehouse_id,
                )
            )
        return int(warehouse_id)

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities: POST /v2/products/stocks.

        `stock` is what can be ordered, without the units that Ozon holds for orders. A batch that
        is refused as a whole over one item it names is sent again without it.
        """
        own = {name: number for number, name in (await self._own_warehouses()).items()}
        return await push_stocks(self._account, self._http, own, updates)

    # Walking

    async def _pages(
        self,
        path: str,
        first: T,
        ask: Callable[[T], object],
        answer: type[A],
        following: Callable[[A], T | None],
        *,
        limit: Limit = facts.GENERAL_LIMIT,
    ) -> AsyncIterator[A]:
        """Walk a list from position `first`; `following` returns the next one, None at the end.

        Raises AnswerNotUnderstood where a position comes back, or the list has no end.
        """
        position = first
        been = {position}
        for _ in range(facts.PAGES_MAX):
            page = await self._http.call(
                "POST", path, limit=limit, answer=answer, body=ask(position)
            )
            yield page
            after = following(page)
            if after is None:
                return
            if after in been:
                raise AnswerNotUnderstood(
                    tr(
                        "{name}: POST {path} sent the same page twice",
                        name=self._account.name,
                        path=path,
                    )
                )
            been.add(after)
            position = after
        raise AnswerNotUnderstood(
            tr(
                "{name}: POST {path} goes on after {most} pages",
                name=self._account.name,
                path=path,
                most=facts.PAGES_MAX,
            )
        )


def _slices(window: Window) -> Iterable[tuple[datetime, datetime]]:
    """Cut a window into spans that one request may have, oldest first."""
    since = window.since
    while since < window.until:
        until = min(since + facts.POSTINGS_PERIOD, window.until)
        yield since, until
        since = until


def _batches(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


_PROVEN: type[Marketplace] = Ozon
