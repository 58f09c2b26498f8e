"""One writing run at a time, held by real processes."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloudstock.errors import Busy, DatabaseError
from cloudstock.lock import run_lock

HOLD = """
import sys
from pathlib import Path
from cloudstock.lock import run_lock
with run_lock(Path(sys.argv[1]), sys.argv[2], wait_s=0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "cloudstock.db"


@contextmanager
def holder(database: Path, command: str = "poll-orders") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its stdin ends or it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database), command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def no_wait(seconds: float) -> None:
    pytest.fail(f"waited {seconds} s though the lock was free or nothing was to be waited for")


def test_a_free_lock_is_taken_at_once_and_again(database: Path) -> None:
    for _ in range(2):
        with run_lock(database, "sync", wait_s=30, sleep=no_wait):
            pass


def test_a_mark_stays_for_the_next_who_holds_it(database: Path) -> None:
    with run_lock(database, "sync", wait_s=0) as held:
        assert held.mark == ""
        held.mark = "12"
    with (
        holder(database, "sync"),
        pytest.raises(Busy, match="sync"),
        run_lock(database, "again", wait_s=0),
    ):
        pytest.fail("two at once")
    with run_lock(database, "x" * 999, wait_s=0) as held:
        assert held.mark == "12"
        held.mark = ""
    assert database.with_name("cloudstock.db.lock").read_bytes() == b""


def test_a_held_lock_names_process_and_command_of_its_holder(database: Path) -> None:
    with (
        holder(database) as other,
        pytest.raises(Busy) as caught,
        run_lock(database, "sync", wait_s=0, sleep=no_wait),
    ):
        pytest.fail("both hold it")
    assert str(caught.value) == (
        f"another run (poll-orders, process {other.pid}) works on {database}; try again later"
    )


def test_the_wait_is_bounded(database: Path) -> None:
    passed = 0.0

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    with (
        holder(database),
        pytest.raises(Busy),
        run_lock(database, "sync", wait_s=7, sleep=sleep, monotonic=lambda: passed),
    ):
        pytest.fail("both hold it")
    assert passed == pytest.approx(7)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_dies_with_its_process_and_who_waits_gets_it(
    database: Path, end: signal.Signals
) -> None:
    with holder(database) as other:

        def sleep(seconds: float) -> None:
            other.send_signal(end)
            other.wait()

        with run_lock(database, "sync", wait_s=30, sleep=sleep):
            assert other.returncode == -end


WAIT = """
import sys, time
from pathlib import Path
from cloudstock.lock import run_lock
def sleep(seconds):
    print("waits", flush=True)
    time.sleep(seconds)
with run_lock(Path(sys.argv[1]), "push-stocks", wait_s=60, sleep=sleep) as held:
    print(held.is_wanted)
"""


def test_who_holds_it_sees_whether_another_waits(database: Path) -> None:
    words = [sys.executable, "-c", WAIT, str(database)]
    with run_lock(database, "sync", wait_s=0) as held:
        assert not held.is_wanted
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as waiter:
            assert waiter.stdout is not None
            assert waiter.stdout.readline() == "waits\n"
            assert held.is_wanted
            waiter.kill()
        assert not held.is_wanted
        waiter = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert waiter.stdout is not None
        assert waiter.stdout.readline() == "waits\n"
    # It waited, and nobody does any more.
    with waiter:
        assert waiter.stdout.read().splitlines()[-1] == "False"


def test_a_run_in_the_same_process_is_kept_out_too(database: Path) -> None:
    with (
        run_lock(database, "sync", wait_s=0),
        pytest.raises(Busy, match="sync"),
        run_lock(database, "push-stocks", wait_s=0),
    ):
        pytest.fail("both hold it")


def test_a_lock_is_let_go_when_its_run_fails(database: Path) -> None:
    with pytest.raises(RuntimeError), run_lock(database, "sync", wait_s=0):
        raise RuntimeError
    with run_lock(database, "sync", wait_s=0, sleep=no_wait):
        pass


def test_the_file_stays_is_private_and_names_nobody_afterwards(database: Path) -> None:
    with run_lock(database, "sync", wait_s=0):
        pass
    file = database.with_name("cloudstock.db.lock")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == b""


def test_what_a_killed_run_left_in_the_file_does_no_harm(database: Path) -> None:
    database.with_name("cloudstock.db.lock").write_bytes(b"\xff" * 5000)
    with (
        run_lock(database, "sync", wait_s=0),
        pytest.raises(Busy, match=r"\(sync, process"),
        run_lock(database, "sync", wait_s=0),
    ):
        pytest.fail("both hold it")


def test_a_command_with_control_characters_cannot_draw_on_a_terminal(database: Path) -> None:
    with (
        holder(database, "sy\x1b[2Jnc"),
        pytest.raises(Busy, match=r"\(sy\[2Jnc, "),
        run_lock(database, "sync", wait_s=0),
    ):
        pytest.fail("both hold it")


def test_a_missing_folder_is_told_by_name(tmp_path: Path) -> None:
    with (
        pytest.raises(DatabaseError, match=r"nowhere/cloudstock\.db\.lock: No such file"),
        run_lock(tmp_path / "nowhere" / "cloudstock.db", "sync", wait_s=0),
    ):
        pytest.fail("locked in a folder that is not there")


def test_a_symbolic_link_is_not_followed(tmp_path: Path, database: Path) -> None:
    database.with_name("cloudstock.db.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DatabaseError), run_lock(database, "sync", wait_s=0):
        pytest.fail("locked through a link")
    assert not (tmp_path / "elsewhere").exists()
