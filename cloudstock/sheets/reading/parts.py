"""The parts of a workbook that is an archive: XLSX, ODS. They are read as streams, and trusted in
nothing: no part declares entities, and the process that reads them has limits (see `worker`)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

from cloudstock.sheets.reading import repeated
from cloudstock.sheets.reading.repeated import Repeated
from cloudstock.sheets.reading.spool import TooLarge

CHUNK = 1 << 16
BUFFER = 1 << 16
# With its attributes; and comments.
TAG_MAX = 1 << 20


class Parts:
    """The parts of an archive by name.

    Capitals do not matter: 1C writes xl/SharedStrings.xml and calls it sharedStrings.xml.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._archive.infolist():
            self._members.setdefault(_key(member.filename), member)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._members

    def head(self, name: str, size: int = 256) -> bytes:
        """Return how a part begins; b"" where there is none."""
        if name not in self:
            return b""
        with self._archive.open(self._members[_key(name)]) as part:
            return part.read(size)

    def parse(self, name: str, parser: expat.XMLParserType, often: Repeated | None = None) -> None:
        """Feed a part to a parser; raises `KeyError` where there is none.

        `often`: reads by itself the elements of which there are many.
        """
        fed = 0

        def feed(data: bytes) -> None:
            nonlocal fed
            parser.Parse(data, False)
            fed += len(data)
            if fed - parser.CurrentByteIndex > TAG_MAX:
                # Its beginning would be read again with each piece.
                raise TooLarge

        chunks = self._chunks(name)
        if often is not None:
            repeated.read(chunks, feed, often)
        for chunk in chunks:
            feed(chunk)
        parser.Parse(b"", True)

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._archive.open(self._members[_key(name)]) as part:
            while chunk := part.read(CHUNK):
                yield chunk

    def elements(self, name: str, start: Callable[[str, dict[str, str]], object]) -> None:
        """Call `start` with the name, without prefix, and the attributes of every element."""
        parser = hardened()
        parser.StartElementHandler = lambda tag, attributes: start(
            tag.rpartition(":")[2], attributes
        )
        self.parse(name, parser)


def hardened(separator: str | None = None) -> Any:
    """Return a parser that refuses documents with a type: those declare entities."""
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True
    parser.buffer_size = BUFFER
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _refuse(*_declaration: object) -> None:
    raise ValueError("DOCTYPE")


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
