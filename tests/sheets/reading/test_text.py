"""CSV, TSV and Unicode text are read where their meaning is certain."""

from __future__ import annotations

import random

import pytest

from cloudstock.errors import Unfinished, UsageProblem
from cloudstock.sheets.guards import escape_formula
from cloudstock.sheets.questions import About, Undecided
from cloudstock.sheets.reading.alphabets import CANDIDATES, readings
from cloudstock.sheets.reading.grid import Document
from tests.sheets.reading.conftest import Opening

SHEET = "Артикул;Остаток;Наименование\r\nKR-1;5;Реле 12 В, 5 кВА\r\nKR-2;0;Кружка «Ёж» №1\r\n"
ROWS = [
    (1, ["Артикул", "Остаток", "Наименование"]),
    (2, ["KR-1", "5", "Реле 12 В, 5 кВА"]),
    (3, ["KR-2", "0", "Кружка «Ёж» №1"]),
]


def rows(document: Document) -> list[tuple[int, list[str]]]:
    (sheet,) = document.sheets
    first = [(row.line, list(row.cells)) for row in sheet.rows()]
    assert [(row.line, list(row.cells)) for row in sheet.rows()] == first
    return first


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("cp1251", "Windows-1251"),
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_programs_write_tables_in_many_ways(
    reading: Opening, encoding: str, form: str, separator: str
) -> None:
    content = SHEET.replace(", 5", " 5").replace(";", separator).encode(encoding)
    document = reading(content)
    expected = [(line, [c.replace(", 5", " 5") for c in cells]) for line, cells in ROWS]
    assert rows(document) == expected
    assert form in document.form
    assert ("tabs" if separator == "\t" else separator) in document.form


def test_utf_16_of_the_other_order_and_cp866_are_read(reading: Opening) -> None:
    assert rows(reading(b"\xfe\xff" + SHEET.encode("utf-16-be"))) == ROWS
    dos = reading(SHEET.replace("«Ёж»", "Ёж").encode("cp866") + b"\x1a")
    assert dos.form == 'CSV in CP866, separated by ";"'
    assert rows(dos)[2:] == [(3, ["KR-2", "0", "Кружка Ёж №1"])]
    assert dos.open_column is None


def test_ukrainian_and_belarusian_letters_are_letters(reading: Opening) -> None:
    sheet = "Артикул;Назва;Залишок\r\nKR-1;М’ята, ґанок і їжак Євгена, ўсё;5\r\n"
    for encoding in ("utf-8", "cp1251"):
        assert rows(reading(sheet.encode(encoding)))[1][1][1] == "М’ята, ґанок і їжак Євгена, ўсё"


WORDS = [
    *("кружка", "эмалированная", "термос", "стальной", "лампа", "настольная", "держатель", "для"),
    *("экрана", "плед", "хлопковый", "крючок", "мебельный", "петля", "накладная", "ручка", "ключ"),
    *("рожковый", "реле", "блокнот", "клетка", "горшок", "глиняный", "свеча", "чёрная", "плитка"),
    *("остаток", "артикул", "наименование", "количество", "склад", "цена", "шт", "нет"),
]


def test_an_encoding_that_is_certain_is_right() -> None:
    rng = random.Random(17)
    certain = 0
    for _ in range(500):
        text = " ".join(
            rng.choice([str, str.capitalize, str.upper])(rng.choice(WORDS))
            for _ in range(rng.randint(1, 6))
        )
        encoding = rng.choice(CANDIDATES)
        found, possible = readings([text.encode(encoding)])
        assert found in (encoding, None), text
        assert encoding in possible
        certain += found is not None
    # One word in capitals may be anything; a few words are not.
    assert certain > 425


def test_whole_files_are_told_apart_by_all_of_their_words() -> None:
    for encoding in CANDIDATES:
        text = "\n".join(WORDS * 100 + ["кВА"] * 50)
        data = text.encode(encoding)
        pieces = [data[at : at + 999] for at in range(0, len(data), 999)]
        assert readings(pieces)[0] == encoding


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (SHEET.replace("«Ёж» №1", "").encode("koi8-r"), ["--encoding koi8-r", "--encoding cp1251"]),
        ("sku;quantity;name\nA;1;кВА\n".encode("cp1251"), ["--encoding cp1251", "--encoding koi8"]),
        ("sku,quantity,name\nMUG,7,Café crème\n".encode("latin-1"), []),
        ("sku,quantity,name\nMUG,7,Señor Ærø\n".encode("latin-1"), []),
        (b"\xef\xbb\xbfsku,quantity\n" + "Кружка,7\n".encode("cp1251"), []),
        ("Кружка;1\nЧашка;2\n".encode() + "Кружка;3\n".encode("cp1251"), []),
    ],
    ids=["koi8-r", "one doubtful word", "latin-1", "scandinavian", "marked", "mixed"],
)
def test_what_may_be_another_alphabet_is_asked_about(
    reading: Opening, content: bytes, options: list[str]
) -> None:
    with pytest.raises(Undecided, match=r"line [123]: not UTF-8 text") as caught:
        reading(content)
    (question,) = caught.value.questions
    assert question.about is About.ENCODING
    offered = [option.option for option in question.options]
    assert len(offered) == len(options)
    for option, start in zip(offered, options, strict=True):
        assert option.startswith(start)


def test_the_evidence_is_the_line_as_each_encoding_has_it(reading: Opening) -> None:
    content = "sku;name\nA;кВА\n".encode("cp1251")
    with pytest.raises(Undecided, match="--encoding cp1251: it is Windows-1251: A;кВА"):
        reading(content)
    for name in ("cp1251", "windows-1251", "CP1251"):
        assert rows(reading(content, encoding=name))[1] == (2, ["A", "кВА"])
    assert rows(reading(SHEET.replace("«Ёж» №1", "").encode("koi8-r"), encoding="koi8-r"))[0][
        1
    ] == ["Артикул", "Остаток", "Наименование"]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("klingon", "is not known; expected one of utf-8"),
        ("base64", "is not known"),
        ("utf-8", ":"),
    ],
)
def test_an_encoding_that_is_said_must_be_one_and_fit(
    reading: Opening, encoding: str, words: str
) -> None:
    with pytest.raises(UsageProblem, match=words):
        reading(SHEET.encode("cp1251"), encoding=encoding)


def test_a_first_line_may_say_the_separator(reading: Opening) -> None:
    for line in ("sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;"):
        assert rows(reading(f"{line}\r\nsku;qty, pcs\r\nA,1;5\r\n".encode())) == [
            (2, ["sku", "qty, pcs"]),
            (3, ["A,1", "5"]),
        ]


@pytest.mark.parametrize(
    ("sheet", "separator"),
    [
        ("Артикул;Остаток, шт\nKR-1;5,00\nKR-2;7,50\n", ";"),
        ("sku,quantity\nA;1,5\nB;2,6\n", ","),
        ("sku,quantity,name\nA,1,x;y\nB,2,z;w\n", ","),
        ("Прайс-лист, ООО «Дом», Казань\n\nАртикул;Цена;Остаток\nA;1,5;2\nB;2,5;3\n", ";"),
        ('sku,quantity,name\nA,1,"a;b;c;d"\n', ","),
        ("sku\tname, long\nA\tb, c\n", "\t"),
        ("sku|quantity\nA|1\nB|2\n", "|"),
        ("sku,quantity,size\nA,1,S|M|L\nB,2,S|M|L\n", ","),
        ("sku\nA\n", ","),
    ],
)
def test_the_separator_is_what_makes_rows_of_one_length(
    reading: Opening, sheet: str, separator: str
) -> None:
    assert reading(sheet.encode()).form.endswith(
        "by tabs" if separator == "\t" else f'by "{separator}"'
    )


def test_rows_have_the_numbers_of_their_lines(reading: Opening) -> None:
    sheet = '"Артикул\nпродавца*";"Остаток,\r\nшт"\n\nA;"1"\n"B\n";2\n;;\nC;3;;\n'
    document = reading(sheet.encode())
    assert rows(document) == [
        (1, ["Артикул\nпродавца*", "Остаток,\r\nшт"]),
        (5, ["A", "1"]),
        (6, ["B\n", "2"]),
        (9, ["C", "3"]),
    ]
    assert document.place(9, 1) == "line 9, column 2"
    assert (document.elements, document.is_part) == ((), False)


STRAY = 'sku;qty;name\nA;5;one\nB;6;"two\nC;7;three\nD;8;four 32"\nE;9;five\n'


def test_a_quote_that_swallows_rows_is_asked_about(reading: Opening) -> None:
    with pytest.raises(
        Undecided, match="line 3: a quote opened here is closed in line 5"
    ) as caught:
        rows(reading(STRAY.encode()))
    (question,) = caught.value.questions
    assert (question.about, list(question.rows), question.count) == (About.QUOTE, [3, 4, 5], 3)
    assert [o.option for o in question.options] == ["--quotes none", "--quotes csv"]
    plain = rows(reading(STRAY.encode(), quotes="none"))
    assert [line for line, _ in plain] == [1, 2, 3, 4, 5, 6]
    assert plain[2][1] == ["B", "6", '"two']
    quoted = rows(reading(STRAY.encode(), quotes="csv"))
    assert [line for line, _ in quoted] == [1, 2, 3, 6]


@pytest.mark.parametrize(
    "sheet",
    [
        # It is closed in another column, so that the row is shorter than others.
        'sku;qty;name\nA;5;one\nB;"6;two\nC;7;three"\nE;9;five\n',
        # The words in the quantity's column are known from other rows.
        'sku;qty;name\nA;нет;one\nB;6;"two\nC;нет;three 32"\nE;9;five\nF;3;six\n',
        # A word that stands nowhere else.
        'sku;qty\nA;5\n"B;нет\nC";7\nD;9\n',
        # A group's name between.
        'sku;qty;name\nA;5;one\nB;6;"two\nLamps\nC;7;three 32"\nE;9;five\n',
    ],
)
def test_rows_are_known_by_their_shape(reading: Opening, sheet: str) -> None:
    with pytest.raises(Undecided, match="line 3: a quote opened here is closed in line"):
        rows(reading(sheet.encode()))


@pytest.mark.parametrize(
    "cell",
    ["first\nsecond", "first, with commas\nsecond, too\nthird", 'a "quote", and\nmore', "a,b\nc,d"],
)
def test_texts_of_several_lines_are_cells(reading: Opening, cell: str) -> None:
    sheet = 'sku,name,qty,price\nA,one,1,1.5\nB,"{}",2,2.5\nC,three,3,3.5\n'
    quoted = cell.replace('"', '""')
    assert rows(reading(sheet.format(quoted).encode()))[2] == (3, ["B", cell, "2", "2.5"])


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ('sku,qty\nA,"1\nB,2\n', "line 2: a quote opened here is never closed"),
        ('sku,qty,name\nA,1,"a" b\n', "line 2: text after a closing quote"),
        ('sku,qty,name\nA,1,"a\nB,2,"b" c"\n', r"line 2: text after a closing quote \(in line 3\)"),
        (
            'sku,qty\nA,1\nB,"' + "x\n" * 100_000,
            "line 3: a quote opened here is not closed within 131,072 characters",
        ),
    ],
)
def test_a_quote_that_cannot_be_read_is_told_by_its_line(
    reading: Opening, sheet: str, words: str
) -> None:
    with pytest.raises(Undecided, match=words) as caught:
        rows(reading(sheet.encode()))
    (question,) = caught.value.questions
    assert [o.option for o in question.options] == ["--quotes none"]
    assert rows(reading(sheet.encode(), quotes="none"))[1][0] == 2


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (b"sku,qty\nA,1\n", None),
        (b"sku,qty\nA,1", 1),
        (b"sku,qty\nA", 0),
        (b"sku,qty,name\nA,1,", 2),
        (b'sku,qty\nA,"1"', 2),
        (b"sku,qty\r\nA,1\r\n", None),
        (b"sku,qty", None),
        ("sku\tqty\r\nA\t1\r\n".encode("utf-16"), None),
        ("sku\tqty\r\nA\t1".encode("utf-16"), 1),
    ],
)
def test_a_last_line_without_end_is_known(
    reading: Opening, content: bytes, column: int | None
) -> None:
    assert reading(content).open_column == column


def test_a_cell_that_is_too_long_is_told_as_one(reading: Opening) -> None:
    for sheet in ("sku,qty,name\nA,1,{}\n", 'sku,qty,name\n"B",2,one\nA,1,{}\n'):
        with pytest.raises(UsageProblem, match="a cell of more than 131,072 characters"):
            rows(reading(sheet.format("x" * 140_000).encode()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_ends_within_a_letter_is_not_whole(reading: Opening, encoding: str) -> None:
    with pytest.raises(Unfinished, match="line 3 ends within a letter"):
        reading("sku,name\nA,Кружка\nB,Чаша".encode(encoding)[:-1])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"sku,qty\nA,1\nB,\0\n", "line 3: a NUL byte"),
        (b"sku,qty\nA," + b"1" * 1_000_001, "line 2: more than 1,000,000 characters"),
        (b"sku,qty\nA,1" + b"," * 20_000, "more than 16,384 columns"),
        # One row, of which no line is long.
        (b"sku,qty\n" + b'"a\n",' * 500_000, "line 200002: more than 1,000,000 characters"),
        (("sku,qty\nA," + "1" * 1_000_001).encode("utf-16"), "line 2: more than 1,000,000"),
    ],
)
def test_what_no_program_writes_is_refused(reading: Opening, content: bytes, words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        rows(reading(content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("text", ["=1+1", "'=1", "+7", "\uff1dA1", "a;=b", "'", "'00123", "@a'b"])
def test_apostrophes_of_our_own_are_taken_off(reading: Opening, encoding: str, text: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    sheet = f'{mark}sku,qty\n"{escape_formula(text)}",1\n'
    assert rows(reading(sheet.encode(encoding)))[1] == (2, [text, "1"])


def test_an_empty_file_has_no_rows(reading: Opening) -> None:
    for content in (b"", b"\n\n", b"\xef\xbb\xbf", b";;\n", b"sep=;\n"):
        assert rows(reading(content)) == []
