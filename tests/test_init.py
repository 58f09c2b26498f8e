"""init: a configuration to start from, private and never over another."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock import config
from cloudstock.errors import UsageProblem
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.shelf.init import template, write_config

VARIABLES = {"OZON_API_KEY": "ozon-key", "WB_TOKEN": "wb-token", "YM_API_KEY": "ym-key"}


@pytest.fixture(params=[0o000, 0o077, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_the_file_is_its_owners_only_whatever_the_umask(tmp_path: Path, umask: None) -> None:
    write_config(tmp_path / "config.yaml")
    assert stat.S_IMODE((tmp_path / "config.yaml").stat().st_mode) == 0o600


def test_what_is_written_loads_and_shows_every_marketplace(tmp_path: Path) -> None:
    write_config(tmp_path / "config.yaml")
    loaded = config.load(tmp_path / "config.yaml", VARIABLES)
    assert loaded.warnings == ()
    assert {a.marketplace for a in loaded.configuration.accounts} == set(MARKETPLACES)


def test_what_is_written_holds_the_defaults(tmp_path: Path) -> None:
    """A setting shown with another value would change when somebody deletes its line."""
    (tmp_path / "bare.yaml").write_text(
        "accounts: {wb-main: {marketplace: wildberries, token: '${WB_TOKEN}', warehouses: {1: a}}}"
    )
    write_config(tmp_path / "config.yaml")
    bare = config.load(tmp_path / "bare.yaml", VARIABLES).configuration
    full = config.load(tmp_path / "config.yaml", VARIABLES).configuration
    for name in ("database", "policy", "max_poll_age", "push_wait", "reserves_every"):
        assert getattr(full, name) == getattr(bare, name), name
    assert full.blast_guard == bare.blast_guard
    assert {a.returns for a in full.accounts} == {a.returns for a in bare.accounts}


def test_the_commented_settings_load_too(tmp_path: Path) -> None:
    lines = []
    for line in template().splitlines():
        bare = line.lstrip().removeprefix("# ")
        known = ("max_quantity:", "share:", "article:", "base_url:", "pace:", "warehouses: {3000")
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(indent + bare if bare.startswith(known) else line)
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(lines))
    loaded = config.load(path, VARIABLES).configuration
    assert loaded.policy.max_quantity == 50
    assert loaded.accounts[2].pace == 0.5


def test_the_example_at_the_top_is_the_same_text() -> None:
    example = Path(__file__).parents[1] / "config.example.yaml"
    assert example.read_text(encoding="utf-8") == template()


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("mine")
    with pytest.raises(UsageProblem, match=r"config\.yaml exists and is not written over"):
        write_config(path)
    assert path.read_text() == "mine"


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

    def onto_a_full_disk(name: object, flags: int, mode: int = 0o777) -> int:
        os.close(really_open(path, flags, mode))
        return really_open("/dev/full", os.O_WRONLY)

    with monkeypatch.context() as patch:
        patch.setattr("cloudstock.shelf.init.os.open", onto_a_full_disk)
        patch.setattr("cloudstock.shelf.init.os.fchmod", lambda *_: None)
        with pytest.raises(UsageProblem, match="No space left on device"):
            write_config(path)
    assert not path.exists()
