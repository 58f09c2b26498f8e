"""undo: what was changed by hand is taken back, by further movements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes import past
from cloudstock.changes.change import Change, Note
from cloudstock.changes.hiding import refuse
from cloudstock.changes.rehearsal import recorded, transaction
from cloudstock.domain.changes import Blocked, ChangeKind, undo_note
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.store import Store, taking_back
from cloudstock.store.changes import MadeChange
from cloudstock.store.times import from_iso


@dataclass(frozen=True, slots=True)
class UndoneStock:
    """What lies in one warehouse of one product before and after, in units; None: unknown."""

    sku: str
    warehouse: str
    before: int | None
    after: int | None


# What an undo may set back beside stock, as `change_value` calls it; of whom.
SETTINGS = {
    "name": mark("name", "setting"),
    "buffer": mark("buffer", "setting"),
    "minimum": mark("minimum", "setting"),
    "barcodes": mark("barcodes", "setting"),
    "policy": mark("policy", "setting"),
    "hidden": mark("in sight or not", "setting"),
    "link": mark("link", "setting"),
    "pause": mark("pause", "setting"),
}


@dataclass(frozen=True, slots=True)
class UndoneSetting:
    """What beside stock is as it was, and of which product, listing or account."""

    # A word of `SETTINGS`.
    what: str
    of: str


@dataclass(frozen=True, slots=True)
class UndoResult:
    """A change that was taken back."""

    change: int
    kind: ChangeKind
    made_at: datetime
    # The file, the listing or the account.
    subject: str
    # The change that took it back; `undo` of that one does it again.
    undone_by: int
    stock: tuple[UndoneStock, ...]
    settings: tuple[UndoneSetting, ...]


class UndoRequest(Change, frozen=True, kw_only=True):
    """Takes back the last change by hand, or one by its number.

    Whatever `show-changes` lists. Nothing is deleted: movements are added. What sold meanwhile
    stays sold: the count before is entered again, and what moved since then comes off it.
    """

    result: ClassVar[type] = UndoResult
    change: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description=mark("Its number, as show-changes tells it.")),
    ] = None
    note: Note = ""

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no new warehouse
    ) -> UndoResult:
        """Take it back; raises `UsageProblem` where that cannot be, with why and what to do."""
        with transaction(store, dry_run=self.dry_run):
            change = store.changes.find(self.change)
            if change is None:
                raise UsageProblem(_nothing(self.change))
            _refuse(store, change)
            # To undo an undo is to do it again.
            undone = None if change.undoes is None else store.changes.find(change.undoes)
            with recorded(
                store,
                undone.kind if undone and change.kind is ChangeKind.UNDO else ChangeKind.UNDO,
                dry_run=False,
                now=now,
                note=self.note,
                subject=change.subject,
                undoes=change.id,
            ) as number:
                note = undo_note(change.id)
                levels = taking_back.change(store.connection, change.id, note=note, now=now)
                _check(change, levels)
                settings = _set_back(store, change, now=now)
                store.changes.set_undone(change.id, number)
            store.targets.refresh(now=now)
            stock = tuple(UndoneStock(x.sku, x.warehouse, x.before, x.after) for x in levels)
            return UndoResult(
                change.id, change.kind, change.made_at, change.subject, number, stock, settings
            )


def _nothing(number: int | None) -> str:
    if number is None:
        return tr("nothing was changed by hand that could be taken back")
    return tr("there is no change {number} (`cloudstock show-changes` lists them)", number=number)


def _refuse(store: Store, change: MadeChange) -> None:
    """Raise `UsageProblem` where a change cannot be taken back any more."""
    match change.reason:
        case Blocked.UNDONE:
            raise UsageProblem(
                tr(
                    "change {number} was undone already, by change {by} (`cloudstock undo {by}`"
                    " does it again)",
                    number=change.id,
                    by=change.undone_by,
                )
            )
        case Blocked.COUNTED:
            raise UsageProblem(
                tr(
                    "change {number} is overtaken: {skus} counted later. Undo that first, or count"
                    " anew (`cloudstock set-stock`)",
                    number=change.id,
                    skus=_named(store.changes.counted_later(change.id), past.NAMED),
                )
            )
        case Blocked.CHANGED:
            raise UsageProblem(
                tr(
                    "change {number} is overtaken: what it set was set otherwise since. Undo that"
                    " change, or set it anew",
                    number=change.id,
                )
            )


def _check(change: MadeChange, levels: Iterable[taking_back.Level]) -> None:
    """Raise `UsageProblem` where more would be taken away than is there, or is free to be moved."""
    lines = [
        tr("{sku}: {after} would be on hand in {warehouse}", **x._asdict())
        for x in levels
        if x.moved_away and x.after is not None and x.after < 0
    ]
    if change.kind is ChangeKind.MOVE:
        lines += [
            tr("{sku}: units in {warehouse} are promised to orders", **x._asdict())
            for x in levels
            if x.moved_away and x.free is not None and x.free < 0 <= (x.after or 0)
        ]
    if lines:
        way = tr(
            "change {number} cannot be undone: what it brought has left. Count what is there"
            " (`cloudstock set-stock`)",
            number=change.id,
        )
        raise UsageProblem("\n".join([*past.some(lines, len(lines)), way]))


def _named(skus: Collection[str], most: int) -> str:
    first = list(skus)[:most]
    more = len(skus) - len(first)
    return ", ".join(first) + (f" {tr('and {n} more', n=more)}" if more else "")


# ---------------------------------------------------------------- what is no stock


def _set_back(store: Store, change: MadeChange, *, now: datetime) -> tuple[UndoneSetting, ...]:
    """Set back what a change set beside stock; return it."""
    settings: list[UndoneSetting] = []
    for what in store.changes.whats(change.id):
        store.changes.touches_as(change.id, what)
        values = store.changes.values(change.id, what)
        settings += [UndoneSetting(what, store.changes.owner(what, item)) for item, _ in values]
        if what == "link":
            for listing_id, before in values:
                _link(store, listing_id, before, now=now)
        elif what == "policy":
            for product_id, before in values:
                policy, _, hours = (before or "").partition("|")
                store.catalog.set_policy(
                    product_id, policy or None, empty_hours=None if hours == "*" else hours
                )
                store.parts.end_excess(product_id, now=now)
        elif what == "hidden":
            for product_id, before in values:
                if before is not None:
                    refuse(store, store.catalog.sku(product_id), product_id)
                store.catalog.hide(product_id, at=from_iso(before))
        elif what == "pause":
            for account_id, before in values:
                # What was sent meanwhile was not held back.
                store.arrangement.pause(account_id, at=None if before is None else now, now=now)
        else:
            store.changes.set_products_back(change.id, what)
    return tuple(settings)


def _link(store: Store, listing_id: int, before: str | None, *, now: datetime) -> None:
    """Link a listing as it was, and settle its orders."""
    from cloudstock.jobs.booking import settle_again

    link, review, left_alone, made_of = (before or "").split("|")
    account_id = store.catalog.account_of(listing_id)
    # Asked before the link is there: afterwards they are no trouble any more.
    orders = {
        *store.orders.open_of_listings([listing_id]),
        *store.orders.with_listing_trouble(account_id),
    }
    parts = [part.split("=") for part in made_of.split()]
    store.catalog.link_by_hand(
        listing_id,
        [(int(product_id), int(units)) for product_id, units in parts],
        leave=left_alone == "1",
    )
    store.catalog.set_link(listing_id, link, review or None)
    settle_again(store, account_id, sorted(orders), now=now)
