"""A YAML file whose values keep their place and their source text.

Nothing is constructed by YAML's rules, which change credentials silently (`012345` becomes 5349,
`no` becomes false): the file is composed into nodes, and a value is read by whoever knows what is
due there. Problems are gathered, so that a person mends a file once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from cloudstock.errors import ConfigurationError
from cloudstock.language import mark, spoken, system_words, tr

# A configuration is written by a person; more than this is another file named by mistake.
MAX_BYTES = 1_048_576
# Sections within sections; the program knows four. libyaml's composer recurses in C, so that a
# file of nothing but "- - -" would end the process.
MAX_DEPTH = 50
# Values, those that stand for others (`*name`) counted as often as they are used: ten lines can
# make a billion of them.
MAX_VALUES = 100_000

# Three times as fast, where PyYAML was built with libyaml.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG = "tag:yaml.org,2002:"
# Numbers of YAML 1.2 that PyYAML, which speaks 1.1, takes for text: `1e5`, `0o17`, `089`.
_NUMBER = re.compile(r"[-+]?(\.\d+|\d[\d_]*(\.\d*)?)([eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+")
# What only a key is like: long, without blanks, from where a letter and a digit stand together. A
# path's parts are shorter. Each block of letters or digits is looked at once, however long it is.
KEY_LENGTH_MIN = 32
_UNBROKEN = re.compile(rf"[\w.:~+=-]{{{KEY_LENGTH_MIN},}}")
_MIXED = re.compile(r"(?<![^\W\d])[^\W\d]++\d|(?<!\d)\d++[^\W\d]")
# What parsers say most, libyaml's and PyYAML's; the rest is told in their English.
PARSERS_WORDS = (
    mark("mapping values are not allowed here"),
    mark("mapping values are not allowed in this context"),
    mark("could not find expected ':'"),
    mark("did not find expected key"),
    mark("did not find expected ',' or '}'"),
    mark("did not find expected ',' or ']'"),
    mark("did not find expected '-' indicator"),
    mark("did not find expected node content"),
    mark("found character that cannot start any token"),
    mark("found unexpected end of stream"),
    mark("found undefined alias"),
    mark("found a tab character that violates indentation"),
    mark("while scanning a quoted scalar"),
    mark("while scanning a simple key"),
    mark("while scanning for the next token"),
    mark("while parsing a block mapping"),
    mark("while parsing a block collection"),
    mark("while parsing a flow mapping"),
    mark("while parsing a flow sequence"),
    mark("while parsing a flow node"),
)
# Long quoted parts of a parser's message are pieces of the file, which holds secrets.
_QUOTED = re.compile(r"\s*'[^'<][^']+'")


class Kind(StrEnum):
    """What a value is, in the words of messages."""

    NOTHING = mark("nothing")
    NUMBER = mark("a number")
    YES_NO = mark("a yes/no word")
    DATE = mark("a date")
    TEXT = mark("text")
    TAGGED = mark("a value with a YAML tag")
    LIST = mark("a list")
    SECTION = mark("a section")


# What YAML would make something else of than text.
CHANGED = {Kind.NUMBER, Kind.YES_NO, Kind.DATE}
_KINDS = {
    f"{_TAG}null": Kind.NOTHING,
    f"{_TAG}int": Kind.NUMBER,
    f"{_TAG}float": Kind.NUMBER,
    f"{_TAG}bool": Kind.YES_NO,
    f"{_TAG}timestamp": Kind.DATE,
    f"{_TAG}str": Kind.TEXT,
    # A lone `=` or `<<` as a value.
    f"{_TAG}value": Kind.TEXT,
    f"{_TAG}merge": Kind.TEXT,
}


class Unfit(Exception):
    """A value that is not what is due; raised by types of values, kept as a problem of its file."""


class Value(NamedTuple):
    """One value of the file and its place."""

    node: yaml.Node
    # As in messages: `accounts.ozon-main.client_id`; "" for the whole file.
    path: str
    # Of its key, from 1.
    line: int
    document: Document

    @property
    def kind(self) -> Kind:
        """What YAML, of any version, would take it for."""
        if not isinstance(self.node, yaml.ScalarNode):
            return Kind.SECTION if isinstance(self.node, yaml.MappingNode) else Kind.LIST
        kind = _KINDS.get(self.node.tag, Kind.TAGGED)
        # Plain: `style` is None, or "" from the C parser.
        if kind is Kind.TEXT and not self.node.style and _NUMBER.fullmatch(self.node.value):
            return Kind.NUMBER
        return kind

    @property
    def source(self) -> str:
        """A scalar as it is written, without its quotes."""
        assert isinstance(self.node, yaml.ScalarNode)
        text: str = self.node.value
        return text

    @property
    def got(self) -> str:
        """What stands there, for a message: a scalar as written, of anything else the kind."""
        if self.kind is Kind.TEXT:
            return quoted(self.source)
        return quoted(self.source)[1:-1] if self.kind in CHANGED else spoken(self.kind)

    def entries(self, of: str = mark("settings")) -> dict[str, tuple[Value, Value]]:
        """Return the keys and values of a section, in the file's order; else raise `Unfit`."""
        if not isinstance(self.node, yaml.MappingNode):
            raise Unfit(
                tr("expected a section of {of}, got {kind}", of=spoken(of), kind=spoken(self.kind))
            )
        entries: dict[str, tuple[Value, Value]] = {}
        for key, node in self.node.value:
            # The others have been refused.
            if isinstance(key, yaml.ScalarNode) and not _merges(key) and key.value not in entries:
                place = _joined(self.path, key.value), key.start_mark.line + 1, self.document
                entries[key.value] = Value(key, *place), Value(node, *place)
        return entries

    def items(self) -> list[Value]:
        """Return the values of a list; else raise `Unfit`."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise Unfit(tr("expected a list, got {kind}", kind=spoken(self.kind)))
        return [
            Value(node, f"{self.path}[{index}]", node.start_mark.line + 1, self.document)
            for index, node in enumerate(self.node.value)
        ]

    def complain(self, message: str, key: str = "") -> None:
        """Keep a problem of this value, or of a key that should stand in it and does not."""
        path = _joined(self.path, key) if key else self.path
        self.document.keep(self.line, f"{path}: {message}" if path else message)


class Document:
    """The file: its root, the problems found so far, and what else a reading gathers."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Read and parse the file.

        Raises `ConfigurationError` where it cannot be read, is not YAML, or holds no section.
        """
        self.path = path
        self.environ = environ
        self.folder = path.absolute().parent
        # Places of secrets that stand in the file itself, and in files of their own.
        self.literal_secrets: list[str] = []
        self.secret_files: dict[Path, str] = {}
        self._problems: list[tuple[int, str]] = []
        node = self._compose()
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(1, tr("expected sections of `key: value`, got none"))
        self.root = Value(node, "", 1, self)
        self._examine(node, "", {})

    def keep(self, line: int, problem: str) -> None:
        """Keep a problem."""
        self._problems.append((line, problem))

    def stop_if_wrong(self) -> None:
        """Raise `ConfigurationError` with every problem, a line each, in the file's order."""
        if self._problems:
            lines = sorted(dict.fromkeys(self._problems), key=lambda problem: problem[0])
            raise ConfigurationError("\n".join(f"{self.path}:{n}: {text}" for n, text in lines))

    def _wrong(self, line: int, message: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path}:{line}: {message}")

    def _examine(self, node: yaml.Node, path: str, values: dict[int, int | None]) -> int:
        """Return how many values a node stands for, and keep the problems of its keys and tags.

        Raises `ConfigurationError` for more than `MAX_VALUES`, and for one that holds itself.
        """
        if isinstance(node, yaml.ScalarNode):
            # Its tag is told by whoever reads it.
            return 1
        line = node.start_mark.line + 1
        # An anchor's node is met once per alias, and inside itself where someone tries.
        counted = values.setdefault(id(node), 0)
        if counted is None:
            raise self._wrong(line, tr("not a configuration: a section holds itself"))
        if counted:
            return counted
        values[id(node)] = None
        self._refuse_tag(node, path, (f"{_TAG}map", f"{_TAG}seq"))
        total = 1
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                total += self._examine(item, f"{path}[{index}]", values)
        else:
            self._examine_keys([key for key, _ in node.value], path)
            for key, value in node.value:
                place = _joined(path, key.value if isinstance(key, yaml.ScalarNode) else "?")
                total += sum(self._examine(part, place, values) for part in (key, value))
        if total > MAX_VALUES:
            message = tr(
                "not a configuration: more than {max_values} values, those that stand for others"
                " (*name) counted as often as they are used",
                max_values=MAX_VALUES,
            )
            raise self._wrong(line, message)
        values[id(node)] = total
        return total

    def _examine_keys(self, keys: Iterable[yaml.Node], path: str) -> None:
        first: dict[str, int] = {}
        for key in keys:
            line = key.start_mark.line + 1
            place = _joined(path, key.value if isinstance(key, yaml.ScalarNode) else "?")
            if not isinstance(key, yaml.ScalarNode):
                self.keep(line, f"{place}: {tr('expected a word as key, got a section')}")
                continue
            self._refuse_tag(key, place, _KINDS)
            if _merges(key):
                why = tr("YAML's merge keys are not supported; write the keys out, or `key: *name`")
                self.keep(line, f"{place}: {why}")
            elif key.value in first:
                twice = tr("given twice, first on line {first}", first=first[key.value])
                self.keep(line, f"{place}: {twice}")
            first.setdefault(key.value, line)

    def _refuse_tag(self, node: yaml.Node, path: str, plain: Collection[str]) -> None:
        """Keep a problem for a tag.

        Nothing is ever made of one here, but a file that asks for it expects another program.
        """
        if node.tag not in plain:
            place = f"{path}: " if path else ""
            message = tr("expected plain values, got one with a YAML tag")
            self.keep(node.start_mark.line + 1, place + message)

    def _compose(self) -> yaml.Node | None:
        text = self._text()
        try:
            self._refuse_deep(text)
            node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise self._wrong(line, tr("not YAML: {reason}", reason=error.reason)) from None
        except yaml.MarkedYAMLError as error:
            raise self._wrong(*_not_yaml(text, error)) from None
        return node

    def _refuse_deep(self, text: str) -> None:
        depth = 0
        events: Iterable[Any] = yaml.parse(text, Loader=_LOADER)
        for event in events:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                message = tr(
                    "not a configuration: sections stand more than {max_depth} deep",
                    max_depth=MAX_DEPTH,
                )
                raise self._wrong(event.start_mark.line + 1, message)

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            why = tr("there is no such file; `cloudstock init` writes one")
            raise ConfigurationError(f"{self.path}: {why}") from None
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {system_words(error)}") from None
        if len(raw) > MAX_BYTES:
            why = tr("larger than {max_bytes} bytes, not a configuration", max_bytes=MAX_BYTES)
            raise ConfigurationError(f"{self.path}: {why}")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise self._wrong(line, tr("not YAML: expected UTF-8 text")) from None


def quoted(text: str) -> str:
    """Return text from the file fit for a message: cut, in quotes, control characters escaped.

    What looks like a key that was put in a wrong place is not shown.
    """
    text = veiled(text)
    cut = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut) + '"'


def veiled(text: str) -> str:
    """Return text without what looks like a key."""
    return _UNBROKEN.sub(_without_key, text)


def _without_key(match: re.Match[str]) -> str:
    key = _MIXED.search(match[0])
    if key is None or len(match[0]) - key.start() < KEY_LENGTH_MIN:
        return match[0]
    return f"{match[0][: key.start()]}***"


def suggestion(word: str, words: Iterable[str]) -> str:
    """Return what may have been meant instead of `word`, or all that could have been."""
    words = sorted(words)
    return meant_instead(word, words) or tr("known here: {words}", words=", ".join(words))


def meant_instead(word: str, words: Iterable[str]) -> str:
    """Return what may have been meant instead of `word`; "" where nothing is like it."""
    # Only needed on the way to an error.
    from cloudstock.domain.likeness import nearest

    close = nearest(word, words, at_most=1, cutoff=0.7)
    return tr('did you mean "{close}"?', close=close[0]) if close else ""


def _joined(path: str, key: str) -> str:
    key = quoted(key)[1:-1]
    return f"{path}.{key}" if path else key


def _merges(key: yaml.Node) -> bool:
    return bool(key.tag == f"{_TAG}merge")


def _not_yaml(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return the line of what is no YAML, and what is told of it.

    The error's own text quotes the file around the place, and with it perhaps a key: only its words
    are told. The cause is not chained for the same reason.
    """
    place = error.problem_mark or error.context_mark
    number = place.line + 1 if place else 1
    reason = error.problem or error.context
    words = _QUOTED.sub("", spoken(reason)) if reason else tr("it cannot be parsed")
    where = f" ({spoken(error.context)})" if error.context and error.problem else ""
    line = next(iter(text.splitlines()[number - 1 :]), "")
    hint = (
        tr('; inside { } write variables in quotes: "${NAME}"')
        if re.search(r"\{.*\$\{", line)
        else ""
    )
    return number, tr("not YAML: {reason}", reason=words + _QUOTED.sub("", where) + hint)
