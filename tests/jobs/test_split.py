"""Accounts that share a shelf by dividing its units: from one push to the next."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cloudstock.domain.plan import Decision, Phase
from cloudstock.domain.records import MarketplaceWarehouse, SeenStock, Step, StockKey
from cloudstock.domain.transition import How
from cloudstock.errors import Unreachable, UsageProblem
from cloudstock.marketplaces.base import Page
from cloudstock.render import as_json
from cloudstock.render.explanation import listing_terms
from cloudstock.render.stock import stock_csv, stock_table
from cloudstock.settings import StockPolicy
from cloudstock.sheets.form import Form
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from cloudstock.store.troubles.finder import Trouble, Troubles
from cloudstock.store.views.explanation import explain
from cloudstock.store.views.quotas import moving
from cloudstock.store.views.stock import Waits, Wanted, stock, stock_lines
from tests.acting import set_policy
from tests.jobs.town import Town
from tests.memory import MEMORY_TRAITS, Memory

# Beyond the time in which an order is told: `clock_margin_s`.
LATER = {"minutes": 3}


def divide(town: Town, policy: str = "split", **terms: object) -> None:
    """Let all accounts stand under a policy."""
    own = StockPolicy(policy=policy, **terms)  # type: ignore[arg-type]
    accounts = tuple(replace(a, policy=own) for a in town.config.accounts)
    town.config = replace(town.config, accounts=accounts)


def rounds(town: Town, number: int) -> None:
    for _ in range(number):
        town.clock.move(**LATER)
        town.run("sync")


def shown(town: Town, sku: str = "MUG") -> tuple[int | None, int | None]:
    return town.shows("north", sku), town.shows("south", sku)


def promised(town: Town, sku: str = "MUG") -> list[tuple[int | None, int]]:
    return [
        (r[0], r[1])
        for r in town.store.connection.execute(
            "SELECT p.quantity, p.covered FROM quota p JOIN listing l ON l.id = p.listing_id"
            " JOIN account a ON a.id = l.account_id WHERE l.offer_id = ? ORDER BY a.name",
            (sku,),
        )
    ]


@pytest.fixture
def split_town(open_town: Town) -> Town:
    """Ten of each, five shown by each of two accounts."""
    divide(open_town)
    rounds(open_town, 5)
    return open_town


def test_units_are_divided_and_nothing_is_hidden(split_town: Town) -> None:
    assert shown(split_town) == (5, 5)
    assert promised(split_town) == [(5, 1), (5, 1)]


def test_after_a_restore_nothing_moves_until_what_the_lost_database_sent_is_shown(
    split_town: Town,
) -> None:
    """It had emptied south, and sent north 8, which is slow to show that."""
    north, south = (split_town.shops[name].free for name in ("north", "south"))
    split_town.shops["north"].traits = replace(MEMORY_TRAITS, settle_s=900.0)
    rounds(split_town, 10)
    south["MUG", "1"] = 0
    with split_town.store.transaction():
        split_town.store.runs.is_old_copy(now=split_town.clock.now())
    rounds(split_town, 4)
    assert split_town.believed("north", "MUG") == (None, None)
    assert (shown(split_town), shown(split_town, "CUP")) == ((5, 0), (5, 5))
    north["MUG", "1"] = 8
    rounds(split_town, 1)
    assert split_town.believed("north", "MUG") == (8, 8)
    for _ in range(20):
        rounds(split_town, 1)
        assert sum(n or 0 for n in shown(split_town)) <= 10
        assert shown(split_town, "CUP") == (5, 5)
    assert shown(split_town) == (5, 5)


def test_what_is_counted_after_a_restore_is_emptied_at_once(split_town: Town) -> None:
    split_town.shops["north"].traits = replace(MEMORY_TRAITS, settle_s=900.0)
    rounds(split_town, 10)
    with split_town.store.transaction():
        split_town.store.runs.is_old_copy(now=split_town.clock.now())
    split_town.clock.move(seconds=1)
    split_town.count("MUG", 4)
    rounds(split_town, 1)
    assert (split_town.shows("north", "MUG"), split_town.shows("north", "CUP")) == (0, 5)


def test_a_window_is_raised_only_after_the_other_has_given_its_units_up(open_town: Town) -> None:
    divide(open_town)
    pushes = {name: len(shop.pushes) for name, shop in open_town.shops.items()}
    seen = []
    for _ in range(8):
        open_town.clock.move(**LATER)
        open_town.run("push")
        seen.append(shown(open_town))
    assert seen
    assert all(sum(n or 0 for n in pair) <= 10 for pair in seen)
    # Ten each were shown; one was emptied, and filled when its orders had been read.
    assert seen[-1] == (5, 5)
    first = [s.pushes[pushes[name]] for name, s in open_town.shops.items()]
    assert 0 in [quantity for _, _, quantity in first]


def test_a_sale_needs_no_push(split_town: Town) -> None:
    pushes = [len(s.pushes) for s in split_town.shops.values()]
    split_town.clock.move(hours=1)
    split_town.shops["north"].place("N1", {"MUG": 2})
    rounds(split_town, 3)
    assert shown(split_town) == (3, 5)
    assert promised(split_town) == [(3, 1), (5, 1)]
    assert [len(s.pushes) for s in split_town.shops.values()] == pushes


def test_where_a_sale_need_not_lower_what_is_shown_it_takes_nothing_off_what_may_be_sold(
    split_town: Town,
) -> None:
    north = split_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, sale_lowers_stock=False)
    split_town.clock.move(minutes=30)
    north.place("N1", {"MUG": 1})
    split_town.run("orders")
    assert split_town.level("MUG") == (10, 1)
    assert promised(split_town) == [(5, 1), (5, 1)]


def test_what_a_window_may_have_sold_unread_is_not_promised_to_another(split_town: Town) -> None:
    north, south = split_town.shops["north"], split_town.shops["south"]
    split_town.clock.move(hours=1)
    # North sells all of its five, and its orders cannot be read.
    north.place("N1", {"MUG": 5})
    north.faults["orders"] = [Unreachable("down")] * 50
    split_town.count("CUP", 0)
    split_town.count("CUP", 10)
    rounds(split_town, 4)
    assert (north.free["MUG", "1"], south.free["MUG", "1"]) == (0, 5)
    assert [quantity for quantity, _ in promised(split_town)] == [5, 5]
    north.faults.clear()
    rounds(split_town, 6)
    # Of the five that are left each shows some; of what was sold nothing is shown again.
    assert sum(n or 0 for n in shown(split_town)) == 5


def test_found_less_on_the_shelf_as_few_windows_as_possible_are_emptied(split_town: Town) -> None:
    split_town.count("MUG", 5)
    split_town.clock.move(**LATER)
    split_town.run("push")
    assert sorted(n or 0 for n in shown(split_town)) == [0, 5]
    rounds(split_town, 8)
    assert sum(n or 0 for n in shown(split_town)) == 5


def test_a_lost_answer_stays_promised_until_the_window_is_read(split_town: Town) -> None:
    north = split_town.shops["north"]
    split_town.clock.move(hours=1)
    north.place("N1", {"MUG": 5})
    rounds(split_town, 1)
    split_town.count("MUG", 20)
    split_town.clock.move(**LATER)
    north.faults["push_answer"] = [Unreachable("the answer was lost")]
    split_town.run("push")
    quantity, covered = promised(split_town)[0]
    assert (quantity, covered) == (north.free["MUG", "1"], 0)
    rounds(split_town, 8)
    assert sum(n or 0 for n in shown(split_town)) == 15
    assert [c for _, c in promised(split_town)] == [1, 1]


def test_a_number_that_no_reading_will_ever_tell_of_is_not_waited_for(split_town: Town) -> None:
    north = split_town.shops["north"]
    split_town.count("MUG", 0)
    rounds(split_town, 5)
    # The marketplace has no record of what it was never sent more than nothing of.
    del north.free["MUG", "1"]
    split_town.count("MUG", 10)
    north.faults["push"] = [Unreachable("the request was lost")]
    split_town.run("push")
    assert split_town.believed("north", "MUG") == (0, 5)
    split_town.clock.move(hours=1)
    rounds(split_town, 8)
    assert shown(split_town) == (5, 5)
    assert promised(split_town) == [(5, 1), (5, 1)]


def test_a_number_that_may_have_been_taken_stays_promised_though_a_reading_leaves_it_out(
    split_town: Town,
) -> None:
    class LeavesOut(Memory):
        async def read_stock(
            self, keys: Iterable[StockKey] | None
        ) -> AsyncIterator[Page[SeenStock]]:
            async for page in super().read_stock(keys):
                yield Page(tuple(r for r in page.records if "offer:MUG" not in r.listing_keys))

    north = split_town.shops["north"]
    split_town.count("MUG", 0)
    rounds(split_town, 5)
    split_town.count("MUG", 10)
    north.faults["push_answer"] = [Unreachable("the answer was lost")]
    split_town.run("push")
    assert split_town.shows("north", "MUG") == 5
    split_town.adapters["north"] = LeavesOut
    split_town.clock.move(hours=1)
    split_town.run("reserves")
    split_town.run("orders")
    # Nobody knows what it may sell.
    assert promised(split_town)[0] == (None, 0)


def test_the_database_refuses_a_push_of_more_than_is_there(split_town: Town) -> None:
    store = split_town.store
    row = store.connection.execute("SELECT listing_id FROM quota").fetchone()
    now = to_iso(split_town.clock.now())
    with pytest.raises(sqlite3.IntegrityError, match="promised more"), store.transaction():
        store.connection.execute(
            "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at)"
            " VALUES (?, '1', 6, ?, ?)",
            (row[0], now, now),
        )
    assert store.connection.execute("SELECT max(quantity) FROM quota").fetchone()[0] == 5


def test_nothing_is_raised_while_one_window_may_have_sold_nobody_knows_what(
    open_town: Town,
) -> None:
    south = open_town.shops["south"]
    divide(open_town)
    open_town.store.connection.execute(
        "UPDATE listing_stock SET low = NULL, high = NULL, believed_since = NULL,"
        " believed_until = NULL"
    )
    south.faults["push"] = [Unreachable("down")] * 100
    rounds(open_town, 4)
    assert shown(open_town) == (0, 10)
    result = open_town.results["north"]
    assert result.counts["waiting"] == 3
    assert any("3 listings wait until reading orders" in note for note in result.notes)
    south.faults.clear()
    rounds(open_town, 6)
    assert shown(open_town) == (5, 5)


def test_one_product_may_be_divided_where_the_others_are_shared(open_town: Town) -> None:
    set_policy(open_town.store, ["MUG"], "split", now=open_town.clock.now())
    rounds(open_town, 6)
    assert (shown(open_town), shown(open_town, "CUP")) == ((5, 5), (10, 10))
    set_policy(open_town.store, ["MUG"], None, now=open_town.clock.now())
    rounds(open_town, 1)
    assert shown(open_town) == (10, 10)
    assert promised(open_town) == []


def test_what_is_told_of_a_change_comes_true(open_town: Town) -> None:
    rounds(open_town, 4)
    store, began = open_town.store, open_town.clock.now()
    (plan,) = set_policy(store, ["MUG"], "split", now=began, dry_run=True)
    assert promised(open_town) == []
    (again,) = set_policy(store, ["MUG"], "split", now=began)
    assert plan == again
    came: dict[str, list[tuple[datetime, int | None]]] = {"north": [], "south": []}
    for _ in range(12):
        open_town.run("sync")
        for account, numbers in came.items():
            number = open_town.shows(account, "MUG")
            if number != (numbers[-1][1] if numbers else 10):
                numbers.append((open_town.clock.now(), number))
        open_town.clock.move(**LATER)
    assert [x.account for x in plan.listings] == ["north", "south"]
    for listing in plan.listings:
        assert (listing.shows, listing.target) == (10, 5)
        assert [a.quantity for a in listing.ahead] == [n for _, n in came[listing.account]]
        late = [at - a.at for a, (at, _) in zip(listing.ahead, came[listing.account], strict=True)]
        assert all(abs(x) <= timedelta(**LATER) for x in late), late
        assert listing.until == listing.ahead[-1].at


def test_gradually_nothing_is_emptied_that_is_left_to_sell(open_town: Town) -> None:
    rounds(open_town, 4)
    now = open_town.clock.now()
    (told,) = set_policy(open_town.store, ["MUG"], "split", how=How.GRADUAL, now=now)
    assert [[a.quantity for a in x.ahead] for x in told.listings] == [[0], []]
    for _ in range(4):
        rounds(open_town, 1)
        assert shown(open_town) == (0, 10)
    open_town.count("MUG", 16)
    rounds(open_town, 6)
    # What was delivered is shown by the other.
    assert shown(open_town) == (6, 10)
    terms = explain(open_town.store.connection, "MUG", now=now, max_poll_age=timedelta(minutes=30))
    assert "(gradual)" in " ".join(map(str, listing_terms(terms.listings[0])))
    # Strict once more.
    set_policy(open_town.store, ["MUG"], "split", now=open_town.clock.now())
    rounds(open_town, 6)
    assert shown(open_town) == (8, 8)


def test_units_move_in_the_hours_that_were_named_only(open_town: Town) -> None:
    rounds(open_town, 4)
    now = open_town.clock.now().astimezone()
    begin = now + timedelta(hours=2)
    hours = f"{begin:%H:%M}-{begin + timedelta(hours=1):%H:%M}"
    (told,) = set_policy(open_town.store, ["MUG"], "split", hours=hours, now=now)
    _, south = told.listings
    assert [a.quantity for a in south.ahead] == [0, 5]
    assert timedelta(minutes=-1) <= south.ahead[0].at - begin <= timedelta(minutes=6)
    rounds(open_town, 4)
    assert shown(open_town) == (0, 10)
    assert f"between {hours} only" in str(explained(open_town))
    open_town.clock.move(hours=2)
    rounds(open_town, 4)
    assert shown(open_town) == (5, 5)


def explained(town: Town) -> list[object]:
    now = town.clock.now()
    terms = explain(town.store.connection, "MUG", now=now, max_poll_age=timedelta(minutes=30))
    return [term for listing in terms.listings for term in listing_terms(listing)]


def test_quickly_all_are_lowered_at_once_within_a_bound_that_is_written_down(
    open_town: Town,
) -> None:
    rounds(open_town, 4)
    store = open_town.store
    (told,) = set_policy(store, ["MUG"], "split", how=How.QUICK, now=open_town.clock.now())
    # Both may have sold their ten unread, and their five after that.
    assert told.oversold_at_most == 10 + 10 + 5 + 5 - 10
    assert [[a.quantity for a in x.ahead] for x in told.listings] == [[5], [5]]
    row = store.connection.execute("SELECT units, ended_at FROM quota_excess").fetchone()
    assert tuple(row) == (20, None)
    open_town.run("push")
    assert shown(open_town) == (5, 5)
    assert [t.kind for t in found(open_town)] == ["quick_change"]
    # No listing is raised by it, and none is sent more than was written down.
    listing_id = store.connection.execute("SELECT listing_id FROM quota").fetchone()[0]
    with pytest.raises(sqlite3.IntegrityError, match="promised more"):
        push(store, listing_id, 6, low=5)
    with pytest.raises(sqlite3.IntegrityError, match="promised more"):
        push(store, listing_id, 5, low=5)
    rounds(open_town, 2)
    assert found(open_town) == ()
    assert promised(open_town) == [(5, 1), (5, 1)]
    assert store.connection.execute("SELECT ended_at FROM quota_excess").fetchone()[0] is not None
    # The guard stands again.
    with pytest.raises(sqlite3.IntegrityError, match="promised more"):
        push(store, listing_id, 1, low=5)


def push(store: Store, listing_id: int, quantity: int, *, low: int) -> None:
    now = to_iso(datetime.now(UTC))
    with store.transaction():
        store.connection.execute(
            "INSERT INTO push (listing_id, external_warehouse, quantity, computed_at, sent_at,"
            " low_before, high_before) VALUES (?, '1', ?, ?, ?, ?, ?)",
            (listing_id, quantity, now, now, low, low),
        )


def found(town: Town) -> list[Trouble]:
    return Troubles(town.store.connection, town.config, now=town.clock.now()).found()


def test_what_was_sold_in_the_seconds_of_a_quick_change_is_taken_off_at_once(
    open_town: Town,
) -> None:
    rounds(open_town, 4)
    set_policy(open_town.store, ["MUG"], "split", how=How.QUICK, now=open_town.clock.now())
    # Sold after orders were read, and told when they are read once more.
    open_town.shops["north"].place("N1", {"MUG": 3})
    open_town.shops["north"].hidden.add("N1")
    open_town.run("push")
    assert shown(open_town) == (5, 5)
    open_town.shops["north"].hidden.clear()
    rounds(open_town, 8)
    assert sum(n or 0 for n in shown(open_town)) == 7
    assert [quantity for quantity, _ in promised(open_town)] == list(shown(open_town))


def test_nothing_is_quick_where_it_is_not_known_what_is_shown(open_town: Town) -> None:
    open_town.store.connection.execute(
        "UPDATE listing_stock SET low = NULL, high = NULL,"
        " believed_since = NULL, believed_until = NULL"
    )
    with pytest.raises(UsageProblem, match="not known what all of its listings show"):
        set_policy(open_town.store, ["MUG"], "split", how=How.QUICK, now=open_town.clock.now())
    assert open_town.store.connection.execute("SELECT policy FROM product").fetchone()[0] is None


def test_status_and_explain_say_what_a_divided_listing_waits_for(open_town: Town) -> None:
    rounds(open_town, 4)
    set_policy(open_town.store, ["MUG"], "split", now=open_town.clock.now())
    open_town.run("push")
    now = open_town.clock.now()
    troubles = {t.kind: t for t in found(open_town)}
    assert "pending" not in troubles
    terms = explain(open_town.store.connection, "MUG", now=now, max_poll_age=timedelta(minutes=30))
    quotas = [w.quota for w in terms.listings if w.quota is not None]
    assert [q.waits_for for q in quotas] == [("north",), ("north",)]
    expected = now + timedelta(seconds=MEMORY_TRAITS.settle_s + MEMORY_TRAITS.clock_margin_s)
    assert abs(quotas[0].waits_until - expected) < timedelta(seconds=1)
    assert [[a.quantity for a in q.ahead] for q in quotas] == [[5], [0, 5]]
    assert f"{quotas[0].waits_until.astimezone():%Y-%m-%d %H:%M}" in troubles["waiting"].message
    assert "the orders of north must be read first" in troubles["waiting"].message
    # The table of the stock tells the same, in each of its forms.
    (row,) = stock(open_town.store.connection, Wanted(["MUG"]))
    waits = Waits(("north",), quotas[0].waits_until, None)
    assert [listing.waits for listing in row.listings] == [waits, waits]
    (line,) = stock_lines(open_town.store.connection, Wanted(["MUG"]))
    assert [x["waits"] for x in json.loads(line)["listings"]] == [as_json.plain(waits)] * 2
    table = "".join(stock_table([row], ["north", "south"], warehouses=False))
    until = f"{waits.until.astimezone():%Y-%m-%d %H:%M}"
    (mug,) = (line for line in table.splitlines() if line.startswith("MUG "))
    assert mug.endswith("5/0/(10)…  5/10/10…")
    assert f"the orders of north must be read first, after {until}" in " ".join(table.split())
    # And of the product how many of its units are shown, and until when.
    mug_id = open_town.store.catalog.product("MUG")
    assert mug_id is not None
    shown = moving(open_town.store.connection, mug_id, now=now)
    together = shown["main"]
    assert (together.available, together.now, together.least, together.last) == (10, 10, 0, 10)
    assert together.until == max(q.ahead[-1].at for q in quotas)
    assert terms.warehouses[0].together == together
    until = f"{together.until.astimezone():%Y-%m-%d %H:%M}"
    words = f"shows 10 of 10, and 0 in between, until about {until}"
    table = "".join(
        stock_table([row], ["north", "south"], warehouses=False, moving=lambda _: shown)
    )
    assert f"MUG {words}" in " ".join(table.split())
    header, north, _ = stock_csv([row], Form.PROGRAMS)
    assert header.strip().endswith("waits_orders_of,waits_until,waits_hours")
    assert north.strip().endswith(f"north,{as_json.utc(waits.until)},")
    rounds(open_town, 6)
    (row,) = stock(open_town.store.connection, Wanted(["MUG"]))
    assert [listing.waits for listing in row.listings] == [None, None]
    assert moving(open_town.store.connection, mug_id, now=open_town.clock.now()) == {}


def test_a_policy_of_the_configuration_that_changed_is_told_by_the_run_that_sees_it(
    open_town: Town,
) -> None:
    rounds(open_town, 4)

    def notes() -> list[str]:
        open_town.all_notes.clear()
        open_town.run("orders")
        return [n for n in open_town.all_notes if "in another way" in n]

    divide(open_town, "share", share_percent=80)
    # Where all is shared, nothing moves through zero.
    assert notes() == []
    divide(open_town)
    north, south = notes()
    assert north.startswith("north: ")
    assert "split, before share 80%" in north
    assert south.startswith("south: ")
    assert notes() == []
    open_town.run("push")
    assert "waiting" in {t.kind for t in found(open_town)}
    # The way that it names.
    set_policy(open_town.store, ["MUG"], None, how=How.GRADUAL, now=open_town.clock.now())
    divide(open_town, share_percent=50)
    assert "split 50%, before split" in notes()[0]
    divide(open_town, "share")
    assert notes() == []


def test_scarce_units_are_divided_and_ample_ones_shared(open_town: Town) -> None:
    divide(open_town, "adaptive")
    for number in range(40):
        shop = open_town.shops["north" if number % 2 else "south"]
        shop.place(f"old-{number}", {"MUG": 1}, warehouse="1")
        shop.change(f"old-{number}", Step.SHIPPED)
        open_town.clock.move(minutes=20)
    open_town.run("orders")
    open_town.count("MUG", 400)
    open_town.count("CUP", 400)
    rounds(open_town, 2)
    assert shown(open_town) == (400, 400)
    open_town.count("MUG", 2)
    rounds(open_town, 8)
    assert shown(open_town) == (1, 1)
    assert shown(open_town, "CUP") == (400, 400)


def test_a_promotion_divides_what_was_ample_before_within_minutes(open_town: Town) -> None:
    divide(open_town, "adaptive")
    open_town.count("MUG", 400)
    rounds(open_town, 2)
    assert shown(open_town) == (400, 400)
    for number in range(12):
        open_town.shops["north" if number % 2 else "south"].place(f"now-{number}", {"MUG": 1})
        rounds(open_town, number % 2)
    # Twelve are promised to those who ordered.
    open_town.count("MUG", 16)
    rounds(open_town, 2)
    assert shown(open_town) == (2, 2)
    # It is over: nothing was sold for hours, and what is left will last.
    open_town.clock.move(hours=3)
    rounds(open_town, 2)
    assert shown(open_town) == (4, 4)


def test_scarce_units_go_to_the_first_account(open_town: Town) -> None:
    divide(open_town, "priority")
    for number in range(40):
        shop = open_town.shops["north" if number % 2 else "south"]
        shop.place(f"old-{number}", {"MUG": 1}, warehouse="1")
        shop.change(f"old-{number}", Step.SHIPPED)
        open_town.clock.move(minutes=20)
    open_town.run("orders")
    open_town.count("MUG", 400)
    rounds(open_town, 2)
    open_town.count("MUG", 2)
    rounds(open_town, 8)
    assert shown(open_town) == (2, 0)


def test_divided_windows_are_read_right_before_they_are_raised(split_town: Town) -> None:
    north = split_town.shops["north"]
    split_town.clock.move(hours=1)
    north.place("N1", {"MUG": 5})
    rounds(split_town, 1)
    # Somebody buys between the reading of orders and the push.
    split_town.count("MUG", 20)
    split_town.clock.move(**LATER)
    north.faults["read_stock"] = [Unreachable("down")]
    split_town.run("push")
    assert north.free["MUG", "1"] == 0
    assert split_town.results["north"].error is not None
    rounds(split_town, 6)
    assert sum(n or 0 for n in shown(split_town)) == 15


def test_what_may_be_read_now_and_then_only_is_raised_without_a_reading(split_town: Town) -> None:
    north = split_town.shops["north"]
    north.traits = replace(MEMORY_TRAITS, reserves_interval_s=3600.0)
    north.faults["read_stock"] = [Unreachable("down")] * 50
    split_town.count("MUG", 20)
    split_town.clock.move(**LATER)
    split_town.run("push")
    assert shown(split_town) == (10, 5)
    assert split_town.results["north"].error is None


def test_lowerings_of_divided_windows_leave_in_requests_of_their_own(open_town: Town) -> None:
    for shop in open_town.shops.values():
        shop.traits = replace(MEMORY_TRAITS, push_batch=2)
    set_policy(open_town.store, ["POT"], "split", now=open_town.clock.now())
    open_town.run("orders")
    for sku in ("CUP", "MUG"):
        open_town.count(sku, 3)
    open_town.clock.move(**LATER)
    before = {name: len(shop.pushes) for name, shop in open_town.shops.items()}
    open_town.run("push")
    firsts = {shop.pushes[before[name]][0] for name, shop in open_town.shops.items()}
    assert "POT" in firsts


def test_what_one_group_of_warehouses_sells_is_known_when_all_its_accounts_were_read(
    split_town: Town,
) -> None:
    store, south = split_town.store, split_town.shops["south"]
    ids = store.catalog.account_ids()
    with store.transaction():
        for name in ("north", "south"):
            warehouse = MarketplaceWarehouse("1", "W", group="one")
            store.arrangement.save_warehouses(ids[name], [warehouse], now=split_town.clock.now())
    split_town.clock.move(**LATER)
    split_town.run("push")
    # South follows, and cannot be read: what it sells is taken off what north shows.
    south.faults["orders"] = [Unreachable("down")] * 50
    split_town.count("MUG", 20)
    rounds(split_town, 3)
    quantity, covered = promised(split_town)[0]
    assert (quantity, covered) == (5, 0)
    south.faults.clear()
    rounds(split_town, 6)
    assert shown(split_town)[0] == 20
    assert promised(split_town)[0] == (20, 1)


def test_a_rush_that_is_over_is_forgotten_by_the_next_push(split_town: Town) -> None:
    def fastest() -> float:
        rushes = split_town.store.connection.execute("SELECT max(rush) FROM quota")
        return float(rushes.fetchone()[0])

    for number in range(4):
        split_town.shops["north"].place(f"n-{number}", {"MUG": 1})
    split_town.run("sync")
    assert fastest() > 0
    # Nothing is sold any more, so that no order tells.
    split_town.clock.move(hours=3)
    split_town.run("push")
    assert fastest() == 0


@pytest.mark.parametrize(("counted", "sent"), [(20, [7]), (14, [])])
def test_what_was_to_be_raised_is_sent_no_more_than_decided_and_not_emptied(
    split_town: Town, counted: int, sent: list[int]
) -> None:
    """Of 20 there is room for ten more; of 14 it would first be emptied, which nobody decided."""
    split_town.count("MUG", counted)
    store, now = split_town.store, split_town.clock.now()
    account_id, listing_id = store.connection.execute(
        "SELECT a.id, l.id FROM listing l JOIN account a ON a.id = l.account_id"
        " WHERE a.name = 'north' AND l.offer_id = 'MUG'"
    ).fetchone()
    decided = [Decision(listing_id, "1", 7, Phase.RAISE)]
    with store.transaction():
        intents = store.pushes.begin_push(account_id, decided, now=now)
    assert [intent.quantity for intent in intents] == sent


def test_orders_are_read_once_more_where_a_window_shows_less_right_before_it_is_raised(
    split_town: Town,
) -> None:
    """Bought while the run was at work: its units are promised before any is raised."""
    north = split_town.shops["north"]
    order = north.place("N1", {"MUG": 2})
    north.hidden.add(order.order_id)

    class Revealing(Memory):
        async def read_stock(
            self, keys: Sequence[StockKey] | None
        ) -> AsyncIterator[Page[SeenStock]]:
            north.hidden.clear()
            north.changed_at[order.order_id] = split_town.clock.now()
            async for page in super().read_stock(keys):
                yield page

    split_town.adapters["north"] = Revealing
    for shop in split_town.shops.values():
        shop.pushes.clear()
    split_town.count("MUG", 20)
    split_town.clock.move(**LATER)
    split_town.run("push")
    assert split_town.level("MUG") == (20, 2)
    numbers = [q for s in split_town.shops.values() for sku, _, q in s.pushes if sku == "MUG"]
    assert numbers
    assert max(numbers) <= 18 // 2
