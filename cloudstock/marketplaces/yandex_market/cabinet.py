"""The seller's warehouses as one cabinet has them, and which of them are this account's."""

from __future__ import annotations

from dataclasses import dataclass

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
    return Cabinet(
        own=tuple(w for w in found if w.campaign_id == client.campaign_id),
        others=tuple(w for w in found if w.campaign_id != client.campaign_id),
        grouped=any(w.group_info is not None for w in found),
    )
