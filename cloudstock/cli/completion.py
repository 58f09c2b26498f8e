"""Completes command lines: commands, options, and what the book and the configuration know.

The shell's script (`cloudstock completion bash`) starts the program with `_CLOUDSTOCK_COMPLETE`
set. It answers with a word a line, and where anything is missing or wrong with nothing at all:
whoever types must not be disturbed.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from enum import Enum
from inspect import Parameter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cloudstock.cli.command import Argument, Command, Kind, Option, common_parameters
from cloudstock.errors import CloudstockError

# Words that are offered at once; a longer list helps nobody.
OFFERED = 200
# The book may be busy; a person does not wait for it.
BUSY_TIMEOUT_S = 0.2

_ALWAYS = ("--help",)


def answer(form: str, arguments: Sequence[str], commands: Mapping[str, Command]) -> int:
    """Write what a word may become, a line each; return the exit code.

    `form`: "bash", which tells its line in the environment, or "words", where the arguments are
    the words so far, the last of them unfinished.
    """
    if form == "bash":
        from cloudstock.cli.bash_line import BashLine

        line = BashLine.of(os.environ)
        offered = line.replacements(offers(line.words[1:], line.unfinished, commands))
    else:
        unfinished = arguments[-1] if arguments else ""
        offered = offers(arguments[:-1], unfinished, commands)
    # A shell that no longer listens needs no answer.
    with suppress(BrokenPipeError):
        sys.stdout.write("".join(f"{offer}\n" for offer in offered))
        sys.stdout.flush()
    return 0


def offers(words: Sequence[str], unfinished: str, commands: Mapping[str, Command]) -> Iterator[str]:
    """Yield what the unfinished word may become, after these words."""
    state = _State(common_parameters(()))
    name = state.read(words, until_argument=True)
    own: Sequence[Parameter] = ()
    if name is not None:
        if name not in commands:
            return
        command = commands[name]
        own = [*command.own_parameters(), *command.common_parameters()]
        state.follow(own)
    yield from _beginning_with(unfinished, _possible(state, own, unfinished, commands, name))


def _possible(
    state: _State,
    own: Sequence[Parameter],
    unfinished: str,
    commands: Mapping[str, Command],
    name: str | None,
) -> Iterable[str]:
    known = _Known(state)
    if state.awaiting is not None:
        return known.values(state.awaiting, unfinished)
    option, separator, begun = unfinished.partition("=")
    if separator and option in state.options:
        values = known.values(state.options[option], begun)
        return (f"{option}={value}" for value in values)
    if unfinished.startswith("-") and not state.only_arguments:
        return [*(o for o in state.options if o.startswith("--")), *_ALWAYS]
    if name is None:
        return commands
    argument = _argument(own, state.given)
    return () if argument is None else known.values(argument, unfinished, state.given)


def _beginning_with(unfinished: str, words: Iterable[str]) -> Iterator[str]:
    """Yield the words that begin so and that a line can hold, sorted, each once."""
    from cloudstock.render.text import inert

    fitting = {w for w in words if w.startswith(unfinished) and inert(w) == w and w}
    yield from sorted(fitting)[:OFFERED]


class _State:
    """What the words so far have said."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self._rest: Iterator[str] = iter(())
        self.options = _options(parameters)
        # Values of options by the parameter's name, and arguments in order.
        self.values: dict[str, list[str]] = {}
        self.given: list[str] = []
        # The option that the next word is the value of.
        self.awaiting: Parameter | None = None
        # After --, nothing is an option.
        self.only_arguments = False

    def read(self, words: Iterable[str], *, until_argument: bool = False) -> str | None:
        """Take words; return the first argument where it ends there."""
        self._rest = iter(words)
        return self._take(until_argument=until_argument)

    def follow(self, parameters: Sequence[Parameter]) -> None:
        """Take the words that are left, with a command's own options."""
        self.options = _options(parameters)
        self._take(until_argument=False)

    def _take(self, *, until_argument: bool) -> str | None:
        for word in self._rest:
            if self.awaiting is not None:
                self.values.setdefault(self.awaiting.name, []).append(word)
                self.awaiting = None
            elif self.only_arguments or not word.startswith("-") or word == "-":
                if until_argument:
                    return word
                self.given.append(word)
            elif word == "--":
                self.only_arguments = True
            else:
                self._option(word)
        return None

    def _option(self, word: str) -> None:
        name, separator, value = word.partition("=")
        parameter = self.options.get(name)
        if parameter is None or Kind.of(parameter.annotation).type is bool:
            return
        if separator:
            self.values.setdefault(parameter.name, []).append(value)
        else:
            self.awaiting = parameter


def _options(parameters: Sequence[Parameter]) -> dict[str, Parameter]:
    return {
        name: p
        for p in parameters
        if isinstance(_declared(p), Option)
        for name in _declared(p).names
    }


def _argument(parameters: Sequence[Parameter], given: Sequence[str]) -> Parameter | None:
    """Return the argument that the next word would be."""
    left = len(given)
    for parameter in parameters:
        if not isinstance(_declared(parameter), Argument):
            continue
        if left == 0 or Kind.of(parameter.annotation).several:
            return parameter
        left -= 1
    return None


def _declared(parameter: Parameter) -> Any:
    return parameter.annotation.__metadata__[0]


class _Known:
    """What values there are: those of the program, of the configuration and of the book."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def values(self, parameter: Parameter, begun: str, given: Sequence[str] = ()) -> Iterable[str]:
        """Return the values that a parameter may have, as far as they are known."""
        declared, kind = _declared(parameter), Kind.of(parameter.annotation).type
        if isinstance(kind, type) and issubclass(kind, Enum):
            return [str(member.value) for member in kind]
        if isinstance(declared, Option) and declared.choices:
            return declared.choices
        if parameter.name == "account":
            return self._accounts()
        if declared.metavar in ("SKU", "[SKU]...", "SKU[=UNITS]..."):
            return self._skus(begun)
        if declared.metavar in ("[SKU N]...", "[SKU ±N]..."):
            # Every other word is a number.
            return () if len(given) % 2 else self._skus(begun)
        if declared.metavar == "LISTING":
            return self._listings(begun)
        if declared.metavar == "RETURN":
            return self._asked(
                "SELECT return_id FROM returns WHERE booked > restocked + written_off"
                " AND return_id >= ? AND return_id < ? LIMIT ?",
                begun,
            )
        if parameter.name in ("warehouse", "source", "target"):
            return self._shelves(begun)
        return ()

    # ------------------------------------------------------------ the configuration

    def _configuration(self) -> Any:
        from cloudstock.config import find_config, load

        named = self._state.values.get("config")
        try:
            path = find_config(Path(named[-1]) if named else None, os.environ, Path.cwd())
            return load(path, _AnyVariable()).configuration
        except (CloudstockError, OSError):
            return None

    def _accounts(self) -> list[str]:
        configuration = self._configuration()
        return [] if configuration is None else [a.name for a in configuration.accounts]

    # ------------------------------------------------------------ the book

    def _skus(self, begun: str) -> list[str]:
        return self._asked(
            "SELECT sku FROM product WHERE sku >= ? AND sku < ? ORDER BY sku LIMIT ?", begun
        )

    def _listings(self, begun: str) -> list[str]:
        accounts = self._state.values.get("account", [])
        which = f" AND a.name IN ({', '.join('?' * len(accounts))})" if accounts else ""
        return self._asked(
            "SELECT l.offer_id FROM account a CROSS JOIN listing l ON l.account_id = a.id"
            f" WHERE l.offer_id >= ? AND l.offer_id < ?{which} LIMIT ?",
            begun,
            *accounts,
        )

    def _shelves(self, begun: str) -> list[str]:
        configuration = self._configuration()
        accounts = () if configuration is None else configuration.accounts
        return [
            *(w.feeds_from for a in accounts for w in a.warehouses),
            *self._asked(
                "SELECT name FROM warehouse WHERE id <> 0 AND name >= ? AND name < ? LIMIT ?",
                begun,
            ),
        ]

    def _asked(self, sql: str, begun: str, *values: str) -> list[str]:
        """Return the first column of what the book answers; nothing where there is none."""
        configuration = self._configuration()
        if configuration is None:
            return []
        # Read only: looking makes no book and changes none.
        where = f"file:{quote(bytes(Path(configuration.database).resolve()))}?mode=ro"
        bounds = (begun, f"{begun}\U0010ffff")
        try:
            with closing(sqlite3.connect(where, uri=True, timeout=BUSY_TIMEOUT_S)) as book:
                return [r[0] for r in book.execute(sql, (*bounds, *values, OFFERED))]
        except sqlite3.Error:
            return []


class _AnyVariable(Mapping[str, str]):
    """An environment in which no variable is missing: keys are not needed to complete a line."""

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name, "1")

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)
