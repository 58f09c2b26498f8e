"""What a job tells when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cloudstock.errors import CloudstockError, Exit
from cloudstock.store.views.happened import Happened


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an account's part of a job did not succeed."""

    # As in `CloudstockError.kind`, or "bug".
    kind: str
    message: str
    exit_code: Exit = Exit.FAILED

    @classmethod
    def of(cls, error: CloudstockError) -> Failure:
        """Return the failure that an error stands for."""
        return cls(error.kind, str(error), error.exit_code)


@dataclass(frozen=True, slots=True)
class AccountResult:
    """How a job ended for one account."""

    account: str
    error: Failure | None = None
    # Fixed names of what was done, e.g. {"orders": 12, "new": 3}.
    counts: dict[str, int] = field(default_factory=dict)
    # What a person should know though nothing failed, a sentence each.
    notes: tuple[str, ...] = ()
    # Which of them say of what waits what events say of each listing.
    waits: frozenset[str] = frozenset()

    @property
    def ok(self) -> bool:
        """True where nothing failed."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class PlannedPush:
    """One number that a dry run would send."""

    account: str
    offer_id: str
    external_warehouse: str
    # What it is believed to show; None where nothing is known.
    low: int | None
    high: int | None
    quantity: int
    # 'lower' or 'raise'.
    phase: str


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended."""

    command: str
    accounts: tuple[AccountResult, ...]
    # What the whole run should tell, beyond single accounts.
    notes: tuple[str, ...] = ()
    # What a dry run would send; None: the job sends no numbers.
    planned: tuple[PlannedPush, ...] | None = None
    # What was bought, sent and returned, one by one; None: that was not asked for.
    happened: Happened | None = None
    # Where there is no database, of which only `check` makes so little.
    missing: Failure | None = None

    @property
    def ok(self) -> bool:
        """True where nothing failed."""
        return self.missing is None and all(a.ok for a in self.accounts)

    @property
    def exit_code(self) -> Exit:
        """0; 1 where some failed; 75 or 77 where every account failed for that reason.

        78 where there is no database.
        """
        if self.missing is not None:
            return self.missing.exit_code
        return joint_exit_code([a.error for a in self.accounts])


def joint_exit_code(failures: Sequence[Failure | None]) -> Exit:
    """Return the exit code of a run whose accounts ended so."""
    codes = {Exit.OK if f is None else f.exit_code for f in failures}
    if codes <= {Exit.OK}:
        return Exit.OK
    if len(codes) == 1 and codes <= {Exit.TRY_LATER, Exit.CREDENTIALS}:
        return codes.pop()
    return Exit.FAILED
