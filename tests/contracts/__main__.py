"""Compares the program and its sandbox with the marketplaces' own specifications.

    python -m tests.contracts [--specs DIR] [--day NAME]

Every command that talks is driven over the sandbox through a proxy; each request and each answer
is judged by the specification of its method, and every status word is looked for in the adapters'
tables. The last line tells the figures. Ends with 1 where something differs that is not among the
exceptions of `exceptions.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.contracts import texts
from tests.contracts.days import DAYS
from tests.contracts.run import Findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.contracts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--specs", metavar="DIR", type=Path, help="the folder of the three texts")
    parser.add_argument(
        "--day", metavar="NAME", choices=DAYS, action="append", help=f"only: {', '.join(DAYS)}"
    )
    given = parser.parse_args(arguments)
    place = given.specs or texts.folder()
    if place is None:
        parser.error(texts.WHY_NOT)
    findings = Findings(texts.load(place))
    findings.drive(given.day or DAYS)
    findings.compare_words()
    for line in findings.lines():
        sys.stdout.write(f"{line}\n")
    return 0 if findings.good else 1


if __name__ == "__main__":
    sys.exit(main())
