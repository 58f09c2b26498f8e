"""Whatever the program makes is its owner's alone, whatever the umask; documents excepted."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.sandbox.world import World
from tests.system.conftest import SPEED, Shop, a_shop_in

OPEN, CLOSED = 0o000, 0o077


@pytest.fixture(params=[OPEN, CLOSED], ids=["umask 000", "umask 077"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def shop(tmp_path: Path, umask: int) -> Iterator[Shop]:
    with a_shop_in(tmp_path, World.standard(products=3, speed=SPEED, seed=1)) as shop:
        shop.run("init", "--config", "init.yaml")
        yield shop


def modes(folder: Path) -> dict[str, int]:
    return {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir() if p.is_file()}


def test_everything_is_its_owners_alone(shop: Shop, umask: int) -> None:
    book = shop.folder / "cloudstock.db"
    # -wal and -shm stay while somebody has the book open; so do those of -pace.
    holding = (
        "import sqlite3, sys, pathlib; names = sys.argv[1:];"
        " [pathlib.Path(n).exists() or sys.exit(n) for n in names];"
        " books = [sqlite3.connect(n) for n in names];"
        " [b.execute('SELECT * FROM sqlite_master').fetchall() for b in books];"
        " print('ready', flush=True); sys.stdin.read()"
    )
    shop.run("pull-catalog")
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(book), f"{book}-pace"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"ready\n"
        shop.run("poll-orders")
        shop.run("sync")
        shop.run("backup", "copy.db")
        shop.run("backup", "copy.db", "--force")
        found = modes(shop.folder)
        reader.stdin.close()
    shop.run("restore", "copy.db")
    found |= modes(shop.folder)
    names = {
        "cloudstock.db",
        "cloudstock.db-wal",
        "cloudstock.db-shm",
        "cloudstock.db.lock",
        "cloudstock.db-pace",
        "cloudstock.db-pace-wal",
        "cloudstock.db-pace-shm",
        "copy.db",
        "init.yaml",
    }
    assert names <= set(found)
    assert any(name.startswith("cloudstock.db.before-") for name in found)
    assert found == dict.fromkeys(found, 0o600)


def test_a_sheet_is_a_document_of_its_users(shop: Shop, umask: int) -> None:
    """It holds no key, and is made to be handed on: the umask decides, as for any document."""
    shop.run("pull-catalog")
    shop.run("export-stock", "new.csv")
    (shop.folder / "private.csv").touch()
    (shop.folder / "private.csv").chmod(0o600)
    shop.run("export-stock", "private.csv", "--force")
    found = modes(shop.folder)
    assert found["new.csv"] == 0o666 & ~umask
    assert found["private.csv"] == 0o600


def test_an_open_configuration_is_told_with_what_to_do(shop: Shop) -> None:
    path = shop.folder / "config.yaml"
    assert "chmod" not in shop.run("sync", "--quiet").err
    path.chmod(0o644)
    said = shop.run("sync", "--quiet").err
    assert "other users of this machine may read or change it" in said
    assert "run: chmod 600" in said
    path.chmod(0o600)
    assert "chmod" not in shop.run("sync", "--quiet").err


def test_an_open_database_is_told_and_closed(shop: Shop) -> None:
    book = shop.folder / "cloudstock.db"
    shop.run("pull-catalog")
    shop.run("backup", "copy.db")
    for mend in (("check", "--database", "--repair"), ("restore", "copy.db")):
        for file in (book, shop.folder / "cloudstock.db.lock"):
            file.chmod(0o644)
        told = f"other users of this machine may read or change {book} {book}.lock"
        assert told in shop.run("check", expect=None).err
        assert f"note: {told}" in shop.run("check", "--database").out
        shop.run(*mend)
        assert set(modes(shop.folder).values()) == {0o600}
        assert "other users" not in shop.run("check", expect=None).err
    shop.run("check", "--database", "--repair")
