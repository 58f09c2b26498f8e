"""Counting and receiving many products at once: by a scanner, by typing, or pasted from a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.changes.change import Change
from cloudstock.changes.counts import (
    AdjustRequest,
    Correction,
    CountRequest,
    CountResult,
    Quantity,
)
from cloudstock.domain import grammar
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.language import tr, trn
from cloudstock.render.changes import sentence
from cloudstock.store import Store
from cloudstock.store.views import browse
from cloudstock.web import inputs
from cloudstock.web.access import Note
from cloudstock.web.api import change, changed
from cloudstock.web.forms import AT
from cloudstock.web.pages import Typed, countable, filled
from cloudstock.web.replies import json_reply
from cloudstock.web.site import caller_of, site_of

LINES_MAX = 1000
# Products that are named one by one where all is done.
NAMED_MAX = 5


def counting(request: Request) -> Response:
    """Show the form."""
    return _form(request, {"what": request.query_params.get("what", "count")})


def known(request: Request) -> Response:
    """Tell a scanner what a code stands for."""
    code = inputs.text(request.query_params, "code")
    with site_of(request).reading() as store:
        skus = browse.exactly(store.connection, code) if code else []
        words = browse.name_and_stock(store.connection, skus[0]) if len(skus) == 1 else _no(skus)
    return json_reply({"known": len(skus) == 1, "words": words})


def _no(skus: Sequence[str]) -> str:
    if skus:
        return tr("several products have this barcode: {skus}", skus=", ".join(skus))
    return tr("no product has this article or barcode")


def write(request: Request) -> Response:
    """Look at what is typed, or write it."""
    site, form = site_of(request), inputs.form_of(request)
    try:
        with site.reading() as store:
            lines = _lines(store, form.get("lines", ""))
        if "look" in form:
            looked = change(request, _request(form, lines, dry_run=True))
            return _form(request, form, looked=looked)
        done, number = changed(request, _request(form, lines))
    except UsageProblem as problem:
        unconfirmed = isinstance(problem, Unconfirmed)
        return _form(
            request,
            {name: site.redact(value) for name, value in form.items()},
            problem=site.told(problem),
            unconfirmed=unconfirmed,
        )
    sentences = [sentence(result) for result in done[:NAMED_MAX]]
    if len(done) > NAMED_MAX:
        more = len(done) - NAMED_MAX
        sentences.append(trn("and {n} more product", "and {n} more products", more))
    site.access.leave_note(
        caller_of(request).visitor, Note(site.told("\n".join(sentences)), number)
    )
    return RedirectResponse(f"/count?what={_what(form)}", 303)


def _what(form: dict[str, str]) -> str:
    return "receive" if form.get("what") == "receive" else "count"


def _form(
    request: Request,
    typed: dict[str, str],
    *,
    looked: tuple[CountResult, ...] = (),
    problem: str | None = None,
    unconfirmed: bool = False,
) -> Response:
    site = site_of(request)
    with site.reading() as store:
        warehouses = countable(site, store)
    return filled(
        request,
        "count.html",
        200 if problem is None else 422,
        typed=Typed(typed),
        what=_what(typed),
        looked=looked,
        problem=problem,
        unconfirmed=unconfirmed,
        countable=warehouses,
    )


def _request(form: dict[str, str], lines: dict[str, int], *, dry_run: bool = False) -> Change:
    warehouse, note = inputs.text(form, "warehouse") or None, inputs.text(form, "note")
    yes = "yes" in form or dry_run
    if _what(form) == "receive":
        return AdjustRequest(
            changes=tuple(Correction(sku, units) for sku, units in lines.items() if units),
            reason=note or tr("goods received"),
            warehouse=warehouse,
            yes=yes,
            dry_run=dry_run,
        )
    return CountRequest(
        counts=tuple(Quantity(sku, units) for sku, units in lines.items()),
        warehouse=warehouse,
        note=note,
        at=inputs.optional_moment(form, AT),
        yes=yes,
        dry_run=dry_run,
    )


def _lines(store: Store, written: str) -> dict[str, int]:
    """Return article -> units of lines of a code and a number, 1 where none stands; of a code that
    stands twice the sum. Raises `UsageProblem` with every line that cannot be read."""
    units: dict[str, int] = {}
    problems = []
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        raise UsageProblem(tr("expected at most {n} lines; a sheet may have more", n=LINES_MAX))
    for line in lines:
        skus, number = _read(store, line)
        if number is None or len(skus) != 1:
            reason = _no(skus) if number is not None else tr("expected a code and a whole number")
            problems.append(f"{line.replace(chr(9), ' ')[:80]}: {reason}")
        else:
            units[skus[0]] = units.get(skus[0], 0) + number
    if problems:
        raise UsageProblem("\n".join([*problems, tr("nothing was changed")]))
    if not units:
        raise UsageProblem(tr("expected at least one product"))
    return units


def _read(store: Store, line: str) -> tuple[list[str], int | None]:
    """Return the articles that a line may mean, and its number; None: it is none."""
    whole = browse.exactly(store.connection, line)
    if whole:
        return whole, 1
    for separator in ("\t", ";", None):
        code, *rest = line.rsplit(separator, 1)
        if rest:
            return browse.exactly(store.connection, code.strip()), grammar.units(rest[0].strip())
    return [], 1
