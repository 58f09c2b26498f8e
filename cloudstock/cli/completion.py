"""What a shell is told at TAB: typer finds what a word may become, the scripts here ask for it.

The scripts (`cloudstock completion bash`) are our own, as typer's would run an article such as
`$(rm x)` or expand `a*b`. They start the program with `_CLOUDSTOCK_COMPLETE` set.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

# Documented by click, which typer carries within itself and gives no other door to.
from typer._click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from cloudstock.cli.bash_line import BashLine
from cloudstock.cli.values import OFFERED


class _Shell(ShellComplete):
    """A shell that takes a word a line."""

    def offers(self, words: Sequence[str], unfinished: str) -> list[str]:
        """Return what the unfinished word may become, sorted, each once, as a line can hold it."""
        from cloudstock.render.text import strip_controls

        words, prefix = list(words), ""
        if unfinished.startswith("-") and "=" in unfinished:
            name, _, unfinished = unfinished.partition("=")
            words, prefix = [*words, name], f"{name}="
        items = self.get_completions(words.copy(), unfinished)
        if unfinished.startswith("-"):
            # Typer takes it for the begin of an option; it may be the value of one.
            items += self.get_completions(words.copy(), "")
        values = {str(i.value) for i in items if str(i.value).startswith(unfinished)}
        return [f"{prefix}{w}" for w in sorted(values) if w and strip_controls(w) == w][:OFFERED]

    def complete(self) -> str:
        """Return the answer to the shell."""
        return self.lines(self.offers(*self.get_completion_args()))

    def lines(self, offers: Iterable[str]) -> str:
        """Return a line for each; ends the program where there are none.

        Typer would write an empty line, which a shell takes for a word.
        """
        return "\n".join(offers) or sys.exit(0)

    def format_completion(self, item: CompletionItem) -> str:
        """Return the word alone; what it means is not shown."""
        return str(item.value)

    def source_vars(self) -> dict[str, str]:
        """Return nothing: the scripts are files beside this one."""
        return {}


class Words(_Shell):
    """zsh and fish: their scripts give the words so far, the last of them unfinished."""

    source_template = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words so far and the unfinished one."""
        *words, unfinished = sys.argv[1:] or [""]
        return words, unfinished


class Bash(_Shell):
    """bash: its script gives the line as it was typed, and takes the place of its last piece."""

    source_template = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words so far and the unfinished one."""
        line = BashLine.of(os.environ)
        return list(line.words[1:]), line.unfinished

    def complete(self) -> str:
        """Return the answer to the shell, written as it will stand in the line."""
        line = BashLine.of(os.environ)
        return self.lines(line.replacements(self.offers(line.words[1:], line.unfinished)))


add_completion_class(Words, "words")
add_completion_class(Bash, "bash")
