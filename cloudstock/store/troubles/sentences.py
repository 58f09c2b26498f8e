"""What troubles say, and what mends them, where that takes more than one text with places."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from cloudstock.domain.work import Job
from cloudstock.errors import CredentialsRefused, DoubtfulAnswer
from cloudstock.language import filled, mark, spoken, tr, trn
from cloudstock.language.local import decimal
from cloudstock.store.troubles.kind import Facts
from cloudstock.store.views.comparisons import LastComparison, compared_text

# Of an account that a person holds back, whatever is configured; and what ends that.
PAUSED = mark("paused since {paused_at}: it is read and compared, nothing is sent to it")
RESUME = mark("`cloudstock pause-account {account} --resume` sends its numbers again")
# Words named in one sentence; JSON has them all.
WORDS_MAX = 3


def failed(facts: Facts) -> str:
    """Say what failed, why, and when it last succeeded."""
    if facts["succeeded_at"] is None:
        return tr("{job} failed: {message}; it never succeeded", **facts)
    return tr("{job} failed: {message}; it last succeeded {succeeded_at}", **facts)


def failed_advice(facts: Facts) -> str:
    """Say how it is tried again, or what must be mended first."""
    # What an older version wrote down has no kind.
    if facts.get("error_kind") == CredentialsRefused.kind:
        return tr(
            "write a valid key into the configuration; `cloudstock check --account {account}`"
            " tells whether it is taken",
            **facts,
        )
    if facts.get("error_kind") == DoubtfulAnswer.kind and facts["job"] == Job.CATALOG:
        return tr(
            "`cloudstock {command} --account {account}` tries again; add --yes if they are really"
            " gone",
            **facts,
        )
    return tr("`cloudstock {command} --account {account}` tries again", **facts)


def pending(facts: Facts) -> str:
    """Say how many numbers are to be sent, and since when none was."""
    what = trn("{n} listing is to be pushed", "{n} listings are to be pushed", facts["count"])
    if facts["recent"]:
        return what
    if facts["pushed_at"] is None:
        return tr("{what}, and no push has ever ended well", what=what)
    return tr(
        "{what}, and no push has ended well since {pushed_at}; buyers see numbers of that time",
        what=what,
        **facts,
    )


def stale(facts: Facts) -> str:
    """Say when orders were last read."""
    if facts["ahead"]:
        return tr(
            "orders were last read {read_at}, which lies ahead: this machine's"
            " clock was set back; nothing is raised in its warehouses",
            **facts,
        )
    return tr(
        "orders were last read {read_at}, longer ago than max_poll_age; nothing"
        " is raised in its warehouses",
        **facts,
    )


def why_watched(account: str, paused_at: datetime | None) -> str:
    """Say why nothing is sent to an account: it is paused, or (None) configured so."""
    if paused_at is None:
        return tr("only watched (`push: off`): nothing is sent")
    facts = {"account": account, "paused_at": paused_at}
    paused, resume = (filled(spoken(words), facts) for words in (PAUSED, RESUME))
    return f"{paused} ({resume})"


def push_off(facts: Facts) -> str:
    """Say since when nothing is sent, and how far off what is shown was."""
    if facts["since_at"] is None:
        parts = [tr("`push: off`: it is only watched, nothing is sent to it from the next run on")]
    elif facts["pushed"]:
        parts = [tr("`push: on`, from the next run on: up to now it is only watched")]
    else:
        parts = [
            tr(
                "`push: off` since {since_at}: it is only watched, nothing is sent to it",
                **facts,
            )
        ]
    if facts["compared"] is None:
        parts.append(tr("what it shows was not read yet"))
    else:
        compared = compared_text(LastComparison(facts["read_at"], *json.loads(facts["compared"])))
        parts.append(
            tr(
                "read {read_at}: {words}",
                read_at=facts["read_at"],
                words=compared,
            )
        )
    if facts["day"] is not None:
        parts.append(
            tr(
                "in the last 24 h {differing} of {readings} readings differed; at most {above} too"
                " many, {below} too few",
                **json.loads(facts["day"]),
            )
        )
    return "; ".join(parts)


def refused_advice(facts: Facts) -> str:
    """Say from when on it is tried again."""
    if facts["due_at"] is None:
        return tr("mend it in the cabinet; the next `cloudstock push-stocks` tries again")
    return tr(
        "mend it in the cabinet; `cloudstock push-stocks` tries again after {due_at}",
        **facts,
    )


def clock(facts: Facts) -> str:
    """Say how far off the clock is."""
    return tr(
        "this machine's clock is {skew:.0f} s {direction} of the marketplace's",
        skew=abs(facts["skew_s"]),
        direction=tr("behind") if facts["skew_s"] > 0 else tr("ahead"),
    )


def credentials(facts: Facts) -> str:
    """Say when credentials end: `ends_at`, in so many `days`; None: they have ended."""
    if facts["days"] is None:
        return tr("the key ended on {ends_at:day}", **facts)
    return trn(
        "the key ends on {ends_at:day}, in {n} day",
        "the key ends on {ends_at:day}, in {n} days",
        facts["days"],
        **facts,
    )


def named(facts: Facts) -> str:
    """Name the words met last."""
    words = [
        trn(
            '{field} "{word}" ({place}, met {n} time)',
            '{field} "{word}" ({place}, met {n} times)',
            w["times"],
            **w,
        )
        for w in json.loads(facts["words"])
    ]
    if facts["count"] > len(words):
        words.append(tr("{count} more", count=facts["count"] - len(words)))
    return ", ".join(words)


def waiting(facts: Facts) -> str:
    """Say how many listings wait, and for whose orders."""
    listings = trn(
        "{n} listing of divided products does not show its part yet",
        "{n} listings of divided products do not show their parts yet",
        facts["count"],
    )
    others = {name for names in json.loads(facts["others"]) if names for name in names.split(",")}
    return f"{listings}: {read_first(others, facts['until_at'])}" if others else listings


def read_first(others: Collection[str], until: str | None) -> str:
    """Say whose orders must be read before a listing is raised to its part, and after when."""
    names = ", ".join(sorted(others))
    if until is None:
        return tr("the orders of {others} must be read first", others=names)
    return tr(
        "the orders of {others} must be read first, after {until_at}", others=names, until_at=until
    )


def away(facts: Facts) -> str:
    """Say what left with cancelled orders and has not come back."""
    units = trn(
        "{n} unit that left with cancelled orders has not come back",
        "{n} units that left with cancelled orders have not come back",
        facts["units"],
    )
    if not facts["old"]:
        return units
    return f"{units}, {tr('{old} of them for more than {days} days', **facts)}"


def closed(facts: Facts) -> str:
    """Say what is closed, and how many of its orders are open."""
    if facts["warehouses"] is None:
        closed = tr("it is closed, so it shows none")
    else:
        closed = tr("its warehouses are closed, so they show none: {warehouses}", **facts)
    orders = trn("{n} order is open", "{n} orders are open", facts["orders"])
    return f"{closed}; {orders}" if facts["orders"] else closed


def closed_advice(facts: Facts) -> str:
    """Say how a closed account comes to its end."""
    if facts["orders"]:
        return tr("leave it in the configuration until they end")
    # A configuration without accounts is refused.
    return "" if facts["alone"] else tr("take it out of the configuration")


def not_configured_advice(facts: Facts) -> str:
    """Say how it is configured or closed."""
    if facts["warehouse"] is None:
        return tr(
            "configure it again, or see that it shows none and run `cloudstock close-account"
            " {account} --without-push`",
            **facts,
        )
    return tr(
        "configure it again, or see that it shows none and run `cloudstock close-warehouse"
        " {warehouse} --account {account} --without-push`",
        **facts,
    )


def not_configured(facts: Facts) -> str:
    """Say what it last showed."""
    showed = trn(
        "{n} listing last showed {shown}",
        "{n} listings last showed {shown} in all",
        facts["count"],
        **facts,
    )
    if facts["warehouse"] is None:
        return tr("is not configured any more; {showed}", showed=showed)
    return tr(
        "its warehouse {warehouse} is not configured any more; {showed}", showed=showed, **facts
    )


def low(facts: Facts) -> str:
    """Say how little of a product there is, or in how many days it runs out, and why."""
    # What an older version wrote down has none.
    if facts.get("minimum") is not None:
        return tr("{sku}: {available:,} available, fewer than {minimum:,}", **facts)
    rate = decimal(facts["per_day"])
    if facts["lasts_days"] < 1:
        return tr(
            "{sku} runs out within a day: {available:,} available, {rate} sold a day",
            sku=facts["sku"],
            available=facts["available"],
            rate=rate,
        )
    return trn(
        "{sku} runs out in {n} day: {available:,} available, {rate} sold a day",
        "{sku} runs out in {n} days: {available:,} available, {rate} sold a day",
        int(facts["lasts_days"]),
        sku=facts["sku"],
        available=facts["available"],
        rate=rate,
    )
