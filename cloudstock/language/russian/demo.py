"""What the demo tells."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Three marketplaces are open on this machine, made up but strict. No keys needed.": (
        "На этом компьютере открыты три площадки: выдуманные, но строгие. Ключи не нужны."
    ),
    "The shelf is counted: {counted} of each.": "Склад пересчитан: по {counted} каждого товара.",
    (
        "Buyers come: 2 of {sku} on Ozon, 1 on Wildberries, 3 on Yandex.Market; a basket of"
        " {second} and {third} on Ozon."
    ): (
        "Приходят покупатели: {sku} — 2 на Ozon, 1 на Wildberries, 3 на Яндекс Маркете; ещё"
        " {second} и {third} одним заказом на Ozon."
    ),
    "A buyer who wants {count} more of {sku} on Wildberries is told that there are not so many.": (
        "Покупателю, который хочет на Wildberries ещё {count} {sku}, отвечают, что столько нет."
    ),
    "A buyer who wants {count} more of {sku} on Wildberries is SERVED, WRONGLY.": (
        "Покупателю, который хочет на Wildberries ещё {count} {sku}, ОШИБОЧНО ПРОДАНО."
    ),
    "The Ozon order is shipped and delivered, the one on Yandex cancelled.": (
        "Заказ на Ozon отгружен и доставлен, заказ на Яндексе отменён."
    ),
    "One of the two units comes back and is handed to the seller.": (
        "Одна из двух штук возвращается и передана продавцу."
    ),
    "It waits in quarantine until somebody has looked at it.": (
        "Она ждёт в карантине, пока её кто-нибудь не осмотрит."
    ),
    "Before:": "До:",
    "After:": "После:",
    "At the end:": "В конце:",
    (
        "Compared with the made-up world: {right} of {products} products are counted right,"
        " {true} of {listings} listings show what is available, {oversold} units oversold,"
        " {breaches} requests broke a contract."
    ): (
        "Сверка с выдуманным миром: верных остатков {right} из {products}, карточек, которые"
        " показывают доступное, {true} из {listings}, перепродано штук {oversold}, запросов с"
        " нарушением правил API {breaches}."
    ),
    "that is not as it must be: {wrong} {false} {breaches}": (
        "так быть не должно: {wrong} {false} {breaches}"
    ),
    'Next: `cloudstock init`, and the README\'s "Real use in ten minutes".': (
        "Дальше: `cloudstock init` и раздел README «Real use in ten minutes»."
    ),
    ("{words} exited {returncode}\n{stderr}"): ("{words}: код завершения {returncode}\n{stderr}"),
}
