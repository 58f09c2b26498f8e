"""The errors of the program, told apart by what to do next, and the exit code of each family.

Every message is one line for a person: what happened, where, and what to do. Messages never carry
a secret: those who raise pass whatever came from outside through the redactor first.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command; 75, 77 and 78 are those of sysexits.h."""

    OK = 0
    FAILED = 1
    USAGE = 2
    TRY_LATER = 75
    CREDENTIALS = 77
    CONFIGURATION = 78


class CloudstockError(Exception):
    """Root of all errors that are told in one line; anything else is a bug."""

    # What `--json` calls it.
    kind = "error"
    exit_code = Exit.FAILED


class UsageProblem(CloudstockError):
    """Wrong usage or a bad input file; nothing was changed."""

    kind = "usage"
    exit_code = Exit.USAGE


class Unconfirmed(UsageProblem):
    """What was asked for may not be meant: nothing was changed, and it is done when confirmed."""

    kind = "unconfirmed"


class ConfigurationError(CloudstockError):
    """The configuration cannot be used; names file, path in it and what was expected."""

    kind = "configuration"
    exit_code = Exit.CONFIGURATION


class DatabaseError(CloudstockError):
    """The database cannot be used: another program's file, a newer schema, a full disk."""

    kind = "database"


class DatabaseMissing(DatabaseError):
    """There is no database where the configuration says; none is begun unless a person says so."""

    exit_code = Exit.CONFIGURATION


class Busy(CloudstockError):
    """Another run holds the lock; try again later."""

    kind = "busy"
    exit_code = Exit.TRY_LATER


class Unfinished(CloudstockError):
    """A file is still being written, or lacks its end; nothing of it was taken."""

    kind = "unfinished"
    exit_code = Exit.TRY_LATER


class MarketplaceError(CloudstockError):
    """An account's trouble. It stops this account and no other."""

    kind = "marketplace"


class Unreachable(MarketplaceError):
    """No usable answer in the time allowed: network, time-outs, 5xx. Passes by itself."""

    kind = "unreachable"
    exit_code = Exit.TRY_LATER


class Throttled(Unreachable):
    """The marketplace asks to wait longer than this run may."""

    kind = "throttled"

    def __init__(self, message: str, *, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class CredentialsRefused(MarketplaceError):
    """401, or 403 for a key or a right: a person must act."""

    kind = "credentials"
    exit_code = Exit.CREDENTIALS

    def __init__(self, message: str, *, status: int = 401) -> None:
        super().__init__(message)
        # 403: the key is good, but not for this.
        self.status = status


class RequestRefused(MarketplaceError):
    """The marketplace refused a request (4xx) for another reason than credentials or pace."""

    kind = "refused"

    def __init__(self, message: str, *, status: int, code: str = "", body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        # As received, for the adapter that understands it; never printed as it is.
        self.body = body


class AnswerNotUnderstood(MarketplaceError):
    """An answer that is not as the contract says: names account, endpoint and field."""

    kind = "answer"


class DoubtfulAnswer(MarketplaceError):
    """Wholesale news that is not believed: a catalogue or stock report suddenly empty."""

    kind = "doubtful"
