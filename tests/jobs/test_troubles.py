"""Whoever does what a trouble's advice says sees it go; tried of every kind that the table has."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cloudstock.changes.pausing import PauseRequest
from cloudstock.changes.policies import MinimumRequest
from cloudstock.domain.moments import elapsed
from cloudstock.domain.records import (
    MarketplaceWarehouse,
    Order,
    OrderLine,
    Return,
    ReturnStep,
    Step,
)
from cloudstock.domain.transition import How
from cloudstock.errors import Unreachable
from cloudstock.settings import EVENTS, Source
from cloudstock.sheets.importing import import_stock
from cloudstock.store import accounts
from cloudstock.store.accounts import Word
from cloudstock.store.times import to_iso
from cloudstock.store.troubles.finder import Trouble, Troubles
from cloudstock.store.troubles.kind import Kind, Severity
from cloudstock.store.troubles.table import KINDS
from cloudstock.store.views.explanation import explain
from tests.acting import (
    adopt_stock,
    close_order,
    close_without_push,
    link_listing,
    receive_return,
    set_policy,
    unlink_listing,
)
from tests.jobs.town import Town
from tests.memory import MemoryShop

Act = Callable[[Town], object]


def troubles(town: Town, *, now: datetime | None = None) -> Troubles:
    return Troubles(town.store.connection, town.config, now=now or town.clock.now())


def found(town: Town, kind: str) -> list[Trouble]:
    return [t for t in troubles(town).found() if t.kind == kind]


def fails(town: Town) -> None:
    town.shops["north"].faults["returns"] = [Unreachable("north: no answer")]
    town.run("returns")


def set_push(town: Town, account: str, *, push: bool) -> None:
    town.config = replace(
        town.config,
        accounts=tuple(
            replace(a, push=push) if a.name == account else a for a in town.config.accounts
        ),
    )
    town.run("sync")


def pause(town: Town, *, resume: bool) -> None:
    PauseRequest(account="north", resume=resume).act(town.store, now=town.clock.now())
    town.run("sync")


def joins(town: Town) -> None:
    town.shops["west"] = MemoryShop(town.clock)
    west = replace(town.config.accounts[0], name="west")
    town.config = replace(town.config, accounts=(*town.config.accounts, west))


def shares(town: Town) -> None:
    for name, account_id in town.store.catalog.account_ids().items():
        warehouse = MarketplaceWarehouse("1", name, group="G")
        town.store.arrangement.save_warehouses(account_id, [warehouse], now=town.clock.now())
    set_push(town, "south", push=False)


def is_refused(town: Town) -> None:
    town.shops["north"].refuses["MUG"] = ("NO", "the card is blocked")
    town.count("MUG", 4)
    town.run("push")


def is_mended(town: Town) -> None:
    town.shops["north"].refuses.clear()
    town.clock.move(hours=1)
    town.run("push")


def someone_raises(town: Town) -> None:
    town.shops["north"].free["MUG", "1"] = 50
    town.run("reserves")


def gets_no_answer(town: Town) -> None:
    town.shops["north"].faults["push_answer"] = [Unreachable("north: no answer")]
    town.count("MUG", 4)
    town.run("push")
    town.clock.move(minutes=16)


def is_divided(town: Town) -> None:
    set_policy(town.store, ["MUG"], "split", now=town.clock.now())
    town.run("push")


def is_divided_quickly(town: Town) -> None:
    set_policy(town.store, ["MUG"], "split", how=How.QUICK, now=town.clock.now())


def goes_on(town: Town) -> None:
    for _ in range(6):
        town.clock.move(minutes=3)
        town.run("sync")


def holds_what_nobody_told(town: Town) -> None:
    north = town.shops["north"]
    north.place("N1", {"MUG": 3})
    north.hidden.add("N1")
    town.clock.move(hours=1)
    town.run("reserves")


def tells_it(town: Town) -> None:
    town.shops["north"].hidden.clear()
    town.run("orders", since=town.clock.now() - timedelta(days=30))


def only_north_is_read(town: Town) -> None:
    town.count("MUG", 20)
    town.clock.move(hours=2)
    town.run("orders", only="north")
    town.run("push", only="north")


def order(town: Town, sku: str = "MUG", step: Step = Step.OPEN, quantity: int = 1) -> None:
    now, north = town.clock.now(), town.shops["north"]
    line = OrderLine("1", (f"offer:{sku}",), quantity, sku)
    north.orders["N1"] = Order("N1", step, step.value, now, (line,), "1")
    north.changed_at["N1"] = now
    town.run("orders")


def sells(town: Town, *, left: int) -> None:
    """Ten are sold in a day, and so many are left."""
    order(town, quantity=10)
    town.count("MUG", 10 + left)
    town.clock.move(days=1, minutes=1)
    town.run("orders")
    town.store.catch_up(buffer=0, low=town.config.low, now=town.clock.now())


def send_back(town: Town, sku: str = "MUG", step: ReturnStep = ReturnStep.RECEIVED) -> None:
    now = town.clock.now()
    town.shops["north"].returns["R1"] = Return(
        "R1", step, step.value, 1, None, (f"offer:{sku}",), sku, created_at=now, received_at=now
    )
    town.clock.move(minutes=2)
    town.run("returns")


def matches_nothing(town: Town) -> None:
    town.store.connection.execute(
        "INSERT INTO listing (account_id, external_id, offer_id, catalog_seen_at)"
        " SELECT id, 'LAMP', 'LAMP', '' FROM account WHERE name = 'north'"
    )


def catalog_breaks_off(town: Town) -> None:
    north = town.shops["north"]
    north.page_size = 1
    for sku in ("LAMP", "VASE"):
        north.offer(sku)
    pages = len(north.listings)
    north.faults["catalog"] = [*[None] * (pages - 1), Unreachable("north: no answer")]
    town.run("catalog", only="north")
    town.clock.move(hours=4, seconds=1)


def offers_it(town: Town) -> None:
    town.shops["north"].offer("LAMP")
    town.run("catalog")
    town.run("returns")


def clock_ahead(town: Town, **ahead: float) -> None:
    town.shops["north"].clock_ahead = timedelta(**ahead)
    town.run("check")


def key_ends(town: Town, **in_: float) -> None:
    town.shops["north"].credentials_end = town.clock.now() + timedelta(**in_)
    town.run("check")


def met(town: Town, *words: Word) -> None:
    north = town.store.catalog.account_ids()["north"]
    town.store.accounts.met(north, dict.fromkeys(words, 1), now=town.clock.now())


def newer_version(_: Town) -> None:
    accounts.__version__ = "99.0"  # type: ignore[attr-defined]


def unconfigured(town: Town) -> None:
    order(town)
    town.config = replace(town.config, accounts=town.config.accounts[1:])


def configured(town: Town) -> None:
    accounts = (replace(town.config.accounts[0], name="north"), *town.config.accounts)
    town.config = replace(town.config, accounts=accounts)


def sells_uncounted(town: Town) -> None:
    offers_it(town)
    town.shops["north"].free["LAMP", "1"] = 7
    town.run("reserves")


def archives_what_shows(town: Town) -> None:
    town.shops["north"].offer("MUG", archived=True)
    town.run("catalog")


def leaves(town: Town) -> None:
    """The account is taken out of the configuration, and the others run on."""
    town.config = replace(town.config, accounts=town.config.accounts[1:])
    town.run("sync")


def says_it_is_empty(town: Town) -> None:
    close_without_push(town.store, "north", now=town.clock.now())


def ends_its_orders(town: Town) -> None:
    close_without_push(town.store, "north", release_orders=True, now=town.clock.now())


def adopts(town: Town) -> None:
    adopt_stock(town.store, now=town.clock.now())
    assert town.level("LAMP") == (7, 0)


def comes_back(town: Town) -> None:
    configured(town)
    town.run("sync")


def zero_in_cabinet(town: Town) -> None:
    town.shops["north"].free["MUG", "1"] = 0
    town.run("reserves")


def is_put_back(town: Town) -> None:
    with town.store.transaction():
        town.store.runs.advance("7", now=town.clock.now())


def somebody_else_pushes(town: Town) -> None:
    for number in (50, 60, 70):
        town.run("sync")
        town.clock.move(minutes=16)
        town.shops["north"].free["MUG", "1"] = number
        town.run("reserves")


def nobody_else_does(town: Town) -> None:
    town.run("sync")
    town.clock.move(minutes=16)
    town.run("reserves")


def is_cancelled_on_its_way(town: Town) -> None:
    order(town, step=Step.SHIPPED, quantity=3)
    order(town, step=Step.CANCELLED, quantity=3)


def stays_away(town: Town) -> None:
    is_cancelled_on_its_way(town)
    town.clock.move(days=30, minutes=1)
    town.run("orders")


# How each kind comes, and what its advice says to do.
def take_source(town: Town) -> None:
    now, file = town.clock.now(), town.config.sources["supplier"].file
    file.write_text(f"sku,quantity\nMUG,{now.hour}\n")
    os.utime(file, (now.timestamp(), now.timestamp()))
    import_stock(town.store, file, source="supplier", now=now, yes=True)


def comes_no_more(town: Town) -> None:
    file = town.store.path.with_name("supplier.csv")
    source = Source(file, stale_after=timedelta(hours=1))
    town.config = replace(town.config, sources={"supplier": source})
    take_source(town)
    assert found(town, "stale_source") == []
    town.clock.move(hours=1, minutes=1)


def comes_again(town: Town) -> None:
    # The same file again is nothing newer.
    file = town.config.sources["supplier"].file
    assert import_stock(town.store, file, source="supplier", now=town.clock.now()).unchanged
    assert found(town, "stale_source")
    take_source(town)


def counted_just_now(town: Town) -> None:
    town.count("MUG", 4)
    town.store.targets.refresh()


def never_pushes(town: Town) -> None:
    """Orders are read, as a crontab without the line for pushes does it."""
    town.count("MUG", 4)
    town.clock.move(hours=1)
    town.run("orders")


CASES: dict[str, tuple[Act, Act]] = {
    "failed": (fails, lambda t: t.run("returns", only="north")),
    "never_polled": (joins, lambda t: t.run("orders")),
    "stale": (lambda t: t.clock.move(hours=2), lambda t: t.run("orders")),
    "push_off": (
        lambda t: set_push(t, "north", push=False),
        lambda t: set_push(t, "north", push=True),
    ),
    "paused": (lambda t: pause(t, resume=False), lambda t: pause(t, resume=True)),
    "push_off_shared": (shares, lambda t: set_push(t, "south", push=True)),
    "refused": (is_refused, is_mended),
    "drift": (someone_raises, lambda t: t.run("push")),
    "second_writer": (somebody_else_pushes, nobody_else_does),
    "unanswered": (gets_no_answer, lambda t: t.run("push")),
    "held": (holds_what_nobody_told, tells_it),
    "not_raised": (only_north_is_read, lambda t: t.run("orders")),
    "unmatched_listing": (catalog_breaks_off, lambda t: t.run("catalog")),
    "unlinked_listing": (
        matches_nothing,
        lambda t: link_listing(t.store, "north", "LAMP", [("MUG", 1)], now=t.clock.now()),
    ),
    "left_alone": (
        lambda t: unlink_listing(t.store, "north", "MUG", leave=True, now=t.clock.now()),
        lambda t: unlink_listing(t.store, "north", "MUG", now=t.clock.now()),
    ),
    "never_counted": (sells_uncounted, lambda t: t.count("LAMP", 7)),
    "not_offered": (archives_what_shows, zero_in_cabinet),
    "unknown_order": (lambda t: order(t, step=Step.UNKNOWN), order),
    "unknown_return": (lambda t: send_back(t, step=ReturnStep.UNKNOWN), send_back),
    "unlinked_order": (lambda t: order(t, "LAMP"), offers_it),
    "unlinked_return": (lambda t: send_back(t, "LAMP"), offers_it),
    "clock": (lambda t: clock_ahead(t, hours=2), clock_ahead),
    "credentials": (lambda t: key_ends(t, days=-1), lambda t: key_ends(t, days=180)),
    "left_out": (lambda t: met(t, Word("GET /a", "b", "c", left_out=True)), newer_version),
    "unknown_word": (lambda t: met(t, Word("GET /a", "b", "c")), newer_version),
    "returns_waiting": (
        send_back,
        lambda t: receive_return(t.store, "R1", account="north", now=t.clock.now()),
    ),
    "away": (stays_away, lambda t: close_order(t.store, "N1", now=t.clock.now())),
    "pending": (never_pushes, lambda t: t.run("push")),
    "waiting": (is_divided, goes_on),
    "quick_change": (is_divided_quickly, goes_on),
    "oversold": (lambda t: order(t, quantity=12), lambda t: t.count("MUG", 15)),
    "sold_out": (lambda t: sells(t, left=0), lambda t: t.count("MUG", 90)),
    "low": (lambda t: sells(t, left=69), lambda t: t.count("MUG", 90)),
    "closed": (lambda t: t.run("close", only="north"), leaves),
    "not_configured": (leaves, comes_back),
    "old_copy": (is_put_back, lambda t: t.count("CUP", 4)),
    "stale_source": (comes_no_more, comes_again),
    "forgotten_account": (unconfigured, configured),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_trouble_is_told_until_its_advice_is_followed(
    kind: Kind, open_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "__version__", "1.0")
    comes, mends = CASES[kind.name]
    assert found(open_town, kind.name) == []
    comes(open_town)
    open_town.store.targets.refresh()
    trouble, *others = found(open_town, kind.name)
    assert trouble.severity is kind.severity
    assert trouble.advice
    assert trouble.message.endswith(trouble.advice)
    assert trouble.account in ("north", "west", None)
    assert [t.account for t in others] in ([], ["south"])
    # What people are told is what is kept of it.
    if kind.event:
        query, values = troubles(open_town).events(kind.name)
        _, facts, opens = next(open_town.store.connection.execute(query, values))
        assert kind.words(json.loads(facts)) == (trouble.message, trouble.advice)
        assert opens == 1
    mends(open_town)
    open_town.store.targets.refresh()
    assert found(open_town, kind.name) == []


@pytest.mark.parametrize(
    ("kind", "comes", "ends"),
    [
        ("not_configured", leaves, says_it_is_empty),
        ("never_counted", sells_uncounted, adopts),
        ("forgotten_account", unconfigured, ends_its_orders),
    ],
)
def test_an_advice_has_another_way_where_it_names_one(
    open_town: Town, kind: str, comes: Act, ends: Act
) -> None:
    comes(open_town)
    other = "adopt-stock" if kind == "never_counted" else "close-account north --without-push"
    assert other in found(open_town, kind)[0].advice
    ends(open_town)
    assert found(open_town, kind) == []


def of_another_warehouse(town: Town) -> None:
    order(town, "LAMP")
    town.store.connection.execute("UPDATE orders SET warehouse_id = NULL")


def never_counted(town: Town) -> None:
    offers_it(town)
    order(town, "LAMP", quantity=12)


def archived(town: Town) -> None:
    matches_nothing(town)
    town.store.connection.execute("UPDATE listing SET archived = 1 WHERE offer_id = 'LAMP'")


def shipped_and_unconfigured(town: Town) -> None:
    order(town)
    town.shops["north"].change("N1", Step.SHIPPED)
    town.run("orders")
    town.config = replace(town.config, accounts=town.config.accounts[1:])


def on_its_way(town: Town) -> None:
    gets_no_answer(town)
    town.clock.move(minutes=-15)


def held_long_ago(town: Town) -> None:
    holds_what_nobody_told(town)
    town.clock.move(days=30)


def not_reckoned_yet(town: Town) -> None:
    only_north_is_read(town)
    town.count("CUP", 3)


def held_and_not_reckoned_yet(town: Town) -> None:
    holds_what_nobody_told(town)
    town.count("CUP", 3)


def stray(town: Town) -> None:
    order(town, "LAMP")


def came(town: Town) -> None:
    send_back(town, "LAMP")


def as_stored(town: Town, act: Act, update: str) -> None:
    act(town)
    town.store.connection.execute(update)


def cuts(town: Town, *, leave: bool = False) -> None:
    unlink_listing(town.store, "north", "MUG", leave=leave, now=town.clock.now())


def came_before_it_was_unlinked(town: Town) -> None:
    send_back(town)
    cuts(town)


def push_fails_and_is_not_wanted_any_more(town: Town) -> None:
    town.shops["north"].faults["push"] = [Unreachable("north: no answer")]
    town.count("MUG", 4)
    town.run("push")
    north = replace(town.config.accounts[0], push=False)
    town.config = replace(town.config, accounts=(north, *town.config.accounts[1:]))


def has_minimum(town: Town, units: int) -> None:
    MinimumRequest(skus=("MUG",), minimum=units).act(town.store, now=town.clock.now())


def check_fails(town: Town) -> None:
    town.shops["north"].faults["check"] = [Unreachable("north: no answer")]
    town.run("check")


@pytest.mark.parametrize(
    ("kind", "act", "told"),
    [
        ("failed", check_fails, True),
        ("failed", push_fails_and_is_not_wanted_any_more, False),
        ("stale", lambda t: t.clock.move(minutes=24), False),
        ("unanswered", on_its_way, False),
        ("held", held_long_ago, False),
        ("held", held_and_not_reckoned_yet, False),
        ("not_raised", not_reckoned_yet, False),
        ("pending", is_refused, False),
        ("pending", counted_just_now, True),
        ("pending", is_divided, False),
        ("unlinked_listing", archived, False),
        ("unlinked_order", lambda t: order(t, "LAMP", Step.CANCELLED), False),
        ("unlinked_order", lambda t: order(t, "LAMP", Step.DELIVERED), True),
        ("unlinked_order", lambda t: order(t, "LAMP", quantity=0), False),
        ("unlinked_order", of_another_warehouse, False),
        ("unlinked_return", lambda t: send_back(t, "LAMP", ReturnStep.EXPECTED), False),
        ("unlinked_order", lambda t: as_stored(t, stray, "UPDATE orders SET ignored = 'x'"), False),
        ("unlinked_return", lambda t: as_stored(t, came, "UPDATE returns SET history = 1"), False),
        ("unlinked_return", lambda t: as_stored(t, came, "UPDATE returns SET quantity = 0"), False),
        ("unlinked_return", came_before_it_was_unlinked, False),
        ("unlinked_return", lambda t: (cuts(t), send_back(t)), False),
        ("unlinked_order", lambda t: (order(t), cuts(t)), False),
        ("unlinked_order", lambda t: (cuts(t), order(t)), False),
        ("unlinked_listing", cuts, False),
        ("refused", lambda t: (is_refused(t), cuts(t, leave=True)), False),
        ("refused", lambda t: (is_refused(t), cuts(t)), True),
        ("refused", lambda t: (is_refused(t), zero_in_cabinet(t), cuts(t)), False),
        ("drift", lambda t: (someone_raises(t), cuts(t)), True),
        ("drift", lambda t: (someone_raises(t), cuts(t, leave=True)), False),
        ("clock", lambda t: clock_ahead(t, seconds=29), False),
        ("clock", lambda t: clock_ahead(t, seconds=-30), True),
        ("credentials", lambda t: key_ends(t, days=14, hours=1), False),
        ("credentials", lambda t: key_ends(t, days=14), True),
        ("returns_waiting", lambda t: send_back(t, step=ReturnStep.EXPECTED), False),
        ("low", lambda t: sells(t, left=71), False),
        ("low", lambda t: has_minimum(t, 10), False),
        ("low", lambda t: has_minimum(t, 11), True),
        ("low", lambda t: sells(t, left=0), False),
        ("sold_out", lambda t: sells(t, left=1), False),
        ("oversold", never_counted, False),
        ("oversold", lambda t: order(t, quantity=10), False),
        ("oversold", lambda t: order(t, quantity=11), True),
        ("forgotten_account", shipped_and_unconfigured, False),
    ],
)
def test_what_is_a_trouble_and_what_is_not_yet(
    open_town: Town, kind: str, act: Act, told: bool
) -> None:
    act(open_town)
    assert bool(found(open_town, kind)) is told


def test_a_line_of_what_no_catalog_has_is_linked_by_its_name(open_town: Town) -> None:
    order(open_town, "LAMP")
    (trouble,) = found(open_town, "unlinked_order")
    assert "LAMP is linked to no product" in trouble.message
    link_listing(open_town.store, "north", "LAMP", [("MUG", 1)], now=open_town.clock.now())
    assert found(open_town, "unlinked_order") == []
    assert found(open_town, "unlinked_listing") == []


def test_people_are_told_of_what_is_urgent_and_of_what_runs_out() -> None:
    assert {k.name for k in KINDS if k.severity is Severity.URGENT} | {"low", "sold_out"} == {
        k.name for k in KINDS if k.event
    }
    assert {k.severity for k in KINDS if k.name in ("low", "sold_out")} == {Severity.NOTABLE}
    assert {k.event for k in KINDS if k.event} | {"recovered"} == set(EVENTS)
    assert len({k.name for k in KINDS}) == len(KINDS)


def events(town: Town, kind: str) -> list[tuple[str | None, int]]:
    """Of what people are told: the job, and whether it is an event of its own."""
    query, values = troubles(town).events(kind)
    rows = town.store.connection.execute(query, values)
    return [(json.loads(facts).get("job"), opens) for _, facts, opens in rows]


def test_while_orders_cannot_be_read_that_is_the_news(open_town: Town) -> None:
    check_fails(open_town)
    assert events(open_town, "failed") == [], "who asked by hand was answered"
    fails(open_town)
    assert events(open_town, "failed") == [("returns", 1)]
    open_town.shops["north"].faults["orders"] = [Unreachable("north: no answer")]
    open_town.run("orders", only="north")
    assert sorted(events(open_town, "failed")) == [("orders", 1), ("returns", 0)]
    open_town.clock.move(hours=2)
    assert events(open_town, "stale") == [(None, 0), (None, 1)]


def test_what_fails_of_an_account_that_was_never_read_is_news(open_town: Town) -> None:
    joins(open_town)
    assert events(open_town, "never_polled") == [(None, 1)]
    open_town.shops["west"].offer("MUG")
    open_town.shops["west"].faults["catalog"] = [Unreachable("west: no answer")]
    open_town.run("catalog", only="west")
    assert events(open_town, "failed") == [("catalog", 1)]
    # Where reading them fails, that is told.
    open_town.shops["west"].faults["orders"] = [Unreachable("west: no answer")]
    open_town.run("orders", only="west")
    assert events(open_town, "never_polled") == [(None, 0)]


def test_what_a_person_unlinked_shows_none_and_nothing_is_wrong(open_town: Town) -> None:
    north = open_town.shops["north"]
    assert north.free["MUG", "1"] > 0
    cuts(open_town)
    open_town.run("push")
    assert north.free["MUG", "1"] == 0
    someone_raises(open_town)
    open_town.run("push")
    assert north.free["MUG", "1"] == 0
    order(open_town)
    assert [t for t in troubles(open_town).found() if t.wrong] == []


def test_what_a_person_left_to_others_is_sent_nothing_and_only_worth_knowing(
    open_town: Town,
) -> None:
    cuts(open_town, leave=True)
    someone_raises(open_town)
    open_town.run("push")
    assert open_town.shops["north"].free["MUG", "1"] == 50
    (trouble,) = found(open_town, "left_alone")
    assert trouble.message.startswith("1 listing that is left to others shows 50")
    assert [t for t in troubles(open_town).found() if t.wrong] == []


def test_what_does_not_hurt_yet_is_only_worth_knowing(open_town: Town) -> None:
    clock_ahead(open_town, minutes=2)
    key_ends(open_town, days=3, hours=1)
    for kind in ("clock", "credentials"):
        (trouble,) = found(open_town, kind)
        assert not trouble.wrong
    assert "in 3 days" in found(open_town, "credentials")[0].message


@pytest.mark.parametrize("read", [-3600, -1801, -1800, -1, 0, 1, 86400])
def test_orders_are_known_freshly_where_the_rule_says_so(open_town: Town, read: int) -> None:
    """The definition in SQL and the pure rule are one; what lies ahead is fresh nowhere."""
    store, now = open_town.store, open_town.clock.now()
    read_until = now + timedelta(seconds=read)
    store.connection.execute(
        "UPDATE cursor SET read_until = ? WHERE job = 'orders'", (to_iso(read_until),)
    )
    fresh = elapsed(read_until, now) <= open_town.config.max_poll_age
    stale = [t for t in troubles(open_town, now=now).found() if t.kind == "stale"]
    assert [t.account for t in stale] == ([] if fresh else ["north", "south"])
    assert all(("clock was set back" in t.message) == (read > 0) for t in stale)
    terms = explain(store.connection, "MUG", now=now, max_poll_age=open_town.config.max_poll_age)
    assert {w.stale for w in terms.listings} == {() if fresh else ("north", "south")}


def test_looking_walks_nothing_that_grows_with_products_and_orders(open_town: Town) -> None:
    connection, asked = open_town.store.connection, list[str]()
    connection.set_trace_callback(asked.append)
    troubles(open_town).found()
    connection.set_trace_callback(None)
    asked = [sql for sql in asked if sql.startswith("SELECT * FROM (")]
    assert len(asked) == len(KINDS)
    # Accounts, what was marked, and indices that hold nothing but what is open or wrong.
    small = (
        r"SCAN (\(subquery-|(a|j|k|w|json_each|dirty|unmanaged_listing|loose|"
        r".*(account_1|account_booked_as|stock_oversold|orders_open|quota_excess_open|"
        r"allocation_away|order_line_unlinked|listing_not_auto))\b)"
    )
    for sql in asked:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert [
            step for step in plan if step.startswith("SCAN") and not re.match(small, step)
        ] == []
