"""A book with one account on Ozon and a few products that were never counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudstock.store import Store
from tests import builders


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "book.db", create=True) as store:
        ids = builders.arrange(store, builders.account())
        builders.offer(store, ids["ozon-main"], "MUG", "CUP", "POT")
        yield store
