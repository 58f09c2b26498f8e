"""Documentation is tested like code: what it names is there, and the other way round."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cloudstock import docs
from cloudstock.cli import SECTIONS
from cloudstock.config.loading import load
from cloudstock.errors import Exit
from tests.benchmarks import expected

COMMANDS = [name for _, _, names in SECTIONS for name in names]
TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")
# The page to start with is the README.
PAGES = {topic: docs.page(topic) for topic in docs.topics() if topic != docs.START}
EVERYTHING = {"README": README, **PAGES}
RUSSIAN = {topic: docs.page(topic, "ru") for topic in sorted(docs.translated("ru"))}


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
    assert sorted(name for name, _ in rows) == docs.topics()[1:]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 250


@pytest.mark.parametrize("name", [*EVERYTHING, *(f"ru/{topic}" for topic in RUSSIAN)])
def test_links_lead_somewhere(name: str) -> None:
    manual = Path(docs.__file__).parent
    file = TOP / "README.md" if name == "README" else manual / f"{name}.md"
    place = file.parent
    for target in re.findall(r"\]\(([^)]+)\)", file.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (place / target.partition("#")[0]).exists(), target


def test_a_file_of_the_package_that_is_named_is_there() -> None:
    file = r"`((?:cloudstock/)?(?:[a-z_]+/)+[a-z_@-]+(?:\.(?:py|sql|yaml|po|service|timer)|file))`"
    named = re.findall(file, "\n".join(PAGES.values()))
    assert len(named) > 10
    places = (TOP, TOP / "cloudstock")
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert missing == []


# What changed for whom is told here, for those who upgrade and those who build; every page of the
# manual says in both languages how things are.
ENGLISH_ONLY = {"changelog"}


def test_which_pages_are_in_english_only() -> None:
    assert set(docs.topics()) - set(RUSSIAN) == ENGLISH_ONLY
    assert set(RUSSIAN) <= set(docs.topics())


def fenced(text: str) -> list[str]:
    """The blocks of code, without what is said in them after a # sign."""
    blocks = re.findall(r"(?ms)^ *```(?:sh|yaml|ini)\n(.*?)^ *```", text)
    return [re.sub(r"(?m)^# .*| +# .*", "", block) for block in blocks]


@pytest.mark.parametrize("topic", RUSSIAN)
def test_a_russian_page_says_what_the_english_one_does(topic: str) -> None:
    """The same headings, tables and lines to type; each option and command is named in both."""
    english, russian = README if topic == docs.START else PAGES[topic], RUSSIAN[topic]
    # What the README says in Russian itself.
    english = re.sub(r"(?m)^> .*\n", "", english) if topic == docs.START else english
    assert fenced(russian) == fenced(english)
    for marks in (r"(?m)^#+ ", r"(?m)^\|", r"(?m)^ *(?:-|\d+\.) "):
        # In code a # begins a remark.
        texts = (re.sub(r"(?ms)^```.*?^```", "", text) for text in (russian, english))
        assert len(set(map(len, (re.findall(marks, text) for text in texts)))) == 1, marks
    # Every paragraph, too.
    assert russian.strip().count("\n\n") == english.strip().count("\n\n")
    for named in (r"--[a-z][a-z-]+", r"(?<=cloudstock )[a-z][a-z-]+(?=[ `])", r"[a-z_]+:(?= |`)"):
        spans = ("\n".join(re.findall(r"`[^`\n]+`", text)) for text in (russian, english))
        one, other = (set(re.findall(named, text)) for text in spans)
        assert one == other, named
    prose = re.sub(r"(?ms)^```.*?^```", "", russian)
    assert not re.search(r"(?m)^[^А-Яа-яЁё|`\n]{60,}$", prose)


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
