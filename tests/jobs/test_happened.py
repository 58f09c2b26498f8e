"""What a round tells of what it did: read from what it wrote, and of nothing else."""

from __future__ import annotations

import pytest

from cloudstock.domain.records import Step
from cloudstock.jobs.results import AccountResult, JobResult
from cloudstock.render.happened import happened_text
from cloudstock.store.views.happened import SHOWN_MAX, EventKind, Goods, Happened, before, happened
from tests.jobs.town import Town


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def run(town: Town, job: str = "sync") -> Happened:
    connection = town.store.connection
    mark = before(connection)
    town.run(job)
    ids = [row[0] for row in connection.execute("SELECT id FROM account ORDER BY id")]
    return happened(connection, mark, ids, now=town.clock.now())


def lines(told: Happened, *accounts: AccountResult) -> list[str]:
    """What a person reads, a line each, its columns parted by bars."""
    text = "".join(happened_text(JobResult("sync", accounts, happened=told), lambda text: text))
    return [" | ".join(line.split("  ")) for line in text.splitlines()]


def test_each_order_is_told_once_with_its_goods_from_buyer_to_return(open_town: Town) -> None:
    north, clock = open_town.shops["north"], open_town.clock
    assert run(open_town).events == ()
    north.place("N1", {"MUG": 2, "CUP": 1})
    open_town.shops["south"].place("S1", {"MUG": 1})
    clock.move(minutes=1)
    told = run(open_town)
    assert [(e.kind, e.account, e.order_id) for e in told.events[:2]] == [
        (EventKind.ORDERED, "north", "N1"),
        (EventKind.ORDERED, "south", "S1"),
    ]
    assert told.events[0].goods == (Goods("MUG", 2), Goods("CUP", 1))
    # What an account with a sale of its own showed just before that is not certain.
    assert [(e.kind, e.account, e.goods) for e in told.events[2:]] == [
        (EventKind.PUSHED, "north", (Goods("MUG", 7), Goods("CUP", 9))),
        (EventKind.PUSHED, "south", (Goods("MUG", 7), Goods("CUP", 9, 10))),
    ]
    assert told.more == {}
    north.change("N1", Step.SHIPPED)
    clock.move(minutes=1)
    assert [(e.kind, e.order_id) for e in run(open_town).events] == [(EventKind.SHIPPED, "N1")]
    north.send_back("R1", "N1", "MUG", 1)
    clock.move(minutes=1)
    (coming,) = run(open_town).events
    assert (coming.kind, coming.return_id, coming.goods) == (
        EventKind.COMING_BACK,
        "R1",
        (Goods("MUG", 1),),
    )
    north.hand_over("R1")
    open_town.shops["south"].change("S1", Step.CANCELLED)
    clock.move(minutes=1)
    cancelled, back, *_ = run(open_town).events
    assert (cancelled.kind, cancelled.order_id) == (EventKind.CANCELLED, "S1")
    assert (back.kind, back.goods, back.warehouse) == (
        EventKind.RETURNED,
        (Goods("MUG", 1),),
        "quarantine",
    )
    clock.move(minutes=1)
    assert run(open_town).events == ()


def test_of_many_the_first_are_told_and_how_many_more(open_town: Town) -> None:
    for n in range(SHOWN_MAX + 7):
        open_town.shops["north"].place(f"N{n:02}", {"CUP": 0 if n else 1, "MUG": 1 if n < 9 else 0})
    open_town.clock.move(minutes=1)
    told = run(open_town, "orders")
    assert len(told.events) == SHOWN_MAX
    assert told.more == {EventKind.ORDERED: 7}
    assert lines(told)[-1].endswith("and 7 more")


def test_history_that_had_ended_when_it_was_read_first_is_no_news(town: Town) -> None:
    town.run("catalog")
    town.shops["north"].place("OLD", {"MUG": 1})
    town.shops["north"].change("OLD", Step.DELIVERED)
    assert run(town, "orders").events == ()


def test_what_waits_is_told_with_what_it_waits_for(open_town: Town) -> None:
    with open_town.store.transaction():
        product = open_town.store.catalog.product("MUG")
        assert product is not None
        open_town.store.catalog.set_policy(product, "split")
    (*_, waits) = run(open_town, "push").events
    assert waits.kind is EventKind.WAITS
    assert waits.goods == (Goods("MUG", 5),)
    assert waits.orders_of
    assert waits.until is not None
    names, at = ", ".join(waits.orders_of), f"{waits.until.astimezone():%Y-%m-%d %H:%M}"
    (line,) = lines(Happened((waits,)))
    assert (
        line == f"waits | {waits.account} | MUG 5 (until the orders of {names} are read after {at})"
    )


def test_counts_that_no_event_says_are_told_beside_them_and_nothing_is_one_line() -> None:
    quiet = AccountResult("north", None, {"orders": 3, "read": 12})
    assert lines(Happened(), quiet) == ["Nothing new."]
    assert lines(Happened(), AccountResult("north", None, {"orders": 3, "drift": 2})) == [
        "also | north | drift 2"
    ]


def test_a_secret_is_taken_out_before_a_line_break_may_part_it(
    open_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    open_town.shops["north"].place("SECRET-SECRET-SECRET-SECRET", {"MUG": 1})
    open_town.clock.move(minutes=1)
    result = JobResult("sync", (), happened=run(open_town, "orders"))
    text = "".join(happened_text(result, lambda text: text.replace("SECRET", "***")))
    assert "***" in text
    assert "SEC" not in text
