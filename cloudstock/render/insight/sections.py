"""What a report says, section by section, whoever writes it down."""

from __future__ import annotations

from collections.abc import Iterator

from cloudstock.language import tr, trn
from cloudstock.render.insight.model import Cell, Chart, Figure, Heading, Section, Spread
from cloudstock.render.insight.words import decimal, percent, seconds
from cloudstock.render.text import NOTHING, UNKNOWN, when, whole, zone
from cloudstock.store.views.comparisons import compared_text
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


# ---------------------------------------------------------------- sales


def _sold(found: Insight) -> Section:
    most = max((a.units for a in found.accounts), default=0)
    return Section(
        key="sold",
        title=tr("What sells where"),
        headings=(
            Heading(tr("Account")),
            Heading(tr("Orders"), number=True),
            Heading(tr("Cancelled"), number=True),
            Heading(tr("Units sold"), number=True),
            Heading(tr("Units a day"), number=True),
            Heading(tr("Days known"), number=True),
        ),
        rows=tuple(_account_row(a, most, found.days) for a in found.accounts),
        notes=(
            tr(
                "Units of products that orders hold or took off the shelf, by the day of the order;"
                " packs and bundles are taken apart. What was cancelled before it left is not in"
                " them, nor are orders of listings without a product."
            ),
        ),
        empty=tr("No account was read yet."),
        chart=Chart(found.dates, tuple((a.account, a.units_by_day) for a in found.accounts))
        if found.shelf.units_sold
        else None,
    )


def _account_row(a: AccountSales, most: int, days: int) -> tuple[Cell, ...]:
    short = a.watched_days < days - 1
    return (
        Cell(a.account),
        Cell(whole(a.orders)),
        Cell(whole(a.cancelled_orders)),
        Cell(whole(a.units), bar=a.units / most if most else None),
        Cell(decimal(a.units / a.watched_days) if a.watched_days > 0 else NOTHING),
        Cell(decimal(a.watched_days), tone="worth" if short else ""),
    )


def _running_out(found: Insight) -> Section:
    longest = max((p.cover_days or 0 for p in found.running_out), default=0)
    return Section(
        key="running-out",
        title=tr("Runs out first"),
        headings=(
            *_product_headings(),
            Heading(tr("Lasts, days"), number=True),
            Heading(tr("Sold"), number=True),
            Heading(tr("Sold a day"), number=True),
            *_stock_headings(),
        ),
        rows=tuple(
            (
                *_product(p),
                _cover(p, longest),
                Cell(whole(p.sold)),
                Cell(decimal(p.sold_per_day)),
                *_stock(p),
            )
            for p in found.running_out
        ),
        notes=(
            tr(
                "If it sells on as in the days that each account is known for. ~: fewer than ten"
                " units sold, or less than a week known; take it for a guess. A product that was"
                " sold out for a while would have sold more."
            ),
        ),
        empty=tr("Nothing that is counted was sold."),
    )


def _best_sellers(found: Insight) -> Section:
    names = [a.account for a in found.accounts][:ACCOUNTS_MAX]
    most = max((p.sold for p in found.best_sellers), default=0)
    return Section(
        key="best-sellers",
        title=tr("Sells most"),
        headings=(
            *_product_headings(),
            Heading(tr("Sold"), number=True),
            Heading(tr("Lasts, days"), number=True),
            *(Heading(name, number=True) for name in names),
            *_stock_headings(),
        ),
        rows=tuple(
            (
                *_product(p),
                Cell(whole(p.sold), bar=p.sold / most if most else None),
                _cover(p, None),
                *(Cell(_or_nothing(p.sold_by_account.get(name, 0))) for name in names),
                *_stock(p),
            )
            for p in found.best_sellers
        ),
        notes=(_shown_of(len(found.best_sellers), found.shelf.selling),),
        empty=tr("Nothing was sold."),
    )


def _lying(found: Insight) -> Section:
    most = max((p.on_hand or 0 for p in found.lying_still), default=0)
    return Section(
        key="lying-still",
        title=tr("Lies still"),
        headings=(*_product_headings(), *_stock_headings()),
        rows=tuple(
            (
                *_product(p),
                Cell(_count(p.on_hand), bar=(p.on_hand or 0) / most if most else None),
                Cell(_count(p.available)),
            )
            for p in found.lying_still
        ),
        notes=(
            tr(
                "On the shelf and not sold once in these days: {products} products, {units} units.",
                products=whole(found.shelf.lying),
                units=whole(found.shelf.lying_units),
            ),
        ),
        empty=tr("All that lies on the shelf was sold, too."),
    )


def _product_headings() -> tuple[Heading, ...]:
    return Heading(tr("SKU")), Heading(tr("Name"), long=True)


def _stock_headings() -> tuple[Heading, ...]:
    return Heading(tr("On hand"), number=True), Heading(tr("Available"), number=True)


def _product(p: ProductSales) -> tuple[Cell, ...]:
    return Cell(p.sku), Cell(p.name)


def _stock(p: ProductSales) -> tuple[Cell, ...]:
    return Cell(_count(p.on_hand)), Cell(_count(p.available), tone="" if p.available else "bad")


def _cover(p: ProductSales, longest: float | None) -> Cell:
    if p.cover_days is None:
        return Cell(NOTHING)
    days = tr("over a year") if p.cover_days > YEAR else decimal(p.cover_days)
    tone = "bad" if p.cover_days < 3 else "worth" if p.cover_days < 7 else ""
    bar = min(1.0, p.cover_days / longest) if longest else None
    return Cell(f"~{days}" if p.rough else days, bar=bar, tone=tone)


# ---------------------------------------------------------------- troubles


def _returns(found: Insight) -> Section:
    return Section(
        key="returns",
        title=tr("Returns"),
        headings=(
            Heading(tr("Account")),
            Heading(tr("Returned"), number=True),
            Heading(tr("Of sold"), number=True),
            Heading(tr("Received"), number=True),
            Heading(tr("On the way"), number=True),
            Heading(tr("Waiting"), number=True),
        ),
        rows=tuple(
            (
                Cell(r.account),
                Cell(whole(r.units)),
                Cell(percent(r.rate)),
                Cell(whole(r.received)),
                Cell(whole(r.expected)),
                Cell(whole(r.waiting), tone="worth" if r.waiting else ""),
            )
            for r in found.returns
        ),
        notes=(
            tr(
                "Units. Returned: filed in these days, against what was sold in the same days; what"
                " comes back later is of an earlier sale. Waiting: in quarantine now, for"
                " `cloudstock receive-return`."
            ),
        ),
        empty=tr("No account was read yet."),
    )


def _oversold(found: Insight) -> Section:
    now, before = found.incidents.oversold_first, found.incidents.below_zero_first
    return Section(
        key="oversold",
        title=tr("Sold and not there"),
        headings=(
            Heading(tr("SKU")),
            Heading(tr("Shelf")),
            Heading(tr("When")),
            Heading(tr("Promised"), number=True),
            Heading(tr("On hand"), number=True),
        ),
        rows=(
            *(
                (
                    Cell(o.sku),
                    Cell(o.warehouse),
                    Cell(tr("now"), tone="bad"),
                    Cell(whole(o.reserved)),
                    Cell(whole(o.on_hand)),
                )
                for o in now
            ),
            *(
                (
                    Cell(b.sku),
                    Cell(b.warehouse),
                    Cell(when(b.happened_at)),
                    Cell(NOTHING),
                    Cell(whole(b.lowest)),
                )
                for b in before
            ),
        ),
        notes=(
            tr(
                "Oversold now: {products} products, {units} units. Below zero in the ledger in"
                " these days: {shelves}. What was promised twice and cancelled in time left no"
                " trace there.",
                products=whole(found.incidents.oversold),
                units=whole(found.incidents.oversold_units),
                shelves=whole(found.incidents.below_zero),
            ),
        ),
        empty=tr("No unit was sold that was not there."),
    )


def _windows(found: Insight) -> Section:
    kept = min((w.runs_since for w in found.windows if w.runs_since), default=None)
    return Section(
        key="windows",
        title=tr("What windows show"),
        headings=(
            Heading(tr("Account")),
            Heading(tr("Windows"), number=True),
            Heading(tr("Above now"), number=True),
            Heading(tr("Unknown"), number=True),
            Heading(tr("Refused"), number=True),
            Heading(tr("Drift found"), number=True),
            Heading(tr("Below found"), number=True),
        ),
        rows=tuple(
            (
                Cell(w.account),
                Cell(whole(w.windows)),
                Cell(whole(w.above), tone="bad" if w.above else ""),
                Cell(whole(w.unknown), tone="worth" if w.unknown else ""),
                Cell(whole(w.refused), tone="bad" if w.refused else ""),
                Cell(whole(w.drift)),
                Cell(whole(w.below)),
            )
            for w in found.windows
        ),
        notes=(
            tr(
                "A window is a listing in a marketplace's warehouse. Above now: read back with more"
                " than was accepted. Drift and below: what readings found more or less than"
                " believed, each time, since {since}; runs are kept for a week. Less may be an"
                " order that was not seen yet.",
                since=when(kept),
            ),
        ),
        empty=tr("No account was read yet."),
    )


def _differences(found: Insight) -> Section:
    kept = min((p.since for d in found.differences for p in d.periods), default=None)
    return Section(
        key="differences",
        title=tr("How the marketplaces' numbers differ from yours"),
        headings=(
            Heading(tr("Account")),
            Heading(tr("Push")),
            Heading(tr("Readings"), number=True),
            Heading(tr("Differed"), number=True),
            Heading(tr("Of listings"), number=True),
            Heading(tr("Listings, at most"), number=True),
            Heading(tr("Too many, at most"), number=True),
            Heading(tr("Too few, at most"), number=True),
        ),
        rows=tuple(row for d in found.differences for row in _difference_rows(d)),
        notes=(
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
        ),
        empty=tr("No account was read yet."),
    )


def _difference_rows(d: AccountDifferences) -> Iterator[tuple[Cell, ...]]:
    for p in d.periods:
        yield (
            Cell(d.account),
            _push(p.push),
            Cell(whole(p.readings)),
            Cell(whole(p.differing)),
            Cell(percent(p.share)),
            Cell(whole(p.listings_max)),
            Cell(whole(p.units_above_max), tone="worth" if p.units_above_max else ""),
            Cell(whole(p.units_below_max)),
        )
    if not d.periods:
        yield Cell(d.account), _push(d.push), Cell(whole(0)), *[Cell(NOTHING)] * 5


def _push(word: str) -> Cell:
    return Cell(tr("off"), tone="worth") if word == "off" else Cell(tr("on"))


def _latency(found: Insight) -> Section:
    kept = min((x.kept_since for x in found.latency if x.kept_since), default=None)
    spread = tuple(
        (x.account, x.median_s, x.p95_s, x.p99_s)
        for x in found.latency
        if x.median_s is not None and x.p95_s is not None and x.p99_s is not None
    )
    return Section(
        key="latency",
        title=tr("How quickly windows follow"),
        headings=(
            Heading(tr("Account")),
            Heading(tr("Accepted"), number=True),
            Heading(tr("Refused"), number=True),
            Heading(tr("No answer"), number=True),
            Heading(tr("Median"), number=True),
            Heading(tr("95 of 100"), number=True),
            Heading(tr("99 of 100"), number=True),
            Heading(tr("Slowest"), number=True),
        ),
        rows=tuple(
            (
                Cell(x.account),
                Cell(whole(x.accepted)),
                Cell(whole(x.refused), tone="worth" if x.refused else ""),
                Cell(whole(x.unanswered), tone="worth" if x.unanswered else ""),
                *(Cell(seconds(s)) for s in (x.median_s, x.p95_s, x.p99_s, x.slowest_s)),
            )
            for x in found.latency
        ),
        notes=(
            tr(
                "From the moment that a number was computed until the marketplace accepted it, of"
                " the pushes that are kept: since {since}, 30 days at most.",
                since=when(kept),
            ),
        ),
        empty=tr("Nothing was pushed."),
        chart=Spread(spread) if spread else None,
    )


def _accounts(found: Insight) -> Section:
    return Section(
        key="accounts",
        title=tr("How fresh the knowledge is"),
        headings=(
            Heading(tr("Account")),
            Heading(tr("Marketplace")),
            Heading(tr("Orders known since")),
            Heading(tr("Orders read until")),
            Heading(tr("State")),
        ),
        rows=tuple(
            (
                Cell(a.account),
                Cell(a.marketplace),
                Cell(when(a.known_since)),
                Cell(when(a.read_until)),
                Cell(tr("stale"), tone="bad") if a.stale else Cell(tr("fresh")),
            )
            for a in found.accounts
        ),
        empty=tr("No account was read yet."),
    )


def _loose(found: Insight) -> Section:
    loose = found.loose
    return Section(
        key="loose",
        title=tr("Nothing is pushed for"),
        headings=(
            Heading(tr("What")),
            Heading(tr("Account")),
            Heading(tr("SKU")),
            Heading(tr("Name"), long=True),
        ),
        rows=(
            *(
                (Cell(tr("not linked")), Cell(x.account), Cell(x.offer_id), Cell(x.name))
                for x in loose.unlinked_first
            ),
            *(
                (Cell(tr("never counted")), Cell(NOTHING), Cell(p.sku), Cell(p.name))
                for p in loose.uncounted_first
            ),
        ),
        notes=(
            tr(
                "Listings without a product: {listings}; see `cloudstock link-listing --help`."
                " Listed products that were never counted: {products}; see `cloudstock set-stock"
                " --help`.",
                listings=whole(loose.unlinked),
                products=whole(loose.uncounted),
            ),
        ),
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
