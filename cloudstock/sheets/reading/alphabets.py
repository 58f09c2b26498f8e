"""Tells in which encoding bytes are Russian or Ukrainian text, where that is certain.

One-byte encodings give nearly every byte a sign, so "it decodes" proves nothing. What does: that
all signs are those of such text, that letters come as often as in the language, that capitals begin
words, and that no other reading is nearly as good. It is reckoned from the numbers of bytes and of
pairs in as much text as is enough; of what follows only the signs are looked at.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

# Letters in so many of a thousand of a text; what has none comes in names and words from abroad.
_OFTEN: Final = {
    "о": 109,
    "е": 84,
    "а": 80,
    "и": 73,
    "н": 67,
    "т": 62,
    "с": 54,
    "р": 47,
    "в": 45,
    "л": 43,
    "к": 34,
    "м": 32,
    "д": 29,
    "п": 28,
    "у": 26,
    "я": 20,
    "ы": 18,
    "ь": 17,
    "г": 16,
    "з": 16,
    "б": 15,
    "ч": 14,
    "й": 12,
    "х": 10,
    "ж": 9,
    "ш": 7,
    "ю": 6,
    "ц": 5,
    "щ": 4,
    "э": 3,
    "ф": 3,
    "ъ": 1,
    "ё": 4,
    "і": 50,
    "ї": 6,
    "є": 5,
    "ґ": 2,
}
_LETTERS = frozenset(_OFTEN) | {letter.upper() for letter in _OFTEN}
# Signs that go with them, an apostrophe of Ukrainian words included.
_SIGNS = frozenset("\u00a0«»„“”‘’…–—•№§©®™°±·µ€¤¬×÷²√≤≥")
# In thousandths too.
_SIGN_OFTEN = 2.0
# A small letter before a capital, as in "кВА": seldom, while text of KOI8-R that is taken for
# Windows-1251 is full of them. In nats, as everything that is compared.
_INVERTED = 4.0
# A reading is certain when it is better than any other by so much: in all, and for each letter.
_BETTER = 5.0
_BETTER_EACH = 0.25
# And when its letters come nearly as often, at least, as if all came alike.
_AT_LEAST = -math.log(len(_OFTEN)) - 0.3
# Bytes beyond ASCII, and bytes in all at once.
_ENOUGH = 200_000
_PIECE = 1 << 16

CANDIDATES = ("cp1251", "cp866", "koi8-r")
_LATIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Classes of bytes: small and capital letters of the alphabet, Latin ones, everything else.
_SMALL, _CAPITAL, _OTHER_LETTER, _NO_LETTER = b"sco "


class _Reading:
    """The bytes of a file as one encoding would have them."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._signs = [bytes([b]).decode(encoding, "replace") for b in range(256)]
        self._classes = bytes(
            _OTHER_LETTER
            if byte in _LATIN
            else _NO_LETTER
            if sign not in _LETTERS
            else _SMALL
            if sign.islower()
            else _CAPITAL
            for byte, sign in enumerate(self._signs)
        )
        self._text = bytes(
            byte
            for byte, sign in enumerate(self._signs)
            if byte < 128 or sign in _LETTERS or sign in _SIGNS
        )
        self._inverted = self._mixed = self._words = 0
        self._last = b""

    def is_text(self, chunk: bytes) -> bool:
        """Tell whether bytes have no other signs than a text of this alphabet."""
        return not chunk.translate(None, self._text)

    def add(self, chunk: bytes) -> None:
        classes = self._last + chunk.translate(self._classes)
        self._last = classes[-1:]
        self._inverted += classes.count(b"sc")
        # Of the letters' neighbours each is of another alphabet, or none.
        for small_or_capital in (b"s", b"c"):
            self._mixed += classes.count(b"o" + small_or_capital)
            self._mixed += classes.count(small_or_capital + b"o")
            self._words += classes.count(b" " + small_or_capital)

    def likelihood(self, counts: Counter[int]) -> tuple[float, float, int]:
        """Return how likely text of so many bytes is, each letter of it, and its letters."""
        letters = Counter[str]()
        for byte, count in counts.items():
            letters[self._signs[byte].lower()] += count
        signs = sum(letters.pop(sign, 0) for sign in _SIGNS)
        count = letters.total()
        nats = sum(n * math.log(_OFTEN[letter] / 1000) for letter, n in letters.items())
        each = nats / count if count else -math.inf
        # Western text becomes words of two alphabets.
        if 2 * self._mixed > self._words:
            each = -math.inf
        whole = nats - self._inverted * _INVERTED + signs * math.log(_SIGN_OFTEN / 1000)
        return whole, each, count


def readings(chunks: Iterable[bytes]) -> tuple[str | None, list[str]]:
    """Return the encoding that the bytes are certainly in, if any, and all that are possible."""
    counts = Counter[int]()
    candidates = [_Reading(encoding) for encoding in CANDIDATES]
    for chunk in chunks:
        candidates = [c for c in candidates if c.is_text(chunk)]
        for at in range(0, len(chunk), _PIECE):
            if counts.total() >= _ENOUGH:
                break
            piece = chunk[at : at + _PIECE]
            counts.update(piece.translate(None, bytes(range(128))))
            for candidate in candidates:
                candidate.add(piece)
    likely = [(c.likelihood(counts), c.encoding) for c in candidates]
    likely = sorted((reading for reading in likely if reading[0][1] > -math.inf), reverse=True)
    possible = [encoding for _, encoding in likely]
    if not likely:
        return None, possible
    (nats, each, letters), best = likely[0]
    margin = max(_BETTER, _BETTER_EACH * letters)
    certain = each >= _AT_LEAST and all(nats - other >= margin for (other, _, _), _ in likely[1:])
    return (best if certain else None), possible
