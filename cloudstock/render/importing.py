"""What was found in a stock file, what it changes, and its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from cloudstock.language import mark, spoken, tr, trn
from cloudstock.render.text import age, number, signed, strip_controls, when

if TYPE_CHECKING:
    from cloudstock.sheets.counting import Difference, Found, ImportResult
    from cloudstock.sheets.sources import SourceState

# Lines of a look; CSV and JSON have all of them.
LOOK_MAX = 200
# Why rows of a file are no counts.
PASSED = {
    "empty": mark("without a quantity"),
    "group": mark("titles of groups"),
    "total": mark("totals"),
    "header-again": mark("the header again"),
    "hint": mark("hints"),
    "unknown": mark("of products that are not yours"),
    "doubtful": mark("with a doubtful article"),
    "hidden": mark("hidden"),
    "warehouse": mark("of other warehouses"),
    "at-least": mark("with at least a number"),
    "word": mark("with a word in place of a quantity"),
    "fraction": mark("with a fraction"),
    "below-zero": mark("below zero"),
    "counted-later": mark("counted later by others"),
}


def found(what: Found) -> list[str]:
    """Tell in two lines what was found in a file, and what of it was passed over."""
    header = ", ".join(map(str, what.header_rows))
    columns = ", ".join(
        f"{spoken(role, 'column')} {' '.join(title.split())!r}"
        for role, title in what.columns.items()
    )
    place = tr("sheet {sheet}", sheet=repr(what.sheet)) if what.sheet else ""
    titles = tr("titles in row {rows}", rows=header) if header else ""
    first = "; ".join(filter(None, (what.form, place, titles, columns)))
    parts = [f"{spoken(PASSED.get(why, why))}: {count}" for why, count in what.passed.items()]
    if what.not_in_file:
        parts.append(
            trn(
                "{n} counted product is not in the file",
                "{n} counted products are not in the file",
                what.not_in_file,
            )
        )
    passed = [tr("Passed over: {parts}", parts="; ".join(parts))] if parts else []
    return [*map(strip_controls, [first, *passed, *(remark.text for remark in what.remarks)])]


def imported(result: ImportResult) -> str:
    """Tell what a sheet changed."""
    if result.unchanged:
        return tr("The file is the one that was taken last; nothing to do.")
    parts = [
        tr("{changed} changed", changed=result.changed),
        tr("{first_counted} counted for the first time", first_counted=result.first_counted),
    ]
    for text, count in (
        (mark("{count} now empty"), result.emptied),
        (mark("{count} left uncounted"), result.left_uncounted),
        (mark("{count} as exported, no counts"), result.untouched),
        (mark("{count} renamed"), result.names),
        (mark("{count} with new barcodes"), result.barcodes),
        (mark("{count} with another buffer"), result.buffers),
        (mark("{count} with another minimum"), result.minimums),
    ):
        if count:
            parts.append(spoken(text).format(count=count))
    moved = [signed(n) for n in (result.units_added, -result.units_removed) if n] or ["0"]
    units = tr("{moved} units", moved=tr(" and ").join(moved))
    return trn(
        "{n} row counted: {parts}; {units}",
        "{n} rows counted: {parts}; {units}",
        result.rows,
        parts=", ".join(parts),
        units=units,
    )


def look(differences: Iterable[Difference]) -> Iterator[str]:
    """Yield a table of what a sheet would change, product by product."""
    from cloudstock.render.tables import Column, table

    first = list(islice(differences, LOOK_MAX))
    more = sum(1 for _ in differences)
    columns = [
        Column(tr("SKU")),
        Column(tr("Warehouse")),
        Column(tr("Was"), number=True),
        Column(tr("Will be"), number=True),
        Column(tr("Also"), folds=True),
    ]
    also = [also_changed(one) for one in first]
    kept = len(columns) if any(also) else len(columns) - 1
    rows = (
        [one.sku, one.warehouse, number(one.before), number(one.after), others][:kept]
        for one, others in zip(first, also, strict=True)
    )
    yield from table(columns[:kept], rows)
    if more:
        yield trn("and {n} more; --csv has all", "and {n} more; --csv has all", more) + "\n"


def also_changed(one: Difference) -> str:
    """Tell what else of a product changes."""
    parts = []
    if one.name_after is not None:
        parts.append(tr("name: {before} → {after}", before=one.name_before, after=one.name_after))
    if one.barcodes_added:
        parts.append(tr("barcodes: +{barcodes}", barcodes=one.barcodes_added))
    if one.buffer_changes:
        parts.append(
            tr(
                "buffer: {before} → {after}",
                before=number(one.buffer_before),
                after=number(one.buffer_after),
            )
        )
    if one.minimum_changes:
        parts.append(
            tr(
                "minimum: {before} → {after}",
                before=number(one.minimum_before),
                after=number(one.minimum_after),
            )
        )
    return "; ".join(parts)


def sources(states: Sequence[SourceState], *, now: datetime) -> Iterator[str]:
    """Yield a table of sources: their files, and what was last taken."""
    from cloudstock.render.console import Styled
    from cloudstock.render.tables import Column, table

    columns = [
        Column(tr("Source")),
        Column(tr("File"), folds=True),
        Column(tr("Last taken"), folds=True),
        Column(tr("Age"), number=True),
        Column(tr("Taken")),
        Column(tr("Counted"), number=True),
        Column(tr("Fingerprint")),
        Column(""),
    ]
    rows = (
        [
            one.name,
            one.file,
            one.taken_file or tr("never"),
            "" if one.written_at is None else age(now - one.written_at),
            "" if one.taken_at is None else when(one.taken_at),
            number(one.counted),
            (one.digest or "")[:12],
            Styled(tr("stale"), "wrong") if one.stale else "",
        ]
        for one in states
    )
    yield from chain(table(columns, rows, empty=tr("No sources are configured."), now=now))
