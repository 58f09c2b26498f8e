"""The published limits, as token buckets in compressed time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudstock.sandbox.limits import Buckets, Rate
from cloudstock.sandbox.server import Sandbox
from tests.sandbox.driving import START, Clock, Machine, small_world

# Five at once, then one every two seconds; a refused request costs four.
RATE = Rate("some methods", 0.5, 5.0, refused_cost=4.0)


def taken(buckets: Buckets, clock: Clock, times: int, who: str = "a", rate: Rate = RATE) -> int:
    """How many of so many requests in a row are allowed."""
    return sum(buckets.take(who, rate, clock.now).allowed for _ in range(times))


def test_a_burst_and_then_the_refill() -> None:
    buckets, clock = Buckets(1.0), Clock()
    assert taken(buckets, clock, 9) == 5
    clock.pass_by(seconds=1.9)
    assert taken(buckets, clock, 1) == 0
    clock.pass_by(seconds=0.1)
    assert taken(buckets, clock, 2) == 1


def test_a_pause_fills_the_bucket_and_no_more() -> None:
    buckets, clock = Buckets(1.0), Clock()
    taken(buckets, clock, 5)
    clock.pass_by(hours=1)
    assert taken(buckets, clock, 9) == 5


def test_speed_compresses_time() -> None:
    buckets, clock = Buckets(100.0), Clock()
    taken(buckets, clock, 5)
    clock.pass_by(seconds=0.02)
    assert taken(buckets, clock, 2) == 1


def test_accounts_and_groups_have_buckets_of_their_own() -> None:
    buckets, clock = Buckets(1.0), Clock()
    other = Rate("other methods", 0.5, 5.0)
    assert taken(buckets, clock, 9, "a") == 5
    assert taken(buckets, clock, 9, "b") == 5
    assert taken(buckets, clock, 9, "a", other) == 5


def test_an_answer_tells_what_is_left_and_how_long_to_wait() -> None:
    buckets, clock = Buckets(1.0), Clock()
    first = buckets.take("a", RATE, clock.now)
    assert (first.remaining, first.retry_s, first.reset_s) == (4, 0.0, 2.0)
    taken(buckets, clock, 4)
    refused = buckets.take("a", RATE, clock.now)
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert (refused.retry_s, refused.reset_s) == (2.0, 10.0)


def test_waiting_as_long_as_told_is_enough() -> None:
    buckets, clock = Buckets(3.0), Clock()
    taken(buckets, clock, 5)
    clock.pass_by(seconds=buckets.take("a", RATE, clock.now).retry_s)
    assert taken(buckets, clock, 1) == 1


def test_a_charge_empties_the_bucket_and_goes_no_deeper() -> None:
    buckets, clock = Buckets(1.0), Clock()
    buckets.charge("a", RATE, clock.now, 100)
    clock.pass_by(seconds=2)
    assert taken(buckets, clock, 2) == 1


@given(
    pauses=st.lists(st.floats(0, 20), min_size=1, max_size=60), speed=st.sampled_from([1.0, 60.0])
)
def test_never_more_than_the_burst_and_the_refill(pauses: list[float], speed: float) -> None:
    buckets, clock = Buckets(speed), Clock()
    allowed = 0
    for pause in pauses:
        clock.pass_by(seconds=pause / speed)
        allowed += taken(buckets, clock, 2)
    passed_s = (clock.now - START) / timedelta(seconds=1)
    assert allowed <= RATE.burst + passed_s * speed * RATE.per_s + 0.1


# ---------------------------------------------------------------- at the marketplaces' doors


def machine(account: str = "ozon-main", **how: float) -> tuple[Machine, Clock]:
    clock = Clock()
    return Machine(Sandbox(small_world(clock, **how)), account), clock


def test_ozon_answers_fifty_requests_a_second() -> None:
    seller, clock = machine()
    body = {"filter": {}, "limit": 1}
    answers = [seller.send("POST", "/v3/product/list", body) for _ in range(51)]
    assert [a.status for a in answers] == [200] * 50 + [429]
    told = json.loads(answers[-1].body)
    assert told["code"] == 8
    assert "request rate limit per second" in told["message"]
    assert (answers[-1].headers["Retry-After"], answers[0].headers["Ratelimit-Remaining"]) == (
        "1",
        "49",
    )
    clock.pass_by(seconds=1)
    assert seller.send("POST", "/v3/product/list", body).status == 200


def test_ozon_takes_eighty_pushes_a_minute() -> None:
    seller, clock = machine()
    statuses = []
    for n in range(160):
        row = {"offer_id": seller.sku, "stock": n, "warehouse_id": seller.place}
        statuses.append(seller.send("POST", "/v2/products/stocks", {"stocks": [row]}).status)
        clock.pass_by(seconds=0.05)
    assert statuses[:80] == [200] * 80
    assert 80 + 160 * 0.05 * 80 / 60 - 2 <= statuses.count(200) <= 80 + 160 * 0.05 * 80 / 60 + 1


def test_too_many_requests_are_a_breach_and_apply_nothing() -> None:
    seller, _ = machine()
    for _ in range(50):
        seller.send("POST", "/v3/product/list", {"filter": {}, "limit": 1})
    row = {"offer_id": seller.sku, "stock": 3, "warehouse_id": seller.place}
    assert seller.send("POST", "/v2/products/stocks", {"stocks": [row]}).status == 429
    assert seller.stock() == (None, 0)
    assert [b["status"] for b in seller.breaches()] == [429]


def test_one_accounts_flood_does_not_stop_another() -> None:
    clock = Clock()
    sandbox = Sandbox(small_world(clock, accounts=("ozon-a", "ozon-b")))
    first, second = Machine(sandbox, "ozon-a"), Machine(sandbox, "ozon-b")
    body = {"filter": {}, "limit": 1}
    assert [first.send("POST", "/v3/product/list", body).status for _ in range(51)][-1] == 429
    assert second.send("POST", "/v3/product/list", body).status == 200


def test_limits_run_as_fast_as_the_world() -> None:
    seller, clock = machine(speed=50.0)
    body = {"filter": {}, "limit": 1}
    statuses = [seller.send("POST", "/v3/product/list", body).status for _ in range(51)]
    clock.pass_by(seconds=0.02)
    statuses += [seller.send("POST", "/v3/product/list", body).status for _ in range(50)]
    assert statuses == [200] * 50 + [429] + [200] * 50


def test_on_wildberries_a_refused_request_costs_ten() -> None:
    seller, _ = machine("wb-main")
    path = f"/api/v3/stocks/{seller.place}"
    fine = {"chrtIds": [501000931]}
    assert seller.send("POST", path, fine).headers["X-Ratelimit-Remaining"] == "19"
    assert seller.send("POST", path, {"chrtIds": "none"}).status == 400
    assert seller.send("POST", path, fine).headers["X-Ratelimit-Remaining"] == "8"
    assert seller.send("POST", path, {"chrtIds": "none"}).status == 400
    answer = seller.send("POST", path, fine)
    assert answer.status == 429
    assert int(answer.headers["X-Ratelimit-Retry"]) >= 1
    assert answer.headers["X-Ratelimit-Limit"] == "20"


@pytest.mark.parametrize("path", ["products", "orders"])
def test_the_control_verbs_have_no_limits(path: str) -> None:
    seller, _ = machine()
    assert {seller.control("POST", path)[0] for _ in range(200)} == {400}
