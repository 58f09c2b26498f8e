"""The seller's warehouses at Wildberries: asked for once a run, and remembered between runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import RequestRefused
from cloudstock.marketplaces.walks import Remembered, present
from cloudstock.marketplaces.wildberries import facts, parse, wire
from cloudstock.marketplaces.wildberries.client import Client
from cloudstock.marketplaces.wildberries.statuses import Family

_PATH = "/api/v3/warehouses"


class Warehouses:
    """The warehouses of one account."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._raw: tuple[wire.Warehouse, ...] | None = None
        # They were asked for by this very run.
        self._fresh = False
        self._earlier = Remembered(client.recent, "warehouses", tuple[wire.Warehouse, ...])

    async def ask(self) -> tuple[MarketplaceWarehouse, ...]:
        """Return the warehouses as they are now: GET /api/v3/warehouses."""
        return self._parsed(await self._ask())

    async def read(self) -> tuple[MarketplaceWarehouse, ...]:
        """Return the warehouses as they were lately; asked for only where nobody knows."""
        return self._parsed(await self._read())

    async def busy(self) -> frozenset[str]:
        """Return the ids of those whose data are being updated."""
        return frozenset(str(item.id) for item in await self._ask() if item.is_processing)

    async def families(self) -> tuple[Family, ...]:
        """Return the families of the warehouses; FBS always, as it has the archive."""
        kinds = {warehouse.delivery_type for warehouse in await self._read()}
        used = {family for kind, family in facts.DELIVERY_TYPES.items() if kind in kinds}
        return tuple(family for family in Family if family is Family.FBS or family in used)

    async def unlisted(self) -> tuple[str, ...]:
        """Return the configured warehouses whose orders under way are in no list."""
        links = {link.warehouse_id for link in self._client.account.warehouses}
        return tuple(
            str(item.id)
            for item in await self._ask()
            if str(item.id) in links
            and facts.DELIVERY_TYPES.get(item.delivery_type or 0) not in (None, Family.FBS)
        )

    @contextmanager
    def doubting(self) -> Iterator[None]:
        """Forget the warehouses where a request is refused that rests on them: the next run asks.

        Something may no longer be as it was.
        """
        try:
            yield
        except RequestRefused:
            self._earlier.forget()
            raise

    async def _read(self) -> tuple[wire.Warehouse, ...]:
        if self._raw is None:
            self._raw = self._remembered()
        return await self._ask() if self._raw is None else self._raw

    async def _ask(self) -> tuple[wire.Warehouse, ...]:
        if self._raw is None or not self._fresh:
            self._raw = await self._client.http.call(
                "GET",
                _PATH,
                limit=facts.WAREHOUSES_LIMIT,
                answer=tuple[wire.Warehouse, ...],
            )
            self._fresh = True
            self._earlier.keep(self._raw)
        return self._raw

    def _remembered(self) -> tuple[wire.Warehouse, ...] | None:
        """Return the warehouses of a moment ago, unless they stand in the way of a push.

        One that was missing or closed then may be there and open now.
        """
        raw = self._earlier.recall(age_max_s=facts.WAREHOUSES_AGE_MAX_S)
        usable = {w.warehouse_id for w in self._parsed(raw or ()) if not w.unusable}
        wanted = {link.warehouse_id for link in self._client.account.warehouses}
        return raw if wanted <= usable else None

    def _parsed(self, raw: Iterable[wire.Warehouse]) -> tuple[MarketplaceWarehouse, ...]:
        met = self._client.met(f"GET {_PATH}")
        return present(parse.parse_warehouse(item, met) for item in raw)
