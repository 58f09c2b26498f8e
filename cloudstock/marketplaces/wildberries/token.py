"""What a Wildberries token says of itself: it is a JWT whose middle part anybody can read.

Source: Wildberries seller API, "decoding tokens", checked 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from cloudstock.language import mark
from cloudstock.marketplaces.wildberries.cabinet import payload_of
from cloudstock.marketplaces.wildberries.wire import TokenPayload
from cloudstock.settings import Secret

# Bits of the mask `s` that this program needs, and what for.
NEEDED_CATEGORIES: Mapping[int, str] = {
    4: mark("Marketplace (orders and stocks)", "right"),
    1: mark("Content (the catalogue)", "right"),
    2: mark("Analytics (returns)", "right"),
}
_READ_ONLY_BIT = 30
_BASIC, _TEST = 1, 2


class TokenFacts(NamedTuple):
    """Rights and life of a token, as it states them; the server has the last word."""

    expires_at: datetime | None
    # Names of needed categories that the token lacks.
    missing: tuple[str, ...]
    read_only: bool
    # Good for Wildberries' test circuit only.
    test: bool
    # Basic tokens may ask for returns twice an hour.
    basic: bool


def read_token(token: Secret) -> TokenFacts | None:
    """Return what the token says of itself; None if it is not a token of the usual form."""
    raw = payload_of(token)
    if raw is None:
        return None
    try:
        payload = msgspec.json.decode(raw, type=TokenPayload)
        expires_at = None if payload.exp is None else datetime.fromtimestamp(payload.exp, UTC)
    except (ValueError, OverflowError, OSError, RecursionError):
        # Errors of msgspec and Unicode are ValueErrors. None may be told: they quote it.
        return None
    return TokenFacts(
        expires_at=expires_at,
        missing=tuple(
            name for bit, name in NEEDED_CATEGORIES.items() if not payload.s & (1 << bit)
        ),
        read_only=bool(payload.s & (1 << _READ_ONLY_BIT)),
        test=payload.t or payload.acc == _TEST,
        basic=payload.acc == _BASIC,
    )


def ends_at(secrets: Mapping[str, Secret]) -> datetime | None:
    """Return when an account's token ends, as it states it; None where it does not."""
    facts = read_token(secrets["token"])
    return None if facts is None else facts.expires_at
