"""The specifications as they are read: the marketplaces' own examples are true to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.contracts.completions import COMPLETIONS, complete
from tests.contracts.judge import against
from tests.contracts.made_up import spec
from tests.contracts.schemas import listed_words
from tests.contracts.texts import Operation, Spec

# Examples of the methods that are called which are not as their schemas say. In requests nothing
# may be taken from them; of answers only a word that stands for any word, and prices as text.
CALLED = {
    "ozon": (
        "/v1/product/info/warehouse/stocks",
        "/v1/returns/list",
        "/v1/roles",
        "/v2/product/info/stocks-by-warehouse/fbs",
        "/v2/products/stocks",
        "/v2/warehouse/list",
        "/v3/posting/fbs/get",
        "/v3/product/list",
        "/v4/posting/fbs/list",
    ),
    "wildberries": ("/api", "/content"),
    "yandex_market": ("/v",),
}
NOT_AS_SAID = {
    ("POST /v2/warehouse/list", "has_next"),
    ("POST /v3/posting/fbs/get", "result.container_sort_type"),
    ("POST /v3/posting/fbs/get", "result.destination_place_id"),
    ("POST /v3/posting/fbs/get", "result.destination_place_name"),
    ("POST /v3/posting/fbs/get", "result.is_click_and_collect"),
    ("POST /v3/posting/fbs/get", "result.is_presortable"),
    ("POST /v4/posting/fbs/list", "postings[].analytics_data.payment_type_group_name"),
    ("POST /v4/posting/fbs/list", "postings[].available_actions[]"),
    ("POST /v4/posting/fbs/list", "postings[].container_sort_type"),
    ("POST /v4/posting/fbs/list", "postings[].delivery_schema"),
    ("POST /v4/posting/fbs/list", "postings[].prr_option"),
    ("POST /v1/returns/list", "returns[].product.commission.price"),
    ("POST /v1/returns/list", "returns[].product.commission_percent"),
    ("POST /v1/returns/list", "returns[].product.price.price"),
    ("POST /v1/returns/list", "returns[].product.price_without_commission.price"),
    ("POST /v1/returns/list", "returns[].storage.sum.price"),
    ("POST /v1/returns/list", "returns[].storage.utilization_sum.price"),
    ("GET /api/v1/seller-info", "sid"),
    ("POST /content/v2/get/cards/list", "cards[].nmUUID"),
}


def examples(own: Spec, operation: Operation) -> Iterator[tuple[dict[str, object], object]]:
    for status in operation.text["responses"]:
        answer = operation.answer(int(status) if status.isdigit() else 599)
        for content in (answer or {}).get("content", {}).values():
            values = [own.part(e).get("value") for e in content.get("examples", {}).values()]
            values += [content["example"]] if "example" in content else []
            if "schema" in content:
                yield from ((content["schema"], value) for value in values)


def test_examples_are_true_to_their_schemas(specs: Mapping[str, Spec]) -> None:
    wrong, seen = set(), 0
    for name, own in specs.items():
        for operation in own.operations:
            if operation.path.startswith(CALLED[name]):
                for schema, value in examples(own, operation):
                    seen += 1
                    found = against(own, schema, value, answer=True)
                    wrong |= {(str(operation), where) for where, _, _ in found}
    assert wrong == NOT_AS_SAID
    assert seen > 100


def test_what_the_texts_leave_out_is_filled(specs: Mapping[str, Spec]) -> None:
    postings = specs["ozon"].operation("POST", "/v4/posting/fbs/list")
    assert postings is not None
    schema = postings.answer_schema(200)
    assert schema is not None
    row = {"posting_number": "1", "status": "delivered", "colour": "RED"}
    found = list(against(specs["ozon"], schema, {"postings": [row]}, answer=True))
    assert [(where, rule) for where, rule, _ in found] == [("postings[].colour", "unknown")]


@pytest.mark.parametrize("completion", COMPLETIONS, ids=lambda c: ".".join(c.where[-3:]))
def test_a_text_that_has_come_to_say_it_itself_is_left_alone(completion: object) -> None:
    (mine,) = [c for c in COMPLETIONS if c is completion]
    text: dict[str, object] = {"type": "string"}
    for key in reversed(mine.where):
        text = {key: text}
    others = [c.where for c in COMPLETIONS if c.marketplace == mine.marketplace and c is not mine]
    for where in others:
        place: dict[str, object] = text
        for key in where:
            place = place.setdefault(key, {})  # type: ignore[assignment]
    filled: object = complete(mine.marketplace, text)
    for key in mine.where:
        filled = filled[key]  # type: ignore[index]
    assert filled == {"type": "string"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Status:\n- `new` — new;\n- `old_one` — old.", ["new", "old_one"]),
        ("Type: - `1` — one - `2` — two", ["1", "2"]),
        ("Who:\n- `client` или `customer` — the buyer;\n- `ozon`.", ["client", "customer", "ozon"]),
        ("`true`, if it is so", []),
    ],
)
def test_listed_words_are_read_out_of_a_description(text: str, words: list[str]) -> None:
    assert listed_words({"description": text}) == words


def test_an_operation_is_found_by_its_path() -> None:
    own = spec()
    assert str(own.operation("get", "/shelves/7")) == "GET /shelves/{shelf}"
    assert own.operation("GET", "/shelves/7/boards") is None
    assert own.operation("DELETE", "/shelves/7") is None
