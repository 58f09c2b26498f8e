"""What a person does at the shelf and with the book."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    ("this is a bug; please report it with what follows\n{trace}"): (
        "это ошибка в программе; сообщите о ней вместе с тем, что ниже\n{trace}"
    ),
    "the answer could not be written: {failure}": "не удалось вывести ответ: {failure}",
    "has not been decided yet ({status}): nothing of it has arrived": (
        "ещё без решения ({status}): ничего не прибыло"
    ),
    "has not arrived yet ({status}); `cloudstock poll-returns` learns of its arrival": (
        "ещё не прибыл ({status}); о прибытии узнает `cloudstock poll-returns`"
    ),
    (
        "is done: {restocked} put back on sale, {written_off} written off; a mistake is"
        " corrected with adjust-stock"
    ): (
        "закрыт: возвращено в продажу {restocked}, списано {written_off}; ошибку исправляет"
        " adjust-stock"
    ),
    "came back before the book began, so nothing of it waits; count the product": (
        "вернулся до начала книги, поэтому ничего не ждёт; пересчитайте товар"
    ),
    (
        "is of order {order_id}, which has not been read yet; run `cloudstock poll-orders`,"
        " then `cloudstock poll-returns`"
    ): (
        "относится к заказу {order_id}, который ещё не прочитан; выполните `cloudstock"
        " poll-orders`, затем `cloudstock poll-returns`"
    ),
    (
        "is of {offer_id} that no product is linked to; link it (`cloudstock link-listing`),"
        " then run `cloudstock poll-returns`"
    ): (
        "относится к карточке {offer_id}, не связанной с товаром; свяжите её (`cloudstock"
        " link-listing`), затем выполните `cloudstock poll-returns`"
    ),
    "never comes back ({status})": "не вернётся ({status})",
    " in {account}": " в кабинете {account}",
    (
        "the book knows no return {return_id!r}{where}; `cloudstock show-returns --waiting`"
        " lists those in quarantine"
    ): (
        "в книге нет возврата {return_id!r}{where}; те, что в карантине, показывает"
        " `cloudstock show-returns --waiting`"
    ),
    "return {return_id} is known in several accounts: name one with --account ({owners})": (
        "возврат {return_id} есть в нескольких кабинетах: назовите нужный через --account"
        " ({owners})"
    ),
    "return {return_id} {why}": "возврат {return_id} {why}",
    "expected how many to receive, 1 or more, not {quantity}": (
        "ожидается, сколько принять, 1 или больше, а не {quantity}"
    ),
    "{owner}: {waiting} of return {return_id} wait in quarantine, not {quantity}": (
        "{owner}: по возврату {return_id} в карантине ждёт {waiting}, а не {quantity}"
    ),
    "a listing": "без артикула",
    "nothing": "ничего",
    (
        "{product} products, {listing} listings, {orders} orders, {returns} returns,"
        " {movement} movements"
    ): (
        "товаров {product}, карточек {listing}, заказов {orders}, возвратов {returns},"
        " движений {movement}"
    ),
    "{target} exists; name another file, or replace it with --force": (
        "{target} уже есть; укажите другой файл или замените его через --force"
    ),
    "{target} is the book itself; name another file": (
        "{target} — это сама книга; укажите другой файл"
    ),
    "{file} is not a file": "{file} — не файл",
    "{file} is the book itself; name a copy": "{file} — это сама книга; укажите копию",
    "{file} is a book in use, not a copy; copy it with `cloudstock backup` first": (
        "{file} — книга, с которой работают, а не копия; сначала скопируйте её через"
        " `cloudstock backup`"
    ),
    "{path}: the copy is not what the book holds; copy it again": (
        "{path}: копия не совпала с книгой; скопируйте ещё раз"
    ),
    "{path} is damaged: {said}": "{path} повреждён: {said}",
    "{path} is a database of another program": "{path} — база данных другой программы",
    "{path} has rows that name others which are not there": (
        "в {path} есть строки, которые ссылаются на отсутствующие"
    ),
    "{file} is not whole: {told}; nothing was changed": (
        "{file} не в порядке: {told}; ничего не изменено"
    ),
    "{database} is held by another program; try again later": (
        "{database} занят другой программой; повторите позже"
    ),
    "{target} exists; name another file": "{target} уже есть; укажите другой файл",
    "not CSV: {words}": "это не CSV: {words}",
    "a quote opened here is never closed": "открытая здесь кавычка не закрыта",
    "text after a closing quote; expected the separator (a quote inside is written twice)": (
        "текст после закрывающей кавычки; ожидается разделитель (кавычка внутри пишется дважды)"
    ),
    (
        "{name}: line {wrong}: not UTF-8 text, and not certainly Russian text in Windows-1251;"
        " save it as CSV UTF-8. Nothing was changed"
    ): (
        "{name}: строка {wrong}: это не текст UTF-8 и не наверняка русский текст Windows-1251;"
        " сохраните как CSV UTF-8. Ничего не изменено"
    ),
    "line {line}, column {column}": "строка {line}, столбец {column}",
    "line {line}": "строка {line}",
    (
        "{cell} stands under no header; expected {count} fields (one that holds the separator,"
        " in quotes)"
    ): (
        "{cell}: нет заголовка столбца; ожидается полей: {count} (поле с разделителем внутри —"
        " в кавычках)"
    ),
    "a NUL byte; expected plain text": "нулевой байт; ожидается простой текст",
    "{name} is empty; expected a header {expected} and a row per product": (
        "{name} пуст; ожидается заголовок {expected} и строка на каждый товар"
    ),
    "{name} is a workbook (XLSX); name it .xlsx, or save the sheet as CSV UTF-8": (
        "{name} — книга Excel (XLSX); назовите файл .xlsx или сохраните лист как CSV UTF-8"
    ),
    "{name} is UTF-16 text; save it as CSV UTF-8": "{name} — текст UTF-16; сохраните как CSV UTF-8",
    "{name}: and {count:,} more problems": "{name}: и ещё ошибок: {count:,}",
    (
        "{name}: line {line}: more than {most:,} characters; expected {expected}, a product on"
        " each line"
    ): "{name}: строка {line}: больше {most:,} знаков; ожидается {expected}, по товару в строке",
    "is not known; expected {expected}": "неизвестен; ожидается {expected}",
    "is missing; expected a header {expected}": "отсутствует; ожидается заголовок {expected}",
    "is there twice, the second time in field {at}": "указан дважды, второй раз в поле {at}",
    "{path} exists and is not written over; edit it, or name another with --config": (
        "{path} уже есть и не перезаписывается; отредактируйте его или укажите другой через"
        " --config"
    ),
    (
        "there is no warehouse {name!r}; known: {known} (a new one is named in the"
        " configuration first)"
    ): "склада {name!r} нет; известны: {known} (новый сначала указывается в настройках)",
    "what lies in quarantine is put away or written off with `cloudstock receive-return`": (
        "то, что лежит в карантине, принимается или списывается через `cloudstock receive-return`"
    ),
    "; did you mean {near}?": "; может быть, {near}?",
    "the book knows no account {name!r}{hint}": "в книге нет кабинета {name!r}{hint}",
    "expected at least one product: SKU, or SKU=UNITS for a pack": (
        "ожидается хотя бы один товар: АРТИКУЛ или АРТИКУЛ=ШТУК для упаковки"
    ),
    "{account} has no listing {listing!r} in the book{hint}": (
        "в книге нет карточки {listing!r} кабинета {account}{hint}"
    ),
    "{account} has {count} listings {listing!r}; name one by its marketplace id: {ids}": (
        "у кабинета {account} карточек {listing!r} несколько ({count}); укажите нужную по её"
        " номеру на площадке: {ids}"
    ),
    "{sku}: expected 1 to {most} units in a listing, not {units}": (
        "{sku}: ожидается от 1 до {most} штук в карточке, а не {units}"
    ),
    "{sku} is named twice; give its units once: {sku}=2": (
        "{sku} указан дважды; задайте количество один раз: {sku}=2"
    ),
    "expected a product's article, not an empty one": "ожидается артикул товара, указан пустой",
    "is not a whole number": "— не целое число",
    "standard input": "стандартный ввод",
    "is below zero": "меньше нуля",
    "is a fraction": "— дробь",
    "is too large": "слишком велико",
    "{cell} {fault}; expected a whole number from 0 to {most:,}": (
        "{cell} {fault}; ожидается целое число от 0 до {most:,}"
    ),
    (
        "{typed} was given for {warehouse} in line {first} already; expected one row for each"
        " product and shelf"
    ): (
        "{typed} для склада {warehouse} уже указан в строке {first}; ожидается одна строка на"
        " товар и склад"
    ),
    "there is no product {typed}{hint}": "товара {typed} нет{hint}",
    "is empty; expected a whole number (leave out the row to leave its stock as it is)": (
        "пусто; ожидается целое число (чтобы остаток не менялся, уберите строку)"
    ),
    "a header and nothing below it; expected a row per product": (
        "заголовок, а под ним ничего; ожидается строка на каждый товар"
    ),
    (
        "{typed} has another {column} in line {first}; it belongs to the product, whatever the"
        " shelf"
    ): "у {typed} в строке {first} другое значение {column}; оно относится к товару, а не к складу",
    "is empty; expected the product's article": "пусто; ожидается артикул товара",
    (
        "{barcode!r} is a barcode that a spreadsheet shortened; format the column as text and"
        " enter it again"
    ): (
        "{barcode!r} — штрихкод, сокращённый таблицей; сделайте столбец текстовым и введите"
        " его заново"
    ),
    "{file}: {contents}; read back and found whole.": "{file}: {contents}; перечитано, всё цело.",
    "{database}: {contents}, from {file}.": "{database}: {contents}, из {file}.",
    "; `cloudstock check --database --repair` mends it": (
        "; исправляет `cloudstock check --database --repair`"
    ),
    "The book as it was is kept as {kept}.": "Прежняя книга сохранена как {kept}.",
    "Dry run: nothing was changed.": "Пробный запуск: ничего не изменено.",
    "Run `cloudstock sync`: it reads on from the copy and sends every number again.": (
        "Выполните `cloudstock sync`: он дочитает всё после копии и отправит все остатки заново."
    ),
    "{database}: the book is whole": "{database}: книга цела",
    "repaired: {line}": "исправлено: {line}",
    "note: {message}": "примечание: {message}",
    "Dry run: nothing was sent and nothing was booked.": (
        "Пробный запуск: ничего не отправлено и не учтено."
    ),
    "No products yet: `cloudstock pull-catalog` makes them from your listings.": (
        "Товаров ещё нет: `cloudstock pull-catalog` заводит их по вашим карточкам."
    ),
    "Wrong now:": "Не в порядке:",
    "Worth knowing:": "Стоит знать:",
    "Nothing is wrong.": "Всё в порядке.",
    "{write} is written; try: cloudstock --config {write} sync": (
        "{write} записан; попробуйте: cloudstock --config {write} sync"
    ),
    "serving on {url}; Ctrl-C ends it": "работает на {url}; завершить — Ctrl-C",
    "port {port}: {reason}; name another": "порт {port}: {reason}; укажите другой",
    "{path} exists and is not written over": "{path} уже есть и не перезаписывается",
    "name one account with --account ({names})": "назовите один кабинет через --account ({names})",
    "there is no account {name!r} in {path}; it has {known}": (
        "в {path} нет кабинета {name!r}; есть {known}"
    ),
    "{path} is written; fill in your accounts, then run `cloudstock check`.": (
        "{path} записан; впишите свои кабинеты и выполните `cloudstock check`."
    ),
    "--repair mends the book: say --database as well": (
        "--repair исправляет книгу: укажите и --database"
    ),
    "{missing} not installed; run: pip install 'cloudstock[sandbox]'": (
        "не установлено: {missing}; выполните: pip install 'cloudstock[sandbox]'"
    ),
    "{count} listings wait for a push that can never be answered: {some}": (
        "карточек ждёт отправки, на которую ответа не будет: {count}: {some}"
    ),
    "{count} listings have a push on its way that their belief leaves out: {some}": (
        "карточек, у которых отправка в пути не учтена в предполагаемом: {count}: {some}"
    ),
    "{sku} in {warehouse}": "{sku} на складе {warehouse}",
    "{name}: {on_hand} on hand, {reserved} reserved, computed again from the ledger": (
        "{name}: остаток {on_hand}, в резерве {reserved}, пересчитано по журналу движений"
    ),
    (
        "{count} listings: what they show is taken as unknown, because the answer to their"
        " last push is; the next push settles them"
    ): (
        "карточек: {count}: что они показывают, считается неизвестным, потому что неизвестен"
        " ответ на последнюю отправку; следующая отправка это уладит"
    ),
    " and {more} more": " и ещё {more}",
    "{path} is damaged and cannot be repaired; restore a backup (`cloudstock restore FILE`)": (
        "{path} повреждён, исправить нельзя; вернитесь к копии (`cloudstock restore ФАЙЛ`)"
    ),
    "{listings} listings are reckoned anew by the next push": (
        "карточек пересчитает следующая отправка: {listings}"
    ),
    "the file is damaged: {told}": "файл повреждён: {told}",
    "{number} rows of {table} name a row of {parent} that is not there": (
        "строк таблицы {table}, которые ссылаются на отсутствующую строку {parent}: {number}"
    ),
    "running totals are not the sums of the ledger: {names}": (
        "итоги не сходятся с журналом движений: {names}"
    ),
    "{count} listings have a target in a warehouse that is not configured: {some}": (
        "карточек с целью на складе, которого нет в настройках: {count}: {some}"
    ),
    "{count} listings are shown by another account than theirs: {some}": (
        "карточек, показанных не своим кабинетом: {count}: {some}"
    ),
    "{count} returns moved other units than the book says: {some}": (
        "возвратов, по которым движений не столько, сколько говорит книга: {count}: {some}"
    ),
    "{unanswered} pushes have no answer yet; the next push settles them": (
        "отправок пока без ответа: {unanswered}; следующая отправка это уладит"
    ),
    "fewer than none on hand, count them: {names}": "остаток меньше нуля, пересчитайте: {names}",
    "the file cannot be read: {error}": "файл не читается: {error}",
    "{name} is a database of another program; name another file as `database:`": (
        "{name} — база данных другой программы; укажите в `database:` другой файл"
    ),
    (
        "{name} was written by a newer cloudstock (schema {version}, this one knows {count});"
        " install that version"
    ): (
        "{name} записан более новой версией cloudstock (схема {version}, эта версия знает"
        " {count}); установите её"
    ),
    "there is no product {sku!r}{hint}": "товара {sku!r} нет{hint}",
}
