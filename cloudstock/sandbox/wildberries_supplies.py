"""Wildberries' supplies: what of its FBS orders goes to a warehouse of Wildberries together."""

from __future__ import annotations

from collections.abc import Sequence

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import IN_WAREHOUSE, Account, Order
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    array,
    fields,
    json_response,
    only_query,
    query_int,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.wildberries_families import seconds, supply_of, transferable
from cloudstock.sandbox.wildberries_tasks import ID_MAX, NOT_FOUND, Tasks
from cloudstock.sandbox.world import World


class Supplies:
    """The supplies of all sellers."""

    def __init__(self, world: World, tasks: Tasks) -> None:
        self._world = world
        self._tasks = tasks

    def transfer(self, call: Call) -> Response:
        """PATCH …/fbs/supplies/{supplyId}/orders/transfer: from `complete` back to `confirm`.

        Once for each order, before Wildberries has scanned it, and into an open supply.
        """
        only_query(call.request)
        checks: dict[str, Check] = {"orderIds": array(whole(1), low=1), "newSupplyId": text}
        body = fields("", read_json(call.request), checks, required=("orderIds", "newSupplyId"))
        orders = {int(o.order_id): o for o in self._tasks.of(call.account, "fbs")}
        into = body["newSupplyId"]
        if any(supply_of(o) == into and o.state not in IN_WAREHOUSE for o in orders.values()):
            raise Wrong(400, f"supply {into} has been handed over", "IncorrectParameter")
        rows = []
        for order_id in body["orderIds"]:
            order = orders.get(order_id)
            row: dict[str, object] = {"orderId": order_id, "oldStickerId": 0, "newStickerId": 0}
            if order is None or supply_of(order) != call.parts["supply"]:
                row["error"] = NOT_FOUND
            elif not transferable(order):
                row["error"] = {"code": 409, "detail": "StatusMismatch"}
            else:
                self._world.do(order.account, order.order_id, "back")
                order.supply = into
                order.taken_back = True
                row |= {
                    "success": True,
                    "oldStickerId": order.number,
                    "newStickerId": -order.number,
                }
            rows.append(row)
        return json_response(200, {"transferredOrders": rows})

    def all(self, call: Call) -> Response:
        """GET /api/v3/supplies: by number, all in one page unless there are more than `limit`."""
        only_query(call.request, "limit", "next")
        limit = query_int(call.request, "limit", 1, 1000)
        after = query_int(call.request, "next", 0, ID_MAX)
        supplies = self._supplies(call.account)
        page = list(supplies)[after : after + limit]
        following = after + limit if len(supplies) > after + limit else 0
        rows = [self._supply(name, supplies[name]) for name in page]
        return json_response(200, {"next": following, "supplies": rows})

    def one(self, call: Call) -> Response:
        """GET /api/v3/supplies/{supplyId}."""
        only_query(call.request)
        name = call.parts["supply"]
        supplies = self._supplies(call.account)
        if name not in supplies:
            raise Wrong(404, "Не найдено", "NotFound")
        return json_response(200, self._supply(name, supplies[name]))

    def order_ids(self, call: Call) -> Response:
        """GET /api/marketplace/v3/supplies/{supplyId}/order-ids."""
        only_query(call.request)
        orders = self._supplies(call.account).get(call.parts["supply"])
        if orders is None:
            raise Wrong(404, "Не найдено", "NotFound")
        return json_response(200, {"orderIds": [int(o.order_id) for o in orders]})

    def _supplies(self, account: Account) -> dict[str, list[Order]]:
        """Orders beyond `new`, by the supply that they are in."""
        supplies: dict[str, list[Order]] = {}
        for order in self._tasks.of(account, "fbs"):
            if order.state not in ("new", "cancelled"):
                supplies.setdefault(supply_of(order), []).append(order)
        return supplies

    def _supply(self, name: str, orders: Sequence[Order]) -> dict[str, object]:
        closed = [o.handed_over_at for o in orders if o.handed_over_at is not None]
        done = seconds(min(closed)) if closed else None
        return {
            "id": name,
            "isB2b": False,
            "done": bool(closed),
            "createdAt": seconds(min(o.created_at for o in orders)),
            "closedAt": done,
            "scanDt": done,
            "name": f"Поставка {name}",
            "cargoType": 1,
            "crossBorderType": 0,
            "destinationOfficeId": 15,
            "isPickupPointShipmentAllowed": True,
            "spotAvailable": False,
        }
