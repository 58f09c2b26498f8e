"""Documentation is tested like code: what it names is there, and the other way round."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cloudstock import docs
from cloudstock.cli import SECTIONS
from cloudstock.config import load
from cloudstock.errors import Exit
from tests.benchmarks import expected

COMMANDS = [name for _, _, names in SECTIONS for name in names]
TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")
PAGES = {topic: docs.page(topic) for topic in docs.topics()}
EVERYTHING = {"README": README, **PAGES}


def section(title: str, text: str = README) -> str:
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_table_of_commands_is_complete() -> None:
    told = set(re.findall(r"`([a-z][a-z-]+)(?: [^`]*)?`", section("Commands").split("| exit")[0]))
    assert set(COMMANDS) <= told


def test_every_command_that_is_typed_exists() -> None:
    texts = "\n".join(EVERYTHING.values())
    typed = re.findall(r"(?m)(?:^\$? ?|`)cloudstock +([a-z-]+)", texts)
    assert len(typed) > 20
    assert set(typed) <= set(COMMANDS)


def test_the_readme_names_every_page_of_the_manual() -> None:
    rows = re.findall(r"(?m)^\| \[(\w+)\]\(cloudstock/docs/(\w+)\.md\) \|", README)
    assert [name for name, _ in rows] == [file for _, file in rows]
    assert sorted(name for name, _ in rows) == docs.topics()


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 250


@pytest.mark.parametrize("name", EVERYTHING)
def test_links_lead_somewhere(name: str) -> None:
    place = TOP if name == "README" else Path(docs.__file__).parent
    for target in re.findall(r"\]\(([^)]+)\)", EVERYTHING[name]):
        if not target.startswith("https://"):
            assert (place / target.partition("#")[0]).exists(), target


def test_a_file_of_the_package_that_is_named_is_there() -> None:
    file = r"`((?:cloudstock/)?(?:[a-z_]+/)+[a-z_@-]+(?:\.(?:py|sql|yaml|po|service|timer)|file))`"
    named = re.findall(file, "\n".join(PAGES.values()))
    assert len(named) > 10
    places = (TOP, TOP / "cloudstock")
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert missing == []


def test_the_exit_codes_are_those_of_the_program() -> None:
    told = {int(n) for n in re.findall(r"(?m)^\| (\d+) \|", section("Commands"))}
    assert told >= {int(code) for code in Exit}


def test_the_configuration_it_shows_loads(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", PAGES["configuration"], re.DOTALL)
    assert shown is not None
    path = tmp_path / "config.yaml"
    path.write_text(shown[1], encoding="utf-8")
    path.chmod(0o600)
    env = {"OZON_API_KEY": "a", "WB_TOKEN": "b", "YM_API_KEY": "c"}
    config = load(path, env).configuration
    assert [a.name for a in config.accounts] == ["ozon-main", "wb-main", "ym-main"]


@pytest.mark.parametrize(
    "block", re.findall(r"```sh\n(.*?)```", "\n".join(EVERYTHING.values()), re.DOTALL)
)
def test_what_is_to_be_typed_is_a_shell_line(block: str) -> None:
    for line in block.splitlines():
        assert shlex.split(line, comments=True)


def test_what_sellers_can_expect_is_what_the_limits_say() -> None:
    assert "\n".join(expected.table()) in PAGES["benchmarks"]


def test_the_worked_example_adds_up() -> None:
    rows = re.findall(r"(?m)^\| [^|]+ \| (\d+) \| (\d+) \| (\d+) \|", PAGES["counting"])
    assert len(rows) >= 6
    assert all(int(on_hand) - int(reserved) == int(left) for on_hand, reserved, left in rows)
