"""Misbehaviour to order."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from cloudstock.sandbox.request import Request, Response

KINDS = (
    "throttle",
    "status",
    "html",
    "empty",
    "drop_before",
    "drop_after",
    "garble",
    "delay",
    "duplicate_page",
    "refuse_items",
    "ignore_write",
    "wrong_key",
)


@dataclass(slots=True)
class Fault:
    """One order to misbehave."""

    kind: str
    account: str | None = None
    method: str | None = None
    # A regular expression found in the path.
    path: str | None = None
    # How many requests it meets, after letting `after` of them pass.
    times: int = 1
    after: int = 0
    seconds: float = 0.0
    status: int = 500
    share: float = 1.0

    def meets(self, account: str | None, request: Request) -> bool:
        """True where the fault is for this request."""
        return (
            self.times > 0
            and self.account in (None, account)
            and self.method in (None, request.method)
            and (self.path is None or re.search(self.path, request.path) is not None)
        )


class Faults:
    """The orders that are not used up."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Add an order."""
        self._ordered.append(fault)

    def clear(self) -> None:
        """Forget all orders."""
        self._ordered.clear()

    def listed(self) -> list[dict[str, object]]:
        """All orders that are not used up."""
        return [asdict(f) for f in self._ordered if f.times > 0]

    def take(self, account: str | None, request: Request) -> Fault | None:
        """Return the first order that meets a request, and count it off."""
        for fault in self._ordered:
            if not fault.meets(account, request):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            return fault
        return None


def spoiled(fault: Fault, answer: Response) -> Response:
    """Return an answer as the fault makes it; the request has been applied.

    A breach of contract that the request was anyway stays on record.
    """
    match fault.kind:
        case "drop_after":
            return Response(0, dropped=True, breach=answer.breach)
        case "garble":
            half = answer.body[: max(1, len(answer.body) // 2)] or b"{"
            status = answer.status if answer.body else 200
            return Response(status, half + b'"\xff', answer.headers, breach=answer.breach)
        case "delay":
            answer.delay_s = fault.seconds
        case _:
            pass
    return answer
