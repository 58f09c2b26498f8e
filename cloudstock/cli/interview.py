"""init at a terminal: accounts asked for one by one, each tried before it is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TypeVar

from cloudstock.changes.init import (
    Draft,
    template,
    warehouses_written,
    with_account,
    write_config,
    written,
)
from cloudstock.cli.prompts import chosen, confirm, say, several, value
from cloudstock.config.keys import Key
from cloudstock.config.types import Type
from cloudstock.config.warehouses import OUR_WAREHOUSE
from cloudstock.config.yamlfile import Unfit
from cloudstock.domain.records import MarketplaceWarehouse
from cloudstock.domain.warehouses import MAIN
from cloudstock.errors import CredentialsRefused, MarketplaceError, UsageProblem
from cloudstock.jobs.probing import probe, shops
from cloudstock.language import spoken, system_words, tr
from cloudstock.marketplaces import MARKETPLACES, Registration
from cloudstock.marketplaces.base import CheckReport
from cloudstock.redaction import Secret, without_keys
from cloudstock.settings import Account
from cloudstock.writing import made

T = TypeVar("T")


class Interview:
    """Asks for accounts, and writes each to the file once it is whole.

    `accounts`: those that the file has already; empty: there is no file yet.
    """

    def __init__(self, path: Path, base_url: str | None, accounts: Sequence[Account] = ()) -> None:
        self._path = path
        self._base_url = base_url
        self.accounts = list(accounts)
        self._apart: bool | None = None

    def hold(self) -> None:
        """Ask for accounts of every marketplace; one more of each, as long as somebody has one."""
        for marketplace, registration in MARKETPLACES.items():
            title = registration.title
            question = tr("Do you sell on {marketplace}?", marketplace=title)
            while confirm(question, default=not self._has(marketplace)):
                if not self._account(marketplace, registration):
                    break
                question = tr("Another cabinet on {marketplace}?", marketplace=title)

    def _has(self, marketplace: str) -> bool:
        return any(a.marketplace == marketplace for a in self.accounts)

    def _name(self, registration: Registration) -> str:
        """Return a name that no account has; it is a label, and may be changed in the file."""
        taken = {a.name for a in self.accounts}
        stem = registration.example.rpartition("-")[0]
        names = (registration.example, *(f"{stem}-{n}" for n in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)

    def _account(self, marketplace: str, registration: Registration) -> bool:
        """Ask for one account and write it; return whether it is in the file.

        Nothing typed for one of its keys leaves it out.
        """
        name = self._name(registration)
        account = Account(name, marketplace, (), base_url=self._base_url)
        # Where the key tells the rest, that need not be typed.
        required = [k for k in registration.settings if k.required]
        keys = [k for k in required if k.file_name or not registration.shops]
        before: Mapping[str, str] = {}
        while True:
            texts = self._texts(keys, before)
            if texts is None:
                say(tr("{name} is left out.", name=name))
                return False
            before = texts
            account = _with(account, registration, texts)
            say(tr("Asking {marketplace}…", marketplace=registration.title))
            try:
                if registration.shops:
                    texts |= _shop(account)
                    account = _with(account, registration, texts)
                if twin := self._twin(account):
                    say(tr("That cabinet is in the file: {name}.", name=twin))
                    return True
                report = probe(account)
            except CredentialsRefused as problem:
                say(
                    f"{without_keys(str(problem))}",
                    tr("Once more; Enter alone leaves the account out."),
                )
                continue
            except MarketplaceError as problem:
                say(f"{without_keys(str(problem))}")
                if confirm(tr("Try again?"), default=True):
                    continue
                say(tr("{name} is left out.", name=name))
                return False
            if self._accepted(report):
                break
        feeds = self._feeds(account, report.warehouses)
        if feeds:
            self._write(account, registration, texts, feeds)
            self.accounts.append(account)
        return bool(feeds)

    def _texts(self, keys: Sequence[Key], before: Mapping[str, str]) -> dict[str, str] | None:
        """Return what is typed for keys, or taken from the environment; None: it is left out.

        `before`: what was typed the last time.
        """
        texts: dict[str, str] = {}
        for key in keys:
            variable = key.example.removeprefix("${").removesuffix("}")
            if key.file_name and variable in os.environ and key.name not in before:
                question = tr("Take the key from the variable {name}?", name=variable)
                if confirm(question, default=True):
                    texts[key.name] = key.example
                    continue
            say(f"{key.name}: {spoken(key.help)}.")
            hidden = bool(key.file_name)
            question = tr("{name} (not shown)", name=key.name) if hidden else key.name
            default = "" if hidden else before.get(key.name, "")
            text = value(question, _setting(key), default=default, hidden=hidden, optional=True)
            if not text:
                return None
            texts[key.name] = text
        return texts

    def _twin(self, account: Account) -> str:
        """Return the account that is of the same cabinet; "": there is none."""
        same = (
            a.name
            for a in self.accounts
            if (a.marketplace, a.cabinet) == (account.marketplace, account.cabinet) and a.cabinet
        )
        return next(same, "")

    def _accepted(self, report: CheckReport) -> bool:
        """Tell who it is and what was found; return whether the account is taken as it is."""
        if report.seller:
            say(tr("It is {seller}.", seller=report.seller))
        say(*(f"{finding.message}" for finding in report.findings if finding.level != "ok"))
        if not any(finding.level == "error" for finding in report.findings):
            return True
        return not confirm(tr("Paste another key?"), default=True)

    def _feeds(
        self, account: Account, warehouses: Sequence[MarketplaceWarehouse]
    ) -> dict[str, str]:
        """Return the chosen warehouses of an account and yours that feed them."""
        usable = [w for w in warehouses if not w.unusable]
        for warehouse in warehouses:
            if warehouse.unusable:
                say(tr("warehouse {warehouse_id} ({name}){state}", **_warehouse_words(warehouse)))
        if not usable:
            say(
                tr(
                    "{name} has no warehouse that takes stock, and is left out.",
                    name=account.name,
                )
            )
            return {}
        picked = [0]
        if len(usable) > 1:
            say(tr("Its warehouses:"))
            names = [f"{w.warehouse_id} {w.name}" for w in usable]
            one = not MARKETPLACES[account.marketplace].needs_warehouses
            picked = several(
                tr("Which do you send from? (such as 1,2)"), names, most=1 if one else None
            )
        feeds: dict[str, str] = {}
        for warehouse in (usable[place] for place in picked):
            question = tr(
                "Your warehouse behind {warehouse_id} ({name})",
                warehouse_id=warehouse.warehouse_id,
                name=warehouse.name,
            )
            feeds[warehouse.warehouse_id] = value(question, _reader(OUR_WAREHOUSE), default=MAIN)
        if len(set(feeds.values())) < len(feeds):
            say(tr("Those that are fed from one warehouse share it in equal parts."))
        return feeds

    # ------------------------------------------------------------ the file

    def _write(
        self,
        account: Account,
        registration: Registration,
        texts: Mapping[str, str],
        feeds: Mapping[str, str],
    ) -> None:
        """Write an account; its keys into a file of their own, where wished."""
        # All is asked before anything is written.
        apart = any(
            k.file_name and texts[k.name] != k.example for k in registration.settings if k.required
        )
        apart = apart and self._keys_apart()
        watch = not self.accounts and confirm(
            tr("Begin by watching? Nothing is sent to buyers before you write push: on."),
            default=True,
        )
        lines = {"warehouses": warehouses_written(feeds)}
        if self._base_url:
            lines["base_url"] = self._base_url
        files: list[Path] = []
        for key in registration.settings:
            text = texts.get(key.name)
            if text is None:
                continue
            if apart and key.file_name and text != key.example:
                files.append(_key_file(self._path.parent, f"{account.name}.key", text))
                lines[key.file_name] = written(files[-1].name)
            else:
                assert isinstance(key.type, Type)
                given = key.file_name and text == key.example
                lines[key.name] = text if given else written(text, key.type)
        try:
            self._add(Draft(account.name, account.marketplace, lines), watch=watch)
        except UsageProblem:
            for file in files:
                file.unlink()
            raise

    def _keys_apart(self) -> bool:
        """Return whether keys are kept in files of their own; asked once."""
        if self._apart is None:
            say(tr("Where are keys kept? Only you may read either."))
            options = (str(self._path), tr("files of their own beside it"))
            self._apart = bool(chosen(tr("Which"), options))
        return self._apart

    def _add(self, draft: Draft, *, watch: bool) -> None:
        if self.accounts:
            text = with_account(self._path.read_text(encoding="utf-8"), draft)
            write_config(self._path.resolve(), text, over=True)
            say(tr("{path}: {name} is added.", path=self._path, name=draft.name))
        else:
            write_config(self._path, template(draft, push=not watch))
            say(
                tr(
                    "{path} is written, with {name}; only you may read it.",
                    path=self._path,
                    name=draft.name,
                )
            )


def _warehouse_words(warehouse: MarketplaceWarehouse) -> dict[str, str]:
    state = tr(", not usable: {unusable}", unusable=warehouse.unusable)
    return {"warehouse_id": warehouse.warehouse_id, "name": warehouse.name, "state": state}


def _reader(kind: Type[T]) -> Callable[[str], T]:
    """Return what reads a value as it is typed; a key's mistake is told by its place alone."""

    def read(typed: str) -> T:
        try:
            return kind.plain(typed)
        except (ValueError, Unfit) as unfit:
            due = tr("expected {due}", due=kind.due())
            # Not chained: it may quote a secret.
            raise ValueError(str(unfit) if isinstance(unfit, Unfit) else due) from None

    return read


def _setting(key: Key) -> Callable[[str], str]:
    """Return what reads a setting as it is typed; nothing typed is none."""
    assert isinstance(key.type, Type)
    read = _reader(key.type)

    def read_unless_empty(typed: str) -> str:
        if typed:
            read(typed)
        return typed

    return read_unless_empty


def _with(account: Account, registration: Registration, texts: Mapping[str, str]) -> Account:
    """Return an account with these settings."""
    values = {k.name: _value(k, texts[k.name]) for k in registration.settings if k.name in texts}
    defaults = {k.name: k.default for k in registration.settings if k.default is not None}
    secrets = {k.name for k in registration.settings if k.file_name}
    kept = {n: Secret(v) for n, v in values.items() if n in secrets}
    options = defaults | {n: v for n, v in values.items() if n not in secrets}
    cabinet = registration.cabinet(options, kept)
    return replace(account, options=options, secrets=kept, cabinet=cabinet)


def _value(key: Key, text: str) -> str:
    """Return a setting itself, where it may be a variable."""
    variable = text.removeprefix("${").removesuffix("}")
    return os.environ.get(variable, text) if key.file_name and text == key.example else text


def _shop(account: Account) -> Mapping[str, str]:
    """Return what says which shop an account is, of those that its keys open.

    Raises `CredentialsRefused` where these open none.
    """
    open_shops = shops(account)
    if not open_shops:
        raise CredentialsRefused(tr("the key opens no shop whose stock is yours"))
    if len(open_shops) == 1:
        return open_shops[0].options
    say(tr("Its shops:"))
    return open_shops[
        chosen(tr("Which"), [f"{' '.join(s.options.values())} {s.name}" for s in open_shops])
    ].options


def _key_file(folder: Path, name: str, text: str) -> Path:
    """Write a key to a file of its own, and return it; one that is there is left alone."""
    names = (folder / (f"{name}.{n}" if n else name) for n in count())
    path = next(path for path in names if not os.path.lexists(path))
    try:
        with made(path) as file:
            file.write(f"{text}\n".encode())
    except OSError as error:
        raise UsageProblem(f"{path}: {system_words(error)}") from error
    return path
