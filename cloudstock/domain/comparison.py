"""How far what a marketplace shows is from what it should show."""

from __future__ import annotations

from typing import NamedTuple


class Comparison(NamedTuple):
    """What one account shows beside its targets, listing by listing and warehouse by warehouse.

    Units are those that buyers of the listing are offered: a pack of three counts as one.
    """

    # Listings that have a target and of which it is known what they show.
    listings: int = 0
    # Of these, those that show more than their target, and how much more all together: units that
    # can be sold without being there.
    above: int = 0
    units_above: int = 0
    # Those that show less, and how much less all together: units that are hidden from buyers.
    below: int = 0
    units_below: int = 0
    # Of the compared ones: those of which the marketplace has no record, so that they show none.
    unrecorded: int = 0
    # Listings that have a target while it is not certain what they show; not compared.
    uncertain: int = 0

    @property
    def differs(self) -> int:
        """Listings that do not show their target."""
        return self.above + self.below
