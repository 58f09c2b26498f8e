"""Calls that shall not keep a job waiting, whatever they are stuck in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from cloudstock.language import tr


class NotTaken(Exception):
    """Why something did not arrive, in words that hold no address."""


def within(seconds: float, calls: Sequence[Callable[[], None]]) -> list[str | None]:
    """Make calls at the same time; return why each failed, None where it did not.

    What is not done after so many seconds goes on unheard until it ends by itself or with the
    process: a time-out of a socket bounds no look-up of a name, and no server that drips its
    answer. Of errors that are not ours only the name is told: their words may hold an address.
    """
    failures: list[str | None] = [tr("no answer in {seconds:g} s", seconds=seconds)] * len(calls)

    def make(index: int, call: Callable[[], None]) -> None:
        try:
            call()
            failures[index] = None
        except NotTaken as error:
            failures[index] = str(error)
        except Exception as error:  # noqa: BLE001 - libraries raise what they like
            failures[index] = type(error).__name__

    threads = [
        threading.Thread(target=make, args=(i, call), daemon=True) for i, call in enumerate(calls)
    ]
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return list(failures)
