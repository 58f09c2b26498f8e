"""The book's own words as people read them, in the language of the request."""

from __future__ import annotations

from cloudstock.domain.work import Job
from cloudstock.language import spoken, tr
from cloudstock.store.views.stock import ListingStock


def step(word: str) -> str:
    """Name where an order's units are, or how far a return is."""
    return {
        "open": tr("open"),
        "shipped": tr("shipped"),
        "delivered": tr("delivered"),
        "cancelled": tr("cancelled"),
        "replaced": tr("replaced"),
        "unknown": tr("unknown status"),
        "expected": tr("on its way"),
        "undecided": tr("not decided yet"),
        "received": tr("handed over"),
        "never": tr("never comes"),
    }.get(word, word)


def movement(word: str) -> str:
    """Name a kind of movement."""
    return {
        "count": tr("count"),
        "adjustment": tr("correction"),
        "shipment": tr("shipment"),
        "return": tr("return"),
        "receipt": tr("back on the shelf"),
        "write-off": tr("write-off"),
        "move": tr("move between shelves"),
    }.get(word, word)


def job(word: str) -> str:
    """Name a job as it stands in the list of runs."""
    return Job(word).label


def verdict(word: str | None) -> str:
    """Name what a marketplace answered to a number."""
    return {
        None: tr("no answer"),
        "accepted": tr("accepted"),
        "refused": tr("refused"),
        "later": tr("later"),
        "unknown": tr("no clear answer"),
    }.get(word, word or "")


def product_list(word: str) -> str:
    """Name a list of products."""
    return {
        "all": tr("All"),
        "uncounted": tr("Never counted"),
        "oversold": tr("Oversold"),
        "empty": tr("Nothing left"),
        "refused": tr("Refused"),
        "unlisted": tr("Offered nowhere"),
    }[word]


def document_list(word: str) -> str:
    """Name a list of orders or returns."""
    return {
        "open": tr("Open"),
        "all": tr("All"),
        "unknown": tr("Unknown status"),
        "unlinked": tr("Not linked"),
        "waiting": tr("Waiting for you"),
        "expected": tr("On their way"),
        "undecided": tr("Not decided"),
    }[word]


def done(counts: dict[str, int]) -> str:
    """Return what a job did, as the commands tell it."""
    return ", ".join(
        f"{spoken(name.replace('_', ' '), 'count')} {n}" for name, n in counts.items() if n
    )


def agrees(window: ListingStock) -> bool:
    """Tell whether target, sent and seen say one thing, as far as they can."""
    if window.target is None or window.target != window.pushed:
        return False
    return window.seen == window.target or window.superseded
