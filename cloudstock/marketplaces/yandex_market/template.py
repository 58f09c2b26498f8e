"""The template of stock of Yandex.Market's cabinet (Stock -> Update by file)."""

from __future__ import annotations

from cloudstock.marketplaces.templates import Field, Template

TEMPLATE = Template(
    "Список товаров",
    (
        (),
        ("Остатки товаров",),
        (
            "Ошибки",
            "Предупреждения",
            "Ваш SKU *",
            "Название товара",
            "Доступное количество товара *",
        ),
        ("", "", "обязательно", "для справки", "обязательно, целое число"),
    ),
    (Field.BLANK, Field.BLANK, Field.ARTICLE, Field.NAME, Field.QUANTITY),
)
