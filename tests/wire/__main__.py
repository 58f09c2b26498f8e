"""`python -m tests.wire --answers 10000`: each adapter over so many spoilt answers.

A trial is some jobs (or every method of one adapter) over a small shop, whose answers for one
account are spoilt; it is made up from its seed alone. A failing trial prints itself; `--trial`
replays it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.wire.fuzz import trial
from tests.wire.shop import ACCOUNTS, Shop, a_shop


def tell(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def soak(shop: Shop, marketplace: str, answers: int, seed: str) -> int:
    """Run trials until so many answers were spoilt; return how many trials failed."""
    began = time.monotonic()
    spoilt: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    first: dict[str, str] = {}
    number = 0
    while spoilt.total() < answers:
        number += 1
        own = f"{marketplace}:{seed}:{number}"
        outcome = trial(shop, marketplace, own)
        spoilt += outcome.spoilt
        ended += outcome.ended
        for complaint in outcome.complaints:
            failed[complaint] += 1
            if complaint not in first:
                first[complaint] = own
                tell(f"FAILED {own}: {complaint}")
    tell(
        f"{marketplace}: {spoilt.total()} answers spoilt in {number} trials,"
        f" {time.monotonic() - began:.0f} s; {len(failed)} kinds of failure",
        "  ways: " + ", ".join(f"{way} {n}" for way, n in sorted(spoilt.items())),
        "  ended: " + ", ".join(f"{kind} {n}" for kind, n in ended.most_common()),
    )
    return len(failed)


def run() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.wire", description=__doc__)
    parser.add_argument("--answers", type=int, default=10_000, metavar="N", help="for each adapter")
    parser.add_argument("--seed", default="1", metavar="S")
    parser.add_argument("--adapter", choices=list(ACCOUNTS), help="this one only")
    parser.add_argument("--trial", metavar="ADAPTER:SEED:NUMBER", help="replay one trial")
    given = parser.parse_args()
    with a_shop() as shop:
        if given.trial:
            outcome = trial(shop, given.trial.partition(":")[0], given.trial)
            for sent in outcome.sent:
                body = sent.answer.body[:2000].decode(errors="backslashreplace")
                tell(f"{sent.method} {sent.path} {sent.answer.status} {sent.way}: {body!r}")
            tell(f"ended: {dict(outcome.ended)}", *outcome.complaints)
            return bool(outcome.complaints)
        among = [given.adapter] if given.adapter else list(ACCOUNTS)
        return bool(sum(soak(shop, name, given.answers, given.seed) for name in among))


if __name__ == "__main__":
    sys.exit(run())
