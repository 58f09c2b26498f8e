"""Fields of answers that the texts do not promise and the adapters cannot do without.

No field of Ozon's answers is `required`, and few are of the others', so that an empty object would
be true to nearly every schema. What is listed here may be missing from no answer: the account is
told to have failed, and nothing is booked. Everything else may be missing, or null where the
schema allows it, and the answer is still read.

A line that no adapter needs any more is a mistake of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Needed:
    """Fields of one method's answer that have to be there."""

    marketplace: str
    operation: str
    fields: tuple[str, ...]
    reason: str


_LIST = "an object without its list is not an empty list: a walk would take it for its end"
_MORE = "whether a list goes on cannot be guessed: what is on the next page would be missed"
_WHOSE = "what a row is about cannot be guessed, and a row left out may be the one that counts"
_UNITS = "how many units cannot be guessed: none would free what is promised"
_NUMBER = "a number that was not told is not 0"

NEEDED = (
    Needed("ozon", "POST /v3/product/list", ("result",), _LIST),
    Needed("ozon", "POST /v3/product/info/list", ("items",), _LIST),
    Needed("ozon", "POST /v3/posting/fbs/get", ("result",), _LIST),
    Needed("ozon", "POST /v2/products/stocks", ("result",), _LIST),
    Needed("ozon", "POST /v2/returns/rfbs/list", ("returns",), _LIST),
    *(
        Needed("wildberries", operation, ("orders",), _LIST)
        for operation in (
            "GET /api/v3/orders/new",
            "GET /api/v3/orders",
            "POST /api/v3/orders/status",
            "GET /api/v3/dbs/orders/new",
            "GET /api/v3/dbs/orders",
            "POST /api/marketplace/v3/dbs/orders/status/info",
            "GET /api/v3/dbw/orders/new",
            "GET /api/v3/dbw/orders",
            "POST /api/v3/dbw/orders/status",
            "GET /api/v3/click-collect/orders/new",
            "GET /api/v3/click-collect/orders",
            "POST /api/marketplace/v3/click-collect/orders/status/info",
            "GET /api/v3/supplies/orders/reshipment",
        )
    ),
    Needed("wildberries", "POST /api/v3/stocks/{warehouseId}", ("stocks",), _LIST),
    Needed("wildberries", "POST /content/v2/get/cards/*", ("cards",), _LIST),
    *(
        Needed("yandex_market", operation, ("result",), _LIST)
        for operation in (
            "GET /v2/campaigns/{campaignId}/returns",
            "POST /v2/businesses/{businessId}/offer-mappings",
            "POST /v2/businesses/{businessId}/warehouses",
            "POST /v3/businesses/{businessId}/warehouses",
            "POST /v2/campaigns/{campaignId}/offers/stocks",
            "POST /v3/businesses/{businessId}/offers/stocks",
        )
    ),
)

# A row without these is left out and told of; the others are read. So an answer of which no row had
# them would try little: most have them.
LEFT_OUT = (
    Needed("ozon", "POST /v2/warehouse/list", ("warehouses[].warehouse_id",), _WHOSE),
    Needed(
        "ozon",
        "POST /v3/product/list",
        ("result.items[].product_id", "result.items[].offer_id"),
        _WHOSE,
    ),
    Needed("ozon", "POST /v3/product/info/list", ("items[].id",), _WHOSE),
    Needed("ozon", "POST /v4/posting/fbs/list", ("postings[].posting_number",), _WHOSE),
    Needed(
        "ozon",
        "POST /v4/posting/fbs/list",
        ("postings[].products", "postings[].products[].quantity"),
        _UNITS,
    ),
    Needed("ozon", "POST /v3/posting/fbs/get", ("result.posting_number",), _WHOSE),
    Needed(
        "ozon",
        "POST /v3/posting/fbs/get",
        ("result.products", "result.products[].quantity"),
        _UNITS,
    ),
    Needed("ozon", "POST /v1/returns/list", ("returns[].id",), _WHOSE),
    Needed(
        "ozon",
        "POST /v1/returns/list",
        ("returns[].product", "returns[].product.quantity"),
        _UNITS,
    ),
)


@dataclass(frozen=True, slots=True)
class Example:
    """An answer that is refused."""

    operation: str
    status: int
    answer: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Answers that contradict themselves, or refuse without being refusals."""

    marketplace: str
    operation: str
    # Found in what the account is told.
    words: str
    reason: str
    # An answer of this kind to one of the methods: the proof that the row is needed.
    example: Example


_LOOP = "it has more and does not say where: to go on would not end, to stop would miss the rest"

_ALL_ODD = "an answer of which no row tells what it is about is of another contract"

REFUSED = (
    Refused(
        "ozon",
        "POST *",
        "gave the same page twice",
        _LOOP,
        Example("POST /v2/warehouse/list", 200, '{"warehouses": [], "has_next": true}'),
    ),
    Refused(
        "ozon",
        "POST *",
        "neither rows nor has_next",
        _LIST,
        Example("POST /v4/posting/fbs/list", 200, '{"cursor": "x"}'),
    ),
    Refused(
        "ozon",
        "POST /v1/returns/list",
        "neither returns nor has_next",
        _LIST,
        Example("POST /v1/returns/list", 200, "{}"),
    ),
    Refused(
        "ozon",
        "POST /v3/product/list",
        "neither items nor last_id",
        _LIST,
        Example("POST /v3/product/list", 200, '{"result": {}}'),
    ),
    Refused(
        "ozon",
        "POST *",
        "and not one tells what it is about",
        _ALL_ODD,
        Example("POST /v4/posting/fbs/list", 200, '{"postings": [{}, {}], "has_next": false}'),
    ),
    Refused(
        "wildberries",
        "POST /content/v2/get/cards/*",
        "not where the next one begins",
        _LOOP,
        Example("POST /content/v2/get/cards/list", 200, '{"cards": [], "cursor": {"total": 500}}'),
    ),
    Refused(
        "wildberries",
        "PUT /api/v3/stocks/{warehouseId}",
        "answered 409 without saying why",
        "what it refuses is not said, so that of no item it is known whether it was taken",
        Example("PUT /api/v3/stocks/{warehouseId}", 409, "[]"),
    ),
    Refused(
        "yandex_market",
        "*",
        "answered with the status",
        "a 200 that says ERROR accepts nothing, and what it lists need not be all",
        Example("PUT /v2/campaigns/{campaignId}/offers/stocks", 200, '{"status": "ERROR"}'),
    ),
)


def needed_fields(marketplace: str, operation: str) -> dict[str, Needed]:
    """Return the needed fields of one method, with the row that lists each."""
    return _fields_of(NEEDED, marketplace, operation)


def left_out_without(marketplace: str, operation: str) -> dict[str, Needed]:
    """Return the fields without which a row of one method's answer is left out."""
    return _fields_of(LEFT_OUT, marketplace, operation)


def _fields_of(rows: Iterable[Needed], marketplace: str, operation: str) -> dict[str, Needed]:
    return {
        name: row
        for row in rows
        if row.marketplace == marketplace and fnmatchcase(operation, row.operation)
        for name in row.fields
    }


def why_refused(marketplace: str, operation: str, message: str) -> Refused | None:
    """Return the row that allows an answer to be refused with these words."""
    for row in REFUSED:
        if (
            row.marketplace == marketplace
            and fnmatchcase(operation, row.operation)
            and row.words in message
        ):
            return row
    return None
