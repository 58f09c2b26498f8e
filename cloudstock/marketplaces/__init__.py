"""The marketplaces by name. A new one is a module of its own and an entry here."""

from __future__ import annotations

from typing import NamedTuple

from cloudstock.config_keys import Key
from cloudstock.config_types import CREDENTIAL, DIGITS, IDENTITY, template
from cloudstock.language import mark


class Registration(NamedTuple):
    """Where an adapter is and which settings it needs; loaded on use, not before."""

    # module:attribute, called as (account, http).
    adapter: str
    title: str
    # An account and its `warehouses:` as the example file shows them.
    example: str
    warehouses: str
    settings: tuple[Key, ...]
    # The largest quantity a listing can show.
    quantity_max: int
    # module:attribute, the fields that a record of its answers keeps.
    kept: str
    # False: the account has one warehouse and need not name it.
    needs_warehouses: bool = True


MARKETPLACES: dict[str, Registration] = {
    "ozon": Registration(
        adapter="cloudstock.marketplaces.ozon:Ozon",
        title="Ozon",
        example="ozon-main",
        warehouses="{1020000000000: main}",
        settings=(
            Key(
                "client_id",
                IDENTITY,
                mark("Client-Id, the seller's number. From the cabinet, Settings -> Seller API"),
                example='"123456"',
                required=True,
            ),
            Key(
                "api_key",
                CREDENTIAL,
                mark("Api-Key with the rights to read and write. From the same page"),
                example="${OZON_API_KEY}",
                required=True,
            ),
        ),
        # STOCK_TOO_BIG from 1 000 000 on.
        quantity_max=999_999,
        kept="cloudstock.marketplaces.ozon.kept:KEPT",
    ),
    "wildberries": Registration(
        adapter="cloudstock.marketplaces.wildberries:Wildberries",
        title="Wildberries",
        example="wb-main",
        warehouses="{507: main}",
        settings=(
            Key(
                "token",
                CREDENTIAL,
                mark(
                    "API token with Marketplace, Content and Analytics. From the cabinet,"
                    " Settings -> API access"
                ),
                example="${WB_TOKEN}",
                required=True,
            ),
            Key(
                "article",
                template("{vendorCode}/{techSize}"),
                mark(
                    "how a size is called, from {vendorCode} and {techSize}. A card with several"
                    " sizes has one article for all"
                ),
                default="{vendorCode}/{techSize}",
            ),
        ),
        quantity_max=100_000,
        kept="cloudstock.marketplaces.wildberries.kept:KEPT",
    ),
    "yandex_market": Registration(
        adapter="cloudstock.marketplaces.yandex_market:YandexMarket",
        title="Yandex.Market",
        example="ym-main",
        warehouses="{3000: main}",
        settings=(
            Key(
                "api_key",
                CREDENTIAL,
                mark(
                    "Api-Key token of the cabinet. From its settings -> API and modules, for"
                    " orders, stocks and cards"
                ),
                example="${YM_API_KEY}",
                required=True,
            ),
            Key(
                "business_id",
                DIGITS,
                mark("number of the cabinet (business)"),
                example="1000",
                required=True,
            ),
            Key(
                "campaign_id",
                DIGITS,
                mark(
                    "number of the shop (campaign). Several shops are several accounts, also where"
                    " they sell one stock (a group of warehouses, or one warehouse with several"
                    " models): it is sent once"
                ),
                example="2000",
                required=True,
            ),
        ),
        quantity_max=2_000_000_000,
        kept="cloudstock.marketplaces.yandex_market.kept:KEPT",
        needs_warehouses=False,
    ),
}
