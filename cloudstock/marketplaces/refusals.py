"""What a marketplace says when it refuses, made fit to be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import msgspec

TEXT_MAX = 200


class Refusal(NamedTuple):
    """What an error's body says, as the adapter understands it."""

    # The marketplace's own code and words, as received.
    code: str = ""
    message: str = ""
    # Is a 401 or 403 about the key, its rights or the contract, so that a person must act?
    credentials: bool = True
    # Not to be asked again for so many seconds at pace 1, whatever the status. None: by status.
    wait_s: float | None = None


def clean(text: str, redact: Callable[[str], str] = str) -> str:
    """Make text from outside fit to be shown.

    Credentials are blotted out, control and formatting characters dropped, white space collapsed
    to single blanks, and the rest cut to `TEXT_MAX` characters.
    """
    kept = (c for c in redact(text) if c.isspace() or unicodedata.category(c)[0] != "C")
    # Once more: a credential may have been hidden by the characters that are dropped.
    line = redact(" ".join("".join(kept).split()))
    return line if len(line) <= TEXT_MAX else line[: TEXT_MAX - 1] + "…"


class _OneError(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None
    title: str | None = None
    detail: str | None = None


class _Errors(_OneError):
    errors: list[_OneError] | None = None


def plain_refusal(status: int, body: bytes) -> Refusal:
    """Read the error bodies that are common to most services.

    `{"code", "message"}`, `{"title", "detail"}`, `{"errors": [...]}` of these; nothing is learned
    from any other.
    """
    del status
    try:
        errors = msgspec.json.decode(body, type=_Errors)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal()
    error = errors.errors[0] if errors.errors else errors
    code = "" if error.code is None else str(error.code)
    message = ": ".join(w for w in (error.title, error.message, error.detail) if w)
    return Refusal(code, message)
