"""A cabinet as Market tells it: its shops, their warehouses, and which methods serve it.

There are two kinds of methods for warehouses and stocks. Those by shop (v2) serve cabinets whose
warehouses are grouped, those by warehouse (v3) serve the others, and neither serves the other kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec
from msgspec import Struct

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import RequestRefused
from cloudstock.language import tr
from cloudstock.marketplaces.http import clean
from cloudstock.marketplaces.yandex_market import facts, statuses, wire
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.parse import Word, unless


class Told(Struct, frozen=True):
    """What Market told of a cabinet, as it is kept for later runs."""

    campaigns: tuple[wire.Campaign, ...]
    # By POST /v2/businesses/{businessId}/warehouses.
    warehouses: tuple[wire.Warehouse, ...]
    # By POST /v3/businesses/{businessId}/warehouses; None: not asked, as some warehouses are
    # grouped.
    partner_warehouses: tuple[wire.PartnerWarehouse, ...] | None


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse from which the shop may sell."""

    id: int
    name: str
    # Warehouses with one word here show one stock.
    stock: str
    # Why its stock cannot be written; None: it can.
    unusable: str | None = None
    # It is switched off: buyers see nothing of it.
    disabled: bool = False
    # The other shops that sell its stock, as far as Market tells.
    shops: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cabinet:
    """What one shop needs to know of its cabinet."""

    # None: the token's cabinet has no such shop.
    shop: wire.Campaign | None
    # The shop's own warehouses.
    own: tuple[Place, ...]
    # Ids of all warehouses of the cabinet.
    known: frozenset[str]
    # Stocks are read and written by shop, not by warehouse.
    by_shop: bool

    def place(self, configured: str) -> Place | None:
        """Return the configured warehouse; "" is the shop's only one."""
        if configured == "":
            return self.own[0] if len(self.own) == 1 else None
        return next((place for place in self.own if str(place.id) == configured), None)


async def read_cabinet(client: Client) -> Told:
    """Ask for the shops, then the warehouses by shop, then, where none is grouped, by warehouse.

    GET /v2/campaigns, POST /v2/businesses/{businessId}/warehouses,
    POST /v3/businesses/{businessId}/warehouses: the latter two a hundred times an hour, so ask
    once. Whatever goes wrong ends it: another method is no way round, as it serves another kind of
    cabinet. Only the one that is meant for cabinets with groups may refuse one without.
    """
    campaigns = await read_campaigns(client)
    warehouses: list[wire.Warehouse] = []
    refusal: RequestRefused | None = None
    try:
        async for page in client.pages(
            "POST",
            f"/v2/businesses/{client.business_id}/warehouses",
            limit=facts.WAREHOUSES_LIMIT,
            listed=wire.WAREHOUSES,
            page_size=facts.WAREHOUSES_PER_PAGE,
            body=wire.WarehousesQuery(),
        ):
            warehouses += page
    except RequestRefused as problem:
        refusal = problem
    if any(warehouse.group_info is not None for warehouse in warehouses):
        return Told(campaigns, tuple(warehouses), None)
    partner_warehouses: list[wire.PartnerWarehouse] = []
    async for partner_page in client.pages(
        "POST",
        f"/v3/businesses/{client.business_id}/warehouses",
        limit=facts.PARTNER_WAREHOUSES_LIMIT,
        listed=wire.PARTNER_WAREHOUSES,
        page_size=facts.WAREHOUSES_PER_PAGE,
        body=wire.PartnerWarehousesQuery(),
    ):
        partner_warehouses += partner_page
    if refusal is not None and not partner_warehouses:
        raise refusal
    return Told(campaigns, tuple(warehouses), tuple(partner_warehouses))


async def read_campaigns(client: Client) -> tuple[wire.Campaign, ...]:
    """GET /v2/campaigns: the shops of the token's cabinet."""
    found: list[wire.Campaign] = []
    async for page in client.pages(
        "GET",
        "/v2/campaigns",
        limit=facts.CAMPAIGNS_LIMIT,
        listed=wire.CAMPAIGNS,
        page_size=facts.CAMPAIGNS_PER_PAGE,
    ):
        found += page
    return tuple(found)


def understood(told: Told, business_id: int, campaign_id: int) -> Cabinet:
    """Return what a cabinet is to one of its shops."""
    shop = next((c for c in told.campaigns if c.id == campaign_id), None)
    partner = told.partner_warehouses or ()
    places = _own(told, shop, campaign_id) if partner else _own_by_shop(told, shop, campaign_id)
    return Cabinet(
        shop=shop,
        own=tuple(replace(place, stock=f"{business_id}/{place.stock}") for place in places),
        known=frozenset(str(w.id) for w in told.warehouses) | {str(w.id) for w in partner},
        by_shop=not partner,
    )


def placement(shop: wire.Campaign | None) -> str:
    """Return how a shop sells."""
    return clean((shop.placement_type if shop else None) or "")


def _models(shop: wire.Campaign | None) -> frozenset[str]:
    """Return the models by which a warehouse may serve a shop."""
    # A word that no table knows may yet be the name of a model.
    return statuses.MODELS.get(placement(shop), frozenset({placement(shop)}))


def _own_by_shop(told: Told, shop: wire.Campaign | None, campaign_id: int) -> Iterator[Place]:
    """Yield the shop's warehouses in a cabinet that is served by shop."""
    if not _models(shop):
        return
    for row in _rows(told, campaign_id).values():
        yield Place(
            row.id,
            clean(row.name or ""),
            _stock(row),
            disabled=_is_disabled(row),
            shops=_other_shops(told, _stock(row), campaign_id),
        )


def _own(told: Told, shop: wire.Campaign | None, campaign_id: int) -> Iterator[Place]:
    """Yield the shop's warehouses in a cabinet without groups.

    Which shops a warehouse belongs to is told by the older method only. Where it tells of none for
    this shop, every warehouse with a model of the shop's may be its own.
    """
    rows = _rows(told, campaign_id)
    models = _models(shop)
    fitting = {
        warehouse.id: [m for m in warehouse.models or () if m.placement_type in models]
        for warehouse in told.partner_warehouses or ()
    }
    names = {warehouse.id: warehouse.name for warehouse in told.partner_warehouses or ()}
    for id_ in rows or [id_ for id_, found in fitting.items() if found]:
        row = rows.get(id_)
        yield Place(
            id_,
            clean(names.get(id_) or (row.name if row else None) or ""),
            f"warehouse {id_}",
            unusable=_why_unusable(fitting.get(id_, []), placement(shop)),
            disabled=row is not None and _is_disabled(row),
            shops=_other_shops(told, f"warehouse {id_}", campaign_id),
        )


def _rows(told: Told, campaign_id: int) -> dict[int, wire.Warehouse]:
    return {row.id: row for row in told.warehouses if row.campaign_id == campaign_id}


def _stock(row: wire.Warehouse) -> str:
    """Return a word for the stock that a warehouse shows: its group's, or its own."""
    return f"warehouse {row.id}" if row.group_info is None else f"group {row.group_info.id}"


def _other_shops(told: Told, stock: str, campaign_id: int) -> tuple[int, ...]:
    shops = {row.campaign_id for row in told.warehouses if _stock(row) == stock}
    return tuple(sorted(shops - {campaign_id}))


def _is_disabled(row: wire.Warehouse) -> bool:
    return row.status is not None and row.status.status == statuses.DISABLED


def _why_unusable(models: Iterable[wire.Model], shop: str) -> str | None:
    """Return why no model of a warehouse serves a shop; None where one does."""
    states = [clean(model.api_availability or "") for model in models]
    if statuses.AVAILABLE in states:
        return None
    if not states:
        return tr("it is not set up for {placement}", placement=shop or "?")
    return tr(
        "Market has closed its API for {placement} ({state})",
        placement=shop or "?",
        state=", ".join(states),
    )


def warehouse_of(place: Place) -> MarketplaceWarehouse:
    """Return a warehouse as a record; those that show one stock are one group."""
    shops = tuple(map(str, place.shops))
    return MarketplaceWarehouse(str(place.id), place.name, place.unusable, place.stock, shops)


def cabinet_words(told: Told, business_id: int) -> Iterator[tuple[str, list[Word]]]:
    """Yield the words of a cabinet that no table knows, by the request whose answer held them."""
    business = f"businesses/{business_id}"
    yield "GET /v2/campaigns", list(_shop_words(told.campaigns))
    yield f"POST /v2/{business}/warehouses", list(_warehouse_words(told.warehouses))
    partners = told.partner_warehouses or ()
    yield f"POST /v3/{business}/warehouses", list(_partner_words(partners))


def _shop_words(shops: Iterable[wire.Campaign]) -> Iterator[Word]:
    for shop in shops:
        yield from unless(statuses.MODELS, "placementType", shop.placement_type)
        yield from unless(statuses.API_STATES, "apiAvailability", shop.api_availability)


def _warehouse_words(warehouses: Iterable[wire.Warehouse]) -> Iterator[Word]:
    for row in warehouses:
        if row.status is not None:
            yield from unless(statuses.WAREHOUSE_STATES, "status", row.status.status)


def _partner_words(warehouses: Iterable[wire.PartnerWarehouse]) -> Iterator[Word]:
    for warehouse in warehouses:
        for model in warehouse.models or ():
            yield from unless(statuses.WAREHOUSE_MODELS, "placementType", model.placement_type)
            yield from unless(statuses.API_STATES, "apiAvailability", model.api_availability)


def written(told: Told) -> str:
    """Return what was told of a cabinet as text, for `remembered`."""
    return msgspec.json.encode(told).decode()


def remembered(text: str) -> Told | None:
    """Return what was `written` a while ago; None where it was written otherwise."""
    try:
        return msgspec.json.decode(text, type=Told)
    except msgspec.DecodeError:
        return None
