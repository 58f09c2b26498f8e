"""The text of explain: each number as a sum that can be checked by eye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cloudstock.render.results import interval
from cloudstock.render.text import NOTHING, UNKNOWN, inert, number, plural, signed, when, zone
from cloudstock.store.views.explanation import Explanation, Push, ShelfTerms, WindowTerms

# Reservations told one by one; the rest is summed up.
TOLD = 20

_KINDS = {
    "count": "counted",
    "adjustment": "adjusted",
    "move": "moved",
    "shipment": "shipped",
    "return": "came back",
    "receipt": "put back on the shelf",
    "write-off": "written off",
}


def explanation_text(told: Explanation, *, buffer: int, now: datetime) -> Iterator[str]:
    """Yield the explanation line by line; `buffer`: of products without one of their own."""
    yield f"{inert(told.sku)}  {inert(told.name)}".rstrip() + "\n"
    if told.barcodes:
        yield f"barcodes {', '.join(inert(b) for b in told.barcodes)}\n"
    if not told.shelves:
        yield "\nNever counted, never ordered: what is on hand is unknown, nothing is pushed.\n"
        yield f"Count it: cloudstock set-stock {_argument(told.sku)} N\n"
    for shelf in told.shelves:
        yield "\n"
        yield from _shelf(told, shelf, buffer)
    for window in told.windows:
        yield "\n"
        yield from _window(window)
    if not told.windows:
        yield "\nNo listing is linked to it, so no marketplace shows it.\n"
    yield f"\nTimes are {zone(now)}.\n"


def _argument(text: str) -> str:
    """Return text as one word of a shell: what is shown as a command may be pasted as one."""
    from shlex import quote

    return quote(inert(text))


def _line(label: str, value: str, source: str = "") -> str:
    return f"  {label:<22}{value:>7}  {inert(source)}".rstrip() + "\n"


# ---------------------------------------------------------------- the shelf


def _shelf(told: Explanation, shelf: ShelfTerms, default_buffer: int) -> Iterator[str]:
    yield f"On the shelf {inert(shelf.warehouse)}\n"
    if shelf.counted is None and shelf.on_hand is not None:
        yield _line("begins empty", "0", "no count is needed")
    elif shelf.counted is None:
        yield _line("never counted", UNKNOWN, "what is on hand is unknown; nothing is pushed")
    else:
        note = f", {shelf.counted.note}" if shelf.counted.note else ""
        yield _line(
            "counted", str(shelf.counted.quantity), f"on {when(shelf.counted.counted_at)}{note}"
        )
    for moved in shelf.moved:
        yield _line(
            _KINDS.get(moved.kind, moved.kind),
            signed(moved.quantity),
            f"{plural(moved.movements, 'movement')} since",
        )
    yield _line("= on hand", number(shelf.on_hand))
    if shelf.counted is None and shelf.on_hand is not None:
        return
    yield _line("reserved", str(-shelf.reserved or 0))
    for r in shelf.reservations[:TOLD]:
        unknown = f", status nobody knows: {r.status}" if r.step == "unknown" else ""
        yield f"{'':33}{r.units} for {inert(r.account)} {inert(r.order_id)}\n"
        yield f"{'':35}made {when(r.created_at)}{inert(unknown)}\n"
    if len(shelf.reservations) > TOLD:
        rest = shelf.reservations[TOLD:]
        yield f"{'':33}{sum(r.units for r in rest)} for {len(rest)} more, see show-orders --open\n"
    buffer = default_buffer if told.buffer is None else told.buffer
    source = "the default of all accounts" if told.buffer is None else "this product's own"
    yield _line("buffer", str(-buffer or 0), source)
    if shelf.on_hand is None:
        yield _line("= available", UNKNOWN)
        return
    free = shelf.on_hand - shelf.reserved - buffer
    oversold = shelf.reserved - shelf.on_hand
    remark = f"oversold by {oversold}: more is promised than is on hand" if oversold > 0 else ""
    yield _line("= available", str(max(0, free)), remark)


# ---------------------------------------------------------------- the windows


def _window(w: WindowTerms) -> Iterator[str]:
    place = f", warehouse {inert(w.external_warehouse)}" if w.external_warehouse else ""
    shelf = f" fed from {inert(w.warehouse)}" if w.warehouse is not None else ""
    yield f"On {inert(w.account)}: {inert(w.offer_id)}{place}{shelf}\n"
    yield from _parts(w)
    yield _line("target", NOTHING if w.target is None else str(w.target), _target_reason(w))
    at = f"as of {when(w.believed_at)}" if w.believed_at is not None else "nothing is known"
    flight = "; a push has no answer yet" if w.in_flight else ""
    yield _line("believed to show", interval(w.low, w.high), at + flight)
    if w.seen is None:
        yield _line("seen", NOTHING, "never read back")
    else:
        held = "" if w.seen_reserved is None else f", {w.seen_reserved} held for orders"
        drift = "; more than was sent: pushed again" if w.drift else ""
        yield _line("seen", str(w.seen), f"on {when(w.seen_at)}{held}{drift}")
    for push in w.pushes:
        yield _line("sent", str(push.quantity), f"on {when(push.sent_at)}: {_answer(push)}")
    if not w.pushes:
        yield _line("sent", NOTHING, "never pushed")
    yield from _hindrances(w)


def _parts(w: WindowTerms) -> Iterator[str]:
    for part in w.parts:
        name = f"{inert(part.sku)}: " if len(w.parts) > 1 or part.units > 1 else ""
        if part.on_hand is None:
            yield f"  {name}on hand is unknown on this shelf\n"
            continue
        source = "the product's" if part.buffer_source == "product" else "the account's"
        left = part.on_hand - part.reserved - part.buffer
        yield (
            f"  {name}{part.on_hand} on hand - {part.reserved} reserved"
            f" - {part.buffer} buffer ({source}) = {left}\n"
        )
        steps = []
        if w.share_percent != 100:
            steps.append(f"share {w.share_percent} %")
        if part.units > 1:
            steps.append(f"{part.units} units a listing")
        if steps:
            yield f"  {name}{', '.join(steps)}, rounded down = {number(part.fills)}\n"


def _target_reason(w: WindowTerms) -> str:
    if w.archived:
        return "archived: nothing is pushed"
    if w.warehouse is None:
        return "its warehouse is not configured: nothing is pushed"
    if w.follows:
        return "another warehouse shares its stock and is pushed in its place"
    if w.target is None:
        return "unknown stock: nothing is pushed"
    limits = [("max_quantity", w.max_quantity), ("the marketplace's limit", w.ceiling)]
    fills = [p.fills for p in w.parts if p.fills is not None]
    for name, limit in limits:
        if limit is not None and w.target == limit and fills and min(fills) > limit:
            return f"capped by {name}"
    return ""


def _answer(push: Push) -> str:
    if push.verdict is None:
        return "no answer"
    said = ": ".join(x for x in (push.code, push.message) if x)
    return f"{push.verdict} {when(push.answered_at)}{f' ({said})' if said else ''}"


def _hindrances(w: WindowTerms) -> Iterator[str]:
    if w.refusal is not None:
        times = f", {w.refusal.times} times in a row" if w.refusal.times > 1 else ""
        again = f"; again after {when(w.due_at)}" if w.due_at is not None else ""
        reason = w.refusal.message or w.refusal.code
        yield f"  set aside: refused on {when(w.refusal.refused_at)}{times}{again}\n"
        yield f"    {inert(reason)}\n"
    elif w.due_at is not None:
        yield f"  not sent before {when(w.due_at)}: the marketplace's limit on repeats\n"
    if w.hold_until is not None:
        yield f"  not raised before {when(w.hold_until)}: it holds units for unknown orders\n"
    if w.stale and w.differs:
        yield f"  not raised: the orders of {inert(', '.join(w.stale))} are not known freshly\n"
    if w.differs and not w.refusal and w.due_at is None:
        yield "  the next push sends the target\n"
