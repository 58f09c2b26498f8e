"""The same for scripts: `/api/v1`, JSON in and out, by the functions that the commands call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloudstock.changes.adopting import AdoptRequest
from cloudstock.changes.change import Change
from cloudstock.changes.closing import CloseRequest
from cloudstock.changes.counts import AdjustRequest, CountRequest
from cloudstock.changes.hiding import HideRequest
from cloudstock.changes.links import LinkRequest
from cloudstock.changes.moves import MoveRequest
from cloudstock.changes.orders import CloseOrderRequest
from cloudstock.changes.pausing import PauseRequest
from cloudstock.changes.policies import BufferRequest, MinimumRequest, PolicyRequest
from cloudstock.changes.returns import ReceiveRequest
from cloudstock.changes.undoing import UndoRequest
from cloudstock.changes.warehouses import (
    AddWarehouseRequest,
    RemoveWarehouseRequest,
    RenameWarehouseRequest,
)
from cloudstock.errors import Busy
from cloudstock.language import mark, tr
from cloudstock.lists.declared import Filter, Kind, List
from cloudstock.lists.products import PRODUCTS
from cloudstock.store.views import browse
from cloudstock.store.views.health import health
from cloudstock.store.views.stock import Fresh, Wanted, stock
from cloudstock.web import api_types as t
from cloudstock.web.lists import (
    LISTS,
    ROWS,
    ROWS_MAX,
    answer_of,
    given_in,
    kind_of,
    limit_of,
    page_of,
)
from cloudstock.web.replies import Refused, json_reply
from cloudstock.web.rounds import Round
from cloudstock.web.site import Site, caller_of, site_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    """One value that an address may carry; `help` names `facts`."""

    name: str
    help: str
    # "text", "number" or "yes" (true or false).
    kind: str = "text"
    required: bool = False
    several: bool = False
    choices: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that scripts may ask for."""

    method: str
    path: str
    title: str
    endpoint: Callable[[Request], Response]
    answer: type
    query: tuple[Query, ...] = ()
    body: type | None = None
    status: int = 200


PAGED = (
    Query("after", mark("`next` of the page before.")),
    Query(
        "limit",
        mark("Rows of a page, {rows} unless told, at most {most}."),
        "number",
        facts={"rows": ROWS, "most": ROWS_MAX},
    ),
)


# ---------------------------------------------------------------- what is asked


def _check(request: Request, query: tuple[Query, ...]) -> None:
    """Refuse an address that carries a value which it has not."""
    names = {q.name for q in query} | {"lang"}
    for name in request.query_params:
        if name not in names:
            raise _wrong(tr("the address has no value {name}", name=name[:40]))


def _wrong(message: str) -> Refused:
    return Refused(400, "address", message)


def _body(request: Request, kind: type[T]) -> T:
    """Return what was sent, checked by its type; raises `Refused`."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        # Which no form of another site's page can send, and no script of one without asking us.
        raise Refused(415, "body", tr("expected Content-Type: application/json"))
    try:
        return msgspec.json.decode(caller_of(request).body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Refused(422, "usage", str(error)) from error
    except msgspec.DecodeError as error:
        raise Refused(400, "body", tr("not JSON: {reason}", reason=str(error))) from error


# ---------------------------------------------------------------- reading


def _query(one: Filter) -> Query:
    return Query(
        one.name, one.help, kind_of(one.kind), one.required, one.several, tuple(one.choices or ())
    )


def _list_operation(wanted: List[Any]) -> Operation:
    """Return what scripts read a list by."""
    keys = ", ".join(wanted.sorts)
    sort = Query(
        "sort", mark("By one of {keys}; with a minus before it from the end."), facts={"keys": keys}
    )
    query = (*map(_query, wanted.filters), sort, *PAGED)

    def endpoint(request: Request) -> Response:
        _check(request, query)
        given, site = given_in(request, wanted), site_of(request)
        with site.reading() as store:
            listed = page_of(request, store, wanted, given, limit=limit_of(request))
        return json_reply({wanted.name: listed.rows, "next": listed.next})

    endpoint.__name__ = wanted.name
    return Operation("get", f"/{wanted.name}", wanted.title, endpoint, answer_of(wanted), query)


STOCK = (
    Query("sku", "Only this product; may be repeated.", several=True),
    *(_query(f) for f in PRODUCTS.filters if f.kind is not Kind.WAREHOUSE),
    *PAGED,
)


def stocks(request: Request) -> Response:
    """What lies in warehouses, and what every listing shows of it."""
    _check(request, STOCK)
    site = site_of(request)
    skus, following = tuple(request.query_params.getlist("sku")), None
    with site.reading() as store:
        if not skus:
            given = given_in(request, PRODUCTS)
            listed = page_of(request, store, PRODUCTS, given, limit=limit_of(request))
            skus, following = tuple(row.sku for row in listed.rows), listed.next
        rows = (
            stock(
                store.connection,
                Wanted(
                    skus=skus[:ROWS_MAX],
                    accounts=tuple(request.query_params.getlist("account")),
                    fresh=Fresh(site.now - site.config.max_poll_age, site.now),
                ),
            )
            if skus
            else ()
        )
        levels = tuple(t.stock_of(row) for row in rows)
    return json_reply(t.StockPage(levels, following))


def status(request: Request) -> Response:
    """What is wrong now, and how each job went last."""
    _check(request, ())
    site = site_of(request)
    with site.reading() as store:
        state = health(store.connection, site.config, now=site.now)
    return json_reply(t.Status(state.ok, state.accounts, state.wrong, state.notable))


# ---------------------------------------------------------------- changing


def change(request: Request, wanted: Change) -> Any:
    """Carry a change out on the site's database; return its result, or all of them."""
    return changed(request, wanted)[0]


def changed(request: Request, wanted: Change) -> tuple[Any, int | None]:
    """Do so; return also the number by which it can be taken back, None: it is not kept."""
    site = site_of(request)
    wanted.check(site.config)
    with site.writing() as store:
        store.made_by = "api" if request.url.path.startswith("/api/") else "browser"
        done = wanted.act(store, now=site.now, configured=site.config.warehouse_names)
        return done, store.changes.last


def _change_operation(path: str, title: str, kind: type[Change]) -> Operation:
    """Return what scripts change the stock by."""
    if kind.several:
        members: list[Any] = [("results", tuple[kind.result, ...])]  # type: ignore[name-defined]
    else:
        hints = get_type_hints(kind.result)
        members = [(f.name, hints[f.name]) for f in fields(kind.result)]
    answer = msgspec.defstruct(
        kind.__name__.replace("Request", "Answer"),
        [("dry_run", bool), *members],
        frozen=True,
        namespace={"__doc__": kind.result.__doc__},
    )

    def endpoint(request: Request) -> Response:
        wanted = _body(request, kind)
        done = change(request, wanted)
        results = {"results": done} if kind.several else msgspec.to_builtins(done)
        return json_reply({"dry_run": wanted.dry_run, **results})

    endpoint.__name__ = path.strip("/")
    return Operation("post", path, title, endpoint, answer, body=kind)


def sync(request: Request) -> Response:
    """Begin a round."""
    site, wanted = site_of(request), _body(request, t.SyncRequest)
    place = wanted.closes
    closes = None
    if place is not None:
        closes = CloseRequest(account=place.account, warehouse=place.warehouse)
    begun = begin_round(site, full=wanted.full, yes=wanted.yes, closes=closes)
    return json_reply(_state(begun), 202)


def begin_round(
    site: Site,
    *,
    full: bool = False,
    yes: bool = False,
    closes: CloseRequest | None = None,
    asks: tuple[str, str] | None = None,
) -> Round:
    """Begin a round, or what `Rounds.begin` begins else; raises `Refused` while one is at work."""
    after_push = 0
    if site.config.database.exists():
        with site.writing() as store:
            after_push = browse.last_push(store.connection)
    try:
        return site.rounds.begin(
            after_push=after_push, full=full, yes=yes, closes=closes, asks=asks
        )
    except Busy as busy:
        raise Refused(409, busy.kind, str(busy)) from busy


def sync_state(request: Request) -> Response:
    """How far the last round is."""
    _check(request, ())
    return json_reply(_state(site_of(request).rounds.last))


def _state(last: Round | None) -> t.RoundState:
    if last is None:
        return t.RoundState(False, None, None, None, (), ())
    return t.RoundState(
        running=last.running,
        ok=None if last.running else last.ok,
        began_at=last.began_at,
        ended_at=last.ended_at,
        accounts=tuple(t.RoundAccount(a.account, a.ok, a.message, a.counts) for a in last.accounts),
        problems=last.problems,
    )


# ---------------------------------------------------------------- all of it


OPERATIONS: tuple[Operation, ...] = (
    *map(_list_operation, LISTS),
    Operation("get", "/stock", "Stock of products and listings", stocks, t.StockPage, STOCK),
    Operation("get", "/status", "What is wrong now", status, t.Status),
    _change_operation("/counts", "Count products", CountRequest),
    _change_operation("/first-counts", "Take what cabinets show as first counts", AdoptRequest),
    _change_operation("/adjustments", "Correct products", AdjustRequest),
    _change_operation("/moves", "Move units between warehouses", MoveRequest),
    _change_operation("/warehouses", "Add a warehouse", AddWarehouseRequest),
    _change_operation("/warehouse-names", "Rename a warehouse", RenameWarehouseRequest),
    _change_operation("/policies", "Set policies of products", PolicyRequest),
    _change_operation("/buffers", "Set buffers of products", BufferRequest),
    _change_operation("/minimums", "Say when products are low", MinimumRequest),
    _change_operation("/links", "Link a listing, or unlink it", LinkRequest),
    _change_operation("/undo", "Take a change back", UndoRequest),
    _change_operation("/receipts", "Receive a return", ReceiveRequest),
    _change_operation("/closed-orders", "Stop waiting for a cancelled order", CloseOrderRequest),
    _change_operation("/hidden-products", "Put products out of sight", HideRequest),
    _change_operation("/removed-warehouses", "Remove a warehouse", RemoveWarehouseRequest),
    _change_operation("/pauses", "Pause what is sent to an account", PauseRequest),
    _change_operation("/closings", "Say that an account shows none, unsent", CloseRequest),
    Operation("get", "/sync", "How far the last round is", sync_state, t.RoundState),
    Operation("post", "/sync", "Begin a round", sync, t.RoundState, body=t.SyncRequest, status=202),
)


ROUTES = [Route(f"/api/v1{o.path}", o.endpoint, methods=[o.method.upper()]) for o in OPERATIONS]
