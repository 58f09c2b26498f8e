"""What `check` asks Ozon, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudstock.errors import CredentialsRefused, RequestRefused
from cloudstock.language import spoken, tr
from cloudstock.marketplaces.base import CheckFinding
from cloudstock.marketplaces.checking import error
from cloudstock.marketplaces.ozon import facts, wire
from cloudstock.marketplaces.ozon.client import Client


async def seller_of(client: Client) -> str:
    """Return the seller's name; "" where the key may not ask for it."""
    try:
        answer = await client.call(facts.SELLER, wire.SellerAnswer, wire.NoRequest())
    except (CredentialsRefused, RequestRefused):
        return ""
    company = answer.company or wire.Company()
    return client.http.clean(company.name or company.legal_name or "")


def role_findings(roles: Sequence[wire.Role] | None, *, rfbs: bool) -> Iterable[CheckFinding]:
    """Tell what the roles of a key do not open; `rfbs`: the seller delivers some orders himself.

    Nothing is concluded where Ozon names no roles at all.
    """
    opened = {method for role in roles or () for method in role.methods or ()}
    if not opened:
        return
    names = ", ".join(role.name for role in roles or () if role.name) or tr("none")
    if not _opens(opened, facts.WRITE_STOCKS):
        yield CheckFinding(
            "error",
            tr(
                "the key may only read: stock cannot be pushed with it, because none of its"
                " roles ({roles}) opens {method}. Make a key with a role that does",
                roles=names,
                method=f"POST {facts.WRITE_STOCKS}",
            ),
            pushing=True,
        )
    due = dict(facts.READING)
    if rfbs:
        due[facts.CLAIMS] = due[facts.RETURNS]
    missing = [
        f"POST {method} ({spoken(what, 'right')})"
        for method, what in due.items()
        if not _opens(opened, method)
    ]
    if missing:
        yield error(
            tr(
                "the key's roles ({roles}) do not open what cloudstock reads: {methods}. Make a"
                " key with roles that do",
                roles=names,
                methods=", ".join(missing),
            ),
        )


def _opens(opened: Iterable[str], method: str) -> bool:
    """Tell whether a method is among those that roles open, by itself or by its beginning.

    The example of the text names a beginning: "/v1/posting".
    """
    return any(method == o or method.startswith(f"{o.rstrip('/')}/") for o in opened if o)
