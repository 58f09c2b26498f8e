"""What a record keeps of requests and answers, and what it replaces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudstock.marketplaces.anonymous import TEXT_MAX, Anonymizer, Kept
from cloudstock.marketplaces.ozon.kept import KEPT as OZON
from cloudstock.marketplaces.wildberries.kept import KEPT as WILDBERRIES
from cloudstock.marketplaces.yandex_market.kept import KEPT as YANDEX_MARKET
from cloudstock.redaction import Redactor
from cloudstock.settings import Secret
from tests.marketplaces.planted import EVERYTHING, PERSONAL, PHONES, SECRETS, TOKEN, found
from tests.secrets_sought import OZON_KEY, WB_SIGNATURE, YM_KEY

KEPTS = {"ozon": OZON, "wildberries": WILDBERRIES, "yandex_market": YANDEX_MARKET}
SENTENCES = (
    "{}",
    "no such customer: {}",
    "The customer {} has no order",
    "Покупатель {} отказался от заказа",
    "buyer=({}); try again",
    '{{"name": "{}"}}',
    "<p>{}</p>",
)


def anonymizer(kept: Kept = OZON, salt: bytes = b"one record") -> Anonymizer:
    return Anonymizer(kept, Redactor([Secret(s) for s in (OZON_KEY, WB_SIGNATURE, YM_KEY)]), salt)


def kept(value: Any, of: Kept = OZON) -> Any:
    return anonymizer(of).json(value)


# ---------------------------------------------------------------- what goes


@pytest.mark.parametrize("value", EVERYTHING)
@pytest.mark.parametrize("name", ["comment", "name", "tomorrows_field", "warehouse", "price"])
def test_a_field_that_is_not_listed_is_replaced_by_its_name(name: str, value: str) -> None:
    label = f"<{name}>" if len(value) <= 100 else f"<{name}, long>"
    assert kept({name: value}) == {name: label}
    assert kept({"a": [{name: [value, ""]}]}) == {"a": [{name: [label, ""]}]}


@pytest.mark.parametrize("value", EVERYTHING)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_the_marketplace_says_is_kept_without_people(sentence: str, value: str) -> None:
    said = sentence.format(value)
    for marketplace in KEPTS.values():
        one = anonymizer(marketplace)
        answers = [{"message": said}, {"code": said}, {"status": said}, {"errors": [said]}]
        assert found(json.dumps([one.json(a) for a in answers])) == []
        assert found(one.text(said)) == []


@pytest.mark.parametrize("value", [*PHONES, "p.zadorozhny@khimki.example", *SECRETS])
@pytest.mark.parametrize("around", ["{}", "CUP {} blue", "CUP-{}"])
def test_no_article_is_kept_with_a_phone_a_mail_or_a_key(around: str, value: str) -> None:
    value = around.format(value)
    for name, parent in (("offer_id", "products"), ("name", "items"), ("cursor", "result")):
        assert found(json.dumps(kept({parent: [{name: value}]}))) == []
    assert found(json.dumps(kept({"offerIds": [value]}, YANDEX_MARKET))) == []
    assert found(json.dumps(kept({"cards": [{"vendorCode": value}]}, WILDBERRIES))) == []


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_when_signs_unseen_part_it(secret: str) -> None:
    hidden = "\u200b".join(secret)
    answer = {"offer_id": hidden, "message": hidden, "status": hidden, hidden: 1, secret: 2}
    told = json.dumps(kept(answer), ensure_ascii=False).replace("\u200b", "")
    assert found(told) == []


@pytest.mark.parametrize("value", EVERYTHING)
def test_no_key_is_kept_that_is_not_the_name_of_a_field(value: str) -> None:
    assert found(json.dumps(kept({value: {"offer_id": "A"}, "offer_id": "B"}))) == []


def test_nothing_of_a_person_is_kept_numbers_included() -> None:
    answer = {
        "customer": {
            "customer_id": 601,
            "offer_id": "A-1",
            "status": "vip",
            "born_at": "1980-02-03",
            "address": {"latitude": 55.8889, "flat": 93, "is_new": True, "zip_code": None},
        }
    }
    assert kept(answer) == {
        "customer": {
            "customer_id": 0,
            "offer_id": "<offer_id>",
            "status": "<status>",
            "born_at": "<born_at>",
            "address": {"latitude": 0.0, "flat": 0, "is_new": True, "zip_code": None},
        }
    }


@pytest.mark.parametrize("name", ["firstName", "first_name", "FirstName", "INN", "Phone"])
def test_a_person_is_known_however_the_name_is_spelt(name: str) -> None:
    assert kept({name: 12345}) == {name: 0}


def test_a_long_number_that_is_no_id_keeps_its_length_only() -> None:
    answer = {"reference": 79165550137, "tax": 772816897563, "sum": 1.5, "stock": 999_999_999}
    assert kept(answer) == {
        "reference": 10_000_000_000,
        "tax": 100_000_000_000,
        "sum": 1.5,
        "stock": 999_999_999,
    }
    assert kept({"order_id": 33713378051, "orderId": 4133713378}) == {
        "order_id": 33713378051,
        "orderId": 4133713378,
    }


@pytest.mark.parametrize("depth", [10, 100_000])
@pytest.mark.parametrize("value", PERSONAL)
def test_an_answer_that_cannot_be_read_keeps_nobody(value: str, depth: int) -> None:
    lower = value.lower()
    broken = '{"a":' * depth + json.dumps({"comment": lower, "name": value})
    for raw in (broken, broken[:-3], json.dumps(broken), "[" + broken + "\n"):
        told = anonymizer().body(raw.encode())
        assert found(json.dumps(told)) == []


def test_a_page_is_cut() -> None:
    page = "<html>" + "bad gateway " * 10_000
    told = anonymizer().body(page.encode())
    assert isinstance(told, str)
    assert len(told) == TEXT_MAX
    assert told.startswith("<html>bad gateway")


# ---------------------------------------------------------------- what stays


def test_what_a_replay_needs_is_kept() -> None:
    posting = {
        "posting_number": "12345678-0001-1",
        "status": "awaiting_packaging",
        "substatus": "posting_created",
        "in_process_at": "2026-11-29T10:00:00.123Z",
        "products": [
            {
                "offer_id": "Кружка 300 мл/бел",
                "name": "Кружка Белая",
                "sku": 1234567890,
                "quantity": 2,
            }
        ],
        "delivery_method": {"id": 1020000, "warehouse_id": 22655170176000},
        "tracking_number": "",
        "is_express": False,
        "prr_option": None,
    }
    answer = {"postings": [posting], "has_next": True, "cursor": "WzE3MzI4ODU2MDAsMTIzXQ=="}
    assert kept(answer) == answer
    task = {
        "id": 4133713378,
        "rid": "f884001e44e511edb8780242ac120002",
        "createdAt": "2026-11-29T10:00:00Z",
        "article": "CUP-1",
        "skus": ["4601234567893"],
        "chrtId": 987654321,
        "supplierStatus": "new",
    }
    assert kept({"orders": [task], "next": 13833711}, WILDBERRIES) == {
        "orders": [task],
        "next": 13833711,
    }
    order = {"orderId": 49812345678, "status": "PROCESSING", "items": [{"offerId": "A 1"}]}
    answer = {"orders": [order], "paging": {"nextPageToken": "eyBuZXh0SWQ6IDIzNDIgfQ=="}}
    assert kept(answer, YANDEX_MARKET) == answer


@pytest.mark.parametrize(
    "said",
    [
        "Stock is updated too frequently",
        "Limit: value must be inside range (0, 100]",
        "validation error: Limit: value is 1000",
        "404 Not Found",
        "502 Bad Gateway",
        "posting 12345678-0001-1 of 2026-11-29T10:00:00Z not found",
        "Метод отключён, используйте другой",
        "STOCK_TOO_BIG",
        "Client-Id and Api-Key headers are required",
        "the method /v3/product/list takes offer_id or OfferId",
        "Остаток FBS не обновлён",
    ],
)
def test_what_a_programmer_needs_of_a_sentence_is_kept(said: str) -> None:
    assert kept({"message": said}) == {"message": said}


def test_an_article_with_a_sign_unseen_stays_the_same_article() -> None:
    assert kept({"offer_id": "CUP\u200b-1"}) == {"offer_id": "CUP\u200b-1"}


def test_what_must_be_replaced_in_an_id_is_the_same_in_one_record_only() -> None:
    ask, other = {"offer_id": ["a@b.example", "c@d.example"]}, anonymizer(salt=b"another")
    first = kept(ask)["offer_id"]
    assert first == kept(ask)["offer_id"]
    assert len(set(first)) == 2
    assert other.json(ask) != {"offer_id": first}


def test_numbers_dates_and_emptiness_keep_their_types() -> None:
    answer = {
        "a": 1,
        "b": 1.5,
        "c": None,
        "d": True,
        "e": "",
        "f": [],
        "g": {},
        "h": "2026-11-29",
        "i": "29-11-2026 10:00:00",
        "j": "10:00",
    }
    assert kept(answer) == answer
    assert anonymizer().body(b"") is None
    assert anonymizer().body(b"[1, null]") == [1, None]


def test_query_and_path_keep_ids() -> None:
    # In seconds since 1970.
    since = {"dateFrom": 1_796_000_000, "dateTo": 1_798_000_000, "limit": 1000, "next": 13_833_711}
    assert anonymizer(WILDBERRIES).query(since) == since
    one = anonymizer(YANDEX_MARKET)
    params = {"page_token": "eyBuZXh0SWQ6IDIzNDIgfQ==", "limit": 50, "x": PHONES[0], "token": TOKEN}
    assert one.query(params) == params | {"x": "<x>", "token": "<token>"}
    assert one.path("/v2/campaigns/2000/orders") == "/v2/campaigns/2000/orders"
