"""Who may: sessions, tokens against forged forms, and how often a password may be tried."""

from __future__ import annotations

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
from dataclasses import dataclass, field

from cloudstock.settings import Secret, Web
from cloudstock.web.passwords import matches

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# A session ends when nobody used it for this long, and however it is used after a longer time.
IDLE_S = 12 * 3600.0
SESSION_S = 7 * 24 * 3600.0
SESSIONS_MAX = 1000

# So many wrong passwords from one address are free; then each doubles the wait.
FREE_TRIES = 5
WAIT_S_FIRST = 2.0
WAIT_S_MAX = 300.0
# A wrong one is forgotten after this long.
FORGET_S = 900.0
ADDRESSES_MAX = 10_000
# How long one try waits for others to be weighed.
QUEUE_S = 5.0

# Sentences that wait to be shown, for so many visitors.
NOTES_MAX = 1000


class TriedTooOften(Exception):
    """Too many wrong passwords: wait, whatever the password."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(slots=True)
class _Session:
    began: float
    used: float


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    last: float = 0.0


@dataclass(slots=True)
class Access:
    """The doors of one running server. Everything is in memory: a restart signs everybody out."""

    web: Web
    monotonic: Callable[[], float] = time.monotonic
    # Signs the tokens of forms; of this process alone.
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _sessions: OrderedDict[bytes, _Session] = field(default_factory=OrderedDict, repr=False)
    _tries: OrderedDict[str, _Tries] = field(default_factory=OrderedDict, repr=False)
    _notes: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)
    # The password that was right, as a code only this process can make: scripts send it with
    # every request, and hashing it each time would cost more than the answer.
    _right: bytes | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    # One at a time: each takes 32 MiB.
    _hashing: threading.Lock = field(default_factory=threading.Lock, repr=False)

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

    def is_password(self, password: str, address: str) -> bool:
        """Tell whether it is the password; raises `TriedTooOften`."""
        assert self.web.password_hash is not None
        code = hmac.new(self._key, b"right:" + password.encode(), hashlib.sha256).digest()
        if self._right is not None and hmac.compare_digest(code, self._right):
            return True
        self._check_tries(address)
        # Who floods the door makes others wait for it, not for the pages behind it.
        if not self._hashing.acquire(timeout=QUEUE_S):
            raise TriedTooOften(QUEUE_S)
        try:
            self._check_tries(address)
            right = matches(password, self.web.password_hash.reveal())
            self._note_try(address, right=right)
        finally:
            self._hashing.release()
        if right:
            self._right = code
        return right

    def is_authorized(self, header: str, address: str) -> bool:
        """Tell whether an `Authorization` header lets in; raises `TriedTooOften`."""
        scheme, _, credentials = header.partition(" ")
        given = credentials.strip()
        match scheme.lower():
            case "bearer" if self.web.token is not None:
                return self._is_script_token(self.web.token, given, address)
            case "basic" if self.needs_password:
                try:
                    name_and_password = b64decode(given, validate=True).decode()
                except (binascii.Error, UnicodeDecodeError):
                    return False
                return self.is_password(name_and_password.partition(":")[2], address)
            case _:
                return False

    def _is_script_token(self, token: Secret, given: str, address: str) -> bool:
        if hmac.compare_digest(_digest(given), _digest(token.reveal())):
            return True
        self._check_tries(address)
        self._note_try(address, right=False)
        return False

    def _check_tries(self, address: str) -> None:
        with self._lock:
            tries = self._tries.get(address)
            if tries is None or tries.wrong < FREE_TRIES:
                return
            # Bounded before the power: a patient guesser must not make a number of a million bits.
            doubled = min(tries.wrong - FREE_TRIES, 30)
            wait = min(WAIT_S_MAX, WAIT_S_FIRST * 2.0**doubled)
            left = tries.last + wait - self.monotonic()
            if left > 0:
                raise TriedTooOften(left)

    def _note_try(self, address: str, *, right: bool) -> None:
        with self._lock:
            if right:
                self._tries.pop(address, None)
                return
            now = self.monotonic()
            tries = self._tries.setdefault(address, _Tries())
            if now - tries.last > FORGET_S:
                tries.wrong = 0
            tries.wrong += 1
            tries.last = now
            self._tries.move_to_end(address)
            while len(self._tries) > ADDRESSES_MAX:
                self._tries.popitem(last=False)

    # ------------------------------------------------------------ what a visitor is told next

    def leave_note(self, visitor: str, sentence: str) -> None:
        """Keep a sentence for the visitor's next page."""
        with self._lock:
            self._notes[visitor] = sentence
            while len(self._notes) > NOTES_MAX:
                self._notes.popitem(last=False)

    def take_note(self, visitor: str) -> str | None:
        """Return what was left for the visitor, once."""
        with self._lock:
            return self._notes.pop(visitor, None)


def _digest(text: str) -> bytes:
    # Of one length, and not the secret itself where a comparison or a table's order could tell.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
