"""The pages: each asks the views that the commands ask, and fills a template."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.domain.work import Job
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.store import Store
from cloudstock.store.troubles import Trouble
from cloudstock.store.views import browse
from cloudstock.store.views.browse import Only
from cloudstock.store.views.documents import (
    OrderFilter,
    OrderRow,
    ReturnFilter,
    ReturnRow,
    history,
    orders,
    returns,
)
from cloudstock.store.views.explanation import explain
from cloudstock.store.views.health import health
from cloudstock.store.views.stock import QUARANTINE, ShelfStock, Wanted, shelves, stock
from cloudstock.web.asked import identity, page_number
from cloudstock.web.replies import Refused, page
from cloudstock.web.site import Site, caller_of, site_of

T = TypeVar("T")

# In the order of a round; `watch` stands in the place of `push`.
JOBS = (Job.CATALOG, Job.ORDERS, Job.RETURNS, Job.RESERVES, Job.PUSH)
# Rows of a page.
ROWS = 50
# Of a product's own documents.
HISTORY_TOLD = 100
DOCUMENTS_TOLD = 20
# Among so many products what a listing looks like is found at once; among more, when asked for.
NEAR_AT_ONCE = 5000
# Of many findings of a kind only so many are told one by one.
FINDINGS_TOLD = 10


def filled(request: Request, template: str, status: int = 200, /, **values: Any) -> Response:
    """Return a page for this visitor, with what was left for them to be told."""
    site = site_of(request)
    known = {
        "note": site.access.take_note(caller_of(request).visitor),
        "locked": site.access.needs_password,
        "accounts": site.account_names,
    }
    return page(request.scope, template, status, **(known | values))


class Typed(dict[str, str]):
    """The fields of a form as they were typed; those that it has not are empty."""

    def __missing__(self, _key: str) -> str:
        return ""


def path(route: str, **query: object) -> str:
    """Return an address of ours; what is None or empty is left out."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{route}?{urlencode(given)}" if given else route


# ---------------------------------------------------------------- what is wrong now


def now(request: Request) -> Response:
    """Tell what is wrong, what waits, and when each job last succeeded."""
    site = site_of(request)
    with site.reading() as store:
        state = health(
            store.connection,
            site.config.accounts,
            configured=site.account_names,
            now=site.now,
            max_poll_age=site.config.max_poll_age,
        )
        totals = browse.totals(store.connection)
    wrong, more = _cut(state.wrong)
    return filled(
        request,
        "now.html",
        state=state,
        wrong=wrong,
        more=more,
        totals=totals,
        jobs=JOBS,
    )


def _cut(troubles: Sequence[Trouble]) -> tuple[list[Trouble], list[tuple[Trouble, int]]]:
    """Return the first troubles of each kind and account, and one of those with how many more."""
    counts = Counter((t.kind, t.account) for t in troubles)
    seen: Counter[tuple[str, str | None]] = Counter()
    kept, more = [], []
    for trouble in troubles:
        key = (trouble.kind, trouble.account)
        seen[key] += 1
        if seen[key] <= FINDINGS_TOLD:
            kept.append(trouble)
        elif seen[key] == counts[key]:
            more.append((trouble, counts[key] - FINDINGS_TOLD))
    return kept, more


# ---------------------------------------------------------------- products


def products(request: Request) -> Response:
    """List products with their stock and every account's numbers."""
    site, asked = site_of(request), request.query_params
    query = asked.get("q", "").strip()[:500]
    try:
        only = Only(asked.get("only") or Only.ALL)
    except ValueError:
        raise Refused(404, "address", tr("there is no such list")) from None
    part = request.headers.get("hx-target") == "found"
    with site.reading() as store:
        if query and not part:
            # What a scanner sends, or somebody typed in full: straight to the product.
            exact = browse.exactly(store.connection, query)
            if len(exact) == 1:
                return RedirectResponse(path("/product", sku=exact[0]), 303)
        listed = browse.products(
            store.connection,
            query=query,
            only=only,
            after=asked.get("after"),
            before=asked.get("before"),
            limit=ROWS,
        )
        rows = _stock(site, store, listed.skus)
        refused = browse.refused_windows(store.connection, listed.skus)
        several = len(shelves(store.connection)) > 1
    links = {
        "earlier": path("/products", q=query, only=_told(only), before=listed.skus[0])
        if listed.earlier and listed.skus
        else None,
        "later": path("/products", q=query, only=_told(only), after=listed.skus[-1])
        if listed.later and listed.skus
        else None,
    }
    return filled(
        request,
        "found.html" if part else "products.html",
        rows=rows,
        refused=refused,
        several=several,
        q=query,
        only=str(only),
        links=links,
        path_of=path,
    )


def _told(only: Only) -> str | None:
    return None if only is Only.ALL else str(only)


def _stock(site: Site, store: Store, skus: tuple[str, ...]) -> list[ShelfStock]:
    if not skus:
        return []
    return list(stock(store.connection, Wanted(buffer=site.config.policy.buffer, skus=skus)))


def product(
    request: Request,
    *,
    problem: str | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Tell everything of one product; `typed`: a form that was not taken, and its `problem`."""
    site, sku = site_of(request), identity(request, "sku")
    try:
        with site.reading() as store:
            db = store.connection
            rows = list(
                stock(db, Wanted(buffer=site.config.policy.buffer, skus=[sku], all_warehouses=True))
            )
            told = explain(db, sku, now=site.now, max_poll_age=site.config.max_poll_age)
            ledger = deque(history(db, sku), HISTORY_TOLD)
            own_orders = list(orders(db, OrderFilter(sku=sku, limit=DOCUMENTS_TOLD)))
            own_returns = list(returns(db, ReturnFilter(sku=sku, limit=DOCUMENTS_TOLD)))
            countable = sorted({*shelves(db), *site.shelves} or {"main"})
    except UsageProblem as error:
        raise Refused(404, error.kind, site.redact(str(error))) from error
    return filled(
        request,
        "product.html",
        status,
        rows=[r for r in rows if r.warehouse != QUARANTINE or r.on_hand],
        told=told,
        ledger=list(reversed(ledger)),
        orders=own_orders,
        returns=own_returns,
        countable=countable,
        default_buffer=site.config.policy.buffer,
        problem=problem,
        typed=Typed(typed or {}),
        path_of=path,
    )


def suggestions(request: Request) -> Response:
    """Return articles for a form's list, as somebody types one."""
    # The field is named as its line of the form is.
    query = next(iter(request.query_params.values()), "").strip()[:200]
    with site_of(request).reading() as store:
        found = browse.products(store.connection, query=query, limit=20).skus if query else ()
    return page(request.scope, "suggestions.html", skus=found)


# ---------------------------------------------------------------- documents


ORDER_LISTS: dict[str, dict[str, Any]] = {
    "open": {"open": True},
    "all": {},
    "unknown": {"unknown": True},
    "unlinked": {"unlinked": True},
}
RETURN_LISTS: dict[str, dict[str, Any]] = {
    "waiting": {"waiting": True},
    "expected": {"expected": True},
    "undecided": {"undecided": True},
    "unknown": {"unknown": True},
    "all": {},
}


def order_list(request: Request) -> Response:
    """List orders, the newest first."""
    which = _which(request, ORDER_LISTS)
    site, asked = site_of(request), request.query_params
    sku = asked.get("sku") or None
    wanted = OrderFilter(
        accounts=_accounts(request),
        sku=sku,
        before=_before(request),
        limit=ROWS + 1,
        **ORDER_LISTS[which],
    )
    with site.reading() as store:
        rows = list(orders(store.connection, wanted))
    rows, last = _page(rows)
    later = None
    if last is not None:
        later = _older("/orders", which, request, last.account, last.order_id)
    return filled(
        request,
        "orders.html",
        rows=rows,
        only=which,
        lists=list(ORDER_LISTS),
        sku=sku,
        later=later,
        path_of=path,
    )


def return_list(request: Request, *, problem: str | None = None, status: int = 200) -> Response:
    """List returns, those that wait for a person first; `problem`: why a receipt was not taken."""
    which = _which(request, RETURN_LISTS)
    site = site_of(request)
    wanted = ReturnFilter(
        accounts=_accounts(request),
        sku=request.query_params.get("sku") or None,
        before=_before(request),
        limit=ROWS + 1,
        **RETURN_LISTS[which],
    )
    with site.reading() as store:
        rows = list(returns(store.connection, wanted))
        countable = sorted({*shelves(store.connection), *site.shelves})
    rows, last = _page(rows)
    later = None
    if last is not None:
        later = _older("/returns", which, request, last.account, last.return_id)
    return filled(
        request,
        "returns.html",
        status,
        rows=rows,
        only=which,
        lists=list(RETURN_LISTS),
        later=later,
        countable=countable,
        problem=problem,
        path_of=path,
    )


Document = TypeVar("Document", OrderRow, ReturnRow)


def _page(rows: list[Document]) -> tuple[list[Document], Document | None]:
    """Return a page, and its last row where there are more."""
    return rows[:ROWS], rows[ROWS - 1] if len(rows) > ROWS else None


def _which(request: Request, lists: Mapping[str, object]) -> str:
    which = request.query_params.get("only") or next(iter(lists))
    if which not in lists:
        raise Refused(404, "address", tr("there is no such list"))
    return which


def _accounts(request: Request) -> tuple[str, ...]:
    account = request.query_params.get("account")
    return (account,) if account else ()


def _before(request: Request) -> tuple[str, str] | None:
    asked = request.query_params
    if "before" not in asked:
        return None
    return asked.get("of", ""), asked["before"]


def _older(route: str, which: str, request: Request, account: str, number: str) -> str:
    asked = request.query_params
    return path(
        route,
        only=which,
        sku=asked.get("sku"),
        account=asked.get("account"),
        of=account,
        before=number,
    )


# ---------------------------------------------------------------- listings


def listing_list(request: Request) -> Response:
    """List what no product is linked to."""
    with site_of(request).reading() as store:
        listed = browse.unlinked(
            store.connection, after=page_number(request, "after") or 0, limit=ROWS
        )
    later = None if listed.after is None else path("/listings", after=listed.after)
    return filled(request, "listings.html", rows=listed.rows, later=later, path_of=path)


def listing(
    request: Request,
    *,
    problem: str | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Tell what a listing is made of, with the form to change it."""
    account, number = identity(request, "account"), identity(request, "id")
    with site_of(request).reading() as store:
        found = browse.listing(store.connection, account, number)
        if found is None:
            raise Refused(404, "address", tr("the book knows no such listing"))
        wanted = not found.products and (
            "near" in request.query_params or browse.few_products(store.connection, NEAR_AT_ONCE)
        )
        near = browse.nearest(store.connection, found) if wanted else None
    return filled(
        request,
        "listing.html",
        status,
        listing=found,
        near=near,
        chosen=request.query_params.get("sku", ""),
        problem=problem,
        typed=Typed(typed or {}),
        path_of=path,
    )


# ---------------------------------------------------------------- runs


def run_list(request: Request) -> Response:
    """List what was run, the newest first, and the round asked for here."""
    site = site_of(request)
    failed = request.query_params.get("only") == "failed"
    with site.reading() as store:
        rows = browse.runs(
            store.connection,
            before=page_number(request, "before"),
            failed=failed,
            limit=ROWS + 1,
        )
    later = None
    if len(rows) > ROWS:
        later = path("/runs", only="failed" if failed else None, before=rows[ROWS - 1].number)
    return filled(
        request,
        "runs.html",
        rows=list(islice(rows, ROWS)),
        failed=failed,
        later=later,
        path_of=path,
        **_round(site),
    )


def round_progress(request: Request) -> Response:
    """Return how far the last round is: a page, or the part of one that asks every second."""
    site = site_of(request)
    part = request.headers.get("hx-request") is not None
    return filled(request, "progress.html" if part else "sync.html", **_round(site))


def _round(site: Site) -> dict[str, Any]:
    last = site.rounds.last
    if last is None:
        return {"round": None, "progress": []}
    if not site.config.database.exists():
        return {"round": last, "progress": []}
    with site.reading() as store:
        told = browse.progress(store.connection, since=last.began_at, after_push=last.after_push)
    return {"round": last, "progress": told}
