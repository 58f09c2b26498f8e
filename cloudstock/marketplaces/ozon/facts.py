"""What Ozon's contract says in numbers: host, methods, limits, batches, time ranges.

Source: Ozon Seller API 2026-09-22, its guide on limits, and what clients of live cabinets keep to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from cloudstock.language import mark
from cloudstock.marketplaces.base import Traits
from cloudstock.marketplaces.pace import Limit

HOST = "https://api-seller.ozon.ru"
# Where buyers see a product.
CARD = "https://www.ozon.ru/product/{sku}/"

ROLES = "/v1/roles"
SELLER = "/v1/seller/info"
WAREHOUSES = "/v2/warehouse/list"
PRODUCTS = "/v3/product/list"
PRODUCT_INFOS = "/v3/product/info/list"
POSTINGS = "/v4/posting/fbs/list"
POSTING = "/v3/posting/fbs/get"
RETURNS = "/v1/returns/list"
CLAIMS = "/v2/returns/rfbs/list"
WAREHOUSE_STOCKS = "/v1/product/info/warehouse/stocks"
OFFER_STOCKS = "/v2/product/info/stocks-by-warehouse/fbs"
WRITE_STOCKS = "/v2/products/stocks"

# What the roles of a key must open, and what for; without writing there is nothing to do.
READING: Mapping[str, str] = {
    WAREHOUSES: mark("warehouses", "right"),
    PRODUCTS: mark("the catalogue", "right"),
    PRODUCT_INFOS: mark("the catalogue", "right"),
    POSTINGS: mark("orders", "right"),
    POSTING: mark("orders", "right"),
    RETURNS: mark("returns", "right"),
    WAREHOUSE_STOCKS: mark("stock", "right"),
    OFFER_STOCKS: mark("stock", "right"),
}

# 50 requests a second over all methods of a Client-Id. The groups below count apart, so together,
# bursts included, they must stay under it.
GENERAL_LIMIT = Limit("ozon", per_s=38.0, burst=4)
# 80 a minute; three at once and the full rate after them are 80 in the worst minute.
STOCKS_LIMIT = Limit("ozon-stocks", per_s=80 / 60, burst=3)
# Undocumented: what is seen to pass.
POSTING_LIMIT = Limit("ozon-posting", per_s=2.0, burst=1)
# Once a minute by the text of version 1; that of version 2 is silent, so a second try is allowed.
WAREHOUSES_LIMIT = Limit("ozon-warehouses", per_s=1 / 60, burst=2)

# "Circle is open": after a flood the method is closed for some minutes.
CIRCLE_OPEN_S = 180.0
RATE_LIMIT_S = 1.0

WAREHOUSES_PER_PAGE = 200
PRODUCTS_PER_PAGE = 1000
# More is a 400.
POSTINGS_PER_PAGE = 100
RETURNS_PER_PAGE = 500
# The contract names no maximum here: what clients ask for.
CLAIMS_PER_PAGE = 100
# Up to 1000 are allowed here, and of the offers.
STOCKS_PER_PAGE = 500
OFFERS_PER_REQUEST = 100
ORDER_NUMBERS_PER_REQUEST = 100
RETURN_POSTINGS_PER_REQUEST = 50
STOCK_PAIRS_PER_REQUEST = 100

# "Period at most one year" bounds since/to, which are about the start of processing. Some cabinets
# refuse a long one: then what clients cut it to is asked for, for so long.
POSTINGS_PERIOD = timedelta(days=360)
POSTINGS_PERIOD_SHORT = timedelta(days=28)
PERIOD_TOO_LONG = "PERIOD_IS_TOO_LONG"
PERIOD_SHORT_FOR_S = 86_400.0
# An order is asked for again from a while before its start: clocks and rounding.
POSTINGS_SLACK = timedelta(days=1)
# Time ranges end so far beyond now: whatever this machine's clock says, the newest are among them.
AHEAD = timedelta(days=1)
# The start of processing is empty at first where the buyer pays later, and may then be told as of
# before: so far back is read once more, at least so often.
LATE = timedelta(days=1)
LATE_EVERY_S = 600.0
# A time range up to this long is small enough for all of it to be kept in mind, and read twice.
SHORT_RANGE = timedelta(days=2)

# Claims have no filter by change: all that were made lately are read. Which warehouses are rFBS is
# asked once a day.
CLAIMS_PERIOD = timedelta(days=90)
RFBS_FOR_S = 86_400.0
# Where that cannot be asked now, what was told before still holds.
RFBS_FOR_MOST_S = 90 * 86_400.0

# Parts of the names of warehouses from which Ozon itself sells. A return that ends there has not
# come to the seller.
FULFILMENT_NAMES = ("РФЦ", "ФУЛФИЛМЕНТ", "FULFILMENT", "FULFILLMENT")

# One update per product and warehouse.
PUSH_INTERVAL_S = 30.0

# How often a batch is sent again without the item it was refused over; each is one of 80 a minute.
REFUSALS_MAX = 10

TRAITS = Traits(
    push_batch=STOCK_PAIRS_PER_REQUEST,
    push_interval_s=PUSH_INTERVAL_S,
    reports_reserved=True,
    walks_stock=True,
    sale_lowers_stock=True,
    # The only time an order tells is when its processing started, some minutes after the buyer
    # made it and Ozon took the units off.
    clock_margin_s=600.0,
)

# Warehouse statuses to which stock is not pushed; "created" is the active one.
WAREHOUSE_STATUSES: Mapping[str, str] = {
    "new": mark("being activated"),
    "disabled": mark("archived"),
    "blocked": mark("blocked"),
    "disabled_due_to_limit": mark("paused: limit reached"),
    "error": mark("in error"),
}
WAREHOUSE_ACTIVE = "created"
