"""A number far from what was there may be a slip of the finger; one that sales explain is none."""

from __future__ import annotations

import pytest

from cloudstock.domain.slips import Slip, slip


@pytest.mark.parametrize(
    ("before", "after", "promised", "why"),
    [
        # A digit too many, a barcode for a number.
        (13, 999_999, 0, Slip.MORE),
        (13, 131, 0, Slip.MORE),
        (13, 113, 0, None),
        (12, 120, 0, None),
        (1000, 10_001, 0, Slip.MORE),
        (1000, 10_000, 0, None),
        # A digit too few.
        (1300, 13, 0, Slip.FEWER),
        (1300, 130, 0, None),
        (101, 0, 0, Slip.FEWER),
        (100, 0, 0, None),
        # Nothing to compare with.
        (None, 10_000, 0, None),
        (None, 10_001, 0, Slip.LARGE),
        (0, 500, 0, None),
        (0, 10_001, 0, Slip.LARGE),
        (-3, 10_001, 0, Slip.LARGE),
        # Promised to orders.
        (20, 0, 2, Slip.PROMISED),
        (20, 2, 2, None),
        (10, 0, 2, None),
        # Oversold already: a count tells no news.
        (20, 0, 21, None),
    ],
)
def test_what_is_asked_about(
    before: int | None, after: int, promised: int, why: Slip | None
) -> None:
    assert slip(before, after, promised=promised) is why
