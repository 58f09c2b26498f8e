"""Filters that several lists have, with one name and one meaning."""

from __future__ import annotations

from cloudstock.language import mark, tr
from cloudstock.lists.declared import Filter, Kind

# Of rows whose account is `a`.
OF_ACCOUNT = Filter(
    "account",
    mark("Only those of this account; may be repeated."),
    "a.name IN (SELECT value FROM json_each(:account))",
    Kind.ACCOUNT,
    several=True,
)


def not_linked(offer_id: str | None) -> str:
    """Return what stands for the product of a listing that has none."""
    return tr("{offer_id} (not linked)", offer_id=offer_id or "\N{EM DASH}")


def made_since(sql: str) -> Filter:
    """Return the filter of what was made since; `sql`: when it was."""
    help_ = mark("Made since: 30d, 12h, or 2026-11-01.")
    return Filter("since", help_, f"{sql} >= :since", Kind.MOMENT)


def of_product(sql: str) -> Filter:
    """Return the filter of one product; `sql`: a condition on its id, `:sku`."""
    return Filter("sku", mark("Only those of this product."), sql, Kind.SKU)


def in_warehouse(sql: str, source: str = "", of_one: str = "") -> Filter:
    """Return the filter of one warehouse; `sql`: a condition on its id, `:warehouse`."""
    help_ = mark("Only what lies in this warehouse.")
    return Filter("warehouse", help_, sql, Kind.WAREHOUSE, source=source, of_one=of_one)
