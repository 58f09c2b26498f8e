"""What a person does to the stock, as one thing, and why it may not be taken back any more."""

from __future__ import annotations

from enum import StrEnum

from cloudstock.language import filled, mark, spoken, tr


class ChangeKind(StrEnum):
    """What was done."""

    COUNT = mark("count", "change")
    # First counts as the cabinets showed them.
    ADOPTION = mark("adoption", "change")
    CORRECTION = mark("correction", "change")
    MOVE = mark("move", "change")
    # A sheet; one that comes again and again.
    IMPORT = mark("import", "change")
    SOURCE = mark("source", "change")
    POLICY = mark("policy", "change")
    BUFFER = mark("buffer", "change")
    MINIMUM = mark("minimum", "change")
    LINK = mark("link", "change")
    # A product goes out of sight; it is back.
    HIDE = mark("hide", "change")
    SHOW = mark("show", "change")
    # Nothing is sent to an account; its numbers are sent again.
    PAUSE = mark("pause", "change")
    RESUME = mark("resume", "change")
    UNDO = mark("undo", "change")

    @property
    def of_stock(self) -> bool:
        """Whether units come or go by it."""
        return self in _OF_STOCK

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return spoken(self.value, "change")


_OF_STOCK = frozenset(
    {
        ChangeKind.COUNT,
        ChangeKind.ADOPTION,
        ChangeKind.CORRECTION,
        ChangeKind.MOVE,
        ChangeKind.IMPORT,
        ChangeKind.SOURCE,
    }
)


# What a file is called that was read from standard input: in commands, and as a change's subject.
STANDARD_INPUT = "-"


def subject_label(subject: str) -> str:
    """Return what a change is of as people read it: a file, a listing or an account."""
    return tr("standard input") if subject == STANDARD_INPUT else subject


# Notes that the program writes itself; they are kept in English, whatever a run speaks.
AS_SHOWN = mark("as the cabinets showed it")
TAKEN_BACK = mark("taken back: counted again")
_UNDO_OF = mark("undo of change {number}")
# With the file's name behind it.
_SHEET = "import-stock "


def undo_note(number: int) -> str:
    """Return the note of what was booked by taking a change back."""
    return _UNDO_OF.format(number=number)


def sheet_note(file: str) -> str:
    """Return the note of what was counted by a sheet."""
    return f"{_SHEET}{file}"


def note_label(note: str) -> str:
    """Return a note as people read it: one of the program's own in the language in use."""
    if note.startswith(_SHEET):
        return tr("from {file}", file=subject_label(note.removeprefix(_SHEET)))
    number = note.removeprefix(undo_note(0).removesuffix("0"))
    if number != note and number.isdecimal():
        return filled(spoken(_UNDO_OF), {"number": number})
    return spoken(note) if note in (AS_SHOWN, TAKEN_BACK) else note


class Blocked(StrEnum):
    """Why a change cannot be taken back."""

    UNDONE = "undone"
    # Something of it was counted later.
    COUNTED = "counted"
    # What it set was set otherwise later.
    CHANGED = "changed"
