"""A record of `--record FILE`, fed to the adapters: what each answer becomes, or why it is refused.

Every recorded answer is given to the adapter in a visit that asks its method. What the visit asks
besides is answered from the record too, by what was recorded nearest to it; where the record has
nothing of the kind, by the sandbox. What the answer becomes is the difference that it makes: the
same visit with an answer of the same form and nothing in it is the other side. An order or a return
that the answer names is its own, though another answer tells the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cloudstock.domain.records import OrderRef, StockKey, StockUpdate
from cloudstock.marketplaces.pace import Pace
from cloudstock.settings import Account, Secret, WarehouseLink
from tests.contracts.judge import Exchange, judge
from tests.contracts.texts import Spec
from tests.contracts.visits import VISITS, Clock, Given, Host, Scene, scenes

# Names that the marketplaces give to what is asked for, and to what is written.
ORDER_IDS = (
    "order_numbers",
    "posting_numbers",
    "posting_number",
    "orderIds",
    "orders",
    "ordersIds",
)
LISTING_IDS = ("offer_id", "offerIds", "chrtIds", "sku")
WRITTEN_IDS = ("product_id", "chrtId", "sku")
WRITTEN_COUNTS = ("stock", "amount", "count")
POSITIONS = re.compile(r"(?i)(cursor|token|last_id)$")
SHOWN_MAX = 3
# Visits of which everything is told: nothing can be subtracted from what they make.
WHOLE = ("check", "push", "credentials end")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of a record: a request and its answer."""

    number: int
    at: datetime
    account: str
    marketplace: str
    method: str
    path: str
    query: Mapping[str, str]
    request: Any
    status: int
    answer: Any

    @property
    def place(self) -> str:
        """Method and path, without the numbers in it."""
        return place_of(self.method, self.path)

    @property
    def given(self) -> Given:
        """The answer, as it is given again."""
        return Given(self.status, _body(self.answer))


@dataclass(frozen=True, slots=True)
class Record:
    """What a file holds."""

    # By name, where the file says what they are; else as far as the requests tell.
    accounts: Mapping[str, Account]
    exchanges: tuple[Recorded, ...]


class BadRecord(ValueError):
    """The file is no record; the message names the line."""


def place_of(method: str, path: str) -> str:
    """Return method and path with every number, and every id with one, as `{}`."""
    return f"{method} " + re.sub(r"/[^/]*\d{3,}[^/]*", "/{}", path)


def _body(answer: Any) -> bytes:
    if answer is None or isinstance(answer, str):
        return (answer or "").encode()
    return json.dumps(answer, ensure_ascii=False).encode(errors="replace")


# ---------------------------------------------------------------- reading a file


def read(path: Path) -> Record:
    """Read a record; raises OSError, and BadRecord for a file that is none."""
    described: dict[str, Mapping[str, Any]] = {}
    exchanges: list[Recorded] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            described |= {a["account"]: a for a in line.get("accounts", ())}
            # Surprises, the end, and requests that nobody answered.
            if "status" in line:
                exchanges.append(_recorded(number, line))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise BadRecord(f"{path}: line {number}: {problem!r}") from problem
    if not exchanges:
        raise BadRecord(f"{path}: it holds no answer")
    for exchange in exchanges:
        described.setdefault(exchange.account, {"marketplace": exchange.marketplace})
    accounts = {
        name: _account(name, told, [x for x in exchanges if x.account == name])
        for name, told in described.items()
    }
    return Record(accounts, tuple(exchanges))


def _recorded(number: int, line: Mapping[str, Any]) -> Recorded:
    return Recorded(
        number=number,
        at=datetime.fromisoformat(line["at"]),
        account=line["account"],
        marketplace=line["marketplace"],
        method=line["method"],
        path=line["path"],
        query={k: str(v) for k, v in (line.get("query") or {}).items()},
        request=line.get("request"),
        status=line["status"],
        answer=line.get("answer"),
    )


def _account(name: str, told: Mapping[str, Any], exchanges: Iterable[Recorded]) -> Account:
    """Return an account like the recorded one; what the file does not say, requests tell."""
    paths = " ".join(x.path for x in exchanges)
    places = told.get("warehouses") or re.findall(r"/stocks/(\d+)", paths) or [""]
    found = {
        "client_id": re.findall(r"()", paths),
        "business_id": re.findall(r"/businesses/(\d+)", paths),
        "campaign_id": re.findall(r"/campaigns/(\d+)", paths),
    }
    options = {key: values[0] if values else "1" for key, values in found.items()}
    share = 100 // len(places)
    return Account(
        name=name,
        marketplace=told["marketplace"],
        warehouses=tuple(WarehouseLink(w, "main", share) for w in dict.fromkeys(places)),
        base_url="http://127.0.0.1",
        pace=1e6,
        options={**options, "client_id": "1", **told.get("options", {})},
        secrets={key: Secret("replayed") for key in ("api_key", "token")},
    )


# ---------------------------------------------------------------- feeding it


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one recorded answer."""

    exchange: Recorded
    # Which visit it was given to; None: no adapter asks this method.
    visit: str | None
    # What it becomes, and what the adapter made of the same visit without it.
    records: tuple[Any, ...]
    # Why it is refused.
    error: Exception | None
    # Where it is not as the specification says.
    violations: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Is it a good answer that the adapter does not take?"""
        return self.error is not None and self.exchange.status < 400


class Player:
    """Feeds records to adapters."""

    def __init__(self, specs: Mapping[str, Spec] | None = None) -> None:
        self._specs = specs
        self._host = Host()
        self._scenes: dict[str, Scene] = {}
        # Marketplace and place: visits that ask it, and what they were answered by the sandbox.
        self._asked: dict[tuple[str, str], dict[str, Exchange]] = {}
        for scene in scenes(self._host):
            marketplace = scene.account.marketplace
            self._scenes.setdefault(marketplace, scene)
            for visit in VISITS:
                for exchange in self._host.visit(scene, visit).exchanges:
                    place = (marketplace, place_of(exchange.method, exchange.path))
                    self._asked.setdefault(place, {}).setdefault(visit, exchange)

    def close(self) -> None:
        """Close the event loop."""
        self._host.close()

    def play(self, record: Record) -> Iterator[Fate]:
        """Yield the fate of every answer, in the order of the file."""
        for exchange in record.exchanges:
            visit = self._visit_for(exchange)
            account = record.accounts[exchange.account]
            tape = [x for x in record.exchanges if x.account == exchange.account]
            violations = tuple(self._violations(exchange))
            if visit is None:
                yield Fate(exchange, None, (), None, violations)
                continue
            given, error = self._records(account, exchange, visit, tape, exchange.given)
            if visit not in WHOLE:
                empty = self._end_of(exchange, tape)
                without, _ = self._records(account, exchange, visit, tape, empty)
                given = [x for x in given if x not in without or _names_it(exchange, x)]
            yield Fate(exchange, visit, tuple(given), error, violations)

    def _visit_for(self, exchange: Recorded) -> str | None:
        """Return the visit whose own question is most like the recorded one."""
        visits = self._asked.get((exchange.marketplace, exchange.place), {})
        wanted = _names(exchange.request) | set(exchange.query)

        def alike(visit: str) -> tuple[int, int]:
            asked = visits[visit]
            have = _names(json.loads(asked.body) if asked.body else None)
            have |= {name for name, _ in asked.query}
            # Of two that ask the same, the one that can be told what to ask.
            return -len(wanted ^ have), list(VISITS).index(visit)

        return max(visits, key=alike, default=None)

    def _records(
        self,
        account: Account,
        exchange: Recorded,
        visit: str,
        tape: list[Recorded],
        given: Given,
    ) -> tuple[list[Any], Exception | None]:
        asked: dict[str, int] = {}

        def instead(method: str, path: str) -> Given:
            place = place_of(method, path)
            asked[place] = asked.get(place, 0) + 1
            if place == exchange.place:
                return given if asked[place] == 1 else self._end_of(exchange, tape)
            return self._beside(exchange, place, tape, again=asked[place] > 1)

        scene = self._scene(account, exchange)
        outcome = self._host.visit(scene, visit, instead)
        return outcome.records, outcome.error

    def _end_of(self, exchange: Recorded, tape: list[Recorded]) -> Given:
        """Return an answer to the same question that ends it: a good one with nothing in it."""
        good = [x for x in tape if x.place == exchange.place and x.status < 300]
        if good:
            return _emptied(good[0].given)
        asked = self._asked[exchange.marketplace, exchange.place]
        sandbox = next(iter(asked.values()))
        return _emptied(Given(sandbox.status, sandbox.answer))

    def _beside(
        self, exchange: Recorded, place: str, tape: list[Recorded], *, again: bool
    ) -> Given:
        """Return the answer to another question of the visit."""
        others = [x for x in tape if x.place == place and x.status < 300]
        if others:
            nearest = min(others, key=lambda x: abs(x.number - exchange.number))
            return _emptied(nearest.given) if again else nearest.given
        answers = self._asked.get((exchange.marketplace, place))
        if answers is None:
            return Given(404, b"")
        sandbox = next(iter(answers.values()))
        return Given(sandbox.status, sandbox.answer)

    def _scene(self, account: Account, exchange: Recorded) -> Scene:
        like = self._scenes[account.marketplace]
        handle = like.orders[0].handle if account.marketplace == "wildberries" else ""
        place = account.warehouses[0].warehouse_id
        found = list(_found(exchange.request, LISTING_IDS))
        written = list(_written(exchange.request)) or [(key, 1) for key in found]
        keys = [StockKey(key, key, place) for key, _ in written]
        return _Replayed(
            replace(account, name=exchange.account),
            like.world,
            Clock(exchange.at),
            Pace(),
            keys=tuple(keys) or tuple(k._replace(warehouse_id=place) for k in like.keys[:1]),
            asked=tuple(
                OrderRef(key, exchange.at - timedelta(days=1), handle or key)
                for key in _found(exchange.request, ORDER_IDS)
            ),
            numbers=tuple(number for _, number in written),
            starts_at=exchange.at,
        )

    def _violations(self, exchange: Recorded) -> Iterator[str]:
        if self._specs is None:
            return
        credentials = {"client-id": "", "api-key": "", "authorization": ""}
        told = Exchange(
            exchange.method,
            exchange.path,
            tuple(exchange.query.items()),
            {"content-type": "application/json", **credentials},
            _body(exchange.request),
            exchange.status,
            {},
            _body(exchange.answer),
        )
        for violation in judge(self._specs[exchange.marketplace], told):
            yield f"{violation.side}: {violation.where}: {violation.message}"


@dataclass
class _Replayed(Scene):
    """A scene of what was recorded."""

    asked: tuple[OrderRef, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def refs(self) -> tuple[OrderRef, ...]:
        """The orders that were asked for."""
        return self.asked

    def updates(self, most: int) -> tuple[StockUpdate, ...]:
        """The numbers that were sent."""
        now = self.clock.now()
        pairs = zip(self.keys, self.numbers or (1,) * len(self.keys), strict=True)
        return tuple(StockUpdate(key, number, now) for key, number in pairs)


def _emptied(given: Given) -> Given:
    """Return an answer of the same form with nothing in it: the end of a list."""
    try:
        value = json.loads(given.body)
    except ValueError:
        return given
    return Given(given.status, _body(_empty(value, "")))


def _empty(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {key: _empty(part, key) for key, part in value.items()}
        case list():
            return []
        case bool():
            return False
        case int() | float():
            return 0
        case str() if POSITIONS.search(name):
            return ""
    return value


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def _found(value: Any, names: Iterable[str]) -> Iterator[str]:
    """Yield the ids under these names, as text."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key in names and not isinstance(part, dict):
                ids = part if isinstance(part, list) else [part]
                yield from (str(i) for i in ids if isinstance(i, str | int))
            yield from _found(part, names)
    elif isinstance(value, list):
        for part in value:
            yield from _found(part, names)


def _written(value: Any) -> Iterator[tuple[str, int]]:
    """Yield the listings that a request writes, and the numbers."""
    if isinstance(value, list):
        for part in value:
            yield from _written(part)
    elif isinstance(value, dict):
        key = next((value[name] for name in WRITTEN_IDS if name in value), None)
        counts = [int(n) for n in _found(value, WRITTEN_COUNTS)]
        if key is not None and not isinstance(key, list | dict) and counts:
            yield str(key), counts[0]
        else:
            yield from _written(list(value.values()))


def _names_it(exchange: Recorded, record: Any) -> bool:
    """Tell whether an answer holds an order or a return, though another answer tells it, too."""
    key = getattr(record, "order_id", None) or getattr(record, "return_id", None)
    return isinstance(key, str) and key in _texts(exchange.answer)


def _texts(value: Any) -> set[str]:
    """Return every text and number in JSON values, as text."""
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {str(value)}


# ---------------------------------------------------------------- told


def lines(fates: Iterable[Fate]) -> Iterator[str]:
    """What is to be read of the fates; the figures last."""
    answers = refused = unasked = wrong = 0
    for fate in fates:
        exchange = fate.exchange
        answers += 1
        head = f"{exchange.number}: {exchange.account}: {exchange.method} {exchange.path}"
        yield f"{head}: {exchange.status}: {_becomes(fate)}"
        refused += fate.refused
        unasked += fate.visit is None
        wrong += bool(fate.violations)
        for record in fate.records[:SHOWN_MAX]:
            yield f"    {record}"
        if len(fate.records) > SHOWN_MAX:
            yield f"    and {len(fate.records) - SHOWN_MAX} more"
        for violation in fate.violations:
            yield f"    not as specified: {violation}"
    yield (
        f"answers: {answers}, refused: {refused}, not as specified: {wrong},"
        f" of methods that no adapter asks: {unasked}"
    )


def _becomes(fate: Fate) -> str:
    if fate.visit is None:
        return "no adapter asks this method"
    if fate.error is not None:
        word = "refused" if fate.refused else "told"
        return f"{word} in {fate.visit!r}: {type(fate.error).__name__}: {fate.error}"
    kinds: dict[str, int] = {}
    for record in fate.records:
        kinds[type(record).__name__] = kinds.get(type(record).__name__, 0) + 1
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "nothing new"
    return f"{told} in {fate.visit!r}"
