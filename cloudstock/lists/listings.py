"""What every account offers, what it is made of, and what it shows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from cloudstock.language import mark, spoken, tr
from cloudstock.lists.declared import Column, Filter, Kind, List, Row, Tab
from cloudstock.lists.shared import OF_ACCOUNT
from cloudstock.store.views import few


class Part(Struct, frozen=True, order=True):
    """A product in a listing, and how many units one listing takes."""

    sku: str
    units: int

    def __str__(self) -> str:
        return self.sku if self.units == 1 else f"{self.units} x {self.sku}"


class ListingRow(Row, frozen=True):
    """One listing in one marketplace warehouse. Quantities are listings, not units."""

    # The database's own number of it.
    listing_id: Annotated[int, "l.id"]
    account: Annotated[str, "a.name"]
    offer_id: Annotated[str, "l.offer_id"]
    external_id: Annotated[str, "l.external_id"]
    name: Annotated[str, "l.name"]
    barcodes: Annotated[
        tuple[str, ...],
        "(SELECT json_group_array(substr(k.key, 9)) FROM listing_key k"
        " WHERE k.listing_id = l.id AND k.key GLOB 'barcode:*')",
    ]
    # What it is made of; empty: it is linked to nothing.
    parts: Annotated[
        tuple[Part, ...],
        "(SELECT json_group_array(json_object('sku', sku, 'units', units)) FROM (SELECT p.sku,"
        " c.units FROM component c JOIN product p ON p.id = c.product_id"
        " WHERE c.listing_id = l.id ORDER BY p.sku))",
    ]
    # 'auto', 'manual' or 'none'.
    link: Annotated[str, "l.link"]
    # Of no product by a person's word, and somebody else keeps its number.
    left_alone: Annotated[bool, "l.left_alone"]
    # Why a person should look at the link: 'barcode', 'name' or 'copy'; None: nothing to look at.
    review: Annotated[str | None, "l.review"]
    archived: Annotated[bool, "l.archived"]
    # Where buyers see it, and its picture; "": the catalog does not tell.
    card_url: Annotated[str, "l.card_url"]
    picture_url: Annotated[str, "l.picture_url"]
    # Since when the catalog no longer has it; None: it has.
    gone_at: Annotated[datetime | None, "l.gone_at"]
    # "": none is configured, or the account has but one.
    external_warehouse: Annotated[str, "coalesce(s.external_warehouse, '')"]
    target: Annotated[int | None, "s.target"]
    pushed: Annotated[int | None, "s.pushed"]
    pushed_at: Annotated[datetime | None, "s.pushed_at"]
    seen: Annotated[int | None, "s.seen"]
    seen_reserved: Annotated[int | None, "s.seen_reserved"]
    seen_at: Annotated[datetime | None, "s.seen_at"]
    # Seen to show more than was sent.
    drift: Annotated[bool, "coalesce(s.drift, 0)"]
    # Why the marketplace takes no number for it; None: it does.
    refused: Annotated[str | None, "s.refused"]


REVIEWS = {
    "barcode": mark("linked by a barcode alone"),
    "name": mark("its name is unlike the product's"),
    "copy": mark("another listing of the account has its barcode"),
}


def _remarks(row: ListingRow) -> str:
    remarks = []
    if row.archived:
        remarks.append(tr("archived"))
    if row.gone_at is not None:
        remarks.append(tr("gone"))
    if row.left_alone:
        remarks.append(tr("left to others"))
    elif not row.parts:
        remarks.append(tr("not linked"))
    if row.review is not None:
        remarks.append(spoken(REVIEWS[row.review]))
    if row.drift:
        remarks.append(tr("drift"))
    if row.refused is not None:
        remarks.append(tr("refused: {reason}", reason=row.refused))
    return ", ".join(remarks)


def _meaning(row: ListingRow) -> str:
    if row.drift or row.refused is not None:
        return "wrong"
    return "soft" if row.archived or row.gone_at is not None else "notable"


_FEEDING = (
    " LEFT JOIN account_warehouse w ON w.account_id = s.account_id"
    " AND w.external_warehouse = s.external_warehouse"
)


def _from_listings(index: str = "") -> str:
    return (
        f"account a CROSS JOIN listing l{index} ON l.account_id = a.id"
        f" LEFT JOIN listing_state s ON s.listing_id = l.id{_FEEDING}"
    )


def _from_states(states: str = "listing_state s") -> str:
    """Return the tables from the few states of listings to the listings."""
    return (
        f"{states} CROSS JOIN listing l ON l.id = s.listing_id"
        f" CROSS JOIN account a ON a.id = l.account_id{_FEEDING}"
    )


# Of a listing's rows the first.
_ONCE = (
    "NOT EXISTS (SELECT 1 FROM listing_stock e WHERE e.listing_id = l.id"
    " AND e.external_warehouse < s.external_warehouse)"
)

LISTINGS = List(
    name="listings",
    title=mark("Listings"),
    row=ListingRow,
    source=_from_listings(),
    order=("a.name", "l.offer_id", "l.id", "coalesce(s.external_warehouse, '')"),
    sorts={
        "account": "a.name",
        "offer_id": "l.offer_id",
        "name": "l.name",
        "target": "s.target",
        "pushed": "s.pushed",
        "seen": "s.seen",
    },
    of_targets=True,
    filters=(
        Filter(
            "unlinked",
            mark("Only those of no product, with what they may be."),
            "l.link <> 'auto' AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id)"
            f" AND {_ONCE}",
            source=_from_listings(" INDEXED BY listing_not_auto"),
        ),
        # What was never counted has no target, which costs less to see.
        Filter(
            "alone",
            mark(
                "Only those whose product has no other listing and no count: is their article"
                " mistyped? With what they may be."
            ),
            f"""iif(s.target IS NULL,
                EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id)
                AND NOT EXISTS (SELECT 1 FROM component c WHERE c.listing_id = l.id AND (
                    EXISTS (SELECT 1 FROM component o WHERE o.product_id = c.product_id
                        AND o.listing_id <> l.id)
                    OR EXISTS (SELECT 1 FROM stock st WHERE st.product_id = c.product_id
                        AND st.counted_at IS NOT NULL))), 0) AND {_ONCE}""",
        ),
        Filter(
            "review",
            mark(
                "Only links to look at: made by a barcode alone, or between names that look"
                " unlike, and copies of a barcode in one account. With what confirms or cuts each."
            ),
            f"l.review IS NOT NULL AND {_ONCE}",
            source=_from_listings(" INDEXED BY listing_review"),
        ),
        Filter(
            "uncounted",
            mark("Only those of products never counted."),
            """iif(s.target IS NULL, EXISTS (SELECT 1 FROM component c LEFT JOIN stock st
                ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id
                WHERE c.listing_id = l.id AND st.on_hand IS NULL), 0)""",
        ),
        Filter(
            "low",
            mark("Only those with N or fewer, where that is known."),
            "s.target <= :low",
            Kind.NUMBER,
            source=_from_states(),
        ),
        Filter(
            "drift",
            mark("Only those that were seen to show more than was sent."),
            "s.drift",
            source=_from_states(few("above")),
        ),
        Filter(
            "differs",
            mark("Only those that show another number than they should."),
            "s.off_target",
            source=_from_states(few("differs")),
        ),
        Filter(
            "refused",
            mark("Only those that a marketplace takes no number for."),
            "s.refused IS NOT NULL",
            source=_from_states(few("refused")),
        ),
        Filter(
            "archived",
            mark("Only archived ones; else only live ones."),
            "l.archived",
            otherwise="NOT l.archived",
        ),
        Filter(
            "gone",
            mark("Only those that the catalog no longer has; else only those that it has."),
            "l.gone_at IS NOT NULL",
            source=_from_listings(" INDEXED BY listing_gone"),
            otherwise="l.gone_at IS NULL",
        ),
        Filter(
            "id",
            mark("Only those with this id of the marketplace."),
            "l.external_id = :id",
            Kind.TEXT,
        ),
        OF_ACCOUNT,
        Filter(
            "search",
            mark(
                "Only those with these words in article or name, or at the beginning of a"
                " marketplace id, a barcode or a product's article."
            ),
            "(l.offer_id GLOB {pattern} OR l.name GLOB {pattern}"
            " OR (l.external_id >= {word} AND l.external_id < {end})"
            " OR l.id IN (SELECT k.listing_id FROM account o CROSS JOIN listing_key k"
            " ON k.account_id = o.id AND k.key >= 'barcode:' || {word}"
            " AND k.key < 'barcode:' || {end}"
            " UNION SELECT c.listing_id FROM product p CROSS JOIN component c"
            " ON c.product_id = p.id WHERE p.sku >= {word} AND p.sku < {end}))",
            Kind.SEARCH,
        ),
    ),
    columns=(
        Column("account", mark("Account"), folds=True),
        Column("offer_id", mark("Article"), lambda r: r.offer_id or r.external_id, folds=True),
        Column("name", mark("Name"), folds=True),
        Column("parts", mark("Product"), folds=True),
        Column("target", mark("Target"), number=True, unknown=True),
        Column("pushed", mark("Pushed"), number=True),
        Column("seen", mark("Seen"), number=True),
        Column("pushed_at", mark("Pushed at")),
        Column("remarks", mark("Remarks"), _remarks, folds=True, style=_meaning),
    ),
    empty=mark("No such listings."),
    tabs={
        "unlinked": Tab(
            mark("Not linked"),
            {"unlinked": True},
            mark(
                "Nothing is pushed for them, but 0 where you took one off its products; their"
                " orders reserve nothing. The same article or barcode links by itself; the rest is"
                " linked here."
            ),
        ),
        "review": Tab(
            mark("To look at"),
            {"review": True},
            mark(
                "Linked by a barcode alone, or between names that look unlike; or a listing whose"
                " barcode another one of its account has, too. Linking one by hand confirms it."
            ),
        ),
        "all": Tab(mark("All")),
        "uncounted": Tab(mark("Never counted"), {"uncounted": True}),
        "differs": Tab(mark("To be pushed"), {"differs": True}),
        "drift": Tab(mark("Shows more than was sent"), {"drift": True}),
        "refused": Tab(mark("Refused"), {"refused": True}),
        "archived": Tab(mark("Archived"), {"archived": True}),
        "gone": Tab(mark("Gone from the catalog"), {"gone": True}),
    },
)
