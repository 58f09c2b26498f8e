"""The first page, and that of the accounts: is all well, what sold, what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from cloudstock.domain.work import Job
from cloudstock.language import tr
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import rows as rows_of
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.render.health import health_sentence
from cloudstock.settings import Configuration
from cloudstock.store.troubles.finder import Trouble
from cloudstock.store.views import browse
from cloudstock.store.views.health import health
from cloudstock.web.pages import countable, filled, path
from cloudstock.web.remedies import shown
from cloudstock.web.site import site_of
from cloudstock.web.welcome import without_stock

# In the order of a round; `watch` stands in the place of `push`.
JOBS = (Job.CATALOG, Job.ORDERS, Job.RETURNS, Job.RESERVES, Job.PUSH)
# Of many findings of a kind only so many are told one by one.
FINDINGS_MAX = 10

# Products that are named of those that run out, and of those that have.
PRODUCTS_MAX = 6
# Troubles that the first page has lists for.
LISTED = ("low", "sold_out")


def now(request: Request) -> Response:
    """Tell whether all is well, what sold, and what waits for a person."""
    site = site_of(request)
    with site.reading() as store:
        state = health(store.connection, site.config, now=site.now)
        totals = browse.totals(store.connection)
        if totals.uncounted == totals.products:
            return without_stock(request, state, totals)
        low, sold_out = (
            tuple(rows_of(store.connection, PRODUCTS, {name: True}, sort=sort, limit=PRODUCTS_MAX))
            for name, sort in (("running_low", "lasts"), ("sold_out", "-sold"))
        )
        sold = browse.sold_lately(store.connection, site.account_names, now=site.now)
        synced = browse.last_in_step(store.connection, site.account_names)
    sentence = health_sentence(state, now=site.now)
    wrong, more = _cut(state.wrong)
    waits = (
        (totals.open_orders, "/orders", tr("open orders")),
        (totals.returns_waiting, "/returns", tr("returned, waiting for you")),
        (totals.uncounted, "/products?only=uncounted", tr("never counted")),
        (totals.loose, "/listings", tr("listings to be linked or looked at")),
    )
    return filled(
        request,
        "now.html",
        state=state,
        sentence=sentence,
        wrong=[shown(t) for t in wrong],
        notable=[shown(t) for t in _cut([t for t in state.notable if t.kind not in LISTED])[0]],
        low=low,
        sold_out=sold_out,
        more=more,
        waits=waits,
        sold=sold,
        synced=synced,
    )


def _cut(troubles: Sequence[Trouble]) -> tuple[list[Trouble], list[tuple[Trouble, int]]]:
    """Return the first troubles of each kind and account, and one of those with how many more."""
    counts = Counter((t.kind, t.account) for t in troubles)
    seen: Counter[tuple[str, str | None]] = Counter()
    kept, more = [], []
    for trouble in troubles:
        key = (trouble.kind, trouble.account)
        seen[key] += 1
        if seen[key] <= FINDINGS_MAX:
            kept.append(trouble)
        elif seen[key] == counts[key]:
            more.append((trouble, counts[key] - FINDINGS_MAX))
    return kept, more


def _may_call(config: Configuration) -> frozenset[str]:
    """Return the accounts whose marketplaces may call."""
    if config.web.calls is None:
        return frozenset()
    return frozenset(a.name for a in config.accounts if MARKETPLACES[a.marketplace].calls)


def accounts(request: Request, *, problem: str | None = None, status: int = 200) -> Response:
    """Show each account: its jobs, its key's end, and what may be done with it.

    `problem`: why a form of it was not taken.
    """
    site = site_of(request)
    with site.reading() as store:
        state = health(store.connection, site.config, now=site.now)
        details = browse.account_details(store.connection)
        own = countable(site, store)
    return filled(
        request,
        "accounts.html",
        status,
        problem=problem,
        ever=sorted({*details, *site.account_names}),
        state=state,
        details=details,
        countable=own,
        configured=site.config.warehouse_names,
        held=site.config.watched,
        may_call=_may_call(site.config),
        jobs=JOBS,
        titles={name: one.title for name, one in MARKETPLACES.items()},
        path_of=path,
    )
