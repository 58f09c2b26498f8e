"""init: a configuration to start from, private and never over another."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml

from cloudstock.changes.init import (
    Draft,
    template,
    warehouses_written,
    with_account,
    write_config,
    written,
)
from cloudstock.config.loading import load
from cloudstock.errors import UsageProblem
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Configuration, Secret
from tests.configuration import EXAMPLE, MANUALS, every_key, manual

VARIABLES = {"OZON_API_KEY": "ozon-key", "WB_TOKEN": "wb-token", "YM_API_KEY": "ym-key"}


@pytest.fixture(params=[0o000, 0o077, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_the_file_is_its_owners_only_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    write_config(tmp_path / "config.yaml")
    assert stat.S_IMODE((tmp_path / "config.yaml").stat().st_mode) == 0o600


def test_what_is_written_loads_and_holds_the_defaults(tmp_path: Path) -> None:
    """A setting shown with another value would change when somebody deletes its line."""
    (tmp_path / "bare.yaml").write_text(
        "accounts: {wb-main: {marketplace: wildberries, token: '${WB_TOKEN}', warehouses: {1: a}}}"
    )
    write_config(tmp_path / "config.yaml")
    loaded = load(tmp_path / "config.yaml", VARIABLES)
    assert loaded.warnings == ()
    full = loaded.configuration
    bare = load(tmp_path / "bare.yaml", VARIABLES).configuration
    for field in fields(Configuration):
        if field.name not in ("path", "accounts"):
            assert getattr(full, field.name) == getattr(bare, field.name), field.name
    assert [a.marketplace for a in full.accounts] == list(MARKETPLACES)
    # But for its ids, each is what an account is by default.
    plain = bare.accounts[0]
    for account in full.accounts:
        own = {
            f: getattr(account, f)
            for f in ("name", "marketplace", "warehouses", "options", "secrets", "cabinet")
        }
        assert account == replace(plain, **own)


def test_what_is_commented_out_loads_too_and_every_key_is_shown(tmp_path: Path) -> None:
    setting = re.compile(r"( *)# ((?:# )?[a-z_]+:(?: .*)?|  .*)$")
    lines = [setting.sub(r"\1\2", line) for line in template().splitlines()[10:]]
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(lines))
    hashed = "scrypt:14:8:1:" + "a" * 22 + ":" + "b" * 22
    more = {"TELEGRAM_URL": "tgram://a/b", "SYNC_PING_URL": "https://hc.example/1"}
    web = {
        "CLOUDSTOCK_WEB_PASSWORD": hashed,
        "CLOUDSTOCK_WEB_TOKEN": "t" * 24,
        "CLOUDSTOCK_WEB_CALLS": "c" * 43,
    }
    loaded = load(path, VARIABLES | more | web).configuration
    assert (loaded.policy.max_quantity, loaded.language, loaded.accounts[0].pace) == (50, "ru", 0.5)
    assert loaded.web.password_hash == Secret(hashed)
    assert loaded.notices.urls == (Secret("tgram://a/b"),)
    document = yaml.safe_load(path.read_text())
    shown = {f"accounts.{name}.{k}" for name, a in document.pop("accounts").items() for k in a}
    shown |= set(document) | {f"{k}.{n}" for k, v in document.items() if type(v) is dict for n in v}
    source = loaded.sources["supplier-a"]
    shown |= {f"sources.supplier-a.{k}" for k in document["sources"]["supplier-a"]}
    assert (source.file, source.answers.words) == (
        Path("/srv/ftp/stock*.xlsx"),
        {"нет": "0", "есть": "1"},
    )
    first = next(iter(MARKETPLACES.values())).example
    for name, _ in every_key():
        in_it = name.replace("accounts.NAME.", f"accounts.{first}.")
        in_it = in_it.replace("sources.NAME.", "sources.supplier-a.")
        assert in_it in shown or name == "accounts" or ".ID." in name, name


def test_what_is_derived_from_the_keys_is_up_to_date() -> None:
    """After a change of a key: `python -m tests.configuration`."""
    assert EXAMPLE.read_text(encoding="utf-8") == template()
    for language, page in MANUALS.items():
        assert page.read_text(encoding="utf-8") == manual(language)


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("mine")
    with pytest.raises(UsageProblem, match=r"config\.yaml exists and is not written over"):
        write_config(path)
    assert path.read_text() == "mine"


def test_an_account_as_it_is_asked_for_is_what_is_written(tmp_path: Path) -> None:
    odd = 'a"b\\c ${NO_VARIABLE}: #'
    feeds = {"507": "main", "0508": "main", "509": "yes"}
    keys = {"client_id": written("0123"), "api_key": written("key-${NO}")}
    path = tmp_path / "config.yaml"
    account = Draft("ozon-main", "ozon", {**keys, "warehouses": warehouses_written(feeds)})
    write_config(path, template(account, push=False))
    more = {"token": written("token"), "warehouses": warehouses_written({"1": odd})}
    text = with_account(path.read_text(), Draft("wb-main", "wildberries", more))
    write_config(path, text, over=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = load(path, {}).configuration
    assert not loaded.push
    ozon, wildberries = loaded.accounts
    assert ozon.options == {"client_id": "0123"}
    assert ozon.secrets == {"api_key": Secret("key-${NO}")}
    assert ozon.warehouses == (("507", "main", 50), ("0508", "main", 50), ("509", "yes", 100))
    assert wildberries.warehouses == (("1", odd, 100),)


@pytest.mark.parametrize(
    "text",
    [
        "accounts: {a: {marketplace: ozon}}\n",
        "accounts:\n  a: {}\npush: on\n",
        "accounts:\n  wb-main: {}\n",
        "accounts:\n    a: {}\n",
        "accounts: [",
        "",
    ],
)
def test_an_account_that_does_not_fit_at_the_end_is_told_and_not_written(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"wb-main:\n +marketplace: wildberries"):
        with_account(text, Draft("wb-main", "wildberries", {"token": "x"}))


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageProblem, match="exists"):
        write_config(tmp_path / "config.yaml")
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"nowhere/config\.yaml: No such file or directory"):
        write_config(tmp_path / "nowhere" / "config.yaml")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.yaml"
    really_open = os.open

    def onto_a_full_disk(
        name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None
    ) -> int:
        opened = really_open(name, flags, mode, dir_fd=dir_fd)
        if dir_fd is None:
            return opened
        os.close(opened)
        return really_open("/dev/full", os.O_WRONLY)

    with monkeypatch.context() as patch:
        patch.setattr("cloudstock.writing.os.open", onto_a_full_disk)
        patch.setattr("cloudstock.writing.os.fchmod", lambda *_: None)
        with pytest.raises(UsageProblem, match="No space left on device"):
            write_config(path)
    assert list(tmp_path.iterdir()) == []
