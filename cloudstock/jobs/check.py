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
from cloudstock.language import mark, spoken, tr
from cloudstock.marketplaces.base import CheckFinding, CheckReport
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
    would need is no error of an account that is only watched. Raises `CredentialsRefused` where
    nothing is allowed, `MarketplaceError` where anything is an error.
    """
    findings: list[CheckFinding] = []
    refused: CredentialsRefused | None = None
    report = CheckReport("", ())
    try:
        report = await session.marketplace.check()
    except CredentialsRefused as problem:
        refused = problem
        findings.append(_may_not(WAREHOUSES, problem))
    findings += report.findings
    readings = _readings(context, session)
    for reading in readings:
        findings += await _read(reading)
    if refused is not None and sum(f.refused for f in findings) == 1 + len(readings):
        raise refused
    now = context.clock.now()
    end = await session.marketplace.credentials_end()
    store = context.store
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
    findings += [CheckFinding("warning", t.message) for t in troubles.found("unknown_word")]
    findings += [CheckFinding("error", t.message) for t in troubles.found("left_out")]
    for finding in findings:
        if finding.level == "warning":
            session.note(f"{session.name}: {tr('warning')}: {finding.message}")
    errors = [f.message for f in findings if f.level == "error"]
    if errors:
        raise MarketplaceError(f"{session.name}: {'; '.join(errors)}")


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


def _where_watched(session: Session, findings: list[CheckFinding]) -> list[CheckFinding]:
    """Say that an account is only watched; what hinders sending is no error of it then."""
    if session.account.push:
        return findings
    session.note(tr("{name}: only watched (`push: off`): nothing is sent", name=session.name))
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
        # Being asked to wait proves that there is somebody who would answer.
        return [CheckFinding("warning" if isinstance(problem, Throttled) else "error", message)]
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
