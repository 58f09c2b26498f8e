"""set-policy: how the units of one product are shared, whatever its accounts' policies are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes.change import ROWS_MAX, Change, Sku
from cloudstock.changes.counts import for_each
from cloudstock.changes.rehearsal import transaction
from cloudstock.domain.policies import Policy
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.store import Store
from cloudstock.store.views.quotas import ListingAhead, listings_ahead


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """A product's own policy before and after; None: as each account says."""

    sku: str
    before: str | None
    after: str | None
    # What its listings show until they show their targets.
    listings: tuple[ListingAhead, ...]


class PolicyRequest(Change, frozen=True, kw_only=True):
    """A policy of their own for products, or none (null): all are taken or none."""

    several: ClassVar[str] = "policies"
    result: ClassVar[type] = PolicyResult
    skus: Annotated[tuple[Sku, ...], Meta(min_length=1, max_length=ROWS_MAX)]
    policy: str | None

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse
    ) -> tuple[PolicyResult, ...]:
        """Set it; return the results.

        Raises `UsageProblem` for an unknown policy, and with every unknown product, a line each.
        """
        policies = [p.value for p in Policy]
        if self.policy is not None and self.policy not in policies:
            raise UsageProblem(
                tr(
                    "{word} is no policy; expected one of {policies}",
                    word=repr(self.policy),
                    policies=", ".join(policies),
                )
            )
        with transaction(store, dry_run=self.dry_run):

            def one(sku: str, _: int, product: int) -> tuple[str, int, str | None]:
                return sku, product, store.catalog.set_policy(product, self.policy)

            products = for_each(store, [(sku, 0) for sku in self.skus], one)
            store.listing_stock.refresh_targets(now=now)
            return tuple(
                PolicyResult(
                    sku, before, self.policy, listings_ahead(store.connection, product, now=now)
                )
                for sku, product, before in products
            )
