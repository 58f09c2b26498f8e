"""Ways to spoil a good answer, each a function of the answer and one source of chance.

`BROKEN` answers cannot be taken for a page of anything: whoever books something after one has
made it up. `TWISTED` answers are JSON still, and may even be true as far as a reader can tell.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Spoilt:
    """An answer on its way to the program."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Sent so many times over: a body that nobody wants to hold.
    times: int = 1
    # Seconds between pieces of one byte; None: all at once.
    drip_s: float | None = None
    # The connection ends before the answer does.
    cut: bool = False


Spoil = Callable[[Spoilt, Random], Spoilt]

JSON_HEADERS = {"Content-Type": "application/json"}

# ---------------------------------------------------------------- not JSON, or not an answer


def _html(good: Spoilt, chance: Random) -> Spoilt:
    page = "<!DOCTYPE html><html><title>Вход</title><script>alert(1)</script></html>".encode()
    kind = chance.choice(["text/html; charset=utf-8", "application/json", ""])
    return Spoilt(chance.choice([200, 200, 403, 502]), page, {"Content-Type": kind} if kind else {})


def _empty(good: Spoilt, chance: Random) -> Spoilt:
    return Spoilt(200, chance.choice([b"", b" ", b"\n\r\n", b"\x00"]), JSON_HEADERS)


def _truncated(good: Spoilt, chance: Random) -> Spoilt:
    return replace(good, status=200, body=good.body[: chance.randrange(max(1, len(good.body)))])


def _garbage(good: Spoilt, chance: Random) -> Spoilt:
    # Its first byte cannot begin any JSON.
    return replace(good, status=200, body=b"\xff" + chance.randbytes(chance.randrange(2000)))


def _mangled(good: Spoilt, chance: Random) -> Spoilt:
    """Bytes outside UTF-8, or another encoding of the same text."""
    text = good.body.decode(errors="replace")
    body = chance.choice([text.encode("utf-16"), b"\xef\xbb\xbf\xff" + good.body, b"\x1b[2J"])
    return replace(good, status=200, body=body)


def _trailing(good: Spoilt, chance: Random) -> Spoilt:
    return replace(good, status=200, body=good.body + chance.choice([b"}", b",{}", b"\x00", b"{}"]))


def _bomb(good: Spoilt, chance: Random) -> Spoilt:
    """Some kilobytes that become 80 MiB."""
    return Spoilt(chance.choice([200, 200, 400, 500]), _BOMB, {"Content-Encoding": "gzip"})


def _huge(good: Spoilt, chance: Random) -> Spoilt:
    """100 MB, of whatever."""
    piece = chance.choice([b" " * 2**20, b"[" * 2**20, b"\x00" * 2**20])
    return Spoilt(chance.choice([200, 403, 500]), piece, JSON_HEADERS, times=100)


def _gzip_broken(good: Spoilt, chance: Random) -> Spoilt:
    squeezed = gzip.compress(good.body or b"{}")
    body = chance.choice(
        [good.body or b"{", squeezed[:-9], squeezed[:5], squeezed[:10] + b"\xff" * 9, b"\x1f"]
    )
    return replace(good, status=200, body=body, headers={"Content-Encoding": "gzip"})


def _encoding(good: Spoilt, chance: Random) -> Spoilt:
    names = ["br", "zstd", "deflate", "gzip, gzip", "x-\x7f-odd"]
    return replace(good, status=200, headers={"Content-Encoding": chance.choice(names)})


def _drip(good: Spoilt, chance: Random) -> Spoilt:
    """A byte now and then, each soon enough for a time-out of single reads."""
    return replace(good, status=200, body=good.body * 4 + b" " * 40, drip_s=chance.choice([5, 29]))


def _cut(good: Spoilt, chance: Random) -> Spoilt:
    return replace(good, status=200, cut=True)


def _redirect(good: Spoilt, chance: Random) -> Spoilt:
    where = ["https://attacker.example/steal", "//attacker.example", "/", "", "http://127.0.0.2/"]
    status = chance.choice([300, 301, 302, 303, 304, 307, 308, 399])
    return Spoilt(status, good.body, {"Location": chance.choice(where), **JSON_HEADERS})


def _status(good: Spoilt, chance: Random) -> Spoilt:
    """Any status outside 2xx, with the good answer or an odd one under it."""
    status = chance.choice(
        [
            100,
            101,
            199,
            400,
            401,
            402,
            403,
            404,
            405,
            406,
            408,
            409,
            410,
            413,
            415,
            418,
            420,
            422,
            423,
            424,
            425,
            429,
            430,
            451,
            461,
            499,
            500,
            501,
            502,
            503,
            504,
            505,
            520,
            599,
            600,
            999,
        ]
    )
    body = chance.choice([good.body, b"", b"null", b"[]", b'"no"', b"\xff\xfe", _odd_error(chance)])
    headers = dict(JSON_HEADERS)
    for name in ("Retry-After", "X-Ratelimit-Retry", "X-RateLimit-Resource-Until"):
        if chance.random() < 0.4:
            odd = ["0", "-1", "3", "1e9", "nan", "inf", "soon", "", "9" * 400]
            odd += ["Mon, 23 Nov 2026 06:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"]
            headers[name] = chance.choice(odd)
    return Spoilt(status, body, headers)


def _odd_error(chance: Random) -> bytes:
    """An error's envelope with anything in it."""
    text = chance.choice(["LIMIT_EXCEEDED", "\x1b]0;x\x07", "a\nERROR b", "х" * 5000, "", "\u202e"])
    value: Any = chance.choice([text, 7, None, [], {}, [None], [text], 10**40, True, [[text]]])
    names = ["code", "message", "errors", "status", "detail", "title", "errorText", "details"]
    names += ["error", "data", "requestId", "additionalErrors"]
    inner = dict.fromkeys(chance.sample(names, 4), value)
    whole: Any = chance.choice([inner, {"errors": [inner, inner]}, [inner], {"error": inner}])
    return _encoded(whole)


BROKEN: dict[str, Spoil] = {
    "html": _html,
    "empty": _empty,
    "truncated": _truncated,
    "garbage": _garbage,
    "mangled": _mangled,
    "trailing": _trailing,
    "bomb": _bomb,
    "huge": _huge,
    "gzip_broken": _gzip_broken,
    "encoding": _encoding,
    "drip": _drip,
    "cut": _cut,
    "redirect": _redirect,
    "status": _status,
}

# ---------------------------------------------------------------- JSON of another shape

# Written as they are, where JSON has no word or Python's writer no way for them.
_RAW = {
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "exponent": "1e400",
    "long": "9" * 4000,
    "float": "1.5",
    "zeroes": "007",
    "half_a_pair": r'"\ud83d"',
    "other_half": r'"\udc00 \ud800x"',
    "nul": r'"\u0000"',
    "deep": "[" * 3000 + "]" * 3000,
    "deeper": '{"a":' * 200_000 + "1" + "}" * 200_000,
    "twice": '{"id":1,"id":2,"id":null}',
}
_NUMBERS = [
    0, -1, 1, -7, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1,
    2**64, 10**18, 10**30, 1_000_000, 0.5, -0.0, 1e308,
]  # fmt: skip
_TEXTS = [
    "", " ", "0", "-1", "12", "1e5", "null", "\x00", "\x1b[31mred\x1b[0m", "a\r\nb", "\u202egnp.x",
    "\u2028", "=1+1", "'; DROP TABLE movement; --", "<script>alert(1)</script>", "../../etc/passwd",
    "{}", "[]", "${OZON_API_KEY}", "%s%n", "ы" * 300, "x" * 70_000, "\U0001f9e6", "９", "²", "١٢",
    "NaN", "9" * 30, "0x10", "+5", "1_000", "\ufeff", "a/b/c", "9223372036854775808",
]  # fmt: skip
_TIMES = [
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00", "2026-11-23T10:00:00", "2026-02-30T10:00:00Z", "2026-11-23",
    "1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "", "23-11-2026 10:00:00", "01-01-0001 00:00",
    "31-12-9999 23:59:59", "31-12-9999", "01-01-0001", "2026-11-23T24:00:00Z",
    "2026-11-23T10:00:00+99:99", "2016-12-31T23:59:60Z", "00-00-0000 00:00:00",
]  # fmt: skip
_POSITIONS = ("cursor", "last_id", "next", "token", "offset", "rrdid", "total", "nmid")

_Path = tuple[str | int, ...]


def _nodes(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _nodes(part, (*path, key))
    elif isinstance(value, list):
        # The rows of a page are much alike.
        for n, part in enumerate(value[:8]):
            yield from _nodes(part, (*path, n))


def _put(whole: Any, path: _Path, value: Any) -> Any:
    if not path:
        return value
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return whole


class _Verbatim(str):
    """A key of `_RAW`, to be written verbatim."""

    __slots__ = ()


def _encoded(value: Any) -> bytes:
    """JSON with verbatim parts; lone surrogates as escapes."""
    marks: dict[str, str] = {}

    def marked(part: Any) -> Any:
        if isinstance(part, _Verbatim):
            mark = f"\ue000{len(marks)}\ue000"
            marks[mark] = _RAW[part]
            return mark
        if isinstance(part, dict):
            return {k: marked(v) for k, v in part.items()}
        if isinstance(part, list):
            return [marked(v) for v in part]
        return part

    text = json.dumps(marked(value))
    for mark, raw in marks.items():
        text = text.replace(json.dumps(mark), raw)
    return text.encode()


def _changed(good: Spoilt, chance: Random, change: Callable[[Any], Any]) -> Spoilt:
    """Return the answer with its JSON changed; one without JSON gets a body that is some."""
    try:
        whole = json.loads(good.body)
    except ValueError:
        whole = {}
    return replace(good, body=_encoded(change(whole)), headers=JSON_HEADERS | _kept(good))


def _kept(good: Spoilt) -> dict[str, str]:
    return {k: v for k, v in good.headers.items() if k.lower() != "content-encoding"}


def _replaced(good: Spoilt, chance: Random, pick: Callable[[Any], Any]) -> Spoilt:
    """Put what `pick` makes of them in the place of one, some or many values."""

    def change(whole: Any) -> Any:
        nodes = [n for n in _nodes(whole) if n[0] or chance.random() < 0.05]
        leaves = [n for n in nodes if not isinstance(n[1], dict | list)]
        among = leaves if leaves and chance.random() < 0.8 else nodes
        if not among:
            return pick(whole)
        path, _ = chance.choice(among)
        # The same field of every row, or this one alone.
        everywhere = chance.random() < 0.4
        for other, value in nodes:
            same = other == path or (everywhere and other[-1:] == path[-1:])
            if same and not _inside_replaced(whole, other):
                whole = _put(whole, other, pick(value))
        return whole

    return _changed(good, chance, change)


def _inside_replaced(whole: Any, path: _Path) -> bool:
    inner = whole
    for step in path:
        if (isinstance(inner, dict) and step in inner) or (
            isinstance(inner, list) and isinstance(step, int) and step < len(inner)
        ):
            inner = inner[step]
        else:
            return True
    return False


def _wrong_type(good: Spoilt, chance: Random) -> Spoilt:
    others: list[Any] = [None, True, False, 0, 3, "x", "12", [], {}, [1], {"a": 1}, 1.5, [[]], "да"]
    return _replaced(good, chance, lambda old: copy.deepcopy(chance.choice(others)))


def _null(good: Spoilt, chance: Random) -> Spoilt:
    return _replaced(good, chance, lambda old: None)


def _number(good: Spoilt, chance: Random) -> Spoilt:
    def pick(old: Any) -> Any:
        number = chance.choice(_NUMBERS)
        return str(number) if isinstance(old, str) or chance.random() < 0.1 else number

    return _numbers_only(good, chance, pick)


def _numbers_only(good: Spoilt, chance: Random, pick: Callable[[Any], Any]) -> Spoilt:
    def change(whole: Any) -> Any:
        among = [
            path
            for path, value in _nodes(whole)
            if (isinstance(value, int | float) and not isinstance(value, bool))
            or (isinstance(value, str) and value.isdigit())
        ]
        for path in chance.sample(among, min(len(among), chance.choice([1, 1, 3, 50]))):
            whole = _put(whole, path, pick(_at(whole, path)))
        return whole

    return _changed(good, chance, change)


def _at(whole: Any, path: _Path) -> Any:
    for step in path:
        whole = whole[step]
    return whole


def _text(good: Spoilt, chance: Random) -> Spoilt:
    def change(whole: Any) -> Any:
        among = [path for path, value in _nodes(whole) if isinstance(value, str)]
        for path in chance.sample(among, min(len(among), chance.choice([1, 1, 4, 60]))):
            whole = _put(whole, path, chance.choice(_TEXTS))
        return whole

    return _changed(good, chance, change)


def _time(good: Spoilt, chance: Random) -> Spoilt:
    def change(whole: Any) -> Any:
        among = [
            path
            for path, value in _nodes(whole)
            if isinstance(value, str) and (value[:2] == "20" or value[4:6] == "20") and "-" in value
        ]
        for path in chance.sample(among, min(len(among), chance.choice([1, 2, 60]))):
            whole = _put(whole, path, chance.choice(_TIMES))
        return whole

    return _changed(good, chance, change)


def _raw(good: Spoilt, chance: Random) -> Spoilt:
    return _replaced(good, chance, lambda old: _Verbatim(chance.choice(list(_RAW))))


def _missing(good: Spoilt, chance: Random) -> Spoilt:
    def change(whole: Any) -> Any:
        among = [path for path, _ in _nodes(whole) if path and isinstance(path[-1], str)]
        if not among:
            return {}
        gone = chance.choice(among)[-1]
        return _without(whole, str(gone), chance, chance.choice([0.2, 1.0]))

    return _changed(good, chance, change)


def _without(value: Any, name: str, chance: Random, share: float) -> Any:
    if isinstance(value, dict):
        return {
            k: _without(v, name, chance, share)
            for k, v in value.items()
            if k != name or chance.random() >= share
        }
    if isinstance(value, list):
        return [_without(v, name, chance, share) for v in value]
    return value


def _lists(good: Spoilt, chance: Random) -> Spoilt:
    """Rows told twice, forgotten, shuffled, or all the same; ids that repeat."""

    def change(whole: Any) -> Any:
        among = [path for path, value in _nodes(whole) if isinstance(value, list)]
        if not among:
            return [whole, whole]
        path = chance.choice(among)
        rows = _at(whole, path)
        ways: list[Callable[[], Any]] = [
            lambda: rows * 3,
            list,
            lambda: chance.sample(rows, len(rows)),
            lambda: [copy.deepcopy(rows[0]) for _ in rows] if rows else [None],
            lambda: [*rows, None],
            lambda: [*rows, {}],
            lambda: rows[: len(rows) // 2],
            lambda: {str(n): row for n, row in enumerate(rows)},
            lambda: (rows * (2000 // max(1, len(rows))))[:2000],
        ]
        return _put(whole, path, chance.choice(ways)())

    return _changed(good, chance, change)


def _same_ids(good: Spoilt, chance: Random) -> Spoilt:
    """Every row of a list has the id (or another field) of its first."""

    def change(whole: Any) -> Any:
        lists = [
            v for _, v in _nodes(whole) if isinstance(v, list) and v and isinstance(v[0], dict)
        ]
        if lists:
            rows = chance.choice(lists)
            name = chance.choice(list(rows[0]) or ["id"])
            for row in rows:
                if isinstance(row, dict):
                    row[name] = copy.deepcopy(rows[0].get(name))
        return whole

    return _changed(good, chance, change)


def _shuffled(good: Spoilt, chance: Random) -> Spoilt:
    """Values of one field go to other rows."""

    def change(whole: Any) -> Any:
        by_name: dict[str, list[_Path]] = {}
        for path, _ in _nodes(whole):
            if path and isinstance(path[-1], str):
                by_name.setdefault(path[-1], []).append(path)
        many = [paths for paths in by_name.values() if len(paths) > 1]
        if many:
            paths = chance.choice(many)
            # Only fields on one level: none holds another.
            paths = [p for p in paths if len(p) == len(paths[0])]
            values = [_at(whole, p) for p in paths]
            for path, value in zip(paths, chance.sample(values, len(values)), strict=True):
                whole = _put(whole, path, value)
        return whole

    return _changed(good, chance, change)


def _endless(good: Spoilt, chance: Random) -> Spoilt:
    """There is always a next page: the same one, or one never seen."""
    fresh = chance.random() < 0.5
    number = chance.randrange(1, 2**40)

    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: _position(k, turn(v)) for k, v in value.items()}
        return [turn(v) for v in value] if isinstance(value, list) else value

    def _position(name: str, value: Any) -> Any:
        plain = name.lower().replace("_", "")
        if name in ("has_next", "hasNext"):
            return True
        if not any(p.replace("_", "") in plain for p in _POSITIONS) or isinstance(value, dict):
            return value
        if isinstance(value, bool):
            return True
        if isinstance(value, int):
            return number if fresh else 7
        return str(number) if fresh else "again"

    def change(whole: Any) -> Any:
        whole = turn(whole)
        inner = whole.get("result") if isinstance(whole, dict) else None
        if isinstance(inner, dict) and "paging" in inner:
            inner["paging"] = {"nextPageToken": str(number) if fresh else "again"}
        return whole

    return _changed(good, chance, change)


def _error_inside(good: Spoilt, chance: Random) -> Spoilt:
    """200, and the news is bad."""

    def change(whole: Any) -> Any:
        told = json.loads(_odd_error(chance))
        extra: Any = chance.choice(
            [
                {"status": "ERROR", "errors": [{"code": "LOCKED", "message": "no"}]},
                {"error": True, "errorText": "no", "data": None},
                {"code": 16, "message": "Client-Id and Api-Key headers are required"},
                {"errors": "no"},
                told if isinstance(told, dict) else {"errors": told},
            ]
        )
        if isinstance(whole, dict) and chance.random() < 0.7:
            return whole | extra
        return extra

    return _changed(good, chance, change)


def _another_shape(good: Spoilt, chance: Random) -> Spoilt:
    whole: Any = chance.choice([None, 0, True, "", "ok", [], {}, [[]], [{}], {"result": None}])
    if chance.random() < 0.3:
        return _changed(good, chance, lambda old: {"result": old, "data": old, "orders": old})
    return _changed(good, chance, lambda old: whole)


def _wrong_content_type(good: Spoilt, chance: Random) -> Spoilt:
    """What the header says is not what decides."""
    kinds = ["text/html", "image/png", "application/json; charset=koi8-r", "", "\xff"]
    return replace(good, headers={"Content-Type": chance.choice(kinds)})


def _other_success(good: Spoilt, chance: Random) -> Spoilt:
    status = chance.choice([201, 202, 203, 204, 205, 206, 207, 226, 299])
    return replace(good, status=status, body=b"" if status in (204, 205) else good.body)


def _dates(good: Spoilt, chance: Random) -> Spoilt:
    """A server whose clock is anywhere."""
    odd = ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday", ""]
    odd += ["Mon, 01 Jan 0001 00:00:00 +1400", "Fri, 31 Dec 9999 23:59:59 -2359"]
    return replace(good, headers={**_kept(good), "Date": chance.choice(odd)})


def _several(good: Spoilt, chance: Random) -> Spoilt:
    for name in chance.sample(sorted(_SINGLE), 3):
        good = _SINGLE[name](good, chance)
    return good


_SINGLE: dict[str, Spoil] = {
    "wrong_type": _wrong_type,
    "null": _null,
    "number": _number,
    "text": _text,
    "time": _time,
    "missing": _missing,
    "lists": _lists,
    "same_ids": _same_ids,
    "shuffled": _shuffled,
}
TWISTED: dict[str, Spoil] = {
    **_SINGLE,
    "raw": _raw,
    "endless": _endless,
    "error_inside": _error_inside,
    "another_shape": _another_shape,
    "wrong_content_type": _wrong_content_type,
    "other_success": _other_success,
    "dates": _dates,
    "several": _several,
}
# Two of them cost a hundred megabytes each.
_WEIGHT = {"bomb": 0.1, "huge": 0.05, "drip": 0.4}


def some_way(chance: Random) -> str:
    """Return the name of a way, two in three of them twisted."""
    among = TWISTED if chance.random() < 0.66 else BROKEN
    names = list(among)
    return chance.choices(names, [_WEIGHT.get(n, 1.0) for n in names])[0]


def spoil(way: str, good: Spoilt, chance: Random) -> Spoilt:
    """Spoil an answer in a way that has a name."""
    return (TWISTED | BROKEN)[way](good, chance)


def is_broken(answer: Spoilt) -> bool:
    """Return True for what no reader may take for a page: told from the answer, not from the way.

    Nesting that Python's own reader cannot follow is left open: another may skip it.
    """
    if not 200 <= answer.status < 300 or answer.cut or answer.drip_s or answer.times > 1:
        return True
    if "Content-Encoding" in answer.headers:
        return True
    try:
        json.loads(answer.body)
    except RecursionError:
        return False
    except ValueError:
        return bool(answer.body) or answer.status == 200
    return False


_BOMB = gzip.compress(b" " * (80 * 1024 * 1024), 9)
