"""Answers that are true to the schemas, made up, and what the adapters make of them.

Every visit of `visits` is made once with the sandbox's answers. Then, for each method that it
asked, one of those answers is replaced by a made-up one; what the visit asks after that is
answered so that its walk ends.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cloudstock.errors import AnswerNotUnderstood, MarketplaceError
from tests.contracts.exceptions import ALLOWED
from tests.contracts.judge import Exchange, Violation, against, judge_request
from tests.contracts.making import NEW_WORD, Maker
from tests.contracts.needed import (
    NEEDED,
    REFUSED,
    Needed,
    Refused,
    left_out_without,
    needed_fields,
    why_refused,
)
from tests.contracts.reading import READINGS
from tests.contracts.texts import Operation, Spec
from tests.contracts.visits import VISITS, EndlessError, Given, Host, Outcome, Scene, scenes

# One answer in so many is an error of those that the method may answer with.
ERRORS = 8
TRIES_TO_SHRINK = 150
# So many have rows that can be read.
MOSTLY = 0.8
# Visits that make no records of what they read.
NOT_READ = ("check",)

# So many answers that lack a needed field have to be understood before nobody believes in it.
PROBES = 40

_MISSING = re.compile(r"required field `(\w+)`")
_PLACE = re.compile(r"at `\$([^`]*)`")


@dataclass(frozen=True, slots=True)
class Course:
    """A visit in which a method is asked: where a made-up answer can be given."""

    scene: Scene
    visit: str
    operation: Operation
    # How often the visit asks it, and how often it asks anything.
    times: int
    requests: int
    # What it was answered last: the end of its walk.
    last: Given


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an adapter may not do with an answer that is true to the schema."""

    marketplace: str
    operation: str
    # "refused", "crashed", "endless", "misread", "unsaid", "request".
    kind: str
    # Where in the answer, as far as the message tells.
    where: str
    message: str = field(compare=False)
    # The answer, as small as it could be made.
    answer: str = field(compare=False)


class Feeder:
    """Gives made-up answers to the adapters."""

    def __init__(self, specs: Mapping[str, Spec], seed: int) -> None:
        self._specs = specs
        self._chance = Random(seed)
        self._host = Host()
        self._makers = {
            name: Maker(spec.answers.defs, self._chance) for name, spec in specs.items()
        }
        self.courses = list(self._find_courses())
        self.fed: Counter[tuple[str, str]] = Counter()
        # How often what is listed was met.
        self.refused: Counter[Refused] = Counter()
        self.needed: set[tuple[Needed, str]] = set()
        self.complaints: dict[Complaint, int] = {}

    def close(self) -> None:
        """Close the event loop."""
        self._host.close()

    def _find_courses(self) -> Iterator[Course]:
        for scene in scenes(self._host):
            spec = self._specs[scene.account.marketplace]
            for visit in VISITS:
                outcome = self._host.visit(scene, visit)
                assert outcome.error is None, f"{scene.account.name}: {visit}: {outcome.error!r}"
                by_operation: dict[str, list[Exchange]] = {}
                for exchange in outcome.exchanges:
                    operation = spec.operation(exchange.method, exchange.path)
                    if operation is not None:
                        by_operation.setdefault(str(operation), []).append(exchange)
                for exchanges in by_operation.values():
                    last = exchanges[-1]
                    operation = spec.operation(last.method, last.path)
                    assert operation is not None
                    given = Given(last.status, last.answer)
                    requests = len(outcome.exchanges)
                    yield Course(scene, visit, operation, len(exchanges), requests, given)

    def operations(self) -> list[tuple[str, str]]:
        """Return every method that some visit asks, once."""
        return sorted({(c.operation.marketplace, str(c.operation)) for c in self.courses})

    def _courses_of(self, place: tuple[str, str]) -> list[Course]:
        return [c for c in self.courses if (c.operation.marketplace, str(c.operation)) == place]

    def feed(self, answers: int) -> None:
        """Give so many answers of each method."""
        for place in self.operations():
            courses = self._courses_of(place)
            # Long visits are no better than short ones.
            weights = [1 / course.requests for course in courses]
            for n in range(answers):
                (course,) = self._chance.choices(courses, weights)
                given = self._make(course, error=n % ERRORS == ERRORS - 1)
                self.fed[place] += 1
                self._try(course, given)

    def _make(self, course: Course, *, error: bool) -> Given:
        operation = course.operation
        statuses = [int(s) for s in operation.text["responses"] if s.isdigit()]
        chosen = [s for s in statuses if (s >= 400) == error] or statuses
        status = self._chance.choice(chosen)
        schema = operation.answer_schema(status)
        if schema is None:
            return Given(status, b"")
        maker = self._makers[operation.marketplace]
        kept = needed_fields(operation.marketplace, str(operation)) if status < 400 else {}
        if self._chance.random() < MOSTLY:
            kept = kept | left_out_without(operation.marketplace, str(operation))
        value = maker.make(
            operation.spec.answers.converted(schema),
            keep=kept.__contains__,
            hints=course.scene.hints(),
        )
        return Given(status, json.dumps(value, ensure_ascii=False).encode(errors="replace"))

    # ------------------------------------------------------------ what is needed

    def look_for_needs(self) -> None:
        """Prove the lists of `needed`: every field taken away, every example given."""
        for place in self.operations():
            courses = self._courses_of(place)
            for name, row in needed_fields(*place).items():
                if any(self._lacks(self._chance.choice(courses), name) for _ in range(PROBES)):
                    self.needed.add((row, name))
        for refused in REFUSED:
            example = refused.example
            given = Given(example.status, example.answer.encode())
            for course in self._courses_of((refused.marketplace, example.operation)):
                complaint = self._complaint(course, given, 0)
                if complaint is not None and refused.words in complaint.message:
                    self.refused[refused] += 1

    def _lacks(self, course: Course, name: str) -> bool:
        """Give an answer without this field; True where it is refused for that."""
        given = self._make(course, error=False)
        value = json.loads(given.body) if given.body else None
        if not _without(value, name.split(".")):
            return False
        body = json.dumps(value, ensure_ascii=False).encode(errors="replace")
        nth = self._chance.randrange(course.times)
        complaint = self._complaint(course, Given(given.status, body), nth)
        return complaint is not None and (complaint.kind, complaint.where) == ("refused", name)

    def needless(self) -> list[str]:
        """Tell the rows that no adapter needs any more."""
        fields = [(row, name) for row in NEEDED for name in row.fields]
        return [
            *(
                f"{row.marketplace}: {row.operation}: {name} may be missing"
                for row, name in fields
                if (row, name) not in self.needed
            ),
            *(
                f"{row.marketplace}: {row.operation}: nothing ends with {row.words!r}"
                for row in REFUSED
                if row not in self.refused
            ),
        ]

    # ------------------------------------------------------------ what comes of it

    def _try(self, course: Course, given: Given) -> None:
        nth = self._chance.randrange(course.times)
        complaint = self._complaint(course, given, nth)
        if complaint is None:
            return
        place = (complaint.marketplace, complaint.operation)
        reason = why_refused(*place, complaint.message)
        if reason is not None:
            self.refused[reason] += 1
            return
        if complaint not in self.complaints:
            small = self._shrunk(course, given, nth, complaint)
            self.complaints[small] = 0
        self.complaints[complaint] += 1

    def _visit(self, course: Course, given: Given, nth: int) -> tuple[Outcome, int]:
        """Make the visit; also return at which exchange the answer was given."""
        asked: list[int] = []
        count = 0
        spec = course.operation.spec

        def instead(method: str, path: str) -> Given | None:
            nonlocal count
            count += 1
            if spec.operation(method, path) is not course.operation:
                return None
            asked.append(count - 1)
            if len(asked) <= nth:
                return None
            return given if len(asked) == nth + 1 else course.last

        outcome = self._host.visit(course.scene, course.visit, instead)
        return outcome, asked[nth] if len(asked) > nth else count

    def _complaint(self, course: Course, given: Given, nth: int) -> Complaint | None:
        outcome, at = self._visit(course, given, nth)
        told = (
            self._wrong_requests(course, outcome.exchanges[at + 1 :])
            or self._error(course, outcome, given)
            or self._misread(course, outcome, given, at)
            or _unsaid(course, outcome)
        )
        if told is None:
            return None
        kind, where, message = told
        operation = course.operation
        return Complaint(
            operation.marketplace,
            str(operation),
            kind,
            where,
            f"{course.visit}: {message}",
            given.body.decode(errors="replace"),
        )

    def _error(self, course: Course, outcome: Outcome, given: Given) -> tuple[str, str, str] | None:
        error = outcome.error
        match error:
            case None:
                return None
            case EndlessError():
                return "endless", "", str(error)
            case AnswerNotUnderstood():
                return "refused", _field(str(error)), str(error)
            case MarketplaceError() if given.status >= 400 or str(course.operation) not in str(
                error
            ):
                # A refusal by the sandbox of what follows from made-up numbers says nothing.
                return None
            case MarketplaceError():
                return "refused", "", str(error)
            case _:
                return "crashed", type(error).__name__, repr(error)

    def _wrong_requests(
        self, course: Course, exchanges: list[Exchange]
    ) -> tuple[str, str, str] | None:
        for exchange in exchanges:
            for violation in judge_request(course.operation.spec, exchange):
                if any(allowed.covers(violation) for allowed in ALLOWED):
                    continue
                return "request", f"{violation.operation} {violation.where}", _told(violation)
        return None

    def _misread(
        self, course: Course, outcome: Outcome, given: Given, at: int
    ) -> tuple[str, str, str] | None:
        place = (course.operation.marketplace, str(course.operation))
        reading = READINGS.get(place)
        if outcome.error is not None or given.status != 200 or reading is None:
            return None
        if course.visit in NOT_READ:
            return None
        if len(outcome.exchanges) <= at:
            return None
        question = outcome.exchanges[at].body.decode()
        value = json.loads(given.body)
        message = next(reading(value, outcome.records, course.scene, question), None)
        return None if message is None else ("misread", "", message)

    # ------------------------------------------------------------ as small as it can be

    def _shrunk(self, course: Course, given: Given, nth: int, complaint: Complaint) -> Complaint:
        """Return the same complaint of the smallest answer that is found."""
        try:
            value = json.loads(given.body)
        except ValueError:
            return complaint
        tries = 0
        shrunk = True
        while shrunk and tries < TRIES_TO_SHRINK:
            shrunk = False
            for smaller in _smaller(value):
                tries += 1
                if tries >= TRIES_TO_SHRINK:
                    break
                if not self._is_true(course, given.status, smaller):
                    continue
                body = json.dumps(smaller, ensure_ascii=False).encode(errors="replace")
                again = self._complaint(course, Given(given.status, body), nth)
                if again == complaint:
                    value, complaint, shrunk = smaller, again, True
                    break
        return complaint

    def _is_true(self, course: Course, status: int, value: object) -> bool:
        operation = course.operation
        schema = operation.answer_schema(status)
        assert schema is not None
        return not [
            rule
            for _, rule, _ in against(operation.spec, schema, value, answer=True)
            if rule == "required"
        ]


def _unsaid(course: Course, outcome: Outcome) -> tuple[str, str, str] | None:
    """Tell of a record in a state that nobody knows, where the adapter did not say so."""
    # Of Ozon's two words the second is shown and not read.
    read = 1 if course.operation.marketplace == "ozon" else 2
    for record in outcome.records:
        words = getattr(record, "status", "").split("/")[:read]
        if NEW_WORD in words and NEW_WORD not in outcome.surprises:
            return "unsaid", "", f"nobody is told of the word in {record}"
    return None


def _told(violation: Violation) -> str:
    return f"then asks {violation.operation}: {violation.where}: {violation.message}"


def _field(message: str) -> str:
    """Return the field that msgspec complains of, as in "orders[].id"."""
    place, name = _PLACE.search(message), _MISSING.search(message)
    path = "" if place is None else re.sub(r"\[[^\]]*\]", "[]", place[1]).removeprefix(".")
    return ".".join(part for part in (path, "" if name is None else name[1]) if part)


def _without(value: Any, path: list[str]) -> bool:
    """Take a field away, from the first item of each list on its path; True if it was there."""
    name, rest = path[0], path[1:]
    key = name.removesuffix("[]")
    for inner in (key,) if key else ():
        if not isinstance(value, dict) or inner not in value:
            return False
        if not rest and inner == name:
            del value[inner]
            return True
        value = value[inner]
    if name.endswith("[]"):
        if not isinstance(value, list) or not value:
            return False
        value = value[0]
    return _without(value, rest) if rest else False


def _smaller(value: Any) -> Iterator[Any]:
    """Yield copies of a JSON value with one part less, the large parts first."""
    for path in sorted(_paths(value), key=len):
        copied = copy.deepcopy(value)
        place = copied
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        yield copied


def _paths(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in members:
        yield (*so_far, key)
        yield from _paths(part, (*so_far, key))
