"""The program as typer knows it: its commands, each imported when it is asked for."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cloudstock.cli import SECTIONS, options, words
from cloudstock.cli.command import CONTEXT, Choice, InOurWords, declare_parameters, translate
from cloudstock.cli.options import Common
from cloudstock.cli.run import OutputFailed
from cloudstock.domain.texts import is_fit
from cloudstock.errors import Exit
from cloudstock.language import LANGUAGES, language_of, mark, spoken, tr, use

NAME = "cloudstock"
# The shell asks for completions through it.
COMPLETION = "_CLOUDSTOCK_COMPLETE"

EPILOG = mark("""\
Exit codes:
  0    done
  1    something failed, or `status` found something wrong; the rest is done
  2    wrong usage or a bad input file; nothing was changed
  75   try again later: another run is at work, or no account was reachable
  77   every account refused the credentials
  78   the configuration is wrong
  130  interrupted (143: terminated); what was done is kept

Begin with `cloudstock demo`: everything at work, no account needed.
`cloudstock COMMAND --help` tells more of each command, with examples.
""")


def parse(arguments: Sequence[str]) -> Choice | int:
    """Return what the command line asks to do; an exit code where that is done or wrong already.

    Help and usage errors are printed here; nothing else happens. From here on the program speaks
    the language that the line asks for, else the environment's.
    """
    use(_language_in(arguments) or language_of())
    program = typer.main.get_command(app)
    if COMPLETION in os.environ:
        return _complete(program)
    out = sys.stdout if arguments else sys.stderr
    try:
        if not all(is_fit(word) or _is_file_to_read(word, arguments) for word in arguments):
            # No database holds them, nor can they be shown.
            raise typer.BadParameter(tr("expected text in UTF-8"))
        # Typer's `main` would end the program at Ctrl-C, with a code and no word of its own.
        with (
            redirect_stdout(out),
            program.make_context(NAME, list(arguments or ["--help"])) as context,
        ):
            choice = program.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code if arguments else Exit.USAGE
    except typer.TyperException as mistake:
        words.tell(mistake)
        return mistake.exit_code
    except OSError as error:
        raise OutputFailed(error) from error
    assert isinstance(choice, Choice)
    use(choice.run.common.language or language_of())
    return choice


def _is_file_to_read(word: str, arguments: Sequence[str]) -> bool:
    """Tell whether a word is the name of a file to import: such names are bytes, told as text."""
    return "import-stock" in arguments and "\0" not in word and Path(word).is_file()


def _complete(program: Any) -> int:
    # Tells typer of the shells.
    import cloudstock.cli.completion  # noqa: F401

    os.environ[COMPLETION] = f"complete_{os.environ[COMPLETION]}"
    try:
        program.main(prog_name=NAME)
    except SystemExit as ending:
        return int(ending.code or 0)
    return Exit.OK


def _language_in(arguments: Sequence[str]) -> str | None:
    """Return the last language that is asked for by --lang: help and mistakes are in it, too."""
    language = None
    for word, following in pairwise([*arguments, ""]):
        name, _, value = word.partition("=")
        if name == "--lang" and (value or following) in LANGUAGES:
            language = value or following
    return language


class Program(InOurWords, TyperGroup):
    """The commands by section; the module of each is imported when it is looked up."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        translate(self)
        self.epilog = spoken(self.epilog or "")
        self.subcommand_metavar = tr("COMMAND [ARGS]...")
        self._sections = {name: section for section in SECTIONS for name in section[2]}
        # For suggestions the names are there; each command takes its place when it is asked for.
        self.commands: dict[str, Any] = dict.fromkeys(self._sections)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as typer calls it
        """Return the names in the order of the help."""
        return list(self._sections)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return the command of a name, None where there is none."""
        if cmd_name not in self._sections:
            return None
        if self.commands[cmd_name] is None:
            title, module, _ = self._sections[cmd_name]
            single = getattr(import_module(module), cmd_name.replace("-", "_"))
            made: Any = typer.main.get_command(single)
            made.rich_help_panel = spoken(title)
            self.commands[cmd_name] = made
        return self.commands[cmd_name]


app = typer.Typer(cls=Program, add_completion=False, context_settings=CONTEXT, epilog=EPILOG)


def _print_version(wanted: bool) -> None:
    if wanted:
        from cloudstock import __version__

        print(f"cloudstock {__version__}")  # noqa: T201 - stdout is the answer
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
    ),
]


def cloudstock(context: typer.Context, *, version: Version = False, **given: Any) -> None:  # noqa: ARG001
    """Keeps one physical stock true on Ozon, Wildberries and Yandex.Market."""
    context.obj = Common().joined(given)


_own = list(inspect.signature(cloudstock, eval_str=True).parameters.values())[1:-1]
declare_parameters(cloudstock, [*_own, *options.parameters("dry_run", "record")])
app.callback()(cloudstock)
