"""Wildberries' catalogue: the list of cards, and the trash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cloudstock.sandbox.fake import Call
from cloudstock.sandbox.request import (
    Check,
    Response,
    Wrong,
    array,
    boolean,
    fields,
    json_response,
    moment,
    nested,
    only_query,
    read_json,
    text,
    whole,
)
from cloudstock.sandbox.wildberries_cards import Card, Cards, Size, stamp
from cloudstock.sandbox.wildberries_tasks import served_twice
from cloudstock.sandbox.world import World


class Content:
    """What the methods of cards answer."""

    def __init__(self, world: World, cards: Cards) -> None:
        self._world = world
        self._cards = cards

    def listed(self, call: Call) -> Response:
        """POST /content/v2/get/cards/list."""
        if call.request.query.get("locale", "ru") not in ("ru", "en", "zh"):
            raise Wrong(400, "locale: ru, en or zh is due")
        only_query(call.request, "locale")
        checks: dict[str, Check] = {
            "withPhoto": whole(-1, 2),
            "textSearch": text,
            "tagIDs": array(whole()),
            "objectIDs": array(whole()),
            "brands": array(text),
            "imtID": whole(),
            "allowedCategoriesOnly": boolean,
        }
        settings = _card_settings(call, checks, "updatedAt")
        only = settings.get("filter", {})
        cards = [c for c in self._cards.of(call.account).cards if not c.trashed]
        if only.get("withPhoto") == 2 or any(only.get(k) for k in ("tagIDs", "objectIDs")):
            # Every card here has its photos, and none has tags.
            cards = []
        if only.get("brands") and "Sandbox" not in only["brands"]:
            cards = []
        if "imtID" in only:
            cards = [c for c in cards if _imt_id(c) == only["imtID"]]
        return self._cards_page(call, self._matching(cards, only), settings, "updatedAt")

    def trash(self, call: Call) -> Response:
        """POST /content/v2/get/cards/trash."""
        if call.request.query.get("locale", "ru") not in ("ru", "en", "zh"):
            raise Wrong(400, "locale: ru, en or zh is due")
        only_query(call.request, "locale")
        settings = _card_settings(call, {"textSearch": text}, "trashedAt")
        cards = [c for c in self._cards.of(call.account).cards if c.trashed]
        cards = self._matching(cards, settings.get("filter", {}))
        return self._cards_page(call, cards, settings, "trashedAt")

    def _matching(self, cards: list[Card], only: Mapping[str, Any]) -> list[Card]:
        wanted = only.get("textSearch")
        if not wanted:
            return cards
        return [
            c
            for c in cards
            if wanted in (c.vendor_code, str(c.nm_id))
            or any(wanted in self._barcodes(s) for s in c.sizes)
        ]

    def _cards_page(
        self, call: Call, cards: list[Card], settings: Mapping[str, Any], time: str
    ) -> Response:
        """A page by time and nmID; `total` counts the page, not the catalogue."""
        ascending = settings.get("sort", {}).get("ascending", False)
        cards = cards if ascending else cards[::-1]
        cursor = settings.get("cursor", {})
        if (time in cursor) != ("nmID" in cursor):
            raise Wrong(400, f"{time} and nmID go together")
        if time in cursor:
            after = (cursor[time], cursor["nmID"])
            cards = [c for c in cards if (c.position > after if ascending else c.position < after)]
        page = cards[: cursor.get("limit", 10)]
        # An empty page has no position.
        end: dict[str, object] = {"total": len(page)}
        if page:
            end |= {time: stamp(page[-1].changed_at), "nmID": page[-1].nm_id}
        if served_twice(call) and page:
            # A position just before the page: from there it comes again.
            before = page[0].nm_id + (-1 if ascending else 1)
            end |= {time: stamp(page[0].changed_at), "nmID": before}
        return json_response(200, {"cards": [self._card(c, time) for c in page], "cursor": end})

    def _barcodes(self, size: Size) -> list[str]:
        return list(self._world.products[size.offer.sku].barcodes)

    def _card(self, card: Card, time: str) -> dict[str, Any]:
        sizes = [
            {
                "chrtID": size.chrt_id,
                "techSize": size.tech_size,
                "wbSize": "",
                "skus": self._barcodes(size),
            }
            for size in card.sizes
        ]
        row = {
            "nmID": card.nm_id,
            "vendorCode": card.vendor_code,
            "sizes": sizes,
            "createdAt": "2026-08-01T09:00:00Z",
            time: stamp(card.changed_at),
        }
        if card.trashed:
            # The trash tells less.
            return row
        return row | {
            "imtID": _imt_id(card),
            "title": self._world.products[card.sizes[0].offer.sku].name,
            "brand": "Sandbox",
            "needKiz": False,
        }


def _card_settings(call: Call, checks: Mapping[str, Check], time: str) -> dict[str, Any]:
    cursor = nested({"limit": whole(1, 100), time: _card_moment, "nmID": whole(0)})
    settings = nested(
        {"sort": nested({"ascending": boolean}), "filter": nested(checks), "cursor": cursor}
    )
    body = fields("", read_json(call.request), {"settings": settings}, required=("settings",))
    chosen: dict[str, Any] = body["settings"]
    return chosen


def _card_moment(where: str, value: Any) -> datetime:
    return moment(where, value).astimezone(UTC)


def _imt_id(card: Card) -> int:
    return card.nm_id - 100_000_000
