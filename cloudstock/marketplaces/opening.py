"""From an account of the configuration to the marketplace behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, cast

from cloudstock.errors import ConfigurationError
from cloudstock.language import tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import Clock, Marketplace, Recent
from cloudstock.settings import Account, Secret

if TYPE_CHECKING:
    import httpx

    from cloudstock.marketplaces.pace import Pace


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def open_marketplace(
    account: Account,
    *,
    clock: Clock,
    pace: Pace,
    transport: httpx.AsyncBaseTransport | None = None,
    deadline: datetime | None = None,
    recent: Recent | None = None,
) -> Marketplace:
    """Return the adapter of the account's marketplace; nothing is sent yet.

    The adapter's module is imported here and not before: a command that meets no marketplace does
    not pay for HTTP. `deadline` bounds everything that the adapter will do, waits included.
    `recent` saves it questions that were answered a moment ago.
    Raises `ConfigurationError` for an unknown marketplace or credentials that cannot be sent.
    """
    registration = MARKETPLACES.get(account.marketplace)
    if registration is None:
        raise ConfigurationError(
            tr(
                "{name}: marketplace {marketplace!r} is not one of {marketplaces}",
                name=account.name,
                marketplace=account.marketplace,
                marketplaces=", ".join(MARKETPLACES),
            )
        )
    module, _, name = registration.adapter.partition(":")
    adapter = cast("Callable[..., Marketplace]", getattr(import_module(module), name))
    return adapter(
        account, clock=clock, pace=pace, transport=transport, deadline=deadline, recent=recent
    )


def credentials_end(account: Account) -> datetime | None:
    """Return when an account's credentials end, where they say so themselves; asks nobody."""
    registration = MARKETPLACES.get(account.marketplace)
    if registration is None or not registration.ends:
        return None
    module, _, name = registration.ends.partition(":")
    ends = cast(
        "Callable[[Mapping[str, Secret]], datetime | None]", getattr(import_module(module), name)
    )
    return ends(account.secrets)


_PROVEN: type[Clock] = SystemClock
