"""What Ozon tells beside what a stock tool reads, and what it does with what it does not know.

All fields of a message come in every answer, with the values of nothing where there is nothing; a
client that declares them cannot do without. Unknown fields of a request are dropped without a word.

Source: Ozon Seller API of 2026-09-22, POST /v3/product/info/list and POST /v3/posting/fbs/get; that
unknown fields are dropped was seen on live cabinets.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudstock.sandbox.fake import Call, Handler
from cloudstock.sandbox.request import Response, UnknownField

_STATUSES: Mapping[str, Any] = {
    "status_failed": "",
    "moderate_status": "approved",
    "validation_status": "success",
    "status_name": "Продается",
    "status_description": "",
    "status_tooltip": "",
}
_CARD: Mapping[str, Any] = {
    "availabilities": [],
    "color_image": [],
    "commissions": [],
    "currency_code": "RUB",
    "description_category_id": 17027949,
    "discounted_fbo_stocks": 0,
    "errors": [],
    "has_discounted_fbo_item": False,
    "images": [],
    "is_prepayment_allowed": True,
    "is_super": False,
    "min_price": "",
    "old_price": "0.00",
    "price": "590.00",
    "primary_image": [],
    "promotions": [],
    "type_id": 94765,
    "vat": "0.00",
    "volume_weight": 0.1,
}
_INDEX: Mapping[str, Any] = {
    "minimal_price": "",
    "minimal_price_currency": "",
    "price_index_value": 0,
}
_SOURCE: Mapping[str, Any] = {"shipment_type": "SHIPMENT_TYPE_GENERAL", "quant_code": ""}
_REQUIREMENTS = (
    "products_requiring_change_country",
    "products_requiring_country",
    "products_requiring_gtd",
    "products_requiring_imei",
    "products_requiring_jw_uin",
    "products_requiring_mandatory_mark",
    "products_requiring_rnpt",
    "products_requiring_weight",
)
_TARIFF: Mapping[str, Any] = {
    "current_tariff_rate": 0,
    "current_tariff_type": "",
    "current_tariff_charge": "",
    "current_tariff_charge_currency_code": "",
    "next_tariff_rate": 0,
    "next_tariff_type": "",
    "next_tariff_charge": "",
    "next_tariff_starts_at": None,
    "next_tariff_charge_currency_code": "",
}
_POSTING: Mapping[str, Any] = {
    "additional_data": [],
    "addressee": None,
    "analytics_data": None,
    "available_actions": [],
    "barcodes": None,
    "container": None,
    "courier": None,
    "customer": None,
    "delivery_price": "",
    "external_order": None,
    "financial_data": None,
    "is_express": False,
    "is_multibox": False,
    "legal_info": None,
    "multi_box_qty": 0,
    "optional": {"products_with_possible_mandatory_mark": []},
    "pickup_code_verified_at": None,
    "product_exemplars": None,
    "provider_status": "",
    "related_postings": None,
    "related_weight_postings": [],
    "require_blr_traceable_attrs": False,
    "requirements": {name: [] for name in _REQUIREMENTS},
    "sorting_center": None,
    "tariffication": dict(_TARIFF),
    "tariffication_steps": [],
    "tracking_number": "",
}
_PRODUCT: Mapping[str, Any] = {
    "dimensions": {"height": "0", "length": "0", "weight": "0", "width": "0"},
    "has_imei": False,
    "is_blr_traceable": False,
    "is_marketplace_buyout": False,
    "is_weight_needed": False,
    "mandatory_mark": [],
    "weight_max": 0,
    "weight_min": 0,
}


def whole_card(card: Mapping[str, Any], *, made_at: str) -> dict[str, Any]:
    """Return a card of POST /v3/product/info/list with all that belongs to it."""
    whole = {**copy.deepcopy(dict(_CARD)), **card}
    stocked = card["stocks"]["has_stock"]
    return {
        **whole,
        "created_at": made_at,
        "updated_at": made_at,
        "model_info": {"model_id": card["id"], "count": 1},
        "price_indexes": {
            "color_index": "COLOR_INDEX_WITHOUT_INDEX",
            "external_index_data": dict(_INDEX),
            "ozon_index_data": dict(_INDEX),
            "self_marketplaces_index_data": dict(_INDEX),
        },
        "sources": [{**_SOURCE, "created_at": made_at, **row} for row in card["sources"]],
        "statuses": {**_STATUSES, "status_updated_at": made_at, **card["statuses"]},
        "visibility_details": {"has_price": True, "has_stock": stocked},
    }


def whole_posting(posting: Mapping[str, Any]) -> dict[str, Any]:
    """Return a posting of POST /v3/posting/fbs/get with all that belongs to it."""
    return {
        **copy.deepcopy(dict(_POSTING)),
        **posting,
        "shipment_date_without_delay": posting["shipment_date"],
        "delivery_method": {
            "tpl_provider": "Доставка Ozon",
            "tpl_provider_id": 24,
            **posting["delivery_method"],
        },
        "products": [{**copy.deepcopy(dict(_PRODUCT)), **row} for row in posting["products"]],
    }


def forgiving(handler: Handler) -> Handler:
    """Return a handler that drops fields which a method does not have, and remembers the breach."""

    def handle(call: Call) -> Response:
        breach: str | None = None
        while True:
            try:
                answer = handler(call)
            except UnknownField as unknown:
                # Nothing has happened yet: bodies are read before anything else.
                breach = breach or unknown.message
                body = _without(json.loads(call.request.body), unknown)
                call = replace(call, request=replace(call.request, body=body))
            else:
                answer.breach = answer.breach or breach
                return answer

    return handle


def _without(value: Any, unknown: UnknownField) -> bytes:
    """Return a body without a field of an object that stands at a place such as `stocks[0]`."""
    place = value
    for key in re.findall(r"[^.\[\]]+", unknown.where):
        place = place[int(key) if isinstance(place, list) else key]
    del place[unknown.name]
    return json.dumps(value).encode()
