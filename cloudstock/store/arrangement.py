"""What the configuration and the marketplaces say of accounts and their warehouses."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.settings import Account, warehouse_names
from cloudstock.store import cabinets, closed, dividing, sharing, warehouses, watching
from cloudstock.store.catalog import Catalog
from cloudstock.store.times import from_iso, to_iso


class Arranged(NamedTuple):
    """What the configuration's accounts are in the database."""

    # By the name of each.
    ids: dict[str, int]
    # (earlier name, name) of accounts that are called otherwise than before.
    renamed: tuple[tuple[str, str], ...]
    # Marketplace warehouses that another one of ours feeds now.
    remapped: tuple[warehouses.Remapped, ...]
    # Accounts whose products are shared in another way, where units move through zero for it.
    redivided: tuple[dividing.Redivided, ...]


def _shared(warehouse: Sequence[object]) -> str:
    """Tell how what `arrange` writes of a warehouse shares its products."""
    _, _, _, share_percent, _, policy, _ = warehouse
    return f"{policy}" if share_percent == 100 else f"{policy} {share_percent}%"


class Arrangement:
    """The `account`, `account_warehouse`, `marketplace_warehouse` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def arrange(
        self, accounts: Sequence[Account], *, ceilings: Mapping[str, int], now: datetime
    ) -> Arranged:
        """Write the accounts, their warehouses and policies as configured.

        `ceilings`: the largest quantity each marketplace takes. Targets of pairs whose policy
        changed are computed anew; pairs that are no longer configured keep what is known of
        them but have no target. `now`: since when an account is watched, or pushed again. Raises
        `ConfigurationError` where a name stands for another cabinet than before, or a warehouse may
        have been renamed.
        """
        renamed = cabinets.arrange(self._db, accounts)
        warehouses.ask(self._db, warehouse_names(accounts), accounts)
        ids = Catalog(self._db).account_ids()
        self._db.executemany(
            "UPDATE account SET push = p.push, push_since = ?2 FROM (SELECT iif(paused_at IS NULL,"
            " ?1, 'off') AS push FROM account WHERE id = ?3) AS p WHERE id = ?3"
            " AND account.push <> p.push",
            [("on" if a.push else "off", to_iso(now), ids[a.name]) for a in accounts],
        )
        want = {}
        for place, account in enumerate(accounts, start=1):
            for link in account.warehouses:
                warehouse_id = self._warehouse(link.feeds_from)
                want[ids[account.name], link.warehouse_id] = (
                    warehouse_id,
                    account.policy.buffer,
                    account.policy.max_quantity,
                    account.policy.share_percent * link.share_percent // 100,
                    ceilings[account.marketplace],
                    account.policy.policy,
                    place if account.policy.rank is None else account.policy.rank,
                )
        have = {
            (r[0], r[1]): tuple(r)[2:]
            for r in self._db.execute(
                "SELECT account_id, external_warehouse, warehouse_id, buffer, max_quantity,"
                " share_percent, ceiling, policy, rank FROM account_warehouse"
            )
        }
        for key in have.keys() - want.keys():
            closed.forget(self._db, *key)
            self._db.execute(
                "DELETE FROM account_warehouse WHERE account_id = ? AND external_warehouse = ?", key
            )
            self._db.execute(
                "UPDATE listing_stock SET target = NULL, unmanaged = 'unconfigured'"
                " WHERE account_id = ? AND external_warehouse = ?",
                key,
            )
        remapped: list[warehouses.Remapped] = []
        redivided: list[dividing.Redivided] = []
        names = {account_id: name for name, account_id in ids.items()}
        for key, values in want.items():
            before = have.get(key)
            if before == values:
                continue
            if before is not None and before[0] != values[0]:
                remapped += warehouses.remap(self._db, *key, before[0], values[0], now=now)
            if before is not None and _shared(before) != _shared(values):
                redivided.append(
                    dividing.Redivided(names[key[0]], _shared(before), _shared(values))
                )
            self._db.execute(
                "INSERT INTO account_warehouse (account_id, external_warehouse, warehouse_id,"
                " buffer, max_quantity, share_percent, ceiling, policy, rank)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET warehouse_id = excluded.warehouse_id,"
                " buffer = excluded.buffer, max_quantity = excluded.max_quantity,"
                " share_percent = excluded.share_percent, ceiling = excluded.ceiling,"
                " policy = excluded.policy, rank = excluded.rank",
                (*key, *values),
            )
            self._db.execute(
                "INSERT OR IGNORE INTO dirty SELECT id FROM listing WHERE account_id = ?", key[:1]
            )
            self.open_pairs(key[0])
        sharing.arrange(self._db)
        watching.arrange(self._db, now=now)
        moved = tuple(dict.fromkeys(redivided)) if dividing.anything_divided(self._db) else ()
        return Arranged(ids, renamed, tuple(remapped), moved)

    def pause(self, account_id: int, *, at: datetime | None, now: datetime) -> None:
        """Send nothing to an account from now on; None: what is configured holds, as of a next run.

        A run that is at work sends nothing more, either.
        """
        self._db.execute("UPDATE account SET paused_at = ? WHERE id = ?", (to_iso(at), account_id))
        if at is not None:
            self._db.execute(
                "UPDATE account SET push = 'off', push_since = ? WHERE id = ? AND push <> 'off'",
                (to_iso(now), account_id),
            )
            watching.arrange(self._db, now=now)

    def set_default_buffer(self, buffer: int) -> None:
        """Write how many units are kept back of products that have no buffer of their own."""
        self._db.execute("UPDATE defaults SET buffer = ?1 WHERE buffer <> ?1", (buffer,))

    def set_defaults(self, *, buffer: int, low_days: float | None) -> None:
        """Write what the configuration says of products that say nothing themselves."""
        self.set_default_buffer(buffer)
        self._db.execute("UPDATE defaults SET low_days = ?1 WHERE low_days IS NOT ?1", (low_days,))

    def _warehouse(self, name: str) -> int:
        self._db.execute("INSERT INTO warehouse (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
        return int(
            self._db.execute("SELECT id FROM warehouse WHERE name = ?", (name,)).fetchone()[0]
        )

    def open_pairs(self, account_id: int) -> None:
        """Make the `listing_stock` rows that the account's listings and warehouses ask for."""
        self._db.execute(
            "INSERT INTO listing_stock (listing_id, external_warehouse, account_id)"
            " SELECT l.id, w.external_warehouse, l.account_id FROM listing l"
            " JOIN account_warehouse w ON w.account_id = l.account_id"
            " WHERE l.account_id = ? ON CONFLICT DO NOTHING",
            (account_id,),
        )

    def fed_before(self, account_id: int, theirs: str, at: datetime) -> int | None:
        """Return our warehouse that fed the marketplace's at a moment; None: today's."""
        row = self._db.execute(
            "SELECT warehouse_before FROM account_warehouse WHERE account_id = ?"
            " AND external_warehouse IN (?, '') AND warehouse_since > ?",
            (account_id, theirs, to_iso(at)),
        ).fetchone()
        return None if row is None else int(row[0])

    def save_warehouses(
        self, account_id: int, warehouses: Sequence[MarketplaceWarehouse], *, now: datetime
    ) -> None:
        """Keep the marketplace's word on the seller's warehouses."""
        self._db.execute("DELETE FROM marketplace_warehouse WHERE account_id = ?", (account_id,))
        self._db.executemany(
            # Told twice, the last word counts.
            "INSERT OR REPLACE INTO marketplace_warehouse (account_id, external_warehouse, name,"
            " unusable, stock_group, read_at) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (account_id, w.warehouse_id, w.name, w.unusable, w.group, to_iso(now))
                for w in warehouses
            ],
        )
        sharing.arrange(self._db)
        watching.arrange(self._db, now=now)

    def warehouses_read_at(self, account_id: int) -> datetime | None:
        """Return when the marketplace told of an account's warehouses last."""
        row = self._db.execute(
            "SELECT min(read_at) FROM marketplace_warehouse WHERE account_id = ?", (account_id,)
        ).fetchone()
        at: datetime | None = from_iso(row[0])
        return at

    def sharers(self, account_id: int) -> frozenset[int]:
        """Return the other accounts that sell what this one's pairs show."""
        return sharing.sharers(self._db, account_id)
