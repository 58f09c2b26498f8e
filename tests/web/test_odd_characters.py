"""Odd characters and numbers beyond reason, from forms, scripts and addresses: never booked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from cloudstock.store import Store
from cloudstock.store.integrity import examine
from cloudstock.web.api import OPERATIONS
from tests.test_odd_characters import ODD
from tests.web.conftest import Visitor, Window
from tests.web.test_api import BODIES, script

__all__ = ["script"]

NUL, HALF = "\0", "\ud800"
FIT = "".join(c for c in ODD if c != NUL and not "\ud800" <= c <= "\udfff")
NUMBERS = (2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40)
CHANGES = [o for o in OPERATIONS if o.body is not None]
READINGS = [o for o in OPERATIONS if o.body is None]


def spoilt(value: Any) -> Iterator[Any]:
    """Yield a body with each of its values replaced by what may not be meant."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: other} for other in spoilt(inner))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from ([*value[:n], other, *value[n + 1 :]] for other in spoilt(inner))
    elif isinstance(value, bool):
        yield "true"
    elif isinstance(value, int):
        yield from NUMBERS
    else:
        yield from (f"{value}{odd}" for odd in (NUL, HALF, FIT))


def assert_whole(window: Window) -> None:
    with Store.open(window.site.config.database) as store:
        assert not examine(store).wrong
        assert NUL not in "\n".join(store.connection.iterdump())


def test_a_script_that_sends_them_is_answered(locked_window: Window, script: Any) -> None:
    for operation in CHANGES:
        for body in spoilt(BODIES[operation.path]):
            text = json.dumps(body)
            answer = script.request(
                operation.method,
                operation.path,
                content=text,
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code < 500, (operation.path, text, answer.text)
            if "\\u0000" in text or "\\ud800" in text:
                assert answer.status_code == 400, (operation.path, text, answer.text)
    assert_whole(locked_window)


def test_an_address_that_holds_them_is_answered(script: Any) -> None:
    odd = [quote(text) for text in (f"MUG{FIT}", "MUG\0x", *map(str, NUMBERS[2::3]))]
    for operation in READINGS:
        for query in operation.query:
            for value in (*odd, "%ED%A0%80", "%FF"):
                answer = script.get(f"{operation.path}?{query.name}={value}")
                assert answer.status_code < 500, (operation.path, query.name, value, answer.text)
                if "%00x" in value:
                    assert answer.status_code == 400


FORMS: dict[str, tuple[str, ...]] = {
    "/product/count?sku=MUG": ("quantity", "warehouse", "note", "at"),
    "/product/adjust?sku=MUG": ("change", "reason", "warehouse"),
    "/listing/link?account=wb-main&id={id}": ("sku0", "units0", "create"),
    "/return/receive?account=ym-main&id=R-1": ("quantity", "what", "part", "warehouse"),
    "/login": ("password", "next"),
}
USUAL = {"quantity": "4", "change": "-1", "reason": "x", "sku0": "CUP", "units0": "2"}


def test_a_form_that_holds_them_is_answered(open_window: Window, visitor: Visitor) -> None:
    with Store.open(open_window.site.config.database) as store:
        (listing,) = store.connection.execute(
            "SELECT external_id FROM listing l JOIN account a ON a.id = l.account_id"
            " WHERE a.name = 'wb-main' LIMIT 1"
        ).fetchone()
    visitor.get("/")
    origin = {"Origin": open_window.url, "Sec-Fetch-Site": "same-origin"}
    for address, fields in FORMS.items():
        usual = {k: v for k, v in USUAL.items() if k in fields}
        for field in fields:
            for odd in (f"CUP{NUL}", f"{FIT}CUP", *map(str, NUMBERS)):
                answer = visitor.http.post(
                    address.format(id=listing),
                    data={"csrf": visitor.token, **usual, field: odd},
                    headers=origin,
                )
                assert answer.status_code < 500, (address, field, odd, answer.text)
                if NUL in odd:
                    assert answer.status_code == 400
    assert_whole(open_window)
