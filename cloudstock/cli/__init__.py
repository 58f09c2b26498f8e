"""The command line: options in, one job called, its result rendered; no decisions.

Each group of commands is a module of its own, imported when one of its commands is asked for, so
that `show-stock` does not wait for what `sync` needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import pairwise

from cloudstock.cli import quick
from cloudstock.cli.command import Choice, Command
from cloudstock.language import LANGUAGES, language_of, use

# Title in the help, module, commands; each is the function of its name.
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Begin", "cloudstock.cli.begin", ("init", "check", "demo", "sandbox", "completion")),
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
    ("Insight", "cloudstock.cli.insight", ("report",)),
    ("Find", "cloudstock.cli.lists", ("products", "listings")),
    (
        "The shelf",
        "cloudstock.cli.shelf",
        (
            "set-stock",
            "adjust-stock",
            "move-stock",
            "set-policy",
            "import-stock",
            "export-stock",
            "receive-return",
            "link-listing",
            "unlink-listing",
        ),
    ),
    ("Try out", "cloudstock.cli.simulate", ("simulate",)),
    ("Notices", "cloudstock.cli.notices", ("notify",)),
    ("The book", "cloudstock.cli.book", ("backup", "restore")),
    ("In the browser", "cloudstock.cli.web", ("web",)),
    ("The manual", "cloudstock.cli.help", ("help",)),
)


def parse(arguments: Sequence[str]) -> Choice | int:
    """Return what the command line asks to do; an exit code where that is done or wrong already.

    Help and usage errors are printed here; nothing else happens. From here on the program speaks
    the language that the line asks for, else the environment's.
    """
    commands = Commands()
    form = os.environ.get(quick.COMPLETION)
    if form is not None:
        from cloudstock.cli.completion import answer

        return answer(form, arguments, commands)
    choice: Choice | int | None = quick.parse(arguments, commands)
    if choice is None:
        from cloudstock.cli import program

        # Help and mistakes are told before the line is understood.
        use(_language_in(arguments) or language_of())
        choice = program.parse(arguments, commands)
    if isinstance(choice, Choice) and choice.run is not None:
        use(choice.run.common.language or language_of())
    return choice


def _language_in(arguments: Sequence[str]) -> str | None:
    """Return the last language that is asked for by --lang, as it is written."""
    found = None
    for word, following in pairwise([*arguments, ""]):
        name, _, asked = word.partition("=")
        asked = asked or following
        if name == "--lang" and asked in LANGUAGES:
            found = asked
    return found


class Commands(Mapping[str, Command]):
    """Every command by name; its module is imported when it is looked up."""

    def __init__(self) -> None:
        self._modules = {n: module for _, module, names in SECTIONS for n in names}

    def __getitem__(self, name: str) -> Command:
        own = getattr(import_module(self._modules[name]), name.replace("-", "_"))
        assert isinstance(own, Command), f"{name} is not a command"
        return own

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)
