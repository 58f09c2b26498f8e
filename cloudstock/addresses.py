"""Where an address is, told by its name alone: nothing is looked up."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network


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
