"""Readers of single configuration values: strict about what is written, clear about what is due.

Each takes a `Value` and returns what is due there or raises `Unfit` with one sentence. A variable's
text is never read as YAML: `${OZON_CLIENT_ID}` is `012345` if the environment says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from string import Formatter
from urllib.parse import urlsplit

from cloudstock.language import spoken, tr
from cloudstock.yamlfile import Kind, Unfit, Value, meant_instead, shown, veiled

# `$${` stands for `${` itself.
_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")
_PERCENT = re.compile(r"([0-9]+) ?%")
_DURATION = re.compile(r"([0-9]+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
# What one HTTP header may hold of a credential; blanks and line ends are paste accidents.
_CREDENTIAL = re.compile(r"[!-~]+")

# Above any stock; keeps sums of configured numbers inside what SQLite holds.
MAX_WHOLE = 1_000_000_000
MAX_DAYS = 366
# A token lets in whoever has it, and may be tried as often as the network carries.
TOKEN_LENGTH_MIN = 24
# Ids are int64 on every marketplace.
MAX_DIGITS = 19


def text(value: Value) -> str:
    """Text as written, variables replaced; never a number, date or yes/no word."""
    return _text(value, hidden=False)


def credential(value: Value) -> str:
    """Text that can travel in a header: visible ASCII. Never shown in a message."""
    return checked_credential(_text(value, hidden=True))


def checked_credential(plain: str) -> str:
    """Return the credential, or raise `Unfit` for what no header can carry, without showing it."""
    if not plain:
        raise Unfit(tr("expected text, got nothing"))
    if not plain.isascii() or not plain.isprintable() or not _CREDENTIAL.fullmatch(plain):
        where = next(i for i, c in enumerate(plain, 1) if not _CREDENTIAL.fullmatch(c))
        raise Unfit(
            tr(
                "expected letters, digits and signs of ASCII; character {where} of {count}"
                " is a blank, a line end or another letter",
                where=where,
                count=len(plain),
            )
        )
    return plain


def identity(value: Value) -> str:
    """Text that names a cabinet: visible ASCII, as it travels in headers."""
    return checked_credential(text(value))


def digits(value: Value) -> str:
    """An id of digits, exactly as written; plain where YAML would not change it."""
    if value.kind is Kind.NUMBER:
        if not re.fullmatch(r"0|[1-9][0-9]*", value.source):
            raise Unfit(_quotes(tr("digits"), value, hidden=False))
        found = value.source
    else:
        found = text(value)
    if not re.fullmatch(rf"[0-9]{{1,{MAX_DIGITS}}}", found):
        raise Unfit(
            tr(
                "expected an id of 1 to {max_digits} digits, got {source}",
                max_digits=MAX_DIGITS,
                source=shown(value.source),
            )
        )
    return found


def choice(words: Sequence[str]) -> Callable[[Value], str]:
    """Return a reader of one of a few words."""

    def read(value: Value) -> str:
        due = (
            tr(" or ").join(words)
            if len(words) < 3
            else tr("one of {words}", words=", ".join(words))
        )
        if value.kind is not Kind.TEXT:
            raise Unfit(tr("expected {due}, got {kind}", due=due, kind=spoken(value.kind)))
        found = text(value)
        if found in words:
            return found
        meant = meant_instead(found, words)
        hint = f"; {meant}" if meant else ""
        raise Unfit(
            tr("expected {due}, got {source}{hint}", due=due, source=shown(value.source), hint=hint)
        )

    return read


def whole(minimum: int, maximum: int = MAX_WHOLE) -> Callable[[Value], int]:
    """Return a reader of whole numbers from `minimum` to `maximum`."""
    due = tr("a whole number from {minimum} to {maximum}", minimum=minimum, maximum=maximum)

    def read(value: Value) -> int:
        found = _number(value, due)
        if not _WHOLE.fullmatch(found) or not minimum <= int(found) <= maximum:
            raise Unfit(
                tr("expected {due}, got {source}", due=due, source=shown(value.source)[1:-1])
            )
        return int(found)

    return read


def whole_or_none(minimum: int) -> Callable[[Value], int | None]:
    """Return a reader of whole numbers that takes `null` for None."""
    read = whole(minimum)
    return lambda value: None if value.kind is Kind.NOTHING else read(value)


def factor(value: Value) -> float:
    """A number above 0."""
    found = _number(value, tr("a number above 0"))
    if not _DECIMAL.fullmatch(found) or not 0 < float(found) < float("inf"):
        raise Unfit(tr("expected a number above 0, got {source}", source=shown(value.source)[1:-1]))
    return float(found)


def percent(value: Value) -> int:
    """Whole per cent, 0 to 100: `60%` or `60`."""
    due = tr("whole per cent from 0% to 100%, such as 60%")
    found = _number(value, due, _PERCENT)
    match = _PERCENT.fullmatch(found)
    number = match[1] if match else found
    if not re.fullmatch(r"0|[1-9][0-9]{0,2}", number) or int(number) > 100:
        raise Unfit(tr("expected {due}, got {source}", due=due, source=shown(value.source)[1:-1]))
    return int(number)


def duration(minimum_s: int) -> Callable[[Value], timedelta]:
    """Return a reader of `45s`, `30m`, `2h`, `1d`, at least `minimum_s` seconds."""
    due = tr(
        "a duration such as 45s, 30m, 2h or 1d, from {minimum_s}s to {max_days}d",
        minimum_s=minimum_s,
        max_days=MAX_DAYS,
    )

    def read(value: Value) -> timedelta:
        if value.kind is not Kind.TEXT:
            raise Unfit(tr("expected {due}, got {kind}", due=due, kind=spoken(value.kind)))
        match = _DURATION.fullmatch(text(value))
        # Cut before the arithmetic: a timedelta overflows.
        if match and len(match[1]) <= 9:
            found = timedelta(**{_UNITS[match[2]]: int(match[1])})
            if timedelta(seconds=minimum_s) <= found <= timedelta(days=MAX_DAYS):
                return found
        raise Unfit(tr("expected {due}, got {source}", due=due, source=shown(value.source)))

    return read


def address(value: Value) -> str:
    """A base address without a trailing slash; https, or http to this machine."""
    found = text(value)
    try:
        url = urlsplit(found)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise Unfit(tr("expected an address such as https://proxy.example")) from error
    if url.scheme not in ("http", "https") or not host or re.search(r"[\s\\]", found):
        raise Unfit(tr("expected an address such as https://proxy.example"))
    if url.username is not None or url.password is not None:
        raise Unfit(tr("expected an address without user name and password in it"))
    if url.query or url.fragment or found.endswith(("?", "#")):
        raise Unfit(tr("expected an address without ? and # parts"))
    if port == 0:
        raise Unfit(tr("expected a port from 1 to 65535, got 0"))
    if url.scheme == "http" and not is_loopback(found):
        raise Unfit(
            tr("expected https beyond this machine, got http to {host}", host=shown(host)[1:-1])
        )
    return found.rstrip("/")


def yes_no(value: Value) -> bool:
    """Read `true` or `false`."""
    if value.kind not in (Kind.YES_NO, Kind.TEXT):
        raise Unfit(tr("expected true or false, got {got}", got=value.kind))
    found = value.source if value.kind is Kind.YES_NO else text(value)
    if found not in ("true", "false"):
        raise Unfit(tr("expected true or false, got {got}", got=shown(found)))
    return found == "true"


def on_off(value: Value) -> bool:
    """Read `on` or `off`, in quotes or without; `true` and `false` mean the same to YAML."""
    due = tr(" or ").join(("on", "off"))
    if value.kind not in (Kind.YES_NO, Kind.TEXT):
        raise Unfit(tr("expected {due}, got {kind}", due=due, kind=spoken(value.kind)))
    found = value.source if value.kind is Kind.YES_NO else text(value)
    if found not in ("on", "off", "true", "false"):
        raise Unfit(tr("expected {due}, got {source}", due=due, source=shown(value.source)))
    return found in ("on", "true")


def host(value: Value) -> str:
    """Read the address or name of a machine, without a port."""
    found = text(value)
    named = re.fullmatch(r"[0-9A-Za-z.-]{1,253}", found)
    if not named and not _is_address(found):
        raise Unfit(tr("expected an address such as 127.0.0.1, got {got}", got=shown(value.source)))
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def password_hash(plain: str) -> str:
    """Return what `cloudstock web --hash-password` prints; raises `Unfit` for anything else."""
    if not re.fullmatch(r"scrypt:[0-9]{1,2}:[0-9]{1,3}:[0-9]{1,3}(:[A-Za-z0-9_-]{22,}){2}", plain):
        raise Unfit(tr("expected what `cloudstock web --hash-password` prints"))
    return plain


def script_token(plain: str) -> str:
    """Return a token that nobody guesses; raises `Unfit` for a short one."""
    if len(plain) < TOKEN_LENGTH_MIN:
        raise Unfit(
            tr(
                "expected at least {least} characters, got {got}",
                least=TOKEN_LENGTH_MIN,
                got=len(plain),
            )
        )
    return plain


def is_loopback(url: str) -> bool:
    """Tell whether an address is this machine's own, by its name alone: nothing is looked up."""
    return is_loopback_host(urlsplit(url).hostname or "")


def is_loopback_host(host: str) -> bool:
    """Tell the same of a host's name or address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def template(example: str) -> Callable[[Value], str]:
    """Return a reader of text with the `{names}` of `example` in it, at least one of them."""
    names = _names(example)

    def read(value: Value) -> str:
        if value.kind is Kind.SECTION:
            raise Unfit(tr('expected text; write it in quotes: "{example}"', example=example))
        found = text(value)
        due = tr("text with {names}", names=tr(" or ").join(f"{{{n}}}" for n in names))
        try:
            used = set(_names(found))
        except ValueError:
            used = set()
        if not used or not used <= set(names):
            raise Unfit(tr("expected {due}, got {source}", due=due, source=shown(value.source)))
        return found

    return read


def is_variable(value: Value) -> bool:
    """Tell whether a value is written as a variable, so that its text is not in the file."""
    return value.kind is Kind.TEXT and any(m[1] for m in _VARIABLE.finditer(value.source))


def _names(template: str) -> list[str]:
    """Return the placeholders of a template; forms that reach into values are refused."""
    found: list[str] = []
    for _, name, form, conversion in Formatter().parse(template):
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(template)
            found.append(name)
    return found


def _number(value: Value, due: str, otherwise: re.Pattern[str] | None = None) -> str:
    """Return the text of a number, of a variable's, or of what `otherwise` allows as text."""
    if value.kind is Kind.NUMBER:
        return value.source
    if is_variable(value):
        return text(value)
    if value.kind is Kind.TEXT and otherwise is not None:
        return text(value)
    got = shown(value.source) if value.kind is Kind.TEXT else spoken(value.kind)
    raise Unfit(tr("expected {due}, got {got}", due=due, got=got))


def _text(value: Value, *, hidden: bool) -> str:
    if value.kind in (Kind.NUMBER, Kind.YES_NO, Kind.DATE):
        raise Unfit(_quotes(tr("text"), value, hidden=hidden))
    if value.kind is not Kind.TEXT:
        raise Unfit(tr("expected text, got {kind}", kind=spoken(value.kind)))
    found = _expanded(value.source, value.environ)
    if not found:
        because = tr(": {source} is empty", source=value.source) if is_variable(value) else ""
        raise Unfit(tr("expected text, got nothing{because}", because=because))
    if not hidden and not found.isprintable():
        raise Unfit(tr("expected one line of text without control characters"))
    if not hidden and found != found.strip():
        raise Unfit(tr("expected text without blanks at its ends"))
    return found


def _quotes(due: str, value: Value, *, hidden: bool) -> str:
    example = "" if hidden else f": {shown(value.source)}"
    return tr(
        "expected {due}, got {kind}; write it in quotes{example}",
        due=due,
        kind=spoken(value.kind),
        example=example,
    )


def _expanded(source: str, environ: Mapping[str, str]) -> str:
    missing: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name = match[1]
        if not match[0].endswith("}") or not _NAME.fullmatch(name):
            raise Unfit(
                tr("expected a variable written ${NAME}; write $${ for the signs themselves")
            )
        if name not in environ:
            missing.append(name)
        return environ.get(name, "")

    found = _VARIABLE.sub(replaced, source)
    if missing:
        names = tr(" and no ").join(dict.fromkeys(map(veiled, missing)))
        raise Unfit(tr("the environment has no variable {names}", names=names))
    return found
