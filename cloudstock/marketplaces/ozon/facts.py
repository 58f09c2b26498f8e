"""What Ozon's contract says in numbers: host, limits, batches, windows.

Source: Ozon Seller API (docs.ozon.ru/api/seller), checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from cloudstock.language import mark
from cloudstock.marketplaces.base import Traits
from cloudstock.marketplaces.pace import Limit

HOST = "https://api-seller.ozon.ru"

# The lists that are both walked and checked.
PRODUCTS = "/v3/product/list"
POSTINGS = "/v4/posting/fbs/list"
RETURNS = "/v1/returns/list"

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
POSTINGS_PER_PAGE = 1000
RETURNS_PER_PAGE = 500
# The contract names no maximum here.
STOCKS_PER_PAGE = 500
OFFERS_PER_REQUEST = 100
ORDER_NUMBERS_PER_REQUEST = 100
RETURN_POSTINGS_PER_REQUEST = 50
STOCK_PAIRS_PER_REQUEST = 100

# A list that is longer than this is a loop.
PAGES_MAX = 20_000

# "Period at most one year" bounds since/to, which are about the start of processing.
POSTINGS_PERIOD = timedelta(days=360)
# An order is asked for again from a while before its start: clocks and rounding.
POSTINGS_SLACK = timedelta(days=1)

# One update per product and warehouse.
PUSH_INTERVAL_S = 30.0

# How often a batch is sent again without the item it was refused over; each is one of 80 a minute.
REFUSALS_MAX = 10

TRAITS = Traits(
    push_batch=STOCK_PAIRS_PER_REQUEST,
    push_interval_s=PUSH_INTERVAL_S,
    reports_reserved=True,
    walks_stock=True,
    sale_lowers_shown=True,
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
