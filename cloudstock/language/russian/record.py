"""The record of requests and answers, and words that no table knows."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    (
        "Write what is asked and answered to a new file, for a report: names, phones, addresses,"
        " e-mails and keys are taken out; articles and names of goods stay."
    ): (
        "Записать запросы и ответы в новый файл, чтобы приложить его к обращению: имена,"
        " телефоны, адреса, почта и ключи убираются, артикулы и названия товаров остаются."
    ),
    "cloudstock sync --record report.jsonl   # what is asked and answered": (
        "cloudstock sync --record report.jsonl   # запросы и ответы в файл"
    ),
    "--database asks no marketplace, so there is nothing to record": (
        "--database не обращается к площадкам, поэтому записывать нечего"
    ),
    "{path} is there already; a record never replaces a file, name a new one": (
        "{path} уже есть; запись не заменяет файлы, укажите новое имя"
    ),
    "{path} cannot be written: {words}": "{path} не записать: {words}",
    "it would be longer than {most} MB": "она стала бы больше {most} МБ",
    "cloudstock has a bug; the log has the details": "ошибка в cloudstock; подробности в журнале",
    "the record {path} is not whole: {why}; what it holds can be used": (
        "запись {path} неполная: {why}; то, что в ней есть, годится"
    ),
    "No marketplace was asked, so there is nothing to record.": (
        "Ни одна площадка не запрашивалась, поэтому записи нет."
    ),
    (
        "Recorded {n} requests and their answers in {path}. People and keys are taken out,"
        " articles and names of goods are not: look through it before you send it."
    ): (
        (
            "Записан {n} запрос с ответом в {path}. Личные данные и ключи убраны, артикулы и"
            " названия товаров остались: просмотрите файл перед отправкой."
        ),
        (
            "Записано {n} запроса с ответами в {path}. Личные данные и ключи убраны, артикулы и"
            " названия товаров остались: просмотрите файл перед отправкой."
        ),
        (
            "Записано {n} запросов с ответами в {path}. Личные данные и ключи убраны, артикулы и"
            " названия товаров остались: просмотрите файл перед отправкой."
        ),
    ),
    '{field} "{word}" ({place}, met {n} times)': (
        "{field} «{word}» ({place}, встречено {n} раз)",
        "{field} «{word}» ({place}, встречено {n} раза)",
        "{field} «{word}» ({place}, встречено {n} раз)",
    ),
    "{count} more": "ещё {count}",
    (
        "{n} words of the marketplace are not known: {words}. Nothing is guessed: an order with"
        " one keeps its units reserved, all else stays as it was. A newer cloudstock may know"
        " them; if not, send a report: `cloudstock sync --record report.jsonl`"
    ): (
        (
            "неизвестно {n} слово площадки: {words}. Ничего не додумывается: заказ с ним держит"
            " товар в резерве, остальное не меняется. Возможно, его знает новая версия cloudstock;"
            " если нет, пришлите запись: `cloudstock sync --record report.jsonl`"
        ),
        (
            "неизвестно {n} слова площадки: {words}. Ничего не додумывается: заказ с таким словом"
            " держит товар в резерве, остальное не меняется. Возможно, их знает новая версия"
            " cloudstock; если нет, пришлите запись: `cloudstock sync --record report.jsonl`"
        ),
        (
            "неизвестно {n} слов площадки: {words}. Ничего не додумывается: заказ с таким словом"
            " держит товар в резерве, остальное не меняется. Возможно, их знает новая версия"
            " cloudstock; если нет, пришлите запись: `cloudstock sync --record report.jsonl`"
        ),
    ),
}
