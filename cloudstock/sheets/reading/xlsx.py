"""XLSX.

Read by our own handlers over expat, usual rows by patterns: 200,000 rows of five cells take a
quarter of the time that the handlers alone take, which is a fifth of openpyxl's in its read-only
mode. Files that openpyxl refuses are read (1C's `xl/SharedStrings.xml`), and what it leaves out is
there: which rows are hidden, whether a formula has a value. openpyxl writes.
"""

from __future__ import annotations

import posixpath
import re
from array import array
from collections.abc import Mapping
from typing import NamedTuple

from cloudstock.sheets.reading.numbers import BUILT_IN_DATES, Format, format_of, numeric
from cloudstock.sheets.reading.parts import Parts, hardened
from cloudstock.sheets.reading.spool import (
    BOOLEAN,
    COLUMNS_MAX,
    DATE,
    ERROR,
    FORMULA,
    ROWS_MAX,
    RawCell,
    Spool,
)

TRUE = ("1", "true")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATE = Format(is_date=True)
# A row, a cell and a text as most programs write them. What is not among a cell's shapes is the
# last group's.
_ROW = re.compile(r'\s*<row r="([1-9][0-9]{0,6})"((?: [A-Za-z0-9:]+="[^"<&]*")*) ?>')
_TEXT = r"<t(?: xml:space=\"preserve\")?>([^<&\0-\x08\x0b-\x1f]*)</t>"
_VALUE = r"<v>([0-9.eE+-]*)</v>"
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]+)"(?: s="([0-9]+)")?(?: t="(n|s|inlineStr)")? ?'
    rf"(?:/>|>(?:{_VALUE}|<is>{_TEXT}</is>)</c>)|(.)",
    re.DOTALL,
)
# How many shapes of whole rows are remembered.
SHAPES_MAX = 16
_STRING = re.compile(rf"\s*<si>{_TEXT}")


def workbook_part(parts: Parts) -> str:
    """Return the name of the part that lists the sheets; "" where the archive is no workbook."""
    for kind, target in _relations(parts, "").values():
        if kind == "officeDocument" and target in parts:
            return target
    usual = (f"xl/workbook.{ending}" for ending in ("xml", "bin"))
    return next((name for name in usual if name in parts), "")


def read(parts: Parts, out: Spool, part: str) -> None:
    """Write the visible sheets of a workbook to a spool; `part`: the one that lists them.

    Raises whatever the libraries raise over a file that is not as it should be.
    """
    workbook = _workbook(parts, part)
    relations = _relations(parts, part)
    others = {kind: target for kind, target in relations.values() if target in parts}
    folder = posixpath.dirname(part)
    strings = _Strings()
    texts = others.get("sharedStrings", f"{folder}/sharedStrings.xml")
    if texts in parts:
        strings.read(parts, texts)
    formats = _formats(parts, others.get("styles", f"{folder}/styles.xml"))
    # Charts and dialogues are sheets, too.
    related = [(name, relations[relation]) for name, relation in workbook.sheets]
    sheets = [(name, target) for name, (kind, target) in related if kind == "worksheet"]
    for at, (name, target) in enumerate(sheets, start=1):
        out.sheet(name, is_last=at == len(sheets))
        _Sheet(out, strings, formats, workbook).read(parts, target)


class _Workbook(NamedTuple):
    # Name, and the relation that leads to its part; those that are not hidden.
    sheets: list[tuple[str, str]]
    since_1904: bool
    # The values of its formulas are not worked out yet: a nought is none. So XlsxWriter writes.
    is_stale: bool


def _workbook(parts: Parts, name: str) -> _Workbook:
    sheets: list[tuple[str, str]] = []
    flags = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next(v for k, v in attributes.items() if k.endswith(":id"))
            sheets.append((_unescaped(attributes["name"]), relation))
        elif tag == "workbookPr":
            flags["1904"] = attributes.get("date1904") in TRUE
        elif tag == "calcPr":
            flags["stale"] = attributes.get("fullCalcOnLoad") in TRUE

    parts.elements(name, start)
    return _Workbook(sheets, flags.get("1904", False), flags.get("stale", False))


def _relations(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Return what a part refers to, by id: the last word of its type, and its name."""
    folder, base = posixpath.split(part)
    name = posixpath.join(folder, "_rels", f"{base}.rels")
    relations: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes["Target"].replace("\\", "/")
            path = posixpath.normpath(posixpath.join("/", folder, target))
            relations[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], path)

    if name in parts:
        parts.elements(name, start)
    return relations


def _formats(parts: Parts, name: str) -> dict[str, Format]:
    """Return, by their places as text, the styles that do something to a number."""
    codes: dict[str, Format | None] = {str(number): _DATE for number in BUILT_IN_DATES}
    formats: dict[str, Format] = {}
    counter = {"cellXfs": -1, "xf": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            codes.setdefault(attributes["numFmtId"], None)
            codes[attributes["numFmtId"]] = format_of(_unescaped(attributes["formatCode"]))
        elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            counter["cellXfs"] = 0 if tag == "cellXfs" else -1
        elif tag == "xf" and counter["cellXfs"] >= 0:
            form = codes.get(attributes.get("numFmtId", "0"))
            if form is not None:
                formats[str(counter["cellXfs"])] = form
            counter["cellXfs"] += 1

    if name in parts:
        parts.elements(name, start)
    return formats


class _Strings:
    """The texts that cells refer to by number, a million of them in as few bytes as they have."""

    start, end = "<si>", "</si>"

    def __init__(self) -> None:
        self.ended = 0
        self._si = ""
        self._texts = bytearray()
        self._ends = array("Q", [0])
        # Of a text with fonts in it, and what is collected of the part at hand.
        self._runs: list[str] = []
        self._data: list[str] = []
        self._reading_aloud = 0

    def __getitem__(self, number: int) -> str:
        return self._texts[self._ends[number] : self._ends[number + 1]].decode()

    def read(self, parts: Parts, name: str) -> None:
        parser = hardened()
        parser.CharacterDataHandler = self._data.append
        parser.StartElementHandler = self._root
        parser.EndElementHandler = self._end
        self._parser = parser
        parts.parse(name, parser, self)

    def is_due(self) -> bool:
        return self._si == "si"

    def take(self, piece: str) -> bool:
        text = _STRING.fullmatch(piece)
        if text is None:
            return False
        self._add(text[1])
        return True

    def _add(self, text: str) -> None:
        self._texts += _unescaped(text).encode()
        self._ends.append(len(self._texts))

    def _root(self, tag: str, _attributes: object) -> None:
        prefix = tag.rpartition(":")[0]
        prefix = prefix and f"{prefix}:"
        self._si, self._t, self._rph = (prefix + name for name in ("si", "t", "rPh"))
        self._parser.StartElementHandler = self._start

    def _start(self, tag: str, _attributes: object) -> None:
        self._data.clear()
        if tag == self._rph:
            # How a word is pronounced.
            self._reading_aloud += 1

    def _end(self, tag: str) -> None:
        if tag == self._t:
            if not self._reading_aloud:
                self._runs.append("".join(self._data))
        elif tag == self._si:
            self._add("".join(self._runs))
            self._runs.clear()
            self.ended += 1
        elif tag == self._rph:
            self._reading_aloud -= 1


class _Like(NamedTuple):
    """Rows whose cells have the same places, styles and kinds, as most that follow one another."""

    pattern: re.Pattern[str]
    # Of each cell that holds something: where it stands, its kind, what its style does to a number.
    cells: list[tuple[int, str, Format | None]]
    width: int


class _Sheet:
    """Handlers of the part of a sheet; nothing of it is held but the row at hand."""

    start, end = "<row ", "</row>"

    def __init__(
        self,
        out: Spool,
        strings: _Strings,
        formats: Mapping[str, Format],
        workbook: _Workbook,
    ) -> None:
        self.ended = 0
        self._row_tag = ""
        self._row = out.row
        self._strings = strings
        self._formats = formats
        self._workbook = workbook
        self._data: list[str] = []
        self._columns: dict[str, int] = {}
        # By letters, style, kind and whether there is anything, of each cell; the one at hand.
        self._shapes: dict[tuple[tuple[str, str, str, bool], ...], _Like] = {}
        self._like: _Like | None = None
        self._line = 0
        # The same as cells have it at their end, and how long the rest of a cell's place is.
        self._line_text = ""
        self._letters = slice(0)
        self._hidden = False
        self._cells: list[RawCell] = []
        # Where a cell stands that does not say it.
        self._next = 0
        self._attributes: dict[str, str] = {}
        self._value: str | None = None
        self._formula: str | None = None
        self._runs: list[str] = []
        self._reading_aloud = 0

    def read(self, parts: Parts, name: str) -> None:
        self._parser = parser = hardened()
        parser.StartElementHandler = self._root
        parts.parse(name, parser, self)

    def is_due(self) -> bool:
        return self._row_tag == "row"

    def take(self, piece: str) -> bool:
        like = self._like
        begun = like.pattern.fullmatch(piece) if like is not None else None
        if like is None or begun is None:
            like, begun = None, _ROW.match(piece)
        if begun is None or "hidden" in begun[2]:
            return False
        line = int(begun[1])
        if not self._line < line <= ROWS_MAX:
            return False
        cells = self._found(piece, begun) if like is None else self._same(like, begun)
        if cells is None:
            return False
        self._line = line
        if cells:
            self._row(line, cells, False)
        return True

    def _same(self, like: _Like, row: re.Match[str]) -> list[RawCell]:
        """Return the cells of a row that is like the one before."""
        cells: list[RawCell] = [""] * like.width
        for (column, kind, form), value in zip(like.cells, row.groups()[2:], strict=True):
            if kind == "inlineStr":
                cells[column] = _unescaped(value)
            elif kind == "s":
                cells[column] = self._strings[int(value)]
            else:
                cells[column] = numeric(value, form, since_1904=self._workbook.since_1904)
        return cells

    def _found(self, piece: str, row: re.Match[str]) -> list[RawCell] | None:
        """Return the cells of a row; None: something is odd about one."""
        number, columns = row[1], self._columns
        cells: list[RawCell] = []
        width = 0
        read = _CELL.findall(piece, row.end())
        for letters, at, style, kind, value, text, other in read:
            if other or at != number:
                return None
            cell = self._usual(style, kind, value, text)
            if cell:
                column = columns.get(letters)
                if column is None:
                    column = self._column_of(letters)
                if column != width:
                    if column < width:
                        return None
                    cells.extend([""] * (column - width))
                cells.append(cell)
                width = column + 1
            elif cell is None:
                return None
        self._learn(tuple((c[0], c[2], c[3], bool(c[4] or c[5])) for c in read))
        return cells

    def _learn(self, shape: tuple[tuple[str, str, str, bool], ...]) -> None:
        """Remember how the cells of a row are written: the next one may be like it."""
        like = self._shapes.get(shape)
        if like is None:
            if len(self._shapes) == SHAPES_MAX:
                return
            pattern, cells = _ROW.pattern, []
            for letters, style, kind, is_filled in shape:
                pattern += rf'<c r="{letters}\1"'
                pattern += f' s="{style}"' * bool(style) + f' t="{kind}"' * bool(kind) + " ?"
                inside = f"<is>{_TEXT}</is>" if kind == "inlineStr" else _VALUE
                pattern += f">{inside.replace('*)', '+)')}</c>" if is_filled else "/>"
                if is_filled:
                    cells.append((self._column_of(letters), kind, self._formats.get(style)))
            width = max((cell[0] for cell in cells), default=-1) + 1
            like = self._shapes[shape] = _Like(re.compile(pattern), cells, width)
        self._like = like

    def _usual(self, style: str, kind: str, value: str, text: str) -> RawCell | None:
        """Return what a cell of a usual shape holds; None: something is odd about it."""
        if kind == "inlineStr":
            return None if value else _unescaped(text)
        if text:
            return None
        if not value:
            return ""
        if kind == "s":
            return self._strings[int(value)] if value.isdigit() else None
        since_1904 = self._workbook.since_1904
        return numeric(value, self._formats.get(style), since_1904=since_1904)

    def _root(self, tag: str, _attributes: object) -> None:
        prefix, colon, local = tag.rpartition(":")
        if local != "sheetData":
            return
        names = ("sheetData", "row", "c", "v", "f", "t", "rPh")
        self._end_tag, self._row_tag, self._c, self._v, self._f, self._t, self._rph = (
            prefix + colon + name for name in names
        )
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data.append

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self._c:
            self._attributes = attributes
            self._value = self._formula = None
        elif tag == self._row_tag:
            self._begin(attributes)
        elif tag == self._rph:
            self._reading_aloud += 1
        self._data.clear()

    def _end(self, tag: str) -> None:
        if tag == self._v:
            self._value = "".join(self._data)
        elif tag == self._c:
            self._end_cell()
        elif tag == self._row_tag:
            self.ended += 1
            if self._cells:
                self._row(self._line, self._cells, self._hidden)
        elif tag == self._f:
            self._formula = "=" + "".join(self._data)
        else:
            self._end_other(tag)

    def _end_other(self, tag: str) -> None:
        if tag == self._t:
            if not self._reading_aloud:
                self._runs.append("".join(self._data))
        elif tag == self._rph:
            self._reading_aloud -= 1
        elif tag == self._end_tag:
            # What follows is for the eye.
            self._parser.StartElementHandler = None
            self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = None

    def _begin(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        line = self._line + 1 if number is None else int(number) if number.isdigit() else 0
        if not self._line < line <= ROWS_MAX:
            # Another reader would leave it out, or put it elsewhere.
            raise ValueError(f"<row r={number!r}> < {self._line + 1}")
        self._line = line
        self._line_text = str(line)
        self._letters = slice(-len(self._line_text))
        self._hidden = attributes.get("hidden") in TRUE
        self._cells = []
        self._next = 0

    def _end_cell(self) -> None:
        reference = self._attributes.get("r")
        if reference is not None:
            column = self._column(reference)
        elif self._next < COLUMNS_MAX:
            column = self._next
        else:
            raise ValueError(f"<row r={self._line}> > {COLUMNS_MAX} <c>")
        self._next = column + 1
        cell = self._cell()
        if cell == "":
            return
        cells = self._cells
        if column == len(cells):
            cells.append(cell)
        elif column > len(cells):
            if column >= COLUMNS_MAX:
                raise ValueError(f"<c r={reference!r}>")
            cells.extend([""] * (column - len(cells)))
            cells.append(cell)
        elif cells[column] == "":
            cells[column] = cell
        else:
            raise ValueError(f"<c r={reference!r}> x 2")

    def _column(self, reference: str) -> int:
        if not reference.endswith(self._line_text):
            raise ValueError(f"<c r={reference!r}> in <row r={self._line}>")
        return self._column_of(reference[self._letters])

    def _column_of(self, letters: str) -> int:
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _column_of(letters)
        return column

    def _cell(self) -> RawCell:
        kind = self._attributes.get("t", "n")
        value = self._value
        if self._formula is not None and self._has_no_value(kind):
            return FORMULA, self._formula, ""
        if kind == "inlineStr":
            text = _unescaped("".join(self._runs))
            self._runs.clear()
            return text
        if not value:
            return ""
        if kind == "n":
            form = self._formats.get(self._attributes.get("s", ""))
            return numeric(value, form, since_1904=self._workbook.since_1904)
        if kind == "s":
            if not value.isdigit():
                raise ValueError(f"<v>{value}</v>")
            return self._strings[int(value)]
        if kind == "b":
            return BOOLEAN, "TRUE" if value in TRUE else "FALSE", ""
        if kind == "e":
            return ERROR, value, ""
        if kind == "d":
            return DATE, value, ""
        return _unescaped(value)

    def _has_no_value(self, kind: str) -> bool:
        if self._value is None:
            return True
        # A formula may make an empty text.
        if not self._value:
            return kind != "str"
        return kind == "n" and self._workbook.is_stale and self._value in ("0", "0.0")


def _column_of(letters: str) -> int:
    column = 0
    if not re.fullmatch("[A-Z]{1,3}", letters):
        raise ValueError(f"<c r={letters!r}>")
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    if column > COLUMNS_MAX:
        raise ValueError(f"<c r={letters!r}>")
    return column - 1


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_sign, text) if "_x" in text else text


def _sign(match: re.Match[str]) -> str:
    sign = chr(int(match[1], 16))
    # Half a sign is none.
    return match[0] if "\ud800" <= sign <= "\udfff" else sign
