"""A round asked for in the browser: `cloudstock sync` in a process of its own, one at a time.

In its own process, so that whatever becomes of it the pages go on, and so that it is the same run
with the same lock as cron's. How far it is stands in the database; how it ended is what it prints.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloudstock import PROGRAM
from cloudstock.changes.closing import CloseRequest
from cloudstock.errors import Busy
from cloudstock.language import in_use, tr

# Another run, such as cron's, is waited for so long.
LOCK_WAIT_S = 30
# When the server ends, a round is given this long to end in good order.
STOP_S = 5.0
# More than this of what a process prints is not its answer.
OUTPUT_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AccountEnd:
    """How a round ended for one account."""

    account: str
    ok: bool
    # What went wrong; None: nothing.
    message: str | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Round:
    """One round, as far as it is known."""

    number: int
    began_at: datetime
    # None: it is at work.
    ended_at: datetime | None = None
    exit_code: int | None = None
    # What went wrong with the whole of it, a line each.
    problems: tuple[str, ...] = ()
    accounts: tuple[AccountEnd, ...] = ()
    notes: tuple[str, ...] = ()
    # The last push that was recorded before it.
    after_push: int = 0
    # The command that asks accounts, in the place of a round; "": it is one.
    asks: str = ""

    @property
    def running(self) -> bool:
        """True while it is at work."""
        return self.ended_at is None

    @property
    def ok(self) -> bool:
        """True where it ended and nothing failed."""
        return self.exit_code == 0


class Rounds:
    """The rounds of this server: the last one, and the door that lets one in at a time."""

    def __init__(self, config: Path, *, lock_wait_s: int = LOCK_WAIT_S) -> None:
        self._config = config
        self._lock_wait_s = lock_wait_s
        self._lock = threading.Lock()
        self._last: Round | None = None
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    @property
    def last(self) -> Round | None:
        """The last round; None: none was asked for since the server began."""
        return self._last

    def begin(
        self,
        *,
        after_push: int = 0,
        full: bool = False,
        yes: bool = False,
        closes: CloseRequest | None = None,
        asks: tuple[str, str] | None = None,
    ) -> Round:
        """Begin a round, or one that closes an account or a warehouse of it.

        `asks`: a command that asks an account, and the account ("": all), instead.

        Raises `Busy` while one is at work, `OSError` where none can begin.
        """
        with self._lock:
            if self._last is not None and self._last.running:
                raise Busy(tr("a round is at work already; wait for it to end"))
            command = [*PROGRAM, "--config", str(self._config)]
            if asks is not None:
                command += [asks[0], "--json", "--quiet"]
                command += ["--account", asks[1]] if asks[1] else []
            elif closes is None:
                command += ["sync", "--json", "--quiet", "--wait", str(self._lock_wait_s)]
                command += ["--full"] if full else []
                command += ["--yes"] if yes else []
            elif closes.warehouse is None:
                command += ["close-account", "--json", "--quiet", "--", closes.account]
            else:
                command += ["close-warehouse", "--json", "--quiet", "--account", closes.account]
                command += ["--", closes.warehouse]
            process = begin_process(command)
            number = 1 if self._last is None else self._last.number + 1
            begun = self._last = Round(
                number, datetime.now(UTC), after_push=after_push, asks=asks[0] if asks else ""
            )
            self._process = process
            self._thread = threading.Thread(
                target=self._follow, args=(process, begun), daemon=True, name="round"
            )
            self._thread.start()
            return begun

    def _follow(self, process: subprocess.Popen[str], begun: Round) -> None:
        out, err = process.communicate()
        ended = _ended(begun, process.returncode, out[:OUTPUT_BYTES_MAX], err[:OUTPUT_BYTES_MAX])
        with self._lock:
            self._last = ended

    def stop(self) -> None:
        """End a round that is at work, in good order where it does so in time."""
        process, thread = self._process, self._thread
        if process is None or thread is None:
            return
        end_process(process, thread)


def begin_process(command: list[str], *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """Begin a process of this program, in the language in use; raises `OSError`."""
    return subprocess.Popen(  # noqa: S603 - our own program, arguments of our own
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "CLOUDSTOCK_LANG": in_use(), "PYTHONIOENCODING": "utf-8"},
    )


def end_process(process: subprocess.Popen[str], follower: threading.Thread) -> None:
    """End one that is at work, in good order where it does so in time."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    follower.join(STOP_S)
    if follower.is_alive():
        process.kill()
        follower.join(STOP_S)


def _ended(begun: Round, code: int, out: str, err: str) -> Round:
    lines = tuple(line.removeprefix("cloudstock: ") for line in err.splitlines() if line.strip())
    ended = replace(begun, ended_at=datetime.now(UTC), exit_code=code)
    answer = _answer(out)
    if answer is None:
        return replace(ended, problems=lines[:20])
    accounts = tuple(
        AccountEnd(
            account=a["account"],
            ok=a["ok"],
            message=None if a["error"] is None else a["error"]["message"],
            counts=a["counts"],
        )
        for a in answer["accounts"]
    )
    return replace(ended, accounts=accounts, notes=tuple(answer["notes"]))


def _answer(out: str) -> dict[str, Any] | None:
    """Return what a round printed; None where it ended without."""
    try:
        answer = json.loads(out)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "accounts" in answer else None
