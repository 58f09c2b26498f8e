"""A hand in a sandbox that runs: its own verbs, asked over HTTP as anybody may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_S = 30.0
EMPTY: Mapping[str, str] = MappingProxyType({})


class NoSandbox(Exception):
    """Nothing answers at the address, or nothing that is a sandbox."""


class NotDone(Exception):
    """The sandbox cannot do it; the message is its own, in English.

    `text` and `values`: what it is made of, where that is marked for translation; else "" and {}.
    """

    def __init__(self, message: str, text: str = "", values: Mapping[str, str] = EMPTY) -> None:
        super().__init__(message)
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Hand:
    """Asks the sandbox at a loopback address; methods raise `NoSandbox` and `NotDone`."""

    url: str

    def get(self, path: str) -> bytes:
        """Return what is there."""
        return self._ask("GET", path, None)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Have something done; return what the sandbox says of it."""
        answer: dict[str, Any] = json.loads(self._ask("POST", path, body))
        return answer

    def find(self) -> None:
        """Raise `NoSandbox` unless one answers."""
        try:
            overview = json.loads(self.get(""))
        except (ValueError, NotDone):
            raise NoSandbox(self.url) from None
        if not isinstance(overview, dict) or "accounts" not in overview:
            raise NoSandbox(self.url)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> bytes:
        request = Request(  # noqa: S310 - a loopback address
            f"{self.url}/_sandbox/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            # No proxy stands between a machine and itself.
            with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            raise _reason(error) from None
        except (OSError, HTTPException) as error:
            raise NoSandbox(self.url) from error


def _reason(error: HTTPError) -> NotDone:
    try:
        told = json.loads(error.read())
        return NotDone(str(told["error"]), told.get("text", ""), told.get("values", {}))
    except (ValueError, KeyError, TypeError):
        return NotDone(f"HTTP {error.code}")
