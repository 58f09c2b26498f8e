"""What really happens: units on shelves, buyers, and the life of every order and return.

The truth is kept so that the book can know it. What no program could know is left out, each such
case where it is decided:

- A count while units move, or while their leaving can be told only by a status that the book has
  not read and that carries no moment (`Trade.clear`): nobody can say whether the count saw them.
- An order that steps back after the shelf was counted, and was not read as gone since then
  (`Deal.counted_away`, `Trade.step_back`): nothing says whether the count saw the units gone. The
  book then takes the side that never oversells.
- An order that came back to the shelf and is cancelled there, in part or whole, before anybody read
  that it came back (`Trade._came_back_read`):
  what was seen to leave stays gone for the book until a return tells, so it is read first.
- A cancelled order of which the marketplace never says that it had left (`Deal.murky`): only its
  return proves it, so one is always filed, and until it is read the products are not counted.
- Shipping between a first count and the first complete reading of the orders
  (`Trade.shipping`): what left before anybody watched is history.
- What is in the box changes (a listing linked differently) only while the book knows of every
  order of the listing that has left (`Trade.book_knows_what_left`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from cloudstock.domain.records import Return, ReturnStep, Step
from tests.simulation.clock import SECOND, World
from tests.simulation.faults import Report
from tests.simulation.shops import Deal, Offer, Pair, Pane, Shop

# A count and a movement of the same product keep this far apart: more than two clocks differ.
QUIET_S = 150.0
QUARANTINE = "quarantine"


class Trade:
    """The shelves, the shops and everything that buyers, carriers and marketplaces do."""

    def __init__(self, world: World, shops: dict[str, Shop], report: Report) -> None:
        self.world = world
        self.random = world.random
        self.shops = shops
        self.report = report
        self.shelf: Counter[Pair] = Counter()
        self.quarantine: Counter[str] = Counter()
        self.counted: set[Pair] = set()
        # Found on a sheet that is not imported yet.
        self.untold: set[Pair] = set()
        self.counted_us: dict[Pair, int] = {}
        self.moved_us: dict[Pair, int] = {}
        self.quiet_until: dict[Pair, int] = {}
        # Accounts whose returned units go back on sale at once.
        self.restocks: set[str] = set()
        # What the seller's warehouses are called now.
        self.warehouses = {name: name for name in ("main", "second", QUARANTINE)}
        self.buying = False
        self.shipping = False
        # What is read of orders now the book will have forgotten: an old copy takes its place.
        self.to_be_forgotten = False
        self._numbers = 0
        # Asked when a buyer is sold what is not there.
        self.on_oversold: Callable[[Shop, Pair, Pair], None] = lambda shop, where, pair: None

    # ------------------------------------------------------------ units

    def number(self) -> int:
        """Return a new number."""
        self._numbers += 1
        return self._numbers

    def warehouse_called(self, name: str) -> str:
        """Return the warehouse that has a name now."""
        return next(w for w, called in self.warehouses.items() if called == name)

    def units(self, shop: Shop, deal: Deal, line_id: str) -> Counter[Pair]:
        """Return what one line would take off the shelves today."""
        ext, wanted = deal.lines[line_id]
        if deal.foreign or deal.ignored is not None:
            return Counter()
        shelf = shop.shelves[shop.pane_warehouse(deal.warehouse)]
        return Counter({(s, shelf): wanted * n for s, n in shop.offers[ext].parts.items()})

    def promised(self) -> Counter[Pair]:
        """Return what open orders hold, by product and shelf."""
        total: Counter[Pair] = Counter()
        for shop in self.shops.values():
            for deal in shop.deals.values():
                if deal.place == "shelf":
                    for line_id in deal.lines:
                        total.update(self.units(shop, deal, line_id))
        return total

    def move(self, pair: Pair, units: int) -> None:
        """Units leave a shelf or come back."""
        self.shelf[pair] += units
        self.world.tell(f"shelf {pair} {units:+} = {self.shelf[pair]}")
        self.moved_us[pair] = self.world.us

    def _is_quiet(self, pairs: list[Pair]) -> bool:
        return any(self.quiet_until.get(p, -1) >= self.world.us for p in pairs)

    def clear(self, pair: Pair) -> bool:
        """Tell whether a count of a product made now could be understood by anybody."""
        if self.world.us - self.moved_us.get(pair, -(10**12)) < QUIET_S * SECOND:
            return False
        for shop in self.shops.values():
            for deal in shop.deals.values():
                touched = {p for parts in deal.left.values() for p in parts}
                if deal.place == "shelf":
                    touched.update(p for i in deal.lines for p in self.units(shop, deal, i))
                if pair not in touched:
                    continue
                if deal.murky:
                    return False
                unread = bool(deal.left_version) and not shop.knows(deal, deal.left_version)
                if unread and not (shop.nature.tells_shipped_at and deal.place == "away"):
                    return False
        return True

    def book_knows_what_left(self, shop: Shop, ext: str) -> bool:
        """Tell whether no order of a listing has left, or come back, unread."""
        return all(
            shop.knows(deal, deal.left_version) and not deal.murky
            for deal in shop.deals.values()
            if deal.left_version and any(e == ext for e, _ in deal.lines.values())
        )

    # ------------------------------------------------------------ buyers

    def a_buyer_comes(self) -> None:
        """Somebody buys what some shop shows."""
        if not self.buying:
            return
        shop = self.random.choice(list(self.shops.values()))
        on_sale = [p for p, pane in shop.panes.items() if (pane.shown or 0) > 0]
        if not on_sale:
            return
        pair = self.random.choice(on_sale)
        wanted: dict[str, tuple[str, int]] = {}
        lines = self.random.randint(1, shop.nature.lines_per_order)
        same = [p for p in on_sale if p[1] == pair[1] and p != pair]
        for n, p in enumerate([pair, *self.random.sample(same, min(len(same), lines - 1))], 1):
            most = min(shop.nature.units_per_order, shop.panes[p].shown or 0)
            units = 1 if self.random.random() < 0.6 else self.random.randint(1, most)
            wanted[str(n)] = (p[0], units)
        self.buy(shop, pair[1] or "3000", wanted)

    def buy(
        self, shop: Shop, warehouse: str, wanted: dict[str, tuple[str, int]], **also: object
    ) -> Deal:
        """Make an order, now."""
        random, world = self.random, self.world
        late_s = random.random() * shop.nature.told_late_s
        hidden_s = late_s
        # Before anybody watches, nothing is told late: it would be history when it is told.
        told_late = random.random() < 0.06 and shop.weather.severity and self.shipping
        if told_late and "told late" not in shop.weather.never:
            self.report.faults["told late"] += 1
            hidden_s += random.choice([30.0, 300.0, 2_400.0, 9_000.0]) * random.random()
        deal = Deal(
            order_id=f"{shop.name}-{self.number()}",
            warehouse=warehouse,
            created_us=world.us,
            told_created=shop.told_now() + timedelta(seconds=late_s),
            lines=dict(wanted),
            visible_us=world.us + int(hidden_s * SECOND),
            **also,  # type: ignore[arg-type]
        )
        panes = [shop.panes.get((e, shop.pane_warehouse(warehouse))) for e, _ in wanted.values()]
        deal.from_foreign = any(p is not None and p.foreign_since is not None for p in panes)
        self._note_oversold(shop, deal)
        shop.deals[deal.order_id] = deal
        shop.tell(deal)
        for line_id in deal.lines:
            shop.take(deal, line_id, deal.lines[line_id][1])
            self.report.done["units sold"] += deal.lines[line_id][1]
        self.report.done["orders"] += 1
        self._plan_life(shop, deal)
        return deal

    def _note_oversold(self, shop: Shop, deal: Deal) -> None:
        promised = self.promised()
        for line_id in deal.lines:
            for pair, units in self.units(shop, deal, line_id).items():
                if pair not in self.counted:
                    continue
                free = max(0, self.shelf[pair] - promised[pair])
                if units > free:
                    self.report.done["oversold units"] += units - free
                    offer = shop.offers[deal.lines[line_id][0]]
                    where = shop.pane_warehouse(deal.warehouse)
                    managed = all((s, shop.shelves[where]) in self.counted for s in offer.parts)
                    if offer.linked and not offer.archived and managed:
                        self.on_oversold(shop, (deal.lines[line_id][0], deal.warehouse), pair)
                    else:
                        self.report.done["oversold by listings not managed"] += 1

    def _plan_life(self, shop: Shop, deal: Deal) -> None:
        draw, later = self.random.random, self.world.later
        hours = 3_600.0

        def soon(most_h: float) -> float:
            return 60.0 + draw() * most_h * hours

        if draw() < 0.1:
            later(soon(3), lambda: self.cancel_on_the_shelf(shop, deal))
            if draw() < 0.1:
                later(soon(6), lambda: self.revive(shop, deal))
        if draw() < 0.12:
            later(soon(2), lambda: self.cancel_some(shop, deal))
        if draw() < 0.06:
            later(soon(2), lambda: self.want_more(shop, deal))
        if shop.nature.splits and draw() < 0.12:
            later(soon(2), lambda: self.split(shop, deal))
        if draw() < 0.06:
            later(soon(3), lambda: self.say_a_new_word(shop, deal))
        later(soon(5), lambda: self.ship(shop, deal))

    # ------------------------------------------------------------ lives

    def _blur(self, shop: Shop, deal: Deal, *, partly: bool) -> None:
        """Part of an order changes before the book has read what it was: no record tells of it.

        The shop's number moved, and the book learns why from its next reading only. Called before
        the new version is told.
        """
        unread = not shop.knows(deal, len(deal.versions))
        if (partly and unread) or not shop.knows(deal, deal.partly_version):
            for ext, _ in deal.lines.values():
                pair = (ext, shop.pane_warehouse(deal.warehouse))
                if pair in shop.panes:
                    shop.panes[pair].foreign_since = self.world.us
        if partly:
            deal.partly_version = len(deal.versions) + 1

    def ship(self, shop: Shop, deal: Deal) -> None:
        """The units leave, if they are there; else the seller must cancel."""
        if deal.place != "shelf":
            return
        takes = {line_id: dict(self.units(shop, deal, line_id)) for line_id in deal.lines}
        pairs = [p for parts in takes.values() for p in parts]
        if not self.shipping or self._is_quiet(pairs):
            self.world.later(200.0, lambda: self.ship(shop, deal))
            return
        if takes != deal.left_before and not self._came_back_read(shop, deal):
            # Made of something else since it left first; nobody has read that it came back.
            self.world.later(600.0, lambda: self.ship(shop, deal))
            return
        total: Counter[Pair] = Counter()
        for parts in takes.values():
            total.update(parts)
        if any(self.shelf[p] < units for p, units in total.items() if p in self.counted):
            self.report.done["oversold orders"] += 1
            self.cancel_on_the_shelf(shop, deal)
            return
        if not any(units for _, units in deal.lines.values()):
            return
        deal.place, deal.step, deal.left = "away", Step.SHIPPED, takes
        deal.left_us, deal.left_version = self.world.us, len(deal.versions) + 1
        deal.counted_away = False
        for pair, units in total.items():
            self.move(pair, -units)
        shop.tell(deal)
        draw = self.random.random()
        hour = 3_600.0
        if draw < 0.08:
            self.world.later(60 + 2 * hour * draw, lambda: self.step_back(shop, deal))
        elif draw < 0.2:
            self.world.later(60 + 10 * hour * draw, lambda: self.cancel_away(shop, deal))
        else:
            self.world.later(60 + 6 * hour * draw, lambda: self.deliver(shop, deal))
        if self.random.random() < 0.15:
            self.world.later(
                600 + 2 * hour * self.random.random(), lambda: self.shrink_away(shop, deal)
            )

    def step_back(self, shop: Shop, deal: Deal) -> None:
        """The carrier brings the order back unaccepted: it lies on the shelf again."""
        if deal.place != "away" or deal.step is not Step.SHIPPED or deal.returning:
            return
        if not self.shipping:
            return
        pairs = [p for parts in deal.left.values() for p in parts]
        if deal.counted_away or self._is_quiet(pairs):
            return
        counted_us = max((self.counted_us.get(p, -1) for p in pairs), default=-1)
        if deal.left_us is not None and counted_us > deal.left_us:
            read_us = shop.read_us.get(deal.order_id, -1)
            if read_us < counted_us or not shop.knows(deal, deal.left_version):
                return
        if any(sum(parts.values()) == 0 for parts in deal.left.values()) or deal.murky:
            return
        deal.place, deal.step = "shelf", Step.OPEN
        deal.left_version = len(deal.versions) + 1
        for parts in deal.left.values():
            for pair, units in parts.items():
                self.move(pair, units)
        deal.left_before, deal.left = deal.left, {}
        shop.tell(deal)
        self.report.done["steps back"] += 1
        self.world.later(1_800.0 + 3_600.0 * self.random.random(), lambda: self.ship(shop, deal))

    def deliver(self, shop: Shop, deal: Deal) -> None:
        """The buyer has it; some send it back."""
        if deal.place != "away" or deal.step is not Step.SHIPPED:
            return
        deal.step = Step.DELIVERED
        shop.tell(deal)
        if self.random.random() < 0.25:
            self.world.later(600 + 7_200 * self.random.random(), lambda: self.send_back(shop, deal))

    def _came_back_read(self, shop: Shop, deal: Deal) -> bool:
        """Tell whether the book has surely read of an order that it came back to the shelf."""
        fresh = self.world.us - deal.versions[-1][0] < 200 * SECOND
        return not deal.left_version or (not fresh and shop.knows(deal, deal.left_version))

    def cancel_on_the_shelf(self, shop: Shop, deal: Deal) -> None:
        """Cancelled before it left."""
        if deal.place != "shelf":
            return
        if not self._came_back_read(shop, deal):
            self.world.later(600.0, lambda: self.cancel_on_the_shelf(shop, deal))
            return
        told = self.random.choice(shop.nature.gives_back)
        gives = told if told is not None else self.random.random() < 0.5
        gone = {i: units for i, (_, units) in deal.lines.items()}
        self._blur(shop, deal, partly=False)
        deal.place, deal.step = "over", Step.CANCELLED
        left_open = shop.nature.may_leave_open and self.random.random() < 0.3
        shop.tell(deal, gives_back=told, **({"left_warehouse": None} if left_open else {}))
        for line_id, units in gone.items():
            if gives and units:
                shop.take(deal, line_id, -units)
        self.report.done["cancelled in the warehouse"] += 1

    def revive(self, shop: Shop, deal: Deal) -> None:
        """A cancellation is taken back."""
        if deal.place != "over" or deal.step is not Step.CANCELLED:
            return
        if not shop.nature.tells_changes:
            # A final status is not asked for again: where nothing tells of changes, nobody knows.
            return
        self._blur(shop, deal, partly=True)
        deal.place, deal.step = "shelf", Step.OPEN
        shop.tell(deal)
        deal.taken_up_again = len(deal.versions)
        for line_id, (ext, units) in deal.lines.items():
            pane = shop.panes.get((ext, shop.pane_warehouse(deal.warehouse)))
            if pane is not None and (pane.shown or 0) >= units and self.random.random() < 0.5:
                shop.take(deal, line_id, units)
        self.report.done["cancellations taken back"] += 1
        self.world.later(1_800.0, lambda: self.ship(shop, deal))

    def cancel_some(self, shop: Shop, deal: Deal) -> None:
        """Part of an order is cancelled on the shelf: a line shrinks or goes."""
        units = sum(n for _, n in deal.lines.values())
        if deal.place != "shelf" or units < 2 or deal.step is not Step.OPEN:
            return
        if not self._came_back_read(shop, deal):
            return
        line_id = self.random.choice([i for i, (_, n) in deal.lines.items() if n])
        ext, wanted = deal.lines[line_id]
        less = self.random.randint(1, min(wanted, units - 1))
        self._blur(shop, deal, partly=True)
        deal.lines[line_id] = (ext, wanted - less)
        shop.tell(deal)
        if self.random.random() < 0.5:
            shop.take(deal, line_id, -less)
        self.report.done["partly cancelled"] += 1

    def want_more(self, shop: Shop, deal: Deal) -> None:
        """The buyer adds units to an order."""
        if deal.place != "shelf" or shop.nature.units_per_order == 1 or deal.step is not Step.OPEN:
            return
        line_id = self.random.choice(list(deal.lines))
        ext, wanted = deal.lines[line_id]
        pane = shop.panes.get((ext, shop.pane_warehouse(deal.warehouse)))
        if pane is None or deal.ignored or (pane.shown or 0) < 1 or not wanted:
            return
        self._blur(shop, deal, partly=True)
        deal.lines[line_id] = (ext, wanted + 1)
        shop.tell(deal)
        shop.take(deal, line_id, 1)
        self.report.done["orders grown"] += 1

    def split(self, shop: Shop, deal: Deal) -> None:
        """An order becomes two, which carry the same units."""
        units = sum(n for _, n in deal.lines.values())
        if deal.place != "shelf" or deal.step is not Step.OPEN or units < 2:
            return
        if deal.foreign or deal.ignored:
            return
        first: dict[str, tuple[str, int]] = {}
        second: dict[str, tuple[str, int]] = {}
        for n, (line_id, (ext, wanted)) in enumerate(deal.lines.items()):
            part = wanted // 2 if wanted > 1 else (wanted if n % 2 else 0)
            if part:
                first[line_id] = (ext, part)
            if wanted - part:
                second[line_id] = (ext, wanted - part)
        if not first or not second:
            return
        self._blur(shop, deal, partly=False)
        deal.place, deal.step = "over", Step.REPLACED
        children = []
        for n, lines in enumerate((first, second), 1):
            child = Deal(
                order_id=f"{deal.order_id}.{n}",
                warehouse=deal.warehouse,
                created_us=deal.created_us,
                told_created=self.random.choice([deal.told_created, shop.told_now()]),
                lines=lines,
                visible_us=self.world.us,
            )
            shop.deals[child.order_id] = child
            children.append(child)
        family = (deal.order_id, *(c.order_id for c in children))
        shop.tell(deal)
        deal.split_with = family
        for line_id, (_, wanted) in deal.lines.items():
            shop.take(deal, line_id, -wanted)
        for child in children:
            child.split_with = family
            shop.tell(child)
            for line_id, (_, wanted) in child.lines.items():
                shop.take(child, line_id, wanted)
            self.world.later(600 + 7_200 * self.random.random(), lambda c=child: self.ship(shop, c))
        self.report.done["splits"] += 1

    def say_a_new_word(self, shop: Shop, deal: Deal) -> None:
        """The marketplace uses a status that nobody has ever seen."""
        if deal.place == "over" or deal.step not in (Step.OPEN, Step.SHIPPED):
            return
        if deal.place == "shelf" and not self._came_back_read(shop, deal):
            # What left stays gone where nobody has read that it is back.
            return
        unread = not shop.knows(deal, deal.taken_up_again)
        deal.step = Step.UNKNOWN
        shop.tell(deal, **({} if deal.place == "away" else {"left_warehouse": None}))
        if unread:
            # Such a status does not tell that it was taken up again; the next one may.
            deal.partly_version = deal.taken_up_again = len(deal.versions) + 1
        self.report.faults["status nobody knows"] += 1

        def explain() -> None:
            if deal.step is Step.UNKNOWN:
                deal.step = Step.SHIPPED if deal.place == "away" else Step.OPEN
                shop.tell(deal)

        self.world.later(1_800 + 7_200 * self.random.random(), explain)

    def shrink_away(self, shop: Shop, deal: Deal) -> None:
        """A line shrinks though its units have left; they are not back by that."""
        if deal.place != "away" or deal.step not in (Step.SHIPPED, Step.DELIVERED):
            return
        line_id = self.random.choice(list(deal.lines))
        ext, wanted = deal.lines[line_id]
        if wanted < 2 or not shop.knows(deal, deal.left_version) or self.to_be_forgotten:
            return
        deal.lines[line_id] = (ext, wanted - 1)
        # Stepping back, it would come back whole; nothing tells.
        deal.counted_away = True
        shop.tell(deal)
        self.report.done["shrunk after leaving"] += 1

    def cancel_away(self, shop: Shop, deal: Deal) -> None:
        """Cancelled on its way: the units come back as a return."""
        if deal.place != "away" or deal.step is not Step.SHIPPED or not self.shipping:
            return
        deal.step = Step.CANCELLED
        open_ = shop.nature.may_leave_open and self.random.random() < 0.5
        if open_ and not shop.knows(deal, deal.left_version):
            deal.murky = True
        shop.tell(deal, **({"left_warehouse": None, "shipped_at": None} if open_ else {}))
        if deal.murky:
            self.send_back(shop, deal)
        else:
            self.world.later(600 + 7_200 * self.random.random(), lambda: self.send_back(shop, deal))

    # ------------------------------------------------------------ what comes back

    def send_back(self, shop: Shop, deal: Deal) -> None:
        """Units of an order start their way back."""
        if deal.place != "away" or deal.foreign or deal.ignored:
            return
        random = self.random
        if deal.returning:
            return
        left_with = {x.line_id: x.quantity for x in deal.versions[deal.left_version - 1][1].lines}
        line_id = random.choice(list(left_with))
        ext = deal.lines[line_id][0]
        quantity = random.randint(1, left_with[line_id])
        deal.returning += quantity
        return_id = f"R{self.number()}"
        keys = shop.offers[ext].keys
        if len(deal.lines) == 1 and random.random() < 0.2:
            keys = ()
        item = Return(
            return_id=return_id,
            step=ReturnStep.EXPECTED,
            status="moving",
            quantity=quantity,
            order_id=deal.order_id,
            listing_keys=keys,
            offer_id=shop.offers[ext].offer_id,
            created_at=shop.told_now(),
        )
        shop.comebacks[return_id] = [(self.world.us, item)]
        self.world.tell(f"{shop.name} {return_id} expected {quantity} of {deal.order_id} {ext}")
        wait_s = 300 + 7_200 * random.random()
        if random.random() < 0.1 and not deal.murky:
            self.world.later(wait_s, lambda: self.lose(shop, return_id))
            return
        if random.random() < 0.1:
            self.world.later(wait_s / 2, lambda: self.blur_return(shop, return_id))
        per_one = {p: n // left_with[line_id] for p, n in deal.left[line_id].items()}
        self.world.later(wait_s, lambda: self.hand_over(shop, return_id, per_one))

    def _retell(self, shop: Shop, return_id: str, **also: object) -> None:
        item = shop.comebacks[return_id][-1][1]
        fields = {f: getattr(item, f) for f in item.__slots__}
        fields.update(also)
        shop.comebacks[return_id].append((self.world.us, Return(**fields)))
        self.world.tell(f"{shop.name} {return_id} {fields['step'].value}")

    def lose(self, shop: Shop, return_id: str) -> None:
        """It never comes back."""
        self._retell(shop, return_id, step=ReturnStep.NEVER, status="lost")
        self.report.done["returns lost"] += 1

    def blur_return(self, shop: Shop, return_id: str) -> None:
        """A status of a return that nobody has seen before, or one that decides nothing."""
        if shop.comebacks[return_id][-1][1].step is not ReturnStep.EXPECTED:
            return
        if sum(map(ord, return_id)) % 2:
            self._retell(shop, return_id, step=ReturnStep.UNKNOWN, status="teleporting")
        else:
            self._retell(shop, return_id, step=ReturnStep.UNDECIDED, status="in dispute")

    def hand_over(self, shop: Shop, return_id: str, per_one: dict[Pair, int]) -> None:
        """The seller is handed the units."""
        if self._is_quiet(list(per_one)):
            self.world.later(200.0, lambda: self.hand_over(shop, return_id, per_one))
            return
        item = shop.comebacks[return_id][-1][1]
        condition = "DEFECT" if self.random.random() < 0.2 else None
        for pair, units in per_one.items():
            if shop.name in self.restocks and condition is None:
                self.move(pair, units * item.quantity)
            else:
                self.quarantine[pair[0]] += units * item.quantity
        self._retell(
            shop,
            return_id,
            step=ReturnStep.RECEIVED,
            status="received",
            received_at=shop.told_now(),
            condition=condition,
        )
        self.report.done["returns received"] += 1

    # ------------------------------------------------------------ what should be shown

    def target(self, shop: Shop, ext: str, warehouse: str, terms: Terms) -> int | None:
        """Return what a listing should show, by the truth; None: nothing is to be pushed."""
        offer: Offer = shop.offers[ext]
        shelf = shop.shelves[warehouse]
        if offer.archived or offer.gone:
            return None
        if warehouse in shop.closed:
            return 0
        if not offer.linked or not offer.parts:
            return None
        promised = self.promised()
        fills = []
        for sku, units in offer.parts.items():
            if (sku, shelf) not in self.counted:
                return None
            free = self.shelf[sku, shelf] - promised[sku, shelf] - terms.buffer
            fills.append(max(0, free) * terms.share_percent // 100 // units)
        caps = [shop.nature.quantity_max]
        if terms.most is not None:
            caps.append(terms.most)
        return min(*fills, *caps)


class Terms:
    """How much of what is available a shop's warehouse shows."""

    __slots__ = ("buffer", "most", "share_percent")

    def __init__(self, buffer: int, most: int | None, share_percent: int) -> None:
        self.buffer = buffer
        self.most = most
        self.share_percent = share_percent


def panes_of(shops: dict[str, Shop]) -> list[tuple[Shop, Pair, Pane]]:
    """Return every pane of every shop."""
    return [(s, pair, pane) for s in shops.values() for pair, pane in s.panes.items()]
