"""What `check` asks Ozon, and what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import CredentialsRefused
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport, Clock
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.ozon import facts, wire
from cloudstock.settings import Account

WAREHOUSES = mark("warehouses", "right")


async def check_account(
    account: Account,
    http: Http,
    *,
    clock: Clock,
    read_warehouses: Callable[[], Awaitable[tuple[MarketplaceWarehouse, ...]]],
) -> CheckReport:
    """Ask for one row of everything that is read: a key's roles open methods one by one.

    No method tells whether the key may write stock; the first push does. Raises
    CredentialsRefused where the key opens nothing at all.
    """
    findings: list[CheckFinding] = []
    skew_s: float | None = None
    asks = _asks(clock)
    for path, (what, body) in asks.items():
        try:
            answer = await http.fetch("POST", path, limit=facts.GENERAL_LIMIT, body=body)
        except CredentialsRefused as problem:
            findings.append(
                _error(
                    tr(
                        "the key may not read {what}: {problem}",
                        what=spoken(what, "right"),
                        problem=problem,
                    )
                )
            )
            continue
        if skew_s is None and answer.date is not None:
            skew_s = (answer.date - clock.now()).total_seconds()
    try:
        warehouses = await read_warehouses()
    except CredentialsRefused as problem:
        if len(findings) == len(asks):
            raise
        findings.append(
            _error(
                tr(
                    "the key may not read {what}: {problem}",
                    what=spoken(WAREHOUSES, "right"),
                    problem=problem,
                )
            )
        )
        warehouses = ()
    else:
        findings += _warehouse_findings(account, warehouses)
    return CheckReport("", warehouses, tuple(findings), clock_skew_s=skew_s)


def _asks(clock: Clock) -> dict[str, tuple[str, object]]:
    now = clock.now()
    lately = wire.PostingsFilter(since=now - timedelta(days=1), to=now)
    everything = wire.ProductsFilter("ALL")
    return {
        facts.PRODUCTS: (
            mark("the catalogue", "right"),
            wire.ProductsRequest(everything, last_id="", limit=1),
        ),
        facts.POSTINGS: (mark("orders", "right"), wire.PostingsRequest(lately, limit=1, cursor="")),
        facts.RETURNS: (
            mark("returns", "right"),
            wire.ReturnsRequest(wire.ReturnsFilter(), limit=1, last_id=0),
        ),
    }


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
