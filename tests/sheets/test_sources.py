"""Of a source the newest file is taken, and nothing that is no file."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from cloudstock.errors import UsageProblem
from cloudstock.settings import Source
from cloudstock.sheets.reading.whole import copied
from cloudstock.sheets.sources import newest, states
from cloudstock.store import Store
from cloudstock.store.sources import Taken, remember
from tests.builders import NOW, after


def test_the_newest_file_is_taken(tmp_path: Path) -> None:
    for name, written_at in (("stock-1.csv", 20), ("stock-2.csv", 10), ("other.csv", 30)):
        (tmp_path / name).write_text("sku,quantity\n")
        os.utime(tmp_path / name, (written_at, written_at))
    os.mkfifo(tmp_path / "stock-3.csv")
    (tmp_path / "stock-4.csv").symlink_to("/dev/zero")
    assert newest(Source(tmp_path / "stock*.csv")).name == "stock-1.csv"


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file_is_told(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "stock.csv"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")
    with pytest.raises(UsageProblem, match="a folder, a pipe or a device"):
        newest(Source(file))
    # Nor is what took its place since.
    with pytest.raises(UsageProblem, match=r"a folder, a pipe or a device|Is a directory"):
        copied(file, tmp_path, streams=False)
    with pytest.raises(UsageProblem, match="there is no such file"):
        newest(Source(tmp_path / "none.csv"))


def test_a_source_is_stale_by_when_its_file_was_written_whenever_it_was_taken(
    store: Store, tmp_path: Path
) -> None:
    source = {"supplier": Source(tmp_path / "stock.csv", stale_after=timedelta(hours=1))}
    for written_at, is_stale in ((after(hours=-1), False), (after(hours=-1, seconds=-1), True)):
        with store.transaction():
            what = Taken("stock.csv", "digest", "{}", written_at, NOW, counted=1, changed=0)
            remember(store.connection, "supplier", what)
        (state,) = states(store.connection, source, now=NOW)
        assert state.stale is is_stale
