"""link-listing and unlink-listing: what a listing is made of, said by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes import names
from cloudstock.changes.change import Change, Sku
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import ChangeKind
from cloudstock.domain.likeness import nearest
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.lists.listings import Part
from cloudstock.store import Store
from cloudstock.store.views import did_you_mean, product_id

# A pack of more is a slip of the finger.
UNITS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What a listing was made of and what it is made of now; empty: nothing."""

    account: str
    offer_id: str
    external_id: str
    name: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]
    # Order lines whose effect in the warehouse changed by it.
    lines_settled: int
    # Of no product, and somebody else keeps its number; else it then shows none.
    left_alone: bool


class LinkedProduct(Part, frozen=True, forbid_unknown_fields=True):
    """A product in a listing and how many units of it one listing holds."""

    sku: Sku
    units: Annotated[int, Meta(ge=1, le=UNITS_MAX)] = 1


class LinkRequest(Change, frozen=True, kw_only=True):
    """What a listing is made of; an empty list takes it off its products.

    A pack has one product with several units, a bundle several. The link stays until changed by
    hand. Orders that reserve for the listing reserve by the new composition; units that have left
    stay booked as they left, and what could not be booked without a link is booked now. A listing
    without products shows 0 from the next push on, and its orders reserve nothing; with `leave`
    nothing is sent to it. A listing that only order lines name, and no catalog, is listed as one
    that is gone, so that these are booked.
    """

    result: ClassVar[type] = LinkResult
    # None: the only one that has such a listing.
    account: str | None = None
    # Its article in the account, or its marketplace id.
    listing: Annotated[str, Meta(description=mark("Its article there, or its marketplace id."))]
    products: Annotated[tuple[LinkedProduct, ...], Meta(max_length=100)]
    create: Annotated[bool, Meta(description=mark("Make products that are not known yet."))] = False
    leave: Annotated[
        bool,
        Meta(
            description=mark(
                "Leave what it shows as it is: somebody else keeps its number, and nothing is sent"
                " to it. Else it is set to 0."
            )
        ),
    ] = False

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse
    ) -> LinkResult:
        """Link it, and settle what was booked; raises `UsageProblem`."""
        _check(self.products)
        if self.leave and self.products:
            raise UsageProblem(tr("what is linked to a product is not left to others"))
        # The booking of orders is the jobs' subject and loads what they need.
        from cloudstock.jobs.booking import settle_again

        account = self.account or _owner(store, self.listing)
        subject = f"{account} {_article(store, account, self.listing)}"
        with recorded(store, ChangeKind.LINK, dry_run=self.dry_run, now=now, subject=subject):
            account_id = names.account_id(store, account)
            store.catalog.list_line(account_id, self.listing, now=now)
            listing_id, external_id, offer_id, name = _find(
                store, account, account_id, self.listing
            )
            products = [
                (_product(store, p.sku, name, create=self.create), p.units) for p in self.products
            ]
            before = _parts(store, listing_id)
            # Asked before the link is there: afterwards they are no trouble any more.
            orders = {
                *store.orders.open_of_listings([listing_id]),
                *store.orders.with_listing_trouble(account_id),
            }
            store.changes.touches("link", [listing_id])
            store.catalog.link_by_hand(listing_id, products, leave=self.leave)
            settled = settle_again(store, account_id, sorted(orders), now=now)
            store.targets.refresh()
            return LinkResult(
                account=account,
                offer_id=offer_id,
                external_id=external_id,
                name=name,
                before=before,
                after=_parts(store, listing_id),
                lines_settled=settled,
                left_alone=self.leave,
            )


def _owner(store: Store, listing: str) -> str:
    """Return the account whose listing is called so; raises `UsageProblem` where it is not one."""
    rows = store.connection.execute(
        # Configured ones come first: another may have had it once.
        "SELECT a.name, EXISTS (SELECT 1 FROM account_warehouse w WHERE w.account_id = a.id)"
        " AS here"
        " FROM account a WHERE EXISTS (SELECT 1 FROM listing l WHERE l.account_id = a.id"
        " AND l.offer_id = ?1) OR EXISTS (SELECT 1 FROM listing l WHERE l.account_id = a.id"
        " AND l.external_id = ?1) OR EXISTS (SELECT 1 FROM order_line x"
        " INDEXED BY order_line_unlinked CROSS JOIN orders o ON o.id = x.orders_id"
        " WHERE x.listing_id IS NULL AND x.offer_id = ?1 AND o.account_id = a.id) ORDER BY a.name",
        (listing,),
    ).fetchall()
    owners = [r["name"] for r in rows if r["here"]] or [r["name"] for r in rows]
    if len(owners) == 1:
        return str(owners[0])
    if owners:
        raise UsageProblem(
            tr(
                "several accounts have a listing {listing!r}: name one with --account ({owners})",
                listing=listing,
                owners=", ".join(owners),
            )
        )
    offers = store.connection.execute(
        "SELECT DISTINCT offer_id FROM listing ORDER BY abs(length(offer_id) - length(?))",
        (listing,),
    )
    raise UsageProblem(
        tr(
            "no account has a listing {listing!r} in the database{hint}",
            listing=listing,
            hint=did_you_mean(nearest(listing, (row[0] for row in offers))),
        )
    )


def _article(store: Store, account: str, listing: str) -> str:
    """Return the article of a listing that is named by its marketplace id; else what it is named.

    The browser names listings by their ids, which tell people nothing among their changes.
    """
    row = store.connection.execute(
        "SELECT l.offer_id FROM account a CROSS JOIN listing l ON l.account_id = a.id"
        " WHERE a.name = ? AND l.external_id = ? AND l.offer_id <> ''",
        (account, listing),
    ).fetchone()
    return listing if row is None else str(row[0])


def _check(products: Sequence[Part]) -> None:
    skus = [p.sku for p in products]
    for sku, units in ((p.sku, p.units) for p in products):
        if not 1 <= units <= UNITS_MAX:
            raise UsageProblem(
                tr(
                    "{sku}: expected 1 to {most} units in a listing, not {units}",
                    sku=sku,
                    most=UNITS_MAX,
                    units=units,
                )
            )
        if skus.count(sku) > 1:
            raise UsageProblem(tr("{sku} is named twice; give its units once: {sku}=2", sku=sku))
        if not sku:
            raise UsageProblem(tr("expected a product's article, not an empty one"))


def _find(store: Store, account: str, account_id: int, listing: str) -> tuple[int, str, str, str]:
    table = store.tables.table("listing")
    rows = list(
        table.rows_where(
            "account_id = ? AND ? IN (offer_id, external_id)",
            [account_id, listing],
            order_by="external_id",
        )
    )
    if not rows:
        offers = store.connection.execute(
            "SELECT offer_id FROM listing WHERE account_id = ?1"
            " ORDER BY abs(length(offer_id) - length(?2))",
            (account_id, listing),
        )
        hint = did_you_mean(nearest(listing, (row[0] for row in offers)))
        raise UsageProblem(
            tr(
                "{account} has no listing {listing!r} in the database{hint}",
                account=account,
                listing=listing,
                hint=hint,
            )
        )
    if len(rows) > 1:
        from cloudstock.logs import escaped

        ids = ", ".join(f"{r['external_id']} ({r['offer_id']})" for r in rows[:10])
        raise UsageProblem(
            tr(
                "{account} has {count} listings {listing!r}; name one by its marketplace id: {ids}",
                account=account,
                count=len(rows),
                listing=listing,
                ids=escaped(ids),
            )
        )
    row = rows[0]
    return row["id"], row["external_id"], row["offer_id"], row["name"]


def _product(store: Store, sku: str, name: str, *, create: bool) -> int:
    if create:
        store.tables.table("product").insert({"sku": sku, "name": name}, ignore=True)
    return product_id(store.connection, sku)


def _parts(store: Store, listing_id: int) -> tuple[Part, ...]:
    rows = store.tables.query(
        "SELECT p.sku, c.units FROM component c JOIN product p ON p.id = c.product_id"
        " WHERE c.listing_id = ? ORDER BY p.sku",
        [listing_id],
    )
    return tuple(Part(**row) for row in rows)
