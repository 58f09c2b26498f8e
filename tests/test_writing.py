"""What stands in the place of a file that the program makes leads nothing astray."""

from __future__ import annotations

import os
import pty
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.__main__ import main
from cloudstock.marketplaces.pace import Pace
from cloudstock.sheets.written_file import written
from cloudstock.writing import PRIVATE, made
from tests.store.trade import CONFIG, sell_and_return, trade

DOCUMENTS = (
    ("export-stock", "made"),
    ("report", "--output", "made"),
    ("backup", "made"),
)
REPLACES = tuple((*line, "--force") for line in DOCUMENTS)
MAKES = (*DOCUMENTS, *REPLACES, ("init", "--config", "made"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with trade(tmp_path, sell_and_return):
        pass
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "config.yaml").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o022)
    yield tmp_path
    os.umask(before)


def run(*line: str) -> int:
    # `init` names what it makes by the very option.
    return main([*line, *(() if "--config" in line else ("--config", "config.yaml"))])


@pytest.mark.parametrize("line", MAKES, ids=" ".join)
@pytest.mark.parametrize("kind", ["link", "dangling link", "link to a device", "pipe"])
def test_a_planted_file_is_not_followed_and_hinders_nobody(
    folder: Path, line: tuple[str, ...], kind: str
) -> None:
    mine, place = folder / "mine", folder / "made"
    mine.write_text("mine")
    match kind:
        case "link":
            place.symlink_to(mine)
        case "dangling link":
            place.symlink_to(folder / "elsewhere")
        case "link to a device":
            place.symlink_to("/dev/full")
        case _:
            os.mkfifo(place)
    planted = place.readlink() if place.is_symlink() else place.lstat().st_ino
    code = run(*line)
    assert mine.read_text() == "mine"
    assert not (folder / "elsewhere").exists()
    if line in REPLACES:
        assert (code, stat.S_ISREG(place.lstat().st_mode)) == (0, True)
    else:
        # Never over anything.
        now = place.readlink() if place.is_symlink() else place.lstat().st_ino
        assert (code, now) == (2, planted)
    assert [p for p in folder.iterdir() if "part" in p.name] == []


@pytest.mark.parametrize("line", REPLACES, ids=" ".join)
def test_a_planted_file_gives_no_mode(folder: Path, line: tuple[str, ...]) -> None:
    place = folder / "made"
    for before, after in ((0o666, 0o644), (0o600, 0o600), (0o4777, 0o644)):
        place.write_text("planted")
        place.chmod(before)
        assert run(*line) == 0
        assert stat.S_IMODE(place.stat().st_mode) == (PRIVATE if line[0] == "backup" else after)


def test_what_another_command_seems_to_have_left_hinders_no_backup(folder: Path) -> None:
    os.mkfifo(folder / ".made-a.partial")
    (folder / ".made-b.partial").symlink_to("/dev/full")
    (folder / ".made-c.partial").mkdir()
    for path in folder.glob(".made-*"):
        os.utime(path, (0, 0), follow_symlinks=False)
    assert run("backup", "made") == 0


def test_a_pipe_that_somebody_reads_is_written(folder: Path) -> None:
    os.mkfifo(folder / "made")
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.append((folder / "made").read_text()))
    reader.start()
    # Until it has opened its end, the pipe would be replaced.
    descriptor = os.open(folder / "made", os.O_WRONLY)
    assert run("export-stock", "made") == 0
    os.close(descriptor)
    reader.join()
    assert told[0].startswith("sku,quantity")


def test_a_file_is_open_to_nobody_else_before_it_is_whole(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for mode in (0o600, 0o666):
            with made(tmp_path / "made", mode=mode, replace=True) as out:
                out.write(b"x")
                (part,) = tmp_path.glob(".made.*")
                assert stat.S_IMODE(part.stat().st_mode) == PRIVATE
            (tmp_path / "made").unlink()
    finally:
        os.umask(before)
    with pytest.raises(ZeroDivisionError), made(tmp_path / "made") as out:
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_obeys_nothing_that_is_in_a_document() -> None:
    ours, its = pty.openpty()
    text = "МУГ\x1b[2J\u202e\r\x07,\x9b1m\u200b7\n"
    with written(os.ttyname(its)) as out:
        assert out.isatty() is False
        out.write(text.encode())
    assert os.read(ours, 1000).decode() == "МУГ[2J,1m7\r\n"
    os.close(ours)
    os.close(its)


def test_a_planted_link_is_no_count_of_what_was_asked(tmp_path: Path) -> None:
    for target in ("elsewhere", "mine"):
        (tmp_path / "mine").write_text("mine")
        (tmp_path / "pace").symlink_to(tmp_path / target)
        Pace(tmp_path / "pace").close()
        assert (tmp_path / "mine").read_text() == "mine"
        assert not (tmp_path / "elsewhere").exists()
        (tmp_path / "pace").unlink()
