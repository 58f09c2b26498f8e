"""What comes back on Ozon: returns, and the claims of orders that the seller delivered himself."""

from __future__ import annotations

from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.ozon_answers import (
    PERIOD,
    comes_twice,
    order_id,
    order_number,
    sku_id,
    written,
)
from cloudstock.sandbox.records import Account, Return
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    array,
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

RETURN_WORDS = {
    "moving": "MovingToSeller",
    "arrived": "ArrivedAtReturnPlace",
    "received": "ReceivedBySeller",
    "lost": "Utilized",
}
RETURN_TYPES = {"client": "ClientReturn", "refused": "FullReturn", "cancelled": "Cancellation"}
COMPENSATION_WORDS = {1: "Sent", 2: "Received", 3: "Canceled", 4: "DecompensationSent"}
# A buyer's claim for an order that the seller delivered himself: (group_state, state).
CLAIM_WORDS = {
    "moving": ("delivering", "OnWay"),
    "arrived": ("delivering", "ArrivedAtWarehouse"),
    "received": ("checkout", "ReceivedBySeller"),
    "lost": ("rejected", "Rejected"),
}
CLAIM_GROUPS = ("All", "New", "Delivering", "Checkout", "Arbitration", "Approved", "Rejected")

_RETURN_PERIOD = nested({"time_from": moment, "time_to": moment})


class Returns:
    """What the methods of returns and claims answer."""

    def __init__(self, world: World) -> None:
        self._world = world

    def returns(self, call: Call) -> Response:
        """Answer a page of the returns."""
        periods = (
            "logistic_return_date",
            "storage_tariffication_start_date",
            "visual_status_change_moment",
        )
        only = nested(
            {
                **dict.fromkeys(periods, _RETURN_PERIOD),
                "order_id": int64_text,
                "posting_numbers": array(text, high=50),
                "product_name": text,
                "offer_id": text,
                "visual_status_name": text,
                "warehouse_id": int64_text,
                "barcode": text,
                "return_schema": one_of("FBS", "FBO"),
                "compensation_status_id": whole(1, 4),
            }
        )
        checks: dict[str, Check] = {"limit": whole(1, 500), "last_id": int64_text, "filter": only}
        body = fields("", read_json(call.request), checks, required=("limit",))
        chosen = body.get("filter", {})
        if sum(w in chosen for w in periods) > 1:
            raise Wrong(400, "only one of the date filters may be used")
        items = sorted(
            (
                r
                for r in self._world.returns_of(call.account.name)
                if not self._is_claim(call.account, r) and self._return_fits(r, chosen)
            ),
            key=lambda r: r.number,
        )
        last_id = 0 if comes_twice(call) else body.get("last_id", 0)
        rest = [r for r in items if int(r.return_id) > last_id]
        page = rest[: body["limit"]]
        rows = [self._return_row(call.account, r) for r in page]
        return json_response(200, {"returns": rows, "has_next": len(rest) > len(page)})

    def _return_fits(self, item: Return, chosen: dict[str, Any]) -> bool:
        changed = chosen.get("visual_status_change_moment", {})
        made = chosen.get("logistic_return_date", {})
        order = self._world.orders[item.account, item.order_id]
        product = self._world.products[item.sku]
        wanted: tuple[tuple[str, object], ...] = (
            ("return_schema", "FBO" if order.held_there else "FBS"),
            ("order_id", order_id(order)),
            ("offer_id", item.sku),
            ("product_name", product.name),
            ("visual_status_name", item.status or RETURN_WORDS[item.state]),
            ("compensation_status_id", item.compensation),
            ("warehouse_id", order.warehouse),
        )
        return (
            changed.get("time_from", item.changed_at)
            <= item.changed_at
            <= changed.get("time_to", item.changed_at)
            and made.get("time_from", item.created_at)
            <= item.created_at
            <= made.get("time_to", item.created_at)
            and (not chosen.get("posting_numbers") or item.order_id in chosen["posting_numbers"])
            and all(chosen.get(name) in (None, value) for name, value in wanted)
            and chosen.get("barcode") in (None, *product.barcodes)
            # No storage is paid for.
            and "storage_tariffication_start_date" not in chosen
        )

    def _return_row(self, account: Account, item: Return) -> dict[str, Any]:
        order = self._world.orders[account.name, item.order_id]
        return {
            # Int64 comes as text in the documented example.
            "id": item.return_id,
            "type": RETURN_TYPES[item.kind],
            # Not spelled as in the filter.
            "schema": "Fbo" if order.held_there else "Fbs",
            "posting_number": item.order_id,
            "order_id": str(order_id(order)),
            "order_number": order_number(order),
            "source_id": None,
            "product": {
                "offer_id": item.sku,
                "sku": str(sku_id(account.offers[item.sku])),
                "name": self._world.products[item.sku].name,
                "quantity": item.quantity,
            },
            "place": {"id": "23869688194000", "name": "СЦ_ВОЗВРАТЫ", "address": ""},
            "target_place": {"id": "23869688194000", "name": "СЦ_ВОЗВРАТЫ", "address": ""},
            "logistic": {
                "return_date": written(item.created_at),
                "final_moment": written(item.received_at) if item.received_at else None,
                "cancelled_with_compensation_moment": None,
                "technical_return_moment": None,
            },
            "visual": {
                "status": {
                    "id": 3 if item.state == "arrived" else 15,
                    "sys_name": item.status or RETURN_WORDS[item.state],
                    "display_name": item.state,
                },
                "change_moment": written(item.changed_at),
            },
            "compensation_status": self._compensation(item),
        }

    def _compensation(self, item: Return) -> dict[str, Any] | None:
        if item.compensation is None:
            return None
        word = COMPENSATION_WORDS[item.compensation]
        status = {"id": item.compensation, "sys_name": word, "display_name": word}
        return {"status": status, "change_moment": written(item.changed_at)}

    # ------------------------------------------------------------ claims

    def _is_claim(self, account: Account, item: Return) -> bool:
        """What a buyer sends back to a seller who delivered himself, goes by claim."""
        order = self._world.orders[account.name, item.order_id]
        return item.kind == "client" and order.warehouse in account.dbs_warehouses

    def claims(self, call: Call) -> Response:
        """Answer a page of the claims."""
        only = nested(
            {
                "offer_id": text,
                "posting_number": text,
                "group_state": array(one_of(*CLAIM_GROUPS)),
                "created_at": PERIOD,
            }
        )
        checks: dict[str, Check] = {"limit": whole(1, 1000), "last_id": int64_text, "filter": only}
        body = fields("", read_json(call.request), checks, required=("limit",))
        chosen = body.get("filter", {})
        last_id = 0 if comes_twice(call) else body.get("last_id", 0)
        items = sorted(
            (
                r
                for r in self._world.returns_of(call.account.name)
                if self._is_claim(call.account, r)
                and int(r.return_id) > last_id
                and self._claim_fits(r, chosen)
            ),
            key=lambda r: r.number,
        )
        rows = [self._claim_row(call.account, r) for r in items[: body["limit"]]]
        return json_response(200, {"returns": rows})

    def _claim_fits(self, item: Return, chosen: dict[str, Any]) -> bool:
        made = chosen.get("created_at", {})
        groups = {g.lower() for g in chosen.get("group_state", ())} - {"all"}
        return (
            made.get("from", item.created_at) <= item.created_at <= made.get("to", item.created_at)
            and chosen.get("offer_id") in (None, item.sku)
            and chosen.get("posting_number") in (None, item.order_id)
            and (not groups or CLAIM_WORDS[item.state][0] in groups)
        )

    def _claim_row(self, account: Account, item: Return) -> dict[str, Any]:
        order = self._world.orders[account.name, item.order_id]
        group, word = CLAIM_WORDS[item.state]
        return {
            "return_id": int(item.return_id),
            "return_number": f"RET-{item.number}",
            "posting_number": item.order_id,
            "order_number": order_number(order),
            "created_at": written(item.created_at),
            "product": {
                "offer_id": item.sku,
                "sku": sku_id(account.offers[item.sku]),
                "name": self._world.products[item.sku].name,
                "price": 590,
                "currency_code": "RUB",
            },
            "state": {
                "group_state": group,
                "state": item.status or word,
                "state_name": item.state,
                # Empty, whatever became of the money.
                "money_return_state_name": "",
            },
        }
