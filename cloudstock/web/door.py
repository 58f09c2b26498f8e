"""Signing in and out."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.language import tr
from cloudstock.logs import event
from cloudstock.web import inputs
from cloudstock.web.guard import tried_too_often
from cloudstock.web.pages import filled
from cloudstock.web.replies import page
from cloudstock.web.site import caller_of, site_of
from cloudstock.web.tries import TriedTooOften

log = logging.getLogger("cloudstock.web")


def login_page(request: Request) -> Response:
    """Show the form for the password."""
    if not site_of(request).access.needs_password or caller_of(request).signed_in:
        return RedirectResponse(inputs.own_path(request.query_params.get("next", "/")), 303)
    unsent = "unsent" in request.query_params
    problem = tr("you were signed out meanwhile: choose the file again after this")
    return _shown(request, problem=problem if unsent else None)


def _shown(request: Request, status: int = 200, problem: str | None = None) -> Response:
    kept = caller_of(request).kept
    return page(request.scope, "login.html", status, problem=problem, kept=kept)


async def login(request: Request) -> Response:
    """Begin a session for who knows the password."""
    site, form, caller = site_of(request), inputs.form_of(request), caller_of(request)
    if not site.access.needs_password:
        return RedirectResponse("/", 303)
    try:
        right = await site.access.is_password(form.get("password", ""), caller.address)
    except TriedTooOften as too_often:
        refused = tried_too_often(too_often)
        answer = _shown(request, refused.status, refused.message)
        answer.headers.update(refused.headers)
        return answer
    if not right:
        event(log, logging.WARNING, "web.password_wrong", address=caller.address)
        return _shown(request, 401, tr("this is not the password"))
    event(log, logging.INFO, "web.signed_in", address=caller.address)
    # A token of its own: one that somebody may have put into this browser before opens nothing.
    site.access.sign_out(caller.visitor)
    caller.visitor = site.access.sign_in()
    caller.cookies[:] = [request.app.state.cookie(caller.visitor)]
    if caller.kept is not None:
        caller.allowed = caller.signed_in = True
        request.state.form_token = site.access.form_token(caller.visitor)
        return filled(
            request,
            "kept.html",
            title=tr("Nothing is lost"),
            message=tr("this was not done yet: send it again if it still holds"),
            kept=caller.kept,
        )
    return RedirectResponse(inputs.own_path(request.query_params.get("next", "/")), 303)


def logout(request: Request) -> Response:
    """End the session."""
    site, caller = site_of(request), caller_of(request)
    site.access.sign_out(caller.visitor)
    caller.cookies[:] = [request.app.state.cookie(site.access.new_token())]
    return RedirectResponse("/login" if site.access.needs_password else "/", 303)
