"""Heartbeats: an address is asked for when a job begins, and another when it ends.

As healthchecks.io and its like have them: the address itself for success, `/start` and `/fail`
below it. Whoever listens there notices when nothing comes, which no program can tell of itself.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit, urlunsplit

from cloudstock.addresses import is_loopback
from cloudstock.logs import event
from cloudstock.notify.bounded import NotTaken, within
from cloudstock.settings import Secret

BEGUN, SUCCEEDED, FAILED = "start", "", "fail"
# A round is every minute; it waits for nobody's monitor.
BEAT_S = 5.0

_log = logging.getLogger("cloudstock.notify")


def beat(command: str, address: Secret, word: str) -> None:
    """Tell one word to the listener of a command's heartbeat; what fails is a warning."""
    (failure,) = within(BEAT_S, [lambda: _get(_with(address.reveal(), word))])
    if failure is not None:
        event(
            _log,
            logging.WARNING,
            "heartbeat.failed",
            place=f"heartbeats.{command}",
            word=word or "success",
            failure=failure,
        )


def _with(url: str, word: str) -> str:
    if not word:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{word}"))


def _get(url: str) -> None:
    import httpx

    # This machine is reached directly, not through the system's proxy.
    with (
        httpx.Client(timeout=BEAT_S, trust_env=not is_loopback(url)) as client,
        client.stream("GET", url) as answer,
    ):
        if not answer.is_success:
            raise NotTaken(f"answered {answer.status_code}")
