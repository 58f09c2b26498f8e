"""What a listing that met no product may be: the products that look most like it.

Nobody but a person links by it. The cost grows with the products looked at plus the listings asked
about, never with the one times the other.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop, nlargest
from typing import Protocol

from cloudstock.domain.likeness import folded, likeness

# So many products are looked at, and for so many listings at once; the others get no candidates.
PRODUCTS_MAX = 100_000
LISTINGS_MAX = 500
# Candidates told for each listing, and those that are compared letter by letter for it.
NEAREST_MAX = 3
COMPARED = 12
# What so many listings have in common tells none of them from the others.
COMMON = 8
# Less alike than this is a coincidence; names of different products have much in common.
LIKE = {"article": 0.6, "name": 0.7}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that a listing may be."""

    sku: str
    name: str
    # 'barcode': both have it; 'article' or 'name': they look alike.
    why: str

    def __str__(self) -> str:
        return self.sku


class Component(Protocol):
    """A product that a listing is made of."""

    @property
    def sku(self) -> str:
        """Its article."""


class Described(Protocol):
    """A listing, as far as products are compared with it."""

    @property
    def listing_id(self) -> int:
        """The database's own number of it."""

    @property
    def offer_id(self) -> str:
        """Its article."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def parts(self) -> Sequence[Component]:
        """What it is made of already."""


@dataclass(slots=True)
class _Sought:
    """A listing while products are compared with it."""

    row: Described
    article: str
    name: str
    # Products it is made of already.
    own: frozenset[str]
    # (share of common features, sku, name), the best ones.
    best: list[tuple[float, str, str]] = field(default_factory=list)
    by_barcode: list[Candidate] = field(default_factory=list)

    def features(self) -> set[str]:
        return _features(self.article, self.name)


def candidates(
    connection: sqlite3.Connection, rows: Sequence[Described]
) -> dict[int, tuple[Candidate, ...]]:
    """Return the nearest products of each listing by its number, the nearest first.

    Only the first `LISTINGS_MAX` have an entry; it is empty where nothing looks like the listing.
    """
    sought = {
        r.listing_id: _Sought(
            r, folded(r.offer_id), folded(r.name, " "), frozenset(p.sku for p in r.parts)
        )
        for r in rows[:LISTINGS_MAX]
    }
    for listing_id, candidate in _by_barcode(connection, sought):
        if candidate.sku not in sought[listing_id].own:
            sought[listing_id].by_barcode.append(candidate)
    _compare(connection, list(sought.values()))
    return {listing_id: _nearest(one) for listing_id, one in sought.items()}


def ambiguous(connection: sqlite3.Connection, rows: Iterable[Described]) -> set[int]:
    """Return the numbers of listings whose article is that of another of their account, or none."""
    ids = json.dumps([r.listing_id for r in rows])
    alike = connection.execute(
        "SELECT l.id FROM json_each(?) j CROSS JOIN listing l ON l.id = j.value"
        " WHERE l.offer_id = '' OR EXISTS (SELECT 1 FROM listing o"
        " WHERE o.account_id = l.account_id AND o.offer_id = l.offer_id AND o.id <> l.id)",
        (ids,),
    )
    return {r[0] for r in alike}


def _by_barcode(
    connection: sqlite3.Connection, ids: Iterable[int]
) -> Iterator[tuple[int, Candidate]]:
    rows = connection.execute(
        "SELECT DISTINCT k.listing_id, p.sku, p.name FROM json_each(?) j"
        " CROSS JOIN listing_key k ON k.listing_id = j.value"
        " AND k.key >= 'barcode:' AND k.key < 'barcode;'"
        " CROSS JOIN product_barcode b ON b.barcode = substr(k.key, 9)"
        " CROSS JOIN product p ON p.id = b.product_id ORDER BY k.listing_id, p.sku",
        (json.dumps(list(ids)),),
    )
    for listing_id, sku, name in rows:
        yield listing_id, Candidate(sku, name, "barcode")


def _compare(connection: sqlite3.Connection, sought: Sequence[_Sought]) -> None:
    """Keep with each listing the products that have most features in common with it."""
    having: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(sought):
        for feature in one.features():
            having[feature].append(place)
    telling = {feature: places for feature, places in having.items() if len(places) <= COMMON}
    sizes = [len(one.features()) for one in sought]
    if not telling:
        return
    cursor = connection.cursor()
    cursor.row_factory = None
    for sku, name in cursor.execute("SELECT sku, name FROM product LIMIT ?", (PRODUCTS_MAX,)):
        features = _features(folded(sku), folded(name, " "))
        common: Counter[int] = Counter()
        for feature in features & telling.keys():
            common.update(telling[feature])
        for place, count in common.items():
            one = sought[place]
            if sku in one.own:
                continue
            entry = (2 * count / (sizes[place] + len(features)), sku, name)
            if len(one.best) < COMPARED:
                heappush(one.best, entry)
            else:
                heappushpop(one.best, entry)


def _nearest(one: _Sought) -> tuple[Candidate, ...]:
    skus = {c.sku for c in one.by_barcode}
    scored = []
    for share, sku, name in one.best:
        if sku in skus:
            continue
        article = likeness(one.article, folded(sku))
        title = _names_alike(one.name, folded(name, " "))
        score, why = max((article, "article"), (title, "name"))
        if score >= LIKE[why]:
            scored.append((score, share, Candidate(sku, name, why)))
    near = nlargest(NEAREST_MAX, scored, key=lambda x: x[:2])
    return (*one.by_barcode, *(candidate for *_, candidate in near))[:NEAREST_MAX]


def _names_alike(one: str, other: str) -> float:
    """Return the same for names, where whole words count half."""
    words, others = set(one.split()), set(other.split())
    if not words or not others:
        return 0.0
    shared = len(words & others) / min(len(words), len(others))
    return (shared + likeness(one, other)) / 2


def _features(article: str, name: str) -> set[str]:
    """Return what is compared first: three letters of the article each, and words of the name."""
    padded = f"^{article}$"
    features = {padded[i : i + 3] for i in range(len(padded) - 2)}
    features.update(word for word in name.split() if len(word) > 2)
    return features
