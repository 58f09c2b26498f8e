"""`cloudstock simulate`: what a seller asks, what is shown, and what makes no sense."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cloudstock.__main__ import main
from cloudstock.domain.policies import Policy
from tests.store.trade import CONFIG, trade

POLICIES = ["share", "buffer 1", "buffer 2", "buffer 3", "split", "priority", "adaptive"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def book(folder: Path) -> Path:
    """Orders on three accounts: 6 mugs on Ozon, 3 mugs and 3 cups on Yandex.Market, 1 cup on WB."""
    config = folder / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    config.chmod(0o600)
    with trade(folder) as town:
        for number in range(3):
            town.shops["ozon-main"].place(f"OZ-{number}", {"MUG": 2})
            town.shops["ym-main"].place(f"YM-{number}", {"MUG": 1, "CUP": 1})
        town.shops["wb-main"].place("WB-1", {"CUP": 1})
        town.run("orders")
        # The standing clock of the trade stands at another day than ours.
        town.store.connection.execute(
            "UPDATE orders SET created_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-10 days')"
        )
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: str, expect: int = 0) -> str:
    capsys.readouterr()
    code = main(["simulate", *words])
    ended = capsys.readouterr()
    assert code == expect, ended.err
    return ended.out if expect == 0 else ended.err


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found = json.loads(told(capsys, *words, "--json"))
    assert isinstance(found, dict)
    return found


@pytest.mark.usefixtures("folder")
def test_it_needs_no_configuration_and_shows_every_policy_as_number_and_bar(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = told(capsys, "--sales", "90", "--sales", "60", "--sales", "20", "--interval", "15m")
    lines = shown.splitlines()
    assert lines[0] == "1 product, 3 marketplaces, 170 units a day."
    assert lines[1].startswith("Orders read every 15 min, 30 days, ")
    assert [line.split("  ")[0] for line in lines[6:13]] == POLICIES
    assert max(map(len, lines)) <= 80
    bars = {line.split("█")[0].strip() for line in lines if "█" in line}
    assert {"share", "buffer 3"} <= bars
    assert "\x1b" not in shown


@pytest.mark.usefixtures("folder")
def test_json_has_the_counts_behind_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(
        capsys, "--sales", "90", "--sales=60", "--interval", "30m", "--seeds", "5", "--days", "60"
    )
    assert (found["command"], found["ok"], found["seeds"]) == ("simulate", True, 5)
    assert found["listings"] == [
        {"name": "1", "sales_per_day": 90.0},
        {"name": "2", "sales_per_day": 60.0},
    ]
    policies = {each["policy"]: each for each in found["policies"]}
    assert list(policies) == POLICIES
    share, split = policies["share"], policies["split"]
    assert share["oversold"] > 0
    assert split["oversold"] == 0
    assert split["oversold_per_1000_orders"] == 0
    assert share["oversold_per_1000_orders"] == pytest.approx(
        1000 * share["oversold_expected"] / share["orders"], abs=1e-6
    )
    assert {p["buyers"] for p in policies.values()} == {share["buyers"]}


@pytest.mark.usefixtures("folder")
def test_the_same_question_has_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--sales", "9", "--sales", "8", "--products", "5", "--seeds", "3")
    assert answer(capsys, *asked) == answer(capsys, *asked)


@pytest.mark.usefixtures("folder")
def test_a_delivery_of_what_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--sales", "6", "--sales", "4", "--seeds", "1")
    assert answer(capsys, *asked)["delivery_days"] == 28
    assert answer(capsys, *asked, "--stock", "70")["delivery_days"] == 7
    found = answer(capsys, *asked, "--delivered-after", "2.5")
    assert found["delivered_after_days"] == 2.5


@pytest.mark.usefixtures("book")
def test_sales_are_taken_from_the_book(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--from-database", "--seeds", "2")
    # The first order is ten days old, so these are ten days' sales.
    assert found["listings"] == [
        {"name": "ozon-main", "sales_per_day": pytest.approx(0.6, abs=0.01)},
        {"name": "wb-main", "sales_per_day": pytest.approx(0.1, abs=0.01)},
        {"name": "ym-main", "sales_per_day": pytest.approx(0.6, abs=0.01)},
    ]
    assert (found["products"], found["products_sold"]) == (2, 2)


@pytest.mark.usefixtures("book")
def test_only_the_accounts_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--from-database", "--account", "ozon-main", "--account", "ym-main")
    assert [each["name"] for each in found["listings"]] == ["ozon-main", "ym-main"]


@pytest.mark.usefixtures("book")
def test_a_book_that_tells_too_little(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--since", "1d"], ["--account", "ozon-main"]):
        assert "fewer than two accounts since" in told(capsys, "--from-database", *words, expect=2)


def test_orders_that_move_nothing_or_were_replaced_by_others_are_left_out(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlite3

    with closing(sqlite3.connect(book / "book.db", isolation_level=None)) as database:
        database.execute("UPDATE orders SET ignored = 'test' WHERE order_id = 'WB-1'")
        database.execute("UPDATE orders SET step = 'replaced', ended = 1 WHERE order_id = 'OZ-0'")
    found = answer(capsys, "--from-database", "--seeds", "1")
    sold = [round(10 * each["sales_per_day"]) for each in found["listings"]]
    assert sold == [4, 0, 6]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what you sell"),
        (["--sales", "1", "--sales", "2", "--from-database"], "say what you sell"),
        (["--sales", "5"], "at least two"),
        (["--sales", "5", "--sales", "0"], "at least two"),
        (["--sales", "5", "--sales", "-1"], "expected at least 0"),
        (["--sales", "many"], "expected a number"),
        (["--sales", "1", "--sales", "2", "--interval", "5"], "no interval"),
        (["--sales", "1", "--sales", "2", "--interval", "1s"], "no interval"),
        (["--sales", "1", "--sales", "2", "--interval", "25h"], "no interval"),
        (["--sales", "1", "--sales", "2", "--since", "3d"], "--since goes with --from-database"),
        (["--from-database", "--products", "3"], "--products goes with --sales"),
        (["--sales", "1", "--sales", "2", "--stock", "0"], "expected at least 1"),
        (["--sales", "90000", "--sales", "90000"], "would take long"),
        (["--sales", "9", "--sales", "9", "--seeds", "10000"], "would take long"),
    ],
)
def test_what_makes_no_sense(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert said in told(capsys, *words, expect=2)


@pytest.mark.usefixtures("folder")
def test_in_russian(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "--sales", "90", "--sales", "60", "--seeds", "1", "--lang", "ru")
    assert shown.startswith("1 товар, 2 площадки, 150 шт. в день.\nЗаказы читаются каждые 5 мин")
    assert "Перепродано из 1 000 заказов" in shown


def test_every_policy_of_the_configuration_is_shown() -> None:
    assert {p.value for p in Policy} <= set(POLICIES)
