"""The text of status: each account and job, then what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cloudstock.language import mark, spoken, tr
from cloudstock.render import as_csv, as_json
from cloudstock.render.console import Styled, paragraph
from cloudstock.render.text import NOTHING, inert, when
from cloudstock.store.notices import Notice
from cloudstock.store.views.health import Finding, Health, age

# The jobs of an account, as tables and findings call them.
JOBS = (
    mark("catalog", "job"),
    mark("check", "job"),
    mark("orders", "job"),
    mark("push", "job"),
    mark("watch", "job"),
    mark("reserves", "job"),
    mark("returns", "job"),
)
# Kinds of findings, as they are counted.
KINDS = (
    mark("clock", "finding"),
    mark("credentials", "finding"),
    mark("drift", "finding"),
    mark("failed", "finding"),
    mark("forgotten account", "finding"),
    mark("held", "finding"),
    mark("left out", "finding"),
    mark("never polled", "finding"),
    mark("not raised", "finding"),
    mark("oversold", "finding"),
    mark("pending", "finding"),
    mark("push off", "finding"),
    mark("refused", "finding"),
    mark("returns waiting", "finding"),
    mark("stale", "finding"),
    mark("unanswered", "finding"),
    mark("unknown order", "finding"),
    mark("unknown return", "finding"),
    mark("unknown word", "finding"),
    mark("unlinked listing", "finding"),
    mark("unlinked order", "finding"),
    mark("unlinked return", "finding"),
)
# Findings of one kind told one by one; JSON has them all.
TOLD = 10


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


def health_csv(state: Health) -> Iterator[str]:
    """Yield CSV with a row for each finding."""
    rows = [
        (state, f.kind, f.account, f.message)
        for state, found in (("wrong", state.wrong), ("notable", state.notable))
        for f in found
    ]
    return as_csv.document(("state", "kind", "account", "message"), rows)


def health_table(state: Health, *, now: datetime) -> Iterator[str]:
    """Yield the table of jobs."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Account"), folds=True),
        Column(tr("Job")),
        Column(tr("Last success")),
        Column(tr("Age"), number=True),
        Column(tr("Last run")),
    )
    lines = []
    for account in state.accounts:
        name = account.account
        if not account.jobs and account.push == "on":
            lines.append((name, NOTHING, tr("never"), "", ""))
        if account.push == "off":
            lines.append((name, spoken("push", "job"), NOTHING, "", Styled(tr("off"), "notable")))
            name = ""
        for job in account.jobs:
            at = job.last_success_at
            lines.append(
                (
                    name,
                    spoken(job.job, "job"),
                    tr("never") if at is None else when(at),
                    "" if at is None else age(now - at),
                    tr("ok") if job.ok else Styled(tr("failed"), "wrong"),
                )
            )
            name = ""
    yield from table(columns, lines, now=now)


def findings(found: Sequence[Finding], title: str) -> Iterator[str]:
    """Yield findings under a title, wrapped; of many of a kind only the first."""
    if not found:
        return
    yield f"\n{title}\n"
    told: dict[tuple[str, str | None], int] = {}
    for finding in found:
        key = (finding.kind, finding.account)
        told[key] = told.get(key, 0) + 1
        if told[key] <= TOLD:
            yield paragraph(sentence(finding), indent=2)
    for (kind, account), count in told.items():
        if count > TOLD:
            words = spoken(kind.replace("_", " "), "finding")
            more = tr("{count} more {words}; all with --json", count=count - TOLD, words=words)
            yield paragraph(f"{_of(account)}{more}", indent=2)


def notices_text(notices: Sequence[Notice]) -> Iterator[str]:
    """Yield the events that people were told of and that are not over."""
    if not notices:
        return
    from cloudstock.notify import words

    yield f"\n{tr('Notices:')}\n"
    for notice in notices:
        told = tr("not told yet")
        if notice.told_at is not None:
            told = tr("told {when}", when=when(notice.told_at))
        yield paragraph(f"{words.sentence(notice)} ({told})", indent=2)


def sentence(finding: Finding) -> str:
    """Return a finding as one line."""
    return inert(f"{_of(finding.account)}{finding.message}")


def _of(account: str | None) -> str:
    return "" if account is None else f"{account}: "
