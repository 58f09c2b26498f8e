"""Units, image and containers as a machine meets them; the cluster's are in `test_manifest`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import cloudstock
from cloudstock.errors import Exit
from tests.test_docs import COMMANDS

DEPLOY = Path(cloudstock.__file__).parent / "deploy"
TOP = Path(__file__).parent.parent
SERVICE = DEPLOY / "cloudstock@.service"
WEB = DEPLOY / "cloudstock-web.service"
TIMERS = sorted(DEPLOY.glob("*.timer"))
PROGRAM = Path(sys.executable).with_name("cloudstock")


def unit(path: Path) -> RawConfigParser:
    # What names several sets has a line for each.
    parsed = RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(path.read_text("utf-8"))
    return parsed


def test_systemd_takes_the_units_and_not_broken_ones(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    for path in (SERVICE, WEB, *TIMERS):
        text = path.read_text("utf-8").replace("/opt/cloudstock/bin/cloudstock", str(PROGRAM))
        (tmp_path / path.name).write_text(text)

    def verify() -> str:
        names = [tmp_path / path.name for path in (*TIMERS, WEB)]
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *names, tmp_path / "cloudstock@sync.service"],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stderr

    assert verify() == ""
    service = tmp_path / SERVICE.name
    service.write_text(service.read_text().replace("Type=oneshot", "Type=sometimes"))
    assert "sometimes" in verify()


def test_what_serves_pages_may_do_no_more_than_what_does_rounds() -> None:
    bounds = [
        path.read_text("utf-8").partition("\nCapabilityBoundingSet=")[2].partition("\n\n")[0]
        for path in (SERVICE, WEB)
    ]
    assert bounds[0].strip() == bounds[1].strip() != ""
    same = ("User", "UMask", "StateDirectory", "StateDirectoryMode", "Environment")
    of_rounds, of_pages = (unit(path)["Service"] for path in (SERVICE, WEB))
    assert [of_rounds[key] for key in same] == [of_pages[key] for key in same]


@pytest.mark.parametrize(
    ("program", "example", "arguments"),
    [
        ("caddy", "Caddyfile", ["validate", "--adapter", "caddyfile", "--config"]),
        ("nginx", "nginx.conf", ["-t", "-q", "-e", "stderr", "-c"]),
    ],
)
def test_a_proxy_takes_its_example(
    tmp_path: Path, program: str, example: str, arguments: list[str]
) -> None:
    text = (DEPLOY / example).read_text("utf-8")
    assert "http://127.0.0.1:8090" in text or "reverse_proxy 127.0.0.1:8090" in text
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"no {program} here")
    if program == "nginx":
        request = "openssl req -x509 -newkey ed25519 -nodes -subj /CN=stock.example"
        names = ["-keyout", "privkey.pem", "-out", "fullchain.pem"]
        subprocess.run([*request.split(), *names], cwd=tmp_path, capture_output=True, check=True)
        text = text.replace("/etc/letsencrypt/live/stock.example", str(tmp_path))
        text = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n"
    config = tmp_path / example
    config.write_text(text)
    done = subprocess.run([found, *arguments, config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_timers_run_commands_that_there_are_and_sync_every_minute() -> None:
    commands = {}
    for path in TIMERS:
        timer = unit(path)["Timer"]
        (command,) = re.findall(r"^cloudstock@([a-z-]+)\.service$", timer["Unit"])
        commands[command] = timer["OnCalendar"]
    assert set(commands) <= set(COMMANDS)
    assert commands["sync"] == "*-*-* *:*:00"
    assert set(commands) == {"sync", "pull-catalog", "status"}


def test_a_lock_that_is_held_is_no_failure_and_files_are_their_owners() -> None:
    service = unit(SERVICE)["Service"]
    assert int(service["SuccessExitStatus"]) == Exit.TRY_LATER
    assert service["UMask"] == "0077"
    assert service["StateDirectoryMode"] == "0700"


def compose() -> dict[str, Any]:
    whole: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return whole["services"]["cloudstock"]


def test_the_container_runs_rounds_in_a_shell_that_takes_them() -> None:
    # Compose writes $ as $$.
    script = compose()["command"][0].replace("$$", "$")
    subprocess.run(["sh", "-n", "-c", script], check=True)
    used = set(re.findall(r"cloudstock ([a-z-]+)", script))
    assert used == {"pull-catalog", "sync"}
    assert used <= set(COMMANDS)


def test_the_image_holds_what_the_checkout_has_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY"):
            assert all((TOP / name).exists() for name in line.split()[1:-1]), line
    # Everything after it, and the program itself, is run by this user.
    (user,) = [line.removeprefix("USER ") for line in lines if line.startswith("USER")]
    assert any(f"useradd --uid {user} " in line for line in lines)
    (configuration,) = [v for v in compose()["volumes"] if v.startswith("./")]
    assert f"ENV CLOUDSTOCK_CONFIG={configuration.split(':')[1]}" in lines
