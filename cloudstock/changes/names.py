"""What a person typed, found in the database; where it is not there, what looks like it."""

from __future__ import annotations

from collections.abc import Collection

from cloudstock.domain.likeness import nearest
from cloudstock.domain.warehouses import MAIN, QUARANTINE
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.store import Store, warehouses
from cloudstock.store.views import did_you_mean


def countable_warehouses(store: Store, configured: Collection[str] = ()) -> set[str]:
    """Return the warehouses that can be counted: those of the database and of the configuration.

    A database that knows none yet has `main`. Raises `ConfigurationError` where a configured one
    may be one of the database's that was renamed: nothing is counted in it before that is settled.
    """
    warehouses.ask(store.connection, configured)
    rows = store.connection.execute("SELECT name FROM warehouse WHERE removed_at IS NULL")
    return ({r[0] for r in rows} | set(configured)) - {QUARANTINE} or {MAIN}


def meant(name: str | None, warehouses: Collection[str]) -> str | None:
    """Return the warehouse that is meant: of none `main`, or the only one; None: nobody knows."""
    if name is None and MAIN in warehouses:
        return MAIN
    return next(iter(warehouses)) if name is None and len(warehouses) == 1 else name


def warehouse_trouble(name: str | None, warehouses: Collection[str]) -> str | None:
    """Return why a warehouse cannot be counted, None if it can. A `name` of None: see `meant`.

    A mistyped name must not open a warehouse that feeds nothing.
    """
    if name is None:
        return tr(
            "there are several warehouses and none is called {main}; name one: {warehouses}",
            main=MAIN,
            warehouses=", ".join(sorted(warehouses)),
        )
    if name == QUARANTINE:
        return tr(
            "what lies in quarantine is put away or written off as a return (`cloudstock"
            " receive-return`)"
        )
    if name in warehouses:
        return None
    return tr(
        "there is no warehouse {name!r}; known: {warehouses} (a new one is named in the"
        " configuration first)",
        name=name,
        warehouses=", ".join(sorted(warehouses)),
    )


def warehouse(store: Store, name: str | None, configured: Collection[str]) -> tuple[int, str]:
    """Return id and name of a warehouse that may be counted; raises `UsageProblem` for any other.

    None: see `meant`.
    """
    warehouses = countable_warehouses(store, configured)
    name = meant(name, warehouses)
    trouble = warehouse_trouble(name, warehouses)
    if name is None or trouble is not None:
        raise UsageProblem(str(trouble))
    return store.ledger.warehouse(name), name


def warehouse_id(store: Store, name: str, configured: Collection[str] = ()) -> int:
    """Return the id of a warehouse that may be counted; raises `UsageProblem` for any other."""
    return warehouse(store, name, configured)[0]


def account_id(store: Store, name: str) -> int:
    """Return an account's id; raises `UsageProblem` where the database does not know it."""
    ids = store.catalog.account_ids()
    if name not in ids:
        raise UsageProblem(
            tr(
                "the database knows no account {name!r}{hint}",
                name=name,
                hint=did_you_mean(nearest(name, ids)),
            )
        )
    return ids[name]
