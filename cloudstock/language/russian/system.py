"""What the operating system says; the English is its own, as Python hands it over."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Operation not permitted": "операция не разрешена",
    "No such file or directory": "нет такого файла или папки",
    "Input/output error": "ошибка ввода-вывода",
    "Permission denied": "нет доступа",
    "File exists": "файл уже есть",
    "Not a directory": "это не папка",
    "Is a directory": "это папка",
    "Too many open files": "открыто слишком много файлов",
    "File too large": "файл слишком велик",
    "No space left on device": "на диске нет места",
    "Read-only file system": "диск только для чтения",
    "Broken pipe": "принимающая программа закрылась",
    "File name too long": "слишком длинное имя файла",
    "Too many levels of symbolic links": "символические ссылки ходят по кругу",
    "Address already in use": "адрес уже занят",
    "Disk quota exceeded": "квота на диске исчерпана",
    "Connection refused": "в соединении отказано",
    "Stale file handle": "файл больше не доступен по сети",
    "Text file busy": "файл занят",
    "Cannot allocate memory": "не хватает памяти",
    "Device or resource busy": "устройство занято",
    "Invalid argument": "недопустимый аргумент",
}
