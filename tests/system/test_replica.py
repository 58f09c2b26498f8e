"""The manual's restore drill, without the cluster: its scripts, its command line, a lost disk.

Runs where Litestream is installed, as by `pip install 'cloudstock[cluster]'`.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

import pytest

from tests.manifest import of_kind
from tests.system.conftest import Shop

BESIDE = Path(sys.executable).parent
LITESTREAM = shutil.which("litestream", path=f"{BESIDE}:/usr/local/bin:/usr/bin")

pytestmark = pytest.mark.skipif(LITESTREAM is None, reason="Litestream is not installed")


@dataclass
class Pod:
    """A folder that stands for the volumes, and what the containers run in it."""

    shop: Shop
    folder: Path

    def __post_init__(self) -> None:
        data = of_kind("ConfigMap")["data"]
        # The accounts of the sandbox in place of the example's.
        accounts = (self.shop.folder / "config.yaml").read_text().partition("accounts:")[2]
        data["config.yaml"] = data["config.yaml"].partition("accounts:")[0] + "accounts:" + accounts
        self.settings.mkdir()
        for name, text in data.items():
            file = self.settings / name
            file.write_text(self._here(text))
            file.chmod(0o600)
        self.mount()

    @property
    def settings(self) -> Path:
        return self.folder / "settings"

    @property
    def book(self) -> Path:
        return self.folder / "data" / "cloudstock.db"

    def mount(self) -> None:
        """Give it an empty disk."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        (self.folder / "data").mkdir()

    def run(self, container: dict[str, list[str]]) -> str:
        """Run a container's command; return what it said."""
        return self.execute(*(self._here(word) for word in container["command"]))

    def execute(self, *words: str) -> str:
        ended = subprocess.run(
            words,
            env={
                "PATH": f"{BESIDE}:/usr/bin:/bin",
                "HOME": str(self.folder),
                "CLOUDSTOCK_CONFIG": str(self.settings / "config.yaml"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, f"{words}\n{ended.stdout}"
        return ended.stdout

    def job(self, script: str = "round.sh") -> str:
        """Do what the CronJob's pod does, init container first; return what that one said.

        `script`: what stands in the place of the round.
        """
        pod = of_kind("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        (fetch,), (work,) = pod["initContainers"], pod["containers"]
        said = self.run(fetch)
        self.run({"command": [w.replace("round.sh", script) for w in work["command"]]})
        return said

    def contents(self, file: Path) -> list[str]:
        with closing(connect(file)) as db:
            return list(db.iterdump())

    def _here(self, text: str) -> str:
        replica = f'path: "{self.folder / "replica"}"'
        return (
            text.replace("/etc/cloudstock", str(self.settings))
            .replace("/data", str(self.folder / "data"))
            .replace('{url: "s3://books/anna"}', f"{{{replica}}}")
        )


@pytest.fixture
def pod(shop: Shop, tmp_path: Path) -> Pod:
    return Pod(shop, tmp_path)


def _count(pod: Pod, quantity: int) -> None:
    """Read the catalog and count everything, in a container of the same kind."""
    sheet = pod.folder / "counted.csv"
    skus = sorted(pod.shop.truth())
    sheet.write_text("sku,quantity\n" + "".join(f"{sku},{quantity}\n" for sku in skus))
    for sku in skus:
        pod.shop.world.count(sku, quantity)
    script = pod.folder / "count.sh"
    script.write_text(f"cloudstock --quiet pull-catalog && cloudstock import-stock --yes {sheet}")
    settings = pod.settings / "litestream.yml"
    pod.execute("litestream", "replicate", "-config", str(settings), "-exec", f"sh {script}")


def test_a_lost_disk_is_fetched_again_and_every_number_is_sent(pod: Pod) -> None:
    # One story: each container takes seconds.
    assert "restored" not in pod.job("first.sh")
    _count(pod, 7)
    before = pod.contents(pod.book)
    pod.execute("sh", str(pod.settings / "fetch.sh"))
    assert pod.contents(pod.book) == before, "what is there is left alone"
    for loss in range(2):
        assert ("movements, from" in pod.job()) == bool(loss)
        before = pod.contents(pod.book)
        pod.mount()
        copy = pod.folder / f"copy-{loss}.db"
        config = shlex.quote(str(pod.settings / "litestream.yml"))
        pod.execute(*shlex.split(f"litestream restore -config {config} -o {copy} {pod.book}"))
        assert pod.contents(copy) == before, "all of the round was saved when it ended"
        assert pod.shop.buys("ozon-main", (pod.shop.skus()[loss], 2)) is not None
    assert "movements, from" in pod.job()
    assert not (pod.book.parent / "replica.db").exists()
    assert "whole" in pod.execute("cloudstock", "check", "--database")
    shown = {
        (x["account"], x["sku"]): x["free"]
        for x in pod.shop.ask("shown")["listings"]
        if not x["archived"]
    }
    truth = pod.shop.truth()
    assert shown
    for (account, sku), free in shown.items():
        assert free == truth[sku]["on_hand"] - truth[sku]["reserved"], (account, sku)
