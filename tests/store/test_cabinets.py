"""An account is its cabinet: whatever it is called, and whatever was called so before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudstock.domain.records import Step
from cloudstock.errors import ConfigurationError
from cloudstock.lists import reading
from cloudstock.lists.history import HISTORY
from cloudstock.settings import Account
from cloudstock.store import Store
from tests.builders import NOW, account, after, arrange, book, contents, count, ledger, offer, order


def cabinet(name: str, identity: str = "", marketplace: str = "ozon") -> Account:
    return replace(account(name, marketplace), cabinet=identity)


def traded(store: Store, one: Account) -> int:
    """Return the id of an account that has a listing and a shipped order of it."""
    owner = arrange(store, one)[one.name]
    offer(store, owner, "MUG")
    count(store, "MUG", 10)
    ships(store, one, 1)
    return owner


def ships(store: Store, one: Account, units: int, step: Step = Step.SHIPPED) -> None:
    """Read order A, made after the count, with so many units gone."""
    read = order("A", {"MUG": units}, step, created_at=after(hours=1))
    book(store, one, read, now=after(hours=2), watched_since=NOW)


def rows(store: Store) -> dict[str, tuple[str, str | None, str]]:
    """Return marketplace, cabinet and the ledger's name of each account."""
    found = store.connection.execute("SELECT name, marketplace, cabinet, booked_as FROM account")
    return {r[0]: (r[1], r[2], r[3]) for r in found}


def documents(store: Store) -> list[str]:
    """Return the orders in the ledger, as it calls them."""
    found = store.connection.execute("SELECT document FROM movement WHERE kind = 'shipment'")
    return [r[0] for r in found]


def history(store: Store) -> list[str]:
    """Return them as a person reads them."""
    found = reading.rows(store.connection, HISTORY, {"sku": "MUG"})
    return [h.document for h in found if h.kind == "shipment"]


def test_a_renamed_account_is_the_same_and_books_nothing_twice(store: Store) -> None:
    old, new = cabinet("old", "1"), cabinet("new", "1")
    owner = traded(store, old)
    before = ledger(store)
    with store.transaction():
        arranged = store.arrangement.arrange([new], ceilings={"ozon": 999}, now=NOW)
    assert (arranged.ids["new"], arranged.renamed) == (owner, (("old", "new"),))
    ships(store, new, 1, Step.DELIVERED)
    assert ledger(store) == before
    # What goes on with a document is called as it was, and a person reads today's name.
    ships(store, new, 3, Step.DELIVERED)
    assert documents(store) == ["order:old:A:MUG"] * 2
    assert history(store) == ["order:new:A:MUG"] * 2
    # Once told, it is no news.
    with store.transaction():
        assert not store.arrangement.arrange([new], ceilings={"ozon": 999}, now=NOW).renamed


@pytest.mark.parametrize(("before", "now"), [("", ""), ("", "1"), ("1", "")])
def test_a_name_never_goes_to_another_marketplace(store: Store, before: str, now: str) -> None:
    """Also where nobody knows of which cabinet it was, or is."""
    owner = traded(store, cabinet("shop", before))
    with pytest.raises(ConfigurationError, match="this name stands for cabinet"):
        arrange(store, cabinet("shop", now, "wildberries"))
    assert store.catalog.account_ids() == {"shop": owner}


def test_two_cabinets_may_change_their_names(store: Store) -> None:
    ids = arrange(store, cabinet("a", "1"), cabinet("b", "2"), cabinet("c", "3"))
    swapped = arrange(store, cabinet("b", "1"), cabinet("c", "2"), cabinet("a", "3"))
    assert swapped == {"b": ids["a"], "c": ids["b"], "a": ids["c"]}
    assert {name: row[1:] for name, row in rows(store).items()} == {
        "b": ("1", "a"),
        "c": ("2", "b"),
        "a": ("3", "c"),
    }


def test_a_name_that_is_free_again_is_another_account_in_the_ledger(store: Store) -> None:
    owner = traded(store, cabinet("a", "1"))
    ids = arrange(store, cabinet("old", "1"), cabinet("a", "2"))
    assert ids["old"] == owner
    assert rows(store) == {"old": ("ozon", "1", "a"), "a": ("ozon", "2", f"a#{ids['a']}")}
    offer(store, ids["a"], "MUG")
    ships(store, cabinet("a", "2"), 2)
    assert documents(store) == ["order:a:A:MUG", f"order:a#{ids['a']}:A:MUG"]
    assert history(store) == ["order:old:A:MUG", "order:a:A:MUG"]


@pytest.mark.parametrize(
    ("now_configured", "message"),
    [
        (cabinet("a", "2"), "cabinet 1 of ozon (listings: 1), and now it is given to cabinet 2"),
        (cabinet("a", "9", "wildberries"), "is given to cabinet 9 of wildberries"),
        # A cabinet that is known, under a name that another one had.
        (cabinet("a", "5"), "cabinet 1 of ozon (listings: 1), and now it is given to cabinet 5"),
    ],
)
def test_another_cabinet_under_an_old_name_is_refused(
    store: Store, now_configured: Account, message: str
) -> None:
    traded(store, cabinet("a", "1"))
    arrange(store, cabinet("a", "1"), cabinet("e", "5"))
    before = contents(store)
    with pytest.raises(ConfigurationError, match="Give the new cabinet another name") as problem:
        arrange(store, now_configured)
    assert message in str(problem.value)
    assert contents(store) == before


def test_an_id_that_was_mistyped_is_put_right(store: Store) -> None:
    wrong = arrange(store, cabinet("a", "12"))["a"]
    store.cursors.keep(wrong, "orders", "there were none", now=NOW)
    right = arrange(store, cabinet("a", "21"))["a"]
    assert rows(store) == {"a": ("ozon", "21", "a")}
    assert store.cursors.get(right, "orders").value is None
    assert arrange(store, cabinet("a", "7", "wildberries"))
    assert rows(store) == {"a": ("wildberries", "7", "a")}


def test_a_cabinet_that_is_not_known_yet_is_filled_in_under_its_name(store: Store) -> None:
    owner = traded(store, cabinet("a"))
    assert rows(store)["a"][1] is None
    assert arrange(store, cabinet("a", "1")) == {"a": owner}
    # And stays where a new key does not tell it.
    assert arrange(store, cabinet("a")) == {"a": owner}
    assert rows(store)["a"][1] == "1"


def test_what_people_are_told_is_over_has_the_name_of_today(store: Store) -> None:
    arrange(store, cabinet("a", "1"), cabinet("b", "2"))
    store.connection.executemany(
        "INSERT INTO notice (kind, subject, facts, opened_at) VALUES"
        " ('stale', ?, json_object('account', ?), '2026-11-23T10:00:00.000000Z')",
        [("1", "a"), ("2", "b")],
    )
    arrange(store, cabinet("b", "1"), cabinet("a", "2"))
    rows = store.connection.execute("SELECT subject, facts ->> '$.account' FROM notice ORDER BY 1")
    assert [tuple(r) for r in rows] == [("1", "b"), ("2", "a")]
