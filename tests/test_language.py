"""Every text that is marked for translation has its Russian, with the same places for values."""

from __future__ import annotations

import ast
import errno
import inspect
import os
import re
import string
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest

import cloudstock
from cloudstock import language
from cloudstock.cli import SECTIONS, Commands
from cloudstock.cli.program import VERSION
from cloudstock.language import language_of, russian, tr, translations, trn
from cloudstock.language.russian import catalogues

SOURCE = Path(cloudstock.__file__).parent


def marked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every call of tr and trn: where, and its texts; a text that is no literal fails here."""
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] == "language":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in ("tr", "trn", "mark"):
                continue
            texts = node.args[: 2 if node.func.id == "trn" else 1]
            if node.func.id == "mark" and len(node.args) > 1:
                text, context = (ast.literal_eval(a) for a in node.args)
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", (f"{text} [{context}]",)
                continue
            literal = [t.value for t in texts if isinstance(t, ast.Constant)]
            where = f"{path.relative_to(SOURCE)}:{node.lineno}"
            assert len(literal) == len(texts), f"{where}: not a literal"
            yield where, tuple(str(text) for text in literal)
    yield from help_texts()


def help_texts() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every text of the help, which is data: whose it is, and the text."""
    for title, _, _ in SECTIONS:
        yield "a section of the help", (title,)
    for name, own in Commands().items():
        for paragraph in (inspect.getdoc(own.act) or "").split("\n\n"):
            yield name, (" ".join(paragraph.split()),)
        for parameter in [*own.own_parameters(), *own.common_parameters()]:
            declared = parameter.annotation.__metadata__[0]
            yield f"{name} {parameter.name}", (declared.help,)
            if declared.metavar is not None:
                yield f"{name} {parameter.name}", (declared.metavar,)
        for example in own.examples:
            # Only what is said in it.
            if "#" in example or '"' in example:
                yield f"an example of {name}", (example,)
    yield "the program", (VERSION.help,)


def marked_in_templates() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The same of every template, as Jinja reads it."""
    nodes = pytest.importorskip("jinja2.nodes")
    environment = pytest.importorskip("jinja2").Environment(autoescape=True)
    for path in SOURCE.rglob("*.html"):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            name = getattr(call.node, "name", None)
            if name not in ("tr", "trn"):
                continue
            texts = call.args[: 1 if name == "tr" else 2]
            where = f"{path.relative_to(SOURCE)}:{call.lineno}"
            assert all(isinstance(t, nodes.Const) for t in texts), f"{where}: not a literal"
            yield where, tuple(str(t.value) for t in texts)


def everything_marked() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from marked()
    yield from marked_in_templates()


def places(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        # Said as it is: it has braces of its own.
        return set(re.findall(r"\$?\{\w*", text))


def test_every_marked_text_is_translated() -> None:
    russian = translations("ru")
    missing = [
        (where, texts[-1]) for where, texts in everything_marked() if texts[-1] not in russian
    ]
    assert missing == []


def test_nothing_is_translated_that_is_not_said() -> None:
    # Errors of the operating system come in its own words.
    said = {texts[-1] for _, texts in everything_marked()} | {
        os.strerror(n) for n in errno.errorcode
    }
    assert sorted(set(translations("ru")) - said) == []


def test_a_text_is_translated_in_one_way() -> None:
    parts = catalogues()
    folder = Path(russian.__file__).parent
    assert set(parts) == {f.stem for f in folder.glob("*.py")} - {"__init__"}
    for name, part in parts.items():
        for text, said in part.items():
            assert said == translations("ru")[text], f"{name}: {text}"


def test_translations_name_the_same_values() -> None:
    for english, said in translations("ru").items():
        for form in (said,) if isinstance(said, str) else said:
            assert places(form) - {"n"} == places(english) - {"n"}, english


@pytest.fixture
def _russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        language,
        "_catalogue",
        {"stop": "стоп", "{n} units of {what}": ("{n} штука", "{n} штуки", "{n} штук {what}")},
    )


@pytest.mark.usefixtures("_russian")
def test_a_text_is_said_in_the_language_in_use() -> None:
    assert tr("stop") == "стоп"
    assert tr("no translation of {this}", this=1) == "no translation of 1"


@pytest.mark.usefixtures("_russian")
@pytest.mark.parametrize(
    ("number", "said"),
    [
        *((n, f"{n} штука") for n in (1, 21, 101)),
        *((n, f"{n} штуки") for n in (2, 3, 4, 22, 104)),
        *((n, f"{n} штук мыла") for n in (0, 5, 11, 12, 14, 20, 25, 111)),
    ],
)
def test_russian_counts(number: int, said: str) -> None:
    assert trn("1 unit of {what}", "{n} units of {what}", number, what="мыла") == said


def test_english_counts() -> None:
    assert trn("one unit of {what}", "{n} units of {what}", 1, what="soap") == "one unit of soap"
    assert trn("one unit of {what}", "{n} units of {what}", 21, what="soap") == "21 units of soap"


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "ru_RU"}, "ru"),
        ({"LANG": "", "CLOUDSTOCK_LANG": "ru"}, "ru"),
    ],
)
def test_the_environment_asks_for_a_language(environment: dict[str, str], asked: str) -> None:
    assert language_of(environment) == asked


def test_only_what_is_spoken_can_be_used() -> None:
    with pytest.raises(ValueError, match="tlh"):
        language.use("tlh")


def test_a_request_is_answered_in_its_own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once, in threads of one process, and what the process speaks stays as it was."""
    heard: dict[str, str] = {}
    monkeypatch.setattr(
        language, "translations", lambda asked: {} if asked == "en" else {"stop": "стоп"}
    )
    both = Barrier(2)

    def answer(asked: str) -> None:
        with language.speaking(asked):
            both.wait(10)
            heard[asked] = tr("stop")
            both.wait(10)

    threads = [Thread(target=answer, args=(asked,)) for asked in ("en", "ru")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {"en": "stop", "ru": "стоп"}
    assert tr("stop") == "stop"


def test_a_request_in_english_is_answered_so_where_the_process_speaks_russian(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(language, "_catalogue", {"stop": "стоп"})
    assert language.in_use() == "ru"
    with language.speaking("en"):
        assert (tr("stop"), language.in_use()) == ("stop", "en")
    assert tr("stop") == "стоп"
    with pytest.raises(ValueError, match="tlh"), language.speaking("tlh"):
        pass
