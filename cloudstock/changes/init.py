"""init: a commented configuration to start from, and its schema, from the keys as declared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap

from cloudstock import config
from cloudstock.config_keys import Key, MapOf, Section, keys_of
from cloudstock.errors import UsageProblem
from cloudstock.language import in_use, spoken, system_words, tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Account, Configuration
from cloudstock.writing import made

WIDTH = 100


def json_schema() -> str:
    """Return the JSON Schema of the configuration, which editors complete and check by."""
    return json.dumps(config.schema(), ensure_ascii=False, indent=2)


def template() -> str:
    """Return a configuration with every key, its help and its default, in the language in use.

    One that is not English asks for its language itself, for who reads cron's mail.
    """
    lines = [
        *_comment(
            tr(
                "cloudstock: one stock, three marketplaces. Fill in the accounts you have, delete"
                " the others, then run `cloudstock check`. Anything wrong is told with its line and"
                " what was expected."
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
        lines += ["", *_key(key, active=chosen or not key.example)]
    lines += ["", *_comment(_sentence(config.ACCOUNTS)), "accounts:"]
    common = keys_of(Account)
    explained: set[str] = set()
    for name, registration in MARKETPLACES.items():
        lines += [f"  {registration.example}:", f"    marketplace: {name}"]
        keys = [k for k in config.account_keys(registration) if k not in common]
        # What any account may have is shown once.
        for key in [*keys, *(common if name == next(iter(MARKETPLACES)) else ())]:
            explained_already = key.help in explained
            explained.add(key.help)
            active = key.required or not key.example
            lines += _indented(_key(key, active=active)[-1 if explained_already else 0 :], "    ")
        lines.append("")
    return "\n".join(lines)


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


def write_config(path: Path) -> None:
    """Write the template to a new file, readable by its owner only (mode 0600 whatever the umask).

    Raises `UsageProblem` where the file is there already, a broken symbolic link included, or
    cannot be written; nothing is left behind then.
    """
    try:
        with made(path) as file:
            file.write(template().encode())
    except FileExistsError:
        raise UsageProblem(
            tr(
                "{path} exists and is not written over; edit it, or name another with --config",
                path=path,
            )
        ) from None
    except OSError as error:
        raise UsageProblem(f"{path}: {system_words(error)}") from error
