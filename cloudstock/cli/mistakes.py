"""Wrong usage, told in the language in use; typer itself speaks English only."""

from __future__ import annotations

import re
import sys
from typing import Any, cast

import typer

from cloudstock.language import mark, spoken, tr

# The root of what typer raises for a line that it does not understand.
MISTAKE = cast(
    "type[Exception]",
    next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException"),
)

# What typer says, and pydantic for it; the first that fits. A `reason` is told by them or by us.
TEMPLATES = (
    mark("Missing option {name}."),
    mark("Missing argument {name}."),
    mark("Missing command."),
    mark("No such command {name}. Did you mean {names}?"),
    mark("No such command {name}."),
    mark("No such option: {name} (Possible options: {names})"),
    mark("No such option: {name}"),
    mark("Option {name} requires an argument."),
    mark("Option {name} does not take a value."),
    mark("Got unexpected extra argument(s) ({names})"),
    mark("Got unexpected extra arguments ({names})"),
    mark("Got unexpected extra argument ({names})"),
    mark("Invalid value for {name}: {reason}"),
    mark("Invalid value: {reason}"),
    mark("Input should be a valid integer, unable to parse string as an integer"),
    mark("Input should be a valid number, unable to parse string as a number"),
    mark("Input should be greater than or equal to {number}"),
    mark("Input should be less than or equal to {number}"),
    mark("Input should be {choices}"),
    mark("Value error, {reason}"),
    mark("{name} is not one of {names}."),
)


def show(mistake: Any) -> int:
    """Tell a mistake on stderr, below how the command is used; return the exit code."""
    context = getattr(mistake, "ctx", None)
    if type(mistake).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{mistake.format_message()}\n")
        return int(mistake.exit_code)
    if context is not None:
        help_line = f"{context.command_path} {context.help_option_names[0]}"
        sys.stderr.write(f"{context.get_usage()}\n")
        sys.stderr.write(tr("Try '{command}' for help.", command=help_line) + "\n\n")
    reason = retold(mistake.format_message())
    sys.stderr.write(tr("Error: {reason}", reason=reason) + "\n")
    return int(mistake.exit_code)


def retold(message: str) -> str:
    """Return typer's message in the language in use; as it is where nobody knows it."""
    for template in TEMPLATES:
        match = re.fullmatch(_pattern(template), message, re.DOTALL)
        if match is not None:
            return spoken(template).format(**{k: _part(k, v) for k, v in match.groupdict().items()})
    return message


def _part(name: str, text: str) -> str:
    if name == "reason":
        return retold(text)
    if name == "choices":
        return text.replace("' or '", tr("' or '"))
    return text


def _pattern(template: str) -> str:
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template))
