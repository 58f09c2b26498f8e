"""What a command works with: the configuration, the database, the clock, and where answers go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cloudstock import progress
from cloudstock.errors import CloudstockError, UsageProblem
from cloudstock.language import tr, use
from cloudstock.language.local import local, use_zone
from cloudstock.log_format import Format

if TYPE_CHECKING:
    from cloudstock.cli.options import Common
    from cloudstock.redaction import Redactor
    from cloudstock.settings import Account, Configuration
    from cloudstock.store import Store


class Run:
    """One run of one command. What it needs is loaded when it is first asked for."""

    def __init__(self, command: str, common: Common) -> None:
        self.command = command
        self.common = common
        # Where it shall be done again and again: the time from one beginning to the next.
        self.every: timedelta | None = None

    @property
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    @property
    def log_format(self) -> Format:
        """How lines on stderr are written."""
        return self.common.log_format or Format.TEXT

    # ------------------------------------------------------------ what it works on

    @cached_property
    def config(self) -> Configuration:
        """The configuration; raises `ConfigurationError`."""
        from cloudstock.config.file import find_config
        from cloudstock.config.loading import load

        loaded = load(
            find_config(self.common.config, os.environ, Path.cwd()),
            os.environ,
            speak=use if self.common.language is None else None,
        )
        use_zone(loaded.configuration.timezone)
        if loaded.warnings:
            self.start_log(loaded.configuration)
            import logging

            for warning in loaded.warnings:
                logging.getLogger("cloudstock.config").warning("%s", warning)
        return loaded.configuration

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts asked for, in the configuration's order; all, where none was named.

        Raises `UsageProblem` for a name that the configuration does not have.
        """
        wanted = self.common.accounts or ()
        names = {a.name for a in self.config.accounts}
        for name in wanted:
            if name not in names:
                raise UsageProblem(
                    tr(
                        "there is no account {name!r} in {path}; it has {names}",
                        name=name,
                        path=self.config.path,
                        names=", ".join(sorted(names)),
                    )
                )
        return tuple(a for a in self.config.accounts if not wanted or a.name in wanted)

    @property
    def account_names(self) -> tuple[str, ...]:
        """The names of the accounts asked for; empty: no one account was asked for."""
        return tuple(a.name for a in self.accounts) if self.common.accounts else ()

    @contextmanager
    def database(self, *, fresh_targets: bool = False, settled: bool = True) -> Iterator[Store]:
        """Open the database; raises `DatabaseError`, also where there is none yet.

        `fresh_targets`: what was counted or linked since the last push is taken in first.
        `settled`: so are names that were changed in the configuration; raises `ConfigurationError`
        where a run would ask about them.
        """
        from cloudstock.store import Store

        with Store.open(self.config.database) as store:
            if settled:
                self._settle(store)
            store.catch_up(
                buffer=self.config.policy.buffer,
                low=self.config.low,
                targets=fresh_targets,
                now=self.now,
            )
            store.made_by = user_name()
            try:
                yield store
            except OSError as error:
                # The store has errors of its own; this is one of who reads our answer.
                raise OutputFailed(error) from error

    def _settle(self, store: Store) -> None:
        renamed = store.settle(self.config.accounts)
        if renamed:
            import logging

            from cloudstock.store.cabinets import was_called

            self.start_log()
            for before, name in renamed:
                logging.getLogger("cloudstock.accounts").warning("%s", was_called(before, name))

    def start_log(self, config: Configuration | None = None) -> Redactor:
        """Send the log to stderr, without the configuration's secrets."""
        from cloudstock import logs
        from cloudstock.redaction import Redactor

        redactor = Redactor(logs.secrets_of(self.config if config is None else config))
        logs.start(
            redactor,
            log_format=self.log_format,
            quiet=self.common.quiet,
            verbose=self.common.verbose,
        )
        return redactor

    def redacted(self, text: str) -> str:
        """Return text without the configuration's secrets, as far as it was read.

        Nor what only a key looks like, unless the database knows goods or documents by it.
        """
        from cloudstock.redaction import Redactor, like_keys, without_keys

        if "config" not in self.__dict__:
            return without_keys(text)
        from cloudstock.logs import secrets_of

        text = Redactor(secrets_of(self.config))(text)
        return without_keys(text, but=self._names_among(like_keys(text)))

    def _names_among(self, words: set[str]) -> set[str]:
        """Return those of some words by which the database knows goods, orders or returns."""
        if not words:
            return set()
        import sqlite3

        from cloudstock.store import Store
        from cloudstock.store.views import known_names

        # Something is wrong already; this may be it.
        with suppress(CloudstockError, sqlite3.Error), Store.open(self.config.database) as store:
            return known_names(store.connection, words)
        return set()

    @property
    def at_terminal(self) -> bool:
        """Whether somebody is there to be asked."""
        return not self.common.json and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def shows(self) -> bool:
        """Whether a person looks at the answer: it has a width, and is not `--quiet`."""
        from cloudstock.render.console import width

        return not self.common.json and not self.common.quiet and width() is not None

    # ------------------------------------------------------------ where answers go

    def answer(self, pieces: Iterable[str]) -> bool:
        """Write the answer to stdout as it comes; tell whether there was any.

        Raises `OutputFailed`, which is no OSError: those that come out of an open store are the
        store's.
        """
        wrote, at_terminal = False, sys.stdout.isatty()
        for piece in pieces:
            wrote = True
            try:
                with progress.hidden(piece) if at_terminal else nullcontext():
                    sys.stdout.write(piece)
            except OSError as error:
                raise OutputFailed(error) from error
        return wrote

    def answer_json(self, value: object) -> None:
        """Write one JSON document to stdout."""
        from cloudstock.render import as_json

        self.answer(as_json.document(value))

    def done(self, *lines: str, **values: object) -> None:
        """Say what was done: in lines for a person, or as JSON with these values."""
        if self.common.json:
            self.answer_json({"command": self.command, "ok": True, **values})
        else:
            self.tell(*lines)

    def tell(self, *lines: str) -> None:
        """Print lines for a person; nothing under `--quiet`."""
        if not self.common.quiet:
            self.answer(f"{line}\n" for line in lines)

    def problem(self, message: str, kind: str = "failed") -> None:
        """Print what went wrong to stderr."""
        tell_problem(self.redacted(message), kind, log_format=self.log_format)


def user_name() -> str:
    """Return who runs this program, as the machine calls them; their number where it does not."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


def need(extra: str) -> None:
    """Raise `CloudstockError` where modules of an optional part are not installed."""
    from cloudstock.installed import how_to_add, lacking

    if missing := lacking(extra):
        raise CloudstockError(
            tr(
                "{module} not installed; run: {command}",
                module=", ".join(missing),
                command=how_to_add(extra),
            )
        )


class OutputFailed(Exception):
    """The answer could not be written."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def tell_problem(message: str, kind: str, *, log_format: str) -> None:
    """Print what went wrong to stderr: a line each, or one JSON line as the log has them.

    `message` is without keys.
    """
    from cloudstock.render.text import strip_controls

    if log_format == "json":
        line: dict[str, object] = {
            "time": local(datetime.now(UTC)).isoformat(timespec="milliseconds"),
            "level": "error",
            "logger": "cloudstock",
            "event": "problem",
            "kind": kind,
            "message": message,
        }
        from cloudstock.render import as_json

        written = as_json.text(line) + "\n"
    else:
        written = "".join(f"cloudstock: {strip_controls(x)}\n" for x in message.splitlines())
    # Where even that cannot be written there is nobody to tell; the exit code still does.
    with suppress(OSError):
        progress.interrupt()
        sys.stderr.write(written)
