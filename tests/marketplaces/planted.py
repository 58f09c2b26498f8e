"""People and secrets that nobody may find in a record, and the search for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.secrets_sought import OZON_KEY, WB_SIGNATURE, YM_KEY, Search

NAMES = (
    "Задорожный Пётр Сергеевич",
    "Задорожный П.С.",
    "П. С. Задорожный",
    "ЗАДОРОЖНЫЙ ПЁТР",
    "Pyotr Zadorozhny",
    "PYOTR ZADOROZHNY",
    "ИП Задорожный",
)
PHONES = (
    "+79165550137",
    "89165550137",
    "+7 (916) 555-01-37",
    "8 916 555 01 37",
    "7-916-555-01-37",
    "+7\N{NO-BREAK SPACE}916\N{NO-BREAK SPACE}555\N{EN DASH}01\N{EN DASH}37",
    "(916) 555-01-37",
)
ADDRESSES = (
    "141400, г. Химки, ул. Маяковского, д. 17, кв. 93",
    "Химки, улица Маяковского 17",
    "Маяковского улица 17-93",
    "Mayakovskogo street 17, apt. 93, Khimki",
)
EMAILS = ("p.zadorozhny@khimki.example", "задорожный@химки.рф", "p%2Ezadorozhny%40khimki.example")
# A token that the configuration does not know.
TOKEN = (
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjUifQ.eyJlbnQiOjEsImV4cCI6MTc5ODk2fQ.c2VjcmV0LXNpZ25hdHVyZQ"
)
SECRETS = (OZON_KEY, WB_SIGNATURE, YM_KEY, TOKEN)
INN = "772816897563"
PERSONAL = (*NAMES, *PHONES, *ADDRESSES, *EMAILS, INN)
EVERYTHING = (*PERSONAL, *SECRETS)

_WORDS = ("задорожн", "zadorozhny", "пётр", "pyotr", "маяковск", "mayakovsk", "химки", "khimki")
_NUMBERS = ("9165550137", INN)
_SECRETS = Search({"ozon": OZON_KEY, "wb": WB_SIGNATURE, "ym": YM_KEY, "token": TOKEN})


def found(raw: str) -> list[str]:
    """Return what of the planted is in a text, in JSON lines also within decoded strings."""
    texts = [raw]
    for line in raw.splitlines():
        try:
            texts.extend(strings(json.loads(line)))
        except ValueError:
            continue
    return sorted({what for text in texts for what in _in(text)})


def _in(text: str) -> Iterator[str]:
    plain = text.casefold()
    yield from (word for word in _WORDS if word in plain)
    digits = re.sub(r"(?<=\d)[\s().\N{EN DASH}-]+(?=\d)", "", text)
    yield from (number for number in _NUMBERS if number in digits)
    yield from _SECRETS.found(text)


def strings(value: Any) -> Iterator[str]:
    """Yield every text and number in JSON values, keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str | int | float):
        yield str(value)
