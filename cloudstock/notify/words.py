"""The words of notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cloudstock.language import tr, trn
from cloudstock.notify.sending import Message
from cloudstock.render.text import inert, when, zone
from cloudstock.store.notices import Claim, Notice
from cloudstock.store.times import moment

# Of one kind told one by one; a message shall be read on a telephone.
TOLD = 10
# A job is called as the command that does it.
COMMANDS = {
    "catalog": "pull-catalog",
    "push": "push-stocks",
    "reserves": "poll-reserves",
    "returns": "poll-returns",
    "watch": "push-stocks",
}
# Of a marketplace's own words.
WORDS_MAX = 300


def problems(claim: Claim, *, watched: Sequence[str], now: datetime) -> Message:
    """Return the message that something is wrong; `watched`: accounts that are not pushed."""
    count = sum(claim.counts.values())
    title = trn("cloudstock: 1 thing to see to", "cloudstock: {n} things to see to", count)
    body = _body(claim, [sentence(n) for n in claim.first], watched, now)
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
    lines = [f"- {inert(s)}" for s in sentences]
    lines += _more(claim)
    if watched:
        accounts = ", ".join(watched)
        lines.append(
            tr(
                "Only watched (`push: off`), nothing is sent to them: {accounts}.",
                accounts=accounts,
            )
        )
    lines += ["", tr("Times are {zone}. `cloudstock status` tells all.", zone=zone(now))]
    return "\n".join(lines)


def _more(claim: Claim) -> Iterator[str]:
    left = sum(claim.counts.values()) - len(claim.first)
    if left:
        yield "- " + trn("and 1 more", "and {n} more", left)


def sentence(notice: Notice) -> str:
    """Return an event that lasts as one line."""
    facts = notice.facts
    match notice.kind:
        case "down":
            return f"{_down(str(facts['account']), _since(facts))} {_words(facts)}".rstrip()
        case "failed":
            job = COMMANDS[str(facts["job"])]
            return f"{_failed(str(facts['account']), job, _since(facts))} {_words(facts)}".rstrip()
        case "oversold":
            return tr(
                "{sku} is oversold in {warehouse}: {reserved} promised, {on_hand} on hand; count"
                " it, or cancel an order.",
                **facts,
            )
        case "unlinked":
            return tr(
                "{account}: {article} is linked to no product and is not pushed; see"
                " `cloudstock listings --unlinked`.",
                **facts,
            )
        case "token":
            ends = moment(str(facts["ends_at"]))
            return tr(
                "{account}: the token ends {when}; make a new one before.",
                account=facts["account"],
                when=when(ends),
            )
    raise AssertionError(notice.kind)


def _ended(notice: Notice) -> str:
    """Return an event that is over as one line."""
    facts, opened = notice.facts, when(notice.opened_at)
    match notice.kind:
        case "down":
            return tr(
                "{account} works again, after trouble since {since}.",
                account=facts["account"],
                since=opened,
            )
        case "failed":
            return tr(
                "{account}: {job} succeeds again, after trouble since {since}.",
                account=facts["account"],
                job=COMMANDS[str(facts["job"])],
                since=opened,
            )
        case "oversold":
            return tr(
                "{sku} is no longer oversold in {warehouse}.",
                sku=facts["sku"],
                warehouse=facts["warehouse"],
            )
    raise AssertionError(notice.kind)


def _down(account: str, since: str | None) -> str:
    if since is None:
        return tr("{account} cannot be worked with: its orders were never read.", account=account)
    return tr(
        "{account} cannot be worked with: its orders were last read {since}.",
        account=account,
        since=since,
    )


def _failed(account: str, job: str, since: str | None) -> str:
    if since is None:
        return tr("{account}: {job} fails; it never succeeded.", account=account, job=job)
    return tr(
        "{account}: {job} fails; it last succeeded {since}.", account=account, job=job, since=since
    )


def _since(facts: Mapping[str, object]) -> str | None:
    since = facts["since"]
    return None if since is None else when(moment(str(since)))


def _words(facts: Mapping[str, object]) -> str:
    said = facts["message"]
    if said is None:
        return ""
    text = str(said)
    return text if len(text) <= WORDS_MAX else f"{text[: WORDS_MAX - 1]}…"
