"""What every command has in common: its options, which may stand before its name or after it.

A command is a function `act(run, **its own parameters) -> exit code`; annotations declare its
parameters. Parsing only chooses it: nothing is done before the whole command line is known to be
right. Declarations are our own and not typer's, which costs more to load than most commands to run:
`quick` reads ordinary command lines by them, `program` makes typer's commands of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from cloudstock.cli.run import Common, Run
from cloudstock.domain import grammar
from cloudstock.language import tr

Act = Callable[..., int]
Parser = Callable[[str], object]


class NotUnderstood(ValueError):
    """A parser's word on a value that cannot be."""


class LogFormat(StrEnum):
    """How the log on stderr is written."""

    TEXT = "text"
    JSON = "json"


class Language(StrEnum):
    """What messages and help are written in."""

    EN = "en"
    RU = "ru"


class Option:
    """An option as a command declares it, beside its type in `Annotated`."""

    __slots__ = ("choices", "help", "hidden", "max", "metavar", "min", "names", "parser")

    def __init__(
        self,
        *names: str,
        help: str,  # noqa: A002 - as everyone calls it
        metavar: str | None = None,
        parser: Parser | None = None,
        min: float | None = None,  # noqa: A002
        max: float | None = None,  # noqa: A002
        hidden: bool = False,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar
        # Returns what a text stands for, raises `NotUnderstood`; None: the type tells.
        self.parser = parser
        # Bounds of a number, both ends included.
        self.min = min
        self.max = max
        self.hidden = hidden
        # Values that its parser takes, to be offered to who types.
        self.choices = choices

    def hide(self) -> Option:
        """Return the same option, left out of the help."""
        return Option(
            *self.names,
            help=self.help,
            metavar=self.metavar,
            parser=self.parser,
            min=self.min,
            max=self.max,
            hidden=True,
            choices=self.choices,
        )


class Argument:
    """An argument as a command declares it, beside its type in `Annotated`."""

    __slots__ = ("help", "metavar", "parser")

    def __init__(
        self,
        *,
        metavar: str,
        help: str,  # noqa: A002 - as everyone calls it
        parser: Parser | None = None,
    ) -> None:
        self.metavar = metavar
        self.help = help
        self.parser = parser


class Command(NamedTuple):
    """A command before anybody parses for it."""

    act: Act
    # Whole command lines.
    examples: tuple[str, ...]
    dry_run: bool
    # Common options that its help tells; the others work as well.
    tells: tuple[str, ...]
    # Takes numbers such as -3 as arguments.
    signed: bool
    # Meets the marketplaces.
    talks: bool

    def own_parameters(self) -> list[inspect.Parameter]:
        """Return the parameters that only this command has, annotated with types."""
        _, *own = inspect.signature(self.act, eval_str=True).parameters.values()
        return own

    def common_parameters(self) -> list[inspect.Parameter]:
        """Return those that it shares with others."""
        own = [*([DRY_RUN] if self.dry_run else []), *([RECORD] if self.talks else [])]
        return [*own, *common_parameters(self.tells)]


@dataclass(slots=True)
class Choice:
    """What the command line asks for; filled by parsing."""

    common: Common = field(default_factory=Common)
    run: Run | None = None
    # The command's own parameters, as it is called with them.
    given: dict[str, Any] = field(default_factory=dict)
    act: Callable[[], int] | None = None

    def choose(self, name: str, own: Command, given: dict[str, Any]) -> None:
        """Take a command with all of its parameters, common ones among them."""
        common = with_common(self.common, given)
        if own.dry_run:
            common = common._replace(dry_run=given.pop("dry_run"))
        if own.talks:
            common = common._replace(record=given.pop("record"))
        run = self.run = Run(name, common)
        self.given = given
        self.act = lambda: own.act(run, **given)


def command(
    *examples: str,
    dry_run: bool = False,
    tells: tuple[str, ...] = ("json_output",),
    signed: bool = False,
    talks: bool = False,
) -> Callable[[Act], Command]:
    """Make a function a command; its docstring is the help, its annotations the parameters."""
    return lambda act: Command(act, examples, dry_run, tells, signed, talks)


_COMMON: dict[str, Any] = {
    "config": Annotated[
        Path | None, Option("--config", metavar="FILE", help="The configuration file.")
    ],
    "account": Annotated[
        list[str] | None,
        Option("--account", metavar="NAME", help="Only this account; may be repeated."),
    ],
    "json_output": Annotated[bool, Option("--json", help="Print JSON.")],
    "quiet": Annotated[bool, Option("--quiet", "-q", help="Print only problems.")],
    "verbose": Annotated[bool, Option("--verbose", "-v", help="Log every step.")],
    "log_format": Annotated[
        LogFormat | None,
        Option("--log-format", metavar="text|json", help="How the log is written."),
    ],
    "lang": Annotated[
        Language | None,
        Option("--lang", metavar="en|ru", help="The language of messages and help."),
    ],
}
_DEFAULTS: dict[str, object] = {"json_output": False, "quiet": False, "verbose": False}
DRY_RUN = inspect.Parameter(
    "dry_run",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool, Option("--dry-run", help="Show what would be done, and change nothing.")
    ],
)
RECORD = inspect.Parameter(
    "record",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        Path | None,
        Option(
            "--record",
            metavar="FILE",
            help="Write what is asked and answered to a new file, for a report: names, phones,"
            " addresses, e-mails and keys are taken out; articles and names of goods stay.",
        ),
    ],
)


def common_parameters(tells: Sequence[str]) -> list[inspect.Parameter]:
    """Return the common options as parameters; those not in `tells` are left out of the help."""
    parameters = []
    for name, annotation in _COMMON.items():
        kind, option = annotation.__origin__, annotation.__metadata__[0]
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=_DEFAULTS.get(name),
                annotation=Annotated[kind, option if name in tells else option.hide()],
            )
        )
    return parameters


def with_common(common: Common, given: dict[str, Any]) -> Common:
    """Take the common options out of `given` and lay them over `common`."""
    config = given.pop("config")
    accounts = given.pop("account") or ()
    log_format = given.pop("log_format")
    language = given.pop("lang")
    return common._replace(
        config=config or common.config,
        accounts=tuple(dict.fromkeys([*common.accounts, *accounts])),
        json=given.pop("json_output") or common.json,
        quiet=given.pop("quiet") or common.quiet,
        verbose=given.pop("verbose") or common.verbose,
        log_format=str(log_format or common.log_format),
        language=common.language if language is None else str(language),
    )


class Kind(NamedTuple):
    """The type of a parameter, taken apart."""

    # Of one value.
    type: type
    # A list of them.
    several: bool

    @classmethod
    def of(cls, annotation: Any) -> Kind:
        """Return the kind of `Annotated[T | None, ...]` or `Annotated[list[T], ...]`."""
        kind = annotation.__origin__
        kind = next((k for k in _members(kind) if k is not type(None)), kind)
        if get_origin(kind) is list:
            return cls(get_args(kind)[0], several=True)
        return cls(kind, several=False)


def _members(kind: Any) -> tuple[Any, ...]:
    """Return the members of a union; of anything else none."""
    return get_args(kind) if get_origin(kind) is UnionType else ()


def whole_number(text: str) -> int:
    """Return a signed whole number; raises `NotUnderstood` for anything else."""
    number = grammar.whole_number(text)
    if number is None:
        raise NotUnderstood(tr("{text!r} is not a whole number", text=text))
    return number
