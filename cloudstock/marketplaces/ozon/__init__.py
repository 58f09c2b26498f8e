"""Ozon: FBS and rFBS, where the goods lie with the seller.

What is asked (this file), how lists are walked (`walking`), what the answers look like (`wire`),
what they mean (`parse`, `statuses`), and the contract's numbers (`facts`).

Source: Ozon Seller API 2026-09-22.
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
    TimeRange,
)
from cloudstock.errors import (
    AnswerNotUnderstood,
    ConfigurationError,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
)
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.ozon import checking, facts, parse, wire
from cloudstock.marketplaces.ozon.pushing import push_stocks
from cloudstock.marketplaces.ozon.walking import Walks
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.settings import Account

__all__ = ["Ozon"]

T = TypeVar("T")
R = TypeVar("R")

_NOT_FOUND = 404
# Names of what is remembered between runs.
_RFBS, _LATE = "ozon-rfbs", "ozon-late"


class Ozon:
    """One seller of Ozon; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._account = account
        self._clock = around["clock"]
        self._recent = around.get("recent")
        self._surprises = around.get("surprises")
        self._http = Http(
            account,
            base_url=facts.HOST,
            headers={
                "Client-Id": account.options["client_id"],
                "Api-Key": account.secrets["api_key"],
            },
            around=around,
            classify=parse.parse_error,
            left=parse.requests_left,
            # Int64 comes as a number or as text, by method and by mood.
            strict=False,
        )
        self._walks = Walks(account, self._http, self._recent)
        self._own: dict[int, str] | None = None
        self._key: wire.RolesAnswer | None = None
        # The warehouses from which the seller delivers himself, as this run was told.
        self._rfbs: frozenset[str] | None = None

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

    def _met(self, path: str) -> parse.Met:
        """Return where a word that no table knows is told of."""

        def met(field: str, word: str, *, left_out: bool = False) -> None:
            if self._surprises is not None:
                told = self._http.clean(word)
                self._surprises.met(f"POST {path}", field, told, left_out=left_out)

        return met

    def _records(
        self, path: str, rows: Sequence[T], parsed: Callable[[T, parse.Met], R | None]
    ) -> tuple[R, ...]:
        """Return the records of the rows that have one; the others are told of.

        Raises AnswerNotUnderstood where no row of several has one: that is another contract.
        """
        met = self._met(path)
        found = [parsed(row, met) for row in rows]
        records = tuple(record for record in found if record is not None)
        if len(rows) > 1 and not records:
            raise AnswerNotUnderstood(
                tr(
                    "{name}: POST {path} answered {n} rows, and not one tells what it is about",
                    name=self._account.name,
                    path=path,
                    n=len(rows),
                )
            )
        return records

    # Identity

    async def check(self) -> CheckReport:
        """Ask for the key's roles, the seller and the warehouses.

        POST /v1/roles, POST /v1/seller/info, POST /v2/warehouse/list.
        """
        key = await self._roles()
        seller = await checking.seller_of(self._http)
        raw = await self._raw_warehouses()
        warehouses = self._records(facts.WAREHOUSES, raw, parse.parse_warehouse)
        findings = [
            *checking.role_findings(key.roles, rfbs=bool(await self._delivers())),
            *checking.warehouse_findings(self._account, warehouses),
        ]
        return CheckReport(seller, warehouses, tuple(findings))

    async def credentials_end(self) -> datetime | None:
        """When the key ends: POST /v1/roles."""
        key = await self._roles()
        return parse.moment(key.expires_at, "expires_at", self._met(facts.ROLES))

    async def _roles(self) -> wire.RolesAnswer:
        if self._key is None:
            try:
                self._key = await self._http.call(
                    "POST",
                    facts.ROLES,
                    limit=facts.GENERAL_LIMIT,
                    answer=wire.RolesAnswer,
                    body=wire.NoRequest(),
                )
            except RequestRefused:
                # Nothing is concluded from a method that is not there.
                self._key = wire.RolesAnswer()
        return self._key

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's FBS and rFBS warehouses: POST /v2/warehouse/list."""
        raw = await self._raw_warehouses()
        return self._records(facts.WAREHOUSES, raw, parse.parse_warehouse)

    async def _raw_warehouses(self) -> tuple[wire.Warehouse, ...]:
        found: list[wire.Warehouse] = []
        async for page in self._walks.pages(
            facts.WAREHOUSES,
            "",
            lambda cursor: wire.WarehousesRequest(facts.WAREHOUSES_PER_PAGE, cursor),
            wire.WarehousesPage,
            lambda page: page.following(len(page.warehouses or ()), facts.WAREHOUSES_PER_PAGE),
            limit=facts.WAREHOUSES_LIMIT,
        ):
            found += page.warehouses or ()
        self._rfbs = frozenset(str(w.warehouse_id) for w in found if w.is_rfbs)
        if self._recent is not None:
            self._recent.keep(_RFBS, " ".join(sorted(self._rfbs)))
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
        archived = visibility == "ARCHIVED"
        async for page in self._walks.pages(
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
            by_id = await self._cards(rows)
            yield Page(
                self._records(
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
        cards = await self._http.call(
            "POST",
            facts.PRODUCT_INFOS,
            limit=facts.GENERAL_LIMIT,
            answer=wire.ProductInfos,
            body=wire.ProductInfoRequest(ids),
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
        if self._late_is_due():
            since -= facts.LATE
        short = time_range.until - time_range.since <= facts.SHORT_RANGE
        told: dict[str, Order] | None = {} if short else None
        async for page in self._walks.postings(wire.PostingsFilter(since, until)):
            yield self._news(page, told)
        changed = wire.PostingsFilter(
            since=min(until - facts.POSTINGS_PERIOD, since),
            to=until if short else since,
            last_changed_status_date=wire.Period(time_range.since, until),
        )
        async for page in self._walks.postings(changed):
            yield self._news(page, told)
        if self._recent is not None:
            self._recent.keep(_LATE, "read")

    def _late_is_due(self) -> bool:
        """Tell whether postings of the last day are to be looked through once more."""
        if self._recent is None:
            return True
        return self._recent.recall(_LATE, age_max_s=facts.LATE_EVERY_S) is None

    def _news(self, page: wire.PostingsPage, told: dict[str, Order] | None) -> Page[Order]:
        """Return the orders of a page but for those that were told already, as they are now."""
        orders = {order.order_id: order for order in self._orders(page.postings or ())}
        if told is None:
            return Page(tuple(orders.values()))
        fresh = tuple(o for o in orders.values() if told.get(o.order_id) != o)
        told.update(orders)
        return Page(fresh)

    def _orders(self, rows: Sequence[wire.Posting]) -> tuple[Order, ...]:
        now = self.server_clock.at(self._clock.now())
        return self._records(
            facts.POSTINGS, rows, lambda raw, met: parse.parse_order(raw, met, now=now)
        )

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these postings, a hundred order numbers a request.

        What does not come back that way (it is too old for a list) is asked for one by one, which
        Ozon bears twice a second.
        """
        until = self.server_clock.at(self._clock.now()) + facts.AHEAD
        oldest = until - facts.POSTINGS_PERIOD + facts.POSTINGS_SLACK
        listed = sorted((r for r in refs if r.created_at > oldest), key=lambda r: r.created_at)
        missing = {ref.order_id for ref in refs}
        for batch in _batches(listed, facts.ORDER_NUMBERS_PER_REQUEST):
            only = wire.PostingsFilter(
                since=batch[0].created_at - facts.POSTINGS_SLACK,
                to=until,
                order_numbers=tuple(dict.fromkeys(parse.order_number(ref) for ref in batch)),
            )
            async for page in self._walks.postings(only):
                orders = self._orders(page.postings or ())
                missing -= {order.order_id for order in orders}
                yield Page(orders)
        for posting_number in sorted(missing):
            posting = await self._posting(posting_number)
            if posting is not None:
                yield Page(self._orders((posting,)))

    async def _posting(self, posting_number: str) -> wire.Posting | None:
        try:
            answer = await self._http.call(
                "POST",
                facts.POSTING,
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
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns whose status changed in the time range, then those of the orders in `refs`.

        POST /v1/returns/list, FBS only. What buyers send back to a seller who delivers himself
        goes by claim and comes first: POST /v2/returns/rfbs/list, all claims of the last months.
        """
        async for claims in self._claims(time_range, refs):
            yield claims
        changed = wire.ReturnsPeriod(time_range.since, time_range.until + facts.AHEAD)
        async for rows in self._walks.returns(
            wire.ReturnsFilter(visual_status_change_moment=changed)
        ):
            yield self._returns(rows)
        numbers = tuple(dict.fromkeys(ref.order_id for ref in refs))
        for batch in _batches(numbers, facts.RETURN_POSTINGS_PER_REQUEST):
            async for rows in self._walks.returns(wire.ReturnsFilter(posting_numbers=tuple(batch))):
                yield self._returns(rows)

    def _returns(self, rows: Sequence[wire.ReturnRow]) -> Page[Return]:
        ours = [row for row in rows if not parse.is_held(row)]
        return Page(self._records(facts.RETURNS, ours, parse.parse_return))

    async def _claims(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        delivers = await self._delivers()
        if delivers is False:
            return
        until = time_range.until + facts.AHEAD
        oldest = min([time_range.since, *(ref.created_at for ref in refs)])
        since = max(min(oldest, until - facts.CLAIMS_PERIOD), until - facts.POSTINGS_PERIOD)
        only = wire.ClaimsFilter(wire.ClaimsPeriod(since, until))
        try:
            async for rows in self._walks.claims(only):
                both = await self._in_both_lists(rows)
                yield Page(
                    self._records(
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
        found: dict[tuple[str, str], str] = {}
        numbers = tuple(dict.fromkeys(c.posting_number for c in claims if c.posting_number))
        for batch in _batches(numbers, facts.RETURN_POSTINGS_PER_REQUEST):
            async for rows in self._walks.returns(wire.ReturnsFilter(posting_numbers=tuple(batch))):
                for row in rows:
                    product = row.product or wire.ReturnProduct()
                    for name in parse.claim_names(
                        row.posting_number, product.sku, product.offer_id
                    ):
                        found[name] = str(row.id)
        return found

    async def _delivers(self) -> bool | None:
        """Tell whether a configured warehouse is rFBS; None where the key may not ask."""
        ids = self._remembered_rfbs(facts.RFBS_FOR_S) if self._rfbs is None else self._rfbs
        if ids is None:
            try:
                await self._raw_warehouses()
            except CredentialsRefused:
                return None
            except MarketplaceError:
                ids = self._remembered_rfbs(facts.RFBS_FOR_MOST_S)
                if ids is None:
                    raise
            else:
                ids = self._rfbs
        names = {link.warehouse_id for link in self._account.warehouses}
        return bool(ids) if names == {""} else bool(names.intersection(ids or ()))

    def _remembered_rfbs(self, age_max_s: float) -> frozenset[str] | None:
        kept = self._recent.recall(_RFBS, age_max_s=age_max_s) if self._recent else None
        return None if kept is None else frozenset(kept.split())

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
                    yield self._shown(facts.WAREHOUSE_STOCKS, page.stocks, own)
            return
        offers = tuple(dict.fromkeys(key.offer_id for key in keys))
        for batch in _batches(offers, facts.OFFERS_PER_REQUEST):
            async for some in self._offer_stocks(tuple(batch)):
                yield self._shown(facts.OFFER_STOCKS, some.products, own)

    def _warehouse_stocks(self, warehouse_id: int) -> AsyncIterator[wire.WarehouseStocksPage]:
        return self._walks.pages(
            facts.WAREHOUSE_STOCKS,
            "",
            lambda cursor: wire.WarehouseStocksRequest(warehouse_id, facts.STOCKS_PER_PAGE, cursor),
            wire.WarehouseStocksPage,
            lambda page: page.following(len(page.stocks or ()), facts.STOCKS_PER_PAGE),
        )

    def _offer_stocks(self, offers: tuple[str, ...]) -> AsyncIterator[wire.OfferStocksPage]:
        return self._walks.pages(
            facts.OFFER_STOCKS,
            "",
            lambda cursor: wire.OfferStocksRequest(offers, facts.STOCKS_PER_PAGE, cursor),
            wire.OfferStocksPage,
            lambda page: page.following(len(page.products or ()), facts.STOCKS_PER_PAGE),
        )

    def _shown(
        self, path: str, rows: Sequence[wire.StockRow] | None, own: dict[int, str]
    ) -> Page[ShownStock]:
        named = []
        for row in rows or ():
            if row.warehouse_id is None:
                self._met(path)("warehouse_id", "", left_out=True)
            elif row.warehouse_id in own:
                named.append(row)
        return Page(
            self._records(
                path,
                named,
                lambda row, met: parse.parse_stock(
                    row, met, warehouse_id=own[row.warehouse_id or 0]
                ),
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
        met = self._met(facts.WRITE_STOCKS)
        return await push_stocks(self._account, self._http, own, updates, met)


def _batches(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


_PROVEN: type[Marketplace] = Ozon
