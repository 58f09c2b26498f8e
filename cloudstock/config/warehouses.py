"""The marketplace warehouses of an account, and which of our own feeds each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cloudstock.config.keys import attempt, key, keys_of, read_keys, section_schema
from cloudstock.config.types import DIGITS, PERCENT, Schema, Type
from cloudstock.config.yamlfile import Kind, Unfit, Value, quoted
from cloudstock.domain.warehouses import QUARANTINE
from cloudstock.language import mark, tr
from cloudstock.marketplaces import Registration
from cloudstock.settings import WarehouseLink


def _our_warehouse(name: str) -> str:
    if name == QUARANTINE:
        raise Unfit(
            tr(
                '"{quarantine}" holds returned units that are not for sale; name another warehouse',
                quarantine=QUARANTINE,
            )
        )
    return name


OUR_WAREHOUSE = Type(
    lambda: tr("the name of one warehouse, of at most 64 characters"), ".{1,64}", _our_warehouse
)


@dataclass(frozen=True, slots=True)
class Feed:
    """What feeds one marketplace warehouse."""

    feeds_from: str | None = key(
        OUR_WAREHOUSE, None, "your warehouse that feeds it", name="from", required=True
    )
    # None: all, and not said.
    share: int | None = key(PERCENT, None, "how much of it is shown there")


class Warehouses(NamedTuple):
    """The type of `warehouses:`, of a marketplace or, where it is not known, of any."""

    registration: Registration | None

    def read(self, default: tuple[WarehouseLink, ...], value: Value) -> tuple[WarehouseLink, ...]:
        """Return the links; those that are unfit are left out. `default` is empty: none are due."""
        if not default and value.kind is Kind.NOTHING:
            return ()
        entries = value.entries(mark("marketplace warehouse ids and warehouses")).values()
        feeds: dict[str, Feed] = {}
        for theirs, what in entries:
            warehouse_id = attempt(theirs, DIGITS.read)
            feed = attempt(what, _feed)
            if warehouse_id is not None and feed is not None:
                feeds[warehouse_id] = feed
        if not entries:
            value.complain(tr("expected at least one marketplace warehouse id"))
        title = self._only_one()
        if title and len(entries) > 1:
            value.complain(
                tr(
                    "expected one warehouse, got {count}: a shop on {title} has one, several"
                    " shops are several accounts",
                    count=len(entries),
                    title=title,
                )
            )
        _refuse_adding_up(value, feeds)
        return tuple(
            WarehouseLink(warehouse_id, f.feeds_from or "", 100 if f.share is None else f.share)
            for warehouse_id, f in feeds.items()
        )

    def _only_one(self) -> str:
        """Return the title of a marketplace whose accounts have one warehouse; "" for others."""
        one = self.registration is not None and not self.registration.needs_warehouses
        return self.registration.title if self.registration is not None and one else ""

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": f"^{DIGITS.pattern}$"},
            "additionalProperties": {
                "anyOf": [OUR_WAREHOUSE.schema(), section_schema(keys_of(Feed))]
            },
        } | ({"maxProperties": 1} if self._only_one() else {})


def _feed(value: Value) -> Feed | None:
    """Return what feeds a warehouse; None where a part of it is unfit."""
    if value.kind is not Kind.SECTION:
        return Feed(OUR_WAREHOUSE.read(value))
    feed = Feed(**read_keys(value, keys_of(Feed)))
    unfit = feed.share is None and "share" in value.entries()
    return None if unfit or feed.feeds_from is None else feed


def _refuse_adding_up(at: Value, feeds: Mapping[str, Feed]) -> None:
    """Two that are fed from one warehouse show each unit twice, unless each shows its share."""
    for name in dict.fromkeys(f.feeds_from for f in feeds.values()):
        fed = {warehouse_id: f for warehouse_id, f in feeds.items() if f.feeds_from == name}
        ids = tr(" and ").join(fed)
        shares = [f.share for f in fed.values() if f.share is not None]
        if len(fed) > 1 and len(shares) < len(fed):
            at.complain(
                tr(
                    "{ids} are fed from {warehouse} and would add up for buyers; give each a"
                    " share, such as {{from: {name}, share: {percent}%}}",
                    ids=ids,
                    warehouse=quoted(name or ""),
                    name=name,
                    percent=100 // len(fed),
                )
            )
        elif len(fed) > 1 and sum(shares) > 100:
            at.complain(
                tr(
                    "the shares of {ids}, fed from {warehouse}, sum to {total}%; at most 100%",
                    ids=ids,
                    warehouse=quoted(name or ""),
                    total=sum(shares),
                )
            )
