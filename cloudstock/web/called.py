"""Rounds for which marketplaces called: a burst of calls is one round, soon.

A round is `cloudstock push-stocks` in a process of its own, as cron's is, under the same lock: it
reads the orders of all accounts and sends what differs. What comes while one is at work may be too
late for it: another begins then, and waits for the lock while the first ends.
"""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime

from cloudstock import PROGRAM
from cloudstock.errors import CloudstockError, Exit
from cloudstock.logs import event
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.calls import NO_CALLS, CallsSeen, keep_calls
from cloudstock.web.rounds import STOP_S, begin_process, end_process

log = logging.getLogger("cloudstock.web")

# Where a process waits to be told the round's command line.
AHEAD = f"{PROGRAM[-1]}.web.ahead"
# One order is told by several calls, within this.
GATHER_S = 0.3
# From the beginning of one round to that of the next.
PAUSE_S = 2.0
# One at work, and one that waits for it.
ROUNDS_MAX = 2
LOCK_WAIT_S = 60
# How long after a round that found no way in another is begun.
AGAIN_S = 10.0
# When calls came is written down no more often.
KEEP_S = 5.0
LINES_MAX = 20


class Called:
    """Accounts that were called for, and the rounds that follow."""

    def __init__(self, config: Callable[[], Configuration], follow: Callable[[], None]) -> None:
        """Make one that has nothing to do yet.

        `config`: returns the configuration as it is; `follow`: looks whether it changed.
        """
        self._config = config
        self._follow_config = follow
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._marked: set[str] = set()
        self._seen: dict[str, CallsSeen] = {}
        self._looks = False
        # Rounds that were begun, or are about to be, and have not ended.
        self._working = 0
        # One that is about to be told to begin, once calls came.
        self._ahead: subprocess.Popen[str] | None = None
        self._called = False
        self._rounds: dict[subprocess.Popen[str], threading.Thread] = {}
        self._threads: tuple[threading.Thread, ...] = ()

    # ------------------------------------------------------------ what a call does; at once

    def mark(self, account: str, at: datetime, *, orders: bool) -> None:
        """Remember that an account was called for; `orders`: they may have changed."""
        with self._changed:
            self._saw(account, CallsSeen(taken_at=at, taken=1))
            if orders:
                self._marked.add(account)
            self._changed.notify_all()

    def refuse(self, account: str, at: datetime, why: str) -> None:
        """Remember why a call was not taken."""
        with self._changed:
            self._saw(account, CallsSeen(refused_at=at, why=why, refused=1))
            self._changed.notify_all()

    def _saw(self, account: str, seen: CallsSeen) -> None:
        self._seen[account] = self._seen.get(account, NO_CALLS).then(seen)

    def look(self) -> None:
        """Have the configuration looked at: it may have changed."""
        with self._changed:
            self._looks = True
            self._changed.notify_all()

    # ------------------------------------------------------------ what comes of it

    def start(self) -> None:
        """Begin to follow calls, each kind of work in a thread: neither waits for the other."""
        works = (self._begin_rounds, self._keep)
        self._threads = tuple(threading.Thread(target=w, daemon=True) for w in works)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End it, and the rounds that are at work, in good order where they do so in time."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
            rounds = [*self._rounds.items()]
        for process, thread in rounds:
            end_process(process, thread)
        for thread in self._threads:
            thread.join(STOP_S)
        if self._ahead is not None:
            # Without a word from us it ends.
            self._ahead.communicate()

    def _begin_rounds(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
            if self._stopped.is_set():
                return
            if not (self._looks or self._may_begin()):
                self._ahead = self._process()
                continue
            self._looks = False
            self._follow_config()
            if self._may_begin():
                self._stopped.wait(GATHER_S)
            if self._stopped.is_set():
                return
            if self._may_begin():
                self._begin()
            self._stopped.wait(PAUSE_S)

    def _has_work(self) -> bool:
        prepares = self._called and not self._working and self._ahead is None
        return self._stopped.is_set() or self._looks or self._may_begin() or prepares

    def _process(self) -> subprocess.Popen[str] | None:
        """Begin a process that will be told which round it does; None: it cannot be begun now."""
        try:
            return begin_process([*PROGRAM[:-1], AHEAD], stdin=subprocess.PIPE)
        except OSError as error:
            event(log, logging.WARNING, "web.called_round", problem=str(error))
            self._stopped.wait(AGAIN_S)
            return None

    def _may_begin(self) -> bool:
        return bool(self._marked) and self._working < ROUNDS_MAX

    def _begin(self) -> None:
        with self._changed:
            accounts, self._marked = sorted(self._marked), set()
            self._working += 1
            self._called = True
        process, self._ahead = self._ahead, None
        if process is not None and process.poll() is not None:
            # It died while it waited; its pipes are closed by this.
            process.communicate()
            process = None
        process = process or self._process()
        if process is None:
            self._end(accounts, Exit.FAILED)
            return
        event(log, logging.INFO, "web.called_round", accounts=",".join(accounts))
        thread = threading.Thread(
            target=self._follow, args=(process, accounts), daemon=True, name="called"
        )
        with self._changed:
            self._rounds[process] = thread
        thread.start()

    def _follow(self, process: subprocess.Popen[str], accounts: list[str]) -> None:
        config = self._config().path.absolute()
        words = ["--config", str(config), "push-stocks", "--quiet", "--wait", str(LOCK_WAIT_S)]
        _, problems = process.communicate(f"{json.dumps(words)}\n")
        for line in problems.splitlines()[:LINES_MAX]:
            event(log, logging.WARNING, "web.called_round", problem=line)
        with self._changed:
            del self._rounds[process]
        self._end(accounts, process.returncode)

    def _end(self, accounts: list[str], code: int) -> None:
        if code == Exit.TRY_LATER:
            self._stopped.wait(AGAIN_S)
        with self._changed:
            self._working -= 1
            if code == Exit.TRY_LATER:
                self._marked.update(accounts)
            self._changed.notify_all()

    # ------------------------------------------------------------ what `status` tells of it

    def _keep(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._seen or self._stopped.is_set())
            # The round goes first.
            self._stopped.wait(KEEP_S)
            with self._changed:
                seen, self._seen = self._seen, {}
            try:
                self._write(seen)
            except CloudstockError as error:
                event(log, logging.INFO, "web.calls_not_kept", reason=str(error))
                with self._changed:
                    later, self._seen = self._seen, seen
                    for name, more in later.items():
                        self._saw(name, more)
            if self._stopped.is_set():
                return

    def _write(self, seen: dict[str, CallsSeen]) -> None:
        with Store.open(self._config().database) as store, store.transaction():
            for name, account_id in store.connection.execute("SELECT name, id FROM account"):
                if name in seen:
                    keep_calls(store.connection, account_id, seen[name])
