"""Wildberries: the seller's own warehouses, by size (chrtId), in all four families of orders.

Source: Wildberries seller API (dev.wildberries.ru), methods named at each function, checked
2026-11-29.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Unpack

import msgspec

from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderRef,
    Return,
    ShownStock,
    StockKey,
    TimeRange,
)
from cloudstock.errors import AnswerNotUnderstood, RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around, CheckReport, Marketplace, Page, Traits
from cloudstock.marketplaces.headers import count
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.pace import Left, Limit
from cloudstock.marketplaces.server_clock import ServerClock
from cloudstock.marketplaces.wildberries import facts, parse, wire
from cloudstock.marketplaces.wildberries.checking import check_account
from cloudstock.marketplaces.wildberries.pushing import push_stocks
from cloudstock.marketplaces.wildberries.statuses import Family, awaits_hand_over
from cloudstock.marketplaces.wildberries.token import ends_at, read_token
from cloudstock.marketplaces.wildberries.windows import (
    batches,
    day_slices,
    live_edges,
    live_slices,
    months_of,
    second_slices,
)

if TYPE_CHECKING:
    from cloudstock.domain.records import PushOutcome, StockUpdate
    from cloudstock.settings import Account

_WAREHOUSES = "/api/v3/warehouses"
_RETURNS = "/api/analytics/v1/item-returns"
# Kept between the readings of a basic token: how many there have been.
_TURN = "returns-turn"
# What an answer lacks, where a word is due.
_NOTHING = "(none)"


@dataclass(slots=True)
class _Walk:
    """What one reading of orders remembers between its pages."""

    # Ids already told: the lists overlap.
    told: set[int] = field(default_factory=set)
    # Orders to be shipped again; None until somebody needs to know.
    reshipped: frozenset[int] | None = None


class Wildberries:
    """One seller of Wildberries; see `Marketplace` for what the methods promise."""

    def __init__(self, account: Account, **around: Unpack[Around]) -> None:
        self._account = account
        self._clock = around["clock"]
        self._http = Http(
            account,
            base_url=facts.MARKETPLACE_HOST,
            headers={"Authorization": account.secrets["token"]},
            around=around,
            throttle_wait=throttle_wait,
            left=left,
            classify=parse.parse_error,
            # The contract types no id of the reshipment list; elsewhere digits are as good.
            strict=False,
        )
        self._recent = around.get("recent")
        self._surprises = around.get("surprises")
        token = read_token(account.secrets["token"])
        self._is_basic = token is not None and token.basic
        self._warehouses: tuple[wire.Warehouse, ...] | None = None
        # They were asked for by this very run.
        self._asked = False

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return facts.BASIC_TRAITS if self._is_basic else facts.TRAITS

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of Wildberries' clock."""
        return self._http.server_clock

    async def aclose(self) -> None:
        """Close connections."""
        await self._http.aclose()

    def _met(self, place: str) -> parse.Met:
        """Return what to tell of an answer of this method that no table knows."""

        def met(name: str, word: object, *, left_out: bool = False) -> None:
            if self._surprises is not None:
                told = _NOTHING if word in (None, "") else self._http.clean(str(word))
                self._surprises.met(place, name, told, left_out=left_out)

        return met

    async def check(self) -> CheckReport:
        """Read the token, ask the three hosts, and look at the warehouses."""
        raw = await self._ask_warehouses()
        return await check_account(
            self._account,
            self._http,
            warehouses=self._parsed(raw),
            busy={str(item.id) for item in raw if item.is_processing},
        )

    async def credentials_end(self) -> datetime | None:
        """When the token ends, by its own words; nobody is asked."""
        return ends_at(self._account.secrets)

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's warehouses (GET /api/v3/warehouses); Wildberries' own are not among them."""
        return self._parsed(await self._ask_warehouses())

    def _parsed(self, raw: Iterable[wire.Warehouse]) -> tuple[MarketplaceWarehouse, ...]:
        met = self._met(f"GET {_WAREHOUSES}")
        found = (parse.parse_warehouse(item, met) for item in raw)
        return tuple(warehouse for warehouse in found if warehouse is not None)

    async def _read_warehouses(self) -> tuple[wire.Warehouse, ...]:
        """Return the warehouses as they were lately; asked for only where nobody knows."""
        if self._warehouses is None:
            self._warehouses = self._remembered()
        return await self._ask_warehouses() if self._warehouses is None else self._warehouses

    async def _ask_warehouses(self) -> tuple[wire.Warehouse, ...]:
        if self._warehouses is None or not self._asked:
            self._warehouses = await self._http.call(
                "GET",
                _WAREHOUSES,
                limit=facts.WAREHOUSES_LIMIT,
                answer=tuple[wire.Warehouse, ...],
            )
            self._asked = True
            if self._recent is not None:
                self._recent.keep("warehouses", msgspec.json.encode(self._warehouses).decode())
        return self._warehouses

    def _remembered(self) -> tuple[wire.Warehouse, ...] | None:
        """Return the warehouses of a moment ago, unless they stand in the way of a push.

        One that was missing or closed then may be there and open now.
        """
        if self._recent is None:
            return None
        told = self._recent.recall("warehouses", age_max_s=facts.WAREHOUSES_AGE_MAX_S)
        if told is None:
            return None
        try:
            known = msgspec.json.decode(told, type=tuple[wire.Warehouse, ...])
        except msgspec.DecodeError:
            # Written by another version.
            return None
        usable = {w.warehouse_id for w in self._parsed(known) if not w.unusable}
        wanted = {link.warehouse_id for link in self._account.warehouses}
        return known if wanted <= usable else None

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
        article = self._account.options.get("article", "{vendorCode}/{techSize}")
        met = self._met(f"POST {path}")
        return Page(
            tuple(
                listing
                for card in cards
                for listing in parse.parse_card(card, met, article=article, archived=archived)
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
        been: set[object] = {at}
        for _ in self._pages(f"POST {path}"):
            answer = await self._http.call(
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
            told = answer.cursor.total if answer.cursor else None
            if max(len(cards), told or 0) < facts.CARDS_PER_PAGE:
                return
            if ends is None:
                raise self._no_way_on(f"POST {path}")
            self._must_move(f"POST {path}", at, been)

    # Orders

    async def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders made in the time range, and all new ones, each in its present state.

        FBS: GET /api/v3/orders/new, /api/v3/orders (made in the last three months) and
        /api/marketplace/v3/fbs/orders/archive (before that). DBS, DBW, pick-up, where the seller
        has such a warehouse: GET /api/v3/{dbs,dbw,click-collect}/orders/new and …/orders, which
        lists ended ones only: orders between `new` and their end are known from `orders_again`
        alone.
        """
        for family in await self._families():
            walk = _Walk()
            async for tasks in self._listed(family, time_range):
                fresh = tuple(task for task in tasks if task.id not in walk.told)
                walk.told.update(task.id for task in fresh)
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

    async def _families(self) -> tuple[Family, ...]:
        """Return the families of the seller's warehouses; FBS always, as it has the archive."""
        kinds = {warehouse.delivery_type for warehouse in await self._read_warehouses()}
        used = {family for kind, family in facts.DELIVERY_TYPES.items() if kind in kinds}
        return tuple(family for family in Family if family is Family.FBS or family in used)

    async def _listed(
        self, family: Family, time_range: TimeRange
    ) -> AsyncIterator[tuple[parse.Task, ...]]:
        methods = facts.METHODS[family]
        path, limit = methods.orders, methods.limit
        new = await self._http.call("GET", f"{path}/new", limit=limit, answer=wire.NewTasks)
        yield self._tasks(new.orders, family, f"{path}/new")
        ahead = TimeRange(time_range.since, time_range.until + facts.ORDERS_AHEAD)
        slices = live_slices(time_range) if family is Family.FBS else second_slices(ahead)
        for since_s, until_s in slices:
            following = 0
            been: set[object] = {following}
            for _ in self._pages(f"GET {path}"):
                page = await self._http.call(
                    "GET",
                    path,
                    limit=limit,
                    answer=wire.TasksPage,
                    params={
                        "limit": facts.ORDERS_PER_PAGE,
                        "next": following,
                        "dateFrom": since_s,
                        "dateTo": until_s,
                    },
                )
                yield self._tasks(page.orders, family, path)
                # On the last page `next` may be 0.
                if len(page.orders or ()) < facts.ORDERS_PER_PAGE or page.next == 0:
                    break
                if page.next is None:
                    raise self._no_way_on(f"GET {path}")
                self._must_move(f"GET {path}", page.next, been)
                following = page.next

    def _tasks(
        self, raw: Iterable[wire.Task] | None, family: Family, path: str
    ) -> tuple[parse.Task, ...]:
        met, now = self._met(f"GET {path}"), self._now()
        tasks = (parse.parse_task(item, family, met, now=now) for item in raw or ())
        return tuple(task for task in tasks if task is not None)

    async def _archive(self, since: datetime, until: datetime) -> AsyncIterator[Page[Order]]:
        path = "/api/marketplace/v3/fbs/orders/archive"
        met = self._met(f"GET {path}")
        # The contract does not say by which clock a month begins.
        day = timedelta(days=1)
        for year, month in months_of(since - day, until + day):
            following = 0
            been: set[object] = {following}
            for _ in self._pages(f"GET {path}"):
                page = await self._http.call(
                    "GET",
                    path,
                    limit=facts.FBS_LIMIT,
                    answer=wire.ArchivePage,
                    params={
                        "year": year,
                        "month": month,
                        "next": following,
                        "limit": facts.ORDERS_PER_PAGE,
                    },
                )
                now = self._now()
                orders = (parse.parse_archived_order(x, met, now=now) for x in page.orders or ())
                yield Page(tuple(order for order in orders if order is not None))
                if not page.next or not page.orders:
                    break
                self._must_move(f"GET {path}", page.next, been)
                following = page.next

    async def _with_statuses(
        self, family: Family, tasks: Sequence[parse.Task], walk: _Walk, *, unanswered: bool = True
    ) -> tuple[Order, ...]:
        """Return these tasks (at most a thousand) as orders in their present state.

        `unanswered`: also those for which no status came; they exist, so they must reserve.
        """
        told = await self._statuses(family, tuple(task.id for task in tasks))
        if (
            family is Family.FBS
            and walk.reshipped is None
            and any(awaits_hand_over(*words.pair) for words in told.values())
        ):
            walk.reshipped = await self._reshipment()
        reshipped = walk.reshipped or frozenset()
        met = self._met(f"POST {facts.METHODS[family].statuses}")
        orders = []
        for task in tasks:
            if task.id not in told and not unanswered:
                continue
            words = told.get(task.id, parse.Words())
            reship = task.id in reshipped and awaits_hand_over(*words.pair)
            orders.append(parse.parse_order(task, family, words, met, reship=reship))
        return tuple(orders)

    async def _statuses(self, family: Family, ids: tuple[int, ...]) -> Mapping[int, parse.Words]:
        methods = facts.METHODS[family]
        answer = await self._http.call(
            "POST",
            methods.statuses,
            limit=methods.statuses_limit,
            answer=wire.StatusAnswer,
            body={methods.ids: ids},
        )
        met = self._met(f"POST {methods.statuses}")
        told = {}
        for row in answer.orders or ():
            order_id, words = parse.parse_words(row)
            if order_id is None:
                met("id", None, left_out=True)
            elif words.pair != ("", ""):
                # An order that is not found may stand there with errors in place of words.
                told[order_id] = words
        return told

    async def _reshipment(self) -> frozenset[int]:
        answer = await self._http.call(
            "GET",
            "/api/v3/supplies/orders/reshipment",
            limit=facts.FBS_LIMIT,
            answer=wire.Reshipment,
        )
        ids = (parse.usable_id(item.order_id) for item in answer.orders or ())
        return frozenset(order_id for order_id in ids if order_id is not None)

    # Returns

    async def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Units on their way back to the seller, and those handed over.

        GET /api/analytics/v1/item-returns. The period is that of the order for the return, so it
        reaches back to the oldest order in `refs`, within four slices of 31 days. A basic token
        reads one of them at a time.
        """
        now, met = self._now(), self._met(f"GET {_RETURNS}")
        since = min([time_range.since, *(ref.created_at for ref in refs)])
        for first, last in self._due(tuple(day_slices(since, time_range.until))):
            async for rows in self._return_rows(first, last):
                returns = (parse.parse_return(row, met, now=now) for row in rows)
                yield Page(tuple(item for item in returns if item is not None))

    def _due(self, slices: tuple[tuple[date, date], ...]) -> tuple[tuple[date, date], ...]:
        """Return what to read now: all; with a basic token, the newest and another in turn."""
        if not self._is_basic or len(slices) == 1:
            return slices
        kept = self._recent.recall(_TURN, age_max_s=facts.TURN_AGE_MAX_S) if self._recent else None
        turn = int(kept) if kept is not None and kept.isdecimal() else 0
        if self._recent is not None:
            self._recent.keep(_TURN, str(turn + 1))
        newest, *others = slices
        return (others[turn // 2 % len(others)] if turn % 2 else newest,)

    async def _return_rows(
        self, first: date, last: date
    ) -> AsyncIterator[tuple[wire.ReturnRow, ...]]:
        offset = 0
        been: set[object] = set()
        for _ in self._pages(f"GET {_RETURNS}"):
            answer = await self._http.fetch(
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
            page = self._http.decode(answer, wire.ReturnsPage)
            if not page.report:
                return
            self._must_move(f"GET {_RETURNS}", page.report, been)
            yield page.report
            offset += len(page.report)
            if offset >= page.count:
                return

    # Stocks

    async def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[ShownStock]]:
        """What buyers can still order: POST /api/v3/stocks/{warehouseId}, a thousand sizes each.

        Sizes that the warehouse has no record of are absent.
        """
        if keys is None:
            raise ValueError(tr("Wildberries does not list stock by itself: name the listings"))
        configured = {link.warehouse_id for link in self._account.warehouses}
        wanted: dict[str, set[int]] = defaultdict(set)
        for key in keys:
            if key.warehouse_id in configured:
                wanted[key.warehouse_id].add(int(key.external_id))
        met = self._met("POST /api/v3/stocks/{warehouseId}")
        for warehouse_id, chrt_ids in wanted.items():
            for batch in batches(sorted(chrt_ids), facts.STOCKS_PER_REQUEST):
                answer = await self._http.call(
                    "POST",
                    f"/api/v3/stocks/{warehouse_id}",
                    limit=facts.STOCKS_LIMIT,
                    answer=wire.Stocks,
                    body=wire.StocksQuery(tuple(batch)),
                )
                shown = (parse.parse_stock(x, warehouse_id, met) for x in answer.stocks or ())
                yield Page(tuple(item for item in shown if item is not None))

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities: PUT /api/v3/stocks/{warehouseId}.

        Nothing is sent to a warehouse whose orders are not read.
        """
        warehouses = self._parsed(await self._read_warehouses())
        met = self._met("PUT /api/v3/stocks/{warehouseId}")
        try:
            return await push_stocks(
                self._account, self._http, updates, warehouses=warehouses, met=met
            )
        except RequestRefused:
            # Perhaps over something that is no longer as it was: the next run asks.
            if self._recent is not None:
                self._recent.keep("warehouses", None)
            raise

    def _now(self) -> datetime:
        """Return the present moment by Wildberries' clock, as all moments here are."""
        return self.server_clock.at(self._clock.now())

    # Pages

    def _pages(self, endpoint: str) -> Iterator[int]:
        yield from range(facts.PAGES_MAX)
        raise AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} has more than {most} pages",
                name=self._account.name,
                endpoint=endpoint,
                most=facts.PAGES_MAX,
            )
        )

    def _no_way_on(self, endpoint: str) -> AnswerNotUnderstood:
        return AnswerNotUnderstood(
            tr(
                "{name}: {endpoint} gave a full page and not where the next one begins",
                name=self._account.name,
                endpoint=endpoint,
            )
        )

    def _must_move(self, endpoint: str, here: object, been: set[object]) -> None:
        """Refuse a page that leads back to where the walk has been: it would never end."""
        if here in been:
            raise AnswerNotUnderstood(
                tr(
                    "{name}: {endpoint} gave the same page twice; try again later",
                    name=self._account.name,
                    endpoint=endpoint,
                )
            )
        been.add(here)


def throttle_wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Return how long a 429 asks to wait: `X-Ratelimit-Retry`, in seconds; None if it is silent."""
    text = headers.get("x-ratelimit-retry", "") if status == 429 else ""
    try:
        wait_s = float(text)
    except ValueError:
        return None
    return wait_s if wait_s >= 0 else None


def left(headers: Mapping[str, str]) -> Left | None:
    """Return the tokens that the bucket still holds, by `X-Ratelimit-Remaining`, if it is there."""
    tokens = count(headers, "x-ratelimit-remaining")
    return None if tokens is None else Left(tokens)


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


if TYPE_CHECKING:
    _: Callable[..., Marketplace] = Wildberries
