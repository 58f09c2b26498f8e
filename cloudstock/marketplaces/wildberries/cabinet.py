"""Whose a Wildberries token is; read with every configuration, so without what adapters load."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping

from cloudstock.redaction import Secret

# A UUID, by the contract; whatever it is, it goes into messages.
_ID_CHARACTERS_MAX = 64


def payload_of(token: Secret) -> bytes | None:
    """Return the readable part of a token, JSON; None if it is not a token of the usual form."""
    parts = token.reveal().removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return None
    middle = parts[1]
    try:
        return urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
    except ValueError:
        # Not told: it quotes the token.
        return None


def cabinet(options: Mapping[str, str], secrets: Mapping[str, Secret]) -> str:  # noqa: ARG001
    """Return the seller's id, `sid` of the token; "" where it does not state one."""
    raw = payload_of(secrets["token"]) if "token" in secrets else None
    try:
        payload = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return ""
    sid = payload.get("sid") if isinstance(payload, dict) else None
    if not isinstance(sid, str) or not sid.isascii() or not sid.isprintable():
        return ""
    return sid[:_ID_CHARACTERS_MAX]
