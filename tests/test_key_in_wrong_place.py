"""A key that was pasted in a wrong place is quoted nowhere: not in an error, a table or JSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudstock.__main__ import main
from cloudstock.config.accounts import ACCOUNTS, account_keys
from cloudstock.config.keys import ListOf, Section, keys_of
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Configuration
from cloudstock.store import Store
from tests.store.trade import CONFIG, sell_and_return, trade

KEYS = {
    "uuid": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "jwt": "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJlbnQiOjEsImV4cCI6MTc5NX0.V1ldb3rr13sS1gnature",
    "telegram": "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
    "api": "ACMA:Y4nd3xS3cr3tk3y0123456789abcdefghij:0a1b2c3d",
}


def places(keys: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of all values of a section."""
    found: list[tuple[str, ...]] = []
    for key in keys:
        found += [(*at, name) for name in key.names]
        if isinstance(key.type, Section):
            found += places(key.type.keys, (*at, key.name))
        if isinstance(key.type, ListOf):
            found += [(*at, name, "0") for name in key.names]
    return found


PLACES = [
    *(p for p in places(keys_of(Configuration)) if p[0] != ACCOUNTS.name),
    *(
        ("accounts", account, *place)
        for account, marketplace in zip(
            ("ozon-main", "wb-main", "ym-main"),
            ("ozon", "wildberries", "yandex_market"),
            strict=True,
        )
        for place in (*places(account_keys(MARKETPLACES[marketplace])), ("marketplace",))
    ),
    ("accounts", "ozon-main", "warehouses", "1"),
    ("accounts", "ozon-main", "warehouses", "1", "from"),
    ("accounts", "ozon-main", "warehouses", "1", "share"),
]
RENAMED = [(), ("accounts",), ("accounts", "ozon-main"), ("accounts", "ozon-main", "warehouses")]
LINES = (("status",), ("show-stock", "--json"), ("check", "--database"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seller")
    with trade(folder, sell_and_return):
        pass
    return folder


def put(place: tuple[str, ...], value: Any, *, name: str = "") -> dict[str, Any]:
    """Return the configuration with a value at a place, or a key there called otherwise."""
    config = yaml.safe_load(CONFIG)
    config["accounts"]["ozon-main"]["warehouses"] = {"1": "main"}
    section: Any = config
    *way, last = [*place, name] if name else place
    for n, step in enumerate(way):
        if not isinstance(section.get(step), dict):
            section[step] = {}
        section = section[step]
        if n + 1 < len(way) and way[n + 1] == "0":
            break
    if last == "0":
        parent: Any = config
        for step in way[:-1]:
            parent = parent.setdefault(step, {})
        parent[way[-1]] = [value]
    else:
        section[last] = value
    return config


def told(folder: Path, config: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(config))
    file.chmod(0o600)
    texts = []
    for line in LINES:
        code = main([*line, "--config", str(file)])
        texts.append("".join(capsys.readouterr()))
        if code == 78:
            break
    assert "this is a bug" not in "".join(texts), texts
    return "".join(texts)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_no_value_of_the_configuration_is_quoted(
    folder: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    quoted = [place for place in PLACES if key in told(folder, put(place, key), capsys)]
    assert len(PLACES) > 60
    assert quoted == []


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_no_name_in_the_configuration_is_quoted(
    folder: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    value: Any = {"marketplace": "ozon", "client_id": "7", "api_key": "k", "warehouses": {"7": "x"}}
    for place in RENAMED:
        for given in ("main", value):
            text = told(folder, put(place, given, name=key), capsys)
            assert key not in text, (place, text)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_no_option_or_file_of_a_command_is_quoted(
    folder: Path, key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "config.yaml").write_text(CONFIG)
    lines = (
        ("status", "--account", key),
        ("sync", "--account", key),
        ("status", "--config", key),
        ("close-account", key),
        ("close-warehouse", key),
        ("set-stock", "MUG", "1", "--warehouse", key),
        ("import-stock", key),
        ("restore", key),
        ("help", key),
        (key,),
        ("status", f"--{key}"),
        ("status", "--lang", key),
        ("products", "--sort", key),
        ("sync", "--since", key),
        ("set-stock", "MUG", key),
    )
    quoted = []
    for line in lines:
        assert main(line) != 0
        out = "".join(capsys.readouterr())
        if key in out:
            quoted.append((line[:2], out[-200:]))
    assert quoted == []


def test_the_environment_names_no_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in KEYS.values():
        os.environ["CLOUDSTOCK_CONFIG"] = key
        try:
            assert main(["status"]) == 78
        finally:
            del os.environ["CLOUDSTOCK_CONFIG"]
        assert key not in "".join(capsys.readouterr())


def test_what_the_database_knows_goods_by_is_no_key(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # No key of the others, whose database this is, too.
    article = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
    config = folder / "config.yaml"
    config.write_text(CONFIG)
    line = ["adjust-stock", article, "+1", "--reason", "found", "--config", str(config)]
    assert main(line) == 2
    assert article not in "".join(capsys.readouterr())
    with Store.open(folder / "book.db") as store:
        store.connection.execute("UPDATE product SET sku = ? WHERE sku = 'POT'", (article,))
    assert main(line) == 2
    told = "".join(capsys.readouterr())
    assert f"{article} was never counted" in told
    assert main([*line[:2], KEYS["jwt"], *line[3:]]) == 2
    assert KEYS["jwt"] not in "".join(capsys.readouterr())


KEY = "a-key-that-nobody-may-see"


@pytest.mark.parametrize(
    "line",
    [
        ("set-stock", "MUG", "5", "--note", f"see {KEY}!"),
        ("adjust-stock", "MUG", "+1", "--reason", KEY[:20]),
        ("add-warehouse", KEY),
        ("link-listing", "MUG", KEY, "--account", "ozon-main", "--create"),
        ("import-stock", "names.csv", "--update", "names"),
        ("import-stock", "barcodes.csv", "--update", "barcodes"),
    ],
    ids=lambda line: " ".join(line[:2]),
)
def test_a_key_of_the_configuration_is_never_kept(
    folder: Path,
    line: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "names.csv").write_text(f"sku,quantity,name\nCUP,5,Cup\nMUG,5,Mug {KEY}\n")
    (folder / "barcodes.csv").write_text(f"sku,quantity,barcode\nMUG,5,{KEY}\n")
    assert main(line) == 2
    out = "".join(capsys.readouterr())
    assert "a key of the configuration stands in it" in out
    assert KEY not in out
    assert KEY[:20].encode() not in b"".join(f.read_bytes() for f in folder.glob("book.db*"))
