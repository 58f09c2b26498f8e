"""Wildberries' orders ("assembly tasks"): one order is one unit of one size.

Methods of four families, as `wildberries_families.py` says what they are.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import IN_WAREHOUSE, Account, Order
from cloudstock.sandbox.request import (
    Check,
    Request,
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
from cloudstock.sandbox.wildberries_cards import Card, Cards, Size
from cloudstock.sandbox.wildberries_families import (
    family_of,
    rid_of,
    seconds,
    supply_of,
    transferable,
    words_of,
)
from cloudstock.sandbox.world import World

BATCH_MAX = 1000
RANGE_MAX = timedelta(days=30)
# The list holds three months; what is older is in the archive.
LIST_MONTHS = 3
# A time in seconds is not one in milliseconds.
SECONDS_MAX = 4_102_444_800
ID_MAX = 2**62

BySku = Mapping[str, tuple[Card, Size]]

# Orders that the lists of all families but FBS's tell: sold, or cancelled.
FINISHED = ("delivered", "cancelled", "cancelled_away", "refused")
WAREHOUSE_ADDRESS = "Подольск, ул. Троицкая"


class Tasks:
    """The orders of all sellers, as the methods of the four families tell them."""

    def __init__(self, world: World, cards: Cards) -> None:
        self._world = world
        self._cards = cards

    # ------------------------------------------------------------ all families

    def of(self, account: Account, family: str) -> list[Order]:
        """An account's orders of one family: those of Wildberries' warehouses are in no list."""
        return [
            o
            for o in self._world.visible_orders(account.name)
            if not o.held_there and family_of(account, o.warehouse) == family
        ]

    def new(self, family: str) -> Callable[[Call], Response]:
        """GET …/orders/new: what anybody confirmed is gone from here, not from the warehouse."""

        def answer(call: Call) -> Response:
            only_query(call.request)
            rows = [
                self._row(call.account, o, family)
                for o in self.of(call.account, family)
                if o.state == "new" and words_of(o, family)[0] == "new"
            ]
            return json_response(200, {"orders": rows})

        return answer

    def finished(self, family: str) -> Callable[[Call], Response]:
        """GET …/orders of a family but FBS: open ones beyond `new` are in no list at all."""

        def answer(call: Call) -> Response:
            limit, after = _page_of(call.request)
            start = query_int(call.request, "dateFrom", 0, SECONDS_MAX)
            end = query_int(call.request, "dateTo", 0, SECONDS_MAX)
            _within(start, end)
            ended = (*FINISHED, "shipped") if family == "pickup" else FINISHED
            orders = [
                o
                for o in self.of(call.account, family)
                if o.state in ended and start <= int(o.created_at.timestamp()) <= end
            ]
            return self._page(call, orders, limit, after, family)

        return answer

    def statuses(self, family: str) -> Callable[[Call], Response]:
        """POST …/orders/status of FBS and DBW; ids that are not known are left out."""

        def answer(call: Call) -> Response:
            orders = {int(o.order_id): o for o in self.of(call.account, family)}
            rows = [
                self._status(orders[i], family) for i in _ids(call, "orders", low=1) if i in orders
            ]
            return json_response(200, {"orders": rows})

        return answer

    def status_info(self, family: str) -> Callable[[Call], Response]:
        """POST …/orders/status/info of DBS and pick-up; ids that are not known are errors."""

        def answer(call: Call) -> Response:
            orders = {int(o.order_id): o for o in self.of(call.account, family)}
            rows: list[dict[str, object]] = []
            for order_id in _ids(call, "ordersIds"):
                if order_id in orders:
                    supplier, own = words_of(orders[order_id], family)
                    rows.append(
                        {
                            "orderId": order_id,
                            "supplierStatus": supplier,
                            "wbStatus": own,
                            "errors": [],
                        }
                    )
                else:
                    rows.append({"orderId": order_id, "errors": [NOT_FOUND]})
            return json_response(200, {"orders": rows})

        return answer

    def _page(
        self, call: Call, orders: Iterable[Order], limit: int, after: int, family: str
    ) -> Response:
        rest = sorted((o for o in orders if int(o.order_id) > after), key=lambda o: o.number)
        page = rest[:limit]
        rows = [self._row(call.account, o, family, listed=True) for o in page]
        following = int(page[-1].order_id) if len(rest) > limit else 0
        if served_twice(call):
            # No order has the number 1: asked from there, the first page comes again.
            following = after or 1
        return json_response(200, {"next": following, "orders": rows})

    def _row(
        self, account: Account, order: Order, family: str, *, listed: bool = False
    ) -> dict[str, Any]:
        """A task of a list; `listed`: of that of a period, not of the new ones."""
        card, size = self._cards.of(account).by_sku[order.lines[0].sku]
        row: dict[str, Any] = {
            "id": int(order.order_id),
            "rid": rid_of(order),
            "createdAt": seconds(order.created_at),
            "article": card.vendor_code,
            "nmId": card.nm_id,
            "chrtId": size.chrt_id,
            # One of the size's barcodes: the one that was sold.
            "skus": list(self._world.products[size.offer.sku].barcodes)[:1],
            "warehouseId": order.warehouse,
            "isZeroOrder": False,
            "price": 101400,
            "convertedPrice": 101400,
            "currencyCode": 643,
            "convertedCurrencyCode": 643,
            "cargoType": 1,
        }
        match family:
            case "fbs":
                row |= {
                    "orderUid": _order_uid(order),
                    "officeId": 15,
                    "deliveryType": "fbs",
                    "crossBorderType": 0,
                    "comment": "",
                    "colorCode": "",
                    "options": {"isB2B": False},
                }
                if listed and order.state not in ("new", "cancelled"):
                    row["supplyId"] = supply_of(order)
            case "pickup":
                row |= {
                    "orderCode": f"{order.basket:08}-0001",
                    "payMode": "prepaid",
                    "warehouseAddress": WAREHOUSE_ADDRESS,
                    "options": {"isB2b": False},
                    "tireService": False,
                }
            case _:
                row |= {
                    "orderUid": _order_uid(order),
                    "groupId": f"{order.basket:08x}-0000-4000-8000-000000000000",
                    "comment": "",
                    "colorCode": "",
                    "options": {"isB2b": False},
                }
                if family == "dbs":
                    row["deliveryType"] = "dbs"
        return row

    def _status(self, order: Order, family: str) -> dict[str, object]:
        supplier, own = words_of(order, family)
        row: dict[str, object] = {
            "id": int(order.order_id),
            "supplierStatus": supplier,
            "wbStatus": own,
        }
        if family == "fbs":
            row["isCancellable"] = own == "waiting" and supplier in ("new", "confirm")
            row["isTransferable"] = transferable(order)
        return row

    # ------------------------------------------------------------ FBS

    def listed(self, call: Call) -> Response:
        """GET /api/v3/orders: at most 30 days from `dateFrom`, made in the last three months.

        Without `dateTo` the period ends 30 days after `dateFrom`, so newer orders are missing; a
        `dateFrom` of more than three months ago gives an empty list.
        """
        request, now = call.request, self._world.now()
        limit, after = _page_of(request)
        span = int(RANGE_MAX.total_seconds())
        start = query_int(request, "dateFrom", 0, SECONDS_MAX, int(now.timestamp()) - span)
        end = query_int(request, "dateTo", 0, SECONDS_MAX, start + span)
        _within(start, end)
        orders = [
            o for o in self.of(call.account, "fbs") if start <= int(o.created_at.timestamp()) <= end
        ]
        if start < months_before(now, LIST_MONTHS).timestamp():
            orders = []
        return self._page(call, orders, limit, after, "fbs")

    def archive(self, call: Call) -> Response:
        """GET …/fbs/orders/archive: made more than three months ago, the whole supply ended."""
        request, edge = call.request, months_before(self._world.now(), LIST_MONTHS)
        only_query(request, "year", "month", "next", "limit")
        year, month = query_int(request, "year", 2000, 2100), query_int(request, "month", 1, 12)
        limit = query_int(request, "limit", 100, 1000)
        after = query_int(request, "next", 0, ID_MAX)
        orders = self.of(call.account, "fbs")
        open_supplies = {supply_of(o) for o in orders if o.state not in FINISHED}
        rest = [
            o
            for o in sorted(orders, key=lambda o: o.number)
            if (o.created_at.year, o.created_at.month) == (year, month)
            and o.created_at < edge
            and supply_of(o) not in open_supplies
            and int(o.order_id) > after
        ]
        page = rest[:limit]
        rows = [self._archived(call.account, o) for o in page]
        following = int(page[-1].order_id) if len(rest) > limit else None
        return json_response(200, {"next": following, "orders": rows})

    def _archived(self, account: Account, order: Order) -> dict[str, object]:
        row = self._row(account, order, "fbs")
        supplier, own = words_of(order, "fbs")
        prices = ("price", "convertedPrice", "currencyCode", "convertedCurrencyCode")
        return {
            "id": row["id"],
            "rid": row["rid"],
            "orderUid": row["orderUid"],
            "createdAt": f"{order.created_at:%Y-%m-%d}",
            "product": {name: row[name] for name in ("article", "chrtId", "nmId", "skus")},
            "priceInfo": {name: row[name] for name in prices},
            "scanPrice": None,
            "status": {"supplierStatus": supplier, "wbStatus": own},
            "stickerId": order.number,
            "supplyId": supply_of(order) if order.state != "cancelled" else None,
            "warehouseId": order.warehouse,
            "cargoType": "mgt",
            "colorCode": None,
            "crossBorder": None,
            "crossBorderType": "local",
            "isZeroOrder": False,
            "metaDetails": [],
            "options": {"isB2B": False},
        }

    def history(self, call: Call) -> Response:
        """POST /api/v3/orders/status/history: of cross-border orders, and there are none."""
        only_query(call.request)
        checks: dict[str, Check] = {"orders": array(whole(1), low=1, high=100)}
        fields("", read_json(call.request), checks, required=("orders",))
        return json_response(200, {"orders": []})

    def reshipment(self, call: Call) -> Response:
        """Orders whose raw status ends in `/reshipment`: handed over, and not accepted."""
        only_query(call.request)
        rows = [
            {"supplyID": supply_of(o), "orderID": int(o.order_id)}
            for o in self.of(call.account, "fbs")
            if (o.status or "").endswith("/reshipment")
        ]
        return json_response(200, {"orders": rows})

    def cancel(self, call: Call) -> Response:
        """PATCH /api/v3/orders/{orderId}/cancel: before it is handed over."""
        only_query(call.request)
        order = self._one(call, "fbs")
        if order.state not in IN_WAREHOUSE:
            raise Wrong(409, "the order has been handed over or has ended", "StatusMismatch")
        self._cancelled(order)
        return Response(204)

    # ------------------------------------------------------------ DBS

    def dbs_cancel(self, call: Call) -> Response:
        """POST …/dbs/orders/status/cancel: from `new` and `confirm`."""
        orders = {int(o.order_id): o for o in self.of(call.account, "dbs")}
        results: list[dict[str, object]] = []
        for order_id in _ids(call, "ordersIds"):
            order = orders.get(order_id)
            errors: list[object] = []
            if order is None:
                errors = [NOT_FOUND]
            elif order.state not in IN_WAREHOUSE:
                errors = [{"code": 409, "detail": "StatusMismatch"}]
            else:
                self._cancelled(order)
            results.append({"orderId": order_id, "isError": bool(errors), "errors": errors})
        return json_response(200, {"requestId": "7b80f7e6a1", "results": results})

    def dbs_groups(self, call: Call) -> Response:
        """POST /api/v3/dbs/groups/info: what delivery costs."""
        only_query(call.request)
        checks: dict[str, Check] = {"groups": array(text, high=BATCH_MAX)}
        groups = fields("", read_json(call.request), checks, required=("groups",))["groups"]
        rows = [
            {
                "groupID": group,
                "deliveryCost": 0,
                "convertedDeliveryCost": 0,
                "currencyCode": 643,
                "convertedCurrencyCode": 643,
            }
            for group in groups
        ]
        return json_response(200, rows)

    # ------------------------------------------------------------ what is done

    def _one(self, call: Call, family: str) -> Order:
        named = call.parts["order"]
        if not named.isdecimal():
            raise Wrong(400, f"order {named} is not a number", "IncorrectParameter")
        for order in self.of(call.account, family):
            if order.order_id == str(int(named)):
                return order
        raise Wrong(404, "Не найдено", "NotFound")

    def _cancelled(self, order: Order) -> None:
        """The seller cancels: whatever a buyer's cancellation is called, this one is `cancel`."""
        self._world.do(order.account, order.order_id, "cancel")
        order.status = "cancel/canceled"


NOT_FOUND = {"code": 404, "detail": "NotFound"}


# ---------------------------------------------------------------- what is asked


def _ids(call: Call, name: str, *, low: int = 0) -> list[int]:
    only_query(call.request)
    checks: dict[str, Check] = {name: array(whole(1), low=low, high=BATCH_MAX)}
    groups = fields("", read_json(call.request), checks, required=(name,))[name]
    return list(dict.fromkeys(groups))


def _page_of(request: Request) -> tuple[int, int]:
    only_query(request, "limit", "next", "dateFrom", "dateTo")
    return query_int(request, "limit", 1, 1000), query_int(request, "next", 0, ID_MAX)


def _within(start: int, end: int) -> None:
    """Raise `Wrong` for a period that is reversed or longer than 30 days."""
    if not 0 <= end - start <= RANGE_MAX.total_seconds():
        raise Wrong(400, "dateFrom and dateTo are 30 days apart at most", "IncorrectParameter")


def served_twice(call: Call) -> bool:
    """True where the page is to come twice, as ordered."""
    return call.fault is not None and call.fault.kind == "duplicate_page"


def months_before(moment: datetime, months: int) -> datetime:
    """Return the same time so many months earlier, on that month's last day if it is short."""
    index = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(index, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


# ---------------------------------------------------------------- what is told


def _order_uid(order: Order) -> str:
    return f"165918930_{order.basket:x}"
