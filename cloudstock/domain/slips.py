"""Numbers that are so far from what was there that they may be slips of the finger."""

from __future__ import annotations

from enum import StrEnum

# More than so many times what was there, or less than that part of it, ...
FACTOR = 10
# ... and more than so many units more or fewer.
UNITS = 100
# Where nothing is known to have been there: more than this.
LARGE = 10_000
# Below what is promised to orders: by more than so many units fewer.
FALL = 10


class Slip(StrEnum):
    """Why a number may not be meant."""

    MORE = "more"
    FEWER = "fewer"
    LARGE = "large"
    PROMISED = "promised"


def slip(before: int | None, after: int, *, promised: int = 0) -> Slip | None:
    """Return why `after` units may not be meant, None where they are as can be expected.

    `before`: units that were there, None: unknown. `promised`: units that open orders hold.
    """
    if before is None or before <= 0:
        return Slip.LARGE if after > LARGE else None
    if after - before > UNITS and after > FACTOR * before:
        return Slip.MORE
    if before - after > UNITS and FACTOR * after < before:
        return Slip.FEWER
    if before - after > FALL and after < promised <= before:
        return Slip.PROMISED
    return None
