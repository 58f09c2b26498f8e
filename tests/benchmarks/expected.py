"""What a seller can expect: how long the marketplaces' limits make things take, nothing measured.

    python -m tests.benchmarks.expected

prints the README's table. A thing takes so many requests as its items fill; of those the limit's
burst goes at once, the rest one by one at the pace that the program allows itself. The numbers are
those of the adapters' facts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from cloudstock.marketplaces.ozon import facts as ozon
from cloudstock.marketplaces.pace import USED_SHARE, Limit
from cloudstock.marketplaces.wildberries import facts as wildberries
from cloudstock.marketplaces.yandex_market import facts as yandex_market

SIZES = (1_000, 100_000, 1_000_000)
# Of the listings, where some have changed.
CHANGED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Way:
    """How something is asked for."""

    items_per_request: int
    limit: Limit
    # For every page.
    requests: int = 1

    def requests_for(self, items: int) -> int:
        """Return how many requests so many items take."""
        return math.ceil(items / self.items_per_request) * self.requests

    def seconds_for(self, items: int) -> float:
        """Return how long they take by the limit alone."""
        waiting = max(0, self.requests_for(items) - self.limit.burst)
        return waiting / (self.limit.per_s * USED_SHARE)


PUSH = (
    Way(ozon.STOCK_PAIRS_PER_REQUEST, ozon.STOCKS_LIMIT),
    Way(wildberries.STOCKS_PER_REQUEST, wildberries.STOCKS_LIMIT),
    Way(yandex_market.SKUS_PER_UPDATE, yandex_market.WAREHOUSE_UPDATE_LIMIT),
)
READ_BACK = (
    Way(ozon.STOCKS_PER_PAGE, ozon.GENERAL_LIMIT),
    Way(wildberries.STOCKS_PER_REQUEST, wildberries.STOCKS_LIMIT),
    Way(yandex_market.STOCKS_PER_PAGE, yandex_market.WAREHOUSE_STOCKS_LIMIT),
)
CATALOG = (
    # A page of numbers, and what is behind them.
    Way(ozon.PRODUCTS_PER_PAGE, ozon.GENERAL_LIMIT, requests=2),
    Way(wildberries.CARDS_PER_PAGE, wildberries.CARDS_LIMIT),
    Way(yandex_market.MAPPINGS_PER_PAGE, yandex_market.CATALOG_LIMIT),
)
ROWS = (
    (f"{CHANGED_SHARE:.0%} changed, pushed", CHANGED_SHARE, PUSH),
    ("all changed, pushed", 1.0, PUSH),
    ("all read back", 1.0, READ_BACK),
    ("the catalog", 1.0, CATALOG),
)


def table() -> Iterator[str]:
    """Yield the lines of the table, in Markdown."""
    yield "| listings | what | Ozon | Wildberries | Yandex.Market |"
    yield "| ---: | --- | ---: | ---: | ---: |"
    for size in SIZES:
        for what, share, ways in ROWS:
            items = round(size * share)
            cells = [
                f"{way.requests_for(items):,}: {_time(way.seconds_for(items))}" for way in ways
            ]
            yield f"| {size:,} | {what} | {' | '.join(cells)} |"


def _time(seconds: float) -> str:
    if seconds < 1:
        return "at once"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201
