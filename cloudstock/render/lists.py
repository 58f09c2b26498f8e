"""Listings that met no product: what they may be, and the command that links each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cloudstock.language import spoken, tr
from cloudstock.lists.listings import LISTINGS, REVIEWS, ListingRow
from cloudstock.render.text import NOTHING, strip_controls
from cloudstock.shell import word
from cloudstock.store.views.candidates import Candidate


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What is known of such listings, by their numbers."""

    # The products nearest to each; more listings than were compared have no entry.
    near: Mapping[int, tuple[Candidate, ...]]
    # Those whose article names another one, too.
    ambiguous: frozenset[int]

    @property
    def columns(self) -> Mapping[str, Callable[[ListingRow], object]]:
        """What JSON and CSV have beyond the list."""
        return {
            "candidates": lambda row: self.near.get(row.listing_id),
            "command": lambda row: link_command(row, self),
        }


def unmatched_text(rows: Iterable[ListingRow], unmatched: Unmatched) -> Iterator[str]:
    """Yield each listing with the products nearest to it and the command that links it."""
    between = ""
    for row in rows:
        near = unmatched.near.get(row.listing_id)
        yield between + strip_controls(_heading(row)) + "\n"
        between = "\n"
        for candidate in near or ():
            yield f"  {strip_controls(_why(candidate))}\n"
        if near == ():
            yield f"  {tr('nothing looks like it')}\n"
        yield f"  {link_command(row, unmatched)}\n"
    if not between:
        yield f"{spoken(LISTINGS.empty)}\n"


def reviewed_text(rows: Iterable[ListingRow]) -> Iterator[str]:
    """Yield each link that a person should look at, and the commands that confirm and cut it."""
    between = ""
    for row in rows:
        yield between + strip_controls(_heading(row)) + "\n"
        between = "\n"
        product = " + ".join(map(str, row.parts))
        reason = spoken(REVIEWS[row.review]) if row.review else ""
        yield f"  {strip_controls(f'{product}: {reason}')}\n"
        yield f"  {confirm_command(row)}\n  {cut_command(row)}\n"
    if not between:
        yield f"{spoken(LISTINGS.empty)}\n"


def confirm_command(row: ListingRow) -> str:
    """Return the command that links a listing by hand to what it is linked to.

    By its id: an article may be that of several listings.
    """
    return _command(
        "link-listing", row, row.external_id, *(f"{p.sku}={p.units}" for p in row.parts)
    )


def cut_command(row: ListingRow) -> str:
    """Return the command that takes a listing off its products."""
    return _command("unlink-listing", row, row.external_id)


def _command(name: str, row: ListingRow, *words: str) -> str:
    # What begins with a minus would be taken for an option.
    end = ["--"] if any(text.startswith("-") for text in words) else []
    account = ["--account", word(row.account)]
    return " ".join([f"cloudstock {name}", *account, *end, *map(word, words)])


# What JSON and CSV have of links to look at, beyond the list.
REVIEWED: Mapping[str, Callable[[ListingRow], object]] = {
    "confirm": confirm_command,
    "cut": cut_command,
}


def _heading(row: ListingRow) -> str:
    return f"{row.account}: {row.offer_id or NOTHING}  {row.name}  ({row.external_id})"


def _why(candidate: Candidate) -> str:
    product = f"{candidate.sku}  {candidate.name}".rstrip()
    if candidate.why == "barcode":
        return tr("has a barcode of {product}", product=product)
    if candidate.why == "article":
        return tr("its article looks like {product}", product=product)
    return tr("its name looks like {product}", product=product)


def link_command(row: ListingRow, unmatched: Unmatched) -> str:
    """Return the command that links a listing to the nearest product, as a shell reads it.

    Without one the place of the article is left to fill in.
    """
    near = unmatched.near.get(row.listing_id)
    unclear = near is None or row.listing_id in unmatched.ambiguous
    listing = row.external_id if unclear else row.offer_id
    return _command("link-listing", row, listing, _product(near[0].sku) if near else "SKU")


def _product(sku: str) -> str:
    """Return an article as link-listing takes it: after its last = it would look for units."""
    _, separator, units = sku.rpartition("=")
    return f"{sku}=1" if separator and units.isdigit() else sku
