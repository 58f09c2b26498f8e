"""A trading day on a machine whose clock is two minutes off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop
from tests.system.test_trading_day import Street, a_day

# How far this machine's clock is behind the marketplaces'.
BEHIND_S = {"slow": 120, "fast": -120}


@pytest.fixture(params=BEHIND_S)
def world(request: pytest.FixtureRequest) -> World:
    behind = timedelta(seconds=BEHIND_S[request.param])
    return World.standard(
        products=60, speed=SPEED, seed=1, clock=lambda: datetime.now(UTC) + behind
    )


def test_the_numbers_are_right_and_the_clock_is_told(open_shop: Shop, world: World) -> None:
    street = Street(open_shop, seed=5)
    a_day(street, lambda: open_shop.run("sync") and None, hours=3)
    open_shop.assert_true()
    open_shop.count_everything(40)
    open_shop.run("sync")
    street.buyers_come(10)
    street.some_leave(5)
    open_shop.run("sync")
    open_shop.run("sync", "--full")
    open_shop.assert_true()
    assert all(p["oversold"] == 0 for p in open_shop.truth().values())
    assert open_shop.breaches() == []
    status = open_shop.run("status", expect=None).out
    ahead = world.now() < datetime.now(UTC)
    words = f"s {'ahead' if ahead else 'behind'} of the marketplace's"
    assert words in " ".join(status.split()), status
    check = open_shop.run("check").out
    assert words in " ".join(check.split()), check
