"""Compares the program and its sandbox with the marketplaces' own specifications.

    python -m tests.contracts [--specs DIR] [--answers N]
    python -m tests.contracts --replay FILE [--specs DIR]
    python -m tests.contracts --clients

- Every command that talks is driven over the sandbox through a proxy; each request and each answer
  is judged by the specification of its method.
- Every status word of the specifications is looked for in the adapters' tables.
- Answers made up by chance, true to the schemas, are given to the adapters, which may refuse none
  and misread none.

What may differ is listed in `exceptions.py` and `needed.py`, each with its reason. The last line
tells the figures. Ends with 1 where something differs that may not, or where an exception is
listed that nothing needs.

`--replay` reads a record that a command made with `--record FILE`, and tells what the adapters make
of every answer in it, and where it is not as specified. Ends with 1 where an answer is refused.

`--clients` installs independent clients from PyPI into an environment of their own and drives them
against the sandbox. Ends with 1 where a call fails that works on the real API.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.contracts import clients, replay, texts
from tests.contracts.days import DAYS
from tests.contracts.run import Findings

# Of each method.
ANSWERS, ANSWERS_SHORT = 1000, 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.contracts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--specs", metavar="DIR", type=Path, help="the folder of the three texts")
    parser.add_argument(
        "--answers",
        metavar="N",
        type=int,
        default=ANSWERS,
        help=f"made-up answers of each method ({ANSWERS})",
    )
    parser.add_argument(
        "--short",
        action="store_const",
        const=ANSWERS_SHORT,
        dest="answers",
        help=f"{ANSWERS_SHORT} made-up answers of each method",
    )
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the chance (1)")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="tell what a record becomes")
    parser.add_argument("--clients", action="store_true", help="drive clients from PyPI instead")
    given = parser.parse_args(arguments)
    if given.clients:
        return _clients()
    place = given.specs or texts.folder()
    if given.replay is not None:
        return _replay(given.replay, place)
    if place is None:
        parser.error(texts.WHY_NOT)
    findings = Findings(texts.load(place))
    for day in DAYS:
        _tell(f"the day {day} is driven")
        findings.drive([day])
    findings.visit()
    _tell("status words are looked for")
    findings.compare_words()
    _tell(f"{given.answers} answers of each method are made up")
    findings.feed(given.answers, given.seed)
    for line in findings.lines():
        sys.stdout.write(f"{line}\n")
    return 1 if findings.figures()["violations"] else 0


def _clients() -> int:
    try:
        calls = list(clients.drive())
    except clients.NotInstalledError as problem:
        sys.stderr.write(f"the clients cannot be had: {problem}\n")
        return 2
    for line in clients.lines(calls):
        sys.stdout.write(f"{line}\n")
    return 1 if any(made.wrong and not made.excused for made in calls) else 0


def _replay(file: Path, place: Path | None) -> int:
    try:
        record = replay.read(file)
    except (OSError, replay.BadRecord) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    player = replay.Player(None if place is None else texts.load(place))
    try:
        fates = list(player.play(record))
    finally:
        player.close()
    for line in replay.lines(fates):
        sys.stdout.write(f"{line}\n")
    return 1 if any(fate.refused for fate in fates) else 0


def _tell(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")


if __name__ == "__main__":
    sys.exit(main())
