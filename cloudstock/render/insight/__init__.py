"""report, as JSON, for a terminal, and as a page: one arrangement of sections, written twice."""

from __future__ import annotations

from collections.abc import Iterator

from cloudstock.render import as_json
from cloudstock.store.views.insight import Insight


def insight_json(report: Insight) -> Iterator[str]:
    """Yield one JSON document; its keys are the fields of the records."""
    return as_json.document(data(report))


def data(report: Insight) -> dict[str, object]:
    """Return all of a report as JSON has it."""
    plain = as_json.plain(report)
    assert isinstance(plain, dict)
    return {"command": "report", **plain}
