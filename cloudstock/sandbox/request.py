"""Requests and answers as plain values, and the strict reading of JSON bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# The longest body that is read; a full batch of any marketplace is far below.
BODY_BYTES_MAX = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    # Without the query.
    path: str
    query: Mapping[str, str]
    # Names in lower case.
    headers: Mapping[str, str]
    body: bytes = b""
    # How many requests with these credentials are being answered, this one included.
    parallel: int = 1


@dataclass(slots=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Why a client broke the contract with this request, for the record of breaches.
    breach: str | None = None
    # The connection is closed without an answer.
    dropped: bool = False
    # Real seconds before the answer is sent.
    delay_s: float = 0.0


def json_response(status: int, value: object, **headers: str) -> Response:
    """Return a JSON answer."""
    # Half of a surrogate pair, echoed from a request, cannot be encoded.
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return Response(status, body, {"Content-Type": "application/json", **named})


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that was answered."""

    n: int
    account: str | None
    method: str
    path: str
    status: int
    at: str
    # How the request broke the contract; None: it did not, or a fault was ordered.
    why: str | None


class Wrong(Exception):
    """A request breaks the contract; each marketplace words it in its own envelope."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class UnknownField(Wrong):
    """A body has a field that its method does not have: `name`, in the object at `where`."""

    def __init__(self, where: str, name: str) -> None:
        super().__init__(400, f"unknown field {where}.{name}".replace(" .", " "))
        self.where = where
        self.name = name


Check = Callable[[str, Any], Any]


def read_json(request: Request) -> Any:
    """Return the body, or raise `Wrong` for what is not JSON or not declared as it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Wrong(415, f"content type {kind or 'missing'}: application/json is due")
    try:
        return json.loads(request.body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Wrong(400, f"the body is not JSON: {error}") from None


def _no_number(name: str) -> float:
    """Refuse NaN and the infinities, which Python alone takes for JSON."""
    raise ValueError(f"{name} is no number")


def fields(
    where: str, value: Any, checks: Mapping[str, Check], *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return an object's fields checked; unknown, missing and wrongly typed ones are `Wrong`."""
    if not isinstance(value, dict):
        raise Wrong(400, f"{where or 'the body'}: an object is due")
    for name in value:
        if name not in checks:
            raise UnknownField(where, name)
    for name in required:
        if value.get(name) is None:
            raise Wrong(400, f"missing field {where}.{name}".replace(" .", " "))
    return {
        name: checks[name](f"{where}.{name}".lstrip("."), part)
        for name, part in value.items()
        if part is not None
    }


def text(where: str, value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Wrong(400, f"{where}: text is due")
    return value


def boolean(where: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Wrong(400, f"{where}: true or false is due")
    return value


def whole(low: int | None = None, high: int | None = None) -> Check:
    """An integer within bounds."""

    def check(where: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(400, f"{where}: an integer is due")
        if (low is not None and value < low) or (high is not None and value > high):
            raise Wrong(400, f"{where}: {value} is out of {low}..{high}")
        return value

    return check


def int64_text(where: str, value: Any) -> int:
    """An int64 as proto3 JSON takes it: a number or digits in a string."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        return int(value)
    return int(whole()(where, value))


def one_of(*words: str) -> Check:
    """One of some words."""

    def check(where: str, value: Any) -> str:
        if value not in words:
            raise Wrong(400, f"{where}: one of {', '.join(words)} is due")
        return str(value)

    return check


def array(check: Check, *, low: int = 0, high: int | None = None, unique: bool = False) -> Check:
    """An array of checked items."""

    def read(where: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong(400, f"{where}: an array is due")
        if len(value) < low or (high is not None and len(value) > high):
            raise Wrong(400, f"{where}: {len(value)} items, {low}..{high} are allowed")
        items = [check(f"{where}[{n}]", item) for n, item in enumerate(value)]
        if unique and len({repr(i) for i in items}) != len(items):
            raise Wrong(400, f"{where}: items repeat")
        return items

    return read


def nested(checks: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """An object of checked fields."""

    def read(where: str, value: Any) -> dict[str, Any]:
        return fields(where, value, checks, required=required)

    return read


def moment(where: str, value: Any) -> datetime:
    """An RFC 3339 time with its zone."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value):
        raise Wrong(400, f"{where}: a time like 2026-11-23T10:00:00Z is due")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Wrong(400, f"{where}: {value} is no time") from None
    if at.tzinfo is None:
        raise Wrong(400, f"{where}: {value} has no zone")
    return at


def query_int(request: Request, name: str, low: int, high: int, default: int | None = None) -> int:
    """An integer of the query."""
    raw = request.query.get(name)
    if raw is None:
        if default is None:
            raise Wrong(400, f"{name} is missing")
        return default
    if not re.fullmatch(r"-?\d{1,19}", raw) or not low <= int(raw) <= high:
        raise Wrong(400, f"{name}: {raw} is out of {low}..{high}")
    return int(raw)


def only_query(request: Request, *checks: str) -> None:
    """Refuse parameters that the method does not have."""
    for name in request.query:
        if name not in checks:
            raise Wrong(400, f"unknown parameter {name}")
