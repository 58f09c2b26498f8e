"""Runs in the clients' own environment: makes the calls that a seller's program makes with them.

    python clients_driver.py CLIENT URL FACTS

FACTS is a JSON object of what the shop has: ids, articles, credentials. Prints a JSON line for each
call: its name, and what went wrong with it, "" where nothing did.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

Call = tuple[str, Callable[[], Any]]
Facts = dict[str, Any]

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(days=20)


def iso(moment: datetime) -> str:
    """Return a time as all three write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def _every(pages: Any) -> list[Any]:
    """Walk a list to its end, as the client walks it."""
    return [row async for row in pages]


# ---------------------------------------------------------------- ozon-sdk


def ozon_sdk(url: str, facts: Facts) -> Iterator[Call]:
    """`ozon-sdk`: generated from Ozon's swagger; walks cursors by itself."""
    from ozon_sdk import SellerAPI
    from ozon_sdk.seller_api.basic import models

    api = SellerAPI(facts["client_id"], facts["api_key"], base_url=url)
    listed = models.PostingV4PostingFbsListRequestFilter(since=SINCE, to=NOW)
    cut = models.PostingV4PostingFbsUnfulfilledListRequestFilter(
        cutoff_from=SINCE, cutoff_to=NOW + timedelta(days=5)
    )
    articles = facts["articles"]
    place = facts["warehouses"][0]
    update = models.Productv2ProductsStocksRequestStock(
        offer_id=articles[0], stock=7, warehouse_id=place
    )
    yield "roles", lambda: api.roles_by_token()
    yield "warehouses", lambda: _every(api.warehouse_list_v2(limit=1))
    yield (
        "warehouses in strings",
        lambda: _every(api.warehouse_list_v2(limit=10, warehouse_ids=[str(place)])),
    )
    yield (
        "products",
        lambda: _every(
            api.get_product_list(
                filter_=models.Productv3GetProductListRequestFilter(visibility="ALL"), limit=3
            )
        ),
    )
    yield "cards", lambda: api.get_product_info_list(offer_id=articles)
    yield (
        "stock of a warehouse",
        lambda: _every(api.product_info_warehouse_stocks(limit=3, warehouse_id=place)),
    )
    yield (
        "stock by article",
        lambda: _every(api.get_product_info_stocks_by_warehouse_fbs_v2(limit=3, offer_id=articles)),
    )
    yield (
        "stock in all",
        lambda: _every(
            api.get_product_info_stocks(
                filter_=models.V4GetProductInfoStocksRequestFilter(visibility="ALL"), limit=3
            )
        ),
    )
    yield "push", lambda: api.products_stocks_v2(stocks=[update])
    yield "postings", lambda: _every(api.posting_fbs_list(filter_=listed, limit=3, sort_dir="ASC"))
    yield "postings of 100", lambda: _every(api.posting_fbs_list(filter_=listed, limit=100))
    yield (
        "unfulfilled postings",
        lambda: _every(api.posting_fbs_unfulfilled_list(filter_=cut, limit=3)),
    )
    yield "a posting", lambda: api.get_fbs_posting_v3(posting_number=facts["orders"][0])
    yield "returns", lambda: _every(api.returns_list(limit=2))
    yield (
        "returns of a time",
        lambda: _every(
            api.returns_list(
                filter_=models.GetReturnsListRequestFilter(
                    visual_status_change_moment=models.ReturnsV1GetReturnsListRequestFilterTimeRange(
                        time_from=SINCE, time_to=NOW
                    )
                ),
                limit=100,
            )
            if hasattr(models, "ReturnsV1GetReturnsListRequestFilterTimeRange")
            else api.returns_list(limit=100)
        ),
    )


# ---------------------------------------------------------------- ozonapi-async


def ozonapi_async(url: str, facts: Facts) -> Iterator[Call]:
    """`ozonapi-async`: written by hand; sends null for whatever is not given."""
    from ozonapi.seller import SellerAPI, SellerAPIConfig
    from ozonapi.seller.schemas import fbs, prices_and_stocks, products, returns, warehouses

    config = SellerAPIConfig(base_url=url, max_retries=0)
    api = SellerAPI(client_id=facts["client_id"], api_key=facts["api_key"], config=config)
    articles = facts["articles"]
    place = facts["warehouses"][0]
    period = fbs.PostingFBSListFilter(since=iso(SINCE), to=iso(NOW))
    cut = fbs.PostingFBSUnfulfilledListFilter(
        cutoff_from=iso(SINCE), cutoff_to=iso(NOW + timedelta(days=5))
    )
    yield "roles", lambda: api.roles()
    yield "warehouses", lambda: api.warehouse_list(warehouses.WarehouseListRequest(limit=100))
    yield "products", lambda: api.product_list()
    yield "cards", lambda: api.product_info_list(products.ProductInfoListRequest(offer_id=articles))
    yield (
        "stock of a warehouse",
        lambda: api.product_info_warehouse_stocks(
            prices_and_stocks.ProductInfoWarehouseStocksRequest(warehouse_id=place, limit=100)
        ),
    )
    yield (
        "stock by article",
        lambda: api.product_info_stocks_by_warehouse_fbs(
            prices_and_stocks.ProductInfoStocksByWarehouseFBSRequest(offer_id=articles, limit=100)
        ),
    )
    yield "stock in all", lambda: api.product_info_stocks()
    yield (
        "push",
        lambda: api.products_stocks(
            prices_and_stocks.ProductsStocksRequest(
                stocks=[
                    prices_and_stocks.ProductsStocksItem(
                        offer_id=articles[1], stock=6, warehouse_id=place
                    )
                ]
            )
        ),
    )
    yield (
        "postings",
        lambda: api.posting_fbs_list(fbs.PostingFBSListRequest(filter=period, limit=100)),
    )
    yield (
        "unfulfilled postings",
        lambda: api.posting_fbs_unfulfilled_list(
            fbs.PostingFBSUnfulfilledListRequest(filter=cut, limit=100)
        ),
    )
    yield (
        "a posting",
        lambda: api.posting_fbs_get(fbs.PostingFBSGetRequest(posting_number=facts["orders"][0])),
    )
    yield "returns", lambda: api.returns_list(returns.ReturnsListRequest(limit=100))


# ---------------------------------------------------------------- wildberries-sdk


def wildberries_sdk(url: str, facts: Facts) -> Iterator[Call]:
    """`wildberries-sdk`: generated from Wildberries' own OpenAPI files; types are strict."""
    from importlib import import_module

    def section(name: str) -> Any:
        own = import_module(f"wildberries_sdk.{name}")
        configuration = own.Configuration(
            host=url,
            api_key={"HeaderApiKey": facts["token"]},
            ignore_operation_servers=True,
            retries=0,
        )
        return own.DefaultApi(own.ApiClient(configuration))

    items, fbs, reports = section("items"), section("orders_fbs"), section("reports")
    dbs, analytics, general = section("orders_dbs"), section("analytics"), section("general")
    place, sizes = facts["warehouses"][0], facts["sizes"]
    since, until = int(SINCE.timestamp()), int(NOW.timestamp())
    orders = [int(i) for i in facts["orders"]]
    cards = {"settings": {"cursor": {"limit": 100}, "filter": {"withPhoto": -1}}}
    yield "ping", lambda: general.get_ping()
    yield "seller", lambda: general.get_v1_seller_info()
    yield "warehouses", lambda: items.get_v3_warehouses()
    yield "cards", lambda: items.post_v2_get_cards_list(cards)
    yield (
        "cards in the trash",
        lambda: items.post_v2_get_cards_trash({"settings": {"cursor": {"limit": 100}}}),
    )
    yield "stock", lambda: items.post_v3_stocks_warehouse_id(place, {"chrtIds": sizes})
    yield (
        "push",
        lambda: items.put_v3_stocks_warehouse_id(
            place, {"stocks": [{"chrtId": size, "amount": 5} for size in sizes]}
        ),
    )
    yield "new orders", lambda: fbs.get_v3_orders_new()
    yield "orders", lambda: fbs.get_v3_orders(limit=1000, next=0, date_from=since, date_to=until)
    yield "statuses", lambda: fbs.post_v3_orders_status({"orders": orders})
    yield "reshipment", lambda: fbs.get_v3_supplies_orders_reshipment()
    yield (
        "archive",
        lambda: fbs.get_v3_fbs_orders_archive(
            year=facts["old"][0], month=facts["old"][1], limit=100, next=0
        ),
    )
    yield "new DBS orders", lambda: dbs.get_v3_dbs_orders_new()
    yield (
        "DBS orders",
        lambda: dbs.get_v3_dbs_orders(limit=1000, next=0, date_from=since, date_to=until),
    )
    yield (
        "DBS statuses",
        lambda: dbs.post_v3_dbs_orders_status_info(
            {"ordersIds": [int(i) for i in facts["dbs_orders"]]}
        ),
    )
    yield (
        "returns",
        lambda: reports.get_v1_goods_return(
            date_from=date.fromisoformat(facts["from"]), date_to=date.fromisoformat(facts["to"])
        ),
    )
    yield (
        "order feed",
        lambda: analytics.post_v1_order_feed(
            {"selectedPeriod": {"start": iso(SINCE), "end": iso(NOW)}}
        ),
    )
    yield "stock report", lambda: analytics.post_v1_stocks_report_seller_warehouses({})
    yield from _wildberries_supplies(fbs, facts)
    yield from _wildberries_families(section, facts, since, until)
    yield "offices", lambda: items.get_v3_offices()
    yield "settings of returns", lambda: fbs.get_v3_fbs_settings_autoreturns()
    yield (
        "settings of returns of sizes",
        lambda: fbs.post_v3_fbs_settings_autoreturns_items({"chrtIds": sizes}),
    )


def _wildberries_supplies(fbs: Any, facts: Facts) -> Iterator[Call]:
    """Supplies, and an order that is taken back out of one and cancelled."""
    order_id = int(facts["unscanned"])

    def transfer() -> None:
        supply = facts["supply"]
        told = fbs.patch_v3_fbs_supplies_supply_id_orders_transfer(
            supply, {"orderIds": [order_id], "newSupplyId": "WB-GI-900"}
        )
        if not told.transferred_orders[0].success:
            raise AssertionError(told)

    yield "supplies", lambda: fbs.get_v3_supplies(limit=1000, next=0)
    yield "supply", lambda: fbs.get_v3_supplies_supply_id(facts["supply"])
    yield "orders of a supply", lambda: fbs.get_v3_supplies_supply_id_order_ids(facts["supply"])
    yield "transfer", transfer
    yield "cancel", lambda: fbs.patch_v3_orders_order_id_cancel(order_id)
    yield "history", lambda: fbs.post_v3_orders_status_history({"orders": [order_id]})


def _wildberries_families(
    section: Callable[[str], Any], facts: Facts, since: int, until: int
) -> Iterator[Call]:
    """Orders that Wildberries' courier or the buyers fetch, and what only DBS has."""
    dbs, dbw, pickup = section("orders_dbs"), section("orders_dbw"), section("in_store_pickup")
    window = {"limit": 1000, "next": 0, "date_from": since, "date_to": until}
    own, courier, counter = (
        {"ordersIds": [int(i) for i in facts[name]]}
        for name in ("dbs_orders", "dbw_orders", "pickup_orders")
    )
    yield "DBS groups", lambda: dbs.post_v3_dbs_groups_info({"groups": ["a"]})
    yield "DBS cancel", lambda: dbs.post_v3_dbs_orders_status_cancel(own)
    yield "new DBW orders", lambda: dbw.get_v3_dbw_orders_new()
    yield "DBW orders", lambda: dbw.get_v3_dbw_orders(**window)
    yield (
        "DBW statuses",
        lambda: dbw.post_v3_dbw_orders_status({"orders": courier["ordersIds"]}),
    )
    yield "new pick-up orders", lambda: pickup.get_v3_click_collect_orders_new()
    yield "pick-up orders", lambda: pickup.get_v3_click_collect_orders(**window)
    yield (
        "pick-up statuses",
        lambda: pickup.post_v3_click_collect_orders_status_info(counter),
    )


CLIENTS = {
    "ozon-sdk": ozon_sdk,
    "ozonapi-async": ozonapi_async,
    "wildberries-sdk": wildberries_sdk,
}


async def main(client: str, url: str, facts: Facts) -> None:
    """Make the calls, one after another, and tell of each."""
    for name, call in CLIENTS[client](url, facts):
        wrong = ""
        try:
            made = call()
            if inspect.isawaitable(made):
                await made
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            lines = traceback.format_exception_only(error)
            wrong = f"{type(error).__name__}: {' '.join(''.join(lines).split())}"
        sys.stdout.write(json.dumps({"call": name, "wrong": wrong}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
