"""Which marketplace warehouses are only watched, and what is known of them when that is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudstock.changes.pausing import PauseRequest
from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.errors import UsageProblem
from cloudstock.settings import Configuration
from cloudstock.store import Store
from cloudstock.store.times import to_iso
from tests.builders import NOW, account, after, arrange, offer

MAIN = account("ym-main", "yandex_market", [("1", "main"), ("2", "attic")])
TWO = account("ym-two", "yandex_market", [("3", "main")])


def watched(store: Store) -> dict[str, str | None]:
    """The warehouses that are watched now, or were until a moment."""
    rows = store.connection.execute(
        "SELECT external_warehouse, iif(watched, 'now', watched_until) FROM account_warehouse"
    )
    return {r[0]: r[1] for r in rows}


def test_what_was_watched_is_unknown_until_it_is_read(tmp_path: Path) -> None:
    with Store.open(tmp_path / "book.db", create=True) as store:
        ids = arrange(store, MAIN, TWO)
        offer(store, ids["ym-main"], "MUG")
        with store.transaction():
            for name, warehouses in (
                (
                    "ym-main",
                    [MarketplaceWarehouse("1", "a", group="G"), MarketplaceWarehouse("2", "b")],
                ),
                ("ym-two", [MarketplaceWarehouse("3", "c", group="G")]),
            ):
                store.arrangement.save_warehouses(ids[name], warehouses, now=NOW)
            store.connection.execute(
                "UPDATE listing_stock SET low = 4, high = 4,"
                " believed_since = ?1, believed_until = ?1",
                (to_iso(NOW),),
            )
            store.cursors.finish(ids["ym-main"], "reserves", began_at=NOW, read_until=NOW, now=NOW)
        for hour in (1, 3):
            arrange(store, MAIN, replace(TWO, push=False), now=after(hours=hour))
            # Its other warehouse shows a stock of its own.
            assert [w for w, until in watched(store).items() if until == "now"] == ["1", "3"]
            arrange(store, MAIN, TWO, now=after(hours=hour + 1))
            until = to_iso(after(hours=hour + 1))
            assert watched(store) == {"1": until, "2": None, "3": until}
        believed = store.connection.execute("SELECT external_warehouse, high FROM listing_stock")
        assert {tuple(r) for r in believed} == {("1", None), ("2", 4)}
        # A reading is due.
        assert store.cursors.get(ids["ym-main"], "reserves").finished_at is None


def test_what_the_configuration_holds_back_is_let_go_there_only() -> None:
    config = Configuration(Path("config.yaml"), accounts=(MAIN, replace(TWO, push=False)))
    PauseRequest(account="ym-two").forbid(config)
    PauseRequest(account="ym-main", resume=True).forbid(config)
    with pytest.raises(UsageProblem, match="`push: off` in the configuration holds ym-two back"):
        PauseRequest(account="ym-two", resume=True).forbid(config)
