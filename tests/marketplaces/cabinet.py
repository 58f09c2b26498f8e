"""What the cabinets in memory have in common: requests come in, are kept, and are answered."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

Json = Any


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    params: dict[str, str]
    body: Json
    size: int = 0


# An answer, or what makes one of a request; None: the usual one after all.
Answer = httpx.Response | Callable[[Request], httpx.Response | None]


@dataclass(kw_only=True)
class AnsweringCabinet(ABC):
    """Keeps what it was asked; a subclass answers."""

    # method, path -> an answer in place of the usual one; those of a list in turn, then the usual.
    override: dict[tuple[str, str], Answer | list[Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._handle)

    def asked(self, ending: str) -> list[Request]:
        """The requests whose path ends so, in their order."""
        return [request for request in self.requests if request.path.endswith(ending)]

    def _handle(self, raw: httpx.Request) -> httpx.Response:
        request = Request(
            raw.method,
            raw.url.path,
            dict(parse_qsl(raw.url.query.decode())),
            json.loads(raw.content) if raw.content else None,
            len(raw.content),
        )
        self.check(raw)
        self.requests.append(request)
        special = self.override.get((request.method, request.path))
        if isinstance(special, list):
            special = special.pop(0) if special else None
        return (special(request) if callable(special) else special) or self.answer(request)

    def check(self, raw: httpx.Request) -> None:
        """Fail for headers that are not what they should be; here any may be."""
        del raw

    @abstractmethod
    def answer(self, request: Request) -> httpx.Response:
        """Answer as the marketplace does."""
