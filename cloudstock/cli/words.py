"""What typer says of a line that it does not understand, in the language in use.

Its help takes its words from gettext, from our catalogue; its mistakes are English.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from cloudstock import progress
from cloudstock.language import mark, spoken, tr
from cloudstock.redaction import without_keys

# What typer takes from gettext by itself.
OF_THE_HELP = (mark("[required]"), mark("[default: {}]"))

# What typer says; the first that fits. A `reason` is ours, or pydantic's, which reads its values.
OF_MISTAKES = (
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
    mark("Invalid value for {name}: {reason}"),
    mark("Invalid value: {reason}"),
    mark("{name} is not one of {names}."),
)
OF_PYDANTIC = {
    "Value error, {reason}": "{reason}",
    "Input should be a valid integer, unable to parse.*": mark("expected a whole number"),
    "Input should be a valid number, unable to parse.*": mark("expected a number"),
    "Input should be greater than or equal to {number}": mark("expected at least {number}"),
    "Input should be less than or equal to {number}": mark("expected at most {number}"),
}
_PATTERNS = {re.escape(text).replace(r"\{", "{").replace(r"\}", "}"): text for text in OF_MISTAKES}


def tell(mistake: Any) -> None:
    """Tell a mistake on stderr, below how the command is used."""
    context = getattr(mistake, "ctx", None)
    lines = [tr("Error: {reason}", reason=retold(mistake.format_message()))]
    if context is not None:
        help_line = f"{context.command_path} {context.help_option_names[0]}"
        lines = [
            context.get_usage(),
            tr("Try '{command}' for help.", command=help_line),
            "",
            *lines,
        ]
    progress.interrupt()
    sys.stderr.write("".join(f"{without_keys(line)}\n" for line in lines))


def retold(message: str) -> str:
    """Return typer's message in the language in use; as it is where nobody knows it."""
    for pattern, text in (OF_PYDANTIC | _PATTERNS).items():
        match = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>.+?)", pattern), message, re.DOTALL)
        if match is not None:
            values = match.groupdict()
            if "reason" in values:
                values["reason"] = retold(values["reason"])
            return spoken(text).format(**values)
    return message
