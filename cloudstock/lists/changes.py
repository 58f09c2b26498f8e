"""What people changed by hand, and whether each change can be taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cloudstock.domain.changes import Blocked, ChangeKind, note_label, subject_label
from cloudstock.language import mark, tr
from cloudstock.language.local import signed, whole
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab


class ChangeRow(Row, frozen=True):
    """One change: counts, a sheet, a policy, a pause, and so on; or what undid one."""

    number: Annotated[int, "c.id"]
    made_at: Annotated[datetime, "c.made_at"]
    kind: Annotated[str, "c.kind"]
    # The file, the listing or the account; "": none of them.
    subject: Annotated[str, "c.subject"]
    # Products of it, and the first of them; None: of a listing or an account.
    products: Annotated[int, "c.products"]
    sku: Annotated[str | None, "(SELECT p.sku FROM product p WHERE p.id = c.product_id)"]
    # Units more on hand by it; of a move those that moved.
    units: Annotated[int, "c.units"]
    # The user of the machine, `browser` or `api`; "": not known.
    made_by: Annotated[str, "c.made_by"]
    note: Annotated[str, "c.note"]
    # The change that it takes back, or does again; and the one that took it back.
    undoes: Annotated[int | None, "c.undoes"]
    undone_by: Annotated[int | None, "c.undone_by"]
    # Why it cannot be taken back: undone, counted (later), changed (since); None: it can.
    blocked: Annotated[str | None, "(SELECT b.reason FROM change_blocked b WHERE b.id = c.id)"]


def _what(row: ChangeRow) -> str:
    named = subject_label(row.subject) or row.sku or ""
    if row.undoes is not None:
        of_it = (
            tr("of change {number}", number=row.undoes)
            if row.kind == ChangeKind.UNDO
            else tr("again, by undoing {number}", number=row.undoes)
        )
        named = f"{of_it}: {named}" if named else of_it
    if not row.subject and row.products > 1:
        named = f"{named} {tr('and {n} more', n=row.products - 1)}"
    return named


def _units(row: ChangeRow) -> str | None:
    if not row.units and not ChangeKind(row.kind).of_stock:
        return None
    return whole(row.units) if row.kind == ChangeKind.MOVE else signed(row.units)


def _made_by(row: ChangeRow) -> str:
    return {"browser": tr("in the browser"), "api": tr("a script")}.get(row.made_by, row.made_by)


def how_to_undo(row: ChangeRow) -> str:
    """Return that a change can be taken back, or why it cannot be."""
    match row.blocked:
        case None:
            return tr("possible")
        case Blocked.UNDONE:
            return tr("undone by change {number}", number=row.undone_by)
        case Blocked.COUNTED:
            return tr("no: counted later")
        case _:
            return tr("no: set otherwise since")


CHANGES = List(
    name="changes",
    title=mark("Changes by hand"),
    row=ChangeRow,
    source="change c",
    order=("c.id",),
    descending=True,
    sorts={"made": "c.id", "kind": "c.kind", "units": "c.units"},
    filters=(
        Filter(
            "sku",
            mark("Only those of this product."),
            "(c.product_id = :sku OR EXISTS (SELECT 1 FROM movement m WHERE m.product_id = :sku"
            " AND m.id > c.movements_after AND m.id <= c.movements_to) OR EXISTS (SELECT 1"
            " FROM count k WHERE k.product_id = :sku AND k.id > c.counts_after"
            " AND k.id <= c.counts_to) OR EXISTS (SELECT 1 FROM change_value v"
            " WHERE v.change_id = c.id AND v.product_id = :sku))",
            Kind.SKU,
        ),
        Filter(
            "kind",
            mark("Only those of this kind."),
            "c.kind = :kind",
            Kind.CHOICE,
            choices=ChangeKind,
        ),
        Filter(
            "since",
            mark("Made since: 30d, 12h, or 2026-11-01."),
            "c.made_at >= :since",
            Kind.MOMENT,
        ),
    ),
    columns=(
        Column("number", mark("No."), number=True),
        Column("made_at", mark("When")),
        Column("kind", mark("Kind"), lambda row: ChangeKind(row.kind).label),
        Column("subject", mark("What"), _what, folds=True),
        Column("units", mark("Units"), _units, number=True),
        Column("made_by", mark("By"), _made_by, folds=True),
        Column("note", mark("Note"), lambda row: note_label(row.note), folds=True, seldom=True),
        Column(
            "blocked",
            mark("Undo"),
            how_to_undo,
            folds=True,
            style=lambda row: "soft" if row.blocked else "",
        ),
    ),
    empty=mark("Nothing was changed by hand."),
    below=mark("`cloudstock undo N` takes change N back."),
    tabs={"all": Tab(mark("All"))},
)
