"""Mistakes in a command line."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "Try '{command}' for help.": "Справка: '{command}'.",
    "Error: {reason}": "Ошибка: {reason}",
    "Missing option {name}.": "Не указан параметр {name}.",
    "Missing argument {name}.": "Не указан аргумент {name}.",
    "Missing command.": "Не указана команда.",
    "No such command {name}. Did you mean {names}?": "Нет команды {name}. Может быть, {names}?",
    "No such command {name}.": "Нет команды {name}.",
    "No such option: {name} (Possible options: {names})": (
        "Нет параметра {name} (может быть, {names})"
    ),
    "No such option: {name}": "Нет параметра {name}",
    "Option {name} requires an argument.": "Параметру {name} нужно значение.",
    "Option {name} does not take a value.": "Параметр {name} не принимает значения.",
    "Got unexpected extra argument(s) ({names})": "Лишние аргументы: {names}",
    "Got unexpected extra arguments ({names})": "Лишние аргументы: {names}",
    "Got unexpected extra argument ({names})": "Лишний аргумент: {names}",
    "Invalid value for {name}: {reason}": "Неверное значение {name}: {reason}",
    "Invalid value: {reason}": "Неверное значение: {reason}",
    "Input should be a valid integer, unable to parse string as an integer": (
        "ожидается целое число"
    ),
    "Input should be a valid number, unable to parse string as a number": "ожидается число",
    "Input should be greater than or equal to {number}": "ожидается число не меньше {number}",
    "Input should be less than or equal to {number}": "ожидается число не больше {number}",
    "Input should be {choices}": "ожидается {choices}",
    "Value error, {reason}": "{reason}",
    "{name} is not one of {names}.": "{name} — не одно из {names}.",
    "' or '": "' или '",
    "{text!r} is not a whole number": "{text!r} — не целое число",
    "{text!r} must be more than 0 and at most ten years": (
        "{text!r}: должно быть больше 0 и не больше десяти лет"
    ),
    "{text!r} is neither a span (30d, 12h, 90m) nor a date (2026-11-01)": (
        "{text!r} — ни промежуток (30d, 12h, 90m), ни дата (2026-11-01)"
    ),
}
