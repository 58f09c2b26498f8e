"""The record of a run: every request and answer as a line of JSON, without people and secrets.

    {"cloudstock": "0.1.0", "recorded_at": "...", "command": "sync", "accounts": [{...}]}
    {"at": "...", "account": "ozon-main", "marketplace": "ozon", "method": "POST",
     "path": "/v4/posting/fbs/list", "query": {}, "request": {...}, "status": 200, "headers": {...},
     "answer": {...}, "ms": 120, "attempt": 1}
    {"surprise": {"account": "ozon-main", "place": "...", "field": "status", "word": "..."}}
    {"end": {"exchanges": 12, "whole": true}}

An exchange without an answer has "error" instead of what follows "request". A run that was
killed leaves whole lines and no end.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from cloudstock import __version__
from cloudstock.config.types import DIGITS
from cloudstock.errors import UsageProblem
from cloudstock.language import system_words, tr
from cloudstock.marketplaces import MARKETPLACES
from cloudstock.marketplaces.anonymous import Anonymizer, Kept
from cloudstock.marketplaces.base import Exchange, Recorder
from cloudstock.redaction import TELLING_LENGTH, Redactor
from cloudstock.settings import Account, Secret

# A day of a large shop is a tenth of it.
BYTES_MAX = 200_000_000
# For the line that says that the rest is missing.
RESERVE = 1_000
# Which headers of an answer are kept, and only where their values look as these do.
_CONTENT_TYPE = re.compile(r"(?i)[a-z]+/[a-z0-9.+-]+(?:; ?charset=[a-z0-9-]+)?")
_TIME_OR_NUMBER = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [A-Z+\d-]{1,5}"
    r"|\d{1,10}(?:\.\d{1,9})?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?"
)
_HEADERS = (
    (re.compile(r"content-type"), _CONTENT_TYPE),
    (re.compile(r"date|retry-after|(?:x-)?rate-?limit-[a-z-]{1,40}"), _TIME_OR_NUMBER),
)
# JSON needs no escape for them, but they start a line or move a cursor where the file is shown.
_MOVING = re.compile("[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_log = logging.getLogger("cloudstock.record")


class Record:
    """A file to which one run's exchanges are written, a line each, as they happen.

    Once open it raises nothing: what cannot be written is missing, and `missing` says why.
    """

    def __init__(
        self,
        path: Path,
        *,
        command: str,
        accounts: Sequence[Account],
        hidden: Iterable[Secret],
        bytes_max: int | None = None,
    ) -> None:
        """Make the file; raises `UsageProblem` where it is there already or cannot be made."""
        self.path = path
        # How many requests it holds.
        self.exchanges = 0
        # Why something is missing; None: the record is whole.
        self.missing: str | None = None
        self._redact = Redactor(s for s in hidden if len(s.reveal()) >= TELLING_LENGTH)
        self._salt = secrets.token_bytes(16)
        self._marketplaces = {account.name: account.marketplace for account in accounts}
        self._anonymizers: dict[str, Anonymizer] = {}
        self._bytes_max = BYTES_MAX if bytes_max is None else bytes_max
        self._size = 0
        self._file: int | None = _made(path)
        self._write(
            {
                "cloudstock": __version__,
                "recorded_at": _text(datetime.now(UTC)),
                "command": command,
                "accounts": [_described(account) for account in accounts],
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write the end; a record of nothing is taken away, so that its name is free again."""
        if self._file is None:
            return
        self._write(
            {"end": {"exchanges": self.exchanges, "whole": self.missing is None}}, last=True
        )
        os.close(self._file)
        self._file = None
        if not self.exchanges and self.missing is None:
            self.path.unlink(missing_ok=True)

    # ------------------------------------------------------------ what is recorded

    def exchange(self, exchange: Exchange) -> None:
        """Write what was sent and what came back."""
        try:
            line = self._line(exchange)
        except Exception:  # noqa: BLE001 - a bug of ours
            # The run goes on, whatever an answer holds.
            _log.exception("record.bug", extra={"account": exchange.account})
            self._stop(tr("cloudstock has a bug; the log has the details"))
            return
        if self._write(line):
            self.exchanges += 1

    def surprise(
        self, account: str, place: str, field: str, word: str, *, left_out: bool = False
    ) -> None:
        """Write a word that no table of ours knows."""
        one = self._anonymizer(self._marketplaces[account])
        surprise: dict[str, object] = {
            "account": account,
            "place": one.path(place),
            "field": field,
            "word": one.word(word),
        }
        if left_out:
            surprise["left_out"] = True
        self._write({"surprise": surprise})

    def _line(self, exchange: Exchange) -> dict[str, object]:
        one = self._anonymizer(exchange.marketplace)
        line: dict[str, object] = {
            "at": _text(exchange.at),
            "account": exchange.account,
            "marketplace": exchange.marketplace,
            "method": exchange.method,
            "path": one.path(exchange.path),
            "query": one.query(exchange.query),
            "request": one.body(exchange.request),
        }
        if exchange.error:
            line["error"] = one.text(exchange.error)
        else:
            line |= {
                "status": exchange.status,
                "headers": _harmless(exchange.headers),
                "answer": one.body(exchange.answer),
            }
        return line | {"ms": exchange.ms, "attempt": exchange.attempt}

    def _anonymizer(self, marketplace: str) -> Anonymizer:
        if marketplace not in self._anonymizers:
            module, _, name = MARKETPLACES[marketplace].kept.partition(":")
            kept = getattr(import_module(module), name)
            assert isinstance(kept, Kept)
            self._anonymizers[marketplace] = Anonymizer(kept, self._redact, self._salt)
        return self._anonymizers[marketplace]

    # ------------------------------------------------------------ the file

    def _write(self, line: Mapping[str, object], *, last: bool = False) -> bool:
        """Append a line, whole or not at all; tell whether it is there."""
        if self._file is None or (self.missing is not None and not last):
            return False
        text = _MOVING.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(line, ensure_ascii=False))
        # A lone surrogate is written as JSON escapes it.
        raw = text.encode("utf-8", "backslashreplace") + b"\n"
        if self._size + len(raw) > self._bytes_max - (0 if last else RESERVE):
            self._stop(tr("it would be longer than {most} MB", most=self._bytes_max // 1_000_000))
            return False
        try:
            self._append(self._file, raw)
        except OSError as error:
            self._stop(system_words(error) or type(error).__name__)
            return False
        self._size += len(raw)
        return True

    def _append(self, file: int, raw: bytes) -> None:
        written = 0
        try:
            while written < len(raw):
                written += os.write(file, memoryview(raw)[written:])
        except BaseException:
            # A full disk, or an interruption: no line is left without its end.
            os.ftruncate(file, self._size)
            raise

    def _stop(self, why: str) -> None:
        if self.missing is None:
            self.missing = why
            _log.warning("record.incomplete", extra={"exchanges": self.exchanges, "why": why})


def _made(path: Path) -> int:
    try:
        # Whatever is there, be it a link or a device, is left alone.
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise UsageProblem(
            tr("{path} is there already; a record never replaces a file, name a new one", path=path)
        ) from None
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else str(error)
        raise UsageProblem(
            tr("{path} cannot be written: {words}", path=path, words=words)
        ) from error


def _described(account: Account) -> dict[str, object]:
    """Return what a replay must know of an account: ids, and no names but its own."""
    settings = MARKETPLACES[account.marketplace].settings
    needed = {k.name for k in settings if k.type is DIGITS or k.default is not None}
    return {
        "account": account.name,
        "marketplace": account.marketplace,
        "warehouses": [link.warehouse_id for link in account.warehouses],
        "options": {k: v for k, v in account.options.items() if k in needed},
    }


def _harmless(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that tell of time, limits and form, where they look as these do."""
    return {
        name.lower(): value
        for name, value in headers.items()
        for names, values in _HEADERS
        if names.fullmatch(name.lower()) and values.fullmatch(value.strip())
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_PROVEN: type[Recorder] = Record
