"""Feeds are sheets: an offer is a row, its elements are columns."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloudstock.errors import Exit, Unfinished, UsageProblem
from cloudstock.sheets.answers import Answers
from cloudstock.sheets.reading import feeds
from cloudstock.sheets.reading.grid import Document
from cloudstock.sheets.reading.opening import opened
from tests.sheets.reading.conftest import Opening

OFFERS = """<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.07">
<ПакетПредложений СодержитТолькоИзменения="false"><Наименование>Пакет</Наименование>
<Склады><Склад><Ид>w1</Ид><Наименование>Основной</Наименование></Склад>
<Склад><Ид>w2</Ид><Наименование>Магазин</Наименование></Склад></Склады>
<Предложения>
<Предложение><Ид>1</Ид><Штрихкод>111</Штрихкод><Артикул> KR-1 </Артикул>
<Наименование>Кружка &amp;
 блюдце</Наименование><Цены><Цена><Количество>99</Количество></Цена></Цены>
<Количество>15.000</Количество><Склад ИдСклада="w1" КоличествоНаСкладе="12"/>
<Склад ИдСклада="w3" КоличествоНаСкладе="3"/></Предложение>
<Предложение><Ид>2</Ид></Предложение>
<Предложение><Ид>3</Ид><Артикул>KR-3</Артикул><Склад ИдСклада="w2" КоличествоНаСкладе="-2"/>
</Предложение>
</Предложения></ПакетПредложений></КоммерческаяИнформация>"""
COLUMNS = ["Артикул", "Штрихкод", "Наименование", "Количество", "Основной", "Магазин", "w3"]
ROWS = [
    (1, ["KR-1", "111", "Кружка & блюдце", "15.000", "12", "", "3"]),
    (3, ["KR-3", "", "", "", "", "-2"]),
]

YML = """<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE yml_catalog SYSTEM "http://127.0.0.1:9/shops.dtd">
<yml_catalog date="2026-11-29 09:00"><shop><name>Дом</name><offers>
<offer id="120" available="true"><vendorCode>KR-1</vendorCode><barcode>111</barcode>
<barcode>222</barcode><name>Кружка</name><description><![CDATA[<table>]]></description>
<count>15</count><outlets><outlet id="1" instock="8"/><outlet id="2" instock="7"/></outlets></offer>
<offer id="140" available="false"><name>Чашка</name></offer>
</offers></shop></yml_catalog>"""


def rows(document: Document) -> list[tuple[int, list[str]]]:
    (sheet,) = document.sheets
    return [(row.line, list(row.cells)) for row in sheet.rows()]


def plain(text: str) -> str:
    return text.replace(' xmlns="urn:1C.ru:commerceml_2"', "")


def prefixed(text: str) -> str:
    """Return the same with a prefix in place of the default namespace."""
    text = text.replace("</", "</c:").replace("<", "<c:").replace("<c:/c:", "</c:")
    return text.replace("<c:?xml", "<?xml").replace("xmlns=", "xmlns:c=")


@pytest.mark.parametrize("written", [str, plain, prefixed], ids=["default", "none", "prefixed"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_1c_tells_offers(reading: Opening, written: type[str], encoding: str) -> None:
    said = {"utf-8-sig": "UTF-8", "cp1251": "windows-1251"}.get(encoding, encoding)
    text = written(OFFERS).replace('encoding="UTF-8"', f'encoding="{said}"')
    document = reading(text.encode(encoding), "offers.xml")
    assert document.form == "CommerceML"
    assert list(document.elements) == COLUMNS
    assert rows(document) == ROWS == rows(document)
    assert document.place(3, 5) == "offer 3"
    assert (document.is_part, document.open_column) == (False, None)


def test_changes_are_a_part(reading: Opening) -> None:
    assert reading(OFFERS.replace('="false"', '="true"').encode()).is_part
    changes = OFFERS.replace("ПакетПредложений", "ИзмененияПакетаПредложений")
    assert reading(changes.encode()).is_part


@pytest.mark.parametrize(
    "rests",
    [
        (
            "<Остатки><Остаток><Количество>7</Количество></Остаток><Остаток><Склад><Ид>w1</Ид>"
            "<Количество>5</Количество></Склад></Остаток><Остаток><Склад><Ид>w2</Ид>"
            "<Количество>2</Количество></Склад></Остаток></Остатки>"
        ),
        (
            "<Остатки><Остаток><Количество>7</Количество></Остаток><Остаток><Склад><Ид>w1</Ид>"
            "</Склад><Количество>5</Количество></Остаток><Остаток><Склад><Ид>w2</Ид></Склад>"
            "<Количество>2</Количество></Остаток></Остатки>"
        ),
        (
            "<Количество>7</Количество><КоличествоНаСкладах><КоличествоНаСкладе>"
            "<ИдСклада>w1</ИдСклада><Количество>5</Количество></КоличествоНаСкладе>"
            "<КоличествоНаСкладе><ИдСклада>w2</ИдСклада><Количество>2</Количество>"
            "</КоличествоНаСкладе></КоличествоНаСкладах>"
        ),
        (
            '<Количество>7</Количество><Склады ИдСклада="w1" КоличествоНаСкладе="5"/>'
            '<Склады ИдСклада="w2" КоличествоНаСкладе="2"/>'
        ),
    ],
    ids=["2.08", "Bitrix", "2.05", "changes"],
)
def test_other_versions_tell_rests_in_other_ways(reading: Opening, rests: str) -> None:
    document = reading(
        "<КоммерческаяИнформация><ПакетПредложений><Предложения><Предложение><Ид>1</Ид>"
        f"<Артикул>KR-1</Артикул>{rests}"
        "</Предложение></Предложения></ПакетПредложений></КоммерческаяИнформация>".encode()
    )
    assert list(document.elements) == ["Артикул", "Количество", "w1", "w2"]
    assert rows(document) == [(1, ["KR-1", "7", "5", "2"])]


@pytest.mark.parametrize(
    "offer",
    [
        '<Предложение Статус="Удален"><Ид>3</Ид>',
        "<Предложение><Статус>Удалён</Статус>",
        "<Предложение><ПометкаУдаления>true</ПометкаУдаления>",
    ],
)
def test_an_offer_that_was_taken_away_is_hidden(reading: Opening, offer: str) -> None:
    document = reading(OFFERS.replace("<Предложение><Ид>3</Ид>", offer).encode())
    (sheet,) = document.sheets
    assert [(row.line, row.hidden) for row in sheet.rows()] == [(1, False), (3, True)]


def test_warehouses_of_one_name_are_told_apart(reading: Opening) -> None:
    document = reading(OFFERS.replace("Магазин", "Основной").encode())
    assert document.elements[4:] == ["Основной (w1)", "Основной (w2)", "w3"]


def test_shops_tell_offers(reading: Opening) -> None:
    document = reading(YML.encode("cp1251"), "feed.xml")
    assert document.form == "YML"
    assert list(document.elements) == [
        *("id", "vendorCode", "barcode", "name", "count", "available")
    ]
    assert rows(document) == [
        (1, ["120", "KR-1", "111, 222", "Кружка", "15", "true"]),
        (2, ["140", "", "", "Чашка", "", "false"]),
    ]


def test_outlets_count_where_nothing_else_does(reading: Opening) -> None:
    document = reading(YML.replace("<count>15</count>", "").encode("cp1251"))
    assert document.elements[-3:] == ["available", "outlet 1", "outlet 2"]
    assert rows(document)[0][1][-3:] == ["true", "8", "7"]


@pytest.mark.parametrize(
    ("made", "minutes"),
    [
        ("2026-11-30T08:30:00Z", -30),
        ("2026-11-29T09:00:00Z", -24 * 60),
        # Never set; of another zone; no date.
        ("2010-04-01 17:00", 0),
        ("2026-11-30T09:01:00Z", 0),
        ("today", 0),
        ("", 0),
    ],
)
@pytest.mark.parametrize(
    ("feed", "attribute"), [(OFFERS, 'ВерсияСхемы="2.07"'), (YML, 'date="2026-11-29 09:00"')]
)
def test_a_feed_tells_when_it_was_made(
    tmp_path: Path, feed: str, attribute: str, made: str, minutes: int
) -> None:
    name = "date" if feed == YML else "ДатаФормирования"
    (file := tmp_path / "feed.xml").write_bytes(
        feed.replace(attribute, f'{name}="{made}"').replace("windows-1251", "utf-8").encode()
    )
    written_at = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    os.utime(file, (written_at.timestamp(),) * 2)
    with opened(file, answers=Answers(), folder=tmp_path) as document:
        assert document.written_at == written_at + timedelta(minutes=minutes)


def test_signs_that_the_type_names_are_not_lost(reading: Opening) -> None:
    feed = YML.replace("KR-1<", "KR&nbsp;1&laquo;&x;<").replace("<![CDATA[<table>]]>", "&nbsp;")
    assert rows(reading(feed.encode("cp1251")))[0][1][1] == "KR 1«&x;"


@pytest.mark.parametrize("whole", [OFFERS.encode(), YML.encode("cp1251")])
def test_a_feed_that_is_cut_is_not_whole(reading: Opening, whole: bytes) -> None:
    for part in range(len(whole) // 3, len(whole) - 1, 37):
        with pytest.raises(Unfinished, match=r"is not whole") as caught:
            reading(whole[:part])
        assert caught.value.exit_code == Exit.TRY_LATER


ENTITIES = '<!DOCTYPE yml_catalog [<!ENTITY a "{}"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{ENTITIES.format('x')}<yml_catalog>&b;</yml_catalog>", "line 1: declares entities"),
        (
            '<!DOCTYPE y [<!ENTITY a SYSTEM "file:///etc/passwd">]><yml_catalog>&a;</yml_catalog>',
            "declares entities",
        ),
        (
            '<!DOCTYPE y [<!ENTITY % a SYSTEM "http://127.0.0.1:9/">%a;]><yml_catalog/>',
            "declares entities",
        ),
        (OFFERS.replace("</Цены>", ""), "line 11: not XML: mismatched tag"),
        (OFFERS.replace("UTF-8", "klingon"), "not XML"),
        ("<yml_catalog><shop><offers/></shop></yml_catalog>", "holds no offers"),
        ("<КоммерческаяИнформация><Каталог/></КоммерческаяИнформация>", "counts to offers.xml"),
        ("<rss><channel/></rss>", "XML that begins with <rss>; of XML, CommerceML"),
        (
            OFFERS.replace("<Ид>1</Ид>", "<Артикул>KR-2</Артикул>"),
            "offer 1: Артикул is there twice",
        ),
        (OFFERS.replace("KR-1", "x" * 10_001), "line 7: more than 10,000 characters in Артикул"),
        (
            f"<yml_catalog><offers><offer id='{'x' * 10_001}'/>",
            "offer 1: more than 10,000 characters in id",
        ),
        (
            "<yml_catalog><offers><offer>"
            + "<barcode>46070100</barcode>" * 2
            + "".join(f"<barcode>{number}</barcode>" for number in range(46_000_000, 46_002_000)),
            "offer 1: more than 10,000 characters in barcode",
        ),
        ("<yml_catalog>" + "<a>" * 100, "more than 100 tags within each other"),
        (
            YML.replace(
                '<outlet id="1" instock="8"/>',
                "".join(f'<outlet id="{n}" instock="1"/>' for n in range(1_001)),
            ).replace("windows-1251", "utf-8"),
            "more than 1,000 columns",
        ),
        ("<yml_catalog date='" + "x" * 6_000_000, "more than 4,194,304 bytes in one tag"),
    ],
)
def test_what_no_program_writes_is_refused(reading: Opening, content: str, words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        reading(content.encode())


def test_a_feed_that_takes_too_long_is_refused(
    reading: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SECONDS_MAX", -1)
    with pytest.raises(UsageProblem, match="cannot be read within"):
        reading(OFFERS.encode())
