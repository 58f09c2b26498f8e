"""A YAML file whose values keep their place and their source text.

Nothing is constructed by YAML's rules, which change credentials silently (`012345` becomes 5349,
`no` becomes false): the file is composed into nodes, and a value is read by whoever knows what is
due there. Problems are gathered, so that a person mends a file once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TypeVar

import yaml

from cloudstock.errors import ConfigurationError
from cloudstock.language import mark, spoken, system_words, tr

T = TypeVar("T")
D = TypeVar("D")

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
# What only a key is like: long, without blanks, letters and digits. A path's parts are shorter.
_KEY_LIKE = re.compile(r"(?=[^\W\d]*\d)(?=\d*[^\W\d])[\w.:~+=-]{32,}")
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
    """A value that is not what is due; raised by readers of values, gathered by `Document`."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the file and its place."""

    node: yaml.Node
    # As in messages: `accounts.ozon-main.client_id`; "" for the whole file.
    path: str
    # Of its key, from 1.
    line: int
    environ: Mapping[str, str] = field(repr=False)

    @property
    def kind(self) -> Kind:
        """What YAML, of any version, would take it for."""
        if isinstance(self.node, yaml.MappingNode):
            return Kind.SECTION
        if isinstance(self.node, yaml.SequenceNode):
            return Kind.LIST
        assert isinstance(self.node, yaml.ScalarNode)
        kind = _KINDS.get(self.node.tag, Kind.TAGGED)
        # Plain: `style` is None, or "" from the C parser.
        if kind is Kind.TEXT and not self.node.style and _NUMBER.fullmatch(self.node.value):
            return Kind.NUMBER
        return kind

    def at(self, path: str) -> Value:
        """Return the place of something that should stand in here and does not."""
        return replace(self, path=path)

    @property
    def source(self) -> str:
        """A scalar as it is written, without its quotes."""
        assert isinstance(self.node, yaml.ScalarNode)
        text: str = self.node.value
        return text


class Section:
    """A mapping, whose keys are taken one by one so that the left ones are known to be unknown."""

    def __init__(self, at: Value, entries: dict[str, tuple[Value, Value]]) -> None:
        self.at = at
        self._entries = entries
        self._taken: set[str] = set()

    def take(self, key: str) -> Value | None:
        """Return the value of a key, None where it is not given."""
        self._taken.add(key)
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def items(self) -> Iterator[tuple[Value, Value]]:
        """Keys and values in the file's order; all of them count as taken."""
        self._taken.update(self._entries)
        yield from self._entries.values()

    def unknown(self) -> Iterator[Value]:
        """Values whose keys nobody took."""
        return (v for key, (_, v) in self._entries.items() if key not in self._taken)

    def known(self) -> list[str]:
        """Keys that were asked for, given or not."""
        return sorted(self._taken)


class Document:
    """The file: its root and the problems found so far."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Read and parse the file.

        Raises `ConfigurationError` where it cannot be read, is not YAML, or holds no section.
        """
        self.path = path
        self._problems: list[tuple[int, str]] = []
        node = _compose(path)
        if not isinstance(node, yaml.MappingNode):
            raise ConfigurationError(
                tr("{path}:1: expected sections of `key: value`, got none", path=path)
            )
        self.root = Value(node, "", 1, environ)
        _refuse_bomb(path, node)
        self._refuse_repeated_keys(node, "", set())

    def complain(self, at: Value, message: str) -> None:
        """Keep a problem with its place."""
        place = f"{at.path}: " if at.path else ""
        self._keep(at.line, place + message)

    def stop_if_wrong(self) -> None:
        """Raise `ConfigurationError` with every problem, a line each, in the file's order."""
        if self._problems:
            lines = sorted(dict.fromkeys(self._problems), key=lambda problem: problem[0])
            raise ConfigurationError("\n".join(f"{self.path}:{n}: {text}" for n, text in lines))

    def section(self, at: Value, *, of: str = mark("settings")) -> Section | None:
        """Return a mapping's entries; None, with a problem kept, where it is none."""
        if not isinstance(at.node, yaml.MappingNode):
            self.complain(
                at,
                tr("expected a section of {of}, got {kind}", of=spoken(of), kind=spoken(at.kind)),
            )
            return None
        entries: dict[str, tuple[Value, Value]] = {}
        for key, node in at.node.value:
            if isinstance(key, yaml.ScalarNode) and key.value not in entries:
                path = _joined(at.path, key.value)
                line = key.start_mark.line + 1
                entries[key.value] = (
                    Value(key, path, line, at.environ),
                    Value(node, path, line, at.environ),
                )
        return Section(at, entries)

    def items(self, at: Value) -> list[Value]:
        """Return the values of a list; none, with a problem kept, where it is no list."""
        if not isinstance(at.node, yaml.SequenceNode):
            self.complain(at, tr("expected a list, got {kind}", kind=spoken(at.kind)))
            return []
        return [
            Value(node, f"{at.path}[{index}]", node.start_mark.line + 1, at.environ)
            for index, node in enumerate(at.node.value)
        ]

    def read(self, value: Value, reader: Callable[[Value], T]) -> T | None:
        """Return what `reader` makes of a value; None, with a problem kept, where it is unfit."""
        try:
            return reader(value)
        except Unfit as unfit:
            self.complain(value, str(unfit))
            return None

    def optional(
        self, section: Section, key: str, reader: Callable[[Value], T], default: D
    ) -> T | D:
        """Return a key's value, or the default where it is not given or unfit."""
        value = section.take(key)
        if value is None:
            return default
        try:
            return reader(value)
        except Unfit as unfit:
            self.complain(value, str(unfit))
            return default

    def refuse_unknown(self, section: Section) -> None:
        """Keep a problem for every key that was not taken."""
        for value in section.unknown():
            known = section.known()
            key = value.path.removeprefix(f"{section.at.path}.")
            self.complain(value, tr("unknown key; {suggestion}", suggestion=suggestion(key, known)))

    def _refuse_tag(self, node: yaml.Node, path: str, plain: Collection[str]) -> None:
        """Keep a problem for a tag; that of a scalar is told by whoever reads the value.

        Nothing is ever made of one here, but a file that asks for it expects another program.
        """
        if node.tag not in plain:
            place = f"{path}: " if path else ""
            line = node.start_mark.line + 1
            self._keep(
                line, tr("{place}expected plain values, got one with a YAML tag", place=place)
            )

    def _keep(self, line: int, text: str) -> None:
        self._problems.append((line, text))

    def _refuse_repeated_keys(self, node: yaml.Node, path: str, seen: set[int]) -> None:
        """Keep a problem for keys given twice and keys that are no words, wherever they stand."""
        # An anchor's node is met once per alias, and inside itself where someone tries.
        if id(node) in seen:
            return
        seen.add(id(node))
        if not isinstance(node, yaml.ScalarNode):
            self._refuse_tag(node, path, (f"{_TAG}map", f"{_TAG}seq"))
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._refuse_repeated_keys(item, f"{path}[{index}]", seen)
        if not isinstance(node, yaml.MappingNode):
            return
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._keep(
                    line,
                    tr(
                        "{joined}: expected a word as key, got a section", joined=_joined(path, "?")
                    ),
                )
                continue
            place = _joined(path, key.value)
            self._refuse_tag(key, place, _KINDS)
            if key.value in first:
                self._keep(
                    line,
                    tr(
                        "{place}: given twice, first on line {first}",
                        place=place,
                        first=first[key.value],
                    ),
                )
            first.setdefault(key.value, line)
            self._refuse_repeated_keys(value, place, seen)


def shown(text: str) -> str:
    """Return text from the file fit for a message: cut, in quotes, control characters escaped.

    What looks like a key that was put in a wrong place is not shown.
    """
    text = veiled(text)
    cut = text if len(text) <= 60 else text[:57] + "..."
    return '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut) + '"'


def veiled(text: str) -> str:
    """Return text without what looks like a key."""
    return _KEY_LIKE.sub("***", text)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant instead of `word`, or all that could have been."""
    known = list(known)
    return meant_instead(word, known) or tr("known here: {known}", known=", ".join(known))


def meant_instead(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant instead of `word`; "" where nothing is like it."""
    # Only needed on the way to an error.
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.7)
    return tr('did you mean "{close}"?', close=close[0]) if close else ""


def _joined(path: str, key: str) -> str:
    key = shown(key)[1:-1]
    return f"{path}.{key}" if path else key


def _compose(path: Path) -> yaml.Node | None:
    text = _text(path)
    try:
        _refuse_deep(path, text)
        node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(
            tr("{path}:{line}: not YAML: {reason}", path=path, line=line, reason=error.reason)
        ) from None
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(_not_yaml(path, text, error)) from None
    return node


def _refuse_deep(path: Path, text: str) -> None:
    """Raise `ConfigurationError` where sections stand deeper in one another than `MAX_DEPTH`."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise ConfigurationError(
                    tr(
                        "{path}:{line}: not a configuration: sections stand more than"
                        " {max_depth} deep",
                        path=path,
                        line=line,
                        max_depth=MAX_DEPTH,
                    )
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse_bomb(path: Path, root: yaml.Node) -> None:
    """Raise `ConfigurationError` for more values than `MAX_VALUES`, or one that holds itself."""
    counted: dict[int, int | None] = {}

    def count(node: yaml.Node) -> int:
        if isinstance(node, yaml.ScalarNode):
            return 1
        known = counted.get(id(node), 0)
        line = node.start_mark.line + 1
        if known is None:
            raise ConfigurationError(
                tr(
                    "{path}:{line}: not a configuration: a section holds itself",
                    path=path,
                    line=line,
                )
            )
        if known:
            return known
        counted[id(node)] = None
        nested = isinstance(node, yaml.MappingNode)
        parts = chain.from_iterable(node.value) if nested else node.value
        total = 1 + sum(map(count, parts))
        if total > MAX_VALUES:
            raise ConfigurationError(
                tr(
                    "{path}:{line}: not a configuration: more than {max_values} values,"
                    " those that stand for others (*name) counted as often as they are used",
                    path=path,
                    line=line,
                    max_values=MAX_VALUES,
                )
            )
        counted[id(node)] = total
        return total

    count(root)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigurationError(
            tr("{path}: there is no such file; `cloudstock init` writes one", path=path)
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {system_words(error)}") from None
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(
            tr(
                "{path}: larger than {max_bytes} bytes, not a configuration",
                path=path,
                max_bytes=MAX_BYTES,
            )
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            tr("{path}:{line}: not YAML: expected UTF-8 text", path=path, line=line)
        ) from None


def _not_yaml(path: Path, text: str, error: yaml.MarkedYAMLError) -> str:
    # The error's own text quotes the file around the place, and with it perhaps a key: only its
    # words are told. The cause is not chained for the same reason.
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    said = error.problem or error.context
    words = _QUOTED.sub("", spoken(said)) if said else tr("it cannot be parsed")
    where = f" ({spoken(error.context)})" if error.context and error.problem else ""
    lines = text.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    hint = (
        tr('; inside { } write variables in quotes: "${NAME}"')
        if re.search(r"\{.*\$\{", line)
        else ""
    )
    return tr(
        "{path}:{number}: not YAML: {words}{where}{hint}",
        path=path,
        number=number,
        words=words,
        where=_QUOTED.sub("", where),
        hint=hint,
    )
