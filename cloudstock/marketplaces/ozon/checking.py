"""What `check` asks Ozon, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import CredentialsRefused, RequestRefused
from cloudstock.language import spoken, tr
from cloudstock.marketplaces.base import CheckFinding
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.ozon import facts, wire
from cloudstock.settings import Account


async def seller_of(http: Http) -> str:
    """Return the seller's name; "" where the key may not ask for it."""
    try:
        answer = await http.call(
            "POST",
            facts.SELLER,
            limit=facts.GENERAL_LIMIT,
            answer=wire.SellerAnswer,
            body=wire.NoRequest(),
        )
    except (CredentialsRefused, RequestRefused):
        return ""
    company = answer.company or wire.Company()
    return http.clean(company.name or company.legal_name or "")


def role_findings(roles: Sequence[wire.Role] | None, *, rfbs: bool) -> Iterable[CheckFinding]:
    """Tell what the roles of a key do not open; `rfbs`: the seller delivers some orders himself.

    Nothing is concluded where Ozon names no roles at all.
    """
    opened = {method for role in roles or () for method in role.methods or ()}
    if not opened:
        return
    names = ", ".join(role.name for role in roles or () if role.name) or tr("none")
    if not _opens(opened, facts.WRITE_STOCKS):
        yield CheckFinding(
            "error",
            tr(
                "the key may only read: stock cannot be pushed with it, because none of its"
                " roles ({roles}) opens {method}. Make a key with a role that does",
                roles=names,
                method=f"POST {facts.WRITE_STOCKS}",
            ),
            pushing=True,
        )
    due = dict(facts.READING)
    if rfbs:
        due[facts.CLAIMS] = due[facts.RETURNS]
    missing = [
        f"POST {method} ({spoken(what, 'right')})"
        for method, what in due.items()
        if not _opens(opened, method)
    ]
    if missing:
        yield CheckFinding(
            "error",
            tr(
                "the key's roles ({roles}) do not open what cloudstock reads: {methods}. Make a"
                " key with roles that do",
                roles=names,
                methods=", ".join(missing),
            ),
        )


def _opens(opened: Iterable[str], method: str) -> bool:
    """Tell whether a method is among those that roles open, by itself or by its beginning.

    The example of the text names a beginning: "/v1/posting".
    """
    return any(method == o or method.startswith(f"{o.rstrip('/')}/") for o in opened if o)


def warehouse_findings(
    account: Account, warehouses: Sequence[MarketplaceWarehouse]
) -> Iterable[CheckFinding]:
    """Tell which of the configured warehouses are not there, or take no stock."""
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
