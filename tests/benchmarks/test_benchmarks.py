from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import BENCHMARKS, ON_REQUEST, main
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.measure import without_meaning
from tests.system.conftest import loaded


@pytest.mark.parametrize("name", [*BENCHMARKS, *sorted(ON_REQUEST.keys() - {"peer"})])
def test_every_benchmark_runs_and_what_is_exact_is_so(name: str, tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    # Times and sizes of a short run mean nothing; requests and what buyers see do.
    words = ["--short", "--only", name, "--json", str(told), "--folder", str(tmp_path)]
    with without_meaning(loaded()):
        assert main(words) == 0
    figures = json.loads(told.read_text())
    assert figures
    assert [f for f in figures if f["exact"] and not f["good"]] == []


def test_a_figure_that_is_short_of_what_was_asked_is_marked() -> None:
    good, short = Figure("a", "s", 1.0, 0.5), Figure("b", "s", 1.0, 1.5)
    few = Figure("c", "requests", 5, 4, exact=True)
    lines = table([good, short, few]).splitlines()
    assert ["SHORT" in line for line in lines[1:]] == [False, True, True]
    assert (good.ratio, short.ratio) == (0.5, 1.5)
