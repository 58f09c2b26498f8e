"""What a seller learns of the past and tries for the future, by the installed program."""

from __future__ import annotations

import json
import re

import pytest

from tests.system.conftest import Shop


@pytest.fixture
def trading(open_shop: Shop) -> Shop:
    """Three buyers came, one on each marketplace; Ozon's two units have left the shelf."""
    (gone,) = open_shop.buys("ozon-main", ("POT-01", 2)) or ("",)
    assert open_shop.buys("wb-main", ("POT-01", 1))
    assert open_shop.buys("ym-main", ("POT-01", 1))
    open_shop.arrange("sync")
    open_shop.order("ozon-main", gone, "ship")
    open_shop.arrange("sync")
    return open_shop


def test_the_report_tells_what_was_sold_in_each_of_its_forms(trading: Shop) -> None:
    told = trading.run("report", "--json").json
    units = {a["account"]: a["units"] for a in told["accounts"]}
    assert units.keys() == {"ozon-main", "wb-main", "ym-main"}
    assert all(units.values())
    assert sum(units.values()) == told["stock"]["units_sold"]
    assert any("POT-01" in line for line in trading.run("report").out.splitlines())

    trading.run("report", "--output", "report.html")
    page = (trading.folder / "report.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    within = json.loads(data)
    assert {a["account"]: a["units"] for a in within["accounts"]} == units
    assert "POT-01" in page
    assert trading.url not in page


def test_policies_are_tried_on_what_the_book_knows(trading: Shop) -> None:
    told = trading.run("simulate", "--from-database", "--days", "3", "--seeds", "1", "--json").json
    oversold = {p["policy"]: p["oversold"] for p in told["policies"]}
    assert oversold["split"] == 0
    assert {"share", "adaptive", "priority"} <= set(oversold)


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--days", "0"),
        ("report", "--json", "--output", "report.html"),
        ("simulate",),
        ("simulate", "--sales", "-1"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(shop: Shop, words: tuple[str, ...]) -> None:
    ended = shop.run(*words, expect=2)
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert ended.err.strip()
    assert not (shop.folder / "report.html").exists()
