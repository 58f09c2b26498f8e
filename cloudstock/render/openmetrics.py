"""The state as OpenMetrics text, for Prometheus' textfile collector and its like.

Names follow https://prometheus.io/docs/practices/naming: base units, `_total` for what only grows,
moments as `_timestamp_seconds`, of which whoever asks takes the age.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cloudstock import __version__
from cloudstock.marketplaces.pace import Used
from cloudstock.store.calls import NO_CALLS
from cloudstock.store.troubles.table import KINDS
from cloudstock.store.views.browse import last_push
from cloudstock.store.views.health import Health

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


class Family(NamedTuple):
    """One metric: its name without a suffix, what it is, and its samples."""

    name: str
    kind: str
    help: str
    samples: Iterable[Sample]


def openmetrics(
    state: Health, connection: sqlite3.Connection, limits: Sequence[Used]
) -> Iterator[str]:
    """Yield the text, ended by `# EOF`: so many lines as accounts, warehouses and kinds ask for."""
    for family in (*_of_accounts(state), *_of_limits(state, limits), *_of_stock(connection)):
        yield f"# TYPE {family.name} {family.kind}\n# HELP {family.name} {family.help}\n"
        suffix = {"counter": "_total", "info": "_info"}.get(family.kind, "")
        for labels, value in family.samples:
            pairs = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{family.name}{suffix}{f'{{{pairs}}}' if pairs else ''} {value:.15g}\n"
    yield "# EOF\n"


def _of_accounts(state: Health) -> Iterator[Family]:
    yield Family("cloudstock", "info", "The program.", [({"version": __version__}, 1)])
    yield Family("cloudstock_ok", "gauge", "1: `status` exits 0.", [({}, state.ok)])
    jobs = [
        ({"account": a.account, "marketplace": a.marketplace, "job": j.job}, j)
        for a in state.accounts
        for j in a.jobs
    ]
    yield Family(
        "cloudstock_job_ok",
        "gauge",
        "1: the account's last run of the job succeeded.",
        [(labels, job.ok) for labels, job in jobs],
    )
    yield Family(
        "cloudstock_job_last_success_timestamp_seconds",
        "gauge",
        "When the job last succeeded for the account.",
        [
            (labels, job.last_success_at.timestamp())
            for labels, job in jobs
            if job.last_success_at is not None
        ],
    )
    yield Family(
        "cloudstock_orders_read_until_timestamp_seconds",
        "gauge",
        "All orders of the account that were made before are known.",
        [
            ({"account": a.account, "marketplace": a.marketplace}, a.orders_read_until.timestamp())
            for a in state.accounts
            if a.orders_read_until is not None
        ],
    )
    called = [
        ({"account": a.account, "marketplace": a.marketplace}, a.calls)
        for a in state.accounts
        if a.calls != NO_CALLS
    ]
    yield Family(
        "cloudstock_calls",
        "counter",
        "Calls of the marketplace so far, by whether they were taken.",
        [
            ({**labels, "taken": word}, number)
            for labels, calls in called
            for word, number in (("true", calls.taken), ("false", calls.refused))
        ],
    )
    yield Family(
        "cloudstock_call_last_taken_timestamp_seconds",
        "gauge",
        "When the marketplace last called and was taken.",
        [
            (labels, calls.taken_at.timestamp())
            for labels, calls in called
            if calls.taken_at is not None
        ],
    )
    counts = Counter((t.kind, t.wrong) for t in (*state.wrong, *state.notable))
    yield Family(
        "cloudstock_troubles",
        "gauge",
        "What is wrong, or worth knowing, by kind.",
        [
            ({"kind": kind.name, "wrong": word}, counts[kind.name, wrong])
            for kind in KINDS
            for word, wrong in (("true", True), ("false", False))
        ],
    )


def _of_limits(state: Health, limits: Sequence[Used]) -> Iterator[Family]:
    marketplaces = {a.account: a.marketplace for a in state.accounts}
    rows = [
        ({"account": u.account, "marketplace": marketplaces[u.account], "limit": u.group}, u)
        for u in limits
        if u.account in marketplaces
    ]
    yield Family(
        "cloudstock_requests",
        "counter",
        "Requests so far, by the limit that they count for.",
        [(labels, u.requests) for labels, u in rows],
    )
    yield Family(
        "cloudstock_limit_waited_seconds",
        "counter",
        "How long requests waited for the limit.",
        [(labels, u.waited_s) for labels, u in rows],
    )
    yield Family(
        "cloudstock_limit_per_second",
        "gauge",
        "What is used of the limit at most, in requests or items.",
        [(labels, u.per_s) for labels, u in rows],
    )
    yield Family(
        "cloudstock_limit_used_ratio",
        "gauge",
        "How much of what may go at once is taken now; above 1 some wait.",
        [(labels, u.taken) for labels, u in rows],
    )


def _of_stock(connection: sqlite3.Connection) -> Iterator[Family]:
    rows = connection.execute(
        "SELECT warehouse, total(on_hand), total(reserved), total(available), total(oversold)"
        " FROM stock_level GROUP BY warehouse_id ORDER BY warehouse_id"
    ).fetchall()
    meanings = {
        "on_hand": "Units that are there.",
        "reserved": "Units that open orders hold.",
        "available": "Units that may be sold.",
        "oversold": "Units that are sold and not there.",
    }
    for column, (name, meaning) in enumerate(meanings.items(), start=1):
        yield Family(
            f"cloudstock_stock_{name}_units",
            "gauge",
            meaning,
            [({"warehouse": row[0]}, row[column]) for row in rows],
        )
    yield Family(
        "cloudstock_pushes", "counter", "Numbers sent so far.", [({}, last_push(connection))]
    )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
