"""A round's process before the round: what it needs is loaded, and it waits to be told to begin.

Two thirds of what a small round costs is the start of the program, and whoever ordered waits for
nobody. It ends where whoever began it is gone.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

from cloudstock.__main__ import main
from cloudstock.marketplaces import MARKETPLACES

NEEDED = (
    *("cloudstock.cli.app", "cloudstock.cli.jobs", "cloudstock.config.loading"),
    *("cloudstock.jobs.commands", "cloudstock.notify.watch", "cloudstock.render.results"),
    *(registration.adapter.partition(":")[0] for registration in MARKETPLACES.values()),
)


def wait_and_run() -> int:
    """Run the command line that comes as a line of JSON on stdin; return its exit code."""
    for module in NEEDED:
        import_module(module)
    line = sys.stdin.readline()
    return main(json.loads(line)) if line else 0


if __name__ == "__main__":
    sys.exit(wait_and_run())
