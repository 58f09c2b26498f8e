"""How a product is shared, and what each listing shows until its units have moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cloudstock.domain.policies import Policy
from cloudstock.domain.transition import How
from cloudstock.language import mark, spoken, tr, trn
from cloudstock.render.text import number, strip_controls, when

if TYPE_CHECKING:
    from cloudstock.changes.policies import PolicyResult
    from cloudstock.store.views.quotas import Ahead, ListingAhead, ShownTogether

# What each does, for whoever chooses one.
POLICIES: Mapping[str, str] = {
    Policy.SHARE: mark("each account shows all"),
    Policy.SPLIT: mark("units are divided"),
    Policy.PRIORITY: mark("scarce units go to the first account"),
    Policy.ADAPTIVE: mark("units are divided while scarce"),
}
WAYS: Mapping[str, str] = {
    How.STRICT: mark("through zero, none is sold twice"),
    How.GRADUAL: mark("none is emptied, by deliveries"),
    How.QUICK: mark("at once, some may be sold twice"),
}


def words_of(choices: Mapping[str, str]) -> dict[str, str]:
    """Return each word with what it does, in the language in use: "split: units are divided…"."""
    return {word: f"{word}: {spoken(does)}" for word, does in choices.items()}


def policy_set(result: PolicyResult) -> str:
    """Tell how a product is shared now, and what that takes."""
    if result.after is None:
        shared = tr(
            "{sku}: shared as each account says (was {before})",
            sku=result.sku,
            before=result.before or tr("so already"),
        )
    else:
        before = result.before or tr("as each account says")
        shared = tr(
            "{sku}: {policy} (was {before})", sku=result.sku, policy=result.after, before=before
        )
    lines = [shared, *(f"  {_ahead(x, result.how)}" for x in result.listings)]
    lines += [f"  {_fewer(x)}" for x in result.together if x.least < x.now]
    if result.oversold_at_most:
        lines.append(
            "  "
            + trn(
                "until the orders of all are read, {n} unit could be sold twice at most",
                "until the orders of all are read, {n} units could be sold twice at most",
                result.oversold_at_most,
            )
        )
    elif result.how is How.STRICT and any(_passes_zero(x) for x in result.listings):
        lines.append(
            "  "
            + tr(
                "other ways: none is emptied (`--how gradual`), they are in hours that you name"
                " (`--hours`), or all are lowered at once, and some may be sold twice"
                " (`--how quick`)"
            )
        )
    return "\n".join(map(strip_controls, lines))


def _fewer(shown: ShownTogether) -> str:
    """Tell how many units buyers are shown less for a while, and until when."""
    fewer = trn(
        "{n} unit less is shown for a while, {least} of {now} in all",
        "{n} units less are shown for a while, {least} of {now} in all",
        shown.now - shown.least,
        least=shown.least,
        now=shown.now,
    )
    if shown.until is None:
        return tr("{fewer}; until when, nobody knows yet", fewer=fewer)
    return tr("{fewer}, until about {at}", fewer=fewer, at=when(shown.until))


def _passes_zero(listing: ListingAhead) -> bool:
    """Tell whether it shows none for a while, though it has a part."""
    return bool(listing.target) and any(a.quantity == 0 for a in listing.ahead)


def _ahead(listing: ListingAhead, how: How) -> str:
    """Tell what a listing shows, and what from when on, if nobody buys till then."""
    numbers = [tr("shows {number}", number=number(listing.shows)), *ahead_words(listing.ahead)]
    if listing.target is None:
        numbers.append(tr("nothing is pushed"))
    elif listing.until is None and how is How.GRADUAL:
        part = tr("its part is {target}, as units are sold and delivered", target=listing.target)
        numbers.append(part)
    elif listing.until is None:
        numbers.append(tr("its part is {target}; when, nobody knows yet", target=listing.target))
    return f"{listing.account} {listing.offer_id}: {', '.join(numbers)}"


def ahead_words(ahead: Sequence[Ahead]) -> Iterator[str]:
    """Yield what a listing will show, each number with its moment."""
    for coming in ahead:
        if coming.at_once:
            yield tr("{number} at the next push", number=coming.quantity)
        else:
            yield tr("{number} from about {at} on", number=coming.quantity, at=when(coming.at))


def moving_words(shown: ShownTogether) -> str:
    """Tell why listings together show fewer units than there are for them, and until when."""
    why = tr("units move to other listings only through zero")
    if shown.until is None:
        return tr("of {last}; until when, nobody knows yet: {why}", last=shown.last, why=why)
    at = when(shown.until)
    if shown.now < shown.last:
        return tr("of {last}, until about {at}: {why}", last=shown.last, at=at, why=why)
    return tr(
        "of {last}, and {least} in between, until about {at}: {why}",
        last=shown.last,
        least=shown.least,
        at=at,
        why=why,
    )
