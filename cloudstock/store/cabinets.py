"""Which account of the database each configured one is: its cabinet decides, and then its name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cloudstock.errors import ConfigurationError
from cloudstock.language import tr
from cloudstock.settings import Account


class _Row(NamedTuple):
    id: int
    name: str
    marketplace: str
    # None: not known yet.
    cabinet: str | None


def arrange(db: sqlite3.Connection, accounts: Sequence[Account]) -> tuple[tuple[str, str], ...]:
    """Give each configured account its row; return (earlier name, name) of those renamed.

    A row goes where its cabinet is, whatever that is called now; one whose cabinet is not known, or
    whose account does not tell it, stays with its name. Raises `ConfigurationError` where a name
    would pass from one cabinet to another that is none of those.
    """
    rows = [_Row(*r) for r in db.execute("SELECT id, name, marketplace, cabinet FROM account")]
    by_cabinet = {(r.marketplace, r.cabinet): r for r in rows if r.cabinet}
    ours = {a.name: r for a in accounts if (r := by_cabinet.get((a.marketplace, a.cabinet)))}
    moved = {r.id for r in ours.values()}
    by_name = {r.name: r for r in rows if r.id not in moved}
    problems = []
    for account in accounts:
        row = by_name.get(account.name)
        if row is None:
            continue
        if account.name not in ours and _may_be(row, account):
            ours[account.name] = row
        elif _has_history(db, row):
            problems.append(_refused(db, row, account))
        else:
            # A mistyped id, put right before anything was read.
            _forget(db, row)
    if problems:
        raise ConfigurationError("\n".join(problems))
    renamed = {row: name for name, row in ours.items() if row.name != name}
    if renamed:
        _rename(db, renamed)
    db.executemany(
        "INSERT INTO account (name, marketplace, cabinet) VALUES (?, ?, nullif(?, ''))"
        " ON CONFLICT (name) DO UPDATE SET cabinet = excluded.cabinet"
        " WHERE cabinet IS NULL AND excluded.cabinet IS NOT NULL",
        [(a.name, a.marketplace, a.cabinet) for a in accounts],
    )
    return tuple((row.name, name) for row, name in renamed.items())


def is_settled(db: sqlite3.Connection, accounts: Sequence[Account]) -> bool:
    """Tell whether every account that the database knows has its name already."""
    rows = {
        r[0]: (r[1], r[2]) for r in db.execute("SELECT name, marketplace, cabinet FROM account")
    }
    cabinets = set(rows.values())
    return all(
        rows[a.name] in ((a.marketplace, None), (a.marketplace, a.cabinet or rows[a.name][1]))
        if a.name in rows
        else (a.marketplace, a.cabinet) not in cabinets
        for a in accounts
    )


def was_called(before: str, name: str) -> str:
    """Return the sentence on an account that was renamed."""
    return tr(
        "{name}: this is the account that was called {before}; its history goes on",
        name=name,
        before=before,
    )


def _may_be(row: _Row, account: Account) -> bool:
    """Tell whether an account may be the one that had its name before."""
    identified = row.cabinet and account.cabinet
    return row.marketplace == account.marketplace and not identified


def _has_history(db: sqlite3.Connection, row: _Row) -> bool:
    tables = ("listing", "orders", "returns")
    any_of = " OR ".join(f"EXISTS (SELECT 1 FROM {t} WHERE account_id = ?1)" for t in tables)
    return bool(db.execute(f"SELECT {any_of}", (row.id,)).fetchone()[0])


def _refused(db: sqlite3.Connection, row: _Row, account: Account) -> str:
    listings = db.execute(
        "SELECT count(*) FROM listing WHERE account_id = ?", (row.id,)
    ).fetchone()[0]
    unknown = tr("(id not known)")
    return tr(
        "accounts.{name}: this name stands for cabinet {before} of {marketplace_before} (listings:"
        " {listings}), and now it is given to cabinet {cabinet} of {marketplace}. Give the new"
        " cabinet another name, or put the id and key of the old one back. Nothing was read or"
        " sent",
        name=account.name,
        before=row.cabinet or unknown,
        marketplace_before=row.marketplace,
        listings=listings,
        cabinet=account.cabinet or unknown,
        marketplace=account.marketplace,
    )


def _forget(db: sqlite3.Connection, row: _Row) -> None:
    """Delete an account that never had a listing or a document, and what was noted of it."""
    references = db.execute(
        "SELECT m.name, f.[from] FROM sqlite_schema m CROSS JOIN pragma_foreign_key_list(m.name) f"
        " WHERE m.type = 'table' AND f.[table] = 'account'"
    ).fetchall()
    for table, column in references:
        db.execute(f"DELETE FROM {table} WHERE {column} = ?", (row.id,))
    db.execute("DELETE FROM account WHERE id = ?", (row.id,))


def _rename(db: sqlite3.Connection, renamed: Mapping[_Row, str]) -> None:
    """Give rows their new names, which some of them may be taking from one another."""
    _name(db, ((f"{row.name}#{row.id}", row.id) for row in renamed))
    _name(db, ((name, row.id) for row, name in renamed.items()))
    # What people will be told is over, they are told by the name of today.
    names = json.dumps({row.name: name for row, name in renamed.items()})
    db.execute(
        "UPDATE notice SET facts = json_set(facts, '$.account',"
        " (SELECT value FROM json_each(?1) WHERE key = facts ->> '$.account'))"
        " WHERE end_told_at IS NULL AND facts ->> '$.account' IN (SELECT key FROM json_each(?1))",
        (names,),
    )


def _name(db: sqlite3.Connection, names: Iterable[tuple[str, int]]) -> None:
    db.executemany("UPDATE account SET name = ? WHERE id = ?", names)
