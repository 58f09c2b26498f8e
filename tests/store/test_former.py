"""Before a newer program changes a database's tables, a copy of it lies beside it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudstock.changes.backup import restore
from cloudstock.errors import DatabaseError
from cloudstock.store import Store
from cloudstock.store.former import COPIES_KEPT, copy_of
from cloudstock.store.migrations import LATEST, migrate

FORMER = LATEST - 1


@pytest.fixture
def former(tmp_path: Path) -> Path:
    """A database as the version before this one left it, with a change in its log alone."""
    return at_step(tmp_path / "cloudstock.db", FORMER)


def at_step(path: Path, steps: int) -> Path:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db, "", steps=steps)
        db.execute("INSERT INTO product (sku, name) VALUES ('BAG-04', '')")
    path.chmod(0o600)
    return path


def step_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT sku FROM product").fetchall() == [("BAG-04",)]
        assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def others(path: Path) -> set[str]:
    return {p.name for p in path.parent.iterdir()} - {path.name}


def test_it_is_copied_once_and_said(former: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        with Store.open(former):
            pass
    copy = copy_of(former, FORMER)
    assert others(former) == {copy.name}
    assert (step_of(copy), step_of(former)) == (FORMER, LATEST)
    assert copy.stat().st_mode & 0o777 == 0o600
    said = [r for r in caplog.records if r.message == "database.copied"]
    assert [(r.levelno, r.facts["copy"]) for r in said] == [(logging.WARNING, copy)]


def test_the_copy_leads_back_by_restore(former: Path) -> None:
    with Store.open(former):
        pass
    copy = copy_of(former, FORMER)
    restore(copy, former, now=datetime.now(UTC))
    # Nothing is left of the copy that was examined on the way.
    assert others(former) - {copy.name} == {p for p in others(former) if ".before-" in p}
    assert (step_of(copy), step_of(former)) == (FORMER, LATEST)


def test_the_last_three_are_kept(former: Path) -> None:
    steps = range(FORMER - COPIES_KEPT, LATEST)
    foreign = former.with_name("cloudstock.db.schema-1.txt")
    foreign.touch()
    for step in steps:
        at_step(former, step)
        with Store.open(former):
            pass
    copies = {f"cloudstock.db.schema-{step}" for step in steps[-COPIES_KEPT:]}
    assert others(former) == copies | {foreign.name}


def test_a_new_database_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "cloudstock.db"
    with Store.open(path, create=True):
        pass
    assert others(path) == set()


def test_where_no_copy_can_be_made_nothing_is_changed(former: Path) -> None:
    target = copy_of(former, FORMER)
    (target / "not empty").mkdir(parents=True)
    with pytest.raises(DatabaseError, match="schema-"), Store.open(former):
        pass
    assert step_of(former) == FORMER
    assert others(former) == {target.name}
