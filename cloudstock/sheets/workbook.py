"""XLSX sheets, read and written as streams by openpyxl, which is an optional extra.

Nothing in a workbook is evaluated, and no formula is ever written. What a cell holds must be what
is due there: an article that a spreadsheet took for a number has lost its zeros already.
"""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from importlib import import_module
from itertools import chain
from typing import IO, Any, BinaryIO

from cloudstock.domain.texts import is_fit
from cloudstock.errors import CloudstockError, UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.tables import Headed, Problems, Row, quoted

# The format has no more rows.
ROWS_MAX = 1_048_576
# And no longer cells.
TEXT_MAX = 32_767
# A workbook within reason: pages stream, but openpyxl holds the other parts in memory.
MEMBERS_MAX = 2_000
PAGE_BYTES_MAX = 2 << 30
PART_BYTES_MAX = 256 << 20
CHUNK = 1 << 20
# What openpyxl holds at once: a row, and what stands before, between and after rows; all texts that
# pages share. A thousandth of it packed is enough to fill a memory.
UNIT_TAGS_MAX = 2_000_000
UNIT_BYTES_MAX = 64 << 20
STRINGS_MAX = 3 * ROWS_MAX
# Those left out before a cell are made, too.
CELLS_MAX = 50_000_000
# An XML declaration is shorter.
HEAD = 256
# Of what openpyxl says, which quotes the file.
REASON_MAX = 200

# What openpyxl raises over a file that is not as it should be; it promises nothing better.
NOT_AS_IT_SHOULD_BE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    # XML that cannot be parsed.
    SyntaxError,
    EOFError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)
_PAGE = re.compile(r"xl/worksheets/[^/]+\.xml")
# A row of a page or a text that pages share, with its attributes, whatever its part is called.
_UNIT = re.compile(rb"<(?:[^\s<>/:]+:)?(row|si)(?=[\s/>])([^<>]*)")
_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([^\"']*)")
# No such document declares entities; who does means harm.
_XML = re.compile(rb"[\xff\xfe\xef\xbb\xbf\0\s]*<")
# Those in which the signs of ASCII are what they are.
_ENCODING = re.compile(
    rb"<\?xml[^>]*\sencoding\s*=\s*[\"']"
    rb"(?!(?:utf-8|utf-16|us-ascii|iso-8859-\d+|windows-125\d)[\"'])",
    re.IGNORECASE,
)
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What XML cannot carry or would change, and what would be read as an escape.
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

NUMBERS = ("quantity", "buffer", "was")
TIMES = ("as_of",)
WIDTHS = {"name": 40, "sku": 24, "barcode": 24, "as_of": 32}


class Workbook(Headed):
    """The one sheet of a workbook that holds something, with a header, read as a stream."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        columns: Mapping[str, Sequence[str]],
        required: Sequence[str],
        problems: Problems,
    ) -> None:
        """Read the header of a seekable `file` called `name`; it must stay open.

        `columns`: as for a CSV table. Raises `UsageProblem` where the file is no workbook, is
        beyond reason, or its header cannot be used.
        """
        super().__init__(columns=columns, required=required, problems=problems)
        self._name = name
        problems.place = self._place
        self.columns = ()
        library = _library()
        with self._explained():
            self._examine(file)
            file.seek(0)
            self._workbook = library.load_workbook(file, read_only=True, keep_links=False)
            sheet = self._sheet()
        self._rows = self._numbered(sheet)
        header_line, header = self._first_line()
        self.columns = self._header(header_line, [self._title(cell) for cell in header])

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order; those that cannot be read become problems instead."""
        width, arranged = len(self.columns), self._arrangement()
        for line, row in self._rows:
            read = [
                "" if cell.value is None else self._text(line, at, cell)
                for at, cell in enumerate(row)
            ]
            cells = [cell for cell in read if cell is not None]
            if len(cells) < len(read) or not any(cell.strip() for cell in cells):
                continue
            stray = self._stray(cells)
            if stray is not None:
                self._problems.add(
                    line,
                    str(stray + 1),
                    tr("{text} stands under no header", text=quoted(cells[stray])),
                )
                continue
            cells = [*cells[:width], *[""] * (width - len(cells)), ""]
            yield line, arranged(cells)

    # ------------------------------------------------------------ cells

    def _text(self, line: int, at: int, cell: Any) -> str | None:
        """Return a cell as it would stand in a CSV sheet.

        None where it holds what is not due there, which is a problem then.
        """
        column = self.columns[at] if at < len(self.columns) else ""
        value, kind = cell.value, cell.data_type
        if column in TIMES and isinstance(value, date):
            return value.isoformat()
        trouble = _trouble(value, kind)
        if trouble is not None:
            # Under no header it is nothing to be read, but it is there.
            self._problems.add(line, column or str(at + 1), trouble)
            return None
        if isinstance(value, str):
            return _unescaped(value)
        if column in NUMBERS or not column:
            return str(int(value) if isinstance(value, float) and value.is_integer() else value)
        self._problems.add(
            line,
            column,
            tr(
                "the number {number}, of which a spreadsheet keeps no zeros in front; expected"
                " text: format the column as text and enter it again",
                number=value,
            ),
        )
        return None

    def _title(self, cell: Any) -> str:
        return "" if cell.value is None else _unescaped(str(cell.value))

    def _place(self, line: int, column: str) -> str:
        letter = _library().utils.get_column_letter
        if column in self.columns:
            return f"{tr('cell')} {letter(self.columns.index(column) + 1)}{line} ({column})"
        if column.isascii() and column.isdigit():
            return f"{tr('cell')} {letter(int(column))}{line}"
        row = tr("row {line}", line=line)
        return f"{row}, {tr('column {column}', column=column)}" if column else row

    # ------------------------------------------------------------ the sheet

    def _sheet(self) -> Any:
        """Return the one sheet that holds something; raises `UsageProblem` for several."""
        sheets = self._workbook.worksheets
        for sheet in sheets:
            # What a file says of its own size would be believed, row by row and cell by cell.
            sheet.reset_dimensions()
        filled = [s for s in sheets if len(sheets) == 1 or _holds_something(s)]
        if len(filled) > 1:
            names = ", ".join(quoted(s.title) for s in filled)
            raise UsageProblem(
                tr("{file} has several sheets: {names}; keep one", file=self._name, names=names)
            )
        if not filled:
            raise self._empty()
        return filled[0]

    def _numbered(self, sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
        rows = enumerate(sheet.iter_rows(), start=1)
        cells = 0
        while True:
            with self._explained():
                row = next(rows, None)
            if row is None:
                return
            cells += len(row[1])
            if cells > CELLS_MAX:
                raise self._too_large()
            yield row

    def _first_line(self) -> tuple[int, Sequence[Any]]:
        for line, row in self._rows:
            if any(self._title(cell).strip() for cell in row):
                return line, row
        raise self._empty()

    def _empty(self) -> UsageProblem:
        return UsageProblem(
            tr(
                "{file} is empty; expected a header {expected} and a row per product",
                file=self._name,
                expected=self._expected,
            )
        )

    # ------------------------------------------------------------ the file

    def _examine(self, file: BinaryIO) -> None:
        """Refuse what is no workbook or beyond reason, before any of it is believed."""
        if file.read(4) != b"PK\x03\x04":
            raise UsageProblem(
                tr(
                    "{file} is not an XLSX workbook, or has a password; save it as XLSX without"
                    " one, or as CSV UTF-8",
                    file=self._name,
                )
            )
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            pages = [m for m in members if _PAGE.fullmatch(m.filename)]
            others = sum(m.file_size for m in members) - sum(m.file_size for m in pages)
            if (
                len(members) > MEMBERS_MAX
                or others > PART_BYTES_MAX
                or sum(m.file_size for m in pages) > PAGE_BYTES_MAX
            ):
                raise self._too_large()
            for member in members:
                self._examine_part(archive, member)

    def _examine_part(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        """Refuse what openpyxl would leave out, such as rows out of order, or fill a memory with.

        What is looked for is looked for in whatever may be XML: which part is a page, the file
        says.
        """
        row = strings = tags = size = 0
        with archive.open(member) as part:
            head = part.read(HEAD)
            if not _XML.match(head):
                return
            if _ENCODING.search(head.replace(b"\0", b"")):
                # Declarations would not be seen in it.
                raise ValueError(f"{member.filename}: {tr('an encoding other than UTF-8')}")
            part.seek(0)
            for piece in _between_tags(part):
                # In UTF-16 the signs of ASCII have one beside them.
                text = piece.replace(b"\0", b"") if b"\0" in head else piece
                if _DECLARATION.search(text):
                    raise ValueError(f"{member.filename}: {tr('a document type declaration')}")
                at = 0
                for match in _UNIT.finditer(text):
                    self._bound(
                        tags + text.count(b"<", at, match.start()), size + match.start() - at
                    )
                    tags, size, at = 0, 0, match.start()
                    if match[1] == b"si":
                        strings += 1
                    else:
                        row = _row_after(row, match[2], member.filename)
                tags += text.count(b"<", at)
                size += len(text) - at
                self._bound(tags, size)
                if strings > STRINGS_MAX:
                    raise self._too_large()

    def _bound(self, tags: int, size: int) -> None:
        if tags > UNIT_TAGS_MAX or size > UNIT_BYTES_MAX:
            raise self._too_large()

    def _too_large(self) -> UsageProblem:
        return UsageProblem(
            tr(
                "{file} unpacks to more than a stock sheet ever holds; save the sheet"
                " alone, or as CSV UTF-8",
                file=self._name,
            )
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell what openpyxl stumbles over as ours."""
        try:
            yield
        except NOT_AS_IT_SHOULD_BE as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UsageProblem(
                tr(
                    "{file} cannot be read as XLSX ({reason}); open and save it again, or save it"
                    " as CSV UTF-8",
                    file=self._name,
                    reason=repr(reason[:REASON_MAX]),
                )
            ) from error


def _row_after(last: int, attributes: bytes, part: str) -> int:
    """Return a row's number; raises `ValueError` where openpyxl would leave rows out."""
    given = _NUMBER.search(attributes)
    number = last + 1
    if given is not None:
        number = int(given[1]) if given[1].isdigit() else 0
    if not last < number <= ROWS_MAX:
        raise ValueError(
            f"{part}: {tr('row {line}', line=number)} {tr('after row {line}', line=last)}"
        )
    return number


def _between_tags(part: IO[bytes]) -> Iterator[bytes]:
    """Yield a document in pieces that cut no tag; one without end is cut all the same."""
    rest = b""
    while chunk := part.read(CHUNK):
        text = rest + chunk
        cut = text.rfind(b"<")
        whole = cut < 0 or b">" in text[cut:] or len(text) - cut > CHUNK
        yield text if whole else text[:cut]
        rest = b"" if whole else text[cut:]
    yield rest


def _trouble(value: object, kind: str) -> str | None:
    """Return why a value can be nothing in a stock sheet, None if it can."""
    if kind == "f":
        return tr("a formula; expected its value: copy the column and paste values only")
    if kind == "e":
        return tr("the error {text}; expected a value", text=quoted(str(value)))
    if isinstance(value, bool):
        return tr("{value} instead of text or a number", value=str(value).upper())
    if isinstance(value, date | time | timedelta):
        return tr(
            "{text} is a date or a time; format the column as text and enter it again",
            text=quoted(str(value)),
        )
    if isinstance(value, str) and not is_fit(_unescaped(value)):
        return tr("a NUL byte; expected plain text")
    return None


def _holds_something(sheet: Any) -> bool:
    return any(cell.value is not None for row in sheet.iter_rows() for cell in row)


def _library() -> Any:
    # On styles and extensions, which do not matter here.
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    try:
        return import_module("openpyxl")
    except ModuleNotFoundError as error:
        raise CloudstockError(
            tr(
                "{module} not installed; run: {command}",
                module="openpyxl",
                command="pip install 'cloudstock[xlsx]'",
            )
        ) from error


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class Look:
    """What a sheet that is written looks like."""

    title: str
    # The rows above the data.
    header: Sequence[Sequence[str]]
    # How wide each column is.
    widths: Sequence[int]
    # Columns that hold numbers, from 0; the others are text.
    numbers: Collection[int]


def write(out: BinaryIO, look: Look, rows: Iterable[Sequence[str | int]], *, name: str) -> None:
    """Write rows as the one sheet of a workbook; texts are text cells, whatever they look like.

    Raises `UsageProblem` for more rows or longer texts than the format has.
    """
    library = _library()
    workbook = library.Workbook(write_only=True)
    workbook.properties.creator = "cloudstock"
    sheet = workbook.create_sheet(look.title)
    sheet.freeze_panes = f"A{len(look.header) + 1}"
    for at, width in enumerate(look.widths):
        dimension = sheet.column_dimensions[library.utils.get_column_letter(at + 1)]
        dimension.width = width
        if at not in look.numbers:
            # What is typed below the last row is text, too.
            dimension.number_format = "@"
    texts = [_TextCell(sheet, name) for _ in look.widths]
    try:
        for row in _bounded(chain(look.header, rows), name):
            sheet.append(
                [
                    None
                    if value == ""
                    else value
                    if isinstance(value, int)
                    else text.holding(value)
                    for text, value in zip(texts, row, strict=False)
                ]
            )
    except BaseException:
        # It holds a file of its own open.
        sheet.close()
        raise
    workbook.save(out)


def _bounded(rows: Iterable[Sequence[str | int]], name: str) -> Iterator[Sequence[str | int]]:
    """Yield rows; raises `UsageProblem` for more than the format has."""
    for line, row in enumerate(rows, start=1):
        if line > ROWS_MAX:
            raise UsageProblem(
                tr(
                    "{file}: a sheet has no more than {rows} rows; write CSV",
                    file=name,
                    rows=f"{ROWS_MAX:,}",
                )
            )
        yield row


class _TextCell:
    """A cell of text in a column, used again in every row."""

    def __init__(self, sheet: Any, name: str) -> None:
        self._name = name
        self._cell = import_module("openpyxl.cell").WriteOnlyCell(sheet)
        self._cell.number_format = "@"

    def holding(self, value: str) -> Any:
        """Return the cell with this text, also where it looks like a formula or a number."""
        text = _TO_ESCAPE.sub(lambda match: f"_x{ord(match[0]):04X}_", value)
        if len(text) > TEXT_MAX:
            raise UsageProblem(
                tr(
                    "{file}: {text} is longer than a cell may be; write CSV",
                    file=self._name,
                    text=quoted(value),
                )
            )
        self._cell.value = text
        self._cell.data_type = "s"
        return self._cell


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
