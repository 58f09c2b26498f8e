"""The lists of products and listings, and the options of every list."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Find": "Найти",
    "List products, with what there is of each.": "Список товаров и сколько есть каждого.",
    "Numbers are those of all shelves together, without the quarantine. Filters may be joined.": (
        "Числа — по всем складам вместе, без карантина. Фильтры можно сочетать."
    ),
    "Only those never counted.": "Только те, что ещё не пересчитывали.",
    "Only those with N or fewer, where that is known.": (
        "Только те, которых N или меньше, если это известно."
    ),
    "Only those with more promised than on hand.": "Только те, которых обещано больше остатка.",
    "Only those that no listing is made of.": "Только те, с которыми не связана ни одна карточка.",
    "Only those that were seen to show more than was sent.": (
        "Только те, у которых на площадке видно больше отправленного."
    ),
    "Only those that a marketplace takes no number for.": (
        "Только те, для которых площадка отклоняет остаток."
    ),
    "In article or name, or a whole barcode.": "В артикуле или названии; или штрихкод целиком.",
    "Only what lies on this shelf.": "Только то, что лежит на этом складе.",
    "By sku, name, on_hand, reserved, available, counted, listings; -KEY from the end.": (
        "По sku, name, on_hand, reserved, available, counted, listings; -ПОЛЕ — с конца."
    ),
    "By account, offer_id, name, target, pushed, seen; -KEY from the end.": (
        "По account, offer_id, name, target, pushed, seen; -ПОЛЕ — с конца."
    ),
    "KEY": "ПОЛЕ",
    "So many; 100 if not told, 0: all. JSON and CSV: all if not told.": (
        "Столько строк; если не указано, 100, 0 — все. JSON и CSV: если не указано, все."
    ),
    "The N-th so many; the first if not told.": "Страница N; если не указано, первая.",
    "Print CSV.": "Вывести CSV.",
    "List what every account offers and shows.": "Список карточек всех кабинетов.",
    (
        "A line for each listing and marketplace warehouse. With --unlinked or --alone the"
        " products that look most like each listing are told, and the command that would link it:"
        " listings are linked by equal article or barcode, never by a guess."
    ): (
        "Строка на каждую карточку и склад площадки. С --unlinked и --alone для каждой карточки"
        " названы самые похожие товары и команда, которая её свяжет: карточки связываются по"
        " одинаковому артикулу или штрихкоду, но не по догадке."
    ),
    "Only those of no product, with what they may be.": (
        "Только не связанные с товаром, и чем они могут быть."
    ),
    (
        "Only those whose product has no other listing and no count: is their article mistyped?"
        " With what they may be."
    ): (
        "Только те, чей товар не имеет других карточек и не пересчитан: нет ли опечатки в"
        " артикуле? И чем они могут быть."
    ),
    "Only those of products never counted.": "Только карточки ещё не пересчитанных товаров.",
    "Only archived ones; else only live ones.": "Только архивные; иначе только действующие.",
    "In article or name, or a whole marketplace id, barcode or SKU.": (
        "В артикуле или названии; или целиком номер на площадке, штрихкод или артикул товара."
    ),
    "--json and --csv are two forms of one answer; choose one": (
        "--json и --csv — два вида одного ответа; выберите один"
    ),
    "--limit 0 has one page only; name a limit, or no page": (
        "при --limit 0 страница одна; укажите --limit или не указывайте страницу"
    ),
    "{key} is no key to sort by; expected {keys}, with a minus before it from the end": (
        "по {key} сортировать нельзя; ожидается {keys}, с минусом впереди — с конца"
    ),
    "Rows {first} to {last}.": "Строки {first}–{last}.",
    "{told} --page {number} shows the next, --limit 0 all.": (
        "{told} Следующие покажет --page {number}, все — --limit 0."
    ),
    "So many lines; all if not told.": "Столько строк; если не указано, все.",
    "By sku, name, on_hand, reserved, available; -KEY from the end.": (
        "По sku, name, on_hand, reserved, available; -ПОЛЕ — с конца."
    ),
    "By created, account, order, step, seen; -KEY from the end.": (
        "По created, account, order, step, seen; -ПОЛЕ — с конца."
    ),
    "By created, account, return, order, step, quantity, waiting; -KEY from the end.": (
        "По created, account, return, order, step, quantity, waiting; -ПОЛЕ — с конца."
    ),
    "By booked, happened, shelf, quantity, kind; -KEY from the end.": (
        "По booked, happened, shelf, quantity, kind; -ПОЛЕ — с конца."
    ),
    "No more products.": "Больше товаров нет.",
    "No such products.": "Таких товаров нет.",
    "No such listings.": "Таких карточек нет.",
    "Name": "Название",
    "On hand": "Остаток",
    "Reserved": "В резерве",
    "Available": "Доступно",
    "Listings": "Карточки",
    "Counted": "Пересчёт",
    "Account": "Кабинет",
    "Article": "Артикул",
    "Product": "Товар",
    "Target": "Цель",
    "Pushed": "Отправлено",
    "Seen": "Видно",
    "Pushed at": "Отправка",
    "Remarks": "Примечания",
    "archived": "в архиве",
    "not linked": "не связана",
    "drift": "расхождение",
    "refused: {reason}": "отклонено: {reason}",
    "Times are {zone}.": "Время: {zone}.",
    "nothing looks like it": "ничего похожего нет",
    "has a barcode of {product}": "тот же штрихкод у {product}",
    "its article looks like {product}": "похож артикул: {product}",
    "its name looks like {product}": "похоже название: {product}",
}
