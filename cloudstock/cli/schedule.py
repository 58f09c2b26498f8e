"""The command that has everything run by itself."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from typer import Option

from cloudstock.cli.command import command
from cloudstock.cli.run import Run
from cloudstock.config.file import find_config
from cloudstock.errors import ConfigurationError, Exit, UsageProblem
from cloudstock.language import tr

Cron = Annotated[bool, Option("--cron", help="By lines of your crontab.")]
Systemd = Annotated[bool, Option("--systemd", help="By timers of your own systemd.")]
Install = Annotated[bool, Option("--install", help="Install and start them.")]
Remove = Annotated[bool, Option("--remove", help="Take back what --install wrote.")]


@command(
    "cloudstock schedule --cron",
    "cloudstock schedule --cron --install",
    "cloudstock schedule --systemd --install",
    "cloudstock schedule --cron --remove",
    dry_run=True,
)
def schedule(
    run: Run,
    cron: Cron = False,
    systemd: Systemd = False,
    install: Install = False,
    remove: Remove = False,
) -> int:
    """Have cron or systemd run the jobs of this configuration.

    A round every minute, the catalog once a night, what stays wrong every hour. Without --install
    the lines or units are printed. With it the lines are put into your crontab between two marks,
    in the place of those that stood there, and all others stay as they are; or the units are
    written to ~/.config/systemd/user, and their timers started, also for when you are not logged
    in. --remove takes these lines or units back, and nothing else.
    """
    if cron == systemd:
        raise UsageProblem(tr("name one of both: --cron or --systemd"))
    if install and remove:
        raise UsageProblem(tr("name one of both: --install or --remove"))
    if remove:
        return (remove_cron if cron else remove_units)(run)
    if install:
        return (install_cron if cron else install_units)(run)
    from cloudstock import schedule as texts

    config, words = run.config.path.absolute(), texts.program()
    lines = texts.cron_lines(words, config) if cron else []
    units = {} if cron else texts.units(words, config)
    if run.common.json:
        run.done(**({"lines": lines} if cron else {"units": units}))
    elif cron:
        run.answer(f"{line}\n" for line in lines)
    else:
        run.answer(f"# ~/.config/systemd/user/{name}\n{unit}\n" for name, unit in units.items())
    return Exit.OK


def install_cron(run: Run) -> int:
    """Put the lines into the user's crontab, and tell it."""
    from cloudstock import schedule as texts
    from cloudstock.changes import schedule as changes

    config, dry_run = run.config.path.absolute(), run.common.dry_run
    lines = texts.cron_lines(texts.program(), config)
    installed = changes.install_cron(lines, config, dry_run=dry_run)
    _tell_others(run, installed.others)
    if dry_run:
        message = tr("Dry run: the crontab would hold the lines for {config}.", config=config)
    elif installed.changed:
        message = tr(
            "The crontab holds the lines for {config}: a round every minute. `crontab -l` shows"
            " them, `cloudstock schedule --cron --remove` takes them out.",
            config=config,
        )
    else:
        message = tr("The crontab holds the lines for {config} already.", config=config)
    run.done(message, changed=installed.changed, lines=lines, dry_run=dry_run)
    return Exit.OK


def remove_cron(run: Run) -> int:
    """Take the lines out of the user's crontab, and tell it."""
    from cloudstock.changes import schedule as changes

    config, dry_run = _place(run), run.common.dry_run
    removed = changes.remove_cron(config, dry_run=dry_run)
    _tell_others(run, removed.others)
    if not removed.changed:
        message = tr("The crontab holds no lines for {config}.", config=config)
    elif dry_run:
        message = tr("Dry run: the lines for {config} would leave the crontab.", config=config)
    else:
        message = tr(
            "The lines for {config} are out of the crontab; nothing runs by them any more.",
            config=config,
        )
    run.done(message, changed=removed.changed, dry_run=dry_run)
    return Exit.OK


def remove_units(run: Run) -> int:
    """Stop the timers and delete the units of the user's own systemd, and tell it."""
    from cloudstock.changes import schedule as changes

    config, dry_run, folder = _place(run), run.common.dry_run, changes.folder()
    files = changes.remove_units(config, dry_run=dry_run)
    if not files:
        message = tr("{folder} holds no units for {config}.", folder=folder, config=config)
    elif dry_run:
        message = tr(
            "Dry run: the units for {config} would leave {folder}.", folder=folder, config=config
        )
    else:
        message = tr(
            "The timers for {config} are stopped, and its units are out of {folder}. Your other"
            " timers run on when you are not logged in, until `loginctl disable-linger`.",
            folder=folder,
            config=config,
        )
    run.done(message, files=files, dry_run=dry_run)
    return Exit.OK


def _place(run: Run) -> Path:
    """Return the configuration's whole path; it need not be right, or there any more."""
    with suppress(ConfigurationError):
        # It says which language is spoken.
        return run.config.path.absolute()
    return find_config(run.common.config, os.environ, Path.cwd()).absolute()


def _tell_others(run: Run, lines: list[str]) -> None:
    for line in lines:
        run.problem(tr("the crontab has another line that runs cloudstock: {line}", line=line))


def install_units(run: Run) -> int:
    """Write the units of the user's own systemd, start the timers, and tell it."""
    from cloudstock import schedule as texts
    from cloudstock.changes import schedule as changes

    config, dry_run = run.config.path.absolute(), run.common.dry_run
    files = changes.install_units(texts.units(texts.program(), config), config, dry_run=dry_run)
    folder = files[0].parent
    if dry_run:
        message = tr(
            "Dry run: {folder} would hold the units for {config}.", folder=folder, config=config
        )
    else:
        message = tr(
            "{folder} holds the units for {config}, and the timers run: a round every minute."
            " `systemctl --user list-timers` shows them, `cloudstock schedule --systemd --remove`"
            " takes them away.",
            folder=folder,
            config=config,
        )
    run.done(message, files=files, dry_run=dry_run)
    return Exit.OK
