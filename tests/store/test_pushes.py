"""What becomes of what is believed while a number is sent, once its answer has come."""

from __future__ import annotations

import pytest

from cloudstock.domain.belief import Belief
from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import PushOutcome, StockUpdate, Verdict
from cloudstock.store import Store
from cloudstock.store.beliefs import BelievedStock
from cloudstock.store.pushes import Answered, Intent
from cloudstock.store.readings import Reading
from tests import builders
from tests.builders import NOW, after


class Line:
    """One listing, which shows 8; numbers are sent to it a minute apart."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.account_id = builders.arrange(store, builders.account())["ozon-main"]
        builders.offer(store, self.account_id, "MUG")
        builders.count(store, "MUG", 10, now=after(days=-1))
        self.listing_id = builders.listing_id(store, self.account_id, "MUG")
        with store.transaction():
            reading = Reading(self.listing_id, "1", 8, 0, believe=True)
            store.readings.saw([reading], requested_at=NOW, now=NOW)

    def sends(self, quantity: int, minute: int) -> Intent:
        decided = [Decision(self.listing_id, "1", quantity, Phase.LOWER)]
        with self.store.transaction():
            (intent,) = self.store.pushes.begin_push(
                self.account_id, decided, now=after(minutes=minute)
            )
        return intent

    def hears(self, intent: Intent, verdict: Verdict, minute: int) -> None:
        update = StockUpdate(intent.key, intent.quantity, NOW)
        answered = Answered(intent, PushOutcome(update, verdict, "CODE", "words"), None)
        with self.store.transaction():
            self.store.pushes.answered(
                [answered], sent_at=after(minutes=minute), now=after(minutes=minute)
            )

    @property
    def stands(self) -> BelievedStock:
        found = self.store.beliefs.stock(self.listing_id, "1")
        assert found is not None
        return found

    @property
    def range(self) -> tuple[int, int]:
        belief = self.stands.belief
        assert isinstance(belief, Belief)
        return belief.low, belief.high

    @property
    def refusals(self) -> tuple[int, str | None]:
        row = self.store.connection.execute("SELECT refusals, refused_code FROM listing_stock")
        return tuple(row.fetchone())


@pytest.fixture
def line(store: Store) -> Line:
    return Line(store)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REFUSED, Verdict.UNKNOWN])
def test_an_answer_that_a_later_number_has_overtaken_settles_nothing(
    line: Line, verdict: Verdict
) -> None:
    """Which of the two came last at the marketplace only the later one's answer tells."""
    first, second = line.sends(5, 1), line.sends(3, 2)
    line.hears(first, verdict, 3)
    assert line.stands.in_flight
    assert line.range == (3, 8)
    line.hears(second, Verdict.ACCEPTED, 4)
    assert not line.stands.in_flight
    assert line.range == (3, 3)


def test_after_a_refusal_what_stood_without_an_answer_before_stands_again(line: Line) -> None:
    line.sends(5, 1)
    second = line.sends(3, 2)
    line.hears(second, Verdict.REFUSED, 3)
    assert line.stands.in_flight
    assert line.range == (5, 8)


def test_a_refusal_alone_leaves_what_was_shown_before(line: Line) -> None:
    for times in (1, 2):
        line.hears(line.sends(3, times), Verdict.REFUSED, times)
        assert not line.stands.in_flight
        assert line.range == (8, 8)
        assert line.refusals == (times, "CODE")
    line.hears(line.sends(3, 3), Verdict.ACCEPTED, 3)
    assert line.refusals == (0, None)


def test_own_orders_meanwhile_move_what_is_shown_though_the_number_was_refused(line: Line) -> None:
    intent = line.sends(3, 1)
    with line.store.transaction():
        line.store.beliefs.believe(line.stands, line.stands.belief, sold=2, given_back=1)
    line.hears(intent, Verdict.REFUSED, 2)
    assert line.range == (6, 9)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.REFUSED])
def test_nothing_is_believed_to_show_less_than_nothing(line: Line, verdict: Verdict) -> None:
    """Somebody bought more than is known to have been shown."""
    line.hears(line.sends(2, 1), Verdict.ACCEPTED, 1)
    intent = line.sends(2, 2)
    with line.store.transaction():
        line.store.beliefs.believe(line.stands, line.stands.belief, sold=5)
    line.hears(intent, verdict, 3)
    assert line.range == (0, 2)


def test_what_was_sold_while_an_earlier_number_was_sent_is_taken_off_no_later_one(
    line: Line,
) -> None:
    line.sends(5, 1)
    with line.store.transaction():
        line.store.beliefs.believe(line.stands, line.stands.belief, sold=2)
    line.hears(line.sends(3, 2), Verdict.ACCEPTED, 2)
    assert line.range == (3, 3)


def test_nothing_more_is_sent_to_an_account_that_is_paused_meanwhile(line: Line) -> None:
    with line.store.transaction():
        line.store.arrangement.pause(line.account_id, at=after(minutes=1), now=after(minutes=1))
        decided = [Decision(line.listing_id, "1", 3, Phase.LOWER)]
        assert line.store.pushes.begin_push(line.account_id, decided, now=after(minutes=2)) == []
        # What is configured holds as of the next run.
        line.store.arrangement.pause(line.account_id, at=None, now=after(minutes=3))
    builders.arrange(line.store, builders.account(), now=after(minutes=4))
    assert line.sends(3, 5).quantity == 3


def test_what_stood_without_an_answer_is_over_once_it_is_forgotten(line: Line) -> None:
    line.sends(5, 1)
    second = line.sends(3, 2)
    with line.store.transaction():
        line.store.pushes.prune(after(minutes=2))
    line.hears(second, Verdict.REFUSED, 3)
    assert not line.stands.in_flight
