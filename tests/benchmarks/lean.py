"""A server that answers for every account of a book made by `data.py`, in a process of its own.

    python -m tests.benchmarks.lean --products 100000 --accounts 3 [--speed 30] [--faults 0.05]

prints its address and serves until it is told to stop. It knows what measurements need: catalogs,
what is on sale, pushes, no orders and no returns; answers cost it little, so that what is measured
is the program. With `--speed` it counts the published limits, compressed so many times, and answers
429 beyond them; without it there are none. GET /_lean tells what was asked and what is on sale now.

The sandbox (`cloudstock sandbox`) is the strict one: this one checks nothing it does not need.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cloudstock.sandbox import ozon, wildberries, yandex_market
from cloudstock.sandbox.limits import Buckets, Rate

PAGE = 1000
Handler = Callable[["Lean", int, Any, dict[str, str]], tuple[int, Any]]


class Lean:
    """What is on sale, and what was asked."""

    def __init__(self, products: int, speed: float | None, faults: float, seed: int = 1) -> None:
        self.products = products
        # By account, where it is no longer what it was at first: listing number to quantity.
        self.sold: dict[int, dict[int, int]] = {}
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.items = 0
        self.first_push: float | None = None
        self.last_push = 0.0
        self._buckets = None if speed is None else Buckets(speed)
        self._faults = faults
        self._chance = random.Random(seed)

    def on_sale(self, account: int, number: int) -> int:
        """Return what listing `number` (from 1) of an account shows."""
        return self.sold.get(account, {}).get(number, 50 + number % 50)

    def show(self, account: int, number: int, quantity: int) -> None:
        """Let a listing show a quantity."""
        self.sold.setdefault(account, {})[number] = quantity
        self.items += 1

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
        """Return a whole HTTP answer."""
        path, _, query = target.partition("?")
        params = dict(p.partition("=")[::2] for p in query.split("&") if p)
        if path == "/_lean":
            return _http(200, self.told())
        for pattern, rate, cost, handler in _ROUTES:
            if not (match := pattern.fullmatch(f"{method} {path}")):
                continue
            self.asked[match.re.pattern] += 1
            account = _account(headers, path)
            given = json.loads(body) if body else {}
            wait_s = self._limited(account, rate, cost(given))
            if wait_s is not None:
                self.refused[match.re.pattern] += 1
                # Yandex.Market has a status of its own for it.
                status = 420 if re.search("businesses|campaigns", path) else 429
                return _http(status, {"message": "too many"}, retry_s=wait_s)
            fault = self._chance.random()
            if fault < self._faults / 2:
                return _http(503, {"message": "try again"})
            status, told = handler(self, account, given, params)
            if fault < self._faults:
                # Done, and the answer lost.
                return b""
            return _http(status, told)
        return _http(404, {"message": f"{method} {path}"})

    def told(self) -> dict[str, Any]:
        """What GET /_lean answers."""
        return {
            "asked": self.asked,
            "refused": self.refused,
            "items": self.items,
            "push_s": self.last_push - (self.first_push or self.last_push),
            "on_sale": {a: {str(n): q for n, q in own.items()} for a, own in self.sold.items()},
        }

    def pushed(self) -> None:
        """Note when the first and the last push came."""
        now = asyncio.get_running_loop().time()
        self.first_push = self.first_push or now
        self.last_push = now

    def _limited(self, account: int, rate: Rate | None, cost: float) -> float | None:
        if self._buckets is None or rate is None:
            return None
        taken = self._buckets.take(str(account), rate, datetime.now(UTC), cost)
        return None if taken.allowed else taken.retry_s


def _account(headers: dict[str, str], path: str) -> int:
    """Return the number of the account that asks, as `data.py` numbers them."""
    if "client-id" in headers:
        return int(headers["client-id"]) - 100
    if match := re.search(r"/(?:businesses|campaigns)/(\d+)/", path):
        return int(match[1]) % 1000
    key = headers.get("api-key") or headers.get("authorization", "0")
    return int(key.rpartition("-")[2])


def _http(status: int, told: Any, retry_s: float | None = None) -> bytes:
    body = b"" if status == 204 else json.dumps(told).encode()
    lines = [f"HTTP/1.1 {status} x", "Content-Type: application/json"]
    if status != 204:
        lines.append(f"Content-Length: {len(body)}")
    if retry_s is not None:
        lines += [f"Retry-After: {retry_s:.3f}", f"X-Ratelimit-Retry: {retry_s:.3f}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


# ---------------------------------------------------------------- what each address answers


def _page(lean: Lean, after: str) -> tuple[range, str]:
    """Return the listing numbers of the page after a position, and the next position or ""."""
    first = int(after or 0) + 1
    last = min(lean.products, first + PAGE - 1)
    return range(first, last + 1), str(last) if last < lean.products else ""


def _sku(number: int) -> str:
    return f"SKU-{number:08d}"


def _number(sku: str) -> int:
    return int(sku.rpartition("-")[2])


def _ozon_warehouses(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    own = {"warehouse_id": 1020000 + account, "name": "Склад", "status": "created"}
    return 200, {"warehouses": [own], "has_next": False, "cursor": ""}


def _ozon_products(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    if given["filter"].get("visibility") == "ARCHIVED":
        return 200, {"result": {"items": [], "total": 0, "last_id": ""}}
    numbers, following = _page(lean, given.get("last_id", ""))
    before = account * lean.products
    items = [{"product_id": before + n, "offer_id": _sku(n), "archived": False} for n in numbers]
    return 200, {"result": {"items": items, "total": lean.products, "last_id": following}}


def _ozon_infos(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    before = account * lean.products
    items = [
        {
            "id": int(i),
            "offer_id": _sku(int(i) - before),
            "name": f"Кружка № {int(i) - before}",
            "barcodes": [f"46{int(i) - before:011d}"],
            "is_archived": False,
            "is_autoarchived": False,
            "sku": 7_000_000 + int(i),
        }
        for i in given["product_id"]
    ]
    return 200, {"items": items}


def _ozon_stocks(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    numbers, following = _page(lean, given.get("cursor", ""))
    before = account * lean.products
    rows = [
        {
            "offer_id": _sku(n),
            "product_id": before + n,
            "sku": 0,
            "warehouse_id": 1020000 + account,
            "present": lean.on_sale(account, n),
            "reserved": 0,
            "free_stock": lean.on_sale(account, n),
        }
        for n in numbers
    ]
    return 200, {"stocks": rows, "has_next": bool(following), "cursor": following}


def _ozon_push(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    lean.pushed()
    before = account * lean.products
    results = []
    for row in given["stocks"]:
        number = row["product_id"] - before if row.get("product_id") else _number(row["offer_id"])
        lean.show(account, number, row["stock"])
        results.append(
            {
                "warehouse_id": row["warehouse_id"],
                "product_id": before + number,
                "offer_id": _sku(number),
                "updated": True,
                "errors": [],
            }
        )
    return 200, {"result": results}


def _wb_cards(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    cursor = given["settings"]["cursor"]
    before = account * lean.products
    first = int(cursor["nmID"]) - before if cursor.get("nmID") else 0
    last = min(lean.products, first + cursor["limit"])
    cards = [
        {
            "nmID": before + n,
            "vendorCode": _sku(n),
            "title": f"Кружка № {n}",
            "sizes": [{"chrtID": before + n, "techSize": "0", "skus": [f"46{n:011d}"]}],
        }
        for n in range(first + 1, last + 1)
    ]
    told: dict[str, Any] = {"total": len(cards)}
    if cards:
        told |= {"updatedAt": f"2026-11-22T00:00:00.{last % 1000000:06d}Z", "nmID": before + last}
    return 200, {"cards": cards, "cursor": told}


def _wb_stocks(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    before = account * lean.products
    return 200, {
        "stocks": [
            {"chrtId": i, "amount": lean.on_sale(account, i - before)} for i in given["chrtIds"]
        ]
    }


def _wb_push(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    lean.pushed()
    before = account * lean.products
    for row in given["stocks"]:
        number = row["chrtId"] - before if "chrtId" in row else int(row["sku"][2:])
        lean.show(account, number, row["amount"])
    return 204, None


def _ym_warehouses(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    own = {"id": 3000 + account, "name": "Склад", "campaignId": 2000 + account, "express": False}
    return 200, {"status": "OK", "result": {"warehouses": [own], "paging": {}}}


def _ym_campaigns(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    shop = {
        "id": 2000 + account,
        "domain": "shop",
        "business": {"id": 1000 + account, "name": "Кабинет"},
        "placementType": "FBS",
        "apiAvailability": "AVAILABLE",
    }
    return 200, {"campaigns": [shop], "paging": {}}


def _ym_partner_warehouses(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    models = [{"placementType": "FBS", "apiAvailability": "AVAILABLE"}]
    own = {"id": 3000 + account, "name": "Склад", "models": models}
    return 200, {"status": "OK", "result": {"warehouses": [own], "paging": {}}}


def _ym_mappings(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    if given.get("archived"):
        return 200, {"status": "OK", "result": {"offerMappings": [], "paging": {}}}
    numbers, following = _page(lean, params.get("pageToken", ""))
    limit = int(params["limit"])
    rows = [
        {
            "offer": {
                "offerId": _sku(n),
                "name": f"Кружка № {n}",
                "barcodes": [f"46{n:011d}"],
                "campaigns": [{"campaignId": 2000 + account, "status": "PUBLISHED"}],
            }
        }
        for n in numbers[:limit]
    ]
    following = str(numbers[0] + limit - 1) if len(numbers) > limit else following
    paging = {"nextPageToken": following} if following else {}
    return 200, {"status": "OK", "result": {"offerMappings": rows, "paging": paging}}


def _ym_stocks(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    asked = given.get("offerIds")
    numbers, following = _page(lean, params.get("pageToken", ""))
    limit = int(params.get("limit", PAGE))
    chosen = [_number(o) for o in asked] if asked else list(numbers[:limit])
    if not asked and len(numbers) > limit:
        following = str(chosen[-1])
    offers = [
        {
            "offerId": _sku(n),
            "stocks": [{"type": "AVAILABLE", "count": lean.on_sale(account, n)}],
        }
        for n in chosen
    ]
    paging = {"nextPageToken": following} if following and not asked else {}
    whole = {"partnerWarehouseId": 3000 + account, "offers": offers, "paging": paging}
    return 200, {"status": "OK", "result": whole}


def _ym_push(lean: Lean, account: int, given: Any, params: Any) -> tuple[int, Any]:
    if "skuItems" not in given and "skus" not in given:
        # The peer asks so for the limits that the headers tell, before it pushes.
        return 400, {"status": "ERROR", "errors": [{"code": "BAD_REQUEST", "message": "no skus"}]}
    lean.pushed()
    for row in given.get("skuItems") or given["skus"]:
        count = row["count"] if "count" in row else row["items"][0]["count"]
        lean.show(account, _number(row["sku"]), count)
    return 200, {"status": "OK"}


def _told(*answer: Any) -> Handler:
    return lambda lean, account, given, params: (answer[0], answer[1])


def _one(given: Any) -> float:
    return 1.0


def _skus(given: Any) -> float:
    return float(len(given.get("skus", ())))


_NO_ORDERS = {"next": 0, "orders": []}
_ROUTES: list[tuple[re.Pattern[str], Rate | None, Callable[[Any], float], Handler]] = [
    (re.compile(pattern), rate, cost, handler)
    for pattern, rate, cost, handler in [
        ("POST /v2/products/stocks", ozon.STOCKS, _one, _ozon_push),
        (
            "POST /v4/posting/fbs/list",
            ozon.ALL,
            _one,
            _told(200, {"postings": [], "has_next": False}),
        ),
        ("POST /v1/returns/list", ozon.ALL, _one, _told(200, {"returns": [], "has_next": False})),
        ("POST /v1/product/info/warehouse/stocks", ozon.ALL, _one, _ozon_stocks),
        ("POST /v2/warehouse/list", ozon.WAREHOUSES, _one, _ozon_warehouses),
        ("POST /v3/product/list", ozon.ALL, _one, _ozon_products),
        ("POST /v3/product/info/list", ozon.ALL, _one, _ozon_infos),
        (r"PUT /api/v3/stocks/\d+", wildberries.STOCKS, _one, _wb_push),
        (r"POST /api/v3/stocks/\d+", wildberries.STOCKS, _one, _wb_stocks),
        (
            "GET /api/v3/warehouses",
            wildberries.WAREHOUSES,
            _one,
            lambda lean, account, given, params: (
                200,
                [{"id": 500 + account, "name": "Склад", "deliveryType": 1, "isDeleting": False}],
            ),
        ),
        ("GET /api/v3/orders(/new)?", wildberries.FBS, _one, _told(200, _NO_ORDERS)),
        (
            "GET /api/marketplace/v3/fbs/orders/archive",
            wildberries.FBS,
            _one,
            _told(200, {"orders": [], "next": None}),
        ),
        (
            "GET /api/v3/supplies/orders/reshipment",
            wildberries.FBS,
            _one,
            _told(200, {"orders": []}),
        ),
        (
            "GET /api/analytics/v1/item-returns",
            wildberries.ITEM_RETURNS,
            _one,
            _told(204, None),
        ),
        ("POST /content/v2/get/cards/list", wildberries.CARDS_LIST, _one, _wb_cards),
        (
            "POST /content/v2/get/cards/trash",
            wildberries.CONTENT,
            _one,
            _told(200, {"cards": [], "cursor": {"total": 0}}),
        ),
        ("GET /v2/campaigns", yandex_market.CAMPAIGNS, _one, _ym_campaigns),
        (r"POST /v2/businesses/\d+/warehouses", yandex_market.WAREHOUSES, _one, _ym_warehouses),
        (
            r"POST /v3/businesses/\d+/warehouses",
            yandex_market.WAREHOUSES_V3,
            _one,
            _ym_partner_warehouses,
        ),
        (
            r"POST /v1/businesses/\d+/orders",
            yandex_market.ORDERS,
            _one,
            _told(200, {"orders": [], "paging": {}}),
        ),
        (
            r"GET /v2/campaigns/\d+/returns",
            yandex_market.RETURNS,
            _one,
            _told(200, {"status": "OK", "result": {"returns": [], "paging": {}}}),
        ),
        (r"POST /v3/businesses/\d+/offers/stocks", yandex_market.STOCKS_READ_V3, _one, _ym_stocks),
        (
            r"POST /v3/businesses/\d+/offers/stocks/update",
            yandex_market.STOCKS_WRITE_V3,
            _one,
            _ym_push,
        ),
        (
            r"PUT (?:/v2)?/campaigns/\d+/offers/stocks",
            yandex_market.STOCKS_WRITE,
            _skus,
            _ym_push,
        ),
        (r"POST /v2/businesses/\d+/offer-mappings", yandex_market.MAPPINGS, _one, _ym_mappings),
    ]
]

# ---------------------------------------------------------------- served


class _Connection(asyncio.Protocol):
    def __init__(self, lean: Lean) -> None:
        self._lean = lean
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._held += data
        while True:
            head, found, rest = self._held.partition(b"\r\n\r\n")
            if not found:
                return
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self._held = rest[length:]
            method, target, _ = first.split(" ")
            answer = self._lean.answer(method, target, headers, rest[:length])
            if not answer:
                self._transport.abort()
                return
            self._transport.write(answer)


async def _serve(lean: Lean) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(lean), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(stopped.set)), daemon=True
    ).start()
    await stopped.wait()
    server.close()


@contextmanager
def lean(products: int, *, speed: float | None = None, faults: float = 0.0) -> Iterator[str]:
    """Yield the address of such a server, in a process that ends with the block."""
    words = [sys.executable, "-m", "tests.benchmarks.lean", "--products", str(products)]
    words += ["--faults", str(faults)] + ([] if speed is None else ["--speed", str(speed)])
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(10)


def told(url: str) -> dict[str, Any]:
    """Return what the server says of what it was asked."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /_lean HTTP/1.1\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            answer: dict[str, Any] = json.loads(stream.read(length))
    return answer


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, required=True)
    parser.add_argument("--speed", type=float)
    parser.add_argument("--faults", type=float, default=0.0)
    given = parser.parse_args()
    asyncio.run(_serve(Lean(given.products, given.speed, given.faults)))


if __name__ == "__main__":
    main()
