"""Answers as JSON: the same keys as the records' fields, moments in UTC, unknown as null."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import islice

from cloudstock.render.console import takes_unicode

# Lines that are written at once: a call for each would cost as much as the line.
BLOCK = 500
# Moments that are kept as text: a count, a push and a reading give thousands of rows the same.
MOMENTS_KEPT = 1024


@lru_cache(MOMENTS_KEPT)
def utc(moment: datetime | None) -> str | None:
    """Return `2026-11-23T10:00:00Z`."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat().removesuffix("+00:00") + "Z"


def plain(value: object) -> object:
    """Return records as objects of their fields, whatever is inside them too."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def text(value: object) -> str:
    """Return a value as one line of JSON."""
    return _safe((_READABLE if takes_unicode() else _ASCII).encode(value))


def _safe(written: str) -> str:
    """Return JSON in which what a terminal would obey is escaped."""
    if written.isprintable():
        return written
    written = written.encode("utf-8", "backslashreplace").decode("utf-8")
    # As JSON has them: beyond the first plane that is two.
    return _obeyed().sub(lambda m: json.dumps(m[0])[1:-1] if m[0] != "\x7f" else "\\u007f", written)


def _in_ascii(written: str) -> str:
    """Return JSON with everything beyond ASCII escaped, which stands in texts only."""
    return re.sub("[^\x00-\x7f]", lambda m: json.dumps(m[0])[1:-1], written)


@cache
def _obeyed() -> re.Pattern[str]:
    # Readable, but for what a terminal would obey.
    return re.compile(
        "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
        "\U000e0000-\U000e007f]"
    )


_READABLE = json.JSONEncoder(ensure_ascii=False, default=plain)
_ASCII = json.JSONEncoder(default=plain)


def document(value: object) -> Iterator[str]:
    """Yield one JSON document."""
    yield text(value) + "\n"


def array(lines: Iterable[str]) -> Iterator[str]:
    """Yield a JSON array of what is JSON already, a row a line, some hundred at once."""
    before, source, plain_ascii = "[\n", iter(lines), not takes_unicode()
    while block := list(islice(source, BLOCK)):
        # Looked at together: of most nothing needs to be escaped.
        together = "".join(block)
        if plain_ascii and not together.isascii():
            block = list(map(_in_ascii, block))
        if not together.isprintable():
            block = list(map(_safe, block))
        yield before + ",\n".join(block)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
