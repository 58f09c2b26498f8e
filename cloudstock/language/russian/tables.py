"""Tables and the explanation of a number."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "open [order]": "открыт",
    "shipped [order]": "отгружен",
    "delivered [order]": "доставлен",
    "cancelled [order]": "отменён",
    "replaced [order]": "заменён",
    "expected [return]": "ожидается",
    "undecided [return]": "нет решения",
    "received [return]": "получен",
    "never [return]": "не вернётся",
    "count [movement]": "пересчёт",
    "adjustment [movement]": "поправка",
    "move [movement]": "перемещение",
    "shipment [movement]": "отгрузка",
    "return [movement]": "возврат",
    "receipt [movement]": "приёмка",
    "write-off [movement]": "списание",
    "unknown: {status}": "неизвестно: {status}",
    "{offer_id} (not linked)": "{offer_id} (без товара)",
    "Account": "Кабинет",
    "Order": "Заказ",
    "Made": "Создан",
    "Step": "Этап",
    "Product": "Товар",
    "Units": "Штук",
    "No such orders.": "Таких заказов нет.",
    "{step}, ignored: {ignored}": "{step}, не учитывается: {ignored}",
    "Return": "Возврат",
    "Waiting": "Ждёт",
    "No such returns.": "Таких возвратов нет.",
    "Booked": "Учтено",
    "Shelf": "Склад",
    "Change": "Движение",
    "Total": "Итог",
    "Kind": "Вид",
    "Document": "Документ",
    "Note": "Заметка",
    "Nothing was booked.": "Движений нет.",
    "{step}, not from here": "{step}, не с нашего склада",
    "Times are {zone}.": "Время: {zone}.",
    "counted [movement]": "пересчитано",
    "adjusted [movement]": "поправлено",
    "moved [movement]": "перемещено",
    "shipped [movement]": "отгружено",
    "came back [movement]": "вернулось",
    "put back on the shelf [movement]": "принято на склад",
    "written off [movement]": "списано",
    "accepted [push]": "принято",
    "refused [push]": "отклонено",
    "later [push]": "отложено",
    "unknown [push]": "неизвестно",
    "{units} for {account} {order_id}": "{units} для {account} {order_id}",
    "made {created_at}{unknown}": "создан {created_at}{unknown}",
    "{units} for {count} more, see show-orders --open": (
        "{units} для остальных ({count}), см. show-orders --open"
    ),
    "the default of all accounts": "общий для всех кабинетов",
    "this product's own": "свой у этого товара",
    "oversold by {oversold}: more is promised than is on hand": (
        "перепродано на {oversold}: обещано больше, чем есть"
    ),
    ", warehouse {external_warehouse}": ", склад {external_warehouse}",
    "as of {believed_at}": "на {believed_at}",
    "nothing is known": "ничего не известно",
    "; a push has no answer yet": "; на отправку ещё нет ответа",
    "archived: nothing is pushed": "в архиве: не отправляется",
    "its warehouse is not configured: nothing is pushed": (
        "её склада нет в настройках: не отправляется"
    ),
    "another warehouse shares its stock and is pushed in its place": (
        "остаток общий с другим складом, отправляется он"
    ),
    "unknown stock: nothing is pushed": "остаток неизвестен: не отправляется",
    "no answer": "ответа нет",
    "On the shelf {warehouse}": "На складе {warehouse}",
    "= on hand": "= остаток",
    "reserved": "в резерве",
    ", status nobody knows: {status}": ", неизвестный статус: {status}",
    "buffer": "буфер",
    "= available": "= доступно",
    "fed from {warehouse}": "со склада {warehouse}",
    "On {account}: {offer_id}{place}{shelf}": "{account}: {offer_id}{place}{shelf}",
    "target": "цель",
    "believed to show": "сейчас показывает",
    ", {seen_reserved} held for orders": ", из них в резерве под заказы {seen_reserved}",
    "; more than was sent: pushed again": "; больше отправленного: отправляется снова",
    "the product's": "товара",
    "the account's": "кабинета",
    "{steps}, rounded down = {fills}": "{steps}, с округлением вниз = {fills}",
    "the marketplace's limit": "лимит площадки",
    "capped by {name}": "предел: {name}",
    ", {n} times in a row": (
        ", {n} раз подряд",
        ", {n} раза подряд",
        ", {n} раз подряд",
    ),
    "; again after {due_at}": "; повтор после {due_at}",
    "barcodes {barcodes}": "штрихкоды {barcodes}",
    "Count it: cloudstock set-stock {argument} N": (
        "Пересчитайте его: cloudstock set-stock {argument} N"
    ),
    "begins empty": "вначале пуст",
    "no count is needed": "пересчёт не нужен",
    "{n} movements since": (
        "{n} движение с тех пор",
        "{n} движения с тех пор",
        "{n} движений с тех пор",
    ),
    "seen": "видно",
    "never read back": "ни разу не читали",
    "on {seen_at}{held}{drift}": "{seen_at}{held}{drift}",
    "sent": "отправлено",
    "on {sent_at}: {answer}": "{sent_at}: {answer}",
    "never pushed": "ни разу не отправляли",
    "share {share_percent} %": "доля {share_percent} %",
    "{n} units a listing": (
        "{n} штука в карточке",
        "{n} штуки в карточке",
        "{n} штук в карточке",
    ),
    "Never counted, never ordered: what is on hand is unknown, nothing is pushed.": (
        "Ни разу не пересчитан, заказов не было: остаток неизвестен, ничего не отправляется."
    ),
    "No listing is linked to it, so no marketplace shows it.": (
        "С ним не связана ни одна карточка, поэтому ни одна площадка его не показывает."
    ),
    "never counted": "не пересчитан",
    "what is on hand is unknown; nothing is pushed": "остаток неизвестен; ничего не отправляется",
    "counted": "пересчитано",
    "on {counted_at}{note}": "{counted_at}{note}",
    "{on_hand} on hand - {reserved} reserved - {buffer} buffer ({source}) = {left}": (
        "остаток {on_hand} - резерв {reserved} - буфер {buffer} ({source}) = {left}"
    ),
    "set aside: refused on {refused_at}{times}{again}": (
        "отложена: отклонено {refused_at}{times}{again}"
    ),
    "not raised before {hold_until}: it holds units for unknown orders": (
        "не увеличится до {hold_until}: площадка держит товар под неизвестные заказы"
    ),
    "not raised: the orders of {stale} are not known freshly": (
        "не увеличивается: давно не читались заказы {stale}"
    ),
    "the next push sends the target": "следующая отправка пошлёт цель",
    "on hand is unknown on this shelf": "остаток на этом складе неизвестен",
    "not sent before {due_at}: the marketplace's limit on repeats": (
        "не отправится до {due_at}: лимит площадки на повторы"
    ),
    "Listing": "Карточка",
    "Warehouse": "Склад площадки",
    "Shows now": "Сейчас",
    "Would show": "Будет",
    "Nothing would be pushed.": "Отправлять нечего.",
    "not known: nothing was sent or read yet": "неизвестно: ещё ничего не отправляли и не читали",
    "(the only one)": "(единственный)",
    "Job": "Задание",
    "Last success": "Удалось",
    "Age": "Назад",
    "Last run": "Последний раз",
    "never": "ни разу",
    "ok": "удачно",
    "failed": "сбой",
    "{unknown} unknown, {nothing} not yet, (n) seen before the last push.": (
        "{unknown} неизвестно, {nothing} ещё не было, (n) видели до последней отправки."
    ),
    "Under each account: target/pushed/seen, or one number where they agree;": (
        "Под кабинетом: цель/отправлено/видно или одно число, если они равны;"
    ),
    "oversold: more is promised than is on hand; see `cloudstock status`.": (
        "перепродано: обещано больше, чем есть; см. `cloudstock status`."
    ),
    "Name": "Название",
    ("On\nhand"): ("Оста-\nток"),
    ("Re-\nserved"): ("Ре-\nзерв"),
    ("Avail-\nable"): ("До-\nступно"),
    "On hand": "Остаток",
    "Reserved": "В резерве",
    "Available": "Доступно",
    "Target": "Цель",
    "Pushed": "Отправлено",
    "Seen": "Видно",
    "+{units_added} and -{units_removed} units": "+{units_added} и -{units_removed} шт.",
    "{n} rows counted: {told}; {units}": (
        "Пересчитана {n} строка: {told}; {units}",
        "Пересчитаны {n} строки: {told}; {units}",
        "Пересчитано {n} строк: {told}; {units}",
    ),
    "never counted before": "раньше не пересчитывали",
    "{sku} in {warehouse}: {after} on hand ({before})": (
        "{sku}, склад {warehouse}: остаток {after} ({before})"
    ),
    "linked to no product, nothing is pushed for it": (
        "не связана с товаром, ничего не отправляется"
    ),
    " (was {before})": " (было {before})",
    "; {n} order lines reckoned anew": (
        "; {n} позиция заказов пересчитана",
        "; {n} позиции заказов пересчитаны",
        "; {n} позиций заказов пересчитано",
    ),
    "written off": "списано",
    "put on the shelf {warehouse}": "принято на склад {warehouse}",
    "; {waiting} still waiting": "; ещё ждёт {waiting}",
    "{account} return {return_id}: {products} {where}{rest}": (
        "{account}, возврат {return_id}: {products} — {where}{rest}"
    ),
    "{changed} changed": "изменено {changed}",
    "{first_counted} counted for the first time": "впервые пересчитано {first_counted}",
    ", {uncounted} of them never counted": ", из них ни разу не пересчитано {uncounted}",
    "was {before}, {signed}": "было {before}, {signed}",
    "as the book had it": "как и в книге",
    "{emptied} now empty": "обнулилось {emptied}",
    "{left_uncounted} left uncounted": "оставлено без пересчёта {left_uncounted}",
    "{n} rows": (
        "{n} строка",
        "{n} строки",
        "{n} строк",
    ),
}
