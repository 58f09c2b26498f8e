"""What every command has in common: its options, which may stand before its name or after it.

A command is a function `act(run, **its own parameters) -> exit code`. Parsing only chooses it:
nothing is done before the whole command line is known to be right.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cloudstock.cli.run import Common, Run

Act = Callable[..., int]

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


class LogFormat(StrEnum):
    """How the log on stderr is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Command:
    """A command before typer knows of it."""

    act: Act
    # Whole command lines.
    examples: tuple[str, ...]
    dry_run: bool
    # Common options that its help tells; the others work as well.
    tells: tuple[str, ...]
    # Takes numbers such as -3 as arguments.
    signed: bool


@dataclass(slots=True)
class Choice:
    """What the command line asks for; filled by parsing."""

    common: Common = field(default_factory=Common)
    run: Run | None = None
    act: Callable[[], int] | None = None


def command(
    *examples: str,
    dry_run: bool = False,
    tells: tuple[str, ...] = ("json_output",),
    signed: bool = False,
) -> Callable[[Act], Command]:
    """Make a function a command; its docstring is the help, its annotations the parameters."""
    return lambda act: Command(act, examples, dry_run, tells, signed)


_COMMON: dict[str, Any] = {
    "config": Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The configuration file."),
    ],
    "account": Annotated[
        list[str] | None,
        typer.Option("--account", metavar="NAME", help="Only this account; may be repeated."),
    ],
    "json_output": Annotated[bool, typer.Option("--json", help="Print JSON.")],
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems.")],
    "verbose": Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")],
    "log_format": Annotated[
        LogFormat | None,
        typer.Option("--log-format", metavar="text|json", help="How the log is written."),
    ],
}
_DEFAULTS: dict[str, object] = {"json_output": False, "quiet": False, "verbose": False}
_DRY_RUN = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")
]


def common_parameters(tells: tuple[str, ...]) -> list[inspect.Parameter]:
    """Return the common options as parameters; those not in `tells` are left out of the help."""
    parameters = []
    for name, annotation in _COMMON.items():
        kind, option = annotation.__origin__, annotation.__metadata__[0]
        if name not in tells:
            option = _hidden(option)
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=_DEFAULTS.get(name),
                annotation=Annotated[kind, option],
            )
        )
    return parameters


def _hidden(option: Any) -> Any:
    from copy import copy

    hidden = copy(option)
    hidden.hidden = True
    return hidden


def with_common(common: Common, given: dict[str, Any]) -> Common:
    """Take the common options out of `given` and lay them over `common`."""
    config = given.pop("config")
    accounts = given.pop("account") or ()
    log_format = given.pop("log_format")
    return replace(
        common,
        config=config or common.config,
        accounts=tuple(dict.fromkeys([*common.accounts, *accounts])),
        json=given.pop("json_output") or common.json,
        quiet=given.pop("quiet") or common.quiet,
        verbose=given.pop("verbose") or common.verbose,
        log_format=str(log_format or common.log_format),
    )


def build(name: str, own: Command) -> TyperCommand:
    """Return the typer command; running it stores in the context's `Choice` what to do."""
    signature = inspect.signature(own.act, eval_str=True)
    _, *parameters = signature.parameters.values()

    def choose(context: typer.Context, **given: Any) -> None:
        choice: Choice = context.obj
        common = with_common(choice.common, given)
        if own.dry_run:
            common = replace(common, dry_run=given.pop("dry_run"))
        run = choice.run = Run(name, common)
        choice.act = lambda: own.act(run, **given)

    extra = common_parameters(own.tells)
    if own.dry_run:
        extra.insert(
            0,
            inspect.Parameter(
                "dry_run", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_DRY_RUN
            ),
        )
    first = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    choose.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [first, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters), *extra]
    )
    choose.__annotations__ = {}
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(
        name,
        cls=_SignedCommand if own.signed else _Command,
        help=inspect.getdoc(own.act),
        epilog=_epilog(own.examples),
        context_settings=CONTEXT,
    )(choose)
    built = typer.main.get_command(single)
    assert isinstance(built, TyperCommand)
    lighten(built.params, [*parameters, *extra])
    return built


def lighten(parsed: Sequence[Any], declared: Sequence[inspect.Parameter]) -> None:
    """Let text, paths and what has a parser of its own be converted without typer's pydantic.

    Importing that costs as much as all the rest of a `show-stock`, and typer asks it even about
    options that were not given. Numbers and choices still go there when they are given.
    """
    kinds = {p.name: p.annotation for p in declared}
    for parameter in parsed:
        parameter.process_value = _Light(parameter, kinds.get(parameter.name))


class _Light:
    """Stands in for one parameter's `process_value`."""

    def __init__(self, parameter: Any, annotation: Any) -> None:
        self._parameter = parameter
        self._otherwise = parameter.process_value
        self._convert: Callable[[str], Any] | None = None
        if annotation is None:
            # One of typer's own.
            return
        parser = annotation.__metadata__[0].parser
        kinds = annotation.__args__ if hasattr(annotation, "__args__") else ()
        kind = kinds[0] if kinds else None
        kind = next((k for k in getattr(kind, "__args__", ()) if k is not type(None)), kind)
        if parser is not None:
            self._convert = parser
        elif kind in (str, list[str]):
            self._convert = str
        elif kind is Path:
            self._convert = Path

    def __call__(self, ctx: Any, value: Any) -> Any:
        parameter = self._parameter
        if (value is None or value is False) and not parameter.required:
            return value
        texts = [value] if isinstance(value, str) else value
        if (
            self._convert is None
            or not texts
            or not isinstance(texts, tuple | list)
            or parameter.callback is not None
        ):
            plain = isinstance(value, bool | int | float) and parameter.callback is None
            return value if plain else self._otherwise(ctx, value)
        try:
            converted = tuple(self._convert(x) if isinstance(x, str) else x for x in texts)
        except typer.BadParameter as problem:
            problem.ctx, problem.param = ctx, parameter
            raise
        return converted[0] if isinstance(value, str) else converted


def _epilog(examples: tuple[str, ...]) -> str:
    title = "Example:" if len(examples) == 1 else "Examples:"
    lines = "\n".join(f"  {e}" for e in examples)
    return (
        f"\b\n{title}\n{lines}\n\n"
        "Also takes --config, --account, --json, --quiet, --verbose and --log-format, here or"
        " before the command's name; exit codes: see `cloudstock --help`."
    )


class LightHelp:
    """For commands and groups: --help is asked on every line, so it is converted lightly too."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return typer's own option, converted lightly."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None and not isinstance(option.process_value, _Light):
            lighten([option], [])
        return option


class _Command(LightHelp, TyperCommand):
    """Names its arguments in usage and help as its examples do."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as typer calls it
        names = [p.metavar for p in self.params if p.param_type_name == "argument"]
        return ["[OPTIONS]", *(n for n in names if n)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        write_parameters(self.get_params(ctx), formatter)


def write_parameters(parameters: Sequence[Any], formatter: Any) -> None:
    """Write the help of arguments and options; defaults and bounds are part of their words."""
    arguments, options = [], []
    for p in parameters:
        if getattr(p, "hidden", False):
            continue
        if p.param_type_name == "argument":
            arguments.append((p.metavar, p.help or ""))
        else:
            value = "" if p.is_flag else f" {p.metavar}"
            options.append((", ".join(sorted(p.opts, key=len)) + value, p.help or ""))
    for title, rows in (("Arguments", arguments), ("Options", options)):
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows, col_max=24)


class _SignedCommand(_Command):
    """Takes -3 as an argument where typer would look for an option called 3.

    The sign is replaced by the typographic one while the line is parsed, so that everything else
    that starts with a dash is still an option, and a mistyped one still told as such.
    """

    _NUMBER = re.compile(r"-\d+")

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        veiled = {f"\N{MINUS SIGN}{a[1:]}": a for a in args if self._NUMBER.fullmatch(a)}
        swapped = {plain: veil for veil, plain in veiled.items()}
        rest: list[str] = super().parse_args(ctx, [swapped.get(a, a) for a in args])
        for key, value in ctx.params.items():
            if isinstance(value, str):
                ctx.params[key] = veiled.get(value, value)
        return rest


def whole_number(text: str) -> int:
    """Return a signed whole number; raises `typer.BadParameter` for anything else."""
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"[+-]?\d{1,12}", plain, re.ASCII):
        return int(plain)
    raise typer.BadParameter(f"{text!r} is not a whole number")
