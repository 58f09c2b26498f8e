"""export-stock --for: the tables that cabinets take by hand, filled with what they should show."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from cloudstock.changes import names, past
from cloudstock.domain.plan import by_hand
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.templates import Field, Template
from cloudstock.settings import Account, Configuration
from cloudstock.sheets import moysklad
from cloudstock.sheets.form import XLSX, is_workbook
from cloudstock.sheets.sums import is_much
from cloudstock.sheets.written_file import written
from cloudstock.store import Store
from cloudstock.store.views import snapshot
from cloudstock.store.views.explanation import stale_accounts
from cloudstock.store.views.stock import Wanted, stock

WIDTHS = {Field.WAREHOUSE: 40, Field.ARTICLE: 24, Field.BARCODE: 24, Field.NAME: 40}


@dataclass(frozen=True, slots=True)
class TemplateResult:
    """What a cabinet's table holds."""

    # Whose it is: an account, or a program.
    cabinet: str
    rows: int
    # Of those: 0 where buyers may be shown more now.
    emptied: int
    # Listings, or products, that have a number and are not in it: a push would not raise them now,
    # or they have no barcode where goods are known by it; below zero.
    left_out: int
    # Accounts that sell of the same warehouses and whose orders were not read lately.
    unread: tuple[str, ...]


class _Goods(NamedTuple):
    """One row of a template, before it is known which columns it has."""

    # As the cabinet calls it, and as people may name it.
    warehouse: str
    names: frozenset[str]
    article: str
    barcode: str
    name: str
    # None: not to be written.
    quantity: int | None
    # Buyers may be shown some of it now.
    shown: bool = False

    def cell(self, field: Field) -> str | int | None:
        """Return what stands in a column; None: it has none, and without it no row."""
        match field:
            case Field.WAREHOUSE:
                return self.warehouse
            case Field.ARTICLE:
                return self.article
            case Field.BARCODE:
                return self.barcode or None
            case Field.NAME:
                return self.name
            case Field.QUANTITY:
                return self.quantity
            case Field.BLANK:
                return ""


def cabinets() -> list[str]:
    """Return what tables there are for, as `--for` names them."""
    own = [name for name, registration in MARKETPLACES.items() if registration.template]
    return [*own, moysklad.NAME]


def export_template(
    store: Store,
    file: str | Path,
    cabinet: str,
    *,
    config: Configuration,
    among: Sequence[Account],
    warehouse: str | None,
    now: datetime,
    force: bool = False,
    yes: bool = False,
) -> TemplateResult:
    """Write the table that a cabinet takes by hand; its targets must be fresh.

    It holds the numbers that `push-stocks --full` would send, except that raising waits for no
    reading of orders: whoever uploads it answers for what was sold since. For MoySklad it is what
    lies there. `among`: the accounts of which it may be; `warehouse`: only this one, ours or the
    marketplace's. Raises `UsageProblem` where it is not certain for which account or warehouse it
    is, or where the file cannot be written, or is there and not replaced by `force`. Raises
    `Unconfirmed`, without `yes`, where many listings would fall to 0.
    """
    if cabinet not in cabinets():
        raise UsageProblem(
            tr(
                "there is no template for {name!r}; there are: {names}",
                name=cabinet,
                names=", ".join(cabinets()),
            )
        )
    if not is_workbook(file):
        raise UsageProblem(
            tr(
                "{file}: cabinets take XLSX; give a name that ends in {ending}",
                file=file,
                ending=XLSX,
            )
        )
    unread: set[str] = set()
    with snapshot(store.connection):
        if cabinet == moysklad.NAME:
            template, title = moysklad.TEMPLATE, cabinet
            goods = list(_in_stock(store))
        else:
            account = _the_account(cabinet, among)
            template, title = _template(cabinet), account.name
            # Not yet there before its first run.
            account_id = store.catalog.account_ids().get(account.name, 0)
            fed = _fed(store, account_id)
            goods = list(_on_sale(store, account_id, fed, now))
            for own in fed:
                unread.update(stale_accounts(store.connection, own, now, config.max_poll_age))
        chosen = _of_warehouse(goods, template, warehouse)
    rows = [row for g in chosen if (row := _row(g, template)) is not None]
    emptied, shown = sum(g.shown and g.quantity == 0 for g in chosen), sum(g.shown for g in chosen)
    if not yes and is_much(emptied, shown):
        past.ask(
            [
                tr(
                    "{name}: {emptied} of {shown} listings that buyers may see would fall to 0",
                    name=title,
                    emptied=emptied,
                    shown=shown,
                )
            ]
        )
    from cloudstock.sheets.workbook import Look, write

    look = Look(
        template.sheet,
        template.header,
        [WIDTHS.get(field, 24) for field in template.columns],
        {at for at, field in enumerate(template.columns) if field is Field.QUANTITY},
    )
    with written(file, force=force) as out:
        write(out, look, rows, name=str(file))
    return TemplateResult(
        title,
        len(rows),
        emptied,
        len(chosen) - len(rows),
        tuple(sorted(unread)),
    )


def _the_account(cabinet: str, among: Sequence[Account]) -> Account:
    """Return the one account of a marketplace; raises `UsageProblem` where it is not just one."""
    own = [account for account in among if account.marketplace == cabinet]
    if not own:
        raise UsageProblem(tr("there is no account of {name}", name=MARKETPLACES[cabinet].title))
    if len(own) > 1:
        names_of = ", ".join(account.name for account in own)
        raise UsageProblem(tr("name one account with --account ({names})", names=names_of))
    return own[0]


def _template(marketplace: str) -> Template:
    module, _, name = MARKETPLACES[marketplace].template.partition(":")
    template = getattr(import_module(module), name)
    assert isinstance(template, Template)
    return template


def _fed(store: Store, account_id: int) -> frozenset[int]:
    """Return the warehouses that feed an account's listings."""
    rows = store.connection.execute(
        "SELECT warehouse_id FROM account_warehouse WHERE account_id = ?", (account_id,)
    )
    return frozenset(r[0] for r in rows)


def _on_sale(store: Store, account_id: int, fed: frozenset[int], now: datetime) -> Iterator[_Goods]:
    """Yield the listings of an account that have a target, by warehouse and article."""
    of_account = store.targets.differences(account_id, now=now, full=True, raisable=fed)
    differences = {d.pair: d for d in of_account}
    divided = {d.listing_id for d in differences.values() if d.divided}
    room = store.parts.steps(divided, now=now) if divided else {}
    rows: Iterable[sqlite3.Row] = store.connection.execute(
        "SELECT l.id, s.external_warehouse, l.offer_id, l.name, h.name AS own, m.name AS theirs,"
        " (SELECT substr(min(k.key), 9) FROM listing_key k WHERE k.listing_id = l.id"
        " AND k.key >= 'barcode:' AND k.key < 'barcode;') AS barcode"
        " FROM account_warehouse w CROSS JOIN warehouse h ON h.id = w.warehouse_id"
        " CROSS JOIN listing_stock s ON s.account_id = w.account_id"
        " AND s.external_warehouse = w.external_warehouse"
        " CROSS JOIN listing l ON l.id = s.listing_id"
        " LEFT JOIN marketplace_warehouse m ON m.account_id = w.account_id"
        " AND m.external_warehouse = w.external_warehouse"
        " WHERE w.account_id = ? AND s.target IS NOT NULL"
        " ORDER BY s.external_warehouse, l.offer_id",
        (account_id,),
    )
    for r in rows:
        d = differences[r["id"], r["external_warehouse"]]
        quantity = by_hand(d, room.get(d.pair))
        number = r["external_warehouse"]
        yield _Goods(
            f"{r['theirs']} ({number})" if r["theirs"] else number,
            frozenset({number, r["own"]}),
            r["offer_id"],
            r["barcode"] or "",
            r["name"],
            quantity,
            (d.high or 0) > 0,
        )


def _in_stock(store: Store) -> Iterator[_Goods]:
    """Yield what was counted, by warehouse and article."""
    countable = names.countable_warehouses(store)
    levels = (
        level
        for level in stock(store.connection, Wanted())
        if level.warehouse in countable and level.on_hand is not None
    )
    for level in sorted(levels, key=lambda level: (level.warehouse, level.sku)):
        assert level.on_hand is not None
        yield _Goods(
            level.warehouse,
            frozenset({level.warehouse}),
            level.sku,
            "",
            level.name,
            # More left than was counted: how many lie there nobody knows.
            None if level.on_hand < 0 else level.on_hand,
        )


def _of_warehouse(
    goods: Sequence[_Goods], template: Template, warehouse: str | None
) -> Sequence[_Goods]:
    """Return the goods of the warehouse that a table is for.

    Raises `UsageProblem` where nothing is in it, or where the table has no column for warehouses
    and there are several.
    """
    chosen = [g for g in goods if warehouse is None or warehouse in g.names]
    there = ", ".join(dict.fromkeys(g.warehouse for g in chosen or goods))
    if not chosen and goods:
        raise UsageProblem(
            tr("nothing is in warehouse {name!r}; there are: {names}", name=warehouse, names=there)
        )
    if Field.WAREHOUSE not in template.columns and len({g.warehouse for g in chosen}) > 1:
        raise UsageProblem(
            tr(
                "this template is for one warehouse (`--warehouse`); name it: {names}",
                names=there,
            )
        )
    return chosen


def _row(goods: _Goods, template: Template) -> list[str | int] | None:
    """Return one row; None where it lacks what it must have."""
    cells = [goods.cell(field) for field in template.columns]
    filled = [cell for cell in cells if cell is not None]
    return filled if len(filled) == len(cells) else None
