"""No test reaches the real network, a person's home or the environment of the one who runs it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from cloudstock import language

# Variables that change what the program does, or where it would look.
CLEARED = ("CLOUDSTOCK_", "XDG_", "OZON_", "WB_", "YM_")


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
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return folder


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """What a test has the program speak ends with it."""
    yield
    language.use("en")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Connections and look-ups beyond this machine fail at once, with the address in the error."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _names_local_only(socket.getaddrinfo))
        yield


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
