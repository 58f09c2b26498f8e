"""What a person does to the stock, in one call each, for tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cloudstock.changes.adopting import AdoptRequest, AdoptResult
from cloudstock.changes.closing import CloseRequest, CloseResult
from cloudstock.changes.counts import (
    AdjustRequest,
    Correction,
    CountRequest,
    CountResult,
    Quantity,
)
from cloudstock.changes.hiding import HideRequest, HideResult
from cloudstock.changes.links import LinkedProduct, LinkRequest, LinkResult
from cloudstock.changes.moves import MoveRequest, MoveResult
from cloudstock.changes.orders import CloseOrderRequest, CloseOrderResult
from cloudstock.changes.pausing import PauseRequest, PauseResult
from cloudstock.changes.policies import PolicyRequest, PolicyResult
from cloudstock.changes.returns import ReceiptResult, ReceiveRequest
from cloudstock.changes.undoing import UndoRequest, UndoResult
from cloudstock.changes.warehouses import (
    AddWarehouseRequest,
    RemoveWarehouseRequest,
    RemoveWarehouseResult,
    WarehouseResult,
)
from cloudstock.store import Store

Pairs = Sequence[tuple[str, int]]


def set_stocks(
    store: Store, counts: Pairs, *, now: datetime, configured: Collection[str] = (), **more: Any
) -> tuple[CountResult, ...]:
    wanted = CountRequest(counts=tuple(Quantity(*pair) for pair in counts), **more)
    return wanted.act(store, now=now, configured=configured)


def set_stock(store: Store, sku: str, quantity: int, **more: Any) -> CountResult:
    return set_stocks(store, [(sku, quantity)], **more)[0]


def adjust_stocks(
    store: Store, changes: Pairs, *, now: datetime, configured: Collection[str] = (), **more: Any
) -> tuple[CountResult, ...]:
    wanted = AdjustRequest(changes=tuple(Correction(*pair) for pair in changes), **more)
    return wanted.act(store, now=now, configured=configured)


def adjust_stock(store: Store, sku: str, change: int, **more: Any) -> CountResult:
    return adjust_stocks(store, [(sku, change)], **more)[0]


def move_stock(
    store: Store,
    moves: Pairs,
    *,
    source: str,
    target: str,
    now: datetime,
    configured: Collection[str] = (),
    **more: Any,
) -> tuple[MoveResult, ...]:
    quantities = tuple(Quantity(*pair) for pair in moves)
    wanted = MoveRequest(moves=quantities, from_warehouse=source, to_warehouse=target, **more)
    return wanted.act(store, now=now, configured=configured)


def set_policy(
    store: Store, skus: Sequence[str], policy: str | None, *, now: datetime, **more: Any
) -> tuple[PolicyResult, ...]:
    return PolicyRequest(skus=tuple(skus), policy=policy, **more).act(store, now=now)


def link_listing(
    store: Store, account: str | None, listing: str, products: Pairs, *, now: datetime, **more: Any
) -> LinkResult:
    parts = tuple(LinkedProduct(*pair) for pair in products)
    wanted = LinkRequest(account=account, listing=listing, products=parts, **more)
    return wanted.act(store, now=now)


def unlink_listing(store: Store, account: str, listing: str, **more: Any) -> LinkResult:
    return link_listing(store, account, listing, (), **more)


def receive_return(
    store: Store,
    return_id: str,
    *,
    now: datetime,
    configured: Collection[str] = (),
    **more: Any,
) -> ReceiptResult:
    return ReceiveRequest(return_id=return_id, **more).act(store, now=now, configured=configured)


def close_order(store: Store, order_id: str, *, now: datetime, **more: Any) -> CloseOrderResult:
    return CloseOrderRequest(order_id=order_id, **more).act(store, now=now)


def adopt_stock(store: Store, *, now: datetime, **more: Any) -> AdoptResult:
    return AdoptRequest(**more).act(store, now=now)


def close_without_push(store: Store, account: str, *, now: datetime, **more: Any) -> CloseResult:
    return CloseRequest(account=account, **more).act(store, now=now)


def undo(store: Store, change: int | None = None, *, now: datetime, **more: Any) -> UndoResult:
    return UndoRequest(change=change, **more).act(store, now=now)


def hide(store: Store, *skus: str, now: datetime, **more: Any) -> tuple[HideResult, ...]:
    return HideRequest(skus=skus, **more).act(store, now=now)


def add_warehouse(store: Store, name: str, *, now: datetime) -> WarehouseResult:
    return AddWarehouseRequest(name=name).act(store, now=now)


def remove_warehouse(
    store: Store, name: str, *, now: datetime, configured: Collection[str] = ()
) -> RemoveWarehouseResult:
    return RemoveWarehouseRequest(name=name).act(store, now=now, configured=configured)


def pause(store: Store, account: str, *, now: datetime, **more: Any) -> PauseResult:
    return PauseRequest(account=account, **more).act(store, now=now)
