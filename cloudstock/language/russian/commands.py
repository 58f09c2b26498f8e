"""What `--help` tells of the program and its commands."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Begin": "Начало работы",
    "The marketplaces (cron runs these)": "Площадки (эти команды запускает cron)",
    "Look": "Посмотреть",
    "The shelf": "Склад",
    "The book": "Книга остатков",
    "Keeps one physical stock true on Ozon, Wildberries and Yandex.Market.": (
        "Держит единый остаток верным на Ozon, Wildberries и Яндекс Маркете."
    ),
    "[OPTIONS]": "[ПАРАМЕТРЫ]",
    "COMMAND [ARGS]...": "КОМАНДА [АРГУМЕНТЫ]...",
    "Usage: ": "Использование: ",
    "Arguments": "Аргументы",
    "Options": "Параметры",
    "Example:": "Пример:",
    "Examples:": "Примеры:",
    "Show this message and exit.": "Показать эту справку и выйти.",
    "Print the version and exit.": "Показать версию и выйти.",
    (
        "Also takes --config, --account, --json, --quiet, --verbose, --log-format and --lang,"
        " here or before the command's name; exit codes: see `cloudstock --help`."
    ): (
        "Также принимает --config, --account, --log-format, --json, --quiet, --verbose и"
        " --lang, здесь или перед именем команды; коды завершения: см. `cloudstock --help`."
    ),
    (
        "\x08\n"
        "Exit codes:\n"
        "  0    done\n"
        "  1    something failed, or `status` found something wrong; the rest is done\n"
        "  2    wrong usage or a bad input file; nothing was changed\n"
        "  75   try again later: another run is at work, or no account was reachable\n"
        "  77   every account refused the credentials\n"
        "  78   the configuration is wrong\n"
        "  130  interrupted (143: terminated); what was done is kept\n\n"
        "\x08\n"
        "Begin with `cloudstock demo`: everything at work, no account needed.\n"
        "`cloudstock COMMAND --help` tells more of each command, with examples.\n"
    ): (
        "\x08\n"
        "Коды завершения:\n"
        "  0    сделано\n"
        "  1    что-то не удалось, остальное сделано; status: что-то не в порядке\n"
        "  2    неверный вызов или входной файл; ничего не изменено\n"
        "  75   повторите позже: идёт другой запуск или ни один кабинет не доступен\n"
        "  77   ни один кабинет не принял ключ\n"
        "  78   ошибка в настройках\n"
        "  130  прервано (143: остановлено); сделанное сохранено\n\n"
        "\x08\n"
        "Начните с `cloudstock demo`: всё в работе, кабинет не нужен.\n"
        "`cloudstock КОМАНДА --help` рассказывает о команде подробнее, с примерами.\n"
    ),
    "FILE": "ФАЙЛ",
    "NAME": "ИМЯ",
    "text|json": "text|json",
    "en|ru": "en|ru",
    "N": "N",
    "X": "X",
    "±N": "±N",
    "FOLDER": "ПАПКА",
    "WHEN": "КОГДА",
    "SECONDS": "СЕКУНДЫ",
    "SKU": "Артикул",
    "[SKU]...": "[АРТИКУЛ]...",
    "STEP": "ЭТАП",
    "TEXT": "ТЕКСТ",
    "RETURN": "ВОЗВРАТ",
    "LISTING": "КАРТОЧКА",
    "SKU[=UNITS]...": "АРТИКУЛ[=ШТУК]...",
    "The configuration file.": "Файл настроек.",
    "Only this account; may be repeated.": "Только этот кабинет; можно указать несколько раз.",
    "Print JSON.": "Вывести JSON.",
    "Print only problems.": "Сообщать только о проблемах.",
    "Log every step.": "Записывать в журнал каждый шаг.",
    "How the log is written.": "Вид журнала.",
    "The language of messages and help.": "Язык сообщений и справки.",
    "Show what would be done, and change nothing.": (
        "Показать, что было бы сделано, и ничего не менять."
    ),
    "Write a commented config.yaml to fill in.": (
        "Создать config.yaml с пояснениями, чтобы его заполнить."
    ),
    (
        "It is written to --config, else to config.yaml here, readable by you only. A file"
        " that is there already is never written over."
    ): (
        "Файл создаётся по пути --config, а без него — config.yaml в этой папке; читать его"
        " сможете только вы. Существующий файл не перезаписывается."
    ),
    "Check the configuration and ask every account.": (
        "Проверить настройки и опросить каждый кабинет."
    ),
    (
        "Tells credentials and rights, the warehouses each marketplace knows, when tokens end,"
        " and whether this machine's clock is right. Changes nothing on any marketplace. With"
        " --database it examines the file: is it whole, do the totals follow from the ledger,"
        " does anything wait for an answer that cannot come; exit code 1 where something is"
        " wrong and not mended."
    ): (
        "Сообщает о ключах и правах, о складах, которые знает каждая площадка, о сроке токенов"
        " и о том, верны ли часы этого компьютера. На площадках ничего не меняет. С --database"
        " проверяет файл книги: цел ли он, сходятся ли итоги с журналом движений, не ждёт ли"
        " что-то ответа, который не придёт; код завершения 1, если что-то не в порядке и не"
        " исправлено."
    ),
    "Examine the book instead; asks no marketplace.": (
        "Вместо этого проверить книгу; площадки не опрашиваются."
    ),
    "With --database: mend what needs no guess, and tell what.": (
        "С --database: исправить то, где не нужно гадать, и сообщить, что исправлено."
    ),
    "Watch the main job at work, without any account.": (
        "Посмотреть основную работу, без единого кабинета."
    ),
    (
        "It runs on a built-in fake of the three marketplaces. No account is needed and"
        " nothing outside this machine is asked: catalog, counts, pushes, buyers on all three,"
        " polls, a return, and the table before and after."
    ): (
        "Работает на встроенной модели трёх площадок. Кабинет не нужен, за пределы этого"
        " компьютера ничего не уходит: каталог, пересчёт, отправка остатков, покупатели на всех"
        " трёх площадках, опросы, возврат и таблица до и после."
    ),
    "Characters a line; else the terminal's.": "Знаков в строке; иначе — сколько вмещает терминал.",
    "Keep configuration and book there, to look at them.": (
        "Оставить настройки и книгу в этой папке, чтобы их посмотреть."
    ),
    "Serve a strict fake of the three marketplaces.": "Запустить строгую модель трёх площадок.",
    (
        "It runs on this machine until Ctrl-C and prints a ready configuration. Orders are"
        " placed, shipped, cancelled and returned by requests to /_sandbox/ of the same address."
    ): (
        "Работает на этом компьютере до Ctrl-C и выводит готовые настройки. Заказы создаются,"
        " отгружаются, отменяются и возвращаются запросами к /_sandbox/ по тому же адресу."
    ),
    "8080 if not told; 0 takes a free one.": "По умолчанию 8080; 0 — любой свободный.",
    "How many it sells; 60 if not told.": "Сколько товаров продаётся; по умолчанию 60.",
    "Time runs so many times as fast, limits are so many times as wide.": (
        "Во столько раз быстрее идёт время и шире лимиты."
    ),
    "Write the configuration there, not to stdout.": (
        "Записать настройки в этот файл, а не вывести их."
    ),
    "Do the whole round, in the safe order.": "Весь цикл в безопасном порядке.",
    (
        "Orders, returns, reserves where due, then the push. An account that fails is told;"
        " the others go on. What a marketplace does not allow to be asked so soon is skipped"
        " until the next round."
    ): (
        "Заказы, возвраты, резервы, когда пора, затем отправка остатков. О кабинете с ошибкой"
        " сообщается, остальные работают дальше. То, что площадка не даёт спрашивать так часто,"
        " пропускается до следующего цикла."
    ),
    "Read further back: 30d, 12h, or 2026-11-01. Nothing is booked twice.": (
        "Прочитать глубже: 30d, 12h или 2026-11-01. Дважды ничего не учитывается."
    ),
    "Push everything, also what is believed to be right.": (
        "Отправить всё, даже то, что считается верным."
    ),
    "Push even where many listings fall to zero without sales.": (
        "Отправить, даже если много карточек обнуляется без продаж."
    ),
    "How long to wait for another run to end; 30 if not told.": (
        "Сколько ждать конца другого запуска; по умолчанию 30."
    ),
    "cloudstock sync --quiet            # as cron runs it": (
        "cloudstock sync --quiet            # так запускает cron"
    ),
    "cloudstock sync --dry-run          # what would be pushed now": (
        "cloudstock sync --dry-run          # что было бы отправлено сейчас"
    ),
    "cloudstock sync --since 30d        # read a month of orders again": (
        "cloudstock sync --since 30d        # перечитать заказы за месяц"
    ),
    "Import listings and make products of them.": "Загрузить карточки и завести по ним товары.",
    (
        "Listings of one article, or of one barcode, become one product across all accounts."
        " Links made by hand are kept. Run it once a day, and after new cards were made."
    ): (
        "Карточки с одним артикулом или одним штрихкодом становятся одним товаром во всех"
        " кабинетах. Связи, заданные вручную, сохраняются. Запускайте раз в день и после"
        " создания новых карточек."
    ),
    "Read new orders and what became of open ones.": "Прочитать новые заказы и судьбу открытых.",
    (
        "An open order reserves its units; a shipped one takes them off the shelf; a cancelled"
        " one gives them back. Open orders are asked for again until they end, however old."
    ): (
        "Открытый заказ резервирует товар, отгруженный списывает его со склада, отменённый"
        " освобождает. Открытые заказы перечитываются, пока не завершатся, какими бы старыми"
        " они ни были."
    ),
    "Read what comes back, and what you were handed.": (
        "Прочитать, что возвращается и что вам уже передано."
    ),
    (
        "Returned units wait in quarantine for `receive-return`, or go back on sale at once"
        " where the account says `returns: restock`."
    ): (
        "Возвращённые единицы ждут `receive-return` в карантине или сразу возвращаются в"
        " продажу, если в настройках кабинета стоит `returns: restock`."
    ),
    "Read back what each marketplace shows and holds.": (
        "Прочитать, что показывают и держат в резерве площадки."
    ),
    (
        "Finds listings changed by someone else (they are pushed again), orders not seen yet"
        " (orders are read again, deeper) and pushes that were accepted but not applied."
    ): (
        "Находит карточки, изменённые кем-то другим (они отправляются снова), ещё не"
        " прочитанные заказы (заказы перечитываются глубже) и остатки, которые площадка"
        " приняла, но не применила."
    ),
    "Show buyers what is available.": "Показать покупателям то, что доступно.",
    (
        "Lowerings go out first, on every account, then raisings. Orders are read right before"
        " and once more after, and only differences are sent. Where many listings would fall to"
        " zero without sales to explain it, nothing of that is sent until you confirm with"
        " --yes. Accounts with `push: off` are sent nothing: what they would be is told."
    ): (
        "Сначала во всех кабинетах уходят уменьшения, затем увеличения. Заказы читаются прямо"
        " перед отправкой и ещё раз после неё, отправляются только отличия. Если много карточек"
        " обнулилось бы без объясняющих это продаж, они не отправляются, пока вы не подтвердите"
        " это через --yes. В кабинеты с `push: off` не отправляется ничего, только сообщается,"
        " что ушло бы."
    ),
    "Show when each job last succeeded, and what is wrong.": (
        "Показать, когда что удалось в последний раз и что не так."
    ),
    (
        "Exits 1 when something is wrong: failed or overdue jobs, refused listings, oversold"
        " products, statuses nobody knows, orders of unlinked listings. Cron can mail it once a"
        " day. That an account is only watched (`push: off`) is told each time, also with --quiet,"
        " and is nothing wrong."
    ): (
        "Завершается с кодом 1, если что-то не в порядке: неудачные или просроченные задания,"
        " отклонённые карточки, перепроданные товары, неизвестные статусы, заказы по"
        " несвязанным карточкам. Cron может присылать это раз в день. Что за кабинетом только"
        " наблюдают (`push: off`), сообщается каждый раз, и с --quiet, и ошибкой не считается."
    ),
    "cloudstock status --quiet   # prints only what is wrong": (
        "cloudstock status --quiet   # только то, что не в порядке"
    ),
    "Show on hand, reserved, available, and what accounts show.": (
        "Показать остаток, резерв, доступное и витрины кабинетов."
    ),
    (
        "On hand counts reserved units too; available = on hand - reserved - buffer. For each"
        " account: the target (what it should show), what the marketplace last accepted, and"
        " what it was last seen to show."
    ): (
        "Остаток включает и резерв; доступно = остаток - резерв - буфер. По каждому кабинету:"
        " цель (сколько нужно показывать), что площадка приняла в последний раз и что она"
        " показывала при последнем чтении."
    ),
    "Only these products.": "Только эти товары.",
    "Only this shelf.": "Только этот склад.",
    "Also the quarantine of returned units.": "Показать и карантин с возвратами.",
    "Tell why the numbers of a product are what they are.": (
        "Объяснить, откуда взялись числа по товару."
    ),
    (
        "The last count and what moved since; each open order that reserves; buffer, share and"
        " cap; and for each listing what was sent, accepted, seen and answered, and what"
        " hinders it."
    ): (
        "Последний пересчёт и движения после него; каждый открытый заказ в резерве; буфер,"
        " доля и предел; по каждой карточке — что отправлено, принято, прочитано и отвечено и"
        " что ей мешает."
    ),
    "The product's article.": "Артикул товара.",
    "Show orders, the newest first.": "Показать заказы, сначала новые.",
    "A line for each order line; JSON has a row for each.": (
        "По строке на каждую позицию заказа; в JSON — так же."
    ),
    "Only those that hold units on the shelf.": "Только те, что держат товар на складе в резерве.",
    "Only open, shipped, delivered, cancelled, replaced or unknown ones; may be repeated.": (
        "Только open (открытые), shipped (отгруженные), delivered (доставленные), cancelled"
        " (отменённые), replaced (заменённые) или unknown (неизвестные); можно указать"
        " несколько раз."
    ),
    "Only those of this product.": "Только по этому товару.",
    "Made since: 30d, 12h, or 2026-11-01.": "Созданные начиная с: 30d, 12h или 2026-11-01.",
    "Only those with a status nobody knows.": "Только с неизвестным статусом.",
    "Only those of listings without a product.": "Только по карточкам, не связанным с товаром.",
    "Show returns, the newest first.": "Показать возвраты, сначала новые.",
    (
        "Waiting units were handed to you and lie in quarantine until `receive-return` puts"
        " them back on the shelf or writes them off."
    ): (
        "Ожидающие единицы уже переданы вам и лежат в карантине, пока `receive-return` не"
        " вернёт их на склад или не спишет."
    ),
    "Only those that wait for receive-return.": "Только те, что ждут receive-return.",
    "Only those still on their way.": "Только те, что ещё в пути.",
    "Only claims and disputes that nobody has decided yet.": (
        "Только заявки и споры, по которым ещё нет решения."
    ),
    "Show a product's ledger, line by line.": "Показать журнал движений товара построчно.",
    (
        "Every movement with its document, and the running total of its shelf. The ledger only"
        " grows; nothing in it is ever changed."
    ): (
        "Каждое движение с его документом и итогом по складу. Журнал только растёт, записи в"
        " нём не меняются."
    ),
    (
        "Count the reserved ones too. The difference to the book is written as a movement."
        " Orders that left the shelf before now do not move it again."
    ): (
        "Считайте и зарезервированные. Разница с книгой записывается движением. Заказы,"
        " покинувшие склад до этого момента, остаток больше не двигают."
    ),
    "Units that lie there now.": "Сколько штук лежит сейчас.",
    "Which shelf; main if not named.": "Какой склад; по умолчанию main.",
    "For the ledger.": "Для журнала движений.",
    'cloudstock set-stock MUG-01 0 --note "shelf is empty"': (
        'cloudstock set-stock MUG-01 0 --note "на складе пусто"'
    ),
    "Correct what is on hand by some units.": "Поправить остаток на несколько штук.",
    (
        "The reason goes into the ledger. A product that was never counted has nothing to"
        " correct: count it with `set-stock`."
    ): (
        "Причина попадает в журнал движений. У товара, который ни разу не пересчитан,"
        " поправлять нечего: пересчитайте его через `set-stock`."
    ),
    "Units more, or with a minus less.": "На сколько штук больше, а с минусом — меньше.",
    "Why, for the ledger.": "Причина, для журнала движений.",
    'cloudstock adjust-stock MUG-01 +1 --reason "found behind the shelf"': (
        'cloudstock adjust-stock MUG-01 +1 --reason "нашлось за стеллажом"'
    ),
    "Count many products by a sheet.": "Пересчитать много товаров таблицей.",
    (
        "The whole file is taken, or nothing of it. Columns: sku, quantity, and if you like"
        " warehouse, name, barcode, buffer, in any order; separated by comma, semicolon or tab;"
        " UTF-8 or Windows-1251; or XLSX, with articles and barcodes as text. Every mistake is"
        " told by line and column. A row without a warehouse counts the shelf named here."
    ): (
        "Файл принимается целиком или не принимается вовсе. Столбцы: sku, quantity и по"
        " желанию warehouse, name, barcode, buffer, в любом порядке; разделитель — запятая,"
        " точка с запятой или табуляция; UTF-8 или Windows-1251; или XLSX, где артикулы и"
        " штрихкоды — текст. О каждой ошибке сказано, в какой она строке и столбце. Строка без"
        " склада — пересчёт склада, указанного здесь."
    ),
    "CSV, or XLSX by its name; - reads CSV from standard input.": (
        "CSV или, по имени, XLSX; - читает CSV со стандартного ввода."
    ),
    "Write every count to a sheet.": "Записать все остатки в таблицу.",
    (
        "It has the columns that import-stock reads. Products that were never counted have an"
        " empty quantity to fill in."
    ): (
        "В нём те столбцы, которые читает import-stock. У товаров, которые ни разу не"
        " пересчитаны, количество пустое — заполните его."
    ),
    "CSV, or XLSX by its name; - writes CSV to standard output.": (
        "CSV или, по имени, XLSX; - пишет CSV в стандартный вывод."
    ),
    "Put returned units back on the shelf, or write them off.": (
        "Вернуть товар из возврата на склад или списать."
    ),
    "Look at them first. `show-returns --waiting` lists what waits in quarantine.": (
        "Сначала осмотрите его. `show-returns --waiting` показывает, что ждёт в карантине."
    ),
    "Its id, as show-returns tells it.": "Номер возврата, как его показывает show-returns.",
    "So many of it; else all that wait.": "Сколько штук; иначе все, что ждут.",
    "They cannot be sold: write them off.": "Продать нельзя: списать.",
    "Another shelf than the one it was sold from.": "Не тот склад, с которого продавали.",
    "Say what a listing is made of.": "Задать, из чего состоит карточка.",
    (
        "Of one product, of several units of it (a pack), or of several products (a bundle)."
        " The link stays until you change it; its open orders are reckoned anew at once. The"
        " account is named with --account where there are several."
    ): (
        "Из одного товара, из нескольких его штук (упаковка) или из нескольких товаров"
        " (набор). Связь действует, пока вы её не измените; открытые заказы по карточке сразу"
        " пересчитываются. Если кабинетов несколько, назовите нужный через --account."
    ),
    "Its article there, or its marketplace id.": "Артикул карточки на площадке или её номер там.",
    "What one listing is made of.": "Из чего состоит одна единица карточки.",
    "Make products that are not known yet.": "Завести товары, которых ещё нет.",
    "Take a listing off its products.": "Отвязать карточку от товаров.",
    (
        "Nothing is pushed for it any more. It stays so until you link it: pull-catalog does"
        " not link it again. What it shows on the marketplace stays as it is there."
    ): (
        "Остатки по ней больше не отправляются. Так остаётся, пока вы её не свяжете:"
        " pull-catalog её снова не связывает. На площадке остаётся то, что там показано."
    ),
    "Copy the book to a file, also while it is in use.": (
        "Скопировать книгу в файл, даже во время работы."
    ),
    (
        "The copy is read back and compared before it gets its name, so a file of that name is"
        " whole. It is readable by you only. It holds no keys: keep config.yaml as well."
    ): (
        "Прежде чем получить имя, копия перечитывается и сверяется, поэтому файл с этим именем"
        " цел. Читать его можете только вы. Ключей в нём нет: сохраните и config.yaml."
    ),
    "The file to write.": "Куда записать.",
    "Put it in the place of an existing file.": "Заменить существующий файл.",
    "Go back to a copy of the book.": "Вернуться к копии книги.",
    (
        "The copy is examined first; the book that is there is kept beside it. What the"
        " marketplaces show is then unknown, so the next push sends every listing. Orders since"
        " the copy are read again; counts and corrections since then are not in it: count what"
        " was counted meanwhile."
    ): (
        "Сначала копия проверяется; прежняя книга сохраняется рядом. Что показывают площадки,"
        " после этого неизвестно, поэтому следующая отправка шлёт все карточки. Заказы,"
        " сделанные после копии, перечитываются; пересчётов и поправок после неё в копии нет:"
        " пересчитайте заново то, что пересчитывали за это время."
    ),
    "A copy that `backup` wrote.": "Копия, которую записал `backup`.",
    "Count products: N units of each lie on the shelf now.": (
        "Пересчитать товары: сейчас на складе лежит N штук каждого."
    ),
    "More products; all of them are taken, or none.": "Ещё товары; принимаются все или ни один.",
    "[SKU N]...": "[АРТИКУЛ N]...",
    "[SKU ±N]...": "[АРТИКУЛ ±N]...",
    "Move units from one shelf to another.": "Переместить штуки с одного склада на другой.",
    (
        "Both shelves must have been counted, and what is promised to orders stays where it is"
        " shipped from. The ledger gets two movements of one document."
    ): (
        "Оба склада должны быть пересчитаны, а обещанное заказам остаётся там, откуда"
        " отгружается. В журнал пишутся два движения одного документа."
    ),
    "Units that are moved.": "Сколько штук переместить.",
    "The shelf they leave.": "Склад, с которого они уходят.",
    "The shelf they come to.": "Склад, на который они приходят.",
}
