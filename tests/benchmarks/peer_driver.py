"""Lets the PyPI package `marketplace-handler` push a stock; run by the Python it is installed in.

    python peer_driver.py URL PRODUCTS ADD SPEED

It pushes the listings of the first three accounts of `data.py` (ozon-1, wb-1, ym-1), all at the
same time, through its own public methods, which cut the batches, repeat what failed and give up.
To reach another server, only the addresses in its settings are changed. `SPEED`: its pauses are so
many times shorter, as a minute of the server's limits is.
"""

from __future__ import annotations

import asyncio
import sys

from marketplace_handler import (
    Ozon,
    OzonAccount,
    WbAccount,
    Wildberries,
    Yandex,
    YandexAccount,
)
from marketplace_handler.config import settings

_sleep = asyncio.sleep


async def push(url: str, products: int, add: int) -> None:
    """Push every listing's quantity, as `data.sheet` writes it."""
    settings.ozon_api_url = settings.wb_api_url = settings.yandex_api_url = url
    stock = [{"code": f"SKU-{n:08d}", "stock": 50 + n % 50 + add} for n in range(1, products + 1)]
    # Wildberries' sizes of the second account, as `data.py` numbers them.
    sizes = [
        {"chrt_id": products + n, "stock": row["stock"]} for n, row in enumerate(stock, start=1)
    ]
    ozon = OzonAccount(name="ozon-1", api_key="key-0", client_id="100", warehouse_id="1020000")
    wb = WbAccount(
        name="wb-1",
        common_token="token-1",
        statistic_token="token-1",
        warehouse_id="501",
        x_supplier_id="1",
    )
    ym = YandexAccount(name="ym-1", token="key-2", business_id="1002", campaign_id="2002")
    async with Ozon(ozon) as first, Wildberries(wb) as second, Yandex(ym) as third:
        await asyncio.gather(
            first.refresh_stocks_by_warehouse_id(stock, 1020000),
            second.refresh_stocks_by_warehouse_id(sizes, 501),
            third.refresh_stocks(stock),
        )


def main() -> None:
    """Push as the command line says."""
    url, products, add, speed = sys.argv[1:]

    async def sleep(seconds: float, *rest: object) -> None:
        await _sleep(seconds / float(speed), *rest)

    asyncio.sleep = sleep
    asyncio.run(push(url, int(products), int(add)))


if __name__ == "__main__":
    main()
