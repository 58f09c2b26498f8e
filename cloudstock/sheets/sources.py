"""Sources: stock files that come again and again, as they are configured and were last taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudstock.domain.likeness import nearest
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.settings import Source
from cloudstock.sheets.reading.whole import no_file
from cloudstock.store import sources
from cloudstock.store.views import did_you_mean


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source, its newest file, and what was last taken of it; None: nothing is."""

    name: str
    # As it is configured.
    file: str
    newest_file: str | None
    newest_written_at: datetime | None
    taken_file: str | None
    # What tells its content from every other.
    digest: str | None
    written_at: datetime | None
    taken_at: datetime | None
    counted: int | None
    changed: int | None
    # Nothing newer was taken for longer than the configuration says.
    stale: bool


def named(configured: Mapping[str, Source], name: str) -> Source:
    """Return a source; raises `UsageProblem` for a name that the configuration does not have."""
    if name not in configured:
        raise UsageProblem(
            tr(
                "there is no source {name}{hint}; known: {names}",
                name=repr(name),
                hint=did_you_mean(nearest(name, configured)),
                names=", ".join(sorted(configured)) or tr("none"),
            )
        )
    return configured[name]


def newest(source: Source) -> Path:
    """Return the newest file that fits; raises `UsageProblem` where there is none.

    What is no file, a pipe for example, is none: nobody may be there to write to it.
    """
    file = _newest(source)
    if file is None and source.file.exists():
        raise no_file(str(source.file))
    if file is None:
        raise UsageProblem(tr("{file}: there is no such file", file=source.file))
    return file


def states(
    connection: sqlite3.Connection, configured: Mapping[str, Source], *, now: datetime
) -> list[SourceState]:
    """Return every source, in the configuration's order."""
    return [_state(connection, name, source, now) for name, source in configured.items()]


def _state(connection: sqlite3.Connection, name: str, source: Source, now: datetime) -> SourceState:
    file, last = _newest(source), sources.taken(connection, name)
    # It may be gone since.
    written_at = None if file is None else _written_at(file)
    return SourceState(
        name,
        str(source.file),
        None if file is None else file.name,
        written_at,
        None if last is None else last.file,
        None if last is None else last.digest,
        None if last is None else last.written_at,
        None if last is None else last.taken_at,
        None if last is None else last.counted,
        None if last is None else last.changed,
        source.stale_after is not None
        and (last is None or now - last.written_at > source.stale_after),
    )


def _newest(source: Source) -> Path | None:
    if source.file.is_file():
        return source.file
    anchor = Path(source.file.anchor)
    files = anchor.glob(str(source.file.relative_to(anchor)))
    dated = [(at, file) for file in files if (at := _written_at(file)) is not None]
    return max(dated)[1] if dated else None


def _written_at(file: Path) -> datetime | None:
    """When a file was written last; None where it is none, or gone."""
    with suppress(OSError):
        if file.is_file():
            return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return None
