"""`python -m tests.policies`: oversold units and hidden stock of every policy, as in the README."""

from __future__ import annotations

import argparse
import os
import sys
import time

from cloudstock.simulate.model import Outcome
from tests.policies.benchmark import (
    BY_NAME,
    Verdict,
    frontier,
    run,
    table,
    trade,
    verdict,
)


def main() -> int:
    """Print both tables; 1 where `split` oversold anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.policies", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="how many seeds")
    parser.add_argument("--products", type=int, default=1_000, metavar="N", help="products")
    parser.add_argument("--a-day", type=float, default=5_000, metavar="N", help="units sold a day")
    parser.add_argument("--days", type=float, default=30, metavar="D", help="days a seed")
    parser.add_argument(
        "--minutes", type=float, nargs="+", default=[1, 5, 15], metavar="M", help="the intervals"
    )
    parser.add_argument(
        "--others",
        type=float,
        nargs="*",
        default=[1_000, 2_500, 10_000],
        metavar="N",
        help="other units a day, to see how `adaptive` stands there",
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), metavar="N", help="at once"
    )
    asked = parser.parse_args()
    began = time.monotonic()

    def tried(a_day: float, minutes: float, *names: str) -> dict[str, Outcome]:
        return run(
            trade(
                products=asked.products,
                a_day=a_day,
                interval_s=60 * minutes,
                days=asked.days,
            ),
            asked.seeds,
            processes=asked.processes,
            rules=[BY_NAME[name] for name in names or BY_NAME],
        )

    found = [tried(asked.a_day, minutes) for minutes in asked.minutes]
    _say(*table(asked.minutes, found), "")
    rows: list[tuple[float, float, Verdict]] = [
        (asked.a_day, minutes, verdict(outcomes))
        for minutes, outcomes in zip(asked.minutes, found, strict=True)
    ]
    for a_day in asked.others:
        for minutes in asked.minutes:
            outcomes = tried(a_day, minutes, "share", "buffer 1", "buffer 2", "adaptive")
            rows.append((a_day, minutes, verdict(outcomes)))
    _say(*frontier(sorted(rows, key=lambda row: row[:2])), "")
    counted = sum(outcomes["split"].oversold for outcomes in found)
    for a_day, minutes, one in rows:
        _say(
            f"{a_day:,.0f} a day, {minutes:g} min: adaptive oversells {one.fewer:.1f} times less,"
            f" turns away {one.part:.3f} of what the buffer does:"
            f" {'reached' if one.reached else 'not reached'}"
        )
    _say(
        f"split oversold {counted} units in {sum(o['split'].orders for o in found):,} orders;"
        f" share {sum(o['share'].oversold for o in found)}",
        f"{asked.seeds} seeds, {time.monotonic() - began:.0f} s",
    )
    return 1 if counted else 0


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
