"""Values that a shell may complete: those that the configuration and the database know.

Where anything is missing or wrong there are none: whoever types must not be disturbed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from cloudstock.settings import Configuration

# Words that are offered at once; a longer list helps nobody.
OFFERED = 200
# The database may be busy; a person does not wait for it.
BUSY_TIMEOUT_S = 0.2


def accounts(context: typer.Context) -> list[str]:
    """Return the names of the configured accounts."""
    configuration = _configuration(context)
    return [] if configuration is None else sorted(a.name for a in configuration.accounts)


def sources(context: typer.Context) -> list[str]:
    """Return the names of the configured sources."""
    configuration = _configuration(context)
    return [] if configuration is None else sorted(configuration.sources)


def accounts_ever(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of accounts that are configured or were."""
    stored = _stored(
        context,
        "SELECT name FROM account WHERE name >= ? AND name < ? ORDER BY name LIMIT ?",
        incomplete,
    )
    return sorted({*accounts(context), *stored})


def skus(context: typer.Context, incomplete: str) -> list[str]:
    """Return articles that begin so."""
    return _stored(
        context,
        "SELECT sku FROM product WHERE sku >= ? AND sku < ? ORDER BY sku LIMIT ?",
        incomplete,
    )


def skus_and_numbers(context: typer.Context, incomplete: str) -> list[str]:
    """Return articles that begin so where an article is due: every other word is a number."""
    return [] if len(context.params.get("more") or ()) % 2 else skus(context, incomplete)


def skus_and_policies(context: typer.Context, incomplete: str) -> list[str]:
    """Return articles that begin so and, after the first, ways to share units; one ends the line.

    None where the accounts' own is asked for.
    """
    from cloudstock.domain.policies import Policy

    words: list[str] = list(context.params.get("words") or ())
    if len(words) > 1 and words[-1] in set(Policy):
        return []
    offered = [] if context.params.get("default") or not words else [*Policy]
    return [*skus(context, incomplete), *offered]


def listings(context: typer.Context, incomplete: str) -> list[str]:
    """Return articles of listings that begin so, of the accounts that the line names."""
    named = _given(context, "accounts") or []
    which = f" AND a.name IN ({', '.join('?' * len(named))})" if named else ""
    return _stored(
        context,
        "SELECT DISTINCT l.offer_id FROM account a CROSS JOIN listing l ON l.account_id = a.id"
        f" WHERE l.offer_id >= ? AND l.offer_id < ?{which} ORDER BY l.offer_id LIMIT ?",
        incomplete,
        *named,
    )


def changes(context: typer.Context, incomplete: str) -> list[str]:
    """Return numbers of changes that can be taken back, the newest first."""
    numbers = _stored(
        context,
        "SELECT c.id FROM change c WHERE c.undone_by IS NULL AND ? <= ? ORDER BY c.id DESC LIMIT ?",
        "",
    )
    return [str(number) for number in numbers if str(number).startswith(incomplete)]


def orders(context: typer.Context, incomplete: str) -> list[str]:
    """Return ids that begin so of orders of which something is awaited."""
    return _stored(
        context,
        "SELECT DISTINCT o.order_id FROM away w CROSS JOIN orders o ON o.id = w.orders_id"
        " WHERE o.order_id >= ? AND o.order_id < ? ORDER BY o.order_id LIMIT ?",
        incomplete,
    )


def returns(context: typer.Context, incomplete: str) -> list[str]:
    """Return ids that begin so of returns that wait."""
    return _stored(
        context,
        "SELECT return_id FROM returns WHERE waiting > 0"
        " AND return_id >= ? AND return_id < ? ORDER BY return_id LIMIT ?",
        incomplete,
    )


def warehouses(context: typer.Context, incomplete: str) -> list[str]:
    """Return names of warehouses: those that the configuration or the database has."""
    configuration = _configuration(context)
    configured = () if configuration is None else configuration.warehouse_names
    stored = _stored(
        context,
        "SELECT name FROM warehouse WHERE id <> 0 AND removed_at IS NULL"
        " AND name >= ? AND name < ? LIMIT ?",
        incomplete,
    )
    return sorted({*stored, *configured})


def _given(context: typer.Context, name: str) -> Any:
    """Return the value of an option of all commands, after the command's name or before it."""
    before = None if context.parent is None else context.parent.params.get(name)
    return context.params.get(name) or before


def _configuration(context: typer.Context) -> Configuration | None:
    from cloudstock.config.file import find_config
    from cloudstock.config.loading import load
    from cloudstock.errors import CloudstockError

    try:
        path = find_config(_given(context, "config"), os.environ, Path.cwd())
        return load(path, _AnyVariable()).configuration
    except (CloudstockError, OSError):
        return None


def _stored(context: typer.Context, sql: str, begun: str, *values: str) -> list[str]:
    """Return the first column of what the database answers; nothing where there is none."""
    import sqlite3
    from urllib.parse import quote

    configuration = _configuration(context)
    if configuration is None:
        return []
    # Read only: looking makes no database and changes none.
    where = f"file:{quote(bytes(Path(configuration.database).resolve()))}?mode=ro"
    bounds = (begun, f"{begun}\U0010ffff")
    try:
        with closing(sqlite3.connect(where, uri=True, timeout=BUSY_TIMEOUT_S)) as database:
            return [r[0] for r in database.execute(sql, (*bounds, *values, OFFERED))]
    except (sqlite3.Error, UnicodeError):
        return []


class _AnyVariable(Mapping[str, str]):
    """An environment in which no variable is missing: keys are not needed to complete a line."""

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name, "1")

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)
