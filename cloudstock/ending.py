"""How a run is asked to end: an interruption ends it even where something swallows the first."""

from __future__ import annotations

import signal
import sys
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# Cleaning up takes less; a stop is promised within five seconds.
AGAIN_S = 1.5
# Whatever swallowed the interruption (a finalizer, the import system's weak references) is over.
LOST_S = 0.01


class Ending:
    """While entered, SIGTERM is the interruption that everything, asyncio too, knows to end by.

    Python drops an exception raised in a finalizer or a weak reference's callback, and a library
    may take a cancellation for its own. So an interruption is repeated until this is left, and
    one that was dropped is neither printed nor forgotten. `terminated` says that SIGTERM came.
    """

    def __init__(self) -> None:
        self.terminated = False

    def __enter__(self) -> Self:
        self._unraisable = sys.unraisablehook
        self._alarm = signal.signal(signal.SIGALRM, self._interrupt)
        self._term = signal.signal(signal.SIGTERM, self._interrupt)
        sys.unraisablehook = self._lost
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, self._term)
        signal.signal(signal.SIGALRM, self._alarm)
        sys.unraisablehook = self._unraisable

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            self.terminated = True
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, signal.SIG_DFL, None):
            # Background jobs of a shell are started with SIGINT ignored.
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    def _lost(self, dropped: UnraisableHookArgs) -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, LOST_S)
        else:
            self._unraisable(dropped)
