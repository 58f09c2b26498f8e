"""`python -m tests.policies`: oversold units and hidden stock of every policy, as in the manual."""

from __future__ import annotations

import argparse
import os
import sys
import time

from cloudstock.render.simulation import oversold
from cloudstock.simulate.model import Outcome
from tests.policies.benchmark import (
    BY_NAME,
    FEWER_IN_PROMOTIONS,
    Verdict,
    frontier,
    promoted,
    promotions,
    run,
    table,
    trade,
    verdict,
)


def main() -> int:
    """Print the tables; 1 where `split` oversold anything, or `adaptive` much in promotions."""
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
    parser.add_argument(
        "--promotions", action="store_true", help="only the day with promotions, not the month"
    )
    asked = parser.parse_args()
    began = time.monotonic()
    short = _day_with_promotions(asked)
    if asked.promotions:
        _say(f"{asked.seeds} seeds, {time.monotonic() - began:.0f} s")
        return int(short)

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
    return 1 if counted or short else 0


def _day_with_promotions(asked: argparse.Namespace) -> bool:
    """Print the table of the day with promotions; return whether what should be is not reached."""
    found = [
        run(
            promotions(products=asked.products, a_day=asked.a_day, interval_s=60 * minutes),
            asked.seeds,
            processes=asked.processes,
            rules=[BY_NAME[name] for name in ("share", "adaptive", "split")],
        )
        for minutes in asked.minutes
    ]
    _say(*promoted(asked.minutes, found), "")
    # Who reads less often than every minute sleeps through what an hour is too short for.
    many = [
        minutes <= 1 and oversold(o["share"]) < FEWER_IN_PROMOTIONS * oversold(o["adaptive"])
        for minutes, o in zip(asked.minutes, found, strict=True)
    ]
    return any(many) or any(o["split"].oversold for o in found)


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
