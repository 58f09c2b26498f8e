"""The seller's warehouses at Ozon: which there are, which are configured, which deliver rFBS."""

from __future__ import annotations

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import ConfigurationError, CredentialsRefused, MarketplaceError
from cloudstock.language import tr
from cloudstock.marketplaces.ozon import facts, parse, wire
from cloudstock.marketplaces.ozon.client import Client
from cloudstock.marketplaces.walks import Remembered


class Warehouses:
    """The warehouses of one account."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._links = tuple(link.warehouse_id for link in client.account.warehouses)
        # Those from which the seller delivers himself: as this run was told, and earlier ones.
        self._rfbs: frozenset[str] | None = None
        self._earlier = Remembered(client.recent, "ozon-rfbs", frozenset[str])

    async def ask(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's FBS and rFBS warehouses: POST /v2/warehouse/list."""
        rows: list[wire.Warehouse] = []
        async for page in self._client.pages(
            facts.WAREHOUSES,
            lambda cursor: wire.WarehousesRequest(facts.WAREHOUSES_PER_PAGE, cursor),
            wire.WarehousesPage,
            lambda page: page.following(len(page.warehouses or ()), facts.WAREHOUSES_PER_PAGE),
            limit=facts.WAREHOUSES_LIMIT,
        ):
            rows += page.warehouses or ()
        self._rfbs = frozenset(str(w.warehouse_id) for w in rows if w.is_rfbs)
        self._earlier.keep(self._rfbs)
        return self._client.records(facts.WAREHOUSES, rows, parse.parse_warehouse)

    async def deliver(self) -> bool | None:
        """Tell whether a configured warehouse is rFBS; None where the key may not ask."""
        if self._rfbs is None:
            self._rfbs = self._earlier.recall(age_max_s=facts.RFBS_FOR_S)
        ids = self._rfbs
        if ids is None:
            try:
                await self.ask()
                ids = self._rfbs
            except CredentialsRefused:
                return None
            except MarketplaceError:
                ids = self._earlier.recall(age_max_s=facts.RFBS_FOR_MOST_S)
                if ids is None:
                    raise
        return bool((ids or frozenset()).intersection(self._links))

    def own(self) -> dict[int, str]:
        """Return Ozon's numbers of the configured warehouses, and how the configuration names them.

        Raises ConfigurationError where one is no number.
        """
        return {self._number(link): link for link in self._links}

    def _number(self, warehouse_id: str) -> int:
        if not (warehouse_id.isascii() and warehouse_id.isdigit()):
            raise ConfigurationError(
                tr(
                    "{name}: {warehouse_id!r} in `warehouses` is not a warehouse number of"
                    " Ozon's; `cloudstock check` lists them",
                    name=self._client.account.name,
                    warehouse_id=warehouse_id,
                )
            )
        return int(warehouse_id)
