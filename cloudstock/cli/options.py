"""The options of all commands, declared once: they stand before a command's name or after it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints

from typer import Argument, Option

from cloudstock.cli import values
from cloudstock.language import Language, mark
from cloudstock.log_format import Format

PANEL = mark("Options of all commands")


class Common(NamedTuple):
    """What the options of all commands say; `dry_run` and `record` only where they are offered."""

    config: Annotated[
        Path | None,
        Option("--config", metavar="FILE", help="The configuration file.", rich_help_panel=PANEL),
    ] = None
    accounts: Annotated[
        list[str] | None,
        Option(
            "--account",
            metavar="NAME",
            help="Only this account; may be repeated.",
            autocompletion=values.accounts,
            rich_help_panel=PANEL,
        ),
    ] = None
    json: Annotated[bool, Option("--json", help="Print JSON.", rich_help_panel=PANEL)] = False
    quiet: Annotated[
        bool, Option("--quiet", "-q", help="Print only problems.", rich_help_panel=PANEL)
    ] = False
    verbose: Annotated[
        bool, Option("--verbose", "-v", help="Log every step.", rich_help_panel=PANEL)
    ] = False
    log_format: Annotated[
        Format | None,
        Option("--log-format", help="How the log is written.", rich_help_panel=PANEL),
    ] = None
    # None: as the configuration says, else the environment.
    language: Annotated[
        Language | None,
        Option("--lang", help="The language of messages and help.", rich_help_panel=PANEL),
    ] = None
    dry_run: Annotated[
        bool, Option("--dry-run", help="Show what would be done, and change nothing.")
    ] = False
    record: Annotated[
        Path | None,
        Option(
            "--record",
            metavar="FILE",
            help="Write what is asked and answered to a new file, for a report: names, phones,"
            " addresses, e-mails and keys are taken out; articles and names of goods stay.",
        ),
    ] = None

    def joined(self, later: Mapping[str, Any]) -> Common:
        """Return these options with those that were given later; accounts are taken together."""
        accounts = [*(self.accounts or ()), *(later["accounts"] or ())]
        given = {name: value for name, value in later.items() if value}
        return self._replace(**given | {"accounts": list(dict.fromkeys(accounts)) or None})


Force = Annotated[bool, Option("--force", help="Replace an existing file.")]


def parameters(*left_out: str) -> list[inspect.Parameter]:
    """Return the options as parameters of a function, without those of these names."""
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=Common._field_defaults[name],
            annotation=annotation,
        )
        for name, annotation in get_type_hints(Common, include_extras=True).items()
        if name not in left_out
    ]


def sku_argument(help: str) -> Any:  # noqa: A002 - as typer calls it
    """Return an argument that is an article, or several."""
    return Argument(metavar="SKU", help=help, autocompletion=values.skus)


def warehouse_option(name: str, help: str) -> Any:  # noqa: A002
    """Return an option that names a warehouse."""
    return Option(name, metavar="NAME", help=help, autocompletion=values.warehouses)
