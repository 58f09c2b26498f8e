"""Ozon's calls ("уведомления"): what they look like, how they are answered, where they come from.

Source: the guides on notifications of the Seller API, 2026-09. They are not signed, may come late,
again, or never. An answer within 1.5 s counts; three days without switch them off.
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
from cloudstock.marketplaces.ozon.wire import Int64

PING = "TYPE_PING"
# Nothing of the seller's own orders. TYPE_STOCKS_CHANGED comes of what we send, too.
OTHERS = frozenset(
    (
        *("TYPE_NEW_MESSAGE", "TYPE_UPDATE_MESSAGE", "TYPE_MESSAGE_READ", "TYPE_CHAT_CLOSED"),
        *("TYPE_CREATE_ITEM", "TYPE_UPDATE_ITEM", "TYPE_CREATE_OR_UPDATE_ITEM"),
        *("TYPE_STOCKS_CHANGED", "TYPE_FBO_STOCKS_CHANGED", "TYPE_FBO_POSTING_NEW"),
        *("TYPE_FBO_POSTING_CANCELLED", "TYPE_FBO_POSTING_STATE_CHANGED"),
        *("TYPE_FBO_POSTING_DELIVERY_DATE_CHANGED", "TYPE_DELIVERY_DATE_CHANGED"),
        *("TYPE_CUTOFF_DATE_CHANGED", PING),
    )
)
MISSED, UNKNOWN = "ERROR_PARAMETER_VALUE_MISSED", "ERROR_UNKNOWN"


class Notification(Struct, frozen=True):
    """What is looked at of a call."""

    message_type: str
    seller_id: Int64 | None = None


class Calls:
    """Ozon's `Calls`."""

    networks = (
        ip_network("195.34.21.0/24"),
        ip_network("185.73.192.0/22"),
        ip_network("91.223.93.0/24"),
    )
    shared_by = ""
    where = mark(
        "in the cabinet: Settings -> Seller API -> Notifications; tick new postings, cancelled"
        " postings and changes of their status"
    )

    def read(self, body: bytes) -> Call:
        """Return what a call says; raises `ValueError` where it is none."""
        notification = msgspec.json.decode(body, type=Notification, strict=False)
        settings = (
            {} if notification.seller_id is None else {"client_id": str(notification.seller_id)}
        )
        event = notification.message_type
        return Call(event, settings, tries=event == PING, orders=event not in OTHERS)

    def taken(self, call: Call, now: datetime) -> object:
        """Return the JSON with which a call is answered; a trial has one of its own."""
        if call.tries:
            return {"version": __version__, "name": "cloudstock", "time": now}
        return {"result": True}

    def refused(self, status: int, message: str) -> object:
        """Return the JSON with which one is refused, for an HTTP status."""
        code = MISSED if status == 400 else UNKNOWN
        return {"error": {"code": code, "message": message, "details": None}}


CALLS: Promised = Calls()
