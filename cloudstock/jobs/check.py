"""check: asks every account whether it can be worked with."""

from __future__ import annotations

from cloudstock.errors import MarketplaceError
from cloudstock.jobs.accounts import Context, Session
from cloudstock.language import tr
from cloudstock.marketplaces.base import CheckReport

# A clock further off than this mistakes orders made before a push for orders made after it.
CLOCK_SKEW_MAX_S = 30.0


async def check(context: Context, session: Session) -> None:
    """Ask for credentials, rights, warehouses, expiry and the clock; notes tell what was found."""
    report = await session.marketplace.check()
    if report.warehouses:
        with context.store.transaction():
            context.store.catalog.save_warehouses(
                session.account_id, report.warehouses, now=context.clock.now()
            )
    session.counts["warehouses"] = len(report.warehouses)
    for sentence in _sentences(context, report):
        session.note(f"{session.name}: {sentence}")
    errors = [f.message for f in report.findings if f.level == "error"]
    if errors:
        raise MarketplaceError(f"{session.name}: {'; '.join(errors)}")


def _sentences(context: Context, report: CheckReport) -> list[str]:
    found = []
    if report.seller:
        found.append(tr("is {seller}", seller=report.seller))
    for warehouse in report.warehouses:
        state = (
            tr(", not usable: {unusable}", unusable=warehouse.unusable)
            if warehouse.unusable
            else ""
        )
        found.append(
            tr(
                "warehouse {warehouse_id} ({name}){state}",
                warehouse_id=warehouse.warehouse_id,
                name=warehouse.name,
                state=state,
            )
        )
    if report.expires_at is not None:
        days = (report.expires_at - context.clock.now()).days
        found.append(
            tr(
                "the token ends on {expires_at:%Y-%m-%d}, in {days} days",
                expires_at=report.expires_at,
                days=days,
            )
        )
    skew = report.clock_skew_s
    if skew is not None and abs(skew) > CLOCK_SKEW_MAX_S:
        found.append(
            tr(
                "this machine's clock is {skew:.0f} s {direction}; set it by NTP, the order of"
                " orders and pushes depends on it",
                skew=abs(skew),
                direction=tr("behind") if skew > 0 else tr("ahead"),
            )
        )
    found.extend(f"{f.level}: {f.message}" for f in report.findings if f.level == "warning")
    return found
