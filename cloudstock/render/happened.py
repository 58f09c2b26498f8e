"""What a run did, for who sits at the terminal: an order, a return, an account's numbers a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.jobs.results import JobResult
from cloudstock.language import tr
from cloudstock.language.local import done
from cloudstock.render.console import Styled, printed, rich_text, takes_unicode
from cloudstock.render.text import when
from cloudstock.store.views.happened import Event, EventKind, Goods, Happened

# What events say, and what is read anew each time.
COUNTED_APART = frozenset(
    (
        *("orders", "orders_changed", "orders_deeper", "orders_new", "movements", "listings"),
        *("returns", "returns_new", "returns_received", "returns_skipped", "read"),
        *("held", "pending", "pushed", "waiting", "would_push"),
    )
)

Row = tuple[str, str, str]


def happened_text(result: JobResult, redacted: Callable[[str], str]) -> Iterator[str]:
    """Yield what happened as a table, or that nothing did.

    `redacted`: takes secrets out of a text, before a line break may part one.
    """
    rows = list(_rows(result))
    if not rows:
        if result.ok:
            yield tr("Nothing new.") + "\n"
        return
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    for fixed in (True, True, False):
        grid.add_column(no_wrap=fixed, overflow="fold")
    for row in rows:
        grid.add_row(*(rich_text(_as(redacted(text), text)) for text in row))
    yield printed(grid)


def _as(text: str, like: str) -> str:
    return Styled(text, like.style) if isinstance(like, Styled) else text


def _rows(result: JobResult) -> Iterator[Row]:
    happened = result.happened or Happened()
    for kind in EventKind:
        for event in happened.events:
            if event.kind is kind:
                label = Styled(kind.label, "notable") if kind is EventKind.WAITS else kind.label
                note = _note(event)
                goods = _goods(event)
                yield label, event.account, f"{goods} ({note})" if note else goods
        if left := happened.more.get(kind):
            yield "", "", tr("and {n} more", n=left)
    for account in result.accounts:
        other = done({name: n for name, n in account.counts.items() if name not in COUNTED_APART})
        if other and account.ok:
            yield tr("also"), account.account, other


def _goods(event: Event) -> str:
    sent = event.kind in (EventKind.PUSHED, EventKind.WAITS)
    texts = [_sent(goods) if sent else _moved(goods) for goods in event.goods]
    if event.more:
        texts.append(tr("and {n} more", n=event.more))
    return ", ".join(texts)


def _moved(goods: Goods) -> str:
    times = "\N{MULTIPLICATION SIGN}" if takes_unicode() else "x"
    return f"{goods.quantity} {times} {goods.article}"


def _sent(goods: Goods) -> str:
    arrow = "\N{RIGHTWARDS ARROW}" if takes_unicode() else "->"
    changes = goods.before is not None and goods.before != goods.quantity
    return f"{goods.article} {f'{goods.before} {arrow} ' if changes else ''}{goods.quantity}"


def _note(event: Event) -> str:
    match event.kind:
        case EventKind.RETURNED if event.warehouse == QUARANTINE:
            return tr("return {id} waits to be received", id=event.return_id)
        case EventKind.RETURNED:
            return tr("on sale again in {warehouse}", warehouse=event.warehouse)
        case EventKind.COMING_BACK:
            return tr("return {id}", id=event.return_id)
        case EventKind.WAITS:
            return _waits(event)
        case EventKind.PUSHED:
            return ""
    return tr("order {id}", id=event.order_id)


def _waits(event: Event) -> str:
    if event.orders_of is None:
        return tr("until {at}: the marketplace's limit on repeats", at=when(event.until))
    if not event.orders_of:
        return tr("takes its turn; `cloudstock explain SKU` tells how")
    names = ", ".join(event.orders_of)
    if event.until is None:
        return tr("until the orders of {accounts} are read", accounts=names)
    return tr(
        "until the orders of {accounts} are read after {at}", accounts=names, at=when(event.until)
    )
