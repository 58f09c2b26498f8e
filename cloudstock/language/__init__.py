"""Messages and pages in English, which is their source, and in Russian.

English text is the key of its translation, so a text is written once, where it is used. What has no
translation is shown in English; a test finds such texts. JSON keys, logs' field names, SQL and what
marketplaces say are never translated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = ("en", "ru")

# One text, or its forms for 1, 2 and 5 things.
Catalogue = Mapping[str, str | tuple[str, str, str]]

_catalogue: Catalogue | None = None
# Of one request, where a server answers people of both languages at once.
_of_this_request: ContextVar[Catalogue] = ContextVar("catalogue")


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language that the environment asks for, by the order that POSIX gives."""
    for name in ("CLOUDSTOCK_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        asked = environment.get(name, "")
        if asked:
            return "ru" if asked.lower().startswith("ru") else "en"
    return "en"


def use(language: str) -> None:
    """Speak "en" or "ru" from here on, in this process; raises `ValueError` for another."""
    global _catalogue
    if language not in LANGUAGES:
        raise ValueError(language)
    if language == "en":
        _catalogue = None
        return
    from cloudstock.language.russian import MESSAGES

    _catalogue = MESSAGES


def translations(language: str) -> Catalogue:
    """Return all that is translated into a language; for "en", nothing needs to be."""
    if language == "en":
        return {}
    from cloudstock.language.russian import MESSAGES

    return MESSAGES


def in_use() -> str:
    """Return the language that `use`, or `speaking` around this, asked for."""
    return "ru" if _of_this_request.get(_catalogue) else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak "en" or "ru" inside, and nowhere else: threads and tasks keep their own.

    Raises `ValueError` for another language.
    """
    if language not in LANGUAGES:
        raise ValueError(language)
    before = _of_this_request.set(translations(language))
    try:
        yield
    finally:
        _of_this_request.reset(before)


def mark(text: str, context: str = "") -> str:  # noqa: ARG001 - for who reads the source
    """Return `text`, a literal that `spoken` will be given with this context, as it is."""
    return text


def spoken(text: str, context: str = "") -> str:
    """Return a text that is written elsewhere, by `mark` or as help, in the language in use.

    `context` tells apart what one English word says of different things.
    """
    catalogue = _of_this_request.get(_catalogue)
    if catalogue is None:
        return text
    found = catalogue.get(f"{text} [{context}]" if context else text, text)
    return found if isinstance(found, str) else found[0]


def tr(text: str, /, **values: object) -> str:
    """Return `text` in the language in use, with `{name}` replaced by `values`.

    `text` is a literal: the test that finds missing translations reads it from the source.
    """
    said = spoken(text)
    return said.format(**values) if values else said


def trn(one: str, many: str, number: int, /, **values: object) -> str:
    """Return `one` or `many` things said rightly for `number`, which both may name as `{n}`."""
    catalogue = _of_this_request.get(_catalogue)
    if catalogue is not None and not isinstance(found := catalogue.get(many, many), str):
        said = found[_russian_form(number)]
    else:
        said = one if number == 1 else many
    return said.format(n=number, **values)


def system_words(error: OSError) -> str:
    """Return what the operating system says of an error, in the language in use."""
    words = error.strerror or str(error) or type(error).__name__
    return spoken(words)


def _russian_form(number: int) -> int:
    number = abs(number)
    if number % 10 == 1 and number % 100 != 11:
        return 0
    if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14:
        return 1
    return 2
