"""The pages: each asks the views that the commands ask, and fills a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.domain.warehouses import MAIN, QUARANTINE
from cloudstock.errors import UsageProblem
from cloudstock.language import spoken, tr
from cloudstock.lists.changes import CHANGES
from cloudstock.lists.declared import List
from cloudstock.lists.history import HISTORY
from cloudstock.lists.listings import LISTINGS, REVIEWS, ListingRow
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import rows as rows_of
from cloudstock.lists.returns import RETURNS
from cloudstock.render.policies import POLICIES, WAYS, words_of
from cloudstock.store import Store
from cloudstock.store.views import browse
from cloudstock.store.views.candidates import candidates
from cloudstock.store.views.course import course
from cloudstock.store.views.explanation import explain
from cloudstock.store.views.stock import Wanted, stock, warehouses
from cloudstock.web.inputs import identity
from cloudstock.web.lists import given_in, page_of, values_of
from cloudstock.web.replies import Refused, may_be_shown, page
from cloudstock.web.site import Site, caller_of, site_of

# Rows of a page, and of one on a phone, where each is a card.
ROWS, ROWS_ON_A_PHONE = 50, 20
# Of a product's own documents.
HISTORY_MAX = 100
DOCUMENTS_MAX = 20
# Among so many products what a listing looks like is found at once; among more, when asked for.
NEAR_AT_ONCE = 5000


def filled(request: Request, template: str, status: int = 200, /, **values: Any) -> Response:
    """Return a page for this visitor, with what was left for them to be told."""
    site = site_of(request)
    common = {
        "note": site.access.take_note(caller_of(request).visitor),
        "locked": site.access.needs_password,
        "outdated": site.outdated,
        "accounts": site.account_names,
        "phone": on_phone(request),
    }
    return page(request.scope, template, status, **(common | values))


def on_phone(request: Request) -> bool:
    """Tell whether a browser says of itself that it is a phone's."""
    return "Mobi" in request.headers.get("user-agent", "")


class Typed(dict[str, str]):
    """The fields of a form as they were typed; those that it has not are empty."""

    def __missing__(self, _key: str) -> str:
        return ""


def path(route: str, **query: object) -> str:
    """Return an address of ours; what is None or empty is left out."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{route}?{urlencode(given)}" if given else route


# ---------------------------------------------------------------- lists


# Tabs of listings whose links are made, confirmed and cut in their rows.
LINKED_HERE = ("unlinked", "review")
# Rows that are more than their columns; of the others the columns tell all.
ROW_TEMPLATES = {
    "products": "product_rows.html",
    "orders": "order_rows.html",
    "returns": "return_rows.html",
    "changes": "change_rows.html",
}


def listed(
    request: Request,
    wanted: List[Any],
    *,
    problem: str | None = None,
    status: int = 200,
    **also: object,
) -> Response:
    """Show a page of a list: as its tab and the filters of the address say.

    `problem`: why a form of one of its rows was not taken.
    """
    only = request.query_params.get("only") or next(iter(wanted.tabs))
    if only not in wanted.tabs:
        raise Refused(404, "address", tr("there is no such list"))
    given = {**wanted.tabs[only].given, **given_in(request, wanted)}
    part = request.headers.get("hx-target") == "found"
    rows_max = ROWS_ON_A_PHONE if on_phone(request) else ROWS
    with site_of(request).reading() as store:
        this_page = page_of(request, store, wanted, given, limit=rows_max)
        more = _stock_of(store, this_page.rows) if wanted is PRODUCTS else {}
        if wanted is LISTINGS and only in LINKED_HERE:
            more = _links_of(store, this_page.rows)
        own = countable(site_of(request), store)
    return filled(
        request,
        "found.html" if part else "list.html",
        status,
        **{
            "wanted": wanted,
            "columns": [c for c in wanted.columns if not c.of_part],
            "template": ROW_TEMPLATES.get(wanted.name, "rows.html"),
            "rows": this_page.rows,
            "only": only,
            "given": values_of(request),
            "narrowed": any(f.name in request.query_params for f in wanted.filters),
            "countable": own,
            "policies": words_of(POLICIES),
            "sort_labels": {key: _sort_label(wanted, key) for key in wanted.sorts},
            "ticked": (),
            "typed": Typed(),
            **also,
            "earlier": this_page.previous
            and _elsewhere(request, wanted, before=this_page.previous),
            "later": this_page.next and _elsewhere(request, wanted, after=this_page.next),
            "sorted_by": lambda key: _sorted_by(request, wanted, key),
            "here": _elsewhere(request, wanted),
            "sheet": _elsewhere(request, wanted, f"/{wanted.name}.csv", only=only),
            "tabs": {name: _elsewhere(request, wanted, only=name) for name in wanted.tabs},
            "problem": problem,
            "path_of": path,
            **more,
        },
    )


def _elsewhere(request: Request, wanted: List[Any], route: str = "", **changes: str) -> str:
    """Return the address of the same list with other values; `route`: as something else."""
    kept = {"only", "sort", *(f.name for f in wanted.filters)} - changes.keys()
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k in kept and v]
    return f"{route or f'/{wanted.name}'}?{urlencode([*pairs, *changes.items()])}"


def _sort_label(wanted: List[Any], key: str) -> str:
    """Return the title of the column that a key sorts by, or its own."""
    titles = (c.label for c in wanted.columns if c.name == key or c.name.startswith(f"{key}_"))
    title = wanted.sort_titles.get(key) or next(titles)
    return " ".join(spoken(title).split())


def _sorted_by(request: Request, wanted: List[Any], key: str) -> tuple[str, str]:
    """Return the address of the list by this key, and how it is by it now: ascending, or "".

    What is sorted by it already is turned around.
    """
    now = request.query_params.get("sort", "")
    turned = f"-{key}" if now == key else key
    state = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    return _elsewhere(request, wanted, sort=turned), state


def countable(site: Site, store: Store) -> list[str]:
    """Return the warehouses in which something may be counted, by name."""
    return sorted({*warehouses(store.connection), *site.config.warehouse_names} or {MAIN})


def _stock_of(store: Store, rows: Sequence[Any]) -> dict[str, Any]:
    """Return what the page of products tells beyond the list: every account's numbers."""
    skus = [row.sku for row in rows]
    return {
        "rows": list(stock(store.connection, Wanted(skus=skus))) if skus else [],
        "away": {row.sku: row.away for row in rows},
        "refused": browse.refused_listings(store.connection, skus),
        "several": len(warehouses(store.connection)) > 1,
    }


def _links_of(store: Store, rows: Sequence[Any]) -> dict[str, Any]:
    """Return what the review of links tells beyond the list: what each listing looks like."""
    db = store.connection
    sought = [row for row in rows if not row.parts]
    near = candidates(db, sought) if browse.few_products(db, NEAR_AT_ONCE) else None
    return {"template": "link_rows.html", "near": near, "reviews": REVIEWS, "whys": whys()}


def whys() -> dict[str, str]:
    """Return why a product may be what a listing offers, as people read it."""
    return {
        "barcode": tr("the same barcode"),
        "article": tr("a like article"),
        "name": tr("a like name"),
    }


def products(request: Request) -> Response:
    """List products with their stock and every account's numbers."""
    text = request.query_params.get("search", "").strip()
    if text and request.headers.get("hx-target") != "found":
        # What a scanner sends, or somebody typed in full: straight to the product.
        with site_of(request).reading() as store:
            exact = browse.exactly(store.connection, text)
        if len(exact) == 1:
            return RedirectResponse(path("/product", sku=exact[0]), 303)
    return listed(request, PRODUCTS)


def return_list(
    request: Request,
    *,
    problem: str | None = None,
    unconfirmed: tuple[str, str] | None = None,
) -> Response:
    """List returns, those that wait for a person first.

    `problem`: why a receipt was not taken; `unconfirmed`: (account, id) of the return where it only
    has to be confirmed.
    """
    status = 200 if problem is None else 422
    return listed(request, RETURNS, problem=problem, status=status, unconfirmed=unconfirmed)


# ---------------------------------------------------------------- one product


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
            rows = list(stock(db, Wanted(skus=[sku], all_warehouses=True)))
            terms = explain(db, sku, now=site.now, max_poll_age=site.config.max_poll_age)
            of_it = {"sku": sku}
            made = list(rows_of(db, CHANGES, of_it, limit=DOCUMENTS_MAX))
            ledger = list(rows_of(db, HISTORY, of_it, sort="-booked", limit=HISTORY_MAX))
            own_orders = list(rows_of(db, ORDERS, of_it, limit=DOCUMENTS_MAX))
            own_returns = list(rows_of(db, RETURNS, of_it, limit=DOCUMENTS_MAX))
            own = countable(site, store)
            graph = course(db, sku, now=site.now)
            cards = browse.cards(db, sku)
            policy, hidden = browse.own_policy(db, sku), browse.is_hidden(db, sku)
    except UsageProblem as error:
        raise Refused(404, error.kind, site.told(error)) from error
    return filled(
        request,
        "product.html",
        status,
        rows=[r for r in rows if r.warehouse != QUARANTINE or r.on_hand],
        terms=terms,
        ledger=ledger,
        orders=own_orders,
        returns=own_returns,
        changes=made,
        changes_list=CHANGES,
        history_max=HISTORY_MAX,
        documents_max=DOCUMENTS_MAX,
        countable=own,
        course=graph,
        own_policy=policy,
        hidden=hidden,
        cards=cards,
        picture=next((c.picture for c in cards.values() if may_be_shown(c.picture)), ""),
        policies=words_of(POLICIES),
        ways=words_of(WAYS),
        problem=problem,
        typed=Typed(typed or {}),
        path_of=path,
    )


def suggestions(request: Request) -> Response:
    """Return articles for a form's list, as somebody types one."""
    # The field is named as its line of the form is.
    query = next(iter(request.query_params.values()), "").strip()[:200]
    with site_of(request).reading() as store:
        rows = rows_of(store.connection, PRODUCTS, {"search": query}, limit=20) if query else ()
        skus = [row.sku for row in rows]
    return page(request.scope, "suggestions.html", skus=skus)


# ---------------------------------------------------------------- one listing


def listing_row(store: Store, account: str, number: str) -> ListingRow | None:
    """Return a listing by its account and marketplace id, offered or not; None: there is none."""
    for left in ({}, {"archived": True}, {"gone": True}, {"archived": True, "gone": True}):
        given = {"account": [account], "id": number, **left}
        for row in rows_of(store.connection, LISTINGS, given, limit=1):
            return row
    return None


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
        listing = listing_row(store, account, number)
        if listing is None:
            raise Refused(404, "address", tr("the database knows no such listing"))
        wanted = not listing.parts and (
            "near" in request.query_params or browse.few_products(store.connection, NEAR_AT_ONCE)
        )
        near = candidates(store.connection, [listing])[listing.listing_id] if wanted else None
    return filled(
        request,
        "listing.html",
        status,
        listing=listing,
        near=near,
        reviews=REVIEWS,
        whys=whys(),
        chosen=request.query_params.get("sku", ""),
        problem=problem,
        typed=Typed(typed or {}),
        path_of=path,
    )


# ---------------------------------------------------------------- a round


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
        done = browse.progress(store.connection, since=last.began_at, after_push=last.after_push)
    return {"round": last, "progress": done}
