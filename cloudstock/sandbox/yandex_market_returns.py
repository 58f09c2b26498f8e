"""What comes back at Market."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import Return
from cloudstock.sandbox.request import (
    Response,
    Wrong,
    only_query,
)
from cloudstock.sandbox.world import World
from cloudstock.sandbox.yandex_market_answers import ok, pick, stamp
from cloudstock.sandbox.yandex_market_forms import (
    RETURN_FILTERS,
    SHIPMENT_STATUSES,
    Key,
    fits,
    moscow_day,
    one_page,
    page_limit,
    query_day,
    query_ids,
    query_words,
)
from cloudstock.sandbox.yandex_market_shops import (
    Campaign,
    Shops,
)

RETURN_WORDS: Mapping[str, tuple[str, ...]] = {
    "moving": ("CREATED", "RECEIVED", "IN_TRANSIT"),
    "arrived": ("READY_FOR_PICKUP",),
    "received": ("PICKED",),
    "lost": ("LOST",),
}

# Words that a single unit of a return has in common with the whole.
UNIT_WORDS = (
    "CREATED",
    "RECEIVED",
    "IN_TRANSIT",
    "READY_FOR_PICKUP",
    "PICKED",
    "CANCELLED",
    "LOST",
    "UTILIZED",
    "PREPARED_FOR_UTILIZATION",
    "NOT_IN_DEMAND",
)


class Returns:
    """What the methods of returns answer."""

    def __init__(self, world: World, shops: Shops) -> None:
        self._world = world
        self._shops = shops

    def returns(self, call: Call) -> Response:
        """GET /v2/campaigns/{campaign}/returns."""
        request = call.request
        only_query(request, *RETURN_FILTERS)
        campaign = self._shops.campaign(call)
        limit = page_limit(call, default=50, most=100, truncates=True)
        start = query_day(request, "fromDate", "%Y-%m-%d")
        end = query_day(request, "toDate", "%Y-%m-%d")
        order_ids = query_ids(request, "orderIds", 50)
        money = query_words(request, "statuses", None)
        shipment = query_words(request, "shipmentStatuses", SHIPMENT_STATUSES)
        kind = request.query.get("type")
        if kind not in (None, "RETURN", "UNREDEEMED"):
            raise Wrong(400, f"Invalid type: {kind}")
        rows: list[tuple[Key, dict[str, Any]]] = []
        for item in self._returns_at(campaign):
            row = self._return_row(item)
            day = moscow_day(item.changed_at)
            if (
                (start is None or start <= day)
                and (end is None or day < end)
                and (order_ids is None or row["orderId"] in order_ids)
                and fits(row.get("refundStatus"), money)
                and fits(row.get("shipmentStatus"), shipment)
                and kind in (None, row["returnType"])
            ):
                rows.append((item.number, row))
        page, paging = one_page(call, rows, limit)
        return ok({"returns": page, "paging": paging})

    def one_return(self, call: Call) -> Response:
        """GET /v2/campaigns/{campaign}/orders/{order}/returns/{return}."""
        only_query(call.request)
        campaign = self._shops.campaign(call)
        order_id, return_id = call.parts["order"], call.parts["return"]
        for item in self._returns_at(campaign):
            if (item.order_id, item.return_id) == (order_id, return_id):
                return ok(self._return_row(item))
        raise Wrong(404, f"Return not found: {return_id}")

    def _returns_at(self, campaign: Campaign) -> list[Return]:
        name = campaign.account.name
        return [
            r
            for r in self._world.returns_of(name)
            if self._world.orders[name, r.order_id].held_there == campaign.fulfilled_by_market
        ]

    def _return_row(self, item: Return) -> dict[str, Any]:
        """One return. Raw words are "SHIPMENT/MONEY"; what is empty there is not told."""
        from_buyer = item.kind == "client"
        shipment = pick(RETURN_WORDS[item.state], item.number)
        money = "REFUNDED" if from_buyer else ""
        if item.status is not None:
            shipment, _, money = item.status.partition("/")
        row: dict[str, Any] = {
            "id": int(item.return_id),
            "orderId": int(item.order_id),
            "returnType": "RETURN" if from_buyer else "UNREDEEMED",
            "creationDate": stamp(item.created_at),
            "updateDate": stamp(item.changed_at),
            "fastReturn": False,
            "items": [{"shopSku": item.sku, "count": item.quantity}],
        }
        if shipment:
            row |= {"shipmentStatus": shipment, "shipmentRecipientType": "SHOP"}
        if shipment in UNIT_WORDS:
            unit = {"status": shipment, "stockType": "FIT"}
            row["items"][0]["instances"] = [unit] * item.quantity
        if money:
            row["refundStatus"] = money
        return row
