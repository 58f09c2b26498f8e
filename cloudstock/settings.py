"""What the configuration says, as frozen values; `config` reads them from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple


class Secret:
    """A credential that shows itself only when asked: not in repr, str, format or pickles."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """How much of what is available an account shows."""

    # Units kept back per product.
    buffer: int = 0
    # No listing shows more than this; None: no cap.
    max_quantity: int | None = None
    # Per cent of what is available, rounded down.
    share_percent: int = 100
    # How it shares with the other accounts on its shelf: as `domain.policies.Policy`.
    policy: str = "share"
    # Lower is served first where units are scarce; None: by the account's place in the file.
    rank: int | None = None


class WarehouseLink(NamedTuple):
    """A marketplace warehouse and the shelf that feeds it."""

    # The marketplace's warehouse id as text; "" means the account's only one.
    warehouse_id: str
    # The local warehouse, a name of the seller's.
    feeds_from: str
    # Per cent of the shelf's available units that this warehouse shows; multiplied with the
    # policy's share.
    share_percent: int = 100


@dataclass(frozen=True, slots=True)
class Account:
    """One seller cabinet on one marketplace."""

    name: str
    marketplace: str
    warehouses: tuple[WarehouseLink, ...]
    policy: StockPolicy = StockPolicy()
    # "quarantine": a returned unit waits for receive-return; "restock": back on sale at once.
    returns: str = "quarantine"
    # False: it is read, booked and compared, and no number is sent to it.
    push: bool = True
    # One address for all of the marketplace's hosts, without a trailing slash; None: the real ones.
    base_url: str | None = None
    # How much of the published limits to use; above 1 only on loopback.
    pace: float = 1.0
    # The marketplace's own settings, by the names its registration declares.
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    def local_warehouse(self, warehouse_id: str | None) -> str | None:
        """Return the shelf behind a marketplace warehouse, None if the account maps none.

        An order that names no warehouse belongs to the account's first one.
        """
        for link in self.warehouses:
            if warehouse_id is None or link.warehouse_id in ("", warehouse_id):
                return link.feeds_from
        return None


class BlastGuard(NamedTuple):
    """When a push that empties an account's windows needs a word of confirmation."""

    # Share of the account's live listings, in per cent, that one push may take to zero unexplained.
    max_percent: int = 20
    # Below this number of listings the guard never stops a push.
    min_listings: int = 10


# What a notice can be about; `recovered`: that one of the others is over.
EVENTS = ("failed", "oversold", "unlinked", "token", "recovered")


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """Who is told of what, and when."""

    # Addresses as Apprise has them, credentials in them; none: nobody is told anything.
    urls: tuple[Secret, ...] = ()
    # What passes by itself is told only once it has lasted so long.
    after: timedelta = timedelta(minutes=15)
    events: tuple[str, ...] = EVENTS
    # Told again while it lasts, this long after the last time; None: once.
    repeat: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Web:
    """How the window in the browser is served."""

    # Beyond this machine only with a password.
    host: str = "127.0.0.1"
    port: int = 8090
    # As `cloudstock web --hash-password` prints it; None: whoever is on this machine may.
    password_hash: Secret | None = None
    # Lets scripts in, as `Authorization: Bearer ...`.
    token: Secret | None = None
    # Reached by https, through a proxy: cookies travel no other way.
    https: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole configuration, checked."""

    # The file it was read from.
    path: Path
    database: Path
    accounts: tuple[Account, ...]
    # The default policy (`stock:` at the top): its buffer is the one tables show.
    policy: StockPolicy = StockPolicy()
    max_poll_age: timedelta = timedelta(minutes=30)
    # How long one push may wait for the marketplaces' limits before the rest stays pending.
    push_wait: timedelta = timedelta(seconds=45)
    # How often `sync` reads back what the marketplaces show.
    reserves_every: timedelta = timedelta(minutes=15)
    blast_guard: BlastGuard = field(default_factory=BlastGuard)
    # Of messages, "en" or "ru"; None: as the environment says.
    language: str | None = None
    notices: NoticeSettings = NoticeSettings()
    # Addresses to be asked for when a job begins and ends, by the job's command.
    heartbeats: Mapping[str, Secret] = field(default_factory=dict)
    web: Web = Web()

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of accounts that are read and compared, and sent nothing."""
        return tuple(a.name for a in self.accounts if not a.push)
