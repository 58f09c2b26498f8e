"""What a person does to the stock, as one thing, and why it may not be taken back any more."""

from __future__ import annotations

from enum import StrEnum

from cloudstock.language import mark, spoken


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
    LINK = mark("link", "change")
    UNDO = mark("undo", "change")

    @property
    def label(self) -> str:
        """The kind as people read it."""
        return spoken(self.value, "change")


class Blocked(StrEnum):
    """Why a change cannot be taken back."""

    UNDONE = "undone"
    # Something of it was counted later.
    COUNTED = "counted"
    # What it set was set otherwise later.
    CHANGED = "changed"
