"""`python -m tests.silence`: how long each command at a terminal says nothing.

The installed program at a pseudo-terminal, against the sandbox with many products and the limits
that the marketplaces publish. Whoever waits before a terminal wonders after a second. What
`--version` takes, which is the start of Python and the program, is the machine's affair: it is
measured before each command, and the first word may come so much later.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cloudstock.changes.backup import create
from cloudstock.sandbox.server import Sandbox
from cloudstock.sandbox.serving import serve
from cloudstock.sandbox.world import World
from tests.terminal import Seen, at_terminal

ALLOWED_S = 1.0
# In the order in which a seller may give them. `{sku}`: a product; `{sheet}`: a count of all.
COMMANDS = (
    "check",
    "pull-catalog",
    "import-stock {sheet} --yes",
    "sync",
    "check",
    "check",
    "check",
    "pull-catalog",
    "poll-orders --since 30d",
    "poll-returns --since 30d",
    "poll-reserves",
    "push-stocks --full",
    "push-stocks --dry-run --full",
    "sync",
    "adopt-stock --account ozon-main --dry-run",
    "export-stock out.csv",
    "export-stock out.xlsx",
    "import-stock out.xlsx --yes",
    "products",
    "listings",
    "show-stock",
    "show-stock --json",
    "show-orders",
    "show-returns",
    "show-reserves",
    "show-history {sku}",
    "show-runs",
    "status",
    "explain {sku}",
    "set-policy {sku} split --yes",
    "set-stock {sku} 7 --yes",
    "simulate --sales 9 --sales 5 --seeds 50",
    "report --output report.html",
    "backup copy.db",
    "check --database",
    "restore copy.db",
    "close-account wb-main --dry-run",
    "demo",
)


def main() -> int:
    """Run them all; 1 where one was silent for longer than `ALLOWED_S` beyond its start."""
    parser = argparse.ArgumentParser(prog="python -m tests.silence", description=__doc__)
    parser.add_argument("--products", type=int, default=5_000, metavar="N")
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="how many times as wide limits are"
    )
    parser.add_argument("--only", default="", metavar="WORD", help="time only these commands")
    parser.add_argument("--show", action="store_true", help="print what each left on the screen")
    asked = parser.parse_args()
    worst = 0.0
    print("| command | took, s | start | first word | longest silence after it | exit code |")  # noqa: T201
    print("| --- | --: | --: | --: | --: | --: |")  # noqa: T201
    for words, start_s, seen in tried(asked.products, asked.speed):
        if asked.only in words:
            first_s, last_s = seen.moments[0], seen.moments[-1]
            worst = max(worst, first_s - start_s, seen.silence_s)
            figures = " | ".join(f"{s:.2f}" for s in (last_s, start_s, first_s, seen.silence_s))
            print(f"| `{words}` | {figures} | {seen.code} |", flush=True)  # noqa: T201
            if asked.show:
                print("\n".join(f"    {line}" for line in seen.screen[-12:]), flush=True)  # noqa: T201
    return int(worst > ALLOWED_S)


def tried(products: int, speed: float) -> Iterator[tuple[str, float, Seen]]:
    """Yield each command, what a start takes, and what a person saw of the command."""
    sandbox = Sandbox(World.standard(products=products, speed=speed))
    skus = sorted(sandbox.world.products)
    program = str(Path(sys.executable).with_name("cloudstock"))
    with tempfile.TemporaryDirectory() as name, serve(sandbox) as url:
        folder = Path(name)
        config = folder / "config.yaml"
        config.touch(mode=0o600)
        config.write_text(sandbox.config_text(url))
        create(folder / "cloudstock.db")
        (folder / "count.csv").write_text("sku,quantity\n" + "".join(f"{s},10\n" for s in skus))
        env = {k: v for k, v in os.environ.items() if k in ("LANG", "TMPDIR", "CLOUDSTOCK_LANG")}
        for command in COMMANDS:
            words = command.format(sku=skus[0], sheet="count.csv")
            start = at_terminal([program, "--version"], folder=folder, env=env)
            seen = at_terminal([program, *words.split()], folder=folder, env=env)
            yield words, start.moments[-1], seen


if __name__ == "__main__":
    sys.exit(main())
