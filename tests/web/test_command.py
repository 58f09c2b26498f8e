"""The command: where it listens, what it refuses, how it ends; and what the configuration says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cloudstock.config.loading import load
from cloudstock.errors import ConfigurationError, Exit
from cloudstock.web import passwords
from tests.jobs.town import Town
from tests.store.trade import CONFIG
from tests.system.conftest import Ended, loaded
from tests.web.conftest import PASSWORD, TOKEN

PROGRAM = str(Path(sys.executable).with_name("cloudstock"))


def configure(folder: Path, web: str = "") -> Path:
    config = folder / "config.yaml"
    config.write_text(f"{CONFIG}{web}", encoding="utf-8")
    config.chmod(0o600)
    return config


def run(folder: Path, *words: str, stdin: str = "") -> Ended:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return Ended(*loaded().run(words, folder=folder, env=env, stdin=stdin, timeout_s=60))


def test_it_serves_until_it_is_told_to_end(town: Town) -> None:
    folder = town.config.path.parent
    configure(folder)
    with subprocess.Popen(
        [PROGRAM, "web", "--port", "0"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        assert "MUG" in httpx.get(f"{address}/products", trust_env=False, verify=False).text
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=30)
    assert server.returncode == Exit.OK
    assert "Traceback" not in err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "stock.example"])
def test_beyond_this_machine_a_password_is_required(tmp_path: Path, host: str) -> None:
    configure(tmp_path)
    ended = run(tmp_path, "web", "--host", host)
    assert ended.code == Exit.CONFIGURATION
    assert "--hash-password" in ended.err
    configure(tmp_path, f"web: {{host: '{host}'}}\n")
    assert run(tmp_path, "web").code == Exit.CONFIGURATION


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    configure(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run(tmp_path, "web", "--port", port)
    assert ended.code == Exit.USAGE
    assert f"port {port}" in ended.err


def test_a_password_is_hashed_for_the_configuration(tmp_path: Path) -> None:
    """It is asked for, never an argument, and what is printed goes into the configuration."""
    ended = run(tmp_path, "web", "--hash-password", stdin=f"{PASSWORD}\nmore\n")
    assert ended.code == 0
    assert PASSWORD not in ended.out
    config = load(configure(tmp_path, ended.out), {}).configuration
    assert config.web.password_hash is not None
    assert config.web.password_hash.reveal().startswith("scrypt:15:8:3:")
    assert passwords.matches(PASSWORD, config.web.password_hash.reveal())
    assert not passwords.matches(PASSWORD + "x", config.web.password_hash.reveal())
    assert ended.out != run(tmp_path, "web", "--hash-password", stdin=f"{PASSWORD}\n").out


@pytest.mark.parametrize("stdin", ["", "short\n", "x" * 2000])
def test_a_password_that_anybody_guesses_is_refused(tmp_path: Path, stdin: str) -> None:
    ended = run(tmp_path, "web", "--hash-password", stdin=stdin)
    assert ended.code == Exit.USAGE
    assert ended.out == ""


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ("web: 8090", "web: expected a section"),
        ("web: {port: 0}", "web.port: expected a whole number"),
        ("web: {port: 70000}", "web.port: expected a whole number"),
        ("web: {host: 'a b'}", "web.host: expected an address"),
        ("web: {host: 127.0.0.1:80}", "web.host"),
        ("web: {password: secret-of-the-door}", "web.password: unknown key"),
        ("web: {password_hash: secret-of-the-door}", "web.password_hash: expected what"),
        ("web: {password_hash: 'scrypt:15:8:3:secret-of-the-door:x'}", "web.password_hash"),
        ("web: {password_hash_file: none.txt}", "cannot read"),
        ("web: {token: secret-of-the-door}", "web.token: expected at least"),
        ("web: {token: x, token_file: y}", "web.token_file: given beside"),
        ("web: {https: yes}", "web.https: expected true or false"),
        ("web: {https: 1}", "web.https: expected true or false"),
    ],
)
def test_mistakes_in_the_configuration_are_told_with_their_place(
    tmp_path: Path, web: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        load(configure(tmp_path, f"{web}\n"), {})
    assert said in str(wrong.value)
    assert "secret-of-the-door" not in str(wrong.value)


def test_secrets_come_from_files_and_the_environment_too(
    tmp_path: Path, password_hash: str
) -> None:
    secret = tmp_path / "hash"
    secret.write_text(f"{password_hash}\n")
    secret.chmod(0o600)
    web = "web: {password_hash_file: hash, token: '${WEB_TOKEN}', https: true, port: 8100}\n"
    found = load(configure(tmp_path, web), {"WEB_TOKEN": TOKEN}).configuration.web
    assert found.password_hash is not None
    assert found.token is not None
    assert found.password_hash.reveal() == password_hash
    assert (found.token.reveal(), found.https, found.port) == (TOKEN, True, 8100)
    assert password_hash not in repr(found)


def test_a_token_without_a_password_is_told_to_keep_nobody_out(town: Town) -> None:
    folder = town.config.path.parent
    configure(folder, f"web: {{token: {TOKEN}}}\n")
    with subprocess.Popen(
        [PROGRAM, "web", "--port", "0"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("http://127.0.0.1:")
        server.send_signal(signal.SIGTERM)
        _, problems = server.communicate(timeout=60)
    assert "web.token keeps nobody out without web.password_hash" in problems


def test_other_commands_do_not_wait_for_it() -> None:
    """Nothing of the web is loaded by a command that only looks."""
    script = """
import sys
from cloudstock.__main__ import main
main(["status", "--help"])
import cloudstock.cli.look, cloudstock.jobs.commands
heavy = ("starlette", "jinja2", "uvicorn", "cloudstock.web")
print([m for m in sys.modules if m.startswith(heavy)])
"""
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=True,
    )
    assert loaded.stdout.splitlines()[-1] == "[]"
