"""What a command took: wall time, its own CPU, its largest size in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile


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
    return run(sys.executable, "-m", "cloudstock", *words, folder=folder, ok=ok)


def run(*words: str | Path, folder: Path | None = None, ok: Sequence[int] = (0,)) -> Used:
    """Run a command and return what it used."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryFile() as out, TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(w) for w in words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = out.read().decode()
        if process.returncode not in ok:
            raise RuntimeError(f"{words} ended with {process.returncode}: {said}{err.read()!r}")
    return Used(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def median(numbers: Sequence[float]) -> float:
    """Return the middle one, so that one disturbance does not count."""
    return sorted(numbers)[len(numbers) // 2]
