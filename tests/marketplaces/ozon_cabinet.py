"""A seller's cabinet on Ozon in memory, strict where the contract sets a bound.

It serves what the sandbox does not: lists of several pages, very old postings, refusals that name
an item, answers that contradict the contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.marketplaces.cabinet import AnsweringCabinet, Json, Request
from tests.marketplaces.clocks import START

WAREHOUSE, OTHER_WAREHOUSE = 22142605386000, 22142605386001
METHODS = [
    "/v1/roles",
    "/v1/seller/info",
    "/v2/warehouse/list",
    "/v3/product/list",
    "/v3/product/info/list",
    "/v4/posting/fbs/list",
    "/v3/posting/fbs/get",
    "/v1/returns/list",
    "/v2/returns/rfbs/list",
    "/v1/product/info/warehouse/stocks",
    "/v2/product/info/stocks-by-warehouse/fbs",
    "/v2/products/stocks",
]


def at(text: str) -> datetime:
    assert text.endswith("Z"), f"not UTC as the contract writes it: {text}"
    return datetime.fromisoformat(text)


def posting(number: str, **also: Any) -> Json:
    """An ordinary posting, made an hour ago."""
    return {
        "posting_number": number,
        "order_number": number.rpartition("-")[0],
        "status": "awaiting_packaging",
        "substatus": "posting_created",
        "in_process_at": (START - timedelta(hours=1)).isoformat(),
        "delivering_date": None,
        "delivery_schema": "fbs",
        "integration_type_flow": "ozon",
        "delivery_method": {"warehouse_id": WAREHOUSE},
        "products": [{"offer_id": "MUG-01", "sku": 2600000013, "quantity": 1}],
        # Not part of an answer: what the filters look at.
        "_changed_at": (START - timedelta(hours=1)).isoformat(),
        "_listed": True,
    } | also


def product(number: int, **also: Any) -> Json:
    return {
        "product_id": 1_000_000_000 + number,
        "offer_id": f"ART-{number}",
        "sku": 2_600_000_000 + number,
        "archived": False,
    } | also


def returned(number: int, **also: Any) -> Json:
    return {
        "id": number,
        "schema": "Fbs",
        "posting_number": f"{number}-0001-1",
        "product": {"offer_id": "MUG-01", "sku": 2600000013, "quantity": 1},
        "visual": {
            "status": {"sys_name": "MovingToSeller"},
            "change_moment": (START - timedelta(hours=1)).isoformat(),
        },
        "logistic": {},
    } | also


def claim(number: int, **also: Any) -> Json:
    """A buyer's claim for an order that the seller delivered himself."""
    return {
        "return_id": number,
        "posting_number": f"{number}-0001-1",
        "created_at": (START - timedelta(days=3)).isoformat(),
        "product": {"offer_id": "MUG-01", "sku": 2600000013, "name": "Mug"},
        "state": {"state": "OnWay", "group_state": "delivering"},
    } | also


class RefusedError(Exception):
    """An error answer."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def must(condition: bool, message: str) -> None:
    if not condition:
        raise RefusedError(400, 3, message)


@dataclass
class Cabinet(AnsweringCabinet):
    """State, and the rules by which it answers."""

    postings: list[Json] = field(default_factory=list)
    products: list[Json] = field(default_factory=list)
    returns: list[Json] = field(default_factory=list)
    claims: list[Json] = field(default_factory=list)
    roles: Json = None
    key_ends: str | None = "2027-03-01T00:00:00.000Z"
    # The longest period of since and to.
    period: timedelta = timedelta(days=365)
    warehouses: list[Json] = field(
        default_factory=lambda: [
            {"warehouse_id": WAREHOUSE, "name": "Main", "status": "created", "pause_at": None}
        ]
    )
    # (product_id, warehouse_id) -> free, reserved
    stocks: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    # product_id -> code of the error with which it is refused
    refused: dict[int, str] = field(default_factory=dict)
    # Products that spoil the whole request, named by their place.
    poison: set[int] = field(default_factory=set)
    page: int = 1000

    def asked(self, ending: str) -> list[Json]:
        """The bodies of the requests whose path ends so."""
        return [request.body for request in super().asked(ending)]

    def check(self, raw: httpx.Request) -> None:
        assert raw.method == "POST"
        assert raw.headers["client-id"] == "123456"
        assert raw.headers["api-key"] == "the-key"

    def answer(self, request: Request) -> httpx.Response:
        handler = getattr(self, re.sub(r"\W", "_", request.path))
        try:
            return httpx.Response(200, json=handler(request.body))
        except RefusedError as problem:
            return httpx.Response(
                problem.status,
                json={"code": problem.code, "message": str(problem), "details": []},
            )

    def _cut(self, rows: list[Json], body: Json, most: int) -> tuple[list[Json], bool, str]:
        must(1 <= body["limit"] <= most, f"limit must be within 1..{most}")
        start = int(body["cursor"] or 0)
        end = start + min(body["limit"], self.page)
        # The last page has a cursor, too.
        return rows[start:end], end < len(rows), str(end)

    def _v1_roles(self, body: Json) -> Json:
        must(body == {}, "no parameters")
        roles = self.roles
        if roles is None:
            roles = [{"name": "Admin", "methods": METHODS}]
        return {"expires_at": self.key_ends, "roles": roles}

    def _v1_seller_info(self, body: Json) -> Json:
        must(body == {}, "no parameters")
        return {"company": {"name": "Mug Trade", "legal_name": "OOO Mug"}}

    def _v2_warehouse_list(self, body: Json) -> Json:
        rows, more, cursor = self._cut(self.warehouses, body, 200)
        return {"warehouses": rows, "has_next": more, "cursor": cursor}

    def _v3_product_list(self, body: Json) -> Json:
        archived = {"ALL": False, "ARCHIVED": True}[body["filter"]["visibility"]]
        rows = [p for p in self.products if p["archived"] == archived]
        must(1 <= body["limit"] <= 1000, "limit")
        start = int(body["last_id"] or 0)
        items = rows[start : start + min(body["limit"], self.page)]
        last_id = str(start + len(items)) if items else ""
        return {"result": {"items": items, "total": len(rows), "last_id": last_id}}

    def _v3_product_info_list(self, body: Json) -> Json:
        must(set(body) == {"product_id"} and len(body["product_id"]) <= 1000, "identifiers")
        wanted = {int(i) for i in body["product_id"]}
        return {
            "items": [
                {
                    "id": p["product_id"],
                    "offer_id": p["offer_id"],
                    "sku": p["sku"],
                    "name": f"Product {p['offer_id']}",
                    "barcodes": [f"OZN{p['sku']}"],
                    "is_archived": p["archived"],
                    "sources": [],
                }
                for p in self.products
                if p["product_id"] in wanted
            ]
        }

    def _v4_posting_fbs_list(self, body: Json) -> Json:
        only = body["filter"]
        since, to = at(only["since"]), at(only["to"])
        must(since <= to and to - since <= self.period, "PERIOD_IS_TOO_LONG")
        changed = only.get("last_changed_status_date")
        numbers = only.get("order_numbers")
        rows = [
            p
            for p in self.postings
            if p["_listed"]
            and p["in_process_at"]
            and since <= datetime.fromisoformat(p["in_process_at"]) <= to
            and (
                changed is None
                or at(changed["from"])
                <= datetime.fromisoformat(p["_changed_at"])
                <= at(changed["to"])
            )
            and (numbers is None or p["order_number"] in numbers)
        ]
        rows.sort(key=lambda p: (p["in_process_at"], p["posting_number"]))
        must(numbers is None or len(numbers) <= 100, "order_numbers: at most 100")
        rows, more, cursor = self._cut(rows, body, 100)
        return {"postings": rows, "has_next": more, "cursor": cursor}

    def _v3_posting_fbs_get(self, body: Json) -> Json:
        for p in self.postings:
            if p["posting_number"] == body["posting_number"]:
                return {"result": p}
        raise RefusedError(404, 5, "posting not found")

    def _v1_returns_list(self, body: Json) -> Json:
        only = body["filter"]
        must(1 <= body["limit"] <= 500, "limit")
        numbers = only.get("posting_numbers")
        must(numbers is None or len(numbers) <= 50, "posting_numbers: at most 50")
        changed = only.get("visual_status_change_moment")
        rows = [
            r
            for r in sorted(self.returns, key=lambda r: r["id"])
            if r["id"] > body["last_id"]
            and (numbers is None or r["posting_number"] in numbers)
            and (
                changed is None
                or at(changed["time_from"])
                <= datetime.fromisoformat(r["visual"]["change_moment"])
                <= at(changed["time_to"])
            )
        ]
        size = min(body["limit"], self.page)
        # Not sorted, as far as the contract promises.
        return {"returns": rows[:size][::-1], "has_next": len(rows) > size}

    def _v2_returns_rfbs_list(self, body: Json) -> Json:
        made = body["filter"]["created_at"]
        rows = [
            c
            for c in sorted(self.claims, key=lambda c: c["return_id"])
            if c["return_id"] > body.get("last_id", 0)
            and at(made["from"]) <= datetime.fromisoformat(c["created_at"]) <= at(made["to"])
        ]
        return {"returns": rows[: body["limit"]]}

    def _rows(self) -> list[Json]:
        by_id = {p["product_id"]: p for p in self.products}
        return [
            {
                "product_id": str(product_id),
                "offer_id": by_id[product_id]["offer_id"],
                "sku": by_id[product_id]["sku"],
                "warehouse_id": str(warehouse_id),
                "present": free + reserved,
                "reserved": reserved,
                "free_stock": free,
            }
            for (product_id, warehouse_id), (free, reserved) in self.stocks.items()
        ]

    def _v1_product_info_warehouse_stocks(self, body: Json) -> Json:
        rows = [r for r in self._rows() if r["warehouse_id"] == str(body["warehouse_id"])]
        rows, more, cursor = self._cut(rows, body, 1000)
        return {"stocks": rows, "has_next": more, "cursor": cursor}

    def _v2_product_info_stocks_by_warehouse_fbs(self, body: Json) -> Json:
        rows = [r for r in self._rows() if r["offer_id"] in body["offer_id"]]
        rows, more, cursor = self._cut(rows, body, 1000)
        return {"products": rows, "has_next": more, "cursor": cursor}

    def _v2_products_stocks(self, body: Json) -> Json:
        items = body["stocks"]
        must(1 <= len(items) <= 100, "Stocks: 1..100")
        for n, item in enumerate(items):
            must(
                item["product_id"] not in self.poison,
                f"Request validation error: invalid ProductsStocksRequest.Stocks[{n}]: bad",
            )
        result = []
        for item in items:
            code = self.refused.get(item["product_id"])
            if code is None:
                self.stocks[item["product_id"], item["warehouse_id"]] = (item["stock"], 0)
            result.append(
                {
                    "product_id": item["product_id"],
                    "warehouse_id": item["warehouse_id"],
                    "offer_id": "",
                    "updated": code is None,
                    "errors": [{"code": code, "message": f"{code}!"}] if code else [],
                }
            )
        return {"result": result[::-1]}
