"""What goes over the wire: requests and answers as msgspec structs, named as the contract does.

Most answers are wrapped in `result`; those of campaigns and of orders are bare. The same article
is called `offerId`, `sku` or `shopSku`, always text; ids are numbers. Answers hold only what is
used, and what may be absent or null there has a default. How many units there are is bounded by
`units` where it is used, not here: an order with an odd number in it is still an order.

Source: Yandex.Market Partner API, checked 2026-11-29.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from msgspec import Raw, Struct

from cloudstock.marketplaces.fields import UNITS_MAX, Count, Id, Moment, within_reason

T = TypeVar("T")
R = TypeVar("R")


def units(count: int) -> int:
    """Return a number of units as far as it can be true: not negative, and no more than exist."""
    return max(0, min(count, UNITS_MAX))


class Paging(Struct, frozen=True, rename="camel"):
    """Where the next page is; absent or empty on the last one."""

    next_page_token: str | None = None


class Wrapped(Struct, Generic[T], frozen=True):
    """The usual envelope of a success."""

    result: T


class Done(Struct, frozen=True):
    """The envelope of a success that tells nothing else."""

    status: str


class ErrorItem(Struct, frozen=True):
    """One error; the text may be absent."""

    code: str | None = None
    message: str | None = None


class Failure(Struct, frozen=True):
    """The envelope of an error."""

    errors: tuple[ErrorItem, ...] | None = None
    status: str = "ERROR"


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """A list in an answer: the field that holds it, and what its rows are."""

    field: str
    row: type[R]
    # It stands in `result`, the paging beside it.
    wrapped: bool = True


# Token, campaigns, warehouses


class ApiKey(Struct, frozen=True, rename="camel"):
    """A token's name and what it opens."""

    name: str = ""
    auth_scopes: tuple[str, ...] | None = None


class TokenResult(Struct, frozen=True, rename="camel"):
    """POST /v2/auth/token."""

    api_key: ApiKey


class Business(Struct, frozen=True):
    """A cabinet."""

    id: int | None = None
    name: str | None = None


class Campaign(Struct, frozen=True, rename="camel"):
    """A shop."""

    id: int | None = None
    domain: str | None = None
    business: Business | None = None
    placement_type: str | None = None
    api_availability: str | None = None


# GET /v2/campaigns, not wrapped.
CAMPAIGNS = Listed("campaigns", Campaign, wrapped=False)


class WarehousesQuery(Struct, frozen=True):
    """POST /v2/businesses/{businessId}/warehouses."""

    components: tuple[str, ...] = ("STATUS",)


class GroupInfo(Struct, frozen=True):
    """A group of warehouses that share one stock."""

    id: Id
    name: str | None = None


class WarehouseStatus(Struct, frozen=True):
    """`DISABLED_MANUALLY` or `OTHER`."""

    status: str | None = None


class Warehouse(Struct, frozen=True, rename="camel"):
    """A warehouse of the seller and a shop that it belongs to."""

    id: Id
    campaign_id: Id
    name: str | None = None
    group_info: GroupInfo | None = None
    status: WarehouseStatus | None = None


# POST /v2/businesses/{businessId}/warehouses.
WAREHOUSES = Listed("warehouses", Warehouse)


class PartnerWarehousesQuery(Struct, frozen=True):
    """POST /v3/businesses/{businessId}/warehouses: all of them."""


class Model(Struct, frozen=True, rename="camel"):
    """A way of selling from a warehouse, and whether the API serves it."""

    placement_type: str | None = None
    api_availability: str | None = None


class PartnerWarehouse(Struct, frozen=True, rename="camel"):
    """A warehouse of a cabinet without groups; of which shop is not told."""

    id: Id
    name: str | None = None
    models: tuple[Model, ...] | None = None


# POST /v3/businesses/{businessId}/warehouses.
PARTNER_WAREHOUSES = Listed("warehouses", PartnerWarehouse)


# Catalog


class MappingsQuery(Struct, frozen=True, omit_defaults=True):
    """POST /v2/businesses/{businessId}/offer-mappings; archived goods only where asked for."""

    archived: bool | None = None


class OfferCampaign(Struct, frozen=True, rename="camel"):
    """An offer's state in one shop."""

    campaign_id: int
    status: str | None = None


class Offer(Struct, frozen=True, rename="camel"):
    """An offer of the cabinet."""

    offer_id: str
    name: str | None = None
    barcodes: tuple[str, ...] | None = None
    archived: bool | None = None
    # Addresses, the first one counts.
    pictures: Any = None
    campaigns: tuple[OfferCampaign, ...] | None = None


class Mapping(Struct, frozen=True, rename="camel"):
    """An offer beside Market's card of it, of which only the address is needed here."""

    offer: Offer | None = None
    # [{"showcaseType": "B2C", "showcaseUrl": …}, …]
    showcase_urls: Any = None


# POST /v2/businesses/{businessId}/offer-mappings.
MAPPINGS = Listed("offerMappings", Mapping)


# Stocks


class CampaignStocksQuery(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """POST /v2/campaigns/{campaignId}/offers/stocks; `offer_ids` alone, or a warehouse."""

    stocks_warehouse_id: int | None = None
    offer_ids: tuple[str, ...] | None = None


class WarehouseStocksQuery(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """POST /v3/businesses/{businessId}/offers/stocks."""

    partner_warehouse_id: int
    offer_ids: tuple[str, ...] | None = None


class StockCount(Struct, frozen=True):
    """Units of one type; the types overlap, so they are never summed."""

    type: str
    count: int


class OfferStocks(Struct, frozen=True, rename="camel"):
    """An offer's units in one warehouse; a type that is absent counts zero."""

    offer_id: str
    stocks: tuple[StockCount, ...] | None = None


class CampaignWarehouseStocks(Struct, frozen=True, rename="camel"):
    """A warehouse in a campaign's answer: the seller's, or Market's for returns."""

    warehouse_id: int
    # `OfferStocks`, to be read row by row.
    offers: Raw = Raw(b"[]")


# POST /v2/campaigns/{campaignId}/offers/stocks, and the rows within.
CAMPAIGN_STOCKS = Listed("warehouses", CampaignWarehouseStocks)
# POST /v3/businesses/{businessId}/offers/stocks.
WAREHOUSE_STOCKS = Listed("offers", OfferStocks)


class SkuCount(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The number to show, and the moment for which it holds; without it: now."""

    count: Count
    updated_at: str | None = None


class Sku(Struct, frozen=True):
    """One article of a campaign's update; `items` holds exactly one."""

    sku: str
    items: tuple[SkuCount, ...]


class CampaignUpdate(Struct, frozen=True):
    """PUT /v2/campaigns/{campaignId}/offers/stocks."""

    skus: tuple[Sku, ...]


class SkuItem(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One article of a warehouse's update."""

    sku: str
    partner_warehouse_id: int
    count: Count
    updated_at: str | None = None


class WarehouseUpdate(Struct, frozen=True, rename="camel"):
    """POST /v3/businesses/{businessId}/offers/stocks/update."""

    sku_items: tuple[SkuItem, ...]


# Orders


class OrderDates(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Spans of an order query: days with the last left out, or times of the last change."""

    creation_date_from: date | None = None
    creation_date_to: date | None = None
    update_date_from: datetime | None = None
    update_date_to: datetime | None = None


class OrdersQuery(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """POST /v1/businesses/{businessId}/orders."""

    order_ids: tuple[int, ...] | None = None
    campaign_ids: tuple[int, ...] | None = None
    dates: OrderDates | None = None


class UnitStatus(Struct, frozen=True):
    """How many units of an item are in one state."""

    status: str
    count: int


class OrderItem(Struct, frozen=True, rename="camel"):
    """One product of an order."""

    id: int
    offer_id: str
    count: int
    item_statuses: tuple[UnitStatus, ...] | None = None


class Delivery(Struct, frozen=True, rename="camel"):
    """The part of the delivery that names the warehouse, as text."""

    warehouse_id: str | int | None = None


class Order(Struct, frozen=True, rename="camel"):
    """An order of the cabinet, of whatever shop and model."""

    order_id: Id
    campaign_id: int
    status: str
    creation_date: Moment
    items: tuple[OrderItem, ...]
    substatus: str | None = None
    program_type: str | None = None
    update_date: Moment | None = None
    fake: bool | None = None
    delivery: Delivery | None = None

    def __post_init__(self) -> None:
        within_reason(creation_date=self.creation_date, update_date=self.update_date)


# POST /v1/businesses/{businessId}/orders, not wrapped.
ORDERS = Listed("orders", Order, wrapped=False)


# Returns


class ReturnInstance(Struct, frozen=True, rename="camel"):
    """One unit on its way back."""

    status: str | None = None
    stock_type: str | None = None


class ReturnItem(Struct, frozen=True, rename="camel"):
    """One product of a return."""

    shop_sku: str
    count: int
    instances: tuple[ReturnInstance, ...] | None = None


class Return(Struct, frozen=True, rename="camel"):
    """A buyer's return, or an order that was never taken."""

    id: int
    order_id: Id
    items: tuple[ReturnItem, ...]
    return_type: str | None = None
    shipment_status: str | None = None
    refund_status: str | None = None
    fast_return: bool | None = None
    creation_date: Moment | None = None
    update_date: Moment | None = None

    def __post_init__(self) -> None:
        within_reason(creation_date=self.creation_date, update_date=self.update_date)


# GET /v2/campaigns/{campaignId}/returns.
RETURNS = Listed("returns", Return)
