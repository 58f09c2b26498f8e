"""The program in a process of its own for each command, without loading it each time.

Most of what a command costs is the start of Python and the program's modules. Here one process
has loaded them and forks one for each command: its arguments, environment, folder and files are
its own, and it ends as the installed program does. What a command had to load itself is loaded for
those after it. That the installed program starts at all, and how it takes signals, is tried by
those tests that start it themselves.
"""

from __future__ import annotations

import array
import atexit
import gc
import json
import mmap
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

REQUEST_MAX = 1 << 20
# Of a line with names of modules.
NAMES_MAX = 1 << 17


class Loaded:
    """The process that forks; one for all tests of this one."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.system.loaded", str(theirs.fileno())],
                cwd=Path(__file__).parents[2],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self._socket.close)

    def start(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        env: Mapping[str, str],
        files: Sequence[int],
        timeout_s: float,
    ) -> Callable[[], int]:
        """Start a command with its stdin, stdout and stderr; return what waits for its exit code.

        No other is started meanwhile.
        """
        request = {
            "words": list(words),
            "folder": str(folder),
            "env": dict(env),
            "umask": _umask(),
        }
        self._socket.settimeout(timeout_s)
        socket.send_fds(self._socket, [json.dumps(request).encode()], list(files))
        return lambda: int(self._socket.recv(16))

    def run(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        env: Mapping[str, str],
        stdin: str | None,
        timeout_s: float,
    ) -> tuple[int, str, str]:
        """Run a command to its end; return its exit code and what it wrote."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write((stdin or "").encode())
            given.seek(0)
            files = [given.fileno(), out.fileno(), err.fileno()]
            code = self.start(words, folder=folder, env=env, files=files, timeout_s=timeout_s)()
            out.seek(0)
            err.seek(0)
            return code, out.read().decode(), err.read().decode()


def _umask() -> int:
    # It can be read only by setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _serve(requests: socket.socket) -> None:
    from cloudstock.cli import SECTIONS

    _load(module for _, module, _ in SECTIONS)
    # Shared with the processes that are forked: a line that names what they loaded.
    names = mmap.mmap(-1, NAMES_MAX)
    while True:
        text, files, _, _ = socket.recv_fds(requests, REQUEST_MAX, 3)
        if not text:
            return
        gc.freeze()
        child = os.fork()
        if child == 0:
            requests.close()
            _become(json.loads(text), array.array("i", files), names)
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        requests.send(str(os.waitstatus_to_exitcode(status)).encode())
        _load(names.readline().decode().split())
        # For a process that is killed before it leaves a line.
        names.seek(0)
        names.write(b"\n")
        names.seek(0)


def _load(names: Iterable[str]) -> None:
    for name in sorted(names):
        if name.startswith("_"):
            # It comes with the module that it is a part of: imported before `asyncio`, `_asyncio`
            # is found half made by it, and tasks are then of two kinds that do not know each other.
            continue
        # Some are made by others, and are found by no name.
        with suppress(ImportError):
            import_module(name)


def _become(request: dict[str, object], files: Sequence[int], names: mmap.mmap) -> None:
    """Be the program, from its arguments to its exit code; leave the names of what it loaded."""
    code, before = 70, set(sys.modules)
    try:
        for place, file in enumerate(files):
            os.dup2(file, place)
        os.closerange(3, 256)
        # Or else a password would be asked for at the terminal of whoever runs the tests.
        os.setsid()
        os.environ.clear()
        os.environ.update(request["env"])  # type: ignore[arg-type]
        os.chdir(str(request["folder"]))
        os.umask(int(str(request["umask"])))
        time.tzset()
        random.seed()
        sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
        sys.argv = ["cloudstock", *request["words"]]  # type: ignore[misc]
        from cloudstock.__main__ import main

        try:
            code = main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        names.write(" ".join(set(sys.modules) - before).encode() + b"\n")
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
