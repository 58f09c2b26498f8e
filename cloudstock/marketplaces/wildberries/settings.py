"""Wildberries in the configuration: what an account needs, and where its adapter is."""

from __future__ import annotations

from cloudstock.config.keys import Key
from cloudstock.config.texts import CREDENTIAL, template
from cloudstock.language import mark
from cloudstock.marketplaces.registration import Registration
from cloudstock.marketplaces.wildberries.cabinet import cabinet

REGISTRATION = Registration(
    adapter="cloudstock.marketplaces.wildberries.adapter:Wildberries",
    brand="Wildberries",
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
    template="cloudstock.marketplaces.wildberries.template:TEMPLATE",
    pictures=("https://*.wbbasket.ru",),
    cabinet=cabinet,
)
