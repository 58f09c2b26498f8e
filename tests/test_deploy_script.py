"""`deploy.sh`: a version is put to work beside the former one, which is back where that fails.

Environments, programs, databases and the script are real; the packages are this one, as a wheel,
and the same with a further step of the schema.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import pytest

import cloudstock
from cloudstock.changes.backup import create
from cloudstock.store import Store
from cloudstock.store.migrations import LATEST

PACKAGE = Path(cloudstock.__file__).parent
SCRIPT = PACKAGE / "deploy" / "deploy.sh"
PRODUCTS = 2_000
NO_OTHER: Mapping[str, bytes] = MappingProxyType({})
FURTHER = "CREATE TABLE further (id INTEGER) STRICT;\n"
CONFIG = """\
database: {database}
accounts:
  ozon-main: {{marketplace: ozon, client_id: "1", api_key: made-up, warehouses: {{"1020": main}}}}
"""


def wheel(
    folder: Path, version: str, step: str | None = None, other: Mapping[str, bytes] = NO_OTHER
) -> Path:
    """Build a wheel of this package as `version`.

    `step`: SQL of a further step of the schema. `other`: files with other content.
    """
    path = folder / f"cloudstock-{version}-py3-none-any.whl"
    info = f"cloudstock-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(PACKAGE.rglob("*")):
            if file.is_dir() or "__pycache__" in file.parts:
                continue
            content = other.get(str(file.relative_to(PACKAGE)), file.read_bytes())
            if file == PACKAGE / "__init__.py":
                content = re.sub(
                    rb'(__version__ = )"[^"]*"', rb'\1"%b"' % version.encode(), content
                )
            if step is not None and file == PACKAGE / "store" / "migrations.py":
                content = content.replace(b"LATEST = %d" % LATEST, b"LATEST = %d" % (LATEST + 1))
            archive.writestr(str(Path("cloudstock") / file.relative_to(PACKAGE)), content)
        if step is not None:
            archive.writestr(f"cloudstock/store/schema_{LATEST + 1}.sql", step)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: cloudstock\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(
            f"{info}/entry_points.txt", "[console_scripts]\ncloudstock = cloudstock.__main__:main\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


class Host:
    """A seller's machine: a folder of versions, a configuration, a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "opt"
        self.database = folder / "cloudstock.db"
        self.config = folder / "config.yaml"
        self.config.touch(mode=0o600)
        self.config.write_text(CONFIG.format(database=self.database))

    def deploy(
        self, package: Path, *, file_size: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        limit = "" if file_size is None else f"ulimit -f {file_size // 1024}; "
        return subprocess.run(
            ["bash", "-c", f'{limit}exec "$0" deploy "$1"', str(SCRIPT), str(package)],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "CLOUDSTOCK_ROOT": str(self.root),
                "CLOUDSTOCK_CONFIG": str(self.config),
                "CLOUDSTOCK_USER": "",
                "CLOUDSTOCK_TIMERS": "",
                "CLOUDSTOCK_PYTHON": sys.executable,
                # What the package needs is taken from the environment of the tests.
                "PIP_NO_DEPS": "1",
                "PIP_NO_INDEX": "1",
                "PIP_NO_COMPILE": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PYTHONPATH": sysconfig.get_paths()["purelib"],
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def begins(self, *, products: int) -> None:
        """Begin a database of 2 KB a product."""
        create(self.database)
        with Store.open(self.database) as store, store.transaction():
            store.connection.executemany(
                "INSERT INTO product (sku, name) VALUES (?, ?)",
                [(f"P{n}", "x" * 2_000) for n in range(products)],
            )

    def at_work(self) -> str:
        """Return the version at work, as it says itself."""
        answer = subprocess.run(
            [str(self.root / "bin" / "cloudstock"), "--version"],
            env={"PYTHONPATH": sysconfig.get_paths()["purelib"]},
            capture_output=True,
            text=True,
            check=True,
        )
        return answer.stdout.split()[-1]

    def releases(self) -> int:
        return len(list((self.root / "releases").iterdir()))

    def schema(self) -> int:
        with closing(sqlite3.connect(self.database)) as db:
            assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            assert db.execute("SELECT count(*) FROM product").fetchone()[0] == PRODUCTS
            return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_versions_follow_each_other_and_a_failing_one_leaves_the_former(tmp_path: Path) -> None:
    # One story: each environment takes seconds to make. There is no database yet.
    host = Host(tmp_path)
    done = host.deploy(wheel(host.folder, "1.0.0"))
    assert done.returncode == 0, done.stdout + done.stderr
    host.begins(products=PRODUCTS)
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)

    # No room for the backup.
    newer = wheel(host.folder, "1.1.0", FURTHER)
    failed = host.deploy(newer, file_size=host.database.stat().st_size // 2)
    assert (failed.returncode, "no backup" in failed.stdout) == (1, True)
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)
    assert list((host.root / "backups").iterdir()) == []

    # A migration that fails.
    broken = wheel(host.folder, "1.2.0", FURTHER + "INSERT INTO nowhere VALUES (1);\n")
    failed = host.deploy(broken)
    assert (failed.returncode, "is back" in failed.stdout) == (1, True)
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)

    # The tables are changed, and then the program fails.
    strange = wheel(host.folder, "1.3.0", FURTHER, {"store/integrity.py": b"raise SystemExit(1)\n"})
    failed = host.deploy(strange)
    assert (failed.returncode, "is back" in failed.stdout) == (1, True)
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)

    done = host.deploy(newer)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (host.at_work(), host.schema(), host.releases()) == ("1.1.0", LATEST + 1, 2)
    copies = list((host.root / "backups").iterdir())
    assert len(copies) == 3
    assert {copy.stat().st_mode & 0o777 for copy in copies} == {0o600}


@pytest.mark.parametrize("words", [[], ["deploy"], ["depoly", "x"], ["stop", "now"]])
def test_anything_else_is_answered_by_how_it_is_used(words: list[str]) -> None:
    wrong = subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "deploy.sh deploy PACKAGE" in wrong.stderr
