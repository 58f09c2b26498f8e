"""Yandex.Market: one shop (campaign) of a cabinet, its own warehouses (FBS, DBS, Express).

Source: Yandex.Market Partner API, methods named at each function, checked 2026-11-29.
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
    TimeRange,
    Verdict,
)
from cloudstock.errors import RequestRefused, Throttled, Unreachable
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.marketplaces.yandex_market import cabinet, checking, facts, parse, statuses, wire
from cloudstock.marketplaces.yandex_market.cabinet import Cabinet, Place
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
    last_day,
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
        """Market's keys live until they are revoked; what it tells of one names no end."""
        return None

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The shop's warehouses; those that show one stock, here or in other shops, are a group."""
        return tuple(cabinet.warehouse_of(place) for place in (await self._ask_cabinet()).own)

    async def _read_cabinet(self) -> Cabinet:
        """Return the cabinet as it was lately; asked for only where nobody knows."""
        if self._cabinet is None:
            self._cabinet = self._remembered(facts.WAREHOUSES_AGE_MAX_S)
        if self._cabinet is not None:
            return self._cabinet
        try:
            return await self._ask_cabinet()
        except (Throttled, Unreachable):
            # All tools of a cabinet together may ask a hundred times an hour. A day-old answer
            # names the right methods, or else they refuse, and it is forgotten.
            self._cabinet = self._remembered(facts.WAREHOUSES_STALE_MAX_S)
            if self._cabinet is None:
                raise
            return self._cabinet

    def _remembered(self, age_max_s: float) -> Cabinet | None:
        """Return the cabinet as an earlier run found it, unless it lacks a warehouse of ours."""
        if self._recent is None:
            return None
        text = self._recent.recall("warehouses", age_max_s=age_max_s)
        told = None if text is None else cabinet.remembered(text)
        if told is None:
            return None
        found = self._understood(told)
        return found if all(found.place(link) is not None for link in self._links) else None

    async def _ask_cabinet(self) -> Cabinet:
        if self._cabinet is None or not self._asked:
            told = await cabinet.read_cabinet(self._client)
            for place, words in cabinet.cabinet_words(told, self._client.business_id):
                self._client.met(place, words)
            self._cabinet = self._understood(told)
            self._asked = True
            if self._recent is not None:
                self._recent.keep("warehouses", cabinet.written(told))
        return self._cabinet

    def _understood(self, told: cabinet.Told) -> Cabinet:
        return cabinet.understood(told, self._client.business_id, self._client.campaign_id)

    @contextmanager
    def _doubting(self) -> Iterator[None]:
        """Forget the cabinet where a request is refused that rests on it: the next run asks.

        Once warehouses are grouped, other methods are due.
        """
        try:
            yield
        except RequestRefused:
            self._forget()
            raise

    def _forget(self) -> None:
        if self._recent is not None:
            self._recent.keep("warehouses", None)

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
                offers = [row.offer for row in rows if row.offer is not None]
                for offer in offers:
                    self._client.met(f"POST {path}", parse.offer_words(offer))
                yield Page(
                    tuple(
                        parse.parse_listing(offer, campaign_id)
                        for offer in offers
                        if parse.is_in_campaign(offer, campaign_id)
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
            records = []
            for raw in rows:
                if raw.campaign_id != self._client.campaign_id or raw.status == statuses.PLACING:
                    continue
                self._client.met(f"POST {path}", parse.order_words(raw))
                warehouse_id = await self._warehouse_of(raw)
                records.append(parse.parse_order(raw, warehouse_id=warehouse_id))
            yield Page(tuple(records))

    async def _warehouse_of(self, raw: wire.Order) -> str | None:
        """Return the warehouse an order is sent from, as the configuration calls it.

        What the answer names may be the seller's own word for it instead of Market's id. A shop
        with one configured warehouse sends from there, unless the name is that of another one.
        """
        named = str((raw.delivery.warehouse_id if raw.delivery else None) or "")
        if named in self._links:
            return named
        if self._links == ("",) or not named:
            return self._links[0]
        known = (await self._read_cabinet()).known
        return named if len(self._links) > 1 or named in known else self._links[0]

    # Returns

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns and untaken orders that changed on the time range's days, and those of `refs`.

        GET /v2/campaigns/{campaignId}/returns, by days of change, then by order.
        """
        told: set[str] = set()
        days = day_slices(
            moscow_day(time_range.since), last_day(time_range.until), facts.RETURN_DAYS_MAX
        )
        for day, end in days:
            params = {"fromDate": day.isoformat(), "toDate": end.isoformat()}
            async for page in self._returns(params):
                told.update(item.order_id for item in page.records if item.order_id)
                yield page
        ids = tuple(dict.fromkeys(ref.order_id for ref in refs if ref.order_id not in told))
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
            for raw in rows:
                self._client.met(f"GET {path}", parse.return_words(raw))
            yield Page(tuple(record for raw in rows for record in parse.parse_returns(raw)))

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[ShownStock]]:
        """What buyers can order and what is held for orders, in the configured warehouses.

        By the method that serves the cabinet: POST /v3/businesses/{businessId}/offers/stocks for
        each warehouse, or POST /v2/campaigns/{campaignId}/offers/stocks. A whole walk leaves
        archived goods out: buyers do not see them.
        """
        own = await self._read_cabinet()
        wanted = None if keys is None else list(keys)
        for link in self._links:
            place = own.place(link)
            if place is None:
                continue
            offer_ids = None
            if wanted is not None:
                offer_ids = tuple(
                    dict.fromkeys(k.external_id for k in wanted if k.warehouse_id == link)
                )
            with self._doubting():
                async for offers in self._offers(own, place, offer_ids):
                    yield Page(tuple(parse.parse_stock(offer, link) for offer in offers))

    async def _offers(
        self, own: Cabinet, place: Place, offer_ids: tuple[str, ...] | None
    ) -> AsyncIterator[tuple[wire.OfferStocks, ...]]:
        """Yield the rows of one warehouse, of these offers or of all."""
        if offer_ids is None:
            parts: Iterable[tuple[str, ...] | None] = (None,)
        else:
            parts = batches(offer_ids, facts.STOCKS_OFFERS)
        for part in parts:
            reading = self._offers_by_shop if own.by_shop else self._offers_of
            async for offers, endpoint in reading(place.id, part):
                for offer in offers:
                    self._client.met(endpoint, parse.stock_words(offer))
                yield offers

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
        link = updates[0].key.warehouse_id
        assert all(update.key.warehouse_id == link for update in updates)
        writer = self._writer(await self._read_cabinet(), link)
        if isinstance(writer, str):
            # It may have been opened since.
            writer = self._writer(await self._ask_cabinet(), link)
        if isinstance(writer, str):
            return tuple(
                PushOutcome(update, Verdict.REFUSED, "WAREHOUSE", writer) for update in updates
            )

        async def again() -> Writer | None:
            """Return who is to write where all is refused, if the cabinet has changed."""
            if self._asked:
                return None
            other = self._writer(await self._ask_cabinet(), link)
            return None if isinstance(other, str) or other == writer else other

        with self._doubting():
            return await push_stocks(self._client, writer, updates, again)

    def _writer(self, own: Cabinet, link: str) -> Writer | str:
        """Return how to write a configured warehouse's stock, or why it cannot be written."""
        place = own.place(link)
        if place is None:
            return (
                tr("the shop has no warehouse {link}", link=link)
                if link
                else tr("name the shop's warehouse")
            )
        if place.unusable is not None:
            return place.unusable
        if not own.by_shop:
            return WarehouseWriter(self._client, place.id)
        if link != self._links[0]:
            return tr("in a cabinet with groups of warehouses a shop has one number per product")
        return CampaignWriter(self._client)


if TYPE_CHECKING:
    _: Callable[..., Marketplace] = YandexMarket
