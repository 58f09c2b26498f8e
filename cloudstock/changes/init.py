"""init: a commented configuration to start from, and its schema, from the keys as declared."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

import yaml

from cloudstock.config.accounts import ACCOUNTS, account_keys
from cloudstock.config.keys import Key, MapOf, Section, keys_of
from cloudstock.config.loading import schema
from cloudstock.config.types import DIGITS, ON_OFF, Type
from cloudstock.config.yamlfile import Kind
from cloudstock.domain.warehouses import MAIN
from cloudstock.errors import UsageProblem
from cloudstock.language import in_use, spoken, system_words, tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Account, Configuration
from cloudstock.writing import made

WIDTH = 100


def json_schema() -> str:
    """Return the JSON Schema of the configuration, which editors complete and check by."""
    return json.dumps(schema(), ensure_ascii=False, indent=2)


class Draft(NamedTuple):
    """An account as the file shall have it."""

    name: str
    marketplace: str
    # What its keys say, as YAML has it, by their names; the others are shown as examples.
    written: Mapping[str, str] = {}


def written(text: str, kind: Type[Any] | None = None) -> str:
    """Return a text as YAML has it, of a type if one is given."""
    if kind is not None and Kind.NUMBER in kind.kinds and re.fullmatch("[1-9][0-9]*", text):
        return text
    # JSON's strings are YAML's.
    return json.dumps(text.replace("${", "$${"), ensure_ascii=False)


def warehouses_written(feeds: Mapping[str, str]) -> str:
    """Return `warehouses:` as YAML has it, of the marketplace's ids and yours that feed them.

    Those that are fed from one show equal parts of it.
    """
    fed = Counter(feeds.values())
    links = (
        f"{written(warehouse_id, DIGITS)}: {_ours(name)}"
        if fed[name] == 1
        else f"{written(warehouse_id, DIGITS)}: {{from: {_ours(name)}, share: {100 // fed[name]}%}}"
        for warehouse_id, name in feeds.items()
    )
    return f"{{{', '.join(links)}}}"


def _ours(name: str) -> str:
    return name if name == MAIN else written(name)


def template(first: Draft | None = None, *, push: bool = True) -> str:
    """Return a configuration with every key, its help and its default, in the language in use.

    `first`: its one account; None: an example of each. `push`: as its key says. One that is not
    English asks for its language itself, for who reads cron's mail.
    """
    what = tr("Fill in the accounts you have, delete the others, then run `cloudstock check`.")
    if first is not None:
        what = tr("After a change of this file run `cloudstock check`.")
    lines = [
        *_comment(
            tr(
                "cloudstock: one stock, three marketplaces. {what} Anything wrong is told with its"
                " line and what was expected.",
                what=what,
            )
        ),
        "#",
        *_comment(tr("Keys and tokens: this file never needs to hold them. Take one of")),
        *_indented(
            (
                f"api_key: ${{OZON_API_KEY}}                # {tr('from the environment')}",
                f"api_key_file: /etc/cloudstock/ozon.key  # {tr('a file with nothing else in it')}",
                f'api_key: "..."                          # {tr("here, if only you read it")}',
            ),
            "#     ",
        ),
        *_comment(
            tr(
                "Ids of digits: as the marketplace shows them. Where quotes stand below, keep them:"
                " without them YAML would make 5349 of 012345."
            )
        ),
    ]
    for key in keys_of(Configuration):
        chosen = key.name == "language" and in_use() != "en"
        shown = key._replace(example=ON_OFF.write(push)) if key.name == "push" else key
        lines += ["", *_key(shown, active=chosen or not key.example)]
    lines += ["", *_comment(_sentence(ACCOUNTS)), "accounts:"]
    examples = [Draft(r.example, name) for name, r in MARKETPLACES.items()]
    explained: set[str] = set()
    for draft in examples if first is None else [first]:
        lines += [*_account(draft, explained), ""]
    return "\n".join(lines)


def _account(draft: Draft, explained: set[str]) -> Iterator[str]:
    """Return the lines of an account; `explained`: the helps that are told already, added to."""
    yield f"  {draft.name}:"
    yield f"    marketplace: {draft.marketplace}"
    common = keys_of(Account)
    keys = [k for k in account_keys(MARKETPLACES[draft.marketplace]) if k not in common]
    # What any account may have is shown once.
    for key in [*keys, *(k for k in common if not explained or k.name in draft.written)]:
        name = next((n for n in key.names if n in draft.written), key.name)
        shown = key._replace(name=name, example=draft.written.get(name, key.example))
        active = name in draft.written or key.required or not key.example
        yield from _indented(
            _key(shown, active=active)[-1 if key.help in explained else 0 :], "    "
        )
        explained.add(key.help)


def _key(key: Key, *, active: bool) -> list[str]:
    """Return a key with its help above it; commented out unless it is `listing_stock`."""
    if isinstance(key.type, Section) and not key.written.startswith("{"):
        parts = [_key(k, active=not (active and k.example)) for k in key.type.keys]
        lines = [f"{key.name}:", *_indented((line for part in parts for line in part), "  ")]
    elif isinstance(key.type, MapOf) and isinstance(key.type.item, Section):
        parts = [_key(k, active=True) for k in key.type.item.keys]
        inside = _indented((line for part in parts for line in part), "    ")
        lines = [f"{key.name}:", f"  {key.example}:", *inside]
    else:
        lines = [f"{key.name}: {key.written}"]
    return [*_comment(_sentence(key)), *(lines if active else _indented(lines, "# "))]


def _sentence(key: Key) -> str:
    text = spoken(key.help)
    return f"{text[0].upper()}{text[1:]}."


def _comment(text: str) -> list[str]:
    lines = wrap(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in lines]


def _indented(lines: Iterable[str], by: str) -> Iterator[str]:
    return (f"{by}{line}" for line in lines)


def with_account(text: str, draft: Draft) -> str:
    """Return a configuration with one more account at its end.

    Raises `UsageProblem`, with the lines to put there by hand, where it would say anything else.
    """
    lines = "\n".join(_account(draft, {key.help for key in account_keys(None)}))
    longer = f"{text.rstrip()}\n\n{lines}\n"
    if not _adds(text, lines, longer):
        raise UsageProblem(
            tr("the account is not added; write below `accounts:`\n{lines}", lines=lines)
        )
    return longer


def _adds(text: str, lines: str, longer: str) -> bool:
    """Tell whether a configuration with these lines has one more account, and is else the same."""
    try:
        before, account, after = map(yaml.safe_load, (text, lines, longer))
        accounts = {**before["accounts"], **account}
        added = len(accounts) == 1 + len(before["accounts"])
    except (yaml.YAMLError, TypeError, KeyError):
        return False
    return added and after == {**before, "accounts": accounts}


def write_config(path: Path, text: str = "", *, over: bool = False) -> None:
    """Write a new file, readable by its owner only (mode 0600 whatever the umask).

    `text`: the template, if it is empty; `over`: take the place of one that was read.

    Raises `UsageProblem` where the file is there already, a broken symbolic link included, or
    cannot be written; nothing is left behind then.
    """
    try:
        with made(path, replace=over) as file:
            file.write((text or template()).encode())
    except FileExistsError:
        raise UsageProblem(
            tr(
                "{path} exists and is not written over; edit it, or name another with --config",
                path=path,
            )
        ) from None
    except OSError as error:
        raise UsageProblem(f"{path}: {system_words(error)}") from error
