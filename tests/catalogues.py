"""The translations as people edit them, and as the program reads them.

`python -m tests.catalogues` compiles every `cloudstock.po` into the `cloudstock.mo` beside it.
"""

from __future__ import annotations

import polib

from cloudstock.language import DOMAIN, FOLDER, LANGUAGES

CATALOGUES = {
    language: FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    for language in LANGUAGES
    if language != "en"
}


def translations(language: str) -> polib.POFile:
    """Return a language's catalogue as it is written."""
    return polib.pofile(str(CATALOGUES[language]))


def key(entry: polib.POEntry) -> str:
    """Return what names a text in tests: `text`, `text [context]`, or the plural of a pair."""
    text = entry.msgid_plural or entry.msgid
    return f"{text} [{entry.msgctxt}]" if entry.msgctxt else text


def forms(entry: polib.POEntry) -> list[str]:
    """Return the translations of an entry: one, or one for each kind of number."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def main() -> None:
    """Compile all."""
    for po in CATALOGUES.values():
        polib.pofile(str(po)).save_as_mofile(str(po.with_suffix(".mo")))


if __name__ == "__main__":
    main()
