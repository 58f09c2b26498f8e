"""Mistakes in the configuration, and who else is at work."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "another run ({name}, process {pid})": "другой запуск ({name}, процесс {pid})",
    "another run": "другой запуск",
    "; it belongs to another user, run as the one who made it": (
        "; файл принадлежит другому пользователю, запускайте от его имени"
    ),
    "{holder} works on {database}; try again later": (
        "{holder} работает с {database}; повторите позже"
    ),
    "letters, digits, '.', '_' and '-'": "букв, цифр, «.», «_» и «-»",
    "no configuration found; looked for {places}; `cloudstock init` writes one": (
        "файл настроек не найден; искали {places}; его создаёт `cloudstock init`"
    ),
    (
        "{file} holds {places} and other users of this machine may read or change it; run:"
        " chmod 600 {file}"
    ): (
        "в {file} лежит {places}, а другие пользователи компьютера могут его читать или"
        " менять; выполните: chmod 600 {file}"
    ),
    "which one it is on": "нужно указать площадку",
    "{help}; or {name}_file with the path of a file that holds it": (
        "{help}; или {name}_file с путём к файлу, где он лежит"
    ),
    (
        "{path}: other users of this machine may change it, and with it where your keys are"
        " sent; run: chmod o-w {path}"
    ): (
        "{path}: другие пользователи компьютера могут менять этот файл, а с ним и то, куда"
        " уходят ваши ключи; выполните: chmod o-w {path}"
    ),
    "accounts: missing; expected at least one account": (
        "accounts: не указано; ожидается хотя бы один кабинет"
    ),
    "accounts by name": "кабинеты по именам",
    "expected at least one account": "ожидается хотя бы один кабинет",
    "expected a name of {name}": "ожидается имя из {name}",
    "missing; {what}": "не указано; {what}",
    "given beside {name}; keep one of them": "указано вместе с {name}; оставьте что-то одно",
    "{path} is empty": "{path} пуст",
    (
        "expected at most 1.0, got {pace:g}: the published limits are exceeded only where"
        " base_url is on this machine"
    ): (
        "ожидается не больше 1.0, указано {pace:g}: опубликованные лимиты можно превышать,"
        " только если base_url ведёт на этот компьютер"
    ),
    "marketplace warehouse ids and shelves": "номера складов площадки и ваши склады",
    "expected at least one marketplace warehouse id": (
        "ожидается хотя бы один номер склада площадки"
    ),
    (
        "expected one warehouse, got {count}: a shop on {title} has one, several shops are"
        " several accounts"
    ): (
        "ожидается один склад, указано {count}: у магазина на {title} он один, несколько"
        " магазинов — это несколько кабинетов"
    ),
    "the shelf that feeds it": "нужно указать ваш склад, с которого он пополняется",
    "expected the name of one shelf, got a list": "ожидается имя одного склада, указан список",
    '"{quarantine}" holds returned units that are not for sale; name another shelf': (
        "«{quarantine}» — это возвраты, которые не продаются; укажите другой склад"
    ),
    "expected a name of at most {max_shelf_name} characters, got {count}": (
        "ожидается имя не длиннее {max_shelf_name} знаков, указано {count}"
    ),
    "cannot read {path}: {reason}": "не удалось прочитать {path}: {reason}",
    "{path} holds no text": "в {path} не текст",
    (
        "missing; {title} warehouse ids and the shelves that feed them, such as {{507:"
        " {default_warehouse}}}"
    ): (
        "не указано; номера складов {title} и ваши склады для них, например {{507:"
        " {default_warehouse}}}"
    ),
    " and ": " и ",
    " or ": " или ",
    (
        "{ids} are fed from {shelf} and would add up for buyers; give each a share, such as"
        " {{from: {name}, share: {percent}%}}"
    ): (
        "{ids} пополняются со склада {shelf}, и покупатели увидели бы их сумму; дайте каждому"
        " долю, например {{from: {name}, share: {percent}%}}"
    ),
    "the same cabinet as {path} on line {line}: equal {names}": (
        "тот же кабинет, что и {path} в строке {line}: совпадает {names}"
    ),
    "the shares of {ids}, fed from {shelf}, sum to {total}%; at most 100%": (
        "доли {ids} от склада {shelf} в сумме дают {total}%; можно не больше 100%"
    ),
    "nothing": "ничего",
    "a number": "число",
    "a yes/no word": "слово «да/нет»",
    "a date": "дата",
    "text": "текст",
    "digits": "цифры",
    "a value with a YAML tag": "значение с тегом YAML",
    "a list": "список",
    "a section": "раздел",
    "settings": "настройки",
    "known here: {known}": "здесь известны: {known}",
    'did you mean "{close}"?': 'может быть, "{close}"?',
    "{path}:{number}: not YAML: {words}{where}{hint}": (
        "{path}:{number}: это не YAML: {words}{where}{hint}"
    ),
    '; inside { } write variables in quotes: "${NAME}"': (
        '; внутри { } пишите переменные в кавычках: "${NAME}"'
    ),
    "{path}: larger than {max_bytes} bytes, not a configuration": (
        "{path}: больше {max_bytes} байт, это не файл настроек"
    ),
    "it cannot be parsed": "не удалось разобрать",
    "{path}:1: expected sections of `key: value`, got none": (
        "{path}:1: ожидаются разделы вида `ключ: значение`, их нет"
    ),
    "expected a section of {of}, got {kind}": "ожидается раздел ({of}), указано: {kind}",
    "unknown key; {suggestion}": "неизвестный ключ; {suggestion}",
    "{place}expected plain values, got one with a YAML tag": (
        "{place}ожидаются простые значения, указано значение с тегом YAML"
    ),
    "{path}:{line}: not YAML: {reason}": "{path}:{line}: это не YAML: {reason}",
    "{path}:{line}: not a configuration: a section holds itself": (
        "{path}:{line}: это не файл настроек: раздел содержит сам себя"
    ),
    (
        "{path}:{line}: not a configuration: more than {max_values} values, those that stand"
        " for others (*name) counted as often as they are used"
    ): (
        "{path}:{line}: это не файл настроек: больше {max_values} значений, считая каждое"
        " использование ссылок (*name)"
    ),
    "{path}: there is no such file; `cloudstock init` writes one": (
        "{path}: такого файла нет; его создаёт `cloudstock init`"
    ),
    "{path}:{line}: not YAML: expected UTF-8 text": (
        "{path}:{line}: это не YAML: ожидается текст в UTF-8"
    ),
    "{joined}: expected a word as key, got a section": (
        "{joined}: ключом ожидается слово, указан раздел"
    ),
    "{place}: given twice, first on line {first}": (
        "{place}: указан дважды, впервые в строке {first}"
    ),
    "{path}:{line}: not a configuration: sections stand more than {max_depth} deep": (
        "{path}:{line}: это не файл настроек: разделы вложены глубже {max_depth}"
    ),
    "a whole number from {minimum} to {maximum}": "целое число от {minimum} до {maximum}",
    "whole per cent from 0% to 100%, such as 60%": "целые проценты от 0% до 100%, например 60%",
    "a duration such as 45s, 30m, 2h or 1d, from {minimum_s}s to {max_days}d": (
        "длительность вида 45s, 30m, 2h или 1d, от {minimum_s}s до {max_days}d"
    ),
    "expected {due}, got {kind}; write it in quotes{example}": (
        "ожидается {due}, указано: {kind}; возьмите в кавычки{example}"
    ),
    "a number above 0": "число больше 0",
    "text with {names}": "текст, в котором есть {names}",
    "expected {due}, got {got}": "ожидается {due}, указано: {got}",
    "expected text, got nothing": "ожидается текст, указано: ничего",
    (
        "expected letters, digits and signs of ASCII; character {where} of {count} is a blank,"
        " a line end or another letter"
    ): (
        "ожидаются латинские буквы, цифры и знаки; знак {where} из {count} — пробел, конец"
        " строки или другая буква"
    ),
    "expected an id of 1 to {max_digits} digits, got {source}": (
        "ожидается номер от 1 до {max_digits} цифр, указано {source}"
    ),
    "one of {words}": "одно из {words}",
    "expected {due}, got {source}{hint}": "ожидается {due}, указано {source}{hint}",
    "expected a number above 0, got {source}": "ожидается число больше 0, указано {source}",
    "expected {due}, got {source}": "ожидается {due}, указано {source}",
    "expected an address such as https://proxy.example": (
        "ожидается адрес вида https://proxy.example"
    ),
    "expected an address without user name and password in it": (
        "ожидается адрес без имени пользователя и пароля"
    ),
    "expected an address without ? and # parts": "ожидается адрес без частей ? и #",
    "expected a port from 1 to 65535, got 0": "ожидается порт от 1 до 65535, указан 0",
    "expected https beyond this machine, got http to {host}": (
        "за пределами этого компьютера ожидается https, указан http к {host}"
    ),
    "expected text, got {kind}": "ожидается текст, указано: {kind}",
    ": {source} is empty": ": {source} пуста",
    "expected text, got nothing{because}": "ожидается текст, указано: ничего{because}",
    "expected one line of text without control characters": (
        "ожидается одна строка текста без управляющих знаков"
    ),
    "expected text without blanks at its ends": "ожидается текст без пробелов по краям",
    "the environment has no variable {names}": "в окружении нет переменной {names}",
    "expected {due}, got {kind}": "ожидается {due}, указано: {kind}",
    'expected text; write it in quotes: "{example}"': (
        'ожидается текст; возьмите в кавычки: "{example}"'
    ),
    "expected a variable written ${NAME}; write $${ for the signs themselves": (
        "ожидается переменная вида ${NAME}; сами знаки пишутся как $${"
    ),
    " and no ": " и ",
    "Client-Id, the seller's number": "Client-Id, номер продавца",
    "Api-Key with the rights to read and write": "Api-Key с правами на чтение и запись",
    "API token with Marketplace, Content and Analytics": (
        "токен API с категориями «Маркетплейс», «Контент» и «Аналитика»"
    ),
    "how a size is called, from {vendorCode} and {techSize}": (
        "как называть размер, из {vendorCode} и {techSize}"
    ),
    "Api-Key token of the cabinet": "токен Api-Key кабинета",
    "number of the cabinet (business)": "номер кабинета (business)",
    "number of the shop (campaign)": "номер магазина (campaign)",
    "mapping values are not allowed here": "здесь не может стоять «ключ: значение»",
    "mapping values are not allowed in this context": "здесь не может стоять «ключ: значение»",
    "could not find expected ':'": "не хватает двоеточия",
    "did not find expected key": "ожидается ключ",
    "did not find expected ',' or '}'": "ожидается «,» или «}»",
    "did not find expected ',' or ']'": "ожидается «,» или «]»",
    "did not find expected '-' indicator": "ожидается «-»",
    "found character that cannot start any token": "знак, с которого ничего не может начинаться",
    "found unexpected end of stream": "файл оборвался внутри кавычек",
    "did not find expected node content": "ожидается значение",
    "found undefined alias": "ссылка (*имя) на то, чего нет",
    "found a tab character that violates indentation": "отступ сделан табуляцией; нужны пробелы",
    "while scanning a quoted scalar": "внутри кавычек",
    "while scanning a simple key": "при чтении ключа",
    "while parsing a block mapping": "при чтении раздела",
    "while parsing a flow mapping": "внутри фигурных скобок",
    "while parsing a flow sequence": "внутри квадратных скобок",
    "while parsing a flow node": "при чтении значения",
    "while parsing a block collection": "при чтении списка",
    "while scanning for the next token": "при чтении строки",
}
