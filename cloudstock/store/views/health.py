"""status: how each account's jobs went, and what is wrong now."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudstock.language import mark, spoken, tr, trn
from cloudstock.settings import Account
from cloudstock.store.accounts import Accounts, UnknownWord
from cloudstock.store.runs import LastRun, Runs
from cloudstock.store.times import moment, text
from cloudstock.store.views.accounts import (
    CLOCK_WRONG_S,
    clock_is_off,
    clock_sentence,
    credentials_end_soon,
    credentials_sentence,
    left_out_sentence,
    unknown_words_sentence,
)
from cloudstock.store.views.comparisons import (
    Differences,
    LastComparison,
    compared_text,
    differences,
    last_comparison,
)
from cloudstock.store.views.explanation import stale_accounts
from cloudstock.store.views.listings import DRIFT

UNKNOWN_ORDER = mark(
    "order {id} has a status that nobody knows ({status}); its units stay reserved"
)
UNKNOWN_RETURN = mark("return {id} has a status that nobody knows ({status}); nothing moves for it")
# How far back the differences of an account are told.
DAY = timedelta(hours=24)
# A push without an answer may simply be on its way for this long.
IN_FLIGHT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class JobState:
    """One job of one account."""

    job: str
    last_success_at: datetime | None
    last_run_at: datetime
    # What the last run failed of; None: it succeeded.
    error_kind: str | None
    message: str | None

    @property
    def ok(self) -> bool:
        """True where the last run succeeded."""
        return self.error_kind is None


@dataclass(frozen=True, slots=True)
class AccountState:
    """One configured account."""

    account: str
    marketplace: str
    # Everything up to here is known of its orders; None: never read.
    orders_read_until: datetime | None
    # What is done for it now: `watch` in the place of `push` where it is only watched.
    jobs: tuple[JobState, ...]
    # Words of the marketplace that this version does not know, the latest first.
    unknown_words: tuple[UnknownWord, ...] = ()
    # 'off': it is only watched, no number is sent to it.
    push: str = "on"
    # Since when that is so; None: from the beginning, or from the next run on.
    push_since: datetime | None = None
    # How far its numbers were from their targets as it was read last; None: it never was.
    compared: LastComparison | None = None
    # How often and by how much they differed in the last 24 hours: watched, and pushed.
    differences: tuple[Differences, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know or to mend."""

    # A fixed word: 'failed', 'never_polled', 'stale', 'refused', 'drift', 'oversold' ...
    kind: str
    # None: of the shelf, not of one account.
    account: str | None
    # A sentence with what to do.
    message: str


@dataclass(frozen=True, slots=True)
class Health:
    """The state of everything, as far as the book tells."""

    accounts: tuple[AccountState, ...]
    # What is wrong now.
    wrong: tuple[Finding, ...]
    # What is in order but worth knowing.
    notable: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True where nothing is wrong."""
        return not self.wrong


def health(
    connection: sqlite3.Connection,
    accounts: Sequence[Account],
    *,
    configured: Iterable[str],
    now: datetime,
    max_poll_age: timedelta,
) -> Health:
    """Return the state of these accounts, and of the shelf.

    `configured`: every account of the configuration, selected or not. Lists are bounded by the
    number of accounts and of troubles, not of products.
    """
    ids = {r[0]: r[1] for r in connection.execute("SELECT name, id FROM account")}
    runs: dict[str, list[LastRun]] = {}
    for run in Runs(connection).last():
        runs.setdefault(run.account, []).append(run)
    states = tuple(
        _state(connection, a, ids.get(a.name), runs.get(a.name, ()), now=now) for a in accounts
    )
    question = _Question(connection, now, max_poll_age)
    wrong: list[Finding] = []
    notable: list[Finding] = []
    pushed = {a.name for a in accounts if a.push}
    for state in states:
        wrong += _job_troubles(state, now, max_poll_age)
        if state.push == "off":
            notable.append(Finding("push_off", state.account, watched_text(state, pushed, now)))
        if state.account in ids:
            wrong += question.listings(state.account, ids[state.account])
            wrong += question.documents(state.account, ids[state.account])
            notable += question.sharing(state.account, ids[state.account])
            notable += question.waiting(state.account, ids[state.account])
            for is_wrong, finding in question.told_by(state.account, ids[state.account]):
                (wrong if is_wrong else notable).append(finding)
        left_out = [w for w in state.unknown_words if w.left_out]
        if left_out:
            wrong.append(Finding("left_out", state.account, left_out_sentence(left_out)))
        others = [w for w in state.unknown_words if not w.left_out]
        if others:
            # Worth knowing only: an order, a return or a listing that hangs on such a word is wrong
            # by itself.
            sentence = unknown_words_sentence(others)
            notable.append(Finding("unknown_word", state.account, sentence))
    wrong += question.shelf()
    wrong += question.forgotten({n: i for n, i in ids.items() if n not in set(configured)})
    return Health(states, tuple(wrong), tuple(notable))


def _state(
    connection: sqlite3.Connection,
    account: Account,
    account_id: int | None,
    runs: Iterable[LastRun],
    *,
    now: datetime,
) -> AccountState:
    read = connection.execute(
        "SELECT read_until FROM cursor WHERE account_id = ? AND job = 'orders'", (account_id,)
    ).fetchone()
    # As the last run took it; a configuration that was changed since then, or read long ago, may
    # say otherwise. Where either says that nothing is sent, that is told.
    known = connection.execute(
        "SELECT push, push_since FROM account WHERE id = ?", (account_id,)
    ).fetchone()
    watched = known is not None and known["push"] == "off"
    push = "off" if watched or not account.push else "on"
    since = known["push_since"] if known is not None and known["push"] == push else None
    # What is not done any more says nothing of how it goes now.
    past = "watch" if push == "on" else "push"
    return AccountState(
        account=account.name,
        marketplace=account.marketplace,
        orders_read_until=None if read is None else moment(read[0]),
        jobs=tuple(
            JobState(r.job, r.last_success_at, r.ended_at, r.error_kind, r.message)
            for r in runs
            if r.job != past
        ),
        unknown_words=()
        if account_id is None
        else Accounts(connection).unknown_words(account_id, now=now),
        push=push,
        push_since=moment(since),
        compared=None if account_id is None else last_comparison(connection, account_id),
        differences=()
        if account_id is None
        else differences(connection, account_id, text(now - DAY)),
    )


def watched_text(state: AccountState, pushed: Collection[str], now: datetime) -> str:
    """Return what there is to know of an account that is only watched.

    `pushed`: the accounts that the configuration says are pushed, this one perhaps among them.
    """
    if state.push_since is None:
        told = [tr("`push: off`: it is only watched, nothing is sent to it from the next run on")]
    elif state.account in pushed:
        told = [tr("`push: on`, from the next run on: up to now it is only watched")]
    else:
        told = [
            tr(
                "`push: off` since {since:%Y-%m-%d %H:%M} UTC ({age}): it is only watched, nothing"
                " is sent to it",
                since=state.push_since,
                age=age(now - state.push_since),
            )
        ]
    if state.compared is None:
        told.append(tr("what it shows was not read yet"))
    else:
        told.append(
            tr(
                "read {age} ago: {compared}",
                age=age(now - state.compared.compared_at),
                compared=compared_text(state.compared),
            )
        )
    told += [
        tr(
            "in the last 24 h {differing} of {readings} readings differed, by at most {above}"
            " units too many and {below} too few",
            differing=past.differing,
            readings=past.readings,
            above=past.units_above_max,
            below=past.units_below_max,
        )
        for past in state.differences
        if past.push == "off"
    ]
    return "; ".join(told)


def _job_troubles(state: AccountState, now: datetime, max_poll_age: timedelta) -> Iterator[Finding]:
    for job in state.jobs:
        if not job.ok:
            yield Finding(
                "failed",
                state.account,
                tr("{job} failed: {message}", job=spoken(job.job, "job"), message=job.message),
            )
    if state.orders_read_until is None:
        yield Finding(
            "never_polled",
            state.account,
            tr("orders were never read, so nothing is raised; run `cloudstock poll-orders`"),
        )
    elif now - state.orders_read_until > max_poll_age:
        yield Finding(
            "stale",
            state.account,
            tr(
                "orders were last read {age} ago, longer than max_poll_age ({most});"
                " listings on its shelf are not raised",
                age=age(now - state.orders_read_until),
                most=age(max_poll_age),
            ),
        )


AGES = (mark("d", "age"), mark("h", "age"), mark("min", "age"), mark("s", "age"))


def age(span: timedelta) -> str:
    """Return a span as people say it: 40 s, 5 min, 3 h, 2 d."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or (seconds >= size and not seconds % size):
            return f"{seconds // size} {spoken(unit, 'age')}"
    return f"{seconds} {spoken('s', 'age')}"


# Numbers are sent to a row of `shown`, named s, so that what hinders them is worth telling.
PUSHED = (
    "NOT EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = s.account_id"
    " AND w.external_warehouse = s.external_warehouse AND w.watched)"
)


class _Question:
    """What is asked of the book, account by account.

    Troubles are few: each has a partial index, named as in `Shown`, so that a healthy account of
    a million windows is told at once.
    """

    def __init__(
        self, connection: sqlite3.Connection, now: datetime, max_poll_age: timedelta
    ) -> None:
        self._db = connection
        self._now = now
        self._max_poll_age = max_poll_age

    def _rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    # ------------------------------------------------------------ listings

    def listings(self, account: str, account_id: int) -> Iterator[Finding]:
        """What is wrong with the account's listings."""
        for r in self._rows(
            "SELECT l.offer_id, s.* FROM shown s INDEXED BY shown_refused"
            " JOIN listing l ON l.id = s.listing_id"
            f" WHERE s.account_id = ? AND s.refused_at IS NOT NULL AND {PUSHED}"
            " ORDER BY l.offer_id",
            account_id,
        ):
            again = moment(r["due_at"])
            when = (
                ""
                if again is None
                else tr("; tried again after {again:%Y-%m-%d %H:%M} UTC", again=again)
            )
            yield Finding(
                "refused",
                account,
                tr(
                    "{listing} was refused: {reason}{when}",
                    listing=_article(r),
                    reason=r["refused_message"] or r["refused_code"],
                    when=when,
                ),
            )
        for r in self._rows(
            "SELECT l.offer_id, s.* FROM shown s INDEXED BY shown_above"
            " JOIN listing l ON l.id = s.listing_id"
            f" WHERE s.account_id = ? AND {DRIFT.format('s')} ORDER BY l.offer_id",
            account_id,
        ):
            yield Finding(
                "drift",
                account,
                tr(
                    "{listing} shows {seen} though {pushed} was accepted: changed by someone else,"
                    " or not applied; the next push mends it",
                    listing=_article(r),
                    seen=r["seen"],
                    pushed=r["pushed"],
                ),
            )
        yield from self._unanswered(account, account_id)
        yield from self._held_unseen(account, account_id)
        yield from self._unpushed(account, account_id)
        for r in self._rows(
            "SELECT l.offer_id, l.name FROM listing l INDEXED BY listing_not_auto"
            " WHERE l.account_id = ? AND l.link <> 'auto' AND NOT l.archived"
            " AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id)"
            " ORDER BY l.offer_id, l.id",
            account_id,
        ):
            yield Finding(
                "unlinked_listing",
                account,
                tr(
                    "{listing} is linked to no product and is not pushed; see"
                    " `cloudstock listings --unlinked`",
                    listing=r["offer_id"] or r["name"],
                ),
            )

    def _unanswered(self, account: str, account_id: int) -> Iterator[Finding]:
        count = self._rows(
            "SELECT count(*) FROM shown s INDEXED BY shown_in_flight"
            " CROSS JOIN push p ON p.id = s.push_id"
            f" WHERE s.account_id = ? AND s.push_id IS NOT NULL AND p.sent_at < ? AND {PUSHED}",
            account_id,
            text(self._now - IN_FLIGHT),
        )[0][0]
        if count:
            yield Finding(
                "unanswered",
                account,
                trn(
                    "{n} listing is sent without an answer, so what they show is not known;"
                    " the next push settles it",
                    "{n} listings are sent without an answer, so what they show is not known;"
                    " the next push settles it",
                    count,
                ),
            )

    def _held_unseen(self, account: str, account_id: int) -> Iterator[Finding]:
        """Units held for orders that are not in the book, where nothing is pushed that they hinder.

        Other accounts may sell them once more.
        """
        held = self._rows(
            "SELECT count(*) FROM shown s INDEXED BY shown_held WHERE account_id = ?"
            f" AND hold_until IS NOT NULL AND hold_until > ? AND NOT {PUSHED}",
            account_id,
            text(self._now),
        )[0][0]
        if held:
            yield Finding(
                "held",
                account,
                trn(
                    "the marketplace holds units of {n} listing for orders that the book does not"
                    " know; `cloudstock poll-orders --since 30d` may find them",
                    "the marketplace holds units of {n} listings for orders that the book does not"
                    " know; `cloudstock poll-orders --since 30d` may find them",
                    held,
                ),
            )

    def _unpushed(self, account: str, account_id: int) -> Iterator[Finding]:
        """Differences that nothing is being done about."""
        if self._db.execute("SELECT 1 FROM dirty LIMIT 1").fetchone() is not None:
            # Targets are not computed yet: a push or show-stock does it.
            return
        held = self._rows(
            "SELECT count(*) FROM shown s INDEXED BY shown_held"
            " WHERE account_id = ? AND hold_until IS NOT NULL AND target > low"
            f" AND hold_until > ? AND (low IS NOT target OR high IS NOT target) AND {PUSHED}",
            account_id,
            text(self._now),
        )[0][0]
        if held:
            yield Finding(
                "held",
                account,
                trn(
                    "{n} listing is not raised: the marketplace holds units for orders that the"
                    " book does not know; `cloudstock poll-orders --since 30d` may find them",
                    "{n} listings are not raised: the marketplace holds units for orders that the"
                    " book does not know; `cloudstock poll-orders --since 30d` may find them",
                    held,
                ),
            )
        stale = sorted(
            {
                name
                for r in self._rows(
                    "SELECT DISTINCT warehouse_id FROM account_warehouse WHERE account_id = ?",
                    account_id,
                )
                for name in stale_accounts(
                    self._db, r["warehouse_id"], text(self._now - self._max_poll_age)
                )
            }
        )
        raises = self._rows(
            "SELECT count(*) FROM shown s INDEXED BY shown_differs"
            " WHERE account_id = ? AND target IS NOT NULL AND target > coalesce(low, -1)"
            f" AND (low IS NOT target OR high IS NOT target) AND refused_at IS NULL AND {PUSHED}",
            account_id,
        )[0][0]
        if stale and raises:
            yield Finding(
                "not_raised",
                account,
                trn(
                    "{n} listing is not raised: the orders of {accounts} on the same shelf are not"
                    " known freshly",
                    "{n} listings are not raised: the orders of {accounts} on the same shelf are"
                    " not known freshly",
                    raises,
                    accounts=", ".join(stale),
                ),
            )

    # ------------------------------------------------------------ the account itself

    def told_by(self, account: str, account_id: int) -> Iterator[tuple[bool, Finding]]:
        """What the account told of its clock and credentials; True: it is wrong."""
        facts = Accounts(self._db).facts(account_id)
        if clock_is_off(facts):
            skew_s = facts.clock_skew_s or 0.0
            yield abs(skew_s) >= CLOCK_WRONG_S, Finding("clock", account, clock_sentence(skew_s))
        if credentials_end_soon(facts, now=self._now) and facts.credentials_end is not None:
            sentence = credentials_sentence(facts.credentials_end, now=self._now)
            yield facts.credentials_end <= self._now, Finding("credentials", account, sentence)

    # ------------------------------------------------------------ documents

    def documents(self, account: str, account_id: int) -> Iterator[Finding]:
        """What is wrong with the account's orders and returns."""
        for what, table, column, sentence in (
            ("order", "orders", "order_id", UNKNOWN_ORDER),
            ("return", "returns", "return_id", UNKNOWN_RETURN),
        ):
            for r in self._rows(
                f"SELECT {column}, status FROM {table}"
                " WHERE account_id = ? AND step = 'unknown' ORDER BY id",
                account_id,
            ):
                yield Finding(
                    f"unknown_{what}",
                    account,
                    spoken(sentence).format(id=r[0], status=r["status"]),
                )
        for r in self._rows(
            "SELECT DISTINCT o.order_id, l.offer_id FROM orders o"
            " JOIN order_line l ON l.orders_id = o.id"
            " WHERE o.account_id = ? AND o.ignored IS NULL AND l.quantity > 0"
            " AND (NOT o.ended OR o.shipped) AND o.warehouse_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.listing_id)"
            " ORDER BY o.id",
            account_id,
        ):
            yield Finding(
                "unlinked_order",
                account,
                tr(
                    "order {id}: {listing} is linked to no product, so it reserves nothing;"
                    " run `cloudstock pull-catalog` or link-listing",
                    id=r["order_id"],
                    listing=r["offer_id"] or tr("a line"),
                ),
            )
        for r in self._rows(
            "SELECT return_id, offer_id FROM returns r WHERE account_id = ? AND step = 'received'"
            " AND booked = 0 AND NOT history AND quantity > 0 AND NOT EXISTS"
            " (SELECT 1 FROM component c WHERE c.listing_id = r.listing_id) ORDER BY id",
            account_id,
        ):
            yield Finding(
                "unlinked_return",
                account,
                tr(
                    "return {id}: {listing} is linked to no product, so nothing came back to the"
                    " book; run `cloudstock pull-catalog` or link-listing",
                    id=r["return_id"],
                    listing=r["offer_id"] or tr("it"),
                ),
            )

    def sharing(self, account: str, account_id: int) -> Iterator[Finding]:
        """Warehouses of a pushed account that get no number, since others show it, too."""
        others = [
            r[0]
            for r in self._rows(
                "SELECT DISTINCT oa.name FROM account a"
                " JOIN stock_share me ON me.account_id = a.id"
                " JOIN stock_share o ON o.stock = me.stock"
                " JOIN account oa ON oa.id = o.account_id AND oa.push = 'off'"
                " WHERE a.id = ? AND a.push = 'on' ORDER BY oa.name",
                account_id,
            )
        ]
        if others:
            yield Finding(
                "push_off",
                account,
                tr(
                    "nothing is sent to its warehouse: it shares its stock with {accounts}, which"
                    " is only watched (`push: off`)",
                    accounts=", ".join(others),
                ),
            )

    def waiting(self, account: str, account_id: int) -> Iterator[Finding]:
        """What is in order but waits for somebody or something."""
        waiting = self._rows(
            "SELECT count(*), sum(booked - restocked - written_off) FROM returns"
            " WHERE account_id = ? AND booked > restocked + written_off",
            account_id,
        )[0]
        if waiting[0]:
            yield Finding(
                "returns_waiting",
                account,
                tr(
                    "{returns} returns ({units} units) wait in quarantine;"
                    " see `cloudstock show-returns --waiting`",
                    returns=waiting[0],
                    units=waiting[1],
                ),
            )
        pending = self._rows(
            "SELECT count(*) FROM shown s INDEXED BY shown_differs"
            " WHERE account_id = ? AND target IS NOT NULL"
            f" AND (low IS NOT target OR high IS NOT target) AND refused_at IS NULL AND {PUSHED}",
            account_id,
        )[0][0]
        if pending:
            yield Finding(
                "pending",
                account,
                trn(
                    "{n} listing is to be pushed by the next `cloudstock push-stocks`",
                    "{n} listings are to be pushed by the next `cloudstock push-stocks`",
                    pending,
                ),
            )

    # ------------------------------------------------------------ the shelf

    def shelf(self) -> Iterator[Finding]:
        """What is wrong whatever the account."""
        for r in self._rows(
            "SELECT p.sku, w.name AS warehouse, s.on_hand, s.reserved FROM stock s"
            " JOIN product p ON p.id = s.product_id JOIN warehouse w ON w.id = s.warehouse_id"
            " WHERE s.counted_at IS NOT NULL AND s.reserved > s.on_hand ORDER BY p.sku, w.name"
        ):
            yield Finding(
                "oversold",
                None,
                tr(
                    "{sku} is oversold in {warehouse}: {reserved} promised, {on_hand} on"
                    " hand; count it, or cancel an order",
                    sku=r["sku"],
                    warehouse=r["warehouse"],
                    reserved=r["reserved"],
                    on_hand=r["on_hand"],
                ),
            )

    def forgotten(self, others: Mapping[str, int]) -> Iterator[Finding]:
        """Accounts of the book that the configuration does not name but that hold units."""
        for name, account_id in sorted(others.items()):
            count = self._rows(
                "SELECT count(*) FROM orders WHERE account_id = ? AND NOT ended AND NOT shipped"
                " AND ignored IS NULL",
                account_id,
            )[0][0]
            if count:
                yield Finding(
                    "forgotten_account",
                    name,
                    tr(
                        "is not in the configuration, but {count} of its orders are open"
                        " and hold their units for ever; configure it again until they end",
                        count=count,
                    ),
                )


def _article(row: sqlite3.Row) -> str:
    place = (
        tr(" in {external_warehouse}", external_warehouse=row["external_warehouse"])
        if row["external_warehouse"]
        else ""
    )
    return f"{row['offer_id']}{place}"
