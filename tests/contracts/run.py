"""Everything that is compared, and what came of it, in lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.contracts.days import drive
from tests.contracts.exceptions import sort_out
from tests.contracts.feeding import Complaint, Feeder
from tests.contracts.judge import Exchange, Violation, judge
from tests.contracts.needed import NEEDED, REFUSED
from tests.contracts.visits import VISITS, Host, large_scenes, scenes
from tests.contracts.words import WORD_LISTS, Specs, Words, missing


@dataclass
class Findings:
    """What was met, and everything that differs."""

    specs: Specs
    # Marketplace and operation: how often it was asked.
    operations: Counter[tuple[str, str]] = field(default_factory=Counter)
    exchanges: int = 0
    violations: list[Violation] = field(default_factory=list)
    # A sentence each: status words without a row, rows without a word.
    words: list[str] = field(default_factory=list)
    # Status words that were looked for.
    words_seen: int = 0
    # Made-up answers that were given, and what the adapters did with them that they may not.
    fed: int = 0
    complaints: Counter[Complaint] = field(default_factory=Counter)
    # A sentence each: exceptions that nothing needs.
    needless: list[str] = field(default_factory=list)

    def keep(self, exchange: Exchange) -> None:
        """Judge one exchange."""
        spec = self.specs[marketplace_of(exchange)]
        operation = spec.operation(exchange.method, exchange.path)
        if operation is not None:
            self.operations[spec.marketplace, str(operation)] += 1
        self.exchanges += 1
        self.violations += judge(spec, exchange)

    # ------------------------------------------------------------ the parts

    def drive(self, days: Iterable[str]) -> None:
        """Drive days and judge everything that goes over the wire on them."""
        words = Words(self.specs)
        for day in days:
            drive(day, words, self.keep)

    def visit(self) -> None:
        """Judge what the adapters ask when they are called one by one, as `check` does."""
        host = Host()
        try:
            for scene in (*scenes(host), *large_scenes(host)):
                for visit in VISITS:
                    for exchange in host.visit(scene, visit).exchanges:
                        self.keep(exchange)
        finally:
            host.close()

    def compare_words(self) -> None:
        """Look for a row of every status word."""
        for words in WORD_LISTS:
            self.words_seen += len(set(words.words(self.specs)))
            lacking, needless = missing(self.specs, words)
            self.words += [f"{words.name}: no row for {word}" for word in lacking]
            self.words += [f"{words.name}: no specification has {word}" for word in needless]

    def feed(self, answers: int, seed: int) -> None:
        """Give the adapters so many made-up answers of every method that they ask."""
        feeder = Feeder(self.specs, seed)
        try:
            feeder.feed(answers)
            feeder.look_for_needs()
        finally:
            feeder.close()
        self.operations.update(feeder.fed)
        self.fed += feeder.fed.total()
        self.complaints.update(feeder.complaints)
        self.needless += feeder.needless()

    # ------------------------------------------------------------ told

    def lines(self) -> Iterator[str]:
        """What is to be read, the summary last."""
        verdict = sort_out(self.violations)
        messages = {v: v.message for v in self.violations}
        for violation, times in sorted(verdict.violations.items(), key=_place):
            yield f"{_told(violation)}: {messages[violation]} ({times} times)"
        for complaint, times in sorted(self.complaints.items(), key=_place):
            yield f"{_told(complaint)}: {complaint.message} ({times} times)"
            yield f"    {complaint.answer}"
        yield from self.words
        for allowed in verdict.needless:
            yield f"an exception that nothing needs: {allowed}"
        for sentence in self.needless:
            yield f"an exception that nothing needs: {sentence}"
        for allowed, times in verdict.allowed.items():
            yield (
                f"allowed: {allowed.marketplace}: {allowed.operation}: {allowed.side}:"
                f" {allowed.where} ({times} times): {allowed.reason}"
            )
        yield ", ".join(f"{name}: {number}" for name, number in self.figures().items())

    def figures(self) -> dict[str, int]:
        """Return the summary: what was covered, and how much of it differs."""
        verdict = sort_out(self.violations)
        wrong = (verdict.violations, self.complaints, self.words, verdict.needless, self.needless)
        return {
            "operations": len(self.operations),
            "requests and answers": self.exchanges,
            "status words": self.words_seen,
            "made-up answers": self.fed,
            "violations": sum(map(len, wrong)),
            "exceptions": len(verdict.allowed) + len(NEEDED) + len(REFUSED),
        }


def marketplace_of(exchange: Exchange) -> str:
    """Whose API a request is for, by its credentials."""
    if "client-id" in exchange.headers:
        return "ozon"
    return "yandex_market" if "api-key" in exchange.headers else "wildberries"


def _place(entry: tuple[Violation | Complaint, int]) -> tuple[str, ...]:
    return _parts(entry[0])


def _told(wrong: Violation | Complaint) -> str:
    return ": ".join(part for part in _parts(wrong) if part)


def _parts(wrong: Violation | Complaint) -> tuple[str, ...]:
    kind = wrong.side if isinstance(wrong, Violation) else wrong.kind
    return wrong.marketplace, wrong.operation, kind, wrong.where
