"""The text of status: each account and job, then what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from cloudstock.domain.work import Job
from cloudstock.language import tr, trn
from cloudstock.render import as_csv, as_json
from cloudstock.render.console import Styled, panel
from cloudstock.render.text import NOTHING, age, strip_controls, when
from cloudstock.sheets.form import Form
from cloudstock.store.calls import NO_CALLS
from cloudstock.store.notices import Notice
from cloudstock.store.troubles.finder import Trouble
from cloudstock.store.troubles.table import kind_of
from cloudstock.store.views.health import Health

# Findings of one kind told one by one; JSON has them all.
TROUBLES_MAX = 10
# The last job of a round.
ROUND_ENDS = (Job.PUSH, Job.WATCH)


def health_sentence(state: Health, *, now: datetime) -> Styled:
    """Return how all is in one sentence: whether anything needs a person, and what waits.

    What is so of one account in one way is one thing, however many listings it is about.
    """
    waits = _things(t for t in state.notable if t.settles)
    notable = _things(t for t in state.notable if not t.settles)
    rest = [
        *([trn("{n} waits by itself", "{n} wait by themselves", waits)] if waits else []),
        *([trn("{n} thing to know", "{n} things to know", notable)] if notable else []),
    ]
    if needs := _things(state.wrong):
        words = [trn("{n} thing needs you", "{n} things need you", needs), *rest]
        return Styled(f"{', '.join(words)}.", "wrong")
    accounts = trn("{n} account", "{n} accounts", len(state.accounts))
    words = [tr("All is well: {accounts}, {synced}", accounts=accounts, synced=_synced(state, now))]
    return Styled(f"{'; '.join([*words, *rest])}.", "good")


def _things(troubles: Iterable[Trouble]) -> int:
    return len({(t.kind, t.account) for t in troubles})


def _synced(state: Health, now: datetime) -> str:
    """Tell when the account whose last round is the oldest had it."""
    ends = [
        max(
            (j.last_success_at for j in a.jobs if j.job in ROUND_ENDS and j.last_success_at),
            default=None,
        )
        for a in state.accounts
    ]
    oldest = min((end for end in ends if end is not None), default=None)
    if oldest is None or None in ends:
        return tr("not all of them synced yet")
    return tr("last sync {age} ago", age=age(now - oldest))


def health_json(state: Health, notices: Sequence[Notice] = (), *, now: datetime) -> Iterator[str]:
    """Yield one JSON document."""
    return as_json.document(
        {
            "command": "status",
            "ok": state.ok,
            "accounts": [
                {
                    "account": a.account,
                    "marketplace": a.marketplace,
                    "orders_read_until": a.orders_read_until,
                    "push": a.push,
                    "push_since": a.push_since,
                    "paused_since": a.paused_since,
                    "compared": a.compared,
                    "differences": a.differences,
                    "jobs": [
                        {
                            "job": j.job,
                            "ok": j.ok,
                            "last_success_at": j.last_success_at,
                            "age_s": None
                            if j.last_success_at is None
                            else int((now - j.last_success_at).total_seconds()),
                            "last_run_at": j.last_run_at,
                            "error": None if j.ok else {"kind": j.error_kind, "message": j.message},
                        }
                        for j in a.jobs
                    ],
                    "unknown_words": a.unknown_words,
                    "called_at": a.calls.taken_at,
                    "calls_taken": a.calls.taken,
                    "calls_refused": a.calls.refused,
                    "call_refused": {"at": a.calls.refused_at, "why": a.calls.why}
                    if a.calls.hindered
                    else None,
                }
                for a in state.accounts
            ],
            "wrong": state.wrong,
            "notable": state.notable,
            "notices": [
                {
                    "kind": n.kind,
                    "opened_at": n.opened_at,
                    "told_at": n.told_at,
                    **{k: v for k, v in n.facts.items() if k in ("account", "job", "ends_at")},
                }
                for n in notices
            ],
        }
    )


CSV_HEADER = ("state", "kind", "account", "message")


def health_csv(state: Health, form: Form) -> Iterator[str]:
    """Yield CSV with a row for each finding."""
    rows = [
        (state, f.kind, f.account, f.message)
        for state, findings in (("wrong", state.wrong), ("notable", state.notable))
        for f in findings
    ]
    return as_csv.document(CSV_HEADER, rows, form)


def health_table(state: Health, *, now: datetime) -> Iterator[str]:
    """Yield the table of jobs."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Account"), folds=True),
        Column(tr("Job")),
        Column(tr("Last success"), spare=True),
        Column(tr("Age"), number=True),
        Column(tr("Last run")),
    )
    lines = []
    for account in state.accounts:
        name = account.account
        if not account.jobs and account.push == "on":
            lines.append((name, NOTHING, tr("never"), "", ""))
        if account.push == "off":
            lines.append((name, Job.PUSH.label, NOTHING, "", Styled(tr("off"), "notable")))
            name = ""
        for job in sorted(account.jobs, key=lambda j: [*Job].index(Job(j.job))):
            at = job.last_success_at
            lines.append(
                (
                    name,
                    Job(job.job).label,
                    tr("never") if at is None else when(at),
                    "" if at is None else age(now - at),
                    tr("ok") if job.ok else Styled(tr("failed"), "wrong"),
                )
            )
            name = ""
        if account.calls != NO_CALLS:
            at = account.calls.taken_at
            lines.append(
                (
                    name,
                    tr("calls"),
                    tr("never") if at is None else when(at),
                    "" if at is None else age(now - at),
                    Styled(tr("refused"), "notable") if account.calls.hindered else tr("ok"),
                )
            )
    yield from table(columns, lines, now=now)


def findings(troubles: Sequence[Trouble], title: str, style: str) -> Iterator[str]:
    """Yield findings under a title; of many of a kind only the first."""
    if not troubles:
        return
    by_kind: dict[tuple[str, str | None], list[Trouble]] = {}
    for trouble in troubles:
        by_kind.setdefault((trouble.kind, trouble.account), []).append(trouble)
    rows = [sentence(trouble) for alike in by_kind.values() for trouble in alike[:TROUBLES_MAX]]
    for (_, account), alike in by_kind.items():
        if len(alike) > TROUBLES_MAX:
            more = tr(
                "{count} more {words}; all with --json",
                count=len(alike) - TROUBLES_MAX,
                words=alike[0].label,
            )
            rows.append(f"{prefix(account)}{more}")
    yield "\n" + panel(title, rows, style)


def notices_text(notices: Sequence[Notice]) -> Iterator[str]:
    """Yield the events that people were told of and that are not over."""
    rows = []
    for notice in notices:
        sent = tr("not told yet")
        if notice.told_at is not None:
            sent = tr("told {when}", when=when(notice.told_at))
        rows.append(f"{notice_sentence(notice)} ({sent})")
    if rows:
        yield "\n" + panel(tr("Notices:"), rows)


def notice_sentence(notice: Notice) -> str:
    """Return what an event that lasts is about, as one line."""
    message, _ = kind_of(notice.kind).words(notice.facts)
    return strip_controls(f"{prefix(notice.account)}{message}")


def sentence(finding: Trouble) -> str:
    """Return a finding as one line."""
    return strip_controls(f"{prefix(finding.account)}{finding.message}")


def prefix(account: str | None) -> str:
    """Return an account's name as a line about it begins."""
    return "" if account is None else f"{account}: "
