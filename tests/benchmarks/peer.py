"""Side by side with the nearest peer: the PyPI package `marketplace-handler`.

    python -m tests.benchmarks --only peer

The package is installed from PyPI into a virtual environment of its own. Both push the same stock
to the same server (`lean.py`), which takes the peer's requests as they are: Yandex' path without
`/v2`, tokens as `Bearer`. The peer is a library: its driver stands in for the program that would
have to use it, and gives it every number and id, because it keeps no book. It pushes all that it
is given, reads no orders, and does not tell what it gave up. What is measured is one command of
each, from its start to its end: `push-stocks`, and the driver.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.data import Shape, build, sheet
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.lean import lean, told
from tests.benchmarks.measure import Used, cloudstock, run
from tests.benchmarks.pushing import NO_LIMITS, right, writes

PACKAGE = "marketplace-handler==3.0.17"
# It imports them and does not ask for them.
ALSO = ("aiohttp", "more-itertools")
DRIVER = Path(__file__).with_name("peer_driver.py")
FAULTS = 0.05


def peer(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """Push without limits, again, under the real limits, and with 5 % of answers going wrong."""
    python = _installed(folder.parent / "peer")
    n = sizes.peer

    def theirs(url: str, add: int, speed: float) -> Used:
        return run(python, DRIVER, url, str(n), str(add), str(speed))

    def ours(url: str, add: int, speed: float) -> Used:
        own = folder / f"{url.rpartition(':')[2]}"
        if not own.exists():
            build(own, Shape(n, base_url=url, pace=NO_LIMITS if speed == 1.0 else speed))
        sheet(own / "all.csv", n, add=add)
        cloudstock("import-stock", "all.csv", folder=own)
        return cloudstock("push-stocks", folder=own)

    for who, pushes in (("cloudstock", ours), (PACKAGE, theirs)):
        yield from _settings(who, pushes, sizes)


def _settings(
    who: str, pushes: Callable[[str, int, float], Used], sizes: Sizes
) -> Iterator[Figure]:
    n = sizes.peer
    with lean(n) as url:
        yield from _told(f"{who}: no limits", n, url, pushes(url, 1, 1.0))
        before = writes(told(url))
        pushes(url, 1, 1.0)
        again = writes(told(url)) - before
        yield Figure(f"{who}: the same stock again", "requests", None, again)
    with lean(n, speed=sizes.peer_speed) as url:
        used = pushes(url, 1, sizes.peer_speed)
        yield from _told(f"{who}: real limits", n, url, used, speed=sizes.peer_speed)
    with lean(n, faults=FAULTS) as url:
        yield from _told(f"{who}: {FAULTS:.0%} faults", n, url, pushes(url, 1, 1.0))


def _told(
    what: str, listings: int, url: str, used: Used, *, speed: float | None = None
) -> Iterator[Figure]:
    after = told(url)
    note = "" if speed is None else f"at {speed:.0f} times the pace"
    yield Figure(f"{what}: listings right at the end", "%", None, right(after, listings), note)
    yield Figure(f"{what}: wall", "s", None, used.wall_s)
    yield Figure(f"{what}: own CPU", "s", None, used.cpu_s)
    refused = sum(after["refused"].values())
    yield Figure(f"{what}: requests that write", "requests", None, writes(after), f"{refused} 429")


def _installed(folder: Path) -> Path:
    """Return the Python of a new environment that holds the peer."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", PACKAGE, *ALSO],
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{PACKAGE} could not be installed: pip ended with {done.returncode}")
    return python
