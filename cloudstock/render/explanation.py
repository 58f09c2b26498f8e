"""explain: each number as a sum that can be checked by eye, for a terminal and for the browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cloudstock.domain.changes import note_label
from cloudstock.domain.records import MovementKind, Verdict
from cloudstock.language import tr, trn
from cloudstock.language.local import decimal, lasting
from cloudstock.render.console import Styled, Term, panel, paragraph
from cloudstock.render.policies import ahead_words, moving_words
from cloudstock.render.results import interval
from cloudstock.render.text import NOTHING, UNKNOWN, number, signed, when, zone
from cloudstock.shell import word
from cloudstock.store.troubles.sentences import why_watched
from cloudstock.store.views.explanation import Explanation, ListingTerms, Push, WarehouseTerms
from cloudstock.store.views.quotas import QuotaTerms

# Reservations told one by one; the rest is summed up.
RESERVATIONS_MAX = 20


def explanation_text(terms: Explanation, *, now: datetime) -> Iterator[str]:
    """Yield the explanation part by part."""
    yield paragraph(f"{terms.sku}  {terms.name}".rstrip())
    if terms.barcodes:
        yield paragraph(tr("barcodes {barcodes}", barcodes=", ".join(terms.barcodes)))
    if terms.sold_per_day is not None:
        yield paragraph(sells(terms.sold_per_day, terms.lasts_days))
    if terms.minimum is not None:
        yield paragraph(tr("low with fewer than {minimum:,} available", minimum=terms.minimum))
    if not terms.warehouses:
        yield "\n" + paragraph(
            tr("Never counted, never ordered: what is on hand is unknown, nothing is pushed."),
            "notable",
        )
        yield paragraph(tr("Count it: cloudstock set-stock {argument} N", argument=word(terms.sku)))
    for level in terms.warehouses:
        title = tr("In the warehouse {warehouse}", warehouse=level.warehouse)
        yield "\n" + panel(title, list(warehouse_terms(terms, level)))
    for listing in terms.listings:
        yield "\n" + panel(_listing_title(listing), list(listing_terms(listing)))
    if not terms.listings:
        yield "\n" + paragraph(tr("No listing is linked to it, so no marketplace shows it."))
    yield "\n" + paragraph(tr("Times are {zone}.", zone=zone(now)))


def sells(per_day: float, lasts_days: float | None) -> str:
    """Tell how fast a product sells, and how long it lasts."""
    if lasts_days is None:
        return tr("sold a day: {rate}", rate=decimal(per_day))
    return tr(
        "sold a day: {rate}; lasts, days: {days}", rate=decimal(per_day), days=lasting(lasts_days)
    )


# ---------------------------------------------------------------- the warehouse


def warehouse_terms(terms: Explanation, level: WarehouseTerms) -> Iterator[Term | str]:
    """Yield what makes the numbers of a product in a warehouse."""
    if level.counted is not None:
        note = f", {note_label(level.counted.note)}" if level.counted.note else ""
        on = tr("on {counted_at}{note}", counted_at=when(level.counted.counted_at), note=note)
        yield tr("counted"), str(level.counted.quantity), on
    elif level.on_hand is not None:
        yield tr("begins empty"), "0", tr("no count is needed")
    else:
        unknown = tr("what is on hand is unknown; nothing is pushed")
        yield tr("never counted"), Styled(UNKNOWN, "notable"), unknown
    for moved in level.moved:
        yield (
            MovementKind(moved.kind).label,
            signed(moved.quantity),
            trn("{n} movement since", "{n} movements since", moved.movements),
        )
    yield tr("= on hand"), number(level.on_hand), ""
    if level.counted is None and level.on_hand is not None:
        return
    yield tr("reserved"), str(-level.reserved or 0), ""
    for r in level.reservations[:RESERVATIONS_MAX]:
        unknown = tr(", status nobody knows: {status}", status=r.status)
        held = tr(
            "{units} for {account} {order_id}, made {created_at}{unknown}",
            units=r.units,
            account=r.account,
            order_id=r.order_id,
            created_at=when(r.created_at),
            unknown=unknown if r.step == "unknown" else "",
        )
        yield "", "", held
    if rest := level.reservations[RESERVATIONS_MAX:]:
        units = sum(r.units for r in rest)
        more = tr(
            "{units} for {count} more (`cloudstock show-orders --open`)",
            units=units,
            count=len(rest),
        )
        yield "", "", more
    whose = tr("the default of all accounts") if terms.buffer is None else tr("this product's own")
    yield tr("buffer"), str(-level.buffer or 0), whose
    available = number(level.available)
    if level.oversold:
        why = tr(
            "oversold by {oversold}: more is promised than is on hand", oversold=level.oversold
        )
        yield tr("= available"), Styled(available, "wrong"), Styled(why, "wrong")
    else:
        yield tr("= available"), available, ""
    if level.together is not None:
        moves = moving_words(level.together)
        yield tr("shown together"), str(level.together.now), Styled(moves, "notable")


# ---------------------------------------------------------------- the listings


def _listing_title(w: ListingTerms) -> str:
    place = tr(", warehouse {external_warehouse}", external_warehouse=w.external_warehouse)
    level = tr("fed from {warehouse}", warehouse=w.warehouse)
    return tr(
        "On {account}: {offer_id}{place}{source}",
        account=w.account,
        offer_id=w.offer_id,
        place=place if w.external_warehouse else "",
        source=f" {level}" if w.warehouse is not None else "",
    )


def listing_terms(w: ListingTerms) -> Iterator[Term | str]:
    """Yield what makes the number that a listing should show, and what hinders it."""
    yield from _parts(w)
    if (p := w.quota) is not None:
        yield tr("policy"), p.policy, _policy(p)
        if p.divided:
            yield tr("promised"), number(p.promised), _promised(p)
    yield tr("target"), NOTHING if w.target is None else str(w.target), _target_reason(w)
    belief = tr("nothing is known")
    if w.believed_at is not None:
        belief = tr("as of {believed_at}", believed_at=when(w.believed_at))
    if w.in_flight:
        belief += tr("; a push has no answer yet")
    yield tr("believed to show"), interval(w.low, w.high), belief
    if w.seen is None:
        yield tr("seen"), NOTHING, tr("never read back")
    else:
        held = tr(", {seen_reserved} held for orders", seen_reserved=w.seen_reserved)
        drift = tr("; more than was sent: pushed again")
        seen = tr(
            "on {seen_at}{held}{drift}",
            seen_at=when(w.seen_at),
            held="" if w.seen_reserved is None else held,
            drift=drift if w.drift else "",
        )
        yield tr("seen"), str(w.seen), Styled(seen, "wrong") if w.drift else seen
    for push in w.pushes:
        at = tr("on {sent_at}: {answer}", sent_at=when(push.sent_at), answer=_answer(push))
        yield tr("sent"), str(push.quantity), at
    if not w.pushes:
        yield tr("sent"), NOTHING, tr("never pushed")
    yield from _hindrances(w)


def _parts(w: ListingTerms) -> Iterator[str]:
    for part in w.parts:
        name = f"{part.sku}: " if len(w.parts) > 1 or part.units > 1 else ""
        if part.on_hand is None:
            yield name + tr("on hand is unknown in this warehouse")
            continue
        source = tr("the product's") if part.buffer_source == "product" else tr("the account's")
        yield name + tr(
            "{on_hand} on hand - {reserved} reserved - {buffer} buffer ({source}) = {left}",
            on_hand=part.on_hand,
            reserved=part.reserved,
            buffer=part.buffer,
            source=source,
            left=part.left,
        )
        steps = []
        if w.share_percent != 100:
            steps.append(tr("share {share_percent} %", share_percent=w.share_percent))
        if part.units > 1:
            steps.append(trn("{n} unit a listing", "{n} units a listing", part.units))
        if steps:
            yield name + tr(
                "{steps}, rounded down = {fills}", steps=", ".join(steps), fills=number(part.fills)
            )


def _policy(p: QuotaTerms) -> str:
    """Tell under which policy a listing stands, and whether it has a part of its own."""
    source = tr("the product's") if p.policy_source == "product" else tr("the account's")
    if not p.divided:
        state = tr("all listings show all of it")
    elif p.policy == "split":
        state = tr("its units are divided")
    else:
        state = tr("scarce now, so its units are divided")
    return tr("{source}; {state}", source=source, state=state)


def _promised(p: QuotaTerms) -> str:
    """Tell what a listing may still sell."""
    if p.promised is None:
        return tr("nobody knows what it may have sold; nothing of the product is raised till then")
    if p.left_when_read is None or p.left_when_read >= p.promised:
        return tr("it may still sell, or may have sold unread")
    return tr(
        "it may still sell, or may have sold unread; {left} when its orders have been read",
        left=p.left_when_read,
    )


def _target_reason(w: ListingTerms) -> str:
    if w.archived:
        return tr("archived: nothing is pushed")
    if w.gone_at is not None:
        return tr("gone from the catalog: nothing is pushed")
    if w.warehouse is None:
        return tr("its warehouse is not configured: nothing is pushed")
    if w.follows:
        return tr("another warehouse shares its stock and is pushed in its place")
    if w.closed_at is not None:
        return tr("closed: it shows none")
    if w.target is None:
        return tr("unknown stock: nothing is pushed")
    limits = [("max_quantity", w.max_quantity), (tr("the marketplace's limit"), w.ceiling)]
    fills = [p.fills for p in w.parts if p.fills is not None]
    for name, limit in limits:
        if limit is not None and w.target == limit and fills and min(fills) > limit:
            return tr("capped by {name}", name=name)
    if w.quota is not None and w.quota.most is not None and w.target < w.quota.most:
        return tr("its part of {most}", most=w.quota.most)
    return ""


def _answer(push: Push) -> str:
    if push.verdict is None:
        return tr("no answer")
    reason = ": ".join(x for x in (push.code, push.message) if x)
    answer = f"{Verdict(push.verdict).label} {when(push.answered_at)}"
    return f"{answer} ({reason})" if reason else answer


def _hindrances(w: ListingTerms) -> Iterator[str]:
    """Yield why a listing does not show its target yet."""
    if w.watched:
        yield Styled(why_watched(w.paused_account or w.account, w.paused_since), "notable")
        return
    if w.refusal is not None:
        times = trn(", {n} time in a row", ", {n} times in a row", w.refusal.times)
        again = tr("; again after {due_at}", due_at=when(w.due_at))
        refused = tr(
            "set aside: refused on {refused_at}{times}{again}",
            refused_at=when(w.refusal.refused_at),
            times=times if w.refusal.times > 1 else "",
            again=again if w.due_at is not None else "",
        )
        yield Styled(f"{refused}: {w.refusal.message or w.refusal.code}", "wrong")
    elif w.due_at is not None:
        yield tr(
            "not sent before {due_at}: the marketplace's limit on repeats", due_at=when(w.due_at)
        )
    if w.hold_until is not None:
        yield tr(
            "not raised before {hold_until}: it holds units for unknown orders",
            hold_until=when(w.hold_until),
        )
    if w.stale and w.differs:
        names = ", ".join(w.stale)
        stale = tr("not raised: the orders of {stale} are not known freshly", stale=names)
        yield Styled(stale, "notable")
    if w.quota is not None and w.quota.divided:
        if w.differs:
            yield _waiting(w.quota)
    elif w.differs and not w.refusal and w.due_at is None:
        yield tr("the next push sends the target")


def _waiting(p: QuotaTerms) -> str:
    """Tell what a divided listing waits for, and what it shows till then."""
    if p.waits_for:
        names = ", ".join(p.waits_for)
        if p.waits_until is None:
            reason = tr(
                "not raised before the orders of {accounts} have shown what was sold there",
                accounts=names,
            )
        else:
            reason = tr(
                "not raised before the orders of {accounts}, read after {until}, have shown what"
                " was sold there",
                accounts=names,
                until=when(p.waits_until),
            )
    elif p.watched:
        reason = tr(
            "not raised beyond what {accounts} may not sell: nothing is sent there, so what it"
            " shows stays its own",
            accounts=", ".join(p.watched),
        )
    elif p.empty_hours == "":
        reason = tr("what each listing holds is sold there (gradual); others get what is delivered")
    elif p.empty_hours is not None:
        reason = tr("units move between {hours} only", hours=p.empty_hours)
    else:
        reason = tr("it takes its turn: units are promised to one listing at a time")
    return "; ".join((reason, *ahead_words(p.ahead)))
