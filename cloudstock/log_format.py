"""How lines of the log are written; beside `logs`, which a start without a log does not load."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How a line is written."""

    TEXT = "text"
    JSON = "json"
