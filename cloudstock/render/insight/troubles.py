"""Sections on what was wrong: returns, units sold that were not there, numbers that differed."""

from __future__ import annotations

from collections.abc import Callable

from cloudstock.language import tr, trn
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.render.insight.columns import (
    Column,
    cell_column,
    number_column,
    section_of,
    text_column,
)
from cloudstock.render.insight.model import Cell, Section, Spread
from cloudstock.render.insight.words import percent, seconds
from cloudstock.render.text import NOTHING, when, whole
from cloudstock.store.views.comparisons import Differences, compared_text
from cloudstock.store.views.insight import Insight
from cloudstock.store.views.insight.troubles import AccountDifferences


def returns(insight: Insight) -> Section:
    """What came back, by account."""
    return section_of(
        "returns",
        tr("Returns"),
        insight.returns,
        text_column(tr("Account"), lambda r: r.account),
        number_column(tr("Returned"), lambda r: r.units),
        cell_column(tr("Of sold"), lambda r: Cell(percent(r.rate))),
        number_column(tr("Received"), lambda r: r.received),
        number_column(tr("On the way"), lambda r: r.expected),
        number_column(tr("Waiting"), lambda r: r.waiting, "worth"),
        notes=[
            tr(
                "Units. Returned: filed in these days, against what was sold in the same days; what"
                " comes back later is of an earlier sale. Waiting: in quarantine now, until they"
                " are received."
            ),
        ],
    )


def oversold(insight: Insight) -> Section:
    """Units that were sold and were not there."""
    oversold, now = insight.incidents.oversold_first, Cell(tr("now"), tone="bad")
    return section_of(
        "oversold",
        tr("Sold and not there"),
        [
            *((o.sku, o.warehouse, now, whole(o.reserved), o.on_hand) for o in oversold),
            *(
                (b.sku, b.warehouse, Cell(when(b.happened_at)), NOTHING, b.lowest)
                for b in insight.incidents.below_zero_first
            ),
        ],
        text_column(tr("SKU"), lambda row: row[0]),
        text_column(tr("Warehouse"), lambda row: row[1]),
        cell_column(tr("When"), lambda row: row[2], number=False),
        cell_column(tr("Promised"), lambda row: Cell(row[3])),
        number_column(tr("On hand"), lambda row: row[4]),
        notes=[
            tr(
                "Oversold now: {products}, {units}. Below zero in the ledger in these days:"
                " {below_zero}. What was promised twice and cancelled in time left no trace there.",
                products=trn("1 product", "{n} products", insight.incidents.oversold),
                units=trn("{n} unit", "{n} units", insight.incidents.oversold_units),
                below_zero=whole(insight.incidents.below_zero),
            ),
        ],
        empty=tr("No unit was sold that was not there."),
    )


def listing_stock(insight: Insight) -> Section:
    """What listings show against what they should."""
    kept = min((w.runs_since for w in insight.listings if w.runs_since), default=None)
    return section_of(
        "listings",
        tr("What listings show"),
        insight.listings,
        text_column(tr("Account"), lambda w: w.account),
        number_column(tr("Listings"), lambda w: w.listings),
        number_column(tr("Above now"), lambda w: w.above, "bad"),
        number_column(tr("Unknown"), lambda w: w.unknown, "worth"),
        number_column(tr("Refused"), lambda w: w.refused, "bad"),
        number_column(tr("Drift found"), lambda w: w.drift),
        number_column(tr("Below found"), lambda w: w.below),
        notes=[
            tr(
                "A listing is counted once for each marketplace warehouse. Above now: read back"
                " with more than was accepted. Drift and below: what readings found more or less"
                " than believed, each time, since {since}; runs are kept for a week. Less may be an"
                " order that was not seen yet.",
                since=when(kept),
            ),
        ],
    )


def differences(insight: Insight) -> Section:
    """How far the marketplaces' numbers were from ours."""
    kept = min((p.since for d in insight.differences for p in d.periods), default=None)
    # An account that was not read has a row, too.
    rows = [(d, p) for d in insight.differences for p in d.periods or (None,)]

    def number(
        title: str, of: Callable[[Differences], int], tone: str = "", nothing: str = NOTHING
    ) -> Column[tuple[AccountDifferences, Differences | None]]:
        heading, cell = number_column(title, of, tone)
        return heading, lambda row: Cell(nothing) if row[1] is None else cell(row[1])

    return section_of(
        "differences",
        tr("How the marketplaces' numbers differ from yours"),
        rows,
        text_column(tr("Account"), lambda row: row[0].account),
        cell_column(
            tr("Push"),
            lambda row: _push(row[0].push if row[1] is None else row[1].push),
            number=False,
        ),
        number(tr("Readings"), lambda p: p.readings, nothing=whole(0)),
        number(tr("Differed"), lambda p: p.differing),
        cell_column(
            tr("Of listings"), lambda row: Cell(percent(None if row[1] is None else row[1].share))
        ),
        number(tr("Listings, at most"), lambda p: p.listings_max),
        number(tr("Too many, at most"), lambda p: p.units_above_max, "worth"),
        number(tr("Too few, at most"), lambda p: p.units_below_max),
        notes=[
            tr(
                "Each complete reading of what a marketplace shows, beside what it should show,"
                " since {since}; kept for 90 days. Too many: units that could be sold without"
                " being there. Too few: units that were hidden. Push off: the account was only"
                " watched. Where it is on, a difference is mended by the push that follows.",
                since=when(kept),
            ),
            *(
                f"{d.account}: {compared_text(d.last)} ({when(d.last.compared_at)})"
                for d in insight.differences
                if d.last is not None
            ),
            *(
                tr("{account}: push is off, nothing is sent to it.", account=d.account)
                for d in insight.differences
                if d.push == "off"
            ),
        ],
    )


def _push(word: str) -> Cell:
    return Cell(tr("off"), tone="worth") if word == "off" else Cell(tr("on"))


def latency(insight: Insight) -> Section:
    """How long a number takes to be accepted."""
    kept = min((x.kept_since for x in insight.latency if x.kept_since), default=None)
    spread = tuple(
        (x.account, x.median_s, x.p95_s, x.p99_s)
        for x in insight.latency
        if x.median_s is not None and x.p95_s is not None and x.p99_s is not None
    )
    return section_of(
        "latency",
        tr("How quickly listings follow"),
        insight.latency,
        text_column(tr("Account"), lambda x: x.account),
        number_column(tr("Accepted"), lambda x: x.accepted),
        number_column(tr("Refused"), lambda x: x.refused, "worth"),
        number_column(tr("No answer"), lambda x: x.unanswered, "worth"),
        cell_column(tr("Median"), lambda x: Cell(seconds(x.median_s))),
        cell_column(tr("95 of 100"), lambda x: Cell(seconds(x.p95_s))),
        cell_column(tr("99 of 100"), lambda x: Cell(seconds(x.p99_s))),
        cell_column(tr("Slowest"), lambda x: Cell(seconds(x.slowest_s))),
        notes=[
            tr(
                "From the moment that a number was computed until the marketplace accepted it, of"
                " the pushes that are kept: since {since}, 30 days at most.",
                since=when(kept),
            ),
        ],
        empty=tr("Nothing was pushed."),
        chart=Spread(spread) if spread else None,
    )


def accounts(insight: Insight) -> Section:
    """How fresh each account's orders are."""
    return section_of(
        "accounts",
        tr("How fresh the knowledge is"),
        insight.accounts,
        text_column(tr("Account"), lambda a: a.account),
        text_column(tr("Marketplace"), lambda a: MARKETPLACES[a.marketplace].title),
        text_column(tr("Orders known since"), lambda a: when(a.known_since)),
        text_column(tr("Orders read until"), lambda a: when(a.read_until)),
        cell_column(
            tr("State"),
            lambda a: Cell(tr("stale"), tone="bad") if a.stale else Cell(tr("fresh")),
            number=False,
        ),
    )


def loose(insight: Insight) -> Section:
    """What has no product, or was never counted."""
    loose = insight.loose
    return section_of(
        "loose",
        tr("Nothing is pushed for"),
        [
            *((tr("not linked"), x.account, x.offer_id, x.name) for x in loose.unlinked_first),
            *((tr("never counted"), NOTHING, p.sku, p.name) for p in loose.uncounted_first),
        ],
        text_column(tr("What"), lambda row: row[0]),
        text_column(tr("Account"), lambda row: row[1]),
        text_column(tr("SKU"), lambda row: row[2]),
        text_column(tr("Name"), lambda row: row[3], long=True),
        notes=[
            tr(
                "Listings without a product: {listings}. Listed products that were never counted:"
                " {products}.",
                listings=whole(loose.unlinked),
                products=whole(loose.uncounted),
            ),
        ],
        empty=tr("Every listing has a product, and every product was counted."),
    )
