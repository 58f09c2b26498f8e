"""Sections on how it sells: where, how fast, and for how long there is enough."""

from __future__ import annotations

from cloudstock.domain.figures import SOON_DAYS, VERY_SOON_DAYS, per_day
from cloudstock.language import tr, trn
from cloudstock.language.local import lasting
from cloudstock.render.insight.columns import (
    Column,
    cell_column,
    count_or_unknown,
    number_column,
    number_or_nothing,
    part_of,
    section_of,
    text_column,
)
from cloudstock.render.insight.model import Cell, Chart, Section
from cloudstock.render.insight.words import decimal, decimal_or_nothing
from cloudstock.render.text import NOTHING, whole
from cloudstock.store.views.insight import Insight
from cloudstock.store.views.insight.sales import AccountSales, ProductSales

# Beyond so many accounts what each sold of a product is told by JSON only.
ACCOUNTS_MAX = 6


def sold(insight: Insight) -> Section:
    """What each account sold, and how much of all."""
    most = max((a.units for a in insight.accounts), default=0)

    def days(a: AccountSales) -> Cell:
        short = a.watched_days < insight.days - 1
        return Cell(decimal(a.watched_days), tone="worth" if short else "")

    return section_of(
        "sold",
        tr("What sells where"),
        insight.accounts,
        text_column(tr("Account"), lambda a: a.account),
        number_column(tr("Orders"), lambda a: a.orders),
        number_column(tr("Cancelled"), lambda a: a.cancelled_orders),
        cell_column(tr("Units sold"), lambda a: _bar(a.units, most)),
        cell_column(
            tr("Units a day"),
            lambda a: Cell(decimal_or_nothing(per_day(a.units, a.watched_days))),
        ),
        cell_column(tr("Days known"), days),
        notes=[
            tr(
                "Units of products that orders hold or took out of the warehouse, by the day of"
                " the order;"
                " packs and bundles are taken apart. What was cancelled before it left is not in"
                " them, nor are orders of listings without a product."
            ),
        ],
        chart=Chart(insight.dates, tuple((a.account, a.units_by_day) for a in insight.accounts))
        if insight.stock.units_sold
        else None,
    )


def running_out(insight: Insight) -> Section:
    """What runs out first, by what was sold lately."""
    longest = max((p.cover_days or 0 for p in insight.running_out), default=0)
    return section_of(
        "running-out",
        tr("Runs out first"),
        insight.running_out,
        *_product(),
        cell_column(tr("Lasts, days"), lambda p: _cover(p, longest)),
        number_column(tr("Sold"), lambda p: p.sold),
        cell_column(tr("Sold a day"), lambda p: Cell(decimal_or_nothing(p.sold_per_day))),
        *_stock(),
        notes=[
            tr(
                "If it sells on as in the last 30 days, or in those that an account is known for."
                " Products of which ten units were sold, and a day is known. One that was sold out"
                " for a while would have sold more."
            ),
        ],
        empty=tr("Of nothing that is counted is it known how fast it sells."),
    )


def best_sellers(insight: Insight) -> Section:
    """What sells most, and where."""
    most = max((p.sold for p in insight.best_sellers), default=0)

    def sold_by(account: str) -> Column[ProductSales]:
        return cell_column(
            account, lambda p: Cell(number_or_nothing(p.sold_by_account.get(account, 0)))
        )

    return section_of(
        "best-sellers",
        tr("Sells most"),
        insight.best_sellers,
        *_product(),
        cell_column(tr("Sold"), lambda p: _bar(p.sold, most)),
        cell_column(tr("Lasts, days"), lambda p: _cover(p, None)),
        *(sold_by(a.account) for a in insight.accounts[:ACCOUNTS_MAX]),
        *_stock(),
        notes=[part_of(len(insight.best_sellers), insight.stock.selling)],
        empty=tr("Nothing was sold."),
    )


def lying(insight: Insight) -> Section:
    """What lies in the warehouse and was not sold once."""
    most = max((p.on_hand or 0 for p in insight.lying_still), default=0)
    return section_of(
        "lying-still",
        tr("Lies still"),
        insight.lying_still,
        *_product(),
        cell_column(
            tr("On hand"),
            lambda p: Cell(
                count_or_unknown(p.on_hand), bar=(p.on_hand or 0) / most if most else None
            ),
        ),
        cell_column(tr("Available"), lambda p: Cell(count_or_unknown(p.available))),
        notes=[
            tr(
                "In the warehouse and not sold once in these days: {products}, {units}.",
                products=trn("1 product", "{n} products", insight.stock.lying),
                units=trn("{n} unit", "{n} units", insight.stock.lying_units),
            ),
        ],
        empty=tr("All that lies in the warehouse was sold, too."),
    )


def _product() -> tuple[Column[ProductSales], ...]:
    return text_column(tr("SKU"), lambda p: p.sku), text_column(
        tr("Name"), lambda p: p.name, long=True
    )


def _stock() -> tuple[Column[ProductSales], ...]:
    return (
        cell_column(tr("On hand"), lambda p: Cell(count_or_unknown(p.on_hand))),
        cell_column(
            tr("Available"),
            lambda p: Cell(count_or_unknown(p.available), tone="" if p.available else "bad"),
        ),
    )


def _bar(value: int, most: int) -> Cell:
    return Cell(whole(value), bar=value / most if most else None)


def _cover(p: ProductSales, longest: float | None) -> Cell:
    if p.cover_days is None:
        return Cell(NOTHING)
    tone = ""
    if p.cover_days < SOON_DAYS:
        tone = "bad" if p.cover_days < VERY_SOON_DAYS else "worth"
    bar = min(1.0, p.cover_days / longest) if longest else None
    return Cell(lasting(p.cover_days), bar=bar, tone=tone)
