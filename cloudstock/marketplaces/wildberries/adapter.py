"""Wildberries: the seller's own warehouses, by size (chrtId), in all four families of orders.

Source: Wildberries seller API (dev.wildberries.ru), methods named at each function, checked
2026-11-29.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Unpack

import msgspec

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
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.pace import Limit
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.marketplaces.walks import Remembered, batches, present
from cloudstock.marketplaces.wildberries import facts, parse, wire
from cloudstock.marketplaces.wildberries.checking import check_account
from cloudstock.marketplaces.wildberries.client import Client
from cloudstock.marketplaces.wildberries.pushing import push_stocks
from cloudstock.marketplaces.wildberries.ranges import (
    day_slices,
    live_edges,
    live_slices,
    months_of,
    second_slices,
)
from cloudstock.marketplaces.wildberries.statuses import Family, awaits_hand_over
from cloudstock.marketplaces.wildberries.token import ends_at, read_token
from cloudstock.marketplaces.wildberries.warehouses import Warehouses
from cloudstock.settings import Account

_RETURNS = "/api/analytics/v1/item-returns"


@dataclass(slots=True)
class _Walk:
    """What one reading of orders remembers between its pages."""

    # Ids that came already: the lists overlap.
    seen: set[int] = field(default_factory=set)
    # Orders to be shipped again; None until somebody needs to know.
    reshipped: frozenset[int] | None = None


class Wildberries:
    """One seller of Wildberries; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._client = Client(account, around)
        self._warehouses = Warehouses(self._client)
        token = read_token(account.secrets["token"])
        self._is_basic = token is not None and token.basic
        # How many readings of returns there have been with a basic token.
        self._turn = Remembered(self._client.recent, "returns-turn", int)

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        traits = facts.BASIC_TRAITS if self._is_basic else facts.TRAITS
        return replace(traits, articles=self._articles)

    @property
    def _articles(self) -> str:
        return self._client.account.options.get("article", "{vendorCode}/{techSize}")

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of Wildberries' clock."""
        return self._client.http.server_clock

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.http.aclose()

    # Identity

    async def check(self) -> CheckReport:
        """Read the token, ask the three hosts, and look at the warehouses."""
        return await check_account(self._client, self._warehouses)

    async def credentials_end(self) -> datetime | None:
        """When the token ends, by its own words; nobody is asked."""
        return ends_at(self._client.account.secrets)

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's warehouses (GET /api/v3/warehouses); Wildberries' own are not among them."""
        return await self._warehouses.ask()

    # Catalogue

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """Sizes of the cards changed since `cursor`, then of those put in the trash since.

        POST /content/v2/get/cards/list and /cards/trash, both oldest change first. The cursor
        holds the position in both.
        """
        position = _read_cursor(cursor)
        path = "/content/v2/get/cards/list"
        async for cards, at in self._cards(path, facts.CARDS_LIMIT, _ask_cards, position.cards):
            position = msgspec.structs.replace(position, cards=at)
            yield self._listings(cards, position, path, archived=False)
        path = "/content/v2/get/cards/trash"
        async for cards, at in self._cards(path, facts.CONTENT_LIMIT, _ask_trash, position.trash):
            position = msgspec.structs.replace(position, trash=at)
            yield self._listings(cards, position, path, archived=True)

    def _listings(
        self, cards: Iterable[wire.Card], position: wire.CatalogCursor, path: str, *, archived: bool
    ) -> Page[Listing]:
        met = self._client.met(f"POST {path}")
        return Page(
            tuple(
                listing
                for card in cards
                for listing in parse.parse_card(
                    card, met, article=self._articles, archived=archived
                )
            ),
            msgspec.json.encode(position).decode(),
        )

    async def _cards(
        self,
        path: str,
        limit: Limit,
        ask: Callable[[wire.Position | None], object],
        at: wire.Position | None,
    ) -> AsyncIterator[tuple[tuple[wire.Card, ...], wire.Position | None]]:
        """Walk one of the two lists from `at`; yield each page and the position after it."""
        place = self._client.walk(f"POST {path}", at)
        for _ in place.pages():
            answer = await self._client.http.call(
                "POST",
                path,
                host=facts.CONTENT_HOST,
                limit=limit,
                answer=wire.CardsAnswer,
                body=ask(at),
            )
            cards = answer.cards or ()
            ends = _page_end(answer)
            # An empty page has no position: the old one stays.
            at = ends or at
            yield cards, at
            total = answer.cursor.total if answer.cursor else None
            if max(len(cards), total or 0) < facts.CARDS_PER_PAGE:
                return
            if ends is None:
                raise place.no_way_on()
            place.go_to(at)

    # Orders

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders made in the time range, and all new ones, each in its present state.

        FBS: GET /api/v3/orders/new, /api/v3/orders (made in the last three months) and
        /api/marketplace/v3/fbs/orders/archive (before that). DBS, DBW, pick-up, where the seller
        has such a warehouse: GET /api/v3/{dbs,dbw,click-collect}/orders/new and …/orders, which
        lists ended ones only: orders between `new` and their end are known from `orders_again`
        alone. No method of theirs lists those, so the first reading misses what is under way then;
        `check` says so.
        """
        for family in await self._warehouses.families():
            walk = _Walk()
            async for tasks in self._listed(family, time_range):
                fresh = tuple(task for task in tasks if task.id not in walk.seen)
                walk.seen.update(task.id for task in fresh)
                for batch in batches(fresh, facts.STATUSES_PER_REQUEST):
                    yield Page(await self._with_statuses(family, batch, walk))
        _, listed_since = live_edges(time_range.until)
        if time_range.since < listed_since:
            async for page in self._archive(time_range.since, listed_since):
                yield page

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these orders, by id, a thousand a request.

        POST …/orders/status or …/orders/status/info of each family. They say no more than the two
        status words: all else comes from the handle.
        """
        tasks: dict[Family, dict[int, parse.Task]] = {family: {} for family in Family}
        for ref in refs:
            family, task = parse.recall_task(ref)
            tasks[family][task.id] = task
        for family in Family:
            walk = _Walk()
            for batch in batches(tuple(tasks[family].values()), facts.STATUSES_PER_REQUEST):
                yield Page(await self._with_statuses(family, batch, walk, unanswered=False))

    async def _listed(
        self, family: Family, time_range: TimeRange
    ) -> AsyncIterator[tuple[parse.Task, ...]]:
        methods = facts.METHODS[family]
        path, limit = methods.orders, methods.limit
        new = await self._client.http.call("GET", f"{path}/new", limit=limit, answer=wire.NewTasks)
        yield self._tasks(new.orders, family, f"{path}/new")
        with_later = TimeRange(time_range.since, time_range.until + facts.ORDERS_AHEAD)
        slices = live_slices(time_range) if family is Family.FBS else second_slices(with_later)

        def following(page: wire.TasksPage) -> int | None:
            # On the last page `next` may be 0.
            if len(page.orders or ()) < facts.ORDERS_PER_PAGE or page.next == 0:
                return None
            if page.next is None:
                raise self._client.walk(f"GET {path}").no_way_on()
            return page.next

        for since_s, until_s in slices:
            async for page in self._client.pages(
                path,
                wire.TasksPage,
                following,
                limit=limit,
                params={"dateFrom": since_s, "dateTo": until_s},
            ):
                yield self._tasks(page.orders, family, path)

    def _tasks(
        self, raw: Iterable[wire.Task] | None, family: Family, path: str
    ) -> tuple[parse.Task, ...]:
        met, now = self._client.met(f"GET {path}"), self._client.now()
        return present(parse.parse_task(item, family, met, now=now) for item in raw or ())

    async def _archive(self, since: datetime, until: datetime) -> AsyncIterator[Page[Order]]:
        path = "/api/marketplace/v3/fbs/orders/archive"
        met = self._client.met(f"GET {path}")
        # The contract does not say by which clock a month begins.
        day = timedelta(days=1)
        for year, month in months_of(since - day, until + day):
            async for page in self._client.pages(
                path,
                wire.ArchivePage,
                lambda page: (page.next or None) if page.orders else None,
                limit=facts.FBS_LIMIT,
                params={"year": year, "month": month},
            ):
                now = self._client.now()
                yield Page(
                    present(parse.parse_archived_order(x, met, now=now) for x in page.orders or ())
                )

    async def _with_statuses(
        self, family: Family, tasks: Sequence[parse.Task], walk: _Walk, *, unanswered: bool = True
    ) -> tuple[Order, ...]:
        """Return these tasks (at most a thousand) as orders in their present state.

        `unanswered`: also those for which no status came; they exist, so they must reserve.
        """
        words_by_id = await self._statuses(family, tuple(task.id for task in tasks))
        if (
            family is Family.FBS
            and walk.reshipped is None
            and any(awaits_hand_over(*words.pair) for words in words_by_id.values())
        ):
            walk.reshipped = await self._reshipment()
        reshipped = walk.reshipped or frozenset()
        met = self._client.met(f"POST {facts.METHODS[family].statuses}")
        orders = []
        for task in tasks:
            if task.id not in words_by_id and not unanswered:
                continue
            words = words_by_id.get(task.id, parse.Words())
            reship = task.id in reshipped and awaits_hand_over(*words.pair)
            orders.append(parse.parse_order(task, family, words, met, reship=reship))
        return tuple(orders)

    async def _statuses(self, family: Family, ids: tuple[int, ...]) -> Mapping[int, parse.Words]:
        methods = facts.METHODS[family]
        answer = await self._client.http.call(
            "POST",
            methods.statuses,
            limit=methods.statuses_limit,
            answer=wire.StatusAnswer,
            body={methods.ids: ids},
        )
        met = self._client.met(f"POST {methods.statuses}")
        words_by_id = {}
        for row in answer.orders or ():
            order_id, words = parse.parse_words(row)
            if order_id is None:
                met("id", None, left_out=True)
            elif words.pair != ("", ""):
                # An order that is not found may stand there with errors in place of words.
                words_by_id[order_id] = words
        return words_by_id

    async def _reshipment(self) -> frozenset[int]:
        answer = await self._client.http.call(
            "GET",
            "/api/v3/supplies/orders/reshipment",
            limit=facts.FBS_LIMIT,
            answer=wire.Reshipment,
        )
        ids = (parse.usable_id(item.order_id) for item in answer.orders or ())
        return frozenset(present(ids))

    # Returns

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Units on their way back to the seller, and those handed over.

        GET /api/analytics/v1/item-returns. The period is that of the order for the return, so it
        reaches back to the oldest order in `refs`, within four slices of 31 days. A basic token
        reads one of them at a time.
        """
        now, met = self._client.now(), self._client.met(f"GET {_RETURNS}")
        since = min([time_range.since, *(ref.created_at for ref in refs)])
        for first, last in self._due(tuple(day_slices(since, time_range.until))):
            async for rows in self._return_rows(first, last):
                yield Page(present(parse.parse_return(row, met, now=now) for row in rows))

    def _due(self, slices: tuple[tuple[date, date], ...]) -> tuple[tuple[date, date], ...]:
        """Return what to read now: all; with a basic token, the newest and another in turn."""
        if not self._is_basic or len(slices) == 1:
            return slices
        turn = self._turn.recall(age_max_s=facts.TURN_AGE_MAX_S) or 0
        self._turn.keep(turn + 1)
        newest, *others = slices
        return (others[turn // 2 % len(others)] if turn % 2 else newest,)

    async def _return_rows(
        self, first: date, last: date
    ) -> AsyncIterator[tuple[wire.ReturnRow, ...]]:
        offset = 0
        place = self._client.walk(f"GET {_RETURNS}")
        for _ in place.pages():
            answer = await self._client.http.fetch(
                "GET",
                _RETURNS,
                host=facts.ANALYTICS_HOST,
                limit=facts.BASIC_RETURNS_LIMIT if self._is_basic else facts.RETURNS_LIMIT,
                params={
                    "dateFrom": first.isoformat(),
                    "dateTo": last.isoformat(),
                    "limit": facts.RETURNS_PER_PAGE,
                    "offset": offset,
                },
                ok=(200, 204),
            )
            if answer.status == 204:
                return
            page = self._client.http.decode(answer, wire.ReturnsPage)
            if not page.report:
                return
            place.go_to(page.report)
            yield page.report
            offset += len(page.report)
            if offset >= page.count:
                return

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """What buyers can still order: POST /api/v3/stocks/{warehouseId}, a thousand sizes each.

        Sizes that the warehouse has no record of are absent.
        """
        if keys is None:
            raise ValueError(tr("Wildberries does not list stock by itself: name the listings"))
        configured = {link.warehouse_id for link in self._client.account.warehouses}
        wanted: dict[str, set[int]] = defaultdict(set)
        for key in keys:
            if key.warehouse_id in configured:
                wanted[key.warehouse_id].add(int(key.external_id))
        met = self._client.met("POST /api/v3/stocks/{warehouseId}")
        for warehouse_id, chrt_ids in wanted.items():
            for batch in batches(sorted(chrt_ids), facts.STOCKS_PER_REQUEST):
                answer = await self._client.http.call(
                    "POST",
                    f"/api/v3/stocks/{warehouse_id}",
                    limit=facts.STOCKS_LIMIT,
                    answer=wire.Stocks,
                    body=wire.StocksQuery(batch),
                )
                stock = (parse.parse_stock(x, warehouse_id, met) for x in answer.stocks or ())
                yield Page(present(stock))

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities: PUT /api/v3/stocks/{warehouseId}.

        Nothing is sent to a warehouse whose orders are not read.
        """
        with self._warehouses.doubting():
            return await push_stocks(self._client, updates, await self._warehouses.read())


def _ask_cards(at: wire.Position | None) -> wire.CardsRequest:
    place = (at.at, at.nm_id) if at else (None, None)
    return wire.CardsRequest(wire.CardsSettings(wire.CardsPosition(facts.CARDS_PER_PAGE, *place)))


def _ask_trash(at: wire.Position | None) -> wire.TrashRequest:
    place = (at.at, at.nm_id) if at else (None, None)
    return wire.TrashRequest(wire.TrashSettings(wire.TrashPosition(facts.CARDS_PER_PAGE, *place)))


def _page_end(answer: wire.CardsAnswer) -> wire.Position | None:
    """Return the position after a page: as told, or else that of its last card."""
    ends: list[wire.CardsCursor | wire.Card] = [answer.cursor] if answer.cursor else []
    ends += (answer.cards or ())[-1:]
    for end in ends:
        when = end.updated_at or end.trashed_at
        if when and end.nm_id is not None:
            return wire.Position(when, end.nm_id)
    return None


def _read_cursor(text: str | None) -> wire.CatalogCursor:
    whole = wire.CatalogCursor(form=facts.LISTING_FORM)
    if text is None:
        return whole
    try:
        cursor = msgspec.json.decode(text, type=wire.CatalogCursor)
    except msgspec.DecodeError:
        # Written by another version: a whole walk costs time and nothing else.
        return whole
    return cursor if cursor.form == facts.LISTING_FORM else whole


_PROVEN: type[Marketplace] = Wildberries
