"""Every text that is marked for translation has its Russian, with the same places for values."""

from __future__ import annotations

import ast
import errno
import os
import re
import string
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import typer

import cloudstock
from cloudstock import language
from cloudstock.cli import SECTIONS
from cloudstock.cli.app import app
from cloudstock.cli.words import OF_PYDANTIC
from cloudstock.language import language_of, tr, trn
from cloudstock.render import health, stock
from cloudstock.render.lists import REVIEWED, Unmatched
from cloudstock.schedule import timers
from cloudstock.sheets.counting import Difference
from cloudstock.web.api import OPERATIONS
from cloudstock.web.lists import LISTS
from cloudstock.web.openapi import document, paragraphs
from tests.catalogues import CATALOGUES, forms, key, translations
from tests.configuration import every_key

SOURCE = Path(cloudstock.__file__).parent
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")


def marked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every call of tr and trn: where, and its texts; a text that is no literal fails here."""
    for path in SOURCE.rglob("*.py"):
        if path == SOURCE / "language" / "__init__.py":
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
    # Made in English: what they hold is what the source says.
    program: Any = typer.main.get_command(app)
    for made in (program, *(program.get_command(None, n) for n in program.list_commands(None))):
        for paragraph in made.help.split("\n\n"):
            yield f"{made.name}", (paragraph,)
        for parameter in made.params:
            texts = [parameter.help, parameter.metavar, parameter.rich_help_panel]
            # A number or a name is itself in every language.
            default = parameter.show_default
            if isinstance(default, str) and re.search("[a-z]{2}", default):
                texts.append(default)
            yield from ((f"{made.name} {parameter.name}", (text,)) for text in texts if text)
        for example in getattr(made, "examples", ()):
            # Only what is said in it.
            if "#" in example or '"' in example:
                yield f"an example of {made.name}", (example,)
    for path, declared in every_key():
        yield f"the key {path}", (declared.help,)
    yield from (("the API", (text,)) for text in said_by_the_api())
    yield from ((timer.file, (timer.description,)) for timer in timers())
    for name in columns_of_csv():
        yield "a column of CSV", (f"{name.replace('_', ' ')} [column]",)


def said_by_the_api() -> Iterator[str]:
    """What its document says of operations, and by docstrings of types."""
    for operation in OPERATIONS:
        yield from (operation.title, *(query.help for query in operation.query))
    parts = [document()["components"]["schemas"]]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            parts += part.values()
            yield from paragraphs(part["description"]) if "description" in part else ()
        elif isinstance(part, list):
            parts += part


def columns_of_csv() -> Iterator[str]:
    """The names under which answers have their columns."""
    for declared in LISTS:
        rows = (declared.row, *([declared.no_part] if declared.no_part is not None else []))
        yield from (
            name for row in rows for name in row.__struct_fields__ if name != declared.parts
        )
    yield from (*stock.CSV_HEADER, *health.CSV_HEADER, *Difference._fields)
    yield from (*REVIEWED, *Unmatched({}, frozenset()).columns)


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


@cache
def everything_marked() -> Sequence[tuple[str, tuple[str, ...]]]:
    return [*marked(), *marked_in_templates()]


def places(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        # Said as it is: it has braces of its own.
        return set(re.findall(r"\$?\{\w*", text))


def test_every_marked_text_is_translated() -> None:
    russian = {key(entry) for entry in translations("ru") if all(forms(entry))}
    missing = [
        (where, texts[-1]) for where, texts in everything_marked() if texts[-1] not in russian
    ]
    assert missing == []


def test_things_that_are_counted_have_their_three_forms() -> None:
    russian = {entry.msgid_plural: entry for entry in translations("ru") if entry.msgid_plural}
    counted = {texts for _, texts in everything_marked() if len(texts) == 2}
    assert {(russian[many].msgid, many) for _, many in counted} == counted
    assert all(len(forms(entry)) == 3 for entry in russian.values())


def test_nothing_is_translated_that_is_not_said() -> None:
    # Errors of the operating system come in its own words.
    said = {texts[-1] for _, texts in everything_marked()} | {
        os.strerror(n) for n in errno.errorcode
    }
    assert sorted({key(entry) for entry in translations("ru")} - said) == []


def test_translations_name_the_same_values() -> None:
    for entry in translations("ru"):
        for form in forms(entry):
            assert places(form) - {"n"} == places(key(entry)) - {"n"}, entry.msgid


def test_nothing_is_left_fuzzy_or_twice() -> None:
    for language_name, path in CATALOGUES.items():
        catalogue = translations(language_name)
        assert catalogue.fuzzy_entries() == []
        keys = [(entry.msgctxt, entry.msgid) for entry in catalogue]
        assert len(keys) == len(set(keys)), path


def test_the_compiled_catalogue_is_the_written_one(tmp_path: Path) -> None:
    """After an edit: `python -m tests.catalogues`."""
    for language_name, path in CATALOGUES.items():
        compiled = tmp_path / f"{language_name}.mo"
        translations(language_name).save_as_mofile(str(compiled))
        assert path.with_suffix(".mo").read_bytes() == compiled.read_bytes()


# What looks like a sentence and is none of ours to translate: words that others say, which are only
# looked for; names in the log; keys that are only stored; what is typed; help, which is data.
PASSED_OVER = {
    "cli/__init__.py": tuple(title for title, _, _ in SECTIONS if SENTENCE.search(title)),
    "cli/words.py": tuple(t for t in OF_PYDANTIC if SENTENCE.search(t)),
    "changes/schedule.py": (r"(?i)\bno crontab\b",),
    "logs.py": ("ERROR log.failed logger={} line={}\n",),
    "marketplaces/fields.py": ("a word has two meanings", "{} is in the year {}"),
    "marketplaces/http.py": ("the last attempt either returns or raises",),
    "marketplaces/ozon/parse.py": ("circle is open", "rate limit"),
    "marketplaces/ozon/statuses.py": ("too frequently",),
    "marketplaces/ozon/wire.py": (
        "neither items nor last_id",
        "neither returns nor has_next",
        "neither rows nor has_next",
    ),
    "marketplaces/wildberries/parse.py": (
        "{}, to be shipped again",
        "{} is neither a time nor a day",
    ),
    "marketplaces/yandex_market/client.py": (
        "Object missing required field `{}`",
        "api for campaign",
    ),
    "marketplaces/yandex_market/pushing.py": (
        "Campaign type is not allowed",
        "should not be in the future",
        "should not be older than",
    ),
    "redaction.py": ("a secret is not pickled",),
    "changes/counts.py": ("cloudstock set-stock {} N{}",),
    "sheets/reading/text.py": ("expected after", "end of data", "field limit"),
    "store/times.py": ("a moment without a zone is not stored",),
    "web/passwords.py": ("a hash that asks for more than 1 GiB", "not a hash of ours"),
}
# The made-up marketplaces answer as the real ones do; only the demo and `serve` speak to people.
# Described for programs and those who write them, in one language as documents of interfaces are.
OF_THE_INTERFACE = {
    *(SOURCE / "web" / name for name in ("api_types.py", "lists.py", "openapi.py")),
    SOURCE / "render" / "openmetrics.py",
}
SAID_BY_MARKETPLACES = {p for p in (SOURCE / "sandbox").glob("*.py") if p.name != "demo.py"} | {
    # Lists of names of fields, and of titles that other programs write.
    SOURCE / "marketplaces" / "anonymous.py",
    SOURCE / "sheets" / "layout" / "vocabulary.py",
    *(SOURCE / "marketplaces").glob("*/kept.py"),
}
TRANSLATING = {"tr", "trn", "mark", "spoken"}
# Their texts are read from the declarations, are patterns, SQL, or names of events.
NOT_SAID = {
    "Option",
    "Argument",
    "sku_argument",
    "warehouse_option",
    "Operation",
    "Query",
    "command",
    "_list_command",
    "_change_operation",
    "compile",
    "execute",
    "executemany",
    "_rows",
    "getLogger",
    "key",
    # Markup of our own.
    "raw",
    # Words of marketplaces.
    "by_meaning",
    "words",
}
LOGGING = {"debug", "info", "warning", "error", "exception", "event"}
SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA|FROM|WHERE|JOIN|CREATE|AND|OR|BY|VALUES|SET|NULL)\b"
    r"|^\w+ = \w+ \+ :"
)
# What these are given is read by a person, however short it is.
SINKS = {"tell", "problem", "note", "Column", "complain", "UsageProblem", "Unfit", "Finding"}


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def written(node: ast.AST) -> str | None:
    """The text of a literal, with {} for what is put into it; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def untranslated(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every sentence in a module that no call of `tr`, `trn`, `mark` or `spoken` is around."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        inside: list[ast.AST] = []
        if isinstance(node, ast.Call) and called(node) in TRANSLATING | NOT_SAID | LOGGING:
            inside = [*node.args, *(k.value for k in node.keywords)]
        elif isinstance(node, ast.Assert) and node.msg is not None:
            inside = [node.msg]
        elif isinstance(node, ast.JoinedStr):
            passed.update(id(v) for v in node.values if isinstance(v, ast.Constant))
            inside = [v.format_spec for v in node.values if getattr(v, "format_spec", None)]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside = [node.value]
        passed.update(id(n) for part in inside for n in ast.walk(part))
    for node in ast.walk(tree):
        text = written(node)
        if text and id(node) not in passed and SENTENCE.search(text) and not SQL.search(text):
            yield node.lineno, text
        if isinstance(node, ast.Call) and called(node) in SINKS:
            for argument in node.args:
                text = written(argument)
                # Kinds of findings are words of the JSON.
                if text and re.search(r"[A-Za-z]{2,}[ .:;]|[A-Z][a-z]+", re.sub(r"{}:?", "", text)):
                    yield argument.lineno, text


def test_no_sentence_goes_around_the_translation() -> None:
    found: dict[str, set[str]] = {}
    where = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = str(path.relative_to(SOURCE))
        if path in SAID_BY_MARKETPLACES | OF_THE_INTERFACE or name.startswith("language/"):
            continue
        for line, text in untranslated(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(text)
            if text not in PASSED_OVER.get(name, ()):
                where.append(f"{name}:{line}: {text!r}")
    assert where == []
    # An exemption ends with what it is for.
    assert found == {name: set(texts) for name, texts in PASSED_OVER.items()}


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ('raise UsageProblem(f"{file} is not there")', ["{} is not there"] * 2),
        ('raise UsageProblem(tr("{file} is not there", file=file))', []),
        ('session.note("look at it")', ["look at it"] * 2),
        ('why = "look at it"\nsession.note(why)', ["look at it"]),
        ('Column("Total", number=True)', ["Total"]),
        ('Column(tr("Total"), number=True)', []),
        ('"""Say what it does."""\nlog.info("took too long")', []),
        ('db.execute("SELECT a FROM b")', []),
        ('run.tell("Done.")', ["Done."]),
        ('Finding("not_raised", None, message)', []),
    ],
)
def test_what_goes_around_the_translation_is_found(source: str, sentences: list[str]) -> None:
    assert [text for _, text in untranslated(ast.parse(source))] == sentences


@pytest.fixture
def _russian() -> Iterator[None]:
    with language.speaking("ru"):
        yield


@pytest.mark.usefixtures("_russian")
def test_a_text_is_said_in_the_language_in_use() -> None:
    assert tr("Product") == "Товар"
    assert tr("") == ""
    assert tr("no translation of {this}", this=1) == "no translation of 1"


@pytest.mark.usefixtures("_russian")
@pytest.mark.parametrize(
    ("number", "counted"),
    [
        *((n, f"{n} товар") for n in (1, 21, 101)),
        *((n, f"{n} товара") for n in (2, 3, 4, 22, 104)),
        *((n, f"{n} товаров") for n in (0, 5, 11, 12, 14, 20, 25, 111)),
    ],
)
def test_russian_counts(number: int, counted: str) -> None:
    assert trn("1 product", "{n} products", number) == counted


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


def test_a_request_is_answered_in_its_own_language() -> None:
    """Two at once, in threads of one process, and what the process speaks stays as it was."""
    heard: dict[str, str] = {}
    both = Barrier(2)

    def answer(spoken: str) -> None:
        with language.speaking(spoken):
            both.wait(10)
            heard[spoken] = tr("Product")
            both.wait(10)

    threads = [Thread(target=answer, args=(spoken,)) for spoken in ("en", "ru")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {"en": "Product", "ru": "Товар"}
    assert tr("Product") == "Product"


def test_a_request_in_english_is_answered_so_where_the_process_speaks_russian() -> None:
    language.use("ru")
    assert language.in_use() == "ru"
    with language.speaking("en"):
        assert (tr("Product"), language.in_use()) == ("Product", "en")
    assert tr("Product") == "Товар"
    with pytest.raises(ValueError, match="tlh"), language.speaking("tlh"):
        pass
