"""Benchmarks of large books: catalog, planning, files, tables, start-up and growth."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.data import Shape, build, configuration, sheet, sku_of
from tests.benchmarks.figures import Figure, Sizes
from tests.benchmarks.lean import lean
from tests.benchmarks.measure import Used, cloudstock, median, run
from tests.benchmarks.pushing import NO_LIMITS

# What is asked for in megabytes is measured in mebibytes.
MB = 1024 * 1024 / 1e6
# Changes stock of the first listings, then plans as push-stocks does.
_PLAN = """
import sys, time, json
from datetime import UTC, datetime
from pathlib import Path
from cloudstock.domain.plan import decide
from cloudstock.store import Store
file, changes = Path(sys.argv[1]), int(sys.argv[2])
with Store.open(file) as store:
    account = next(iter(store.catalog.account_ids().values()))
    with store.transaction():
        store.connection.execute(
            "INSERT INTO movement (product_id, warehouse_id, quantity, kind, document, number,"
            " happened_at, booked_at) SELECT id, (SELECT id FROM warehouse WHERE name = 'main'),"
            " -1, 'adjustment', printf('plan:%d:%d', ?1, id), 1, '2026-11-23T10:00:00.000000Z',"
            " '2026-11-23T10:00:00.000000Z' FROM product ORDER BY id LIMIT ?1", (changes,))
    # Its module is loaded at a start, not by planning.
    targets = store.targets
    now = datetime.now(UTC)
    began = time.perf_counter()
    with store.transaction():
        targets.refresh()
    found = targets.differences(account, now=now, full=False, raisable=frozenset())
    made = decide(found, room={}, push_batch=100)
    took = time.perf_counter() - began
    print(json.dumps({"s": took, "decided": len(made.decisions)}))
"""


def planning(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """Does planning cost what changed, or what there is?"""
    few, many = 10, min(1_000, sizes.small)
    took: dict[int, float] = {}
    for listings in (sizes.small, sizes.bulk):
        made = build(folder / str(listings), Shape(listings, accounts=1))
        # The few first: they stay different and are counted with the many.
        for changes, asked_s in ((few, 0.010), (many, 1.0)):
            used = run(sys.executable, "-c", _PLAN, made.database, str(changes))
            told = json.loads(used.out)
            assert told["decided"] == changes
            took[listings] = told["s"]
            if listings == sizes.bulk:
                note = f"{listings:,} listings of one account"
                yield Figure(f"planning {changes:,} changes", "s", asked_s, told["s"], note)
    yield Figure("planning: memory", "MB", 150.0, used.peak_mib * MB)
    yield Figure(
        f"planning {many:,} changes, to that among {sizes.small:,} listings",
        "x",
        # A line; what follows the changes alone is near 1.
        sizes.bulk / sizes.small,
        took[sizes.bulk] / took[sizes.small],
        f"{took[sizes.small]:.3f} to {took[sizes.bulk]:.3f} s",
    )


def catalog(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What reading a whole catalog costs, and how that grows."""
    small = _catalog(folder / "small", sizes.small)
    large = _catalog(folder / "large", sizes.bulk)
    note = f"{sizes.bulk:,} listings, new, {large.wall_s:.0f} s"
    yield Figure("pull-catalog: own CPU", "s", 60.0 * sizes.bulk / 1_000_000, large.cpu_s, note)
    yield Figure("pull-catalog: memory", "MB", 300.0, large.peak_mib * MB, note)
    yield _growth("pull-catalog", small, large, sizes)


def _catalog(folder: Path, listings: int) -> Used:
    folder.mkdir(parents=True)
    with lean(listings) as url:
        shape = Shape(listings, accounts=1, base_url=url, pace=NO_LIMITS)
        (folder / "config.yaml").write_text(configuration(shape), encoding="utf-8")
        (folder / "config.yaml").chmod(0o600)
        cloudstock("create-database", folder=folder)
        return cloudstock("pull-catalog", folder=folder)


def files(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What reading and telling all of the stock costs."""
    used: dict[str, list[Used]] = {"import-stock": [], "show-stock --json": []}
    for products in (sizes.small, sizes.bulk):
        own = folder / str(products)
        build(own, Shape(products, accounts=1))
        sheet(own / "all.csv", products, add=1)
        used["import-stock"].append(cloudstock("import-stock", "all.csv", folder=own))
        used["show-stock --json"].append(cloudstock("show-stock", "--json", folder=own))
    scale = sizes.bulk / 1_000_000
    for (what, (small, large)), asked_s in zip(used.items(), (20.0, 10.0), strict=True):
        note = f"{sizes.bulk:,} products, {large.peak_mib:.0f} MiB"
        yield Figure(f"{what}: wall", "s", asked_s * scale, large.wall_s, note)
        yield Figure(
            f"{what}: memory, to that of {sizes.small:,}",
            "x",
            None,
            large.peak_mib / small.peak_mib,
            f"{large.peak_mib:.0f} and {small.peak_mib:.0f} MiB",
        )
        yield _growth(what, small, large, sizes)


# Runs a command, and writes down what it has loaded of typer and rich.
_LOADED = """
import sys
from pathlib import Path
from cloudstock.__main__ import main
file, sys.argv[1:] = Path(sys.argv[1]), ["show-stock"]
try:
    main()
finally:
    parts = sorted(m for m in sys.modules if m.partition(".")[0] in ("typer", "rich"))
    file.write_text(repr(parts), encoding="utf-8")
"""
# The least that a program by typer can be, with the same modules.
_EMPTY = """
import importlib
import typer
# Some are called as no statement could name them.
for name in {modules}:
    importlib.import_module(name)
app = typer.Typer()
@app.command()
def command(): ...
app()
"""


def start(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """What starting costs, to an empty program that loads as much of typer and rich."""
    products = min(1_000, sizes.bulk)
    build(folder, Shape(products))
    # As cron runs it.
    command = Path(sys.executable).with_name("cloudstock")
    loaded, nothing = folder / "loaded", folder / "nothing.py"
    run(sys.executable, "-c", _LOADED, loaded, folder=folder)
    nothing.write_text(_EMPTY.format(modules=loaded.read_text("utf-8")), encoding="utf-8")
    run(sys.executable, nothing)
    # In turns, so that what else the machine does meets both.
    pairs = [
        (run(sys.executable, nothing), run(command, "show-stock", folder=folder))
        for _ in range(sizes.starts)
    ]
    empty, ours = (median([pair[i].wall_s for pair in pairs]) for i in (0, 1))
    yield Figure(
        "show-stock, to an empty program by typer",
        "x",
        1.5,
        ours / empty,
        f"{products:,} products, {ours * 1e3:.0f} to {empty * 1e3:.0f} ms (of {sizes.starts})",
    )


def ledger(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    """Does a long history slow down what is asked of the present?"""
    products = max(100, sizes.small // 10)
    used: dict[str, list[float]] = {"show-stock SKU": [], "sync, nothing to do": []}
    with lean(products) as url:
        for rows in sizes.ledger:
            own = folder / str(rows)
            build(own, Shape(products, rows=rows, base_url=url, pace=NO_LIMITS))
            cloudstock("sync", folder=own)
            for what, words in (
                ("show-stock SKU", ("show-stock", sku_of(7))),
                ("sync, nothing to do", ("sync",)),
            ):
                took = [cloudstock(*words, folder=own).cpu_s for _ in range(sizes.repeats)]
                used[what].append(median(took))
    few, many = sizes.ledger
    for what, (before, after) in used.items():
        yield Figure(
            f"{what}: own CPU as the ledger grows",
            "x",
            # The noise of short runs; a walk through the ledger would be many times this.
            1.15,
            after / before,
            f"{few:,} to {many:,} lines, {before:.2f} to {after:.2f} s",
        )


def _growth(what: str, small: Used, large: Used, sizes: Sizes) -> Figure:
    """Compare with a line through the origin; what starting costs is in the small one, too."""
    return Figure(
        f"{what}: own CPU of a row, to that of {sizes.small:,}",
        "x",
        1.0,
        large.cpu_s / sizes.bulk / (small.cpu_s / sizes.small),
        f"{small.cpu_s:.2f} to {large.cpu_s:.2f} s",
    )
