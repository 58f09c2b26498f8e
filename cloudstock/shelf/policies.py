"""set-policy: how the units of one product are shared, whatever its accounts' policies are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudstock.domain.policies import Policy
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.shelf.counts import for_each
from cloudstock.shelf.rehearsal import transaction
from cloudstock.store import Store


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """A product's own policy before and after; None: as each account says."""

    sku: str
    before: str | None
    after: str | None


def set_policy(
    store: Store,
    skus: Sequence[str],
    policy: str | None,
    *,
    now: datetime,
    dry_run: bool = False,
) -> tuple[PolicyResult, ...]:
    """Give products a policy of their own, or take it off (None): all of them or none.

    Raises `UsageProblem` for an unknown policy, and with every unknown product, a line each.
    """
    known = [p.value for p in Policy]
    if policy is not None and policy not in known:
        raise UsageProblem(
            tr(
                "{word} is no policy; expected one of {known}",
                word=repr(policy),
                known=", ".join(known),
            )
        )
    with transaction(store, dry_run=dry_run):

        def one(sku: str, _: int, product: int) -> PolicyResult:
            before = store.catalog.set_policy(product, policy)
            return PolicyResult(sku, before, policy)

        results = for_each(store, [(sku, 0) for sku in skus], one)
        store.listing_stock.refresh_targets(now=now)
    return results
