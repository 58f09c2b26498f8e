"""One transaction that is carried out whole, or only rehearsed; and kept as one change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from cloudstock.domain.changes import ChangeKind
from cloudstock.store import Store


@contextmanager
def transaction(store: Store, *, dry_run: bool) -> Iterator[None]:
    """Open a transaction; with `dry_run` all is checked and done, and then taken back."""
    with store.transaction():
        store.connection.execute("SAVEPOINT rehearsal")
        yield
        if dry_run:
            store.connection.execute("ROLLBACK TO rehearsal")
        store.connection.execute("RELEASE rehearsal")


@contextmanager
def recorded(
    store: Store,
    kind: ChangeKind,
    *,
    dry_run: bool,
    now: datetime,
    note: str = "",
    subject: str = "",
    undoes: int | None = None,
) -> Iterator[int]:
    """Do so, and keep what is done as one change, which `undo` takes back; yield its number."""
    with (
        transaction(store, dry_run=dry_run),
        store.changes.made(
            kind, now=now, made_by=store.made_by, note=note, subject=subject, undoes=undoes
        ) as number,
    ):
        yield number
