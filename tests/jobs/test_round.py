"""The main round over shops in memory: what is shown, booked and pushed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudstock.domain.records import ReturnStep, Step
from cloudstock.errors import CredentialsRefused, RequestRefused, Unreachable
from tests.jobs.town import Town


def test_nothing_is_pushed_for_a_product_that_was_never_counted(town: Town) -> None:
    town.run("catalog")
    town.count("MUG", 3)
    town.run("sync")
    assert town.shops["north"].pushes == [("MUG", "1", 3)]
    assert town.level("CUP") == (None, 0)


def test_a_sale_on_one_account_lowers_the_others_and_needs_no_push_to_its_own(
    open_town: Town,
) -> None:
    before = len(open_town.shops["north"].pushes)
    open_town.shops["north"].place("N1", {"MUG": 2})
    open_town.run("sync")
    assert open_town.level("MUG") == (10, 2)
    assert open_town.shows("north", "MUG") == 8
    assert open_town.shows("south", "MUG") == 8
    assert len(open_town.shops["north"].pushes) == before
    assert open_town.shops["south"].pushes[-1] == ("MUG", "1", 8)


def test_a_second_round_at_once_pushes_nothing_and_books_nothing(open_town: Town) -> None:
    open_town.shops["north"].place("N1", {"MUG": 2, "CUP": 1})
    open_town.run("sync")
    pushes = [len(s.pushes) for s in open_town.shops.values()]
    booked = open_town.movements()
    open_town.run("sync")
    assert [len(s.pushes) for s in open_town.shops.values()] == pushes
    assert open_town.movements() == booked


def test_the_life_of_an_order_moves_each_unit_once(open_town: Town) -> None:
    shop = open_town.shops["south"]
    shop.place("S1", {"MUG": 3})
    open_town.run("orders")
    assert open_town.level("MUG") == (10, 3)
    open_town.clock.move(hours=1)
    shop.change("S1", Step.SHIPPED)
    open_town.run("orders")
    open_town.run("orders")
    assert open_town.level("MUG") == (7, 0)
    shop.change("S1", Step.DELIVERED)
    open_town.run("orders")
    assert open_town.level("MUG") == (7, 0)
    shop.send_back("R1", "S1", "MUG", 2)
    open_town.run("returns")
    assert open_town.level("MUG", "quarantine") == (None, 0)
    open_town.clock.move(hours=1)
    shop.hand_over("R1")
    open_town.run("returns")
    open_town.run("returns")
    stock = open_town.store.connection.execute(
        "SELECT w.name, s.booked FROM stock s JOIN warehouse w ON w.id = s.warehouse_id"
        " JOIN product p ON p.id = s.product_id WHERE p.sku = 'MUG' ORDER BY w.name"
    ).fetchall()
    assert [tuple(r) for r in stock] == [("main", 7), ("quarantine", 2)]


def test_a_cancellation_on_the_shelf_gives_the_units_back_everywhere(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 4})
    open_town.run("sync")
    open_town.clock.move(minutes=10)
    shop.change("N1", Step.CANCELLED)
    open_town.run("sync")
    assert open_town.level("MUG") == (10, 0)
    assert open_town.shows("north", "MUG") == 10
    assert open_town.shows("south", "MUG") == 10


def test_a_cancellation_after_shipping_gives_nothing_back_until_the_return(
    open_town: Town,
) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 4})
    open_town.run("sync")
    shop.change("N1", Step.SHIPPED)
    open_town.run("sync")
    shop.change("N1", Step.CANCELLED)
    open_town.run("sync")
    assert open_town.level("MUG") == (6, 0)


def test_an_order_that_turns_up_late_is_booked_though_the_cursor_has_passed_it(
    open_town: Town,
) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1})
    shop.hidden.add("N1")
    for _ in range(3):
        open_town.clock.move(minutes=2)
        open_town.run("sync")
    shop.hidden.clear()
    open_town.run("sync")
    assert open_town.level("MUG") == (10, 1)
    assert open_town.shows("south", "MUG") == 9


def test_units_held_for_orders_nobody_told_are_not_raised(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 3})
    shop.hidden.add("N1")
    open_town.clock.move(hours=1)
    open_town.run("sync")
    assert open_town.results["north"].counts["unexplained"] == 1
    assert open_town.shows("north", "MUG") == 7, "raising to 10 would sell the three units twice"
    shop.hidden.clear()
    open_town.clock.move(minutes=6)
    open_town.run("sync")
    assert open_town.level("MUG") == (10, 3)
    assert open_town.shows("south", "MUG") == 7


def test_a_full_reading_of_the_past_books_nothing_twice(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1})
    open_town.run("sync")
    shop.change("N1", Step.SHIPPED)
    open_town.run("sync")
    booked = open_town.movements()
    since = open_town.clock.now().replace(month=10)
    open_town.run("orders", since=since)
    open_town.run("returns", since=since)
    assert open_town.movements() == booked
    assert open_town.level("MUG") == (9, 0)


def test_a_split_order_counts_each_unit_once(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 3})
    open_town.run("sync")
    shop.change("N1", Step.REPLACED)
    free = shop.free["MUG", "1"]
    shop.place("N1-a", {"MUG": 1})
    shop.place("N1-b", {"MUG": 2})
    shop.free["MUG", "1"] = free
    open_town.run("sync")
    assert open_town.level("MUG") == (10, 3)
    shop.change("N1-a", Step.SHIPPED)
    open_town.run("sync")
    assert open_town.level("MUG") == (9, 2)


def test_a_status_nobody_knows_keeps_reserving_and_is_told(open_town: Town) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 3})
    open_town.run("sync")
    shop.change("N1", Step.UNKNOWN)
    open_town.run("sync")
    assert open_town.level("MUG") == (10, 3)
    assert any("status nobody knows" in n for n in open_town.results["north"].notes)


def test_an_order_made_during_a_push_is_not_given_back_to_buyers(open_town: Town) -> None:
    """A number computed before an order was seen puts its unit back; it is taken off at once."""
    north, south = open_town.shops["north"], open_town.shops["south"]
    open_town.count("MUG", 5)

    class Buyer(list[object]):
        def pop(self, index: object = 0) -> None:
            south.place("S1", {"MUG": 1})
            south.faults.clear()

    south.faults["push"] = Buyer([None])  # type: ignore[assignment]
    open_town.run("push")
    assert open_town.level("MUG") == (5, 1)
    assert south.free["MUG", "1"] == 4
    assert north.free["MUG", "1"] == 4


def test_lowering_leaves_everywhere_before_any_raising(open_town: Town) -> None:
    log: list[tuple[str, str, int]] = []
    for name, shop in open_town.shops.items():
        shop.pushes = _Tee(name, log)  # type: ignore[assignment]
    open_town.count("MUG", 2)
    open_town.count("CUP", 20)
    open_town.run("push")
    kinds = [sku for _, sku, _ in log]
    assert kinds == ["MUG", "MUG", "CUP", "CUP"]


class _Tee(list[tuple[str, str, int]]):
    def __init__(self, account: str, log: list[tuple[str, str, int]]) -> None:
        super().__init__()
        self.account, self.log = account, log

    def append(self, item: tuple[str, str, int]) -> None:
        super().append(item)
        self.log.append((self.account, item[0], item[2]))


def test_nothing_is_raised_on_stale_knowledge_but_lowered_all_the_same(open_town: Town) -> None:
    north, south = open_town.shops["north"], open_town.shops["south"]
    open_town.clock.move(hours=1)
    north.faults["orders"] = [Unreachable("north: no answer")] * 9
    open_town.count("MUG", 4)
    open_town.count("CUP", 40)
    open_town.run("sync")
    assert south.free["MUG", "1"] == 4
    assert south.free["CUP", "1"] == 10, (
        "orders of the other account in this warehouse are not known"
    )
    assert open_town.results["south"].ok
    assert any("not raised" in n for n in open_town.results["south"].notes)
    assert open_town.results["north"].error is not None
    assert north.free["MUG", "1"] == 4, "lowering never waits"
    north.faults.clear()
    open_town.run("sync")
    assert south.free["CUP", "1"] == 40


def test_a_push_without_an_answer_is_settled_by_the_next_run(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.faults["push_answer"] = [Unreachable("north: the connection was closed")]
    open_town.count("MUG", 6)
    open_town.run("push")
    assert open_town.results["north"].error is not None
    north.free["MUG", "1"] = 10  # it had not been applied
    open_town.run("push")
    assert north.free["MUG", "1"] == 6
    unanswered = open_town.store.connection.execute(
        "SELECT count(*) FROM listing_stock WHERE push_id IS NOT NULL"
    ).fetchone()[0]
    assert unanswered == 0


def test_a_refused_listing_is_set_aside_and_blocks_nothing(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.refuses["MUG"] = ("NOT_FOUND", "no such product")
    for sku in ("MUG", "CUP", "POT"):
        open_town.count(sku, 7)
    open_town.run("push")
    assert north.free["CUP", "1"] == north.free["POT", "1"] == 7
    sent = len(north.pushes)
    open_town.count("CUP", 6)
    open_town.run("push")
    assert [p[0] for p in north.pushes[sent:]] == ["CUP"]
    north.refuses.clear()
    open_town.clock.move(hours=1)
    open_town.run("push")
    assert north.free["MUG", "1"] == 7


def test_a_listing_changed_by_someone_else_is_found_and_pushed_again(open_town: Town) -> None:
    open_town.clock.move(hours=1)
    open_town.shops["north"].free["MUG", "1"] = 55
    open_town.run("sync")
    assert open_town.shops["north"].free["MUG", "1"] == 10
    assert open_town.results["north"].counts["drift"] == 1


def test_a_stock_report_suddenly_empty_is_doubted(open_town: Town) -> None:
    open_town.clock.move(hours=1)
    open_town.shops["north"].free.clear()
    open_town.run("reserves")
    error = open_town.results["north"].error
    assert error is not None
    assert error.kind == "doubtful"


def test_a_catalog_suddenly_empty_is_doubted(open_town: Town) -> None:
    open_town.shops["north"].listings.clear()
    open_town.run("catalog")
    error = open_town.results["north"].error
    assert error is not None
    assert error.kind == "doubtful"
    assert open_town.store.catalog.live_listings(1) == 3


def test_one_accounts_wrong_key_leaves_the_others_done(open_town: Town) -> None:
    open_town.shops["north"].faults["orders"] = [
        CredentialsRefused("north: the key is refused")
    ] * 9
    open_town.shops["south"].place("S1", {"MUG": 1})
    open_town.run("sync")
    assert open_town.results["north"].error is not None
    assert open_town.results["south"].ok
    assert open_town.level("MUG") == (10, 1)


def test_a_dry_push_tells_and_sends_nothing(open_town: Town) -> None:
    sent = [list(s.pushes) for s in open_town.shops.values()]
    open_town.count("MUG", 4)
    planned = open_town.run("push", dry_run=True)
    assert {(p.account, p.offer_id, p.high, p.quantity, p.phase) for p in planned} == {
        ("north", "MUG", 10, 4, "lower"),
        ("south", "MUG", 10, 4, "lower"),
    }
    assert [s.pushes for s in open_town.shops.values()] == sent


@pytest.fixture
def wide_town(town: Town) -> Town:
    for shop in town.shops.values():
        shop.listings.clear()
        for n in range(40):
            shop.offer(f"W{n:02}")
    town.run("catalog")
    for n in range(40):
        town.count(f"W{n:02}", 5)
    town.run("sync")
    town.clock.move(hours=1)
    return town


def test_many_listings_falling_to_zero_unexplained_wait_for_a_word(wide_town: Town) -> None:
    for n in range(12):
        wide_town.count(f"W{n:02}", 0)
    wide_town.count("W39", 4)
    wide_town.run("push")
    north = wide_town.shops["north"]
    error = wide_town.results["north"].error
    assert error is not None
    assert error.kind == "blast_guard"
    assert north.free["W00", "1"] == 5
    assert north.free["W39", "1"] == 4, "what is not doubted goes out"
    wide_town.run("push", yes=True)
    assert north.free["W00", "1"] == 0
    assert wide_town.results["north"].ok


def test_selling_out_is_no_accident(wide_town: Town) -> None:
    north = wide_town.shops["north"]
    for n in range(15):
        north.place(f"N{n}", {f"W{n:02}": 5})
    wide_town.run("sync")
    assert wide_town.results["south"].ok
    assert all(wide_town.shops["south"].free[f"W{n:02}", "1"] == 0 for n in range(15))


def test_a_batch_refused_as_a_whole_does_not_stop_the_next(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.traits = replace(north.traits, push_batch=1)
    north.faults["push"] = [RequestRefused("north: 400", status=400)]
    for sku in ("MUG", "CUP"):
        open_town.count(sku, 3)
    open_town.run("push")
    assert sorted(sku for sku in ("MUG", "CUP") if north.free[sku, "1"] == 3) != []
    assert open_town.results["north"].error is not None


def test_a_received_return_stays_where_it_is_whatever_its_paper_says_next(
    open_town: Town,
) -> None:
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 1})
    shop.change("N1", Step.SHIPPED)
    open_town.run("sync")
    shop.send_back("R1", "N1", "MUG", 1)
    shop.hand_over("R1")
    open_town.run("returns")
    booked = open_town.movements()
    shop.returns["R1"] = replace(shop.returns["R1"], step=ReturnStep.UNKNOWN, status="paid back")
    open_town.run("returns")
    assert open_town.movements() == booked
    assert any("paid back" in n for n in open_town.results["north"].notes)


@pytest.mark.parametrize("jobs", [("orders", "returns"), ("returns", "orders")])
def test_a_return_proves_that_a_cancelled_order_had_left(
    open_town: Town, jobs: tuple[str, str]
) -> None:
    """Shipped and refused between two polls: only the return tells that the units went away."""
    shop = open_town.shops["north"]
    shop.place("N1", {"MUG": 2})
    shop.change("N1", Step.CANCELLED)
    shop.send_back("R1", "N1", "MUG", 2)
    for job in jobs:
        open_town.run(job)
    assert open_town.level("MUG") == (8, 0)
    open_town.run("sync")
    assert open_town.level("MUG") == (8, 0)


def test_a_time_told_in_whole_seconds_does_not_hide_behind_a_count(open_town: Town) -> None:
    """Counted at 10:06:00.4, shipped at 10:06:00.9, told as 10:06:00: the unit has left."""
    shop = open_town.shops["north"]
    open_town.clock.moment = open_town.clock.moment.replace(microsecond=400_000)
    open_town.count("MUG", 10)
    shop.place("N1", {"MUG": 1})
    shop.change("N1", Step.SHIPPED)
    told = open_town.clock.moment.replace(microsecond=0)
    shop.orders["N1"] = replace(shop.orders["N1"], shipped_at=None, changed_at=told)
    open_town.run("orders")
    assert open_town.level("MUG") == (9, 0)


def test_rounds_that_follow_each_other_fast_read_returns_once_a_minute(open_town: Town) -> None:
    def last() -> list[str]:
        return [
            row[0]
            for row in open_town.store.connection.execute(
                "SELECT finished_at FROM cursor WHERE job = ? ORDER BY account_id", ("returns",)
            )
        ]

    open_town.run("sync", often=True)
    before = last()
    open_town.shops["north"].place("N1", {"MUG": 2})
    open_town.clock.move(seconds=10)
    open_town.run("sync", often=True)
    assert (last(), open_town.level("MUG")) == (before, (10, 2))
    open_town.run("sync")
    assert last() != before
    before = last()
    open_town.clock.move(seconds=61)
    open_town.run("sync", often=True)
    assert all(a > b for a, b in zip(last(), before, strict=True))
