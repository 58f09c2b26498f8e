"""Each sample is read as it should be, where this machine has the samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import expected, judge
from tests.samples.expected import Sample

# Before a fixture clears the environment.
FOLDER = expected.folder()
SAMPLES, PRODUCTS = ([], []) if FOLDER is None else expected.samples(FOLDER)


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judge.database(tmp_path_factory.mktemp("samples"), PRODUCTS)


@pytest.mark.skipif(FOLDER is None, reason=expected.WHY_NOT)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.name)
def test_it_is_read_as_it_should_be(sample: Sample, products: Path, tmp_path: Path) -> None:
    assert list(judge.differences(sample, products, tmp_path, short=True)) == []
