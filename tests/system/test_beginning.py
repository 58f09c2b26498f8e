"""The first five minutes: what a stranger types, on a real terminal, against the sandbox."""

from __future__ import annotations

import re

from tests.system.conftest import Shop

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
