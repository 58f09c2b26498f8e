"""Elements of which a part has hundreds of thousands, written in the few shapes that programs use.

A pattern reads those in a third of the time that the calls of a parser take. One of another shape
is the parser's, as is everything around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

# How a parser is fed.
Feed = Callable[[bytes], object]

# Of what stands before the first element, and of one that has no end yet.
PIECE_MAX = 1 << 20
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding\s*=\s*["']([^"'>]*)""")
# A comment or a section of characters, in which an element is none.
_OTHERS = (b"<!", b"<?")


class Repeated(Protocol):
    """The handlers of a parser that can also read an element of one name by a pattern."""

    # How its start tag begins, and its end tag.
    start: str
    end: str
    # How many of them the parser has seen the end of.
    ended: int

    def is_due(self) -> bool:
        """Tell whether the parser is where they stand."""

    def take(self, piece: str) -> bool:
        """Read one, given without its end tag; False: nothing was read, it is the parser's."""


class _Left(Exception):
    """From here on all is the parser's."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


def read(chunks: Iterator[bytes], feed: Feed, repeated: Repeated) -> None:
    """Read a part; what the parser gets of it is a whole document all the same."""
    try:
        rest = _begun(chunks, feed, repeated)
        while not any(sign in rest for sign in _OTHERS):
            rest = _taken(rest, feed, repeated)
            chunk = next(chunks, b"")
            rest += chunk
            if not chunk or len(rest) > PIECE_MAX:
                break
    except _Left as left:
        rest = left.data
    feed(rest)
    for chunk in chunks:
        feed(chunk)


def _begun(chunks: Iterator[bytes], feed: Feed, repeated: Repeated) -> bytes:
    """Feed what stands before the first element; return the rest of what was read."""
    read, start = b"", repeated.start.encode()
    for chunk in chunks:
        read += chunk
        at = read.find(start)
        if at < 0 and len(read) <= PIECE_MAX:
            continue
        encoding = _ENCODING.match(read)
        if at < 0 or b"<!" in read[:at] or (encoding and encoding[1].lower() != b"utf-8"):
            break
        feed(read[:at])
        if repeated.is_due():
            return read[at:]
        raise _Left(read[at:])
    raise _Left(read)


def _taken(data: bytes, feed: Feed, repeated: Repeated) -> bytes:
    """Read the elements that have their end; return what follows the last of them."""
    whole, end, rest = data.rpartition(repeated.end.encode())
    if not end:
        return rest
    try:
        pieces = whole.decode().split(repeated.end)
    except UnicodeDecodeError:
        raise _Left(data) from None
    for at, piece in enumerate(pieces, start=1):
        if repeated.take(piece):
            continue
        before = repeated.ended
        feed(f"{piece}{repeated.end}".encode())
        if repeated.ended != before + 1:
            # The end tag is another's, or the parser waits for more.
            left = "".join(f"{piece}{repeated.end}" for piece in pieces[at:])
            raise _Left(left.encode() + rest)
    return rest
