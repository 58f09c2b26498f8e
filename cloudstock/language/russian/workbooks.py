"""Sheets as XLSX."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "{file}: of workbooks only XLSX is read and written; use that, or CSV": (
        "{file}: из книг читается и пишется только XLSX; используйте его или CSV"
    ),
    "{text} stands under no header": "{text} стоит не под заголовком",
    (
        "the number {number}, of which a spreadsheet keeps no zeros in front; expected text:"
        " format the column as text and enter it again"
    ): (
        "число {number}, а нули впереди таблица у чисел не хранит; ожидается текст: задайте"
        " столбцу текстовый формат и введите заново"
    ),
    "cell": "ячейка",
    "row {line}": "строка {line}",
    "column {column}": "столбец {column}",
    "after row {line}": "после строки {line}",
    "{file} has several sheets: {names}; keep one": (
        "в {file} несколько листов: {names}; оставьте один"
    ),
    "{file} is empty; expected a header {expected} and a row per product": (
        "{file} пуст; ожидается заголовок {expected} и строка на каждый товар"
    ),
    (
        "{file} is not an XLSX workbook, or has a password; save it as XLSX without one, or as CSV"
        " UTF-8"
    ): (
        "{file} — не книга XLSX или защищён паролем; сохраните его как XLSX без пароля или как CSV"
        " UTF-8"
    ),
    (
        "{file} unpacks to more than a stock sheet ever holds; save the sheet alone, or as CSV"
        " UTF-8"
    ): (
        "{file} распаковывается в больше, чем бывает в таблице остатков; сохраните только этот"
        " лист или CSV UTF-8"
    ),
    "a document type declaration": "объявление типа документа",
    ("{file} cannot be read as XLSX ({reason}); open and save it again, or save it as CSV UTF-8"): (
        "{file} не читается как XLSX ({reason}); откройте и сохраните его заново или сохраните как"
        " CSV UTF-8"
    ),
    "a formula; expected its value: copy the column and paste values only": (
        "формула; ожидается её значение: скопируйте столбец и вставьте только значения"
    ),
    "the error {text}; expected a value": "ошибка {text}; ожидается значение",
    "{value} instead of text or a number": "{value} вместо текста или числа",
    "{text} is a date or a time; format the column as text and enter it again": (
        "{text} — дата или время; задайте столбцу текстовый формат и введите заново"
    ),
    "{module} not installed; run: {command}": "{module} не установлен; выполните: {command}",
    "{file}: a sheet has no more than {rows} rows; write CSV": (
        "{file}: на листе не больше {rows} строк; запишите CSV"
    ),
    "{file}: {text} is longer than a cell may be; write CSV": (
        "{file}: {text} длиннее, чем может быть ячейка; запишите CSV"
    ),
}
