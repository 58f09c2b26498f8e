"""rename-warehouse, add-warehouse: what the seller's own warehouses are called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes.change import Change, Warehouse
from cloudstock.changes.rehearsal import transaction
from cloudstock.domain.likeness import nearest
from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr, trn
from cloudstock.store import Store, warehouses
from cloudstock.store.views import did_you_mean

NewName = Annotated[str, Meta(min_length=1, max_length=64)]


@dataclass(frozen=True, slots=True)
class WarehouseResult:
    """What a warehouse is called; `before` is null for one that was added."""

    before: str | None
    after: str
    # Whether the configuration calls it so.
    configured: bool


class RenameWarehouseRequest(Change, frozen=True, kw_only=True):
    """Another name for a warehouse; its stock, orders and history stay with it."""

    settles_names: ClassVar[bool] = True
    result: ClassVar[type] = WarehouseResult
    warehouse: Annotated[Warehouse, Meta(description=mark("The warehouse, as it was called."))]
    name: Annotated[NewName, Meta(description=mark("What it is called now."))]

    def act(
        self, store: Store, *, now: datetime, configured: Collection[str] = ()
    ) -> WarehouseResult:
        """Rename it; raises `UsageProblem` where it is not known, or the name is another's."""
        with transaction(store, dry_run=self.dry_run):
            names = _names(store)
            _check_known(self.warehouse, names)
            _check(self.name)
            if self.name == self.warehouse or (
                self.name in names and not warehouses.is_void(store.connection, self.name)
            ):
                raise UsageProblem(
                    tr(
                        "{name} is a warehouse already, with stock or orders of its own; move the"
                        " units there (`cloudstock move-stock`)",
                        name=self.name,
                    )
                )
            warehouses.rename(store.connection, self.warehouse, self.name)
            store.targets.refresh(now=now)
        return WarehouseResult(self.warehouse, self.name, self.name in configured)


class AddWarehouseRequest(Change, frozen=True, kw_only=True):
    """A further warehouse, in which nothing has been counted yet."""

    settles_names: ClassVar[bool] = True
    result: ClassVar[type] = WarehouseResult
    name: Annotated[NewName, Meta(description=mark("What it is called."))]

    def act(
        self,
        store: Store,
        *,
        now: datetime,  # noqa: ARG002 - nothing moves
        configured: Collection[str] = (),
    ) -> WarehouseResult:
        """Add it; raises `UsageProblem` where there is one of this name."""
        with transaction(store, dry_run=self.dry_run):
            _check(self.name)
            if self.name in _names(store) - warehouses.removed(store.connection):
                raise UsageProblem(tr("there is a warehouse {name} already", name=self.name))
            store.ledger.warehouse(self.name)
            warehouses.bring_back(store.connection, self.name)
        return WarehouseResult(None, self.name, self.name in configured)


@dataclass(frozen=True, slots=True)
class RemoveWarehouseResult:
    """A warehouse that is there no more."""

    name: str
    # Something was in it once: it is only out of sight, and back when something comes there.
    kept: bool


class RemoveWarehouseRequest(Change, frozen=True, kw_only=True):
    """Takes a warehouse away in which nothing is and for which nothing is ordered."""

    settles_names: ClassVar[bool] = True
    result: ClassVar[type] = RemoveWarehouseResult
    name: Annotated[Warehouse, Meta(description=mark("The warehouse."))]

    def act(
        self, store: Store, *, now: datetime, configured: Collection[str] = ()
    ) -> RemoveWarehouseResult:
        """Take it away; raises `UsageProblem` where it is configured, or something is there."""
        with transaction(store, dry_run=self.dry_run):
            _check_known(self.name, _names(store) - warehouses.removed(store.connection))
            if self.name in configured:
                raise UsageProblem(
                    tr(
                        "the configuration names {name}: take it out there first, or call it right"
                        " (`cloudstock rename-warehouse`)",
                        name=self.name,
                    )
                )
            products, reserved = warehouses.contents(store.connection, self.name)
            if products:
                raise UsageProblem(
                    trn(
                        "units of {n} product are in {name}: carry them elsewhere"
                        " (`cloudstock move-stock`), or count them as 0 (`cloudstock set-stock`)",
                        "units of {n} products are in {name}: carry them elsewhere"
                        " (`cloudstock move-stock`), or count them as 0 (`cloudstock set-stock`)",
                        products,
                        name=self.name,
                    )
                )
            if reserved:
                raise UsageProblem(
                    trn(
                        "open orders hold {n} unit in {name}; wait until they have ended",
                        "open orders hold {n} units in {name}; wait until they have ended",
                        reserved,
                        name=self.name,
                    )
                )
            return RemoveWarehouseResult(
                self.name, warehouses.remove(store.connection, self.name, now=now)
            )


def _check_known(name: str, names: Collection[str]) -> None:
    if name not in names:
        raise UsageProblem(
            tr(
                "the database knows no warehouse {name!r}{hint}",
                name=name,
                hint=did_you_mean(nearest(name, names)),
            )
        )


def _names(store: Store) -> set[str]:
    return {r[0] for r in store.connection.execute("SELECT name FROM warehouse")} - {QUARANTINE}


def _check(name: str) -> None:
    if name == QUARANTINE or name != name.strip() or not name.isprintable():
        raise UsageProblem(tr("{name!r} cannot be the name of a warehouse", name=name))
