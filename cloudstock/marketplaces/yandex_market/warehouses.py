"""The shop's warehouses, and which methods serve its cabinet.

There are two kinds of methods for warehouses and stocks. Those by shop (v2) serve cabinets whose
warehouses are grouped, those by warehouse (v3) serve the others, and neither serves the other kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple, Unpack

from msgspec import Struct

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import RequestRefused, Throttled, Unreachable
from cloudstock.language import tr
from cloudstock.marketplaces.base import Around
from cloudstock.marketplaces.refusals import clean
from cloudstock.marketplaces.registration import Shop
from cloudstock.marketplaces.walks import Remembered
from cloudstock.marketplaces.yandex_market import facts, statuses, wire
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.parse import tell_unless
from cloudstock.settings import Account


class Answers(Struct, frozen=True):
    """What Market answered about a cabinet, as it is kept for later runs."""

    campaigns: tuple[wire.Campaign, ...]
    # By POST /v2/businesses/{businessId}/warehouses.
    warehouses: tuple[wire.Warehouse, ...]
    # By POST /v3/businesses/{businessId}/warehouses; None: not asked, as some warehouses are
    # grouped.
    partner_warehouses: tuple[wire.PartnerWarehouse, ...] | None


class Place(NamedTuple):
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


class Cabinet(NamedTuple):
    """What one shop needs to know of its cabinet."""

    # None: the token's cabinet has no such shop.
    shop: wire.Campaign | None
    # The shop's own warehouses.
    own: tuple[Place, ...]
    # Ids of all warehouses of the cabinet.
    ids: frozenset[str]
    # Stocks are read and written by shop, not by warehouse.
    by_shop: bool

    def place(self, configured: str) -> Place | None:
        """Return the configured warehouse; "" is the shop's only one."""
        if configured == "":
            return self.own[0] if len(self.own) == 1 else None
        return next((place for place in self.own if str(place.id) == configured), None)


def link_of(account: Account) -> str:
    """Return the id of a shop's one warehouse; "": the only one there is."""
    return account.warehouses[0].warehouse_id if account.warehouses else ""


class Warehouses:
    """The cabinet of one shop: asked for once a run, and remembered between runs."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._link = link_of(client.account)
        self._cabinet: Cabinet | None = None
        # It was asked for by this very run.
        self.fresh = False
        self._earlier = Remembered(client.recent, "warehouses", Answers)

    async def read(self) -> Cabinet:
        """Return the cabinet as it was lately; asked for only where nobody knows."""
        if self._cabinet is None:
            self._cabinet = self._remembered(facts.WAREHOUSES_AGE_MAX_S)
        if self._cabinet is not None:
            return self._cabinet
        try:
            return await self.ask()
        except (Throttled, Unreachable):
            # All tools of a cabinet together may ask a hundred times an hour. A day-old answer
            # names the right methods, or else they refuse, and it is forgotten.
            self._cabinet = self._remembered(facts.WAREHOUSES_STALE_MAX_S)
            if self._cabinet is None:
                raise
            return self._cabinet

    async def ask(self) -> Cabinet:
        """Return the cabinet as it is now; asked for once."""
        if self._cabinet is None or not self.fresh:
            answers = await read_cabinet(self._client)
            _tell_words(self._client, answers)
            self._cabinet = self._understood(answers)
            self.fresh = True
            self._earlier.keep(answers)
        return self._cabinet

    @contextmanager
    def doubting(self) -> Iterator[None]:
        """Forget the cabinet where a request is refused that rests on it: the next run asks.

        Once warehouses are grouped, other methods are due.
        """
        try:
            yield
        except RequestRefused:
            self._earlier.forget()
            raise

    def _remembered(self, age_max_s: float) -> Cabinet | None:
        """Return the cabinet as an earlier run found it, unless it lacks our warehouse."""
        answers = self._earlier.recall(age_max_s=age_max_s)
        cabinet = None if answers is None else self._understood(answers)
        return cabinet if cabinet is not None and cabinet.place(self._link) is not None else None

    def _understood(self, answers: Answers) -> Cabinet:
        return understood(answers, self._client.business_id, self._client.campaign_id)


async def read_cabinet(client: Client) -> Answers:
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
        return Answers(campaigns, tuple(warehouses), None)
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
    return Answers(campaigns, tuple(warehouses), tuple(partner_warehouses))


async def read_shops(account: Account, **around: Unpack[Around]) -> tuple[Shop, ...]:
    """Return the shops that a key opens and whose stock is the seller's.

    `account` needs no other setting than the key. Raises as every reading does.
    """
    # Not sent: the key alone says which shops there are.
    unknown = {"business_id": "1", "campaign_id": "1"}
    client = Client(replace(account, options={**account.options, **unknown}), around)
    try:
        campaigns = await read_campaigns(client)
    finally:
        await client.http.aclose()
    return tuple(
        Shop(
            clean(", ".join(n for n in (c.business.name, c.domain) if n)),
            {"business_id": str(c.business.id), "campaign_id": str(c.id)},
        )
        for c in campaigns
        if c.id is not None and c.business is not None and c.business.id is not None
        if statuses.MODELS.get(placement(c), True)
    )


async def read_campaigns(client: Client) -> tuple[wire.Campaign, ...]:
    """GET /v2/campaigns: the shops of the token's cabinet."""
    campaigns: list[wire.Campaign] = []
    async for page in client.pages(
        "GET",
        "/v2/campaigns",
        limit=facts.CAMPAIGNS_LIMIT,
        listed=wire.CAMPAIGNS,
        page_size=facts.CAMPAIGNS_PER_PAGE,
    ):
        campaigns += page
    return tuple(campaigns)


def understood(answers: Answers, business_id: int, campaign_id: int) -> Cabinet:
    """Return what a cabinet is to one of its shops."""
    shop = next((c for c in answers.campaigns if c.id == campaign_id), None)
    partner = answers.partner_warehouses or ()
    own = _own if partner else _own_by_shop
    return Cabinet(
        shop=shop,
        own=tuple(
            place._replace(stock=f"{business_id}/{place.stock}")
            for place in own(answers, shop, campaign_id)
        ),
        ids=frozenset(str(w.id) for w in answers.warehouses) | {str(w.id) for w in partner},
        by_shop=not partner,
    )


def placement(shop: wire.Campaign | None) -> str:
    """Return how a shop sells."""
    return clean((shop.placement_type if shop else None) or "")


def _models(shop: wire.Campaign | None) -> frozenset[str]:
    """Return the models by which a warehouse may serve a shop."""
    # A word that no table knows may yet be the name of a model.
    return statuses.MODELS.get(placement(shop), frozenset({placement(shop)}))


def _own_by_shop(answers: Answers, shop: wire.Campaign | None, campaign_id: int) -> Iterator[Place]:
    """Yield the shop's warehouses in a cabinet that is served by shop."""
    if not _models(shop):
        return
    for row in _rows(answers, campaign_id).values():
        yield Place(
            row.id,
            clean(row.name or ""),
            _stock(row),
            disabled=_is_disabled(row),
            shops=_other_shops(answers, _stock(row), campaign_id),
        )


def _own(answers: Answers, shop: wire.Campaign | None, campaign_id: int) -> Iterator[Place]:
    """Yield the shop's warehouses in a cabinet without groups.

    Which shops a warehouse belongs to is told by the older method only. Where it tells of none for
    this shop, every warehouse with a model of the shop's may be its own.
    """
    rows = _rows(answers, campaign_id)
    models = _models(shop)
    fitting = {
        warehouse.id: [m for m in warehouse.models or () if m.placement_type in models]
        for warehouse in answers.partner_warehouses or ()
    }
    names = {warehouse.id: warehouse.name for warehouse in answers.partner_warehouses or ()}
    for id_ in rows or [id_ for id_, of_shop in fitting.items() if of_shop]:
        row = rows.get(id_)
        yield Place(
            id_,
            clean(names.get(id_) or (row.name if row else None) or ""),
            f"warehouse {id_}",
            unusable=_why_unusable(fitting.get(id_, []), placement(shop)),
            disabled=row is not None and _is_disabled(row),
            shops=_other_shops(answers, f"warehouse {id_}", campaign_id),
        )


def _rows(answers: Answers, campaign_id: int) -> dict[int, wire.Warehouse]:
    return {row.id: row for row in answers.warehouses if row.campaign_id == campaign_id}


def _stock(row: wire.Warehouse) -> str:
    """Return a word for the stock that a warehouse shows: its group's, or its own."""
    return f"warehouse {row.id}" if row.group_info is None else f"group {row.group_info.id}"


def _other_shops(answers: Answers, stock: str, campaign_id: int) -> tuple[int, ...]:
    shops = {row.campaign_id for row in answers.warehouses if _stock(row) == stock}
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


def _tell_words(client: Client, answers: Answers) -> None:
    """Tell of the words of a cabinet that no table knows."""
    business = f"businesses/{client.business_id}"
    met = client.met("GET /v2/campaigns")
    for shop in answers.campaigns:
        tell_unless(met, statuses.MODELS, "placementType", shop.placement_type)
        tell_unless(met, statuses.API_STATES, "apiAvailability", shop.api_availability)
    met = client.met(f"POST /v2/{business}/warehouses")
    for row in answers.warehouses:
        if row.status is not None:
            tell_unless(met, statuses.WAREHOUSE_STATES, "status", row.status.status)
    met = client.met(f"POST /v3/{business}/warehouses")
    for warehouse in answers.partner_warehouses or ():
        for model in warehouse.models or ():
            tell_unless(met, statuses.WAREHOUSE_MODELS, "placementType", model.placement_type)
            tell_unless(met, statuses.API_STATES, "apiAvailability", model.api_availability)
