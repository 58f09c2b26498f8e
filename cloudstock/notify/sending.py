"""Sends a notice by Apprise, which knows Telegram, mail and a hundred more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cloudstock.addresses import is_loopback_host
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
        from cloudstock.installed import how_to_add

        raise ConfigurationError(
            tr(
                "notices are sent by Apprise, which is not installed; run: {command}",
                command=how_to_add("notify"),
            )
        ) from error
    # It writes addresses, and what servers say, which may repeat them.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return within(SEND_S, [_call(apprise, message, url) for url in urls])


def _call(apprise: Any, message: Message, url: Secret) -> Callable[[], None]:
    # Each by its own: then nothing is left running but the thread that is given up.
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="cloudstock"))
    understood = service.add(url.reveal())
    for plugin in service:
        # Whatever the address says of it.
        plugin.redirects = False
    refusals = [refusal for plugin in service if (refusal := _refusal(plugin))]

    def call() -> None:
        if not understood:
            raise NotTaken(tr("not an address that Apprise knows"))
        if refusals:
            raise NotTaken(refusals[0])
        if not service.notify(
            title=message.title,
            body=message.body,
            notify_type=message.tone,
            body_format=apprise.NotifyFormat.TEXT,
        ):
            raise NotTaken(tr("refused, or unreachable"))

    return call


def _refusal(plugin: Any) -> str:
    """Return why nothing is sent to an address, by the rule of all connections; "" where it is.

    What Apprise can send in plain only (syslog and its like) is as its owner wrote it.
    """
    if is_loopback_host(str(plugin.host or "").strip("[]")):
        return ""
    if not plugin.verify_certificate:
        return tr("its address has certificates not verified (verify=no)")
    if plugin.protocol and plugin.secure_protocol and not plugin.secure:
        return tr(
            "it would go over the network in plain; take the form of the address with an s, such"
            " as jsons:// or mailtos://"
        )
    return ""
