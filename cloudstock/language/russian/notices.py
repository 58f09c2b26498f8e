"""Notices, and the command that sends them."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Notices": "Извещения",
    "Tell what is wrong to the addresses of `notify:`.": (
        "Сообщить, что не в порядке, по адресам из `notify:`."
    ),
    (
        "Jobs do so by themselves when they have ended; each event is told once, and once more"
        " when it is over. Exits 1 where no address took the message."
    ): (
        "Задания делают это сами, когда закончатся; о каждом событии сообщается один раз и ещё"
        " раз, когда оно прошло. Завершается с кодом 1, если ни по одному адресу сообщение не"
        " принято."
    ),
    "Send a message that only tells that messages arrive.": (
        "Отправить проверочное сообщение: доходят ли они."
    ),
    "cloudstock notify --dry-run        # what would be told now": (
        "cloudstock notify --dry-run        # о чём было бы сообщено сейчас"
    ),
    "expected a list, got {kind}": "здесь нужен список, а указано: {kind}",
    "missing; at least one address in urls, or a file in url_files": (
        "не указано; нужен хотя бы один адрес в urls или файл в url_files"
    ),
    "no job of that name": "такого задания нет",
    "expected an address of Apprise's, such as tgram://TOKEN/CHAT": (
        "нужен адрес Apprise, например tgram://TOKEN/CHAT"
    ),
    "expected an address such as https://hc.example/ping/UUID": (
        "нужен адрес, например https://hc.example/ping/UUID"
    ),
    "expected an address without user name, password and # part": (
        "нужен адрес без имени пользователя, пароля и части после #"
    ),
    "expected https beyond this machine, got http": (
        "за пределы этой машины нужен https, а указан http"
    ),
    "{unfit}; or {never}": "{unfit}; или {never}",
    "{path} names nobody to be told; see `notify:` in the README": (
        "в {path} не сказано, кого извещать; см. `notify:` в README"
    ),
    "There is nothing new to tell.": "Нового нет.",
    "no address took the message; it is tried again by the next run": (
        "ни по одному адресу сообщение не принято; следующий запуск попробует ещё раз"
    ),
    "{n} addresses took it.": (
        "Принято: {n} адрес.",
        "Принято: {n} адреса.",
        "Принято: {n} адресов.",
    ),
    "notices are sent by Apprise, which is not installed; run: pip install 'cloudstock[notify]'": (
        "извещения отправляет Apprise, а он не установлен; выполните: pip install"
        " 'cloudstock[notify]'"
    ),
    "cloudstock: {n} things to see to": (
        "cloudstock: {n} событие требует внимания",
        "cloudstock: {n} события требуют внимания",
        "cloudstock: {n} событий требуют внимания",
    ),
    "cloudstock: {n} things are right again": (
        "cloudstock: снова в порядке, {n} событие",
        "cloudstock: снова в порядке, {n} события",
        "cloudstock: снова в порядке, {n} событий",
    ),
    "cloudstock: a test notice": "cloudstock: проверка извещений",
    "This is what a notice looks like. Sent {when}.": "Так выглядит извещение. Отправлено {when}.",
    "Times are {zone}. `cloudstock status` tells all.": (
        "Время: {zone}. Подробности: `cloudstock status`."
    ),
    "and {n} more": (
        "и ещё {n}",
        "и ещё {n}",
        "и ещё {n}",
    ),
    "{account} cannot be worked with: its orders were last read {since}.": (
        "{account}: кабинет не работает, заказы последний раз прочитаны {since}."
    ),
    "{account}: {job} fails; it last succeeded {since}.": (
        "{account}: {job} не удаётся; последний раз удалось {since}."
    ),
    (
        "{sku} is oversold in {warehouse}: {reserved} promised, {on_hand} on hand; count it,"
        " or cancel an order."
    ): (
        "{sku}: перепродано на складе {warehouse}: обещано {reserved}, остаток {on_hand};"
        " пересчитайте товар или отмените заказ."
    ),
    (
        "{account}: {article} is linked to no product and is not pushed; see `cloudstock"
        " listings --unlinked`."
    ): (
        "{account}: карточка {article} не связана с товаром, её остаток не отправляется; см."
        " `cloudstock listings --unlinked`."
    ),
    "{account}: the token ends {when}; make a new one before.": (
        "{account}: срок токена истекает {when}; выпустите новый заранее."
    ),
    "{account} works again, after trouble since {since}.": (
        "{account}: кабинет снова работает; сбой длился с {since}."
    ),
    "{account}: {job} succeeds again, after trouble since {since}.": (
        "{account}: {job} снова выполняется; сбой длился с {since}."
    ),
    "{sku} is no longer oversold in {warehouse}.": (
        "{sku}: на складе {warehouse} больше не перепродано."
    ),
    "{account} cannot be worked with: its orders were never read.": (
        "{account}: кабинет не работает, заказы ни разу не прочитаны."
    ),
    "{account}: {job} fails; it never succeeded.": "{account}: {job} ещё ни разу не удалось.",
    "Notices:": "Извещения:",
    "told {when}": "сообщено {when}",
    "not told yet": "ещё не сообщено",
    "no answer in {seconds:g} s": "нет ответа за {seconds:g} с",
    "not an address that Apprise knows": "такого адреса Apprise не знает",
    "refused, or unreachable": "отказано или недоступно",
}
