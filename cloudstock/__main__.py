"""The program's entry: the only place where an exception becomes an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudstock import progress
from cloudstock.ending import Ending
from cloudstock.errors import CloudstockError, Exit
from cloudstock.language import system_words, tr
from cloudstock.render.progress import bars, first_word

if TYPE_CHECKING:
    from cloudstock.cli.command import Choice
    from cloudstock.cli.run import Run

INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
# As if the signal had ended us: whoever read our output has gone.
PIPE_CLOSED = 128 + signal.SIGPIPE
# So many new objects before cycles among them are looked for. Python's 700 are met a thousand times
# by a large push, which makes none, and a few dozen times by what is imported at a start.
OBJECTS_UNSEEN = 200_000
# Where rounds repeat, an unusable configuration is tried again so often, at most.
UNUSABLE_S = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (sys.argv's, where none is given) and return its exit code."""
    gc.set_threshold(OBJECTS_UNSEEN, *gc.get_threshold()[1:])
    # The interpreter ends by looking for cycles among all there is: a tenth of a short command.
    atexit.register(gc.freeze)
    ending = Ending()
    try:
        with ending:
            _prepare_output()
            return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt as interruption:
        _tell(str(interruption) or _stopped())
        _give_up_output()
        return TERMINATED if ending.terminated else INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    """Do what the command line asks for, again and again where it asks for that."""
    line = _Line(arguments)
    try:
        while True:
            began = time.monotonic()
            code = _once(line)
            if line.every is None or code in (Exit.USAGE, PIPE_CLOSED):
                return code
            # What cannot work before somebody changes something is not told too often.
            pause = max(line.every, UNUSABLE_S) if code == Exit.CONFIGURATION else line.every
            _wait(line.run, max(0.0, began + pause - time.monotonic()))
    except KeyboardInterrupt:
        if line.every is None:
            raise
        _tell(_stopped())
        _give_up_output()
        return Exit.OK


def _stopped() -> str:
    return tr("stopped; what was done is kept, the next run goes on from there")


def _wait(run: Run | None, seconds: float) -> None:
    """Wait for the next round."""
    if run is None:
        time.sleep(seconds)
        return
    with _watched(run), progress.waiting(tr("the next round"), seconds):
        time.sleep(seconds)


def _watched(run: Run) -> AbstractContextManager[None]:
    """Show what is at work within, where somebody watches."""
    common = run.common
    return bars(run.command, quiet=common.quiet, json=common.json, log_format=run.log_format)


@dataclass(slots=True)
class _Line:
    """A command line, and what it last came to."""

    arguments: Sequence[str]
    run: Run | None = None

    @property
    def every(self) -> float | None:
        """How often it shall be run, in seconds."""
        every = None if self.run is None else self.run.every
        return None if every is None else every.total_seconds()


def _once(line: _Line) -> int:
    with ExitStack() as loading:
        loading.enter_context(first_word(line.arguments))
        # Not at the top: an interruption while modules are loaded is told like any other.
        from cloudstock.cli.app import parse
        from cloudstock.cli.run import OutputFailed, tell_problem
        from cloudstock.redaction import without_keys

        log_format = "text"
        redacted: Callable[[str], str] = without_keys
        try:
            choice = parse(line.arguments)
            loading.close()
            if isinstance(choice, int):
                return choice
            line.run = choice.run
            log_format, redacted = choice.run.log_format, choice.run.redacted
            return _acted(choice)
        except OutputFailed as failure:
            _give_up_output()
            if isinstance(failure.error, BrokenPipeError):
                return PIPE_CLOSED
            tell_problem(
                tr("the answer could not be written: {failure}", failure=failure),
                "output",
                log_format=log_format,
            )
            return Exit.FAILED
        except CloudstockError as error:
            tell_problem(redacted(str(error)), error.kind, log_format=log_format)
            return error.exit_code
        except OSError as error:
            tell_problem(redacted(_described(error)), "system", log_format=log_format)
            return Exit.FAILED
        except Exception:  # noqa: BLE001 - a bug: everything about it is told
            import traceback

            _tell_bug(redacted(traceback.format_exc()), log_format=log_format)
            return Exit.FAILED


def _acted(choice: Choice) -> int:
    """Do what was chosen, to the last word of its answer."""
    from cloudstock.cli.run import OutputFailed

    with _watched(choice.run):
        code = choice.act()
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OutputFailed(error) from error
    return int(code)


def _described(error: OSError) -> str:
    what = system_words(error) or type(error).__name__
    return f"{error.filename}: {what}" if error.filename is not None else what


def _tell_bug(trace: str, *, log_format: str) -> None:
    message = tr("this is a bug; please report it with what follows\n{trace}", trace=trace).rstrip()
    if log_format == "json":
        from cloudstock.cli.run import tell_problem

        tell_problem(message, "bug", log_format=log_format)
        return
    from cloudstock.logs import escaped

    # An exception's words may come from outside: they move no cursor, and their lines, being
    # indented, pass for none of ours.
    _tell(escaped(message, keep="\n").replace("\n", "\n    "))


def _tell(message: str) -> None:
    try:
        sys.stderr.write(f"cloudstock: {message}\n")
    except OSError:
        # Nobody is left to tell; the exit code still does.
        return


def _prepare_output() -> None:
    """Make sure that text can be written, whatever the terminal takes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by whoever started us: what is written there is for nobody.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Keep the interpreter's own last flush of stdout from failing again."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.close(devnull)


if __name__ == "__main__":
    sys.exit(main())
