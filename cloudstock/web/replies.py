"""What is answered: pages by templates, JSON for scripts, and troubles as either."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from cloudstock.domain.changes import note_label
from cloudstock.errors import (
    Busy,
    CloudstockError,
    ConfigurationError,
    DatabaseError,
    UsageProblem,
)
from cloudstock.language import in_use, spoken, tr, trn
from cloudstock.language.local import day, done, lasting
from cloudstock.lists.changes import how_to_undo
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.render import explanation, text
from cloudstock.web import labels
from cloudstock.web.access import Access

if TYPE_CHECKING:
    from starlette.types import Scope

# Whose pictures of cards a page may show.
PICTURES = tuple(host for r in MARKETPLACES.values() for host in r.pictures)
STATIC = Path(__file__).parent / "static"


class Refused(Exception):
    """A request that is not carried out, with its HTTP status."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        headers: dict[str, str] | None = None,
        *,
        again: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        # A fixed word, as in `CloudstockError.kind`.
        self.kind = kind
        self.message = message
        self.headers = headers or {}
        # The same form may be sent again: it is kept for that.
        self.again = again


def refused_by(error: CloudstockError, message: str) -> Refused:
    """Return the refusal that an error of the program stands for; `message` is fit to be shown."""
    match error:
        case Busy():
            return Refused(503, error.kind, message, {"retry-after": "5"}, again=True)
        case UsageProblem():
            return Refused(422, error.kind, message)
        case DatabaseError() | ConfigurationError():
            return Refused(503, error.kind, message, again=True)
        case _:
            return Refused(500, error.kind, message)


def problem_reply(scope: Scope, refused: Refused) -> Response:
    """Return a refusal as whoever asked understands it."""
    if scope["path"].startswith("/api/v1/"):
        error = {"error": {"kind": refused.kind, "message": refused.message}}
        return json_reply(error, refused.status, refused.headers)
    answer = _kept(scope, refused) or page(
        scope, "problem.html", refused.status, refused=refused, title=_title(refused)
    )
    answer.headers.update(refused.headers)
    return answer


def _kept(scope: Scope, refused: Refused) -> Response | None:
    """Return a page that keeps the form which was refused; None where it is not kept."""
    caller = scope.get("state", {}).get("caller")
    if not refused.again or caller is None or caller.kept is None:
        return None
    if not caller.allowed:
        return page(scope, "login.html", refused.status, problem=refused.message, kept=caller.kept)
    message = tr(
        "{reason}: nothing was done, and nothing that you typed is lost", reason=refused.message
    )
    return page(
        scope,
        "kept.html",
        refused.status,
        title=_title(refused),
        message=message,
        kept=caller.kept,
    )


def _title(refused: Refused) -> str:
    match refused.status:
        case 404:
            return tr("There is nothing here")
        case 409 | 503:
            return tr("Not now")
        case 401 | 403 | 421 | 429:
            return tr("Not allowed")
        case 500:
            return tr("Something is wrong with the program")
        case _:
            return tr("This cannot be done")


def json_reply(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return records, moments and all as JSON; moments in UTC."""
    import msgspec

    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def come_again(scope: Scope) -> Response:
    """Return a page that does nothing but ask for the same address from here."""
    address = own_address(scope)
    return HTMLResponse(_environment().get_template("again.html").render(address=address))


def own_address(scope: Scope) -> str:
    """Return what was asked for as an address that leads to this server and nowhere else.

    To a browser `//name/` and `/\\name/` are other hosts.
    """
    address = "/" + quote(scope["path"].lstrip("/"))
    if scope["query_string"]:
        address += "?" + scope["query_string"].decode("latin-1")
    return address


# ---------------------------------------------------------------- pages


def page(scope: Scope, template: str, status: int = 200, /, **values: Any) -> Response:
    """Return a template filled; what every page needs is given to it."""
    state = scope.get("state", {})
    now = datetime.now(UTC)
    common = {
        "language": in_use(),
        "caller": state.get("caller"),
        "form_token": state.get("form_token", ""),
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        # To come back to; what was sent by a form is no page.
        "address": own_address(scope) if scope["method"] == "GET" else "/changes",
        "now": now,
        "zone": text.zone(now),
        "note": None,
        "outdated": None,
        "kept": None,
    }
    filled = _environment().get_template(template).render(common | values)
    return HTMLResponse(filled, status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cloudstock.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[],
    )
    environment.globals.update(
        tr=tr,
        trn=trn,
        static=static_address,
        job_name=labels.job,
        warehouse_terms=explanation.warehouse_terms,
        listing_terms=explanation.listing_terms,
        spoken=spoken,
        sells=explanation.sells,
        done=done,
        how_to_undo=how_to_undo,
        note_label=note_label,
        cell_text=labels.cell_text,
        mood=labels.mood,
        agrees=labels.agrees,
        may_be_shown=may_be_shown,
        new_mark=Access.new_mark,
        lasting=lasting,
    )
    environment.filters.update(
        when=text.when,
        iso=_iso,
        quantity=text.number,
        signed=_signed,
        ago=_ago,
        without_language=_without_language,
        lines=_lines,
        day=day,
        multiline=_multiline,
        marked_up=_marked_up,
        without_commands=labels.without_commands,
    )
    return environment


def _finalized(value: Any) -> Any:
    """Take out of text what moves or hides other text; HTML's own signs are escaped after this."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return "" if value is None else value
    return text.strip_controls(value)


def _marked_up(message: str) -> Markup:
    """Return a text with what stands between backticks as code."""
    parts = map(escape, text.strip_controls(message).split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts)
    )


def _lines(message: str) -> Markup:
    """Return a text of ours whose lines stay lines."""
    return escape(message)


def _multiline(message: str) -> Markup:
    """Return a text of whoever typed it whose lines and tabs stay, and nothing else that moves."""
    lines = ("\t".join(map(text.strip_controls, line.split("\t"))) for line in message.splitlines())
    return escape("\n".join(lines))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _signed(value: int) -> str:
    return f"{value:+d}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _ago(moment: datetime, now: datetime) -> str:
    return text.age(now - moment)


def _without_language(query: str) -> str:
    """Return a query with an & at its end, without the language it asks for."""
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "lang"]
    return urlencode(pairs) + "&" if pairs else ""


def may_be_shown(picture: str) -> bool:
    """Tell whether a picture lies where pages may show pictures from, as browsers are told."""
    address = urlsplit(picture)
    place = f"{address.scheme}://{address.hostname or ''}"
    return any(fnmatchcase(place, host) for host in PICTURES)


@cache
def static_address(name: str) -> str:
    """Return the address of a file of ours, which changes with what is in it."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
