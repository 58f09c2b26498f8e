"""The configuration file -> `settings.Configuration`; every problem gathered, then told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from cloudstock.config.accounts import ACCOUNTS, ONLY, read_accounts
from cloudstock.config.file import warnings
from cloudstock.config.keys import attempt, keys_of, read_keys, section_schema
from cloudstock.config.yamlfile import Document
from cloudstock.settings import Configuration


class Loaded(NamedTuple):
    """A configuration and what its owner should know of it."""

    configuration: Configuration
    # A sentence each, for the log.
    warnings: tuple[str, ...] = ()


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
        accounts = attempt(section, partial(read_accounts, configuration, links), ())
        configuration = replace(configuration, accounts=accounts)
    document.stop_if_wrong()
    folder = document.folder
    sources = {n: replace(s, file=folder / s.file) for n, s in configuration.sources.items()}
    configuration = replace(
        configuration, database=folder / configuration.database, sources=sources
    )
    return Loaded(configuration, warnings(document))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors; descriptions are in the language in use."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cloudstock",
        **section_schema((*keys_of(Configuration), ACCOUNTS)),
    }
