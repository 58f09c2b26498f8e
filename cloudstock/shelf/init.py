"""init: a commented configuration to start from."""

from __future__ import annotations

import os
from pathlib import Path

from cloudstock.errors import UsageProblem
from cloudstock.language import in_use, spoken, system_words, tr


def template() -> str:
    """Return the commented configuration that the package ships, in the language in use.

    One that is not English asks for its language itself, for who reads cron's mail.
    """
    # Only needed here; every other command starts without it.
    from importlib.resources import files

    text = files("cloudstock").joinpath("config.template.yaml").read_text(encoding="utf-8")
    if in_use() == "en":
        return text
    lines = (before + spoken(comment) for before, comment in map(commented, text.splitlines()))
    return "\n".join(lines).replace("\n# language: ru\n", "\nlanguage: ru\n") + "\n"


def commented(line: str) -> tuple[str, str]:
    """Return a line up to where its last comment begins, and the comment."""
    before, sign, comment = line.rpartition("# ")
    return (before + sign, comment) if sign else (line, "")


def write_config(path: Path) -> None:
    """Write the template to a new file, readable by its owner only (mode 0600 whatever the umask).

    Raises `UsageProblem` where the file is there already, a broken symbolic link included, or
    cannot be written; nothing is left behind then.
    """
    text = template()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise UsageProblem(
            tr(
                "{path} exists and is not written over; edit it, or name another with --config",
                path=path,
            )
        ) from None
    except OSError as error:
        raise UsageProblem(f"{path}: {system_words(error)}") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        path.unlink()
        raise UsageProblem(f"{path}: {system_words(error)}") from error
