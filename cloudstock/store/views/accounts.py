"""What an account's clock and credentials come to, in sentences for `check` and `status`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cloudstock.language import tr, trn
from cloudstock.store.accounts import AccountFacts, UnknownWord

# A clock further off than this is told. It is reckoned with; but what people count and read is
# by it.
CLOCK_TOLD_S = 30.0
# What is so far off is wrong for everything else on the machine, too.
CLOCK_WRONG_S = 3_600.0
# Credentials are told of this long before they end.
CREDENTIALS_END_TOLD = timedelta(days=14)
# Words named in one sentence; JSON has them all.
WORDS_TOLD = 3


def account_sentences(facts: AccountFacts, *, now: datetime) -> Iterator[str]:
    """Say what `check` tells of an account's credentials and clock."""
    if facts.credentials_end is not None:
        yield credentials_sentence(facts.credentials_end, now=now)
    if clock_is_off(facts):
        assert facts.clock_skew_s is not None
        yield clock_sentence(facts.clock_skew_s)


def clock_is_off(facts: AccountFacts) -> bool:
    """Tell whether this machine's clock and the marketplace's differ by so much as to be told."""
    return facts.clock_skew_s is not None and abs(facts.clock_skew_s) >= CLOCK_TOLD_S


def credentials_end_soon(facts: AccountFacts, *, now: datetime) -> bool:
    """Tell whether the credentials have ended, or are about to."""
    end = facts.credentials_end
    return end is not None and end - now < CREDENTIALS_END_TOLD


def credentials_sentence(end: datetime, *, now: datetime) -> str:
    """Say when the credentials end, and what to do where that is soon."""
    if end <= now:
        return tr(
            "the key ended on {end:%Y-%m-%d}; make a new one in the cabinet, write it into the"
            " configuration and run `cloudstock check`",
            end=end,
        )
    days = (end - now).days
    if end - now < CREDENTIALS_END_TOLD:
        return trn(
            "the key ends on {end:%Y-%m-%d}, in {n} day; make a new one before, write it into the"
            " configuration and run `cloudstock check`",
            "the key ends on {end:%Y-%m-%d}, in {n} days; make a new one before, write it into the"
            " configuration and run `cloudstock check`",
            days,
            end=end,
        )
    return trn(
        "the key ends on {end:%Y-%m-%d}, in {n} day",
        "the key ends on {end:%Y-%m-%d}, in {n} days",
        days,
        end=end,
    )


def clock_sentence(skew_s: float) -> str:
    """Say how two clocks differ; `skew_s` is the marketplace's minus this machine's."""
    direction = tr("behind") if skew_s > 0 else tr("ahead")
    return tr(
        "this machine's clock is {skew:.0f} s {direction} of the marketplace's; cloudstock"
        " reckons with it, but set it by NTP",
        skew=abs(skew_s),
        direction=direction,
    )


def unknown_words_sentence(words: Sequence[UnknownWord]) -> str:
    """Say which words nobody knows, what became of them, and what to do."""
    return trn(
        "{n} word of the marketplace is not known: {words}. Nothing is guessed: an order with it"
        " keeps its units reserved, all else stays as it was. A newer cloudstock may know it; if"
        " not, send a report: `cloudstock sync --record report.jsonl`",
        "{n} words of the marketplace are not known: {words}. Nothing is guessed: an order with"
        " one keeps its units reserved, all else stays as it was. A newer cloudstock may know"
        " them; if not, send a report: `cloudstock sync --record report.jsonl`",
        len(words),
        words=_named(words),
    )


def left_out_sentence(words: Sequence[UnknownWord]) -> str:
    """Say what could not be read, what that means, and what to do."""
    return trn(
        "{n} thing in answers could not be read, so whatever it stands in (an order, a listing)"
        " is not in the book: {words}. Look for a newer cloudstock; if there is none, send a"
        " report: `cloudstock sync --record report.jsonl`",
        "{n} things in answers could not be read, so whatever they stand in (orders, listings)"
        " is not in the book: {words}. Look for a newer cloudstock; if there is none, send a"
        " report: `cloudstock sync --record report.jsonl`",
        len(words),
        words=_named(words),
    )


def _named(words: Sequence[UnknownWord]) -> str:
    told = [
        trn(
            '{field} "{word}" ({place}, met {n} time)',
            '{field} "{word}" ({place}, met {n} times)',
            w.times,
            field=w.field,
            word=w.word,
            place=w.place,
        )
        for w in words[:WORDS_TOLD]
    ]
    if len(words) > WORDS_TOLD:
        told.append(tr("{count} more", count=len(words) - WORDS_TOLD))
    return ", ".join(told)
