"""Everything that is compared, and what came of it, in lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.contracts.days import drive
from tests.contracts.exceptions import sort_out
from tests.contracts.judge import Exchange, Violation, judge
from tests.contracts.words import WORD_LISTS, Specs, Words, missing


@dataclass
class Findings:
    """What was met, and everything that differs."""

    specs: Specs
    # Marketplace and operation: how often it was asked.
    operations: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: int = 0
    violations: list[Violation] = field(default_factory=list)
    # A sentence each: status words without a row, rows without a word.
    words: list[str] = field(default_factory=list)

    def keep(self, exchange: Exchange) -> None:
        """Judge one exchange."""
        spec = self.specs[marketplace_of(exchange)]
        operation = spec.operation(exchange.method, exchange.path)
        if operation is not None:
            self.operations[spec.marketplace, str(operation)] += 1
        self.answers += 1
        self.violations += judge(spec, exchange)

    # ------------------------------------------------------------ the parts

    def drive(self, days: Iterable[str]) -> None:
        """Drive days and judge everything that goes over the wire on them."""
        words = Words(self.specs)
        for day in days:
            drive(day, words, self.keep)

    def compare_words(self) -> None:
        """Look for a row of every status word."""
        for words in WORD_LISTS:
            lacking, needless = missing(self.specs, words)
            self.words += [f"{words.name}: no row for {word}" for word in lacking]
            self.words += [f"{words.name}: no specification has {word}" for word in needless]

    # ------------------------------------------------------------ told

    def lines(self) -> Iterator[str]:
        """What is to be read, the summary last."""
        verdict = sort_out(self.violations)
        messages = {v: v.message for v in self.violations}
        for violation, times in sorted(verdict.violations.items(), key=_place):
            yield f"{_told(violation)}: {messages[violation]} ({times} times)"
        yield from self.words
        for allowed in verdict.needless:
            yield f"an exception that nothing needs: {allowed}"
        for allowed, times in verdict.allowed.items():
            yield (
                f"allowed: {allowed.marketplace}: {allowed.operation}: {allowed.side}:"
                f" {allowed.where} ({times} times): {allowed.reason}"
            )
        yield ", ".join(self._figures())

    def _figures(self) -> Iterator[str]:
        verdict = sort_out(self.violations)
        yield f"operations: {len(self.operations)}"
        yield f"requests and answers: {self.answers}"
        yield f"violations: {len(verdict.violations) + len(self.words)}"
        yield f"exceptions: {len(verdict.allowed)}"

    @property
    def good(self) -> bool:
        """Nothing differs that may not, and every exception is needed."""
        verdict = sort_out(self.violations)
        return not (verdict.violations or verdict.needless or self.words)


def marketplace_of(exchange: Exchange) -> str:
    """Whose API a request is for, by its credentials."""
    if "client-id" in exchange.headers:
        return "ozon"
    return "yandex_market" if "api-key" in exchange.headers else "wildberries"


def _place(entry: tuple[Violation, int]) -> tuple[str, ...]:
    violation = entry[0]
    return violation.marketplace, violation.operation, violation.side, violation.where


def _told(violation: Violation) -> str:
    parts = (violation.marketplace, violation.operation, violation.side, violation.where)
    return ": ".join(part for part in parts if part)
