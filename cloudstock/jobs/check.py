"""check: asks every account whether it can be worked with, by the very readings of the jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from cloudstock.domain.moments import elapsed
from cloudstock.domain.records import TimeRange
from cloudstock.errors import (
    AnswerNotUnderstood,
    CredentialsRefused,
    MarketplaceError,
    RequestRefused,
    Throttled,
    Unreachable,
)
from cloudstock.jobs.accounts import Context, Session
from cloudstock.jobs.booking import compressed
from cloudstock.jobs.earlier import (
    BELIEVED_S,
    REUSED_S,
    age,
    earlier_report,
    is_younger,
    keep_report,
)
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.base import CheckFinding, CheckReport
from cloudstock.marketplaces.checking import error, waiting
from cloudstock.store.calls import calls_seen
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.troubles.sentences import credentials
from cloudstock.store.troubles.table import CREDENTIALS_END_SOON

# What is read of each kind: the last hour, the first pages, one batch of what is asked by name.
LATELY = timedelta(hours=1)
PAGES_MAX = 10
BATCH = 50

WAREHOUSES = mark("warehouses", "right")


class _Reading(NamedTuple):
    """One kind of reading, as the jobs make it."""

    what: str
    walk: AsyncIterator[object]
    pages_max: int


async def check(context: Context, session: Session) -> None:
    """Ask for credentials, rights, warehouses and expiry, then read a little of each kind.

    The readings are the adapter's own, with the parameters that the jobs use: a contract that has
    changed fails here, and not in the night. Notes tell what was found; what only sending numbers
    would need is no error of an account that is only watched, and neither is a limit that is used
    up. What was answered a minute ago is not asked again, unless `context.anew`.

    Raises `CredentialsRefused` where nothing is allowed, `Throttled` where nothing was answered,
    `MarketplaceError` with the first where anything is an error; the others are notes.
    """
    report, problem = await _report(context, session)
    findings = [*report.findings]
    readings = _readings(context, session)
    for reading in readings:
        findings += await _read(reading)
    if problem is not None and _nothing_answered(findings, 1 + len(readings)):
        raise problem
    now = context.clock.now()
    store = context.store
    try:
        end = await session.marketplace.credentials_end()
    except Throttled:
        end = store.accounts.facts(session.account_id).credentials_end
    with store.transaction():
        if report.warehouses:
            store.arrangement.save_warehouses(session.account_id, report.warehouses, now=now)
        store.accounts.keep_credentials_end(session.account_id, end, now=now)
        if session.marketplace.traits.returns_interval_s:
            store.cursors.keep(session.account_id, "returns-asked", "", now=now)
        skew_s = session.marketplace.server_clock.measured_s
        if skew_s is not None:
            store.accounts.keep_skew(session.account_id, skew_s, now=now)
        context.surprises[session.name].keep(store, session.account_id, now=now)
    session.counts["warehouses"] = len(report.warehouses)
    findings = _where_watched(session, findings)
    troubles = Troubles(store.connection, context.config, now=now, accounts=(session.account,))
    sentences = [
        *_sentences(session, report),
        *(t.message for t in troubles.found("credentials", "clock")),
    ]
    if end is not None and end - now >= CREDENTIALS_END_SOON:
        sentences.append(credentials({"ends_at": end, "days": (end - now).days}))
    for sentence in sentences:
        session.note(f"{session.name}: {sentence}")
    findings += _shops_without_account(context, session, report)
    findings += _calls(context, session)
    findings += [CheckFinding("warning", t.message) for t in troubles.found("unknown_word")]
    findings += [CheckFinding("error", t.message) for t in troubles.found("left_out")]
    _tell(session, findings)


def _nothing_answered(findings: Sequence[CheckFinding], questions: int) -> bool:
    """Tell whether all questions were refused, or all have to wait: nothing is known of the key."""
    return questions in (sum(f.refused for f in findings), sum(f.waits for f in findings))


def _tell(session: Session, findings: Sequence[CheckFinding]) -> None:
    # What a finding cites names the account, too.
    name = f"{session.name}: "
    errors = []
    for finding in findings:
        message = finding.message.replace(name, "")
        if finding.level == "error":
            errors.append(message)
        elif finding.level == "warning":
            label = tr("waits") if finding.waits else tr("warning")
            session.note(f"{name}{label}: {message}")
    for message in errors[1:]:
        session.note(f"{name}{tr('error')}: {message}")
    if errors:
        raise MarketplaceError(name + errors[0])


async def _report(
    context: Context, session: Session
) -> tuple[CheckReport, CredentialsRefused | Throttled | None]:
    """Ask for credentials, rights and warehouses, or take what was answered a moment ago.

    The report, and why nothing was answered; then that is among its findings.
    """
    earlier = None if context.anew else earlier_report(context, session)
    if earlier is not None and is_younger(context, session, earlier, REUSED_S):
        seconds = round(age(context, earlier).total_seconds())
        message = tr("rights and warehouses were asked {n} s ago, not again", n=seconds)
        session.note(f"{session.name}: {message}")
        return earlier.report, None
    try:
        report = await session.marketplace.check()
    except CredentialsRefused as problem:
        return CheckReport("", (), (_may_not(WAREHOUSES, problem),)), problem
    except Throttled as problem:
        if earlier is not None and is_younger(context, session, earlier, BELIEVED_S):
            message = tr(
                "rights and warehouses are those of {at}: {problem}", at=earlier.at, problem=problem
            )
            findings = (*earlier.report.findings, waiting(message))
            return replace(earlier.report, findings=findings), problem
        message = tr("rights and warehouses could not be asked now: {problem}", problem=problem)
        return CheckReport("", (), (waiting(message),)), problem
    keep_report(context, session, report)
    return report, None


def _shops_without_account(
    context: Context, session: Session, report: CheckReport
) -> list[CheckFinding]:
    """Name the shops that sell this account's stock and have no account here.

    Their orders are seen nowhere, and what the marketplace holds for them cannot be explained.
    """
    accounted = {
        value
        for account in context.config.accounts
        if account.marketplace == session.account.marketplace
        for value in account.options.values()
    }
    links = {link.warehouse_id for link in session.account.warehouses}
    shared = [w for w in report.warehouses if links & {"", w.warehouse_id}]
    missing = sorted({shop for warehouse in shared for shop in warehouse.shops} - accounted)
    if not missing:
        return []
    message = tr(
        "shops {shops} sell the same stock and have no account here: add them, or else their orders"
        " are not seen, and listings are not raised while there are any",
        shops=", ".join(missing),
    )
    return [CheckFinding("warning", message)]


def _calls(context: Context, session: Session) -> list[CheckFinding]:
    """Tell whether calls arrive, where the pages take them: without, orders are seen later."""
    if context.config.web.calls is None or not MARKETPLACES[session.account.marketplace].calls:
        return []
    seen = calls_seen(context.store.connection, session.account_id)
    if seen.hindered:
        message = tr("the last call, {at}, was not taken: {why}", at=seen.refused_at, why=seen.why)
        return [CheckFinding("warning", message)]
    if seen.taken_at is None:
        message = tr(
            "no call has come yet: `cloudstock web --calls` tells what to enter in the cabinet, and"
            " `cloudstock web` must run"
        )
        return [CheckFinding("warning", message)]
    session.note(tr("{name}: called last {at}", name=session.name, at=seen.taken_at))
    return []


def _where_watched(session: Session, findings: list[CheckFinding]) -> list[CheckFinding]:
    """Say that an account is only watched; what hinders sending is no error of it then."""
    if session.account.push:
        return findings
    session.note(f"{session.name}: {session.why_watched}")
    return [replace(f, level="warning") if f.pushing else f for f in findings]


def _readings(context: Context, session: Session) -> Sequence[_Reading]:
    """Return what the jobs read; the least of it that still asks every question."""
    store, account_id, marketplace = context.store, session.account_id, session.marketplace
    now = context.clock.now()
    lately = TimeRange(now - LATELY, now)
    open_orders = store.orders.open_refs(account_id, shipped=True)[:BATCH]
    readings = [
        _Reading(mark("the catalogue", "right"), marketplace.catalog(None), 1),
        _Reading(mark("orders", "right"), marketplace.orders(lately), PAGES_MAX),
    ]
    if open_orders:
        again = marketplace.orders_again(open_orders)
        readings.append(_Reading(mark("open orders", "right"), again, 1))
    pause = compressed(session.account, marketplace.traits.returns_interval_s)
    read_at = store.cursors.get(account_id, "returns").finished_at
    if read_at is None or elapsed(read_at, now) >= pause:
        coming_back = store.returns.to_ask_again(account_id, now)[:BATCH]
        walk = marketplace.returns(lately, coming_back)
        readings.append(_Reading(mark("returns", "right"), walk, PAGES_MAX))
    keys = list(islice(store.readings.keys(account_id), BATCH))
    if marketplace.traits.walks_stock or keys:
        walk_all = marketplace.traits.walks_stock
        stock = marketplace.read_stock(None if walk_all else keys)
        readings.append(_Reading(mark("stock", "right"), stock, 1))
    return readings


async def _read(reading: _Reading) -> list[CheckFinding]:
    """Read some pages; what goes wrong is a finding with the marketplace's words."""
    pages = 0
    try:
        async for _ in reading.walk:
            pages += 1
            if pages == reading.pages_max:
                break
    except CredentialsRefused as problem:
        return [_may_not(reading.what, problem)]
    except (Throttled, Unreachable) as problem:
        what = spoken(reading.what, "right")
        message = tr("{what} could not be read now: {problem}", what=what, problem=problem)
        return [waiting(message) if isinstance(problem, Throttled) else error(message)]
    except (RequestRefused, AnswerNotUnderstood) as problem:
        return [
            CheckFinding(
                "error",
                tr(
                    "{what} cannot be read as cloudstock reads them: {problem}. The marketplace"
                    " may have changed its interface: look for a newer cloudstock",
                    what=spoken(reading.what, "right"),
                    problem=problem,
                ),
            )
        ]
    finally:
        close = getattr(reading.walk, "aclose", None)
        if close is not None:
            await close()
    return []


def _may_not(what: str, problem: CredentialsRefused) -> CheckFinding:
    message = tr(
        "the key may not read {what}: {problem}", what=spoken(what, "right"), problem=problem
    )
    return CheckFinding("error", message, refused=True)


def _sentences(session: Session, report: CheckReport) -> list[str]:
    sentences = []
    if session.account.cabinet:
        sentences.append(tr("cabinet {id}", id=session.account.cabinet))
    if report.seller:
        sentences.append(tr("is {seller}", seller=report.seller))
    for warehouse in report.warehouses:
        state = (
            tr(", not usable: {unusable}", unusable=warehouse.unusable)
            if warehouse.unusable
            else ""
        )
        sentences.append(
            tr(
                "warehouse {warehouse_id} ({name}){state}",
                warehouse_id=warehouse.warehouse_id,
                name=warehouse.name,
                state=state,
            )
        )
    return sentences
