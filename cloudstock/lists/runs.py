"""What was run: one job of one account, as it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from cloudstock.domain.work import Job
from cloudstock.language import mark, tr
from cloudstock.language.local import done
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab
from cloudstock.lists.shared import OF_ACCOUNT


class RunRow(Row, frozen=True):
    """One job of one account, as it ended."""

    number: Annotated[int, "r.id"]
    account: Annotated[str, "a.name"]
    job: Annotated[str, "r.job"]
    began_at: Annotated[datetime, "r.began_at"]
    ended_at: Annotated[datetime, "r.ended_at"]
    ok: Annotated[bool, "r.ok"]
    error_kind: Annotated[str | None, "r.error_kind"]
    message: Annotated[str | None, "r.message"]
    counts: Annotated[Mapping[str, int], "r.counts"]


def _done(row: RunRow) -> str:
    if not row.ok:
        return row.message or ""
    return done(row.counts) or tr("nothing new")


RUNS = List(
    name="runs",
    title=mark("Runs"),
    row=RunRow,
    source="run r CROSS JOIN account a ON a.id = r.account_id",
    order=("r.id",),
    descending=True,
    sorts={"ended": "r.id", "account": "a.name", "job": "r.job"},
    filters=(
        Filter("failed", mark("Only those that failed."), "NOT r.ok"),
        OF_ACCOUNT,
        Filter(
            "since",
            mark("Ended since: 30d, 12h, or 2026-11-01."),
            "r.ended_at >= :since",
            Kind.MOMENT,
        ),
    ),
    columns=(
        Column("ended_at", mark("Ended")),
        Column("account", mark("Account"), folds=True),
        Column("job", mark("Job"), lambda row: Job(row.job).label),
        Column(
            "ok",
            mark("How"),
            lambda row: tr("fine") if row.ok else tr("failed"),
            style=lambda row: "good" if row.ok else "wrong",
        ),
        Column("counts", mark("What was done"), _done, folds=True),
    ),
    empty=mark("No such runs."),
    tabs={
        "all": Tab(mark("All")),
        "failed": Tab(mark("Failed"), {"failed": True}),
    },
)
