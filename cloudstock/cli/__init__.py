"""The command line: options in, one job called, its result rendered; no decisions.

Each group of commands is a module of its own, imported when one of its commands is asked for, so
that `show-stock` does not wait for what `sync` needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from cloudstock.cli.command import (
    CONTEXT,
    Choice,
    Command,
    LightHelp,
    build,
    common_parameters,
    lighten,
    with_common,
    write_parameters,
)

# Title in the help, module, commands; each is the function of its name.
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Begin", "cloudstock.cli.begin", ("init", "check", "demo", "sandbox")),
    (
        "The marketplaces (cron runs these)",
        "cloudstock.cli.jobs",
        ("sync", "pull-catalog", "poll-orders", "poll-returns", "poll-reserves", "push-stocks"),
    ),
    (
        "Look",
        "cloudstock.cli.look",
        (
            "status",
            "show-stock",
            "explain",
            "show-orders",
            "show-returns",
            "show-history",
        ),
    ),
    (
        "The shelf",
        "cloudstock.cli.shelf",
        (
            "set-stock",
            "adjust-stock",
            "import-stock",
            "export-stock",
            "receive-return",
            "link-listing",
            "unlink-listing",
        ),
    ),
    ("The book", "cloudstock.cli.book", ("backup", "restore")),
)

EPILOG = """\b
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
"""


def parse(arguments: Sequence[str]) -> Choice | int:
    """Return what the command line asks to do; an exit code where that is done or wrong already.

    Help and usage errors are printed here; nothing else happens.
    """
    choice = Choice()
    try:
        _group().main(args=list(arguments), prog_name="cloudstock", obj=choice)
    except SystemExit as ending:
        if ending.code or choice.act is None:
            return ending.code if isinstance(ending.code, int) else 0
    return choice


class _Commands(Mapping[str, Any]):
    """Every command by name, made when it is looked up."""

    def __init__(self) -> None:
        self._modules = {n: module for _, module, names in SECTIONS for n in names}
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module = import_module(self._modules[name])
            own = getattr(module, name.replace("-", "_"))
            assert isinstance(own, Command), f"{name} is not a command"
            self._made[name] = build(name, own)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class _Group(LightHelp, TyperGroup):
    """Lists its commands by section."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        write_parameters(self.get_params(ctx), formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as typer calls it
        for title, _, names in SECTIONS:
            rows = [(f"{n:<14}", self.commands[n].get_short_help_str(80)) for n in names]
            with formatter.section(title):
                formatter.write_dl(rows, col_max=20)


def _version(wanted: bool) -> None:
    if wanted:
        from cloudstock import __version__

        print(f"cloudstock {__version__}")  # noqa: T201 - stdout is the answer
        raise typer.Exit


def _group() -> TyperGroup:
    app = typer.Typer(cls=_Group, rich_markup_mode=None, pretty_exceptions_enable=False)

    def cloudstock(context: typer.Context, **given: Any) -> None:
        given.pop("version")
        context.obj.common = with_common(context.obj.common, given)

    import inspect

    version = inspect.Parameter(
        "version",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[
            bool,
            typer.Option(
                "--version", callback=_version, is_eager=True, help="Print the version and exit."
            ),
        ],
    )
    first = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    tells = ("config", "account", "json_output", "quiet", "verbose", "log_format")
    common = common_parameters(tells)
    cloudstock.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [first, *common, version]
    )
    cloudstock.__annotations__ = {}
    app.callback(
        no_args_is_help=True,
        context_settings=CONTEXT,
        epilog=EPILOG,
        help="Keeps one physical stock true on Ozon, Wildberries and Yandex.Market.",
    )(cloudstock)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    group.commands = cast("dict[str, Any]", _Commands())
    lighten(group.params, common)
    for parameter in group.params:
        # Typer's own; they work, and the README tells of them.
        if parameter.name in ("install_completion", "show_completion"):
            cast(Any, parameter).hidden = True
    return group
