"""The application: addresses, and what becomes of an error."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from cloudstock.errors import Busy, CloudstockError, DatabaseError, DatabaseMissing
from cloudstock.language import tr
from cloudstock.lists.declared import List
from cloudstock.web import (
    acts,
    api,
    counting,
    door,
    files,
    looking,
    morning,
    openapi,
    pages,
    reports,
    welcome,
)
from cloudstock.web.forms import SIGN_IN
from cloudstock.web.guard import FILES, Guard, is_api
from cloudstock.web.lists import LISTS
from cloudstock.web.replies import STATIC, Refused, problem_reply, refused_by
from cloudstock.web.site import Site, site_of

log = logging.getLogger("cloudstock.web")

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]


def application(site: Site) -> ASGIApp:
    """Return the whole application of a site, guarded."""
    routes = [
        Route("/", morning.now),
        Route("/begin", welcome.begin, methods=["POST"]),
        Route("/accounts", morning.accounts),
        Route("/account/do", acts.ask_account, methods=["POST"]),
        Route("/backup", files.backup, methods=["POST"]),
        Route(FILES, files.files, methods=["GET"]),
        Route(FILES, looking.choose, methods=["POST"]),
        Route("/files/look", looking.look),
        Route("/files/look.csv", looking.look_as_csv),
        Route("/files/count", looking.count, methods=["POST"]),
        Route("/files/stock.{ending}", files.stock_sheet),
        Route("/files/cabinet", files.cabinet_sheet),
        Route("/report", reports.report),
        Route("/products", pages.products),
        *(Route(f"/{wanted.name}", _list_page(wanted)) for wanted in LISTS if wanted.tabs),
        *(Route(f"/{wanted.name}.csv", _list_file(wanted)) for wanted in LISTS),
        Route("/products/adopt", acts.adopt, methods=["POST"]),
        Route("/account/pause", acts.pause, methods=["POST"]),
        Route("/account/close", acts.close_account, methods=["POST"]),
        Route("/count", counting.counting, methods=["GET"]),
        Route("/count", counting.write, methods=["POST"]),
        Route("/count/known", counting.known),
        Route("/product", pages.product),
        Route("/product/count", acts.count, methods=["POST"]),
        Route("/product/adjust", acts.adjust, methods=["POST"]),
        Route("/product/move", acts.move, methods=["POST"]),
        Route("/product/policy", acts.policy, methods=["POST"]),
        Route("/product/buffer", acts.buffer, methods=["POST"]),
        Route("/product/minimum", acts.minimum, methods=["POST"]),
        Route("/product/hide", acts.hide, methods=["POST"]),
        Route("/products/bulk", acts.bulk, methods=["POST"]),
        Route("/warehouses", acts.warehouse, methods=["POST"]),
        Route("/changes/undo", acts.undo, methods=["POST"]),
        Route("/suggestions", pages.suggestions),
        Route("/return/receive", acts.receive, methods=["POST"]),
        Route("/order/close", acts.close_order, methods=["POST"]),
        Route("/listing", pages.listing),
        Route("/listing/link", acts.link, methods=["POST"]),
        Route("/listing/unlink", acts.unlink, methods=["POST"]),
        Route("/sync", pages.round_progress, methods=["GET"]),
        Route("/sync", acts.sync, methods=["POST"]),
        Route("/login", door.login_page, methods=["GET"]),
        Route("/login", door.login, methods=["POST"]),
        Route("/logout", door.logout, methods=["POST"]),
        *openapi.ROUTES,
        *api.ROUTES,
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers: dict[type[Exception] | int, Handler] = {
        Refused: _refused,
        CloudstockError: _failed,
        HTTPException: _http,
        Exception: _bug,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.state.site = site
    forms = frozenset(
        r.path for r in routes if isinstance(r, Route) and "POST" in (r.methods or ())
    )
    guard = Guard(
        app,
        access=site.access,
        language=site.language,
        # What has a file in it, and the door, are not kept.
        forms=frozenset(filter(lambda path: not is_api(path), forms - {FILES, SIGN_IN, "/logout"})),
        redact=site.redact,
    )
    app.state.cookie = guard.cookie
    return guard


def _list_page(wanted: List[Any]) -> Callable[[Request], Response]:
    return lambda request: pages.listed(request, wanted)


def _list_file(wanted: List[Any]) -> Callable[[Request], Response]:
    return lambda request: files.list_sheet(request, wanted)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem_reply(request.scope, error)


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, CloudstockError)
    if isinstance(error, DatabaseMissing) and not is_api(request.url.path):
        # Who lost it, or never had one, is led on; where it should lie is for the log.
        log.warning("%s", site_of(request).redact(str(error)))
        return welcome.without_database(request)
    site = site_of(request)
    if is_api(request.url.path):
        message = site.redact(str(error))
    else:
        message = site.told(error).replace(str(site.config.database), tr("the database file"))
        if isinstance(error, Busy | DatabaseError):
            # Where it lies is for the log.
            log.warning("%s", site.redact(str(error)))
    return problem_reply(request.scope, refused_by(error, message))


def _page_of(path: str) -> str:
    """Return the page that a form is on, by where it is sent: `/product/count` is of `/product`."""
    first, _, rest = path.removeprefix("/").partition("/")
    theirs = {
        "account": "accounts",
        "order": "orders",
        "return": "returns",
        "warehouses": "accounts",
    }
    return f"/{theirs.get(first, first if rest else '')}"


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and request.method == "GET" and not is_api(request.url.path):
        # A page that a form was answered with is loaded anew, or read in the other language.
        return RedirectResponse(f"{_page_of(request.url.path)}?{request.url.query}", 303)
    match error.status_code:
        case 404:
            message = tr("there is no such page")
        case 405:
            message = tr("this address takes other requests only")
        case _:
            message = str(error.detail)
    refused = Refused(error.status_code, "address", message, dict(error.headers or {}))
    return problem_reply(request.scope, refused)


def _bug(request: Request, error: Exception) -> Response:
    # Everything about it is in the log, which is ours; the page may be anybody's.
    log.error("web.bug path=%s", request.url.path, exc_info=error)
    message = tr("this is a bug in cloudstock; the log of the server has the details")
    return problem_reply(request.scope, Refused(500, "bug", message))
