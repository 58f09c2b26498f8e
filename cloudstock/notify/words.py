"""The words of notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from cloudstock.language import tr, trn
from cloudstock.notify.sending import Message
from cloudstock.render.health import notice_sentence, prefix
from cloudstock.render.text import strip_controls, when, zone
from cloudstock.store.notices import Claim, Notice
from cloudstock.store.times import to_iso
from cloudstock.store.troubles.table import kind_of

# Of one kind told one by one; a message shall be read on a telephone.
EVENTS_MAX = 10
# Of a marketplace's own words.
WORDS_MAX = 300


def problems(claim: Claim, *, watched: Sequence[str], now: datetime) -> Message:
    """Return the message that something is wrong; `watched`: accounts that are not pushed."""
    count = sum(claim.counts.values())
    title = trn("cloudstock: 1 thing to see to", "cloudstock: {n} things to see to", count)
    body = _body(claim, [_lasts(n) for n in claim.first], watched, now)
    return Message(title, body, "warning")


def recoveries(claim: Claim, *, watched: Sequence[str], now: datetime) -> Message:
    """Return the message that something is right again; `watched`: as for `problems`."""
    count = sum(claim.counts.values())
    title = trn(
        "cloudstock: 1 thing is right again", "cloudstock: {n} things are right again", count
    )
    body = _body(claim, [_ended(n) for n in claim.first], watched, now)
    return Message(title, body, "success")


def trial(now: datetime) -> Message:
    """Return the message that proves that messages arrive."""
    return Message(
        tr("cloudstock: a test notice"),
        tr("This is what a notice looks like. Sent {when}.", when=f"{when(now)} {zone(now)}"),
        "success",
    )


def _body(claim: Claim, sentences: list[str], watched: Sequence[str], now: datetime) -> str:
    lines = [f"- {strip_controls(s)}" for s in sentences]
    lines += _more(claim)
    if watched:
        accounts = ", ".join(watched)
        lines.append(
            tr("Nothing is sent to these (`push: off`, or paused): {accounts}.", accounts=accounts)
        )
    lines += ["", tr("Times are {zone}. `cloudstock status` tells all.", zone=zone(now))]
    return "\n".join(lines)


def _more(claim: Claim) -> Iterator[str]:
    left = sum(claim.counts.values()) - len(claim.first)
    if left:
        yield "- " + trn("and 1 more", "and {n} more", left)


def _lasts(notice: Notice) -> str:
    """Return an event that lasts as one line."""
    short = {name: _cut(value) for name, value in notice.facts.items()}
    return f"{notice_sentence(replace(notice, facts=short))}."


def _ended(notice: Notice) -> str:
    """Return an event that is over as one line."""
    facts = {**notice.facts, "opened_at": to_iso(notice.opened_at)}
    return f"{prefix(notice.account)}{kind_of(notice.kind).ended(facts)}."


def _cut(value: object) -> object:
    if not isinstance(value, str) or len(value) <= WORDS_MAX:
        return value
    return f"{value[: WORDS_MAX - 1]}…"
