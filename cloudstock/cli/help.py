"""The manual: a page for each topic, the same text as in `cloudstock/docs/`."""

from __future__ import annotations

import sys
from typing import Annotated

from typer import Argument

from cloudstock import progress
from cloudstock.cli.command import command
from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import in_use, tr


@command("cloudstock help", "cloudstock help start", "cloudstock help policies --lang ru")
def help(  # noqa: A001 - as the command is called
    run: Run,
    topic: Annotated[
        str | None,
        Argument(metavar="TOPIC", help="A page; without it, all are listed."),
    ] = None,
) -> int:
    """Show a page of the manual.

    In the language in use. At a terminal in a pager; in a pipe as Markdown.
    """
    from cloudstock import docs

    language = in_use()
    if topic is None:
        width = max(map(len, docs.topics()))
        run.tell(*(f"{name:<{width}}  {docs.title(name, language)}" for name in docs.topics()))
        return Exit.OK
    if topic not in docs.topics():
        raise UsageProblem(
            tr(
                "there is no topic {topic!r}; there are {topics}",
                topic=topic,
                topics=", ".join(docs.topics()),
            )
        )
    text = docs.page(topic, language)
    if language != "en" and topic not in docs.translated(language):
        text = f"> {tr('This page is in English only.')}\n\n{text}"
    if sys.stdout.isatty():
        _show(text)
    else:
        run.answer([text])
    return Exit.OK


def _show(text: str) -> None:
    import os

    from rich.console import Console
    from rich.markdown import Markdown

    # The pager shall show colours, not their codes.
    os.environ.setdefault("LESS", "-R")
    console = Console()
    styles = console.is_terminal and not console.no_color
    with progress.hidden(), console.pager(styles=styles):
        console.print(Markdown(text))
