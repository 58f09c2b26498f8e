"""What left with a cancelled order is awaited until a return brings it, or a person gives it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cloudstock.changes.orders import AwayProduct, CloseOrderResult
from cloudstock.domain.records import OrderLine, ReturnStep, Step
from cloudstock.errors import UsageProblem
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import rows
from tests.acting import close_order, link_listing
from tests.jobs.town import Town

Act = Callable[[Town], object]


@pytest.fixture
def kits(open_town: Town) -> Town:
    """A set of a mug and two cups is sold, too; three orders of it and of mugs have left."""
    north = open_town.shops["north"]
    north.offer("SET")
    open_town.run("catalog")
    now = open_town.clock.now()
    link_listing(open_town.store, "north", "SET", [("MUG", 1), ("CUP", 2)], now=now)
    north.place("N1", {"SET": 2, "MUG": 1})
    open_town.run("orders")
    goes(open_town, Step.SHIPPED)
    return open_town


def goes(town: Town, step: Step, **also: object) -> None:
    town.clock.move(minutes=5)
    town.shops["north"].change("N1", step, **also)
    town.run("orders")


def cancelled(town: Town) -> None:
    goes(town, Step.CANCELLED)


def sent_back(
    town: Town, step: ReturnStep, sku: str = "MUG", number: str = "R1", **also: object
) -> None:
    north = town.shops["north"]
    north.send_back(number, "N1", sku, 1)
    if step is ReturnStep.RECEIVED:
        town.clock.move(minutes=5)
        north.hand_over(number)
    north.returns[number] = replace(north.returns[number], step=step, **also)  # type: ignore[arg-type]
    town.clock.move(minutes=5)
    town.run("returns")


def away(town: Town) -> dict[str, int]:
    """What the list of products has, which the orders' and the view's sums must equal."""
    db = town.store.connection
    orders = [*rows(db, ORDERS, {"away": True})]
    products = {row.sku: row.away for row in rows(db, PRODUCTS, {"away": True})}
    assert sum(o.away for o in orders) == sum(products.values())
    assert all(o.cancelled_at is not None and o.away for o in orders)
    assert sum(o.away for o in rows(db, ORDERS)) == sum(products.values())
    derived = db.execute(
        "SELECT total(x.off * v.awaited / v.off) FROM awaited_line v"
        " JOIN allocation x ON x.order_line_id = v.order_line_id"
    ).fetchone()[0]
    assert derived == sum(products.values())
    return products


def bring_two_for_one(town: Town) -> None:
    cancelled(town)
    sent_back(town, ReturnStep.NEVER)
    sent_back(town, ReturnStep.RECEIVED, number="R2", replaces="R1")


def comes_before_it_is_cancelled(town: Town) -> None:
    sent_back(town, ReturnStep.RECEIVED)
    cancelled(town)


def comes_and_is_said_to_be_on_its_way(town: Town) -> None:
    cancelled(town)
    sent_back(town, ReturnStep.RECEIVED)
    sent_back(town, ReturnStep.EXPECTED)


def has_a_line_twice(town: Town) -> None:
    """Two lines of one listing, three mugs in all, of which one comes."""
    north = town.shops["north"]
    more = OrderLine("3", ("offer:MUG",), 2, "MUG")
    north.orders["N1"] = replace(north.orders["N1"], lines=(*north.orders["N1"].lines, more))
    goes(town, Step.SHIPPED)
    cancelled(town)
    sent_back(town, ReturnStep.RECEIVED)


@pytest.mark.parametrize(
    ("act", "mugs", "cups"),
    [
        (lambda _: None, 0, 0),
        (lambda t: goes(t, Step.DELIVERED), 0, 0),
        (cancelled, 3, 4),
        # On its way is not back, and it is no further unit.
        (lambda t: (cancelled(t), sent_back(t, ReturnStep.EXPECTED)), 3, 4),
        (lambda t: (cancelled(t), sent_back(t, ReturnStep.UNDECIDED)), 3, 4),
        (lambda t: (cancelled(t), sent_back(t, ReturnStep.RECEIVED)), 2, 4),
        (lambda t: (cancelled(t), sent_back(t, ReturnStep.NEVER)), 2, 4),
        (lambda t: (cancelled(t), sent_back(t, ReturnStep.RECEIVED, "SET")), 2, 2),
        # More than left ends no other line.
        (lambda t: (cancelled(t), sent_back(t, ReturnStep.RECEIVED, quantity=9)), 2, 4),
        (bring_two_for_one, 2, 4),
        (comes_before_it_is_cancelled, 2, 4),
        (comes_and_is_said_to_be_on_its_way, 2, 4),
        (has_a_line_twice, 4, 4),
        # It goes on after all; it never left.
        (lambda t: (cancelled(t), goes(t, Step.DELIVERED)), 0, 0),
        (lambda t: (goes(t, Step.OPEN), cancelled(t)), 0, 0),
        (lambda t: (cancelled(t), goes(t, Step.CANCELLED, ignored="a test")), 0, 0),
    ],
)
def test_what_is_awaited(kits: Town, act: Act, mugs: int, cups: int) -> None:
    act(kits)
    expected = {"CUP": cups, "MUG": mugs}
    assert away(kits) == {sku: units for sku, units in expected.items() if units}


def test_a_return_proves_that_an_order_left_and_ends_what_it_brings(open_town: Town) -> None:
    open_town.shops["north"].place("N1", {"MUG": 2})
    cancelled(open_town)
    assert away(open_town) == {}
    sent_back(open_town, ReturnStep.EXPECTED)
    assert away(open_town) == {"MUG": 2}
    sent_back(open_town, ReturnStep.RECEIVED)
    assert away(open_town) == {"MUG": 1}


def test_lines_linked_by_hand_later_are_awaited_too(open_town: Town) -> None:
    open_town.shops["north"].place("N1", {"LAMP": 2})
    goes(open_town, Step.SHIPPED)
    cancelled(open_town)
    assert away(open_town) == {}
    now = open_town.clock.now()
    link_listing(open_town.store, "north", "LAMP", [("MUG", 3)], now=now)
    assert away(open_town) == {"MUG": 6}


def test_an_order_is_given_up_and_awaited_again_and_moves_nothing(kits: Town) -> None:
    cancelled(kits)
    store, now, moved = kits.store, kits.clock.now(), kits.movements()
    products = (AwayProduct("CUP", 4), AwayProduct("MUG", 3))
    done = CloseOrderResult("north", "N1", True, products)
    assert close_order(store, "N1", now=now, dry_run=True) == done
    assert away(kits) == {"CUP": 4, "MUG": 3}
    assert close_order(store, "N1", now=now) == done
    assert away(kits) == {}
    with pytest.raises(UsageProblem, match="nothing of order N1 is awaited"):
        close_order(store, "N1", now=now)
    assert close_order(store, "N1", now=now, reopen=True) == replace(done, closed=False)
    assert away(kits) == {"CUP": 4, "MUG": 3}
    assert kits.movements() == moved


def test_what_comes_of_an_order_that_was_given_up_is_booked_once(kits: Town) -> None:
    cancelled(kits)
    close_order(kits.store, "N1", now=kits.clock.now())
    sent_back(kits, ReturnStep.RECEIVED)
    # A further reading of the order does not await it again.
    goes(kits, Step.CANCELLED)
    assert away(kits) == {}
    assert kits.level("MUG", "quarantine") == (1, 0)


def test_one_that_left_again_is_not_given_up_any_more(kits: Town) -> None:
    cancelled(kits)
    close_order(kits.store, "N1", now=kits.clock.now())
    goes(kits, Step.SHIPPED)
    cancelled(kits)
    assert away(kits) == {"CUP": 4, "MUG": 3}


def test_an_order_was_cancelled_when_that_was_first_known(kits: Town) -> None:
    def cancelled_at() -> str | None:
        row = kits.store.connection.execute("SELECT cancelled_at FROM orders").fetchone()
        return str(row[0]) if row[0] else None

    assert cancelled_at() is None
    cancelled(kits)
    first = cancelled_at()
    assert first is not None
    goes(kits, Step.CANCELLED)
    assert cancelled_at() == first
    # It went on, and was cancelled again.
    goes(kits, Step.SHIPPED)
    assert cancelled_at() is None
    cancelled(kits)
    assert (cancelled_at() or "") > first


def test_an_order_is_named_with_its_account_where_two_have_it(kits: Town) -> None:
    cancelled(kits)
    kits.shops["south"].place("N1", {"MUG": 1})
    kits.run("orders")
    now = kits.clock.now()
    with pytest.raises(UsageProblem, match=r"in several accounts: .*\(north, south\)"):
        close_order(kits.store, "N1", now=now)
    with pytest.raises(UsageProblem, match="nothing of order N1"):
        close_order(kits.store, "N1", now=now, account="south")
    with pytest.raises(UsageProblem, match="no order 'N2' in north"):
        close_order(kits.store, "N2", now=now, account="north")
    assert close_order(kits.store, "N1", now=now, account="north").closed
