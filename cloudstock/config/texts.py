"""Types of texts that are more than texts: addresses, paths, credentials, templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from string import Formatter
from urllib.parse import SplitResult, urlsplit

from cloudstock.addresses import Network, is_loopback, is_place
from cloudstock.config.types import TEXT, VISIBLE, Type, visible
from cloudstock.config.yamlfile import Unfit
from cloudstock.language import mark, spoken, tr
from cloudstock.redaction import Secret

_BASE = mark("an address such as https://proxy.example")
_PING = mark("an address such as https://hc.example/ping/UUID")

# Names a cabinet and travels in a header.
IDENTITY = Type(TEXT.due, ".+", lambda text: visible(text))
PATH = Type(TEXT.due, ".+", lambda text: Path(text).expanduser())


def _host(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.-]{1,253}", text):
        ip_address(text)
    return text


def _network(text: str) -> Network:
    network = ip_network(text)
    if not network.prefixlen:
        # Everybody.
        raise ValueError
    return network


HOST = Type(lambda: tr("an address such as 127.0.0.1"), ".+", _host)
NETWORK = Type(
    lambda: tr("an address or a network such as 127.0.0.1 or 10.0.0.0/8"), ".+", _network
)


def _parts(text: str, due: str) -> SplitResult:
    """Return the parts of an address that may be asked; raises `Unfit`, which does not show it."""
    try:
        url = urlsplit("" if re.search(r"[\s\\]", text) else text)
        fits = url.scheme in ("http", "https") and is_place(url.netloc.rpartition("@")[2])
    except ValueError:
        fits = False
    if not fits:
        # Not chained: it may quote a password.
        raise Unfit(tr("expected {due}", due=spoken(due))) from None
    if url.username is not None or url.password is not None:
        raise Unfit(tr("expected an address without user name and password in it"))
    if url.scheme == "http" and not is_loopback(text):
        raise Unfit(tr("expected https beyond this machine, got http"))
    return url


def _address(text: str) -> str:
    """Return a base address without a trailing slash."""
    url = _parts(text, _BASE)
    if url.query or url.fragment or text.endswith(("?", "#")):
        raise Unfit(tr("expected an address without ? and # parts"))
    return text.rstrip("/")


ADDRESS = Type(lambda: spoken(_BASE), ".+", _address)


def secret(due: str, pattern: str, check: Callable[[str], object] = str) -> Type[Secret]:
    """A credential of a pattern; `due`, marked for translation, says which."""

    def parse(text: str) -> Secret:
        check(text)
        return Secret(text)

    return Type(lambda: spoken(due), pattern, parse, secret=True)


def _beating(text: str) -> None:
    if _parts(text, _PING).fragment:
        raise Unfit(tr("expected an address without # part"))


CREDENTIAL = secret(mark("text"), f"{VISIBLE}+")
# It lets in whoever has it, and may be tried as often as the network carries.
SCRIPT_TOKEN = secret(mark("at least 24 characters"), f"{VISIBLE}{{24,}}")
PASSWORD_HASH = secret(
    mark("what `cloudstock web --hash-password` prints"),
    "scrypt:[0-9]{1,2}:[0-9]{1,3}:[0-9]{1,3}(:[A-Za-z0-9_-]{22,}){2}",
)
SERVICE = secret(
    mark("an address of Apprise's, such as tgram://TOKEN/CHAT"),
    f"[A-Za-z][A-Za-z0-9+.-]*://{VISIBLE}+",
)
HEARTBEAT = secret(_PING, ".+", _beating)


def template(example: str) -> Type[str]:
    """Text with the `{names}` of `example` in it, at least one of them."""
    names = _names(example)

    def due() -> str:
        places = tr(" or ").join(f"{{{n}}}" for n in names)
        return tr('text with {names}, such as "{example}"', names=places, example=example)

    def parse(text: str) -> str:
        used = set(_names(text))
        if not used or not used <= set(names):
            raise ValueError
        return text

    return Type(due, ".+", parse, write=lambda text: f'"{text}"')


def _names(template: str) -> list[str]:
    """Return the placeholders of a template; ValueError for forms that reach into values."""
    names: list[str] = []
    for _, name, form, conversion in Formatter().parse(template):
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(template)
            names.append(name)
    return names
