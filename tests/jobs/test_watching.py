"""Accounts that are only watched (`push: off`), beside others that are pushed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.changes.pausing import PauseRequest
from cloudstock.domain.records import MarketplaceWarehouse, Step
from cloudstock.errors import Unreachable, UsageProblem
from cloudstock.jobs.poll_reserves import DEEPER
from cloudstock.language import filled
from cloudstock.render.explanation import listing_terms
from cloudstock.settings import WarehouseLink
from cloudstock.store.comparisons import KEPT
from cloudstock.store.views.comparisons import differences, last_comparison
from cloudstock.store.views.explanation import explain
from cloudstock.store.views.health import Health, health
from tests.jobs.test_split import divide, rounds, shown
from tests.jobs.town import Town


def set_push(town: Town, **push: bool) -> None:
    """Say of accounts, by name, whether they are pushed."""
    accounts = tuple(replace(a, push=push.get(a.name, a.push)) for a in town.config.accounts)
    town.config = replace(town.config, accounts=accounts)


def status(town: Town) -> Health:
    return health(town.store.connection, town.config, now=town.clock.now())


def kinds(town: Town, account: str = "north") -> set[str]:
    """Return the kinds of all findings of an account."""
    found = status(town)
    return {f.kind for f in (*found.wrong, *found.notable) if f.account == account}


def account_id(town: Town, name: str = "north") -> int:
    return town.store.catalog.account_ids()[name]


@pytest.fixture
def watching(open_town: Town) -> Town:
    """North, once pushed, is only watched; south is pushed."""
    set_push(open_town, north=False)
    open_town.run("sync")
    open_town.clock.move(minutes=5)
    return open_town


def test_a_push_without_an_answer_is_nothing_wrong_once_it_is_watched(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.faults["push_answer"] = [Unreachable("north: no answer")]
    open_town.count("MUG", 4)
    open_town.run("sync")
    open_town.clock.move(minutes=16)
    assert "unanswered" in kinds(open_town)
    set_push(open_town, north=False)
    north.faults["read_stock"] = [Unreachable("north: no answer")]
    open_town.run("sync")
    assert kinds(open_town) == {"failed", "push_off"}
    # What it shows is not certain, so it is no difference yet; a reading makes it so.
    assert open_town.results["north"].counts["would_push"] == 1
    open_town.clock.move(minutes=16)
    open_town.run("sync")
    compared = last_comparison(open_town.store.connection, account_id(open_town))
    assert compared is not None
    assert (compared.listings, compared.above, compared.uncertain) == (3, 0, 0)
    assert kinds(open_town) == {"push_off"}


def test_what_was_refused_is_nothing_wrong_once_it_is_watched(open_town: Town) -> None:
    open_town.shops["north"].refuses["MUG"] = ("NO", "not this one")
    open_town.count("MUG", 4)
    open_town.run("sync")
    assert "refused" in kinds(open_town)
    set_push(open_town, north=False)
    open_town.run("sync")
    assert kinds(open_town) == {"push_off"}
    assert status(open_town).ok
    set_push(open_town, north=True)
    open_town.shops["north"].refuses.clear()
    open_town.clock.move(minutes=40)
    open_town.run("sync")
    assert open_town.shows("north", "MUG") == 4


def test_a_push_that_failed_last_does_not_stay_failed(open_town: Town) -> None:
    open_town.shops["north"].faults["push"] = [Unreachable("north: no answer")]
    open_town.count("MUG", 4)
    open_town.run("push")
    assert "failed" in kinds(open_town)
    set_push(open_town, north=False)
    open_town.run("push")
    assert kinds(open_town) == {"push_off"}
    jobs = {j.job for j in status(open_town).accounts[0].jobs}
    assert "watch" in jobs
    assert "push" not in jobs


def test_less_than_believed_is_no_sign_of_an_order_where_others_set_numbers(
    watching: Town,
) -> None:
    watching.shops["north"].free["MUG", "1"] = 1
    watching.run("reserves")
    counts = watching.results["north"].counts
    assert "below" not in counts
    assert "orders_deeper" not in counts
    assert (counts["differs"], counts["units_below"]) == (1, 9)


def test_units_held_for_orders_that_nobody_told_are_looked_for_and_told(watching: Town) -> None:
    north = watching.shops["north"]
    north.place("N1", {"MUG": 3})
    north.hidden.add("N1")
    watching.clock.move(hours=1)
    watching.run("reserves")
    assert watching.results["north"].counts["orders_deeper"] == 1
    assert "held" in {f.kind for f in status(watching).wrong}
    north.hidden.clear()
    watching.clock.move(minutes=6)
    watching.run("sync")
    assert watching.shows("south", "MUG") == 7
    assert kinds(watching) == {"push_off"}
    assert timedelta(days=1) <= DEEPER


def test_an_order_that_a_reading_brings_to_light_is_in_its_comparison(watching: Town) -> None:
    north = watching.shops["north"]
    north.place("N1", {"MUG": 3})
    # Told neither by what is held nor by the orders before; read deeper within the reading.
    watching.run("reserves")
    compared = last_comparison(watching.store.connection, account_id(watching))
    assert compared is not None
    assert (compared.listings, compared.above, compared.below) == (3, 0, 0)
    assert watching.level("MUG") == (10, 3)


def test_each_reading_is_kept_once_and_not_for_ever(watching: Town) -> None:
    connection, north = watching.store.connection, account_id(watching)
    watching.shops["north"].free["CUP", "1"] = 13
    for _ in range(3):
        watching.clock.move(minutes=15)
        watching.run("sync")
        watching.clock.move(minutes=1)
        watching.run("sync")
    past = {d.push: d for d in differences(connection, north, "")}
    assert (past["off"].readings, past["off"].differing, past["off"].units_above_max) == (4, 3, 3)
    watching.clock.move(days=KEPT.days, minutes=1)
    watching.run("reserves", only="north")
    (kept,) = differences(connection, north, "")
    assert (kept.readings, kept.since) == (1, kept.until)


def test_a_reading_that_fails_half_way_compares_nothing(watching: Town) -> None:
    connection, north = watching.store.connection, account_id(watching)
    before = last_comparison(connection, north)
    watching.shops["north"].faults["read_stock"] = [Unreachable("north: no answer")]
    watching.clock.move(minutes=20)
    watching.run("reserves")
    assert last_comparison(connection, north) == before


def test_a_number_that_need_not_be_shown_yet_is_not_compared(open_town: Town) -> None:
    for shop in open_town.shops.values():
        shop.traits = replace(shop.traits, settle_s=900.0)
    open_town.clock.move(minutes=20)
    open_town.count("MUG", 4)
    open_town.run("push")
    open_town.shops["north"].free["MUG", "1"] = 10
    open_town.run("reserves")
    compared = last_comparison(open_town.store.connection, account_id(open_town))
    assert compared is not None
    assert (compared.listings, compared.above, compared.uncertain) == (2, 0, 1)


def test_a_full_push_with_a_word_sends_nothing_to_a_watched_account(watching: Town) -> None:
    before = len(watching.shops["north"].pushes)
    watching.count("MUG", 0)
    watching.run("push", full=True, yes=True)
    assert len(watching.shops["north"].pushes) == before
    assert watching.shows("south", "MUG") == 0
    assert watching.results["north"].counts["would_push"] == 3
    assert watching.results["north"].error is None


def test_the_last_door_is_shut_too(watching: Town) -> None:
    """Whoever decided to send a number: nothing is recorded for a watched warehouse."""
    from cloudstock.domain.plan import Decision, Phase

    listing = watching.store.connection.execute(
        "SELECT listing_id FROM listing_stock WHERE account_id = ?", (account_id(watching),)
    ).fetchone()[0]
    with watching.store.transaction():
        intents = watching.store.pushes.begin_push(
            account_id(watching),
            [Decision(listing, "1", 1, Phase.LOWER)],
            now=watching.clock.now(),
        )
    assert intents == []


# ---------------------------------------------------------------- one stock of two accounts


@pytest.fixture
def group(open_town: Town) -> Town:
    """Both accounts' warehouses share one stock by themselves; north's is pushed."""
    share_stock(open_town)
    return open_town


def test_beside_a_warehouse_that_is_watched_the_others_are_sent_their_numbers(group: Town) -> None:
    first, *others = group.config.accounts
    links = (*first.warehouses, WarehouseLink("2", "main"))
    group.config = replace(group.config, accounts=(replace(first, warehouses=links), *others))
    set_push(group, south=False)
    group.run("sync")
    group.count("MUG", 4)
    group.run("sync")
    sent = [(sku, warehouse) for sku, warehouse, _ in group.shops["north"].pushes]
    assert ("MUG", "2") in sent
    assert [q for sku, w, q in group.shops["north"].pushes if (sku, w) == ("MUG", "2")][-1] == 4
    assert group.shows("north", "MUG") == 10


def share_stock(town: Town) -> None:
    with town.store.transaction():
        for name in ("north", "south"):
            town.store.arrangement.save_warehouses(
                account_id(town, name),
                [MarketplaceWarehouse("1", "Shared", group="G")],
                now=town.clock.now(),
            )


@pytest.mark.parametrize("off", ["north", "south"])
def test_a_stock_shared_with_a_watched_account_is_sent_nothing(group: Town, off: str) -> None:
    set_push(group, **{off: False})
    on = "south" if off == "north" else "north"
    pushes = {name: len(shop.pushes) for name, shop in group.shops.items()}
    group.count("MUG", 4)
    group.run("sync")
    assert {name: len(shop.pushes) for name, shop in group.shops.items()} == pushes
    assert any("shares its stock" in note for note in group.results[on].notes)
    # Each is compared with the one number that they show, whoever is sent it.
    group.clock.move(minutes=20)
    group.run("reserves")
    for name in ("north", "south"):
        compared = last_comparison(group.store.connection, account_id(group, name))
        assert compared is not None
        assert (compared.listings, compared.above, compared.units_above) == (3, 1, 6), name
    found = status(group)
    assert found.ok
    told = [f.message for f in found.notable if f.account == on]
    assert len(told) == 1
    assert off in told[0]
    assert "pending" not in kinds(group, on)
    set_push(group, **{off: True})
    group.clock.move(minutes=5)
    group.run("sync")
    assert group.shows("north", "MUG") == 4
    assert status(group).ok


# ---------------------------------------------------------------- units that are divided


def test_what_a_watched_account_shows_of_divided_units_is_its_own(open_town: Town) -> None:
    divide(open_town)
    rounds(open_town, 5)
    assert shown(open_town) == (5, 5)
    set_push(open_town, north=False)
    rounds(open_town, 1)
    north, south = open_town.shops["north"], open_town.shops["south"]
    before = len(north.pushes)
    north.free["MUG", "1"] = 9
    rounds(open_town, 6)
    # South sells one of its own and is not raised again: nine may be sold in the north.
    south.place("S1", {"MUG": 1})
    rounds(open_town, 6)
    assert len(north.pushes) == before
    assert shown(open_town)[0] == 9
    (mine,) = [
        w
        for w in explain(
            open_town.store.connection,
            "MUG",
            now=open_town.clock.now(),
            max_poll_age=open_town.config.max_poll_age,
        ).listings
        if w.account == "south"
    ]
    assert mine.quota is not None
    assert mine.quota.watched == ("north",)
    # Somebody lowers the north: what it gives up is the south's.
    north.free["MUG", "1"] = 2
    rounds(open_town, 12)
    assert open_town.level("MUG") == (10, 1)
    assert shown(open_town) == (2, 4)


def test_an_order_of_a_watched_account_moves_the_shelf_as_any_other(watching: Town) -> None:
    north = watching.shops["north"]
    north.place("N1", {"MUG": 2})
    watching.run("sync")
    assert watching.shows("south", "MUG") == 8
    north.change("N1", Step.SHIPPED)
    watching.clock.move(minutes=5)
    watching.run("sync")
    assert watching.level("MUG") == (8, 0)


def test_a_paused_account_is_told_as_paused_everywhere(open_town: Town) -> None:
    """The configuration says no such thing; with what ends it."""
    PauseRequest(account="north").act(open_town.store, now=open_town.clock.now())
    at = filled("{at}", {"at": open_town.clock.now()})
    why = (
        f"paused since {at}: it is read and compared, nothing is sent to it"
        " (`cloudstock pause-account north --resume` sends its numbers again)"
    )
    open_town.count("MUG", 4)
    open_town.run("check")
    open_town.run("sync")
    for note in (f"north: {why}", f"north: {why}; 1 listing would be pushed"):
        assert any(n.startswith(note) for n in open_town.all_notes)
    with pytest.raises(UsageProblem, match=re.escape(f"north: {why}. Where it shows none")):
        open_town.run("close", only="north")
    terms = explain(
        open_town.store.connection,
        "MUG",
        now=open_town.clock.now(),
        max_poll_age=open_town.config.max_poll_age,
    )
    (north,) = (w for w in terms.listings if w.account == "north")
    # Not as it is drawn: that hangs on how wide the terminal is.
    told = [*listing_terms(north)]
    assert why in told
    assert "push: off" not in "\n".join(map(str, [*told, *open_town.all_notes]))
    PauseRequest(account="north", resume=True).act(open_town.store, now=open_town.clock.now())
    open_town.run("sync")
    assert open_town.shows("north", "MUG") == 4


def test_a_dry_run_tells_what_an_account_that_is_watched_would_be_sent(watching: Town) -> None:
    watching.count("MUG", 4)
    planned = watching.run("push", dry_run=True)
    assert {(p.account, p.offer_id, p.quantity) for p in planned} == {
        ("north", "MUG", 4),
        ("south", "MUG", 4),
    }
