"""What a person does in the browser is what the commands do: the same ledger, the same refusals."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudstock.domain.records import Step
from cloudstock.lists.products import PRODUCTS
from cloudstock.lists.reading import rows as rows_of
from cloudstock.lock import run_lock
from cloudstock.store import Store
from cloudstock.store.views import browse
from cloudstock.web import pages
from tests.builders import ledger, level, listing_id, lying, made_of
from tests.jobs.town import Town
from tests.store.trade import cancel_on_its_way
from tests.web.conftest import Visitor, Window, text_of, wait_for_round

MUG = "/product?sku=MUG"


def test_a_count_is_a_movement_of_the_difference(town: Town, visitor: Visitor) -> None:
    told = visitor.act(
        MUG, "/product/count?sku=MUG", {"quantity": "6", "warehouse": "main", "note": "warehouse 3"}
    )
    assert told == "MUG in main: 6 on hand (was 9, -3)"
    assert ledger(town.store)[-1] == ("MUG", "main", -3, "count")
    assert "warehouse 3" in visitor.get(MUG).text
    # Said once.
    assert 'class="note"' not in visitor.get(MUG).text


def test_a_count_of_before_the_last_is_confirmed_first(town: Town, visitor: Visitor) -> None:
    before, path = ledger(town.store), "/product/count?sku=MUG"
    fields = {"quantity": "6", "warehouse": "main", "at": "2026-01-02T09:00"}
    visitor.get(MUG)
    asked = visitor.post(path, fields, expect=422).text
    assert "MUG was counted in main on" in text_of(asked, "problem")
    assert 'value="2026-01-02T09:00"' in asked
    assert 'name="yes"' in asked
    assert ledger(town.store) == before
    assert "6 counted on 2026-01-02 09:00" in visitor.act(MUG, path, {**fields, "yes": "on"})


def test_a_correction_keeps_its_reason(town: Town, visitor: Visitor) -> None:
    fields = {"change": "−2", "warehouse": "main", "reason": "broken <b>"}
    told = visitor.act(MUG, "/product/adjust?sku=MUG", fields)
    assert told == "MUG in main: 7 on hand (was 9, -2)"
    assert ledger(town.store)[-1] == ("MUG", "main", -2, "adjustment")
    assert "broken &lt;b&gt;" in visitor.get(MUG).text


def test_a_key_of_the_configuration_is_neither_kept_nor_shown(
    open_window: Window, visitor: Visitor
) -> None:
    key, before = "a-key-that-nobody-may-see", open_window.contents()
    visitor.get(MUG)
    fields = {"quantity": "6", "warehouse": "main", "note": f"see {key}"}
    page = visitor.post("/product/count?sku=MUG", fields, expect=422).text
    assert "a key of the configuration stands in it" in text_of(page, "problem")
    assert key not in page
    count = {"counts": [{"sku": "MUG", "quantity": 6}], "note": key}
    visitor.http.cookies.clear()
    refused = visitor.http.post("/api/v1/counts", json=count)
    assert refused.status_code == 422
    assert key not in refused.text
    assert open_window.contents() == before


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/product/count?sku=MUG", {"quantity": "six"}, "“six”"),
        ("/product/count?sku=MUG", {"quantity": ""}, "“”"),
        ("/product/count?sku=MUG", {"quantity": "6", "at": "today"}, "a time, not “today”"),
        ("/product/count?sku=MUG", {"quantity": "6", "at": "2050-01-01T09:00"}, "yet to come"),
        ("/product/count?sku=MUG", {"quantity": "-1"}, "-1"),
        ("/product/count?sku=MUG", {"quantity": "99999999999"}, "99999999999"),
        ("/product/count?sku=MUG", {"quantity": "5", "warehouse": "attic"}, "attic"),
        ("/product/count?sku=MUG", {"quantity": "5", "warehouse": "quarantine"}, "quarantine"),
        ("/product/adjust?sku=MUG", {"change": "-1", "reason": " "}, "reason"),
        ("/product/adjust?sku=MUG", {"change": "0", "reason": "none"}, "0 units"),
        ("/product/adjust?sku=MUG", {"change": "-10", "reason": "gone"}, "9 units"),
        ("/product/adjust?sku=POT", {"change": "1", "reason": "found"}, "never counted"),
        ("/listing/link?account=ozon-main&id=MUG", {"sku0": "NONE"}, "NONE"),
        ("/listing/link?account=ozon-main&id=MUG", {"sku0": "CUP", "units0": "0"}, "units"),
        ("/listing/link?account=ozon-main&id=MUG", {"sku0": "CUP", "sku1": "CUP"}, "twice"),
        ("/listing/link?account=ozon-main&id=MUG", {}, "at least one product"),
        ("/listing/link?account=ozon-main&id=MUG", {"sku0": "CUP", "units0": "0"}, "expected 1 to"),
        ("/return/receive?account=ym-main&id=R-1", {"what": "receive"}, "R-1"),
        ("/return/receive?account=ym-main&id=R-9", {"what": "receive"}, "R-9"),
        ("/return/receive?account=ym-main&id=R-1", {"what": "burn"}, "written off"),
        ("/order/close?account=ym-main&id=YM-1", {}, "nothing of order YM-1 is awaited"),
    ],
)
def test_what_cannot_be_is_told_where_it_was_typed_and_changes_nothing(
    open_window: Window, visitor: Visitor, path: str, fields: dict[str, str], said: str
) -> None:
    before = open_window.contents()
    visitor.get("/")
    page = visitor.post(path, fields, expect=422).text
    assert said in text_of(page, "problem")
    for name, typed in fields.items():
        if name in ("change", "reason", "sku0") and typed.strip():
            assert f'value="{typed}"' in page
    assert open_window.contents() == before


@pytest.mark.parametrize(
    "path",
    [
        "/product/count?sku=NONE",
        "/product/count",
        "/listing/link?account=ozon-main&id=NONE",
        "/listing/unlink?account=nobody&id=MUG",
        "/return/receive?account=ym-main",
        "/order/close?account=ym-main",
    ],
)
def test_what_is_not_there_is_not_changed(open_window: Window, visitor: Visitor, path: str) -> None:
    before = open_window.contents()
    visitor.get("/")
    answer = visitor.http.post(
        path, data={"csrf": visitor.token, "quantity": "1", "sku0": "MUG", "what": "receive"}
    )
    assert answer.status_code in (400, 404)
    assert open_window.contents() == before


def test_a_listing_is_linked_as_a_bundle_and_a_pack_and_taken_off(
    town: Town, visitor: Visitor
) -> None:
    place = "/listing?account=wb-main&id=POT"
    ids = town.store.catalog.account_ids()
    told = visitor.act(
        place,
        "/listing/link?account=wb-main&id=POT",
        {"sku0": "CUP", "units0": "3", "sku1": "", "sku2": "MUG", "units2": ""},
    )
    assert told == "wb-main POT: 3 x CUP + MUG (was POT)"
    assert made_of(town.store, ids["wb-main"], "POT") == {"CUP": 3, "MUG": 1}
    page = visitor.get(place).text
    assert "linked by hand" in page
    assert 'value="CUP"' in page
    told = visitor.act(place, "/listing/unlink?account=wb-main&id=POT", {})
    assert told.startswith("wb-main POT: linked to no product")
    assert made_of(town.store, ids["wb-main"], "POT") == {}
    assert "POT" in visitor.get("/listings").text


def test_what_looks_like_a_listing_is_offered_and_filled_in(town: Town, visitor: Visitor) -> None:
    place = "/listing?account=wb-main&id=POT"
    visitor.act(place, "/listing/unlink?account=wb-main&id=POT", {})
    page = visitor.get(place).text
    take = re.search(r'href="(/listing\?[^"]*sku=POT#link)"', page)
    assert take is not None
    chosen = visitor.get(take[1].replace("&amp;", "&")).text
    assert re.search(r'name="sku0"[^>]*value="POT"', chosen)


def test_links_are_reviewed_by_one_button_each(town: Town, visitor: Visitor) -> None:
    ids = town.store.catalog.account_ids()
    one = "?account=wb-main&id=POT"
    visitor.act(f"/listing{one}", f"/listing/unlink{one}", {})
    page = visitor.get("/listings").text
    assert "It is POT" in page
    visitor.act("/listings", f"/listing/link{one}", {"back": "/listings", "sku0": "POT"})
    assert made_of(town.store, ids["wb-main"], "POT") == {"POT": 1}
    assert "No such listings." in visitor.get("/listings").text

    with town.store.transaction():
        town.store.catalog.set_link(listing_id(town.store, ids["wb-main"], "POT"), "auto", "name")
    page = visitor.get("/listings?only=review").text
    assert text_of(page, "warn") == "its name is unlike the product's"
    fields = dict(re.findall(r'name="((?:sku|units)\d)" value="(\w+)"', page))
    visitor.act("/listings", f"/listing/link{one}", {"back": "/listings?only=review", **fields})
    assert made_of(town.store, ids["wb-main"], "POT") == {"POT": 1}
    assert "No such listings." in visitor.get("/listings?only=review").text


def test_among_many_products_what_looks_like_a_listing_is_sought_when_asked_for(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "NEAR_AT_ONCE", 2)
    place = "/listing?account=wb-main&id=POT"
    visitor.act(place, "/listing/unlink?account=wb-main&id=POT", {})
    page = visitor.get(place).text
    assert "sku=POT#link" not in page
    assert 'id=POT&amp;near=1"' in page
    assert "sku=POT#link" in visitor.get(f"{place}&near=1").text


def test_a_product_is_made_where_it_is_asked_for(town: Town, visitor: Visitor) -> None:
    fields = {"sku0": "NEW", "create": "on"}
    visitor.act(MUG, "/listing/link?account=wb-main&id=POT", fields)
    assert town.store.catalog.product("NEW") is not None


def test_suggestions_come_as_one_types(visitor: Visitor) -> None:
    assert visitor.get("/suggestions?sku3=mu").text.split() == ["<option", 'value="MUG"></option>']
    assert visitor.get("/suggestions?sku3=").text.strip() == ""


def test_a_return_goes_on_the_shelf_or_is_written_off(town: Town, visitor: Visitor) -> None:
    yandex = town.shops["ym-main"]
    yandex.place("YM-2", {"CUP": 3})
    town.run("orders")
    town.clock.move(minutes=1)
    yandex.change("YM-2", Step.SHIPPED)
    town.clock.move(minutes=1)
    town.run("orders")
    yandex.send_back("R-2", "YM-2", "CUP", 3)
    yandex.hand_over("R-2")
    town.run("returns")
    assert lying(town.store, "CUP", "quarantine") == 3
    page = visitor.get("/returns").text
    assert re.search(r'name="quantity"[^>]*value="3"', page)
    told = visitor.act(
        "/returns", "/return/receive?account=ym-main&id=R-2", {"what": "receive", "quantity": "2"}
    )
    assert told == "ym-main return R-2: 2 CUP put in the warehouse main; 1 still waiting"
    path = "/return/receive?account=ym-main&id=R-2"
    town.clock.move(minutes=1)
    town.count("CUP", 9)
    asked = visitor.post(path, {"what": "receive"}, expect=422).text
    assert "CUP was counted in main on" in text_of(asked, "problem")
    assert 'name="yes"' in asked
    assert 'value="counted"' in asked
    before = level(town.store, "CUP")
    told = visitor.act("/returns", path, {"what": "write-off"})
    assert told == "ym-main return R-2: 1 CUP written off"
    assert level(town.store, "CUP") == before
    assert lying(town.store, "CUP", "quarantine") == 0
    assert "No such returns." in visitor.get("/returns").text


# ---------------------------------------------------------------- rounds


def ended(visitor: Visitor) -> str:
    """Ask as the page does until the round has ended; every asking waits for an answer."""
    while True:
        part = visitor.get("/sync", **{"HX-Request": "true"}).text
        if "hx-trigger" not in part:
            return part
        wait_for_round()


def test_a_round_that_cannot_reach_anybody_says_so(visitor: Visitor) -> None:
    visitor.get("/")
    assert visitor.post("/sync").headers["location"] == "/sync"
    page = visitor.get("/sync").text
    assert 'id="progress"' in page
    part = ended(visitor)
    assert "<html" not in part
    assert "✗ failed" in part
    assert "ozon-main" in part


def test_a_round_runs_nothing_that_lies_in_the_working_folder(
    visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the keys; the folder may be anybody's."""
    planted, ran = tmp_path / "downloads", tmp_path / "ran"
    (planted / "cloudstock").mkdir(parents=True)
    for name in ("cloudstock/__init__", "cloudstock/__main__", "json", "httpx", "sitecustomize"):
        (planted / f"{name}.py").write_text(f"open({str(ran)!r}, 'a').write(__name__)")
    monkeypatch.chdir(planted)
    visitor.get("/")
    visitor.post("/sync")
    assert "ozon-main" in ended(visitor)
    assert not ran.exists()


def test_a_second_round_is_refused_while_one_is_at_work(
    open_window: Window, visitor: Visitor
) -> None:
    visitor.get("/")
    visitor.post("/sync")
    page = visitor.post("/sync", expect=409).text
    assert "at work already" in text_of(page, "problem")
    ended(visitor)
    visitor.get("/")
    visitor.post("/sync")
    ended(visitor)


def test_a_round_beside_another_run_tells_who_is_at_work(
    open_window: Window, visitor: Visitor
) -> None:
    with run_lock(open_window.site.config.database, "sync", wait_s=5):
        visitor.get("/")
        visitor.post("/sync")
        assert "another run (sync, process" in ended(visitor)
        # Nobody waits for it to look or to count.
        visitor.act(MUG, "/product/count?sku=MUG", {"quantity": "9"})


def test_without_a_book_there_is_a_word_of_how_to_begin(
    open_window: Window, visitor: Visitor, tmp_path: Path
) -> None:
    book = open_window.site.config.database
    for name in (book.name, f"{book.name}-wal", f"{book.name}-shm"):
        book.with_name(name).rename(tmp_path / f"gone-{name}")
    page = visitor.get("/").text
    assert 'action="/begin"' in page
    assert str(book.parent) not in page
    assert visitor.get("/sync").status_code == 200


def test_what_does_not_come_back_is_named_and_given_up(town: Town, visitor: Visitor) -> None:
    assert "not back" not in visitor.get("/orders?only=all").text
    cancel_on_its_way(town)
    assert "2 units that left with cancelled orders have not come back" in visitor.get("/").text
    assert "1 not back" in visitor.get("/products?only=away").text
    assert "2 not back" in text_of(visitor.get("/orders?only=away").text, "cards")
    told = visitor.act("/orders?only=away", "/order/close?account=ym-main&id=YM-1", {})
    assert told == "ym-main order YM-1: 1 CUP, 1 MUG not awaited any more"
    assert "not back" not in visitor.get("/orders?only=all").text


def test_what_cabinets_show_is_taken_as_a_first_count(town: Town, visitor: Visitor) -> None:
    for name in ("ozon-main", "wb-main", "ym-main"):
        town.shops[name].free["POT", "1"] = 7
    town.clock.moment = datetime.now(UTC)
    town.run("reserves")
    assert "/products/adopt" not in visitor.get(MUG).text
    # Where they differ nothing is done, and that is no good news.
    town.shops["wb-main"].free["POT", "1"] = 6
    town.run("reserves")
    refused = visitor.post("/products/adopt?only=uncounted", {"account": ""}, expect=422).text
    assert "There is not one number of 1 product" in text_of(refused, "problem")
    assert "all the same" not in refused
    town.shops["wb-main"].free["POT", "1"] = 7
    town.run("reserves")
    fields = {"sku": "POT", "account": "nobody"}
    visitor.get("/product?sku=POT")
    refused = visitor.post("/products/adopt", fields, expect=422).text
    assert "POT was counted, or no cabinet offers it" in text_of(refused, "problem")
    fields = {"sku": "POT", "account": "ozon-main", "warehouse": "main"}
    told = visitor.act("/product?sku=POT", "/products/adopt", fields)
    assert told == "POT in main: 7 on hand (never counted before)"
    assert level(town.store, "POT") == (7, 0)
    told = visitor.act("/products?only=uncounted", "/products/adopt?only=uncounted", {})
    assert told == "No cabinet shows any that was not counted."


def test_an_account_is_closed_by_a_word_and_opened_again(town: Town, visitor: Visitor) -> None:
    fields = {"account": "wb-main", "what": "close"}
    told = visitor.act("/accounts", "/account/close", fields)
    assert told.startswith("wb-main: closed; 2 listings")
    assert "it is closed, so it shows none" in visitor.get("/").text
    refused = visitor.post("/account/close", {**fields, "what": "release"}, expect=422).text
    assert "they end by themselves" in text_of(refused, "problem")
    told = visitor.act("/accounts", "/account/close", {**fields, "what": "reopen"})
    assert told == "wb-main: open again, the next push sends its numbers"


def test_a_warehouse_is_closed_by_a_round_of_its_own(town: Town, visitor: Visitor) -> None:
    visitor.get("/")
    fields = {"account": "wb-main", "warehouse": "1", "what": "send"}
    assert visitor.post("/account/close", fields).headers["location"] == "/sync"
    progress = ended(visitor)
    sent = re.findall(r'row">([\w-]+)</th>.*?numbers sent">(\d+)<', progress)
    assert sent == [("ozon-main", "0"), ("wb-main", "3"), ("ym-main", "0")]
    # Nobody was reached; whoever runs next sends the zeros again.
    assert "it is closed, so it shows none" in visitor.get("/").text


def test_a_backup_is_handed_out_whole(town: Town, visitor: Visitor, tmp_path: Path) -> None:
    visitor.get("/accounts")
    answer = visitor.post("/backup", expect=200)
    copy = tmp_path / "copy.db"
    copy.write_bytes(answer.content)
    assert re.search(r'filename="cloudstock-[\d-]+\.db"', answer.headers["content-disposition"])
    with Store.open(copy) as store:
        assert ledger(store) == ledger(town.store)


def test_one_account_is_asked_by_a_process_of_its_own(visitor: Visitor) -> None:
    visitor.get("/accounts")
    fields = {"account": "wb-main", "what": "check"}
    assert visitor.post("/account/do", fields).headers["location"] == "/sync"
    progress = ended(visitor)
    assert "✗ wb-main" in progress
    assert "✗ ozon-main" not in progress
    visitor.post("/account/do", {**fields, "what": "sync"}, expect=422)
    visitor.post("/account/do", {**fields, "account": "--help"}, expect=422)


def test_a_change_is_taken_back_where_it_is_told_and_in_its_list(
    town: Town, visitor: Visitor
) -> None:
    visitor.get(MUG)
    visitor.post("/product/count?sku=MUG", {"quantity": "6", "warehouse": "main"})
    told = text_of(visitor.get(MUG).text, "told")
    assert told.endswith("Take it back")
    (number,) = set(re.findall(r'name="change" value="(\d+)"', visitor.get("/changes").text))
    back = visitor.post("/changes/undo", {"change": number, "back": MUG}).headers["location"]
    assert back == MUG
    page = visitor.get(back).text
    assert "MUG" in text_of(page, "note")
    assert lying(town.store, "MUG", "main") == 9
    # On the product's own page, too; and what it took back can be done again.
    assert f"undone by change {int(number) + 1}" in page
    assert f'name="change" value="{int(number) + 1}"' in page
    page = visitor.post("/changes/undo", {"change": number}, expect=422).text
    # The command that would do it again is a button here.
    assert text_of(page, "problem").endswith(f"was undone already, by change {int(number) + 1}")
    assert "undone by change" in page


def test_units_are_moved_and_a_policy_is_set(town: Town, visitor: Visitor) -> None:
    with town.store.transaction():
        town.store.ledger.warehouse("north")
    fields = {"quantity": "2", "from": "main", "to": "north"}
    assert "north" in text_of(visitor.get(MUG).text, "acts")
    refused = visitor.post("/product/move?sku=MUG", fields, expect=422).text
    assert "never counted" in text_of(refused, "problem")
    visitor.act(MUG, "/product/count?sku=MUG", {"quantity": "0", "warehouse": "north"})
    visitor.act(MUG, "/product/move?sku=MUG", fields)
    assert (lying(town.store, "MUG", "main"), lying(town.store, "MUG", "north")) == (7, 2)

    visitor.get(MUG)
    fields = {"policy": "split", "how": "strict"}
    asked = visitor.post("/product/policy?sku=MUG", fields, expect=422).text
    assert 'name="yes"' in asked
    assert browse.own_policy(town.store.connection, "MUG") is None
    visitor.act(MUG, "/product/policy?sku=MUG", {**fields, "yes": "on"})
    assert browse.own_policy(town.store.connection, "MUG") == "split"
    visitor.post("/product/policy?sku=MUG", {**fields, "how": "never"}, expect=422)


def test_a_product_is_kept_back_and_put_out_of_sight(town: Town, visitor: Visitor) -> None:
    told = visitor.act(MUG, "/product/buffer?sku=MUG", {"buffer": "3"})
    assert told == "MUG: buffer 3 (was as each account says)"
    (row,) = rows_of(town.store.connection, PRODUCTS, {"search": "MUG"})
    assert (row.buffer, row.available) == (3, 4)
    told = visitor.act(MUG, "/product/minimum?sku=MUG", {"minimum": "5"})
    assert told == "MUG: minimum 5 (was as the configuration says)"
    assert (
        'name="minimum" inputmode="numeric" pattern="[0-9 ]{1,12}" autocomplete="off" value="5"'
        in (visitor.get(MUG).text)
    )
    for page in ("/", "/products?only=low"):
        assert 'href="/product?sku=MUG"' in visitor.get(page).text
    refused = visitor.post("/product/hide?sku=MUG", {}, expect=422).text
    assert "is offered" in text_of(refused, "problem")
    assert "cloudstock unlink" not in refused
    town.store.tables.table("product").insert({"sku": "OLD"})
    page = "/product?sku=OLD"
    assert "out of sight" in visitor.act(page, "/product/hide?sku=OLD", {})
    assert 'href="/product?sku=OLD"' in visitor.get("/products?only=hidden").text
    visitor.act(page, "/product/hide?sku=OLD", {"show": "yes"})
    assert 'href="/product?sku=OLD"' not in visitor.get("/products?only=hidden").text


def test_what_is_ticked_is_done_with_all_or_none(town: Town, visitor: Visitor) -> None:
    place, asked = "/products/bulk?search=U", {"back": "/products?search=U"}
    fields = {**asked, "what": "buffer", "buffer": "0", "sku": ["MUG", "CUP"]}
    told = visitor.act("/products?search=U", place, fields)
    assert told.count("buffer 0") == 2
    visitor.post(place, {**fields, "sku": ["MUG", "NONE"], "buffer": "7"}, expect=422)
    minimum = {**fields, "what": "minimum", "minimum": "4"}
    assert visitor.act("/products?search=U", place, minimum).count("minimum 4") == 2
    buffers = {r.sku: r.buffer for r in rows_of(town.store.connection, PRODUCTS, {})}
    assert (buffers["MUG"], buffers["CUP"]) == (0, 0)
    split = {**fields, "what": "policy", "policy": "split"}
    page = visitor.post(place, split, expect=422).text
    assert page.count(" checked>") == 2
    visitor.act("/products", place, {**split, "yes": "on"})
    assert browse.own_policy(town.store.connection, "CUP") == "split"
    visitor.post(place, {**fields, "sku": []}, expect=422)


def test_a_mistyped_warehouse_is_removed(town: Town, visitor: Visitor) -> None:
    assert "nroth" in visitor.act("/accounts", "/warehouses", {"name": "nroth", "what": "add"})
    visitor.act("/accounts", "/warehouses", {"name": "nroth"})
    assert "nroth" not in visitor.get("/accounts").text
    refused = visitor.post("/warehouses", {"name": "main"}, expect=422).text
    assert "the configuration names main" in text_of(refused, "problem")


def test_an_account_is_paused_and_goes_on(town: Town, visitor: Visitor) -> None:
    told = visitor.act("/accounts", "/account/pause", {"account": "ozon-main"})
    assert told == "ozon-main: paused; nothing is sent to it until it goes on"
    # Also by a run that began before.
    assert town.store.readings.watched(town.store.catalog.account_ids()["ozon-main"])
    assert "paused since" in visitor.get("/").text
    visitor.post("/account/pause", {"account": "ozon-main"}, expect=422)
    pushes = len(town.shops["ozon-main"].pushes)
    town.count("MUG", 5)
    town.run("sync")
    assert len(town.shops["ozon-main"].pushes) == pushes
    visitor.act("/accounts", "/account/pause", {"account": "ozon-main", "resume": "yes"})
    town.run("sync")
    assert len(town.shops["ozon-main"].pushes) > pushes
    assert "paused" not in visitor.get("/accounts").text
