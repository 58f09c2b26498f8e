"""What Wildberries' contract says in numbers: hosts, limits, batches, time ranges.

Source: the seller API's OpenAPI (dev.wildberries.ru), checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from typing import NamedTuple

from cloudstock.marketplaces.base import Traits
from cloudstock.marketplaces.pace import Limit
from cloudstock.marketplaces.wildberries.statuses import Family

MARKETPLACE_HOST = "https://marketplace-api.wildberries.ru"
CONTENT_HOST = "https://content-api.wildberries.ru"
ANALYTICS_HOST = "https://seller-analytics-api.wildberries.ru"
COMMON_HOST = "https://common-api.wildberries.ru"
# Where buyers see a card.
CARD = "https://www.wildberries.ru/catalog/{nm_id}/detail.aspx"

# Token buckets, shared by every tool that works for the seller. In all groups of the marketplace
# host one 4xx answer counts as ten requests.
WAREHOUSES_LIMIT = Limit("wb-warehouses", per_s=5.0, burst=20, refused_cost=10.0)
STOCKS_LIMIT = Limit("wb-stocks", per_s=5.0, burst=20, refused_cost=10.0)
FBS_LIMIT = Limit("wb-fbs-orders", per_s=5.0, burst=20, refused_cost=10.0)
DBS_LIMIT = Limit("wb-dbs-orders", per_s=5.0, burst=20, refused_cost=10.0)
DBW_LIMIT = Limit("wb-dbw-orders", per_s=5.0, burst=20, refused_cost=10.0)
PICKUP_LIMIT = Limit("wb-pickup-orders", per_s=5.0, burst=20, refused_cost=10.0)
PICKUP_STATUS_LIMIT = Limit("wb-pickup-statuses", per_s=1.0, burst=10, refused_cost=10.0)
CARDS_LIMIT = Limit("wb-cards", per_s=100 / 60, burst=5)
CONTENT_LIMIT = Limit("wb-content", per_s=100 / 60, burst=5)
RETURNS_LIMIT = Limit("wb-item-returns", per_s=1 / 60, burst=10)
# What a basic token may ask: twice an hour.
BASIC_RETURNS_LIMIT = Limit("wb-item-returns", per_s=1 / 1800, burst=1)
SELLER_LIMIT = Limit("wb-seller-info", per_s=1 / 60, burst=10)
PING_LIMITS: Mapping[str, Limit] = {
    CONTENT_HOST: Limit("wb-ping-content", per_s=0.1, burst=3),
    ANALYTICS_HOST: Limit("wb-ping-analytics", per_s=0.1, burst=3),
}

CARDS_PER_PAGE = 100
# Counts the changes of what `parse` makes of a card. A catalogue goes on from where it was read to,
# so cards read by an older form would keep it for ever. 1: listings are known by their card, too.
LISTING_FORM = 1
ORDERS_PER_PAGE = 1000
STATUSES_PER_REQUEST = 1000
STOCKS_PER_REQUEST = 1000
RETURNS_PER_PAGE = 1000
AMOUNT_MAX = 100_000

# A seller's warehouses change a few times a year; they are asked for again after so long.
WAREHOUSES_AGE_MAX_S = 1800.0

# Orders: "at most 30 calendar days" a request. 29 times 24 hours never touch a 31st day.
ORDERS_SLICE = timedelta(days=29)
# Asked for up to so far beyond now: the contract sets no end, and this machine's clock may be slow.
ORDERS_AHEAD = timedelta(days=1)
# FBS orders made "more than 3 months ago" are in the archive only, and a list that begins before
# that is empty, whatever else lies in it. Whether months or so many days are meant is not said, nor
# by which clock: what may lie on either side of the edge is asked for a day at a time.
LIVE_MONTHS = 3
LIVE_DAYS = 90
LIVE_EDGE = timedelta(days=1)

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
    sale_lowers_stock=True,
    returns_overlap_s=RETURNS_OVERLAP.total_seconds(),
    # A reading takes up to four requests of one a minute.
    returns_interval_s=RETURNS_SLICES_MAX * 60.0,
)
# A basic token's reading is one request, of one slice; the others have their turns.
TURN_AGE_MAX_S = 30 * 86_400.0
BASIC_TRAITS = replace(TRAITS, returns_interval_s=1800.0)

# Seller warehouses by `deliveryType`: the family of their orders. Those of a type that is not named
# here are in methods that are not read, so stock must not be shown there.
DELIVERY_TYPES: Mapping[int, Family] = {
    1: Family.FBS,
    2: Family.DBS,
    3: Family.DBW,
    5: Family.PICKUP,
    # Express.
    6: Family.DBS,
}
# `deliveryType` of an order, where its family tells one.
ORDER_DELIVERY_TYPES: Mapping[Family, frozenset[str]] = {
    Family.FBS: frozenset({"fbs"}),
    Family.DBS: frozenset({"dbs", "edbs", "dbsPickupPoint"}),
    Family.DBW: frozenset(),
    Family.PICKUP: frozenset(),
}


class Methods(NamedTuple):
    """Where the orders of a family are asked for."""

    # The list; the new ones are at `…/new`.
    orders: str
    limit: Limit
    statuses: str
    statuses_limit: Limit
    # How its request names the orders.
    ids: str


METHODS: Mapping[Family, Methods] = {
    Family.FBS: Methods("/api/v3/orders", FBS_LIMIT, "/api/v3/orders/status", FBS_LIMIT, "orders"),
    Family.DBS: Methods(
        "/api/v3/dbs/orders",
        DBS_LIMIT,
        "/api/marketplace/v3/dbs/orders/status/info",
        DBS_LIMIT,
        "ordersIds",
    ),
    Family.DBW: Methods(
        "/api/v3/dbw/orders", DBW_LIMIT, "/api/v3/dbw/orders/status", DBW_LIMIT, "orders"
    ),
    Family.PICKUP: Methods(
        "/api/v3/click-collect/orders",
        PICKUP_LIMIT,
        "/api/marketplace/v3/click-collect/orders/status/info",
        PICKUP_STATUS_LIMIT,
        "ordersIds",
    ),
}
