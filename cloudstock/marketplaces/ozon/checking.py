"""What `check` asks Ozon, and what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.language import tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport
from cloudstock.settings import Account


async def check_account(
    account: Account, read_warehouses: Callable[[], Awaitable[tuple[MarketplaceWarehouse, ...]]]
) -> CheckReport:
    """Ask for the seller's warehouses and look at the configured ones."""
    warehouses = await read_warehouses()
    return CheckReport("", warehouses, tuple(_warehouse_findings(account, warehouses)))


def _warehouse_findings(
    account: Account, warehouses: Sequence[MarketplaceWarehouse]
) -> Iterable[CheckFinding]:
    known = {w.warehouse_id: w for w in warehouses}
    for link in account.warehouses:
        if not link.warehouse_id:
            continue
        warehouse = known.get(link.warehouse_id)
        if warehouse is None:
            has = ", ".join(f"{w.warehouse_id} ({w.name})" for w in warehouses) or tr("none")
            yield _error(
                tr(
                    "Ozon knows no warehouse {warehouse_id} of this seller; it has {has}",
                    warehouse_id=link.warehouse_id,
                    has=has,
                )
            )
        elif warehouse.unusable:
            yield _error(
                tr(
                    "warehouse {warehouse_id} ({name}) takes no stock: {unusable}",
                    warehouse_id=warehouse.warehouse_id,
                    name=warehouse.name,
                    unusable=warehouse.unusable,
                )
            )


def _error(message: str) -> CheckFinding:
    return CheckFinding("error", message)
