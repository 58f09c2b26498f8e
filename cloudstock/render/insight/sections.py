"""What a report says, section by section, whoever writes it down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from cloudstock.language import tr, trn
from cloudstock.render.insight.model import Cell, Chart, Figure, Heading, Section, Spread
from cloudstock.render.insight.words import decimal, percent, seconds
from cloudstock.render.text import NOTHING, UNKNOWN, when, whole, zone
from cloudstock.store.views.comparisons import Differences, compared_text
from cloudstock.store.views.insight import Insight
from cloudstock.store.views.insight.sales import AccountSales, ProductSales
from cloudstock.store.views.insight.troubles import AccountDifferences

# Beyond so many accounts what each sold of a product is told by JSON only.
ACCOUNTS_MAX = 6
YEAR = 365


def figures(found: Insight) -> Iterator[Figure]:
    """Yield the numbers to begin with."""
    shelf, incidents = found.shelf, found.incidents
    yield Figure(
        tr("Units on hand"),
        whole(shelf.on_hand),
        trn("1 product counted", "{n} products counted", shelf.counted),
    )
    yield Figure(
        tr("Available"),
        whole(shelf.available),
        trn("1 product sold out", "{n} products sold out", shelf.sold_out),
    )
    per_day = sum(a.units / a.watched_days for a in found.accounts if a.watched_days > 0)
    yield Figure(
        tr("Units sold"),
        whole(shelf.units_sold),
        tr("{number} a day", number=decimal(per_day)),
    )
    back = sum(r.units for r in found.returns)
    share = back / shelf.units_sold if shelf.units_sold else None
    yield Figure(tr("Units returned"), whole(back), percent(share))
    yield Figure(
        tr("Oversold units"),
        whole(incidents.oversold_units),
        trn("1 product", "{n} products", incidents.oversold),
        "bad" if incidents.oversold else "",
    )
    yield Figure(
        tr("Nothing is pushed for"),
        whole(found.loose.unlinked + found.loose.uncounted),
        tr(
            "{listings} not linked, {products} not counted",
            listings=whole(found.loose.unlinked),
            products=whole(found.loose.uncounted),
        ),
        "worth" if found.loose.unlinked or found.loose.uncounted else "",
    )


def sections(found: Insight) -> Iterator[Section]:
    """Yield the report's sections in their order."""
    yield _sold(found)
    yield _running_out(found)
    yield _best_sellers(found)
    yield _lying(found)
    yield _returns(found)
    yield _oversold(found)
    yield _windows(found)
    yield _differences(found)
    yield _latency(found)
    yield _accounts(found)
    yield _loose(found)


# ---------------------------------------------------------------- columns

T = TypeVar("T")
Column = tuple[Heading, Callable[[T], Cell]]


def _word(title: str, of: Callable[[T], str], *, long: bool = False) -> Column[T]:
    return Heading(title, long=long), lambda row: Cell(of(row))


def _number(title: str, of: Callable[[T], int], tone: str = "") -> Column[T]:
    """Return a column of whole numbers; `tone` of those that are not zero."""
    return Heading(title, number=True), lambda row: Cell(
        whole(of(row)), tone=tone if of(row) else ""
    )


def _cell(title: str, of: Callable[[T], Cell], *, number: bool = True) -> Column[T]:
    return Heading(title, number=number), of


def _section(
    key: str,
    title: str,
    rows: Iterable[T],
    *columns: Column[T],
    notes: Iterable[str] = (),
    empty: str = "",
    chart: Chart | Spread | None = None,
) -> Section:
    return Section(
        key,
        title,
        tuple(heading for heading, _ in columns),
        tuple(tuple(cell(row) for _, cell in columns) for row in rows),
        tuple(notes),
        empty or tr("No account was read yet."),
        chart,
    )


# ---------------------------------------------------------------- sales


def _sold(found: Insight) -> Section:
    most = max((a.units for a in found.accounts), default=0)

    def days(a: AccountSales) -> Cell:
        short = a.watched_days < found.days - 1
        return Cell(decimal(a.watched_days), tone="worth" if short else "")

    return _section(
        "sold",
        tr("What sells where"),
        found.accounts,
        _word(tr("Account"), lambda a: a.account),
        _number(tr("Orders"), lambda a: a.orders),
        _number(tr("Cancelled"), lambda a: a.cancelled_orders),
        _cell(tr("Units sold"), lambda a: _bar(a.units, most)),
        _cell(
            tr("Units a day"),
            lambda a: Cell(decimal(a.units / a.watched_days) if a.watched_days > 0 else NOTHING),
        ),
        _cell(tr("Days known"), days),
        notes=[
            tr(
                "Units of products that orders hold or took out of the warehouse, by the day of"
                " the order;"
                " packs and bundles are taken apart. What was cancelled before it left is not in"
                " them, nor are orders of listings without a product."
            ),
        ],
        chart=Chart(found.dates, tuple((a.account, a.units_by_day) for a in found.accounts))
        if found.shelf.units_sold
        else None,
    )


def _running_out(found: Insight) -> Section:
    longest = max((p.cover_days or 0 for p in found.running_out), default=0)
    return _section(
        "running-out",
        tr("Runs out first"),
        found.running_out,
        *_product(),
        _cell(tr("Lasts, days"), lambda p: _cover(p, longest)),
        _number(tr("Sold"), lambda p: p.sold),
        _cell(tr("Sold a day"), lambda p: Cell(decimal(p.sold_per_day))),
        *_stock(),
        notes=[
            tr(
                "If it sells on as in the days that each account is known for. ~: fewer than ten"
                " units sold, or less than a week known; take it for a guess. A product that was"
                " sold out for a while would have sold more."
            ),
        ],
        empty=tr("Nothing that is counted was sold."),
    )


def _best_sellers(found: Insight) -> Section:
    most = max((p.sold for p in found.best_sellers), default=0)

    def sold_by(account: str) -> Column[ProductSales]:
        return _cell(account, lambda p: Cell(_or_nothing(p.sold_by_account.get(account, 0))))

    return _section(
        "best-sellers",
        tr("Sells most"),
        found.best_sellers,
        *_product(),
        _cell(tr("Sold"), lambda p: _bar(p.sold, most)),
        _cell(tr("Lasts, days"), lambda p: _cover(p, None)),
        *(sold_by(a.account) for a in found.accounts[:ACCOUNTS_MAX]),
        *_stock(),
        notes=[_shown_of(len(found.best_sellers), found.shelf.selling)],
        empty=tr("Nothing was sold."),
    )


def _lying(found: Insight) -> Section:
    most = max((p.on_hand or 0 for p in found.lying_still), default=0)
    return _section(
        "lying-still",
        tr("Lies still"),
        found.lying_still,
        *_product(),
        _cell(
            tr("On hand"),
            lambda p: Cell(_count(p.on_hand), bar=(p.on_hand or 0) / most if most else None),
        ),
        _cell(tr("Available"), lambda p: Cell(_count(p.available))),
        notes=[
            tr(
                "In the warehouse and not sold once in these days: {products} products, {units}"
                " units.",
                products=whole(found.shelf.lying),
                units=whole(found.shelf.lying_units),
            ),
        ],
        empty=tr("All that lies in the warehouse was sold, too."),
    )


def _product() -> tuple[Column[ProductSales], ...]:
    return _word(tr("SKU"), lambda p: p.sku), _word(tr("Name"), lambda p: p.name, long=True)


def _stock() -> tuple[Column[ProductSales], ...]:
    return (
        _cell(tr("On hand"), lambda p: Cell(_count(p.on_hand))),
        _cell(
            tr("Available"),
            lambda p: Cell(_count(p.available), tone="" if p.available else "bad"),
        ),
    )


def _bar(value: int, most: int) -> Cell:
    return Cell(whole(value), bar=value / most if most else None)


def _cover(p: ProductSales, longest: float | None) -> Cell:
    if p.cover_days is None:
        return Cell(NOTHING)
    days = tr("over a year") if p.cover_days > YEAR else decimal(p.cover_days)
    tone = "bad" if p.cover_days < 3 else "worth" if p.cover_days < 7 else ""
    bar = min(1.0, p.cover_days / longest) if longest else None
    return Cell(f"~{days}" if p.rough else days, bar=bar, tone=tone)


# ---------------------------------------------------------------- troubles


def _returns(found: Insight) -> Section:
    return _section(
        "returns",
        tr("Returns"),
        found.returns,
        _word(tr("Account"), lambda r: r.account),
        _number(tr("Returned"), lambda r: r.units),
        _cell(tr("Of sold"), lambda r: Cell(percent(r.rate))),
        _number(tr("Received"), lambda r: r.received),
        _number(tr("On the way"), lambda r: r.expected),
        _number(tr("Waiting"), lambda r: r.waiting, "worth"),
        notes=[
            tr(
                "Units. Returned: filed in these days, against what was sold in the same days; what"
                " comes back later is of an earlier sale. Waiting: in quarantine now, for"
                " `cloudstock receive-return`."
            ),
        ],
    )


def _oversold(found: Insight) -> Section:
    oversold, now = found.incidents.oversold_first, Cell(tr("now"), tone="bad")
    return _section(
        "oversold",
        tr("Sold and not there"),
        [
            *((o.sku, o.warehouse, now, whole(o.reserved), o.on_hand) for o in oversold),
            *(
                (b.sku, b.warehouse, Cell(when(b.happened_at)), NOTHING, b.lowest)
                for b in found.incidents.below_zero_first
            ),
        ],
        _word(tr("SKU"), lambda row: row[0]),
        _word(tr("Warehouse"), lambda row: row[1]),
        _cell(tr("When"), lambda row: row[2], number=False),
        _cell(tr("Promised"), lambda row: Cell(row[3])),
        _number(tr("On hand"), lambda row: row[4]),
        notes=[
            tr(
                "Oversold now: {products} products, {units} units. Below zero in the ledger in"
                " these days: {shelves}. What was promised twice and cancelled in time left no"
                " trace there.",
                products=whole(found.incidents.oversold),
                units=whole(found.incidents.oversold_units),
                shelves=whole(found.incidents.below_zero),
            ),
        ],
        empty=tr("No unit was sold that was not there."),
    )


def _windows(found: Insight) -> Section:
    kept = min((w.runs_since for w in found.windows if w.runs_since), default=None)
    return _section(
        "windows",
        tr("What listings show"),
        found.windows,
        _word(tr("Account"), lambda w: w.account),
        _number(tr("Listings"), lambda w: w.windows),
        _number(tr("Above now"), lambda w: w.above, "bad"),
        _number(tr("Unknown"), lambda w: w.unknown, "worth"),
        _number(tr("Refused"), lambda w: w.refused, "bad"),
        _number(tr("Drift found"), lambda w: w.drift),
        _number(tr("Below found"), lambda w: w.below),
        notes=[
            tr(
                "A listing is counted once for each marketplace warehouse. Above now: read back"
                " with more"
                " than was accepted. Drift and below: what readings found more or less than"
                " believed, each time, since {since}; runs are kept for a week. Less may be an"
                " order that was not seen yet.",
                since=when(kept),
            ),
        ],
    )


def _differences(found: Insight) -> Section:
    kept = min((p.since for d in found.differences for p in d.periods), default=None)
    # An account that was not read has a row, too.
    rows = [(d, p) for d in found.differences for p in d.periods or (None,)]

    def number(
        title: str, of: Callable[[Differences], int], tone: str = "", nothing: str = NOTHING
    ) -> Column[tuple[AccountDifferences, Differences | None]]:
        heading, cell = _number(title, of, tone)
        return heading, lambda row: Cell(nothing) if row[1] is None else cell(row[1])

    return _section(
        "differences",
        tr("How the marketplaces' numbers differ from yours"),
        rows,
        _word(tr("Account"), lambda row: row[0].account),
        _cell(
            tr("Push"),
            lambda row: _push(row[0].push if row[1] is None else row[1].push),
            number=False,
        ),
        number(tr("Readings"), lambda p: p.readings, nothing=whole(0)),
        number(tr("Differed"), lambda p: p.differing),
        _cell(
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
                for d in found.differences
                if d.last is not None
            ),
            *(
                tr("{account}: push is off, nothing is sent to it.", account=d.account)
                for d in found.differences
                if d.push == "off"
            ),
        ],
    )


def _push(word: str) -> Cell:
    return Cell(tr("off"), tone="worth") if word == "off" else Cell(tr("on"))


def _latency(found: Insight) -> Section:
    kept = min((x.kept_since for x in found.latency if x.kept_since), default=None)
    spread = tuple(
        (x.account, x.median_s, x.p95_s, x.p99_s)
        for x in found.latency
        if x.median_s is not None and x.p95_s is not None and x.p99_s is not None
    )
    return _section(
        "latency",
        tr("How quickly listings follow"),
        found.latency,
        _word(tr("Account"), lambda x: x.account),
        _number(tr("Accepted"), lambda x: x.accepted),
        _number(tr("Refused"), lambda x: x.refused, "worth"),
        _number(tr("No answer"), lambda x: x.unanswered, "worth"),
        _cell(tr("Median"), lambda x: Cell(seconds(x.median_s))),
        _cell(tr("95 of 100"), lambda x: Cell(seconds(x.p95_s))),
        _cell(tr("99 of 100"), lambda x: Cell(seconds(x.p99_s))),
        _cell(tr("Slowest"), lambda x: Cell(seconds(x.slowest_s))),
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


def _accounts(found: Insight) -> Section:
    return _section(
        "accounts",
        tr("How fresh the knowledge is"),
        found.accounts,
        _word(tr("Account"), lambda a: a.account),
        _word(tr("Marketplace"), lambda a: a.marketplace),
        _word(tr("Orders known since"), lambda a: when(a.known_since)),
        _word(tr("Orders read until"), lambda a: when(a.read_until)),
        _cell(
            tr("State"),
            lambda a: Cell(tr("stale"), tone="bad") if a.stale else Cell(tr("fresh")),
            number=False,
        ),
    )


def _loose(found: Insight) -> Section:
    loose = found.loose
    return _section(
        "loose",
        tr("Nothing is pushed for"),
        [
            *((tr("not linked"), x.account, x.offer_id, x.name) for x in loose.unlinked_first),
            *((tr("never counted"), NOTHING, p.sku, p.name) for p in loose.uncounted_first),
        ],
        _word(tr("What"), lambda row: row[0]),
        _word(tr("Account"), lambda row: row[1]),
        _word(tr("SKU"), lambda row: row[2]),
        _word(tr("Name"), lambda row: row[3], long=True),
        notes=[
            tr(
                "Listings without a product: {listings}; see `cloudstock link-listing --help`."
                " Listed products that were never counted: {products}; see `cloudstock set-stock"
                " --help`.",
                listings=whole(loose.unlinked),
                products=whole(loose.uncounted),
            ),
        ],
        empty=tr("Every listing has a product, and every product was counted."),
    )


# ---------------------------------------------------------------- words


def period(found: Insight) -> str:
    """Return which days a report is of."""
    return tr(
        "{days} days, {first} to {last}",
        days=found.days,
        first=found.dates[0],
        last=found.dates[-1],
    )


def made(found: Insight) -> str:
    """Return when a report was made, with the zone of all times in it."""
    return tr("made {when} {zone}", when=when(found.made_at), zone=zone(found.made_at))


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else whole(value)


def _or_nothing(value: int) -> str:
    return whole(value) if value else NOTHING


def _shown_of(shown: int, total: int) -> str:
    return tr("{shown} of {total} that were sold.", shown=whole(shown), total=whole(total))
