"""What a file leaves open, and what settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.layout.records import Quantity


class About(StrEnum):
    """What a question is about."""

    SHEET = "sheet"
    QUANTITY = "quantity"
    SKU = "sku"
    BARCODE = "barcode"
    WAREHOUSE = "warehouse"
    UNKNOWN = "unknown"
    EMPTY = Quantity.EMPTY.value
    AT_LEAST = Quantity.AT_LEAST.value
    WORD = Quantity.WORD.value
    FRACTION = Quantity.FRACTION.value
    BELOW_ZERO = Quantity.BELOW_ZERO.value
    FORMULA = Quantity.FORMULA.value
    HIDDEN = "hidden"
    TWICE = "twice"
    AVAILABLE = "available"
    STRAY = "stray"
    QUOTE = "quote"
    CUT = "cut"
    ENCODING = "encoding"
    FORMAT = "format"


@dataclass(frozen=True, slots=True)
class Option:
    """One way to settle a question."""

    # As words for a person at a terminal.
    words: str
    # As it is given on the command line: "--map 'quantity=Остаток'".
    option: str
    # The same as keys of `Answers`.
    answers: dict[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """What a file leaves open."""

    about: About
    # With evidence: the place, the cell.
    text: str
    # The first rows that it concerns, and how many there are.
    rows: Sequence[int] = ()
    count: int = 0
    # Empty where only another file, or nothing of it, helps; the text says what then.
    options: Sequence[Option] = ()


class Undecided(UsageProblem):
    """A file that leaves questions open: nothing of it was taken."""

    def __init__(
        self, questions: Sequence[Question], text: str, remarks: Sequence[Question] = ()
    ) -> None:
        """`text`: all of them for people, each with what settles it; `remarks` need no answer."""
        super().__init__(text)
        self.questions = tuple(questions)
        self.remarks = tuple(remarks)


def text_of(question: Question) -> str:
    """Return a question with what settles it, in lines."""
    return "\n".join([question.text, *(f"  {o.option}: {o.words}" for o in question.options)])


def undecided(*questions: Question, remarks: Sequence[Question] = ()) -> Undecided:
    """Return the error of a file that leaves questions open; `remarks` need no answer."""
    lines = [*map(text_of, (*questions, *remarks)), tr("nothing was changed")]
    return Undecided(questions, "\n".join(lines), remarks)
