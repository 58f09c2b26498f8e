"""What a file leaves open, and what settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from shlex import quote

from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.answers import option_of, told
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
    # What may be due with it on the command line.
    hint: str = ""


def settling(field: str, value: object, words: str = "") -> Option:
    """Return an option that gives a field of `Answers` a value, or a pair of a mapping.

    `words`: what it does, where that is not what is told of the value.
    """
    name = option_of(field)
    if isinstance(value, tuple):
        return Option(words, f"{name} {quote('='.join(value))}", {field: {value[0]: value[1]}})
    option = name if value is True else f"{name} {quote(str(value))}"
    return Option(words or told(field).words[str(value)], option, {field: value})


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
    return "\n".join(
        [question.text, *(f"  {o.option}: {o.words}{o.hint}" for o in question.options)]
    )


def undecided(*questions: Question, remarks: Sequence[Question] = ()) -> Undecided:
    """Return the error of a file that leaves questions open; `remarks` need no answer."""
    lines = [*map(text_of, (*questions, *remarks)), tr("nothing was changed")]
    return Undecided(questions, "\n".join(lines), remarks)
