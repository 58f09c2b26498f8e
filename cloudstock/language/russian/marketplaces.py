"""What goes wrong between here and a marketplace, and what `check` finds."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "{name}: the limit of {group} is used up for another {wait_s:.0f} s; try again later": (
        "{name}: лимит {group} исчерпан ещё на {wait_s:.0f} с; повторите позже"
    ),
    "{path}: the shared count of requests cannot be used ({problem}); the file may be deleted": (
        "{path}: общий счёт запросов не работает ({problem}); файл можно удалить"
    ),
    "{name}: {endpoint} answered more than {most} bytes": (
        "{name}: {endpoint} ответил больше чем {most} байтами"
    ),
    "{where} answered {said}, which its contract does not know": (
        "{where}: ответ {said}, которого нет в описании API"
    ),
    "answered {status} (too many requests)": "ответ {status} (слишком много запросов)",
    ", {attempts} attempts in {took_s:.0f} s": ", попыток {attempts} за {took_s:.0f} с",
    "{where}: {last}{often}; try again later": "{where}: {last}{often}; повторите позже",
    "{name}: no time left to ask {endpoint}; try again later": (
        "{name}: не осталось времени спросить {endpoint}; повторите позже"
    ),
    "{name}: {endpoint} answered in an encoding that was not asked for ({encoding})": (
        "{name}: {endpoint} ответил в сжатии, о котором не просили ({encoding})"
    ),
    "answered {status}": "ответ {status}",
    "{where} refused the credentials ({said}); check the key and its rights": (
        "{where}: ключ не принят ({said}); проверьте ключ и его права"
    ),
    "{where} refused the request ({said})": "{where}: запрос отклонён ({said})",
    "{where} answered {status}, a redirect, which is never followed; check the address": (
        "{where}: ответ {status} — перенаправление, по ним программа не ходит; проверьте адрес"
    ),
    "{where} {last}{often}; it asks to wait {wait_s:.0f} s, try again later": (
        "{where}: {last}{often}; просит подождать {wait_s:.0f} с, повторите позже"
    ),
    (
        "{name}: the credential sent as {header} is empty or holds a blank, a line break or a"
        " letter outside ASCII; copy it again"
    ): (
        "{name}: ключ для {header} пуст либо содержит пробел, перенос строки или нелатинскую"
        " букву; скопируйте его заново"
    ),
    "{name}: {endpoint} answered what is not understood: {problem}": (
        "{name}: {endpoint} ответил непонятное: {problem}"
    ),
    "no answer in time": "ответ не пришёл вовремя",
    "the request could not be sent": "запрос не удалось отправить",
    "connection failed ({words})": "сбой связи ({words})",
    "{name}: marketplace {marketplace!r} is not one of {marketplaces}": (
        "{name}: площадки {marketplace!r} нет среди {marketplaces}"
    ),
    "delivery type {number}: its orders are not read": (
        "тип доставки {number}: такие заказы не читаются"
    ),
    "being deleted": "удаляется",
    (
        "Wildberries order {order_id} cannot be asked for again: what the database keeps of it"
        " is damaged; read the orders again with --since"
    ): (
        "заказ Wildberries {order_id} нельзя запросить снова: запись о нём в базе повреждена;"
        " перечитайте заказы с --since"
    ),
    "{name}: {endpoint} has more than {most} pages": "{name}: у {endpoint} больше {most} страниц",
    "Wildberries does not list stock by itself: name the listings": (
        "Wildberries сам остатков не перечисляет: назовите карточки"
    ),
    "{name}: {endpoint} gave a full page and not where the next one begins": (
        "{name}: {endpoint} прислал полную страницу и не сказал, где начинается следующая"
    ),
    "{name}: {endpoint} gave the same page twice; try again later": (
        "{name}: {endpoint} дважды прислал одну и ту же страницу; повторите позже"
    ),
    "warehouse {warehouse_id} takes no stock from here: {closed}": (
        "склад {warehouse_id} не принимает отсюда остатки: {closed}"
    ),
    "Wildberries takes 0 to {most} units": "Wildberries принимает от 0 до {most} штук",
    "{name}: Wildberries takes no stock from this seller ({words}); see the seller's cabinet": (
        "{name}: Wildberries не принимает остатки этого продавца ({words}); посмотрите в"
        " кабинете продавца"
    ),
    "{name}: PUT {path} answered 409 without saying why": (
        "{name}: PUT {path} — ответ 409 без объяснений"
    ),
    "Wildberries refused {refusals} batches in a row over single items": (
        "Wildberries отклонил подряд {refusals} пакетов из-за отдельных карточек"
    ),
    "Content (the catalogue) [right]": "«Контент» (каталог)",
    "Analytics (returns) [right]": "«Аналитика» (возвраты)",
    "Marketplace (orders and stocks) [right]": "«Маркетплейс» (заказы и остатки)",
    "no stock is pushed to warehouse {warehouse_id} ({name}): {unusable}": (
        "на склад {warehouse_id} ({name}) остатки не отправляются: {unusable}"
    ),
    "the token lacks {right}; make a new one with it": (
        "у токена нет категории {right}; создайте новый с ней"
    ),
    "the token is not of the usual form: its rights and end are not known": (
        "токен необычного вида: его права и срок неизвестны"
    ),
    "the token may only read: stock cannot be pushed with it": (
        "токен только для чтения: остатки с ним не отправить"
    ),
    "this is a token of the test circuit; make a real one": (
        "это токен тестового контура; создайте настоящий"
    ),
    "a basic token may ask for returns twice an hour; make a personal one": (
        "с базовым токеном возвраты можно запрашивать дважды в час; создайте персональный"
    ),
    "none": "нет ни одного",
    "the seller's name is not known: {problem}": "имя продавца неизвестно: {problem}",
    "the seller has no warehouse {warehouse_id}; there are: {have}": (
        "у продавца нет склада {warehouse_id}; есть: {have}"
    ),
    "the token does not open {right}; make one that does": (
        "токен не даёт доступа к категории {right}; создайте новый с ней"
    ),
    "warehouse {id} is being updated: it takes stock in some minutes": (
        "склад {id} обновляется: он начнёт принимать остатки через несколько минут"
    ),
    "the goods are not on a shelf of the seller's": "товар лежит не на складе продавца",
    "status {status}": "статус {status}",
    "paused": "приостановлен",
    "Ozon's answer does not mention it": "в ответе Ozon её нет",
    "not updated, no reason given": "не обновлено, причина не указана",
    "{name}: POST {path} goes on after {most} pages": (
        "{name}: POST {path} не кончается и после {most} страниц"
    ),
    (
        "{name}: {warehouse_id!r} in `warehouses` is not a warehouse number of Ozon's;"
        " `cloudstock check` lists them"
    ): (
        "{name}: {warehouse_id!r} в `warehouses` — не номер склада Ozon; их показывает"
        " `cloudstock check`"
    ),
    "{name}: POST {path} sent the same page twice": (
        "{name}: POST {path} дважды прислал одну и ту же страницу"
    ),
    "{name}: name the warehouse in `warehouses`; Ozon has {usable}": (
        "{name}: укажите склад в `warehouses`; у Ozon есть {usable}"
    ),
    "none that takes stock": "нет ни одного, что принимает остатки",
    "{name}: the batch was refused over many other items": (
        "{name}: пакет отклонён из-за многих других карточек"
    ),
    "being activated": "активируется",
    "archived": "в архиве",
    "blocked": "заблокирован",
    "paused: limit reached": "приостановлен: достигнут лимит",
    "in error": "в ошибке",
    "warehouses [right]": "склады",
    "the catalogue [right]": "каталог",
    "orders [right]": "заказы",
    "open orders [right]": "незавершённые заказы",
    "stock [right]": "остатки",
    "returns [right]": "возвраты",
    "the key may not read {what}: {problem}": "ключ не даёт читать {what}: {problem}",
    (
        "the key may only read: stock cannot be pushed with it, because none of its roles"
        " ({roles}) opens {method}. Make a key with a role that does"
    ): (
        "ключ только для чтения: остатки с ним не отправить, ни одна из его ролей ({roles}) не"
        " открывает {method}. Создайте ключ с ролью, которая его открывает"
    ),
    (
        "the key's roles ({roles}) do not open what cloudstock reads: {methods}. Make a key"
        " with roles that do"
    ): (
        "роли ключа ({roles}) не открывают того, что читает cloudstock: {methods}. Создайте ключ"
        " с ролями, которые это открывают"
    ),
    "{name}: POST {path} answered {n} rows, and not one tells what it is about": (
        "{name}: POST {path} вернул строк: {n}, и ни по одной не понять, о чём она"
    ),
    "Ozon knows no warehouse {warehouse_id} of this seller; it has {has}": (
        "у Ozon нет склада {warehouse_id} этого продавца; есть {has}"
    ),
    "warehouse {warehouse_id} ({name}) takes no stock: {unusable}": (
        "склад {warehouse_id} ({name}) не принимает остатки: {unusable}"
    ),
    "a test order": "тестовый заказ",
    "goods held by Market": "товар хранит Маркет",
    "{name}: {method} {path} has more than {most} pages": (
        "{name}: у {method} {path} больше {most} страниц"
    ),
    "{name}: {option} is {text!r}; expected the number that the cabinet shows for the API": (
        "{name}: {option} — {text!r}; ожидается номер, который кабинет показывает для API"
    ),
    "{name}: {method} {path} gave the same page twice; try again later": (
        "{name}: {method} {path} дважды прислал одну и ту же страницу; повторите позже"
    ),
    "{problem}; try again later": "{problem}; повторите позже",
    "in a cabinet with groups of warehouses a shop has one number per product": (
        "в кабинете с группами складов у магазина один остаток на товар"
    ),
    "the shop has no warehouse {link}": "у магазина нет склада {link}",
    "name the shop's warehouse": "укажите склад магазина",
    "Market's clock and this machine's disagree": "часы Маркета и этого компьютера расходятся",
    "Market takes 0 to {most} units": "Маркет принимает от 0 до {most} штук",
    "the number was computed a day ago: Market takes no such number": (
        "число посчитано больше суток назад: Маркет такие не принимает"
    ),
    "refused without a reason": "отклонено без причины",
    "{name}: {endpoint} answered with the status {status!r}": (
        "{name}: {endpoint} ответил со статусом {status!r}"
    ),
    "{name}: Market takes no stock for this shop ({words}); see `cloudstock check`": (
        "{name}: Маркет не принимает остатки этого магазина ({words}); см. `cloudstock check`"
    ),
    "Market refused {refusals} batches over single items": (
        "Маркет отклонил пакетов: {refusals}, из-за отдельных карточек"
    ),
    "orders and returns [right]": "заказы и возвраты",
    "the catalogue and reading stock [right]": "каталог и чтение остатков",
    "writing stock [right]": "запись остатков",
    (
        "the token is not for {right}: it lacks the access {scope}; give it that in the cabinet,"
        " where the API's tokens are"
    ): (
        "токен не даёт доступа: {right}; ему не хватает {scope} — дайте его в кабинете, там, где"
        " токены API"
    ),
    "{problem}: this needs the access {scope}": "{problem}: для этого нужен доступ {scope}",
    "it is not set up for {placement}": "он не подключён к модели {placement}",
    "Market has closed its API for {placement} ({state})": (
        "Маркет закрыл его API для модели {placement} ({state})"
    ),
    "no stock is pushed to warehouse {id}: {unusable}": (
        "остатки на склад {id} не передаются: {unusable}"
    ),
    "the shop has no warehouse {link}; there are: {have}": (
        "у магазина нет склада {link}; есть: {have}"
    ),
    (
        "the token's cabinet has no shop {campaign_id}: campaign_id is the number that the API"
        " settings show, not the shop's own"
    ): (
        "в кабинете токена нет магазина {campaign_id}: campaign_id — это номер из настроек"
        " API, а не номер самого магазина"
    ),
    "shop {id} belongs to cabinet {cabinet}, not {business_id}: correct business_id": (
        "магазин {id} относится к кабинету {cabinet}, а не {business_id}: исправьте business_id"
    ),
    (
        "shop {id} sells goods that Market holds ({placement_type}): there is no stock of the"
        " seller's to keep true"
    ): (
        "магазин {id} продаёт товар, который хранит Маркет ({placement_type}): остатков"
        " продавца там нет"
    ),
    "Market has closed the API for shop {id}: {state}": (
        "Маркет закрыл API для магазина {id}: {state}"
    ),
    "the shop does not have just one warehouse, but: {have}; name it": (
        "у магазина не один склад, а: {have}; укажите нужный"
    ),
    (
        "in a cabinet with groups of warehouses a shop has one number per product: name one"
        " warehouse"
    ): "в кабинете с группами складов у магазина один остаток на товар: укажите один склад",
    "the warehouses cannot be read: {problem}": "склады не читаются: {problem}",
    "the token's rights are not known: {problem}": "права токена неизвестны: {problem}",
    "warehouse {id} is switched off: buyers do not see its goods": (
        "склад {id} выключен: покупатели не видят его товары"
    ),
    "All connection attempts failed": "соединиться не удалось",
    "Server disconnected without sending a response.": "сервер закрыл соединение, не ответив",
    "[Errno -2] Name or service not known": "такого имени в сети нет",
    "[Errno -3] Temporary failure in name resolution": "имя в сети временно не находится",
    "[Errno 104] Connection reset by peer": "сервер оборвал соединение",
}
