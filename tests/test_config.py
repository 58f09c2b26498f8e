"""The configuration: what it means, and what is told of every way to get it wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.config import yamlfile
from cloudstock.config.file import find_config
from cloudstock.config.loading import Loaded, load, schema
from cloudstock.errors import ConfigurationError
from cloudstock.logs import secrets_of
from cloudstock.settings import (
    EVENTS,
    BlastGuard,
    Configuration,
    NoticeSettings,
    Secret,
    Source,
    StockPolicy,
    WarehouseLink,
)
from cloudstock.sheets.answers import Answers

ENVIRON = {
    "OZON_API_KEY": "ozon-key",
    "WB_TOKEN": "wb-token",
    "YM_API_KEY": "ym-key",
    "EMPTY": "",
    "NUMBER": "007",
    "SEVEN": "7",
    "MAP": "{a: b}",
    "TELEGRAM_URL": "tgram://123456789:AAF-t3l3gram-s3cret/42",
    "PING_URL": "https://hc.example/ping/5ba0d2f2-s3cret",
    "WORD": "s3cret",
    "LINES": "one\ntwo",
}

DESIGN = """\
database: cloudstock.db
max_poll_age: 30m
stock: {buffer: 0}
accounts:
  ozon-main:
    marketplace: ozon
    client_id: "123456"
    api_key: ${OZON_API_KEY}
    warehouses: {1020000: main}
    stock: {buffer: 1, max_quantity: 50, share: 100%}
    returns: quarantine
  wb-main:
    marketplace: wildberries
    token: ${WB_TOKEN}
    warehouses: {507: main}
  ym-main:
    marketplace: yandex_market
    api_key: ${YM_API_KEY}
    business_id: 1000
    campaign_id: 2000
    warehouses: {3000: main}
    base_url: http://127.0.0.1:8080
    pace: 1.0
"""

SCHEMA = jsonschema.Draft202012Validator(schema())

# Lines 1 to 7, so that what a case adds begins on line 8.
OZON = """\
database: cloudstock.db
accounts:
  a:
    marketplace: ozon
    client_id: "123456"
    api_key: key
    warehouses: {1020000: main}
"""
# Lines 1 to 4.
# What a token says of whose it is: {"sid": "seller-7"}.
SELLER = "eyJzaWQiOiAic2VsbGVyLTcifQ"
WB = """\
accounts:
  a:
    marketplace: wildberries
    token: ${WB_TOKEN}
"""
YM = """\
accounts:
  a:
    marketplace: yandex_market
    api_key: ${YM_API_KEY}
"""
# Lines 1 to 6.
SHOP = YM + "    business_id: 1\n    campaign_id: 2\n"
NOTIFY = SHOP + "notify:\n  urls: ['json://x']\n"
TELEGRAM, PING = ENVIRON["TELEGRAM_URL"], ENVIRON["PING_URL"]


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without the C library, the same is told."""
    if request.param == "python":
        monkeypatch.setattr(yamlfile, "_LOADER", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")


def read(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Loaded:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    loaded = load(path, ENVIRON if environ is None else environ)
    # What the program takes, an editor takes.
    SCHEMA.validate(as_json(text))
    return loaded


def as_json(text: str) -> object:
    """What an editor has of a file: keys are text."""

    def converted(value: object) -> object:
        if isinstance(value, dict):
            return {str(k): converted(v) for k, v in value.items()}
        return [converted(v) for v in value] if isinstance(value, list) else value

    return converted(yaml.safe_load(text))


def meant(tmp_path: Path, text: str) -> Configuration:
    return read(tmp_path, text).configuration


def told(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """The lines of the error, without the folder."""
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text, environ)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


# --- what it means


def test_the_example_of_the_design_means_what_it_says(tmp_path: Path) -> None:
    found = meant(tmp_path, DESIGN)
    assert found.path == tmp_path / "config.yaml"
    assert found.database == tmp_path / "cloudstock.db"
    assert found.max_poll_age == timedelta(minutes=30)
    ozon, wb, ym = found.accounts
    assert (ozon.name, ozon.marketplace, ozon.options) == (
        "ozon-main",
        "ozon",
        {"client_id": "123456"},
    )
    assert ozon.secrets == {"api_key": Secret("ozon-key")}
    assert ozon.policy == StockPolicy(buffer=1, max_quantity=50, share_percent=100)
    assert ozon.warehouses == (WarehouseLink("1020000", "main"),)
    assert (wb.secrets, wb.returns, wb.base_url) == (
        {"token": Secret("wb-token")},
        "quarantine",
        None,
    )
    assert ym.options == {"business_id": "1000", "campaign_id": "2000"}
    assert (ym.base_url, ym.pace) == ("http://127.0.0.1:8080", 1.0)


def test_everything_left_out_has_its_default(tmp_path: Path) -> None:
    found = meant(tmp_path, YM + "    business_id: 1\n    campaign_id: 2\n")
    assert found == Configuration(
        path=tmp_path / "config.yaml",
        database=tmp_path / "cloudstock.db",
        accounts=found.accounts,
    )
    assert found.accounts[0].warehouses == (WarehouseLink("", "main"),)
    assert found.accounts[0].policy == StockPolicy()


def test_everything_at_the_top_can_be_set(tmp_path: Path) -> None:
    found = meant(
        tmp_path,
        "timezone: Asia/Yekaterinburg\nmax_poll_age: 2h\npush_wait: 0s\nreserves_every: 1d\n"
        "blast_guard: {max_percent: 5%, min_listings: 3}\n"
        "stock: {buffer: 2, max_quantity: 9, share: 50}\n" + DESIGN.split("\n", 3)[3],
    )
    assert found.max_poll_age == timedelta(hours=2)
    assert found.push_wait == timedelta(0)
    assert found.reserves_every == timedelta(days=1)
    assert found.timezone == "Asia/Yekaterinburg"
    assert found.blast_guard == BlastGuard(max_percent=5, min_listings=3)
    assert found.policy == StockPolicy(buffer=2, max_quantity=9, share_percent=50)


def test_an_accounts_stock_overrides_the_top_key_by_key(tmp_path: Path) -> None:
    top = "stock: {buffer: 2, max_quantity: 9, share: 50%}\n"
    found = meant(tmp_path, top + OZON + "    stock: {max_quantity: null, share: 80%}\n")
    assert found.accounts[0].policy == StockPolicy(buffer=2, max_quantity=None, share_percent=80)


def test_an_account_shares_as_it_is_told_and_else_as_all(tmp_path: Path) -> None:
    top = "stock: {policy: adaptive}\n"
    found = meant(tmp_path, top + OZON + "    stock: {policy: priority, rank: 3}\n")
    assert found.policy == StockPolicy(policy="adaptive")
    assert found.accounts[0].policy == StockPolicy(policy="priority", rank=3)


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("on", True),
        ("off", False),
        ('"on"', True),
        ('"off"', False),
        ("'off'", False),
        ("true", True),
        ("false", False),
        ("${PUSH}", False),
        ("'${PUSH}'", False),
    ],
)
def test_push_is_on_or_off_however_yaml_takes_the_word(
    tmp_path: Path, written: str, meaning: bool
) -> None:
    environ = {**ENVIRON, "PUSH": "off"}
    for text in (f"push: {written}\n" + OZON, OZON + f"    push: {written}\n"):
        assert read(tmp_path, text, environ).configuration.accounts[0].push is meaning


def test_an_account_says_for_itself_whether_it_is_pushed(tmp_path: Path) -> None:
    second = OZON.split("accounts:\n")[1].replace("  a:", "  b:").replace("123456", "654321")
    for top, own, expected in (
        ("", "", (True, True)),
        ("", "    push: off\n", (True, False)),
        ("push: off\n", "", (False, False)),
        ("push: off\n", "    push: on\n", (False, True)),
        ("push: on\n", "    push: off\n", (True, False)),
    ):
        found = meant(tmp_path, top + OZON + second + own)
        assert tuple(a.push for a in found.accounts) == expected, (top, own)


def test_shares_of_one_shelf_are_kept_per_warehouse(tmp_path: Path) -> None:
    text = "    warehouses: {507: {from: main, share: 60%}, 508: {from: main, share: 40%}, 9: b}\n"
    assert meant(tmp_path, WB + text).accounts[0].warehouses == (
        WarehouseLink("507", "main", 60),
        WarehouseLink("508", "main", 40),
        WarehouseLink("9", "b", 100),
    )


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("'${NUMBER}'", "007"),
        ("${NUMBER}", "007"),
        ("a${NUMBER}b${SEVEN}", "a007b7"),
        ('"012345"', "012345"),
        ("'1e5'", "1e5"),
        ('"no"', "no"),
        ("plain-text", "plain-text"),
        ("'$${SEVEN}'", "${SEVEN}"),
        ("a$b", "a$b"),
    ],
)
def test_credentials_are_taken_as_written(tmp_path: Path, written: str, meaning: str) -> None:
    found = meant(tmp_path, OZON.replace('"123456"', written)).accounts[0]
    assert found.options["client_id"] == meaning


def test_what_a_variable_holds_is_never_read_as_yaml(tmp_path: Path) -> None:
    found = meant(tmp_path, WB + "    warehouses: {507: '${MAP}'}\n").accounts[0]
    assert found.warehouses == (WarehouseLink("507", "{a: b}"),)


def test_a_variable_may_hold_a_number_where_one_is_due(tmp_path: Path) -> None:
    found = meant(tmp_path, OZON + "    stock: {buffer: '${SEVEN}', share: '${SEVEN}%'}\n")
    assert found.accounts[0].policy == StockPolicy(buffer=7, share_percent=7)


def test_a_number_of_a_variable_is_as_plain_as_one_in_the_file(tmp_path: Path) -> None:
    (only,) = told(tmp_path, OZON + "    stock: {buffer: '${NUMBER}'}\n")
    assert only.endswith('expected a whole number from 0 to 1000000000, got "${NUMBER}"')


def test_ids_of_digits_may_stand_in_quotes(tmp_path: Path) -> None:
    text = YM + "    business_id: '01'\n    campaign_id: ${NUMBER}\n    warehouses: {'30': main}\n"
    found = meant(tmp_path, text).accounts[0]
    assert found.options == {"business_id": "01", "campaign_id": "007"}
    assert found.warehouses[0].warehouse_id == "30"


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_file_is_relative_to_the_configuration(tmp_path: Path, ending: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ozon").write_bytes(b"file-key" + ending.encode())
    found = meant(tmp_path, OZON.replace("api_key: key", "api_key_file: keys/ozon"))
    assert found.accounts[0].secrets == {"api_key": Secret("file-key")}


def test_the_database_may_be_absolute_or_below_home(tmp_path: Path, home: Path) -> None:
    named = OZON.replace("cloudstock.db", "/var/lib/book.db")
    assert meant(tmp_path, named).database == Path("/var/lib/book.db")
    assert meant(tmp_path, OZON.replace("cloudstock.db", "~/b.db")).database == home / "b.db"


@pytest.mark.parametrize(
    ("base_url", "meaning"),
    [
        ("https://proxy.example/", "https://proxy.example"),
        ("https://proxy.example:8443/ozon", "https://proxy.example:8443/ozon"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("'http://[::1]:80/x/'", "http://[::1]:80/x"),
    ],
)
def test_a_base_url_loses_its_last_slash_only(tmp_path: Path, base_url: str, meaning: str) -> None:
    found = meant(tmp_path, OZON + f"    base_url: {base_url}\n").accounts[0]
    assert found.base_url == meaning


def test_pace_above_one_is_for_loopback(tmp_path: Path) -> None:
    text = OZON + "    base_url: http://localhost:1\n    pace: 600\n"
    assert meant(tmp_path, text).accounts[0].pace == 600


def test_a_template_of_articles_keeps_its_names(tmp_path: Path) -> None:
    text = WB + "    warehouses: {507: main}\n    article: '{vendorCode}-{techSize}'\n"
    assert meant(tmp_path, text).accounts[0].options["article"] == "{vendorCode}-{techSize}"


def test_two_shops_of_one_cabinet_are_two_accounts(tmp_path: Path) -> None:
    shop = "  {}: {{marketplace: yandex_market, api_key: k, business_id: 1, campaign_id: {}}}\n"
    found = meant(tmp_path, "accounts:\n" + shop.format("a", 2) + shop.format("b", 3))
    assert [a.name for a in found.accounts] == ["a", "b"]


def test_who_is_told_and_where_jobs_beat(tmp_path: Path) -> None:
    (tmp_path / "mail.url").write_text("mailto://me:s3cret@mail.example\n")
    (tmp_path / "mail.url").chmod(0o600)
    (tmp_path / "ping.url").write_text(f"{PING}/3\n")
    (tmp_path / "ping.url").chmod(0o600)
    text = (
        "notify:\n  urls:\n    - ${TELEGRAM_URL}\n  url_files: [mail.url]\n  after: 1h\n"
        "  events: [recovered, failed]\n  repeat: 24h\n"
        "heartbeats:\n  sync: ${PING_URL}\n  pull-catalog: ${PING_URL}/2\n"
        "  check_file: ping.url\n"
    )
    loaded = read(tmp_path, SHOP + text)
    found = loaded.configuration
    assert loaded.warnings == ()
    assert found.notices == NoticeSettings(
        urls=(Secret(TELEGRAM), Secret("mailto://me:s3cret@mail.example")),
        after=timedelta(hours=1),
        events=("failed", "recovered"),
        repeat=timedelta(hours=24),
    )
    pings = {"sync": PING, "pull-catalog": f"{PING}/2", "check": f"{PING}/3"}
    assert found.heartbeats == {name: Secret(address) for name, address in pings.items()}
    assert {*found.notices.urls, *found.heartbeats.values()} <= set(secrets_of(found))


def test_a_source_says_where_its_file_is_and_how_it_is_read(tmp_path: Path) -> None:
    found = meant(
        tmp_path,
        SHOP + "sources:\n  supplier-a: {file: in/stock*.xlsx, stale_after: 1d, missing: zero,"
        " columns: {sku: Артикул, quantity: D}, skip_unknown: true, more_than: 10,"
        ' words: {нет: 0, "*": skip}, header_row: 7, update: [buffers, names]}\n',
    )
    assert found.sources == {
        "supplier-a": Source(
            tmp_path / "in/stock*.xlsx",
            timedelta(days=1),
            Answers(
                columns={"sku": "Артикул", "quantity": "D"},
                header_row=7,
                skip_unknown=True,
                missing="zero",
                more_than="10",
                words={"нет": "0", "*": "skip"},
                update=("names", "buffers"),
            ),
        )
    }


def test_never_is_once_and_all_events_are_told(tmp_path: Path) -> None:
    found = meant(tmp_path, NOTIFY + "  repeat: never\n").notices
    assert (found.repeat, found.events) == (None, EVENTS)


@pytest.mark.parametrize("address", [PING, "http://127.0.0.1:8000/s3cret", "http://[::1]/s3cret"])
def test_heartbeats_go_by_https_or_stay_here(tmp_path: Path, address: str) -> None:
    found = meant(tmp_path, f"{SHOP}heartbeats: {{sync: '{address}'}}\n")
    assert found.heartbeats == {"sync": Secret(address)}


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    assert meant(tmp_path, "\ufeff" + OZON.replace("\n", "\r\n")).accounts[0].name == "a"


# --- what is told


# At each type of value, what YAML would change and what is not due there: what is told of it.
NUMBER = 'a number; write it in quotes: "@"'
YES_NO = 'a yes/no word; write it in quotes: "@"'
DATE = 'a date; write it in quotes: "@"'
QUOTED = '"@"'
ODD_NUMBERS = ("010", "1_000", "0o7", "0x10", "1:30", "1e3")
WHOLE = "a whole number from 0 to 1000000000"
SPAN = "a duration such as 45s, 30m, 2h or 1d, from {}s to 366d"
TEMPLATE = 'text with {vendorCode} or {techSize}, such as "{vendorCode}/{techSize}"'


def got(as_it_is: Iterable[str] = (), **others: Iterable[str]) -> dict[str, str]:
    """What is written, by what is told of it."""
    words = {"numbers": NUMBER, "yes_no": YES_NO, "dates": DATE, "texts": QUOTED}
    told = dict.fromkeys(as_it_is, "@")
    return told | {w: words[kind] for kind, written in others.items() for w in written}


VALUES: dict[str, tuple[str, str, dict[str, str]]] = {
    "5: accounts.a.client_id": (
        OZON.replace('"123456"', "@"),
        "text",
        got(
            numbers=(*ODD_NUMBERS, "12:30:00", "-1", ".5"),
            yes_no=("no", "Yes"),
            dates=["2026-11-23"],
        )
        | {"": "nothing", '""': "nothing", "[1]": "a list", "{a: b}": "a section"}
        | {"!!python/name:os.system x": "a value with a YAML tag"},
    ),
    "6: accounts.a.api_key": (
        OZON.replace("api_key: key", "api_key: @"),
        "text",
        dict.fromkeys(("4815162342", "0x1A"), "a number; write it in quotes")
        | {"no": "a yes/no word; write it in quotes", "": "nothing", "[s3cret]": "a list"},
    ),
    "1: database": (OZON.replace("cloudstock.db", "@"), "text", got(numbers=["2026"])),
    "5: accounts.a.business_id": (
        f"{YM}    business_id: @\n    campaign_id: 2\n",
        "an id of 1 to 19 digits",
        got(numbers=(*ODD_NUMBERS, "-5", "1.5", "1" * 20), texts=["north"]) | {"'1.5'": '"1.5"'},
    ),
    "5: accounts.a.warehouses.507": (
        WB + "    warehouses: {507: @}\n",
        "the name of one warehouse, of at most 64 characters",
        got(numbers=["1"], yes_no=["no"]) | {"[main]": "a list", "a" * 65: f'"{"a" * 57}..."'},
    ),
    "3: accounts.@": (
        OZON.replace("  a:", "  @:"),
        "a name of letters, digits, '.', '_' and '-'",
        got(numbers=["1"], texts=["my shop"]),
    ),
    "8: accounts.a.stock.buffer": (
        OZON + "    stock: {buffer: @}\n",
        WHOLE,
        got((*ODD_NUMBERS, "-1", "1.5", "1000000001", "yes", "2026-11-23"), texts=["many"])
        | {"'1'": '"1"', "": "nothing"},
    ),
    "8: accounts.a.stock.max_quantity": (
        OZON + "    stock: {max_quantity: @}\n",
        f"{WHOLE}, or null",
        got(("1.5", "-5"), texts=["none"]),
    ),
    "8: accounts.a.pace": (
        OZON + "    pace: @\n",
        "a number above 0",
        got((*ODD_NUMBERS, "0", "-1", ".inf"), texts=["fast"]),
    ),
    "1: max_poll_age": (
        "max_poll_age: @\n" + OZON,
        SPAN.format(1),
        got(("30", "1:30"), texts=("45 seconds", "0s", "1.5h", "9" * 20 + "d", "never")),
    ),
    "1: timezone": (
        "timezone: @\n" + OZON,
        "the IANA name of a time zone, such as Europe/Moscow or Asia/Yekaterinburg",
        got(texts=("Moscow", "Europe", "Europe/Moskau", "../zone", "GMT+3 hours")),
    ),
    "1: push_wait": ("push_wait: @\n" + OZON, SPAN.format(0), got(("30", "0"), texts=["-1s"])),
    "1: stock.share": (
        "stock: {share: @}\n" + OZON,
        "whole per cent from 0% to 100%, such as 60%",
        got((*ODD_NUMBERS, "0.6", "101", "-1"), texts=("120%", "half", "06%")),
    ),
    "8: accounts.a.returns": (
        OZON + "    returns: @\n",
        "quarantine or restock",
        got(("no", "1"), texts=["resell"]),
    ),
    "1: push": (
        "push: @\n" + OZON,
        "on or off",
        got(("no", "yes", "OFF", "0"), texts=["later"])
        | {"": "nothing", "{ozon: off}": "a section"},
    ),
    "8: accounts.a.push": (OZON + "    push: @\n", "on or off", got(["OFF"]) | {"": "nothing"}),
    "1: web.https": (
        "web: {https: @}\n" + OZON,
        "true or false",
        got(("on", "1"), texts=["later"]),
    ),
    "1: web.port": (
        "web: {port: @}\n" + OZON,
        "a whole number from 1 to 65535",
        got(("0", "65536")),
    ),
    "1: web.host": (
        "web: {host: '@'}\n" + OZON,
        "an address such as 127.0.0.1",
        got(texts=("a b", "::x", "http://a/")),
    ),
    "6: accounts.a.article": (
        WB + "    warehouses: {1: a}\n    article: @\n",
        TEMPLATE,
        {"{vendorCode}": "a section", "'{vendorCode'": '"{vendorCode"', "x": QUOTED}
        | {"'{vendorcode}'": '"{vendorcode}"', "'{techSize.a}'": '"{techSize.a}"'},
    ),
}


@pytest.mark.parametrize(
    ("where", "written"), [(where, w) for where, (_, _, gots) in VALUES.items() for w in gots]
)
def test_a_value_is_never_another_than_what_is_written(
    tmp_path: Path, where: str, written: str
) -> None:
    text, due, gots = VALUES[where]
    problem = f"config.yaml:{where}: expected {due}, got {gots[written]}"
    if '""' in written:
        problem = problem.replace(due, "text")
    assert told(tmp_path, text.replace("@", written)) == [problem.replace("@", written)]


BROKEN = [
    (OZON + "databse: x\n", '8: databse: unknown key; did you mean "database"?'),
    (
        "stock: {colour: red}\n" + OZON,
        "1: stock.colour: unknown key; known here: buffer, max_quantity, policy, rank, share",
    ),
    (
        "stock: {policy: splt}\n" + OZON,
        (
            '1: stock.policy: expected one of share, split, priority, adaptive, got "splt"; did'
            ' you mean "split"?'
        ),
    ),
    (
        OZON + "    warehouse: {1: main}\n",
        '8: accounts.a.warehouse: unknown key; did you mean "warehouses"?',
    ),
    (
        WB + "    warehouses: {5: main}\n    client_id: '1'\n",
        (
            "6: accounts.a.client_id: unknown key; known here: article, base_url, marketplace,"
            " pace, push, returns, stock, token, token_file, warehouses"
        ),
    ),
    (
        OZON + "    <<: {returns: restock}\n",
        (
            "8: accounts.a.<<: YAML's merge keys are not supported; write the keys out,"
            " or `key: *name`"
        ),
    ),
    (
        OZON.replace("ozon", "ozone"),
        (
            "4: accounts.a.marketplace: expected one of ozon, wildberries, yandex_market, got"
            ' "ozone"; did you mean "ozon"?'
        ),
    ),
    (
        OZON.replace("    marketplace: ozon\n", ""),
        "3: accounts.a.marketplace: missing; which one it is on",
    ),
    (
        OZON.replace('"123456"', '"12 3456"'),
        (
            "5: accounts.a.client_id: expected letters, digits and signs of ASCII; character 3"
            " of 7 is a blank, a line end or another letter"
        ),
    ),
    (
        OZON.replace("api_key: key", 'api_key: "secret\\n"'),
        (
            "6: accounts.a.api_key: expected letters, digits and signs of ASCII; character 7 of"
            " 7 is a blank, a line end or another letter"
        ),
    ),
    (
        OZON.replace("api_key: key", "api_key: ${LINES}"),
        (
            "6: accounts.a.api_key: expected letters, digits and signs of ASCII; character 4 of"
            " 7 is a blank, a line end or another letter"
        ),
    ),
    (
        OZON.replace("    api_key: key\n", ""),
        (
            "3: accounts.a.api_key: missing; Api-Key with the rights to read and write; or"
            " api_key_file with the path of a file that holds it"
        ),
    ),
    (
        YM + "    business_id: 1\n",
        "2: accounts.a.campaign_id: missing; number of the shop (campaign)",
    ),
    (
        OZON.replace("api_key: key", "api_key: ${OZON_KEY}"),
        "6: accounts.a.api_key: the environment has no variable OZON_KEY",
    ),
    (
        OZON.replace("api_key: key", "api_key: ${ONE}${TWO}"),
        "6: accounts.a.api_key: the environment has no variable ONE and no TWO",
    ),
    (
        OZON.replace("api_key: key", "api_key: ${EMPTY}"),
        "6: accounts.a.api_key: expected text, got nothing: ${EMPTY} is empty",
    ),
    (
        OZON.replace("api_key: key", "api_key: ${OZON_API_KEY:-x}"),
        (
            "6: accounts.a.api_key: expected a variable written ${NAME}; write $${ for the signs"
            " themselves"
        ),
    ),
    (
        OZON.replace("api_key: key", "api_key: ${OZON_API_KEY"),
        (
            "6: accounts.a.api_key: expected a variable written ${NAME}; write $${ for the signs"
            " themselves"
        ),
    ),
    (
        OZON + "    api_key_file: key.txt\n",
        "8: accounts.a.api_key_file: given beside api_key; keep one of them",
    ),
    (
        OZON.replace("api_key: key", "api_key_file: key.txt"),
        "6: accounts.a.api_key_file: cannot read key.txt: No such file or directory",
    ),
    (
        WB + "    warehouses: {507: quarantine}\n",
        (
            '5: accounts.a.warehouses.507: "quarantine" holds returned units that are not for'
            " sale; name another warehouse"
        ),
    ),
    (
        WB,
        (
            "2: accounts.a.warehouses: missing; the marketplace's warehouse ids and your"
            " warehouses that feed them, such as {507: main}"
        ),
    ),
    (
        WB + "    warehouses: {}\n",
        "5: accounts.a.warehouses: expected at least one marketplace warehouse id",
    ),
    (
        WB + "    warehouses: [507]\n",
        (
            "5: accounts.a.warehouses: expected a section of marketplace warehouse ids and"
            " warehouses, got a list"
        ),
    ),
    (
        YM + "    business_id: 1\n    campaign_id: 2\n    warehouses: {3: a, 4: b}\n",
        (
            "7: accounts.a.warehouses: expected one warehouse, got 2: a shop on Yandex.Market"
            " has one, several shops are several accounts"
        ),
    ),
    (
        WB + "    warehouses:\n      507: a\n      '507': b\n",
        "7: accounts.a.warehouses.507: given twice, first on line 6",
    ),
    (
        WB + "    warehouses: {507: main, 508: main}\n",
        (
            '5: accounts.a.warehouses: 507 and 508 are fed from "main" and would add up for'
            " buyers; give each a share, such as {from: main, share: 50%}"
        ),
    ),
    (
        WB + "    warehouses: {507: {from: main, share: 10%}, 508: main}\n",
        (
            '5: accounts.a.warehouses: 507 and 508 are fed from "main" and would add up for'
            " buyers; give each a share, such as {from: main, share: 50%}"
        ),
    ),
    (
        WB + "    warehouses: {507: {from: main, share: 60%}, 508: {from: main, share: 41%}}\n",
        (
            '5: accounts.a.warehouses: the shares of 507 and 508, fed from "main", sum to 101%;'
            " at most 100%"
        ),
    ),
    (
        WB + "    warehouses: {507: {share: 60%}}\n",
        "5: accounts.a.warehouses.507.from: missing; your warehouse that feeds it",
    ),
    (
        WB + "    warehouses: {507: {from: main, shares: 60%}}\n",
        '5: accounts.a.warehouses.507.shares: unknown key; did you mean "share"?',
    ),
    (OZON + "    client_id: '9'\n", "8: accounts.a.client_id: given twice, first on line 5"),
    (OZON + "  a: {}\n", "8: accounts.a: given twice, first on line 3"),
    (
        OZON + "x: {y: [{z: 1, z: 2}]}\n",
        "8: x.y[0].z: given twice, first on line 8",
        (
            "8: x: unknown key; known here: accounts, blast_guard, database, heartbeats,"
            " language, low, max_poll_age, notify, push, push_wait, reserves_every, sources, stock,"
            " timezone, web"
        ),
    ),
    (OZON + "? {a: b}\n: c\n", "8: ?: expected a word as key, got a section"),
    ("database: x.db\n", "1: accounts: missing; at least one account, by name"),
    ("database: x.db\naccounts: {}\n", "2: accounts: expected at least one account"),
    ("accounts:\n", "1: accounts: expected a section of accounts by name, got nothing"),
    ("accounts:\n  a: ozon\n", "2: accounts.a: expected a section of settings, got text"),
    (
        OZON
        + "  b: {marketplace: ozon, client_id: '123456', api_key: other, warehouses: {7: main}}\n",
        "8: accounts.b: the same cabinet as accounts.a on line 3 (123456); take one of them out",
    ),
    (
        WB
        + "    warehouses: {1: a}\n"
        + "  b: {marketplace: wildberries, token: wb-token, warehouses: {2: a}}\n",
        (
            "6: accounts.b: the same cabinet as accounts.a on line 2 (equal token); take one of"
            " them out"
        ),
    ),
    (
        # Two tokens of one seller.
        WB.replace("${WB_TOKEN}", f"a.{SELLER}.x")
        + "    warehouses: {1: a}\n"
        + f"  b: {{marketplace: wildberries, token: b.{SELLER}.y, warehouses: {{2: a}}}}\n",
        "6: accounts.b: the same cabinet as accounts.a on line 2 (seller-7); take one of them out",
    ),
    *(
        (OZON + f"    base_url: {address}\n", f"8: accounts.a.base_url: expected {due}")
        for address, due in (
            ("http://proxy.example", "https beyond this machine, got http"),
            (
                "http://127.0.0.1.example",
                "https beyond this machine, got http",
            ),
            ("https://me:secret@proxy.example", "an address without user name and password in it"),
            ("https://proxy.example/?a=b", "an address without ? and # parts"),
            *(
                (address, "an address such as https://proxy.example")
                for address in (
                    "ftp://proxy.example",
                    "https:///x",
                    "https://proxy.example:99999",
                    "https://me:secret@[x",
                    "https://a b",
                    # Whoever reads these reads another host.
                    "http://[::1]proxy.example",
                    "http://[::1]:80proxy.example",
                    "https://proxy.example\\@evil.example",
                    "https://proxy..example",
                    "https://xn--zz.example",
                    "https://☃.example",
                    "https://ⓟroxy.example",
                    "https://proxy.example:٨٠",
                )
            ),
        )
    ),
    (
        OZON + "    pace: 1.5\n",
        (
            "8: accounts.a.pace: expected at most 1.0, got 1.5: the published limits are"
            " exceeded only where base_url is on this machine"
        ),
    ),
    (
        OZON + "    base_url: https://proxy.example\n    pace: 2\n",
        (
            "9: accounts.a.pace: expected at most 1.0, got 2: the published limits are exceeded"
            " only where base_url is on this machine"
        ),
    ),
    (OZON + "    stock: 5\n", "8: accounts.a.stock: expected a section of settings, got a number"),
    ("push: ${EMPTY}\n" + OZON, "1: push: expected text, got nothing: ${EMPTY} is empty"),
    (
        OZON.replace("cloudstock.db", '"a\\e[2Jb"'),
        "1: database: expected one line of text without control characters",
    ),
    (
        OZON + '"\\e[2J": 1\n',
        (
            "8: \\x1b[2J: unknown key; known here: accounts, blast_guard, database, heartbeats,"
            " language, low, max_poll_age, notify, push, push_wait, reserves_every, sources, stock,"
            " timezone, web"
        ),
    ),
    (
        SHOP + "notify: {after: 15m}\n",
        (
            "7: notify.urls: missing; addresses of who is told, as Apprise has them; or url_files"
            " with the path of a file that holds it"
        ),
    ),
    (SHOP + "notify: 5\n", "7: notify: expected a section of settings, got a number"),
    (SHOP + "notify: {urls: 'tgram://s3cret'}\n", "7: notify.urls: expected a list, got text"),
    (
        SHOP + "notify:\n  urls:\n    - ${WORD}\n    - tgram://s3 cret\n",
        "9: notify.urls[0]: expected an address of Apprise's, such as tgram://TOKEN/CHAT",
        (
            "10: notify.urls[1]: expected letters, digits and signs of ASCII; character 11 of 15"
            " is a blank, a line end or another letter"
        ),
    ),
    (
        NOTIFY + "  events: [fialed]\n",
        (
            "9: notify.events[0]: expected one of failed, oversold, unlinked, unmanaged, token,"
            ' low, sold-out, recovered, got "fialed"; did you mean "failed"?'
        ),
    ),
    (
        NOTIFY + "  repeat: 5m\n",
        (
            "9: notify.repeat: expected a duration such as 45s, 30m, 2h or 1d, from 3600s to 366d,"
            ' or never, got "5m"'
        ),
    ),
    (
        NOTIFY + "  often: 5m\n",
        "9: notify.often: unknown key; known here: after, events, repeat, url_files, urls",
    ),
    (
        SHOP + "heartbeats: {snyc: 'https://hc.example/s3cret'}\n",
        '7: heartbeats.snyc: unknown key; did you mean "sync"?',
    ),
    *(
        (SHOP + f"heartbeats: {{sync: '{address}'}}\n", f"7: heartbeats.sync: expected {due}")
        for address, due in (
            ("http://hc.example/s3cret", "https beyond this machine, got http"),
            ("https://hc.example/s3cret#x", "an address without # part"),
            ("s3cret", "an address such as https://hc.example/ping/UUID"),
            ("https://[s3cret/", "an address such as https://hc.example/ping/UUID"),
            ("http://[::1]s3cret/", "an address such as https://hc.example/ping/UUID"),
            ("https://hc..example/s3cret", "an address such as https://hc.example/ping/UUID"),
            (
                "https://me:s3cret@hc.example/",
                "an address without user name and password in it",
            ),
        )
    ),
    (
        SHOP + "sources: {a: {}}\n",
        (
            "7: sources.a.file: missing; the file, relative to"
            " this one; with * or ? in its name, the newest that fits"
        ),
    ),
    (
        SHOP + "sources: {a: {file: f, columns: {quantty: C}, empty: keep, stale_after: 5s}}\n",
        (
            "7: sources.a.stale_after: expected a duration such as 45s, 30m, 2h or 1d, from 60s to"
            ' 366d, or never, got "5s"'
        ),
        (
            "7: sources.a.columns.quantty: expected one of sku, quantity, warehouse, name, barcode,"
            ' buffer, minimum, was, as_of, got "quantty"; did you mean "quantity"?'
        ),
        '7: sources.a.empty: expected zero or skip, got "keep"',
    ),
    (
        SHOP + "sources: {a: {file: f, words: {none: no}, more_than: many, update: [prices]}}\n",
        '7: sources.a.more_than: expected a number of units, or floor or skip, got "many"',
        "7: sources.a.words.none: expected a number of units, or skip, got no",
        '7: sources.a.update[0]: expected one of names, barcodes, buffers, minimums, got "prices"',
    ),
    ("", "1: expected sections of `key: value`, got none"),
    ("- a\n", "1: expected sections of `key: value`, got none"),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case[1])
def test_what_is_wrong_is_told_with_its_line_and_what_was_expected(
    tmp_path: Path, case: tuple[str, ...]
) -> None:
    text, *problems = case
    assert told(tmp_path, text) == [f"config.yaml:{problem}" for problem in problems]


# What editors can tell of a file without the program.
STRUCTURE = re.compile(
    "unknown key|: missing;|expected (one of|one warehouse|a section|at least one|sections)"
)


def test_an_editor_tells_what_has_the_wrong_form() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)
    wrong_form = [text for text, *problems in BROKEN if STRUCTURE.search(problems[-1])]
    wrong_form += [
        text.replace("@", written)
        for where, (text, _, gots) in VALUES.items()
        for written, got in gots.items()
        if got in ("nothing", "a list", "a section", NUMBER, YES_NO)
        # Keys are text to an editor, and other YAMLs have other numbers.
        and not where.endswith("@")
        and written not in ODD_NUMBERS
    ]
    assert len(wrong_form) > 35
    assert [text for text in wrong_form if SCHEMA.is_valid(as_json(text))] == []


def test_an_unfit_share_is_the_only_thing_told_of_two_that_share(tmp_path: Path) -> None:
    text = "    warehouses: {507: {from: main, share: 60%}, 508: {from: main, share: 1/3}}\n"
    (only,) = told(tmp_path, WB + text)
    assert only.startswith("config.yaml:5: accounts.a.warehouses.508.share: expected whole per")


def test_every_problem_is_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = dedent(
        """\
        stock: {buffer: many}
        accounts:
          o:
            marketplace: ozon
            client_id: 12
            api_key: ${NONE}
            warehouses: {x: main}
          w:
            marketplace: wildberies
            pace: 3
        datbase: x
        """
    )
    assert [line.split(": ")[0:2] for line in told(tmp_path, text)] == [
        ["config.yaml:1", "stock.buffer"],
        ["config.yaml:5", "accounts.o.client_id"],
        ["config.yaml:6", "accounts.o.api_key"],
        ["config.yaml:7", "accounts.o.warehouses.x"],
        ["config.yaml:9", "accounts.w.marketplace"],
        ["config.yaml:10", "accounts.w.pace"],
        ["config.yaml:11", "datbase"],
    ]


NOT_YAML = {
    "an open bracket": ("a: [1\nb: 2\n", 2),
    "a tabulator": ("a: 1\n\tb: 2\n", 2),
    "a colon too many": ("a: 1\nb: c: d\n", 2),
    "an unknown anchor": ("a: 1\nb: *sekret\n", 2),
    "two documents": ("a: 1\n---\nb: 2\n", 2),
    "a control character": ("a: 1\nb: \x00\n", 2),
    "an unknown tag": ("a: 1\nb: !sekret!x y\n", 2),
}


@pytest.mark.parametrize("case", NOT_YAML)
def test_what_is_not_yaml_is_told_with_its_line_and_nothing_of_the_file(
    tmp_path: Path, case: str
) -> None:
    text, line = NOT_YAML[case]
    (only,) = told(tmp_path, text)
    assert only.startswith(f"config.yaml:{line}: not YAML: ")
    assert "sekret" not in only


def test_a_variable_inside_braces_gets_a_hint(tmp_path: Path) -> None:
    (only,) = told(tmp_path, "accounts:\n  a: {token: ${WB_TOKEN}}\n")
    assert only.startswith("config.yaml:2: not YAML: ")
    assert only.endswith('; inside { } write variables in quotes: "${NAME}"')


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("a: 1\nb: Склад\n".encode("cp1251"))
    with pytest.raises(ConfigurationError, match=r"config\.yaml:2: not YAML: expected UTF-8 text"):
        load(path, {})


def test_a_missing_file_tells_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"/config\.yaml: there is no such file; `cloudstock init` writes one$",
    ):
        load(tmp_path / "config.yaml", {})


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Is a directory"):
        load(tmp_path, {})


def test_another_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"#" * (yamlfile.MAX_BYTES + 1))
    with pytest.raises(ConfigurationError, match="not a configuration"):
        load(path, {})


@pytest.mark.parametrize("word", ["a", "1", "a_", "a.", "1."])
def test_a_word_without_end_is_told_as_fast_as_any(tmp_path: Path, word: str) -> None:
    """Hours, where a key is looked for from each of its letters to its end."""
    endless = word * ((yamlfile.MAX_BYTES - 100) // len(word))
    (problem, *_) = told(tmp_path, f"max_poll_age: x{endless}\n")
    assert len(problem) < 200


def test_an_anchor_inside_itself_ends(tmp_path: Path) -> None:
    (only,) = told(tmp_path, "&a\naccounts: *a\n")
    assert only == "config.yaml:1: not a configuration: a section holds itself"


def test_aliases_that_multiply_are_bounded(tmp_path: Path) -> None:
    """A billion laughs: ten lines, a billion values."""
    lines = ["l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    (only,) = told(tmp_path, "\n".join(lines))
    assert "not a configuration: more than 100000 values" in only


def test_an_anchor_used_a_few_times_is_ordinary(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    shared = OZON.replace("accounts:", "stock: &s {buffer: 1}\naccounts:")
    path.write_text(f"{shared}    stock: *s\n")
    path.chmod(0o600)
    (account,) = load(path, ENVIRON).configuration.accounts
    assert account.policy.buffer == 1


@pytest.mark.parametrize("text", ["a:\n " + "- " * 400_000, "a: " + "[" * 900, "a: " + "{b: " * 60])
def test_a_file_of_nothing_but_depth_does_not_end_the_process(tmp_path: Path, text: str) -> None:
    (only,) = told(tmp_path, text)
    assert "not a configuration: sections stand more than 50 deep" in only


@pytest.mark.parametrize(
    "tagged",
    [
        "accounts: !!python/object/apply:os.system ['touch pwned']",
        "accounts: !!python/object/new:os.system {args: ['touch pwned']}",
        "accounts: {a: !!python/object:cloudstock.settings.Account {marketplace: ozon}}",
        "!!python/name:os.system accounts: {}",
        "database: !!python/object/apply:os.system ['touch pwned']",
        "database: !!python/object/apply:subprocess.check_output [[touch, pwned]]",
    ],
)
def test_a_tag_makes_nothing_and_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tagged: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found = told(tmp_path, tagged + "\n")
    assert any("a YAML tag" in line for line in found)
    assert [p.name for p in tmp_path.iterdir()] == ["config.yaml"]


def test_paths_are_opened_and_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("|touch pwned", "$(touch pwned)", "`touch pwned`", "; touch pwned", "~/$(id)"):
        (only,) = told(tmp_path, OZON.replace("api_key: key", f"api_key_file: '{path}'"))
        assert "No such file" in only
        written = tmp_path / "config.yaml"
        written.write_text(re.sub("database: .*", f"database: '{path}'", OZON))
        assert load(written, ENVIRON).configuration.database.is_relative_to("/")
    assert [p.name for p in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize(
    "key",
    [
        "0296d4f2-70a1-4c09-b507-904fd05567b9",
        "ACMA:Dq7Xk2mW9vB4nT6yR8sL1pZ3cF5gH0jKqE2wU4iO:7a1b3c5d",
        "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6IjAxOTNhIn0.MEUCIQDx_9-kd83jf7dk2",
        "y0_AgAAAAB5qXwAATuwQgAAAAD2Yh1rVnZ3RkJ2ZkE",
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "marketplace: {}",
        "client_id: [{}]",
        "client_id: '1', business_id: '{}'",
        "client_id: '1', pace: '{}'",
        "client_id: '1', returns: '{}'",
        "client_id: '1', '{}': x",
        "client_id: '1', api_key: '${{{}}}'",
        "client_id: '1', api_key: x, warehouses: {{'{}': main}}",
        "client_id: '1', api_key: x, stock: {{share: '{}'}}",
        "client_id: '1', api_key: x, base_url: 'http://{}/'",
    ],
)
def test_a_key_in_a_wrong_place_is_not_shown(tmp_path: Path, key: str, place: str) -> None:
    text = place.format(key)
    start = "" if text.startswith("marketplace") else "marketplace: ozon, "
    found = told(tmp_path, f"accounts: {{a: {{{start}{text}}}}}\n")
    assert found
    # Hosts are lower case.
    assert not any(key[:16].lower() in line.lower() for line in found)


@pytest.mark.parametrize("content", ["", "\n", "two words", "tail ", "Ключ", "a\nb"])
def test_a_secret_file_that_holds_no_credential_is_told_without_it(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "key").write_text(content)
    (only,) = told(tmp_path, OZON.replace("api_key: key", "api_key_file: key"))
    assert only.startswith("config.yaml:6: accounts.a.api_key_file: key")
    assert not content.strip() or content.strip() not in only


def test_a_binary_secret_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    (only,) = told(tmp_path, OZON.replace("api_key: key", "api_key_file: key"))
    assert only.endswith("key holds no text")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=st.text(st.characters(codec="utf-8"), min_size=6).filter(lambda s: s.strip()))
def test_no_secret_gets_into_an_error(tmp_path: Path, secret: str) -> None:
    """Right or wrong, from a variable or from the file, beside other mistakes."""
    quoted = yaml.safe_dump(f"~{secret}~", allow_unicode=True, width=10**9).splitlines()[0]
    broken = OZON.replace("api_key: key", f"api_key: {quoted}") + "    pace: 0\n"
    environ = {**ENVIRON, "WB_TOKEN": f"~{secret}~"}
    other = "  b: {marketplace: wildberries, token: '${WB_TOKEN}', warehouses: {1: a}}\n"
    for line in told(tmp_path, broken + other, environ):
        assert f"~{secret}~" not in line
        assert f"~{secret}" not in line


# --- warnings


@pytest.mark.parametrize(
    ("mode", "literal", "warned"),
    [
        (0o600, True, False),
        (0o640, True, True),
        (0o620, True, True),
        (0o644, True, True),
        (0o642, True, True),
        (0o644, False, False),
    ],
)
def test_a_file_with_secrets_that_others_read_is_warned_of(
    tmp_path: Path, mode: int, literal: bool, warned: bool
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(OZON if literal else OZON.replace("api_key: key", "api_key: ${OZON_API_KEY}"))
    path.chmod(mode)
    warnings = load(path, ENVIRON).warnings
    expected = (
        f"{path} holds accounts.a.api_key and other users of this machine may read or change it;"
        f" run: chmod 600 {path}"
    )
    assert warnings == ((expected,) if warned else ())


def test_addresses_in_a_file_that_others_read_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SHOP}notify:\n  urls: ['{TELEGRAM}']\nheartbeats: {{sync: '{PING}'}}\n")
    path.chmod(0o644)
    (warning,) = load(path, ENVIRON).warnings
    assert "notify.urls[0], heartbeats.sync" in warning
    assert "s3cret" not in warning


def test_a_file_that_others_may_change_is_warned_of_without_a_key_in_it(tmp_path: Path) -> None:
    """They could name an address of their own as base_url."""
    path = tmp_path / "config.yaml"
    path.write_text(OZON.replace("api_key: key", "api_key: ${OZON_API_KEY}"))
    for mode in (0o602, 0o620):
        path.chmod(mode)
        (warning,) = load(path, ENVIRON).warnings
        assert "where your keys are sent" in warning
        assert warning.endswith(f"run: chmod go-w {path}")


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o640, 1), (0o644, 1), (0o602, 1)])
def test_a_key_file_that_others_read_is_warned_of(tmp_path: Path, mode: int, warned: int) -> None:
    path, key = tmp_path / "config.yaml", tmp_path / "ozon.key"
    path.write_text(OZON.replace("api_key: key", "api_key_file: ozon.key"))
    path.chmod(0o600)
    key.write_text("a-key\n")
    key.chmod(mode)
    warnings = load(path, ENVIRON).warnings
    told = (
        f"{key} holds accounts.a.api_key and other users of this machine may read or change it;"
        f" run: chmod 600 {key}"
    )
    assert warnings == (told,) * warned


# --- where it is found


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    files = {
        "cwd": tmp_path / "cwd" / "config.yaml",
        "xdg": tmp_path / "xdg" / "cloudstock" / "config.yaml",
        "home": tmp_path / "home" / ".config" / "cloudstock" / "config.yaml",
    }
    for file in files.values():
        file.parent.mkdir(parents=True)
        file.touch()
    return files


def test_the_option_comes_first_then_the_variable(places: dict[str, Path]) -> None:
    environ = {"CLOUDSTOCK_CONFIG": "/named/by/variable.yaml"}
    cwd = places["cwd"].parent
    assert find_config(Path("named.yaml"), environ, cwd) == Path("named.yaml")
    assert find_config(None, environ, cwd) == Path("/named/by/variable.yaml")


def test_then_the_working_folder_then_the_personal_one(
    places: dict[str, Path], tmp_path: Path
) -> None:
    environ = {
        "CLOUDSTOCK_CONFIG": "",
        "XDG_CONFIG_HOME": str(tmp_path / "xdg"),
        "HOME": str(tmp_path / "home"),
    }
    cwd = places["cwd"].parent
    assert find_config(None, environ, cwd) == places["cwd"]
    places["cwd"].unlink()
    assert find_config(None, environ, cwd) == places["xdg"]
    assert find_config(None, environ | {"XDG_CONFIG_HOME": "xdg"}, cwd) == places["home"]
    assert find_config(None, {"HOME": str(tmp_path / "home")}, cwd) == places["home"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("given", ["file", "link"])
def test_one_that_another_user_left_here_is_refused_by_name(
    places: dict[str, Path], tmp_path: Path, given: str
) -> None:
    here, environ = places["cwd"], {"HOME": str(tmp_path / "home")}
    if given == "link":
        here.unlink()
        here.symlink_to(places["home"])
    os.chown(here, 54321, -1, follow_symlinks=False)
    with pytest.raises(ConfigurationError) as caught:
        find_config(None, environ, here.parent)
    told = f"{here} belongs to another user (54321), who may change where your keys are sent"
    assert str(caught.value) == f"{told}, and is not used; if you mean it: --config {here}"
    assert find_config(here, environ, here.parent) == here


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_users_in_the_personal_folder_is_refused_too(
    places: dict[str, Path], tmp_path: Path
) -> None:
    places["cwd"].unlink()
    os.chown(places["home"], 54321, -1)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        find_config(None, {"HOME": str(tmp_path / "home")}, places["cwd"].parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("foreign", ["config.yaml", "ozon.key"])
def test_a_file_that_was_named_and_is_another_users_is_warned_of(
    tmp_path: Path, foreign: str
) -> None:
    path, key = tmp_path / "config.yaml", tmp_path / "ozon.key"
    path.write_text(OZON.replace("api_key: key", "api_key_file: ozon.key"))
    key.write_text("a-key\n")
    for file in (path, key):
        file.chmod(0o600)
    assert load(path, ENVIRON).warnings == ()
    os.chown(tmp_path / foreign, 54321, -1)
    (warning,) = load(path, ENVIRON).warnings
    assert warning.startswith(f"{tmp_path / foreign} belongs to another user (54321), who may")
    assert warning.endswith(f"run: chown root {tmp_path / foreign}")


@pytest.mark.skipif(
    Path("/etc/cloudstock/config.yaml").exists(), reason="this machine has a configuration"
)
def test_none_found_tells_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_config(None, {"HOME": "/nobody"}, tmp_path)
    assert str(caught.value) == (
        f"no configuration found; looked for {tmp_path}/config.yaml,"
        " /nobody/.config/cloudstock/config.yaml, /etc/cloudstock/config.yaml;"
        " `cloudstock init` writes one"
    )


def test_reading_it_loads_nothing_heavy() -> None:
    """cron starts the program every minute."""
    script = (
        "import sys, cloudstock.config.loading;"
        "print([m for m in ('httpx', 'msgspec', 'rich', 'sqlite_utils', 'typer', 'tenacity',"
        " 'difflib', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
