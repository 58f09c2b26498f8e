"""A program with a terminal before it: what it wrote there, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from select import select
from typing import NamedTuple

SIZE = (24, 100)
# A program that waits for so long waits for an answer that nobody gives.
HANGS_S = 120.0
CONTROL = re.compile(r"\x1b\[\??([0-9;]*)([A-Za-z])|\r|\n")


PATIENCE_S = 30.0
_PLAIN = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|\r")
CTRL_C, CTRL_D = "\x03", "\x04"


class Seen(NamedTuple):
    """What a person had before them, and how the program ended."""

    code: int
    # All that was written to the terminal.
    written: str
    # What went into a pipe instead.
    out: str
    # Seconds after its start at which something was written, and at which it ended.
    moments: tuple[float, ...]

    @property
    def screen(self) -> list[str]:
        """The lines that stand there in the end."""
        return screen(self.written)

    @property
    def silence_s(self) -> float:
        """The longest time without a word after the first one."""
        return max((after - before for before, after in pairwise(self.moments)), default=0.0)


def screen(written: str) -> list[str]:
    """Return the lines that a terminal shows after all that was written to it."""
    lines, row, column, place = [""], 0, 0, 0
    while place < len(written):
        match = CONTROL.match(written, place)
        if match is None:
            following = CONTROL.search(written, place)
            end = len(written) if following is None else following.start()
            text = written[place:end]
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column, place = column + len(text), end
            continue
        place = match.end()
        if match[0] == "\r":
            column = 0
        elif match[0] == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif match[2] == "A":
            row -= int(match[1] or 1)
        elif match[2] == "K":
            assert match[1] == "2"
            lines[row] = ""
        else:
            # Colours; the cursor hidden, and shown again.
            assert match[2] in "mhl", match[0]
    return [line.rstrip() for line in lines if line.strip()]


# Starts a command in a folder with variables and its stdin, stdout and stderr; returns what waits
# for its exit code.
Start = Callable[[Sequence[str], Path, Mapping[str, str], Sequence[int]], Callable[[], int]]


def in_a_process(
    command: Sequence[str], folder: Path, env: Mapping[str, str], files: Sequence[int]
) -> Callable[[], int]:
    """Start a program."""
    stdin, stdout, stderr = files
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        # Or else a password would be asked for at the terminal of whoever runs the tests.
        start_new_session=True,
    ).wait


def at_terminal(
    command: Sequence[str],
    *,
    folder: Path,
    env: Mapping[str, str],
    piped: bool = False,
    typed: str = "",
    answers: Sequence[tuple[str, str]] = (),
    start: Start = in_a_process,
) -> Seen:
    """Run a command with a terminal before it; `piped`: its answer goes to a program.

    `typed`: before it asks anything; `answers`: what is typed once a question is there.
    """
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "xterm", **env}
    began = time.monotonic()
    with tempfile.TemporaryFile() as answer:
        end = start(command, folder, env, [theirs, answer.fileno() if piped else theirs, theirs])
        os.close(theirs)
        written, moments = b"", []
        questions = iter(answers)
        question, keys = next(questions, ("", ""))
        # Reading fails when whoever wrote to the terminal has gone.
        with suppress(OSError):
            while select([ours], [], [], HANGS_S)[0] and (piece := os.read(ours, 65536)):
                written += piece
                moments.append(time.monotonic() - began)
                if question and question.encode() in written:
                    os.write(ours, keys.encode())
                    question, keys = next(questions, ("", ""))
        # Whoever waits for an answer that nobody gives is told that nobody is there.
        os.close(ours)
        code = end()
        answer.seek(0)
        out = answer.read().decode()
    moments.append(time.monotonic() - began)
    text = written.decode().replace("\u00a0", " ")
    return Seen(code, text, out, tuple(moments))


class Terminal:
    """One command at a terminal of its own; `keys` counts what was pressed, a paste as one."""

    def __init__(self, command: Sequence[str], *, folder: Path, env: Mapping[str, str]) -> None:
        self.keys = 0
        self.text = ""
        self._read = 0
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(folder)
            # Whoever runs the tests in the background ignores Ctrl-C, and so would all it starts.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(command[0], list(command), {"TERM": "xterm", **env})

    def expect(self, text: str) -> str:
        """Wait until a text is shown; return what was shown up to its end since the last time."""
        until = time.monotonic() + PATIENCE_S
        while (place := self.text.find(text, self._read)) < 0:
            piece = self._piece(until)
            assert piece, f"it ended without {text!r}:\n{self.text}"
        shown = self.text[self._read : place + len(text)]
        self._read = place + len(text)
        return shown

    def _piece(self, until: float) -> str:
        ready, _, _ = select([self._terminal], [], [], max(0.0, until - time.monotonic()))
        assert ready, f"nothing more was shown:\n{self.text}"
        # Reading fails when whoever wrote has gone.
        with suppress(OSError):
            piece = os.read(self._terminal, 65536).decode()
            self.text += _PLAIN.sub("", piece.replace("\u00a0", " "))
            return piece
        return ""

    def press(self, keys: str = "") -> None:
        """Press keys, and Enter after them unless the last is a control key."""
        enter = "" if keys in (CTRL_C, CTRL_D) else "\n"
        self.keys += len(keys) + len(enter)
        os.write(self._terminal, (keys + enter).encode())

    def paste(self, text: str) -> None:
        """Paste a text, and press Enter."""
        self.keys += 2
        os.write(self._terminal, f"{text}\n".encode())

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def answer(self, *answers: tuple[str, str]) -> None:
        """Wait for each question, and press what answers it."""
        for question, keys in answers:
            self.expect(question)
            self.press(keys)

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        until = time.monotonic() + PATIENCE_S
        while self._piece(until):
            pass
        os.close(self._terminal)
        _, status = os.waitpid(self._child, 0)
        return os.waitstatus_to_exitcode(status)
