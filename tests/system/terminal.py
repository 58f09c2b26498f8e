"""A person at a real terminal: the installed program on a pseudo-terminal, typed to and read."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 30.0
_CONTROL = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|\r")
CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """One command at a terminal of its own; `keys` counts what was pressed, a paste as one."""

    def __init__(self, command: Sequence[str], *, folder: Path, env: Mapping[str, str]) -> None:
        self.keys = 0
        self.text = ""
        self._read = 0
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.chdir(folder)
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
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, until - time.monotonic()))
        assert ready, f"nothing more was shown:\n{self.text}"
        # Reading fails when whoever wrote has gone.
        with suppress(OSError):
            piece = os.read(self._terminal, 65536).decode()
            self.text += _CONTROL.sub("", piece.replace("\u00a0", " "))
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
