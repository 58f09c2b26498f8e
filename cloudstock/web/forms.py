"""A form as a browser sends it; one that came too late is kept in the page that says so.

What was typed waits for a password, or for a database that is held, in the visitor's own page and
nowhere else; it is sent again, to the same address, when its visitor presses the button.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from cloudstock.domain import grammar
from cloudstock.language import tr
from cloudstock.language.local import local, when
from cloudstock.web.replies import own_address

if TYPE_CHECKING:
    from starlette.types import Scope

FIELDS_MAX = 100
# Beside what is kept, the sign-in has fields of its own.
KEPT_MAX = FIELDS_MAX - 10

SIGN_IN = "/login"
# In the sign-in: where a form is sent that is kept there, and the beginning of its fields' names.
ADDRESS, FIELD = "kept", "kept:"
# Tells a form on a page from all others: what it asks for is done once.
MARK, MARK_LENGTH_MAX = "once", 32
# When something was counted, and where that is asked for.
AT, COUNTS = "at", ("/count", "/product/count")
# What no page gives back.
SECRET = ("csrf", "password")


def is_plain(headers: Headers) -> bool:
    """Tell whether a request carries a form without a file."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


def fields(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of such a form, as they were typed; raises `ValueError`."""
    return parse_qsl(
        body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
    )


class Kept(NamedTuple):
    """A form that was not taken."""

    # Where it is sent: one of ours.
    address: str
    fields: tuple[tuple[str, str], ...]

    @property
    def mark(self) -> str:
        """What tells it from all other forms; "": it may be sent as often as one likes."""
        return dict(self.fields).get(MARK, "")[:MARK_LENGTH_MAX]

    def typed(self) -> Iterator[tuple[str, str]]:
        """Yield name and value of what a person knows of it, in the language of the request."""
        named = {
            "sku": tr("Product"),
            "lines": tr("Products"),
            "quantity": tr("Units"),
            "change": tr("Units"),
            "from": tr("From"),
            "to": tr("To"),
            "account": tr("Account"),
            "warehouse": tr("Warehouse"),
            "name": tr("Warehouse"),
            "buffer": tr("Buffer"),
            "minimum": tr("Minimum"),
            "reason": tr("Reason"),
            "note": tr("Note"),
            AT: tr("When"),
        }
        for name, value in (*parse_qsl(self.address.partition("?")[2]), *self.fields):
            # The lines of a link are numbered.
            label = named.get(name if name in named else name.rstrip("0123456789"))
            if label and value.strip():
                moment = grammar.moment(value) if name == AT else None
                yield label, value if moment is None else when(moment, seconds=True)


def kept_of(
    scope: Scope,
    headers: Headers,
    body: bytes,
    *,
    own: Container[str],
    redact: Callable[[str], str],
) -> Kept | None:
    """Return the form that a request carries, or that its sign-in kept; None: nothing to be kept.

    `own`: the addresses that forms are sent to. Only what a page of ours sent, as the browser says
    of it, comes back to anybody. A count is of the moment at which it was sent first, however long
    it is kept: what is sold meanwhile was counted.
    """
    if headers.get("origin") is None or not is_plain(headers):
        return None
    try:
        pairs = fields(body)
    except ValueError:
        return None
    address = own_address(scope)
    if scope["path"] == SIGN_IN:
        address = dict(pairs).get(ADDRESS, "")
        pairs = [(n.removeprefix(FIELD), v) for n, v in pairs if n.startswith(FIELD)]
    if address.partition("?")[0] not in own or len(pairs) > KEPT_MAX:
        return None
    if address.partition("?")[0] in COUNTS and not dict(pairs).get(AT, "").strip():
        now = local(datetime.now(UTC)).replace(tzinfo=None).isoformat(timespec="seconds")
        pairs = [*((n, v) for n, v in pairs if n != AT), (AT, now)]
    return Kept(address, tuple((n, redact(v)) for n, v in pairs if n not in SECRET))
