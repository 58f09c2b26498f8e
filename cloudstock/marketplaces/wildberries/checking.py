"""What `check` looks at: the token's own words, the three hosts, the configured warehouses."""

from __future__ import annotations

from cloudstock.errors import CredentialsRefused, MarketplaceError, Throttled
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport
from cloudstock.marketplaces.checking import error, waiting, warehouse_findings, warning
from cloudstock.marketplaces.wildberries import facts
from cloudstock.marketplaces.wildberries.client import Client
from cloudstock.marketplaces.wildberries.token import TokenFacts, read_token
from cloudstock.marketplaces.wildberries.warehouses import Warehouses
from cloudstock.marketplaces.wildberries.wire import SellerInfo

_HOSTS = {
    facts.CONTENT_HOST: mark("Content (the catalogue)", "right"),
    facts.ANALYTICS_HOST: mark("Analytics (returns)", "right"),
}


async def check_account(client: Client, read_warehouses: Warehouses) -> CheckReport:
    """Return what can be learned in a few requests.

    Reading the warehouses proves the token and its Marketplace right, or raises. What else fails is
    a finding; the token's end is told elsewhere, see `Marketplace.credentials_end`.
    """
    warehouses = await read_warehouses.ask()
    account, http = client.account, client.http
    findings: list[CheckFinding] = []
    token = read_token(account.secrets["token"])
    findings += _token_findings(token, real=account.base_url is None)
    for host, right in _HOSTS.items():
        try:
            await http.fetch("GET", "/ping", host=host, limit=facts.PING_LIMITS[host])
        except CredentialsRefused:
            words = tr(
                "the token does not open {right}; make one that does", right=spoken(right, "right")
            )
            findings.append(error(words))
        except Throttled as problem:
            words = tr(
                "{right} could not be asked now: {problem}",
                right=spoken(right, "right"),
                problem=problem,
            )
            findings.append(waiting(words))
        except MarketplaceError as problem:
            findings.append(error(str(problem)))
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
        findings.append(warning(tr("the seller's name is not known: {problem}", problem=problem)))
    findings += warehouse_findings(account, warehouses)
    open_ = {w.warehouse_id for w in warehouses if not w.unusable}
    findings += [
        warning(tr("warehouse {id} is being updated: it takes stock in some minutes", id=link))
        for link in (link.warehouse_id for link in account.warehouses)
        if link in open_ & await read_warehouses.busy()
    ]
    unlisted = await read_warehouses.unlisted()
    if unlisted:
        findings.append(
            warning(
                tr(
                    "Wildberries lists orders of warehouse {ids} while they are new and when they"
                    " have ended: those already under way when cloudstock reads them first are not"
                    " known. Count their products once they have left",
                    ids=", ".join(unlisted),
                )
            )
        )
    return CheckReport(seller, warehouses, tuple(findings))


def _token_findings(token: TokenFacts | None, *, real: bool) -> list[CheckFinding]:
    if token is None:
        return [warning(tr("the token is not of the usual form: its rights and end are not known"))]
    findings = [
        error(tr("the token lacks {right}; make a new one with it", right=spoken(right, "right")))
        for right in token.missing
    ]
    if token.read_only:
        message = tr("the token may only read: stock cannot be pushed with it")
        findings.append(CheckFinding("error", message, pushing=True))
    if token.test and real:
        findings.append(error(tr("this is a token of the test circuit; make a real one")))
    if token.basic:
        findings.append(
            warning(tr("a basic token may ask for returns twice an hour; make a personal one"))
        )
    return findings
