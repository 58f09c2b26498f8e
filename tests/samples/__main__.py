"""`python -m tests.samples [DIR]`: every file of a folder against its `expected.json`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.samples import expected, judge


def write(line: str) -> None:
    """Write a line as soon as it is known."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Print a line for each file, and below it what differs; 1 where anything does."""
    place = Path(words[0]) if words else expected.folder()
    if place is None or not (place / "expected.json").is_file():
        write(expected.WHY_NOT if place is None else f"{place}: there is no expected.json")
        return 2
    samples, products = expected.samples(place)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        database = judge.database(Path(folder), products)
        for sample in samples:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(dir=folder) as own:
                differ = list(judge.differences(sample, database, Path(own)))
            failed += bool(differ)
            verdict = f"{len(differ)} differ" if differ else "ok"
            write(f"{sample.path.name:34} {verdict:12} {time.monotonic() - began:6.1f} s")
            for difference in differ:
                write(f"    {difference}")
    write(f"{len(samples) - failed} of {len(samples)} as they should be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
