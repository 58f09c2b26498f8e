"""What a kind of trouble says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudstock.domain.work import Job
from cloudstock.language import filled, spoken
from cloudstock.store.times import from_iso

# The names and values of a row. Names that end in `_at` hold moments.
Facts = Mapping[str, Any]


# A marked text with places for facts, or what makes it.
Words = str | Callable[[Facts], str]


class Severity(StrEnum):
    """How bad a trouble is."""

    # In order, but worth knowing.
    NOTABLE = "notable"
    # `status` exits 1.
    WRONG = "wrong"
    # So it does, and people are told who are not looking.
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of trouble.

    `query` yields a row for each, with these columns where they say something: `account` (its name;
    none: it is of the warehouses, not of one account), `notable` (1: only worth knowing yet), and
    of what people are told: `subject` (which of the account's or the warehouses' it is) and `opens`
    (0: no event of its own, but one that people know of is not over; NULL: no event). Every other
    column is a fact for the sentences. Parameters: those of `Troubles`.
    """

    # Its name is the same with underscores.
    label: str
    query: str
    sentence: Words
    # What mends it: a command, or what a person does; '': nothing needs to be done.
    advice: Words
    # Where it can be looked into on the web.
    page: str | None = None
    severity: Severity = Severity.WRONG
    # Columns by which those of one account are told in order.
    order: tuple[str, ...] = ("account",)
    # Of what people are told: the word of `notify: events` that asks for it, ...
    event: str = ""
    # ... whether it may pass by itself, and is told only when it has lasted, ...
    passes: bool = False
    # ... whether there may be one for each product or listing, and ...
    many: bool = False
    # ... what is said when it is over; None: whoever mended it knows.
    over: Words | None = None
    # A query of subjects of which an event is neither wrong nor over: there is no more to it.
    void: str = ""
    # It goes on by itself: rounds as they come end it, and nobody needs to do anything.
    settles: bool = False
    # Told to who asks for nothing but what is wrong, too.
    always: bool = False

    @property
    def name(self) -> str:
        """Its fixed word: in JSON, CSV and the database."""
        return self.label.replace(" ", "_")

    def words(self, facts: Facts) -> tuple[str, str]:
        """Return what is so and what to do, and of that what to do alone; `facts` as stored."""
        advice = _filled(self.advice, facts)
        return "; ".join(filter(None, (_filled(self.sentence, facts), advice))), advice

    def ended(self, facts: Facts) -> str:
        """Return what is said when it is over; `facts` as stored, and `opened_at`."""
        assert self.over is not None
        return _filled(self.over, facts)


def _filled(words: Words, stored: Facts) -> str:
    facts = {
        name: from_iso(value) if name.endswith("_at") and value is not None else value
        for name, value in stored.items()
    }
    if "job" in facts:
        job = Job(stored["job"])
        facts |= {"job": job.label, "command": job.command}
    return filled(spoken(words), facts) if isinstance(words, str) else words(facts)
