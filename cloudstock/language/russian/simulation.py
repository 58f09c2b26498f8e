"""`simulate`: policies tried on a model of the trade."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Try out": "Проба",
    "DAYS": "ДНИ",
    "TIME": "ВРЕМЯ",
    "Try policies on your own numbers before choosing one.": (
        "Испытать правила распределения на своих числах."
    ),
    (
        "Shows, for each way to share units among marketplaces, how many of 1,000 orders would be"
        " of units that are not there, and how many of 100 buyers would come to a listing that"
        " shows none while there are some. Buyers come by chance, orders are read at intervals,"
        " deliveries come late half of the time. It changes nothing and asks no marketplace."
    ): (
        "Для каждого способа делить остаток между площадками показывает, сколько заказов из 1 000"
        " придётся на товар, которого уже нет, и сколько покупателей из 100 увидят «нет в"
        " наличии», хотя товар есть. Покупатели приходят случайно, заказы читаются через"
        " промежутки времени, поставка в половине случаев опаздывает. Ничего не меняет и площадки"
        " не опрашивает."
    ),
    "Units a day through one marketplace, of all products; once for each.": (
        "Штук в день на одной площадке, всех товаров вместе; по разу на каждую площадку."
    ),
    "Take what was ordered of each product from the book.": (
        "Взять из книги, сколько заказывали каждого товара."
    ),
    "With --from-book: orders made since; 30d if not told.": (
        "С --from-book: заказы начиная с этого времени; если не указано, 30d."
    ),
    "So many products make these sales, a few of them most; 1 if not told.": (
        "Столько товаров дают эти продажи, большую часть — немногие; если не указано, 1."
    ),
    "Units that a delivery of all products brings; four weeks' sales if not told.": (
        "Сколько штук всех товаров привозит поставка; если не указано, продажи четырёх недель."
    ),
    "Days from ordering a delivery to its coming.": "Дней от заказа поставки до её прихода.",
    "From one reading of orders to the next: 1m, 15m, 1h; 5m if not told.": (
        "От одного чтения заказов до следующего: 1m, 15m, 1h; если не указано, 5m."
    ),
    "Days that are simulated.": "Сколько дней моделировать.",
    "How many times, with new buyers.": "Сколько раз, каждый раз с новыми покупателями.",
    "{text!r} is no interval from 10s to 24h, such as 1m or 15m": (
        "{text!r} — не промежуток от 10s до 24h; напишите, например, 1m или 15m"
    ),
    "tell what you sell: either --sales for each marketplace, or --from-book": (
        "укажите, что вы продаёте: --sales для каждой площадки или --from-book"
    ),
    "--products goes with --sales; the book knows its products": (
        "--products указывают вместе с --sales; в книге товары известны"
    ),
    "--since goes with --from-book": "--since указывают вместе с --from-book",
    "one marketplace alone never oversells; give --sales for at least two, above 0": (
        "на одной площадке перепродать нельзя; укажите --sales хотя бы для двух, больше 0"
    ),
    (
        "the book has orders of fewer than two accounts since {moment:%Y-%m-%d};"
        " reach further back with --since, or use --sales"
    ): (
        "с {moment:%Y-%m-%d} в книге есть заказы меньше чем из двух кабинетов;"
        " возьмите более ранний срок в --since или укажите --sales"
    ),
    (
        "{buyers:,.0f} buyers would take long; at most {most:,}: fewer --days or --seeds, or a"
        " part of the sales with as many products less"
    ): (
        "{buyers:,.0f} покупателей — это долго; можно не больше {most:,}: уменьшите --days или"
        " --seeds либо возьмите часть продаж и во столько же раз меньше товаров"
    ),
    "{n} products": ("{n} товар", "{n} товара", "{n} товаров"),
    "{n} marketplaces": ("{n} площадка", "{n} площадки", "{n} площадок"),
    "{number} units a day": "{number} шт. в день",
    "Orders read every {time}": "Заказы читаются каждые {time}",
    "{n} days": ("{n} день", "{n} дня", "{n} дней"),
    "{n} times": ("{n} раз", "{n} раза", "{n} раз"),
    "{n} h": "{n} ч",
    "{n} min": "{n} мин",
    "{n} s": "{n} с",
    "They are every {n}th of {all} that were sold.": (
        "Это каждый {n}-й из {all}, которые продавались."
    ),
    "Policy": "Правило",
    "Oversold of\n1,000 orders": "Перепродано\nиз 1 000",
    "Turned away of\n100 buyers": "Не увидели\nтовар из 100",
    "Orders\na day": "Заказов\nв день",
    "Pushes\na day": "Отправок\nв день",
    "Oversold of 1,000 orders": "Перепродано из 1 000 заказов",
    "Turned away of 100 buyers": "Не увидели товар из 100 покупателей",
    (
        "Oversold: ordered, and not there. Turned away: came to a listing that"
        "\nshowed none while there were units. Under priority, who is named first"
        "\nranks first."
    ): (
        "Перепродано: заказано, а товара нет. Не увидели: пришли на карточку с нулём,\n"
        "хотя товар был. При priority первым идёт тот, кто назван первым."
    ),
}
