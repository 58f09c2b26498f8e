"""What a command took: wall time, its own CPU, its largest size in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from time import perf_counter, process_time

from tests.system.loaded import Loaded

# Of a command and its folder: exit code, stdout and stderr.
Runs = Callable[[Sequence[str], Path], tuple[int, str, str]]
_runs: Runs | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What one process used."""

    wall_s: float
    # User and system, of the process and of what it started.
    cpu_s: float
    peak_mib: float
    out: str


def cloudstock(*words: str | Path, folder: Path, ok: Sequence[int] = (0,)) -> Used:
    """Run the program in a folder that holds `config.yaml`; fails where it ends otherwise."""
    if _runs is None:
        return run(sys.executable, "-m", "cloudstock", *words, folder=folder, ok=ok)
    began = perf_counter()
    code, out, err = _runs([*map(str, words)], folder)
    wall_s = perf_counter() - began
    if code not in ok:
        raise RuntimeError(f"{words} ended with {code}: {out}{err}")
    return Used(wall_s, wall_s, 1.0, out)


@contextmanager
def without_meaning(program: Loaded) -> Iterator[None]:
    """Let `cloudstock` not load the program anew inside: what it takes there means nothing."""
    global _runs
    turn = Lock()

    def runs(words: Sequence[str], folder: Path) -> tuple[int, str, str]:
        with turn:
            return program.run(words, folder=folder, env=_environment(), stdin=None, timeout_s=120)

    _runs = runs
    try:
        yield
    finally:
        _runs = None


def run(*words: str | Path, folder: Path | None = None, ok: Sequence[int] = (0,)) -> Used:
    """Run a command and return what it used.

    A small process starts it: a child is billed for the size of whoever forked it.
    """
    with TemporaryFile() as out, TemporaryFile() as err:
        starter = subprocess.run(
            [
                *(sys.executable, "-I", "-S", "-c", _STARTER),
                *(str(out.fileno()), str(err.fileno())),
                *map(str, words),
            ],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            pass_fds=(out.fileno(), err.fileno()),
        )
        code, wall_s, cpu_s, peak_kib = map(float, starter.stdout.split())
        out.seek(0)
        err.seek(0)
        said = out.read().decode()
        if code not in ok:
            raise RuntimeError(f"{words} ended with {code:.0f}: {said}{err.read()!r}")
    return Used(wall_s, cpu_s, peak_kib / 1024, said)


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


_STARTER = """
import os, sys, time
out, err, *words = sys.argv[1:]
began = time.perf_counter()
pid = os.fork()
if not pid:
    os.dup2(int(out), 1), os.dup2(int(err), 2)
    os.execvp(words[0], words)
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - began
print(os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def additions_s() -> float:
    """Return the CPU time of a million additions: how fast this machine is just now.

    What others do on the same cores costs time of ours, too: twice as much where they share one.
    """
    began = process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return process_time() - began


def median(numbers: Sequence[float]) -> float:
    """Return the middle one, so that one disturbance does not count."""
    return sorted(numbers)[len(numbers) // 2]
