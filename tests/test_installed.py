"""What is missing is named with the command that adds it, by the way the program was installed.

`try_wheel.sh` does what these lines say, with pip, pipx and uv.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from shlex import quote, split
from typing import Any

import pytest

import cloudstock
from cloudstock.installed import EXTRAS, line

TOP = Path(__file__).parents[1]
GIT = {
    "url": "https://git.example/x.git",
    "vcs_info": {"vcs": "git", "commit_id": "1f2e"},
}
HERE = quote(sys.executable)


@pytest.mark.parametrize(
    ("receipt", "installer", "origin", "expected"),
    [
        ("", "pip", {}, f"{HERE} -m pip install 'cloudstock[web]'"),
        ("", "", {}, f"{HERE} -m pip install 'cloudstock[web]'"),
        ("", "pip", GIT, f"{HERE} -m pip install 'cloudstock[web]'"),
        ("", "uv", {}, f"uv pip install --python {HERE} 'cloudstock[web]'"),
        ("uv-receipt.toml", "uv", {}, "uv tool install --reinstall 'cloudstock[sheets,web]'"),
        ("pipx_metadata.json", "pip", {}, "pipx install --force 'cloudstock[sheets,web]'"),
        (
            "pipx_metadata.json",
            "pip",
            GIT,
            "pipx install --force 'cloudstock[sheets,web] @ git+https://git.example/x.git@1f2e'",
        ),
        (
            "uv-receipt.toml",
            "uv",
            {"url": "https://files.example/x.whl"},
            "uv tool install --reinstall 'cloudstock[sheets,web] @ https://files.example/x.whl'",
        ),
    ],
)
def test_the_command_is_of_the_tool_that_installed_it(
    tmp_path: Path, receipt: str, installer: str, origin: dict[str, Any], expected: str
) -> None:
    if receipt:
        (tmp_path / receipt).touch()
    assert line(tmp_path, installer, origin, extra="web", extras=["sheets", "web"]) == expected


def test_a_checkout_is_installed_from_again_while_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "pipx_metadata.json").touch()
    checkout = tmp_path / "my shop"
    origin = {"url": checkout.as_uri(), "dir_info": {}}

    def word() -> str:
        return split(line(tmp_path, "pip", origin, extra="web", extras=["web"]))[-1]

    assert word() == "cloudstock[web]"
    checkout.mkdir()
    assert word() == f"{checkout}[web]"


def test_the_extras_are_those_that_can_be_installed_and_the_licence_comes_with_it() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    for extra, modules in EXTRAS.items():
        names = {requirement.partition(">")[0].lower() for requirement in extras[extra]}
        assert set(modules) <= names
    (licence,) = project["license-files"]
    text = (TOP / licence).read_text("utf-8")
    assert text.startswith(f"{project['license']} License\n")
    assert (TOP / licence).parent == Path(cloudstock.__file__).parent
