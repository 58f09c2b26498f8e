"""Every page tells what the book knows, in both languages, to browsers without JavaScript, too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from cloudstock.lists.returns import RETURNS
from cloudstock.store.troubles.table import KINDS
from cloudstock.store.views import browse
from cloudstock.store.views.course import course
from cloudstock.web.gathered import Gathered
from cloudstock.web.remedies import BY_PAGE, BY_SYNC
from tests.builders import listing, offer
from tests.jobs.town import Town
from tests.test_hostile_text import EVIL
from tests.web.conftest import Visitor, Window, opened, text_of

PAGES = (
    "/",
    "/products",
    "/products?only=uncounted",
    "/products?only=oversold",
    "/products?only=empty",
    "/products?only=refused",
    "/products?only=unlisted",
    "/product?sku=MUG",
    "/product?sku=POT",
    "/orders",
    "/orders?only=all",
    "/orders?only=unknown",
    "/orders?only=unlinked&sku=MUG",
    "/returns",
    "/returns?only=all",
    "/returns?only=expected",
    "/listings",
    "/listings?only=all&search=mug",
    "/reserves",
    "/listing?account=ozon-main&id=MUG",
    "/accounts",
    "/changes",
    "/count",
    "/count?what=receive",
    "/files",
    "/report",
    "/runs",
    "/runs?only=failed",
    "/sync",
    "/api",
)


class Parts(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_is_there_in_both_languages(visitor: Visitor, language: str) -> None:
    for path in PAGES:
        page = visitor.get(path, **{"Accept-Language": language}).text
        assert f'<html lang="{language}">' in page
        assert page.count("<h1") == 1, path


def test_nothing_on_any_page_needs_more_than_its_own_files(visitor: Visitor) -> None:
    """No script or style stands in a page or comes from elsewhere; forms send without a script."""
    for path in PAGES:
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for tag, attributes in Parts(answer.text).tags:
            assert tag != "style"
            assert not [a for a in attributes if a == "style" or a.startswith("on")], path
            if tag == "script":
                assert (attributes["src"] or "").startswith("/static/")
            if tag == "form" and attributes.get("method") == "post":
                assert attributes["action"]
            for name in ("href", "src", "action"):
                assert not re.match(r"\w+:|//", attributes.get(name) or ""), attributes


def test_pages_are_not_kept_by_anybody(visitor: Visitor) -> None:
    headers = visitor.get("/products").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_files_of_pages_are_there(visitor: Visitor) -> None:
    page = visitor.get("/").text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) == 4
    for file in files:
        assert visitor.http.get(file).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/product?sku=MUGG", 404),
        ("/product", 400),
        ("/products?only=nothing", 404),
        ("/orders?only=nothing", 404),
        ("/listing?account=ozon-main&id=nothing", 404),
        ("/listings?after=x", 400),
        ("/runs?before=-1", 400),
        ("/products?sort=price", 400),
        ("/products?low=few", 400),
        ("/report?days=0", 400),
        ("/report?days=1e9", 400),
        ("/orders?sku=NONE", 422),
        ("/static/../pages.py", 404),
        ("/static/nothing.js", 404),
    ],
)
def test_what_is_not_there_is_said_on_a_page(visitor: Visitor, path: str, status: int) -> None:
    page = visitor.get(path, expect=status).text
    assert text_of(page, "problem")
    assert "Traceback" not in page


def test_an_unknown_product_is_answered_with_what_looks_like_it(visitor: Visitor) -> None:
    page = visitor.get("/product?sku=MUGG", expect=404).text
    assert "MUG" in text_of(page, "problem")


def test_a_language_is_kept_once_it_was_chosen(visitor: Visitor) -> None:
    assert '<html lang="ru">' in visitor.get("/?lang=ru", **{"Accept-Language": "en"}).text
    assert '<html lang="ru">' in visitor.get("/orders", **{"Accept-Language": "en"}).text
    assert 'href="?only=all&amp;lang=en"' in visitor.get("/orders?only=all").text
    assert '<html lang="en">' in visitor.get("/?lang=en").text
    assert '<html lang="en">' in visitor.get("/?lang=tlh").text


# ---------------------------------------------------------------- numbers


def test_the_list_of_products_tells_what_show_stock_tells(visitor: Visitor) -> None:
    row = re.search(
        r'<a href="/product\?sku=MUG">.*?</tr>',
        visitor.get("/products").text,
        re.DOTALL,
    )
    assert row is not None
    numbers = [
        " ".join(re.sub(r"<[^>]+>", " ", c).split())
        for c in re.findall(r"<td.*?</td>", row[0], re.DOTALL)
    ]
    # On hand 10 less the one that was shipped, which a button counts; 2 reserved, 1 kept back.
    assert numbers[:3] == ["9 Count", "2", "6"]
    # Ozon took its 2 off by itself: 9 was sent, 6 is due.
    assert numbers[3] == "6 sent&nbsp;9 · seen&nbsp;—"


def test_a_products_page_tells_every_term(visitor: Visitor) -> None:
    page = " ".join(Parts(visitor.get("/product?sku=MUG").text).text)
    told = " ".join(page.split())
    for said in (
        "counted 10",
        "shipment -1 1 movement since",
        "= on hand 9",
        "reserved -2",
        "2 for ozon-main OZ-1, made ",
        "buffer -1",
        "= available 6",
        "9 on hand - 2 reserved - 1 buffer (the account's) = 6",
        "order:ym-main:YM-1:1",
        "R-1",
    ):
        assert said in told, told


def test_a_product_that_was_never_counted_says_so(visitor: Visitor) -> None:
    assert "never counted" in visitor.get("/products?only=uncounted").text
    assert "POT" in visitor.get("/products?only=uncounted").text
    assert "MUG" not in visitor.get("/products?only=uncounted").text


def test_cards_are_linked_and_their_pictures_shown_from_marketplaces_alone(
    town: Town, visitor: Visitor
) -> None:
    def tell(card: str, picture: str) -> str:
        with town.store.transaction():
            town.store.connection.execute(
                "UPDATE listing SET card_url = ?, picture_url = ?", (card, picture)
            )
        pages = [
            visitor.get(p).text for p in ("/product?sku=MUG", "/listing?account=wb-main&id=MUG")
        ]
        assert len({f'href="{card}"' in page for page in pages}) == 1
        assert len({f'src="{picture}"' in page for page in pages}) == 1
        return pages[0]

    card, picture = (
        "https://www.wildberries.ru/catalog/7/detail.aspx",
        "https://a.wbbasket.ru/1.webp",
    )
    page = tell(card, picture)
    assert f'href="{card}"' in page
    assert f'src="{picture}"' in page
    policy = visitor.get("/").headers["content-security-policy"]
    assert "https://*.wbbasket.ru" in policy
    for other in ("https://wbbasket.ru.example/1.webp", "http://a.wbbasket.ru/1.webp", ""):
        assert "<img" not in tell("", other)


def test_what_is_wrong_is_what_status_finds(town: Town, visitor: Visitor) -> None:
    town.shops["ozon-main"].place("OZ-2", {"MUG": 50})
    town.run("orders")
    page = visitor.get("/").text
    assert "MUG is oversold in main: 52 promised, 9 on hand" in page
    assert "oversold by 43" in visitor.get("/products?only=oversold").text


def test_the_first_page_offers_buttons_in_the_place_of_commands(visitor: Visitor) -> None:
    told = " ".join(" ".join(Parts(visitor.get("/").text).text).split())
    assert re.search(r"to be pushed, [^✗]+ Sync now A round reads everything again", told)
    assert "`" not in told
    assert "cloudstock push" not in told


def test_what_sold_is_told_by_local_days_and_accounts(town: Town) -> None:
    connection, now = town.store.connection, town.clock.now()
    sold = browse.sold_lately(connection, ["new", "ozon-main"], now=now)
    assert sold.by_account == {"new": (0, 0), "ozon-main": (2, 0), "ym-main": (2, 0)}
    assert (sold.today, sold.best) == (4, (("MUG", 3), ("CUP", 1)))
    later = browse.sold_lately(connection, [], now=now + timedelta(days=1))
    assert (later.today, later.yesterday) == (0, 4)
    assert browse.sold_lately(connection, [], now=now + timedelta(days=2)).best == ()


def test_a_graph_tells_how_stock_and_sales_went(town: Town, visitor: Visitor) -> None:
    connection, now = town.store.connection, town.clock.now()
    went = course(connection, "MUG", now=now, days=3)
    assert went is not None
    assert (went.on_hand, went.sold) == ((0, 0, 9), (0, 0, 3))
    later = course(connection, "MUG", now=now + timedelta(days=1), days=3)
    assert later is not None
    assert (later.on_hand, later.sold) == ((0, 9, 9), (0, 3, 0))
    assert course(connection, "POT", now=now) is None
    assert 'aria-label="Units on hand by day"' in visitor.get("/product?sku=MUG").text
    assert "<svg" not in visitor.get("/product?sku=POT").text


def test_what_the_browser_offers_is_for_troubles_that_there_are() -> None:
    kinds = {kind.name for kind in KINDS}
    assert kinds >= BY_SYNC
    assert BY_PAGE.keys() <= kinds - BY_SYNC


def test_runs_tell_how_they_ended(visitor: Visitor) -> None:
    page = visitor.get("/runs").text
    assert page.count("✓ fine") >= 3


# ---------------------------------------------------------------- finding


def many(town: Town, count: int) -> None:
    ids = town.store.catalog.account_ids()
    offer(
        town.store,
        ids["ozon-main"],
        *(
            listing(f"SKU-{n:03}", f"46000000{n:05}", name=f"Кружка № {n}", external_id=f"e{n}")
            for n in range(count)
        ),
    )


def skus(page: str) -> list[str]:
    return re.findall(r'<th scope="row">.*?<a href="/product\?sku=([^"]+)"', page)


def test_pages_follow_each_other_forward_and_back(town: Town, visitor: Visitor) -> None:
    many(town, 120)
    seen, path = [], "/products"
    pages = []
    while path:
        page = visitor.get(path).text
        pages.append(skus(page))
        seen += pages[-1]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == sorted({*seen})
    assert len(seen) == 123
    assert [len(p) for p in pages] == [50, 50, 23]
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back is not None
    assert skus(visitor.get(back[1].replace("&amp;", "&")).text) == pages[1]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sku-01", [f"SKU-01{n}" for n in range(10)]),
        ("кРУЖКА 77", ["SKU-077"]),
        ("4600000000119", ["SKU-119"]),
        ("46000000001", [f"SKU-1{n:02}" for n in range(20)]),
        ("no such thing", []),
        ("* ? [a-z]", []),
        ("' OR 1=1 --", []),
    ],
)
def test_products_are_found_by_article_name_and_barcode(
    town: Town, visitor: Visitor, typed: str, found: list[str]
) -> None:
    many(town, 120)
    # As the list asks while somebody types.
    part = visitor.get(f"/products?search={quote(typed)}", **{"HX-Target": "found"}).text
    assert "<html" not in part
    assert skus(part) == found


def ids(page: str) -> list[str]:
    return re.findall(r'<th scope="row" class="id">([^<]+)<', page)


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/product/count?sku=MUG", "/product?sku=MUG"),
        ("/return/receive?account=ozon-main&id=1", "/returns?account=ozon-main&id=1"),
        ("/products/bulk?only=low", "/products?only=low"),
        ("/account/close?lang=ru", "/accounts?lang=ru"),
        ("/logout", "/?"),
    ],
)
def test_a_page_that_answered_a_form_may_be_loaded_anew(
    visitor: Visitor, form: str, page: str
) -> None:
    answer = visitor.get(form, expect=303)
    assert answer.headers["location"] == page
    visitor.get(page)


def test_a_phone_is_shown_less_at_a_time(open_window: Window, visitor: Visitor) -> None:
    # However slow the machine, the report is looked at whole.
    open_window.site.reports = Gathered(wait_s=60)
    assert visitor.get("/report").text.count("<details open>") > 5
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"
    assert visitor.get("/report", **{"User-Agent": phone}).text.count("<details open>") == 1


def test_the_filters_of_a_list_are_a_form_on_its_page(visitor: Visitor) -> None:
    page = visitor.get("/orders?only=all&step=shipped&account=ym-main").text
    assert ids(page) == ["YM-1"]
    assert '<details class="filters" open>' in page
    assert '<option value="shipped" selected>shipped</option>' in page
    assert '<option value="ym-main" selected>ym-main</option>' in page
    assert ids(visitor.get("/orders?only=all&step=shipped&account=wb-main").text) == []
    assert len(ids(visitor.get("/orders?only=all&step=&account=&sku=&sort=created").text)) == 2
    page = visitor.get("/returns?only=all").text
    assert '<details class="filters">' in page
    for one in RETURNS.filters:
        assert f'name="{one.name}"' in page
    assert 'href="/returns?only=expected"' in page
    # Another tab keeps what else is asked for.
    assert 'href="/returns?sku=MUG&amp;only=all"' in visitor.get("/returns?sku=MUG").text


def test_what_is_promised_is_a_list(visitor: Visitor) -> None:
    page = visitor.get("/reserves").text
    assert "OZ-1" in page
    assert '<a href="/product?sku=MUG">' in page


@pytest.mark.parametrize("typed", ["SKU-042", "4600000000042"])
def test_a_scanned_code_leads_to_its_product(town: Town, visitor: Visitor, typed: str) -> None:
    many(town, 50)
    answer = visitor.get(f"/products?search={typed}", expect=303)
    assert answer.headers["location"] == "/product?sku=SKU-042"


def test_older_orders_come_on_the_next_page(town: Town, visitor: Visitor) -> None:
    for n in range(60):
        town.shops["ozon-main"].place(f"MANY-{n}", {"CUP": 1})
    town.run("orders")
    page = visitor.get("/orders?only=all").text
    first = ids(page)
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    second = ids(visitor.get(following[1].replace("&amp;", "&")).text)
    assert len(first) == 50
    assert len({*first, *second}) == 62


# ---------------------------------------------------------------- hostile text

MARKUP = (
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7777*7777}}{% raw %}</textarea>"
)


def test_names_that_want_to_be_more_are_text(town: Town, visitor: Visitor) -> None:
    """Markup, templates, controls and writing-direction marks of a product move nothing."""
    hostile = f"{MARKUP}{EVIL}"
    ids = town.store.catalog.account_ids()
    offer(
        town.store,
        ids["ozon-main"],
        listing(hostile, MARKUP, name=hostile, external_id=MARKUP, keys=("offer:evil",)),
    )
    town.shops["wb-main"].place(MARKUP, {"MUG": 1})
    town.run("orders")
    town.store.connection.execute(
        "UPDATE orders SET step = 'unknown', status = ? WHERE order_id = ?", (hostile, MARKUP)
    )
    sku = quote(hostile, safe="")
    for path in (
        *PAGES,
        f"/product?sku={sku}",
        f"/products?search={quote('alert(1)')}",
        f"/listing?account=ozon-main&id={quote(MARKUP, safe='')}",
        f"/suggestions?sku0={quote('alert')}",
        f"/products?search={sku}",
    ):
        answer = visitor.http.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        parts = Parts(answer.text)
        for tag, attributes in parts.tags:
            assert tag != "img"
            assert tag != "textarea" or attributes["name"] == "lines"
            assert not [a for a in attributes if a.startswith("on")]
            assert tag != "script" or attributes.get("src")
        assert "60481729" not in "".join(parts.text), "somebody reckoned"
        moves = {
            c
            for c in answer.text
            if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")
        }
        assert moves == set(), path


def test_a_product_with_a_hostile_article_is_counted_like_any_other(
    town: Town, visitor: Visitor
) -> None:
    """Its article travels in the address, where a browser changes nothing of it."""
    sku = "\r\n\t\u202e<b>'\"&%/?#\x1b é"
    offer(town.store, town.store.catalog.account_ids()["ozon-main"], listing(sku, external_id="x"))
    page = f"/product?sku={quote(sku, safe='')}"
    action = re.search(r'action="(/product/count[^"]+)"', visitor.get(page).text)
    assert action is not None
    visitor.post(action[1].replace("&amp;", "&"), {"quantity": "4", "warehouse": "main"})
    row = town.store.connection.execute(
        "SELECT on_hand FROM stock s JOIN product p ON p.id = s.product_id WHERE p.sku = ?", (sku,)
    ).fetchone()
    assert row[0] == 4


def test_secrets_are_on_no_page(town: Town, password_hash: str) -> None:
    """Not even where a marketplace repeats a key in its answers."""
    web = f"web: {{password_hash: '{password_hash}'}}\n"
    with opened(town.config.path.parent, web) as window, window.visitor() as visitor:
        visitor.sign_in()
        for path in PAGES:
            page = visitor.get(path).text
            assert "nobody-may-see" not in page
            assert password_hash not in page


def test_a_changed_configuration_is_read_by_the_next_page(
    open_window: Window, visitor: Visitor
) -> None:
    file = open_window.site.config.path
    before = file.read_text(encoding="utf-8")
    assert "ozon-shop" not in visitor.get("/").text
    file.write_text(before.replace("ozon-main", "ozon-shop"), encoding="utf-8")
    page = visitor.get("/").text
    assert "ozon-shop" in page
    assert 'class="problem"' not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("stock: {buffer: 1}", "stock: {buffer: many}"), "stock.buffer"),
        (lambda text: text.replace("ozon\n", "bazaar\n"), "bazaar"),
        (lambda text: text.replace("book.db", "nowhere.db"), "nowhere.db"),
        # Whoever is let in would be anybody.
        (lambda text: text + "web: {port: 8100}\n", "started anew"),
    ],
)
def test_a_wrong_configuration_is_told_and_the_one_of_before_holds(
    open_window: Window, visitor: Visitor, change: Callable[[str], str], said: str
) -> None:
    file = open_window.site.config.path
    before = file.read_text(encoding="utf-8")
    shown = visitor.get("/products").text
    file.write_text(change(before), encoding="utf-8")
    for _ in range(2):
        page = visitor.get("/products").text
        assert said in text_of(page, "problem")
        assert "a-key-that-nobody-may-see" not in page
        assert re.findall(r"<tr>.*", page) == re.findall(r"<tr>.*", shown)
    file.write_text(before, encoding="utf-8")
    assert 'class="problem"' not in visitor.get("/products").text
