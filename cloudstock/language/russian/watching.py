"""Accounts that are only watched, and how far the marketplaces' numbers are from the book's."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "{name}: `push: off`, so nothing is sent; {n} listings would be pushed; {compared}": (
        "{name}: `push: off`, ничего не отправляется; была бы отправлена {n} карточка; {compared}",
        "{name}: `push: off`, ничего не отправляется; были бы отправлены {n} карточки; {compared}",
        "{name}: `push: off`, ничего не отправляется; было бы отправлено {n} карточек; {compared}",
    ),
    (
        "{name}: nothing is sent to a warehouse that shares its stock with an account of"
        " `push: off`; {n} listings would be pushed"
    ): (
        (
            "{name}: на склад, остаток которого общий с кабинетом с `push: off`, не отправляется"
            " ничего; была бы отправлена {n} карточка"
        ),
        (
            "{name}: на склад, остаток которого общий с кабинетом с `push: off`, не отправляется"
            " ничего; были бы отправлены {n} карточки"
        ),
        (
            "{name}: на склад, остаток которого общий с кабинетом с `push: off`, не отправляется"
            " ничего; было бы отправлено {n} карточек"
        ),
    ),
    "Only watched (`push: off`), nothing is sent to them: {accounts}.": (
        "Только наблюдение (`push: off`), ничего не отправляется: {accounts}."
    ),
    "watch": "наблюдение",
    "watch [job]": "наблюдение",
    "push off [finding]": "только наблюдение",
    "only watched": "только наблюдение",
    "only watched (`push: off`): nothing is sent": (
        "только наблюдение (`push: off`): ничего не отправляется"
    ),
    "{name}: only watched (`push: off`): nothing is sent": (
        "{name}: только наблюдение (`push: off`): ничего не отправляется"
    ),
    (
        "not raised beyond what {accounts} may not sell: nothing is sent there (`push: off`), so"
        " what it shows stays its own"
    ): (
        "увеличивается, только пока хватает единиц сверх того, что показывает {accounts}: там"
        " `push: off`, и отнять показанное нельзя"
    ),
    "Only those that show another number than they should.": (
        "Только те, что показывают не то число, которое должны."
    ),
    "differs [count]": "расходится карточек",
    "units above [count]": "лишних единиц",
    "units below [count]": "недостаёт единиц",
    "on": "включена",
    "off": "выключена",
    # ------------------------------------------------------------ comparisons
    "no listing has a number of yours to compare with yet: count your stock": (
        "сверять пока не с чем, ни у одной карточки нет вашего остатка: пересчитайте товар"
    ),
    "{differs} of {listings} listings differ from yours": (
        "расходятся с вашими {differs} из {listings} карточек"
    ),
    "{units} units too many on {listings}": "лишних единиц {units} (карточек: {listings})",
    "{units} units too few on {listings}": "недостаёт единиц {units} (карточек: {listings})",
    "of {listings} listings compared none differs": (
        "из сверенных карточек ({listings}) не расходится ни одна"
    ),
    "what {listings} show is not certain": (
        "у стольких точно не известно, что они показывают: {listings}"
    ),
    # ------------------------------------------------------------ status
    "`push: off`: it is only watched, nothing is sent to it from the next run on": (
        "`push: off`: только наблюдение, со следующего запуска ничего не отправляется"
    ),
    (
        "`push: off` since {since:%Y-%m-%d %H:%M} UTC ({age}): it is only watched, nothing is sent"
        " to it"
    ): (
        "`push: off` с {since:%Y-%m-%d %H:%M} UTC ({age}): только наблюдение, ничего не"
        " отправляется"
    ),
    "`push: on`, from the next run on: up to now it is only watched": (
        "`push: on` со следующего запуска, до него только наблюдение"
    ),
    "what it shows was not read yet": "что он показывает, ещё не прочитано",
    "read {age} ago: {compared}": "прочитано {age} назад: {compared}",
    (
        "in the last 24 h {differing} of {readings} readings differed, by at most {above} units"
        " too many and {below} too few"
    ): (
        "за последние 24 ч разошлись {differing} из {readings} чтений, самое большее: лишних"
        " единиц {above}, недостающих {below}"
    ),
    (
        "the marketplace holds units of {n} listings for orders that the book does not know;"
        " `cloudstock poll-orders --since 30d` may find them"
    ): (
        (
            "площадка держит товар {n} карточки под заказы, которых нет в книге; их может найти"
            " `cloudstock poll-orders --since 30d`"
        ),
        (
            "площадка держит товар {n} карточек под заказы, которых нет в книге; их может найти"
            " `cloudstock poll-orders --since 30d`"
        ),
        (
            "площадка держит товар {n} карточек под заказы, которых нет в книге; их может найти"
            " `cloudstock poll-orders --since 30d`"
        ),
    ),
    (
        "nothing is sent to its warehouse: it shares its stock with {accounts}, which is only"
        " watched (`push: off`)"
    ): (
        "на его склад ничего не отправляется: остаток у него общий с {accounts}, где только"
        " наблюдение (`push: off`)"
    ),
    # ------------------------------------------------------------ report
    "How the marketplaces' numbers differ from yours": "Насколько остатки площадок расходятся",
    "Push": "Отправка",
    "Readings": "Чтений",
    "Differed": "Разошлось",
    "Of listings": "Доля карточек",
    "Listings, at most": "Карточек, максимум",
    "Too many, at most": "Лишних, максимум",
    "Too few, at most": "Недостаёт, максимум",
    (
        "Each complete reading of what a marketplace shows, beside what it should show, since"
        " {since}; kept for 90 days. Too many: units that could be sold without being there. Too"
        " few: units that were hidden. Push off: the account was only watched. Where it is on, a"
        " difference is mended by the push that follows."
    ): (
        "Каждое полное чтение остатков площадки рядом с тем, что она должна показывать, с"
        " {since}; хранится 90 дней. Лишние: единицы, которые можно продать, хотя их нет."
        " Недостающие: скрытые от покупателей. Отправка выключена: было только наблюдение. Если"
        " она включена, расхождение исправляет следующая отправка."
    ),
    "{account}: push is off, nothing is sent to it.": (
        "{account}: отправка выключена, ничего не отправляется."
    ),
}
