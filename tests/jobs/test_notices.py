"""Notices: each event is told once, and once more when it is over; never more, never less."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from cloudstock.errors import CredentialsRefused, Unreachable
from cloudstock.jobs.commands import run_job
from cloudstock.notify import news
from cloudstock.notify.heartbeats import beat
from cloudstock.notify.news import after_job, rehearsed, tell_news
from cloudstock.notify.sending import Message, send
from cloudstock.settings import Configuration, NoticeSettings, Secret
from cloudstock.store import Store
from tests.acting import pause
from tests.jobs.town import Town
from tests.memory import Memory
from tests.receiver import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@dataclass
class Watched:
    """A town whose jobs tell what is wrong."""

    town: Town
    receiver: Receiver
    config: Configuration

    def run(self, command: str = "sync", *, minutes: float = 1, only: str | None = None) -> None:
        """Let time pass, run a command as cron does, and tell."""
        self.town.clock.move(minutes=minutes)
        self.work(command, only=only)
        self.tell()

    def work(self, command: str = "sync", *, only: str | None = None) -> None:
        """Run a command, and tell nothing."""
        accounts = tuple(a for a in self.config.accounts if only in (None, a.name))
        run_job(
            command,
            self.config,
            accounts=accounts,
            clock=self.town.clock,
            connect=lambda a: Memory(self.town.shops[a.name]),
        )

    def tell(self) -> None:
        after_job(self.config, clock=self.town.clock.now)

    def oversell(self) -> None:
        """More is promised than is there, which the next run tells."""
        self.town.count("MUG", 0)
        self.town.shops["north"].place("N1", {"MUG": 3})

    def down(self, account: str, *methods: str) -> None:
        """No answer of an account to these questions, until it is up."""
        for method in methods or ("orders", "returns", "read_stock", "push", "catalog"):
            self.town.shops[account].faults[method] = [Unreachable(f"{account}: no answer")] * 999

    def up(self, account: str) -> None:
        self.town.shops[account].faults.clear()

    def settings(self, **settings: object) -> None:
        notices = replace(self.config.notices, **settings)  # type: ignore[arg-type]
        self.config = replace(self.config, notices=notices)

    @property
    def told(self) -> list[str]:
        return [m["message"] for m in self.receiver.messages]


@pytest.fixture
def watched(open_town: Town, receiver: Receiver) -> Watched:
    config = replace(open_town.config, notices=NoticeSettings((Secret(receiver.address),)))
    watched = Watched(open_town, receiver, config)
    watched.run()
    assert watched.told == []
    return watched


def test_an_account_that_is_down_for_an_hour_is_told_once_and_its_recovery_once(
    watched: Watched,
) -> None:
    watched.down("north")
    for _ in range(30):
        watched.run(minutes=2)
    watched.up("north")
    for _ in range(15):
        watched.run(minutes=2)
    down, up = watched.receiver.messages
    assert "north: orders failed: " in down["message"]
    assert "north: no answer" in down["message"]
    assert down["message"].count("\n- ") == 0, "all of its jobs failed: one word is enough"
    assert down["type"] == "warning"
    assert "north: orders succeeds again" in up["message"]
    assert up["type"] == "success"
    assert "south" not in down["message"] + up["message"]


def test_separate_cron_lines_tell_no_more_than_one_round(watched: Watched) -> None:
    watched.down("north")
    for minute in range(30):
        watched.run("poll-returns" if minute % 15 == 0 else "poll-orders")
    watched.up("north")
    for minute in range(30):
        watched.run("poll-orders" if minute % 15 != 14 else "poll-returns")
    assert len(watched.told) == 2


def test_a_blip_is_not_told(watched: Watched) -> None:
    for _ in range(3):
        watched.down("north")
        for _ in range(7):
            watched.run(minutes=2)
        watched.up("north")
        watched.run()
    assert watched.told == []


def test_refused_credentials_are_an_account_that_is_down(watched: Watched) -> None:
    refused = [CredentialsRefused("south: the key was refused; make a new one")] * 99
    watched.town.shops["south"].faults["orders"] = refused
    for _ in range(20):
        watched.run()
    (told,) = watched.told
    assert "south: the key was refused; make a new one" in told


def test_one_job_that_fails_while_orders_are_read_is_an_event_of_its_own(watched: Watched) -> None:
    watched.down("north", "returns")
    for _ in range(30):
        watched.run(minutes=20)
    watched.down("north")
    for _ in range(3):
        watched.run(minutes=20)
    watched.up("north")
    watched.run(minutes=20)
    failed, down, up = watched.told
    assert "north: returns failed: " in failed
    assert "north: orders failed: " in down
    assert "north: orders succeeds again" in up
    assert "north: returns succeeds again" in up


def test_a_job_that_is_not_done_any_more_neither_fails_nor_succeeds_again(
    watched: Watched,
) -> None:
    watched.town.shops["north"].faults["push"] = [Unreachable("north: no answer")] * 99
    watched.town.count("MUG", 4)
    for _ in range(3):
        watched.run(minutes=20)
    (failed,) = watched.told
    assert "north: push failed: " in failed
    accounts = tuple(replace(a, push=a.name != "north") for a in watched.config.accounts)
    watched.config = replace(watched.config, accounts=accounts)
    for _ in range(4):
        watched.run(minutes=20)
    assert watched.told == [failed]
    watched.down("north")
    for _ in range(3):
        watched.run(minutes=20)
    assert "Nothing is sent to these (`push: off`, or paused): north." in watched.told[-1]
    with Store.open(watched.config.database) as store:
        (left,) = store.notices.open(["failed"])
    assert left.facts["job"] == "orders"
    watched.up("north")
    pause(watched.town.store, "south", now=watched.town.clock.now())
    watched.oversell()
    watched.run(minutes=20)
    assert "Nothing is sent to these (`push: off`, or paused): north, south." in watched.told[-1]


def test_a_check_by_hand_that_failed_is_nobody_elses_business(watched: Watched) -> None:
    watched.down("north", "check")
    watched.run("check")
    for _ in range(20):
        watched.run()
    assert watched.told == []


def test_oversold_units_are_told_at_once_and_when_they_are_there_again(watched: Watched) -> None:
    watched.town.count("MUG", 1)
    watched.town.shops["north"].place("N1", {"MUG": 3})
    for _ in range(5):
        watched.run()
    (told,) = watched.told
    assert "MUG is oversold in main: 3 promised, 1 on hand" in told
    watched.town.count("MUG", 5)
    for _ in range(5):
        watched.run()
    assert "MUG is no longer oversold in main" in watched.told[1]
    assert len(watched.told) == 2


def test_what_runs_out_is_told_once_and_again_after_it_has_risen(watched: Watched) -> None:
    town = watched.town
    town.count("MUG", 1000)
    town.shops["north"].place("N1", {"MUG": 70})
    for _ in range(25):
        town.clock.move(hours=1)
        watched.run()
    assert watched.told == []
    for left in (100, 90, 700, 250):
        town.count("MUG", 70 + left)
        for _ in range(3):
            watched.run()
    first, again = watched.told
    assert "MUG runs out in 1 day: 100 available" in first
    assert "MUG runs out in 3 days: 250 available" in again
    town.count("MUG", 70)
    watched.run()
    assert "MUG is sold out; 70 were sold in 30 days" in watched.told[2]
    town.count("MUG", 900)
    watched.run()
    assert "MUG is available again" in watched.told[3]
    assert len(watched.told) == 4


def test_many_events_are_one_message_that_is_short(watched: Watched) -> None:
    shop = watched.town.shops["north"]
    for n in range(25):
        shop.offer(f"SKU-{n:02d}")
    watched.run("pull-catalog")
    for n in range(25):
        watched.town.count(f"SKU-{n:02d}", 0)
        shop.place(f"N{n}", {f"SKU-{n:02d}": 1})
    watched.run()
    (message,) = watched.receiver.messages
    assert message["title"] == "cloudstock: 25 things to see to"
    assert message["message"].count("is oversold") == 10
    assert "and 15 more" in message["message"]


def test_a_listing_that_matches_nothing_is_told_until_it_is_linked(watched: Watched) -> None:
    connection = watched.town.store.connection
    with watched.town.store.transaction():
        for number in (1, 2):
            connection.execute(
                "INSERT INTO listing (account_id, external_id, offer_id, name, catalog_seen_at)"
                " SELECT id, ?, ?, 'A lamp', '' FROM account WHERE name = 'north'",
                (f"lamp-{number}", f"LAMP-{number}"),
            )
        connection.execute("UPDATE listing SET link = 'manual' WHERE offer_id = 'LAMP-2'")
    for _ in range(20):
        watched.run()
    (told,) = watched.told
    assert "north: LAMP-1 is linked to no product" in told
    assert "LAMP-2" not in told, "a person took it off its products"
    connection.execute("UPDATE listing SET archived = 1 WHERE offer_id = 'LAMP-1'")
    for _ in range(20):
        watched.run()
    assert len(watched.told) == 1, "whoever archived it knows"


def wildberries_token(ends_at: float) -> str:
    parts = [{"alg": "none"}, {"exp": int(ends_at), "s": 0, "acc": 3, "t": False}]
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts]
    return ".".join(part.rstrip("=") for part in [*encoded, "c2lnbmF0dXJl"])


def test_a_token_is_told_of_before_it_ends(watched: Watched) -> None:
    shop = watched.town.shops["north"]
    shop.credentials_end = watched.town.clock.now() + timedelta(days=15)
    for _ in range(4):
        watched.run("poll-orders", minutes=12 * 60)
    (told,) = watched.told
    assert "north: the key ends on " in told
    shop.credentials_end += timedelta(days=180)
    watched.run(minutes=61)
    assert len(watched.told) == 1
    left = watched.town.store.connection.execute(
        "SELECT count(*) FROM notice WHERE kind = 'credentials' AND closed_at IS NULL"
    ).fetchone()[0]
    assert left == 0


def test_what_lasts_is_told_again_only_where_that_is_asked_for(watched: Watched) -> None:
    watched.settings(repeat=timedelta(hours=6))
    watched.down("north")
    for _ in range(60):
        watched.run(minutes=15)
    assert len(watched.told) == 3


def test_only_the_events_asked_for_are_told(watched: Watched) -> None:
    watched.town.count("MUG", 0)
    watched.town.shops["south"].place("S1", {"MUG": 3})
    watched.settings(events=("failed",))
    watched.down("north")
    for _ in range(20):
        watched.run()
    watched.up("north")
    watched.run()
    (told,) = watched.told
    assert "north: orders failed: " in told
    assert "oversold" not in told


def test_what_could_not_be_sent_is_told_by_a_later_run(watched: Watched) -> None:
    watched.receiver.status = 500
    watched.oversell()
    watched.run()
    watched.run()
    assert len(watched.told) == 2, "tried by each"
    watched.receiver.status = 200
    for _ in range(3):
        watched.run()
    assert len(watched.told) == 3
    # Nor does an end get lost.
    watched.town.count("MUG", 9)
    watched.receiver.status = 500
    watched.run()
    watched.receiver.status = 200
    watched.tell()
    watched.tell()
    assert ["is no longer oversold" in told for told in watched.told[3:]] == [True, True]


def test_one_address_that_works_is_enough(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    gone = Secret("json://127.0.0.1:1/an0ther-s3cret-of-the-seller")
    watched.settings(urls=(gone, *watched.config.notices.urls))
    watched.oversell()
    for _ in range(3):
        watched.run()
    assert len(watched.told) == 1
    (warning,) = [r for r in caplog.records if r.name == "cloudstock.notify"]
    facts = warning.__dict__["facts"]
    assert (facts["address"], facts["of"]) == (1, 2)
    assert "s3cret" not in caplog.text


TRIAL = Message("a title", "a body", "warning")


def test_no_key_of_an_account_goes_out_with_a_notice(watched: Watched) -> None:
    account = replace(watched.config.accounts[0], secrets={"api_key": Secret("k3y-of-the-seller")})
    config = replace(watched.config, accounts=(account,))
    message = Message("k3y-of-the-seller", "refused: k3y-of-the-seller", "warning")
    assert news.sent(config, message) == [None]
    (told,) = watched.receiver.messages
    assert (told["title"], told["message"]) == ("***", "refused: ***")


def test_what_has_no_form_but_the_plain_one_is_sent_as_its_owner_wrote_it() -> None:
    assert send(TRIAL, [Secret("syslog://local7")]) == [None]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("wish", ["", "?redirect=yes"])
def test_a_notice_or_heartbeat_goes_where_it_was_meant_to_and_no_further(
    status: int, wish: str, caplog: pytest.LogCaptureFixture
) -> None:
    with listening() as receiver, listening() as elsewhere:
        receiver.status = status
        receiver.location = f"http://127.0.0.1:{elsewhere.port}/"
        (failure,) = send(TRIAL, [Secret(f"{receiver.address}{wish}")])
        beat("sync", Secret(f"http://127.0.0.1:{receiver.port}/"), "")
        assert failure == "refused, or unreachable"
        assert f"answered {status}" in str([r.__dict__.get("facts") for r in caplog.records])
        assert (len(receiver.requests), elsewhere.requests) == (2, [])


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("json://hook.example/s3cret", "in plain"),
        ("xml://hook.example/s3cret", "in plain"),
        ("mailto://me:s3cret@mail.example", "in plain"),
        ("json://[2001:db8::1]/s3cret", "in plain"),
        ("json://localhost.example/s3cret", "in plain"),
        ("jsons://hook.example/s3cret?verify=no", "verify=no"),
        ("tgram://123456789:abcdefg_hijklmnop/123?verify=0", "verify=no"),
        # Several in one.
        ("jsons://hook.example/s3cret,json://hook.example/s3cret", "in plain"),
    ],
)
def test_a_notice_goes_in_plain_or_unverified_on_this_machine_only(address: str, why: str) -> None:
    (failure,) = send(TRIAL, [Secret(address)])
    assert failure is not None
    assert why in failure
    assert "s3cret" not in failure


def test_two_commands_that_end_together_tell_once(watched: Watched) -> None:
    watched.oversell()
    watched.work()
    now, together = watched.town.clock.now(), threading.Barrier(4)

    def end() -> None:
        together.wait()
        after_job(watched.config, clock=lambda: now)

    threads = [threading.Thread(target=end) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(watched.told) == 1


def test_a_mistake_in_telling_fails_no_job(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(watched.config.database) as store:
        store.connection.execute(
            "CREATE TRIGGER mistake BEFORE INSERT ON notice"
            " BEGIN SELECT RAISE(ABORT, 'this cannot be'); END"
        )
    watched.oversell()
    watched.run()
    assert "notice.bug" in caplog.text
    assert watched.told == []


def test_who_dies_while_telling_is_told_of_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.oversell()

    with monkeypatch.context() as patch:
        # As a killed process leaves it: taken, sent perhaps, not recorded.
        patch.setattr(news, "_sent", lambda *_, **__: False)
        watched.run()
    watched.tell()
    assert watched.told == [], "nobody else tells it while it may still be sending"
    watched.town.clock.move(seconds=news.LEASE.total_seconds() + 1)
    watched.tell()
    watched.tell()
    assert len(watched.told) == 1


def test_a_rehearsal_leaves_no_trace(watched: Watched) -> None:
    watched.oversell()
    watched.work()
    now = watched.town.clock.now()
    assert rehearsed(watched.config, now=now).problems.counts == {"oversold": 1}
    assert watched.town.store.connection.execute("SELECT count(*) FROM notice").fetchone()[0] == 0
    assert watched.told == []
    telling, ok = tell_news(watched.config, clock=watched.town.clock.now)
    assert (telling.problems.counts, ok) == ({"oversold": 1}, True)


def test_an_event_is_open_once(watched: Watched) -> None:
    row = "INSERT INTO notice (kind, subject, facts, opened_at) VALUES ('stale', '1', '{}', '')"
    connection = watched.town.store.connection
    connection.execute(row)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        connection.execute(row)


def test_looking_for_trouble_walks_no_products_and_no_listings(watched: Watched) -> None:
    connection = watched.town.store.connection
    asked: set[str] = set()
    connection.set_trace_callback(asked.add)
    with watched.town.store.transaction():
        news.settle(watched.town.store, watched.config, now=watched.town.clock.now())
        news.take(watched.town.store, watched.config, now=watched.town.clock.now())
    connection.set_trace_callback(None)
    plans = {
        sql: [r[3] for r in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        for sql in asked
        if sql.startswith(("INSERT INTO temp.found", "UPDATE notice"))
    }
    assert len(plans) >= 10
    for sql, plan in plans.items():
        # An index of what is wrong may be walked: it holds nothing else.
        walks = [
            s
            for s in plan
            if s.startswith("SCAN") and not re.search(r"stock_oversold|\(subquery", s)
        ]
        few = {"j", "k", "f", "w", "json_each", "unmanaged_listing", "a"}
        assert {s.split()[1] for s in walks} <= few, (sql, plan)
