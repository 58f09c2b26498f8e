"""What pages and scripts work with: configuration, database, clock, rounds and doors."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from starlette.requests import Request

from cloudstock.config.loading import load
from cloudstock.errors import Busy, CloudstockError
from cloudstock.language import tr
from cloudstock.logs import event, secrets_of
from cloudstock.redaction import Redactor
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.views import snapshot
from cloudstock.store.views.insight import Insight
from cloudstock.web.access import Access
from cloudstock.web.called import Called
from cloudstock.web.gathered import Gathered
from cloudstock.web.guard import Caller
from cloudstock.web.labels import without_commands
from cloudstock.web.rounds import Rounds
from cloudstock.web.uploads import Uploads

log = logging.getLogger("cloudstock.web")


@dataclass(slots=True)
class Site:
    """One running server."""

    config: Configuration
    access: Access
    rounds: Rounds
    redact: Redactor
    # "en" or "ru", where a browser asks for neither.
    language: str = "en"
    # Why the configuration is not used as its file is now; None: it is.
    outdated: str | None = None
    # Reports, by their days.
    reports: Gathered[int, Insight] = field(default_factory=Gathered)
    # Files that visitors chose and did not count yet.
    uploads: Uploads = field(default_factory=Uploads)
    # The rounds for which marketplaces call.
    called: Called = field(init=False)
    # The file as it was read, by what changes with it.
    _read: tuple[int, ...] | None = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._read = self._file()
        self.called = Called(lambda: self.config, self.follow)

    def _file(self) -> tuple[int, ...] | None:
        try:
            state = self.config.path.stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size, state.st_ino

    def follow(self) -> None:
        """Read the configuration anew where its file changed; one that is wrong changes nothing.

        Who is let in, and where it listens, stays as it was when the server began.
        """
        with self._lock:
            now = self._file()
            if now == self._read:
                return
            try:
                config = load(self.config.path, os.environ).configuration
                with Store.open(config.database) as store:
                    store.settle(config.accounts)
            except Busy:
                # The next request tries again.
                return
            except CloudstockError as error:
                reason = self.redact(str(error))
                self.outdated = tr(
                    "the configuration was changed and cannot be used; what it said before holds:"
                    " {reason}",
                    reason=without_commands(reason).replace(
                        str(self.config.path), self.config.path.name
                    ),
                )
                event(log, logging.WARNING, "web.configuration_wrong", reason=reason)
            else:
                self.redact.learn(secrets_of(config))
                self.outdated = None
                if config.web != self.config.web:
                    self.outdated = tr(
                        "what the configuration says of this server was changed; it holds once the"
                        " server is started anew"
                    )
                self.config = replace(config, web=self.config.web)
                event(log, logging.INFO, "web.configuration_read")
            self._read = now

    def told(self, message: object) -> str:
        """Return a message as pages have it: without the configuration's keys, nor commands."""
        return without_commands(self.redact(str(message)))

    @property
    def account_names(self) -> tuple[str, ...]:
        """The accounts of the configuration."""
        return tuple(a.name for a in self.config.accounts)

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

        What was counted or linked since the last push is reckoned in first. How fast products sell
        is as rounds measured it last: of many orders that takes seconds.
        """
        with self.writing() as store:
            store.catch_up(buffer=self.config.policy.buffer, low=self.config.low)
            with snapshot(store.connection):
                yield store


def site_of(request: Request) -> Site:
    """Return the server that a request came to."""
    site = request.app.state.site
    assert isinstance(site, Site)
    site.follow()
    return site


def caller_of(request: Request) -> Caller:
    """Return who sent a request, as the guard found."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller
