"""The section `accounts`: whose keys depend on the marketplace that each names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from cloudstock.addresses import is_loopback
from cloudstock.config.keys import Key, attempt, keys_of, read_keys, section_schema
from cloudstock.config.types import ACCOUNT_NAME, Schema, choice
from cloudstock.config.warehouses import Warehouses
from cloudstock.config.yamlfile import Value
from cloudstock.domain.warehouses import MAIN
from cloudstock.language import mark, tr
from cloudstock.marketplaces import MARKETPLACES, Registration
from cloudstock.settings import Account, Configuration, WarehouseLink


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
        Warehouses(registration),
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


def read_accounts(
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
