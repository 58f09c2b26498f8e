"""What Yandex.Market's contract says in numbers: host, limits, pages, windows.

Source: Yandex.Market Partner API (OpenAPI mirror of July 2026, reference pages and the pages on
limits and errors of autumn 2026), checked 2026-11-23.
"""

from __future__ import annotations

from datetime import timedelta, timezone

from cloudstock.marketplaces.base import Traits
from cloudstock.marketplaces.pace import Limit

HOST = "https://api.partner.market.yandex.ru"

# Excess is answered 420; 429 only by what may stand in between.
THROTTLE_STATUSES = frozenset({420, 429})

# Per method and campaign or business, in requests or, where so said, in items; 2xx and 4xx both
# spend. What is published is a sum over a minute or an hour: the bursts are kept so small that
# burst and rate together stay below it.
TOKEN_LIMIT = Limit("ym-token", per_s=100 / 3600, burst=4)
CAMPAIGNS_LIMIT = Limit("ym-campaigns", per_s=1000 / 3600, burst=40)
WAREHOUSES_LIMIT = Limit("ym-warehouses", per_s=100 / 3600, burst=4)
CATALOG_LIMIT = Limit("ym-offer-mappings", per_s=100 / 60, burst=4)
ORDERS_LIMIT = Limit("ym-orders", per_s=10_000 / 3600, burst=400)
RETURNS_LIMIT = Limit("ym-returns", per_s=5000 / 3600, burst=200)
# In items: rows of the answer.
CAMPAIGN_STOCKS_LIMIT = Limit("ym-campaign-stocks", per_s=100_000 / 60, burst=4000)
WAREHOUSE_STOCKS_LIMIT = Limit("ym-warehouse-stocks", per_s=500 / 60, burst=20)
# In items: SKUs of the request.
CAMPAIGN_UPDATE_LIMIT = Limit("ym-campaign-stocks-update", per_s=100_000 / 60, burst=4000)
WAREHOUSE_UPDATE_LIMIT = Limit("ym-warehouse-stocks-update", per_s=50 / 60, burst=2)

CAMPAIGNS_PER_PAGE = 100
WAREHOUSES_PER_PAGE = 30
MAPPINGS_PER_PAGE = 100
ORDERS_PER_PAGE = 50
ORDER_IDS_PER_REQUEST = 50
RETURNS_PER_PAGE = 100
# Since August 2026; more is cut silently.
STOCKS_PER_PAGE = 100
CAMPAIGN_STOCKS_OFFERS = 500
# What the contract says of `offerIds` is for the campaign's method only: a page is safe.
WAREHOUSE_STOCKS_OFFERS = STOCKS_PER_PAGE
SKUS_PER_UPDATE = 2000
COUNT_MAX = 2_000_000_000

# "512 KB", whichever kilobyte is meant, with room for what frames the items.
BODY_MAX = 500_000

# A cabinet's warehouses change a few times a year, and a hundred questions an hour are for all
# tools of a cabinet together; they are asked for again after so long.
WAREHOUSES_AGE_MAX_S = 1800.0

# A list that is longer than this is a loop.
PAGES_MAX = 20_000

# Days in requests are Moscow's, and the last day of a span is left out.
MOSCOW = timezone(timedelta(hours=3), "MSK")
# The longest span of creation days, and the longest reach of update times (said for the older
# method only, with a day to spare).
CREATION_DAYS_MAX = 30
UPDATE_SLICE = timedelta(days=29)
# Returns: no span is stated.
RETURN_DAYS_MAX = 30

# `updatedAt`: not in the future, not older than a day, both by Market's clock.
STAMP_AGE_MAX = timedelta(hours=23, minutes=50)
# A number may be sent without a stamp, as holding now, only while it is as young as this.
UNSTAMPED_AGE_MAX = timedelta(minutes=5)
# How far back to stamp, so that a small difference of the two clocks is none.
STAMP_MARGIN_S = 2.0

# A refused batch is sent again without the item it names, or in halves where it names none: two
# thousand items take eleven halvings to find one.
REFUSALS_MAX = 24

TRAITS = Traits(
    push_batch=SKUS_PER_UPDATE,
    # "Up to fifteen minutes" until a push is seen.
    settle_s=900.0,
    reports_reserved=True,
    walks_stock=True,
    sale_lowers_shown=True,
)

# What is sold and stored by the seller. Orders of FBY and LAAS are for goods that Market holds.
OWN_PROGRAMS = ("FBS", "DBS", "EXPRESS")
HELD_PROGRAMS = frozenset({"FBY", "LAAS"})
