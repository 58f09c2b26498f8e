"""The installed program tells a listener on this machine how its jobs end, and what is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.installed import how_to_add
from tests.receiver import Receiver, listening
from tests.secrets_sought import Search
from tests.system.conftest import Shop

SECRET = "n0tice-s3cret-of-the-seller"
PING = "h3artbeat-s3cret-of-the-seller"
SEARCH = Search({"notice": SECRET, "heartbeat": PING})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


def tell(shop: Shop, *, notices: str = "", beats: str = "") -> None:
    """Add who is told to the seller's configuration; told at once, however long it lasts."""
    path = shop.folder / "config.yaml"
    text = path.read_text()
    if notices:
        text += f"notify:\n  urls: ['{notices}']\n  after: 0s\n"
    if beats:
        text += f"heartbeats: {{sync: '{beats}', poll-orders: '{beats}-orders'}}\n"
    path.write_text(text)


def break_the_key(shop: Shop) -> None:
    path = shop.folder / "config.yaml"
    text = path.read_text()
    key = re.search(r"marketplace: ozon\n(?:.*\n)*?    api_key: (.*)\n", text)
    assert key is not None
    path.write_text(text.replace(key[1], "another-key-altogether"))


def test_heartbeats_tell_the_beginning_and_the_end_of_each_job(
    open_shop: Shop, receiver: Receiver
) -> None:
    tell(open_shop, beats=f"http://127.0.0.1:{receiver.port}/{PING}?from=shop")
    open_shop.run("sync")
    assert receiver.beats == [f"/{PING}/start?from=shop", f"/{PING}?from=shop"]
    open_shop.run("push-stocks")
    open_shop.run("sync", "--dry-run")
    assert len(receiver.beats) == 2, "no heartbeat is configured for it, and none for a rehearsal"
    break_the_key(open_shop)
    open_shop.run("sync", expect=1)
    assert receiver.beats[2:] == [f"/{PING}/start?from=shop", f"/{PING}/fail?from=shop"]


def test_a_job_that_cannot_begin_has_failed_and_one_that_waits_has_not(
    open_shop: Shop, receiver: Receiver
) -> None:
    tell(open_shop, beats=f"http://127.0.0.1:{receiver.port}/{PING}")
    database = open_shop.folder / "cloudstock.db"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import sys; from pathlib import Path; from cloudstock.lock import run_lock\n"
                "with run_lock(Path(sys.argv[1]), 'test', wait_s=5):\n"
                "    print('held', flush=True); sys.stdin.read()"
            ),
            str(database),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"held\n"
        open_shop.run("sync", "--wait", "0", expect=75)
        holder.stdin.close()
    assert receiver.beats == [f"/{PING}/start"], "the run that holds the lock tells its end"
    database.write_bytes(b"not a database" * 100)
    open_shop.run("sync", expect=1)
    assert receiver.beats[1:] == [f"/{PING}/start", f"/{PING}/fail"]


def test_what_is_wrong_is_told_once_and_shown_by_status(
    open_shop: Shop, receiver: Receiver
) -> None:
    tell(open_shop, notices=receiver.address)
    config = (open_shop.folder / "config.yaml").read_text()
    open_shop.run("sync")
    assert receiver.messages == []
    break_the_key(open_shop)
    open_shop.run("sync", "--dry-run", expect=1)
    assert receiver.messages == []
    for _ in range(3):
        open_shop.run("sync", expect=1)
    (message,) = receiver.messages
    assert "ozon-main: orders failed: " in message["message"]
    assert "`cloudstock check --account ozon-main` tells" in message["message"]
    status = open_shop.run("status", expect=1)
    assert re.search(r"Notices:\n  ozon-main: orders failed(.*\n)*.*\(told 20", status.out)
    (notice,) = open_shop.run("status", "--json", expect=1).json["notices"]
    assert (notice["kind"], notice["account"]) == ("failed", "ozon-main")
    (open_shop.folder / "config.yaml").write_text(config)
    for _ in range(2):
        open_shop.run("sync")
    assert "ozon-main: orders succeeds again" in receiver.messages[1]["message"]
    assert len(receiver.messages) == 2


def test_the_command_tells_and_rehearses(open_shop: Shop, receiver: Receiver) -> None:
    missing = open_shop.run("notify", expect=78)
    assert "names no address to send to" in missing.err
    tell(open_shop, notices=receiver.address)
    assert open_shop.run("notify").out == "There is nothing new to send.\n"
    assert open_shop.run("notify", "--test", "--dry-run").out == "1 address took it.\n"
    assert receiver.messages == []
    assert open_shop.run("notify", "--test").out == "1 address took it.\n"
    assert receiver.messages[0]["title"] == "cloudstock: a test notice"
    sku = open_shop.skus()[0]
    assert open_shop.buys("ozon-main", (sku, 2))
    open_shop.run("poll-orders")
    open_shop.run("set-stock", sku, "1")
    rehearsed = open_shop.run("notify", "--dry-run", "--json").json
    assert "oversold" in rehearsed["messages"][0]["body"]
    assert len(receiver.messages) == 1
    told = open_shop.run("notify")
    assert receiver.messages[1]["message"].rstrip() in told.out
    assert open_shop.run("notify").out == "There is nothing new to send.\n"
    assert len(receiver.messages) == 2


def test_a_listener_that_is_gone_changes_no_exit_code_and_learns_nothing_less(
    open_shop: Shop,
) -> None:
    tell(
        open_shop,
        notices=f"json://127.0.0.1:1/{SECRET}",
        beats=f"http://127.0.0.1:1/{PING}",
    )
    assert open_shop.run("sync").code == 0
    break_the_key(open_shop)
    for words in (("sync",), ("sync", "-v"), ("sync", "--json", "--log-format", "json")):
        ended = open_shop.run(*words, expect=1)
        assert "heartbeat.failed" in ended.err
        assert "notice.failed" in ended.err
        assert SEARCH.found(ended.out + ended.err) == []
    quiet = open_shop.run("sync", "--quiet", expect=1)
    assert quiet.err.count("WARNING notice.failed") == 1
    ended = open_shop.run("notify", "--test", expect=1)
    assert SEARCH.found(ended.out + ended.err) == []
    assert list(SEARCH.files(open_shop.folder, but=("config.yaml",))) == []
    again = open_shop.run("notify", "--json", expect=1).json
    assert again["ok"] is False


def test_without_the_library_a_job_goes_on_and_says_what_to_install(open_shop: Shop) -> None:
    tell(open_shop, notices=f"json://127.0.0.1:1/{SECRET}")
    run = (
        "import sys; sys.modules['apprise'] = None; from cloudstock.__main__ import main;"
        " sys.exit(main(sys.argv[1:]))"
    )

    def program(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", run, *words],
            cwd=open_shop.folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(open_shop.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert program("sync").returncode == 0
    tested = program("notify", "--test")
    assert tested.returncode == 78
    assert how_to_add("notify") in tested.stderr
    break_the_key(open_shop)
    ended = program("sync", "--json")
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["command"] == "sync"
    assert how_to_add("notify") in ended.stderr


def test_nothing_is_loaded_where_there_is_nothing_to_tell(
    open_shop: Shop, receiver: Receiver, tmp_path: Path
) -> None:
    tell(open_shop, notices=receiver.address)
    show = (
        "import sys; from cloudstock.__main__ import main; main(['sync', '--quiet']);"
        " print([m for m in ('apprise', 'requests') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", show],
        cwd=open_shop.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "[]\n"
