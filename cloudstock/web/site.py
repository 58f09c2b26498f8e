"""What pages and scripts work with: configuration, database, clock, rounds and doors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from cloudstock.redaction import Redactor
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.views import snapshot
from cloudstock.web.access import Access
from cloudstock.web.guard import Caller
from cloudstock.web.rounds import Rounds


@dataclass(slots=True)
class Site:
    """One running server."""

    config: Configuration
    access: Access
    rounds: Rounds
    redact: Redactor
    # "en" or "ru", where a browser asks for neither.
    language: str = "en"
    account_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.account_names = tuple(a.name for a in self.config.accounts)

    @property
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """Open the database to change something; raises `DatabaseError`, `Busy`."""
        with Store.open(self.config.database) as store:
            yield store

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """Open the database to look at it, as it is at one moment; raises `DatabaseError`, `Busy`.

        What was counted or linked since the last push is reckoned in first.
        """
        with self.writing() as store:
            store.catch_up(buffer=self.config.policy.buffer)
            with snapshot(store.connection):
                yield store


def site_of(request: Request) -> Site:
    """Return the server that a request came to."""
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


def caller_of(request: Request) -> Caller:
    """Return who sent a request, as the guard found."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller
