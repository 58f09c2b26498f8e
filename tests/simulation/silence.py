"""Whatever may be shown is managed, or `status` names it and exits 1, and so does a notice.

By the columns of what was last read and pushed, not by the view that the program asks; looked at as
`status` would, after every commit and every change of the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from cloudstock.errors import ConfigurationError
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.troubles.table import WALK_LASTS, kind_of
from tests.simulation.faults import Broken
from tests.simulation.program import Program
from tests.simulation.trade import Trade, panes_of

# No more than worth knowing, of which nobody is told: nobody can buy what is archived or gone, and
# what is only watched, or left to others, was asked for.
NOTABLE = ("not_offered", "push_off", "left_alone")
# What may have been pushed or read last is above zero.
_SHOWS = (
    "SELECT l.account_id, l.id AS listing_id, s.external_warehouse, l.external_id, l.link,"
    " l.left_alone, l.archived OR l.gone_at IS NOT NULL AS unoffered,"
    " s.target IS NULL AS untargeted,"
    " EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id) AS linked,"
    " iif(l.catalog_seen_at > coalesce((SELECT k.finished_at FROM cursor k WHERE k.account_id ="
    " l.account_id AND k.job = 'catalog'), ''), l.catalog_seen_at, '') AS unmatched_at,"
    " EXISTS (SELECT 1 FROM"
    " account_warehouse w WHERE w.account_id = s.account_id AND w.external_warehouse ="
    " s.external_warehouse) AS arranged"
    " FROM listing_stock s JOIN listing l ON l.id = s.listing_id"
    " WHERE s.leader_id IS NULL AND (coalesce(s.high, CASE WHEN coalesce(s.pushed_at, '') >"
    " coalesce(s.seen_at, '') THEN s.pushed ELSE s.seen END) > 0"
    " OR s.high IS NULL AND s.push_id IS NOT NULL)"
)


class _Showing(NamedTuple):
    """What may be shown, and why nobody may be managing it."""

    account_id: int
    listing_id: int
    warehouse: str
    external_id: str
    link: str
    left_alone: int
    unoffered: int
    untargeted: int
    linked: int
    # When a walk of the catalog that did not come to its end yet told of it; '': none did.
    unmatched_at: str
    # The last run found its warehouse in the configuration.
    arranged: int


class _Account(NamedTuple):
    """An account as the last run took it."""

    name: str
    watched: bool
    # The trouble with reading its orders; '': none.
    orders: str


class Silence:
    """Looks for what is shown and neither managed nor named."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._looked_at: object = None

    def look(self, store: Store) -> None:
        """Look at the database as it is, where anything changed that matters."""
        db, config = store.connection, self._program.config
        rows = [_Showing(*r) for r in db.execute(_SHOWS)]
        accounts = self._accounts(store, config)
        state = (
            rows,
            accounts,
            config,
            db.execute("SELECT EXISTS (SELECT 1 FROM dirty)").fetchone()[0],
        )
        if state == self._looked_at:
            return
        self._looked_at = state
        self._program.report.done["looked for what is silent"] += 1
        db.execute("BEGIN")
        try:
            # As every command begins.
            store.settle(config.accounts)
            store.catch_up(buffer=config.policy.buffer)
            rows = [_Showing(*r) for r in db.execute(_SHOWS)]
            self._check(store, rows, self._accounts(store, config))
        except ConfigurationError:
            # So `status` ends with 78, and says why.
            return
        finally:
            db.execute("ROLLBACK")

    def calm(self, store: Store, trade: Trade) -> None:
        """Whatever shows something is managed, or the database knows that it shows it."""
        known = {
            (r[0], r[1], r[2])
            for r in store.connection.execute(
                "SELECT a.cabinet, l.external_id, s.external_warehouse FROM listing_stock s"
                " JOIN listing l ON l.id = s.listing_id JOIN account a ON a.id = l.account_id"
                " WHERE s.target IS NOT NULL OR s.seen > 0 OR s.pushed > 0"
            )
        }
        for shop, where, pane in panes_of(trade.shops):
            offer = shop.offers[where[0]]
            # What nobody can buy is not asked for.
            offered = not (offer.archived or offer.gone)
            if pane.shown and offered and (shop.name, *where) not in known:
                raise Broken(f"{shop.name} {where} shows {pane.shown}, and nobody knows of it")

    def _accounts(self, store: Store, config: Configuration) -> dict[int, _Account]:
        """Return what each account is called, and how it is read."""
        world = self._program.world
        fresh_since = to_iso(world.by_machine(world.us) - config.max_poll_age)
        rows = store.connection.execute(
            "SELECT a.id, a.name, a.push = 'off', (SELECT c.read_until FROM cursor c"
            " WHERE c.account_id = a.id AND c.job = 'orders') FROM account a"
        )
        accounts = {}
        for account_id, name, watched, read_until in rows:
            orders = "stale" if read_until is not None and read_until < fresh_since else ""
            orders = "never_polled" if read_until is None else orders
            accounts[account_id] = _Account(name, bool(watched), orders)
        return accounts

    def _check(self, store: Store, rows: list[_Showing], accounts: dict[int, _Account]) -> None:
        program = self._program
        now, config = program.world.by_machine(program.world.us), program.config
        walk_since = to_iso(now - WALK_LASTS)
        due = [
            (kind, accounts[row.account_id].name, row)
            for row in rows
            for kind in self._due(config, row, accounts[row.account_id], walk_since)
        ]
        if not due:
            return
        troubles = Troubles(store.connection, config, now=now)
        named = {(t.kind, t.account): t for t in troubles.found()}
        told = {kind: self._told(store, troubles, kind) for kind, _, _ in due}
        for kind, name, row in due:
            program.report.done[f"shown and named: {kind}"] += 1
            trouble = named.get((kind, name))
            if trouble is None or not (trouble.wrong or kind in NOTABLE):
                raise Broken(f"{name}: {row} may show something, and {kind} is not named")
            if name not in told[kind] and kind not in NOTABLE:
                raise Broken(f"{name}: {row} may show something, and nobody is told of {kind}")

    @staticmethod
    def _told(store: Store, troubles: Troubles, kind: str) -> set[str]:
        """Return the accounts of which people are told a kind of trouble."""
        if not kind_of(kind).event:
            return set()
        query, values = troubles.events(kind)
        rows = store.connection.execute(query, values)
        return {json.loads(facts)["account"] for _, facts, _ in rows}

    @staticmethod
    def _due(
        config: Configuration, row: _Showing, known: _Account, walk_since: str
    ) -> Iterator[str]:
        """Yield the troubles that must name a listing."""
        account = next((a for a in config.accounts if a.name == known.name), None)
        theirs = {w.warehouse_id for w in account.warehouses} if account else set()
        if account is None or row.warehouse not in theirs or not row.arranged:
            yield "not_configured"
            return
        if not account.push or known.watched:
            yield "push_off"
            return
        if row.untargeted:
            if row.unoffered:
                yield "not_offered"
            elif row.left_alone:
                yield "left_alone"
            elif row.linked:
                yield "never_counted"
            elif row.link == "manual" or not row.unmatched_at:
                yield "unlinked_listing"
            elif row.unmatched_at < walk_since:
                yield "unmatched_listing"
        if known.orders:
            yield known.orders
