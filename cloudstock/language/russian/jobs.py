"""What jobs tell of an account, and what status finds."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "below [count]": "показывают меньше",
    "drift [count]": "расхождений",
    "held [count]": "задержано",
    "later [count]": "отложено",
    "lines settled [count]": "позиций пересчитано",
    "lines unlinked [count]": "позиций без товара",
    "listings [count]": "карточек",
    "listings new [count]": "новых карточек",
    "missing [count]": "не найдено",
    "movements [count]": "движений",
    "orders [count]": "заказов",
    "orders changed [count]": "изменённых заказов",
    "orders deeper [count]": "заказов из глубины",
    "orders foreign [count]": "заказов с других складов",
    "orders new [count]": "новых заказов",
    "orders unknown [count]": "заказов с неизвестным статусом",
    "pending [count]": "ждёт отправки",
    "products new [count]": "новых товаров",
    "pushed [count]": "отправлено",
    "read [count]": "прочитано",
    "readings unlisted [count]": "прочитано без карточки",
    "refused [count]": "отклонено",
    "returns [count]": "возвратов",
    "returns doubtful [count]": "возвратов в момент инвентаризации",
    "returns new [count]": "новых возвратов",
    "returns received [count]": "получено возвратов",
    "returns skipped [count]": "возвратов пропущено",
    "returns unknown [count]": "возвратов с неизвестным статусом",
    "returns unlinked [count]": "возвратов без товара",
    "times doubtful [count]": "отгрузок в момент инвентаризации",
    "unexplained [count]": "необъяснённых",
    "unknown pushes [count]": "отправок без ответа",
    "warehouses [count]": "складов",
    "would push [count]": "было бы отправлено",
    "nothing new": "ничего нового",
    "catalog [job]": "каталог",
    "check [job]": "проверка",
    "orders [job]": "заказы",
    "push [job]": "отправка",
    "reserves [job]": "резервы",
    "returns [job]": "возвраты",
    "{name}: {job} failed by a bug in cloudstock; the log has the details": (
        "{name}: {job} — сбой из-за ошибки в cloudstock; подробности в журнале"
    ),
    "clock [finding]": "часы",
    "credentials [finding]": "ключ",
    "drift [finding]": "расхождение",
    "failed [finding]": "сбой",
    "forgotten account [finding]": "забытый кабинет",
    "held [finding]": "задержано",
    "never polled [finding]": "не опрошено",
    "not raised [finding]": "не увеличено",
    "oversold [finding]": "перепродано",
    "pending [finding]": "ждёт отправки",
    "refused [finding]": "отклонено",
    "returns waiting [finding]": "возвраты ждут",
    "stale [finding]": "устарело",
    "unanswered [finding]": "без ответа",
    "unknown order [finding]": "заказ с неизвестным статусом",
    "unknown return [finding]": "возврат с неизвестным статусом",
    "unknown word [finding]": "неизвестное слово",
    "unlinked listing [finding]": "карточка без товара",
    "unlinked order [finding]": "заказ без товара",
    "unlinked return [finding]": "возврат без товара",
    "{count} more {words}; all with --json": "{words}: ещё {count}; все — с --json",
    "order {id} has a status that nobody knows ({status}); its units stay reserved": (
        "у заказа {id} неизвестный статус ({status}); его товар остаётся в резерве"
    ),
    "return {id} has a status that nobody knows ({status}); nothing moves for it": (
        "у возврата {id} неизвестный статус ({status}); движений по нему нет"
    ),
    "d [age]": "д",
    "h [age]": "ч",
    "min [age]": "мин",
    "s [age]": "с",
    " in {external_warehouse}": " на складе {external_warehouse}",
    "orders were never read, so nothing is raised; run `cloudstock poll-orders`": (
        "заказы ни разу не прочитаны, поэтому ничего не увеличивается; выполните `cloudstock"
        " poll-orders`"
    ),
    "; tried again after {again:%Y-%m-%d %H:%M} UTC": "; повтор после {again:%Y-%m-%d %H:%M} UTC",
    "{job} failed: {message}": "{job} — сбой: {message}",
    (
        "orders were last read {age} ago, longer than max_poll_age ({most}); listings on its"
        " shelf are not raised"
    ): (
        "заказы прочитаны {age} назад, это дольше max_poll_age ({most}); карточки с того же"
        " склада не увеличиваются"
    ),
    "{listing} was refused: {reason}{when}": "{listing}: отклонено: {reason}{when}",
    (
        "{listing} shows {seen} though {pushed} was accepted: changed by someone else, or not"
        " applied; the next push mends it"
    ): (
        "{listing}: показано {seen}, хотя принято {pushed}: изменил кто-то другой или площадка"
        " не применила; следующая отправка исправит"
    ),
    "{listing} is linked to no product and is not pushed; see `cloudstock listings --unlinked`": (
        "{listing}: не связана с товаром и не отправляется; см. `cloudstock listings --unlinked`"
    ),
    (
        "{n} listings are sent without an answer, so what they show is not known; the next"
        " push settles it"
    ): (
        (
            "{n} карточка отправлена без ответа, что она показывает — неизвестно; следующая"
            " отправка это уладит"
        ),
        (
            "{n} карточки отправлены без ответа, что они показывают — неизвестно; следующая"
            " отправка это уладит"
        ),
        (
            "{n} карточек отправлено без ответа, что они показывают — неизвестно; следующая"
            " отправка это уладит"
        ),
    ),
    (
        "{n} listings are not raised: the marketplace holds units for orders that the book"
        " does not know; `cloudstock poll-orders --since 30d` may find them"
    ): (
        (
            "{n} карточка не увеличивается: площадка держит товар под заказы, которых нет в"
            " книге; их может найти `cloudstock poll-orders --since 30d`"
        ),
        (
            "{n} карточки не увеличиваются: площадка держит товар под заказы, которых нет в"
            " книге; их может найти `cloudstock poll-orders --since 30d`"
        ),
        (
            "{n} карточек не увеличиваются: площадка держит товар под заказы, которых нет в"
            " книге; их может найти `cloudstock poll-orders --since 30d`"
        ),
    ),
    (
        "{n} listings are not raised: the orders of {accounts} on the same shelf are not known"
        " freshly"
    ): (
        "{n} карточка не увеличивается: давно не читались заказы {accounts} с того же склада",
        "{n} карточки не увеличиваются: давно не читались заказы {accounts} с того же склада",
        "{n} карточек не увеличиваются: давно не читались заказы {accounts} с того же склада",
    ),
    (
        "order {id}: {listing} is linked to no product, so it reserves nothing; run"
        " `cloudstock pull-catalog` or link-listing"
    ): (
        "заказ {id}: {listing} не связана с товаром, поэтому резерва нет; выполните"
        " `cloudstock pull-catalog` или link-listing"
    ),
    (
        "return {id}: {listing} is linked to no product, so nothing came back to the book; run"
        " `cloudstock pull-catalog` or link-listing"
    ): (
        "возврат {id}: {listing} не связана с товаром, поэтому в книгу ничего не вернулось;"
        " выполните `cloudstock pull-catalog` или link-listing"
    ),
    (
        "{returns} returns ({units} units) wait in quarantine; see `cloudstock show-returns"
        " --waiting`"
    ): (
        "возвратов ждёт в карантине: {returns} ({units} шт.); см. `cloudstock show-returns"
        " --waiting`"
    ),
    "{n} listings are to be pushed by the next `cloudstock push-stocks`": (
        "{n} карточку отправит следующий `cloudstock push-stocks`",
        "{n} карточки отправит следующий `cloudstock push-stocks`",
        "{n} карточек отправит следующий `cloudstock push-stocks`",
    ),
    (
        "{sku} is oversold in {warehouse}: {reserved} promised, {on_hand} on hand; count it,"
        " or cancel an order"
    ): (
        "{sku} перепродан на складе {warehouse}: обещано {reserved}, остаток {on_hand};"
        " пересчитайте его или отмените заказ"
    ),
    (
        "is not in the configuration, but {count} of its orders are open and hold their units"
        " for ever; configure it again until they end"
    ): (
        "нет в настройках, но открытых заказов у него {count}, и они вечно держат товар в"
        " резерве; верните кабинет в настройки, пока они не завершатся"
    ),
    "a line": "позиция",
    "it": "карточка",
    (
        "{name}: {count} listings show more than was sent ({shown}): changed by someone else,"
        " or a push was not applied; they are pushed again"
    ): (
        "{name}: показывают больше отправленного карточек: {count} ({shown}): изменил кто-то"
        " другой или отправка не применилась; они отправляются снова"
    ),
    "{listing} shows {free}, expected {high}": "{listing} показывает {free}, ожидалось {high}",
    (
        "{name}: no stock came back though {live} listings should show some; nothing was"
        " changed. If it stays so, run `cloudstock check`"
    ): (
        "{name}: площадка не вернула остатков, хотя их должны показывать карточки ({live});"
        " ничего не изменено. Если так будет и дальше, выполните `cloudstock check`"
    ),
    (
        "{name}: {units} units of {count} listings are held for orders that the book does not"
        " know; they are not raised meanwhile"
    ): (
        "{name}: площадка держит под заказы, которых нет в книге, {units} шт. (карточек:"
        " {count}); пока эти карточки не увеличиваются"
    ),
    "is {seller}": "это {seller}",
    ", not usable: {unusable}": ", использовать нельзя: {unusable}",
    "warehouse {warehouse_id} ({name}){state}": "склад {warehouse_id} ({name}){state}",
    "{what} could not be read now: {problem}": "{what}: сейчас не прочитать: {problem}",
    (
        "{what} cannot be read as cloudstock reads them: {problem}. The marketplace may have"
        " changed its interface: look for a newer cloudstock"
    ): (
        "{what}: площадка не отвечает на запрос cloudstock: {problem}. Возможно, она изменила свой"
        " интерфейс: проверьте, нет ли новой версии cloudstock"
    ),
    "warning": "внимание",
    (
        "the key ended on {end:%Y-%m-%d}; make a new one in the cabinet, write it into the"
        " configuration and run `cloudstock check`"
    ): (
        "ключ действовал до {end:%Y-%m-%d}; выпустите новый в кабинете, впишите его в настройки и"
        " запустите `cloudstock check`"
    ),
    (
        "the key ends on {end:%Y-%m-%d}, in {n} days; make a new one before, write it into the"
        " configuration and run `cloudstock check`"
    ): (
        (
            "ключ действует до {end:%Y-%m-%d}, остался {n} день; выпустите новый заранее, впишите"
            " его в настройки и запустите `cloudstock check`"
        ),
        (
            "ключ действует до {end:%Y-%m-%d}, осталось {n} дня; выпустите новый заранее, впишите"
            " его в настройки и запустите `cloudstock check`"
        ),
        (
            "ключ действует до {end:%Y-%m-%d}, осталось {n} дней; выпустите новый заранее, впишите"
            " его в настройки и запустите `cloudstock check`"
        ),
    ),
    "the key ends on {end:%Y-%m-%d}, in {n} days": (
        "ключ действует до {end:%Y-%m-%d}, остался {n} день",
        "ключ действует до {end:%Y-%m-%d}, осталось {n} дня",
        "ключ действует до {end:%Y-%m-%d}, осталось {n} дней",
    ),
    (
        "this machine's clock is {skew:.0f} s {direction} of the marketplace's; cloudstock reckons"
        " with it, but set it by NTP"
    ): (
        "часы этого компьютера {direction} от часов площадки на {skew:.0f} с; cloudstock это"
        " учитывает, но сверьте часы по NTP"
    ),
    "behind": "отстают",
    "ahead": "уходят вперёд",
    (
        "{name}: orders with a status nobody knows keep their units reserved; see `cloudstock"
        " show-orders --unknown`"
    ): (
        "{name}: заказы с неизвестным статусом держат товар в резерве; см. `cloudstock"
        " show-orders --unknown`"
    ),
    (
        "{name}: orders for listings that no product is linked to reserve nothing; run"
        " `cloudstock pull-catalog`, or link-listing"
    ): (
        "{name}: заказы по карточкам без товара ничего не резервируют; выполните `cloudstock"
        " pull-catalog` или link-listing"
    ),
    (
        "{name}: orders from warehouses that the configuration does not name reserve nothing;"
        " if they are yours, add them to the account's `warehouses`"
    ): (
        "{name}: заказы со складов, которых нет в настройках, ничего не резервируют; если это"
        " ваши склады, добавьте их в `warehouses` кабинета"
    ),
    (
        "{name}: the catalog came back empty though {known} listings are known; nothing was"
        " changed. If the shop is really empty, archive the listings there"
    ): (
        "{name}: каталог пришёл пустым, хотя известно карточек: {known}; ничего не изменено."
        " Если магазин и правда пуст, отправьте карточки там в архив"
    ),
    "{name}: {offer_id} was refused ({said}); see `cloudstock status`": (
        "{name}: {offer_id} отклонено ({said}); см. `cloudstock status`"
    ),
    (
        "{name}: {n} listings are not raised, because the orders of an account on the same"
        " shelf could not be read lately; see `cloudstock status`"
    ): (
        (
            "{name}: {n} карточка не увеличена: давно не читались заказы кабинета с того же"
            " склада; см. `cloudstock status`"
        ),
        (
            "{name}: {n} карточки не увеличены: давно не читались заказы кабинета с того же"
            " склада; см. `cloudstock status`"
        ),
        (
            "{name}: {n} карточек не увеличено: давно не читались заказы кабинета с того же"
            " склада; см. `cloudstock status`"
        ),
    ),
    (
        "{name}: {count} of {live} listings would fall to zero though nothing was sold: this"
        " looks like an accident, so they were left as they are. If it is meant, run"
        " `cloudstock push-stocks --yes`; else correct the stock and push again"
    ): (
        "{name}: обнулилось бы {count} из {live} карточек, хотя продаж не было: похоже на"
        " ошибку, поэтому они оставлены как есть. Если так и нужно, выполните `cloudstock"
        " push-stocks --yes`; иначе поправьте остатки и отправьте снова"
    ),
    ("{name}: {n} listings wait for the marketplace's limit on repeats; the next run sends them"): (
        "{name}: {n} карточка ждёт лимита площадки на повторы; её отправит следующий запуск",
        "{name}: {n} карточки ждут лимита площадки на повторы; их отправит следующий запуск",
        "{name}: {n} карточек ждут лимита площадки на повторы; их отправит следующий запуск",
    ),
    (
        "{name}: {n} listings are not raised, because orders are not read or the"
        " marketplace holds more units than the book can explain; see `cloudstock status`"
    ): (
        (
            "{name}: {n} карточка не увеличена: заказы не прочитаны или площадка держит больше"
            " товара, чем может объяснить книга; см. `cloudstock status`"
        ),
        (
            "{name}: {n} карточки не увеличены: заказы не прочитаны или площадка держит больше"
            " товара, чем может объяснить книга; см. `cloudstock status`"
        ),
        (
            "{name}: {n} карточек не увеличено: заказы не прочитаны или площадка держит больше"
            " товара, чем может объяснить книга; см. `cloudstock status`"
        ),
    ),
    (
        "{name}: return {return_id} had come when it was first seen, nobody tells when, so its"
        " {units} units are taken to be counted already; if they are not, run `cloudstock"
        " adjust-stock`"
    ): (
        "{name}: возврат {return_id} уже был получен, когда о нём стало известно, а когда"
        " именно, площадка не сообщает; считаем, что его товар ({units} шт.) уже посчитан. Если"
        " нет, выполните `cloudstock adjust-stock`"
    ),
    (
        "{name}: {n} returns have not been decided for {days} days and are not asked"
        " for any more: {some}. If the units came back, count the products"
    ): (
        (
            "{name}: по {n} возврату нет решения уже {days} дней, больше не спрашиваем: {some}."
            " Если товар вернулся, пересчитайте его"
        ),
        (
            "{name}: по {n} возвратам нет решения уже {days} дней, больше не спрашиваем: {some}."
            " Если товары вернулись, пересчитайте их"
        ),
        (
            "{name}: по {n} возвратам нет решения уже {days} дней, больше не спрашиваем: {some}."
            " Если товары вернулись, пересчитайте их"
        ),
    ),
    (
        "{name}: returns of listings that no product is linked to are not booked; link them,"
        " see `cloudstock show-returns`"
    ): (
        "{name}: возвраты по карточкам без товара не учитываются; свяжите карточки, см."
        " `cloudstock show-returns`"
    ),
    (
        "{name}: return {return_id} was received and is now {status!r}; its units stay where"
        " they are. Count the product if they are not there"
    ): (
        "{name}: возврат {return_id} был получен, а теперь в статусе {status!r}; товар"
        " остаётся, где лежит. Если его там нет, пересчитайте товар"
    ),
    (
        "{name}: units of orders were handed over at the very time of a count, told in whole"
        " seconds only; they are taken to have left after it. Count the product again if that is"
        " wrong, see `cloudstock show-history SKU`"
    ): (
        "{name}: товар по заказам передан в ту же секунду, что и инвентаризация (точнее площадка не"
        " сообщает); считается, что он ушёл после неё. Если это не так, пересчитайте товар, см."
        " `cloudstock show-history SKU`"
    ),
    (
        "{name}: return {return_id} came at the very time ({received_at}) from which on the stock"
        " is known, so its {units} units are taken to be counted already; if they are not, run"
        " `cloudstock adjust-stock`"
    ): (
        "{name}: возврат {return_id} пришёл в тот самый момент ({received_at}), с которого ведётся"
        " учёт, поэтому {units} шт. считаются уже учтёнными; если это не так, внесите"
        " `cloudstock adjust-stock`"
    ),
    (
        "{name}: {units} of {sku} came back with return {return_id} at the very time"
        " ({received_at}) of the last count, so they are taken to be in it; if they were not"
        " counted, run `cloudstock adjust-stock`"
    ): (
        "{name}: {units} шт. {sku} вернулись с возвратом {return_id} в момент последней"
        " инвентаризации ({received_at}), поэтому считаются учтёнными; если их не считали, внесите"
        " `cloudstock adjust-stock`"
    ),
    (
        "shops {shops} sell the same stock and have no account here: add them, or else their orders"
        " are not seen, and listings are not raised while there are any"
    ): (
        "магазины {shops} продают тот же остаток, а кабинета для них здесь нет: добавьте его, иначе"
        " их заказы не видны, и, пока они есть, остатки не повышаются"
    ),
}
