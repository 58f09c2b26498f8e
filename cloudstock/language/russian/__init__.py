"""The texts in Russian, a module for each part of the program.

Words, as those say them who sell on Ozon, Wildberries and Yandex.Market:

    account      кабинет                 order         заказ
    adjustment   поправка                order line    позиция заказа
    archived     в архиве                oversold      перепродано
    article, SKU артикул                 pack          упаковка
    available    доступно                pending       ждёт отправки
    barcode      штрихкод                product       товар
    book         книга (остатков)        push, pushed  отправка, отправлено
    buffer       буфер                   quarantine    карантин
    bundle       набор                   refused       отклонено
    cap          предел                  reserved      в резерве, резерв
    card         карточка                return        возврат
    count        пересчёт                round         цикл
    credentials  ключ                    run           запуск
    drift        расхождение             seen          видно
    dry run      пробный запуск          share         доля
    job          задание                 sheet         таблица
    ledger       журнал движений         shelf         склад (продавца)
    link         связь, связать          status        статус
    listing      карточка                step          этап
    log          журнал                  target        цель
    marketplace  площадка                units         штуки, единицы
    movement     движение                warehouse     склад (площадки)
    on hand      остаток                 write-off     списание

What is typed (commands, options, keys of the configuration, columns of sheets) stays as it is.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType

from cloudstock.language import Catalogue

# Modules here, a line each. English text → Russian; where things are counted, the plural → the
# forms for 1, 2 and 5.
PARTS = (
    "book",
    "commands",
    "demo",
    "completion",
    "errors",
    "notices",
    "report",
    "jobs",
    "marketplaces",
    "settings",
    "shelf",
    "lists",
    "policies",
    "record",
    "simulation",
    "system",
    "tables",
    "template",
    "terminal",
    "usage",
    "watching",
    "web",
    "workbooks",
)


def catalogues() -> dict[str, Catalogue]:
    """Return what each part translates."""
    return {part: import_module(f"{__name__}.{part}").MESSAGES for part in PARTS}


MESSAGES: Catalogue = MappingProxyType(
    {text: said for part in catalogues().values() for text, said in part.items()}
)
