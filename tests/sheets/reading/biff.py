"""XLS of Excel 95 and 97, put together for tests record by record."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

EXCEL_95, EXCEL_97 = 0x0500, 0x0600


@dataclass
class Sheet:
    """A sheet: what stands at a row and a column, and which style it has."""

    cells: Mapping[tuple[int, int], object]
    name: str = "S1"
    # 0, 1 hidden, 2 very hidden.
    state: int = 0
    styles: Mapping[tuple[int, int], int] = field(default_factory=dict)
    hidden_rows: Sequence[int] = ()


class Fault(int):
    """An error of a cell, by its number."""


@dataclass
class Formula:
    """A formula with its stored result."""

    result: float
    calculate_on_load: bool = False


def record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def xls(
    file: Path,
    *sheets: Sheet,
    version: int = EXCEL_97,
    codepage: int | None = None,
    encoding: str = "cp1251",
    formats: Mapping[int, str] | None = None,
    since_1904: bool = False,
    contained: bool = True,
) -> Path:
    """Write a workbook; `formats`: code by number, style 1 is the first one."""

    def text(value: str, width: str) -> bytes:
        if version == EXCEL_95:
            content = value.encode(encoding)
            return struct.pack(width, len(content)) + content
        return struct.pack(width + "B", len(value), 1) + value.encode("utf-16-le")

    codes = formats or {}
    begin = record(0x0042, struct.pack("<H", codepage)) if codepage else b""
    begin += record(0x0022, struct.pack("<H", since_1904))
    begin += b"".join(
        record(0x041E, struct.pack("<H", n) + text(code, "<B" if version == EXCEL_95 else "<H"))
        for n, code in codes.items()
        if code
    )
    for number in (0, *codes):
        style = struct.pack("<HHH", 0, number, 0xFFF4)
        begin += record(0x00E0, style.ljust(16 if version == EXCEL_95 else 20, b"\0"))
    bodies = [_sheet(sheet, version, text) for sheet in sheets]
    names = [text(sheet.name, "<B") for sheet in sheets]
    head = _begin(version, 0x0005) + begin
    position = len(head) + sum(len(name) + 10 for name in names) + 4
    for sheet, name, body in zip(sheets, names, bodies, strict=True):
        head += record(0x0085, struct.pack("<iBB", position, sheet.state, 0) + name)
        position += len(body)
    stream = head + record(0x000A) + b"".join(bodies)
    stored = compound("Book" if version == EXCEL_95 else "Workbook", stream)
    file.write_bytes(stored if contained else stream)
    return file


def _begin(version: int, kind: int) -> bytes:
    data = struct.pack("<HHHH", version, kind, 0, 1997)
    return record(0x0809, data if version == EXCEL_95 else data + bytes(8))


def _sheet(sheet: Sheet, version: int, text: object) -> bytes:
    assert callable(text)
    body = _begin(version, 0x0010)
    for row in sheet.hidden_rows:
        body += record(0x0208, struct.pack("<HHHHHHi", row, 0, 9, 255, 0, 0, 0x20))
    for (row, column), value in sheet.cells.items():
        place = struct.pack("<HHH", row, column, sheet.styles.get((row, column), 0))
        if isinstance(value, str):
            body += record(0x0204, place + text(value, "<H"))
        elif isinstance(value, bool | Fault):
            body += record(0x0205, place + struct.pack("<BB", value, isinstance(value, Fault)))
        elif isinstance(value, Formula):
            flags = 2 * value.calculate_on_load
            body += record(0x0006, place + struct.pack("<dHIH", value.result, flags, 0, 0))
        else:
            assert isinstance(value, int | float)
            body += record(0x0203, place + struct.pack("<d", value))
    return body + record(0x000A)


def compound(name: str, stream: bytes, *, claimed: int = 0) -> bytes:
    """Return an OLE container with one stream.

    `claimed`: so many of its bytes are short streams as well, says the root.
    """
    sector = 512
    # Shorter ones would lie elsewhere.
    content = stream.ljust(max(4096, -(-len(stream) // sector) * sector), b"\0")
    count = len(content) // sector
    table = -(-(count + 2) * 4 // sector)
    while table * sector // 4 < count + 1 + table:
        table += 1
    # The stream first, then the directory, then the table of sectors.
    chain = [*range(1, count), -2, -2, *[-3] * table]
    chain += [-1] * (table * sector // 4 - len(chain))

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        label = title.encode("utf-16-le") + b"\0\0" if title else b""
        return (
            label.ljust(64, b"\0")
            + struct.pack("<HBBiii", len(label), kind, 1, -1, -1, child)
            + bytes(36)
            + struct.pack("<iII", first, size, 0)
        )

    root = entry("Root Entry", 5, 1, 0 if claimed else -2, claimed)
    directory = root + entry(name, 2, -1, 0, len(content))
    directory += entry("", 0, -1, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<iIiIIiIiI", 0, table, count, 0, 4096, -2, 0, -2, 0)
    places = [*range(count + 1, count + 1 + table), *[-1] * (109 - table)]
    header += struct.pack("<109i", *places)
    return header + content + directory + struct.pack(f"<{len(chain)}i", *chain)
