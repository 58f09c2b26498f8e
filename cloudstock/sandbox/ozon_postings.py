"""Ozon's postings: both lists of them, and one by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.ozon_answers import (
    PERIOD,
    comes_twice,
    error,
    order_id,
    order_number,
    question_of,
    read_token,
    sku_id,
    token,
    written,
)
from cloudstock.sandbox.ozon_rest import whole_posting
from cloudstock.sandbox.records import Account, Line, Order
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    array,
    boolean,
    fields,
    int64_text,
    json_response,
    moment,
    nested,
    one_of,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.world import World

# From a posting's beginning to the moment it has to be assembled by.
ASSEMBLY = timedelta(days=1)
# Ozon's own delivery service.
PROVIDER_ID = 24
PERIOD_MAX = timedelta(days=366)
# Of both lists of postings; ids of a filter.
POSTINGS_MAX = 100
IDS_MAX = 1000
NUMBERS_MAX = 100

STATUSES = (
    "awaiting_registration",
    "acceptance_in_progress",
    "awaiting_approve",
    "awaiting_packaging",
    "awaiting_deliver",
    "arbitration",
    "client_arbitration",
    "delivering",
    "driver_pickup",
    "delivered",
    "cancelled",
    "not_accepted",
    "sent_by_seller",
    "awaiting_verification",
    "cancelled_from_split_pending",
)
FLOWS = (
    "ozon",
    "aggregator",
    "non_integrated",
    "3pl_tracking",
    "hybrid",
    "hybrid_aggregator",
    "hybrid_non_integrated",
    "hybrid_3pl_tracking",
    "click_and_collect",
)
# The world's words in Ozon's: (status, substatus).
POSTING_WORDS = {
    "new": ("awaiting_packaging", "posting_created"),
    "confirmed": ("awaiting_packaging", "posting_created"),
    "packed": ("awaiting_deliver", "posting_in_carriage"),
    "shipped": ("delivering", "posting_on_way_to_city"),
    "delivered": ("delivered", "posting_received"),
    "cancelled": ("cancelled", "posting_canceled"),
    "cancelled_away": ("cancelled", "posting_canceled"),
    "refused": ("cancelled", "posting_canceled"),
    "replaced": ("cancelled_from_split_pending", "posting_split_pending"),
}

_LIST_NEEDS = ("filter", "limit")


class Postings:
    """What the methods of postings answer."""

    def __init__(self, world: World) -> None:
        self._world = world

    def postings(self, call: Call) -> Response:
        """Answer a page of the postings of a period."""
        only = nested(
            {
                "since": moment,
                "to": moment,
                "last_changed_status_date": PERIOD,
                "statuses": array(one_of(*STATUSES)),
                "warehouse_ids": array(int64_text, high=IDS_MAX),
                "delivery_method_ids": array(int64_text, high=IDS_MAX),
                "provider_ids": array(int64_text, high=IDS_MAX),
                "order_id": int64_text,
                "order_numbers": array(text, high=NUMBERS_MAX),
                "integration_type_flow": array(one_of(*FLOWS)),
                "is_blr_traceable": boolean,
            },
            required=("since", "to"),
        )
        checks = _listing_fields(only, "PostingFbsListRequest")
        body = fields("", read_json(call.request), checks, required=_LIST_NEEDS)
        chosen = body["filter"]
        if chosen["to"] < chosen["since"] or chosen["to"] - chosen["since"] > PERIOD_MAX:
            raise Wrong(400, "period is too long or turned round: PERIOD_IS_TOO_LONG")
        orders = [
            o
            for o in self._visible(call)
            if chosen["since"] <= o.created_at <= chosen["to"]
            and self._fits(call.account, o, chosen)
        ]
        return self._posting_page(call, orders, body)

    def unfulfilled(self, call: Call) -> Response:
        """Answer a page of the postings that have not left."""
        only = nested(
            {
                "cutoff_from": moment,
                "cutoff_to": moment,
                "delivering_date_from": moment,
                "delivering_date_to": moment,
                "last_changed_status_date": PERIOD,
                "statuses": array(one_of(*STATUSES)),
                "warehouse_ids": array(int64_text, high=IDS_MAX),
                "delivery_method_ids": array(int64_text, high=IDS_MAX),
                "provider_ids": array(int64_text, high=IDS_MAX),
            }
        )
        checks = _listing_fields(only, "PostingFbsUnfulfilledListRequest")
        body = {"limit": POSTINGS_MAX, **fields("", read_json(call.request), checks)}
        # The text lets it be left out, and the server then finds no period in it.
        chosen = body.get("filter", {})
        ends = tuple(n for n in sorted(chosen) if n.startswith(("cutoff_", "delivering_date_")))
        if ends not in (
            ("cutoff_from", "cutoff_to"),
            ("delivering_date_from", "delivering_date_to"),
        ):
            raise Wrong(400, "either cutoff or delivering_date, both ends")
        first, last = (chosen[n] for n in ends)
        if last < first or last - first > PERIOD_MAX:
            raise Wrong(400, "period is too long or turned round: PERIOD_IS_TOO_LONG")
        # What has not left has no date of delivery yet: the planned one is that of shipment.
        orders = [
            o
            for o in self._visible(call)
            if o.in_warehouse
            and first <= o.created_at + ASSEMBLY <= last
            and self._fits(call.account, o, chosen)
        ]
        return self._posting_page(call, orders, body)

    def _posting_page(self, call: Call, orders: list[Order], body: dict[str, Any]) -> Response:
        """A page after the cursor: a keyset over (in_process_at, id), so that postings which
        appear or change during a walk shift no others.
        """
        backwards = body.get("sort_dir", "ASC").upper() == "DESC"
        orders.sort(key=_place_in_list, reverse=backwards)
        given = body.get("cursor", "")
        if given:
            at, number, *what = read_token(given, 3)
            if what != [question_of(body)]:
                raise Wrong(400, "the cursor belongs to another filter or order")
            after = (at, number)
            orders = [
                o
                for o in orders
                if (_place_in_list(o) < after if backwards else _place_in_list(o) > after)
            ]
        page = orders[: body["limit"]]
        more = len(orders) > len(page)
        cursor = token([*_place_in_list(page[-1]), question_of(body)]) if page else given
        if comes_twice(call) and more:
            cursor = given
        rows = [self._posting_row(call.account, o) for o in page]
        return json_response(200, {"postings": rows, "has_next": more, "cursor": cursor})

    def _fits(self, account: Account, order: Order, chosen: dict[str, Any]) -> bool:
        status = order.status or self._words(account, order)[0]
        changed = chosen.get("last_changed_status_date", {})
        changed_at = order.status_at or order.created_at

        def among(name: str, value: object) -> bool:
            return not chosen.get(name) or value in chosen[name]

        return (
            changed.get("from", changed_at) <= changed_at <= changed.get("to", changed_at)
            and among("statuses", status)
            and among("warehouse_ids", order.warehouse)
            and among("delivery_method_ids", order.warehouse)
            and among("provider_ids", PROVIDER_ID)
            and among("order_numbers", order_number(order))
            and among("integration_type_flow", _flow(account, order))
            and chosen.get("order_id") in (None, 0, order_id(order))
            and not chosen.get("is_blr_traceable")
        )

    def _words(self, account: Account, order: Order) -> tuple[str, str]:
        if order.state == "shipped" and order.warehouse in account.dbs_warehouses:
            return "sent_by_seller", "posting_transferred_to_courier_service"
        return POSTING_WORDS[order.state]

    def posting(self, call: Call) -> Response:
        """Answer one posting."""
        extras = (
            "analytics_data",
            "barcodes",
            "financial_data",
            "legal_info",
            "product_exemplars",
            "related_postings",
            "translit",
        )
        checks: dict[str, Check] = {
            "posting_number": text,
            "with": nested(dict.fromkeys(extras, boolean)),
        }
        body = fields("", read_json(call.request), checks, required=("posting_number",))
        visible = self._visible(call)
        order = next((o for o in visible if o.order_id == body["posting_number"]), None)
        if order is not None:
            posting = self._detail(call.account, order)
            if body.get("with", {}).get("related_postings"):
                others = [
                    o.order_id
                    for o in visible
                    if order_number(o) == order_number(order) and o is not order
                ]
                posting["related_postings"] = {"related_posting_numbers": others}
            return json_response(200, {"result": posting})
        answer = error(Wrong(404, "POSTING_NOT_FOUND"))
        # A posting that is not told yet is nobody's fault.
        answer.breach = None
        return answer

    def _visible(self, call: Call) -> list[Order]:
        """FBO orders come from other methods."""
        return [o for o in self._world.visible_orders(call.account.name) if not o.held_there]

    def _posting_row(self, account: Account, order: Order) -> dict[str, Any]:
        status, substatus = self._words(account, order)
        cancelled = order.state in ("cancelled", "cancelled_away", "refused")
        lines = [line for line in order.lines if line.left]
        return {
            "posting_number": order.order_id,
            "order_id": order_id(order),
            "order_number": order_number(order),
            "parent_posting_number": order.parent or "",
            "status": order.status or status,
            "substatus": "" if order.status else substatus,
            "in_process_at": written(order.created_at),
            "shipment_date": written(order.created_at + ASSEMBLY),
            "delivering_date": written(order.handed_over_at) if order.handed_over_at else None,
            "delivery_method": {
                "id": order.warehouse,
                "name": "Ozon",
                "warehouse_id": order.warehouse,
                "warehouse": f"Warehouse {order.warehouse % 100}",
            },
            "tpl_integration_type": _flow(account, order),
            "integration_type_flow": _flow(account, order),
            # Of which kind the SKU is, whoever delivers; as the example spells it.
            "delivery_schema": "fbs",
            "products": [self._product_line(account, line) for line in lines],
            "cancellation": {
                "cancel_reason_id": 352 if cancelled else 0,
                "cancel_reason": "",
                "cancellation_type": "client" if cancelled else "",
                "cancellation_initiator": "",
                "cancelled_after_ship": cancelled and order.packed,
                "affect_cancellation_rating": False,
            },
        }

    def _detail(self, account: Account, order: Order) -> dict[str, Any]:
        """A posting by itself: other fields than a row of a list."""
        posting = self._posting_row(account, order)
        del posting["delivery_schema"]
        posting["fact_delivery_date"] = None
        for product in posting["products"]:
            price = product.pop("price")
            product |= {"price": price["amount"], "currency_code": price["currency"]}
        return whole_posting(posting)

    def _product_line(self, account: Account, line: Line) -> dict[str, Any]:
        return {
            "offer_id": line.sku,
            "sku": sku_id(account.offers[line.sku]),
            "quantity": line.left,
            "name": self._world.products[line.sku].name,
            "price": {"amount": "590.00", "currency": "RUB"},
        }


def _listing_fields(only: Check, request: str) -> dict[str, Check]:
    # The last one is in the example and in no schema.
    names = ("analytics_data", "barcodes", "financial_data", "legal_info", "translit")

    def limit(where: str, value: Any) -> int:
        number = int(whole()(where, value))
        if not 0 < number <= POSTINGS_MAX:
            bounds = f"value must be inside range (0, {POSTINGS_MAX}]"
            raise Wrong(400, f"Request validation error: invalid {request}.Limit: {bounds}")
        return number

    return {
        "filter": only,
        "limit": limit,
        "cursor": text,
        "sort_dir": one_of("ASC", "DESC", "asc", "desc"),
        "with": nested(dict.fromkeys(names, boolean)),
        "translit": boolean,
    }


def _flow(account: Account, order: Order) -> str:
    return "non_integrated" if order.warehouse in account.dbs_warehouses else "ozon"


def _place_in_list(order: Order) -> tuple[str, int]:
    return written(order.created_at), order.number
