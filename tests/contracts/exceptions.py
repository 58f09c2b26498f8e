"""What differs from the specifications and may: one line each, with its reason.

A line that nothing needs any more is a mistake of its own: the list holds what is, not what was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.contracts.judge import ANSWER, REQUEST, Violation


@dataclass(frozen=True, slots=True)
class Allowed:
    """A difference that may be; `operation` and `where` are patterns with `*`."""

    marketplace: str
    operation: str
    side: str
    where: str
    rule: str
    reason: str

    def covers(self, violation: Violation) -> bool:
        """Is it this difference?"""
        return (
            (self.marketplace, self.side, self.rule)
            == (violation.marketplace, violation.side, violation.rule)
            and fnmatchcase(violation.operation, self.operation)
            and fnmatchcase(violation.where, self.where.replace("[", "[[]"))
        )


ALLOWED = (
    Allowed(
        "ozon",
        "POST *",
        ANSWER,
        "",
        "status",
        "429 is told by the guide on limits, for all methods, and by no method itself",
    ),
    Allowed(
        "ozon",
        "POST /v4/posting/fbs/list",
        ANSWER,
        "postings[].delivery_schema",
        "enum",
        "listed as `FBS` and written `fbs` in the example",
    ),
    Allowed(
        "ozon",
        "POST /v1/*",
        REQUEST,
        "",
        "body",
        "the text has no body here; clients of live cabinets send {} to POST /v1/roles",
    ),
    Allowed(
        "ozon",
        "POST /v2/returns/rfbs/list",
        ANSWER,
        "returns",
        "type",
        "one claim by the text, an array by its example and by live answers",
    ),
    Allowed(
        "wildberries",
        "POST /api/v3/orders/status",
        ANSWER,
        "orders[].*Status",
        "enum",
        "cancel_carrier and canceled_by_carrier are described, and missing in the enum",
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The violations that are none of the exceptions, and the exceptions that nothing needs."""

    violations: Counter[Violation]
    allowed: Counter[Allowed]
    needless: tuple[Allowed, ...]


def sort_out(found: Iterable[Violation], allowed: Iterable[Allowed] = ALLOWED) -> Verdict:
    """Tell what may be from what may not."""
    wrong: Counter[Violation] = Counter()
    used: Counter[Allowed] = Counter()
    known = tuple(allowed)
    for violation in found:
        reason = next((a for a in known if a.covers(violation)), None)
        if reason is None:
            wrong[violation] += 1
        else:
            used[reason] += 1
    return Verdict(wrong, used, tuple(a for a in known if a not in used))
