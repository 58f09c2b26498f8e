"""What Yandex.Market's contract says in numbers: host, limits, pages, time ranges.

Source: Yandex.Market Partner API (OpenAPI of 2026-07-29 with notes to 2026-09, reference pages and
the pages on limits and errors of autumn 2026), checked 2026-11-29.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from functools import partial
from typing import NamedTuple

from cloudstock.marketplaces.base import Traits
from cloudstock.marketplaces.pace import Limit
from cloudstock.marketplaces.yandex_market.statuses import PACKED_STATUSES

HOST = "https://api.partner.market.yandex.ru"

# Excess is answered 420; 429 only by what may stand in between.
THROTTLE_STATUSES = frozenset({420, 429})

# Per method, and per campaign or business, in requests or, where so said, in items; 2xx and 4xx
# both spend. What is published is a sum over a minute or an hour: the bursts are kept so small that
# burst and rate together stay below it. A business's limits are for all of its shops together.
_BusinessLimit = partial(Limit, shared_by="business_id")
TOKEN_LIMIT = _BusinessLimit("ym-token", per_s=100 / 3600, burst=4)
CAMPAIGNS_LIMIT = _BusinessLimit("ym-campaigns", per_s=1000 / 3600, burst=40)
WAREHOUSES_LIMIT = _BusinessLimit("ym-warehouses", per_s=100 / 3600, burst=4)
PARTNER_WAREHOUSES_LIMIT = _BusinessLimit("ym-partner-warehouses", per_s=100 / 3600, burst=4)
CATALOG_LIMIT = _BusinessLimit("ym-offer-mappings", per_s=100 / 60, burst=4)
ORDERS_LIMIT = _BusinessLimit("ym-orders", per_s=10_000 / 3600, burst=400)
RETURNS_LIMIT = Limit("ym-returns", per_s=5000 / 3600, burst=200)
# In items: rows of the answer.
CAMPAIGN_STOCKS_LIMIT = Limit("ym-campaign-stocks", per_s=100_000 / 60, burst=4000)
WAREHOUSE_STOCKS_LIMIT = _BusinessLimit("ym-warehouse-stocks", per_s=500 / 60, burst=20)
# In items: SKUs of the request.
CAMPAIGN_UPDATE_LIMIT = Limit("ym-campaign-stocks-update", per_s=100_000 / 60, burst=4000)
WAREHOUSE_UPDATE_LIMIT = _BusinessLimit("ym-warehouse-stocks-update", per_s=50 / 60, burst=2)


class Scopes(NamedTuple):
    """What a token must be allowed for."""

    # The least that is enough.
    least: str
    # Any one of these is.
    any_of: frozenset[str]


_ALL, _ALL_READ = "ALL_METHODS", "ALL_METHODS_READ_ONLY"
_GOODS, _GOODS_READ = "OFFERS_AND_CARDS_MANAGEMENT", "OFFERS_AND_CARDS_MANAGEMENT_READ_ONLY"
_TRADE, _TRADE_READ = "INVENTORY_AND_ORDER_PROCESSING", "INVENTORY_AND_ORDER_PROCESSING_READ_ONLY"
TRADE_SCOPES = Scopes(_TRADE_READ, frozenset({_ALL, _ALL_READ, _TRADE, _TRADE_READ}))
GOODS_SCOPES = Scopes(_GOODS_READ, frozenset({_ALL, _ALL_READ, _GOODS, _GOODS_READ}))
STOCK_WRITING_SCOPES = Scopes(_GOODS, frozenset({_ALL, _GOODS}))
# By limit group, which is one for each method.
SCOPES: Mapping[str, Scopes] = {
    WAREHOUSES_LIMIT.group: TRADE_SCOPES,
    PARTNER_WAREHOUSES_LIMIT.group: TRADE_SCOPES,
    ORDERS_LIMIT.group: TRADE_SCOPES,
    RETURNS_LIMIT.group: TRADE_SCOPES,
    CATALOG_LIMIT.group: GOODS_SCOPES,
    CAMPAIGN_STOCKS_LIMIT.group: GOODS_SCOPES,
    WAREHOUSE_STOCKS_LIMIT.group: GOODS_SCOPES,
    CAMPAIGN_UPDATE_LIMIT.group: STOCK_WRITING_SCOPES,
    WAREHOUSE_UPDATE_LIMIT.group: STOCK_WRITING_SCOPES,
}

CAMPAIGNS_PER_PAGE = 100
WAREHOUSES_PER_PAGE = 30
MAPPINGS_PER_PAGE = 100
ORDERS_PER_PAGE = 50
ORDER_IDS_PER_REQUEST = 50
RETURNS_PER_PAGE = 100
# Since August 2026; more is cut silently.
STOCKS_PER_PAGE = 100
# A list of articles is answered as a whole, and stands alone: no page, no size, no other filter.
STOCKS_OFFERS = 500
SKUS_PER_UPDATE = 2000
COUNT_MAX = 2_000_000_000

# "512 KB", whichever kilobyte is meant, with room for what frames the items.
BODY_MAX = 500_000

# A cabinet's warehouses change a few times a year, and a hundred questions an hour are for all
# tools of a cabinet together; they are asked for again after so long. Where they cannot be asked
# for just then, what was told within the longer time still serves.
WAREHOUSES_AGE_MAX_S = 1800.0
WAREHOUSES_STALE_MAX_S = 86_400.0

# Days in requests are Moscow's, and the last day of a span is left out.
MOSCOW = timezone(timedelta(hours=3), "MSK")
# The longest span of creation days, and the longest reach of update times (said for the older
# method only, with a day to spare).
CREATION_DAYS_MAX = 30
UPDATE_SLICE = timedelta(days=29)
# Returns: no span is stated.
RETURN_DAYS_MAX = 30
# Time ranges end so much later than asked for: Market takes an end that is still to come, and
# clocks differ.
AHEAD = timedelta(hours=2)

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
    sale_lowers_stock=True,
    keeps_cancelled=PACKED_STATUSES,
    shares_stock=True,
)
