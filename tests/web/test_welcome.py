"""Before there is anything to show: each page leads on, and tells no place of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cloudstock.domain.work import Job
from cloudstock.lock import run_lock
from tests.builders import arrange, listing, offer
from tests.web.conftest import opened, text_of
from tests.web.test_pages import PAGES


def test_where_there_never_was_a_database_one_is_begun(tmp_path: Path) -> None:
    with opened(tmp_path) as window, window.visitor() as visitor:
        for path in PAGES:
            if path not in ("/api", "/sync"):
                page = visitor.get(path).text
                assert "Begin it" in page, path
                assert str(tmp_path) not in page
        assert not window.site.config.database.exists()
        visitor.post("/begin")
        page = visitor.get("/").text
        assert "✓ done" in page
        assert "Check the keys" in page
        assert "Begin it" not in page
        # Each step has its own button, and the address of each is there.
        visitor.post("/account/do", {"what": "check", "account": ""})


def test_a_database_that_is_lost_is_not_begun_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as window, window.visitor() as visitor:
        database = window.site.config.database
        with run_lock(database, "sync", wait_s=0):
            pass
        page = visitor.get("/products", expect=503).text
        assert "is not in its place" in page
        assert "Begin it" not in page
        assert str(tmp_path) not in page
        visitor.post("/begin")
        assert not database.exists()


def test_a_catalog_without_a_count_leads_to_the_first_count(tmp_path: Path) -> None:
    with opened(tmp_path) as window, window.visitor() as visitor:
        visitor.get("/")
        visitor.post("/begin")
        with window.site.writing() as store:
            ids = arrange(store, *window.site.config.accounts)
            offer(store, ids["ozon-main"], listing("MUG"))
        # What the cabinets show is taken as the first count only where it was read lately.
        assert "Read what the cabinets show" in visitor.get("/").text
        now = datetime.now(UTC)
        with window.site.writing() as store:
            store.runs.record(
                ids["ozon-main"], Job.RESERVES, began_at=now, ended_at=now, error=None, counts={}
            )
        page = visitor.get("/").text
        assert 'href="/products?only=uncounted">To the products' in page
        visitor.post("/product/count?sku=MUG", {"quantity": "3", "warehouse": "main"})
        assert text_of(visitor.get("/").text, "state")
