from pathlib import Path

import pytest

from cloudstock.store import Store
from cloudstock.store.integrity import examine
from tests.benchmarks.data import NOW, Shape, build, sku_of
from tests.builders import level

SHAPE = Shape(products=20, accounts=4, rows=70)


def _count(store: Store, table: str) -> int:
    return int(store.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_made_book_is_whole_and_as_large_as_asked(tmp_path: Path) -> None:
    made = build(tmp_path, SHAPE)
    with Store.open(made.database) as store:
        found = examine(store)
        assert (found.wrong, found.notable) == ((), ())
        assert _count(store, "product") == 20
        assert _count(store, "listing") == _count(store, "listing_stock") == 80
        assert _count(store, "movement") == 70
        # Its first three movements: counted, one up, one down; the first ten had a fourth.
        assert level(store, sku_of(20)) == (70, 0)
        assert level(store, sku_of(10)) == (61, 0)


def test_its_windows_are_in_step_or_were_never_pushed(tmp_path: Path) -> None:
    for in_step, due in ((True, 0), (False, 20)):
        folder = tmp_path / str(in_step)
        made = build(folder, Shape(products=20, accounts=1, in_step=in_step))
        with Store.open(made.database) as store:
            found = store.targets.differences(1, now=NOW, full=False, raisable=frozenset({1}))
            assert len(list(found)) == due
            assert store.targets.refresh() == 0


def test_its_triggers_and_indexes_are_those_of_the_schema(tmp_path: Path) -> None:
    made = build(tmp_path / "made", SHAPE)
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
    with (
        Store.open(made.database) as store,
        Store.open(tmp_path / "empty.db", create=True) as empty,
    ):
        assert [tuple(r) for r in store.connection.execute(schema)] == [
            tuple(r) for r in empty.connection.execute(schema)
        ]


def test_a_book_that_is_there_is_left_alone(tmp_path: Path) -> None:
    made = build(tmp_path, Shape(products=1, accounts=1))
    before = made.database.read_bytes()
    with pytest.raises(FileExistsError):
        build(tmp_path, SHAPE)
    assert made.database.read_bytes() == before
