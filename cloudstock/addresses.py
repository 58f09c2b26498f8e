"""Where an address is, told by its name alone: nothing is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network


# A host's name or IPv6 address, and a port.
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|(\w[\w-]*(?:\.\w[\w-]*)*\.?))(?::([0-9]{1,5}))?")


def is_place(place: str) -> bool:
    """Tell whether a host with a port or without is one that all who read it read alike."""
    match = _PLACE.fullmatch(place)
    if match is None:
        return False
    address, name, port = match.groups()
    try:
        if address is not None:
            ip_address(address)
        elif not name.isascii() or "xn--" in name.lower():
            _decoded(name)
    except ValueError:
        return False
    return port is None or 0 < int(port) < 65_536


def _decoded(name: str) -> None:
    """Raise `ValueError` where a name with letters beyond ASCII is none that can be looked up."""
    import idna

    idna.decode(name) if name.isascii() else idna.encode(name)


def is_loopback(url: str) -> bool:
    """Tell whether an address is this machine's own."""
    return is_loopback_host(urlsplit(url).hostname or "")


def is_loopback_place(place: str) -> bool:
    """Tell whether a `Host` header, with a port or without, names this machine itself."""
    try:
        return is_loopback(f"http://{place}")
    except ValueError:
        return False


def is_loopback_host(host: str) -> bool:
    """Tell whether a host's name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_within(host: str, networks: Iterable[Network]) -> bool:
    """Tell whether a host's address is in one of the networks."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
