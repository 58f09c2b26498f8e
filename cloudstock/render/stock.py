"""The table of show-stock: one line a product and warehouse, one column an account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import chain, islice
from typing import TYPE_CHECKING

from cloudstock.language import tr
from cloudstock.render import as_json
from cloudstock.render.console import STYLES, Styled, paragraph
from cloudstock.render.text import NOTHING, UNKNOWN, number, when
from cloudstock.sheets.form import Form
from cloudstock.store.views.stock import ListingStock, Waits, WarehouseStock

if TYPE_CHECKING:
    from cloudstock.render.tables import Column
    from cloudstock.store.views.quotas import ShownTogether

# A row's own columns, then those of its listing.
CSV_HEADER = (
    *("sku", "name", "warehouse", "on_hand", "reserved", "available"),
    *ListingStock._fields[:-1],
    *(f"waits_{f.name}" for f in fields(Waits)),
)
# Of a product, before those of its listings; its warehouse's comes on top.
OWN_COLUMNS = 5
# Products of which is told when they show all there is.
MOVING_MAX = 10
OVERSOLD = "!"
REFUSED = "\N{MULTIPLICATION SIGN}"
STALE = "~"
WAITS = "\N{HORIZONTAL ELLIPSIS}"


def stock_json(lines: Iterable[str]) -> Iterator[str]:
    """Yield a JSON array of the store's lines, as they come."""
    return as_json.array(lines)


def stock_csv(rows: Iterable[WarehouseStock], form: Form) -> Iterator[str]:
    """Yield CSV with a row for each warehouse and listing; each has the warehouse's numbers."""
    from cloudstock.render import as_csv

    nothing = (None,) * len(ListingStock._fields)
    return as_csv.document(
        CSV_HEADER,
        (
            (r.sku, r.name, r.warehouse, r.on_hand, r.reserved, r.available, *before, *_waits(w))
            for r in rows
            for *before, w in r.listings or (nothing,)
        ),
        form,
    )


def _waits(waits: Waits | None) -> tuple[object, ...]:
    if waits is None:
        return (None,) * len(fields(Waits))
    return waits.orders_of, waits.until, waits.hours


def stock_table(
    rows: Iterable[WarehouseStock],
    accounts: Sequence[str],
    *,
    warehouses: bool,
    moving: Callable[[str], Mapping[str, ShownTogether]] = lambda _: {},
) -> Iterator[str]:
    """Yield the table; `warehouses`: there is more than one warehouse, so tell which.

    `moving`: what a product's listings show together while its units move, by warehouse.

    A column for each account where that fits, else a line for each listing, in a column for each
    number or, in a narrow terminal, below its product.
    """
    from cloudstock.render.tables import BLOCK, have_room, table

    source = iter(rows)
    first = list(islice(source, BLOCK))
    if not first:
        return
    wide, long = _ByAccount(accounts, warehouses=warehouses), _Listings(warehouses=warehouses)
    for layout in (wide, long):
        lines = [line for row in first for line in layout.lines(row)]
        if have_room(layout.columns, lines):
            later = (line for row in source for line in layout.lines(row))
            yield from table(layout.columns, chain(lines, later))
            break
    else:
        for row in chain(first, source):
            yield from _card(row, warehouses=warehouses)
    # Told from the first block: a table of a million lines is read by programs.
    cells = [cell for line in lines for cell in line[OWN_COLUMNS + warehouses :]]
    legend = [*_legend(first, cells, together=layout is not long), *_moving(first, moving)]
    yield "\n" if legend else ""
    yield from legend


def _legend(
    rows: Sequence[WarehouseStock], cells: Sequence[str], *, together: bool
) -> Iterator[str]:
    """Yield what the signs and marks mean that are there; `cells`: of the rows' listings."""
    listings = [x for row in rows for x in row.listings]
    signs = [
        (UNKNOWN, tr("unknown"), any(row.on_hand is None for row in rows)),
        (NOTHING, tr("not yet"), False),
        ("(n)", tr("seen before the last push"), False),
    ]
    there = [
        f"{sign} {meaning}"
        for sign, meaning, elsewhere in signs
        if elsewhere or any(sign.removesuffix("n)") in cell for cell in cells)
    ]
    if together and any("/" in cell for cell in cells):
        there.insert(0, tr("target/pushed/seen, or one number where they agree"))
    if there:
        yield paragraph("; ".join(there))
    if any(row.oversold for row in rows):
        oversold = tr("oversold: more is promised than is on hand; see `cloudstock status`.")
        yield paragraph(f"{OVERSOLD} {oversold}", "wrong")
    if any(x.refused for x in listings):
        refused = tr("refused by the marketplace; `cloudstock explain SKU` tells why.")
        yield paragraph(f"{REFUSED} {refused}", "wrong")
    if any(x.stale for x in listings):
        stale = tr("not raised: orders were not read lately; see `cloudstock status`.")
        yield paragraph(f"{STALE} {stale}", "notable")
    if waits := [x.waits for x in listings if x.waits is not None]:
        yield paragraph(f"{WAITS} {_waiting(waits)}", "notable")


def _moving(
    rows: Sequence[WarehouseStock], moving: Callable[[str], Mapping[str, ShownTogether]]
) -> Iterator[str]:
    """Yield of the first products that show fewer than there are why, and until when."""
    wait = (row for row in rows if any(x.waits is not None for x in row.listings))
    for row in islice(wait, MOVING_MAX):
        shown = moving(row.sku).get(row.warehouse)
        if shown is not None:
            # Most of the time nothing moves.
            from cloudstock.render.policies import moving_words

            words = tr(
                "{sku} shows {now} {words}",
                sku=row.sku,
                now=shown.now,
                words=moving_words(shown),
            )
            yield paragraph(words, "notable", indent=2)


def _card(row: WarehouseStock, *, warehouses: bool) -> Iterator[str]:
    """Yield a product and its listings, one below the other."""
    place = f"{row.name} ({row.warehouse})" if warehouses else row.name
    yield paragraph(f"{row.sku}  {place}".rstrip())
    units = tr(
        "{on_hand} on hand, {reserved} reserved, {available} available",
        on_hand=number(row.on_hand),
        reserved=row.reserved,
        available=_available(row),
    )
    yield paragraph(units, "wrong" if row.oversold else "", indent=2)
    width = max((len(x.account) for x in row.listings), default=0)
    for x in row.listings:
        cell = _cell(x)
        style = cell.style if isinstance(cell, Styled) else ""
        yield paragraph(f"{x.account:{width}}  {cell}", style, indent=2)


def _waiting(waits: Sequence[Waits]) -> str:
    """Tell what these listings wait for, the last of them until when."""
    # Most of the time nothing waits, and what reads rows costs a start something.
    from cloudstock.store.troubles.sentences import read_first

    names = {name for w in waits for name in w.orders_of}
    if not names:
        return tr("not its part yet; `cloudstock explain SKU` tells what it waits for.")
    moments = [w.until for w in waits if w.orders_of]
    last = max((m for m in moments if m is not None), default=None)
    until = None if last is None or None in moments else when(last)
    return tr("not its part yet: {until}.", until=read_first(names, until))


def _available(row: WarehouseStock) -> str:
    available = number(row.available)
    return Styled(f"{available}{OVERSOLD}", "wrong") if row.oversold else available


def _own_numbers() -> Iterator[Column]:
    from cloudstock.render.tables import Column

    for title in (tr("On\nhand"), tr("Re-\nserved"), tr("Avail-\nable")):
        yield Column(title, number=True)


class _ByAccount:
    """A column for each account."""

    def __init__(self, accounts: Sequence[str], *, warehouses: bool) -> None:
        from cloudstock.render.tables import Column

        self._accounts = accounts
        self._warehouses = warehouses
        self.columns = (
            Column(tr("SKU"), folds=True),
            Column(tr("Name"), cuts=True),
            *([Column(tr("Warehouse"), folds=True)] if warehouses else []),
            *_own_numbers(),
            *(Column(a, number=True) for a in accounts),
        )

    def lines(self, row: WarehouseStock) -> Iterator[Sequence[str]]:
        """Yield the product's one line."""
        cells = dict.fromkeys(self._accounts, "")
        for x in row.listings:
            # One below the other where an account has several.
            if x.account in cells:
                before, cell = cells[x.account], _cell(x)
                cells[x.account] = _stacked(before, cell) if before else cell
        yield (
            row.sku,
            row.name,
            *([row.warehouse] if self._warehouses else []),
            number(row.on_hand),
            str(row.reserved),
            _available(row),
            *cells.values(),
        )


def _stacked(above: str, below: str) -> str:
    styles = [text.style for text in (above, below) if isinstance(text, Styled)]
    return Styled(f"{above}\n{below}", min(styles, key=[*STYLES].index) if styles else "")


def _cell(listing: ListingStock) -> str:
    target, pushed, seen = _numbers(listing)
    if target == pushed and (seen == target or listing.superseded):
        return _marked(target, listing)
    return _marked(f"{target}/{pushed}/{seen}", listing)


def _marked(text: str, listing: ListingStock) -> str:
    """Return a number with what hinders it, if anything does: a mark, and a colour beside it."""
    if listing.refused:
        return Styled(f"{text}{REFUSED}", "wrong")
    mark = (STALE if listing.stale else "") + (WAITS if listing.waits is not None else "")
    return Styled(f"{text}{mark}", "notable") if mark else text


def _numbers(listing: ListingStock) -> tuple[str, str, str]:
    seen = NOTHING if listing.seen is None else str(listing.seen)
    return (
        number(listing.target),
        NOTHING if listing.pushed is None else str(listing.pushed),
        f"({seen})" if listing.superseded else seen,
    )


class _Listings:
    """A line for each listing, for narrow terminals and many accounts."""

    def __init__(self, *, warehouses: bool) -> None:
        from cloudstock.render.tables import Column

        self._warehouses = warehouses
        self.columns = (
            Column(tr("SKU"), folds=True),
            *([Column(tr("Warehouse"), folds=True)] if warehouses else []),
            *_own_numbers(),
            Column(tr("Account"), folds=True),
            Column(tr("Target"), number=True),
            Column(tr("Pushed"), number=True),
            Column(tr("Seen"), number=True),
        )

    def lines(self, row: WarehouseStock) -> Iterator[Sequence[str]]:
        """Yield a line for each listing; the product's own numbers stand in the first."""
        warehouse = [row.warehouse] if self._warehouses else []
        own = [row.sku, *warehouse, number(row.on_hand), str(row.reserved), _available(row)]
        if not row.listings:
            yield (*own, *[""] * 4)
        for listing in row.listings:
            target, *others = _numbers(listing)
            yield (*own, listing.account, _marked(target, listing), *others)
            own = [""] * len(own)
