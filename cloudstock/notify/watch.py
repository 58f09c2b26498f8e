"""What surrounds a job: a heartbeat before it, and after it a heartbeat and the news."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudstock.errors import Busy, Exit
from cloudstock.settings import Configuration


@dataclass(slots=True)
class Watch:
    """How the job ended; None: not yet, or by an error."""

    exit_code: int | None = None


@contextmanager
def watched(command: str, config: Configuration, *, dry_run: bool) -> Iterator[Watch]:
    """Tell that a job begins, and when it has ended how, and what is new; nothing of a dry run.

    A run that found another at work tells nothing: the other one does. One that is interrupted
    does not either, and whoever listens misses it.
    """
    watch = Watch()
    address = None if dry_run else config.heartbeats.get(command)
    if address is not None:
        from cloudstock.notify.heartbeats import BEGUN, beat

        beat(command, address, BEGUN)
    try:
        yield watch
    except Busy:
        raise
    except Exception:
        if watch.exit_code is None:
            watch.exit_code = Exit.FAILED
        _tell(command, config, watch, dry_run=dry_run)
        raise
    else:
        _tell(command, config, watch, dry_run=dry_run)


def _tell(command: str, config: Configuration, watch: Watch, *, dry_run: bool) -> None:
    if dry_run:
        return
    address = config.heartbeats.get(command)
    if address is not None:
        from cloudstock.notify.heartbeats import FAILED, SUCCEEDED, beat

        beat(command, address, SUCCEEDED if watch.exit_code == Exit.OK else FAILED)
    if config.notices.urls:
        from cloudstock.notify.news import after_job

        after_job(config, clock=lambda: datetime.now(UTC))
