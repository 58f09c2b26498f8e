"""Divided windows come to show their parts, and on the way nothing is promised twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.domain.shifting import WORTH_EMPTYING, Held, steps
from tests.builders import examples


def window(
    key: str,
    part: int | None,
    promised: int | None,
    *,
    shows: int | None = None,
    covered: bool = True,
    units: int = 1,
    strict: bool = True,
    movable: bool = True,
    lasts_s: float | None = None,
) -> Held:
    shown = promised if shows is None else shows
    return Held(
        key,
        {"MUG": units},
        part,
        promised,
        shown,
        shown,
        shown,
        covered,
        strict=strict,
        movable=movable,
        settle_s=None if lasts_s is None else 60.0,
        lasts_s=lasts_s,
    )


def test_what_nobody_was_promised_is_given_at_once() -> None:
    found = steps({"MUG": 5}, [window("a", 2, 2), window("b", 3, 0)])
    assert found == {"b": 3}


def test_what_may_show_its_part_already_is_sent_it_all_the_same() -> None:
    doubtful = replace(window("a", 4, 4), low=2)
    assert steps({"MUG": 8}, [doubtful]) == {"a": 4}
    assert steps({"MUG": 8}, [replace(doubtful, high=5)]) == {"a": 4}


def test_a_unit_goes_from_one_window_to_another_only_after_orders_were_read() -> None:
    a, b = window("a", 1, 2), window("b", 1, 0)
    assert steps({"MUG": 2}, [a, b]) == {"a": 0}
    emptied = window("a", 1, 2, shows=0, covered=False)
    assert steps({"MUG": 2}, [emptied, b]) == {}
    assert steps({"MUG": 2}, [window("a", 1, 0), b]) == {"a": 1, "b": 1}


def test_a_window_is_emptied_to_show_more_only_where_that_is_worth_it() -> None:
    assert steps({"MUG": 4}, [window("a", 4, 3)]) == {"a": 0}
    many = WORTH_EMPTYING
    assert steps({"MUG": many + 1}, [window("a", many + 1, many)]) == {"a": 0}
    assert steps({"MUG": many + 2}, [window("a", many + 2, many + 1)]) == {}


def test_what_is_sold_meanwhile_is_not_emptied() -> None:
    rich, poor = window("a", 10, 30, lasts_s=200.0), window("b", 21, 1, lasts_s=200.0)
    assert steps({"MUG": 31}, [rich, poor]) == {}
    assert steps({"MUG": 31}, [replace(rich, lasts_s=9_000.0), poor]) == {"a": 0}


def test_what_was_delivered_is_shown_at_once_though_not_all_of_a_part_has_room() -> None:
    """Ten are promised beside the five that may be sold already; it is not emptied for those."""
    assert steps({"MUG": 15}, [window("a", 15, 5, lasts_s=60.0)]) == {"a": 10}
    assert steps({"MUG": 15}, [window("a", 15, 5)]) == {"a": 0}
    assert steps({"MUG": 9}, [window("a", 9, 5, lasts_s=60.0)]) == {}


def test_of_those_that_sell_fast_who_shows_least_comes_first() -> None:
    """What is promised besides will be free only when others have sold it."""
    least, other = (
        window("a", 4, 9, shows=1, lasts_s=60.0),
        window("b", 4, 5, shows=2, lasts_s=60.0),
    )
    assert steps({"MUG": 18}, [least, other]) == {"a": 4}
    slow = [replace(w, lasts_s=9_000.0) for w in (least, other)]
    assert steps({"MUG": 18}, slow) == {"b": 4}


def test_few_more_wait_for_what_was_sent_just_now_to_be_known() -> None:
    just_sent = window("a", 14, 13, covered=False, lasts_s=60.0)
    assert steps({"MUG": 40}, [just_sent]) == {}
    assert steps({"MUG": 40}, [replace(just_sent, covered=True)]) == {"a": 14}
    assert steps({"MUG": 40}, [replace(just_sent, lasts_s=9_000.0)]) == {"a": 14}
    assert steps({"MUG": 40}, [replace(just_sent, part=26)]) == {"a": 26}


def test_nothing_is_raised_while_a_window_may_sell_nobody_knows_how_many() -> None:
    unknown = Held("a", {"MUG": 1}, 1, None, None, None, None, False)
    assert steps({"MUG": 9}, [unknown, window("b", 8, 0)]) == {"a": 0}
    believed = Held("a", {"MUG": 1}, 1, None, 1, 1, 1, False)
    assert steps({"MUG": 9}, [believed, window("b", 8, 0)]) == {}


def test_what_will_be_read_is_left_as_it_is_and_nothing_is_raised_beside_it() -> None:
    unread = Held("a", {"MUG": 1}, 2, None, None, None, None, False, unread=True)
    assert steps({"MUG": 9}, [unread, window("b", 7, 0)]) == {}
    # Unless it should show none.
    assert steps({"MUG": 9}, [replace(unread, part=0), window("b", 9, 0)]) == {"a": 0}


def test_where_more_is_promised_than_there_is_as_few_as_possible_are_emptied() -> None:
    # The shelf was counted: 5 and not 10.
    found = steps({"MUG": 5}, [window("a", 2, 4), window("b", 2, 3), window("c", 1, 3)])
    assert found == {"a": 0, "c": 0}


def test_a_window_shows_no_more_than_there_is_though_nobody_knows_what_it_may_sell() -> None:
    def unknown(key: str, part: int) -> Held:
        return Held(key, {"MUG": 1}, part, None, None, 9, 9, False)

    every = [unknown("a", 2), unknown("b", 1), window("c", 1, 9)]
    assert steps({"MUG": 4}, every) == {"a": 0, "b": 0, "c": 0}
    assert steps({"MUG": 18}, every) == {"b": 0}


def test_what_is_divided_only_while_scarce_is_lowered_at_once() -> None:
    shared = [window(k, 1, 9, strict=False) for k in "abc"]
    assert steps({"MUG": 3}, shared) == {"a": 1, "b": 1, "c": 1}


def test_an_uncertain_window_is_read_before_it_is_emptied() -> None:
    unsure = Held("a", {"MUG": 1}, 2, 3, 3, 2, 3, True)
    assert steps({"MUG": 3}, [unsure, window("b", 1, 0)]) == {}


def test_a_window_is_lowered_beyond_what_there_is_to_what_it_surely_shows_at_least() -> None:
    unsure = Held("a", {"MUG": 1}, 2, 4, 4, 2, 4, True)
    assert steps({"MUG": 2}, [unsure], beyond={"MUG": 4}) == {"a": 2}
    assert steps({"MUG": 2}, [replace(unsure, low=1)], beyond={"MUG": 4}) == {"a": 0}


def test_a_window_that_cannot_be_sent_to_keeps_what_it_was_promised() -> None:
    stuck = window("a", 1, 2, movable=False)
    assert steps({"MUG": 2}, [stuck, window("b", 1, 0)]) == {}
    # So there are too few, and what would rather sell what it has is emptied.
    stuck = window("a", 1, 9, strict=False, movable=False)
    kept = replace(window("b", 1, 4), may_empty=False)
    assert steps({"MUG": 10}, [stuck, kept]) == {"b": 0}
    assert steps({"MUG": 10}, [replace(stuck, movable=True), kept]) == {"a": 1}


def test_a_bundle_waits_for_each_of_its_products() -> None:
    unknown = Held("a", {"MUG": 1}, 1, None, None, 1, 1, False)
    bundle = Held("b", {"MUG": 1, "CUP": 1}, 3, 0, 0, 0, 0, True)
    assert steps({"MUG": 9, "CUP": 9}, [unknown, bundle]) == {}
    assert steps({"MUG": 9, "CUP": 2}, [bundle]) == {"b": 2}


def freeing(units: int) -> Held:
    """A window that was emptied: so many units are freed when its orders have been read."""
    return window("z", 0, units, shows=0, covered=False)


def test_a_window_that_has_nothing_begins_with_half_and_waits_with_less() -> None:
    empty = window("a", 6, 0)
    assert steps({"MUG": 4 + 2}, [empty, freeing(4)]) == {}
    assert steps({"MUG": 4 + 3}, [empty, freeing(4)]) == {"a": 3}
    # Where nothing will be freed, less is better than nothing.
    assert steps({"MUG": 2}, [empty]) == {"a": 2}


def test_a_window_begins_only_when_its_own_orders_are_known() -> None:
    assert steps({"MUG": 2}, [window("a", 6, 0, covered=False)]) == {}
    # All of its part it is given at once: nothing will have to be taken back.
    assert steps({"MUG": 6}, [window("a", 6, 0, covered=False)]) == {"a": 6}


def test_no_window_is_emptied_where_others_are_about_to_free_units() -> None:
    fuller = window("a", 4, 3)
    assert steps({"MUG": 3 + 2}, [fuller, freeing(1)]) == {}
    assert steps({"MUG": 3 + 2}, [fuller]) == {"a": 0}


def test_a_window_is_not_emptied_while_a_number_is_on_its_way() -> None:
    fuller = window("a", 4, 3)
    assert steps({"MUG": 4}, [replace(fuller, in_flight=True)]) == {}
    assert steps({"MUG": 4}, [fuller]) == {"a": 0}


def test_a_window_that_somebody_lowered_is_emptied_to_show_its_part_again() -> None:
    assert steps({"MUG": 4}, [window("a", 4, 4, shows=1)]) == {"a": 0}
    # Not for a twentieth.
    many = WORTH_EMPTYING * 2
    assert steps({"MUG": many}, [window("a", many, many, shows=many - 1)]) == {}
    # Where there is room for all of it beside what was promised, it is sent at once.
    assert steps({"MUG": 8}, [window("a", 4, 4, shows=1)]) == {"a": 4}


# ---------------------------------------------------------------- any shelf, to its end


@dataclass
class Place:
    key: str
    parts: Mapping[str, int]
    part: int
    promised: int
    bound: int
    shown: int
    covered: bool = True

    def held(self) -> Held:
        return Held(
            self.key,
            self.parts,
            self.part,
            self.promised,
            self.bound,
            self.shown,
            self.shown,
            self.covered,
        )


PLACES = st.lists(
    st.tuples(
        st.sampled_from([{"MUG": 1}, {"MUG": 2}, {"CUP": 1}, {"MUG": 1, "CUP": 1}, {"CUP": 3}]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=6,
)


def taken(places: list[Place], numbers: str) -> dict[str, int]:
    total = {"MUG": 0, "CUP": 0}
    for place in places:
        for product, units in place.parts.items():
            total[product] += getattr(place, numbers) * units
    return total


@given(
    drawn=PLACES,
    spare=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=examples(400))
def test_every_window_comes_to_show_its_part(
    drawn: list[tuple[dict[str, int], int, int]], spare: int, order: object
) -> None:
    places = [
        Place(str(n), parts, part, shown, shown, shown)
        for n, (parts, part, shown) in enumerate(drawn)
    ]
    available = {product: n + spare for product, n in taken(places, "part").items()}
    for _ in range(60):
        found = steps(available, [p.held() for p in places])
        for place in places:
            if place.key not in found:
                continue
            number = found[place.key]
            place.promised += number
            place.bound, place.shown, place.covered = number, number, False
            if number:
                promised = taken(places, "promised")
                assert all(promised[p] <= available[p] for p in place.parts), (number, place)
        if not found and all(p.covered for p in places):
            break
        # Some accounts' orders are read, in any order.
        for place in places:
            if order.random() < 0.6:  # type: ignore[attr-defined]
                place.promised, place.covered = place.bound, True
    else:
        raise AssertionError(f"never still: {places}")
    # Seven is less than what a twentieth could be left out of.
    assert all(p.shown == p.part == p.promised for p in places), (available, places)
