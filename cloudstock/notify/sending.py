"""Sends a notice by Apprise, which knows Telegram, mail and a hundred more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cloudstock.errors import ConfigurationError
from cloudstock.language import tr
from cloudstock.notify.bounded import NotTaken, within
from cloudstock.settings import Secret

# A mail server may take its time; a job that has done its work waits no longer than this.
SEND_S = 20.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str
    # As Apprise calls it: 'warning' or 'success'.
    tone: str


def send(message: Message, urls: Sequence[Secret]) -> list[str | None]:
    """Send a message to every address at once; return why each did not take it, None where it did.

    Takes `SEND_S` seconds at most. Raises `ConfigurationError` where Apprise is not installed.
    """
    try:
        import apprise
    except ImportError as error:
        raise ConfigurationError(
            tr(
                "notices are sent by Apprise, which is not installed; run:"
                " pip install 'cloudstock[notify]'"
            )
        ) from error
    # It writes addresses, and what servers say, which may repeat them.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return within(SEND_S, [_call(apprise, message, url) for url in urls])


def _call(apprise: Any, message: Message, url: Secret) -> Callable[[], None]:
    # Each by its own: then nothing is left running but the thread that is given up.
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="cloudstock"))
    understood = service.add(url.reveal())

    def call() -> None:
        if not understood:
            raise NotTaken(tr("not an address that Apprise knows"))
        if not service.notify(
            title=message.title,
            body=message.body,
            notify_type=message.tone,
            body_format=apprise.NotifyFormat.TEXT,
        ):
            raise NotTaken(tr("refused, or unreachable"))

    return call
