"""What a person does in the browser: the functions of the commands, and what they answer."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.changes.adopting import AdoptRequest, AdoptResult
from cloudstock.changes.change import Change
from cloudstock.changes.closing import CloseRequest
from cloudstock.changes.counts import AdjustRequest, Correction, CountRequest, Quantity
from cloudstock.changes.hiding import HideRequest
from cloudstock.changes.links import LinkedProduct, LinkRequest
from cloudstock.changes.moves import MoveRequest
from cloudstock.changes.orders import CloseOrderRequest
from cloudstock.changes.pausing import PauseRequest
from cloudstock.changes.policies import BufferRequest, MinimumRequest, PolicyRequest
from cloudstock.changes.returns import ReceivedPart, ReceiveRequest
from cloudstock.changes.undoing import UndoRequest
from cloudstock.changes.warehouses import AddWarehouseRequest, RemoveWarehouseRequest
from cloudstock.domain.transition import How
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.language import tr
from cloudstock.lists.changes import CHANGES
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.products import PRODUCTS
from cloudstock.render.changes import sentence
from cloudstock.web import inputs, morning, pages
from cloudstock.web.access import Note
from cloudstock.web.api import begin_round, change, changed
from cloudstock.web.replies import Refused
from cloudstock.web.site import caller_of, site_of

# Lines of a form that links a listing.
PARTS_MAX = 20


# Shows the page of a form once more, with why it was not taken, and whether it only has to be
# confirmed.
Again = Callable[[str, bool], Response]


def _changed(request: Request, made: Callable[[], Change], location: str, again: Again) -> Response:
    """Carry out the change that a form asks for, and send the browser on; or show it again."""
    site = site_of(request)
    try:
        done, number = changed(request, made())
    except UsageProblem as problem:
        return again(site.told(problem), isinstance(problem, Unconfirmed))
    if isinstance(done, AdoptResult) and done.unclear and not done.counts:
        return again(site.told(sentence(done)), False)
    results = done if isinstance(done, tuple) else (done,)
    sentences = site.told("\n".join(map(sentence, results)))
    site.access.leave_note(caller_of(request).visitor, Note(sentences, number))
    return RedirectResponse(location, 303)


def count(request: Request) -> Response:
    """Count a product."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)

    def made() -> Change:
        return CountRequest(
            counts=(Quantity(sku, inputs.whole_number(form, "quantity")),),
            warehouse=inputs.text(form, "warehouse") or None,
            note=inputs.text(form, "note"),
            at=inputs.optional_moment(form, "at"),
            yes="yes" in form,
        )

    # A list whose row was counted is gone on with.
    back = inputs.own_path(form.get("back", ""))
    location = back if back.startswith("/products") else pages.path("/product", sku=sku)
    return _changed(request, made, location, _product(request, form, "count"))


def adopt(request: Request) -> Response:
    """Take what cabinets show as the first count, of one product or of all never counted."""
    form = inputs.form_of(request)
    sku, account = inputs.text(form, "sku"), inputs.text(form, "account")

    def again(problem: str, unconfirmed: bool) -> Response:
        typed = pages.Typed(account=account, adopted="unconfirmed" if unconfirmed else "no")
        return pages.listed(request, PRODUCTS, problem=problem, status=422, typed=typed)

    return _changed(
        request,
        lambda: AdoptRequest(
            accounts=(account,) if account else None,
            skus=(sku,) if sku else (),
            warehouse=inputs.text(form, "warehouse") or None,
            yes="yes" in form,
        ),
        pages.path("/product", sku=sku) if sku else "/products?only=uncounted",
        again,
    )


def adjust(request: Request) -> Response:
    """Correct what is on hand."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)

    def made() -> Change:
        return AdjustRequest(
            changes=(Correction(sku, inputs.whole_number(form, "change")),),
            reason=inputs.text(form, "reason"),
            warehouse=inputs.text(form, "warehouse") or None,
            yes="yes" in form,
        )

    again = _product(request, form, "adjust")
    return _changed(request, made, pages.path("/product", sku=sku), again)


def move(request: Request) -> Response:
    """Carry units from one warehouse to another."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)

    def made() -> Change:
        return MoveRequest(
            moves=(Quantity(sku, inputs.whole_number(form, "quantity")),),
            from_warehouse=inputs.text(form, "from"),
            to_warehouse=inputs.text(form, "to"),
            note=inputs.text(form, "note"),
        )

    again = _product(request, form, "move")
    return _changed(request, made, pages.path("/product", sku=sku), again)


def policy(request: Request) -> Response:
    """Say how a product's units are shared; what would lower a listing is told first."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)

    def made() -> Change:
        return _policy(request, form, (sku,), inputs.text(form, "policy") or None)

    again = _product(request, form, "policy")
    return _changed(request, made, pages.path("/product", sku=sku), again)


def _policy(
    request: Request, form: dict[str, str], skus: tuple[str, ...], policy: str | None
) -> Change:
    """Return the request for a policy; raises `Unconfirmed` with what it would lower."""
    word = form.get("how", How.STRICT.value)
    if word not in [h.value for h in How]:
        raise UsageProblem(tr("{name}: expected one of {words}", name="how", words=", ".join(How)))
    wanted = PolicyRequest(skus=skus, policy=policy, how=How(word))
    if "yes" not in form:
        ahead = change(request, structs.replace(wanted, dry_run=True))
        if any(result.lowers for result in ahead):
            raise Unconfirmed("\n".join(map(sentence, ahead)))
    return wanted


def buffer(request: Request) -> Response:
    """Say how many units of a product are kept back."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)

    def made() -> Change:
        return BufferRequest(skus=(sku,), buffer=inputs.optional_number(form, "buffer"))

    again = _product(request, form, "buffer")
    return _changed(request, made, pages.path("/product", sku=sku), again)


def minimum(request: Request) -> Response:
    """Say with how many units a product is low."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)

    def made() -> Change:
        return MinimumRequest(skus=(sku,), minimum=inputs.optional_number(form, "minimum"))

    again = _product(request, form, "minimum")
    return _changed(request, made, pages.path("/product", sku=sku), again)


def hide(request: Request) -> Response:
    """Put a product out of sight, or bring it back."""
    sku, form = inputs.identity(request, "sku"), inputs.form_of(request)
    again = _product(request, form, "hide")
    location = pages.path("/product", sku=sku)
    return _changed(request, lambda: HideRequest(skus=(sku,), show="show" in form), location, again)


def bulk(request: Request) -> Response:
    """Do one thing with all products that are ticked."""
    form, skus = inputs.form_of(request), inputs.several(request, "sku")

    def made() -> Change:
        if not skus:
            raise UsageProblem(tr("expected at least one product"))
        match form.get("what"):
            case "policy":
                return _policy(request, form, skus, inputs.text(form, "policy") or None)
            case "buffer":
                return BufferRequest(skus=skus, buffer=inputs.optional_number(form, "buffer"))
            case "minimum":
                return MinimumRequest(skus=skus, minimum=inputs.optional_number(form, "minimum"))
            case "hide" | "show" as what:
                return HideRequest(skus=skus, show=what == "show")
            case _:
                raise UsageProblem(tr("say what is done with them"))

    def again(problem: str, unconfirmed: bool) -> Response:
        typed = {**_shown(request, form), "unconfirmed": "yes" if unconfirmed else ""}
        return pages.listed(
            request, PRODUCTS, problem=problem, status=422, ticked=skus, typed=pages.Typed(typed)
        )

    return _changed(request, made, inputs.own_path(form.get("back", "/products")), again)


def warehouse(request: Request) -> Response:
    """Take away a warehouse in which nothing is, or add one."""
    form = inputs.form_of(request)
    name, kind = inputs.text(form, "name"), form.get("what")
    return _changed(
        request,
        lambda: (AddWarehouseRequest if kind == "add" else RemoveWarehouseRequest)(name=name),
        "/accounts#warehouses",
        lambda problem, _: morning.accounts(request, problem=problem, status=422),
    )


def undo(request: Request) -> Response:
    """Take a change back, and go on where that was asked for."""
    form = inputs.form_of(request)
    return _changed(
        request,
        lambda: UndoRequest(change=inputs.whole_number(form, "change")),
        inputs.own_path(form.get("back", "/changes")),
        lambda problem, _: pages.listed(request, CHANGES, problem=problem, status=422),
    )


def _product(request: Request, form: dict[str, str], which: str) -> Again:
    def again(problem: str, unconfirmed: bool) -> Response:
        typed = {**_shown(request, form), "did": which, "unconfirmed": "yes" if unconfirmed else ""}
        return pages.product(request, problem=problem, typed=typed, status=422)

    return again


def _shown(request: Request, form: dict[str, str]) -> dict[str, str]:
    """Return the fields of a form without the configuration's keys."""
    redact = site_of(request).redact
    return {name: redact(value) for name, value in form.items()}


def link(request: Request) -> Response:
    """Say what a listing is made of."""
    form = inputs.form_of(request)

    def made(account: str, number: str) -> Change:
        products = _parts(form)
        if not products:
            raise UsageProblem(tr("expected at least one product"))
        return LinkRequest(
            account=account, listing=number, products=products, create="create" in form
        )

    return _linked(request, made, form)


def unlink(request: Request) -> Response:
    """Take a listing off its products."""
    leave = "leave" in inputs.form_of(request)
    return _linked(
        request,
        lambda account, number: LinkRequest(
            account=account, listing=number, products=(), leave=leave
        ),
        None,
    )


def _linked(
    request: Request, made: Callable[[str, str], Change], form: dict[str, str] | None
) -> Response:
    """Carry out a change of the listing that an address names by its exact marketplace id."""
    account, number = inputs.identity(request, "account"), inputs.identity(request, "id")
    here = pages.path("/listing", account=account, id=number)
    with site_of(request).writing() as store:
        if pages.listing_row(store, account, number) is None:
            raise Refused(404, "address", tr("the database knows no such listing"))
    return _changed(
        request,
        lambda: made(account, number),
        inputs.own_path(inputs.form_of(request).get("back", here)),
        lambda problem, _: pages.listing(
            request, problem=problem, typed=_shown(request, form or {}), status=422
        ),
    )


def _parts(form: dict[str, str]) -> tuple[LinkedProduct, ...]:
    """Return the lines of the form that name a product, with its units."""
    products = []
    for n in range(PARTS_MAX):
        if sku := inputs.text(form, f"sku{n}"):
            units = inputs.optional_number(form, f"units{n}")
            products.append(LinkedProduct(sku, 1 if units is None else units))
    return tuple(products)


def receive(request: Request) -> Response:
    """Put returned units into stock, or write them off."""
    form = inputs.form_of(request)
    account, number = inputs.identity(request, "account"), inputs.identity(request, "id")

    def made() -> Change:
        part = inputs.text(form, "part")
        return ReceiveRequest(
            return_id=number,
            account=account,
            quantity=None if part else inputs.optional_number(form, "quantity"),
            write_off=_to_be_written_off(form),
            warehouse=inputs.text(form, "warehouse") or None,
            parts=(ReceivedPart(part),) if part else (),
            counted=form.get("what") == "counted",
            yes="yes" in form,
        )

    return _changed(
        request,
        made,
        "/returns",
        lambda problem, unconfirmed: pages.return_list(
            request, problem=problem, unconfirmed=(account, number) if unconfirmed else None
        ),
    )


def _to_be_written_off(form: dict[str, str]) -> bool:
    match form.get("what"):
        case "write-off":
            return True
        case "receive" | "counted":
            return False
        case _:
            raise UsageProblem(tr("say whether the units go in the warehouse or are written off"))


def close_order(request: Request) -> Response:
    """Stop waiting for what left with a cancelled order."""
    account, number = inputs.identity(request, "account"), inputs.identity(request, "id")
    return _changed(
        request,
        lambda: CloseOrderRequest(order_id=number, account=account),
        "/orders?only=away",
        lambda problem, _: pages.listed(request, ORDERS, problem=problem, status=422),
    )


def close_account(request: Request) -> Response:
    """Send zero to all of an account or a warehouse of it; or say that it shows none, or opens."""
    form = inputs.form_of(request)
    what = form.get("what")
    wanted = CloseRequest(
        account=inputs.text(form, "account"),
        warehouse=inputs.text(form, "warehouse") or None,
        release_orders=what == "release",
        reopen=what == "reopen",
    )
    if what == "send":
        begin_round(site_of(request), closes=wanted)
        return RedirectResponse("/sync", 303)
    return _changed(
        request,
        lambda: wanted,
        "/accounts",
        lambda problem, _: morning.accounts(request, problem=problem, status=422),
    )


def pause(request: Request) -> Response:
    """Hold back what is sent to an account, or send it again."""
    form = inputs.form_of(request)
    return _changed(
        request,
        lambda: PauseRequest(account=inputs.text(form, "account"), resume="resume" in form),
        "/accounts",
        lambda problem, _: morning.accounts(request, problem=problem, status=422),
    )


# What may be asked of one account, and the command that asks it.
ASKED = {"check": "check", "catalog": "pull-catalog"}


def ask_account(request: Request) -> Response:
    """Check an account's key or all, or read a catalog, in a process of its own."""
    site, form = site_of(request), inputs.form_of(request)
    account, command = inputs.text(form, "account"), ASKED.get(form.get("what", ""))
    if command is None or account not in ("", *site.account_names):
        raise Refused(422, "usage", tr("say what is asked of which account"))
    begin_round(site, asks=(command, account))
    return RedirectResponse("/sync", 303)


def sync(request: Request) -> Response:
    """Begin a round."""
    site, form = site_of(request), inputs.form_of(request)
    begin_round(site, full="full" in form, yes="yes" in form)
    return RedirectResponse("/sync", 303)
