"""A shop on a busy street whose program is killed: its processes, its book, its truth."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudstock.sandbox.world import World
from cloudstock.store import Store
from cloudstock.store.integrity import Findings, examine
from tests.system.conftest import SPEED, Shop, a_shop_in

MORTAL = Path(__file__).with_name("mortal.py")
DATABASE = "cloudstock.db"
# What SIGTERM may take.
TERM_S = 5.0
# What any command may take on a busy machine; longer is a deadlock.
COMMAND_S = 180.0
# By the program's own handler; by the kernel, before the program has set one.
TERMINATED = (128 + signal.SIGTERM, -signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Death:
    """How a command ended that may have been killed."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL or self.code in TERMINATED


@contextmanager
def a_shop(*, products: int, seed: int, stock: int = 40) -> Iterator[Shop]:
    """Yield a shop whose catalog is pulled, counted and pushed."""
    world = World.standard(products=products, speed=SPEED, seed=seed)
    folder = Path(tempfile.mkdtemp(prefix="cloudstock-fire-"))
    try:
        with a_shop_in(folder, world) as shop:
            shop.open(stock)
            yield shop
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(shop: Shop, *words: str, point: int = 0, by: str = "SIGKILL") -> subprocess.Popen[str]:
    """Start a command; with a `point` it ends itself there."""
    own = shop.command(*words)
    if point:
        own = [sys.executable, str(MORTAL), str(point), by, *words]
    return subprocess.Popen(
        own,
        cwd=shop.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(shop.folder), **shop.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], words: Sequence[str], limit_s: float) -> Death:
    """Wait for a command; fails where it takes longer than it may, or tells of a bug."""
    try:
        out, err = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"{words} did not end within {limit_s} s\n{out}\n{err}") from None
    death = Death(tuple(words), process.returncode, out, err)
    told = f"{words} ended with {death.code}\n{out}\n{err}"
    # Killed while it starts, the interpreter itself shows where it was.
    if not death.killed:
        assert "Traceback" not in err, told
    assert "this is a bug" not in err, told
    return death


def kill(process: subprocess.Popen[str], by: signal.Signals) -> None:
    if process.poll() is None:
        os.kill(process.pid, by)


def examined(shop: Shop) -> Findings:
    """Open the book as the next command would and examine it; fails where it is not whole."""
    with Store.open(shop.folder / DATABASE) as store:
        found = examine(store)
    assert found.ok, found.wrong
    return found


def calm_down(shop: Shop) -> None:
    """Let the street stand still: after a few runs the book is the world and so is what is shown.

    The last of them reads back and pushes everything, so that nothing rests on belief.
    """
    deadline = time.monotonic() + COMMAND_S
    while True:
        for job in ("sync", "poll-returns", "poll-reserves"):
            shop.run(job, expect=None)
        ended = shop.run("push-stocks", expect=None)
        try:
            assert ended.code == 0, ended.err
            shop.assert_true()
        except AssertionError:
            # A limit on repeats may hold back a number for some seconds.
            if time.monotonic() > deadline:
                raise
            continue
        return
