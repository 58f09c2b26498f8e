"""The same for scripts: `/api/v1`, JSON in and out, by the functions that the commands call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloudstock.domain import grammar
from cloudstock.errors import Busy
from cloudstock.language import tr
from cloudstock.shelf.counts import adjust_stocks, set_stocks
from cloudstock.shelf.links import LinkResult, link_listing, unlink_listing
from cloudstock.shelf.returns import receive_return
from cloudstock.store.views import browse
from cloudstock.store.views.documents import (
    OrderFilter,
    ReturnFilter,
    history,
    orders,
    returns,
)
from cloudstock.store.views.health import health
from cloudstock.store.views.stock import Wanted, stock
from cloudstock.web import api_types as t
from cloudstock.web.replies import Refused, json_reply
from cloudstock.web.rounds import Round
from cloudstock.web.site import Site, caller_of, site_of

T = TypeVar("T")

LIMIT = 100
STEPS = ("open", "shipped", "delivered", "cancelled", "replaced", "unknown")


@dataclass(frozen=True, slots=True)
class Query:
    """One value that an address may carry."""

    name: str
    help: str
    # "text", "number", "yes" (true or false) or "moment".
    kind: str = "text"
    required: bool = False
    several: bool = False


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


LIMITED = Query("limit", f"so many, {LIMIT} if not told, at most {t.ROWS_MAX}", "number")
OF_SKU = Query("sku", "only of this product")
OF_ACCOUNT = Query("account", "only of this account; may be repeated", several=True)
SINCE = Query("since", "made since: 2026-11-01 or 2026-11-01T10:00:00Z", "moment")


# ---------------------------------------------------------------- what is asked


class Asked:
    """The values of an address, each read as what it is declared to be; raises `Refused`."""

    def __init__(self, request: Request, query: tuple[Query, ...]) -> None:
        self._values = request.query_params
        self._known = {q.name: q for q in query}
        unknown = [n for n in self._values if n not in self._known and n != "lang"]
        if unknown:
            raise _wrong(tr("the address has no value {name}", name=unknown[0][:40]))
        for name, query_ in self._known.items():
            if query_.required and not self._values.get(name):
                raise _wrong(tr("the address is incomplete: {name} is missing", name=name))

    def text(self, name: str) -> str | None:
        """Return a text; None where it is not given."""
        return self._values.get(name) or None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a text that may be given several times."""
        return tuple(self._values.getlist(name))

    def yes(self, name: str) -> bool:
        """Return whether something is wanted."""
        found = self._values.get(name, "false")
        if found not in ("true", "false"):
            raise _wrong(tr("{name}: expected true or false", name=name))
        return found == "true"

    def number(self, name: str, most: int) -> int | None:
        """Return a number from 1 to `most`."""
        found = self._values.get(name)
        if found is None:
            return None
        number = grammar.whole_number(found)
        if number is None or not 1 <= number <= most:
            raise _wrong(tr("{name}: expected a number from 1 to {most}", name=name, most=most))
        return number

    def limit(self) -> int:
        """Return how many rows are wanted."""
        return self.number("limit", t.ROWS_MAX) or LIMIT

    def moment(self, name: str) -> datetime | None:
        """Return a moment; one without a zone is of the server's."""
        found = self._values.get(name)
        if found is None:
            return None
        moment = grammar.moment(found)
        if moment is None:
            raise _wrong(tr("{name}: expected a moment such as 2026-11-01T10:00:00Z", name=name))
        return moment


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


PRODUCTS = (
    Query("q", "words of article or name, or the beginning of a barcode"),
    Query("after", "the last article of the page before"),
    LIMITED,
)


def products(request: Request) -> Response:
    """Products by article."""
    asked, site = Asked(request, PRODUCTS), site_of(request)
    with site.reading() as store:
        page = browse.products(
            store.connection,
            query=asked.text("q") or "",
            after=asked.text("after"),
            limit=asked.limit(),
        )
        rows = browse.described(store.connection, page.skus)
    return json_reply(
        t.Products(tuple(t.Product(*row) for row in rows), page.skus[-1] if page.later else None)
    )


STOCK = (
    Query("sku", "only this product; may be repeated", several=True),
    Query("q", "words of article or name, or the beginning of a barcode"),
    OF_ACCOUNT,
    Query("after", "the last article of the page before"),
    LIMITED,
)


def stocks(request: Request) -> Response:
    """What lies on the shelves, and what every window shows of it."""
    asked, site = Asked(request, STOCK), site_of(request)
    with site.reading() as store:
        skus, following = asked.texts("sku"), None
        if not skus:
            page = browse.products(
                store.connection,
                query=asked.text("q") or "",
                after=asked.text("after"),
                limit=asked.limit(),
            )
            skus, following = page.skus, page.skus[-1] if page.later else None
        rows = (
            stock(
                store.connection,
                Wanted(
                    buffer=site.config.policy.buffer,
                    skus=skus[: t.ROWS_MAX],
                    accounts=asked.texts("account"),
                ),
            )
            if skus
            else ()
        )
        found = tuple(t.stock_of(row) for row in rows)
    return json_reply(t.StockPage(found, following))


ORDERS = (
    Query("open", "only those that hold units on the shelf", "yes"),
    Query("step", f"only {', '.join(STEPS)}; may be repeated", several=True),
    Query("unknown", "only those with a status that nobody knows", "yes"),
    Query("unlinked", "only those of listings without a product", "yes"),
    OF_SKU,
    OF_ACCOUNT,
    SINCE,
    Query("before", "the id of the last order of the page before"),
    Query("of", "the account of that order"),
    LIMITED,
)


def order_list(request: Request) -> Response:
    """Orders with their lines, the newest first."""
    asked, site = Asked(request, ORDERS), site_of(request)
    wrong = [s for s in asked.texts("step") if s not in STEPS]
    if wrong:
        raise _wrong(tr("{name}: expected one of {words}", name="step", words=", ".join(STEPS)))
    wanted = OrderFilter(
        accounts=asked.texts("account"),
        open=asked.yes("open"),
        steps=asked.texts("step"),
        unknown=asked.yes("unknown"),
        unlinked=asked.yes("unlinked"),
        sku=asked.text("sku"),
        since=asked.moment("since"),
        before=_before(asked),
        limit=asked.limit(),
    )
    with site.reading() as store:
        return json_reply(t.Orders(tuple(orders(store.connection, wanted))))


def _before(asked: Asked) -> tuple[str, str] | None:
    number, account = asked.text("before"), asked.text("of")
    if (number is None) != (account is None):
        raise _wrong(tr("before and of go together"))
    return None if number is None or account is None else (account, number)


RESERVES = (
    Query("sku", "only of this product; may be repeated", several=True),
    OF_ACCOUNT,
)


def reserves(request: Request) -> Response:
    """Units that are promised to open orders."""
    asked, site = Asked(request, RESERVES), site_of(request)
    with site.reading() as store:
        rows = browse.reserves(
            store.connection, skus=asked.texts("sku"), accounts=asked.texts("account")
        )
    return json_reply(t.Reserves(tuple(rows)))


RETURNS = (
    Query("waiting", "only those that wait to be received", "yes"),
    Query("expected", "only those still on their way", "yes"),
    Query("undecided", "only claims and disputes that nobody has decided yet", "yes"),
    Query("unknown", "only those with a status that nobody knows", "yes"),
    OF_SKU,
    OF_ACCOUNT,
    SINCE,
    Query("before", "the id of the last return of the page before"),
    Query("of", "the account of that return"),
    LIMITED,
)


def return_list(request: Request) -> Response:
    """Returns, the newest first."""
    asked, site = Asked(request, RETURNS), site_of(request)
    wanted = ReturnFilter(
        accounts=asked.texts("account"),
        waiting=asked.yes("waiting"),
        expected=asked.yes("expected"),
        undecided=asked.yes("undecided"),
        unknown=asked.yes("unknown"),
        sku=asked.text("sku"),
        since=asked.moment("since"),
        before=_before(asked),
        limit=asked.limit(),
    )
    with site.reading() as store:
        return json_reply(t.Returns(tuple(returns(store.connection, wanted))))


HISTORY = (
    Query("sku", "the product's article", required=True),
    Query("warehouse", "only this shelf"),
    SINCE,
)


def ledger(request: Request) -> Response:
    """A product's ledger."""
    asked, site = Asked(request, HISTORY), site_of(request)
    with site.reading() as store:
        rows = tuple(
            history(
                store.connection,
                asked.text("sku") or "",
                warehouse=asked.text("warehouse"),
                since=asked.moment("since"),
            )
        )
    return json_reply(t.History(rows))


LISTINGS = (Query("after", "`next` of the page before", "number"), LIMITED)


def unlinked(request: Request) -> Response:
    """Listings that no product is linked to."""
    asked, site = Asked(request, LISTINGS), site_of(request)
    with site.reading() as store:
        page = browse.unlinked(
            store.connection, after=asked.number("after", 2**53) or 0, limit=asked.limit()
        )
    return json_reply(t.Listings(page.rows, page.after))


RUNS = (
    Query("failed", "only those that failed", "yes"),
    Query("before", "the number of the last run of the page before", "number"),
    LIMITED,
)


def run_list(request: Request) -> Response:
    """What was run, the newest first."""
    asked, site = Asked(request, RUNS), site_of(request)
    with site.reading() as store:
        rows = browse.runs(
            store.connection,
            before=asked.number("before", 2**53),
            failed=asked.yes("failed"),
            limit=asked.limit(),
        )
    return json_reply(t.RunList(tuple(rows)))


def status(request: Request) -> Response:
    """What is wrong now, and how each job went last."""
    Asked(request, ())
    site = site_of(request)
    with site.reading() as store:
        state = health(
            store.connection,
            site.config.accounts,
            configured=site.account_names,
            now=site.now,
            max_poll_age=site.config.max_poll_age,
        )
    return json_reply(t.Status(state.ok, state.accounts, state.wrong, state.notable))


# ---------------------------------------------------------------- changing


def count(request: Request) -> Response:
    """Count products."""
    site, wanted = site_of(request), _body(request, t.CountRequest)
    with site.book() as store:
        results = set_stocks(
            store,
            [(c.sku, c.quantity) for c in wanted.counts],
            warehouse=wanted.warehouse,
            now=site.now,
            note=wanted.note,
            dry_run=wanted.dry_run,
            configured=site.shelves,
        )
    return json_reply({"dry_run": wanted.dry_run, "results": results})


def adjust(request: Request) -> Response:
    """Correct what is on hand."""
    site, wanted = site_of(request), _body(request, t.AdjustRequest)
    with site.book() as store:
        results = adjust_stocks(
            store,
            [(c.sku, c.change) for c in wanted.changes],
            reason=wanted.reason,
            warehouse=wanted.warehouse,
            now=site.now,
            dry_run=wanted.dry_run,
            configured=site.shelves,
        )
    return json_reply({"dry_run": wanted.dry_run, "results": results})


def link(request: Request) -> Response:
    """Say what a listing is made of."""
    site, wanted = site_of(request), _body(request, t.LinkRequest)
    with site.book() as store:
        result: LinkResult
        if wanted.products:
            result = link_listing(
                store,
                wanted.account,
                wanted.listing,
                [(p.sku, p.units) for p in wanted.products],
                now=site.now,
                create=wanted.create,
                dry_run=wanted.dry_run,
            )
        else:
            result = unlink_listing(
                store, wanted.account, wanted.listing, now=site.now, dry_run=wanted.dry_run
            )
    return json_reply(
        t.LinkAnswer(
            wanted.dry_run,
            result.account,
            result.offer_id,
            result.external_id,
            tuple(t.LinkPart(p.sku, p.units) for p in result.before),
            tuple(t.LinkPart(p.sku, p.units) for p in result.after),
            result.lines_settled,
        )
    )


def receive(request: Request) -> Response:
    """Put returned units on the shelf, or write them off."""
    site, wanted = site_of(request), _body(request, t.ReceiveRequest)
    with site.book() as store:
        result = receive_return(
            store,
            wanted.return_id,
            account=wanted.account,
            quantity=wanted.quantity,
            write_off=wanted.write_off,
            warehouse=wanted.warehouse,
            now=site.now,
            dry_run=wanted.dry_run,
            configured=site.shelves,
        )
    return json_reply(
        t.ReceiveAnswer(
            wanted.dry_run,
            result.account,
            result.return_id,
            result.quantity,
            result.waiting,
            result.warehouse,
        )
    )


def sync(request: Request) -> Response:
    """Begin a round."""
    site, wanted = site_of(request), _body(request, t.SyncRequest)
    return json_reply(_state(begin_round(site, full=wanted.full, yes=wanted.yes)), 202)


def begin_round(site: Site, *, full: bool, yes: bool) -> Round:
    """Begin a round; raises `Refused` while one is at work."""
    after_push = 0
    if site.config.database.exists():
        with site.book() as store:
            after_push = browse.last_push(store.connection)
    try:
        return site.rounds.begin(after_push=after_push, full=full, yes=yes)
    except Busy as busy:
        raise Refused(409, busy.kind, str(busy)) from busy


def sync_state(request: Request) -> Response:
    """How far the last round is."""
    Asked(request, ())
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
    Operation("get", "/products", "Products", products, t.Products, PRODUCTS),
    Operation("get", "/stock", "Stock of products and windows", stocks, t.StockPage, STOCK),
    Operation("get", "/history", "A product's ledger", ledger, t.History, HISTORY),
    Operation("get", "/orders", "Orders", order_list, t.Orders, ORDERS),
    Operation("get", "/reserves", "What is promised", reserves, t.Reserves, RESERVES),
    Operation("get", "/returns", "Returns", return_list, t.Returns, RETURNS),
    Operation("get", "/unlinked", "Listings without a product", unlinked, t.Listings, LISTINGS),
    Operation("get", "/runs", "Runs", run_list, t.RunList, RUNS),
    Operation("get", "/status", "What is wrong now", status, t.Status),
    Operation("post", "/counts", "Count products", count, t.CountAnswer, body=t.CountRequest),
    Operation(
        "post", "/adjustments", "Correct products", adjust, t.CountAnswer, body=t.AdjustRequest
    ),
    Operation(
        "post", "/links", "Link a listing, or unlink it", link, t.LinkAnswer, body=t.LinkRequest
    ),
    Operation(
        "post", "/receipts", "Receive a return", receive, t.ReceiveAnswer, body=t.ReceiveRequest
    ),
    Operation("get", "/sync", "How far the last round is", sync_state, t.RoundState),
    Operation("post", "/sync", "Begin a round", sync, t.RoundState, body=t.SyncRequest, status=202),
)


def openapi_json(_request: Request) -> Response:
    """The OpenAPI document."""
    from cloudstock.web.openapi import document

    return json_reply(document())


ROUTES = [
    *(Route(f"/api/v1{o.path}", o.endpoint, methods=[o.method.upper()]) for o in OPERATIONS),
    Route("/api/v1/openapi.json", openapi_json),
]
