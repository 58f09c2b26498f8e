"""Market's orders, by the method of the cabinet and by those that are dying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import Account, Line, Offer, Order, Return
from cloudstock.sandbox.request import (
    Response,
    Wrong,
    fields,
    json_response,
    only_query,
)
from cloudstock.sandbox.world import World
from cloudstock.sandbox.yandex_market_answers import pick, stamp
from cloudstock.sandbox.yandex_market_forms import (
    DYING_FILTERS,
    MOSCOW,
    ORDER_FILTERS,
    ROW_FILTERS,
    STATUSES,
    Key,
    body_of,
    dying_filter,
    fits,
    moscow_day,
    one_page,
    order_filter,
    page_limit,
    path_id,
    query_words,
)
from cloudstock.sandbox.yandex_market_shops import (
    MARKET_WAREHOUSE,
    Campaign,
    Shops,
)

# The world's states in Market's words. Where Market has several words for one state, an order's
# number chooses among them, so that all of them are met and each order keeps its own.
WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "new": (
        ("PROCESSING", "STARTED"),
        ("PENDING", "AWAIT_CONFIRMATION"),
        ("UNPAID", "AWAIT_PAYMENT"),
    ),
    "confirmed": (("PROCESSING", "STARTED"),),
    "packed": (("PROCESSING", "READY_TO_SHIP"),),
    "shipped": (
        ("PROCESSING", "SHIPPED"),
        ("DELIVERY", "DELIVERY_SERVICE_RECEIVED"),
        ("PICKUP", "PICKUP_SERVICE_RECEIVED"),
    ),
    "delivered": (("DELIVERED", "DELIVERY_SERVICE_DELIVERED"),),
    "cancelled": (
        ("CANCELLED", "USER_CHANGED_MIND"),
        ("CANCELLED", "SHOP_FAILED"),
        ("CANCELLED", "USER_NOT_PAID"),
    ),
    "cancelled_away": (
        ("CANCELLED", "DELIVERY_SERVICE_UNDELIVERED"),
        ("CANCELLED", "PICKUP_EXPIRED"),
    ),
    "refused": (("CANCELLED", "USER_REFUSED_PRODUCT"),),
    "replaced": (("CANCELLED", "REPLACING_ORDER"),),
}
# Shops that deliver themselves, or by a courier within hours, go through other stages: the first
# tell nothing of packing, the others are "in delivery" while the courier is only looked for.
PROGRAM_WORDS: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "DBS": {
        "packed": (("PROCESSING", "STARTED"),),
        "shipped": (
            ("DELIVERY", "DELIVERY_SERVICE_RECEIVED"),
            ("DELIVERY", "USER_RECEIVED"),
            ("PICKUP", "PICKUP_SERVICE_RECEIVED"),
        ),
    },
    "EXPRESS": {
        "packed": (
            ("PROCESSING", "READY_TO_SHIP"),
            ("DELIVERY", "COURIER_SEARCH"),
            ("DELIVERY", "COURIER_ARRIVED_TO_SENDER"),
        ),
        "shipped": (("DELIVERY", "COURIER_RECEIVED"),),
    },
}
ITEM_WORDS = {
    "shipped": "SHIPPED",
    "delivered": "DELIVERED_TO_BUYER",
    "cancelled_away": "REJECTED",
    "refused": "REJECTED",
}


class Orders:
    """What the methods of orders answer."""

    def __init__(self, world: World, shops: Shops) -> None:
        self._world = world
        self._shops = shops
        self._opened = world.now()

    def _visible_orders(self, accounts: Iterable[Account]) -> list[tuple[Campaign, Order]]:
        """Return the cabinet's orders of all shops, those of goods at Market included."""
        orders = []
        for campaign in self._shops.all_campaigns(accounts):
            account = campaign.account
            orders += [
                (campaign, order)
                for order in self._world.visible_orders(account.name)
                if order.held_there == campaign.fulfilled_by_market
            ]
            if campaign.fulfilled_by_market:
                orders += [
                    (campaign, self._order_at_market(campaign, offer))
                    for offer in account.offers.values()
                    if offer.held_there
                ]
        return sorted(orders, key=lambda x: x[1].number)

    def _order_at_market(self, campaign: Campaign, offer: Offer) -> Order:
        """An order that Market serves from its own warehouse, made a day before the opening."""
        number = -offer.number
        at = self._opened - timedelta(days=1)
        return Order(
            order_id=str(39000000000 + offer.number),
            number=number,
            account=campaign.account.name,
            warehouse=MARKET_WAREHOUSE,
            lines=[Line(1, offer.sku, 1)],
            created_at=at,
            changed_at=at,
            status_at=at,
            visible_from=at,
            basket=number,
            state="confirmed",
            held_there=True,
        )

    def orders(self, call: Call) -> Response:
        """POST /v1/businesses/{business}/orders."""
        only_query(call.request, "limit", "pageToken", "page_token")
        body = fields("", body_of(call), ORDER_FILTERS)
        cabinet = self._shops.business(call)
        limit = page_limit(call, default=50, most=50, truncates=True)
        wanted = order_filter(body, self._world.now())
        rows: list[tuple[Key, dict[str, Any]]] = []
        for campaign, order in self._visible_orders(cabinet):
            if not wanted(order):
                continue
            row = self._order_row(campaign, order)
            if all(row[name] in body.get(many, (row[name],)) for many, name in ROW_FILTERS):
                rows.append((order.number, row))
        if "externalOrderIds" in body or body.get("waitingForCancellationApprove"):
            rows = []
        page, paging = one_page(call, rows, limit)
        return json_response(200, {"orders": page, "paging": paging})

    def _words(self, order: Order) -> tuple[str, str]:
        if order.status is not None:
            status, _, substatus = order.status.partition("/")
            return status, substatus or "UNKNOWN"
        if order.state == "delivered":
            back = sum(r.quantity for r in self._returns_of_order(order))
            if back:
                whole_order = back >= sum(line.left for line in order.lines)
                status = "RETURNED" if whole_order else "PARTIALLY_RETURNED"
                return status, "DELIVERY_SERVICE_DELIVERED"
        program = self._world.account(order.account).program
        words = PROGRAM_WORDS.get(program, {}).get(order.state, WORDS[order.state])
        return pick(words, order.number)

    def _returns_of_order(self, order: Order) -> list[Return]:
        returns = self._world.returns_of(order.account)
        return [r for r in returns if r.order_id == order.order_id]

    def _order_row(self, campaign: Campaign, order: Order) -> dict[str, Any]:
        status, substatus = self._words(order)
        changes = [order.changed_at, *(r.created_at for r in self._returns_of_order(order))]
        return {
            "orderId": int(order.order_id),
            "campaignId": campaign.id,
            "programType": campaign.program,
            "status": status,
            "substatus": substatus,
            "sourcePlatform": "MARKET",
            "creationDate": stamp(order.created_at),
            "updateDate": stamp(max(changes)),
            "paymentType": "PREPAID",
            "paymentMethod": "YANDEX",
            "fake": order.fake,
            "items": [self._item(order, line) for line in order.lines],
            "delivery": {
                "type": "DELIVERY",
                "serviceName": "Market",
                "deliveryServiceId": 1,
                "deliveryPartnerType": "SHOP" if campaign.program == "DBS" else "YANDEX_MARKET",
                "dates": {"fromDate": f"{moscow_day(order.created_at) + timedelta(days=2)}"},
                "warehouseId": str(order.warehouse),
            },
            "cancelRequested": False,
        }

    def _item(self, order: Order, line: Line) -> dict[str, Any]:
        item = {
            "id": 700000000000 + order.number * 100 + line.number,
            "offerId": line.sku,
            "offerName": self._world.products[line.sku].name,
            "count": line.left,
        }
        if pick((False, True), order.number):
            # Of half of the orders, cancelled units stay counted and are told by their status.
            item["count"] = line.quantity
            statuses = {"CANCELLED": line.cancelled}
            if order.state == "cancelled":
                statuses["CANCELLED"] = line.quantity
            elif order.state in ITEM_WORDS:
                statuses[ITEM_WORDS[order.state]] = line.left
            counts = [{"status": word, "count": count} for word, count in statuses.items() if count]
            if counts:
                # The contract knows no empty list of them.
                item["itemStatuses"] = counts
        return item

    # ------------------------------------------------------------ the dying methods

    def orders_dying(self, call: Call) -> Response:
        """GET /v2/campaigns/{campaign}/orders."""
        request = call.request
        only_query(request, *DYING_FILTERS)
        campaign = self._shops.campaign(call)
        limit = page_limit(call, default=50, most=50, truncates=True)
        wanted = dying_filter(request, self._world.now())
        statuses = query_words(request, "status", STATUSES)
        substatuses = query_words(request, "substatus", None)
        rows: list[tuple[Key, dict[str, Any]]] = []
        for shop, order in self._visible_orders([campaign.account]):
            if shop != campaign or not wanted(order):
                continue
            row = self._dying_row(shop, order)
            if fits(row["status"], statuses) and fits(row["substatus"], substatuses):
                rows.append((order.number, row))
        page, paging = one_page(call, rows, limit)
        answer = json_response(200, {"orders": page, "paging": paging})
        answer.breach = "deprecated: GET orders, off from 2027-04-12"
        return answer

    def order_dying(self, call: Call) -> Response:
        """GET /v2/campaigns/{campaign}/orders/{order}."""
        only_query(call.request)
        campaign = self._shops.campaign(call)
        named = path_id(call, "order")
        for shop, order in self._visible_orders([campaign.account]):
            if shop == campaign and int(order.order_id) == named:
                answer = json_response(200, {"order": self._dying_row(shop, order)})
                answer.breach = "deprecated: GET order, off from 2027-04-12"
                return answer
        raise Wrong(404, f"Order not found: {named}")

    def _dying_row(self, campaign: Campaign, order: Order) -> dict[str, Any]:
        row = self._order_row(campaign, order)
        return {
            "id": row["orderId"],
            "status": row["status"],
            "substatus": row["substatus"],
            "creationDate": f"{order.created_at.astimezone(MOSCOW):%d-%m-%Y %H:%M:%S}",
            "updatedAt": f"{order.changed_at.astimezone(MOSCOW):%d-%m-%Y %H:%M:%S}",
            "fake": order.fake,
            "items": [
                {k: item[k] for k in ("id", "offerId", "offerName", "count")}
                for item in row["items"]
            ],
        }
