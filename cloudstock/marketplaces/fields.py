"""What fields of all marketplaces' answers have in common: bounds that no true value crosses.

They are checked while an answer is decoded, so that the error names account, endpoint and field.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from msgspec import Meta

# Units. No warehouse holds more, and sums of many stay far below what SQLite counts up to.
UNITS_MAX = 2**31 - 1
Count = Annotated[int, Meta(ge=0, le=UNITS_MAX)]

# What is sent back to ask again: one that cannot be asked for would be refused ever after.
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

# RFC 3339 with a zone; anything else is refused.
Moment = Annotated[datetime, Meta(tz=True)]

_ADDRESS = re.compile(r"https://[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x7e]{1,500}")

YEARS = range(2000, 2200)

Meaning = TypeVar("Meaning", bound=Hashable)


def address(told: Any) -> str:
    """Return an address that an answer tells, or the first of several; "": none of https.

    Whatever else stands there is no reason to do without the rest of the answer.
    """
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, str) and _ADDRESS.fullmatch(one):
            return one
    return ""


def within_reason(**moments: datetime | None) -> None:
    """Raise ValueError, with the field's name, for a moment of another century.

    At the ends of the calendar even a change of zone fails. For `__post_init__` of wire formats.
    """
    for name, moment in moments.items():
        if moment is not None and moment.year not in YEARS:
            raise ValueError(f"{name} is in the year {moment.year}")


def by_meaning(meanings: Mapping[Meaning, str]) -> Mapping[str, Meaning]:
    """Return what each word means; every meaning has its words, parted by blanks.

    Raises ValueError where a word has two meanings.
    """
    table = {word: meaning for meaning, row in meanings.items() for word in row.split()}
    if len(table) < sum(len(row.split()) for row in meanings.values()):
        raise ValueError("a word has two meanings")
    return table


def words(text: str) -> frozenset[str]:
    """Return the words of a text, parted by blanks."""
    return frozenset(text.split())
