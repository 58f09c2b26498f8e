"""A line as bash tells it to a completion: which words it has, and how to write another.

Bash hands over the line as it was typed, quotes and all, and puts an answer in the place of the
last piece of it, which begins after any of the characters in COMP_WORDBREAKS.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

# What bash would take for something else in a word without quotes.
_SPECIAL = frozenset(" \t\"'\\$`!*?[](){}<>|&;~#^")
# And between double quotes, where a backslash is one only before these.
_IN_DOUBLE = frozenset('"\\$`')


@dataclass(frozen=True, slots=True)
class BashLine:
    """The words of a line, as the program would get them."""

    # Those that are finished, the program's own name first.
    words: tuple[str, ...]
    # The one that is typed at, as far as it is typed.
    unfinished: str
    # The quote that it stands in: "", "'" or '"'.
    quote: str
    # What bash leaves of it: the answer goes on from there.
    kept: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> BashLine:
        """Return the line that a completion function was called with."""
        line = os.fsencode(environment.get("COMP_LINE", ""))
        point = environment.get("COMP_POINT", "")
        until = int(point) if point.isascii() and point.isdigit() else len(line)
        return cls.read(
            line[:until].decode(errors="ignore"),
            breaks=environment.get("COMP_WORDBREAKS", " \t\n\"'><=;|&(:"),
        )

    @classmethod
    def read(cls, line: str, *, breaks: str) -> BashLine:
        """Return what a line means up to its end; `breaks`: COMP_WORDBREAKS."""
        words: list[str] = []
        word, quote, kept = "", "", 0
        begun = escaped = False
        for character in line:
            if escaped:
                # Between double quotes, a backslash before anything else is itself.
                plain = quote == '"' and character not in _IN_DOUBLE
                word += f"\\{character}" if plain else character
                escaped = False
            elif character == "\\" and quote != "'":
                escaped = begun = True
            elif quote:
                quote, word = ("", word) if character == quote else (quote, word + character)
            elif character in "'\"":
                quote, begun, kept = character, True, len(word)
            elif character in " \t\n":
                if begun:
                    words.append(word)
                word, begun, kept = "", False, 0
            else:
                word, begun = word + character, True
                if character in breaks:
                    kept = len(word)
        return cls(tuple(words), word, quote, word[:kept])

    def replacements(self, offers: Iterable[str]) -> Iterator[str]:
        """Yield the offers as bash is to write them in the place of the last piece."""
        for offer in offers:
            if not offer.startswith(self.kept):
                continue
            rest = offer[len(self.kept) :]
            if self.quote == "'":
                # Nothing can be written there but as it is.
                if "'" not in rest:
                    yield rest
            elif self.quote == '"':
                # Of a ! there bash makes an event, whatever stands before it.
                if "!" not in rest:
                    yield "".join(f"\\{c}" if c in _IN_DOUBLE else c for c in rest)
            else:
                yield "".join(f"\\{c}" if c in _SPECIAL else c for c in rest)
