"""`python -m tests.simulation --seeds N`: many trading days, each different, each repeatable."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from cloudstock.domain.policies import Policy
from tests.simulation.day import run_seed
from tests.simulation.faults import Report
from tests.simulation.transitions import table


def main() -> int:
    """Run the seeds asked for; 1 where any broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="how many seeds")
    parser.add_argument("--start", type=int, default=1, metavar="S", help="the first seed")
    parser.add_argument("--days", type=int, default=1, metavar="D", help="trading days a seed")
    parser.add_argument("--replay", type=int, metavar="SEED", help="one seed, with its last events")
    parser.add_argument(
        "--policy",
        default="share",
        choices=[p.value for p in Policy],
        help="how the accounts share their stock",
    )
    parser.add_argument(
        "--watching",
        action="store_true",
        help="accounts are only watched (`push: off`) now and then",
    )
    parser.add_argument(
        "--mistakes",
        action="store_true",
        help="people lose, empty and put back databases, swap keys, write beside the program,"
        " rename and close accounts and warehouses, copy and delete cards, import sheets"
        " late, and take slips back",
    )
    parser.add_argument(
        "--changing",
        action="store_true",
        help="how products are shared is changed now and then, in each way",
    )
    parser.add_argument(
        "--transitions",
        action="store_true",
        help="measure what changes hide, on a day on which nothing else happens, and print a table",
    )
    asked = parser.parse_args()
    if asked.transitions:
        print("\n".join(table()))  # noqa: T201
        return 0
    seeds = [asked.replay] if asked.replay is not None else []
    seeds = seeds or list(range(asked.start, asked.start + asked.seeds))
    total = Report()
    failed = []
    began = time.monotonic()
    for seed in seeds:
        report, town, why = run_seed(
            seed,
            asked.days,
            asked.policy,
            watching=asked.watching,
            mistakes=asked.mistakes,
            changing=asked.changing,
        )
        total.add(report)
        if town is not None:
            failed.append(seed)
            print(f"seed {seed} day {report.days}: {why}", flush=True)  # noqa: T201
            if asked.replay is not None or len(failed) == 1:
                print("\n".join(f"    {event}" for event in town.world.trace))  # noqa: T201
            print(  # noqa: T201
                f"    again: python -m tests.simulation --replay {seed} --days {asked.days}"
                f" --policy {asked.policy}{' --watching' if asked.watching else ''}"
                f"{' --mistakes' if asked.mistakes else ''}"
                f"{' --changing' if asked.changing else ''}"
            )
    _summary(total, failed, len(seeds), time.monotonic() - began)
    return 1 if failed else 0


def _summary(total: Report, failed: list[int], seeds: int, took_s: float) -> None:
    lines = [f"{seeds} seeds, {total.days} days in {took_s:.0f} s; {len(failed)} broke: {failed}"]
    for title, counter in (
        ("done", total.done),
        ("faults", total.faults),
        ("killed", _by_place(total.kills)),
    ):
        lines.append(f"{title}: {sum(counter.values()) if title != 'done' else ''}")
        lines += [f"  {number:>8}  {name}" for name, number in sorted(counter.items())]
    print("\n".join(lines))  # noqa: T201


def _by_place(kills: Counter[str]) -> Counter[str]:
    return Counter(kills)


if __name__ == "__main__":
    sys.exit(main())
