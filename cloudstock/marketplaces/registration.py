"""What a marketplace's folder says of itself to the rest of the program."""

from __future__ import annotations

from typing import NamedTuple

from cloudstock.config_keys import Key


class Registration(NamedTuple):
    """Where an adapter is and which settings it needs; loaded on use, not before."""

    # module:attribute, called as (account, http).
    adapter: str
    title: str
    # An account and its `warehouses:` as the example file shows them.
    example: str
    warehouses: str
    settings: tuple[Key, ...]
    # The largest quantity a listing can show.
    quantity_max: int
    # module:attribute, the fields that a record of its answers keeps.
    kept: str
    # False: the account has one warehouse and need not name it.
    needs_warehouses: bool = True
