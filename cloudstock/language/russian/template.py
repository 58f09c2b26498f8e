"""The comments of the configuration that `init` writes, line by line."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "cloudstock: one shelf, three shop windows.": "cloudstock: один склад, три витрины.",
    "Fill in the accounts you have, delete the others, then run `cloudstock check`.": (
        "Впишите свои кабинеты, остальные удалите и выполните `cloudstock check`."
    ),
    "Anything wrong is told with its line and what was expected.": (
        "О любой ошибке сообщается со строкой и с тем, что ожидалось."
    ),
    "Keys and tokens: this file never needs to hold them. Take one of": (
        "Ключи и токены: хранить их в этом файле не обязательно. Один из способов:"
    ),
    (
        "    api_key: ${OZON_API_KEY}                from the environment (cron has almost"
        " none: set it there)"
    ): (
        "    api_key: ${OZON_API_KEY}                из окружения (у cron его почти нет:"
        " задайте там)"
    ),
    "    api_key_file: /etc/cloudstock/ozon.key  from a file with nothing else in it": (
        "    api_key_file: /etc/cloudstock/ozon.key  из файла, где больше ничего нет"
    ),
    (
        '    api_key: "..."                          here, while the file is yours alone'
        " (chmod 600)"
    ): (
        '    api_key: "..."                          здесь, пока файл доступен только вам'
        " (chmod 600)"
    ),
    "Ids of digits: as the marketplace shows them. Where quotes stand below, keep them: without": (
        "Номера из цифр: как их показывает площадка. Где ниже стоят кавычки, оставьте их: без"
    ),
    "them YAML would make 5349 of 012345.": "них YAML сделал бы из 012345 число 5349.",
    "The book of stock, relative to this file. It is made by the first run.": (
        "Книга остатков, относительно этого файла. Её создаёт первый запуск."
    ),
    (
        "The language of messages, also of what cron mails: en or ru. Without it as the"
        " environment says;"
    ): "Язык сообщений, в том числе писем от cron: en или ru. Без него — как в окружении;",
    "--lang goes before both.": "--lang важнее обоих.",
    (
        "Numbers shown are raised only on fresh knowledge: where an account's orders could not"
        " be read"
    ): "Остатки увеличиваются только по свежим данным: если заказы кабинета не читались",
    "for longer than this, windows fed from the same shelf are lowered but not raised.": (
        "дольше этого, карточки с того же склада уменьшаются, но не увеличиваются."
    ),
    (
        "How long a push may wait for the marketplaces' limits; the rest goes out with the"
        " next run."
    ): "Сколько отправка может ждать лимитов площадок; остальное уйдёт со следующим запуском.",
    "How often `sync` reads back what the marketplaces show and hold.": (
        "Как часто `sync` читает, что площадки показывают и держат в резерве."
    ),
    (
        "A push that would take more than this share of an account's live listings to zero,"
        " with no sales"
    ): "Если отправка обнулила бы больше этой доли карточек кабинета без объясняющих это",
    (
        "to explain it, is stopped until somebody confirms it with --yes. Fewer listings never"
        " stop it."
    ): "продаж, она ждёт подтверждения через --yes. Меньшее число карточек её не останавливает.",
    (
        "Who is told what lasts and what is over, each thing once: a failing account, oversold"
        " units,"
    ): (
        "Кому сообщать о том, что длится и что прошло, о каждом один раз: сбой кабинета,"
        " перепродажа,"
    ),
    "listings that match no product, a token about to end. Addresses are those of Apprise": (
        "карточки без товара, токен на исходе. Адреса — как в Apprise"
    ),
    (
        "(pip install 'cloudstock[notify]'): Telegram, mail, a hundred more. They open your"
        " channels, so"
    ): (
        "(pip install 'cloudstock[notify]'): Telegram, почта и сотня других. Они открывают"
        " ваши каналы,"
    ),
    "treat them as keys; `cloudstock notify --test` tries them.": (
        "храните их как ключи; `cloudstock notify --test` их проверяет."
    ),
    "files with an address each": "файлы, в каждом один адрес",
    "a failure is told once it has lasted so long": "о сбое сообщается, когда он длится столько",
    "or 24h: told again while it lasts": "или 24h: напоминать, пока длится",
    (
        "Addresses of a healthchecks-style monitor, by command: asked for at its end, with"
        " /start before it"
    ): "Адреса монитора вида healthchecks, по командам: запрашиваются в конце, с /start перед ней",
    "and with /fail where it failed. They notice when nothing runs any more.": (
        "и с /fail при сбое. Так заметно, что больше ничего не запускается."
    ),
    "What every account shows of what is available; an account may say otherwise, key by key.": (
        "Сколько из доступного показывает каждый кабинет; в кабинете можно задать иначе, по ключам."
    ),
    "units kept back per product": "сколько штук придержать на товар",
    "no listing shows more than this": "ни одна карточка не покажет больше",
    "of what is available, rounded down": "от доступного, с округлением вниз",
    "Any name of letters, digits, '.', '_' and '-'; it is what tables and logs say.": (
        "Любое имя из букв, цифр, «.», «_» и «-»; оно будет в таблицах и журнале."
    ),
    "Both from the seller's cabinet, Settings -> Seller API.": (
        "Оба — из кабинета продавца, Настройки -> API-ключи."
    ),
    "Ozon's warehouse id: your warehouse that feeds it. `cloudstock check` lists Ozon's.": (
        "Номер склада Ozon: ваш склад, с которого он пополняется. Склады Ozon покажет"
        " `cloudstock check`."
    ),
    "A returned unit waits in quarantine for `cloudstock receive-return`;": (
        "Возвращённый товар ждёт в карантине `cloudstock receive-return`;"
    ),
    "restock: it is back on sale at once.": "restock: он сразу снова в продаже.",
    "From the seller's cabinet, Settings -> API access: Content, Marketplace and Analytics.": (
        "Из кабинета продавца, Настройки -> Доступ к API: Контент, Маркетплейс и Аналитика."
    ),
    "Two warehouses of one account fed from one shelf add up for buyers, so they share it:": (
        "Два склада одного кабинета с одного вашего склада покупатели увидели бы суммой,"
        " поэтому они его делят:"
    ),
    "The article of a card with several sizes:": "Артикул карточки с несколькими размерами:",
    "From the cabinet's settings -> API and modules; orders, stocks and cards.": (
        "Из настроек кабинета -> API и модули; заказы, остатки и карточки."
    ),
    "Several shops (campaigns) are several accounts.": (
        "Несколько магазинов (campaign) — это несколько кабинетов."
    ),
    "A shop has one warehouse, so its id need not be named:": (
        "У магазина один склад, поэтому его номер указывать не нужно:"
    ),
    "For any account: one address instead of the marketplace's own (a proxy, the sandbox), and": (
        "Для любого кабинета: один адрес вместо адресов площадки (прокси, песочница) и"
    ),
    "how much of the published limits to use where other tools need some too:": (
        "какую часть опубликованных лимитов использовать, если они нужны и другим программам:"
    ),
    "And whether numbers are sent to it, whatever `push:` says at the top:": (
        "И отправлять ли в него остатки, что бы ни стояло в `push:` наверху:"
    ),
    (
        "off: everything is read, booked and compared, and nothing is sent; `cloudstock status`"
        " tells how"
    ): (
        "off: всё читается, учитывается и сверяется, но ничего не отправляется; `cloudstock"
        " status` скажет, как"
    ),
    (
        "often and by how much the marketplaces' numbers differ from yours. An account may say"
        " otherwise."
    ): "часто и насколько остатки площадок расходятся с вашими. Кабинет может решить иначе.",
    "  events: [failed, oversold, unlinked, token, recovered]": (
        "  events: [failed, oversold, unlinked, token, recovered]"
    ),
    "warehouses: {507: {from: main, share: 60%}, 508: {from: main, share: 40%}}": (
        "warehouses: {507: {from: main, share: 60%}, 508: {from: main, share: 40%}}"
    ),
    "share: every account shows all that is there. split: the units are divided,": (
        "share: каждый кабинет показывает всё, что есть. split: штуки делятся так,"
    ),
    "so that together the accounts never show more than there is. adaptive: share": (
        "чтобы кабинеты вместе не показали больше, чем есть. adaptive: share,"
    ),
    "while stock is ample, split when it is scarce. priority: scarce units go to": (
        "пока товара много, split, когда мало. priority: когда мало, всё достаётся"
    ),
    "the account of the lowest rank. `set-policy` says otherwise for a product": (
        "кабинету с наименьшим rank. Для товара иначе задаёт `set-policy`"
    ),
    "of an account; its place in this file if not told": (
        "кабинета; если не указан — его место в этом файле"
    ),
}
