"""Who may: sessions, tokens against forged forms, the password and the token of scripts."""

from __future__ import annotations

import asyncio
import binascii
import hashlib
import hmac
import re
import secrets
import threading
import time
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from cloudstock.settings import Web
from cloudstock.web.passwords import matches
from cloudstock.web.tries import Tries

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# A session ends when nobody used it for this long, and however it is used after a longer time.
IDLE_S = 12 * 3600.0
SESSION_S = 7 * 24 * 3600.0
SESSIONS_MAX = 1000


class Note(NamedTuple):
    """What a visitor is told next."""

    sentence: str
    # The change that it tells of, which can be taken back; None: of none.
    change: int | None = None


# Notes that wait to be shown, for so many visitors.
NOTES_MAX = 1000
# Forms that were taken, of which the latest are known.
FORMS_MAX = 10_000


@dataclass(slots=True)
class _Session:
    began: float
    used: float


@dataclass(slots=True)
class Access:
    """The doors of one running server. Everything is in memory: a restart signs everybody out."""

    web: Web
    monotonic: Callable[[], float] = time.monotonic
    # Given a password and the hash that is kept.
    matches: Callable[[str, str], bool] = matches
    # Signs the tokens of forms; of this process alone.
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _sessions: OrderedDict[bytes, _Session] = field(default_factory=OrderedDict, repr=False)
    _notes: OrderedDict[str, Note] = field(default_factory=OrderedDict, repr=False)
    _taken: OrderedDict[str, None] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    # One at a time, for each takes 32 MiB; in a thread of its own, for pages wait for no try.
    _weigher: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "password"), repr=False
    )
    tries: Tries = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.tries = Tries(self.monotonic)

    # ------------------------------------------------------------ visitors

    @property
    def needs_password(self) -> bool:
        """True where nobody is let in without one (or without a script's token)."""
        return self.web.password_hash is not None

    @staticmethod
    def new_token() -> str:
        """Return a visitor's token, for the cookie."""
        return secrets.token_urlsafe(TOKEN_BYTES)

    @staticmethod
    def is_token(text: str) -> bool:
        """Tell whether a cookie's value could be one of ours."""
        return _TOKEN.fullmatch(text) is not None

    def form_token(self, visitor: str) -> str:
        """Return what a form of this visitor's must carry."""
        return hmac.new(self._key, b"form:" + visitor.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, visitor: str, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.form_token(visitor).encode(), given.encode())

    # ------------------------------------------------------------ sessions

    def sign_in(self) -> str:
        """Begin a session and return its token, which no one has seen before."""
        visitor, now = self.new_token(), self.monotonic()
        with self._lock:
            self._drop_ended(now)
            while len(self._sessions) >= SESSIONS_MAX:
                self._sessions.popitem(last=False)
            self._sessions[_digest(visitor)] = _Session(now, now)
        return visitor

    def signed_in(self, visitor: str) -> bool:
        """Tell whether a visitor's session goes on, and keep it going."""
        key, now = _digest(visitor), self.monotonic()
        with self._lock:
            self._drop_ended(now)
            session = self._sessions.get(key)
            if session is None:
                return False
            session.used = now
            self._sessions.move_to_end(key)
            return True

    def sign_out(self, visitor: str) -> None:
        """End a session; whoever has its cookie has nothing."""
        with self._lock:
            self._sessions.pop(_digest(visitor), None)
            self._notes.pop(visitor, None)

    def _drop_ended(self, now: float) -> None:
        ended = [
            key
            for key, s in self._sessions.items()
            if now - s.used > IDLE_S or now - s.began > SESSION_S
        ]
        for key in ended:
            del self._sessions[key]

    # ------------------------------------------------------------ passwords and tokens

    async def is_password(self, password: str, address: str) -> bool:
        """Tell whether it is the password, at one cost for right and wrong.

        `address`: where it comes from. Raises `TriedTooOften`.
        """
        assert self.web.password_hash is not None
        end, right = self.tries.begin(address), False
        try:
            right = await asyncio.get_running_loop().run_in_executor(
                self._weigher, self.matches, password, self.web.password_hash.reveal()
            )
        finally:
            end(right)
        return right

    async def is_authorized(self, header: str, address: str) -> bool:
        """Tell whether an `Authorization` header lets in; raises `TriedTooOften`.

        Whoever has the token waits for nobody's tries.
        """
        scheme, _, credentials = header.partition(" ")
        scheme, given = scheme.lower(), credentials.strip()
        if scheme == "bearer" and self._is_script_token(given):
            return True
        if scheme == "basic" and self.needs_password:
            return await self.is_password(_password_in(given), address)
        self.tries.begin(address)(False)
        return False

    def _is_script_token(self, given: str) -> bool:
        token = self.web.token
        return token is not None and hmac.compare_digest(_digest(given), _digest(token.reveal()))

    # ------------------------------------------------------------ forms that are taken once

    @staticmethod
    def new_mark() -> str:
        """Return what tells a form on a page from all others."""
        return secrets.token_urlsafe(12)

    def is_taken(self, mark: str) -> bool:
        """Tell whether a form was taken, or is being worked on; "": nobody knows."""
        with self._lock:
            return mark in self._taken

    def take(self, mark: str) -> bool:
        """Take a form; False where it is taken already."""
        with self._lock:
            if mark in self._taken:
                return False
            self._taken[mark] = None
            while len(self._taken) > FORMS_MAX:
                self._taken.popitem(last=False)
            return True

    def give_back(self, mark: str) -> None:
        """Let a form be sent again: nothing came of it."""
        with self._lock:
            self._taken.pop(mark, None)

    # ------------------------------------------------------------ what a visitor is told next

    def leave_note(self, visitor: str, note: Note) -> None:
        """Keep a note for the visitor's next page."""
        with self._lock:
            self._notes[visitor] = note
            while len(self._notes) > NOTES_MAX:
                self._notes.popitem(last=False)

    def take_note(self, visitor: str) -> Note | None:
        """Return what was left for the visitor, once."""
        with self._lock:
            return self._notes.pop(visitor, None)


def _password_in(credentials: str) -> str:
    """Return the password in the credentials of HTTP's `Basic`; "" where there is none."""
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _digest(text: str) -> bytes:
    # Of one length, and not the secret itself where a comparison or a table's order could tell.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
