"""The report."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Insight": "Анализ",
    "Tell how it sells, and what was wrong.": "Рассказать, как идут продажи и что было не так.",
    (
        "Stock and days of cover from actual sales, what sells where, returns, units sold that"
        " were not there, what windows showed, how quickly they follow, and what nothing is pushed"
        " for. With --output as one page that needs no network, for the browser and for paper."
    ): (
        "Остатки и на сколько дней их хватит по фактическим продажам, что где продаётся, возвраты,"
        " перепроданное, что показывали витрины, как быстро они обновляются и по чему остаток не"
        " отправляется. С --output — одной страницей, которой не нужна сеть: для браузера и для"
        " бумаги."
    ),
    "Of so many days, today included; 30.": "За столько дней, включая сегодня; 30.",
    "So many lines of each list; 25.": "Столько строк в каждом списке; 25.",
    "Write a page for the browser; `-`: to standard output.": (
        "Записать страницу для браузера; `-`: в стандартный вывод."
    ),
    "--output writes a page and --json data: name one of them": (
        "--output пишет страницу, а --json данные: укажите что-то одно"
    ),
    "{file} is written.": "{file} записан.",
    "Stock report": "Отчёт об остатках",
    "{days} days, {first} to {last}": "дней: {days}, с {first} по {last}",
    "made {when} {zone}": "составлен {when} {zone}",
    "In short": "Коротко",
    "Units on hand": "Остаток, шт.",
    "{n} products counted": (
        "пересчитан {n} товар",
        "пересчитано {n} товара",
        "пересчитано {n} товаров",
    ),
    "Available": "Доступно",
    "{n} products sold out": ("распродан {n}", "распродано {n}", "распродано {n}"),
    "Units sold": "Продано, шт.",
    "{number} a day": "{number} в день",
    "Units returned": "Возвращено, шт.",
    "Oversold units": "Перепродано, шт.",
    "{n} products": ("{n} товар", "{n} товара", "{n} товаров"),
    "Nothing is pushed for": "Остаток не отправляется",
    "{listings} not linked, {products} not counted": (
        "не связано: {listings}, не пересчитано: {products}"
    ),
    "What sells where": "Что где продаётся",
    "Account": "Кабинет",
    "Orders": "Заказы",
    "Cancelled": "Отменено",
    "Units a day": "Шт. в день",
    "Days known": "Известно дней",
    (
        "Units of products that orders hold or took off the shelf, by the day of the order; packs"
        " and bundles are taken apart. What was cancelled before it left is not in them, nor are"
        " orders of listings without a product."
    ): (
        "Штуки товаров, которые заказы держат в резерве или уже забрали со склада, по дню заказа;"
        " упаковки и наборы разобраны на товары. Отменённое до отгрузки и заказы по карточкам без"
        " товара не учтены."
    ),
    "No account was read yet.": "Ни один кабинет ещё не прочитан.",
    "Runs out first": "Кончится раньше всего",
    "Lasts, days": "Хватит, дней",
    "Sold": "Продано",
    "Sold a day": "В день",
    (
        "If it sells on as in the days that each account is known for. ~: fewer than ten units"
        " sold, or less than a week known; take it for a guess. A product that was sold out for a"
        " while would have sold more."
    ): (
        "Если продажи пойдут как в дни, за которые кабинеты известны. ~: продано меньше десяти"
        " штук или известно меньше недели, это лишь догадка. Товар, которого какое-то время не"
        " было, продался бы лучше."
    ),
    "Nothing that is counted was sold.": "Из пересчитанного ничего не продано.",
    "Sells most": "Продаётся больше всего",
    "{shown} of {total} that were sold.": "Показано {shown} из {total} проданных товаров.",
    "Nothing was sold.": "Ничего не продано.",
    "Lies still": "Лежит без движения",
    "On the shelf and not sold once in these days: {products} products, {units} units.": (
        "Лежит на складе и за эти дни ни разу не продано: товаров {products}, штук {units}."
    ),
    "All that lies on the shelf was sold, too.": "Всё, что лежит на складе, и продавалось.",
    "Name": "Название",
    "On hand": "Остаток",
    "over a year": "больше года",
    "Returns": "Возвраты",
    "Returned": "Возвращено",
    "Of sold": "От продаж",
    "Received": "Получено",
    "On the way": "В пути",
    (
        "Units. Returned: filed in these days, against what was sold in the same days; what comes"
        " back later is of an earlier sale. Waiting: in quarantine now, for `cloudstock"
        " receive-return`."
    ): (
        "В штуках. Возвращено: оформлено за эти дни, в сравнении с проданным за те же дни;"
        " вернуться может и проданное раньше. Ждёт: сейчас в карантине, до `cloudstock"
        " receive-return`."
    ),
    "Sold and not there": "Перепродано",
    "Shelf": "Склад",
    "When": "Когда",
    "Promised": "Обещано",
    "now": "сейчас",
    (
        "Oversold now: {products} products, {units} units. Below zero in the ledger in these days:"
        " {shelves}. What was promised twice and cancelled in time left no trace there."
    ): (
        "Перепродано сейчас: товаров {products}, штук {units}. Ниже нуля в журнале за эти дни:"
        " {shelves}. Обещанное дважды и вовремя отменённое следа там не оставило."
    ),
    "No unit was sold that was not there.": "Ничего не продано сверх того, что было.",
    "What windows show": "Что показывают витрины",
    "Windows": "Витрины",
    "Above now": "Выше сейчас",
    "Unknown": "Неизвестно",
    "Drift found": "Было выше",
    "Below found": "Было ниже",
    (
        "A window is a listing in a marketplace's warehouse. Above now: read back with more than"
        " was accepted. Drift and below: what readings found more or less than believed, each"
        " time, since {since}; runs are kept for a week. Less may be an order that was not seen"
        " yet."
    ): (
        "Витрина — карточка на складе площадки. Выше сейчас: видно больше, чем было принято. Было"
        " выше и ниже: сколько раз чтение нашло больше или меньше ожидаемого с {since}; запуски"
        " хранятся неделю. Меньше бывает и из-за заказа, который ещё не прочитан."
    ),
    "How quickly windows follow": "Как быстро обновляются витрины",
    "Accepted": "Принято",
    "No answer": "Без ответа",
    "Median": "Медиана",
    "95 of 100": "95 из 100",
    "99 of 100": "99 из 100",
    "Slowest": "Дольше всех",
    (
        "From the moment that a number was computed until the marketplace accepted it, of the"
        " pushes that are kept: since {since}, 30 days at most."
    ): (
        "От расчёта числа до принятия площадкой, по сохранённым отправкам: с {since}, хранятся не"
        " дольше 30 дней."
    ),
    "Nothing was pushed.": "Ничего не отправлено.",
    "How fresh the knowledge is": "Насколько свежи сведения",
    "Marketplace": "Площадка",
    "Orders known since": "Заказы известны с",
    "Orders read until": "Заказы прочитаны до",
    "State": "Состояние",
    "stale": "устарели",
    "fresh": "свежие",
    "What": "Что",
    (
        "Listings without a product: {listings}; see `cloudstock link-listing --help`. Listed"
        " products that were never counted: {products}; see `cloudstock set-stock --help`."
    ): (
        "Карточек без товара: {listings}; см. `cloudstock link-listing --help`. Товаров на"
        " площадках, ни разу не пересчитанных: {products}; см. `cloudstock set-stock --help`."
    ),
    "Every listing has a product, and every product was counted.": (
        "У каждой карточки есть товар, и каждый товар пересчитан."
    ),
    "{n} s": "{n} с",
    "{n} min": "{n} мин",
    "units a day, {most} at most": "штук в день, самое большее {most}",
    "Units sold a day, by account": "Продано штук в день, по кабинетам",
    "others": "прочие",
}
