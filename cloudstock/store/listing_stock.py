"""What every listing should show, is believed to show, was sent and was seen to show."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cloudstock.domain.belief import Belief
from cloudstock.domain.plan import Decision, Difference, Emptying, Phase
from cloudstock.domain.records import PushOutcome, StockKey, Verdict
from cloudstock.store.times import from_iso, to_iso

if TYPE_CHECKING:
    from cloudstock.store.quotas import Quotas


# Listings that are read at a time where all of an account's are asked for.
KEYS_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class BelievedStock:
    """One listing in one warehouse, with what is believed of it."""

    listing_id: int
    external_warehouse: str
    belief: Belief | None
    # A push is on its way, or ended without an answer.
    in_flight: bool


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


class Reading(NamedTuple):
    """What the marketplace was seen to show of one listing in one warehouse."""

    listing_id: int
    external_warehouse: str
    free: int
    # None: not told.
    reserved: int | None
    # It is certain to be newer than the last push, so it is what is shown.
    believe: bool


class ListingStocks:
    """The `listing_stock`, `push` and `dirty` tables.

    Where a partial index holds the few rows that a query is after, it is named: the planner, which
    knows no sizes, would walk all pairs of the account instead.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ------------------------------------------------------------ targets

    def refresh_targets(self, *, now: datetime | None = None) -> int:
        """Compute targets where stock, link or policy changed, or why there is none.

        Returns how many pairs were looked at. `now`: for how fast products sell that are not
        simply shared; None: as last measured.

        The rule is that of `domain.targets`, in SQL's words: a million calls into Python would
        take as long as all the rest.
        """
        if self._db.execute("SELECT 1 FROM dirty LIMIT 1").fetchone() is None:
            return 0
        cursor = self._db.execute(
            """
            UPDATE listing_stock SET target = (
                SELECT CASE WHEN l.offered AND listing_stock.leader_id IS NULL THEN (
                    SELECT CASE WHEN w.closed_at IS NOT NULL THEN 0
                    WHEN count(st.on_hand) = count(*) THEN min(
                        min(max(0, st.free - coalesce(p.buffer, w.buffer))
                            * w.share_percent / 100 / c.units),
                        coalesce(w.max_quantity, w.ceiling), w.ceiling) END
                    FROM component c
                    CROSS JOIN product p ON p.id = c.product_id
                    LEFT JOIN stock st ON st.product_id = c.product_id
                        AND st.warehouse_id = w.warehouse_id
                    WHERE c.listing_id = listing_stock.listing_id) END
                FROM listing l
                CROSS JOIN account_warehouse w ON w.account_id = listing_stock.account_id
                    AND w.external_warehouse = listing_stock.external_warehouse
                WHERE l.id = listing_stock.listing_id)
            WHERE listing_id IN (SELECT listing_id FROM dirty)
            """
        )
        if self._is_divided():
            from cloudstock.store.dividing import divide

            divide(self._db, now=now)
        self._db.execute(
            """
            UPDATE listing_stock SET unmanaged = CASE
                WHEN target IS NOT NULL OR leader_id IS NOT NULL THEN NULL
                WHEN NOT EXISTS (SELECT 1 FROM account_warehouse w
                    WHERE w.account_id = listing_stock.account_id
                    AND w.external_warehouse = listing_stock.external_warehouse)
                    THEN 'unconfigured'
                WHEN NOT (SELECT l.offered FROM listing l WHERE l.id = listing_stock.listing_id)
                    THEN 'unoffered'
                WHEN NOT EXISTS (SELECT 1 FROM component c
                    WHERE c.listing_id = listing_stock.listing_id) THEN 'unlinked'
                ELSE 'uncounted' END
            WHERE listing_id IN (SELECT listing_id FROM dirty)
                AND (target IS NULL OR unmanaged IS NOT NULL)
            """
        )
        self._db.execute("DELETE FROM dirty")
        return cursor.rowcount

    def _is_divided(self) -> bool:
        """Tell whether anything is, or was, not simply shared."""
        return bool(
            self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM account_warehouse WHERE policy <> 'share')"
                " OR EXISTS (SELECT 1 FROM product WHERE policy IS NOT NULL)"
                " OR EXISTS (SELECT 1 FROM quota)"
            ).fetchone()[0]
        )

    def _quotas(self) -> Quotas | None:
        """Return what keeps quotas, None where there are none: it need not be loaded then."""
        if self._db.execute("SELECT 1 FROM quota LIMIT 1").fetchone() is None:
            return None
        from cloudstock.store.quotas import Quotas

        return Quotas(self._db)

    def differences(
        self,
        account_id: int,
        *,
        now: datetime,
        full: bool,
        raisable: frozenset[int],
        watched: bool | None = None,
    ) -> Iterator[Difference]:
        """Yield what is not certainly shown right.

        What may be sent of divided ones tells `Quotas.steps`. `raisable`: the warehouses (warehouse
        ids) whose knowledge is fresh. `full`: also listings believed to be right. `watched`: only
        those that no number is sent to, or only the others; None: all.
        """
        few = "" if full else " INDEXED BY listing_stock_differs"
        differs = "" if full else " AND s.differs"
        rows = self._db.execute(
            "SELECT s.listing_id, s.external_warehouse, s.target, s.low, s.high, s.due_at,"
            f" s.hold_until, w.warehouse_id, p.divided FROM listing_stock s{few}"
            " CROSS JOIN account_warehouse w"
            " ON w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse"
            " LEFT JOIN quota p ON p.listing_id = s.listing_id"
            " AND p.external_warehouse = s.external_warehouse"
            f" WHERE s.account_id = ?1 AND s.target IS NOT NULL{differs}"
            " AND w.watched IS coalesce(?2, w.watched)"
            " ORDER BY s.external_warehouse, s.listing_id",
            (account_id, watched),
        )
        at = to_iso(now)
        for listing_id, warehouse, target, low, high, due_at, hold_until, fed_by, divided in rows:
            may_raise = fed_by in raisable and (hold_until is None or hold_until <= at)
            due = from_iso(due_at) if due_at is not None and due_at > at else None
            yield Difference(
                listing_id, warehouse, target, low, high, may_raise, due, bool(divided)
            )

    def emptyings(self, account_id: int, *, watched: bool | None = None) -> list[Emptying]:
        """Return the live listings whose target is zero, with what sales explain of it.

        One that shows nothing because others have the units is no accident, nor because it is
        closed. `watched`: as for
        `differences`. A number accepted before it was watched last tells nothing of what it shows.
        """
        rows = self._db.execute(
            """
            WITH emptied AS (
                SELECT s.listing_id, s.external_warehouse, s.high, s.seen, s.seen_at,
                    iif(s.pushed_at >= coalesce(w.watched_until, ''), s.pushed, NULL) AS pushed,
                    iif(s.pushed_at >= coalesce(w.watched_until, ''), s.pushed_at, NULL)
                        AS pushed_at
                FROM listing_stock s INDEXED BY listing_stock_differs
                CROSS JOIN account_warehouse w ON w.account_id = s.account_id
                    AND w.external_warehouse = s.external_warehouse
                WHERE s.account_id = ?1 AND s.differs AND s.target = 0 AND w.closed_at IS NULL
                    AND w.watched IS coalesce(?2, w.watched)
            )
            SELECT s.listing_id, s.external_warehouse,
                coalesce(s.pushed, s.high, s.seen) AS shown,
                coalesce((SELECT max(sold / c.units) FROM (
                    SELECT c.units, sum(a.reserved + a.off) AS sold
                    FROM component c
                    JOIN allocation a ON a.product_id = c.product_id
                    JOIN order_line ol ON ol.id = a.order_line_id
                    JOIN orders o ON o.id = ol.orders_id
                    WHERE c.listing_id = s.listing_id
                        AND o.first_seen_at >= coalesce(s.pushed_at, s.seen_at)
                    GROUP BY c.product_id) AS c), 0) AS sold
            FROM emptied s
            WHERE coalesce(s.high, s.pushed, s.seen, 0) > 0
                AND NOT EXISTS (SELECT 1 FROM quota p WHERE p.listing_id = s.listing_id
                    AND p.external_warehouse = s.external_warehouse AND p.most > 0)
            """,
            (account_id, watched),
        )
        return [Emptying(r[0], r[1], r[2], r[3]) for r in rows]

    def live(self, account_id: int) -> int:
        """Return how many of the account's pairs show more than nothing, as far as is known."""
        row = self._db.execute(
            "SELECT count(*) FROM listing_stock WHERE account_id = ?"
            " AND coalesce(high, pushed, seen, 0) > 0",
            (account_id,),
        ).fetchone()
        return int(row[0])

    # ------------------------------------------------------------ pushing

    def pending(self, account_id: int, *, now: datetime) -> int:
        """Return how many differences wait for a moment the marketplace set."""
        row = self._db.execute(
            "SELECT count(*) FROM listing_stock INDEXED BY listing_stock_differs"
            " WHERE account_id = ? AND differs AND due_at > ? AND refused_at IS NULL",
            (account_id, to_iso(now)),
        ).fetchone()
        return int(row[0])

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
        self.refresh_targets(now=now)
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
        quotas = self._quotas()
        if quotas is None:
            return list(decisions)
        listings = {d.listing_id for d in decisions}
        divided = quotas.divided(listings)
        steps = quotas.steps(listings, now=now) if divided else {}
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
        quotas = self._quotas()
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
            " push_id = NULL, flight_sold = 0, flight_back = 0, pushed = p.quantity,"
            " pushed_at = ?3, due_at = ?4, refused_code = NULL, refused_message = NULL,"
            " refused_at = NULL, refusals = 0"
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

    # ------------------------------------------------------------ belief

    def stock(self, listing_id: int, external_warehouse: str) -> BelievedStock | None:
        """Return what is believed of one listing in one warehouse.

        Where its stock is shown by several, that is believed of the pair that leads.
        """
        row = self._db.execute(
            "SELECT * FROM listing_stock WHERE listing_id = ?1 AND external_warehouse IN ('', ?2)",
            (listing_id, external_warehouse),
        ).fetchone()
        if row is not None and row["leader_id"] is not None:
            row = self._db.execute(
                "SELECT * FROM listing_stock WHERE listing_id = ? AND external_warehouse = ?",
                (row["leader_id"], row["leader_warehouse"]),
            ).fetchone()
        if row is None:
            return None
        return BelievedStock(
            row["listing_id"],
            row["external_warehouse"],
            _belief(row),
            row["push_id"] is not None,
        )

    def believe(
        self, stock: BelievedStock, belief: Belief | None, *, sold: int = 0, given_back: int = 0
    ) -> None:
        """Write a belief changed by the account's own orders.

        `sold` and `given_back` are remembered for a push in flight, whose answer they blur.
        """
        self._set(
            stock.listing_id,
            stock.external_warehouse,
            belief,
            "flight_sold = flight_sold + :sold, flight_back = flight_back + :back",
            sold=sold if stock.in_flight else 0,
            back=given_back if stock.in_flight else 0,
        )

    def _set(
        self,
        listing_id: int,
        external_warehouse: str,
        belief: Belief | None,
        also: str,
        **values: object,
    ) -> None:
        """Write a belief and, in the same statement, what `also` says with its named values."""
        self._db.execute(
            f"UPDATE listing_stock SET {also}, low = :low, high = :high, believed_since = :since,"
            " believed_until = :until"
            " WHERE listing_id = :listing AND external_warehouse = :warehouse",
            {
                **values,
                "low": belief.low if belief else None,
                "high": belief.high if belief else None,
                "since": to_iso(belief.since) if belief else None,
                "until": to_iso(belief.until) if belief else None,
                "listing": listing_id,
                "warehouse": external_warehouse,
            },
        )

    # ------------------------------------------------------------ reading back

    def keys(self, account_id: int) -> Iterator[StockKey]:
        """Yield every listing of the account in every warehouse it is offered from.

        Archived and gone ones only while they may show something. Read a page at a time: a
        question left open while others write would keep this connection from beginning a
        transaction.
        """
        place = ("", -1)
        while rows := self._db.execute(
            "SELECT l.external_id, l.offer_id, s.external_warehouse, s.listing_id FROM"
            " listing_stock s"
            " CROSS JOIN listing l ON l.id = s.listing_id CROSS JOIN account_warehouse w"
            " ON w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse"
            " WHERE s.account_id = ? AND (s.external_warehouse, s.listing_id) > (?, ?)"
            # What is archived or gone may show something still.
            " AND (l.offered OR s.last_shown > 0)"
            " ORDER BY s.external_warehouse, s.listing_id LIMIT ?",
            (account_id, *place, KEYS_PAGE),
        ).fetchall():
            for r in rows:
                yield StockKey(r[0], r[1], r[2])
            place = (rows[-1][2], rows[-1][3])

    def keys_of(self, pairs: Sequence[tuple[int, str]]) -> list[StockKey]:
        """Return the keys of (listing id, warehouse) pairs."""
        rows = self._db.execute(
            "SELECT l.external_id, l.offer_id, json_extract(j.value, '$[1]') FROM json_each(?) j"
            " CROSS JOIN listing l ON l.id = json_extract(j.value, '$[0]')",
            (json.dumps([list(p) for p in pairs]),),
        )
        return [StockKey(r[0], r[1], r[2]) for r in rows]

    def rows(self, account_id: int, pairs: Sequence[tuple[int, str]]) -> list[sqlite3.Row]:
        """Return the `listing_stock` rows of (listing id, warehouse) pairs.

        Of one that follows another, what is believed and known of pushes is the leader's.
        """
        led = ("low", "high", "pushed_at", "push_id")
        columns = ", ".join(f"iif(s.leader_id IS NULL, s.{c}, o.{c}) AS {c}" for c in led)
        return self._db.execute(
            f"SELECT s.listing_id, s.external_warehouse, s.leader_id, {columns}"
            " FROM json_each(?) j CROSS JOIN listing_stock s"
            " ON s.listing_id = json_extract(j.value, '$[0]')"
            " AND s.external_warehouse = json_extract(j.value, '$[1]')"
            " LEFT JOIN listing_stock o ON o.listing_id = s.leader_id"
            " AND o.external_warehouse = s.leader_warehouse WHERE s.account_id = ?",
            (json.dumps([list(p) for p in pairs]), account_id),
        ).fetchall()

    def saw(self, readings: Sequence[Reading], *, requested_at: datetime, now: datetime) -> None:
        """Write what one page of readings tells."""
        quotas = self._quotas()
        if quotas is not None:
            # First: it asks whether a push had no answer until now.
            quotas.seen(
                [((r.listing_id, r.external_warehouse), r.free) for r in readings if r.believe],
                since=requested_at,
                until=now,
            )
        seen_at, since = to_iso(now), to_iso(requested_at)
        seen = "seen = ?, seen_reserved = ?, seen_at = ?"
        where = "WHERE listing_id = ? AND external_warehouse = ?"
        self._db.executemany(
            f"UPDATE listing_stock SET {seen} {where}",
            [
                (r.free, r.reserved, seen_at, r.listing_id, r.external_warehouse)
                for r in readings
                if not r.believe
            ],
        )
        self._db.executemany(
            f"UPDATE listing_stock SET {seen}, low = ?, high = ?, believed_since = ?,"
            f" believed_until = ?,"
            f" push_id = NULL, flight_sold = 0, flight_back = 0 {where}",
            [
                (
                    *(r.free, r.reserved, seen_at),
                    *(r.free, r.free, since, seen_at),
                    *(r.listing_id, r.external_warehouse),
                )
                for r in readings
                if r.believe
            ],
        )

    def saw_no_record(
        self, account_id: int, *, began_at: datetime, settle: timedelta, now: datetime
    ) -> None:
        """Write that what is not managed, and was not in a complete reading, shows none.

        Like `comparison`. `began_at`: when the reading began; `settle`: how long after it was
        accepted a number may not be shown yet.
        """
        self._db.execute(
            "UPDATE listing_stock SET seen = 0, seen_reserved = NULL, seen_at = ?1, low = 0,"
            " high = 0, believed_since = ?2, believed_until = ?1, flight_sold = 0, flight_back = 0"
            " FROM (SELECT u.listing_id, u.external_warehouse FROM unmanaged_listing u"
            " WHERE u.reason IN ('unoffered', 'unlinked', 'uncounted')"
            " AND u.account_id = ?3) AS u"
            " WHERE listing_stock.listing_id = u.listing_id"
            " AND listing_stock.external_warehouse = u.external_warehouse"
            " AND coalesce(seen_at, '') < ?2 AND coalesce(pushed_at, '') < ?4 AND push_id IS NULL",
            (to_iso(now), to_iso(began_at), account_id, to_iso(began_at - settle)),
        )

    def sent_at(self, push_id: int | None) -> datetime | None:
        """Return when a push was sent; None for none."""
        if push_id is None:
            return None
        row = self._db.execute("SELECT sent_at FROM push WHERE id = ?", (push_id,)).fetchone()
        return from_iso(str(row[0]))

    def pushed_before(self, account_id: int, before: datetime) -> list[tuple[int, str]]:
        """Return the pairs whose last push, of more than nothing, was accepted before then.

        Not those that are only watched: nobody waits for what was pushed to them once.
        """
        rows = self._db.execute(
            "SELECT s.listing_id, s.external_warehouse FROM listing_stock s JOIN"
            " account_warehouse w"
            " ON w.account_id = s.account_id AND w.external_warehouse = s.external_warehouse"
            " WHERE s.account_id = ? AND s.pushed > 0 AND s.pushed_at < ? AND s.push_id IS NULL"
            " AND s.target IS NOT NULL AND s.leader_id IS NULL AND NOT w.watched"
            " AND s.pushed_at >= coalesce(w.watched_until, '')",
            (account_id, to_iso(before)),
        )
        return [(r[0], r[1]) for r in rows]

    def watched(self, account_id: int) -> set[str]:
        """Return the account's marketplace warehouses that no number is sent to."""
        rows = self._db.execute(
            "SELECT external_warehouse FROM account_warehouse WHERE account_id = ? AND watched",
            (account_id,),
        )
        return {r[0] for r in rows}

    def held_pairs(self, account_id: int) -> set[tuple[int, str]]:
        """Return the pairs that are not to be raised for now."""
        rows = self._db.execute(
            "SELECT listing_id, external_warehouse FROM listing_stock INDEXED BY listing_stock_held"
            " WHERE account_id = ? AND hold_until IS NOT NULL",
            (account_id,),
        )
        return {(r[0], r[1]) for r in rows}

    def doubt(self, listing_id: int, external_warehouse: str) -> None:
        """Forget what was believed: the next push settles it."""
        self._set(listing_id, external_warehouse, None, "push_id = NULL")

    def forget_gone(self, account_id: int, *, read_since: datetime, before: datetime) -> None:
        """Forget what gone listings showed that a reading of everything, since then, did not have.

        Nor is anything left of pushes that were sent or accepted `before` then.
        """
        self._db.execute(
            "UPDATE listing_stock SET low = NULL, high = NULL, believed_since = NULL,"
            " believed_until = NULL, pushed = NULL, pushed_at = NULL, push_id = NULL,"
            " flight_sold = 0, flight_back = 0, seen = NULL, seen_reserved = NULL, seen_at = NULL,"
            " due_at = NULL, refused_code = NULL, refused_message = NULL, refused_at = NULL,"
            " refusals = 0, hold_until = NULL"
            " WHERE listing_id IN (SELECT id FROM listing INDEXED BY listing_gone"
            " WHERE account_id = ?1 AND gone_at IS NOT NULL)"
            " AND coalesce(seen_at, '') < ?2 AND coalesce(pushed_at, '') < ?3"
            " AND (push_id IS NULL OR (SELECT sent_at FROM push WHERE id = push_id) < ?3)"
            " AND external_warehouse IN (SELECT w.external_warehouse FROM account_warehouse w"
            " WHERE w.account_id = ?1)",
            (account_id, to_iso(read_since), to_iso(before)),
        )

    def hold(self, listing_id: int, external_warehouse: str, until: datetime | None) -> None:
        """Forbid raising a listing until a moment; None lifts it."""
        self._db.execute(
            "UPDATE listing_stock SET hold_until = ? WHERE listing_id = ? AND"
            " external_warehouse = ?",
            (to_iso(until), listing_id, external_warehouse),
        )

    def open_units(self, account_id: int) -> dict[tuple[int, str], int]:
        """Return the units that open orders hold, by listing and warehouse of the account.

        Orders of other accounts that sell what its pairs show are among them.
        """
        rows = self._db.execute(
            "SELECT l.listing_id, coalesce(o.external_warehouse, ''), sum(l.quantity)"
            " FROM orders o JOIN order_line l ON l.orders_id = o.id"
            " WHERE o.account_id = ? AND NOT o.ended AND NOT o.shipped"
            " AND l.listing_id IS NOT NULL GROUP BY 1, 2",
            (account_id,),
        )
        units_held = {(r[0], r[1]): int(r[2]) for r in rows}
        led = self._db.execute(
            "SELECT s.leader_id, s.leader_warehouse, sum(l.quantity)"
            " FROM listing x CROSS JOIN listing_stock s ON s.leader_id = x.id"
            " CROSS JOIN order_line l ON l.listing_id = s.listing_id"
            " CROSS JOIN orders o ON o.id = l.orders_id"
            " AND (o.external_warehouse IS NULL"
            " OR s.external_warehouse IN ('', o.external_warehouse))"
            " WHERE x.account_id = ?1 AND s.account_id <> ?1 AND NOT o.ended AND NOT o.shipped"
            " AND EXISTS (SELECT 1 FROM stock_share WHERE account_id = ?1) GROUP BY 1, 2",
            (account_id,),
        )
        for listing_id, warehouse, units in led:
            pair = (listing_id, warehouse)
            units_held[pair] = units_held.get(pair, 0) + int(units)
        return units_held


def _after_answer(row: sqlite3.Row, answered: Answered, *, now: datetime) -> tuple[object, ...]:
    """Return a row's columns, in the order in which `ListingStocks._not_accepted` writes them."""
    outcome = answered.outcome
    flight = (row["flight_sold"], row["flight_back"])
    refused = tuple(row[f"refused_{c}"] for c in ("code", "message", "at"))
    due_at = to_iso(answered.due_at)
    if outcome.verdict is Verdict.UNKNOWN:
        own = (row["push_id"], *flight)
        return (*_columns(_belief(row)), *own, due_at, *refused, row["refusals"])
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
    return (*_columns(before), row["open_before"], 0, 0, due_at, *refused, refusals)


def _columns(belief: Belief | None) -> tuple[int | None, int | None, str | None, str | None]:
    """Return low, high, believed_since, believed_until."""
    if belief is None:
        return None, None, None, None
    return belief.low, belief.high, to_iso(belief.since), to_iso(belief.until)


def _belief(row: sqlite3.Row) -> Belief | None:
    if row["low"] is None:
        return None
    return Belief(
        row["low"], row["high"], from_iso(row["believed_since"]), from_iso(row["believed_until"])
    )
