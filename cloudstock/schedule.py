"""When cron or systemd runs what, as lines of a crontab and as units of the user's own systemd.

The timers in `deploy` say when, once for both.
"""

from __future__ import annotations

import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from shlex import quote
from typing import NamedTuple

import cloudstock
from cloudstock.errors import UsageProblem
from cloudstock.language import spoken, tr

SERVICE = "cloudstock@.service"
_CALENDAR = re.compile(r"(?m)^OnCalendar=\*-\*-\* (\*|\d\d):(\*|\d\d):00$")
_DESCRIPTION = re.compile(r"(?m)(?<=^Description=).*$")
_COMMAND = re.compile(r"(?m)^Unit=cloudstock@([a-z-]+)\.service$")
# Needs rights, name spaces or units that a user's own manager may not have.
_SYSTEM_ONLY = re.compile(
    r"(?m)^(?:#.*|(?:After|Wants|Environment|User|StateDirectory|StateDirectoryMode|Private\w+"
    r"|Protect\w+|ProcSubset|CapabilityBoundingSet|RemoveIPC)=.*)\n"
)


class Timer(NamedTuple):
    """A command and when it runs, as its unit says."""

    file: str
    unit: str

    @property
    def command(self) -> str:
        """The command that it runs."""
        return _match(_COMMAND, self.unit)[1]

    @property
    def description(self) -> str:
        """What it does, in English, as every text is kept."""
        return _match(_DESCRIPTION, self.unit)[0]

    @property
    def fields(self) -> str:
        """The five fields of cron."""
        hour, minute = _match(_CALENDAR, self.unit).groups()
        return f"{minute.lstrip('0') or 0} {hour.lstrip('0') or 0} * * *"


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.search(text)
    assert match is not None, pattern
    return match


def timers() -> list[Timer]:
    """Return all timers, the most frequent first."""
    deploy = files(cloudstock) / "deploy"
    units = (Timer(f.name, f.read_text("utf-8")) for f in deploy.iterdir())
    return sorted((t for t in units if t.file.endswith(".timer")), key=lambda t: t.fields[::-1])


def program() -> tuple[str, ...]:
    """Return what starts this program from anywhere, word by word, with whole paths."""
    called = Path(sys.argv[0])
    path = shutil.which(called) if called.name == cloudstock.__name__ else None
    return cloudstock.PROGRAM if path is None else (str(Path(path).absolute()),)


def marks(config: Path) -> tuple[str, str]:
    """Return the lines of a crontab between which those of a configuration stand."""
    return f"# >>> cloudstock {config}", f"# <<< cloudstock {config}"


def cron_lines(words: tuple[str, ...], config: Path) -> list[str]:
    """Return the lines of a crontab, marks included; `config`: a whole path.

    Raises `UsageProblem` where a path is none that every cron reads alike.
    """
    _refuse_odd(words, config)
    begins, ends = marks(config)
    jobs = [
        # To cron a % ends the command, quotes or not.
        f"{timer.fields} {_shell(*words, timer.command, '--quiet', '--config', str(config))}"
        for timer in timers()
    ]
    return [begins, *(job.replace("%", r"\%") for job in jobs), ends]


def _shell(*words: str) -> str:
    return " ".join(map(quote, words))


def with_lines(table: str, lines: list[str], config: Path) -> str:
    """Return a crontab with these lines in the place of a configuration's own; empty: without.

    All others stay as they are. Raises `UsageProblem` where a mark stands alone.
    """
    rows = table.splitlines(keepends=True)
    bare = [row.strip() for row in rows]
    begins, ends = marks(config)
    counts = [bare.count(mark) for mark in (begins, ends)]
    ours = [f"{line}\n" for line in lines]
    if counts == [0, 0]:
        if ours and rows and not rows[-1].endswith("\n"):
            rows[-1] += "\n"
        return "".join([*rows, *ours])
    first, last = (bare.index(m) if m in bare else -1 for m in (begins, ends))
    if counts != [1, 1] or last < first:
        raise UsageProblem(
            tr(
                "the crontab is not as it was left: {begins} and {ends} do not stand there once"
                " each; take out what stands there alone by `crontab -e`",
                begins=repr(begins),
                ends=repr(ends),
            )
        )
    return "".join([*rows[:first], *ours, *rows[last + 1 :]])


def others(table: str, lines: list[str]) -> list[str]:
    """Return the jobs of a crontab that seem to run this program, but for these lines."""
    return [
        row
        for row in map(str.strip, table.splitlines())
        if re.match(r"[\d*@]", row) and "cloudstock" in row.lower() and row not in lines
    ]


def units(words: tuple[str, ...], config: Path) -> dict[str, str]:
    """Return the units of a user's own systemd by file name; `config`: a whole path.

    Raises `UsageProblem` as `cron_lines` does.
    """
    _refuse_odd(words, config)
    service = (files(cloudstock) / "deploy" / SERVICE).read_text("utf-8")
    service = _SYSTEM_ONLY.sub("", service)
    start = " ".join([_systemd(words[0]), *(_systemd(w, variable=True) for w in words[1:])])
    place = _systemd(str(config), variable=True)
    keys = str(keys_file(config)).replace("%", "%%")
    settings = {
        "ExecStart": f"{start} %i --quiet --config {place}",
        # The keys, as lines like OZON_API_KEY=...
        "EnvironmentFile": f"-{keys}",
    }
    for name, value in settings.items():
        before, _, after = service.partition(f"\n{name}=")
        service = f"{before}\n{name}={value}\n{after.partition(chr(10))[2]}"
    return {SERVICE: service} | {
        t.file: t.unit.replace(t.description, spoken(t.description), 1) for t in timers()
    }


def keys_file(config: Path) -> Path:
    """Return the file of variables that systemd reads for a configuration."""
    return config.with_name("keys.env")


def _systemd(word: str, *, variable: bool = False) -> str:
    """Quote a word of ExecStart; `variable`: a $ in it would begin one."""
    word = word.replace('"', '\\"').replace("%", "%%")
    return f'"{word.replace("$", "$$") if variable else word}"'


def _refuse_odd(words: tuple[str, ...], config: Path) -> None:
    for word in (*words, str(config)):
        if "\\" in word or not word.isprintable():
            raise UsageProblem(
                tr(
                    "{path}: a path with backslashes or control characters is not read alike by"
                    " every cron and systemd; give it another name",
                    path=repr(word),
                )
            )
