"""What a report says, section by section, whoever writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cloudstock.domain.figures import per_day
from cloudstock.language import tr, trn
from cloudstock.language.local import day
from cloudstock.render.insight import sales, troubles
from cloudstock.render.insight.model import Figure, Section
from cloudstock.render.insight.words import decimal, percent
from cloudstock.render.text import when, whole, zone
from cloudstock.store.views.insight import Insight


def figures(insight: Insight) -> Iterator[Figure]:
    """Yield the numbers to begin with."""
    stock, incidents = insight.stock, insight.incidents
    yield Figure(
        tr("Units on hand"),
        whole(stock.on_hand),
        trn("1 product counted", "{n} products counted", stock.counted),
    )
    yield Figure(
        tr("Available"),
        whole(stock.available),
        trn("1 product sold out", "{n} products sold out", stock.sold_out),
    )
    rates = [per_day(a.units, a.watched_days) for a in insight.accounts]
    known_rates = [rate for rate in rates if rate is not None]
    yield Figure(
        tr("Units sold"),
        whole(stock.units_sold),
        tr("{number} a day", number=decimal(sum(known_rates))) if known_rates else "",
    )
    back = sum(r.units for r in insight.returns)
    share = back / stock.units_sold if stock.units_sold else None
    yield Figure(tr("Units returned"), whole(back), percent(share))
    yield Figure(
        tr("Oversold units"),
        whole(incidents.oversold_units),
        trn("1 product", "{n} products", incidents.oversold),
        "bad" if incidents.oversold else "",
    )
    yield Figure(
        tr("Nothing is pushed for"),
        whole(insight.loose.unlinked + insight.loose.uncounted),
        tr(
            "{listings} not linked, {products} not counted",
            listings=whole(insight.loose.unlinked),
            products=whole(insight.loose.uncounted),
        ),
        "worth" if insight.loose.unlinked or insight.loose.uncounted else "",
    )


def sections(insight: Insight) -> Iterator[Section]:
    """Yield the report's sections in their order."""
    yield sales.sold(insight)
    yield sales.running_out(insight)
    yield sales.best_sellers(insight)
    yield sales.lying(insight)
    yield troubles.returns(insight)
    yield troubles.oversold(insight)
    yield troubles.listing_stock(insight)
    yield troubles.differences(insight)
    yield troubles.latency(insight)
    yield troubles.accounts(insight)
    yield troubles.loose(insight)


def period(insight: Insight) -> str:
    """Return which days a report is of."""
    return trn(
        "{n} day, {first} to {last}",
        "{n} days, {first} to {last}",
        insight.days,
        first=day(date.fromisoformat(insight.dates[0])),
        last=day(date.fromisoformat(insight.dates[-1])),
    )


def made(insight: Insight) -> str:
    """Return when a report was made, with the zone of all times in it."""
    return tr("made {when} {zone}", when=when(insight.made_at), zone=zone(insight.made_at))
