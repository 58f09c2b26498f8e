"""The table of show-stock: one line a product and warehouse, one column an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain, islice

from cloudstock.language import tr
from cloudstock.render import as_json
from cloudstock.render.console import Styled, paragraph
from cloudstock.render.text import NOTHING, UNKNOWN, number, when
from cloudstock.sheets.form import Form
from cloudstock.store.views.stock import ListingStock, Waits, WarehouseStock

# A row's own columns, then those of its listing.
CSV_HEADER = (
    *("sku", "name", "warehouse", "on_hand", "reserved", "available"),
    *ListingStock._fields[:-1],
    *(f"waits_{f.name}" for f in fields(Waits)),
)
OVERSOLD = "!"
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
    rows: Iterable[WarehouseStock], accounts: Sequence[str], *, warehouses: bool
) -> Iterator[str]:
    """Yield the table; `warehouses`: there is more than one warehouse, so tell which.

    A column for each account where that fits, else a line for each listing.
    """
    from cloudstock.render.tables import BLOCK, have_room, table

    source = iter(rows)
    first = list(islice(source, BLOCK))
    if not first:
        return
    layout = _ByAccount(accounts, warehouses=warehouses)
    lines = [line for row in first for line in layout.lines(row)]
    if have_room(layout.columns, lines):
        later = (line for row in source for line in layout.lines(row))
        yield from table(layout.columns, chain(lines, later))
        yield "\n"
        yield paragraph(
            tr("Under each account: target/pushed/seen, or one number where they agree;")
        )
    else:
        long = _Listings(warehouses=warehouses)
        everything = (line for row in chain(first, source) for line in long.lines(row))
        yield from table(long.columns, everything)
        yield "\n"
    yield paragraph(
        tr(
            "{unknown} unknown, {nothing} not yet, (n) seen before the last push.",
            unknown=UNKNOWN,
            nothing=NOTHING,
        )
    )
    # Told from the first block: a table of a million lines is read by programs.
    if any(row.oversold for row in first):
        oversold = tr("oversold: more is promised than is on hand; see `cloudstock status`.")
        yield paragraph(f"{OVERSOLD} {oversold}", "wrong")
    if waits := [x.waits for row in first for x in row.listings if x.waits is not None]:
        yield paragraph(f"{WAITS} {_waiting(waits)}", "notable")


def _waiting(waits: Sequence[Waits]) -> str:
    """Tell what these listings wait for, the last of them until when."""
    names = ", ".join(sorted({name for w in waits for name in w.orders_of}))
    if not names:
        return tr("not its part yet; `cloudstock explain SKU` tells what it waits for.")
    until = [w.until for w in waits if w.orders_of]
    last = max((u for u in until if u is not None), default=None)
    if last is None or None in until:
        return tr("not its part yet: the orders of {accounts} must be read first.", accounts=names)
    return tr(
        "not its part yet: the orders of {accounts} must be read first, after {until}.",
        accounts=names,
        until=when(last),
    )


def _available(row: WarehouseStock) -> str:
    available = number(row.available)
    return Styled(f"{available}{OVERSOLD}", "wrong") if row.oversold else available


class _ByAccount:
    """A column for each account."""

    def __init__(self, accounts: Sequence[str], *, warehouses: bool) -> None:
        from cloudstock.render.tables import Column

        self._accounts = accounts
        self._warehouses = warehouses
        self.columns = (
            Column(tr("SKU"), folds=True),
            Column(tr("Name"), folds=True),
            *([Column(tr("Warehouse"), folds=True)] if warehouses else []),
            Column(tr("On\nhand"), number=True),
            Column(tr("Re-\nserved"), number=True),
            Column(tr("Avail-\nable"), number=True),
            *(Column(a, number=True) for a in accounts),
        )

    def lines(self, row: WarehouseStock) -> Iterator[Sequence[str]]:
        """Yield the product's one line."""
        cells = dict.fromkeys(self._accounts, "")
        for x in row.listings:
            # One below the other where an account has several.
            if x.account in cells:
                before = cells[x.account]
                cells[x.account] = f"{before}\n{_cell(x)}" if before else _cell(x)
        yield (
            row.sku,
            row.name,
            *([row.warehouse] if self._warehouses else []),
            number(row.on_hand),
            str(row.reserved),
            _available(row),
            *cells.values(),
        )


def _cell(listing: ListingStock) -> str:
    if listing.target is not None and listing.target == listing.pushed == listing.seen:
        return f"{listing.target}{_mark(listing)}"
    target, pushed, seen = _numbers(listing)
    if target == pushed and (seen == target or listing.superseded):
        return f"{target}{_mark(listing)}"
    return f"{target}/{pushed}/{seen}{_mark(listing)}"


def _mark(listing: ListingStock) -> str:
    return "" if listing.waits is None else WAITS


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
            Column(tr("On hand"), number=True),
            Column(tr("Reserved"), number=True),
            Column(tr("Available"), number=True),
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
            yield (*own, listing.account, f"{target}{_mark(listing)}", *others)
            own = [""] * len(own)
