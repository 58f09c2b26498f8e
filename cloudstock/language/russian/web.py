"""The window in the browser."""

from __future__ import annotations

from cloudstock.language import Catalogue

_PAGES: Catalogue = {
    # The frame of every page.
    "Skip to the content": "К содержанию",
    "Pages": "Страницы",
    "Now": "Сейчас",
    "Products": "Товары",
    "Orders": "Заказы",
    "Returns": "Возвраты",
    "Not linked": "Не связаны",
    "Runs": "Запуски",
    "Article, name or barcode": "Артикул, название или штрихкод",
    "Search products": "Поиск товаров",
    "Sync now": "Запустить цикл",
    "For scripts": "Для программ",
    "Sign out": "Выйти",
    "Lists": "Списки",
    "More": "Ещё",
    "before these": "предыдущие",
    "after these": "следующие",
    "older ones": "более ранние",
    # The first page.
    "open orders": "открытых заказов",
    "returned, waiting for you": "возвраты ждут вас",
    "What is wrong": "Что не так",
    "Worth knowing": "Стоит знать",
    "the shelf": "склад",
    "see": "посмотреть",
    "{n} more of the kind “{kind}”": (
        "ещё {n} такого рода: «{kind}»",
        "ещё {n} такого рода: «{kind}»",
        "ещё {n} такого рода: «{kind}»",
    ),
    "Last readings and pushes": "Последние чтения и отправки",
    "{age} ago": "{age} назад",
    "fine": "в порядке",
    # Products.
    "All": "Все",
    "Never counted": "Не пересчитаны",
    "Oversold": "Перепроданы",
    "Nothing left": "Закончились",
    "Refused": "Отклонены",
    "Offered nowhere": "Нигде не продаются",
    "oversold by {n}": "перепродано: {n}",
    "refused": "отклонено",
    "believed": "считается",
    "Under each account: what it should show, and where they differ what was sent and what was"
    " seen. ? unknown, — not yet, (n) seen before the last push.": (
        "Под каждым кабинетом: сколько он должен показывать, а где числа расходятся — сколько"
        " отправлено и сколько видно. ? неизвестно, — ещё нет, (n) видели до последней отправки."
    ),
    # One product.
    "Barcodes": "Штрихкоды",
    "barcodes": "штрихкоды",
    "On the shelf": "На складе",
    "nothing is pushed until it is counted": "пока не пересчитан, ничего не отправляется",
    "on hand": "остаток",
    "and {n} orders more": ("и ещё {n} заказ", "и ещё {n} заказа", "и ещё {n} заказов"),
    "of all products": "общий для всех товаров",
    "available": "доступно",
    "Never counted and never ordered: what is on hand is unknown, and nothing is pushed.": (
        "Не пересчитывали и не заказывали: остаток неизвестен, ничего не отправляется."
    ),
    "Count": "Пересчёт",
    "Units that lie there, reserved ones included": "Сколько единиц лежит, вместе с резервом",
    "Note, if you like": "Примечание, если нужно",
    "Write the count": "Записать пересчёт",
    "Correct by some units": "Поправить на несколько единиц",
    "Units more or fewer: +3 or -3": "На сколько единиц больше или меньше: +3 или -3",
    "Reason": "Причина",
    "Write the correction": "Записать поправку",
    "In the shop windows": "На витринах",
    "warehouse {id}": "склад {id}",
    "shows more than was sent": "показывает больше, чем отправлено",
    "not pushed": "не отправляется",
    "to be pushed": "ждёт отправки",
    "in step": "сходится",
    "{sku}: what is on hand is unknown": "{sku}: остаток неизвестен",
    "{on_hand} on hand − {reserved} reserved − {buffer} buffer = {left}": (
        "остаток {on_hand} − резерв {reserved} − буфер {buffer} = {left}"
    ),
    "shows {percent} % of it": "показывает {percent} % от этого",
    "never more than {n}": "не больше {n}",
    "a push has no answer yet": "на отправку ещё нет ответа",
    "again after": "снова после",
    "not sent before": "не отправляется до",
    "the marketplace's limit on repeats": "площадка ограничивает повторы",
    "not raised before": "не повышается до",
    "it holds units for orders that the book does not know": (
        "площадка держит единицы под заказы, которых нет в книге"
    ),
    "not raised: the orders of {accounts} are not known freshly": (
        "не повышается: заказы {accounts} давно не читались"
    ),
    "The last numbers sent": "Последние отправленные числа",
    "History": "История",
    "What": "Что",
    "All orders of it": "Все его заказы",
    "All returns of it": "Все его возвраты",
    # Orders and returns.
    "Open": "Открытые",
    "Unknown status": "Неизвестный статус",
    "Waiting for you": "Ждут вас",
    "On their way": "В пути",
    "Status": "Этап",
    "moves nothing": "ничего не двигает",
    "not from here": "не с нашего склада",
    "Quantity": "Количество",
    "What became of it": "Что с ним стало",
    "order {id}": "заказ {id}",
    "{n} on the shelf again": "снова на складе: {n}",
    "{n} written off": "списано: {n}",
    "came back before the book began": "вернулся до начала книги",
    "of {n} that wait": "из {n}, что ждут",
    "Write off": "Списать",
    # Listings.
    "Listings without a product": "Карточки без товара",
    "Nothing is pushed for them, and their orders reserve nothing. The same article or barcode"
    " links by itself; the rest is linked here.": (
        "Для них ничего не отправляется, их заказы ничего не резервируют. Одинаковый артикул или"
        " штрихкод связывает сам, остальное связывают здесь."
    ),
    "Marketplace id": "Номер на площадке",
    "marketplace id {id}": "номер на площадке {id}",
    "Link…": "Связать…",
    "Every listing has its product.": "У каждой карточки есть товар.",
    "One of it is made of": "Одна такая состоит из",
    "linked by hand": "связано вручную",
    "linked by article or barcode": "связано по артикулу или штрихкоду",
    "No product: nothing is pushed for it, and its orders reserve nothing.": (
        "Товара нет: ничего не отправляется, заказы ничего не резервируют."
    ),
    "Link by hand": "Связать вручную",
    "It looks like": "Похожа на",
    "Look for products like it": "Найти похожие товары",
    "the same barcode": "тот же штрихкод",
    "a like article": "похожий артикул",
    "a like name": "похожее название",
    "Take it": "Выбрать",
    "Make products that are not known yet": "Создать товары, которых ещё нет",
    "Link them": "Связать",
    "Take it off its products": "Отвязать от товаров",
    # Runs.
    "Failed": "С ошибкой",
    "Begun here": "Начатый здесь",
    "Ended": "Закончен",
    "How": "Итог",
    "What was done": "Что сделано",
    "No such runs.": "Таких запусков нет.",
    "Round": "Цикл",
    "No round was begun here since the server started. “Sync now” begins one: orders, returns,"
    " what the marketplaces show, then the push.": (
        "С запуска сервера здесь не начинали ни одного цикла. «Запустить цикл» начинает его:"
        " заказы, возвраты, что показывают площадки, затем отправка."
    ),
    "at work": "идёт",
    "begun": "начат",
    "it waits for another run to end, if one is at work": (
        "если идёт другой запуск, ждёт его конца"
    ),
    "done": "готово",
    "orders read": "заказы прочитаны",
    "returns read": "возвраты прочитаны",
    "numbers sent": "отправлено чисел",
    "accepted": "принято",
    # The door and troubles.
    "Sign in": "Войти",
    "Password": "Пароль",
    "this is not the password": "пароль неверный",
    "To the first page": "На первую страницу",
    "There is nothing here": "Здесь ничего нет",
    "Not now": "Не сейчас",
    "Not allowed": "Нельзя",
    "Something is wrong with the program": "В программе что-то сломалось",
    "This cannot be done": "Так не получится",
    # For scripts.
    "JSON over the same functions as the commands. A script signs in with a token (web.token of"
    " the configuration) or with the password:": (
        "JSON поверх тех же функций, что у команд. Программа входит по токену (web.token в"
        " настройках) или по паролю:"
    ),
    "The same as a document for tools:": "То же документом для инструментов:",
    "In the address": "В адресе",
    "What it is": "Что это",
    "required": "обязательно",
    "What is sent": "Что посылается",
    "Answer": "Ответ",
    "Types": "Типы",
}

_WORDS: Catalogue = {
    "open": "открыт",
    "shipped": "отгружен",
    "delivered": "доставлен",
    "cancelled": "отменён",
    "replaced": "заменён",
    "unknown status": "неизвестный статус",
    "on its way": "в пути",
    "handed over": "передан вам",
    "never comes": "не придёт",
    "not decided yet": "решения ещё нет",
    "Not decided": "Без решения",
    "count": "пересчёт",
    "correction": "поправка",
    "shipment": "отгрузка",
    "return": "возврат",
    "back on the shelf": "снова на складе",
    "write-off": "списание",
    "move between shelves": "перемещение",
    "catalog": "каталог",
    "orders": "заказы",
    "returns": "возвраты",
    "reserves": "резервы",
    "push": "отправка",
    "check": "проверка",
    "later": "позже",
    "no clear answer": "неясный ответ",
}

_REFUSALS: Catalogue = {
    "there is no such list": "такого списка нет",
    "there is no such page": "такой страницы нет",
    "this address takes other requests only": "по этому адресу принимаются другие запросы",
    "the book knows no such listing": "такой карточки в книге нет",
    "say whether the units go on the shelf or are written off": (
        "укажите, вернуть единицы на склад или списать"
    ),
    "a round is at work already; wait for it to end": "цикл уже идёт; дождитесь его конца",
    "too many wrong passwords; try again in {seconds} s": (
        "слишком много неверных паролей; повторите через {seconds} с"
    ),
    "the request is longer than {bytes} bytes": "запрос длиннее {bytes} байт",
    "the request broke off": "запрос оборвался",
    "sign in first: a password or a token in the Authorization header": (
        "сначала войдите: пароль или токен в заголовке Authorization"
    ),
    "another site's page asked for this change; nothing was changed": (
        "об этом изменении попросила страница другого сайта; ничего не изменено"
    ),
    "the password or token is wrong": "пароль или токен неверный",
    "without a password only 127.0.0.1 and localhost are answered; behind a proxy set"
    " web.password_hash": (
        "без пароля принимаются только 127.0.0.1 и localhost; за прокси задайте web.password_hash"
    ),
    "this form is too old, or not ours: open the page again and repeat it": (
        "форма устарела или не наша: откройте страницу заново и повторите"
    ),
    "expected Content-Type: application/json": "ожидается Content-Type: application/json",
    "{name}: expected one of {words}": "{name}: ожидается одно из: {words}",
    "before and of go together": "before и of указывают вместе",
    "the address has no value {name}": "в адресе не бывает значения {name}",
    "{name}: expected true or false": "{name}: ожидается true или false",
    "{name}: expected a number from 1 to {most}": "{name}: ожидается число от 1 до {most}",
    "{name}: expected a moment such as 2026-11-01T10:00:00Z": (
        "{name}: ожидается момент вида 2026-11-01T10:00:00Z"
    ),
    "not JSON: {reason}": "не JSON: {reason}",
    "the address is incomplete: {name} is missing": "адрес неполон: нет {name}",
    "expected a form": "ожидается форма",
    "expected at most {n} characters": "ожидается не больше {n} знаков",
    "expected a whole number, not “{typed}”": "ожидается целое число, а не «{typed}»",
    "this form cannot be read": "форму не удалось прочесть",
    "this is a bug in cloudstock; the log of `cloudstock web` has the details": (
        "это ошибка в cloudstock; подробности в журнале `cloudstock web`"
    ),
}

_COMMAND: Catalogue = {
    "expected true or false, got {got}": "ожидается true или false, а здесь {got}",
    "expected an address such as 127.0.0.1, got {got}": (
        "ожидается адрес вида 127.0.0.1, а здесь {got}"
    ),
    "expected what `cloudstock web --hash-password` prints": (
        "ожидается то, что печатает `cloudstock web --hash-password`"
    ),
    "expected at least {least} characters, got {got}": (
        "ожидается не меньше {least} знаков, а здесь {got}"
    ),
    "In the browser": "В браузере",
    "Open the window in the browser.": "Открыть окно в браузере.",
    "Stock, orders, returns and what is wrong; count, correct, link, receive, and start a round;"
    " the same for scripts under /api. It listens on this machine only, unless the configuration"
    " has a password (`web: {password_hash: ...}`).": (
        "Остатки, заказы, возвраты и что не так; пересчитать, поправить, связать, принять,"
        " запустить цикл; то же для программ под /api. Доступно только с этой машины, если в"
        " настройках нет пароля (`web: {password_hash: ...}`)."
    ),
    "Listen there; 127.0.0.1 if not told.": "Слушать там; если не указано, 127.0.0.1.",
    "ADDRESS": "АДРЕС",
    "8090 if not told; 0: a free one.": "Если не указано, 8090; 0: любой свободный.",
    "Ask for a password, print its hash, and end.": "Спросить пароль, напечатать его хеш и выйти.",
    "cloudstock web --hash-password   # a password for other machines": (
        "cloudstock web --hash-password   # пароль для других машин"
    ),
    "Password: ": "Пароль: ",
    "Once more: ": "Ещё раз: ",
    "the two are not the same": "они не совпадают",
    "{address}  Ctrl-C ends it": "{address}  закончить: Ctrl-C",
    "expected a password of {least} to {most} characters": (
        "ожидается пароль от {least} до {most} знаков"
    ),
    "{missing} not installed; run: pip install 'cloudstock[web]'": (
        "не установлено: {missing}; выполните: pip install 'cloudstock[web]'"
    ),
    "{host} is beyond this machine, where a password is required; run `cloudstock web"
    " --hash-password` and put what it prints into {path}": (
        "{host} доступен не только с этой машины, там нужен пароль; выполните `cloudstock web"
        " --hash-password` и впишите напечатанное в {path}"
    ),
    "served without https: the password can be read on its way; put a proxy with https before it"
    " and set web.https": (
        "без https пароль можно подсмотреть по дороге; поставьте перед ним прокси с https и задайте"
        " web.https"
    ),
    "cannot listen on {host} port {port}: {reason}": (
        "не удаётся слушать {host}, порт {port}: {reason}"
    ),
}

# Line by line, as `init` writes them.
_TEMPLATE: Catalogue = {
    "The window in the browser, `cloudstock web`: where it listens, and who may come in."
    " Beyond this": (
        "Окно в браузере, `cloudstock web`: где слушает и кого впускает. Для других машин"
    ),
    "machine a password is required; `cloudstock web --hash-password` prints what stands here"
    " of it.": (
        "нужен пароль; `cloudstock web --hash-password` печатает то, что от него пишут здесь."
    ),
    "The token is for scripts; both secrets may also stand in files of their own"
    " (password_hash_file,": (
        "Токен — для программ; оба секрета могут лежать в своих файлах (password_hash_file,"
    ),
    "token_file). https says that a proxy which speaks it is in between.": (
        "token_file). https говорит, что впереди стоит прокси, который его знает."
    ),
}

MESSAGES: Catalogue = {**_TEMPLATE, **_PAGES, **_WORDS, **_REFUSALS, **_COMMAND}
