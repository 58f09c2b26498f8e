"""`sync --every`: one process does round after round, where there is no cron."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cloudstock.lock import run_lock
from tests.system.conftest import Shop


class Repeating:
    """The program, which tells each round as a JSON document."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._text = ""

    def round(self) -> Any:
        """Wait for the next round; return how it ended."""
        assert self._process.stdout is not None
        while True:
            try:
                result, end = json.JSONDecoder().raw_decode(self._text)
            except json.JSONDecodeError:
                line = self._process.stdout.readline()
                assert line, self._process.communicate()[1]
                self._text = (self._text + line).lstrip()
                continue
            self._text = self._text[end:].lstrip()
            return result

    def problem(self) -> str:
        """Wait for a line on stderr."""
        assert self._process.stderr is not None
        return self._process.stderr.readline()

    def stop(self, number: int) -> int:
        self._process.send_signal(number)
        return self._process.wait(timeout=60)


@contextmanager
def repeating(shop: Shop) -> Iterator[Repeating]:
    with subprocess.Popen(
        shop.command("sync", "--quiet", "--json", "--every", "1s", "--wait", "0"),
        cwd=shop.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(shop.folder), **shop.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A background job of a shell has it ignored, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            yield Repeating(process)
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_round_follows_round_until_it_is_stopped(shop: Shop, number: int) -> None:
    shop.open(5)
    sku = shop.skus()[0]
    with repeating(shop) as program:
        assert program.round()["ok"]
        assert shop.buys("ozon-main", (sku, 2))
        # Rounds that ended before may still be in the pipe.
        for _ in range(30):
            assert program.round()["ok"]
            if shop.stock()[sku]["reserved"] == 2:
                break
        else:
            pytest.fail("no round has read the order")
        assert program.stop(number) == 0
    shop.run("sync")
    shop.assert_true()
    assert shop.breaches() == []


def test_each_round_reads_the_configuration_anew(shop: Shop) -> None:
    shop.open(5)
    config = shop.folder / "config.yaml"
    text = config.read_text()
    with repeating(shop) as program:
        assert len(program.round()["accounts"]) == 3
        config.write_text(text.replace("accounts:", "acounts:"))
        while "acounts" not in program.problem():
            pass
        assert program.stop(signal.SIGTERM) == 0
    config.write_text(text)


def test_another_run_at_work_is_waited_for_by_the_next_round(shop: Shop) -> None:
    shop.open(5)
    with repeating(shop) as program:
        assert program.round()["ok"]
        with run_lock(shop.folder / "cloudstock.db", "sync", wait_s=30):
            assert "sync" in program.problem()
        assert program.round()["ok"]


@pytest.mark.parametrize("also", ["--dry-run", "--full", "--yes", "--since=1d", "--record=r.jsonl"])
def test_what_is_meant_once_is_refused(shop: Shop, also: str) -> None:
    assert "--every" in shop.run("sync", "--every", "10s", also, expect=2).err


@pytest.mark.parametrize("every", ["0s", "2h", "often", "10"])
def test_only_sensible_times_are_taken(shop: Shop, every: str) -> None:
    assert every in shop.run("sync", "--every", every, expect=2).err
