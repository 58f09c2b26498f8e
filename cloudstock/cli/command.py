"""How a function becomes a command of typer's.

A command is a function `act(run, **its own parameters) -> exit code`; its annotations declare its
parameters, its docstring is the help. A signature may be made from data: `__signature__` is what
is read. Parsing only chooses a command: nothing is done before the whole line is known to be right.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperCommand

from cloudstock.cli import options
from cloudstock.cli.run import Run
from cloudstock.errors import ConfigurationError
from cloudstock.language import spoken, tr
from cloudstock.language.local import utc

if TYPE_CHECKING:
    from cloudstock.cli.options import Common

Act = Callable[..., int]
# How every command is read and its help is written.
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


class Choice(NamedTuple):
    """What a command line asks for."""

    run: Run
    # Does it with the command's own parameters, and returns the exit code.
    act: partial[int]


def command(
    *examples: str, dry_run: bool = False, signed: bool = False, talks: bool = False
) -> Callable[[Act], typer.Typer]:
    """Make a function a command, with the options of all commands.

    `examples`: whole command lines. `signed`: takes numbers such as -3 as arguments. `talks`: meets
    the marketplaces, so that --record is offered.
    """
    left_out = [*([] if dry_run else ["dry_run"]), *([] if talks else ["record"])]

    def declare(act: Act) -> typer.Typer:
        _, *own = inspect.signature(act, eval_str=True).parameters.values()
        shared = options.parameters(*left_out)
        name = act.__name__.replace("_", "-")

        def choose(context: typer.Context, **given: Any) -> Choice:
            common: Common = context.obj
            run = Run(name, common.joined({p.name: given.pop(p.name) for p in shared}))
            return Choice(run, partial(_act_by_the_clock, act, run, **given))

        declare_parameters(choose, [*own, *shared])
        single = typer.Typer(add_completion=False)
        single.command(
            name,
            cls=SignedCommand if signed else Command,
            help=act.__doc__,
            epilog="\n".join(examples),
            context_settings=CONTEXT,
        )(choose)
        return single

    return declare


def _act_by_the_clock(act: Act, run: Run, /, **given: Any) -> int:
    """Do it, times that were written without a zone taken by the clock that is configured."""
    written = {name: at for name, at in given.items() if isinstance(at, date) and not _aware(at)}
    if written:
        with suppress(ConfigurationError):
            # It tells of its mistakes where it is needed.
            _ = run.config
        given = given | {name: utc(at) for name, at in written.items()}
    return act(run, **given)


def _aware(at: date) -> bool:
    return isinstance(at, datetime) and at.tzinfo is not None


def declare_parameters(function: Any, parameters: list[inspect.Parameter]) -> None:
    """Give a function the signature that typer shall see: the context, then these by keyword."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    context = inspect.Parameter("context", kind, annotation=typer.Context)
    by_keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    function.__signature__ = inspect.Signature([context, *by_keyword])


def translate(command: Any) -> None:
    """Put the help of a command, or of the group of them, into the language in use."""
    command.help = paragraphs(command.help or "")
    command.options_metavar = tr("[OPTIONS]")
    for parameter in command.params:
        is_option = parameter.param_type_name == "option"
        parameter.help = spoken(parameter.help or "")
        # A flag takes no value, so nothing stands for one.
        is_flag = is_option and parameter.is_flag
        parameter.metavar = "" if is_flag else parameter.metavar and metavar(parameter.metavar)
        if not is_option and not parameter.type_descriptor.is_choice:
            # Its help says what it is; the type is a word of Python's.
            parameter.display_type_rich = _no_type
        if isinstance(parameter.show_default, str):
            parameter.show_default = spoken(parameter.show_default)
        panel = parameter.rich_help_panel
        usual = tr("Options") if is_option else tr("Arguments")
        parameter.rich_help_panel = spoken(panel) if panel else usual


def _no_type(ctx: Any) -> None:
    """Show no type."""


class InOurWords:
    """For commands and the group of them: what typer itself says in the language in use."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return typer's own --help."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = tr("Show this message and exit.")
            option.metavar, option.rich_help_panel = "", tr("Options")
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the line of usage."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=tr("Usage: "))


class Command(InOurWords, TyperCommand):
    """A command with its examples."""

    def __init__(self, *positional: Any, epilog: str, **rest: Any) -> None:
        super().__init__(*positional, **rest)
        translate(self)
        # Whole command lines.
        self.examples = epilog.splitlines()
        title = tr("Example:") if len(self.examples) == 1 else tr("Examples:")
        self.epilog = "\n".join(["", title, *(f"  {spoken(e)}" for e in self.examples)])


class SignedCommand(Command):
    """Takes -3 as an argument where typer would look for an option called 3.

    The sign is replaced by the typographic one while the line is parsed, so that everything else
    that starts with a dash is still an option, and a mistyped one still told as such.
    """

    _NUMBER = re.compile(r"-\d+")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the line."""
        veiled = {f"\N{MINUS SIGN}{a[1:]}": a for a in args if self._NUMBER.fullmatch(a)}
        swapped = {plain: veil for veil, plain in veiled.items()}
        rest = super().parse_args(ctx, [swapped.get(a, a) for a in args])
        for key, value in ctx.params.items():
            if isinstance(value, str):
                ctx.params[key] = veiled.get(value, value)
            elif isinstance(value, list | tuple):
                ctx.params[key] = [veiled.get(v, v) for v in value]
        return rest


def paragraphs(text: str) -> str:
    """Return a docstring in the language in use; a paragraph's line breaks are not its own."""
    return "\n\n".join(spoken(" ".join(p.split())) for p in text.split("\n\n"))


def metavar(text: str) -> str:
    """Return what stands for a value in the language in use, in capitals where it has them."""
    translated = spoken(text)
    return translated.upper() if text.isupper() else translated
