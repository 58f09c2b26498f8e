"""What a listing should show, from what lies on the shelf."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.domain.targets import component_quantity, target_quantity

UNITS = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("on_hand", "reserved", "buffer", "share", "units", "expected"),
    [
        (None, 0, 0, 100, 1, None),
        (None, 5, 0, 100, 1, None),
        (0, 0, 0, 100, 1, 0),
        (7, 0, 0, 100, 1, 7),
        (7, None, 0, 100, 1, 7),
        (7, 2, 0, 100, 1, 5),
        (7, 2, 1, 100, 1, 4),
        (7, 9, 0, 100, 1, 0),
        (-3, 0, 0, 100, 1, 0),
        (7, 0, 9, 100, 1, 0),
        (7, 0, 0, 50, 1, 3),
        (7, 0, 1, 50, 1, 3),
        (7, 0, 0, 0, 1, 0),
        (7, 0, 0, 100, 3, 2),
        (7, 0, 0, 50, 3, 1),
        (7, 0, 0, 100, 8, 0),
        # The share is of the units, not of what they fill.
        (8, 0, 0, 90, 3, 2),
        (1, 0, 0, 99, 1, 0),
    ],
)
def test_how_many_listings_a_product_fills(
    on_hand: int | None,
    reserved: int | None,
    buffer: int,
    share: int,
    units: int,
    expected: int | None,
) -> None:
    assert component_quantity(on_hand, reserved, buffer, share, units) == expected


@pytest.mark.parametrize(
    ("components", "cap", "ceiling", "expected"),
    [
        (None, None, 999, None),
        (None, 5, 999, None),
        (7, None, 999, 7),
        (7, 5, 999, 5),
        (7, 9, 999, 7),
        (7, 0, 999, 0),
        (1_500, None, 999, 999),
        (1_500, 2_000, 999, 999),
        (0, 5, 999, 0),
    ],
)
def test_caps_and_ceilings(
    components: int | None, cap: int | None, ceiling: int, expected: int | None
) -> None:
    assert target_quantity(components, cap, ceiling) == expected


@given(
    on_hand=st.integers(-100, 10**9),
    reserved=UNITS,
    buffer=UNITS,
    share=st.integers(0, 100),
    units=st.integers(1, 100),
)
def test_never_more_than_what_is_available(
    on_hand: int, reserved: int, buffer: int, share: int, units: int
) -> None:
    fills = component_quantity(on_hand, reserved, buffer, share, units)
    assert fills is not None
    assert 0 <= fills * units <= max(0, on_hand - reserved - buffer)
    if share == 100:
        # And nothing hidden that would fill one more.
        assert (fills + 1) * units > on_hand - reserved - buffer


@given(
    on_hand=UNITS,
    more=st.integers(0, 100),
    reserved=st.integers(0, 100),
    share=st.integers(0, 100),
    units=st.integers(1, 9),
)
def test_more_on_the_shelf_never_shows_less(
    on_hand: int, more: int, reserved: int, share: int, units: int
) -> None:
    before = component_quantity(on_hand, reserved, 0, share, units)
    after = component_quantity(on_hand + more, reserved, 0, share, units)
    assert before is not None
    assert after is not None
    assert after >= before


@given(on_hand=UNITS, shares=st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_shares_of_one_shelf_never_show_more_than_it_holds(on_hand: int, shares: list[int]) -> None:
    total = sum(shares)
    fitting = [s * 100 // total for s in shares] if total > 100 else shares
    assert sum(component_quantity(on_hand, 0, 0, s, 1) or 0 for s in fitting) <= on_hand
