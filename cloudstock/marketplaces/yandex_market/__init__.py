"""Yandex.Market: one shop (campaign) of a cabinet, its own warehouses (FBS, DBS, Express).

Source: Yandex.Market Partner API, methods named at each function, checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Unpack

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
    Verdict,
    Window,
)
from cloudstock.errors import RequestRefused, Throttled
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.marketplaces.yandex_market import checking, facts, parse, statuses, wire
from cloudstock.marketplaces.yandex_market.cabinet import Cabinet, read_cabinet, remembered, written
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.pushing import (
    CampaignWriter,
    WarehouseWriter,
    Writer,
    push_stocks,
)
from cloudstock.marketplaces.yandex_market.windows import (
    batches,
    day_slices,
    moscow_day,
    update_slices,
)

if TYPE_CHECKING:
    from cloudstock.settings import Account


class YandexMarket:
    """One shop of Yandex.Market; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._account = account
        self._client = Client(account, around)
        self._links = tuple(link.warehouse_id for link in account.warehouses)
        self._recent = around.get("recent")
        self._cabinet: Cabinet | None = None
        # It was asked for by this very run.
        self._asked = False

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return facts.TRAITS

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of Market's clock."""
        return self._client.http.server_clock

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.http.aclose()

    async def check(self) -> CheckReport:
        """Ask for the token's scopes, the shop and its warehouses."""
        return await checking.check_account(self._client, self._ask_cabinet)

    async def credentials_end(self) -> datetime | None:
        """Market does not tell."""
        return None

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The shop's warehouses, with the group of those that share their stock.

        POST /v2/businesses/{businessId}/warehouses, which leaves out Market's own.
        """
        return tuple(parse.parse_warehouse(raw) for raw in (await self._ask_cabinet()).own)

    async def _read_cabinet(self) -> Cabinet:
        """Return the cabinet as it was lately; asked for only where nobody knows."""
        if self._cabinet is None and self._recent is not None:
            told = self._recent.recall("warehouses", age_max_s=facts.WAREHOUSES_AGE_MAX_S)
            self._cabinet = None if told is None else remembered(told, self._client)
        return await self._ask_cabinet() if self._cabinet is None else self._cabinet

    async def _ask_cabinet(self) -> Cabinet:
        if self._cabinet is None or not self._asked:
            self._cabinet = await read_cabinet(self._client)
            self._asked = True
            if self._recent is not None:
                self._recent.keep("warehouses", written(self._cabinet))
        return self._cabinet

    @contextmanager
    def _doubting(self) -> Iterator[None]:
        """Forget the cabinet where a request is refused that rests on it: the next run asks.

        Once warehouses are grouped, other methods are due.
        """
        try:
            yield
        except RequestRefused:
            if self._recent is not None:
                self._recent.keep("warehouses", None)
            raise

    # Catalogue

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """The cabinet's offers that are in this shop; nothing tells when they changed.

        POST /v2/businesses/{businessId}/offer-mappings, twice: archived ones are left out of the
        walk that does not ask for them.
        """
        del cursor
        campaign_id = self._client.campaign_id
        for query in (wire.MappingsQuery(), wire.MappingsQuery(archived=True)):
            async for page in self._client.pages(
                "POST",
                f"/v2/businesses/{self._client.business_id}/offer-mappings",
                limit=facts.CATALOG_LIMIT,
                answer=wire.WrappedPage[wire.MappingsResult],
                page_size=facts.MAPPINGS_PER_PAGE,
                body=query,
            ):
                yield Page(
                    tuple(
                        parse.parse_listing(mapping.offer, campaign_id)
                        for mapping in page.result.offer_mappings or ()
                        if parse.is_in_campaign(mapping.offer, campaign_id)
                    )
                )

    # Orders

    async def orders(self, window: Window) -> AsyncIterator[Page[Order]]:
        """Orders made on the window's days, and those made in the month before that changed in it.

        POST /v1/businesses/{businessId}/orders. Whether a query by change leaves out what was made
        more than thirty days ago is not documented, so the days of making are always given.
        """
        first, last = moscow_day(window.since), moscow_day(window.until)
        earlier = first - timedelta(days=facts.CREATION_DAYS_MAX)
        for since, until in update_slices(window):
            dates = wire.OrderDates(
                creation_date_from=earlier,
                creation_date_to=first,
                update_date_from=since,
                update_date_to=until,
            )
            async for page in self._orders(self._of_this_shop(dates)):
                yield page
        for day, end in day_slices(first, last, facts.CREATION_DAYS_MAX):
            dates = wire.OrderDates(creation_date_from=day, creation_date_to=end)
            async for page in self._orders(self._of_this_shop(dates)):
                yield page

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these orders, by id, fifty a request; no dates, so of any age."""
        packed = frozenset(int(ref.order_id) for ref in refs if ref.handle == parse.PACKED)
        ids = tuple(dict.fromkeys(int(ref.order_id) for ref in refs))
        for batch in batches(ids, facts.ORDER_IDS_PER_REQUEST):
            async for page in self._orders(wire.OrdersQuery(order_ids=batch), packed=packed):
                yield page

    def _of_this_shop(self, dates: wire.OrderDates) -> wire.OrdersQuery:
        return wire.OrdersQuery(
            campaign_ids=(self._client.campaign_id,),
            program_types=facts.OWN_PROGRAMS,
            dates=dates,
        )

    async def _orders(
        self, query: wire.OrdersQuery, *, packed: frozenset[int] = frozenset()
    ) -> AsyncIterator[Page[Order]]:
        """Walk one query; `packed`: orders that were packed when they were read last."""
        async for page in self._client.pages(
            "POST",
            f"/v1/businesses/{self._client.business_id}/orders",
            limit=facts.ORDERS_LIMIT,
            answer=wire.OrdersAnswer,
            page_size=facts.ORDERS_PER_PAGE,
            body=query,
        ):
            records = [
                parse.parse_order(
                    raw,
                    warehouse_id=await self._warehouse_of(raw),
                    was_packed=raw.order_id in packed,
                )
                for raw in page.orders or ()
                if raw.campaign_id == self._client.campaign_id and raw.status != statuses.PLACING
            ]
            yield Page(tuple(records))

    async def _warehouse_of(self, raw: wire.Order) -> str | None:
        """Return the warehouse an order is sent from, as the configuration calls it.

        What the answer names may be the seller's own word for it instead of Market's id. A shop
        with one configured warehouse sends from there, unless the name is that of another one.
        """
        named = raw.delivery.warehouse_id if raw.delivery else None
        if named in self._links:
            return named
        if self._links == ("",) or not named:
            return self._links[0]
        cabinet = await self._read_cabinet()
        if len(self._links) > 1 or any(
            str(warehouse.id) == named for warehouse in (*cabinet.own, *cabinet.others)
        ):
            return named
        return self._links[0]

    # Returns

    async def returns(
        self, window: Window, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns and untaken orders that changed on the window's days, and those of `refs`.

        GET /v2/campaigns/{campaignId}/returns, by days of change, then by order.
        """
        told: set[str] = set()
        for day, end in day_slices(
            moscow_day(window.since), moscow_day(window.until), facts.RETURN_DAYS_MAX
        ):
            params = {"fromDate": day.isoformat(), "toDate": end.isoformat()}
            async for page in self._returns(params):
                told.update(item.order_id for item in page.records if item.order_id)
                yield page
        ids = tuple(dict.fromkeys(ref.order_id for ref in refs if ref.order_id not in told))
        for batch in batches(ids, facts.ORDER_IDS_PER_REQUEST):
            async for page in self._returns({"orderIds": ",".join(batch)}):
                yield page

    async def _returns(self, params: Mapping[str, str]) -> AsyncIterator[Page[Return]]:
        async for page in self._client.pages(
            "GET",
            f"/v2/campaigns/{self._client.campaign_id}/returns",
            limit=facts.RETURNS_LIMIT,
            answer=wire.WrappedPage[wire.ReturnsResult],
            page_size=facts.RETURNS_PER_PAGE,
            params=params,
        ):
            yield Page(
                tuple(
                    record
                    for raw in page.result.returns or ()
                    for record in parse.parse_returns(raw)
                )
            )

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[ShownStock]]:
        """What buyers can order and what is held for orders, in the configured warehouses.

        POST /v3/businesses/{businessId}/offers/stocks for each, or, where the cabinet has groups
        of warehouses, POST /v2/campaigns/{campaignId}/offers/stocks. A whole walk leaves archived
        goods out: buyers do not see them.
        """
        cabinet = await self._read_cabinet()
        wanted = None if keys is None else list(keys)
        for link in self._links:
            warehouse_id = cabinet.own_id(link)
            if warehouse_id is None:
                continue
            offer_ids = None
            if wanted is not None:
                offer_ids = tuple(
                    dict.fromkeys(k.external_id for k in wanted if k.warehouse_id == link)
                )
            reading = self._campaign_stock if cabinet.grouped else self._warehouse_stock
            shared = cabinet.is_shared(warehouse_id)
            with self._doubting():
                async for offers in reading(warehouse_id, offer_ids):
                    yield Page(tuple(parse.parse_stock(o, link, shared=shared) for o in offers))

    async def _warehouse_stock(
        self, warehouse_id: int, offer_ids: tuple[str, ...] | None
    ) -> AsyncIterator[tuple[wire.OfferStocks, ...]]:
        path = f"/v3/businesses/{self._client.business_id}/offers/stocks"
        if offer_ids is None:
            async for page in self._client.pages(
                "POST",
                path,
                limit=facts.WAREHOUSE_STOCKS_LIMIT,
                answer=wire.WrappedPage[wire.WarehouseStocksResult],
                page_size=facts.STOCKS_PER_PAGE,
                body=wire.WarehouseStocksQuery(warehouse_id),
            ):
                yield page.result.offers or ()
            return
        for batch in batches(offer_ids, facts.WAREHOUSE_STOCKS_OFFERS):
            answer = await self._client.call(
                "POST",
                path,
                limit=facts.WAREHOUSE_STOCKS_LIMIT,
                answer=wire.Wrapped[wire.WarehouseStocksResult],
                body=wire.WarehouseStocksQuery(warehouse_id, batch),
            )
            yield answer.result.offers or ()

    async def _campaign_stock(
        self, warehouse_id: int, offer_ids: tuple[str, ...] | None
    ) -> AsyncIterator[tuple[wire.OfferStocks, ...]]:
        path = f"/v2/campaigns/{self._client.campaign_id}/offers/stocks"
        if offer_ids is None:
            async for page in self._client.pages(
                "POST",
                path,
                limit=facts.CAMPAIGN_STOCKS_LIMIT,
                cost=facts.STOCKS_PER_PAGE,
                answer=wire.WrappedPage[wire.CampaignStocksResult],
                page_size=facts.STOCKS_PER_PAGE,
                body=wire.CampaignStocksQuery(warehouse_id),
            ):
                yield _offers_of(page.result, warehouse_id)
            return
        for batch in batches(offer_ids, facts.CAMPAIGN_STOCKS_OFFERS):
            answer = await self._client.call(
                "POST",
                path,
                limit=facts.CAMPAIGN_STOCKS_LIMIT,
                cost=len(batch),
                answer=wire.Wrapped[wire.CampaignStocksResult],
                body=wire.CampaignStocksQuery(warehouse_id, batch),
            )
            yield _offers_of(answer.result, warehouse_id)

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities in their one warehouse.

        POST /v3/businesses/{businessId}/offers/stocks/update, or, where the cabinet has groups of
        warehouses, PUT /v2/campaigns/{campaignId}/offers/stocks.
        """
        link = updates[0].key.warehouse_id
        assert all(update.key.warehouse_id == link for update in updates)
        writer = await self._writer(link)
        if isinstance(writer, str):
            return tuple(
                PushOutcome(update, Verdict.REFUSED, "WAREHOUSE", writer) for update in updates
            )
        with self._doubting():
            return await push_stocks(self._client, writer, updates)

    async def _writer(self, link: str) -> Writer | str:
        """Return how to write a configured warehouse's stock, or why it cannot be written."""
        by_campaign = CampaignWriter(self._client)
        try:
            cabinet = await self._read_cabinet()
        except Throttled:
            # The warehouses may be asked for a hundred times an hour by all accounts of a cabinet
            # together. The campaign's method needs no knowledge of them and serves every cabinet.
            if len(self._links) == 1:
                return by_campaign
            raise
        warehouse_id = cabinet.own_id(link)
        if warehouse_id is None:
            return (
                tr("the shop has no warehouse {link}", link=link)
                if link
                else tr("name the shop's warehouse")
            )
        if not cabinet.grouped:
            return WarehouseWriter(self._client, warehouse_id)
        if link != self._links[0]:
            return tr("in a cabinet with groups of warehouses a shop has one number per product")
        return by_campaign


def _offers_of(
    result: wire.CampaignStocksResult, warehouse_id: int
) -> tuple[wire.OfferStocks, ...]:
    """Return the rows of one warehouse: an answer may also hold Market's own, for returns."""
    return tuple(
        offer
        for warehouse in result.warehouses or ()
        if warehouse.warehouse_id == warehouse_id
        for offer in warehouse.offers or ()
    )


if TYPE_CHECKING:
    _: Callable[..., Marketplace] = YandexMarket
