"""In a real browser: a seller signs in, counts, sees the push arrive, receives a return."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cloudstock.config.loading import load
from cloudstock.logs import secrets_of
from cloudstock.redaction import Redactor
from cloudstock.sandbox.world import World
from cloudstock.store import Store
from cloudstock.web.access import Access
from cloudstock.web.gathered import Gathered
from cloudstock.web.rounds import Rounds
from cloudstock.web.server import serving
from cloudstock.web.site import Site
from tests.system.conftest import SPEED, Shop, a_shop_in
from tests.test_hostile_text import EVIL
from tests.web.conftest import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = "<img src=x onerror=alert(1)>\"'&"
LONG = "LONG-" + "X" * 60

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium (Debian: chromium)"),
]

# Counts how far things jumped once a page had come whole; before, a slow line draws it in parts.
SHIFTS = """
window.shifted = 0;
window.moved = [];
new PerformanceObserver((list) => {
  const [came] = performance.getEntriesByType("navigation");
  for (const entry of list.getEntries()) {
    if (!came.domInteractive || entry.startTime < came.domInteractive) continue;
    window.shifted += entry.value;
    for (const { node } of entry.sources) window.moved.push(node?.outerHTML?.slice(0, 80));
  }
}).observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Town:
    """A shop, its window, and what the browser complained of."""

    shop: Shop
    url: str
    browser: Any
    skus: list[str]
    complaints: list[str] = field(default_factory=list)
    # The cookies of a browser that has signed in.
    signed_in: Any = None

    @contextmanager
    def page(self, width: int = 1280, *, signed_in: bool = True, **options: Any) -> Iterator[Any]:
        """Open a fresh browser of this width, as if on another machine."""
        if signed_in:
            options["storage_state"] = self.signed_in
        context = self.browser.new_context(
            viewport={"width": width, "height": 800}, **{"locale": "en-GB", **options}
        )
        context.set_default_timeout(20_000)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: self.complaints.append(f"error: {e}"))
        page.on("dialog", lambda d: self.complaints.append(f"dialog: {d.message}"))
        if signed_in:
            page.goto(self.url)
            if self.signed_in is None:
                page.fill("input[name=password]", PASSWORD)
                page.click("main button")
            page.wait_for_selector("header nav")
            # Keys are the page's own once its script is there.
            page.wait_for_load_state()
            self.signed_in = self.signed_in or context.storage_state()
        yield page
        context.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Iterator[Town]:
    sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    world = World.standard(products=3, speed=SPEED, seed=4)
    world.add_product(HOSTILE, EVIL, ("4600000000010",), None)
    world.add_product(LONG, "Очень длинное название " * 8, ("4600000000011",), None)
    folder = tmp_path_factory.mktemp("seller")
    env = {k: v for k, v in os.environ.items() if k == "TZ"}
    also = f"web: {{password_hash: '{password_hash}'}}\n"
    with a_shop_in(folder, world, env=env, also=also) as shop:
        shop.open(10)
        with _window(folder / "config.yaml") as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield Town(shop, url, browser, shop.skus())
            browser.close()


@contextmanager
def _window(config: Path) -> Iterator[str]:
    configuration = load(config, {}).configuration
    site = Site(
        config=configuration,
        access=Access(configuration.web),
        rounds=Rounds(config),
        redact=Redactor(secrets_of(configuration)),
        # However slow the machine, the report is looked at whole.
        reports=Gathered(wait_s=60),
    )
    with serving(site, "127.0.0.1", 0) as url:
        yield url


@pytest.fixture(autouse=True)
def _quiet(town: Town) -> Iterator[None]:
    """No script failed, nothing broke the content security policy, nobody was asked anything."""
    town.complaints.clear()
    yield
    assert town.complaints == []


def shown(town: Town, sku: str) -> set[int]:
    """What the marketplaces show of a product to buyers."""
    return {x["free"] for x in town.shop.ask("shown")["listings"] if x["sku"] == sku}


def test_a_count_in_the_browser_arrives_at_the_marketplaces(town: Town) -> None:
    sku = town.skus[0]
    assert shown(town, sku) == {10}
    with town.page() as page:
        # The slash leads to the search, and a whole article to its product, ready to be counted.
        page.keyboard.press("/")
        page.keyboard.type(sku)
        page.keyboard.press("Enter")
        page.wait_for_url("**/product?sku=*")
        assert page.evaluate("document.activeElement.name") == "quantity"
        # What is asked about stands there still; loaded anew it is the product's page.
        page.keyboard.type("600000\n")
        page.wait_for_selector(".problem")
        assert page.input_value("[name=quantity]") == "600000"
        page.reload()
        # Typed where no field has the focus, as a scanner does.
        page.wait_for_function("document.activeElement === document.body")
        page.keyboard.type("6")
        page.keyboard.press("Enter")
        page.wait_for_selector(".note")
        assert "6 on hand (was 10, -4)" in page.inner_text(".note")
        assert "to be pushed" in page.inner_text("main")
        page.click("text=Sync now")
        page.wait_for_url("**/sync")
        page.wait_for_selector(".state .good")
        assert "✓ done" in page.inner_text(".state")
        assert "numbers sent" in page.inner_text("#progress")
        page.goto(f"{town.url}/product?sku={quote(sku)}")
        assert "in step" in page.inner_text("main")
    assert shown(town, sku) == {6}
    # The browser itself tells of answers of 422.
    town.complaints[:] = [c for c in town.complaints if "422" not in c]


def test_a_return_is_received_in_the_browser(town: Town) -> None:
    sku = town.skus[1]
    (order,) = town.shop.buys("ozon-main", (sku, 1)) or ("",)
    town.shop.order("ozon-main", order, "ship")
    town.shop.order("ozon-main", order, "deliver")
    lines = [{"sku": sku, "quantity": 1}]
    told = town.shop.tell("returns", account="ozon-main", order=order, lines=lines)
    town.shop.tell(f"returns/ozon-main/{told['returns'][0]}", do="receive")
    town.shop.run("sync")
    on_hand = town.shop.stock()[sku]["on_hand"]
    with town.page() as page:
        page.click("text=returned, waiting for you")
        page.click("button:text('In the warehouse')")
        page.wait_for_selector(".note")
        assert "put in the warehouse main" in page.inner_text(".note")
        assert "No such returns." in page.inner_text("main")
    assert town.shop.stock()[sku]["on_hand"] == on_hand + 1


def test_a_wrong_password_opens_nothing(town: Town) -> None:
    with town.page(signed_in=False) as page:
        page.goto(f"{town.url}/products")
        assert "/login?next=%2Fproducts" in page.url
        page.fill("input[name=password]", "not the password")
        page.click("main button")
        page.wait_for_selector(".problem:not(:empty)")
        assert "not the password" in page.inner_text(".problem")
        page.goto(f"{town.url}/products")
        assert "/login" in page.url
        page.fill("input[name=password]", PASSWORD)
        page.click("main button")
        page.wait_for_selector("table.products")
        page.click("text=Sign out")
        page.wait_for_url("**/login")
        page.goto(f"{town.url}/products")
        assert "/login" in page.url
    # The browser itself tells of answers of 401.
    town.complaints[:] = [c for c in town.complaints if "401" not in c]


def test_another_site_can_neither_see_nor_change_anything(town: Town) -> None:
    """A page of another origin, in the browser that is signed in, asks in every way it has."""
    sku = town.skus[2]
    before = town.shop.run("show-stock", sku, "--json").out
    with town.page() as page:
        elsewhere = page.context.new_page()
        elsewhere.goto(f"{town.shop.url}/_sandbox/config")
        asked = elsewhere.evaluate(
            """async ([url, sku]) => {
                const told = [];
                for (const [path, init] of [
                    ["/products", {}],
                    ["/api/v1/stock", {}],
                    ["/api/v1/counts", {method: "POST", body: JSON.stringify({
                        counts: [{sku, quantity: 1}]}), headers: {"Content-Type": "text/plain"}}],
                    ["/api/v1/counts", {method: "POST", body: JSON.stringify({
                        counts: [{sku, quantity: 1}]}),
                        headers: {"Content-Type": "application/json"}}],
                    ["/product/count?sku=" + encodeURIComponent(sku), {method: "POST",
                        body: new URLSearchParams({quantity: "1", warehouse: "main"})}],
                ]) {
                    try {
                        const answer = await fetch(url + path, {credentials: "include", ...init});
                        told.push(path + " " + (await answer.text()).slice(0, 40));
                    } catch (error) { /* what must be */ }
                }
                return told;
            }""",
            [town.url, sku],
        )
        assert asked == []
        elsewhere.set_content(
            f'<form method="post" action="{town.url}/product/count?sku={quote(sku)}">'
            '<input name="quantity" value="1"><input name="csrf" value=""></form>'
            f'<iframe src="{town.url}/products"></iframe>'
        )
        elsewhere.evaluate("document.forms[0].submit()")
        elsewhere.wait_for_url("**/product/count?*")
        assert elsewhere.locator("text=On hand").count() == 0
        # And the seller is still signed in.
        page.goto(f"{town.url}/products")
        assert page.locator("table.products").count() == 1
    assert town.shop.run("show-stock", sku, "--json").out == before
    town.complaints.clear()


def test_a_list_narrows_as_one_types(town: Town) -> None:
    with town.page() as page:
        page.goto(f"{town.url}/products")
        assert page.locator("table.products tbody tr").count() == len(town.shop.truth())
        page.keyboard.press("/")
        page.keyboard.type("длинное")
        page.wait_for_selector("table.products:not(:has(tbody tr + tr))")
        assert LONG in page.inner_text("table.products")


PAGES = (
    "/",
    "/products",
    "/count",
    "/orders?only=all",
    "/returns?only=all",
    "/listings",
    "/accounts",
    "/runs",
    "/report",
    "/sync",
    "/api",
    f"/listing?account=ym-main&id={quote(LONG)}",
    *(f"/product?sku={quote(sku)}" for sku in (HOSTILE, LONG)),
    "/files",
)
# A sheet that leaves several things open.
SHEET = f"Артикул;Остаток;Доступно\n{LONG};;1\n{HOSTILE};нет;1\nX;1;1\n".encode()
# The widths and themes at which the pages are looked at, their language, and with which page it
# begins: each page comes in both themes and languages, at a narrow or a wide end.
LOOKS = (
    (360, "dark", "ru-RU", 0),
    (1024, "light", "en-GB", 1),
    (1280, "dark", "ru-RU", 1),
    (1920, "light", "en-GB", 0),
)


@pytest.mark.parametrize(("width", "scheme", "language", "first"), LOOKS)
def test_every_page_fits_nothing_jumps_and_everybody_can_use_it(
    town: Town, width: int, scheme: str, language: str, first: int
) -> None:
    """Nothing runs out of the page, what is there stays where it is, and axe finds nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # It writes its script into the page, which no page of ours takes from a stranger.
    options = {"color_scheme": scheme, "locale": language, "bypass_csp": True}
    with town.page(width, **options) as page:
        for path in PAGES[first::2]:
            page.goto(f"{town.url}{path}")
            if path == "/files":
                sheet = {"name": f"{LONG}.csv", "mimeType": "text/csv", "buffer": SHEET}
                page.set_input_files("input[type=file]", sheet)
                page.click("main form button")
                page.wait_for_selector("fieldset")
            page.evaluate("new Promise(r => requestAnimationFrame(() => setTimeout(r)))")
            shifted, moved = page.evaluate("[window.shifted, window.moved]")
            assert shifted == 0, (path, moved)
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, wide)
            found = axe.run(page).response["violations"]
            nodes = [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found]
            assert nodes == [], path


def test_what_is_typed_while_a_page_loads_is_counted_whole_or_not_at_all(town: Town) -> None:
    """From a scan to a number to the next scan with nothing in between, as scanners do."""
    stock = {sku: 20 + n for n, sku in enumerate(town.skus[:3])}
    with town.page() as page:
        page.goto(f"{town.url}/products")
        page.keyboard.press("/")
        for sku, units in stock.items():
            page.keyboard.type(f"{sku}\n{units}\n")
        page.wait_for_function(
            "text => document.querySelector('.note')?.textContent.includes(text)",
            arg=f"{sku} in main: {units} on hand",
        )
        assert page.evaluate("document.activeElement.id") == "search"
        # Of what is no product nothing goes on.
        page.keyboard.type("NO-SUCH-THING\n77\n")
        page.wait_for_selector("text=No such products.")
        page.wait_for_function("document.activeElement.id === 'search'")
        # A barcode in the place of a number is none.
        page.keyboard.press("Control+A")
        page.keyboard.type(f"{town.skus[0]}\n4607000000000\n")
        page.wait_for_selector("[data-first]:invalid")
    assert {sku: town.shop.stock()[sku]["on_hand"] for sku in stock} == stock


def test_many_are_counted_by_scanning(town: Town) -> None:
    from playwright.sync_api import Error

    one, two, three = town.skus[:3]
    with town.page(390, has_touch=True) as page:
        page.goto(f"{town.url}/count")
        page.keyboard.type(f"{one}\n" * 7 + f"{two}\n" * 6 + f"{one}\n")
        page.check("[name=ask]")
        page.focus("[name=code]")
        page.keyboard.type(f"{three}\n12\nNOTHING\n1\n")
        page.wait_for_selector("output.bad")
        # What was scanned outlives a server that is not there, and a look at another page.
        scanned = page.input_value("[name=lines]")
        page.context.set_offline(True)
        with pytest.raises(Error):
            page.goto(f"{town.url}/count")
        page.context.set_offline(False)
        page.goto(f"{town.url}/products")
        page.goto(f"{town.url}/count")
        assert page.input_value("[name=lines]") == scanned
        page.click("text=Write the count")
        page.wait_for_selector(".problem")
        assert "NOTHING" in page.inner_text(".problem")
        lines = page.input_value("[name=lines]").splitlines()
        assert lines == [f"{two}\t6", f"{one}\t8", f"{three}\t12", "NOTHING\t1"]
        page.fill("[name=lines]", "\n".join(lines[:3]))
        page.click("text=Write the count")
        page.wait_for_selector(".note")
        # Once it is written it is gone.
        page.goto(f"{town.url}/count")
        assert page.input_value("[name=lines]") == ""
    on_hand = {sku: town.shop.stock()[sku]["on_hand"] for sku in (one, two, three)}
    assert on_hand == {one: 8, two: 6, three: 12}
    # The browser itself tells of answers of 422.
    town.complaints[:] = [c for c in town.complaints if "422" not in c]


def test_what_was_received_is_not_received_twice_where_the_answer_was_lost(town: Town) -> None:
    sku = town.skus[0]
    before = town.shop.stock()[sku]["on_hand"]

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    with town.page() as page:
        page.goto(f"{town.url}/count?what=receive")
        page.keyboard.type(f"{sku}\n")
        page.route("**/count", lose, times=1)
        page.click("text=Add them")
        page.wait_for_url("chrome-error://**")
        page.goto(f"{town.url}/count?what=receive")
        assert page.input_value("[name=lines]") == f"{sku}\t1\n"
        page.click("text=Add them")
        page.wait_for_selector(".problem")
        assert "sent already" in page.inner_text(".problem")
        page.goto(f"{town.url}/count?what=receive")
        assert page.input_value("[name=lines]") == ""
    assert town.shop.stock()[sku]["on_hand"] == before + 1
    town.complaints.clear()


def test_the_keyboard_reaches_everything(town: Town) -> None:
    with town.page() as page:
        page.goto(f"{town.url}/products")
        reached = []
        for _ in range(16):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent.trim()"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", reached
        assert reached[0] == "Skip to the content"
        assert {"Products", "Orders", "Sync now"} <= set(reached)


def test_a_picture_comes_from_its_marketplace_which_is_not_told_where_it_is_shown(
    town: Town,
) -> None:
    sku, picture = town.skus[0], "https://basket-10.wbbasket.ru/1.svg"

    def tell(address: str) -> None:
        with Store.open(town.shop.folder / "cloudstock.db") as store, store.transaction():
            store.connection.execute("UPDATE listing SET picture_url = ?", (address,))

    tell(picture)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    asked = []
    with town.page() as page:

        def answer(route: Any) -> None:
            asked.append(route.request.all_headers())
            route.fulfill(body=svg, content_type="image/svg+xml")

        page.route(lambda url: url == picture, answer)
        page.goto(f"{town.url}/product?sku={quote(sku)}")
        page.wait_for_function("() => document.querySelector('img.picture').naturalWidth === 9")
    tell("")
    assert [{"referer", "cookie"} & headers.keys() for headers in asked] == [set()]


def test_it_works_without_scripts(town: Town) -> None:
    sku = town.skus[2]
    with town.page(java_script_enabled=False) as page:
        page.goto(f"{town.url}/products")
        page.fill("#search", sku)
        page.keyboard.press("Enter")
        page.wait_for_url("**/product?sku=*")
        page.fill("input[name=quantity]", "9")
        page.click("text=Write the count")
        page.wait_for_selector(".note")
        # A sheet leaves a question open, is looked at, and counted.
        sheet = f"Артикул;Количество\n{sku};8\n{town.skus[1]};\n".encode()
        file = {"name": "склад.csv", "mimeType": "text/csv", "buffer": sheet}
        page.goto(f"{town.url}/files")
        page.set_input_files("input[type=file]", file)
        page.click("text=Look at it")
        page.check("input[name=empty][value=skip]")
        page.click("text=Go on")
        assert page.inner_text("main tbody tr").split() == [sku, "main", "9", "8"]
        page.click("text=Write the count")
        page.wait_for_selector(".note")
    assert town.shop.stock()[sku]["on_hand"] == 8


def test_what_was_typed_outlives_its_session(town: Town) -> None:
    """An hour of scanning on a phone, and a number on a product's page, which goes by a script."""
    one, two = town.skus[:2]
    before = town.shop.stock()
    with town.page(390, locale="ru-RU") as page:

        def sign_in_and_send() -> None:
            page.wait_for_selector("[name=password]")
            assert "не потеряно" in page.inner_text(".note")
            page.fill("[name=password]", PASSWORD)
            page.click("main button")
            assert page.wait_for_selector("main form button").inner_text() == "Отправить ещё раз"
            assert town.shop.stock()[one]["on_hand"] == before[one]["on_hand"]
            page.click("text=Отправить ещё раз")
            page.wait_for_selector(".note")

        page.goto(f"{town.url}/product?sku={quote(two)}")
        page.context.clear_cookies()
        page.keyboard.type("31\n")
        sign_in_and_send()
        page.goto(f"{town.url}/count")
        page.fill("[name=lines]", f"{one}\t32\n")
        page.context.clear_cookies()
        page.click("text=Записать")
        sign_in_and_send()
    stock = town.shop.stock()
    assert (stock[two]["on_hand"], stock[one]["on_hand"]) == (31, 32)
    # The browser itself tells of answers of 401.
    town.complaints[:] = [c for c in town.complaints if "401" not in c]
