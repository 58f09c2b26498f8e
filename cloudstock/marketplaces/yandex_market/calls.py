"""Yandex.Market's calls ("API-уведомления"): their look, their answers, where they come from.

Source: the notification API of 2026-07 and its guide. They are not signed, and may come several
times for one event. They are set up for a shop, or for all shops of a cabinet. PING has 1 s to be
answered, the others 10.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network

import msgspec
from msgspec import Struct

from cloudstock import __version__
from cloudstock.language import mark
from cloudstock.marketplaces.base import Call
from cloudstock.marketplaces.base import Calls as Promised

PING = "PING"
# Nothing of orders that are still to leave.
OTHERS = frozenset(
    (
        *("GOODS_FEEDBACK_CREATED", "GOODS_FEEDBACK_COMMENT_CREATED", "CHAT_CREATED"),
        *("CHAT_MESSAGE_SENT", "CHAT_ARBITRAGE_STARTED", "CHAT_ARBITRAGE_FINISHED"),
        *("QUESTION_CREATED", "QUESTION_ANSWER_CREATED", "QUESTION_COMMENT_CREATED"),
        *("ORDER_RETURN_CREATED", "ORDER_RETURN_STATUS_UPDATED", PING),
    )
)


class Notification(Struct, frozen=True, rename="camel"):
    """What is looked at of a call: orders name the shop, the rest may name the cabinet."""

    notification_type: str
    campaign_id: int | None = None
    business_id: int | None = None


class Calls:
    """Yandex.Market's `Calls`."""

    networks = (
        ip_network("5.45.207.0/25"),
        ip_network("141.8.142.0/25"),
        ip_network("5.255.253.0/25"),
    )
    shared_by = "business_id"
    where = mark(
        "in the cabinet: Settings -> API and modules -> API notifications -> Enable; choose the"
        " shop, tick new, changed and cancelled orders, changes of their status and requests to"
        " cancel"
    )

    def read(self, body: bytes) -> Call:
        """Return what a call says; raises `ValueError` where it is none."""
        notification = msgspec.json.decode(body, type=Notification, strict=False)
        numbers = {"campaign_id": notification.campaign_id, "business_id": notification.business_id}
        settings = {name: str(n) for name, n in numbers.items() if n is not None}
        event = notification.notification_type
        return Call(event, settings, tries=event == PING, orders=event not in OTHERS)

    def taken(self, call: Call, now: datetime) -> object:  # noqa: ARG002 - all alike
        """Return the JSON with which a call is answered, whatever it is."""
        return {"version": __version__, "name": "cloudstock", "time": now}

    def refused(self, status: int, message: str) -> object:
        """Return the JSON with which one is refused, for an HTTP status."""
        kind = "WRONG_EVENT_FORMAT" if status == 400 else "UNKNOWN"
        return {"error": {"type": kind, "message": message}}


CALLS: Promised = Calls()
