"""Is the database whole? Every promise that can be checked from the file alone, and safe repairs.

Nothing here asks a marketplace, and nothing here guesses: a repair either computes again what
follows from the ledger, or forgets what is no longer certain, so that the next push settles it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cloudstock import progress
from cloudstock.domain.texts import REPLACED
from cloudstock.errors import DatabaseError
from cloudstock.language import mark, spoken, tr, trn
from cloudstock.store import Store
from cloudstock.store.beliefs import Beliefs
from cloudstock.store.migrations import LATEST, parts, schema
from cloudstock.store.privacy import close_to_others, open_to_others
from cloudstock.store.tables import tables
from cloudstock.store.times import to_iso
from cloudstock.store.views import NAMES

# How many rows a sentence names before it says how many more there are.
NAMED_MAX = 5
DAMAGED = "damaged"

FOREIGN = mark("the database holds what cloudstock did not make there: {names}")
MISSING = mark("the database lacks what cloudstock made there: {names}")

# A push that a listing waits for, of which the database can say no more than that it was sent.
_ORPHANED = (
    "FROM listing_stock s JOIN push p ON p.id = s.push_id"
    " AND p.listing_id = s.listing_id AND p.external_warehouse = s.external_warehouse"
    " WHERE p.verdict IS NULL"
)
# A listing that waits for what can never answer it: a push that is not there, of another listing,
# or one that has been answered.
_DANGLING = (
    "FROM listing_stock s LEFT JOIN push p ON p.id = s.push_id"
    " AND p.listing_id = s.listing_id AND p.external_warehouse = s.external_warehouse"
    " WHERE s.push_id IS NOT NULL AND coalesce(p.verdict, 'unknown') <> 'unknown'"
    " OR s.push_id IS NOT NULL AND p.id IS NULL"
)
# The number in flight is not among those which the listing is believed to show.
_HIDDEN = (
    "FROM listing_stock s JOIN push p ON p.id = s.push_id AND coalesce(p.verdict, 'unknown')"
    " = 'unknown'"
    " AND p.listing_id = s.listing_id AND p.external_warehouse = s.external_warehouse"
    " WHERE s.low IS NOT NULL AND p.quantity NOT BETWEEN s.low AND s.high"
)
# Sums of the ledger and of the counts, by product and warehouse, beside the running totals.
_TOTALS = """
    SELECT product_id, warehouse_id, sum(booked) AS booked, sum(reserved) AS reserved,
        min(counted_at) AS counted_at, min(first_counted_at) AS first_counted_at
    FROM (
        SELECT product_id, warehouse_id, quantity AS booked, 0 AS reserved,
            NULL AS counted_at, NULL AS first_counted_at FROM movement
        UNION ALL
        SELECT product_id, warehouse_id, 0, reserved, NULL, NULL FROM allocation
        UNION ALL
        SELECT product_id, warehouse_id, 0, 0, first_value(iif(quantity IS NULL, NULL, counted_at))
            OVER (PARTITION BY product_id, warehouse_id ORDER BY id DESC),
            (SELECT n.counted_at FROM count n WHERE n.product_id = count.product_id
                AND n.warehouse_id = count.warehouse_id AND n.id > coalesce((SELECT max(u.id)
                    FROM count u WHERE u.product_id = count.product_id
                    AND u.warehouse_id = count.warehouse_id AND u.quantity IS NULL), 0)
                ORDER BY n.id LIMIT 1) FROM count
        UNION ALL
        SELECT product_id, warehouse_id, 0, 0, NULL, NULL FROM stock
    ) GROUP BY product_id, warehouse_id
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    # A fixed word: 'damaged', 'schema', 'reference', 'totals', 'intent', 'listing_stock', 'return',
    # 'oversold', 'unanswered', 'cut_text', 'open_file'.
    kind: str
    # A sentence with what it is about.
    message: str
    # Whether `repair` mends it.
    repairable: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What an examination found."""

    # What must never be.
    wrong: tuple[Finding, ...]
    # What may be, and is worth knowing.
    notable: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True where nothing is wrong."""
        return not self.wrong

    @property
    def damaged(self) -> bool:
        """True where the file itself is torn, so that no row of it is to be trusted."""
        return any(f.kind == DAMAGED for f in self.wrong)


def examine(store: Store) -> Findings:
    """Check the whole database as it is at one moment; changes nothing, waits for nobody.

    A run that is at work meanwhile leaves pushes without an answer: those are notable, not wrong.
    Reads every page of the file.
    """
    wrong: list[Finding] = []
    notable: list[Finding] = []
    db = store.connection
    # All is read from one moment, whatever others commit meanwhile.
    within, torn = db.in_transaction, False
    db.execute("SAVEPOINT examination")
    try:
        with progress.work(tr("{file}: checks", file=store.path.name), len(_CHECKS) + 2):
            wrong.extend(_damage(db))
            progress.advance()
            if not wrong:
                for check in progress.counted(_CHECKS):
                    wrong.extend(check(db))
                notable.extend(_notable(db))
                progress.advance()
    except sqlite3.OperationalError:
        # Locked, or the disk cannot be read: no word about the database.
        raise
    except sqlite3.DatabaseError as error:
        torn = True
        wrong.append(
            Finding(DAMAGED, tr("the file cannot be read: {error}", error=error), repairable=False)
        )
    finally:
        # In a torn file SQLite ends no savepoint, only the whole transaction, as its owner does.
        if not torn:
            db.execute("RELEASE examination")
        elif not within:
            db.execute("ROLLBACK")
    notable.extend(_open_files(store.path))
    return Findings(tuple(wrong), tuple(notable))


def repair(store: Store, *, now: datetime) -> tuple[str, ...]:
    """Mend what can be mended without guessing, in one transaction; return what was done.

    Running totals are computed again from the ledger, beliefs that rest on a push without an
    answer are forgotten, and the targets of all listings are reckoned anew by the next push. The
    caller holds the run lock, so that no push is on its way. The ledger itself, orders and returns
    are never touched; its files are made their owner's alone. Raises `DatabaseError` where the file
    is damaged.
    """
    with store.transaction():
        if examine(store).damaged:
            raise DatabaseError(
                tr(
                    "{path} is damaged and cannot be repaired; restore a backup"
                    " (`cloudstock restore FILE`)",
                    path=store.path,
                )
            )
        db = store.connection
        done = [*_mend_totals(db), *_forget_intents(db, now)]
        listings = db.execute(
            "INSERT INTO dirty SELECT id FROM listing"
            " WHERE id NOT IN (SELECT listing_id FROM dirty)"
        ).rowcount
        if done or listings:
            done.append(
                trn(
                    "{n} listing is reckoned anew by the next push",
                    "{n} listings are reckoned anew by the next push",
                    listings,
                )
            )
    done += [tr("{file} is its owner's alone", file=path) for path in close_to_others(store.path)]
    return tuple(done)


# ---------------------------------------------------------------- what must never be


def _damage(db: sqlite3.Connection) -> Iterator[Finding]:
    problems = [str(r[0]) for r in db.execute("PRAGMA integrity_check(20)")]
    if problems != ["ok"]:
        text = _some([line for part in problems for line in part.splitlines()])
        yield Finding(
            DAMAGED, tr("the file is damaged: {problems}", problems=text), repairable=False
        )


def strange_schema(db: sqlite3.Connection, *, steps: int = LATEST) -> tuple[str, ...]:
    """Name what is not as these steps made it: a trigger may book what nobody did.

    Reads no table: a view in its place may have no end.
    """
    ours, there = schema(steps), parts(db)
    return tuple(
        spoken(sentence).format(names=_some(sorted(f"{part.kind} {part.name}" for part in strange)))
        for sentence, strange in ((FOREIGN, there - ours), (MISSING, ours - there))
        if strange
    )


def _wrong_schema(db: sqlite3.Connection) -> Iterator[Finding]:
    for sentence in strange_schema(db):
        yield Finding("schema", sentence, repairable=False)


def _wrong_references(db: sqlite3.Connection) -> Iterator[Finding]:
    rows: dict[tuple[str, str], int] = {}
    for row in db.execute("PRAGMA foreign_key_check"):
        pair = (str(row[0]), str(row[2]))
        # Listings that wait for a push which is not there are told, and mended, as intents.
        if pair != ("listing_stock", "push"):
            rows[pair] = rows.get(pair, 0) + 1
    for (table, parent), number in rows.items():
        yield Finding(
            "reference",
            trn(
                "{n} row of {table} names a row of {parent} that is not there",
                "{n} rows of {table} name a row of {parent} that is not there",
                number,
                table=table,
                parent=parent,
            ),
            repairable=False,
        )


def _wrong_totals(db: sqlite3.Connection) -> Iterator[Finding]:
    pairs = [(r["product_id"], r["warehouse_id"]) for r in _differing_totals(db)]
    if pairs:
        names = _some([_product_at(db, *pair) for pair in pairs])
        yield Finding(
            "totals",
            tr("running totals are not the sums of the ledger: {names}", names=names),
            repairable=True,
        )


def _differing_totals(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return product_id, warehouse_id, booked, reserved, counted_at, first_counted_at as due."""
    return db.execute(
        f"SELECT d.* FROM ({_TOTALS}) d LEFT JOIN stock s ON s.product_id = d.product_id"
        " AND s.warehouse_id = d.warehouse_id"
        " WHERE d.booked <> coalesce(s.booked, 0) OR d.reserved <> coalesce(s.reserved, 0)"
        " OR d.counted_at IS NOT s.counted_at OR d.first_counted_at IS NOT s.first_counted_at"
        " ORDER BY 1, 2"
    ).fetchall()


def _wrong_intents(db: sqlite3.Connection) -> Iterator[Finding]:
    if dangling := _pairs(db, _DANGLING):
        text = trn(
            "{n} listing waits for a push that can never be answered: {some}",
            "{n} listings wait for a push that can never be answered: {some}",
            len(dangling),
            some=_some(dangling),
        )
        yield Finding("intent", text, repairable=True)
    if hidden := _pairs(db, _HIDDEN):
        text = trn(
            "{n} listing has a push on its way that its belief leaves out: {some}",
            "{n} listings have a push on its way that their belief leaves out: {some}",
            len(hidden),
            some=_some(hidden),
        )
        yield Finding("intent", text, repairable=True)


def _wrong_pairs(db: sqlite3.Connection) -> Iterator[Finding]:
    homeless = _pairs(
        db,
        "FROM listing_stock s LEFT JOIN account_warehouse w ON w.account_id = s.account_id"
        " AND w.external_warehouse = s.external_warehouse"
        " WHERE s.target IS NOT NULL AND w.account_id IS NULL"
        " AND s.listing_id NOT IN (SELECT listing_id FROM dirty)",
    )
    if homeless:
        yield Finding(
            "listing_stock",
            trn(
                "{n} listing has a target in a warehouse that is not configured: {some}",
                "{n} listings have a target in a warehouse that is not configured: {some}",
                len(homeless),
                some=_some(homeless),
            ),
            repairable=True,
        )
    strangers = _pairs(
        db,
        "FROM listing_stock s JOIN listing x ON x.id = s.listing_id WHERE x.account_id <>"
        " s.account_id",
    )
    if strangers:
        yield Finding(
            "listing_stock",
            trn(
                "{n} listing is shown by another account than its own: {some}",
                "{n} listings are shown by another account than theirs: {some}",
                len(strangers),
                some=_some(strangers),
            ),
            repairable=False,
        )


def _wrong_returns(db: sqlite3.Connection) -> Iterator[Finding]:
    rows = db.execute(
        """
        SELECT a.name || ' ' || r.return_id AS name FROM returns r
        JOIN account a ON a.id = r.account_id
        JOIN (
            SELECT document, min(balance) AS balance, sum(came) AS came FROM (
                SELECT document, product_id, sum(quantity) AS balance,
                    sum(CASE WHEN kind = 'return' THEN quantity ELSE 0 END) AS came
                FROM movement WHERE document >= 'return:' AND document < 'return;'
                GROUP BY document, product_id
            ) GROUP BY document
        ) m ON m.document = 'return:' || a.booked_as || ':' || r.return_id
        WHERE (m.came > 0 AND r.booked = 0) OR m.balance < 0
        ORDER BY r.id
        """
    ).fetchall()
    if rows:
        yield Finding(
            "return",
            trn(
                "{n} return moved other units than the database says: {some}",
                "{n} returns moved other units than the database says: {some}",
                len(rows),
                some=_some(_names(rows)),
            ),
            repairable=False,
        )


_CHECKS = (
    _wrong_schema,
    _wrong_references,
    _wrong_totals,
    _wrong_intents,
    _wrong_pairs,
    _wrong_returns,
)


# ---------------------------------------------------------------- what may be


def _notable(db: sqlite3.Connection) -> Iterator[Finding]:
    unanswered = db.execute(f"SELECT count(*) {_ORPHANED}").fetchone()[0]
    if unanswered:
        yield Finding(
            "unanswered",
            trn(
                "{n} push has no answer yet; the next push settles it",
                "{n} pushes have no answer yet; the next push settles them",
                unanswered,
            ),
            repairable=True,
        )
    short = db.execute(
        "SELECT product_id, warehouse_id FROM stock WHERE on_hand < 0 ORDER BY 1, 2"
    ).fetchall()
    if short:
        names = _some([_product_at(db, *row) for row in short])
        yield Finding(
            "oversold",
            tr("fewer than none on hand, count them: {names}", names=names),
            repairable=False,
        )

    cut = db.execute(f"SELECT name FROM ({NAMES}) WHERE instr(name, char(0)) ORDER BY 1").fetchall()
    if cut:
        yield Finding(
            "cut_text",
            tr(
                "names with a NUL byte, which an earlier version did not find again, so that their"
                " units may be booked several times; count these products: {names}",
                names=_some([name.replace("\0", REPLACED) for name in _names(cut)]),
            ),
            repairable=False,
        )


def _open_files(database: Path) -> Iterator[Finding]:
    if sentence := open_file_sentence(database):
        yield Finding("open_file", sentence, repairable=True)


def open_file_sentence(database: Path) -> str:
    """Return that others may read or change the database; "" where they may not."""
    paths = open_to_others(database)
    return (
        paths
        and tr(
            "other users of this machine may read or change {files}; run: chmod 600 {files}",
            files=" ".join(map(str, paths)),
        )
    ) or ""


# ---------------------------------------------------------------- repairs


def _mend_totals(db: sqlite3.Connection) -> Iterator[str]:
    for due in _differing_totals(db):
        tables(db).table("stock").upsert(dict(due), pk=("product_id", "warehouse_id"))
        name = _product_at(db, due["product_id"], due["warehouse_id"])
        yield (
            tr(
                "{name}: {on_hand} on hand, {reserved} reserved, computed again from the ledger",
                name=name,
                on_hand=due["booked"],
                reserved=due["reserved"],
            )
        )


def _forget_intents(db: sqlite3.Connection, now: datetime) -> Iterator[str]:
    wrong = [
        (r["listing_id"], r["external_warehouse"])
        for condition in (_ORPHANED, _DANGLING, _HIDDEN)
        for r in db.execute(f"SELECT s.listing_id, s.external_warehouse {condition}")
    ]
    pairs = sorted(set(wrong))
    for pair in pairs:
        Beliefs(db).forget(pair)
    db.execute(
        "UPDATE push SET verdict = 'unknown', answered_at = ? WHERE verdict IS NULL", (to_iso(now),)
    )
    if pairs:
        yield (
            trn(
                "{n} listing: what it shows is taken as unknown, because the answer"
                " to its last push is; the next push settles it",
                "{n} listings: what they show is taken as unknown, because the answer"
                " to their last push is; the next push settles them",
                len(pairs),
            )
        )


# ---------------------------------------------------------------- words


def _pairs(db: sqlite3.Connection, condition: str) -> list[str]:
    rows = db.execute(
        "SELECT coalesce(a.name, '?') || ' ' || coalesce(l.offer_id, '?') AS name FROM"
        f" (SELECT s.listing_id, s.account_id {condition}) f"
        " LEFT JOIN listing l ON l.id = f.listing_id LEFT JOIN account a ON a.id = f.account_id"
        " ORDER BY 1"
    )
    return _names(rows.fetchall())


def _product_at(db: sqlite3.Connection, product_id: int, warehouse_id: int) -> str:
    row = db.execute(
        "SELECT coalesce((SELECT sku FROM product WHERE id = ?), '?'),"
        " coalesce((SELECT name FROM warehouse WHERE id = ?), '?')",
        (product_id, warehouse_id),
    ).fetchone()
    return tr("{sku} in {warehouse}", sku=row[0], warehouse=row[1])


def _names(rows: list[sqlite3.Row]) -> list[str]:
    return [str(r["name"]) for r in rows]


def _some(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (tr(" and {more} more", more=more) if more > 0 else "")
