"""What takes long to gather: a page has at once what was gathered last, with newer on its way."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

log = logging.getLogger("cloudstock.web")

K = TypeVar("K")
V = TypeVar("V")

# A page waits so long for it, which of most databases is enough.
WAIT_S = 0.06
# It is gathered anew after so many times as long as it took, and what pages do not wait for, after
# so many seconds: whoever asks again for what was on its way has it.
TIMES, LEAST_S = 10.0, 15.0
KEPT_MAX = 8


class _Kept(NamedTuple, Generic[V]):
    value: V
    ended: float
    took_s: float


@dataclass(slots=True)
class Gathered(Generic[K, V]):
    """Values by key, gathered in a thread of its own, one at a time."""

    wait_s: float = WAIT_S
    monotonic: Callable[[], float] = time.monotonic
    _kept: OrderedDict[K, _Kept[V]] = field(default_factory=OrderedDict)
    # What is at work, and what it is for.
    _at_work: tuple[K, Future[V]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: K, gather: Callable[[], V]) -> tuple[V | None, bool]:
        """Return what was gathered last, None: nothing was; and whether newer is on its way.

        Raises what `gather` raised.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self.monotonic() - kept.ended < self._fresh_s(kept.took_s):
                return kept.value, False
            if self._at_work is None:
                self._begin(key, gather)
            assert self._at_work is not None
            own, future = self._at_work
        if own == key:
            try:
                return future.result(self.wait_s), False
            except TimeoutError:
                if future.done():
                    raise
        return None if kept is None else kept.value, True

    def _fresh_s(self, took_s: float) -> float:
        return max(TIMES * took_s, LEAST_S if took_s > self.wait_s else 0.0)

    def _begin(self, key: K, gather: Callable[[], V]) -> None:
        future: Future[V] = Future()
        self._at_work = key, future

        def work() -> None:
            began = self.monotonic()
            try:
                value = gather()
            except BaseException as error:
                with self._lock:
                    self._at_work = None
                log.warning("web.gathering_failed", exc_info=error)
                future.set_exception(error)
                return
            with self._lock:
                self._at_work = None
                ended = self.monotonic()
                self._kept[key] = _Kept(value, ended, ended - began)
                self._kept.move_to_end(key)
                while len(self._kept) > KEPT_MAX:
                    self._kept.popitem(last=False)
            future.set_result(value)

        threading.Thread(target=work, name="gathering", daemon=True).start()
