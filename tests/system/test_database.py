"""A database that is not where it was is never begun anew by itself."""

from __future__ import annotations

import pytest

from tests.system.conftest import Shop

JOBS = ("sync", "pull-catalog", "poll-orders", "poll-returns", "poll-reserves", "push-stocks")


@pytest.fixture
def lost(open_shop: Shop) -> Shop:
    """A shop at work, whose disk is not mounted."""
    disk = open_shop.folder / "disk"
    disk.mkdir()
    for file in open_shop.folder.glob("cloudstock.db*"):
        file.rename(disk / file.name)
    return open_shop


@pytest.mark.parametrize(
    "words",
    [
        *((job, "--quiet") for job in JOBS),
        ("sync",),
        ("sync", "--dry-run"),
        ("pull-catalog", "--dry-run"),
        ("status",),
    ],
)
def test_no_command_begins_one_by_itself(lost: Shop, words: tuple[str, ...]) -> None:
    asked, before = lost.breaches(), set(lost.folder.iterdir())
    ended = lost.run(*words, expect=78)
    assert f"there is no database {lost.folder / 'cloudstock.db'}" in ended.err
    for way in ("mount its disk", "`cloudstock restore FILE`", "`cloudstock create-database`"):
        assert way in ended.err
    assert (set(lost.folder.iterdir()), lost.breaches()) == (before, asked)


def test_check_asks_the_accounts_and_names_what_is_missing(lost: Shop) -> None:
    (lost.folder / "cloudstock.db.lock").touch()
    before = set(lost.folder.iterdir())
    ended = lost.run("check", expect=78)
    assert "ozon-main" in ended.out
    assert "create-database" in ended.err
    answer = lost.run("check", "--json", expect=78).json
    assert (answer["ok"], answer["error"]["kind"]) == (False, "database")
    assert all(account["ok"] for account in answer["accounts"])
    assert set(lost.folder.iterdir()) == before


def test_check_of_a_new_seller_is_green_and_begins_none(lost: Shop) -> None:
    before = set(lost.folder.iterdir())
    assert "there is no database yet" in lost.run("check").out
    assert set(lost.folder.iterdir()) == before


def test_it_goes_on_where_it_is_found_again(lost: Shop) -> None:
    lost.run("sync", expect=78)
    for file in (lost.folder / "disk").iterdir():
        file.rename(lost.folder / file.name)
    assert lost.buys("ozon-main", (lost.skus()[0], 1))
    lost.run("sync")
    lost.assert_true()


def test_a_first_run_begins_one_once(lost: Shop) -> None:
    said = lost.run("create-database").out
    assert f"{lost.folder / 'cloudstock.db'} is a new, empty database" in said
    again = lost.run("create-database", expect=2)
    assert "exists; a new one never takes its place" in again.err
    lost.run("pull-catalog")
    # Nothing was counted in it, so nothing is pushed.
    assert all(row["on_hand"] is None for row in lost.stock().values())


def test_the_first_catalog_read_by_hand_begins_one(lost: Shop) -> None:
    assert "is a new, empty database" in lost.run("pull-catalog").out
    assert "is a new" not in lost.run("pull-catalog").out


def test_where_a_run_left_its_lock_there_was_one(lost: Shop) -> None:
    (lost.folder / "disk" / "cloudstock.db.lock").rename(lost.folder / "cloudstock.db.lock")
    before = set(lost.folder.iterdir())
    assert "there is no database" in lost.run("pull-catalog", expect=78).err
    assert set(lost.folder.iterdir()) == before


@pytest.mark.parametrize("by_command", [False, True])
def test_an_old_copy_is_named_and_what_it_lacks_is_read_and_sent(
    open_shop: Shop, by_command: bool
) -> None:
    """A person may put it back by `restore`, or by copying the file."""
    database, sku = open_shop.folder / "cloudstock.db", open_shop.skus()[0]
    open_shop.run("backup", "copy.db")
    for account in ("ozon-main", "wb-main"):
        assert open_shop.buys(account, (sku, 2))
        open_shop.run("sync")
    if by_command:
        open_shop.run("restore", "copy.db")
    else:
        for file in open_shop.folder.glob("cloudstock.db-*"):
            file.unlink()
        (open_shop.folder / "copy.db").replace(database)
    open_shop.run("sync")
    open_shop.assert_true()
    assert "the database is an old copy" in open_shop.run("status", expect=1).out
    open_shop.run("set-stock", sku, str(open_shop.truth()[sku]["on_hand"]))
    open_shop.run("sync")
    assert "old copy" not in open_shop.run("status").out


def test_a_new_database_is_no_old_copy(lost: Shop) -> None:
    lost.run("create-database")
    lost.run("sync")
    assert "old copy" not in lost.run("status", expect=None).out


def test_an_empty_file_is_damage_that_a_copy_mends(open_shop: Shop) -> None:
    open_shop.run("backup", "copy.db")
    (open_shop.folder / "cloudstock.db").write_bytes(b"")
    for words in (("sync",), ("status",), ("check",), ("check", "--database")):
        assert "damaged: it is empty (0 bytes)" in open_shop.run(*words, expect=1).err
    assert (open_shop.folder / "cloudstock.db").stat().st_size == 0
    open_shop.run("restore", "copy.db")
    open_shop.run("sync")
    open_shop.assert_true()
