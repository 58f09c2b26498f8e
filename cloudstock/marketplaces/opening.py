"""From an account of the configuration to the marketplace behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Unpack, cast

from cloudstock.errors import ConfigurationError
from cloudstock.language import tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import Around, Marketplace
from cloudstock.marketplaces.clock import Clock
from cloudstock.settings import Account


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def open_marketplace(account: Account, **around: Unpack[Around]) -> Marketplace:
    """Return the adapter of the account's marketplace; nothing is sent yet.

    The adapter's module is imported here and not before: a command that meets no marketplace does
    not pay for HTTP.
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
    return adapter(account, **around)


_PROVEN: type[Clock] = SystemClock
