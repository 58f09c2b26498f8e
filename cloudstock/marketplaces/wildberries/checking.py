"""What `check` looks at: the token's own words, the three hosts, the configured warehouses."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import CredentialsRefused, MarketplaceError
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport
from cloudstock.marketplaces.http import Http
from cloudstock.marketplaces.wildberries import facts
from cloudstock.marketplaces.wildberries.token import TokenFacts, read_token
from cloudstock.marketplaces.wildberries.wire import SellerInfo
from cloudstock.settings import Account

_HOSTS = {
    facts.CONTENT_HOST: mark("Content (the catalogue)", "right"),
    facts.ANALYTICS_HOST: mark("Analytics (returns)", "right"),
}


async def check_account(
    account: Account,
    http: Http,
    *,
    warehouses: tuple[MarketplaceWarehouse, ...],
    busy: Collection[str],
) -> CheckReport:
    """Return what can be learned in a few requests; `warehouses` have just been read.

    Their reading has proved the token and its Marketplace right. What else fails is a finding; the
    token's end is told elsewhere, see `Marketplace.credentials_end`.
    `busy`: ids of those whose data are being updated.
    """
    findings: list[CheckFinding] = []
    token = read_token(account.secrets["token"])
    findings += _token_findings(token, real=account.base_url is None)
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
        seller = http.clean(info.trade_mark or info.name or "")
    except MarketplaceError as problem:
        findings.append(
            CheckFinding(
                "warning", tr("the seller's name is not known: {problem}", problem=problem)
            )
        )
    findings += _warehouse_findings(account, warehouses, busy)
    return CheckReport(
        seller=seller,
        warehouses=warehouses,
        findings=tuple(findings),
    )


def _token_findings(token: TokenFacts | None, *, real: bool) -> list[CheckFinding]:
    if token is None:
        return [
            _warning(tr("the token is not of the usual form: its rights and end are not known"))
        ]
    findings = [
        _error(tr("the token lacks {right}; make a new one with it", right=spoken(right, "right")))
        for right in token.missing
    ]
    if token.read_only:
        message = tr("the token may only read: stock cannot be pushed with it")
        findings.append(CheckFinding("error", message, pushing=True))
    if token.test and real:
        findings.append(_error(tr("this is a token of the test circuit; make a real one")))
    if token.basic:
        findings.append(
            _warning(tr("a basic token may ask for returns twice an hour; make a personal one"))
        )
    return findings


def _warehouse_findings(
    account: Account, warehouses: Iterable[MarketplaceWarehouse], busy: Collection[str]
) -> list[CheckFinding]:
    known = {item.warehouse_id: item for item in warehouses}
    findings = []
    for link in account.warehouses:
        item = known.get(link.warehouse_id)
        if item is None:
            have = ", ".join(f"{w.warehouse_id} ({w.name})" for w in known.values()) or tr("none")
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
        unusable = _usable(item)
        if unusable is not None:
            findings.append(_error(unusable))
        elif item.warehouse_id in busy:
            findings.append(
                _warning(
                    tr(
                        "warehouse {id} is being updated: it takes stock in some minutes",
                        id=item.warehouse_id,
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
