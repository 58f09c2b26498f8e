"""A short form of `python -m tests.wire`, and each mistake that it found, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.fuzz import JOBS, Work, judge, trial
from tests.wire.shop import ACCOUNTS, Shop, a_shop
from tests.wire.spoiling import BROKEN, TWISTED, Spoilt

TRIALS = 3
END_OF_TIME = '"9999-12-31T23:59:59-12:00"'
BEGIN_OF_TIME = '"0001-01-01T00:00:00+14:00"'


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with a_shop() as opened:
        yield opened


class Case(NamedTuple):
    """In the answers of a path, whatever matches becomes something else."""

    marketplace: str
    job: str
    path: str
    pattern: str
    becomes: str
    # The kind of error that the account ends with.
    kind: str = "answer"

    def __call__(self, n: int, method: str, path: str, good: Spoilt) -> tuple[str, Spoilt]:
        if not path.endswith(self.path) or good.status != 200:
            return "", good
        body, times = re.subn(self.pattern, self.becomes, good.body.decode(), count=1)
        return ("corpus", replace(good, body=body.encode())) if times else ("", good)


CORPUS = {
    # True to the text of Ozon, which bounds no time: told of, and read as far as it can be.
    "an order made at the end of time": Case(
        "ozon", "poll-orders", "/fbs/list", r'(?<="in_process_at":)"[^"]*"', END_OF_TIME, "fine"
    ),
    "an order handed over at its beginning": Case(
        "ozon", "poll-orders", "/fbs/list", r'(?<="delivering_date":)[^,}]*', BEGIN_OF_TIME, "fine"
    ),
    "a return that ends with time": Case(
        "ozon", "poll-returns", "/returns/list", r'(?<="final_moment":)"[^"]*"', END_OF_TIME, "fine"
    ),
    "a posting of more units than SQLite can count": Case(
        "ozon", "poll-orders", "/fbs/list", r'(?<="quantity":)\d+', "9223372036854775808"
    ),
    "more reserved than present": Case(
        "ozon", "methods", "/warehouse/stocks",
        r'"present":\d+,"reserved":\d+,"free_stock":\d+', '"present":1,"reserved":2', "fine"
    ),
    "a task made at the end of time": Case(
        "wildberries", "poll-orders", "/orders/new",
        r'(?<="createdAt":)"[^"]*"', END_OF_TIME, "fine"
    ),
    "a return done on a day that does not exist": Case(
        "wildberries", "poll-returns", "/item-returns",
        r'(?<="completedDt":)"[^"]*"', '"2026-02-30"', "fine"
    ),
    "a return with no name": Case(
        "wildberries", "poll-returns", "/item-returns",
        r'"srid":"[^"]*"(.*?)"shkId":\d+', r'"x":0\1"y":0', "fine"
    ),
    "a warehouse told three times": Case(
        "wildberries", "check", "/warehouses", r"^\[(.*)\]$", r"[\1,\1,\1]", "fine"
    ),
    "an order made at the end of Market's time": Case(
        "yandex_market", "poll-orders", "/orders", r'(?<="creationDate":)"[^"]*"', END_OF_TIME
    ),
    # What cannot be is bounded, and told.
    "an order of more units than SQLite can count": Case(
        "yandex_market", "poll-orders", "/orders",
        r'(?<="count":)\d+', "9223372036854775808", "fine"
    ),
    "an order that cannot be asked for again": Case(
        "yandex_market", "poll-orders", "/orders", r'(?<="orderId":)\d+', "-1"
    ),
    "a task that cannot be asked for again": Case(
        "wildberries", "poll-orders", "/orders/new", r'(?<="id":)\d+', "0", "fine"
    ),
    "a warehouse whose status moves the cursor": Case(
        "ozon", "check", "/warehouse/list", r'(?<="status":)"[^"]*"', r'"\\u001b[2J"', "marketplace"
    ),
    "a seller whose name is no text": Case(
        "wildberries", "check", "/seller-info", r'(?<="tradeMark":)"[^"]*"',
        r'"\\u0000\\u001b[2J"', "fine"
    ),
    "a warehouse of another number whose name moves the cursor": Case(
        "wildberries", "check", "/warehouses", r'"id":\d+,"name":"[^"]*"',
        r'"id":1,"name":"\\u001b[2J"', "marketplace"
    ),
    "Market's warehouse of another number whose name moves the cursor": Case(
        "yandex_market", "check", "/warehouses", r'"id":\d+,"name":"[^"]*"',
        r'"id":1,"name":"\\u001b[2J"', "marketplace"
    ),
    "more on sale than SQLite can count": Case(
        "yandex_market", "methods", "/offers/stocks",
        r'(?<="count":)\d+', "9223372036854775808", "fine"
    ),
    "an update of stocks that was done somehow": Case(
        "yandex_market", "methods", "/offers/stocks/update", r'(?<="status":)"OK"', '"=1+1"'
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CORPUS))
def test_what_was_found_once_is_an_error_with_a_name(shop: Shop, name: str) -> None:
    case = CORPUS[name]
    outcome = judge(shop, case.marketplace, Work(case.job, case))
    assert outcome.complaints == []
    assert outcome.spoilt["corpus"], "no answer had anything to spoil"
    assert outcome.ended[case.kind], outcome.ended


@pytest.mark.parametrize("marketplace", list(ACCOUNTS))
@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +1400"]
)
def test_a_server_whose_clock_is_at_an_end_of_time(shop: Shop, marketplace: str, date: str) -> None:
    def decide(n: int, method: str, path: str, good: Spoilt) -> tuple[str, Spoilt]:
        return "dates", replace(good, headers=good.headers | {"Date": date})

    outcome = judge(shop, marketplace, Work("sync", decide))
    assert (outcome.complaints, outcome.ended) == ([], {"fine": 1})


@pytest.mark.parametrize("number", range(TRIALS))
@pytest.mark.parametrize("marketplace", list(ACCOUNTS))
def test_spoilt_answers_do_nothing_to_the_book(shop: Shop, marketplace: str, number: int) -> None:
    assert trial(shop, marketplace, f"{marketplace}:short:{number}").complaints == []


_LEAVES: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**66), 2**66)
    | st.floats(allow_nan=False)
    | st.text()
)
_NAMES = st.sampled_from(
    ["result", "orders", "postings", "returns", "status", "errors", "items", "id"]
)
DOCUMENTS = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("marketplace", list(ACCOUNTS))
@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=DOCUMENTS, job=st.sampled_from(list(JOBS)), nth=st.integers(0, 9))
def test_any_document_may_be_the_answer(
    shop: Shop, marketplace: str, document: Any, job: str, nth: int
) -> None:
    body = msgspec.json.encode(document) if _fits(document) else b"{}"

    def decide(n: int, method: str, path: str, good: Spoilt) -> tuple[str, Spoilt]:
        return ("another_shape", replace(good, status=200, body=body)) if n == nth else ("", good)

    assert judge(shop, marketplace, Work(job, decide)).complaints == []


def _fits(document: Any) -> bool:
    try:
        msgspec.json.encode(document)
    except (OverflowError, UnicodeEncodeError):
        return False
    return True


def test_every_way_to_spoil_an_answer_is_known_by_one_name() -> None:
    assert not set(BROKEN) & set(TWISTED)
