"""The short forms; `python -m tests.fire` has the long ones."""

from __future__ import annotations

from tests.fire.kills import Fire
from tests.fire.overlap import Overlap
from tests.fire.town import a_shop


def test_whatever_is_killed_the_book_is_whole_and_becomes_the_world_again() -> None:
    with a_shop(products=12, seed=3) as shop:
        fire = Fire(shop, seed=3)
        fire.burn(8)
        assert fire.comparisons


def test_commands_at_the_same_time_lose_nothing_and_wait_for_nobody_dead() -> None:
    with a_shop(products=12, seed=4) as shop:
        overlap = Overlap(shop, seed=4)
        overlap.soak(5)
        assert overlap.codes
