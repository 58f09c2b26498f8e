"""The numbers of a sheet have the time at which they were true."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudstock.domain.records import Step
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.exporting import export_stock
from cloudstock.sheets.importing import ImportResult, import_stock
from cloudstock.sheets.timing import MovedSince
from cloudstock.store import Store
from tests.acting import adjust_stock, set_stock
from tests.builders import (
    NOW,
    account,
    after,
    book,
    contents,
    count,
    ledger,
    level,
    order,
    product,
)


@pytest.fixture
def read(store: Store) -> Store:
    """Its orders are read since an hour before `NOW`; there are seven mugs and four cups."""
    owner, since = store.catalog.account_ids()["ozon-main"], after(hours=-1)
    with store.transaction():
        store.cursors.finish(owner, "orders", began_at=since, read_until=since, now=since)
    count(store, "MUG", 7)
    count(store, "CUP", 4)
    return store


def sheet(folder: Path, *lines: str) -> Path:
    file = folder / "stock.csv"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def written(file: Path, at: datetime) -> Path:
    """The file as it were if it had been written then."""
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def ships(store: Store, sku: str, at: datetime) -> None:
    left = order(f"of {sku}", {sku: 1}, Step.SHIPPED, shipped_at=at)
    book(store, account(), left, now=at, watched_since=NOW)


def asked(store: Store, file: Path, **more: Any) -> str:
    """Return what is asked about a file, having seen that nothing changed."""
    before = contents(store)
    with pytest.raises(Unconfirmed) as raised:
        import_stock(store, file, **more)
    assert contents(store) == before
    return str(raised.value)


@pytest.mark.parametrize("name", ["stock.csv", "stock.xlsx"])
def test_of_an_exported_sheet_what_was_touched_is_a_count_of_then(
    read: Store, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    export_stock(read, file, now=after(minutes=5))
    ships(read, "MUG", after(minutes=6, microseconds=1))
    ships(read, "CUP", after(minutes=7, microseconds=1))
    # Eight mugs were found, and a pot.
    if name == "stock.csv":
        text = file.read_text()
        text = text.replace("MUG,7,", "MUG,8,").replace("POT,,", "POT,1,")
        file.write_text(text)
    else:
        workbook = openpyxl.load_workbook(file)
        for row in workbook.active.iter_rows():
            row[1].value = {"MUG": 8, "POT": 1}.get(row[0].value, row[1].value)
        workbook.save(file)
    result = import_stock(read, file, now=after(hours=1))
    assert result == ImportResult(
        rows=2,
        first_counted=1,
        changed=1,
        untouched=1,
        units_added=2,
        moved_since=(MovedSince("MUG", "main", 8, -1),),
    )
    assert [level(read, sku)[0] for sku in ("MUG", "CUP", "POT")] == [7, 3, 1]
    mug, main = product(read, "MUG"), read.ledger.warehouse("main")
    assert read.ledger.level(mug, main).counted_at == after(minutes=5)
    assert read.ledger.totals_that_differ() == []


def test_what_was_corrected_right_before_an_export_is_in_it(read: Store, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    adjust_stock(read, "MUG", 1, reason="found", now=after(minutes=5, microseconds=9))
    export_stock(read, file, now=after(minutes=5, microseconds=9))
    file.write_text(file.read_text().replace("MUG,8,", "MUG,6,"))
    assert import_stock(read, file, now=after(hours=1)).moved_since == ()
    assert level(read, "MUG")[0] == 6


def test_a_sheet_of_earlier_is_reckoned_row_by_row(read: Store, tmp_path: Path) -> None:
    ships(read, "MUG", after(minutes=6, microseconds=1))
    file = sheet(
        tmp_path,
        "sku,quantity,as_of",
        "MUG,7,2026-11-23T10:05Z",
        "CUP,9,",
        "POT,2,2026-11-23T13:05+03:00",
    )
    assert import_stock(read, file, now=after(hours=1)).moved_since == (
        MovedSince("MUG", "main", 7, -1),
    )
    assert [level(read, sku)[0] for sku in ("MUG", "CUP", "POT")] == [6, 9, 2]
    # One word for all of it goes before what the rows say.
    import_stock(read, file, now=after(hours=2), at=after(minutes=10), yes=True)
    assert level(read, "MUG") == (7, 0)


def test_a_sheet_of_the_past_means_what_single_counts_of_the_past_mean(
    store: Store, tmp_path: Path
) -> None:
    counts, at, now = {"MUG": 5, "CUP": 6}, after(minutes=5), after(minutes=30)
    count(store, "MUG", 3)
    count(store, "MUG", 9, now=after(minutes=20))
    ships(store, "MUG", after(minutes=9))
    ships(store, "CUP", after(minutes=9))
    file = sheet(tmp_path, "sku,quantity", *(f"{sku},{n}" for sku, n in counts.items()))
    copy = tmp_path / "copy.db"
    store.connection.execute("VACUUM INTO ?", (str(copy),))
    assert import_stock(store, file, now=now, at=at, yes=True).units_removed == 5
    with Store.open(copy) as other:
        for sku, quantity in counts.items():
            set_stock(other, sku, quantity, now=now, at=at, yes=True)
        for sku in counts:
            assert level(other, sku) == level(store, sku) == (counts[sku] - 1, 0)
        assert sorted(ledger(other)) == sorted(ledger(store))


@pytest.mark.parametrize(
    ("lines", "trouble"),
    {
        "a time to come": (("sku,quantity,as_of", "MUG,1,2030-01-01"), "is yet to come"),
        "no time": (("sku,quantity,as_of", "MUG,1,monday"), "'monday' is not a time"),
        "no number": (("sku,quantity,was", "MUG,x,y"), r"\(was\): 'y' is not a whole number"),
        "untouched and no number": (("sku,quantity,was", "MUG,x,"), r"\(quantity\): 'x'"),
        "rubbed out": (("sku,quantity,was", "MUG,,7"), r"\(quantity\): is empty"),
    }.values(),
)
def test_what_cannot_be_is_told_by_its_place(
    read: Store, tmp_path: Path, lines: tuple[str, ...], trouble: str
) -> None:
    before = contents(read)
    with pytest.raises(UsageProblem, match=trouble):
        import_stock(read, sheet(tmp_path, *lines), now=after(hours=1))
    assert contents(read) == before


def test_a_count_of_this_very_moment_is_not_yet_to_come(read: Store, tmp_path: Path) -> None:
    now = after(hours=1)
    file = sheet(tmp_path, "sku,quantity,as_of", f"MUG,3,{now.isoformat()}")
    assert import_stock(read, file, now=now).changed == 1
    file = sheet(tmp_path, "sku,quantity,as_of", f"MUG,4,{after(hours=1, seconds=1).isoformat()}")
    with pytest.raises(UsageProblem, match="is yet to come"):
        import_stock(read, file, now=now)


def test_what_was_available_at_two_times_lay_there_with_what_was_reserved_at_each(
    read: Store, tmp_path: Path
) -> None:
    for sku in ("MUG", "CUP"):
        made = order(f"of {sku}", {sku: 1}, created_at=after(minutes=11))
        book(read, account(), made, now=after(minutes=12))
        ended = replace(made, step=Step.CANCELLED, changed_at=after(minutes=20))
        book(read, account(), ended, now=after(minutes=21))
    before, since = after(minutes=15).isoformat(), after(minutes=25).isoformat()
    file = sheet(tmp_path, "sku,quantity,as_of", f"MUG,3,{before}", f"CUP,3,{since}")
    import_stock(read, file, now=after(hours=1), answers=Answers(means="available"))
    assert (level(read, "MUG"), level(read, "CUP")) == ((4, 0), (3, 0))


def test_what_is_below_zero_is_exported_and_comes_back(read: Store, tmp_path: Path) -> None:
    book(read, account(), order("1", {"CUP": 6}), now=after(minutes=1))
    book(read, account(), order("1", {"CUP": 6}, Step.SHIPPED), now=after(minutes=2))
    export_stock(read, tmp_path / "out.csv", now=after(minutes=3))
    assert "CUP,-2,main" in (tmp_path / "out.csv").read_text()
    assert import_stock(read, tmp_path / "out.csv", now=after(minutes=4)).untouched == 2


def test_a_row_that_was_not_touched_counts_what_this_database_never_counted(
    read: Store, tmp_path: Path
) -> None:
    book(read, account(), order("1", {"POT": 1}), now=after(minutes=1))
    file = sheet(tmp_path, "sku,quantity,was", "POT,2,2", "MUG,9,9")
    result = import_stock(read, file, now=after(hours=1))
    assert (result.first_counted, result.untouched) == (1, 1)
    assert [level(read, sku) for sku in ("POT", "MUG")] == [(2, 1), (7, 0)]


def test_of_a_source_a_count_that_was_made_after_the_file_was_written_stands(
    read: Store, tmp_path: Path
) -> None:
    count(read, "CUP", 3, now=after(hours=2))
    for hours, mugs, cups in ((1, 5, 3), (2, 6, 4)):
        file = written(sheet(tmp_path, "sku,quantity", f"MUG,{mugs}", "CUP,4"), after(hours=hours))
        import_stock(read, file, source="supplier", now=after(hours=3))
        assert [level(read, sku)[0] for sku in ("MUG", "CUP")] == [mugs, cups]


# ---------------------------------------------------------------- what is asked first


def test_the_same_file_again_is_asked_about(read: Store, tmp_path: Path) -> None:
    file = sheet(tmp_path, "sku,quantity", "MUG,5")
    import_stock(read, file, now=after(hours=1))
    other = file.rename(tmp_path / "again.csv")
    question = asked(read, other, now=after(hours=2))
    assert "again.csv: the same was imported on" in question
    assert "(as stock.csv)" in question
    assert import_stock(read, other, now=after(hours=2), yes=True).rows == 1
    # What counts nothing changes nothing, however often.
    export_stock(read, tmp_path / "out.csv", now=after(hours=3))
    for hours in (4, 5):
        assert import_stock(read, tmp_path / "out.csv", now=after(hours=hours)).rows == 0


def test_a_file_older_than_the_last_count_is_asked_about(read: Store, tmp_path: Path) -> None:
    count(read, "CUP", 3, now=after(hours=2))
    file, now = sheet(tmp_path, "sku,quantity", "MUG,5", "CUP,4", "POT,1"), after(hours=3)
    question = asked(read, written(file, after(hours=1)), now=now)
    assert "CUP was counted in main on" in question
    assert "after the file was written" in question
    assert "MUG" not in question
    assert "CUP was counted in main on" in asked(read, file, now=now, at=after(hours=1))
    assert "not read yet" in asked(read, file, now=now, at=after(hours=-2))
    # Its numbers are of now, and the file merely older than the first count.
    assert import_stock(read, written(file, after(hours=2)), now=now).rows == 3


def test_many_products_are_named_by_the_first_ones(store: Store, tmp_path: Path) -> None:
    skus = [f"S-{n:02}" for n in range(30)]
    for sku in skus:
        store.connection.execute("INSERT INTO product (sku) VALUES (?)", (sku,))
        count(store, sku, 3)
    file = sheet(tmp_path, "sku,quantity", *(f"{sku},1" for sku in skus))
    question = asked(store, written(file, after(hours=-1)), now=after(hours=1)).splitlines()
    assert len(question) == 21
    assert question[-1] == "and 10 more"
