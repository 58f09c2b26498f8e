"""Reads ordinary command lines without typer, which costs more than most commands themselves.

It knows words and values that can be nothing else. Whatever else a line holds (a mistake, --help,
several short options in one word, a number below zero) makes it give way to typer, which has the
last word on what a line means: a choice made here is the one that typer would make.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from inspect import Parameter
from pathlib import Path
from typing import Any

from cloudstock.cli.command import (
    Argument,
    Choice,
    Command,
    Kind,
    NotUnderstood,
    Option,
    common_parameters,
    with_common,
)

# The shell asks for completions through it.
COMPLETION = "_CLOUDSTOCK_COMPLETE"
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class _GivesWay(Exception):
    """Typer shall read this line."""


def parse(arguments: Sequence[str], commands: Mapping[str, Command]) -> Choice | None:
    """Return what the command line asks for; None where typer must be asked."""
    try:
        words = _Words(arguments)
        own_to_all = _Given(common_parameters(()))
        name = own_to_all.read(words, until_argument=True)
        if name is None or name not in commands:
            return None
        own = commands[name]
        given = _Given([*own.own_parameters(), *own.common_parameters()])
        given.read(words)
        choice = Choice()
        choice.common = with_common(choice.common, own_to_all.values())
        choice.choose(name, own, given.values())
    except (_GivesWay, NotUnderstood):
        return None
    return choice


class _Words:
    """The words of a command line, one after the other."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = iter(words)

    def next(self) -> str | None:
        """Return the next word, None at the end."""
        word = next(self._words, None)
        if word == "":
            raise _GivesWay
        return word


class _Given:
    """The values of some parameters, as they are read."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._parameters = parameters
        self._arguments: list[str] = []
        self._texts: dict[str, list[str]] = {}
        self._options = {
            name: p
            for p in parameters
            if isinstance(_declared(p), Option)
            for name in _declared(p).names
        }

    def read(self, words: _Words, *, until_argument: bool = False) -> str | None:
        """Take options and arguments; return the first argument where it ends there."""
        while (word := words.next()) is not None:
            if not word.startswith("-") or word == "-":
                if until_argument:
                    return word
                self._arguments.append(word)
                continue
            name, separator, text = word.partition("=")
            parameter = self._options.get(name)
            if parameter is None:
                raise _GivesWay
            if Kind.of(parameter.annotation).type is bool:
                if separator:
                    raise _GivesWay
                self._texts[parameter.name] = []
                continue
            if not separator:
                text = words.next() or ""
            # A value that looks like an option is read by rules of typer's own, and so is -q=x.
            if not text or text.startswith("-") or (separator and not name.startswith("--")):
                raise _GivesWay
            self._texts.setdefault(parameter.name, []).append(text)
        return None

    def values(self) -> dict[str, Any]:
        """Return every parameter's value; gives way where something is missing or too much."""
        values = {p.name: self._value(p) for p in self._parameters}
        if self._arguments:
            raise _GivesWay
        return values

    def _value(self, parameter: Parameter) -> Any:
        declared, kind = _declared(parameter), Kind.of(parameter.annotation)
        if isinstance(declared, Argument):
            texts = self._arguments if kind.several else self._arguments[:1]
            self._arguments = self._arguments[len(texts) :]
        elif kind.type is bool:
            return parameter.name in self._texts
        else:
            texts = self._texts.get(parameter.name, [])
        if not texts:
            if parameter.default is Parameter.empty:
                raise _GivesWay
            return parameter.default
        converted = [_converted(text, kind, declared) for text in texts]
        return converted if kind.several else converted[-1]


def _declared(parameter: Parameter) -> Any:
    return parameter.annotation.__metadata__[0]


def _converted(text: str, kind: Kind, declared: Option | Argument) -> Any:
    if declared.parser is not None:
        return declared.parser(text)
    if kind.type in (str, Path):
        return kind.type(text)
    if issubclass(kind.type, Enum):
        found = next((member for member in kind.type if member.value == text), None)
        if found is None:
            raise _GivesWay
        return found
    return _number(text, kind.type, declared)


def _number(text: str, kind: type, declared: Option | Argument) -> Any:
    form = {int: _WHOLE, float: _DECIMAL}.get(kind)
    if form is None or not isinstance(declared, Option) or not form.fullmatch(text):
        raise _GivesWay
    value = kind(text)
    least, most = declared.min, declared.max
    if (least is not None and value < least) or (most is not None and value > most):
        raise _GivesWay
    return value
