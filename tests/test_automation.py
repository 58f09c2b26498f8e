"""What runs without a person: CI does what the README says, and the crontab is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).parents[1]
CI = TOP / ".ci" / "run"
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
CRONTAB = TOP / "crontab.example"

# Minute, hour, day of month, month, day of week.
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
ASSIGNMENT = re.compile(r"([A-Za-z_]\w*) ?= ?(.*)")
JOB = re.compile(r"((?:\S+\s+){5})(.+)")


def readme_commands() -> list[str]:
    return re.findall(
        r"^(python3 -m venv .*)$", (TOP / "README.md").read_text("utf-8"), re.MULTILINE
    )


# --- CI


def test_the_extras_that_the_readme_installs_are_there() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    named = {e for c in readme_commands() for e in re.findall(r"\[(\w+)\]", c)}
    assert named == {"sandbox", "test"}
    assert named <= set(project["optional-dependencies"])


WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted((TOP / "cloudstock" / "deploy").glob("*.sh"))


def complaints(path: Path | str, text: str = "") -> str:
    """What shellcheck says of a script; "-": of `text`."""
    if not SHELLCHECK.exists():
        pytest.skip("shellcheck comes with the tests' extra")
    done = subprocess.run(
        [SHELLCHECK, "--shell=bash", "--severity=warning", "--format=gcc", path],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_a_workflow_may_little_and_runs_what_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert steps
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 30
    for action in (step["uses"] for step in steps if "uses" in step):
        # A tag can be moved, a commit cannot.
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)
        assert re.search(rf"{re.escape(action)} # v[\d.]+$", text, re.MULTILINE)
    for script in re.findall(r"bash (\S+)", text):
        assert os.access(TOP / script, os.X_OK)
    for run in (step["run"] for step in steps if "run" in step):
        # What others may write (names of branches, inputs) is no part of a script.
        assert "${{" not in run
        assert complaints("-", run) == ""


def test_nothing_is_deployed_that_others_propose() -> None:
    deploy = yaml.load(
        (TOP / ".github" / "workflows" / "deploy.yml").read_text("utf-8"), Loader=yaml.BaseLoader
    )
    assert set(deploy["on"]) == {"workflow_run", "workflow_dispatch"}
    condition = " ".join(deploy["jobs"]["deploy"]["if"].split())
    by_hand, after_ci = condition.split(" || ")
    assert by_hand == "github.event_name == 'workflow_dispatch'"
    run = "github.event.workflow_run"
    assert after_ci == f"({run}.conclusion == 'success' && {run}.event == 'push')"


@pytest.mark.parametrize("path", [CI, *SCRIPTS], ids=lambda p: p.stem)
def test_a_script_is_bash_without_mistakes(path: Path) -> None:
    assert complaints(path) == ""
    assert os.access(path, os.X_OK)
    # CI's own tells of each step that failed.
    assert ("set -euo pipefail" in path.read_text("utf-8")) == (path != CI)


def test_a_tag_that_is_not_the_version_is_not_built(tmp_path: Path) -> None:
    build = TOP / "cloudstock" / "deploy" / "build.sh"
    wrong = subprocess.run(
        ["bash", build, "v0.0.1", tmp_path / "dist"], capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "the tag is v0.0.1" in wrong.stderr


@pytest.fixture
def ci_in_a_copy(tmp_path: Path) -> Path:
    """The script beside pythons that make environments of tools which log and obey."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(CI, tmp_path / ".ci" / "run")
    tool = tmp_path / "python3.98"
    tool.write_text(
        "#!/bin/sh\n"
        'name=$(basename "$0")\n'
        'case "$2" in "import sys"*) echo "${name#python}"; exit;; import*) exit;; esac\n'
        'echo "$name $*" >> "$LOG"\n'
        'case "$name $*" in *"$FAIL"*) [ -n "$FAIL" ] && exit 3;; esac\n'
        'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"\n'
        'for t in pip ruff mypy pytest; do cp "$0" "$3/bin/$t"; done\n'
        'printf "#!/bin/sh\\necho ${name#python}\\n" > "$3/bin/python"\n'
        'chmod +x "$3/bin/python"; fi\n'
    )
    tool.chmod(0o755)
    claimed = "".join(f'"Programming Language :: Python :: 3.{n}",\n' for n in (97, 98, 99))
    (tmp_path / "pyproject.toml").write_text(claimed)
    for program in ("chromium", "cron", "fish", "soffice", "sshd", "zsh"):
        (tmp_path / program).symlink_to("/bin/true")
    return tmp_path


def run_ci(folder: Path, fail: str = "") -> tuple[int, list[str], str]:
    done = subprocess.run(
        ["bash", folder / ".ci" / "run"],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHON": "python3.98",
            "LOG": str(folder / "log"),
            "FAIL": fail,
            "CI": "true",
        },
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (folder / "log").read_text().splitlines(), done.stdout


def test_ci_makes_a_fresh_environment_and_runs_every_check(ci_in_a_copy: Path) -> None:
    (ci_in_a_copy / ".ci" / "venv" / "left-over").mkdir(parents=True)
    code, calls, output = run_ci(ci_in_a_copy)
    assert code == 0, output
    assert calls[:3] == [
        "python3.98 --version",
        "python3.98 -m venv .ci/venv",
        "pip install -e .[test]",
    ]
    # The tools of a cluster are installed beside the others.
    assert sorted(calls[3:-1]) == [
        "mypy --strict --python-version 3.98 cloudstock",
        "pip install -e .[cluster]",
        "ruff check .",
        "ruff format --check .",
    ]
    assert calls[-1] == "pytest -n 3"
    assert not (ci_in_a_copy / ".ci" / "venv" / "left-over").exists()
    assert "Python 3.98 is the newest here" in output


def test_ci_does_what_the_readme_says_in_its_order(ci_in_a_copy: Path) -> None:
    (command,) = [c for c in readme_commands() if "pytest" in c]
    _, calls, _ = run_ci(ci_in_a_copy)
    at = -1
    for step in command.replace(".venv/bin/", "").replace("'", "").split(" && "):
        words = step.replace("python3", "python3.98").replace(" .venv", " .ci/venv")
        (found, *_) = [n for n, call in enumerate(calls) if call.startswith(words)]
        assert found > at, step
        at = found


@pytest.mark.parametrize("place", ["path", "pyenv"])
def test_the_core_is_tried_under_the_newest_python_here(ci_in_a_copy: Path, place: str) -> None:
    newest = ci_in_a_copy / "python3.99"
    if place == "pyenv":
        newest = ci_in_a_copy / "root" / "versions" / "3.99.4" / "bin" / "python3"
        newest.parent.mkdir(parents=True)
        pyenv = ci_in_a_copy / "pyenv"
        pyenv.write_text(f"#!/bin/sh\necho {ci_in_a_copy / 'root'}\n")
        pyenv.chmod(0o755)
    shutil.copy(ci_in_a_copy / "python3.98", newest)
    # Newer than what is claimed.
    shutil.copy(ci_in_a_copy / "python3.98", ci_in_a_copy / "python3.100")
    code, calls, output = run_ci(ci_in_a_copy)
    assert code == 0, output
    of_the_newest = [c for c in calls if c.startswith((f"{newest.name} ", "pytest -n 0 "))]
    assert of_the_newest[:-1] == [
        f"{newest.name} --version",
        f"{newest.name} -m venv .ci/venv-newest",
    ]
    assert calls.count("pip install -e .[test]") == calls.count("pip install -e .[core]") == 1
    assert "pytest -n 3" in calls
    options = "pytest -n 0 -q --hypothesis-profile=few "
    assert of_the_newest[-1].startswith(options + "tests/domain ")
    for tests in of_the_newest[-1].removeprefix(options).split():
        assert (TOP / tests).exists(), tests


@pytest.mark.parametrize(
    ("fail", "named"),
    [
        ("ruff check", "Lint"),
        ("ruff format", "Format"),
        ("mypy", "Types"),
        ("pytest -n", "Tests"),
    ],
)
def test_one_failed_check_fails_the_run_but_stops_no_other(
    ci_in_a_copy: Path, fail: str, named: str
) -> None:
    code, calls, output = run_ci(ci_in_a_copy, fail)
    assert code == 1
    assert f"FAILED: {named}\n" in output
    assert len(calls) == 8


def test_without_the_cluster_tools_everything_else_is_run(ci_in_a_copy: Path) -> None:
    code, calls, output = run_ci(ci_in_a_copy, "[cluster]")
    assert code == 0
    assert len(calls) == 8
    assert "their tests are skipped" in output


@pytest.mark.parametrize("fail", ["-m venv", "pip install"])
def test_without_an_environment_nothing_is_run(ci_in_a_copy: Path, fail: str) -> None:
    code, calls, _ = run_ci(ci_in_a_copy, fail)
    assert code == 1
    assert not any(c.startswith(("ruff", "mypy", "pytest")) for c in calls)


def test_the_workflow_runs_the_same_script_on_every_supported_python() -> None:
    # BaseLoader: YAML 1.1 takes the key `on` for a truth.
    text = (TOP / ".github" / "workflows" / "ci.yml").read_text()
    workflow = yaml.load(text, Loader=yaml.BaseLoader)
    assert set(workflow["on"]) == {"push", "pull_request"}
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets" not in text
    (job,) = workflow["jobs"].values()
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    supported = [
        c.rsplit(" ", 1)[1]
        for c in project["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", c)
    ]
    assert job["strategy"]["matrix"]["python"] == supported
    assert job["steps"][-1] == {"run": "bash .ci/run"}
    for step in job["steps"][:-1]:
        # A tag may be moved to another program; a digest is one.
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"])


# --- cron


def crontab_lines(*, with_alternatives: bool) -> list[str]:
    """Lines that are no comments, and with them the jobs that are commented out."""
    lines = []
    for line in CRONTAB.read_text().splitlines():
        bare = re.sub(r"^# (?=[\d*][\d*/,-]* \S+ \S+ \S+ \S+ +\")", "", line)
        if with_alternatives and bare != line:
            lines.append(bare)
        elif line and not line.startswith("#"):
            lines.append(line)
    return lines


def assignments() -> dict[str, str]:
    found = (ASSIGNMENT.fullmatch(line) for line in crontab_lines(with_alternatives=False))
    return {match[1]: match[2] for match in found if match}


def jobs(*, with_alternatives: bool) -> dict[str, list[str]]:
    """Each job's command and its five fields of time."""
    found = {}
    for line in crontab_lines(with_alternatives=with_alternatives):
        if ASSIGNMENT.fullmatch(line) is None:
            match = JOB.fullmatch(line)
            assert match is not None, line
            found[match[2].strip()] = match[1].split()
    return found


def minutes(field: str, low: int, high: int) -> set[int]:
    """The values of one field, as crontab(5) has it."""
    values: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?", part)
        assert match is not None, field
        ends = [low, high] if match[1] == "*" else [int(n) for n in match[1].split("-")]
        assert low <= ends[0] <= ends[-1] <= high, field
        values |= set(range(ends[0], ends[-1] + 1, int(match[2] or 1)))
    return values


def test_every_line_is_one_that_cron_understands() -> None:
    text = CRONTAB.read_text()
    assert text.endswith("\n")
    for fields in jobs(with_alternatives=True).values():
        for field, (low, high) in zip(fields, RANGES, strict=True):
            assert minutes(field, low, high)


def test_only_two_variables_are_to_be_set_and_none_needs_expanding() -> None:
    assert set(assignments()) == {"SHELL", "PATH", "CLOUDSTOCK", "CLOUDSTOCK_CONFIG"}
    for value in assignments().values():
        assert not re.search(r"[$~%#\s]", value), value
        assert value.startswith("/")


def test_jobs_are_quiet_quoted_and_free_of_percent_signs() -> None:
    for command in jobs(with_alternatives=True):
        assert re.fullmatch(r'"\$CLOUDSTOCK" [a-z-]+ --quiet', command), command


def test_the_main_job_runs_every_minute_and_the_others_beside_full_hours() -> None:
    found = {c.split()[1]: f for c, f in jobs(with_alternatives=False).items()}
    assert set(found) == {"sync", "pull-catalog", "status"}
    assert found.pop("sync") == ["*"] * 5
    starts = [minutes(fields[0], 0, 59) for fields in found.values()]
    assert all(len(s) == 1 and 0 not in s for s in starts)
    assert len(set.union(*starts)) == len(starts)


def test_the_alternative_has_every_part_of_the_round() -> None:
    found = {c.split()[1] for c in jobs(with_alternatives=True)}
    assert found >= {"poll-orders", "poll-reserves", "poll-returns", "push-stocks"}


@pytest.mark.cron
def test_cron_itself_takes_it_and_not_a_broken_one(tmp_path: Path) -> None:
    crontab = shutil.which("crontab")
    if not crontab:
        pytest.skip("Debian's cron is not installed")
    usage = subprocess.run([crontab, "-h"], capture_output=True, text=True, check=False).stderr
    if "-n\t(dry run" not in usage:
        pytest.skip("this crontab is not Debian's and cannot check without installing")
    broken = ["61 * * * * true"]
    for name, lines, code in (
        ("as-it-is", crontab_lines(with_alternatives=False), 0),
        ("all", crontab_lines(with_alternatives=True), 0),
        ("broken", broken, 1),
    ):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        done = subprocess.run([crontab, "-n", path], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
