"""The specifications, where this machine has them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.contracts import texts
from tests.contracts.texts import Spec

# Before a fixture clears the environment.
FOLDER = texts.folder()


@pytest.fixture(scope="session")
def specs() -> Mapping[str, Spec]:
    """Return the three specifications; a test that needs them is skipped where there are none."""
    if FOLDER is None:
        pytest.skip(texts.WHY_NOT)
    return texts.load(FOLDER)
