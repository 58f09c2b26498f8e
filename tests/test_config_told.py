"""`notify:` and `heartbeats:`: what they mean, and what is told of every way to get them wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cloudstock.config import load
from cloudstock.errors import ConfigurationError
from cloudstock.logs import secrets_of
from cloudstock.settings import EVENTS, Configuration, NoticeSettings, Secret

SHOP = """\
accounts:
  ym:
    marketplace: yandex_market
    api_key: ${YM_API_KEY}
    business_id: 1
    campaign_id: 2
"""
TELEGRAM = "tgram://123456789:AAF-t3l3gram-s3cret/42"
PING = "https://hc.example/ping/5ba0d2f2-s3cret"
ENVIRON = {"YM_API_KEY": "ym-key", "TELEGRAM_URL": TELEGRAM, "PING_URL": PING, "WORD": "s3cret"}


def read(folder: Path, text: str) -> Configuration:
    path = folder / "config.yaml"
    path.write_text(SHOP + text, encoding="utf-8")
    path.chmod(0o600)
    loaded = load(path, ENVIRON)
    assert loaded.warnings == ()
    return loaded.configuration


def wrong(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as told:
        read(folder, text)
    message = str(told.value)
    assert "s3cret" not in message
    return message.removeprefix(f"{folder / 'config.yaml'}:")


def test_nobody_is_told_anything_unless_asked_for(tmp_path: Path) -> None:
    found = read(tmp_path, "")
    assert found.notices == NoticeSettings()
    assert found.notices.urls == ()
    assert found.heartbeats == {}


def test_all_of_it_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "mail.url").write_text("mailto://me:s3cret@mail.example\n")
    (tmp_path / "mail.url").chmod(0o600)
    found = read(
        tmp_path,
        "notify:\n  urls:\n    - ${TELEGRAM_URL}\n  url_files: [mail.url]\n  after: 1h\n"
        "  events: [recovered, failed]\n  repeat: 24h\n"
        f"heartbeats:\n  sync: ${{PING_URL}}\n  pull-catalog: {PING}/2\n",
    )
    assert found.notices == NoticeSettings(
        urls=(Secret(TELEGRAM), Secret("mailto://me:s3cret@mail.example")),
        after=timedelta(hours=1),
        events=("failed", "recovered"),
        repeat=timedelta(hours=24),
    )
    assert found.heartbeats == {"sync": Secret(PING), "pull-catalog": Secret(f"{PING}/2")}
    secrets = secrets_of(found)
    assert {*found.notices.urls, *found.heartbeats.values()} <= set(secrets)


def test_never_is_once(tmp_path: Path) -> None:
    found = read(tmp_path, "notify:\n  urls: ['json://s3cret']\n  repeat: never\n")
    assert found.notices.repeat is None
    assert found.notices.events == EVENTS


@pytest.mark.parametrize("address", [PING, "http://127.0.0.1:8000/s3cret", "http://[::1]/s3cret"])
def test_heartbeats_go_by_https_or_stay_here(tmp_path: Path, address: str) -> None:
    assert read(tmp_path, f"heartbeats: {{sync: '{address}'}}\n").heartbeats == {
        "sync": Secret(address)
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "notify: {after: 15m}\n",
            (
                "7: notify.urls: missing; addresses of who is told, as Apprise has them; or"
                " url_files with the path of a file that holds it"
            ),
        ),
        ("notify: 5\n", "7: notify: expected a section of settings, got a number"),
        (
            "notify: {urls: 'tgram://s3cret'}\n",
            "7: notify.urls: expected a list, got text",
        ),
        (
            "notify:\n  urls:\n    - ${WORD}\n",
            "9: notify.urls[0]: expected an address of Apprise's, such as tgram://TOKEN/CHAT",
        ),
        (
            "notify:\n  urls:\n    - tgram://s3 cret\n",
            (
                "9: notify.urls[0]: expected letters, digits and signs of ASCII; character 11 of 15"
                " is a blank, a line end or another letter"
            ),
        ),
        (
            "notify:\n  urls: ['json://x']\n  events: [fialed]\n",
            (
                "9: notify.events[0]: expected one of failed, oversold, unlinked, token, recovered,"
                ' got "fialed"; did you mean "failed"?'
            ),
        ),
        (
            "notify:\n  urls: ['json://x']\n  repeat: 5m\n",
            (
                "9: notify.repeat: expected a duration such as 45s, 30m, 2h or 1d, from 3600s to"
                ' 366d, or never, got "5m"'
            ),
        ),
        (
            "notify:\n  urls: ['json://x']\n  often: 5m\n",
            "9: notify.often: unknown key; known here: after, events, repeat, url_files, urls",
        ),
        (
            "heartbeats: {snyc: 'https://hc.example/s3cret'}\n",
            '7: heartbeats.snyc: no job of that name; did you mean "sync"?',
        ),
        (
            "heartbeats: {sync: 'http://hc.example/s3cret'}\n",
            "7: heartbeats.sync: expected https beyond this machine, got http",
        ),
        (
            "heartbeats: {sync: 's3cret'}\n",
            "7: heartbeats.sync: expected an address such as https://hc.example/ping/UUID",
        ),
        (
            "heartbeats: {sync: 'https://me:s3cret@hc.example/'}\n",
            "7: heartbeats.sync: expected an address without user name, password and # part",
        ),
        (
            "heartbeats: {sync: 'https://[s3cret/'}\n",
            "7: heartbeats.sync: expected an address such as https://hc.example/ping/UUID",
        ),
    ],
)
def test_what_is_wrong_is_told_without_the_address(tmp_path: Path, text: str, message: str) -> None:
    assert wrong(tmp_path, text) == message


def test_an_address_in_a_file_that_others_read_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SHOP}notify:\n  urls: ['{TELEGRAM}']\nheartbeats: {{sync: '{PING}'}}\n")
    path.chmod(0o644)
    (warning,) = load(path, ENVIRON).warnings
    assert "notify.urls[0], heartbeats.sync" in warning
    assert "s3cret" not in warning
