"""Ozon in the configuration: what an account needs, and where its adapter is."""

from __future__ import annotations

from cloudstock.config.keys import Key
from cloudstock.config.texts import CREDENTIAL, IDENTITY
from cloudstock.language import mark
from cloudstock.marketplaces.registration import Registration

REGISTRATION = Registration(
    adapter="cloudstock.marketplaces.ozon.adapter:Ozon",
    brand="Ozon",
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
    template="cloudstock.marketplaces.ozon.template:TEMPLATE",
    calls="cloudstock.marketplaces.ozon.calls:CALLS",
    pictures=("https://*.ozone.ru",),
    cabinet=lambda options, _: options.get("client_id", ""),
)
