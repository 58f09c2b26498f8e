"""schedule: the lines and units of `cloudstock.schedule`, put where cron and systemd take them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cloudstock import schedule
from cloudstock.config.loading import load
from cloudstock.errors import CloudstockError, ConfigurationError, UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.writing import DOCUMENT, made

# A crontab is bytes; those that are no text go back as they came.
_ANY_BYTES = "surrogateescape"
_ASSIGNMENT = re.compile(r"(?m)^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")


class Installed(NamedTuple):
    """What a crontab holds now."""

    # False: it was there already.
    changed: bool
    # Other lines that seem to run this program.
    others: list[str]


def install_cron(lines: list[str], config: Path, *, dry_run: bool = False) -> Installed:
    """Put lines into the user's crontab, in the place of those with their marks.

    Raises `UsageProblem` where there is no cron, or the configuration wants variables that cron
    does not have; `CloudstockError` where cron does not take them. Other lines stay as they are.
    """
    table = crontab()
    wanted = schedule.with_lines(table, lines, config)
    environ = _bare_environment() | _assignments(table)
    _refuse_missing(
        config, environ, tr("cron knows only variables that the crontab itself sets: `crontab -e`")
    )
    if wanted != table and not dry_run:
        _run("crontab", "-", given=wanted)
    return Installed(wanted != table, schedule.others(table, lines))


def remove_cron(config: Path, *, dry_run: bool = False) -> Installed:
    """Take the lines of a configuration out of the user's crontab; other lines stay as they are.

    Raises `UsageProblem` where there is no cron; `CloudstockError` where it does not take that.
    """
    table = crontab()
    wanted = schedule.with_lines(table, [], config)
    if wanted != table and not dry_run:
        _run("crontab", "-", given=wanted)
    return Installed(wanted != table, schedule.others(wanted, []))


def runs(config: Path) -> bool:
    """Tell whether the user's crontab or systemd has the lines or units of a configuration."""
    try:
        table = crontab()
    except CloudstockError:
        table = ""
    return schedule.marks(config)[0] in table.splitlines() or _runs_units(config)


def _runs_units(config: Path) -> bool:
    service = folder() / schedule.SERVICE
    words = _place(service.read_text("utf-8")) if service.exists() else ""
    return words == _place(schedule.units(schedule.program(), config)[schedule.SERVICE])


def crontab() -> str:
    """Return the user's crontab, "" where there is none; raises where that is not certain."""
    done = _start("crontab", "-l")
    if done.returncode and not re.search(r"(?i)\bno crontab\b", done.stderr):
        raise _failed("crontab -l", done)
    return "" if done.returncode else done.stdout


def install_units(units: Mapping[str, str], config: Path, *, dry_run: bool = False) -> list[Path]:
    """Write units for the user's own systemd and start the timers; return the files.

    Raises `UsageProblem` where there is no systemd, one of the files is not of this configuration,
    or that wants variables which nobody sets; `CloudstockError` where systemd does not take them.
    """
    place = folder()
    files = [place / name for name in units]
    service = units[schedule.SERVICE]
    there = place / schedule.SERVICE
    if there.exists() and _place(there.read_text("utf-8")) != _place(service):
        raise UsageProblem(
            tr(
                "{path} is there and runs another configuration; take it away, or use cron for"
                " this one: cloudstock schedule --cron",
                path=there,
            )
        )
    keys = schedule.keys_file(config)
    text = keys.read_text("utf-8") if keys.exists() else ""
    _refuse_missing(
        config,
        _bare_environment() | _assignments(text),
        tr("systemd takes them from {path}, lines like NAME=value", path=keys),
    )
    _refuse_deaf(tr("use cron instead: cloudstock schedule --cron --install"))
    if dry_run:
        return files
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file, unit in zip(files, units.values(), strict=True):
            with made(file, mode=DOCUMENT, replace=True) as out:
                out.write(unit.encode())
    except OSError as error:
        raise UsageProblem(f"{place}: {system_words(error)}") from error
    _run("systemctl", "--user", "daemon-reload")
    _run("systemctl", "--user", "enable", "--now", *_timers(files))
    # Else the timers stop when the user logs out, and orders are not seen any more.
    _run("loginctl", "enable-linger")
    return files


def remove_units(config: Path, *, dry_run: bool = False) -> list[Path]:
    """Stop the timers of a configuration and delete its units; return the files, [] where none are.

    Raises `UsageProblem` where there is no systemd; `CloudstockError` where it does not take that.
    """
    if not _runs_units(config):
        return []
    files = [folder() / name for name in (schedule.SERVICE, *(t.file for t in schedule.timers()))]
    files = [file for file in files if file.exists()]
    _refuse_deaf()
    if dry_run:
        return files
    _run("systemctl", "--user", "disable", "--now", *_timers(files))
    try:
        # The service last: by it another attempt knows whose they are.
        for file in reversed(files):
            file.unlink()
    except OSError as error:
        raise CloudstockError(f"{error.filename}: {system_words(error)}") from error
    _run("systemctl", "--user", "daemon-reload")
    return files


def _timers(files: list[Path]) -> list[str]:
    return [file.name for file in files if file.suffix == ".timer"]


def _refuse_deaf(*instead: str) -> None:
    """Raise where no systemd of the user's own listens: before any file is touched."""
    try:
        _run("systemctl", "--user", "show-environment")
    except CloudstockError as error:
        raise type(error)("\n".join([str(error), *instead])) from error


def folder() -> Path:
    """Return where the units of the user's own systemd are."""
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".config") / "systemd" / "user"


def _place(service: str) -> str:
    """Return which configuration a service runs."""
    match = re.search(r"(?m)^ExecStart=.* --config (.*)$", service)
    return "" if match is None else match[1]


def _bare_environment() -> dict[str, str]:
    """Return what cron and systemd give every job."""
    names = ("HOME", "LOGNAME", "USER", "PATH", "SHELL")
    return {name: os.environ[name] for name in names if name in os.environ}


def _assignments(text: str) -> dict[str, str]:
    """Return the variables that lines set."""
    return {name: value.strip("\"'") for name, value in _ASSIGNMENT.findall(text)}


def _refuse_missing(config: Path, environ: Mapping[str, str], how: str) -> None:
    """Raise `UsageProblem` where a configuration that loads here does not load there."""
    try:
        load(config, environ)
    except ConfigurationError as error:
        raise UsageProblem(
            "\n".join([str(error), how, tr("nothing was changed")]),
        ) from error


def _start(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - words of ours, no shell
            words,
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors=_ANY_BYTES,
            env=os.environ | {"LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError as error:
        raise UsageProblem(tr("there is no {program} on this machine", program=words[0])) from error


def _run(*words: str, given: str = "") -> None:
    done = _start(*words, given=given)
    if done.returncode:
        raise _failed(" ".join(words), done)


def _failed(line: str, done: subprocess.CompletedProcess[str]) -> CloudstockError:
    why = done.stderr.strip() or done.returncode
    return CloudstockError(tr("`{line}` failed: {why}", line=line, why=why))
