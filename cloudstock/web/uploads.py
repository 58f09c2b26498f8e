"""Files that visitors send: a form with a file in it, and the file kept until it is counted."""

from __future__ import annotations

import re
import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath

from cloudstock.language import tr
from cloudstock.sheets.reading.whole import Copy, display_name
from cloudstock.web.replies import Refused

# A form has a token and a file.
PARTS_MAX = 10
HEADER_BYTES_MAX = 4096
NAME_LENGTH_MAX = 150
# Files of all visitors, and how long each is kept.
FILES_MAX = 8
KEPT_S = 3600.0

_BOUNDARY = re.compile(r'multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))')
_PARAMETER = {name: re.compile(rb'[;\s]%s="([^"]*)"' % name) for name in (b"name", b"filename")}


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form: a text, or a file with its name."""

    content: memoryview
    # As the browser tells it; None: it is no file.
    file_name: str | None

    @property
    def text(self) -> str:
        """The text of a field."""
        return bytes(self.content).decode("utf-8", "replace")


def is_multipart(content_type: str) -> bool:
    """Tell whether a request carries a form with a file."""
    return content_type.lower().startswith("multipart/form-data")


def parts(content_type: str, body: bytes) -> Mapping[str, Part]:
    """Return the fields of such a form by their names; none where it is no such form."""
    boundary = _BOUNDARY.match(content_type)
    parts: dict[str, Part] = {}
    if boundary is None:
        return parts
    mark = b"--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    whole, delimiter = memoryview(body), b"\r\n" + mark
    at = len(mark) if body.startswith(mark) else -1
    while at >= 0 and len(parts) < PARTS_MAX and body[at : at + 2] == b"\r\n":
        end = body.find(delimiter, at)
        content = body.find(b"\r\n\r\n", at, at + HEADER_BYTES_MAX)
        if end < 0 or content < 0:
            break
        header = body[at:content]
        name = _parameter(header, b"name")
        if name is not None:
            part = Part(whole[min(content + 4, end) : end], _parameter(header, b"filename"))
            parts.setdefault(name, part)
        at = end + len(delimiter)
    return parts


def _parameter(header: bytes, name: bytes) -> str | None:
    match = _PARAMETER[name].search(header)
    if match is None:
        return None
    # So browsers write what would end the name.
    plain = match[1].replace(b"%22", b'"').replace(b"%0D", b"").replace(b"%0A", b"")
    return plain.decode("utf-8", "backslashreplace")


@dataclass(slots=True)
class Uploads:
    """Files that visitors chose, each known to its visitor by what is in it.

    They are private to this process and gone with it.
    """

    monotonic: Callable[[], float] = time.monotonic
    _kept: OrderedDict[tuple[str, str], tuple[float, Copy]] = field(
        default_factory=OrderedDict, repr=False
    )
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def keep(self, visitor: str, name: str, content: memoryview) -> str:
        """Keep a file; return what tells its content from every other."""
        digest = sha256(content).hexdigest()
        # Some browsers tell the folder, too.
        plain = PureWindowsPath(PurePosixPath(name).name).name
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="cloudstock-")
            path = Path(self._folder.name) / secrets.token_hex(16)
        path.touch(0o600)
        path.write_bytes(content)
        copy = Copy(
            path, display_name(f"./{plain}").removeprefix("./")[-NAME_LENGTH_MAX:], digest, None
        )
        with self._lock:
            self._drop((visitor, digest))
            self._kept[visitor, digest] = self.monotonic(), copy
            self._drop_old()
        return digest

    def of(self, visitor: str, digest: str) -> Copy:
        """Return a file that a visitor chose; raises `Refused` where it is not kept any more."""
        with self._lock:
            self._drop_old()
            kept = self._kept.get((visitor, digest))
        if kept is None:
            raise _gone()
        return kept[1]

    @contextmanager
    def taken(self, visitor: str, digest: str) -> Iterator[Copy]:
        """Take a file, which nobody else is given meanwhile; it is kept on where that fails.

        Raises `Refused` where it is not kept any more, or is not what was looked at.
        """
        with self._lock:
            self._drop_old()
            kept = self._kept.pop((visitor, digest), None)
        if kept is None or sha256(kept[1].path.read_bytes()).hexdigest() != digest:
            raise _gone()
        try:
            yield kept[1]
        except BaseException:
            with self._lock:
                self._kept[visitor, digest] = kept
            raise
        kept[1].path.unlink()

    def clear(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._kept.clear()
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _drop_old(self) -> None:
        now = self.monotonic()
        old = [key for key, (at, _) in self._kept.items() if now - at > KEPT_S]
        for key in (*old, *list(self._kept)[: max(0, len(self._kept) - FILES_MAX)]):
            self._drop(key)

    def _drop(self, key: tuple[str, str]) -> None:
        _, copy = self._kept.pop(key, (0.0, None))
        if copy is not None:
            with suppress(FileNotFoundError):
                copy.path.unlink()


def _gone() -> Refused:
    return Refused(
        404,
        "address",
        tr("this file was counted already, or is not kept any more; choose it again"),
    )
