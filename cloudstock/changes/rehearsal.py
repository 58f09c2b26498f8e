"""One transaction that is carried out whole, or only rehearsed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
