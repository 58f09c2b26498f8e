"""What a person does in the browser: the functions of the commands, and what they answer."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.logs import event
from cloudstock.render import shelf as sentences
from cloudstock.shelf.counts import adjust_stock, set_stock
from cloudstock.shelf.links import link_listing, unlink_listing
from cloudstock.shelf.returns import receive_return
from cloudstock.store import Store
from cloudstock.web import asked, pages
from cloudstock.web.access import TriedTooOften
from cloudstock.web.api import begin_round
from cloudstock.web.guard import address_of, tried_too_often
from cloudstock.web.replies import Refused, page
from cloudstock.web.site import caller_of, site_of

log = logging.getLogger("cloudstock.web")

# Lines of a form that links a listing.
PARTS_MAX = 20


def count(request: Request) -> Response:
    """Count a product."""
    site, sku, form = site_of(request), asked.identity(request, "sku"), asked.form_of(request)
    try:
        with site.book() as store:
            result = set_stock(
                store,
                sku,
                asked.whole_number(form, "quantity"),
                warehouse=asked.text(form, "warehouse") or "main",
                now=site.now,
                note=asked.text(form, "note"),
                configured=site.shelves,
            )
    except UsageProblem as problem:
        return pages.product(
            request, problem=site.redact(str(problem)), typed={"did": "count", **form}, status=422
        )
    return _done(request, sentences.counted(result), pages.path("/product", sku=sku))


def adjust(request: Request) -> Response:
    """Correct what is on hand."""
    site, sku, form = site_of(request), asked.identity(request, "sku"), asked.form_of(request)
    try:
        with site.book() as store:
            result = adjust_stock(
                store,
                sku,
                asked.whole_number(form, "change"),
                reason=asked.text(form, "reason"),
                warehouse=asked.text(form, "warehouse") or "main",
                now=site.now,
                configured=site.shelves,
            )
    except UsageProblem as problem:
        return pages.product(
            request, problem=site.redact(str(problem)), typed={"did": "adjust", **form}, status=422
        )
    return _done(request, sentences.counted(result), pages.path("/product", sku=sku))


def link(request: Request) -> Response:
    """Say what a listing is made of."""
    site, form = site_of(request), asked.form_of(request)
    account, number = asked.identity(request, "account"), asked.identity(request, "id")
    try:
        with site.book() as store:
            result = link_listing(
                store,
                account,
                _known(store, account, number),
                _parts(form),
                now=site.now,
                create="create" in form,
            )
    except UsageProblem as problem:
        return pages.listing(request, problem=site.redact(str(problem)), typed=form, status=422)
    return _done(
        request, sentences.linked(result), pages.path("/listing", account=account, id=number)
    )


def unlink(request: Request) -> Response:
    """Take a listing off its products."""
    site = site_of(request)
    account, number = asked.identity(request, "account"), asked.identity(request, "id")
    try:
        with site.book() as store:
            result = unlink_listing(store, account, _known(store, account, number), now=site.now)
    except UsageProblem as problem:
        return pages.listing(request, problem=site.redact(str(problem)), status=422)
    return _done(
        request, sentences.linked(result), pages.path("/listing", account=account, id=number)
    )


def _known(store: Store, account: str, number: str) -> str:
    """Return the marketplace id of a listing that the book knows by exactly this one."""
    if pages.listing_row(store, account, number) is None:
        raise Refused(404, "address", tr("the book knows no such listing"))
    return number


def _parts(form: dict[str, str]) -> list[tuple[str, int]]:
    """Return the lines of the form that name a product, with its units."""
    parts = []
    for n in range(PARTS_MAX):
        sku = asked.text(form, f"sku{n}")
        if sku:
            units = asked.whole_number(form, f"units{n}") if asked.text(form, f"units{n}") else 1
            parts.append((sku, units))
    return parts


def receive(request: Request) -> Response:
    """Put returned units on the shelf, or write them off."""
    site, form = site_of(request), asked.form_of(request)
    account, number = asked.identity(request, "account"), asked.identity(request, "id")
    try:
        with site.book() as store:
            result = receive_return(
                store,
                number,
                account=account,
                quantity=asked.whole_number(form, "quantity")
                if asked.text(form, "quantity")
                else None,
                write_off=_to_be_written_off(form),
                warehouse=asked.text(form, "warehouse") or None,
                now=site.now,
                configured=site.shelves,
            )
    except UsageProblem as problem:
        return pages.return_list(request, problem=site.redact(str(problem)), status=422)
    return _done(request, sentences.received(result), "/returns")


def _to_be_written_off(form: dict[str, str]) -> bool:
    match form.get("what"):
        case "write-off":
            return True
        case "receive":
            return False
        case _:
            raise UsageProblem(tr("say whether the units go on the shelf or are written off"))


def sync(request: Request) -> Response:
    """Begin a round."""
    site, form = site_of(request), asked.form_of(request)
    begin_round(site, full="full" in form, yes="yes" in form)
    return RedirectResponse("/sync", 303)


def _done(request: Request, sentence: str, location: str) -> Response:
    """Send the browser on to a page that tells what was done."""
    site = site_of(request)
    site.access.leave_note(caller_of(request).visitor, site.redact(sentence))
    return RedirectResponse(location, 303)


# ---------------------------------------------------------------- the door


def login_page(request: Request) -> Response:
    """Show the form for the password."""
    if not site_of(request).access.needs_password or caller_of(request).signed_in:
        return RedirectResponse(_own(request.query_params.get("next", "/")), 303)
    return page(request.scope, "login.html", problem=None)


def login(request: Request) -> Response:
    """Begin a session for who knows the password."""
    site, form, caller = site_of(request), asked.form_of(request), caller_of(request)
    if not site.access.needs_password:
        return RedirectResponse("/", 303)
    try:
        right = site.access.is_password(form.get("password", ""), address_of(request.scope))
    except TriedTooOften as too_often:
        refused = tried_too_often(too_often)
        answer = page(request.scope, "login.html", refused.status, problem=refused.message)
        answer.headers.update(refused.headers)
        return answer
    address = address_of(request.scope)
    if not right:
        event(log, logging.WARNING, "web.password_wrong", address=address)
        return page(request.scope, "login.html", 401, problem=tr("this is not the password"))
    event(log, logging.INFO, "web.signed_in", address=address)
    # A token of its own: one that somebody may have put into this browser before opens nothing.
    site.access.sign_out(caller.visitor)
    caller.cookies[:] = [request.app.state.cookie(site.access.sign_in())]
    return RedirectResponse(_own(request.query_params.get("next", "/")), 303)


def logout(request: Request) -> Response:
    """End the session."""
    site, caller = site_of(request), caller_of(request)
    site.access.sign_out(caller.visitor)
    caller.cookies[:] = [request.app.state.cookie(site.access.new_token())]
    return RedirectResponse("/login" if site.access.needs_password else "/", 303)


def _own(target: str) -> str:
    """Return an address of ours: a link to the door must not lead to somebody else's page."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return "/"
    if any(not c.isprintable() or c.isspace() for c in target):
        return "/"
    return target
