"""Before there is anything to show: the way to the first round, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.changes.adopting import FRESH
from cloudstock.changes.backup import begin_first
from cloudstock.domain.work import Job
from cloudstock.language import tr
from cloudstock.store import never_was
from cloudstock.store.views.browse import Totals
from cloudstock.store.views.health import Health
from cloudstock.web.pages import filled
from cloudstock.web.site import Site, site_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; of those that are not done the first is the one to do now."""

    title: str
    about: str
    done: bool
    button: str = ""
    # Where its form goes, and what it asks of all accounts; or a page.
    action: str = ""
    what: str = ""
    page: str = ""
    now: bool = False


def without_database(request: Request) -> Response:
    """Lead to the first round where there is no database, or say that it is lost."""
    site = site_of(request)
    if not never_was(site.config.database):
        return filled(request, "welcome.html", 503, lost=True, problem=None)
    return _welcome(request, _steps(site, None, None))


def without_stock(request: Request, state: Health, totals: Totals) -> Response:
    """Lead to the first round where nothing was counted yet."""
    return _welcome(request, _steps(site_of(request), state, totals))


def begin(request: Request) -> Response:
    """Begin a database where there never was one."""
    begin_first(site_of(request).config.database)
    return RedirectResponse("/", 303)


def _welcome(request: Request, steps: list[Step]) -> Response:
    return filled(request, "welcome.html", steps=steps, lost=False, problem=None)


def _steps(site: Site, state: Health | None, totals: Totals | None) -> list[Step]:
    jobs = [j for a in state.accounts for j in a.jobs if j.ok] if state else []
    products = totals.products if totals else 0
    read = any(j.job == Job.RESERVES and site.now - j.last_run_at < FRESH for j in jobs)
    steps = [
        Step(
            tr("A place for stock, orders and history"),
            tr("One file on this machine, which nobody else reads."),
            done=state is not None,
            button=tr("Begin it"),
            action="/begin",
        ),
        Step(
            tr("Keys of the cabinets"),
            tr(
                "They stand in the configuration: {accounts}. A check asks each cabinet with its"
                " key, and changes nothing there.",
                accounts=", ".join(site.account_names),
            ),
            done=bool(jobs) or products > 0,
            button=tr("Check the keys"),
            action="/account/do",
            what="check",
        ),
        Step(
            tr("The catalog"),
            tr("Listings of one article or one barcode become one product."),
            done=products > 0,
            button=tr("Read the catalog"),
            action="/account/do",
            what="catalog",
        ),
        Step(
            tr("What lies in the warehouse"),
            tr(
                "Take what the cabinets show as the first count, or count: by scanning, or by a"
                " sheet."
            ),
            done=totals is not None and 0 < products != totals.uncounted,
            # What they show is taken only where it was read lately.
            button=tr("To the products") if read else tr("Read what the cabinets show"),
            action="" if read else "/sync",
            page="/products?only=uncounted",
        ),
        Step(
            tr("The first round"),
            tr(
                "It reads orders and returns and sends what is available. After it let the"
                " schedule of this machine do so each minute."
            ),
            done=False,
            button=tr("Sync now"),
            action="/sync",
        ),
    ]
    current = next(n for n, step in enumerate(steps) if not step.done)
    return [
        Step(s.title, s.about, s.done, s.button, s.action, s.what, s.page, now=n == current)
        for n, s in enumerate(steps)
    ]
