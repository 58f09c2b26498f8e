"""The model of the trade: what it counts is what happens to buyers one can follow by hand."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudstock.domain.policies import Policy
from cloudstock.simulate.demand import Supply, catalogue, product
from cloudstock.simulate.model import RULES, Outcome, Product, Rule, Times, _Run, simulate
from cloudstock.simulate.trial import Trade, try_rules

SHARE, BUFFER, _, _, SPLIT, PRIORITY, ADAPTIVE = RULES
# Readings at 0, 100, 200 s; what is pushed is shown 5 s later.
TIMES = Times(interval_s=100.0, delay_s=5.0, margin_s=10.0)


def shelf(
    stock: int,
    buyers: Sequence[tuple[float, int]],
    *,
    windows: int = 2,
    delivery: int = 0,
    reorder_at: int = -1,
) -> Product:
    """Return a product that sells a unit in ten days through each window, as the book knows it."""
    return Product(
        buyers=buyers,
        rates=[1 / 864_000] * windows,
        measured=[1 / 864_000] * windows,
        stock=stock,
        delivery=delivery,
        reorder_at=reorder_at,
        delivered_after_s=50.0,
    )


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.orders, outcome.oversold, outcome.hidden


@pytest.mark.parametrize(
    ("rule", "buyers", "expected"),
    [
        # The last unit is sold twice between two readings.
        (SHARE, [(10.0, 0), (20.0, 1)], (2, 1, 0)),
        # A reading between them lowers the other window.
        (SHARE, [(10.0, 0), (120.0, 1)], (1, 0, 0)),
        # … but not before the push is applied.
        (SHARE, [(10.0, 0), (103.0, 1)], (2, 1, 0)),
        # A window takes its own sales off at once.
        (SHARE, [(10.0, 0), (11.0, 0)], (1, 0, 0)),
        # Nothing is shown before the first push is applied.
        (SHARE, [(1.0, 0)], (0, 0, 1)),
        # The buffer hides the last unit.
        (BUFFER, [(10.0, 0), (20.0, 1)], (0, 0, 2)),
        # One window has it.
        (SPLIT, [(10.0, 0), (20.0, 1)], (1, 0, 0)),
        (SPLIT, [(10.0, 1), (20.0, 0)], (1, 0, 1)),
        # Sells too slowly for `adaptive` to divide.
        (ADAPTIVE, [(10.0, 0), (20.0, 1)], (2, 1, 0)),
    ],
)
def test_what_becomes_of_the_last_unit(
    rule: Rule, buyers: Sequence[tuple[float, int]], expected: tuple[int, int, int]
) -> None:
    assert counts(simulate(shelf(1, buyers), rule, TIMES)) == expected


def test_a_push_undoes_what_was_sold_while_it_was_under_way() -> None:
    """Two units; the second is sold at 102 s where 1 is about to be shown, and so once more."""
    buyers = [(10.0, 0), (102.0, 1), (110.0, 1)]
    assert counts(simulate(shelf(2, buyers), SHARE, TIMES)) == (3, 1, 0)


def test_a_delivery_comes_and_is_shown_after_the_next_reading() -> None:
    one = shelf(1, [(10.0, 0), (70.0, 0), (110.0, 1), (250.0, 1)], delivery=9, reorder_at=0)
    assert counts(simulate(one, SHARE, TIMES)) == (3, 0, 1)


def test_a_buffer_is_ordered_for_as_well() -> None:
    one = shelf(2, [(10.0, 0), (70.0, 0), (110.0, 1)], delivery=9, reorder_at=0)
    assert counts(simulate(one, BUFFER, TIMES)) == (2, 0, 1)


def test_a_unit_moves_to_where_it_sells_only_after_its_window_gave_it_up() -> None:
    """The second window's unit is promised to the first, which sells twice as well."""
    one = Product(
        # Both show 1. Nothing is shown from the reading at 100 s on; 1 from that at 200 s on.
        buyers=[(50.0, 0), (150.0, 1), (190.0, 0), (210.0, 0)],
        rates=[2e-6, 1e-6],
        measured=[2e-6, 1e-6],
        stock=2,
        delivery=0,
        reorder_at=-1,
        delivered_after_s=0.0,
    )
    assert counts(simulate(one, SPLIT, TIMES)) == (2, 0, 2)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.floats(0, 5_000), st.integers(0, 3)), max_size=60),
    st.lists(st.sampled_from([0.0, 1e-6, 1e-4, 1e-2]), min_size=4, max_size=4),
    st.integers(0, 30),
    st.integers(0, 10),
    st.sampled_from([20.0, 60.0, 300.0]),
    st.sampled_from([0.0, 5.0, 19.0]),
    st.sampled_from([0.0, 10.0, 60.0, 400.0]),
)
def test_split_never_oversells(
    buyers: list[tuple[float, int]],
    measured: list[float],
    stock: int,
    reorder_at: int,
    interval_s: float,
    delay_s: float,
    margin_s: float,
) -> None:
    one = Product(
        buyers=sorted(buyers),
        rates=measured,
        measured=measured,
        stock=stock,
        delivery=7,
        reorder_at=reorder_at,
        delivered_after_s=700.0,
    )
    times = Times(interval_s=interval_s, delay_s=delay_s, margin_s=margin_s, first_s=3.0)
    outcome = simulate(one, SPLIT, times)
    assert outcome.oversold == 0
    assert outcome.oversold_expected == 0
    assert outcome.orders + outcome.hidden <= outcome.buyers


@pytest.mark.parametrize("rule", [SHARE, BUFFER, PRIORITY, ADAPTIVE], ids=lambda r: r.name)
def test_leaving_out_readings_while_stock_is_ample_changes_nothing(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = Trade(((40.0, 30.0, 10.0),), interval_s=900.0, days=60.0, drawn=10)
    fast = try_rules(trade, [1, 2], [rule])[rule.name]
    monkeypatch.setattr(_Run, "_ample", lambda self: 10**9)
    # Nothing is ample: nothing but counting would be done above.
    monkeypatch.setattr(_Run, "_count", None)
    slow = try_rules(trade, [1, 2], [rule])[rule.name]
    assert counts(fast) == counts(slow)
    assert fast.oversold_expected == pytest.approx(slow.oversold_expected)
    assert fast.pushes == pytest.approx(slow.pushes, rel=0.02)


def test_what_is_expected_to_be_oversold_is_what_is_counted_on_average() -> None:
    trade = Trade(((60.0, 60.0, 60.0),), 3_600.0, 60.0, supply=Supply(delivery_days=1.0), drawn=1)
    outcome = try_rules(trade, range(20), [SHARE])["share"]
    assert outcome.oversold > 400
    assert outcome.oversold_expected == pytest.approx(outcome.oversold, rel=0.1)


def test_more_frequent_readings_oversell_less() -> None:
    found = [
        try_rules(Trade(((600.0, 500.0, 200.0),), 60.0 * minutes, 30.0, drawn=90), [1], [SHARE])
        for minutes in (1, 5, 15)
    ]
    expected = [outcomes["share"].oversold_expected for outcomes in found]
    assert 0 < 2 * expected[0] < expected[1] < expected[2] / 2


def test_the_same_seed_is_the_same_trade() -> None:
    trade = Trade(((3.0, 2.0),), 300.0, 10.0, drawn=3)
    assert try_rules(trade, [5]) == try_rules(trade, [5])
    assert try_rules(trade, [5]) != try_rules(trade, [6])


def test_a_catalogue_sells_what_was_asked_and_few_products_most_of_it() -> None:
    rates = catalogue(Random(1), 1_000, [450.0, 350.0, 0.0])
    assert [round(sum(r[i] for r in rates)) for i in range(3)] == [450, 350, 0]
    largest = sorted((sum(r) for r in rates), reverse=True)
    assert sum(largest[:200]) > 0.6 * sum(largest)


def test_buyers_come_as_often_as_told_and_in_order() -> None:
    one = product(Random(1), [40.0, 10.0, 0.0], Supply(), days=100.0)
    assert list(one.buyers) == sorted(one.buyers)
    came = [sum(1 for _, window in one.buyers if window == i) for i in range(3)]
    assert came == [pytest.approx(4_000, rel=0.1), pytest.approx(1_000, rel=0.15), 0]
    assert (one.delivery, one.reorder_at, one.delivered_after_s) == (1_400, 350, 7 * 86_400.0)
    assert one.measured[0] * 86_400 == pytest.approx(40, rel=0.3)


def test_every_policy_is_tried() -> None:
    assert {rule.policy for rule in RULES} == set(Policy)
