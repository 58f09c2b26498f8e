"""A seller's cabinet on Wildberries in memory, strict where the contract sets a bound.

It serves what the sandbox does not: the archive, thousands of orders, refusals that name nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from tests.marketplaces.cabinet import AnsweringCabinet, Json, Request

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

# family -> its list, its method of statuses, how that names the orders, in question and answer.
FAMILIES = {
    "fbs": ("/api/v3/orders", "/api/v3/orders/status", "orders", "id"),
    "dbs": (
        "/api/v3/dbs/orders",
        "/api/marketplace/v3/dbs/orders/status/info",
        "ordersIds",
        "orderId",
    ),
    "dbw": ("/api/v3/dbw/orders", "/api/v3/dbw/orders/status", "orders", "id"),
    "pickup": (
        "/api/v3/click-collect/orders",
        "/api/marketplace/v3/click-collect/orders/status/info",
        "ordersIds",
        "orderId",
    ),
}


@dataclass
class CabinetTask:
    """An assembly task; `archived` ones are in the archive only."""

    id: int
    chrt_id: int
    created_at: datetime = NOW - timedelta(hours=1)
    supplier: str = "new"
    wb: str = "waiting"
    warehouse_id: int = 658434
    family: str = "fbs"
    archived: bool = False
    silent: bool = False
    transferable: bool = False

    def listed(self) -> Json:
        return {
            "id": self.id,
            "rid": f"mp.{self.id}.0.0",
            "createdAt": self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "article": f"ART-{self.chrt_id}",
            "nmId": 217000397,
            "chrtId": self.chrt_id,
            "skus": [f"46{self.chrt_id}"],
            "warehouseId": self.warehouse_id,
            "deliveryType": self.family,
        }


@dataclass
class Cabinet(AnsweringCabinet):
    """State, and the rules by which it answers."""

    tasks: list[CabinetTask] = field(default_factory=list)
    reship: set[int] = field(default_factory=set)
    warehouses: list[Json] = field(default_factory=list)
    cards: list[Json] = field(default_factory=list)
    trash: list[Json] = field(default_factory=list)
    returns: list[Json] = field(default_factory=list)
    stocks: dict[tuple[str, int], int] = field(default_factory=dict)
    # chrtId -> the code with which it is refused.
    refused: dict[int, str] = field(default_factory=dict)
    # Sizes that spoil a batch without being named.
    poison: set[int] = field(default_factory=set)

    def answer(self, request: Request) -> httpx.Response:
        for method, path, answer in self._routes():
            found = re.fullmatch(path, request.path) if method == request.method else None
            if found:
                return answer(request, *found.groups())
        return httpx.Response(404, json={"code": "NotFound", "message": request.path})

    def _routes(self) -> list[tuple[str, str, Callable[..., httpx.Response]]]:
        return [
            *self._family_routes(),
            ("GET", "/ping", self._ping),
            ("GET", "/api/v1/seller-info", self._seller),
            ("GET", "/api/v3/warehouses", lambda _: httpx.Response(200, json=self.warehouses)),
            ("POST", "/content/v2/get/cards/list", self._cards),
            ("POST", "/content/v2/get/cards/trash", self._trash),
            ("GET", "/api/marketplace/v3/fbs/orders/archive", self._archive),
            ("GET", "/api/v3/supplies/orders/reshipment", self._reshipment),
            ("GET", "/api/analytics/v1/item-returns", self._returns),
            ("POST", r"/api/v3/stocks/(\d+)", self._read),
            ("PUT", r"/api/v3/stocks/(\d+)", self._write),
        ]

    def _family_routes(self) -> Iterator[tuple[str, str, Callable[..., httpx.Response]]]:
        for family, (lists, statuses, _, _) in FAMILIES.items():
            yield "GET", f"{lists}/new", lambda _, f=family: self._new(f)
            yield "GET", lists, lambda request, f=family: self._list(request, f)
            yield "POST", statuses, lambda request, f=family: self._statuses(request, f)

    def _ping(self, request: Request) -> httpx.Response:
        date = (NOW + timedelta(seconds=7)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return httpx.Response(200, json={"TS": "", "Status": "OK"}, headers={"Date": date})

    def _seller(self, request: Request) -> httpx.Response:
        return httpx.Response(200, json={"name": "ИП Кружкин", "tradeMark": "Mugs"})

    def _reshipment(self, request: Request) -> httpx.Response:
        rows = [{"supplyID": "WB-GI-1", "orderID": i} for i in sorted(self.reship)]
        return httpx.Response(200, json={"orders": rows})

    def _cards(self, request: Request) -> httpx.Response:
        filters = request.body["settings"].pop("filter")
        assert filters == {"withPhoto": -1}
        return self._page_of_cards(request, self.cards, "updatedAt")

    def _trash(self, request: Request) -> httpx.Response:
        return self._page_of_cards(request, self.trash, "trashedAt")

    def _page_of_cards(self, request: Request, cards: list[Json], when: str) -> httpx.Response:
        settings = request.body["settings"]
        assert set(settings) == {"sort", "cursor"}
        assert settings["sort"] == {"ascending": True}
        cursor = settings["cursor"]
        assert cursor["limit"] <= 100
        assert (when in cursor) == ("nmID" in cursor)
        ordered = sorted(cards, key=lambda card: (card[when], card["nmID"]))
        if when in cursor:
            after = (cursor[when], cursor["nmID"])
            ordered = [card for card in ordered if (card[when], card["nmID"]) > after]
        page = ordered[: cursor["limit"]]
        ends: Json = {"total": len(page)}
        if page:
            ends |= {when: page[-1][when], "nmID": page[-1]["nmID"]}
        return httpx.Response(200, json={"cards": page, "cursor": ends})

    def _new(self, family: str) -> httpx.Response:
        rows = [t.listed() for t in self.tasks if t.family == family and t.supplier == "new"]
        return httpx.Response(200, json={"orders": rows})

    def _list(self, request: Request, family: str) -> httpx.Response:
        limit, after = int(request.params["limit"]), int(request.params["next"])
        since, until = int(request.params["dateFrom"]), int(request.params["dateTo"])
        assert 1 <= limit <= 1000
        assert until - since <= 30 * 86_400
        ended = {"receive", "reject", "cancel", "cancel_missed_call", "cancel_shelf_life"}
        # A list that begins before the last three months is empty.
        within = family != "fbs" or since >= NOW.replace(month=8).timestamp()
        rows = sorted(
            (
                task
                for task in self.tasks
                if task.family == family
                and within
                and not task.archived
                and (family == "fbs" or task.supplier in ended)
                and since <= task.created_at.timestamp() <= until
                and task.id > after
            ),
            key=lambda task: task.id,
        )[:limit]
        following = rows[-1].id if rows else 0
        return httpx.Response(
            200, json={"next": following, "orders": [task.listed() for task in rows]}
        )

    def _archive(self, request: Request) -> httpx.Response:
        limit, after = int(request.params["limit"]), int(request.params["next"])
        month = (int(request.params["year"]), int(request.params["month"]))
        assert 100 <= limit <= 1000
        rows = [
            task
            for task in self.tasks
            if task.archived
            and (task.created_at.year, task.created_at.month) == month
            and task.id > after
        ]
        page = rows[:limit]
        return httpx.Response(
            200,
            json={
                "next": page[-1].id if len(rows) > limit else None,
                "orders": [
                    {
                        "id": task.id,
                        "createdAt": task.created_at.date().isoformat(),
                        "product": {
                            "article": f"ART-{task.chrt_id}",
                            "chrtId": task.chrt_id,
                            "nmId": 1,
                            "skus": [],
                        },
                        "status": {"supplierStatus": task.supplier, "wbStatus": task.wb},
                        "warehouseId": task.warehouse_id,
                    }
                    for task in page
                ],
            },
        )

    def _statuses(self, request: Request, family: str) -> httpx.Response:
        _, _, ask, key = FAMILIES[family]
        assert set(request.body) == {ask}
        ids = request.body[ask]
        assert 1 <= len(ids) <= 1000
        asked = set(ids)
        rows: list[Json] = [
            {
                key: task.id,
                "supplierStatus": task.supplier,
                "wbStatus": task.wb,
                "isTransferable": task.transferable,
            }
            for task in self.tasks
            if task.family == family and task.id in asked and not task.silent
        ]
        if key == "orderId":
            missing = asked - {row[key] for row in rows}
            rows += [
                {key: i, "errors": [{"code": 404, "detail": "NotFound"}]} for i in sorted(missing)
            ]
        return httpx.Response(200, json={"orders": rows})

    def _returns(self, request: Request) -> httpx.Response:
        first = datetime.fromisoformat(request.params["dateFrom"]).date()
        last = datetime.fromisoformat(request.params["dateTo"]).date()
        assert timedelta(0) <= last - first <= timedelta(days=30)
        limit, offset = int(request.params["limit"]), int(request.params["offset"])
        rows = [
            row
            for row in self.returns
            if first <= datetime.fromisoformat(row["orderDt"]).date() <= last
        ]
        if not rows:
            return httpx.Response(204)
        page = rows[offset : offset + limit]
        return httpx.Response(200, json={"count": len(rows), "report": page})

    def _read(self, request: Request, warehouse: str) -> httpx.Response:
        ids = request.body["chrtIds"]
        assert 1 <= len(ids) <= 1000
        rows = [
            {"chrtId": i, "amount": self.stocks[warehouse, i]}
            for i in ids
            if (warehouse, i) in self.stocks
        ]
        return httpx.Response(200, json={"stocks": rows})

    def _write(self, request: Request, warehouse: str) -> httpx.Response:
        rows = request.body["stocks"]
        assert 1 <= len(rows) <= 1000
        for row in rows:
            assert set(row) == {"chrtId", "amount"}
            assert 0 <= row["amount"] <= 100_000
        groups: dict[str, list[Json]] = {}
        for row in rows:
            code = self.refused.get(row["chrtId"])
            if code:
                groups.setdefault(code, []).append({"sku": "", **row})
        refusals: list[Json] = [
            {"code": code, "message": f"{code}!", "data": data} for code, data in groups.items()
        ]
        if any(row["chrtId"] in self.poison for row in rows):
            refusals.append({"code": "ProductPropertyConflict", "message": "wholesale"})
        if refusals:
            return httpx.Response(409, json=refusals)
        for row in rows:
            self.stocks[warehouse, row["chrtId"]] = row["amount"]
        return httpx.Response(204)
