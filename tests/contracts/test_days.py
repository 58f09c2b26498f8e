"""What a day says is judged whole; `python -m tests.contracts` drives all days."""

from __future__ import annotations

from collections.abc import Mapping

from tests.contracts.exceptions import sort_out
from tests.contracts.run import Findings
from tests.contracts.texts import Spec


def test_nothing_on_a_day_differs_from_the_texts(specs: Mapping[str, Spec]) -> None:
    findings = Findings(specs)
    findings.drive(["grouped"])
    asked = {name for _, name in findings.operations}
    assert asked >= {
        "POST /v2/products/stocks",
        "POST /v4/posting/fbs/list",
        "POST /v1/returns/list",
        "PUT /v2/campaigns/{campaignId}/offers/stocks",
        "POST /v1/businesses/{businessId}/orders",
        "GET /v2/campaigns/{campaignId}/returns",
    }
    assert findings.exchanges > 100
    assert sort_out(findings.violations).violations == {}
