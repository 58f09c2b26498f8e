"""What `check` finds in all marketplaces alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.language import tr
from cloudstock.marketplaces.base import CheckFinding
from cloudstock.settings import Account


def error(message: str) -> CheckFinding:
    """Return what has to be mended."""
    return CheckFinding("error", message)


def warning(message: str) -> CheckFinding:
    """Return what is worth knowing."""
    return CheckFinding("warning", message)


def waiting(message: str) -> CheckFinding:
    """Return what could not be asked, as a limit is used up."""
    return CheckFinding("warning", message, waits=True)


def warehouse_findings(
    account: Account, warehouses: Sequence[MarketplaceWarehouse]
) -> Iterator[CheckFinding]:
    """Tell which of the configured warehouses are not there, or take no stock.

    `warehouses` are all that the account has; "" in the configuration is the only one.
    """
    by_id = {w.warehouse_id: w for w in warehouses}
    if len(warehouses) == 1:
        by_id[""] = warehouses[0]
    for link in account.warehouses:
        warehouse = by_id.get(link.warehouse_id)
        if warehouse is not None and warehouse.unusable:
            yield error(
                tr(
                    "no stock is pushed to warehouse {warehouse_id} ({name}): {unusable}",
                    warehouse_id=warehouse.warehouse_id,
                    name=warehouse.name,
                    unusable=warehouse.unusable,
                )
            )
        elif warehouse is None and not link.warehouse_id:
            yield error(
                tr(
                    "the account does not have just one warehouse, but: {warehouses}; name it",
                    warehouses=listed(warehouses),
                )
            )
        elif warehouse is None:
            yield error(
                tr(
                    "the account has no warehouse {warehouse_id}; it has {warehouses}",
                    warehouse_id=link.warehouse_id,
                    warehouses=listed(warehouses),
                )
            )


def listed(warehouses: Sequence[MarketplaceWarehouse]) -> str:
    """Return warehouses as a person is told them."""
    return ", ".join(f"{w.warehouse_id} ({w.name})" for w in warehouses) or tr("none")
