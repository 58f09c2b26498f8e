"""What `check` looks at: the token's scopes, the shop, its warehouses, Market's clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cloudstock.errors import CredentialsRefused, RequestRefused
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport
from cloudstock.marketplaces.http import clean
from cloudstock.marketplaces.yandex_market import facts, wire
from cloudstock.marketplaces.yandex_market.cabinet import Cabinet
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.parse import parse_warehouse
from cloudstock.settings import Account

_ALL, _ALL_READ_ONLY = "ALL_METHODS", "ALL_METHODS_READ_ONLY"
_STOCKS, _STOCKS_READ_ONLY = "OFFERS_AND_CARDS_MANAGEMENT", "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY"
_ORDERS = "INVENTORY_AND_ORDER_PROCESSING"
_ORDERS_READ_ONLY = "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY"

# What must be possible -> the scopes that each allow it.
_RIGHTS = {
    mark("orders and returns", "right"): frozenset(
        {_ALL, _ALL_READ_ONLY, _ORDERS, _ORDERS_READ_ONLY}
    ),
    mark("the catalogue and reading stock", "right"): frozenset(
        {_ALL, _ALL_READ_ONLY, _STOCKS, _STOCKS_READ_ONLY}
    ),
    mark("writing stock", "right"): frozenset({_ALL, _STOCKS}),
}

_AVAILABLE = "AVAILABLE"
_DISABLED = "DISABLED_MANUALLY"


async def check_account(
    client: Client, read_cabinet: Callable[[], Awaitable[Cabinet]]
) -> CheckReport:
    """Return what can be learned in three requests.

    Raises `CredentialsRefused` where the token opens nothing; missing rights are findings.
    """
    findings = await _token_findings(client)
    campaign = await _find_campaign(client)
    findings += _campaign_findings(client, campaign)
    cabinet: Cabinet | None = None
    try:
        cabinet = await read_cabinet()
    except (CredentialsRefused, RequestRefused) as problem:
        findings.append(_error(tr("the warehouses cannot be read: {problem}", problem=problem)))
    if cabinet is not None and campaign is not None:
        findings += _warehouse_findings(client.account, cabinet)
    names: tuple[str, ...] = ()
    if campaign is not None:
        names = (campaign.business.name if campaign.business else "", campaign.domain)
    return CheckReport(
        seller=client.http.clean(", ".join(name for name in names if name)),
        warehouses=tuple(parse_warehouse(raw) for raw in cabinet.own) if cabinet else (),
        findings=tuple(findings),
    )


async def _token_findings(client: Client) -> list[CheckFinding]:
    try:
        answer = await client.call(
            "POST",
            "/v2/auth/token",
            limit=facts.TOKEN_LIMIT,
            answer=wire.Wrapped[wire.TokenResult],
        )
    except RequestRefused as problem:
        return [_warning(tr("the token's rights are not known: {problem}", problem=problem))]
    # The contract writes them in two ways: `ALL_METHODS_READ_ONLY`, `all-methods:read-only`.
    scopes = {
        scope.upper().replace("-", "_").replace(":", "_")
        for scope in answer.result.api_key.auth_scopes or ()
    }
    return [
        _error(
            tr(
                "the token is not for {right}; give it that access in the cabinet",
                right=spoken(right, "right"),
            )
        )
        for right, any_of in _RIGHTS.items()
        if not scopes & any_of
    ]


async def _find_campaign(client: Client) -> wire.Campaign | None:
    """Return the configured shop, None if the token's cabinet has none such."""
    async for page in client.pages(
        "GET",
        "/v2/campaigns",
        limit=facts.CAMPAIGNS_LIMIT,
        answer=wire.CampaignsAnswer,
        page_size=facts.CAMPAIGNS_PER_PAGE,
    ):
        for campaign in page.campaigns or ():
            if campaign.id == client.campaign_id:
                return campaign
    return None


def _campaign_findings(client: Client, campaign: wire.Campaign | None) -> list[CheckFinding]:
    if campaign is None:
        return [
            _error(
                tr(
                    "the token's cabinet has no shop {campaign_id}: campaign_id is the"
                    " number that the API settings show, not the shop's own",
                    campaign_id=client.campaign_id,
                )
            )
        ]
    findings = []
    if campaign.business is not None and campaign.business.id != client.business_id:
        findings.append(
            _error(
                tr(
                    "shop {id} belongs to cabinet {cabinet}, not {business_id}:"
                    " correct business_id",
                    id=campaign.id,
                    cabinet=campaign.business.id,
                    business_id=client.business_id,
                )
            )
        )
    if campaign.placement_type in facts.HELD_PROGRAMS:
        findings.append(
            _error(
                tr(
                    "shop {id} sells goods that Market holds ({placement_type}): there is"
                    " no stock of the seller's to keep true",
                    id=campaign.id,
                    placement_type=campaign.placement_type,
                )
            )
        )
    if campaign.api_availability not in ("", _AVAILABLE):
        state = client.http.clean(campaign.api_availability)
        findings.append(
            _error(
                tr("Market has closed the API for shop {id}: {state}", id=campaign.id, state=state)
            )
        )
    return findings


def _warehouse_findings(account: Account, cabinet: Cabinet) -> list[CheckFinding]:
    own = {str(warehouse.id): warehouse for warehouse in cabinet.own}
    have = ", ".join(f"{w.id} ({clean(w.name)})" for w in cabinet.own) or tr("none")
    links = [link.warehouse_id for link in account.warehouses]
    findings = []
    if "" in links and len(own) != 1:
        findings.append(
            _error(tr("the shop does not have just one warehouse, but: {have}; name it", have=have))
        )
    findings += [
        _error(tr("the shop has no warehouse {link}; there are: {have}", link=link, have=have))
        for link in links
        if link and link not in own
    ]
    if cabinet.grouped and len(links) > 1:
        findings.append(
            _error(
                tr(
                    "in a cabinet with groups of warehouses a shop has one number per"
                    " product: name one warehouse"
                )
            )
        )
    for link in links:
        warehouse = own.get(link) if link else (cabinet.own[0] if len(own) == 1 else None)
        if warehouse is not None and warehouse.status and warehouse.status.status == _DISABLED:
            findings.append(
                _warning(
                    tr(
                        "warehouse {id} is switched off: buyers do not see its goods",
                        id=warehouse.id,
                    )
                )
            )
    return findings


def _error(message: str) -> CheckFinding:
    return CheckFinding("error", message)


def _warning(message: str) -> CheckFinding:
    return CheckFinding("warning", message)
