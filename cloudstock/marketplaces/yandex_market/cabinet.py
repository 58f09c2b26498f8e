"""The seller's warehouses as one cabinet has them, and which of them are this account's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from cloudstock.marketplaces.yandex_market import facts, wire
from cloudstock.marketplaces.yandex_market.client import Client


@dataclass(frozen=True, slots=True)
class Cabinet:
    """All warehouses of a cabinet, Market's own left out."""

    # Those of the account's shop.
    own: tuple[wire.Warehouse, ...]
    # Those of the cabinet's other shops.
    others: tuple[wire.Warehouse, ...]
    # Some warehouses share one stock: then the newer stock methods serve none of the cabinet.
    grouped: bool

    @classmethod
    def of(cls, warehouses: Iterable[wire.Warehouse], campaign_id: int) -> Cabinet:
        """Return the cabinet of these warehouses, as the shop of this campaign sees it."""
        found = tuple(warehouses)
        return cls(
            own=tuple(w for w in found if w.campaign_id == campaign_id),
            others=tuple(w for w in found if w.campaign_id != campaign_id),
            grouped=any(w.group_info is not None for w in found),
        )

    def own_id(self, configured: str) -> int | None:
        """Return the id behind a configured warehouse; "" is the shop's only one."""
        ids = {str(warehouse.id): warehouse.id for warehouse in self.own}
        if configured == "":
            return next(iter(ids.values())) if len(ids) == 1 else None
        return ids.get(configured)

    def is_shared(self, warehouse_id: int) -> bool:
        """Return whether other shops sell from the same stock."""
        return any(w.id == warehouse_id and w.group_info is not None for w in self.own)


async def read_cabinet(client: Client) -> Cabinet:
    """POST /v2/businesses/{businessId}/warehouses: a hundred requests an hour, so ask once."""
    found: list[wire.Warehouse] = []
    async for page in client.pages(
        "POST",
        f"/v2/businesses/{client.business_id}/warehouses",
        limit=facts.WAREHOUSES_LIMIT,
        answer=wire.WrappedPage[wire.WarehousesResult],
        page_size=facts.WAREHOUSES_PER_PAGE,
        body=wire.WarehousesQuery(),
    ):
        found += page.result.warehouses or ()
    return Cabinet.of(found, client.campaign_id)


def written(cabinet: Cabinet) -> str:
    """Return a cabinet as text, for `remembered`."""
    return msgspec.json.encode((*cabinet.own, *cabinet.others)).decode()


def remembered(text: str, client: Client) -> Cabinet | None:
    """Return the cabinet that was `written` a moment ago.

    None where it lacks a configured warehouse, which may be there now, or was written otherwise.
    """
    try:
        known = msgspec.json.decode(text, type=tuple[wire.Warehouse, ...])
    except msgspec.DecodeError:
        return None
    cabinet = Cabinet.of(known, client.campaign_id)
    links = client.account.warehouses
    return cabinet if all(cabinet.own_id(x.warehouse_id) is not None for x in links) else None
