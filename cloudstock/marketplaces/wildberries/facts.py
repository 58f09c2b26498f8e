"""What Wildberries' contract says in numbers: hosts, limits, batches, windows.

Source: the seller API's OpenAPI (dev.wildberries.ru), checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone

from cloudstock.language import mark
from cloudstock.marketplaces.base import Traits
from cloudstock.marketplaces.pace import Limit

MARKETPLACE_HOST = "https://marketplace-api.wildberries.ru"
CONTENT_HOST = "https://content-api.wildberries.ru"
ANALYTICS_HOST = "https://seller-analytics-api.wildberries.ru"
COMMON_HOST = "https://common-api.wildberries.ru"

# Token buckets, shared by every tool that works for the seller. In all groups of the marketplace
# host one 4xx answer counts as ten requests.
WAREHOUSES_LIMIT = Limit("wb-warehouses", per_s=5.0, burst=20, refused_cost=10.0)
STOCKS_LIMIT = Limit("wb-stocks", per_s=5.0, burst=20, refused_cost=10.0)
FBS_LIMIT = Limit("wb-fbs-orders", per_s=5.0, burst=20, refused_cost=10.0)
DBS_LIMIT = Limit("wb-dbs-orders", per_s=5.0, burst=20, refused_cost=10.0)
CARDS_LIMIT = Limit("wb-cards", per_s=100 / 60, burst=5)
CONTENT_LIMIT = Limit("wb-content", per_s=100 / 60, burst=5)
RETURNS_LIMIT = Limit("wb-item-returns", per_s=1 / 60, burst=10)
SELLER_LIMIT = Limit("wb-seller-info", per_s=1 / 60, burst=10)
PING_LIMITS: Mapping[str, Limit] = {
    CONTENT_HOST: Limit("wb-ping-content", per_s=0.1, burst=3),
    ANALYTICS_HOST: Limit("wb-ping-analytics", per_s=0.1, burst=3),
}

CARDS_PER_PAGE = 100
ORDERS_PER_PAGE = 1000
STATUSES_PER_REQUEST = 1000
STOCKS_PER_REQUEST = 1000
RETURNS_PER_PAGE = 1000
AMOUNT_MAX = 100_000

# A seller's warehouses change a few times a year; they are asked for again after so long.
WAREHOUSES_AGE_MAX_S = 1800.0

# A list that is longer than this is a loop.
PAGES_MAX = 20_000

# Orders: "at most 30 calendar days" a request. 29 times 24 hours never touch a 31st day.
ORDERS_SLICE = timedelta(days=29)
# Orders made longer ago than this are in the archive only.
LIVE_MONTHS = 3

# Item returns: 31 calendar days a request, both ends included. The period is that of the order
# for the return, so a return that ends today may have to be asked for months back.
RETURNS_SLICE_DAYS = 31
RETURNS_SLICES_MAX = 4
RETURNS_OVERLAP = timedelta(days=90)

# Times of item returns come without a zone; they are Moscow's.
MOSCOW = timezone(timedelta(hours=3), "MSK")

# How long to leave a warehouse alone that says it is being processed: "some minutes" after 406,
# "seconds" after a 409 StoreIsProcessing.
BLOCKED_RETRY_S = 180.0
PROCESSING_RETRY_S = 15.0

# A refused batch is sent again without the items it names, each time at the price of ten requests.
# Where it names none it is halved: a thousand items take ten halvings to find one.
REFUSALS_MAX = 24

TRAITS = Traits(
    push_batch=STOCKS_PER_REQUEST,
    reports_reserved=False,
    walks_stock=False,
    sale_lowers_shown=True,
    returns_overlap_s=RETURNS_OVERLAP.total_seconds(),
    # A reading takes up to four requests of one a minute.
    returns_interval_s=RETURNS_SLICES_MAX * 60.0,
)

# Seller warehouses by `deliveryType`. The orders of those that are not named here are in method
# families that are not read, so stock must not be shown there.
FBS_TYPE = 1
DBS_TYPES = frozenset({2, 6})
DELIVERY_TYPES: Mapping[int, str] = {
    1: "FBS",
    2: "DBS",
    3: mark("DBW (Wildberries' courier)"),
    5: mark("pick-up at the seller"),
    6: mark("express DBS"),
}
