"""The configuration: every key declared once, and what it says as frozen values.

A field made by `key` is a key of the file: its type, default and help are read from here by
`config`, which reads the file, by `cloudstock init`, and by the table of the manual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cloudstock.addresses import Network
from cloudstock.config.keys import Key, ListOf, MapOf, Section, key, keys_of, only_given, section
from cloudstock.config.texts import (
    ADDRESS,
    HEARTBEAT,
    HOST,
    NETWORK,
    PASSWORD_HASH,
    PATH,
    SCRIPT_TOKEN,
    SERVICE,
)
from cloudstock.config.types import (
    ACCOUNT_NAME,
    FACTOR,
    NEVER,
    NULL,
    ON_OFF,
    PERCENT,
    TIME_ZONE,
    YES_NO,
    choice,
    duration,
    or_none,
    whole,
)
from cloudstock.domain.policies import Policy
from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.domain.work import Job
from cloudstock.language import LANGUAGES, mark
from cloudstock.redaction import Secret as Secret
from cloudstock.sheets.answers import Answers

# What a notice can be about; `recovered`: that one of the others is over.
EVENTS = (
    "failed",
    "oversold",
    "unlinked",
    "unmanaged",
    "token",
    "low",
    "sold-out",
    "recovered",
)
# The commands whose beginning and end somebody may wait for.
BEATING = tuple(dict.fromkeys([Job.CHECK.command, *(job.command for job in Job), "sync"]))


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """How much of what is available an account shows."""

    buffer: int = key(whole(0), 0, "units kept back per product")
    # None: no cap.
    max_quantity: int | None = key(
        or_none(NULL, whole(0)), None, "no listing shows more than this", example="50"
    )
    share_percent: int = key(
        PERCENT, 100, "how much is shown of what is available, rounded down", name="share"
    )
    policy: str = key(
        choice(*(p.value for p in Policy)),
        "share",
        "how accounts sell one stock. share: every account shows all that is there. split:"
        " the units are divided, so that together the accounts never show more than there"
        " is. adaptive: share while stock is ample, split when it is scarce. priority:"
        " scarce units go to the account of the lowest rank. `set-policy` says otherwise"
        " for a product",
    )
    # None: by the account's place in the file.
    rank: int | None = key(
        whole(0),
        None,
        "the lowest is served first where units are scarce; without it the place in this file"
        " counts",
        example="1",
    )


class WarehouseLink(NamedTuple):
    """A marketplace warehouse and the warehouse of ours that feeds it."""

    # The marketplace's warehouse id as text; "" means the account's only one.
    warehouse_id: str
    # The local warehouse, a name of the seller's.
    feeds_from: str
    # Per cent of the available units there that this warehouse shows; multiplied with the
    # policy's share.
    share_percent: int = 100


@dataclass(frozen=True, slots=True)
class Account:
    """One seller cabinet on one marketplace."""

    name: str
    marketplace: str
    # The marketplace warehouses and what feeds them: `config.accounts`.
    warehouses: tuple[WarehouseLink, ...]
    policy: StockPolicy = key(
        section(StockPolicy),
        StockPolicy(),
        "as `stock` above, for this account alone, key by key",
        name="stock",
        example="{buffer: 1, max_quantity: 50, share: 80%}",
    )
    returns: str = key(
        choice(QUARANTINE, "restock"),
        QUARANTINE,
        "where a returned unit goes. quarantine: it waits for `cloudstock receive-return`;"
        " restock: it is back on sale at once",
    )
    # False: it is read, booked and compared, and no number is sent to it.
    push: bool = key(ON_OFF, True, "as `push` above, for this account alone", example="off")
    # Without a trailing slash; None: the real ones.
    base_url: str | None = key(
        ADDRESS,
        None,
        "one address instead of the marketplace's own: a proxy, the sandbox",
        example="https://proxy.example",
    )
    pace: float = key(
        FACTOR,
        1.0,
        "how much of the published limits to use, where other tools need some too; above 1"
        " only where base_url is on this machine",
        example="0.5",
    )
    # The marketplace's own settings, by the names that its folder declares.
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    # The cabinet's own id, as far as these tell it; "": they do not.
    cabinet: str = ""

    def local_warehouse(self, warehouse_id: str) -> str | None:
        """Return the warehouse behind a marketplace warehouse, None if the account maps none."""
        for link in self.warehouses:
            if link.warehouse_id in ("", warehouse_id):
                return link.feeds_from
        return None


@dataclass(frozen=True, slots=True)
class BlastGuard:
    """When a push that empties an account's listings needs a word of confirmation."""

    max_percent: int = key(
        PERCENT,
        20,
        "the share of an account's live listings that one push may take to zero with no"
        " sales to explain it; more must be confirmed with --yes",
    )
    min_listings: int = key(whole(0), 10, "fewer listings than this never stop a push")


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """Who is told of what, and when."""

    # None: nobody is told anything.
    urls: tuple[Secret, ...] = key(
        ListOf(SERVICE),
        (),
        "addresses of who is told, as Apprise has them. Telegram, mail, a hundred more, by"
        " pip install 'cloudstock[notify]'; they open your channels, so treat them as keys",
        example='["${TELEGRAM_URL}"]',
        required=True,
    )
    after: timedelta = key(
        duration(0), timedelta(minutes=15), "a failure is told once it has lasted so long"
    )
    events: tuple[str, ...] = key(
        ListOf(choice(*EVENTS)),
        EVENTS,
        "what is told: a failing account, oversold units, listings that match no product,"
        " numbers that nobody keeps true, a token about to end, products that run out soon, or sold"
        " out, and that one of these is over",
    )
    # None: once.
    repeat: timedelta | None = key(
        or_none(NEVER, duration(3_600)),
        None,
        "how long after the last time it is told again while it lasts",
    )


@dataclass(frozen=True, slots=True)
class Web:
    """How the pages in the browser are served."""

    # Beyond this machine only with a password.
    host: str = key(HOST, "127.0.0.1", "its address; beyond this machine a password is required")
    port: int = key(whole(1, 65_535), 8090, "its port")
    # None: whoever is on this machine may.
    password_hash: Secret | None = key(
        PASSWORD_HASH,
        None,
        "what `cloudstock web --hash-password` prints of the password",
        example="${CLOUDSTOCK_WEB_PASSWORD}",
    )
    token: Secret | None = key(
        SCRIPT_TOKEN,
        None,
        "what lets scripts in, as `Authorization: Bearer ...`",
        example="${CLOUDSTOCK_WEB_TOKEN}",
    )
    # Cookies travel no other way then.
    https: bool = key(YES_NO, False, "whether a proxy that speaks https is in between")
    # Tries of a password are counted by where they come from.
    proxies: tuple[Network, ...] = key(
        ListOf(NETWORK),
        (),
        "addresses of the proxies before it, which write down in X-Forwarded-For whom they asked"
        " for; nobody else's word is taken for it",
        example="[127.0.0.1]",
    )
    # None: the marketplaces' calls are not taken.
    calls: Secret | None = key(
        SCRIPT_TOKEN,
        None,
        "takes calls of marketplaces about new orders, at addresses that are made of this key; what"
        " `cloudstock web --calls-key` prints",
        example="${CLOUDSTOCK_WEB_CALLS}",
    )
    calls_from: tuple[Network, ...] = key(
        ListOf(NETWORK),
        (),
        "addresses that may call beside those which the marketplaces publish",
        example="[203.0.113.0/24]",
    )
    address: str | None = key(
        ADDRESS,
        None,
        "where the pages are reached from outside; `cloudstock web --calls` prints whole addresses"
        " with it",
        example="https://stock.example",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A stock file that comes again and again, and how it is read."""

    file: Path = key(
        PATH,
        Path(),
        "the file, relative to this one; with * or ? in its name, the newest that fits",
        example="/srv/ftp/stock*.xlsx",
        required=True,
    )
    # None: it may be as old as it likes.
    stale_after: timedelta | None = key(
        or_none(NEVER, duration(60)),
        None,
        "`cloudstock status` tells when nothing newer was taken for longer than this",
        example="1d",
    )
    answers: Answers = field(default_factory=Answers)


def _source(file: Path, stale_after: timedelta | None, **answers: Any) -> Source:
    return Source(file, stale_after, Answers(**answers))


def warehouse_names(accounts: Iterable[Account]) -> frozenset[str]:
    """Return the names of the seller's own warehouses that feed accounts."""
    return frozenset(w.feeds_from for a in accounts for w in a.warehouses)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole configuration, checked; `accounts:` is declared by `config.accounts.ACCOUNTS`."""

    # The file it was read from.
    path: Path
    database: Path = key(
        PATH,
        Path("cloudstock.db"),
        "the database, relative to this file; `create-database` begins it",
    )
    accounts: tuple[Account, ...] = ()
    # None: as the environment says.
    language: str | None = key(
        choice(*LANGUAGES),
        None,
        "the language of messages, also of what cron mails; without it as the environment"
        " says. --lang goes before both",
        example="ru",
    )
    # None: this machine's.
    timezone: str | None = key(
        TIME_ZONE,
        None,
        "the time zone of all times that people read and write, by its IANA name; without it this"
        " machine's. What is stored, and JSON, is in UTC",
        example="Europe/Moscow",
    )
    max_poll_age: timedelta = key(
        duration(1),
        timedelta(minutes=30),
        "numbers shown are raised only on fresh knowledge: where an account's orders could"
        " not be read for longer than this, listings fed from the same warehouse are"
        " lowered but not raised",
    )
    # None: none ever is.
    low: timedelta | None = key(
        or_none(NEVER, duration(3_600)),
        timedelta(days=7),
        "a product is low when what is available runs out within this, as it sells; `products"
        " --running-low`, the first page and a notice tell of it. never: none is. `set-minimum`"
        " says otherwise for a product",
    )
    push_wait: timedelta = key(
        duration(0),
        timedelta(seconds=45),
        "how long a push may wait for the marketplaces' limits; the rest goes out with the"
        " next run",
    )
    reserves_every: timedelta = key(
        duration(0),
        timedelta(minutes=15),
        "how often `sync` reads back what the marketplaces show and hold",
    )
    push: bool = key(
        ON_OFF,
        True,
        "whether numbers are sent. off: everything is read, booked and compared, and `cloudstock"
        " status` tells how often and by how much the marketplaces' numbers differ from yours",
    )
    blast_guard: BlastGuard = key(
        section(BlastGuard),
        BlastGuard(),
        "when a push that takes listings to zero is stopped until somebody confirms it",
    )
    notices: NoticeSettings = key(
        section(NoticeSettings),
        NoticeSettings(),
        "who is told what lasts and what is over, each thing once; `cloudstock notify"
        " --test` tries it",
        name="notify",
        example="-",
    )
    # By the job's command.
    heartbeats: Mapping[str, Secret] = key(
        Section(tuple(Key(c, HEARTBEAT, "") for c in BEATING), only_given),
        {},
        "addresses of a healthchecks-style monitor, by command: asked for at its end, with"
        " /start before it and with /fail where it failed. They notice when nothing runs"
        " any more",
        example='{sync: "${SYNC_PING_URL}"}',
    )
    # Its buffer is the one tables show.
    policy: StockPolicy = key(
        section(StockPolicy),
        StockPolicy(),
        "what every account shows of what is available; an account may say otherwise, key by key",
        name="stock",
    )
    sources: Mapping[str, Source] = key(
        MapOf(
            ACCOUNT_NAME,
            Section((*keys_of(Source), *keys_of(Answers)), _source),
            mark("stock files by name"),
        ),
        {},
        "stock files of other programs, and how each is read: `cloudstock import-stock --source"
        " NAME`",
        example="supplier-a",
    )
    web: Web = key(
        section(Web),
        Web(),
        "the pages in the browser, `cloudstock web`: where they are, and who may come in",
        example="-",
    )

    @property
    def warehouse_names(self) -> frozenset[str]:
        """The names of the seller's own warehouses."""
        return warehouse_names(self.accounts)

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of accounts that are read and compared, and sent nothing."""
        return tuple(a.name for a in self.accounts if not a.push)
