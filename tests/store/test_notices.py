"""What is wrong is an event: opened, told, over, forgotten, each at its time and once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from cloudstock.store import Store
from cloudstock.store.notices import KEPT, NEWS, Notice, Notices
from tests.builders import NOW

LEASE = timedelta(minutes=2)
TICK = timedelta(microseconds=1)
# Subject -> what is said of it, and whether it opens an event.
Found = dict[str, tuple[str, bool]]
LOW: Found = {"MUG": ("3 left", True)}


@pytest.fixture
def notices(store: Store) -> Notices:
    return store.notices


def found(notices: Notices, troubles: Found, *, now: datetime = NOW, kind: str = "low") -> None:
    rows = [(s, json.dumps({"says": says}), opens) for s, (says, opens) in troubles.items()]
    query = "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:rows)"
    notices.settle(kind, query, {"rows": json.dumps(rows)}, now=now)


def claimed(
    notices: Notices,
    teller: str,
    *,
    now: datetime = NOW,
    since: datetime | None = None,
    repeat: timedelta | None = None,
    kinds: tuple[str, ...] = ("low",),
) -> dict[str, int]:
    notices.claim_open(
        teller,
        now=now,
        until=now + LEASE,
        since=dict.fromkeys(kinds, since or now),
        repeat=repeat,
    )
    return dict(notices.claimed(teller, most=9).counts)


def ended(
    notices: Notices, teller: str, *, now: datetime, kinds: tuple[str, ...] = ("low",)
) -> dict[str, int]:
    notices.claim_ended(teller, now=now, until=now + LEASE, kinds=kinds)
    return dict(notices.claimed(teller, most=9).counts)


def told(notices: Notices, *, now: datetime = NOW) -> None:
    """MUG is low, and that was told."""
    found(notices, LOW, now=now)
    assert claimed(notices, "one", now=now) == {"low": 1}
    notices.mark_sent("one", now=now)


def open_now(notices: Notices) -> list[Notice]:
    return notices.open(["low"])


def kept(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) FROM notice").fetchone()[0])


def test_what_is_said_of_an_open_event_is_what_is_so_now(notices: Notices) -> None:
    found(notices, LOW)
    found(notices, {"MUG": ("2 left", True)}, now=NOW + LEASE)
    (event,) = open_now(notices)
    assert (event.facts, event.opened_at) == ({"says": "2 left"}, NOW)


@pytest.mark.parametrize("is_told", [True, False])
def test_what_opens_no_event_keeps_one_open_that_somebody_was_told_of(
    notices: Notices, is_told: bool
) -> None:
    less: Found = {"MUG": ("8 left", False), "CUP": ("8 left", False)}
    found(notices, less)
    assert open_now(notices) == []
    if is_told:
        told(notices)
    else:
        found(notices, LOW)
    found(notices, less, now=NOW + LEASE)
    # What was told stands as it was told.
    assert [event.facts for event in open_now(notices)] == [{"says": "3 left"}] * is_told


def test_events_of_other_kinds_stay_as_they_are(notices: Notices, store: Store) -> None:
    found(notices, LOW)
    found(notices, LOW, kind="oversold")
    found(notices, {}, kind="oversold")
    assert len(open_now(notices)) == 1
    notices.forget("oversold", "SELECT 'MUG'", {})
    notices.drop_others(["low"], now=NOW)
    assert (len(open_now(notices)), kept(store)) == (1, 2)
    notices.drop_others([], now=NOW)
    assert (open_now(notices), kept(store)) == ([], 1)


def test_what_there_is_nothing_to_any_more_is_forgotten_unless_it_was_over(
    notices: Notices, store: Store
) -> None:
    told(notices)
    found(notices, {})
    found(notices, {**LOW, "CUP": ("none left", True)})
    notices.forget("low", "SELECT :sku", {"sku": "MUG"})
    assert [event.facts["says"] for event in open_now(notices)] == ["none left"]
    assert ended(notices, "two", now=NOW + TICK) == {"low": 1}


@pytest.mark.parametrize(("after", "left"), [(KEPT, 1), (KEPT + TICK, 0)])
def test_what_is_over_is_remembered_for_a_while(
    notices: Notices, store: Store, after: timedelta, left: int
) -> None:
    found(notices, LOW)
    found(notices, {})
    notices.drop_others(["low"], now=NOW + after)
    assert kept(store) == left


@pytest.mark.parametrize(("opened_before", "events"), [(TICK, {}), (timedelta(), {"low": 1})])
def test_only_what_was_opened_long_enough_ago_is_told(
    notices: Notices, opened_before: timedelta, events: dict[str, int]
) -> None:
    found(notices, LOW)
    assert claimed(notices, "one", since=NOW - opened_before) == events


@pytest.mark.parametrize(
    ("repeat", "after", "events"),
    [
        (None, timedelta(days=9), {}),
        (timedelta(hours=6), timedelta(hours=6) - TICK, {}),
        (timedelta(hours=6), timedelta(hours=6), {"low": 1}),
    ],
)
def test_what_lasts_is_told_again_where_that_is_wished(
    notices: Notices, repeat: timedelta | None, after: timedelta, events: dict[str, int]
) -> None:
    told(notices)
    assert claimed(notices, "two", now=NOW + after, repeat=repeat) == events


@pytest.mark.parametrize("over", [True, False])
def test_what_one_is_telling_no_other_does_until_its_time_is_over(
    notices: Notices, over: bool
) -> None:
    if over:
        told(notices)
        found(notices, {})
    else:
        found(notices, LOW)
    tell = ended if over else claimed
    assert tell(notices, "first", now=NOW + TICK) == {"low": 1}
    for after in (TICK, LEASE):
        assert tell(notices, "second", now=NOW + TICK + after) == {}
    assert tell(notices, "third", now=NOW + TICK + LEASE + TICK) == {"low": 1}
    # Who gives it back lets another tell it at once.
    notices.give_back("third")
    assert tell(notices, "fourth", now=NOW + TICK + LEASE + TICK) == {"low": 1}


def test_an_end_is_told_once_and_only_of_what_was_told(notices: Notices) -> None:
    found(notices, LOW)
    found(notices, {})
    assert ended(notices, "one", now=NOW + TICK) == {}
    told(notices, now=NOW + TICK)
    found(notices, {}, now=NOW + 2 * TICK)
    assert ended(notices, "two", now=NOW + LEASE, kinds=("oversold",)) == {}
    assert ended(notices, "two", now=NOW + LEASE) == {"low": 1}
    notices.mark_end_sent("two", now=NOW + LEASE)
    assert ended(notices, "three", now=NOW + 3 * LEASE) == {}


@pytest.mark.parametrize(("after", "events"), [(NEWS - TICK, {"low": 1}), (NEWS, {})])
def test_an_end_of_long_ago_is_no_news(
    notices: Notices, after: timedelta, events: dict[str, int]
) -> None:
    told(notices)
    found(notices, {})
    assert ended(notices, "two", now=NOW + after) == events


@pytest.mark.parametrize("account", ["north", None])
def test_an_event_is_of_an_account_or_of_the_warehouses(account: str | None) -> None:
    facts = {} if account is None else {"account": account}
    assert Notice("low", facts, NOW, None, None).account == account


def test_of_many_the_first_are_told_and_all_are_counted(notices: Notices) -> None:
    for n in range(5):
        found(
            notices,
            {str(i): (str(i), True) for i in range(n + 1)},
            now=NOW - timedelta(minutes=5 - n),
        )
    claimed(notices, "one")
    claim = notices.claimed("one", most=2)
    assert (claim.counts, [e.facts["says"] for e in claim.first]) == ({"low": 5}, ["0", "1"])
    assert claim
    assert not notices.claimed("nobody", most=2)
