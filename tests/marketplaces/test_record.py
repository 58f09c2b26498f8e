"""The file of a record: whose it is, what a line holds, and what may happen to it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cloudstock.errors import Exit, UsageProblem
from cloudstock.marketplaces.base import Exchange
from cloudstock.marketplaces.record import Record
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.marketplaces.planted import EVERYTHING, PERSONAL, SECRETS, found
from tests.secrets_sought import OZON_KEY, WB_SIGNATURE, YM_KEY

AT = datetime(2026, 11, 29, 10, 0, 0, 123_456, UTC)
ACCOUNTS = (
    Account(
        "ozon-main",
        "ozon",
        (WarehouseLink("1020000", "Склад Задорожного"),),
        options={"client_id": "601601"},
        secrets={"api_key": Secret(OZON_KEY)},
    ),
    Account(
        "ym-main",
        "yandex_market",
        (),
        options={"business_id": "1000", "campaign_id": "2000"},
        secrets={"api_key": Secret(YM_KEY)},
    ),
)


def record(path: Path, **also: Any) -> Record:
    known = [Secret(s) for s in (OZON_KEY, WB_SIGNATURE, YM_KEY)]
    return Record(path, command="sync", accounts=ACCOUNTS, hidden=known, **also)


def exchange(**also: Any) -> Exchange:
    usual: dict[str, Any] = {
        "at": AT,
        "account": "ozon-main",
        "marketplace": "ozon",
        "method": "POST",
        "path": "/v4/posting/fbs/list",
        "query": {},
        "request": b'{"limit":100,"cursor":""}',
        "attempt": 1,
        "ms": 120,
        "status": 200,
        "headers": {"Date": "Sun, 29 Nov 2026 10:00:00 GMT"},
        "answer": b'{"postings":[],"has_next":false}',
    }
    return Exchange(**(usual | also))


def lines(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


# ---------------------------------------------------------------- lines


def test_a_record_tells_what_was_asked_and_answered(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    with record(path) as file:
        file.exchange(exchange())
        file.exchange(exchange(status=None, answer=b"", error="no answer in time", attempt=2))
        file.surprise("ozon-main", place="POST /x", field="status", word="new_word")
    first, good, failed, surprise, end = lines(path)
    assert first["cloudstock"]
    assert first["command"] == "sync"
    assert first["accounts"] == [
        # A name of a warehouse is the seller's own; so is the number that he signs in with.
        {
            "account": "ozon-main",
            "marketplace": "ozon",
            "warehouses": ["1020000"],
            "options": {},
        },
        {
            "account": "ym-main",
            "marketplace": "yandex_market",
            "warehouses": [],
            "options": {"business_id": "1000", "campaign_id": "2000"},
        },
    ]
    assert good == {
        "at": "2026-11-29T10:00:00.123Z",
        "account": "ozon-main",
        "marketplace": "ozon",
        "method": "POST",
        "path": "/v4/posting/fbs/list",
        "query": {},
        "request": {"limit": 100, "cursor": ""},
        "status": 200,
        "headers": {"date": "Sun, 29 Nov 2026 10:00:00 GMT"},
        "answer": {"postings": [], "has_next": False},
        "ms": 120,
        "attempt": 1,
    }
    assert failed["error"] == "no answer in time"
    assert failed["attempt"] == 2
    assert {"status", "answer", "headers"} & set(failed) == set()
    assert surprise == {
        "surprise": {
            "account": "ozon-main",
            "place": "POST /x",
            "field": "status",
            "word": "new_word",
        }
    }
    assert end == {"end": {"exchanges": 2, "whole": True}}


@pytest.mark.parametrize("value", EVERYTHING)
def test_nobody_is_found_wherever_a_text_may_come_from(tmp_path: Path, value: str) -> None:
    path = tmp_path / "report.jsonl"
    body = {
        "message": f"no {value} here",
        "code": value,
        "status": value,
        "addressee": {"name": value, "phone": value},
        "comment": value,
        value: value,
        "list": [value, [value]],
    }
    raw = json.dumps(body).encode()
    plain = json.dumps(body, ensure_ascii=False).replace("/", "\\/").encode()
    with record(path) as file:
        for bytes_ in (raw, plain, raw[:-2], f"<p>{value}</p>".encode(), value.encode()):
            file.exchange(exchange(answer=bytes_, status=403))
            file.exchange(exchange(request=bytes_))
        file.exchange(exchange(query={"fields": value, "page": 2}))
        file.exchange(exchange(status=None, error=f"connection failed ({value})"))
        names = ("Date", "Retry-After", "Content-Type", "X-Ratelimit-Retry", "X-O3-Trace-Id")
        file.exchange(exchange(headers=dict.fromkeys((*names, "Set-Cookie"), value)))
        file.surprise("ozon-main", place="POST /x", field="status", word=value)
    assert found(path.read_text(encoding="utf-8")) == []
    assert len(lines(path)) == 1 + 10 + 3 + 1 + 1


def test_only_harmless_headers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    kept = {
        "date": "Sun, 29 Nov 2026 10:00:00 GMT",
        "retry-after": "30",
        "content-type": "application/json; charset=utf-8",
        "ratelimit-remaining": "49",
        "x-ratelimit-retry": "1.5",
        "x-ratelimit-resource-until": "Sun, 29 Nov 2026 11:00:00 GMT",
    }
    with record(path) as file:
        other = {"Server": "nginx", "Set-Cookie": "a=b", "X-Request-Id": "1", "Via": "p"}
        file.exchange(exchange(headers=kept | other))
    assert lines(path)[1]["headers"] == kept


def test_a_line_is_one_line_whatever_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    article = "a\u2028b\x85c\nd\u202ee\x1b[2J\u0000"
    with record(path) as file:
        file.exchange(exchange(answer=json.dumps({"offer_id": article}).encode()))
        file.exchange(exchange(answer=b'{"offer_id":"\\ud800"}'))
        file.exchange(exchange(answer=b"\xff\xfe{"))
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) == text.count("\n") == 5
    assert text.replace("\n", "").isprintable()
    assert json.loads(text.splitlines()[1])["answer"]["offer_id"] == article


# ---------------------------------------------------------------- the file


def test_it_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    before = os.umask(0)
    try:
        with record(path) as file:
            file.exchange(exchange())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["file", "link", "dangling", "folder", "fifo"])
def test_whatever_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "report.jsonl", tmp_path / "other"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        if kind == "link":
            other.write_text("mine")
        path.symlink_to(other)
    with pytest.raises(UsageProblem) as caught:
        record(path)
    assert caught.value.exit_code == Exit.USAGE
    assert str(path) in str(caught.value)
    if kind == "file":
        assert path.read_text() == "mine"
    assert other.exists() is (kind == "link")
    assert kind != "link" or other.read_text() == "mine"


@pytest.mark.parametrize("place", ["nowhere/report.jsonl", "file/report.jsonl", "r" * 300, "a\0b"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblem):
        record(tmp_path / place)


def test_a_record_of_nothing_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    with record(path):
        assert path.exists()
    assert not path.exists()


def test_it_ends_at_its_bound_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    with record(path, bytes_max=20_000) as file:
        for _ in range(100):
            file.exchange(exchange())
        assert file.missing is not None
        assert 10 < file.exchanges < 100
        kept = file.exchanges
    told = lines(path)
    assert len(told) == kept + 2
    assert told[-1] == {"end": {"exchanges": kept, "whole": False}}
    assert path.stat().st_size <= 20_000


def test_an_answer_too_large_for_it_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    with record(path, bytes_max=20_000) as file:
        file.exchange(exchange())
        file.exchange(exchange(answer=json.dumps({"offer_id": ["A" * 1000] * 100}).encode()))
        file.exchange(exchange())
        assert file.exchanges == 1
    assert list(lines(path)[-1]) == ["end"]


SCRIPT = """
import resource, sys
from pathlib import Path
from tests.marketplaces.test_record import exchange, record
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
with record(Path(sys.argv[1])) as file:
    for n in range(100):
        file.exchange(exchange())
    print(file.exchanges, file.missing)
"""


def test_a_full_disk_leaves_whole_lines_and_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True
    )
    count, _, why = done.stdout.strip().partition(" ")
    assert why == "File too large"
    told = lines(path)
    assert len([line for line in told if "method" in line]) == int(count) > 5
    assert path.stat().st_size <= 5_000


KILLED = """
import sys
from pathlib import Path
from tests.marketplaces.test_record import exchange, record
file = record(Path(sys.argv[1]))
for n in range(20):
    file.exchange(exchange())
print("written", flush=True)
sys.stdin.read()
"""


def test_a_run_that_is_killed_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(lines(path)) == 1 + 20


def test_planted_people_are_found_where_they_are() -> None:
    """The search itself."""
    for value in (*PERSONAL, *SECRETS):
        assert found(value), value
        assert found(json.dumps({"a": [{"b": f"x {value} y"}]})), value
        assert found(json.dumps({value: 1}, ensure_ascii=False)), value
    assert found('{"phone": 79165550137}') == ["9165550137"]
    assert found("nothing of the kind: ***, <name>") == []
