"""Moments and numbers as people write and read them: one zone, two languages, clocks put back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from cloudstock.errors import UsageProblem
from cloudstock.language import local, speaking, tr, trn

SUMMER = datetime(2026, 7, 1, 9, 5, tzinfo=UTC)
# Berlin's clocks are put back from 3 to 2 at 01:00 UTC, and forward from 2 to 3.
BACK = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
FORWARD = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
HALF = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def in_berlin() -> Iterator[None]:
    local.use_zone("Europe/Berlin")
    yield
    local.use_zone(None)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ("2026-07-01 11:05", "2026-07-01", "07-01", "1,234,567", "-12,345", "0.5", "12.5%")),
        (
            "ru",
            ("01.07.2026 11:05", "01.07.2026", "01.07", "1 234 567", "-12 345", "0,5", "12,5 %"),
        ),
    ],
)
def test_each_language_has_its_own_dates_and_numbers(
    language: str, written: tuple[str, ...]
) -> None:
    with speaking(language):
        assert written == (
            local.when(SUMMER),
            local.day(SUMMER),
            local.short_day(SUMMER),
            *(local.whole(n).replace("\xa0", " ") for n in (1_234_567, -12_345)),
            local.decimal(0.5),
            local.per_cent(0.125).replace("\xa0", " "),
        )
        assert local.when(None) == "—"


def test_sentences_write_moments_with_their_zone_and_numbers_in_groups() -> None:
    assert local.filled("{at}; {at:day}; {n:,}; {n}", {"at": SUMMER, "n": 1234}) == (
        "2026-07-01 11:05 CEST; 2026-07-01; 1,234; 1234"
    )
    assert trn("{n} unit", "{n} units", 12345) == "12,345 units"
    assert tr("no zone of {n}", n=True) == "no zone of True"


def test_a_time_that_comes_twice_is_written_with_its_offset_and_read_back() -> None:
    times = [local.when(BACK + n * HALF) for n in (-3, -2, -1, 0, 1, 2)]
    assert times == [
        "2026-10-25 01:30",
        "2026-10-25 02:00+02:00",
        "2026-10-25 02:30+02:00",
        "2026-10-25 02:00+01:00",
        "2026-10-25 02:30+01:00",
        "2026-10-25 03:00",
    ]
    read = [local.utc(datetime.fromisoformat(t)) for t in times]
    assert read == [BACK + n * HALF for n in (-3, -2, -1, 0, 1, 2)]


def test_a_time_that_came_twice_or_never_is_not_guessed() -> None:
    with pytest.raises(UsageProblem) as twice:
        local.utc(datetime.fromisoformat("2026-10-25T02:30"))
    assert "2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00" in str(twice.value)
    with pytest.raises(UsageProblem, match="2026-03-29T02:30 was never"):
        local.utc(datetime.fromisoformat("2026-03-29T02:30"))
    assert local.utc(datetime.fromisoformat("2026-03-29T03:00")) == FORWARD


def test_a_day_begins_once() -> None:
    days = [local.midnight(date(2026, 10, n)) for n in (25, 26)]
    assert days[1] - days[0] == timedelta(hours=25)
    # Havana's clocks are put forward at midnight.
    local.use_zone("America/Havana")
    assert local.when(local.midnight(date(2026, 3, 8))) == "2026-03-08 01:00"


@pytest.mark.parametrize(
    ("name", "legend"),
    [
        ("Europe/Moscow", "MSK (UTC+03:00)"),
        ("Europe/Berlin", "CET/CEST (UTC+01:00/+02:00)"),
        ("Asia/Yekaterinburg", "UTC+05:00"),
        ("UTC", "UTC"),
    ],
)
def test_a_legend_names_all_that_the_clocks_show_in_a_year(name: str, legend: str) -> None:
    local.use_zone(name)
    assert local.zone(SUMMER) == legend


@pytest.mark.parametrize("name", ["Europe/Moskau", "Europe", "../zone", "", "GMT+3 hours"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        local.use_zone(name)


def test_zones_are_known_where_the_system_has_none() -> None:
    code = "from cloudstock.language import local; print(local.zone_of('Europe/Moscow'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONTZPATH": "", "PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Europe/Moscow\n"
