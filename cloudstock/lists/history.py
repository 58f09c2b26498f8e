"""The ledger of a product, line by line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cloudstock.domain.changes import note_label
from cloudstock.domain.records import MovementKind
from cloudstock.language import mark
from cloudstock.lists.declared import Column, Filter, Kind, List, Row
from cloudstock.lists.shared import in_warehouse


class HistoryRow(Row, frozen=True):
    """One line of a product's ledger, or a count that found what was known."""

    booked_at: Annotated[datetime, "h.booked_at"]
    happened_at: Annotated[datetime, "h.happened_at"]
    warehouse: Annotated[str, "w.name"]
    # Signed units; 0 only for a count without a difference.
    quantity: Annotated[int, "h.quantity"]
    kind: Annotated[str, "h.kind"]
    # The ledger keeps the name that an account had first; here it has the one of today.
    document: Annotated[
        str,
        """coalesce((
            SELECT substr(h.document, 1, instr(h.document, ':')) || a.name || substr(
                h.document, instr(h.document, ':') + 1 + length(a.booked_as))
            FROM account a WHERE a.name <> a.booked_as
            AND h.kind IN ('shipment', 'return', 'receipt', 'write-off')
            AND substr(h.document, instr(h.document, ':') + 1, length(a.booked_as) + 1)
                = a.booked_as || ':'), h.document)""",
    ]
    note: Annotated[str, "h.note"]
    # Units in that warehouse after it, as booked.
    total: Annotated[int, "h.total"]


def _change(row: HistoryRow) -> str:
    return f"{row.quantity:+d}" if row.quantity else "0"


def _document(row: HistoryRow) -> str:
    """Return whose it is and its number; what it is the kind says."""
    return " ".join(row.document.split(":", 2)[1:])


HISTORY = List(
    name="history",
    title=mark("History"),
    row=HistoryRow,
    # Counts without a difference are no movements; totals are those from the beginning.
    source="""(
        WITH line AS (
            SELECT booked_at, happened_at, warehouse_id, quantity, kind, document, note, id,
                0 AS later
            FROM movement WHERE product_id = :sku
            UNION ALL
            SELECT counted_at, counted_at, warehouse_id, 0, 'count', 'count:' || id, note, id, 1
            FROM count c WHERE product_id = :sku AND NOT EXISTS (
                SELECT 1 FROM movement m WHERE m.product_id = c.product_id
                AND m.warehouse_id = c.warehouse_id AND m.kind = 'count'
                AND m.document = 'count:' || c.id)
                -- Nor those that were entered again when later ones were taken back.
                AND NOT EXISTS (SELECT 1 FROM count_again g WHERE g.count_id = c.id))
        SELECT *, row_number() OVER (ORDER BY booked_at, later, id) AS place,
            sum(quantity) OVER (PARTITION BY warehouse_id ORDER BY booked_at, later, id
                ROWS UNBOUNDED PRECEDING) AS total
        FROM line
    ) h CROSS JOIN warehouse w ON w.id = h.warehouse_id""",
    order=("h.place",),
    sorts={
        "booked": "h.place",
        "happened": "h.happened_at",
        "warehouse": "w.name",
        "quantity": "h.quantity",
        "kind": "h.kind",
    },
    filters=(
        Filter("sku", mark("The product's article."), "true", Kind.SKU, required=True),
        in_warehouse("h.warehouse_id = :warehouse"),
        Filter(
            "since",
            mark("Booked since: 30d, 12h, or 2026-11-01."),
            "h.booked_at >= :since",
            Kind.MOMENT,
        ),
    ),
    columns=(
        Column("booked_at", mark("Booked")),
        Column("warehouse", mark("Warehouse"), folds=True),
        Column("quantity", mark("Change"), _change, number=True),
        Column("total", mark("Total"), number=True),
        Column("kind", mark("Kind"), lambda row: MovementKind(row.kind).label),
        Column("document", mark("Document"), _document, folds=True),
        Column("note", mark("Note"), lambda row: note_label(row.note), folds=True, seldom=True),
    ),
    empty=mark("Nothing was booked."),
)
