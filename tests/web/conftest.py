"""A small trade, and its window in the browser over real loopback."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloudstock.config.loading import load
from cloudstock.logs import secrets_of
from cloudstock.redaction import Redactor
from cloudstock.store import Store
from cloudstock.web import passwords
from cloudstock.web.access import Access
from cloudstock.web.rounds import Rounds
from cloudstock.web.server import serving
from cloudstock.web.site import Site
from tests.builders import contents
from tests.jobs.town import Town
from tests.store.trade import CONFIG, sell_and_return, trade

PASSWORD = "correct horse battery"
TOKEN = "a-token-of-scripts-0123456789"


@dataclass
class Visitor:
    """A browser without JavaScript: keeps cookies, sends forms as they stand on the page."""

    http: httpx.Client
    token: str = ""

    def get(self, path: str, *, expect: int = 200, **headers: str) -> httpx.Response:
        answer = self.http.get(path, headers=headers)
        assert answer.status_code == expect, answer.text
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)
        if found:
            self.token = found[1]
        return answer

    def post(
        self, path: str, fields: dict[str, Any] | None = None, *, expect: int = 303, **headers: str
    ) -> httpx.Response:
        """Send a form with the token of the last page, as a browser does."""
        origin = {"Origin": str(self.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        answer = self.http.post(
            path, data={"csrf": self.token, **(fields or {})}, headers={**origin, **headers}
        )
        assert answer.status_code == expect, answer.text
        return answer

    def sign_in(self, password: str = PASSWORD, *, expect: int = 303) -> httpx.Response:
        self.get("/login")
        return self.post("/login", {"password": password}, expect=expect)

    def act(self, page: str, path: str, fields: dict[str, Any]) -> str:
        """Open a page, send a form of it, and return what the next page tells."""
        self.get(page)
        answer = self.post(path, fields)
        told = text_of(self.get(answer.headers["location"]).text, "note")
        return told.removeprefix("✓ ")


@dataclass
class Window:
    """A running server and the book behind it."""

    folder: Path
    url: str
    site: Site

    @contextmanager
    def visitor(self) -> Iterator[Visitor]:
        with httpx.Client(base_url=self.url, trust_env=False, verify=False, timeout=30) as http:
            yield Visitor(http)

    def contents(self) -> str:
        """All that the book holds."""
        with Store.open(self.site.config.database) as store:
            return contents(store)


@contextmanager
def opened(folder: Path, web: str = "", **options: Any) -> Iterator[Window]:
    """Serve the book of a folder; `web`: what the configuration says of it."""
    config = folder / "config.yaml"
    config.write_text(f"{CONFIG}{web}", encoding="utf-8")
    config.chmod(0o600)
    configuration = load(config, {}).configuration
    access = Access(configuration.web, **options)
    site = Site(
        config=configuration,
        access=access,
        rounds=Rounds(config, lock_wait_s=0),
        redact=Redactor(secrets_of(configuration)),
    )
    with serving(site, "127.0.0.1", 0) as url:
        yield Window(folder, url, site)


def wait_for_round() -> None:
    """Wait for what is at work: asking all the while would take the machine from it."""
    for thread in threading.enumerate():
        if thread.name == "round":
            thread.join()


def text_of(page: str, name: str) -> str:
    """Return the text of the first element of a class."""
    found = re.search(rf'<(\w+)[^>]* class="[^"]*\b{name}\b[^"]*"[^>]*>(.*?)</\1>', page, re.DOTALL)
    assert found is not None, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[2])).split())


@pytest.fixture(scope="session")
def password_hash() -> str:
    """A hash that costs little to compare with; `test_command.py` asks what a real one costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST_BITS", 4)
        return passwords.hashed(PASSWORD)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with trade(tmp_path, sell_and_return) as town:
        # As looking at anything would, which is no change that these tests are after.
        town.store.catch_up(buffer=1, low=town.config.low, now=datetime.now(UTC))
        yield town


@pytest.fixture
def open_window(town: Town) -> Iterator[Window]:
    """Without a password, on this machine."""
    with opened(town.config.path.parent) as window:
        yield window


@pytest.fixture
def locked_window(town: Town, password_hash: str) -> Iterator[Window]:
    """With a password for people and a token for scripts."""
    web = f"web: {{password_hash: '{password_hash}', token: {TOKEN}}}\n"
    with opened(town.config.path.parent, web) as window:
        yield window


@pytest.fixture
def visitor(open_window: Window) -> Iterator[Visitor]:
    with open_window.visitor() as visitor:
        yield visitor
