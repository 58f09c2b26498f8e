"""How often passwords and tokens may be tried: by one network, and by all of them together."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from cloudstock.logs import event

log = logging.getLogger("cloudstock.web")

WAIT_S_FIRST = 2.0
# Wrong ones are forgotten when none came for so long.
FORGET_S = 900.0
NETWORKS_MAX = 10_000
# What a household or a company on IPv6 has at least: whoever has one address there has them all.
IPV6_PREFIX_BITS = 64


@dataclass(frozen=True, slots=True)
class Bound:
    """How many tries there may be."""

    # So many wrong ones are free; then each doubles the wait.
    free: int
    wait_s_max: float
    # Weighed or waiting for it.
    at_once: int


OF_NETWORK = Bound(free=5, wait_s_max=300.0, at_once=5)
# Whoever has many networks is one guesser all the same.
OF_ALL = Bound(free=100, wait_s_max=30.0, at_once=8)


class TriedTooOften(Exception):
    """Too many tries: wait, whatever the password."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(slots=True)
class _Count:
    bound: Bound
    wrong: int = 0
    # When the last wrong one came.
    last: float = 0.0
    at_once: int = 0
    # Tries that were not weighed.
    refused: int = 0

    def wait_s(self, now: float) -> float:
        """Return how long the next try has to wait; 0: it may be weighed."""
        if now - self.last > FORGET_S:
            self.wrong = self.refused = 0
        beyond = self.wrong + self.at_once - self.bound.free
        if self.at_once and (beyond >= 0 or self.at_once >= self.bound.at_once):
            return WAIT_S_FIRST
        if beyond < 0:
            return 0.0
        # Bounded before the power: a patient guesser must not make a number of a million bits.
        wait = min(self.bound.wait_s_max, WAIT_S_FIRST * 2.0 ** min(beyond, 30))
        return max(0.0, self.last + wait - now)


@dataclass(slots=True)
class Tries:
    """The tries of one server. All calls come from its event loop, one after another.

    A right password forgives nothing: behind a proxy that is not configured, or beside a script
    that sends it every minute, guesses would be free. It makes its network known, which is not held
    up by what others try.
    """

    monotonic: Callable[[], float] = time.monotonic
    _all: _Count = field(default_factory=lambda: _Count(OF_ALL))
    _networks: OrderedDict[str, _Count] = field(default_factory=OrderedDict)
    _known: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def begin(self, address: str) -> Callable[[bool], None]:
        """Begin a try; call what is returned with whether it was right.

        It counts from now on, so that many at once are no more tries. Raises `TriedTooOften`.
        """
        network = network_of(address)
        own = self._networks.setdefault(network, _Count(OF_NETWORK))
        self._networks.move_to_end(network)
        _cut(self._networks)
        counts = (own,) if network in self._known else (own, self._all)
        wait = max(count.wait_s(self.monotonic()) for count in counts)
        if wait > 0:
            self._refuse(own, network, wait)
        for count in counts:
            count.at_once += 1

        def end(right: bool) -> None:
            for count in counts:
                count.at_once -= 1
            if right:
                self._known[network] = None
                _cut(self._known)
                return
            for count in (own, self._all):
                count.wrong += 1
                count.last = self.monotonic()

        return end

    def _refuse(self, own: _Count, network: str, wait_s: float) -> None:
        own.refused += 1
        # A line for each would fill a disk as fast as the network carries them.
        if own.refused.bit_count() == 1:
            event(
                log,
                logging.WARNING,
                "web.tries_refused",
                network=network,
                refused=own.refused,
                wrong_of_all=self._all.wrong,
            )
        raise TriedTooOften(wait_s)


def network_of(address: str) -> str:
    """Return the network that tries from an address are counted by; "" for what is no address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    rest = 128 - IPV6_PREFIX_BITS
    return f"{IPv6Address(int(parsed) >> rest << rest)}/{IPV6_PREFIX_BITS}"


def _cut(networks: OrderedDict[str, _Count] | OrderedDict[str, None]) -> None:
    while len(networks) > NETWORKS_MAX:
        networks.popitem(last=False)
