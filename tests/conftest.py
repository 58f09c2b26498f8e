"""No test reaches the real network, a person's home or the environment of the one who runs it.

And none leaves a database open.
"""

from __future__ import annotations

import functools
import gc
import os
import socket
import sqlite3
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from cloudstock import language, store

# How long an example takes says how busy the machine is.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")
settings.register_profile("few", settings.get_profile("default"), max_examples=20)

# Variables that change what the program does, or where it would look.
CLEARED = ("CLOUDSTOCK_", "XDG_", "OZON_", "WB_", "YM_")

# Of several seconds a test: at the end, one would be waited for by all the other processes.
LONG = ("benchmarks", "fire", "simulation", "system/test_replica.py", "test_deploy_script.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones."""
    items.sort(key=lambda item: not item.nodeid.startswith(tuple(f"tests/{n}" for n in LONG)))


def pytest_collection_finish() -> None:
    """Look for cycles seldom, and not among what stays to the end: it took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh, empty home, for this process and those it starts."""
    folder = tmp_path_factory.mktemp("home")
    for name in os.environ:
        if name.startswith(CLEARED):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSTOCK_LANG", "en")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return folder


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """What a test has the program speak ends with it."""
    yield
    language.use("en")


@pytest.fixture(autouse=True, scope="session")
def new_databases_are_copies() -> Iterator[None]:
    """A new database is a copy of one that all steps of the schema have made.

    They take a tenth of a second, and most tests begin with an empty database. Those of the steps
    themselves make theirs anew: `tests/store/test_schema.py`.
    """
    steps = store.migrate
    # A page that begins a database does so in a thread of its own.
    place = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with closing(place) as made:
        steps(made, "a new database")

        def copied(connection: sqlite3.Connection, name: str, **also: Any) -> None:
            if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
                made.backup(connection)
            steps(connection, name, **also)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "migrate", copied)
            yield


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Connections and look-ups beyond this machine fail at once, with the address in the error."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _names_local_only(socket.getaddrinfo))
        yield


@dataclass(frozen=True)
class Opened:
    """Where a SQLite connection was opened."""

    thread: int
    place: str


@pytest.fixture(autouse=True, scope="session")
def books() -> Iterator[dict[int, Opened]]:
    """The connections to database files that are open now, by their ids; none is at the end.

    Python 3.13 warns of forgotten ones, but whenever it collects them: then some other test fails.
    Here they are found under every Python, with the line that opened them. Those in memory hold
    nothing that another could miss.
    """
    books: dict[int, Opened] = {}

    class Watched(sqlite3.Connection):
        def __init__(self, database: Any, *args: Any, **options: Any) -> None:
            super().__init__(database, *args, **options)
            if database != ":memory:":
                place = "".join(traceback.format_stack(limit=6)[:-1])
                books[id(self)] = Opened(threading.get_ident(), place)

        def close(self) -> None:
            super().close()
            books.pop(id(self), None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Watched))
        yield books
    assert not books, _left_open(books.values())


@pytest.fixture(autouse=True)
def closed_books(books: dict[int, Opened]) -> Iterator[None]:
    """What a test opens it closes; servers that outlive it may be at work in their threads."""
    before, thread = set(books), threading.get_ident()
    yield
    left = [b for each, b in books.items() if each not in before and b.thread == thread]
    assert not left, _left_open(left)


def _left_open(books: Iterable[Opened]) -> str:
    return "\n".join(["left open:", *(b.place for b in books)])


def _local_only(method: Any) -> Any:
    def guarded(self: socket.socket, *args: Any) -> Any:
        # The address comes last in all three.
        if self.family != socket.AF_UNIX and not _is_local(args[-1][0]):
            pytest.fail(f"a test wanted to reach {args[-1]}")
        return method(self, *args)

    return guarded


def _names_local_only(method: Any) -> Any:
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        if host is not None and not _is_local(host):
            pytest.fail(f"a test wanted to look up {host}")
        return method(host, *args, **options)

    return guarded


def _is_local(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return name in ("", "localhost") or ip_address(name).is_loopback
    except ValueError:
        return False
