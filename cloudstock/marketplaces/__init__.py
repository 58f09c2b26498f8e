"""The marketplaces by name. A new one is a module of its own and an entry here."""

from __future__ import annotations

from typing import NamedTuple

from cloudstock.language import mark


class Setting(NamedTuple):
    """One setting of an account that only its marketplace knows."""

    name: str
    # One line for people: what it is and where it comes from.
    help: str
    # Secrets may also be given as `NAME_file`.
    secret: bool = False
    # A number by contract: digits, which may be written without quotes.
    digits: bool = False
    # None: required.
    default: str | None = None


class Registration(NamedTuple):
    """Where an adapter is and which settings it needs; loaded on use, not before."""

    # module:attribute, called as (account, http).
    adapter: str
    title: str
    settings: tuple[Setting, ...]
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
        settings=(
            Setting("client_id", mark("Client-Id, the seller's number")),
            Setting("api_key", mark("Api-Key with the rights to read and write"), secret=True),
        ),
        # STOCK_TOO_BIG from 1 000 000 on.
        quantity_max=999_999,
        kept="cloudstock.marketplaces.ozon.kept:KEPT",
    ),
    "wildberries": Registration(
        adapter="cloudstock.marketplaces.wildberries:Wildberries",
        title="Wildberries",
        settings=(
            Setting(
                "token", mark("API token with Marketplace, Content and Analytics"), secret=True
            ),
            Setting(
                "article",
                mark("how a size is called, from {vendorCode} and {techSize}"),
                default="{vendorCode}/{techSize}",
            ),
        ),
        quantity_max=100_000,
        kept="cloudstock.marketplaces.wildberries.kept:KEPT",
    ),
    "yandex_market": Registration(
        adapter="cloudstock.marketplaces.yandex_market:YandexMarket",
        title="Yandex.Market",
        settings=(
            Setting("api_key", mark("Api-Key token of the cabinet"), secret=True),
            Setting("business_id", mark("number of the cabinet (business)"), digits=True),
            Setting("campaign_id", mark("number of the shop (campaign)"), digits=True),
        ),
        quantity_max=2_000_000_000,
        kept="cloudstock.marketplaces.yandex_market.kept:KEPT",
        needs_warehouses=False,
    ),
}
