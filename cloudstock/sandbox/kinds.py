"""The kinds of marketplaces in the world. A further one is a module of this folder, named here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from types import ModuleType

# Modules of this folder, named as the marketplaces are; each has a `KIND` and `doors.DOORS`.
MODULES = ("ozon", "wildberries", "yandex_market")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How accounts and orders of one marketplace are made, and what it does with its numbers."""

    # With what the names of its accounts begin.
    prefix: str
    # Account's number, now -> credentials.
    credentials: Callable[[int, datetime], dict[str, str]]
    # Account's number, how many are wanted -> warehouses.
    warehouses: Callable[[int, int], list[int]]
    # Order's number -> its id.
    order_id: Callable[[int], str]
    # Does it put cancelled units back into what it shows? (undocumented on two)
    gives_back: bool
    # Packed units it never puts back.
    keeps_packed: bool = False
    # It makes an order of every unit.
    single_units: bool = False
    # Orders may be replaced by two.
    splits: bool = False
    # Shops may come to sell one stock; a written number may be told late.
    shares_stock: bool = False
    # It has an archive of offers, and warehouses of its own.
    archives: bool = True
    # How long keys live; None: for ever.
    key_lives: timedelta | None = None


def modules() -> Iterator[tuple[str, ModuleType]]:
    """Yield the marketplaces' names with their modules."""
    for name in MODULES:
        yield name, import_module(f"{__package__}.{name}")


@cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds by their marketplace's name."""
    return {name: module.KIND for name, module in modules()}


def standard_accounts() -> tuple[str, ...]:
    """Return the names of a small seller's accounts, one on each marketplace."""
    return tuple(f"{kind.prefix}-main" for kind in kinds().values())
