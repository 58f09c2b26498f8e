"""Answers as JSON: the same keys as the records' fields, moments in UTC, unknown as null."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

# Readable, but for what a terminal would obey.
_OBEYED = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def utc(moment: datetime | None) -> str | None:
    """Return `2026-11-23T10:00:00Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
    # Where stdout takes no UTF-8, everything beyond ASCII is escaped.
    utf8 = "utf" in (sys.stdout.encoding or "").lower()
    written = (_READABLE if utf8 else _ASCII).encode(value)
    if written.isascii() and "\x7f" not in written:
        return written
    written = written.encode("utf-8", "backslashreplace").decode("utf-8")
    # As JSON has them: beyond the first plane that is two.
    return _OBEYED.sub(lambda m: json.dumps(m[0])[1:-1] if m[0] != "\x7f" else "\\u007f", written)


_READABLE = json.JSONEncoder(ensure_ascii=False, default=plain)
_ASCII = json.JSONEncoder(default=plain)


def document(value: object) -> Iterator[str]:
    """Yield one JSON document."""
    yield text(value) + "\n"


def array(rows: Iterable[object]) -> Iterator[str]:
    """Yield a JSON array, a row a line, as the rows come."""
    before = "["
    for row in rows:
        yield f"{before}\n{text(row)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
