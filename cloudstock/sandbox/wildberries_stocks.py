"""Wildberries' stock of sizes: read, written, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    array,
    fields,
    json_response,
    only_query,
    read_json,
    whole,
)
from cloudstock.sandbox.wildberries_cards import Cards
from cloudstock.sandbox.wildberries_tasks import BATCH_MAX
from cloudstock.sandbox.world import World

AMOUNT_MAX = 100_000


class Stocks:
    """What the methods of stock answer."""

    def __init__(self, world: World, cards: Cards) -> None:
        self._world = world
        self._cards = cards

    def _place(self, call: Call) -> int:
        named = call.parts["warehouse"]
        if not named.isdecimal():
            raise Wrong(400, f"warehouse {named} is not a number", "IncorrectParameter")
        if int(named) not in call.account.warehouses:
            raise Wrong(404, f"warehouse {named} not found", "NotFound")
        return int(named)

    def read(self, call: Call) -> Response:
        """POST /api/v3/stocks/{warehouse}."""
        place, ids = self._place(call), chrt_ids(call)
        sizes = self._cards.of(call.account).sizes
        rows = []
        for chrt_id in dict.fromkeys(ids):
            if chrt_id in sizes:
                free = call.account.stock[place, sizes[chrt_id][1].offer.sku].free
                # What was never set, or was deleted, is absent.
                if free is not None:
                    rows.append({"chrtId": chrt_id, "amount": free})
        return json_response(200, {"stocks": rows})

    def write(self, call: Call) -> Response:
        """PUT /api/v3/stocks/{warehouse}: all numbers, or none of them."""
        only_query(call.request)
        place = self._place(call)
        item = nested_loosely({"chrtId": whole(1), "amount": whole(0)})
        checks: dict[str, Check] = {"stocks": array(item, low=1, high=BATCH_MAX)}
        rows = fields("", read_json(call.request), checks, required=("stocks",))["stocks"]
        if place in call.account.processing:
            raise Wrong(406, "The warehouse is processing", "WarehouseStocksUpdateBlock")
        # Names are not checked: 204 all the same, and nothing changes.
        named = [row for row in rows if row.keys() == {"chrtId", "amount"}]
        amounts = {row["chrtId"]: row["amount"] for row in named}
        if len(amounts) < len(named):
            raise Wrong(400, "a chrtId stands twice in the batch", "IncorrectRequestBody")
        complaints = self._complaints(call, amounts)
        if complaints:
            # A complaint about one item, and nothing of the batch is taken.
            answer = json_response(409, complaints)
            answer.breach = ", ".join(str(c["code"]) for c in complaints)
            return answer
        if call.fault is None or call.fault.kind != "ignore_write":
            sizes = self._cards.of(call.account).sizes
            for chrt_id, amount in amounts.items():
                self._world.show(call.account.name, place, sizes[chrt_id][1].offer.sku, amount)
        strange = len(rows) - len(named)
        breach = f"{strange} items with other names than chrtId and amount" if strange else None
        return Response(204, breach=breach)

    def _complaints(self, call: Call, amounts: Mapping[int, int]) -> list[dict[str, object]]:
        """Return the array of a 409, grouped by code; empty where all items can be taken."""
        sizes = self._cards.of(call.account).sizes
        grouped: dict[str, list[int]] = {}
        fault = call.fault
        if fault is not None and fault.kind == "refuse_items":
            some = max(1, round(len(amounts) * fault.share))
            grouped["CargoWarehouseRestrictionSGT"] = list(amounts)[:some]
        for chrt_id, amount in amounts.items():
            if chrt_id not in sizes:
                grouped.setdefault("NotFound", []).append(chrt_id)
            elif amount > AMOUNT_MAX:
                grouped.setdefault("UploadDataLimit", []).append(chrt_id)
        return [
            {
                "code": code,
                "message": f"Stocks cannot be updated: {code}",
                "data": [{"sku": "", "chrtId": i, "amount": amounts[i]} for i in ids],
            }
            for code, ids in grouped.items()
        ]

    def delete(self, call: Call) -> Response:
        """DELETE /api/v3/stocks/{warehouse}: the sizes are as never set."""
        place, ids = self._place(call), chrt_ids(call)
        if place in call.account.processing:
            raise Wrong(409, "The warehouse is processing", "StoreIsProcessing")
        sizes = self._cards.of(call.account).sizes
        if any(chrt_id not in sizes for chrt_id in ids):
            raise Wrong(404, "Not found", "NotFound")
        if call.fault is None or call.fault.kind != "ignore_write":
            for chrt_id in ids:
                call.account.stock[place, sizes[chrt_id][1].offer.sku].free = None
        return Response(204)


def chrt_ids(call: Call) -> list[int]:
    """Return the sizes that a request names; raises `Wrong`."""
    only_query(call.request)
    checks: dict[str, Check] = {"chrtIds": array(whole(1), low=1, high=BATCH_MAX)}
    ids: list[int] = fields("", read_json(call.request), checks, required=("chrtIds",))["chrtIds"]
    return ids


def nested_loosely(checks: Mapping[str, Check]) -> Check:
    """An object whose known fields are checked and whose other names are let through."""

    def read(where: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(400, f"{where}: an object is due", "IncorrectRequestBody")
        if "sku" in value:
            raise Wrong(400, "stocks are no longer updated by sku", "SKUUploadDisabled")
        return {
            name: checks[name](f"{where}.{name}", part) if name in checks else part
            for name, part in value.items()
        }

    return read
