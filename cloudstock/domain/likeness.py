"""What people take for one article though it is written in two ways. Nothing is linked by it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import combining, normalize

# Letters that people and keyboards take for each other: Cyrillic ones for Latin, O for zero.
_LOOK_ALIKE = str.maketrans(
    {
        "а": "a",
        "в": "b",
        "е": "e",
        "ё": "e",
        "з": "3",
        "к": "k",
        "м": "m",
        "н": "h",
        "о": "0",
        "o": "0",
        "р": "p",
        "с": "c",
        "т": "t",
        "у": "y",
        "х": "x",
        "і": "1",
        "i": "1",
        "l": "1",
    }
)
_REST = re.compile(r"[\W_]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
# Of a text so many letters are compared: what that costs grows with the square of them, and of 200
# difflib leaves out those that come often.
LETTERS_COMPARED = 199
# So many are compared letter by letter; those written alike are found among all.
COMPARED = 50_000


def folded(text: str, between: str = "") -> str:
    """Return a text without what people do not see, or do not write, a difference in.

    The forms of Unicode, accents, case, look-alike letters, leading zeros; what stands between
    letters and digits becomes `between`. Folded again it stays as it is.
    """
    if not text.isascii():
        text = normalize("NFKD", text)
        # An accent is a mark of its own now and goes with the blanks, but parts no word.
        text = "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))
    text = _LEADING_ZEROS.sub("", text.casefold().translate(_LOOK_ALIKE))
    return _LEADING_ZEROS.sub("", _REST.sub(between, text)).strip()


def nearest(text: str, names: Iterable[str], *, at_most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return what is written like `text`, then what is most like it; the nearest first.

    `cutoff`: from 0 to 1, how like it must be. Of what is only like it the first `COMPARED` are
    looked at, so the cost grows with what is known, and no faster.
    """
    from difflib import get_close_matches
    from itertools import islice

    text = text[:LETTERS_COMPARED]
    fold = folded(text) or text
    alike: dict[str, None] = {}
    others: dict[str, str] = {}
    for one in names:
        beginning = one[:LETTERS_COMPARED]
        key = folded(beginning) or beginning
        if key == fold:
            alike[one] = None
        elif len(others) < COMPARED:
            others.setdefault(key, one)
    if len(alike) < at_most:
        near = get_close_matches(fold, others, n=at_most - len(alike), cutoff=cutoff)
        alike |= dict.fromkeys(others[key] for key in near)
    return list(islice(alike, at_most))


def likeness(one: str, other: str) -> float:
    """Return how much of the beginnings of two texts is the same, from 0 to 1."""
    from difflib import SequenceMatcher

    if not one or not other:
        return 0.0
    return SequenceMatcher(None, one[:LETTERS_COMPARED], other[:LETTERS_COMPARED]).ratio()


def unlike(one: str, other: str) -> bool:
    """Tell whether two names have no word in common, as far as their beginnings tell.

    Word endings and short words say little. A name without words is unlike none.
    """
    first, second = _stems(one.casefold()), _stems(other.casefold())
    if not first or not second or first & second:
        return False
    return not _stems(folded(one, " ")) & _stems(folded(other, " "))


def _stems(text: str) -> set[str]:
    return {word[:4] for word in text.split() if len(word) > 2}
