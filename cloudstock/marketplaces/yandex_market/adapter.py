"""Yandex.Market: one shop (campaign) of a cabinet, its own warehouses (FBS, DBS, Express).

Source: Yandex.Market Partner API, methods named at each function, checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
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
    Verdict,
)
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.marketplaces.walks import batches, present
from cloudstock.marketplaces.yandex_market import facts, parse, statuses, wire
from cloudstock.marketplaces.yandex_market.checking import check_account
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.pushing import (
    CampaignWriter,
    WarehouseWriter,
    Writer,
    push_stocks,
)
from cloudstock.marketplaces.yandex_market.ranges import (
    day_slices,
    last_day,
    moscow_day,
    update_slices,
)
from cloudstock.marketplaces.yandex_market.warehouses import (
    Cabinet,
    Warehouses,
    link_of,
    warehouse_of,
)
from cloudstock.settings import Account


class YandexMarket:
    """One shop of Yandex.Market; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._client = Client(account, around)
        self._warehouses = Warehouses(self._client)
        self._link = link_of(account)

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

    # Identity

    async def check(self) -> CheckReport:
        """Ask for the token's scopes, the shop and its warehouses."""
        return await check_account(self._client, self._warehouses.ask)

    async def credentials_end(self) -> datetime | None:
        """Market's keys live until they are revoked; what it tells of one names no end."""
        return None

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The shop's warehouses; those that show one stock, here or in other shops, are a group."""
        return tuple(warehouse_of(place) for place in (await self._warehouses.ask()).own)

    # Catalogue

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """The cabinet's offers that are in this shop; nothing tells when they changed.

        POST /v2/businesses/{businessId}/offer-mappings, twice: archived ones are left out of the
        walk that does not ask for them.
        """
        del cursor
        campaign_id = self._client.campaign_id
        path = f"/v2/businesses/{self._client.business_id}/offer-mappings"
        for query in (wire.MappingsQuery(), wire.MappingsQuery(archived=True)):
            async for rows in self._client.pages(
                "POST",
                path,
                limit=facts.CATALOG_LIMIT,
                listed=wire.MAPPINGS,
                page_size=facts.MAPPINGS_PER_PAGE,
                body=query,
            ):
                met = self._client.met(f"POST {path}")
                yield Page(
                    present(
                        parse.parse_listing(row.offer, campaign_id, met, cards=row.showcase_urls)
                        for row in rows
                        if row.offer is not None
                    )
                )

    # Orders

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders made on the time range's days, and those of the month before that changed in it.

        POST /v1/businesses/{businessId}/orders. Whether a query by change leaves out what was made
        more than thirty days ago is not documented, so the days of making are always given. Models
        are not asked for: one that nobody knows yet would be left out unseen.
        """
        first, last = moscow_day(time_range.since), last_day(time_range.until)
        earlier = first - timedelta(days=facts.CREATION_DAYS_MAX)
        for since, until in update_slices(time_range):
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
        ids = tuple(dict.fromkeys(int(ref.order_id) for ref in refs))
        for batch in batches(ids, facts.ORDER_IDS_PER_REQUEST):
            async for page in self._orders(wire.OrdersQuery(order_ids=batch)):
                yield page

    def _of_this_shop(self, dates: wire.OrderDates) -> wire.OrdersQuery:
        return wire.OrdersQuery(campaign_ids=(self._client.campaign_id,), dates=dates)

    async def _orders(self, query: wire.OrdersQuery) -> AsyncIterator[Page[Order]]:
        path = f"/v1/businesses/{self._client.business_id}/orders"
        async for rows in self._client.pages(
            "POST",
            path,
            limit=facts.ORDERS_LIMIT,
            listed=wire.ORDERS,
            page_size=facts.ORDERS_PER_PAGE,
            body=query,
        ):
            met = self._client.met(f"POST {path}")
            records = []
            for raw in rows:
                if raw.campaign_id != self._client.campaign_id or raw.status == statuses.PLACING:
                    continue
                warehouse_id = await self._warehouse_of(raw)
                records.append(parse.parse_order(raw, met, warehouse_id=warehouse_id))
            yield Page(tuple(records))

    async def _warehouse_of(self, raw: wire.Order) -> str | None:
        """Return the warehouse an order is sent from, as the configuration calls it.

        What the answer names may be the seller's own word for it instead of Market's id: then it is
        the configured one, unless the name is that of another.
        """
        named = str((raw.delivery.warehouse_id if raw.delivery else None) or "")
        if not named or self._link in ("", named):
            return self._link
        return named if named in (await self._warehouses.read()).ids else self._link

    # Returns

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns and untaken orders that changed on the time range's days, and those of `refs`.

        GET /v2/campaigns/{campaignId}/returns, by days of change, then by order.
        """
        seen: set[str] = set()
        days = day_slices(
            moscow_day(time_range.since), last_day(time_range.until), facts.RETURN_DAYS_MAX
        )
        for day, end in days:
            params = {"fromDate": day.isoformat(), "toDate": end.isoformat()}
            async for page in self._returns(params):
                seen.update(item.order_id for item in page.records if item.order_id)
                yield page
        ids = tuple(dict.fromkeys(ref.order_id for ref in refs if ref.order_id not in seen))
        for batch in batches(ids, facts.ORDER_IDS_PER_REQUEST):
            async for page in self._returns({"orderIds": ",".join(batch)}):
                yield page

    async def _returns(self, params: Mapping[str, str]) -> AsyncIterator[Page[Return]]:
        path = f"/v2/campaigns/{self._client.campaign_id}/returns"
        async for rows in self._client.pages(
            "GET",
            path,
            limit=facts.RETURNS_LIMIT,
            listed=wire.RETURNS,
            page_size=facts.RETURNS_PER_PAGE,
            params=params,
        ):
            met = self._client.met(f"GET {path}")
            yield Page(tuple(item for raw in rows for item in parse.parse_returns(raw, met)))

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """What buyers can order and what is held for orders, in the configured warehouses.

        By the method that serves the cabinet: POST /v3/businesses/{businessId}/offers/stocks for
        each warehouse, or POST /v2/campaigns/{campaignId}/offers/stocks. A whole walk leaves
        archived goods out: buyers do not see them.
        """
        cabinet = await self._warehouses.read()
        place = cabinet.place(self._link)
        parts: Iterable[tuple[str, ...] | None] = (None,)
        if keys is not None:
            wanted = (key.external_id for key in keys if key.warehouse_id == self._link)
            parts = batches(tuple(dict.fromkeys(wanted)), facts.STOCKS_OFFERS)
        if place is None:
            return
        reading = self._offers_by_shop if cabinet.by_shop else self._offers_of
        with self._warehouses.doubting():
            for part in parts:
                async for offers, endpoint in reading(place.id, part):
                    met = self._client.met(endpoint)
                    yield Page(tuple(parse.parse_stock(x, self._link, met) for x in offers))

    async def _offers_of(
        self, warehouse_id: int, offer_ids: tuple[str, ...] | None
    ) -> AsyncIterator[tuple[tuple[wire.OfferStocks, ...], str]]:
        path = f"/v3/businesses/{self._client.business_id}/offers/stocks"
        async for rows in self._client.pages(
            "POST",
            path,
            limit=facts.WAREHOUSE_STOCKS_LIMIT,
            listed=wire.WAREHOUSE_STOCKS,
            # A list of offers stands without a page's size.
            page_size=facts.STOCKS_PER_PAGE if offer_ids is None else None,
            body=wire.WarehouseStocksQuery(warehouse_id, offer_ids),
        ):
            yield rows, f"POST {path}"

    async def _offers_by_shop(
        self, warehouse_id: int, offer_ids: tuple[str, ...] | None
    ) -> AsyncIterator[tuple[tuple[wire.OfferStocks, ...], str]]:
        """As `_offers_of`; an answer may also hold Market's own warehouse, for returns."""
        path = f"/v2/campaigns/{self._client.campaign_id}/offers/stocks"
        query = wire.CampaignStocksQuery(offer_ids=offer_ids)
        if offer_ids is None:
            query = wire.CampaignStocksQuery(stocks_warehouse_id=warehouse_id)
        async for rows in self._client.pages(
            "POST",
            path,
            limit=facts.CAMPAIGN_STOCKS_LIMIT,
            cost=facts.STOCKS_PER_PAGE if offer_ids is None else len(offer_ids),
            listed=wire.CAMPAIGN_STOCKS,
            page_size=facts.STOCKS_PER_PAGE if offer_ids is None else None,
            body=query,
        ):
            for row in rows:
                if row.warehouse_id == warehouse_id:
                    offers = self._client.rows(
                        f"POST {path}", row.offers, wire.OfferStocks, "$.result.warehouses[].offers"
                    )
                    yield offers, f"POST {path}"

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities in their one warehouse.

        By the method that serves the cabinet, and no other:
        POST /v3/businesses/{businessId}/offers/stocks/update, or
        PUT /v2/campaigns/{campaignId}/offers/stocks.
        """
        assert all(update.key.warehouse_id == self._link for update in updates)
        writer = self._writer(await self._warehouses.read())
        if isinstance(writer, str):
            # It may have been opened since.
            writer = self._writer(await self._warehouses.ask())
        if isinstance(writer, str):
            return tuple(
                PushOutcome(update, Verdict.REFUSED, "WAREHOUSE", writer) for update in updates
            )

        async def again() -> Writer | None:
            """Return who is to write where all is refused, if the cabinet has changed."""
            if self._warehouses.fresh:
                return None
            other = self._writer(await self._warehouses.ask())
            return None if isinstance(other, str) or other == writer else other

        with self._warehouses.doubting():
            return await push_stocks(self._client, writer, updates, again)

    def _writer(self, cabinet: Cabinet) -> Writer | str:
        """Return how to write the configured warehouse's stock, or why it cannot be written."""
        place = cabinet.place(self._link)
        if place is None:
            return (
                tr("the shop has no warehouse {link}", link=self._link)
                if self._link
                else tr("name the shop's warehouse")
            )
        if place.unusable is not None:
            return place.unusable
        return (
            CampaignWriter(self._client)
            if cabinet.by_shop
            else WarehouseWriter(self._client, place.id)
        )


_PROVEN: type[Marketplace] = YandexMarket
