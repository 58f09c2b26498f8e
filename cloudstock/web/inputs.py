"""What a request asks for: values of its address and of its form, or why they cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from cloudstock.domain import grammar
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.web import forms
from cloudstock.web.replies import Refused
from cloudstock.web.site import caller_of

TEXT_LENGTH_MAX = 2000


def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form, as they were typed; raises `Refused`."""
    if not forms.is_plain(request.headers):
        raise Refused(415, "form", tr("expected a form"))
    try:
        return dict(forms.fields(caller_of(request).body))
    except ValueError as error:
        raise Refused(400, "form", tr("this form cannot be read")) from error


def several(request: Request, name: str) -> tuple[str, ...]:
    """Return the values of boxes that are ticked, with the line ends that a browser changed."""
    pairs = forms.fields(caller_of(request).body)
    return tuple(v.replace("\r\n", "\n") for k, v in pairs if k == name)


def text(values: Mapping[str, str], name: str) -> str:
    """Return a text without blanks at its ends; "" where it is not given."""
    value = values.get(name, "").strip()
    if len(value) > TEXT_LENGTH_MAX:
        raise UsageProblem(tr("expected at most {n} characters", n=TEXT_LENGTH_MAX))
    return value


def identity(request: Request, name: str) -> str:
    """Return what an address names, exactly as it is; raises `Refused` where it names nothing.

    Addresses carry articles and ids, not forms: a browser changes line ends in these.
    """
    value = request.query_params.get(name)
    if not value:
        raise Refused(400, "address", tr("the address is incomplete: {name} is missing", name=name))
    return value


def whole_number(values: Mapping[str, str], name: str) -> int:
    """Return a whole number, with or without a sign; raises `UsageProblem`."""
    typed = text(values, name)
    number = grammar.whole_number(typed)
    if number is None:
        raise UsageProblem(tr("expected a whole number, not “{typed}”", typed=typed[:40]))
    return number


def optional_moment(values: Mapping[str, str], name: str) -> datetime | None:
    """Return a moment in UTC, None where none is typed; raises `UsageProblem`."""
    typed = text(values, name)
    if not typed:
        return None
    moment = grammar.moment(typed)
    if moment is None:
        raise UsageProblem(tr("expected a time, not “{typed}”", typed=typed[:40]))
    return moment


def optional_number(values: Mapping[str, str], name: str) -> int | None:
    """Return the same, None where nothing is typed; raises `UsageProblem`."""
    return whole_number(values, name) if text(values, name) else None


def own_path(target: str) -> str:
    """Return an address of ours: a link to the door must not lead to somebody else's page."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return "/"
    if any(not c.isprintable() or c.isspace() for c in target):
        return "/"
    return target
