"""Products, with what there is of each in all of the seller's warehouses together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from cloudstock.domain.figures import SOON_DAYS
from cloudstock.language import mark, tr
from cloudstock.language.local import lasting
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab, Total
from cloudstock.lists.shared import in_warehouse
from cloudstock.store.views import few

# Products with what there is of each, and what there is of one.
_FROM = "product p LEFT JOIN stock_level s ON s.product_id = p.id AND s.warehouse_id {}"
_OF_ONE = "stock_level s WHERE s.product_id = p.id AND s.warehouse_id {}"

_ON_HAND = Total("sum(s.on_hand)")
_RESERVED = Total("coalesce(sum(s.reserved), 0)")
_AVAILABLE = Total("sum(s.available)")
_COUNTED_AT = Total("max(s.counted_at)")
_LISTINGS = (
    "(SELECT count(*) FROM component c JOIN listing l ON l.id = c.listing_id"
    " WHERE c.product_id = p.id AND l.offered)"
)

# How fast it sells: its row of `sale_rate`, of which there may be none.
_RATE = "round((SELECT r.{} FROM sale_rate r WHERE r.product_id = p.id), {})"
_PER_DAY, _LASTS = _RATE.format("per_day", 3), _RATE.format("lasts_days", 1)

_AWAY = "(SELECT coalesce(sum(w.units), 0) FROM away w WHERE w.product_id = p.id)"


class Shown(Struct, frozen=True):
    """What an account was last known to show of a product, in units."""

    account: str
    shows: int

    def __str__(self) -> str:
        return f"{self.account} {self.shows}"


class ProductRow(Row, frozen=True):
    """One product. Quantities are units, without those in quarantine; null is unknown."""

    sku: Annotated[str, "p.sku"]
    name: Annotated[str, "p.name"]
    # None: never counted.
    on_hand: Annotated[int | None, _ON_HAND]
    reserved: Annotated[int, _RESERVED]
    available: Annotated[int | None, _AVAILABLE]
    # Left with orders that were cancelled then, and not come back.
    away: Annotated[int, _AWAY]
    # Its own; None: as the account says.
    buffer: Annotated[int | None, "p.buffer"]
    # Its own: with fewer available it is low; None: as the configuration says.
    minimum: Annotated[int | None, "p.minimum"]
    # Units, as it sold lately; None: too little is known to tell.
    sold_per_day: Annotated[float | None, _PER_DAY]
    # What is available in all warehouses, if it sells on like that; None: nobody knows.
    lasts_days: Annotated[float | None, _LASTS]
    # The last count.
    counted_at: Annotated[datetime | None, _COUNTED_AT]
    # Listings that are made of it and offered.
    listings: Annotated[int, _LISTINGS]
    barcodes: Annotated[
        tuple[str, ...],
        "(SELECT json_group_array(barcode) FROM (SELECT b.barcode FROM product_barcode b"
        " WHERE b.product_id = p.id ORDER BY b.barcode))",
    ]
    # What the accounts show of it while it was never counted.
    shown: Annotated[
        tuple[Shown, ...],
        f"iif({_ON_HAND} IS NULL, (SELECT json_group_array(json_object('account', account,"
        " 'shows', shows)) FROM (SELECT a.name AS account, max(x.last_shown * c.units) AS shows"
        " FROM component c CROSS JOIN listing_stock x ON x.listing_id = c.listing_id"
        " JOIN account a ON a.id = x.account_id WHERE c.product_id = p.id"
        " AND x.unmanaged = 'uncounted' AND x.last_shown > 0 GROUP BY a.id ORDER BY a.name)),"
        " '[]')",
    ]


# Products that sell, for which a condition holds.
_SELLING = "p.id IN (SELECT r.product_id FROM sale_rate r WHERE {})"
# Products of listings for which a condition holds.
_LISTED = (
    "p.id IN (SELECT c.product_id FROM {} CROSS JOIN component c"
    " ON c.listing_id = s.listing_id WHERE {})"
)


def _name(row: ProductRow) -> str:
    return f"{row.name} ({tr('{n} not back', n=row.away)})" if row.away else row.name


def _counted(row: ProductRow) -> datetime | str | None:
    """Tell when it was counted, or what accounts show though it never was."""
    if not row.shown:
        return row.counted_at
    return tr("never: {shown}", shown=", ".join(map(str, row.shown)))


def _lasts(row: ProductRow) -> str | None:
    return None if row.lasts_days is None else lasting(row.lasts_days)


def _runs_out(row: ProductRow) -> str:
    return "notable" if row.lasts_days is not None and row.lasts_days < SOON_DAYS else ""


PRODUCTS = List(
    name="products",
    title=mark("Products"),
    row=ProductRow,
    source=_FROM.format("<> 0"),
    group="p.sku",
    alone="product p",
    of_one=_OF_ONE.format("<> 0"),
    order=("p.sku",),
    sorts={
        "sku": "p.sku",
        "name": "p.name",
        "on_hand": _ON_HAND,
        "reserved": _RESERVED,
        "available": _AVAILABLE,
        "away": _AWAY,
        "sold": _PER_DAY,
        "lasts": _LASTS,
        "counted": _COUNTED_AT,
        "listings": _LISTINGS,
    },
    sort_titles={"away": mark("Not come back"), "sold": mark("Rate of sale")},
    of_targets=True,
    filters=(
        Filter(
            "uncounted",
            mark("Only those never counted."),
            f"{_ON_HAND} IS NULL",
            grouped=True,
        ),
        Filter(
            "low",
            mark("Only those with N or fewer, where that is known."),
            f"{_AVAILABLE} <= :low",
            Kind.NUMBER,
            grouped=True,
        ),
        Filter(
            "running_low",
            mark("Only those that are low: fewer than their minimum, else soon out as they sell."),
            _SELLING.format("r.supply = 'low'"),
        ),
        Filter(
            "runs_out",
            mark("Only those that run out within N days, as they sell."),
            _SELLING.format("r.lasts_days <= :runs_out"),
            Kind.NUMBER,
        ),
        Filter(
            "sold_out",
            mark("Only those that sold in the last 30 days, and of which nothing is left."),
            _SELLING.format("r.supply = 'sold_out'"),
        ),
        Filter(
            "oversold",
            mark("Only those with more promised than on hand."),
            "max(s.oversold) > 0",
            grouped=True,
        ),
        Filter(
            "away",
            mark("Only those of which units of cancelled orders have not come back."),
            "p.id IN (SELECT product_id FROM away)",
        ),
        Filter(
            "unlinked",
            mark("Only those that no listing is made of."),
            "NOT EXISTS (SELECT 1 FROM component c WHERE c.product_id = p.id)",
        ),
        Filter(
            "hidden",
            mark("Only those put out of sight."),
            "p.hidden_at IS NOT NULL",
            otherwise="p.hidden_at IS NULL",
        ),
        Filter(
            "drift",
            mark("Only those that were seen to show more than was sent."),
            _LISTED.format(few("above"), "s.drift"),
        ),
        Filter(
            "refused",
            mark("Only those that a marketplace takes no number for."),
            _LISTED.format(few("refused"), "true"),
        ),
        Filter(
            "waiting",
            mark("Only those of which a listing waits for its part of the units."),
            "p.id IN (SELECT c.product_id FROM waiting_listing v CROSS JOIN component c"
            " ON c.listing_id = v.listing_id)",
        ),
        Filter(
            "unmanaged",
            mark("Only those of which a listing may show something and nothing keeps it true."),
            "p.id IN (SELECT c.product_id FROM unmanaged_listing u CROSS JOIN component c"
            " ON c.listing_id = u.listing_id)",
        ),
        Filter(
            "account",
            mark("Only those that this account lists; may be repeated."),
            "EXISTS (SELECT 1 FROM component c CROSS JOIN listing l ON l.id = c.listing_id"
            " WHERE c.product_id = p.id AND l.offered AND l.account_id IN (SELECT a.id"
            " FROM account a WHERE a.name IN (SELECT value FROM json_each(:account))))",
            Kind.ACCOUNT,
            several=True,
        ),
        Filter(
            "search",
            mark(
                "Only those with these words in article or name, or at the beginning of a barcode."
            ),
            "(p.sku GLOB {pattern} OR p.name GLOB {pattern} OR p.id IN (SELECT product_id"
            " FROM product_barcode WHERE barcode >= {word} AND barcode < {end}))",
            Kind.SEARCH,
        ),
        in_warehouse("true", _FROM.format("= :warehouse"), _OF_ONE.format("= :warehouse")),
    ),
    columns=(
        Column("sku", mark("SKU"), folds=True),
        Column("name", mark("Name"), _name, folds=True),
        Column("on_hand", mark("On hand"), number=True, unknown=True),
        Column("reserved", mark("Reserved"), number=True),
        Column("available", mark("Available"), number=True, unknown=True),
        Column(
            "lasts_days", mark("Lasts,\ndays"), _lasts, number=True, style=_runs_out, seldom=True
        ),
        Column("listings", mark("Listings"), number=True, spare=True),
        Column("counted_at", mark("Counted"), _counted),
    ),
    empty=mark("No such products."),
    tabs={
        "all": Tab(mark("All")),
        "uncounted": Tab(mark("Never counted"), {"uncounted": True}),
        "oversold": Tab(mark("Oversold"), {"oversold": True}),
        "away": Tab(mark("Not come back"), {"away": True}),
        "low": Tab(mark("Running low"), {"running_low": True}),
        "sold-out": Tab(mark("Sold out"), {"sold_out": True}),
        "empty": Tab(mark("None available"), {"low": 0}),
        "refused": Tab(mark("Refused"), {"refused": True}),
        "unlisted": Tab(mark("Offered nowhere"), {"unlinked": True}),
        "hidden": Tab(mark("Hidden"), {"hidden": True}),
    },
)
