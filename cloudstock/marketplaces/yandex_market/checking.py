"""What `check` looks at: the token's scopes, the shop, its warehouses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from cloudstock.errors import CredentialsRefused, RequestRefused, Throttled
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport
from cloudstock.marketplaces.checking import error, waiting, warehouse_findings, warning
from cloudstock.marketplaces.yandex_market import facts, statuses, wire
from cloudstock.marketplaces.yandex_market.client import Client
from cloudstock.marketplaces.yandex_market.warehouses import (
    Cabinet,
    link_of,
    placement,
    read_campaigns,
    warehouse_of,
)
from cloudstock.settings import Account

_WRITING = mark("writing stock", "right")
# What must be possible -> the scopes that allow it.
_RIGHTS = {
    mark("orders and returns", "right"): facts.TRADE_SCOPES,
    mark("the catalogue and reading stock", "right"): facts.GOODS_SCOPES,
    _WRITING: facts.STOCK_WRITING_SCOPES,
}


async def check_account(
    client: Client, read_cabinet: Callable[[], Awaitable[Cabinet]]
) -> CheckReport:
    """Return what can be learned in a few requests.

    Raises `CredentialsRefused` where the token opens nothing; missing rights are findings.
    """
    findings = await _token_findings(client)
    cabinet: Cabinet | None = None
    shop: wire.Campaign | None = None
    try:
        cabinet = await read_cabinet()
        shop = cabinet.shop
    except (CredentialsRefused, RequestRefused) as problem:
        findings.append(error(tr("the warehouses cannot be read: {problem}", problem=problem)))
        campaigns = await read_campaigns(client)
        shop = next((c for c in campaigns if c.id == client.campaign_id), None)
    findings += _shop_findings(client, shop)
    if cabinet is not None and shop is not None and not _holds_goods(shop):
        findings += _warehouse_findings(client.account, cabinet)
    names = (shop.business.name if shop.business else None, shop.domain) if shop else ()
    return CheckReport(
        seller=client.http.clean(", ".join(name for name in names if name)),
        warehouses=tuple(warehouse_of(place) for place in cabinet.own) if cabinet else (),
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
    except (RequestRefused, Throttled) as problem:
        message = tr("the token's rights are not known: {problem}", problem=problem)
        return [waiting(message) if isinstance(problem, Throttled) else warning(message)]
    # The contract writes them in two ways: `ALL_METHODS_READ_ONLY`, `all-methods:read-only`.
    scopes = {
        scope.upper().replace("-", "_").replace(":", "_")
        for scope in answer.result.api_key.auth_scopes or ()
    }
    return [
        CheckFinding(
            "error",
            tr(
                "the token is not for {right}: it lacks the access {scope}; give it that in the"
                " cabinet, where the API's tokens are",
                right=spoken(right, "right"),
                scope=due.least,
            ),
            pushing=right == _WRITING,
        )
        for right, due in _RIGHTS.items()
        if not scopes & due.any_of
    ]


def _holds_goods(shop: wire.Campaign) -> bool:
    """Return whether Market holds what the shop sells."""
    return not statuses.MODELS.get(placement(shop), True)


def _shop_findings(client: Client, shop: wire.Campaign | None) -> list[CheckFinding]:
    if shop is None:
        return [
            error(
                tr(
                    "the token's cabinet has no shop {campaign_id}: campaign_id is the"
                    " number that the API settings show, not the shop's own",
                    campaign_id=client.campaign_id,
                )
            )
        ]
    findings = []
    business_id = shop.business.id if shop.business is not None else None
    if business_id is not None and business_id != client.business_id:
        findings.append(
            error(
                tr(
                    "shop {id} belongs to cabinet {cabinet}, not {business_id}:"
                    " correct business_id",
                    id=shop.id,
                    cabinet=business_id,
                    business_id=client.business_id,
                )
            )
        )
    if _holds_goods(shop):
        findings.append(
            error(
                tr(
                    "shop {id} sells goods that Market holds ({placement_type}): there is"
                    " no stock of the seller's to keep true",
                    id=shop.id,
                    placement_type=placement(shop),
                )
            )
        )
    if shop.api_availability not in (None, statuses.AVAILABLE):
        state = client.http.clean(shop.api_availability)
        findings.append(
            error(tr("Market has closed the API for shop {id}: {state}", id=shop.id, state=state))
        )
    return findings


def _warehouse_findings(account: Account, cabinet: Cabinet) -> Iterator[CheckFinding]:
    yield from warehouse_findings(account, [warehouse_of(place) for place in cabinet.own])
    place = cabinet.place(link_of(account))
    if account.warehouses and place is not None and place.disabled:
        yield warning(
            tr("warehouse {id} is switched off: buyers do not see its goods", id=place.id)
        )
