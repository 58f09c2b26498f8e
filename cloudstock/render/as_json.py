"""Answers as JSON: the same keys as the records' fields, moments in UTC, unknown as null."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from json.encoder import encode_basestring, encode_basestring_ascii

from cloudstock.render.text import ORDINARY


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
    return _safe((_READABLE if _utf8() else _ASCII).encode(value))


def writer() -> Callable[[str], str]:
    """Return what writes one text as a JSON string, for lines put together by hand."""
    encode = encode_basestring if _utf8() else encode_basestring_ascii

    def write(text: str) -> str:
        written = encode(text)
        return written if written.isascii() and "\x7f" not in written else _safe(written)

    return write


def _utf8() -> bool:
    """Tell whether stdout takes UTF-8; where not, everything beyond ASCII is escaped."""
    return "utf" in (sys.stdout.encoding or "").lower()


def _safe(written: str) -> str:
    """Return JSON in which what a terminal would obey is escaped."""
    if written.isascii() and "\x7f" not in written:
        return written
    if ORDINARY.issuperset(written):
        return written
    written = written.encode("utf-8", "backslashreplace").decode("utf-8")
    # As JSON has them: beyond the first plane that is two.
    return _obeyed().sub(lambda m: json.dumps(m[0])[1:-1] if m[0] != "\x7f" else "\\u007f", written)


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


def array(rows: Iterable[object]) -> Iterator[str]:
    """Yield a JSON array, a row a line, as the rows come."""
    return array_of_written(map(text, rows))


def array_of_written(rows: Iterable[str]) -> Iterator[str]:
    """Yield a JSON array of what is JSON already, a row a line."""
    before = "["
    for row in rows:
        yield f"{before}\n{row}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
