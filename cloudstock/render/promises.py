"""How a window's part of its product is explained."""

from __future__ import annotations

from collections.abc import Iterator

from cloudstock.language import tr
from cloudstock.render.text import inert
from cloudstock.store.views.explanation import WindowTerms
from cloudstock.store.views.promises import PromiseTerms


def policy_text(w: WindowTerms) -> str:
    """Tell under which policy a window stands, and since when it has a part of its own."""
    p = w.promise
    assert p is not None
    source = tr("the product's") if p.policy_source == "product" else tr("the account's")
    if not p.divided:
        state = tr("all windows show all of it")
    elif p.policy == "split":
        state = tr("its units are divided")
    else:
        state = tr("scarce now, so its units are divided")
    return tr(
        "{source}; {state}; {rate:g} sold a day", source=source, state=state, rate=p.sold_a_day
    )


def promised_text(p: PromiseTerms) -> str:
    """Tell what a window may still sell."""
    if p.promised is None:
        return tr("nobody knows what it may have sold; nothing of the product is raised till then")
    if p.left_when_read is None or p.left_when_read >= p.promised:
        return tr("it may still sell, or may have sold unread")
    return tr(
        "it may still sell, or may have sold unread; {left} when its orders have been read",
        left=p.left_when_read,
    )


def waiting_text(w: WindowTerms) -> Iterator[str]:
    """Yield what a divided window waits for."""
    p = w.promise
    if p is None or not p.divided or not w.differs:
        return
    if p.waits_for:
        yield tr(
            "not raised before the orders of {accounts} have shown what was sold there",
            accounts=inert(", ".join(p.waits_for)),
        )
    elif p.watched:
        yield tr(
            "not raised beyond what {accounts} may not sell: nothing is sent there (`push: off`),"
            " so what it shows stays its own",
            accounts=inert(", ".join(p.watched)),
        )
    else:
        yield tr("it takes its turn: units are promised to one window at a time")
