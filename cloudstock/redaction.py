"""Keeps credentials out of everything that is told or kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"

# What is shorter could be a word, or a part of a number, of an honest answer. The marketplaces'
# own keys have 36 characters and more.
TELLING_LENGTH = 12


class Secret:
    """A credential that shows itself only when asked: not in repr, str, format or pickles."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def forms(secret: Secret) -> set[str]:
    """Return what a secret may look like: plain, percent-encoded, escaped in JSON and `repr`."""
    plain = secret.reveal()
    in_json = json.dumps(plain)[1:-1]
    # Some encoders escape slashes too.
    slashed = in_json.replace("/", "\\/")
    written = {plain, quote(plain, safe=""), quote(plain), in_json, slashed, repr(plain)[1:-1]}
    return written - {""}


class Redactor:
    """Replaces every secret it was told, in whatever form a text could hold it."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """Hide these from now on."""
        all_forms = set(self._forms).union(*(forms(s) for s in secrets))
        # The longest first: one secret may be the beginning of another.
        self._forms = tuple(sorted(all_forms, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


class BodyRedactor:
    """Takes secrets out of answers before anything is read from them.

    Whatever an answer says may end in the database: a name, a status, the reason of a refusal. A
    server or a proxy that repeats the key it was sent must not put it there.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        hidden = {f for s in secrets if len(s.reveal()) >= TELLING_LENGTH for f in forms(s)}
        self._forms = tuple(f.encode() for f in sorted(hidden, key=len, reverse=True))

    def __call__(self, body: bytes) -> bytes:
        """Return the body without secrets: the same object where it holds none."""
        for form in self._forms:
            if form in body:
                body = body.replace(form, HIDDEN.encode())
        return body
