"""sandbox: the fake marketplaces as a server, until somebody stops it."""

from __future__ import annotations

import sys
from pathlib import Path

from cloudstock.cli.run import Run
from cloudstock.errors import Exit, UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.sandbox.server import Sandbox, run_forever
from cloudstock.sandbox.world import World
from cloudstock.writing import made


def serve_sandbox(run: Run, *, port: int, products: int, speed: float, write: Path | None) -> int:
    """Serve on loopback until Ctrl-C or SIGTERM, which is its ordinary end.

    Prints a configuration for it, or writes it to `write`. Raises `UsageProblem` where that file
    is there already or cannot be written.
    """
    sandbox = Sandbox(World.standard(products=products, speed=speed))

    def ready(url: str) -> None:
        text = sandbox.config_text(url)
        if write is None:
            run.answer([text])
        else:
            _write(write, text)
            run.tell(tr("{write} is written; try: cloudstock --config {write} sync", write=write))
        # Before anybody reads it through a pipe, the server is up.
        sys.stdout.flush()
        sys.stderr.write(tr("serving on {url}; Ctrl-C ends it", url=url) + "\n")
        sys.stderr.flush()

    try:
        run_forever(sandbox, "127.0.0.1", port, ready)
    except OSError as error:
        raise UsageProblem(
            tr("port {port}: {reason}; name another", port=port, reason=system_words(error))
        ) from error
    return Exit.OK


def _write(path: Path, text: str) -> None:
    try:
        with made(path) as file:
            file.write(text.encode())
    except FileExistsError:
        raise UsageProblem(tr("{path} exists and is not written over", path=path)) from None
    except OSError as error:
        raise UsageProblem(f"{path}: {system_words(error)}") from error
