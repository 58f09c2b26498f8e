"""Whatever may show something is managed, or named: after each thing that people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudstock.errors import Unreachable
from cloudstock.settings import WarehouseLink
from cloudstock.store.troubles.finder import Troubles
from cloudstock.store.troubles.table import kind_of
from tests.acting import link_listing, unlink_listing
from tests.jobs.town import Town
from tests.memory import MemoryShop

Act = Callable[[Town], object]


def in_nobodys_care(town: Town) -> Counter[str]:
    """Count by account what may show something and is not managed, without the program's words."""
    configured = {a.name: a for a in town.config.accounts}
    rows = town.store.connection.execute(
        "SELECT a.name, a.id, s.*, l.archived, l.link = 'manual' AND NOT l.left_alone AS by_hand,"
        " (SELECT count(*) FROM component c LEFT JOIN stock st"
        " ON st.product_id = c.product_id AND st.warehouse_id = 1 AND st.counted_at IS NOT NULL"
        " WHERE c.listing_id = l.id AND st.product_id IS NULL) AS uncounted, (SELECT count(*)"
        " FROM component c WHERE c.listing_id = l.id) AS parts, (SELECT k.read_until FROM cursor k"
        " WHERE k.account_id = a.id AND k.job = 'orders') AS read_until FROM listing_stock s"
        " JOIN listing l ON l.id = s.listing_id JOIN account a ON a.id = s.account_id"
    ).fetchall()
    counts: Counter[str] = Counter()
    for row in rows:
        newer = "pushed" if (row["pushed_at"] or "") > (row["seen_at"] or "") else "seen"
        shows = row["high"] if row["high"] is not None else row[newer]
        in_flight = row["high"] is None and row["push_id"] is not None
        account = configured.get(row["name"])
        warehouses = [] if account is None else [w.warehouse_id for w in account.warehouses]
        managed = (
            row["external_warehouse"] in warehouses
            and row["read_until"] is not None
            and (
                row["leader_id"] is not None
                or (row["parts"] and not row["uncounted"])
                or (not row["parts"] and row["by_hand"])
            )
            and not row["archived"]
        )
        watched = account is not None and not account.push
        if (shows or in_flight) and not managed and not watched:
            counts[row["name"]] += 1
    return counts


def named(town: Town) -> Counter[str]:
    """Count by account what `status` and a notice name."""
    town.store.targets.refresh()
    troubles = Troubles(town.store.connection, town.config, now=town.clock.now())
    counts: Counter[str] = Counter()
    for kind in (
        "not_configured",
        "never_counted",
        "not_offered",
        "unlinked_listing",
        "left_alone",
    ):
        # Archived ones cannot be bought, the others are somebody's choice: only worth knowing.
        assert bool(kind_of(kind).event) is (kind not in ("not_offered", "left_alone"))
        for facts in troubles.facts(kind):
            counts[facts["account"]] += facts.get("count", 1)
    for facts in troubles.facts("never_polled"):
        if (account := facts["account"]) in town.store.catalog.account_ids():
            counts[account] += town.store.connection.execute(
                "SELECT count(*) FROM unmanaged_listing u JOIN account a ON a.id = u.account_id"
                " WHERE a.name = ? AND u.reason = 'unread'",
                (account,),
            ).fetchone()[0]
    return +counts


def configure(town: Town, **accounts: tuple[str, ...]) -> None:
    """Configure these marketplace warehouses of accounts, each fed from one of ours, no others."""
    first = town.config.accounts[0]
    town.config = replace(
        town.config,
        accounts=tuple(
            replace(first, name=name, warehouses=tuple(WarehouseLink(w, "main") for w in theirs))
            for name, theirs in accounts.items()
        ),
    )


def offers(town: Town, sku: str, shows: int, **more: bool) -> None:
    north = town.shops["north"]
    north.offer(sku, **more)
    north.free[sku, "1"] = shows
    town.run("catalog")
    town.run("reserves")


def adds_a_shop(town: Town) -> None:
    town.shops["west"] = west = MemoryShop(town.clock)
    west.offer("MUG")
    west.free["MUG", "1"] = 4
    configure(town, north=("1",), south=("1",), west=("1",))
    town.run("catalog")
    town.run("reserves")


def pushes_without_answer(town: Town) -> None:
    adds_a_shop(town)
    town.shops["west"].free.clear()
    town.run("orders")
    town.store.connection.execute(
        "UPDATE listing_stock SET low = NULL, high = NULL,"
        " believed_since = NULL, believed_until = NULL, seen = NULL, seen_at = NULL"
        " WHERE account_id = 3"
    )
    town.shops["west"].faults["push_answer"] = [Unreachable("west: no answer")]
    town.run("push")
    configure(town, north=("1",), south=("1",))


def moves_to_another_warehouse(town: Town) -> None:
    town.shops["north"].warehouses = ("1", "2")
    configure(town, north=("2",), south=("1",))


EVENTS: dict[str, tuple[Act, dict[str, int]]] = {
    "nothing": (lambda t: None, {}),
    "an account is taken away": (lambda t: configure(t, south=("1",)), {"north": 3}),
    "a warehouse is taken away": (moves_to_another_warehouse, {"north": 3}),
    "an account is new": (adds_a_shop, {"west": 1}),
    "a product is new": (lambda t: offers(t, "LAMP", 7), {"north": 1}),
    "a product is new, and none is shown": (lambda t: offers(t, "LAMP", 0), {}),
    "a card is archived": (lambda t: offers(t, "MUG", 10, archived=True), {"north": 1}),
    "an archived card shows none": (lambda t: offers(t, "MUG", 0, archived=True), {}),
    "a listing is unlinked": (
        lambda t: unlink_listing(t.store, "south", "CUP", now=t.clock.now()),
        {},
    ),
    "a listing is left to others": (
        lambda t: unlink_listing(t.store, "south", "CUP", leave=True, now=t.clock.now()),
        {"south": 1},
    ),
    "a listing is made of what was never counted": (
        lambda t: link_listing(
            t.store, "south", "CUP", [("MUG", 1), ("NEW", 1)], create=True, now=t.clock.now()
        ),
        {"south": 1},
    ),
    "an answer is lost, and the account taken away": (pushes_without_answer, {"west": 1}),
}


@pytest.mark.parametrize("event", EVENTS)
def test_what_may_show_something_is_managed_or_named(open_town: Town, event: str) -> None:
    act, counts = EVENTS[event]
    act(open_town)
    # At once, and after the runs that follow.
    for _ in range(2):
        assert in_nobodys_care(open_town) == named(open_town) == Counter(counts)
        open_town.clock.move(minutes=1)
        open_town.run("orders" if event != "an account is new" else "returns")
        if event == "an account is new":
            continue
        open_town.run("push")


def test_what_a_complete_reading_does_not_have_shows_none(open_town: Town) -> None:
    """An archived card is no longer told of; nor is one whose record is gone."""
    offers(open_town, "LAMP", 7)
    open_town.shops["north"].offer("MUG", archived=True)
    open_town.run("catalog")
    assert named(open_town) == Counter(north=2)
    # What it has shows what it says.
    open_town.clock.move(seconds=1)
    open_town.run("reserves")
    assert (named(open_town), open_town.believed("north", "MUG")) == (Counter(north=2), (10, 10))
    for sku in ("LAMP", "MUG"):
        del open_town.shops["north"].free[sku, "1"]
    open_town.clock.move(seconds=1)
    open_town.run("reserves")
    assert named(open_town) == in_nobodys_care(open_town) == Counter()


def test_what_is_archived_is_read_where_listings_are_asked_for_one_by_one(open_town: Town) -> None:
    north = open_town.shops["north"]
    north.traits = replace(north.traits, walks_stock=False)
    offers(open_town, "MUG", 10, archived=True)
    open_town.clock.move(hours=1)
    assert named(open_town) == Counter(north=1)
    north.free["MUG", "1"] = 0
    open_town.run("reserves")
    assert named(open_town) == Counter()
    keys = {k.external_id for k in open_town.store.readings.keys(1)}
    assert keys == {"CUP", "POT"}, "it shows none, so nobody asks for it any more"


def test_what_is_only_watched_is_somebody_elses(open_town: Town) -> None:
    north = replace(open_town.config.accounts[0], push=False)
    open_town.config = replace(open_town.config, accounts=(north, *open_town.config.accounts[1:]))
    open_town.run("sync")
    offers(open_town, "LAMP", 7)
    assert named(open_town) == Counter()
    found = Troubles(open_town.store.connection, open_town.config, now=open_town.clock.now()).found
    assert [t.account for t in found("push_off")] == ["north"]


def test_an_account_whose_orders_go_stale_is_named_by_that(open_town: Town) -> None:
    open_town.clock.move(hours=2)
    found = Troubles(open_town.store.connection, open_town.config, now=open_town.clock.now()).found
    assert {t.account for t in found("stale")} == {"north", "south"}
    assert open_town.config.max_poll_age < timedelta(hours=2)


def test_of_two_reasons_one_is_told(open_town: Town) -> None:
    """Neither read nor counted: a count is due in any case."""
    adds_a_shop(open_town)
    west = open_town.shops["west"]
    west.offer("LAMP")
    west.free["LAMP", "1"] = 3
    open_town.run("catalog")
    open_town.run("reserves")
    open_town.store.targets.refresh()
    rows = open_town.store.connection.execute(
        "SELECT l.offer_id, u.reason FROM unmanaged_listing u JOIN listing l ON l.id = u.listing_id"
        " JOIN account a ON a.id = u.account_id WHERE a.name = 'west' ORDER BY 1"
    )
    assert [tuple(r) for r in rows] == [("LAMP", "uncounted"), ("MUG", "unread")]
