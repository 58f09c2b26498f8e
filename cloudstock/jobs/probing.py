"""What a key opens, asked for an account that is in no database yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TypeVar, cast

from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import Around, CheckReport
from cloudstock.marketplaces.opening import SystemClock, open_marketplace
from cloudstock.marketplaces.pace import Pace, beside
from cloudstock.marketplaces.registration import Shop
from cloudstock.settings import Account

Answer = TypeVar("Answer")

# Somebody sits before it.
PATIENCE = timedelta(seconds=60)


def probe(account: Account, *, database: Path | None = None) -> CheckReport:
    """Return who an account is, its warehouses, and what hinders it; nothing is kept.

    `account` may have no warehouses yet; `database`: beside it, if it is there, stands what limits
    allow. Raises `CredentialsRefused`, and `MarketplaceError` for whatever else fails.
    """

    async def ask(around: Around) -> CheckReport:
        marketplace = open_marketplace(account, **around)
        try:
            return await marketplace.check()
        finally:
            await marketplace.aclose()

    return _answer_of(ask, database)


def shops(account: Account) -> tuple[Shop, ...] | None:
    """Return what an account of these keys may be; None: its marketplace does not tell.

    Raises as `probe` does.
    """
    module, _, name = MARKETPLACES[account.marketplace].shops.partition(":")
    if not module:
        return None
    read = cast("Callable[..., Awaitable[tuple[Shop, ...]]]", getattr(import_module(module), name))

    async def ask(around: Around) -> tuple[Shop, ...]:
        return await read(account, **around)

    return _answer_of(ask, None)


def _answer_of(ask: Callable[[Around], Awaitable[Answer]], database: Path | None) -> Answer:
    clock = SystemClock()
    path = beside(database) if database is not None and database.exists() else None

    async def main() -> Answer:
        with Pace(path) as pace:
            return await ask({"clock": clock, "pace": pace, "deadline": clock.now() + PATIENCE})

    return asyncio.run(main())
