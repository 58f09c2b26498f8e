"""Texts from outside: what nobody sees in them, and what a database cannot hold."""

from __future__ import annotations

import re

# Patterns, compiled where they are first used. Controls (escape sequences begin with one),
# writing-direction and zero-width marks, lone surrogates, the Unicode ends of lines and paragraphs,
# and tags: letters nobody sees.
UNSEEN = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# SQLite's functions end a text at a NUL, so that two keys would be one and none be found again; a
# half of a pair is in no UTF-8. U+FFFD says that there was something.
UNFIT = "[\x00\ud800-\udfff]"
REPLACED = "\ufffd"

# Two backslashes are none of an escape; whole pairs of surrogates; what follows stands alone.
_ESCAPE = (
    rb"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u([dD][89a-fA-F][0-9a-fA-F]{2}|00[0-9a-fA-F]{2}|061[cC]|180[eE]|20[0-6][0-9a-fA-F]"
    rb"|[fF][eE][fF]{2}|[fF]{3}[9abAB])"
)


def is_fit(text: str) -> bool:
    """Tell whether a database and its functions can hold a text as it is."""
    return "\0" not in text if text.isascii() else re.search(UNFIT, text) is None


def plain_json(body: bytes) -> bytes:
    """Return JSON whose texts the database can hold, escapes of plain and unseen signs decoded.

    What is escaped without need would not be known by who looks for it. The same object where
    there is nothing of it.
    """
    if b"\\u" not in body:
        return body
    # Not by `sub`, which holds a piece for each: 800 MB for 48 MB of escapes.
    plain, end = bytearray(), 0
    for match in re.finditer(_ESCAPE, body):
        plain += body[end : match.start()]
        plain += _plain(match)
        end = match.end()
    plain += body[end:]
    return bytes(plain)


def _plain(match: re.Match[bytes]) -> bytes:
    high, low, code = match.groups()
    if high is not None:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)).encode()
    if code is None:
        return match[0]
    number = int(code, 16)
    if number == 0 or 0xD800 <= number < 0xE000:
        return REPLACED.encode()
    # Controls, quotes and backslashes are escaped with reason.
    return match[0] if number < 0x20 or number in (0x22, 0x5C) else chr(number).encode()
