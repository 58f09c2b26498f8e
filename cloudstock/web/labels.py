"""The database's own words as people read them, in the language of the request."""

from __future__ import annotations

import re

from cloudstock.domain.work import Job
from cloudstock.lists.declared import Cell
from cloudstock.render.text import NOTHING, UNKNOWN
from cloudstock.store.views.stock import ListingStock

# A command or an option as messages name it, in brackets.
_COMMAND = re.compile(r"\s*\(`(?:cloudstock |--)[^()]*(?:\([^()]*\)[^()]*)*\)")


def without_commands(message: str) -> str:
    """Return a message without what the terminal has for it: a page has a button or a field."""
    return _COMMAND.sub("", message)


def job(word: str) -> str:
    """Name a job as it stands in the list of runs."""
    return Job(word).label


def cell_text(value: Cell, unknown: bool) -> str:
    """Return what stands in a cell; moments are written by the page."""
    if value is None:
        return UNKNOWN if unknown else NOTHING
    return str(value)


def mood(style: str) -> str:
    """Return the class of a style of the lists."""
    return {"wrong": "bad", "notable": "warn", "good": "good"}.get(style, "")


def agrees(stock: ListingStock) -> bool:
    """Tell whether target, sent and seen say one thing, as far as they can."""
    if stock.target is None or stock.target != stock.pushed:
        return False
    return stock.seen == stock.target or stock.superseded
