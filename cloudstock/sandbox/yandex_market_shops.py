"""The shops and warehouses of Market's cabinets: whose they are, and what is told of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import Account
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    fields,
    json_response,
    one_of,
    only_query,
    whole,
)
from cloudstock.sandbox.world import World
from cloudstock.sandbox.yandex_market_answers import ok
from cloudstock.sandbox.yandex_market_forms import (
    Key,
    body_of,
    one_page,
    page_limit,
    path_id,
    some,
)

# Market's own places: goods it stores for the seller, and returns nobody has fetched.
MARKET_WAREHOUSE = 172
RETURNS_WAREHOUSE = 303

_ADDRESS = {"city": "Москва", "gps": {"latitude": 55.75, "longitude": 37.62}}


@dataclass(frozen=True, slots=True)
class Campaign:
    """A shop of the cabinet: an account's own, or the one of Market's warehouse beside it."""

    id: int
    account: Account
    # FBS, DBS, EXPRESS or FBY.
    program: str

    @property
    def placement(self) -> str:
        """The model as campaigns tell it, which know no Express."""
        return "FBS" if self.program == "EXPRESS" else self.program

    @property
    def fulfilled_by_market(self) -> bool:
        """True where the goods lie at Market."""
        return self.program == "FBY"


class Shops:
    """Who is asked, and what the methods of shops and warehouses answer."""

    def __init__(self, world: World, marketplace: str) -> None:
        self._world = world
        self._marketplace = marketplace

    # ------------------------------------------------------------ who is asked

    def own_accounts(self) -> list[Account]:
        """Return the accounts at Market."""
        return [a for a in self._world.accounts.values() if a.marketplace == self._marketplace]

    def cabinet(self, account: Account) -> list[Account]:
        """Return the accounts of an account's cabinet."""
        business = account.credentials["business_id"]
        return [a for a in self.own_accounts() if a.credentials["business_id"] == business]

    def all_campaigns(self, accounts: Iterable[Account]) -> list[Campaign]:
        """Return the shops of accounts, those of goods at Market included."""
        campaigns = []
        for account in accounts:
            own = int(account.credentials["campaign_id"])
            campaigns += [
                Campaign(own, account, account.program),
                Campaign(own + 1, account, "FBY"),
            ]
        return campaigns

    def campaign(self, call: Call) -> Campaign:
        """Return the shop that the path names; raises `Wrong`."""
        named = path_id(call, "campaign")
        for campaign in self.all_campaigns(self.cabinet(call.account)):
            if campaign.id == named:
                if not campaign.account.api_open:
                    raise Wrong(403, f"API for campaign {named} disabled")
                return campaign
        if any(c.id == named for c in self.all_campaigns(self.own_accounts())):
            raise Wrong(403, "Access denied")
        raise Wrong(404, f"Campaign not found: {named}")

    def business(self, call: Call) -> list[Account]:
        """Return the accounts of the cabinet that the path names; raises `Wrong`."""
        named = path_id(call, "business")
        if str(named) == call.account.credentials["business_id"]:
            return self.cabinet(call.account)
        if any(str(named) == a.credentials["business_id"] for a in self.own_accounts()):
            raise Wrong(403, "Access denied")
        raise Wrong(404, f"Business not found: {named}")

    def ungrouped(self, call: Call) -> list[Account]:
        """The cabinet, for methods that serve none with groups."""
        cabinet = self.business(call)
        if any(a.group is not None for a in cabinet):
            raise Wrong(400, "The method is not available to a cabinet with warehouse groups")
        return cabinet

    def by_shop(self, call: Call) -> Campaign:
        """The shop, for methods that serve goods at Market, and cabinets with groups only.

        A cabinet whose warehouses the newer methods do not know has no others to use.
        """
        campaign = self.campaign(call)
        cabinet = self.cabinet(call.account)
        served = campaign.fulfilled_by_market or any(a.group is not None for a in cabinet)
        if not served and any(a.listed for a in cabinet):
            raise Wrong(400, "The method is available to a cabinet with warehouse groups only")
        return campaign

    # ------------------------------------------------------------ discovery

    def token(self, call: Call) -> Response:
        """POST /v2/auth/token."""
        only_query(call.request)
        key = {"name": f"sandbox {call.account.name}", "authScopes": list(call.account.scopes)}
        return ok({"apiKey": key})

    def campaigns(self, call: Call) -> Response:
        """GET /v2/campaigns."""
        only_query(call.request, "limit", "pageToken", "page_token")
        limit = page_limit(call, default=100, most=100)
        shops = self.all_campaigns(self.cabinet(call.account))
        page, paging = one_page(call, [(c.id, self._campaign_row(c)) for c in shops], limit)
        return json_response(200, {"campaigns": page, "paging": paging})

    def one_campaign(self, call: Call) -> Response:
        """GET /v2/campaigns/{campaign}."""
        only_query(call.request)
        return json_response(200, {"campaign": self._campaign_row(self.campaign(call))})

    def _campaign_row(self, campaign: Campaign) -> dict[str, Any]:
        own = campaign.account
        return {
            "id": campaign.id,
            "domain": f"{own.name} {campaign.program}",
            "business": {
                "id": int(own.credentials["business_id"]),
                "name": f"Business of {own.name}",
            },
            "placementType": campaign.placement,
            "apiAvailability": "AVAILABLE" if own.api_open else "MANUALLY_DISABLED",
        }

    def market_places(self, call: Call) -> Response:
        """GET /v2/warehouses: Market's own."""
        only_query(call.request, "campaignId")
        places = [
            {"id": MARKET_WAREHOUSE, "name": "Яндекс.Маркет (Софьино)"},
            {"id": RETURNS_WAREHOUSE, "name": "Яндекс.Маркет (возвраты)"},
        ]
        return ok({"warehouses": places})

    def places(self, call: Call) -> Response:
        """POST /v2/businesses/{business}/warehouses."""
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "components": some(one_of("ADDRESS", "STATUS")),
            "campaignIds": some(whole(1), 25),
        }
        body = fields("", body_of(call, required=False), checks)
        cabinet = self.business(call)
        limit = page_limit(call, default=15, most=30)
        only = body.get("campaignIds")
        rows: list[tuple[Key, dict[str, Any]]] = []
        for account in cabinet:
            campaign_id = int(account.credentials["campaign_id"])
            if only is None or campaign_id in only:
                rows += [
                    (f"{w:019}/{campaign_id:019}", self._place(account, w, body))
                    for w in account.warehouses
                ]
        page, paging = one_page(call, rows, limit)
        return ok({"warehouses": page, "paging": paging})

    def _place(self, account: Account, warehouse: int, body: Mapping[str, Any]) -> dict[str, Any]:
        place: dict[str, Any] = {
            "id": warehouse,
            "name": f"Склад {account.name}",
            "campaignId": int(account.credentials["campaign_id"]),
            "express": account.program == "EXPRESS",
        }
        if account.group is not None:
            place["groupInfo"] = {"id": _group_id(account.group), "name": account.group}
        if "ADDRESS" in body.get("components", ()):
            place["address"] = _ADDRESS
        if "STATUS" in body.get("components", ()):
            place["status"] = {"status": "OTHER"}
        return place

    def places_dying(self, call: Call) -> Response:
        """GET /v2/businesses/{business}/warehouses."""
        only_query(call.request)
        cabinet = self.business(call)
        groups: dict[str, list[dict[str, Any]]] = {}
        alone = []
        for account in cabinet:
            for warehouse in account.warehouses:
                place = self._place(account, warehouse, {})
                place.pop("groupInfo", None)
                if account.group is None:
                    alone.append(place)
                else:
                    groups.setdefault(account.group, []).append(place)
        grouped = [
            {"name": name, "mainWarehouse": places[0], "warehouses": places}
            for name, places in groups.items()
        ]
        answer = ok({"warehouses": alone, "warehouseGroups": grouped})
        answer.breach = "deprecated: GET warehouses, off from 2027-04-05"
        return answer

    def places_v3(self, call: Call) -> Response:
        """POST /v3/businesses/{business}/warehouses."""
        only_query(call.request, "limit", "pageToken", "page_token")
        checks: dict[str, Check] = {
            "warehouseIds": some(whole(1)),
            "components": some(one_of("ADDRESS")),
        }
        body = fields("", body_of(call, required=False), checks)
        cabinet = self.ungrouped(call)
        limit = page_limit(call, default=15, most=30)
        only = body.get("warehouseIds")
        places: dict[int, dict[str, Any]] = {}
        for account in cabinet:
            for warehouse in account.warehouses if account.listed else ():
                if only is not None and warehouse not in only:
                    continue
                # A warehouse where several shops sell, each by a model of its own, is told once.
                place = places.setdefault(
                    warehouse, {"id": warehouse, "name": f"Склад {account.name}", "models": []}
                )
                if "ADDRESS" in body.get("components", ()):
                    place["address"] = _ADDRESS
                state = "AVAILABLE" if account.api_open else "MANUALLY_DISABLED"
                place["models"].append({"placementType": account.program, "apiAvailability": state})
        page, paging = one_page(call, list(places.items()), limit)
        return ok({"warehouses": page, "paging": paging})


def _group_id(name: str) -> int:
    return 1 + zlib.crc32(name.encode()) % 1_000_000
