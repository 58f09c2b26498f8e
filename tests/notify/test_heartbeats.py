"""Where a heartbeat goes."""

from __future__ import annotations

import pytest

from cloudstock.notify.heartbeats import BEGUN, FAILED, SUCCEEDED, beat
from cloudstock.settings import Secret
from tests.receiver import listening


@pytest.mark.parametrize(
    ("address", "word", "asked"),
    [
        ("/ping", SUCCEEDED, "/ping"),
        ("/ping/", SUCCEEDED, "/ping/"),
        ("/ping", BEGUN, "/ping/start"),
        # No server is asked for a name of nothing.
        ("/ping/", FAILED, "/ping/fail"),
        ("", BEGUN, "/start"),
        ("/ping?from=shop", FAILED, "/ping/fail?from=shop"),
    ],
)
def test_a_word_stands_below_the_address(address: str, word: str, asked: str) -> None:
    with listening() as receiver:
        beat("sync", Secret(f"http://127.0.0.1:{receiver.port}{address}"), word)
        assert receiver.beats == [asked]


def test_this_machine_is_reached_past_the_proxy_of_the_environment_and_others_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening() as proxy, listening() as own:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        beat("sync", Secret(f"http://127.0.0.1:{own.port}/ping"), SUCCEEDED)
        assert (own.beats, proxy.beats) == (["/ping"], [])
        beat("sync", Secret("http://monitor.invalid/ping"), SUCCEEDED)
        assert (own.beats, proxy.beats) == (["/ping"], ["http://monitor.invalid/ping"])
