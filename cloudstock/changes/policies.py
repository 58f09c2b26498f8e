"""What a product says for itself: how its units are shared and kept back, and when it is low."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from cloudstock.changes.change import QUANTITY_MAX, ROWS_MAX, Change, Sku
from cloudstock.changes.counts import for_each
from cloudstock.changes.rehearsal import recorded
from cloudstock.domain.changes import ChangeKind
from cloudstock.domain.policies import Policy
from cloudstock.domain.transition import How, hours_begin_s
from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.store import Store
from cloudstock.store.views.quotas import (
    ListingAhead,
    ShownTogether,
    listings_ahead,
    shown_together,
)

Units = Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """A product's own policy before and after; None: as each account says."""

    sku: str
    before: str | None
    after: str | None
    how: How
    # `quick`: units that could be sold twice at most, all warehouses together.
    oversold_at_most: int
    # What its listings show until they show their targets.
    listings: tuple[ListingAhead, ...]
    # And all of them together, in each warehouse.
    together: tuple[ShownTogether, ...]

    @property
    def lowers(self) -> bool:
        """Whether any listing will show less than it does."""
        return any((a.quantity or 0) < (x.shows or 0) for x in self.listings for a in x.ahead)


class PolicyRequest(Change, frozen=True, kw_only=True):
    """A policy of their own for products, or none (null): all are taken or none."""

    several: ClassVar[str] = "policies"
    result: ClassVar[type] = PolicyResult
    skus: Annotated[tuple[Sku, ...], Meta(min_length=1, max_length=ROWS_MAX)]
    policy: str | None
    how: Annotated[
        How,
        Meta(
            description=mark(
                "How units come to be divided anew. strict: a listing is emptied, and its units are"
                " another's when its orders are known. gradual: none is emptied for that; what it"
                " holds is sold there, and others get what is delivered. quick: all are lowered to"
                " their parts at once, and what is sold in those seconds may be sold twice."
            )
        ),
    ] = How.STRICT
    hours: Annotated[
        str,
        Meta(
            description=mark("strict: listings are emptied between these hours only (02:00-05:00).")
        ),
    ] = ""

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
        empty_hours = "" if self.how is How.GRADUAL else _checked_hours(self.hours, self.how, now)
        with recorded(store, ChangeKind.POLICY, dry_run=self.dry_run, now=now):

            def one(sku: str, _: int, product: int) -> tuple[str, int, str | None]:
                store.changes.touches("policy", [product])
                before = store.catalog.set_policy(product, self.policy, empty_hours=empty_hours)
                return sku, product, before

            products = for_each(store, [(sku, 0) for sku in self.skus], one)
            store.targets.refresh(now=now)
            excess = {
                product: self._excess(store, product, sku, now) for sku, product, _ in products
            }
            results = []
            for sku, product, before in products:
                ahead = listings_ahead(store.connection, product, now=now)
                shown = shown_together(store.connection, product, ahead, now=now)
                results.append(
                    PolicyResult(sku, before, self.policy, self.how, excess[product], ahead, shown)
                )
            return tuple(results)

    def _excess(self, store: Store, product: int, sku: str, now: datetime) -> int:
        """Allow, for `quick`, that so many units are sold twice at most; return how many."""
        if self.how is not How.QUICK:
            store.parts.end_excess(product, now=now)
            return 0
        excess = store.parts.allow_excess(product, now=now)
        if excess is None:
            raise UsageProblem(
                tr(
                    "{sku}: it is not known what all of its listings show, so nobody can tell how"
                    " much quick would oversell; sync first (`cloudstock sync`), or choose"
                    " another way",
                    sku=sku,
                )
            )
        return excess


@dataclass(frozen=True, slots=True)
class NumberResult:
    """A number that a product says for itself, before and after, in units; None: it says none."""

    sku: str
    before: int | None
    after: int | None


class BufferResult(NumberResult):
    """Units of a product that are kept back."""


class MinimumResult(NumberResult):
    """Units of which a product is low with fewer."""


class NumberRequest(Change, frozen=True, kw_only=True):
    """A number of their own for products, or none (null): all are taken or none."""

    # The number is the field that is called as this is.
    kind: ClassVar[ChangeKind]
    skus: Annotated[tuple[Sku, ...], Meta(min_length=1, max_length=ROWS_MAX)]

    def act(
        self,
        store: Store,
        *,
        now: datetime,
        configured: Collection[str] = (),  # noqa: ARG002 - of no warehouse
    ) -> tuple[NumberResult, ...]:
        """Set it; return the results. Raises `UsageProblem` with every unknown product."""
        kind, number = self.kind, getattr(self, self.kind)
        if number is not None and not 0 <= number <= QUANTITY_MAX:
            raise UsageProblem(
                tr("expected a number from {least} to {most:,}", least=0, most=QUANTITY_MAX)
            )
        with recorded(store, kind, dry_run=self.dry_run, now=now):

            def one(sku: str, _: int, product: int) -> NumberResult:
                store.changes.touches(kind, [product])
                before = store.catalog.set_number(product, kind, number)
                result: NumberResult = self.result(sku, before, number)
                return result

            results = for_each(store, [(sku, 0) for sku in self.skus], one)
            store.targets.refresh(now=now)
            return results


class BufferRequest(NumberRequest, frozen=True, kw_only=True):
    """A buffer of their own for products, or none (null): all are taken or none."""

    several: ClassVar[str] = "buffers"
    result: ClassVar[type] = BufferResult
    kind: ClassVar[ChangeKind] = ChangeKind.BUFFER
    buffer: Annotated[Units | None, Meta(description=mark("Units that no account shows."))]


class MinimumRequest(NumberRequest, frozen=True, kw_only=True):
    """A minimum of their own for products, or none (null): all are taken or none."""

    several: ClassVar[str] = "minimums"
    result: ClassVar[type] = MinimumResult
    kind: ClassVar[ChangeKind] = ChangeKind.MINIMUM
    minimum: Annotated[
        Units | None,
        Meta(description=mark("Units that should be available: with fewer it is low.")),
    ]


def _checked_hours(hours: str, how: How, now: datetime) -> str | None:
    """Return the hours that were named, None for any time; raises `UsageProblem`."""
    if not hours:
        return None
    if how is not How.STRICT:
        raise UsageProblem(tr("hours are for strict alone: {how} empties none", how=how.value))
    try:
        hours_begin_s(hours, now)
    except ValueError:
        raise UsageProblem(
            tr("{word} are no hours of the day; expected such as 02:00-05:00", word=repr(hours))
        ) from None
    return hours
