"""One trial: a job over spoilt answers, and what must hold whatever they were."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from cloudstock.domain.records import OrderRef, StockKey, StockUpdate, TimeRange
from cloudstock.errors import CloudstockError
from cloudstock.jobs.results import AccountResult, JobResult
from cloudstock.marketplaces import walks
from cloudstock.store.integrity import examine
from tests.wire.line import Decide, Line, Plan, Sent, Spoiler, broken
from tests.wire.shop import ACCOUNTS, Shop, Trial
from tests.wire.spoiling import BROKEN

# Job and about how many answers it takes.
JOBS = {
    "check": 4,
    "pull-catalog": 7,
    "poll-orders": 5,
    "poll-returns": 3,
    "poll-reserves": 7,
    "push-stocks": 10,
    "sync": 14,
    # Every method of the adapter, one after another.
    "methods": 20,
}
JOBS_A_TRIAL = 5
# Published lists are walked to their end, which is far; these here are short.
PAGES_MAX = 40
MESSAGE_MAX = 700
# No job waits longer, whatever a server asks for.
WAITED_MAX = timedelta(hours=3)

_ENDPOINT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) /|the limit of \w")
# The whole answer is of the wrong kind: there is no field to name.
# The place in an answer, or the list of which an item could not be read.
_FIELD = re.compile(r"`\$|\w+ \"Expected `")
_WHOLE = re.compile(r"Expected `(object|array)`, got `\w+`(\.|$)")
# What an account's orders and returns have done to the book. Pushes are none of it.
_BOOKED = (
    "SELECT 'movement', quantity, document, number FROM movement WHERE document LIKE '%:' || :n"
    " || ':%' UNION ALL SELECT 'order', o.id, o.step || o.status || o.seen_at, l.quantity + l.off"
    " FROM orders o LEFT JOIN order_line l ON l.orders_id = o.id WHERE o.account_id = :id"
    " UNION ALL SELECT 'return', id, step || status || seen_at, quantity FROM returns"
    " WHERE account_id = :id"
    " UNION ALL SELECT 'listing', id, offer_id || name || archived || catalog_seen_at, 0"
    " FROM listing WHERE account_id = :id"
)


@dataclass(frozen=True)
class Work:
    """A job, and what becomes of the answers that it gets."""

    job: str
    decide: Decide
    # Options of its command: full, yes.
    also: dict[str, bool] = field(default_factory=dict)


@dataclass
class Outcome:
    """What came of a trial."""

    spoilt: Counter[str] = field(default_factory=Counter)
    # Kinds of the errors that the job was told to end with; "fine" for none.
    ended: Counter[str] = field(default_factory=Counter)
    # A sentence each: what must not be.
    complaints: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def complain(self, sentence: str) -> None:
        """Remember, once."""
        if sentence not in self.complaints:
            self.complaints.append(sentence)


@contextmanager
def short_lists() -> Iterator[None]:
    """Let lists without end be noticed soon."""
    with patch.object(walks, "PAGES_MAX", PAGES_MAX):
        yield


class _Bugs(logging.Handler):
    """Catches the tracebacks of what `_guarded` calls a bug."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.told.append(described(record.exc_info[1]))


def described(problem: BaseException) -> str:
    """Return an exception in a line: its type, its words, and where in the program it arose."""
    where, trace = "", problem.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "cloudstock" in code.co_filename and "/tests/" not in code.co_filename:
            where = f"{code.co_filename.rpartition('cloudstock/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(problem).__name__} at {where}: {str(problem)[:200]}"


def trial(shop: Shop, marketplace: str, seed: str) -> Outcome:
    """Make up a trial from a seed, run it and judge."""
    chance = Random(seed)
    works = []
    for _ in range(JOBS_A_TRIAL):
        job = chance.choice(list(JOBS))
        plan = Plan.by(chance, answers=JOBS[job])
        also = {"full": chance.random() < 0.5, "yes": chance.random() < 0.5}
        works.append(Work(job, Spoiler(plan, chance), also))
    return judge(shop, marketplace, *works)


def judge(shop: Shop, marketplace: str, *works: Work) -> Outcome:
    """Run jobs, some minutes apart, whose answers for one account are spoilt; see what holds."""
    outcome = Outcome()
    bugs = _Bugs()
    log = logging.getLogger("cloudstock.jobs")
    log.addHandler(bugs)
    was, log.propagate = log.propagate, False
    try:
        with shop.copy() as trial, short_lists():
            for work in works:
                _judge(trial, ACCOUNTS[marketplace], work, outcome)
                trial.time.advance(400)
            _heals(trial, ACCOUNTS[marketplace], outcome)
    finally:
        log.propagate = was
        log.removeHandler(bugs)
    for bug in bugs.told:
        outcome.complain(f"bug: {bug}")
    return outcome


def _judge(trial: Trial, name: str, work: Work, outcome: Outcome) -> None:
    watch = _Watch(trial, name, outcome)
    line = Line(trial.sandbox, work.decide, before=watch.before, after=watch.after)
    began = trial.time.now()
    if work.job == "methods":
        trial.in_time(_methods(trial, name, line, outcome))
    else:
        lines = {name: line}
        result = trial.run(
            work.job, lambda account: lines.get(account.name, Line(trial.sandbox)), **work.also
        )
        _told(trial, name, result, outcome)
    watch.before()
    outcome.sent += line.sent
    outcome.spoilt.update(s.way for s in line.sent if s.way)
    if trial.time.now() - began > WAITED_MAX:
        outcome.complain(f"{work.job} took {trial.time.now() - began}")
    for where in line.astray:
        outcome.complain(f"a request went to {where}")
    _whole(trial, outcome)


class _Watch:
    """Nothing is booked between a broken answer and the next request."""

    def __init__(self, trial: Trial, name: str, outcome: Outcome) -> None:
        self._db = trial.store.connection
        (row,) = self._db.execute("SELECT id FROM account WHERE name = ?", (name,))
        self._names = {"n": name, "id": row[0]}
        self._outcome = outcome
        self._then: list[Any] | None = None
        self._sent: Sent | None = None

    def before(self) -> None:
        if self._sent is not None and self._then != self._booked():
            sent = self._sent
            self._outcome.complain(f"booked after {sent.way} from {sent.method} {sent.path}")
        self._then = self._sent = None

    def after(self, sent: Sent) -> None:
        if broken(sent):
            self._then, self._sent = self._booked(), sent

    def _booked(self) -> list[Any]:
        return self._db.execute(_BOOKED, self._names).fetchall()


def _told(trial: Trial, name: str, result: JobResult, outcome: Outcome) -> None:
    for account in result.accounts:
        if account.account != name:
            if not account.ok:
                outcome.complain(f"another account failed: {account.error}")
            continue
        outcome.ended[account.error.kind if account.error else "fine"] += 1
        for sentence in _sentences(account):
            _fit(trial, sentence, outcome)
        if account.error and account.error.kind != "bug":
            _names(name, account.error.kind, account.error.message, outcome)


def _sentences(account: AccountResult) -> Iterator[str]:
    if account.error:
        yield account.error.message
    yield from account.notes


def _fit(trial: Trial, sentence: str, outcome: Outcome) -> None:
    """A sentence can be shown: one line, nothing that moves a cursor, no secret, not endless."""
    if not sentence.isprintable() or len(sentence) > MESSAGE_MAX:
        outcome.complain(f"not fit to be shown: {sentence[:300]!r}")
    for account in trial.config.accounts:
        for secret in account.secrets.values():
            if secret.reveal() in sentence:
                outcome.complain(f"a secret of {account.name} is in an error")


def _names(name: str, kind: str, message: str, outcome: Outcome) -> None:
    if name not in message:
        outcome.complain(f"names no account: {kind}: {message}")
    if kind in ("answer", "refused", "credentials", "unreachable", "throttled") and (
        not _ENDPOINT.search(message)
    ):
        outcome.complain(f"names no endpoint: {kind}: {message}")
    if "Expected `" in message and not (_FIELD.search(message) or _WHOLE.search(message)):
        outcome.complain(f"names no field: {kind}: {message}")


async def _methods(trial: Trial, name: str, line: Line, outcome: Outcome) -> None:
    """Call every method; what it raises is one of ours."""
    (account,) = (a for a in trial.config.accounts if a.name == name)
    honest = trial.open(account, Line(trial.sandbox))
    now = trial.time.now()
    time_range = TimeRange(now - timedelta(days=3), now)
    listings = [x async for page in honest.catalog(None) for x in page.records if not x.archived]
    orders = [o async for page in honest.orders(time_range) for o in page.records]
    await honest.aclose()
    keys = [
        StockKey(x.external_id, x.offer_id, account.warehouses[0].warehouse_id) for x in listings
    ]
    refs = [OrderRef(o.order_id, o.created_at, o.handle) for o in orders]
    spoilt = trial.open(account, line)
    updates = [StockUpdate(key, 7, now) for key in keys[: spoilt.traits.push_batch]]

    async def walk(pages: Any) -> None:
        async for page in pages:
            assert isinstance(page.records, tuple)

    async def pushed() -> None:
        outcomes = await spoilt.push(updates)
        answered = sorted(repr(o.update.key) for o in outcomes)
        if answered != sorted(repr(u.key) for u in updates):
            outcome.complain("push: not one outcome for each update")

    calls = [
        lambda: spoilt.check(),
        lambda: spoilt.warehouses(),
        lambda: walk(spoilt.catalog(None)),
        lambda: walk(spoilt.orders(time_range)),
        lambda: walk(spoilt.orders_again(refs)),
        lambda: walk(spoilt.returns(time_range, refs)),
        lambda: walk(spoilt.read_stock(keys)),
        *([lambda: walk(spoilt.read_stock(None))] if spoilt.traits.walks_stock else []),
        pushed,
    ]
    for call in calls:
        await _called(trial, name, call(), outcome)
    await spoilt.aclose()


async def _called(trial: Trial, name: str, call: Any, outcome: Outcome) -> None:
    try:
        await call
    except CloudstockError as error:
        outcome.ended[error.kind] += 1
        _fit(trial, str(error), outcome)
        _fit(trial, repr(error)[:MESSAGE_MAX], outcome)
        _names(name, error.kind, str(error), outcome)
    except Exception as problem:  # noqa: BLE001 - which one it is, is the question
        outcome.complain(f"bug: {described(problem)}")
    else:
        outcome.ended["fine"] += 1


def _whole(trial: Trial, outcome: Outcome) -> None:
    """The book adds up, and can be looked at."""
    if differ := trial.store.ledger.totals_that_differ():
        outcome.complain(f"totals differ: {differ}")
    for finding in examine(trial.store).wrong:
        outcome.complain(f"the book is not whole: {finding.kind}: {finding.message[:200]}")


def _heals(trial: Trial, name: str, outcome: Outcome) -> None:
    """An hour later all is well again; where nobody lied, the book is the truth."""
    trial.time.advance(3_700)
    first = trial.run("sync", yes=True)
    trial.time.advance(600)
    again = trial.run("sync", yes=True)
    for account in again.accounts:
        if account.error is not None and account.error.kind != "bug":
            outcome.complain(f"does not heal: {account.error.message[:300]}")
    del first
    _whole(trial, outcome)
    if outcome.complaints or not set(outcome.spoilt) <= set(BROKEN):
        return
    truth = trial.sandbox.world.truth()
    shelf = trial.store.ledger.warehouse("main")
    for sku, real in truth.items():
        product = trial.store.catalog.product(sku)
        assert product is not None
        level = trial.store.ledger.level(product, shelf)
        if level.on_hand is not None and (level.on_hand, level.reserved) != (
            real["on_hand"],
            real["reserved"],
        ):
            outcome.complain(f"{sku}: the book has {level.on_hand}/{level.reserved}, not {real}")
