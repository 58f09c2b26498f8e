"""`python -m tests.fire --kills 500 --overlap-minutes 5`: the long forms."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fire.kills import Fire
from tests.fire.town import a_shop


def tell(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def run() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fire", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, metavar="N")
    parser.add_argument("--overlap-minutes", type=float, default=0.0, metavar="M")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    given = parser.parse_args()
    if given.kills:
        began = time.monotonic()
        with a_shop(products=24, seed=given.seed) as shop:
            fire = Fire(shop, given.seed)
            fire.burn(given.kills)
            tell(*fire.told())
        tell(f"{time.monotonic() - began:.0f} s")
    if given.overlap_minutes:
        from tests.fire.overlap import Overlap

        with a_shop(products=24, seed=given.seed) as shop:
            overlap = Overlap(shop, given.seed)
            overlap.soak(given.overlap_minutes * 60)
            tell(*overlap.told())
    return 0


if __name__ == "__main__":
    sys.exit(run())
