"""schedule: crontab lines and units, by real processes against a crontab that is a file."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cloudstock import schedule
from tests.test_automation import jobs

PROGRAM = Path(sys.executable).with_name("cloudstock")
# What a path may hold.
ODD = "50% of it's $HOME"
CONFIG = """\
accounts:
  wb-main: {marketplace: wildberries, token: %s, warehouses: {507: main}}
"""
CRONTAB = """\
#!/bin/sh
case "$1" in
-l) [ -e table ] && exec cat table; echo "no crontab for me" >&2; exit 1;;
-) cat > table.new && mv table.new table && echo once >> installed;;
esac
"""
NOTED = """\
#!/bin/sh
echo "$(basename "$0") $*" >> called
"""
MINE = b"MAILTO=me@example.com\n# \xff of another age\n*/5 * * * * backup %d"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Schedule = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / ODD
    folder.mkdir()
    for name, text in (("crontab", CRONTAB), ("systemctl", NOTED), ("loginctl", NOTED)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "config.yaml").write_text(CONFIG % "abc")
    (folder / "config.yaml").chmod(0o600)
    return folder


@pytest.fixture
def cloudstock(folder: Path) -> Schedule:
    def run(*words: str, code: int = 0, **env: str) -> Ended:
        done = subprocess.run(
            [PROGRAM, "schedule", *words],
            cwd=folder,
            env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder), **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return Ended(code, done.stdout, done.stderr)

    return run


def test_the_jobs_are_those_of_the_example() -> None:
    example = {c.split()[1]: " ".join(f) for c, f in jobs(with_alternatives=False).items()}
    assert {t.command: t.fields for t in schedule.timers()} == example


def test_cron_runs_each_job_with_this_program_and_configuration(
    folder: Path, cloudstock: Schedule
) -> None:
    begins, *lines, ends = cloudstock("--cron").out.splitlines()
    assert (begins[:5], ends[:5]) == ("# >>>", "# <<<")
    for line, timer in zip(lines, schedule.timers(), strict=True):
        *_, job = line.split(" ", 5)
        # As cron hands it to the shell: up to a % that nothing stands before.
        job = re.split(r"(?<!\\)%", job)[0].replace(r"\%", "%")
        words = subprocess.run(
            ["/bin/sh", "-c", f"printf '%s\\n' {job}"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        config = str(folder / "config.yaml")
        assert words == [str(PROGRAM), timer.command, "--quiet", "--config", config]


def test_installing_touches_no_other_line_and_twice_is_once(
    folder: Path, cloudstock: Schedule
) -> None:
    (folder / "table").write_bytes(MINE)
    lines = cloudstock("--cron").out.encode()
    assert json.loads(cloudstock("--cron", "--json").out)["lines"] == lines.decode().splitlines()
    assert "would hold" in cloudstock("--cron", "--install", "--dry-run").out
    assert (folder / "table").read_bytes() == MINE
    assert "holds the lines" in cloudstock("--cron", "--install").out
    assert (folder / "table").read_bytes() == MINE + b"\n" + lines
    assert "already" in cloudstock("--cron", "--install").out
    assert (folder / "installed").read_text() == "once\n"
    # Somebody adds a line after ours, and another rhythm to one of ours.
    table = (folder / "table").read_bytes() + b"@daily true\n"
    (folder / "table").write_bytes(table.replace(b"43 * * * *", b"44 * * * *"))
    cloudstock("--cron", "--install")
    assert (folder / "table").read_bytes() == table


def test_two_configurations_have_lines_of_their_own(folder: Path, cloudstock: Schedule) -> None:
    shutil.copy(folder / "config.yaml", folder / "other.yaml")
    cloudstock("--cron", "--install")
    first = (folder / "table").read_text()
    ended = cloudstock("--cron", "--install", "--config", "other.yaml")
    assert (folder / "table").read_text().startswith(first)
    assert ended.err.count("has another line that runs cloudstock") == 3


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: (f / "crontab").write_text("#!/bin/sh\necho no rights >&2; exit 1\n"), "rights"),
        (lambda f: (f / "config.yaml").write_text(CONFIG % "'${WB}'"), "no variable WB"),
        (
            lambda f: (f / "table").write_text(f"# >>> cloudstock {f}/config.yaml\n"),
            "is not as it was left",
        ),
    ],
)
def test_where_it_cannot_work_nothing_is_changed_and_it_is_told(
    folder: Path, cloudstock: Schedule, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(folder)
    code = 1 if told == "rights" else 2
    ended = cloudstock("--cron", "--install", code=code, WB="secret-key")
    assert told in ended.err
    assert "secret-key" not in ended.err
    assert not (folder / "installed").exists()


def test_a_variable_that_the_crontab_sets_is_there(folder: Path, cloudstock: Schedule) -> None:
    (folder / "config.yaml").write_text(CONFIG % "'${WB}'")
    (folder / "table").write_text('WB = "secret-key"\n')
    cloudstock("--cron", "--install", WB="secret-key")


def test_systemd_takes_the_units(folder: Path, cloudstock: Schedule) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    cloudstock("--systemd", "--install")
    units = folder / ".config" / "systemd" / "user"
    names = sorted(p.name for p in units.iterdir())
    assert names == sorted([schedule.SERVICE, *(t.file for t in schedule.timers())])

    def verify() -> str:
        names = [units / t.file for t in schedule.timers()]
        names += [units / schedule.SERVICE.replace("@", f"@{t.command}") for t in schedule.timers()]
        done = subprocess.run(
            ["systemd-analyze", "--user", "verify", "--man=no", *names],
            env={"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        # The machine's other units have troubles of their own.
        return "\n".join(line for line in done.stderr.splitlines() if "cloudstock" in line)

    assert verify() == ""
    service = units / schedule.SERVICE
    service.write_text(service.read_text().replace(str(PROGRAM), f"{PROGRAM}-that-is-not-there"))
    assert "that-is-not-there" in verify()


def test_timers_are_started_also_for_who_is_not_logged_in(
    folder: Path, cloudstock: Schedule
) -> None:
    printed = cloudstock("--systemd").out
    cloudstock("--systemd", "--install")
    assert (folder / "called").read_text().splitlines() == [
        "systemctl --user show-environment",
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {' '.join(t.file for t in schedule.timers())}",
        "loginctl enable-linger",
    ]
    for file in (folder / ".config" / "systemd" / "user").iterdir():
        assert file.read_text() in printed
    shutil.copy(folder / "config.yaml", folder / "other.yaml")
    other = cloudstock("--systemd", "--install", "--config", "other.yaml", code=2)
    assert "runs another configuration" in other.err


def test_removing_takes_back_what_installing_wrote_and_nothing_else(
    folder: Path, cloudstock: Schedule
) -> None:
    shutil.copy(folder / "config.yaml", folder / "other.yaml")
    (folder / "table").write_bytes(MINE + b"\n")
    assert "holds no lines for" in cloudstock("--cron", "--remove").out
    cloudstock("--cron", "--install", "--config", "other.yaml")
    before = (folder / "table").read_bytes()
    cloudstock("--cron", "--install")
    assert "would leave" in cloudstock("--cron", "--remove", "--dry-run").out
    (folder / "config.yaml").write_text("language: ru\n" + CONFIG % "abc")
    assert "были бы убраны" in cloudstock("--cron", "--remove", "--dry-run").out
    assert (folder / "table").read_bytes() != before
    # What is taken back need not work any more.
    (folder / "config.yaml").write_text("accounts: 7")
    ended = cloudstock("--cron", "--remove")
    assert (folder / "table").read_bytes() == before
    assert "are out of the crontab" in ended.out
    assert ended.err.count("has another line that runs cloudstock") == 3
    assert json.loads(cloudstock("--cron", "--remove", "--json").out)["changed"] is False


def test_removed_units_are_stopped_and_deleted(folder: Path, cloudstock: Schedule) -> None:
    units = folder / ".config" / "systemd" / "user"
    assert "holds no units for" in cloudstock("--systemd", "--remove").out
    cloudstock("--systemd", "--install")
    (units / "backup.timer").write_text("somebody else's")
    shutil.copy(folder / "config.yaml", folder / "other.yaml")
    assert "no units" in cloudstock("--systemd", "--remove", "--config", "other.yaml").out
    (folder / "called").unlink()
    cloudstock("--systemd", "--remove", "--dry-run")
    assert len(list(units.iterdir())) == len(schedule.timers()) + 2
    cloudstock("--systemd", "--remove")
    assert [p.name for p in units.iterdir()] == ["backup.timer"]
    assert (folder / "called").read_text().splitlines()[1:] == [
        "systemctl --user show-environment",
        f"systemctl --user disable --now {' '.join(t.file for t in schedule.timers())}",
        "systemctl --user daemon-reload",
    ]


def test_where_no_systemd_listens_cron_is_named(folder: Path, cloudstock: Schedule) -> None:
    (folder / "systemctl").write_text("#!/bin/sh\necho no bus >&2; exit 1\n")
    ended = cloudstock("--systemd", "--install", code=1)
    assert ended.err.splitlines()[1:] == [
        "cloudstock: use cron instead: cloudstock schedule --cron --install"
    ]
    assert not (folder / ".config").exists()


def test_units_say_what_they_do_in_the_language_in_use(cloudstock: Schedule) -> None:
    assert "Description=Каждую минуту: " in cloudstock("--systemd", "--lang", "ru").out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "--cron or --systemd"),
        (("--cron", "--systemd"), "--cron or --systemd"),
        (("--cron", "--install", "--remove"), "--install or --remove"),
    ],
)
def test_one_of_both_is_named(cloudstock: Schedule, words: tuple[str, ...], named: str) -> None:
    assert named in cloudstock(*words, code=2).err
