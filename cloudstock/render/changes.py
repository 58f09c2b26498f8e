"""What was done at the warehouse, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cloudstock.domain.changes import subject_label
from cloudstock.language import spoken, tr, trn
from cloudstock.render.policies import policy_set
from cloudstock.render.text import number, signed, strip_controls, when

if TYPE_CHECKING:
    # A count need not wait for what sheets are read with.
    from cloudstock.changes.adopting import AdoptResult
    from cloudstock.changes.closing import CloseResult
    from cloudstock.changes.counts import CountResult
    from cloudstock.changes.hiding import HideResult
    from cloudstock.changes.links import LinkResult
    from cloudstock.changes.moves import MoveResult
    from cloudstock.changes.orders import CloseOrderResult
    from cloudstock.changes.pausing import PauseResult
    from cloudstock.changes.policies import BufferResult, MinimumResult, NumberResult
    from cloudstock.changes.returns import ReceiptResult
    from cloudstock.changes.undoing import UndoneStock, UndoResult
    from cloudstock.changes.warehouses import RemoveWarehouseResult, WarehouseResult


# Lines of what was undone.
SHOWN_MAX = 20
# Names in one of them.
NAMED_MAX = 5


def sentence(result: object) -> str:
    """Return what a change of the stock did, or would do."""
    lines = _SENTENCES[type(result).__name__](result).split("\n")
    return "\n".join(map(strip_controls, lines))


def _counted(result: CountResult) -> str:
    """Tell what lay there before and after."""
    if result.before is None:
        before = tr("never counted before")
    elif result.difference:
        before = tr(
            "was {before}, {signed}",
            before=number(result.before),
            signed=signed(result.difference),
        )
    else:
        before = tr("as the database had it")
    if result.at is not None:
        before = tr(
            "{counted} counted on {at}, {moved} since; {before}",
            counted=number(result.after - result.moved_since),
            at=when(result.at),
            moved=signed(result.moved_since),
            before=before,
        )
    return strip_controls(
        tr(
            "{sku} in {warehouse}: {after} on hand ({before})",
            sku=result.sku,
            warehouse=result.warehouse,
            after=number(result.after),
            before=before,
        )
    )


def _adopted(result: AdoptResult) -> str:
    """Tell what was counted, and of what there is not one number."""
    from cloudstock.changes.adopting import no_one_number

    lines = [
        *map(_counted, result.counts),
        *map(strip_controls, no_one_number(result.unclear)),
    ]
    return "\n".join(lines) or tr("No cabinet shows any that was not counted.")


def _moved(result: MoveResult) -> str:
    """Tell what lies in both warehouses now."""
    return strip_controls(
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


def _linked(result: LinkResult) -> str:
    """Tell what a listing is made of now."""
    now = " + ".join(map(str, result.after))
    if result.left_alone:
        now = tr("linked to no product; what it shows is left to others")
    elif not now:
        now = tr("linked to no product; it shows 0 from the next push on")
    before = " + ".join(map(str, result.before))
    was = tr(" (was {before})", before=before) if before and result.before != result.after else ""
    settled = ""
    if result.lines_settled:
        settled = trn(
            "; {n} order line reckoned anew",
            "; {n} order lines reckoned anew",
            result.lines_settled,
        )
    return strip_controls(f"{result.account} {result.offer_id}: {now}{was}{settled}")


def _received(result: ReceiptResult) -> str:
    """Tell what became of a return."""
    products = ", ".join(f"{p.units} {p.sku}" for p in result.products) or tr("nothing")
    if result.warehouse is None:
        where = tr("written off")
    elif result.counted:
        where = tr("counted in {warehouse} already", warehouse=result.warehouse)
    else:
        where = tr("put in the warehouse {warehouse}", warehouse=result.warehouse)
    rest = tr("; {waiting} still waiting", waiting=result.waiting) if result.waiting else ""
    return strip_controls(
        tr(
            "{account} return {return_id}: {products} {where}{rest}",
            account=result.account,
            return_id=result.return_id,
            products=products,
            where=where,
            rest=rest,
        )
    )


def _warehouse(result: WarehouseResult) -> str:
    """Tell what a warehouse is called now."""
    if result.before is None:
        done = tr("{name} is a warehouse; count what is there", name=result.after)
        todo = tr("; the configuration does not name it yet")
    else:
        done = tr(
            "{before} is called {after}, with all that is there",
            before=result.before,
            after=result.after,
        )
        todo = tr("; call it so in the configuration, too")
    return strip_controls(done + ("" if result.configured else todo))


def _closed(result: CloseResult) -> str:
    """Tell what shows none any more, and what its orders hold."""
    name = result.account if result.warehouse is None else f"{result.account} {result.warehouse}"
    if not result.closed:
        return strip_controls(tr("{name}: open again, the next push sends its numbers", name=name))
    parts = [tr("closed")]
    if result.listings:
        parts.append(
            trn(
                "{n} listing, which last showed {units}, is taken to show none",
                "{n} listings, which last showed {units} in all, are taken to show none",
                result.listings,
                units=result.shown,
            )
        )
    if result.released_orders:
        parts.append(
            trn(
                "{n} open order is ended, {units} released: count them",
                "{n} open orders are ended, {units} released: count them",
                result.released_orders,
                units=result.released,
            )
        )
    if result.open_orders:
        parts.append(
            trn(
                "{n} open order holds {units} still",
                "{n} open orders hold {units} still",
                result.open_orders,
                units=result.reserved,
            )
        )
    return strip_controls(f"{name}: {'; '.join(parts)}")


def _order_closed(result: CloseOrderResult) -> str:
    """Tell what of an order is awaited no more, or again."""
    products = ", ".join(f"{p.units} {p.sku}" for p in result.products)
    awaited = (
        tr("{products} not awaited any more", products=products)
        if result.closed
        else tr("{products} awaited again", products=products)
    )
    return strip_controls(
        tr(
            "{account} order {order_id}: {awaited}",
            account=result.account,
            order_id=result.order_id,
            awaited=awaited,
        )
    )


def _undone(result: UndoResult) -> str:
    """Tell what was taken back, and what lies there now."""
    from cloudstock.changes.undoing import SETTINGS

    lines = [
        tr(
            "change {change} of {at} ({kind}) is undone (`{command}` does it again)",
            change=result.change,
            at=when(result.made_at),
            kind=" ".join(filter(None, (result.kind.label, subject_label(result.subject)))),
            command=f"cloudstock undo {result.undone_by}",
        )
    ]
    lines += [f"  {_level(row)}" for row in result.stock[:SHOWN_MAX]]
    if len(result.stock) > SHOWN_MAX:
        lines.append("  " + tr("and {n} more", n=len(result.stock) - SHOWN_MAX))
    for what, some in groupby(result.settings, key=lambda setting: setting.what):
        names = [setting.of for setting in some]
        more = [tr("and {n} more", n=len(names) - NAMED_MAX)] if len(names) > NAMED_MAX else []
        lines.append(
            "  "
            + tr(
                "{what} as before: {names}",
                what=spoken(SETTINGS[what], "setting"),
                names=" ".join([", ".join(names[:NAMED_MAX]), *more]),
            )
        )
    return "\n".join(map(strip_controls, lines))


def _level(row: UndoneStock) -> str:
    """Tell what lies there again."""
    before = (
        tr("never counted before") if row.before is None else tr("was {n}", n=number(row.before))
    )
    values = {"sku": row.sku, "warehouse": row.warehouse, "before": before}
    if row.after is None:
        return tr("{sku} in {warehouse}: not counted any more ({before})", **values)
    return tr("{sku} in {warehouse}: {after} on hand ({before})", after=number(row.after), **values)


def _buffer_set(result: BufferResult) -> str:
    """Tell how many units of a product are kept back."""
    before, after = _or(tr("as each account says"), result)
    return tr("{sku}: buffer {after} (was {before})", sku=result.sku, after=after, before=before)


def _minimum_set(result: MinimumResult) -> str:
    """Tell with how many units a product is low."""
    before, after = _or(tr("as the configuration says"), result)
    return tr("{sku}: minimum {after} (was {before})", sku=result.sku, after=after, before=before)


def _or(none: str, result: NumberResult) -> tuple[str, str]:
    """Return a number before and after; `none`: in the place of none."""
    before, after = (none if n is None else number(n) for n in (result.before, result.after))
    return before, after


def _hidden(result: HideResult) -> str:
    """Tell whether a product is in sight."""
    hidden = tr("{sku}: out of sight, among the hidden products", sku=result.sku)
    return hidden if result.hidden else tr("{sku}: in sight again", sku=result.sku)


def _paused(result: PauseResult) -> str:
    """Tell whether numbers are sent to an account."""
    if result.paused:
        return tr("{name}: paused; nothing is sent to it until it goes on", name=result.account)
    return tr("{name}: numbers are sent again, from the next run on", name=result.account)


def _removed(result: RemoveWarehouseResult) -> str:
    """Tell that a warehouse is there no more."""
    if result.kept:
        return tr("{name}: out of sight, with its history", name=result.name)
    return tr("{name}: removed", name=result.name)


# By the names of results, so that a count need not wait for what the others are made with.
_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "AdoptResult": _adopted,
    "CountResult": _counted,
    "MoveResult": _moved,
    "PolicyResult": policy_set,
    "BufferResult": _buffer_set,
    "MinimumResult": _minimum_set,
    "LinkResult": _linked,
    "ReceiptResult": _received,
    "WarehouseResult": _warehouse,
    "CloseResult": _closed,
    "CloseOrderResult": _order_closed,
    "UndoResult": _undone,
    "HideResult": _hidden,
    "PauseResult": _paused,
    "RemoveWarehouseResult": _removed,
}
