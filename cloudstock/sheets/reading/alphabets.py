"""Tells in which encoding bytes are Russian, Ukrainian or Belarusian text, where that is certain.

One-byte encodings give nearly every byte a sign, so "it decodes" proves nothing. What does: that
all signs are those of such text, that letters come as often as in the language, that capitals begin
words, and that no other reading is nearly as good. It is reckoned from the numbers of bytes and of
pairs in as much text as is enough; of what follows only the signs are looked at.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

# Letters in so many of a thousand of a text; what has none comes in names and words from abroad.
_OFTEN: Final[dict[str, int]] = {
    letter: int(often)
    for letter, often in re.findall(
        "(.)([0-9]+)",
        "о109 е84 а80 и73 н67 т62 с54 р47 в45 л43 к34 м32 д29 п28 у26 я20 ы18 ь17 г16 з16 б15 ч14"
        " й12 х10 ж9 ш7 ю6 ц5 щ4 э3 ф3 ё4 ъ1 і50 ї6 є5 ґ2 ў2",
    )
}
_LETTERS = frozenset(_OFTEN) | {letter.upper() for letter in _OFTEN}
# Signs that go with them, an apostrophe of Ukrainian words included.
_SIGNS = frozenset("\u00a0\u00ad«»„“”‘’‹›…–—•·№§©®™°±µ€¤¬¦¶†‡‰×÷²√≤≥")
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
