"""What was done at the shelf, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudstock.language import tr
from cloudstock.render.text import inert, plural, signed

if TYPE_CHECKING:
    # A count need not wait for what sheets are read with.
    from cloudstock.shelf.counts import CountResult
    from cloudstock.shelf.links import LinkResult, Part
    from cloudstock.shelf.moves import MoveResult
    from cloudstock.shelf.returns import ReceiptResult
    from cloudstock.shelf.sheets import ExportResult, ImportResult


def counted(result: CountResult) -> str:
    """Tell what lay there before and after."""
    if result.before is None:
        before = "never counted before"
    elif result.difference:
        before = f"was {result.before}, {signed(result.difference)}"
    else:
        before = "as the book had it"
    return inert(f"{result.sku} in {result.warehouse}: {result.after} on hand ({before})")


def moved(result: MoveResult) -> str:
    """Tell what lies on both shelves now."""
    return inert(
        tr(
            "{sku}: {quantity} moved; {source} has {left} on hand (was {had}),"
            " {target} has {now} (was {before})",
            sku=result.sku,
            quantity=result.quantity,
            source=result.from_warehouse,
            left=result.from_after,
            had=result.from_before,
            target=result.to_warehouse,
            now=result.to_after,
            before=result.to_before,
        )
    )


def linked(result: LinkResult) -> str:
    """Tell what a listing is made of now."""
    made_of = _parts(result.after) or "linked to no product, nothing is pushed for it"
    before = _parts(result.before)
    was = f" (was {before})" if before and result.before != result.after else ""
    settled = ""
    if result.lines_settled:
        settled = f"; {plural(result.lines_settled, 'order line')} reckoned anew"
    return inert(f"{result.account} {result.offer_id}: {made_of}{was}{settled}")


def received(result: ReceiptResult) -> str:
    """Tell what became of a return."""
    products = ", ".join(f"{p.units} {p.sku}" for p in result.products) or "nothing"
    where = "written off" if result.warehouse is None else f"put on the shelf {result.warehouse}"
    rest = f"; {result.waiting} still waiting" if result.waiting else ""
    return inert(f"{result.account} return {result.return_id}: {products} {where}{rest}")


def imported(result: ImportResult) -> str:
    """Tell what a sheet changed."""
    told = [f"{result.changed} changed", f"{result.first_counted} counted for the first time"]
    if result.emptied:
        told.append(f"{result.emptied} now empty")
    if result.left_uncounted:
        told.append(f"{result.left_uncounted} left uncounted")
    units = f"+{result.units_added} and -{result.units_removed} units"
    return f"{plural(result.rows, 'row')} counted: {', '.join(told)}; {units}"


def exported(result: ExportResult, file: str) -> str:
    """Tell what a sheet holds."""
    empty = f", {result.uncounted} of them never counted" if result.uncounted else ""
    return inert(f"{file}: {plural(result.rows, 'row')}{empty}")


def _parts(parts: tuple[Part, ...]) -> str:
    return " + ".join(p.sku if p.units == 1 else f"{p.units} x {p.sku}" for p in parts)
