"""What is told beforehand of a change in how units are divided."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudstock.domain.shifting import Held, steps
from cloudstock.domain.transition import (
    Line,
    Showing,
    Together,
    forecast,
    hours_begin_s,
    together,
)
from tests.builders import examples

ROUND_S = 60.0
# Three marketplaces, each with how long after a number its orders tell what was sold before.
SETTLE_S = {"ozon": 720.0, "wb": 120.0, "ym": 960.0}


def shared(key: str, part: int, shows: int, settle_s: float | None = None, **more: bool) -> Held:
    """Return a listing that showed all there is up to now, and of which no order is known yet."""
    after = SETTLE_S.get(key) if settle_s is None else settle_s
    return Held(
        key, {"MUG": 1}, part, None, shows, shows, shows, covered=False, settle_s=after, **more
    )


def told(
    available: int, listings: list[Held], covered_s: float = 0.0
) -> dict[str, list[tuple[float, int | None]]]:
    found = forecast(
        {"MUG": available},
        listings,
        covered_s={w.key: covered_s for w in listings},
        round_s=ROUND_S,
    )
    return {str(k): [(s.after_s, s.number) for s in v] for k, v in found.items()}


def test_the_one_whose_orders_tell_soonest_sells_on_while_the_others_are_emptied() -> None:
    found = told(16, [shared("ozon", 6, 16), shared("wb", 5, 16), shared("ym", 5, 16)])
    assert found == {
        "ozon": [(0, 16), (0, 0), (1080, 6)],
        "wb": [(0, 16), (960, 0), (1080, 5)],
        "ym": [(0, 16), (0, 0), (1080, 5)],
    }


def test_one_that_sells_nearly_all_sells_on_though_its_orders_tell_late() -> None:
    found = told(160, [shared("ozon", 150, 160), shared("wb", 5, 160), shared("ym", 5, 160)])
    assert [after for after, number in found["ozon"] if number == 0] == [960]


def test_where_a_shop_is_never_read_nothing_is_said_to_end() -> None:
    listings = [shared("ozon", 6, 16), shared("wb", 10, 16)]
    found = forecast({"MUG": 16}, listings, covered_s={"ozon": 0.0}, round_s=ROUND_S)
    assert [s.number for s in found["ozon"]] == [16, 0]
    assert [s.number for s in found["wb"]] == [16]


def test_what_was_sent_where_orders_tell_nobody_knows_when_frees_nothing() -> None:
    found = told(16, [shared("elsewhere", 6, 16), shared("wb", 10, 16)])
    assert found == {"elsewhere": [(0, 16), (120, 0)], "wb": [(0, 16), (0, 0)]}


def test_a_number_that_is_only_made_certain_is_told_once() -> None:
    unsure = Held("wb", {"MUG": 1}, 5, 5, 5, 2, 5, covered=True, settle_s=120)
    # There is room to promise all of it once more.
    assert told(10, [unsure]) == {"wb": [(0, 5)]}
    assert told(5, [replace(unsure, high=None, low=None)]) == {"wb": [(0, None), (0, 0), (120, 5)]}


def test_what_one_holds_is_sold_there_where_none_is_emptied_for_it() -> None:
    shops = ("ozon", "wb", "ym")
    listings = [shared(k, p, 16, may_empty=False) for k, p in zip(shops, (6, 5, 5), strict=True)]
    assert told(16, listings) == {
        "ozon": [(0, 16), (0, 0)],
        "wb": [(0, 16)],
        "ym": [(0, 16), (0, 0)],
    }
    holds = Held("wb", {"MUG": 1}, 9, 16, 16, 16, 16, covered=True, may_empty=False, settle_s=120)
    empty = [
        Held(k, {"MUG": 1}, 9, 0, 0, 0, 0, covered=True, may_empty=False, settle_s=720)
        for k in ("ozon", "ym")
    ]
    # Eleven were delivered: that is room for one to be lowered, and so for the others.
    assert told(27, [holds, *empty]) == {
        "wb": [(0, 16), (0, 9)],
        "ozon": [(0, 0), (120, 9)],
        "ym": [(0, 0), (120, 9)],
    }


def test_one_shows_the_few_units_that_there_are_while_the_others_are_emptied() -> None:
    # The third has no part of two units: it gives up what it shows, as the first does.
    shops = (("ozon", 1), ("wb", 1), ("ym", 0))
    assert told(2, [shared(k, p, 2) for k, p in shops]) == {
        "ozon": [(0, 2), (0, 0), (1080, 1)],
        "wb": [(0, 2), (960, 0), (1080, 1)],
        "ym": [(0, 2), (0, 0)],
    }


def test_what_is_not_emptied_takes_what_there_is_room_for() -> None:
    few = Held("wb", {"MUG": 1}, 9, 2, 2, 2, 2, covered=True, may_empty=False, settle_s=120)
    assert told(9, [few]) == {"wb": [(0, 2), (0, 7)]}
    # Else it would be emptied, to show nine.
    assert told(9, [replace(few, may_empty=True)]) == {"wb": [(0, 2), (0, 0), (120, 9)]}


def test_a_listing_waits_for_the_hours_in_which_it_may_be_emptied() -> None:
    listings = [shared("ozon", 8, 16, may_empty=False), shared("wb", 8, 16, may_empty=False)]
    night = {w.key: 6 * 3_600.0 for w in listings}
    found = forecast(
        {"MUG": 16},
        listings,
        covered_s={w.key: 0.0 for w in listings},
        round_s=ROUND_S,
        empties_s=night,
    )
    assert [(s.after_s, s.number) for s in found["wb"]] == [(0, 16), (21_600, 0), (21_720, 8)]
    assert [(s.after_s, s.number) for s in found["ozon"]] == [(0, 16), (0, 0), (21_720, 8)]


def test_a_listing_waits_until_its_marketplace_takes_a_number_again() -> None:
    sent_lately = Held("ozon", {"MUG": 1}, 3, 2, 2, 2, 2, covered=True, movable=False, settle_s=720)
    found = forecast({"MUG": 5}, [sent_lately], covered_s={}, round_s=ROUND_S, moves_s={"ozon": 25})
    assert [(s.after_s, s.number) for s in found["ozon"]] == [(0, 2), (60, 3)]


def test_orders_that_are_read_free_no_more_than_was_promised() -> None:
    # Of what it was sent, part was sold meanwhile: it may sell two more, whatever it shows.
    sold = Held("ozon", {"MUG": 1}, 0, 2, 6, 6, 6, covered=False, movable=False)
    empty = Held("wb", {"MUG": 1}, 4, 0, 0, 0, 0, covered=True, settle_s=120.0)
    found = forecast({"MUG": 6}, [sold, empty], covered_s={"ozon": 0.0}, round_s=ROUND_S)
    assert [(s.after_s, s.number) for s in found["wb"]] == [(0, 0), (0, 4)]


def test_all_are_lowered_at_once_as_far_as_was_allowed() -> None:
    listings = [replace(shared(k, 5, 16), promised=16) for k in ("ozon", "wb", "ym")]
    every = {"MUG": 3 * 16 + 3 * 5 - 16}
    assert steps({"MUG": 16}, listings, beyond=every) == {"ozon": 5, "wb": 5, "ym": 5}
    # A unit less: one is emptied.
    fewer = {"MUG": every["MUG"] - 1}
    assert sorted(steps({"MUG": 16}, listings, beyond=fewer).values()) == [0, 5, 5]
    # One is on its way: it was promised its part already, and takes no room from the others.
    sent = replace(listings[0], promised=21, low=5, covered=False, in_flight=True)
    others = steps({"MUG": 16}, [sent, *listings[1:]], beyond=every)
    assert {k: others[k] for k in ("wb", "ym")} == {"wb": 5, "ym": 5}
    # To raise one nothing is allowed.
    low = replace(listings[0], promised=2, bound=2, low=2, high=2)
    assert steps({"MUG": 4}, [low], beyond={"MUG": 50}) == {}


@given(now=st.integers(0, 1_439), begin=st.integers(0, 1_439), lasts=st.integers(1, 1_439))
@example(now=300, begin=120, lasts=180)
@example(now=120, begin=120, lasts=180)
def test_hours_begin_and_last_across_midnight(now: int, begin: int, lasts: int) -> None:
    def clock(minute: int) -> str:
        return f"{minute // 60 % 24:02}:{minute % 60:02}"

    hours = f"{clock(begin)}-{clock(begin + lasts)}"
    at = datetime(2026, 5, 4).astimezone() + timedelta(minutes=now)
    lasting = {(begin + m) % 1_440 for m in range(lasts)}
    wait_s = hours_begin_s(hours, at)
    assert (wait_s == 0) == (now in lasting)
    assert (now + wait_s / 60) % 1_440 in lasting


@pytest.mark.parametrize("hours", ["", "2-5", "02:00", "02:00-24:30", "02:00-02:00", "a-b-c"])
def test_what_are_no_hours_is_refused(hours: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        hours_begin_s(hours, datetime(2026, 5, 4).astimezone())


@given(
    shows=st.lists(st.integers(0, 12), min_size=1, max_size=5),
    spare=st.integers(0, 3),
    parts=st.randoms(use_true_random=False),
    settle=st.lists(st.integers(0, 20), min_size=5, max_size=5),
)
@settings(max_examples=examples(300))
def test_what_is_told_ends_with_every_part_and_never_shows_a_unit_twice_once_it_is_divided(
    shows: list[int], spare: int, parts: object, settle: list[int]
) -> None:
    available = max(shows)
    listings = []
    left = available
    for n, number in enumerate(shows):
        part = parts.randint(0, left)  # type: ignore[attr-defined]
        left -= part
        listings.append(shared(str(n), part, number, 60.0 * settle[n]))
    found = forecast(
        {"MUG": available + spare},
        listings,
        covered_s={w.key: 0.0 for w in listings},
        round_s=ROUND_S,
    )
    for listing in listings:
        assert found[listing.key][-1].number == listing.part
        assert [s.after_s for s in found[listing.key]] == sorted(
            s.after_s for s in found[listing.key]
        )
    # From the first push on.
    for at in sorted({s.after_s for numbers in found.values() for s in numbers}):
        assert sum(_at(found, listing.key, at) for listing in listings) <= available + spare


def _at(found: Mapping[Hashable, tuple[Showing, ...]], key: Hashable, at: float) -> int:
    return [s.number or 0 for s in found[key] if s.after_s <= at][-1]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        # All show the same four, then none while units move, then each its part.
        ([(True, (4, 0, 2)), (True, (4, 0, 1)), (True, (4, 0, 1))], Together(4, 0)),
        # One sells on till the others show their parts.
        ([(True, (4, 0, 2)), (True, (4, 4, 2))], Together(4, 4)),
        # Listings that share show the same units, which are told once.
        ([(False, (3, 3, 3)), (False, (3, 2, 2))], Together(3, 3)),
        ([(False, (1, 1, 1)), (True, (2, 0, 1))], Together(3, 1)),
        # What nobody knows counts for none.
        ([(True, (None, 0, 4))], Together(0, 0)),
        ([], Together(0, 0)),
    ],
)
def test_what_listings_show_together_while_units_move(
    lines: list[tuple[bool, tuple[int | None, ...]]], shown: Together
) -> None:
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def line(divided: bool, numbers: tuple[int | None, ...]) -> Line:
        moments = [at, at, at + timedelta(minutes=9)]
        return Line(1, divided, list(zip(moments, numbers, strict=True)))

    assert together(4, [line(*x) for x in lines]) == shown


def test_packs_are_told_in_units_and_never_more_than_there_are() -> None:
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    packs = Line(3, True, [(at, 2), (at + timedelta(minutes=1), 1)])
    assert together(9, [packs]) == Together(6, 3)
    assert together(4, [packs]) == Together(4, 3)
    assert together(-1, [packs]) == Together(0, 0)
