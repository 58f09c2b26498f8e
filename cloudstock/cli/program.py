"""The command line as typer reads it: help, mistakes, and whatever is not ordinary.

Loaded only for those; `quick` reads the rest.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from cloudstock.cli import SECTIONS, mistakes
from cloudstock.cli.command import (
    Argument,
    Choice,
    Command,
    Kind,
    NotUnderstood,
    Option,
    Parser,
    common_parameters,
    with_common,
)
from cloudstock.language import mark, spoken, tr

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}
VERSION = Option("--version", help="Print the version and exit.")

EPILOG = mark("""\b
Exit codes:
  0    done
  1    something failed, or `status` found something wrong; the rest is done
  2    wrong usage or a bad input file; nothing was changed
  75   try again later: another run is at work, or no account was reachable
  77   every account refused the credentials
  78   the configuration is wrong
  130  interrupted (143: terminated); what was done is kept

\b
Begin with `cloudstock demo`: everything at work, no account needed.
`cloudstock COMMAND --help` tells more of each command, with examples.
""")


def parse(arguments: Sequence[str], commands: Mapping[str, Command]) -> Choice | int:
    """Return what the command line asks to do; an exit code where that is done or wrong already.

    Help and usage errors are printed here; nothing else happens.
    """
    choice = Choice()
    try:
        code = _group(commands).main(
            args=list(arguments), prog_name="cloudstock", obj=choice, standalone_mode=False
        )
    except mistakes.MISTAKE as mistake:
        return mistakes.show(mistake)
    except SystemExit as ending:
        # Completion ends so.
        code = ending.code
    if choice.act is None:
        return code if isinstance(code, int) else 0
    return choice


class _Commands(Mapping[str, Any]):
    """Every command by name, made when it is looked up."""

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._own = commands
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _build(name, self._own[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


def _build(name: str, own: Command) -> TyperCommand:
    """Return the typer command; running it stores in the context's `Choice` what to do."""

    def choose(context: typer.Context, **given: Any) -> None:
        context.obj.choose(name, own, given)

    parameters = [*own.own_parameters(), *own.common_parameters()]
    _sign(choose, parameters)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(
        name,
        cls=_SignedCommand if own.signed else _Command,
        help=_paragraphs(inspect.getdoc(own.act) or ""),
        epilog=_epilog(own.examples),
        context_settings=CONTEXT,
    )(choose)
    built = typer.main.get_command(single)
    assert isinstance(built, TyperCommand)
    lighten(built.params, parameters)
    return built


def _paragraphs(text: str) -> str:
    """Return a docstring in the language in use; a paragraph's line breaks are not its own."""
    return "\n\n".join(spoken(" ".join(p.split())) for p in text.split("\n\n"))


def _sign(function: Any, parameters: Sequence[inspect.Parameter]) -> None:
    """Give a function the signature that typer shall see: the context, then these by keyword."""
    context = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    by_keyword = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=_annotation(p))
        for p in parameters
    ]
    function.__signature__ = inspect.Signature([context, *by_keyword])
    function.__annotations__ = {}


def _annotation(parameter: inspect.Parameter) -> Any:
    """Return a parameter's annotation in typer's words."""
    kind, declared = parameter.annotation.__origin__, parameter.annotation.__metadata__[0]
    parser = None if declared.parser is None else _for_typer(declared.parser)
    if isinstance(declared, Argument):
        own = typer.Argument(
            metavar=_metavar(declared.metavar), help=spoken(declared.help), parser=parser
        )
    else:
        assert isinstance(declared, Option)
        own = typer.Option(
            *declared.names,
            metavar=None if declared.metavar is None else _metavar(declared.metavar),
            help=spoken(declared.help),
            parser=parser,
            min=declared.min,
            max=declared.max,
            hidden=declared.hidden,
            callback=_version if declared is VERSION else None,
            is_eager=declared is VERSION,
        )
    return Annotated[kind, own]


def _metavar(text: str) -> str:
    """Return what stands for a value in the language in use, in capitals where it has them."""
    said = spoken(text)
    return said.upper() if text.isupper() else said


def _for_typer(parser: Parser) -> Parser:
    """Return a parser that tells what it does not take as typer wants to be told."""

    @wraps(parser)
    def parse_value(text: str) -> object:
        try:
            return parser(text)
        except NotUnderstood as problem:
            raise typer.BadParameter(str(problem)) from None

    return parse_value


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
        declared, kind = annotation.__metadata__[0], Kind.of(annotation).type
        if declared.parser is not None:
            self._convert = _for_typer(declared.parser)
        elif kind in (str, Path):
            self._convert = kind

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
    title = tr("Example:") if len(examples) == 1 else tr("Examples:")
    lines = "\n".join(f"  {spoken(e)}" for e in examples)
    also = tr(
        "Also takes --config, --account, --json, --quiet, --verbose, --log-format and --lang, here"
        " or before the command's name; exit codes: see `cloudstock --help`."
    )
    return f"\b\n{title}\n{lines}\n\n{also}"


class LightHelp:
    """For commands and groups: --help is asked on every line, so it is converted lightly too."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return typer's own option, converted lightly."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None and not isinstance(option.process_value, _Light):
            lighten([option], [])
            option.help = tr("Show this message and exit.")
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the line of usage."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=tr("Usage: "))


class _Command(LightHelp, TyperCommand):
    """Names its arguments in usage and help as its examples do."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as typer calls it
        names = [p.metavar for p in self.params if p.param_type_name == "argument"]
        return [tr("[OPTIONS]"), *(n for n in names if n)]

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
    for title, rows in ((tr("Arguments"), arguments), (tr("Options"), options)):
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
            elif isinstance(value, list | tuple):
                ctx.params[key] = [veiled.get(v, v) for v in value]
        return rest


class _Group(LightHelp, TyperGroup):
    """Lists its commands by section."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as typer calls it
        return [tr("[OPTIONS]"), tr("COMMAND [ARGS]...")]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        write_parameters(self.get_params(ctx), formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as typer calls it
        for title, _, names in SECTIONS:
            rows = [(f"{n:<14}", self.commands[n].get_short_help_str(80)) for n in names]
            with formatter.section(spoken(title)):
                formatter.write_dl(rows, col_max=20)


def _version(wanted: bool) -> None:
    if wanted:
        from cloudstock import __version__

        print(f"cloudstock {__version__}")  # noqa: T201 - stdout is the answer
        raise typer.Exit


def _group(commands: Mapping[str, Command]) -> TyperGroup:
    app = typer.Typer(
        cls=_Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )

    def cloudstock(context: typer.Context, **given: Any) -> None:
        given.pop("version")
        context.obj.common = with_common(context.obj.common, given)

    version = inspect.Parameter(
        "version",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, VERSION],
    )
    tells = ("config", "account", "json_output", "quiet", "verbose", "log_format", "lang")
    common = common_parameters(tells)
    _sign(cloudstock, [*common, version])
    app.callback(
        no_args_is_help=True,
        context_settings=CONTEXT,
        epilog=spoken(EPILOG),
        help=tr("Keeps one physical stock true on Ozon, Wildberries and Yandex.Market."),
    )(cloudstock)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    group.commands = cast("dict[str, Any]", _Commands(commands))
    lighten(group.params, common)
    return group
