"""The log on stderr: a fixed event name and then facts, as text or as JSON lines.

    2026-11-23T10:00:04+03:00 INFO orders.page account=ozon-main records=50 new=3

Every line passes the redactor last, so that a known secret cannot get out by a field, a traceback
or another library's message. What comes from outside cannot start a line of its own or move the
cursor of a terminal: control characters are escaped.
"""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from cloudstock import progress
from cloudstock.language.local import local
from cloudstock.log_format import Format
from cloudstock.redaction import Redactor
from cloudstock.settings import Configuration, Secret

# Libraries that log whole URLs, or more than a person asked for.
_SILENCED = ("httpx", "httpcore", "hpack", "asyncio", "apprise", "requests", "urllib3")

# What every record has; anything else on one came by `extra` and is a fact.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "facts"}


def secrets_of(configuration: Configuration) -> list[Secret]:
    """Return every secret of a configuration."""
    pages = configuration.web
    web = (pages.password_hash, pages.token, pages.calls)
    return [
        *(s for account in configuration.accounts for s in account.secrets.values()),
        *configuration.notices.urls,
        *configuration.heartbeats.values(),
        *(s for s in web if s is not None),
    ]


def level(*, quiet: bool = False, verbose: bool = False) -> int:
    """Return the logging level for the options; `--quiet` wins."""
    if quiet:
        return logging.WARNING
    return logging.DEBUG if verbose else logging.INFO


def start(
    redactor: Redactor,
    *,
    log_format: Format = Format.TEXT,
    quiet: bool = False,
    verbose: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Send the log to `stream` (stderr); a second call replaces the first."""
    handler = _Stderr(stream)
    line = _json_line if log_format is Format.JSON else _text_line
    handler.setFormatter(_Formatter(redactor, line))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _Stderr)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level(quiet=quiet, verbose=verbose))
    for name in _SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def event(logger: logging.Logger, level: int, name: str, /, **facts: object) -> None:
    """Log that something happened: a fixed name, and the facts in the order given."""
    logger.log(level, name, extra={"facts": facts}, stacklevel=2)


def escaped(text: str, *, keep: str = "") -> str:
    """Return text with control, format and line characters written as escapes, `keep` excepted."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(c if c in keep or not moves(c) else repr(c)[1:-1] for c in text)


def moves(character: str) -> bool:
    """Tell whether a character could start a line, move a terminal's cursor, or hide others."""
    # Controls, formats (writing direction, zero width), lone surrogates, line and paragraph ends.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


_Line = Callable[[logging.LogRecord, Redactor], str]


class _Stderr(logging.StreamHandler[TextIO]):
    """Ours, to be told from handlers of others on the root logger."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__(stream)
        self._own = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; above the progress bars, which stand in stderr's place while shown."""
        if self._own is None:
            self.stream = sys.stderr
            progress.interrupt()
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Tell of a record that cannot be written; the base class would print what is in it."""
        with suppress(OSError, ValueError):
            self.stream.write(f"ERROR log.failed logger={record.name} line={record.lineno}\n")


class _Formatter(logging.Formatter):
    def __init__(self, redactor: Redactor, line: _Line) -> None:
        super().__init__()
        self._redactor = redactor
        self._line = line

    def format(self, record: logging.LogRecord) -> str:
        # Twice: before escaping, which could change a secret past knowing, and the whole line.
        return self._redactor(self._line(record, self._redactor))


def _text_line(record: logging.LogRecord, redact: Redactor) -> str:
    message = escaped(redact(record.getMessage()))
    facts = [f"{escaped(k)}={_quoted(v)}" for k, v in _facts(record, redact).items()]
    first = " ".join([_local(record, "seconds"), record.levelname, message, *facts])
    # Indented: a line of a traceback cannot pass for an event.
    lines = escaped(_trace(record, redact), keep="\n").splitlines()
    return "\n    ".join([first, *lines])


def _json_line(record: logging.LogRecord, redact: Redactor) -> str:
    line: dict[str, object] = {
        "time": _local(record, "milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": redact(record.getMessage()),
    }
    for key, value in _facts(record, redact).items():
        line[f"{key}_" if key in line or key == "trace" else key] = value
    if trace := _trace(record, redact):
        line["trace"] = trace
    # ensure_ascii escapes every character that could move a cursor, DEL alone excepted.
    return json.dumps(line).replace("\x7f", "\\u007f")


def _facts(record: logging.LogRecord, redact: Redactor) -> dict[str, object]:
    """Return the facts as JSON has them, without secrets in keys and texts."""
    given: Mapping[str, object] = getattr(record, "facts", {})
    facts = {k: v for k, v in vars(record).items() if k not in _STANDARD} | dict(given)
    plain = {redact(k): _plain(v) for k, v in facts.items()}
    return {k: redact(v) if isinstance(v, str) else v for k, v in plain.items()}


def _local(record: logging.LogRecord, precision: str) -> str:
    return local(datetime.fromtimestamp(record.created, UTC)).isoformat(timespec=precision)


def _trace(record: logging.LogRecord, redact: Redactor) -> str:
    parts = []
    if record.exc_info:
        parts.append(logging.Formatter().formatException(record.exc_info))
    if record.stack_info:
        parts.append(record.stack_info)
    return redact("\n".join(parts))


def _plain(value: object) -> object:
    """Return a fact as JSON has it: numbers, truth and None as they are, moments with an offset."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return local(value).isoformat()
    return str(value)


def _quoted(value: object) -> str:
    """Return a fact as text: in quotes where a reader could not see its end."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = escaped(str(value))
    if not text or any(c in ' "=' for c in text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text
