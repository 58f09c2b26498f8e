"""What a person does and asks by hand in the terminal."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "nothing was changed": "ничего не изменено",
    "{sku} is named twice": "{sku} указан дважды",
    "there is no product {sku}": "товара {sku} нет",
    "{sku} is the last word, without its number; expected SKU N SKU N …": (
        "{sku} стоит последним, без числа; ожидается АРТИКУЛ N АРТИКУЛ N …"
    ),
    "a correction of 0 units corrects nothing; expected +N or -N": (
        "поправка на 0 единиц ничего не меняет; ожидается +N или -N"
    ),
    "a correction needs its reason, for the ledger": (
        "для поправки нужна причина: она пишется в журнал движений"
    ),
    "{sku} was never counted in {warehouse}, so there is nothing to correct;"
    " count it first: {command}": (
        "{sku} на складе {warehouse} ещё не считали, поправлять нечего;"
        " сначала пересчитайте: {command}"
    ),
    "{before} units of {sku} are on hand in {warehouse}; {taken} cannot be taken away": (
        "{sku} на складе {warehouse}: остаток {before}, убрать {taken} нельзя"
    ),
    "{quantity} units cannot lie on a shelf; expected a whole number from 0 to {most}": (
        "{quantity} единиц на складе быть не может; ожидается целое число от 0 до {most}"
    ),
    "{warehouse} is both ends of the move; name two shelves": (
        "{warehouse} указан и откуда, и куда; назовите два разных склада"
    ),
    "{sku}: {quantity} cannot be moved; of {on_hand} on hand in {warehouse} {reserved} are promised"
    " to orders": (
        "{sku}: переместить {quantity} нельзя; на складе {warehouse} остаток {on_hand},"
        " из них {reserved} обещано заказам"
    ),
    "{sku}: {quantity} units cannot be moved; expected a whole number from 1": (
        "{sku}: переместить {quantity} единиц нельзя; ожидается целое число от 1"
    ),
    "{sku} was never counted in {warehouse}, so what lies there is unknown;"
    " count it before the move: {command}": (
        "{sku} на складе {warehouse} ещё не считали, сколько там лежит — неизвестно;"
        " пересчитайте до перемещения: {command}"
    ),
    "{sku}: {quantity} moved; {source} has {left} on hand (was {had}), {target} has {now}"
    " (was {before})": (
        "{sku}: перемещено {quantity}; на складе {source} теперь {left} (было {had}),"
        " на складе {target} — {now} (было {before})"
    ),
}
