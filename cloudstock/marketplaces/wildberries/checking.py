"""What `check` looks at: the token's own words, the three hosts, the configured warehouses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import CredentialsRefused, MarketplaceError
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport, Clock
from cloudstock.marketplaces.http import Http, clean
from cloudstock.marketplaces.wildberries import facts
from cloudstock.marketplaces.wildberries.parse import parse_warehouse
from cloudstock.marketplaces.wildberries.token import TokenFacts, read_token
from cloudstock.marketplaces.wildberries.wire import SellerInfo, Warehouse
from cloudstock.settings import Account

_EXPIRY_WARNING = timedelta(days=14)
_HOSTS = {
    facts.CONTENT_HOST: mark("Content (the catalogue)", "right"),
    facts.ANALYTICS_HOST: mark("Analytics (returns)", "right"),
}


async def check_account(
    account: Account, http: Http, *, clock: Clock, warehouses: Iterable[Warehouse]
) -> CheckReport:
    """Return what can be learned in a few requests; `warehouses` have just been read.

    Their reading has proved the token and its Marketplace right. What else fails is a finding.
    """
    findings: list[CheckFinding] = []
    token = read_token(account.secrets["token"])
    findings += _token_findings(token, now=clock.now(), real=account.base_url is None)
    for host, right in _HOSTS.items():
        try:
            await http.fetch("GET", "/ping", host=host, limit=facts.PING_LIMITS[host])
        except CredentialsRefused:
            findings.append(
                _error(
                    tr(
                        "the token does not open {right}; make one that does",
                        right=spoken(right, "right"),
                    )
                )
            )
        except MarketplaceError as problem:
            findings.append(_error(str(problem)))
    seller = ""
    try:
        info = await http.call(
            "GET",
            "/api/v1/seller-info",
            host=facts.COMMON_HOST,
            limit=facts.SELLER_LIMIT,
            answer=SellerInfo,
        )
        seller = http.clean(info.trade_mark or info.name)
    except MarketplaceError as problem:
        findings.append(
            CheckFinding(
                "warning", tr("the seller's name is not known: {problem}", problem=problem)
            )
        )
    raw = tuple(warehouses)
    findings += _warehouse_findings(account, raw)
    return CheckReport(
        seller=seller,
        warehouses=tuple(parse_warehouse(item) for item in raw),
        findings=tuple(findings),
    )


def _token_findings(token: TokenFacts | None, *, now: datetime, real: bool) -> list[CheckFinding]:
    if token is None:
        return [
            _warning(tr("the token is not of the usual form: its rights and end are not known"))
        ]
    findings = [
        _error(tr("the token lacks {right}; make a new one with it", right=spoken(right, "right")))
        for right in token.missing
    ]
    if token.read_only:
        findings.append(_error(tr("the token may only read: stock cannot be pushed with it")))
    if token.test and real:
        findings.append(_error(tr("this is a token of the test circuit; make a real one")))
    if token.basic:
        findings.append(
            _warning(tr("a basic token may ask for returns twice an hour; make a personal one"))
        )
    if token.expires_at is not None and token.expires_at - now < _EXPIRY_WARNING:
        day = token.expires_at.date().isoformat()
        findings.append(_warning(tr("the token ends on {day}; make a new one before", day=day)))
    return findings


def _warehouse_findings(account: Account, raw: Iterable[Warehouse]) -> list[CheckFinding]:
    known = {str(item.id): item for item in raw}
    findings = []
    for link in account.warehouses:
        item = known.get(link.warehouse_id)
        if item is None:
            have = ", ".join(f"{w.id} ({clean(w.name)})" for w in known.values()) or tr("none")
            findings.append(
                _error(
                    tr(
                        "the seller has no warehouse {warehouse_id}; there are: {have}",
                        warehouse_id=link.warehouse_id,
                        have=have,
                    )
                )
            )
            continue
        unusable = _usable(parse_warehouse(item))
        if unusable is not None:
            findings.append(_error(unusable))
        elif item.is_processing:
            findings.append(
                _warning(
                    tr(
                        "warehouse {id} is being updated: it takes stock in some minutes",
                        id=item.id,
                    )
                )
            )
    return findings


def _usable(warehouse: MarketplaceWarehouse) -> str | None:
    if warehouse.unusable is None:
        return None
    return tr(
        "no stock is pushed to warehouse {warehouse_id} ({name}): {unusable}",
        warehouse_id=warehouse.warehouse_id,
        name=warehouse.name,
        unusable=warehouse.unusable,
    )


def _error(message: str) -> CheckFinding:
    return CheckFinding("error", message)


def _warning(message: str) -> CheckFinding:
    return CheckFinding("warning", message)
