"""What was sent to every listing, and what became of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cloudstock.domain.belief import Belief
from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import PushOutcome, StockKey, Verdict
from cloudstock.store.beliefs import (
    NOT_IN_FLIGHT,
    NOT_REFUSED,
    belief_columns,
    belief_of,
    kept_quotas,
)
from cloudstock.store.targets import Targets
from cloudstock.store.times import from_iso, to_iso


class Intent(NamedTuple):
    """A push that is about to be sent, as recorded."""

    push_id: int
    listing_id: int
    key: StockKey
    quantity: int
    # How many times in a row it was refused before.
    refusals: int


class Answered(NamedTuple):
    """The marketplace's answer for one intent."""

    intent: Intent
    outcome: PushOutcome
    # Before when the listing must not be sent again, if the contract or a refusal asks for it.
    due_at: datetime | None


class Pushes:
    """What was sent: the `push` table, and what it says of `listing_stock`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def begin_push(
        self, account_id: int, decisions: Sequence[Decision], *, now: datetime
    ) -> list[Intent]:
        """Record that what is still wanted of these decisions, of one warehouse, is about to leave.

        Targets may have moved since a decision was made, so the smaller number is sent: what it
        was not allowed to raise stays so, and what fell meanwhile has fallen. From here until the
        answer each listing may show the old number or the new one (`belief.while_sending`). A
        divided pair is sent what there is room for now, or nothing. Where a warehouse is only
        watched, nothing is recorded, whoever decided to send it something.
        """
        (warehouse_id,) = {d.warehouse_id for d in decisions}
        Targets(self._db).refresh(now=now)
        decisions = self._with_room(decisions, now=now)
        last = int(self._db.execute("SELECT coalesce(max(id), 0) FROM push").fetchone()[0])
        self._db.execute(
            "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at,"
            " low_before, high_before, open_before)"
            " SELECT s.listing_id, s.external_warehouse,"
            " min(s.target, j.value), ?3, ?3, s.low, s.high, s.push_id"
            " FROM json_each(?1) j CROSS JOIN listing_stock s"
            " ON s.listing_id = CAST(j.key AS INTEGER) AND s.external_warehouse = ?2"
            " WHERE s.account_id = ?4 AND s.target IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = ?4"
            " AND w.external_warehouse = ?2 AND w.watched)",
            (
                json.dumps({d.listing_id: d.quantity for d in decisions}),
                warehouse_id,
                to_iso(now),
                account_id,
            ),
        )
        self._db.execute(
            "UPDATE listing_stock SET push_id = p.id, flight_sold = 0, flight_back = 0,"
            " low = min(low, p.quantity), high = max(high, p.quantity)"
            " FROM push p WHERE p.id > ? AND listing_stock.listing_id = p.listing_id"
            " AND listing_stock.external_warehouse = p.external_warehouse",
            (last,),
        )
        rows = self._db.execute(
            "SELECT p.id, p.listing_id, p.external_warehouse, p.quantity, l.external_id,"
            " l.offer_id, s.refusals FROM push p CROSS JOIN listing l ON l.id = p.listing_id"
            " CROSS JOIN listing_stock s ON s.listing_id = p.listing_id"
            " AND s.external_warehouse = p.external_warehouse WHERE p.id > ? ORDER BY p.id",
            (last,),
        )
        return [
            Intent(push_id, listing_id, StockKey(external_id, offer_id, warehouse), quantity, times)
            for push_id, listing_id, warehouse, quantity, external_id, offer_id, times in rows
        ]

    def _with_room(self, decisions: Sequence[Decision], *, now: datetime) -> list[Decision]:
        if kept_quotas(self._db) is None:
            return list(decisions)
        # As quotas are: loaded where there are any.
        from cloudstock.store.parts import Parts

        parts = Parts(self._db)
        listings = {d.listing_id for d in decisions}
        divided = parts.divided(listings)
        steps = parts.steps(listings, now=now) if divided else {}
        kept = []
        for decision in decisions:
            pair = (decision.listing_id, decision.warehouse_id)
            if pair not in divided:
                kept.append(decision)
            elif pair in steps and (steps[pair] or decision.phase is Phase.LOWER):
                # What was to be raised may be lowered before any is raised: in the next round.
                kept.append(decision._replace(quantity=min(decision.quantity, steps[pair])))
        return kept

    def answered(self, answers: Sequence[Answered], sent_at: datetime, now: datetime) -> None:
        """Write the marketplace's answers for the items of one push.

        An answer that tells nothing leaves the belief as wide as sending made it.
        """
        accepted: dict[datetime | None, list[int]] = {}
        others: list[Answered] = []
        for answer in answers:
            if answer.outcome.verdict is Verdict.ACCEPTED:
                accepted.setdefault(answer.due_at, []).append(answer.intent.push_id)
            else:
                others.append(answer)
        for due_at, push_ids in accepted.items():
            self._accepted(push_ids, due_at, sent_at=sent_at, now=now)
        if others:
            self._not_accepted(others, now=now)

    def _accepted(
        self, push_ids: list[int], due_at: datetime | None, *, sent_at: datetime, now: datetime
    ) -> None:
        """The number is shown, but for own orders and cancellations that came meanwhile."""
        these, at = json.dumps(push_ids), to_iso(now)
        quotas = kept_quotas(self._db)
        if quotas is not None:
            quotas.taken(
                [
                    ((r[0], r[1]), r[2], r[3])
                    for r in self._db.execute(
                        "SELECT p.listing_id, p.external_warehouse, p.quantity, s.flight_back"
                        " FROM json_each(?) j CROSS JOIN push p ON p.id = j.value"
                        " CROSS JOIN listing_stock s ON s.push_id = p.id"
                        " AND s.listing_id = p.listing_id"
                        " AND s.external_warehouse = p.external_warehouse",
                        (these,),
                    )
                ],
                since=sent_at,
                until=now,
            )
        self._db.execute(
            "UPDATE push SET verdict = ?, answered_at = ?"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (Verdict.ACCEPTED.value, at, these),
        )
        # Where a later push has taken over (`push_id`), its own answer will tell.
        self._db.execute(
            "UPDATE listing_stock SET low = max(0, p.quantity - flight_sold),"
            " high = p.quantity + flight_back, believed_since = ?2, believed_until = ?3,"
            f" {NOT_IN_FLIGHT}, pushed = p.quantity, pushed_at = ?3, due_at = ?4, {NOT_REFUSED}"
            # As a condition, so that no plan begins with the whole table.
            " FROM push p WHERE p.id IN (SELECT value FROM json_each(?1))"
            " AND listing_stock.listing_id = p.listing_id"
            " AND listing_stock.external_warehouse = p.external_warehouse AND"
            " listing_stock.push_id = p.id",
            (these, to_iso(sent_at), at, to_iso(due_at)),
        )

    def _not_accepted(self, answers: Sequence[Answered], *, now: datetime) -> None:
        at = to_iso(now)
        self._db.executemany(
            "UPDATE push SET verdict = ?, code = ?, message = ?, answered_at = ? WHERE id = ?",
            [
                (a.outcome.verdict.value, a.outcome.code, a.outcome.message, at, a.intent.push_id)
                for a in answers
            ],
        )
        # Where a later push has taken over, its own answer will tell.
        rows = {
            row["push_id"]: row
            for row in self._db.execute(
                "SELECT s.*, p.low_before, p.high_before,"
                # A push without an answer that stood before this one stands again.
                " (SELECT id FROM push WHERE id = p.open_before) AS open_before"
                " FROM json_each(?) j"
                " CROSS JOIN push p ON p.id = j.value CROSS JOIN listing_stock s ON"
                " s.push_id = p.id"
                " AND s.listing_id = p.listing_id"
                " AND s.external_warehouse = p.external_warehouse",
                (json.dumps([a.intent.push_id for a in answers]),),
            )
        }
        self._db.executemany(
            "UPDATE listing_stock SET low = ?, high = ?, believed_since = ?, believed_until = ?,"
            " push_id = ?, flight_sold = ?, flight_back = ?, due_at = ?,"
            " refused_code = ?, refused_message = ?, refused_at = ?, refusals = ?"
            " WHERE listing_id = ? AND external_warehouse = ?",
            [
                (
                    *_after_answer(rows[a.intent.push_id], a, now=now),
                    a.intent.listing_id,
                    a.intent.key.warehouse_id,
                )
                for a in answers
                if a.intent.push_id in rows
            ],
        )

    def prune(self, before: datetime) -> None:
        """Forget pushes of long ago, but for the last of every pair and those still in flight."""
        self._db.execute(
            "DELETE FROM push WHERE coalesce(answered_at, sent_at) < ? AND EXISTS"
            " (SELECT 1 FROM push later WHERE later.listing_id = push.listing_id"
            " AND later.external_warehouse = push.external_warehouse AND later.id > push.id)"
            " AND id IS NOT (SELECT push_id FROM listing_stock WHERE"
            " listing_stock.listing_id = push.listing_id"
            " AND listing_stock.external_warehouse = push.external_warehouse)",
            (to_iso(before),),
        )

    def retry_refused(self, account_id: int) -> None:
        """Let refused listings be tried again now (the catalog or the warehouses changed)."""
        self._db.execute(
            "UPDATE listing_stock INDEXED BY listing_stock_refused SET due_at = NULL"
            " WHERE account_id = ? AND refused_at IS NOT NULL",
            (account_id,),
        )

    def described(
        self, listing_id: int, external_warehouse: str
    ) -> tuple[str, int | None, int | None]:
        """Return a listing's article and what it is believed to show."""
        row = self._db.execute(
            "SELECT l.offer_id, s.low, s.high FROM listing_stock s JOIN listing l ON l.id ="
            " s.listing_id"
            " WHERE s.listing_id = ? AND s.external_warehouse = ?",
            (listing_id, external_warehouse),
        ).fetchone()
        return row[0], row[1], row[2]

    def sent_at(self, push_id: int | None) -> datetime | None:
        """Return when a push was sent; None for none."""
        if push_id is None:
            return None
        row = self._db.execute("SELECT sent_at FROM push WHERE id = ?", (push_id,)).fetchone()
        return from_iso(str(row[0]))


def _after_answer(row: sqlite3.Row, answered: Answered, *, now: datetime) -> tuple[object, ...]:
    """Return a row's columns, in the order in which `Pushes._not_accepted` writes them."""
    outcome = answered.outcome
    flight = (row["flight_sold"], row["flight_back"])
    refused = tuple(row[f"refused_{c}"] for c in ("code", "message", "at"))
    due_at = to_iso(answered.due_at)
    if outcome.verdict is Verdict.UNKNOWN:
        own = (row["push_id"], *flight)
        return (*belief_columns(belief_of(row)), *own, due_at, *refused, row["refusals"])
    # Not taken: what was shown before is still shown, but for what happened meanwhile.
    sold, back = flight
    before = None
    if row["low_before"] is not None:
        before = Belief(
            max(0, row["low_before"] - sold),
            row["high_before"] + back,
            from_iso(row["believed_since"]),
            from_iso(row["believed_until"]),
        )
    refusals = row["refusals"]
    if outcome.verdict is Verdict.REFUSED:
        refused = (outcome.code, outcome.message, to_iso(now))
        refusals += 1
    return (*belief_columns(before), row["open_before"], 0, 0, due_at, *refused, refusals)
