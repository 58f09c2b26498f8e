"""A file is taken whole, by a private copy, or not at all."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudstock.errors import Exit, Unfinished, UsageProblem
from cloudstock.sheets.reading import whole
from cloudstock.sheets.reading.whole import copied, display_name

WRITTEN_AT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (folder := tmp_path / "private").mkdir()
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "stock.csv"
    file.write_bytes(b"sku,quantity\nA,1\n")
    os.utime(file, (WRITTEN_AT.timestamp(),) * 2)
    return file


class Waiting:
    """Notes how long was waited; each time something may happen to the file."""

    def __init__(self, *happenings: object) -> None:
        self.seconds = 0.0
        self._happenings = list(happenings)

    def __call__(self, seconds: float) -> None:
        self.seconds += seconds
        if self._happenings and callable(happening := self._happenings.pop(0)):
            happening()


def test_a_file_is_copied_where_nobody_else_reads_it(file: Path, folder: Path) -> None:
    waiting = Waiting()
    copy = copied(file, folder, pause=waiting)
    file.write_bytes(b"sku,quantity\nA,2\n")
    assert copy.path.read_bytes() == b"sku,quantity\nA,1\n"
    assert stat.S_IMODE(copy.path.stat().st_mode) == 0o600
    assert (copy.name, copy.written_at) == (str(file), WRITTEN_AT)
    assert waiting.seconds == 0


def test_the_same_content_has_the_same_digest(file: Path, folder: Path) -> None:
    other = file.with_name("other.csv")
    other.write_bytes(file.read_bytes())
    first, second = copied(file, folder), copied(other, folder)
    assert first.digest == second.digest
    assert first.path != second.path
    other.write_bytes(b"sku,quantity\nA,2\n")
    assert copied(other, folder).digest != first.digest


linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux tells who writes a file")


@linux
def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path, folder: Path) -> None:
    out = (tmp_path / "stock.csv").open("wb")
    out.write(b"sku,quantity\nA,1\n")
    out.flush()
    waiting = Waiting(lambda: out.write(b"B,2\n"), out.close)
    copy = copied(tmp_path / "stock.csv", folder, pause=waiting)
    assert copy.path.read_bytes() == b"sku,quantity\nA,1\nB,2\n"
    assert waiting.seconds == 2 * whole.STEP_S
    assert len(list(folder.iterdir())) == 1


@linux
def test_a_file_that_stays_in_writing_is_not_taken(tmp_path: Path, folder: Path) -> None:
    waiting = Waiting()
    with (tmp_path / "stock.csv").open("wb") as out:
        out.write(b"sku,quantity\n")
        with pytest.raises(Unfinished, match="still being written") as caught:
            copied(tmp_path / "stock.csv", folder, pause=waiting)
    assert caught.value.exit_code == Exit.TRY_LATER
    assert waiting.seconds == whole.PATIENCE_S
    assert not list(folder.iterdir())


@linux
def test_a_file_that_a_spreadsheet_shows_is_taken(file: Path, folder: Path) -> None:
    with file.open("r+b"):
        assert copied(file, folder, pause=Waiting()).written_at == WRITTEN_AT


def grow(file: Path) -> None:
    """Write as one would whom the system cannot name: the file is closed again at once."""
    with file.open("ab") as out:
        out.write(b"B,2\n")


def test_where_the_system_cannot_tell_a_file_must_rest(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole.sys, "platform", "darwin")
    # Of long ago.
    assert copied(file, folder, pause=Waiting()).written_at == WRITTEN_AT
    # By a clock that is ahead.
    ahead = (datetime.now(UTC).timestamp() + 3600,) * 2
    os.utime(file, ahead)

    def grows() -> None:
        grow(file)
        os.utime(file, ahead)

    waiting = Waiting(None, grows)
    copy = copied(file, folder, pause=waiting)
    assert copy.path.read_bytes() == b"sku,quantity\nA,1\nB,2\n"
    assert waiting.seconds == 2 * whole.STEP_S + whole.UNTOUCHED_S
    # And one that grows all the time.
    with pytest.raises(Unfinished):
        copied(file, folder, pause=Waiting(*[grows] * 100))


def test_a_file_that_changes_while_it_is_read_is_read_again(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file takes its name between the last byte and the last look."""
    write, times = whole._write, []

    def writes(source: io.BufferedReader, name: str, folder: Path) -> object:
        made = write(source, name, folder)
        if not times:
            times.append(1)
            new = file.with_name("new")
            new.write_bytes(b"sku,quantity\nA,9\n")
            os.utime(new, (WRITTEN_AT.timestamp(),) * 2)
            new.rename(file)
        return made

    monkeypatch.setattr(whole, "_write", writes)
    copy = copied(file, folder, pause=Waiting())
    assert copy.path.read_bytes() == b"sku,quantity\nA,9\n"
    assert list(folder.iterdir()) == [copy.path]


def test_standard_input_and_pipes_are_copied(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"sku,quantity\n")))
    copy = copied("-", folder)
    assert (copy.name, copy.written_at) == ("standard input", None)
    assert copy.path.read_bytes() == b"sku,quantity\n"

    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"sku\n",))
    writer.start()
    copy = copied(tmp_path / "pipe", folder)
    writer.join()
    assert (copy.written_at, copy.path.read_bytes()) == (None, b"sku\n")


def test_a_stream_without_end_fills_no_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "BYTES_MAX", 3 * whole.CHUNK)
    with pytest.raises(UsageProblem, match="is larger than 3,145,728 bytes"):
        copied("/dev/zero", folder)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageProblem, match=r"none\.csv: No such file"):
        copied(tmp_path / "none.csv", folder)
    with pytest.raises(UsageProblem, match="Is a directory"):
        copied(tmp_path, folder)


def test_names_are_told_as_they_can_be(tmp_path: Path, folder: Path) -> None:
    name = os.fsdecode("остатки".encode("cp1251") + b"\n\x1b[1m.csv")
    (tmp_path / name).write_bytes(b"sku\n")
    copy = copied(tmp_path / name, folder)
    assert copy.name == f"{tmp_path}/" + r"\xee\xf1\xf2\xe0\xf2\xea\xe8\n\x1b[1m.csv"
    assert display_name("остатки.csv") == "остатки.csv"


def test_a_pipe_that_nobody_writes_to_holds_up_nobody(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "PATIENCE_S", 0.3)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unfinished, match="is still being written"):
        copied(tmp_path / "pipe", folder)
