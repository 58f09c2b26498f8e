"""The lists of products and of listings: tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from cloudstock.language import tr
from cloudstock.render import as_csv, as_json
from cloudstock.render.console import Styled
from cloudstock.render.shell import word
from cloudstock.render.text import NOTHING, inert, made_of, number, when
from cloudstock.store.views.candidates import Candidate
from cloudstock.store.views.listings import ListingRow
from cloudstock.store.views.products import ProductRow

# ---------------------------------------------------------------- products


def products_json(rows: Iterable[ProductRow]) -> Iterator[str]:
    """Yield a JSON array."""
    return as_json.array(row._asdict() for row in rows)


def products_csv(rows: Iterable[ProductRow]) -> Iterator[str]:
    """Yield CSV; barcodes stand in one cell."""
    return as_csv.document(
        ProductRow._fields, ((*row[:-1], " ".join(row.barcodes)) for row in rows)
    )


def products_table(rows: Iterable[ProductRow], *, now: datetime) -> Iterator[str]:
    """Yield a line for each product; nothing where there are none."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("SKU"), folds=True),
        Column(tr("Name"), folds=True),
        Column(tr("On hand"), number=True),
        Column(tr("Reserved"), number=True),
        Column(tr("Available"), number=True),
        Column(tr("Listings"), number=True),
        Column(tr("Counted")),
    )
    lines = (
        (
            r.sku,
            r.name,
            number(r.on_hand),
            str(r.reserved),
            number(r.available),
            str(r.listings),
            when(r.counted_at),
        )
        for r in rows
    )
    yield from table(columns, lines, now=now)


# ---------------------------------------------------------------- listings

_LISTING = tuple(f for f in ListingRow._fields if f != "listing_id")


def listings_json(
    rows: Iterable[ListingRow],
    near: Mapping[int, Sequence[Candidate]] | None = None,
    ambiguous: frozenset[int] = frozenset(),
) -> Iterator[str]:
    """Yield a JSON array; `near`: what listings that met no product may be."""

    def one(row: ListingRow) -> dict[str, object]:
        told = {f: getattr(row, f) for f in _LISTING}
        told["parts"] = [part._asdict() for part in row.parts]
        if near is not None:
            told["candidates"] = near.get(row.listing_id)
            told["command"] = link_command(row, near.get(row.listing_id), ambiguous)
        return told

    return as_json.array(map(one, rows))


def listings_csv(
    rows: Iterable[ListingRow],
    near: Mapping[int, Sequence[Candidate]] | None = None,
    ambiguous: frozenset[int] = frozenset(),
) -> Iterator[str]:
    """Yield CSV; what a listing is made of stands in one cell."""

    def one(row: ListingRow) -> list[object]:
        told = [made_of(row.parts) if f == "parts" else getattr(row, f) for f in _LISTING]
        if near is not None:
            found = near.get(row.listing_id, ())
            told += [tuple(c.sku for c in found), link_command(row, found, ambiguous)]
        return told

    header = _LISTING if near is None else (*_LISTING, "candidates", "command")
    return as_csv.document(header, map(one, rows))


def listings_table(rows: Iterable[ListingRow], *, now: datetime) -> Iterator[str]:
    """Yield a line for each listing and warehouse; nothing where there are none."""
    from cloudstock.render.tables import Column, table

    columns = (
        Column(tr("Account"), folds=True),
        Column(tr("Article"), folds=True),
        Column(tr("Name"), folds=True),
        Column(tr("Product"), folds=True),
        Column(tr("Target"), number=True),
        Column(tr("Pushed"), number=True),
        Column(tr("Seen"), number=True),
        Column(tr("Pushed at")),
        Column(tr("Remarks"), folds=True),
    )
    lines = (
        (
            r.account,
            r.offer_id or r.external_id,
            r.name,
            made_of(r.parts) or NOTHING,
            number(r.target),
            NOTHING if r.pushed is None else str(r.pushed),
            NOTHING if r.seen is None else str(r.seen),
            when(r.pushed_at),
            _remarks(r),
        )
        for r in rows
    )
    yield from table(columns, lines, now=now)


def _remarks(row: ListingRow) -> str:
    remarks = []
    if row.archived:
        remarks.append(tr("archived"))
    if not row.parts:
        remarks.append(tr("not linked"))
    if row.drift:
        remarks.append(tr("drift"))
    if row.refused is not None:
        remarks.append(tr("refused: {reason}", reason=row.refused))
    wrong = row.drift or row.refused is not None
    style = "wrong" if wrong else "soft" if row.archived else "notable"
    return Styled(", ".join(remarks), style) if remarks else ""


# ---------------------------------------------------------------- what met no product


def unmatched_text(
    rows: Iterable[ListingRow],
    near: Mapping[int, Sequence[Candidate]],
    ambiguous: frozenset[int],
) -> Iterator[str]:
    """Yield each listing with the products nearest to it and the command that links it."""
    between = ""
    for row in rows:
        found = near.get(row.listing_id)
        yield (
            between
            + inert(f"{row.account}: {row.offer_id or NOTHING}  {row.name}  ({row.external_id})")
            + "\n"
        )
        between = "\n"
        for candidate in found or ():
            yield f"  {inert(_why(candidate))}\n"
        if found == ():
            yield f"  {tr('nothing looks like it')}\n"
        yield f"  {link_command(row, found, ambiguous)}\n"


def _why(candidate: Candidate) -> str:
    product = f"{candidate.sku}  {candidate.name}".rstrip()
    if candidate.why == "barcode":
        return tr("has a barcode of {product}", product=product)
    if candidate.why == "article":
        return tr("its article looks like {product}", product=product)
    return tr("its name looks like {product}", product=product)


def link_command(
    row: ListingRow, found: Sequence[Candidate] | None, ambiguous: frozenset[int]
) -> str:
    """Return the command that links a listing to the nearest product, as a shell reads it.

    Without one the place of the article is left to fill in.
    """
    unclear = found is None or row.listing_id in ambiguous
    listing = row.external_id if unclear else row.offer_id
    product = _product_word(found[0].sku) if found else "SKU"
    # What begins with a minus would be taken for an option.
    end = ["--"] if listing.startswith("-") or (found and found[0].sku.startswith("-")) else []
    account = ["--account", word(row.account)]
    return " ".join(["cloudstock link-listing", *account, *end, word(listing), product])


def _product_word(sku: str) -> str:
    """Return an article as link-listing takes it: after its last = it would look for units."""
    _, separator, units = sku.rpartition("=")
    return word(f"{sku}=1" if separator and units.isdigit() else sku)
