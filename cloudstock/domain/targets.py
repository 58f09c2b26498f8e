"""What a listing should show, from what is available.

The store says the same in SQL, for all listings at once; a test holds the two together.
"""

from __future__ import annotations


def available(on_hand: int | None, reserved: int, buffer: int) -> int | None:
    """Return the units that may be sold; None where it is not known what is on hand."""
    return None if on_hand is None else max(0, on_hand - reserved - buffer)


def component_quantity(
    on_hand: int | None,
    reserved: int | None,
    buffer: int,
    share_percent: int,
    units: int,
) -> int | None:
    """Return how many listings one product could fill in one warehouse.

    None where the product was never counted there: unknown is not zero. Buffer and share come
    off the product's units before they are packed `units` to a listing, everything rounded down.
    """
    unpacked = available(on_hand, reserved or 0, buffer)
    return None if unpacked is None else unpacked * share_percent // 100 // units


def target_quantity(components: int | None, max_quantity: int | None, ceiling: int) -> int | None:
    """Return the target of a listing whose scarcest component fills `components` of it.

    `max_quantity` is the account's cap, `ceiling` the largest number the marketplace takes.
    """
    if components is None:
        return None
    most = ceiling if max_quantity is None else min(max_quantity, ceiling)
    return max(0, min(components, most))
