"""Keeps credentials out of everything that is told or kept."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from urllib.parse import quote

from cloudstock.domain.texts import UNSEEN

HIDDEN = "***"

# What is shorter could be a word, or a part of a number, of an honest answer. The marketplaces'
# own keys have 36 characters and more.
TELLING_LENGTH = 12
# What is shorter hides nothing: it is guessed at once, and every message has it.
SECRET_MIN = 4
# What is shorter is hidden where it stands alone.
WORD = 8
# A key that is told in pieces is known by one of so many characters, found by a block of it. Only
# what looks like a key has pieces: not the address in which it stands.
PART, BLOCK = 12, 6
_PIECE = re.compile(r"[\w-]{24,}")


# What marketplaces and messengers give out: Ozon's keys, tokens in three parts (Wildberries'),
# bots' and Market's with their number or kind before them, and whatever else nobody would type. No
# configuration is at hand where one was pasted in a wrong place. A token ends where the next one
# begins: looked for from each of many to the end of the text, they would take hours.
_GIVEN_OUT = (
    r"(?<!\w)(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|eyJ(?:(?!-eyJ)[\w-]){8,}+\.[\w-]+\.[\w-]*|(?:bot)?\d{6,12}:[\w-]{30,}|[A-Z]{3,5}:[\w-]{20,}(?::[\w-]+)?"
    r"|(?=[^\W_]*[a-z])(?=[^\W_]*[A-Z])(?=[^\W_]*\d)[A-Za-z0-9]{40,})(?![\w-])"
)


def is_key(text: str) -> bool:
    """Tell whether a text can only be a key that somebody gave out."""
    return re.fullmatch(_GIVEN_OUT, text) is not None


def like_keys(text: str) -> set[str]:
    """Return what can only be a key in a message; but some name their goods so, too."""
    return {match[0] for match in re.finditer(_GIVEN_OUT, text)}


def without_keys(text: str, *, but: Collection[str] = ()) -> str:
    """Return a message without what can only be a key, whoever put it there."""
    return re.sub(_GIVEN_OUT, lambda match: match[0] if match[0] in but else HIDDEN, text)


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
    """Replaces every secret it was told, in whatever form a text could hold it.

    Also where signs that nobody sees part it, and where it is told in pieces of `PART` characters
    or more. What is shorter than `WORD` is hidden only where it stands alone: an honest message
    would lose its letters.
    """

    def __init__(self, secrets: Iterable[Secret] = (), *, unseen: str = UNSEEN) -> None:
        # A pattern of one sign that may part a secret.
        self._unseen = unseen
        self._forms: tuple[str, ...] = ()
        self._pieces: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """Hide these from now on."""
        secrets = [s for s in secrets if len(s.reveal()) >= SECRET_MIN]
        all_forms = set(self._forms).union(*(forms(s) for s in secrets))
        # The longest first: one secret may be the beginning of another.
        self._forms = tuple(sorted(all_forms, key=len, reverse=True))
        pieces = (p for s in secrets for p in _PIECE.findall(s.reveal()))
        self._pieces = tuple(dict.fromkeys((*self._pieces, *pieces)))

    def __call__(self, text: str) -> str:
        """Return the text without secrets; the same object where it holds none."""
        for form in self._forms:
            if form in text:
                alone = rf"(?<!\w){re.escape(form)}(?!\w)"
                whole = len(form) >= WORD
                text = text.replace(form, HIDDEN) if whole else re.sub(alone, HIDDEN, text)
        text = self._parted(text)
        for piece in self._pieces:
            text = _without_parts(text, piece)
        return text

    def _parted(self, text: str) -> str:
        """Return the text without secrets that have unseen signs in them."""
        # What is printable and escapes nothing has none, which is quickly seen.
        if (text.isprintable() and "\\" not in text) or re.search(self._unseen, text) is None:
            return text
        visible = re.sub(self._unseen, "", text)
        for form in self._forms:
            if len(form) >= WORD and form in visible:
                gap = f"(?:{self._unseen})*"
                text = re.sub(gap.join(map(re.escape, form)), HIDDEN, text)
        return text


class BodyRedactor:
    """Takes secrets out of answers before anything is read from them.

    Whatever an answer says may end in the database: a name, a status, the reason of a refusal. A
    server or a proxy that repeats the key it was sent must not put it there.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        telling = (s for s in secrets if len(s.reveal()) >= TELLING_LENGTH)
        self._redact = Redactor(telling, unseen=rf"{UNSEEN}|\\(?:[bfnrt]|u00[01][0-9a-fA-F])")

    def __call__(self, body: bytes) -> bytes:
        """Return the body without secrets: the same object where it holds none."""
        text = body.decode("utf-8", "surrogateescape")
        clean = self._redact(text)
        return body if clean is text else clean.encode("utf-8", "surrogateescape")


def _without_parts(text: str, piece: str) -> str:
    """Return the text without runs of `PART` characters or more of a secret's piece."""
    for start in range(0, len(piece) - BLOCK + 1, BLOCK):
        block = piece[start : start + BLOCK]
        others: list[str] = []
        end, at = 0, text.find(block)
        while at >= 0:
            first, last = _grown(text, piece, at, start)
            if last - first >= PART:
                others += [text[end : max(first, end)], HIDDEN]
                end = last
            at = text.find(block, max(end, at + 1))
        if others:
            # At once: a text of nothing but pieces would be copied for each of them.
            text = "".join([*others, text[end:]])
    return text


def _grown(text: str, piece: str, at: int, start: int) -> tuple[int, int]:
    """Return where a run of the piece begins and ends in the text around one of its blocks."""
    first, last = at, at + BLOCK
    from_, to = start, start + BLOCK
    while first and from_ and text[first - 1] == piece[from_ - 1]:
        first, from_ = first - 1, from_ - 1
    while last < len(text) and to < len(piece) and text[last] == piece[to]:
        last, to = last + 1, to + 1
    return first, last
