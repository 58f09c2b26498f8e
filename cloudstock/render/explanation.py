"""The text of explain: each number as a sum that can be checked by eye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cloudstock.language import mark, spoken, tr, trn
from cloudstock.render.results import interval
from cloudstock.render.text import NOTHING, UNKNOWN, inert, number, signed, when, zone
from cloudstock.store.views.explanation import Explanation, Push, ShelfTerms, WindowTerms

# Reservations told one by one; the rest is summed up.
TOLD = 20

_KINDS = {
    "count": mark("counted", "movement"),
    "adjustment": mark("adjusted", "movement"),
    "move": mark("moved", "movement"),
    "shipment": mark("shipped", "movement"),
    "return": mark("came back", "movement"),
    "receipt": mark("put back on the shelf", "movement"),
    "write-off": mark("written off", "movement"),
}
_VERDICTS = (
    mark("accepted", "push"),
    mark("refused", "push"),
    mark("later", "push"),
    mark("unknown", "push"),
)


def explanation_text(told: Explanation, *, buffer: int, now: datetime) -> Iterator[str]:
    """Yield the explanation line by line; `buffer`: of products without one of their own."""
    yield f"{inert(told.sku)}  {inert(told.name)}".rstrip() + "\n"
    if told.barcodes:
        yield tr("barcodes {barcodes}", barcodes=", ".join(inert(b) for b in told.barcodes)) + "\n"
    if not told.shelves:
        yield (
            "\n"
            + tr("Never counted, never ordered: what is on hand is unknown, nothing is pushed.")
            + "\n"
        )
        yield tr("Count it: cloudstock set-stock {argument} N", argument=_argument(told.sku)) + "\n"
    for shelf in told.shelves:
        yield "\n"
        yield from _shelf(told, shelf, buffer)
    for window in told.windows:
        yield "\n"
        yield from _window(window)
    if not told.windows:
        yield "\n" + tr("No listing is linked to it, so no marketplace shows it.") + "\n"
    yield "\n" + tr("Times are {zone}.", zone=zone(now)) + "\n"


def _argument(text: str) -> str:
    """Return text as one word of a shell: what is shown as a command may be pasted as one."""
    from shlex import quote

    return quote(inert(text))


def _line(label: str, value: str, source: str = "") -> str:
    return f"  {label:<22}{value:>7}  {inert(source)}".rstrip() + "\n"


# ---------------------------------------------------------------- the shelf


def _shelf(told: Explanation, shelf: ShelfTerms, default_buffer: int) -> Iterator[str]:
    yield tr("On the shelf {warehouse}", warehouse=inert(shelf.warehouse)) + "\n"
    if shelf.counted is None and shelf.on_hand is not None:
        yield _line(tr("begins empty"), "0", tr("no count is needed"))
    elif shelf.counted is None:
        yield _line(
            tr("never counted"), UNKNOWN, tr("what is on hand is unknown; nothing is pushed")
        )
    else:
        note = f", {shelf.counted.note}" if shelf.counted.note else ""
        yield _line(
            tr("counted"),
            str(shelf.counted.quantity),
            tr("on {counted_at}{note}", counted_at=when(shelf.counted.counted_at), note=note),
        )
    for moved in shelf.moved:
        yield _line(
            spoken(_KINDS.get(moved.kind, moved.kind), "movement"),
            signed(moved.quantity),
            trn("{n} movement since", "{n} movements since", moved.movements),
        )
    yield _line(tr("= on hand"), number(shelf.on_hand))
    if shelf.counted is None and shelf.on_hand is not None:
        return
    yield _line(tr("reserved"), str(-shelf.reserved or 0))
    for r in shelf.reservations[:TOLD]:
        unknown = (
            tr(", status nobody knows: {status}", status=r.status) if r.step == "unknown" else ""
        )
        held = tr(
            "{units} for {account} {order_id}",
            units=r.units,
            account=inert(r.account),
            order_id=inert(r.order_id),
        )
        made = tr("made {created_at}{unknown}", created_at=when(r.created_at), unknown=unknown)
        yield f"{'':33}{held}\n{'':35}{inert(made)}\n"
    if len(shelf.reservations) > TOLD:
        rest = shelf.reservations[TOLD:]
        more = tr(
            "{units} for {count} more, see show-orders --open",
            units=sum(r.units for r in rest),
            count=len(rest),
        )
        yield f"{'':33}{more}\n"
    buffer = default_buffer if told.buffer is None else told.buffer
    source = tr("the default of all accounts") if told.buffer is None else tr("this product's own")
    yield _line(tr("buffer"), str(-buffer or 0), source)
    if shelf.on_hand is None:
        yield _line(tr("= available"), UNKNOWN)
        return
    free = shelf.on_hand - shelf.reserved - buffer
    oversold = shelf.reserved - shelf.on_hand
    remark = (
        tr("oversold by {oversold}: more is promised than is on hand", oversold=oversold)
        if oversold > 0
        else ""
    )
    yield _line(tr("= available"), str(max(0, free)), remark)


# ---------------------------------------------------------------- the windows


def _window(w: WindowTerms) -> Iterator[str]:
    place = (
        tr(", warehouse {external_warehouse}", external_warehouse=inert(w.external_warehouse))
        if w.external_warehouse
        else ""
    )
    shelf = (
        " " + tr("fed from {warehouse}", warehouse=inert(w.warehouse))
        if w.warehouse is not None
        else ""
    )
    yield (
        tr(
            "On {account}: {offer_id}{place}{shelf}",
            account=inert(w.account),
            offer_id=inert(w.offer_id),
            place=place,
            shelf=shelf,
        )
        + "\n"
    )
    yield from _parts(w)
    if w.promise is not None:
        from cloudstock.render.promises import policy_text, promised_text

        yield _line(tr("policy"), w.promise.policy, policy_text(w))
        if w.promise.divided:
            yield _line(tr("promised"), number(w.promise.promised), promised_text(w.promise))
    yield _line(tr("target"), NOTHING if w.target is None else str(w.target), _target_reason(w))
    at = (
        tr("as of {believed_at}", believed_at=when(w.believed_at))
        if w.believed_at is not None
        else tr("nothing is known")
    )
    flight = tr("; a push has no answer yet") if w.in_flight else ""
    yield _line(tr("believed to show"), interval(w.low, w.high), at + flight)
    if w.seen is None:
        yield _line(tr("seen"), NOTHING, tr("never read back"))
    else:
        held = (
            ""
            if w.seen_reserved is None
            else tr(", {seen_reserved} held for orders", seen_reserved=w.seen_reserved)
        )
        drift = tr("; more than was sent: pushed again") if w.drift else ""
        yield _line(
            tr("seen"),
            str(w.seen),
            tr("on {seen_at}{held}{drift}", seen_at=when(w.seen_at), held=held, drift=drift),
        )
    for push in w.pushes:
        yield _line(
            tr("sent"),
            str(push.quantity),
            tr("on {sent_at}: {answer}", sent_at=when(push.sent_at), answer=_answer(push)),
        )
    if not w.pushes:
        yield _line(tr("sent"), NOTHING, tr("never pushed"))
    yield from _hindrances(w)


def _parts(w: WindowTerms) -> Iterator[str]:
    for part in w.parts:
        name = f"{inert(part.sku)}: " if len(w.parts) > 1 or part.units > 1 else ""
        if part.on_hand is None:
            yield f"  {name}" + tr("on hand is unknown on this shelf") + "\n"
            continue
        source = tr("the product's") if part.buffer_source == "product" else tr("the account's")
        left = part.on_hand - part.reserved - part.buffer
        yield (
            f"  {name}"
            + tr(
                "{on_hand} on hand - {reserved} reserved - {buffer} buffer ({source}) = {left}",
                on_hand=part.on_hand,
                reserved=part.reserved,
                buffer=part.buffer,
                source=source,
                left=left,
            )
            + "\n"
        )
        steps = []
        if w.share_percent != 100:
            steps.append(tr("share {share_percent} %", share_percent=w.share_percent))
        if part.units > 1:
            steps.append(trn("{n} unit a listing", "{n} units a listing", part.units))
        if steps:
            rounded = tr(
                "{steps}, rounded down = {fills}",
                steps=", ".join(steps),
                fills=number(part.fills),
            )
            yield f"  {name}{rounded}\n"


def _target_reason(w: WindowTerms) -> str:
    if w.archived:
        return tr("archived: nothing is pushed")
    if w.warehouse is None:
        return tr("its warehouse is not configured: nothing is pushed")
    if w.follows:
        return tr("another warehouse shares its stock and is pushed in its place")
    if w.target is None:
        return tr("unknown stock: nothing is pushed")
    limits = [("max_quantity", w.max_quantity), (tr("the marketplace's limit"), w.ceiling)]
    fills = [p.fills for p in w.parts if p.fills is not None]
    for name, limit in limits:
        if limit is not None and w.target == limit and fills and min(fills) > limit:
            return tr("capped by {name}", name=name)
    if w.promise is not None and w.promise.most is not None and w.target < w.promise.most:
        return tr("its part of {most}", most=w.promise.most)
    return ""


def _answer(push: Push) -> str:
    if push.verdict is None:
        return tr("no answer")
    said = ": ".join(x for x in (push.code, push.message) if x)
    return f"{spoken(push.verdict, 'push')} {when(push.answered_at)}{f' ({said})' if said else ''}"


def _hindrances(w: WindowTerms) -> Iterator[str]:
    if w.watched:
        yield "  " + tr("only watched (`push: off`): nothing is sent") + "\n"
        return
    if w.refusal is not None:
        times = (
            trn(", {n} time in a row", ", {n} times in a row", w.refusal.times)
            if w.refusal.times > 1
            else ""
        )
        again = tr("; again after {due_at}", due_at=when(w.due_at)) if w.due_at is not None else ""
        reason = w.refusal.message or w.refusal.code
        yield (
            "  "
            + tr(
                "set aside: refused on {refused_at}{times}{again}",
                refused_at=when(w.refusal.refused_at),
                times=times,
                again=again,
            )
            + "\n"
        )
        yield f"    {inert(reason)}\n"
    elif w.due_at is not None:
        yield (
            "  "
            + tr(
                "not sent before {due_at}: the marketplace's limit on repeats",
                due_at=when(w.due_at),
            )
            + "\n"
        )
    if w.hold_until is not None:
        yield (
            "  "
            + tr(
                "not raised before {hold_until}: it holds units for unknown orders",
                hold_until=when(w.hold_until),
            )
            + "\n"
        )
    if w.stale and w.differs:
        yield (
            "  "
            + tr(
                "not raised: the orders of {stale} are not known freshly",
                stale=inert(", ".join(w.stale)),
            )
            + "\n"
        )
    if w.promise is not None and w.promise.divided:
        from cloudstock.render.promises import waiting_text

        for sentence in waiting_text(w):
            yield f"  {sentence}\n"
    elif w.differs and not w.refusal and w.due_at is None:
        yield "  " + tr("the next push sends the target") + "\n"
