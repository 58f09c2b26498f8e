"""Yandex.Market in the configuration: what an account needs, and where its adapter is."""

from __future__ import annotations

from cloudstock.config.keys import Key
from cloudstock.config.texts import CREDENTIAL
from cloudstock.config.types import DIGITS
from cloudstock.language import mark
from cloudstock.marketplaces.registration import Registration

REGISTRATION = Registration(
    adapter="cloudstock.marketplaces.yandex_market.adapter:YandexMarket",
    brand=mark("Yandex.Market"),
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
    template="cloudstock.marketplaces.yandex_market.template:TEMPLATE",
    calls="cloudstock.marketplaces.yandex_market.calls:CALLS",
    # Others lie where the seller keeps them, which may be anywhere.
    pictures=("https://avatars.mds.yandex.net",),
    # No two cabinets have shops of one number, and a shop stays what it is where business_id is
    # corrected.
    cabinet=lambda options, _: options.get("campaign_id", ""),
    needs_warehouses=False,
    shops="cloudstock.marketplaces.yandex_market.warehouses:read_shops",
)
