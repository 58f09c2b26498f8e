"""What a benchmark tells: a figure that was asked for, and the one that was measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cloudstock.jobs.accounts import KEEP_RUNS_DAYS


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    # The most that is good enough; None: told for comparison, nothing is asked of it.
    asked: float | None
    measured: float
    # What it was measured on.
    note: str = ""
    # Neither more nor less.
    exact: bool = False

    @property
    def ratio(self) -> float | None:
        """Return measured / asked; None where nothing was asked, or nothing may be used."""
        return self.measured / self.asked if self.asked else None

    @property
    def good(self) -> bool:
        """Is it what was asked for?"""
        if self.asked is None:
            return True
        return self.measured == self.asked if self.exact else self.measured <= self.asked


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    # Listings of an account where pushes, rounds and idle syncs are measured.
    pushed: int = 100_000
    # Accounts of the round, and the changed listings of each.
    round_accounts: int = 10
    round_pushed: int = 5_000
    # Listings, products and rows of the bulk measurements, and what growth begins with.
    bulk: int = 1_000_000
    small: int = 10_000
    # Rows of a supplier's list, and how many of its goods are known.
    listed: int = 200_000
    listed_known: int = 300
    # Lines of the ledger: few and many.
    ledger: tuple[int, int] = (1_000_000, 20_000_000)
    # Listings of each account pushed beside the peer, and the pace of the limits there.
    peer: int = 20_000
    peer_speed: float = 10.0
    # Rounds of one small seller.
    rounds: int = 60
    # Listings of three accounts, and their orders of a day, in the benchmark of a year.
    year_listings: int = 100_000
    year_orders: int = 5_000
    year_months: int = 12
    # Rounds whose runs are kept.
    year_rounds: int = KEEP_RUNS_DAYS * 24 * 60
    # How often a second of the limits passes in one of ours, where limits are kept. What the
    # program itself does is not compressed: it weighs so many times what it would.
    speed: float = 2.0
    round_speed: float = 1.0
    # Sales whose latency is measured, the time from one to the next on average, how many times as
    # fast the limits and the program's rounds are; products there, and in the model.
    latency_sales: int = 240
    latency_gap_s: float = 5.0
    latency_speed: float = 1.0
    latency_products: int = 200
    # How often what takes less than a second is measured; the middle one counts.
    repeats: int = 5
    # The same for what takes a tenth of one.
    starts: int = 21


SHORT = Sizes(
    pushed=300,
    round_accounts=2,
    round_pushed=100,
    bulk=600,
    small=300,
    listed=600,
    listed_known=30,
    ledger=(600, 1_200),
    peer=600,
    rounds=1,
    year_listings=300,
    year_orders=6,
    year_months=2,
    year_rounds=60,
    peer_speed=100.0,
    speed=300.0,
    round_speed=100.0,
    latency_sales=2,
    latency_speed=10.0,
    latency_products=12,
    repeats=1,
    starts=1,
)


def table(figures: Sequence[Figure], *, judge: bool = True) -> str:
    """Return the figures as aligned text; `judge`: mark those that are short of what was asked."""
    rows = [("what", "asked", "measured", "unit", "ratio", "", "measured on")]
    for f in figures:
        asked = "" if f.asked is None else f"{'=' if f.exact else '<='} {_number(f.asked)}"
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}"
        verdict = "SHORT" if judge and not f.good else ""
        rows.append((f.what, asked, _number(f.measured), f.unit, ratio, verdict, f.note))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def write_json(figures: Sequence[Figure], file: Path) -> None:
    """Write the figures, with ratio and verdict, as a JSON array."""
    told = [asdict(f) | {"ratio": f.ratio, "good": f.good} for f in figures]
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"
