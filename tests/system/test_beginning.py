"""The first five minutes: what a stranger types, on a real terminal, against the sandbox."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest

from cloudstock.changes.init import template
from cloudstock.config.loading import load
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.sandbox.world import World
from cloudstock.web.passwords import matches
from tests.stranger import PASSWORD, Stranger
from tests.system.conftest import SPEED, Shop, a_shop_in, in_a_fork
from tests.terminal import CTRL_C, CTRL_D

LINK = re.compile(r"    warehouses: .*\n")


def test_check_tells_the_warehouses_that_are_not_written_yet(shop: Shop) -> None:
    path = shop.folder / "config.yaml"
    whole = path.read_text()
    bare = LINK.sub("", whole)
    path.write_text(bare)
    ended = shop.run("check", expect=78)
    pasted = LINK.findall(ended.out)
    # A shop of Yandex.Market has one and need not name it.
    assert len(pasted) == len(LINK.findall(whole)) - whole.count("yandex_market")
    # In the order of the accounts, below the marketplace of each.
    parts = re.split("(?<=marketplace: ozon\n)|(?<=marketplace: wildberries\n)", bare)
    path.write_text("".join(p + line for p, line in zip(parts, [*pasted, ""], strict=True)))
    path.chmod(0o600)
    shop.run("check")


def test_check_tells_a_program_the_same(shop: Shop) -> None:
    path = shop.folder / "config.yaml"
    path.write_text(LINK.sub("    warehouses:\n", path.read_text()))
    told = shop.run("check", "--json", "--account", "ozon-main", expect=78).json
    (account,) = told["accounts"]
    assert (account["account"], account["ok"], told["ok"]) == ("ozon-main", False, False)
    assert account["error"]["kind"] == "configuration"
    ids = [w["warehouse_id"] for w in account["warehouses"]]
    assert ids == [
        w["warehouse_id"]
        for w in account["warehouses"]
        if f"{w['warehouse_id']}: " in account["error"]["message"]
    ]


def test_a_configuration_that_lacks_more_is_only_told(shop: Shop) -> None:
    path = shop.folder / "config.yaml"
    path.write_text(LINK.sub("", path.read_text()).replace("api_key", "api_kay"))
    ended = shop.run("check", expect=78)
    assert ended.out == ""
    assert "unknown key" in ended.err


# ---------------------------------------------------------------- init at a terminal


@pytest.fixture(params=["en", "ru"])
def stranger(shop: Shop, request: pytest.FixtureRequest) -> Stranger:
    return Stranger(shop, request.param, start=in_a_fork)


@pytest.fixture
def newcomer(shop: Shop) -> Stranger:
    return Stranger(shop, "en")


def test_a_stranger_begins_in_five_minutes(stranger: Stranger) -> None:
    """Accounts, catalog, count, cron by answers; a look, and the first push; then it is green."""
    shop = stranger.shop
    differing = stranger.begins()
    path = shop.folder / "config.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = load(path, {})
    assert loaded.warnings == ()
    assert [a.name for a in loaded.configuration.accounts] == list(stranger.keys_of)
    assert loaded.configuration.language == (None if stranger.language == "en" else "ru")
    # As cron runs it.
    (line,) = [x for x in (shop.folder / "table").read_text().splitlines() if " sync " in x]
    subprocess.run(
        ["/bin/sh", "-c", line.split(" ", 5)[5]], check=True, env={"PATH": "/usr/bin:/bin"}
    )
    stranger.watches_and_switches_on(differing)
    shop.run("check")
    stock = shop.stock()
    assert stock.pop(differing)["on_hand"] == 6
    assert {row["on_hand"] for row in stock.values()} - {None} == {7}
    shop.run("status")


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_ended_before_an_account_is_whole_nothing_is_written(newcomer: Stranger, key: str) -> None:
    at = newcomer.init()
    newcomer.ozon(at)
    at.expect("[main]: ")
    at.press(key)
    at.expect("cloudstock: ended; nothing is written")
    assert at.end() == 130
    assert [p.name for p in newcomer.shop.folder.iterdir()] == ["bin"]


def test_what_is_finished_is_kept_and_another_init_goes_on(newcomer: Stranger) -> None:
    at = newcomer.init()
    newcomer.ozon(at)
    # The key in a file of its own.
    at.answer(("[main]: ", ""), ("Which [1]: ", "2"), ("Begin by watching?", ""))
    at.answer((newcomer.another("Ozon"), ""), (newcomer.wants("Wildberries"), ""))
    at.expect("token (not shown): ")
    at.press(CTRL_C)
    at.expect("config.yaml is whole, and `cloudstock init` goes on from there")
    assert at.end() == 130
    path = newcomer.shop.folder / "config.yaml"
    before = path.read_text()
    assert newcomer.keys_of["ozon-main"]["api_key"] not in before
    loaded = load(path, {}).configuration
    assert [a.name for a in loaded.accounts] == ["ozon-main"]
    assert not loaded.push
    again = newcomer.init()
    again.answer(
        ("Add a cabinet?", "y"), (newcomer.wants("Ozon"), "n"), (newcomer.wants("Wildberries"), "")
    )
    newcomer.paste(again, "token", newcomer.keys_of["wb-main"]["token"])
    again.answer(("[main]: ", "attic"), ("Which [1]: ", ""))
    again.answer((newcomer.another("Wildberries"), ""), (newcomer.wants("Yandex.Market"), "n"))
    # The first count is a sheet's.
    sku = min(newcomer.shop.truth())
    (newcomer.shop.folder / "stock.csv").write_text(f"sku,quantity\n{sku},3\n")
    again.answer(("Read the catalog now?", ""), ("Which [1]: ", "2"))
    again.answer(("The file (Enter alone: none): ", "no.csv"), ("none): ", "stock.csv"))
    again.answer(("What runs it?", "2"))
    assert again.end() == 0, again.text
    assert newcomer.shop.stock()[sku]["on_hand"] == 3
    assert path.read_text().startswith(before)
    loaded = load(path, {}).configuration
    assert {a.name: a.warehouses[0].feeds_from for a in loaded.accounts} == {
        "ozon-main": "main",
        "wb-main": "attic",
    }
    assert not (newcomer.shop.folder / "table").exists()


def test_two_warehouses_fed_from_one_of_yours_share_it(tmp_path: Path) -> None:
    world = World.standard(products=4, speed=SPEED, warehouses=2, accounts=("ozon-main",))
    with a_shop_in(tmp_path, world) as shop:
        seller = Stranger(shop, "en")
        at = seller.init()
        seller.ozon(at)
        at.answer(("Which do you send from? (such as 1,2) [1]: ", "1,3"))
        at.expect("expected a number from 1 to 2")
        at.answer(("[1]: ", "1,2"), ("[main]: ", ""), ("[main]: ", ""))
        at.expect("share it in equal parts")
        at.answer(("Which [1]: ", ""), ("Begin by watching?", ""), (seller.another("Ozon"), CTRL_D))
        assert at.end() == 130
        (ozon,) = load(tmp_path / "config.yaml", {}).configuration.accounts
        (places,) = (account.warehouses for account in world.accounts.values())
        assert ozon.warehouses == tuple((str(place), "main", 50) for place in places)


def test_whoever_names_no_cabinet_may_have_the_template(newcomer: Stranger) -> None:
    at = newcomer.init()
    at.answer(*((newcomer.wants(m.title), "n") for m in MARKETPLACES.values()))
    at.answer(("Write a file to fill in by hand?", "y"))
    assert at.end() == 0
    assert (newcomer.shop.folder / "config.yaml").read_text() == template()


def test_what_is_typed_wrong_is_told_and_asked_again(newcomer: Stranger) -> None:
    at = newcomer.init()
    at.answer((newcomer.wants("Ozon"), "what?"))
    at.expect("yes or no?")
    at.answer((newcomer.wants("Ozon"), "no"), (newcomer.wants("Wildberries"), "yes"))
    newcomer.paste(at, "token", "ключ")
    at.expect("character 1 of 4 is a blank, a line end or another letter")
    newcomer.paste(at, "token", newcomer.keys_of["wb-main"]["token"])
    at.answer(("[main]: ", "quarantine"))
    at.expect("name another warehouse")
    at.answer(("[main]: ", ""), ("Which [1]: ", "3"))
    at.expect("expected a number from 1 to 2")
    at.answer(("Which [1]: ", CTRL_D))
    assert at.end() == 130
    assert not (newcomer.shop.folder / "config.yaml").exists()


def test_whom_nobody_reaches_may_be_tried_again_or_left_out(newcomer: Stranger) -> None:
    at = newcomer.init("--base-url", "http://127.0.0.1:9")
    newcomer.ozon(at)
    at.answer(("Try again?", "n"))
    at.expect("ozon-main is left out.")
    at.answer((newcomer.wants("Wildberries"), CTRL_D))
    assert at.end() == 130


def test_a_key_of_the_environment_is_named_and_cron_is_told_not_to_know_it(
    newcomer: Stranger,
) -> None:
    newcomer.shop.env["OZON_API_KEY"] = newcomer.keys_of["ozon-main"]["api_key"]
    at = newcomer.init()
    at.answer((newcomer.wants("Ozon"), ""))
    at.expect("client_id: Client-Id")
    at.answer(("client_id: ", newcomer.keys_of["ozon-main"]["client_id"]))
    at.answer(("Take the key from the variable OZON_API_KEY?", ""), ("[main]: ", ""))
    at.answer(("Begin by watching?", ""), (newcomer.another("Ozon"), ""))
    at.answer(*((newcomer.wants(name), "n") for name in ("Wildberries", "Yandex.Market")))
    at.answer(("Read the catalog now?", "n"), ("What runs it?", "1"))
    at.expect("the environment has no variable OZON_API_KEY")
    assert at.end() == 2
    text = (newcomer.shop.folder / "config.yaml").read_text()
    assert "\n    api_key: ${OZON_API_KEY}\n" in text
    assert newcomer.keys_of["ozon-main"]["api_key"] not in text + at.text


def test_an_account_whose_key_is_left_out_is_left_out(newcomer: Stranger) -> None:
    at = newcomer.init()
    at.answer((newcomer.wants("Ozon"), ""))
    at.expect("client_id: Client-Id")
    at.answer(("client_id: ", ""))
    at.expect("ozon-main is left out.")
    # Nobody who leaves one out has another.
    at.answer((newcomer.wants("Wildberries"), CTRL_D))
    assert at.end() == 130
    assert newcomer.another("Ozon") not in at.text


def test_where_systemd_does_not_listen_cron_may_run_the_rounds(newcomer: Stranger) -> None:
    systemctl = newcomer.shop.folder / "bin" / "systemctl"
    systemctl.write_text("#!/bin/sh\necho no bus >&2; exit 1\n")
    systemctl.chmod(0o755)
    at = newcomer.init()
    newcomer.ozon(at)
    at.answer(("[main]: ", ""), ("Which [1]: ", ""), ("Begin by watching?", ""))
    at.answer(*((question, "n") for question in (newcomer.another("Ozon"), "Wildberries?")))
    at.answer(("Yandex.Market?", "n"), ("Read the catalog now?", "n"), ("Which [1]: ", "2"))
    at.expect("use cron instead")
    at.answer(("Which [1]: ", "1"))
    assert at.end() == 0, at.text
    assert " sync " in (newcomer.shop.folder / "table").read_text()


def test_a_key_is_taken_without_the_blanks_and_lines_pasted_around_it(newcomer: Stranger) -> None:
    key = newcomer.keys_of["wb-main"]["token"]
    at = newcomer.init()
    at.answer((newcomer.wants("Ozon"), "n"), (newcomer.wants("Wildberries"), ""))
    newcomer.paste(at, "token", f"{key[:9]} {key[9:]}")
    at.expect("character 10 of ")
    newcomer.paste(at, "token", f"\n  {key}\t ")
    at.answer(("[main]: ", ""), ("Which [1]: ", ""), ("Begin by watching?", ""))
    at.answer((newcomer.another("Wildberries"), CTRL_C))
    assert at.end() == 130
    (account,) = load(newcomer.shop.folder / "config.yaml", {}).configuration.accounts
    assert account.secrets["token"].reveal() == key


@pytest.mark.parametrize(("key", "code"), [(CTRL_C, 130), (CTRL_D, 2)])
@pytest.mark.parametrize("kind", ["xterm", "dumb"])
def test_whoever_ends_a_hidden_question_has_a_terminal_that_shows_what_is_typed(
    newcomer: Stranger, key: str, code: int, kind: str
) -> None:
    newcomer.shop.env["TERM"] = kind
    at = newcomer.at("web", "--hash-password")
    at.expect("Password: ")
    assert not at.echoes
    at.press(key)
    at.expect("\ncloudstock: no answer was given, so nothing was changed")
    assert at.echoes
    assert at.end() == code
    assert at.text.count("cloudstock: ") == 1


def test_a_password_is_what_the_keyboard_gave_and_is_not_shown(newcomer: Stranger) -> None:
    at = newcomer.at("web", "--hash-password")
    for question in ("Password: ", "Once more: "):
        at.expect(question)
        at.paste(f" {PASSWORD} ")
    at.expect("password_hash: ")
    assert at.echoes
    assert at.end() == 0
    kept = at.text.rpartition("password_hash: ")[2].strip("}\n")
    assert matches(f" {PASSWORD} ", kept)
    assert PASSWORD not in at.text


def test_where_nothing_can_be_written_nobody_is_asked(newcomer: Stranger) -> None:
    at = newcomer.init("--config", "nowhere/config.yaml")
    at.expect("No such file or directory")
    assert at.end() == 2
