"""What a marketplace's folder says of itself to the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from cloudstock.config.keys import Key
from cloudstock.language import spoken
from cloudstock.redaction import Secret


class Registration(NamedTuple):
    """Where an adapter is and which settings it needs; loaded on use, not before."""

    # module:attribute, called as (account, http).
    adapter: str
    # As it writes itself.
    brand: str
    # An account and its `warehouses:` as the example file shows them.
    example: str
    warehouses: str
    settings: tuple[Key, ...]
    # The largest quantity a listing can show.
    quantity_max: int
    # module:attribute, the fields that a record of its answers keeps.
    kept: str
    # Makes the cabinet's own id of an account's options and secrets, which a new key or another
    # name leaves as it is; "" where they do not tell it.
    cabinet: Callable[[Mapping[str, str], Mapping[str, Secret]], str]
    # False: the account has one warehouse and need not name it.
    needs_warehouses: bool = True
    # module:attribute, the file of stock that its cabinet takes by hand; "" where it takes none.
    template: str = ""
    # module:attribute, called as the adapter is with an account of which only the keys are given;
    # reads which shops these open, so that nobody types their numbers. "": they are typed.
    shops: str = ""
    # Where its pictures of cards lie, as a content security policy names hosts.
    pictures: tuple[str, ...] = ()
    # module:attribute, how it calls when something is ordered; "": it does not.
    calls: str = ""

    @property
    def title(self) -> str:
        """Its name as people write it who read the language in use."""
        return spoken(self.brand)


class Shop(NamedTuple):
    """What an account may be, by the word of its marketplace."""

    name: str
    # The settings that tell it.
    options: Mapping[str, str]
