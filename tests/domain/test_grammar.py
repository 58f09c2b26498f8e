"""One grammar of numbers, durations and moments, wherever people write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cloudstock.domain import grammar


@pytest.mark.parametrize(
    ("read", "text", "meaning"),
    [
        (grammar.whole_number, "12", 12),
        (grammar.whole_number, " +3 ", 3),
        (grammar.whole_number, "-3", -3),
        (grammar.whole_number, "\N{MINUS SIGN}3", -3),
        (grammar.whole_number, "9" * 12, 10**12 - 1),
        (grammar.units, " 007 ", 7),
        (grammar.decimal, "2", 2.0),
        (grammar.decimal, "0.5", 0.5),
        (grammar.decimal, ".5", 0.5),
        (grammar.duration, "45s", timedelta(seconds=45)),
        (grammar.duration, "90M", timedelta(minutes=90)),
        (grammar.duration, "2h", timedelta(hours=2)),
        (grammar.duration, "1d", timedelta(days=1)),
        (grammar.duration, " 2w ", timedelta(weeks=2)),
        (grammar.moment, "2026-11-01", datetime(2026, 11, 1).astimezone()),
        (grammar.moment, "2026-11-01T08:30", datetime(2026, 11, 1, 8, 30).astimezone()),
        (grammar.moment, "1.11.2026", datetime(2026, 11, 1).astimezone()),
        (grammar.moment, "01.11.2026 08:30", datetime(2026, 11, 1, 8, 30).astimezone()),
        (grammar.moment, "01.11.2026 08:30+03:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (grammar.moment, "2026-11-01T08:30:00Z", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        (grammar.moment, "2026-11-01T08:30+03:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_what_is_written_is_understood(
    read: Callable[[str], object], text: str, meaning: object
) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (
            grammar.whole_number,
            ["", "-", "--1", "1.5", "1e3", "1 000", "1_000", "1,000", "0x10", "٣", "9" * 13],
        ),
        (grammar.units, ["", "+1", "-1", "1.5", "1 000", "٣", "9" * 13]),
        (grammar.decimal, ["", ".", "1.", "-1", "1e3", "1_0", "1,5", "inf", "nan", "٣"]),
        (
            grammar.duration,
            [
                "",
                "30",
                "d",
                "-1d",
                "1.5h",
                "45 seconds",
                "11y",
                "1h30m",
                "٣d",
                "9" * 10 + "s",
                "9" * 9 + "w",
            ],
        ),
        (
            grammar.moment,
            [
                "",
                "yesterday",
                "2026-13-01",
                "2026-11-01T25:00",
                "31.02.2026",
                "1.11.26",
                "11/01/2026",
                "0001-01-01T00:00+14",
            ],
        ),
    ],
)
def test_what_is_not_is_not_guessed(read: Callable[[str], object], texts: list[str]) -> None:
    assert {text: read(text) for text in texts} == dict.fromkeys(texts)
