"""`deploy.sh`: a version is put to work beside the former one, which is back where that fails.

Environments, programs, databases and the script are real; the packages are this one, as a wheel,
and the same with a further step of the schema.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

import cloudstock
from cloudstock.changes.backup import create
from cloudstock.store import Store
from cloudstock.store.migrations import LATEST

PACKAGE = Path(cloudstock.__file__).parent
DEPLOY = PACKAGE / "deploy"
SCRIPT = DEPLOY / "deploy.sh"
INIT = (PACKAGE / "__init__.py").read_text("utf-8")
PIP = find_spec("pip") is not None
SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
PRODUCTS = 500
UNITS = (
    "cloudstock-sync.timer cloudstock-catalog.timer cloudstock-status.timer cloudstock-web.service"
)
ROUNDS_STOP = f"stop {UNITS} cloudstock@*.service"
ROUNDS_GO = f"start {UNITS}"
FURTHER = "CREATE TABLE further (id INTEGER) STRICT;\n"
ENDS_WHO_CALLED = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); raise SystemExit(0)"
CONFIG = """\
database: {database}
accounts:
  ozon-main:
    {{marketplace: ozon, client_id: "1", api_key: "${{OZON_API_KEY}}", warehouses: {{1: main}}}}
"""


def wheel(folder: Path, version: str, **store: str) -> Path:
    """Build a wheel of this package as `version`.

    `store`: modules with other content in a `store` of its own; `step`: SQL of a further step of
    the schema. What the wheel does not hold is that of this package, compiled already.
    """
    files = {"__init__.py": f'{INIT}\n__version__ = "{version}"\n__path__ += ["{PACKAGE}"]\n'}
    if store:
        files |= {
            str(file.relative_to(PACKAGE)): file.read_text("utf-8")
            for file in (PACKAGE / "store").rglob("*")
            if file.suffix in {".py", ".sql"}
        }
    if "step" in store:
        files[f"store/schema_{LATEST + 1}.sql"] = store.pop("step")
        migrations = files["store/migrations.py"]
        assert f"LATEST = {LATEST}\n" in migrations
        files["store/migrations.py"] = migrations.replace(
            f"LATEST = {LATEST}\n", f"LATEST = {LATEST + 1}\n"
        )
    files |= {f"store/{module}.py": content for module, content in store.items()}
    path = folder / f"cloudstock-{version}-py3-none-any.whl"
    info = f"cloudstock-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"cloudstock/{name}", content)
        for name, content in (
            ("METADATA", f"Metadata-Version: 2.1\nName: cloudstock\nVersion: {version}\n"),
            ("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("entry_points.txt", "[console_scripts]\ncloudstock = cloudstock.__main__:main\n"),
            ("RECORD", ""),
        ):
            archive.writestr(f"{info}/{name}", content)
    return path


class Host:
    """A seller's machine: a folder of versions, a configuration, a database.

    It is reached by SSH where there is a server to begin and the right to; else it is this one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "opt"
        self.database = folder / "cloudstock.db"
        self.config = folder / "config.yaml"
        self.config.touch(mode=0o600)
        self.config.write_text(CONFIG.format(database=self.database))
        (folder / "keys.env").write_text('# Of Ozon.\nOZON_API_KEY="made-up"\n')
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.program("systemctl", f'echo "$*" >> "{folder}/systemctl.log"')
        # Pip is the one of the tests' environment, and takes nothing more from it.
        python = self.program(
            "python", f'exec "{sys.executable}" -m venv {"--without-pip" if PIP else ""} "$3"'
        )
        self.settings = {
            "CLOUDSTOCK_ROOT": str(self.root),
            "CLOUDSTOCK_CONFIG": str(self.config),
            "CLOUDSTOCK_EXTRAS": "",
            "CLOUDSTOCK_USER": "",
            "CLOUDSTOCK_PYTHON": str(python),
        }
        self.environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_COMPILE": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
            "LANG": "C.UTF-8",
        }
        self.by_ssh = ssh_to(folder, self.environment)

    def program(self, name: str, script: str) -> Path:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def does(self, action: str, package: Path | None = None) -> subprocess.CompletedProcess[str]:
        if self.by_ssh:
            line = [DEPLOY / "over_ssh.sh", action, "seller", *self.by_ssh]
            environment = {"PATH": os.environ["PATH"]} | (
                {"CLOUDSTOCK_WHEEL": str(package)} if package else {}
            )
        else:
            line = [SCRIPT, action, *([package] if package else [])]
            environment = self.environment
        return subprocess.run(
            ["bash", *line],
            env=environment | self.settings,
            capture_output=True,
            text=True,
            check=False,
        )

    def asked_of_systemd(self) -> list[str]:
        """Return what systemd was asked to do since the last time, but for what is enabled."""
        log = self.folder / "systemctl.log"
        lines = [line for line in log.read_text().splitlines() if "is-enabled" not in line]
        log.unlink()
        return lines

    def begins(self, *, products: int) -> None:
        """Begin a database of 2 KB a product."""
        create(self.database)
        with Store.open(self.database) as store, store.transaction():
            store.connection.executemany(
                "INSERT INTO product (sku, name) VALUES (?, ?)",
                [(f"P{n}", "x" * 2_000) for n in range(products)],
            )

    def at_work(self) -> str:
        """Return the version that is installed beside the programs that are called."""
        (info,) = (self.root / "bin").resolve().parent.rglob("cloudstock-*.dist-info")
        return info.name.removeprefix("cloudstock-").removesuffix(".dist-info")

    def releases(self) -> int:
        return len(list((self.root / "releases").iterdir()))

    def schema(self) -> int:
        with closing(sqlite3.connect(self.database)) as db:
            assert db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            assert db.execute("SELECT count(*) FROM product").fetchone()[0] == PRODUCTS
            return int(db.execute("PRAGMA user_version").fetchone()[0])


def ssh_to(folder: Path, environment: dict[str, str]) -> list[str]:
    """Return the options by which ssh reaches a server of its own as `seller`; [] without one."""
    if SSHD is None or os.geteuid() != 0 or shutil.which("ssh") is None:
        return []
    # Where it goes when it has nothing to lose; made by what starts it as a service.
    Path("/run/sshd").mkdir(exist_ok=True)
    for key in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True
        )
    (folder / "sshd_config").write_text(
        f"HostKey {folder}/host\n"
        f"AuthorizedKeysFile {folder}/user.pub\n"
        "PasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\n"
        # The folder of the tests is nobody's home.
        "StrictModes no\n"
        "SetEnv " + " ".join(f'"{name}={value}"' for name, value in environment.items()) + "\n"
    )
    (folder / "known_hosts").write_text(f"seller {(folder / 'host.pub').read_text()}")
    (folder / "ssh_config").write_text(
        "Host seller\n"
        "User root\n"
        # Without a port that somebody else may have.
        f"ProxyCommand {SSHD} -i -e -f {folder}/sshd_config 2>{folder}/sshd.log\n"
        f"IdentityFile {folder}/user\n"
        f"UserKnownHostsFile {folder}/known_hosts\n"
        "BatchMode yes\n"
    )
    return ["-F", str(folder / "ssh_config")]


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a disk of `size` bytes."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_versions_follow_each_other_and_a_failing_one_leaves_the_former(tmp_path: Path) -> None:
    # One story: each environment takes seconds to make. There is no database yet.
    host = Host(tmp_path)
    done = host.does("deploy", wheel(host.folder, "1.0.0"))
    assert (done.returncode, "cloudstock 1.0.0 is at work" in done.stdout) == (0, True), done
    host.begins(products=PRODUCTS)
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)
    assert host.asked_of_systemd() == [ROUNDS_STOP, ROUNDS_GO]

    # A migration that fails.
    broken = wheel(host.folder, "1.2.0", step=FURTHER + "INSERT INTO nowhere VALUES (1);\n")
    failed = host.does("deploy", broken)
    assert (failed.returncode, "is back" in failed.stdout) == (1, True), failed
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)
    assert host.asked_of_systemd() == [ROUNDS_STOP, ROUNDS_GO]

    # The tables are changed, and then the deployment is ended.
    looks = (PACKAGE / "store" / "integrity.py").read_text("utf-8")
    ends = f"{looks}\n\ndef examine(*_, **__):\n    {ENDS_WHO_CALLED}\n"
    strange = wheel(host.folder, "1.3.0", step=FURTHER, integrity=ends)
    failed = host.does("deploy", strange)
    assert (failed.returncode != 0, "is back" in failed.stdout) == (True, True), failed
    assert (host.at_work(), host.schema(), host.releases()) == ("1.0.0", LATEST, 1)
    assert host.asked_of_systemd() == [ROUNDS_STOP, ROUNDS_GO]

    oldest = host.root / "backups" / "before-20200101T000000Z.db"
    oldest.touch()
    newer = wheel(host.folder, "1.1.0", step=FURTHER)
    done = host.does("deploy", newer)
    assert (done.returncode, "cloudstock 1.1.0 is at work" in done.stdout) == (0, True), done
    assert (host.at_work(), host.schema(), host.releases()) == ("1.1.0", LATEST + 1, 2)
    assert host.asked_of_systemd() == [ROUNDS_STOP, ROUNDS_GO]
    copies = list((host.root / "backups").iterdir())
    # Of four.
    assert (len(copies), oldest in copies) == (3, False)
    assert {copy.stat().st_mode & 0o777 for copy in copies} == {0o600}

    for action, asked in (("stop", ROUNDS_STOP), ("start", ROUNDS_GO)):
        assert host.does(action).returncode == 0
        assert host.asked_of_systemd() == [asked]

    # No room for the backup; the last, since not everybody may make so small a disk.
    with small_disk(host.root / "backups", host.database.stat().st_size // 2):
        failed = host.does("deploy", newer)
        assert list((host.root / "backups").iterdir()) == []
    assert (failed.returncode, "no backup" in failed.stdout) == (1, True), failed
    assert (host.at_work(), host.schema(), host.releases()) == ("1.1.0", LATEST + 1, 2)
    assert host.asked_of_systemd() == [ROUNDS_STOP, ROUNDS_GO]


@pytest.mark.parametrize("words", [[], ["deploy"], ["depoly", "x"], ["stop", "now"]])
def test_anything_else_is_answered_by_how_it_is_used(words: list[str]) -> None:
    wrong = subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "deploy.sh deploy PACKAGE" in wrong.stderr
