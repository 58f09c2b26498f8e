"""Every word of state in the specifications, beside the table of the adapter that holds it.

The specifications tell words in three ways: as an `enum`, as a list in a description (- `word`),
and as a table in one (| `word` |).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from cloudstock.marketplaces.ozon import statuses as ozon
from cloudstock.marketplaces.wildberries import facts as wildberries_facts
from cloudstock.marketplaces.wildberries import statuses as wildberries
from cloudstock.marketplaces.yandex_market import statuses as yandex
from tests.contracts.schemas import listed_words
from tests.contracts.texts import Spec

Specs = Mapping[str, Spec]

_TABLED = re.compile(r"\| *`(\w+)` *\|")


# ---------------------------------------------------------------- out of the texts


def _listed(spec: Spec, schema: str, name: str) -> frozenset[str]:
    """Words of a property: its enum, or the list in its description."""
    text = spec.schemas[schema]["properties"][name]
    resolved = spec.components.resolved(text)
    if "enum" in resolved:
        return frozenset(map(str, resolved["enum"]))
    return frozenset(listed_words(text))


def _enum(spec: Spec, schema: str) -> frozenset[str]:
    return frozenset(map(str, spec.schemas[schema]["enum"]))


def _of_wildberries(specs: Specs, path: str) -> tuple[frozenset[str], frozenset[str]]:
    """`supplierStatus` and `wbStatus` as a method of statuses tells them."""
    operation = specs["wildberries"].operation("POST", path)
    assert operation is not None
    seller, own = operation.text["description"].split("`wbStatus` — статус системы")
    enums = _enums_within(operation.text["responses"]["200"])
    return (
        frozenset(_TABLED.findall(seller)) | enums.get("supplierStatus", frozenset()),
        frozenset(listed_words({"description": own})) | enums.get("wbStatus", frozenset()),
    )


def _enums_within(value: Any) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, dict) and isinstance(part.get("enum"), list):
                found[name] = frozenset(part["enum"])
            found |= _enums_within(part)
    return found


FAMILIES = {
    "fbs": "/api/v3/orders/status",
    "dbs": "/api/marketplace/v3/dbs/orders/status/info",
    "dbw": "/api/v3/dbw/orders/status",
    "pickup": "/api/marketplace/v3/click-collect/orders/status/info",
}


# ---------------------------------------------------------------- beside the tables


@dataclass(frozen=True, slots=True)
class WordList:
    """Words of one kind: where the specification has them, and where the adapter."""

    name: str
    words: Callable[[Specs], Iterable[str]]
    table: Callable[[], Iterable[str]]
    # Words of the table that are in no specification, and why they stay.
    more: Mapping[str, str] = field(default_factory=dict)


_POSTING = "posting.v4.PostingFbsUnfulfilledListResponse.Postings"


def _ozon_statuses(specs: Specs) -> frozenset[str]:
    spec = specs["ozon"]
    return _listed(spec, "posting.v4.PostingFbsListRequest.Filter", "statuses") | _listed(
        spec, _POSTING, "status"
    )


def _pairs(path: str) -> Callable[[Specs], Iterator[str]]:
    def words(specs: Specs) -> Iterator[str]:
        seller, own = _of_wildberries(specs, path)
        return (f"{a}/{b}" for a, b in product(sorted(seller), sorted(own)))

    return words


def _fates(family: str) -> Callable[[], Iterator[str]]:
    def table() -> Iterator[str]:
        for own, fates in wildberries.FATES.items():
            if own.value == family:
                for seller, row in fates.items():
                    yield from (f"{seller}/{word}" for word in row)

    return table


def _yandex(*schemas: str) -> Callable[[Specs], frozenset[str]]:
    return lambda specs: frozenset().union(*(_enum(specs["yandex_market"], s) for s in schemas))


WORD_LISTS = (
    WordList("Ozon: posting status", _ozon_statuses, lambda: ozon.STEPS),
    WordList(
        "Ozon: posting substatus",
        lambda specs: _listed(specs["ozon"], _POSTING, "substatus"),
        lambda: ozon.SUBSTATUSES,
    ),
    WordList(
        "Ozon: return status",
        lambda specs: _listed(specs["ozon"], "GetReturnsListRequestFilter", "visual_status_name"),
        lambda: ozon.RETURN_STEPS,
        {"ReturnCompensated": "in the enum of POST /v2/report/returns/create only"},
    ),
    WordList(
        "Ozon: integration type",
        lambda specs: _listed(specs["ozon"], _POSTING, "integration_type_flow"),
        lambda: ozon.INTEGRATION_TYPES,
    ),
    *(
        WordList(f"Wildberries: {family} statuses", _pairs(path), _fates(family))
        for family, path in FAMILIES.items()
    ),
    WordList(
        "Wildberries: delivery type of a warehouse",
        lambda specs: _listed(specs["wildberries"], "items.Warehouse", "deliveryType"),
        lambda: map(str, wildberries_facts.DELIVERY_TYPES),
    ),
    WordList("Yandex.Market: order status", _yandex("OrderStatusType"), lambda: yandex.STEPS),
    WordList(
        "Yandex.Market: order substatus", _yandex("OrderSubstatusType"), lambda: yandex.SUBSTATUSES
    ),
    WordList(
        "Yandex.Market: status of a unit in an order",
        _yandex("OrderItemUnitStatusType"),
        lambda: yandex.UNITS_GONE,
    ),
    WordList(
        "Yandex.Market: shipment status of a return",
        _yandex("ReturnShipmentStatusType"),
        lambda: yandex.RETURN_STEPS,
    ),
    WordList(
        "Yandex.Market: status of a returned unit",
        _yandex("ReturnInstanceStatusType"),
        lambda: yandex.INSTANCE_STEPS,
    ),
    WordList("Yandex.Market: refund status", _yandex("RefundStatusType"), lambda: yandex.REFUNDS),
    WordList("Yandex.Market: type of return", _yandex("ReturnType"), lambda: yandex.RETURN_TYPES),
    WordList(
        "Yandex.Market: state of a returned unit",
        _yandex("ReturnInstanceStockType"),
        lambda: yandex.FIT,
    ),
    WordList("Yandex.Market: placement", _yandex("PlacementType"), lambda: yandex.MODELS),
    WordList(
        "Yandex.Market: model of an order",
        _yandex("SellingProgramType"),
        lambda: yandex.SELLERS_OWN,
    ),
    WordList(
        "Yandex.Market: state of the API",
        _yandex("ApiAvailabilityStatusType"),
        lambda: yandex.API_STATES,
    ),
    WordList(
        "Yandex.Market: state of a warehouse",
        _yandex("WarehouseStatusType"),
        lambda: yandex.WAREHOUSE_STATES,
    ),
    WordList(
        "Yandex.Market: state of an offer",
        _yandex("OfferCampaignStatusType"),
        lambda: yandex.OFFER_STATES,
    ),
    WordList(
        "Yandex.Market: type of stock", _yandex("WarehouseStockType"), lambda: yandex.STOCK_TYPES
    ),
)


def missing(specs: Specs, words: WordList) -> tuple[list[str], list[str]]:
    """Return the words that no row of the table holds, and rows that no specification knows."""
    due = set(words.words(specs))
    try:
        have = set(words.table())
    except AttributeError:
        # There is no such table.
        have = set()
    return sorted(due - have), sorted(have - due - words.more.keys())


class Words:
    """Statuses that orders may have, as the sandbox is told them."""

    def __init__(self, specs: Specs) -> None:
        self._specs = specs

    def order_statuses(self, marketplace: str, family: str) -> list[str]:
        """Return every status word, in the marketplace's own form.

        `family`: one of `FAMILIES`; elsewhere all ways of delivery have the same words.
        """
        match marketplace:
            case "ozon":
                return sorted(_ozon_statuses(self._specs))
            case "wildberries":
                return list(_pairs(FAMILIES[family])(self._specs))
            case _:
                return self._yandex_statuses

    def return_statuses(self, marketplace: str) -> list[str]:
        """Return every word of a return; of Yandex' two words at a time, both or one of them."""
        match marketplace:
            case "ozon":
                spec = self._specs["ozon"]
                return sorted(_listed(spec, "GetReturnsListRequestFilter", "visual_status_name"))
            case "yandex_market":
                spec = self._specs[marketplace]
                ways = sorted(_enum(spec, "ReturnShipmentStatusType"))
                money = sorted(_enum(spec, "RefundStatusType"))
                return [*(f"{way}/" for way in ways), *(f"CREATED/{word}" for word in money)]
            case _:
                # Wildberries' are sentences, and none of them is judged.
                return []

    @cached_property
    def _yandex_statuses(self) -> list[str]:
        spec = self._specs["yandex_market"]
        statuses = sorted(_enum(spec, "OrderStatusType"))
        substatuses = sorted(_enum(spec, "OrderSubstatusType"))
        plain = [f"{status}/{substatuses[n]}" for n, status in enumerate(statuses)]
        return plain + [f"CANCELLED/{word}" for word in substatuses]
