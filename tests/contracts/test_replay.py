"""What a record becomes: every answer is fed to the adapter that asked for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudstock.domain.records import Listing, Order, PushOutcome, SeenStock, Step, Verdict
from cloudstock.sandbox.world import World
from tests.contracts.__main__ import main
from tests.contracts.days import SPEED, open_shop
from tests.contracts.replay import BadRecord, Fate, Player, place_of, read
from tests.contracts.texts import Spec

AT = "2026-11-23T09:30:00.000Z"
HEAD = {
    "cloudstock": "0.1.0",
    "recorded_at": AT,
    "command": "sync",
    "accounts": [
        {
            "account": "my-ozon",
            "marketplace": "ozon",
            "warehouses": ["1020000"],
            "options": {},
        },
        {"account": "my-wb", "marketplace": "wildberries", "warehouses": ["507"], "options": {}},
    ],
}
POSTING = {
    "posting_number": "48215001-0001-1",
    "order_number": "48215001-0001",
    "status": "awaiting_packaging",
    "in_process_at": "2026-11-23T08:00:00Z",
    "products": [{"offer_id": "MUG", "sku": 2600000013, "quantity": 3}],
}


def line(method: str, path: str, answer: Any, **more: Any) -> dict[str, Any]:
    wildberries = path.startswith("/api")
    return {
        "at": AT,
        "account": "my-wb" if wildberries else "my-ozon",
        "marketplace": "wildberries" if wildberries else "ozon",
        "method": method,
        "path": path,
        "query": {},
        "request": None,
        "status": 200,
        "headers": {},
        "answer": answer,
        **more,
    }


def postings(*rows: Any, **more: Any) -> dict[str, Any]:
    answer = {"postings": list(rows), "has_next": True, "cursor": "abc"}
    since = {"since": "2026-11-20T00:00:00Z", "to": AT}
    request = {"filter": since, "limit": 100, "cursor": "", "sort_dir": "ASC"}
    return line("POST", "/v4/posting/fbs/list", answer, request=request, **more)


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    made = Player()
    yield made
    made.close()


def played(player: Player, folder: Path, *lines: Any) -> list[Fate]:
    file = folder / "record.jsonl"
    file.write_text("".join(json.dumps(x) + "\n" for x in (HEAD, *lines)), encoding="utf-8")
    return list(player.play(read(file)))


def test_an_answer_becomes_records(player: Player, tmp_path: Path) -> None:
    (fate,) = played(player, tmp_path, postings(POSTING))
    assert (fate.error, fate.violations) == (None, ())
    (order,) = fate.records
    assert isinstance(order, Order)
    assert (order.order_id, order.step) == ("48215001-0001-1", Step.OPEN)
    assert [line.quantity for line in order.lines] == [3]


def test_an_answer_that_is_refused_tells_why(player: Player, tmp_path: Path) -> None:
    broken = POSTING | {"products": [{"quantity": "many"}]}
    first, second = played(player, tmp_path, postings(broken), postings(POSTING))
    assert first.refused
    assert "products[0].quantity" in str(first.error)
    assert not second.refused, "one does not spoil the other"


def test_an_error_is_told_and_not_refused(player: Player, tmp_path: Path) -> None:
    error = {"code": 3, "message": "Limit: value must be inside range (0, 100]", "details": []}
    (fate,) = played(player, tmp_path, postings(status=400) | {"answer": error})
    assert not fate.refused
    assert "inside range" in str(fate.error)


def test_what_is_beside_comes_from_the_record(player: Player, tmp_path: Path) -> None:
    products = {"result": {"items": [{"product_id": 7, "offer_id": "MUG"}], "last_id": ""}}
    cards = {"items": [{"id": 7, "offer_id": "MUG", "name": "A mug", "sku": 70}]}
    fates = played(
        player,
        tmp_path,
        line("POST", "/v3/product/list", products, request={"filter": {"visibility": "ALL"}}),
        line("POST", "/v3/product/info/list", cards, request={"product_id": ["7"]}),
    )
    for fate in fates:
        (listing,) = fate.records
        assert isinstance(listing, Listing)
        assert (listing.external_id, listing.name) == ("7", "A mug")


def test_a_push_is_of_the_numbers_that_were_sent(player: Player, tmp_path: Path) -> None:
    asked = {"stocks": [{"product_id": 7, "warehouse_id": 1020000, "stock": 4}]}
    row = {"product_id": 7, "offer_id": "MUG", "warehouse_id": 1020000}
    taken = {"result": [{**row, "updated": True, "errors": []}]}
    error = {"code": "WAREHOUSE_NOT_FOUND", "message": "no such warehouse"}
    not_taken = {"result": [{**row, "updated": False, "errors": [error]}]}
    good, bad = played(
        player,
        tmp_path,
        line("POST", "/v2/products/stocks", taken, request=asked),
        line("POST", "/v2/products/stocks", not_taken, request=asked),
    )
    for fate, verdict in ((good, Verdict.ACCEPTED), (bad, Verdict.REFUSED)):
        (outcome,) = fate.records
        assert isinstance(outcome, PushOutcome)
        assert (outcome.update.quantity, outcome.verdict) == (4, verdict)


def test_stock_is_of_the_recorded_warehouse(player: Player, tmp_path: Path) -> None:
    answer = {"stocks": [{"chrtId": 501, "amount": 9}]}
    (fate,) = played(
        player, tmp_path, line("POST", "/api/v3/stocks/507", answer, request={"chrtIds": [501]})
    )
    (shown,) = fate.records
    assert isinstance(shown, SeenStock)
    assert (shown.warehouse_id, shown.free) == ("507", 9)


def test_statuses_are_of_the_orders_that_were_asked_for(player: Player, tmp_path: Path) -> None:
    row = {"id": 5632001, "supplierStatus": "complete", "wbStatus": "sold"}
    (fate,) = played(
        player,
        tmp_path,
        line("POST", "/api/v3/orders/status", {"orders": [row]}, request={"orders": [5632001]}),
    )
    (order,) = fate.records
    assert isinstance(order, Order)
    assert (order.order_id, order.step) == ("5632001", Step.DELIVERED)


def test_a_method_that_nobody_asks_is_told(player: Player, tmp_path: Path) -> None:
    (fate,) = played(player, tmp_path, line("POST", "/v1/something/else", {"a": 1}))
    assert fate.visit is None


def test_other_lines_are_passed_over(player: Player, tmp_path: Path) -> None:
    surprise = {"surprise": {"account": "my-ozon", "place": "x", "field": "status", "word": "y"}}
    failed = {k: v for k, v in postings().items() if k not in ("status", "answer")}
    end = {"end": {"exchanges": 1, "whole": True}}
    assert len(played(player, tmp_path, surprise, failed, postings(POSTING), end)) == 1


@pytest.mark.parametrize("text", ["", "no json\n", '{"status": 200}\n', '{"end": {}}\n'])
def test_what_is_no_record_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "record.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadRecord, match=r"record\.jsonl"):
        read(file)


def test_a_place_has_no_numbers_in_it() -> None:
    assert place_of("GET", "/api/v3/orders") == "GET /api/v3/orders"
    assert place_of("PUT", "/api/v3/stocks/658430") == "PUT /api/v3/stocks/{}"
    place = place_of("GET", "/v2/campaigns/22003330/orders/40000000001/returns/1000")
    assert place == "GET /v2/campaigns/{}/orders/{}/returns/{}"


def test_what_differs_from_the_specification_is_told(
    specs: Mapping[str, Spec], tmp_path: Path
) -> None:
    player = Player(specs)
    try:
        fate, _ = played(player, tmp_path, postings(POSTING | {"colour": "RED"}), postings())
    finally:
        player.close()
    (violation,) = fate.violations
    assert violation.startswith("answer: postings[].colour")


def test_what_a_command_records_can_be_replayed(player: Player, tmp_path: Path) -> None:
    world = World.standard(products=4, speed=SPEED)
    files = [tmp_path / f"{n}.jsonl" for n in range(3)]
    with open_shop(world, lambda exchange: None) as shop:
        shop.run("pull-catalog", "--record", str(files[0]))
        shop.run("poll-orders")
        shop.run("poll-returns")
        shop.count()
        shop.run("push-stocks", "--record", str(files[1]))
        for name in world.accounts:
            shop.buy(name, (shop.skus(name)[0], 1))
        shop.run("sync", "--record", str(files[2]))
    kinds: set[tuple[str, str]] = set()
    for file in files:
        for fate in player.play(read(file)):
            assert fate.error is None, fate
            assert fate.visit is not None, fate
            kinds |= {(fate.exchange.account, type(r).__name__) for r in fate.records}
    for name in world.accounts:
        assert {(name, "Listing"), (name, "PushOutcome"), (name, "Order")} <= kinds


def test_the_command_tells_every_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "record.jsonl"
    rows = (HEAD, postings(POSTING), postings(POSTING | {"products": "many"}))
    file.write_text("".join(json.dumps(x) + "\n" for x in rows), encoding="utf-8")
    assert main(["--replay", str(file)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("2: my-ozon: POST /v4/posting/fbs/list: 200: 1 Order in ")
    assert any("refused in" in line for line in said)
    assert said[-1].startswith("answers: 2, refused: 1,")
    assert main(["--replay", str(tmp_path / "nowhere")]) == 2
