"""Files as they are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cloudstock.sheets.answers import Answers
from cloudstock.sheets.reading.grid import Document
from cloudstock.sheets.reading.opening import opened

Opening = Callable[..., Document]


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Opening]:
    """Write bytes to a file and open it."""
    (folder := tmp_path / "private").mkdir()
    stack = ExitStack()

    def opening(content: bytes, name: str = "stock.csv", **answers: str) -> Document:
        (tmp_path / name).write_bytes(content)
        return stack.enter_context(
            opened(tmp_path / name, answers=Answers(**answers), folder=folder)
        )

    with stack:
        yield opening
