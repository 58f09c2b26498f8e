"""How often a return that has not ended is asked for again.

A marketplace tells of changes by itself where it can; asking again is for what it leaves out. What
nobody has decided may stay so for ever, and an answer costs a request: so where nothing has changed
for long it is asked for rarely, and in the end given up.
"""

from __future__ import annotations

from datetime import timedelta

from cloudstock.domain.records import ReturnStep

# Without a change for so long, a return that nobody has decided is given up.
UNDECIDED_DAYS = 90
_LATELY = timedelta(days=1)
_HOURLY = timedelta(hours=1)
_DAILY = timedelta(days=1)


def ask_again_after(step: ReturnStep, unchanged: timedelta) -> timedelta | None:
    """Return the least time between two questions about a return; None: it has ended.

    `unchanged`: for how long its status has been what it is.
    """
    if step in (ReturnStep.RECEIVED, ReturnStep.NEVER):
        return None
    if step is ReturnStep.EXPECTED:
        # Units that are on their way may arrive any minute.
        return _DAILY if unchanged >= timedelta(days=UNDECIDED_DAYS) else timedelta()
    return _HOURLY if unchanged < _LATELY else _DAILY
