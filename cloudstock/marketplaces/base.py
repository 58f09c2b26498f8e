"""What every marketplace adapter is: a translator between one API and our records.

Adapters decide nothing and keep no state beyond the life of a run. They do not inherit from
anything here; each module's last line assigns its class to `Marketplace`, so that the type
checker proves the fit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, Required, TypedDict, TypeVar

from cloudstock.addresses import Network
from cloudstock.domain.records import (
    Listing,
    MarketplaceWarehouse,
    Order,
    OrderRef,
    PushOutcome,
    Return,
    SeenStock,
    StockKey,
    StockUpdate,
    TimeRange,
)
from cloudstock.marketplaces.clock import Clock
from cloudstock.marketplaces.server_clock import ServerClock

if TYPE_CHECKING:
    import httpx

    from cloudstock.marketplaces.pace import Pace

R = TypeVar("R", covariant=True)


class Recent(Protocol):
    """What one account answered lately to questions that need not be asked every minute."""

    def recall(self, what: str, *, age_max_s: float) -> str | None:
        """Return what was kept last; None where there is nothing, or it is older than that."""
        ...

    def keep(self, what: str, answer: str | None) -> None:
        """Keep an answer, given now, for this run and the next ones; None: forget what was kept."""
        ...


class Surprises(Protocol):
    """Where an adapter tells of words that none of its tables knows."""

    def met(self, place: str, field: str, word: str, *, left_out: bool = False) -> None:
        """Count a word: `place` is the request ("POST /v4/posting/fbs/list"), `field` its name.

        "" is a field that is not there, or empty. `left_out`: the order, the listing or whatever it
        stands in could not be read and became no record; `word` may then be the reason.
        """
        ...


class Met(Protocol):
    """Takes the words of one answer that no table knows, for `Surprises.met`."""

    def __call__(self, field: str, word: object, *, left_out: bool = False) -> None:
        """Take a word, or a number; None or "": the field is not there, or empty."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it was sent, and what came of it."""

    at: datetime
    # The account's name.
    account: str
    marketplace: str
    method: str
    path: str
    query: Mapping[str, str | int]
    # Bodies as sent and received, secrets and people in them.
    request: bytes = field(repr=False)
    # The first sending of a request is 1.
    attempt: int
    # From sending to the last byte.
    ms: int
    # None: there was no answer that could be used, and `error` says why.
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    answer: bytes = field(default=b"", repr=False)
    error: str = ""


class Recorder(Protocol):
    """Where a run's exchanges are written down; takes out what is nobody's business."""

    def exchange(self, exchange: Exchange) -> None:
        """Write an exchange; raises nothing."""
        ...

    def surprise(
        self, account: str, place: str, field: str, word: str, *, left_out: bool = False
    ) -> None:
        """Write a word that no table of ours knows, as `Surprises.met` has it; raises nothing."""
        ...


class Around(TypedDict, total=False):
    """What an adapter works with, beside its account."""

    clock: Required[Clock]
    # Turns at the marketplace, shared by all processes.
    pace: Required[Pace]
    # Takes the place of the network.
    transport: httpx.AsyncBaseTransport | None
    # Bounds everything that the adapter will do, waits included.
    deadline: datetime | None
    # Saves it questions that were answered a moment ago.
    recent: Recent | None
    surprises: Surprises | None
    # Is told of every request and what came of it.
    recorder: Recorder | None


class Page(NamedTuple, Generic[R]):
    """One answer's records and how far they bring the reader."""

    records: tuple[R, ...]
    # What to store, in the same transaction as the records, as the place to go on from; None
    # where the pages are not sorted by change and only the last one finishes the walk. Opaque
    # except for orders and returns, where it is not used: there the time range's end is the cursor,
    # stored by the job when the walk has ended.
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Traits:
    """How a marketplace differs from the others, as data. All durations at pace 1, in seconds."""

    # Items per writing request; one request is for one warehouse.
    push_batch: int
    # The least time between two writes of the same listing and warehouse; 0: no such rule.
    push_interval_s: float = 0.0
    # For how long after an accepted write a reading may still show the old number.
    settle_s: float = 60.0
    # Does a reading tell what the marketplace holds for orders?
    reports_reserved: bool = False
    # Does `read_stock(None)` list everything by itself? If not, it must be given keys.
    walks_stock: bool = False
    # Does the marketplace take its own orders off what it shows at `Order.created_at`, as its
    # contract says for sure? If not, a sale leaves unknown what the listing shows.
    sale_lowers_stock: bool = True
    # Statuses, as in `Order.status`, from which a cancelled order gives nothing back to what is
    # shown, whatever the reason: it is packed.
    keeps_cancelled: frozenset[str] = frozenset()
    # May warehouses, of several accounts even, come to show one stock by themselves?
    shares_stock: bool = False
    # Two clocks, ours and theirs, may differ by this much: an order made closer than this to a
    # push leaves unknown what the listing shows.
    clock_margin_s: float = 60.0
    # Time ranges of orders and returns reach back this far before the last finished reading.
    orders_overlap_s: float = 3_600.0
    returns_overlap_s: float = 172_800.0
    # What a first reading covers, in days.
    orders_first_days: int = 90
    returns_first_days: int = 90
    # How `Listing.offer_id` is made, where the account's settings say so: a change of it calls
    # listings otherwise. '': it is the marketplace's own.
    articles: str = ""
    # `returns` and `read_stock` are not to be asked more often than this.
    returns_interval_s: float = 0.0
    reserves_interval_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that `check` found about an account."""

    # "ok", "warning" or "error".
    level: str
    # A sentence for the seller, with what to do if something is wrong.
    message: str
    # It is that the credentials do not allow something.
    refused: bool = False
    # It hinders sending numbers only, so that an account which is only watched can do without.
    pushing: bool = False
    # It is that a limit is used up: nothing is wrong, but it is not known yet.
    waits: bool = False


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` learned of an account beyond that its credentials work."""

    # Who the marketplace says we are (shop or seller name); "" where it does not tell.
    seller: str
    warehouses: tuple[MarketplaceWarehouse, ...]
    findings: tuple[CheckFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What a marketplace calls about. Anybody may have written it: it proves nothing."""

    # The marketplace's own word.
    event: str
    # Settings of the account that it is for, by name, as far as it tells them.
    settings: Mapping[str, str] = field(default_factory=dict)
    # It only tries whether anybody answers.
    tries: bool = False
    # Orders may have changed.
    orders: bool = True


class Calls(Protocol):
    """How a marketplace calls by itself when something happens, and how it is answered."""

    @property
    def networks(self) -> Sequence[Network]:
        """From where, as its contract says."""
        ...

    @property
    def shared_by(self) -> str:
        """The setting that accounts have alike where one address may be called for all of them.

        "": each has its own.
        """
        ...

    @property
    def where(self) -> str:
        """Where the address is entered in the cabinet, and what is ticked; for translation."""
        ...

    def read(self, body: bytes) -> Call:
        """Return what a call says; raises `ValueError` where it is none."""
        ...

    def taken(self, call: Call, now: datetime) -> object:
        """Return the JSON with which a call is answered."""
        ...

    def refused(self, status: int, message: str) -> object:
        """Return the JSON with which one is refused, for an HTTP status."""
        ...


class Marketplace(Protocol):
    """One account of one marketplace.

    Every method raises the errors of `cloudstock.errors`: `CredentialsRefused`, `Unreachable` and
    `Throttled` after bounded retries, `RequestRefused`, `AnswerNotUnderstood`. Iterators raise at
    the page that fails; the pages before it stand. Records may repeat between pages and between
    calls: readers must not care.

    All moments, asked for and told, are in the marketplace's own time; `LocalTime` stands between
    an adapter and those who live in this machine's.
    """

    @property
    def traits(self) -> Traits:
        """The differences as data."""
        ...

    @property
    def server_clock(self) -> ServerClock:
        """What the answers so far told of the marketplace's clock."""
        ...

    async def check(self) -> CheckReport:
        """Ask whether the credentials work, with which rights, and for which warehouses.

        Cheap: a few requests, none of them a reading of catalog, orders, returns or stock. Raises
        `CredentialsRefused` where they do not work at all; missing rights, expiry, unknown or
        unusable configured warehouses are findings.
        """
        ...

    async def credentials_end(self) -> datetime | None:
        """When the credentials end; None where the marketplace does not tell.

        At most one request.
        """
        ...

    async def warehouses(self) -> tuple[MarketplaceWarehouse, ...]:
        """The seller's warehouses; never those where the marketplace holds the goods."""
        ...

    def catalog(self, cursor: str | None) -> AsyncIterator[Page[Listing]]:
        """All listings, archived ones included and marked.

        `cursor` is the last one stored, or None for a whole walk; adapters whose contract has no
        change order ignore it and walk everything. Emptiness is not judged here.
        """
        ...

    def orders(self, time_range: TimeRange) -> AsyncIterator[Page[Order]]:
        """Orders made in the time range, and, where the contract can tell, those changed in it.

        Includes its orders in every status, final ones too. May reach further back. Orders of
        marketplace-held stock are left out or marked `ignored`. An order that is made before the
        walk begins is told, whatever changes while it goes on: lists are read in an order in which
        a change moves nothing to where the walk has been.
        """
        ...

    def orders_again(self, refs: Sequence[OrderRef]) -> AsyncIterator[Page[Order]]:
        """The present state of these orders, however old, in full batches.

        Orders that the marketplace does not answer for are left out: absence tells nothing.
        """
        ...

    def returns(
        self, time_range: TimeRange, refs: Sequence[OrderRef]
    ) -> AsyncIterator[Page[Return]]:
        """Returns changed in the time range, and, where the contract can, all that are not ended.

        `refs` are the orders of returns still expected, for contracts that ask by order.
        """
        ...

    def read_stock(self, keys: Iterable[StockKey] | None) -> AsyncIterator[Page[SeenStock]]:
        """What is shown and held now, for the account's configured warehouses only.

        With `keys`: these (others may come too); None, only where `traits.walks_stock`: everything.
        A pair that the marketplace has no record of is left out. Marketplace-held stock never
        appears.
        """
        ...

    async def push(self, updates: Sequence[StockUpdate]) -> tuple[PushOutcome, ...]:
        """Show these quantities: 1..`traits.push_batch` items of one warehouse, each pair once.

        Returns one outcome per update, in any order. Never raises for a refused item. Where a
        refused item spoils the batch by contract, the rest is sent again here. Raises only where
        nothing can be said of any item: then every item's outcome is unknown.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
