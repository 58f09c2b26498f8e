"""How a product's units are shared among accounts."""

from __future__ import annotations

from cloudstock.language import Catalogue

MESSAGES: Catalogue = {
    "{word} is no policy; expected one of {known}": (
        "правила {word} нет; ожидается одно из: {known}"
    ),
    "name the products and then the policy: SKU... POLICY": (
        "назовите товары, а за ними правило: АРТИКУЛ... ПРАВИЛО"
    ),
    "{sku}: shared as each account says (was {before})": (
        "{sku}: остаток показывается так, как задано у кабинетов (было: {before})"
    ),
    "so already": "так же",
    "as each account says": "как задано у кабинетов",
    "{sku}: {policy} (was {before})": "{sku}: {policy} (было: {before})",
    "policy": "правило",
    "promised": "отведено",
    "all windows show all of it": "все площадки показывают весь остаток",
    "its units are divided": "остаток поделён между площадками",
    "scarce now, so its units are divided": "товара мало, остаток поделён между площадками",
    "{source}; {state}; {rate:g} sold a day": "{source}; {state}; продаётся {rate:g} в день",
    "nobody knows what it may have sold; nothing of the product is raised till then": (
        "неизвестно, сколько уже продано; пока это так, остаток товара нигде не повышается"
    ),
    "it may still sell, or may have sold unread": (
        "можно ещё продать или уже продано, но не прочитано"
    ),
    "it may still sell, or may have sold unread; {left} when its orders have been read": (
        "можно ещё продать или уже продано, но не прочитано; когда заказы прочитаны — {left}"
    ),
    "not raised before the orders of {accounts} have shown what was sold there": (
        "не повышается, пока по заказам ({accounts}) не видно, сколько там продано"
    ),
    "it takes its turn: units are promised to one window at a time": (
        "ждёт своей очереди: единица отводится только одной площадке"
    ),
    "its part of {most}": "его часть из {most}",
    "{account}: {n} listings wait until reading orders has shown what they and the others may have"
    " sold; see `cloudstock explain SKU`": (
        (
            "{account}: {n} карточка ждёт, пока по заказам не станет видно, сколько продано здесь"
            " и на других площадках; см. `cloudstock explain SKU`"
        ),
        (
            "{account}: {n} карточки ждут, пока по заказам не станет видно, сколько продано здесь"
            " и на других площадках; см. `cloudstock explain SKU`"
        ),
        (
            "{account}: {n} карточек ждут, пока по заказам не станет видно, сколько продано здесь"
            " и на других площадках; см. `cloudstock explain SKU`"
        ),
    ),
    "Say how the accounts share a product's units.": ("Задать, как кабинеты делят остаток товара."),
    (
        "share: every account shows all of them. split: they are divided, and no two accounts ever"
        " show the same unit. adaptive: share while stock is ample, split when it is scarce."
        " priority: while it is scarce, the account of the lowest rank shows all."
    ): (
        "share: каждый кабинет показывает весь остаток. split: остаток поделён, одну и ту же"
        " единицу два кабинета не показывают никогда. adaptive: share, пока товара много, и split,"
        " когда его мало. priority: когда товара мало, весь остаток показывает кабинет с наименьшим"
        " rank."
    ),
    "SKU... POLICY": "АРТИКУЛ... ПРАВИЛО",
    "Products, and share, split, priority or adaptive.": (
        "Товары и правило: share, split, priority или adaptive."
    ),
    "Without POLICY: as each account says again.": (
        "Без ПРАВИЛА: снова так, как задано у кабинетов."
    ),
}
