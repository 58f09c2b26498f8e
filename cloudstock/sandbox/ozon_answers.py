"""How all of Ozon's methods answer: ids, times, pages of a list, errors."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import Offer, Order
from cloudstock.sandbox.request import (
    Response,
    Wrong,
    json_response,
    moment,
    nested,
)

T = TypeVar("T")

GRPC = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 415: 3, 429: 8, 500: 13}

PERIOD = nested({"from": moment, "to": moment})


def error(wrong: Wrong) -> Response:
    """Return a rejection in the gRPC envelope."""
    body = {"code": GRPC.get(wrong.status, 2), "message": wrong.message, "details": []}
    return json_response(wrong.status, body)


def product_id(offer: Offer) -> int:
    """Return Ozon's id of the product."""
    return 1000000000 + offer.number


def sku_id(offer: Offer) -> int:
    """Return Ozon's SKU, a number."""
    return 2600000000 + offer.number


def order_id(order: Order) -> int:
    """Return the number of the order that a posting is of."""
    return 24000000000 + order.basket


def order_number(order: Order) -> str:
    """Return the order's number as buyers know it."""
    return order.order_id.rpartition("-")[0]


def written(when: datetime) -> str:
    """Return a moment as Ozon writes it."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def comes_twice(call: Call) -> bool:
    """Return whether this page is to come once more."""
    return call.fault is not None and call.fault.kind == "duplicate_page"


def token(position: list[Any]) -> str:
    """Return a position in a list as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def read_token(token: str, parts: int) -> list[Any]:
    """Return the position of so many parts that a cursor stands for; raises `Wrong`."""
    try:
        position = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        position = None
    kinds = {1: [int], 2: [int, str], 3: [str, int, str]}[parts]
    if not isinstance(position, list) or [type(p) for p in position] != kinds:
        raise Wrong(400, f"{token} is no position of this list")
    return position


def question_of(body: dict[str, Any]) -> str:
    """A short name of everything that may not change from page to page."""
    rest = {k: v for k, v in body.items() if k not in ("cursor", "limit")}
    written = json.dumps(rest, sort_keys=True, default=str)
    return hashlib.sha256(written.encode(errors="replace")).hexdigest()[:12]


def one_page(call: Call, rows: Iterable[T], body: dict[str, Any]) -> tuple[list[T], str, bool]:
    """A page from a cursor on; the last page carries a cursor too."""
    everything = list(rows)
    given, start = body.get("cursor", ""), 0
    if given:
        start, question = read_token(given, 2)
        if question != question_of(body) or start < 0:
            raise Wrong(400, "the cursor belongs to another question")
    page = everything[start : start + body["limit"]]
    end = start + len(page)
    more = end < len(everything)
    if comes_twice(call) and more:
        return page, given, more
    return page, token([end, question_of(body)]), more
