"""How Yandex.Market is asked: pages and their tokens, filters, days and moments.

Source: api.partner.market.yandex.ru, OpenAPI of 2026-07-29 with notes to 2026-09, pages of 2026-08
to 2026-11, checked 2026-11-29.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.records import Order
from cloudstock.sandbox.request import (
    Check,
    Request,
    Wrong,
    array,
    boolean,
    moment,
    nested,
    one_of,
    read_json,
    text,
    whole,
)

MOSCOW = timezone(timedelta(hours=3))
RANGE_DAYS_MAX = 30
RANGE_MAX = timedelta(days=RANGE_DAYS_MAX)

PROGRAMS = ("FBY", "FBS", "DBS", "EXPRESS", "LAAS")
STATUSES = (
    "PLACING",
    "RESERVED",
    "UNPAID",
    "PENDING",
    "PROCESSING",
    "DELIVERY",
    "PICKUP",
    "DELIVERED",
    "CANCELLED",
    "PARTIALLY_RETURNED",
    "RETURNED",
    "UNKNOWN",
)
OFFER_STATUSES = (
    "PUBLISHED",
    "CHECKING",
    "DISABLED_BY_PARTNER",
    "DISABLED_AUTOMATICALLY",
    "REJECTED_BY_MARKET",
    "CREATING_CARD",
    "NO_CARD",
    "NO_STOCKS",
    "ARCHIVED",
    "READY_FOR_PUBLICATION",
)
SHIPMENT_STATUSES = (
    "CREATED",
    "RECEIVED",
    "IN_TRANSIT",
    "READY_FOR_PICKUP",
    "PICKED",
    "LOST",
    "EXPIRED",
    "CANCELLED",
    "NOT_IN_DEMAND",
    "UTILIZED",
    "PREPARED_FOR_UTILIZATION",
    "FULFILMENT_RECEIVED",
    "READY_FOR_EXPROPRIATION",
    "RECEIVED_FOR_EXPROPRIATION",
)

Key = int | str
T = TypeVar("T")


def moscow_day(when: datetime) -> date:
    """The day of a moment in Moscow."""
    return when.astimezone(MOSCOW).date()


# ---------------------------------------------------------------- pages


def page_limit(call: Call, *, default: int, most: int, truncates: bool = False) -> int:
    """The size of the page asked for; too large a one is cut or refused."""
    raw = call.request.query.get("limit")
    if raw is None:
        return default
    if not re.fullmatch(r"\d{1,9}", raw) or int(raw) < 1:
        raise Wrong(400, f"limit: {raw} is not a number of at least 1")
    if int(raw) > most and not truncates:
        raise Wrong(400, f"Limit exceeded: {raw}, at most {most}")
    return min(int(raw), most)


def one_page(
    call: Call, rows: Iterable[tuple[Key, T]], limit: int
) -> tuple[list[T], dict[str, str]]:
    """Return the rows after the given token in the order of their keys, and the paging."""
    ordered = sorted(rows, key=lambda row: row[0])
    after = _after(call)
    if after is not None:
        ordered = [row for row in ordered if row[0] > after]  # type: ignore[operator]
    page = ordered[:limit]
    values = [row for _, row in page]
    if call.fault is not None and call.fault.kind == "duplicate_page":
        return values, {"nextPageToken": _page_token(call, after)}
    if len(ordered) == len(page):
        return values, {}
    return values, {"nextPageToken": _page_token(call, page[-1][0])}


def _page_token(call: Call, after: Key | None) -> str:
    raw = json.dumps([_question(call.request), after]).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _after(call: Call) -> Key | None:
    query = call.request.query
    token = query.get("pageToken", query.get("page_token"))
    if not token:
        return None
    try:
        question, after = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise Wrong(400, "Invalid page token") from None
    if question != _question(call.request):
        raise Wrong(400, "Invalid page token: the filters or the limit are not the same")
    if after is not None and not isinstance(after, int | str):
        raise Wrong(400, "Invalid page token")
    return after


def _question(request: Request) -> int:
    """What was asked, pages aside: a token belongs to one question."""
    body = json.loads(request.body) if request.body else None
    query = {k: v for k, v in request.query.items() if k not in ("pageToken", "page_token")}
    return zlib.crc32(json.dumps([request.path, query, body], sort_keys=True).encode())


# ---------------------------------------------------------------- what is asked


def body_of(call: Call, *, required: bool = True) -> Any:
    """The body; one that may be left out is empty then."""
    if not call.request.body and not required:
        return {}
    return read_json(call.request)


def some(check: Check, most: int | None = None) -> Check:
    """A filter: at least one value, none twice."""
    return array(check, low=1, high=most, unique=True)


def article(where: str, value: Any) -> str:
    """A seller's article: 1..255 characters, outer blanks trimmed, no control characters."""
    sku = text(where, value).strip()
    if not 1 <= len(sku) <= 255 or not sku.isprintable():
        raise Wrong(400, f"{where}: 1..255 characters without control characters are due")
    return sku


def offers_alone(
    call: Call, body: Mapping[str, Any], beside: tuple[str, ...] = ()
) -> frozenset[str] | None:
    """Return `offerIds`, which exclude pages and other filters; None where they are not given."""
    skus = body.get("offerIds")
    if skus is None:
        return None
    others = [name for name in body if name != "offerIds" and name not in beside]
    if others or call.request.query.keys() & {"pageToken", "page_token", "limit"}:
        raise Wrong(400, "offerIds cannot be combined with pages and other filters")
    return frozenset(skus)


def path_id(call: Call, name: str) -> int:
    """A number in the path."""
    raw = call.parts[name]
    if not _is_id(raw):
        raise Wrong(400, f"{name}: {raw} is not an id")
    return int(raw)


def _is_id(raw: str) -> bool:
    """Tell whether it is a positive number of 64 bits."""
    return re.fullmatch(r"[0-9]{1,19}", raw) is not None and 1 <= int(raw) < 2**63


def query_words(
    request: Request, name: str, allowed: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """Words with commas and without blanks; None where not given."""
    raw = request.query.get(name)
    if raw is None:
        return None
    words = tuple(raw.split(","))
    for word in words:
        if not re.fullmatch(r"[A-Z_]+", word) or (allowed is not None and word not in allowed):
            raise Wrong(400, f"Invalid status: {word}")
    return words


def fits(word: str | None, words: tuple[str, ...] | None) -> bool:
    """True where no words are given, or this one is among them."""
    return words is None or word in words


def query_ids(request: Request, name: str, most: int) -> frozenset[int] | None:
    """Numbers with commas; None where not given."""
    raw = request.query.get(name)
    if raw is None:
        return None
    parts = raw.split(",")
    if len(parts) > most:
        raise Wrong(400, f"Limit exceeded: {len(parts)} {name}, at most {most}")
    if not all(map(_is_id, parts)):
        raise Wrong(400, f"{name}: numbers with commas are due")
    return frozenset(int(part) for part in parts)


def query_day(request: Request, name: str, form: str) -> date | None:
    """A day of the query, or None where it is not given."""
    raw = request.query.get(name)
    return None if raw is None else _read_day(name, raw, form)


def _read_day(where: str, value: Any, form: str = "%Y-%m-%d") -> date:
    try:
        day = datetime.strptime(text(where, value), form).replace(tzinfo=MOSCOW).date()
    except ValueError:
        raise Wrong(400, f"{where}: {value} is not a day of the form {form}") from None
    if day.strftime(form) != value:
        raise Wrong(400, f"{where}: {value} is not a day of the form {form}")
    return day


def _query_moment(request: Request, name: str) -> datetime | None:
    raw = request.query.get(name)
    return None if raw is None else moment(name, raw)


def _in_span(first: date | datetime | None, last: date | datetime | None) -> None:
    if first is None or last is None:
        return
    if last - first > RANGE_MAX:
        raise Wrong(400, f"Too long time period. Maximum is '{RANGE_DAYS_MAX}' days")


_DAY: Check = _read_day

ORDER_FILTERS: Mapping[str, Check] = {
    "orderIds": some(whole(1), 50),
    "externalOrderIds": some(text, 50),
    "programTypes": some(one_of(*PROGRAMS)),
    "campaignIds": some(whole(1), 50),
    "statuses": some(one_of(*STATUSES)),
    "substatuses": some(text),
    "sourcePlatforms": some(one_of("MARKET", "OTHER", "OZON", "WILDBERRIES")),
    "fake": boolean,
    "waitingForCancellationApprove": boolean,
    "dates": nested(
        {
            "creationDateFrom": _DAY,
            "creationDateTo": _DAY,
            "shipmentDateFrom": _DAY,
            "shipmentDateTo": _DAY,
            "updateDateFrom": moment,
            "updateDateTo": moment,
        }
    ),
}
# A filter's name, and the field of an order that it is about.
ROW_FILTERS = (
    ("orderIds", "orderId"),
    ("programTypes", "programType"),
    ("campaignIds", "campaignId"),
    ("statuses", "status"),
    ("substatuses", "substatus"),
    ("sourcePlatforms", "sourcePlatform"),
)
DYING_FILTERS = (
    "orderIds",
    "status",
    "substatus",
    "fromDate",
    "toDate",
    "supplierShipmentDateFrom",
    "supplierShipmentDateTo",
    "updatedAtFrom",
    "updatedAtTo",
    "fake",
    "dispatchType",
    "hasCis",
    "onlyWaitingForCancellationApprove",
    "onlyEstimatedDelivery",
    "buyerType",
    "limit",
    "pageToken",
    "page_token",
)
RETURN_FILTERS = (
    "fromDate",
    "toDate",
    "orderIds",
    "statuses",
    "shipmentStatuses",
    "type",
    "limit",
    "pageToken",
    "page_token",
)


def order_filter(body: Mapping[str, Any], now: datetime) -> Callable[[Order], bool]:
    """The filters of v1 by time and kind; the last 30 days where no day is given.

    Whether the default also holds beside a filter by update is not documented: here it does,
    as the seller who relies on the contrary is the one who would lose an order.
    """
    dates: Mapping[str, Any] = body.get("dates", {})
    today = moscow_day(now)
    first, end = dates.get("creationDateFrom"), dates.get("creationDateTo")
    if first is None and "orderIds" not in body:
        first = (today if end is None else end) - RANGE_MAX
    if "creationDateFrom" in dates or end is not None:
        _in_span(first, today if end is None else end)
    ship_first, ship_end = dates.get("shipmentDateFrom"), dates.get("shipmentDateTo")
    _in_span(ship_first, ship_end)
    changed, changed_end = dates.get("updateDateFrom"), dates.get("updateDateTo")
    _in_span(changed, changed_end)
    fake = body.get("fake")

    def wanted(order: Order) -> bool:
        day = moscow_day(order.created_at)
        shipment = day + timedelta(days=1)
        return (
            _between(first, day, end)
            and _between(ship_first, shipment, ship_end)
            and _between(changed, order.changed_at, changed_end)
            and fake in (None, order.fake)
        )

    return wanted


def dying_filter(request: Request, now: datetime) -> Callable[[Order], bool]:
    """The filters of v2; orders that ended over 30 days ago are absent."""
    ids = query_ids(request, "orderIds", 50)
    if ids is not None and request.query.keys() - {"orderIds"}:
        raise Wrong(400, "orderIds cannot be combined with pages and other filters")
    first = query_day(request, "fromDate", form="%d-%m-%Y")
    end = query_day(request, "toDate", form="%d-%m-%Y")
    ship_first = query_day(request, "supplierShipmentDateFrom", form="%d-%m-%Y")
    ship_end = query_day(request, "supplierShipmentDateTo", form="%d-%m-%Y")
    changed = _query_moment(request, "updatedAtFrom")
    changed_end = _query_moment(request, "updatedAtTo")
    _in_span(first, end or moscow_day(now))
    _in_span(ship_first, ship_end)
    _in_span(changed, changed_end or now)
    if request.query.get("fake", "false") not in ("true", "false"):
        raise Wrong(400, "fake: true or false is due")
    fake = request.query.get("fake") == "true"

    def wanted(order: Order) -> bool:
        day = moscow_day(order.created_at)
        ended_long_ago = (
            order.state in ("delivered", "cancelled", "cancelled_away", "refused")
            and now - order.changed_at > RANGE_MAX
        )
        return (
            not ended_long_ago
            and (ids is None or int(order.order_id) in ids)
            and _between(first, day, end)
            and _between(ship_first, day + timedelta(days=1), ship_end)
            and _between(changed, order.changed_at, changed_end)
            and order.fake == fake
        )

    return wanted


def _between(
    first: date | datetime | None, value: date | datetime, end: date | datetime | None
) -> bool:
    """The end is exclusive."""
    return (first is None or first <= value) and (end is None or value < end)
