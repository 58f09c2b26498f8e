"""`notify:` and `heartbeats:` of the configuration: who is told how the work goes.

An address holds what it takes to write in somebody's name, so it is a secret as a whole: it is
never quoted, and taken out of everything that is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from cloudstock import config_values as read
from cloudstock.language import tr
from cloudstock.settings import EVENTS, NoticeSettings, Secret
from cloudstock.yamlfile import Document, Kind, Section, Unfit, Value, suggestion

# The commands whose beginning and end somebody may wait for.
BEATING = (
    "check",
    "pull-catalog",
    "poll-orders",
    "poll-reserves",
    "poll-returns",
    "push-stocks",
    "sync",
)
NEVER = "never"
_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")


def notices(
    document: Document,
    section: Section | None,
    *,
    from_file: Callable[[Value], str],
    literal: list[str],
) -> NoticeSettings:
    """Return what `notify:` says; `literal` gets the places of addresses that stand in the file.

    `from_file` reads the address in a file that a value names.
    """
    default = NoticeSettings()
    if section is None:
        return default
    urls, files = section.take("urls"), section.take("url_files")
    found: list[str | None] = []
    if urls is not None:
        for value in document.items(urls):
            found.append(document.read(value, _service))
            if not read.is_variable(value):
                literal.append(value.path)
    if files is not None:
        named = document.items(files)
        found += [document.read(v, lambda f: _checked_service(from_file(f))) for v in named]
    if urls is None and files is None:
        place = section.at.at(f"{section.at.path}.urls")
        document.complain(
            place, tr("missing; at least one address in urls, or a file in url_files")
        )
    settings = NoticeSettings(
        urls=tuple(Secret(url) for url in found if url is not None),
        after=document.optional(section, "after", read.duration(0), default.after),
        events=_events(document, section.take("events")),
        repeat=document.optional(section, "repeat", _repeat, default.repeat),
    )
    document.refuse_unknown(section)
    return settings


def heartbeats(
    document: Document, section: Section | None, *, literal: list[str]
) -> Mapping[str, Secret]:
    """Return the addresses of `heartbeats:` by command."""
    found: dict[str, Secret] = {}
    for key, value in () if section is None else section.items():
        if key.source not in BEATING:
            document.complain(
                value, f"{tr('no job of that name')}; {suggestion(key.source, BEATING)}"
            )
            continue
        address = document.read(value, _heartbeat)
        if not read.is_variable(value):
            literal.append(value.path)
        if address is not None:
            found[key.source] = Secret(address)
    return found


def _service(value: Value) -> str:
    return _checked_service(read.credential(value))


def _checked_service(url: str) -> str:
    if not _SERVICE.fullmatch(url):
        raise Unfit(tr("expected an address of Apprise's, such as tgram://TOKEN/CHAT"))
    return url


def _heartbeat(value: Value) -> str:
    url = read.credential(value)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        # Not chained: the error may quote it.
        raise Unfit(tr("expected an address such as https://hc.example/ping/UUID")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise Unfit(tr("expected an address such as https://hc.example/ping/UUID"))
    if parts.fragment or parts.username is not None:
        raise Unfit(tr("expected an address without user name, password and # part"))
    if parts.scheme == "http" and not read.is_loopback(url):
        raise Unfit(tr("expected https beyond this machine, got http"))
    return url


def _events(document: Document, at: Value | None) -> tuple[str, ...]:
    if at is None:
        return EVENTS
    choice = read.choice(EVENTS)
    asked = [document.read(v, choice) for v in document.items(at)]
    return tuple(e for e in EVENTS if e in asked)


def _repeat(value: Value) -> timedelta | None:
    if value.kind is Kind.TEXT and value.source == NEVER:
        return None
    try:
        return read.duration(3_600)(value)
    except Unfit as unfit:
        raise Unfit(tr("{unfit}; or {never}", unfit=unfit, never=NEVER)) from None
