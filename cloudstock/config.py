"""The configuration file -> `settings.Configuration`; every problem gathered, then told at once."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from cloudstock.addresses import is_loopback
from cloudstock.config_keys import Key, attempt, key, keys_of, read_keys, section_schema
from cloudstock.config_types import ACCOUNT_NAME, DIGITS, PERCENT, Schema, Type, choice
from cloudstock.domain.warehouses import MAIN, QUARANTINE
from cloudstock.errors import ConfigurationError
from cloudstock.language import mark, tr
from cloudstock.marketplaces import MARKETPLACES, Registration
from cloudstock.settings import Account, Configuration, WarehouseLink
from cloudstock.yamlfile import Document, Kind, Unfit, Value, quoted

# What others than a file's owner may do with it.
_READ = stat.S_IRGRP | stat.S_IROTH
_CHANGE = stat.S_IWGRP | stat.S_IWOTH


class Loaded(NamedTuple):
    """A configuration and what its owner should know of it."""

    configuration: Configuration
    # A sentence each, for the log.
    warnings: tuple[str, ...] = ()


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the file to read: the one named, or the first that is there.

    Order: `explicit`, `$CLOUDSTOCK_CONFIG`, `config.yaml` in `cwd`, the XDG configuration folder,
    /etc. A file that was named is returned even where it is missing, so that no other takes its
    place, and `load` tells of its owner; one that was only found in `cwd` or in the personal folder
    is refused where another user wrote it. Raises `ConfigurationError`, also
    where there is none.
    """
    if explicit is not None:
        return explicit
    if named := environ.get("CLOUDSTOCK_CONFIG"):
        return Path(named).expanduser()
    places = [cwd / "config.yaml", *_personal(environ), Path("/etc/cloudstock/config.yaml")]
    for place in places:
        if _is_there(place):
            # Into the last one only root can have put it.
            if place is not places[-1]:
                _refuse_foreign(place)
            return place
    raise ConfigurationError(
        tr(
            "no configuration found; looked for {places}; `cloudstock init` writes one",
            places=", ".join(str(p) for p in places),
        )
    )


def load(
    path: Path,
    environ: Mapping[str, str],
    *,
    speak: Callable[[str], None] | None = None,
    without_warehouses: bool = False,
) -> Loaded:
    """Read and check a configuration file.

    `environ` fills `${NAME}`. `speak` is given the language that it asks for, if any, before
    another value is read, so that mistakes are told in it. `without_warehouses`: an account need
    not say them yet, and has none then. Raises `ConfigurationError` with every
    problem, a line each, as `config.yaml:12: accounts.ozon-main.client_id: expected ...`; secrets
    are never in it.
    """
    document = Document(path, environ)
    first = [k for k in keys_of(Configuration) if k.name == "language"]
    language = read_keys(document.root, first, no_others=False)["language"]
    if speak is not None and language is not None:
        speak(language)
    values = read_keys(document.root, (*keys_of(Configuration), ACCOUNTS))
    section = values.pop("accounts")
    configuration = Configuration(path=path, **values)
    if section is not None:
        links = () if without_warehouses else ONLY
        accounts = attempt(section, partial(_accounts, configuration, links), ())
        configuration = replace(configuration, accounts=accounts)
    document.stop_if_wrong()
    folder = document.folder
    sources = {n: replace(s, file=folder / s.file) for n, s in configuration.sources.items()}
    configuration = replace(
        configuration, database=folder / configuration.database, sources=sources
    )
    return Loaded(configuration, _warnings(document))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors; descriptions are in the language in use."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cloudstock",
        **section_schema((*keys_of(Configuration), ACCOUNTS)),
    }


def _personal(environ: Mapping[str, str]) -> list[Path]:
    # The XDG specification has relative values ignored.
    folder = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not folder.is_absolute():
        home = environ.get("HOME")
        if not home:
            return []
        folder = Path(home) / ".config"
    return [folder / "cloudstock" / "config.yaml"]


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:
        # A folder closed to us: to say so is better than to go on with another file.
        return True


def _refuse_foreign(place: Path) -> None:
    """Refuse a file that was not named and is somebody else's, who would be sent the keys."""
    if owner := _stranger(place):
        raise ConfigurationError(
            tr(
                "{path} belongs to another user ({owner}), who may change where your keys are"
                " sent, and is not used; if you mean it: --config {path}",
                path=place,
                owner=owner,
            )
        )


def _stranger(file: Path) -> str:
    """Return who else than root owns a file, or the link to it; "": nobody else."""
    with suppress(OSError):
        owners = {file.lstat().st_uid, file.stat().st_uid}
        return ", ".join(map(_user, sorted(owners - {0, os.geteuid()})))
    return ""


def _user(uid: int) -> str:
    # Rarely needed.
    from pwd import getpwuid

    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _warnings(document: Document) -> tuple[str, ...]:
    """Tell files that other users of the machine may read or change though keys depend on them."""
    path = document.path
    holders = {f: place for f, place in document.secret_files.items() if not _mounted(f)}
    if document.literal_secrets:
        # One may have been looked at twice.
        holders[path] = ", ".join(dict.fromkeys(document.literal_secrets))
    messages = [
        tr(
            "{file} holds {places} and other users of this machine may read or change it;"
            " run: chmod 600 {file}",
            file=file,
            places=places,
        )
        for file, places in holders.items()
        if _may(file, _READ | _CHANGE)
    ]
    messages += [
        tr(
            "{file} belongs to another user ({owner}), who may change it, and with it where your"
            " keys are sent; use a copy of your own, or run: chown {user} {file}",
            file=file,
            owner=owner,
            user=_user(os.geteuid()),
        )
        for file in dict.fromkeys((path, *holders))
        if (owner := _stranger(file))
    ]
    if path not in holders and _may(path, _CHANGE):
        messages.append(
            tr(
                "{path}: other users of this machine may change it, and with it where your"
                " keys are sent; run: chmod go-w {path}",
                path=path,
            )
        )
    return tuple(messages)


def _may(file: Path, what: int) -> bool:
    """Tell whether others than its owner may do something of this with a file."""
    state = file.stat()
    if state.st_uid == 0 != os.geteuid():
        # Root's, for a group of which we are one: else we could not read it.
        what &= ~stat.S_IRGRP
    return bool(state.st_mode & what)


def _mounted(file: Path) -> bool:
    # Containers mount secrets there, readable by all and in a machine without other users.
    return file.is_relative_to("/run/secrets")


@dataclass(frozen=True, slots=True)
class _Accounts:
    """The type of `accounts:`; they are read when what all of them share is known."""

    def read(self, default: object, value: Value) -> Value:  # noqa: ARG002 - there is none
        """Return the section itself."""
        return value

    def schema(self) -> Schema:
        """Return its JSON Schema: an account of any marketplace."""
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": f"^{ACCOUNT_NAME.pattern}$"},
            "additionalProperties": {
                "anyOf": [
                    section_schema(account_keys(registration), marketplace=name)
                    for name, registration in MARKETPLACES.items()
                ]
            },
        }


ACCOUNTS = Key("accounts", _Accounts(), mark("at least one account, by name"), required=True)


def marketplace_key() -> Key:
    """Return the key of an account on which its others depend."""
    return Key("marketplace", choice(*MARKETPLACES), mark("which one it is on"), required=True)


# What an account that names none has.
ONLY = (WarehouseLink("", MAIN),)


def account_keys(
    registration: Registration | None, *, warehouses_due: bool = True
) -> tuple[Key, ...]:
    """Return the keys of an account but its marketplace; None: those of any."""
    warehouses = Key(
        "warehouses",
        _Warehouses(registration),
        mark(
            "the marketplace's warehouse ids and your warehouses that feed them, such as"
            " {507: main}. Two that are fed from one add up for buyers, so they share it:"
            " {507: {from: main, share: 60%}, 508: {from: main, share: 40%}}"
        ),
        example=registration.warehouses if registration else "",
        required=warehouses_due and registration is not None and registration.needs_warehouses,
        field="warehouses",
    )
    return (*(registration.settings if registration else ()), warehouses, *keys_of(Account))


def _accounts(
    shared: Configuration, links: tuple[WarehouseLink, ...], section: Value
) -> tuple[Account, ...]:
    """Return the accounts; `shared`: what all of them share, which each may say otherwise.

    `links`: the warehouses of one that names none; empty: it need not.
    """
    accounts: list[tuple[Value, Account]] = []
    base = Account("", "", links, shared.policy, push=shared.push)
    entries = section.entries(mark("accounts by name")).values()
    for name, settings in entries:
        named = replace(base, name=attempt(name, ACCOUNT_NAME.read, ""))
        account = attempt(settings, partial(_account, named))
        if account is not None:
            accounts.append((settings, account))
    if not entries:
        section.complain(tr("expected at least one account"))
    _refuse_twins(accounts)
    return tuple(account for _, account in accounts)


def _account(base: Account, at: Value) -> Account | None:
    """Return an account; None where its marketplace, and so which keys are right, is not known."""
    first = marketplace_key()
    marketplace = read_keys(at, [first], no_others=False)["marketplace"]
    registration = MARKETPLACES.get(marketplace)
    keys = (first, *account_keys(registration, warehouses_due=bool(base.warehouses)))
    values = read_keys(at, keys, base, no_others=registration is not None)
    _refuse_pace(at, values["pace"], values["base_url"])
    if registration is None:
        return None
    if not registration.needs_warehouses:
        values["warehouses"] = values["warehouses"] or ONLY
    own = [(k, values.pop(k.name)) for k in registration.settings]
    options = {k.name: v for k, v in own if not k.file_name and v is not None}
    secrets = {k.name: v for k, v in own if k.file_name and v is not None}
    cabinet = registration.cabinet(options, secrets)
    return replace(base, **values, options=options, secrets=secrets, cabinet=cabinet)


def _refuse_pace(at: Value, pace: float, base_url: str | None) -> None:
    """The published limits are exceeded only where nobody else has to bear it."""
    given = {name: value for name, (_, value) in at.entries().items()}
    on_loopback = base_url is not None and is_loopback(base_url)
    unfit_base_url = base_url is None and "base_url" in given
    if pace > 1 and not on_loopback and not unfit_base_url:
        given["pace"].complain(
            tr(
                "expected at most 1.0, got {pace:g}: the published limits are exceeded"
                " only where base_url is on this machine",
                pace=pace,
            )
        )


def _our_warehouse(name: str) -> str:
    if name == QUARANTINE:
        raise Unfit(
            tr(
                '"{quarantine}" holds returned units that are not for sale; name another warehouse',
                quarantine=QUARANTINE,
            )
        )
    return name


OUR_WAREHOUSE = Type(
    lambda: tr("the name of one warehouse, of at most 64 characters"), ".{1,64}", _our_warehouse
)


@dataclass(frozen=True, slots=True)
class Feed:
    """What feeds one marketplace warehouse."""

    feeds_from: str | None = key(
        OUR_WAREHOUSE, None, "your warehouse that feeds it", name="from", required=True
    )
    # None: all, and not said.
    share: int | None = key(PERCENT, None, "how much of it is shown there")


@dataclass(frozen=True, slots=True)
class _Warehouses:
    """The type of `warehouses:`, of a marketplace or, where it is not known, of any."""

    registration: Registration | None

    def read(self, default: tuple[WarehouseLink, ...], value: Value) -> tuple[WarehouseLink, ...]:
        """Return the links; those that are unfit are left out. `default` is empty: none are due."""
        if not default and value.kind is Kind.NOTHING:
            return ()
        entries = value.entries(mark("marketplace warehouse ids and warehouses")).values()
        feeds: dict[str, Feed] = {}
        for theirs, what in entries:
            warehouse_id = attempt(theirs, DIGITS.read)
            feed = attempt(what, _feed)
            if warehouse_id is not None and feed is not None:
                feeds[warehouse_id] = feed
        if not entries:
            value.complain(tr("expected at least one marketplace warehouse id"))
        title = self._only_one()
        if title and len(entries) > 1:
            value.complain(
                tr(
                    "expected one warehouse, got {count}: a shop on {title} has one, several"
                    " shops are several accounts",
                    count=len(entries),
                    title=title,
                )
            )
        _refuse_adding_up(value, feeds)
        return tuple(
            WarehouseLink(warehouse_id, f.feeds_from or "", 100 if f.share is None else f.share)
            for warehouse_id, f in feeds.items()
        )

    def _only_one(self) -> str:
        """Return the title of a marketplace whose accounts have one warehouse; "" for others."""
        one = self.registration is not None and not self.registration.needs_warehouses
        return self.registration.title if self.registration is not None and one else ""

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": f"^{DIGITS.pattern}$"},
            "additionalProperties": {
                "anyOf": [OUR_WAREHOUSE.schema(), section_schema(keys_of(Feed))]
            },
        } | ({"maxProperties": 1} if self._only_one() else {})


def _feed(value: Value) -> Feed | None:
    """Return what feeds a warehouse; None where a part of it is unfit."""
    if value.kind is not Kind.SECTION:
        return Feed(OUR_WAREHOUSE.read(value))
    feed = Feed(**read_keys(value, keys_of(Feed)))
    unfit = feed.share is None and "share" in value.entries()
    return None if unfit or feed.feeds_from is None else feed


def _refuse_adding_up(at: Value, feeds: Mapping[str, Feed]) -> None:
    """Two that are fed from one warehouse show each unit twice, unless each shows its share."""
    for name in dict.fromkeys(f.feeds_from for f in feeds.values()):
        fed = {warehouse_id: f for warehouse_id, f in feeds.items() if f.feeds_from == name}
        ids = tr(" and ").join(fed)
        shares = [f.share for f in fed.values() if f.share is not None]
        if len(fed) > 1 and len(shares) < len(fed):
            at.complain(
                tr(
                    "{ids} are fed from {warehouse} and would add up for buyers; give each a"
                    " share, such as {{from: {name}, share: {percent}%}}",
                    ids=ids,
                    warehouse=quoted(name or ""),
                    name=name,
                    percent=100 // len(fed),
                )
            )
        elif len(fed) > 1 and sum(shares) > 100:
            at.complain(
                tr(
                    "the shares of {ids}, fed from {warehouse}, sum to {total}%; at most 100%",
                    ids=ids,
                    warehouse=quoted(name or ""),
                    total=sum(shares),
                )
            )


def _refuse_twins(accounts: list[tuple[Value, Account]]) -> None:
    """One cabinet under two names would have each of its orders booked twice."""
    first: dict[tuple[object, ...], Value] = {}
    for at, account in accounts:
        # A cabinet that is not known is known again by its keys.
        keys = [account.cabinet] if account.cabinet else list(account.secrets.values())
        twin = first.setdefault((account.marketplace, *keys), at) if keys else at
        if twin is not at:
            at.complain(
                tr(
                    "the same cabinet as {path} on line {line} ({cabinet}); take one of them out",
                    path=twin.path,
                    line=twin.line,
                    cabinet=account.cabinet
                    or tr("equal {names}", names=", ".join(account.secrets)),
                )
            )
