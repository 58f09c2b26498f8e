"""Wildberries: the seller's own warehouses (FBS and DBS), by size (chrtId).

Source: Wildberries seller API (dev.wildberries.ru), methods named at each function, checked
2026-11-23.
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
    Window,
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
from cloudstock.marketplaces.wildberries.token import ends_at
from cloudstock.marketplaces.wildberries.windows import (
    batches,
    day_slices,
    months_before,
    months_of,
    second_slices,
)

if TYPE_CHECKING:
    from cloudstock.domain.records import PushOutcome, StockUpdate
    from cloudstock.settings import Account

_WAREHOUSES = "/api/v3/warehouses"
_ORDERS_PATH = {Family.FBS: "/api/v3/orders", Family.DBS: "/api/v3/dbs/orders"}
_ORDERS_LIMIT = {Family.FBS: facts.FBS_LIMIT, Family.DBS: facts.DBS_LIMIT}


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
        )
        self._recent = around.get("recent")
        self._warehouses: tuple[wire.Warehouse, ...] | None = None
        # They were asked for by this very run.
        self._asked = False

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        return facts.TRAITS

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of Wildberries' clock."""
        return self._http.server_clock

    async def aclose(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def check(self) -> CheckReport:
        """Read the token, ask the three hosts, and look at the warehouses."""
        return await check_account(
            self._account, self._http, clock=self._clock, warehouses=await self._ask_warehouses()
        )

    async def credentials_end(self) -> datetime | None:
        """When the token ends, by its own words; nobody is asked."""
        return ends_at(self._account.secrets)

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's warehouses (GET /api/v3/warehouses); Wildberries' own are not among them."""
        return tuple(parse.parse_warehouse(raw) for raw in await self._ask_warehouses())

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
        usable = {w.warehouse_id for w in map(parse.parse_warehouse, known) if not w.unusable}
        wanted = {link.warehouse_id for link in self._account.warehouses}
        return known if wanted <= usable else None

    # Catalogue

    async def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """Sizes of the cards changed since `cursor`, then of those put in the trash since.

        POST /content/v2/get/cards/list and /cards/trash, both oldest change first. The cursor
        holds the position in both.
        """
        position = _read_cursor(cursor)
        async for cards, at in self._cards(
            "/content/v2/get/cards/list", facts.CARDS_LIMIT, _ask_cards, position.cards
        ):
            position = wire.CatalogCursor(cards=at, trash=position.trash)
            yield self._listings(cards, position, archived=False)
        async for cards, at in self._cards(
            "/content/v2/get/cards/trash", facts.CONTENT_LIMIT, _ask_trash, position.trash
        ):
            position = wire.CatalogCursor(cards=position.cards, trash=at)
            yield self._listings(cards, position, archived=True)

    def _listings(
        self, cards: Iterable[wire.Card], position: wire.CatalogCursor, *, archived: bool
    ) -> Page[Listing]:
        article = self._account.options.get("article", "{vendorCode}/{techSize}")
        return Page(
            tuple(
                listing
                for card in cards
                for listing in parse.parse_card(card, article=article, archived=archived)
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
            ends, when = answer.cursor, answer.cursor.updated_at or answer.cursor.trashed_at
            # An empty page has no position: the old one stays.
            at = wire.Position(when, ends.nm_id) if when and ends.nm_id is not None else at
            yield answer.cards or (), at
            if ends.total < facts.CARDS_PER_PAGE:
                return
            self._must_move(f"POST {path}", at, been)

    # Orders

    async def orders(self, window: Window) -> AsyncIterator[Page[Order]]:
        """Orders made in the window, and all new ones, each in its present state.

        FBS: GET /api/v3/orders/new, /api/v3/orders (made in the last three months) and
        /api/marketplace/v3/fbs/orders/archive (before that). DBS, where the seller has such a
        warehouse: GET /api/v3/dbs/orders/new and /api/v3/dbs/orders, which lists ended ones only:
        DBS orders between `new` and their end are known from `orders_again` alone.
        """
        live_since = max(window.since, months_before(window.until, facts.LIVE_MONTHS))
        live = Window(live_since, window.until)
        for family in await self._families():
            walk = _Walk()
            async for tasks in self._listed(family, live):
                fresh = tuple(task for task in tasks if task.id not in walk.told)
                walk.told.update(task.id for task in fresh)
                for batch in batches(fresh, facts.STATUSES_PER_REQUEST):
                    yield Page(await self._with_statuses(family, batch, walk))
        if window.since < live_since:
            async for page in self._archive(window.since, live_since):
                yield page

    async def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these orders, by id, a thousand a request.

        POST /api/v3/orders/status and /api/marketplace/v3/dbs/orders/status/info. Neither says
        more than the two status words: all else comes from the handle.
        """
        tasks: dict[Family, dict[int, wire.Task]] = {family: {} for family in Family}
        for ref in refs:
            family, task = parse.recall_task(ref)
            tasks[family][task.id] = task
        for family in Family:
            walk = _Walk()
            for batch in batches(tuple(tasks[family].values()), facts.STATUSES_PER_REQUEST):
                yield Page(await self._with_statuses(family, batch, walk, unanswered=False))

    async def _families(self) -> tuple[Family, ...]:
        sells_dbs = any(
            warehouse.delivery_type in facts.DBS_TYPES
            for warehouse in await self._read_warehouses()
        )
        return (Family.FBS, Family.DBS) if sells_dbs else (Family.FBS,)

    async def _listed(self, family: Family, window: Window) -> AsyncIterator[tuple[wire.Task, ...]]:
        path, limit = _ORDERS_PATH[family], _ORDERS_LIMIT[family]
        new = await self._http.call("GET", f"{path}/new", limit=limit, answer=wire.NewTasks)
        yield new.orders or ()
        for since_s, until_s in second_slices(window):
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
                tasks = page.orders or ()
                yield tasks
                # On the last page `next` may be 0.
                if len(tasks) < facts.ORDERS_PER_PAGE or page.next == 0:
                    break
                self._must_move(f"GET {path}", page.next, been)
                following = page.next

    async def _archive(self, since: datetime, until: datetime) -> AsyncIterator[Page[Order]]:
        path = "/api/marketplace/v3/fbs/orders/archive"
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
                yield Page(tuple(parse.parse_archived_order(raw) for raw in page.orders or ()))
                if not page.next or not page.orders:
                    break
                self._must_move(f"GET {path}", page.next, been)
                following = page.next

    async def _with_statuses(
        self, family: Family, tasks: Sequence[wire.Task], walk: _Walk, *, unanswered: bool = True
    ) -> tuple[Order, ...]:
        """Return these tasks (at most a thousand) as orders in their present state.

        `unanswered`: also those for which no status came; they exist, so they must reserve.
        """
        words = await self._statuses(family, tuple(task.id for task in tasks))
        if (
            family is Family.FBS
            and walk.reshipped is None
            and any(awaits_hand_over(*pair) for pair in words.values())
        ):
            walk.reshipped = await self._reshipment()
        reshipped = walk.reshipped or frozenset()
        orders = []
        for task in tasks:
            if task.id not in words and not unanswered:
                continue
            supplier_status, wb_status = words.get(task.id, ("", ""))
            orders.append(
                parse.parse_order(
                    task,
                    family,
                    supplier_status=supplier_status,
                    wb_status=wb_status,
                    reship=task.id in reshipped and awaits_hand_over(supplier_status, wb_status),
                )
            )
        return tuple(orders)

    async def _statuses(
        self, family: Family, ids: tuple[int, ...]
    ) -> Mapping[int, tuple[str, str]]:
        if family is Family.FBS:
            fbs = await self._http.call(
                "POST",
                "/api/v3/orders/status",
                limit=facts.FBS_LIMIT,
                answer=wire.StatusAnswer,
                body=wire.StatusQuery(ids),
            )
            return {row.id: (row.supplier_status, row.wb_status) for row in fbs.orders or ()}
        dbs = await self._http.call(
            "POST",
            "/api/marketplace/v3/dbs/orders/status/info",
            limit=facts.DBS_LIMIT,
            answer=wire.DbsStatusAnswer,
            body=wire.DbsStatusQuery(ids),
        )
        # An order that is not found stands in the answer with errors in place of words.
        return {
            row.order_id: (row.supplier_status, row.wb_status or "")
            for row in dbs.orders or ()
            if row.supplier_status
        }

    async def _reshipment(self) -> frozenset[int]:
        answer = await self._http.call(
            "GET",
            "/api/v3/supplies/orders/reshipment",
            limit=facts.FBS_LIMIT,
            answer=wire.Reshipment,
        )
        return frozenset(item.order_id for item in answer.orders or ())

    # Returns

    async def returns(
        self, window: Window, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Units on their way back to the seller, and those handed over.

        GET /api/analytics/v1/item-returns. The period is that of the order for the return, so it
        reaches back to the oldest order in `refs`, within four slices of 31 days.
        """
        now = self._clock.now()
        since = min([window.since, *(ref.created_at for ref in refs)])
        for first, last in day_slices(since, window.until):
            async for rows in self._return_rows(first, last):
                yield Page(tuple(parse.parse_return(row, now=now) for row in rows))

    async def _return_rows(
        self, first: date, last: date
    ) -> AsyncIterator[tuple[wire.ReturnRow, ...]]:
        path = "/api/analytics/v1/item-returns"
        offset = 0
        been: set[object] = set()
        for _ in self._pages(f"GET {path}"):
            answer = await self._http.fetch(
                "GET",
                path,
                host=facts.ANALYTICS_HOST,
                limit=facts.RETURNS_LIMIT,
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
            self._must_move(f"GET {path}", page.report, been)
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
        for warehouse_id, chrt_ids in wanted.items():
            for batch in batches(sorted(chrt_ids), facts.STOCKS_PER_REQUEST):
                answer = await self._http.call(
                    "POST",
                    f"/api/v3/stocks/{warehouse_id}",
                    limit=facts.STOCKS_LIMIT,
                    answer=wire.Stocks,
                    body=wire.StocksQuery(tuple(batch)),
                )
                yield Page(
                    tuple(parse.parse_stock(item, warehouse_id) for item in answer.stocks or ())
                )

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities: PUT /api/v3/stocks/{warehouseId}.

        Nothing is sent to a warehouse whose orders are not read.
        """
        warehouses = [parse.parse_warehouse(raw) for raw in await self._read_warehouses()]
        try:
            return await push_stocks(self._account, self._http, updates, warehouses=warehouses)
        except RequestRefused:
            # Perhaps over something that is no longer as it was: the next run asks.
            if self._recent is not None:
                self._recent.keep("warehouses", None)
            raise

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


def _read_cursor(text: str | None) -> wire.CatalogCursor:
    if text is None:
        return wire.CatalogCursor()
    try:
        return msgspec.json.decode(text, type=wire.CatalogCursor)
    except msgspec.DecodeError:
        # Written by another version: a whole walk costs time and nothing else.
        return wire.CatalogCursor()


if TYPE_CHECKING:
    _: Callable[..., Marketplace] = Wildberries
