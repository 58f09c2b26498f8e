"""What the browser offers where something is wrong: a button or a page in place of a command."""

from __future__ import annotations

from dataclasses import dataclass

from cloudstock.language import mark, spoken
from cloudstock.store.troubles.finder import Trouble

# The next round ends them: it reads, and sends what is due.
BY_SYNC = frozenset(
    (
        "failed",
        "never_polled",
        "stale",
        "drift",
        "unanswered",
        "held",
        "not_raised",
        "pending",
        "waiting",
        "quick_change",
    )
)
# Where a page has the button that ends them: its address, and what is done there.
BY_PAGE = {
    "refused": ("/products?only=refused", mark("See them")),
    "never_counted": ("/products?only=uncounted", mark("Count them")),
    "returns_waiting": ("/returns", mark("Receive them")),
    "away": ("/orders?only=away", mark("See them")),
    "oversold": ("/products?only=oversold", mark("See them")),
    "unlinked_listing": ("/listings", mark("Link them")),
    "unlinked_order": ("/listings", mark("Link them")),
    "unlinked_return": ("/listings", mark("Link them")),
    "left_alone": ("/listings", mark("See them")),
    "old_copy": ("/count", mark("Count them")),
    "paused": ("/accounts", mark("Accounts")),
    "closed": ("/accounts", mark("Accounts")),
    "not_configured": ("/accounts", mark("Accounts")),
    "forgotten_account": ("/accounts", mark("Accounts")),
    "credentials": ("/accounts", mark("Accounts")),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A trouble as the browser shows it."""

    trouble: Trouble
    # What is so.
    sentence: str
    # What to do, where nothing here does it.
    advice: str
    # A round ends it.
    by_sync: bool
    # The page to go to, and its name; "": none.
    page: str
    label: str


def shown(trouble: Trouble) -> Shown:
    """Return a trouble with what the browser offers against it."""
    sentence = trouble.message
    if trouble.advice:
        sentence = sentence.removesuffix(trouble.advice).removesuffix("; ")
    by_sync = trouble.kind in BY_SYNC
    page, label = (
        ("", "") if by_sync else BY_PAGE.get(trouble.kind, (trouble.page or "", mark("See them")))
    )
    advice = "" if by_sync or page else trouble.advice
    return Shown(trouble, sentence or trouble.message, advice, by_sync, page, spoken(label))
