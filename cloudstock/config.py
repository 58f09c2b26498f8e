"""The configuration file -> `settings.Configuration`; every problem gathered, then told at once."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from cloudstock import config_told as told
from cloudstock import config_values as read
from cloudstock.errors import ConfigurationError
from cloudstock.language import LANGUAGES, mark, spoken, system_words, tr
from cloudstock.marketplaces import MARKETPLACES, Registration, Setting
from cloudstock.settings import (
    Account,
    BlastGuard,
    Configuration,
    Secret,
    StockPolicy,
    WarehouseLink,
    Web,
)
from cloudstock.yamlfile import Document, Kind, Section, Unfit, Value, shown

T = TypeVar("T")

DEFAULT_DATABASE = "cloudstock.db"
DEFAULT_WAREHOUSE = "main"
# The shelf of returned units that wait for a person; no window is fed from it.
QUARANTINE = "quarantine"

# As `domain.policies.Policy`, which a configuration need not wait for.
POLICIES = ("share", "split", "priority", "adaptive")

NAME = mark("letters, digits, '.', '_' and '-'")
MAX_SHELF_NAME = 64
MAX_SECRET_FILE_BYTES = 65_536


class Loaded(NamedTuple):
    """A configuration and what its owner should know of it."""

    configuration: Configuration
    # A sentence each, for the log.
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What the parts of one reading share."""

    document: Document
    folder: Path
    # Places of secrets that stand in the file itself.
    literal_secrets: list[str] = field(default_factory=list)
    # Places of secrets by the files that hold them.
    secret_files: dict[Path, str] = field(default_factory=dict)


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the file to read: the one named, or the first that is there.

    Order: `explicit`, `$CLOUDSTOCK_CONFIG`, `config.yaml` in `cwd`, the XDG configuration folder,
    /etc. A file that was named is returned even where it is missing, so that no other takes its
    place. Raises `ConfigurationError` where there is none.
    """
    if explicit is not None:
        return explicit
    if named := environ.get("CLOUDSTOCK_CONFIG"):
        return Path(named).expanduser()
    places = [cwd / "config.yaml", *_personal(environ), Path("/etc/cloudstock/config.yaml")]
    for place in places:
        if _is_there(place):
            return place
    raise ConfigurationError(
        tr(
            "no configuration found; looked for {places}; `cloudstock init` writes one",
            places=", ".join(str(p) for p in places),
        )
    )


def load(
    path: Path, environ: Mapping[str, str], *, speak: Callable[[str], None] | None = None
) -> Loaded:
    """Read and check a configuration file.

    `environ` fills `${NAME}`. `speak` is given the language that it asks for, if any, before
    another value is read, so that mistakes are told in it. Raises `ConfigurationError` with every
    problem, a line each, as `config.yaml:12: accounts.ozon-main.client_id: expected ...`; secrets
    are never in it.
    """
    document = Document(path, environ)
    reading = _Reading(document, path.absolute().parent)
    top = document.section(document.root)
    assert top is not None
    language = document.optional(top, "language", read.choice(LANGUAGES), None)
    if speak is not None and language is not None:
        speak(language)
    policy = _policy(document, top, StockPolicy())
    push = document.optional(top, "push", read.on_off, True)
    database = document.optional(top, "database", read.text, DEFAULT_DATABASE)
    defaults = Configuration(path, Path(), ())
    configuration = Configuration(
        path=path,
        database=reading.folder / Path(database).expanduser(),
        accounts=_accounts(reading, top, policy, push=push),
        policy=policy,
        max_poll_age=_duration(document, top, "max_poll_age", 1, defaults.max_poll_age),
        push_wait=_duration(document, top, "push_wait", 0, defaults.push_wait),
        reserves_every=_duration(document, top, "reserves_every", 0, defaults.reserves_every),
        blast_guard=_blast_guard(document, top),
        language=language,
        notices=told.notices(
            document,
            _subsection(document, top, "notify"),
            from_file=lambda value: _secret_file(reading, value),
            literal=reading.literal_secrets,
        ),
        heartbeats=told.heartbeats(
            document, _subsection(document, top, "heartbeats"), literal=reading.literal_secrets
        ),
        web=_web(reading, top),
    )
    document.refuse_unknown(top)
    document.stop_if_wrong()
    return Loaded(configuration, _warnings(path, reading))


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


def _warnings(path: Path, reading: _Reading) -> tuple[str, ...]:
    """Tell files that other users of the machine may read or change though keys depend on them."""
    holders = {file: place for file, place in reading.secret_files.items() if not _mounted(file)}
    if reading.literal_secrets:
        holders[path] = ", ".join(reading.literal_secrets)
    told = [
        tr(
            "{file} holds {places} and other users of this machine may read or change it;"
            " run: chmod 600 {file}",
            file=file,
            places=places,
        )
        for file, places in holders.items()
        if file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH)
    ]
    if path not in holders and path.stat().st_mode & stat.S_IWOTH:
        told.append(
            tr(
                "{path}: other users of this machine may change it, and with it where your"
                " keys are sent; run: chmod o-w {path}",
                path=path,
            )
        )
    return tuple(told)


def _mounted(file: Path) -> bool:
    # Containers mount secrets there, readable by all and in a machine without other users.
    return file.is_relative_to("/run/secrets")


def _duration(
    document: Document, section: Section, key: str, minimum_s: int, default: timedelta
) -> timedelta:
    return document.optional(section, key, read.duration(minimum_s), default)


def _subsection(document: Document, section: Section, key: str) -> Section | None:
    value = section.take(key)
    return None if value is None else document.section(value)


def _policy(document: Document, section: Section, base: StockPolicy) -> StockPolicy:
    """Return the `stock:` of a section; what it leaves out is as in `base`."""
    stock = _subsection(document, section, "stock")
    if stock is None:
        return base
    policy = StockPolicy(
        buffer=document.optional(stock, "buffer", read.whole(0), base.buffer),
        max_quantity=document.optional(
            stock, "max_quantity", read.whole_or_none(0), base.max_quantity
        ),
        share_percent=document.optional(stock, "share", read.percent, base.share_percent),
        policy=document.optional(stock, "policy", read.choice(POLICIES), base.policy),
        rank=document.optional(stock, "rank", read.whole(0), base.rank),
    )
    document.refuse_unknown(stock)
    return policy


def _blast_guard(document: Document, top: Section) -> BlastGuard:
    guard = _subsection(document, top, "blast_guard")
    default = BlastGuard()
    if guard is None:
        return default
    found = BlastGuard(
        max_percent=document.optional(guard, "max_percent", read.percent, default.max_percent),
        min_listings=document.optional(guard, "min_listings", read.whole(0), default.min_listings),
    )
    document.refuse_unknown(guard)
    return found


def _web(reading: _Reading, top: Section) -> Web:
    document = reading.document
    web = _subsection(document, top, "web")
    default = Web()
    if web is None:
        return default
    found = Web(
        host=document.optional(web, "host", read.host, default.host),
        port=document.optional(web, "port", read.whole(1, 65_535), default.port),
        password_hash=_optional_secret(reading, web, "password_hash", read.password_hash),
        token=_optional_secret(reading, web, "token", read.script_token),
        https=document.optional(web, "https", read.yes_no, default.https),
    )
    document.refuse_unknown(web)
    return found


def _optional_secret(
    reading: _Reading, section: Section, name: str, checked: Callable[[str], str]
) -> Secret | None:
    """Return a secret of the program's own; None where it is not given, or unfit."""
    named, given = section.take(f"{name}_file"), section.take(name)
    if named is None and given is None:
        return None
    plain = _secret(reading, section, Setting(name, "", secret=True))
    at = given if named is None else named
    assert at is not None
    if plain is None:
        return None
    fit = reading.document.read(at, lambda _: checked(plain))
    return None if fit is None else Secret(fit)


def _accounts(
    reading: _Reading, top: Section, policy: StockPolicy, *, push: bool
) -> tuple[Account, ...]:
    document = reading.document
    value = top.take("accounts")
    if value is None:
        document.complain(document.root, tr("accounts: missing; expected at least one account"))
        return ()
    section = document.section(value, of=mark("accounts by name"))
    if section is None:
        return ()
    found: list[tuple[Value, Account]] = []
    entries = list(section.items())
    for key, settings in entries:
        name = document.read(key, _account_name)
        account = _account(reading, name or "", settings, policy, push=push)
        if account is not None:
            found.append((settings, account))
    if not entries:
        document.complain(value, tr("expected at least one account"))
    _refuse_twins(document, found)
    return tuple(account for _, account in found)


def _account_name(key: Value) -> str:
    name = read.text(key)
    if not all(c.isascii() and (c.isalnum() or c in "._-") for c in name):
        raise Unfit(tr("expected a name of {name}", name=spoken(NAME)))
    return name


def _account(
    reading: _Reading, name: str, at: Value, policy: StockPolicy, *, push: bool
) -> Account | None:
    """Return an account, with stand-ins where problems were kept; None where nothing is known.

    `policy`, `push`: those of all accounts, which an account may say otherwise of itself.
    """
    document = reading.document
    section = document.section(at)
    if section is None:
        return None
    marketplace = _required(
        document, section, "marketplace", read.choice(list(MARKETPLACES)), tr("which one it is on")
    )
    base_url = document.optional(section, "base_url", read.address, None)
    returns = document.optional(section, "returns", read.choice((QUARANTINE, "restock")), None)
    own_policy = _policy(document, section, policy)
    own_push = document.optional(section, "push", read.on_off, push)
    pace = _pace(document, section, base_url)
    registration = MARKETPLACES.get(marketplace or "")
    warehouses = _warehouses(document, section, registration)
    if registration is None or marketplace is None:
        # Which other keys are right depends on the marketplace: no second complaint is due.
        return None
    secrets = {}
    options = {}
    for setting in registration.settings:
        if setting.secret:
            secret = _secret(reading, section, setting)
            if secret is not None:
                secrets[setting.name] = Secret(secret)
        else:
            option = _option(document, section, setting)
            if option is not None:
                options[setting.name] = option
    document.refuse_unknown(section)
    return Account(
        name=name,
        marketplace=marketplace,
        warehouses=warehouses,
        policy=own_policy,
        returns=returns or QUARANTINE,
        push=own_push,
        base_url=base_url,
        pace=pace,
        options=options,
        secrets=secrets,
    )


def _required(
    document: Document, section: Section, key: str, reader: Callable[[Value], T], what: str
) -> T | None:
    value = section.take(key)
    if value is None:
        place = f"{section.at.path}.{key}"
        document.complain(section.at.at(place), tr("missing; {what}", what=what))
        return None
    return document.read(value, reader)


def _option(document: Document, section: Section, setting: Setting) -> str | None:
    if setting.default is not None:
        reader = read.template(setting.default) if "{" in setting.default else read.text
        return document.optional(section, setting.name, reader, setting.default)
    reader = read.digits if setting.digits else read.identity
    return _required(document, section, setting.name, reader, spoken(setting.help))


def _secret(reading: _Reading, section: Section, setting: Setting) -> str | None:
    """Return a credential from its key, a variable, or the file that `NAME_file` names."""
    document = reading.document
    named = section.take(f"{setting.name}_file")
    given = section.take(setting.name)
    if named is None:
        if given is not None and not read.is_variable(given):
            reading.literal_secrets.append(given.path)
        what = tr(
            "{help}; or {name}_file with the path of a file that holds it",
            help=spoken(setting.help),
            name=setting.name,
        )
        return _required(document, section, setting.name, read.credential, what)
    if given is not None:
        document.complain(named, tr("given beside {name}; keep one of them", name=setting.name))
        return None
    return document.read(named, lambda value: _secret_file(reading, value))


def _secret_file(reading: _Reading, value: Value) -> str:
    path = reading.folder / Path(read.text(value)).expanduser()
    reading.secret_files[path] = value.path.removesuffix("_file")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SECRET_FILE_BYTES)
    except OSError as error:
        raise Unfit(
            tr("cannot read {path}: {reason}", path=path, reason=system_words(error))
        ) from None
    try:
        # Not chained: the error would carry the file's bytes.
        plain = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Unfit(tr("{path} holds no text", path=path)) from None
    if not plain:
        raise Unfit(tr("{path} is empty", path=path))
    try:
        return read.checked_credential(plain)
    except Unfit as unfit:
        raise Unfit(f"{path}: {unfit}") from None


def _pace(document: Document, section: Section, base_url: str | None) -> float:
    value = section.take("pace")
    if value is None:
        return 1.0
    pace = document.read(value, read.factor)
    if pace is None:
        return 1.0
    on_loopback = base_url is not None and read.is_loopback(base_url)
    unfit_base_url = base_url is None and section.take("base_url") is not None
    if pace > 1 and not on_loopback and not unfit_base_url:
        document.complain(
            value,
            tr(
                "expected at most 1.0, got {pace:g}: the published limits are exceeded"
                " only where base_url is on this machine",
                pace=pace,
            ),
        )
    return pace


def _warehouses(
    document: Document, section: Section, registration: Registration | None
) -> tuple[WarehouseLink, ...]:
    value = section.take("warehouses")
    if value is None:
        if registration is None:
            return ()
        if registration.needs_warehouses:
            document.complain(
                section.at.at(f"{section.at.path}.warehouses"),
                tr(
                    "missing; {title} warehouse ids and the shelves that feed them, such"
                    " as {{507: {default_warehouse}}}",
                    title=registration.title,
                    default_warehouse=DEFAULT_WAREHOUSE,
                ),
            )
        return (WarehouseLink("", DEFAULT_WAREHOUSE),)
    mapping = document.section(value, of=mark("marketplace warehouse ids and shelves"))
    if mapping is None:
        return ()
    links = [_link(document, key, shelf) for key, shelf in mapping.items()]
    if not links:
        document.complain(value, tr("expected at least one marketplace warehouse id"))
    if registration is not None and not registration.needs_warehouses and len(links) > 1:
        document.complain(
            value,
            tr(
                "expected one warehouse, got {count}: a shop on {title} has one, several"
                " shops are several accounts",
                count=len(links),
                title=registration.title,
            ),
        )
    _refuse_adding_up(document, value, [link for link in links if link is not None])
    return tuple(link.link for link in links if link is not None)


class _Link(NamedTuple):
    link: WarehouseLink
    share_given: bool


def _link(document: Document, key: Value, shelf: Value) -> _Link | None:
    warehouse_id = document.read(key, read.digits)
    share: int | None = None
    share_given = False
    if shelf.kind is Kind.SECTION:
        section = document.section(shelf)
        assert section is not None
        feeds_from = _required(
            document, section, "from", _shelf_name, tr("the shelf that feeds it")
        )
        share_given = section.take("share") is not None
        share = document.optional(section, "share", read.percent, None)
        document.refuse_unknown(section)
    else:
        feeds_from = document.read(shelf, _shelf_name)
    if warehouse_id is None or feeds_from is None or (share_given and share is None):
        return None
    link = WarehouseLink(warehouse_id, feeds_from, 100 if share is None else share)
    return _Link(link, share_given)


def _shelf_name(value: Value) -> str:
    if value.kind is Kind.LIST:
        raise Unfit(tr("expected the name of one shelf, got a list"))
    name = read.text(value)
    if name == QUARANTINE:
        raise Unfit(
            tr(
                '"{quarantine}" holds returned units that are not for sale; name another shelf',
                quarantine=QUARANTINE,
            )
        )
    if len(name) > MAX_SHELF_NAME:
        raise Unfit(
            tr(
                "expected a name of at most {max_shelf_name} characters, got {count}",
                max_shelf_name=MAX_SHELF_NAME,
                count=len(name),
            )
        )
    return name


def _refuse_adding_up(document: Document, at: Value, links: list[_Link]) -> None:
    """Two windows onto one shelf show each unit twice, unless each shows only its share."""
    by_shelf: dict[str, list[_Link]] = {}
    for link in links:
        by_shelf.setdefault(link.link.feeds_from, []).append(link)
    for shelf, fed in by_shelf.items():
        if len(fed) < 2:
            continue
        ids = tr(" and ").join(one.link.warehouse_id for one in fed)
        total = sum(one.link.share_percent for one in fed)
        if not all(one.share_given for one in fed):
            document.complain(
                at,
                tr(
                    "{ids} are fed from {shelf} and would add up for buyers; give each a"
                    " share, such as {{from: {name}, share: {percent}%}}",
                    ids=ids,
                    shelf=shown(shelf),
                    name=shelf,
                    percent=100 // len(fed),
                ),
            )
        elif total > 100:
            document.complain(
                at,
                tr(
                    "the shares of {ids}, fed from {shelf}, sum to {total}%; at most 100%",
                    ids=ids,
                    shelf=shown(shelf),
                    total=total,
                ),
            )


def _refuse_twins(document: Document, accounts: list[tuple[Value, Account]]) -> None:
    """One cabinet under two names would have each of its orders booked twice."""
    first: dict[tuple[object, ...], Value] = {}
    for at, account in accounts:
        settings = MARKETPLACES[account.marketplace].settings
        # By its ids where it has some: one cabinet may have given out several keys.
        ids = [s.name for s in settings if not s.secret and s.default is None]
        names = ids or [s.name for s in settings if s.secret]
        kept: Mapping[str, object] = account.options if ids else account.secrets
        values = [kept.get(name) for name in names]
        if None in values:
            continue
        twin = first.setdefault((account.marketplace, *values), at)
        if twin is not at:
            document.complain(
                at,
                tr(
                    "the same cabinet as {path} on line {line}: equal {names}",
                    path=twin.path,
                    line=twin.line,
                    names=tr(" and ").join(names),
                ),
            )
