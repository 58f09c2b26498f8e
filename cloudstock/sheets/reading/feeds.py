"""Reads feeds: 1C's exchange with a site (CommerceML) and shops' feeds for marketplaces (YML).

An offer is a row, its elements are the columns. The parser fetches nothing, expands no entities of
a file's own, and holds one offer at a time.
"""

from __future__ import annotations

import csv
import html
import os
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn
from xml.parsers import expat

from cloudstock.domain import grammar
from cloudstock.errors import Unfinished, UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.reading.grid import Row

CHUNK = 1 << 16
# Within reason: a text that is a cell, a tag, names of warehouses, one element in another.
TEXT_MAX = 10_000
TAG_MAX = 4 << 20
COLUMNS_MAX = 1_000
DEPTH_MAX = 100
# Of the processor's time.
SECONDS_MAX = 30
# Expat's words for a document that ends too early.
_CUT: Final = {
    expat.errors.codes[words]
    for words in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
# Of these an offer may have several.
BARCODES = {"Штрихкод", "barcode"}
BETWEEN = ", "


class Feed:
    """A feed as one sheet, read once into a private file."""

    name = ""
    open_column = None

    def __init__(self, path: Path, file: str, _answers: Answers, folder: Path) -> None:
        """`path`: the copy; `file`: what it is called in messages; `folder`: must stay.

        Raises `Unfinished` for one that is cut, `UsageProblem` for XML of another kind.
        """
        descriptor, spool = tempfile.mkstemp(prefix="offers-", dir=folder)
        self._rows = Path(spool)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            parser = _Parser(file, _Writer(csv.writer(out).writerow, file))
            parser.read(path)
        offers = parser.offers
        assert offers is not None, "a document has an element, or is cut"
        if not offers.writer.count:
            raise UsageProblem(offers.words_for_none(file))
        self.form = offers.form
        self.made_at = parser.made_at
        self.is_part = offers.is_part
        keys = offers.kept(offers.writer.used())
        self._kept = [offers.writer.keys.index(key) for key in keys]
        self.elements: Sequence[str] = offers.titles(keys)

    def rows(self) -> Iterator[Row]:
        """Yield the offers that hold something, each with its number."""
        with self._rows.open(encoding="utf-8", newline="") as file:
            for number, (hidden, *offer) in enumerate(csv.reader(file), start=1):
                cells = [offer[at] if at < len(offer) else "" for at in self._kept]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield Row(number, cells, bool(hidden))

    def place(self, row: int, _column: int) -> str:
        """Return how a place is told; the titles say of what of the offer."""
        return tr("offer {number}", number=row)


class _Writer:
    """Writes offers as lines of cells; a column is made for each key that turns up."""

    def __init__(self, out: Callable[[list[str]], object], file: str) -> None:
        self._out, self._file = out, file
        self.keys: list[str] = []
        self._columns: dict[str, int] = {}
        self._used: set[int] = set()
        self.count = 0
        self._offer: dict[int, str] = {}
        # Whether the offer is one that was taken away.
        self.is_hidden = False

    def column(self, key: str) -> None:
        """Make a column, where there is none of that key."""
        if key not in self._columns:
            if len(self.keys) >= COLUMNS_MAX:
                raise UsageProblem(
                    tr("{file}: more than {most:,} columns", file=self._file, most=COLUMNS_MAX)
                )
            self._columns[key] = len(self.keys)
            self.keys.append(key)

    def cell(self, key: str, text: str) -> None:
        """Note what an offer says; raises `UsageProblem` where it says it twice."""
        self.column(key)
        self.check(key, text)
        text, at = " ".join(text.split()), self._columns[key]
        before = self._offer.get(at)
        if before and text and key in BARCODES:
            text = before + BETWEEN + text
            self.check(key, text)
        elif before and text != before:
            raise UsageProblem(
                tr(
                    "{file}: offer {number}: {element} is there twice ({first} and {second})",
                    file=self._file,
                    number=self.count + 1,
                    element=key,
                    first=repr(before),
                    second=repr(text),
                )
            )
        self._offer[at] = text

    def check(self, key: str, text: str) -> None:
        """Raise `UsageProblem` for more than a cell may hold, of an attribute or of several."""
        if len(text) > TEXT_MAX:
            raise UsageProblem(
                tr(
                    "{file}: offer {number}: more than {most:,} characters in {element}",
                    file=self._file,
                    number=self.count + 1,
                    most=TEXT_MAX,
                    element=key[:40],
                )
            )

    def end(self) -> None:
        """Write the offer."""
        self._used.update(at for at, text in self._offer.items() if text)
        cells = [self._offer.get(at, "") for at in range(len(self.keys))]
        self._out(["hidden" if self.is_hidden else "", *cells])
        self._offer.clear()
        self.is_hidden = False
        self.count += 1

    def used(self) -> list[str]:
        """Return the keys of the columns in which something stands."""
        return [key for at, key in enumerate(self.keys) if at in self._used]


class _Offers(ABC):
    """A kind of feed: which tags are its offers, and what of them are cells.

    Paths are the names of tags within an offer, "Остатки/Остаток".
    """

    form: str
    # The attribute of the first tag that tells when the feed was made.
    made: str
    offer: str
    # What offers stand in.
    offers: str
    # Tags whose texts are needed; within offers, those whose attributes are, and whose ends.
    texts: frozenset[str]
    starts: frozenset[str]
    ends: frozenset[str]
    # Columns in their order; others follow as they turn up.
    columns: Sequence[str]

    def __init__(self, writer: _Writer) -> None:
        self.writer = writer
        self.is_part = False
        for column in self.columns:
            writer.column(column)

    @abstractmethod
    def words_for_none(self, file: str) -> str:
        """Return what is said of a feed without offers."""

    def kept(self, used: list[str]) -> list[str]:
        """Return which columns are a row's, of those in which something stands."""
        return used

    @abstractmethod
    def titles(self, keys: Sequence[str]) -> list[str]:
        """Return what columns are called."""

    @abstractmethod
    def start(self, path: str, attributes: Mapping[str, str]) -> None:
        """Take a tag within an offer, or the offer's own ("")."""

    @abstractmethod
    def end(self, path: str, text: str) -> None:
        """Take the end of a tag within an offer, with its text."""

    def start_outside(  # noqa: B027 - most kinds need nothing from there
        self, name: str, attributes: Mapping[str, str]
    ) -> None:
        """Take a tag that stands in no offer."""

    def end_outside(  # noqa: B027 - the same
        self, parent: str, name: str, text: str
    ) -> None:
        """Take its end."""


class _CommerceMl(_Offers):
    form, made = "CommerceML", "ДатаФормирования"
    offer, offers = "Предложение", "Предложения"
    columns = ("Артикул", "Штрихкод", "Наименование", "Количество")
    texts = frozenset({*columns, "Ид", "ИдСклада", "Статус", "ПометкаУдаления"})
    # What is left in one warehouse, before version 2.07 and since 2.08.
    _REST = ("КоличествоНаСкладах/КоличествоНаСкладе", "Остатки/Остаток")
    # By a tag for each warehouse; in changes it is called as all of them together.
    _WAREHOUSES = ("Склад", "Склады")
    starts = frozenset(_WAREHOUSES)
    ends = frozenset({*texts, "КоличествоНаСкладе", "Остаток"})

    def __init__(self, writer: _Writer) -> None:
        super().__init__(writer)
        self._names: dict[str, str] = {}
        # Of the warehouse that is open.
        self._id = self._name = self._quantity = ""

    def words_for_none(self, file: str) -> str:
        return tr(
            "{file} holds no offers; 1C writes goods to import.xml and their counts to offers.xml",
            file=file,
        )

    def titles(self, keys: Sequence[str]) -> list[str]:
        names = [self._names.get(key.removeprefix("@"), key.removeprefix("@")) for key in keys]
        # Two of one name are told apart by their ids.
        return [
            f"{name} ({key.removeprefix('@')})" if names.count(name) > 1 else name
            for name, key in zip(names, keys, strict=True)
        ]

    def start(self, path: str, attributes: Mapping[str, str]) -> None:
        if not path:
            self._take_status(attributes.get("Статус", ""))
        elif path in self._WAREHOUSES and "ИдСклада" in attributes:
            self.writer.cell("@" + attributes["ИдСклада"], attributes.get("КоличествоНаСкладе", ""))

    def end(self, path: str, text: str) -> None:
        if path in self.columns:
            self.writer.cell(path, text)
        elif path in ("Статус", "ПометкаУдаления"):
            self._take_status(text)
        elif path.startswith(self._REST):
            if path.endswith("/Количество"):
                self._quantity = text
            elif path.endswith(("/Ид", "/ИдСклада")):
                self._id = text
            elif path in self._REST:
                # Without a warehouse it is what is left in all.
                self.writer.cell("@" + self._id if self._id else "Количество", self._quantity)
                self._id = self._quantity = ""

    def _take_status(self, status: str) -> None:
        if status.lower().replace("ё", "е") in ("удален", "true", "да", "1"):
            self.writer.is_hidden = True

    def start_outside(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("ПакетПредложений", "ИзмененияПакетаПредложений"):
            changes = attributes.get("СодержитТолькоИзменения", "")
            self.is_part |= changes in ("true", "1") or name != "ПакетПредложений"

    def end_outside(self, parent: str, name: str, text: str) -> None:
        if parent == "Склад":
            self._id = text if name == "Ид" else self._id
            self._name = text if name == "Наименование" else self._name
        elif (parent, name) == ("Склады", "Склад"):
            self._names[self._id] = self._name or self._id
            self.writer.column("@" + self._id)
            self._id = self._name = ""


class _Yml(_Offers):
    form, made = "YML", "date"
    offer, offers = "offer", "offers"
    _COUNTS = ("count", "quantity", "stock_quantity", "quantity_in_stock")
    columns = (*("id", "vendorCode", "article", "barcode", "name", "model", *_COUNTS, "available"),)
    texts = ends = frozenset(columns)
    starts = frozenset({"outlet"})

    def words_for_none(self, file: str) -> str:
        return tr("{file} holds no offers", file=file)

    def kept(self, used: list[str]) -> list[str]:
        # Outlets are shops with goods of their own to show; a count is of all that is there.
        is_counted = not set(self._COUNTS).isdisjoint(used)
        return [key for key in used if not (is_counted and key.startswith("@"))]

    def titles(self, keys: Sequence[str]) -> list[str]:
        return [key.replace("@", "outlet ") for key in keys]

    def start(self, path: str, attributes: Mapping[str, str]) -> None:
        if not path:
            for name in ("id", "available"):
                if name in attributes:
                    self.writer.cell(name, attributes[name])
        elif path == "outlets/outlet" and "instock" in attributes:
            self.writer.cell("@" + attributes.get("id", ""), attributes["instock"])

    def end(self, path: str, text: str) -> None:
        if path in self.texts:
            self.writer.cell(path, text)


_KINDS: Final[Mapping[str, type[_Offers]]] = {
    "КоммерческаяИнформация": _CommerceMl,
    "yml_catalog": _Yml,
}


class _Parser:
    """Reads a document tag by tag."""

    def __init__(self, file: str, writer: _Writer) -> None:
        self._file, self._writer = file, writer
        # Known from the first tag.
        self.offers: _Offers | None = None
        # When it was made, by its own word.
        self.made_at: datetime | None = None
        # Names of the tags that are open; where the offer's stand, if one is.
        self._open: list[str] = []
        self._within: int | None = None
        # The text of the innermost tag, if it is needed.
        self._text: list[str] = []
        self._is_listening = False
        self._length = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        # A type may be named; it is never fetched, and may not make texts of its own.
        parser.SkippedEntityHandler = self._named_sign
        parser.EntityDeclHandler = self._refuse_entities
        parser.ExternalEntityRefHandler = self._refuse_entities

    def read(self, path: Path) -> None:
        """Read a file to its end."""
        read, started = 0, time.process_time()
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    self._parser.Parse(chunk)
                    read += len(chunk)
                    if read - self._parser.CurrentByteIndex > TAG_MAX:
                        raise UsageProblem(
                            tr(
                                "{file}: line {line}: more than {most:,} bytes in one tag",
                                file=self._file,
                                line=self._parser.CurrentLineNumber,
                                most=TAG_MAX,
                            )
                        )
                    if time.process_time() - started > SECONDS_MAX:
                        raise UsageProblem(
                            tr(
                                "{file} cannot be read within {seconds} seconds",
                                file=self._file,
                                seconds=SECONDS_MAX,
                            )
                        )
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if error.code in _CUT:
                raise Unfinished(
                    tr(
                        "{file} ends in line {line} before its last tag is closed: it is not"
                        " whole; nothing was changed",
                        file=self._file,
                        line=error.lineno,
                    )
                ) from error
            raise UsageProblem(
                tr(
                    "{file}: line {line}: not XML: {words}",
                    file=self._file,
                    line=error.lineno,
                    words=expat.ErrorString(error.code),
                )
            ) from error
        except (LookupError, ValueError) as error:
            # An encoding that is not known, or has letters of several bytes.
            raise UsageProblem(
                tr("{file}: not XML: {words}", file=self._file, words=error)
            ) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        offers = self.offers or self._first(name, attributes)
        self._open.append(name)
        if len(self._open) > DEPTH_MAX:
            raise UsageProblem(
                tr(
                    "{file}: line {line}: more than {most} tags within each other",
                    file=self._file,
                    line=self._parser.CurrentLineNumber,
                    most=DEPTH_MAX,
                )
            )
        if self._within is not None:
            if name in offers.starts:
                offers.start(self._path(self._within), attributes)
        elif name == offers.offer and self._open[-2:-1] == [offers.offers]:
            self._within = len(self._open)
            offers.start("", attributes)
        else:
            offers.start_outside(name, attributes)
        if name in offers.texts:
            self._listen(True)
        elif self._is_listening:
            self._listen(False)

    def _end(self, _name: str) -> None:
        offers = self.offers
        assert offers is not None, "what ends has begun"
        text = ""
        if self._is_listening:
            text = "".join(self._text).strip()
            self._listen(False)
        name = self._open[-1]
        if self._within is None:
            parent = self._open[-2] if len(self._open) > 1 else ""
            offers.end_outside(parent, name, text)
        elif len(self._open) > self._within:
            if name in offers.ends:
                offers.end(self._path(self._within), text)
        else:
            self._writer.end()
            self._within = None
        self._open.pop()

    def _path(self, within: int) -> str:
        return "/".join(self._open[within:])

    def _listen(self, wanted: bool) -> None:
        """Take the texts that follow, or none: most of a feed is not needed."""
        self._parser.CharacterDataHandler = self._data if wanted else None
        self._is_listening = wanted
        self._text.clear()
        self._length = 0

    def _data(self, text: str) -> None:
        self._length += len(text)
        if self._length > TEXT_MAX:
            raise UsageProblem(
                tr(
                    "{file}: line {line}: more than {most:,} characters in {element}",
                    file=self._file,
                    line=self._parser.CurrentLineNumber,
                    most=TEXT_MAX,
                    element=self._open[-1],
                )
            )
        self._text.append(text)

    def _named_sign(self, name: str, _is_parameter: bool) -> None:
        """Take a sign that the type, which was not fetched, would name: &nbsp; and &laquo;."""
        if self._is_listening:
            self._data(html.unescape(f"&{name};"))

    def _first(self, root: str, attributes: Mapping[str, str]) -> _Offers:
        kind = _KINDS.get(root)
        if kind is None:
            raise UsageProblem(
                tr(
                    "{file} is XML that begins with <{root}>; of XML, CommerceML (offers.xml) and"
                    " YML are read. Of a table, save it as XLSX",
                    file=self._file,
                    root=root,
                )
            )
        self.offers = kind(self._writer)
        with suppress(UsageProblem):
            # Of a time that came twice nobody knows which is meant.
            self.made_at = grammar.moment(attributes.get(kind.made, ""))
        return self.offers

    def _refuse_entities(self, *_declaration: object) -> NoReturn:
        raise UsageProblem(
            tr(
                "{file}: line {line}: declares entities; no feed of stock needs any",
                file=self._file,
                line=self._parser.CurrentLineNumber,
            )
        )
