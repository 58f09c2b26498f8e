"""Messages and pages in English, which is their source, and in Russian by a gettext catalogue.

English text is the key of its translation, so a text is written once, where it is used. What has no
translation is shown in English; a test finds such texts. JSON keys, logs' field names, SQL and what
marketplaces say are never translated.

A language is a folder here: `ru/LC_MESSAGES/cloudstock.po`, which people edit, and beside it the
compiled `cloudstock.mo`, which the program reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from gettext import NullTranslations, bindtextdomain, textdomain, translation
from pathlib import Path


class Language(StrEnum):
    """What the program speaks."""

    EN = "en"
    RU = "ru"


LANGUAGES = tuple(member.value for member in Language)
DOMAIN = "cloudstock"
FOLDER = Path(__file__).parent

_language = "en"
# Of one request, where a server answers people of both languages at once.
_of_this_request: ContextVar[str] = ContextVar("language")


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language that the environment asks for, by the order that POSIX gives."""
    for name in ("CLOUDSTOCK_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "ru" if value.lower().startswith("ru") else "en"
    return "en"


def use(language: str) -> None:
    """Speak "en" or "ru" from here on, in this process; raises `ValueError` for another.

    Libraries that take their words from gettext (the command line's) take them from here, too.
    """
    global _language
    if language not in LANGUAGES:
        raise ValueError(language)
    _language = language
    bindtextdomain(DOMAIN, str(FOLDER))
    textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language


def in_use() -> str:
    """Return the language that `use`, or `speaking` around this, asked for."""
    return _of_this_request.get(_language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak "en" or "ru" inside, and nowhere else: threads and tasks keep their own.

    Raises `ValueError` for another language.
    """
    if language not in LANGUAGES:
        raise ValueError(language)
    before = _of_this_request.set(language)
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
    if not text:
        # gettext keeps what it knows of the catalogue under the empty text.
        return text
    catalogue = _catalogue(in_use())
    return catalogue.pgettext(context, text) if context else catalogue.gettext(text)


def tr(text: str, /, **values: object) -> str:
    """Return `text` in the language in use, with `{name}` replaced by `values`.

    A moment is written as people write it, with its zone; `{at:day}` is its date, `{n:,}` a number
    in groups.

    `text` is a literal: the test that finds missing translations reads it from the source.
    """
    message = spoken(text)
    return filled(message, values) if values else message


def trn(one: str, many: str, number: int, /, **values: object) -> str:
    """Return `one` or `many` things said rightly for `number`, which both may name as `{n}`."""
    from cloudstock.language.local import whole

    message = _catalogue(in_use()).ngettext(one, many, abs(number))
    return filled(message, {"n": whole(number), **values})


def filled(message: str, values: Mapping[str, object]) -> str:
    """Return a message of ours with the values that it names: `local.filled`."""
    from cloudstock.language import local

    return local.filled(message, values)


def system_words(error: OSError) -> str:
    """Return what the operating system says of an error, in the language in use."""
    words = error.strerror or str(error) or type(error).__name__
    return spoken(words)


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    return translation(DOMAIN, FOLDER, [language])
