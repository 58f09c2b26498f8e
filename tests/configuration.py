"""The keys of the configuration as they are declared, and what is derived from them.

`python -m tests.configuration` writes config.example.yaml and the table of the manual anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cloudstock.changes.init import template
from cloudstock.config.accounts import ACCOUNTS, account_keys, marketplace_key
from cloudstock.config.keys import Key, ListOf, MapOf, Section, keys_of, only_given
from cloudstock.config.types import Type
from cloudstock.config.warehouses import Feed
from cloudstock.language import speaking, spoken
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.settings import Configuration

TOP = Path(__file__).parents[1]
EXAMPLE = TOP / "config.example.yaml"
DOCS = TOP / "cloudstock" / "docs"
MANUALS = {"en": DOCS / "configuration.md", "ru": DOCS / "ru" / "configuration.md"}
# What the table says beside the words of the declarations.
WORDS = {
    "en": (
        *("key", "what may stand there", "default", "what it is"),
        *("a section", "a list; each", "required", "or"),
    ),
    "ru": (
        *("ключ", "что указать", "по умолчанию", "что это"),
        *("раздел", "список; в нём", "обязателен", "или"),
    ),
}
BEGINS, ENDS = "<!-- keys -->\n", "<!-- end of keys -->\n"


def every_key() -> Iterator[tuple[str, Key]]:
    """Every key and its path in the file."""
    yield from _below("", keys_of(Configuration))
    yield "accounts", ACCOUNTS
    yield "accounts.NAME.marketplace", marketplace_key()
    for registration in MARKETPLACES.values():
        yield from _below(f"accounts.{registration.example}.", registration.settings)
    own = next(iter(MARKETPLACES.values())).settings
    common = [key for key in account_keys(next(iter(MARKETPLACES.values()))) if key not in own]
    yield from _below("accounts.NAME.warehouses.ID.", keys_of(Feed))
    # What is in its `stock:` was told above.
    yield from ((f"accounts.NAME.{key.name}", key) for key in common)


def _below(prefix: str, keys: Iterable[Key]) -> Iterator[tuple[str, Key]]:
    for key in keys:
        yield f"{prefix}{key.name}", key
        # Every job's key is the same.
        if isinstance(key.type, Section) and key.type.make is not only_given:
            yield from _below(f"{prefix}{key.name}.", key.type.keys)
        if isinstance(key.type, MapOf) and isinstance(key.type.item, Section):
            yield from _below(f"{prefix}{key.name}.NAME.", key.type.item.keys)


def table(language: str) -> str:
    """The manual's table of keys."""
    *titles, section, listed, required, either = WORDS[language]
    rows = [f"| {' | '.join(titles)} |", "| --- | --- | --- | --- |"]
    for path, key in every_key():
        kind, default = key.type, ""
        if isinstance(kind, Type | ListOf) and not key.required:
            default = kind.write(key.default)
        due = section if not isinstance(kind, Type) else kind.due()
        if isinstance(kind, ListOf):
            due = f"{listed} {kind.item.due()}"
        cells = [
            f" {either} ".join(f"`{name}`" for name in (path, *key.names[1:])),
            due,
            required
            if key.required
            else ""
            if default in ("", "None", "None%")
            else f"`{default}`",
            spoken(key.help),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def manual(language: str) -> str:
    """The page of the manual with the table as it should be."""
    page = MANUALS[language].read_text(encoding="utf-8")
    before, after = page.partition(BEGINS)[0], page.partition(ENDS)[2]
    with speaking(language):
        return before + BEGINS + table(language) + ENDS + after


if __name__ == "__main__":
    EXAMPLE.write_text(template(), encoding="utf-8")
    for spoken_there, page in MANUALS.items():
        page.write_text(manual(spoken_there), encoding="utf-8")
