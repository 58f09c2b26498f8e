"""Accounts that are only watched, in the browser and for scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import httpx
import pytest

from tests.jobs.town import Town
from tests.web.conftest import TOKEN, Window, opened


@pytest.fixture
def watching(town: Town) -> Town:
    """Wildberries is only watched, and shows four more than there are."""
    town.run("sync")
    town.clock.move(minutes=20)
    accounts = tuple(replace(a, push=a.name != "wb-main") for a in town.config.accounts)
    town.config = replace(town.config, accounts=accounts)
    town.run("sync")
    town.shops["wb-main"].free["MUG", "1"] += 4
    town.clock.move(minutes=20)
    town.run("sync")
    return town


@pytest.fixture
def window(watching: Town, password_hash: str) -> Iterator[Window]:
    web = f"web: {{password_hash: '{password_hash}', token: {TOKEN}}}\n"
    folder = watching.config.path.parent
    with opened(folder, web) as window:
        accounts = tuple(replace(a, push=a.name != "wb-main") for a in window.site.config.accounts)
        window.site.config = replace(window.site.config, accounts=accounts)
        yield window


def test_what_the_book_knows_goes_before_what_a_server_read_at_its_start(window: Window) -> None:
    accounts = tuple(replace(a, push=True) for a in window.site.config.accounts)
    window.site.config = replace(window.site.config, accounts=accounts)
    with window.visitor() as visitor:
        visitor.sign_in()
        assert "up to now it is only watched; read" in words(visitor.get("/").text)


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_first_page_tells_it(window: Window) -> None:
    with window.visitor() as visitor:
        visitor.sign_in()
        page = visitor.get("/").text
        told = words(page)
        assert "wb-main push: off since 2026-11-23" in told
        assert "1 of 2 listings differs from yours, 4 units too many on 1" in told
        row = next(r for r in page.split("<li>") if 'href="/accounts">wb-main' in r)
        assert "only watched" in words(row.partition("</li>")[0])
        assert "ozon-main push: off" not in told
        product = words(visitor.get("/product?sku=MUG").text)
        assert "only watched (`push: off`): nothing is sent" in product
        assert "только наблюдение" in words(visitor.get("/?lang=ru").text)


def test_scripts_are_told(window: Window) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(
        base_url=f"{window.url}/api/v1", headers=headers, trust_env=False, verify=False
    ) as http:
        told = http.get("/status").json()
        accounts = {a["account"]: a for a in told["accounts"]}
        assert {name: a["push"] for name, a in accounts.items()} == {
            "ozon-main": "on",
            "wb-main": "off",
            "ym-main": "on",
        }
        wb = accounts["wb-main"]
        assert wb["push_since"].startswith("2026-11-23T")
        assert (wb["compared"]["above"], wb["compared"]["units_above"]) == (1, 4)
        assert [(f["kind"], f["account"]) for f in told["notable"] if f["kind"] == "push_off"] == [
            ("push_off", "wb-main")
        ]
        document = http.get("/openapi.json").json()
        described = document["components"]["schemas"]["AccountState"]["properties"]
        assert {"push", "push_since", "compared", "differences"} <= described.keys()
