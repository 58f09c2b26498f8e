"""close-account and close-warehouse, where nothing is sent: a person says what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes import names
from cloudstock.changes.change import Change
from cloudstock.changes.rehearsal import transaction
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.settings import Configuration
from cloudstock.store import Store, closed


@dataclass(frozen=True, slots=True)
class CloseResult:
    """What was closed, or opened again."""

    account: str
    # The marketplace's; None: all of the account's.
    warehouse: str | None
    # False: it is open again.
    closed: bool
    # What may have been shown until now: listings, and their sum.
    listings: int
    shown: int
    # Open orders whose units were released, and the units.
    released_orders: int
    released: int
    # Open orders that hold units still, and the units.
    open_orders: int
    reserved: int


class CloseRequest(Change, frozen=True, kw_only=True):
    """Says that an account, or a warehouse of it, shows none; nothing is sent."""

    result: ClassVar[type] = CloseResult
    account: str
    warehouse: Annotated[
        str | None, Meta(description=mark("Its id on the marketplace; none: the whole account."))
    ] = None
    release_orders: Annotated[
        bool,
        Meta(description=mark("Of an account that is not configured: end its open orders, too.")),
    ] = False
    reopen: Annotated[bool, Meta(description=mark("Open it again, while it is configured."))] = (
        False
    )

    def forbid(self, config: Configuration) -> None:
        """Orders of an account that is configured are read, and are not ended by a word."""
        if self.release_orders and any(a.name == self.account for a in config.accounts):
            raise UsageProblem(
                tr("the orders of {name} are read, so they end by themselves", name=self.account)
            )

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse of ours
    ) -> CloseResult:
        """Write it down; raises `UsageProblem` where there is nothing of that kind to close."""
        db = store.connection
        with transaction(store, dry_run=self.dry_run):
            account_id = names.account_id(store, self.account)
            theirs = closed.warehouses(db, account_id)
            check_warehouse(self.account, self.warehouse, theirs)
            if self.reopen and not theirs.get(self.warehouse or "", any(theirs.values())):
                raise UsageProblem(
                    tr("{name} is opened by the configuration that has it", name=self.account)
                )
            closed.close(db, account_id, self.warehouse, at=None if self.reopen else now)
            shown, released = closed.Amount(0, 0), closed.Amount(0, 0)
            if not self.reopen:
                shown = closed.say_empty(db, account_id, self.warehouse, now=now)
            if self.release_orders:
                released = closed.release(db, account_id)
            store.targets.refresh()
            held = closed.reserves(db, account_id, self.warehouse)
            return CloseResult(
                self.account, self.warehouse, not self.reopen, *shown, *released, *held
            )


def check_warehouse(account: str, warehouse: str | None, theirs: Collection[str]) -> None:
    """Raise `UsageProblem` for a marketplace warehouse that an account never had."""
    if warehouse is not None and warehouse not in theirs:
        raise UsageProblem(
            tr(
                "{name} has no marketplace warehouse {warehouse}; it has {known}",
                name=account,
                warehouse=warehouse,
                known=", ".join(sorted(filter(None, theirs))) or tr("only one"),
            )
        )
