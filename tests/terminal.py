"""A program with a terminal before it: what it wrote there, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from select import select
from typing import NamedTuple

SIZE = (24, 100)
# A program that waits for so long waits for an answer that nobody gives.
HANGS_S = 120.0
CONTROL = re.compile(r"\x1b\[\??([0-9;]*)([A-Za-z])|\r|\n")


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
        """The longest time without a word."""
        return max(after - before for before, after in pairwise((0.0, *self.moments)))


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


def at_terminal(
    command: Sequence[str],
    *,
    folder: Path,
    env: Mapping[str, str],
    piped: bool = False,
    typed: str = "",
    answers: Sequence[tuple[str, str]] = (),
) -> Seen:
    """Run a command with a terminal before it; `piped`: its answer goes to a program.

    `typed`: before it asks anything; `answers`: what is typed once a question is there.
    """
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "xterm", **env},
        stdin=theirs,
        stdout=subprocess.PIPE if piped else theirs,
        stderr=theirs,
        text=True,
        # Or else a password would be asked for at the terminal of whoever runs the tests.
        start_new_session=True,
    ) as running:
        os.close(theirs)
        written, moments = b"", []
        questions = iter(answers)
        question, answer = next(questions, ("", ""))
        # Reading fails when whoever wrote to the terminal has gone.
        with suppress(OSError):
            while True:
                if not select([ours], [], [], HANGS_S)[0]:
                    running.kill()
                piece = os.read(ours, 65536)
                if not piece:
                    break
                written += piece
                moments.append(time.monotonic() - began)
                if question and question.encode() in written:
                    os.write(ours, answer.encode())
                    question, answer = next(questions, ("", ""))
        os.close(ours)
        out = "" if running.stdout is None else running.stdout.read()
    moments.append(time.monotonic() - began)
    text = written.decode().replace("\u00a0", " ")
    return Seen(running.returncode, text, out, tuple(moments))
