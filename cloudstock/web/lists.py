"""Lists in the browser and for scripts, as they are declared."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request

from cloudstock.domain import grammar
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.lists.changes import CHANGES
from cloudstock.lists.declared import Kind, List
from cloudstock.lists.history import HISTORY
from cloudstock.lists.listings import LISTINGS
from cloudstock.lists.orders import ORDERS
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import NoSuchPage, Page, page
from cloudstock.lists.reserves import RESERVES
from cloudstock.lists.returns import RETURNS
from cloudstock.lists.runs import RUNS
from cloudstock.lists.values import given_by
from cloudstock.store import Store
from cloudstock.web.replies import Refused
from cloudstock.web.site import site_of

LISTS: tuple[List[Any], ...] = (
    PRODUCTS,
    LISTINGS,
    ORDERS,
    RESERVES,
    RETURNS,
    HISTORY,
    RUNS,
    CHANGES,
)
# Rows of a page, where an address does not say how many.
ROWS = 100
ROWS_MAX = 1000


class Values(dict[str, list[str]]):
    """What an address carries: each name with its values; none for any other name."""

    def __missing__(self, _name: str) -> list[str]:
        return []


def values_of(request: Request) -> Values:
    """Return what an address carries."""
    query = request.query_params
    return Values({name: query.getlist(name) for name in query})


def given_in(request: Request, wanted: List[Any]) -> dict[str, object]:
    """Return the filters of a list that an address carries; raises `Refused`."""
    try:
        return given_by(wanted, values_of(request), now=site_of(request).now)
    except UsageProblem as problem:
        raise Refused(400, "address", str(problem)) from problem


def sort_of(request: Request, wanted: List[Any]) -> str:
    """Return the order that an address asks for; raises `Refused`."""
    sort = request.query_params.get("sort", "")
    if sort and sort.removeprefix("-") not in wanted.sorts:
        words = ", ".join(wanted.sorts)
        raise Refused(
            400, "address", tr("{name}: expected one of {words}", name="sort", words=words)
        )
    return sort


def page_of(
    request: Request,
    store: Store,
    wanted: List[Any],
    given: Mapping[str, object],
    *,
    limit: int = ROWS,
) -> Page[Any]:
    """Return the page of a list that an address asks for; raises `Refused`, `UsageProblem`."""
    query, sort = request.query_params, sort_of(request, wanted)
    try:
        return page(
            store.connection,
            wanted,
            given,
            sort=sort,
            limit=limit,
            after=query.get("after") or None,
            before=query.get("before") or None,
        )
    except NoSuchPage as problem:
        raise Refused(400, "address", str(problem)) from problem


def limit_of(request: Request) -> int:
    """Return how many rows an address asks for; raises `Refused`."""
    written = request.query_params.get("limit", str(ROWS))
    number = grammar.units(written)
    if number is None or not 1 <= number <= ROWS_MAX:
        raise Refused(
            400,
            "address",
            tr("{name}: expected a number from 1 to {most}", name="limit", most=ROWS_MAX),
        )
    return number


@cache
def answer_of(wanted: List[Any]) -> type[msgspec.Struct]:
    """Return the type of a page as scripts get it: the rows by the list's name, and `next`."""
    made: type[msgspec.Struct] = msgspec.defstruct(
        f"{wanted.name.capitalize()}Page",
        [(wanted.name, tuple[wanted.row, ...]), ("next", str | None)],  # type: ignore[name-defined]
        frozen=True,
        namespace={"__doc__": "A page of the list; `next` is null on the last one."},
    )
    return made


def kind_of(kind: Kind) -> str:
    """Return what kind of value scripts write for a filter."""
    return {Kind.YES: "yes", Kind.NUMBER: "number"}.get(kind, "text")
