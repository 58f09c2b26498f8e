"""Measures what was promised, and prints it beside the promise.

    python -m tests.benchmarks [--short] [--only NAME] [--json FILE]

`--short` proves that everything runs, on sizes too small to mean anything. Ends with 1 where a
figure is short of what was asked; with `--short` none is asked.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import bulk, latency, lists, pages, peer, pushing, sellers, year
from tests.benchmarks.figures import SHORT, Figure, Sizes, table, write_json
from tests.benchmarks.measure import additions_s, median

BENCHMARKS: dict[str, Callable[[Path, Sizes], Iterator[Figure]]] = {
    "push": pushing.push,
    "limits": pushing.limits,
    "round": pushing.round_,
    "idle": pushing.idle,
    "start": bulk.start,
    "planning": bulk.planning,
    "files": bulk.files,
    "lists": lists.lists,
    "pages": pages.pages,
    "catalog": bulk.catalog,
    "ledger": bulk.ledger,
}
# Run only by name: they install something from PyPI, or take many minutes.
ON_REQUEST: dict[str, Callable[[Path, Sizes], Iterator[Figure]]] = {
    "latency": latency.latency,
    "peer": peer.peer,
    "sellers": sellers.sellers,
    "year": year.year,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="only prove that it runs")
    parser.add_argument("--only", metavar="NAME", action="append", choices=BENCHMARKS | ON_REQUEST)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there, too")
    parser.add_argument("--folder", type=Path, help="where the books are made (a temporary one)")
    given = parser.parse_args(arguments)
    sizes = SHORT if given.short else Sizes()
    figures: list[Figure] = []
    yardstick: list[float] = []
    for name in given.only or BENCHMARKS:
        sys.stderr.write(f"{name} ...\n")
        yardstick.append(additions_s())
        with TemporaryDirectory(dir=given.folder, prefix=f"cloudstock-{name}-") as folder:
            figures.extend((BENCHMARKS | ON_REQUEST)[name](Path(folder) / "book", sizes))
    figures.append(
        Figure(
            "yardstick: CPU of a million additions in Python",
            "ms",
            None,
            median(yardstick) * 1e3,
            f"before each of the above, {min(yardstick) * 1e3:.0f} to {max(yardstick) * 1e3:.0f}",
        )
    )
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
    sys.stdout.write(f"{table(figures, judge=not given.short)}\n{machine}\n")
    if given.json is not None:
        write_json(figures, given.json)
    return 0 if given.short or all(f.good for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
