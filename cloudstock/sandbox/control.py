"""The sandbox's own verbs, under /_sandbox/: what buyers, carriers and the seller's hands do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from cloudstock.sandbox.calling import Caller
from cloudstock.sandbox.faults import KINDS, Fault, Faults
from cloudstock.sandbox.records import Refused
from cloudstock.sandbox.request import (
    Logged,
    Request,
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
    query_int,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.world import World

PREFIX = "/_sandbox/"

_LINES = array(
    nested({"sku": text, "quantity": whole(1)}, required=("sku", "quantity")), low=1, high=100
)


def _number(where: str, value: Any) -> float:
    # The upper bound keeps the world's clock within the calendar.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e9:
        raise Wrong(400, f"{where}: a number of 0..1000000000 is due")
    return float(value)


def _moment(where: str, value: Any) -> datetime:
    at = moment(where, value)
    if not 2000 <= at.year <= 2100:
        raise Wrong(400, f"{where}: {at} is out of 2000..2100")
    return at


def _pattern(where: str, value: Any) -> str:
    try:
        re.compile(text(where, value))
    except re.error as error:
        raise Wrong(400, f"{where}: no regular expression: {error}") from None
    return str(value)


class Control:
    """Answers /_sandbox/ requests."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        caller: Caller,
        log: Sequence[Logged],
        config_text: Callable[[str], str],
    ) -> None:
        self._world = world
        self._faults = faults
        self._caller = caller
        # Of the marketplaces' requests.
        self._log = log
        self._config_text = config_text
        self._verbs: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", ""): self._overview,
            ("GET", "config"): self._config,
            ("POST", "products"): self._products,
            ("POST", "count"): self._count,
            ("POST", "restock"): self._restock,
            ("POST", "orders"): self._orders,
            ("POST", "returns"): self._returns,
            ("POST", "stock"): self._stock,
            ("POST", "unite"): self._unite,
            ("POST", "key"): self._key,
            ("POST", "faults"): self._fault,
            ("GET", "faults"): lambda _: json_response(200, self._faults.listed()),
            ("DELETE", "faults"): self._clear,
            ("GET", "truth"): lambda _: json_response(200, {"products": self._world.truth()}),
            ("GET", "shown"): self._listings,
            ("GET", "requests"): self._requests,
            ("POST", "clock"): self._clock,
            ("POST", "calls"): self._subscribe,
            ("GET", "calls"): self._calls,
        }

    def answer(self, request: Request) -> Response:
        """Answer one verb; nonsense is 400, what nobody sells 409."""
        path = request.path.removeprefix(PREFIX)
        try:
            verb = self._verbs.get((request.method, path))
            if verb is not None:
                return verb(request)
            return self._one(request, path.split("/"))
        except Wrong as wrong:
            return json_response(400, {"error": wrong.message})
        except Refused as refused:
            made_of = {"text": refused.text, "values": refused.values} if refused.values else {}
            return json_response(
                409 if refused.conflict else 400, {"error": str(refused), **made_of}
            )

    def _one(self, request: Request, parts: list[str]) -> Response:
        match request.method, parts:
            case "POST", ["orders", account, order_id]:
                return self._order(request, account, order_id)
            case "POST", ["orders", account, order_id, "reveal"]:
                self._world.reveal(account, order_id)
                return json_response(200, {})
            case "POST", ["returns", account, return_id]:
                checks = {"do": text, "status": text}
                body = fields("", read_json(request), checks, required=("do",))
                self._world.do_return(account, return_id, body["do"], status=body.get("status"))
                item = self._world.returns[account, return_id]
                return json_response(200, {"sku": item.sku, "quantity": item.quantity})
            case _:
                return json_response(404, {"error": f"no verb {request.method} {request.path}"})

    # ------------------------------------------------------------ looking

    def _overview(self, _: Request) -> Response:
        return json_response(
            200,
            {
                "accounts": {a.name: a.marketplace for a in self._world.accounts.values()},
                "speed": self._world.speed,
                "verbs": sorted(f"{m} {PREFIX}{p}" for m, p in self._verbs),
            },
        )

    def _config(self, request: Request) -> Response:
        host = request.headers.get("host", "127.0.0.1")
        body = self._config_text(f"http://{host}").encode()
        return Response(200, body, {"Content-Type": "text/plain; charset=utf-8"})

    def _listings(self, _: Request) -> Response:
        rows = [
            {
                "account": account.name,
                "warehouse": warehouse,
                "sku": sku,
                "free": stock.free,
                "reserved": stock.reserved,
                "archived": account.offers[sku].archived,
            }
            for account in self._world.accounts.values()
            for (warehouse, sku), stock in account.stock.items()
        ]
        return json_response(200, {"listings": rows})

    def _requests(self, request: Request) -> Response:
        since = query_int(request, "since", 0, 2**53, 0)
        log = [asdict(entry) for entry in self._log[since:]]
        breaches = [
            {k: e[k] for k in ("n", "account", "method", "path", "status", "why")}
            for e in log
            if e["why"]
        ]
        for entry in log:
            del entry["why"]
        return json_response(200, {"requests": log, "breaches": breaches})

    # ------------------------------------------------------------ doing

    def _products(self, request: Request) -> Response:
        body = fields(
            "",
            read_json(request),
            {"sku": text, "name": text, "barcodes": array(text), "accounts": array(text)},
            required=("sku", "name"),
        )
        self._world.add_product(
            body["sku"], body["name"], body.get("barcodes", ()), body.get("accounts")
        )
        return json_response(200, {})

    def _quantity(self, request: Request) -> tuple[str, int]:
        checks = {"sku": text, "quantity": whole(0)}
        body = fields("", read_json(request), checks, required=("sku", "quantity"))
        return body["sku"], body["quantity"]

    def _count(self, request: Request) -> Response:
        self._world.count(*self._quantity(request))
        return json_response(200, {})

    def _restock(self, request: Request) -> Response:
        self._world.restock(*self._quantity(request))
        return json_response(200, {})

    def _orders(self, request: Request) -> Response:
        body = fields(
            "",
            read_json(request),
            {
                "account": text,
                "lines": _LINES,
                "warehouse": int64_text,
                "created_at": _moment,
                "visible_from": _moment,
                "fake": boolean,
                "force": boolean,
                "held_there": boolean,
                "status": text,
            },
            required=("account", "lines"),
        )
        orders = self._world.place(
            body.pop("account"), [(x["sku"], x["quantity"]) for x in body.pop("lines")], **body
        )
        return json_response(200, {"orders": [o.order_id for o in orders]})

    def _order(self, request: Request, account: str, order_id: str) -> Response:
        body = fields(
            "",
            read_json(request),
            {"do": text, "lines": _LINES, "status": text, "at": _moment},
            required=("do",),
        )
        lines = body.get("lines")
        made = self._world.do(
            account,
            order_id,
            body["do"],
            lines=None if lines is None else [(x["sku"], x["quantity"]) for x in lines],
            status=body.get("status"),
            at=body.get("at"),
        )
        return json_response(200, {"state": self._world.order(account, order_id).state, **made})

    def _returns(self, request: Request) -> Response:
        body = fields(
            "",
            read_json(request),
            {
                "account": text,
                "order": text,
                "lines": _LINES,
                "type": one_of("client", "refused", "cancelled"),
            },
            required=("account", "order"),
        )
        lines = body.get("lines")
        made = self._world.start_return(
            body["account"],
            body["order"],
            None if lines is None else [(x["sku"], x["quantity"]) for x in lines],
            body.get("type"),
        )
        return json_response(200, {"returns": made})

    def _stock(self, request: Request) -> Response:
        body = fields(
            "",
            read_json(request),
            {"account": text, "sku": text, "quantity": whole(0), "warehouse": int64_text},
            required=("account", "sku", "quantity"),
        )
        account = self._world.account(body["account"])
        warehouse = body.get("warehouse", account.warehouses[0])
        if (warehouse, body["sku"]) not in account.stock:
            raise Refused(f"{account.name} does not offer {body['sku']} in {warehouse}")
        account.stock[warehouse, body["sku"]].free = body["quantity"]
        return json_response(200, {})

    def _unite(self, request: Request) -> Response:
        body = fields(
            "",
            read_json(request),
            {
                "accounts": array(text, low=1, unique=True),
                "group": text,
                "programs": array(one_of("FBS", "DBS", "EXPRESS"), unique=True),
            },
            required=("accounts",),
        )
        self._world.unite(body.get("group"), body["accounts"], body.get("programs", ()))
        return json_response(200, {})

    def _key(self, request: Request) -> Response:
        """When an account's key ends, and what its roles or scopes are for."""
        role = nested({"name": text, "methods": array(text)}, required=("name", "methods"))
        body = fields(
            "",
            read_json(request),
            {"account": text, "ends": _moment, "roles": array(role), "scopes": array(text)},
            required=("account",),
        )
        account = self._world.account(body["account"])
        account.key_ends = body.get("ends", account.key_ends)
        if "roles" in body:
            account.roles = {r["name"]: tuple(r["methods"]) for r in body["roles"]}
        account.scopes = tuple(body.get("scopes", account.scopes))
        return json_response(200, {})

    def _fault(self, request: Request) -> Response:
        body = fields(
            "",
            read_json(request),
            {
                "kind": one_of(*KINDS),
                "account": text,
                "method": text,
                "path": _pattern,
                "times": whole(1),
                "after": whole(0),
                "seconds": _number,
                "status": whole(100, 599),
                "share": _number,
            },
            required=("kind",),
        )
        self._faults.order(Fault(**body))
        return json_response(200, {})

    def _clear(self, _: Request) -> Response:
        self._faults.clear()
        return json_response(200, {})

    def _subscribe(self, request: Request) -> Response:
        checks = {"account": text, "url": text}
        body = fields("", read_json(request), checks, required=("account",))
        self._caller.subscribe(body["account"], body.get("url", ""))
        return json_response(200, {})

    def _calls(self, _: Request) -> Response:
        return json_response(200, {"calls": [asdict(c) for c in self._caller.log]})

    def _clock(self, request: Request) -> Response:
        body = fields("", read_json(request), {"advance": _number}, required=("advance",))
        self._world.advance(body["advance"])
        return json_response(200, {"now": self._world.now().isoformat()})
